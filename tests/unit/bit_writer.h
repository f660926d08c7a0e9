/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes RBSPs and NAL units for the tests of src/bitstream. */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct {
  GByteArray *bytes;
  guint n; /* bits in the last byte, 0: none under way */
} BitWriter;

static inline BitWriter
bw_new (void)
{
  return (BitWriter){ g_byte_array_new (), 0 };
}

static inline void
bw_u (BitWriter *w, guint n, guint64 value)
{
  for (guint i = n; i-- > 0;) {
    guint8 zero = 0;
    if (w->n == 0)
      g_byte_array_append (w->bytes, &zero, 1);
    w->bytes->data[w->bytes->len - 1] |= (guint8) ((value >> i & 1) << (7 - w->n));
    w->n = (w->n + 1) & 7;
  }
}

static inline void
bw_ue (BitWriter *w, guint64 value)
{
  guint zeros = 63 - (guint) __builtin_clzll (value + 1);

  bw_u (w, zeros, 0);
  bw_u (w, zeros + 1, value + 1);
}

static inline void
bw_se (BitWriter *w, gint64 value)
{
  bw_ue (w, value > 0 ? (guint64) (2 * value - 1) : (guint64) (-2 * value));
}

static inline void
bw_trailing (BitWriter *w)
{
  bw_u (w, 1, 1);
  while (w->n)
    bw_u (w, 1, 0);
}

/* The NAL unit with emulation prevention; frees the writer. */
static inline GByteArray *
bw_nal (BitWriter *w)
{
  GByteArray *out = g_byte_array_new ();
  guint zeros = 0;
  guint8 prevention = 3;

  for (guint i = 0; i < w->bytes->len; i++) {
    guint8 byte = w->bytes->data[i];
    if (zeros >= 2 && byte <= 3) {
      g_byte_array_append (out, &prevention, 1);
      zeros = 0;
    }
    g_byte_array_append (out, &byte, 1);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  g_byte_array_unref (w->bytes);
  return out;
}

/* Room for what a test reads later; a test is a process of its own. */
static inline guint8 *
arena (gsize n)
{
  static guint8 bytes[16384];
  static gsize used;

  g_assert (used + n <= sizeof bytes);
  used += n;
  return bytes + used - n;
}

/* Appends a start code (3 or 4 bytes) or a length (0: four bytes), then the NAL unit, which it frees. */
static inline void
put_nal (GByteArray *stream, guint start_code, GByteArray *nal)
{
  static const guint8 code[] = { 0, 0, 0, 1 };
  guint32 length = GUINT32_TO_BE (nal->len);

  if (start_code)
    g_byte_array_append (stream, code + 4 - start_code, start_code);
  else
    g_byte_array_append (stream, (const guint8 *) &length, 4);
  g_byte_array_append (stream, nal->data, nal->len);
  g_byte_array_unref (nal);
}

static inline GByteArray *
raw_nal (const void *data, gsize len)
{
  GByteArray *nal = g_byte_array_new ();

  g_byte_array_append (nal, data, (guint) len);
  return nal;
}

/* H.264 SPS 0, Main, 16x16 macroblocks of 20x15, POC type 0 (6 bits), frame_num of 4 bits, 25 fps as 1/50. */
static inline GByteArray *
make_h264_sps (void)
{
  BitWriter w = bw_new ();

  bw_u (&w, 8, 0x67);
  bw_u (&w, 8, 77);
  bw_u (&w, 8, 0x40);
  bw_u (&w, 8, 30);
  bw_ue (&w, 0); /* seq_parameter_set_id */
  bw_ue (&w, 0); /* log2_max_frame_num_minus4 */
  bw_ue (&w, 0); /* pic_order_cnt_type */
  bw_ue (&w, 2); /* log2_max_pic_order_cnt_lsb_minus4 */
  bw_ue (&w, 1); /* max_num_ref_frames */
  bw_u (&w, 1, 0);
  bw_ue (&w, 19);
  bw_ue (&w, 14);
  bw_u (&w, 1, 1); /* frame_mbs_only_flag */
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1); /* frame_cropping_flag */
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 4);
  bw_u (&w, 1, 1); /* vui */
  bw_u (&w, 1, 1);
  bw_u (&w, 8, 255);
  bw_u (&w, 16, 4);
  bw_u (&w, 16, 4);
  bw_u (&w, 1, 0); /* overscan */
  bw_u (&w, 1, 1); /* video_signal_type */
  bw_u (&w, 3, 5);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1);
  bw_u (&w, 24, 0x010203);
  bw_u (&w, 1, 0); /* chroma_loc */
  bw_u (&w, 1, 1); /* timing */
  bw_u (&w, 32, 1);
  bw_u (&w, 32, 50);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1); /* nal_hrd */
  bw_ue (&w, 0);
  bw_u (&w, 8, 0x34);
  bw_ue (&w, 999);
  bw_ue (&w, 1999);
  bw_u (&w, 1, 0);
  bw_u (&w, 20, 23 << 15 | 15 << 10 | 5 << 5 | 24);
  bw_u (&w, 1, 0); /* vcl_hrd */
  bw_u (&w, 1, 0); /* low_delay */
  bw_u (&w, 1, 1); /* pic_struct_present_flag */
  bw_u (&w, 1, 1); /* bitstream_restriction */
  bw_u (&w, 1, 1);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 10);
  bw_ue (&w, 11);
  bw_ue (&w, 0);
  bw_ue (&w, 1);
  bw_trailing (&w);
  return bw_nal (&w);
}

