/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream.h"

#include <string.h>

#define FIRST_PICTURES 2
#define MOST_PICTURES 250 /* between two looks: ten seconds of most cameras */
#define PATIENCE_PICTURES 1500 /* between two judgements though nothing is new: marks of earlier may be back */

UlGstStream *
ul_gst_stream_new (UlKnowledge *knowledge, const char *id)
{
  UlGstStream *self = g_new0 (UlGstStream, 1);

  self->examiner = ul_examiner_new ();
  self->watch = ul_watch_new (knowledge, self->examiner);
  self->id = g_strdup (id);
  self->media.payload_type = -1;
  self->next_pictures = FIRST_PICTURES;
  self->last_us = -1;
  return self;
}

void
ul_gst_stream_free (UlGstStream *self)
{
  if (!self)
    return;
  ul_watch_free (self->watch);
  ul_examiner_free (self->examiner);
  ul_media_clear (&self->media);
  ul_gst_dialogue_unref (self->dialogue);
  g_clear_pointer (&self->codec_data, g_bytes_unref);
  g_free (self->source);
  g_free (self->id);
  g_free (self);
}

/* --- before the buffers ----------------------------------------------------------------- */

static void
feed_dialogue (UlGstStream *self)
{
  for (; self->n_heard < ul_gst_dialogue_n (self->dialogue); self->n_heard++) {
    UlDialogueKind kind;
    gsize len;
    g_autofree char *text = ul_gst_dialogue_dup (self->dialogue, self->n_heard, &kind, &len);

    ul_examiner_set_provenance (self->examiner, kind == UL_DIALOGUE_BODY ? UL_FED_AS_SENT : UL_FED_BY_LIBRARY);
    if (kind == UL_DIALOGUE_HEAD)
      ul_examiner_feed_message (self->examiner, text, len);
    else
      ul_examiner_feed_sdp (self->examiner, text, len);
  }
  ul_examiner_set_provenance (self->examiner, self->fed_by);
}

static void
feed_codec_data (UlGstStream *self)
{
  GstMapInfo map;

  if (!self->media.codec_data || !gst_buffer_map (self->media.codec_data, &map, GST_MAP_READ))
    return;
  g_autoptr (GBytes) bytes = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (self->media.codec_data, &map);
  if (self->codec_data && g_bytes_equal (bytes, self->codec_data))
    return;
  g_clear_pointer (&self->codec_data, g_bytes_unref);
  self->codec_data = g_steal_pointer (&bytes);
  ul_media_feed_codec_data (&self->media, self->examiner, self->codec_data);
}

static void
ask_source (UlGstStream *self, GstPad *sink)
{
  g_autoptr (GstQuery) uri = gst_query_new_uri (), latency = gst_query_new_latency ();

  if (!self->source && gst_pad_peer_query (sink, uri))
    gst_query_parse_uri (uri, &self->source);
  if (gst_pad_peer_query (sink, latency))
    gst_query_parse_latency (latency, &self->live, NULL, NULL);
}

gboolean
ul_gst_stream_is_foreign (const UlGstStream *self, GstPad *sink)
{
  UlUpstream upstream;
  gboolean foreign;

  ul_upstream_look (sink, &upstream);
  foreign = self->dialogue && upstream.dialogue_id && !g_str_equal (upstream.dialogue_id, ul_gst_dialogue_id (self->dialogue));
  ul_upstream_clear (&upstream);
  return foreign;
}

gboolean
ul_gst_stream_set_caps (UlGstStream *self, GstPad *sink, const GstCaps *caps)
{
  UlMedia media;
  UlUpstream upstream;

  if (!ul_media_from_caps (caps, &media))
    return FALSE;
  if (self->begun)
    ul_gst_stream_gap (self, self->media.kind == UL_MEDIA_ANNEXB && !self->media.aligned);
  if (media.kind == self->media.kind && media.codec == self->media.codec)
    media.prefix_bytes = self->media.prefix_bytes;
  ul_media_clear (&self->media);
  self->media = media;
  ul_upstream_look (sink, &upstream);
  self->fed_by = upstream.fed_by;
  if (media.kind == UL_MEDIA_RTP)
    self->fed_by |= UL_FED_BY_DEPAYLOADER;
  if (media.kind == UL_MEDIA_SAMPLES)
    self->fed_by |= UL_FED_BY_MUXER;
  if (!self->dialogue && upstream.dialogue_id)
    self->dialogue = ul_gst_dialogue_find (upstream.dialogue_id);
  ul_upstream_clear (&upstream);
  if (self->dialogue) {
    feed_dialogue (self);
  } else if (media.sdp && !self->sdp_fed) {
    ul_examiner_set_provenance (self->examiner, UL_FED_BY_LIBRARY);
    ul_examiner_feed_sdp (self->examiner, media.sdp, strlen (media.sdp));
    self->sdp_fed = TRUE;
  }
  ul_examiner_set_provenance (self->examiner, self->fed_by);
  feed_codec_data (self);
  ask_source (self, sink);
  return TRUE;
}

