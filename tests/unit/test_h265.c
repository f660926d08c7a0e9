/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/h265.h"
#include "bitstream/nal.h"

static UlSyntax
syntax_of (BitWriter *w)
{
  bw_trailing (w);
  guint8 *rbsp = memcpy (arena (w->bytes->len), w->bytes->data, w->bytes->len);
  UlSyntax s = ul_syntax (rbsp, w->bytes->len);

  g_byte_array_unref (w->bytes);
  return s;
}

static void
put_profile (BitWriter *w)
{
  bw_u (w, 8, 1);
  bw_u (w, 32, 0x60000000);
  bw_u (w, 4, 9);
  bw_u (w, 44, 0);
  bw_u (w, 8, 120);
}

static BitWriter
begin (guint type)
{
  BitWriter w = bw_new ();

  bw_u (&w, 16, type << 9 | 1);
  return w;
}

static UlSyntax
make_vps (void)
{
  BitWriter w = begin (32);

  bw_u (&w, 4, 0);
  bw_u (&w, 2, 3);
  bw_u (&w, 6, 0);
  bw_u (&w, 3, 0);
  bw_u (&w, 1, 1);
  bw_u (&w, 16, 0xffff);
  put_profile (&w);
  bw_u (&w, 1, 1);
  bw_ue (&w, 4);
  bw_ue (&w, 2);
  bw_ue (&w, 0);
  bw_u (&w, 6, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, 1); /* timing */
  bw_u (&w, 32, 1);
  bw_u (&w, 32, 25);
  bw_u (&w, 1, 1);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, 0);
  return syntax_of (&w);
}

static void
put_vui (BitWriter *w)
{
  bw_u (w, 1, 0);
  bw_u (w, 1, 0);
  bw_u (w, 1, 1);
  bw_u (w, 3, 5);
  bw_u (w, 1, 1);
  bw_u (w, 1, 0);
  bw_u (w, 1, 0);
  bw_u (w, 4, 0); /* neutral, field, frame_field, display window */
  bw_u (w, 1, 1);
  bw_u (w, 32, 1000);
  bw_u (w, 32, 30000);
  bw_u (w, 1, 0);
  bw_u (w, 1, 0); /* hrd */
  bw_u (w, 1, 1);
  bw_u (w, 3, 3);
  bw_ue (w, 0);
  bw_ue (w, 2);
  bw_ue (w, 1);
  bw_ue (w, 15);
  bw_ue (w, 14);
}

/* 640x360 in 640x368, one reference of the picture before, and one predicted set. */
static UlSyntax
make_sps (void)
{
  BitWriter w = begin (33);

  bw_u (&w, 4, 0);
  bw_u (&w, 3, 0);
  bw_u (&w, 1, 1);
  put_profile (&w);
  bw_ue (&w, 0);
  bw_ue (&w, 1);
  bw_ue (&w, 640);
  bw_ue (&w, 368);
  bw_u (&w, 1, 1);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 4);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_ue (&w, 4);
  bw_u (&w, 1, 1);
  bw_ue (&w, 4);
  bw_ue (&w, 2);
  bw_ue (&w, 5);
  for (guint i = 0; i < 2; i++) {
    bw_ue (&w, 0);
    bw_ue (&w, 3);
  }
  bw_ue (&w, 1);
  bw_ue (&w, 2);
  bw_u (&w, 1, 0); /* scaling_list_enabled_flag */
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 0);
  bw_ue (&w, 2); /* num_short_term_ref_pic_sets */
  bw_ue (&w, 1);
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1); /* inter_ref_pic_set_prediction_flag: by -1, both used */
  bw_u (&w, 1, 1);
  bw_ue (&w, 0);
  bw_u (&w, 2, 3);
  bw_u (&w, 1, 0); /* long_term */
  bw_u (&w, 2, 1);
  bw_u (&w, 1, 1);
  put_vui (&w);
  bw_u (&w, 1, 0);
  return syntax_of (&w);
}

static UlSyntax
make_pps (void)
{
  BitWriter w = begin (34);

  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_u (&w, 7, 2); /* sign_data_hiding_enabled_flag */
  bw_ue (&w, 0);
  bw_ue (&w, 0);
  bw_se (&w, -2);
  bw_u (&w, 3, 1); /* cu_qp_delta_enabled_flag */
  bw_ue (&w, 1);
  bw_se (&w, 0);
  bw_se (&w, 3);
  bw_u (&w, 6, 0);
  bw_u (&w, 1, 1); /* loop filter across slices */
  bw_u (&w, 1, 1);
  bw_u (&w, 2, 0);
  bw_se (&w, 1);
  bw_se (&w, -1);
  bw_u (&w, 2, 0);
  bw_ue (&w, 0);
  bw_u (&w, 2, 0);
  return syntax_of (&w);
}

