/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who seals: a private key and its certificate, out of PEM files or whatever OpenSSL's stores open
 * ("pkcs11:…" with a provider of the user's openssl.cnf).  A password is never asked of a terminal
 * and never an argument: it is the first line of a file, or UNDERLABEL_KEY_PASSWORD.
 */
#pragma once

#include <openssl/x509.h>

#include "bundle/bundle.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

typedef struct {
  EVP_PKEY *key;
  X509 *certificate;       /* of that key */
  STACK_OF (X509) *others; /* the rest of the file: its chain */
  char *sha256;            /* of the certificate */
} UlSigner;

/* NULL and `error` if one cannot be read, they do not belong together, or the certificate is not valid today. */
UlSigner *ul_signer_load (const char *key, const char *certificate, const char *password_file, GError **error);
void ul_signer_free (UlSigner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSigner, ul_signer_free)

/* Every certificate of a PEM or DER file or a store; at least one. Owned. */
STACK_OF (X509) *ul_certificates_load (const char *uri, GError **error);
void ul_certificates_free (STACK_OF (X509) *certificates);
