/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/bitstream.h"

#include <string.h>

#include "base/span.h"
#include "bitstream/nal.h"
#include "bitstream/params.h"
#include "bitstream/sei_record.h"
#include "bitstream/shape.h"
#include "bitstream/slice.h"

#define MAX_PREFIX_WARNINGS 8
/* A journal keeps so many bytes of a NAL unit that is no coded slice. */
#define MAX_KEPT_BYTES (1u << 20)
/* Of one of a type that the standard leaves open: it may hold anything, pictures too. */
#define MAX_PRIVATE_BYTES 64
/* Of a slice that no header was read of: what tells whether it begins a picture. */
#define MIN_KEPT_BYTES 4

struct _UlBitstream {
  UlCodec codec;
  UlEvidence *evidence;
  UlNalSplitter *splitter;
  UlParams *params;
  UlSeiRecord *sei;
  UlShape *shape;
  gboolean in_sample, finished;
  gboolean single;        /* NAL units come one by one, without framing */
  gboolean single_stream; /* and they are the stream: pictures came that way */
  gint64 line;
  const UlNalReader *reader; /* may be NULL */
  gpointer reader_data;
  UlJournal *journal; /* borrowed; may be NULL */
  GByteArray *whole;  /* of the NAL unit under way, for the journal */
  gboolean body_begun, wants_whole;
  UlShapeSlice slice; /* the last one, for the journal */
  UlTally headers, start_codes, zeros, privates, cabac_zero_words;
  UlTextTally glued;
  guint64 n_filler, n_forbidden, n_short, n_bad_prefix;
  UlWhere filler_first, filler_last, forbidden;
};

static void on_split (const UlNal *nal, gpointer user_data);
static void on_bad_prefix (guint64 says, guint64 left, gint64 offset, gpointer user_data);

UlBitstream *
ul_bitstream_new (UlCodec codec, UlEvidence *evidence)
{
  g_return_val_if_fail (codec == UL_CODEC_H264 || codec == UL_CODEC_H265, NULL);
  UlBitstream *self = g_new0 (UlBitstream, 1);

  self->codec = codec;
  self->evidence = evidence;
  self->splitter = ul_nal_splitter_new (codec, on_split, on_bad_prefix, self);
  self->params = ul_params_new (codec, evidence);
  self->sei = ul_sei_record_new (codec);
  self->shape = ul_shape_new (codec);
  self->line = -1;
  return self;
}

void
ul_bitstream_free (UlBitstream *self)
{
  if (!self)
    return;
  UlTally *const tallies[] = { &self->headers, &self->start_codes, &self->zeros, &self->privates, &self->cabac_zero_words };
  for (guint i = 0; i < G_N_ELEMENTS (tallies); i++)
    ul_tally_clear (tallies[i]);
  ul_text_tally_clear (&self->glued);
  ul_nal_splitter_free (self->splitter);
  ul_params_free (self->params);
  ul_sei_record_free (self->sei);
  ul_shape_free (self->shape);
  g_clear_pointer (&self->whole, g_byte_array_unref);
  g_free (self);
}

/* --- one NAL unit ---------------------------------------------------------------------------- */

static void
count_framing (UlBitstream *self, const UlNal *nal, guint type, const UlWhere *where)
{
  guint header = self->codec == UL_CODEC_H264 ? nal->head[0] : (guint) nal->head[0] << 8 | nal->head[1];

  ul_tally_add (&self->headers, header, where, NULL);
  if (nal->start_code)
    ul_tally_add (&self->start_codes, (guint64) type << 8 | nal->start_code, where, NULL);
  if (nal->trailing_zeros)
    ul_tally_add (&self->zeros, (guint64) type << 56 | MIN (nal->trailing_zeros, ((guint64) 1 << 56) - 1), where, NULL);
  if (ul_nal_type_is_private (self->codec, type))
    ul_tally_add (&self->privates, type, where, NULL);
}

/* 7.3.2.8 (H.264), 7.3.2.9 (H.265): each 0x0000 after the stop bit with its emulation prevention byte. */
static gboolean
ends_in_cabac_zero_word (const UlNal *nal)
{
  const guint8 *end = nal->tail + nal->tail_len;

  return nal->tail_len >= 4 && end[-1] == 3 && end[-2] == 0 && end[-3] == 0;
}

