/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/key_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define RSA_MIN_BITS 1024
#define RSA_MAX_BITS 8192

struct _UlSigningKey {
  gatomicrefcount refs;
  EVP_PKEY *pkey;
  gboolean rsa;
  char *algorithm;
  char *sha256;
  guint8 *point;
  gsize point_len;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)

/* --- which keys there are -------------------------------------------------------- */

/* FIPS 186-5 names and OpenSSL's. */
static const struct {
  const char *group, *name;
  guint coordinate_bytes;
} curves[] = { { "prime256v1", "EC P-256", 32 }, { "secp384r1", "EC P-384", 48 }, { "secp521r1", "EC P-521", 66 } };

static gboolean
read_point (UlSigningKey *self, guint n)
{
  static const char *const axes[] = { OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y };

  self->point_len = 1 + 2 * (gsize) n;
  self->point = g_malloc0 (self->point_len);
  self->point[0] = 4; /* SEC 1, 2.3.3: uncompressed */
  for (guint i = 0; i < G_N_ELEMENTS (axes); i++) {
    BIGNUM *value = NULL;
    gboolean ok = EVP_PKEY_get_bn_param (self->pkey, axes[i], &value) && BN_bn2binpad (value, self->point + 1 + i * n, (int) n) == (int) n;
    BN_free (value);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

/* Parameters that are spelt out instead of named may be of any curve. */
static gboolean
has_named_curve (EVP_PKEY *pkey)
{
  int spelt_out = 0;

  return !EVP_PKEY_get_int_param (pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelt_out) || !spelt_out;
}

static gboolean
describe_ec (UlSigningKey *self)
{
  char group[64];
  gsize len;

  if (!has_named_curve (self->pkey) || !EVP_PKEY_get_group_name (self->pkey, group, sizeof group, &len))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    if (g_str_equal (curves[i].group, group)) {
      self->algorithm = g_strdup (curves[i].name);
      return read_point (self, curves[i].coordinate_bytes);
    }
  return FALSE;
}

static gboolean
describe_rsa (UlSigningKey *self)
{
  int bits = EVP_PKEY_get_bits (self->pkey);

  self->rsa = TRUE;
  self->algorithm = g_strdup_printf ("RSA %d", bits);
  return bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS;
}

static gboolean
describe (UlSigningKey *self)
{
  unsigned char *der = NULL;
  gboolean known = EVP_PKEY_is_a (self->pkey, "EC") ? describe_ec (self) : EVP_PKEY_is_a (self->pkey, "RSA") && describe_rsa (self);
  int n = known ? i2d_PUBKEY (self->pkey, &der) : 0;

  if (n > 0)
    self->sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) n);
  OPENSSL_free (der);
  return n > 0;
}

UlSigningKey *
ul_signing_key_new_from_pkey (EVP_PKEY *pkey)
{
  g_autoptr (UlSigningKey) self = NULL;

  if (!pkey)
    return NULL;
  self = g_new0 (UlSigningKey, 1);
  g_atomic_ref_count_init (&self->refs);
  EVP_PKEY_up_ref (pkey);
  self->pkey = pkey;
  ERR_set_mark ();
  gboolean known = describe (self);
  ERR_pop_to_mark ();
  return known ? g_steal_pointer (&self) : NULL;
}

UlSigningKey *
ul_signing_key_new_from_x509 (X509 *certificate)
{
  return ul_signing_key_new_from_pkey (X509_get0_pubkey (certificate));
}

/* --- reading --------------------------------------------------------------------- */

static gboolean
take_key (const char *label, const guint8 *der, gsize len, gpointer user_data)
{
  UlSigningKey **key = user_data;

  if (g_str_equal (label, "PUBLIC KEY")) {
    const guint8 *p = der;
    g_autoptr (EVP_PKEY) pkey = d2i_PUBKEY (NULL, &p, (long) len);
    *key = p == der + len ? ul_signing_key_new_from_pkey (pkey) : NULL;
    return FALSE;
  }
  if (g_str_equal (label, "CERTIFICATE")) {
    g_autoptr (X509) certificate = ul_x509_new (der, len);
    *key = certificate ? ul_signing_key_new_from_x509 (certificate) : NULL;
    return FALSE;
  }
  return TRUE;
}

UlSigningKey *
ul_signing_key_new (const guint8 *pem, gsize len)
{
  UlSigningKey *key = NULL;

  if (!pem || len > UL_PEM_MAX_BYTES)
    return NULL;
  ERR_set_mark ();
  ul_pem_foreach (pem, len, take_key, &key);
  ERR_pop_to_mark ();
  return key;
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
  g_free (self->point);
  g_free (self);
}

gboolean
ul_signing_key_equal (const UlSigningKey *a, const UlSigningKey *b)
{
  ERR_set_mark ();
  gboolean equal = EVP_PKEY_eq (a->pkey, b->pkey) == 1;
  ERR_pop_to_mark ();
  return equal;
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
  return self->point;
}

/* --- verifying ------------------------------------------------------------------- */

static const EVP_MD *
hash_of_length (gsize len)
{
  return len == 32 ? EVP_sha256 () : len == 48 ? EVP_sha384 () : len == 64 ? EVP_sha512 () : NULL;
}

static gboolean
set_padding (EVP_PKEY_CTX *ctx, UlSigningFormat format, const EVP_MD *hash)
{
  if (format != UL_SIGNING_ONVIF)
    return EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING) > 0 && EVP_PKEY_CTX_set_signature_md (ctx, hash) > 0;
  return EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PSS_PADDING) > 0 && EVP_PKEY_CTX_set_signature_md (ctx, hash) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md (ctx, hash) > 0 && EVP_PKEY_CTX_set_rsa_pss_saltlen (ctx, RSA_PSS_SALTLEN_AUTO) > 0;
}

static gboolean
verify (const UlSigningKey *self, UlSigningFormat format, const guint8 *digest, gsize digest_len, const guint8 *signature, gsize signature_len)
{
  const EVP_MD *hash = hash_of_length (digest_len);
  g_autoptr (EVP_PKEY_CTX) ctx = hash ? EVP_PKEY_CTX_new (self->pkey, NULL) : NULL;

  if (!ctx || EVP_PKEY_verify_init (ctx) <= 0)
    return FALSE;
  if (self->rsa ? !set_padding (ctx, format, hash) : EVP_PKEY_CTX_set_signature_md (ctx, hash) <= 0)
    return FALSE;
  return EVP_PKEY_verify (ctx, signature, signature_len, digest, digest_len) == 1;
}

gboolean
ul_signing_key_verify (const UlSigningKey *self, UlSigningFormat format, const guint8 *digest, gsize digest_len, const guint8 *signature,
                       gsize signature_len)
{
  ERR_set_mark ();
  gboolean holds = digest && signature && signature_len && verify (self, format, digest, digest_len, signature, signature_len);
  ERR_pop_to_mark ();
  return holds;
}
