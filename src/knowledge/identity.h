/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program and the tool that packs its knowledge (pack/) do alike. */
#pragma once

#include <glib.h>

#define UL_IDENTITY_HEX_DIGITS 12

/* What knowledge is: a hash over the names and contents of its files, the same wherever they lie.
 * Files are added in the order of their names. `sum` is of SHA-256. */
void ul_identity_add (GChecksum *sum, const char *basename, const void *data, gsize len);

/* JSON Lines as one sequence of YAML, line numbers kept: "- " before every line that is not empty. Owned, ends with a NUL. */
char *ul_identity_dup_sequence (const char *lines, gsize len, gsize *ret_len);
