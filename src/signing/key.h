/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlSigningKey: the public key that a stream is signed with.
 */
#pragma once

#include "signing/signed_sei.h"

typedef struct _UlSigningKey UlSigningKey;

/* Of a PEM text: a public key, or the first certificate's. NULL if there is none that can be used. */
UlSigningKey *ul_signing_key_new (const guint8 *pem, gsize len);
UlSigningKey *ul_signing_key_ref (UlSigningKey *self);
void ul_signing_key_unref (UlSigningKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSigningKey, ul_signing_key_unref)
gboolean ul_signing_key_equal (const UlSigningKey *a, const UlSigningKey *b);
/* "EC P-256", "RSA 2048"; borrowed. */
const char *ul_signing_key_algorithm (const UlSigningKey *self);
/* SHA-256 of its SubjectPublicKeyInfo, 64 hexadecimal digits; borrowed. */
const char *ul_signing_key_sha256 (const UlSigningKey *self);
/* An EC key's uncompressed point (04 x y), or NULL; `ret_len` bytes; borrowed. */
const guint8 *ul_signing_key_point (const UlSigningKey *self, gsize *ret_len);

/*
 * Does `signature` hold for the digest that is signed as it is (prehashed)?  EC: ECDSA,
 * DER.  RSA: PKCS#1 v1.5 (Axis), PSS with MGF1 of the same hash and any salt length
 * (ONVIF).  The digest's hash is known by its length (32, 48, 64).
 */
gboolean ul_signing_key_verify (const UlSigningKey *self, UlSigningFormat format, const guint8 *digest, gsize digest_len,
                                const guint8 *signature, gsize signature_len);
