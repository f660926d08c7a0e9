/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/redact.h"
#include "base/span.h"

#define MAX_NAME_BYTES 255
#define STORE_FROM_BYTES (16u << 20) /* pieces of video do not shrink; and the reader's cap on the ratio begins here */
#define CHUNK_BYTES (64u << 10)
#define MARGIN_BYTES (16u << 20) /* for what is around the members, so that no ZIP64 is needed */

gboolean
ul_zip_name_ok (const char *name)
{
  gsize n = strlen (name);

  if (!n || n > MAX_NAME_BYTES)
    return FALSE;
  for (const char *p = name; *p; p++)
    if (*p < 0x20 || *p > 0x7e || *p == '\\')
      return FALSE;
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  for (char **part = parts; *part; part++)
    if (!**part || g_str_equal (*part, ".") || g_str_equal (*part, ".."))
      return FALSE;
  return TRUE;
}

/* --- writing --------------------------------------------------------------------- */

struct _UlZipWriter {
  char *path, *temporary; /* NULL once it has its name */
  int fd;
  struct archive *archive;
  GHashTable *names;
  guint64 left; /* of the member that is being written */
  guint64 total;
};

static gboolean
output_error (GError **error, const char *path, const char *why)
{
  g_autofree char *shown = ul_redact (path, -1);

  g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_OUTPUT, "%s: cannot be written: %s", shown, why);
  return FALSE;
}

static gboolean
archive_error (UlZipWriter *self, GError **error)
{
  const char *why = archive_error_string (self->archive);

  return output_error (error, self->path, why ? why : "unknown reason");
}

UlZipWriter *
ul_zip_writer_new (const char *path, GError **error)
{
  struct stat there;

  /* A rename would put a file in the place of a device. */
  if (stat (path, &there) == 0 && !S_ISREG (there.st_mode)) {
    output_error (error, path, "it is there and no regular file");
    return NULL;
  }
  g_autoptr (UlZipWriter) self = g_new0 (UlZipWriter, 1);
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  self->path = g_strdup (path);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->archive = archive_write_new ();
  self->fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0666);
  if (self->fd < 0) {
    output_error (error, path, g_strerror (errno));
    return NULL;
  }
  self->temporary = g_steal_pointer (&temporary);
  if (archive_write_set_format_zip (self->archive) != ARCHIVE_OK || archive_write_set_bytes_in_last_block (self->archive, 1) != ARCHIVE_OK
      || archive_write_open_fd (self->archive, self->fd) != ARCHIVE_OK) {
    archive_error (self, error);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
ul_zip_writer_free (UlZipWriter *self)
{
  if (!self)
    return;
  if (self->archive)
    archive_write_free (self->archive);
  if (self->fd >= 0)
    close (self->fd);
  if (self->temporary)
    g_unlink (self->temporary);
  g_clear_pointer (&self->names, g_hash_table_unref);
  g_free (self->temporary);
  g_free (self->path);
  g_free (self);
}

/* What the reader would refuse is not written. */
static gboolean
may_begin (UlZipWriter *self, const char *name, guint64 bytes, GError **error)
{
  g_autofree char *shown = ul_redact (name, -1);
  const char *why = NULL;

  if (!ul_zip_name_ok (name))
    why = "no name for a member of a bundle";
  else if (g_hash_table_contains (self->names, name))
    why = "twice in the bundle";
  else if (g_hash_table_size (self->names) >= UL_ZIP_MAX_MEMBERS)
    why = "a bundle has no more than 4096 members";
  else if (bytes > UL_ZIP_MAX_MEMBER_BYTES)
    why = "a member of a bundle has no more than 1 GiB";
  else if (bytes > UL_ZIP_MAX_TOTAL_BYTES - MARGIN_BYTES - MIN (self->total, UL_ZIP_MAX_TOTAL_BYTES - MARGIN_BYTES))
    why = "a bundle has no more than 4 GiB";
  if (why)
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "%s: %s", shown, why);
  return !why;
}

