/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlDeep: what only decoding shows of an H.264 stream: how the encoder sets QP
 * over a picture, which partitions it chooses, how precise and how long its motion
 * vectors are.  It is fed beside the bitstream room (ul_bitstream_set_tap()), so that
 * the file is read once.
 *
 * libavcodec gives QP (AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS) and vectors
 * (AV_CODEC_EXPORT_DATA_MVS) of whole macroblocks: it does not tell skipped
 * macroblocks from coded ones, nor sub-partitions of 8x8.  It exports neither of
 * H.265.
 *
 * The beginning of a stream is decoded, on the caller's thread; errors in the
 * stream end nothing.  Memory is bounded by UL_DEEP_MAX_DPB_MBS, and given back
 * when the last of the access units is decoded.
 */
#pragma once

#include "evidence/observation.h"

/* Access units from the beginning of the stream that are decoded. */
#define UL_DEEP_MAX_UNITS 250
/* Streams of a file that are decoded. */
#define UL_DEEP_MAX_STREAMS 4
/* Level 6.2 (H.264 Table A-1): MaxFS and MaxDpbMbs, in macroblocks. */
#define UL_DEEP_MAX_FRAME_MBS 139264
#define UL_DEEP_MAX_DPB_MBS 696320

typedef struct _UlDeep UlDeep;

UlDeep *ul_deep_new (void);
void ul_deep_free (UlDeep *self); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlDeep, ul_deep_free)

/* The next bytes of the byte stream (Annex B); an UlBitstreamTap. */
void ul_deep_feed (const guint8 *data, gsize len, gpointer self);
/* The stream ends: decodes what is left and writes the observations. */
void ul_deep_finish (UlDeep *self, UlEvidence *evidence);
