/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/key.h"

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "bundle/cms.h"

#define MAX_OBJECTS 256u
#define MAX_PASSWORD_BYTES 1024

/* What a store asks for while it is read. */
typedef struct {
  const char *file; /* may be NULL */
  gboolean asked, unknown;
} Password;

static gboolean
key_error (GError **error, int code, const char *of, const char *why)
{
  g_autofree char *shown = ul_redact (of, -1);

  ERR_clear_error ();
  g_set_error (error, UL_BUNDLE_ERROR, code, "%s: %s", shown, why);
  return FALSE;
}

/* The first line; as pem_password_cb. */
static int
tell_password (char *buffer, int size, int writing, void *user_data)
{
  Password *self = user_data;
  char line[MAX_PASSWORD_BYTES] = "";
  const char *set = self->file ? NULL : g_getenv (UL_BUNDLE_PASSWORD_ENV);
  FILE *file = self->file ? fopen (self->file, "re") : NULL;
  int n = -1;

  self->asked = TRUE;
  if (set)
    g_strlcpy (line, set, sizeof line);
  gboolean known = set || (file && fgets (line, sizeof line, file));
  if (file)
    fclose (file);
  gsize len = strcspn (line, "\r\n");
  if (known && len <= (gsize) MAX (size, 0)) {
    memcpy (buffer, line, len);
    n = (int) len;
  }
  self->unknown = n < 0;
  OPENSSL_cleanse (line, sizeof line);
  return n;
}

/* Calls `take` for what is there of kind `type`, until it returns FALSE. */
static gboolean
walk_store (const char *uri, int type, Password *password, gboolean (*take) (OSSL_STORE_INFO *, gpointer), gpointer user_data, GError **error)
{
  if (!strchr (uri, ':') && !g_file_test (uri, G_FILE_TEST_EXISTS))
    return key_error (error, UL_BUNDLE_ERROR_NO_INPUT, uri, "no such file");
  OPENSSL_init_crypto (OPENSSL_INIT_LOAD_CONFIG, NULL);
  UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback (tell_password, 0);
  OSSL_STORE_CTX *store = OSSL_STORE_open_ex (uri, NULL, NULL, ui, password, NULL, NULL, NULL);
  gboolean more = store != NULL;
  if (store)
    OSSL_STORE_expect (store, type);
  for (guint i = 0; more && i < MAX_OBJECTS && !OSSL_STORE_eof (store); i++) {
    OSSL_STORE_INFO *info = OSSL_STORE_load (store);
    if (info && OSSL_STORE_INFO_get_type (info) == type)
      more = take (info, user_data);
    else if (!info && OSSL_STORE_error (store) && password->unknown)
      more = FALSE;
    OSSL_STORE_INFO_free (info);
  }
  gboolean opened = store != NULL;
  if (store)
    OSSL_STORE_close (store);
  UI_destroy_method (ui);
  ERR_clear_error ();
  return opened || key_error (error, UL_BUNDLE_ERROR_NO_INPUT, uri, "cannot be opened (no file, and no store that OpenSSL has a provider for)");
}

static gboolean
take_key (OSSL_STORE_INFO *info, gpointer user_data)
{
  EVP_PKEY **key = user_data;

  *key = OSSL_STORE_INFO_get1_PKEY (info);
  return *key == NULL;
}

static gboolean
take_certificate (OSSL_STORE_INFO *info, gpointer user_data)
{
  X509 *certificate = OSSL_STORE_INFO_get1_CERT (info);

  if (certificate && !sk_X509_push (user_data, certificate))
    X509_free (certificate);
  return TRUE;
}

void
ul_certificates_free (STACK_OF (X509) *certificates)
{
  sk_X509_pop_free (certificates, X509_free);
}

STACK_OF (X509) *
ul_certificates_load (const char *uri, GError **error)
{
  STACK_OF (X509) *all = sk_X509_new_null ();
  Password none = { NULL, FALSE, FALSE };

  if (walk_store (uri, OSSL_STORE_INFO_CERT, &none, take_certificate, all, error)) {
    if (sk_X509_num (all) > 0)
      return all;
    key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri, "no certificate in it");
  }
  ul_certificates_free (all);
  return NULL;
}

static EVP_PKEY *
load_key (const char *uri, const char *password_file, GError **error)
{
  Password password = { password_file, FALSE, FALSE };
  EVP_PKEY *key = NULL;

  if (!walk_store (uri, OSSL_STORE_INFO_PKEY, &password, take_key, &key, error) || key)
    return key;
  if (password.unknown)
    key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri,
               password_file ? "the key is encrypted, and its password file cannot be read"
                             : "the key is encrypted: give its password in a file (--password-file) or in " UL_BUNDLE_PASSWORD_ENV);
  else
    key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri, password.asked ? "the password does not open the key" : "no private key in it");
  return NULL;
}

/* The certificate of the key moves from `others` to its place. */
static gboolean
find_certificate (UlSigner *self, const char *uri, GError **error)
{
  for (int i = 0; i < sk_X509_num (self->others) && !self->certificate; i++)
    if (X509_check_private_key (sk_X509_value (self->others, i), self->key) == 1)
      self->certificate = sk_X509_delete (self->others, i);
  if (!self->certificate)
    return key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri, "the certificate belongs to another key");
  if (X509_cmp_current_time (X509_get0_notBefore (self->certificate)) > 0)
    return key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri, "the certificate is not valid yet");
  if (X509_cmp_current_time (X509_get0_notAfter (self->certificate)) < 0)
    return key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri, "the certificate has expired");
  if (!ul_certificate_may_sign (self->certificate))
    return key_error (error, UL_BUNDLE_ERROR_BAD_INPUT, uri, "the certificate's key usage does not allow signatures");
  self->sha256 = ul_certificate_dup_sha256 (self->certificate);
  return TRUE;
}

UlSigner *
ul_signer_load (const char *key, const char *certificate, const char *password_file, GError **error)
{
  g_autoptr (UlSigner) self = g_new0 (UlSigner, 1);

  self->key = load_key (key, password_file, error);
  if (!self->key)
    return NULL;
  self->others = ul_certificates_load (certificate, error);
  if (!self->others || !find_certificate (self, certificate, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ul_signer_free (UlSigner *self)
{
  if (!self)
    return;
  EVP_PKEY_free (self->key);
  X509_free (self->certificate);
  ul_certificates_free (self->others);
  g_free (self->sha256);
  g_free (self);
}
