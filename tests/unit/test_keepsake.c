/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept of an input is enough to examine it again: the same answers and the same account of its
 * signatures, for every sample and every file of the corpus.
 */
#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "knowledge/knowledge.h"
#include "source/keepsake.h"

#include "underlabel.h"

typedef struct {
  GHashTable *files; /* name -> GBytes */
  guint64 bytes;
} Kept;

static void
take (const char *name, const char *media_type, GBytes *data, gpointer user_data)
{
  Kept *kept = user_data;

  cr_assert (g_hash_table_insert (kept->files, g_strdup (name), g_bytes_ref (data)), "%s is written twice", name);
  kept->bytes += g_bytes_get_size (data);
}

static GBytes *
look_up (const char *name, gpointer user_data)
{
  return g_hash_table_lookup (((Kept *) user_data)->files, name);
}

static void
free_examiner (gpointer data)
{
  ul_examiner_free (data);
}

/* What is the same whether the input is looked at or what was kept of it. */
static char *
judge (UlKnowledge *knowledge, const UlSourceResult *result)
{
  static const char *const policies[] = { "us-ndaa-889", NULL };
  UlInputInfo info = { .source = "-", .kind = "recording" };
  UlQuestion question = { .claimed = "Luminys", .policies = policies };
  g_autoptr (GError) error = NULL;
  g_autoptr (UlReport) report = ul_report_new (knowledge, &info, &question, (UlExaminer *const *) result->streams->pdata, result->streams->len, &error);
  g_autofree char *json = ul_report_to_json (report, FALSE);
  g_autoptr (JsonParser) parser = json_parser_new ();
  GString *text = g_string_new (NULL);

  json_parser_load_from_data (parser, json, -1, NULL);
  JsonArray *streams = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "streams");
  for (guint i = 0; i < json_array_get_length (streams); i++) {
    JsonObject *s = json_array_get_object_element (streams, i), *answers = json_object_get_object_member (s, "answers");
    static const char *const subjects[] = { "maker", "platform", "software", "recorder" };
    for (guint k = 0; k < G_N_ELEMENTS (subjects); k++) {
      JsonObject *a = json_object_has_member (answers, subjects[k]) ? json_object_get_object_member (answers, subjects[k]) : NULL;
      if (a)
        g_string_append_printf (text, "%s %s %s %.2f\n", subjects[k], json_object_get_string_member (a, "id"),
                                json_object_get_string_member (a, "support"), json_object_get_double_member (a, "log10_lr"));
    }
    g_autoptr (JsonGenerator) g = json_generator_new ();
    static const char *const whole[] = { "path", "restricted" };
    for (guint k = 0; k < G_N_ELEMENTS (whole); k++) {
      json_generator_set_root (g, json_object_get_member (answers, whole[k]));
      g_autofree char *t = json_generator_to_data (g, NULL);
      g_string_append_printf (text, "%s %s\n", whole[k], t);
    }
    json_generator_set_root (g, json_object_get_member (s, "authenticity"));
    g_autofree char *t = json_generator_to_data (g, NULL);
    g_string_append_printf (text, "frames %" G_GINT64_FORMAT "\n%s\n", json_object_get_int_member (s, "frames"), t);
  }
  return g_string_free (text, FALSE);
}

/* How many observations came out of the files, and how many were carried beside them. */
static gboolean
check (UlKnowledge *knowledge, const char *path, gboolean deep)
{
  UlSourceOptions options = { .keep = TRUE, .no_hash = TRUE, .deep = deep };
  g_autoptr (GError) error = NULL;
  g_autoptr (UlSourceResult) result = ul_source_read (path, &options, &error);
  Kept kept = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref), 0 };
  UlKeepsakeCounts written = { 0 }, read = { 0 };
  gboolean same = TRUE;

  if (result) {
    gboolean ok = ul_keepsake_write (result, take, &kept, &written, &error);
    UlSourceResult *again = g_new0 (UlSourceResult, 1);
    again->streams = g_ptr_array_new_with_free_func (free_examiner);
    again->warnings = g_ptr_array_new_with_free_func (g_free);
    ok = ok && ul_keepsake_read (look_up, &kept, again, &read, &error);
    g_autofree char *first = judge (knowledge, result), *second = ok ? judge (knowledge, again) : NULL;
    same = g_strcmp0 (first, second) == 0 && again->kind == result->kind;
    g_print ("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes, %u streams, %u observations made again, %u carried%s%s\n",
             path, kept.bytes, result->bytes, written.n_streams, written.n_again, written.n_carried, ok ? "" : ": ", ok ? "" : error->message);
    if (!same && ok)
      g_print ("--- was\n%s--- is\n%s", first, second);
    ul_source_result_free (again);
  }
  g_hash_table_unref (kept.files);
  return same;
}

static guint
check_folder (UlKnowledge *knowledge, const char *path, guint *n)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint bad = 0;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    if (!g_file_test (file, G_FILE_TEST_IS_REGULAR))
      continue;
    ++*n;
    bad += !check (knowledge, file, *n % 4 == 0);
  }
  return bad;
}

Test (keepsake, samples_and_corpus_are_examined_again, .timeout = 300)
{
  static const char *const folders[] = { "samples", "../shared/corpus/recordings", "../shared/corpus/signed", "../shared/corpus/captures" };
  g_autoptr (UlKnowledge) knowledge = ul_knowledge_new (NULL, NULL);
  guint n = 0, bad = 0;

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = g_build_filename (UL_SOURCE_DIR, folders[i], NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_DIR))
      g_print ("skipped: no %s\n", folders[i]);
    bad += check_folder (knowledge, path, &n);
  }
  g_print ("%u inputs, %u differ\n", n, bad);
  cr_assert_gt (n, 10);
  cr_assert_eq (bad, 0);
}
