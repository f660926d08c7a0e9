/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pictures of the stream one after the other: sizes by type, GOPs, QP, parameter sets that change, signatures. */
#include <math.h>
#include <string.h>

#include "bitstream/dissect.h"
#include "report/page.h"

#define WIDTH 960
#define LEFT 64
#define RIGHT 44
#define PLOT_TOP 34
#define PLOT_HEIGHT 180
#define MAX_BARS 400
#define QP_TOP 52 /* slice QP of both standards at 8 bits: 0 to 51 */

typedef struct {
  guint64 bytes;
  gint64 time_us;
  char type;
  gboolean key, has_qp, sets_changed;
  gint qp;
} Picture;

/* Several pictures in a row that share a bar. */
typedef struct {
  guint64 most_bytes;
  char type;
  gboolean key, sets_changed;
  guint n_qp;
  gint sum_qp;
  guint first, last;
} Bar;

typedef struct {
  guint n[128]; /* by type */
  guint64 bytes[128];
  guint n_keys, n_sets_changed, shortest_gop, longest_gop;
  gint least_qp, most_qp;
  gboolean has_qp;
} Summary;

/* --- from the journal to pictures ------------------------------------------------------------------------ */

static gboolean
is_set (const char *type)
{
  return strstr (type, "SPS") || strstr (type, "PPS") || strstr (type, "VPS");
}

/* Does this parameter set differ from the last one of its type and first bytes? */
static gboolean
is_changed_set (GHashTable *seen, const UlJournal *journal, const UlJournalEntry *e)
{
  const guint8 *bytes = ul_journal_bytes (journal, e);
  const char *type = ul_dissect_type_name ((UlCodec) e->codec, bytes[0]);
  g_autoptr (GBytes) now = NULL;

  if (!is_set (type))
    return FALSE;
  now = g_bytes_new (bytes, e->kept);
  GBytes *before = g_hash_table_lookup (seen, type);
  gboolean changed = before && !g_bytes_equal (before, now);
  g_hash_table_insert (seen, (gpointer) type, g_bytes_ref (now));
  return changed;
}

static GArray *
pictures_of (const UlJournal *journal)
{
  GArray *pictures = g_array_new (FALSE, TRUE, sizeof (Picture));
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_bytes_unref);
  gboolean changed = FALSE;

  for (guint i = 0; journal && i < ul_journal_n (journal); i++) {
    const UlJournalEntry *e = ul_journal_get (journal, i);
    if ((e->kind != UL_JOURNAL_NAL && e->kind != UL_JOURNAL_ASIDE) || e->kept == 0)
      continue;
    if (!e->is_slice) {
      changed |= e->kind == UL_JOURNAL_NAL && is_changed_set (seen, journal, e);
      continue;
    }
    if (e->begins_picture || pictures->len == 0) {
      Picture p = { .time_us = e->where.time_us, .type = e->type, .key = e->key, .has_qp = e->has_qp, .qp = e->qp, .sets_changed = changed };
      changed = FALSE;
      g_array_append_val (pictures, p);
    }
    g_array_index (pictures, Picture, pictures->len - 1).bytes += e->len;
  }
  return pictures;
}

static GArray *
bars_of (const GArray *pictures)
{
  guint step = (pictures->len + MAX_BARS - 1) / MAX_BARS;
  GArray *bars = g_array_new (FALSE, TRUE, sizeof (Bar));

  for (guint i = 0; i < pictures->len; i++) {
    const Picture *p = &g_array_index (pictures, Picture, i);
    if (i % step == 0) {
      Bar fresh = { .first = i, .type = p->type };
      g_array_append_val (bars, fresh);
    }
    Bar *b = &g_array_index (bars, Bar, bars->len - 1);
    b->last = i;
    if (p->bytes >= b->most_bytes) {
      b->most_bytes = p->bytes;
      b->type = p->type;
    }
    b->key |= p->key;
    b->sets_changed |= p->sets_changed;
    b->n_qp += p->has_qp;
    b->sum_qp += p->has_qp ? p->qp : 0;
  }
  return bars;
}

