/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "source/media_section.h"

/* Of the last m= line. */
static UlMediaSection *
read_section (const char *text)
{
  g_autoptr (UlSdp) sdp = ul_sdp_parse (text, strlen (text), -1);
  const UlSdpLine *media = NULL;

  for (guint i = 0; i < sdp->lines->len; i++)
    if (g_array_index (sdp->lines, UlSdpLine, i).type == 'm')
      media = &g_array_index (sdp->lines, UlSdpLine, i);
  return ul_media_section_read (sdp, media);
}

static void
expect_control (const char *text, const char *wanted)
{
  g_autoptr (UlMediaSection) section = read_section (text);

  cr_assert_str_eq (section->control ? section->control : "(none)", wanted, "%s", text);
}

/* RFC 2326, C.1.1 */
Test (media_section, which_control_counts)
{
  expect_control ("v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\na=control:track2\r\n", "track1");
  expect_control ("v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:track1\r\nm=video 0 RTP/AVP 96\r\na=control: track2 \r\n", "track2");
  expect_control ("v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n", "(none)");
  expect_control ("v=0\r\nm=video 0 RTP/AVP 96\r\na=control:\r\n", "");
}

Test (media_section, the_session_has_its_own)
{
  static const char text[] = "v=0\r\na=control:rtsp://192.0.2.1/x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\n";
  g_autoptr (UlSdp) sdp = ul_sdp_parse (text, strlen (text), -1);

  cr_assert (ul_text_equal (ul_media_control (sdp, 0), "rtsp://192.0.2.1/x"));
  cr_assert (ul_text_equal (ul_media_control (sdp, 1), "track1"));
  cr_assert_null (ul_media_control (sdp, 2).p);
}

Test (media_section, types_and_their_names)
{
  g_autoptr (UlMediaSection) section = read_section ("v=0\r\nm=video 0 RTP/AVP 96 97 x 128 26 98\r\na=rtpmap:96 h264/90000\r\n"
                                                     "a=rtpmap:98 a-name-of-more-than-24-characters/90000\r\n");

  cr_assert (section->video);
  cr_assert_eq (section->n_types, 4);
  cr_assert_eq (section->types[0].payload_type, 96);
  cr_assert_str_eq (section->types[0].encoding, "H264");
  cr_assert_eq (section->types[1].payload_type, 97);
  cr_assert_str_eq (section->types[1].encoding, "");
  cr_assert_str_eq (section->types[2].encoding, "JPEG");
  cr_assert_str_eq (section->types[3].encoding, "A-NAME-OF-MORE-THAN-24-");
}

Test (media_section, no_more_types_than_fit)
{
  g_autoptr (UlMediaSection) section = read_section ("m=audio 0 RTP/AVP 96 97 98 99 100 101 102 103 104 105\r\n");

  cr_assert_not (section->video);
  cr_assert_eq (section->n_types, UL_MEDIA_MAX_TYPES);
}
