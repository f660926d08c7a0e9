/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/revocation.h"

#include <openssl/x509v3.h>

#define LEAF 0

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_CERTID, OCSP_CERTID_free)

static void
note_revoked (UlRevocation *self, X509 *certificate, gint64 at, gint64 signed_at)
{
  g_autofree char *name = ul_x509_dup_name (X509_get_subject_name (certificate));
  g_autoptr (GDateTime) date = at >= 0 ? g_date_time_new_from_unix_utc (at) : NULL;
  g_autofree char *when = date ? g_date_time_format (date, "%F") : g_strdup ("an unknown day");
  gboolean before = at < 0 || signed_at < 0 || at <= signed_at;

  if (self->revoked || (self->told && !before))
    return;
  g_free (self->told);
  self->told = g_strdup_printf ("the certificate of %s was revoked on %s%s", name, when,
                                before ? "" : ", after the time that the recording tells");
  self->revoked = before;
}

/* --- lists ------------------------------------------------------------------------ */

/* A key is often known to have been stolen earlier than it is revoked (RFC 5280, 5.3.2). */
static gint64
revoked_at (const X509_REVOKED *entry)
{
  gint64 at = ul_asn1_time (X509_REVOKED_get0_revocationDate (entry));
  ASN1_GENERALIZEDTIME *invalid = X509_REVOKED_get_ext_d2i (entry, NID_invalidity_date, NULL, NULL);
  gint64 invalid_at = ul_asn1_time (invalid);

  ASN1_GENERALIZEDTIME_free (invalid);
  return invalid_at >= 0 && invalid_at < at ? invalid_at : at;
}

static gboolean
is_of_issuer (X509_CRL *crl, X509 *issuer)
{
  EVP_PKEY *key = X509_get0_pubkey (issuer);

  return key && X509_NAME_cmp (X509_CRL_get_issuer (crl), X509_get_subject_name (issuer)) == 0
         && (X509_get_key_usage (issuer) & KU_CRL_SIGN) && X509_CRL_verify (crl, key) == 1;
}

/* With a critical extension (a delta, a part of the certificates) what it does not list may be revoked. */
static gboolean
is_whole (X509_CRL *crl)
{
  for (int i = 0; i < X509_CRL_get_ext_count (crl); i++)
    if (X509_EXTENSION_get_critical (X509_CRL_get_ext (crl, i)))
      return FALSE;
  return TRUE;
}

/* What was made after the recording, or was to hold until then. */
static gboolean
reaches (const ASN1_TIME *this_update, const ASN1_TIME *next_update, gint64 time)
{
  return time < 0 || ul_asn1_time (this_update) >= time || ul_asn1_time (next_update) >= time;
}

static void
check_lists (UlRevocation *self, const UlTrust *trust, const GPtrArray *chain, guint i, gint64 time)
{
  X509 *certificate = g_ptr_array_index (chain, i), *issuer = g_ptr_array_index (chain, i + 1);

  for (guint k = 0; k < trust->crls->len; k++) {
    X509_CRL *crl = g_ptr_array_index (trust->crls, k);
    X509_REVOKED *entry = NULL;
    if (!is_of_issuer (crl, issuer))
      continue;
    if (X509_CRL_get0_by_cert (crl, &entry, certificate) == 1)
      note_revoked (self, certificate, revoked_at (entry), time);
    self->checked |= i == LEAF && (entry || (is_whole (crl) && reaches (X509_CRL_get0_lastUpdate (crl), X509_CRL_get0_nextUpdate (crl), time)));
  }
}

/* --- OCSP -------------------------------------------------------------------------- */

/* The answer's own hash says how it names the certificate. */
static gboolean
speaks_of (OCSP_SINGLERESP *answer, X509 *certificate, X509 *issuer)
{
  OCSP_CERTID *asked = (OCSP_CERTID *) OCSP_SINGLERESP_get0_id (answer);
  ASN1_OBJECT *hash = NULL;

  OCSP_id_get0_info (NULL, &hash, NULL, NULL, asked);
  const EVP_MD *md = EVP_get_digestbyobj (hash);
  g_autoptr (OCSP_CERTID) own = md ? OCSP_cert_to_id (md, certificate, issuer) : NULL;

  return own && OCSP_id_cmp (asked, own) == 0;
}

static void
note_answer (UlRevocation *self, OCSP_SINGLERESP *answer, X509 *certificate, gint64 time)
{
  ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
  int status = OCSP_single_get0_status (answer, NULL, &revoked, &this_update, &next_update);

  if (status == V_OCSP_CERTSTATUS_REVOKED)
    note_revoked (self, certificate, ul_asn1_time (revoked), time);
  self->checked |= status == V_OCSP_CERTSTATUS_REVOKED || (status == V_OCSP_CERTSTATUS_GOOD && reaches (this_update, next_update, time));
}

/* Who answered must be valid when it did; its certificate is often younger than the recording. */
static gboolean
is_of_responder (OCSP_BASICRESP *response, const UlTrust *trust, const GPtrArray *chain)
{
  g_autoptr (X509_STORE) store = ul_trust_new_store (trust, chain, ul_asn1_time (OCSP_resp_get0_produced_at (response)), TRUE);
  STACK_OF (X509) *others = sk_X509_new_null ();

  for (guint i = 0; i < chain->len; i++)
    sk_X509_push (others, g_ptr_array_index (chain, i));
  gboolean holds = OCSP_basic_verify (response, others, store, 0) == 1;
  sk_X509_free (others);
  return holds;
}

static void
check_responses (UlRevocation *self, const UlTrust *trust, const GPtrArray *chain, gint64 time)
{
  X509 *leaf = g_ptr_array_index (chain, LEAF), *issuer = g_ptr_array_index (chain, LEAF + 1);

  for (guint k = 0; k < trust->responses->len; k++) {
    OCSP_BASICRESP *response = g_ptr_array_index (trust->responses, k);
    gboolean of_responder = is_of_responder (response, trust, chain);
    for (int i = 0; of_responder && i < OCSP_resp_count (response); i++) {
      OCSP_SINGLERESP *answer = OCSP_resp_get0 (response, i);
      if (speaks_of (answer, leaf, issuer))
        note_answer (self, answer, leaf, time);
    }
  }
}

void
ul_revocation_check (UlRevocation *self, const UlTrust *trust, const GPtrArray *chain, gint64 time)
{
  for (guint i = 0; i + 1 < chain->len; i++)
    check_lists (self, trust, chain, i, time);
  if (chain->len > 1)
    check_responses (self, trust, chain, time);
}
