/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "rtsp/dialogue.h"
#include "rtsp/form.h"
#include "rtsp/message.h"
#include "seen.h"

static UlText
T (const char *s)
{
  return ul_text (s, strlen (s));
}

#define assert_form(call, expected)                                                                                                        \
  do {                                                                                                                                     \
    g_autofree char *form_ = (call);                                                                                                       \
    cr_assert_str_eq (form_, expected);                                                                                                    \
  } while (0)

static const UlObservation *
find (UlEvidence *evidence, UlKey key)
{
  for (guint i = 0; i < ul_evidence_n (evidence); i++)
    if (ul_evidence_get (evidence, i)->key == key)
      return ul_evidence_get (evidence, i);
  return NULL;
}

static UlEvidence *
examine (const char *text, const char *method)
{
  UlEvidence *evidence = ul_evidence_new ();

  ul_dialogue_message (evidence, text, strlen (text), 1, method);
  return evidence;
}

Test (message, lines_end_as_they_end)
{
  UlText rest = T ("a\nb\r\nc\r\r\nd\re"), line;
  g_autoptr (GString) all = g_string_new (NULL);

  while (ul_text_next_line (&rest, &line))
    g_string_append_printf (all, "[%.*s]", (int) line.len, line.p);
  cr_assert_str_eq (all->str, "[a][b][c][d][e]");
}

Test (message, shapes)
{
  static const char *const rows[][2] = { { "0123456789", "dec10" }, { "00ff", "hex4" },      { "00FF", "HEX4" },
                                         { "aF00", "text4" },       { "c479XXXX", "masked8" }, { "", "empty" } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) shape = g_string_new (NULL);
    ul_text_append_shape (shape, T (rows[i][0]));
    cr_assert_str_eq (shape->str, rows[i][1]);
  }
}

Test (message, base64_of_devices)
{
  gsize len;
  g_autofree guint8 *plain = ul_text_base64 (T ("aO48gA=="), &len);
  cr_assert_eq (len, 4);
  g_autofree guint8 *bare = ul_text_base64 (T ("\"aO48gA"), &len);
  cr_assert_eq (len, 4);
  cr_assert_arr_eq (plain, bare, 4);
  cr_assert_null (ul_text_base64 (T ("(null)"), &len));
  cr_assert_null (ul_text_base64 (T (""), &len));
}

Test (message, session_form)
{
  assert_form (ul_form_session (T ("        123456789;timeout=60")), "sp8 dec9;timeout=60");
  assert_form (ul_form_session (T (" 0a1b2c3d; timeout=60")), "sp1 hex8; timeout=60");
  assert_form (ul_form_session (T (": 12345678")), "sp1 dec8");
  assert_form (ul_form_session (T ("")), "sp0 empty");
}

Test (message, date_form)
{
  assert_form (ul_form_date (T ("  Wed, Jan 01 2020 12:34:56 GMT")), "sp2 Www, Mon DD YYYY hh:mm:ss GMT");
  assert_form (ul_form_date (T (" Sat, 4 Jan 2020 12:34:56 UTC")), "sp1 Www, D Mon YYYY hh:mm:ss UTC");
  assert_form (ul_form_date (T (" Mon Jan 13 12:34:56 2020")), "sp1 Www Mon DD hh:mm:ss YYYY");
}

Test (message, transport_form)
{
  assert_form (ul_form_transport (T ("RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0a1b2c3d;mode=\"play\"")),
               "RTP/AVP/TCP;unicast;interleaved=;ssrc=hex8;mode=\"play\"");
  assert_form (ul_form_transport (T ("RTP/AVP;unicast;destination=10.0.0.1; ssrc= 0a1b2c3;")), "RTP/AVP;unicast;destination=; ssrc=sp1hex7;");
  assert_form (ul_form_transport (T ("RTP/AVP;ssrc=0x6f7c")), "RTP/AVP;ssrc=0xhex4");
}

Test (message, rtp_info_form)
{
  assert_form (ul_form_rtp_info (T ("url=rtsp://h/1,2/t;seq=1;rtptime=0,url=trackID=2;seq=3")), "url=abs;seq;rtptime");
  assert_form (ul_form_rtp_info (T ("url=trackID=1;seq=1;ssrc=DCC4A0D8")), "url=rel;seq;ssrc=HEX8");
  assert_form (ul_form_rtp_info (T ("url=/video;seq=56")), "url=path;seq");
}

