/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaVE (Parrot Video Encapsulation, AR.Drone 2.0 developer guide), little endian:
 *
 *   "PaVE" version(8) video_codec(8) header_size(16) payload_size(32)
 *   encoded_stream_width(16) height(16) display_width(16) height(16)
 *   frame_number(32) timestamp(32, ms) total_chunks(8) chunk_index(8) frame_type(8) …
 */
#include "container/framed.h"

#include "base/span.h"

#define MAX_HEADER_BYTES 1024
#define MAX_PAYLOAD_BYTES (16 * 1024 * 1024)
#define CODEC_H264 4 /* MP4_AVC */

static gboolean
read_head (const guint8 *data, gsize len, UlFrame *frame)
{
  UlSpan s = ul_span (data, len);

  if (!ul_span_starts_with (&s, "PaVE", 4))
    return FALSE;
  ul_span_skip (&s, 4);
  guint8 version = ul_span_u8 (&s), codec = ul_span_u8 (&s);
  guint16 header_size = ul_span_le16 (&s);
  guint32 payload_size = ul_span_le32 (&s);
  guint16 width = ul_span_le16 (&s), height = ul_span_le16 (&s);
  ul_span_skip (&s, 8);
  guint32 milliseconds = ul_span_le32 (&s);

  if (s.error || header_size < 28 || header_size > MAX_HEADER_BYTES || payload_size > MAX_PAYLOAD_BYTES)
    return FALSE;
  *frame = (UlFrame){ .head_bytes = header_size,
                      .payload_bytes = payload_size,
                      .time_us = (gint64) milliseconds * 1000,
                      .kind = UL_FRAME_VIDEO,
                      .codec = codec == CODEC_H264 ? UL_CODEC_H264 : UL_CODEC_NONE };
  g_snprintf (frame->text, sizeof frame->text, "version%u codec%u header%u size%ux%u", version, codec, header_size, width, height);
  return TRUE;
}

const UlFramedFormat ul_pave = { .name = "pave",
                                 .magic = "PaVE",
                                 .min_head_bytes = 28,
                                 .max_head_bytes = 64,
                                 .read_head = read_head,
                                 .probe_frames = 1 };
