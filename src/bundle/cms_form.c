/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What no signature covers in a CMS (RFC 5652): versions, the list of digests, the name of the signature's
 * algorithm.  It has to be what the rest calls for, so that a seal has nothing that can be altered unseen.
 */
#include <openssl/pkcs7.h>
#include <string.h>

#include "bundle/cms.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS7, PKCS7_free)

/* Absent or NULL. */
static gboolean
has_no_parameters (const X509_ALGOR *algorithm)
{
  int type;

  X509_ALGOR_get0 (NULL, &type, NULL, algorithm);
  return type == V_ASN1_UNDEF || type == V_ASN1_NULL;
}

static gboolean
digest_ok (STACK_OF (X509_ALGOR) *listed, const PKCS7_SIGNER_INFO *si)
{
  return sk_X509_ALGOR_num (listed) == 1 && OBJ_cmp (sk_X509_ALGOR_value (listed, 0)->algorithm, si->digest_alg->algorithm) == 0
         && has_no_parameters (sk_X509_ALGOR_value (listed, 0)) && has_no_parameters (si->digest_alg);
}

/* That of the key, alone or with the digest. */
static gboolean
algorithm_ok (const PKCS7_SIGNER_INFO *si, EVP_PKEY *key)
{
  int nid = OBJ_obj2nid (si->digest_enc_alg->algorithm), md = NID_undef, of = NID_undef, type = key ? EVP_PKEY_get_base_id (key) : NID_undef;

  if (nid == NID_rsassaPss)
    return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
  if (!has_no_parameters (si->digest_enc_alg))
    return FALSE;
  if (nid == NID_rsaEncryption || nid == NID_ED25519 || nid == NID_X9_62_id_ecPublicKey)
    return nid == type;
  return OBJ_find_sigid_algs (nid, &md, &of) && of == type && md == OBJ_obj2nid (si->digest_alg->algorithm);
}

/* To the byte: OpenSSL takes names that differ in case for the same. */
static gboolean
names_issuer (const PKCS7_SIGNER_INFO *si, X509 *certificate)
{
  const unsigned char *a = NULL, *b = NULL;
  size_t a_len = 0, b_len = 0;

  return X509_NAME_get0_der (si->issuer_and_serial->issuer, &a, &a_len) && X509_NAME_get0_der (X509_get_issuer_name (certificate), &b, &b_len)
         && a_len == b_len && memcmp (a, b, a_len) == 0;
}

/* In the one encoding that DER has for it. */
static gboolean
encodes_as (PKCS7 *p7, const guint8 *der, gsize len)
{
  unsigned char *again = NULL;
  int n = i2d_PKCS7 (p7, &again);
  gboolean same = n > 0 && (gsize) n == len && memcmp (again, der, len) == 0;

  OPENSSL_free (again);
  return same;
}

gboolean
ul_seal_form_ok (const guint8 *der, gsize len, gboolean detached, X509 *certificate)
{
  const guint8 *p = der;
  g_autoptr (PKCS7) p7 = d2i_PKCS7 (NULL, &p, (long) len);
  STACK_OF (PKCS7_SIGNER_INFO) *signers = p7 && PKCS7_type_is_signed (p7) && p7->d.sign ? p7->d.sign->signer_info : NULL;

  if (p != der + len || sk_PKCS7_SIGNER_INFO_num (signers) != 1)
    return FALSE;
  const PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value (signers, 0);
  /* Version 3 is for another content than plain data (5.1); a time stamp may have more around its signature. */
  if (detached && (!encodes_as (p7, der, len) || sk_X509_CRL_num (p7->d.sign->crl) > 0 || sk_X509_ATTRIBUTE_num (si->unauth_attr) > 0))
    return FALSE;
  return ASN1_INTEGER_get (p7->d.sign->version) == (detached ? 1 : 3) && ASN1_INTEGER_get (si->version) == 1
         && digest_ok (p7->d.sign->md_algs, si) && algorithm_ok (si, X509_get0_pubkey (certificate)) && names_issuer (si, certificate);
}
