/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/redact.h"
#include "bundle/bundle.h"

#define CHUNK_BYTES (256u << 10)

struct _UlParts {
  GPtrArray *all;
  guint n_borrowed; /* the first so many */
};

static void
part_free (UlPart *part)
{
  g_free (part->name);
  g_free (part->path);
  g_clear_pointer (&part->data, g_bytes_unref);
  ul_digests_clear (&part->digests);
  g_free (part);
}

UlParts *
ul_parts_new (void)
{
  UlParts *self = g_new0 (UlParts, 1);

  self->all = g_ptr_array_new ();
  return self;
}

void
ul_parts_free (UlParts *self)
{
  if (!self)
    return;
  for (guint i = self->n_borrowed; i < self->all->len; i++)
    part_free (g_ptr_array_index (self->all, i));
  g_ptr_array_unref (self->all);
  g_free (self);
}

static UlPart *
new_part (const char *name)
{
  UlPart *part = g_new0 (UlPart, 1);

  part->name = g_strdup (name);
  return part;
}

static const UlPart *
take (UlParts *self, UlPart *part)
{
  g_ptr_array_add (self->all, part);
  return part;
}

const UlPart *
ul_parts_add (UlParts *self, const char *name, GBytes *data)
{
  UlPart *part = new_part (name);
  gsize len;
  const guint8 *bytes = g_bytes_get_data (data, &len);

  part->data = g_bytes_ref (data);
  ul_digests_of (bytes, len, &part->digests);
  return take (self, part);
}

const UlPart *
ul_parts_add_text (UlParts *self, const char *name, const char *text)
{
  g_autoptr (GBytes) data = g_bytes_new (text, strlen (text));

  return ul_parts_add (self, name, data);
}

const UlPart *
ul_parts_add_file (UlParts *self, const char *name, const char *path, GError **error)
{
  UlPart *part = new_part (name);

  part->path = g_strdup (path);
  if (ul_digests_of_file (path, &part->digests, error))
    return take (self, part);
  part_free (part);
  return NULL;
}

static gboolean
hash_chunk (const guint8 *data, gsize len, gpointer user_data, GError **error)
{
  ul_hasher_add (user_data, data, len);
  return TRUE;
}

const UlPart *
ul_parts_add_member (UlParts *self, UlZipReader *from, const char *name, const char *new_name, GError **error)
{
  g_autoptr (UlHasher) hasher = ul_hasher_new ();

  if (!g_str_equal (name, new_name)) {
    g_autoptr (GBytes) data = ul_zip_reader_get (from, name, 1u << 20, error);
    return data ? ul_parts_add (self, new_name, data) : NULL;
  }
  if (!ul_zip_reader_stream (from, name, hash_chunk, hasher, error))
    return NULL;
  UlPart *part = new_part (name);
  part->from = from;
  ul_hasher_finish (hasher, &part->digests);
  return take (self, part);
}

void
ul_parts_borrow (UlParts *self, const UlParts *other)
{
  for (guint i = 0; i < other->all->len; i++)
    g_ptr_array_add (self->all, g_ptr_array_index (other->all, i));
  self->n_borrowed = self->all->len;
}

guint
ul_parts_n (const UlParts *self)
{
  return self->all->len;
}

const UlPart *
ul_parts_get (const UlParts *self, guint i)
{
  return g_ptr_array_index (self->all, i);
}

/* --- writing ------------------------------------------------------------------------ */

typedef struct {
  UlZipWriter *writer;
  UlHasher *hasher;
} Copy;

static gboolean
copy_chunk (const guint8 *data, gsize len, gpointer user_data, GError **error)
{
  Copy *copy = user_data;

  ul_hasher_add (copy->hasher, data, len);
  return ul_zip_writer_data (copy->writer, data, len, error);
}

static gboolean
copy_file (Copy *copy, const char *path, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK_BYTES);
  g_autofree char *shown = ul_redact (path, -1);
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gboolean good = fd >= 0;
  gssize n = good ? 1 : -1;

  while (good && n != 0) {
    n = read (fd, buffer, CHUNK_BYTES);
    if (n < 0 && errno != EINTR)
      break;
    good = n <= 0 || copy_chunk (buffer, (gsize) n, copy, error);
  }
  if (n < 0)
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_NO_INPUT, "%s: %s", shown, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return good && n == 0;
}

static gboolean
write_part (UlZipWriter *writer, const UlPart *part, GError **error)
{
  g_autoptr (UlHasher) hasher = ul_hasher_new ();
  Copy copy = { writer, hasher };
  g_auto (UlDigests) now = { 0 };

  if (part->data)
    return ul_zip_writer_add (writer, part->name, g_bytes_get_data (part->data, NULL), g_bytes_get_size (part->data), error);
  if (!ul_zip_writer_begin (writer, part->name, part->digests.bytes, error)
      || !(part->path ? copy_file (&copy, part->path, error) : ul_zip_reader_stream (part->from, part->name, copy_chunk, &copy, error)))
    return FALSE;
  ul_hasher_finish (hasher, &now);
  if (g_str_equal (now.sha256, part->digests.sha256) && g_str_equal (now.sha512, part->digests.sha512))
    return TRUE;
  g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "%s: it changed while the bundle was written", part->name);
  return FALSE;
}

static gboolean
write_sums (const UlParts *self, UlZipWriter *writer, gboolean long_ones, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->all->len; i++) {
    const UlPart *part = g_ptr_array_index (self->all, i);
    g_string_append_printf (text, "%s  %s\n", long_ones ? part->digests.sha512 : part->digests.sha256, part->name);
  }
  return ul_zip_writer_add (writer, long_ones ? UL_BUNDLE_SHA512SUMS : UL_BUNDLE_SHA256SUMS, (const guint8 *) text->str, text->len, error);
}

gboolean
ul_parts_write (UlParts *self, const char *path, GError **error)
{
  g_autoptr (UlZipWriter) writer = ul_zip_writer_new (path, error);

  for (guint i = 0; writer && i < self->all->len; i++)
    if (!write_part (writer, g_ptr_array_index (self->all, i), error))
      return FALSE;
  return writer && write_sums (self, writer, FALSE, error) && write_sums (self, writer, TRUE, error) && ul_zip_writer_finish (writer, error);
}