/* Parameter sets and delimiters are the ones that others get stuck to. */
static gboolean
may_be_glue (UlCodec codec, guint type)
{
  return ul_params_kind (codec, type) != UL_N_PARAMS || type == (codec == UL_CODEC_H264 ? 9u : 35u);
}

static void on_nal (const UlNal *nal, gpointer user_data);

/* Several NAL units sent as one: they are told apart again. TRUE if it was so. */
static gboolean
take_glued (UlBitstream *self, const UlNal *nal, const UlWhere *where)
{
  const guint8 *p = nal->head, *end = p + nal->head_len, *found = ul_nal_find (p, nal->head_len, 1);
  g_autoptr (GString) types = NULL;

  if (!found)
    return FALSE;
  types = g_string_new (NULL);
  for (guint n = 0; p < end; n++) {
    const guint8 *stop = found ? found : end;
    while (stop > p && stop[-1] == 0)
      stop--;
    if (stop > p) {
      gsize len = (gsize) (stop - p), tail = MIN (len, (gsize) UL_NAL_TAIL_BYTES);
      UlNal part = { .head = p, .head_len = len, .tail = stop - tail, .tail_len = tail, .len = len, .time_us = nal->time_us,
                     .offset = nal->offset < 0 ? -1 : nal->offset + (p - nal->head),
                     .trailing_zeros = found ? (guint64) MAX (found - stop - 1, 0) : nal->trailing_zeros };
      if (n < 16)
        g_string_append_printf (types, "%s%s", types->len ? "+" : "",
                                ul_nal_type_name (self->codec, ul_nal_type (self->codec, p[0])));
      on_nal (&part, self);
    }
    p = found ? found + 3 : end;
    found = p < end ? ul_nal_find (p, (gsize) (end - p), 1) : NULL;
  }
  gboolean is_new;
  int row = ul_tally_add (&self->glued.tally, ul_hash_bytes (UL_HASH_SEED, (guint8 *) types->str, types->len), where, &is_new);
  if (is_new)
    self->glued.texts[row] = g_strdup (types->str);
  return TRUE;
}

static void
take_aud (UlBitstream *self, const UlNal *nal)
{
  gsize at = self->codec == UL_CODEC_H264 ? 1 : 2;

  if (nal->head_len > at)
    ul_shape_aud (self->shape, nal->head[at] >> 5);
}

/* Filler data is nothing but its length. */
static gboolean
is_filler (UlCodec codec, guint type)
{
  return type == (codec == UL_CODEC_H264 ? 12u : 38u);
}

static void
take_filler (UlBitstream *self, const UlWhere *where)
{
  if (self->n_filler++ == 0)
    self->filler_first = *where;
  self->filler_last = *where;
}

static void
take_non_vcl (UlBitstream *self, const UlNal *nal, guint type, const UlWhere *where)
{
  gboolean h264 = self->codec == UL_CODEC_H264;
  UlParamsKind kind = ul_params_kind (self->codec, type);
  gboolean aud = type == (h264 ? 9u : 35u), filler = is_filler (self->codec, type);
  gboolean sei = ul_nal_is_sei (self->codec, type);
  gboolean in_band;

  self->single_stream |= self->single && aud;
  in_band = !self->single || self->single_stream;
  if (in_band)
    ul_shape_nal (self->shape, type, where);
  if (kind != UL_N_PARAMS)
    ul_params_take (self->params, kind, nal, in_band, where);
  else if (sei)
    ul_sei_record_take (self->sei, nal, self->params, in_band ? self->shape : NULL, where);
  else if (aud)
    take_aud (self, nal);
  else if (filler)
    take_filler (self, where);
}