gboolean
ul_zip_writer_begin (UlZipWriter *self, const char *name, guint64 bytes, GError **error)
{
  if (!may_begin (self, name, bytes, error))
    return FALSE;
  if ((bytes > STORE_FROM_BYTES ? archive_write_zip_set_compression_store (self->archive)
                                : archive_write_zip_set_compression_deflate (self->archive)) != ARCHIVE_OK)
    return archive_error (self, error);
  /* Without a time of its own a member gets the first that ZIP knows, 1980-01-01, in every time zone. */
  struct archive_entry *entry = archive_entry_new ();
  archive_entry_set_pathname (entry, name);
  archive_entry_set_mode (entry, AE_IFREG | 0644);
  archive_entry_set_size (entry, (gint64) bytes);
  int code = archive_write_header (self->archive, entry);
  archive_entry_free (entry);
  if (code != ARCHIVE_OK)
    return archive_error (self, error);
  g_hash_table_add (self->names, g_strdup (name));
  self->left = bytes;
  self->total += bytes;
  return TRUE;
}

gboolean
ul_zip_writer_data (UlZipWriter *self, const guint8 *data, gsize len, GError **error)
{
  if (len > self->left)
    return output_error (error, self->path, "a member became longer while it was read");
  while (len) {
    la_ssize_t n = archive_write_data (self->archive, data, len);
    if (n <= 0)
      return archive_error (self, error);
    data += n;
    len -= (gsize) n;
    self->left -= (guint64) n;
  }
  return TRUE;
}

gboolean
ul_zip_writer_add (UlZipWriter *self, const char *name, const guint8 *data, gsize len, GError **error)
{
  return ul_zip_writer_begin (self, name, len, error) && ul_zip_writer_data (self, data, len, error);
}

/* The new name itself is on the disk too, where the file system can do that. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
}

gboolean
ul_zip_writer_finish (UlZipWriter *self, GError **error)
{
  if (self->left)
    return output_error (error, self->path, "a member became shorter while it was read");
  if (archive_write_close (self->archive) != ARCHIVE_OK)
    return archive_error (self, error);
  if (fsync (self->fd) != 0 || g_rename (self->temporary, self->path) != 0)
    return output_error (error, self->path, g_strerror (errno));
  g_clear_pointer (&self->temporary, g_free);
  sync_folder (self->path);
  return TRUE;
}

/* --- reading: the bytes ------------------------------------------------------------ */

/* As the central directory says (APPNOTE.TXT 4.3.12). */
typedef struct {
  char *name;
  guint64 offset, packed, bytes;
} Member;

struct _UlZipReader {
  int fd; /* -1: `memory` */
  GBytes *memory;
  guint64 size;
  UlZipLimits limits;
  GPtrArray *members, *names; /* Member, in the order of the file; their names */
  GHashTable *by_name;        /* char* -> number + 1 */
  /* libarchive's place: it gives members in the order of the file */
  struct archive *archive;
  guint next;      /* the member whose head comes next */
  guint64 at;
  guint8 *chunk;
};

static void
member_free (gpointer data)
{
  Member *m = data;

  g_free (m->name);
  g_free (m);
}

static gssize
read_at (UlZipReader *self, void *buffer, gsize len, guint64 offset)
{
  if (offset >= self->size)
    return 0;
  len = (gsize) MIN (len, self->size - offset);
  if (self->fd >= 0)
    return pread (self->fd, buffer, len, (off_t) offset);
  memcpy (buffer, (const guint8 *) g_bytes_get_data (self->memory, NULL) + offset, len);
  return (gssize) len;
}

static gboolean
read_all_at (UlZipReader *self, guint8 *buffer, gsize len, guint64 offset)
{
  for (gsize done = 0; done < len;) {
    gssize n = read_at (self, buffer + done, len - done, offset + done);
    if (n <= 0)
      return FALSE;
    done += (gsize) n;
  }
  return TRUE;
}

static gboolean
refuse (GError **error, const char *name, const char *why)
{
  g_autofree char *shown = name ? ul_redact (name, -1) : NULL;

  g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "no bundle: %s%s%s", shown ? shown : "", shown ? ": " : "", why);
  return FALSE;
}

/* --- reading: the central directory -------------------------------------------------- */

#define END_BYTES 22
#define END_SIGNATURE 0x06054b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define LOCAL_BYTES 30
#define LOCAL_SIGNATURE 0x04034b50u
#define FLAGS_REFUSED (1u << 0 | 1u << 5 | 1u << 6 | 1u << 13) /* encrypted, a patch, strongly encrypted, masked */

typedef struct {
  guint members;
  guint64 offset, bytes; /* of the central directory */
} End;

