/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "knowledge/knowledge.h"

#define MAKERS "schema: 1\nkind: makers\ndate: 2026-11-24\nmakers:\n"
#define NAMES "schema: 1\nkind: names\ndate: 2026-11-24\n"
#define BRANDS "schema: 1\nkind: brands\ndate: 2026-11-24\nrelations:\n"

static UlYamlDocument *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  UlYamlDocument *doc = ul_yaml_document_new ("m.yaml", text, strlen (text), &error);

  cr_assert_not_null (doc, "%s", error ? error->message : "");
  return doc;
}

static UlMakers *
two_makers (void)
{
  g_autoptr (UlYamlDocument) doc = parse (MAKERS "- { id: one, name: One Cams, legal: \"One Co., Ltd.\", aliases: [Uno], country: CN, "
                                                 "subject_to: law-x, kinds: [camera] }\n"
                                                 "- { id: two, name: Two, kinds: [firmware] }\n");
  UlMakers *makers = ul_makers_new ();

  cr_assert (ul_makers_load (makers, doc, NULL));
  return makers;
}

typedef gboolean (*Load) (UlMakers *, UlYamlDocument *, GError **);

static void
refused (Load load, const char *text, const char *expected)
{
  g_autoptr (UlMakers) makers = two_makers ();
  g_autoptr (UlYamlDocument) doc = parse (text);
  g_autoptr (GError) error = NULL;

  cr_assert_not (load (makers, doc, &error), "taken: %s", text);
  cr_assert (g_str_has_prefix (error->message, expected), "'%s' is not '%s…'", error->message, expected);
}

Test (makers, refusals_name_file_and_line)
{
  refused (ul_makers_load, MAKERS "- { id: one, name: X, kinds: [camera] }\n", "m.yaml:5: maker 'one' is declared twice");
  refused (ul_makers_load, MAKERS "- { id: x, kinds: [camera] }\n", "m.yaml:5: key 'name' is missing");
  refused (ul_makers_load, MAKERS "- { id: x, name: X }\n", "m.yaml:5: key 'kinds' is missing");
  refused (ul_makers_load, MAKERS "- { id: x, name: X, kinds: [toaster] }\n", "m.yaml:5: kind 'toaster' of maker 'x' is not known");
  refused (ul_makers_load, MAKERS "- { id: x, name: X, kinds: [camera], country: China }\n", "m.yaml:5: country 'China'");
  refused (ul_makers_load, MAKERS "- { id: x, name: X, kinds: [camera], owner: y }\n", "m.yaml:5: unknown key 'owner' in maker 'x'");
  refused (ul_makers_load_names, NAMES "platforms:\n- { id: p, name: P, made_by: nobody }\n", "m.yaml:5: no maker 'nobody' is declared");
  refused (ul_makers_load_names, NAMES "paths:\n- { id: p, name: P, made_by: one }\n", "m.yaml:5: unknown key 'made_by'");
  refused (ul_makers_load_names, NAMES "paths:\n- { id: p, name: P }\n- { id: p, name: P }\n", "m.yaml:6: 'p' of paths is declared twice");
  refused (ul_makers_load_names, NAMES "things: []\n", "m.yaml:4: unknown key 'things' in a file of names");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: one, type: oem, grade: A }\n", "m.yaml:5: key 'sources' is missing");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: one, type: oem, grade: A, sources: [] }\n", "m.yaml:5: 'sources' is empty");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: one, type: cousin, grade: A, sources: [s] }\n", "m.yaml:5: 'cousin' of 'type'");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: one, type: oem, grade: D, sources: [s] }\n", "m.yaml:5: 'D' of 'grade'");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: zero, type: oem, grade: A, sources: [s] }\n", "m.yaml:5: no maker 'zero'");
  refused (ul_makers_load_brands, BRANDS "- { brand: \"--\", maker: one, type: oem, grade: A, sources: [s] }\n", "m.yaml:5: brand '--' has neither");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: one, type: oem, grade: A, sources: [s], from: 2022-13 }\n", "m.yaml:5: '2022-13' of 'from'");
  refused (ul_makers_load_brands, BRANDS "- { brand: B, maker: one, type: oem, grade: A, sources: [s], from: 2022, to: 2021-12 }\n",
           "m.yaml:5: the relation of brand 'B' ends before it begins");
}

