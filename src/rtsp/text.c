/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/text.h"

/* Offset of the first CR or LF, or the length.  Windows that grow keep the cost
 * to the length of the line, whatever else the text holds. */
static gsize
line_length (UlText t)
{
  gsize window = 256;

  for (gsize from = 0; from < t.len; from += window, window *= 4) {
    gsize n = MIN (window, t.len - from);
    const char *lf = memchr (t.p + from, '\n', n);
    const char *cr = memchr (t.p + from, '\r', lf ? (gsize) (lf - t.p) - from : n);

    if (cr || lf)
      return (gsize) ((cr ? cr : lf) - t.p);
  }
  return t.len;
}

gboolean
ul_text_next_line (UlText *rest, UlText *ret_line)
{
  gsize end, run;

  if (rest->len == 0)
    return FALSE;
  end = run = line_length (*rest);
  *ret_line = ul_text_head (*rest, end);
  while (run < rest->len && run < end + 2 && rest->p[run] == '\r')
    run++;
  if (run < rest->len && rest->p[run] == '\n')
    run++;
  else
    run = end + (end < rest->len);
  *rest = ul_text_from (*rest, run);
  return TRUE;
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

gsize
ul_text_leading_blanks (UlText t)
{
  gsize n = 0;

  while (n < t.len && is_blank (t.p[n]))
    n++;
  return n;
}

UlText
ul_text_chug (UlText t)
{
  return ul_text_from (t, ul_text_leading_blanks (t));
}

UlText
ul_text_trim (UlText t)
{
  t = ul_text_chug (t);
  while (t.len && is_blank (t.p[t.len - 1]))
    t.len--;
  return t;
}

gboolean
ul_text_is_blank (UlText t)
{
  return ul_text_leading_blanks (t) == t.len;
}

gboolean
ul_text_equal (UlText t, const char *s)
{
  return t.len == strlen (s) && memcmp (t.p, s, t.len) == 0;
}

gboolean
ul_text_equal_ci (UlText t, const char *s)
{
  return t.len == strlen (s) && g_ascii_strncasecmp (t.p, s, t.len) == 0;
}

gboolean
ul_text_starts (UlText t, const char *s)
{
  gsize n = strlen (s);

  return t.len >= n && memcmp (t.p, s, n) == 0;
}

gboolean
ul_text_starts_ci (UlText t, const char *s)
{
  gsize n = strlen (s);

  return t.len >= n && g_ascii_strncasecmp (t.p, s, n) == 0;
}

gssize
ul_text_find (UlText t, const char *s)
{
  const char *hit = t.len ? memmem (t.p, t.len, s, strlen (s)) : NULL;

  return hit ? hit - t.p : -1;
}

gssize
ul_text_find_char (UlText t, char c)
{
  const char *hit = t.len ? memchr (t.p, c, t.len) : NULL;

  return hit ? hit - t.p : -1;
}

gboolean
ul_text_next_field (UlText *rest, char separator, UlText *ret_field)
{
  if (!rest->p)
    return FALSE;
  gssize at = ul_text_find_char (*rest, separator);

  if (at < 0) {
    *ret_field = *rest;
    *rest = (UlText){ NULL, 0 };
  } else {
    *ret_field = ul_text_head (*rest, (gsize) at);
    *rest = ul_text_from (*rest, (gsize) at + 1);
  }
  return TRUE;
}

gboolean
ul_text_to_uint (UlText t, guint64 *ret_value)
{
  guint64 v = 0;

  if (t.len == 0 || t.len > 16)
    return FALSE;
  for (gsize i = 0; i < t.len; i++) {
    if (!g_ascii_isdigit (t.p[i]))
      return FALSE;
    v = v * 10 + (guint64) (t.p[i] - '0');
  }
  *ret_value = v;
  return v <= G_GUINT64_CONSTANT (1) << 53;
}

char *
ul_text_dup (UlText t)
{
  return g_strndup (t.p ? t.p : "", t.len);
}

void
ul_text_append (GString *out, UlText t)
{
  if (t.len)
    g_string_append_len (out, t.p, (gssize) t.len);
}

static gboolean
is_masked (UlText t)
{
  gsize run = 0;

  for (gsize i = 0; i < t.len; i++) {
    gboolean mask = t.p[i] == 'X' || t.p[i] == 'x' || t.p[i] == '*';

    if (!mask)
      run = 0;
    else
      run = run && t.p[i] == t.p[i - 1] ? run + 1 : 1;
    if (run >= 3)
      return TRUE;
  }
  return FALSE;
}

void
ul_text_append_shape (GString *out, UlText t)
{
  gboolean lower = FALSE, upper = FALSE, other = FALSE;

  for (gsize i = 0; i < t.len; i++) {
    char c = t.p[i];

    if (c >= 'a' && c <= 'f')
      lower = TRUE;
    else if (c >= 'A' && c <= 'F')
      upper = TRUE;
    else if (!g_ascii_isdigit (c))
      other = TRUE;
  }
  if (t.len == 0) {
    g_string_append (out, "empty");
    return;
  }
  const char *name = is_masked (t) ? "masked" : other || (lower && upper) ? "text" : lower ? "hex" : upper ? "HEX" : "dec";
  g_string_append_printf (out, "%s%" G_GSIZE_FORMAT, name, t.len);
}

static int
base64_value (char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (g_ascii_isdigit (c))
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

guint8 *
ul_text_base64 (UlText t, gsize *ret_len)
{
  g_autofree guint8 *out = g_malloc (t.len * 3 / 4 + 3);
  guint32 bits = 0;
  guint n_bits = 0;
  gsize n = 0;
  gboolean padded = FALSE;

  for (gsize i = 0; i < t.len; i++) {
    int v = base64_value (t.p[i]);

    if (t.p[i] == '=')
      padded = TRUE;
    else if (v >= 0 && !padded) {
      bits = (bits << 6 | (guint32) v) & 0xffffff;
      n_bits += 6;
      if (n_bits >= 8) {
        n_bits -= 8;
        out[n++] = (guint8) (bits >> n_bits);
      }
    } else if (!strchr (" \t\r\n\"'\\", t.p[i]) || t.p[i] == '\0')
      return NULL;
  }
  *ret_len = n;
  return n ? g_steal_pointer (&out) : NULL;
}

guint8 *
ul_text_hex (UlText t, gsize *ret_len)
{
  g_autofree guint8 *out = g_malloc (t.len / 2 + 1);
  int high = -1;
  gsize n = 0;

  for (gsize i = 0; i < t.len; i++) {
    int v = g_ascii_xdigit_value (t.p[i]);

    if (v < 0 && (!g_ascii_isspace (t.p[i]) || high >= 0))
      return NULL;
    if (v < 0)
      continue;
    if (high < 0) {
      high = v;
    } else {
      out[n++] = (guint8) (high << 4 | v);
      high = -1;
    }
  }
  *ret_len = n;
  return n && high < 0 ? g_steal_pointer (&out) : NULL;
}
