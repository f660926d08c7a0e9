/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/redact.h"

#define CHUNK_BYTES (256u << 10)

G_DEFINE_QUARK (ul-bundle-error, ul_bundle_error)

struct _UlHasher {
  EVP_MD_CTX *sha256, *sha512;
  guint64 bytes;
};

void
ul_digests_clear (UlDigests *self)
{
  g_clear_pointer (&self->sha256, g_free);
  g_clear_pointer (&self->sha512, g_free);
  self->bytes = 0;
}

UlHasher *
ul_hasher_new (void)
{
  UlHasher *self = g_new0 (UlHasher, 1);

  self->sha256 = EVP_MD_CTX_new ();
  self->sha512 = EVP_MD_CTX_new ();
  if (!EVP_DigestInit_ex (self->sha256, EVP_sha256 (), NULL) || !EVP_DigestInit_ex (self->sha512, EVP_sha512 (), NULL))
    g_error ("OpenSSL has no SHA-2");
  return self;
}

void
ul_hasher_free (UlHasher *self)
{
  if (!self)
    return;
  EVP_MD_CTX_free (self->sha256);
  EVP_MD_CTX_free (self->sha512);
  g_free (self);
}

void
ul_hasher_add (UlHasher *self, const guint8 *data, gsize len)
{
  EVP_DigestUpdate (self->sha256, data, len);
  EVP_DigestUpdate (self->sha512, data, len);
  self->bytes += len;
}

static char *
dup_digest (EVP_MD_CTX *context)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int n = 0;
  GString *text = g_string_new (NULL);

  EVP_DigestFinal_ex (context, digest, &n);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", digest[i]);
  return g_string_free (text, FALSE);
}

void
ul_hasher_finish (UlHasher *self, UlDigests *ret_digests)
{
  *ret_digests = (UlDigests){ .bytes = self->bytes, .sha256 = dup_digest (self->sha256), .sha512 = dup_digest (self->sha512) };
}

void
ul_digests_of (const guint8 *data, gsize len, UlDigests *ret_digests)
{
  g_autoptr (UlHasher) hasher = ul_hasher_new ();

  ul_hasher_add (hasher, data, len);
  ul_hasher_finish (hasher, ret_digests);
}

gboolean
ul_digests_of_file (const char *path, UlDigests *ret_digests, GError **error)
{
  g_autoptr (UlHasher) hasher = ul_hasher_new ();
  g_autofree guint8 *buffer = g_malloc (CHUNK_BYTES);
  g_autofree char *shown = ul_redact (path, -1);
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gssize n = 0;

  while (fd >= 0 && ((n = read (fd, buffer, CHUNK_BYTES)) > 0 || (n < 0 && errno == EINTR)))
    ul_hasher_add (hasher, buffer, n > 0 ? (gsize) n : 0);
  if (fd < 0 || n < 0) {
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_NO_INPUT, "%s: %s", shown, g_strerror (errno));
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  close (fd);
  ul_hasher_finish (hasher, ret_digests);
  return TRUE;
}

gboolean
ul_is_hex (const char *text, gsize n)
{
  return text && strlen (text) == n && strspn (text, "0123456789abcdef") == n;
}
