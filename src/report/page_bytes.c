/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes themselves: parameter sets, SEI and slice headers with their fields, and what was read of the container. */
#include <string.h>

#include "bitstream/dissect.h"
#include "report/page.h"

#define ROW_BYTES 16
#define MAX_BYTES 512        /* of a hex view */
#define MAX_OF_TYPE 3        /* distinct NAL units of a type */
#define MAX_NALS 24
#define MAX_EXCERPTS 16
#define EXCERPT_BYTES 32     /* where an observation does not say how long it is */
#define MAX_EXCERPT_BYTES 256

/* --- hex ------------------------------------------------------------------------------------------------ */

typedef struct {
  const guint8 *bytes;
  gsize len;
  gint64 offset;             /* of the first byte in the input, -1: not known */
  const UlDissection *parts; /* NULL: not taken apart */
  gpointer telling;          /* GHashTable of names, NULL */
} Hex;

/* The field that byte `i` is of: the last one that begins at it or before; -1. */
static int
field_at (const Hex *hex, gsize i)
{
  int found = -1;

  for (guint k = 0; hex->parts && k < hex->parts->fields->len; k++) {
    const UlField *f = g_ptr_array_index (hex->parts->fields, k);
    if (f->first > i)
      break;
    if (f->last >= i)
      found = (int) k;
  }
  return found;
}

static char *
bare_name (const char *name)
{
  return g_strndup (name, strcspn (name, "["));
}

static gboolean
is_telling (const Hex *hex, int field)
{
  if (field < 0 || !hex->telling)
    return FALSE;
  const UlField *f = g_ptr_array_index (hex->parts->fields, (guint) field);
  g_autofree char *name = bare_name (f->name);
  return g_hash_table_contains (hex->telling, name);
}

static void
write_hex_row (UlPage *self, const Hex *hex, gsize row)
{
  gsize n = MIN (hex->len - row, (gsize) ROW_BYTES);
  int last = -2;

  ul_page_printf (self, "<span class=\"at\">%08" G_GINT64_MODIFIER "x</span>  ", (hex->offset >= 0 ? hex->offset : 0) + (gint64) row);
  for (gsize i = row; i < row + n; i++) {
    int field = field_at (hex, i);
    if (field != last && last >= -1)
      g_string_append (self->out, is_telling (hex, last) ? "</mark>" : "</span>");
    g_string_append (self->out, i > row ? " " : "");
    if (field != last)
      g_string_append (self->out, is_telling (hex, field) ? "<mark>" : field < 0 ? "<span>" : field % 2 ? "<span class=\"odd\">" : "<span class=\"even\">");
    last = field;
    ul_page_printf (self, "%02x", hex->bytes[i]);
  }
  g_string_append (self->out, is_telling (hex, last) ? "</mark>" : "</span>");
  for (gsize i = n; i < ROW_BYTES; i++)
    g_string_append (self->out, "   ");
  g_string_append (self->out, "  ");
  for (gsize i = row; i < row + n; i++)
    ul_page_printf (self, "%s", g_ascii_isprint ((char) hex->bytes[i]) ? (const char[]){ (char) hex->bytes[i], 0 } : ".");
  g_string_append_c (self->out, '\n');
}

static void
write_hex (UlPage *self, const Hex *hex, const char *label)
{
  Hex cut = *hex;

  cut.len = MIN (hex->len, (gsize) MAX_BYTES);
  ul_page_scroll (self, label);
  g_string_append (self->out, "<pre class=\"hex\">");
  for (gsize row = 0; row < cut.len; row += ROW_BYTES)
    write_hex_row (self, &cut, row);
  g_string_append (self->out, "</pre>\n");
  ul_page_unscroll (self);
  if (hex->len > cut.len)
    ul_page_printf (self, "<p>%" G_GSIZE_FORMAT " more bytes.</p>\n", hex->len - cut.len);
}

