/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TCP (RFC 9293, 3.4) put in order from the outside: retransmissions are dropped,
 * segments that came early wait inside a bounded window, and what never comes is
 * told as a gap.
 */
#include "source/packets.h"

#include <string.h>

#define MAX_HELD_SEGMENTS 256
#define MAX_HELD_BYTES (512 * 1024)
#define MAX_HELD_BYTES_TOGETHER (32 * 1024 * 1024)
#define WINDOW_BYTES (16 * 1024 * 1024) /* a sequence number further away is of another connection */

typedef struct {
  guint32 sequence;
  gsize len, wire_len;
  UlWhere where;
  guint8 data[];
} Segment;

struct _UlTcpHalf {
  UlTcpSink sink;
  gboolean started;
  guint32 next;       /* sequence number of the next byte */
  GPtrArray *held;    /* Segment, by sequence number */
  gsize held_bytes;
};

UlTcpHalf *
ul_tcp_half_new (UlTcpSink sink)
{
  UlTcpHalf *self = g_new0 (UlTcpHalf, 1);

  self->sink = sink;
  self->held = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ul_tcp_half_free (UlTcpHalf *self)
{
  if (!self)
    return;
  *self->sink.held_bytes -= self->held_bytes;
  g_ptr_array_unref (self->held);
  g_free (self);
}

/* Sequence numbers compare modulo 2^32 (RFC 9293, 3.4). */
static gint32
distance (const UlTcpHalf *self, guint32 sequence)
{
  return (gint32) (sequence - self->next);
}

static void
deliver (UlTcpHalf *self, guint32 sequence, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  gsize known = (gsize) -distance (self, sequence); /* a retransmission may bring new bytes too */

  if (known >= wire_len)
    return;
  if (known < len)
    self->sink.data (self->sink.user_data, data + known, len - known, where);
  if (wire_len > MAX (len, known))
    self->sink.gap (self->sink.user_data, wire_len - MAX (len, known));
  self->next = sequence + (guint32) wire_len;
}

/* The first held segment, if it is due or `force` is given. */
static gboolean
release (UlTcpHalf *self, gboolean force)
{
  Segment *s = self->held->len ? g_ptr_array_index (self->held, 0) : NULL;
  gint32 ahead = s ? distance (self, s->sequence) : 0;

  if (!s || (ahead > 0 && !force))
    return FALSE;
  if (ahead > 0) {
    self->sink.gap (self->sink.user_data, (guint64) ahead);
    self->next = s->sequence;
  }
  s = g_ptr_array_steal_index (self->held, 0);
  self->held_bytes -= s->len;
  *self->sink.held_bytes -= s->len;
  deliver (self, s->sequence, s->data, s->len, s->wire_len, s->where);
  g_free (s);
  return TRUE;
}

void
ul_tcp_half_flush (UlTcpHalf *self)
{
  while (release (self, TRUE))
    ;
}

static void
hold (UlTcpHalf *self, guint32 sequence, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  Segment *s = g_malloc (sizeof *s + len);
  guint at = self->held->len;

  *s = (Segment){ .sequence = sequence, .len = len, .wire_len = wire_len, .where = where };
  memcpy (s->data, data, len);
  while (at > 0 && (gint32) (((Segment *) g_ptr_array_index (self->held, at - 1))->sequence - sequence) > 0)
    at--;
  g_ptr_array_insert (self->held, (gint) at, s);
  self->held_bytes += len;
  *self->sink.held_bytes += len;
  if (self->held->len > MAX_HELD_SEGMENTS || self->held_bytes > MAX_HELD_BYTES || *self->sink.held_bytes > MAX_HELD_BYTES_TOGETHER)
    release (self, TRUE);
  while (release (self, FALSE))
    ;
}

void
ul_tcp_half_start (UlTcpHalf *self, guint32 sequence)
{
  if (self->started)
    return;
  self->started = TRUE;
  self->next = sequence;
}

gboolean
ul_tcp_half_is_other (const UlTcpHalf *self, guint32 sequence)
{
  return self->started && self->next != sequence && (distance (self, sequence) > 0 || distance (self, sequence) < -WINDOW_BYTES);
}

void
ul_tcp_half_segment (UlTcpHalf *self, guint32 sequence, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  if (wire_len == 0)
    return;
  ul_tcp_half_start (self, sequence);
  gint32 ahead = distance (self, sequence);
  if (ahead > WINDOW_BYTES || ahead < -WINDOW_BYTES) {
    ul_tcp_half_flush (self);
    self->sink.gap (self->sink.user_data, 0);
    self->next = sequence;
    ahead = 0;
  }
  if (ahead > 0) {
    hold (self, sequence, data, len, wire_len, where);
    return;
  }
  deliver (self, sequence, data, len, wire_len, where);
  while (release (self, FALSE))
    ;
}
