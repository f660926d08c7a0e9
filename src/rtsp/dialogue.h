/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rtsp room's facade: RTSP messages (RFC 2326, also the HTTP answers of
 * RTSP tunnels) and session descriptions (RFC 4566) in, observations out.  Text
 * is taken as sent: order, case, spacing kept.
 */
#pragma once

#include "evidence/observation.h"

/*
 * One message: start line, headers, and the body if any (an SDP body is
 * examined too).  Lines end in LF or CRLF.  `line` is the 1-based number of its
 * first line in the input.  Requests of a client give only rtsp.method,
 * rtsp.request_url and rtsp.client; of its Authorization nothing is kept.
 * `previous_method` is the method of the request that this answers, NULL if
 * unknown (then it is inferred: Public is OPTIONS, an SDP body DESCRIBE,
 * Transport SETUP, RTP-Info PLAY).
 */
void ul_dialogue_message (UlEvidence *evidence, const char *text, gsize len, gint64 line, const char *previous_method);

/* A parameter set found in an SDP, decoded from base64. */
typedef struct {
  int codec; /* UlCodec of bitstream.h: 1 H.264, 2 H.265 */
  const guint8 *data;
  gsize len;
  UlWhere where;
} UlSprop;

typedef void (*UlSpropFunc) (const UlSprop *sprop, gpointer user_data);

/* What the caller needs beyond observations. */
typedef struct {
  int codec;              /* of the first video section: UlCodec, 0 if neither */
  guint n_media;
  char profile_level_id[16]; /* as written, empty if none */
  double framerate;       /* a=framerate, 0 if none */
  gint64 profile_level_id_line, framerate_line;
} UlSdpFacts;

/*
 * A whole SDP or a piece of one.  Each decodable sprop parameter set is handed
 * to `func` (may be NULL).  Lines without "x=" are skipped with a warning.
 */
UlSdpFacts ul_dialogue_sdp (UlEvidence *evidence, const char *text, gsize len, gint64 line, UlSpropFunc func, gpointer user_data);

/* As ul_dialogue_message, its SDP body's sprops going to `func`. */
UlSdpFacts ul_dialogue_message_full (UlEvidence *evidence, const char *text, gsize len, gint64 line,
                                     const char *previous_method, UlSpropFunc func, gpointer user_data);
