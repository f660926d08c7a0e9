/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/rtsp_client.h"

#include <string.h>
#include <sys/socket.h>

#include "base/redact.h"
#include "source/source.h"

#define READ_BYTES (32u << 10)
#define DATAGRAM_BYTES 65536
#define MAX_DATAGRAMS 256           /* of one port before the other sources are looked at again */
#define UDP_BUFFER_BYTES (1 << 20)
#define UDP_ATTEMPTS 16
#define MAX_REQUESTS 32             /* remembered for their CSeq */
#define MAX_MESSAGES 512            /* that answer nothing: a camera that floods */
#define SILENCE_US (2 * G_USEC_PER_SEC) /* ends a message whose rest does not come */

typedef struct {
  guint cseq;
  const char *method; /* static */
  gboolean answered;
} Request;

struct _UlRtspClient {
  UlRtspUrl url; /* host, port and tls alone */
  const UlRtspSink *sink;
  gint64 answer_us, deadline_us;
  gboolean tls_verify, open, warned_cseq;
  GMainContext *context;
  GSocketConnection *connection;
  GIOStream *stream; /* the connection, or TLS over it */
  GTlsCertificateFlags tls_errors;
  GSocket *udp[2];
  GInetAddress *remote;
  UlRtspReader *reader;
  gint64 last_rx_us;
  guint cseq, n_stray;
  Request requests[MAX_REQUESTS];
  Request *outstanding; /* NULL: nobody waits */
  UlRtspAnswer *answer; /* where the outstanding one's answer goes */
  gboolean answered;
  UlRtspAuth *auth;
  char *user, *password, *basic_token;
  guint64 bytes;
};

void
ul_rtsp_answer_clear (UlRtspAnswer *self)
{
  g_clear_pointer (&self->text, g_free);
  self->len = self->status = 0;
}

UlRtspClient *
ul_rtsp_client_new (const UlRtspUrl *url, const UlRtspSink *sink, gint64 answer_us, gboolean tls_verify)
{
  UlRtspClient *self = g_new0 (UlRtspClient, 1);

  self->url = (UlRtspUrl){ .tls = url->tls, .host = g_strdup (url->host), .port = url->port };
  self->sink = sink;
  self->answer_us = answer_us;
  self->deadline_us = G_MAXINT64;
  self->tls_verify = tls_verify;
  self->context = g_main_context_new ();
  self->reader = ul_rtsp_reader_new ();
  return self;
}

static void
forget (char *secret)
{
  if (secret)
    memset (secret, 0, strlen (secret));
  g_free (secret);
}

void
ul_rtsp_client_free (UlRtspClient *self)
{
  if (!self)
    return;
  g_clear_object (&self->stream);
  g_clear_object (&self->connection);
  g_clear_object (&self->udp[0]);
  g_clear_object (&self->udp[1]);
  g_clear_object (&self->remote);
  ul_rtsp_reader_free (self->reader);
  ul_rtsp_auth_free (self->auth);
  forget (self->user);
  forget (self->password);
  forget (self->basic_token);
  g_free (self->url.host);
  g_main_context_unref (self->context);
  g_free (self);
}

void
ul_rtsp_client_set_deadline (UlRtspClient *self, gint64 monotonic_us)
{
  self->deadline_us = monotonic_us;
}

gboolean
ul_rtsp_client_is_open (const UlRtspClient *self)
{
  return self->open;
}

GTlsConnection *
ul_rtsp_client_tls (UlRtspClient *self)
{
  return self->stream && G_IS_TLS_CONNECTION (self->stream) ? G_TLS_CONNECTION (self->stream) : NULL;
}

guint64
ul_rtsp_client_bytes (const UlRtspClient *self)
{
  return self->bytes;
}

guint64
ul_rtsp_client_junk (const UlRtspClient *self)
{
  return ul_rtsp_reader_skipped (self->reader);
}

static void G_GNUC_PRINTF (2, 3)
warn (UlRtspClient *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  self->sink->warn (self->sink->user_data, text);
}

