/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "pcap_writer.h"
#include "rtp/habits.h"

static void
feed (UlRtpHabits *habits, guint sequence, guint32 timestamp, gboolean marker, const guint8 *payload, gsize len)
{
  g_autoptr (GByteArray) p = rtp_packet (sequence, timestamp, 0x55667788, marker, payload, len);

  ul_rtp_habits_feed_rtp (habits, p->data, p->len, p->len, UL_NOWHERE);
}

/* Pictures of three FU-A fragments, begun by a single NAL unit. */
static void
feed_pictures (UlRtpHabits *habits, guint n, guint first, guint32 step, gboolean marker)
{
  guint8 single[40] = { 0x06, 5 }, fragment[1000] = { 0x7c, 0x85 };

  for (guint i = 0, sequence = first; i < n; i++) {
    feed (habits, sequence++, i * step, FALSE, single, sizeof single);
    for (guint k = 0; k < 3; k++) {
      fragment[1] = (guint8) (5 | (k == 0 ? 0x80 : 0) | (k == 2 ? 0x40 : 0));
      feed (habits, sequence++, i * step, k == 2 && marker, fragment, k == 2 ? 300 : sizeof fragment);
    }
  }
}

static void
expect (const UlEvidence *evidence, UlKey key, const char *value)
{
  const char *first = ul_evidence_first (evidence, key);

  cr_assert (g_strcmp0 (first, value) == 0, "%s is '%s', not '%s'", ul_key_name (key), first ? first : "(none)", value ? value : "(none)");
}

Test (habits, of_a_regular_sender)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "h264");

  ul_rtp_habits_begins_session (habits);
  feed_pictures (habits, 20, 0, 3600, TRUE);
  ul_rtp_habits_finish (habits);
  expect (evidence, UL_KEY_RTP_PAYLOAD_TYPE, "H264 96");
  expect (evidence, UL_KEY_RTP_SSRC, "55667788");
  expect (evidence, UL_KEY_RTP_INITIAL_SEQUENCE, "0");
  expect (evidence, UL_KEY_RTP_INITIAL_TIMESTAMP, "0");
  expect (evidence, UL_KEY_RTP_PACKET_SIZE, "1012");
  expect (evidence, UL_KEY_RTP_FRAGMENT_SIZE, "1000");
  expect (evidence, UL_KEY_RTP_FRAGMENTATION, "single,FU-A");
  expect (evidence, UL_KEY_RTP_MARKER, "access-unit");
  expect (evidence, UL_KEY_RTP_TIMESTAMP_STEP, "3600");
  expect (evidence, UL_KEY_RTP_FU_ODDITY, NULL);
  expect (evidence, UL_KEY_RTP_RTCP, NULL);
}

Test (habits, initial_values_only_of_a_session_that_begins)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "H264");

  feed_pictures (habits, 10, 0, 3600, FALSE);
  ul_rtp_habits_finish (habits);
  expect (evidence, UL_KEY_RTP_INITIAL_SEQUENCE, NULL);
  expect (evidence, UL_KEY_RTP_MARKER, "never");
}

Test (habits, a_gap_is_no_habit)
{
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "H264");

  for (guint i = 0; i < 10; i++) {
    guint8 payload[20] = { 0x41 };
    feed (habits, i * 4, i * 7000, FALSE, payload, sizeof payload);
    feed (habits, i * 4 + 1, i * 7000, TRUE, payload, sizeof payload);
  }
  ul_rtp_habits_finish (habits);
  expect (evidence, UL_KEY_RTP_TIMESTAMP_STEP, NULL);
}

Test (habits, oddities)
{
  static const guint8 both[] = { 0x7c, 0xc5, 1, 2, 3 }, reserved[] = { 0x7c, 0xa5, 1, 2, 3 };
  static const guint8 glued[] = { 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3 };
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "H264");

  feed (habits, 1, 0, FALSE, both, sizeof both);
  expect (evidence, UL_KEY_RTP_FU_ODDITY, NULL);
  feed (habits, 2, 0, FALSE, reserved, sizeof reserved);
  feed (habits, 3, 0, FALSE, glued, sizeof glued);
  ul_rtp_habits_finish (habits);
  cr_assert_eq (ul_evidence_n_values (evidence, UL_KEY_RTP_FU_ODDITY), 3u);
  expect (evidence, UL_KEY_RTP_FU_ODDITY, "start and end in one");
}

Test (habits, header_extension_and_padding)
{
  static const guint8 packet[] = { 0xb0, 96, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 0xab, 0xac, 0, 1, 9, 9, 9, 9, 0x41, 7, 7, 0, 2 };
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "H264");
  UlRtpPacket p;

  cr_assert (ul_rtp_packet_parse (packet, sizeof packet, &p));
  cr_assert_eq (p.payload_len, 3u);
  for (gsize n = 0; n < 20; n++)
    cr_assert_not (ul_rtp_packet_parse (packet, n, &p), "%zu bytes", n);
  ul_rtp_habits_feed_rtp (habits, packet, sizeof packet, sizeof packet, UL_NOWHERE);
  ul_rtp_habits_finish (habits);
  expect (evidence, UL_KEY_RTP_EXTENSION, "abac 1");
  expect (evidence, UL_KEY_RTP_PADDING, "used");
}

Test (habits, rtcp_of_a_sender)
{
  static const guint8 compound[] = { 0x80, 200, 0, 6, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                     0x81, 202, 0, 4, 1, 2, 3, 4, 1, 4, 'n', 'o', 'n', 'e', 6, 1, 'x', 0, 0, 0 };
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "H264");

  cr_assert (ul_rtp_is_rtcp (compound, sizeof compound));
  ul_rtp_habits_feed_rtcp (habits, compound, sizeof compound, UL_NOWHERE);
  ul_rtp_habits_finish (habits);
  expect (evidence, UL_KEY_RTP_SDES_CNAME, "none");
  expect (evidence, UL_KEY_RTP_SDES_TOOL, "x");
  cr_assert_eq (ul_evidence_n_values (evidence, UL_KEY_RTP_RTCP), 2u);
  expect (evidence, UL_KEY_RTP_RTCP_ODDITY, NULL);
}

Test (habits, sdes_chunk_without_its_end)
{
  static const guint8 sdes[] = { 0x81, 202, 0, 2, 1, 2, 3, 4, 1, 2, 'a', 'b' };
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (UlRtpHabits) habits = ul_rtp_habits_new (evidence, "H264");

  ul_rtp_habits_feed_rtcp (habits, sdes, sizeof sdes, UL_NOWHERE);
  expect (evidence, UL_KEY_RTP_SDES_CNAME, "ab");
  expect (evidence, UL_KEY_RTP_RTCP_ODDITY, "SDES chunk without its null octet");
}
