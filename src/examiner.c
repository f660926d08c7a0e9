/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "examiner.h"

#include <math.h>

#include "rtsp/dialogue.h"

struct _UlExaminer {
  UlEvidence *evidence;
  UlBitstream *bitstreams[3]; /* by UlCodec */
  UlSdpFacts sdp;
  char *codec_name;
  gboolean finished;
};

UlExaminer *
ul_examiner_new (void)
{
  UlExaminer *self = g_new0 (UlExaminer, 1);

  self->evidence = ul_evidence_new ();
  return self;
}

void
ul_examiner_free (UlExaminer *self)
{
  if (!self)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (self->bitstreams); i++)
    ul_bitstream_free (self->bitstreams[i]);
  ul_evidence_free (self->evidence);
  g_free (self->codec_name);
  g_free (self);
}

UlEvidence *
ul_examiner_evidence (UlExaminer *self)
{
  return self->evidence;
}

static const char *
codec_text (UlCodec codec)
{
  return codec == UL_CODEC_H264 ? "h264" : "h265";
}

UlBitstream *
ul_examiner_bitstream (UlExaminer *self, UlCodec codec)
{
  UlCodec other = codec == UL_CODEC_H264 ? UL_CODEC_H265 : UL_CODEC_H264;

  g_return_val_if_fail (codec == UL_CODEC_H264 || codec == UL_CODEC_H265, NULL);
  if (self->bitstreams[codec])
    return self->bitstreams[codec];
  if (self->bitstreams[other])
    ul_evidence_warn (self->evidence, "one stream holds both H.264 and H.265; both are read");
  if (!self->codec_name)
    self->codec_name = g_strdup (codec_text (codec));
  return self->bitstreams[codec] = ul_bitstream_new (codec, self->evidence);
}

static void
take_sprop (const UlSprop *sprop, gpointer user_data)
{
  ul_examiner_nal (user_data, (UlCodec) sprop->codec, sprop->data, sprop->len, sprop->where);
}

/* Several SDPs of one session: what a later one does not say, an earlier one did. */
static void
merge_sdp_facts (UlExaminer *self, UlSdpFacts facts)
{
  if (facts.profile_level_id[0]) {
    memcpy (self->sdp.profile_level_id, facts.profile_level_id, sizeof facts.profile_level_id);
    self->sdp.profile_level_id_line = facts.profile_level_id_line;
  }
  if (facts.framerate > 0) {
    self->sdp.framerate = facts.framerate;
    self->sdp.framerate_line = facts.framerate_line;
  }
  if (facts.codec && !self->codec_name)
    self->codec_name = g_strdup (codec_text ((UlCodec) facts.codec));
}

void
ul_examiner_message (UlExaminer *self, const char *text, gsize len, gint64 line, const char *previous_method)
{
  merge_sdp_facts (self, ul_dialogue_message_full (self->evidence, text, len, line, previous_method, take_sprop, self));
}

void
ul_examiner_sdp (UlExaminer *self, const char *text, gsize len, gint64 line)
{
  merge_sdp_facts (self, ul_dialogue_sdp (self->evidence, text, len, line, take_sprop, self));
}

void
ul_examiner_nal (UlExaminer *self, UlCodec codec, const guint8 *data, gsize len, UlWhere where)
{
  ul_bitstream_nal (ul_examiner_bitstream (self, codec), data, len, where);
}

void
ul_examiner_set_codec_name (UlExaminer *self, const char *name)
{
  g_free (self->codec_name);
  self->codec_name = g_strdup (name);
}

const char *
ul_examiner_codec_name (UlExaminer *self)
{
  return self->codec_name;
}

/* A maker that writes one profile-level-id whatever it encodes shows here. */
static void
compare_profile_level_id (const UlExaminer *self, const UlSpsFacts *sps, UlEvidence *evidence)
{
  g_autofree char *coded = g_strdup_printf ("%02x%02x%02x", sps->profile_level[0], sps->profile_level[1], sps->profile_level[2]);
  const char *written = self->sdp.profile_level_id;
  UlWhere where = UL_AT_LINE (self->sdp.profile_level_id_line);

  if (g_ascii_strcasecmp (written, coded) == 0)
    ul_evidence_add (evidence, UL_KEY_SDP_PROFILE_LEVEL_ID_AND_SPS, "equal", where);
  else
    ul_evidence_addf (evidence, UL_KEY_SDP_PROFILE_LEVEL_ID_AND_SPS, where, "%s!=%s", written, coded);
}

