/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What knowledge is: a hash over the names and contents of its files, the same wherever they lie. */
#pragma once

#include <glib.h>

#define UL_IDENTITY_HEX_DIGITS 12

/* Files are added in the order of their names. `sum` is of SHA-256. */
void ul_identity_add (GChecksum *sum, const char *basename, const void *data, gsize len);
