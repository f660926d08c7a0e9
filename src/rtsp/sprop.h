/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parameter sets inside fmtp: sprop-parameter-sets (RFC 6184, 8.1), sprop-vps,
 * sprop-sps, sprop-pps, sprop-sei (RFC 7798, 7.1), and config= where it holds a
 * byte stream.
 */
#pragma once

#include "rtsp/dialogue.h"
#include "rtsp/text.h"

/* Codec that a parameter set's NAL unit header tells, `hint` where it tells none
 * (types: H.264 Table 7-1, H.265 Table 7-1). UlCodec values. */
int ul_sprop_codec (const guint8 *data, gsize len, int hint);

/*
 * All that `parameters` (fmtp without the payload type) holds.  Writes
 * sdp.sprop_head, sdp.sprop_tail and sdp.sprop_order; each NAL unit goes to `func`
 * (may be NULL) without start codes; zeros at its end stay.
 */
void ul_sprop_examine (UlEvidence *evidence, UlText parameters, int codec, gint64 line, UlSpropFunc func, gpointer user_data);

/* One decoded value, maybe with start codes, maybe several NAL units. */
void ul_sprop_bytes (UlEvidence *evidence, const guint8 *data, gsize len, int codec, gint64 line, UlSpropFunc func, gpointer user_data);

/* Value of the parameter `name` of an fmtp; FALSE if it is not there. */
gboolean ul_sprop_parameter (UlText parameters, const char *name, UlText *ret_value);
