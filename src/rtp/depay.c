/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtp/depay.h"

#include <string.h>

#define HEADER_BYTES 12
#define MAX_SOURCE_WARNINGS 8

struct _UlDepay {
  UlCodec codec;
  UlBitstream *bitstream;
  UlEvidence *evidence;
  gboolean begun;
  guint32 ssrc;
  guint16 next_sequence;
  guint16 restart_sequence; /* a packet out of place with this number is a sender that counts anew */
  gboolean may_restart;
  gboolean in_fragments;
  guint8 fragment_type;
  guint64 n_lost, n_late, n_damaged, n_other, n_sources;
  gint64 first_lost_us;
};

/* --- a packet in pieces ------------------------------------------------------------- */

typedef struct {
  const struct iovec *piece, *end;
  gsize at;   /* in the piece */
  gsize left; /* of the packet, or of what was told to be the payload */
} Pieces;

static gsize
total_bytes (const struct iovec *pieces, guint n)
{
  gsize total = 0;

  for (guint i = 0; i < n; i++)
    total += pieces[i].iov_len;
  return total;
}

static guint8
last_byte (const struct iovec *pieces, guint n)
{
  while (n && pieces[n - 1].iov_len == 0)
    n--;
  return n ? ((const guint8 *) pieces[n - 1].iov_base)[pieces[n - 1].iov_len - 1] : 0;
}

/* What lies together at the front, at most `want` bytes. */
static const guint8 *
front (Pieces *s, gsize want, gsize *ret_len)
{
  while (s->piece < s->end && s->at == s->piece->iov_len) {
    s->piece++;
    s->at = 0;
  }
  if (s->piece == s->end) {
    *ret_len = 0;
    return NULL;
  }
  *ret_len = MIN (MIN (want, s->left), s->piece->iov_len - s->at);
  return (const guint8 *) s->piece->iov_base + s->at;
}

static void
advance (Pieces *s, gsize n)
{
  s->at += n;
  s->left -= n;
}

/* `n` bytes, in `scratch` if they do not lie together; NULL if there are fewer. */
static const guint8 *
take (Pieces *s, gsize n, guint8 *scratch)
{
  gsize len;
  const guint8 *data;

  if (s->left < n)
    return NULL;
  data = front (s, n, &len);
  if (len == n) {
    advance (s, n);
    return data;
  }
  for (gsize done = 0; done < n; done += len) {
    data = front (s, n - done, &len);
    if (!len)
      return NULL;
    memcpy (scratch + done, data, len);
    advance (s, len);
  }
  return scratch;
}

static gboolean
skip (Pieces *s, gsize n)
{
  gsize len;

  if (s->left < n)
    return FALSE;
  for (; n; n -= len) {
    front (s, n, &len);
    if (!len)
      return FALSE;
    advance (s, len);
  }
  return TRUE;
}

/* --- NAL units ------------------------------------------------------------------------ */

static void
feed (UlDepay *self, Pieces *s, gsize n)
{
  gsize len;

  for (; n; n -= len) {
    const guint8 *data = front (s, n, &len);
    if (!len)
      return;
    ul_bitstream_nal_data (self->bitstream, data, len);
    advance (s, len);
  }
}

/* The next `n` bytes are a NAL unit. */
static void
whole_nal (UlDepay *self, Pieces *s, gsize n, gint64 time_us)
{
  gsize len;
  const guint8 *data = front (s, n, &len);

  if (len == n && n) {
    ul_bitstream_stream_nal (self->bitstream, data, n, -1, time_us);
    advance (s, n);
  } else if (n) {
    ul_bitstream_nal_begin (self->bitstream, -1, time_us);
    feed (self, s, n);
    ul_bitstream_nal_end (self->bitstream);
  }
}

static void
cut (UlDepay *self)
{
  self->in_fragments = FALSE;
  ul_bitstream_gap (self->bitstream, TRUE);
}

static void
damaged (UlDepay *self)
{
  self->n_damaged++;
  cut (self);
}

/* RFC 6184, 5.7; RFC 7798, 4.4.2: sizes of 16 bits, each before its NAL unit and `extra` bytes of order and time. */
static void
aggregate (UlDepay *self, Pieces *s, gsize extra, gint64 time_us)
{
  guint8 scratch[2];
  const guint8 *size;

  while (s->left && (size = take (s, 2, scratch))) {
    gsize n = (gsize) size[0] << 8 | size[1];
    if (!skip (s, extra) || n > s->left) {
      damaged (self);
      return;
    }
    whole_nal (self, s, n, time_us);
  }
  if (s->left)
    damaged (self);
}

