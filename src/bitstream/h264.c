/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/h264.h"

#define MAX_UE (G_MAXUINT32 - 1)

/* --- 7.3.1 ------------------------------------------------------------------------ */

static guint8
nal_unit_header (UlSyntax *s)
{
  guint8 header = (guint8) ((guint) ul_syntax_flag (s, "forbidden_zero_bit") << 7);

  header |= (guint8) (ul_syntax_u (s, 2, "nal_ref_idc") << 5);
  return header | (guint8) ul_syntax_u (s, 5, "nal_unit_type");
}

/* --- 7.3.2.1.1.1 scaling lists -------------------------------------------------------- */

/* Returns UseDefaultScalingMatrixFlag. */
static gboolean
scaling_list (UlSyntax *s, guint8 *list, guint size)
{
  gint last = 8, next = 8;
  gboolean use_default = FALSE;

  for (guint j = 0; j < size; j++) {
    if (next != 0) {
      next = (last + ul_syntax_se_sub (s, "delta_scale", -128, 127, 1, j, 0) + 256) % 256;
      use_default = j == 0 && next == 0;
    }
    list[j] = (guint8) (next == 0 ? last : next);
    last = list[j];
  }
  return use_default;
}

static gboolean
is_flat (const guint8 *list, guint size)
{
  for (guint i = 0; i < size; i++)
    if (list[i] != 16)
      return FALSE;
  return TRUE;
}

/* Fall-back rule set A (Table 7-2): the first list of a kind falls back to the default, the others to their neighbour. */
static UlScalingKind
scaling_kind (const UlH264Scaling *m)
{
  UlScalingKind kinds[12], all = UL_SCALING_NONE;

  for (guint i = 0; i < m->n_lists; i++) {
    if (m->use_default_flags >> i & 1)
      kinds[i] = UL_SCALING_DEFAULT;
    else if (m->present_flags >> i & 1)
      kinds[i] = is_flat (i < 6 ? m->lists_4x4[i] : m->lists_8x8[i - 6], i < 6 ? 16 : 64) ? UL_SCALING_FLAT : UL_SCALING_LIST;
    else
      kinds[i] = i == 0 || i == 3 || i == 6 || i == 7 ? UL_SCALING_DEFAULT : kinds[i < 6 ? i - 1 : i - 2];
    if (i == 0)
      all = kinds[0];
    else if (kinds[i] != all)
      all = UL_SCALING_LIST;
  }
  return all;
}

static void
scaling_matrix (UlSyntax *s, UlH264Scaling *m, guint n_lists, const char *flag_name)
{
  m->n_lists = (guint8) n_lists;
  for (guint i = 0; i < n_lists && ul_syntax_ok (s); i++) {
    if (!ul_syntax_u_sub (s, 1, flag_name, 1, i, 0))
      continue;
    m->present_flags |= (guint16) (1u << i);
    if (scaling_list (s, i < 6 ? m->lists_4x4[i] : m->lists_8x8[i - 6], i < 6 ? 16 : 64))
      m->use_default_flags |= (guint16) (1u << i);
  }
  m->kind = scaling_kind (m);
}

/* --- E.1.2, E.1.1 --------------------------------------------------------------------- */

static void
hrd_parameters (UlSyntax *s, UlH264Hrd *h)
{
  h->cpb_cnt_minus1 = (guint8) ul_syntax_ue (s, "cpb_cnt_minus1", 0, 31);
  h->bit_rate_scale = (guint8) ul_syntax_u (s, 4, "bit_rate_scale");
  h->cpb_size_scale = (guint8) ul_syntax_u (s, 4, "cpb_size_scale");
  for (guint i = 0; i <= h->cpb_cnt_minus1 && ul_syntax_ok (s); i++) {
    h->bit_rate_value_minus1[i] = ul_syntax_ue_sub (s, "bit_rate_value_minus1", 0, MAX_UE, 1, i, 0);
    h->cpb_size_value_minus1[i] = ul_syntax_ue_sub (s, "cpb_size_value_minus1", 0, MAX_UE, 1, i, 0);
    h->cbr_flags |= ul_syntax_u_sub (s, 1, "cbr_flag", 1, i, 0) << i;
  }
  h->initial_cpb_removal_delay_length_minus1 = (guint8) ul_syntax_u (s, 5, "initial_cpb_removal_delay_length_minus1");
  h->cpb_removal_delay_length_minus1 = (guint8) ul_syntax_u (s, 5, "cpb_removal_delay_length_minus1");
  h->dpb_output_delay_length_minus1 = (guint8) ul_syntax_u (s, 5, "dpb_output_delay_length_minus1");
  h->time_offset_length = (guint8) ul_syntax_u (s, 5, "time_offset_length");
}

