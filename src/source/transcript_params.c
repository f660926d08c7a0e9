/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/sprop.h"
#include "source/transcript.h"

#define MAX_SETS 32 /* of one line */

typedef struct {
  UlExaminer *examiner;
  guint n;
} Feed;

static void
feed_sprop (const UlSprop *sprop, gpointer user_data)
{
  Feed *feed = user_data;

  ul_examiner_nal (feed->examiner, (UlCodec) sprop->codec, sprop->data, sprop->len, sprop->where);
  feed->n++;
}

/* --- name=value -------------------------------------------------------------------- */

static gboolean
is_value_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("+/=", c));
}

/* `"sps": "Z2Q…"`, `sps=Z2Q…`, `SPS(hex): 67 64 00`, `sps-truncated=…`: the value
 * after a name that ends at `from`; empty if none follows. */
static UlText
value_after (UlText line, gsize from)
{
  gsize i = from, end;

  while (i < line.len && i < from + 24 && (g_ascii_isalnum (line.p[i]) || (line.p[i] != '\0' && strchr ("-_()[]\"' ", line.p[i]))))
    i++;
  if (i >= line.len || (line.p[i] != '=' && line.p[i] != ':'))
    return ul_text ("", 0);
  for (i++; i < line.len && line.p[i] != '\0' && strchr (" \t\"'[<", line.p[i]);)
    i++;
  if (i + 1 < line.len && line.p[i] == 'b' && strchr ("\"'", line.p[i + 1]))
    i += 2;
  if (ul_text_starts_ci (ul_text_from (line, i), "0x"))
    i += 2;
  for (end = i; end < line.len && is_value_char (line.p[end]);)
    end++;
  /* Pairs of digits apart by blanks. */
  while (end + 2 < line.len && end >= i + 2 && (end - i) % 3 == 2 && line.p[end] == ' ' && g_ascii_isxdigit (line.p[end + 1])
         && g_ascii_isxdigit (line.p[end + 2]) && (end + 3 == line.len || !g_ascii_isalnum (line.p[end + 3])))
    end += 3;
  return ul_text (line.p + i, end - i);
}

static gboolean
is_parameter_set (const guint8 *data, gsize len)
{
  gsize zeros = 0;

  while (zeros < len && data[zeros] == 0)
    zeros++;
  if (zeros >= 2 && zeros < len && data[zeros] == 1)
    data += zeros + 1, len -= zeros + 1;
  return len >= 3 && ul_sprop_codec (data, len, 0) != 0;
}

/* Hexadecimal digits are base64 too: what gives a parameter set is meant. */
static guint8 *
decode (UlText value, gsize *ret_len, gboolean *ret_hex)
{
  g_autofree guint8 *hex = ul_text_hex (value, ret_len);

  *ret_hex = hex && is_parameter_set (hex, *ret_len);
  if (*ret_hex)
    return g_steal_pointer (&hex);
  g_autofree guint8 *bytes = value.len % 4 == 1 ? ul_text_base64 (ul_text_head (value, value.len - 1), ret_len) : ul_text_base64 (value, ret_len);
  return bytes && is_parameter_set (bytes, *ret_len) ? g_steal_pointer (&bytes) : NULL;
}

/* Offset of the next name of a parameter set that stands as a word of its own,
 * or -1; `ret_end` is the offset behind it. */
static gssize
next_name (UlText line, gsize from, gsize *ret_end)
{
  for (gsize i = from; i + 3 < line.len; i++) {
    char c = g_ascii_tolower (line.p[i]);

    if (c != 's' && c != 'p' && c != 'v')
      continue;
    UlText three = ul_text (line.p + i, 3);
    if (!ul_text_equal_ci (three, "sps") && !ul_text_equal_ci (three, "pps") && !ul_text_equal_ci (three, "vps") && !ul_text_equal_ci (three, "sei"))
      continue;
    if (i && (g_ascii_isalnum (line.p[i - 1]) || line.p[i - 1] == '-' || line.p[i - 1] == '/'))
      continue;
    *ret_end = i + 3;
    return (gssize) i;
  }
  return -1;
}

static gboolean
take_named (UlAssembler *assembler, UlText line, gint64 number, UlText *ret_before)
{
  Feed feed = { NULL, 0 };
  gsize end;
  gssize at;

  *ret_before = ul_text (line.p, 0);
  for (gsize from = 0; feed.n < MAX_SETS && (at = next_name (line, from, &end)) >= 0;) {
    UlText value = value_after (line, end);
    gboolean hex;
    gsize len;
    g_autofree guint8 *bytes = value.len >= 6 ? decode (value, &len, &hex) : NULL;

    from = value.len >= 6 ? (gsize) (value.p - line.p) + value.len : end;
    if (!bytes)
      continue;
    if (feed.n == 0)
      *ret_before = ul_text_trim (ul_text_head (line, (gsize) at));
    feed.examiner = ul_assembler_examiner (assembler);
    /* Of hexadecimal it is not known whether an SDP said it so. */
    g_autoptr (UlEvidence) aside = ul_evidence_new ();
    ul_sprop_bytes (hex ? aside : ul_examiner_evidence (feed.examiner), bytes, len, 0, number, feed_sprop, &feed);
  }
  return feed.n > 0;
}

/* --- caps of GStreamer ---------------------------------------------------------------- */

