/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTP packets of hostile senders: byte 0 says codec and cuts, then packets with 16-bit lengths before them. */
#include <stdint.h>

#include "examiner.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  UlExaminer *examiner = ul_examiner_new ();

  if (size > 0) {
    UlStreamCodec codec = data[0] & 1 ? UL_STREAM_H265 : UL_STREAM_H264;
    size_t n_pieces = (data[0] >> 1 & 7) + 1u, at = 1;
    gint payload_type = data[0] & 0x80 ? 96 : -1;

    while (at + 2 <= size) {
      size_t len = MIN ((size_t) data[at] << 8 | data[at + 1], size - at - 2), done = 0;
      struct iovec pieces[8];
      guint8 *copy[8];
      guint n = 0;

      at += 2;
      for (; n < n_pieces; n++) {
        size_t k = n + 1 == n_pieces ? len - done : len / n_pieces;
        copy[n] = g_memdup2 (data + at + done, k);
        pieces[n] = (struct iovec){ copy[n], k };
        done += k;
      }
      ul_examiner_feed_rtp (examiner, codec, pieces, n, payload_type, (gint64) at);
      while (n--)
        g_free (copy[n]);
      at += len;
    }
    if (data[0] & 0x40)
      ul_evidence_free (ul_examiner_dup_evidence (examiner));
  }
  ul_examiner_finish (examiner);
  ul_examiner_free (examiner);
  return 0;
}
