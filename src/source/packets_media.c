/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RTP streams (RFC 3550) out of a capture: packets are put in order within a
 * bounded window, the codec is what the dialogue said or what the payloads show,
 * NAL units and packet habits go to the examiner of the video.
 */
#include "source/packets.h"

#include <string.h>

#include "rtp/depay.h"
#include "rtp/habits.h"

#define MAX_HELD_PACKETS 64
#define MAX_HELD_BYTES (512 * 1024)
#define MAX_AHEAD 3000          /* sequence numbers; further off is a new beginning (RFC 3550, A.1) */
#define MAX_BEHIND 100
#define GUESS_PACKETS 24        /* looked at before a codec is taken for granted */
#define GUESS_MIN_PACKETS 6
#define PAUSE_US (5 * G_USEC_PER_SEC)
#define MAX_SSRC_WARNINGS 4
#define MAX_CODEC_CHANGES 8
#define MAX_EARLY_RTCP 8        /* reports that come before the video they are of */

typedef struct {
  guint16 sequence;
  gsize len, wire_len;
  UlWhere where;
  guint8 data[];
} Packet;

typedef enum { CODEC_OPEN, CODEC_NAL, CODEC_OTHER_VIDEO, CODEC_REFUSED } CodecState;

struct _UlTrack {
  UlTrackOwner owner;
  char *name, *key;
  gboolean begins_session, found, ended;
  gint64 last_us;
  /* order */
  gboolean have_next, have_bad;
  guint16 next, bad;
  guint32 ssrc;
  guint n_ssrc_changes;
  GPtrArray *held;   /* Packet, by sequence number */
  gsize held_bytes;
  guint64 n_packets, lost, late, jumps, cut;
  /* codec */
  CodecState state;
  guint8 payload_type;
  UlCodec codec;
  guint n_codec_changes;
  GPtrArray *waiting; /* Packet, in order, until the codec is known */
  UlLane *lane;
  UlDepay *depay;
  UlRtpHabits *habits;
  GPtrArray *early_rtcp; /* Packet */
};

static void take_in_order (UlTrack *self, const Packet *packet);
static void take_rtcp (UlTrack *self, const guint8 *data, gsize len, UlWhere where);

static Packet *
new_packet (const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  Packet *packet = g_malloc (sizeof *packet + len);

  *packet = (Packet){ .len = len, .wire_len = wire_len, .where = where };
  memcpy (packet->data, data, len);
  return packet;
}

UlTrack *
ul_track_new (UlTrackOwner owner, const char *name, const char *key)
{
  UlTrack *self = g_new0 (UlTrack, 1);

  self->owner = owner;
  self->name = g_strdup (name);
  self->key = g_strdup (key);
  self->held = g_ptr_array_new_with_free_func (g_free);
  self->waiting = g_ptr_array_new_with_free_func (g_free);
  self->early_rtcp = g_ptr_array_new_with_free_func (g_free);
  self->last_us = -1;
  return self;
}

void
ul_track_free (UlTrack *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_free (self->key);
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->early_rtcp);
  ul_depay_free (self->depay);
  ul_rtp_habits_free (self->habits);
  g_free (self);
}

const char *
ul_track_name (const UlTrack *self)
{
  return self->name;
}

const char *
ul_track_key (const UlTrack *self)
{
  return self->key;
}

void
ul_track_begins_session (UlTrack *self)
{
  self->begins_session = TRUE;
}

void
ul_track_is_found (UlTrack *self)
{
  self->found = TRUE;
}

gboolean
ul_track_is_over (const UlTrack *self, gint64 now_us)
{
  return self->ended || (now_us >= 0 && self->last_us >= 0 && now_us - self->last_us > PAUSE_US);
}

gboolean
ul_track_is_refused (const UlTrack *self)
{
  return self->state == CODEC_REFUSED;
}

/* --- the payload --------------------------------------------------------------------------- */

static UlEvidence *
evidence (const UlTrack *self)
{
  return ul_examiner_evidence (self->lane->examiner);
}

static void
end_media (UlTrack *self)
{
  if (!self->lane)
    return;
  if (self->depay) {
    ul_depay_end (self->depay);
    ul_depay_write (self->depay, evidence (self));
  }
  ul_evidence_set_provenance (evidence (self), UL_PROVENANCE_AS_SENT);
  if (self->habits)
    ul_rtp_habits_finish (self->habits);
  g_clear_pointer (&self->depay, ul_depay_free);
  g_clear_pointer (&self->habits, ul_rtp_habits_free);
}

