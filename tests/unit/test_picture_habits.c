/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What counts as a habit of an encoder, from NAL unit header to the bytes of a picture. */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/bitstream.h"
#include "seen.h"

/* A slice for the parameter sets of bit_writer.h. */
typedef struct {
  guint8 header;      /* 0x65, 0x41, 0x01 … */
  guint slice_type;   /* 5 P, 7 I */
  guint first_mb, frame_num, poc_lsb, idr_pic_id, n_bytes;
  gint qp_delta;
} Slice;

static GByteArray *
make_slice (const Slice *x)
{
  BitWriter w = bw_new ();
  gboolean idr = (x->header & 31) == 5, p = x->slice_type == 5;

  bw_u (&w, 8, x->header);
  bw_ue (&w, x->first_mb);
  bw_ue (&w, x->slice_type);
  bw_ue (&w, 0);
  bw_u (&w, 4, x->frame_num & 15);
  if (idr)
    bw_ue (&w, x->idr_pic_id);
  bw_u (&w, 6, x->poc_lsb & 63);
  if (p)
    bw_u (&w, 2, 0); /* num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0 */
  if (x->header >> 5 & 3)
    bw_u (&w, idr ? 2 : 1, 0); /* dec_ref_pic_marking */
  if (p)
    bw_ue (&w, 0); /* cabac_init_idc */
  bw_se (&w, x->qp_delta);
  bw_ue (&w, 1); /* disable_deblocking_filter_idc */
  while (w.n)
    bw_u (&w, 1, 1);
  for (guint i = 0; i < x->n_bytes; i++)
    bw_u (&w, 8, 1 + i * 37 % 251);
  bw_trailing (&w);
  return bw_nal (&w);
}

typedef struct {
  GByteArray *bytes;
  guint n, frame_num, idr_pic_id;
} Stream;

static Stream
stream_new (void)
{
  return (Stream){ g_byte_array_new (), 0, 0, 0 };
}

static void
put_sets (Stream *s)
{
  put_nal (s->bytes, 4, make_h264_sps ());
  put_nal (s->bytes, 4, make_h264_pps (TRUE));
}

/* A picture of one slice: 'K' is an IDR picture, 'I', 'P'. */
static void
put_picture (Stream *s, char kind, gint qp_delta, guint n_bytes)
{
  Slice x = { .header = kind == 'K' ? 0x65 : 0x41, .slice_type = kind == 'P' ? 5 : 7, .n_bytes = n_bytes, .qp_delta = qp_delta };

  if (kind == 'K') {
    put_sets (s);
    s->n = s->frame_num = 0;
    x.idr_pic_id = s->idr_pic_id++;
  }
  x.frame_num = s->frame_num++;
  x.poc_lsb = 2 * s->n++;
  put_nal (s->bytes, 4, make_slice (&x));
}

static void
put_gop (Stream *s, guint length)
{
  for (guint i = 0; i < length; i++)
    put_picture (s, i ? 'P' : 'K', 0, 200);
}

/* Frees the stream. */
static UlEvidence *
observe (Stream *s)
{
  UlEvidence *e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  ul_bitstream_annexb (b, s->bytes->data, s->bytes->len, 0, -1);
  ul_bitstream_finish (b);
  g_byte_array_unref (s->bytes);
  return e;
}

static gboolean
any (const UlEvidence *e, UlKey key)
{
  return ul_evidence_first (e, key) != NULL;
}

/* --- NAL units --------------------------------------------------------------------------- */

