/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtp/habits.h"

#include <string.h>

#include "base/span.h"

#define MAX_COUNTED 32          /* distinct sizes, steps, extensions that are told apart */
#define MAX_SSRCS 8
#define SMALL_INITIAL 255       /* an initial value up to this is no random one */
#define START_CODE_WINDOW 512   /* of a fragment: parameter sets stand at its beginning */
#define MIN_ACCESS_UNITS 5      /* to speak of a marker habit or a step */

/* How often values were seen; more than MAX_COUNTED different ones are only counted together. */
typedef struct {
  struct {
    guint64 value, n;
  } rows[MAX_COUNTED];
  guint n_rows;
  guint64 total;
} Counter;

typedef enum {
  USE_SINGLE,
  USE_AGGREGATE,   /* STAP-A (RFC 6184, 5.7.1), AP (RFC 7798, 4.4.2) */
  USE_FRAGMENT,    /* FU-A (5.8), FU (4.4.3) */
  USE_OTHER,       /* STAP-B, MTAP, FU-B, PACI */
  N_USES
} Use;

typedef enum { RTCP_SR, RTCP_RR, RTCP_SDES, RTCP_BYE, RTCP_APP, N_RTCP } Rtcp;

typedef struct {
  guint64 count;
  UlWhere first, last;
} Seen;

struct _UlRtpHabits {
  UlEvidence *evidence;
  char *encoding;
  UlCodec codec;
  gboolean begins_session;
  guint64 n_packets;
  UlWhere first, last;
  guint16 sequence;            /* of the packet before */
  guint32 timestamp;           /* of the packet before */
  gboolean marker;             /* of the packet before */
  gboolean ended_nal;          /* the packet before was the last of its NAL unit */
  guint32 step_from;           /* timestamp of the access unit before */
  gboolean step_known;
  guint16 initial_sequence;
  guint32 initial_timestamp;
  guint32 ssrcs[MAX_SSRCS];
  guint n_ssrcs;
  Counter payload_types, fragment_sizes, steps, extensions;
  gsize largest;
  Seen uses[N_USES];
  guint64 markers[2][2][2];    /* [last of its access unit][last of its NAL unit][marker] */
  Seen fu_start_end, fu_reserved, start_code, padding;
  Seen rtcp[N_RTCP];
};

static void
count (Counter *c, guint64 value)
{
  c->total++;
  for (guint i = 0; i < c->n_rows; i++)
    if (c->rows[i].value == value) {
      c->rows[i].n++;
      return;
    }
  if (c->n_rows < MAX_COUNTED) {
    c->rows[c->n_rows].value = value;
    c->rows[c->n_rows++].n = 1;
  }
}

static gboolean
most_common (const Counter *c, guint64 *ret_value, guint64 *ret_n)
{
  *ret_n = 0;
  for (guint i = 0; i < c->n_rows; i++)
    if (c->rows[i].n > *ret_n) {
      *ret_n = c->rows[i].n;
      *ret_value = c->rows[i].value;
    }
  return *ret_n > 0;
}

static void
see (Seen *seen, UlWhere where)
{
  if (seen->count++ == 0)
    seen->first = where;
  seen->last = where;
}

gboolean
ul_rtp_packet_parse (const guint8 *data, gsize len, UlRtpPacket *ret_packet)
{
  UlSpan s = ul_span (data, len);
  guint8 first = ul_span_u8 (&s), second = ul_span_u8 (&s);
  UlRtpPacket p = { .marker = second >> 7, .payload_type = second & 127, .sequence = ul_span_be16 (&s) };

  p.timestamp = ul_span_be32 (&s);
  p.ssrc = ul_span_be32 (&s);
  ul_span_skip (&s, 4 * (gsize) (first & 15)); /* CSRC */
  p.extension = (first >> 4) & 1;
  if (p.extension) {
    p.extension_profile = ul_span_be16 (&s);
    p.extension_words = ul_span_be16 (&s);
    ul_span_skip (&s, 4 * (gsize) p.extension_words);
  }
  if (s.error || first >> 6 != 2)
    return FALSE;
  p.payload_len = ul_span_left (&s);
  p.payload = data + s.pos;
  if (first & 0x20 && p.payload_len > 0) {
    guint8 padding = data[len - 1];
    p.payload_len -= padding <= p.payload_len ? padding : 0;
  }
  *ret_packet = p;
  return TRUE;
}

gboolean
ul_rtp_is_rtcp (const guint8 *data, gsize len)
{
  return len >= 8 && data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223;
}

