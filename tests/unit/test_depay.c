/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "rtp/depay.h"
#include "seen.h"

static GPtrArray *
make_nals (guint gops)
{
  GPtrArray *nals = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);

  for (guint g = 0; g < gops; g++) {
    g_ptr_array_add (nals, make_h264_sps ());
    g_ptr_array_add (nals, make_h264_pps (TRUE));
    g_ptr_array_add (nals, raw_nal ("\x06\xe5\x01\x0d\x80", 5));
    for (guint i = 0; i < 10; i++)
      g_ptr_array_add (nals, make_h264_slice (i == 0, 0, i, 2 * i, g & 1, i == 0 ? -3 : (gint) i % 3, 200 + 50 * i));
  }
  return nals;
}

static char *
dump_plain (UlCodec codec, const GPtrArray *nals)
{
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (codec, e);

  for (guint i = 0; i < nals->len; i++) {
    const GByteArray *nal = g_ptr_array_index (nals, i);
    ul_bitstream_stream_nal (b, nal->data, nal->len, -1, -1);
  }
  ul_bitstream_finish (b);
  return dump (e, FALSE);
}

/* A sender and the depayloader that listens to it. */
typedef struct {
  UlEvidence *evidence;
  UlBitstream *bitstream;
  UlDepay *depay;
  guint16 sequence;
  guint32 ssrc;
  guint8 first;      /* V, P, X, CC of the packets */
  guint n_pieces;    /* each packet is cut into so many */
  guint lose_one_in; /* 0: none is lost */
  guint n_sent;
} Sender;

static Sender
sender (UlCodec codec)
{
  Sender s = { .evidence = ul_evidence_new (), .sequence = 65530, .ssrc = 0x12345678, .first = 0x80, .n_pieces = 1 };

  s.bitstream = ul_bitstream_new (codec, s.evidence);
  s.depay = ul_depay_new (codec, s.bitstream, s.evidence);
  return s;
}

static char *
finish (Sender *s)
{
  ul_depay_end (s->depay);
  ul_bitstream_finish (s->bitstream);
  ul_depay_write (s->depay, s->evidence);
  char *text = dump (s->evidence, FALSE);
  ul_depay_free (s->depay);
  ul_bitstream_free (s->bitstream);
  ul_evidence_free (s->evidence);
  return text;
}

static gboolean
deliver (Sender *s, const guint8 *packet, gsize len)
{
  struct iovec pieces[16] = { 0 };
  guint n = 0;
  gsize at = 0, step = MAX (1, len / s->n_pieces);
  guint8 *copies[16];

  while (at < len && n < 16) {
    gsize k = n == 15 || n + 1 == s->n_pieces ? len - at : MIN (step, len - at);
    copies[n] = g_memdup2 (packet + at, k); /* reading past it is seen by the sanitizer */
    pieces[n] = (struct iovec){ copies[n], k };
    at += k;
    n++;
  }
  gboolean taken = ul_depay_packet (s->depay, pieces, n, 96, -1);
  for (guint i = 0; i < n; i++)
    g_free (copies[i]);
  return taken;
}

static gboolean
send_payload (Sender *s, const guint8 *payload, gsize len)
{
  guint8 head[12] = { s->first, 96, (guint8) (s->sequence >> 8), (guint8) s->sequence, 0, 0, 0, 1 };
  g_autoptr (GByteArray) packet = g_byte_array_new ();

  s->sequence++;
  for (guint i = 0; i < 4; i++)
    head[8 + i] = (guint8) (s->ssrc >> (24 - 8 * i));
  g_byte_array_append (packet, head, 12);
  for (guint i = 0; i < (s->first & 15u); i++)
    g_byte_array_append (packet, (const guint8 *) "csrc", 4);
  if (s->first & 0x10)
    g_byte_array_append (packet, (const guint8 *) "\xab\xac\x00\x02 eight..", 12);
  g_byte_array_append (packet, payload, (guint) len);
  if (s->first & 0x20)
    g_byte_array_append (packet, (const guint8 *) "\0\0\3", 3);
  if (s->lose_one_in && ++s->n_sent % s->lose_one_in == 0)
    return FALSE;
  return deliver (s, packet->data, packet->len);
}