Test (makers, spelling_of_a_brand_does_not_matter)
{
  g_autoptr (UlMakers) makers = two_makers ();
  g_autoptr (UlYamlDocument) doc = parse (BRANDS "- { brand: Big-Eye, aliases: [BE Pro], maker: one, type: oem, grade: B, sources: [s], to: 2020 }\n"
                                                 "- { brand: BIG EYE, maker: two, type: oem, grade: C, sources: [s] }\n");
  static const char *const spellings[] = { "big eye", "BIGEYE", "Big-Eye", " b.i.g.e.y.e " };

  cr_assert (ul_makers_load_brands (makers, doc, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (spellings); i++) {
    const GPtrArray *list = ul_makers_relations (makers, spellings[i]);
    cr_assert_not_null (list, "%s", spellings[i]);
    cr_assert_eq (list->len, 2u);
    cr_assert (((const UlRelation *) g_ptr_array_index (list, 0))->ended);
  }
  cr_assert_eq (ul_makers_relations (makers, "be pro")->len, 1u);
  cr_assert_eq (ul_makers_relations (makers, "Big-Eye X-12 v2")->len, 2u);
  cr_assert_eq (ul_makers_relations (makers, "BE Pro (dome, white)")->len, 1u);
  cr_assert_null (ul_makers_relations (makers, "Big-Eye Partners"));
  cr_assert_null (ul_makers_relations (makers, "(Big-Eye) 1"));
  cr_assert_null (ul_makers_relations (makers, "nobody"));
  cr_assert_null (ul_makers_relations (makers, "-- "));
  cr_assert_eq (((const UlRelation *) g_ptr_array_index (ul_makers_relations (makers, "one co ltd"), 0))->type, UL_RELATION_OWN);
  cr_assert_not (ul_makers_find (makers, "two")->makes_devices);
  cr_assert (ul_maker_is_subject_to (ul_makers_find (makers, "one"), "law-x"));
  g_autofree char *accent = ul_brand_normalise ("Caméra É-1");
  cr_assert_str_eq (accent, "caméraé1");
}

/* --- what is built in ------------------------------------------------------- */

static UlKnowledge *
built_in (void)
{
  g_autoptr (GError) error = NULL;
  UlKnowledge *k = ul_knowledge_new (NULL, &error);

  cr_assert_not_null (k, "%s", error ? error->message : "");
  return k;
}

Test (makers, every_maker_of_the_corpus_is_declared)
{
  g_autofree char *text = NULL;
  g_autoptr (UlKnowledge) k = built_in ();

  if (!g_file_get_contents (UL_SOURCE_DIR "/../shared/corpus/manifest.jsonl", &text, NULL, NULL)) {
    g_print ("skipped: no ../shared/corpus\n");
    cr_skip_test ("no ../shared/corpus");
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autoptr (JsonParser) parser = json_parser_new ();
    if (!*lines[i])
      continue;
    cr_assert (json_parser_load_from_data (parser, lines[i], -1, NULL));
    JsonObject *o = json_node_get_object (json_parser_get_root (parser));
    JsonNode *maker = json_object_get_member (o, "maker");
    if (!maker || json_node_is_null (maker))
      continue;
    cr_assert_not_null (ul_makers_find (ul_knowledge_makers (k), json_node_get_string (maker)), "%s", json_node_get_string (maker));
  }
}

Test (makers, restricted_are_those_that_a_policy_names)
{
  static const char *const named[] = { "dahua", "hikvision", "huawei", "hytera", "zte" };
  g_autoptr (UlKnowledge) k = built_in ();
  const UlMakers *makers = ul_knowledge_makers (k);
  guint n = 0;

  for (guint i = 0; i < ul_makers_n (makers); i++)
    n += ul_knowledge_maker_is_restricted (k, ul_makers_get (makers, i)->id);
  cr_assert_eq (n, G_N_ELEMENTS (named));
  for (gsize i = 0; i < G_N_ELEMENTS (named); i++)
    cr_assert (ul_knowledge_maker_is_restricted (k, named[i]), "%s", named[i]);
  cr_assert_not (ul_knowledge_maker_is_restricted (k, NULL));
  g_autofree const char **in = ul_knowledge_dup_named_in (k, "hytera");
  cr_assert_eq (g_strv_length ((char **) in), 2u);
}

Test (makers, built_in_relations_are_sourced)
{
  g_autoptr (UlKnowledge) k = built_in ();
  const UlMakers *makers = ul_knowledge_makers (k);

  cr_assert_gt (ul_makers_n_relations (makers), ul_makers_n (makers));
  for (guint i = 0; i < ul_makers_n_relations (makers); i++) {
    const UlRelation *r = ul_makers_get_relation (makers, i);
    if (r->type != UL_RELATION_OWN)
      cr_assert (r->sources[0] && r->grade, "%s", r->brand);
  }
  cr_assert_eq (ul_makers_relations (makers, "LOREX")->len, 2u);
  cr_assert_str_eq (ul_makers_display_name (makers, UL_SUBJECT_PLATFORM, "hisilicon"), "HiSilicon");
  cr_assert_null (ul_makers_display_name (makers, UL_SUBJECT_SOFTWARE, "hisilicon"));
}

/* --- the knowledge as a whole ------------------------------------------------- */

static UlKnowledge *
of_files (const char *const *texts, GError **error)
{
  UlKnowledgeFile files[5] = { { NULL, NULL } };
  guint n = 0;

  for (; n < G_N_ELEMENTS (files) && texts[n]; n++) {
    static const char *const names[] = { "a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml" };
    files[n] = (UlKnowledgeFile){ names[n], g_bytes_new (texts[n], strlen (texts[n])) };
  }
  UlKnowledge *k = ul_knowledge_new_from_files (files, n, error);
  for (guint i = 0; i < n; i++)
    g_bytes_unref (files[i].bytes);
  return k;
}

Test (knowledge, id_is_of_date_and_content)
{
  const char *first[] = { MAKERS "- { id: one, name: One, kinds: [camera] }\n", "schema: 1\nkind: names\ndate: 2027-01-02\n", NULL };
  const char *second[] = { MAKERS "- { id: two, name: One, kinds: [camera] }\n", "schema: 1\nkind: names\ndate: 2027-01-02\n", NULL };
  g_autoptr (UlKnowledge) a = of_files (first, NULL), again = of_files (first, NULL), b = of_files (second, NULL);

  cr_assert_not_null (a);
  cr_assert (g_str_has_prefix (ul_knowledge_id (a), "2027-01-02-"));
  cr_assert_eq (strlen (ul_knowledge_id (a)), strlen ("2027-01-02-") + 12);
  cr_assert_str_eq (ul_knowledge_id (a), ul_knowledge_id (again));
  cr_assert_str_neq (ul_knowledge_id (a), ul_knowledge_id (b));
}

Test (knowledge, order_of_files_does_not_matter)
{
  const char *texts[] = { "schema: 1\nkind: rules\ndate: 2026-11-24\nrules: []\n",
                          BRANDS "- { brand: B, maker: one, type: oem, grade: A, sources: [s] }\n",
                          MAKERS "- { id: one, name: One, kinds: [camera] }\n", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (UlKnowledge) k = of_files (texts, &error);

  cr_assert_not_null (k, "%s", error ? error->message : "");
  const char *unknown[] = { "schema: 1\nkind: poem\ndate: 2026-11-24\n", NULL };
  cr_assert_null (of_files (unknown, &error));
  cr_assert_str_eq (error->message, "a.yaml:1: kind 'poem' is none of makers, names, brands, policy, rules, encoder, trust");
}

Test (knowledge, directories_are_read_after_the_built_in)
{
  g_autofree char *dir = g_dir_make_tmp ("ul-knowledge-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "site.yaml", NULL);
  const char *dirs[] = { dir, NULL }, *missing[] = { "/no/such/dir", NULL };
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, MAKERS "- { id: our-maker, name: Ours, kinds: [camera] }\n", -1, NULL);
  g_autoptr (UlKnowledge) k = ul_knowledge_new (dirs, &error), plain = built_in ();
  cr_assert_not_null (k, "%s", error ? error->message : "");
  cr_assert_not_null (ul_makers_find (ul_knowledge_makers (k), "our-maker"));
  cr_assert_not_null (ul_makers_find (ul_knowledge_makers (k), "dahua"));
  cr_assert_str_neq (ul_knowledge_id (k), ul_knowledge_id (plain));

  g_file_set_contents (path, MAKERS "\n- { id: dahua, name: X, kinds: [camera] }\n", -1, NULL);
  cr_assert_null (ul_knowledge_new (dirs, &error));
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_KNOWLEDGE));
  cr_assert (g_str_has_suffix (error->message, "site.yaml:6: maker 'dahua' is declared twice"), "%s", error->message);
  g_clear_error (&error);
  cr_assert_null (ul_knowledge_new (missing, &error));
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_NOT_FOUND));
  g_unlink (path);
  g_rmdir (dir);
}
