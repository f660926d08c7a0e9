/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/source.h"

#include <string.h>

#define HEAD_BYTES 16

G_DEFINE_QUARK (ul-source-error-quark, ul_source_error)

void
ul_source_result_free (UlSourceResult *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_free (self->sha256);
  g_free (self->container);
  g_clear_pointer (&self->streams, g_ptr_array_unref);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  g_free (self);
}

static void
free_examiner (gpointer data)
{
  ul_examiner_free (data);
}

static UlSourceResult *
new_result (UlInput *input)
{
  UlSourceResult *result = g_new0 (UlSourceResult, 1);

  result->name = g_strdup (ul_input_name (input));
  result->bytes = ul_input_size (input);
  result->streams = g_ptr_array_new_with_free_func (free_examiner);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  return result;
}

/* pcap in its four byte orders and resolutions, pcapng's section header block */
static gboolean
is_packet_capture (const guint8 *head, gsize len)
{
  static const char *const magics[] = { "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1", "\x0a\x0d\x0d\x0a" };

  for (gsize i = 0; len >= 4 && i < G_N_ELEMENTS (magics); i++)
    if (memcmp (head, magics[i], 4) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
refuse_early (UlInput *input, const guint8 *head, gssize len, GError **error)
{
  const char *name = ul_input_name (input);

  if (ul_input_size (input) == 0)
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: empty", name);
  else if (len <= 0)
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NO_INPUT, "%s: cannot be read", name);
  else if (is_packet_capture (head, (gsize) len))
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: packet captures are not read", name);
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

UlSourceResult *
ul_source_read (const char *path, const UlSourceOptions *options, GError **error)
{
  static const UlSourceOptions defaults = { 0 };
  g_autoptr (UlInput) input = ul_input_open (path, error);
  g_autoptr (UlSourceResult) result = NULL;
  g_autoptr (GError) local = NULL;
  guint8 head[HEAD_BYTES];
  gssize len;

  if (!input)
    return NULL;
  options = options ? options : &defaults;
  len = ul_input_pread (input, head, sizeof head, 0);
  if (refuse_early (input, head, len, error))
    return NULL;
  result = new_result (input);
  if (!ul_recording_read (input, options, result, &local) && !local && !ul_transcript_read (input, options, result, &local) && !local)
    refuse_unknown (input, head, (gsize) len, &local);
  if (local) {
    ul_input_hash_cancel (input);
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  if (!options->no_hash) {
    ul_input_hash_start (input);
    result->sha256 = ul_input_hash_finish (input);
    if (!result->sha256)
      g_ptr_array_add (result->warnings, g_strdup ("no SHA-256: the file could not be read to its end"));
  }
  return g_steal_pointer (&result);
}
