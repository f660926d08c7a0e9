/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Syntax structures of H.264 (ITU-T H.264): sequence and picture parameter set,
 * slice header.  Names, order and ranges are the standard's; every parser takes
 * a UlSyntax at the first bit of the NAL unit header and leaves it after the
 * last element read, its sticky error set where something is out of range.
 *
 * h264.sps.form, tokens apart by one blank, always all of them in this order:
 *   h<2 hex>          NAL unit header byte
 *   p<dec>            profile_idc
 *   c<2 hex>          constraint_set0..5_flag and reserved_zero_2bits
 *   mfn<dec>          log2_max_frame_num (4..16)
 *   poc0/<dec>        pic_order_cnt_type 0 / log2_max_pic_order_cnt_lsb
 *   poc1 | poc2       the other types
 *   ref<dec>          max_num_ref_frames
 *   gaps<0|1>         gaps_in_frame_num_value_allowed_flag
 *   d8<0|1>           direct_8x8_inference_flag
 *   fmo1 | fmo0/<0|1> frame_mbs_only_flag; where 0, / mb_adaptive_frame_field_flag
 *   crop-|0|1         frame_cropping_flag 0; set over four zeros; set
 *   scal-|flat|default|list
 *                     seq_scaling_matrix_present_flag 0; all coded lists 16; no
 *                     list of its own (none coded or UseDefault); own lists
 *   fmt<c>/<l>/<c>    only where it is not 1/8/8: chroma_format_idc / bit depths
 *   vui- | vui! | the tokens of the VUI:
 *   sar-|<idc>|255:same|255     aspect_ratio_idc; 255 with equal or unequal sides
 *   over-|0|1                   overscan_appropriate_flag
 *   vs-|<f>/<r>                 video_format / video_full_range_flag
 *   col-|<p>/<t>/<m>            colour_primaries / transfer / matrix
 *   chroma-|<t>/<b>             chroma_sample_loc_type_top/bottom_field
 *   tick-|<form>:<0|1>          timing form (below) : fixed_frame_rate_flag
 *   nal-|<n>:<a>,<b>,<c>,<d>    NAL HRD: cpb_cnt : the lengths in bits of
 *                               initial_cpb_removal_delay, cpb_removal_delay,
 *                               dpb_output_delay, and time_offset_length
 *   vcl-|<same form>            VCL HRD
 *   lowdelay-|0|1               low_delay_hrd_flag ('-' without HRD)
 *   pics<0|1>                   pic_struct_present_flag
 *   br-|<7 numbers>             bitstream restriction, comma separated
 * A '-' says that the part is not coded; vui! that the VUI could not be read.
 *
 * Timing forms (tick): what the maker chooses, the frame rate left out.
 *   N/90000 N/180000 N/27000000 N/54000000 N/1000000 N/10000000   time_scale is that clock
 *   1/2fps     num_units_in_tick 1, even time_scale
 *   1/odd      num_units_in_tick 1, odd time_scale
 *   1000/2000fps 1000/1000fps 1000/other
 *              num_units_in_tick 1000 and time_scale a multiple of 2000, of 1000, neither
 *   1001/1000n 1001/other   num_units_in_tick 1001 and time_scale a multiple of 1000, or not
 *   10/n 100/n 10000/n 100000/n   another power of ten as num_units_in_tick
 *   zero       one of the two is zero
 *   other
 *
 * h264.pps.form, always in this order:
 *   h<2 hex> id<dec> sps<dec> cabac<0|1> bfpo<0|1> sg<groups-1>[/<map type>]
 *   l0=<n> l1=<n>     num_ref_idx_l0/l1_default_active (minus1 + 1)
 *   wp<p>/<b>         weighted_pred_flag / weighted_bipred_idc
 *   qp<n> qs<n>       26 + pic_init_qp_minus26, 26 + pic_init_qs_minus26
 *   cqo<n> dbc<0|1> cip<0|1> rpc<0|1>   chroma_qp_index_offset, deblocking_filter_control_present_flag,
 *                     constrained_intra_pred_flag, redundant_pic_cnt_present_flag
 *   t8-|=0|=1  scal-|0|flat|default|list  cqo2-|=<n>   '-': the part after more_rbsp_data() is not coded;
 *                     scal0: pic_scaling_matrix_present_flag 0
 *
 * slice.header, by slice type (I, P, B, SP, SI), tokens in this order:
 *   <type> ref<nal_ref_idc> override<-|0|1[:l0[/l1]]> rplm<-|0|1|..> wp<0|1> marking<-|0|1|idr<no_output><long_term>>
 *   direct<-|0|1> cabac_init<-|0..2> deblock<-|idc[:alpha/beta]> field<-|0|1> redundant<-|0|1>
 *   (override: num_ref_idx_active_override_flag and the counts it sets; rplm: ref_pic_list_modification_flag
 *   of list 0 and 1; wp: pred_weight_table() coded; marking: adaptive_ref_pic_marking_mode_flag, or of IDR
 *   no_output_of_prior_pics_flag and long_term_reference_flag; deblock: disable_deblocking_filter_idc and
 *   slice_alpha_c0_offset_div2/slice_beta_offset_div2; redundant: redundant_pic_cnt above 0)
 */