static void
write_fields (UlPage *self, const Hex *hex, const char *title)
{
  if (hex->parts->fields->len == 0)
    return;
  ul_page_printf (self, "<details><summary>%s: its %u fields</summary>\n", title, hex->parts->fields->len);
  ul_page_scroll (self, title);
  ul_page_printf (self, "<table><caption>%s, field by field</caption>\n<thead><tr><th scope=\"col\">Byte</th><th scope=\"col\">Bit of the RBSP</th>"
                        "<th scope=\"col\">Syntax element</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n", title);
  for (guint k = 0; k < hex->parts->fields->len; k++) {
    const UlField *f = g_ptr_array_index (hex->parts->fields, k);
    gboolean telling = is_telling (hex, (int) k);
    ul_page_printf (self, "<tr><td class=\"number\">%" G_GSIZE_FORMAT "</td><td class=\"number\">%u</td><th scope=\"row\">", f->first, f->bit);
    ul_page_printf (self, telling ? "<mark>%s</mark>" : "%s", f->name);
    ul_page_printf (self, "</th><td class=\"value\">%s</td></tr>\n", f->value);
  }
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
  g_string_append (self->out, "</details>\n");
  if (hex->parts->error)
    ul_page_printf (self, "<p>Reading it ended there: %s.</p>\n", hex->parts->error);
}

/* --- NAL units ---------------------------------------------------------------------------------------------- */

/* Names of the syntax elements that a mark rests on: the ends of the keys. */
static GHashTable *
telling_names (UlPage *self)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init (&iter, self->telling);
  while (g_hash_table_iter_next (&iter, &number, NULL)) {
    guint k = GPOINTER_TO_UINT (number) - self->stream->first_observation;
    if (k >= ul_evidence_n (self->stream->evidence))
      continue;
    const UlObservation *o = ul_evidence_get (self->stream->evidence, k);
    const char *dot = strrchr (ul_key_name (o->key), '.');
    g_hash_table_add (names, g_strdup (dot ? dot + 1 : ul_key_name (o->key)));
    if (ul_key_layer (o->key) == UL_LAYER_SEI)
      g_hash_table_add (names, g_strdup ("sei_payload"));
  }
  return names;
}

/* What was read from the bytes at that place. */
static void
write_what_was_read (UlPage *self, const UlJournalEntry *e)
{
  const UlEvidence *evidence = self->stream->evidence;
  guint n = 0;

  for (guint k = 0; k < ul_evidence_n (evidence) && n < 8; k++) {
    const UlObservation *o = ul_evidence_get (evidence, k);
    UlLayer layer = ul_key_layer (o->key);
    gboolean here = e->where.offset >= 0 ? o->first.offset == e->where.offset : e->where.line >= 0 && o->first.line == e->where.line;
    if (!here || (layer != UL_LAYER_PARAMS && layer != UL_LAYER_SEI && layer != UL_LAYER_NAL))
      continue;
    g_string_append (self->out, n++ ? ", " : "<p class=\"muted\">Read here first: ");
    ul_page_printf (self, "%s (", ul_key_name (o->key));
    ul_page_observation (self, self->stream->first_observation + k);
    g_string_append (self->out, ")");
  }
  if (n)
    g_string_append (self->out, ".</p>\n");
}

static char *
place_text (const UlJournalEntry *e)
{
  if (e->where.offset >= 0)
    return g_strdup_printf (" at byte %" G_GINT64_FORMAT, e->where.offset);
  return e->where.line >= 0 ? g_strdup_printf (" of line %" G_GINT64_FORMAT, e->where.line) : g_strdup ("");
}

static void
write_nal (UlPage *self, const UlDissector *dissector, const UlJournalEntry *e, GHashTable *telling)
{
  const guint8 *bytes = ul_journal_bytes (self->stream->journal, e);
  g_autoptr (UlDissection) parts = ul_dissector_take (dissector, bytes, e->kept);
  Hex hex = { bytes, e->kept, e->where.offset, parts, telling };
  g_autofree char *place = place_text (e);
  g_autofree char *title = g_strdup_printf ("%s%s", parts->type, place);

  ul_page_printf (self, "<h3>%s, %" G_GUINT64_FORMAT " bytes%s</h3>\n", title, e->len, e->is_slice ? ", its header" : "");
  write_hex (self, &hex, title);
  write_what_was_read (self, e);
  write_fields (self, &hex, title);
}

