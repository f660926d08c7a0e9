/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "pcap_writer.h"
#include "seen.h"
#include "source/packets.h"
#include "source/rtsp_reader.h"

#define ETHERNET 1
#define CAMERA 10
#define CLIENT 20
#define SYN 2
#define ACK 0x10
#define FIN 1

static const guint8 sps[] = { 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x05, 0x07, 0xe4 }; /* 320x240 */
static const guint8 pps[] = { 0x68, 0xce, 0x38, 0x80 };

/* --- reading ---------------------------------------------------------------------- */

static UlSourceResult *
try_read (const PcapWriter *w, GError **error)
{
  static const UlSourceOptions options = { .no_hash = TRUE };
  UlSourceResult *result = g_new0 (UlSourceResult, 1);
  FILE *file = fmemopen (w->bytes->data, w->bytes->len, "rb");

  result->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_examiner_free);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  if (ul_packets_read_file (file, "test", &options, w->bytes->len, result, error))
    return result;
  ul_source_result_free (result);
  return NULL;
}

static UlSourceResult *
read_capture (const PcapWriter *w)
{
  g_autoptr (GError) error = NULL;
  UlSourceResult *result = try_read (w, &error);

  cr_assert (result, "%s", error ? error->message : "");
  cr_assert_eq (result->kind, UL_INPUT_PACKETS);
  return result;
}

static UlEvidence *
evidence_of (const UlSourceResult *result, guint i)
{
  return ul_examiner_evidence (g_ptr_array_index (result->streams, i));
}

/* --- a camera ------------------------------------------------------------------------- */

static char *
describe_answer (const char *server, const char *session_name)
{
  g_autofree char *sdp = g_strdup_printf ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=%s\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
                                          "a=rtpmap:96 H264/90000\r\na=control:trackID=1\r\nm=audio 0 RTP/AVP 97\r\n"
                                          "a=rtpmap:97 MPEG4-GENERIC/8000\r\na=control:trackID=2\r\n", session_name);

  return g_strdup_printf ("RTSP/1.0 200 OK\r\nCSeq: 2\r\nServer: %s\r\nContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", server,
                          strlen (sdp), sdp);
}

typedef struct {
  PcapWriter *w;
  guint camera, client_port;
  guint32 sequences[2]; /* of the client, of the camera */
  gboolean open_body;   /* no Content-Length */
} Talk;

static void
say (Talk *t, gboolean from_camera, const void *data, gsize len)
{
  guint32 *sequence = &t->sequences[from_camera];

  if (from_camera)
    pcap_tcp (t->w, t->camera, 554, CLIENT, t->client_port, *sequence, ACK, data, len);
  else
    pcap_tcp (t->w, CLIENT, t->client_port, t->camera, 554, *sequence, ACK, data, len);
  *sequence += (guint32) len;
}

static void
say_text (Talk *t, gboolean from_camera, const char *text)
{
  say (t, from_camera, text, strlen (text));
}

static void
without_length (char *message)
{
  char *line = strstr (message, "Content-Length"), *next = strstr (line, "\r\n") + 2;

  memmove (line, next, strlen (next) + 1);
}

static void
dialogue (Talk *t, const char *server, const char *session_name, const char *transport)
{
  g_autofree char *describe = describe_answer (server, session_name);
  g_autofree char *setup = g_strdup_printf ("SETUP rtsp://c/live/trackID=1 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast\r\n\r\n");
  g_autofree char *setup_answer = g_strdup_printf ("RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: %s\r\nSession: 7\r\n\r\n", transport);

  pcap_tcp (t->w, CLIENT, t->client_port, t->camera, 554, t->sequences[0]++, SYN, NULL, 0);
  pcap_tcp (t->w, t->camera, 554, CLIENT, t->client_port, t->sequences[1]++, SYN | ACK, NULL, 0);
  say_text (t, FALSE, "DESCRIBE rtsp://user:geheim@c/live RTSP/1.0\r\nCSeq: 2\r\nAuthorization: Basic dXNlcjpnZWhlaW0=\r\n\r\n");
  if (t->open_body)
    without_length (describe);
  say_text (t, TRUE, describe);
  say_text (t, FALSE, setup);
  say_text (t, TRUE, setup_answer);
  say_text (t, FALSE, "PLAY rtsp://c/live RTSP/1.0\r\nCSeq: 4\r\n\r\n");
  say_text (t, TRUE, "RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 7\r\nRTP-Info: url=trackID=1;seq=1000\r\n\r\n");
}

