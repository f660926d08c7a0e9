/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/coding_form.h"

#include <string.h>

#include "bitstream/tally.h"

static guint64
hash_of (const guint *values, gsize n)
{
  guint64 hash = UL_HASH_SEED;

  for (gsize i = 0; i < n; i++)
    hash = ul_hash_mix (hash, values[i]);
  return hash;
}

#define HASH_OF(...) hash_of ((const guint[]){ __VA_ARGS__ }, sizeof ((const guint[]){ __VA_ARGS__ }) / sizeof (guint))

/* Never 0. */
static guint64
timing_hash (guint32 num_units_in_tick, guint32 time_scale)
{
  g_autofree char *form = ul_timing_form (num_units_in_tick, time_scale);

  return ul_hash_bytes (UL_HASH_SEED, (const guint8 *) form, strlen (form)) | 1;
}

static guint
chroma_qp (gint offset)
{
  return (guint) (offset + 32);
}

/* --- H.264 ----------------------------------------------------------------------------- */

static guint64
h264_sps_hash (const UlH264Sps *sps)
{
  const UlH264Vui *v = &sps->vui;

  return HASH_OF (sps->nal_header, (guint) sps->gaps_in_frame_num_value_allowed_flag, (guint) sps->vui_parameters_present_flag,
                  (guint) v->overscan_info_present_flag, (guint) v->video_signal_type_present_flag,
                  (guint) v->colour_description_present_flag, (guint) v->chroma_loc_info_present_flag,
                  (guint) v->timing_info_present_flag, (guint) v->pic_struct_present_flag, (guint) v->bitstream_restriction_flag,
                  (guint) v->motion_vectors_over_pic_boundaries_flag, v->max_bytes_per_pic_denom, v->max_bits_per_mb_denom);
}

static guint64
h264_tools_hash (const UlH264Sps *sps, const UlH264Pps *pps)
{
  const UlH264Vui *v = &sps->vui;

  return HASH_OF (sps->profile_idc, sps->constraint_flags, sps->chroma_format_idc, sps->bit_depth_luma_minus8,
                  sps->bit_depth_chroma_minus8, sps->log2_max_frame_num_minus4, sps->pic_order_cnt_type,
                  sps->log2_max_pic_order_cnt_lsb_minus4, (guint) sps->direct_8x8_inference_flag, (guint) sps->frame_mbs_only_flag,
                  (guint) sps->mb_adaptive_frame_field_flag, (guint) sps->seq_scaling_matrix_present_flag,
                  (guint) v->nal_hrd_parameters_present_flag, (guint) v->vcl_hrd_parameters_present_flag,
                  (guint) pps->entropy_coding_mode_flag, (guint) pps->bottom_field_pic_order_in_frame_present_flag,
                  pps->num_slice_groups_minus1, (guint) pps->weighted_pred_flag, pps->weighted_bipred_idc,
                  chroma_qp (pps->chroma_qp_index_offset), (guint) pps->constrained_intra_pred_flag,
                  (guint) pps->redundant_pic_cnt_present_flag, (guint) pps->more_data, (guint) pps->transform_8x8_mode_flag,
                  (guint) pps->pic_scaling_matrix_present_flag);
}

UlCodingForm
ul_h264_coding_form (const UlH264Sps *sps, const UlH264Pps *pps)
{
  UlCodingForm form = { .sps = h264_sps_hash (sps),
                        .pps = HASH_OF (pps->nal_header, (guint) pps->deblocking_filter_control_present_flag),
                        .tools = h264_tools_hash (sps, pps) };

  if (sps->vui.timing_info_present_flag)
    form.timing = timing_hash (sps->vui.num_units_in_tick, sps->vui.time_scale);
  return form;
}

/* --- H.265 ----------------------------------------------------------------------------- */