static Summary
summarise (const GArray *pictures)
{
  Summary s = { .shortest_gop = G_MAXUINT, .least_qp = G_MAXINT, .most_qp = G_MININT };
  guint since = 0;

  for (guint i = 0; i < pictures->len; i++) {
    const Picture *p = &g_array_index (pictures, Picture, i);
    s.n[(guchar) p->type & 127]++;
    s.bytes[(guchar) p->type & 127] += p->bytes;
    s.n_sets_changed += p->sets_changed;
    if (p->has_qp) {
      s.has_qp = TRUE;
      s.least_qp = MIN (s.least_qp, p->qp);
      s.most_qp = MAX (s.most_qp, p->qp);
    }
    if (p->key && s.n_keys++) {
      s.shortest_gop = MIN (s.shortest_gop, i - since);
      s.longest_gop = MAX (s.longest_gop, i - since);
    }
    if (p->key)
      since = i;
  }
  return s;
}

/* --- the picture --------------------------------------------------------------------------------------------- */

static double
x_of (guint i, guint n)
{
  return LEFT + (double) i * (WIDTH - LEFT - RIGHT) / MAX (n, 1);
}

static int
y_of_bytes (guint64 bytes, guint64 most)
{
  return PLOT_TOP + PLOT_HEIGHT - (int) (sqrt ((double) bytes / (double) MAX (most, 1)) * PLOT_HEIGHT);
}

static void
draw_axes (UlPage *self, guint64 most)
{
  static const double shares[] = { 1, 0.25, 0.0625 };

  for (gsize i = 0; i < G_N_ELEMENTS (shares); i++) {
    int y = y_of_bytes ((guint64) ((double) most * shares[i]), most);
    ul_page_printf (self, "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f</text>\n",
                    LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, (double) most * shares[i] / 1000);
  }
  ul_page_printf (self, "<text class=\"small\" x=\"%d\" y=\"16\">kB a picture, square-root scale</text>\n", 4);
}

static void
draw_bars (UlPage *self, const GArray *bars, guint64 most)
{
  static const char types[] = "IPB?";
  int base = PLOT_TOP + PLOT_HEIGHT;

  for (const char *type = types; *type; type++) {
    gboolean any = FALSE;
    for (guint i = 0; i < bars->len; i++) {
      const Bar *b = &g_array_index (bars, Bar, i);
      int y = y_of_bytes (b->most_bytes, most);
      if (b->type != *type)
        continue;
      if (!any)
        ul_page_printf (self, "<path class=\"picture %s\" d=\"", *type == 'I' ? "i" : *type == 'P' ? "p" : *type == 'B' ? "b" : "u");
      any = TRUE;
      double x = x_of (i, bars->len), w = MAX (x_of (i + 1, bars->len) - x - 0.6, 0.6);
      ul_page_printf (self, "M%.1f %dV%dh%.1fV%dz", x, base, MIN (y, base - 1), w, base);
    }
    if (any)
      g_string_append (self->out, "\"/>\n");
  }
}

static void
draw_qp (UlPage *self, const GArray *bars)
{
  gboolean pen = FALSE, any = FALSE;

  for (guint i = 0; i < bars->len; i++) {
    const Bar *b = &g_array_index (bars, Bar, i);
    if (b->n_qp == 0) {
      pen = FALSE;
      continue;
    }
    double qp = (double) b->sum_qp / b->n_qp, y = PLOT_TOP + PLOT_HEIGHT - CLAMP (qp, 0, QP_TOP) / QP_TOP * PLOT_HEIGHT;
    if (!any)
      g_string_append (self->out, "<path class=\"qp\" d=\"");
    ul_page_printf (self, "%c%.1f %.1f", pen ? 'L' : 'M', x_of (i, bars->len) + (x_of (1, bars->len) - LEFT) / 2, y);
    pen = any = TRUE;
  }
  if (!any)
    return;
  g_string_append (self->out, "\"/>\n");
  for (int qp = 0; qp <= 50; qp += 25)
    ul_page_printf (self, "<text class=\"small\" x=\"%d\" y=\"%d\">%d</text>\n", WIDTH - RIGHT + 6,
                    PLOT_TOP + PLOT_HEIGHT - qp * PLOT_HEIGHT / QP_TOP + 4, qp);
  ul_page_printf (self, "<text class=\"small\" x=\"%d\" y=\"16\" text-anchor=\"end\">QP (line)</text>\n", WIDTH - 4);
}

