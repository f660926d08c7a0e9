/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The form strings of h264.h. */
#include "bitstream/h264.h"

char *
ul_timing_form (guint32 num, guint32 scale)
{
  static const guint32 clocks[] = { 90000, 180000, 27000000, 54000000, 1000000, 10000000 };

  if (num == 0 || scale == 0)
    return g_strdup ("zero");
  for (guint i = 0; i < G_N_ELEMENTS (clocks); i++)
    if (scale == clocks[i])
      return g_strdup_printf ("N/%u", scale);
  switch (num) {
  case 1:
    return g_strdup (scale % 2 == 0 ? "1/2fps" : "1/odd");
  case 1000:
    return g_strdup (scale % 2000 == 0 ? "1000/2000fps" : scale % 1000 == 0 ? "1000/1000fps" : "1000/other");
  case 1001:
    return g_strdup (scale % 1000 == 0 ? "1001/1000n" : "1001/other");
  case 10:
  case 100:
  case 10000:
  case 100000:
    return g_strdup_printf ("%u/n", num);
  default:
    return g_strdup ("other");
  }
}

static const char *
scaling_word (gboolean present, UlScalingKind kind)
{
  static const char *const words[] = { "-", "flat", "default", "list" };

  return present ? words[kind] : "-";
}

char *
ul_h264_hrd_form (const UlH264Hrd *h)
{
  return g_strdup_printf ("%u:%u,%u,%u,%u", h->cpb_cnt_minus1 + 1u, h->initial_cpb_removal_delay_length_minus1 + 1u,
                          h->cpb_removal_delay_length_minus1 + 1u, h->dpb_output_delay_length_minus1 + 1u, h->time_offset_length);
}

static void
append_hrd (GString *out, const char *name, gboolean present, const UlH264Hrd *hrd)
{
  g_autofree char *form = present ? ul_h264_hrd_form (hrd) : g_strdup ("-");

  g_string_append_printf (out, " %s%s", name, form);
}

static void
append_vui_display (GString *out, const UlH264Vui *v)
{
  if (!v->aspect_ratio_info_present_flag)
    g_string_append (out, " sar-");
  else
    g_string_append_printf (out, " sar%u%s", v->aspect_ratio_idc,
                            v->aspect_ratio_idc == 255 && v->sar_width == v->sar_height ? ":same" : "");
  g_string_append (out, !v->overscan_info_present_flag ? " over-" : v->overscan_appropriate_flag ? " over1" : " over0");
  if (v->video_signal_type_present_flag)
    g_string_append_printf (out, " vs%u/%d", v->video_format, v->video_full_range_flag);
  else
    g_string_append (out, " vs-");
  if (v->colour_description_present_flag)
    g_string_append_printf (out, " col%u/%u/%u", v->colour_primaries, v->transfer_characteristics, v->matrix_coefficients);
  else
    g_string_append (out, " col-");
  if (v->chroma_loc_info_present_flag)
    g_string_append_printf (out, " chroma%u/%u", v->chroma_sample_loc_type_top_field, v->chroma_sample_loc_type_bottom_field);
  else
    g_string_append (out, " chroma-");
}

static void
append_vui_timing (GString *out, const UlH264Vui *v)
{
  g_autofree char *tick = ul_timing_form (v->num_units_in_tick, v->time_scale);

  if (v->timing_info_present_flag)
    g_string_append_printf (out, " tick%s:%d", tick, v->fixed_frame_rate_flag);
  else
    g_string_append (out, " tick-");
  append_hrd (out, "nal", v->nal_hrd_parameters_present_flag, &v->nal_hrd);
  append_hrd (out, "vcl", v->vcl_hrd_parameters_present_flag, &v->vcl_hrd);
  if (v->nal_hrd_parameters_present_flag || v->vcl_hrd_parameters_present_flag)
    g_string_append_printf (out, " lowdelay%d", v->low_delay_hrd_flag);
  else
    g_string_append (out, " lowdelay-");
  g_string_append_printf (out, " pics%d", v->pic_struct_present_flag);
  if (v->bitstream_restriction_flag)
    g_string_append_printf (out, " br%d,%u,%u,%u,%u,%u,%u", v->motion_vectors_over_pic_boundaries_flag, v->max_bytes_per_pic_denom,
                            v->max_bits_per_mb_denom, v->log2_max_mv_length_horizontal, v->log2_max_mv_length_vertical,
                            v->max_num_reorder_frames, v->max_dec_frame_buffering);
  else
    g_string_append (out, " br-");
}

