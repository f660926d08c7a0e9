/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages as they came, credentials taken out, with the lines that a mark rests on. */
#include <string.h>

#include "report/page.h"

#define MAX_LINES 2000
#define MIN_TELLING_BYTES 6 /* shorter values are found anywhere */

static gboolean
is_dialogue (const UlObservation *o)
{
  UlLayer layer = ul_key_layer (o->key);

  return layer == UL_LAYER_RTSP || layer == UL_LAYER_SDP;
}

/* By the line's number; where lines have none, by what was read out of it. */
static gboolean
is_of_line (const UlObservation *o, gint64 number, const char *text)
{
  if (number >= 0 && o->first.line >= 0)
    return o->first.line == number;
  return strlen (o->value) >= MIN_TELLING_BYTES && strstr (text, o->value);
}

/* The title of the strongest mark that rests on that line; NULL if none does. */
static const UlMatch *
mark_of (const UlPage *self, gint64 number, const char *text)
{
  const GPtrArray *matches = self->stream->judgement->matches;
  const UlMatch *best = NULL;

  for (guint i = 0; i < matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (matches, i);
    for (guint k = 0; k < m->observations->len; k++) {
      const UlObservation *o = ul_evidence_get (self->stream->evidence, g_array_index (m->observations, guint, k));
      if (is_dialogue (o) && is_of_line (o, number, text) && (!best || m->log10_lr > best->log10_lr))
        best = m;
    }
  }
  return best;
}

static void
write_line (UlPage *self, gint64 number, const char *text)
{
  const UlMatch *m = *text ? mark_of (self, number, text) : NULL;
  UlMask *mask = ul_report_mask (self->report);
  g_autofree char *masked = mask ? ul_mask_text (mask, text) : NULL;

  if (number >= 0)
    ul_page_printf (self, "<span class=\"at\">%5" G_GINT64_FORMAT "</span>  ", number);
  ul_page_printf (self, m ? "<mark>%s</mark>" : "%s", masked ? masked : text);
  if (m)
    ul_page_printf (self, "  <span class=\"why\">← %s%s</span>", m->rule->title, m->set_aside ? " (set aside)" : "");
  g_string_append_c (self->out, '\n');
}

static guint
write_text (UlPage *self, const UlJournalEntry *e)
{
  g_autofree char *text = g_strndup ((const char *) ul_journal_bytes (self->stream->journal, e), e->kept);
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_LINES);
  guint n = 0;

  for (; lines[n]; n++) {
    g_strchomp (lines[n]);
    if (!*lines[n] && !lines[n + 1])
      break;
    write_line (self, e->where.line < 0 ? -1 : e->where.line + n, lines[n]);
  }
  g_string_append_c (self->out, '\n');
  return n + 1;
}

void
ul_page_dialogue (UlPage *self)
{
  const UlJournal *journal = self->stream->journal;
  guint n = 0, left = 0;

  ul_page_begin (self, "dialogue", "The dialogue");
  for (guint i = 0; journal && i < ul_journal_n (journal); i++) {
    const UlJournalEntry *e = ul_journal_get (journal, i);
    if (e->kind != UL_JOURNAL_MESSAGE && e->kind != UL_JOURNAL_SDP)
      continue;
    if (n == 0) {
      ul_page_scroll (self, "The messages in order");
      g_string_append (self->out, "<pre class=\"dialogue\">");
    }
    if (n < MAX_LINES)
      n += write_text (self, e);
    else
      left++;
  }
  if (n) {
    g_string_append (self->out, "</pre>\n");
    ul_page_unscroll (self);
  } else {
    g_string_append (self->out, "<p>No RTSP message and no session description was seen.</p>\n");
  }
  if (left)
    ul_page_printf (self, "<p>%u more messages are not shown.</p>\n", left);
  ul_page_end (self);
}