static void
compare_framerate (const UlExaminer *self, UlCodec codec, const UlSpsFacts *sps, UlEvidence *evidence)
{
  double coded = (double) sps->time_scale / sps->num_units_in_tick / (codec == UL_CODEC_H264 ? 2 : 1);

  ul_evidence_add (evidence, UL_KEY_SDP_FRAMERATE_AND_SPS, fabs (coded - self->sdp.framerate) < 0.01 ? "equal" : "different",
                   UL_AT_LINE (self->sdp.framerate_line));
}

/* What the SDP says against what the SPS says. */
static void
compare (const UlExaminer *self, UlEvidence *evidence)
{
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++) {
    UlSpsFacts sps = self->bitstreams[codec] ? ul_bitstream_sps_facts (self->bitstreams[codec]) : (UlSpsFacts){ 0 };

    if (sps.valid && codec == UL_CODEC_H264 && self->sdp.profile_level_id[0])
      compare_profile_level_id (self, &sps, evidence);
    if (sps.valid && sps.num_units_in_tick && self->sdp.framerate > 0)
      compare_framerate (self, codec, &sps, evidence);
  }
}

void
ul_examiner_finish (UlExaminer *self)
{
  if (self->finished)
    return;
  self->finished = TRUE;
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++)
    if (self->bitstreams[codec])
      ul_bitstream_finish (self->bitstreams[codec]);
  compare (self, self->evidence);
}

UlEvidence *
ul_examiner_dup_evidence (UlExaminer *self)
{
  if (self->finished)
    return ul_evidence_ref (self->evidence);
  UlEvidence *copy = ul_evidence_copy (self->evidence);
  compare (self, copy);
  return copy;
}

guint64
ul_examiner_n_pictures (const UlExaminer *self)
{
  guint64 n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (self->bitstreams); i++)
    if (self->bitstreams[i])
      n += ul_bitstream_n_pictures (self->bitstreams[i]);
  return n;
}

void
ul_examiner_feed_annexb (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  ul_bitstream_annexb (ul_examiner_bitstream (self, (UlCodec) codec), data, len, offset, time_us);
}

void
ul_examiner_feed_nal (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len)
{
  ul_examiner_nal (self, (UlCodec) codec, data, len, UL_NOWHERE);
}

void
ul_examiner_feed_sample (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len, guint prefix_bytes, gint64 offset, gint64 time_us)
{
  UlBitstream *bitstream = ul_examiner_bitstream (self, (UlCodec) codec);

  ul_bitstream_sample_begin (bitstream, prefix_bytes, len, offset, time_us);
  ul_bitstream_sample_data (bitstream, data, len);
  ul_bitstream_sample_end (bitstream);
}

guint
ul_examiner_feed_config_record (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len)
{
  return ul_bitstream_config_record (ul_examiner_bitstream (self, (UlCodec) codec), data, len, -1);
}

void
ul_examiner_set_provenance (UlExaminer *self, UlFedBy fed_by)
{
  G_STATIC_ASSERT ((int) UL_FED_BY_PARSER == (int) UL_PROVENANCE_PARSER_TOUCHED);
  G_STATIC_ASSERT ((int) UL_FED_BY_LIBRARY == (int) UL_PROVENANCE_PARSED_BY_LIBRARY);
  G_STATIC_ASSERT ((int) UL_FED_BY_DEPAYLOADER == (int) UL_PROVENANCE_DEPAYLOADED);
  G_STATIC_ASSERT ((int) UL_FED_BY_MUXER == (int) UL_PROVENANCE_MUXER_TOUCHED);
  ul_evidence_set_provenance (self->evidence, (UlProvenance) fed_by);
}

void
ul_examiner_feed_message (UlExaminer *self, const char *text, gsize len)
{
  ul_examiner_message (self, text, len, -1, NULL);
}

void
ul_examiner_feed_sdp (UlExaminer *self, const char *text, gsize len)
{
  ul_examiner_sdp (self, text, len, -1);
}