static void
draw_marks (UlPage *self, const GArray *bars)
{
  int y = PLOT_TOP + PLOT_HEIGHT + 4;

  for (guint i = 0; i < bars->len; i++) {
    const Bar *b = &g_array_index (bars, Bar, i);
    double x = x_of (i, bars->len);
    if (b->key)
      ul_page_printf (self, "<path class=\"key\" d=\"M%.1f %dl4 8h-8z\"/>\n", x + 1, y);
    if (b->sets_changed)
      ul_page_printf (self, "<path class=\"change\" d=\"M%.1f %dl5 5l-5 5l-5-5z\"/>\n", x + 1, PLOT_TOP - 12);
  }
}

/* Of the pictures first..last: the worst that a signature says of them. */
static const char *
signed_class (const UlAuthenticity *a, guint first, guint last)
{
  const char *worst = "ok";
  guint rank = 0;

  for (guint i = 0; i < a->stretches->len; i++) {
    const UlStretch *s = g_ptr_array_index (a->stretches, i);
    guint r = s->state == UL_GOP_NOT_OK ? 3 : s->state == UL_GOP_MISSING ? 2 : 1;
    if (!s->has_frames || s->last_frame < first || s->first_frame > last || r <= rank)
      continue;
    rank = r;
    worst = r == 3 ? "altered" : r == 2 ? "missing" : "unsigned";
  }
  return worst;
}

static void
draw_signed (UlPage *self, const GArray *bars, guint n_pictures)
{
  const UlAuthenticity *a = self->stream->authenticity;
  int y = PLOT_TOP + PLOT_HEIGHT + 34;

  if (!a || a->n_seis == 0)
    return;
  ul_page_printf (self, "<text class=\"small\" x=\"4\" y=\"%d\">signed</text>\n", y + 11);
  for (guint i = 0; i < bars->len;) {
    const Bar *b = &g_array_index (bars, Bar, i);
    guint64 tail = n_pictures - MIN ((guint64) n_pictures, a->n_tail_frames);
    const char *kind = b->first >= tail ? "unsigned" : signed_class (a, b->first, b->last);
    guint k = i + 1;
    for (; k < bars->len; k++) {
      const Bar *next = &g_array_index (bars, Bar, k);
      if (!g_str_equal (kind, next->first >= tail ? "unsigned" : signed_class (a, next->first, next->last)))
        break;
    }
    ul_page_printf (self, "<rect class=\"stretch %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", kind, x_of (i, bars->len),
                    y + (g_str_equal (kind, "altered") ? -3 : 0), x_of (k, bars->len) - x_of (i, bars->len), g_str_equal (kind, "altered") ? 20 : 14);
    i = k;
  }
}

static void
draw_time (UlPage *self, const GArray *pictures)
{
  const Picture *first = &g_array_index (pictures, Picture, 0), *last = &g_array_index (pictures, Picture, pictures->len - 1);
  int y = PLOT_TOP + PLOT_HEIGHT + 28;
  g_autofree char *from = first->time_us >= 0 ? g_strdup_printf ("picture 0, %.2f s", (double) first->time_us / 1e6) : g_strdup ("picture 0");
  g_autofree char *to = last->time_us >= 0 ? g_strdup_printf ("picture %u, %.2f s", pictures->len - 1, (double) last->time_us / 1e6)
                                           : g_strdup_printf ("picture %u", pictures->len - 1);

  ul_page_printf (self, "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text><text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT, y,
                  from, WIDTH - RIGHT, y, to);
}

