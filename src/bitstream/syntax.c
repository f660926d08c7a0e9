/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/syntax.h"

void
ul_syntax_fail (UlSyntax *s, const char *name, gint64 value, gsize bit, gboolean ended)
{
  if (s->error)
    return;
  s->error = name;
  s->error_value = value;
  s->error_bit = bit;
  s->ended = ended;
  s->bits.error = TRUE;
  s->bits.pos = s->bits.n_bits;
}

char *
ul_syntax_error_text (const UlSyntax *s)
{
  if (!s->error)
    return g_strdup ("no error");
  if (s->ended)
    return g_strdup_printf ("data ends in %s at bit %" G_GSIZE_FORMAT " (byte %" G_GSIZE_FORMAT ")", s->error, s->error_bit,
                            s->error_bit / 8);
  return g_strdup_printf ("%s is %" G_GINT64_FORMAT " at bit %" G_GSIZE_FORMAT " (byte %" G_GSIZE_FORMAT ")", s->error,
                          s->error_value, s->error_bit, s->error_bit / 8);
}

gboolean
ul_syntax_trailing_bits (const UlSyntax *s, gsize *ret_after)
{
  UlBits b = s->bits;
  guint rest = 8 - (b.pos & 7);

  *ret_after = (b.pos >> 3) + 1;
  return !s->error && ul_bits_u (&b, rest) == 1u << (rest - 1) && !b.error;
}

void
ul_syntax_trace (const UlSyntax *s, const char *name, guint n_sub, guint i, guint j, gint64 value, gsize bit)
{
  guint sub[] = { i, j };

  s->trace (name, sub, n_sub, value, bit, s->trace_data);
}
