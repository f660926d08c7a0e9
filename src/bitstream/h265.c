/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/h265.h"

#define MAX_UE (G_MAXUINT32 - 1)

/* --- 7.3.1.2 ---------------------------------------------------------------------- */

static guint16
nal_unit_header (UlSyntax *s)
{
  guint header = (guint) ul_syntax_flag (s, "forbidden_zero_bit") << 15;

  header |= ul_syntax_u (s, 6, "nal_unit_type") << 9;
  header |= ul_syntax_u (s, 6, "nuh_layer_id") << 3;
  return (guint16) (header | ul_syntax_u (s, 3, "nuh_temporal_id_plus1"));
}

/* --- 7.3.3 ------------------------------------------------------------------------- */

/* The 88 bits of a profile, general or of a sub-layer. */
static void
profile (UlSyntax *s, UlH265Ptl *p)
{
  p->general_profile_space = (guint8) ul_syntax_u (s, 2, "general_profile_space");
  p->general_tier_flag = ul_syntax_flag (s, "general_tier_flag");
  p->general_profile_idc = (guint8) ul_syntax_u (s, 5, "general_profile_idc");
  for (guint j = 0; j < 32; j++)
    p->general_profile_compatibility_flags |= ul_syntax_u_sub (s, 1, "general_profile_compatibility_flag", 1, j, 0) << (31 - j);
  static const char *const flags[] = { "general_progressive_source_flag", "general_interlaced_source_flag",
                                       "general_non_packed_constraint_flag", "general_frame_only_constraint_flag" };
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    p->constraint_bits = p->constraint_bits << 1 | ul_syntax_u (s, 1, flags[i]);
  p->constraint_bits = p->constraint_bits << 24 | ul_syntax_u (s, 24, "general_reserved_zero_24bits");
  p->constraint_bits = p->constraint_bits << 19 | ul_syntax_u (s, 19, "general_reserved_zero_19bits");
  p->constraint_bits = p->constraint_bits << 1 | ul_syntax_u (s, 1, "general_inbld_flag");
}

static void
profile_tier_level (UlSyntax *s, UlH265Ptl *p, guint max_sub_layers_minus1)
{
  gboolean profile_present[8] = { FALSE }, level_present[8] = { FALSE };

  profile (s, p);
  p->general_level_idc = (guint8) ul_syntax_u (s, 8, "general_level_idc");
  for (guint i = 0; i < max_sub_layers_minus1; i++) {
    profile_present[i] = ul_syntax_u_sub (s, 1, "sub_layer_profile_present_flag", 1, i, 0) != 0;
    level_present[i] = ul_syntax_u_sub (s, 1, "sub_layer_level_present_flag", 1, i, 0) != 0;
  }
  for (guint i = max_sub_layers_minus1; max_sub_layers_minus1 > 0 && i < 8; i++)
    ul_syntax_u_sub (s, 2, "reserved_zero_2bits", 1, i, 0);
  for (guint i = 0; i < max_sub_layers_minus1; i++) {
    if (profile_present[i]) {
      ul_syntax_u_sub (s, 32, "sub_layer_profile_bits_0", 1, i, 0);
      ul_syntax_u_sub (s, 32, "sub_layer_profile_bits_32", 1, i, 0);
      ul_syntax_u_sub (s, 24, "sub_layer_profile_bits_64", 1, i, 0);
    }
    if (level_present[i])
      ul_syntax_u_sub (s, 8, "sub_layer_level_idc", 1, i, 0);
  }
}

static void
sub_layer_ordering (UlSyntax *s, UlH265Ordering *o, guint last, const char *const names[4])
{
  o->ordering_info_present_flag = ul_syntax_flag (s, names[0]);
  o->first = (guint8) (o->ordering_info_present_flag ? 0 : last);
  o->last = (guint8) last;
  for (guint i = o->first; i <= last && ul_syntax_ok (s); i++) {
    o->max_dec_pic_buffering_minus1[i] = (guint8) ul_syntax_ue_sub (s, names[1], 0, 15, 1, i, 0);
    o->max_num_reorder_pics[i] = (guint8) ul_syntax_ue_sub (s, names[2], 0, o->max_dec_pic_buffering_minus1[i], 1, i, 0);
    o->max_latency_increase_plus1[i] = ul_syntax_ue_sub (s, names[3], 0, MAX_UE, 1, i, 0);
  }
}

/* --- E.2.2, E.2.3 ---------------------------------------------------------------------- */

static void
sub_layer_hrd_parameters (UlSyntax *s, guint cpb_cnt, gboolean sub_pic)
{
  for (guint i = 0; i < cpb_cnt && ul_syntax_ok (s); i++) {
    ul_syntax_ue_sub (s, "bit_rate_value_minus1", 0, MAX_UE, 1, i, 0);
    ul_syntax_ue_sub (s, "cpb_size_value_minus1", 0, MAX_UE, 1, i, 0);
    if (sub_pic) {
      ul_syntax_ue_sub (s, "cpb_size_du_value_minus1", 0, MAX_UE, 1, i, 0);
      ul_syntax_ue_sub (s, "bit_rate_du_value_minus1", 0, MAX_UE, 1, i, 0);
    }
    ul_syntax_u_sub (s, 1, "cbr_flag", 1, i, 0);
  }
}

static void
hrd_common (UlSyntax *s, UlH265Hrd *h)
{
  h->nal_hrd_parameters_present_flag = ul_syntax_flag (s, "nal_hrd_parameters_present_flag");
  h->vcl_hrd_parameters_present_flag = ul_syntax_flag (s, "vcl_hrd_parameters_present_flag");
  if (!h->nal_hrd_parameters_present_flag && !h->vcl_hrd_parameters_present_flag)
    return;
  if ((h->sub_pic_hrd_params_present_flag = ul_syntax_flag (s, "sub_pic_hrd_params_present_flag"))) {
    ul_syntax_u (s, 8, "tick_divisor_minus2");
    h->du_cpb_removal_delay_increment_length_minus1 = (guint8) ul_syntax_u (s, 5, "du_cpb_removal_delay_increment_length_minus1");
    h->sub_pic_cpb_params_in_pic_timing_sei_flag = ul_syntax_flag (s, "sub_pic_cpb_params_in_pic_timing_sei_flag");
    h->dpb_output_delay_du_length_minus1 = (guint8) ul_syntax_u (s, 5, "dpb_output_delay_du_length_minus1");
  }
  ul_syntax_u (s, 4, "bit_rate_scale");
  ul_syntax_u (s, 4, "cpb_size_scale");
  if (h->sub_pic_hrd_params_present_flag)
    ul_syntax_u (s, 4, "cpb_size_du_scale");
  h->initial_cpb_removal_delay_length_minus1 = (guint8) ul_syntax_u (s, 5, "initial_cpb_removal_delay_length_minus1");
  h->au_cpb_removal_delay_length_minus1 = (guint8) ul_syntax_u (s, 5, "au_cpb_removal_delay_length_minus1");
  h->dpb_output_delay_length_minus1 = (guint8) ul_syntax_u (s, 5, "dpb_output_delay_length_minus1");
}

