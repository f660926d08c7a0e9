/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/message.h"

#define MAX_ODDITIES 64
#define MAX_COMPARED 48 /* headers looked at for being there twice */

static const char *const methods[] = { "OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER",
                                       "ANNOUNCE", "RECORD", "REDIRECT", "GET", "POST", "PLAY_NOTIFY" };

static const char *const known_headers[] = {
  "CSeq", "Session", "Transport", "Public", "Server", "User-Agent", "Date", "Content-Type", "Content-Length", "Content-Base",
  "Content-Location", "Content-Encoding", "Content-Language", "WWW-Authenticate", "Authorization", "Proxy-Authenticate", "RTP-Info", "Range",
  "Cache-Control", "Expires", "Pragma", "Last-Modified", "Connection", "Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges",
  "Allow", "Require", "Proxy-Require", "Unsupported", "Supported", "Scale", "Speed", "Bandwidth", "Blocksize", "Via", "Location",
  "Media-Properties", "Media-Range", "Rate-Control", "Timestamp", "ETag", "Vary", "Set-Cookie", "Cookie", "Session-Id",
  "KeepLive-Time", "Private-Type", "Private-Length", "Sec-WebSocket-Accept", "Upgrade", "Transfer-Encoding", "Retry-After" };

static gboolean
is_token_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("-_.!#$%&'*+^`|~", c));
}

/* Status-Line, 7.1: RTSP-Version SP Status-Code SP Reason-Phrase. */
static gboolean
is_status_line (UlText line)
{
  gssize sp = ul_text_find_char (line, ' ');

  if (sp < 0 || (!ul_text_starts_ci (line, "RTSP/") && !ul_text_starts_ci (line, "HTTP/")))
    return FALSE;
  UlText code = ul_text_chug (ul_text_from (line, (gsize) sp));
  return code.len >= 3 && g_ascii_isdigit (code.p[0]) && g_ascii_isdigit (code.p[1]) && g_ascii_isdigit (code.p[2])
         && (code.len == 3 || !g_ascii_isdigit (code.p[3]));
}

static gboolean
is_method (UlText word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (ul_text_equal (word, methods[i]))
      return TRUE;
  return FALSE;
}

/* Request-Line, 6.1: Method SP Request-URI SP RTSP-Version; a URL may hold blanks. */
static gboolean
is_request_line (UlText line)
{
  gssize sp = ul_text_find_char (ul_text_head (line, 16), ' ');

  if (sp < 0 || !is_method (ul_text_head (line, (gsize) sp)))
    return FALSE;
  UlText rest = ul_text_trim (ul_text_from (line, (gsize) sp));
  if (ul_text_starts_ci (rest, "rtsp://") || ul_text_starts_ci (rest, "rtsps://"))
    return TRUE;
  return rest.len > 9 && (ul_text_starts (ul_text_from (rest, rest.len - 9), " RTSP/1.") || ul_text_starts (ul_text_from (rest, rest.len - 9), " HTTP/1."));
}

gboolean
ul_message_is_start_line (UlText line, gboolean *ret_request)
{
  gboolean request = is_request_line (line);

  if (ret_request)
    *ret_request = request;
  return request || is_status_line (line);
}

/* Length of the name at the start of a header line, 0 if it is none. */
static gsize
header_name_length (UlText line)
{
  gsize n = 0, end;

  while (n < line.len && n < 64 && is_token_char (line.p[n]))
    n++;
  end = n;
  while (end < line.len && (line.p[end] == ' ' || line.p[end] == '\t') && end < n + 8)
    end++;
  return n && g_ascii_isalpha (line.p[0]) && end < line.len && line.p[end] == ':' ? n : 0;
}

gboolean
ul_message_is_header_line (UlText line)
{
  return header_name_length (line) > 0;
}

gboolean
ul_message_is_known_header_line (UlText line)
{
  UlText name = ul_text_head (line, header_name_length (line));

  if (name.len > 2 && ul_text_starts_ci (name, "x-"))
    return TRUE;
  for (gsize i = 0; name.len && i < G_N_ELEMENTS (known_headers); i++)
    if (ul_text_equal_ci (name, known_headers[i]))
      return TRUE;
  return FALSE;
}

static void
clear_oddity (gpointer data)
{
  g_free (((UlOddity *) data)->text);
}

static void G_GNUC_PRINTF (3, 4)
add_oddity (UlMessage *self, gint64 number, const char *format, ...)
{
  UlOddity oddity = { .number = number };
  va_list args;

  if (self->oddities->len >= MAX_ODDITIES)
    return;
  va_start (args, format);
  oddity.text = g_strdup_vprintf (format, args);
  va_end (args);
  g_array_append_val (self->oddities, oddity);
}

/* Names go into oddities, so they are bounded. */
#define NAME_ARGS(t) (int) MIN ((t).len, 48), (t).p