static void
take_payload (UlTrack *self, const Packet *packet)
{
  struct iovec piece = { (void *) packet->data, packet->len };

  ul_evidence_set_provenance (evidence (self), UL_PROVENANCE_AS_SENT);
  ul_rtp_habits_feed_rtp (self->habits, packet->data, packet->len, packet->wire_len, packet->where);
  if (packet->len < packet->wire_len) {
    self->cut++; /* a lost one to the depayloader */
    return;
  }
  if (!self->depay)
    return;
  ul_evidence_set_provenance (evidence (self), UL_PROVENANCE_DEPAYLOADED);
  ul_evidence_set_place (evidence (self), packet->where);
  ul_depay_packet (self->depay, &piece, 1, -1, packet->where.time_us);
  ul_evidence_set_place (evidence (self), UL_NOWHERE);
}

/* --- which codec? ---------------------------------------------------------------------------- */

/* RFC 6184, 5.2 and 7.4.1 of H.264: what an encoder's payload may begin with. */
static gboolean
h264_plausible (const guint8 *p, gsize len)
{
  guint type = p[0] & 31, nri = (p[0] >> 5) & 3;

  if (p[0] >> 7)
    return FALSE;
  if (type == 28) {
    if (len < 3 || (p[1] & 0xc0) == 0xc0)
      return FALSE;
    type = p[1] & 31;
  } else if (type == 24) {
    return len > 4 && (gsize) (p[1] << 8 | p[2]) <= len - 3 && h264_plausible (p + 3, len - 3);
  }
  if (type == 5 || type == 7 || type == 8)
    return nri != 0;
  return type == 1 || ((type == 6 || type == 9) && nri == 0);
}

/* RFC 7798, 4.4 and 7.4.2.2 of H.265: nuh_layer_id 0, nuh_temporal_id_plus1 not 0. */
static gboolean
h265_plausible (const guint8 *p, gsize len)
{
  guint type = (p[0] >> 1) & 63;

  if (len < 3 || p[0] & 0x81 || p[1] >> 3 || (p[1] & 7) == 0)
    return FALSE;
  if (type == 49)
    type = p[2] & 63;
  return type <= 9 || (type >= 16 && type <= 21) || (type >= 32 && type <= 40) || type == 48;
}

/* Nine of ten payloads fit, and they go on as a sender's do. */
static UlCodec
guess_codec (const UlTrack *self)
{
  guint h264 = 0, h265 = 0, n = self->waiting->len, in_row = 0;

  for (guint i = 0; i < n; i++) {
    const Packet *packet = g_ptr_array_index (self->waiting, i);
    UlRtpPacket p;
    if (i > 0)
      in_row += (guint16) (((const Packet *) g_ptr_array_index (self->waiting, i - 1))->sequence + 1) == packet->sequence;
    if (!ul_rtp_packet_parse (packet->data, packet->len, &p) || p.payload_len < 2)
      continue;
    h264 += h264_plausible (p.payload, p.payload_len);
    h265 += h265_plausible (p.payload, p.payload_len);
  }
  if (n < GUESS_MIN_PACKETS || in_row * 2 < n)
    return UL_CODEC_NONE;
  return h265 * 10 >= n * 9 ? UL_CODEC_H265 : h264 * 10 >= n * 9 ? UL_CODEC_H264 : UL_CODEC_NONE;
}

/* From here on packets of this payload type are of that encoding. */
static void
set_codec (UlTrack *self, const char *encoding, guint8 payload_type, UlWhere where)
{
  UlCodec codec = g_str_equal (encoding, "H264") ? UL_CODEC_H264 : g_str_equal (encoding, "H265") || g_str_equal (encoding, "HEVC") ? UL_CODEC_H265
                                                                                                                                     : UL_CODEC_NONE;
  UlLane *lane = self->lane ? self->lane : self->owner.lane (self->owner.user_data, self, codec, where);

  if (!lane) {
    self->state = CODEC_REFUSED;
    return;
  }
  end_media (self);
  self->lane = lane;
  lane->has_media = TRUE;
  self->payload_type = payload_type;
  self->codec = codec;
  self->state = codec == UL_CODEC_NONE ? CODEC_OTHER_VIDEO : CODEC_NAL;
  self->habits = ul_rtp_habits_new (evidence (self), codec == UL_CODEC_H265 ? "H265" : encoding);
  if (codec != UL_CODEC_NONE) {
    self->depay = ul_depay_new (codec, ul_examiner_bitstream (lane->examiner, codec), evidence (self));
  } else if (!ul_examiner_codec_name (lane->examiner)) {
    g_autofree char *name = g_str_equal (encoding, "JPEG") ? g_strdup ("mjpeg") : g_ascii_strdown (encoding, -1);
    ul_examiner_set_codec_name (lane->examiner, name);
  }
  if (self->begins_session)
    ul_rtp_habits_begins_session (self->habits);
  self->begins_session = FALSE;
  for (guint i = 0; i < self->early_rtcp->len; i++) {
    const Packet *packet = g_ptr_array_index (self->early_rtcp, i);
    take_rtcp (self, packet->data, packet->len, packet->where);
  }
  g_ptr_array_set_size (self->early_rtcp, 0);
}

