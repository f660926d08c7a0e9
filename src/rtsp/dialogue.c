/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/dialogue.h"

#include "rtsp/form.h"
#include "rtsp/message.h"
#include "rtsp/sdp_marks.h"

/* Header lines whose values differ in every answer are kept so many times. */
#define MAX_VOLATILE_LINES 48

static void
add (UlEvidence *evidence, UlKey key, UlText value, gint64 number)
{
  ul_evidence_add_len (evidence, key, value.len ? value.p : "", (gssize) value.len, UL_AT_LINE (number));
}

static void
take (UlEvidence *evidence, UlKey key, char *value, gint64 number)
{
  ul_evidence_add (evidence, key, value, UL_AT_LINE (number));
  g_free (value);
}

/* --- challenges --------------------------------------------------------------- */

static void
add_realm (UlEvidence *evidence, UlText realm, gint64 number)
{
  add (evidence, UL_KEY_RTSP_REALM, realm, number);
  take (evidence, UL_KEY_RTSP_REALM_SHAPE, ul_form_realm (realm), number);
}

static void
add_challenge (UlEvidence *evidence, const UlHeader *h)
{
  g_autoptr (GString) shape = g_string_new (NULL);
  UlText realm, nonce;

  take (evidence, UL_KEY_RTSP_CHALLENGE_FORM, ul_form_challenge (h->value), h->number);
  if (ul_form_challenge_value (h->value, "realm", &realm))
    add_realm (evidence, realm, h->number);
  if (ul_form_challenge_value (h->value, "nonce", &nonce)) {
    ul_text_append_shape (shape, nonce);
    ul_evidence_add (evidence, UL_KEY_RTSP_NONCE_SHAPE, shape->str, UL_AT_LINE (h->number));
  }
}

/* --- headers -------------------------------------------------------------------- */

/* CSeq and Content-Length count; what is odd about them is an oddity. */
static gboolean
is_worth_keeping (UlEvidence *evidence, const UlHeader *h)
{
  static const char *const counters[] = { "CSeq", "Content-Length" };
  static const char *const varying[] = { "Date", "Session", "Transport", "RTP-Info", "Expires", "Last-Modified", "Range", "WWW-Authenticate" };

  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    if (ul_text_equal_ci (h->name, counters[i]))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (varying); i++)
    if (ul_text_equal_ci (h->name, varying[i]))
      return ul_evidence_n_values (evidence, UL_KEY_RTSP_HEADER) < MAX_VOLATILE_LINES;
  return TRUE;
}

