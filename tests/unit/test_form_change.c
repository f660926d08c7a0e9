/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of two encoders end to end, and encoders that are merely set otherwise. */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/bitstream.h"
#include "seen.h"

/* An encoder and how it is set. */
typedef struct {
  gboolean gaps, vui;  /* gaps_in_frame_num_value_allowed_flag, a VUI */
  guint time_scale;
  guint profile_idc;   /* 77, or 66 with CAVLC */
  guint width, height; /* in macroblocks */
  guint gop;
  gint qp_delta;
  char text;           /* letter of the text by which it names itself, 0: none */
} Encoder;

static const Encoder plain = { .vui = TRUE, .time_scale = 50, .profile_idc = 77, .width = 20, .height = 15, .gop = 10 };

static GByteArray *
make_sps (const Encoder *x)
{
  BitWriter w = bw_new ();

  bw_u (&w, 8, 0x67);
  bw_u (&w, 8, x->profile_idc);
  bw_u (&w, 8, 0);
  bw_u (&w, 8, x->width > 40 ? 40 : 30);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0); /* pic_order_cnt_type */
  bw_ue (&w, 2);
  bw_ue (&w, x->width > 40 ? 1 : 4); /* max_num_ref_frames: what the level has room for */
  bw_u (&w, 1, x->gaps);
  bw_ue (&w, x->width - 1);
  bw_ue (&w, x->height - 1);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, x->width > 40); /* frame_cropping_flag: 1080 of 1088 lines */
  for (guint i = 0; i < 4 && x->width > 40; i++)
    bw_ue (&w, i == 3 ? 4 : 0);
  bw_u (&w, 1, x->vui);
  if (x->vui) {
    bw_u (&w, 4, 0); /* aspect ratio, overscan, signal type, chroma loc: none */
    bw_u (&w, 1, 1); /* timing_info_present_flag */
    bw_u (&w, 32, 1);
    bw_u (&w, 32, x->time_scale);
    bw_u (&w, 1, 1);
    bw_u (&w, 4, 0); /* nal_hrd, vcl_hrd, pic_struct, bitstream_restriction */
  }
  bw_trailing (&w);
  return bw_nal (&w);
}

static GByteArray *
make_pps (const Encoder *x)
{
  BitWriter w = bw_new ();

  bw_u (&w, 8, 0x68);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, x->profile_idc != 66);
  bw_u (&w, 1, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 3, 0);
  bw_se (&w, 0);
  bw_se (&w, 0);
  bw_se (&w, 0);
  bw_u (&w, 3, 4); /* deblocking_filter_control_present_flag */
  bw_trailing (&w);
  return bw_nal (&w);
}

static GByteArray *
make_slice (const Encoder *x, guint i, guint idr_pic_id)
{
  BitWriter w = bw_new ();

  bw_u (&w, 8, i ? 0x41 : 0x65);
  bw_ue (&w, 0);
  bw_ue (&w, i ? 5 : 7);
  bw_ue (&w, 0);
  bw_u (&w, 4, i & 15);
  if (!i)
    bw_ue (&w, idr_pic_id);
  bw_u (&w, 6, 2 * i & 63);
  bw_u (&w, i ? 2 : 0, 0);
  bw_u (&w, i ? 1 : 2, 0);
  if (i && x->profile_idc != 66)
    bw_ue (&w, 0);
  bw_se (&w, x->qp_delta);
  bw_ue (&w, 1);
  while (w.n)
    bw_u (&w, 1, 1);
  for (guint n = 0; n < 200; n++)
    bw_u (&w, 8, 1 + n * 37 % 251);
  bw_trailing (&w);
  return bw_nal (&w);
}

/* user_data_unregistered with the UUID of x264 */
static GByteArray *
make_text (char letter)
{
  static const char head[] = "\x06\x05\x18\xdc\x45\xe9\xbd\xe6\xd9\x48\xb7\x96\x2c\xd8\x20\xd9\x23\xee\xef"
                             "set to ";
  GByteArray *nal = raw_nal (head, sizeof head - 1);
  guint8 end[] = { (guint8) letter, 0x80 };

  g_byte_array_append (nal, end, sizeof end);
  return nal;
}

