/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forms: header and SDP values with what varies taken out, so that two answers
 * of one firmware give the same text.  All return text that the caller owns.
 */
#pragma once

#include "rtsp/text.h"

/* Session (RFC 2326, 12.37): "sp8 dec9;timeout=60"; `raw` is what follows the
 * colon, blanks included. */
char *ul_form_session (UlText raw);
/* Date (12.18): "sp1 Www, DD Mon YYYY hh:mm:ss GMT"; `raw` as above. */
char *ul_form_date (UlText raw);
/* Transport (12.39): "RTP/AVP/TCP;unicast;interleaved=;ssrc=hex8;mode=\"play\"". */
char *ul_form_transport (UlText value);
/* First entry of RTP-Info (12.33): "url=abs;seq;rtptime". */
char *ul_form_rtp_info (UlText value);
/* A challenge (RFC 2617, 3.2.1) without its values; those of stale, algorithm
 * and qop stay. */
char *ul_form_challenge (UlText value);
/* A realm with serial-number-like words replaced by their shape. */
char *ul_form_realm (UlText realm);
/* o= (RFC 4566, 5.2): "- twin16 IN IP4 addr". */
char *ul_form_origin (UlText value);
/*
 * a=fmtp without the payload type: names in order with their separators; values
 * stay for packetization-mode alone, profile-level-id of H.264 becomes its
 * shape, and an empty, "(null)" or quoted value shows.
 */
char *ul_form_fmtp (const char *codec, UlText parameters);

/* Value of parameter `name` of a challenge, unquoted; FALSE if it is not there. */
gboolean ul_form_challenge_value (UlText challenge, const char *name, UlText *ret_value);
