/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bitstream room: the first byte picks codec and way in, the rest is the data.
 * What one chunk and many chunks of a byte stream say must be the same.
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz_feed.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static char *
annexb_text (UlCodec codec, const uint8_t *data, size_t size, size_t chunk)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (codec, evidence);
  GString *out = g_string_new (NULL);

  feed_in_chunks (b, data, size, chunk, 0, 0);
  ul_bitstream_finish (b);
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    g_string_append_printf (out, "%d %s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n", o->key, o->value, o->count, o->first.offset);
  }
  return g_string_free (out, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  UlCodec codec = data[0] & 1 ? UL_CODEC_H265 : UL_CODEC_H264;
  guint mode = data[0] >> 1 & 7;
  size_t chunk = 1 + (data[0] >> 4);
  data++;
  size--;
  if (mode <= 1) {
    g_autofree char *whole = annexb_text (codec, data, size, size ? size : 1), *cut = annexb_text (codec, data, size, chunk);
    g_assert (g_str_equal (whole, cut));
    return 0;
  }
  if (mode == 2) {
    gsize offset;
    ul_bitstream_probe (data, size, &offset);
    return 0;
  }
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (codec, evidence);
  if (mode == 3)
    feed_in_chunks (b, data, size, chunk, 1 + (chunk & 3), size + (chunk & 7));
  else if (mode == 4)
    ul_bitstream_config_record (b, data, size, 0);
  else
    ul_bitstream_nal (b, data, size, UL_NOWHERE);
  ul_bitstream_finish (b);
  ul_bitstream_sps_facts (b);
  return 0;
}
