/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "rtsp/message.h"
#include "source/certificate.h"
#include "source/rtsp_auth.h"
#include "source/rtsp_reader.h"
#include "source/rtsp_transport.h"
#include "source/rtsp_url.h"
#include "source/source.h"

/* --- the reader ------------------------------------------------------------------- */

/* Everything that comes out, as one text; FALSE at its end. */
static gboolean
take_items (UlRtspReader *reader, GString *out)
{
  UlRtspItem item;

  while (ul_rtsp_reader_next (reader, &item) != UL_RTSP_MORE) {
    if (item.kind == UL_RTSP_BROKEN) {
      g_string_append_printf (out, "broken: %s\n", item.problem);
      return FALSE;
    }
    g_string_append_printf (out, "%s at %" G_GUINT64_FORMAT " skipped %" G_GUINT64_FORMAT " channel %u status %u cseq %" G_GINT64_FORMAT "%s%s: ",
                            item.kind == UL_RTSP_FRAME ? "frame" : "message", item.offset, item.skipped, item.channel, item.status, item.cseq,
                            item.cut ? " cut " : "", item.cut ? item.cut : "");
    for (gsize i = 0; i < item.len; i++)
      g_string_append_printf (out, g_ascii_isgraph ((char) item.data[i]) ? "%c" : "<%02x>", item.data[i]);
    g_string_append_c (out, '\n');
  }
  return TRUE;
}

static char *
read_pieces (const char *data, gsize len, gsize piece, gsize first)
{
  g_autoptr (UlRtspReader) reader = ul_rtsp_reader_new ();
  GString *out = g_string_new (NULL);
  UlRtspItem item;

  for (gsize at = 0, n = first ? first : piece; at < len; at += n, n = piece) {
    n = MIN (n, len - at);
    ul_rtsp_reader_feed (reader, (const guint8 *) data + at, n);
    if (!take_items (reader, out))
      return g_string_free (out, FALSE);
  }
  if (ul_rtsp_reader_end (reader, &item) == UL_RTSP_MESSAGE)
    g_string_append_printf (out, "rest of %" G_GSIZE_FORMAT ": %s\n", item.len, item.cut);
  g_string_append_printf (out, "junk %" G_GUINT64_FORMAT " pending %" G_GSIZE_FORMAT "\n", ul_rtsp_reader_skipped (reader),
                          ul_rtsp_reader_pending (reader));
  return g_string_free (out, FALSE);
}

/* The same whatever the pieces: whole, every cut in two, every size up to 9. */
static void
check_splits (const char *data, gsize len, const char *wanted)
{
  g_autofree char *whole = read_pieces (data, len, len, 0);

  if (wanted)
    cr_assert_str_eq (whole, wanted);
  for (gsize i = 1; i < len; i++) {
    g_autofree char *cut = read_pieces (data, len, len, i);
    cr_assert_str_eq (cut, whole, "cut at %zu", i);
  }
  for (gsize n = 1; n < 10; n++) {
    g_autofree char *cut = read_pieces (data, len, n, 0);
    cr_assert_str_eq (cut, whole, "pieces of %zu", n);
  }
}

#define CHECK_SPLITS(data, wanted) check_splits (data, sizeof data - 1, wanted)

Test (rtsp_client, a_dialogue_in_every_split)
{
  static const char data[] = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic:  OPTIONS\r\n\r\n"
                             "$\0\0\4abcd"
                             "RTSP/1.0 200 OK\nCseq :2\nContent-Length: 5\n\nv=0\r\n"
                             "\r\n$\1\0\2\r\nRTSP/1.0 401 Unauthorized\r\nCSeq: 3\r\n\r\n";

  CHECK_SPLITS (data, "message at 0 skipped 0 channel 0 status 200 cseq 1: RTSP/1.0<20>200<20>OK<0d><0a>CSeq:<20>1<0d><0a>Public:<20><20>OPTIONS<0d><0a><0d><0a>\n"
                      "frame at 46 skipped 0 channel 0 status 0 cseq -1: abcd\n"
                      "message at 54 skipped 0 channel 0 status 200 cseq 2: RTSP/1.0<20>200<20>OK<0a>Cseq<20>:2<0a>Content-Length:<20>5<0a><0a>v=0<0d><0a>\n"
                      "frame at 104 skipped 0 channel 1 status 0 cseq -1: <0d><0a>\n"
                      "message at 110 skipped 0 channel 0 status 401 cseq 3: RTSP/1.0<20>401<20>Unauthorized<0d><0a>CSeq:<20>3<0d><0a><0d><0a>\n"
                      "junk 0 pending 0\n");
}