/* The packets of some pictures: parameter sets, then three fragments a picture. */
static GPtrArray *
video (guint n_pictures, guint sequence, guint32 ssrc)
{
  GPtrArray *packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  guint8 fragment[200];

  g_ptr_array_add (packets, rtp_packet (sequence++, 0, ssrc, FALSE, sps, sizeof sps));
  g_ptr_array_add (packets, rtp_packet (sequence++, 0, ssrc, FALSE, pps, sizeof pps));
  for (guint i = 0; i < n_pictures; i++)
    for (guint k = 0; k < 3; k++) {
      memset (fragment, 0xa5 + (int) k, sizeof fragment);
      fragment[0] = i ? 0x5c : 0x7c;
      fragment[1] = (guint8) ((i ? 1 : 5) | (k == 0 ? 0x80 : 0) | (k == 2 ? 0x40 : 0));
      /* first_mb_in_slice 0, slice_type 7 or 5, frame_num of four bits */
      fragment[2] = (guint8) (i ? 0x9a | (i >> 3 & 1) : 0x88);
      fragment[3] = (guint8) (i ? (i & 7) << 5 | 8 : 0x84);
      g_ptr_array_add (packets, rtp_packet (sequence++, i * 3600, ssrc, k == 2, fragment, sizeof fragment));
    }
  return packets;
}

static void
say_frame (Talk *t, guint channel, const GByteArray *packet)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  put_be (frame, '$', 1);
  put_be (frame, channel, 1);
  put_be (frame, packet->len, 2);
  g_byte_array_append (frame, packet->data, packet->len);
  say (t, TRUE, frame->data, frame->len);
}

static void
whole_session (PcapWriter *w, guint camera, guint client_port, const char *server)
{
  Talk t = { .w = w, .camera = camera, .client_port = client_port, .sequences = { 100, 0xfffffff0u } };
  g_autoptr (GPtrArray) packets = video (10, 1000, camera);

  dialogue (&t, server, server, "RTP/AVP/TCP;unicast;interleaved=0-1");
  for (guint i = 0; i < packets->len; i++)
    say_frame (&t, 0, g_ptr_array_index (packets, i));
}

static void
udp_session (PcapWriter *w, const GPtrArray *packets)
{
  Talk t = { .w = w, .camera = CAMERA, .client_port = 40000, .sequences = { 1, 1 } };

  dialogue (&t, "S", "S", "RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001");
  for (guint i = 0; i < packets->len; i++) {
    const GByteArray *p = g_ptr_array_index (packets, i);
    pcap_udp (w, CAMERA, 6000, CLIENT, 5000, p->data, p->len);
  }
}

static void
writer_clear (PcapWriter *w)
{
  g_byte_array_unref (w->bytes);
}

/* --- addresses --------------------------------------------------------------------------- */

Test (packets, pairs_of_endpoints_are_keys)
{
  UlEndpoint pair[2] = { { .port = 554 }, { .port = 40000 } }, same[2], other[2] = { pair[1], pair[0] };

  pair[0].address.bytes[15] = other[1].address.bytes[15] = 1;
  memcpy (same, pair, sizeof same);
  cr_assert (ul_endpoints_equal (pair, same));
  cr_assert_eq (ul_endpoints_hash (pair), ul_endpoints_hash (same));
  cr_assert_not (ul_endpoints_equal (pair, other), "a flow has a direction");
  same[1].port++;
  cr_assert_not (ul_endpoints_equal (pair, same));
  cr_assert_neq (ul_endpoints_hash (pair), ul_endpoints_hash (same));
}

/* --- TCP --------------------------------------------------------------------------------- */

Test (packets, interleaved_session)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  whole_session (&w, CAMERA, 40000, "Example/1");
  g_autoptr (UlSourceResult) result = read_capture (&w);
  UlEvidence *evidence = evidence_of (result, 0);

  cr_assert_eq (result->streams->len, 1u);
  cr_assert_eq (result->warnings->len, 0u);
  cr_assert_eq (ul_evidence_n_warnings (evidence), 0u, "%s", ul_evidence_n_warnings (evidence) ? ul_evidence_get_warning (evidence, 0) : "");
  cr_assert (has (evidence, UL_KEY_RTSP_ENDPOINT, "192.0.2.10:554"));
  cr_assert (has (evidence, UL_KEY_RTSP_SERVER, "Example/1"));
  cr_assert (has (evidence, UL_KEY_RTSP_HEADER_ORDER, "DESCRIBE: CSeq,Server,Content-Type,Content-Length"));
  cr_assert (has (evidence, UL_KEY_RTSP_HEADER_ORDER, "SETUP: CSeq,Transport,Session"));
  cr_assert (has (evidence, UL_KEY_RTSP_HEADER_ORDER, "PLAY: CSeq,Session,RTP-Info"));
  cr_assert (has (evidence, UL_KEY_H264_SPS_RAW, "6742c01eda0507e4"));
  cr_assert (has (evidence, UL_KEY_RTP_FRAGMENTATION, "single,FU-A"));
  cr_assert (has (evidence, UL_KEY_RTP_TIMESTAMP_STEP, "3600"));
  cr_assert (has (evidence, UL_KEY_RTP_INITIAL_SEQUENCE, "large"));
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 10u);
  writer_clear (&w);
}

