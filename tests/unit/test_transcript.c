/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "source/source.h"

/* A parameter set pair of our own making: SPS 6742001e8d68a03c (352x288, baseline), PPS 68ce3c80. */
#define SPS64 "Z0IAHo1ooDw="
#define PPS64 "aM48gA=="
#define SPS "6742001e8d68a03c"

#define SDP_OF(address, name, eol)                                                                                                         \
  "v=0" eol "o=- 77 77 IN IP4 " address eol "s=" name eol "t=0 0" eol "m=video 0 RTP/AVP 96" eol "a=rtpmap:96 H264/90000" eol                \
  "a=fmtp:96 packetization-mode=1;profile-level-id=42001E;sprop-parameter-sets=" SPS64 "," PPS64 eol "a=control:trackID=1" eol
#define RESPONSE(eol)                                                                                                                      \
  "RTSP/1.0 200 OK" eol "CSeq: 2" eol "Date:  Wed, Jan 01 2020 12:34:56 GMT" eol "Content-Type: application/sdp" eol eol                     \
  SDP_OF ("10.0.0.7", "Media", eol)

static UlSourceResult *
read_bytes (const char *text, gsize len)
{
  UlSourceResult *r = g_new0 (UlSourceResult, 1);

  r->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_examiner_free);
  r->warnings = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *exact = g_memdup2 (text, len);
  ul_transcript_read_text (exact ? exact : "", len, r);
  return r;
}

static void
result_free (UlSourceResult *r)
{
  g_ptr_array_unref (r->streams);
  g_ptr_array_unref (r->warnings);
  g_free (r->container);
  g_free (r);
}

typedef UlSourceResult Result;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Result, result_free)

static UlEvidence *
evidence_of (UlSourceResult *r, guint i)
{
  cr_assert_lt (i, r->streams->len, "stream %u of %u", i, r->streams->len);
  return ul_examiner_evidence (g_ptr_array_index (r->streams, i));
}

static const UlObservation *
look (UlEvidence *e, UlKey key, const char *value)
{
  for (guint i = 0; i < ul_evidence_n (e); i++) {
    const UlObservation *o = ul_evidence_get (e, i);
    if (o->key == key && (!value || g_str_equal (o->value, value)))
      return o;
  }
  return NULL;
}

static gboolean
has (UlSourceResult *r, guint stream, UlKey key, const char *value)
{
  return look (evidence_of (r, stream), key, value) != NULL;
}

static Result *
read_text (const char *text)
{
  return read_bytes (text, strlen (text));
}

#define assert_has(r, key, value) cr_assert (has (r, 0, UL_KEY_##key, value), "no %s %s", #key, value)

/* What every form of the same answer must give. */
static void
assert_description (UlSourceResult *r)
{
  cr_assert_eq (r->streams->len, 1);
  assert_has (r, SDP_ORIGIN, "- 77 77 IN IP4 10.0.0.7");
  assert_has (r, SDP_SESSION_NAME, "Media");
  assert_has (r, SDP_CONTROL, "trackID=1");
  assert_has (r, SDP_FMTP_FORM, "H264 packetization-mode=1;profile-level-id=HEX6;sprop-parameter-sets");
  assert_has (r, SDP_SPROP_TAIL, "sps none");
  cr_assert_str_eq (ul_examiner_codec_name (g_ptr_array_index (r->streams, 0)), "h264");
}

static void
assert_answer (UlSourceResult *r)
{
  assert_description (r);
  assert_has (r, RTSP_STATUS, "200 OK");
  assert_has (r, RTSP_HEADER, "Date:  Wed, Jan 01 2020 12:34:56 GMT");
  assert_has (r, RTSP_HEADER_ORDER, "DESCRIBE: CSeq,Date,Content-Type");
}

/* Each line of `text` between `before` and `after`. */
static char *
dress (const char *text, const char *before, const char *after)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *out = g_string_new (NULL);

  for (guint i = 0; lines[i] && lines[i + 1]; i++)
    g_string_append_printf (out, "%s%s%s\n", before, lines[i], after);
  return g_string_free (out, FALSE);
}