Test (rtsp_client, junk_between_frames)
{
  static const char data[] = "$\0\0\4abcdxy$z!$\1\0\10\200\310\0\1....RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\nRTSPx$\0\0\10\200`\0\1....";

  CHECK_SPLITS (data, "frame at 0 skipped 0 channel 0 status 0 cseq -1: abcd\n"
                      "frame at 13 skipped 5 channel 1 status 0 cseq -1: <80><c8><00><01>....\n"
                      "message at 25 skipped 0 channel 0 status 200 cseq 9: RTSP/1.0<20>200<20>OK<0d><0a>CSeq:<20>9<0d><0a><0d><0a>\n"
                      "frame at 58 skipped 5 channel 0 status 0 cseq -1: <80>`<00><01>....\n"
                      "junk 10 pending 0\n");
}

Test (rtsp_client, a_request_of_the_server)
{
  static const char data[] = "SET_PARAMETER rtsp://camera/ RTSP/1.0\r\nCSeq: 7\r\n\r\nRTSP/1.0 200 OK\r\n\r\n";
  g_autofree char *got = read_pieces (data, sizeof data - 1, 1000, 0);

  cr_assert (strstr (got, "message at 0 skipped 0 channel 0 status 0 cseq 7: SET_PARAMETER"));
  cr_assert (strstr (got, "status 200 cseq -1: RTSP/1.0"));
  CHECK_SPLITS (data, NULL);
}

Test (rtsp_client, a_body_ends_before_its_length)
{
  static const char data[] = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 100\r\n\r\nv=0\r\ns=a\r\nhalf";

  CHECK_SPLITS (data, "rest of 59: its body ends 86 bytes before its Content-Length\njunk 0 pending 4\n");
}

