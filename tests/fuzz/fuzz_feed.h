/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes into a bitstream in pieces, each in memory of its own size, so that a read beyond it is seen. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bitstream/bitstream.h"

/* `prefix_bytes` 0: a byte stream; else one sample of length-prefixed NAL units that says it has `sample_bytes`. */
static inline void
feed_in_chunks (UlBitstream *b, const uint8_t *data, size_t size, size_t chunk, guint prefix_bytes, size_t sample_bytes)
{
  if (prefix_bytes)
    ul_bitstream_sample_begin (b, prefix_bytes, sample_bytes, 0, -1);
  for (size_t at = 0; at < size; at += chunk) {
    g_autofree guint8 *copy = g_memdup2 (data + at, MIN (chunk, size - at));
    if (prefix_bytes)
      ul_bitstream_sample_data (b, copy, MIN (chunk, size - at));
    else
      ul_bitstream_annexb (b, copy, MIN (chunk, size - at), (gint64) at, -1);
  }
  if (prefix_bytes)
    ul_bitstream_sample_end (b);
}