Test (transcript, as_pasted)
{
  g_autoptr (Result) lf = read_text (RESPONSE ("\n"));
  g_autoptr (Result) crlf = read_text (RESPONSE ("\r\n"));
  g_autoptr (Result) doubled = read_text (RESPONSE ("\r\r\n"));

  assert_answer (lf);
  assert_answer (crlf);
  assert_answer (doubled);
  cr_assert_eq (look (evidence_of (lf, 0), UL_KEY_SDP_SESSION_NAME, "Media")->first.line, 8);
}

Test (transcript, line_ends_change_oddities_alone)
{
  g_autoptr (Result) lf = read_text (RESPONSE ("\n"));
  g_autoptr (Result) crlf = read_text (RESPONSE ("\r\n"));
  UlEvidence *a = evidence_of (lf, 0), *b = evidence_of (crlf, 0);

  for (guint i = 0; i < ul_evidence_n (a); i++) {
    const UlObservation *o = ul_evidence_get (a, i);
    cr_assert (o->key == UL_KEY_RTSP_ODDITY || look (b, o->key, o->value), "%s", o->value);
  }
  cr_assert_eq (ul_evidence_n (a), ul_evidence_n (b));
}

Test (transcript, requests_name_the_answers)
{
  g_autoptr (Result) r = read_text ("OPTIONS rtsp://10.0.0.7/a RTSP/1.0\nCSeq: 1\n\nRTSP/1.0 200 OK\nCSeq: 1\n\n"
                                    "SETUP rtsp://10.0.0.7/a/t RTSP/1.0\nCSeq: 4\n\nRTSP/1.0 200 OK\nCSeq: 4\nSession: 1\n\n");

  cr_assert_eq (r->streams->len, 1);
  assert_has (r, RTSP_HEADER_ORDER, "OPTIONS: CSeq");
  assert_has (r, RTSP_HEADER_ORDER, "SETUP: CSeq,Session");
}

Test (transcript, pieces)
{
  g_autoptr (Result) sdp = read_text (SDP_OF ("10.0.0.7", "Media", "\n"));
  g_autoptr (Result) indented = read_text ("  v=0\n  o=- 77 77 IN IP4 10.0.0.7\n  s=Media\n  m=video 0 RTP/AVP 26\n");
  g_autoptr (Result) headers = read_text ("CSeq: 2\nServer: Some Server/1.0\n");
  g_autoptr (Result) nothing = read_text ("Dear all,\nthe picture is green: t=5 and x=3.\nDate: today\n");
  g_autoptr (Result) empty = read_text ("");

  assert_description (sdp);
  cr_assert_str_eq (ul_examiner_codec_name (g_ptr_array_index (indented->streams, 0)), "mjpeg");
  assert_has (headers, RTSP_SERVER, "Some Server/1.0");
  cr_assert_eq (nothing->streams->len, 0);
  cr_assert_eq (empty->streams->len, 0);
}

Test (transcript, parameter_sets)
{
  static const char *const forms[] = { "sps=" SPS64 " pps=" PPS64 "\n", "sps=" SPS64 "\npps=" PPS64 "\n", "SPS: 67 42 00 1e 8d 68 a0 3c\n",
                                       "the sps(hex) = 0x6742001e8d68a03c, pps = 68ce3c80\n", "{\"sps\":\"" SPS64 "\",\"pps\":\"" PPS64 "\"}\n",
                                       "profile-level-id=42001e sps=" SPS64 "\n", "sprop-parameter-sets=" SPS64 "," PPS64 "\n",
                                       "sps=000000016742001e8d68a03c0000000168ce3c80\n", "fmtp=96 packetization-mode=1;sprop-parameter-sets=" SPS64 "\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autoptr (Result) r = read_text (forms[i]);
    cr_assert_eq (r->streams->len, 1, "%s", forms[i]);
    assert_has (r, H264_SPS_RAW, SPS);
  }
  g_autoptr (Result) h265 = read_text ("vps=QAEMAf//AWAAAAMAkAAAAwAAAwBdlZgJ\n");
  cr_assert_str_eq (ul_examiner_codec_name (g_ptr_array_index (h265->streams, 0)), "h265");
}

