/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlRtpHabits: how a sender cuts its video into RTP packets (RFC 3550, RFC 6184,
 * RFC 7798) and what it says in RTCP.  Packets of one RTP stream in, a handful
 * of observations out when it is finished; nothing is kept of a packet.
 */
#pragma once

#include "bitstream/bitstream.h"
#include "evidence/observation.h"


/* The fixed header (RFC 3550, 5.1) and what follows it. */
typedef struct {
  gboolean marker;
  guint8 payload_type;
  guint16 sequence;
  guint32 timestamp, ssrc;
  gboolean extension;        /* 5.3.1 */
  guint16 extension_profile;
  guint16 extension_words;   /* of 32 bits */
  const guint8 *payload;     /* borrowed; padding taken off */
  gsize payload_len;
} UlRtpPacket;

/* FALSE if these bytes are no RTP packet of version 2 or end inside its header. */
gboolean ul_rtp_packet_parse (const guint8 *data, gsize len, UlRtpPacket *ret_packet);
/* An RTCP packet type (RFC 3550, 12.1; RFC 5761, 4 for both on one port). */
gboolean ul_rtp_is_rtcp (const guint8 *data, gsize len);

typedef struct _UlRtpHabits UlRtpHabits;

/*
 * `evidence` is borrowed and must outlive the habits.  `encoding` is the
 * encoding name of the rtpmap ("H264"); packets of another payload than H.264
 * and H.265 give what their headers tell.
 */
UlRtpHabits *ul_rtp_habits_new (UlEvidence *evidence, const char *encoding);
void ul_rtp_habits_free (UlRtpHabits *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRtpHabits, ul_rtp_habits_free)

/*
 * One packet, in the order of sequence numbers as far as the caller can (what is
 * seen across a gap is not counted).  `wire_len` is the packet's length in bytes
 * where the capture holds less of it, else `len`.
 */
void ul_rtp_habits_feed_rtp (UlRtpHabits *self, const guint8 *data, gsize len, gsize wire_len, UlWhere where);
/* One compound RTCP packet of the sender. */
void ul_rtp_habits_feed_rtcp (UlRtpHabits *self, const guint8 *data, gsize len, UlWhere where);
/* The first packet fed was the first of its session: its initial values are the sender's choice. */
void ul_rtp_habits_begins_session (UlRtpHabits *self);
/* Writes the observations. Call once. */
void ul_rtp_habits_finish (UlRtpHabits *self);
/* Writes the observations of what has come so far to another evidence; the packets go on. */
void ul_rtp_habits_write (const UlRtpHabits *self, UlEvidence *evidence);
