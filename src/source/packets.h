/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the files of the packet reader: packets.c takes packets out of a
 * capture and finds their flows, packets_tcp.c puts segments in order,
 * packets_rtsp.c cuts a direction of a connection into messages and interleaved
 * frames, packets_media.c has the cameras, what they said and their RTP.
 */
#pragma once

#include <stdio.h>

#include "source/media_section.h"
#include "source/source.h"

/* --- addresses ------------------------------------------------------------------- */

/* An IPv4 address is kept as its IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2). */
typedef struct {
  guint8 bytes[16];
} UlAddress;

typedef struct {
  UlAddress address;
  guint16 port;
} UlEndpoint;

gboolean ul_address_equal (const UlAddress *a, const UlAddress *b);
/* "192.168.1.108:554", "[2001:db8::1]:554"; owned by the caller. */
char *ul_endpoint_to_text (const UlEndpoint *endpoint);
/* Of a key UlEndpoint[2]. */
guint ul_endpoints_hash (gconstpointer key);
gboolean ul_endpoints_equal (gconstpointer a, gconstpointer b);
/* A numeric address; FALSE for a name. */
gboolean ul_address_parse (const char *text, gsize len, UlAddress *ret_address);

/* --- TCP (packets_tcp.c) ------------------------------------------------------------ */

/* Bytes in order; those that the capture does not have. */
typedef struct {
  void (*data) (gpointer user_data, const guint8 *data, gsize len, UlWhere where);
  void (*gap) (gpointer user_data, guint64 len); /* bytes */
  gpointer user_data;
  gsize *held_bytes; /* of all connections together */
} UlTcpSink;

/* One direction of a connection. */
typedef struct _UlTcpHalf UlTcpHalf;

UlTcpHalf *ul_tcp_half_new (UlTcpSink sink);
void ul_tcp_half_free (UlTcpHalf *self);
/* `len` bytes were captured of `wire_len`; `sequence` is that of data[0]. */
void ul_tcp_half_segment (UlTcpHalf *self, guint32 sequence, const guint8 *data, gsize len, gsize wire_len, UlWhere where);
/* SYN: the sequence number of the first byte to come. */
void ul_tcp_half_start (UlTcpHalf *self, guint32 sequence);
/* Does a SYN with this first byte belong to another connection than the one that goes on? */
gboolean ul_tcp_half_is_other (const UlTcpHalf *self, guint32 sequence);
/* Gives what is held, with the gaps before it. */
void ul_tcp_half_flush (UlTcpHalf *self);

/* --- RTSP (packets_rtsp.c) ------------------------------------------------------------ */

typedef struct {
  void (*message) (gpointer user_data, const char *text, gsize len, UlWhere where);
  /* Interleaved binary data (RFC 2326, 10.12). */
  void (*frame) (gpointer user_data, guint8 channel, const guint8 *data, gsize len, UlWhere where);
  gpointer user_data;
} UlFramerSink;

/* One direction of an RTSP connection. */
typedef struct _UlFramer UlFramer;

UlFramer *ul_framer_new (UlFramerSink sink);
void ul_framer_free (UlFramer *self);
void ul_framer_data (UlFramer *self, const guint8 *data, gsize len, UlWhere where);
void ul_framer_gap (UlFramer *self, guint64 len);
/* The connection is at its end. */
void ul_framer_end (UlFramer *self);
/* A channel that SETUP agreed on. */
void ul_framer_know_channel (UlFramer *self, guint8 channel);

typedef struct {
  guint64 junk_bytes;    /* that were neither message nor frame */
  guint64 cut;           /* messages and frames that the capture does not hold whole */
  guint64 unfinished;    /* bytes at the end */
} UlFramerCounts;
UlFramerCounts ul_framer_counts (const UlFramer *self);

typedef enum { UL_RTSP_MAYBE, UL_RTSP_YES, UL_RTSP_NO } UlRtspGuess;
/* Are the first bytes of one direction of a connection RTSP? */
UlRtspGuess ul_framer_guess (const guint8 *data, gsize len, guint16 port);