Test (transcript, ffmpeg)
{
  g_autofree char *traced = dress (RESPONSE ("\n"), "[rtsp @ 0x55d0c8a0] line='", "'");
  g_autoptr (Result) lines = read_text (traced);
  g_autoptr (Result) sdp = read_text ("ffmpeg version 5.1\n[tcp @ 0x55d0] No default whitelist set\n[rtsp @ 0x55d0c8a0] SDP:\n" SDP_OF ("10.0.0.7", "Media", "\n")
                                      "\n[rtsp @ 0x55d0c8a0] video codec set to: h264\nInput #0, rtsp, from 'rtsp://u:p@10.0.0.7/':\n");

  assert_answer (lines);
  assert_description (sdp);
}

Test (transcript, vlc_and_live555)
{
  g_autoptr (Result) r = read_text ("[00007f9c4c001b10] main debug: using access_demux module\nSending request: DESCRIBE rtsp://10.0.0.7/ RTSP/1.0\nCSeq: 2\n"
                                    "User-Agent: LibVLC\n\n\nReceived 500 new bytes of response data.\nReceived a complete DESCRIBE response:\n" RESPONSE ("\n")
                                    "\n[00007f9c4c001b10] live555 demux debug: RTP subsession 'video/H264'\n");

  assert_answer (r);
  assert_has (r, RTSP_CLIENT, "LibVLC");
}

Test (transcript, curl)
{
  g_autofree char *head = dress ("RTSP/1.0 200 OK\nCSeq: 2\nDate:  Wed, Jan 01 2020 12:34:56 GMT\nContent-Type: application/sdp\n\n", "< ", "");
  g_autofree char *text = g_strconcat ("*   Trying 10.0.0.7:554...\n* Connected to 10.0.0.7 (10.0.0.7) port 554 (#0)\n> DESCRIBE rtsp://10.0.0.7/ RTSP/1.0\n"
                                       "> CSeq: 2\n> \n", head, SDP_OF ("10.0.0.7", "Media", "\n"), "* Connection #0 to host 10.0.0.7 left intact\n", NULL);
  g_autoptr (Result) r = read_text (text);

  assert_answer (r);
}

Test (transcript, packet_lists)
{
  g_autofree char *tree = dress (RESPONSE ("\n"), "    ", "\\r\\n");
  g_autofree char *follow = dress (RESPONSE ("\n"), "    ", "");
  g_autoptr (Result) a = read_text (tree);
  g_autoptr (Result) b = read_text (follow);
  g_autoptr (Result) c = read_text ("Session Description Protocol\n    Session Description Protocol Version (v): 0\n    Session Name (s): Media\n"
                                    "    Media Attribute (a): rtpmap:96 H264/90000\n");

  assert_answer (a);
  assert_answer (b);
  assert_has (c, SDP_RTPMAP, "96 H264/90000");
}

Test (transcript, json_and_literals)
{
  static const char sdp[] = SDP_OF ("10.0.0.7", "Media", "\\r\\n"), whole[] = RESPONSE ("\\r\\n");
  g_autofree char *json = g_strdup_printf ("{\"cam\":{\"producers\":[{\"url\":\"rtsp://u:p@10.0.0.7/\",\"sdp\":\"%s\"}]}}\n", sdp);
  g_autofree char *python = g_strdup_printf ("recv b'%s'\n", whole);
  g_autofree char *trace = g_strdup_printf ("{\"level\":\"trace\",\"message\":\"[rtsp] client response:\\n%s\"}\n", whole);
  g_autofree char *bare = g_strconcat (whole, "\n", NULL);
  g_autofree char *literals = dress (RESPONSE ("\n"), "  \"", "\\r\\n\" +");
  g_autoptr (Result) a = read_text (json);
  g_autoptr (Result) b = read_text (python);
  g_autoptr (Result) c = read_text (trace);
  g_autoptr (Result) d = read_text (bare);
  g_autoptr (Result) e = read_text (literals);

  assert_description (a);
  assert_answer (b);
  assert_answer (c);
  assert_answer (d);
  assert_answer (e);
}

Test (transcript, log_prefixes_cost_the_order)
{
  static const char *const prefixes[] = { "2024-01-02 03:04:05.678 DEBUG rtsp: ", "[12:34:56.789] ", "Jan 02 03:04:05 host prog[123]: ",
                                          "12:34:56.789 TRC [rtsp] ", "0:00:00.123456789  1234 0x55d0 DEBUG rtspsrc gstrtspsrc.c:5: " };
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    g_autofree char *text = dress (RESPONSE ("\n"), prefixes[i], "");
    g_autoptr (Result) r = read_text (text);

    assert_description (r);
    cr_assert (!ul_key_vouched (UL_KEY_SDP_LINE_ORDER, look (evidence_of (r, 0), UL_KEY_SDP_LINE_ORDER, NULL)->provenance), "%s", prefixes[i]);
  }
}

