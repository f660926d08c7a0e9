/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/mask.h"
#include "evidence/masking.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct {
  const char *text, *masked;
} Row;

static void
check_rows (const Row *rows, gsize n, char *(*func) (UlMask *mask, const char *text))
{
  for (gsize i = 0; i < n; i++) {
    g_autoptr (UlMask) mask = ul_mask_new (NULL);
    g_autofree char *masked = func (mask, rows[i].text);
    cr_expect_str_eq (masked, rows[i].masked, "%s: %s, wanted %s", rows[i].text, masked, rows[i].masked);
  }
}
#define CHECK_ROWS(rows, func) check_rows (rows, G_N_ELEMENTS (rows), func)

Test (mask, addresses)
{
  static const Row rows[] = {
    { "rtsp://192.168.1.10:554/a", "rtsp://[ip 1]:554/a" },
    { "IN IP4192.168.123.158", "IN IP4[ip 1]" },
    { "10.1.2.3, 10.1.2.3, 10.1.2.4", "[ip 1], [ip 1], [ip 2]" },
    { "c=IN IP6 2001:db8::17", "c=IN IP6 [ip 1]" },
    { "rtsp://[fe80::1:2]:554/", "rtsp://[[ip 1]]:554/" },
    { "0.0.0.0 127.0.0.1 239.1.2.3 255.255.255.0 :: ::1 ff02::1", "0.0.0.0 127.0.0.1 239.1.2.3 255.255.255.0 :: ::1 ff02::1" },
    { "firmware 5.4.3.2, v5.4.3.2, Version: 10.12.1.2, Server/1.4.0.0", "firmware 5.4.3.2, v5.4.3.2, Version: 10.12.1.2, Server/1.4.0.0" },
    { "Lavf58.20.100 1.2.3 1.2.3.4.5 256.1.1.1 01.2.3.4", "Lavf58.20.100 1.2.3 1.2.3.4.5 256.1.1.1 01.2.3.4" },
    { "12:05:30 and 00:00:01.5", "12:05:30 and 00:00:01.5" },
    { "02:00:5e:10:01:00 02-00-5E-10-01-00 0200.5e10.0100 02005E100100", "[mac 1] [mac 1] [mac 1] [mac 1]" },
    { "AXIS_02005E100100", "AXIS_[mac 1]" },
    { "000000000000 00:00:00:00:00:00 ffffffffffff 202407121325", "000000000000 00:00:00:00:00:00 ffffffffffff 202407121325" },
    { "d9578fe4-a8f4-ceab-7276-94aff8cb1fe1", "d9578fe4-a8f4-ceab-7276-94aff8cb1fe1" },
  };

  CHECK_ROWS (rows, ul_mask_text);
}

Test (mask, hosts_and_mail)
{
  static const Row rows[] = {
    { "rtsp://cam-driveway/cam/realmonitor", "rtsp://[host 1]/cam/realmonitor" },
    { "rtsp://***@front.example:554/x", "rtsp://***@[host 1]:554/x" },
    { "IN IP4 axis-00408c.local", "IN IP4 [host 1]" },
    { "see nvr.elm-street.dyndns.org.", "see [host 1]." },
    { "rtsp://localhost:8554/live2.sdp http://www.videolan.org/x264.html", "rtsp://localhost:8554/live2.sdp http://www.videolan.org/x264.html" },
    { "clip.mp4 iphone.mov media.amp", "clip.mp4 iphone.mov media.amp" },
    { "by Jane.Doe+cam@mail.example.com>", "by [mail 1]>" },
    { "admin@ @x rtsp://***@10.9.8.7/", "admin@ @x rtsp://***@[ip 1]/" },
  };

  CHECK_ROWS (rows, ul_mask_text);
}

