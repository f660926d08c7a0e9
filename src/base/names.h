/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a closed list: the place of a name in its table. */
#pragma once

#include <glib.h>

/* -1 if there is no such name */
static inline int
ul_index_of_name (const char *const *names, int n, const char *name)
{
  for (int i = 0; i < n; i++)
    if (g_str_equal (names[i], name))
      return i;
  return -1;
}