static void
video_signal_type (UlSyntax *s, UlH264Vui *v)
{
  if (!(v->video_signal_type_present_flag = ul_syntax_flag (s, "video_signal_type_present_flag")))
    return;
  v->video_format = (guint8) ul_syntax_u (s, 3, "video_format");
  v->video_full_range_flag = ul_syntax_flag (s, "video_full_range_flag");
  if (!(v->colour_description_present_flag = ul_syntax_flag (s, "colour_description_present_flag")))
    return;
  v->colour_primaries = (guint8) ul_syntax_u (s, 8, "colour_primaries");
  v->transfer_characteristics = (guint8) ul_syntax_u (s, 8, "transfer_characteristics");
  v->matrix_coefficients = (guint8) ul_syntax_u (s, 8, "matrix_coefficients");
}

static void
bitstream_restriction (UlSyntax *s, UlH264Vui *v)
{
  v->motion_vectors_over_pic_boundaries_flag = ul_syntax_flag (s, "motion_vectors_over_pic_boundaries_flag");
  v->max_bytes_per_pic_denom = (guint8) ul_syntax_ue (s, "max_bytes_per_pic_denom", 0, 16);
  v->max_bits_per_mb_denom = (guint8) ul_syntax_ue (s, "max_bits_per_mb_denom", 0, 16);
  v->log2_max_mv_length_horizontal = (guint8) ul_syntax_ue (s, "log2_max_mv_length_horizontal", 0, 16);
  v->log2_max_mv_length_vertical = (guint8) ul_syntax_ue (s, "log2_max_mv_length_vertical", 0, 16);
  v->max_num_reorder_frames = (guint8) ul_syntax_ue (s, "max_num_reorder_frames", 0, 16);
  v->max_dec_frame_buffering = (guint8) ul_syntax_ue (s, "max_dec_frame_buffering", 0, 16);
}

static void
vui_parameters (UlSyntax *s, UlH264Vui *v)
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
  video_signal_type (s, v);
  if ((v->chroma_loc_info_present_flag = ul_syntax_flag (s, "chroma_loc_info_present_flag"))) {
    v->chroma_sample_loc_type_top_field = (guint8) ul_syntax_ue (s, "chroma_sample_loc_type_top_field", 0, 5);
    v->chroma_sample_loc_type_bottom_field = (guint8) ul_syntax_ue (s, "chroma_sample_loc_type_bottom_field", 0, 5);
  }
  if ((v->timing_info_present_flag = ul_syntax_flag (s, "timing_info_present_flag"))) {
    v->num_units_in_tick = ul_syntax_u (s, 32, "num_units_in_tick");
    v->time_scale = ul_syntax_u (s, 32, "time_scale");
    v->fixed_frame_rate_flag = ul_syntax_flag (s, "fixed_frame_rate_flag");
  }
  if ((v->nal_hrd_parameters_present_flag = ul_syntax_flag (s, "nal_hrd_parameters_present_flag")))
    hrd_parameters (s, &v->nal_hrd);
  if ((v->vcl_hrd_parameters_present_flag = ul_syntax_flag (s, "vcl_hrd_parameters_present_flag")))
    hrd_parameters (s, &v->vcl_hrd);
  if (v->nal_hrd_parameters_present_flag || v->vcl_hrd_parameters_present_flag)
    v->low_delay_hrd_flag = ul_syntax_flag (s, "low_delay_hrd_flag");
  v->pic_struct_present_flag = ul_syntax_flag (s, "pic_struct_present_flag");
  if ((v->bitstream_restriction_flag = ul_syntax_flag (s, "bitstream_restriction_flag")))
    bitstream_restriction (s, v);
}

/* --- 7.3.2.1.1 ------------------------------------------------------------------------- */