static void G_GNUC_PRINTF (2, 3)
set_error (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *raw = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *text = ul_redact (raw, -1);
  g_set_error_literal (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NETWORK, text);
}

static double
seconds (gint64 us)
{
  return (double) us / G_USEC_PER_SEC;
}

/* --- connecting -------------------------------------------------------------------- */

typedef struct {
  GAsyncResult *result;
} Pending;

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ((Pending *) user_data)->result = g_object_ref (result);
}

static gboolean
on_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static GSource *
add_timeout (UlRtspClient *self, gint64 until_us, gboolean *flag)
{
  GSource *source = g_timeout_source_new (0);

  g_source_set_ready_time (source, until_us);
  g_source_set_callback (source, on_timeout, flag, NULL);
  g_source_attach (source, self->context);
  return source;
}

static void
drop_source (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

/* Waits for an operation that was begun in this context; cancels it when its time is over. */
static gboolean
finish_by (UlRtspClient *self, Pending *pending, GCancellable *cancellable, gint64 until_us)
{
  gboolean late = FALSE;
  GSource *timeout = add_timeout (self, until_us, &late);

  while (!pending->result) {
    g_main_context_iteration (self->context, TRUE);
    if (late)
      g_cancellable_cancel (cancellable);
  }
  drop_source (timeout);
  return !late;
}

static gint64
answer_until (const UlRtspClient *self)
{
  gint64 until = g_get_monotonic_time () + self->answer_us;

  return MIN (until, self->deadline_us);
}

static gboolean
connect_socket (UlRtspClient *self, GSocketConnectable *address, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) local = NULL;
  Pending pending = { NULL };

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, address, cancellable, on_ready, &pending);
  gboolean in_time = finish_by (self, &pending, cancellable, answer_until (self));
  self->connection = g_socket_client_connect_finish (client, pending.result, &local);
  g_object_unref (pending.result);
  if (self->connection)
    return TRUE;
  if (in_time)
    set_error (error, "%s", local->message);
  else
    set_error (error, "no connection within %g s", seconds (self->answer_us));
  return FALSE;
}

static gboolean
on_certificate (GTlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer user_data)
{
  UlRtspClient *self = user_data;

  self->tls_errors = errors;
  return !self->tls_verify;
}

/* What is wrong with a certificate, for a person. */
static const char *
describe_tls_errors (GTlsCertificateFlags errors)
{
  static const struct {
    GTlsCertificateFlags flag;
    const char *text;
  } rows[] = { { G_TLS_CERTIFICATE_REVOKED, "it is revoked" },       { G_TLS_CERTIFICATE_EXPIRED, "it has expired" },
               { G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet" }, { G_TLS_CERTIFICATE_BAD_IDENTITY, "it names another host" },
               { G_TLS_CERTIFICATE_INSECURE, "its algorithm is insecure" }, { G_TLS_CERTIFICATE_UNKNOWN_CA, "its issuer is not trusted" } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (errors & rows[i].flag)
      return rows[i].text;
  return "it cannot be verified";
}

static gboolean
start_tls (UlRtspClient *self, GSocketConnectable *address, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) local = NULL;
  Pending pending = { NULL };

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
    set_error (error, "GIO has no TLS here (package glib-networking)");
    return FALSE;
  }
  self->stream = g_tls_client_connection_new (G_IO_STREAM (self->connection), address, &local);
  if (!self->stream) {
    set_error (error, "TLS: %s", local->message);
    return FALSE;
  }
  g_signal_connect (self->stream, "accept-certificate", G_CALLBACK (on_certificate), self);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (self->stream), G_PRIORITY_DEFAULT, cancellable, on_ready, &pending);
  gboolean in_time = finish_by (self, &pending, cancellable, answer_until (self));
  gboolean good = g_tls_connection_handshake_finish (G_TLS_CONNECTION (self->stream), pending.result, &local);
  g_object_unref (pending.result);
  if (good)
    return TRUE;
  if (!in_time)
    set_error (error, "no TLS handshake within %g s", seconds (self->answer_us));
  else if (self->tls_verify && self->tls_errors)
    set_error (error, "the certificate is refused: %s", describe_tls_errors (self->tls_errors));
  else
    set_error (error, "TLS: %s", local->message);
  return FALSE;
}