#pragma once

#include "bitstream/syntax.h"

/* E.1.2 */
typedef struct {
  guint8 cpb_cnt_minus1, bit_rate_scale, cpb_size_scale;
  guint32 bit_rate_value_minus1[32], cpb_size_value_minus1[32];
  guint32 cbr_flags; /* bit i: cbr_flag[i] */
  guint8 initial_cpb_removal_delay_length_minus1, cpb_removal_delay_length_minus1, dpb_output_delay_length_minus1, time_offset_length;
} UlH264Hrd;

/* E.1.1 */
typedef struct {
  gboolean aspect_ratio_info_present_flag;
  guint8 aspect_ratio_idc;
  guint16 sar_width, sar_height;
  gboolean overscan_info_present_flag, overscan_appropriate_flag;
  gboolean video_signal_type_present_flag;
  guint8 video_format;
  gboolean video_full_range_flag, colour_description_present_flag;
  guint8 colour_primaries, transfer_characteristics, matrix_coefficients;
  gboolean chroma_loc_info_present_flag;
  guint8 chroma_sample_loc_type_top_field, chroma_sample_loc_type_bottom_field;
  gboolean timing_info_present_flag;
  guint32 num_units_in_tick, time_scale;
  gboolean fixed_frame_rate_flag;
  gboolean nal_hrd_parameters_present_flag, vcl_hrd_parameters_present_flag;
  UlH264Hrd nal_hrd, vcl_hrd;
  gboolean low_delay_hrd_flag, pic_struct_present_flag, bitstream_restriction_flag;
  gboolean motion_vectors_over_pic_boundaries_flag;
  guint8 max_bytes_per_pic_denom, max_bits_per_mb_denom, log2_max_mv_length_horizontal, log2_max_mv_length_vertical;
  guint8 max_num_reorder_frames, max_dec_frame_buffering;
} UlH264Vui;

/* What a set of scaling lists amounts to. */
typedef enum { UL_SCALING_NONE, UL_SCALING_FLAT, UL_SCALING_DEFAULT, UL_SCALING_LIST } UlScalingKind;

typedef struct {
  guint8 n_lists;                   /* coded present flags: 8, 12; PPS 6, 8, 12 */
  guint16 present_flags;            /* bit i: scaling_list_present_flag[i] */
  guint16 use_default_flags;        /* bit i: UseDefaultScalingMatrixFlag */
  UlScalingKind kind;
  guint8 lists_4x4[6][16], lists_8x8[6][64]; /* as coded, zig-zag order; 0 where not present */
} UlH264Scaling;

/* 7.3.2.1.1 */
typedef struct {
  guint8 nal_header;
  guint8 profile_idc, constraint_flags, level_idc, seq_parameter_set_id;
  guint8 chroma_format_idc;
  gboolean separate_colour_plane_flag;
  guint8 bit_depth_luma_minus8, bit_depth_chroma_minus8;
  gboolean qpprime_y_zero_transform_bypass_flag, seq_scaling_matrix_present_flag;
  UlH264Scaling scaling;
  guint8 log2_max_frame_num_minus4, pic_order_cnt_type, log2_max_pic_order_cnt_lsb_minus4;
  gboolean delta_pic_order_always_zero_flag;
  gint32 offset_for_non_ref_pic, offset_for_top_to_bottom_field;
  guint8 num_ref_frames_in_pic_order_cnt_cycle;
  gint32 offset_for_ref_frame[255];
  guint8 max_num_ref_frames;
  gboolean gaps_in_frame_num_value_allowed_flag;
  guint32 pic_width_in_mbs_minus1, pic_height_in_map_units_minus1;
  gboolean frame_mbs_only_flag, mb_adaptive_frame_field_flag, direct_8x8_inference_flag, frame_cropping_flag;
  guint32 frame_crop_left_offset, frame_crop_right_offset, frame_crop_top_offset, frame_crop_bottom_offset;
  gboolean vui_parameters_present_flag;
  UlH264Vui vui;
  /* Derived */
  guint width, height;   /* after cropping; 0 where cropping leaves nothing */
  gboolean up_to_vui_ok; /* all before the VUI was read: slices can be */
} UlH264Sps;

