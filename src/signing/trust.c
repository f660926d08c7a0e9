/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/trust_private.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <string.h>

#include "base/redact.h"
#include "underlabel.h"

#define MAX_FILE_BYTES (16u << 20) /* lists of revoked certificates grow large */
#define MAX_FILES 4096
/* OpenSSL's level 1, 80 bits: RSA from 1024 bits on; MD5 and SHA-1, that can be made to collide, prove nothing. */
#define SECURITY_LEVEL 1

static void
free_x509 (gpointer data)
{
  X509_free (data);
}

static void
free_crl (gpointer data)
{
  X509_CRL_free (data);
}

static void
free_response (gpointer data)
{
  OCSP_BASICRESP_free (data);
}

UlTrust *
ul_trust_new (void)
{
  UlTrust *self = g_new0 (UlTrust, 1);

  g_atomic_ref_count_init (&self->refs);
  self->roots = g_ptr_array_new_with_free_func (free_x509);
  self->origins = g_ptr_array_new_with_free_func (g_free);
  self->crls = g_ptr_array_new_with_free_func (free_crl);
  self->responses = g_ptr_array_new_with_free_func (free_response);
  return self;
}

UlTrust *
ul_trust_ref (UlTrust *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ul_trust_unref (UlTrust *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->roots);
  g_ptr_array_unref (self->origins);
  g_ptr_array_unref (self->crls);
  g_ptr_array_unref (self->responses);
  g_free (self);
}

guint
ul_trust_n_roots (const UlTrust *self)
{
  return self->roots->len;
}

const char *
ul_trust_origin (const UlTrust *self, const X509 *certificate)
{
  for (guint i = 0; self && i < self->roots->len; i++)
    if (X509_cmp (g_ptr_array_index (self->roots, i), certificate) == 0)
      return g_ptr_array_index (self->origins, i);
  return NULL;
}

/* --- what is found in a file ------------------------------------------------------ */

typedef struct {
  UlTrust *trust;
  const char *origin;
  guint n; /* objects found */
} Adding;

static gboolean
add_certificate (Adding *a, const guint8 *der, gsize len)
{
  g_autoptr (X509) certificate = ul_x509_new (der, len);

  if (!certificate)
    return FALSE;
  a->n++;
  if (!ul_trust_origin (a->trust, certificate)) {
    g_ptr_array_add (a->trust->roots, g_steal_pointer (&certificate));
    g_ptr_array_add (a->trust->origins, g_strdup (a->origin));
  }
  return TRUE;
}

static gboolean
add_crl (Adding *a, const guint8 *der, gsize len)
{
  const guint8 *p = der;
  g_autoptr (X509_CRL) crl = d2i_X509_CRL (NULL, &p, (long) len);

  if (!crl || p != der + len)
    return FALSE;
  a->n++;
  g_ptr_array_add (a->trust->crls, g_steal_pointer (&crl));
  return TRUE;
}

static gboolean
add_response (Adding *a, const guint8 *der, gsize len)
{
  const guint8 *p = der;
  g_autoptr (OCSP_RESPONSE) response = d2i_OCSP_RESPONSE (NULL, &p, (long) len);
  OCSP_BASICRESP *basic = response && p == der + len ? OCSP_response_get1_basic (response) : NULL;

  if (!basic)
    return FALSE;
  a->n++;
  g_ptr_array_add (a->trust->responses, basic);
  return TRUE;
}

static const struct {
  const char *label; /* in PEM; NULL: only as DER */
  gboolean (*add) (Adding *a, const guint8 *der, gsize len);
} objects[] = { { "CERTIFICATE", add_certificate }, { "X509 CRL", add_crl }, { NULL, add_response } };

static gboolean
add_block (const char *label, const guint8 *der, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (objects); i++)
    if (g_strcmp0 (objects[i].label, label) == 0)
      objects[i].add (user_data, der, len);
  return TRUE;
}

/* TRUE if anything was found in it. */
static gboolean
add_bytes (UlTrust *self, const guint8 *data, gsize len, const char *origin)
{
  Adding a = { .trust = self, .origin = origin };

  ERR_set_mark ();
  ul_pem_foreach (data, len, add_block, &a);
  for (gsize i = 0; i < G_N_ELEMENTS (objects) && a.n == 0 && len; i++)
    objects[i].add (&a, data, len);
  ERR_pop_to_mark ();
  return a.n > 0;
}

static gboolean
fail (GError **error, int code, const char *path, const char *why)
{
  g_autofree char *shown = ul_redact (path, -1);

  g_set_error (error, UL_ERROR, code, "%s: %s", shown, why);
  return FALSE;
}