/* The profiles whose seq_parameter_set_data() has the chroma and scaling part. */
static gboolean
profile_has_chroma (guint8 profile_idc)
{
  static const guint8 profiles[] = { 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 };

  return memchr (profiles, profile_idc, sizeof profiles) != NULL;
}

static void
chroma_and_scaling (UlSyntax *s, UlH264Sps *sps)
{
  sps->chroma_format_idc = (guint8) ul_syntax_ue (s, "chroma_format_idc", 0, 3);
  if (sps->chroma_format_idc == 3)
    sps->separate_colour_plane_flag = ul_syntax_flag (s, "separate_colour_plane_flag");
  sps->bit_depth_luma_minus8 = (guint8) ul_syntax_ue (s, "bit_depth_luma_minus8", 0, 6);
  sps->bit_depth_chroma_minus8 = (guint8) ul_syntax_ue (s, "bit_depth_chroma_minus8", 0, 6);
  sps->qpprime_y_zero_transform_bypass_flag = ul_syntax_flag (s, "qpprime_y_zero_transform_bypass_flag");
  if ((sps->seq_scaling_matrix_present_flag = ul_syntax_flag (s, "seq_scaling_matrix_present_flag")))
    scaling_matrix (s, &sps->scaling, sps->chroma_format_idc != 3 ? 8 : 12, "seq_scaling_list_present_flag");
}

static void
pic_order_cnt (UlSyntax *s, UlH264Sps *sps)
{
  sps->pic_order_cnt_type = (guint8) ul_syntax_ue (s, "pic_order_cnt_type", 0, 2);
  if (sps->pic_order_cnt_type == 0)
    sps->log2_max_pic_order_cnt_lsb_minus4 = (guint8) ul_syntax_ue (s, "log2_max_pic_order_cnt_lsb_minus4", 0, 12);
  if (sps->pic_order_cnt_type != 1)
    return;
  sps->delta_pic_order_always_zero_flag = ul_syntax_flag (s, "delta_pic_order_always_zero_flag");
  sps->offset_for_non_ref_pic = ul_syntax_se (s, "offset_for_non_ref_pic", G_MININT32 + 1, G_MAXINT32);
  sps->offset_for_top_to_bottom_field = ul_syntax_se (s, "offset_for_top_to_bottom_field", G_MININT32 + 1, G_MAXINT32);
  sps->num_ref_frames_in_pic_order_cnt_cycle = (guint8) ul_syntax_ue (s, "num_ref_frames_in_pic_order_cnt_cycle", 0, 255);
  for (guint i = 0; i < sps->num_ref_frames_in_pic_order_cnt_cycle && ul_syntax_ok (s); i++)
    sps->offset_for_ref_frame[i] = ul_syntax_se_sub (s, "offset_for_ref_frame", G_MININT32 + 1, G_MAXINT32, 1, i, 0);
}

/* Sides after cropping, (7-19) to (7-22) */
static void
derive_size (UlH264Sps *sps)
{
  guint chroma_array_type = sps->separate_colour_plane_flag ? 0 : sps->chroma_format_idc;
  guint sub_width = chroma_array_type == 1 || chroma_array_type == 2 ? 2 : 1;
  guint sub_height = chroma_array_type == 1 ? 2 : 1;
  guint fields = sps->frame_mbs_only_flag ? 1 : 2;
  guint64 width = ((guint64) sps->pic_width_in_mbs_minus1 + 1) * 16;
  guint64 height = ((guint64) sps->pic_height_in_map_units_minus1 + 1) * 16 * fields;
  guint64 crop_x = ((guint64) sps->frame_crop_left_offset + sps->frame_crop_right_offset) * sub_width;
  guint64 crop_y = ((guint64) sps->frame_crop_top_offset + sps->frame_crop_bottom_offset) * sub_height * fields;

  sps->width = width > crop_x ? (guint) (width - crop_x) : 0;
  sps->height = height > crop_y ? (guint) (height - crop_y) : 0;
}

