/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The form strings of h265.h. */
#include "bitstream/h265.h"

static void
append_profile (GString *out, const UlH265Ptl *p)
{
  guint flags = (guint) (p->constraint_bits >> 44) & 15;

  g_string_append_printf (out, " p%u compat%08x flags%u%u%u%u con%011" G_GINT64_MODIFIER "x tier%d", p->general_profile_idc,
                          p->general_profile_compatibility_flags, flags >> 3 & 1, flags >> 2 & 1, flags >> 1 & 1, flags & 1,
                          p->constraint_bits & G_GUINT64_CONSTANT (0xfffffffffff), p->general_tier_flag);
}

static void
append_ordering (GString *out, const UlH265Ordering *o)
{
  for (guint i = o->first; i <= o->last; i++)
    g_string_append_printf (out, "%s%u,%u,%u", i == o->first ? " dpb" : ";", o->max_dec_pic_buffering_minus1[i] + 1u,
                            o->max_num_reorder_pics[i], o->max_latency_increase_plus1[i]);
}

static void
append_timing (GString *out, gboolean present, guint32 num, guint32 scale, gboolean proportional, guint32 ticks_minus1)
{
  g_autofree char *tick = present ? ul_timing_form (num, scale) : g_strdup ("-");

  g_string_append_printf (out, " tick%s", tick);
  if (present && proportional)
    g_string_append_printf (out, " poctick%" G_GUINT64_FORMAT, (guint64) ticks_minus1 + 1);
  else
    g_string_append (out, " poctick-");
}

static void
append_ext (GString *out, gboolean present, guint8 flags)
{
  if (present)
    g_string_append_printf (out, " ext%02x", flags);
  else
    g_string_append (out, " ext-");
}

char *
ul_h265_vps_form (const UlH265Vps *v)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "h%04x id%u base%d%d layers%u sub%u nest%d", v->nal_header, v->vps_video_parameter_set_id,
                          v->vps_base_layer_internal_flag, v->vps_base_layer_available_flag, v->vps_max_layers_minus1 + 1u,
                          v->vps_max_sub_layers_minus1 + 1u, v->vps_temporal_id_nesting_flag);
  append_profile (out, &v->ptl);
  append_ordering (out, &v->ordering);
  g_string_append_printf (out, " sets%u", v->vps_num_layer_sets_minus1 + 1u);
  append_timing (out, v->vps_timing_info_present_flag, v->vps_num_units_in_tick, v->vps_time_scale,
                 v->vps_poc_proportional_to_timing_flag, v->vps_num_ticks_poc_diff_one_minus1);
  g_string_append_printf (out, " hrd%u ext%d", v->vps_num_hrd_parameters, v->vps_extension_flag);
  return g_string_free (out, FALSE);
}

static void
append_display (GString *out, const UlH265Vui *vui)
{
  const UlH264Vui *v = &vui->display;
  const guint32 *d = vui->def_disp_win_offsets;

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
  g_string_append_printf (out, " neutral%d field%d ffi%d disp%s", vui->neutral_chroma_indication_flag, vui->field_seq_flag,
                          vui->frame_field_info_present_flag,
                          !vui->default_display_window_flag ? "-" : (d[0] | d[1] | d[2] | d[3]) ? "1" : "0");
}

static void
append_hrd (GString *out, gboolean present, const UlH265Hrd *h)
{
  if (!present) {
    g_string_append (out, " hrd-");
    return;
  }
  g_string_append_printf (out, " hrd%d%d", h->nal_hrd_parameters_present_flag, h->vcl_hrd_parameters_present_flag);
  if (h->nal_hrd_parameters_present_flag || h->vcl_hrd_parameters_present_flag)
    g_string_append_printf (out, ":%u,%u,%u", h->initial_cpb_removal_delay_length_minus1 + 1u,
                            h->au_cpb_removal_delay_length_minus1 + 1u, h->dpb_output_delay_length_minus1 + 1u);
  for (guint i = 0; i < h->n_sub_layers; i++)
    g_string_append_printf (out, ":%u,%u,%u,%u", h->fixed_pic_rate_general_flags >> i & 1u,
                            h->fixed_pic_rate_within_cvs_flags >> i & 1u, h->low_delay_hrd_flags >> i & 1u, h->cpb_cnt_minus1[i] + 1u);
}

static void
append_vui (GString *out, const UlH265Vui *v)
{
  append_display (out, v);
  append_timing (out, v->vui_timing_info_present_flag, v->vui_num_units_in_tick, v->vui_time_scale,
                 v->vui_poc_proportional_to_timing_flag, v->vui_num_ticks_poc_diff_one_minus1);
  append_hrd (out, v->vui_hrd_parameters_present_flag, &v->hrd);
  if (v->bitstream_restriction_flag)
    g_string_append_printf (out, " br%d,%d,%d,%u,%u,%u,%u,%u", v->tiles_fixed_structure_flag,
                            v->motion_vectors_over_pic_boundaries_flag, v->restricted_ref_pic_lists_flag,
                            v->min_spatial_segmentation_idc, v->max_bytes_per_pic_denom, v->max_bits_per_min_cu_denom,
                            v->log2_max_mv_length_horizontal, v->log2_max_mv_length_vertical);
  else
    g_string_append (out, " br-");
}