static void
send_nal (Sender *s, UlCodec codec, const GByteArray *nal, gsize mtu)
{
  gsize header = codec == UL_CODEC_H264 ? 1 : 2;

  if (nal->len <= mtu) {
    send_payload (s, nal->data, nal->len);
    return;
  }
  for (gsize at = header; at < nal->len; at += mtu) {
    gsize n = MIN (mtu, nal->len - at);
    g_autoptr (GByteArray) p = g_byte_array_new ();
    guint8 type = codec == UL_CODEC_H264 ? nal->data[0] & 31 : nal->data[0] >> 1 & 63;
    guint8 indicator[2] = { codec == UL_CODEC_H264 ? (nal->data[0] & 0xe0) | 28 : (nal->data[0] & 0x81) | 49 << 1, nal->data[1] };
    guint8 fu = (guint8) ((at == header ? 0x80 : 0) | (at + n == nal->len ? 0x40 : 0) | type);
    g_byte_array_append (p, indicator, (guint) header);
    g_byte_array_append (p, &fu, 1);
    g_byte_array_append (p, nal->data + at, (guint) n);
    send_payload (s, p->data, p->len);
  }
}

static void
send_aggregate (Sender *s, const guint8 *head, gsize head_len, GByteArray *const *nals, guint n, gsize extra)
{
  g_autoptr (GByteArray) p = g_byte_array_new ();

  g_byte_array_append (p, head, (guint) head_len);
  for (guint i = 0; i < n; i++) {
    guint8 size[2] = { (guint8) (nals[i]->len >> 8), (guint8) nals[i]->len };
    g_byte_array_append (p, size, 2);
    g_byte_array_append (p, (const guint8 *) "\1\2\3\4", (guint) extra);
    g_byte_array_append (p, nals[i]->data, nals[i]->len);
  }
  send_payload (s, p->data, p->len);
}

Test (depay, gives_what_the_bare_nal_units_give)
{
  static const guint8 firsts[] = { 0x80, 0x83, 0x90, 0xa0, 0xb2 };
  g_autoptr (GPtrArray) nals = make_nals (4);
  g_autofree char *want = dump_plain (UL_CODEC_H264, nals);

  for (guint pieces = 1; pieces <= 15; pieces += 2)
    for (gsize mtu = 1; mtu < 1000; mtu += 97)
      for (guint f = 0; f < G_N_ELEMENTS (firsts); f++) {
        Sender s = sender (UL_CODEC_H264);
        s.n_pieces = pieces;
        s.first = firsts[f];
        for (guint i = 0; i < nals->len; i++)
          send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i), mtu);
        g_autofree char *got = finish (&s);
        cr_assert_str_eq (got, want, "%u pieces, mtu %zu, first %02x:\n%s", pieces, mtu, firsts[f], got);
      }
}

Test (depay, takes_aggregates_apart)
{
  static const struct {
    const char *head;
    gsize len, extra;
  } kinds[] = { { "\x78", 1, 0 }, { "\x79\0\1", 3, 0 }, { "\x7a\0\1", 3, 3 }, { "\x7b\0\1", 3, 4 } };
  g_autoptr (GPtrArray) nals = make_nals (3);
  g_autofree char *want = dump_plain (UL_CODEC_H264, nals);

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
    Sender s = sender (UL_CODEC_H264);
    s.n_pieces = 4;
    for (guint i = 0; i < nals->len; i += 13) {
      send_aggregate (&s, (const guint8 *) kinds[k].head, kinds[k].len, (GByteArray **) nals->pdata + i, 3, kinds[k].extra);
      for (guint n = 3; n < 13; n++)
        send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i + n), 100);
    }
    g_autofree char *got = finish (&s);
    cr_assert_str_eq (got, want, "kind %u:\n%s", k, got);
  }
}

