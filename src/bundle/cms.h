/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Seals: detached CMS signatures (RFC 5652) with the attributes that bind content, time and
 * certificate (RFC 5035).  Whether a seal holds and whether anybody vouches for its certificate
 * are two questions, asked one after the other.
 */
#pragma once

#include "bundle/key.h"

#define UL_SEAL_MAX_BYTES (1u << 20)

/* Owned DER, or NULL and `error`. */
GBytes *ul_seal_make (const UlSigner *signer, const guint8 *content, gsize len, GError **error);

typedef enum {
  UL_SEAL_HOLDS,
  UL_SEAL_UNREADABLE,       /* no CMS of one signer with signed attributes */
  UL_SEAL_NO_CERTIFICATE,   /* the signer's is not in it */
  UL_SEAL_WRONG_CERTIFICATE, /* it is another one than what was signed for */
  UL_SEAL_FOREIGN_CERTIFICATE, /* one that is not of the signer's chain, or was altered */
  UL_SEAL_BROKEN,           /* the signature is not that of the certificate's key */
  UL_SEAL_OTHER_CONTENT     /* a good signature, of something else */
} UlSealState;

typedef struct {
  UlSealState state;
  char *subject, *issuer, *sha256; /* of the certificate; NULL if there is none */
  gint64 not_before, not_after;    /* Unix seconds, -1 where not told */
  gint64 signed_at;                /* the signer's own word */
  gboolean bound;                  /* the certificate is part of what was signed */
  GBytes *content;                 /* where it is not detached */
  X509 *certificate;
  STACK_OF (X509) *others;
} UlSeal;

/* `content` NULL: it is inside.  `type` is the content type that has to be signed (NID_pkcs7_data …). */
UlSeal *ul_seal_read (const guint8 *der, gsize der_len, const guint8 *content, gsize content_len, int type);
void ul_seal_free (UlSeal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSeal, ul_seal_free)

char *ul_certificate_dup_sha256 (X509 *certificate);
/* Its key usage allows signatures of documents. */
gboolean ul_certificate_may_sign (X509 *certificate);

/* --- who vouches ------------------------------------------------------------------- */

typedef struct _UlRoots UlRoots;
/* Of PEM or DER files; NULL and `error` if one is none. */
UlRoots *ul_roots_load (const char *const *paths, GError **error);
void ul_roots_free (UlRoots *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRoots, ul_roots_free)
/* The seal's certificate leads to one of the roots, as it was at Unix second `at`; if not, `ret_why` is owned. */
gboolean ul_roots_vouch (const UlRoots *self, const UlSeal *seal, gint64 at, gboolean time_stamp, char **ret_why);

/* The signed attribute that names the signer's certificate and all others that come along (RFC 5035): DER, owned. */
GBytes *ul_seal_certificates_attribute (const UlSigner *signer);
/* --- between the files of this room: Ed25519 (RFC 8419), which OpenSSL 3.0 leaves out of CMS -- */
GBytes *ul_seal_make_pure (const UlSigner *signer, const guint8 *content, gsize len);
gboolean ul_seal_verify_pure (const guint8 *der, gsize len, EVP_PKEY *key);
/* ... and what no signature covers (cms_form.c). */
gboolean ul_seal_form_ok (const guint8 *der, gsize len, gboolean detached, X509 *certificate);
