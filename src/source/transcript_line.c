/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/transcript.h"

#define MAX_PREFIX 240 /* bytes of a log prefix */

/* --- small things --------------------------------------------------------------- */

gboolean
ul_transcript_strip_colours (UlText line, GString *out)
{
  if (ul_text_find_char (line, '\x1b') < 0)
    return FALSE;
  g_string_truncate (out, 0);
  for (gsize i = 0; i < line.len; i++) {
    if (line.p[i] != '\x1b') {
      g_string_append_c (out, line.p[i]);
      continue;
    }
    if (i + 1 >= line.len || line.p[i + 1] != '[')
      continue;
    for (i += 2; i < line.len && (line.p[i] < '@' || line.p[i] > '~');)
      i++;
  }
  return TRUE;
}

static gsize
append_code (GString *out, UlText digits, guint n)
{
  guint32 v = 0;

  for (guint i = 0; i < n; i++) {
    int d = i < digits.len ? g_ascii_xdigit_value (digits.p[i]) : -1;

    if (d < 0)
      return 0;
    v = v << 4 | (guint32) d;
  }
  if (v == 0 || (v >= 0xd800 && v < 0xe000))
    g_string_append_c (out, '?');
  else if (n == 2)
    g_string_append_c (out, (char) v);
  else
    g_string_append_unichar (out, v);
  return n;
}

void
ul_transcript_unescape (UlText text, GString *out)
{
  for (gsize i = 0; i < text.len; i++) {
    if (text.p[i] != '\\' || i + 1 >= text.len) {
      g_string_append_c (out, text.p[i]);
      continue;
    }
    switch (text.p[++i]) {
    case 'r':
      g_string_append_c (out, '\r');
      break;
    case 'n':
      g_string_append_c (out, '\n');
      break;
    case 't':
      g_string_append_c (out, '\t');
      break;
    case 'u':
      i += append_code (out, ul_text_from (text, i + 1), 4);
      break;
    case 'x':
      i += append_code (out, ul_text_from (text, i + 1), 2);
      break;
    default:
      g_string_append_c (out, text.p[i]);
    }
  }
}

char *
ul_transcript_host (UlText url)
{
  gssize scheme = ul_text_find (ul_text_head (url, 12), "://");
  gsize end = 0, at = 0;

  if (scheme < 0)
    return NULL;
  UlText rest = ul_text_from (url, (gsize) scheme + 3);
  while (end < rest.len && end < 512 && !strchr ("/?# \t\"'<>", rest.p[end]) && rest.p[end] != '\0') {
    if (rest.p[end] == '@')
      at = end + 1;
    end++;
  }
  /* A password may hold a slash: the last @ before a blank decides. */
  for (gsize i = end; i < rest.len && i < 256 && !g_ascii_isspace (rest.p[i]) && at == 0 && end < rest.len && rest.p[end] == '/'; i++)
    if (rest.p[i] == '@' && i + 1 < rest.len && g_ascii_isdigit (rest.p[i + 1])) {
      at = end = i + 1;
      while (end < rest.len && (g_ascii_isalnum (rest.p[end]) || strchr (".:-[]", rest.p[end])) && rest.p[end] != '\0')
        end++;
      break;
    }
  return end > at ? g_ascii_strdown (rest.p + at, (gssize) (end - at)) : NULL;
}

/* --- separators ----------------------------------------------------------------- */

static gboolean
has_word (UlText line, const char *const *words, gsize n)
{
  g_autofree char *low = g_ascii_strdown (line.p, (gssize) line.len);

  for (gsize i = 0; i < n; i++) {
    const char *hit = strstr (low, words[i]);

    if (hit && (hit == low || !g_ascii_isalpha (hit[-1])))
      return TRUE;
  }
  return FALSE;
}

