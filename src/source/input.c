/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mask.h"
#include "base/redact.h"

#define BLOCK_BYTES (128 * 1024) /* stays in the cache between copy and digest */
#define ZERO_BYTES (64 * 1024)
#define SPARSE_STEP_BYTES (16 * 1024 * 1024) /* how often a sparse file is asked for holes */

struct _UlInput {
  int fd;
  guint64 size;
  char *name;
  gboolean sparse;
  GThread *hash_thread;
  gboolean want_salt;
  GBytes *mask_salt; /* of the thread's, once it has ended */
  gint hash_cancelled; /* atomic */
};

static void
set_error (GError **error, UlSourceError code, const char *name, int error_number)
{
  g_set_error (error, UL_SOURCE_ERROR, code, "%s: %s", name, g_strerror (error_number));
}

/* A nameless file in $TMPDIR. */
static int
open_spool (void)
{
  int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0)
    return fd;
  g_autofree char *name = g_build_filename (g_get_tmp_dir (), "underlabel-XXXXXX", NULL);
  fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    unlink (name);
  return fd;
}

static gboolean
write_all (int fd, const guint8 *data, gsize len)
{
  while (len > 0) {
    gssize n = write (fd, data, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    data += n;
    len -= (gsize) n;
  }
  return TRUE;
}

/* Copies a pipe to a file that can be read twice; -1 and errno on error. */
static int
spool (int from, guint64 *ret_size)
{
  g_autofree guint8 *block = g_malloc (BLOCK_BYTES);
  int fd = open_spool (), saved;
  gssize n = 0;

  *ret_size = 0;
  while (fd >= 0 && ((n = read (from, block, BLOCK_BYTES)) > 0 || (n < 0 && errno == EINTR))) {
    if (n < 0)
      continue;
    if (!write_all (fd, block, (gsize) n))
      break;
    *ret_size += (guint64) n;
  }
  if (fd >= 0 && n != 0) {
    saved = errno;
    close (fd);
    errno = saved;
    return -1;
  }
  return fd;
}

/* Turns an open descriptor into one that can be read anywhere, and tells its size. */
static gboolean
make_seekable (UlInput *self, gboolean is_stdin, GError **error)
{
  struct stat st;

  if (fstat (self->fd, &st) < 0) {
    set_error (error, UL_SOURCE_ERROR_NO_INPUT, self->name, errno);
    return FALSE;
  }
  if (S_ISREG (st.st_mode)) {
    self->size = (guint64) st.st_size;
    self->sparse = (guint64) st.st_blocks * 512 + BLOCK_BYTES < self->size;
    return TRUE;
  }
  if (S_ISBLK (st.st_mode)) {
    off_t end = lseek (self->fd, 0, SEEK_END);
    self->size = end > 0 ? (guint64) end : 0;
    return TRUE;
  }
  if (S_ISDIR (st.st_mode) || (S_ISCHR (st.st_mode) && !is_stdin && !isatty (self->fd))) {
    set_error (error, UL_SOURCE_ERROR_NO_INPUT, self->name, S_ISDIR (st.st_mode) ? EISDIR : ENODEV);
    return FALSE;
  }
  int fd = spool (self->fd, &self->size);
  if (fd < 0) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NO_INPUT, "%s: cannot be kept in %s: %s", self->name, g_get_tmp_dir (), g_strerror (errno));
    return FALSE;
  }
  close (self->fd);
  self->fd = fd;
  return TRUE;
}

UlInput *
ul_input_open (const char *path, GError **error)
{
  g_autoptr (UlInput) self = g_new0 (UlInput, 1);
  gboolean is_stdin = g_str_equal (path, "-");

  self->fd = -1;
  self->name = ul_redact (is_stdin ? "standard input" : path, -1);
  do
    self->fd = is_stdin ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  while (self->fd < 0 && errno == EINTR);
  if (self->fd < 0) {
    set_error (error, UL_SOURCE_ERROR_NO_INPUT, self->name, errno);
    return NULL;
  }
  if (!make_seekable (self, is_stdin, error))
    return NULL;
  posix_fadvise (self->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return g_steal_pointer (&self);
}

void
ul_input_free (UlInput *self)
{
  if (!self)
    return;
  ul_input_hash_cancel (self);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->name);
  g_clear_pointer (&self->mask_salt, g_bytes_unref);
  g_free (self);
}

guint64
ul_input_size (const UlInput *self)
{
  return self->size;
}

const char *
ul_input_name (const UlInput *self)
{
  return self->name;
}

