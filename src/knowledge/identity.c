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

char *
ul_identity_dup_sequence (const char *lines, gsize len, gsize *ret_len)
{
  GString *sequence = g_string_sized_new (len + len / 64);

  for (gsize at = 0; at < len;) {
    const char *end = memchr (lines + at, '\n', len - at);
    gsize n = end ? (gsize) (end - (lines + at)) : len - at;
    if (n)
      g_string_append (sequence, "- ");
    g_string_append_len (sequence, lines + at, (gssize) n);
    g_string_append_c (sequence, '\n');
    at += n + 1;
  }
  *ret_len = sequence->len;
  return g_string_free (sequence, FALSE);
}
