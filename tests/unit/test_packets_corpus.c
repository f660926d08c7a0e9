/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The NAL units that leave the depayloader are those of the elementary stream
 * that others took out of the same capture, byte for byte.  The linker puts the
 * functions below between depayloader and bitstream (--wrap).
 */
#include <criterion/criterion.h>

#include "source/source.h"

#define CAPTURE UL_SOURCE_DIR "/../shared/corpus/recordings/dahua_rtsp_pcapng.pcapng"
#define STREAM UL_SOURCE_DIR "/../shared/corpus/recordings/dahua_rtsp_es.h264"

static GByteArray *seen;
static guint n_seen;

static void
begin (void)
{
  static const guint8 start_code[] = { 0, 0, 0, 1 };

  g_byte_array_append (seen, start_code, sizeof start_code);
  n_seen++;
}

void __real_ul_bitstream_stream_nal (UlBitstream *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us);
void __real_ul_bitstream_nal_begin (UlBitstream *self, gint64 offset, gint64 time_us);
void __real_ul_bitstream_nal_data (UlBitstream *self, const guint8 *data, gsize len);

void
__wrap_ul_bitstream_stream_nal (UlBitstream *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  begin ();
  g_byte_array_append (seen, data, (guint) len);
  __real_ul_bitstream_stream_nal (self, data, len, offset, time_us);
}

void
__wrap_ul_bitstream_nal_begin (UlBitstream *self, gint64 offset, gint64 time_us)
{
  begin ();
  __real_ul_bitstream_nal_begin (self, offset, time_us);
}

void
__wrap_ul_bitstream_nal_data (UlBitstream *self, const guint8 *data, gsize len)
{
  g_byte_array_append (seen, data, (guint) len);
  __real_ul_bitstream_nal_data (self, data, len);
}

Test (packets_corpus, nal_units_are_those_of_the_elementary_stream)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *stream = NULL;
  gsize len;

  if (!g_file_test (CAPTURE, G_FILE_TEST_EXISTS) || !g_file_get_contents (STREAM, &stream, &len, NULL)) {
    g_print ("skipped: no ../shared/corpus\n");
    cr_skip_test ("no ../shared/corpus");
  }
  seen = g_byte_array_new ();
  g_autoptr (UlSourceResult) result = ul_source_read (CAPTURE, NULL, &error);
  cr_assert (result, "%s", error ? error->message : "");
  g_print ("%u NAL units, %u bytes\n", n_seen, seen->len);
  cr_assert_eq (seen->len, len, "%u bytes, not %zu", seen->len, len);
  cr_assert_eq (memcmp (seen->data, stream, len), 0);
  g_byte_array_unref (seen);
}