static void
draw (UlPage *self, const GArray *pictures)
{
  g_autoptr (GArray) bars = bars_of (pictures);
  const UlAuthenticity *a = self->stream->authenticity;
  int height = PLOT_TOP + PLOT_HEIGHT + (a && a->n_seis ? 60 : 38);
  guint64 most = 1;

  for (guint i = 0; i < bars->len; i++)
    most = MAX (most, g_array_index (bars, Bar, i).most_bytes);
  ul_page_scroll (self, "Timeline of the pictures");
  ul_page_printf (self, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-labelledby=\"time-t time-d\">\n", WIDTH, height,
                  WIDTH, height);
  ul_page_printf (self, "<title id=\"time-t\">Sizes of the pictures in order</title>\n<desc id=\"time-d\">%u pictures in %u bars, the largest of %" G_GUINT64_FORMAT
                        " bytes; the table below has the figures.</desc>\n", pictures->len, bars->len, most);
  draw_axes (self, most);
  draw_bars (self, bars, most);
  draw_qp (self, bars);
  draw_marks (self, bars);
  draw_time (self, pictures);
  draw_signed (self, bars, pictures->len);
  g_string_append (self->out, "</svg>\n");
  ul_page_unscroll (self);
}

/* --- in figures -------------------------------------------------------------------------------------------------- */

static void
write_legend (UlPage *self)
{
  const UlAuthenticity *a = self->stream->authenticity;

  g_string_append (self->out, "<ul class=\"legend\"><li><span class=\"swatch i\"></span>I</li><li><span class=\"swatch p\"></span>P</li>"
                              "<li><span class=\"swatch b\"></span>B</li><li><span class=\"swatch u\"></span>type not read</li>"
                              "<li>▲ IDR or IRAP: a GOP begins</li><li>◆ a parameter set changed</li>");
  if (a && a->n_seis)
    g_string_append (self->out, "<li><span class=\"swatch ok\"></span>as signed</li><li><span class=\"swatch altered\"></span>not as signed (taller)</li>"
                                "<li><span class=\"swatch missing\"></span>something missing</li><li><span class=\"swatch unsigned\"></span>not signed</li>");
  g_string_append (self->out, "</ul>\n");
}

static void
write_summary (UlPage *self, const GArray *pictures)
{
  static const char types[] = "IPB?";
  Summary s = summarise (pictures);

  ul_page_scroll (self, "The pictures in figures");
  g_string_append (self->out, "<table><caption>The pictures in figures</caption>\n<thead><tr><th scope=\"col\">Type</th><th scope=\"col\">Pictures</th>"
                              "<th scope=\"col\">Mean size in bytes</th></tr></thead>\n<tbody>\n");
  for (const char *t = types; *t; t++)
    if (s.n[(guchar) *t])
      ul_page_printf (self, "<tr><th scope=\"row\">%s</th><td class=\"number\">%u</td><td class=\"number\">%" G_GUINT64_FORMAT "</td></tr>\n",
                      *t == '?' ? "not read" : (const char[]){ *t, 0 }, s.n[(guchar) *t], s.bytes[(guchar) *t] / s.n[(guchar) *t]);
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
  g_string_append (self->out, "<p>");
  if (s.n_keys > 1)
    ul_page_printf (self, "%u GOPs of %u to %u pictures. ", s.n_keys, s.shortest_gop, s.longest_gop);
  if (s.has_qp)
    ul_page_printf (self, "QP at the start of the pictures from %d to %d. ", s.least_qp, s.most_qp);
  ul_page_printf (self, "Parameter sets changed %u times.</p>\n", s.n_sets_changed);
}

void
ul_page_timeline (UlPage *self)
{
  g_autoptr (GArray) pictures = pictures_of (self->stream->journal);

  ul_page_begin (self, "timeline", "The pictures in time");
  if (pictures->len == 0) {
    g_string_append (self->out, "<p>No picture was seen.</p>\n");
  } else {
    draw (self, pictures);
    write_legend (self);
    write_summary (self, pictures);
  }
  ul_page_end (self);
}