Test (transcript, go_clients_reprint)
{
  g_autoptr (Result) r = read_text ("RTSP/1.0 200 OK\nContent-Base: rtsp://10.0.0.7/\nContent-Type: application/sdp\nCseq: 2\nX-Accept-Dynamic-Rate: 1\n\n"
                                    SDP_OF ("10.0.0.7", "Media", "\n"));

  cr_assert (look (evidence_of (r, 0), UL_KEY_RTSP_HEADER_ORDER, NULL)->provenance & UL_PROVENANCE_LOG);
  cr_assert_eq (look (evidence_of (r, 0), UL_KEY_SDP_LINE_ORDER, NULL)->provenance, UL_PROVENANCE_AS_SENT);
}

Test (transcript, gstreamer)
{
  g_autoptr (Result) caps = read_text ("/GstPipeline:pipeline0/GstRTSPSrc:src/GstUDPSrc:udpsrc0.GstPad:src: caps = application/x-rtp, media=(string)video, payload=(int)96, "
                                       "clock-rate=(int)90000, encoding-name=(string)H264, profile-level-id=(string)42001e, a-framerate=(string)25, "
                                       "sprop-parameter-sets=(string)\"Z0IAHo1ooDw\\=\\,aM48gA\\=\\=\", ssrc=(uint)1\n");
  g_autoptr (Result) dump = read_text ("RTSP response message 0x7ffd\n status line:\n   code:   '200'\n   reason: 'OK'\n   version: '1.0'\n headers:\n"
                                       "   key: 'CSeq', value: '2'\n   key: 'Server', value: 'Some Server'\n body: length 0\n"
                                       "   attribute 'fmtp' : '96 sprop-parameter-sets=" SPS64 "'\n   attribute 'recvonly' : '(null)'\n");

  assert_has (caps, H264_SPS_RAW, SPS);
  assert_has (caps, SDP_RTPMAP, "96 H264/90000");
  assert_has (caps, SDP_ATTRIBUTE, "framerate:25");
  assert_has (dump, RTSP_SERVER, "Some Server");
  assert_has (dump, H264_SPS_RAW, SPS);
  cr_assert (look (evidence_of (dump, 0), UL_KEY_RTSP_SERVER, NULL)->provenance & UL_PROVENANCE_PARSED_BY_LIBRARY);
}