/* Each kind of NAL unit a few times, and each content once. */
static gboolean
is_worth_showing (GHashTable *seen, GHashTable *counts, gboolean masked, const UlJournal *journal, const UlJournalEntry *e)
{
  const guint8 *bytes = ul_journal_bytes (journal, e);
  const char *type = ul_dissect_type_name ((UlCodec) e->codec, bytes[0]);
  gboolean plain = strstr (type, "AUD") || strstr (type, "FILLER") || strstr (type, "FD") || strstr (type, "EO");
  /* With masks no bytes but those that are all syntax: others hold what users and serials are written in. */
  gboolean hidden = masked && !e->is_slice && !strstr (type, "PS");
  guint limit = e->is_slice ? 1 : plain || hidden ? 0 : MAX_OF_TYPE;
  g_autofree char *kind = e->is_slice ? g_strdup_printf ("slice %c", e->type) : g_strdup (type);
  g_autoptr (GBytes) content = g_bytes_new (bytes, e->kept);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, kind));

  if (n >= limit || g_hash_table_contains (seen, content))
    return FALSE;
  g_hash_table_insert (counts, g_steal_pointer (&kind), GUINT_TO_POINTER (n + 1));
  g_hash_table_add (seen, g_steal_pointer (&content));
  return TRUE;
}

static guint
write_nals (UlPage *self)
{
  const UlJournal *journal = self->stream->journal;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) telling = telling_names (self);
  UlDissector *dissectors[] = { NULL, ul_dissector_new (UL_CODEC_H264), ul_dissector_new (UL_CODEC_H265) };
  guint shown = 0;

  for (guint i = 0; journal && i < ul_journal_n (journal) && shown < MAX_NALS; i++) {
    const UlJournalEntry *e = ul_journal_get (journal, i);
    if ((e->kind != UL_JOURNAL_NAL && e->kind != UL_JOURNAL_ASIDE) || e->kept == 0)
      continue;
    ul_dissector_learn (dissectors[e->codec], ul_journal_bytes (journal, e), e->kept);
    if (!is_worth_showing (seen, counts, ul_report_mask (self->report) != NULL, journal, e))
      continue;
    write_nal (self, dissectors[e->codec], e, telling);
    shown++;
  }
  ul_dissector_free (dissectors[1]);
  ul_dissector_free (dissectors[2]);
  return shown;
}

/* --- the container -------------------------------------------------------------------------------------------- */

static gboolean
write_excerpt (UlPage *self, guint number)
{
  const UlObservation *o = ul_evidence_get (self->stream->evidence, number - self->stream->first_observation);
  gint64 want = o->first.length > 0 ? MIN (o->first.length, (gint64) MAX_EXCERPT_BYTES) : EXCERPT_BYTES;
  guint8 bytes[MAX_EXCERPT_BYTES];
  gssize n = self->excerpt && o->first.offset >= 0 ? self->excerpt ((guint64) o->first.offset, bytes, (gsize) want, self->excerpt_data) : -1;
  Hex hex = { bytes, (gsize) MAX (n, 0), o->first.offset, NULL, NULL };
  g_autofree char *title = g_strdup_printf ("%s at byte %" G_GINT64_FORMAT, ul_key_name (o->key), o->first.offset);

  if (n <= 0)
    return FALSE;
  ul_page_printf (self, "<h3>%s</h3>\n<p><code>%s</code> (", title, o->value);
  ul_page_observation (self, number);
  g_string_append (self->out, ")</p>\n");
  write_hex (self, &hex, title);
  return TRUE;
}

static guint
write_excerpts (UlPage *self)
{
  const UlReportStream *s = self->stream;
  guint shown = 0;

  if (ul_report_mask (self->report))
    return 0;
  for (guint k = 0; k < ul_evidence_n (s->evidence) && shown < MAX_EXCERPTS; k++) {
    guint number = s->first_observation + k;
    if (ul_key_layer (ul_evidence_get (s->evidence, k)->key) == UL_LAYER_CONTAINER && g_hash_table_contains (self->telling, GUINT_TO_POINTER (number)))
      shown += write_excerpt (self, number);
  }
  return shown;
}

void
ul_page_bytes (UlPage *self)
{
  ul_page_begin (self, "bytes", "The bytes themselves");
  g_string_append (self->out, "<p>Parameter sets, SEI and the headers of slices as they came, emulation prevention bytes in place; the shades tell fields "
                              "apart, and marked are those that a mark above rests on. Offsets are those of the input.</p>\n");
  guint n = write_nals (self) + write_excerpts (self);
  if (n == 0)
    g_string_append (self->out, "<p>No bytes of the video were seen.</p>\n");
  ul_page_end (self);
}
