/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/live_media.h"

#include "rtsp/message.h"
#include "rtsp/sdp.h"
#include "source/live.h"
#include "source/packets.h"
#include "source/rtsp_url.h"

#define MAX_EARLY 4 /* RTCP packets before the first of RTP */

struct _UlLiveMedia {
  UlLiveWarnFunc warn;
  gpointer warn_data;
  char *control, *aggregate;
  UlMediaSection *video;
  UlCodec codec; /* of its first type; UL_CODEC_NONE: not read */
  UlLane lane;
  UlTrack *track;
  guint channel;
  gboolean ended;
  gint64 begun_us, last_us; /* last_us 0: no RTP has come */
  GPtrArray *early;         /* GBytes: RTCP before it */
  /* groups of pictures */
  guint64 n_gops;     /* key pictures when the last group was taken */
  char *answers;      /* at the beginning of the last group */
  guint n_unchanged;  /* groups that did not change them */
};

void
ul_live_media_free (UlLiveMedia *self)
{
  if (!self)
    return;
  ul_track_free (self->track);
  g_clear_pointer (&self->early, g_ptr_array_unref);
  ul_media_section_free (self->video);
  g_free (self->control);
  g_free (self->aggregate);
  g_free (self->answers);
  g_free (self);
}

/* --- which video ---------------------------------------------------------------------- */

static gboolean
is_video (const UlSdpLine *line)
{
  return line->type == 'm' && ul_text_starts (line->value, "video ");
}

static gboolean
is_secure (UlText m)
{
  return ul_text_find (m, "RTP/SAVP") >= 0;
}

/* Of the first type that has a name. */
static UlCodec
codec_of (const UlMediaSection *section)
{
  for (guint i = 0; i < section->n_types; i++) {
    const char *name = section->types[i].encoding;

    if (g_str_equal (name, "H264"))
      return UL_CODEC_H264;
    if (*name)
      return g_str_equal (name, "H265") || g_str_equal (name, "HEVC") ? UL_CODEC_H265 : UL_CODEC_NONE;
  }
  return UL_CODEC_NONE;
}

/* The first video that can be read, else the first video. */
static UlMediaSection *
choose_video (const UlSdp *sdp, const UlSdpLine **ret_line)
{
  g_autoptr (UlMediaSection) first = NULL;

  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);

    if (!is_video (line))
      continue;
    g_autoptr (UlMediaSection) section = ul_media_section_read (sdp, line);
    gboolean readable = codec_of (section) != UL_CODEC_NONE;
    if (readable || !first)
      *ret_line = line;
    if (readable)
      return g_steal_pointer (&section);
    if (!first)
      first = g_steal_pointer (&section);
  }
  return g_steal_pointer (&first);
}

static void
warn_others (UlLiveMedia *self, const UlSdp *sdp)
{
  guint n = 0;

  for (guint i = 0; i < sdp->lines->len; i++)
    n += is_video (&g_array_index (sdp->lines, UlSdpLine, i));
  if (n > 1) {
    g_autofree char *text = g_strdup_printf ("the session description offers %u videos; one is played", n);
    self->warn (self->warn_data, text);
  }
}

/* --- the track ---------------------------------------------------------------------------- */

static const char *
encoding_of (gpointer user_data, guint8 payload_type, gboolean *ret_video)
{
  UlLiveMedia *self = user_data;

  *ret_video = TRUE;
  for (guint i = 0; i < self->video->n_types; i++)
    if (self->video->types[i].payload_type == payload_type && *self->video->types[i].encoding)
      return self->video->types[i].encoding;
  return NULL;
}

static UlLane *
lane_of (gpointer user_data, UlTrack *track, UlCodec codec, UlWhere where)
{
  UlLiveMedia *self = user_data;

  self->lane.track = track;
  return &self->lane;
}

/* Where the video and the session are asked for; FALSE: nowhere. */
static gboolean
take_urls (UlLiveMedia *self, const UlSdp *sdp, const UlSdpLine *video, const char *base)
{
  UlText control = ul_media_control (sdp, video->section), all = ul_media_control (sdp, 0);

  self->aggregate = ul_rtsp_control_url (base, all.p ? all.p : "", all.len);
  if (self->aggregate)
    self->control = ul_rtsp_control_url (ul_text_find (all, "://") > 0 ? self->aggregate : base, control.p ? control.p : "", control.len);
  return self->control != NULL;
}

