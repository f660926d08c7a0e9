/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/redact.h"

#define MAX_NAME_BYTES 512
#define MAX_OTHERS 16

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CMS_ContentInfo, CMS_ContentInfo_free)

/* --- certificates -------------------------------------------------------------------- */

char *
ul_certificate_dup_sha256 (X509 *certificate)
{
  unsigned char *der = NULL;
  int n = i2d_X509 (certificate, &der);
  char *digest = n > 0 ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) n) : g_strdup ("");

  OPENSSL_free (der);
  return digest;
}

gboolean
ul_certificate_may_sign (X509 *certificate)
{
  return (X509_get_key_usage (certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/* One line of printable UTF-8. */
static char *
dup_name (const X509_NAME *name)
{
  const unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *text = NULL;

  X509_NAME_print_ex (bio, name, 0, flags);
  long n = BIO_get_mem_data (bio, &text);
  g_autofree char *shown = ul_redact (n > 0 ? text : "", MIN (n > 0 ? n : 0, MAX_NAME_BYTES));
  return g_utf8_make_valid (shown, -1);
}

static gint64
unix_time (const ASN1_TIME *time)
{
  ASN1_TIME *epoch = ASN1_TIME_set (NULL, 0);
  int days = 0, seconds = 0;

  gboolean known = time && ASN1_TIME_check (time) && ASN1_TIME_diff (&days, &seconds, epoch, time);
  ASN1_TIME_free (epoch);
  return known ? (gint64) days * 86400 + seconds : -1;
}

/* --- making ------------------------------------------------------------------------------ */

static GBytes *
encode (CMS_ContentInfo *cms)
{
  unsigned char *der = NULL;
  int n = i2d_CMS_ContentInfo (cms, &der);
  GBytes *bytes = n > 0 ? g_bytes_new (der, (gsize) n) : NULL;

  OPENSSL_free (der);
  return bytes;
}

GBytes *
ul_seal_certificates_attribute (const UlSigner *signer)
{
  STACK_OF (X509) *others = sk_X509_num (signer->others) > 0 ? signer->others : NULL;
  ESS_SIGNING_CERT_V2 *names = OSSL_ESS_signing_cert_v2_new_init (EVP_sha256 (), signer->certificate, others, 1);
  unsigned char *der = NULL;
  int n = names ? i2d_ESS_SIGNING_CERT_V2 (names, &der) : 0;
  GBytes *bytes = n > 0 ? g_bytes_new (der, (gsize) n) : NULL;

  ESS_SIGNING_CERT_V2_free (names);
  OPENSSL_free (der);
  return bytes;
}

static GBytes *
make (const UlSigner *signer, const guint8 *content, gsize len)
{
  const unsigned int flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
  g_autoptr (CMS_ContentInfo) cms = CMS_sign (NULL, NULL, NULL, NULL, flags);
  g_autoptr (BIO) in = BIO_new_mem_buf (content, (int) len);
  g_autoptr (GBytes) names = ul_seal_certificates_attribute (signer);
  CMS_SignerInfo *si = cms ? CMS_add1_signer (cms, signer->certificate, signer->key, EVP_sha256 (), flags) : NULL;

  if (!si || !names
      || !CMS_signed_add1_attr_by_NID (si, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, g_bytes_get_data (names, NULL), (int) g_bytes_get_size (names)))
    return NULL;
  for (int i = 0; i < sk_X509_num (signer->others); i++)
    if (X509_cmp (sk_X509_value (signer->others, i), signer->certificate) != 0 && !CMS_add1_cert (cms, sk_X509_value (signer->others, i)))
      return NULL;
  return CMS_final (cms, in, NULL, flags & ~(unsigned int) CMS_PARTIAL) ? encode (cms) : NULL;
}

/* What was just made is read as anybody will who checks it. */
static const char *
why_not (GBytes *seal, const guint8 *content, gsize len)
{
  gsize der_len = 0;
  const guint8 *der = g_bytes_get_data (seal, &der_len);
  g_autoptr (UlSeal) read = ul_seal_read (der, der_len, content, len, NID_pkcs7_data);

  return read->state == UL_SEAL_HOLDS                 ? NULL
         : read->state == UL_SEAL_FOREIGN_CERTIFICATE ? "the file of its certificate has others that are not of its chain"
                                                      : "its signature does not hold";
}

GBytes *
ul_seal_make (const UlSigner *signer, const guint8 *content, gsize len, GError **error)
{
  gboolean pure = EVP_PKEY_is_a (signer->key, "ED25519");
  g_autoptr (GBytes) seal = len > G_MAXINT ? NULL : pure ? ul_seal_make_pure (signer, content, len) : make (signer, content, len);
  const char *why = seal ? why_not (seal, content, len) : ERR_reason_error_string (ERR_peek_last_error ());
  gboolean good = seal && !why;

  if (!good)
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "the key cannot seal: %s", why ? why : "OpenSSL does not say why");
  ERR_clear_error ();
  return good ? g_steal_pointer (&seal) : NULL;
}

/* --- reading -------------------------------------------------------------------------------- */

static CMS_ContentInfo *
parse (const guint8 *der, gsize len)
{
  const guint8 *p = der;
  g_autoptr (CMS_ContentInfo) cms = len && len <= UL_SEAL_MAX_BYTES ? d2i_CMS_ContentInfo (NULL, &p, (long) len) : NULL;

  return cms && p == der + len && OBJ_obj2nid (CMS_get0_type (cms)) == NID_pkcs7_signed ? g_steal_pointer (&cms) : NULL;
}

static void
take_certificates (UlSeal *self, CMS_ContentInfo *cms, CMS_SignerInfo *si)
{
  self->others = CMS_get1_certs (cms);
  for (int i = 0; i < sk_X509_num (self->others) && !self->certificate; i++)
    if (CMS_SignerInfo_cert_cmp (si, sk_X509_value (self->others, i)) == 0)
      self->certificate = sk_X509_delete (self->others, i);
  if (!self->certificate)
    return;
  self->subject = dup_name (X509_get_subject_name (self->certificate));
  self->issuer = dup_name (X509_get_issuer_name (self->certificate));
  self->sha256 = ul_certificate_dup_sha256 (self->certificate);
  self->not_before = unix_time (X509_get0_notBefore (self->certificate));
  self->not_after = unix_time (X509_get0_notAfter (self->certificate));
}

/* A signed attribute of one value; borrowed. */
static void *
attribute (CMS_SignerInfo *si, int nid, int type)
{
  return CMS_signed_get0_data_by_OBJ (si, OBJ_nid2obj (nid), -3, type);
}

/* How many certificates' SHA-256 the attribute holds: each is 32 bytes that do not come by chance. */
static int
count_named (const ASN1_STRING *names, STACK_OF (X509) *chain)
{
  int n = 0;

  for (int i = 0; i < sk_X509_num (chain); i++) {
    guint8 digest[32];
    unsigned int len = 0;
    if (X509_digest (sk_X509_value (chain, i), EVP_sha256 (), digest, &len)
        && memmem (ASN1_STRING_get0_data (names), (gsize) ASN1_STRING_length (names), digest, len))
      n++;
  }
  return n;
}

/* -1: it names another certificate, or others than came along; else how many of those that did. */
static int
names_certificates (const UlSeal *self, CMS_SignerInfo *si)
{
  const ASN1_STRING *v1 = attribute (si, NID_id_smime_aa_signingCertificate, V_ASN1_SEQUENCE);
  const ASN1_STRING *v2 = attribute (si, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
  const guint8 *p1 = v1 ? ASN1_STRING_get0_data (v1) : NULL, *p2 = v2 ? ASN1_STRING_get0_data (v2) : NULL;
  ESS_SIGNING_CERT *ss = v1 ? d2i_ESS_SIGNING_CERT (NULL, &p1, ASN1_STRING_length (v1)) : NULL;
  ESS_SIGNING_CERT_V2 *ssv2 = v2 ? d2i_ESS_SIGNING_CERT_V2 (NULL, &p2, ASN1_STRING_length (v2)) : NULL;
  STACK_OF (X509) *chain = X509_chain_up_ref (self->others);
  int result = 0, named = 0;

  sk_X509_unshift (chain, self->certificate);
  X509_up_ref (self->certificate);
  if ((v1 && !ss) || (v2 && !ssv2))
    result = -1;
  else if (ss || ssv2)
    result = OSSL_ESS_check_signing_certs (ss, ssv2, chain, 1) > 0 ? 1 : -1;
  if (result > 0 && ssv2)
    named = count_named (v2, chain);
  ul_certificates_free (chain);
  ESS_SIGNING_CERT_free (ss);
  ESS_SIGNING_CERT_V2_free (ssv2);
  return result > 0 ? MAX (named, 1) : result;
}

static gboolean
issued (X509 *issuer, X509 *subject)
{
  return X509_check_issued (issuer, subject) == X509_V_OK && X509_verify (subject, X509_get0_pubkey (issuer)) == 1;
}

/* It, or what it issued, leads to the signer's; and its own signature holds where its issuer is there. */
static gboolean
is_of_chain (const UlSeal *self, X509 *certificate, gboolean *reached)
{
  gboolean of_chain = X509_cmp (certificate, self->certificate) == 0 || issued (certificate, self->certificate);

  for (int i = 0; i < sk_X509_num (self->others) && !of_chain; i++)
    of_chain = reached[i] && issued (certificate, sk_X509_value (self->others, i));
  return of_chain
         && (X509_NAME_cmp (X509_get_subject_name (certificate), X509_get_issuer_name (certificate)) != 0
             || X509_verify (certificate, X509_get0_pubkey (certificate)) == 1);
}

/* No signature binds the rest of the certificates: each must have its place in the signer's chain. */
static gboolean
chain_holds (const UlSeal *self)
{
  int n = sk_X509_num (self->others), left = n;
  gboolean reached[MAX_OTHERS] = { FALSE }, more = n <= MAX_OTHERS;

  while (more && left > 0) {
    more = FALSE;
    for (int i = 0; i < n; i++)
      if (!reached[i] && is_of_chain (self, sk_X509_value (self->others, i), reached)) {
        reached[i] = more = TRUE;
        left--;
      }
  }
  return left <= 0;
}

/* The digest that was signed is that of the content. */
static gboolean
signs_content (CMS_SignerInfo *si, const guint8 *content, gsize len)
{
  const ASN1_OCTET_STRING *wanted = attribute (si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
  X509_ALGOR *algorithm = NULL;
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int n = 0;

  CMS_SignerInfo_get0_algs (si, NULL, NULL, &algorithm, NULL);
  const EVP_MD *md = EVP_get_digestbyobj (algorithm->algorithm);
  return md && EVP_MD_get_size (md) >= 32 && EVP_Digest (content, len, digest, &n, md, NULL) && n == (unsigned int) ASN1_STRING_length (wanted)
         && memcmp (digest, ASN1_STRING_get0_data (wanted), n) == 0;
}

static gboolean
signature_holds (const guint8 *der, gsize len, CMS_SignerInfo *si, X509 *certificate)
{
  X509_ALGOR *algorithm = NULL;

  CMS_SignerInfo_get0_algs (si, NULL, NULL, NULL, &algorithm);
  if (OBJ_obj2nid (algorithm->algorithm) == NID_ED25519)
    return ul_seal_verify_pure (der, len, X509_get0_pubkey (certificate));
  CMS_SignerInfo_set1_signer_cert (si, certificate);
  return CMS_SignerInfo_verify (si) == 1;
}

static UlSealState
judge (UlSeal *self, CMS_ContentInfo *cms, const guint8 *der, gsize der_len, const guint8 *content, gsize content_len, int type)
{
  STACK_OF (CMS_SignerInfo) *signers = CMS_get0_SignerInfos (cms);
  CMS_SignerInfo *si = sk_CMS_SignerInfo_num (signers) == 1 ? sk_CMS_SignerInfo_value (signers, 0) : NULL;
  ASN1_OBJECT *signed_type = si ? attribute (si, NID_pkcs9_contentType, V_ASN1_OBJECT) : NULL;
  ASN1_OCTET_STRING **inside = CMS_get0_content (cms);

  if (!signed_type || OBJ_obj2nid (signed_type) != type || OBJ_obj2nid (CMS_get0_eContentType (cms)) != type
      || !attribute (si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING) || !inside || !content == !*inside)
    return UL_SEAL_UNREADABLE;
  const ASN1_TIME *time = attribute (si, NID_pkcs9_signingTime, V_ASN1_UTCTIME);
  self->signed_at = unix_time (time ? time : attribute (si, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME));
  if (!content) {
    self->content = g_bytes_new (ASN1_STRING_get0_data (*inside), (gsize) ASN1_STRING_length (*inside));
    content = g_bytes_get_data (self->content, &content_len);
  }
  take_certificates (self, cms, si);
  if (!self->certificate)
    return UL_SEAL_NO_CERTIFICATE;
  if (!ul_seal_form_ok (der, der_len, !self->content, self->certificate))
    return UL_SEAL_UNREADABLE;
  int named = names_certificates (self, si);
  self->bound = named > 0;
  if (named < 0)
    return UL_SEAL_WRONG_CERTIFICATE;
  if (!signature_holds (der, der_len, si, self->certificate))
    return UL_SEAL_BROKEN;
  if (!signs_content (si, content, content_len))
    return UL_SEAL_OTHER_CONTENT;
  return named == 1 + sk_X509_num (self->others) || chain_holds (self) ? UL_SEAL_HOLDS : UL_SEAL_FOREIGN_CERTIFICATE;
}

UlSeal *
ul_seal_read (const guint8 *der, gsize der_len, const guint8 *content, gsize content_len, int type)
{
  UlSeal *self = g_new0 (UlSeal, 1);
  g_autoptr (CMS_ContentInfo) cms = parse (der, der_len);

  self->state = UL_SEAL_UNREADABLE;
  self->not_before = self->not_after = self->signed_at = -1;
  if (cms)
    self->state = judge (self, cms, der, der_len, content, content_len, type);
  ERR_clear_error ();
  return self;
}

void
ul_seal_free (UlSeal *self)
{
  if (!self)
    return;
  g_free (self->subject);
  g_free (self->issuer);
  g_free (self->sha256);
  g_clear_pointer (&self->content, g_bytes_unref);
  X509_free (self->certificate);
  ul_certificates_free (self->others);
  g_free (self);
}

/* --- who vouches ------------------------------------------------------------------------------ */

struct _UlRoots {
  X509_STORE *store;
};

UlRoots *
ul_roots_load (const char *const *paths, GError **error)
{
  g_autoptr (UlRoots) self = g_new0 (UlRoots, 1);

  self->store = X509_STORE_new ();
  for (const char *const *path = paths; path && *path; path++) {
    STACK_OF (X509) *certificates = ul_certificates_load (*path, error);
    if (!certificates)
      return NULL;
    for (int i = 0; i < sk_X509_num (certificates); i++)
      X509_STORE_add_cert (self->store, sk_X509_value (certificates, i));
    ul_certificates_free (certificates);
  }
  return g_steal_pointer (&self);
}

void
ul_roots_free (UlRoots *self)
{
  if (!self)
    return;
  X509_STORE_free (self->store);
  g_free (self);
}

gboolean
ul_roots_vouch (const UlRoots *self, const UlSeal *seal, gint64 at, gboolean time_stamp, char **ret_why)
{
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  gboolean good = FALSE;

  if (X509_STORE_CTX_init (context, self->store, seal->certificate, seal->others)) {
    X509_VERIFY_PARAM *how = X509_STORE_CTX_get0_param (context);
    X509_VERIFY_PARAM_set_flags (how, X509_V_FLAG_PARTIAL_CHAIN);
    if (at >= 0)
      X509_VERIFY_PARAM_set_time (how, (time_t) at);
    if (time_stamp)
      X509_STORE_CTX_set_purpose (context, X509_PURPOSE_TIMESTAMP_SIGN);
    good = X509_verify_cert (context) == 1;
  }
  if (!good)
    *ret_why = g_strdup (X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)));
  X509_STORE_CTX_free (context);
  ERR_clear_error ();
  return good;
}
