/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/rtsp_reader.h"

#include <string.h>

#define COMPACT_BYTES (64u << 10)
#define FRAME_HEAD_BYTES UL_RTSP_FRAME_HEAD_BYTES
#define MAX_PLAUSIBLE_CHANNEL 63
#define REQUEST_URL_BYTES 5 /* " rtsp" */
#define MAX_START_BYTES 20  /* that tell what begins at the start of a line, and its line feed */

/* --- pure ------------------------------------------------------------------------- */

gsize
ul_rtsp_head_len (const guint8 *p, gsize len, gsize scanned)
{
  const guint8 *lf = p + (scanned > 2 ? MIN (scanned - 2, len) : 0);

  for (; (lf = memchr (lf, '\n', len - (gsize) (lf - p))); lf++) {
    gsize after = (gsize) (lf - p) + 1;

    if (after < len && p[after] == '\n')
      return after + 1;
    if (after + 1 < len && p[after] == '\r' && p[after + 1] == '\n')
      return after + 2;
  }
  return 0;
}

static gboolean
says_sdp (const UlMessage *message)
{
  const UlHeader *type = ul_message_header (message, "Content-Type");

  return type && ul_text_find (type->value, "sdp") >= 0;
}

guint64
ul_rtsp_body_len (const UlMessage *head)
{
  const UlHeader *h = ul_message_header (head, "Content-Length");
  guint64 said;

  if (!h)
    return says_sdp (head) ? UL_RTSP_OPEN_BODY : 0;
  if (!ul_text_to_uint (h->value, &said) || said > UL_RTSP_MAX_BODY_BYTES)
    return UL_RTSP_OPEN_BODY;
  return said;
}

gboolean
ul_rtsp_frame_plausible (const guint8 *p, gsize len)
{
  /* The version is that of RTP and RTCP (RFC 3550, 5.1 and 6.4.1). */
  return len > FRAME_HEAD_BYTES && p[0] == '$' && p[1] <= MAX_PLAUSIBLE_CHANNEL && ((guint) p[2] << 8 | p[3]) >= 8 && p[4] >> 6 == 2;
}

/* An answer, or a request with the beginning of its URL: a word alone may stand in a body. */
static gboolean
message_begins (const guint8 *p, gsize len)
{
  static const char *const methods[] = { "OPTIONS", "DESCRIBE", "ANNOUNCE", "SETUP", "PLAY", "PAUSE", "RECORD", "TEARDOWN",
                                         "GET_PARAMETER", "SET_PARAMETER", "REDIRECT", "PLAY_NOTIFY" };

  if (len >= 7 && memcmp (p, "RTSP/1.", 7) == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    gsize n = strlen (methods[i]);

    if (len < n + REQUEST_URL_BYTES || memcmp (p, methods[i], n) != 0)
      continue;
    if (memcmp (p + n, " rtsp", REQUEST_URL_BYTES) == 0 || memcmp (p + n, " * RT", REQUEST_URL_BYTES) == 0)
      return TRUE;
  }
  return FALSE;
}

gsize
ul_rtsp_open_body_end (const guint8 *p, gsize len, gsize head, gsize scanned)
{
  gsize from = MAX (head - 1, scanned > MAX_START_BYTES ? scanned - MAX_START_BYTES : 0);

  for (const guint8 *lf = p + MIN (from, len); (lf = memchr (lf, '\n', len - (gsize) (lf - p))); lf++) {
    gsize after = (gsize) (lf - p) + 1;

    if (message_begins (p + after, len - after) || ul_rtsp_frame_plausible (p + after, len - after))
      return after;
  }
  return len;
}

gsize
ul_rtsp_whole_lines (const guint8 *p, gsize len, gsize head)
{
  while (len > head && p[len - 1] != '\n')
    len--;
  return len;
}

/* --- the reader --------------------------------------------------------------------- */