static void
hrd_parameters (UlSyntax *s, UlH265Hrd *h, gboolean common, guint max_sub_layers_minus1)
{
  if (common)
    hrd_common (s, h);
  h->n_sub_layers = (guint8) (max_sub_layers_minus1 + 1);
  for (guint i = 0; i <= max_sub_layers_minus1 && ul_syntax_ok (s); i++) {
    gboolean general = ul_syntax_u_sub (s, 1, "fixed_pic_rate_general_flag", 1, i, 0) != 0, low_delay = FALSE;
    gboolean within = general || ul_syntax_u_sub (s, 1, "fixed_pic_rate_within_cvs_flag", 1, i, 0) != 0;
    if (within)
      ul_syntax_ue_sub (s, "elemental_duration_in_tc_minus1", 0, 2047, 1, i, 0);
    else
      low_delay = ul_syntax_u_sub (s, 1, "low_delay_hrd_flag", 1, i, 0) != 0;
    if (!low_delay)
      h->cpb_cnt_minus1[i] = (guint8) ul_syntax_ue_sub (s, "cpb_cnt_minus1", 0, 31, 1, i, 0);
    h->fixed_pic_rate_general_flags |= (guint8) ((guint) general << i);
    h->fixed_pic_rate_within_cvs_flags |= (guint8) ((guint) within << i);
    h->low_delay_hrd_flags |= (guint8) ((guint) low_delay << i);
    if (h->nal_hrd_parameters_present_flag)
      sub_layer_hrd_parameters (s, h->cpb_cnt_minus1[i] + 1u, h->sub_pic_hrd_params_present_flag);
    if (h->vcl_hrd_parameters_present_flag)
      sub_layer_hrd_parameters (s, h->cpb_cnt_minus1[i] + 1u, h->sub_pic_hrd_params_present_flag);
  }
}

/* --- 7.3.2.1 ---------------------------------------------------------------------------- */

static void
vps_layer_sets (UlSyntax *s, UlH265Vps *vps)
{
  guint max_layer_id = ul_syntax_u (s, 6, "vps_max_layer_id");

  vps->vps_num_layer_sets_minus1 = (guint16) ul_syntax_ue (s, "vps_num_layer_sets_minus1", 0, 1023);
  for (guint i = 1; i <= vps->vps_num_layer_sets_minus1 && ul_syntax_ok (s); i++)
    for (guint j = 0; j <= max_layer_id && ul_syntax_ok (s); j++)
      ul_syntax_u_sub (s, 1, "layer_id_included_flag", 2, i, j);
}

static void
vps_timing (UlSyntax *s, UlH265Vps *vps)
{
  UlH265Hrd hrd = { 0 };

  if (!(vps->vps_timing_info_present_flag = ul_syntax_flag (s, "vps_timing_info_present_flag")))
    return;
  vps->vps_num_units_in_tick = ul_syntax_u (s, 32, "vps_num_units_in_tick");
  vps->vps_time_scale = ul_syntax_u (s, 32, "vps_time_scale");
  if ((vps->vps_poc_proportional_to_timing_flag = ul_syntax_flag (s, "vps_poc_proportional_to_timing_flag")))
    vps->vps_num_ticks_poc_diff_one_minus1 = ul_syntax_ue (s, "vps_num_ticks_poc_diff_one_minus1", 0, MAX_UE);
  vps->vps_num_hrd_parameters = (guint16) ul_syntax_ue (s, "vps_num_hrd_parameters", 0, vps->vps_num_layer_sets_minus1 + 1u);
  for (guint i = 0; i < vps->vps_num_hrd_parameters && ul_syntax_ok (s); i++) {
    ul_syntax_ue_sub (s, "hrd_layer_set_idx", 0, vps->vps_num_layer_sets_minus1, 1, i, 0);
    gboolean common = i == 0 || ul_syntax_u_sub (s, 1, "cprms_present_flag", 1, i, 0) != 0;
    hrd_parameters (s, &hrd, common, vps->vps_max_sub_layers_minus1);
  }
}

void
ul_h265_parse_vps (UlSyntax *s, UlH265Vps *ret_vps)
{
  static const char *const ordering[] = { "vps_sub_layer_ordering_info_present_flag", "vps_max_dec_pic_buffering_minus1",
                                          "vps_max_num_reorder_pics", "vps_max_latency_increase_plus1" };

  memset (ret_vps, 0, sizeof *ret_vps);
  ret_vps->nal_header = nal_unit_header (s);
  ret_vps->vps_video_parameter_set_id = (guint8) ul_syntax_u (s, 4, "vps_video_parameter_set_id");
  ret_vps->vps_base_layer_internal_flag = ul_syntax_flag (s, "vps_base_layer_internal_flag");
  ret_vps->vps_base_layer_available_flag = ul_syntax_flag (s, "vps_base_layer_available_flag");
  ret_vps->vps_max_layers_minus1 = (guint8) ul_syntax_u (s, 6, "vps_max_layers_minus1");
  gsize bit = s->bits.pos;
  ret_vps->vps_max_sub_layers_minus1 = (guint8) ul_syntax_u (s, 3, "vps_max_sub_layers_minus1");
  if (ret_vps->vps_max_sub_layers_minus1 == 7) {
    ul_syntax_fail (s, "vps_max_sub_layers_minus1", 7, bit, FALSE);
    ret_vps->vps_max_sub_layers_minus1 = 0;
  }
  ret_vps->vps_temporal_id_nesting_flag = ul_syntax_flag (s, "vps_temporal_id_nesting_flag");
  bit = s->bits.pos;
  guint reserved = ul_syntax_u (s, 16, "vps_reserved_0xffff_16bits");
  if (ul_syntax_ok (s) && reserved != 0xffff)
    ul_syntax_fail (s, "vps_reserved_0xffff_16bits", reserved, bit, FALSE);
  profile_tier_level (s, &ret_vps->ptl, ret_vps->vps_max_sub_layers_minus1);
  sub_layer_ordering (s, &ret_vps->ordering, ret_vps->vps_max_sub_layers_minus1, ordering);
  vps_layer_sets (s, ret_vps);
  vps_timing (s, ret_vps);
  ret_vps->vps_extension_flag = ul_syntax_flag (s, "vps_extension_flag");
}

/* --- 7.3.4 ------------------------------------------------------------------------------- */

static void
scaling_list_data (UlSyntax *s)
{
  for (guint size_id = 0; size_id < 4; size_id++) {
    for (guint matrix_id = 0; matrix_id < 6 && ul_syntax_ok (s); matrix_id += size_id == 3 ? 3 : 1) {
      if (!ul_syntax_u_sub (s, 1, "scaling_list_pred_mode_flag", 2, size_id, matrix_id)) {
        ul_syntax_ue_sub (s, "scaling_list_pred_matrix_id_delta", 0, size_id == 3 ? matrix_id / 3 : matrix_id, 2, size_id, matrix_id);
        continue;
      }
      guint n = MIN (64u, 1u << (4 + (size_id << 1)));
      if (size_id > 1)
        ul_syntax_se_sub (s, "scaling_list_dc_coef_minus8", -7, 247, 2, size_id - 2, matrix_id);
      for (guint i = 0; i < n; i++)
        ul_syntax_se_sub (s, "scaling_list_delta_coeff", -128, 127, 1, i, 0);
    }
  }
}

