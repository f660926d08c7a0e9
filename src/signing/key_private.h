/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signing/key.h"
#include "signing/pem.h"

/* NULL if it is of a kind or size that is not used. */
UlSigningKey *ul_signing_key_new_from_pkey (EVP_PKEY *pkey);
UlSigningKey *ul_signing_key_new_from_x509 (X509 *certificate);
