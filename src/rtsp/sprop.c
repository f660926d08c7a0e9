/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/sprop.h"

enum { H264 = 1, H265 = 2 }; /* UlCodec of bitstream/bitstream.h */

#define MAX_NALS 64 /* of one value */

/* Name of a parameter set or SEI type, NULL for any other. */
static const char *
type_name (int codec, const guint8 *data, gsize len)
{
  if (len < 2 || data[0] & 0x80)
    return NULL;
  if (codec == H264)
    switch (data[0] & 31) {
    case 6:
      return "sei";
    case 7:
      return "sps";
    case 8:
      return "pps";
    case 13:
      return "sps-extension";
    case 15:
      return "subset-sps";
    default:
      return NULL;
    }
  /* nuh_layer_id 0, nuh_temporal_id_plus1 not 0 */
  if (data[0] & 1 || data[1] >> 3 || (data[1] & 7) == 0)
    return NULL;
  switch (data[0] >> 1) {
  case 32:
    return "vps";
  case 33:
    return "sps";
  case 34:
    return "pps";
  case 39:
  case 40:
    return "sei";
  default:
    return NULL;
  }
}

int
ul_sprop_codec (const guint8 *data, gsize len, int hint)
{
  if (hint && type_name (hint, data, len))
    return hint;
  /* 0x4e is prefix SEI of H.265 and prefix NAL unit of H.264: only the former is met here. */
  if (type_name (H265, data, len) && data[1] == 1)
    return H265;
  if (type_name (H264, data, len))
    return H264;
  return hint;
}

gboolean
ul_sprop_parameter (UlText parameters, const char *name, UlText *ret_value)
{
  UlText rest = parameters, field;

  while (ul_text_next_field (&rest, ';', &field)) {
    gssize eq = ul_text_find_char (field, '=');

    /* A blank or a wrapped line may have eaten a separator. */
    if (eq < 0 || !ul_text_equal_ci (ul_text_trim (ul_text_head (field, (gsize) eq)), name))
      continue;
    *ret_value = ul_text_trim (ul_text_from (field, (gsize) eq + 1));
    return TRUE;
  }
  return FALSE;
}

/* Length of the start code at p, leading zeros included; 0 if there is none. */
static gsize
start_code_at (const guint8 *p, gsize len)
{
  gsize zeros = 0;

  while (zeros < len && p[zeros] == 0)
    zeros++;
  return zeros >= 2 && zeros < len && p[zeros] == 1 ? zeros + 1 : 0;
}

/* Offset of the next start code from `from` on, or len. */
static gsize
next_start_code (const guint8 *data, gsize len, gsize from)
{
  for (gsize i = from; i + 2 < len; i++)
    if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) {
      return i > from && data[i - 1] == 0 ? i - 1 : i;
    }
  return len;
}

static void
add_tail (UlEvidence *evidence, const char *name, const guint8 *nal, gsize len, gsize code, gboolean last, UlWhere where)
{
  gsize zeros = 0;

  if (code && last) {
    ul_evidence_addf (evidence, UL_KEY_SDP_SPROP_TAIL, where, "%s startcode%" G_GSIZE_FORMAT, name, code);
    return;
  }
  while (zeros < len && nal[len - 1 - zeros] == 0)
    zeros++;
  if (zeros)
    ul_evidence_addf (evidence, UL_KEY_SDP_SPROP_TAIL, where, "%s zero%" G_GSIZE_FORMAT, name, zeros);
  else
    ul_evidence_addf (evidence, UL_KEY_SDP_SPROP_TAIL, where, "%s none", name);
}