/* RFC 6184, 5.8; RFC 7798, 4.4.3.  `header` is that of the payload, as many bytes as a NAL unit's. */
static void
fragment (UlDepay *self, Pieces *s, const guint8 *header, gboolean with_don, gint64 time_us)
{
  gboolean h264 = self->codec == UL_CODEC_H264;
  guint8 scratch[1];
  const guint8 *fu = take (s, 1, scratch);

  if (!fu) {
    damaged (self);
    return;
  }
  gboolean start = *fu & 0x80, end = *fu & 0x40;
  guint8 type = *fu & (h264 ? 31 : 63);
  if (start) {
    guint8 nal[2] = { (guint8) (h264 ? (header[0] & 0xe0) | type : (header[0] & 0x81) | type << 1), header[1] };
    if (self->in_fragments)
      cut (self);
    self->in_fragments = TRUE;
    self->fragment_type = type;
    ul_bitstream_nal_begin (self->bitstream, -1, time_us);
    ul_bitstream_nal_data (self->bitstream, nal, h264 ? 1 : 2);
  } else if (self->in_fragments && type != self->fragment_type) {
    cut (self);
  }
  if (!self->in_fragments)
    return; /* its beginning was lost */
  if (with_don && start && !skip (s, 2)) {
    damaged (self);
    return;
  }
  feed (self, s, s->left);
  if (end) {
    self->in_fragments = FALSE;
    ul_bitstream_nal_end (self->bitstream);
  }
}

/* RFC 6184, Table 1 */
static void
payload_h264 (UlDepay *self, Pieces *s, gint64 time_us)
{
  static const guint8 extra[] = { [24] = 0, [25] = 0, [26] = 3, [27] = 4 };
  Pieces whole = *s;
  guint8 scratch[1];
  const guint8 *byte = take (s, 1, scratch);
  guint type = byte ? *byte & 31u : 0;
  guint8 header[2] = { byte ? *byte : 0, 0 };

  if (!byte || type == 0 || type > 29) {
    self->n_damaged++;
    return;
  }
  if (type == 28 || type == 29) {
    fragment (self, s, header, type == 29, time_us);
    return;
  }
  if (self->in_fragments)
    cut (self);
  if (type < 24)
    whole_nal (self, &whole, whole.left, time_us);
  else if (type > 24 && !skip (s, 2)) /* DON, DONB */
    damaged (self);
  else
    aggregate (self, s, extra[type], time_us);
}

/* RFC 7798, 4.4 */
static void
payload_h265 (UlDepay *self, Pieces *s, gint64 time_us)
{
  Pieces whole = *s;
  guint8 scratch[2], header[2];
  const guint8 *bytes = take (s, 2, scratch);

  if (!bytes) {
    self->n_damaged++;
    return;
  }
  memcpy (header, bytes, 2);
  guint type = header[0] >> 1 & 63u;
  if (type == 50) {
    /* PACI (4.4.4): the type and a header's length (PHSsize), then the payload without its header */
    const guint8 *paci = take (s, 2, scratch);
    gsize phs = paci ? ((gsize) paci[0] << 8 | paci[1]) >> 4 & 31 : 0;
    guint inner = paci ? paci[0] >> 1 & 63u : 0;
    if (!paci || !skip (s, phs) || inner == 50) {
      damaged (self);
      return;
    }
    header[0] = (guint8) ((header[0] & 0x81) | inner << 1);
    type = inner;
    if (type < 48) {
      if (self->in_fragments)
        cut (self);
      ul_bitstream_nal_begin (self->bitstream, -1, time_us);
      ul_bitstream_nal_data (self->bitstream, header, 2);
      feed (self, s, s->left);
      ul_bitstream_nal_end (self->bitstream);
      return;
    }
  }
  if (type == 49) {
    fragment (self, s, header, FALSE, time_us);
    return;
  }
  if (self->in_fragments)
    cut (self);
  if (type < 48)
    whole_nal (self, &whole, whole.left, time_us);
  else if (type == 48)
    aggregate (self, s, 0, time_us);
  else
    self->n_damaged++;
}

/* --- packets ------------------------------------------------------------------------------ */

static void
new_source (UlDepay *self, guint32 ssrc, gint64 time_us)
{
  if (++self->n_sources > MAX_SOURCE_WARNINGS)
    return;
  if (time_us >= 0)
    ul_evidence_warn (self->evidence, "the RTP source changes from %08x to %08x at %.3f s", self->ssrc, ssrc, (double) time_us / 1e6);
  else
    ul_evidence_warn (self->evidence, "the RTP source changes from %08x to %08x", self->ssrc, ssrc);
}