static void
append_tools (GString *out, const UlH265Sps *sps)
{
  g_string_append_printf (out, " cb%u+%u tb%u+%u th%u/%u", sps->log2_min_luma_coding_block_size_minus3 + 3u,
                          sps->log2_diff_max_min_luma_coding_block_size, sps->log2_min_luma_transform_block_size_minus2 + 2u,
                          sps->log2_diff_max_min_luma_transform_block_size, sps->max_transform_hierarchy_depth_inter,
                          sps->max_transform_hierarchy_depth_intra);
  g_string_append (out, !sps->scaling_list_enabled_flag             ? " scal-"
                        : sps->sps_scaling_list_data_present_flag ? " scallist"
                                                                  : " scaldefault");
  g_string_append_printf (out, " amp%d sao%d", sps->amp_enabled_flag, sps->sample_adaptive_offset_enabled_flag);
  if (sps->pcm_enabled_flag)
    g_string_append_printf (out, " pcm%u/%u,%u+%u,%d", sps->pcm_sample_bit_depth_luma_minus1 + 1u,
                            sps->pcm_sample_bit_depth_chroma_minus1 + 1u, sps->log2_min_pcm_luma_coding_block_size_minus3 + 3u,
                            sps->log2_diff_max_min_pcm_luma_coding_block_size, sps->pcm_loop_filter_disabled_flag);
  else
    g_string_append (out, " pcm-");
  g_string_append_printf (out, " strps%u", sps->num_short_term_ref_pic_sets);
  if (sps->long_term_ref_pics_present_flag)
    g_string_append_printf (out, " lt%u", sps->num_long_term_ref_pics_sps);
  else
    g_string_append (out, " lt-");
  g_string_append_printf (out, " tmvp%d sis%d", sps->sps_temporal_mvp_enabled_flag, sps->strong_intra_smoothing_enabled_flag);
}

char *
ul_h265_sps_form (const UlH265Sps *sps)
{
  GString *out = g_string_new (NULL);
  gboolean window = (sps->conf_win_left_offset | sps->conf_win_right_offset | sps->conf_win_top_offset | sps->conf_win_bottom_offset) != 0;

  g_string_append_printf (out, "h%04x vps%u sub%u nest%d", sps->nal_header, sps->sps_video_parameter_set_id,
                          sps->sps_max_sub_layers_minus1 + 1u, sps->sps_temporal_id_nesting_flag);
  append_profile (out, &sps->ptl);
  g_string_append_printf (out, " cf%u cw%s bd%u/%u poc%u", sps->chroma_format_idc,
                          !sps->conformance_window_flag ? "-" : window ? "1" : "0", sps->bit_depth_luma_minus8 + 8u,
                          sps->bit_depth_chroma_minus8 + 8u, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
  append_ordering (out, &sps->ordering);
  append_tools (out, sps);
  if (!sps->vui_parameters_present_flag)
    g_string_append (out, " vui-");
  else if (!sps->vui_ok)
    g_string_append (out, " vui!");
  else
    append_vui (out, &sps->vui);
  append_ext (out, sps->sps_extension_present_flag, sps->sps_extension_flags);
  return g_string_free (out, FALSE);
}

static void
append_pps_filters (GString *out, const UlH265Pps *p)
{
  if (p->tiles_enabled_flag)
    g_string_append_printf (out, " tiles%ux%u,%d,%d", p->num_tile_columns_minus1 + 1u, p->num_tile_rows_minus1 + 1u,
                            p->uniform_spacing_flag, p->loop_filter_across_tiles_enabled_flag);
  else
    g_string_append (out, " tiles-");
  g_string_append_printf (out, " wpp%d lfs%d", p->entropy_coding_sync_enabled_flag, p->pps_loop_filter_across_slices_enabled_flag);
  if (!p->deblocking_filter_control_present_flag)
    g_string_append (out, " dbc-");
  else if (p->pps_deblocking_filter_disabled_flag)
    g_string_append_printf (out, " dbc%d1", p->deblocking_filter_override_enabled_flag);
  else
    g_string_append_printf (out, " dbc%d0:%d/%d", p->deblocking_filter_override_enabled_flag, p->pps_beta_offset_div2, p->pps_tc_offset_div2);
  g_string_append_printf (out, " scal%d lists%d pml%u shext%d", p->pps_scaling_list_data_present_flag,
                          p->lists_modification_present_flag, p->log2_parallel_merge_level_minus2 + 2u,
                          p->slice_segment_header_extension_present_flag);
}

char *
ul_h265_pps_form (const UlH265Pps *p)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "h%04x id%u sps%u dep%d out%d extra%u sdh%d cabac_init%d l0=%u l1=%u qp%d cip%d ts%d", p->nal_header,
                          p->pps_pic_parameter_set_id, p->pps_seq_parameter_set_id, p->dependent_slice_segments_enabled_flag,
                          p->output_flag_present_flag, p->num_extra_slice_header_bits, p->sign_data_hiding_enabled_flag,
                          p->cabac_init_present_flag, p->num_ref_idx_l0_default_active_minus1 + 1u,
                          p->num_ref_idx_l1_default_active_minus1 + 1u, 26 + p->init_qp_minus26, p->constrained_intra_pred_flag,
                          p->transform_skip_enabled_flag);
  if (p->cu_qp_delta_enabled_flag)
    g_string_append_printf (out, " cuqp%u", p->diff_cu_qp_delta_depth);
  else
    g_string_append (out, " cuqp-");
  g_string_append_printf (out, " cb%d cr%d slqp%d wp%d/%d tqb%d", p->pps_cb_qp_offset, p->pps_cr_qp_offset,
                          p->pps_slice_chroma_qp_offsets_present_flag, p->weighted_pred_flag, p->weighted_bipred_flag,
                          p->transquant_bypass_enabled_flag);
  append_pps_filters (out, p);
  append_ext (out, p->pps_extension_present_flag, p->pps_extension_flags);
  return g_string_free (out, FALSE);
}

