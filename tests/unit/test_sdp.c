/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "rtsp/dialogue.h"
#include "rtsp/form.h"
#include "rtsp/sdp.h"
#include "rtsp/sprop.h"
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

/* Parameter sets as "codec:hexadecimal ". */
static void
gather (const UlSprop *sprop, gpointer user_data)
{
  GString *out = user_data;

  g_string_append_printf (out, "%d:", sprop->codec);
  for (gsize i = 0; i < sprop->len; i++)
    g_string_append_printf (out, "%02x", sprop->data[i]);
  g_string_append_c (out, ' ');
}

typedef struct {
  UlEvidence *evidence;
  GString *sprops;
  UlSdpFacts facts;
} Examined;

static Examined
examine (const char *text)
{
  Examined x = { ul_evidence_new (), g_string_new (NULL), { 0 } };

  x.facts = ul_dialogue_sdp (x.evidence, text, strlen (text), 1, gather, x.sprops);
  return x;
}

static void
clear (Examined *x)
{
  ul_evidence_free (x->evidence);
  g_string_free (x->sprops, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Examined, clear)

Test (sdp, origin_form)
{
  static const char *const rows[][2] = {
    { "- 1600000000123456 1600000000123456 IN IP4 10.0.0.7", "- twin16 IN IP4 addr" },
    { "- 2252000001 2252000001 IN IP4 0.0.0.0", "- twin10 IN IP4 0.0.0.0" },
    { "- 1001 1 IN", "- dec4 dec1 IN" },
    { "StreamingServer 3486000001 1210000000000 IN IP4 10.1.2.3", "StreamingServer dec10 dec13 IN IP4 addr" },
    { "StreamingServer 3331435948 1116907222000 IN IP410.1.2.3", "StreamingServer dec10 dec13 IN IP4addr" },
    { "RTSP Session 0 0 IN IP4 0.0.0.0", "RTSP Session twin1 IN IP4 0.0.0.0" },
    { "- 14665860 31787219 1 IN IP4 10.1.2.3", "- dec8 dec8 dec1 IN IP4 addr" },
    { "- 16 16 IN IP4 x.y.z.w", "- twin2 IN IP4 x.y.z.w" },
    { "- -12 13 IN IP6 fe80::1", "- -dec2 dec2 IN IP6 addr6" },
    { "", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_form (ul_form_origin (T (rows[i][0])), rows[i][1]);
}

Test (sdp, fmtp_form)
{
  assert_form (ul_form_fmtp ("H264", T ("profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00A,aO4=")),
               "H264 profile-level-id=dec6; packetization-mode=1; sprop-parameter-sets");
  assert_form (ul_form_fmtp ("H264", T ("packetization-mode=1;profile-level-id=4D001F;sprop-parameter-sets=;")),
               "H264 packetization-mode=1;profile-level-id=HEX6;sprop-parameter-sets=empty;");
  assert_form (ul_form_fmtp ("MPEG4-GENERIC", T ("streamtype=5; SizeLength=13;config=1408")), "MPEG4-GENERIC streamtype; SizeLength;config");
  assert_form (ul_form_fmtp ("X", T ("DecoderTag=a-v3 RTCP=0")), "X DecoderTag RTCP");
}

Test (sdp, whole_description)
{
  g_auto (Examined) x = examine ("v=0\r\no=- 7 7 IN IP4 0.0.0.0\r\ns=Media\r\ni=info\r\ne=NONE\r\nc=IN IP4 0.0.0.0\r\nb=AS:5\r\nt=0 0\r\na=control:*\r\n"
                                 "a=tool:T\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 96\r\nb=AS:4\r\na=rtpmap:96 H264/90000\r\n"
                                 "a=framerate:25.0\r\na=fmtp:96 profile-level-id=42001e;sprop-parameter-sets=Z0IAHg==,aM4=\r\na=control:v\r\n");
  UlEvidence *e = x.evidence;

  cr_assert (has (e, UL_KEY_SDP_LINE_ORDER, "vosiecbtaa"));
  cr_assert (has (e, UL_KEY_SDP_ATTRIBUTE_ORDER, "control,tool"));
  cr_assert (has (e, UL_KEY_SDP_MEDIA_ORDER, "b,rtpmap,framerate,fmtp,control"));
  cr_assert (has (e, UL_KEY_SDP_TOOL, "T"));
  cr_assert (has (e, UL_KEY_SDP_CONTROL, "v"));
  cr_assert (!has (e, UL_KEY_SDP_CONTROL, "*"));
  cr_assert (has (e, UL_KEY_SDP_FMTP_FORM, "H264 profile-level-id=hex6;sprop-parameter-sets"));
  cr_assert_str_eq (x.sprops->str, "1:6742001e 1:68ce ");
  cr_assert_eq (x.facts.codec, 1);
  cr_assert_eq (x.facts.n_media, 2);
  cr_assert_str_eq (x.facts.profile_level_id, "42001e");
  cr_assert_float_eq (x.facts.framerate, 25, 1e-9);
  cr_assert_eq (x.facts.framerate_line, 16);
}

Test (sdp, tails_and_heads)
{
  /* 00000001 6742001e 00 | 68ce 00000001 | 68ee3c800000 */
  g_auto (Examined) x = examine ("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=AAAAAWdCAB4A,aM4AAAAB,aO48gAAA\n");

  cr_assert (has (x.evidence, UL_KEY_SDP_SPROP_HEAD, "sps startcode4"));
  cr_assert (has (x.evidence, UL_KEY_SDP_SPROP_TAIL, "sps zero1"));
  cr_assert (has (x.evidence, UL_KEY_SDP_SPROP_TAIL, "pps startcode4"));
  cr_assert (has (x.evidence, UL_KEY_SDP_SPROP_TAIL, "pps zero2"));
  cr_assert_str_eq (x.sprops->str, "1:6742001e00 1:68ce 1:68ee3c800000 ");
}

Test (sdp, h265_and_glued_and_config)
{
  g_auto (Examined) x = examine ("m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\n"
                                 "a=fmtp:98 sprop-sps=QgEBAQ==; sprop-vps=QAEMAQ==; config=000000014401c10000000144 01c2\n");
  cr_assert (has (x.evidence, UL_KEY_SDP_SPROP_ORDER, "sps,vps"));
  cr_assert_str_eq (x.sprops->str, "2:40010c01 2:42010101 2:4401c1 2:4401c2 ");

  g_auto (Examined) y = examine ("a=fmtp:98 profile-level-id=42e032; sprop-parameter-sets=RAHB8g==\n");
  cr_assert_str_eq (y.sprops->str, "2:4401c1f2 ", "the NAL unit header tells, not the parameter's name");
}

Test (sdp, undecodable_is_a_warning)
{
  g_auto (Examined) x = examine ("a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1; sprop-parameter-sets=(null)\n");

  cr_assert_eq (x.sprops->len, 0);
  cr_assert_eq (ul_evidence_n_warnings (x.evidence), 1);
  cr_assert (has (x.evidence, UL_KEY_SDP_FMTP_FORM, "H264 packetization-mode=1; sprop-parameter-sets=(null)"));
}

Test (sdp, lost_line_breaks)
{
  g_auto (Examined) x = examine ("v=0 o=- 12 12 IN IP4 10.0.0.7 s=A Show e=NONEb=AS:5100t=0 0a=control:rtsp://10.0.0.7/?a=1&b=AS:2m=video 0 RTP/AVP 96"
                                 "a=rtpmap:96 H264/90000a=fmtp:96 profile-level-id=420029; sprop-parameter-sets=Z0IAHg==,aM4=a=control:trackID=1");

  cr_assert (has (x.evidence, UL_KEY_SDP_LINE_ORDER, "vosebta"));
  cr_assert (has (x.evidence, UL_KEY_SDP_SESSION_NAME, "A Show"));
  cr_assert (has (x.evidence, UL_KEY_SDP_ATTRIBUTE, "control:rtsp://10.0.0.7/?a=1&b=AS:2"));
  cr_assert_str_eq (x.sprops->str, "1:6742001e 1:68ce ");
  cr_assert_eq (ul_evidence_n_warnings (x.evidence), 1);
  for (guint i = 0; i < ul_evidence_n (x.evidence); i++)
    cr_assert (ul_evidence_get (x.evidence, i)->provenance & UL_PROVENANCE_LOG);
}

Test (sdp, literal_escapes)
{
  g_auto (Examined) x = examine ("v=0\\r\\no=- 1 1 IN IP4 0.0.0.0\\r\\ns=a\\nb\\r\\nt=0 0\\r\\n");

  cr_assert (has (x.evidence, UL_KEY_SDP_LINE_ORDER, "vost"));
  cr_assert (has (x.evidence, UL_KEY_SDP_SESSION_NAME, "a\\nb"));
}

Test (sdp, wrapped_lines)
{
  g_auto (Examined) x = examine ("m=video 0 RTP/AVP 96\na=control:rtsp://h/a?x=1\n&y=2\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;\n"
                                 "sprop-parameter-sets=Z0IA\nHg==,aM4=\na=recvonly\nnothing of ours\n");

  cr_assert (has (x.evidence, UL_KEY_SDP_CONTROL, "rtsp://h/a?x=1&y=2"));
  cr_assert_str_eq (x.sprops->str, "1:6742001e 1:68ce ");
  cr_assert (has (x.evidence, UL_KEY_SDP_ATTRIBUTE, "recvonly"));
  cr_assert_eq (ul_evidence_n_warnings (x.evidence), 2);
}

Test (sdp, bare_parameters)
{
  g_auto (Examined) x = examine ("profile-level-id=640033\nsprop-parameter-sets=Z0IAHg==,aM4=\nfmtp=96 packetization-mode=1;profile-level-id=64001F\n");

  cr_assert_str_eq (x.sprops->str, "1:6742001e 1:68ce ");
  cr_assert_str_eq (x.facts.profile_level_id, "640033");
  cr_assert (has (x.evidence, UL_KEY_SDP_FMTP_FORM, "H264 packetization-mode=1;profile-level-id=HEX6"));
}

Test (sdp, mediainfo)
{
  g_auto (Examined) x = examine ("a=Media_header:MEDIAINFO=494D4B480102000004000001012001108\n");

  cr_assert (!has (x.evidence, UL_KEY_SDP_MEDIAINFO, ""));
  g_auto (Examined) y = examine ("a=Media_header:MEDIAINFO=494D4B4801020000;\n");
  cr_assert (has (y.evidence, UL_KEY_SDP_MEDIAINFO, "494d4b4801020000"));
}

Test (sdp, many_lines_and_long_lines)
{
  g_autoptr (GString) text = g_string_new ("v=0\na=fmtp:96 sprop-parameter-sets=");
  for (guint i = 0; i < 300000; i++)
    g_string_append (text, "Z0IA");
  for (guint i = 0; i < 100000; i++)
    g_string_append (text, ";\n&continued=1");
  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "\na=fmtp:96 x=1");
  g_auto (Examined) x = examine (text->str);

  cr_assert_gt (ul_evidence_n_warnings (x.evidence), 0);
}

Test (sdp, cut_anywhere)
{
  static const char text[] = "v=0 o=- 1 1 IN IP4 1.2.3.4 s=x\\r\\nt=0 0\\r\\n\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n"
                             "a=fmtp:96 sprop-vps=AAAAAUABDAE=;sprop-sps=\"QgEBAQ\";\r\nsprop-pps=RAHBAAAAAQ==; config=00000001\r\n"
                             "a=Media_header:MEDIAINFO=494D4B48;a=appversion:1.0\r\na=framerate:2";

  for (gsize n = 0; n < sizeof text; n++) {
    g_autofree char *exact = g_memdup2 (text, n);
    g_autoptr (UlEvidence) e = ul_evidence_new ();
    g_autoptr (GString) sprops = g_string_new (NULL);
    ul_dialogue_sdp (e, exact, n, -1, gather, sprops);
  }
}