static void
check_value (UlMessage *self, const UlHeader *h)
{
  gsize blanks = ul_text_leading_blanks (h->raw);
  UlText value = ul_text_from (h->raw, blanks);

  if (h->raw.len && h->raw.p[0] == ':')
    add_oddity (self, h->number, "doubled colon: %.*s", NAME_ARGS (h->name));
  else if (value.len && blanks == 0)
    add_oddity (self, h->number, "no blank after the colon: %.*s", NAME_ARGS (h->name));
  else if (value.len && blanks > 1)
    add_oddity (self, h->number, "%" G_GSIZE_FORMAT " blanks after the colon: %.*s", blanks, NAME_ARGS (h->name));
  if (value.len && (value.p[value.len - 1] == ' ' || value.p[value.len - 1] == '\t'))
    add_oddity (self, h->number, "trailing blank: %.*s", NAME_ARGS (h->name));
  if (value.len == 0)
    add_oddity (self, h->number, "no value: %.*s", NAME_ARGS (h->name));
}

static void
add_header (UlMessage *self, UlText line, gint64 number)
{
  gsize n = header_name_length (line);
  gssize colon = ul_text_find_char (line, ':');
  UlHeader h = { .line = line, .name = ul_text_head (line, n), .number = number };

  h.raw = ul_text_from (line, (gsize) colon + 1);
  h.value = ul_text_trim (h.raw.len && h.raw.p[0] == ':' ? ul_text_from (h.raw, 1) : h.raw);
  if (self->headers->len >= UL_MESSAGE_MAX_HEADERS) {
    self->n_dropped++;
    return;
  }
  if ((gsize) colon > n)
    add_oddity (self, number, "blank before the colon: %.*s", NAME_ARGS (h.name));
  if (ul_text_equal_ci (h.name, "CSeq") && !ul_text_equal (h.name, "CSeq"))
    add_oddity (self, number, "spelling: %.*s", NAME_ARGS (h.name));
  check_value (self, &h);
  g_array_append_val (self->headers, h);
}

static void
parse_status_line (UlMessage *self, UlText line)
{
  gssize sp = ul_text_find_char (line, ' ');
  UlText rest = ul_text_from (line, (gsize) sp);

  self->kind = UL_MESSAGE_RESPONSE;
  self->version = ul_text_head (line, (gsize) sp);
  if (ul_text_leading_blanks (rest) > 1)
    add_oddity (self, self->number, "blanks in the status line");
  rest = ul_text_chug (rest);
  self->status = ul_text_head (rest, 3);
  self->reason = ul_text_trim (ul_text_from (rest, 3));
  if (self->reason.len == 0)
    add_oddity (self, self->number, "no reason phrase");
}

static void
parse_request_line (UlMessage *self, UlText line)
{
  gssize sp = ul_text_find_char (line, ' ');
  UlText rest = ul_text_trim (ul_text_from (line, (gsize) sp));

  self->kind = UL_MESSAGE_REQUEST;
  self->method = ul_text_head (line, (gsize) sp);
  for (gsize i = rest.len; i-- > 0;)
    if (rest.p[i] == ' ') {
      UlText last = ul_text_from (rest, i + 1);

      if (ul_text_starts_ci (last, "RTSP/") || ul_text_starts_ci (last, "HTTP/")) {
        self->version = last;
        rest = ul_text_head (rest, i);
      }
      break;
    }
  self->url = rest;
}

static gboolean
is_sdp_line (UlText line)
{
  return line.len >= 2 && line.p[1] == '=' && line.p[0] >= 'a' && line.p[0] <= 'z';
}

/* TRUE where the header part goes on after a line without any header in it. */
static gboolean
header_follows (UlText rest)
{
  UlText line;

  return ul_text_next_line (&rest, &line) && header_name_length (line) && !is_sdp_line (line);
}

static void
check_odd_line (UlMessage *self, UlText line, gint64 number)
{
  if (ul_text_leading_blanks (line) && self->headers->len)
    add_oddity (self, number, "header continuation: %.*s",
                NAME_ARGS (g_array_index (self->headers, UlHeader, self->headers->len - 1).name));
  else
    add_oddity (self, number, "header line without a colon");
}

static gint64
next_number (gint64 number)
{
  return number < 0 ? -1 : number + 1;
}

/* Headers until the empty line; a line of blanks alone is none where another
 * header follows it (4.1 wants CRLF alone), and an SDP may begin without it. */
static void
parse_headers (UlMessage *self, UlText rest, gint64 number)
{
  UlText line, before = rest;

  for (; ul_text_next_line (&rest, &line); number = next_number (number), before = rest) {
    if (ul_text_is_blank (line)) {
      if (line.len && header_follows (rest)) {
        add_oddity (self, number, "line of %" G_GSIZE_FORMAT " blank%s between headers", line.len, line.len == 1 ? "" : "s");
        continue;
      }
      self->body = rest;
      self->body_number = next_number (number);
      return;
    }
    if (is_sdp_line (line)) {
      self->body = before;
      self->body_number = number;
      return;
    }
    if (header_name_length (line))
      add_header (self, line, number);
    else
      check_odd_line (self, line, number);
  }
}

