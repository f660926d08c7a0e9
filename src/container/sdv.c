/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/sdv.h"

#define TEXT_AT 0x18

static const char text[] = "S MULTI-MEDIA STREAM";

gboolean
ul_sdv_probe (const guint8 *head, gsize len)
{
  return len >= TEXT_AT + sizeof text && memcmp (head + TEXT_AT, text, sizeof text - 1) == 0;
}

void
ul_sdv_marks (const guint8 *head, gsize len, UlEvidence *evidence)
{
  gsize n = ul_container_text_len (head + TEXT_AT, MIN (len - TEXT_AT, 64));

  ul_evidence_add_len (evidence, UL_KEY_CONTAINER_MAGIC, (const char *) head + TEXT_AT, (gssize) n, UL_AT_OFFSET (TEXT_AT, (gint64) n));
}