/* --- 7.3.7 ------------------------------------------------------------------------------- */

/* (7-61), (7-62): sorts what inter prediction keeps by its sign. */
static void
predicted_rps (UlH265Rps *out, const UlH265Rps *ref, gint32 delta, const guint8 *used, const guint8 *use_delta)
{
  gint n0 = ref->num_negative_pics, n1 = ref->num_positive_pics, n = 0;
  UlH265Rps r = { 0 };

#define KEEP(condition, poc, j) \
  if ((condition) && use_delta[j] && n < 16) { \
    r.delta_poc[n] = (poc); \
    r.used |= (guint16) ((guint) used[j] << n); \
    n++; \
  }
  for (gint i = n1 - 1; i >= 0; i--) {
    gint32 poc = ref->delta_poc[n0 + i] + delta;
    KEEP (poc < 0, poc, n0 + i)
  }
  KEEP (delta < 0, delta, n0 + n1)
  for (gint i = 0; i < n0; i++) {
    gint32 poc = ref->delta_poc[i] + delta;
    KEEP (poc < 0, poc, i)
  }
  r.num_negative_pics = (guint8) n;
  for (gint i = n0 - 1; i >= 0; i--) {
    gint32 poc = ref->delta_poc[i] + delta;
    KEEP (poc > 0, poc, i)
  }
  KEEP (delta > 0, delta, n0 + n1)
  for (gint i = 0; i < n1; i++) {
    gint32 poc = ref->delta_poc[n0 + i] + delta;
    KEEP (poc > 0, poc, n0 + i)
  }
#undef KEEP
  r.num_positive_pics = (guint8) (n - r.num_negative_pics);
  *out = r;
}

static void
inter_rps (UlSyntax *s, guint idx, const UlH265Sps *sps, UlH265Rps *out)
{
  guint8 used[17] = { 0 }, use_delta[17];
  guint back = 1;

  if (idx == sps->num_short_term_ref_pic_sets)
    back = 1 + ul_syntax_ue (s, "delta_idx_minus1", 0, idx - 1);
  gint32 sign = ul_syntax_flag (s, "delta_rps_sign") ? -1 : 1;
  gint32 delta = sign * (gint32) (ul_syntax_ue (s, "abs_delta_rps_minus1", 0, 32767) + 1);
  const UlH265Rps *ref = &sps->st_rps[idx - back];
  for (guint j = 0; j <= (guint) ref->num_negative_pics + ref->num_positive_pics; j++) {
    used[j] = (guint8) ul_syntax_u_sub (s, 1, "used_by_curr_pic_flag", 1, j, 0);
    use_delta[j] = used[j] || ul_syntax_u_sub (s, 1, "use_delta_flag", 1, j, 0);
  }
  predicted_rps (out, ref, delta, used, use_delta);
}

static void
explicit_rps (UlSyntax *s, UlH265Rps *out)
{
  gint32 poc = 0;

  out->num_negative_pics = (guint8) ul_syntax_ue (s, "num_negative_pics", 0, 15);
  out->num_positive_pics = (guint8) ul_syntax_ue (s, "num_positive_pics", 0, 15u - out->num_negative_pics);
  for (guint i = 0; i < out->num_negative_pics && ul_syntax_ok (s); i++) {
    out->delta_poc[i] = poc -= (gint32) ul_syntax_ue_sub (s, "delta_poc_s0_minus1", 0, 32767, 1, i, 0) + 1;
    out->used |= (guint16) (ul_syntax_u_sub (s, 1, "used_by_curr_pic_s0_flag", 1, i, 0) << i);
  }
  poc = 0;
  for (guint i = 0; i < out->num_positive_pics && ul_syntax_ok (s); i++) {
    guint at = out->num_negative_pics + i;
    out->delta_poc[at] = poc += (gint32) ul_syntax_ue_sub (s, "delta_poc_s1_minus1", 0, 32767, 1, i, 0) + 1;
    out->used |= (guint16) (ul_syntax_u_sub (s, 1, "used_by_curr_pic_s1_flag", 1, i, 0) << at);
  }
}

static void
st_ref_pic_set (UlSyntax *s, guint idx, const UlH265Sps *sps, UlH265Rps *out)
{
  memset (out, 0, sizeof *out);
  if (idx != 0 && ul_syntax_flag (s, "inter_ref_pic_set_prediction_flag"))
    inter_rps (s, idx, sps, out);
  else
    explicit_rps (s, out);
}

/* --- E.2.1 ------------------------------------------------------------------------------- */

static void
vui_display (UlSyntax *s, UlH264Vui *v)
{
  if ((v->aspect_ratio_info_present_flag = ul_syntax_flag (s, "aspect_ratio_info_present_flag"))) {
    v->aspect_ratio_idc = (guint8) ul_syntax_u (s, 8, "aspect_ratio_idc");
    if (v->aspect_ratio_idc == 255) {
      v->sar_width = (guint16) ul_syntax_u (s, 16, "sar_width");
      v->sar_height = (guint16) ul_syntax_u (s, 16, "sar_height");
    }
  }
  if ((v->overscan_info_present_flag = ul_syntax_flag (s, "overscan_info_present_flag")))
    v->overscan_appropriate_flag = ul_syntax_flag (s, "overscan_appropriate_flag");
  if ((v->video_signal_type_present_flag = ul_syntax_flag (s, "video_signal_type_present_flag"))) {
    v->video_format = (guint8) ul_syntax_u (s, 3, "video_format");
    v->video_full_range_flag = ul_syntax_flag (s, "video_full_range_flag");
    if ((v->colour_description_present_flag = ul_syntax_flag (s, "colour_description_present_flag"))) {
      v->colour_primaries = (guint8) ul_syntax_u (s, 8, "colour_primaries");
      v->transfer_characteristics = (guint8) ul_syntax_u (s, 8, "transfer_characteristics");
      v->matrix_coefficients = (guint8) ul_syntax_u (s, 8, "matrix_coefficients");
    }
  }
  if ((v->chroma_loc_info_present_flag = ul_syntax_flag (s, "chroma_loc_info_present_flag"))) {
    v->chroma_sample_loc_type_top_field = (guint8) ul_syntax_ue (s, "chroma_sample_loc_type_top_field", 0, 5);
    v->chroma_sample_loc_type_bottom_field = (guint8) ul_syntax_ue (s, "chroma_sample_loc_type_bottom_field", 0, 5);
  }
}

