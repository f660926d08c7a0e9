/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlBits: a bounded cursor over the bits of an RBSP (emulation prevention
 * bytes already removed), most significant bit first, with a sticky error.
 *
 * The descriptors are those of H.264 7.2 and H.265 7.2: u(n), ue(v), se(v).
 */
#pragma once

#include <glib.h>

typedef struct {
  const guint8 *data;
  gsize n_bits; /* bits in data */
  gsize pos;    /* bits read, never above n_bits */
  gboolean error;
} UlBits;

static inline UlBits
ul_bits (const guint8 *data, gsize n_bytes)
{
  return (UlBits){ .data = data, .n_bits = n_bytes * 8 };
}

static inline gsize
ul_bits_left (const UlBits *b)
{
  return b->n_bits - b->pos;
}

/* u(n), n up to 32 */
static inline guint32
ul_bits_u (UlBits *b, guint n)
{
  guint64 v = 0;

  if (b->error || n > ul_bits_left (b)) {
    b->error = TRUE;
    b->pos = b->n_bits;
    return 0;
  }
  for (guint got = 0; got < n;) {
    guint in_byte = b->pos & 7;
    guint take = MIN (8 - in_byte, n - got);
    guint8 byte = b->data[b->pos >> 3];

    v = v << take | ((guint) (byte >> (8 - in_byte - take)) & ((1u << take) - 1));
    b->pos += take;
    got += take;
  }
  return (guint32) v;
}

static inline gboolean
ul_bits_flag (UlBits *b)
{
  return ul_bits_u (b, 1) != 0;
}

static inline void
ul_bits_skip (UlBits *b, gsize n)
{
  if (b->error || n > ul_bits_left (b)) {
    b->error = TRUE;
    b->pos = b->n_bits;
  } else {
    b->pos += n;
  }
}

/* ue(v), H.264 9.1; codes of more than 32 leading zero bits are an error */
static inline guint32
ul_bits_ue (UlBits *b)
{
  guint zeros = 0;

  while (!b->error && ul_bits_u (b, 1) == 0)
    if (b->error || ++zeros > 31) {
      b->error = TRUE;
      return 0;
    }
  if (b->error)
    return 0;
  return (guint32) (((guint64) 1 << zeros) - 1 + ul_bits_u (b, zeros));
}

/* se(v), H.264 9.1.1 */
static inline gint32
ul_bits_se (UlBits *b)
{
  guint32 k = ul_bits_ue (b);

  return k & 1 ? (gint32) ((k >> 1) + 1) : -(gint32) (k >> 1);
}

/* more_rbsp_data(), H.264 7.2: is there anything before the last 1 bit? */
static inline gboolean
ul_bits_more_rbsp_data (const UlBits *b)
{
  gsize end = b->n_bits;

  if (b->error)
    return FALSE;
  while (end > b->pos && !(b->data[(end - 1) >> 3] >> (7 - ((end - 1) & 7)) & 1))
    end--;
  return end > b->pos + 1;
}
