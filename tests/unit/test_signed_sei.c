/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "signed_sei_check.h"

#define CORPUS UL_SOURCE_DIR "/../shared/corpus/signed/"
#define AXIS "5369676e656420566964656f2e2e2e30"
#define AXIS_OLD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab0"
#define ONVIF "005bc93f2d715e95ada4796f90877a6f"
#define SHA256_OID "0609608648016503040201"
/* The smallest GENERAL of Axis (12 bytes), and one of ONVIF (26 bytes) */
#define GENERAL "01 0a 01 00000007 0021 010112 "
#define ONVIF_GENERAL "01 0017 01 190c03 00 0000000000000000 00000007 0021 aabb ccdd "
#define DATE_US G_GINT64_CONSTANT (1700000000123456)

/* --- SEIs to read ------------------------------------------------------------------ */

/* Hexadecimal; other characters are left out. */
static void
put (GByteArray *out, const char *hex)
{
  guint n = 0;
  guint8 byte = 0;

  for (; *hex; hex++) {
    if (!g_ascii_isxdigit (*hex))
      continue;
    byte = (guint8) (byte << 4 | g_ascii_xdigit_value (*hex));
    if (n++ % 2)
      g_byte_array_append (out, &byte, 1);
  }
}

static void
put_be (GByteArray *out, guint n, guint64 value)
{
  while (n-- > 0) {
    guint8 byte = (guint8) (value >> (8 * n));
    g_byte_array_append (out, &byte, 1);
  }
}

/* So many bytes counted up from `first`: not zero where it does not wrap. */
static void
put_run (GByteArray *out, guint8 first, guint n)
{
  for (guint i = 0; i < n; i++, first++)
    g_byte_array_append (out, &first, 1);
}

/* Takes `value`. */
static void
put_tlv (GByteArray *out, guint8 tag, guint length_bytes, GByteArray *value)
{
  put_be (out, 1, tag);
  put_be (out, length_bytes, value->len);
  g_byte_array_append (out, value->data, value->len);
  g_byte_array_unref (value);
}

static void
put_tlv_hex (GByteArray *out, guint8 tag, guint length_bytes, const char *hex)
{
  GByteArray *value = g_byte_array_new ();

  put (value, hex);
  put_tlv (out, tag, length_bytes, value);
}

/* With emulation prevention bytes (H.264 7.4.1) */
static GByteArray *
escape (const guint8 *data, gsize len)
{
  GByteArray *out = g_byte_array_new ();
  guint zeros = 0;

  for (gsize i = 0; i < len; i++) {
    if (zeros == 2 && data[i] <= 3) {
      put_be (out, 1, 3);
      zeros = 0;
    }
    put_be (out, 1, data[i]);
    zeros = data[i] ? 0 : zeros + 1;
  }
  return out;
}

/* The NAL unit up to the stop byte; takes `tlvs`. */
static GByteArray *
plain_nal (UlCodec codec, const char *uuid, guint8 reserved, GByteArray *tlvs)
{
  GByteArray *nal = g_byte_array_new ();
  guint size = 17 + tlvs->len;

  put (nal, codec == UL_CODEC_H264 ? "06 05" : "4e01 05");
  for (; size >= 255; size -= 255)
    put_be (nal, 1, 255);
  put_be (nal, 1, size);
  put (nal, uuid);
  put_be (nal, 1, reserved);
  g_byte_array_append (nal, tlvs->data, tlvs->len);
  g_byte_array_unref (tlvs);
  return nal;
}

static GByteArray *
whole_nal (const GByteArray *plain, gboolean escaped)
{
  GByteArray *nal = escaped ? escape (plain->data, plain->len) : g_byte_array_new ();

  if (!escaped)
    g_byte_array_append (nal, plain->data, plain->len);
  put_be (nal, 1, 0x80);
  return nal;
}

static UlSignedSei *
read_nal (UlCodec codec, const GByteArray *nal)
{
  /* Of a size of its own, so that reading past the end shows. */
  g_autofree guint8 *copy = g_memdup2 (nal->data, nal->len);
  UlSignedSei *sei = ul_signed_sei_parse (codec, copy, nal->len);

  cr_assert_eq (ul_signed_sei_peek (codec, copy, nal->len, NULL), sei ? sei->format : UL_SIGNING_NONE);
  if (sei)
    signed_sei_check (sei);
  return sei;
}

/* Takes `tlvs`. */
static UlSignedSei *
read_tlvs (const char *uuid, guint8 reserved, GByteArray *tlvs)
{
  g_autoptr (GByteArray) plain = plain_nal (UL_CODEC_H264, uuid, reserved, tlvs);
  g_autoptr (GByteArray) nal = whole_nal (plain, FALSE);

  return read_nal (UL_CODEC_H264, nal);
}

static UlSignedSei *
read_hex (const char *uuid, guint8 reserved, const char *hex)
{
  GByteArray *tlvs = g_byte_array_new ();

  put (tlvs, hex);
  return read_tlvs (uuid, reserved, tlvs);
}