static void
vui_restriction (UlSyntax *s, UlH265Vui *v)
{
  v->tiles_fixed_structure_flag = ul_syntax_flag (s, "tiles_fixed_structure_flag");
  v->motion_vectors_over_pic_boundaries_flag = ul_syntax_flag (s, "motion_vectors_over_pic_boundaries_flag");
  v->restricted_ref_pic_lists_flag = ul_syntax_flag (s, "restricted_ref_pic_lists_flag");
  v->min_spatial_segmentation_idc = (guint16) ul_syntax_ue (s, "min_spatial_segmentation_idc", 0, 4095);
  v->max_bytes_per_pic_denom = (guint8) ul_syntax_ue (s, "max_bytes_per_pic_denom", 0, 16);
  v->max_bits_per_min_cu_denom = (guint8) ul_syntax_ue (s, "max_bits_per_min_cu_denom", 0, 16);
  v->log2_max_mv_length_horizontal = (guint8) ul_syntax_ue (s, "log2_max_mv_length_horizontal", 0, 16);
  v->log2_max_mv_length_vertical = (guint8) ul_syntax_ue (s, "log2_max_mv_length_vertical", 0, 16);
}

static void
vui_parameters (UlSyntax *s, UlH265Vui *v, guint max_sub_layers_minus1)
{
  static const char *const windows[] = { "def_disp_win_left_offset", "def_disp_win_right_offset", "def_disp_win_top_offset",
                                         "def_disp_win_bottom_offset" };

  vui_display (s, &v->display);
  v->neutral_chroma_indication_flag = ul_syntax_flag (s, "neutral_chroma_indication_flag");
  v->field_seq_flag = ul_syntax_flag (s, "field_seq_flag");
  v->frame_field_info_present_flag = ul_syntax_flag (s, "frame_field_info_present_flag");
  v->default_display_window_flag = ul_syntax_flag (s, "default_display_window_flag");
  for (guint i = 0; v->default_display_window_flag && i < G_N_ELEMENTS (windows); i++)
    v->def_disp_win_offsets[i] = ul_syntax_ue (s, windows[i], 0, 16384);
  if ((v->vui_timing_info_present_flag = ul_syntax_flag (s, "vui_timing_info_present_flag"))) {
    v->vui_num_units_in_tick = ul_syntax_u (s, 32, "vui_num_units_in_tick");
    v->vui_time_scale = ul_syntax_u (s, 32, "vui_time_scale");
    if ((v->vui_poc_proportional_to_timing_flag = ul_syntax_flag (s, "vui_poc_proportional_to_timing_flag")))
      v->vui_num_ticks_poc_diff_one_minus1 = ul_syntax_ue (s, "vui_num_ticks_poc_diff_one_minus1", 0, MAX_UE);
    if ((v->vui_hrd_parameters_present_flag = ul_syntax_flag (s, "vui_hrd_parameters_present_flag")))
      hrd_parameters (s, &v->hrd, TRUE, max_sub_layers_minus1);
  }
  if ((v->bitstream_restriction_flag = ul_syntax_flag (s, "bitstream_restriction_flag")))
    vui_restriction (s, v);
}

/* --- 7.3.2.2 ------------------------------------------------------------------------------ */

static void
sps_picture_format (UlSyntax *s, UlH265Sps *sps)
{
  sps->sps_seq_parameter_set_id = (guint8) ul_syntax_ue (s, "sps_seq_parameter_set_id", 0, 15);
  sps->chroma_format_idc = (guint8) ul_syntax_ue (s, "chroma_format_idc", 0, 3);
  if (sps->chroma_format_idc == 3)
    sps->separate_colour_plane_flag = ul_syntax_flag (s, "separate_colour_plane_flag");
  /* Table A.8: no side of level 6.2 is above 16888. */
  sps->pic_width_in_luma_samples = ul_syntax_ue (s, "pic_width_in_luma_samples", 1, 16888);
  sps->pic_height_in_luma_samples = ul_syntax_ue (s, "pic_height_in_luma_samples", 1, 16888);
  if ((sps->conformance_window_flag = ul_syntax_flag (s, "conformance_window_flag"))) {
    sps->conf_win_left_offset = ul_syntax_ue (s, "conf_win_left_offset", 0, 16888);
    sps->conf_win_right_offset = ul_syntax_ue (s, "conf_win_right_offset", 0, 16888);
    sps->conf_win_top_offset = ul_syntax_ue (s, "conf_win_top_offset", 0, 16888);
    sps->conf_win_bottom_offset = ul_syntax_ue (s, "conf_win_bottom_offset", 0, 16888);
  }
  sps->bit_depth_luma_minus8 = (guint8) ul_syntax_ue (s, "bit_depth_luma_minus8", 0, 8);
  sps->bit_depth_chroma_minus8 = (guint8) ul_syntax_ue (s, "bit_depth_chroma_minus8", 0, 8);
  sps->log2_max_pic_order_cnt_lsb_minus4 = (guint8) ul_syntax_ue (s, "log2_max_pic_order_cnt_lsb_minus4", 0, 12);
}

static void
sps_blocks (UlSyntax *s, UlH265Sps *sps)
{
  sps->log2_min_luma_coding_block_size_minus3 = (guint8) ul_syntax_ue (s, "log2_min_luma_coding_block_size_minus3", 0, 3);
  sps->log2_diff_max_min_luma_coding_block_size = (guint8) ul_syntax_ue (s, "log2_diff_max_min_luma_coding_block_size", 0, 3);
  sps->log2_min_luma_transform_block_size_minus2 = (guint8) ul_syntax_ue (s, "log2_min_luma_transform_block_size_minus2", 0, 3);
  sps->log2_diff_max_min_luma_transform_block_size = (guint8) ul_syntax_ue (s, "log2_diff_max_min_luma_transform_block_size", 0, 3);
  sps->max_transform_hierarchy_depth_inter = (guint8) ul_syntax_ue (s, "max_transform_hierarchy_depth_inter", 0, 4);
  sps->max_transform_hierarchy_depth_intra = (guint8) ul_syntax_ue (s, "max_transform_hierarchy_depth_intra", 0, 4);
}

static void
sps_tools (UlSyntax *s, UlH265Sps *sps)
{
  if ((sps->scaling_list_enabled_flag = ul_syntax_flag (s, "scaling_list_enabled_flag"))
      && (sps->sps_scaling_list_data_present_flag = ul_syntax_flag (s, "sps_scaling_list_data_present_flag")))
    scaling_list_data (s);
  sps->amp_enabled_flag = ul_syntax_flag (s, "amp_enabled_flag");
  sps->sample_adaptive_offset_enabled_flag = ul_syntax_flag (s, "sample_adaptive_offset_enabled_flag");
  if (!(sps->pcm_enabled_flag = ul_syntax_flag (s, "pcm_enabled_flag")))
    return;
  sps->pcm_sample_bit_depth_luma_minus1 = (guint8) ul_syntax_u (s, 4, "pcm_sample_bit_depth_luma_minus1");
  sps->pcm_sample_bit_depth_chroma_minus1 = (guint8) ul_syntax_u (s, 4, "pcm_sample_bit_depth_chroma_minus1");
  sps->log2_min_pcm_luma_coding_block_size_minus3 = (guint8) ul_syntax_ue (s, "log2_min_pcm_luma_coding_block_size_minus3", 0, 2);
  sps->log2_diff_max_min_pcm_luma_coding_block_size = (guint8) ul_syntax_ue (s, "log2_diff_max_min_pcm_luma_coding_block_size", 0, 2);
  sps->pcm_loop_filter_disabled_flag = ul_syntax_flag (s, "pcm_loop_filter_disabled_flag");
}