Test (packets, dialogue_is_as_sent_and_media_depayloaded)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  whole_session (&w, CAMERA, 40000, "Example/1");
  g_autoptr (UlSourceResult) result = read_capture (&w);
  UlEvidence *evidence = evidence_of (result, 0);

  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    UlLayer layer = ul_key_layer (o->key);
    if (o->key == UL_KEY_SDP_PROFILE_LEVEL_ID_AND_SPS)
      continue;
    if (layer == UL_LAYER_RTSP || layer == UL_LAYER_SDP || layer == UL_LAYER_RTP)
      cr_assert_eq (o->provenance, UL_PROVENANCE_AS_SENT, "%s", ul_key_name (o->key));
    if (layer == UL_LAYER_RTSP)
      cr_assert (o->first.offset > 0 && o->first.time_us >= 0, "%s", ul_key_name (o->key));
    if (layer == UL_LAYER_PARAMS)
      cr_assert_eq (o->provenance, UL_PROVENANCE_DEPAYLOADED, "%s", ul_key_name (o->key));
  }
  writer_clear (&w);
}

Test (packets, credentials_stay_inside)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  whole_session (&w, CAMERA, 40000, "Example/1");
  g_autoptr (UlSourceResult) result = read_capture (&w);
  g_autofree char *text = dump (evidence_of (result, 0), FALSE);

  cr_assert_not (strstr (text, "geheim"));
  cr_assert_not (strstr (text, "dXNlcjpnZWhlaW0"));
  cr_assert (strstr (text, "rtsp.request_url"));
  writer_clear (&w);
}

/* Takes the records of a capture apart, to write them again in another way. */
static GPtrArray *
records (const PcapWriter *w)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);

  for (gsize at = 24; at < w->bytes->len;) {
    const guint8 *h = w->bytes->data + at;
    gsize len = h[8] | (gsize) h[9] << 8;
    GByteArray *record = g_byte_array_new ();
    g_byte_array_append (record, h + 16, (guint) len);
    g_ptr_array_add (list, record);
    at += 16 + len;
  }
  return list;
}

Test (packets, retransmitted_and_out_of_order)
{
  PcapWriter ordered = pcap_writer_new (ETHERNET), shuffled = pcap_writer_new (ETHERNET);
  whole_session (&ordered, CAMERA, 40000, "Example/1");
  g_autoptr (GPtrArray) list = records (&ordered);

  /* The handshake stays first; then pairs change places, and every third comes again. */
  for (guint i = 0; i < list->len; i++) {
    guint from = i < 2 ? i : i ^ 1u;
    const GByteArray *p = g_ptr_array_index (list, from < list->len ? from : i);
    pcap_record (&shuffled, p, p->len);
    if (i % 3 == 0)
      pcap_record (&shuffled, p, p->len);
  }
  g_autoptr (UlSourceResult) a = read_capture (&ordered);
  g_autoptr (UlSourceResult) b = read_capture (&shuffled);
  /* A request may now come after its answer: only what the camera sent is compared. */
  cr_assert (has (evidence_of (b, 0), UL_KEY_RTSP_SERVER, "Example/1"));
  cr_assert (has (evidence_of (b, 0), UL_KEY_H264_SPS_RAW, "6742c01eda0507e4"));
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (a->streams, 0)), ul_examiner_n_pictures (g_ptr_array_index (b->streams, 0)));
  cr_assert_eq (b->streams->len, 1u);
  cr_assert_eq (ul_evidence_n_warnings (evidence_of (b, 0)), 0u);
  writer_clear (&ordered);
  writer_clear (&shuffled);
}

