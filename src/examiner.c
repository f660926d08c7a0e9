/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "examiner.h"

#include <math.h>
#include <string.h>

#include "container/container.h"
#include "rtp/depay.h"
#include "rtp/habits.h"
#include "rtsp/dialogue.h"
#include "signing/verifier.h"

/* Of a packet in pieces, so much is laid together for a look at its headers. */
#define PACKET_HEAD_BYTES 640

struct _UlExaminer {
  UlEvidence *evidence;
  UlBitstream *bitstreams[3]; /* by UlCodec */
  UlDepay *depays[3];         /* by UlCodec */
  UlRtpHabits *habits[3];     /* by UlCodec */
  UlVerifier *verifiers[3];   /* by UlCodec */
  UlJournal *journal;         /* NULL: none is kept */
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
  for (gsize i = 0; i < G_N_ELEMENTS (self->bitstreams); i++) {
    ul_depay_free (self->depays[i]);
    ul_rtp_habits_free (self->habits[i]);
    ul_bitstream_free (self->bitstreams[i]);
    ul_verifier_free (self->verifiers[i]);
  }
  ul_journal_free (self->journal);
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
  self->verifiers[codec] = ul_verifier_new (codec);
  self->bitstreams[codec] = ul_bitstream_new (codec, self->evidence);
  ul_bitstream_set_reader (self->bitstreams[codec], &ul_verifier_reader, self->verifiers[codec]);
  if (self->journal) {
    ul_verifier_record (self->verifiers[codec]);
    ul_bitstream_set_journal (self->bitstreams[codec], self->journal);
  }
  return self->bitstreams[codec];
}

void
ul_examiner_keep (UlExaminer *self)
{
  if (!self->journal)
    self->journal = ul_journal_new ();
}

const UlJournal *
ul_examiner_journal (const UlExaminer *self)
{
  return self->journal;
}

static void
take_sprop (const UlSprop *sprop, gpointer user_data)
{
  UlExaminer *self = user_data;
  guint before = self->journal ? ul_journal_n (self->journal) : 0;

  ul_examiner_nal (self, (UlCodec) sprop->codec, sprop->data, sprop->len, sprop->where);
  if (self->journal)
    ul_journal_mark_from_text (self->journal, before);
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
  if (self->journal)
    ul_journal_add_text (self->journal, UL_JOURNAL_MESSAGE, self->evidence, text, len, line, previous_method);
  merge_sdp_facts (self, ul_dialogue_message_full (self->evidence, text, len, line, previous_method, take_sprop, self));
}

void
ul_examiner_sdp (UlExaminer *self, const char *text, gsize len, gint64 line)
{
  if (self->journal)
    ul_journal_add_text (self->journal, UL_JOURNAL_SDP, self->evidence, text, len, line, NULL);
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

static void
write_packets (const UlExaminer *self, UlEvidence *evidence)
{
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++)
    if (self->depays[codec]) {
      ul_depay_write (self->depays[codec], evidence);
      ul_rtp_habits_write (self->habits[codec], evidence);
    }
}

void
ul_examiner_finish (UlExaminer *self)
{
  if (self->finished)
    return;
  self->finished = TRUE;
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++) {
    if (self->depays[codec])
      ul_depay_end (self->depays[codec]);
    if (self->bitstreams[codec]) {
      ul_bitstream_finish (self->bitstreams[codec]);
      ul_verifier_finish (self->verifiers[codec]);
    }
  }
  write_packets (self, self->evidence);
  compare (self, self->evidence);
}

UlEvidence *
ul_examiner_dup_evidence (UlExaminer *self)
{
  if (self->finished)
    return ul_evidence_ref (self->evidence);
  UlEvidence *copy = ul_evidence_copy (self->evidence);
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++)
    if (self->bitstreams[codec])
      ul_bitstream_write (self->bitstreams[codec], copy);
  write_packets (self, copy);
  compare (self, copy);
  return copy;
}

UlAuthenticity *
ul_examiner_dup_authenticity (const UlExaminer *self)
{
  const UlVerifier *chosen = NULL;

  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++)
    if (self->verifiers[codec] && (!chosen || ul_verifier_n_seis (self->verifiers[codec])))
      chosen = self->verifiers[codec];
  return chosen ? ul_verifier_dup_authenticity (chosen) : NULL;
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

guint64
ul_examiner_n_key_pictures (const UlExaminer *self)
{
  guint64 n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (self->bitstreams); i++)
    if (self->bitstreams[i])
      n += ul_bitstream_n_key_pictures (self->bitstreams[i]);
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
ul_examiner_feed_sample_pieces (UlExaminer *self, UlStreamCodec codec, const struct iovec *pieces, guint n_pieces, guint prefix_bytes,
                                gint64 offset, gint64 time_us)
{
  UlBitstream *bitstream = ul_examiner_bitstream (self, (UlCodec) codec);
  guint64 total = 0;

  for (guint i = 0; i < n_pieces; i++)
    total += pieces[i].iov_len;
  ul_bitstream_sample_begin (bitstream, prefix_bytes, total, offset, time_us);
  for (guint i = 0; i < n_pieces; i++)
    ul_bitstream_sample_data (bitstream, pieces[i].iov_base, pieces[i].iov_len);
  ul_bitstream_sample_end (bitstream);
}

