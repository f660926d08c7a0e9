/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DHAV: exports of recorders.  Layout after FFmpeg's libavformat/dhav.c:
 *
 *   "DHAV" type(8) subtype(8) channel(8) subnumber(8) number(le32)
 *   frame_length(le32) date(le32) milliseconds(le16) extension_length(8) checksum(8)
 *   extension payload "dhav" frame_length(le32)
 *
 * type: fd intra picture, fc other picture, f0 audio, f1 auxiliary; date packs
 * second 6, minute 6, hour 5, day 5, month 4 and year-2000 6 bits from bit 0 up.
 */
#include "container/framed.h"

#include "base/span.h"

#define HEAD_BYTES 24
#define TAIL_BYTES 8
#define MAX_FRAME_BYTES (64 * 1024 * 1024)

/* Bytes of an extension entry with its tag, by tag; 0: unknown, the rest cannot be read. */
static guint
entry_bytes (guint8 tag)
{
  switch (tag) {
  case 0x80:
  case 0x81:
  case 0x83:
  case 0x84:
  case 0x85:
  case 0x8b:
  case 0x94:
  case 0x96:
  case 0xa0:
  case 0xb2:
  case 0xb4:
    return 4;
  case 0x82:
  case 0x88:
  case 0x8c:
  case 0x91:
  case 0x92:
  case 0x93:
  case 0x95:
  case 0x9a:
  case 0x9b:
  case 0xb3:
    return 8;
  default:
    return 0;
  }
}

static UlCodec
codec_of (guint8 code)
{
  return code == 0x2 || code == 0x4 || code == 0x8 ? UL_CODEC_H264 : code == 0xc ? UL_CODEC_H265 : UL_CODEC_NONE;
}

static void
read_extension (UlSpan s, UlFrame *frame, GString *text)
{
  while (ul_span_left (&s) > 0) {
    guint8 tag = ul_span_u8 (&s);
    guint n = entry_bytes (tag);
    const guint8 *p = n ? ul_span_take (&s, n - 1) : NULL;

    g_string_append_printf (text, " %02x", tag);
    if (!p)
      return;
    if (tag == 0x81) {
      frame->codec = codec_of (p[1]);
      g_string_append_printf (text, "=codec%u,fps%u", p[1], p[2]);
    } else if (tag == 0x80) {
      g_string_append_printf (text, "=%ux%u", 8u * p[1], 8u * p[2]);
    } else if (tag == 0x82) {
      g_string_append_printf (text, "=%ux%u", (guint) p[3] | (guint) p[4] << 8, (guint) p[5] | (guint) p[6] << 8);
    }
  }
}

/* Microseconds since 2000 of the packed date: the time between frames is what matters. */
static gint64
packed_time_us (guint32 date, guint16 milliseconds)
{
  gint64 day = ((date >> 26) * 12 + ((date >> 22) & 15)) * 31 + ((date >> 17) & 31);

  return (((day * 24 + ((date >> 12) & 31)) * 60 + ((date >> 6) & 63)) * 60 + (date & 63)) * 1000000 + milliseconds % 1000 * 1000;
}

static gboolean
read_head (const guint8 *data, gsize len, UlFrame *frame)
{
  UlSpan s = ul_span (data, len);

  if (!ul_span_starts_with (&s, "DHAV", 4))
    return FALSE;
  ul_span_skip (&s, 4);
  guint8 type = ul_span_u8 (&s);
  ul_span_skip (&s, 1);
  guint8 channel = ul_span_u8 (&s);
  ul_span_skip (&s, 5);
  guint32 frame_length = ul_span_le32 (&s), date = ul_span_le32 (&s);
  guint16 milliseconds = ul_span_le16 (&s);
  guint8 extension_length = ul_span_u8 (&s);
  ul_span_skip (&s, 1);
  if (s.error || type < 0xf0 || frame_length > MAX_FRAME_BYTES || frame_length < (guint32) HEAD_BYTES + TAIL_BYTES + extension_length)
    return FALSE;

  g_autoptr (GString) text = g_string_new (NULL);
  UlSpan extension = ul_span (data + HEAD_BYTES, MIN ((gsize) extension_length, len - HEAD_BYTES));
  *frame = (UlFrame){ .head_bytes = HEAD_BYTES + extension_length,
                      .payload_bytes = frame_length - HEAD_BYTES - TAIL_BYTES - extension_length,
                      .tail_bytes = TAIL_BYTES,
                      .channel = channel,
                      .time_us = packed_time_us (date, milliseconds),
                      .kind = type == 0xfd || type == 0xfc || type == 0xfb || type == 0xfe ? UL_FRAME_VIDEO
                              : type == 0xf0                                               ? UL_FRAME_AUDIO
                                                                                           : UL_FRAME_OTHER };
  g_string_printf (text, "%02x", type);
  read_extension (extension, frame, text);
  g_strlcpy (frame->text, text->str, sizeof frame->text);
  return TRUE;
}

static void
read_marks (const UlReader *reader, const UlTracks *tracks)
{
  guint8 head[5];

  if (reader->pread (reader->user_data, head, sizeof head, 0) == sizeof head && memcmp (head, "DAHUA", 5) == 0)
    ul_evidence_add (ul_tracks_file (tracks), UL_KEY_CONTAINER_MAGIC, "DAHUA", UL_AT_OFFSET (0, 5));
}

const UlFramedFormat ul_dhav = { .name = "dhav",
                                 .magic = "DHAV",
                                 .min_head_bytes = HEAD_BYTES,
                                 .max_head_bytes = HEAD_BYTES + 255,
                                 .read_head = read_head,
                                 .read_marks = read_marks,
                                 .probe_bytes = 64 * 1024,
                                 .probe_frames = 1 };