/* Only where line ends came as CRLF can the length be held against the sender:
 * a paste has lost them.  An empty body with a length is a cut paste. */
static void
check_content_length (UlMessage *self)
{
  const UlHeader *h = ul_message_header (self, "Content-Length");
  guint64 said;

  if (!h || !self->crlf || self->body.len == 0 || !ul_text_to_uint (h->value, &said) || said == self->body.len)
    return;
  if (said < self->body.len)
    add_oddity (self, h->number, "Content-Length %" G_GUINT64_FORMAT " less than the body", self->body.len - said);
  else
    add_oddity (self, h->number, "Content-Length %" G_GUINT64_FORMAT " more than the body", said - self->body.len);
}

static void
check_headers (UlMessage *self)
{
  for (guint i = 0; i < self->headers->len; i++) {
    const UlHeader *h = &g_array_index (self->headers, UlHeader, i);
    g_autofree char *name = ul_text_dup (h->name);

    if (i < MAX_COMPARED && ul_message_header (self, name) != h && !ul_text_equal_ci (h->name, "WWW-Authenticate"))
      add_oddity (self, h->number, "header twice: %.*s", NAME_ARGS (h->name));
    if (ul_text_equal_ci (h->name, "Content-Base") && h->value.len && ul_text_find (h->value, "://") < 0)
      add_oddity (self, h->number, "Content-Base without a scheme");
  }
  check_content_length (self);
}

UlMessage *
ul_message_parse (const char *text, gsize len, gint64 line)
{
  UlMessage *self = g_new0 (UlMessage, 1);
  UlText rest = ul_text (text, len), first;

  self->headers = g_array_new (FALSE, FALSE, sizeof (UlHeader));
  self->oddities = g_array_new (FALSE, FALSE, sizeof (UlOddity));
  g_array_set_clear_func (self->oddities, clear_oddity);
  self->kind = UL_MESSAGE_HEADERS;
  self->number = self->body_number = line;

  UlText after = rest;
  if (ul_text_next_line (&after, &first)) {
    self->crlf = first.len + 2 <= rest.len && rest.p[first.len] == '\r' && rest.p[first.len + 1] == '\n';
    if (is_status_line (first))
      parse_status_line (self, first);
    else if (is_request_line (first))
      parse_request_line (self, first);
    else
      after = rest;
    if (self->kind != UL_MESSAGE_HEADERS)
      line = next_number (line);
  }
  self->http = ul_text_starts_ci (self->version, "HTTP/");
  parse_headers (self, after, line);
  check_headers (self);
  return self;
}

void
ul_message_free (UlMessage *self)
{
  if (!self)
    return;
  g_array_unref (self->headers);
  g_array_unref (self->oddities);
  g_free (self);
}

const UlHeader *
ul_message_header (const UlMessage *self, const char *name)
{
  for (guint i = 0; i < self->headers->len; i++) {
    const UlHeader *h = &g_array_index (self->headers, UlHeader, i);

    if (ul_text_equal_ci (h->name, name))
      return h;
  }
  return NULL;
}

/* textproto.CanonicalMIMEHeaderKey: a capital after each hyphen, the rest small. */
static gboolean
is_canonical_name (UlText name)
{
  for (gsize i = 0; i < name.len; i++) {
    gboolean first = i == 0 || name.p[i - 1] == '-';

    if (first ? g_ascii_islower (name.p[i]) : g_ascii_isupper (name.p[i]))
      return FALSE;
  }
  return TRUE;
}

static int
compare_names (UlText a, UlText b)
{
  int c = g_ascii_strncasecmp (a.p, b.p, MIN (a.len, b.len));

  return c ? c : (a.len > b.len) - (a.len < b.len);
}

gboolean
ul_message_is_reprinted (const UlMessage *self)
{
  gboolean sorted = TRUE, canonical = TRUE, respelt = FALSE, cseq_respelt = FALSE;

  for (guint i = 0; i < self->headers->len; i++) {
    const UlHeader *h = &g_array_index (self->headers, UlHeader, i);

    if (i && compare_names (g_array_index (self->headers, UlHeader, i - 1).name, h->name) > 0)
      sorted = FALSE;
    canonical = canonical && is_canonical_name (h->name);
    cseq_respelt = cseq_respelt || ul_text_equal (h->name, "Cseq");
    respelt = respelt || ul_text_equal (h->name, "Www-Authenticate") || ul_text_equal (h->name, "Rtp-Info");
  }
  if (self->headers->len >= 4 && sorted)
    return TRUE;
  return canonical && (respelt || (cseq_respelt && self->headers->len >= 3 && sorted));
}