static gboolean
bytes_are (UlSignedBytes bytes, const char *hex)
{
  g_autoptr (GByteArray) expected = g_byte_array_new ();

  put (expected, hex);
  return bytes.len == expected->len && memcmp (bytes.data, expected->data, bytes.len) == 0;
}

static void
put_axis_general (GByteArray *tlvs, guint32 counter)
{
  GByteArray *v = g_byte_array_new ();

  put_be (v, 1, 4);
  put_be (v, 4, counter);
  put (v, "003e 020308 03");
  put_be (v, 8, DATE_US);
  put_be (v, 8, DATE_US + 1000);
  put_run (v, 0x20, 32);
  put_run (v, 0x60, 32);
  put_tlv (tlvs, 1, 1, v);
}

/* Every TLV of the format, SIGNATURE last. */
static GByteArray *
axis_tlvs (guint32 counter)
{
  GByteArray *tlvs = g_byte_array_new (), *v = g_byte_array_new ();

  put_tlv_hex (tlvs, 2, 2, "02 2d2d2d4b45590a");
  put_tlv_hex (tlvs, 3, 2, "01 03483100 03463200 03533300 034d3400 034135 00");
  put_tlv_hex (tlvs, 7, 1, "01 0b" SHA256_OID);
  put_tlv_hex (tlvs, 129, 2, "01 03 ff0100 2d2d2d43 4552540a");
  put_tlv_hex (tlvs, 6, 2, "01 aaaaaa");
  put_axis_general (tlvs, counter);
  put_be (v, 1, 1);
  put_run (v, 0x80, 64);
  put_tlv (tlvs, 4, 2, v);
  put_tlv_hex (tlvs, 5, 2, "02 00 0004 30020405 0101");
  return tlvs;
}

static guint64
ticks_of (gint64 us)
{
  return ((guint64) us + G_GUINT64_CONSTANT (11644473600) * G_USEC_PER_SEC) * 10;
}

static void
put_onvif_general (GByteArray *tlvs, guint8 version, guint64 start, guint64 end, guint64 counter_and_num)
{
  GByteArray *v = g_byte_array_new ();

  put_be (v, 1, version);
  put (v, "190c03 01");
  put_be (v, 8, start);
  if (version >= 2)
    put_be (v, 8, end);
  put_be (v, 6, counter_and_num);
  put_run (v, 0x60, 32);
  put_run (v, 0x20, 32);
  put_tlv (tlvs, 1, 2, v);
}

static GByteArray *
onvif_tlvs (guint32 counter)
{
  GByteArray *tlvs = g_byte_array_new (), *v = g_byte_array_new ();

  put_tlv_hex (tlvs, 4, 2, "01 0b" SHA256_OID "02 0500 0800");
  put_tlv_hex (tlvs, 5, 2, "01 024632 025333 024d34");
  put_tlv_hex (tlvs, 6, 2, "01 00 2d2d2d31");
  put_tlv_hex (tlvs, 6, 2, "01 01 2d2d2d32");
  put_onvif_general (tlvs, 2, ticks_of (DATE_US), ticks_of (DATE_US + 1000), (guint64) counter << 16 | 0x3e);
  put_be (v, 1, 1);
  put_run (v, 0x80, 64);
  put_tlv (tlvs, 2, 2, v);
  put_tlv_hex (tlvs, 7, 2, "01 aaaaaa");
  put_tlv_hex (tlvs, 3, 2, "01 0004 30020405 0101");
  return tlvs;
}

/* `back`: bytes from the SIGNATURE's tag to the payload's end */
static const struct {
  const char *uuid;
  GByteArray *(*tlvs) (guint32 counter);
  guint8 prevention_bit;
  gsize back;
} samples[] = {
  { AXIS, axis_tlvs, 0x80, 13 },
  { ONVIF, onvif_tlvs, 0x40, 12 },
};

/* --- fields ------------------------------------------------------------------------- */

static void
check_common (const UlSignedSei *sei)
{
  cr_assert_null (sei->error, "%s", sei->error);
  cr_assert (sei->has_general && sei->has_signature && sei->partial);
  cr_assert_eq (sei->gop_counter, 0x01020304);
  cr_assert_eq (sei->num_nalus, 62);
  cr_assert_eq (sei->start_us, DATE_US);
  cr_assert_eq (sei->end_us, DATE_US + 1000);
  cr_assert_eq (sei->linked_hash.len, 32);
  cr_assert_eq (sei->linked_hash.data[0], 0x20);
  cr_assert_eq (sei->gop_hash.data[0], 0x60);
  cr_assert_eq (sei->hash_list.len, 64);
  cr_assert_eq (sei->hash_list.data[0], 0x80);
  cr_assert_eq (sei->hash_type, 1);
  cr_assert_eq (sei->arbitrary_bytes, 3);
  cr_assert (bytes_are (sei->signature, "30020405"));
  cr_assert (bytes_are (sei->hash_oid, SHA256_OID));
  cr_assert_str_eq (sei->product.firmware, "F2");
  cr_assert_str_eq (sei->product.serial, "S3");
  cr_assert_str_eq (sei->product.manufacturer, "M4");
}