static void
seq_parameter_set_data (UlSyntax *s, UlH264Sps *sps)
{
  sps->profile_idc = (guint8) ul_syntax_u (s, 8, "profile_idc");
  static const char *const flags[] = { "constraint_set0_flag", "constraint_set1_flag", "constraint_set2_flag",
                                       "constraint_set3_flag", "constraint_set4_flag", "constraint_set5_flag" };
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    sps->constraint_flags |= (guint8) (ul_syntax_u (s, 1, flags[i]) << (7 - i));
  sps->constraint_flags |= (guint8) ul_syntax_u (s, 2, "reserved_zero_2bits");
  sps->level_idc = (guint8) ul_syntax_u (s, 8, "level_idc");
  sps->seq_parameter_set_id = (guint8) ul_syntax_ue (s, "seq_parameter_set_id", 0, 31);
  sps->chroma_format_idc = sps->profile_idc == 183 ? 0 : 1;
  if (profile_has_chroma (sps->profile_idc))
    chroma_and_scaling (s, sps);
  sps->log2_max_frame_num_minus4 = (guint8) ul_syntax_ue (s, "log2_max_frame_num_minus4", 0, 12);
  pic_order_cnt (s, sps);
  sps->max_num_ref_frames = (guint8) ul_syntax_ue (s, "max_num_ref_frames", 0, 16);
  sps->gaps_in_frame_num_value_allowed_flag = ul_syntax_flag (s, "gaps_in_frame_num_value_allowed_flag");
  /* Level 6.2 allows 139264 macroblocks, a side at most the root of eight times that. */
  sps->pic_width_in_mbs_minus1 = ul_syntax_ue (s, "pic_width_in_mbs_minus1", 0, 1054);
  sps->pic_height_in_map_units_minus1 = ul_syntax_ue (s, "pic_height_in_map_units_minus1", 0, 1054);
  sps->frame_mbs_only_flag = ul_syntax_flag (s, "frame_mbs_only_flag");
  if (!sps->frame_mbs_only_flag)
    sps->mb_adaptive_frame_field_flag = ul_syntax_flag (s, "mb_adaptive_frame_field_flag");
  sps->direct_8x8_inference_flag = ul_syntax_flag (s, "direct_8x8_inference_flag");
  if ((sps->frame_cropping_flag = ul_syntax_flag (s, "frame_cropping_flag"))) {
    sps->frame_crop_left_offset = ul_syntax_ue (s, "frame_crop_left_offset", 0, 16880);
    sps->frame_crop_right_offset = ul_syntax_ue (s, "frame_crop_right_offset", 0, 16880);
    sps->frame_crop_top_offset = ul_syntax_ue (s, "frame_crop_top_offset", 0, 16880);
    sps->frame_crop_bottom_offset = ul_syntax_ue (s, "frame_crop_bottom_offset", 0, 16880);
  }
  sps->vui_parameters_present_flag = ul_syntax_flag (s, "vui_parameters_present_flag");
  sps->up_to_vui_ok = ul_syntax_ok (s);
  derive_size (sps);
  if (sps->vui_parameters_present_flag)
    vui_parameters (s, &sps->vui);
}

void
ul_h264_parse_sps (UlSyntax *s, UlH264Sps *ret_sps)
{
  memset (ret_sps, 0, sizeof *ret_sps);
  ret_sps->nal_header = nal_unit_header (s);
  seq_parameter_set_data (s, ret_sps);
}

void
ul_h264_parse_subset_sps (UlSyntax *s, UlH264Sps *ret_sps)
{
  ul_h264_parse_sps (s, ret_sps);
}

/* 7.3.2.1.2 */
void
ul_h264_parse_sps_extension (UlSyntax *s)
{
  nal_unit_header (s);
  ul_syntax_ue (s, "seq_parameter_set_id", 0, 31);
  guint aux_format_idc = ul_syntax_ue (s, "aux_format_idc", 0, 3);
  if (aux_format_idc != 0) {
    guint depth = ul_syntax_ue (s, "bit_depth_aux_minus8", 0, 4);
    ul_syntax_flag (s, "alpha_incr_flag");
    ul_syntax_u (s, depth + 9, "alpha_opaque_value");
    ul_syntax_u (s, depth + 9, "alpha_transparent_value");
  }
  ul_syntax_flag (s, "additional_extension_flag");
}

/* --- 7.3.2.2 --------------------------------------------------------------------------- */

