/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/live.h"

#include <string.h>

#include "base/redact.h"
#include "rtsp/message.h"
#include "source/certificate.h"
#include "source/live_media.h"
#include "source/rtsp_client.h"
#include "source/rtsp_transport.h"

#define MAX_WARNINGS 48
#define MAX_LOGINS 4
#define MAX_SESSION_BYTES 256
#define TEARDOWN_US (G_USEC_PER_SEC + G_USEC_PER_SEC / 2)
#define KEEP_ALIVE_S 25 /* or half of what Session says */

typedef struct {
  const UlLiveOptions *options;
  UlSourceResult *result;
  UlRtspUrl *url;       /* that is asked now */
  UlRtspUrl *first_url; /* that the login was given for */
  UlRtspSink sink;
  UlRtspClient *client;
  UlExaminer *examiner; /* borrowed: of the server that is asked now */
  gint64 deadline_us, answer_us;
  gint64 line;          /* of the next message in all that the camera said */
  guint n_messages, n_redirects, n_logins, n_suppressed;
  gboolean logged_in;   /* the camera took the login */
  UlRtspAnswer challenge; /* that the login answers */
  gboolean options_refused, can_get_parameter;
  char *session;
  gint64 keep_alive_us;
  gint64 next_keep_alive_us;
  UlLiveMedia *media;
  GError *end;          /* why the connection ended, NULL while it lives */
} Live;

static void
live_clear (Live *self)
{
  ul_live_media_free (self->media);
  ul_rtsp_client_free (self->client);
  ul_rtsp_answer_clear (&self->challenge);
  ul_rtsp_url_free (self->url);
  ul_rtsp_url_free (self->first_url);
  g_free (self->session);
  g_clear_error (&self->end);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Live, live_clear)

/* --- what comes ---------------------------------------------------------------------- */

static void
add_warning (gpointer user_data, const char *text)
{
  Live *self = user_data;

  if (self->result->warnings->len < MAX_WARNINGS)
    g_ptr_array_add (self->result->warnings, ul_redact (text, -1));
  else
    self->n_suppressed++;
}

static void G_GNUC_PRINTF (2, 3)
warn (Live *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  add_warning (self, text);
}

static void
take_message (gpointer user_data, const UlRtspItem *item, const char *method)
{
  Live *self = user_data;

  ul_evidence_set_provenance (ul_examiner_evidence (self->examiner), UL_PROVENANCE_AS_SENT);
  ul_examiner_message (self->examiner, (const char *) item->data, item->len, self->line, method);
  self->n_messages++;
  for (gsize i = 0; i < item->len; i++)
    self->line += item->data[i] == '\n';
}

static void
take_packet (gpointer user_data, guint channel, const guint8 *data, gsize len)
{
  Live *self = user_data;

  if (self->media)
    ul_live_media_packet (self->media, channel, data, len);
}

/* --- connecting ------------------------------------------------------------------------ */

static void
examine_tls (Live *self)
{
  GTlsConnection *tls = ul_rtsp_client_tls (self->client);
  UlEvidence *evidence = ul_examiner_evidence (self->examiner);
  GTlsCertificate *certificate = tls ? g_tls_connection_get_peer_certificate (tls) : NULL;
  g_autoptr (GByteArray) der = NULL;

  if (!tls)
    return;
  ul_evidence_set_provenance (evidence, UL_PROVENANCE_AS_SENT);
  if (certificate)
    g_object_get (certificate, "certificate", &der, NULL);
  if (der)
    ul_certificate_examine (evidence, der->data, der->len);
  static const char *const names[] = { [G_TLS_PROTOCOL_VERSION_SSL_3_0] = "SSL 3.0", [G_TLS_PROTOCOL_VERSION_TLS_1_0] = "TLS 1.0",
                                       [G_TLS_PROTOCOL_VERSION_TLS_1_1] = "TLS 1.1", [G_TLS_PROTOCOL_VERSION_TLS_1_2] = "TLS 1.2",
                                       [G_TLS_PROTOCOL_VERSION_TLS_1_3] = "TLS 1.3" };
  GTlsProtocolVersion version = g_tls_connection_get_protocol_version (tls);
  if ((gsize) version < G_N_ELEMENTS (names) && names[version])
    ul_evidence_add (evidence, UL_KEY_TLS_VERSION, names[version], UL_NOWHERE);
}