/* A packet's habits show in its head. */
static void
feed_habits (UlRtpHabits *habits, const struct iovec *pieces, guint n_pieces, gint64 time_us)
{
  UlWhere where = { -1, -1, -1, time_us };
  guint8 head[PACKET_HEAD_BYTES];
  gsize len = 0, total = 0;

  if (n_pieces == 1) {
    ul_rtp_habits_feed_rtp (habits, pieces[0].iov_base, pieces[0].iov_len, pieces[0].iov_len, where);
    return;
  }
  for (guint i = 0; i < n_pieces; i++) {
    gsize n = MIN (pieces[i].iov_len, sizeof head - len);
    if (n)
      memcpy (head + len, pieces[i].iov_base, n);
    len += n;
    total += pieces[i].iov_len;
  }
  ul_rtp_habits_feed_rtp (habits, head, len, total, where);
}

void
ul_examiner_feed_rtp (UlExaminer *self, UlStreamCodec stream_codec, const struct iovec *pieces, guint n_pieces, gint payload_type, gint64 time_us)
{
  UlCodec codec = (UlCodec) stream_codec;

  if (!self->depays[codec]) {
    self->depays[codec] = ul_depay_new (codec, ul_examiner_bitstream (self, codec), self->evidence);
    self->habits[codec] = ul_rtp_habits_new (self->evidence, codec == UL_CODEC_H264 ? "H264" : "H265");
  }
  if (ul_depay_packet (self->depays[codec], pieces, n_pieces, payload_type, time_us))
    feed_habits (self->habits[codec], pieces, n_pieces, time_us);
}

static void
replay_text (UlExaminer *self, const UlJournalEntry *e, const char *text)
{
  ul_evidence_set_on_wire (self->evidence, e->on_wire);
  if (e->kind == UL_JOURNAL_MESSAGE)
    ul_examiner_message (self, text, e->kept, e->where.line, e->answers);
  else
    ul_examiner_sdp (self, text, e->kept, e->where.line);
}

static void
replay_nal (UlExaminer *self, const UlJournal *journal, const UlJournalEntry *e)
{
  UlBitstream *bitstream = ul_examiner_bitstream (self, (UlCodec) e->codec);

  ul_verifier_give (self->verifiers[e->codec], ul_journal_hashes (journal, e));
  ul_bitstream_replay (bitstream, e, ul_journal_bytes (journal, e));
}

static void
seek (UlExaminer *self)
{
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++)
    if (self->verifiers[codec])
      ul_verifier_gap (self->verifiers[codec]);
  if (self->journal) {
    UlJournalEntry e = { .kind = UL_JOURNAL_SEEK, .where = UL_NOWHERE, .place = UL_NOWHERE, .hashes = -1 };
    ul_journal_add (self->journal, &e, NULL);
  }
}

void
ul_examiner_replay (UlExaminer *self, const UlJournal *journal)
{
  for (guint i = 0; i < ul_journal_n (journal); i++) {
    const UlJournalEntry *e = ul_journal_get (journal, i);

    if (e->from_text)
      continue;
    ul_evidence_set_provenance (self->evidence, (UlProvenance) e->provenance);
    ul_evidence_set_place (self->evidence, e->place);
    if (e->kind == UL_JOURNAL_MESSAGE || e->kind == UL_JOURNAL_SDP)
      replay_text (self, e, (const char *) ul_journal_bytes (journal, e));
    else if (e->kind == UL_JOURNAL_SEEK)
      seek (self);
    else if (e->codec == UL_CODEC_H264 || e->codec == UL_CODEC_H265)
      replay_nal (self, journal, e);
  }
  ul_evidence_set_place (self->evidence, UL_NOWHERE);
}

void
ul_examiner_feed_gap (UlExaminer *self, gboolean cut)
{
  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++) {
    if (self->depays[codec])
      ul_depay_end (self->depays[codec]);
    if (self->bitstreams[codec])
      ul_bitstream_gap (self->bitstreams[codec], cut);
  }
  seek (self);
}

void
ul_examiner_feed_tag (UlExaminer *self, const char *name, const char *text)
{
  ul_container_add_text (self->evidence, ul_container_text_key (name), name, (const guint8 *) text, strlen (text), UL_NOWHERE);
}

guint64
ul_examiner_n_new (const UlExaminer *self)
{
  guint64 n = ul_evidence_n (self->evidence) + ul_evidence_n_warnings (self->evidence);

  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++) {
    if (self->bitstreams[codec])
      n += ul_bitstream_n_new (self->bitstreams[codec]) + ul_verifier_n_new (self->verifiers[codec]);
    if (self->depays[codec])
      n += ul_depay_n_new (self->depays[codec]);
  }
  return n;
}

guint64
ul_examiner_n_signature_news (const UlExaminer *self)
{
  guint64 n = 0;

  for (UlCodec codec = UL_CODEC_H264; codec <= UL_CODEC_H265; codec++)
    if (self->verifiers[codec])
      n += ul_verifier_n_new (self->verifiers[codec]);
  return n;
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
