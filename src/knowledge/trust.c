/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define SHA256_DIGITS 64

struct _UlTrustRoots {
  GPtrArray *roots; /* UlTrustRoot, owned */
};

static void
root_free (gpointer data)
{
  UlTrustRoot *r = data;

  g_free (r->id);
  g_free (r->name);
  g_free (r->maker);
  g_free (r->sha256);
  g_free (r->pem);
  g_strfreev (r->sources);
  g_free (r);
}

UlTrustRoots *
ul_trust_roots_new (void)
{
  UlTrustRoots *self = g_new0 (UlTrustRoots, 1);

  self->roots = g_ptr_array_new_with_free_func (root_free);
  return self;
}

void
ul_trust_roots_free (UlTrustRoots *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->roots);
  g_free (self);
}

/* --- the certificate ----------------------------------------------------------------- */

static gboolean
is_certificate (const char *label, const unsigned char *der, long len)
{
  const unsigned char *p = der;
  X509 *x509 = g_str_equal (label, PEM_STRING_X509) ? d2i_X509 (NULL, &p, len) : NULL;

  X509_free (x509);
  return x509 && p == der + len;
}

static char *
dup_block (BIO *bio)
{
  char *label = NULL, *header = NULL, *digest = NULL;
  unsigned char *der = NULL;
  long len = 0;

  /* PEM_read_bio() decodes only: nobody is asked for a password. */
  if (PEM_read_bio (bio, &label, &header, &der, &len) == 1)
    digest = is_certificate (label, der, len) ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) len) : g_strdup ("");
  OPENSSL_free (label);
  OPENSSL_free (header);
  OPENSSL_free (der);
  return digest;
}

/* NULL if it is not one certificate and nothing else. */
static char *
dup_fingerprint (const char *pem)
{
  ERR_set_mark ();
  BIO *bio = BIO_new_mem_buf (pem, (int) strlen (pem));
  g_autofree char *first = dup_block (bio), *second = dup_block (bio);

  BIO_free (bio);
  ERR_pop_to_mark ();
  return first && *first && !second ? g_steal_pointer (&first) : NULL;
}

/* --- loading -------------------------------------------------------------------------- */

static gboolean
is_fingerprint (const char *text)
{
  return strlen (text) == SHA256_DIGITS && strspn (text, "0123456789abcdef") == SHA256_DIGITS;
}

static void
check_root (UlTrustRoots *self, const UlMakers *makers, UlYaml *node, const UlTrustRoot *r)
{
  if (!ul_makers_find (makers, r->maker))
    ul_yaml_fail (node, "root '%s': no maker '%s' is declared", r->id, r->maker);
  if (!is_fingerprint (r->sha256))
    ul_yaml_fail (ul_yaml_get (node, "sha256", TRUE), "root '%s': sha256 is not 64 hexadecimal digits in lower case", r->id);
  for (guint i = 0; i + 1 < self->roots->len; i++) {
    const UlTrustRoot *other = ul_trust_roots_get (self, i);
    if (g_str_equal (other->id, r->id) || g_str_equal (other->sha256, r->sha256))
      ul_yaml_fail (node, "root '%s' is there twice", r->id);
  }
  if (ul_yaml_is_packed (node) || ul_yaml_failed (node))
    return;
  g_autofree char *fingerprint = dup_fingerprint (r->pem);

  if (!fingerprint)
    ul_yaml_fail (ul_yaml_get (node, "pem", TRUE), "root '%s': pem is not one certificate", r->id);
  else if (!g_str_equal (fingerprint, r->sha256))
    ul_yaml_fail (ul_yaml_get (node, "sha256", TRUE), "root '%s': sha256 of its certificate is %s", r->id, fingerprint);
}

static void
load_root (UlTrustRoots *self, const UlMakers *makers, UlYaml *node)
{
  UlTrustRoot *r = g_new0 (UlTrustRoot, 1);

  g_ptr_array_add (self->roots, r);
  r->id = g_strdup (ul_yaml_get_id (node, "id", TRUE));
  r->name = g_strdup (ul_yaml_get_text (node, "name", TRUE));
  r->maker = g_strdup (ul_yaml_get_id (node, "maker", TRUE));
  r->sha256 = g_strdup (ul_yaml_get_text (node, "sha256", TRUE));
  r->pem = g_strdup (ul_yaml_get_text (node, "pem", TRUE));
  r->sources = ul_yaml_dup_texts (node, "source", TRUE);
  ul_yaml_done (node, "root '%s'", r->id);
  if (!ul_yaml_failed (node))
    check_root (self, makers, node, r);
}

gboolean
ul_trust_roots_load (UlTrustRoots *self, const UlMakers *makers, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  UlYaml *list = ul_yaml_get_sequence (root, "roots", TRUE);

  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
    load_root (self, makers, ul_yaml_item (list, i));
  ul_yaml_done (root, "a file of trust");
  return ul_yaml_document_ok (document, error);
}

guint
ul_trust_roots_n (const UlTrustRoots *self)
{
  return self->roots->len;
}

const UlTrustRoot *
ul_trust_roots_get (const UlTrustRoots *self, guint i)
{
  return g_ptr_array_index (self->roots, i);
}

const UlTrustRoot *
ul_trust_roots_find (const UlTrustRoots *self, const char *sha256)
{
  for (guint i = 0; i < self->roots->len; i++)
    if (g_str_equal (ul_trust_roots_get (self, i)->sha256, sha256))
      return ul_trust_roots_get (self, i);
  return NULL;
}