/* NULL: there is none, or not for this server. */
static const UlRtspLogin *
login_for_server (const Live *self, UlRtspLogin *login)
{
  *login = (UlRtspLogin){ self->first_url->user, self->first_url->password ? self->first_url->password : "" };
  return login->user && ul_rtsp_url_same_server (self->url, self->first_url) ? login : NULL;
}

/* A login that was begun goes on over a new connection: some cameras close theirs
 * after a refusal. */
static gboolean
connect_client (Live *self, GError **error)
{
  UlRtspLogin login;

  if (self->client)
    self->result->bytes += ul_rtsp_client_bytes (self->client);
  g_clear_pointer (&self->client, ul_rtsp_client_free);
  self->client = ul_rtsp_client_new (self->url, &self->sink, self->answer_us, self->options->tls_verify);
  ul_rtsp_client_set_deadline (self->client, self->deadline_us);
  if (!ul_rtsp_client_connect (self->client, error))
    return FALSE;
  examine_tls (self);
  if (self->challenge.text && login_for_server (self, &login))
    ul_rtsp_client_login (self->client, &self->challenge, &login);
  return TRUE;
}

static void
new_examiner (Live *self)
{
  self->examiner = ul_source_new_stream (self->result);
  g_ptr_array_add (self->result->streams, self->examiner);
}

/* --- asking ------------------------------------------------------------------------------ */

/* May a 401 be answered?  Once, and again only for another nonce. */
static gboolean
may_log_in (const Live *self, const UlRtspAnswer *answer)
{
  if (self->n_logins == 0)
    return TRUE;
  return self->n_logins < MAX_LOGINS && (self->logged_in || ul_rtsp_client_login_is_stale (self->client, answer));
}

/* A request, and the same with a login where the camera wants one. */
static gboolean
ask (Live *self, const char *method, const char *url, const char *headers, UlRtspAnswer *answer, GError **error)
{
  UlRtspLogin login;

  for (;;) {
    if (!ul_rtsp_client_request (self->client, method, url, headers, answer, error))
      return FALSE;
    if (answer->status < 400 && self->n_logins)
      self->logged_in = TRUE;
    if (answer->status != 401 || !login_for_server (self, &login) || !may_log_in (self, answer))
      return TRUE;
    if (!ul_rtsp_client_login (self->client, answer, &login)) {
      warn (self, "the challenge to %s cannot be answered: no Basic, no Digest with MD5 or SHA-256", method);
      return TRUE;
    }
    if (ul_rtsp_client_login_is_basic (self->client) && !self->url->tls && self->n_logins == 0)
      warn (self, "the camera wants Basic over a plain connection: the login was sent in clear");
    self->n_logins++;
    ul_rtsp_answer_clear (&self->challenge);
    self->challenge = *answer;
    *answer = (UlRtspAnswer){ 0 };
  }
}

static void
warn_status (Live *self, const char *method, const UlRtspAnswer *answer)
{
  UlRtspLogin login;

  if (answer->status == 401 && !self->first_url->user)
    warn (self, "no login was given: the camera answers %s with 401", method);
  else if (answer->status == 401 && !login_for_server (self, &login))
    warn (self, "the login was not sent to another server than the one it was given for: %s was answered with 401", method);
  else if (answer->status == 401 || answer->status == 403)
    warn (self, "the login failed: the camera answers %s with %u", method, answer->status);
  else
    warn (self, "the camera answers %s with %u", method, answer->status);
}