Test (signed_sei, axis)
{
  g_autoptr (UlSignedSei) sei = read_tlvs (AXIS, 0xb0, axis_tlvs (0x01020304));

  check_common (sei);
  cr_assert_eq (sei->format, UL_SIGNING_AXIS);
  cr_assert_eq (sei->general_version, 4);
  cr_assert_not (sei->legacy || sei->golden || sei->certificate || sei->escaped || sei->pre_release);
  cr_assert_arr_eq (sei->signer_version, "\2\3\10", 3);
  cr_assert_str_eq (sei->product.hardware, "H1");
  cr_assert_str_eq (sei->product.address, "A5");
  cr_assert (bytes_are (sei->public_key, "2d2d2d4b45590a"));
  cr_assert (bytes_are (sei->attestation, "ff0100"));
  cr_assert_eq (sei->n_chains, 1);
  cr_assert (bytes_are (sei->chains[0].pem, "2d2d2d43 4552540a"));
}

Test (signed_sei, onvif)
{
  g_autoptr (UlSignedSei) sei = read_tlvs (ONVIF, 0, onvif_tlvs (0x01020304));

  check_common (sei);
  cr_assert_eq (sei->format, UL_SIGNING_ONVIF);
  cr_assert_eq (sei->general_version, 2);
  cr_assert_not (sei->legacy || sei->golden || sei->certificate || sei->escaped);
  cr_assert_arr_eq (sei->signer_version, "\x19\x0c\x03", 3);
  cr_assert (bytes_are (sei->sign_oid, "0500"));
  cr_assert_eq (sei->rsa_key_size, 2048);
  cr_assert_null (sei->product.hardware);
  cr_assert_null (sei->product.address);
  cr_assert_eq (sei->n_chains, 2);
  cr_assert (bytes_are (sei->chains[0].pem, "2d2d2d31"));
  cr_assert_not (sei->chains[0].user_provisioned);
  cr_assert (bytes_are (sei->chains[1].pem, "2d2d2d32"));
  cr_assert (sei->chains[1].user_provisioned);
}

Test (signed_sei, axis_legacy)
{
  g_autoptr (UlSignedSei) v1 = read_hex (AXIS, 0, "01 0a 01 00000007 0021 010112  05 0009 01 00 00 0002 aabb 0101");
  g_autoptr (UlSignedSei) v2 = read_hex (AXIS_OLD, 0x80, "01 13 02 00000007 0021 010112 01 0005fe29e280163b  02 0005 01 01 2d2d2d");

  cr_assert_null (v1->error, "%s", v1->error);
  cr_assert (v1->legacy && v1->has_signature);
  cr_assert_eq (v1->hash_type, 0);
  cr_assert_eq (v1->gop_counter, 7);
  cr_assert_eq (v1->start_us, -1);
  cr_assert_null (v1->gop_hash.data);
  cr_assert_null (v2->error, "%s", v2->error);
  cr_assert (v2->legacy && v2->pre_release && !v2->has_signature);
  cr_assert_eq (v2->start_us, G_GINT64_CONSTANT (0x5fe29e280163b));
  cr_assert_eq (v2->end_us, -1);
  cr_assert (bytes_are (v2->public_key, "2d2d2d"));
  cr_assert_null (v2->document.data);
  cr_assert_eq (v2->document.len, 0);
}

Test (signed_sei, static_ones_have_no_general)
{
  g_autoptr (UlSignedSei) golden = read_hex (AXIS, 0x40, "02 0004 02 2d2d2d  05 0006 02 00 0002 aabb");
  g_autoptr (UlSignedSei) certificate = read_hex (ONVIF, 0x80, "06 0005 01 00 2d2d2d");
  g_autoptr (UlSignedSei) neither = read_hex (AXIS, 0x30, "02 0004 02 2d2d2d");

  cr_assert_null (golden->error, "%s", golden->error);
  cr_assert (golden->golden && !golden->legacy && golden->has_signature);
  cr_assert_null (certificate->error, "%s", certificate->error);
  cr_assert (certificate->certificate && !certificate->has_signature && !certificate->golden);
  cr_assert_str_eq (neither->error, "GENERAL is missing");
}

static UlSignedSei *
read_onvif_general (guint8 version, guint64 start, guint64 end, guint64 counter_and_num)
{
  GByteArray *tlvs = g_byte_array_new ();

  put_onvif_general (tlvs, version, start, end, counter_and_num);
  return read_tlvs (ONVIF, 0, tlvs);
}