Test (mask, places_and_numbers)
{
  static const Row rows[] = {
    { "+40.6892-074.0445+010.000/", "[gps 1]/" },
    { "at 40.68920, -74.04450", "at [gps 1]" },
    { "40\xc2\xb0 41'21.5\"N", "[gps 1]" },
    { "lat=40.68&lon=-74.04", "lat=[gps 1]&lon=[gps 2]" },
    { "transform:-1.000000,0.000000,0.000000;0.000000,-1.000000,0.000000;0.000000,0.000000,1.000000",
      "transform:-1.000000,0.000000,0.000000;0.000000,-1.000000,0.000000;0.000000,0.000000,1.000000" },
    { "Serial-Number: ab12-9", "Serial-Number: [serial 1]" },
    { "serial=Q1W2E3;sn: 12345678", "serial=[serial 1];sn: [serial 2]" },
    { "unit Z7X9K2M4Q8W1 here", "unit [serial 1] here" },
    { "range:clock=20190422T092703Z-20190422T092703Z", "range:clock=20190422T092703Z-20190422T092703Z" },
    { "sprop-parameter-sets=Z0KAINoBQAgR,aM48gA==;x=1", "sprop-parameter-sets=Z0KAINoBQAgR,aM48gA==;x=1" },
    { "/home/jane/films/a.mp4 C:\\Users\\Jane Doe\\a.mp4", "/home/[text 1]/films/a.mp4 C:\\Users\\[text 2]\\a.mp4" },
    { "deviceName=Front door;x=1", "deviceName=[text 1];x=1" },
    { "Location: rtsp://10.1.2.3/new", "Location: rtsp://[ip 1]/new" },
    { "-----BEGIN CERTIFICATE-----\\x0aMIIC\\x0a-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----[text 1]-----END CERTIFICATE-----" },
    { "|\\x0d02005E100100|", "|\\x0d[mac 1]|" },
    { "", "" },
  };

  CHECK_ROWS (rows, ul_mask_text);
}

Test (mask, versions)
{
  static const Row rows[] = { { "5.4.3.2", "5.4.3.2" }, { "5.4.3.2 on 02:00:5e:10:01:00", "5.4.3.2 on [mac 1]" } };

  CHECK_ROWS (rows, ul_mask_version);
}

Test (mask, words)
{
  static const Row rows[] = {
    { "Media Server V3.4.106", "Media Server V3.4.106" }, { "Channel1", "Channel1" }, { "RTSP Session/2.0", "RTSP Session/2.0" },
    { "Front door, 12 Elm Street", "[text 1]" },          { "Office", "[text 1]" },   { "0123 4567890", "[text 1]" },
    { "B\xc3\xbcro", "[text 1]" },                        { "-", "-" },               { "[text 7]", "[text 7]" },
    { "jane@mail.example.com", "[mail 1]" },
  };

  CHECK_ROWS (rows, ul_mask_words);
}

Test (mask, realms)
{
  static const Row rows[] = { { "Login to 4H01234567ABCDE", "Login to [serial 1]" }, { "02005E100100", "[mac 1]" }, { "IP Camera(C1234)", "IP Camera([serial 1])" },
                              { "Jane's 4H01234567ABCDE", "[text 1]" }, { "Media Server3.0", "Media Server3.0" } };

  CHECK_ROWS (rows, ul_mask_realm);
}

static char *
private_hex (UlMask *mask, const char *text)
{
  return ul_mask_hex (mask, text, TRUE);
}

static char *
plain_hex (UlMask *mask, const char *text)
{
  return ul_mask_hex (mask, text, FALSE);
}

Test (mask, hexadecimal)
{
  /* "SN1234567", "00dcH264q", "a@b.example" */
  static const Row private_rows[] = { { "229 16 00534e3132333435363700", "229 16 00[serial 1]00" }, { "229 1 0d", "229 1 0d" }, { "b5 0031 47413934", "b5 0031 47413934" } };
  static const Row plain_rows[] = { { "303064634832363471f102000800", "303064634832363471f102000800" }, { "00614", "00614" },
                                    { "ff6140622e6578616d706c65ff", "ff[mail 1]ff" } };

  CHECK_ROWS (private_rows, private_hex);
  CHECK_ROWS (plain_rows, plain_hex);
}

