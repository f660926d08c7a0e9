/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/source.h"

#include <string.h>

#include "source/live.h"
#include "source/rtsp_url.h"

#define HEAD_BYTES 16

G_DEFINE_QUARK (ul-source-error-quark, ul_source_error)

void
ul_source_result_free (UlSourceResult *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_free (self->sha256);
  g_clear_pointer (&self->mask_salt, g_bytes_unref);
  g_free (self->container);
  g_clear_pointer (&self->streams, g_ptr_array_unref);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  g_free (self);
}

static const char *const kind_names[] = { "recording", "transcript", "live", "packets" };

const char *
ul_input_kind_name (UlInputKind kind)
{
  return kind_names[kind];
}

int
ul_input_kind_from_name (const char *name)
{
  for (guint i = 0; name && i < G_N_ELEMENTS (kind_names); i++)
    if (g_str_equal (name, kind_names[i]))
      return (int) i;
  return -1;
}

UlExaminer *
ul_source_new_stream (const UlSourceResult *self)
{
  UlExaminer *examiner = ul_examiner_new ();

  if (self->keep)
    ul_examiner_keep (examiner);
  return examiner;
}

static void
free_examiner (gpointer data)
{
  ul_examiner_free (data);
}

static UlSourceResult *
new_result (UlInput *input, const UlSourceOptions *options)
{
  UlSourceResult *result = g_new0 (UlSourceResult, 1);

  result->keep = options->keep;
  result->name = g_strdup (ul_input_name (input));
  result->bytes = ul_input_size (input);
  result->streams = g_ptr_array_new_with_free_func (free_examiner);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  return result;
}

static gboolean
refuse_early (UlInput *input, gssize len, GError **error)
{
  const char *name = ul_input_name (input);

  if (ul_input_size (input) == 0)
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: empty", name);
  else if (len <= 0)
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NO_INPUT, "%s: cannot be read", name);
  else
    return FALSE;
  return TRUE;
}

static void
refuse_unknown (UlInput *input, const guint8 *head, gsize len, GError **error)
{
  g_autoptr (GString) bytes = g_string_new (NULL);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (bytes, "%s%02x", i ? " " : "", head[i]);
  g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: not a recording and not a dialogue (first bytes %s)", ul_input_name (input),
               bytes->str);
}

/* The kinds of input in the order of asking: from letters of their own to plain text. */
static gboolean
read_any (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error)
{
  static gboolean (*const readers[]) (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error) = {
    ul_bundled_read, ul_packets_read, ul_recording_read, ul_transcript_read,
  };
  g_autoptr (GError) local = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (readers) && !local; i++)
    if (readers[i](input, options, result, &local))
      return TRUE;
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

UlInput *
ul_source_begin (const char *path, const UlSourceOptions *options)
{
  UlInput *input = ul_source_is_hashed (options) && g_file_test (path, G_FILE_TEST_IS_REGULAR) ? ul_input_open (path, NULL) : NULL;

  if (input && options->mask_salt)
    ul_input_want_mask_salt (input);
  if (input)
    ul_input_hash_start (input);
  return input;
}

static UlInput *
open_input (const char *path, const UlSourceOptions *options, GError **error)
{
  if (options->begun && *options->begun && g_strcmp0 (options->begun_path, path) == 0)
    return g_steal_pointer (options->begun);
  UlInput *input = ul_input_open (path, error);
  if (input && options->mask_salt)
    ul_input_want_mask_salt (input);
  return input;
}

static void
finish_hash (UlInput *input, const UlSourceOptions *options, UlSourceResult *result)
{
  if (!ul_source_is_hashed (options))
    return;
  ul_input_hash_start (input);
  g_autofree char *sha256 = ul_input_hash_finish (input, &result->mask_salt);
  if (!sha256 && !options->no_hash)
    g_ptr_array_add (result->warnings, g_strdup ("no SHA-256: the file could not be read to its end"));
  if (!options->no_hash)
    result->sha256 = g_steal_pointer (&sha256);
}

static UlSourceResult *
read_input (const char *path, const UlSourceOptions *options, GError **error)
{
  g_autoptr (UlInput) input = open_input (path, options, error);
  g_autoptr (UlSourceResult) result = NULL;
  g_autoptr (GError) local = NULL;
  guint8 head[HEAD_BYTES];
  gssize len;

  if (!input)
    return NULL;
  len = ul_input_pread (input, head, sizeof head, 0);
  if (refuse_early (input, len, error))
    return NULL;
  result = new_result (input, options);
  if (!read_any (input, options, result, &local) && !local)
    refuse_unknown (input, head, (gsize) len, &local);
  if (local) {
    ul_input_hash_cancel (input);
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  finish_hash (input, options, result);
  return g_steal_pointer (&result);
}

UlSourceResult *
ul_source_read (const char *path, const UlSourceOptions *options, GError **error)
{
  static const UlSourceOptions defaults = { 0 };

  options = options ? options : &defaults;
  UlSourceResult *result = ul_rtsp_url_is (path) ? ul_live_read (path, options, error) : read_input (path, options, error);
  if (result && options->deep && result->kind != UL_INPUT_RECORDING)
    g_ptr_array_add (result->warnings, g_strdup ("--deep decodes recordings only"));
  return result;
}