static void
sps_references (UlSyntax *s, UlH265Sps *sps)
{
  guint n = ul_syntax_ue (s, "num_short_term_ref_pic_sets", 0, 64);

  sps->num_short_term_ref_pic_sets = (guint8) n;
  for (guint i = 0; i < n && ul_syntax_ok (s); i++)
    st_ref_pic_set (s, i, sps, &sps->st_rps[i]);
  if ((sps->long_term_ref_pics_present_flag = ul_syntax_flag (s, "long_term_ref_pics_present_flag"))) {
    sps->num_long_term_ref_pics_sps = (guint8) ul_syntax_ue (s, "num_long_term_ref_pics_sps", 0, 32);
    for (guint i = 0; i < sps->num_long_term_ref_pics_sps && ul_syntax_ok (s); i++) {
      ul_syntax_u_sub (s, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u, "lt_ref_pic_poc_lsb_sps", 1, i, 0);
      sps->used_by_curr_pic_lt_sps_flags |= ul_syntax_u_sub (s, 1, "used_by_curr_pic_lt_sps_flag", 1, i, 0) << i;
    }
  }
  sps->sps_temporal_mvp_enabled_flag = ul_syntax_flag (s, "sps_temporal_mvp_enabled_flag");
  sps->strong_intra_smoothing_enabled_flag = ul_syntax_flag (s, "strong_intra_smoothing_enabled_flag");
}

/* 7.3.2.2.3 */
static void
sps_scc_extension (UlSyntax *s, const UlH265Sps *sps)
{
  guint components = sps->chroma_format_idc == 0 ? 1 : 3;

  ul_syntax_flag (s, "sps_curr_pic_ref_enabled_flag");
  if (ul_syntax_flag (s, "palette_mode_enabled_flag")) {
    ul_syntax_ue (s, "palette_max_size", 0, 64);
    ul_syntax_ue (s, "delta_palette_max_predictor_size", 0, 128);
    if (ul_syntax_flag (s, "sps_palette_predictor_initializers_present_flag")) {
      guint last = ul_syntax_ue (s, "sps_num_palette_predictor_initializers_minus1", 0, 127);
      for (guint c = 0; c < components; c++)
        for (guint i = 0; i <= last && ul_syntax_ok (s); i++)
          ul_syntax_u_sub (s, 8u + (c ? sps->bit_depth_chroma_minus8 : sps->bit_depth_luma_minus8),
                           "sps_palette_predictor_initializers", 2, c, i);
    }
  }
  ul_syntax_u (s, 2, "motion_vector_resolution_control_idc");
  ul_syntax_flag (s, "intra_boundary_filtering_disabled_flag");
}

static void
sps_extensions (UlSyntax *s, UlH265Sps *sps)
{
  static const char *const range[] = {
    "transform_skip_rotation_enabled_flag", "transform_skip_context_enabled_flag", "implicit_rdpcm_enabled_flag",
    "explicit_rdpcm_enabled_flag", "extended_precision_processing_flag", "intra_smoothing_disabled_flag",
    "high_precision_offsets_enabled_flag", "persistent_rice_adaptation_enabled_flag", "cabac_bypass_alignment_enabled_flag"
  };
  static const char *const names[] = { "sps_range_extension_flag", "sps_multilayer_extension_flag", "sps_3d_extension_flag",
                                       "sps_scc_extension_flag" };

  if (!(sps->sps_extension_present_flag = ul_syntax_flag (s, "sps_extension_present_flag")))
    return;
  for (guint i = 0; i < 4; i++)
    sps->sps_extension_flags |= (guint8) (ul_syntax_u (s, 1, names[i]) << (7 - i));
  sps->sps_extension_flags |= (guint8) ul_syntax_u (s, 4, "sps_extension_4bits");
  for (guint i = 0; sps->sps_extension_flags & 0x80 && i < G_N_ELEMENTS (range); i++)
    ul_syntax_flag (s, range[i]);
  if (sps->sps_extension_flags & 0x40)
    ul_syntax_flag (s, "inter_view_mv_vert_constraint_flag");
  if (sps->sps_extension_flags & 0x20)
    sps->unread = TRUE;
  else if (sps->sps_extension_flags & 0x10)
    sps_scc_extension (s, sps);
  if (sps->sps_extension_flags & 0x0f)
    sps->unread = TRUE;
}

static void
derive_size (UlH265Sps *sps)
{
  guint chroma_array_type = sps->separate_colour_plane_flag ? 0 : sps->chroma_format_idc;
  guint sub_width = chroma_array_type == 1 || chroma_array_type == 2 ? 2 : 1;
  guint sub_height = chroma_array_type == 1 ? 2 : 1;
  guint crop_x = (sps->conf_win_left_offset + sps->conf_win_right_offset) * sub_width;
  guint crop_y = (sps->conf_win_top_offset + sps->conf_win_bottom_offset) * sub_height;

  sps->width = sps->pic_width_in_luma_samples > crop_x ? sps->pic_width_in_luma_samples - crop_x : 0;
  sps->height = sps->pic_height_in_luma_samples > crop_y ? sps->pic_height_in_luma_samples - crop_y : 0;
}

void
ul_h265_parse_sps (UlSyntax *s, UlH265Sps *ret_sps)
{
  static const char *const ordering[] = { "sps_sub_layer_ordering_info_present_flag", "sps_max_dec_pic_buffering_minus1",
                                          "sps_max_num_reorder_pics", "sps_max_latency_increase_plus1" };

  memset (ret_sps, 0, sizeof *ret_sps);
  ret_sps->nal_header = nal_unit_header (s);
  ret_sps->sps_video_parameter_set_id = (guint8) ul_syntax_u (s, 4, "sps_video_parameter_set_id");
  gsize bit = s->bits.pos;
  ret_sps->sps_max_sub_layers_minus1 = (guint8) ul_syntax_u (s, 3, "sps_max_sub_layers_minus1");
  if (ret_sps->sps_max_sub_layers_minus1 == 7) {
    ul_syntax_fail (s, "sps_max_sub_layers_minus1", 7, bit, FALSE);
    ret_sps->sps_max_sub_layers_minus1 = 0;
  }
  ret_sps->sps_temporal_id_nesting_flag = ul_syntax_flag (s, "sps_temporal_id_nesting_flag");
  profile_tier_level (s, &ret_sps->ptl, ret_sps->sps_max_sub_layers_minus1);
  sps_picture_format (s, ret_sps);
  sub_layer_ordering (s, &ret_sps->ordering, ret_sps->sps_max_sub_layers_minus1, ordering);
  sps_blocks (s, ret_sps);
  sps_tools (s, ret_sps);
  sps_references (s, ret_sps);
  ret_sps->vui_parameters_present_flag = ul_syntax_flag (s, "vui_parameters_present_flag");
  ret_sps->up_to_vui_ok = ul_syntax_ok (s);
  derive_size (ret_sps);
  if (ret_sps->vui_parameters_present_flag)
    vui_parameters (s, &ret_sps->vui, ret_sps->sps_max_sub_layers_minus1);
  ret_sps->vui_ok = ul_syntax_ok (s);
  sps_extensions (s, ret_sps);
}