/* --- OPTIONS and DESCRIBE ------------------------------------------------------------------ */

static char *
dup_header (const UlRtspAnswer *answer, const char *name)
{
  g_autoptr (UlMessage) message = ul_message_parse (answer->text, answer->len, -1);
  const UlHeader *h = ul_message_header (message, name);

  return h ? ul_text_dup (ul_text_head (h->value, UL_RTSP_MAX_URL_BYTES)) : NULL;
}

static void
take_options (Live *self, const UlRtspAnswer *answer)
{
  g_autofree char *methods = dup_header (answer, "Public");

  self->options_refused = answer->status == 401;
  if (methods && strstr (methods, "GET_PARAMETER"))
    self->can_get_parameter = TRUE;
}

/* What is asked first a camera may not answer, or may close the connection over. */
static gboolean
ask_options (Live *self, GError **error)
{
  g_auto (UlRtspAnswer) answer = { 0 };
  g_autoptr (GError) local = NULL;

  if (ul_rtsp_client_request (self->client, "OPTIONS", self->url->request, NULL, &answer, &local)) {
    take_options (self, &answer);
    return TRUE;
  }
  warn (self, "%s", local->message);
  return ul_rtsp_client_is_open (self->client) || connect_client (self, error);
}

/* The camera asked for a login before it told its methods: it is asked again with one. */
static void
ask_options_again (Live *self)
{
  g_auto (UlRtspAnswer) answer = { 0 };
  g_autoptr (GError) local = NULL;

  if (!self->options_refused || !self->logged_in || !ul_rtsp_client_is_open (self->client))
    return;
  if (ul_rtsp_client_request (self->client, "OPTIONS", self->url->request, NULL, &answer, &local))
    take_options (self, &answer);
  else
    warn (self, "%s", local->message);
}

/* RFC 2326, 11.3; FALSE: it cannot be followed, and a warning says why. */
static gboolean
follow_redirect (Live *self, const UlRtspAnswer *answer, GError **error)
{
  g_autofree char *location = dup_header (answer, "Location");
  g_autoptr (UlRtspUrl) url = location ? ul_rtsp_url_parse (location, NULL) : NULL;

  if (!url) {
    warn (self, "the camera answers DESCRIBE with %u and names no RTSP URL", answer->status);
    return FALSE;
  }
  if (++self->n_redirects > UL_LIVE_MAX_REDIRECTS) {
    warn (self, "the camera redirects more than %d times", UL_LIVE_MAX_REDIRECTS);
    return FALSE;
  }
  gboolean other = !ul_rtsp_url_same_server (self->url, url);
  warn (self, "the camera redirects to %s%s", url->request, other ? ", another server: a stream of its own in this report" : "");
  ul_rtsp_url_free (self->url);
  self->url = g_steal_pointer (&url);
  if (other)
    new_examiner (self);
  return (!other && ul_rtsp_client_is_open (self->client)) || connect_client (self, error);
}

/* TRUE with a session description in `answer`. */
static gboolean
describe (Live *self, UlRtspAnswer *answer, GError **error)
{
  gboolean reconnected = FALSE;

  for (;;) {
    g_autoptr (GError) local = NULL;

    if (!ask (self, "DESCRIBE", self->url->request, "Accept: application/sdp\r\n", answer, &local)) {
      /* A camera that closes after each answer is met halfway, once. */
      if (reconnected || ul_rtsp_client_is_open (self->client) || !self->n_messages) {
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
      }
      reconnected = TRUE;
      if (!connect_client (self, error))
        return FALSE;
    } else if (answer->status < 300 || answer->status >= 400) {
      break;
    } else if (!follow_redirect (self, answer, error)) {
      return FALSE;
    }
  }
  if (answer->status >= 200 && answer->status < 300)
    return TRUE;
  warn_status (self, "DESCRIBE", answer);
  return FALSE;
}