static void
take_waiting (UlTrack *self)
{
  for (guint i = 0; i < self->waiting->len; i++)
    take_in_order (self, g_ptr_array_index (self->waiting, i));
  g_ptr_array_set_size (self->waiting, 0);
}

/* Nobody said what this is: payloads are collected until they tell. */
static void
try_guess (UlTrack *self, const Packet *packet, guint8 payload_type, gboolean last)
{
  if (packet)
    g_ptr_array_add (self->waiting, g_memdup2 (packet, sizeof *packet + packet->len));
  if (self->waiting->len < GUESS_PACKETS && !last)
    return;
  UlCodec codec = guess_codec (self);
  if (codec == UL_CODEC_NONE) {
    g_ptr_array_set_size (self->waiting, 0);
    self->state = CODEC_REFUSED;
    return;
  }
  const Packet *first = g_ptr_array_index (self->waiting, 0);
  set_codec (self, codec == UL_CODEC_H264 ? "H264" : "H265", payload_type, first->where);
  if (self->lane)
    ul_evidence_warn (evidence (self), "%s: no SDP says what payload type %u is; its payloads are read as %s", self->name, payload_type,
                      codec == UL_CODEC_H264 ? "H.264" : "H.265");
  take_waiting (self);
}

static const char *
static_video (guint8 payload_type)
{
  return payload_type == 26 ? "JPEG" : payload_type == 32 ? "MPV" : payload_type == 33 ? "MP2T" : payload_type == 34 ? "H263" : NULL;
}

/* Another payload type than before: the dialogue knows it, or it is passed over. */
static gboolean
know_payload_type (UlTrack *self, const Packet *packet, guint8 payload_type)
{
  gboolean video = TRUE;
  const char *encoding = self->owner.encoding (self->owner.user_data, payload_type, &video);

  if (!encoding && !self->found)
    encoding = static_video (payload_type);
  if (encoding && video && *encoding) {
    if (self->lane && self->n_codec_changes++ < MAX_CODEC_CHANGES)
      ul_evidence_warn (evidence (self), "%s: payload type changes from %u to %u (%s) after %.1f s", self->name, self->payload_type, payload_type,
                        encoding, (double) packet->where.time_us / G_USEC_PER_SEC);
    set_codec (self, encoding, payload_type, packet->where);
    return self->state != CODEC_REFUSED;
  }
  if (!encoding && self->state == CODEC_OPEN && payload_type >= 35) {
    try_guess (self, packet, payload_type, FALSE);
    return FALSE;
  }
  if (self->state == CODEC_OPEN && encoding && !video)
    self->state = CODEC_REFUSED;
  return FALSE;
}

static void
take_in_order (UlTrack *self, const Packet *packet)
{
  guint8 payload_type = packet->data[1] & 127;

  if (self->state == CODEC_REFUSED)
    return;
  if ((self->state == CODEC_OPEN || payload_type != self->payload_type) && !know_payload_type (self, packet, payload_type))
    return;
  take_payload (self, packet);
}

/* --- order -------------------------------------------------------------------------------------- */

static void
give (UlTrack *self, const Packet *packet)
{
  self->next = packet->sequence + 1;
  self->have_next = TRUE;
  self->have_bad = FALSE;
  take_in_order (self, packet);
}

static gboolean
release (UlTrack *self, gboolean force)
{
  Packet *packet = self->held->len ? g_ptr_array_index (self->held, 0) : NULL;
  guint16 ahead = packet ? (guint16) (packet->sequence - self->next) : 0;

  if (!packet || (ahead > 0 && !force))
    return FALSE;
  self->lost += ahead;
  packet = g_ptr_array_steal_index (self->held, 0);
  self->held_bytes -= packet->len;
  give (self, packet);
  g_free (packet);
  return TRUE;
}

static void
flush_held (UlTrack *self)
{
  while (release (self, TRUE))
    ;
}

/* Takes the packet over. */
static void
hold (UlTrack *self, Packet *packet)
{
  guint at = self->held->len;

  while (at > 0) {
    const Packet *before = g_ptr_array_index (self->held, at - 1);
    if (before->sequence == packet->sequence) {
      self->late++;
      g_free (packet);
      return;
    }
    if ((gint16) (before->sequence - packet->sequence) < 0)
      break;
    at--;
  }
  g_ptr_array_insert (self->held, (gint) at, packet);
  self->held_bytes += packet->len;
  if (self->held->len > MAX_HELD_PACKETS || self->held_bytes > MAX_HELD_BYTES)
    release (self, TRUE);
  while (release (self, FALSE))
    ;
}

