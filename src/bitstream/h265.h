/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Syntax structures of H.265 (ITU-T H.265): video, sequence and picture
 * parameter set, slice segment header.  Names, order and ranges are the
 * standard's; cursor and errors as in h264.h.
 *
 * h265.vps.form, tokens apart by one blank, always all of them in this order:
 *   h<4 hex>       NAL unit header
 *   id<dec>        vps_video_parameter_set_id
 *   base<i><a>     vps_base_layer_internal_flag, vps_base_layer_available_flag
 *   layers<dec>    vps_max_layers_minus1 + 1
 *   sub<dec> nest<0|1>   vps_max_sub_layers_minus1 + 1, vps_temporal_id_nesting_flag
 *   <profile>      p<dec> compat<8 hex> flags<4 digits> con<11 hex> tier<0|1>: general_profile_idc, compatibility flags,
 *                  progressive/interlaced/non_packed/frame_only flags, the 43 + 1 bits after them, general_tier_flag
 *   dpb<a>,<b>,<c>[;...]   max_dec_pic_buffering_minus1 + 1, max_num_reorder_pics, max_latency_increase_plus1 of
 *                  each sub-layer that is coded
 *   sets<dec>      vps_num_layer_sets_minus1 + 1
 *   tick-|<form>   vps timing, form of h264.h (read for H.265: time_scale is not doubled, so
 *                  25 fps over 1 is 1/odd and 30 over 1 is 1/2fps)
 *   poctick-|<dec> vps_num_ticks_poc_diff_one_minus1 + 1; '-' where the flag is 0 or there is no timing
 *   hrd<dec>       vps_num_hrd_parameters
 *   ext<0|1>       vps_extension_flag
 *
 * h265.sps.form:
 *   h<4 hex> vps<dec> sub<dec> nest<0|1> <profile> cf<0..3>
 *   cw-|0|1        conformance_window_flag 0; set over zeros; set
 *   bd<l>/<c>      bit depths
 *   poc<dec>       log2_max_pic_order_cnt_lsb
 *   dpb...         as above
 *   cb<min>+<diff> tb<min>+<diff>   log2 of the smallest coding and transform block, and the difference to the largest
 *   th<inter>/<intra>               max_transform_hierarchy_depth
 *   scal-|default|list amp<0|1> sao<0|1>
 *   pcm-|<l>/<c>,<min>+<diff>,<lf>  bit depths, log2 sizes, pcm_loop_filter_disabled_flag
 *   strps<dec>     num_short_term_ref_pic_sets
 *   lt-|<dec>      num_long_term_ref_pics_sps
 *   tmvp<0|1> sis<0|1>
 *   vui- | vui! | sar over vs col chroma (as in h264.h) neutral<0|1> field<0|1> ffi<0|1> disp-|0|1
 *                  tick-|<form> poctick-|<dec>
 *                  hrd-|<n><v>[:<a>,<b>,<c>][:<f>,<w>,<l>,<cpbs>]...  NAL and VCL present; the lengths in bits of
 *                  initial_cpb_removal_delay, au_cpb_removal_delay, dpb_output_delay; for each sub-layer
 *                  fixed_pic_rate_general, _within_cvs, low_delay flags and the CPB count
 *                  br-|<8 numbers>  bitstream restriction, comma separated
 *   ext-|<2 hex>   sps_range, _multilayer, _3d, _scc_extension_flag and sps_extension_4bits
 *
 * h265.pps.form:
 *   h<4 hex> id<dec> sps<dec> dep<0|1> out<0|1> extra<dec> sdh<0|1> cabac_init<0|1> l0=<n> l1=<n> qp<26 + init_qp_minus26>
 *   cip<0|1> ts<0|1> cuqp-|<diff_cu_qp_delta_depth> cb<n> cr<n> slqp<0|1> wp<0|1>/<0|1> tqb<0|1>
 *   tiles-|<cols>x<rows>,<uniform>,<loop filter> wpp<0|1> lfs<0|1>
 *   dbc-|<override><disabled>[:<beta>/<tc>] scal<0|1> lists<0|1> pml<log2_parallel_merge_level_minus2 + 2> shext<0|1> ext-|<2 hex>
 *
 * slice.header, by slice type (I, P, B):
 *   <type> rps-|sps|own lt<0|1> tmvp-|0|1 sao-|<l><c> override-|0|1:<l0>[/<l1>] rplm-|0|1 mvdl1-|0|1 cabac_init-|0|1
 *   wp<0|1> merge-|<MaxNumMergeCand> cqp-|0|1 deblock-|0|1
 *   (rps: IDR without one, short_term_ref_pic_set_sps_flag, coded in the slice; cqp: slice chroma QP offsets coded, all
 *   zero or not; deblock: slice_deblocking_filter_disabled_flag, '-' where the slice overrides nothing)
 */