gboolean
ul_rtsp_client_connect (UlRtspClient *self, GError **error)
{
  g_autoptr (GSocketConnectable) address = g_network_address_new (self->url.host, self->url.port);
  gboolean good;

  g_main_context_push_thread_default (self->context);
  good = connect_socket (self, address, error) && (!self->url.tls || start_tls (self, address, error));
  g_main_context_pop_thread_default (self->context);
  if (!good)
    return FALSE;
  if (!self->stream)
    self->stream = g_object_ref (G_IO_STREAM (self->connection));
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (self->connection, NULL);
  if (remote && G_IS_INET_SOCKET_ADDRESS (remote))
    self->remote = g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  self->open = TRUE;
  self->last_rx_us = g_get_monotonic_time ();
  return TRUE;
}

/* --- login ------------------------------------------------------------------------- */

gboolean
ul_rtsp_client_login (UlRtspClient *self, const UlRtspAnswer *challenge, const UlRtspLogin *login)
{
  g_autoptr (UlMessage) message = ul_message_parse (challenge->text, challenge->len, -1);
  g_autoptr (UlRtspAuth) auth = ul_rtsp_auth_new (message);

  if (!auth)
    return FALSE;
  ul_rtsp_auth_free (self->auth);
  self->auth = g_steal_pointer (&auth);
  forget (self->user);
  forget (self->password);
  forget (self->basic_token);
  self->user = g_strdup (login->user);
  self->password = g_strdup (login->password);
  self->basic_token = ul_rtsp_basic_token (login);
  return TRUE;
}

gboolean
ul_rtsp_client_login_is_stale (const UlRtspClient *self, const UlRtspAnswer *challenge)
{
  g_autoptr (UlMessage) message = ul_message_parse (challenge->text, challenge->len, -1);
  g_autoptr (UlRtspAuth) auth = ul_rtsp_auth_new (message);

  return auth && ul_rtsp_auth_is_stale (auth);
}

gboolean
ul_rtsp_client_login_is_basic (const UlRtspClient *self)
{
  return self->auth && ul_rtsp_auth_is_basic (self->auth);
}

/* --- receiving ---------------------------------------------------------------------- */

/* A login that was sent as Basic and is sent back must not come out. */
static void
mask_token (UlRtspClient *self, char *text, gsize len)
{
  gsize n = self->basic_token ? strlen (self->basic_token) : 0;

  for (char *p = text; n >= 4 && (p = memmem (p, len - (gsize) (p - text), self->basic_token, n)); p += n)
    memset (p, '*', n);
}

static Request *
find_request (UlRtspClient *self, gint64 cseq)
{
  for (guint i = 0; i < MAX_REQUESTS; i++)
    if (self->requests[i].method && !self->requests[i].answered && self->requests[i].cseq == cseq)
      return &self->requests[i];
  return NULL;
}

/* Which request a response answers: by CSeq (RFC 2326, 12.17); one that says
 * another number, or none, answers what is waited for. */
static Request *
match_request (UlRtspClient *self, const UlRtspItem *item)
{
  Request *request = find_request (self, item->cseq);

  if (request || !self->outstanding)
    return request;
  if (item->cseq >= 0 && !self->warned_cseq) {
    self->warned_cseq = TRUE;
    warn (self, "%s: CSeq %u was answered with CSeq %" G_GINT64_FORMAT " (byte %" G_GUINT64_FORMAT ")", self->outstanding->method,
          self->outstanding->cseq, item->cseq, item->offset);
  }
  return self->outstanding;
}

static gboolean write_all (UlRtspClient *self, const char *text, gsize len, GError **error);