Test (signed_sei, little_endian)
{
  guint64 start = GUINT64_SWAP_LE_BE (ticks_of (DATE_US)), end = GUINT64_SWAP_LE_BE (ticks_of (DATE_US + 1000));
  g_autoptr (UlSignedSei) v1 = read_onvif_general (1, start, 0, 0x070000003e00);
  g_autoptr (UlSignedSei) v2 = read_onvif_general (2, start, end, 0x070000003e00);
  g_autoptr (UlSignedSei) end_only = read_onvif_general (2, 0, end, 0x070000003e00);
  g_autoptr (UlSignedSei) undated = read_onvif_general (1, 0x155cdbc00, 0, 0x00000007003e);
  g_autoptr (UlSignedSei) both = read_onvif_general (1, G_GUINT64_CONSTANT (0x01da00112200da01), 0, 0x00000007003e);
  g_autoptr (UlSignedSei) chance = read_onvif_general (2, start, 0x155cdbc00, 0x00000007003e);

  cr_assert_eq (v1->start_us, DATE_US);
  cr_assert_eq (v1->end_us, -1);
  cr_assert_eq (v2->end_us, DATE_US + 1000);
  cr_assert_eq (end_only->start_us, -1);
  cr_assert_eq (end_only->end_us, DATE_US + 1000);
  cr_assert_eq (undated->start_us, -1);
  cr_assert_eq (chance->start_us, -1);
  cr_assert_gt (both->start_us, 0);
  const UlSignedSei *all[] = { v1, v2, end_only, undated, chance, both };
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++) {
    cr_assert_null (all[i]->error, "%s", all[i]->error);
    cr_assert_eq (all[i]->gop_counter, 7);
    cr_assert_eq (all[i]->num_nalus, 62);
  }
}