/* The whole camera side in segments of `size` bytes, some left out. */
static UlSourceResult *
resegmented (gsize size, guint drop_from, guint drop_to)
{
  PcapWriter whole = pcap_writer_new (ETHERNET), cut = pcap_writer_new (ETHERNET);
  whole_session (&whole, CAMERA, 40000, "Example/1");
  g_autoptr (GPtrArray) list = records (&whole);
  guint32 sequence = 0xfffffff1u;
  guint n = 0;

  for (guint i = 0; i < list->len; i++) {
    const GByteArray *p = g_ptr_array_index (list, i);
    if (p->data[29] != CAMERA || p->len == 54) {
      pcap_record (&cut, p, p->len);
      continue;
    }
    for (gsize at = 54; at < p->len; at += size, n++) {
      gsize len = MIN (size, p->len - at);
      if (n < drop_from || n >= drop_to)
        pcap_tcp (&cut, CAMERA, 554, CLIENT, 40000, sequence, ACK, p->data + at, len);
      sequence += (guint32) len;
    }
  }
  UlSourceResult *result = read_capture (&cut);
  writer_clear (&whole);
  writer_clear (&cut);
  return result;
}

Test (packets, one_byte_at_a_time)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  whole_session (&w, CAMERA, 40000, "Example/1");
  g_autoptr (UlSourceResult) whole = read_capture (&w);
  g_autoptr (UlSourceResult) bytes = resegmented (1, 0, 0);
  g_autofree char *a = dump (evidence_of (whole, 0), FALSE);
  g_autofree char *b = dump (evidence_of (bytes, 0), FALSE);

  cr_assert_str_eq (a, b);
  writer_clear (&w);
}

Test (packets, a_missing_segment_inside_frames)
{
  g_autoptr (UlSourceResult) result = resegmented (100, 30, 34);
  UlEvidence *evidence = evidence_of (result, 0);

  cr_assert (warned (evidence, "cut by missing packets"), "no warning");
  cr_assert (warned (evidence, "RTP packets are missing"), "no warning");
  cr_assert_gt (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 5u);
}

Test (packets, a_missing_segment_inside_the_sdp)
{
  g_autoptr (UlSourceResult) result = resegmented (50, 3, 4);
  UlEvidence *evidence = evidence_of (result, 0);

  cr_assert (warned (evidence, "cut by missing packets"));
  cr_assert (has (evidence, UL_KEY_RTSP_HEADER_ORDER, "SETUP: CSeq,Transport,Session"));
  cr_assert (has (evidence, UL_KEY_H264_SPS_RAW, "6742c01eda0507e4"), "the payloads tell the codec");
}

Test (packets, junk_between_frames)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
  g_autoptr (GPtrArray) packets = video (10, 1000, 1);

  dialogue (&t, "S", "S", "RTP/AVP/TCP;unicast;interleaved=0-1");
  for (guint i = 0; i < packets->len; i++) {
    say_frame (&t, 0, g_ptr_array_index (packets, i));
    say_text (&t, TRUE, i % 2 ? "\r\n" : "zzz$zz");
  }
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (warned (evidence_of (result, 0), "neither message nor frame"));
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 10u);
  writer_clear (&w);
}

Test (packets, content_length_of_4_gb_and_endless_headers)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
  g_autofree char *endless = g_strnfill (200000, 'x');

  say_text (&t, FALSE, "OPTIONS rtsp://c/ RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  say_text (&t, TRUE, "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: S\r\nContent-Length: 4294967295\r\n\r\n");
  say_text (&t, TRUE, "RTSP/1.0 200 OK\r\nCSeq: 2\r\nX: ");
  for (gsize at = 0; at < 200000; at += 1000)
    say (&t, TRUE, endless + at, 1000);
  say_text (&t, TRUE, "\r\n\r\nRTSP/1.0 401 Unauthorized\r\nCSeq: 9\r\n\r\n");
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (has (evidence_of (result, 0), UL_KEY_RTSP_SERVER, "S"));
  cr_assert (has (evidence_of (result, 0), UL_KEY_RTSP_STATUS, "401 Unauthorized"));
  cr_assert (warned (evidence_of (result, 0), "neither message nor frame"));
  writer_clear (&w);
}

/* What the SDP said is there, and what came behind it. */
static void
check_open_body (const UlSourceResult *result)
{
  UlEvidence *evidence = evidence_of (result, 0);

  cr_assert (has (evidence, UL_KEY_RTSP_HEADER_ORDER, "DESCRIBE: CSeq,Server,Content-Type"));
  cr_assert (has (evidence, UL_KEY_SDP_SESSION_NAME, "A session"));
}