/* --- 7.3.2.3 -------------------------------------------------------------------------------- */

static void
pps_tiles (UlSyntax *s, UlH265Pps *pps)
{
  /* Table A.8: at most 20 columns and 22 rows; twice that is let through. */
  pps->num_tile_columns_minus1 = (guint16) ul_syntax_ue (s, "num_tile_columns_minus1", 0, 43);
  pps->num_tile_rows_minus1 = (guint16) ul_syntax_ue (s, "num_tile_rows_minus1", 0, 43);
  pps->uniform_spacing_flag = ul_syntax_flag (s, "uniform_spacing_flag");
  if (!pps->uniform_spacing_flag) {
    for (guint i = 0; i < pps->num_tile_columns_minus1; i++)
      ul_syntax_ue_sub (s, "column_width_minus1", 0, 16888, 1, i, 0);
    for (guint i = 0; i < pps->num_tile_rows_minus1; i++)
      ul_syntax_ue_sub (s, "row_height_minus1", 0, 16888, 1, i, 0);
  }
  pps->loop_filter_across_tiles_enabled_flag = ul_syntax_flag (s, "loop_filter_across_tiles_enabled_flag");
}

static void
pps_deblocking (UlSyntax *s, UlH265Pps *pps)
{
  if (!(pps->deblocking_filter_control_present_flag = ul_syntax_flag (s, "deblocking_filter_control_present_flag")))
    return;
  pps->deblocking_filter_override_enabled_flag = ul_syntax_flag (s, "deblocking_filter_override_enabled_flag");
  if ((pps->pps_deblocking_filter_disabled_flag = ul_syntax_flag (s, "pps_deblocking_filter_disabled_flag")))
    return;
  pps->pps_beta_offset_div2 = (gint8) ul_syntax_se (s, "pps_beta_offset_div2", -6, 6);
  pps->pps_tc_offset_div2 = (gint8) ul_syntax_se (s, "pps_tc_offset_div2", -6, 6);
}

static void
pps_quantiser (UlSyntax *s, UlH265Pps *pps)
{
  pps->init_qp_minus26 = (gint8) ul_syntax_se (s, "init_qp_minus26", -74, 25);
  pps->constrained_intra_pred_flag = ul_syntax_flag (s, "constrained_intra_pred_flag");
  pps->transform_skip_enabled_flag = ul_syntax_flag (s, "transform_skip_enabled_flag");
  if ((pps->cu_qp_delta_enabled_flag = ul_syntax_flag (s, "cu_qp_delta_enabled_flag")))
    pps->diff_cu_qp_delta_depth = (guint8) ul_syntax_ue (s, "diff_cu_qp_delta_depth", 0, 3);
  pps->pps_cb_qp_offset = (gint8) ul_syntax_se (s, "pps_cb_qp_offset", -12, 12);
  pps->pps_cr_qp_offset = (gint8) ul_syntax_se (s, "pps_cr_qp_offset", -12, 12);
  pps->pps_slice_chroma_qp_offsets_present_flag = ul_syntax_flag (s, "pps_slice_chroma_qp_offsets_present_flag");
}

/* 7.3.2.3.2 */
static void
pps_range_extension (UlSyntax *s, const UlH265Pps *pps)
{
  if (pps->transform_skip_enabled_flag)
    ul_syntax_ue (s, "log2_max_transform_skip_block_size_minus2", 0, 3);
  ul_syntax_flag (s, "cross_component_prediction_enabled_flag");
  if (ul_syntax_flag (s, "chroma_qp_offset_list_enabled_flag")) {
    ul_syntax_ue (s, "diff_cu_chroma_qp_offset_depth", 0, 3);
    guint last = ul_syntax_ue (s, "chroma_qp_offset_list_len_minus1", 0, 5);
    for (guint i = 0; i <= last && ul_syntax_ok (s); i++) {
      ul_syntax_se_sub (s, "cb_qp_offset_list", -12, 12, 1, i, 0);
      ul_syntax_se_sub (s, "cr_qp_offset_list", -12, 12, 1, i, 0);
    }
  }
  ul_syntax_ue (s, "log2_sao_offset_scale_luma", 0, 6);
  ul_syntax_ue (s, "log2_sao_offset_scale_chroma", 0, 6);
}

static void
pps_extensions (UlSyntax *s, UlH265Pps *pps)
{
  static const char *const names[] = { "pps_range_extension_flag", "pps_multilayer_extension_flag", "pps_3d_extension_flag",
                                       "pps_scc_extension_flag" };

  if (!(pps->pps_extension_present_flag = ul_syntax_flag (s, "pps_extension_present_flag")))
    return;
  for (guint i = 0; i < 4; i++)
    pps->pps_extension_flags |= (guint8) (ul_syntax_u (s, 1, names[i]) << (7 - i));
  pps->pps_extension_flags |= (guint8) ul_syntax_u (s, 4, "pps_extension_4bits");
  if (pps->pps_extension_flags & 0x80)
    pps_range_extension (s, pps);
  pps->unread = (pps->pps_extension_flags & 0x7f) != 0;
}