#pragma once

#include "bitstream/h264.h"

#define UL_H265_SUB_LAYERS 7

/* 7.3.3 */
typedef struct {
  guint8 general_profile_space, general_profile_idc;
  gboolean general_tier_flag;
  guint32 general_profile_compatibility_flags; /* flag j is bit 31 - j */
  guint64 constraint_bits;                     /* the 48 bits before general_level_idc */
  guint8 general_level_idc;
} UlH265Ptl;

/* What sub-layers say in VPS and SPS alike. */
typedef struct {
  gboolean ordering_info_present_flag;
  guint8 first, last; /* sub-layers that are coded */
  guint8 max_dec_pic_buffering_minus1[UL_H265_SUB_LAYERS], max_num_reorder_pics[UL_H265_SUB_LAYERS];
  guint32 max_latency_increase_plus1[UL_H265_SUB_LAYERS];
} UlH265Ordering;

/* E.2.2; rates and sizes of CPBs are read, not kept */
typedef struct {
  gboolean nal_hrd_parameters_present_flag, vcl_hrd_parameters_present_flag, sub_pic_hrd_params_present_flag;
  gboolean sub_pic_cpb_params_in_pic_timing_sei_flag;
  guint8 initial_cpb_removal_delay_length_minus1, au_cpb_removal_delay_length_minus1, dpb_output_delay_length_minus1;
  guint8 du_cpb_removal_delay_increment_length_minus1, dpb_output_delay_du_length_minus1;
  guint8 n_sub_layers;
  guint8 fixed_pic_rate_general_flags, fixed_pic_rate_within_cvs_flags, low_delay_hrd_flags; /* bit i: sub-layer i */
  guint8 cpb_cnt_minus1[UL_H265_SUB_LAYERS];
} UlH265Hrd;

/* 7.3.2.1 */
typedef struct {
  guint16 nal_header;
  guint8 vps_video_parameter_set_id;
  gboolean vps_base_layer_internal_flag, vps_base_layer_available_flag;
  guint8 vps_max_layers_minus1, vps_max_sub_layers_minus1;
  gboolean vps_temporal_id_nesting_flag;
  UlH265Ptl ptl;
  UlH265Ordering ordering;
  guint16 vps_num_layer_sets_minus1;
  gboolean vps_timing_info_present_flag;
  guint32 vps_num_units_in_tick, vps_time_scale;
  gboolean vps_poc_proportional_to_timing_flag;
  guint32 vps_num_ticks_poc_diff_one_minus1;
  guint16 vps_num_hrd_parameters;
  gboolean vps_extension_flag;
} UlH265Vps;

/* 7.3.7, (7-61) to (7-71) */
typedef struct {
  guint8 num_negative_pics, num_positive_pics;
  gint32 delta_poc[16]; /* negative ones first */
  guint16 used;         /* bit i: used_by_curr_pic of delta_poc[i] */
} UlH265Rps;

