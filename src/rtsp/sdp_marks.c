/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/sdp_marks.h"

#include "rtsp/form.h"
#include "rtsp/sprop.h"

enum { H264 = 1, H265 = 2 }; /* UlCodec of bitstream/bitstream.h */

#define MAX_ORDER 512  /* bytes of an order */
#define MAX_FMTP 64    /* a=fmtp lines read of one description */
#define MEDIAINFO_BYTES 40

typedef struct {
  UlEvidence *evidence;
  const UlSdp *sdp;
  UlSpropFunc func;
  gpointer user_data;
  UlSdpFacts facts;
  guint video;  /* section of the first video, 0 if there is none */
  guint n_fmtp;
} Marks;

static const UlSdpLine *
line_at (const UlSdp *sdp, guint i)
{
  return &g_array_index (sdp->lines, UlSdpLine, i);
}

static void
add (Marks *m, UlKey key, UlText value, gint64 number)
{
  ul_evidence_add_len (m->evidence, key, value.len ? value.p : "", (gssize) value.len, UL_AT_LINE (number));
}

static void
take (Marks *m, UlKey key, char *value, gint64 number)
{
  ul_evidence_add (m->evidence, key, value, UL_AT_LINE (number));
  g_free (value);
}

/* --- lines ------------------------------------------------------------------ */

static void
add_plain (Marks *m, const UlSdpLine *line)
{
  static const struct {
    char type;
    UlKey key;
  } rows[] = { { 'o', UL_KEY_SDP_ORIGIN }, { 's', UL_KEY_SDP_SESSION_NAME }, { 'i', UL_KEY_SDP_INFO },      { 'u', UL_KEY_SDP_URI },
               { 'e', UL_KEY_SDP_EMAIL },  { 'c', UL_KEY_SDP_CONNECTION },   { 'b', UL_KEY_SDP_BANDWIDTH }, { 'm', UL_KEY_SDP_MEDIA } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].type == line->type)
      add (m, rows[i].key, line->value, line->number);
  if (line->type == 'o')
    take (m, UL_KEY_SDP_ORIGIN_FORM, ul_form_origin (line->value), line->number);
}

/* a=Media_header:MEDIAINFO=<80 hexadecimal digits>;  seen in the corpus with
 * tails of its own, so what the 40 bytes are is kept apart from the line. */
static void
add_mediainfo (Marks *m, UlText value, gint64 number)
{
  gssize eq = ul_text_find_char (value, '=');
  UlText digits = eq < 0 ? ul_text ("", 0) : ul_text_trim (ul_text_from (value, (gsize) eq + 1));
  gsize n = 0;

  while (n < digits.len && g_ascii_isxdigit (digits.p[n]))
    n++;
  g_autofree guint8 *bytes = ul_text_hex (ul_text_head (digits, MIN (n, 2 * MEDIAINFO_BYTES)), &n);
  if (bytes && n >= 4)
    ul_evidence_add_hex (m->evidence, UL_KEY_SDP_MEDIAINFO, bytes, n, UL_AT_LINE (number));
}

static void
take_framerate (Marks *m, UlText value, const UlSdpLine *line)
{
  g_autofree char *text = ul_text_dup (ul_text_trim (ul_text_head (value, 32)));
  char *end;
  double v = g_ascii_strtod (text, &end);

  if (end != text && v > 0 && v < 1000 && m->facts.framerate <= 0 && (line->section == m->video || m->video == 0)) {
    m->facts.framerate = v;
    m->facts.framerate_line = line->number;
  }
}

static int
codec_of_name (UlText name)
{
  if (ul_text_equal_ci (name, "H264"))
    return H264;
  if (ul_text_equal_ci (name, "H265") || ul_text_equal_ci (name, "HEVC"))
    return H265;
  return 0;
}

static int
codec_of_parameters (UlText parameters)
{
  UlText v;

  if (ul_sprop_parameter (parameters, "sprop-vps", &v) || ul_sprop_parameter (parameters, "sprop-sps", &v)
      || ul_sprop_parameter (parameters, "sprop-pps", &v) || ul_sprop_parameter (parameters, "profile-space", &v)
      || ul_sprop_parameter (parameters, "profile-id", &v) || ul_sprop_parameter (parameters, "tier-flag", &v))
    return H265;
  if (ul_sprop_parameter (parameters, "sprop-parameter-sets", &v) || ul_sprop_parameter (parameters, "packetization-mode", &v))
    return H264;
  /* profile-level-id is in MPEG-4 and AAC too; H.264 alone has six digits (RFC 6184, 8.1). */
  if (ul_sprop_parameter (parameters, "profile-level-id", &v) && v.len >= 6)
    return H264;
  return 0;
}