Test (picture_habits, header_byte_of_every_type)
{
  Stream s = stream_new ();

  put_sets (&s);
  put_nal (s.bytes, 4, raw_nal ("\x06\xe5\x01\x0d\x80", 5));
  put_nal (s.bytes, 4, make_slice (&(Slice){ 0x65, 7, .n_bytes = 90 }));
  put_nal (s.bytes, 4, make_slice (&(Slice){ 0x01, 5, .frame_num = 1, .poc_lsb = 2, .n_bytes = 90 }));
  put_nal (s.bytes, 4, make_slice (&(Slice){ 0x61, 5, .frame_num = 1, .poc_lsb = 4, .n_bytes = 90 }));
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert (has (e, UL_KEY_NAL_HEADER, "SPS 67"));
  cr_assert (has (e, UL_KEY_NAL_HEADER, "PPS 68"));
  cr_assert (has (e, UL_KEY_NAL_HEADER, "SEI 06"));
  cr_assert (has (e, UL_KEY_NAL_HEADER, "IDR 65"));
  cr_assert (has (e, UL_KEY_NAL_HEADER, "slice 01"));
  cr_assert (has (e, UL_KEY_NAL_HEADER, "slice 61"));
  cr_assert (has (e, UL_KEY_SLICE_HEADER, "P ref0 override0 rplm0 wp0 marking- direct- cabac_init0 deblock1 field- redundant-"));
}

Test (picture_habits, zeros_and_cabac_zero_words_after_a_slice)
{
  Stream s = stream_new ();

  put_picture (&s, 'K', 0, 90);
  g_byte_array_append (s.bytes, (const guint8 *) "\0\0\3\0\0\3", 6);
  put_picture (&s, 'P', 0, 90);
  g_byte_array_append (s.bytes, (const guint8 *) "\0\0", 2);
  put_picture (&s, 'P', 0, 90);
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert (has (e, UL_KEY_NAL_CABAC_ZERO_WORDS, "IDR"));
  cr_assert_not (has (e, UL_KEY_NAL_CABAC_ZERO_WORDS, "slice"));
  cr_assert (has (e, UL_KEY_NAL_TRAILING_ZEROS, "slice 2"));
}

/* `every`: before each picture, else before the key pictures. */
static UlEvidence *
with_delimiters (gboolean every)
{
  Stream s = stream_new ();

  for (guint i = 0; i < 12; i++) {
    if (every || i % 4 == 0)
      put_nal (s.bytes, 4, raw_nal (i % 4 ? "\x09\x30" : "\x09\x10", 2));
    put_picture (&s, i % 4 ? 'P' : 'K', 0, 90);
  }
  return observe (&s);
}

Test (picture_habits, access_unit_delimiters)
{
  g_autoptr (UlEvidence) every = with_delimiters (TRUE), keys = with_delimiters (FALSE);

  cr_assert (has (every, UL_KEY_NAL_AUD, "IDR 0"));
  cr_assert (has (every, UL_KEY_NAL_AUD, "P 1"));
  cr_assert (has (every, UL_KEY_NAL_ORDER, "AUD,slice"));
  cr_assert (has (every, UL_KEY_SHAPE_AUD_CADENCE, "every-picture"));
  cr_assert (has (keys, UL_KEY_SHAPE_AUD_CADENCE, "every-idr"));
  cr_assert_not (ul_key_vouched (UL_KEY_SHAPE_AUD_CADENCE, UL_PROVENANCE_PARSER_TOUCHED));
}

Test (picture_habits, cadence_of_sei)
{
  Stream s = stream_new ();

  for (guint i = 0; i < 12; i++) {
    if (i == 0)
      put_nal (s.bytes, 4, raw_nal ("\x06\xf0\x01\x0d\x80", 5));
    put_nal (s.bytes, 4, raw_nal ("\x06\xe5\x02\x0d\x0e\x80", 6));
    put_picture (&s, i % 4 ? 'P' : 'K', 0, 90);
  }
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert (has (e, UL_KEY_SHAPE_SEI_CADENCE, "229 every-picture"));
  cr_assert (has (e, UL_KEY_SHAPE_SEI_CADENCE, "240 once"));
  cr_assert (has (e, UL_KEY_SEI_PAYLOAD, "229 2 0d0e"));
}

/* --- counters of slice headers -------------------------------------------------------------- */

Test (picture_habits, idr_pic_id_counts_on)
{
  Stream s = stream_new (), other = stream_new ();

  for (guint i = 0; i < 4; i++)
    put_gop (&s, 2);
  for (guint i = 0; i < 4; i++) {
    other.idr_pic_id = i * i * 3;
    put_gop (&other, 2);
  }
  g_autoptr (UlEvidence) e = observe (&s), e2 = observe (&other);
  cr_assert (has (e, UL_KEY_SLICE_IDR_PIC_ID, "increment"));
  cr_assert (has (e2, UL_KEY_SLICE_IDR_PIC_ID, "other"));
}