static guint
ceil_log2 (guint64 v)
{
  guint n = 0;

  while (((guint64) 1 << n) < v)
    n++;
  return n;
}

static void
slice_groups (UlSyntax *s, UlH264Pps *pps)
{
  guint groups = pps->num_slice_groups_minus1;

  pps->slice_group_map_type = (guint8) ul_syntax_ue (s, "slice_group_map_type", 0, 6);
  if (pps->slice_group_map_type == 0) {
    for (guint i = 0; i <= groups; i++)
      ul_syntax_ue_sub (s, "run_length_minus1", 0, MAX_UE, 1, i, 0);
  } else if (pps->slice_group_map_type == 2) {
    for (guint i = 0; i < groups; i++) {
      ul_syntax_ue_sub (s, "top_left", 0, MAX_UE, 1, i, 0);
      ul_syntax_ue_sub (s, "bottom_right", 0, MAX_UE, 1, i, 0);
    }
  } else if (pps->slice_group_map_type >= 3 && pps->slice_group_map_type <= 5) {
    ul_syntax_flag (s, "slice_group_change_direction_flag");
    pps->slice_group_change_rate_minus1 = ul_syntax_ue (s, "slice_group_change_rate_minus1", 0, 139263);
  } else if (pps->slice_group_map_type == 6) {
    guint last = ul_syntax_ue (s, "pic_size_in_map_units_minus1", 0, 139263);
    for (guint i = 0; i <= last && ul_syntax_ok (s); i++)
      ul_syntax_u_sub (s, ceil_log2 (groups + 1), "slice_group_id", 1, i, 0);
  }
}

static void
pps_first_part (UlSyntax *s, const UlH264Sps *sps, UlH264Pps *pps)
{
  gint qp_offset = sps ? 6 * sps->bit_depth_luma_minus8 : 36;

  pps->nal_header = nal_unit_header (s);
  pps->pic_parameter_set_id = (guint8) ul_syntax_ue (s, "pic_parameter_set_id", 0, 255);
  pps->seq_parameter_set_id = (guint8) ul_syntax_ue (s, "seq_parameter_set_id", 0, 31);
  pps->entropy_coding_mode_flag = ul_syntax_flag (s, "entropy_coding_mode_flag");
  pps->bottom_field_pic_order_in_frame_present_flag = ul_syntax_flag (s, "bottom_field_pic_order_in_frame_present_flag");
  pps->num_slice_groups_minus1 = (guint8) ul_syntax_ue (s, "num_slice_groups_minus1", 0, 7);
  if (pps->num_slice_groups_minus1 > 0)
    slice_groups (s, pps);
  pps->num_ref_idx_l0_default_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l0_default_active_minus1", 0, 31);
  pps->num_ref_idx_l1_default_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l1_default_active_minus1", 0, 31);
  pps->weighted_pred_flag = ul_syntax_flag (s, "weighted_pred_flag");
  pps->weighted_bipred_idc = (guint8) ul_syntax_u (s, 2, "weighted_bipred_idc");
  pps->pic_init_qp_minus26 = (gint8) ul_syntax_se (s, "pic_init_qp_minus26", -26 - qp_offset, 25);
  pps->pic_init_qs_minus26 = (gint8) ul_syntax_se (s, "pic_init_qs_minus26", -26, 25);
  pps->chroma_qp_index_offset = (gint8) ul_syntax_se (s, "chroma_qp_index_offset", -12, 12);
  pps->deblocking_filter_control_present_flag = ul_syntax_flag (s, "deblocking_filter_control_present_flag");
  pps->constrained_intra_pred_flag = ul_syntax_flag (s, "constrained_intra_pred_flag");
  pps->redundant_pic_cnt_present_flag = ul_syntax_flag (s, "redundant_pic_cnt_present_flag");
  pps->second_chroma_qp_index_offset = pps->chroma_qp_index_offset;
}

