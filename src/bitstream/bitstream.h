/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlBitstream: the facade of the bitstream room: one elementary stream of
 * H.264 (ITU-T H.264) or H.265 (ITU-T H.265) in, observations out.
 *
 * Bytes come as chunks of any size; a NAL unit is never held whole.  The room
 * keeps a head window (parameter sets, SEI and slice headers are read from it),
 * a tail window (trailing zeros, bytes after the stop bit) and the length, so a
 * NAL unit of 2 GB costs no more memory than one of 200 bytes.
 */
#pragma once

#include "evidence/journal.h"
#include "evidence/observation.h"

typedef enum { UL_CODEC_NONE, UL_CODEC_H264, UL_CODEC_H265 } UlCodec;

typedef struct _UlBitstream UlBitstream;

/* `evidence` is borrowed and must outlive the bitstream. */
UlBitstream *ul_bitstream_new (UlCodec codec, UlEvidence *evidence);
void ul_bitstream_free (UlBitstream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlBitstream, ul_bitstream_free)

/*
 * Byte stream format (Annex B), in order, in chunks of any size.  `offset` is
 * the place of data[0] in the input (or -1); it may jump between calls, as it
 * does where a framing was taken off.  `time_us` is -1 where unknown.
 */
void ul_bitstream_annexb (UlBitstream *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us);

/*
 * NAL units with a length prefix of `prefix_bytes` (1, 2 or 4): one sample (an
 * access unit) is begun, fed in chunks, ended.  Times and offsets as above.  A
 * prefix that says more than the sample holds is a warning with its offset.
 */
void ul_bitstream_sample_begin (UlBitstream *self, guint prefix_bytes, guint64 sample_bytes, gint64 offset, gint64 time_us);
void ul_bitstream_sample_data (UlBitstream *self, const guint8 *data, gsize len);
void ul_bitstream_sample_end (UlBitstream *self);

/*
 * A NAL unit of the stream without framing (RTP payloads): whole, or begun, fed
 * in pieces and ended.
 */
void ul_bitstream_stream_nal (UlBitstream *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us);
void ul_bitstream_nal_begin (UlBitstream *self, gint64 offset, gint64 time_us);
void ul_bitstream_nal_data (UlBitstream *self, const guint8 *data, gsize len);
void ul_bitstream_nal_end (UlBitstream *self);

/*
 * What comes next does not go on where this ended (a seek, a loss).  `cut`: what
 * came last is not whole; the NAL unit and the access unit under way are left out.
 */
void ul_bitstream_gap (UlBitstream *self, gboolean cut);

/* One whole NAL unit without framing (sprop-parameter-sets, avcC, RTP). */
void ul_bitstream_nal (UlBitstream *self, const guint8 *data, gsize len, UlWhere where);

/* An AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC
 * 14496-15): feeds its parameter sets, returns the prefix length, 0 if it is none. */
guint ul_bitstream_config_record (UlBitstream *self, const guint8 *data, gsize len, gint64 offset);

/*
 * A second reader of the same stream: it gets all that is fed, and the NAL units of
 * ul_bitstream_nal() and of configuration records, as one byte stream (Annex B), with
 * start codes where there were lengths or none.  `data` is valid during the call.
 */
typedef void (*UlBitstreamTap) (const guint8 *data, gsize len, gpointer user_data);
void ul_bitstream_set_tap (UlBitstream *self, UlBitstreamTap tap, gpointer user_data);

/*
 * Another reader of the stream's NAL units: `data` gets all bytes of the one under way in
 * pieces, trailing zeros apart, `end` is told that it ended, `drop` that its rest will not
 * come.  Of the parameter sets of SDPs and configuration records `aside` (may be NULL) is told alone.
 */
struct _UlNal; /* bitstream/nal.h */
typedef struct {
  void (*data) (const guint8 *data, gsize len, gpointer user_data);
  void (*end) (const struct _UlNal *nal, gpointer user_data);
  void (*drop) (gpointer user_data);
  void (*aside) (gpointer user_data);
  /* For a journal, may be NULL: does it want all bytes of the NAL unit under way, and what are the hashes of the last one? */
  gboolean (*wants_all) (gpointer user_data);
  const UlJournalHashes *(*hashes) (gpointer user_data);
} UlNalReader;
/* `reader` is borrowed; NULL takes it away. */
void ul_bitstream_set_reader (UlBitstream *self, const UlNalReader *reader, gpointer user_data);

/* What comes from now on goes into `journal` too, borrowed. */
void ul_bitstream_set_journal (UlBitstream *self, UlJournal *journal);
/* An entry of a journal of this codec: NAL, ASIDE, GAP or CUT; `bytes` are the ones that were kept. */
void ul_bitstream_replay (UlBitstream *self, const UlJournalEntry *entry, const guint8 *bytes);

/* The last NAL unit is complete, and the observations are written. Call once. */
void ul_bitstream_finish (UlBitstream *self);
/*
 * Writes the observations of what has come so far to `evidence`, which holds
 * what the stream's own evidence does (ul_evidence_copy()); the NAL unit and the
 * access unit under way are not among them.  The stream goes on.
 */
void ul_bitstream_write (const UlBitstream *self, UlEvidence *evidence);
/* A number that grows with what was not met before; cheap to ask for. */
guint64 ul_bitstream_n_new (const UlBitstream *self);

/* Coded pictures seen so far. */
guint64 ul_bitstream_n_pictures (const UlBitstream *self);
/* IDR and IRAP pictures among them; the one under way goes away again where a piece of it is lost. */
guint64 ul_bitstream_n_key_pictures (const UlBitstream *self);
/* TRUE once a parameter set was parsed without error. */
gboolean ul_bitstream_has_parameter_sets (const UlBitstream *self);

/*
 * Does this look like a byte stream, and of which codec?  Judged by parsing
 * (types in a legal order, parameter sets that parse), never by the name.
 * UL_CODEC_NONE if neither.  `ret_offset` gets the first start code.
 */
UlCodec ul_bitstream_probe (const guint8 *data, gsize len, gsize *ret_offset);

/* Facts of the last SPS that the rtsp room compares the SDP with. */
typedef struct {
  gboolean valid;
  guint8 profile_level[3]; /* H.264: profile_idc, constraint byte, level_idc */
  guint width, height;     /* after cropping */
  guint32 num_units_in_tick, time_scale; /* 0 if not coded */
} UlSpsFacts;

UlSpsFacts ul_bitstream_sps_facts (const UlBitstream *self);
