/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HXVS: SD card recordings of Hipcam firmware (https://spitzner.org/kkmoon.html):
 *
 *   "HXVS"|"HXVT" width(le32) height(le32) ?(32)            H.264, H.265
 *   "HXVF" length(le32) milliseconds(le32) ?(32) payload     picture
 *   "HXAF" length(le32) milliseconds(le32) ?(32) payload     audio
 *   "HXFI" length(le32) …                                    index at the end
 */
#include "container/framed.h"

#include "base/span.h"

#define HEAD_BYTES 16
#define MAX_PAYLOAD_BYTES (16 * 1024 * 1024)

static gboolean
read_head (const guint8 *data, gsize len, UlFrame *frame)
{
  UlSpan s = ul_span (data, len);
  const guint8 *magic = ul_span_take (&s, 4);
  guint32 a = ul_span_le32 (&s), b = ul_span_le32 (&s);

  if (!magic || magic[0] != 'H' || magic[1] != 'X' || s.error)
    return FALSE;
  *frame = (UlFrame){ .head_bytes = HEAD_BYTES, .time_us = -1 };
  if (memcmp (magic, "HXVS", 4) == 0 || memcmp (magic, "HXVT", 4) == 0) {
    g_snprintf (frame->text, sizeof frame->text, "%.4s size%ux%u", (const char *) magic, a, b);
    /* The codec of all that follows is said by a video frame without payload. */
    frame->kind = UL_FRAME_VIDEO;
    frame->codec = magic[3] == 'S' ? UL_CODEC_H264 : UL_CODEC_H265;
    return a <= 65535 && b <= 65535;
  }
  g_snprintf (frame->text, sizeof frame->text, "%.4s", (const char *) magic);
  frame->payload_bytes = a;
  frame->time_us = (gint64) b * 1000;
  if (memcmp (magic, "HXVF", 4) == 0)
    frame->kind = UL_FRAME_VIDEO;
  else if (memcmp (magic, "HXAF", 4) == 0)
    frame->kind = UL_FRAME_AUDIO;
  else if (memcmp (magic, "HXFI", 4) != 0)
    return FALSE;
  return a <= MAX_PAYLOAD_BYTES;
}

const UlFramedFormat ul_hxvs = { .name = "hxvs", .min_head_bytes = 12, .max_head_bytes = HEAD_BYTES, .read_head = read_head, .probe_frames = 2 };