UlRtpHabits *
ul_rtp_habits_new (UlEvidence *evidence, const char *encoding)
{
  UlRtpHabits *self = g_new0 (UlRtpHabits, 1);

  self->evidence = evidence;
  self->encoding = g_ascii_strup (encoding, -1);
  self->codec = g_str_equal (self->encoding, "H264") ? UL_CODEC_H264 : g_str_equal (self->encoding, "H265") ? UL_CODEC_H265 : UL_CODEC_NONE;
  return self;
}

void
ul_rtp_habits_free (UlRtpHabits *self)
{
  if (!self)
    return;
  g_free (self->encoding);
  g_free (self);
}

void
ul_rtp_habits_begins_session (UlRtpHabits *self)
{
  self->begins_session = self->n_packets == 0;
}

/* --- payloads --------------------------------------------------------------------- */

static Use
use_of (UlCodec codec, const guint8 *payload)
{
  guint type = codec == UL_CODEC_H264 ? payload[0] & 31 : (payload[0] >> 1) & 63;

  if (codec == UL_CODEC_H264)
    return type == 28 ? USE_FRAGMENT : type == 24 ? USE_AGGREGATE : type > 24 ? USE_OTHER : USE_SINGLE;
  return type == 49 ? USE_FRAGMENT : type == 48 ? USE_AGGREGATE : type > 49 ? USE_OTHER : USE_SINGLE;
}

/* A NAL unit of RTP has no start code: one inside means that a byte stream was cut up. */
static gboolean
has_start_code (const guint8 *data, gsize len)
{
  static const guint8 code[] = { 0, 0, 0, 1 };

  return memmem (data, MIN (len, START_CODE_WINDOW), code, sizeof code) != NULL;
}

/* FU header (RFC 6184, 5.8): S, E, R, type; that of RFC 7798 has no R. TRUE at the NAL unit's end. */
static gboolean
feed_fragment (UlRtpHabits *self, const guint8 *payload, gsize len, gsize wire_payload_len, UlWhere where)
{
  gsize header = self->codec == UL_CODEC_H264 ? 1 : 2;

  if (len <= header)
    return FALSE;
  guint8 fu = payload[header];
  gboolean start = fu >> 7, end = (fu >> 6) & 1;
  if (start && end)
    see (&self->fu_start_end, where);
  if (self->codec == UL_CODEC_H264 && fu & 0x20)
    see (&self->fu_reserved, where);
  if (start && has_start_code (payload + header + 1, len - header - 1))
    see (&self->start_code, where);
  if (!end)
    count (&self->fragment_sizes, wire_payload_len);
  return end;
}

/* TRUE where a NAL unit ends with this packet. */
static gboolean
feed_payload (UlRtpHabits *self, const UlRtpPacket *p, gsize wire_payload_len, UlWhere where)
{
  if (self->codec == UL_CODEC_NONE || p->payload_len < 2)
    return TRUE;
  Use use = use_of (self->codec, p->payload);
  see (&self->uses[use], where);
  if (use == USE_FRAGMENT)
    return feed_fragment (self, p->payload, p->payload_len, wire_payload_len, where);
  if (use == USE_SINGLE && has_start_code (p->payload, p->payload_len))
    see (&self->start_code, where);
  return TRUE;
}

/* --- headers ------------------------------------------------------------------------ */

static void
feed_ssrc (UlRtpHabits *self, guint32 ssrc)
{
  for (guint i = 0; i < self->n_ssrcs; i++)
    if (self->ssrcs[i] == ssrc)
      return;
  if (self->n_ssrcs < MAX_SSRCS)
    self->ssrcs[self->n_ssrcs++] = ssrc;
}

/* The packet before this one is judged now that it is known whether its access unit went on. */
static void
judge_before (UlRtpHabits *self, const UlRtpPacket *p)
{
  gboolean new_unit = p->timestamp != self->timestamp;

  if ((guint16) (self->sequence + 1) != p->sequence) {
    self->step_known = FALSE;
    return;
  }
  self->markers[new_unit][self->ended_nal][self->marker]++;
  if (!new_unit)
    return;
  if (self->step_known)
    count (&self->steps, (guint32) (p->timestamp - self->step_from));
  self->step_from = p->timestamp;
  self->step_known = TRUE;
}

void
ul_rtp_habits_feed_rtp (UlRtpHabits *self, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  UlRtpPacket p;

  if (!ul_rtp_packet_parse (data, len, &p))
    return;
  wire_len = MAX (wire_len, len);
  if (self->n_packets++ == 0) {
    self->first = where;
    self->initial_sequence = p.sequence;
    self->initial_timestamp = p.timestamp;
    self->step_from = p.timestamp;
    self->step_known = self->begins_session;
  } else {
    judge_before (self, &p);
  }
  self->last = where;
  feed_ssrc (self, p.ssrc);
  count (&self->payload_types, p.payload_type);
  if (p.extension)
    count (&self->extensions, (guint64) p.extension_profile << 16 | p.extension_words);
  if (data[0] & 0x20)
    see (&self->padding, where);
  self->largest = MAX (self->largest, wire_len);
  self->ended_nal = feed_payload (self, &p, wire_len - (gsize) (p.payload - data), where);
  self->sequence = p.sequence;
  self->timestamp = p.timestamp;
  self->marker = p.marker;
}

