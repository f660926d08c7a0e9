/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/h264.h"
#include "bitstream/nal.h"

static UlSyntax
syntax_of (GByteArray *nal)
{
  guint8 *rbsp = arena (nal->len);
  gsize len = ul_nal_unescape (nal->data, nal->len, rbsp, NULL);

  g_byte_array_unref (nal);
  return ul_syntax (rbsp, len);
}

Test (h264, sps_fields_and_form)
{
  UlSyntax s = syntax_of (make_h264_sps ());
  UlH264Sps sps;
  gsize after;

  ul_h264_parse_sps (&s, &sps);
  cr_assert (ul_syntax_ok (&s));
  cr_assert (ul_syntax_trailing_bits (&s, &after));
  cr_assert_eq (sps.width, 320);
  cr_assert_eq (sps.height, 232);
  cr_assert_eq (sps.vui.nal_hrd.bit_rate_value_minus1[0], 999);
  cr_assert_eq (sps.vui.nal_hrd.time_offset_length, 24);
  g_autofree char *form = ul_h264_sps_form (&sps, TRUE);
  cr_assert_str_eq (form, "h67 p77 c40 mfn4 poc0/6 ref1 gaps0 d81 fmo1 crop1 scal- sar255:same over- vs5/1 col1/2/3 chroma- "
                          "tick1/2fps:1 nal1:24,16,6,24 vcl- lowdelay0 pics1 br1,0,0,10,11,0,1");
}

Test (h264, every_cut_of_an_sps_is_an_error)
{
  g_autoptr (GByteArray) nal = make_h264_sps ();
  guint8 rbsp[128];
  gsize len = ul_nal_unescape (nal->data, nal->len, rbsp, NULL);
  UlH264Sps sps;

  for (gsize n = 0; n + 1 < len; n++) {
    g_autofree guint8 *copy = g_memdup2 (rbsp, n ? n : 1);
    UlSyntax s = ul_syntax (copy, n);
    ul_h264_parse_sps (&s, &sps);
    cr_assert_not (ul_syntax_ok (&s), "%zu bytes", n);
    cr_assert (s.ended);
  }
}

Test (h264, errors_name_the_element)
{
  BitWriter w = bw_new ();
  UlH264Sps sps;

  bw_u (&w, 8, 0x67);
  bw_u (&w, 24, 0x4d4028);
  bw_ue (&w, 40);
  bw_trailing (&w);
  UlSyntax s = syntax_of (bw_nal (&w));
  ul_h264_parse_sps (&s, &sps);
  g_autofree char *text = ul_syntax_error_text (&s);
  cr_assert_str_eq (text, "seq_parameter_set_id is 40 at bit 32 (byte 4)");
}

Test (h264, scaling_lists)
{
  BitWriter w = bw_new ();
  UlH264Sps sps;

  bw_u (&w, 8, 0x67);
  bw_u (&w, 24, 0x640028);
  bw_ue (&w, 0);
  bw_ue (&w, 1);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, 0);
  bw_u (&w, 1, 1);
  /* Every list is coded as sixteens: 8 + 8, then no change. */
  for (guint i = 0; i < 8; i++) {
    bw_u (&w, 1, 1);
    bw_se (&w, 8);
    for (guint k = 1; k < (i < 6 ? 16u : 64u); k++)
      bw_se (&w, 0);
  }
  bw_ue (&w, 0);
  bw_ue (&w, 2);
  bw_ue (&w, 2);
  bw_u (&w, 1, 1);
  bw_ue (&w, 39);
  bw_ue (&w, 21);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1);
  bw_u (&w, 2, 0);
  bw_trailing (&w);
  UlSyntax s = syntax_of (bw_nal (&w));
  ul_h264_parse_sps (&s, &sps);
  cr_assert (ul_syntax_ok (&s));
  g_autofree char *form = ul_h264_sps_form (&sps, TRUE);
  cr_assert_str_eq (form, "h67 p100 c00 mfn4 poc2 ref2 gaps1 d81 fmo1 crop- scalflat vui-");
}

