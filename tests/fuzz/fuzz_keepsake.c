/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a bundle keeps of an input, read again: the first line of the data says what is said of the input, then come
 * journal, dialogue, byte stream and carried observations, parted by lines of "--".
 */
#include <string.h>

#include "bitstream/dissect.h"
#include "source/keepsake.h"

#define N_PARTS 5

static const char *const names[N_PARTS] = { "evidence/input.json", "evidence/stream-0/journal.jsonl", "evidence/stream-0/dialogue.txt",
                                            "evidence/stream-0/stream.h264", "evidence/stream-0/carried.jsonl" };

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

static GBytes *
look_up (const char *name, gpointer user_data)
{
  GBytes **parts = user_data;

  for (guint i = 0; i < N_PARTS; i++)
    if (g_str_equal (name, names[i]))
      return parts[i];
  return NULL;
}

static void
free_examiner (gpointer data)
{
  ul_examiner_free (data);
}

static void
take (const char *name, const char *media_type, GBytes *data, gpointer user_data)
{
}

static void
dissect (GBytes *bytes)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);

  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++) {
    g_autoptr (UlDissector) dissector = ul_dissector_new (codec);
    ul_dissector_learn (dissector, data, len);
    g_autoptr (UlDissection) parts = ul_dissector_take (dissector, data, len);
    for (guint i = 0; i < parts->fields->len; i++)
      g_assert_cmpuint (((UlField *) g_ptr_array_index (parts->fields, i))->last, <, MAX (len, 1));
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  static const char border[] = "\n--\n";
  GBytes *parts[N_PARTS];
  g_autoptr (GError) error = NULL;
  UlKeepsakeCounts counts;
  gsize at = 0;

  for (guint i = 0; i < N_PARTS; i++) {
    const guint8 *end = at < size ? memmem (data + at, size - at, border, 4) : NULL;
    gsize len = end && i + 1 < N_PARTS ? (gsize) (end - data) - at : size - at;
    parts[i] = g_bytes_new (data + at, len);
    at = MIN (at + len + 4, size);
  }
  UlSourceResult *result = g_new0 (UlSourceResult, 1);
  result->keep = TRUE;
  result->streams = g_ptr_array_new_with_free_func (free_examiner);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  if (ul_keepsake_read (look_up, parts, result, &counts, &error))
    ul_keepsake_write (result, take, NULL, &counts, &error);
  ul_source_result_free (result);
  dissect (parts[3]);
  for (guint i = 0; i < N_PARTS; i++)
    g_bytes_unref (parts[i]);
  return 0;
}
