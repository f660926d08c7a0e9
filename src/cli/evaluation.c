/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/evaluation.h"

#include <math.h>

void
ul_ratios_init (UlRatios *self)
{
  self->same = g_array_new (FALSE, FALSE, sizeof (double));
  self->different = g_array_new (FALSE, FALSE, sizeof (double));
}

void
ul_ratios_clear (UlRatios *self)
{
  g_clear_pointer (&self->same, g_array_unref);
  g_clear_pointer (&self->different, g_array_unref);
}

void
ul_ratios_add (UlRatios *self, gboolean same, double log10_lr)
{
  g_array_append_val (same ? self->same : self->different, log10_lr);
}

static double
at (const GArray *ratios, guint i)
{
  return g_array_index (ratios, double, i);
}

double
ul_ratios_cllr (const UlRatios *self)
{
  double a = 0, b = 0;

  for (guint i = 0; i < self->same->len; i++)
    a += log2 (1.0 + pow (10.0, -at (self->same, i)));
  for (guint i = 0; i < self->different->len; i++)
    b += log2 (1.0 + pow (10.0, at (self->different, i)));
  return self->same->len && self->different->len ? 0.5 * (a / self->same->len + b / self->different->len) : NAN;
}

/* --- pool adjacent violators -------------------------------------------------------- */

typedef struct {
  double ratio;
  guint n_same, n_different;
} Block;

static gint
by_ratio (gconstpointer a, gconstpointer b)
{
  double x = ((const Block *) a)->ratio, y = ((const Block *) b)->ratio;

  return (x > y) - (x < y);
}

static double
share_of_same (const Block *b)
{
  return (double) b->n_same / (b->n_same + b->n_different);
}

/* Cases of one ratio are one block from the start: no calibration tells them apart. */
static GArray *
pool (const UlRatios *self)
{
  g_autoptr (GArray) cases = g_array_new (FALSE, FALSE, sizeof (Block));
  GArray *blocks = g_array_new (FALSE, FALSE, sizeof (Block));

  for (guint i = 0; i < self->same->len; i++)
    g_array_append_val (cases, ((Block){ at (self->same, i), 1, 0 }));
  for (guint i = 0; i < self->different->len; i++)
    g_array_append_val (cases, ((Block){ at (self->different, i), 0, 1 }));
  g_array_sort (cases, by_ratio);
  for (guint i = 0; i < cases->len; i++) {
    Block b = g_array_index (cases, Block, i);
    while (blocks->len) {
      const Block *last = &g_array_index (blocks, Block, blocks->len - 1);
      if (last->ratio != b.ratio && share_of_same (last) < share_of_same (&b))
        break;
      b.n_same += last->n_same;
      b.n_different += last->n_different;
      g_array_set_size (blocks, blocks->len - 1);
    }
    g_array_append_val (blocks, b);
  }
  return blocks;
}

double
ul_ratios_min_cllr (const UlRatios *self)
{
  g_autoptr (GArray) blocks = pool (self);
  double a = 0, b = 0, prior = (double) self->same->len / MAX (self->different->len, 1u);

  if (!self->same->len || !self->different->len)
    return NAN;
  for (guint i = 0; i < blocks->len; i++) {
    const Block *block = &g_array_index (blocks, Block, i);
    if (!block->n_same || !block->n_different)
      continue; /* ratio 0 or infinite, and no case on the wrong side: costs nothing */
    double ratio = (double) block->n_same / block->n_different / prior;
    a += block->n_same * log2 (1.0 + 1.0 / ratio);
    b += block->n_different * log2 (1.0 + ratio);
  }
  return 0.5 * (a / self->same->len + b / self->different->len);
}

double
ul_ratios_misleading (const UlRatios *self, gboolean same)
{
  const GArray *ratios = same ? self->same : self->different;
  guint n = 0;

  for (guint i = 0; i < ratios->len; i++)
    n += same ? at (ratios, i) < 0 : at (ratios, i) > 0;
  return ratios->len ? (double) n / ratios->len : 0;
}

/* --- the plot -------------------------------------------------------------------------- */

#define WIDTH 640
#define HEIGHT 360
#define LEFT 56
#define BOTTOM 312
#define TOP 40
#define RIGHT 616
#define SPAN 4.0 /* log10 ratios to both sides */

static double
x_of (double log10_lr)
{
  return LEFT + (CLAMP (log10_lr, -SPAN, SPAN) + SPAN) / (2 * SPAN) * (RIGHT - LEFT);
}

static double
y_of (double share)
{
  return BOTTOM - share * (BOTTOM - TOP);
}

static double
share_above (const GArray *ratios, double log10_lr)
{
  guint n = 0;

  for (guint i = 0; i < ratios->len; i++)
    n += at (ratios, i) >= log10_lr;
  return ratios->len ? (double) n / ratios->len : 0;
}

static void
draw_curve (GString *svg, const GArray *ratios, const char *style)
{
  g_string_append_printf (svg, "<polyline fill=\"none\" %s points=\"", style);
  for (int i = -400; i <= 400; i++)
    g_string_append_printf (svg, "%.1f,%.1f ", x_of (i / 100.0), y_of (share_above (ratios, i / 100.0)));
  g_string_append (svg, "\"/>\n");
}

static void
draw_axes (GString *svg)
{
  for (int i = -4; i <= 4; i++)
    g_string_append_printf (svg, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n",
                            x_of (i), x_of (i), TOP, BOTTOM, i ? "#ddd" : "#888", x_of (i), BOTTOM + 18, i);
  for (int i = 0; i <= 4; i++)
    g_string_append_printf (svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n", LEFT - 8, y_of (i / 4.0) + 4, i * 25);
  g_string_append_printf (svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">log10 likelihood ratio</text>\n", (LEFT + RIGHT) / 2, BOTTOM + 38);
}

char *
ul_ratios_plot_svg (const UlRatios *self, const char *title, const char *same, const char *different)
{
  GString *svg = g_string_new (NULL);
  g_autofree char *heading = g_markup_escape_text (title, -1), *a = g_markup_escape_text (same, -1), *b = g_markup_escape_text (different, -1);

  g_string_append_printf (svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n"
                          "<title>%s</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>\n",
                          WIDTH, HEIGHT, heading, WIDTH, HEIGHT, LEFT, heading);
  draw_axes (svg);
  draw_curve (svg, self->same, "stroke=\"#0a58a5\" stroke-width=\"2\"");
  draw_curve (svg, self->different, "stroke=\"#b3461b\" stroke-width=\"2\" stroke-dasharray=\"6 3\"");
  g_string_append_printf (svg, "<text x=\"%d\" y=\"%d\" fill=\"#0a58a5\">%s (%u)</text>\n<text x=\"%d\" y=\"%d\" fill=\"#b3461b\">%s (%u), dashed</text>\n</svg>\n",
                          LEFT + 8, BOTTOM - 24, a, self->same->len, LEFT + 8, BOTTOM - 8, b, self->different->len);
  return g_string_free (svg, FALSE);
}
