/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/sdp.h"

#define MAX_JOINED (64 * 1024) /* bytes of a line put together */

static const char *const bare_parameters[] = { "packetization-mode=", "profile-level-id=", "sprop-parameter-sets=", "sprop-vps=",
                                               "sprop-sps=", "sprop-pps=", "sprop-sei=", "profile-space=", "profile-id=" };

/* Attributes before which a lost line break is put back. */
static const char *const attributes[] = {
  "control", "range", "rtpmap", "fmtp", "framerate", "framesize", "recvonly", "sendonly", "sendrecv", "inactive", "tool", "type:",
  "charset", "ptime", "length", "etag", "cliprect", "source-filter", "x-", "Media_header", "appversion", "packetization-supported",
  "rtppayload-supported", "transform", "rtcp", "ssrc", "mid:", "setup", "fingerprint", "ice-", "group", "msid", "extmap", "maxptime",
  "orient", "Width", "Height", "key-mgmt", "crypto", "mpeg4-", "isma", "SdpplinVersion", "StreamCount", "alt", "AvgBitRate", "MaxBitRate" };

gboolean
ul_sdp_is_line (UlText line)
{
  return line.len >= 2 && line.p[1] == '=' && line.p[0] != '\0' && strchr ("vosiuepcbtrzkamyf", line.p[0]);
}

