/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlSyntax: a UlBits that knows the name of the syntax element it reads.
 *
 * Every element is read once, by name, in the order of the standard's syntax
 * table; a value outside its semantics' range and the end of the data set a
 * sticky error that keeps element, value and bit.  `trace`, if set, gets every
 * element with its subscripts: a parse is its own dump.
 */
#pragma once

#include <string.h>

#include "base/bits.h"

/* `sub`: the subscripts, `n_sub` of them; `bit`: where the element begins. */
typedef void (*UlSyntaxFunc) (const char *name, const guint *sub, guint n_sub, gint64 value, gsize bit, gpointer user_data);

typedef struct {
  UlBits bits;
  UlSyntaxFunc trace; /* may be NULL */
  gpointer trace_data;
  const char *error; /* name of the offending element, NULL: none */
  gboolean ended;    /* the error is that the data ended */
  gint64 error_value;
  gsize error_bit;
} UlSyntax;

/* `rbsp` without emulation prevention bytes, the NAL unit header included. */
static inline UlSyntax
ul_syntax (const guint8 *rbsp, gsize n_bytes)
{
  UlSyntax s = { .bits = ul_bits (rbsp, n_bytes) };

  return s;
}

/* Sets the sticky error; the rest of the data reads as zero. */
void ul_syntax_fail (UlSyntax *s, const char *name, gint64 value, gsize bit, gboolean ended);
/* "log2_max_frame_num_minus4 is 40 at bit 97 (byte 12)"; owned by the caller. */
char *ul_syntax_error_text (const UlSyntax *s);
/*
 * rbsp_trailing_bits() at the cursor.  TRUE if the stop bit and its alignment
 * are there; `ret_after` gets the first byte after them.
 */
gboolean ul_syntax_trailing_bits (const UlSyntax *s, gsize *ret_after);
/* Calls s->trace with the subscripts first..n. */
void ul_syntax_trace (const UlSyntax *s, const char *name, guint n_sub, guint i, guint j, gint64 value, gsize bit);

static inline gboolean
ul_syntax_ok (const UlSyntax *s)
{
  return s->error == NULL;
}

/* The 64 bits at the cursor where at least eight bytes are left. */
static inline gboolean
ul_syntax_peek64 (const UlSyntax *s, guint64 *ret_word)
{
  gsize byte = s->bits.pos >> 3;
  guint64 w;

  if (byte + 8 > s->bits.n_bits >> 3)
    return FALSE;
  memcpy (&w, s->bits.data + byte, 8);
  *ret_word = GUINT64_FROM_BE (w) << (s->bits.pos & 7);
  return TRUE;
}

static inline guint32
ul_syntax_raw_ue (UlSyntax *s)
{
  guint64 w;

  /* Up to 24 leading zeros: the code lies in the 57 bits that are certain. */
  if (!s->bits.error && ul_syntax_peek64 (s, &w) && w >> 39) {
    guint zeros = (guint) __builtin_clzll (w);
    s->bits.pos += 2 * zeros + 1;
    return (guint32) (w >> (63 - 2 * zeros)) - 1;
  }
  return ul_bits_ue (&s->bits);
}

static inline gint64
ul_syntax_checked (UlSyntax *s, const char *name, guint n_sub, guint i, guint j, gint64 value, gint64 min, gint64 max, gsize bit)
{
  if (G_UNLIKELY (s->bits.error)) {
    ul_syntax_fail (s, name, 0, bit, TRUE);
    return min <= 0 && max >= 0 ? 0 : min;
  }
  if (G_UNLIKELY (s->trace != NULL))
    ul_syntax_trace (s, name, n_sub, i, j, value, bit);
  if (G_UNLIKELY (value < min || value > max)) {
    ul_syntax_fail (s, name, value, bit, FALSE);
    return min <= 0 && max >= 0 ? 0 : min;
  }
  return value;
}

/* u(n) with up to two subscripts */
static inline guint32
ul_syntax_u_sub (UlSyntax *s, guint n, const char *name, guint n_sub, guint i, guint j)
{
  gsize bit = s->bits.pos;
  guint64 w;
  guint32 v;

  if (n && !s->bits.error && ul_syntax_peek64 (s, &w)) {
    v = (guint32) (w >> (64 - n));
    s->bits.pos += n;
  } else {
    v = ul_bits_u (&s->bits, n);
  }
  return (guint32) ul_syntax_checked (s, name, n_sub, i, j, v, 0, G_MAXUINT32, bit);
}

/* ue(v) with its range and up to two subscripts */
static inline guint32
ul_syntax_ue_sub (UlSyntax *s, const char *name, guint32 min, guint32 max, guint n_sub, guint i, guint j)
{
  gsize bit = s->bits.pos;
  guint32 v = ul_syntax_raw_ue (s);

  return (guint32) ul_syntax_checked (s, name, n_sub, i, j, v, min, max, bit);
}

/* se(v) with its range and up to two subscripts */
static inline gint32
ul_syntax_se_sub (UlSyntax *s, const char *name, gint32 min, gint32 max, guint n_sub, guint i, guint j)
{
  gsize bit = s->bits.pos;
  guint32 k = ul_syntax_raw_ue (s);
  gint64 v = k & 1 ? (gint64) (k >> 1) + 1 : -(gint64) (k >> 1);

  return (gint32) ul_syntax_checked (s, name, n_sub, i, j, v, min, max, bit);
}

static inline guint32
ul_syntax_u (UlSyntax *s, guint n, const char *name)
{
  return ul_syntax_u_sub (s, n, name, 0, 0, 0);
}

static inline gboolean
ul_syntax_flag (UlSyntax *s, const char *name)
{
  return ul_syntax_u_sub (s, 1, name, 0, 0, 0) != 0;
}

static inline guint32
ul_syntax_ue (UlSyntax *s, const char *name, guint32 min, guint32 max)
{
  return ul_syntax_ue_sub (s, name, min, max, 0, 0, 0);
}

static inline gint32
ul_syntax_se (UlSyntax *s, const char *name, gint32 min, gint32 max)
{
  return ul_syntax_se_sub (s, name, min, max, 0, 0, 0);
}