/* --- SETUP and PLAY -------------------------------------------------------------------------- */

/* "…;timeout=60" (RFC 2326, 12.37). What is no token is not sent back. */
static gboolean
take_session (Live *self, const UlRtspAnswer *answer)
{
  g_autofree char *value = dup_header (answer, "Session");
  g_autofree char *parameters = NULL;
  guint64 timeout = 2 * KEEP_ALIVE_S;

  if (!value)
    return FALSE;
  char *semicolon = strchr (value, ';');
  if (semicolon) {
    parameters = g_ascii_strdown (semicolon, -1);
    *semicolon = '\0';
  }
  const char *said = parameters ? strstr (parameters, "timeout=") : NULL;
  if (said)
    timeout = g_ascii_strtoull (said + 8, NULL, 10);
  g_strstrip (value);
  for (const char *p = value; *p; p++)
    if (*p <= ' ' || *p == 0x7f)
      return FALSE;
  if (!value[0] || strlen (value) > MAX_SESSION_BYTES)
    return FALSE;
  self->session = g_steal_pointer (&value);
  self->keep_alive_us = (gint64) CLAMP (timeout / 2, 2, KEEP_ALIVE_S) * G_USEC_PER_SEC;
  return TRUE;
}

static char *
transport_header (Live *self, gboolean udp, GError **error)
{
  guint16 port;

  if (!udp)
    return g_strdup ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
  port = ul_rtsp_client_open_udp (self->client, error);
  return port ? g_strdup_printf ("Transport: RTP/AVP;unicast;client_port=%u-%u\r\n", port, port + 1u) : NULL;
}

static void
take_transport (Live *self, const UlRtspAnswer *answer, gboolean udp)
{
  g_autofree char *value = dup_header (answer, "Transport");
  UlRtspTransport transport = { 0 };

  if (value)
    ul_rtsp_transport_parse (ul_text (value, strlen (value)), &transport);
  ul_live_media_set_channel (self->media, udp ? 0 : (guint) transport.interleaved[0]);
  if (udp && transport.server_port[0])
    ul_rtsp_client_punch (self->client, (guint16) transport.server_port[0]);
  else if (!udp && value && !transport.has_interleaved)
    warn (self, "the camera answers SETUP without interleaved channels");
}

static gboolean
setup_over (Live *self, gboolean udp, UlRtspAnswer *answer, GError **error)
{
  g_autofree char *headers = transport_header (self, udp, error);

  if (!headers || !ask (self, "SETUP", ul_live_media_control (self->media), headers, answer, error))
    return FALSE;
  if (answer->status >= 200 && answer->status < 300)
    take_transport (self, answer, udp);
  return TRUE;
}

static gboolean
setup (Live *self, GError **error)
{
  g_auto (UlRtspAnswer) answer = { 0 };
  gboolean udp = self->options->udp;

  if (!setup_over (self, udp, &answer, error))
    return FALSE;
  /* RFC 2326, 11.3.13: 461 Unsupported transport */
  if (answer.status == 461) {
    warn (self, "the camera does not send over %s: %s is tried", udp ? "UDP" : "TCP", udp ? "TCP" : "UDP");
    if (!setup_over (self, !udp, &answer, error))
      return FALSE;
  }
  if (answer.status < 200 || answer.status >= 300) {
    warn_status (self, "SETUP", &answer);
    return FALSE;
  }
  if (take_session (self, &answer))
    return TRUE;
  warn (self, "the camera answers SETUP without a session");
  return FALSE;
}

static char *
session_header (const Live *self, const char *more)
{
  return g_strconcat ("Session: ", self->session, "\r\n", more, NULL);
}

static gboolean
play (Live *self, GError **error)
{
  g_auto (UlRtspAnswer) answer = { 0 };
  g_autofree char *headers = session_header (self, "Range: npt=0.000-\r\n");

  if (!ask (self, "PLAY", ul_live_media_aggregate (self->media), headers, &answer, error))
    return FALSE;
  if (answer.status >= 200 && answer.status < 300)
    return TRUE;
  warn_status (self, "PLAY", &answer);
  return FALSE;
}

