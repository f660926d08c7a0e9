/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ed25519 signs the attributes themselves and takes no digest of them (RFC 8419, 3.1); OpenSSL 3.0 hands it
 * one.  The older PKCS #7 structures have the same encoding where there is one signer by issuer and
 * serial number (RFC 5652, 5.2.1), and their members can be reached.
 */
#include <openssl/pkcs7.h>

#include "bundle/cms.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS7, PKCS7_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)

static gboolean
add_certificates (PKCS7_SIGNER_INFO *si, const UlSigner *signer)
{
  g_autoptr (GBytes) der = ul_seal_certificates_attribute (signer);
  ASN1_STRING *value = der ? ASN1_STRING_type_new (V_ASN1_SEQUENCE) : NULL;

  if (value && ASN1_STRING_set (value, g_bytes_get_data (der, NULL), (int) g_bytes_get_size (der))
      && PKCS7_add_signed_attribute (si, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, value))
    return TRUE;
  ASN1_STRING_free (value);
  return FALSE;
}

static gboolean
add_attributes (PKCS7_SIGNER_INFO *si, const UlSigner *signer, const guint8 *content, gsize len)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int n = 0;

  return EVP_Digest (content, len, digest, &n, EVP_sha512 (), NULL)
         && PKCS7_add_signed_attribute (si, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj (NID_pkcs7_data)) && PKCS7_add0_attrib_signing_time (si, NULL)
         && PKCS7_add1_attrib_digest (si, digest, (int) n) && add_certificates (si, signer);
}

/* In the order of DER, which is what is signed and what then stands in the file. */
static gboolean
sign_attributes (PKCS7_SIGNER_INFO *si, EVP_PKEY *key)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  unsigned char *der = NULL;
  int n = ASN1_item_i2d ((ASN1_VALUE *) si->auth_attr, &der, ASN1_ITEM_rptr (PKCS7_ATTR_SIGN));
  const unsigned char *p = der;
  guint8 signature[128];
  gsize len = sizeof signature;

  gboolean good = n > 0 && EVP_DigestSignInit (context, NULL, NULL, NULL, key) == 1 && EVP_DigestSign (context, signature, &len, der, (gsize) n) == 1
                  && ASN1_STRING_set (si->enc_digest, signature, (int) len);
  STACK_OF (X509_ATTRIBUTE) *sorted = good ? (void *) ASN1_item_d2i (NULL, &p, n, ASN1_ITEM_rptr (PKCS7_ATTR_SIGN)) : NULL;
  if (sorted) {
    sk_X509_ATTRIBUTE_pop_free (si->auth_attr, X509_ATTRIBUTE_free);
    si->auth_attr = sorted;
  }
  OPENSSL_free (der);
  return sorted != NULL;
}

static gboolean
fill_signer (PKCS7_SIGNER_INFO *si, const UlSigner *signer, const guint8 *content, gsize len)
{
  ASN1_INTEGER *serial = ASN1_INTEGER_dup (X509_get0_serialNumber (signer->certificate));

  if (!serial)
    return FALSE;
  ASN1_INTEGER_free (si->issuer_and_serial->serial);
  si->issuer_and_serial->serial = serial;
  return ASN1_INTEGER_set (si->version, 1) && X509_NAME_set (&si->issuer_and_serial->issuer, X509_get_issuer_name (signer->certificate))
         && X509_ALGOR_set0 (si->digest_alg, OBJ_nid2obj (NID_sha512), V_ASN1_UNDEF, NULL)
         && X509_ALGOR_set0 (si->digest_enc_alg, OBJ_nid2obj (NID_ED25519), V_ASN1_UNDEF, NULL)
         && add_attributes (si, signer, content, len) && sign_attributes (si, signer->key);
}

GBytes *
ul_seal_make_pure (const UlSigner *signer, const guint8 *content, gsize len)
{
  g_autoptr (PKCS7) p7 = PKCS7_new ();
  PKCS7_SIGNER_INFO *si = PKCS7_SIGNER_INFO_new ();
  unsigned char *der = NULL;

  gboolean good = PKCS7_set_type (p7, NID_pkcs7_signed) && PKCS7_content_new (p7, NID_pkcs7_data) && PKCS7_set_detached (p7, 1)
                  && fill_signer (si, signer, content, len) && PKCS7_add_certificate (p7, signer->certificate);
  for (int i = 0; good && i < sk_X509_num (signer->others); i++)
    good = PKCS7_add_certificate (p7, sk_X509_value (signer->others, i));
  if (!good || !PKCS7_add_signer (p7, si)) {
    PKCS7_SIGNER_INFO_free (si);
    return NULL;
  }
  int n = i2d_PKCS7 (p7, &der);
  GBytes *bytes = n > 0 ? g_bytes_new (der, (gsize) n) : NULL;
  OPENSSL_free (der);
  return bytes;
}

gboolean
ul_seal_verify_pure (const guint8 *der, gsize len, EVP_PKEY *key)
{
  const guint8 *p = der;
  g_autoptr (PKCS7) p7 = d2i_PKCS7 (NULL, &p, (long) len);
  STACK_OF (PKCS7_SIGNER_INFO) *signers = p7 && PKCS7_type_is_signed (p7) ? PKCS7_get_signer_info (p7) : NULL;
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  unsigned char *attributes = NULL;

  if (!key || !EVP_PKEY_is_a (key, "ED25519") || !signers || sk_PKCS7_SIGNER_INFO_num (signers) != 1)
    return FALSE;
  PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value (signers, 0);
  int n = si->auth_attr ? ASN1_item_i2d ((ASN1_VALUE *) si->auth_attr, &attributes, ASN1_ITEM_rptr (PKCS7_ATTR_VERIFY)) : 0;
  gboolean good = n > 0 && EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) == 1
                  && EVP_DigestVerify (context, ASN1_STRING_get0_data (si->enc_digest), (gsize) ASN1_STRING_length (si->enc_digest), attributes, (gsize) n) == 1;
  OPENSSL_free (attributes);
  return good;
}