/* A server's own request is refused in good form (RFC 2326, 7.1.1). */
static void
refuse_request (UlRtspClient *self, const UlRtspItem *item)
{
  g_autofree char *text = NULL;

  if (item->cseq < 0)
    return;
  text = g_strdup_printf ("RTSP/1.0 501 Not Implemented\r\nCSeq: %" G_GINT64_FORMAT "\r\n\r\n", item->cseq);
  write_all (self, text, strlen (text), NULL);
}

static void
take_message (UlRtspClient *self, const UlRtspItem *item)
{
  Request *request = item->status ? match_request (self, item) : NULL;
  g_autofree char *text = g_malloc (item->len + 1);
  UlRtspItem masked = *item;

  memcpy (text, item->data, item->len);
  text[item->len] = '\0';
  mask_token (self, text, item->len);
  masked.data = (const guint8 *) text;
  if (item->cut)
    warn (self, "%s%s at byte %" G_GUINT64_FORMAT " is cut: %s", request ? "the answer to " : "a message",
          request ? request->method : "", item->offset, item->cut);
  self->sink->message (self->sink->user_data, &masked, request ? request->method : NULL);
  if (!item->status)
    refuse_request (self, item);
  if (!request)
    self->n_stray++;
  if (!request || (item->status >= 100 && item->status < 200))
    return;
  request->answered = TRUE;
  if (request != self->outstanding)
    return;
  self->answer->status = item->status;
  self->answer->len = item->len;
  self->answer->text = g_steal_pointer (&text);
  self->answered = TRUE;
}

/* All that is whole in the reader. FALSE once a bound was met. */
static gboolean
drain (UlRtspClient *self, GError **error)
{
  UlRtspItem item;

  while (!self->answered && ul_rtsp_reader_next (self->reader, &item) != UL_RTSP_MORE) {
    if (item.kind == UL_RTSP_FRAME)
      self->sink->packet (self->sink->user_data, item.channel, item.data, item.len);
    else if (item.kind == UL_RTSP_MESSAGE)
      take_message (self, &item);
    if (item.kind == UL_RTSP_BROKEN || self->n_stray > MAX_MESSAGES) {
      self->open = FALSE;
      set_error (error, "%s", item.kind == UL_RTSP_BROKEN ? item.problem : "the camera floods the connection with messages");
      return FALSE;
    }
  }
  return TRUE;
}

static void
take_datagrams (UlRtspClient *self, guint channel)
{
  g_autofree guint8 *datagram = g_malloc (DATAGRAM_BYTES);

  for (guint i = 0; i < MAX_DATAGRAMS; i++) {
    g_autoptr (GSocketAddress) from = NULL;
    gssize n = g_socket_receive_from (self->udp[channel], &from, (char *) datagram, DATAGRAM_BYTES, NULL, NULL);

    if (n < 0)
      return;
    if (!from || !G_IS_INET_SOCKET_ADDRESS (from) || !self->remote
        || !g_inet_address_equal (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (from)), self->remote))
      continue;
    self->bytes += (guint64) n;
    self->last_rx_us = g_get_monotonic_time ();
    if (n > 0)
      self->sink->packet (self->sink->user_data, channel, datagram, (gsize) n);
  }
}

static gboolean
on_stream_ready (GObject *stream, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_socket_ready (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

typedef struct {
  gboolean stream, udp[2], late;
} Ready;

/* Waits until the stream can be read (or written), a datagram is there, or the time is over. */
static Ready
wait_ready (UlRtspClient *self, gboolean to_write, gint64 until_us)
{
  Ready ready = { FALSE, { FALSE, FALSE }, FALSE };
  GSource *sources[4];
  guint n = 0;

  sources[n++] = add_timeout (self, until_us, &ready.late);
  GSource *stream = to_write ? g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream)), NULL)
                             : g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream)), NULL);
  g_source_set_callback (stream, G_SOURCE_FUNC (on_stream_ready), &ready.stream, NULL);
  sources[n++] = stream;
  for (guint i = 0; i < 2; i++)
    if (self->udp[i]) {
      sources[n] = g_socket_create_source (self->udp[i], G_IO_IN, NULL);
      g_source_set_callback (sources[n++], G_SOURCE_FUNC (on_socket_ready), &ready.udp[i], NULL);
    }
  for (guint i = 1; i < n; i++)
    g_source_attach (sources[i], self->context);
  while (!ready.stream && !ready.udp[0] && !ready.udp[1] && !ready.late)
    g_main_context_iteration (self->context, TRUE);
  for (guint i = 0; i < n; i++)
    drop_source (sources[i]);
  return ready;
}