/* The connection ends with the session, whatever the camera says to it. */
static void
teardown (Live *self)
{
  g_auto (UlRtspAnswer) answer = { 0 };
  g_autofree char *headers = NULL;

  if (!self->session || !ul_rtsp_client_is_open (self->client))
    return;
  headers = session_header (self, "");
  ul_rtsp_client_set_deadline (self->client, g_get_monotonic_time () + TEARDOWN_US);
  ul_rtsp_client_request (self->client, "TEARDOWN", ul_live_media_aggregate (self->media), headers, &answer, NULL);
}

/* --- media ---------------------------------------------------------------------------------- */

static gboolean
is_stable (Live *self)
{
  char *answers;

  if (!ul_live_media_take_gop (self->media) || self->options->has_duration || !self->options->answers)
    return FALSE;
  answers = self->options->answers ((UlExaminer *const *) self->result->streams->pdata, self->result->streams->len, self->options->answers_data);
  return ul_live_media_answered (self->media, answers);
}

static void
keep_alive (Live *self, gint64 now)
{
  g_autofree char *headers = NULL;

  if (now < self->next_keep_alive_us)
    return;
  self->next_keep_alive_us = now + self->keep_alive_us;
  headers = session_header (self, "");
  ul_rtsp_client_send (self->client, self->can_get_parameter ? "GET_PARAMETER" : "OPTIONS", ul_live_media_aggregate (self->media), headers, NULL);
}

static void
warn_silence (Live *self, gint64 begun)
{
  gint64 last = ul_live_media_last_us (self->media);

  if (last < begun)
    warn (self, "no packet came within %g s of PLAY%s", (double) self->answer_us / G_USEC_PER_SEC,
          self->options->udp ? " (over UDP; --transport tcp goes through routers)" : "");
  else
    warn (self, "the video stopped %.1f s after PLAY", (double) (last - begun) / G_USEC_PER_SEC);
}

