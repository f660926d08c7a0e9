/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlText: a borrowed piece of text with a length; no NUL is needed at its end.
 * Nothing here allocates but the functions that say so.
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct {
  const char *p;
  gsize len; /* bytes */
} UlText;

static inline UlText
ul_text (const char *p, gsize len)
{
  return (UlText){ p, p ? len : 0 };
}

/* From offset `from` to the end; empty where from is beyond it. */
static inline UlText
ul_text_from (UlText t, gsize from)
{
  from = MIN (from, t.len);
  return t.p ? ul_text (t.p + from, t.len - from) : t;
}

static inline UlText
ul_text_head (UlText t, gsize n)
{
  return ul_text (t.p, MIN (n, t.len));
}

/* Takes the next line off `rest`; its end (LF, CRLF, CR CRLF or a lone CR) is
 * in neither.  FALSE at the end of the text. */
gboolean ul_text_next_line (UlText *rest, UlText *ret_line);

/* Blanks are space and tab. */
gsize ul_text_leading_blanks (UlText t);
UlText ul_text_chug (UlText t);
UlText ul_text_trim (UlText t);
gboolean ul_text_is_blank (UlText t);

gboolean ul_text_equal (UlText t, const char *s);
gboolean ul_text_equal_ci (UlText t, const char *s);
gboolean ul_text_starts (UlText t, const char *s);
gboolean ul_text_starts_ci (UlText t, const char *s);
/* Offset of the first occurrence, or -1. */
gssize ul_text_find (UlText t, const char *s);
gssize ul_text_find_char (UlText t, char c);

/* Takes what is before the next `separator` off `rest`; the separator is in
 * neither.  FALSE once everything was taken. */
gboolean ul_text_next_field (UlText *rest, char separator, UlText *ret_field);

/* Decimal digits alone, no blanks; FALSE for anything else or above 2^53. */
gboolean ul_text_to_uint (UlText t, guint64 *ret_value);

char *ul_text_dup (UlText t);
void ul_text_append (GString *out, UlText t);

/*
 * Alphabet and length: dec9 (digits), hex32 and HEX8 (digits and letters a to f
 * of one case), masked12 (letters X, x or asterisks in a row of three or more
 * inside: somebody hid a serial number), text24 for the rest, "empty".
 */
void ul_text_append_shape (GString *out, UlText t);

/*
 * Base64 (RFC 4648) as devices write it: padding may lack, blanks and quotes
 * are passed over.  NULL where another character is met or nothing is decoded.
 * The caller owns the result.
 */
guint8 *ul_text_base64 (UlText t, gsize *ret_len);
/* Pairs of hexadecimal digits, blanks passed over; NULL for anything else. */
guint8 *ul_text_hex (UlText t, gsize *ret_len);
