/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/dissect.h"

#include <string.h>

#include "bitstream/params.h"
#include "bitstream/sei.h"

#define MAX_SEI_FIELDS 64

struct _UlDissector {
  UlCodec codec;
  UlEvidence *aside;
  UlParams *params;
};

/* What a trace fills. */
typedef struct {
  UlDissection *out;
  GArray *places; /* gsize: where the byte i of the RBSP lies in the NAL unit */
} Dissecting;

static void
field_free (gpointer data)
{
  UlField *field = data;

  g_free (field->name);
  g_free (field->value);
  g_free (field);
}

void
ul_dissection_free (UlDissection *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->fields);
  g_free (self->error);
  g_free (self);
}

UlDissector *
ul_dissector_new (UlCodec codec)
{
  UlDissector *self = g_new0 (UlDissector, 1);

  self->codec = codec;
  self->aside = ul_evidence_new ();
  self->params = ul_params_new (codec, self->aside);
  return self;
}

void
ul_dissector_free (UlDissector *self)
{
  if (!self)
    return;
  ul_params_free (self->params);
  ul_evidence_free (self->aside);
  g_free (self);
}

const char *
ul_dissect_type_name (UlCodec codec, guint8 first_byte)
{
  return ul_nal_type_name (codec, ul_nal_type (codec, first_byte));
}

static UlNal
nal_of (const guint8 *data, gsize len)
{
  gsize tail = MIN (len, (gsize) UL_NAL_TAIL_BYTES);

  return (UlNal){ .head = data, .head_len = len, .tail = data + len - tail, .tail_len = tail, .len = len, .offset = -1, .time_us = -1 };
}

void
ul_dissector_learn (UlDissector *self, const guint8 *data, gsize len)
{
  UlParamsKind kind = len ? ul_params_kind (self->codec, ul_nal_type (self->codec, data[0])) : UL_N_PARAMS;
  UlWhere where = UL_NOWHERE;
  UlNal nal;

  if (kind == UL_N_PARAMS || len < 2)
    return;
  nal = nal_of (data, len);
  ul_params_take (self->params, kind, &nal, FALSE, &where);
}

/* --- fields ------------------------------------------------------------------------------------------- */

static UlField *
add_field (Dissecting *d, char *name, char *value, gsize bit)
{
  UlField *field = g_new0 (UlField, 1);

  *field = (UlField){ .name = name, .value = value, .bit = (guint) bit };
  g_ptr_array_add (d->out->fields, field);
  return field;
}

static void
on_element (const char *name, const guint *sub, guint n_sub, gint64 value, gsize bit, gpointer user_data)
{
  Dissecting *d = user_data;
  g_autoptr (GString) full = g_string_new (name);

  if (d->out->fields->len >= UL_DISSECT_MAX_FIELDS)
    return;
  for (guint i = 0; i < n_sub; i++)
    g_string_append_printf (full, "[%u]", sub[i]);
  add_field (d, g_strdup (full->str), g_strdup_printf ("%" G_GINT64_FORMAT, value), bit);
}

static gsize
place (const Dissecting *d, gsize rbsp_byte)
{
  if (d->places->len == 0)
    return 0;
  return g_array_index (d->places, gsize, MIN (rbsp_byte, (gsize) d->places->len - 1));
}

/* An element ends where the next one begins; `end` is the bit after the last. */
static void
lay_out (Dissecting *d, gsize end)
{
  GPtrArray *fields = d->out->fields;

  for (guint i = 0; i < fields->len; i++) {
    UlField *f = g_ptr_array_index (fields, i), *next = i + 1 < fields->len ? g_ptr_array_index (fields, i + 1) : NULL;
    gsize after = next ? next->bit : end;
    f->first = place (d, f->bit / 8);
    f->last = place (d, (MAX (after, (gsize) f->bit + 1) - 1) / 8);
  }
}

/* --- by type -------------------------------------------------------------------------------------------- */

static void
read_params_h264 (const UlDissector *self, UlSyntax *s, UlParamsKind kind, guint type)
{
  UlH264Sps sps;
  UlH264Pps pps;

  if (kind == UL_PARAMS_SPS) {
    ul_h264_parse_sps (s, &sps);
  } else if (kind == UL_PARAMS_PPS) {
    UlSyntax quiet = *s;
    quiet.trace = NULL;
    ul_h264_parse_pps (&quiet, NULL, &pps);
    ul_h264_parse_pps (s, ul_params_h264_sps (self->params, pps.seq_parameter_set_id), &pps);
  } else if (type == 13) {
    ul_h264_parse_sps_extension (s);
  }
}

static void
read_params_h265 (UlSyntax *s, UlParamsKind kind)
{
  UlH265Vps vps;
  UlH265Sps sps;
  UlH265Pps pps;

  if (kind == UL_PARAMS_VPS)
    ul_h265_parse_vps (s, &vps);
  else if (kind == UL_PARAMS_SPS)
    ul_h265_parse_sps (s, &sps);
  else if (kind == UL_PARAMS_PPS)
    ul_h265_parse_pps (s, &pps);
}