Test (h265, vps_form)
{
  UlSyntax s = make_vps ();
  UlH265Vps vps;

  ul_h265_parse_vps (&s, &vps);
  cr_assert (ul_syntax_ok (&s), "%s", s.error);
  g_autofree char *form = ul_h265_vps_form (&vps);
  cr_assert_str_eq (form, "h4001 id0 base11 layers1 sub1 nest1 p1 compat60000000 flags1001 con00000000000 tier0 dpb5,2,0 sets1 "
                          "tick1/odd poctick1 hrd0 ext0");
}

Test (h265, sps_form_and_reference_sets)
{
  UlSyntax s = make_sps ();
  UlH265Sps sps;
  gsize after;

  ul_h265_parse_sps (&s, &sps);
  cr_assert (ul_syntax_ok (&s), "%s", s.error);
  cr_assert (ul_syntax_trailing_bits (&s, &after));
  cr_assert_eq (sps.width, 640);
  cr_assert_eq (sps.height, 360);
  cr_assert_eq (sps.st_rps[1].num_negative_pics, 2);
  cr_assert_eq (sps.st_rps[1].delta_poc[0], -1);
  cr_assert_eq (sps.st_rps[1].delta_poc[1], -2);
  cr_assert_eq (sps.st_rps[1].used, 3);
  g_autofree char *form = ul_h265_sps_form (&sps);
  cr_assert_str_eq (form, "h4201 vps0 sub1 nest1 p1 compat60000000 flags1001 con00000000000 tier0 cf1 cw1 bd8/8 poc8 dpb5,2,5 "
                          "cb3+3 tb2+3 th1/2 scal- amp1 sao1 pcm- strps2 lt- tmvp0 sis1 sar- over- vs5/1 col- chroma- "
                          "neutral0 field0 ffi0 disp- tick1000/2000fps poctick- hrd- br0,1,1,0,2,1,15,14 ext-");
}

Test (h265, pps_form)
{
  UlSyntax s = make_pps ();
  UlH265Pps pps;

  ul_h265_parse_pps (&s, &pps);
  cr_assert (ul_syntax_ok (&s), "%s", s.error);
  g_autofree char *form = ul_h265_pps_form (&pps);
  cr_assert_str_eq (form, "h4401 id0 sps0 dep0 out0 extra0 sdh1 cabac_init0 l0=1 l1=1 qp24 cip0 ts0 cuqp1 cb0 cr3 slqp0 wp0/0 tqb0 "
                          "tiles- wpp0 lfs1 dbc00:1/-1 scal0 lists0 pml2 shext0 ext-");
}

Test (h265, slice_header)
{
  BitWriter w = begin (1);
  UlSyntax s = make_sps ();
  UlH265Sps sps;
  UlH265Pps pps;
  UlH265Slice h;

  ul_h265_parse_sps (&s, &sps);
  s = make_pps ();
  ul_h265_parse_pps (&s, &pps);
  bw_u (&w, 1, 1);
  bw_ue (&w, 0);
  bw_ue (&w, 1); /* P */
  bw_u (&w, 8, 200);
  bw_u (&w, 1, 1);
  bw_u (&w, 1, 1); /* short_term_ref_pic_set_idx */
  bw_u (&w, 2, 2); /* SAO */
  bw_u (&w, 1, 0);
  bw_ue (&w, 2); /* five_minus_max_num_merge_cand */
  bw_se (&w, 7);
  s = syntax_of (&w);
  ul_h265_parse_slice_start (&s, &h);
  ul_h265_parse_slice_rest (&s, &sps, &pps, &h);
  cr_assert (ul_syntax_ok (&s), "%s", s.error);
  cr_assert_eq (h.slice_pic_order_cnt_lsb, 200);
  cr_assert_eq (h.num_pic_total_curr, 2);
  cr_assert_eq (h.slice_qp, 31);
  g_autofree char *form = ul_h265_slice_form (ul_h265_slice_key (&h, &sps, &pps));
  cr_assert_str_eq (form, "P rpssps lt0 tmvp- sao10 override0 rplm- mvdl1- cabac_init- wp0 merge3 cqp- deblock-");
}

Test (h265, every_cut_is_an_error)
{
  UlSyntax whole = make_sps ();
  UlH265Sps sps;

  for (gsize n = 0; n + 2 < whole.bits.n_bits / 8; n++) {
    g_autofree guint8 *copy = g_memdup2 (whole.bits.data, n ? n : 1);
    UlSyntax s = ul_syntax (copy, n);
    ul_h265_parse_sps (&s, &sps);
    cr_assert_not (ul_syntax_ok (&s));
  }
}
