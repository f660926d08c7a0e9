/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media.h"

#include <string.h>

#include "dialogue.h"

#define MAX_MEMORIES 16 /* of a GstBuffer (GST_BUFFER_MEM_MAX) */
#define MAX_SDP_BYTES (64 * 1024)

/* --- caps ------------------------------------------------------------------------------ */

static gboolean
is_one_of (const char *name, const char *const *names)
{
  for (; *names; names++)
    if (g_str_equal (name, *names))
      return TRUE;
  return FALSE;
}

/*
 * rtspsrc puts a=NAME:VALUE into the caps as "a-NAME", a=x-NAME as "x-NAME", and
 * each parameter of fmtp as a field of its own.  Order and blanks are gone.
 */
static gboolean
add_sdp_line (GQuark field, const GValue *value, gpointer user_data)
{
  static const char *const parameters[] = { "profile-level-id", "sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps", NULL };
  const char *name = g_quark_to_string (field), *text = G_VALUE_HOLDS_STRING (value) ? g_value_get_string (value) : NULL;
  GString *sdp = user_data;

  if (!text || g_str_equal (name, UL_DIALOGUE_ID_FIELD) || sdp->len + strlen (text) > MAX_SDP_BYTES || strpbrk (text, "\r\n"))
    return TRUE;
  if (g_str_has_prefix (name, "a-") || g_str_has_prefix (name, "x-"))
    g_string_append_printf (sdp, "a=%s%s%s\r\n", name[0] == 'a' ? name + 2 : name, *text ? ":" : "", text);
  else if (is_one_of (name, parameters))
    g_string_append_printf (sdp, "%s=%s\r\n", name, text);
  return TRUE;
}

static gboolean
from_rtp (const GstStructure *s, UlMedia *media)
{
  const char *encoding = gst_structure_get_string (s, "encoding-name");
  g_autoptr (GString) sdp = g_string_new (NULL);

  if (!encoding || (g_ascii_strcasecmp (encoding, "H264") != 0 && g_ascii_strcasecmp (encoding, "H265") != 0))
    return FALSE;
  media->kind = UL_MEDIA_RTP;
  media->codec = encoding[3] == '4' ? UL_STREAM_H264 : UL_STREAM_H265;
  media->aligned = TRUE;
  gst_structure_get_int (s, "payload", &media->payload_type);
  gst_structure_foreach (s, add_sdp_line, sdp);
  if (sdp->len)
    media->sdp = g_strdup (sdp->str);
  return TRUE;
}

static gboolean
from_video (const GstStructure *s, UlMedia *media)
{
  const char *format = gst_structure_get_string (s, "stream-format"), *alignment = gst_structure_get_string (s, "alignment");
  const GValue *data = gst_structure_get_value (s, "codec_data");

  if (data && GST_VALUE_HOLDS_BUFFER (data) && gst_value_get_buffer (data))
    media->codec_data = gst_buffer_ref (gst_value_get_buffer (data));
  media->codec = gst_structure_has_name (s, "video/x-h264") ? UL_STREAM_H264 : UL_STREAM_H265;
  if (format)
    media->kind = g_str_equal (format, "byte-stream") ? UL_MEDIA_ANNEXB : UL_MEDIA_SAMPLES;
  else
    media->kind = media->codec_data ? UL_MEDIA_SAMPLES : UL_MEDIA_ANNEXB;
  media->aligned = media->kind == UL_MEDIA_SAMPLES || alignment != NULL;
  return TRUE;
}

gboolean
ul_media_from_caps (const GstCaps *caps, UlMedia *ret_media)
{
  const GstStructure *s = gst_caps_get_size (caps) ? gst_caps_get_structure (caps, 0) : NULL;

  *ret_media = (UlMedia){ .payload_type = -1, .prefix_bytes = 4 };
  if (!s)
    return FALSE;
  if (gst_structure_has_name (s, "application/x-rtp"))
    return from_rtp (s, ret_media);
  if (gst_structure_has_name (s, "video/x-h264") || gst_structure_has_name (s, "video/x-h265"))
    return from_video (s, ret_media);
  return FALSE;
}

void
ul_media_clear (UlMedia *media)
{
  gst_clear_buffer (&media->codec_data);
  g_free (media->sdp);
  *media = (UlMedia){ .payload_type = -1 };
}

void
ul_media_feed_codec_data (UlMedia *media, UlExaminer *examiner, GBytes *codec_data)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (codec_data, &len);
  guint prefix_bytes = ul_examiner_feed_config_record (examiner, media->codec, data, len);

  if (prefix_bytes)
    media->prefix_bytes = prefix_bytes;
}

/* --- buffers ----------------------------------------------------------------------------- */

static void
feed (const UlMedia *media, UlExaminer *examiner, const struct iovec *pieces, guint n, gint64 offset, gint64 time_us)
{
  switch (media->kind) {
  case UL_MEDIA_RTP:
    ul_examiner_feed_rtp (examiner, media->codec, pieces, n, media->payload_type, time_us);
    break;
  case UL_MEDIA_SAMPLES:
    ul_examiner_feed_sample_pieces (examiner, media->codec, pieces, n, media->prefix_bytes, offset, time_us);
    break;
  case UL_MEDIA_ANNEXB:
    for (guint i = 0; i < n; i++) {
      ul_examiner_feed_annexb (examiner, media->codec, pieces[i].iov_base, pieces[i].iov_len, offset, time_us);
      if (offset >= 0)
        offset += (gint64) pieces[i].iov_len;
    }
    break;
  case UL_MEDIA_NONE:
    break;
  }
}

gssize
ul_media_feed_buffer (const UlMedia *media, UlExaminer *examiner, GstBuffer *buffer, gint64 offset, gint64 time_us)
{
  guint n = gst_buffer_n_memory (buffer), mapped = 0, n_pieces = 0;
  GstMapInfo maps[MAX_MEMORIES];
  struct iovec pieces[MAX_MEMORIES];
  gssize total = 0;

  if (n > MAX_MEMORIES)
    return -1;
  for (; mapped < n && gst_memory_map (gst_buffer_peek_memory (buffer, mapped), &maps[mapped], GST_MAP_READ); mapped++)
    if (maps[mapped].size) {
      pieces[n_pieces++] = (struct iovec){ maps[mapped].data, maps[mapped].size };
      total += (gssize) maps[mapped].size;
    }
  if (mapped == n && n_pieces)
    feed (media, examiner, pieces, n_pieces, offset, time_us);
  for (guint i = 0; i < mapped; i++)
    gst_memory_unmap (maps[i].memory, &maps[i]);
  return mapped == n ? total : -1;
}
