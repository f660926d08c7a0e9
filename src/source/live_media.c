/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/live_media.h"

#include "rtsp/message.h"
#include "rtsp/sdp.h"
#include "source/live.h"
#include "source/packets.h"
#include "source/rtsp_url.h"

#define MAX_TYPES 8
#define MAX_EARLY 4 /* RTCP packets before the first of RTP */

typedef struct {
  guint8 payload_type;
  char encoding[24]; /* upper case */
} PayloadType;

struct _UlLiveMedia {
  UlLiveWarnFunc warn;
  gpointer warn_data;
  char *control, *aggregate;
  PayloadType types[MAX_TYPES];
  guint n_types;
  UlCodec codec; /* of the first type; UL_CODEC_NONE: not read */
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
  g_free (self->control);
  g_free (self->aggregate);
  g_free (self->answers);
  g_free (self);
}

/* --- which video ---------------------------------------------------------------------- */

/* RFC 4566, 5.14: m=<media> <port> <proto> <fmt> … */
static void
take_types (UlLiveMedia *self, const UlSdp *sdp, const UlSdpLine *m)
{
  UlText rest = m->value, field;

  for (guint i = 0; ul_text_next_field (&rest, ' ', &field) && self->n_types < MAX_TYPES; i++) {
    guint64 number;

    if (i < 3 || !ul_text_to_uint (field, &number) || number > 127)
      continue;
    PayloadType *type = &self->types[self->n_types];
    UlText encoding = ul_sdp_encoding (sdp, m->section, field);
    if (encoding.len == 0 || encoding.len >= sizeof type->encoding)
      continue;
    type->payload_type = (guint8) number;
    for (gsize j = 0; j < encoding.len; j++)
      type->encoding[j] = g_ascii_toupper (encoding.p[j]);
    self->n_types++;
  }
}

static UlCodec
codec_of (const PayloadType *type)
{
  if (g_str_equal (type->encoding, "H264"))
    return UL_CODEC_H264;
  return g_str_equal (type->encoding, "H265") || g_str_equal (type->encoding, "HEVC") ? UL_CODEC_H265 : UL_CODEC_NONE;
}

static UlText
control_of (const UlSdp *sdp, guint section)
{
  UlText value = ul_text (NULL, 0), found;

  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);

    if (line->section == section && ul_sdp_attribute (line, "control", &found))
      value = ul_text_trim (found);
  }
  return value;
}

static gboolean
is_secure (UlText m)
{
  return ul_text_find (m, "RTP/SAVP") >= 0;
}

/* The first video that can be read, else the first video. */
static const UlSdpLine *
choose_video (const UlSdp *sdp, guint *ret_n_video)
{
  const UlSdpLine *chosen = NULL;

  *ret_n_video = 0;
  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);
    UlLiveMedia probe = { 0 };

    if (line->type != 'm' || !ul_text_starts (line->value, "video "))
      continue;
    ++*ret_n_video;
    take_types (&probe, sdp, line);
    gboolean readable = probe.n_types && codec_of (&probe.types[0]) != UL_CODEC_NONE;
    if (readable)
      return line;
    chosen = chosen ? chosen : line;
  }
  return chosen;
}

static void
warn_others (UlLiveMedia *self, const UlSdp *sdp)
{
  guint n = 0;

  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);
    n += line->type == 'm' && ul_text_starts (line->value, "video ");
  }
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
  for (guint i = 0; i < self->n_types; i++)
    if (self->types[i].payload_type == payload_type)
      return self->types[i].encoding;
  return NULL;
}

static UlLane *
lane_of (gpointer user_data, UlTrack *track, UlCodec codec, UlWhere where)
{
  UlLiveMedia *self = user_data;

  self->lane.track = track;
  return &self->lane;
}

UlLiveMedia *
ul_live_media_new (UlExaminer *examiner, const char *answer, gsize len, const char *base, UlLiveWarnFunc warn, gpointer user_data)
{
  g_autoptr (UlMessage) message = ul_message_parse (answer, len, -1);
  g_autoptr (UlSdp) sdp = ul_sdp_parse (message->body.p, message->body.len, -1);
  UlLiveMedia *self = g_new0 (UlLiveMedia, 1);
  guint n_video;
  const UlSdpLine *video = choose_video (sdp, &n_video);
  const char *problem = NULL;

  self->warn = warn;
  self->warn_data = user_data;
  self->lane.examiner = examiner;
  if (!video)
    problem = "the session description offers no video";
  else if (is_secure (video->value))
    problem = "the camera encrypts its video (SRTP): it is not read";
  if (video) {
    UlText control = control_of (sdp, video->section), all = control_of (sdp, 0);

    self->aggregate = ul_rtsp_control_url (base, all.p ? all.p : "", all.len);
    self->control = self->aggregate ? ul_rtsp_control_url (ul_text_find (all, "://") > 0 ? self->aggregate : base, control.p ? control.p : "", control.len)
                                    : NULL;
    take_types (self, sdp, video);
    self->codec = self->n_types ? codec_of (&self->types[0]) : UL_CODEC_NONE;
    if (!problem && !self->control)
      problem = "a=control holds no URL that can be asked for";
  }
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