static void
add_header_value (UlEvidence *evidence, const UlHeader *h)
{
  static const struct {
    const char *name;
    UlKey key;
  } plain[] = { { "Server", UL_KEY_RTSP_SERVER },
                { "Public", UL_KEY_RTSP_PUBLIC },
                { "User-Agent", UL_KEY_RTSP_USER_AGENT },
                { "Transport", UL_KEY_RTSP_TRANSPORT },
                { "Content-Base", UL_KEY_RTSP_CONTENT_BASE } };
  static const struct {
    const char *name;
    UlKey key;
    char *(*form) (UlText);
    gboolean raw; /* blanks after the colon are part of the form */
  } forms[] = { { "Session", UL_KEY_RTSP_SESSION_FORM, ul_form_session, TRUE },
                { "Date", UL_KEY_RTSP_DATE_FORM, ul_form_date, TRUE },
                { "Transport", UL_KEY_RTSP_TRANSPORT_FORM, ul_form_transport, FALSE },
                { "RTP-Info", UL_KEY_RTSP_RTP_INFO_FORM, ul_form_rtp_info, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    if (ul_text_equal_ci (h->name, plain[i].name))
      add (evidence, plain[i].key, h->value, h->number);
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    if (ul_text_equal_ci (h->name, forms[i].name))
      take (evidence, forms[i].key, forms[i].form (forms[i].raw ? h->raw : h->value), h->number);
  if (ul_text_equal_ci (h->name, "WWW-Authenticate") || ul_text_equal_ci (h->name, "Proxy-Authenticate"))
    add_challenge (evidence, h);
}

static gboolean
body_is_sdp (const UlMessage *message)
{
  UlText rest = message->body, line;

  while (ul_text_next_line (&rest, &line))
    if (!ul_text_is_blank (line))
      return line.len >= 2 && ul_text_chug (line).len >= 2 && ul_text_chug (line).p[1] == '=';
  return FALSE;
}

static const char *
infer_method (const UlMessage *message)
{
  static const struct {
    const char *header, *method;
  } rows[] = { { "Public", "OPTIONS" },    { "Content-Base", "DESCRIBE" }, { "Transport", "SETUP" },
               { "RTP-Info", "PLAY" },     { "Media-Properties", "SETUP" }, { "Range", "PLAY" } };
  const UlHeader *type = ul_message_header (message, "Content-Type");

  if (body_is_sdp (message) || (type && ul_text_starts_ci (type->value, "application/sdp")))
    return "DESCRIBE";
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (ul_message_header (message, rows[i].header))
      return rows[i].method;
  return "other";
}

static void
add_header_order (UlEvidence *evidence, const UlMessage *message, const char *previous_method)
{
  g_autoptr (GString) order = g_string_new (message->http ? "HTTP " : NULL);
  guint shown = 0;

  if (message->status.len && message->status.p[0] != '2')
    ul_text_append (order, message->status);
  else
    g_string_append (order, previous_method ? previous_method : infer_method (message));
  for (guint i = 0; i < message->headers->len && order->len < 1024; i++, shown++) {
    g_string_append (order, i ? "," : ": ");
    ul_text_append (order, g_array_index (message->headers, UlHeader, i).name);
  }
  if (shown)
    ul_evidence_add (evidence, UL_KEY_RTSP_HEADER_ORDER, order->str, UL_AT_LINE (message->number));
}

/* What a re-printing client spells is its own. */
static void
add_oddities (UlEvidence *evidence, const UlMessage *message)
{
  for (guint i = 0; i < message->oddities->len; i++) {
    const UlOddity *oddity = &g_array_index (message->oddities, UlOddity, i);

    ul_evidence_add (evidence, UL_KEY_RTSP_ODDITY, oddity->text, UL_AT_LINE (oddity->number));
  }
  if (message->http && message->kind == UL_MESSAGE_RESPONSE)
    ul_evidence_addf (evidence, UL_KEY_RTSP_ODDITY, UL_AT_LINE (message->number), "answer in %.*s", (int) MIN (message->version.len, 16),
                      message->version.p);
}

static void
add_response (UlEvidence *evidence, const UlMessage *message, const char *previous_method)
{
  gboolean reprinted = !ul_evidence_on_wire (evidence) && ul_message_is_reprinted (message);

  if (message->kind == UL_MESSAGE_RESPONSE) {
    g_autofree char *reason = ul_text_dup (ul_text_head (message->reason, 128));

    ul_evidence_addf (evidence, UL_KEY_RTSP_STATUS, UL_AT_LINE (message->number), "%.3s%s%s", message->status.p, reason[0] ? " " : "", reason);
  }
  add_header_order (evidence, message, previous_method);
  for (guint i = 0; i < message->headers->len; i++) {
    const UlHeader *h = &g_array_index (message->headers, UlHeader, i);

    if (is_worth_keeping (evidence, h))
      add (evidence, UL_KEY_RTSP_HEADER, h->line, h->number);
    add (evidence, UL_KEY_RTSP_HEADER_NAME, h->name, h->number);
    add_header_value (evidence, h);
  }
  if (!reprinted)
    add_oddities (evidence, message);
  if (message->n_dropped)
    ul_evidence_warn (evidence, "message at line %" G_GINT64_FORMAT ": %u headers above %u were passed over", message->number,
                      message->n_dropped, UL_MESSAGE_MAX_HEADERS);
}

/* A client's digest answer repeats the server's realm word for word (RFC 2617,
 * 3.2.2); nothing else of it is kept. */
static void
add_repeated_realm (UlEvidence *evidence, const UlMessage *message)
{
  const UlHeader *authorization = ul_message_header (message, "Authorization");
  UlProvenance provenance = ul_evidence_provenance (evidence);
  UlText realm;

  if (!authorization || !ul_text_starts_ci (authorization->value, "Digest ")
      || !ul_form_challenge_value (authorization->value, "realm", &realm))
    return;
  ul_evidence_set_provenance (evidence, provenance | UL_PROVENANCE_LOG);
  add_realm (evidence, realm, authorization->number);
  ul_evidence_set_provenance (evidence, provenance);
}

static void
add_request (UlEvidence *evidence, const UlMessage *message)
{
  const UlHeader *agent = ul_message_header (message, "User-Agent");
  g_autofree char *method = ul_text_dup (message->method);
  const char *sender = ul_message_header (message, "Server") ? "server " : agent ? "client " : "";

  ul_evidence_addf (evidence, UL_KEY_RTSP_METHOD, UL_AT_LINE (message->number), "%s%s", sender, method);
  if (message->url.len)
    add (evidence, UL_KEY_RTSP_REQUEST_URL, message->url, message->number);
  if (agent)
    add (evidence, UL_KEY_RTSP_CLIENT, agent->value, agent->number);
  add_repeated_realm (evidence, message);
}

/* --- the facade -------------------------------------------------------------- */

UlSdpFacts
ul_dialogue_message_full (UlEvidence *evidence, const char *text, gsize len, gint64 line, const char *previous_method,
                          UlSpropFunc func, gpointer user_data)
{
  g_autoptr (UlMessage) message = ul_message_parse (text, len, line);
  UlProvenance provenance = ul_evidence_provenance (evidence);
  UlSdpFacts facts = { .profile_level_id_line = -1, .framerate_line = -1 };

  if (message->kind == UL_MESSAGE_REQUEST) {
    add_request (evidence, message);
  } else {
    if (!ul_evidence_on_wire (evidence) && ul_message_is_reprinted (message))
      ul_evidence_set_provenance (evidence, provenance | UL_PROVENANCE_LOG);
    add_response (evidence, message, previous_method);
    ul_evidence_set_provenance (evidence, provenance);
  }
  if (body_is_sdp (message))
    facts = ul_dialogue_sdp (evidence, message->body.p, message->body.len, message->body_number, func, user_data);
  return facts;
}

void
ul_dialogue_message (UlEvidence *evidence, const char *text, gsize len, gint64 line, const char *previous_method)
{
  ul_dialogue_message_full (evidence, text, len, line, previous_method, NULL, NULL);
}

UlSdpFacts
ul_dialogue_sdp (UlEvidence *evidence, const char *text, gsize len, gint64 line, UlSpropFunc func, gpointer user_data)
{
  g_autoptr (UlSdp) sdp = ul_sdp_parse (text, len, line);

  return ul_sdp_marks (evidence, sdp, func, user_data);
}
