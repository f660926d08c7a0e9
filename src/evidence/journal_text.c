/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evidence/journal_text.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/json_writer.h"

#define MAX_LINE_BYTES 65536

static const char *const kind_names[UL_JOURNAL_N_KINDS] = { "message", "sdp", "nal", "aside", "gap", "cut", "seek" };
static const char *const codec_names[] = { "", "h264", "h265" };
static const char *const hash_names[UL_JOURNAL_N_HASHES] = { "sha256", "sha384", "sha512" };
static const gsize hash_bytes[UL_JOURNAL_N_HASHES] = { 32, 48, 64 };

/* The parts of a place, under the names that they have in a line. */
static const struct {
  const char *name;
  gsize offset;
} place_parts[] = {
  { "offset", G_STRUCT_OFFSET (UlWhere, offset) },
  { "length", G_STRUCT_OFFSET (UlWhere, length) },
  { "line", G_STRUCT_OFFSET (UlWhere, line) },
  { "time_us", G_STRUCT_OFFSET (UlWhere, time_us) },
};

void
ul_journal_files_clear (UlJournalFiles *files)
{
  if (files->lines)
    g_string_free (files->lines, TRUE);
  if (files->texts)
    g_string_free (files->texts, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (files->nals); i++)
    g_clear_pointer (&files->nals[i], g_byte_array_unref);
  *files = (UlJournalFiles){ 0 };
}

/* --- writing --------------------------------------------------------------------------------------- */

static void
write_hex (UlJson *j, const char *name, const guint8 *bytes, gsize len)
{
  char hex[2 * UL_JOURNAL_HASH_BYTES + 1];

  for (gsize i = 0; i < len; i++)
    g_snprintf (hex + 2 * i, 3, "%02x", bytes[i]);
  ul_json_string (j, name, hex);
}

static void
write_place (UlJson *j, const char *name, const UlWhere *where)
{
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (place_parts); i++) {
    gint64 value = G_STRUCT_MEMBER (gint64, where, place_parts[i].offset);
    if (value < 0)
      continue;
    if (!any)
      ul_json_begin_object (j, name);
    any = TRUE;
    ul_json_int (j, place_parts[i].name, value);
  }
  if (any)
    ul_json_end_object (j);
}

static void
write_nal (UlJson *j, const UlJournal *self, const UlJournalEntry *e, gboolean with_hashes)
{
  const UlJournalHashes *hashes = with_hashes ? ul_journal_hashes (self, e) : NULL;

  ul_json_int (j, "len", (gint64) e->len);
  if (e->start_code)
    ul_json_int (j, "start_code", e->start_code);
  if (e->trailing_zeros)
    ul_json_int (j, "trailing_zeros", (gint64) e->trailing_zeros);
  if (e->truncated)
    ul_json_bool (j, "truncated", TRUE);
  if (e->from_text)
    ul_json_bool (j, "from_text", TRUE);
  if (e->tail_len)
    write_hex (j, "tail", e->tail, e->tail_len);
  for (guint i = 0; hashes && i < UL_JOURNAL_N_HASHES; i++)
    write_hex (j, hash_names[i], (*hashes)[i], hash_bytes[i]);
}

static gsize
append_kept (const UlJournal *self, const UlJournalEntry *e, UlJournalFiles *files)
{
  if (e->kind == UL_JOURNAL_MESSAGE || e->kind == UL_JOURNAL_SDP) {
    gsize at = files->texts->len;
    g_string_append_len (files->texts, (const char *) ul_journal_bytes (self, e), (gssize) e->kept);
    if (e->kept && files->texts->str[files->texts->len - 1] != '\n')
      g_string_append_c (files->texts, '\n');
    return at;
  }
  GByteArray *nals = files->nals[e->codec];
  g_byte_array_append (nals, (const guint8 *) "\0\0\0\1", 4);
  g_byte_array_append (nals, ul_journal_bytes (self, e), (guint) e->kept);
  return nals->len - e->kept;
}