/* H.264 PPS 0 of SPS 0: CABAC, deblocking control, init QP 28. */
static inline GByteArray *
make_h264_pps (gboolean second_part)
{
  BitWriter w = bw_new ();

  bw_u (&w, 8, 0x68);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, 1); /* entropy_coding_mode_flag */
  bw_u (&w, 1, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, 0);
  bw_u (&w, 2, 0);
  bw_se (&w, 2); /* pic_init_qp_minus26 */
  bw_se (&w, 0);
  bw_se (&w, -3); /* chroma_qp_index_offset */
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 0);
  bw_u (&w, 1, 0);
  if (second_part) {
    bw_u (&w, 1, 1);
    bw_u (&w, 1, 0);
    bw_se (&w, 2);
  }
  bw_trailing (&w);
  return bw_nal (&w);
}

/* An H.264 slice for the two above, filled up with `n` bytes of no meaning. */
static inline GByteArray *
make_h264_slice (gboolean idr, guint first_mb, guint frame_num, guint poc_lsb, guint idr_pic_id, gint qp_delta, guint n)
{
  BitWriter w = bw_new ();

  bw_u (&w, 8, idr ? 0x65 : 0x41);
  bw_ue (&w, first_mb);
  bw_ue (&w, idr ? 7 : 5);
  bw_ue (&w, 0);
  bw_u (&w, 4, frame_num);
  if (idr)
    bw_ue (&w, idr_pic_id);
  bw_u (&w, 6, poc_lsb);
  if (!idr) {
    bw_u (&w, 1, 0); /* num_ref_idx_active_override_flag */
    bw_u (&w, 1, 0); /* ref_pic_list_modification_flag_l0 */
  }
  bw_u (&w, idr ? 2 : 1, 0); /* dec_ref_pic_marking */
  if (!idr)
    bw_ue (&w, 1); /* cabac_init_idc */
  bw_se (&w, qp_delta);
  bw_ue (&w, 0); /* disable_deblocking_filter_idc */
  bw_se (&w, -1);
  bw_se (&w, 2);
  while (w.n)
    bw_u (&w, 1, 1);
  for (guint i = 0; i < n; i++)
    bw_u (&w, 8, i * 37 % 251);
  bw_trailing (&w);
  return bw_nal (&w);
}