/* FALSE: the packet has come too late (RFC 3550, A.1). */
static gboolean
in_place (UlDepay *self, guint32 ssrc, guint16 sequence, gint64 time_us)
{
  guint16 ahead = (guint16) (sequence - self->next_sequence);

  if (!self->begun || ssrc != self->ssrc) {
    if (self->begun) {
      new_source (self, ssrc, time_us);
      cut (self);
    }
    self->begun = TRUE;
    self->may_restart = FALSE;
    self->ssrc = ssrc;
  } else if (ahead >= 0x8000) {
    if (!self->may_restart || sequence != self->restart_sequence) {
      self->may_restart = TRUE;
      self->restart_sequence = (guint16) (sequence + 1);
      self->n_late++;
      return FALSE;
    }
    cut (self);
  } else if (ahead) {
    if (self->n_lost == 0)
      self->first_lost_us = time_us;
    self->n_lost += ahead;
    cut (self);
  }
  if (self->may_restart && ahead < 0x8000)
    self->may_restart = FALSE;
  self->next_sequence = (guint16) (sequence + 1);
  return TRUE;
}

/* RFC 3550, 5.1 and 5.3.1: what follows the fixed header, and padding. */
static gboolean
skip_to_payload (Pieces *s, guint8 first, guint8 padding)
{
  guint8 scratch[4];

  if (!skip (s, 4 * (gsize) (first & 15)))
    return FALSE;
  if (first & 0x10) {
    const guint8 *extension = take (s, 4, scratch);
    if (!extension || !skip (s, 4 * ((gsize) extension[2] << 8 | extension[3])))
      return FALSE;
  }
  if (first & 0x20) {
    if (padding > s->left)
      return FALSE;
    s->left -= padding;
  }
  return TRUE;
}

gboolean
ul_depay_packet (UlDepay *self, const struct iovec *pieces, guint n_pieces, gint payload_type, gint64 time_us)
{
  Pieces s = { pieces, pieces + n_pieces, 0, total_bytes (pieces, n_pieces) };
  guint8 scratch[HEADER_BYTES];
  const guint8 *h = take (&s, HEADER_BYTES, scratch);

  if (!h || h[0] >> 6 != 2) {
    self->n_damaged++;
    return FALSE;
  }
  guint8 first = h[0];
  if (payload_type >= 0 && (h[1] & 127) != payload_type) {
    self->n_other++;
    return FALSE;
  }
  guint16 sequence = (guint16) (h[2] << 8 | h[3]);
  guint32 ssrc = (guint32) h[8] << 24 | (guint32) h[9] << 16 | (guint32) h[10] << 8 | h[11];
  if (!in_place (self, ssrc, sequence, time_us))
    return FALSE;
  if (!skip_to_payload (&s, first, first & 0x20 ? last_byte (pieces, n_pieces) : 0)) {
    damaged (self);
    return TRUE;
  }
  if (s.left == 0)
    return TRUE; /* keeps a path open, says nothing */
  if (self->codec == UL_CODEC_H264)
    payload_h264 (self, &s, time_us);
  else
    payload_h265 (self, &s, time_us);
  return TRUE;
}

void
ul_depay_gap (UlDepay *self)
{
  cut (self);
  self->begun = FALSE;
}

void
ul_depay_end (UlDepay *self)
{
  if (self->in_fragments)
    cut (self);
  self->begun = FALSE;
}

/* --- making and asking ---------------------------------------------------------------------- */

UlDepay *
ul_depay_new (UlCodec codec, UlBitstream *bitstream, UlEvidence *evidence)
{
  UlDepay *self = g_new0 (UlDepay, 1);

  self->codec = codec;
  self->bitstream = bitstream;
  self->evidence = evidence;
  self->first_lost_us = -1;
  return self;
}

void
ul_depay_free (UlDepay *self)
{
  g_free (self);
}

void
ul_depay_write (const UlDepay *self, UlEvidence *evidence)
{
  if (self->n_lost && self->first_lost_us >= 0)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " RTP packets are missing, the first before %.3f s; the pictures they cut are left out",
                      self->n_lost, (double) self->first_lost_us / 1e6);
  else if (self->n_lost)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " RTP packets are missing; the pictures they cut are left out", self->n_lost);
  if (self->n_late)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " RTP packets came late or twice and are left out", self->n_late);
  if (self->n_damaged)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " RTP packets cannot be read", self->n_damaged);
  if (self->n_other)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " RTP packets are of another payload type and left out", self->n_other);
  if (self->n_sources > MAX_SOURCE_WARNINGS)
    ul_evidence_warn (evidence, "the RTP source changes %" G_GUINT64_FORMAT " times", self->n_sources);
}

guint64
ul_depay_n_new (const UlDepay *self)
{
  return self->n_sources;
}