typedef struct {
  UlEvidence *evidence;
  UlBitstream *bitstream;
  guint n_pictures, n_gops;
  gboolean timed;
} Run;

static Run
run_new (gboolean timed)
{
  UlEvidence *e = ul_evidence_new ();

  return (Run){ e, ul_bitstream_new (UL_CODEC_H264, e), 0, 0, timed };
}

/* 25 pictures a second. */
static void
code (Run *run, const Encoder *x, guint n_gops)
{
  for (guint g = 0; g < n_gops; g++)
    for (guint i = 0; i < x->gop; i++) {
      g_autoptr (GByteArray) unit = g_byte_array_new ();
      if (i == 0) {
        put_nal (unit, 4, make_sps (x));
        put_nal (unit, 4, make_pps (x));
        if (x->text)
          put_nal (unit, 4, make_text (x->text));
      }
      put_nal (unit, 4, make_slice (x, i, (run->n_gops + (i == 0)) & 1));
      run->n_gops += i == 0;
      ul_bitstream_annexb (run->bitstream, unit->data, unit->len, -1, run->timed ? run->n_pictures * G_GINT64_CONSTANT (40000) : -1);
      run->n_pictures++;
    }
}

static UlEvidence *
finish (Run *run)
{
  ul_bitstream_finish (run->bitstream);
  ul_bitstream_free (run->bitstream);
  return run->evidence;
}

static UlEvidence *
joined (const Encoder *a, guint n_a, const Encoder *b, guint n_b)
{
  Run run = run_new (TRUE);

  code (&run, a, n_a);
  code (&run, b, n_b);
  return finish (&run);
}

static void
expect_none (const UlEvidence *e)
{
  cr_assert_null (ul_evidence_first (e, UL_KEY_SHAPE_FORM_CHANGE), "%s", ul_evidence_first (e, UL_KEY_SHAPE_FORM_CHANGE));
  cr_assert_not (warned (e, "joined"));
}

Test (form_change, another_encoder_from_a_picture_on)
{
  Encoder other = plain;

  other.gaps = TRUE;
  other.vui = FALSE;
  other.gop = 25;
  g_autoptr (UlEvidence) e = joined (&plain, 4, &other, 3);
  cr_assert (warned (e, "the coding form of the pictures changes at 1.600 s, picture 41 (SPS form, GOP length): joined from two sources?"));
  cr_assert (has (e, UL_KEY_SHAPE_FORM_CHANGE, "SPS form, GOP length"));
  cr_assert_eq (ul_evidence_n_warnings (e), 1);
}

Test (form_change, without_times_the_picture_is_told)
{
  Run run = run_new (FALSE);
  Encoder other = plain;

  other.gaps = TRUE;
  code (&run, &plain, 3);
  code (&run, &other, 3);
  g_autoptr (UlEvidence) e = finish (&run);
  cr_assert (warned (e, "changes at picture 31 (SPS form): joined"));
}

/* A GOP that is cut short, and another quality: they go with a change, and are none. */
Test (form_change, what_goes_with_a_change)
{
  Run run = run_new (TRUE);
  Encoder cut = plain, other = plain;

  cut.gop = 4;
  other.gaps = TRUE;
  other.qp_delta = 9;
  code (&run, &plain, 3);
  code (&run, &cut, 1);
  code (&run, &other, 3);
  g_autoptr (UlEvidence) e = finish (&run);
  cr_assert (has (e, UL_KEY_SHAPE_FORM_CHANGE, "SPS form, GOP phase, QP"));
}

Test (form_change, one_encoder_has_one_form)
{
  g_autoptr (UlEvidence) e = joined (&plain, 4, &plain, 4);

  expect_none (e);
}