/* E.2.1 */
typedef struct {
  /* The part that is E.1.1 of H.264; its timing and HRD members are not used. */
  UlH264Vui display;
  gboolean neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag, default_display_window_flag;
  guint32 def_disp_win_offsets[4];
  gboolean vui_timing_info_present_flag;
  guint32 vui_num_units_in_tick, vui_time_scale;
  gboolean vui_poc_proportional_to_timing_flag;
  guint32 vui_num_ticks_poc_diff_one_minus1;
  gboolean vui_hrd_parameters_present_flag;
  UlH265Hrd hrd;
  gboolean bitstream_restriction_flag, tiles_fixed_structure_flag, motion_vectors_over_pic_boundaries_flag;
  gboolean restricted_ref_pic_lists_flag;
  guint16 min_spatial_segmentation_idc;
  guint8 max_bytes_per_pic_denom, max_bits_per_min_cu_denom, log2_max_mv_length_horizontal, log2_max_mv_length_vertical;
} UlH265Vui;

/* 7.3.2.2 */
typedef struct {
  guint16 nal_header;
  guint8 sps_video_parameter_set_id, sps_max_sub_layers_minus1;
  gboolean sps_temporal_id_nesting_flag;
  UlH265Ptl ptl;
  guint8 sps_seq_parameter_set_id, chroma_format_idc;
  gboolean separate_colour_plane_flag;
  guint32 pic_width_in_luma_samples, pic_height_in_luma_samples;
  gboolean conformance_window_flag;
  guint32 conf_win_left_offset, conf_win_right_offset, conf_win_top_offset, conf_win_bottom_offset;
  guint8 bit_depth_luma_minus8, bit_depth_chroma_minus8, log2_max_pic_order_cnt_lsb_minus4;
  UlH265Ordering ordering;
  guint8 log2_min_luma_coding_block_size_minus3, log2_diff_max_min_luma_coding_block_size;
  guint8 log2_min_luma_transform_block_size_minus2, log2_diff_max_min_luma_transform_block_size;
  guint8 max_transform_hierarchy_depth_inter, max_transform_hierarchy_depth_intra;
  gboolean scaling_list_enabled_flag, sps_scaling_list_data_present_flag, amp_enabled_flag, sample_adaptive_offset_enabled_flag;
  gboolean pcm_enabled_flag;
  guint8 pcm_sample_bit_depth_luma_minus1, pcm_sample_bit_depth_chroma_minus1;
  guint8 log2_min_pcm_luma_coding_block_size_minus3, log2_diff_max_min_pcm_luma_coding_block_size;
  gboolean pcm_loop_filter_disabled_flag;
  guint8 num_short_term_ref_pic_sets;
  UlH265Rps st_rps[64];
  gboolean long_term_ref_pics_present_flag;
  guint8 num_long_term_ref_pics_sps;
  guint32 used_by_curr_pic_lt_sps_flags; /* bit i */
  gboolean sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag, vui_parameters_present_flag;
  UlH265Vui vui;
  gboolean sps_extension_present_flag;
  guint8 sps_extension_flags; /* range, multilayer, 3d, scc, 4 bits */
  /* Derived */
  guint width, height;
  gboolean up_to_vui_ok, vui_ok;
  gboolean unread; /* data follow that are not read (extensions without a parser) */
} UlH265Sps;

