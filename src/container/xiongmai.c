/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The .h264 exports of DVRIP recorders.  Layout after go2rtc's pkg/dvrip and
 * the capture "xiongmai_test":
 *
 *   00 00 01 fc|fe codec(8) fps(8) width/8(8) height/8(8) date(le32) length(le32)   intra picture (fe: snapshot)
 *   00 00 01 fd length(le32)                                                        other picture
 *   00 00 01 fa codec(8) rate(8) length(le16)                                       audio
 *   00 00 01 f9 type(8) 0(8) length(le16)                                           information
 *
 * The ids are legal PES ids too, so that the fields are checked and, at the
 * beginning, two heads must follow one another.
 */
#include "container/framed.h"

#include "base/span.h"

#define MAX_PICTURE_BYTES (16 * 1024 * 1024)

static UlCodec
codec_of (guint8 code)
{
  switch (code) {
  case 0x02:
  case 0x12:
    return UL_CODEC_H264;
  case 0x03:
  case 0x13:
  case 0x43:
  case 0x53:
    return UL_CODEC_H265;
  default:
    return UL_CODEC_NONE;
  }
}

static gboolean
read_intra (UlSpan *s, guint8 id, UlFrame *frame)
{
  guint8 codec = ul_span_u8 (s), fps = ul_span_u8 (s), width = ul_span_u8 (s), height = ul_span_u8 (s);
  ul_span_skip (s, 4);
  frame->payload_bytes = ul_span_le32 (s);
  frame->codec = codec_of (codec);
  frame->kind = frame->codec != UL_CODEC_NONE ? UL_FRAME_VIDEO : UL_FRAME_OTHER;
  g_snprintf (frame->text, sizeof frame->text, "%02x codec%u fps%u size%ux%u", id, codec, fps, 8u * width, 8u * height);
  return codec > 0 && codec < 0x80 && width > 0 && height > 0;
}

static gboolean
read_head (const guint8 *data, gsize len, UlFrame *frame)
{
  UlSpan s = ul_span (data, len);

  if (!ul_span_starts_with (&s, "\0\0\1", 3))
    return FALSE;
  ul_span_skip (&s, 3);
  guint8 id = ul_span_u8 (&s);
  gboolean good = TRUE;

  *frame = (UlFrame){ .time_us = -1 };
  switch (id) {
  case 0xfc:
  case 0xfe:
    good = read_intra (&s, id, frame);
    break;
  case 0xfd:
    frame->payload_bytes = ul_span_le32 (&s);
    frame->kind = UL_FRAME_VIDEO;
    g_strlcpy (frame->text, "fd", sizeof frame->text);
    break;
  case 0xfa:
  case 0xf9: {
    guint8 a = ul_span_u8 (&s), b = ul_span_u8 (&s);
    frame->payload_bytes = ul_span_le16 (&s);
    frame->kind = id == 0xfa ? UL_FRAME_AUDIO : UL_FRAME_OTHER;
    g_snprintf (frame->text, sizeof frame->text, "%02x %02x %02x", id, a, b);
    break;
  }
  default:
    return FALSE;
  }
  frame->head_bytes = s.pos;
  return good && !s.error && frame->payload_bytes > 0 && frame->payload_bytes <= MAX_PICTURE_BYTES;
}

const UlFramedFormat ul_xiongmai = { .name = "xiongmai", .min_head_bytes = 8, .max_head_bytes = 16, .read_head = read_head, .probe_frames = 2 };
