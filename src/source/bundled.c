/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An evidence bundle as an input: what was kept of another input is examined again. */
#include <string.h>

#include "base/redact.h"
#include "bundle/check.h"
#include "source/keepsake.h"

#define MAX_BUNDLE_BYTES (512u << 20)
#define MAX_MEMBER_BYTES (1u << 30)
#define FAULTS_TOLD 8

typedef struct {
  UlZipReader *reader;
  GHashTable *members; /* name -> GBytes */
} Members;

static GBytes *
look_up (const char *name, gpointer user_data)
{
  Members *self = user_data;
  GBytes *bytes = g_hash_table_lookup (self->members, name);

  if (bytes || !ul_zip_reader_has (self->reader, name, NULL))
    return bytes;
  bytes = ul_zip_reader_get (self->reader, name, MAX_MEMBER_BYTES, NULL);
  if (bytes)
    g_hash_table_insert (self->members, g_strdup (name), bytes);
  return bytes;
}

static GBytes *
read_all (UlInput *input)
{
  guint64 size = ul_input_size (input);
  guint8 *data = size <= MAX_BUNDLE_BYTES ? g_try_malloc (MAX (size, 1)) : NULL;
  gsize at = 0;

  while (data && at < size) {
    gssize n = ul_input_pread (input, data + at, (gsize) size - at, at);
    if (n <= 0)
      break;
    at += (gsize) n;
  }
  return data ? g_bytes_new_take (data, at) : NULL;
}

static void G_GNUC_PRINTF (2, 3)
warn (UlSourceResult *result, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (result->warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

/* What does not hold of the bundle is told in the report: its evidence may be somebody else's. */
static void
warn_of_faults (UlZipReader *reader, UlSourceResult *result)
{
  UlBundleQuestion question = { 0 };
  g_autoptr (UlBundleVerification) v = ul_bundle_verify (reader, &question, NULL);

  if (!v)
    warn (result, "the bundle has no manifest that could be read: nothing says that its evidence is as it was made");
  for (guint i = 0; v && i < v->faults->len && i < FAULTS_TOLD; i++) {
    const UlBundleFault *fault = g_ptr_array_index (v->faults, i);
    warn (result, "the bundle does not hold: %s: %s ('underlabel bundle verify' tells more)", fault->member ? fault->member : fault->kind, fault->says);
  }
}

gboolean
ul_bundled_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error)
{
  static const guint8 magic[] = { 'P', 'K', 3, 4 };
  guint8 head[sizeof magic];
  g_autoptr (GError) local = NULL;
  UlKeepsakeCounts counts;

  if (ul_input_pread (input, head, sizeof head, 0) != sizeof head || memcmp (head, magic, sizeof magic) != 0)
    return FALSE;
  g_autoptr (GBytes) bytes = read_all (input);
  g_autoptr (UlZipReader) reader = bytes ? ul_zip_reader_new_bytes (bytes, NULL, &local) : NULL;
  if (!reader || !ul_zip_reader_has (reader, UL_KEEPSAKE_INPUT, NULL)) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: a ZIP file, and no bundle that could be read: %s", ul_input_name (input),
                 local ? local->message : bytes ? UL_KEEPSAKE_INPUT " is not in it" : "it is too large");
    return FALSE;
  }
  g_autoptr (GHashTable) kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  Members members = { reader, kept };
  warn_of_faults (reader, result);
  if (!ul_keepsake_read (look_up, &members, result, &counts, &local)) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: %s", ul_input_name (input), local->message);
    return FALSE;
  }
  warn (result, "examined from the evidence that a bundle keeps: %u observations were made again, %u are those of the first examination", counts.n_again,
        counts.n_carried);
  return TRUE;
}