Test (packets, an_sdp_without_a_length_ends_with_the_next_message)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 }, .open_body = TRUE };
  g_autoptr (GPtrArray) packets = video (10, 1000, 1);

  dialogue (&t, "S", "A session", "RTP/AVP/TCP;unicast;interleaved=0-1");
  for (guint i = 0; i < packets->len; i++)
    say_frame (&t, 0, g_ptr_array_index (packets, i));
  g_autoptr (UlSourceResult) result = read_capture (&w);
  check_open_body (result);
  cr_assert (has (evidence_of (result, 0), UL_KEY_RTSP_HEADER_ORDER, "SETUP: CSeq,Transport,Session"));
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 10u);
  cr_assert_eq (ul_evidence_n_warnings (evidence_of (result, 0)), 0u);
  writer_clear (&w);
}

Test (packets, an_sdp_without_a_length_ends_with_the_connection_a_frame_or_a_gap)
{
  for (guint how = 0; how < 3; how++) {
    PcapWriter w = pcap_writer_new (ETHERNET);
    Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
    g_autofree char *describe = describe_answer ("S", "A session");
    g_autoptr (GByteArray) packet = rtp_packet (1000, 0, 1, FALSE, sps, sizeof sps);

    without_length (describe);
    say_text (&t, FALSE, "DESCRIBE rtsp://c/live RTSP/1.0\r\nCSeq: 2\r\n\r\n");
    say_text (&t, TRUE, describe);
    if (how == 1)
      say_frame (&t, 0, packet);
    t.sequences[1] += how == 2 ? 10 : 0;
    if (how == 2)
      say_text (&t, TRUE, "RTSP/1.0 200 OK\r\nCSeq: 3\r\nPublic: OPTIONS\r\n\r\n");
    g_autoptr (UlSourceResult) result = read_capture (&w);
    check_open_body (result);
    cr_assert_eq (warned (evidence_of (result, 0), "cut by missing packets"), how == 2);
    cr_assert_eq (has (evidence_of (result, 0), UL_KEY_RTSP_PUBLIC, "OPTIONS"), how == 2);
    cr_assert_not (warned (evidence_of (result, 0), "neither message nor frame"));
    cr_assert_not (warned (evidence_of (result, 0), "ends inside a message"));
    writer_clear (&w);
  }
}

/* The answer to DESCRIBE with a body of so many bytes, then another. */
static UlSourceResult *
read_long_body (gsize len, gsize said)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
  g_autoptr (GString) answer = g_string_new (NULL);

  g_string_printf (answer, "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n", said);
  gsize head = answer->len;
  g_string_append (answer, "v=0\r\ns=A session\r\n");
  while (answer->len < head + len)
    g_string_append (answer, "a=x-more:0123456789012345678901234567890123456789012\r\n");
  g_string_truncate (answer, head + len);
  g_string_append (answer, "RTSP/1.0 200 OK\r\nCSeq: 3\r\nPublic: OPTIONS\r\n\r\n");
  say_text (&t, FALSE, "DESCRIBE rtsp://c/live RTSP/1.0\r\nCSeq: 2\r\n\r\n");
  for (gsize at = 0; at < answer->len; at += 1400)
    say (&t, TRUE, answer->str + at, MIN (1400, answer->len - at));
  UlSourceResult *result = read_capture (&w);
  writer_clear (&w);
  return result;
}

Test (packets, bodies_up_to_the_bound_and_above)
{
  g_autoptr (UlSourceResult) large = read_long_body (300000, 300000);
  g_autoptr (UlSourceResult) above = read_long_body (2000000, 2000000);

  cr_assert (has (evidence_of (large, 0), UL_KEY_SDP_SESSION_NAME, "A session"));
  cr_assert (has (evidence_of (large, 0), UL_KEY_RTSP_PUBLIC, "OPTIONS"));
  cr_assert_not (warned (evidence_of (large, 0), "neither message nor frame"));
  cr_assert (has (evidence_of (above, 0), UL_KEY_SDP_SESSION_NAME, "A session"));
  cr_assert (has (evidence_of (above, 0), UL_KEY_RTSP_PUBLIC, "OPTIONS"));
  cr_assert (warned (evidence_of (above, 0), "neither message nor frame"));
}