/* --- RTCP (RFC 3550, 6) --------------------------------------------------------------- */

/* An SDES item's text; control characters are written out by the evidence. */
static void
add_sdes_text (UlRtpHabits *self, guint8 type, const guint8 *text, gsize len, UlWhere where)
{
  static const struct {
    guint8 type;
    UlKey key;
  } items[] = { { 1, UL_KEY_RTP_SDES_CNAME }, { 6, UL_KEY_RTP_SDES_TOOL } };

  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    if (items[i].type == type)
      ul_evidence_add_len (self->evidence, items[i].key, (const char *) text, (gssize) len, where);
}

/* 6.5: chunks of an SSRC and items; the list ends with a null octet and is padded to 32 bits. */
static void
feed_sdes (UlRtpHabits *self, UlSpan s, guint n_chunks, UlWhere where)
{
  for (guint i = 0; i < n_chunks && !s.error; i++) {
    gsize begin = s.pos;
    gboolean terminated = FALSE;

    ul_span_skip (&s, 4);
    while (!s.error && ul_span_left (&s) > 0 && !terminated) {
      guint8 type = ul_span_u8 (&s);
      guint8 len = type ? ul_span_u8 (&s) : 0;
      const guint8 *text = ul_span_take (&s, len);
      terminated = type == 0;
      if (text && len > 0)
        add_sdes_text (self, type, text, len, where);
    }
    if (s.error)
      return;
    if (!terminated)
      ul_evidence_add (self->evidence, UL_KEY_RTP_RTCP_ODDITY, "SDES chunk without its null octet", where);
    ul_span_skip (&s, MIN ((4 - (s.pos - begin) % 4) % 4, ul_span_left (&s)));
  }
}

void
ul_rtp_habits_feed_rtcp (UlRtpHabits *self, const guint8 *data, gsize len, UlWhere where)
{
  UlSpan s = ul_span (data, len);

  while (!s.error && ul_span_left (&s) >= 4) {
    guint8 first = ul_span_u8 (&s), type = ul_span_u8 (&s);
    gsize body = 4 * (gsize) ul_span_be16 (&s);
    UlSpan packet = ul_span (data + s.pos, MIN (body, ul_span_left (&s)));

    if (first >> 6 != 2)
      return;
    if (body > ul_span_left (&s))
      ul_evidence_add (self->evidence, UL_KEY_RTP_RTCP_ODDITY, "length beyond the packet's end", where);
    if (type >= 200 && type < 200 + N_RTCP)
      see (&self->rtcp[type - 200], where);
    if (type == 202)
      feed_sdes (self, packet, first & 31, where);
    ul_span_skip (&s, body);
  }
}

/* --- what it comes to -------------------------------------------------------------------- */

static void
add_seen (UlRtpHabits *self, UlKey key, const char *value, const Seen *seen)
{
  if (seen->count)
    ul_evidence_add_counted (self->evidence, key, value, seen->count, seen->first, seen->last);
}

static void
add_initial (UlRtpHabits *self, UlKey key, guint64 value)
{
  if (value <= SMALL_INITIAL)
    ul_evidence_add_int (self->evidence, key, (gint64) value, self->first);
  else
    ul_evidence_add (self->evidence, key, "large", self->first);
}

static void
finish_fragmentation (UlRtpHabits *self)
{
  static const char *const names[3][N_USES] = { { NULL },
                                                { "single", "STAP-A", "FU-A", "other" },
                                                { "single", "AP", "FU", "other" } };
  g_autoptr (GString) value = g_string_new (NULL);
  guint64 total = 0;

  for (guint i = 0; i < N_USES; i++)
    if (self->uses[i].count) {
      g_string_append_printf (value, "%s%s", value->len ? "," : "", names[self->codec][i]);
      total += self->uses[i].count;
    }
  if (total)
    ul_evidence_add_counted (self->evidence, UL_KEY_RTP_FRAGMENTATION, value->str, total, self->first, self->last);
}