static void
on_nal (const UlNal *nal, gpointer user_data)
{
  UlBitstream *self = user_data;
  UlWhere where = { nal->offset, (gint64) MIN (nal->len, (guint64) G_MAXINT64), self->line, nal->time_us };
  guint type = ul_nal_type (self->codec, nal->head[0]);

  if (nal->head[0] & 0x80) {
    if (self->n_forbidden++ == 0)
      self->forbidden = where;
    return;
  }
  if (self->codec == UL_CODEC_H265 && nal->head_len < 2) {
    self->n_short++;
    return;
  }
  gboolean vcl = ul_nal_is_vcl (self->codec, type);
  /* A byte stream has none inside.  Binary SEI written without emulation prevention is no glue. */
  if (nal->start_code == 0 && nal->len == nal->head_len && may_be_glue (self->codec, type) && take_glued (self, nal, &where))
    return;
  count_framing (self, nal, type, &where);
  if (!vcl) {
    take_non_vcl (self, nal, type, &where);
    return;
  }
  if (ends_in_cabac_zero_word (nal))
    ul_tally_add (&self->cabac_zero_words, type, &where, NULL);
  UlShapeSlice slice;
  self->single_stream |= self->single;
  ul_slice_read (self->codec, nal, self->params, &slice);
  if (self->journal)
    self->slice = slice;
  ul_shape_slice (self->shape, type, nal->len, &slice, &where);
}

/* --- the journal ----------------------------------------------------------------------------- */

/* Of a slice its header; a header that cannot be read, as far as the window goes. */
static gsize
kept_of_slice (const UlBitstream *self, const UlNal *nal)
{
  gsize n = ul_nal_escaped (nal->head, nal->head_len, self->slice.header_bytes);

  return MIN (MAX (n, (gsize) MIN_KEPT_BYTES), nal->head_len);
}

static void
note (UlBitstream *self, UlJournalKind kind, const UlNal *nal, const guint8 *whole, gsize whole_len)
{
  static const char types[] = { [UL_SHAPE_P] = 'P', [UL_SHAPE_B] = 'B', [UL_SHAPE_I] = 'I', [UL_SHAPE_UNKNOWN] = '?' };
  gboolean vcl = ul_nal_is_vcl (self->codec, ul_nal_type (self->codec, nal->head[0])) && !(nal->head[0] & 0x80);
  UlJournalEntry e = { .kind = (guint8) kind, .codec = (guint8) self->codec, .provenance = (guint8) ul_evidence_provenance (self->evidence),
                       .where = { nal->offset, -1, self->line, nal->time_us }, .place = ul_evidence_place (self->evidence),
                       .len = nal->len, .trailing_zeros = nal->trailing_zeros, .start_code = (guint8) nal->start_code,
                       .truncated = nal->truncated, .hashes = -1, .kept = nal->head_len };
  const guint8 *kept = nal->head;

  if (vcl) {
    e.is_slice = TRUE;
    e.begins_picture = self->slice.first && !self->slice.redundant;
    e.key = self->slice.key;
    e.type = types[self->slice.type];
    e.has_qp = self->slice.qp_known;
    e.qp = (gint8) CLAMP (self->slice.slice_qp, -64, 64);
    e.kept = kept_of_slice (self, nal);
  }
  guint type = ul_nal_type (self->codec, nal->head[0]);
  if (ul_nal_type_is_private (self->codec, type))
    e.kept = MIN (e.kept, (gsize) MAX_PRIVATE_BYTES);
  if (is_filler (self->codec, type)) {
    e.kept = MIN (nal->head_len, (gsize) MIN_KEPT_BYTES);
  } else if (whole_len > e.kept) {
    kept = whole;
    e.kept = whole_len;
  }
  if (e.kept < nal->len) {
    e.tail_len = (guint8) nal->tail_len;
    memcpy (e.tail, nal->tail, nal->tail_len);
  }
  UlJournalEntry *added = ul_journal_add (self->journal, &e, kept);
  const UlJournalHashes *hashes = added && self->reader && self->reader->hashes ? self->reader->hashes (self->reader_data) : NULL;
  if (hashes)
    ul_journal_set_hashes (self->journal, added, hashes);
}

/* Not slices, and what may hold them. */
static gboolean
is_kept_whole (UlCodec codec, guint8 first_byte)
{
  guint type = ul_nal_type (codec, first_byte);

  return !ul_nal_is_vcl (codec, type) && !ul_nal_type_is_private (codec, type);
}

