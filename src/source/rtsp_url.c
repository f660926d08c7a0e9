/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/rtsp_url.h"

#include <string.h>

#include "base/redact.h"
#include "source/source.h"

#define PORT_RTSP 554
#define PORT_RTSPS 322

gboolean
ul_rtsp_url_is (const char *text)
{
  return g_ascii_strncasecmp (text, "rtsp://", 7) == 0 || g_ascii_strncasecmp (text, "rtsps://", 8) == 0;
}

void
ul_rtsp_url_free (UlRtspUrl *self)
{
  if (!self)
    return;
  g_free (self->host);
  g_free (self->user);
  g_free (self->password);
  g_free (self->request);
  g_free (self);
}

static gboolean
is_request_text (const char *text, gsize len)
{
  for (gsize i = 0; i < len; i++)
    if ((guchar) text[i] <= ' ' || text[i] == 0x7f)
      return FALSE;
  return len > 0 && len <= UL_RTSP_MAX_URL_BYTES;
}

/* What is no valid escape is meant as written. */
static char *
decode (const char *text, gsize len)
{
  g_autofree char *raw = g_strndup (text, len);
  char *decoded = g_uri_unescape_string (raw, NULL);

  return decoded ? decoded : g_steal_pointer (&raw);
}

static void
take_user (UlRtspUrl *self, const char *text, gsize len)
{
  const char *colon = memchr (text, ':', len);
  gsize user = colon ? (gsize) (colon - text) : len;

  self->user = decode (text, user);
  if (colon)
    self->password = decode (colon + 1, len - user - 1);
}

/* host, host:port, [address], [address]:port; FALSE if it is none of them. */
static gboolean
take_host (UlRtspUrl *self, const char *text, gsize len)
{
  gboolean bracketed = len && text[0] == '[';
  const char *end = bracketed ? memchr (text, ']', len) : memchr (text, ':', len);
  gsize n = end ? (gsize) (end - text) : len;
  guint64 port;

  if (bracketed && !end)
    return FALSE;
  self->host = bracketed ? g_strndup (text + 1, n - 1) : g_strndup (text, n);
  n += bracketed;
  self->port = self->tls ? PORT_RTSPS : PORT_RTSP;
  if (!self->host[0] || !g_utf8_validate (self->host, -1, NULL))
    return FALSE;
  if (n == len)
    return TRUE;
  g_autofree char *digits = g_strndup (text + n + 1, len - n - 1);
  if (text[n] != ':' || !g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT16, &port, NULL))
    return FALSE;
  self->port = (guint16) port;
  return TRUE;
}

UlRtspUrl *
ul_rtsp_url_parse (const char *text, GError **error)
{
  g_autoptr (UlRtspUrl) self = g_new0 (UlRtspUrl, 1);
  g_autofree char *name = ul_redact (text, -1);

  if (!ul_rtsp_url_is (text) || !is_request_text (text, strlen (text))) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: no RTSP URL (blanks, controls, or above %u bytes)", name,
                 UL_RTSP_MAX_URL_BYTES);
    return NULL;
  }
  self->tls = text[4] == 's' || text[4] == 'S';
  const char *authority = strstr (text, "//") + 2, *slash = strchr (authority, '/');
  gsize len = slash ? (gsize) (slash - authority) : strlen (authority);
  const char *at = g_strrstr_len (authority, (gssize) len, "@");
  const char *host = at ? at + 1 : authority;
  gsize host_len = strcspn (host, "/?#");

  if (at)
    take_user (self, authority, (gsize) (at - authority));
  if (!take_host (self, host, host_len)) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: no host, or no port from 1 to 65535", name);
    return NULL;
  }
  self->request = g_strdup_printf ("%s://%.*s%s%s", self->tls ? "rtsps" : "rtsp", (int) host_len, host, host[host_len] == '/' ? "" : "/",
                                   host + host_len);
  return g_steal_pointer (&self);
}

gboolean
ul_rtsp_url_same_server (const UlRtspUrl *a, const UlRtspUrl *b)
{
  return a->tls == b->tls && a->port == b->port && g_ascii_strcasecmp (a->host, b->host) == 0;
}

char *
ul_rtsp_control_url (const char *base, const char *control, gsize len)
{
  g_autofree char *text = g_strndup (control, len);
  g_autofree char *url = NULL;

  if (len == 0 || g_str_equal (text, "*"))
    url = g_strdup (base);
  else if (ul_rtsp_url_is (text))
    url = g_strdup (text);
  else
    url = g_strconcat (base, g_str_has_suffix (base, "/") || text[0] == '/' || text[0] == '?' ? "" : "/", text, NULL);
  return is_request_text (url, strlen (url)) ? g_steal_pointer (&url) : NULL;
}