struct _UlRtspReader {
  GByteArray *buffer;
  gsize pos;        /* bytes of the buffer that are done with */
  guint64 offset;   /* in the connection, of the byte at pos */
  guint64 skipped;  /* since the last item */
  guint64 skipped_in_all;
  gsize scanned;    /* bytes from pos in which the headers, or the body, do not end */
  gsize head_bytes; /* of the message at pos; 0 while its headers are not whole */
  guint64 body_bytes; /* UL_RTSP_OPEN_BODY: only silence ends it */
  gboolean sdp;     /* the message at pos says that it has an SDP body */
  guint status;
  gint64 cseq;
  char *cut;        /* of the last item */
  char *problem;
};

UlRtspReader *
ul_rtsp_reader_new (void)
{
  UlRtspReader *self = g_new0 (UlRtspReader, 1);

  self->buffer = g_byte_array_sized_new (COMPACT_BYTES);
  self->cseq = -1;
  return self;
}

void
ul_rtsp_reader_free (UlRtspReader *self)
{
  if (!self)
    return;
  g_byte_array_unref (self->buffer);
  g_free (self->cut);
  g_free (self->problem);
  g_free (self);
}

gboolean
ul_rtsp_reader_waits_for_body (const UlRtspReader *self)
{
  return self->head_bytes > 0;
}

guint64
ul_rtsp_reader_skipped (const UlRtspReader *self)
{
  return self->skipped_in_all;
}

gsize
ul_rtsp_reader_pending (const UlRtspReader *self)
{
  return self->buffer->len - self->pos;
}

void
ul_rtsp_reader_feed (UlRtspReader *self, const guint8 *data, gsize len)
{
  if (self->problem)
    return;
  if (self->pos >= COMPACT_BYTES || self->pos == self->buffer->len) {
    g_byte_array_remove_range (self->buffer, 0, (guint) self->pos);
    self->pos = 0;
  }
  g_byte_array_append (self->buffer, data, (guint) len);
}

static const char *
here (const UlRtspReader *self)
{
  return (const char *) self->buffer->data + self->pos;
}

static void
consume (UlRtspReader *self, gsize n)
{
  self->pos += n;
  self->offset += n;
  self->scanned = self->head_bytes = 0;
}

static void
junk (UlRtspReader *self, gsize n)
{
  self->skipped += n;
  self->skipped_in_all += n;
  consume (self, n);
}

static UlRtspKind
broken (UlRtspReader *self, UlRtspItem *item)
{
  item->kind = UL_RTSP_BROKEN;
  item->problem = self->problem;
  return UL_RTSP_BROKEN;
}

/* --- what stands here ------------------------------------------------------------- */

typedef enum { NOTHING, MAYBE, MESSAGE, FRAME } Start;

/* Requests that a server may send (RFC 2326, 10; RFC 7826, 13). */
static Start
message_start (const char *p, gsize left, gboolean in_step)
{
  static const char *const answers[] = { "RTSP/", "HTTP/" };
  static const char *const requests[] = { "OPTIONS ", "ANNOUNCE ", "GET_PARAMETER ", "SET_PARAMETER ", "REDIRECT ", "TEARDOWN ", "PLAY_NOTIFY " };

  for (gsize i = 0; i < G_N_ELEMENTS (answers) + (in_step ? G_N_ELEMENTS (requests) : 0); i++) {
    const char *word = i < G_N_ELEMENTS (answers) ? answers[i] : requests[i - G_N_ELEMENTS (answers)];
    gsize n = strlen (word);

    if (memcmp (p, word, MIN (n, left)) == 0)
      return left >= n ? MESSAGE : MAYBE;
  }
  return NOTHING;
}

/* Among bytes that belong to nothing a '$' alone is no frame. */
static Start
frame_start (const guint8 *p, gsize left, gboolean in_step)
{
  if (p[0] != '$')
    return NOTHING;
  if (left < FRAME_HEAD_BYTES + !in_step)
    return MAYBE;
  return in_step || ul_rtsp_frame_plausible (p, left) ? FRAME : NOTHING;
}