Test (message, challenge_form_and_values)
{
  UlText c = T ("Digest realm=\"a \\\"b\\\", c\", nonce=\"00\",opaque=\"\", stale=\"FALSE\", algorithm=MD5"), v;

  assert_form (ul_form_challenge (c), "Digest realm=\"\", nonce=\"\",opaque=\"\", stale=\"FALSE\", algorithm=MD5");
  cr_assert (ul_form_challenge_value (c, "nonce", &v));
  cr_assert_eq (v.len, 2);
  cr_assert (!ul_form_challenge_value (c, "qop", &v));
}

Test (message, realm_shape)
{
  assert_form (ul_form_realm (T ("Login to 4a3b5c6d7e8f90a1b2c3d4e5f6a7b8c9")), "Login to hex32");
  assert_form (ul_form_realm (T ("IP Camera(KXXXX)")), "IP Camera(masked5)");
  assert_form (ul_form_realm (T ("IP Camera(12345)")), "IP Camera(dec5)");
  assert_form (ul_form_realm (T ("aabbccddeeff")), "aabbccddeeff");
  assert_form (ul_form_realm (T ("aabbccddee01")), "hex12");
  assert_form (ul_form_realm (T ("LIVE555 Streaming Media")), "LIVE555 Streaming Media");
}

Test (message, response_as_sent)
{
  g_autoptr (UlEvidence) e = examine ("RTSP/1.0 200 OK\r\nCSeq: 3 \r\nSession::  42\r\nDate:  Wed, Jan 01 2020 12:34:56 GMT\r\n \r\n"
                                      "Transport:RTP/AVP/TCP;unicast\r\nContent-Length: 3\r\n\r\nabcd",
                                      NULL);

  cr_assert (has (e, UL_KEY_RTSP_STATUS, "200 OK"));
  cr_assert (has (e, UL_KEY_RTSP_HEADER, "Date:  Wed, Jan 01 2020 12:34:56 GMT"));
  cr_assert (has (e, UL_KEY_RTSP_HEADER_ORDER, "SETUP: CSeq,Session,Date,Transport,Content-Length"));
  cr_assert (has (e, UL_KEY_RTSP_SESSION_FORM, "sp2 dec2"));
  cr_assert (has (e, UL_KEY_RTSP_ODDITY, "trailing blank: CSeq"));
  cr_assert (has (e, UL_KEY_RTSP_ODDITY, "doubled colon: Session"));
  cr_assert (has (e, UL_KEY_RTSP_ODDITY, "2 blanks after the colon: Date"));
  cr_assert (has (e, UL_KEY_RTSP_ODDITY, "line of 1 blank between headers"));
  cr_assert (has (e, UL_KEY_RTSP_ODDITY, "no blank after the colon: Transport"));
  cr_assert (has (e, UL_KEY_RTSP_ODDITY, "Content-Length 1 less than the body"));
}

Test (message, method_names_the_order)
{
  g_autoptr (UlEvidence) e = examine ("RTSP/1.0 200 OK\nCSeq: 9\n\n", "GET_PARAMETER");
  g_autoptr (UlEvidence) u = examine ("RTSP/1.0 401 Unauthorized\nCSeq: 9\nWWW-Authenticate: Basic realm=\"x\"\n\n", "DESCRIBE");

  cr_assert (has (e, UL_KEY_RTSP_HEADER_ORDER, "GET_PARAMETER: CSeq"));
  cr_assert (has (u, UL_KEY_RTSP_HEADER_ORDER, "401: CSeq,WWW-Authenticate"));
  cr_assert (has (u, UL_KEY_RTSP_REALM, "x"));
}

Test (message, requests_tell_little)
{
  g_autoptr (UlEvidence) e = examine ("DESCRIBE rtsp://admin:secret@10.0.0.1/a b RTSP/1.0\r\nCSeq: 3\r\nUser-Agent: client\r\n"
                                      "Authorization: Digest username=\"admin\", response=\"0123\"\r\n\r\n",
                                      NULL);

  cr_assert (has (e, UL_KEY_RTSP_METHOD, "client DESCRIBE"));
  cr_assert (has (e, UL_KEY_RTSP_REQUEST_URL, "rtsp://***@10.0.0.1/a b"));
  cr_assert (has (e, UL_KEY_RTSP_CLIENT, "client"));
  cr_assert_eq (ul_evidence_n (e), 3);
}

