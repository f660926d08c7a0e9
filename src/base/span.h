/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlSpan: a bounded cursor over bytes that somebody else owns.
 *
 * Reading past the end sets `error`, returns zero and leaves the cursor at the
 * end; every later read returns zero too.  A parser therefore reads a whole
 * structure and tests `error` once.  No function allocates, none moves a
 * cursor backwards.
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct {
  const guint8 *data;
  gsize len; /* bytes */
  gsize pos; /* bytes from data, never above len */
  gboolean error;
} UlSpan;

static inline UlSpan
ul_span (const void *data, gsize len)
{
  return (UlSpan){ .data = data, .len = data ? len : 0 };
}

static inline gsize
ul_span_left (const UlSpan *s)
{
  return s->len - s->pos;
}

/* Borrow the next n bytes, or NULL (and the sticky error) if there are fewer. */
static inline const guint8 *
ul_span_take (UlSpan *s, gsize n)
{
  if (s->error || n > ul_span_left (s)) {
    s->error = TRUE;
    s->pos = s->len;
    return NULL;
  }
  const guint8 *p = s->data + s->pos;
  s->pos += n;
  return p;
}

static inline gboolean
ul_span_skip (UlSpan *s, gsize n)
{
  return ul_span_take (s, n) != NULL || (n == 0 && !s->error);
}

static inline guint64
ul_span_be (UlSpan *s, guint n)
{
  const guint8 *p = ul_span_take (s, n);
  guint64 v = 0;

  for (guint i = 0; p && i < n; i++)
    v = v << 8 | p[i];
  return v;
}

static inline guint64
ul_span_le (UlSpan *s, guint n)
{
  const guint8 *p = ul_span_take (s, n);
  guint64 v = 0;

  for (guint i = 0; p && i < n; i++)
    v |= (guint64) p[i] << (8 * i);
  return v;
}

static inline guint8
ul_span_u8 (UlSpan *s)
{
  return (guint8) ul_span_be (s, 1);
}

static inline guint16
ul_span_be16 (UlSpan *s)
{
  return (guint16) ul_span_be (s, 2);
}

static inline guint32
ul_span_be24 (UlSpan *s)
{
  return (guint32) ul_span_be (s, 3);
}

static inline guint32
ul_span_be32 (UlSpan *s)
{
  return (guint32) ul_span_be (s, 4);
}

static inline guint64
ul_span_be64 (UlSpan *s)
{
  return ul_span_be (s, 8);
}

static inline guint16
ul_span_le16 (UlSpan *s)
{
  return (guint16) ul_span_le (s, 2);
}

static inline guint32
ul_span_le32 (UlSpan *s)
{
  return (guint32) ul_span_le (s, 4);
}

/* A cursor over the next n bytes; an error here is an error there. */
static inline UlSpan
ul_span_sub (UlSpan *s, gsize n)
{
  const guint8 *p = ul_span_take (s, n);
  UlSpan sub = ul_span (p, p ? n : 0);

  sub.error = s->error;
  return sub;
}

static inline gboolean
ul_span_starts_with (const UlSpan *s, const void *magic, gsize n)
{
  return !s->error && ul_span_left (s) >= n && memcmp (s->data + s->pos, magic, n) == 0;
}
