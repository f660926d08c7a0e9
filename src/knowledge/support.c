/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/support.h"

static const struct {
  const char *name;
  double from; /* log10 LR */
} support_rows[UL_N_SUPPORTS] = {
  [UL_SUPPORT_NONE] = { "none", 0 },
  [UL_SUPPORT_WEAK] = { "weak", 0.3 },
  [UL_SUPPORT_MODERATE] = { "moderate", 1 },
  [UL_SUPPORT_MODERATELY_STRONG] = { "moderately-strong", 2 },
  [UL_SUPPORT_STRONG] = { "strong", 3 },
  [UL_SUPPORT_VERY_STRONG] = { "very-strong", 4 },
  [UL_SUPPORT_EXTREMELY_STRONG] = { "extremely-strong", 6 },
};

UlSupport
ul_support_from_ratio (double log10_lr)
{
  UlSupport support = UL_SUPPORT_NONE;

  for (UlSupport i = UL_SUPPORT_WEAK; i < UL_N_SUPPORTS; i++)
    if (log10_lr >= support_rows[i].from)
      support = i;
  return support;
}

const char *
ul_support_name (UlSupport support)
{
  return support_rows[support].name;
}

int
ul_support_from_name (const char *name)
{
  for (int i = 0; i < UL_N_SUPPORTS; i++)
    if (g_str_equal (support_rows[i].name, name))
      return i;
  return -1;
}
