/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTSP messages and session descriptions; the first byte chooses. */
#include <stddef.h>
#include <stdint.h>

#include "rtsp/dialogue.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
take_sprop (const UlSprop *sprop, gpointer user_data)
{
  guint *sum = user_data;

  for (gsize i = 0; i < sprop->len; i++)
    *sum += sprop->data[i];
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  guint sum = 0;

  if (size == 0)
    return 0;
  /* Of a size of its own, so that reading past the end shows. */
  g_autofree char *text = g_memdup2 (data + 1, size - 1);
  if (data[0] & 1)
    ul_dialogue_sdp (evidence, text, size - 1, 1, take_sprop, &sum);
  else
    ul_dialogue_message_full (evidence, text, size - 1, -1, data[0] & 2 ? "SETUP" : NULL, take_sprop, &sum);
  for (guint i = 0; i < ul_evidence_n (evidence); i++)
    if (!g_utf8_validate (ul_evidence_get (evidence, i)->value, -1, NULL))
      g_error ("value is not UTF-8");
  return 0;
}