/* Bytes of the NAL unit under way, for the journal and for the reader. */
static void
on_body (const guint8 *data, gsize len, gpointer user_data)
{
  UlBitstream *self = user_data;

  if (!self->body_begun && len)
    self->wants_whole = is_kept_whole (self->codec, data[0])
                        || (self->reader && self->reader->wants_all && self->reader->wants_all (self->reader_data));
  self->body_begun |= len > 0;
  if (self->wants_whole && self->whole->len + len <= MAX_KEPT_BYTES)
    g_byte_array_append (self->whole, data, (guint) len);
  else
    self->wants_whole = FALSE;
  if (self->reader)
    self->reader->data (data, len, self->reader_data);
}

static void
end_body (UlBitstream *self)
{
  self->body_begun = FALSE;
  g_byte_array_set_size (self->whole, 0);
}

static void
on_body_of (UlBitstream *self, const guint8 *data, gsize len)
{
  if (self->journal)
    on_body (data, len, self);
  else if (self->reader)
    self->reader->data (data, len, self->reader_data);
}

static void
note_gap (UlBitstream *self, gboolean cut)
{
  UlJournalEntry e = { .kind = cut ? UL_JOURNAL_CUT : UL_JOURNAL_GAP, .codec = (guint8) self->codec, .where = UL_NOWHERE,
                       .place = UL_NOWHERE, .hashes = -1 };

  end_body (self);
  ul_journal_add (self->journal, &e, NULL);
}

static void
on_split (const UlNal *nal, gpointer user_data)
{
  UlBitstream *self = user_data;

  if (self->reader)
    self->reader->end (nal, self->reader_data);
  on_nal (nal, self);
  if (!self->journal)
    return;
  /* More than the head of it is kept only where all of it is. */
  gboolean all = self->wants_whole && self->whole->len == nal->len;
  note (self, UL_JOURNAL_NAL, nal, self->whole->data, all ? self->whole->len : 0);
  end_body (self);
}

static void
on_bad_prefix (guint64 says, guint64 left, gint64 offset, gpointer user_data)
{
  UlBitstream *self = user_data;

  if (++self->n_bad_prefix > MAX_PREFIX_WARNINGS)
    return;
  ul_evidence_warn (self->evidence,
                    "a NAL unit's length prefix at offset %" G_GINT64_FORMAT " says %" G_GUINT64_FORMAT
                    " bytes, the sample holds %" G_GUINT64_FORMAT,
                    offset, says, left);
}

/* --- the ways in -------------------------------------------------------------------------------- */

void
ul_bitstream_annexb (UlBitstream *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  if (self->in_sample)
    ul_bitstream_sample_end (self);
  ul_nal_splitter_annexb (self->splitter, data, len, offset, time_us);
}

void
ul_bitstream_sample_begin (UlBitstream *self, guint prefix_bytes, guint64 sample_bytes, gint64 offset, gint64 time_us)
{
  if (self->in_sample)
    ul_bitstream_sample_end (self);
  ul_nal_splitter_sample_begin (self->splitter, prefix_bytes, sample_bytes, offset, time_us);
  self->in_sample = TRUE;
}

void
ul_bitstream_sample_data (UlBitstream *self, const guint8 *data, gsize len)
{
  if (self->in_sample)
    ul_nal_splitter_sample_data (self->splitter, data, len);
}

void
ul_bitstream_sample_end (UlBitstream *self)
{
  if (self->in_sample)
    ul_nal_splitter_sample_end (self->splitter);
  self->in_sample = FALSE;
}

void
ul_bitstream_nal_begin (UlBitstream *self, gint64 offset, gint64 time_us)
{
  if (self->in_sample)
    ul_bitstream_sample_end (self);
  ul_nal_splitter_nal_begin (self->splitter, offset, time_us);
}

void
ul_bitstream_nal_data (UlBitstream *self, const guint8 *data, gsize len)
{
  ul_nal_splitter_nal_data (self->splitter, data, len);
}

void
ul_bitstream_nal_end (UlBitstream *self)
{
  ul_nal_splitter_nal_end (self->splitter);
}