/* The end record closes the file: with a comment of the length that it tells. */
static gboolean
find_end (UlZipReader *self, End *ret_end, GError **error)
{
  gsize len = (gsize) MIN (self->size, END_BYTES + 0xffffu);
  g_autofree guint8 *tail = g_malloc (len + 1);

  if (len < END_BYTES || !read_all_at (self, tail, len, self->size - len))
    return refuse (error, NULL, "no ZIP file");
  for (gsize at = len - END_BYTES + 1; at-- > 0;) {
    UlSpan s = ul_span (tail + at, len - at);
    if (ul_span_le32 (&s) != END_SIGNATURE)
      continue;
    guint disk = ul_span_le16 (&s), central_disk = ul_span_le16 (&s), here = ul_span_le16 (&s);
    ret_end->members = ul_span_le16 (&s);
    ret_end->bytes = ul_span_le32 (&s);
    ret_end->offset = ul_span_le32 (&s);
    if (ul_span_le16 (&s) != ul_span_left (&s))
      continue;
    if (disk || central_disk || here != ret_end->members || here == 0xffff || ret_end->offset == G_MAXUINT32
        || ret_end->offset + ret_end->bytes != self->size - len + at)
      return refuse (error, NULL, "its ZIP directory is split, of ZIP64 or not at the end");
    if (here > self->limits.max_members) {
      g_autofree char *why = g_strdup_printf ("%u members, more than %u", here, self->limits.max_members);
      return refuse (error, NULL, why);
    }
    return TRUE;
  }
  return refuse (error, NULL, "no ZIP file, or cut off");
}

static gboolean
member_ok (const UlZipReader *self, const Member *m, guint flags, guint method, guint system, guint32 attributes, GError **error)
{
  guint type = attributes >> 16 & S_IFMT;

  if (!ul_zip_name_ok (m->name))
    return refuse (error, m->name, "a member's name that no bundle has");
  if (g_hash_table_contains (self->by_name, m->name))
    return refuse (error, m->name, "twice in the file");
  if (flags & FLAGS_REFUSED)
    return refuse (error, m->name, "encrypted");
  if (method != 0 && method != 8)
    return refuse (error, m->name, "compressed in another way than deflate");
  if (attributes & 0x10 || ((system == 3 || system == 19) && type && type != S_IFREG))
    return refuse (error, m->name, "a link, a folder or a device, no file");
  if (m->bytes == G_MAXUINT32 || m->packed == G_MAXUINT32 || m->bytes > self->limits.max_member_bytes)
    return refuse (error, m->name, "inflates to more than is allowed");
  if (m->bytes > STORE_FROM_BYTES && m->bytes / self->limits.max_ratio > m->packed)
    return refuse (error, m->name, "inflates too much for its size");
  return TRUE;
}

static gboolean
read_member (UlZipReader *self, UlSpan *s, GError **error)
{
  guint32 signature = ul_span_le32 (s);
  guint system = ul_span_le16 (s) >> 8;
  ul_span_skip (s, 2);
  guint flags = ul_span_le16 (s), method = ul_span_le16 (s);
  ul_span_skip (s, 8);
  guint64 packed = ul_span_le32 (s), bytes = ul_span_le32 (s);
  guint name_len = ul_span_le16 (s), extra_len = ul_span_le16 (s), comment_len = ul_span_le16 (s), disk = ul_span_le16 (s);
  ul_span_skip (s, 2);
  guint32 attributes = ul_span_le32 (s), offset = ul_span_le32 (s);
  const guint8 *name = ul_span_take (s, name_len);
  ul_span_skip (s, (gsize) extra_len + comment_len);
  if (s->error || signature != CENTRAL_SIGNATURE || disk)
    return refuse (error, NULL, "its ZIP directory is damaged");
  if (memchr (name, 0, name_len))
    return refuse (error, NULL, "a member's name with a NUL byte");
  Member *m = g_new0 (Member, 1);
  *m = (Member){ .name = g_strndup ((const char *) name, name_len), .offset = offset, .packed = packed, .bytes = bytes };
  g_ptr_array_add (self->members, m);
  if (!member_ok (self, m, flags, method, system, attributes, error))
    return FALSE;
  g_hash_table_add (self->by_name, m->name);
  return TRUE;
}