/* Value of `name=(type)value` in caps, backslashes taken out; NULL if not there. */
static char *
caps_value (UlText caps, const char *name)
{
  g_autofree char *start = g_strconcat (name, "=(", NULL);
  gssize at, close;

  for (gsize from = 0; (at = ul_text_find (ul_text_from (caps, from), start)) >= 0; from += (gsize) at + 1) {
    gsize i = from + (gsize) at;

    if (i && !strchr (" ,", caps.p[i - 1]))
      continue;
    UlText rest = ul_text_from (caps, i + strlen (start));
    if ((close = ul_text_find_char (ul_text_head (rest, 16), ')')) < 0)
      continue;
    rest = ul_text_from (rest, (gsize) close + 1);
    GString *value = g_string_new (NULL);
    gboolean in_quotes = FALSE;
    for (gsize k = 0; k < rest.len && value->len < 65536; k++) {
      if (rest.p[k] == '\\')
        continue;
      if (rest.p[k] == '"') {
        if (in_quotes)
          break;
        in_quotes = TRUE;
      } else if (!in_quotes && strchr (",; \t", rest.p[k]) && !(k && rest.p[k - 1] == '\\'))
        break;
      else
        g_string_append_c (value, rest.p[k]);
    }
    return g_string_free (value, FALSE);
  }
  return NULL;
}

static void
add_caps_attribute (UlEvidence *evidence, UlText caps, const char *field, const char *attribute, UlWhere where)
{
  g_autofree char *value = caps_value (caps, field);

  if (value && value[0])
    ul_evidence_addf (evidence, UL_KEY_SDP_ATTRIBUTE, where, "%s:%s", attribute, value);
}

/* application/x-rtp: what rtspsrc made of the SDP. Names lost their order. */
static void
take_rtp_caps (UlExaminer *examiner, UlText caps, gint64 number, Feed *feed)
{
  static const char *const sprops[] = { "sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps", "sprop-sei" };
  static const char *const attributes[][2] = { { "a-framerate", "framerate" },         { "a-recvonly", "recvonly" },
                                               { "a-x-dimensions", "x-dimensions" },   { "a-tool", "tool" },
                                               { "a-type", "type" },                   { "a-Media_header", "Media_header" },
                                               { "a-appversion", "appversion" },       { "a-packetization-supported", "packetization-supported" },
                                               { "a-framesize", "framesize" },         { "x-dimensions", "x-dimensions" },
                                               { "a-x-onvif-track", "x-onvif-track" }, { "a-transform", "transform" } };
  UlEvidence *evidence = ul_examiner_evidence (examiner);
  UlWhere where = UL_AT_LINE (number);
  g_autofree char *encoding = caps_value (caps, "encoding-name"), *payload = caps_value (caps, "payload"), *rate = caps_value (caps, "clock-rate");
  g_autofree char *profile = caps_value (caps, "profile-level-id");

  if (encoding)
    ul_evidence_addf (evidence, UL_KEY_SDP_RTPMAP, where, "%s %s/%s", payload ? payload : "", encoding, rate ? rate : "");
  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    add_caps_attribute (evidence, caps, attributes[i][0], attributes[i][1], where);
  if (profile && encoding && g_ascii_strcasecmp (encoding, "H264") == 0) {
    g_autofree char *line = g_strconcat ("profile-level-id=", profile, NULL);
    ul_examiner_sdp (examiner, line, strlen (line), number);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (sprops); i++) {
    g_autofree char *value = caps_value (caps, sprops[i]);
    g_autofree char *line = value ? g_strconcat (sprops[i], "=", value, NULL) : NULL;

    if (line)
      ul_sprop_examine (evidence, ul_text (line, strlen (line)), i ? UL_CODEC_H265 : UL_CODEC_H264, number, feed_sprop, feed);
  }
}

static gboolean
take_caps (UlAssembler *assembler, UlText line, gint64 number)
{
  gssize at = ul_text_find (line, "application/x-rtp"), video = ul_text_find (line, "video/x-h26");
  Feed feed = { NULL, 0 };

  if (at < 0 && video < 0)
    return FALSE;
  if (ul_text_find (line, "=(") < 0)
    return FALSE;
  feed.examiner = ul_assembler_examiner (assembler);
  UlEvidence *evidence = ul_examiner_evidence (feed.examiner);
  ul_evidence_set_provenance (evidence, UL_PROVENANCE_PARSED_BY_LIBRARY);
  if (at >= 0)
    take_rtp_caps (feed.examiner, ul_text_from (line, (gsize) at), number, &feed);
  if (video >= 0) {
    UlText caps = ul_text_from (line, (gsize) video);
    g_autofree char *data = caps_value (caps, "codec_data");
    gsize len;
    g_autofree guint8 *record = data ? ul_text_hex (ul_text (data, strlen (data)), &len) : NULL;
    UlCodec codec = ul_text_starts (caps, "video/x-h264") ? UL_CODEC_H264 : UL_CODEC_H265;

    if (record)
      ul_bitstream_config_record (ul_examiner_bitstream (feed.examiner, codec), record, len, -1);
  }
  ul_evidence_set_provenance (evidence, UL_PROVENANCE_AS_SENT);
  return TRUE;
}

gboolean
ul_transcript_params (UlAssembler *assembler, UlText line, gint64 number, UlText *ret_before)
{
  *ret_before = ul_text (line.p, 0);
  return take_caps (assembler, line, number) || take_named (assembler, line, number, ret_before);
}