void
ul_bitstream_stream_nal (UlBitstream *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  if (self->in_sample)
    ul_bitstream_sample_end (self);
  ul_nal_splitter_nal (self->splitter, data, len, offset, time_us);
}

void
ul_bitstream_gap (UlBitstream *self, gboolean cut)
{
  if (cut) {
    ul_nal_splitter_drop (self->splitter);
    if (self->reader)
      self->reader->drop (self->reader_data);
    self->in_sample = FALSE;
  } else {
    ul_bitstream_sample_end (self);
    ul_nal_splitter_flush (self->splitter);
  }
  ul_shape_gap (self->shape, cut);
  if (self->journal)
    note_gap (self, cut);
}

static gsize
start_code_length (const guint8 *data, gsize len)
{
  gsize n = 0;

  while (n < len && data[n] == 0)
    n++;
  return n >= 2 && n < len && data[n] == 1 ? n + 1 : 0;
}

/* A NAL unit without framing, of which `data` is known. */
static void
take_single (UlBitstream *self, const UlNal *nal, const guint8 *data, gsize len, gint64 line)
{
  if (self->reader && ul_params_kind (self->codec, ul_nal_type (self->codec, nal->head[0])) == UL_N_PARAMS) {
    self->reader->data (data, len, self->reader_data);
    self->reader->end (nal, self->reader_data);
  } else if (self->reader && self->reader->aside) {
    self->reader->aside (self->reader_data);
  }
  self->single = TRUE;
  self->line = line;
  on_nal (nal, self);
  if (self->journal)
    note (self, UL_JOURNAL_ASIDE, nal, data, is_kept_whole (self->codec, data[0]) ? len : 0);
  self->line = -1;
  self->single = FALSE;
}

void
ul_bitstream_nal (UlBitstream *self, const guint8 *data, gsize len, UlWhere where)
{
  gsize skip = start_code_length (data, len), zeros = 0;

  data += skip;
  len -= skip;
  while (zeros < len && data[len - 1 - zeros] == 0)
    zeros++;
  len -= zeros;
  if (len == 0)
    return;
  gboolean vcl = ul_nal_is_vcl (self->codec, ul_nal_type (self->codec, data[0]));
  gsize tail = MIN (len, (gsize) UL_NAL_TAIL_BYTES);
  UlNal nal = { .head = data, .head_len = MIN (len, (gsize) (vcl ? UL_NAL_HEAD_BYTES : UL_NAL_LONG_HEAD_BYTES)),
                .tail = data + len - tail, .tail_len = tail, .len = len, .trailing_zeros = zeros, .time_us = where.time_us,
                .offset = where.offset < 0 ? -1 : where.offset + (gint64) skip };
  ul_nal_splitter_tap_nal (self->splitter, data, len);
  take_single (self, &nal, data, len, where.line);
}

/* ISO/IEC 14496-15, 5.3.3.1.2; a list of `n` NAL units with 16-bit lengths */
static void
take_record_nals (UlBitstream *self, UlSpan *s, guint n, gint64 offset)
{
  for (guint i = 0; i < n && !s->error; i++) {
    UlSpan nal = ul_span_sub (s, ul_span_be16 (s));
    if (nal.error) {
      ul_evidence_warn (self->evidence, "a decoder configuration record at offset %" G_GINT64_FORMAT " ends inside a NAL unit", offset);
      return;
    }
    UlWhere where = UL_AT_OFFSET (offset < 0 ? -1 : offset + (gint64) (s->pos - nal.len), (gint64) nal.len);
    ul_bitstream_nal (self, nal.data, nal.len, where);
  }
}

static guint
take_avcc (UlBitstream *self, UlSpan s, gint64 offset)
{
  guint8 version = ul_span_u8 (&s);
  guint profile = ul_span_u8 (&s);

  ul_span_skip (&s, 2);
  guint prefix = (ul_span_u8 (&s) & 3u) + 1, n_sps = ul_span_u8 (&s) & 31u;
  if (s.error || version != 1 || profile == 0 || prefix == 3)
    return 0;
  take_record_nals (self, &s, n_sps, offset);
  if (!s.error && ul_span_left (&s)) {
    guint n_pps = ul_span_u8 (&s);
    take_record_nals (self, &s, n_pps, offset);
  }
  /* Profiles of the high family: chroma format, bit depths, SPS extensions. */
  if (!s.error && ul_span_left (&s) >= 4 && (profile == 100 || profile == 110 || profile == 122 || profile == 144)) {
    ul_span_skip (&s, 3);
    guint n_ext = ul_span_u8 (&s);
    take_record_nals (self, &s, n_ext, offset);
  }
  return prefix;
}

