/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/bitstream.h"
#include "bitstream/sei.h"

static gboolean
has (const UlEvidence *e, UlKey key, const char *value, guint64 count)
{
  for (guint i = 0; i < ul_evidence_n (e); i++) {
    const UlObservation *o = ul_evidence_get (e, i);
    if (o->key == key && g_str_equal (o->value, value))
      return o->count == count;
  }
  return FALSE;
}

static UlEvidence *
observe (UlCodec codec, const void *nal, gsize len)
{
  UlEvidence *e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (codec, e);

  ul_bitstream_nal (b, nal, len, UL_NOWHERE);
  ul_bitstream_finish (b);
  return e;
}

Test (sei, messages_of_any_coded_size)
{
  GByteArray *rbsp = g_byte_array_new ();
  guint8 fill[300] = { 0 };
  UlSeiMessage m;

  g_byte_array_append (rbsp, (const guint8 *) "\xff\x05\xff\x2d", 4); /* type 260, size 300 */
  g_byte_array_append (rbsp, fill, 300);
  g_byte_array_append (rbsp, (const guint8 *) "\x06\x01\xc4\x80\0\0", 6);
  UlSeiReader r = ul_sei_reader (rbsp->data, rbsp->len);
  cr_assert (ul_sei_next (&r, &m));
  cr_assert_eq (m.payload_type, 260);
  cr_assert_eq (m.payload_size, 300);
  cr_assert_eq (m.offset, 4);
  cr_assert (ul_sei_next (&r, &m));
  cr_assert_eq (m.payload_type, 6);
  cr_assert_eq (m.len, 1);
  cr_assert_not (ul_sei_next (&r, &m));
  cr_assert_not (r.damaged);
  g_byte_array_unref (rbsp);
}

Test (sei, size_beyond_the_data)
{
  UlSeiMessage m;
  UlSeiReader r = ul_sei_reader ((const guint8 *) "\xe5\x10\x01\x02", 4);

  cr_assert (ul_sei_next (&r, &m));
  cr_assert_eq (m.payload_size, 16);
  cr_assert_eq (m.len, 2);
  cr_assert (r.damaged);
  cr_assert_not (ul_sei_next (&r, &m));
}

Test (sei, private_payloads_are_kept)
{
  g_autoptr (UlEvidence) e = observe (UL_CODEC_H264, "\x06\xe5\x01\x0d\x80", 5);

  cr_assert (has (e, UL_KEY_SEI_TYPE, "229", 1));
  cr_assert (has (e, UL_KEY_SEI_PAYLOAD, "229 1 0d", 1));
  cr_assert (has (e, UL_KEY_NAL_HEADER, "SEI 06", 1));
}

Test (sei, user_data)
{
  static const guint8 nal[] = "\x4e\x01\x05\x1f\x2c\xa2\xde\x09\xb5\x17\x47\xdb\xbb\x55\xa4\xfe\x7f\xc2\xfc\x4e"
                              "x265 (build 199)\x80";
  g_autoptr (UlEvidence) e = observe (UL_CODEC_H265, nal, sizeof nal - 1);

  cr_assert (has (e, UL_KEY_SEI_UUID, "2ca2de09b51747dbbb55a4fe7fc2fc4e", 1));
  cr_assert (has (e, UL_KEY_SEI_UUID_NAME, "x265", 1));
  cr_assert (has (e, UL_KEY_SEI_TEXT, "x265 (build 199", 1));
}

Test (sei, letters_in_place_of_a_uuid)
{
  static const guint8 nal[] = "\x06\x05\x1a" "HELO model 12\0serial 345678" "\x80";
  g_autoptr (UlEvidence) e = observe (UL_CODEC_H264, nal, sizeof nal - 1);

  cr_assert_str_eq (ul_evidence_first (e, UL_KEY_SEI_TEXT), "HELO model 12|serial 34567");
}

Test (sei, mdpm)
{
  static const guint8 nal[] = "\x06\x05\x1f\x17\xee\x8c\x60\xf8\x4d\x11\xd9\x8c\xd6\x08\x00\x20\x0c\x9a\x66MDPM\x02"
                              "\x18\x02\x20\x10\x05\xe0\x01\x03\x01\x02\x80";
  g_autoptr (UlEvidence) e = observe (UL_CODEC_H264, nal, sizeof nal - 1);

  cr_assert (has (e, UL_KEY_SEI_UUID_NAME, "mdpm", 1));
  cr_assert (has (e, UL_KEY_SEI_MDPM, "18 02201005", 1));
  cr_assert (has (e, UL_KEY_SEI_MDPM, "e0 01030102", 1));
}

Test (sei, t35)
{
  static const guint8 nal[] = "\x06\x04\x09\xb5\x00\x31GA94\x03\x40\x80";
  g_autoptr (UlEvidence) e = observe (UL_CODEC_H264, nal, sizeof nal - 1);

  cr_assert (has (e, UL_KEY_SEI_T35, "b5 0031 47413934", 1));
  cr_assert (has (e, UL_KEY_SEI_T35_NAME, "atsc-captions", 1));
}

Test (sei, pic_timing_needs_the_sps)
{
  g_autoptr (UlEvidence) e = ul_evidence_new ();
  g_autoptr (UlBitstream) b = ul_bitstream_new (UL_CODEC_H264, e);
  g_autoptr (GByteArray) sps = make_h264_sps ();

  ul_bitstream_nal (b, sps->data, sps->len, UL_NOWHERE);
  /* 16 bits, 6 bits, then pic_struct 3 */
  ul_bitstream_nal (b, (const guint8 *) "\x06\x01\x04\xaa\xaa\xa8\xc0\x80", 8, UL_NOWHERE);
  ul_bitstream_nal (b, (const guint8 *) "\x06\x01\x01\x04\x80", 5, UL_NOWHERE);
  ul_bitstream_finish (b);
  cr_assert (has (e, UL_KEY_SEI_PIC_TIMING, "size4 pic_struct3", 1));
  cr_assert (has (e, UL_KEY_SEI_PIC_TIMING, "size1 short", 1));
}

Test (sei, a_million_messages_are_counted)
{
  GByteArray *nal = g_byte_array_new ();

  g_byte_array_append (nal, (const guint8 *) "\x06", 1);
  for (guint i = 0; i < 20000; i++)
    g_byte_array_append (nal, (const guint8 *) "\xe5\x01\x55", 3);
  g_autoptr (UlEvidence) e = observe (UL_CODEC_H264, nal->data, nal->len);
  cr_assert (has (e, UL_KEY_SEI_PAYLOAD, "229 1 55", UL_SEI_MESSAGES));
  cr_assert_eq (ul_evidence_n_warnings (e), 1);
  g_byte_array_unref (nal);
}
