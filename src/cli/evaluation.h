/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures of likelihood ratios, for the evaluation. */
#pragma once

#include <glib.h>

/* log10 ratios of cases where the first proposition is true, and of those where the second is. */
typedef struct {
  GArray *same, *different; /* double */
} UlRatios;

void ul_ratios_init (UlRatios *self);
void ul_ratios_clear (UlRatios *self);
void ul_ratios_add (UlRatios *self, gboolean same, double log10_lr);

/* Log-likelihood-ratio cost (Brümmer and du Preez 2006): 0 is perfect, 1 is what an answer without information
 * costs.  NaN where a side is empty. */
double ul_ratios_cllr (const UlRatios *self);
/* The same of these ratios when each is replaced by the best calibrated one of the same order (pool adjacent
 * violators): what their discrimination allows. */
double ul_ratios_min_cllr (const UlRatios *self);
/* Share of cases, 0..1, whose evidence speaks for the wrong side: below 1 where `same` is true, above 1 where not. */
double ul_ratios_misleading (const UlRatios *self, gboolean same);
/* A Tippett plot: of both kinds the share of cases above each ratio. */
char *ul_ratios_plot_svg (const UlRatios *self, const char *title, const char *same, const char *different);
