/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "signing/chain.h"
#include "signing/pem.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_CRL, X509_CRL_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_RESPONSE, OCSP_RESPONSE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_BASICRESP, OCSP_BASICRESP_free)

struct _UlTrust {
  gatomicrefcount refs;
  GPtrArray *roots;     /* X509, each once */
  GPtrArray *origins;   /* char *, of the roots */
  GPtrArray *crls;      /* X509_CRL */
  GPtrArray *responses; /* OCSP_BASICRESP; who signed it is not verified yet */
};

/*
 * With `any` every certificate in `self` (NULL: none) is an anchor, be it a root or not, since
 * whoever put it there said so; without, only what is signed by itself.  `sent` (X509) are those of the stream.  Validity is judged at
 * `time` (Unix seconds), -1: not at all.
 */
X509_STORE *ul_trust_new_store (const UlTrust *self, const GPtrArray *sent, gint64 time, gboolean any);
/* NULL if it is not among the trusted. */
const char *ul_trust_origin (const UlTrust *self, const X509 *certificate);