/* Each line may begin a request, whose headers never end. */
Test (packets, endless_headers_are_passed_over_at_once)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
  g_autoptr (GString) lines = g_string_new (NULL);

  while (lines->len < 3 * UL_RTSP_MAX_HEADER_BYTES / 2)
    g_string_append (lines, "GET rtsp://\n");
  say_text (&t, FALSE, "OPTIONS rtsp://c/ RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  for (gsize at = 0; at < lines->len; at += 1200)
    say (&t, TRUE, lines->str + at, MIN (1200, lines->len - at));
  say_text (&t, TRUE, "\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n");
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (has (evidence_of (result, 0), UL_KEY_RTSP_PUBLIC, "OPTIONS"));
  cr_assert (warned (evidence_of (result, 0), ": 65543 bytes are neither message nor frame"), "the bound, and the rest of its last line");
  writer_clear (&w);
}

Test (packets, mid_session_on_tcp)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
  g_autoptr (GPtrArray) packets = video (20, 1000, 1);

  say (&t, TRUE, "half of a frame", 15);
  for (guint i = 0; i < packets->len; i++)
    say_frame (&t, 2, g_ptr_array_index (packets, i));
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (warned (evidence_of (result, 0), "mid-session"));
  cr_assert (warned (evidence_of (result, 0), "read as H.264"));
  cr_assert (has (evidence_of (result, 0), UL_KEY_H264_SPS_RAW, "6742c01eda0507e4"));
  writer_clear (&w);
}

Test (packets, frames_after_teardown)
{
  static const guint8 report[] = { 0x80, 0xc8, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };
  g_autoptr (GPtrArray) packets = video (10, 1000, 1);
  g_autoptr (GByteArray) late = rtp_packet (1032, 36000, 1, FALSE, pps, sizeof pps);
  g_autoptr (GByteArray) rtcp = g_byte_array_new ();

  dialogue (&t, "S", "S", "RTP/AVP/TCP;unicast;interleaved=0-1");
  for (guint i = 0; i < packets->len; i++)
    say_frame (&t, 0, g_ptr_array_index (packets, i));
  say_text (&t, FALSE, "TEARDOWN rtsp://c/live RTSP/1.0\r\nCSeq: 5\r\nSession: 7\r\n\r\n");
  say_text (&t, TRUE, "RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n");
  g_byte_array_append (rtcp, report, sizeof report);
  say_frame (&t, 0, late);
  say_frame (&t, 1, rtcp);
  say_frame (&t, 0, rtcp);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 10u);
  cr_assert_eq (ul_evidence_n_warnings (evidence_of (result, 0)), 0u);
  writer_clear (&w);
}

/* --- UDP ------------------------------------------------------------------------------------- */

Test (packets, udp_session_out_of_order)
{
  PcapWriter w = pcap_writer_new (ETHERNET), v = pcap_writer_new (ETHERNET);
  g_autoptr (GPtrArray) packets = video (10, 65530, 1);
  g_autoptr (GPtrArray) mixed = g_ptr_array_new ();

  for (guint i = 0; i < packets->len; i++)
    g_ptr_array_add (mixed, g_ptr_array_index (packets, i && (i ^ 1u) < packets->len && i > 1 ? i ^ 1u : i));
  udp_session (&w, packets);
  udp_session (&v, mixed);
  g_autoptr (UlSourceResult) a = read_capture (&w);
  g_autoptr (UlSourceResult) b = read_capture (&v);
  g_autofree char *x = dump (evidence_of (a, 0), FALSE);
  g_autofree char *y = dump (evidence_of (b, 0), FALSE);
  cr_assert_str_eq (x, y);
  cr_assert_eq (ul_evidence_n_warnings (evidence_of (b, 0)), 0u);
  writer_clear (&w);
  writer_clear (&v);
}

Test (packets, udp_losses_are_counted)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  g_autoptr (GPtrArray) packets = video (40, 1, 1);

  g_ptr_array_remove_range (packets, 50, 5);
  udp_session (&w, packets);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (warned (evidence_of (result, 0), "5 RTP packets are missing"));
  writer_clear (&w);
}

Test (packets, udp_ssrc_change)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  g_autoptr (GPtrArray) first = video (10, 1, 1), second = video (10, 50000, 2);

  g_ptr_array_extend_and_steal (first, g_steal_pointer (&second));
  udp_session (&w, first);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (warned (evidence_of (result, 0), "SSRC changes from 00000001 to 00000002"));
  cr_assert_geq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 19u);
  writer_clear (&w);
}

static void
send_datagrams (PcapWriter *w, guint client_port, const GPtrArray *packets)
{
  for (guint i = 0; i < packets->len; i++) {
    const GByteArray *p = g_ptr_array_index (packets, i);
    pcap_udp (w, CAMERA, 6000, CLIENT, client_port, p->data, p->len);
  }
}

