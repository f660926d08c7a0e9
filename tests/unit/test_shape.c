/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/bitstream.h"
#include "seen.h"

/* `gops` GOPs of 10 pictures of two slices; start_code 0: length-prefixed. */
static GByteArray *
make_stream (guint gops, guint start_code)
{
  GByteArray *s = g_byte_array_new ();

  for (guint g = 0; g < gops; g++) {
    put_nal (s, start_code ? 4 : 0, make_h264_sps ());
    put_nal (s, start_code, make_h264_pps (TRUE));
    put_nal (s, start_code, raw_nal ("\x06\xe5\x01\x0d\x80", 5));
    for (guint i = 0; i < 10; i++)
      for (guint slice = 0; slice < 2; slice++)
        put_nal (s, start_code, make_h264_slice (i == 0, slice * 140, i, 2 * i, g & 1, i == 0 ? -3 : (gint) i % 3, 200 + 10 * g));
  }
  return s;
}

static UlEvidence *
observe (const guint8 *data, gsize len, gsize chunk)
{
  UlEvidence *e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  for (gsize at = 0; at < len; at += chunk) {
    g_autofree guint8 *copy = g_memdup2 (data + at, MIN (chunk, len - at));
    ul_bitstream_annexb (b, copy, MIN (chunk, len - at), (gint64) at, -1);
  }
  ul_bitstream_finish (b);
  return e;
}

static void
expect (const UlEvidence *e, UlKey key, const char *value)
{
  cr_assert_not_null (ul_evidence_first (e, key), "no %s", ul_key_name (key));
  cr_assert_str_eq (ul_evidence_first (e, key), value, "%s: %s", ul_key_name (key), ul_evidence_first (e, key));
}

Test (shape, what_a_regular_stream_says)
{
  g_autoptr (GByteArray) s = make_stream (4, 3);
  g_autoptr (UlEvidence) e = observe (s->data, s->len, s->len);

  expect (e, UL_KEY_NAL_ORDER, "SPS,PPS,SEI,IDR");
  expect (e, UL_KEY_SHAPE_GOP, "10");
  expect (e, UL_KEY_SHAPE_PATTERN, "I P9");
  expect (e, UL_KEY_SHAPE_SLICES, "2");
  expect (e, UL_KEY_SLICE_QP, "I 25");
  expect (e, UL_KEY_SLICE_IDR_PIC_ID, "toggle");
  expect (e, UL_KEY_SLICE_FRAME_NUM_GAPS, "none");
  expect (e, UL_KEY_SLICE_POC_STEP, "2");
  expect (e, UL_KEY_SHAPE_PARAMETER_SETS, "every-idr");
  expect (e, UL_KEY_SHAPE_SEI_CADENCE, "229 every-idr");
  expect (e, UL_KEY_NAL_START_CODE, "SPS 4");
  cr_assert_null (ul_evidence_first (e, UL_KEY_SHAPE_UNDECODABLE));
  cr_assert_null (ul_evidence_first (e, UL_KEY_NAL_AFTER_STOP_BIT));
}

Test (shape, any_chunking_gives_the_same)
{
  static const gsize chunks[] = { 1, 2, 3, 7, 100, 511, 512, 513, 4096 };
  g_autoptr (GByteArray) s = make_stream (3, 4);
  g_autoptr (UlEvidence) whole = observe (s->data, s->len, s->len);
  g_autofree char *want = dump (whole, TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    g_autoptr (UlEvidence) e = observe (s->data, s->len, chunks[i]);
    g_autofree char *got = dump (e, TRUE);
    cr_assert_str_eq (got, want, "chunks of %zu", chunks[i]);
  }
}

Test (shape, any_chunking_of_damaged_streams_too)
{
  g_autoptr (GRand) r = g_rand_new_with_seed (3);

  for (guint round = 0; round < 30; round++) {
    g_autoptr (GByteArray) s = make_stream (2, 3);
    for (guint i = 0; i < 40; i++)
      s->data[g_rand_int_range (r, 0, (gint) s->len)] = (guint8) (g_rand_int_range (r, 0, 2) ? 0 : g_rand_int_range (r, 0, 256));
    g_autoptr (UlEvidence) whole = observe (s->data, s->len, s->len), cut = observe (s->data, s->len, 1 + round);
    g_autofree char *want = dump (whole, TRUE), *got = dump (cut, TRUE);
    cr_assert_str_eq (got, want);
  }
}