static void
pps_second_part (UlSyntax *s, const UlH264Sps *sps, UlH264Pps *pps)
{
  guint lists_8x8 = sps && sps->chroma_format_idc == 3 ? 6 : 2;

  pps->more_data = TRUE;
  pps->transform_8x8_mode_flag = ul_syntax_flag (s, "transform_8x8_mode_flag");
  if ((pps->pic_scaling_matrix_present_flag = ul_syntax_flag (s, "pic_scaling_matrix_present_flag")))
    scaling_matrix (s, &pps->scaling, 6 + (pps->transform_8x8_mode_flag ? lists_8x8 : 0), "pic_scaling_list_present_flag");
  pps->second_chroma_qp_index_offset = (gint8) ul_syntax_se (s, "second_chroma_qp_index_offset", -12, 12);
}

void
ul_h264_parse_pps (UlSyntax *s, const UlH264Sps *sps, UlH264Pps *ret_pps)
{
  gsize after;

  memset (ret_pps, 0, sizeof *ret_pps);
  pps_first_part (s, sps, ret_pps);
  if (!ul_syntax_ok (s) || !ul_bits_more_rbsp_data (&s->bits))
    return;
  /*
   * Bytes after the stop bit look like more_rbsp_data().  Where the RBSP could
   * end here and the second part does not end it, the first part was all.
   */
  UlSyntax first = *s, probe = *s;
  UlH264Pps scratch = *ret_pps;
  probe.trace = NULL;
  if (ul_syntax_trailing_bits (&first, &after)) {
    pps_second_part (&probe, sps, &scratch);
    if (!ul_syntax_ok (&probe) || !ul_syntax_trailing_bits (&probe, &after))
      return;
  }
  pps_second_part (s, sps, ret_pps);
}

/* --- 7.3.3 ------------------------------------------------------------------------------ */

void
ul_h264_parse_slice_start (UlSyntax *s, UlH264Slice *ret_slice)
{
  memset (ret_slice, 0, sizeof *ret_slice);
  guint header = ul_syntax_u (s, 8, "nal_unit_header");
  ret_slice->nal_ref_idc = (guint8) (header >> 5 & 3);
  ret_slice->nal_unit_type = (guint8) (header & 31);
  ret_slice->first_mb_in_slice = ul_syntax_ue (s, "first_mb_in_slice", 0, 139263);
  ret_slice->slice_type = (guint8) ul_syntax_ue (s, "slice_type", 0, 9);
  ret_slice->pic_parameter_set_id = (guint8) ul_syntax_ue (s, "pic_parameter_set_id", 0, 255);
  ret_slice->cabac_init_idc = -1;
  ret_slice->disable_deblocking_filter_idc = -1;
}

/* 7.3.3.1 */
static void
ref_pic_list_modification (UlSyntax *s, UlH264Slice *h, guint list)
{
  h->ref_pic_list_modification_flag[list] = ul_syntax_flag (s, "ref_pic_list_modification_flag");
  if (!h->ref_pic_list_modification_flag[list])
    return;
  for (guint i = 0; ul_syntax_ok (s); i++) {
    guint idc = ul_syntax_ue (s, "modification_of_pic_nums_idc", 0, 3);
    if (idc == 3)
      return;
    /* Not more than the list has entries: 32 of fields. */
    if (i > 32)
      ul_syntax_fail (s, "modification_of_pic_nums_idc", i, s->bits.pos, FALSE);
    ul_syntax_ue (s, idc == 2 ? "long_term_pic_num" : "abs_diff_pic_num_minus1", 0, 131071);
    h->n_modifications[list]++;
  }
}

/* 7.3.3.2 */
static void
pred_weight_table (UlSyntax *s, UlH264Slice *h, const UlH264Sps *sps, gboolean b)
{
  gboolean chroma = !sps->separate_colour_plane_flag && sps->chroma_format_idc != 0;

  h->pred_weight_table = TRUE;
  ul_syntax_ue (s, "luma_log2_weight_denom", 0, 7);
  if (chroma)
    ul_syntax_ue (s, "chroma_log2_weight_denom", 0, 7);
  for (guint list = 0; list <= (guint) b; list++) {
    guint last = list ? h->num_ref_idx_l1_active_minus1 : h->num_ref_idx_l0_active_minus1;
    for (guint i = 0; i <= last && ul_syntax_ok (s); i++) {
      if (ul_syntax_u_sub (s, 1, "luma_weight_flag", 1, i, 0)) {
        ul_syntax_se_sub (s, "luma_weight", -128, 127, 1, i, 0);
        ul_syntax_se_sub (s, "luma_offset", -128, 127, 1, i, 0);
      }
      if (!chroma || !ul_syntax_u_sub (s, 1, "chroma_weight_flag", 1, i, 0))
        continue;
      for (guint j = 0; j < 2; j++) {
        ul_syntax_se_sub (s, "chroma_weight", -128, 127, 2, i, j);
        ul_syntax_se_sub (s, "chroma_offset", -128, 127, 2, i, j);
      }
    }
  }
}