Test (mask, sources)
{
  static const Row rows[] = { { "-", "-" }, { "standard input", "standard input" }, { "/srv/Front door.mp4", "[text 1].mp4" }, { "clip", "[text 1]" },
                              { "a.Elm Street 12", "[text 1]" }, { "rtsp://cam.example/1", "rtsp://[host 1]/1" } };

  CHECK_ROWS (rows, ul_mask_source);
}

/* What is masked once is masked wherever and however it stands again. */
Test (mask, again)
{
  static const Row rows[] = { { "[Elm Street]", "[[text 1]]" },           { "x=elm%20street&y", "x=[text 1]&y" },      { "ELM STREET 12", "[text 1] 12" },
                              { "Elm Streetcar", "Elm Streetcar" },       { "00456c6d2053747265657400", "00[text 1]00" }, { "text 1", "text 1" },
                              { "[text 1]", "[text 1]" },                 { "xq1w2e3r4y", "x[serial 1]y" },            { "5131573245335234", "[serial 1]" },
                              { "192-168-1-9.isp", "[ip 1].isp" },        { "192.168.1.99", "[ip 2]" } };
  g_autoptr (UlMask) mask = ul_mask_new (NULL);

  g_free (ul_mask_value (mask, UL_MASK_TEXT, "Elm Street"));
  g_free (ul_mask_value (mask, UL_MASK_SERIAL, "Q1W2E3R4"));
  g_free (ul_mask_text (mask, "192.168.1.9"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *masked = ul_mask_text (mask, rows[i].text);
    cr_expect_str_eq (masked, rows[i].masked, "%s: %s, wanted %s", rows[i].text, masked, rows[i].masked);
    g_autofree char *twice = ul_mask_text (mask, masked);
    cr_expect_str_eq (twice, masked, "a masked text stays as it is");
  }
}

/* A host that is called like a word of every stream is no reason to mask the word. */
Test (mask, common_words_stay)
{
  g_autoptr (UlMask) mask = ul_mask_new (NULL);

  g_free (ul_mask_text (mask, "o=- 1 1 IN IP4 rtsp"));
  g_autofree char *masked = ul_mask_text (mask, "RTSP Session");
  cr_expect_str_eq (masked, "RTSP Session");
}

static gboolean
knows_acme (const char *text, gpointer user_data)
{
  return g_str_equal (text, user_data);
}

Test (mask, public_words)
{
  g_autoptr (UlMask) mask = ul_mask_new (NULL);

  ul_mask_set_public (mask, knows_acme, (gpointer) "AC-ME");
  g_autofree char *kept = ul_mask_words (mask, "AC-ME Camera 3"), *masked = ul_mask_words (mask, "AC-ME at Smith's");
  cr_expect_str_eq (kept, "AC-ME Camera 3");
  cr_expect_str_eq (masked, "[text 1]");
}

Test (mask, commitments)
{
  const guint8 salt[UL_MASK_SALT_BYTES] = { 1, 2, 3 };
  g_autoptr (UlMask) mask = ul_mask_new (salt), unsalted = ul_mask_new (NULL);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_free (ul_mask_text (mask, "10.1.2.3 02:00:5E:10:01:00 10.1.2.3"));
  cr_assert_eq (ul_mask_n (mask), 2);
  cr_expect_eq (ul_mask_count (mask, UL_MASK_IP), 1);
  cr_expect_eq (ul_mask_count (mask, UL_MASK_MAC), 1);
  cr_expect_str_eq (ul_mask_get_token (mask, 1), "[mac 1]");
  g_checksum_update (sum, salt, sizeof salt);
  g_checksum_update (sum, (const guchar *) "mac\n02005e100100", -1);
  cr_expect_str_eq (ul_mask_get_commitment (mask, 1), g_checksum_get_string (sum));
  g_free (ul_mask_text (unsalted, "10.1.2.3"));
  cr_expect_null (ul_mask_get_commitment (unsalted, 0));
}

Test (mask, values_of_keys)
{
  static const struct {
    UlKey key;
    const char *value, *masked;
  } rows[] = {
    { UL_KEY_SDP_ORIGIN, "jane 1 2 IN IP4 10.1.2.3", "[text 1] 1 2 IN IP4 [ip 1]" },
    { UL_KEY_SDP_ORIGIN, "- 14665860 31787219 1 IN IP4 10.0.0.94", "- 14665860 31787219 1 IN IP4 [ip 1]" },
    { UL_KEY_SDP_ORIGIN, "", "" },
    { UL_KEY_SDP_ORIGIN_FORM, "- dec1 dec1 IN IP4 addr", "- dec1 dec1 IN IP4 addr" },
    { UL_KEY_SDP_ATTRIBUTE, "x-qt-text-nam:Front door", "x-qt-text-nam:[text 1]" },
    { UL_KEY_SDP_ATTRIBUTE, "fmtp:96 config=400023203FC0", "fmtp:96 config=400023203FC0" },
    { UL_KEY_SDP_EMAIL, "jane@x", "[mail 1]" },
    { UL_KEY_RTSP_HEADER, "X-Device-Name: Front door", "X-Device-Name: [text 1]" },
    { UL_KEY_RTSP_HEADER, "X-Serial: q9", "X-Serial: [serial 1]" },
    { UL_KEY_CONTAINER_TAG, "\xc2\xa9xyz +40.6-074.0/", "\xc2\xa9xyz [gps 1]" },
    { UL_KEY_CONTAINER_TAG, "\xc2\xa9nam Front door", "\xc2\xa9nam [text 1]" },
    { UL_KEY_CONTAINER_TAG, "major_brand mp42", "major_brand mp42" },
    { UL_KEY_RTP_SDES_CNAME, "jane@10.1.2.3", "[host 1]" },
    { UL_KEY_TLS_SUBJECT, "C=DE, O=Elm, CN=cam.elm.example", "C=DE, O=[text 1], CN=[text 2]" },
    { UL_KEY_H264_SPS_RAW, "02005E100100", "02005E100100" },
    { UL_KEY_SEI_UUID, "17ee8c60f84d11d98cd60800200c9a66", "17ee8c60f84d11d98cd60800200c9a66" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (UlMask) mask = ul_mask_new (NULL);
    g_autofree char *masked = ul_evidence_mask_value (mask, rows[i].key, rows[i].value);
    cr_expect_str_eq (masked, rows[i].masked, "%s %s: %s, wanted %s", ul_key_name (rows[i].key), rows[i].value, masked, rows[i].masked);
  }
}

/* Places and numbers of observations stay, two may have the same value. */
Test (mask, evidence)
{
  g_autoptr (UlMask) mask = ul_mask_new (NULL);
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();

  ul_evidence_add (evidence, UL_KEY_SDP_CONTROL, "rtsp://CAM/a", UL_AT_LINE (3));
  ul_evidence_add (evidence, UL_KEY_SDP_CONTROL, "rtsp://cam/a", UL_AT_LINE (4));
  ul_evidence_warn (evidence, "rtsp://cam/a is odd");
  g_autoptr (UlEvidence) masked = ul_evidence_masked (evidence, mask);
  cr_assert_eq (ul_evidence_n (masked), 2);
  cr_expect_str_eq (ul_evidence_get (masked, 0)->value, "rtsp://[host 1]/a");
  cr_expect_str_eq (ul_evidence_get (masked, 1)->value, "rtsp://[host 1]/a");
  cr_expect_eq (ul_evidence_get (masked, 1)->first.line, 4);
  cr_expect_str_eq (ul_evidence_get (evidence, 0)->value, "rtsp://CAM/a");
  cr_expect_eq (ul_evidence_n_warnings (masked), 1);
}
