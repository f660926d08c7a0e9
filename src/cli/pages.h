/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `--html`: where the evidence pages go. */
#pragma once

#include "cli/cli.h"

/* A usage error is told, and FALSE: several inputs need a folder, standard output holds one document. */
gboolean ul_pages_check (const char *where, const char *const *inputs, gboolean json);
/* Writes the page of one input; complains and returns UL_EXIT_OUTPUT if that cannot be. `path`: of the input. */
int ul_pages_write (const char *where, const char *path, const UlReport *report);
/* The page alone, with excerpts out of `path` where it is a file. Owned. */
char *ul_pages_make (const char *path, const UlReport *report);
