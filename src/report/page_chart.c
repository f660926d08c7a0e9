/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The candidates of an answer and their ratios, as a picture and as a table. */
#include <math.h>

#include "report/page.h"

#define MAX_BARS 10
#define WIDTH 860
#define LEFT 210  /* of the names */
#define RIGHT 70  /* of the figures */
#define ROW 30
#define TOP 44

/* Where the words of the verbal scale begin (knowledge/support.h). */
static const struct {
  double at;
  const char *word;
} scale[] = { { 0.3, "weak" }, { 1, "moderate" }, { 2, "mod. strong" }, { 3, "strong" }, { 4, "very strong" }, { 6, "extremely strong" } };

typedef struct {
  double low, high; /* log10 ratios at the two edges */
} Axis;

static int
x_of (const Axis *axis, double value)
{
  double share = (CLAMP (value, axis->low, axis->high) - axis->low) / (axis->high - axis->low);

  return LEFT + (int) (share * (WIDTH - LEFT - RIGHT));
}

static Axis
axis_for (const UlAnswer *answer, guint n)
{
  Axis axis = { -1, 5 };

  for (guint i = 0; i < n; i++) {
    const UlCandidate *c = g_ptr_array_index (answer->candidates, i);
    axis.low = MIN (axis.low, floor (c->log10_lr));
    axis.high = MAX (axis.high, ceil (c->log10_lr + 0.2));
  }
  axis.low = MAX (axis.low, -6);
  return axis;
}

static void
draw_scale (UlPage *self, const Axis *axis, int height)
{
  ul_page_printf (self, "<line class=\"zero\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x_of (axis, 0), TOP - 8, x_of (axis, 0), height - 8);
  for (gsize i = 0; i < G_N_ELEMENTS (scale); i++) {
    int x = x_of (axis, scale[i].at);
    if (scale[i].at >= axis->high)
      continue;
    ul_page_printf (self, "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x, TOP - 8, x, height - 8);
    /* Two rows of words: neighbours would run into each other. */
    ul_page_printf (self, "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text>\n", x + 2, i % 2 ? 14 : 28, scale[i].word);
  }
}

/* Where a candidate stands in the JSON report: the named one is the answer, the others its alternatives. */
static char *
pointer_of (const UlAnswer *answer, guint i)
{
  guint named = ul_answer_is_unknown (answer) ? 0 : 1;

  if (i < named)
    return g_strdup_printf ("/answers/%s/log10_lr", ul_subject_name (answer->subject));
  return g_strdup_printf ("/answers/%s/alternatives/%u/log10_lr", ul_subject_name (answer->subject), i - named);
}

static void
draw_bars (UlPage *self, const UlAnswer *answer, const Axis *axis, guint n)
{
  for (guint i = 0; i < n; i++) {
    const UlCandidate *c = g_ptr_array_index (answer->candidates, i);
    int y = TOP + (int) i * ROW, zero = x_of (axis, 0), x = x_of (axis, c->log10_lr);
    const char *kind = i == 0 && !ul_answer_is_unknown (answer) ? "bar named" : "bar";

    ul_page_printf (self, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT - 12, y + 15,
                    ul_report_name_of (self->report, answer->subject, c->id));
    ul_page_printf (self, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\"/>\n", kind, MIN (zero, x), y + 1, MAX (ABS (x - zero), 2));
    ul_page_printf (self, "<text x=\"%d\" y=\"%d\">%.2f</text>\n", MAX (x, zero) + 6, y + 15, c->log10_lr + 0.0);
  }
}

static void
write_table (UlPage *self, const UlAnswer *answer, guint n)
{
  ul_page_scroll (self, "Candidates and their ratios");
  g_string_append (self->out, "<table><caption>The candidates in figures</caption>\n<thead><tr><th scope=\"col\">Candidate</th>"
                              "<th scope=\"col\">log10 likelihood ratio</th><th scope=\"col\">Support for it</th>"
                              "<th scope=\"col\">Independent groups</th></tr></thead>\n<tbody>\n");
  for (guint i = 0; i < n; i++) {
    const UlCandidate *c = g_ptr_array_index (answer->candidates, i);
    g_autofree char *pointer = pointer_of (answer, i);
    ul_page_printf (self, "<tr><th scope=\"row\">%s</th><td class=\"number\">", ul_report_name_of (self->report, answer->subject, c->id));
    ul_page_ratio (self, c->log10_lr, "%s", pointer);
    ul_page_printf (self, "</td><td>%s</td><td class=\"number\">%u</td></tr>\n", ul_support_words (ul_support_from_ratio (c->log10_lr)), c->n_groups);
  }
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
}

void
ul_page_candidates (UlPage *self, UlSubject subject)
{
  const UlAnswer *answer = &self->stream->judgement->answers[subject];
  guint n = MIN (answer->candidates->len, MAX_BARS);
  Axis axis = axis_for (answer, n);
  int height = TOP + (int) n * ROW + 8;

  if (n == 0) {
    g_string_append (self->out, "<p>No mark speaks for any maker.</p>\n");
    return;
  }
  ul_page_scroll (self, "Chart of the candidates");
  ul_page_printf (self, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-labelledby=\"chart-t chart-d\">\n", WIDTH,
                  height, WIDTH, height);
  ul_page_printf (self, "<title id=\"chart-t\">Likelihood ratio of each candidate</title>\n"
                        "<desc id=\"chart-d\">A bar for each of %u candidates on the log10 scale, with the words of the ENFSI verbal scale. The table "
                        "below has the figures.</desc>\n", n);
  draw_scale (self, &axis, height);
  draw_bars (self, answer, &axis, n);
  g_string_append (self->out, "</svg>\n");
  ul_page_unscroll (self);
  write_table (self, answer, n);
  if (answer->candidates->len > n)
    ul_page_printf (self, "<p>%u more candidates are in the JSON report.</p>\n", answer->candidates->len - n);
}