/* But start codes and offsets, the framing changes nothing. */
Test (shape, length_prefixes_say_the_same)
{
  g_autoptr (GByteArray) a = make_stream (3, 3), l = make_stream (3, 0);
  g_autoptr (UlEvidence) ea = observe (a->data, a->len, a->len), el = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, el);
  g_autoptr (GString) without = g_string_new (NULL);

  ul_bitstream_sample_begin (b, 4, l->len, 0, -1);
  for (gsize at = 0; at < l->len; at += 100)
    ul_bitstream_sample_data (b, l->data + at, MIN (100, l->len - at));
  ul_bitstream_sample_end (b);
  ul_bitstream_finish (b);
  cr_assert_eq (ul_bitstream_n_pictures (b), 30);
  g_autofree char *da = dump (ea, FALSE), *dl = dump (el, FALSE);
  g_auto (GStrv) lines = g_strsplit (da, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i] && !g_str_has_prefix (lines[i], "nal.start_code"))
      g_string_append_printf (without, "%s\n", lines[i]);
  cr_assert_str_eq (without->str, dl);
}

Test (shape, single_units_and_glue)
{
  g_autoptr (GByteArray) glued = g_byte_array_new ();
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  put_nal (glued, 4, make_h264_sps ());
  put_nal (glued, 4, make_h264_pps (FALSE));
  g_byte_array_append (glued, (const guint8 *) "\0\0", 2);
  ul_bitstream_nal (b, glued->data, glued->len, UL_AT_LINE (7));
  cr_assert (ul_bitstream_has_parameter_sets (b));
  UlSpsFacts facts = ul_bitstream_sps_facts (b);
  cr_assert_eq (facts.width, 320);
  cr_assert_eq (facts.time_scale, 50);
  ul_bitstream_finish (b);
  expect (e, UL_KEY_NAL_GLUED, "SPS+PPS");
  expect (e, UL_KEY_NAL_TRAILING_ZEROS, "PPS 2");
  cr_assert_eq (ul_evidence_get (e, 0)->first.line, 7);
}

Test (shape, after_the_stop_bit)
{
  GByteArray *sps = make_h264_sps ();
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  g_byte_array_append (sps, (const guint8 *) "\x0d\x0a", 2);
  ul_bitstream_nal (b, sps->data, sps->len, UL_NOWHERE);
  ul_bitstream_finish (b);
  expect (e, UL_KEY_NAL_AFTER_STOP_BIT, "SPS 0d0a");
  g_byte_array_unref (sps);
}

static GByteArray *
make_avcc (void)
{
  GByteArray *r = g_byte_array_new (), *sps = make_h264_sps (), *pps = make_h264_pps (TRUE);

  g_byte_array_append (r, (const guint8 *) "\x01\x4d\x40\x1e\xff\xe1\0", 7);
  guint8 n = (guint8) sps->len;
  g_byte_array_append (r, &n, 1);
  g_byte_array_append (r, sps->data, sps->len);
  g_byte_array_append (r, (const guint8 *) "\x01\0", 2);
  n = (guint8) pps->len;
  g_byte_array_append (r, &n, 1);
  g_byte_array_append (r, pps->data, pps->len);
  g_byte_array_unref (sps);
  g_byte_array_unref (pps);
  return r;
}

Test (shape, configuration_record)
{
  g_autoptr (GByteArray) r = make_avcc ();
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  cr_assert_eq (ul_bitstream_config_record (b, r->data, r->len, 1000), 4);
  cr_assert_eq (ul_bitstream_config_record (b, (const guint8 *) "\0\0\0\1\x67\x42\0\x1e", 8, 0), 0);
  ul_bitstream_finish (b);
  expect (e, UL_KEY_H264_SPS_SIZE, "320x232");
  cr_assert_eq (ul_evidence_get (e, 0)->first.offset, 1008);
  cr_assert_null (ul_evidence_first (e, UL_KEY_SHAPE_PARAMETER_SETS));
  for (gsize n = 0; n < r->len; n++) {
    g_autoptr (UlBitstream) cut = ul_bitstream_new (UL_CODEC_H264, e);
    g_autofree guint8 *copy = g_memdup2 (r->data, n ? n : 1);
    ul_bitstream_config_record (cut, copy, n, 0);
  }
}

Test (shape, undecodable_slices)
{
  g_autoptr (GByteArray) s = g_byte_array_new ();

  put_nal (s, 4, make_h264_sps ());
  put_nal (s, 4, make_h264_pps (FALSE));
  put_nal (s, 4, make_h264_slice (TRUE, 0, 0, 0, 0, 0, 100));
  for (guint i = 0; i < 5; i++)
    put_nal (s, 4, raw_nal ("\x41\x02\x11\x9c\x51\x77\x12\xaf", 8));
  g_autoptr (UlEvidence) e = observe (s->data, s->len, s->len);
  expect (e, UL_KEY_SHAPE_UNDECODABLE, "5");
}

