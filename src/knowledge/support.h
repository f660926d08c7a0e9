/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbal scale for a log10 likelihood ratio (ENFSI guideline for evaluative
 * reporting): weak from 0.3, moderate 1, moderately strong 2, strong 3, very
 * strong 4, extremely strong 6.
 */
#pragma once

#include <glib.h>

typedef enum {
  UL_SUPPORT_NONE,
  UL_SUPPORT_WEAK,
  UL_SUPPORT_MODERATE,
  UL_SUPPORT_MODERATELY_STRONG,
  UL_SUPPORT_STRONG,
  UL_SUPPORT_VERY_STRONG,
  UL_SUPPORT_EXTREMELY_STRONG,
  UL_N_SUPPORTS
} UlSupport;

UlSupport ul_support_from_ratio (double log10_lr);
/* "none", "weak", "moderate", "moderately-strong" … */
const char *ul_support_name (UlSupport support);
/* -1 if there is no such word */
int ul_support_from_name (const char *name);