/* ISO/IEC 14496-15, 8.3.3.1.2 */
static guint
take_hvcc (UlBitstream *self, UlSpan s, gint64 offset)
{
  /* Version 0 was written before the format was final. */
  guint8 version = ul_span_u8 (&s);

  ul_span_skip (&s, 20);
  guint prefix = (ul_span_u8 (&s) & 3u) + 1, n_arrays = ul_span_u8 (&s);
  if (s.error || version > 1 || prefix == 3)
    return 0;
  for (guint i = 0; i < n_arrays && !s.error; i++) {
    ul_span_skip (&s, 1);
    guint n = ul_span_be16 (&s);
    take_record_nals (self, &s, n, offset);
  }
  return prefix;
}

guint
ul_bitstream_config_record (UlBitstream *self, const guint8 *data, gsize len, gint64 offset)
{
  UlSpan s = ul_span (data, len);

  if (len < 7 || start_code_length (data, len))
    return 0;
  return self->codec == UL_CODEC_H264 ? take_avcc (self, s, offset) : take_hvcc (self, s, offset);
}

void
ul_bitstream_set_tap (UlBitstream *self, UlBitstreamTap tap, gpointer user_data)
{
  ul_nal_splitter_set_tap (self->splitter, tap, user_data);
}

void
ul_bitstream_set_reader (UlBitstream *self, const UlNalReader *reader, gpointer user_data)
{
  self->reader = reader;
  self->reader_data = user_data;
  if (!self->journal)
    ul_nal_splitter_set_body (self->splitter, reader ? reader->data : NULL, user_data);
}

void
ul_bitstream_set_journal (UlBitstream *self, UlJournal *journal)
{
  self->journal = journal;
  self->whole = g_byte_array_new ();
  ul_nal_splitter_set_body (self->splitter, on_body, self);
}

void
ul_bitstream_replay (UlBitstream *self, const UlJournalEntry *e, const guint8 *bytes)
{
  if (e->kind == UL_JOURNAL_GAP || e->kind == UL_JOURNAL_CUT) {
    ul_bitstream_gap (self, e->kind == UL_JOURNAL_CUT);
    return;
  }
  if (e->kept == 0 || e->len < e->kept)
    return;
  gboolean vcl = ul_nal_is_vcl (self->codec, ul_nal_type (self->codec, bytes[0])), all = e->kept == e->len;
  gsize tail = MIN (e->kept, (gsize) UL_NAL_TAIL_BYTES);
  UlNal nal = { .head = bytes, .head_len = MIN (e->kept, (gsize) (vcl ? UL_NAL_HEAD_BYTES : UL_NAL_LONG_HEAD_BYTES)),
                .tail = all ? bytes + e->kept - tail : e->tail, .tail_len = all ? tail : e->tail_len, .len = e->len,
                .trailing_zeros = e->trailing_zeros, .start_code = e->start_code, .truncated = e->truncated,
                .offset = e->where.offset, .time_us = e->where.time_us };
  if (e->kind == UL_JOURNAL_ASIDE) {
    take_single (self, &nal, bytes, e->kept, e->where.line);
    return;
  }
  self->line = e->where.line;
  on_body_of (self, bytes, e->kept);
  on_split (&nal, self);
  self->line = -1;
}

/* --- the end ------------------------------------------------------------------------------------- */

