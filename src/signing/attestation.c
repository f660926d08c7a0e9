/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/attestation.h"

#define COMMON_NAME "Axis Edge Vault Attestation "
#define CHIP_ID_BYTES 18
#define OBJECT_ID_BYTES 4
#define TIMESTAMP_BYTES 12
#define POINT_BYTES 65
#define SIGNED_BYTES 186
#define DIGEST_BYTES 32
#define OBJECT_ID_AT 9 /* in the command */

/* The blob's fields, borrowed. */
typedef struct {
  const guint8 *object_id, *timestamp, *signature;
  gsize signature_len;
} Blob;

/* The command that asked the element for it; the object's id is filled in. */
static const guint8 command[40] = { 0x80, 0x22, 0x00, 0x00, 0x00, 0x00, 0x21, 0x41, 0x04, 0xf0, 0x00, 0x00, 0x12, 0x45,
                                    0x04, 0xf0, 0x00, 0x00, 0x12, 0x46, 0x01, 0x21, 0x47, 0x10, 0x92, 0xbb, 0xed, 0xfb,
                                    0x98, 0x82, 0xac, 0x16, 0xc7, 0xf0, 0x1a, 0xe4, 0x59, 0x05, 0x96, 0x04 };

static const guint8 attributes[37] = { 0x7b, 0x00, 0x02, 0x01, 0x29, 0x01, 0x00, 0x00, 0x7b, 0x00, 0x00, 0x03, 0x00,
                                       0x00, 0x08, 0x7b, 0x00, 0x00, 0x03, 0x1f, 0x3c, 0x00, 0x00, 0x08, 0x00, 0x00,
                                       0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00 };

static gboolean
read_blob (UlSpan s, Blob *ret_blob)
{
  ul_span_skip (&s, 4); /* header and version, looked at before */
  ret_blob->object_id = ul_span_take (&s, OBJECT_ID_BYTES);
  guint8 list_length = ul_span_u8 (&s);
  ret_blob->timestamp = ul_span_take (&s, TIMESTAMP_BYTES);
  ret_blob->signature_len = ul_span_be16 (&s);
  ret_blob->signature = ul_span_take (&s, ret_blob->signature_len);
  return !s.error && list_length == 1 && ul_span_left (&s) == 0;
}

static gboolean
read_chip_id (const char *common_name, guint8 ret_id[CHIP_ID_BYTES])
{
  if (!common_name || !g_str_has_prefix (common_name, COMMON_NAME))
    return FALSE;
  const char *hex = common_name + strlen (COMMON_NAME);

  if (strlen (hex) != 2 * CHIP_ID_BYTES)
    return FALSE;
  for (guint i = 0; i < CHIP_ID_BYTES; i++) {
    int high = g_ascii_xdigit_value (hex[2 * i]), low = g_ascii_xdigit_value (hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return FALSE;
    ret_id[i] = (guint8) (high << 4 | low);
  }
  return TRUE;
}

static void
digest_of (const void *data, gsize len, guint8 ret_digest[DIGEST_BYTES])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n = DIGEST_BYTES;

  g_checksum_update (sum, data, (gssize) len);
  g_checksum_get_digest (sum, ret_digest, &n);
}

static void
assemble (const Blob *blob, const guint8 *point, const guint8 *chip_id, guint8 ret_signed[SIGNED_BYTES])
{
  guint8 asked[sizeof command], asked_digest[DIGEST_BYTES];
  const struct {
    guint8 head[6];
    guint8 head_len;
    const guint8 *value;
    guint8 len;
  } pieces[] = {
    { { 0 }, 0, asked_digest, DIGEST_BYTES },
    { { 0x41, 0x82, 0x00, 0x41 }, 4, point, POINT_BYTES },
    { { 0x42, 0x82, 0x00, 0x12 }, 4, chip_id, CHIP_ID_BYTES },
    { { 0x43, 0x82, 0x00, 0x25 }, 4, attributes, sizeof attributes },
    { { 0x44, 0x82, 0x00, 0x02, 0x00, 0x20 }, 6, NULL, 0 },
    { { 0x4f, 0x82, 0x00, 0x0c }, 4, blob->timestamp, TIMESTAMP_BYTES },
  };
  guint8 *at = ret_signed;

  memcpy (asked, command, sizeof command);
  memcpy (asked + OBJECT_ID_AT, blob->object_id, OBJECT_ID_BYTES);
  digest_of (asked, sizeof asked, asked_digest);
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++) {
    memcpy (at, pieces[i].head, pieces[i].head_len);
    at += pieces[i].head_len;
    if (pieces[i].len)
      memcpy (at, pieces[i].value, pieces[i].len);
    at += pieces[i].len;
  }
  g_assert (at == ret_signed + SIGNED_BYTES);
}

UlAttestationState
ul_attestation_check (UlSpan blob, const UlSigningKey *signer, const char *common_name, const UlSigningKey *key, const char **ret_reason)
{
  static const guint8 known[] = { 0xff, 0x01, 0x00, 0x01 };
  guint8 chip_id[CHIP_ID_BYTES], message[SIGNED_BYTES], digest[DIGEST_BYTES];
  gsize point_len, signer_point_len;
  const guint8 *point = ul_signing_key_point (key, &point_len);
  Blob fields;

  *ret_reason = "the attestation is of a form that is not known";
  if (!ul_span_starts_with (&blob, known, sizeof known))
    return UL_ATTESTATION_UNKNOWN;
  *ret_reason = "the certificate is not one for attestations, its name tells no chip";
  if (!read_chip_id (common_name, chip_id))
    return UL_ATTESTATION_UNKNOWN;
  *ret_reason = "the attestation is malformed";
  if (!read_blob (blob, &fields))
    return UL_ATTESTATION_REFUTED;
  *ret_reason = "an attestation of an EC P-256 key came with a key that is none";
  if (!point || point_len != POINT_BYTES)
    return UL_ATTESTATION_REFUTED;
  assemble (&fields, point, chip_id, message);
  digest_of (message, sizeof message, digest);
  *ret_reason = "the attestation's signature does not hold for this key";
  if (!ul_signing_key_point (signer, &signer_point_len)
      || !ul_signing_key_verify (signer, UL_SIGNING_AXIS, digest, sizeof digest, fields.signature, fields.signature_len))
    return UL_ATTESTATION_REFUTED;
  *ret_reason = NULL;
  return UL_ATTESTATION_HOLDS;
}