Test (picture_habits, frame_num_gaps_and_poc_steps)
{
  Stream s = stream_new ();

  put_gop (&s, 3);
  s.frame_num += 2;
  s.n += 1;
  put_picture (&s, 'P', 0, 90);
  put_picture (&s, 'P', 0, 90);
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert (has (e, UL_KEY_SLICE_FRAME_NUM_GAPS, "1"));
  cr_assert (has (e, UL_KEY_SLICE_POC_STEP, "2"));
  cr_assert (has (e, UL_KEY_SLICE_POC_STEP, "4"));
}

/* --- QP -------------------------------------------------------------------------------------- */

/* Two GOPs of twelve whose P pictures' QP goes to and fro by `step`. */
static UlEvidence *
with_qp_step (gint step)
{
  Stream s = stream_new ();

  for (guint g = 0; g < 3; g++)
    for (guint i = 0; i < 12; i++)
      put_picture (&s, i ? 'P' : 'K', i ? (gint) (i & 1) * -step + 2 : 4, 90);
  return observe (&s);
}

Test (picture_habits, drift_of_the_qp)
{
  static const char *const want[] = { "P constant", "P step1", "P step2", "P step4", "P step4", "P free" };

  for (gint step = 0; step < (gint) G_N_ELEMENTS (want); step++) {
    g_autoptr (UlEvidence) e = with_qp_step (step);
    g_autofree char *after = g_strdup_printf ("after-key %+d", -2 - step);
    cr_assert (has (e, UL_KEY_SLICE_QP_DRIFT, want[step]), "step %d", step);
    cr_assert (has (e, UL_KEY_SLICE_QP_DRIFT, after), "step %d", step);
    cr_assert (has (e, UL_KEY_SLICE_QP, "I 32"));
  }
}

Test (picture_habits, few_pictures_are_no_drift)
{
  Stream s = stream_new ();

  put_gop (&s, 8);
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert_not (any (e, UL_KEY_SLICE_QP_DRIFT));
}

Test (picture_habits, no_step_over_a_gap)
{
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  for (guint part = 0; part < 2; part++) {
    Stream s = stream_new ();
    for (guint i = 0; i < 8; i++)
      put_picture (&s, i ? 'P' : 'K', part ? 9 : 0, 90);
    ul_bitstream_annexb (b, s.bytes->data, s.bytes->len, 0, -1);
    ul_bitstream_gap (b, FALSE);
    g_byte_array_unref (s.bytes);
  }
  ul_bitstream_finish (b);
  cr_assert (has (e, UL_KEY_SLICE_QP_DRIFT, "P constant"));
}

/* --- GOPs ------------------------------------------------------------------------------------- */

static void
expect_rhythm (const guint *lengths, guint n, const char *want)
{
  Stream s = stream_new ();

  for (guint i = 0; i < n; i++)
    put_gop (&s, lengths[i]);
  put_picture (&s, 'K', 0, 90);
  g_autoptr (UlEvidence) e = observe (&s);
  if (want)
    cr_assert (has (e, UL_KEY_SHAPE_GOP_RHYTHM, want), "%s: %s", want, ul_evidence_first (e, UL_KEY_SHAPE_GOP_RHYTHM));
  else
    cr_assert_not (any (e, UL_KEY_SHAPE_GOP_RHYTHM));
}

Test (picture_habits, rhythm_of_gops)
{
  expect_rhythm ((const guint[]){ 5, 5 }, 2, NULL);
  expect_rhythm ((const guint[]){ 5, 5, 5 }, 3, "fixed");
  expect_rhythm ((const guint[]){ 7, 3, 7, 5, 7 }, 5, "cut-short");
  expect_rhythm ((const guint[]){ 4, 8, 4, 12 }, 4, "multiples");
  expect_rhythm ((const guint[]){ 3, 4, 5, 7 }, 4, "varies");
}