Test (rtsp_client, lengths_that_cannot_be)
{
  static const char huge[] = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4294967296\r\n\r\nv=0\r\ns=a\r\n"
                             "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n";
  static const char none[] = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=a\r\n";
  static const char negative[] = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: -5\r\n\r\nv=0\r\n$\0\0\10\200`\0\1....";
  g_autofree char *got = read_pieces (huge, sizeof huge - 1, 1000, 0);

  cr_assert (strstr (got, "status 200 cseq 2 cut its Content-Length is none that can be: "));
  cr_assert (strstr (got, "status 200 cseq 3: "));
  CHECK_SPLITS (huge, NULL);
  CHECK_SPLITS (none, "rest of 69: no Content-Length that can be: its body ended with silence\njunk 0 pending 0\n");
  CHECK_SPLITS (negative, NULL);
}

Test (rtsp_client, what_ends_an_open_body)
{
  static const char data[] = "RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nSETUP rtspx\nPLAY\n$\0\0\1\200\n"
                             "SET_PARAMETER rtsp://camera/ RTSP/1.0\r\nCSeq: 7\r\n\r\n";
  static const char *const ends[] = { "RTSP/1.0", "PLAY_NOTIFY rtsp:", "SETUP rtsp:", "OPTIONS * RTSP/1.0", "$\77\0\10\200" };
  static const char *const others[] = { "RTSP/2.0", "PLAY it again", "GET rtsp:", "OPTIONS", "$\100\0\10\200", "$\1\0\10\100" };
  gsize head = strlen ("h\n\n");

  CHECK_SPLITS (data, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (ends) + G_N_ELEMENTS (others); i++) {
    gboolean is_end = i < G_N_ELEMENTS (ends);
    const char *next = is_end ? ends[i] : others[i - G_N_ELEMENTS (ends)];
    g_autofree char *body = g_strconcat ("h\n\nv=0\n", "................................", NULL);
    gsize at = strlen ("h\n\nv=0\n"), len = strlen (body);
    memcpy (body + at, next, next[0] == '$' ? 5 : strlen (next));
    cr_assert_eq (ul_rtsp_open_body_end ((const guint8 *) body, len, head, 0), is_end ? at : len, "%s", next);
  }
}

Test (rtsp_client, headers_that_do_not_end)
{
  g_autoptr (GString) data = g_string_new ("RTSP/1.0 200 OK\r\nCSeq: 1\r\n");
  g_autoptr (UlRtspReader) reader = ul_rtsp_reader_new ();
  UlRtspItem item;

  while (data->len < 4 * UL_RTSP_MAX_HEADER_BYTES)
    g_string_append (data, "X-Pad: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
  g_autofree char *whole = read_pieces (data->str, data->len, data->len, 0);
  g_autofree char *cut = read_pieces (data->str, data->len, 1001, 0);
  cr_assert_str_eq (whole, cut);
  ul_rtsp_reader_feed (reader, (const guint8 *) data->str, data->len);
  cr_assert_eq (ul_rtsp_reader_next (reader, &item), UL_RTSP_MESSAGE);
  cr_assert_str_eq (item.cut, "its headers do not end");
  cr_assert_leq (item.len, UL_RTSP_MAX_HEADER_BYTES);
  cr_assert_eq (item.data[item.len - 1], '\n');
  cr_assert_eq (ul_rtsp_reader_next (reader, &item), UL_RTSP_BROKEN);
  cr_assert (strstr (item.problem, "headers of more than 65536 bytes"));
}

Test (rtsp_client, a_body_above_the_bound)
{
  g_autoptr (GString) data = g_string_new ("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n");
  gsize head = data->len;

  while (data->len < head + 2 * UL_RTSP_MAX_BODY_BYTES)
    g_string_append (data, "a=very long attribute\r\n");
  g_autoptr (UlRtspReader) reader = ul_rtsp_reader_new ();
  UlRtspItem item;
  guint n = 0;
  for (gsize at = 0; at < data->len; at += 4096) {
    ul_rtsp_reader_feed (reader, (const guint8 *) data->str + at, MIN (4096, data->len - at));
    while (ul_rtsp_reader_next (reader, &item) == UL_RTSP_MESSAGE) {
      n++;
      cr_assert_eq (item.len, head + UL_RTSP_MAX_BODY_BYTES);
    }
    cr_assert_leq (ul_rtsp_reader_pending (reader), head + UL_RTSP_MAX_BODY_BYTES + 4096);
  }
  cr_assert_eq (n, 1);
  cr_assert_eq (item.kind, UL_RTSP_BROKEN);
}

Test (rtsp_client, nothing_but_junk)
{
  g_autoptr (UlRtspReader) reader = ul_rtsp_reader_new ();
  g_autofree guint8 *noise = g_malloc (65536);
  UlRtspItem item;
  UlRtspKind kind = UL_RTSP_MORE;

  memset (noise, 'x', 65536);
  for (guint i = 0; i < 64 && kind == UL_RTSP_MORE; i++) {
    ul_rtsp_reader_feed (reader, noise, 65536);
    kind = ul_rtsp_reader_next (reader, &item);
  }
  cr_assert_eq (kind, UL_RTSP_BROKEN);
  cr_assert (strstr (item.problem, "neither an answer nor a frame"));
}

/* --- URLs -------------------------------------------------------------------------- */

Test (rtsp_client, urls)
{
  static const struct {
    const char *text, *host;
    guint port;
    const char *user, *password, *request;
  } rows[] = {
    { "rtsp://camera", "camera", 554, NULL, NULL, "rtsp://camera/" },
    { "RTSPS://camera/x?y=1", "camera", 322, NULL, NULL, "rtsps://camera/x?y=1" },
    { "rtsp://camera:8554?channel=1", "camera", 8554, NULL, NULL, "rtsp://camera:8554/?channel=1" },
    { "rtsp://a@camera/", "camera", 554, "a", NULL, "rtsp://camera/" },
    { "rtsp://a:b@camera:1/p@q", "camera", 1, "a", "b", "rtsp://camera:1/p@q" },
    { "rtsp://a:p@ss:w#r?d@[2001:db8::1]:65535/", "2001:db8::1", 65535, "a", "p@ss:w#r?d", "rtsp://[2001:db8::1]:65535/" },
    { "rtsp://a%3Ab:%40%2f%zz@camera/", "camera", 554, "a:b", "%40%2f%zz", "rtsp://camera/" },
    { "rtsp://a:%40%2F@camera/", "camera", 554, "a", "@/", "rtsp://camera/" },
    { "rtsp://camera/user=a_password=b_channel=1", "camera", 554, NULL, NULL, "rtsp://camera/user=a_password=b_channel=1" },
  };
  static const char *const bad[] = { "rtsp://", "rtsp://a:b@/", "rtsp://camera:0/", "rtsp://camera:65536/", "rtsp://camera:x/", "rtsp://camera:/",
                                     "rtsp://[::1/", "rtsp://[::1]x/", "rtsp://cam era/", "rtsp://camera/\r\nX: y", "http://camera/", "rtsp:///x" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (UlRtspUrl) url = ul_rtsp_url_parse (rows[i].text, NULL);
    cr_assert (url, "%s", rows[i].text);
    cr_assert_str_eq (url->host, rows[i].host);
    cr_assert_eq (url->port, rows[i].port);
    cr_assert_eq (g_strcmp0 (url->user, rows[i].user), 0, "%s", url->user);
    cr_assert_eq (g_strcmp0 (url->password, rows[i].password), 0, "%s", url->password);
    cr_assert_str_eq (url->request, rows[i].request);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    cr_assert_null (ul_rtsp_url_parse (bad[i], &error), "%s", bad[i]);
    cr_assert_eq (error->code, UL_SOURCE_ERROR_BAD_INPUT);
    cr_assert_null (strchr (error->message, '\n'));
  }
}

Test (rtsp_client, an_error_holds_no_login)
{
  g_autoptr (GError) error = NULL;

  cr_assert_null (ul_rtsp_url_parse ("rtsp://viewer:hun@ter?2#@camera:0/", &error));
  cr_assert_null (strstr (error->message, "ter"), "%s", error->message);
  cr_assert_null (strstr (error->message, "viewer"), "%s", error->message);
}

Test (rtsp_client, control_urls)
{
  static const struct {
    const char *base, *control, *wanted;
  } rows[] = {
    { "rtsp://c/x/", "trackID=1", "rtsp://c/x/trackID=1" },
    { "rtsp://c/x", "trackID=1", "rtsp://c/x/trackID=1" },
    { "rtsp://c/x?channel=1&subtype=0/", "trackID=0", "rtsp://c/x?channel=1&subtype=0/trackID=0" },
    { "rtsp://c/x", "*", "rtsp://c/x" },
    { "rtsp://c/x", "", "rtsp://c/x" },
    { "rtsp://c/x", "rtsp://d/y", "rtsp://d/y" },
    { "rtsp://c/x", "a b", NULL },
    { "rtsp://c/x", "a\r\nX:y", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *url = ul_rtsp_control_url (rows[i].base, rows[i].control, strlen (rows[i].control));
    cr_assert_eq (g_strcmp0 (url, rows[i].wanted), 0, "%s", url);
  }
}

/* --- logins ------------------------------------------------------------------------ */

static UlRtspAuth *
auth_of (const char *challenges)
{
  g_autofree char *text = g_strconcat ("RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n", challenges, "\r\n", NULL);
  g_autoptr (UlMessage) message = ul_message_parse (text, strlen (text), -1);

  return ul_rtsp_auth_new (message);
}

/* RFC 2617, 3.5 and RFC 7616, 3.9.1 */
Test (rtsp_client, digests_of_the_standards)
{
  g_autoptr (UlRtspAuth) md5 = auth_of ("WWW-Authenticate: Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
                                        "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"\r\n");
  g_autoptr (UlRtspAuth) sha = auth_of ("WWW-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
                                        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n");
  UlRtspLogin first = { "Mufasa", "Circle Of Life" }, second = { "Mufasa", "Circle of Life" };

  g_autofree char *a = ul_rtsp_auth_answer (md5, &first, "GET", "/dir/index.html", "0a4f113b");
  cr_assert (strstr (a, "response=\"6629fae49393a05397450978507c4ef1\""), "%s", a);
  cr_assert (strstr (a, "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001, cnonce=\"0a4f113b\""), "%s", a);
  g_autofree char *b = ul_rtsp_auth_answer (sha, &second, "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  cr_assert (strstr (b, "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""), "%s", b);
  g_autofree char *again = ul_rtsp_auth_answer (md5, &first, "GET", "/dir/index.html", "0a4f113b");
  cr_assert (strstr (again, "nc=00000002"), "%s", again);
}

Test (rtsp_client, the_strongest_challenge)
{
  g_autoptr (UlRtspAuth) both = auth_of ("WWW-Authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n");
  g_autoptr (UlRtspAuth) basic = auth_of ("WWW-Authenticate: Basic realm=\"a\"\r\n");
  g_autoptr (UlRtspAuth) stale = auth_of ("WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", stale=\"TRUE\"\r\n");
  UlRtspLogin login = { "viewer", "hunter2" };

  cr_assert_not (ul_rtsp_auth_is_basic (both));
  cr_assert (ul_rtsp_auth_is_basic (basic));
  cr_assert (ul_rtsp_auth_is_stale (stale));
  g_autofree char *answer = ul_rtsp_auth_answer (basic, &login, "DESCRIBE", "rtsp://c/", NULL);
  cr_assert_str_eq (answer, "Basic dmlld2VyOmh1bnRlcjI=");
  static const char *const none[] = { "", "WWW-Authenticate: Negotiate\r\n", "WWW-Authenticate: Digest realm=\"a\"\r\n",
                                      "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\"\r\n",
                                      "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", algorithm=SHA-512-256\r\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (none); i++)
    cr_assert_null (auth_of (none[i]), "%s", none[i]);
}

Test (rtsp_client, a_challenge_puts_no_line_into_a_request)
{
  g_autoptr (UlRtspAuth) auth = auth_of ("WWW-Authenticate: Digest realm=\"a\\\"b\x01\", nonce=\"c\td\"\r\n");
  UlRtspLogin login = { "vie\"wer\r\nX: y", "p" };

  cr_assert (auth);
  g_autofree char *answer = ul_rtsp_auth_answer (auth, &login, "DESCRIBE", "rtsp://c/", NULL);
  for (const char *p = answer; *p; p++)
    cr_assert ((guchar) *p >= ' ', "%s", answer);
}

/* --- certificates -------------------------------------------------------------------- */

/* tbsCertificate up to the key: no version, serial 1, one name each; RSA of a 9-bit modulus. */
static const guint8 small[] = { 0x30, 0x45, 0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x00, 0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03,
                                0x0c, 0x03, 'o', 'n', 'e', 0x30, 0x00, 0x30, 0x0b, 0x31, 0x09, 0x30, 0x07, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x0c, 0x00,
                                0x30, 0x1d, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x0c, 0x00,
                                0x30, 0x09, 0x02, 0x02, 0x01, 0x01, 0x02, 0x03, 0x01, 0x00, 0x01 };

Test (rtsp_client, marks_of_a_certificate)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();

  ul_certificate_examine (evidence, small, sizeof small);
  cr_assert_str_eq (ul_evidence_first (evidence, UL_KEY_TLS_ISSUER), "CN=one");
  cr_assert_str_eq (ul_evidence_first (evidence, UL_KEY_TLS_SUBJECT), "1.2.3.4=");
  cr_assert_str_eq (ul_evidence_first (evidence, UL_KEY_TLS_KEY), "RSA 9");
  cr_assert_eq (strlen (ul_evidence_first (evidence, UL_KEY_TLS_FINGERPRINT)), 64);
}

Test (rtsp_client, half_a_certificate)
{
  for (gsize n = 0; n < sizeof small; n++) {
    g_autoptr (UlEvidence) evidence = ul_evidence_new ();
    g_autofree guint8 *half = g_memdup2 (small, n);

    ul_certificate_examine (evidence, half, n);
    cr_assert_eq (ul_evidence_n (evidence), 0, "%zu", n);
    cr_assert_eq (ul_evidence_n_warnings (evidence), 1);
  }
}

/* --- Transport ----------------------------------------------------------------------- */

static UlRtspTransport
transport_of (const char *value)
{
  UlRtspTransport t = { 0 };

  ul_rtsp_transport_parse (ul_text (value, strlen (value)), &t);
  return t;
}

Test (rtsp_transport, where_the_packets_go)
{
  static const struct {
    const char *value;
    gboolean has_interleaved, has_client;
    guint64 interleaved[2], client[2], server[2];
  } of[] = {
    { "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=1", TRUE, FALSE, { 2, 3 }, { 0 }, { 0 } },
    { "RTP/AVP/TCP; Interleaved = 4 - 6 ;mode=play", TRUE, FALSE, { 4, 6 }, { 0 }, { 0 } },
    { "RTP/AVP/TCP;INTERLEAVED=7", TRUE, FALSE, { 7, 8 }, { 0 }, { 0 } },
    { "interleaved=255", TRUE, FALSE, { 255, 255 }, { 0 }, { 0 } },
    { "interleaved=0-256", TRUE, FALSE, { 0, 1 }, { 0 }, { 0 } },
    { "RTP/AVP;unicast;Client_Port=5000-5001;SERVER_PORT=6970-6971", FALSE, TRUE, { 0 }, { 5000, 5001 }, { 6970, 6971 } },
    { "RTP/AVP;x-interleaved=2-3;x_server_port=9;unicast", FALSE, FALSE, { 0 }, { 0 }, { 0 } },
    { "RTP/AVP/TCP;interleaved=256-257", FALSE, FALSE, { 0 }, { 0 }, { 0 } },
    { "RTP/AVP/TCP;interleaved=;client_port=x;server_port=-1", FALSE, FALSE, { 0 }, { 0 }, { 0 } },
    { "RTP/AVP;server_port=65536-65537;client_port=99999", FALSE, FALSE, { 0 }, { 0 }, { 0 } },
    { "RTP/AVP;unicast,RTP/AVP/TCP;interleaved=0-1", FALSE, FALSE, { 0 }, { 0 }, { 0 } }, /* the second is another transport */
    { "", FALSE, FALSE, { 0 }, { 0 }, { 0 } },
    { ";;=;interleaved", FALSE, FALSE, { 0 }, { 0 }, { 0 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (of); i++) {
    UlRtspTransport t = transport_of (of[i].value);

    cr_assert_eq (t.has_interleaved, of[i].has_interleaved, "%s", of[i].value);
    cr_assert_eq (t.has_client_port, of[i].has_client, "%s", of[i].value);
    cr_assert_arr_eq (t.interleaved, of[i].interleaved, sizeof t.interleaved, "%s", of[i].value);
    cr_assert_arr_eq (t.client_port, of[i].client, sizeof t.client_port, "%s", of[i].value);
    cr_assert_arr_eq (t.server_port, of[i].server, sizeof t.server_port, "%s", of[i].value);
  }
}

Test (rtsp_transport, an_answer_completes_its_request)
{
  static const char request[] = "RTP/AVP;unicast;client_port=5000-5001;destination=192.0.2.1", answer[] = "RTP/AVP;source=192.0.2.2;server_port=6970";
  UlRtspTransport t = transport_of (request);

  ul_rtsp_transport_parse (ul_text (answer, strlen (answer)), &t);
  cr_assert_eq (t.client_port[0], 5000);
  cr_assert_eq (t.server_port[0], 6970);
  cr_assert_eq (t.server_port[1], 6971);
  cr_assert (ul_text_equal (t.destination, "192.0.2.1"));
  cr_assert (ul_text_equal (t.source, "192.0.2.2"));
}