/* --- slice.header ----------------------------------------------------------------------- */

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
ul_h265_slice_key (const UlH265Slice *h, const UlH265Sps *sps, const UlH265Pps *pps)
{
  Packer p = { 0, 0 };
  gboolean inter = h->slice_type != UL_H265_I, b = h->slice_type == UL_H265_B, over = h->num_ref_idx_active_override_flag;

  put (&p, 2, h->slice_type);
  put (&p, 2, !h->has_rps ? 0u : h->short_term_ref_pic_set_sps_flag ? 1u : 2u);
  put (&p, 1, (guint) h->has_long_term);
  put (&p, 2, h->has_rps && sps->sps_temporal_mvp_enabled_flag ? 1u + (guint) h->slice_temporal_mvp_enabled_flag : 0u);
  put (&p, 3, sps->sample_adaptive_offset_enabled_flag
                ? 4u | (guint) h->slice_sao_luma_flag << 1 | (guint) h->slice_sao_chroma_flag : 0u);
  put (&p, 2, inter ? 1u + (guint) over : 0u);
  put (&p, 4, over ? h->num_ref_idx_l0_active_minus1 : 0u);
  put (&p, 4, over && b ? h->num_ref_idx_l1_active_minus1 : 0u);
  put (&p, 2, inter && pps->lists_modification_present_flag ? 1u + (guint) h->ref_pic_list_modified : 0u);
  put (&p, 2, b ? 1u + (guint) h->mvd_l1_zero_flag : 0u);
  put (&p, 2, inter && pps->cabac_init_present_flag ? 1u + (guint) h->cabac_init_flag : 0u);
  put (&p, 1, (guint) h->pred_weight_table);
  put (&p, 3, inter ? 5u - h->five_minus_max_num_merge_cand : 0u);
  put (&p, 2, pps->pps_slice_chroma_qp_offsets_present_flag ? 1u + (guint) h->slice_chroma_qp_offsets : 0u);
  put (&p, 2, h->deblocking_filter_override_flag ? 1u + (guint) h->slice_deblocking_filter_disabled_flag : 0u);
  return p.key;
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
ul_h265_slice_form (guint64 key)
{
  static const char *const types[] = { "B", "P", "I", "?" }, *const rps[] = { "-", "sps", "own", "?" };
  GString *out = g_string_new (NULL);
  Packer p = { key, 0 };
  guint type = get (&p, 2), set = get (&p, 2), lt = get (&p, 1);

  g_string_append_printf (out, "%s rps%s lt%u", types[type], rps[set], lt);
  append_optional (out, "tmvp", get (&p, 2));
  guint sao = get (&p, 3);
  if (sao)
    g_string_append_printf (out, " sao%u%u", sao >> 1 & 1, sao & 1);
  else
    g_string_append (out, " sao-");
  guint over = get (&p, 2), l0 = get (&p, 4), l1 = get (&p, 4);
  append_optional (out, "override", over);
  if (over == 2)
    g_string_append_printf (out, ":%u", l0 + 1);
  if (over == 2 && type == UL_H265_B)
    g_string_append_printf (out, "/%u", l1 + 1);
  append_optional (out, "rplm", get (&p, 2));
  append_optional (out, "mvdl1", get (&p, 2));
  append_optional (out, "cabac_init", get (&p, 2));
  g_string_append_printf (out, " wp%u", get (&p, 1));
  guint merge = get (&p, 3);
  append_optional (out, "merge", merge ? merge + 1 : 0);
  append_optional (out, "cqp", get (&p, 2));
  guint deblock = get (&p, 2);
  append_optional (out, "deblock", deblock);
  return g_string_free (out, FALSE);
}