static void
take_profile_level_id (Marks *m, UlText parameters, gint64 number)
{
  UlText value;

  if (!ul_sprop_parameter (parameters, "profile-level-id", &value) || value.len == 0)
    return;
  add (m, UL_KEY_SDP_PROFILE_LEVEL_ID, ul_text_head (value, 64), number);
  if (m->facts.profile_level_id[0])
    return;
  memcpy (m->facts.profile_level_id, value.p, MIN (value.len, sizeof m->facts.profile_level_id - 1));
  m->facts.profile_level_id_line = number;
}

/* "96 name=value;…": the payload type is digits and blanks. */
static UlText
cut_payload_type (UlText *value)
{
  UlText t = ul_text_chug (*value);
  gsize n = 0;

  while (n < t.len && n < 4 && g_ascii_isdigit (t.p[n]))
    n++;
  if (n == 0 || (n < t.len && t.p[n] != ' ' && t.p[n] != '\t'))
    return ul_text ("", 0);
  *value = ul_text_chug (ul_text_from (t, n));
  return ul_text_head (t, n);
}

/* `alone`: a parameter pasted without its fmtp, of which the form tells nothing. */
static void
add_fmtp (Marks *m, UlText value, const UlSdpLine *line, gboolean alone)
{
  UlText parameters = value, type = cut_payload_type (&parameters);
  UlText encoding = ul_sdp_encoding (m->sdp, line->section, type);
  int codec = codec_of_name (encoding);
  g_autofree char *name = g_ascii_strup (encoding.p ? encoding.p : "", (gssize) MIN (encoding.len, 32));

  if (m->n_fmtp++ >= MAX_FMTP)
    return;
  if (!codec && (encoding.len == 0 || line->section == 0))
    codec = codec_of_parameters (parameters);
  if (!alone)
    take (m, UL_KEY_SDP_FMTP_FORM,
          ul_form_fmtp (codec == H264 ? "H264" : codec == H265 ? "H265" : name[0] ? name : "?", parameters), line->number);
  if (codec == H264)
    take_profile_level_id (m, parameters, line->number);
  if (codec && !m->facts.codec && (line->section == m->video || m->video == 0))
    m->facts.codec = codec;
  if (codec)
    ul_sprop_examine (m->evidence, parameters, codec, line->number, m->func, m->user_data);
}

static void
add_attribute (Marks *m, const UlSdpLine *line)
{
  UlText value;

  add (m, UL_KEY_SDP_ATTRIBUTE, line->value, line->number);
  if (ul_sdp_attribute (line, "fmtp", &value)) {
    add (m, UL_KEY_SDP_FMTP, value, line->number);
    add_fmtp (m, value, line, FALSE);
  } else if (ul_sdp_attribute (line, "rtpmap", &value)) {
    add (m, UL_KEY_SDP_RTPMAP, value, line->number);
  } else if (ul_sdp_attribute (line, "tool", &value)) {
    add (m, UL_KEY_SDP_TOOL, value, line->number);
  } else if (ul_sdp_attribute (line, "control", &value) && line->section) {
    add (m, UL_KEY_SDP_CONTROL, value, line->number);
  } else if (ul_sdp_attribute (line, "framerate", &value)) {
    take_framerate (m, value, line);
  } else if (ul_sdp_attribute (line, "Media_header", &value)) {
    add_mediainfo (m, value, line->number);
  }
}

static void
add_bare (Marks *m, const UlSdpLine *line)
{
  UlText value = line->value, first;
  gboolean alone = ul_sdp_is_bare_fmtp (value);

  /* "fmtp=profile-level-id=…": its value begins like a bare parameter too, but
   * more than one parameter is a whole fmtp. */
  UlText rest = value;
  if (alone && ul_text_next_field (&rest, ';', &first) && rest.len)
    alone = FALSE;
  add (m, UL_KEY_SDP_FMTP, value, line->number);
  add_fmtp (m, value, line, alone);
}

/* --- the description as a whole --------------------------------------------- */

static void
append_name (GString *out, UlText name)
{
  if (out->len >= MAX_ORDER)
    return;
  if (out->len)
    g_string_append_c (out, ',');
  ul_text_append (out, ul_text_head (name, 48));
}

