/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ul_bitstream_probe(): byte streams told from other bytes by parsing them. */
#include "base/span.h"
#include "bitstream/nal.h"
#include "bitstream/params.h"
#include "bitstream/slice.h"

/* Enough NAL units to judge by; files of tiny ones end the probe early. */
#define MAX_NALS 4096

typedef struct {
  UlCodec codec;
  UlParams *params;
  UlEvidence *evidence;
  guint n, n_bad, n_sps, n_pps, n_slices, n_keys, n_other, n_unspecified;
  gboolean first_slice_ok, seen_slice;
  gint64 sei_end; /* NAL units that begin before it are inside of a SEI */
} Probe;

/*
 * User data that was written without emulation prevention bytes falls apart where it holds
 * 00 00 01: its pieces are no NAL units.  0: it is none, or whole.
 */
static gint64
end_of_user_data (UlCodec codec, const UlNal *nal, guint type)
{
  UlSpan s = ul_span (nal->head, nal->head_len);
  guint64 size = 0;
  guint8 byte;

  if (codec == UL_CODEC_H264 ? type != 6 : type != 39)
    return 0;
  ul_span_skip (&s, codec == UL_CODEC_H264 ? 1 : 2);
  if (ul_span_u8 (&s) != 5) /* user_data_unregistered */
    return 0;
  do {
    byte = ul_span_u8 (&s);
    size += byte;
  } while (byte == 0xff && !s.error);
  return s.error || size <= ul_span_left (&s) || size > UL_NAL_LONG_HEAD_BYTES ? 0 : nal->offset + (gint64) (s.pos + size);
}

static gboolean
h264_header_ok (const UlNal *nal, guint type)
{
  guint ref_idc = nal->head[0] >> 5 & 3;

  if (type == 0 || type == 17 || type == 18 || type == 22 || type == 23)
    return FALSE;
  /* 7.4.1: never zero for these, always zero for delimiters and fillers. */
  if (type == 5 || type == 7 || type == 8 || type == 15)
    return ref_idc != 0;
  return (type < 9 || type > 12 || ref_idc == 0);
}

static gboolean
h265_header_ok (const UlNal *nal, guint type)
{
  guint layer = (nal->head[0] & 1u) << 5 | (guint) nal->head[1] >> 3, tid_plus1 = nal->head[1] & 7u;

  if (tid_plus1 == 0 || layer > 7 || (type >= 10 && type <= 15) || (type >= 22 && type <= 31) || (type > 40 && type < 48))
    return FALSE;
  /* 7.4.2.2: IRAP pictures and parameter sets are of temporal sub-layer 0. */
  return !(type >= 16 && type <= 21) && !(type >= 32 && type <= 33) ? TRUE : tid_plus1 == 1;
}

/* Units that a specification outside the standard gives a meaning: no proof either way. */
static gboolean
is_unspecified (UlCodec codec, guint type)
{
  return codec == UL_CODEC_H264 ? type >= 24 : type >= 48;
}

static gboolean
payload_ok (Probe *p, const UlNal *nal, guint type)
{
  UlWhere where = UL_NOWHERE;
  UlParamsKind kind = ul_params_kind (p->codec, type);
  gboolean h264 = p->codec == UL_CODEC_H264;
  UlShapeSlice slice;

  if (kind != UL_N_PARAMS) {
    guint64 failed = ul_params_n_failed (p->params);
    ul_params_take (p->params, kind, nal, FALSE, &where);
    if (ul_params_n_failed (p->params) != failed)
      return FALSE;
    p->n_sps += kind == UL_PARAMS_SPS;
    p->n_pps += kind == UL_PARAMS_PPS;
    return TRUE;
  }
  if (!ul_nal_is_vcl (p->codec, type)) {
    gboolean aud = type == (h264 ? 9u : 35u);
    p->n_other++;
    return !aud || (nal->len == (h264 ? 2u : 3u) && (nal->tail[nal->tail_len - 1] & 0x1f) == 0x10);
  }
  ul_slice_read (p->codec, nal, p->params, &slice);
  if (!p->seen_slice)
    p->first_slice_ok = slice.first && (!slice.key || slice.type == UL_SHAPE_I) && slice.pic_parameter_set_id < 8;
  p->seen_slice = TRUE;
  p->n_slices++;
  p->n_keys += slice.key;
  if (h264 && !ul_params_complete (p->params) && !slice.redundant)
    return slice.type != UL_SHAPE_UNKNOWN && slice.pic_parameter_set_id < 8 && (!slice.key || slice.type == UL_SHAPE_I)
           && type != 2 && nal->len > 4;
  return !slice.damaged && nal->len > 3;
}

