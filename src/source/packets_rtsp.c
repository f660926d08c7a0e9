/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One direction of an RTSP connection cut into messages (RFC 2326, 4 to 7) and
 * interleaved frames (10.12).  After a gap, or where a sender writes neither,
 * the next beginning of one is looked for.
 */
#include "source/packets.h"

#include <string.h>

#include "source/rtsp_reader.h"

#define MAX_LINE_BYTES 2048
#define FRAME_HEAD_BYTES UL_RTSP_FRAME_HEAD_BYTES
#define GUESS_BYTES (64 * 1024)
#define GUESS_STEP_BYTES 2048
#define GUESS_FRAMES 3        /* in a row, to take a stream in mid-session for RTSP */

struct _UlFramer {
  UlFramerSink sink;
  GByteArray *buffer;
  gsize pos;            /* what was given out of the buffer */
  UlWhere where;        /* of buffer[pos] */
  guint64 skip;         /* bytes to come that belong to a frame with a gap */
  gsize scanned;        /* bytes from pos in which the head, or the open body, does not end */
  gsize head;           /* of the message at pos; 0 while its headers are not whole */
  guint64 body;         /* or UL_RTSP_OPEN_BODY */
  gboolean in_step;     /* buffer[pos] is the beginning of something */
  guint32 channels[8];  /* known ones, a bit each */
  UlFramerCounts counts;
};

typedef enum { NEED_MORE, TAKEN, NOT_ONE } Step;

UlFramer *
ul_framer_new (UlFramerSink sink)
{
  UlFramer *self = g_new0 (UlFramer, 1);

  self->sink = sink;
  self->buffer = g_byte_array_new ();
  self->in_step = TRUE;
  return self;
}

void
ul_framer_free (UlFramer *self)
{
  if (!self)
    return;
  g_byte_array_unref (self->buffer);
  g_free (self);
}

UlFramerCounts
ul_framer_counts (const UlFramer *self)
{
  UlFramerCounts counts = self->counts;

  counts.unfinished = self->buffer->len - self->pos;
  return counts;
}

void
ul_framer_know_channel (UlFramer *self, guint8 channel)
{
  self->channels[channel >> 5] |= 1u << (channel & 31);
}

static gboolean
channel_known (const UlFramer *self, guint8 channel)
{
  return self->channels[channel >> 5] >> (channel & 31) & 1;
}

/* What may begin here; `ret_more` if the bytes are too few to say. */
static gboolean
message_plausible (const guint8 *p, gsize len, gboolean *ret_more)
{
  UlText rest = ul_text ((const char *) p, MIN (len, MAX_LINE_BYTES)), line = ul_text (NULL, 0);
  gboolean request;

  *ret_more = FALSE;
  if (!g_ascii_isupper (p[0]))
    return FALSE;
  const guint8 *end = memchr (p, '\n', rest.len);
  if (!end) {
    *ret_more = len < MAX_LINE_BYTES;
    for (gsize i = 0; i < MIN (len, 12) && *ret_more; i++)
      *ret_more = g_ascii_isgraph (p[i]) || p[i] == ' ';
    return FALSE;
  }
  return ul_text_next_line (&rest, &line) && ul_message_is_start_line (line, &request);
}

/* --- messages ------------------------------------------------------------------------ */

static void
give_message (UlFramer *self, const guint8 *p, gsize len)
{
  self->sink.message (self->sink.user_data, (const char *) p, len, self->where);
  self->pos += len;
}

static guint64
body_len (const guint8 *head, gsize len)
{
  g_autoptr (UlMessage) message = ul_message_parse ((const char *) head, len, -1);

  /* An answer of an HTTP tunnel announces a length that never ends. */
  return message->http ? 0 : ul_rtsp_body_len (message);
}

/* TAKEN: its headers are whole. */
static Step
take_head (UlFramer *self, const guint8 *p, gsize len)
{
  gsize bound = MIN (len, UL_RTSP_MAX_HEADER_BYTES);
  gboolean more;

  if (!self->scanned && !message_plausible (p, len, &more))
    return more ? NEED_MORE : NOT_ONE;
  self->head = ul_rtsp_head_len (p, bound, self->scanned);
  self->scanned = self->head ? 0 : bound;
  if (!self->head)
    return bound < UL_RTSP_MAX_HEADER_BYTES ? NEED_MORE : NOT_ONE;
  self->body = body_len (p, self->head);
  return TAKEN;
}

static Step
take_open_body (UlFramer *self, const guint8 *p, gsize len)
{
  gsize bound = MIN (len, self->head + UL_RTSP_MAX_BODY_BYTES);
  gsize end = ul_rtsp_open_body_end (p, bound, self->head, self->scanned);

  self->scanned = bound;
  if (end == bound && bound < self->head + UL_RTSP_MAX_BODY_BYTES)
    return NEED_MORE;
  give_message (self, p, end);
  return TAKEN;
}

static Step
take_message (UlFramer *self, const guint8 *p, gsize len)
{
  Step step = self->head ? TAKEN : take_head (self, p, len);

  if (step != TAKEN)
    return step;
  if (self->body == UL_RTSP_OPEN_BODY)
    return take_open_body (self, p, len);
  if (len - self->head < self->body)
    return NEED_MORE;
  give_message (self, p, self->head + (gsize) self->body);
  return TAKEN;
}

/* --- frames ------------------------------------------------------------------------------ */