Test (shape, parameter_change)
{
  g_autoptr (GByteArray) s = g_byte_array_new ();

  for (guint i = 0; i < 4; i++) {
    put_nal (s, 4, make_h264_sps ());
    put_nal (s, 4, make_h264_pps (i >= 2));
    put_nal (s, 4, make_h264_slice (TRUE, 0, 0, 0, 0, 0, 100));
  }
  g_autoptr (UlEvidence) e = observe (s->data, s->len, s->len);
  expect (e, UL_KEY_SHAPE_PARAMETER_CHANGE, "PPS");
  expect (e, UL_KEY_SLICE_IDR_PIC_ID, "constant");
}

static UlCodec
probe (const void *data, gsize len)
{
  gsize offset;
  g_autofree guint8 *copy = g_memdup2 (data, len ? len : 1);

  return ul_bitstream_probe (copy, len, &offset);
}

Test (shape, probe)
{
  g_autoptr (GByteArray) s = make_stream (2, 3), slices = g_byte_array_new (), h265 = g_byte_array_new ();
  guint8 noise[5000];
  g_autoptr (GRand) r = g_rand_new_with_seed (5);

  cr_assert_eq (probe (s->data, s->len), UL_CODEC_H264);
  put_nal (slices, 4, make_h264_slice (TRUE, 0, 0, 0, 0, 0, 100));
  cr_assert_eq (probe (slices->data, slices->len), UL_CODEC_H264);
  put_nal (h265, 4, raw_nal ("\x02\x01\xd0\x11\x22\x33\x44\x55", 8));
  put_nal (h265, 4, raw_nal ("\x02\x01\xd0\x21\x22\x33\x44\x55", 8));
  cr_assert_eq (probe (h265->data, h265->len), UL_CODEC_H265);
  for (guint i = 0; i < sizeof noise; i++)
    noise[i] = (guint8) g_rand_int_range (r, 0, 256);
  cr_assert_eq (probe (noise, sizeof noise), UL_CODEC_NONE);
  cr_assert_eq (probe ("", 0), UL_CODEC_NONE);
  cr_assert_eq (probe ("\0\0\1\xba\x44\0\4\0\4\1\0\0\1\xe0\0\x20\x80\0\0", 19), UL_CODEC_NONE);
  cr_assert_eq (probe ("\0\0\1\xb3\x16\0\xf0\xc4\0\0\1\0\0\x0f\xff\xf8\0\0\1\1\x22\x33\x44\x55\0\0\1\2\x22\x33", 30), UL_CODEC_NONE);
  cr_assert_eq (probe ("\x0b\x77\x12\x34\x10\x40\0\0\1\0", 10), UL_CODEC_NONE);
}

/* A key picture counts from its first slice on, once whatever the number of its slices. */
Test (shape, key_pictures_are_counted_as_they_come)
{
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);

  for (guint gop = 0; gop < 3; gop++)
    for (guint picture = 0; picture < 3; picture++)
      for (guint slice = 0; slice < 2; slice++) {
        g_autoptr (GByteArray) s = g_byte_array_new ();
        if (picture == 0 && slice == 0) {
          put_nal (s, 4, make_h264_sps ());
          put_nal (s, 4, make_h264_pps (TRUE));
        }
        put_nal (s, 4, make_h264_slice (picture == 0, slice * 140, picture, 2 * picture, gop & 1, 0, 200));
        g_byte_array_append (s, (const guint8 *) "\0\0\0\1\x0c\x80", 6); /* filler: the slice is whole */
        ul_bitstream_annexb (b, s->data, s->len, 0, -1);
        cr_assert_eq (ul_bitstream_n_key_pictures (b), gop + 1, "GOP %u, picture %u, slice %u", gop, picture, slice);
      }
  ul_bitstream_finish (b);
  cr_assert_eq (ul_bitstream_n_key_pictures (b), 3);
}

Test (shape, a_key_picture_that_loses_a_piece_is_none)
{
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);
  g_autoptr (GByteArray) s = make_stream (1, 4);

  ul_bitstream_annexb (b, s->data, s->len, 0, -1);
  cr_assert_eq (ul_bitstream_n_key_pictures (b), 1);
  g_autoptr (GByteArray) idr = make_h264_slice (TRUE, 0, 0, 0, 1, 0, 200);
  ul_bitstream_stream_nal (b, idr->data, idr->len, -1, -1);
  cr_assert_eq (ul_bitstream_n_key_pictures (b), 2);
  ul_bitstream_gap (b, TRUE);
  cr_assert_eq (ul_bitstream_n_key_pictures (b), 1);
}