/* 7.3.3.3 */
static void
dec_ref_pic_marking (UlSyntax *s, UlH264Slice *h)
{
  if (h->nal_unit_type == 5) {
    h->no_output_of_prior_pics_flag = ul_syntax_flag (s, "no_output_of_prior_pics_flag");
    h->long_term_reference_flag = ul_syntax_flag (s, "long_term_reference_flag");
    return;
  }
  if (!(h->adaptive_ref_pic_marking_mode_flag = ul_syntax_flag (s, "adaptive_ref_pic_marking_mode_flag")))
    return;
  for (guint i = 0; ul_syntax_ok (s); i++) {
    guint op = ul_syntax_ue (s, "memory_management_control_operation", 0, 6);
    if (op == 0)
      return;
    if (i > 66)
      ul_syntax_fail (s, "memory_management_control_operation", i, s->bits.pos, FALSE);
    h->mmco5 |= op == 5;
    if (op == 1 || op == 3)
      ul_syntax_ue (s, "difference_of_pic_nums_minus1", 0, 131071);
    if (op == 2)
      ul_syntax_ue (s, "long_term_pic_num", 0, 31);
    if (op == 3 || op == 6)
      ul_syntax_ue (s, "long_term_frame_idx", 0, 31);
    if (op == 4)
      ul_syntax_ue (s, "max_long_term_frame_idx_plus1", 0, 32);
    h->n_memory_management_control_operations++;
  }
}

static void
slice_order (UlSyntax *s, const UlH264Sps *sps, const UlH264Pps *pps, UlH264Slice *h)
{
  if (sps->separate_colour_plane_flag)
    h->colour_plane_id = (guint8) ul_syntax_u (s, 2, "colour_plane_id");
  h->frame_num = (guint16) ul_syntax_u (s, sps->log2_max_frame_num_minus4 + 4u, "frame_num");
  if (!sps->frame_mbs_only_flag && (h->field_pic_flag = ul_syntax_flag (s, "field_pic_flag")))
    h->bottom_field_flag = ul_syntax_flag (s, "bottom_field_flag");
  if (h->nal_unit_type == 5)
    h->idr_pic_id = (guint16) ul_syntax_ue (s, "idr_pic_id", 0, 65535);
  gboolean bottom = pps->bottom_field_pic_order_in_frame_present_flag && !h->field_pic_flag;
  if (sps->pic_order_cnt_type == 0) {
    h->pic_order_cnt_lsb = (guint16) ul_syntax_u (s, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u, "pic_order_cnt_lsb");
    if (bottom)
      h->delta_pic_order_cnt_bottom = ul_syntax_se (s, "delta_pic_order_cnt_bottom", G_MININT32 + 1, G_MAXINT32);
  }
  if (sps->pic_order_cnt_type == 1 && !sps->delta_pic_order_always_zero_flag) {
    h->delta_pic_order_cnt[0] = ul_syntax_se_sub (s, "delta_pic_order_cnt", G_MININT32 + 1, G_MAXINT32, 1, 0, 0);
    if (bottom)
      h->delta_pic_order_cnt[1] = ul_syntax_se_sub (s, "delta_pic_order_cnt", G_MININT32 + 1, G_MAXINT32, 1, 1, 0);
  }
  if (pps->redundant_pic_cnt_present_flag)
    h->redundant_pic_cnt = (guint8) ul_syntax_ue (s, "redundant_pic_cnt", 0, 127);
}