static Start
start_here (const UlRtspReader *self)
{
  const char *p = here (self);
  gsize left = ul_rtsp_reader_pending (self);
  Start start = frame_start ((const guint8 *) p, left, self->skipped == 0);

  return start != NOTHING ? start : message_start (p, left, self->skipped == 0);
}

/* Passes over what cannot begin an item; an empty line between messages (4.1)
 * is nothing amiss. FALSE where the bytes have run out. */
static gboolean
find_start (UlRtspReader *self, Start *ret_start)
{
  while (ul_rtsp_reader_pending (self)) {
    char c = *here (self);

    if (self->skipped == 0 && (c == '\r' || c == '\n')) {
      consume (self, 1);
      continue;
    }
    *ret_start = self->head_bytes || self->scanned ? MESSAGE : start_here (self);
    if (*ret_start == MAYBE)
      return FALSE;
    if (*ret_start != NOTHING)
      return TRUE;
    junk (self, 1);
    if (self->skipped > UL_RTSP_MAX_JUNK_BYTES)
      return FALSE;
  }
  return FALSE;
}

/* --- messages --------------------------------------------------------------------- */

/* What the bounds of the message need to be known; the text is the examiner's. */
static void
read_head (UlRtspReader *self, gsize bytes)
{
  g_autoptr (UlMessage) message = ul_message_parse (here (self), bytes, -1);
  const UlHeader *cseq = ul_message_header (message, "CSeq");
  guint64 number;

  self->head_bytes = bytes;
  self->sdp = says_sdp (message);
  self->body_bytes = ul_rtsp_body_len (message);
  self->cseq = cseq && ul_text_to_uint (cseq->value, &number) ? (gint64) number : -1;
  self->status = 0;
  for (gsize i = 0; message->kind == UL_MESSAGE_RESPONSE && i < message->status.len; i++)
    self->status = self->status * 10 + (guint) g_ascii_digit_value (message->status.p[i]);
}

static void
set_cut (UlRtspReader *self, UlRtspItem *item, const char *why)
{
  g_free (self->cut);
  item->cut = self->cut = g_strdup (why);
}

static UlRtspKind
give_message (UlRtspReader *self, gsize bytes, UlRtspItem *item)
{
  item->kind = UL_RTSP_MESSAGE;
  item->data = (const guint8 *) here (self);
  item->len = bytes;
  item->offset = self->offset;
  item->skipped = self->skipped;
  item->status = self->status;
  item->cseq = self->cseq;
  self->skipped = 0;
  consume (self, bytes);
  return UL_RTSP_MESSAGE;
}

static UlRtspKind
endless_headers (UlRtspReader *self, UlRtspItem *item)
{
  const char *p = here (self);
  gsize bytes = UL_RTSP_MAX_HEADER_BYTES;

  while (bytes > 1 && p[bytes - 1] != '\n')
    bytes--;
  self->problem = g_strdup_printf ("headers of more than %u bytes at byte %" G_GUINT64_FORMAT, UL_RTSP_MAX_HEADER_BYTES, self->offset);
  if (bytes <= 1)
    return broken (self, item);
  read_head (self, bytes);
  set_cut (self, item, "its headers do not end");
  return give_message (self, bytes, item);
}

static UlRtspKind
read_open_body (UlRtspReader *self, UlRtspItem *item)
{
  gsize left = MIN (ul_rtsp_reader_pending (self), self->head_bytes + UL_RTSP_MAX_BODY_BYTES);
  gsize end = ul_rtsp_open_body_end ((const guint8 *) here (self), left, self->head_bytes, self->scanned);

  self->scanned = left;
  if (end < left) {
    set_cut (self, item, "its Content-Length is none that can be");
    return give_message (self, end, item);
  }
  if (left - self->head_bytes < UL_RTSP_MAX_BODY_BYTES)
    return UL_RTSP_MORE;
  self->problem = g_strdup_printf ("a body of more than %u bytes at byte %" G_GUINT64_FORMAT, UL_RTSP_MAX_BODY_BYTES, self->offset);
  set_cut (self, item, "its body is above the bound");
  return give_message (self, left, item);
}

