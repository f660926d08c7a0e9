/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The attestation of Axis Signed Video's vendor part (Axis Signed Video Framework 2.3.8; the
 * recording signed_vendor_axis.h264): a secure element states that the stream's key was made
 * inside it, in a form that the Edge Vault's certificate vouches for.
 */
#pragma once

#include <openssl/x509.h>

#include "signing/key.h"

/*
 * Does the leaf certificate's key sign that `key` was made in the chip that the leaf's common
 * name tells?  NULL if so, or what is wrong (static).
 */
const char *ul_attestation_check (const guint8 *blob, gsize len, const UlSigningKey *key, X509 *leaf);
/* The certificate's common name; NULL if there is none. Owned by the caller. */
char *ul_attestation_dup_common_name (X509 *certificate);
