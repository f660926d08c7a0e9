/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The attestation of Axis Edge Vault: a secure element states, with a key that a
 * certificate is of, that a stream's key was made inside it.  Source: Axis Signed Video
 * Framework 2.3.8 and recordings of a camera.
 */
#pragma once

#include "base/span.h"
#include "signing/key.h"

typedef enum {
  UL_ATTESTATION_HOLDS,
  UL_ATTESTATION_UNKNOWN, /* of a form that is not known: nothing is refuted */
  UL_ATTESTATION_REFUTED
} UlAttestationState;

/*
 * `signer` is the key of the element's certificate, `common_name` that certificate's (NULL: none),
 * `key` the stream's.  `ret_reason` (borrowed, static) says why it does not hold.
 */
UlAttestationState ul_attestation_check (UlSpan blob, const UlSigningKey *signer, const char *common_name, const UlSigningKey *key,
                                         const char **ret_reason);