static char *
hex_dump (const char *bytes, gsize len, const char *style)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < len; i += 16) {
    if (style[0] == 'x')
      g_string_append_printf (out, "%08x:", (guint) i);
    else if (style[0] == 'C')
      g_string_append_printf (out, "%08x ", (guint) i);
    for (gsize k = 0; k < 16 && i + k < len; k++)
      g_string_append_printf (out, style[0] == 'x' ? "%s%02x" : " %s%02x", style[0] == 'x' && k % 2 == 0 ? " " : style[0] == 'C' && k == 8 ? " " : "",
                              (guchar) bytes[i + k]);
    g_string_append (out, style[0] == 'x' ? "  abcd........efab" : style[0] == 'C' ? "  |abcd........efab|" : "");
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

Test (transcript, hex_dumps_of_text)
{
  static const char *const styles[] = { "x", "C", "plain" };
  static const char text[] = RESPONSE ("\r\n");

  for (gsize i = 0; i < G_N_ELEMENTS (styles); i++) {
    g_autofree char *dump = hex_dump (text, sizeof text - 1, styles[i]);
    g_autoptr (Result) r = read_text (dump);
    assert_answer (r);
  }
}

Test (transcript, hex_dumps_of_packets)
{
  g_autoptr (Result) r = read_text ("90 60 00 01 00 00 00 01 aa bb cc dd 00 01 00 02 40 02 01 02 41 02 03 04\n"
                                    "80 60 00 02 00 00 00 01 aa bb cc dd 67 42 00 1e 8d 68 a0 3c\n"
                                    "80 60 00 03 00 00 00 01 aa bb cc dd 78 00 04 68 ce 3c 80\n"
                                    "80 60 00 04 00 00 00 01 aa bb cc dd 7c 85 88 80 10 00\n");

  cr_assert_eq (r->streams->len, 1);
  assert_has (r, CONTAINER_PSM_DESCRIPTOR, "40020102");
  assert_has (r, CONTAINER_PSM_DESCRIPTOR, "41020304");
  assert_has (r, H264_SPS_RAW, SPS);
  assert_has (r, H264_PPS_RAW, "68ce3c80");
  cr_assert (look (evidence_of (r, 0), UL_KEY_H264_SPS_RAW, NULL)->provenance & UL_PROVENANCE_DEPAYLOADED);
}

Test (transcript, hex_dumps_of_descriptors)
{
  g_autoptr (Result) r = read_text ("40 04 01 02 03 04 41 02 05 06\n1B E0 00 08\n42 02 07 08 2A 02 09 0A\nCF CA DB CA\n");

  assert_has (r, CONTAINER_PSM_DESCRIPTOR, "400401020304");
  assert_has (r, CONTAINER_PSM_DESCRIPTOR, "2a02090a");
  assert_has (r, CONTAINER_PSM_STREAM, "1b e0");
}

Test (transcript, several_cameras)
{
  static const char *const two[] = {
    SDP_OF ("10.0.0.7", "Media", "\n") SDP_OF ("10.0.0.8", "Media", "\n"),
    SDP_OF ("0.0.0.0", "One", "\n") SDP_OF ("0.0.0.0", "Two", "\n"),
    "=== front door ===\n" SDP_OF ("0.0.0.0", "One", "\n") "=== back door ===\n" SDP_OF ("0.0.0.0", "One", "\n"),
    "# camera 1\nsps=" SPS64 "\n# camera 2\nsps=" SPS64 "\n",
    "Camera 1:\nsps=" SPS64 "\nCamera 2:\nsps=" SPS64 "\n",
    "OPTIONS rtsp://10.0.0.7/ RTSP/1.0\nCSeq: 1\n\nRTSP/1.0 200 OK\nCSeq: 1\n\nOPTIONS rtsp://10.0.0.8/ RTSP/1.0\nCSeq: 1\n\nRTSP/1.0 200 OK\nCSeq: 1\n\n",
    "RTSP/1.0 200 OK\nCSeq: 2\nContent-Base: rtsp://10.0.0.7/\n\nRTSP/1.0 200 OK\nCSeq: 2\nContent-Base: rtsp://10.0.0.8/\n\n",
  };
  static const char *const one[] = {
    SDP_OF ("10.0.0.7", "Media", "\n") SDP_OF ("10.0.0.7", "Media sub", "\n"),
    RESPONSE ("\n") "\n" RESPONSE ("\n"),
    "OPTIONS rtsp://10.0.0.7/ RTSP/1.0\nCSeq: 1\n\nRTSP/1.0 200 OK\nCSeq: 1\n\nOPTIONS rtsp://a:b@10.0.0.7/ RTSP/1.0\nCSeq: 1\n\nRTSP/1.0 200 OK\nCSeq: 1\n\n",
    "RTSP/1.0 200 OK\nCSeq: 1\nPublic: X\n\n--- response 2 ---\nRTSP/1.0 200 OK\nCSeq: 2\nContent-Base: rtsp://10.0.0.7/\n\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (two); i++) {
    g_autoptr (Result) r = read_text (two[i]);
    cr_assert_eq (r->streams->len, 2, "%u of %s", r->streams->len, two[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (one); i++) {
    g_autoptr (Result) r = read_text (one[i]);
    cr_assert_eq (r->streams->len, 1, "%u of %s", r->streams->len, one[i]);
  }
}

Test (transcript, interleaved_hosts_go_back_to_their_stream)
{
  g_autoptr (Result) r = read_text ("OPTIONS rtsp://a/ RTSP/1.0\nCSeq: 1\n\nOPTIONS rtsp://b/ RTSP/1.0\nCSeq: 1\n\nOPTIONS rtsp://a/2 RTSP/1.0\nCSeq: 2\n\n");

  cr_assert_eq (r->streams->len, 2);
  cr_assert (has (r, 0, UL_KEY_RTSP_REQUEST_URL, "rtsp://a/2"));
}

Test (transcript, no_credentials)
{
  g_autoptr (Result) r = read_text ("DESCRIBE rtsp://admin:hunter2@10.0.0.7/?user=admin&password=hunter2 RTSP/1.0\nCSeq: 1\nAuthorization: Basic aHVudGVyMg==\n\n"
                                    "RTSP/1.0 200 OK\nCSeq: 1\nContent-Base: rtsp://admin:hunter2@10.0.0.7/\n\nv=0\na=control:rtsp://admin:hunter2@10.0.0.7/\n");
  UlEvidence *e = evidence_of (r, 0);

  for (guint i = 0; i < ul_evidence_n (e); i++) {
    cr_assert_null (strstr (ul_evidence_get (e, i)->value, "hunter2"));
    cr_assert_null (strstr (ul_evidence_get (e, i)->value, "aHVudGVyMg"));
  }
}

Test (transcript, utf16_and_colours)
{
  gsize len;
  g_autofree char *utf16 = g_convert (RESPONSE ("\r\n"), -1, "UTF-16LE", "UTF-8", NULL, &len, NULL);
  g_autofree char *marked = g_malloc (len + 2);
  g_autofree char *coloured = dress (RESPONSE ("\n"), "\x1b[32m", "\x1b[0m");

  memcpy (marked, "\xff\xfe", 2);
  memcpy (marked + 2, utf16, len);
  g_autoptr (Result) a = read_bytes (marked, len + 2);
  g_autoptr (Result) b = read_text (coloured);
  assert_answer (a);
  assert_answer (b);
}

Test (transcript, binary_is_refused)
{
  static const char bytes[] = "\0\0\0\x1c" "ftypisom\0\0\x02\0isomiso2";
  g_autoptr (Result) r = read_bytes (bytes, sizeof bytes - 1);

  cr_assert_eq (r->streams->len, 0);
}

Test (transcript, large_inputs)
{
  g_autoptr (GString) text = g_string_new ("RTSP/1.0 200 OK\n");

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "X-%u: y\n", i);
  g_string_append (text, "\nv=0\na=");
  for (guint i = 0; i < 1024 * 1024; i++)
    g_string_append_c (text, "ab =\"'\\"[i % 8]);
  for (guint i = 0; i < 50000; i++)
    g_string_append (text, "\n[x] =&a=1;");
  for (guint i = 0; i < 50000; i++)
    g_string_append (text, "\nCSeq: 1\n");
  g_autoptr (Result) r = read_text (text->str);
  cr_assert_gt (r->streams->len, 0);
}

Test (transcript, cut_anywhere)
{
  static const char text[] = "> OPTIONS rtsp://u:p@10.0.0.7/ RTSP/1.0\r\n> CSeq: 1\r\n[x @ 0x1] line='RTSP/1.0 200 OK'\nsps=" SPS64 " pps: 68 ce 3c 80\n"
                             "{\"sdp\":\"v=0\\r\\no=- 1 1 IN IP4 0.0.0.0\\r\\n\\u0041\\x41\"}\n80 60 00 01 00 00 00 01 aa bb cc dd 7c 85 88 80\n"
                             "00000000: 4944 5254 5350  ab\ncaps = application/x-rtp, sprop-parameter-sets=(string)\"Z0IA\\,aM4\\=\"\n   key: 'CSeq', value: '2'\n"
                             "  Media Attribute (a): control:x\n\x1b[31mRTSP/1.0 200 OK\x1b[0m\nCSeq: 1\n folded\n \n\nm=video 0 RTP/AVP 96\na=fmtp:96 sprop-sps=QgEB;\n";

  for (gsize n = 0; n < sizeof text; n++) {
    g_autoptr (Result) r = read_bytes (text, n);
    cr_assert_leq (r->streams->len, 8);
  }
}

Test (transcript, corpus_gives_observations)
{
  g_autofree char *path = g_build_filename (UL_SOURCE_DIR, "..", "shared", "corpus", "captures", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (!dir)
    cr_skip_test ("skipped: no ../shared/corpus");
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_autofree char *text = NULL;
    gsize len;

    cr_assert (g_file_get_contents (file, &text, &len, NULL));
    g_autoptr (Result) r = read_bytes (text, len);
    cr_assert_gt (r->streams->len, 0, "%s gives nothing", name);
  }
}
