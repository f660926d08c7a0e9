/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/slice.h"

static void
read_h264 (UlSyntax *s, gboolean whole, const UlParams *params, UlShapeSlice *out)
{
  static const UlShapeType types[5] = { UL_SHAPE_P, UL_SHAPE_B, UL_SHAPE_I, UL_SHAPE_P, UL_SHAPE_I };
  UlH264Slice h;

  ul_h264_parse_slice_start (s, &h);
  out->nal_ref_idc = h.nal_ref_idc;
  out->key = h.nal_unit_type == 5;
  if (!ul_syntax_ok (s)) {
    out->damaged = ul_params_complete (params);
    return;
  }
  out->type = types[h.slice_type % 5];
  out->first = h.first_mb_in_slice == 0;
  out->pic_parameter_set_id = h.pic_parameter_set_id;
  const UlH264Pps *pps = ul_params_h264_pps (params, h.pic_parameter_set_id);
  const UlH264Sps *sps = pps ? ul_params_h264_sps (params, pps->seq_parameter_set_id) : NULL;
  if (!sps) {
    out->damaged = ul_params_complete (params);
    return;
  }
  ul_h264_parse_slice_rest (s, sps, pps, &h);
  if (!ul_syntax_ok (s)) {
    out->damaged = whole || !s->ended;
    return;
  }
  out->decoded = TRUE;
  out->redundant = h.redundant_pic_cnt > 0;
  out->frame_num = h.frame_num;
  out->idr_pic_id = h.idr_pic_id;
  out->field_pic_flag = h.field_pic_flag;
  out->bottom_field_flag = h.bottom_field_flag;
  out->pic_order_cnt_lsb = h.pic_order_cnt_lsb;
  out->delta_pic_order_cnt_bottom = h.delta_pic_order_cnt_bottom;
  out->delta_pic_order_cnt[0] = h.delta_pic_order_cnt[0];
  out->delta_pic_order_cnt[1] = h.delta_pic_order_cnt[1];
  out->has_poc_lsb = sps->pic_order_cnt_type == 0;
  out->max_frame_num = 1u << (sps->log2_max_frame_num_minus4 + 4);
  out->max_pic_order_cnt_lsb = 1u << (sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
  out->unused_refs = h.mmco5;
  out->qp_known = TRUE;
  out->slice_qp = h.slice_qp;
  out->has_form = TRUE;
  out->form = ul_h264_slice_key (&h, sps, pps);
  out->row = sps->pic_width_in_mbs_minus1 + 1;
  out->area = out->row * (sps->pic_height_in_map_units_minus1 + 1) * (sps->frame_mbs_only_flag ? 1u : 2u);
  out->size = h.field_pic_flag ? out->area / 2 : out->area;
  /* 7.4.3: of a picture coded by pairs of macroblocks it counts the pairs. */
  out->address = sps->mb_adaptive_frame_field_flag && !h.field_pic_flag ? 2 * h.first_mb_in_slice : h.first_mb_in_slice;
  if (out->key && out->first)
    out->coding_form = ul_h264_coding_form (sps, pps);
}

/* CtbLog2SizeY of 7.4.3.2.1 makes the rows. */
static void
place_h265 (const UlH265Slice *h, const UlH265Sps *sps, UlShapeSlice *out)
{
  guint log2 = sps->log2_min_luma_coding_block_size_minus3 + 3u + sps->log2_diff_max_min_luma_coding_block_size;
  guint64 ctb = (guint64) 1 << log2, width = sps->pic_width_in_luma_samples, height = sps->pic_height_in_luma_samples;

  out->row = (guint32) ((width + ctb - 1) / ctb);
  out->size = out->row * (guint32) ((height + ctb - 1) / ctb);
  out->area = (guint32) ((width + 15) / 16 * ((height + 15) / 16));
  out->address = h->slice_segment_address;
}

static void
read_h265 (UlSyntax *s, gboolean whole, const UlParams *params, UlShapeSlice *out)
{
  static const UlShapeType types[3] = { UL_SHAPE_B, UL_SHAPE_P, UL_SHAPE_I };
  UlH265Slice h;

  ul_h265_parse_slice_start (s, &h);
  out->key = ul_h265_is_irap (h.nal_unit_type);
  out->first = h.first_slice_segment_in_pic_flag;
  out->redundant = h.nuh_layer_id > 0;
  if (out->key)
    out->type = UL_SHAPE_I;
  if (!ul_syntax_ok (s)) {
    out->damaged = ul_params_complete (params);
    return;
  }
  out->pic_parameter_set_id = h.slice_pic_parameter_set_id;
  if (h.nuh_layer_id > 0)
    return;
  const UlH265Pps *pps = ul_params_h265_pps (params, h.slice_pic_parameter_set_id);
  const UlH265Sps *sps = pps ? ul_params_h265_sps (params, pps->pps_seq_parameter_set_id) : NULL;
  if (!sps) {
    out->damaged = ul_params_complete (params);
    return;
  }
  ul_h265_parse_slice_rest (s, sps, pps, &h);
  if (!ul_syntax_ok (s)) {
    out->damaged = whole || !s->ended;
    return;
  }
  out->decoded = TRUE;
  place_h265 (&h, sps, out);
  out->redundant = h.dependent_slice_segment_flag;
  if (h.dependent_slice_segment_flag)
    return;
  out->type = types[h.slice_type];
  out->pic_order_cnt_lsb = h.slice_pic_order_cnt_lsb;
  out->max_pic_order_cnt_lsb = 1u << (sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
  out->has_poc_lsb = !ul_h265_is_idr (h.nal_unit_type);
  out->qp_known = h.qp_known;
  out->slice_qp = h.slice_qp;
  out->has_form = h.qp_known;
  out->form = ul_h265_slice_key (&h, sps, pps);
  if (out->key && out->first)
    out->coding_form = ul_h265_coding_form (sps, pps);
}

void
ul_slice_read (UlCodec codec, const UlNal *nal, const UlParams *params, UlShapeSlice *ret_slice)
{
  guint8 buffer[UL_NAL_HEAD_BYTES];
  gsize len;
  guint type = ul_nal_type (codec, nal->head[0]);

  *ret_slice = (UlShapeSlice){ .type = UL_SHAPE_UNKNOWN };
  /* Partitions B and C, auxiliary pictures and the layers of extensions go with the picture they follow. */
  if (codec == UL_CODEC_H264 && (type == 3 || type == 4 || type > 5)) {
    ret_slice->redundant = TRUE;
    return;
  }
  UlNal head = *nal;
  head.head_len = MIN (nal->head_len, sizeof buffer);
  const guint8 *rbsp = ul_nal_rbsp (&head, buffer, &len);
  UlSyntax s = ul_syntax (rbsp, len);
  if (codec == UL_CODEC_H264)
    read_h264 (&s, nal->len == head.head_len, params, ret_slice);
  else
    read_h265 (&s, nal->len == head.head_len, params, ret_slice);
  ret_slice->header_bytes = ul_syntax_ok (&s) ? (s.bits.pos + 7) / 8 : len;
}