/* Two NAL units of H.265 are enough for the payload headers; their content need not parse. */
Test (depay, h265)
{
  g_autoptr (GPtrArray) nals = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  for (guint i = 0; i < 40; i++) {
    g_autofree guint8 *data = g_malloc0 (20 + 30 * i);
    memset (data, 0x55 + (gint) i, 20 + 30 * i);
    data[0] = i % 4 == 0 ? 0x26 : 0x02; /* IDR_W_RADL, TRAIL_R */
    data[1] = 0x01;
    g_ptr_array_add (nals, raw_nal (data, 20 + 30 * i));
  }
  g_autofree char *want = dump_plain (UL_CODEC_H265, nals);

  for (guint pieces = 1; pieces <= 5; pieces++) {
    Sender s = sender (UL_CODEC_H265);
    s.n_pieces = pieces;
    send_aggregate (&s, (const guint8 *) "\x60\x01", 2, (GByteArray **) nals->pdata, 2, 0);
    for (guint i = 2; i < nals->len; i++) {
      const GByteArray *nal = g_ptr_array_index (nals, i);
      if (i % 5 == 0) { /* PACI (RFC 7798, 4.4.4) with a header of two bytes */
        guint type = nal->data[0] >> 1;
        g_autoptr (GByteArray) p = g_byte_array_new ();
        guint8 paci[6] = { 50 << 1, 0x01, (guint8) (type << 1), 2 << 4, 0xaa, 0xbb };
        g_byte_array_append (p, paci, 6);
        g_byte_array_append (p, nal->data + 2, nal->len - 2);
        send_payload (&s, p->data, p->len);
      } else {
        send_nal (&s, UL_CODEC_H265, nal, 90);
      }
    }
    g_autofree char *got = finish (&s);
    cr_assert_str_eq (got, want, "%u pieces:\n%s\nwant\n%s", pieces, got, want);
  }
}

Test (depay, a_lost_packet_takes_its_pictures_along)
{
  g_autoptr (GPtrArray) nals = make_nals (20);
  Sender s = sender (UL_CODEC_H264);

  s.lose_one_in = 29;
  for (guint i = 0; i < nals->len; i++)
    send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i), 60);
  g_autofree char *got = finish (&s);
  cr_assert_not_null (strstr (got, "RTP packets are missing"), "%s", got);
  cr_assert_null (strstr (got, "shape.undecodable"), "%s", got);
  cr_assert_not_null (strstr (got, "slice.frame_num_gaps x1 none"), "%s", got);
  cr_assert_not_null (strstr (got, "h264.sps.form"), "%s", got);
}

/* The parameter sets of the last group would be told of once more. */
Test (depay, a_nal_unit_without_its_end_is_left_out)
{
  g_autoptr (GPtrArray) nals = make_nals (2);
  const GByteArray *sps = g_ptr_array_index (nals, 0);
  g_autoptr (GByteArray) start = g_byte_array_new ();
  guint8 head[2] = { (sps->data[0] & 0xe0) | 28, 0x80 | 7 };
  char *lines[2] = { NULL };

  g_byte_array_append (start, head, 2);
  g_byte_array_append (start, sps->data + 1, sps->len - 1);
  for (guint cut_short = 0; cut_short < 2; cut_short++) {
    Sender s = sender (UL_CODEC_H264);
    for (guint i = 0; i < nals->len; i++)
      send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i), 100);
    if (cut_short)
      send_payload (&s, start->data, start->len);
    g_autofree char *text = finish (&s);
    const char *line = strstr (text, "h264.sps.form");
    cr_assert_not_null (line, "%s", text);
    lines[cut_short] = g_strndup (line, strcspn (line, "\n"));
  }
  cr_assert_str_eq (lines[0], lines[1]);
  g_free (lines[0]);
  g_free (lines[1]);
}

