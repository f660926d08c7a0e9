/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/keepsake.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/redact.h"
#include "evidence/journal_text.h"

#define SCHEMA "underlabel.evidence/1"
#define MAX_TEXT_BYTES 512

static const char *const stream_names[] = { NULL, "stream.h264", "stream.h265" };
static const char *const stream_types[] = { NULL, "video/H264", "video/H265" };

static char *
member (guint stream, const char *name)
{
  return g_strdup_printf ("evidence/stream-%u/%s", stream, name);
}

/* --- what the files show, and what they do not -------------------------------------------------------- */

static const UlObservation *
find (const UlEvidence *evidence, const UlObservation *o)
{
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *other = ul_evidence_get (evidence, i);
    if (other->key == o->key && g_str_equal (other->value, o->value))
      return other;
  }
  return NULL;
}

static gboolean
has_warning (const UlEvidence *evidence, const char *warning)
{
  for (guint i = 0; i < ul_evidence_n_warnings (evidence); i++)
    if (g_str_equal (ul_evidence_get_warning (evidence, i), warning))
      return TRUE;
  return FALSE;
}

static void
carry_warning (GString *out, const char *warning)
{
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "warning", warning);
  ul_json_end_object (&j);
  g_autofree char *line = ul_json_steal (&j);
  g_string_append (out, line);
}

/* What `first` saw and `again` does not, as lines; FALSE and `error` if `again` sees what was not there. */
static gboolean
compare (const UlEvidence *first, const UlEvidence *again, GString *ret_carried, UlKeepsakeCounts *counts, GError **error)
{
  for (guint i = 0; i < ul_evidence_n (again); i++) {
    const UlObservation *o = ul_evidence_get (again, i), *was = find (first, o);
    if (!was || was->count < o->count) {
      g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_INTERNAL, "the evidence that is kept shows '%s' as %.*s, which the input did not",
                   ul_key_name (o->key), MAX_TEXT_BYTES, o->value);
      return FALSE;
    }
  }
  for (guint i = 0; i < ul_evidence_n (first); i++) {
    const UlObservation *o = ul_evidence_get (first, i), *again_o = find (again, o);
    UlObservation rest = *o;

    counts->n_again += again_o != NULL;
    rest.count -= again_o ? again_o->count : 0;
    if (rest.count == 0)
      continue;
    counts->n_carried += again_o == NULL;
    ul_observation_to_line (&rest, ret_carried);
  }
  for (guint i = 0; i < ul_evidence_n_warnings (first); i++)
    if (!has_warning (again, ul_evidence_get_warning (first, i)))
      carry_warning (ret_carried, ul_evidence_get_warning (first, i));
  return TRUE;
}

static UlExaminer *
examine_again (const UlJournal *journal, const char *codec_name)
{
  UlExaminer *examiner = ul_examiner_new ();

  ul_examiner_replay (examiner, journal);
  if (codec_name)
    ul_examiner_set_codec_name (examiner, codec_name);
  return examiner;
}

/* --- writing ------------------------------------------------------------------------------------------ */

typedef struct {
  UlKeepsakeFunc func;
  gpointer user_data;
} Out;

/* Takes the text. */
static GBytes *
give_text (const Out *out, guint stream, const char *name, const char *media_type, GString *text)
{
  g_autofree char *path = member (stream, name);
  GBytes *bytes = g_string_free_to_bytes (text);

  if (g_bytes_get_size (bytes))
    out->func (path, media_type, bytes, out->user_data);
  return bytes;
}

static gboolean
is_signed (const UlExaminer *examiner)
{
  UlAuthenticity *a = ul_examiner_dup_authenticity (examiner);
  gboolean has = a && a->n_seis > 0;

  ul_authenticity_free (a);
  return has;
}

/* From the very files, as who gets them does. */
static UlExaminer *
prove (GBytes *lines, GBytes *const nals[3], GBytes *texts, const char *codec_name, UlJournal **ret_journal, GError **error)
{
  gsize len;
  const char *data = g_bytes_get_data (lines, &len);

  *ret_journal = ul_journal_from_files (data, len, nals, texts, error);
  if (!*ret_journal)
    return NULL;
  UlExaminer *again = examine_again (*ret_journal, codec_name);
  ul_examiner_finish (again);
  return again;
}