static UlRtspKind
read_message (UlRtspReader *self, UlRtspItem *item)
{
  gsize left = ul_rtsp_reader_pending (self);

  if (!self->head_bytes) {
    gsize bound = MIN (left, UL_RTSP_MAX_HEADER_BYTES);
    gsize end = ul_rtsp_head_len ((const guint8 *) here (self), bound, self->scanned);

    self->scanned = end ? 0 : bound;
    if (!end)
      return left >= UL_RTSP_MAX_HEADER_BYTES ? endless_headers (self, item) : UL_RTSP_MORE;
    read_head (self, end);
  }
  if (self->body_bytes == UL_RTSP_OPEN_BODY)
    return read_open_body (self, item);
  if (left - self->head_bytes < self->body_bytes)
    return UL_RTSP_MORE;
  return give_message (self, self->head_bytes + (gsize) self->body_bytes, item);
}

static UlRtspKind
read_frame (UlRtspReader *self, UlRtspItem *item)
{
  const guint8 *p = (const guint8 *) here (self);
  gsize n = (gsize) p[2] << 8 | p[3];

  if (ul_rtsp_reader_pending (self) < FRAME_HEAD_BYTES + n)
    return UL_RTSP_MORE;
  item->kind = UL_RTSP_FRAME;
  item->data = p + FRAME_HEAD_BYTES;
  item->len = n;
  item->offset = self->offset;
  item->skipped = self->skipped;
  item->channel = p[1];
  self->skipped = 0;
  consume (self, FRAME_HEAD_BYTES + n);
  return UL_RTSP_FRAME;
}

UlRtspKind
ul_rtsp_reader_next (UlRtspReader *self, UlRtspItem *ret_item)
{
  Start start;

  *ret_item = (UlRtspItem){ .kind = UL_RTSP_MORE, .cseq = -1 };
  if (self->problem)
    return broken (self, ret_item);
  if (find_start (self, &start))
    return start == FRAME ? read_frame (self, ret_item) : read_message (self, ret_item);
  if (self->skipped <= UL_RTSP_MAX_JUNK_BYTES)
    return UL_RTSP_MORE;
  self->problem = g_strdup_printf ("more than %u bytes that are neither an answer nor a frame before byte %" G_GUINT64_FORMAT,
                                   UL_RTSP_MAX_JUNK_BYTES, self->offset);
  return broken (self, ret_item);
}

UlRtspKind
ul_rtsp_reader_end (UlRtspReader *self, UlRtspItem *ret_item)
{
  gsize left = ul_rtsp_reader_pending (self), whole;
  g_autofree char *why = NULL;

  *ret_item = (UlRtspItem){ .kind = UL_RTSP_MORE, .cseq = -1 };
  if (self->problem)
    return broken (self, ret_item);
  if (!self->head_bytes && !self->scanned)
    return UL_RTSP_MORE;
  whole = ul_rtsp_whole_lines ((const guint8 *) here (self), left, self->head_bytes);
  if (whole == 0) {
    junk (self, left);
    return UL_RTSP_MORE;
  }
  if (!self->head_bytes) {
    why = g_strdup ("it ends inside its headers");
    read_head (self, whole);
  } else if (self->body_bytes == UL_RTSP_OPEN_BODY) {
    why = g_strdup (self->sdp && whole > self->head_bytes ? "no Content-Length that can be: its body ended with silence"
                                                          : "its Content-Length is none that can be");
  } else {
    why = g_strdup_printf ("its body ends %" G_GUINT64_FORMAT " bytes before its Content-Length", self->head_bytes + self->body_bytes - left);
  }
  set_cut (self, ret_item, why);
  return give_message (self, whole, ret_item);
}
