/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device answers to GetDeviceInformation. */
#include <stdint.h>

#include "source/onvif.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GError *error = NULL;
  UlOnvifClaim *claim = ul_onvif_parse ((const char *) data, size, &error);

  if (!claim == !error)
    g_error ("neither claim nor error, or both");
  ul_onvif_claim_free (claim);
  g_clear_error (&error);
  return 0;
}
