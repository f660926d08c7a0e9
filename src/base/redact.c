/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/redact.h"

#include <string.h>

/* Headers whose whole value is a secret. */
static const char *const secret_headers[] = { "authorization", "proxy-authorization", "cookie", "set-cookie", "x-sessioncookie" };

/* Names whose value is a secret in a query or a form (`user=a&password=b`, the
 * Xiongmai path `user=a_password=b_channel=1`), and in a digest answer. */
static const char *const secret_names[] = { "username", "user", "usr", "password", "passwd", "pass", "pwd", "passphrase",
                                            "response", "cnonce", "token", "apikey", "api_key", "secret", "auth" };

static gboolean
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '-';
}

/* Length of the secret header's name at p (start of a line), or 0. */
static gsize
secret_header_at (const char *p, gsize left)
{
  for (gsize i = 0; i < G_N_ELEMENTS (secret_headers); i++) {
    gsize n = strlen (secret_headers[i]);
    gsize end = n;

    if (n >= left || g_ascii_strncasecmp (p, secret_headers[i], n) != 0)
      continue;
    while (end < left && (p[end] == ' ' || p[end] == '\t'))
      end++;
    if (end < left && p[end] == ':')
      return end + 1;
  }
  return 0;
}

/* Length of `name=` at p when name is secret, or 0. */
static gsize
secret_name_at (const char *p, gsize left)
{
  for (gsize i = 0; i < G_N_ELEMENTS (secret_names); i++) {
    gsize n = strlen (secret_names[i]);

    if (n < left && g_ascii_strncasecmp (p, secret_names[i], n) == 0 && p[n] == '=')
      return n + 1;
  }
  return 0;
}

static gboolean
ends_secret_value (const char *p, gsize left)
{
  static const char *const next[] = { "_password=", "_passwd=", "_pwd=", "_channel=", "_stream=", "_type=" };

  if (g_ascii_isspace (*p) || strchr ("&;,\"'<>?/", *p))
    return TRUE;
  for (gsize i = 0; *p == '_' && i < G_N_ELEMENTS (next); i++)
    if (left >= strlen (next[i]) && g_ascii_strncasecmp (p, next[i], strlen (next[i])) == 0)
      return TRUE;
  return FALSE;
}

/* End of the user information of an authority that begins at p: the last '@'
 * before the authority ends, or 0. A password may itself hold '@', '?' and '#'. */
static gsize
userinfo_at (const char *p, gsize left)
{
  gsize at = 0;

  for (gsize i = 0; i < left; i++) {
    if (g_ascii_isspace (p[i]) || strchr ("\"'<>", p[i]))
      break;
    if (p[i] == '@')
      at = i + 1;
    else if (p[i] == '/' && at)
      break;
  }
  return at;
}

static void
append_visible (GString *out, const char *p, gsize left, gsize *ret_used)
{
  guchar c = (guchar) *p;
  gunichar u = c < 0x80 ? c : g_utf8_get_char_validated (p, (gssize) left);

  *ret_used = 1;
  if (c >= 0x80 && u != (gunichar) -1 && u != (gunichar) -2 && g_unichar_isprint (u)) {
    *ret_used = (gsize) g_utf8_skip[c];
    g_string_append_len (out, p, (gssize) *ret_used);
  } else if (c < 0x80 && (c == '\t' || g_ascii_isprint ((char) c))) {
    g_string_append_c (out, (char) c);
  } else {
    g_string_append_printf (out, "\\x%02x", c);
  }
}

/* Most texts are short values that hold nothing of what is looked for: neither ':' nor '=' nor '@', all of it visible. */
static gboolean
is_harmless (const char *text, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isprint (text[i]) || text[i] == ':' || text[i] == '=' || text[i] == '@')
      return FALSE;
  return TRUE;
}

char *
ul_redact (const char *text, gssize len)
{
  gsize n = len < 0 ? strlen (text) : (gsize) len;

  if (is_harmless (text, n))
    return g_strndup (text, n);
  GString *out = g_string_sized_new (n + 16);
  gboolean line_start = TRUE;

  for (gsize i = 0; i < n;) {
    const char *p = text + i;
    gsize left = n - i, skip;

    if (line_start && (skip = secret_header_at (p, left))) {
      g_string_append_len (out, p, (gssize) skip);
      g_string_append (out, " ***");
      for (i += skip; i < n && text[i] != '\n' && text[i] != '\r';)
        i++;
      continue;
    }
    line_start = *p == '\n' || *p == '\r';
    if (left > 2 && p[0] == '/' && p[1] == '/' && (skip = userinfo_at (p + 2, left - 2))) {
      g_string_append (out, "//***@");
      i += 2 + skip;
      continue;
    }
    if ((i == 0 || !is_name_char (text[i - 1])) && (skip = secret_name_at (p, left))) {
      g_string_append_len (out, p, (gssize) skip);
      i += skip;
      gboolean quoted = i < n && text[i] == '"';
      i += quoted;
      if (i < n && !ends_secret_value (text + i, n - i))
        g_string_append (out, "***");
      while (i < n && (quoted ? text[i] != '"' && text[i] != '\n' : !ends_secret_value (text + i, n - i)))
        i++;
      i += quoted && i < n && text[i] == '"';
      continue;
    }
    append_visible (out, p, left, &skip);
    i += skip;
  }
  return g_string_free (out, FALSE);
}

/* Is that line, without its end, a secret header, which the lines after it may go on with? */
static gboolean
is_secret_line (const char *line, gsize len)
{
  return secret_header_at (line, len) > 0;
}

char *
ul_redact_lines (const char *text, gsize len)
{
  g_autoptr (GString) out = g_string_sized_new (len + 16);
  gboolean secret = FALSE;

  for (gsize at = 0; at < len;) {
    const char *line = text + at, *lf = memchr (line, '\n', len - at);
    gsize whole = lf ? (gsize) (lf - line) + 1 : len - at, n = whole;

    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
      n--;
    secret = is_secret_line (line, n) || (secret && n && (*line == ' ' || *line == '\t'));
    if (secret && !is_secret_line (line, n)) {
      g_string_append (out, " ***");
    } else {
      g_autofree char *clean = ul_redact (line, (gssize) n);
      g_string_append (out, clean);
    }
    g_string_append_len (out, line + n, (gssize) (whole - n));
    at += whole;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