void
ul_h265_parse_pps (UlSyntax *s, UlH265Pps *ret_pps)
{
  memset (ret_pps, 0, sizeof *ret_pps);
  ret_pps->nal_header = nal_unit_header (s);
  ret_pps->pps_pic_parameter_set_id = (guint8) ul_syntax_ue (s, "pps_pic_parameter_set_id", 0, 63);
  ret_pps->pps_seq_parameter_set_id = (guint8) ul_syntax_ue (s, "pps_seq_parameter_set_id", 0, 15);
  ret_pps->dependent_slice_segments_enabled_flag = ul_syntax_flag (s, "dependent_slice_segments_enabled_flag");
  ret_pps->output_flag_present_flag = ul_syntax_flag (s, "output_flag_present_flag");
  ret_pps->num_extra_slice_header_bits = (guint8) ul_syntax_u (s, 3, "num_extra_slice_header_bits");
  ret_pps->sign_data_hiding_enabled_flag = ul_syntax_flag (s, "sign_data_hiding_enabled_flag");
  ret_pps->cabac_init_present_flag = ul_syntax_flag (s, "cabac_init_present_flag");
  ret_pps->num_ref_idx_l0_default_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l0_default_active_minus1", 0, 14);
  ret_pps->num_ref_idx_l1_default_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l1_default_active_minus1", 0, 14);
  pps_quantiser (s, ret_pps);
  ret_pps->weighted_pred_flag = ul_syntax_flag (s, "weighted_pred_flag");
  ret_pps->weighted_bipred_flag = ul_syntax_flag (s, "weighted_bipred_flag");
  ret_pps->transquant_bypass_enabled_flag = ul_syntax_flag (s, "transquant_bypass_enabled_flag");
  ret_pps->tiles_enabled_flag = ul_syntax_flag (s, "tiles_enabled_flag");
  ret_pps->entropy_coding_sync_enabled_flag = ul_syntax_flag (s, "entropy_coding_sync_enabled_flag");
  if (ret_pps->tiles_enabled_flag)
    pps_tiles (s, ret_pps);
  ret_pps->pps_loop_filter_across_slices_enabled_flag = ul_syntax_flag (s, "pps_loop_filter_across_slices_enabled_flag");
  pps_deblocking (s, ret_pps);
  if ((ret_pps->pps_scaling_list_data_present_flag = ul_syntax_flag (s, "pps_scaling_list_data_present_flag")))
    scaling_list_data (s);
  ret_pps->lists_modification_present_flag = ul_syntax_flag (s, "lists_modification_present_flag");
  ret_pps->log2_parallel_merge_level_minus2 = (guint8) ul_syntax_ue (s, "log2_parallel_merge_level_minus2", 0, 4);
  ret_pps->slice_segment_header_extension_present_flag = ul_syntax_flag (s, "slice_segment_header_extension_present_flag");
  pps_extensions (s, ret_pps);
}

/* --- 7.3.6.1 -------------------------------------------------------------------------------- */

static guint
ceil_log2 (guint v)
{
  return v <= 1 ? 0 : 32 - (guint) __builtin_clz (v - 1);
}

void
ul_h265_parse_slice_start (UlSyntax *s, UlH265Slice *ret_slice)
{
  memset (ret_slice, 0, sizeof *ret_slice);
  guint header = ul_syntax_u (s, 16, "nal_unit_header");
  ret_slice->nal_unit_type = (guint8) (header >> 9 & 63);
  ret_slice->nuh_layer_id = (guint8) (header >> 3 & 63);
  ret_slice->temporal_id = (guint8) ((header & 7) - 1);
  ret_slice->first_slice_segment_in_pic_flag = ul_syntax_flag (s, "first_slice_segment_in_pic_flag");
  if (ul_h265_is_irap (ret_slice->nal_unit_type))
    ret_slice->no_output_of_prior_pics_flag = ul_syntax_flag (s, "no_output_of_prior_pics_flag");
  ret_slice->slice_pic_parameter_set_id = (guint8) ul_syntax_ue (s, "slice_pic_parameter_set_id", 0, 63);
}

static void
slice_long_term (UlSyntax *s, const UlH265Sps *sps, UlH265Slice *h)
{
  guint from_sps = 0, poc_bits = sps->log2_max_pic_order_cnt_lsb_minus4 + 4u;

  if (sps->num_long_term_ref_pics_sps > 0)
    from_sps = ul_syntax_ue (s, "num_long_term_sps", 0, sps->num_long_term_ref_pics_sps);
  guint n = from_sps + ul_syntax_ue (s, "num_long_term_pics", 0, 16);
  h->has_long_term = n > 0;
  for (guint i = 0; i < n && ul_syntax_ok (s); i++) {
    if (i < from_sps) {
      guint idx = sps->num_long_term_ref_pics_sps > 1
                    ? ul_syntax_u_sub (s, ceil_log2 (sps->num_long_term_ref_pics_sps), "lt_idx_sps", 1, i, 0)
                    : 0;
      h->num_pic_total_curr += idx < 32 ? sps->used_by_curr_pic_lt_sps_flags >> idx & 1 : 0;
    } else {
      ul_syntax_u_sub (s, poc_bits, "poc_lsb_lt", 1, i, 0);
      h->num_pic_total_curr += ul_syntax_u_sub (s, 1, "used_by_curr_pic_lt_flag", 1, i, 0);
    }
    if (ul_syntax_u_sub (s, 1, "delta_poc_msb_present_flag", 1, i, 0))
      ul_syntax_ue_sub (s, "delta_poc_msb_cycle_lt", 0, MAX_UE, 1, i, 0);
  }
}

static void
slice_reference_sets (UlSyntax *s, const UlH265Sps *sps, UlH265Slice *h)
{
  UlH265Rps own;
  const UlH265Rps *rps = &own;

  h->slice_pic_order_cnt_lsb = (guint16) ul_syntax_u (s, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u, "slice_pic_order_cnt_lsb");
  h->has_rps = TRUE;
  h->short_term_ref_pic_set_sps_flag = ul_syntax_flag (s, "short_term_ref_pic_set_sps_flag");
  if (!h->short_term_ref_pic_set_sps_flag) {
    st_ref_pic_set (s, sps->num_short_term_ref_pic_sets, sps, &own);
  } else {
    guint idx = sps->num_short_term_ref_pic_sets > 1
                  ? ul_syntax_u (s, ceil_log2 (sps->num_short_term_ref_pic_sets), "short_term_ref_pic_set_idx")
                  : 0;
    if (idx >= sps->num_short_term_ref_pic_sets) {
      ul_syntax_fail (s, "short_term_ref_pic_set_idx", idx, s->bits.pos, FALSE);
      return;
    }
    rps = &sps->st_rps[idx];
  }
  h->num_pic_total_curr = (guint) __builtin_popcount (rps->used);
  if (sps->long_term_ref_pics_present_flag)
    slice_long_term (s, sps, h);
  if (sps->sps_temporal_mvp_enabled_flag)
    h->slice_temporal_mvp_enabled_flag = ul_syntax_flag (s, "slice_temporal_mvp_enabled_flag");
}

/* 7.3.6.3 */
static void
pred_weight_table (UlSyntax *s, const UlH265Sps *sps, UlH265Slice *h)
{
  gboolean has_chroma = !sps->separate_colour_plane_flag && sps->chroma_format_idc != 0;

  h->pred_weight_table = TRUE;
  ul_syntax_ue (s, "luma_log2_weight_denom", 0, 7);
  if (has_chroma)
    ul_syntax_se (s, "delta_chroma_log2_weight_denom", -7, 7);
  for (guint list = 0; list < (h->slice_type == UL_H265_B ? 2u : 1u); list++) {
    guint n = 1u + (list ? h->num_ref_idx_l1_active_minus1 : h->num_ref_idx_l0_active_minus1), luma = 0, chroma = 0;
    for (guint i = 0; i < n; i++)
      luma |= ul_syntax_u_sub (s, 1, "luma_weight_flag", 1, i, 0) << i;
    for (guint i = 0; has_chroma && i < n; i++)
      chroma |= ul_syntax_u_sub (s, 1, "chroma_weight_flag", 1, i, 0) << i;
    for (guint i = 0; i < n && ul_syntax_ok (s); i++) {
      if (luma >> i & 1) {
        ul_syntax_se_sub (s, "delta_luma_weight", -128, 127, 1, i, 0);
        ul_syntax_se_sub (s, "luma_offset", -32768, 32767, 1, i, 0);
      }
      for (guint j = 0; chroma >> i & 1 && j < 2; j++) {
        ul_syntax_se_sub (s, "delta_chroma_weight", -128, 127, 2, i, j);
        ul_syntax_se_sub (s, "delta_chroma_offset", -131072, 131071, 2, i, j);
      }
    }
  }
}