UlLiveMedia *
ul_live_media_new (UlExaminer *examiner, const char *answer, gsize len, const char *base, UlLiveWarnFunc warn, gpointer user_data)
{
  g_autoptr (UlMessage) message = ul_message_parse (answer, len, -1);
  g_autoptr (UlSdp) sdp = ul_sdp_parse (message->body.p, message->body.len, -1);
  UlLiveMedia *self = g_new0 (UlLiveMedia, 1);
  const UlSdpLine *line = NULL;
  const char *problem = NULL;

  self->warn = warn;
  self->warn_data = user_data;
  self->lane.examiner = examiner;
  self->video = choose_video (sdp, &line);
  if (!self->video)
    problem = "the session description offers no video";
  else if (is_secure (line->value))
    problem = "the camera encrypts its video (SRTP): it is not read";
  else if (!take_urls (self, sdp, line, base))
    problem = "a=control holds no URL that can be asked for";
  else
    self->codec = codec_of (self->video);
  if (problem) {
    warn (user_data, problem);
    ul_live_media_free (self);
    return NULL;
  }
  warn_others (self, sdp);
  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->track = ul_track_new ((UlTrackOwner){ encoding_of, lane_of, self }, "rtp", self->control);
  ul_track_begins_session (self->track);
  return self;
}

const char *
ul_live_media_control (const UlLiveMedia *self)
{
  return self->control;
}

const char *
ul_live_media_aggregate (const UlLiveMedia *self)
{
  return self->aggregate;
}

gboolean
ul_live_media_is_read (const UlLiveMedia *self)
{
  return self->codec != UL_CODEC_NONE;
}

void
ul_live_media_set_channel (UlLiveMedia *self, guint channel)
{
  self->channel = channel;
}

void
ul_live_media_begin (UlLiveMedia *self, gint64 monotonic_us)
{
  self->begun_us = monotonic_us;
}

gint64
ul_live_media_last_us (const UlLiveMedia *self)
{
  return self->last_us;
}

/* --- groups of pictures --------------------------------------------------------------------- */

/* Beyond the last one that was taken: a key picture that loses a piece is not counted
 * any more, and its other slices are no group of their own. */
gboolean
ul_live_media_take_gop (UlLiveMedia *self)
{
  guint64 n = ul_examiner_n_key_pictures (self->lane.examiner);
  gboolean begun = n > self->n_gops;

  self->n_gops = MAX (self->n_gops, n);
  return begun;
}

gboolean
ul_live_media_answered (UlLiveMedia *self, char *answers)
{
  self->n_unchanged = g_strcmp0 (self->answers, answers) == 0 ? self->n_unchanged + 1 : 0;
  g_free (self->answers);
  self->answers = answers;
  return self->n_unchanged >= UL_LIVE_STABLE_GOPS;
}

/* --- packets --------------------------------------------------------------------------------- */

static void
take_rtp (UlLiveMedia *self, const guint8 *data, gsize len, UlWhere where)
{
  ul_track_rtp (self->track, data, len, len, where);
  for (guint i = 0; i < self->early->len; i++) {
    gsize n;
    const guint8 *p = g_bytes_get_data (g_ptr_array_index (self->early, i), &n);
    ul_track_rtcp (self->track, p, n, where);
  }
  g_ptr_array_set_size (self->early, 0);
}

/* A sender's first report may come before its first packet, and before the codec is known. */
void
ul_live_media_packet (UlLiveMedia *self, guint channel, const guint8 *data, gsize len)
{
  gint64 now = g_get_monotonic_time ();
  UlWhere where = { -1, (gint64) len, -1, self->begun_us ? now - self->begun_us : 0 };

  if (self->ended)
    return;
  if (channel == self->channel) {
    self->last_us = now;
    take_rtp (self, data, len, where);
  } else if (channel == self->channel + 1 && self->last_us) {
    ul_track_rtcp (self->track, data, len, where);
  } else if (channel == self->channel + 1 && self->early->len < MAX_EARLY) {
    g_ptr_array_add (self->early, g_bytes_new (data, len));
  }
}

void
ul_live_media_end (UlLiveMedia *self)
{
  UlEvidence *evidence = ul_examiner_evidence (self->lane.examiner);

  if (!self->ended)
    ul_track_end (self->track);
  self->ended = TRUE;
  ul_evidence_set_provenance (evidence, self->lane.has_media ? UL_PROVENANCE_DEPAYLOADED : UL_PROVENANCE_AS_SENT);
}