gboolean
ul_transcript_is_separator (UlText line)
{
  static const char *const cameras[] = { "cam", "ipc", "nvr", "dvr", "device" };
  static const char *const parts[] = { "response", "request", "describe", "options", "setup", "play", "teardown", "sdp", "reply", "answer",
                                       "rtsp", "begin", "end", "header", "body", "stream", "message", "client", "server" };
  UlText t = ul_text_trim (line);
  gboolean ruled, letters = FALSE;

  if (t.len < 4 || t.len > 100)
    return FALSE;
  ruled = ul_text_starts (t, "===") || ul_text_starts (t, "---") || ul_text_starts (t, "***") || ul_text_starts (t, "###");
  for (gsize i = 0; i < t.len; i++)
    letters = letters || g_ascii_isalnum (t.p[i]);
  if (!letters)
    return FALSE;
  if (ruled)
    return !has_word (t, parts, G_N_ELEMENTS (parts)) || has_word (t, cameras, 4);
  if (t.p[0] != '#' && t.p[t.len - 1] != ':' && t.p[0] != '[')
    return FALSE;
  return has_word (t, cameras, G_N_ELEMENTS (cameras)) && ul_text_find_char (t, '=') < 0 && ul_text_find (t, "://") < 0;
}

/* --- what a cleaned line may be --------------------------------------------------- */

static gboolean
is_content (UlText t)
{
  return ul_message_is_start_line (t, NULL) || ul_sdp_is_line (t) || ul_message_is_known_header_line (t) || ul_sdp_is_bare_fmtp (t);
}

/* --- log prefixes ------------------------------------------------------------------ */

static gsize
word_end (UlText t)
{
  gsize i = 0;

  while (i < t.len && t.p[i] != ' ' && t.p[i] != '\t')
    i++;
  return i;
}

/* A word made of digits and the marks of dates and times; the first word of a
 * line needs a mark. */
static gboolean
is_stamp (UlText w, gboolean first)
{
  gsize digits = 0, marks = 0;

  for (gsize i = 0; i < w.len; i++) {
    if (g_ascii_isdigit (w.p[i]))
      digits++;
    else if (strchr (":.,-/TZ+|", w.p[i]) && w.p[i] != '\0')
      marks++;
    else
      return FALSE;
  }
  return digits > 0 && (!first || marks > 0);
}

static gboolean
is_level (UlText w)
{
  static const char *const levels[] = { "TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "LOG", "TRC", "DBG", "INF", "WRN", "ERR",
                                        "FIXME", "VERBOSE", "NOTICE" };

  while (w.len && strchr (":-|", w.p[w.len - 1]))
    w.len--;
  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
    if (ul_text_equal_ci (w, levels[i]))
      return TRUE;
  return w.len == 0;
}

static gboolean
is_month (UlText w)
{
  static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
  g_autofree char *word = ul_text_dup (ul_text_head (w, 4));

  return w.len == 3 && g_ascii_isupper (w.p[0]) && strstr (months, word) != NULL;
}

/* Length of the next part of a log prefix at the start of t, 0 if it is none. */
static gsize
prefix_part (UlText t, guint n_parts)
{
  gsize end = word_end (ul_text_head (t, MAX_PREFIX));
  UlText w = ul_text_head (t, end);
  gssize close;

  if (t.len == 0)
    return 0;
  if (t.p[0] == '[' && (close = ul_text_find_char (ul_text_head (t, 80), ']')) > 0)
    return (gsize) close + 1 + (((gsize) close + 1 < t.len) && t.p[close + 1] == ':');
  if (t.p[0] == '(' && (close = ul_text_find_char (ul_text_head (t, 80), ')')) > 0)
    return (gsize) close + 1 + (((gsize) close + 1 < t.len) && t.p[close + 1] == ':');
  if (is_stamp (w, n_parts == 0) || is_level (w) || is_month (w) || ul_text_starts (w, "0x"))
    return end;
  /* After a stamp: a program, a module, a source file and line. */
  return n_parts && end < MAX_PREFIX ? end : 0;
}

/* The line behind its prefix, or an empty text with p NULL if no prefix leads to
 * something of ours.  The first part must be a stamp, a bracket or a level: what
 * a device sends never begins so. */
static UlText
strip_prefix (UlText line, gboolean *ret_prefixed)
{
  UlText t = ul_text_chug (line);
  guint n = 0;

  *ret_prefixed = FALSE;
  for (; n < 14 && t.len && (gsize) (t.p - line.p) < MAX_PREFIX; n++) {
    gsize len = prefix_part (t, n);

    if (len == 0)
      break;
    if (n == 0 && is_content (t))
      break;
    *ret_prefixed = *ret_prefixed || len >= 8 || n > 0;
    t = ul_text_from (t, len);
    UlText rest = ul_text_chug (t);
    if (is_content (rest))
      return rest;
    t = rest;
  }
  return ul_text (NULL, 0);
}