static int
by_offset (gconstpointer a, gconstpointer b)
{
  const Member *x = *(const Member *const *) a, *y = *(const Member *const *) b;

  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* One that reads from the front must see the same: heads with the names of the directory, no two members in one place. */
static gboolean
check_local_heads (UlZipReader *self, const End *end, GError **error)
{
  guint64 free_from = 0;

  for (guint i = 0; i < self->members->len; i++) {
    const Member *m = g_ptr_array_index (self->members, i);
    guint8 head[LOCAL_BYTES + MAX_NAME_BYTES];
    gsize name_len = strlen (m->name);
    if (m->offset < free_from || m->offset + LOCAL_BYTES + name_len > end->offset || !read_all_at (self, head, LOCAL_BYTES + name_len, m->offset))
      return refuse (error, m->name, "lies where another member is, or outside");
    UlSpan s = ul_span (head, LOCAL_BYTES + name_len);
    guint32 signature = ul_span_le32 (&s);
    ul_span_skip (&s, 22);
    gsize local_name_len = ul_span_le16 (&s), extra_len = ul_span_le16 (&s);
    if (signature != LOCAL_SIGNATURE || local_name_len != name_len || memcmp (head + LOCAL_BYTES, m->name, name_len) != 0)
      return refuse (error, m->name, "has another head than the ZIP directory says");
    free_from = m->offset + LOCAL_BYTES + name_len + extra_len + m->packed;
    if (free_from > end->offset)
      return refuse (error, m->name, "goes beyond the end");
  }
  return TRUE;
}

static gboolean
read_directory (UlZipReader *self, GError **error)
{
  End end;
  guint64 total = 0;

  if (!find_end (self, &end, error))
    return FALSE;
  /* As large as its members can make it. */
  if (end.bytes > (guint64) end.members * (46 + 3 * 0xffffu) || end.bytes > (8u << 20))
    return refuse (error, NULL, "its ZIP directory is too large");
  g_autofree guint8 *directory = g_malloc (end.bytes + 1);
  if (!read_all_at (self, directory, (gsize) end.bytes, end.offset))
    return refuse (error, NULL, "its ZIP directory cannot be read");
  UlSpan s = ul_span (directory, (gsize) end.bytes);
  for (guint i = 0; i < end.members; i++)
    if (!read_member (self, &s, error))
      return FALSE;
  if (ul_span_left (&s))
    return refuse (error, NULL, "its ZIP directory is longer than its members");
  g_ptr_array_sort (self->members, by_offset);
  g_hash_table_remove_all (self->by_name);
  for (guint i = 0; i < self->members->len; i++) {
    const Member *m = g_ptr_array_index (self->members, i);
    g_hash_table_insert (self->by_name, m->name, GUINT_TO_POINTER (i + 1));
    g_ptr_array_add (self->names, m->name);
    total += m->bytes;
  }
  if (total > self->limits.max_total_bytes)
    return refuse (error, NULL, "its members inflate to more than is allowed");
  return check_local_heads (self, &end, error);
}

/* --- reading: libarchive -------------------------------------------------------------- */

static la_ssize_t
archive_read (struct archive *archive, void *user_data, const void **ret_buffer)
{
  UlZipReader *self = user_data;
  gssize n = read_at (self, self->chunk, CHUNK_BYTES, self->at);

  *ret_buffer = self->chunk;
  if (n > 0)
    self->at += (guint64) n;
  return n;
}

static la_int64_t
archive_seek (struct archive *archive, void *user_data, la_int64_t offset, int whence)
{
  UlZipReader *self = user_data;
  gint64 from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (gint64) self->at : (gint64) self->size;

  if (offset < -from || offset > (gint64) self->size - from)
    return ARCHIVE_FATAL;
  self->at = (guint64) (from + offset);
  return (la_int64_t) self->at;
}

static gboolean
archive_begin (UlZipReader *self)
{
  struct archive *a = archive_read_new ();

  if (self->archive)
    archive_read_free (self->archive);
  self->archive = a;
  self->next = 0;
  self->at = 0;
  return archive_read_support_format_zip_seekable (a) == ARCHIVE_OK && archive_read_set_callback_data (a, self) == ARCHIVE_OK
         && archive_read_set_read_callback (a, archive_read) == ARCHIVE_OK && archive_read_set_seek_callback (a, archive_seek) == ARCHIVE_OK
         && archive_read_open1 (a) == ARCHIVE_OK;
}

/* To the data of member `number`. */
static gboolean
archive_go_to (UlZipReader *self, guint number)
{
  struct archive_entry *entry = NULL;

  if ((!self->archive || number < self->next) && !archive_begin (self))
    return FALSE;
  while (self->next <= number) {
    if (archive_read_next_header (self->archive, &entry) != ARCHIVE_OK)
      return FALSE;
    self->next++;
  }
  const char *name = archive_entry_pathname (entry);
  const Member *m = g_ptr_array_index (self->members, number);
  return name && g_str_equal (name, m->name) && !archive_entry_is_encrypted (entry) && archive_entry_filetype (entry) == AE_IFREG
         && !archive_entry_hardlink (entry) && !archive_entry_symlink (entry);
}

gboolean
ul_zip_reader_stream (UlZipReader *self, const char *name, UlZipFunc func, gpointer user_data, GError **error)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, name));
  guint64 done = 0;
  la_ssize_t n;

  if (!number)
    return refuse (error, name, "no such member");
  const Member *m = g_ptr_array_index (self->members, number - 1);
  g_autofree guint8 *buffer = g_malloc (CHUNK_BYTES);
  if (!archive_go_to (self, number - 1)) {
    g_clear_pointer (&self->archive, archive_read_free);
    return refuse (error, name, "its head is damaged");
  }
  while ((n = archive_read_data (self->archive, buffer, CHUNK_BYTES)) > 0) {
    done += (guint64) n;
    if (done > m->bytes)
      break;
    if (!func (buffer, (gsize) n, user_data, error))
      return FALSE;
  }
  /* Data that end early or have another sum are a warning to libarchive. */
  if (n != 0 || done != m->bytes) {
    g_clear_pointer (&self->archive, archive_read_free);
    return refuse (error, name, "its data are damaged (the ZIP file is broken, cut off or not what it says)");
  }
  return TRUE;
}