/* --- cameras and their dialogues (packets_talk.c) ------------------------------------------ */

/* All that is heard in one capture. */
typedef struct _UlHearing UlHearing;
/* One RTSP connection. */
typedef struct _UlTalk UlTalk;

UlHearing *ul_hearing_new (const UlSourceResult *result); /* borrowed */
void ul_hearing_free (UlHearing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlHearing, ul_hearing_free)
/* Everything is heard: streams and warnings go to the result. FALSE if there are none. */
gboolean ul_hearing_finish (UlHearing *self, UlSourceResult *result);

/* `a` is the side that direction 0 comes from. Borrowed; NULL if there are too many. */
UlTalk *ul_hearing_talk (UlHearing *self, const UlEndpoint *a, const UlEndpoint *b);
void ul_talk_data (UlTalk *self, guint direction, const guint8 *data, gsize len, UlWhere where);
void ul_talk_gap (UlTalk *self, guint direction, guint64 len);
/* UL_RTSP_MAYBE until its first bytes have told. */
UlRtspGuess ul_talk_guess (const UlTalk *self);
/* It is no RTSP: as if it had not been. */
void ul_hearing_drop_talk (UlHearing *self, UlTalk *talk);
/* The connection is at its end: its streams are. */
void ul_talk_end (UlTalk *self);

/* A datagram. */
void ul_hearing_udp (UlHearing *self, const UlEndpoint *from, const UlEndpoint *to, const guint8 *data, gsize len, gsize wire_len, UlWhere where);

/* --- RTP (packets_media.c) -------------------------------------------------------------------- */

/* One video of a camera: an examiner, and the track that feeds it now. */
typedef struct {
  UlExaminer *examiner;
  char *key;          /* what it was set up by; NULL until it has a track */
  gpointer track;     /* UlTrack, borrowed; NULL if none has fed it */
  guint64 n_messages; /* of the dialogue that it has */
  gboolean has_media;
} UlLane;

typedef struct _UlTrack UlTrack;

/* What a track asks of the dialogue that it belongs to. */
typedef struct {
  /* Encoding name of a payload type, NULL if nobody said; `ret_video` is of its section. */
  const char *(*encoding) (gpointer user_data, guint8 payload_type, gboolean *ret_video);
  /* The lane for a track that turned out to be video; NULL if it is not wanted. */
  UlLane *(*lane) (gpointer user_data, UlTrack *track, UlCodec codec, UlWhere where);
  gpointer user_data;
} UlTrackOwner;

/* `name` is for messages ("rtp 192.168.1.108:36854"), `key` tells a camera's tracks apart. */
UlTrack *ul_track_new (UlTrackOwner owner, const char *name, const char *key);
void ul_track_free (UlTrack *self);
const char *ul_track_name (const UlTrack *self);
const char *ul_track_key (const UlTrack *self);
/* The session begins with the next packet. */
void ul_track_begins_session (UlTrack *self);
/* It was found without a dialogue: said in a warning where it turns out to be video. */
void ul_track_is_found (UlTrack *self);
/* After its end a track takes nothing more. */
void ul_track_rtp (UlTrack *self, const guint8 *data, gsize len, gsize wire_len, UlWhere where);
void ul_track_rtcp (UlTrack *self, const guint8 *data, gsize len, UlWhere where);
/* It has had its last packet, or that was longer ago than a pause. */
gboolean ul_track_is_over (const UlTrack *self, gint64 now_us);
/* What is held is given out; what is known of losses becomes a warning of its lane. */
void ul_track_end (UlTrack *self);
/* Packets of RTP's version, but no video in them? */
gboolean ul_track_is_refused (const UlTrack *self);

/* --- captures (packets.c) ---------------------------------------------------------------- */

/* A capture of any kind from an open file, which is closed. What ul_packets_read() does. */
gboolean ul_packets_read_file (FILE *file, const char *name, const UlSourceOptions *options, guint64 size, UlSourceResult *result, GError **error);