static void
read_slice (const UlDissector *self, UlSyntax *s)
{
  if (self->codec == UL_CODEC_H264) {
    UlH264Slice h;
    ul_h264_parse_slice_start (s, &h);
    const UlH264Pps *pps = ul_syntax_ok (s) ? ul_params_h264_pps (self->params, h.pic_parameter_set_id) : NULL;
    const UlH264Sps *sps = pps ? ul_params_h264_sps (self->params, pps->seq_parameter_set_id) : NULL;
    if (sps)
      ul_h264_parse_slice_rest (s, sps, pps, &h);
  } else {
    UlH265Slice h;
    ul_h265_parse_slice_start (s, &h);
    const UlH265Pps *pps = ul_syntax_ok (s) && h.nuh_layer_id == 0 ? ul_params_h265_pps (self->params, h.slice_pic_parameter_set_id) : NULL;
    const UlH265Sps *sps = pps ? ul_params_h265_sps (self->params, pps->pps_seq_parameter_set_id) : NULL;
    if (sps)
      ul_h265_parse_slice_rest (s, sps, pps, &h);
  }
}

/* D.1: user_data_unregistered begins with a UUID, user_data_registered with a country code. */
static char *
describe_payload (const UlSeiMessage *m)
{
  const char *name = m->payload_type == 5 ? ul_sei_uuid_name (m->data, m->len) : m->payload_type == 4 ? ul_sei_t35_name (m->data, m->len) : NULL;
  gsize skip = m->payload_type == 5 && m->len >= 16 ? 16 : 0;
  g_autofree char *text = m->payload_type == 5 || m->payload_type == 4 ? ul_sei_text (m->data + skip, m->len - skip) : NULL;

  return g_strdup_printf ("%" G_GSIZE_FORMAT " bytes%s%s%s%s", m->len, name ? ", " : "", name ? name : "", text ? ": " : "", text ? text : "");
}

static void
read_sei (Dissecting *d, const guint8 *rbsp, gsize len, gsize header)
{
  UlSeiReader reader = ul_sei_reader (rbsp + header, len - header);
  gsize begin = header;
  UlSeiMessage m;

  for (guint i = 0; i < MAX_SEI_FIELDS && ul_sei_next (&reader, &m); i++) {
    gsize at = header + m.offset;
    add_field (d, g_strdup ("payloadType"), g_strdup_printf ("%u", m.payload_type), begin * 8);
    /* ff bytes before each of the two */
    add_field (d, g_strdup ("payloadSize"), g_strdup_printf ("%" G_GUINT64_FORMAT, m.payload_size),
               (begin + m.payload_type / 255 + 1) * 8);
    if (m.len)
      add_field (d, g_strdup ("sei_payload"), describe_payload (&m), at * 8);
    begin = at + m.len;
  }
}

/* 7.3.1 (H.264), 7.3.1.2 (H.265) */
static void
read_header (Dissecting *d, UlCodec codec, const guint8 *data, gsize len)
{
  on_element ("forbidden_zero_bit", NULL, 0, data[0] >> 7, 0, d);
  if (codec == UL_CODEC_H264) {
    on_element ("nal_ref_idc", NULL, 0, data[0] >> 5 & 3, 1, d);
    on_element ("nal_unit_type", NULL, 0, data[0] & 31, 3, d);
  } else {
    on_element ("nal_unit_type", NULL, 0, data[0] >> 1 & 63, 1, d);
    on_element ("nuh_layer_id", NULL, 0, (data[0] & 1) << 5 | data[1] >> 3, 7, d);
    on_element ("nuh_temporal_id_plus1", NULL, 0, data[1] & 7, 13, d);
  }
}

static GArray *
map_bytes (const guint8 *data, gsize len)
{
  GArray *places = g_array_sized_new (FALSE, FALSE, sizeof (gsize), (guint) len);
  guint zeros = 0;

  for (gsize i = 0; i < len; i++) {
    if (zeros >= 2 && data[i] == 3) {
      zeros = 0;
      continue;
    }
    zeros = data[i] == 0 ? zeros + 1 : 0;
    g_array_append_val (places, i);
  }
  return places;
}

UlDissection *
ul_dissector_take (const UlDissector *self, const guint8 *data, gsize len)
{
  UlDissection *out = g_new0 (UlDissection, 1);
  guint type = len ? ul_nal_type (self->codec, data[0]) : 0;
  UlParamsKind kind = ul_params_kind (self->codec, type);
  gsize header = self->codec == UL_CODEC_H264 ? 1 : 2;

  out->fields = g_ptr_array_new_with_free_func (field_free);
  out->type = ul_nal_type_name (self->codec, type);
  if (len < header)
    return out;
  g_autofree guint8 *rbsp = g_malloc (len);
  gsize rbsp_len = ul_nal_unescape (data, len, rbsp, NULL);
  g_autoptr (GArray) places = map_bytes (data, len);
  Dissecting d = { out, places };
  UlSyntax s = ul_syntax (rbsp, rbsp_len);
  s.trace = on_element;
  s.trace_data = &d;
  gsize end = header * 8;
  if (kind != UL_N_PARAMS || ul_nal_is_vcl (self->codec, type)) {
    if (kind == UL_N_PARAMS)
      read_slice (self, &s);
    else if (self->codec == UL_CODEC_H264)
      read_params_h264 (self, &s, kind, type);
    else
      read_params_h265 (&s, kind);
    end = s.bits.pos;
    out->error = ul_syntax_ok (&s) ? NULL : ul_syntax_error_text (&s);
  } else {
    read_header (&d, self->codec, data, len);
    if (ul_nal_is_sei (self->codec, type))
      read_sei (&d, rbsp, rbsp_len, header);
    end = ul_nal_is_sei (self->codec, type) && rbsp_len ? rbsp_len * 8 : end;
  }
  lay_out (&d, end);
  return out;
}
