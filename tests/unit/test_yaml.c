/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "knowledge/yaml.h"
#include "underlabel.h"

static UlYamlDocument *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  UlYamlDocument *doc = ul_yaml_document_new ("f.yaml", text, strlen (text), &error);

  cr_assert_not_null (doc, "%s", error ? error->message : "");
  return doc;
}

static void
refused_len (const char *text, gsize len, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UlYamlDocument) doc = ul_yaml_document_new ("f.yaml", text, len, &error);

  cr_assert_null (doc, "taken: %.60s", text);
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_KNOWLEDGE));
  cr_assert (g_str_has_prefix (error->message, expected), "'%s' is not '%s…'", error->message, expected);
}

Test (yaml, refusals_name_file_and_line)
{
  static const struct {
    const char *text, *expected;
  } rows[] = {
    { "a: &x 1\n", "f.yaml:1: anchors" },
    { "a:\n- &x [1]\n", "f.yaml:2: anchors" },
    { "a: 1\nb: *x\n", "f.yaml:2: aliases" },
    { "a: 1\n\nb: !!str 2\n", "f.yaml:3: tags" },
    { "a: ! x\n", "f.yaml:1: tags" },
    { "a: !local {b: 1}\n", "f.yaml:1: tags" },
    { "a: 1\n<<: {b: 2}\n", "f.yaml:2: merge keys" },
    { "a: 1\nb: 2\na: 3\n", "f.yaml:3: key 'a' is there twice" },
    { "x:\n  - {b: 1, c: 2, \"b\": 3}\n", "f.yaml:2: key 'b' is there twice" },
    { "a: 1\n---\nb: 2\n", "f.yaml:2: a second document" },
    { "%YAML 1.1\n---\na: 1\n", "f.yaml:1: directives" },
    { "%TAG ! tag:x,2000:\n---\na: 1\n", "f.yaml:1: directives" },
    { "a: 1\n? [1, 2]\n: 3\n", "f.yaml:2: a key must be a text" },
    { "a: 1\n? {b: 1}\n: 3\n", "f.yaml:2: a key must be a text" },
    { "a: 1\nb:\nc: 2\n", "f.yaml:2: no value" },
    { "a: ~\n", "f.yaml:1: no value" },
    { "a: null\n", "f.yaml:1: no value" },
    { "a:\n- NULL\n", "f.yaml:2: no value" },
    { "a: 1\nb: \xff\n", "f.yaml:2: not UTF-8" },
    { "a: 1\nb: \"\\0\"\n", "f.yaml:2: a NUL" },
    { "a: 1\nb: [1, 2\nc: }\n", "f.yaml:3: not YAML" },
    { "a: 1\n\tb: 2\n", "f.yaml:2: not YAML" },
    { "a: 1\nb: \x01\n", "f.yaml:2: not YAML: control characters" },
    { "", "f.yaml:1: nothing in it" },
    { "# only a comment\n", "f.yaml:1: nothing in it" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    refused_len (rows[i].text, strlen (rows[i].text), rows[i].expected);
  refused_len ("a: 1\0b", 6, "f.yaml:1: not UTF-8");
}

Test (yaml, limits_hold)
{
  g_autoptr (GString) s = g_string_new ("a: \"");

  for (guint i = 0; i <= UL_YAML_SCALAR_BYTES; i++)
    g_string_append_c (s, 'x');
  g_string_append (s, "\"\n");
  refused_len (s->str, s->len, "f.yaml:1: text of 65537 bytes");

  g_string_assign (s, "");
  for (guint i = 0; i <= UL_YAML_DEPTH; i++)
    g_string_append_c (s, '[');
  refused_len (s->str, s->len, "f.yaml:1: nested deeper than 16");

  g_string_assign (s, "");
  for (guint i = 0; i < 200000; i++)
    g_string_append_c (s, '[');
  refused_len (s->str, s->len, "f.yaml:1: ");

  g_string_assign (s, "");
  for (guint i = 0; i <= UL_YAML_NODES; i++)
    g_string_append (s, "- a\n");
  refused_len (s->str, s->len, "f.yaml:200000: more than 200000 values");

  g_string_assign (s, "a: ");
  while (s->len <= UL_YAML_FILE_BYTES)
    g_string_append (s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ");
  refused_len (s->str, s->len, "f.yaml:1: file of");
}

Test (yaml, as_much_as_the_limits_allow_is_taken)
{
  g_autoptr (GString) s = g_string_new (NULL);

  for (guint i = 0; i < UL_YAML_DEPTH; i++)
    g_string_append_c (s, '[');
  for (guint i = 0; i < UL_YAML_DEPTH; i++)
    g_string_append_c (s, ']');
  g_autoptr (UlYamlDocument) deep = parse (s->str);
  cr_assert_not_null (deep);

  g_string_assign (s, "a: \"");
  for (guint i = 0; i < UL_YAML_SCALAR_BYTES; i++)
    g_string_append_c (s, 'x');
  g_string_append (s, "\"\n");
  g_autoptr (UlYamlDocument) wide = parse (s->str);
  cr_assert_eq (strlen (ul_yaml_get_text (ul_yaml_document_root (wide), "a", TRUE)), UL_YAML_SCALAR_BYTES);
}

Test (yaml, scalars_are_text)
{
  g_autoptr (UlYamlDocument) doc = parse ("a: no\nb: 0x10\nc: \"null\"\nd: '^\\d+$'\ne: 1e3\nf: {g: [x, y]}\n");
  UlYaml *root = ul_yaml_document_root (doc);

  cr_assert_str_eq (ul_yaml_get_text (root, "a", TRUE), "no");
  cr_assert_str_eq (ul_yaml_get_text (root, "b", TRUE), "0x10");
  cr_assert_str_eq (ul_yaml_get_text (root, "c", TRUE), "null");
  cr_assert_str_eq (ul_yaml_get_text (root, "d", TRUE), "^\\d+$");
  cr_assert_str_eq (ul_yaml_get_text (root, "e", TRUE), "1e3");
  g_auto (GStrv) list = ul_yaml_dup_texts (ul_yaml_get_map (root, "f", TRUE), "g", TRUE);
  cr_assert_str_eq (list[1], "y");
  g_auto (GStrv) one = ul_yaml_dup_texts (root, "a", TRUE);
  cr_assert_str_eq (one[0], "no");
  cr_assert_null (one[1]);
  ul_yaml_done (root, "f");
  cr_assert (ul_yaml_document_ok (doc, NULL));
}

/* What a getter or a check says of a document. */
static void
fails (const char *text, void (*read) (UlYaml *root), const char *expected)
{
  g_autoptr (UlYamlDocument) doc = parse (text);
  g_autoptr (GError) error = NULL;

  read (ul_yaml_document_root (doc));
  cr_assert_not (ul_yaml_document_ok (doc, &error), "no error for: %s", text);
  cr_assert_str_eq (error->message, expected);
  cr_assert_null (ul_yaml_get (ul_yaml_document_root (doc), "a", FALSE), "a getter answers after an error");
}

static void
read_int (UlYaml *root)
{
  gint64 n;

  ul_yaml_get_int (root, "a", TRUE, 0, 9, &n);
}

static void
read_bool (UlYaml *root)
{
  gboolean b;

  ul_yaml_get_bool (root, "a", TRUE, &b);
}

static void
read_id (UlYaml *root)
{
  ul_yaml_get_id (root, "a", TRUE);
}

static void
read_date (UlYaml *root)
{
  ul_yaml_get_date (root, "a", TRUE);
}

static void
read_list (UlYaml *root)
{
  g_strfreev (ul_yaml_dup_texts (root, "a", TRUE));
}

static void
read_only_a (UlYaml *root)
{
  ul_yaml_get (root, "a", TRUE);
  ul_yaml_done (root, "rule %s", "y");
}

static void
read_map (UlYaml *root)
{
  ul_yaml_get_map (root, "a", TRUE);
}

Test (yaml, getters_type_and_fail_with_line)
{
  fails ("b: 1\n", read_int, "f.yaml:1: key 'a' is missing");
  fails ("\na: 10\n", read_int, "f.yaml:2: '10' of 'a' is not an integer of 0..9");
  fails ("a: 1x\n", read_int, "f.yaml:1: '1x' of 'a' is not an integer of 0..9");
  fails ("a: 99999999999999999999\n", read_int, "f.yaml:1: '99999999999999999999' of 'a' is not an integer of 0..9");
  fails ("a: [1]\n", read_int, "f.yaml:1: 'a' must be a text");
  fails ("a: yes\n", read_bool, "f.yaml:1: 'yes' of 'a' is none of false, true");
  fails ("a: X y\n", read_id, "f.yaml:1: 'X y' of 'a' is not an id: a-z 0-9 . - and at most 96 characters");
  fails ("a: 2026-02-30\n", read_date, "f.yaml:1: '2026-02-30' of 'a' is not a day YYYY-MM-DD");
  fails ("a: []\n", read_list, "f.yaml:1: 'a' is empty");
  fails ("a: {b: 1}\n", read_list, "f.yaml:1: 'a' must be a text or a list of texts");
  fails ("a:\n- [1]\n", read_list, "f.yaml:2: a text is wanted here, not a list or mapping");
  fails ("a: 1\nx: 2\n", read_only_a, "f.yaml:2: unknown key 'x' in rule y");
  fails ("- 1\n", read_map, "f.yaml:1: a mapping is wanted here");
  fails ("a: [1]\n", read_map, "f.yaml:1: 'a' must be a mapping");
}

Test (yaml, head)
{
  static const struct {
    const char *text, *expected;
  } rows[] = {
    { "schema: 2\nkind: rules\ndate: 2026-11-24\n", "f.yaml:1: schema 2 is not known, only 1 is" },
    { "kind: rules\ndate: 2026-11-24\n", "f.yaml:1: key 'schema' is missing" },
    { "schema: 1\nkind: rules\n", "f.yaml:1: key 'date' is missing" },
    { "schema: 1\nkind: rules\ndate: today\n", "f.yaml:3: 'today' of 'date' is not a day YYYY-MM-DD" },
    { "[]\n", "f.yaml:1: a knowledge file is a mapping" },
  };
  const char *date = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (UlYamlDocument) doc = parse (rows[i].text);
    g_autoptr (GError) error = NULL;
    cr_assert_null (ul_yaml_head (doc, &date));
    ul_yaml_document_ok (doc, &error);
    cr_assert_str_eq (error->message, rows[i].expected);
  }
  g_autoptr (UlYamlDocument) doc = parse ("schema: 1\nkind: rules\ndate: 2026-11-24\n");
  cr_assert_str_eq (ul_yaml_head (doc, &date), "rules");
  cr_assert_str_eq (date, "2026-11-24");
}

Test (yaml, credentials_do_not_reach_errors)
{
  g_autoptr (GError) error = NULL;
  const char *text = "rtsp://joe:secret@host/x: [\n";
  g_autoptr (UlYamlDocument) doc = ul_yaml_document_new ("rtsp://joe:secret@host/f", text, strlen (text), &error);

  cr_assert_null (doc);
  cr_assert_null (strstr (error->message, "secret"), "%s", error->message);
}

/* --- packed ------------------------------------------------------------------- */

static void
expect_equal (UlYaml *a, UlYaml *b)
{
  cr_assert_eq (ul_yaml_kind (a), ul_yaml_kind (b));
  cr_assert_eq (ul_yaml_line (a), ul_yaml_line (b));
  cr_assert_eq (ul_yaml_n (a), ul_yaml_n (b));
  if (ul_yaml_kind (a) == UL_YAML_SCALAR)
    cr_assert_str_eq (ul_yaml_scalar (a), ul_yaml_scalar (b));
  for (guint i = 0; i < ul_yaml_n (a); i++) {
    if (ul_yaml_kind (a) == UL_YAML_MAPPING)
      cr_assert_str_eq (ul_yaml_key (a, i), ul_yaml_key (b, i));
    expect_equal (ul_yaml_item (a, i), ul_yaml_item (b, i));
  }
}

/* What is built in is what the files say. */
Test (yaml, packed_files_are_the_files)
{
  g_autoptr (GDir) dir = g_dir_open (UL_SOURCE_DIR "/src/knowledge/data", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir))) {
    if (!g_str_has_suffix (name, ".yaml"))
      continue;
    g_autofree char *path = g_build_filename (UL_SOURCE_DIR "/src/knowledge/data", name, NULL), *text = NULL;
    g_autofree char *packed_path = g_strdup_printf (UL_BINARY_DIR "/packed/%s.packed", name), *data = NULL;
    g_autoptr (GError) error = NULL;
    gsize text_len, len;

    cr_assert (g_file_get_contents (path, &text, &text_len, NULL) && g_file_get_contents (packed_path, &data, &len, NULL), "%s", name);
    g_autoptr (UlYamlDocument) doc = ul_yaml_document_new (name, text, text_len, &error);
    g_autoptr (UlYamlDocument) packed = ul_yaml_document_new_packed (name, data, len, &error);
    cr_assert (doc && packed, "%s", error ? error->message : "");
    cr_assert (ul_yaml_is_packed (ul_yaml_document_root (packed)) && !ul_yaml_is_packed (ul_yaml_document_root (doc)));
    expect_equal (ul_yaml_document_root (doc), ul_yaml_document_root (packed));
    n++;
    for (gsize cut = 0; cut < len; cut += 1 + len / 200) {
      /* In memory of its own, so that a read behind the end is seen. */
      g_autofree char *shorter = g_memdup2 (data, cut);
      g_autoptr (UlYamlDocument) part = ul_yaml_document_new_packed (name, shorter, cut, NULL);
    }
  }
  cr_assert_gt (n, 10);
}