/* Bytes of the shortest NAL unit of a type: ends of sequence and stream are bare headers, a filler can be. */
static guint
shortest (UlCodec codec, guint type)
{
  if (codec == UL_CODEC_H264)
    return type >= 10 && type <= 12 ? 1 : 2;
  return type >= 36 && type <= 38 ? 2 : 3;
}

static void
on_nal (const UlNal *nal, gpointer user_data)
{
  Probe *p = user_data;
  guint type = ul_nal_type (p->codec, nal->head[0]);

  if (p->n >= MAX_NALS || nal->offset < p->sei_end)
    return;
  p->sei_end = end_of_user_data (p->codec, nal, type);
  p->n++;
  p->n_unspecified += is_unspecified (p->codec, type);
  gboolean ok = !(nal->head[0] & 0x80) && nal->head_len >= shortest (p->codec, type)
                && (p->codec == UL_CODEC_H264 ? h264_header_ok (nal, type) : h265_header_ok (nal, type))
                && payload_ok (p, nal, type);
  p->n_bad += !ok;
}

/* 0: it is not this codec; else the more the surer. */
static guint
judge (const Probe *p, gboolean at_start)
{
  if (p->n == 0)
    return 0;
  if (p->n_sps && p->n_pps && p->n_slices) {
    /* Some damage is no reason to refuse, but other bytes may not be most of it. */
    if (p->n_bad * 4 > p->n || p->n_unspecified * 2 > p->n || (!at_start && p->n_bad + p->n_unspecified))
      return 0;
    return 1000 + (p->n - p->n_bad - p->n_unspecified);
  }
  if (p->n_bad || p->n_unspecified || !at_start)
    return 0;
  if (p->n_sps || p->n_pps)
    return 100 + p->n;
  return p->n_slices && p->first_slice_ok ? p->n : 0;
}

static guint
try_codec (UlCodec codec, const guint8 *data, gsize len, gboolean at_start)
{
  Probe p = { .codec = codec, .evidence = ul_evidence_new () };
  g_autoptr (UlNalSplitter) splitter = ul_nal_splitter_new (codec, on_nal, NULL, &p);

  p.params = ul_params_new (codec, p.evidence);
  ul_nal_splitter_annexb (splitter, data, len, 0, -1);
  /* The last NAL unit may be cut by the end of what was given: it counts only if it is all there is. */
  if (p.n == 0)
    ul_nal_splitter_flush (splitter);
  guint score = judge (&p, at_start);
  ul_params_free (p.params);
  ul_evidence_free (p.evidence);
  return score;
}

/* MPEG-2 transport packets (188, 192 and 204 bytes) carry start codes too. */
static gboolean
looks_like_ts (const guint8 *data, gsize len)
{
  static const guint sizes[] = { 188, 192, 204 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize start = 0; start < 5; start += 4)
      if (len > start + 2 * sizes[i] && data[start] == 0x47 && data[start + sizes[i]] == 0x47 && data[start + 2 * sizes[i]] == 0x47)
        return TRUE;
  return FALSE;
}

/* The head of another format: letters where a byte stream has zeros. */
static gboolean
starts_with_letters (const guint8 *data, gsize len)
{
  guint n = 0;

  for (gsize i = 0; i < MIN (len, (gsize) 8); i++)
    n += g_ascii_isalnum (data[i]) != 0;
  return n >= 4;
}

UlCodec
ul_bitstream_probe (const guint8 *data, gsize len, gsize *ret_offset)
{
  const guint8 *found = len ? ul_nal_find (data, len, 1) : NULL;
  gsize offset = found ? (gsize) (found - data) : 0;

  if (ret_offset)
    *ret_offset = 0;
  if (!found || looks_like_ts (data, len))
    return UL_CODEC_NONE;
  while (offset > 0 && data[offset - 1] == 0)
    offset--;
  gboolean at_start = offset == 0;
  if (!at_start && starts_with_letters (data, len))
    return UL_CODEC_NONE;
  guint h264 = try_codec (UL_CODEC_H264, data, len, at_start), h265 = try_codec (UL_CODEC_H265, data, len, at_start);
  if (h264 == h265)
    return UL_CODEC_NONE;
  if (ret_offset)
    *ret_offset = offset;
  return h264 > h265 ? UL_CODEC_H264 : UL_CODEC_H265;
}