gboolean
ul_sdp_is_bare_fmtp (UlText line)
{
  if (ul_text_starts_ci (line, "fmtp=") || ul_text_starts_ci (line, "fmtp:"))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (bare_parameters); i++)
    if (ul_text_starts_ci (line, bare_parameters[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_base64_text (UlText line)
{
  for (gsize i = 0; i < line.len; i++)
    if (!g_ascii_isalnum (line.p[i]) && !strchr ("+/=,;", line.p[i]))
      return FALSE;
  return line.len >= 2;
}

gboolean
ul_sdp_is_continuation (UlText before, UlText line)
{
  before = ul_text_trim (before);
  line = ul_text_trim (line);
  if (before.len == 0 || line.len == 0 || ul_sdp_is_line (line))
    return FALSE;
  if (strchr ("&?;,=", line.p[0]))
    return line.p[0] != '=' || line.len < 2 || line.p[1] != '=';
  if (strchr (";,&?", before.p[before.len - 1]) && (ul_text_find_char (line, '=') > 0 || is_base64_text (line)))
    return TRUE;
  UlText tail = before.len > 4096 ? ul_text_from (before, before.len - 4096) : before;
  return is_base64_text (line) && (ul_text_find (tail, "sprop-") >= 0 || ul_text_find (tail, "config=") >= 0);
}

static gboolean
starts_any (UlText t, const char *const *words, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (ul_text_starts (t, words[i]))
      return TRUE;
  return FALSE;
}

/* t= of RFC 4566, 5.9: two numbers. */
static gboolean
is_timing (UlText t)
{
  gsize i = 0;

  while (i < t.len && i < 12 && g_ascii_isdigit (t.p[i]))
    i++;
  return i && i + 1 < t.len && t.p[i] == ' ' && g_ascii_isdigit (t.p[i + 1]);
}

/* Does a line begin here beyond doubt?  `t` begins with "x="; `type` is that of
 * the line being cut, `before` the character in front. */
static gboolean
begins_line (UlText t, char type, char before)
{
  static const char *const media[] = { "video ", "audio ", "application ", "application/", "text ", "metadata ", "message ", "data " };
  static const char *const bandwidths[] = { "AS:", "RR:", "RS:", "TIAS:", "CT:" };
  UlText value = ul_text_from (t, 2);

  if (strchr ("&?/", before))
    return FALSE;
  switch (t.p[0]) {
  case 'o':
    return type == 'v';
  case 's':
    return type == 'o' && !g_ascii_isalpha (before);
  case 'i':
    return type == 's' && before == ' ';
  case 'u':
    return strchr ("sioe", type) && ul_text_starts_ci (value, "http");
  case 'e':
    return strchr ("siou", type) && (ul_text_starts (value, "NONE") || ul_text_find_char (ul_text_head (value, 64), '@') > 0);
  case 'c':
    return type != 'c' && ul_text_starts (value, "IN ");
  case 'b':
    return starts_any (value, bandwidths, G_N_ELEMENTS (bandwidths));
  case 't':
    return type != 'm' && is_timing (value);
  case 'm':
    return starts_any (value, media, G_N_ELEMENTS (media));
  case 'a':
    return starts_any (value, attributes, G_N_ELEMENTS (attributes));
  default:
    return FALSE;
  }
}

static UlSdpLine *
last_line (UlSdp *self)
{
  return self->lines->len ? &g_array_index (self->lines, UlSdpLine, self->lines->len - 1) : NULL;
}

static void
skip_line (UlSdp *self, gint64 number)
{
  if (self->n_skipped++ == 0)
    self->skipped_number = number;
}

/* The joined text grows in a GString of its own; the last owned one is that of
 * the last line where that line was joined before. */
static void
join_line (UlSdp *self, UlText rest, gint64 number)
{
  UlSdpLine *last = last_line (self);
  GString *joined = self->owned->len ? g_ptr_array_index (self->owned, self->owned->len - 1) : NULL;

  if (!joined || joined->str != last->value.p) {
    joined = g_string_new_len (last->value.p, (gssize) MIN (last->value.len, MAX_JOINED));
    g_ptr_array_add (self->owned, joined);
  }
  if (joined->len + rest.len > MAX_JOINED) {
    skip_line (self, number);
  } else {
    ul_text_append (joined, rest);
    if (self->n_joined++ == 0)
      self->joined_number = number;
  }
  last->value = ul_text (joined->str, joined->len);
}

static void
push_line (UlSdp *self, char type, UlText value, gint64 number)
{
  UlSdpLine line = { .type = type, .value = value, .number = number };

  if (self->lines->len >= UL_SDP_MAX_LINES) {
    skip_line (self, number);
    return;
  }
  if (type == 'm')
    self->n_media++;
  line.section = self->n_media;
  g_array_append_val (self->lines, line);
}

static void
add_line (UlSdp *self, UlText text, gint64 number)
{
  UlText line = ul_text_chug (text);
  const UlSdpLine *last = last_line (self);

  if (line.len == 0)
    return;
  if (ul_sdp_is_line (line))
    push_line (self, line.p[0], ul_text_from (line, 2), number);
  else if (last && strchr ("aF", last->type) && ul_sdp_is_continuation (last->value, line))
    join_line (self, line, number);
  else if (ul_sdp_is_bare_fmtp (line))
    push_line (self, 'F', ul_text_starts_ci (line, "fmtp") ? ul_text_from (line, 5) : line, number);
  else
    skip_line (self, number);
}

static void
mark_restored (UlSdp *self, gint64 number)
{
  if (!self->restored)
    self->restored_number = number;
  self->restored = TRUE;
}

/* Cuts where another line begins inside this one. */
static void
add_glued (UlSdp *self, UlText line, gint64 number)
{
  gsize from = 0;

  line = ul_text_chug (line);
  for (gsize i = 2; ul_sdp_is_line (line) && i + 2 < line.len; i++) {
    if (line.p[i + 1] != '=' || !begins_line (ul_text_from (line, i), line.p[from], line.p[i - 1]))
      continue;
    add_line (self, ul_text_trim (ul_text (line.p + from, i - from)), number);
    mark_restored (self, number);
    from = i;
    i++;
  }
  add_line (self, from ? ul_text_trim (ul_text_from (line, from)) : line, number);
}

/* Length of a line break written as an escape at the start of t: \r\n, \n, \r;
 * only where the line ends there or another begins. */
static gsize
escaped_break (UlText t)
{
  gsize n = 0;

  while (n + 1 < t.len && n < 8 && t.p[n] == '\\' && (t.p[n + 1] == 'r' || t.p[n + 1] == 'n'))
    n += 2;
  UlText after = ul_text_trim (ul_text_from (t, n));
  return n && (after.len == 0 || ul_sdp_is_line (after) || after.p[0] == '"' || after.p[0] == '\'') ? n : 0;
}

static void
add_physical (UlSdp *self, UlText line, gint64 number)
{
  gsize from = 0, n;

  for (gsize i = 0; i < line.len; i++) {
    const char *hit = memchr (line.p + i, '\\', line.len - i);

    if (!hit)
      break;
    i = (gsize) (hit - line.p);
    if ((n = escaped_break (ul_text_head (ul_text_from (line, i), 64))) == 0)
      continue;
    add_glued (self, ul_text (line.p + from, i - from), number);
    mark_restored (self, number);
    from = i + n;
    i = from - 1;
  }
  add_glued (self, ul_text_from (line, from), number);
}

static void
free_string (gpointer data)
{
  g_string_free (data, TRUE);
}

UlSdp *
ul_sdp_parse (const char *text, gsize len, gint64 line)
{
  UlSdp *self = g_new0 (UlSdp, 1);
  UlText rest = ul_text (text, len), one;

  self->owned = g_ptr_array_new_with_free_func (free_string);
  self->lines = g_array_new (FALSE, FALSE, sizeof (UlSdpLine));
  for (; ul_text_next_line (&rest, &one); line = line < 0 ? -1 : line + 1)
    add_physical (self, one, line);
  return self;
}

void
ul_sdp_free (UlSdp *self)
{
  if (!self)
    return;
  g_array_unref (self->lines);
  g_ptr_array_unref (self->owned);
  g_free (self);
}

UlText
ul_sdp_attribute_name (const UlSdpLine *line)
{
  gssize colon = ul_text_find_char (line->value, ':');

  return ul_text_trim (colon < 0 ? line->value : ul_text_head (line->value, (gsize) colon));
}

gboolean
ul_sdp_attribute (const UlSdpLine *line, const char *name, UlText *ret_value)
{
  UlText found;

  if (line->type != 'a')
    return FALSE;
  found = ul_sdp_attribute_name (line);
  if (!ul_text_equal_ci (found, name))
    return FALSE;
  gssize colon = ul_text_find_char (line->value, ':');
  *ret_value = colon < 0 ? ul_text ("", 0) : ul_text_from (line->value, (gsize) colon + 1);
  return TRUE;
}

/* RFC 3551, 6: static payload types that cameras use. */
static UlText
static_encoding (UlText payload_type)
{
  static const struct {
    const char *type, *name;
  } rows[] = { { "0", "PCMU" }, { "3", "GSM" },   { "4", "G723" }, { "8", "PCMA" },  { "9", "G722" },  { "10", "L16" }, { "11", "L16" },
               { "14", "MPA" }, { "18", "G729" }, { "26", "JPEG" }, { "31", "H261" }, { "32", "MPV" }, { "33", "MP2T" }, { "34", "H263" } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (ul_text_equal (payload_type, rows[i].type))
      return ul_text (rows[i].name, strlen (rows[i].name));
  return ul_text ("", 0);
}

/* Encoding of "96 H264/90000" if it is of this payload type. */
static gboolean
match_rtpmap (UlText rtpmap, UlText payload_type, UlText *ret_name)
{
  UlText rest = ul_text_trim (rtpmap), type, name;

  if (!ul_text_next_field (&rest, ' ', &type) || type.len != payload_type.len || memcmp (type.p, payload_type.p, type.len) != 0)
    return FALSE;
  rest = ul_text_trim (rest);
  *ret_name = ul_text_next_field (&rest, '/', &name) ? ul_text_trim (name) : ul_text ("", 0);
  return TRUE;
}

UlText
ul_sdp_encoding (const UlSdp *self, guint section, UlText payload_type)
{
  UlText elsewhere = ul_text (NULL, 0), rtpmap, name;

  for (guint i = 0; payload_type.len && i < self->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (self->lines, UlSdpLine, i);

    if (!ul_sdp_attribute (line, "rtpmap", &rtpmap) || !match_rtpmap (rtpmap, payload_type, &name))
      continue;
    if (line->section == section)
      return name;
    if (!elsewhere.p)
      elsewhere = name;
  }
  return elsewhere.p ? elsewhere : static_encoding (payload_type);
}