/* 7.3.2.3 */
typedef struct {
  guint16 nal_header;
  guint8 pps_pic_parameter_set_id, pps_seq_parameter_set_id;
  gboolean dependent_slice_segments_enabled_flag, output_flag_present_flag;
  guint8 num_extra_slice_header_bits;
  gboolean sign_data_hiding_enabled_flag, cabac_init_present_flag;
  guint8 num_ref_idx_l0_default_active_minus1, num_ref_idx_l1_default_active_minus1;
  gint8 init_qp_minus26;
  gboolean constrained_intra_pred_flag, transform_skip_enabled_flag, cu_qp_delta_enabled_flag;
  guint8 diff_cu_qp_delta_depth;
  gint8 pps_cb_qp_offset, pps_cr_qp_offset;
  gboolean pps_slice_chroma_qp_offsets_present_flag, weighted_pred_flag, weighted_bipred_flag, transquant_bypass_enabled_flag;
  gboolean tiles_enabled_flag, entropy_coding_sync_enabled_flag;
  guint16 num_tile_columns_minus1, num_tile_rows_minus1;
  gboolean uniform_spacing_flag, loop_filter_across_tiles_enabled_flag, pps_loop_filter_across_slices_enabled_flag;
  gboolean deblocking_filter_control_present_flag, deblocking_filter_override_enabled_flag, pps_deblocking_filter_disabled_flag;
  gint8 pps_beta_offset_div2, pps_tc_offset_div2;
  gboolean pps_scaling_list_data_present_flag, lists_modification_present_flag;
  guint8 log2_parallel_merge_level_minus2;
  gboolean slice_segment_header_extension_present_flag, pps_extension_present_flag;
  guint8 pps_extension_flags;
  gboolean unread;
} UlH265Pps;

typedef enum { UL_H265_B, UL_H265_P, UL_H265_I } UlH265SliceType; /* Table 7-7 */

/* 7.3.6.1 up to slice_deblocking_filter_disabled_flag */
typedef struct {
  guint8 nal_unit_type, nuh_layer_id, temporal_id;
  gboolean first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag;
  guint8 slice_pic_parameter_set_id;
  gboolean dependent_slice_segment_flag;
  guint32 slice_segment_address;
  guint8 slice_type;
  guint16 slice_pic_order_cnt_lsb;
  gboolean short_term_ref_pic_set_sps_flag, has_rps, has_long_term;
  guint num_pic_total_curr;
  gboolean slice_temporal_mvp_enabled_flag, slice_sao_luma_flag, slice_sao_chroma_flag;
  gboolean num_ref_idx_active_override_flag;
  guint8 num_ref_idx_l0_active_minus1, num_ref_idx_l1_active_minus1;
  gboolean ref_pic_list_modified, mvd_l1_zero_flag, cabac_init_flag, pred_weight_table;
  guint8 five_minus_max_num_merge_cand;
  gint8 slice_qp_delta;
  gboolean slice_chroma_qp_offsets, deblocking_filter_override_flag, slice_deblocking_filter_disabled_flag;
  gint slice_qp;
  gboolean qp_known; /* FALSE: a dependent segment, or an extension that is not read */
} UlH265Slice;

void ul_h265_parse_vps (UlSyntax *s, UlH265Vps *ret_vps);
void ul_h265_parse_sps (UlSyntax *s, UlH265Sps *ret_sps);
void ul_h265_parse_pps (UlSyntax *s, UlH265Pps *ret_pps);

/* Up to slice_pic_parameter_set_id: needs no parameter set. */
void ul_h265_parse_slice_start (UlSyntax *s, UlH265Slice *ret_slice);
void ul_h265_parse_slice_rest (UlSyntax *s, const UlH265Sps *sps, const UlH265Pps *pps, UlH265Slice *slice);

static inline gboolean
ul_h265_is_irap (guint nal_unit_type)
{
  return nal_unit_type >= 16 && nal_unit_type <= 23;
}

static inline gboolean
ul_h265_is_idr (guint nal_unit_type)
{
  return nal_unit_type == 19 || nal_unit_type == 20;
}

/* The form strings; owned by the caller. */
char *ul_h265_vps_form (const UlH265Vps *vps);
char *ul_h265_sps_form (const UlH265Sps *sps);
char *ul_h265_pps_form (const UlH265Pps *pps);
guint64 ul_h265_slice_key (const UlH265Slice *slice, const UlH265Sps *sps, const UlH265Pps *pps);
char *ul_h265_slice_form (guint64 key);