/* Orders are those of a whole description: it begins with v= (5.1), or the
 * section with its m=. */
static void
add_orders (Marks *m)
{
  g_autoptr (GString) letters = g_string_new (NULL);
  g_autoptr (GString) attributes = g_string_new (NULL);
  g_autoptr (GString) media = g_string_new (NULL);
  guint section = m->video ? m->video : m->sdp->n_media ? 1 : 0;
  gint64 first = -1, media_first = -1;

  for (guint i = 0; i < m->sdp->lines->len; i++) {
    const UlSdpLine *line = line_at (m->sdp, i);

    if (line->type == 'F')
      continue;
    if (line->section == 0) {
      first = letters->len ? first : line->number;
      if (letters->len < MAX_ORDER)
        g_string_append_c (letters, line->type);
      if (line->type == 'a')
        append_name (attributes, ul_sdp_attribute_name (line));
    } else if (line->section == section && line->type == 'm') {
      media_first = line->number;
    } else if (line->section == section) {
      append_name (media, line->type == 'a' ? ul_sdp_attribute_name (line) : ul_text (&line->type, 1));
    }
  }
  if (letters->str[0] == 'v') {
    ul_evidence_add (m->evidence, UL_KEY_SDP_LINE_ORDER, letters->str, UL_AT_LINE (first));
    if (attributes->len)
      ul_evidence_add (m->evidence, UL_KEY_SDP_ATTRIBUTE_ORDER, attributes->str, UL_AT_LINE (first));
  }
  if (media->len)
    ul_evidence_add (m->evidence, UL_KEY_SDP_MEDIA_ORDER, media->str, UL_AT_LINE (media_first));
}

static gboolean
is_video (const UlSdpLine *line)
{
  return line->type == 'm' && ul_text_starts_ci (ul_text_chug (line->value), "video");
}

/* Codec of the first video section by its rtpmap lines. */
static void
find_video (Marks *m)
{
  UlText value, type, name;

  for (guint i = 0; i < m->sdp->lines->len && !m->video; i++)
    if (is_video (line_at (m->sdp, i)))
      m->video = line_at (m->sdp, i)->section;
  for (guint i = 0; i < m->sdp->lines->len && !m->facts.codec; i++) {
    const UlSdpLine *line = line_at (m->sdp, i);

    if (line->section != m->video || !ul_sdp_attribute (line, "rtpmap", &value))
      continue;
    value = ul_text_trim (value);
    if (ul_text_next_field (&value, ' ', &type) && (value = ul_text_trim (value), ul_text_next_field (&value, '/', &name)))
      m->facts.codec = codec_of_name (ul_text_trim (name));
  }
}

static void
warn_repairs (Marks *m)
{
  const UlSdp *sdp = m->sdp;

  if (sdp->restored)
    ul_evidence_warn (m->evidence, "session description at line %" G_GINT64_FORMAT ": line breaks were put back", sdp->restored_number);
  if (sdp->n_joined)
    ul_evidence_warn (m->evidence, "session description: a wrapped line was put together at line %" G_GINT64_FORMAT, sdp->joined_number);
  if (sdp->n_skipped)
    ul_evidence_warn (m->evidence, "session description: line %" G_GINT64_FORMAT " is not x=value and was passed over%s", sdp->skipped_number,
                      sdp->n_skipped > 1 ? ", others too" : "");
}

UlSdpFacts
ul_sdp_marks (UlEvidence *evidence, const UlSdp *sdp, UlSpropFunc func, gpointer user_data)
{
  Marks m = { .evidence = evidence, .sdp = sdp, .func = func, .user_data = user_data };
  UlProvenance provenance = ul_evidence_provenance (evidence);

  m.facts.profile_level_id_line = m.facts.framerate_line = -1;
  m.facts.n_media = sdp->n_media;
  if (sdp->restored || sdp->n_joined)
    ul_evidence_set_provenance (evidence, provenance | UL_PROVENANCE_LOG);
  find_video (&m);
  add_orders (&m);
  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = line_at (sdp, i);

    if (line->type == 'a')
      add_attribute (&m, line);
    else if (line->type == 'F')
      add_bare (&m, line);
    else
      add_plain (&m, line);
  }
  warn_repairs (&m);
  ul_evidence_set_provenance (evidence, provenance);
  return m.facts;
}
