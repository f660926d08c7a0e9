/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose key is it: the certificate chain of a stream's signer, its attestation, and the
 * roots that are trusted.  Nothing here says whether a signature holds.
 */
#pragma once

#include "signing/key.h"

/* --- the roots --------------------------------------------------------------- */

typedef struct _UlTrust UlTrust;

UlTrust *ul_trust_new (void);
UlTrust *ul_trust_ref (UlTrust *self);
void ul_trust_unref (UlTrust *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlTrust, ul_trust_unref)
/* Adds the certificates of a PEM text and, where there are any, its CRLs; `origin` is told in
 * reports ("built-in", a file's name).  FALSE and `error` (UL_ERROR_KNOWLEDGE) if there is no certificate or CRL in it. */
gboolean ul_trust_add_pem (UlTrust *self, const guint8 *pem, gsize len, const char *origin, GError **error);
/* A PEM or DER file of certificates or CRLs, a file with an OCSP response (DER), or a folder of such; a file of a folder that is none is passed over. */
gboolean ul_trust_add_path (UlTrust *self, const char *path, GError **error);
guint ul_trust_n_roots (const UlTrust *self);

/* --- what a stream says of its signer; the verifier fills it in ------------------ */

typedef struct {
  UlSigningFormat format;
  UlSigningKey *key; /* the one that the signatures were checked with; NULL: none came */
  struct {
    GBytes *pem; /* leaf first, without the root */
    gboolean user_provisioned;
  } chains[UL_SIGNED_SEI_MAX_CHAINS];
  guint n_chains;
  GBytes *attestation; /* NULL: none */
  char *serial;        /* of the product information, NULL where not told */
  gint64 time_us;      /* when it was signed, Unix epoch; -1: not known */
} UlSignerIdentity;

/* --- the judgement ------------------------------------------------------------- */

typedef enum { UL_KEY_ABSENT, UL_KEY_UNTRUSTED, UL_KEY_TRUSTED, UL_KEY_NOT_OK } UlKeyTrust;
/* "absent", "untrusted", "trusted", "not-ok" (the report's words) */
const char *ul_key_trust_name (UlKeyTrust trust);

typedef struct {
  char *subject, *issuer, *sha256; /* names one line, UTF-8; fingerprint hexadecimal */
  gint64 not_before, not_after;    /* Unix seconds */
} UlKeyCertificate;

typedef struct {
  UlKeyTrust trust;
  char *reason;            /* one sentence for people */
  GPtrArray *certificates; /* UlKeyCertificate: leaf first, the root last where it was found */
  char *root_sha256;       /* of the trusted root, else NULL */
  char *root_origin;       /* where that root came from, else NULL */
  char *chip_serial;       /* the device's serial number in the leaf certificate, else NULL */
  gboolean attested;       /* a secure element states that the key was made inside it, and that holds */
  gboolean time_unknown;   /* the certificates' validity could not be judged: the recording tells no time */
  gboolean revocation_checked;
} UlKeyJudgement;

/*
 * TRUSTED: the key is bound (by certificate, or by attestation) to a chain that holds up to a
 * root of `trust` (NULL: none), valid when it was signed, and the serial numbers agree.
 * NOT_OK: it says it is bound, and that is refuted: a broken signature in the chain or the
 * attestation, another key, another serial number, revoked, not valid at the time.
 * UNTRUSTED: nothing refuted, but no trusted root vouches for it.  ABSENT: there is no key.
 */
UlKeyJudgement *ul_key_judgement_new (const UlSignerIdentity *identity, const UlTrust *trust);
void ul_key_judgement_free (UlKeyJudgement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlKeyJudgement, ul_key_judgement_free)
