/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/identity.h"

#include <string.h>

void
ul_identity_add (GChecksum *sum, const char *basename, const void *data, gsize len)
{
  guint64 size = GUINT64_TO_BE (len);

  g_checksum_update (sum, (const guchar *) basename, (gssize) strlen (basename) + 1);
  g_checksum_update (sum, (const guchar *) &size, sizeof size);
  if (len)
    g_checksum_update (sum, data, (gssize) len);
}