/* The video goes on to another receiver after a pause, then to the first one again. */
Test (packets, udp_to_a_port_that_was_left)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40001, .sequences = { 1, 1 } };
  g_autoptr (GPtrArray) packets = video (10, 1000, 1), later = video (10, 1032, 1);

  udp_session (&w, packets);
  w.n += 6000;
  dialogue (&t, "S", "S", "RTP/AVP;unicast;client_port=5002-5003;server_port=6000-6001");
  send_datagrams (&w, 5002, packets);
  send_datagrams (&w, 5000, later);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert_eq (result->streams->len, 1u);
  cr_assert (warned (evidence_of (result, 0), "the video begins again"));
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 20u);
  writer_clear (&w);
}

Test (packets, udp_without_a_dialogue)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  g_autoptr (GPtrArray) packets = video (10, 1, 1);
  guint8 noise[64] = { 0x80, 0x60 };

  for (guint i = 0; i < packets->len; i++) {
    const GByteArray *p = g_ptr_array_index (packets, i);
    pcap_udp (&w, CAMERA, 6000, CLIENT, 5000, p->data, p->len);
    noise[3] = noise[7] = noise[12] = (guint8) (i * 37);
    pcap_udp (&w, CAMERA + 1, 53, CLIENT, 5353, noise, sizeof noise);
  }
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert_eq (result->streams->len, 1u);
  cr_assert (warned (evidence_of (result, 0), "found without its SETUP"));
  cr_assert (has (evidence_of (result, 0), UL_KEY_H264_SPS_RAW, "6742c01eda0507e4"));
  cr_assert_null (ul_evidence_first (evidence_of (result, 0), UL_KEY_RTP_INITIAL_SEQUENCE));
  writer_clear (&w);
}

/* --- several cameras ------------------------------------------------------------------------------ */

Test (packets, cameras_are_told_apart)
{
  PcapWriter all = pcap_writer_new (ETHERNET);
  PcapWriter each[3];

  for (guint i = 0; i < 3; i++) {
    g_autofree char *server = g_strdup_printf ("Server-%u", i);
    each[i] = pcap_writer_new (ETHERNET);
    each[i].vlan = i == 1 ? 7 : 0;
    each[i].ipv6 = i == 2;
    whole_session (&each[i], CAMERA + i, 40000 + i, server);
  }
  g_autoptr (GPtrArray) a = records (&each[0]);
  g_autoptr (GPtrArray) b = records (&each[1]);
  g_autoptr (GPtrArray) c = records (&each[2]);
  GPtrArray *lists[] = { a, b, c };
  for (guint i = 0; i < a->len; i++)
    for (guint k = 0; k < 3; k++) {
      const GByteArray *p = g_ptr_array_index (lists[k], i);
      pcap_record (&all, p, p->len);
    }
  g_autoptr (UlSourceResult) together = read_capture (&all);
  cr_assert_eq (together->streams->len, 3u);
  cr_assert_eq (together->warnings->len, 3u);
  cr_assert_str_eq (g_ptr_array_index (together->warnings, 2), "stream 2 is [2001:db8::c]:554/live");
  for (guint k = 0; k < 3; k++) {
    g_autoptr (UlSourceResult) alone = read_capture (&each[k]);
    g_autofree char *x = dump (evidence_of (alone, 0), FALSE);
    g_autofree char *y = dump (evidence_of (together, k), FALSE);
    cr_assert_str_eq (x, y);
    writer_clear (&each[k]);
  }
  writer_clear (&all);
}

Test (packets, a_second_connection_to_the_same_camera)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  whole_session (&w, CAMERA, 40000, "S");
  whole_session (&w, CAMERA, 40001, "S");
  g_autoptr (UlSourceResult) result = read_capture (&w);

  cr_assert_eq (result->streams->len, 1u, "the same video is one stream");
  cr_assert (warned (evidence_of (result, 0), "examined once"));
  writer_clear (&w);
}

/* --- captures ---------------------------------------------------------------------------------------- */

Test (packets, cut_captures)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  whole_session (&w, CAMERA, 40000, "S");

  for (guint len = 1; len < w.bytes->len; len += len < 100 ? 1 : 97) {
    PcapWriter cut = { .bytes = g_byte_array_new () };
    g_autoptr (GError) error = NULL;
    g_byte_array_append (cut.bytes, w.bytes->data, len);
    UlSourceResult *result = try_read (&cut, &error);
    cr_assert (result || error);
    cr_assert (!error || error->code == UL_SOURCE_ERROR_BAD_INPUT);
    if (result)
      ul_source_result_free (result);
    writer_clear (&cut);
  }
  g_byte_array_set_size (w.bytes, w.bytes->len - 7);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (strstr (g_ptr_array_index (result->warnings, 0), "cannot be read beyond packet"));
  writer_clear (&w);
}