static gboolean
append (const guint8 *data, gsize len, gpointer user_data, GError **error)
{
  g_byte_array_append (user_data, data, (guint) len);
  return TRUE;
}

GBytes *
ul_zip_reader_get (UlZipReader *self, const char *name, gsize max_bytes, GError **error)
{
  guint64 bytes = 0;

  if (ul_zip_reader_has (self, name, &bytes) && bytes > MIN (max_bytes, G_MAXINT)) {
    refuse (error, name, "larger than it may be");
    return NULL;
  }
  g_autoptr (GByteArray) all = g_byte_array_new ();
  if (!ul_zip_reader_stream (self, name, append, all, error))
    return NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}

/* --- reading: opening -------------------------------------------------------------------- */

static UlZipReader *
reader_new (const UlZipLimits *limits)
{
  static const UlZipLimits defaults = UL_ZIP_LIMITS;
  UlZipReader *self = g_new0 (UlZipReader, 1);

  self->fd = -1;
  self->limits = limits ? *limits : defaults;
  self->members = g_ptr_array_new_with_free_func (member_free);
  self->names = g_ptr_array_new ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->chunk = g_malloc (CHUNK_BYTES);
  return self;
}

void
ul_zip_reader_free (UlZipReader *self)
{
  if (!self)
    return;
  if (self->archive)
    archive_read_free (self->archive);
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->memory, g_bytes_unref);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->members);
  g_free (self->chunk);
  g_free (self);
}

UlZipReader *
ul_zip_reader_new (const char *path, const UlZipLimits *limits, GError **error)
{
  g_autoptr (UlZipReader) self = reader_new (limits);
  g_autofree char *shown = ul_redact (path, -1);
  struct stat info;

  /* Without O_NONBLOCK, opening a FIFO waits for its writer. */
  self->fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (self->fd < 0 || fstat (self->fd, &info) != 0) {
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_NO_INPUT, "%s: %s", shown, g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (info.st_mode)) {
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "%s: no bundle: no regular file", shown);
    return NULL;
  }
  self->size = (guint64) info.st_size;
  if (!read_directory (self, error)) {
    g_prefix_error (error, "%s: ", shown);
    return NULL;
  }
  return g_steal_pointer (&self);
}

UlZipReader *
ul_zip_reader_new_bytes (GBytes *bytes, const UlZipLimits *limits, GError **error)
{
  g_autoptr (UlZipReader) self = reader_new (limits);

  self->memory = g_bytes_ref (bytes);
  self->size = g_bytes_get_size (bytes);
  return read_directory (self, error) ? g_steal_pointer (&self) : NULL;
}

GPtrArray *
ul_zip_reader_names (const UlZipReader *self)
{
  return self->names;
}

gboolean
ul_zip_reader_has (const UlZipReader *self, const char *name, guint64 *ret_bytes)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, name));

  if (number && ret_bytes)
    *ret_bytes = ((const Member *) g_ptr_array_index (self->members, number - 1))->bytes;
  return number != 0;
}