static guint64
h265_sps_hash (const UlH265Sps *sps)
{
  const UlH265Vui *v = &sps->vui;
  const UlH264Vui *d = &v->display;

  return HASH_OF (sps->nal_header, (guint) (sps->ptl.constraint_bits >> 44) & 15, (guint) sps->sps_temporal_id_nesting_flag,
                  (guint) sps->vui_parameters_present_flag, (guint) d->overscan_info_present_flag,
                  (guint) d->video_signal_type_present_flag, (guint) d->colour_description_present_flag,
                  (guint) d->chroma_loc_info_present_flag, (guint) v->neutral_chroma_indication_flag,
                  (guint) v->frame_field_info_present_flag, (guint) v->vui_timing_info_present_flag,
                  (guint) v->vui_poc_proportional_to_timing_flag, (guint) v->bitstream_restriction_flag,
                  (guint) v->motion_vectors_over_pic_boundaries_flag, (guint) sps->sps_extension_present_flag);
}

static guint64
h265_pps_hash (const UlH265Pps *pps)
{
  return HASH_OF (pps->nal_header, (guint) pps->output_flag_present_flag, pps->num_extra_slice_header_bits,
                  (guint) pps->cabac_init_present_flag, (guint) pps->deblocking_filter_control_present_flag,
                  (guint) pps->lists_modification_present_flag, pps->log2_parallel_merge_level_minus2,
                  (guint) pps->slice_segment_header_extension_present_flag, (guint) pps->pps_extension_present_flag);
}

static guint64
h265_sps_tools_hash (const UlH265Sps *sps)
{
  return HASH_OF (sps->ptl.general_profile_idc, sps->chroma_format_idc, sps->bit_depth_luma_minus8, sps->bit_depth_chroma_minus8,
                  sps->log2_max_pic_order_cnt_lsb_minus4, sps->log2_min_luma_coding_block_size_minus3,
                  sps->log2_diff_max_min_luma_coding_block_size, sps->log2_min_luma_transform_block_size_minus2,
                  sps->log2_diff_max_min_luma_transform_block_size, sps->max_transform_hierarchy_depth_inter,
                  sps->max_transform_hierarchy_depth_intra, (guint) sps->scaling_list_enabled_flag, (guint) sps->amp_enabled_flag,
                  (guint) sps->sample_adaptive_offset_enabled_flag, (guint) sps->pcm_enabled_flag,
                  (guint) sps->long_term_ref_pics_present_flag, (guint) sps->sps_temporal_mvp_enabled_flag,
                  (guint) sps->strong_intra_smoothing_enabled_flag, (guint) sps->vui.vui_hrd_parameters_present_flag);
}

static guint64
h265_pps_tools_hash (const UlH265Pps *pps)
{
  return HASH_OF ((guint) pps->dependent_slice_segments_enabled_flag, (guint) pps->sign_data_hiding_enabled_flag,
                  (guint) pps->constrained_intra_pred_flag, (guint) pps->transform_skip_enabled_flag,
                  (guint) pps->cu_qp_delta_enabled_flag, chroma_qp (pps->pps_cb_qp_offset), chroma_qp (pps->pps_cr_qp_offset),
                  (guint) pps->pps_slice_chroma_qp_offsets_present_flag, (guint) pps->weighted_pred_flag,
                  (guint) pps->weighted_bipred_flag, (guint) pps->transquant_bypass_enabled_flag, (guint) pps->tiles_enabled_flag,
                  (guint) pps->entropy_coding_sync_enabled_flag, (guint) pps->pps_loop_filter_across_slices_enabled_flag);
}

UlCodingForm
ul_h265_coding_form (const UlH265Sps *sps, const UlH265Pps *pps)
{
  UlCodingForm form = { .sps = h265_sps_hash (sps), .pps = h265_pps_hash (pps),
                        .tools = ul_hash_mix (h265_sps_tools_hash (sps), h265_pps_tools_hash (pps)) };

  if (sps->vui.vui_timing_info_present_flag)
    form.timing = timing_hash (sps->vui.vui_num_units_in_tick, sps->vui.vui_time_scale);
  return form;
}