/* --- start lines inside a line ----------------------------------------------------- */

static gboolean
may_precede (char c)
{
  return !g_ascii_isalnum (c) && c != '_' && c != '/';
}

/* Offset of "RTSP/1.0 200 …" or "DESCRIBE rtsp://…" inside the line, or -1. */
static gssize
find_start_line (UlText line)
{
  static const char *const urls[] = { " rtsp://", " rtsps://" };
  gssize at;

  for (gsize from = 0; (at = ul_text_find (ul_text_from (line, from), "RTSP/")) >= 0; from += (gsize) at + 5) {
    gsize i = from + (gsize) at;

    if ((i == 0 || may_precede (line.p[i - 1])) && ul_message_is_start_line (ul_text_from (line, i), NULL))
      return (gssize) i;
  }
  for (gsize k = 0; k < G_N_ELEMENTS (urls); k++)
    for (gsize from = 0; (at = ul_text_find (ul_text_from (line, from), urls[k])) >= 0; from += (gsize) at + 8) {
      gsize end = from + (gsize) at, i = end;

      while (i && (g_ascii_isupper (line.p[i - 1]) || line.p[i - 1] == '_') && end - i < 16)
        i--;
      if (i < end && (i == 0 || may_precede (line.p[i - 1])) && ul_message_is_start_line (ul_text_from (line, i), NULL))
        return (gssize) i;
    }
  return -1;
}

/* --- quoted and dressed lines ------------------------------------------------------- */

static UlText
cut_tail (UlText t, const char *characters)
{
  while (t.len && t.p[t.len - 1] != '\0' && strchr (characters, t.p[t.len - 1]))
    t.len--;
  return t;
}

/* "a=control:*\r\n" as a C, Go or Python literal, one a line. */
static gboolean
unquote (UlText line, UlText *ret_text)
{
  UlText t = ul_text_trim (line);
  char quote;

  if (t.len > 2 && strchr ("bu", t.p[0]) && (t.p[1] == '"' || t.p[1] == '\''))
    t = ul_text_from (t, 1);
  if (t.len < 3 || !strchr ("\"'`", t.p[0]))
    return FALSE;
  quote = t.p[0];
  t = cut_tail (ul_text_from (t, 1), " \t,+;)\\");
  if (t.len && t.p[t.len - 1] == quote)
    t.len--;
  while (t.len > 2 && t.p[t.len - 2] == '\\' && (t.p[t.len - 1] == 'n' || t.p[t.len - 1] == 'r'))
    t.len -= 2;
  *ret_text = t;
  return is_content (t);
}

/* "Media Attribute (a): rtpmap:96 H264/90000" of a packet list. */
static gboolean
is_dissected (UlText line, GString *out)
{
  UlText t = ul_text_trim (line);
  gssize at = ul_text_find (ul_text_head (t, 80), "): ");

  if (at < 4 || t.p[at - 2] != '(' || !strchr ("vosiuepcbtrzkam", t.p[at - 1]) || !g_ascii_isupper (t.p[0]))
    return FALSE;
  g_string_printf (out, "%c=", t.p[at - 1]);
  ul_text_append (out, ul_text_from (t, (gsize) at + 3));
  return TRUE;
}

/* The inside of the first '…' from `from` on, which ends with the line. */
static UlText
quoted (UlText t)
{
  gssize open = ul_text_find_char (t, '\'');

  if (open < 0 || t.p[t.len - 1] != '\'' || t.len < (gsize) open + 2)
    return ul_text (NULL, 0);
  return ul_text (t.p + open + 1, t.len - (gsize) open - 2);
}

/* The message dumps of gst_rtsp_message_dump() and gst_sdp_message_dump(): names
 * and values are the device's, lines are not. */