/* --- what passes --------------------------------------------------------------------------- */

/* The writer of a container is all that its tags tell; what else they say comes from anywhere. */
void
ul_gst_stream_tags (UlGstStream *self, const GstTagList *tags)
{
  guint n = gst_tag_list_get_tag_size (tags, GST_TAG_ENCODER);
  const gchar *text;

  for (guint i = 0; i < MIN (n, 4u); i++)
    if (gst_tag_list_peek_string_index (tags, GST_TAG_ENCODER, i, &text))
      ul_examiner_feed_tag (self->examiner, "encoder", text);
}

void
ul_gst_stream_gap (UlGstStream *self, gboolean cut)
{
  ul_examiner_feed_gap (self->examiner, cut);
}

static gint64
time_of (GstBuffer *buffer, const GstSegment *segment)
{
  GstClockTime time = GST_BUFFER_PTS_IS_VALID (buffer) ? GST_BUFFER_PTS (buffer) : GST_BUFFER_DTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (time) || segment->format != GST_FORMAT_TIME)
    return -1;
  time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, time);
  return GST_CLOCK_TIME_IS_VALID (time) ? (gint64) (time / GST_USECOND) : -1;
}

void
ul_gst_stream_buffer (UlGstStream *self, GstBuffer *buffer, const GstSegment *segment)
{
  gint64 offset = -1;

  if (self->media.kind == UL_MEDIA_NONE)
    return;
  if (self->begun && GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT) && self->media.kind != UL_MEDIA_RTP)
    ul_gst_stream_gap (self, !self->media.aligned);
  self->begun = TRUE;
  if (segment->format == GST_FORMAT_BYTES && GST_BUFFER_OFFSET_IS_VALID (buffer))
    offset = (gint64) (GST_BUFFER_OFFSET (buffer) & G_MAXINT64);
  gssize n = ul_media_feed_buffer (&self->media, self->examiner, buffer, offset, time_of (buffer, segment));
  if (n >= 0)
    self->bytes += (guint64) n;
  else
    self->n_unmapped++;
}

/* --- judging ---------------------------------------------------------------------------------- */

static gint64
clock_us (GstBuffer *buffer)
{
  return buffer && GST_BUFFER_DTS_OR_PTS (buffer) != GST_CLOCK_TIME_NONE ? (gint64) (GST_BUFFER_DTS_OR_PTS (buffer) / GST_USECOND)
                                                                         : g_get_monotonic_time ();
}

gboolean
ul_gst_stream_due (UlGstStream *self, GstBuffer *buffer, gint64 interval_us)
{
  if (G_UNLIKELY (self->dialogue && ul_gst_dialogue_n (self->dialogue) != self->n_heard))
    feed_dialogue (self);
  /* A dialogue often names the maker before there is a picture. */
  if (G_UNLIKELY (self->n_heard != self->n_judged) && interval_us == 0)
    return TRUE;
  /* A signed GOP that was judged otherwise than the ones before. */
  if (G_UNLIKELY (ul_examiner_n_signature_news (self->examiner) != self->n_signature_news))
    return TRUE;
  if (interval_us) {
    gint64 now = clock_us (buffer);
    if (self->last_us >= 0 && now >= self->last_us && now - self->last_us < interval_us)
      return FALSE;
    gboolean first = self->last_us < 0;
    self->last_us = now;
    return !first;
  }
  guint64 n = ul_examiner_n_pictures (self->examiner);
  if (G_LIKELY (n < self->next_pictures))
    return FALSE;
  self->next_pictures = n + CLAMP (n / 2, 1, MOST_PICTURES);
  gboolean news = ul_examiner_n_new (self->examiner) != self->n_new;
  /* What came with the news is judged by itself the next time, without what was before. */
  gboolean due = news || self->follow_up || n - self->judged_pictures >= PATIENCE_PICTURES;
  self->follow_up = news;
  return due;
}

UlReport *
ul_gst_stream_judge (UlGstStream *self, UlKnowledge *knowledge, const UlQuestion *question, GError **error)
{
  UlInputInfo input = { .source = self->source ? self->source : self->id, .kind = self->live ? "live" : "recording", .bytes = self->bytes };
  UlExaminer *streams[] = { self->examiner };
  g_autofree char *unmapped = self->n_unmapped ? g_strdup_printf ("%" G_GUINT64_FORMAT " buffers could not be read", self->n_unmapped) : NULL;
  const char *const warnings[] = { unmapped, NULL };

  input.warnings = warnings;
  self->n_new = ul_examiner_n_new (self->examiner);
  self->n_signature_news = ul_examiner_n_signature_news (self->examiner);
  self->n_judged = self->n_heard;
  self->judged_pictures = ul_examiner_n_pictures (self->examiner);
  return ul_report_new (knowledge, &input, question, streams, 1, error);
}

void
ul_gst_stream_finish (UlGstStream *self)
{
  if (self->dialogue)
    feed_dialogue (self);
  ul_examiner_finish (self->examiner);
}
