/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signing room as the examiner uses it: the first byte picks codec, framing and the size of the
 * pieces, the rest is the stream.  What it says must not depend on the pieces.
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz_feed.h"
#include "signing/verifier.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static UlAuthenticity *
judge (UlCodec codec, const uint8_t *data, size_t size, size_t chunk, gboolean samples)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (codec, evidence);
  g_autoptr (UlVerifier) verifier = ul_verifier_new (codec);

  ul_bitstream_set_reader (b, &ul_verifier_reader, verifier);
  feed_in_chunks (b, data, size / 2, chunk, samples ? 4 : 0, size / 2);
  ul_authenticity_free (ul_verifier_dup_authenticity (verifier));
  feed_in_chunks (b, data + size / 2, size - size / 2, chunk, samples ? 4 : 0, size - size / 2);
  ul_bitstream_finish (b);
  ul_verifier_finish (verifier);
  return ul_verifier_dup_authenticity (verifier);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  UlCodec codec = data[0] & 1 ? UL_CODEC_H265 : UL_CODEC_H264;
  gboolean samples = (data[0] & 6) == 6;
  size_t chunk = 1 + (data[0] >> 3);
  data++;
  size--;
  g_autoptr (UlAuthenticity) whole = judge (codec, data, size, size ? size : 1, samples);
  g_autoptr (UlAuthenticity) cut = judge (codec, data, size, chunk, samples);
  g_autoptr (UlKeyJudgement) key = ul_key_judgement_new (&whole->identity, NULL);
  g_assert (whole->verdict == cut->verdict && g_str_equal (whole->strip, cut->strip) && whole->n_ok == cut->n_ok);
  g_assert (whole->verdict != UL_AUTHENTICITY_OK || whole->n_ok > 0);
  return 0;
}