static void
write_entry (const UlJournal *self, const UlJournalEntry *e, gboolean with_hashes, UlJournalFiles *files)
{
  gboolean nal = e->kind == UL_JOURNAL_NAL || e->kind == UL_JOURNAL_ASIDE, text = e->kind == UL_JOURNAL_MESSAGE || e->kind == UL_JOURNAL_SDP;
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "kind", kind_names[e->kind]);
  if (e->codec)
    ul_json_string (&j, "codec", codec_names[e->codec]);
  if (nal || text) {
    ul_json_int (&j, "at", (gint64) append_kept (self, e, files));
    ul_json_int (&j, "kept", (gint64) e->kept);
  }
  write_place (&j, "where", &e->where);
  write_place (&j, "place", &e->place);
  if (e->provenance)
    ul_json_int (&j, "provenance", e->provenance);
  if (e->on_wire)
    ul_json_bool (&j, "on_wire", TRUE);
  if (e->answers)
    ul_json_string (&j, "answers", e->answers);
  if (nal)
    write_nal (&j, self, e, with_hashes);
  ul_json_end_object (&j);
  g_autofree char *line = ul_json_steal (&j);
  g_string_append (files->lines, line);
}

void
ul_journal_to_files (const UlJournal *self, gboolean with_hashes, UlJournalFiles *ret_files)
{
  *ret_files = (UlJournalFiles){ .lines = g_string_new (NULL), .texts = g_string_new (NULL) };
  for (guint i = 0; i < G_N_ELEMENTS (ret_files->nals); i++)
    ret_files->nals[i] = g_byte_array_new ();
  for (guint i = 0; i < ul_journal_n (self); i++)
    write_entry (self, ul_journal_get (self, i), with_hashes, ret_files);
}

/* --- reading --------------------------------------------------------------------------------------- */

/* A line's object; members of another type than is asked for are as if they were not there. */
static gint64
read_int (JsonObject *object, const char *name, gint64 otherwise)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : otherwise;
}