char *
ul_h264_sps_form (const UlH264Sps *sps, gboolean vui_ok)
{
  GString *out = g_string_new (NULL);
  gboolean crop = (sps->frame_crop_left_offset | sps->frame_crop_right_offset | sps->frame_crop_top_offset | sps->frame_crop_bottom_offset) != 0;

  g_string_append_printf (out, "h%02x p%u c%02x mfn%u poc%u", sps->nal_header, sps->profile_idc, sps->constraint_flags,
                          sps->log2_max_frame_num_minus4 + 4u, sps->pic_order_cnt_type);
  if (sps->pic_order_cnt_type == 0)
    g_string_append_printf (out, "/%u", sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
  g_string_append_printf (out, " ref%u gaps%d d8%d", sps->max_num_ref_frames, sps->gaps_in_frame_num_value_allowed_flag,
                          sps->direct_8x8_inference_flag);
  if (sps->frame_mbs_only_flag)
    g_string_append (out, " fmo1");
  else
    g_string_append_printf (out, " fmo0/%d", sps->mb_adaptive_frame_field_flag);
  g_string_append (out, !sps->frame_cropping_flag ? " crop-" : crop ? " crop1" : " crop0");
  g_string_append_printf (out, " scal%s", scaling_word (sps->seq_scaling_matrix_present_flag, sps->scaling.kind));
  if (sps->chroma_format_idc != 1 || sps->bit_depth_luma_minus8 || sps->bit_depth_chroma_minus8)
    g_string_append_printf (out, " fmt%u/%u/%u", sps->chroma_format_idc, sps->bit_depth_luma_minus8 + 8u,
                            sps->bit_depth_chroma_minus8 + 8u);
  if (!sps->vui_parameters_present_flag) {
    g_string_append (out, " vui-");
  } else if (!vui_ok) {
    g_string_append (out, " vui!");
  } else {
    append_vui_display (out, &sps->vui);
    append_vui_timing (out, &sps->vui);
  }
  return g_string_free (out, FALSE);
}

char *
ul_h264_pps_form (const UlH264Pps *pps)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "h%02x id%u sps%u cabac%d bfpo%d sg%u", pps->nal_header, pps->pic_parameter_set_id,
                          pps->seq_parameter_set_id, pps->entropy_coding_mode_flag, pps->bottom_field_pic_order_in_frame_present_flag,
                          pps->num_slice_groups_minus1);
  if (pps->num_slice_groups_minus1)
    g_string_append_printf (out, "/%u", pps->slice_group_map_type);
  g_string_append_printf (out, " l0=%u l1=%u wp%d/%u qp%d qs%d cqo%d dbc%d cip%d rpc%d",
                          pps->num_ref_idx_l0_default_active_minus1 + 1u, pps->num_ref_idx_l1_default_active_minus1 + 1u,
                          pps->weighted_pred_flag, pps->weighted_bipred_idc, 26 + pps->pic_init_qp_minus26,
                          26 + pps->pic_init_qs_minus26, pps->chroma_qp_index_offset, pps->deblocking_filter_control_present_flag,
                          pps->constrained_intra_pred_flag, pps->redundant_pic_cnt_present_flag);
  if (pps->more_data)
    g_string_append_printf (out, " t8=%d scal%s cqo2=%d", pps->transform_8x8_mode_flag,
                            pps->pic_scaling_matrix_present_flag ? scaling_word (TRUE, pps->scaling.kind) : "0",
                            pps->second_chroma_qp_index_offset);
  else
    g_string_append (out, " t8- scal- cqo2-");
  return g_string_free (out, FALSE);
}

/* --- slice.header ---------------------------------------------------------------------- */

/* The fields of the key from the lowest bit on. */
enum {
  TYPE_BITS = 3, REF_IDC_BITS = 2, IDR_BITS = 1, OVERRIDE_BITS = 1, L0_BITS = 5, L1_BITS = 5, RPLM_BITS = 2, WP_BITS = 1,
  MARKING_BITS = 2, DIRECT_BITS = 1, CABAC_BITS = 2, DEBLOCK_BITS = 2, ALPHA_BITS = 4, BETA_BITS = 4, FIELD_BITS = 2,
  REDUNDANT_BITS = 2
};

typedef struct {
  guint64 key;
  guint at;
} Packer;

static inline void
put (Packer *p, guint bits, guint value)
{
  p->key |= (guint64) (value & ((1u << bits) - 1)) << p->at;
  p->at += bits;
}

static inline guint
get (Packer *p, guint bits)
{
  guint value = (guint) (p->key >> p->at) & ((1u << bits) - 1);

  p->at += bits;
  return value;
}

