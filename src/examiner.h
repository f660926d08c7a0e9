/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlExaminer: the one coordinator.  It hands each piece of one stream to the
 * extractors that want it and owns the stream's evidence.  It judges nothing.
 * One examiner a stream; several streams make one report.
 */
#pragma once

#include "bitstream/bitstream.h"
#include "evidence/observation.h"
#include "signing/authenticity.h"

#include "underlabel.h"

/* Borrowed: container marks and warnings are written to it directly. */
UlEvidence *ul_examiner_evidence (UlExaminer *self);

/* The evidence to judge by: of a finished stream a reference, of one that goes
 * on a copy of what it has shown so far. */
UlEvidence *ul_examiner_dup_evidence (UlExaminer *self);

/* What ul_examiner_keep() made it keep. Borrowed; NULL: nothing. */
const UlJournal *ul_examiner_journal (const UlExaminer *self);
/* Feeds what another examiner's journal holds, which must outlive the examiner. */
void ul_examiner_replay (UlExaminer *self, const UlJournal *journal);

/* What the signatures in the pictures say of all that has come so far; NULL where no picture could come. Owned. */
UlAuthenticity *ul_examiner_dup_authenticity (const UlExaminer *self);

/* The bitstream of this stream; made on first use. Borrowed.  A second codec in
 * one stream is kept apart inside (a warning is written). */
UlBitstream *ul_examiner_bitstream (UlExaminer *self, UlCodec codec);

/* One RTSP message or SDP (see rtsp/dialogue.h); sprops go to the bitstream. */
void ul_examiner_message (UlExaminer *self, const char *text, gsize len, gint64 line, const char *previous_method);
void ul_examiner_sdp (UlExaminer *self, const char *text, gsize len, gint64 line);
/* A parameter set or SEI NAL unit given outside an SDP (`sps=` lines, hex dumps). */
void ul_examiner_nal (UlExaminer *self, UlCodec codec, const guint8 *data, gsize len, UlWhere where);

/* IDR and IRAP pictures seen so far: groups of pictures that began. */
guint64 ul_examiner_n_key_pictures (const UlExaminer *self);

/* "h264", "h265", "mjpeg", "mpeg4" …; NULL clears. What the container or SDP says. */
void ul_examiner_set_codec_name (UlExaminer *self, const char *name);
const char *ul_examiner_codec_name (UlExaminer *self);


