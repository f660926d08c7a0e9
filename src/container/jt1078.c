/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JT/T 1078-2016, table 19: the packets of vehicle terminals, as one after
 * another in a TCP dump.
 *
 *   "01cd" V,P,X,CC(8) M,PT(8) sequence(16) SIM(BCD[6]) channel(8) type(4) part(4)
 *   [timestamp(64)] [last I interval(16) last frame interval(16)] length(16) payload
 *
 * type: 0 I, 1 P, 2 B, 3 audio, 4 transparent data, which has no timestamp;
 * intervals are there for pictures.  JT/T 1078-2019 has a SIM of ten bytes.
 */
#include "container/framed.h"

#include "base/span.h"

enum { TYPE_I, TYPE_P, TYPE_B, TYPE_AUDIO, TYPE_DATA };

#define PT_H264 98
#define PT_H265 99
#define MAX_LENGTH 1500 /* the standard says 950, terminals send more */

static gboolean
read_with_sim (const guint8 *data, gsize len, guint sim_bytes, UlFrame *frame)
{
  static const char *const names[] = { "I", "P", "B", "audio", "data" };
  UlSpan s = ul_span (data, len);

  ul_span_skip (&s, 4);
  guint8 vpxcc = ul_span_u8 (&s), m_pt = ul_span_u8 (&s);
  ul_span_skip (&s, 2 + sim_bytes);
  guint8 channel = ul_span_u8 (&s), type = ul_span_u8 (&s);
  guint64 time_ms = 0;
  guint pt = m_pt & 127, kind = type >> 4;

  if (kind != TYPE_DATA)
    time_ms = ul_span_be64 (&s);
  if (kind <= TYPE_B)
    ul_span_skip (&s, 4);
  guint16 length = ul_span_be16 (&s);
  if (s.error || vpxcc >> 6 != 2 || kind > TYPE_DATA || (type & 15) > 3 || length == 0 || length > MAX_LENGTH)
    return FALSE;
  *frame = (UlFrame){ .head_bytes = s.pos,
                      .payload_bytes = length,
                      .channel = channel,
                      .time_us = time_ms < G_MAXINT64 / 1000 ? (gint64) time_ms * 1000 : -1,
                      .kind = kind <= TYPE_B ? UL_FRAME_VIDEO : kind == TYPE_AUDIO ? UL_FRAME_AUDIO : UL_FRAME_OTHER,
                      .codec = pt == PT_H264 ? UL_CODEC_H264 : pt == PT_H265 ? UL_CODEC_H265 : UL_CODEC_NONE };
  g_snprintf (frame->text, sizeof frame->text, "%s pt%u sim%u vpxcc%02x", names[kind], pt, sim_bytes, vpxcc);
  return TRUE;
}

static gboolean
read_head (const guint8 *data, gsize len, UlFrame *frame)
{
  UlFrame other;

  if (len < 4 || memcmp (data, "01cd", 4) != 0)
    return FALSE;
  if (read_with_sim (data, len, 6, frame))
    return TRUE;
  if (!read_with_sim (data, len, 10, &other))
    return FALSE;
  *frame = other;
  return TRUE;
}

const UlFramedFormat ul_jt1078 = { .name = "jt1078",
                                   .magic = "01cd",
                                   .min_head_bytes = 18,
                                   .max_head_bytes = 34,
                                   .read_head = read_head,
                                   .probe_frames = 2 };