/* 7.3.2.2 */
typedef struct {
  guint8 nal_header;
  guint8 pic_parameter_set_id, seq_parameter_set_id;
  gboolean entropy_coding_mode_flag, bottom_field_pic_order_in_frame_present_flag;
  guint8 num_slice_groups_minus1, slice_group_map_type;
  guint32 slice_group_change_rate_minus1;
  guint8 num_ref_idx_l0_default_active_minus1, num_ref_idx_l1_default_active_minus1;
  gboolean weighted_pred_flag;
  guint8 weighted_bipred_idc;
  gint8 pic_init_qp_minus26, pic_init_qs_minus26, chroma_qp_index_offset;
  gboolean deblocking_filter_control_present_flag, constrained_intra_pred_flag, redundant_pic_cnt_present_flag;
  gboolean more_data; /* the part after more_rbsp_data() is coded */
  gboolean transform_8x8_mode_flag, pic_scaling_matrix_present_flag;
  UlH264Scaling scaling;
  gint8 second_chroma_qp_index_offset;
} UlH264Pps;

typedef enum { UL_SLICE_P, UL_SLICE_B, UL_SLICE_I, UL_SLICE_SP, UL_SLICE_SI } UlSliceType; /* H.264 Table 7-6, modulo 5 */

/* 7.3.3 */
typedef struct {
  guint8 nal_ref_idc, nal_unit_type;
  guint32 first_mb_in_slice;
  guint8 slice_type; /* as coded, 0..9 */
  guint8 pic_parameter_set_id, colour_plane_id;
  guint16 frame_num;
  gboolean field_pic_flag, bottom_field_flag;
  guint16 idr_pic_id;
  guint16 pic_order_cnt_lsb;
  gint32 delta_pic_order_cnt_bottom, delta_pic_order_cnt[2];
  guint8 redundant_pic_cnt;
  gboolean direct_spatial_mv_pred_flag, num_ref_idx_active_override_flag;
  guint8 num_ref_idx_l0_active_minus1, num_ref_idx_l1_active_minus1;
  gboolean ref_pic_list_modification_flag[2];
  guint8 n_modifications[2];
  gboolean pred_weight_table;
  gboolean no_output_of_prior_pics_flag, long_term_reference_flag, adaptive_ref_pic_marking_mode_flag;
  guint8 n_memory_management_control_operations;
  gboolean mmco5; /* memory_management_control_operation 5: all reference pictures unused */
  gint8 cabac_init_idc; /* -1: not coded */
  gint8 slice_qp_delta;
  gboolean sp_for_switch_flag;
  gint8 slice_qs_delta;
  gint8 disable_deblocking_filter_idc; /* -1: not coded */
  gint8 slice_alpha_c0_offset_div2, slice_beta_offset_div2;
  gint slice_qp; /* 26 + pic_init_qp_minus26 + slice_qp_delta */
} UlH264Slice;

void ul_h264_parse_sps (UlSyntax *s, UlH264Sps *ret_sps);
/* nal_unit_type 13, 7.3.2.1.2 */
void ul_h264_parse_sps_extension (UlSyntax *s);
/* nal_unit_type 15: the seq_parameter_set_data() of 7.3.2.1.3 only. */
void ul_h264_parse_subset_sps (UlSyntax *s, UlH264Sps *ret_sps);
/* `sps` gives chroma_format_idc for transform_8x8_mode_flag; NULL: 1 is taken. */
void ul_h264_parse_pps (UlSyntax *s, const UlH264Sps *sps, UlH264Pps *ret_pps);

/* first_mb_in_slice, slice_type and pic_parameter_set_id: needs no parameter set. */
void ul_h264_parse_slice_start (UlSyntax *s, UlH264Slice *ret_slice);
/* The rest, after ul_h264_parse_slice_start(). */
void ul_h264_parse_slice_rest (UlSyntax *s, const UlH264Sps *sps, const UlH264Pps *pps, UlH264Slice *slice);

/* The form strings; owned by the caller. */
char *ul_h264_sps_form (const UlH264Sps *sps, gboolean vui_ok);
char *ul_h264_pps_form (const UlH264Pps *pps);
/* slice.header; `key` is what ul_h264_slice_key() packs, so that equal headers count as one. */
guint64 ul_h264_slice_key (const UlH264Slice *slice, const UlH264Sps *sps, const UlH264Pps *pps);
char *ul_h264_slice_form (guint64 key);

/* Timing form of both codecs. */
char *ul_timing_form (guint32 num_units_in_tick, guint32 time_scale);
/* HRD form "n:a,b,c,d". */
char *ul_h264_hrd_form (const UlH264Hrd *hrd);