Test (message, reprinted_headers_are_not_vouched_for)
{
  g_autoptr (UlEvidence) e
      = examine ("RTSP/1.0 401 Unauthorized\nCseq: 2\nWww-Authenticate: Basic realm=\"r\"\n\nv=0\no=- 1 1 IN IP4 0.0.0.0\ns=x\n", NULL);
  const UlObservation *order = find (e, UL_KEY_RTSP_HEADER_ORDER);

  cr_assert (!ul_key_vouched (UL_KEY_RTSP_HEADER_ORDER, order->provenance));
  cr_assert_null (find (e, UL_KEY_RTSP_ODDITY));
  cr_assert_eq (find (e, UL_KEY_SDP_LINE_ORDER)->provenance, UL_PROVENANCE_AS_SENT);
}

Test (message, http_of_a_tunnel)
{
  g_autoptr (UlEvidence) e = examine ("HTTP/1.1 401 Unauthorized\r\nCSeq: 0\r\nWWW-Authenticate:  Digest realm=\"r\", nonce=\"1f\"\r\n\r\n", NULL);

  cr_assert (has (e, UL_KEY_RTSP_HEADER_ORDER, "HTTP 401: CSeq,WWW-Authenticate"));
  cr_assert (has (e, UL_KEY_RTSP_NONCE_SHAPE, "hex2"));
}

/* Line ends are the one thing that a paste always changes. */
Test (message, line_ends_change_oddities_alone)
{
  static const char lf[] = "RTSP/1.0 200 OK\nCSeq: 2\nContent-Base: rtsp://h/\nContent-Length: 60\n\nv=0\no=- 1 1 IN IP4 0.0.0.0\nm=video 0 RTP/AVP 96\na=x\n";
  g_auto (GStrv) lines = g_strsplit (lf, "\n", -1);
  g_autofree char *crlf = g_strjoinv ("\r\n", lines);
  g_autoptr (UlEvidence) a = examine (lf, NULL);
  g_autoptr (UlEvidence) b = examine (crlf, NULL);

  for (guint i = 0; i < ul_evidence_n (a); i++) {
    const UlObservation *o = ul_evidence_get (a, i);
    cr_assert (o->key == UL_KEY_RTSP_ODDITY || has (b, o->key, o->value), "%s %s", ul_key_name (o->key), o->value);
  }
  for (guint i = 0; i < ul_evidence_n (b); i++) {
    const UlObservation *o = ul_evidence_get (b, i);
    cr_assert (o->key == UL_KEY_RTSP_ODDITY || has (a, o->key, o->value), "%s %s", ul_key_name (o->key), o->value);
  }
}

Test (message, cut_anywhere)
{
  static const char text[] = "RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession:    12;timeout=60\r\nWWW-Authenticate: Digest realm=\"IP Camera(12345)\", nonce=\"0f\"\r\n"
                             "RTP-Info: url=rtsp://h/t;seq=1\r\nTransport: RTP/AVP;ssrc=0x1\r\n folded\r\n \r\nDate: Mon, 1 Jan 2024 00:00:00 GMT\r\n\r\n"
                             "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nm=video 0 RTP/AVP 96\r\na=fmtp:96 sprop-parameter-sets=Z00A,aO4=\r\n";

  for (gsize n = 0; n < sizeof text; n++) {
    g_autoptr (UlEvidence) e = ul_evidence_new ();
    g_autofree char *exact = g_memdup2 (text, n);
    ul_dialogue_message (e, exact, n, 1, NULL);
  }
}

Test (message, hundred_thousand_headers)
{
  g_autoptr (GString) text = g_string_new ("RTSP/1.0 200 OK\r\n");
  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "X-%u: %u\r\n", i, i);
  g_autoptr (UlEvidence) e = ul_evidence_new ();

  ul_dialogue_message (e, text->str, text->len, 1, NULL);
  cr_assert_gt (ul_evidence_n_warnings (e), 0);
}
