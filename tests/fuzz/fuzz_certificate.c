/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The certificate of a server. */
#include <stddef.h>
#include <stdint.h>

#include "source/certificate.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autofree guint8 *copy = g_memdup2 (data, size);

  ul_certificate_examine (evidence, copy, size);
  for (guint i = 0; i < ul_evidence_n (evidence); i++)
    if (!g_utf8_validate (ul_evidence_get (evidence, i)->value, -1, NULL))
      g_error ("value is not UTF-8");
  return 0;
}