/* 7.3.6.2 */
static void
ref_pic_lists_modification (UlSyntax *s, UlH265Slice *h)
{
  guint bits = ceil_log2 (h->num_pic_total_curr);

  for (guint list = 0; list < (h->slice_type == UL_H265_B ? 2u : 1u); list++) {
    guint n = 1u + (list ? h->num_ref_idx_l1_active_minus1 : h->num_ref_idx_l0_active_minus1);
    if (!ul_syntax_flag (s, "ref_pic_list_modification_flag"))
      continue;
    h->ref_pic_list_modified = TRUE;
    for (guint i = 0; i < n && ul_syntax_ok (s); i++)
      ul_syntax_u_sub (s, bits, "list_entry", 1, i, 0);
  }
}

static void
slice_inter (UlSyntax *s, const UlH265Sps *sps, const UlH265Pps *pps, UlH265Slice *h)
{
  gboolean b = h->slice_type == UL_H265_B, from_l0 = TRUE;

  h->num_ref_idx_l0_active_minus1 = pps->num_ref_idx_l0_default_active_minus1;
  h->num_ref_idx_l1_active_minus1 = pps->num_ref_idx_l1_default_active_minus1;
  if ((h->num_ref_idx_active_override_flag = ul_syntax_flag (s, "num_ref_idx_active_override_flag"))) {
    h->num_ref_idx_l0_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l0_active_minus1", 0, 14);
    if (b)
      h->num_ref_idx_l1_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l1_active_minus1", 0, 14);
  }
  if (pps->lists_modification_present_flag && h->num_pic_total_curr > 1)
    ref_pic_lists_modification (s, h);
  if (b)
    h->mvd_l1_zero_flag = ul_syntax_flag (s, "mvd_l1_zero_flag");
  if (pps->cabac_init_present_flag)
    h->cabac_init_flag = ul_syntax_flag (s, "cabac_init_flag");
  if (h->slice_temporal_mvp_enabled_flag) {
    if (b)
      from_l0 = ul_syntax_flag (s, "collocated_from_l0_flag");
    guint last = from_l0 ? h->num_ref_idx_l0_active_minus1 : h->num_ref_idx_l1_active_minus1;
    if (last > 0)
      ul_syntax_ue (s, "collocated_ref_idx", 0, last);
  }
  if (b ? pps->weighted_bipred_flag : pps->weighted_pred_flag)
    pred_weight_table (s, sps, h);
  h->five_minus_max_num_merge_cand = (guint8) ul_syntax_ue (s, "five_minus_max_num_merge_cand", 0, 4);
}

static void
slice_quantiser (UlSyntax *s, const UlH265Sps *sps, const UlH265Pps *pps, UlH265Slice *h)
{
  gint base = 26 + pps->init_qp_minus26, lowest = -6 * sps->bit_depth_luma_minus8;

  h->slice_qp_delta = (gint8) ul_syntax_se (s, "slice_qp_delta", lowest - base, 51 - base);
  h->slice_qp = base + h->slice_qp_delta;
  h->qp_known = ul_syntax_ok (s);
  if (pps->pps_slice_chroma_qp_offsets_present_flag) {
    gint32 cb = ul_syntax_se (s, "slice_cb_qp_offset", -12, 12), cr = ul_syntax_se (s, "slice_cr_qp_offset", -12, 12);
    h->slice_chroma_qp_offsets = cb || cr;
  }
  /* What the range and SCC extensions add here is not read. */
  if (pps->pps_extension_flags)
    return;
  if (pps->deblocking_filter_override_enabled_flag
      && (h->deblocking_filter_override_flag = ul_syntax_flag (s, "deblocking_filter_override_flag")))
    h->slice_deblocking_filter_disabled_flag = ul_syntax_flag (s, "slice_deblocking_filter_disabled_flag");
}

static guint
pic_size_in_ctbs (const UlH265Sps *sps)
{
  guint log2 = sps->log2_min_luma_coding_block_size_minus3 + 3u + sps->log2_diff_max_min_luma_coding_block_size;
  guint size = 1u << log2;

  return ((sps->pic_width_in_luma_samples + size - 1) >> log2) * ((sps->pic_height_in_luma_samples + size - 1) >> log2);
}

void
ul_h265_parse_slice_rest (UlSyntax *s, const UlH265Sps *sps, const UlH265Pps *pps, UlH265Slice *h)
{
  if (!h->first_slice_segment_in_pic_flag) {
    guint n = pic_size_in_ctbs (sps);
    if (pps->dependent_slice_segments_enabled_flag)
      h->dependent_slice_segment_flag = ul_syntax_flag (s, "dependent_slice_segment_flag");
    gsize bit = s->bits.pos;
    h->slice_segment_address = ul_syntax_u (s, ceil_log2 (n), "slice_segment_address");
    if (h->slice_segment_address >= n || h->slice_segment_address == 0)
      ul_syntax_fail (s, "slice_segment_address", h->slice_segment_address, bit, FALSE);
  }
  if (h->dependent_slice_segment_flag)
    return;
  ul_syntax_u (s, pps->num_extra_slice_header_bits, "slice_reserved_flag");
  h->slice_type = (guint8) ul_syntax_ue (s, "slice_type", 0, 2);
  if (ul_syntax_ok (s) && ul_h265_is_irap (h->nal_unit_type) && h->nuh_layer_id == 0 && h->slice_type != UL_H265_I
      && !(pps->pps_extension_flags & 0x10))
    ul_syntax_fail (s, "slice_type", h->slice_type, s->bits.pos, FALSE);
  if (pps->output_flag_present_flag)
    ul_syntax_flag (s, "pic_output_flag");
  if (sps->separate_colour_plane_flag)
    ul_syntax_u (s, 2, "colour_plane_id");
  if (!ul_h265_is_idr (h->nal_unit_type))
    slice_reference_sets (s, sps, h);
  if (sps->sample_adaptive_offset_enabled_flag) {
    h->slice_sao_luma_flag = ul_syntax_flag (s, "slice_sao_luma_flag");
    if (!sps->separate_colour_plane_flag && sps->chroma_format_idc != 0)
      h->slice_sao_chroma_flag = ul_syntax_flag (s, "slice_sao_chroma_flag");
  }
  /* Screen content and multilayer coding change what follows. */
  if (pps->pps_extension_flags & 0x7f || sps->sps_extension_flags & 0x7f || h->nuh_layer_id)
    return;
  if (h->slice_type != UL_H265_I)
    slice_inter (s, sps, pps, h);
  slice_quantiser (s, sps, pps, h);
}