gssize
ul_input_pread (UlInput *self, void *buffer, gsize len, guint64 offset)
{
  gsize done = 0;

  if (offset >= self->size)
    return 0;
  len = (gsize) MIN (len, self->size - offset);
  while (done < len) {
    gssize n = pread (self->fd, (guint8 *) buffer + done, len - done, (off_t) (offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return done ? (gssize) done : -1;
    if (n == 0)
      break;
    done += (gsize) n;
  }
  return (gssize) done;
}

guint64
ul_input_next_data (UlInput *self, guint64 offset)
{
  off_t data;

  if (!self->sparse || offset >= self->size)
    return offset;
  data = lseek (self->fd, (off_t) offset, SEEK_DATA);
  if (data < 0)
    return errno == ENXIO ? self->size : offset;
  return MIN ((guint64) data, self->size);
}

/* The file's digest and, where it is wanted, that of the prefix and the file. */
typedef struct {
  EVP_MD_CTX *md[2];
  guint n;
} Digests;

static gboolean
digests_update (Digests *d, const void *data, gsize len)
{
  for (guint i = 0; i < d->n; i++)
    if (!EVP_DigestUpdate (d->md[i], data, len))
      return FALSE;
  return TRUE;
}

static gboolean
digests_begin (Digests *d, guint n)
{
  *d = (Digests){ .n = n };
  for (guint i = 0; i < n; i++) {
    d->md[i] = EVP_MD_CTX_new ();
    if (!d->md[i] || !EVP_DigestInit_ex (d->md[i], EVP_sha256 (), NULL))
      return FALSE;
  }
  return n < 2 || EVP_DigestUpdate (d->md[1], UL_MASK_SALT_PREFIX, strlen (UL_MASK_SALT_PREFIX));
}

static gboolean
hash_zeros (UlInput *self, Digests *d, guint64 len)
{
  static const guint8 zeros[ZERO_BYTES];

  while (len > 0 && !g_atomic_int_get (&self->hash_cancelled)) {
    gsize n = (gsize) MIN (len, ZERO_BYTES);
    if (!digests_update (d, zeros, n))
      return FALSE;
    len -= n;
  }
  return len == 0;
}

static gboolean
hash_file (UlInput *self, Digests *d)
{
  g_autofree guint8 *block = g_malloc (BLOCK_BYTES);
  guint64 offset = 0, asked = 0;

  while (offset < self->size) {
    if (g_atomic_int_get (&self->hash_cancelled))
      return FALSE;
    if (self->sparse && offset >= asked) {
      guint64 data = ul_input_next_data (self, offset);
      if (data > offset && !hash_zeros (self, d, data - offset))
        return FALSE;
      asked = data + SPARSE_STEP_BYTES;
      offset = data;
      continue;
    }
    gssize n = ul_input_pread (self, block, BLOCK_BYTES, offset);
    if (n <= 0 || !digests_update (d, block, (gsize) n))
      return FALSE;
    offset += (guint64) n;
  }
  return TRUE;
}

/* The digest as text, NULL if it was cancelled or the file could not be read to its end. */
static gpointer
hash_main (gpointer data)
{
  UlInput *self = data;
  guint8 digest[2][EVP_MAX_MD_SIZE];
  guint len = 0;
  Digests d;
  gboolean good = digests_begin (&d, self->want_salt ? 2 : 1) && hash_file (self, &d);
  GString *text = NULL;

  for (guint i = 0; i < d.n; i++) {
    good = good && EVP_DigestFinal_ex (d.md[i], digest[i], &len);
    EVP_MD_CTX_free (d.md[i]);
  }
  if (!good)
    return NULL;
  text = g_string_sized_new (2 * len);
  for (guint i = 0; i < len; i++)
    g_string_append_printf (text, "%02x", digest[0][i]);
  if (self->want_salt)
    self->mask_salt = g_bytes_new (digest[1], len);
  return g_string_free (text, FALSE);
}

void
ul_input_want_mask_salt (UlInput *self)
{
  self->want_salt = TRUE;
}

void
ul_input_hash_start (UlInput *self)
{
  if (self->hash_thread)
    return;
  g_atomic_int_set (&self->hash_cancelled, 0);
  self->hash_thread = g_thread_new ("sha256", hash_main, self);
}

char *
ul_input_hash_finish (UlInput *self, GBytes **ret_mask_salt)
{
  char *text = self->hash_thread ? g_thread_join (g_steal_pointer (&self->hash_thread)) : NULL;

  if (ret_mask_salt)
    *ret_mask_salt = g_steal_pointer (&self->mask_salt);
  g_clear_pointer (&self->mask_salt, g_bytes_unref);
  return text;
}

void
ul_input_hash_cancel (UlInput *self)
{
  g_atomic_int_set (&self->hash_cancelled, 1);
  g_free (ul_input_hash_finish (self, NULL));
}