static const char *
read_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static gboolean
read_bool (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

static int
read_word (JsonObject *object, const char *name, const char *const *words, gsize n)
{
  const char *word = read_string (object, name);

  for (gsize i = 0; word && i < n; i++)
    if (*words[i] && g_str_equal (word, words[i]))
      return (int) i;
  return -1;
}

/* Returns the bytes; 0 where it is no hexadecimal text, or too long. */
static gsize
read_hex (JsonObject *object, const char *name, guint8 *out, gsize room)
{
  const char *hex = read_string (object, name);
  gsize n = hex ? strlen (hex) : 0;

  if (n % 2 || n / 2 > room)
    return 0;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isxdigit (hex[i]))
      return 0;
  for (gsize i = 0; i < n / 2; i++)
    out[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return n / 2;
}

static UlWhere
read_place (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  UlWhere where = UL_NOWHERE;

  for (gsize i = 0; node && JSON_NODE_HOLDS_OBJECT (node) && i < G_N_ELEMENTS (place_parts); i++)
    G_STRUCT_MEMBER (gint64, &where, place_parts[i].offset) = MAX (read_int (json_node_get_object (node), place_parts[i].name, -1), -1);
  return where;
}

static void
read_hashes (JsonObject *object, UlJournal *journal, UlJournalEntry *entry)
{
  UlJournalHashes hashes = { { 0 } };

  for (guint i = 0; i < UL_JOURNAL_N_HASHES; i++)
    if (read_hex (object, hash_names[i], hashes[i], UL_JOURNAL_HASH_BYTES) != hash_bytes[i])
      return;
  ul_journal_set_hashes (journal, entry, &hashes);
}

static void
read_nal (JsonObject *object, UlJournalEntry *e)
{
  e->len = (guint64) MAX (read_int (object, "len", 0), 0);
  e->start_code = (guint8) CLAMP (read_int (object, "start_code", 0), 0, 4);
  e->trailing_zeros = (guint64) MAX (read_int (object, "trailing_zeros", 0), 0);
  e->truncated = read_bool (object, "truncated");
  e->from_text = read_bool (object, "from_text");
  e->tail_len = (guint8) read_hex (object, "tail", e->tail, UL_JOURNAL_TAIL_BYTES);
}

/* Why it is no entry; NULL if it is one. */
static const char *
read_entry (JsonObject *object, GBytes *const nals[3], GBytes *texts, UlJournal *journal)
{
  int kind = read_word (object, "kind", kind_names, G_N_ELEMENTS (kind_names));
  int codec = read_word (object, "codec", codec_names, G_N_ELEMENTS (codec_names));
  gboolean text = kind == UL_JOURNAL_MESSAGE || kind == UL_JOURNAL_SDP, nal = kind == UL_JOURNAL_NAL || kind == UL_JOURNAL_ASIDE;
  UlJournalEntry e = { .kind = (guint8) kind, .codec = (guint8) MAX (codec, 0), .hashes = -1 };
  gint64 at = read_int (object, "at", -1), kept = read_int (object, "kept", -1);
  gsize size = 0;

  if (kind < 0)
    return "of no known kind";
  if (!text && kind != UL_JOURNAL_SEEK && codec < 0)
    return "without a codec";
  GBytes *from = text ? texts : nal ? nals[codec] : NULL;
  const guint8 *data = from ? g_bytes_get_data (from, &size) : NULL;
  if ((text || nal) && (at < 0 || kept < 0 || (guint64) at > size || (guint64) kept > size - (gsize) at))
    return "points outside of what was kept";
  e.kept = text || nal ? (gsize) kept : 0;
  e.where = read_place (object, "where");
  e.place = read_place (object, "place");
  e.provenance = (guint8) (read_int (object, "provenance", 0) & 0x1f);
  e.on_wire = read_bool (object, "on_wire");
  e.answers = (char *) read_string (object, "answers");
  if (nal)
    read_nal (object, &e);
  if (nal && (e.kept == 0 || e.kept > e.len))
    return "says less than was kept";
  UlJournalEntry *added = ul_journal_add (journal, &e, e.kept ? data + at : (const guint8 *) "");
  if (!added)
    return "is one too many";
  if (nal)
    read_hashes (object, journal, added);
  return NULL;
}

static JsonObject *
parse_line (JsonParser *parser, const char *line, gsize len)
{
  JsonNode *root = len <= MAX_LINE_BYTES && json_parser_load_from_data (parser, line, (gssize) len, NULL) ? json_parser_get_root (parser) : NULL;

  return root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
}

UlJournal *
ul_journal_from_files (const char *lines, gsize lines_len, GBytes *const nals[3], GBytes *texts, GError **error)
{
  g_autoptr (UlJournal) journal = ul_journal_new ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  guint number = 1;

  for (gsize at = 0; at < lines_len; number++) {
    const char *end = memchr (lines + at, '\n', lines_len - at);
    gsize len = end ? (gsize) (end - lines) - at : lines_len - at;
    JsonObject *object = parse_line (parser, lines + at, len);
    const char *why = object ? read_entry (object, nals, texts, journal) : "is no object of JSON";
    if (why) {
      g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "line %u: the entry %s", number, why);
      return NULL;
    }
    at += len + 1;
  }
  return g_steal_pointer (&journal);
}

/* --- observations ------------------------------------------------------------------------------------ */

void
ul_observation_to_line (const UlObservation *self, GString *out)
{
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "key", ul_key_name (self->key));
  ul_json_string (&j, "value", self->value);
  ul_json_int (&j, "count", (gint64) self->count);
  ul_json_int (&j, "provenance", self->provenance);
  write_place (&j, "first", &self->first);
  write_place (&j, "last", &self->last);
  ul_json_end_object (&j);
  g_autofree char *line = ul_json_steal (&j);
  g_string_append (out, line);
}

gboolean
ul_observation_from_line (const char *line, gsize len, UlObservation *ret_observation)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object = parse_line (parser, line, len);
  const char *key = object ? read_string (object, "key") : NULL, *value = object ? read_string (object, "value") : NULL;
  int number = key ? ul_key_from_name (key) : -1;

  if (number < 0 || !value)
    return FALSE;
  *ret_observation = (UlObservation){ .key = (UlKey) number, .value = g_strdup (value), .count = (guint64) MAX (read_int (object, "count", 1), 1),
                                      .first = read_place (object, "first"), .last = read_place (object, "last"),
                                      .provenance = (UlProvenance) (read_int (object, "provenance", 0) & 0x1f) };
  return TRUE;
}