/* One read of the stream. FALSE once it is at its end. */
static gboolean
read_stream (UlRtspClient *self, GError **error)
{
  GPollableInputStream *in = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  g_autofree guint8 *block = g_malloc (READ_BYTES);
  g_autoptr (GError) local = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (in, block, READ_BYTES, NULL, &local);

  if (n < 0 && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return TRUE;
  if (n <= 0) {
    self->open = FALSE;
    if (local && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) && !g_error_matches (local, G_TLS_ERROR, G_TLS_ERROR_EOF))
      set_error (error, "connection lost after %" G_GUINT64_FORMAT " bytes: %s", self->bytes, local->message);
    else
      set_error (error, "the camera closed the connection after %" G_GUINT64_FORMAT " bytes", self->bytes);
    return FALSE;
  }
  self->bytes += (guint64) n;
  self->last_rx_us = g_get_monotonic_time ();
  ul_rtsp_reader_feed (self->reader, block, (gsize) n);
  return TRUE;
}

gboolean
ul_rtsp_client_receive (UlRtspClient *self, gint64 until_us, GError **error)
{
  if (!self->open) {
    set_error (error, "no connection");
    return FALSE;
  }
  Ready ready = wait_ready (self, FALSE, until_us);
  for (guint i = 0; i < 2; i++)
    if (ready.udp[i])
      take_datagrams (self, i);
  return (!ready.stream || read_stream (self, error)) && drain (self, error);
}

/* --- requests ------------------------------------------------------------------------ */

static gboolean
write_all (UlRtspClient *self, const char *text, gsize len, GError **error)
{
  GPollableOutputStream *out = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  gint64 until = answer_until (self);

  while (len > 0) {
    g_autoptr (GError) local = NULL;
    gssize n = g_pollable_output_stream_write_nonblocking (out, text, len, NULL, &local);

    if (n > 0) {
      text += n;
      len -= (gsize) n;
      continue;
    }
    if (n < 0 && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) && !wait_ready (self, TRUE, until).late)
      continue;
    self->open = FALSE;
    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      set_error (error, "the camera takes no request within %g s", seconds (self->answer_us));
    else
      set_error (error, "the camera closed the connection after %" G_GUINT64_FORMAT " bytes", self->bytes);
    return FALSE;
  }
  return TRUE;
}

static Request *
remember (UlRtspClient *self, const char *method)
{
  Request *request = &self->requests[self->cseq % MAX_REQUESTS];

  *request = (Request){ .cseq = ++self->cseq, .method = g_intern_string (method) };
  return request;
}

static Request *
send_request (UlRtspClient *self, const char *method, const char *url, const char *headers, GError **error)
{
  Request *request = remember (self, method);
  UlRtspLogin login = { self->user, self->password };
  char *authorization = self->auth ? ul_rtsp_auth_answer (self->auth, &login, method, url, NULL) : NULL;
  GString *text = g_string_new (NULL);

  if (!self->open) {
    set_error (error, "no connection");
    request = NULL;
  } else {
    g_string_append_printf (text, "%s %s RTSP/1.0\r\nCSeq: %u\r\n", method, url, request->cseq);
    if (authorization)
      g_string_append_printf (text, "Authorization: %s\r\n", authorization);
    g_string_append_printf (text, "%sUser-Agent: underlabel/%s\r\n\r\n", headers ? headers : "", UL_VERSION);
    if (!write_all (self, text->str, text->len, error))
      request = NULL;
  }
  forget (authorization);
  memset (text->str, 0, text->len);
  g_string_free (text, TRUE);
  return request;
}