static gboolean
write_stream (const Out *out, UlExaminer *examiner, guint stream, UlKeepsakeCounts *counts, GError **error)
{
  const UlJournal *journal = ul_examiner_journal (examiner);
  g_auto (UlJournalFiles) files = { 0 };
  GBytes *nals[3] = { NULL };
  g_autoptr (UlJournal) proof = NULL;

  if (!journal || ul_journal_is_full (journal)) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_INTERNAL, "stream %u: %s", stream,
                 journal ? "too long to be kept as evidence; cut it into parts" : "nothing was kept of it");
    return FALSE;
  }
  ul_journal_to_files (journal, is_signed (examiner), &files);
  g_autoptr (GBytes) lines = give_text (out, stream, "journal.jsonl", "application/jsonl", g_steal_pointer (&files.lines));
  g_autoptr (GBytes) texts = give_text (out, stream, "dialogue.txt", "text/plain", g_steal_pointer (&files.texts));
  for (guint i = 1; i < G_N_ELEMENTS (nals); i++) {
    g_autofree char *path = member (stream, stream_names[i]);
    nals[i] = g_byte_array_free_to_bytes (g_steal_pointer (&files.nals[i]));
    if (g_bytes_get_size (nals[i]))
      out->func (path, stream_types[i], nals[i], out->user_data);
  }
  UlExaminer *again = prove (lines, nals, texts, ul_examiner_codec_name (examiner), &proof, error);
  GString *carried = g_string_new (NULL);
  gboolean ok = again && compare (ul_examiner_evidence (examiner), ul_examiner_evidence (again), carried, counts, error);
  g_autoptr (GBytes) written = give_text (out, stream, "carried.jsonl", "application/jsonl", carried);
  ul_examiner_free (again);
  for (guint i = 1; i < G_N_ELEMENTS (nals); i++)
    g_bytes_unref (nals[i]);
  return ok;
}

static void
write_input (const Out *out, const UlSourceResult *result)
{
  UlJson j;

  ul_json_init (&j, TRUE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "schema", SCHEMA);
  ul_json_string (&j, "source", result->name);
  ul_json_string (&j, "kind", ul_input_kind_name (result->kind));
  ul_json_int (&j, "bytes", (gint64) result->bytes);
  ul_json_string (&j, "sha256", result->sha256);
  ul_json_string (&j, "container", result->container);
  ul_json_begin_array (&j, "streams");
  for (guint i = 0; i < result->streams->len; i++) {
    ul_json_begin_object (&j, NULL);
    ul_json_string (&j, "codec", ul_examiner_codec_name (g_ptr_array_index (result->streams, i)));
    ul_json_end_object (&j);
  }
  ul_json_end_array (&j);
  ul_json_begin_array (&j, "warnings");
  for (guint i = 0; i < result->warnings->len; i++)
    ul_json_string (&j, NULL, g_ptr_array_index (result->warnings, i));
  ul_json_end_array (&j);
  ul_json_end_object (&j);
  char *text = ul_json_steal (&j);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
  out->func (UL_KEEPSAKE_INPUT, "application/json", bytes, out->user_data);
}

gboolean
ul_keepsake_write (const UlSourceResult *result, UlKeepsakeFunc func, gpointer user_data, UlKeepsakeCounts *ret_counts, GError **error)
{
  Out out = { func, user_data };

  *ret_counts = (UlKeepsakeCounts){ .n_streams = result->streams->len };
  write_input (&out, result);
  for (guint i = 0; i < result->streams->len; i++)
    if (!write_stream (&out, g_ptr_array_index (result->streams, i), i, ret_counts, error))
      return FALSE;
  return TRUE;
}

/* --- reading ------------------------------------------------------------------------------------------ */

typedef struct {
  UlKeepsakeLookup lookup;
  gpointer user_data;
  UlKeepsakeCounts *counts;
} In;

static gboolean
refuse (GError **error, const char *name, const char *why)
{
  g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: %s", name, why);
  return FALSE;
}

static GBytes *
look_up (const In *in, guint stream, const char *name)
{
  g_autofree char *path = member (stream, name);

  return in->lookup (path, in->user_data);
}

static const char *
string_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static JsonArray *
array_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* A line of carried.jsonl. */
static gboolean
carry (UlEvidence *evidence, const char *line, gsize len, UlKeepsakeCounts *counts)
{
  UlObservation o;

  if (ul_observation_from_line (line, len, &o)) {
    counts->n_carried += !find (evidence, &o);
    ul_evidence_set_provenance (evidence, o.provenance);
    ul_evidence_add_counted (evidence, o.key, o.value, o.count, o.first, o.last);
    g_free (o.value);
    return TRUE;
  }
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root = json_parser_load_from_data (parser, line, (gssize) len, NULL) ? json_parser_get_root (parser) : NULL;
  const char *warning = root && JSON_NODE_HOLDS_OBJECT (root) ? string_of (json_node_get_object (root), "warning") : NULL;
  if (warning && !has_warning (evidence, warning))
    ul_evidence_warn (evidence, "%s", warning);
  return warning != NULL;
}