static gboolean
is_gstreamer_dump (UlText line, GString *out)
{
  static const struct {
    const char *start, *written;
  } rows[] = { { "code:", "RTSP/1.0 " }, { "session_name:", "s=" }, { "information:", "i=" }, { "uri:", NULL }, { "method:", "" } };
  UlText t = ul_text_trim (line);
  gssize middle;

  g_string_truncate (out, 0);
  if (ul_text_starts (t, "key: '") && (middle = ul_text_find (t, "', value: '")) >= 6) {
    ul_text_append (out, ul_text (t.p + 6, (gsize) middle - 6));
    g_string_append (out, ": ");
    ul_text_append (out, cut_tail (ul_text_from (t, (gsize) middle + 11), "'"));
    return TRUE;
  }
  if (ul_text_starts (t, "attribute '") && (middle = ul_text_find (t, "' : '")) >= 11) {
    UlText value = cut_tail (ul_text_from (t, (gsize) middle + 5), "'");

    g_string_append (out, "a=");
    ul_text_append (out, ul_text (t.p + 11, (gsize) middle - 11));
    if (value.len && !ul_text_equal (value, "(null)"))
      g_string_append_c (out, ':');
    if (!ul_text_equal (value, "(null)"))
      ul_text_append (out, value);
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    UlText value = ul_text_starts (t, rows[i].start) ? quoted (t) : ul_text (NULL, 0);

    if (!value.p || !rows[i].written)
      continue;
    g_string_append (out, rows[i].written);
    ul_text_append (out, value);
    if (rows[i].written[0] == '\0')
      g_string_append (out, " * RTSP/1.0");
    return TRUE;
  }
  return FALSE;
}

static gboolean
dressed (UlText line, UlText *ret_text)
{
  static const char *const marks[] = { "> ", "< ", "// ", "# ", "* ", "+ ", "- ", "| " };
  gssize at = ul_text_find (line, "line='");

  /* ffmpeg at level trace: line='CSeq: 1' */
  if (at >= 0 && line.len > (gsize) at + 6 && line.p[line.len - 1] == '\'') {
    *ret_text = ul_text (line.p + at + 6, line.len - (gsize) at - 7);
    return TRUE;
  }
  if (ul_text_equal (line, "<") || ul_text_equal (line, ">")) {
    *ret_text = ul_text (line.p, 0);
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    if (ul_text_starts (line, marks[i])) {
      *ret_text = ul_text_from (line, 2);
      return is_content (*ret_text) || (i < 2 && ul_text_is_blank (*ret_text));
    }
  return FALSE;
}

UlCleanLine
ul_transcript_clean (UlText line, gint64 number, gboolean in_headers, GString *scratch)
{
  UlCleanLine clean = { .text = line, .number = number };
  UlText t = ul_text_chug (line), found;
  gboolean prefixed;
  gssize at;

  /* The literal line end of a packet list. */
  if (line.len > 4 && memcmp (line.p + line.len - 4, "\\r\\n", 4) == 0)
    clean.text = line = ul_text_head (line, line.len - 4), t = ul_text_chug (line);
  if (line.len == 0 || is_content (line))
    return clean;
  if (ul_text_is_blank (line))
    return clean;
  if (is_content (t)) {
    /* A folded header begins with a blank; an indented paste too. */
    if (!in_headers || t.len + 4 <= line.len || !ul_message_is_header_line (t))
      clean.text = t;
    return clean;
  }
  if (dressed (line, &found) || unquote (line, &found)) {
    clean.text = found;
    return clean;
  }
  if ((at = find_start_line (line)) > 0) {
    clean.text = cut_tail (ul_text_from (line, (gsize) at), "'\"`");
    return clean;
  }
  found = strip_prefix (line, &prefixed);
  if (found.p) {
    clean.text = found;
    clean.provenance = UL_PROVENANCE_LOG;
  } else {
    clean.noise = prefixed || !ul_message_is_header_line (line);
  }
  if (clean.noise && is_dissected (line, scratch)) {
    clean.text = ul_text (scratch->str, scratch->len);
    clean.noise = FALSE;
  } else if (clean.noise && is_gstreamer_dump (line, scratch)) {
    clean.text = ul_text (scratch->str, scratch->len);
    clean.provenance = UL_PROVENANCE_PARSED_BY_LIBRARY;
    clean.noise = FALSE;
  }
  return clean;
}