gboolean
ul_rtsp_client_send (UlRtspClient *self, const char *method, const char *url, const char *headers, GError **error)
{
  return send_request (self, method, url, headers, error) != NULL;
}

/* The rest of a message does not come: what stands there is taken for it. */
static gboolean
take_rest (UlRtspClient *self)
{
  UlRtspItem item;

  if (ul_rtsp_reader_end (self->reader, &item) == UL_RTSP_MESSAGE)
    take_message (self, &item);
  return self->answered;
}

static gboolean
await_answer (UlRtspClient *self, GError **error)
{
  gint64 until = answer_until (self);

  if (!drain (self, error))
    return self->answered;
  while (!self->answered) {
    gboolean waits = ul_rtsp_reader_waits_for_body (self->reader);
    gint64 limit = waits ? MIN (until, self->last_rx_us + SILENCE_US) : until;
    g_autoptr (GError) local = NULL;

    if (g_get_monotonic_time () >= limit) {
      if (take_rest (self) || limit < until)
        continue;
      set_error (error, "no answer to %s within %g s", self->outstanding->method, seconds (self->answer_us));
      return FALSE;
    }
    if (ul_rtsp_client_receive (self, limit, &local))
      continue;
    if (take_rest (self))
      return TRUE;
    set_error (error, "%s, no answer to %s", local->message, self->outstanding->method);
    return FALSE;
  }
  return TRUE;
}

gboolean
ul_rtsp_client_request (UlRtspClient *self, const char *method, const char *url, const char *headers, UlRtspAnswer *ret_answer, GError **error)
{
  gboolean good;

  ul_rtsp_answer_clear (ret_answer);
  self->answer = ret_answer;
  self->answered = FALSE;
  self->outstanding = send_request (self, method, url, headers, error);
  good = self->outstanding && await_answer (self, error);
  self->outstanding = NULL;
  self->answer = NULL;
  self->answered = FALSE;
  return good;
}

/* --- UDP ------------------------------------------------------------------------------ */

/* A bound, non-blocking port of the family of the connection; 0 for any port. */
static GSocket *
bind_port (UlRtspClient *self, guint16 port, guint16 *ret_port)
{
  GSocketFamily family = self->remote ? g_inet_address_get_family (self->remote) : G_SOCKET_FAMILY_IPV4;
  g_autoptr (GInetAddress) any = g_inet_address_new_any (family);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (any, port);
  g_autoptr (GSocket) socket = g_socket_new (family, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);

  if (!socket || !g_socket_bind (socket, address, FALSE, NULL))
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_option (socket, SOL_SOCKET, SO_RCVBUF, UDP_BUFFER_BYTES, NULL);
  g_autoptr (GSocketAddress) bound = g_socket_get_local_address (socket, NULL);
  if (!bound)
    return NULL;
  *ret_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return g_steal_pointer (&socket);
}

guint16
ul_rtsp_client_open_udp (UlRtspClient *self, GError **error)
{
  for (guint i = 0; i < UDP_ATTEMPTS; i++) {
    guint16 port = 0, above = 0;
    g_autoptr (GSocket) rtp = bind_port (self, 0, &port);
    /* RFC 3550, 11: an even port for RTP, the next for RTCP */
    g_autoptr (GSocket) rtcp = rtp && port % 2 == 0 && port < G_MAXUINT16 ? bind_port (self, (guint16) (port + 1), &above) : NULL;

    if (rtcp) {
      self->udp[0] = g_steal_pointer (&rtp);
      self->udp[1] = g_steal_pointer (&rtcp);
      return port;
    }
  }
  set_error (error, "no two UDP ports in a row are free");
  return 0;
}

void
ul_rtsp_client_punch (UlRtspClient *self, guint16 server_port)
{
  for (guint i = 0; i < 2; i++) {
    if (!self->udp[i] || !self->remote || server_port > G_MAXUINT16 - 1)
      continue;
    g_autoptr (GSocketAddress) to = g_inet_socket_address_new (self->remote, (guint16) (server_port + i));
    g_socket_send_to (self->udp[i], to, "", 0, NULL, NULL);
  }
}