Test (depay, late_and_doubled_packets_are_left_out)
{
  g_autoptr (GPtrArray) nals = make_nals (3);
  Sender s = sender (UL_CODEC_H264);

  for (guint i = 0; i < nals->len; i++) {
    send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i), 100);
    if (i % 7 == 0) {
      s.sequence -= 1;
      cr_assert_not (send_payload (&s, (const guint8 *) "\x41nonsense", 9));
    }
  }
  g_autofree char *got = finish (&s);
  cr_assert_not_null (strstr (got, "came late or twice"), "%s", got);
  cr_assert_null (strstr (got, "missing"), "%s", got);
}

Test (depay, a_sender_that_counts_anew_is_followed)
{
  g_autoptr (GPtrArray) nals = make_nals (4);
  Sender s = sender (UL_CODEC_H264);

  s.sequence = 40000;
  for (guint i = 0; i < nals->len; i++) {
    if (i == 26)
      s.sequence = 20000;
    send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i), 1400);
  }
  g_autofree char *got = finish (&s);
  cr_assert_not_null (strstr (got, "1 RTP packets came late"), "%s", got);
}

Test (depay, another_source_is_told)
{
  g_autoptr (GPtrArray) nals = make_nals (4);
  Sender s = sender (UL_CODEC_H264);

  for (guint i = 0; i < nals->len; i++) {
    if (i == 26) {
      s.ssrc = 0xcafef00d;
      s.sequence = 7;
    }
    send_nal (&s, UL_CODEC_H264, g_ptr_array_index (nals, i), 100);
  }
  cr_assert_eq (ul_depay_n_new (s.depay), 1);
  g_autofree char *got = finish (&s);
  cr_assert_not_null (strstr (got, "the RTP source changes from 12345678 to cafef00d"), "%s", got);
}

Test (depay, what_is_no_packet_of_the_stream_is_passed_over)
{
  Sender s = sender (UL_CODEC_H264);

  cr_assert_not (deliver (&s, (const guint8 *) "\x80\x60", 2));
  cr_assert_not (deliver (&s, (const guint8 *) "\x40\x60\0\1\0\0\0\1\0\0\0\1\x67", 13));  /* version 1 */
  cr_assert_not (deliver (&s, (const guint8 *) "\x80\x61\0\1\0\0\0\1\0\0\0\1\x67", 13));  /* payload type 97 */
  cr_assert (deliver (&s, (const guint8 *) "\x80\x60\0\1\0\0\0\1\0\0\0\1", 12));          /* empty */
  cr_assert (deliver (&s, (const guint8 *) "\x8f\x60\0\2\0\0\0\1\0\0\0\1\x67", 13));      /* CSRCs beyond the end */
  cr_assert (deliver (&s, (const guint8 *) "\x90\x60\0\3\0\0\0\1\0\0\0\1\0\0\xff\xff\x67", 17)); /* an extension beyond the end */
  cr_assert (deliver (&s, (const guint8 *) "\xa0\x60\0\4\0\0\0\1\0\0\0\1\x67\x20", 14));  /* padding of 32 */
  cr_assert (deliver (&s, (const guint8 *) "\x80\x60\0\5\0\0\0\1\0\0\0\1\x78\x00\x40\x67", 16)); /* STAP-A beyond the end */
  cr_assert (deliver (&s, (const guint8 *) "\x80\x60\0\6\0\0\0\1\0\0\0\1\x7c", 13));      /* FU-A without its header */
  cr_assert (deliver (&s, (const guint8 *) "\x80\x60\0\7\0\0\0\1\0\0\0\1\x7f\x01", 14));  /* type 31 */
  g_autofree char *got = finish (&s);
  cr_assert_not_null (strstr (got, "1 RTP packets are of another payload type"), "%s", got);
  cr_assert_not_null (strstr (got, "8 RTP packets cannot be read"), "%s", got);
  cr_assert_null (strstr (got, "nal.header"), "%s", got);
}