Test (picture_habits, virtual_intra_pictures)
{
  Stream s = stream_new ();

  for (guint i = 0; i < 31; i++)
    put_picture (&s, i == 0 ? 'K' : i % 10 ? 'P' : 'I', 0, 90);
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert (has (e, UL_KEY_SHAPE_VIRTUAL_INTRA, "10"));
  cr_assert (has (e, UL_KEY_SHAPE_PATTERN, "I P9 I P9 I P9 I+"));
  cr_assert_not (any (e, UL_KEY_SHAPE_GOP));
}

Test (picture_habits, virtual_intra_pictures_at_will)
{
  Stream s = stream_new ();

  put_picture (&s, 'K', 0, 90);
  for (guint distance = 2; distance < 9; distance++)
    for (guint i = 1; i <= distance; i++)
      put_picture (&s, i < distance ? 'P' : 'I', 0, 90);
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert (has (e, UL_KEY_SHAPE_VIRTUAL_INTRA, "varies"));
}

Test (picture_habits, idr_pictures_are_not_virtual)
{
  Stream s = stream_new ();

  for (guint i = 0; i < 4; i++)
    put_gop (&s, 5);
  g_autoptr (UlEvidence) e = observe (&s);
  cr_assert_not (any (e, UL_KEY_SHAPE_VIRTUAL_INTRA));
  cr_assert_not (any (e, UL_KEY_SHAPE_SKIPPED));
  cr_assert_not (any (e, UL_KEY_SHAPE_SLICE_LAYOUT));
}

/* --- bytes ------------------------------------------------------------------------------------- */

/* Of 32 P pictures every `nth` has nothing coded but its header. */
static UlEvidence *
with_skipped (guint nth)
{
  Stream s = stream_new ();

  for (guint i = 0; i < 33; i++)
    put_picture (&s, i ? 'P' : 'K', 0, i && i % nth == 0 ? 3 : 200);
  return observe (&s);
}

Test (picture_habits, skipped_pictures)
{
  g_autoptr (UlEvidence) most = with_skipped (2), some = with_skipped (4), rare = with_skipped (30);

  cr_assert (has (most, UL_KEY_SHAPE_SKIPPED, "P most"));
  cr_assert (has (some, UL_KEY_SHAPE_SKIPPED, "P some"));
  cr_assert (has (rare, UL_KEY_SHAPE_SKIPPED, "P rare"));
}

static UlEvidence *
with_slices (const guint *first_mb, guint n)
{
  Stream s = stream_new ();

  put_sets (&s);
  for (guint i = 0; i < n; i++)
    put_nal (s.bytes, 4, make_slice (&(Slice){ 0x65, 7, .first_mb = first_mb[i], .n_bytes = 90 }));
  return observe (&s);
}

/* Rows of 20 macroblocks, 15 rows. */
Test (picture_habits, layout_of_slices)
{
  g_autoptr (UlEvidence) equal = with_slices ((const guint[]){ 0, 80, 160, 240 }, 4), last_longer = with_slices ((const guint[]){ 0, 140 }, 2);
  g_autoptr (UlEvidence) uneven = with_slices ((const guint[]){ 0, 40, 160 }, 3), inside = with_slices ((const guint[]){ 0, 80, 165 }, 3);
  g_autoptr (UlEvidence) one = with_slices ((const guint[]){ 0 }, 1), cut = with_slices ((const guint[]){ 80, 160 }, 2);

  cr_assert (has (equal, UL_KEY_SHAPE_SLICE_LAYOUT, "equal-rows"));
  cr_assert (has (equal, UL_KEY_SHAPE_SLICES, "4"));
  cr_assert (has (last_longer, UL_KEY_SHAPE_SLICE_LAYOUT, "rows"));
  cr_assert (has (uneven, UL_KEY_SHAPE_SLICE_LAYOUT, "rows"));
  cr_assert (has (inside, UL_KEY_SHAPE_SLICE_LAYOUT, "inside-rows"));
  cr_assert_not (any (one, UL_KEY_SHAPE_SLICE_LAYOUT));
  cr_assert_not (any (cut, UL_KEY_SHAPE_SLICE_LAYOUT));
}
