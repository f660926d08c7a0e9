/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Faults on purpose.  scripts/test runs each under the wrappers that it runs the
 * real tests under, and fails if a wrapper lets one pass.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static void *volatile sink;
static volatile int decided;

Test (planted, nothing)
{
  sink = malloc (32);
  free (sink);
  cr_assert (1);
}

Test (planted, leak)
{
  sink = malloc (4096);
  memset (sink, 1, 4096);
  sink = NULL;
  cr_assert (1);
}

Test (planted, uninitialised)
{
  volatile int *block = malloc (64 * sizeof *block);

  if (block[17] > 3)
    cr_log_info ("decided by chance");
  free ((void *) block);
  cr_assert (1);
}

Test (planted, overflow)
{
  volatile char *block = malloc (64);

  block[64 + (decided & 1)] = 1;
  free ((void *) block);
  cr_assert (1);
}