/* Where the marker bit stands (RFC 6184, 5.1: on the last packet of an access unit). */
static void
finish_marker (UlRtpHabits *self)
{
  guint64 at_end = 0, at_end_of = 0, inside = 0, inside_of = 0, at_nal = 0, at_nal_of = 0;

  for (guint nal = 0; nal < 2; nal++) {
    at_end += self->markers[1][nal][1];
    at_end_of += self->markers[1][nal][0] + self->markers[1][nal][1];
    inside += self->markers[0][nal][1];
    inside_of += self->markers[0][nal][0] + self->markers[0][nal][1];
  }
  at_nal = self->markers[0][1][1];
  at_nal_of = at_nal + self->markers[0][1][0];
  if (at_end_of < MIN_ACCESS_UNITS)
    return;
  const char *value = "varies";
  if (at_end + inside == 0)
    value = "never";
  else if (at_end == at_end_of && inside == 0)
    value = "access-unit";
  else if (at_end == at_end_of && inside == inside_of)
    value = "every-packet";
  else if (at_end == at_end_of && inside == at_nal && at_nal == at_nal_of)
    value = "nal-unit";
  else if (at_end == at_end_of)
    value = "access-unit and others";
  ul_evidence_add (self->evidence, UL_KEY_RTP_MARKER, value, self->first);
}

static void
finish_steps (UlRtpHabits *self)
{
  guint64 value, n;

  if (self->steps.total < MIN_ACCESS_UNITS || !most_common (&self->steps, &value, &n))
    return;
  if (n * 10 >= self->steps.total * 9)
    ul_evidence_addf (self->evidence, UL_KEY_RTP_TIMESTAMP_STEP, self->first, "%" G_GUINT64_FORMAT, value);
  else
    ul_evidence_add (self->evidence, UL_KEY_RTP_TIMESTAMP_STEP, "varies", self->first);
}

static void
finish_sizes (UlRtpHabits *self)
{
  guint64 value, n;

  ul_evidence_add_int (self->evidence, UL_KEY_RTP_PACKET_SIZE, (gint64) self->largest, self->first);
  if (self->fragment_sizes.total >= MIN_ACCESS_UNITS && most_common (&self->fragment_sizes, &value, &n) && n * 2 > self->fragment_sizes.total)
    ul_evidence_add_int (self->evidence, UL_KEY_RTP_FRAGMENT_SIZE, (gint64) value, self->first);
}

static void
finish_headers (UlRtpHabits *self)
{
  for (guint i = 0; i < self->payload_types.n_rows; i++)
    ul_evidence_addf (self->evidence, UL_KEY_RTP_PAYLOAD_TYPE, self->first, "%s %u", self->encoding, (guint) self->payload_types.rows[i].value);
  for (guint i = 0; i < self->n_ssrcs; i++)
    ul_evidence_addf (self->evidence, UL_KEY_RTP_SSRC, self->first, "%08x", self->ssrcs[i]);
  for (guint i = 0; i < self->extensions.n_rows; i++)
    ul_evidence_addf (self->evidence, UL_KEY_RTP_EXTENSION, self->first, "%04x %u", (guint) (self->extensions.rows[i].value >> 16),
                      (guint) (self->extensions.rows[i].value & 0xffff));
  if (self->begins_session && self->n_packets) {
    add_initial (self, UL_KEY_RTP_INITIAL_SEQUENCE, self->initial_sequence);
    add_initial (self, UL_KEY_RTP_INITIAL_TIMESTAMP, self->initial_timestamp);
  }
}

static void
finish_rtcp (UlRtpHabits *self)
{
  static const char *const names[N_RTCP] = { "SR", "RR", "SDES", "BYE", "APP" };

  for (guint i = 0; i < N_RTCP; i++)
    add_seen (self, UL_KEY_RTP_RTCP, names[i], &self->rtcp[i]);
}

void
ul_rtp_habits_finish (UlRtpHabits *self)
{
  if (self->n_packets) {
    finish_headers (self);
    if (self->codec != UL_CODEC_NONE) {
      finish_sizes (self);
      finish_fragmentation (self);
      finish_marker (self);
      finish_steps (self);
    }
    add_seen (self, UL_KEY_RTP_FU_ODDITY, "start and end in one", &self->fu_start_end);
    add_seen (self, UL_KEY_RTP_FU_ODDITY, "reserved bit", &self->fu_reserved);
    add_seen (self, UL_KEY_RTP_FU_ODDITY, "start code inside", &self->start_code);
    add_seen (self, UL_KEY_RTP_PADDING, "used", &self->padding);
  }
  finish_rtcp (self);
}

void
ul_rtp_habits_write (const UlRtpHabits *self, UlEvidence *evidence)
{
  UlRtpHabits view = *self;

  view.evidence = evidence;
  ul_rtp_habits_finish (&view);
}