static void
slice_references (UlSyntax *s, const UlH264Sps *sps, const UlH264Pps *pps, UlH264Slice *h)
{
  guint type = h->slice_type % 5, most = h->field_pic_flag ? 31 : 15;
  gboolean b = type == UL_SLICE_B, p = type == UL_SLICE_P || type == UL_SLICE_SP;

  if (b)
    h->direct_spatial_mv_pred_flag = ul_syntax_flag (s, "direct_spatial_mv_pred_flag");
  h->num_ref_idx_l0_active_minus1 = pps->num_ref_idx_l0_default_active_minus1;
  h->num_ref_idx_l1_active_minus1 = pps->num_ref_idx_l1_default_active_minus1;
  if ((p || b) && (h->num_ref_idx_active_override_flag = ul_syntax_flag (s, "num_ref_idx_active_override_flag"))) {
    h->num_ref_idx_l0_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l0_active_minus1", 0, most);
    if (b)
      h->num_ref_idx_l1_active_minus1 = (guint8) ul_syntax_ue (s, "num_ref_idx_l1_active_minus1", 0, most);
  }
  if (p || b)
    ref_pic_list_modification (s, h, 0);
  if (b)
    ref_pic_list_modification (s, h, 1);
  if ((pps->weighted_pred_flag && p) || (pps->weighted_bipred_idc == 1 && b))
    pred_weight_table (s, h, sps, b);
  if (h->nal_ref_idc != 0)
    dec_ref_pic_marking (s, h);
}

static guint
pic_size_in_map_units (const UlH264Sps *sps)
{
  return (sps->pic_width_in_mbs_minus1 + 1) * (sps->pic_height_in_map_units_minus1 + 1);
}

static void
slice_quantiser (UlSyntax *s, const UlH264Sps *sps, const UlH264Pps *pps, UlH264Slice *h)
{
  guint type = h->slice_type % 5;
  gint base = 26 + pps->pic_init_qp_minus26;

  if (pps->entropy_coding_mode_flag && type != UL_SLICE_I && type != UL_SLICE_SI)
    h->cabac_init_idc = (gint8) ul_syntax_ue (s, "cabac_init_idc", 0, 2);
  h->slice_qp_delta = (gint8) ul_syntax_se (s, "slice_qp_delta", -base - 6 * sps->bit_depth_luma_minus8, 51 - base);
  h->slice_qp = base + h->slice_qp_delta;
  if (type == UL_SLICE_SP)
    h->sp_for_switch_flag = ul_syntax_flag (s, "sp_for_switch_flag");
  if (type == UL_SLICE_SP || type == UL_SLICE_SI)
    h->slice_qs_delta = (gint8) ul_syntax_se (s, "slice_qs_delta", -51, 51);
  if (pps->deblocking_filter_control_present_flag) {
    h->disable_deblocking_filter_idc = (gint8) ul_syntax_ue (s, "disable_deblocking_filter_idc", 0, 2);
    if (h->disable_deblocking_filter_idc != 1) {
      h->slice_alpha_c0_offset_div2 = (gint8) ul_syntax_se (s, "slice_alpha_c0_offset_div2", -6, 6);
      h->slice_beta_offset_div2 = (gint8) ul_syntax_se (s, "slice_beta_offset_div2", -6, 6);
    }
  }
  if (pps->num_slice_groups_minus1 > 0 && pps->slice_group_map_type >= 3 && pps->slice_group_map_type <= 5) {
    guint64 rate = (guint64) pps->slice_group_change_rate_minus1 + 1, units = pic_size_in_map_units (sps);
    ul_syntax_u (s, ceil_log2 ((units + rate - 1) / rate + 1), "slice_group_change_cycle");
  }
}

void
ul_h264_parse_slice_rest (UlSyntax *s, const UlH264Sps *sps, const UlH264Pps *pps, UlH264Slice *slice)
{
  guint64 fields = sps->frame_mbs_only_flag ? 1 : 2;

  slice_order (s, sps, pps, slice);
  guint64 mbs = pic_size_in_map_units (sps) * fields / (slice->field_pic_flag ? 2 : 1);
  guint64 first = (guint64) slice->first_mb_in_slice << (sps->mb_adaptive_frame_field_flag && !slice->field_pic_flag);
  if (first >= mbs)
    ul_syntax_fail (s, "first_mb_in_slice", slice->first_mb_in_slice, 8, FALSE);
  slice_references (s, sps, pps, slice);
  slice_quantiser (s, sps, pps, slice);
}