void
ul_sprop_bytes (UlEvidence *evidence, const guint8 *data, gsize len, int codec, gint64 line, UlSpropFunc func, gpointer user_data)
{
  UlWhere where = UL_AT_LINE (line);
  gsize head = start_code_at (data, len), pos = head;

  for (guint n = 0; pos < len && n < MAX_NALS; n++) {
    gsize end = next_start_code (data, len, pos), code = start_code_at (data + end, len - end);
    UlSprop sprop = { .data = data + pos, .len = end - pos, .where = where };
    const char *name;

    sprop.codec = ul_sprop_codec (sprop.data, sprop.len, codec);
    name = sprop.codec ? type_name (sprop.codec, sprop.data, sprop.len) : NULL;
    if (!name) {
      ul_evidence_warn (evidence, "line %" G_GINT64_FORMAT ": a sprop value holds no parameter set (first byte %02x)", line, data[pos]);
    } else {
      if (head)
        ul_evidence_addf (evidence, UL_KEY_SDP_SPROP_HEAD, where, "%s startcode%" G_GSIZE_FORMAT, name, head);
      add_tail (evidence, name, sprop.data, sprop.len, code, end + code >= len, where);
      if (end + code < len)
        ul_evidence_addf (evidence, UL_KEY_SDP_SPROP_TAIL, where, "%s nal", name);
      if (func)
        func (&sprop, user_data);
    }
    head = code;
    pos = end + code;
    if (code == 0)
      break;
  }
}

static void
examine_base64 (UlEvidence *evidence, UlText value, int codec, gint64 line, UlSpropFunc func, gpointer user_data)
{
  UlText rest = value, one;

  for (guint n = 0; n < MAX_NALS && ul_text_next_field (&rest, ',', &one); n++) {
    gsize len;

    one = ul_text_trim (one);
    if (one.len == 0)
      continue;
    g_autofree guint8 *bytes = ul_text_base64 (one, &len);
    if (bytes)
      ul_sprop_bytes (evidence, bytes, len, codec, line, func, user_data);
    else
      ul_evidence_warn (evidence, "line %" G_GINT64_FORMAT ": a sprop value is not base64", line);
  }
}

/* config= of H.264 or H.265 is a byte stream in hexadecimal. */
static void
examine_config (UlEvidence *evidence, UlText value, int codec, gint64 line, UlSpropFunc func, gpointer user_data)
{
  gsize len;
  g_autofree guint8 *bytes = ul_text_hex (value, &len);

  if (bytes && start_code_at (bytes, len))
    ul_sprop_bytes (evidence, bytes, len, codec, line, func, user_data);
}

static void
add_order (UlEvidence *evidence, UlText parameters, gint64 line)
{
  g_autoptr (GString) order = g_string_new (NULL);
  UlText rest = parameters, field;

  while (order->len < 64 && ul_text_next_field (&rest, ';', &field)) {
    gssize eq = ul_text_find_char (field, '=');
    UlText name = ul_text_trim (ul_text_head (field, (gsize) MAX (eq, 0)));

    if (ul_text_equal_ci (name, "sprop-vps") || ul_text_equal_ci (name, "sprop-sps") || ul_text_equal_ci (name, "sprop-pps")
        || ul_text_equal_ci (name, "sprop-sei"))
      g_string_append_printf (order, "%s%.*s", order->len ? "," : "", (int) name.len - 6, name.p + 6);
  }
  if (order->len)
    ul_evidence_add (evidence, UL_KEY_SDP_SPROP_ORDER, order->str, UL_AT_LINE (line));
}

void
ul_sprop_examine (UlEvidence *evidence, UlText parameters, int codec, gint64 line, UlSpropFunc func, gpointer user_data)
{
  static const char *const h265_names[] = { "sprop-vps", "sprop-sps", "sprop-pps", "sprop-sei" };
  UlText value;

  if (ul_sprop_parameter (parameters, "sprop-parameter-sets", &value))
    examine_base64 (evidence, value, codec ? codec : H264, line, func, user_data);
  for (gsize i = 0; i < G_N_ELEMENTS (h265_names); i++)
    if (ul_sprop_parameter (parameters, h265_names[i], &value))
      examine_base64 (evidence, value, H265, line, func, user_data);
  if (codec && ul_sprop_parameter (parameters, "config", &value))
    examine_config (evidence, value, codec, line, func, user_data);
  add_order (evidence, parameters, line);
}
