/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define MAX_PEM_BYTES (64 * 1024)
#define MIN_RSA_BITS 1024
#define MAX_RSA_BITS 8192
#define MAX_POINT_BYTES 133 /* P-521 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)

struct _UlSigningKey {
  gatomicrefcount refs;
  EVP_PKEY *pkey;
  char *algorithm, *sha256;
  guint8 point[MAX_POINT_BYTES];
  gsize point_len;
};

static const struct {
  const char *group, *name;
} curves[] = { { "prime256v1", "EC P-256" }, { "secp384r1", "EC P-384" }, { "secp521r1", "EC P-521" } };

/* An encrypted text is not asked a password for. */
static int
no_password (char *buffer, int size, int writing, void *user_data)
{
  return -1;
}

static EVP_PKEY *
read_pem (const guint8 *pem, gsize len)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (pem, (int) len);
  EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY (bio, NULL, no_password, NULL) : NULL;

  if (!pkey && bio) {
    BIO_reset (bio);
    g_autoptr (X509) certificate = PEM_read_bio_X509 (bio, NULL, no_password, NULL);
    pkey = certificate ? X509_get_pubkey (certificate) : NULL;
  }
  ERR_clear_error ();
  return pkey;
}

static char *
dup_algorithm (const EVP_PKEY *pkey)
{
  char group[64];
  int bits = EVP_PKEY_get_bits (pkey);

  if (EVP_PKEY_is_a (pkey, "RSA"))
    return bits < MIN_RSA_BITS || bits > MAX_RSA_BITS ? NULL : g_strdup_printf ("RSA %d", bits);
  if (!EVP_PKEY_is_a (pkey, "EC") || !EVP_PKEY_get_utf8_string_param (pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    if (g_str_equal (curves[i].group, group))
      return g_strdup (curves[i].name);
  return NULL;
}

static char *
dup_sha256 (EVP_PKEY *pkey)
{
  guchar *der = NULL;
  int len = i2d_PUBKEY (pkey, &der);
  char *sum = len > 0 ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) len) : NULL;

  OPENSSL_free (der);
  return sum;
}

/* 04 x y, whatever form the text had it in */
static void
take_point (UlSigningKey *self)
{
  gsize len = 0;

  if (!EVP_PKEY_is_a (self->pkey, "EC"))
    return;
  EVP_PKEY_set_utf8_string_param (self->pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
  if (EVP_PKEY_get_octet_string_param (self->pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, self->point, sizeof self->point, &len))
    self->point_len = len;
}

UlSigningKey *
ul_signing_key_new (const guint8 *pem, gsize len)
{
  g_autoptr (EVP_PKEY) pkey = pem && len && len <= MAX_PEM_BYTES ? read_pem (pem, len) : NULL;
  g_autofree char *algorithm = pkey ? dup_algorithm (pkey) : NULL, *sha256 = algorithm ? dup_sha256 (pkey) : NULL;

  ERR_clear_error ();
  if (!sha256)
    return NULL;
  UlSigningKey *self = g_new0 (UlSigningKey, 1);
  g_atomic_ref_count_init (&self->refs);
  self->pkey = g_steal_pointer (&pkey);
  self->algorithm = g_steal_pointer (&algorithm);
  self->sha256 = g_steal_pointer (&sha256);
  take_point (self);
  ERR_clear_error ();
  return self;
}

UlSigningKey *
ul_signing_key_ref (UlSigningKey *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ul_signing_key_unref (UlSigningKey *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  EVP_PKEY_free (self->pkey);
  g_free (self->algorithm);
  g_free (self->sha256);
  g_free (self);
}

gboolean
ul_signing_key_equal (const UlSigningKey *a, const UlSigningKey *b)
{
  return a && b && g_str_equal (a->sha256, b->sha256);
}

const char *
ul_signing_key_algorithm (const UlSigningKey *self)
{
  return self->algorithm;
}

const char *
ul_signing_key_sha256 (const UlSigningKey *self)
{
  return self->sha256;
}

const guint8 *
ul_signing_key_point (const UlSigningKey *self, gsize *ret_len)
{
  *ret_len = self->point_len;
  return self->point_len ? self->point : NULL;
}

static const EVP_MD *
hash_of_length (gsize len)
{
  return len == 32 ? EVP_sha256 () : len == 48 ? EVP_sha384 () : len == 64 ? EVP_sha512 () : NULL;
}

/* RSASSA-PKCS1-v1_5 or RSASSA-PSS (RFC 8017, 8.2 and 8.1) */
static gboolean
set_padding (EVP_PKEY_CTX *context, UlSigningFormat format)
{
  if (format == UL_SIGNING_AXIS)
    return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) > 0;
  return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) > 0 && EVP_PKEY_CTX_set_rsa_pss_saltlen (context, RSA_PSS_SALTLEN_AUTO) > 0;
}

gboolean
ul_signing_key_verify (const UlSigningKey *self, UlSigningFormat format, const guint8 *digest, gsize digest_len, const guint8 *signature,
                       gsize signature_len)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (self->pkey, NULL);
  const EVP_MD *md = hash_of_length (digest_len);

  gboolean holds = context && md && signature_len && EVP_PKEY_verify_init (context) > 0
                   && (!EVP_PKEY_is_a (self->pkey, "RSA") || set_padding (context, format)) && EVP_PKEY_CTX_set_signature_md (context, md) > 0
                   && EVP_PKEY_verify (context, signature, signature_len, digest, digest_len) == 1;
  ERR_clear_error ();
  return holds;
}