Test (packets, snapshot_length)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  Talk t = { .w = &w, .camera = CAMERA, .client_port = 40000, .sequences = { 5, 5 } };

  say_text (&t, FALSE, "OPTIONS rtsp://c/ RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  pcap_tcp_cut (&w, CAMERA, 554, CLIENT, 40000, t.sequences[1], ACK, "RTSP/1.0 200 OK\r\nServer: a long name of a server\r\n\r\n", 53, 10);
  t.sequences[1] += 53;
  say_text (&t, TRUE, "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n");
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (has (evidence_of (result, 0), UL_KEY_RTSP_PUBLIC, "OPTIONS"));
  cr_assert_null (ul_evidence_first (evidence_of (result, 0), UL_KEY_RTSP_SERVER), "half a message is no evidence");
  cr_assert (warned (evidence_of (result, 0), "cut by missing packets"));
  writer_clear (&w);
}

Test (packets, fragments_are_told)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  g_autoptr (GByteArray) fragment = begin_packet (&w, CAMERA, CLIENT, 17, 8, 0x2000);

  put_be (fragment, 0, 8);
  whole_session (&w, CAMERA, 40000, "S");
  pcap_record (&w, fragment, fragment->len);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert (strstr (g_ptr_array_index (result->warnings, 0), "1 fragments of IP packets"));
  writer_clear (&w);
}

Test (packets, connections_above_the_limit_are_told)
{
  PcapWriter w = pcap_writer_new (ETHERNET);

  whole_session (&w, CAMERA, 40000, "S");
  for (guint i = 0; i < 65537; i++)
    pcap_tcp (&w, CAMERA + 1, 80 + (i >> 15), CLIENT, 1024 + (i & 0x7fff), 1, SYN, NULL, 0);
  g_autoptr (UlSourceResult) result = read_capture (&w);
  cr_assert_eq (result->warnings->len, 1u);
  cr_assert_str_eq (g_ptr_array_index (result->warnings, 0), "2 packets of connections above the limit of 65536 are not read");
  writer_clear (&w);
}

Test (packets, nothing_of_a_camera)
{
  PcapWriter w = pcap_writer_new (ETHERNET);
  g_autoptr (GError) error = NULL;

  pcap_tcp (&w, CAMERA, 80, CLIENT, 40000, 1, ACK, "HTTP/1.1 200 OK\r\n\r\n", 19);
  cr_assert_null (try_read (&w, &error));
  cr_assert (g_error_matches (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT));
  cr_assert (strstr (error->message, "neither RTSP nor RTP video"));
  writer_clear (&w);
}

Test (packets, link_types)
{
  static const struct {
    guint type;
    gsize header;
    guint8 bytes[20];
  } links[] = { { 101, 0, { 0 } },
                { 113, 16, { [14] = 8, [15] = 0 } },
                { 276, 20, { [0] = 8, [1] = 0 } },
                { 0, 4, { 2 } },
                { 108, 4, { 0, 0, 0, 2 } } };
  PcapWriter ethernet = pcap_writer_new (ETHERNET);

  whole_session (&ethernet, CAMERA, 40000, "S");
  g_autoptr (GPtrArray) list = records (&ethernet);
  for (gsize k = 0; k < G_N_ELEMENTS (links); k++) {
    PcapWriter w = pcap_writer_new (links[k].type);
    for (guint i = 0; i < list->len; i++) {
      const GByteArray *p = g_ptr_array_index (list, i);
      g_autoptr (GByteArray) packet = g_byte_array_new ();
      g_byte_array_append (packet, links[k].bytes, (guint) links[k].header);
      g_byte_array_append (packet, p->data + 14, p->len - 14);
      pcap_record (&w, packet, packet->len);
    }
    g_autoptr (UlSourceResult) result = read_capture (&w);
    cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 10u, "link type %u", links[k].type);
    writer_clear (&w);
  }
  writer_clear (&ethernet);
  PcapWriter unknown = pcap_writer_new (147);
  g_autoptr (GError) error = NULL;
  cr_assert_null (try_read (&unknown, &error));
  cr_assert (strstr (error->message, "link type"));
  writer_clear (&unknown);
}