static void
receive_media (Live *self)
{
  gint64 begun = g_get_monotonic_time (), now = begun;
  gint64 until = begun + (gint64) ((self->options->has_duration ? self->options->duration : UL_LIVE_MAX_SECONDS) * G_USEC_PER_SEC);

  ul_rtsp_client_set_deadline (self->client, until + self->answer_us);
  self->next_keep_alive_us = begun + self->keep_alive_us;
  ul_live_media_begin (self->media, begun);
  for (; now < until && !is_stable (self); now = g_get_monotonic_time ()) {
    gint64 silent = MAX (begun, ul_live_media_last_us (self->media)) + self->answer_us;

    if (now >= silent) {
      warn_silence (self, begun);
      return;
    }
    keep_alive (self, now);
    if (!ul_rtsp_client_receive (self->client, MIN (MIN (until, silent), self->next_keep_alive_us), &self->end)) {
      warn (self, "%s, %.1f s after PLAY", self->end->message, (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC);
      return;
    }
  }
}

/* --- the session -------------------------------------------------------------------------------- */

static gboolean
wants_media (Live *self)
{
  if (self->options->has_duration && self->options->duration <= 0)
    return FALSE;
  return self->media != NULL;
}

/* FALSE and an error where a request had no answer; what came before it is learnt. */
static gboolean
run (Live *self, GError **error)
{
  g_auto (UlRtspAnswer) answer = { 0 };

  if (!connect_client (self, error) || !ask_options (self, error))
    return FALSE;
  if (!describe (self, &answer, error))
    return FALSE;
  ask_options_again (self);
  g_autofree char *base = dup_header (&answer, "Content-Base");
  if (!base || !ul_rtsp_url_is (base)) {
    g_free (base);
    base = dup_header (&answer, "Content-Location");
  }
  self->media = ul_live_media_new (self->examiner, answer.text, answer.len, base && ul_rtsp_url_is (base) ? base : self->url->request, add_warning, self);
  if (!wants_media (self) || !ul_rtsp_client_is_open (self->client))
    return TRUE;
  if (!setup (self, error))
    return FALSE;
  g_autoptr (GError) local = NULL;
  if (play (self, &local) && ul_live_media_is_read (self->media))
    receive_media (self);
  if (local)
    warn (self, "%s", local->message);
  ul_live_media_end (self->media);
  teardown (self);
  return TRUE;
}

static void
finish (Live *self)
{
  guint64 junk = self->client ? ul_rtsp_client_junk (self->client) : 0;

  if (self->media)
    ul_live_media_end (self->media);
  if (self->client)
    self->result->bytes += ul_rtsp_client_bytes (self->client);
  if (junk)
    warn (self, "%" G_GUINT64_FORMAT " bytes of the connection are neither answer nor packet", junk);
  if (self->n_suppressed)
    g_ptr_array_add (self->result->warnings, g_strdup_printf ("%u more warnings of this kind", self->n_suppressed));
  for (guint i = 0; i < self->result->streams->len; i++)
    ul_examiner_finish (g_ptr_array_index (self->result->streams, i));
}

static gboolean
learnt_anything (const Live *self)
{
  for (guint i = 0; i < self->result->streams->len; i++)
    if (ul_evidence_n (ul_examiner_evidence (g_ptr_array_index (self->result->streams, i))))
      return TRUE;
  return FALSE;
}

static void
free_examiner (gpointer data)
{
  ul_examiner_free (data);
}

static UlSourceResult *
new_result (const char *url, const UlSourceOptions *options)
{
  UlSourceResult *result = g_new0 (UlSourceResult, 1);

  result->keep = options->keep;
  result->kind = UL_INPUT_LIVE;
  result->name = ul_redact (url, -1);
  result->container = g_strdup ("rtsp");
  result->streams = g_ptr_array_new_with_free_func (free_examiner);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  return result;
}

/* A login in the URL comes before the one of the options. */
static void
complete_login (UlRtspUrl *url, const UlLiveOptions *options)
{
  if (!url->user && options->username) {
    url->user = g_strdup (options->username);
    g_free (url->password);
    url->password = g_strdup (options->password);
  } else if (url->user && !url->password && options->password) {
    url->password = g_strdup (options->password);
  }
}

UlSourceResult *
ul_live_read (const char *url, const UlSourceOptions *options, GError **error)
{
  static const UlLiveOptions defaults = { 0 };
  g_autoptr (UlSourceResult) result = new_result (url, options);
  g_autoptr (GError) local = NULL;
  g_auto (Live) self = { .options = options->live ? options->live : &defaults, .result = result, .line = 1 };

  self.first_url = ul_rtsp_url_parse (url, error);
  if (!self.first_url)
    return NULL;
  complete_login (self.first_url, self.options);
  self.url = ul_rtsp_url_parse (url, error);
  self.sink = (UlRtspSink){ take_message, take_packet, add_warning, &self };
  self.answer_us = (gint64) ((self.options->timeout > 0 ? self.options->timeout : UL_LIVE_TIMEOUT_SECONDS) * G_USEC_PER_SEC);
  self.deadline_us = g_get_monotonic_time () + UL_LIVE_DIALOGUE_TIMEOUTS * self.answer_us;
  new_examiner (&self);
  if (!run (&self, &local) && local) {
    if (!learnt_anything (&self)) {
      g_set_error (error, UL_SOURCE_ERROR, local->domain == UL_SOURCE_ERROR ? local->code : UL_SOURCE_ERROR_NETWORK, "%s: %s", result->name,
                   local->message);
      return NULL;
    }
    warn (&self, "%s", local->message);
  }
  finish (&self);
  return g_steal_pointer (&result);
}