static Step
take_frame (UlFramer *self, const guint8 *p, gsize len)
{
  if (len < FRAME_HEAD_BYTES + 1)
    return NEED_MORE;
  gsize size = (gsize) (p[2] << 8 | p[3]);
  if (!ul_rtsp_frame_plausible (p, len) && !(self->in_step && channel_known (self, p[1])))
    return NOT_ONE;
  if (len < FRAME_HEAD_BYTES + size)
    return NEED_MORE;
  /* Out of step, a dollar sign inside video is told from a frame by what comes behind. */
  if (!self->in_step && len > FRAME_HEAD_BYTES + size && p[FRAME_HEAD_BYTES + size] != '$' && !g_ascii_isupper (p[FRAME_HEAD_BYTES + size]))
    return NOT_ONE;
  self->sink.frame (self->sink.user_data, p[1], p + FRAME_HEAD_BYTES, size, self->where);
  self->pos += FRAME_HEAD_BYTES + size;
  return TAKEN;
}

/* Blanks between messages are no junk: senders end a message with an empty line too many. */
static void
pass_byte (UlFramer *self, guint8 byte)
{
  self->pos++;
  if (byte == '\r' || byte == '\n' || byte == ' ' || byte == '\0')
    return;
  self->in_step = FALSE;
  self->counts.junk_bytes++;
}

/* All of it: from the next byte on, and the next, it would be searched again for its end. */
static void
pass_endless_head (UlFramer *self)
{
  self->pos += self->scanned;
  self->in_step = FALSE;
  self->counts.junk_bytes += self->scanned;
}

static void
begin_anew (UlFramer *self)
{
  self->scanned = self->head = 0;
}

static void
compact (UlFramer *self)
{
  if (self->pos == self->buffer->len)
    g_byte_array_set_size (self->buffer, 0);
  else if (self->pos)
    g_byte_array_remove_range (self->buffer, 0, (guint) self->pos);
  self->pos = 0;
}

void
ul_framer_data (UlFramer *self, const guint8 *data, gsize len, UlWhere where)
{
  gsize skip = (gsize) MIN (self->skip, len);

  self->skip -= skip;
  if (self->buffer->len == 0)
    self->where = where;
  g_byte_array_append (self->buffer, data + skip, (guint) (len - skip));
  while (self->pos < self->buffer->len) {
    const guint8 *p = self->buffer->data + self->pos;
    gsize left = self->buffer->len - self->pos;
    Step step = *p == '$' ? take_frame (self, p, left) : take_message (self, p, left);

    if (step == NEED_MORE)
      break;
    if (step == TAKEN)
      self->in_step = TRUE;
    else if (self->scanned)
      pass_endless_head (self);
    else
      pass_byte (self, *p);
    begin_anew (self);
    self->where = where;
  }
  compact (self);
}

/* Nothing tells the end of an open body that nothing follows: its whole lines are given. */
void
ul_framer_end (UlFramer *self)
{
  if (!self->head || self->body != UL_RTSP_OPEN_BODY)
    return;
  const guint8 *p = self->buffer->data + self->pos;
  give_message (self, p, ul_rtsp_whole_lines (p, self->buffer->len - self->pos, self->head));
  begin_anew (self);
  compact (self);
}

void
ul_framer_gap (UlFramer *self, guint64 len)
{
  const guint8 *p = self->buffer->data;
  gsize have = self->buffer->len;
  guint64 left = 0;

  if (self->skip) {
    left = self->skip;
  } else if (self->head && self->body == UL_RTSP_OPEN_BODY) {
    ul_framer_end (self);
    self->counts.cut++;
  } else if (have >= FRAME_HEAD_BYTES && p[0] == '$' && self->in_step) {
    left = FRAME_HEAD_BYTES + (guint64) (p[2] << 8 | p[3]) - have;
    self->counts.cut++;
  } else if (have) {
    left = self->head ? self->head + self->body - have : 0;
    self->counts.cut++;
  }
  g_byte_array_set_size (self->buffer, 0);
  begin_anew (self);
  /* Inside what is of known length the next one's place is known too. */
  self->skip = len && left >= len ? left - len : 0;
  self->in_step = len && left >= len;
}

/* --- is it RTSP at all? ---------------------------------------------------------------------- */

static gboolean
frames_in_a_row (const guint8 *p, gsize len)
{
  guint n = 0;
  gsize at = 0;

  while (at < len && n < GUESS_FRAMES && ul_rtsp_frame_plausible (p + at, len - at)) {
    at += FRAME_HEAD_BYTES + (gsize) (p[at + 2] << 8 | p[at + 3]);
    n++;
  }
  return n >= GUESS_FRAMES;
}

UlRtspGuess
ul_framer_guess (const guint8 *data, gsize len, guint16 port)
{
  static const char *const beginnings[] = { "RTSP/1.", "OPTIONS rtsp", "DESCRIBE rtsp", "SETUP rtsp", "PLAY rtsp" };
  static const char version[] = " RTSP/1.";

  if (port == 554 || port == 8554)
    return UL_RTSP_YES;
  if (len >= 3 && data[0] == 0x16 && data[1] == 3)
    return UL_RTSP_NO; /* a TLS handshake */
  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (len >= strlen (beginnings[i]) && memcmp (data, beginnings[i], strlen (beginnings[i])) == 0)
      return UL_RTSP_YES;
  if (memmem (data, MIN (len, GUESS_STEP_BYTES), version, sizeof version - 1) || memmem (data, MIN (len, GUESS_STEP_BYTES), "x-rtsp-tunnelled", 16))
    return UL_RTSP_YES;
  for (gsize i = 0; i < len && len >= GUESS_STEP_BYTES; i++)
    if (data[i] == '$' && frames_in_a_row (data + i, len - i))
      return UL_RTSP_YES;
  return len >= GUESS_BYTES ? UL_RTSP_NO : UL_RTSP_MAYBE;
}
