/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MPEG program streams (ISO/IEC 13818-1 2.5), with or without the 40-byte head of
 * an IMKH recording, whole or cut anywhere as a GB/T 28181 dump is.
 */
#pragma once

#include "container/container.h"

gboolean ul_mpegps_probe (const guint8 *head, gsize len, guint64 size);

/* Reads marks and feeds the payload of all video streams. */
void ul_mpegps_read (const UlReader *reader, const UlTracks *tracks, guint *ret_n_video);

/*
 * A list of descriptors of a program stream map and nothing else, as people
 * paste it; TRUE (and observations) if it is one.
 */
gboolean ul_mpegps_descriptors (const guint8 *data, gsize len, UlEvidence *evidence);

/* IMKH and its kin at offset 0: marks; FALSE if there is none. */
gboolean ul_mpegps_read_head (const guint8 *data, gsize len, UlEvidence *evidence);

/*
 * The header of a PES packet from its start code on (2.4.3.6; ISO/IEC 11172-1
 * 2.4.3.3).  Returns its length, 0 if it is none or longer than `len`;
 * `ret_pts` is in 90 kHz, -1 if not coded.
 */
guint ul_pes_header (const guint8 *data, gsize len, gint64 *ret_pts);

/* stream_type of a program map (13818-1 table 2-34, GB/T 28181): a codec, or the name of another one. */
UlCodec ul_mpeg_stream_codec (guint8 stream_type, const char **ret_name);