gboolean
ul_trust_add_pem (UlTrust *self, const guint8 *pem, gsize len, const char *origin, GError **error)
{
  Adding a = { .trust = self, .origin = origin };

  ERR_set_mark ();
  ul_pem_foreach (pem, len, add_block, &a);
  ERR_pop_to_mark ();
  return a.n > 0 || fail (error, UL_ERROR_KNOWLEDGE, origin, "neither certificate nor revocation list in it");
}

/* --- files ------------------------------------------------------------------------- */

static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) why = NULL;
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    fail (error, UL_ERROR_NOT_FOUND, path, "no such file or folder");
    return NULL;
  }
  stream = g_file_read (file, NULL, &why);
  bytes = stream ? g_input_stream_read_bytes (G_INPUT_STREAM (stream), MAX_FILE_BYTES + 1, NULL, &why) : NULL;
  if (!bytes)
    fail (error, UL_ERROR_NOT_FOUND, path, why->message);
  else if (g_bytes_get_size (bytes) > MAX_FILE_BYTES)
    fail (error, UL_ERROR_KNOWLEDGE, path, "larger than 16 MiB");
  else
    return g_steal_pointer (&bytes);
  return NULL;
}

static gboolean
add_file (UlTrust *self, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);
  g_autofree char *origin = ul_redact (path, -1);
  gsize len;

  if (!bytes)
    return FALSE;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  return add_bytes (self, data, len, origin) || fail (error, UL_ERROR_KNOWLEDGE, path, "neither certificate, revocation list nor OCSP response in it");
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
add_folder (UlTrust *self, const char *path, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &why);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  gboolean found = FALSE;

  if (!dir)
    return fail (error, UL_ERROR_NOT_FOUND, path, why->message);
  while ((name = g_dir_read_name (dir)) && names->len < MAX_FILES)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_texts);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *child = g_build_filename (path, g_ptr_array_index (names, i), NULL);
    found |= g_file_test (child, G_FILE_TEST_IS_REGULAR) && add_file (self, child, NULL);
  }
  return found || fail (error, UL_ERROR_KNOWLEDGE, path, "neither certificate, revocation list nor OCSP response in this folder");
}

gboolean
ul_trust_add_path (UlTrust *self, const char *path, GError **error)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR) ? add_folder (self, path, error) : add_file (self, path, error);
}

/* --- for a chain -------------------------------------------------------------------- */

static gboolean
names_issuer (const X509 *issued, const X509 *issuer)
{
  return X509_NAME_cmp (X509_get_issuer_name (issued), X509_get_subject_name (issuer)) == 0;
}

static gboolean
signed_by (X509 *issued, const X509 *issuer)
{
  EVP_PKEY *key = X509_get0_pubkey (issuer);

  return key && X509_verify (issued, key) == 1;
}

/* Of several trusted ones with the name that a certificate gives as its issuer's, the one
 * whose key signed it: without key identifiers a wrong one could be taken, and the
 * certificate would seem to be forged. */
static gboolean
is_namesake (const UlTrust *self, const X509 *root, const GPtrArray *sent)
{
  for (guint i = 0; i < sent->len; i++) {
    X509 *issued = g_ptr_array_index (sent, i);
    if (!names_issuer (issued, root) || signed_by (issued, root))
      continue;
    for (guint k = 0; k < self->roots->len; k++)
      if (names_issuer (issued, g_ptr_array_index (self->roots, k)) && signed_by (issued, g_ptr_array_index (self->roots, k)))
        return TRUE;
  }
  return FALSE;
}

X509_STORE *
ul_trust_new_store (const UlTrust *self, const GPtrArray *sent, gint64 time, gboolean any)
{
  X509_STORE *store = X509_STORE_new ();
  X509_VERIFY_PARAM *param = X509_STORE_get0_param (store);

  X509_VERIFY_PARAM_set_flags (param, any ? X509_V_FLAG_PARTIAL_CHAIN : 0);
  X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_ANY);
  X509_VERIFY_PARAM_set_auth_level (param, SECURITY_LEVEL);
  if (time < 0)
    X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_NO_CHECK_TIME);
  else
    X509_VERIFY_PARAM_set_time (param, (time_t) time);
  for (guint i = 0; self && i < self->roots->len; i++)
    if (!is_namesake (self, g_ptr_array_index (self->roots, i), sent))
      X509_STORE_add_cert (store, g_ptr_array_index (self->roots, i));
  return store;
}