guint64
ul_h264_slice_key (const UlH264Slice *h, const UlH264Sps *sps, const UlH264Pps *pps)
{
  Packer p = { 0, 0 };
  gboolean idr = h->nal_unit_type == 5, b = h->slice_type % 5 == UL_SLICE_B, over = h->num_ref_idx_active_override_flag;
  guint marking = idr ? (guint) h->no_output_of_prior_pics_flag << 1 | (guint) h->long_term_reference_flag
                      : (guint) h->adaptive_ref_pic_marking_mode_flag;

  put (&p, TYPE_BITS, h->slice_type % 5);
  put (&p, REF_IDC_BITS, h->nal_ref_idc);
  put (&p, IDR_BITS, (guint) idr);
  put (&p, OVERRIDE_BITS, (guint) over);
  put (&p, L0_BITS, over ? h->num_ref_idx_l0_active_minus1 : 0u);
  put (&p, L1_BITS, over && b ? h->num_ref_idx_l1_active_minus1 : 0u);
  put (&p, RPLM_BITS, (guint) h->ref_pic_list_modification_flag[0] << 1 | (guint) h->ref_pic_list_modification_flag[1]);
  put (&p, WP_BITS, (guint) h->pred_weight_table);
  put (&p, MARKING_BITS, marking);
  put (&p, DIRECT_BITS, (guint) h->direct_spatial_mv_pred_flag);
  put (&p, CABAC_BITS, (guint) (h->cabac_init_idc + 1));
  put (&p, DEBLOCK_BITS, (guint) (h->disable_deblocking_filter_idc + 1));
  put (&p, ALPHA_BITS, (guint) (h->slice_alpha_c0_offset_div2 + 6));
  put (&p, BETA_BITS, (guint) (h->slice_beta_offset_div2 + 6));
  put (&p, FIELD_BITS, sps->frame_mbs_only_flag ? 0u : 1u + (guint) h->field_pic_flag);
  put (&p, REDUNDANT_BITS, pps->redundant_pic_cnt_present_flag ? 1u + (h->redundant_pic_cnt > 0) : 0u);
  return p.key;
}

static void
append_references (GString *out, Packer *p, guint type, guint nal_ref_idc, gboolean idr)
{
  gboolean over = get (p, OVERRIDE_BITS) != 0, b = type == UL_SLICE_B, inter = b || type == UL_SLICE_P || type == UL_SLICE_SP;
  guint l0 = get (p, L0_BITS), l1 = get (p, L1_BITS), rplm = get (p, RPLM_BITS), wp = get (p, WP_BITS), marking = get (p, MARKING_BITS);

  if (!inter)
    g_string_append (out, " override- rplm-");
  else if (b && over)
    g_string_append_printf (out, " override1:%u/%u rplm%u%u", l0 + 1, l1 + 1, rplm >> 1, rplm & 1);
  else if (b)
    g_string_append_printf (out, " override0 rplm%u%u", rplm >> 1, rplm & 1);
  else if (over)
    g_string_append_printf (out, " override1:%u rplm%u", l0 + 1, rplm >> 1);
  else
    g_string_append_printf (out, " override0 rplm%u", rplm >> 1);
  g_string_append_printf (out, " wp%u", wp);
  if (idr)
    g_string_append_printf (out, " markingidr%u%u", marking >> 1, marking & 1);
  else if (nal_ref_idc)
    g_string_append_printf (out, " marking%u", marking);
  else
    g_string_append (out, " marking-");
}

static void
append_optional (GString *out, const char *name, guint value_plus1)
{
  if (value_plus1)
    g_string_append_printf (out, " %s%u", name, value_plus1 - 1);
  else
    g_string_append_printf (out, " %s-", name);
}

char *
ul_h264_slice_form (guint64 key)
{
  static const char *const types[8] = { "P", "B", "I", "SP", "SI", "?", "?", "?" };
  GString *out = g_string_new (NULL);
  Packer p = { key, 0 };
  guint type = get (&p, TYPE_BITS), nal_ref_idc = get (&p, REF_IDC_BITS), idr = get (&p, IDR_BITS);

  g_string_append_printf (out, "%s ref%u", types[type], nal_ref_idc);
  append_references (out, &p, type, nal_ref_idc, idr != 0);
  guint direct = get (&p, DIRECT_BITS);
  append_optional (out, "direct", type == UL_SLICE_B ? 1 + direct : 0);
  append_optional (out, "cabac_init", get (&p, CABAC_BITS));
  guint deblock = get (&p, DEBLOCK_BITS);
  gint alpha = (gint) get (&p, ALPHA_BITS) - 6, beta = (gint) get (&p, BETA_BITS) - 6;
  append_optional (out, "deblock", deblock);
  if (deblock && deblock != 2)
    g_string_append_printf (out, ":%d/%d", alpha, beta);
  append_optional (out, "field", get (&p, FIELD_BITS));
  append_optional (out, "redundant", get (&p, REDUNDANT_BITS));
  return g_string_free (out, FALSE);
}