static gboolean
carry_all (const In *in, guint stream, UlEvidence *evidence, GError **error)
{
  GBytes *bytes = look_up (in, stream, "carried.jsonl");
  gsize len = 0;
  const char *data = bytes ? g_bytes_get_data (bytes, &len) : NULL;

  for (gsize at = 0; at < len;) {
    const char *end = memchr (data + at, '\n', len - at);
    gsize n = end ? (gsize) (end - data) - at : len - at;
    if (!carry (evidence, data + at, n, in->counts)) {
      g_autofree char *name = member (stream, "carried.jsonl");
      return refuse (error, name, "a line is neither an observation nor a warning");
    }
    at += n + 1;
  }
  return TRUE;
}

static gboolean
read_stream (const In *in, guint stream, const char *codec_name, UlSourceResult *result, GError **error)
{
  g_autofree char *name = member (stream, "journal.jsonl");
  GBytes *lines = look_up (in, stream, "journal.jsonl"), *texts = look_up (in, stream, "dialogue.txt"), *nals[3] = { NULL };
  g_autoptr (GError) local = NULL;
  gsize len = 0;

  for (guint i = 1; i < G_N_ELEMENTS (nals); i++)
    nals[i] = look_up (in, stream, stream_names[i]);
  const char *data = lines ? g_bytes_get_data (lines, &len) : NULL;
  g_autoptr (UlJournal) journal = ul_journal_from_files (data, len, nals, texts, &local);
  if (!journal)
    return refuse (error, name, local->message);
  UlExaminer *examiner = ul_source_new_stream (result);
  g_ptr_array_add (result->streams, examiner);
  ul_examiner_replay (examiner, journal);
  if (codec_name)
    ul_examiner_set_codec_name (examiner, codec_name);
  ul_examiner_finish (examiner);
  in->counts->n_again += ul_evidence_n (ul_examiner_evidence (examiner));
  return carry_all (in, stream, ul_examiner_evidence (examiner), error);
}

static gboolean
read_about (JsonObject *about, UlSourceResult *result, GError **error)
{
  const char *container = string_of (about, "container");
  int kind = ul_input_kind_from_name (string_of (about, "kind"));
  JsonArray *warnings = array_of (about, "warnings");

  if (g_strcmp0 (string_of (about, "schema"), SCHEMA) != 0 || kind < 0)
    return refuse (error, UL_KEEPSAKE_INPUT, "not of schema " SCHEMA);
  result->kind = (UlInputKind) kind;
  g_free (result->container);
  result->container = container ? ul_redact (container, -1) : NULL;
  for (guint i = 0; warnings && i < MIN (json_array_get_length (warnings), 64); i++) {
    JsonNode *w = json_array_get_element (warnings, i);
    if (json_node_get_value_type (w) == G_TYPE_STRING)
      g_ptr_array_add (result->warnings, ul_redact (json_node_get_string (w), -1));
  }
  return TRUE;
}

gboolean
ul_keepsake_read (UlKeepsakeLookup lookup, gpointer user_data, UlSourceResult *result, UlKeepsakeCounts *ret_counts, GError **error)
{
  In in = { lookup, user_data, ret_counts };
  g_autoptr (JsonParser) parser = json_parser_new ();
  GBytes *bytes = lookup (UL_KEEPSAKE_INPUT, user_data);
  gsize len = 0;
  const char *data = bytes ? g_bytes_get_data (bytes, &len) : NULL;

  *ret_counts = (UlKeepsakeCounts){ 0 };
  if (!data || !json_parser_load_from_data (parser, data, (gssize) len, NULL) || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return refuse (error, UL_KEEPSAKE_INPUT, data ? "no object of JSON" : "not there");
  JsonObject *about = json_node_get_object (json_parser_get_root (parser));
  JsonArray *streams = array_of (about, "streams");
  if (!read_about (about, result, error))
    return FALSE;
  ret_counts->n_streams = streams ? json_array_get_length (streams) : 0;
  if (ret_counts->n_streams == 0 || ret_counts->n_streams > UL_KEEPSAKE_MAX_STREAMS)
    return refuse (error, UL_KEEPSAKE_INPUT, "no streams, or too many");
  for (guint i = 0; i < ret_counts->n_streams; i++) {
    JsonNode *node = json_array_get_element (streams, i);
    const char *codec = JSON_NODE_HOLDS_OBJECT (node) ? string_of (json_node_get_object (node), "codec") : NULL;
    if (!read_stream (&in, i, codec, result, error))
      return FALSE;
  }
  return TRUE;
}
