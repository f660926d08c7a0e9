/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlRtspUrl: rtsp[s]://[user[:password]@]host[:port]/path (RFC 2326, 3.2; RFC
 * 3986, 3.2).  Up to the first '/' everything before the last '@' is user
 * information, so that a password may hold '@', ':', '?' and '#'.
 */
#pragma once

#include <gio/gio.h>

#define UL_RTSP_MAX_URL_BYTES 2048

typedef struct {
  gboolean tls;
  char *host;     /* without the brackets of an IPv6 address */
  guint16 port;   /* 554, of rtsps 322 (RFC 7826, 4.2) where none is written */
  char *user;     /* decoded; NULL if none is written */
  char *password; /* decoded; NULL if none is written */
  char *request;  /* what goes into a request line: no user information, a path */
} UlRtspUrl;

gboolean ul_rtsp_url_is (const char *text);
/* NULL and an error of one line without credentials. */
UlRtspUrl *ul_rtsp_url_parse (const char *text, GError **error);
void ul_rtsp_url_free (UlRtspUrl *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRtspUrl, ul_rtsp_url_free)

/* The same scheme, host and port: what a login was given for. */
gboolean ul_rtsp_url_same_server (const UlRtspUrl *a, const UlRtspUrl *b);

/* The URL that an a=control value means under `base` (RFC 2326, C.1.1, as clients
 * do it: put behind, not resolved).  NULL if it cannot stand in a request line. */
char *ul_rtsp_control_url (const char *base, const char *control, gsize len);