/* A new sender, or the old one after a restart. */
static void
check_ssrc (UlTrack *self, guint32 ssrc, UlWhere where)
{
  if (!self->have_next) {
    self->ssrc = ssrc;
    return;
  }
  if (ssrc == self->ssrc)
    return;
  flush_held (self);
  if (self->depay)
    ul_depay_gap (self->depay);
  if (self->lane && self->n_ssrc_changes++ < MAX_SSRC_WARNINGS)
    ul_evidence_warn (evidence (self), "%s: SSRC changes from %08x to %08x after %.1f s", self->name, self->ssrc, ssrc,
                      (double) where.time_us / G_USEC_PER_SEC);
  self->ssrc = ssrc;
  self->have_next = FALSE;
}

static void
put_in_order (UlTrack *self, Packet *packet)
{
  gint16 ahead = self->have_next ? (gint16) (packet->sequence - self->next) : 0;

  if (ahead == 0) {
    give (self, packet);
    g_free (packet);
    while (release (self, FALSE))
      ;
  } else if (ahead > 0 && ahead < MAX_AHEAD) {
    hold (self, packet);
  } else if (ahead < 0 && ahead > -MAX_BEHIND) {
    self->late++;
    g_free (packet);
  } else if (self->have_bad && packet->sequence == self->bad) {
    flush_held (self);
    if (self->depay)
      ul_depay_gap (self->depay);
    self->jumps++;
    give (self, packet);
    g_free (packet);
  } else {
    self->have_bad = TRUE;
    self->bad = packet->sequence + 1;
    g_free (packet);
  }
}

/* A payload type that the dialogue gives to no video, on a track that has one: sound or
 * metadata on the same port, with a sequence of its own. */
static gboolean
is_foreign (const UlTrack *self, guint8 payload_type)
{
  gboolean video = TRUE;

  if (self->state == CODEC_REFUSED)
    return TRUE;
  if (self->state == CODEC_OPEN || payload_type == self->payload_type)
    return FALSE;
  return !self->owner.encoding (self->owner.user_data, payload_type, &video) || !video;
}

void
ul_track_rtp (UlTrack *self, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  UlRtpPacket p;

  /* Packets under way at TEARDOWN, and those to a port whose video went on elsewhere. */
  if (self->ended)
    return;
  if (ul_rtp_is_rtcp (data, len)) {
    ul_track_rtcp (self, data, len, where);
    return;
  }
  if (!ul_rtp_packet_parse (data, len, &p) || is_foreign (self, p.payload_type))
    return;
  self->last_us = where.time_us;
  self->n_packets++;
  check_ssrc (self, p.ssrc, where);
  Packet *packet = new_packet (data, len, wire_len, where);
  packet->sequence = p.sequence;
  put_in_order (self, packet);
}

static void
take_rtcp (UlTrack *self, const guint8 *data, gsize len, UlWhere where)
{
  if (!self->habits) {
    if (self->state == CODEC_OPEN && self->early_rtcp->len < MAX_EARLY_RTCP)
      g_ptr_array_add (self->early_rtcp, new_packet (data, len, len, where));
    return;
  }
  ul_evidence_set_provenance (evidence (self), UL_PROVENANCE_AS_SENT);
  ul_rtp_habits_feed_rtcp (self->habits, data, len, where);
}

void
ul_track_rtcp (UlTrack *self, const guint8 *data, gsize len, UlWhere where)
{
  if (!self->ended)
    take_rtcp (self, data, len, where);
}

/* --- the end --------------------------------------------------------------------------------------- */

static void
warn_of_losses (UlTrack *self)
{
  if (self->found)
    ul_evidence_warn (evidence (self), "%s: found without its SETUP: the capture begins in mid-session or lacks the dialogue", self->name);
  if (self->lost && self->state != CODEC_NAL) /* else the depayloader has said so */
    ul_evidence_warn (evidence (self), "%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " RTP packets are missing", self->name, self->lost,
                      self->lost + self->n_packets - self->late);
  if (self->late)
    ul_evidence_warn (evidence (self), "%s: %" G_GUINT64_FORMAT " RTP packets came twice or too late", self->name, self->late);
  if (self->jumps)
    ul_evidence_warn (evidence (self), "%s: the sequence begins anew %" G_GUINT64_FORMAT " times", self->name, self->jumps);
  if (self->cut)
    ul_evidence_warn (evidence (self), "%s: %" G_GUINT64_FORMAT " RTP packets are cut by the capture and not read", self->name, self->cut);
}

void
ul_track_end (UlTrack *self)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  flush_held (self);
  if (self->state == CODEC_OPEN && self->waiting->len) {
    const Packet *first = g_ptr_array_index (self->waiting, 0);
    try_guess (self, NULL, first->data[1] & 127, TRUE);
  }
  if (!self->lane)
    return;
  end_media (self);
  warn_of_losses (self);
}