static void
write_rows (const UlBitstream *self, UlEvidence *evidence, const UlTally *t, UlKey key)
{
  for (guint i = 0; i < t->n; i++) {
    const UlTallyRow *row = &t->rows[i];
    g_autofree char *text = NULL;
    if (key == UL_KEY_NAL_HEADER) {
      guint first = (guint) (self->codec == UL_CODEC_H264 ? row->key : row->key >> 8);
      const char *name = ul_nal_type_name (self->codec, ul_nal_type (self->codec, (guint8) first));
      text = g_strdup_printf (self->codec == UL_CODEC_H264 ? "%s %02x" : "%s %04x", name, (guint) row->key);
    } else if (key == UL_KEY_NAL_START_CODE) {
      text = g_strdup_printf ("%s %u", ul_nal_type_name (self->codec, (guint) (row->key >> 8)), (guint) (row->key & 0xff));
    } else if (key == UL_KEY_NAL_CABAC_ZERO_WORDS) {
      text = g_strdup (ul_nal_type_name (self->codec, (guint) row->key));
    } else if (key == UL_KEY_NAL_TRAILING_ZEROS) {
      text = g_strdup_printf ("%s %" G_GUINT64_FORMAT, ul_nal_type_name (self->codec, (guint) (row->key >> 56)),
                              row->key & (((guint64) 1 << 56) - 1));
    } else {
      text = g_strdup_printf ("%" G_GUINT64_FORMAT, row->key);
    }
    ul_evidence_add_counted (evidence, key, text, row->count, row->first, row->last);
  }
}

static void
write_warnings (const UlBitstream *self, UlEvidence *evidence)
{
  if (self->n_forbidden)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " NAL units with forbidden_zero_bit 1 are left out, the first at offset %" G_GINT64_FORMAT,
                      self->n_forbidden, self->forbidden.offset);
  if (self->n_short)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " NAL units are shorter than their header", self->n_short);
  if (self->n_bad_prefix > MAX_PREFIX_WARNINGS)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " more length prefixes say more than their sample holds",
                      self->n_bad_prefix - MAX_PREFIX_WARNINGS);
}

void
ul_bitstream_write (const UlBitstream *self, UlEvidence *evidence)
{
  write_rows (self, evidence, &self->headers, UL_KEY_NAL_HEADER);
  write_rows (self, evidence, &self->start_codes, UL_KEY_NAL_START_CODE);
  write_rows (self, evidence, &self->zeros, UL_KEY_NAL_TRAILING_ZEROS);
  write_rows (self, evidence, &self->cabac_zero_words, UL_KEY_NAL_CABAC_ZERO_WORDS);
  write_rows (self, evidence, &self->privates, UL_KEY_NAL_PRIVATE);
  ul_text_tally_write (&self->glued, evidence, UL_KEY_NAL_GLUED, UL_TALLY_ROWS);
  if (self->n_filler)
    ul_evidence_add_counted (evidence, UL_KEY_NAL_FILLER, "present", self->n_filler, self->filler_first, self->filler_last);
  ul_params_write (self->params, evidence);
  ul_sei_record_write (self->sei, evidence);
  ul_shape_write (self->shape, evidence);
  write_warnings (self, evidence);
}

void
ul_bitstream_finish (UlBitstream *self)
{
  if (self->finished)
    return;
  self->finished = TRUE;
  ul_bitstream_sample_end (self);
  ul_nal_splitter_flush (self->splitter);
  ul_shape_close (self->shape);
  ul_bitstream_write (self, self->evidence);
}

guint64
ul_bitstream_n_new (const UlBitstream *self)
{
  return self->headers.n + self->start_codes.n + self->zeros.n + self->privates.n + self->cabac_zero_words.n + self->glued.tally.n + (self->n_filler > 0)
         + ul_params_n_new (self->params) + ul_sei_record_n_new (self->sei) + ul_shape_n_new (self->shape);
}

guint64
ul_bitstream_n_pictures (const UlBitstream *self)
{
  return ul_shape_n_pictures (self->shape);
}

guint64
ul_bitstream_n_key_pictures (const UlBitstream *self)
{
  return ul_shape_n_key_pictures (self->shape);
}

gboolean
ul_bitstream_has_parameter_sets (const UlBitstream *self)
{
  return ul_params_any_ok (self->params);
}

UlSpsFacts
ul_bitstream_sps_facts (const UlBitstream *self)
{
  return ul_params_sps_facts (self->params);
}
