/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The media stream of Baichuan cameras.  Layout after neolink's
 * crates/core/src/bcmedia/model.rs and the captures "reolink_*_bcmedia_*":
 *
 *   "1001"|"2001" head_size(le32, 32) width(le32) height(le32) ?(8) fps(8) times
 *   "NNdc" "H264"|"H265" length(le32) extra_length(le32) microseconds(le32) ?(le32) extra payload pad8
 *   "05wb" length(le16) length(le16) payload pad8                 AAC
 *   "01wb" length(le16) length(le16) payload pad8                 ADPCM
 *
 * The second digit is 0 for an intra picture and 1 for others.  "00dc" is an AVI
 * chunk id too; the four letters after it and the lengths decide.
 */
#include "container/framed.h"

#include "base/span.h"

#define MAX_EXTRA_BYTES 1024
#define MAX_PICTURE_BYTES (64 * 1024 * 1024)

static guint
pad8 (guint64 n)
{
  return (guint) (-n & 7);
}

static gboolean
read_info (UlSpan *s, const guint8 *magic, UlFrame *frame)
{
  guint32 head_size = ul_span_le32 (s), width = ul_span_le32 (s), height = ul_span_le32 (s);
  ul_span_skip (s, 1);
  guint8 fps = ul_span_u8 (s);

  frame->head_bytes = 32;
  g_snprintf (frame->text, sizeof frame->text, "%.4s fps%u size%ux%u", (const char *) magic, fps, width, height);
  return !s->error && head_size == 32 && width <= 65535 && height <= 65535;
}

static gboolean
read_video (UlSpan *s, const guint8 *magic, UlFrame *frame)
{
  const guint8 *type = ul_span_take (s, 4);

  if (!type || memcmp (type, "H26", 3) != 0 || (type[3] != '4' && type[3] != '5'))
    return FALSE;
  frame->payload_bytes = ul_span_le32 (s);
  guint32 extra = ul_span_le32 (s);
  frame->time_us = ul_span_le32 (s);
  ul_span_skip (s, 4);
  frame->head_bytes = 24 + (guint64) extra;
  frame->tail_bytes = pad8 (frame->payload_bytes);
  frame->kind = UL_FRAME_VIDEO;
  frame->codec = type[3] == '4' ? UL_CODEC_H264 : UL_CODEC_H265;
  g_snprintf (frame->text, sizeof frame->text, "%.4s%.4s extra%u", (const char *) magic, (const char *) type, extra);
  return !s->error && extra <= MAX_EXTRA_BYTES && frame->payload_bytes > 0 && frame->payload_bytes <= MAX_PICTURE_BYTES;
}

static gboolean
read_audio (UlSpan *s, const guint8 *magic, UlFrame *frame)
{
  guint16 length = ul_span_le16 (s), again = ul_span_le16 (s);

  frame->head_bytes = 8;
  frame->payload_bytes = length;
  frame->tail_bytes = pad8 (length);
  frame->kind = UL_FRAME_AUDIO;
  g_snprintf (frame->text, sizeof frame->text, "%.4s", (const char *) magic);
  return !s->error && length > 0 && length == again;
}

static gboolean
read_head (const guint8 *data, gsize len, UlFrame *frame)
{
  UlSpan s = ul_span (data, len);
  const guint8 *magic = ul_span_take (&s, 4);

  *frame = (UlFrame){ .time_us = -1 };
  if (!magic)
    return FALSE;
  if (memcmp (magic, "1001", 4) == 0 || memcmp (magic, "2001", 4) == 0)
    return read_info (&s, magic, frame);
  if (!g_ascii_isdigit (magic[0]) || !g_ascii_isdigit (magic[1]))
    return FALSE;
  if (memcmp (magic + 2, "dc", 2) == 0)
    return read_video (&s, magic, frame);
  return memcmp (magic + 2, "wb", 2) == 0 && read_audio (&s, magic, frame);
}

const UlFramedFormat ul_baichuan = { .name = "baichuan", .min_head_bytes = 8, .max_head_bytes = 32, .read_head = read_head, .probe_frames = 2 };