Test (h264, pps_with_and_without_second_part)
{
  UlSyntax s = syntax_of (make_h264_pps (FALSE));
  UlH264Pps pps;

  ul_h264_parse_pps (&s, NULL, &pps);
  cr_assert (ul_syntax_ok (&s));
  g_autofree char *form = ul_h264_pps_form (&pps);
  cr_assert_str_eq (form, "h68 id0 sps0 cabac1 bfpo0 sg0 l0=1 l1=1 wp0/0 qp28 qs26 cqo-3 dbc1 cip0 rpc0 t8- scal- cqo2-");
  s = syntax_of (make_h264_pps (TRUE));
  ul_h264_parse_pps (&s, NULL, &pps);
  g_autofree char *more = ul_h264_pps_form (&pps);
  cr_assert_str_eq (more, "h68 id0 sps0 cabac1 bfpo0 sg0 l0=1 l1=1 wp0/0 qp28 qs26 cqo-3 dbc1 cip0 rpc0 t8=1 scal0 cqo2=2");
}

/* Bytes after the stop bit are not a second part. */
Test (h264, pps_with_bytes_after_the_stop_bit)
{
  GByteArray *nal = make_h264_pps (FALSE);
  guint len = nal->len;
  UlH264Pps pps;
  gsize after;

  g_byte_array_append (nal, (const guint8 *) "\x0d\x0b", 2);
  UlSyntax s = syntax_of (nal);
  ul_h264_parse_pps (&s, NULL, &pps);
  cr_assert (ul_syntax_ok (&s));
  cr_assert_not (pps.more_data);
  cr_assert (ul_syntax_trailing_bits (&s, &after));
  cr_assert_eq (after, len);
}

Test (h264, slice_header)
{
  UlSyntax s = syntax_of (make_h264_sps ());
  UlH264Sps sps;
  UlH264Pps pps;
  UlH264Slice h;

  ul_h264_parse_sps (&s, &sps);
  s = syntax_of (make_h264_pps (FALSE));
  ul_h264_parse_pps (&s, &sps, &pps);
  s = syntax_of (make_h264_slice (FALSE, 0, 7, 14, 0, -5, 20));
  ul_h264_parse_slice_start (&s, &h);
  ul_h264_parse_slice_rest (&s, &sps, &pps, &h);
  cr_assert (ul_syntax_ok (&s));
  cr_assert_eq (h.frame_num, 7);
  cr_assert_eq (h.pic_order_cnt_lsb, 14);
  cr_assert_eq (h.slice_qp, 23);
  cr_assert_eq (h.cabac_init_idc, 1);
  g_autofree char *form = ul_h264_slice_form (ul_h264_slice_key (&h, &sps, &pps));
  cr_assert_str_eq (form, "P ref2 override0 rplm0 wp0 marking0 direct- cabac_init1 deblock0:-1/2 field- redundant-");
  s = syntax_of (make_h264_slice (FALSE, 300, 7, 14, 0, 0, 20));
  ul_h264_parse_slice_start (&s, &h);
  ul_h264_parse_slice_rest (&s, &sps, &pps, &h);
  cr_assert_str_eq (s.error, "first_mb_in_slice");
}

Test (h264, timing_forms)
{
  static const struct {
    guint32 num, scale;
    const char *form;
  } rows[] = {
    { 1, 50, "1/2fps" }, { 1, 25, "1/odd" }, { 1000, 50000, "1000/2000fps" }, { 1000, 15000, "1000/1000fps" },
    { 1001, 60000, "1001/1000n" }, { 3600, 90000, "N/90000" }, { 540000, 27000000, "N/27000000" }, { 100, 5000, "100/n" },
    { 0, 50, "zero" }, { 17, 23, "other" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *form = ul_timing_form (rows[i].num, rows[i].scale);
    cr_assert_str_eq (form, rows[i].form);
  }
}
