/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlRtspClient: one connection to one camera over GIO, plain or TLS, that hands
 * on every message byte for byte as it came, and every packet, interleaved or
 * over UDP.  What is to be asked is the caller's choice (live.c); nothing here
 * judges an answer.
 *
 * Every wait has an end.  One request is outstanding at a time.  Errors are of
 * UL_SOURCE_ERROR, one line, without credentials.  No global state: clients may
 * run in several threads, each in its own.
 */
#pragma once

#include <gio/gio.h>

#include "source/rtsp_auth.h"
#include "source/rtsp_reader.h"
#include "source/rtsp_url.h"

/* Where things go; all borrowed during the call. Every function must be there. */
typedef struct {
  /* `method` is that of the request which it answers; NULL for a request of the
   * server and for an answer to nothing. */
  void (*message) (gpointer user_data, const UlRtspItem *item, const char *method);
  /* Channel 0 and 1 of UDP are its RTP and RTCP port. */
  void (*packet) (gpointer user_data, guint channel, const guint8 *data, gsize len);
  void (*warn) (gpointer user_data, const char *text);
  gpointer user_data;
} UlRtspSink;

typedef struct {
  guint status;
  char *text; /* as it came */
  gsize len;
} UlRtspAnswer;

void ul_rtsp_answer_clear (UlRtspAnswer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlRtspAnswer, ul_rtsp_answer_clear)

typedef struct _UlRtspClient UlRtspClient;

/* `url` is borrowed until the call returns, `sink` for the client's life.
 * `answer_us` bounds the wait for a connection and for each answer. */
UlRtspClient *ul_rtsp_client_new (const UlRtspUrl *url, const UlRtspSink *sink, gint64 answer_us, gboolean tls_verify);
/* Closes the connection; sends nothing. */
void ul_rtsp_client_free (UlRtspClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRtspClient, ul_rtsp_client_free)

/* A monotonic time after which no request is waited for; G_MAXINT64: none. */
void ul_rtsp_client_set_deadline (UlRtspClient *self, gint64 monotonic_us);

gboolean ul_rtsp_client_connect (UlRtspClient *self, GError **error);
/* Connected, and neither closed by the other side nor broken. */
gboolean ul_rtsp_client_is_open (const UlRtspClient *self);
/* Of rtsps, after connecting: NULL otherwise. Borrowed. */
GTlsConnection *ul_rtsp_client_tls (UlRtspClient *self);

/* The challenge of a 401 answers from now on with this login (copied).  FALSE if
 * there is no challenge that can be answered. */
gboolean ul_rtsp_client_login (UlRtspClient *self, const UlRtspAnswer *challenge, const UlRtspLogin *login);
/* The nonce of the last challenge was old: another attempt is none with another password. */
gboolean ul_rtsp_client_login_is_stale (const UlRtspClient *self, const UlRtspAnswer *challenge);
gboolean ul_rtsp_client_login_is_basic (const UlRtspClient *self);

/*
 * Sends a request and waits for its answer, whatever its status.  `headers` is
 * "Name: value\r\n…" or NULL.  FALSE and an error if none came in time.
 */
gboolean ul_rtsp_client_request (UlRtspClient *self, const char *method, const char *url, const char *headers, UlRtspAnswer *ret_answer,
                                 GError **error);
/* Sends one whose answer nobody waits for (keep-alive). */
gboolean ul_rtsp_client_send (UlRtspClient *self, const char *method, const char *url, const char *headers, GError **error);
/* Hands on what comes until something came or `until` (monotonic) is there.
 * FALSE and an error once nothing can come any more. */
gboolean ul_rtsp_client_receive (UlRtspClient *self, gint64 until_us, GError **error);

/* Opens an even port and the one above it for packets over UDP, of the camera's
 * address alone; returns the even one. */
guint16 ul_rtsp_client_open_udp (UlRtspClient *self, GError **error);
/* Sends an empty datagram to each server port, which opens the way through a router. */
void ul_rtsp_client_punch (UlRtspClient *self, guint16 server_port);

/* Bytes received so far, UDP included. */
guint64 ul_rtsp_client_bytes (const UlRtspClient *self);
/* Bytes of the connection that belong to nothing. */
guint64 ul_rtsp_client_junk (const UlRtspClient *self);