Test (form_change, another_size_rate_and_quality)
{
  Encoder other = plain;

  other.width = 120;
  other.height = 68;
  other.qp_delta = 12;
  other.gop = 25;
  other.time_scale = 25;
  g_autoptr (UlEvidence) e = joined (&plain, 4, &other, 4);
  cr_assert (has (e, UL_KEY_SHAPE_PARAMETER_CHANGE, "SPS"));
  expect_none (e);
}

/* What an operator may set is a sign where the rhythm goes with it. */
Test (form_change, another_profile)
{
  Encoder other = plain, rhythm = plain;

  other.profile_idc = rhythm.profile_idc = 66;
  rhythm.gop = 30;
  g_autoptr (UlEvidence) e = joined (&plain, 4, &other, 4), e2 = joined (&plain, 4, &rhythm, 4);
  expect_none (e);
  cr_assert (has (e2, UL_KEY_SHAPE_FORM_CHANGE, "coding tools, GOP length"));
}

Test (form_change, what_does_not_hold_on)
{
  Run run = run_new (TRUE);
  Encoder other = plain;

  other.gaps = TRUE;
  for (guint i = 0; i < 12; i++) {
    code (&run, &plain, 2);
    code (&run, &other, 1);
  }
  g_autoptr (UlEvidence) e = finish (&run);
  expect_none (e);
}

Test (form_change, many_changes_are_a_few_warnings)
{
  Run run = run_new (TRUE);
  Encoder other = plain;

  other.gaps = TRUE;
  for (guint i = 0; i < 40; i++)
    code (&run, i & 1 ? &other : &plain, 3);
  g_autoptr (UlEvidence) e = finish (&run);
  cr_assert (warned (e, "the coding form of the pictures changes 4 more times"));
  cr_assert_eq (ul_evidence_n_warnings (e), 4);
}

Test (form_change, an_encoder_that_names_itself_anew)
{
  Encoder a = plain, b = plain;

  a.text = 'a';
  b.text = 'b';
  g_autoptr (UlEvidence) only = joined (&a, 4, &b, 4);
  b.gop = 30;
  g_autoptr (UlEvidence) and_rhythm = joined (&a, 4, &b, 4);
  expect_none (only);
  cr_assert (has (and_rhythm, UL_KEY_SHAPE_FORM_CHANGE, "the encoder's own text, GOP length"));
}

Test (form_change, a_text_with_a_count_in_it)
{
  Run run = run_new (TRUE);
  Encoder x = plain;

  for (guint i = 0; i < 20; i++) {
    x.text = (char) ('a' + i);
    x.gop = 26;
    code (&run, &x, 1);
  }
  x.gaps = TRUE;
  for (guint i = 0; i < 4; i++) {
    x.text = (char) ('A' + i);
    code (&run, &x, 1);
  }
  g_autoptr (UlEvidence) e = finish (&run);
  cr_assert (warned (e, "changes at 20.800 s, picture 521 (SPS form"));
  cr_assert_eq (ul_evidence_n_warnings (e), 1);
}

/* What was lost is no rhythm. */
Test (form_change, a_gap_changes_nothing)
{
  Run run = run_new (TRUE);

  code (&run, &plain, 4);
  ul_bitstream_gap (run.bitstream, TRUE);
  code (&run, &plain, 4);
  g_autoptr (UlEvidence) e = finish (&run);
  expect_none (e);
}

/* A stream that goes on may be asked again and again. */
Test (form_change, is_told_while_the_stream_goes_on)
{
  Run run = run_new (TRUE);
  Encoder other = plain;

  other.gaps = TRUE;
  code (&run, &plain, 4);
  guint64 before = ul_bitstream_n_new (run.bitstream);
  code (&run, &other, 3);
  cr_assert_gt (ul_bitstream_n_new (run.bitstream), before);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (UlEvidence) copy = ul_evidence_copy (run.evidence);
    ul_bitstream_write (run.bitstream, copy);
    cr_assert (warned (copy, "SPS form"));
  }
  g_autoptr (UlEvidence) e = finish (&run);
  cr_assert_eq (ul_evidence_n_warnings (e), 1);
}