Test (signed_sei, plausible_dates)
{
  static const struct {
    gint64 seconds;
    gboolean plausible;
  } dates[] = { { 0, FALSE }, { 631151999, FALSE }, { 631152000, TRUE }, { 4102444799, TRUE }, { 4102444800, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (dates); i++) {
    gint64 us = dates[i].seconds * G_USEC_PER_SEC;
    g_autoptr (UlSignedSei) sei = read_onvif_general (1, ticks_of (us), 0, 0x00000007003e);
    cr_assert_eq (sei->start_us, dates[i].plausible ? us : -1);
    cr_assert_eq (sei->gop_counter, 7);
  }
}

Test (signed_sei, texts)
{
  GByteArray *tlvs = g_byte_array_new (), *v = g_byte_array_new ();

  put (v, "01  06 41ff1b420000  04 00000000  00  08 e280ae41 0a 7f00 42  ff");
  for (guint i = 0; i < 255; i++)
    put (v, i % 2 ? "9f" : "41");
  put_tlv (tlvs, 3, 2, v);
  put_axis_general (tlvs, 1);
  g_autoptr (UlSignedSei) sei = read_tlvs (AXIS, 0x30, tlvs);

  cr_assert_null (sei->error, "%s", sei->error);
  cr_assert_str_eq (sei->product.hardware, "A\xef\xbf\xbd\xef\xbf\xbd" "B");
  cr_assert_null (sei->product.firmware);
  cr_assert_null (sei->product.serial);
  cr_assert_str_eq (sei->product.manufacturer, "\xef\xbf\xbd" "A\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "B");
  cr_assert_leq (strlen (sei->product.address), 255);
  cr_assert_geq (strlen (sei->product.address), 252);
}

/* --- emulation prevention ------------------------------------------------------------- */

static void
check_document (const UlSignedSei *sei, const GByteArray *plain, gsize back, gboolean with_prevention)
{
  gsize n = plain->len - back;
  g_autoptr (GByteArray) escaped = escape (plain->data, n);

  if (with_prevention) {
    cr_assert_eq (sei->document.len, escaped->len);
    cr_assert_arr_eq (sei->document.data, escaped->data, escaped->len);
  } else {
    cr_assert_eq (sei->document.len, n);
    cr_assert_arr_eq (sei->document.data, plain->data, n);
  }
}

/* Both formats and codecs, written with and without, the bit set and not; counters that
 * are 00 00 03 as they are. */
Test (signed_sei, emulation_prevention)
{
  static const guint32 counters[] = { 1, 3, 0x00000301, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (samples) * 2 * 2 * 2 * G_N_ELEMENTS (counters); i++) {
    gsize sample = i & 1;
    UlCodec codec = i & 2 ? UL_CODEC_H265 : UL_CODEC_H264;
    gboolean escaped = (i & 4) != 0, bit = (i & 8) != 0;
    guint32 counter = counters[i >> 4];
    guint8 reserved = (sample == 0 ? 0x30 : 0) | (bit ? samples[sample].prevention_bit : 0);
    g_autoptr (GByteArray) plain = plain_nal (codec, samples[sample].uuid, reserved, samples[sample].tlvs (counter));
    g_autoptr (GByteArray) nal = whole_nal (plain, escaped);
    put (nal, "000000"); /* trailing_zero_8bits */
    g_autoptr (UlSignedSei) sei = read_nal (codec, nal);
    cr_assert_null (sei->error, "%u: %s", i, sei->error);
    cr_assert_eq (sei->escaped, escaped);
    cr_assert_eq (sei->gop_counter, counter);
    cr_assert_eq (sei->nal.len, nal->len - 3);
    cr_assert_arr_eq (sei->nal.data, nal->data, nal->len - 3);
    check_document (sei, plain, samples[sample].back, escaped && bit);
  }
}

/* The tag 03 after 00 00 is written 03 03: the first one comes with the tag. */
Test (signed_sei, prevention_before_the_tag)
{
  GByteArray *tlvs = g_byte_array_new ();

  put_onvif_general (tlvs, 1, 0, 0, 0);
  put_tlv_hex (tlvs, 2, 2, "01 aaaa0000");
  put_tlv_hex (tlvs, 3, 2, "01 0002 aabb");
  g_autoptr (GByteArray) plain = plain_nal (UL_CODEC_H264, ONVIF, 0x40, tlvs);
  g_autoptr (GByteArray) nal = whole_nal (plain, TRUE);
  g_autoptr (UlSignedSei) sei = read_nal (UL_CODEC_H264, nal);

  cr_assert_null (sei->error, "%s", sei->error);
  cr_assert (sei->escaped);
  cr_assert (bytes_are (sei->signature, "aabb"));
  check_document (sei, plain, 8, TRUE);
  cr_assert_eq (memcmp (sei->document.data + sei->document.len, "\3\3", 2), 0);
}

Test (signed_sei, no_stop_byte)
{
  for (guint i = 0; i < 2 * G_N_ELEMENTS (samples); i++) {
    g_autoptr (GByteArray) plain = plain_nal (UL_CODEC_H264, samples[i & 1].uuid, 0x30, samples[i & 1].tlvs (1));
    g_autoptr (GByteArray) nal = whole_nal (plain, i & 2);
    g_byte_array_set_size (nal, nal->len - 1);
    g_autoptr (UlSignedSei) sei = read_nal (UL_CODEC_H264, nal);
    cr_assert_null (sei->error, "%s", sei->error);
    cr_assert_eq (sei->gop_counter, 1);
  }
}

/* --- what is wrong ------------------------------------------------------------------- */

Test (signed_sei, cut_at_every_byte)
{
  for (guint i = 0; i < 4 * G_N_ELEMENTS (samples); i++) {
    UlCodec codec = i & 2 ? UL_CODEC_H265 : UL_CODEC_H264;
    g_autoptr (GByteArray) plain = plain_nal (codec, samples[i & 1].uuid, 0xf0, samples[i & 1].tlvs (1));
    g_autoptr (GByteArray) nal = whole_nal (plain, i & 4);
    g_byte_array_set_size (nal, nal->len - 1);
    while (nal->len) {
      g_byte_array_set_size (nal, nal->len - 1);
      g_autoptr (UlSignedSei) sei = read_nal (codec, nal);
      cr_assert (!sei || sei->error);
    }
  }
}

Test (signed_sei, every_byte_lies)
{
  static const guint8 lies[] = { 0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff };

  for (guint i = 0; i < 4 * G_N_ELEMENTS (samples); i++) {
    UlCodec codec = i & 2 ? UL_CODEC_H265 : UL_CODEC_H264;
    g_autoptr (GByteArray) plain = plain_nal (codec, samples[i & 1].uuid, 0xb0, samples[i & 1].tlvs (1));
    g_autoptr (GByteArray) nal = whole_nal (plain, i & 4);
    for (guint at = 0; at < nal->len; at++)
      for (gsize k = 0; k < G_N_ELEMENTS (lies) + 2; k++) {
        guint8 was = nal->data[at];
        nal->data[at] = k < G_N_ELEMENTS (lies) ? lies[k] : (guint8) (was + (k & 1 ? 1 : -1));
        g_autoptr (UlSignedSei) sei = read_nal (codec, nal);
        nal->data[at] = was;
      }
  }
}

/* Errors with their places, the reserved byte being byte 19. */
Test (signed_sei, errors)
{
  static const struct {
    const char *uuid, *hex, *error;
    gboolean has_general, has_signature;
  } rows[] = {
    { AXIS, GENERAL "09 0001 01", "tag 9 at byte 32 is not known", TRUE, FALSE },
    { AXIS, "09 0001 01" GENERAL, "tag 9 at byte 20 is not known", FALSE, FALSE },
    { AXIS, GENERAL GENERAL, "GENERAL at byte 32 comes once too often", TRUE, FALSE },
    { AXIS, GENERAL "05 0006 02 00 0002 aabb 05 0006 02 00 0002 ccdd", "9 bytes at byte 41 come after SIGNATURE", TRUE, TRUE },
    { AXIS, GENERAL "05 0006 02 00 0002 aabb 03 000b 01 01410141014101410141", "14 bytes at byte 41 come after SIGNATURE", TRUE, TRUE },
    { AXIS, GENERAL "05 0006 02 00 0003 aabb", "SIGNATURE at byte 32: its 6 bytes are fewer than its fields", TRUE, FALSE },
    { AXIS, GENERAL "05 0006 01 00 02 0001 aa", "SIGNATURE at byte 32: what is signed is neither the GOP's nor the document's hash",
      TRUE, FALSE },
    { AXIS, GENERAL "05 0007 02 00 0002 aabb", "SIGNATURE at byte 32 is cut off", TRUE, FALSE },
    { AXIS, GENERAL "05 00", "SIGNATURE at byte 32 is cut off", TRUE, FALSE },
    { AXIS, GENERAL "05", "SIGNATURE at byte 32 is cut off", TRUE, FALSE },
    { AXIS, GENERAL "04 0000", "HASH_LIST at byte 32: its 0 bytes are fewer than its fields", TRUE, FALSE },
    { AXIS, "01 09 01 00000007 0021 0101", "GENERAL at byte 20: its 9 bytes are fewer than its fields", FALSE, FALSE },
    { AXIS, "01 0b 02 00000007 0021 010112 01", "GENERAL at byte 20: its 11 bytes are fewer than its fields", FALSE, FALSE },
    { AXIS, "01 0e 03 00000007 0021 010112 00 aabbcc", "GENERAL at byte 20: its two hashes are not of the same size", FALSE, FALSE },
    { AXIS, "01 00", "GENERAL at byte 20: its 0 bytes are fewer than its fields", FALSE, FALSE },
    { AXIS, "01 01 05 05 0006 02 00 0002 aabb", "GENERAL at byte 20: version 5 is not known", FALSE, TRUE },
    { AXIS, "01 01 00 05 0006 02 00 0002 aabb", "GENERAL at byte 20: version 0 is not known", FALSE, TRUE },
    { AXIS, GENERAL "07 04 01 030102", "CRYPTO_INFO at byte 32: its 4 bytes are fewer than its fields", TRUE, FALSE },
    { AXIS, GENERAL "81 0004 01 030102", "VENDOR_AXIS at byte 32: its 4 bytes are fewer than its fields", TRUE, FALSE },
    { AXIS, GENERAL "03 0004 01 01 41 02", "PRODUCT_INFO at byte 32: its 4 bytes are fewer than its fields", TRUE, FALSE },
    { AXIS, GENERAL "02 0001 01", "PUBLIC_KEY at byte 32: its 1 bytes are fewer than its fields", TRUE, FALSE },
    { AXIS, "05 0006 02 00 0002 aabb", "GENERAL is missing", FALSE, TRUE },
    { AXIS, "", "GENERAL is missing", FALSE, FALSE },
    { ONVIF, ONVIF_GENERAL "06 0003 01 00 2d 06 0003 01 01 2d 06 0003 01 01 2d", "CERTIFICATES at byte 58 comes once too often",
      TRUE, FALSE },
    { ONVIF, ONVIF_GENERAL "81 0001 01", "tag 129 at byte 46 is not known", TRUE, FALSE },
    { ONVIF, ONVIF_GENERAL "03 0005 01 0002 aabb 00", "1 bytes at byte 54 come after SIGNATURE", TRUE, TRUE },
    { ONVIF, ONVIF_GENERAL "04 0006 01 01aa 01bb 08", "CRYPTO_INFO at byte 46: its 6 bytes are fewer than its fields", TRUE, FALSE },
    { ONVIF, ONVIF_GENERAL "06 0001 01", "CERTIFICATES at byte 46: its 1 bytes are fewer than its fields", TRUE, FALSE },
    { ONVIF, "01 0018 01 190c03 00 0000000000000000 00000007 0021 aabb ccddee",
      "GENERAL at byte 20: its two hashes are not of the same size", FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (UlSignedSei) sei = read_hex (rows[i].uuid, 0, rows[i].hex);
    cr_assert_not_null (sei->error, "%zu", i);
    cr_assert_str_eq (sei->error, rows[i].error);
    cr_assert_eq (sei->has_general, rows[i].has_general, "%zu", i);
    cr_assert_eq (sei->has_signature, rows[i].has_signature, "%zu", i);
    cr_assert_null (sei->product.hardware);
    cr_assert (!sei->has_signature || bytes_are (sei->signature, "aabb"));
  }
}

Test (signed_sei, hashes_too_large)
{
  GByteArray *tlvs = g_byte_array_new (), *v = g_byte_array_new ();

  put (v, "03 00000007 0021 020308 00");
  put_run (v, 1, 130);
  put_tlv (tlvs, 1, 1, v);
  g_autoptr (UlSignedSei) sei = read_tlvs (AXIS, 0x30, tlvs);

  cr_assert_str_eq (sei->error, "GENERAL at byte 20: its hashes are larger than any hash");
  cr_assert_not (sei->has_general);
}

Test (signed_sei, payload_size_lies)
{
  GByteArray *tlvs = g_byte_array_new ();

  put (tlvs, GENERAL "05 0006 02 00 0002 aabb");
  g_autoptr (GByteArray) plain = plain_nal (UL_CODEC_H264, AXIS, 0, tlvs);
  g_autoptr (GByteArray) nal = whole_nal (plain, FALSE);
  nal->data[2]++;
  g_autoptr (UlSignedSei) larger = read_nal (UL_CODEC_H264, nal);
  nal->data[2] -= 2;
  g_autoptr (UlSignedSei) smaller = read_nal (UL_CODEC_H264, nal);
  nal->data[2] = 16;
  g_autoptr (UlSignedSei) uuid = read_nal (UL_CODEC_H264, nal);
  nal->data[2] = 15;
  g_autoptr (UlSignedSei) none = read_nal (UL_CODEC_H264, nal);

  /* With the stop byte there are as many; it is no TLV. */
  cr_assert_str_eq (larger->error, "1 bytes at byte 41 come after SIGNATURE");
  cr_assert (larger->has_signature);
  cr_assert_str_eq (smaller->error, "the payload says it has 37 bytes, there are 39");
  cr_assert (smaller->has_general && !smaller->has_signature);
  cr_assert_str_eq (uuid->error, "the payload says it has 16 bytes, there are 39");
  cr_assert_null (none);
}

/* --- recognising ----------------------------------------------------------------------- */

Test (signed_sei, peek)
{
  static const struct {
    UlCodec codec;
    const char *hex;
    UlSigningFormat format;
    gsize bytes;
  } rows[] = {
    { UL_CODEC_H264, "06 05 20" AXIS, UL_SIGNING_AXIS, 35 },
    { UL_CODEC_H264, "06 05 ff00" ONVIF, UL_SIGNING_ONVIF, 259 },
    { UL_CODEC_H264, "06 05 ffffffffffffffffffffffffff95" AXIS_OLD, UL_SIGNING_AXIS, 3480 },
    { UL_CODEC_H265, "4e01 05 ffffffffffffffffffffffff01" ONVIF, UL_SIGNING_ONVIF, 3077 },
    { UL_CODEC_H265, "5001 05 10" AXIS, UL_SIGNING_AXIS, 20 },
    { UL_CODEC_H265, "4001 05 20" AXIS, UL_SIGNING_NONE, 0 },
    { UL_CODEC_H264, "07 05 20" AXIS, UL_SIGNING_NONE, 0 },
    { UL_CODEC_H264, "06 04 20" AXIS, UL_SIGNING_NONE, 0 },
    { UL_CODEC_H264, "06 05 0f" AXIS, UL_SIGNING_NONE, 0 },
    { UL_CODEC_NONE, "06 05 20" AXIS, UL_SIGNING_NONE, 0 },
    { UL_CODEC_H264, "06 05 20 dc45e9bde6d948b7962cd820d923eeef", UL_SIGNING_NONE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GByteArray) nal = g_byte_array_new ();
    gsize bytes = 0;
    put (nal, rows[i].hex);
    cr_assert_leq (nal->len, 32);
    cr_assert_eq (ul_signed_sei_peek (rows[i].codec, nal->data, nal->len, &bytes), rows[i].format, "%zu", i);
    cr_assert_eq (bytes, rows[i].bytes, "%zu", i);
    while (nal->len) {
      g_byte_array_set_size (nal, nal->len - 1);
      cr_assert_eq (ul_signed_sei_peek (rows[i].codec, nal->data, nal->len, NULL), UL_SIGNING_NONE);
    }
  }
}

Test (signed_sei, the_largest)
{
  g_autoptr (GByteArray) nal = g_byte_array_new ();
  gsize bytes = 0;

  put (nal, "4e01 05");
  for (guint i = 0; i < UL_SIGNED_SEI_MAX_BYTES / 255; i++)
    put_be (nal, 1, 255);
  put_be (nal, 1, UL_SIGNED_SEI_MAX_BYTES % 255);
  put (nal, AXIS);
  cr_assert_eq (nal->len, UL_SIGNED_SEI_PEEK_BYTES);
  cr_assert_eq (ul_signed_sei_peek (UL_CODEC_H265, nal->data, nal->len, &bytes), UL_SIGNING_AXIS);
  cr_assert_eq (bytes, nal->len - 16 + UL_SIGNED_SEI_MAX_BYTES);
  nal->data[nal->len - 17]++;
  cr_assert_eq (ul_signed_sei_peek (UL_CODEC_H265, nal->data, nal->len, NULL), UL_SIGNING_NONE);
  cr_assert_null (read_nal (UL_CODEC_H265, nal));
}

/* --- recordings -------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  UlCodec codec;
  UlSigningFormat format;
  guint8 reserved;
  gboolean legacy, escaped;
  const char *hashes; /* in the lists of the SEIs, in order; the counters go up from 1 */
  guint last_num;     /* 0: num_nalus agrees with the list in the last one too */
} Recording;

/* ONVIF's last SEI, written when the stream ended, repeats what GENERAL said of the GOP before. */
static const Recording recordings[] = {
  { "signed_test_h264.mp4", UL_CODEC_H264, UL_SIGNING_AXIS, 0xb0, FALSE, TRUE, "62 62 62 62 8", 0 },
  { "signed_test_h264_modified_frame_137.mp4", UL_CODEC_H264, UL_SIGNING_AXIS, 0x80, TRUE, TRUE, "1 63 63 63 63 8", 0 },
  { "signed_test_h265.mp4", UL_CODEC_H265, UL_SIGNING_AXIS, 0x80, TRUE, TRUE, "1 63 63 63 63 54", 0 },
  { "signed_vendor_axis.h264", UL_CODEC_H264, UL_SIGNING_AXIS, 0, TRUE, TRUE, "1 33", 0 },
  { "test_signed_h264.mp4", UL_CODEC_H264, UL_SIGNING_ONVIF, 0, FALSE, FALSE, "62 62 62 62 8", 62 },
  { "test_signed_h265.mp4", UL_CODEC_H265, UL_SIGNING_ONVIF, 0, FALSE, FALSE, "62 62 62 62 54", 62 },
};

/* From a UUID at `uuid` back to the NAL unit's header; its end by the length before it, or by the next start code. */
static UlSignedSei *
read_at (const Recording *r, const guint8 *file, gsize len, gsize uuid)
{
  gsize at = uuid - 1, end;

  while (file[at - 1] == 0xff)
    at--;
  at -= r->codec == UL_CODEC_H264 ? 2 : 3;
  if (g_str_has_suffix (r->name, ".mp4"))
    end = at + GUINT32_FROM_BE (*(const guint32 *) (const void *) memcpy (&(guint32){ 0 }, file + at - 4, 4));
  else
    for (end = at; end + 3 < len && memcmp (file + end, "\0\0\1", 3) != 0; end++)
      ;
  return ul_signed_sei_parse (r->codec, file + at, end - at);
}

static gboolean
signature_holds (const UlSignedSei *sei)
{
  UlSignedBytes pem = sei->format == UL_SIGNING_AXIS ? sei->public_key : sei->chains[0].pem;
  BIO *bio = BIO_new_mem_buf (pem.data, (int) pem.len);
  X509 *certificate = sei->format == UL_SIGNING_ONVIF ? PEM_read_bio_X509 (bio, NULL, NULL, NULL) : NULL;
  EVP_PKEY *key = certificate ? X509_get_pubkey (certificate) : PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean holds = key && EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key) == 1
                   && EVP_DigestVerify (context, sei->signature.data, sei->signature.len, sei->document.data, sei->document.len) == 1;

  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
  X509_free (certificate);
  BIO_free (bio);
  return holds;
}

static void
check_recorded (const Recording *r, const UlSignedSei *sei, guint32 counter, guint hashes, guint num)
{
  cr_assert_null (sei->error, "%s: %s", r->name, sei->error);
  signed_sei_check (sei);
  cr_assert_eq (sei->format, r->format);
  cr_assert_eq (sei->reserved, r->reserved);
  cr_assert_eq (sei->legacy, r->legacy);
  cr_assert_eq (sei->escaped, r->escaped);
  cr_assert_eq (sei->gop_counter, counter);
  cr_assert_eq (sei->num_nalus, num);
  cr_assert_eq (sei->hash_list.len, 32 * hashes);
  cr_assert_eq (sei->gop_hash.len, r->legacy ? 0 : 32);
  cr_assert (sei->has_signature);
  cr_assert (signature_holds (sei), "%s: %u", r->name, counter);
}

static void
check_camera (const UlSignedSei *sei)
{
  cr_assert_str_eq (sei->product.hardware, "7EB.1");
  cr_assert_str_eq (sei->product.firmware, "11.6+snapshot-20230615");
  cr_assert_str_eq (sei->product.serial, "B8A44F27E6D1");
  cr_assert_str_eq (sei->product.manufacturer, "Axis Communications AB");
  cr_assert_str_eq (sei->product.address, "www.axis.com");
  cr_assert_eq (sei->attestation.len, 94);
  cr_assert_eq (sei->n_chains, 1);
  cr_assert_eq (memcmp (sei->chains[0].pem.data, "-----BEGIN CERTIFICATE-----\n", 28), 0);
  cr_assert_eq (memcmp (sei->public_key.data, "-----BEGIN PUBLIC KEY-----\n", 27), 0);
  cr_assert_eq (sei->start_us / G_USEC_PER_SEC / 86400, 19523); /* 2023-06-15 */
}

Test (signed_sei, recordings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (recordings); i++) {
    const Recording *r = &recordings[i];
    g_autoptr (GByteArray) uuid = g_byte_array_new ();
    g_autofree char *path = g_strconcat (CORPUS, r->name, NULL), *file = NULL;
    g_auto (GStrv) hashes = g_strsplit (r->hashes, " ", -1);
    guint n = 0, n_seis = g_strv_length (hashes);
    gsize len;
    if (!g_file_get_contents (path, &file, &len, NULL)) {
      g_print ("skipped: no ../shared/corpus\n");
      cr_skip_test ("no ../shared/corpus");
    }
    put (uuid, r->format == UL_SIGNING_AXIS ? AXIS : ONVIF);
    for (const char *p = file; (p = memmem (p, len - (gsize) (p - file), uuid->data, 16)); p++, n++) {
      g_autoptr (UlSignedSei) sei = read_at (r, (const guint8 *) file, len, (gsize) (p - file));
      cr_assert_lt (n, n_seis);
      guint listed = (guint) g_ascii_strtoull (hashes[n], NULL, 10);
      check_recorded (r, sei, n + 1, listed, n + 1 == n_seis && r->last_num ? r->last_num : listed);
      if (g_str_has_suffix (r->name, ".h264"))
        check_camera (sei);
    }
    cr_assert_eq (n, n_seis);
  }
}
