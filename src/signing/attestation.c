/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/attestation.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/span.h"

#define HEADER 0xff01
#define VERSION 1
#define OBJECT_BYTES 4
#define TIME_BYTES 12
#define CHIP_BYTES 18
#define POINT_BYTES 65 /* P-256 */
#define MAX_SIGNED_BYTES 256
#define MAX_NAME_BYTES 128

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

typedef struct {
  const guint8 *object_id, *time, *signature;
  gsize signature_len;
} Blob;

/* What the secure element was asked for; the object id stands at 9, the freshness at 24. */
static const guint8 command[40] = {
  0x80, 0x22, 0x00, 0x00, 0x00, 0x00, 0x21, 0x41, 0x04, 0xf0, 0x00, 0x00, 0x12, 0x45, 0x04, 0xf0, 0x00, 0x00, 0x12, 0x46,
  0x01, 0x21, 0x47, 0x10, 0x92, 0xbb, 0xed, 0xfb, 0x98, 0x82, 0xac, 0x16, 0xc7, 0xf0, 0x1a, 0xe4, 0x59, 0x05, 0x96, 0x04,
};
#define COMMAND_OBJECT 9

/* What the key may be used for. */
static const guint8 attributes[37] = {
  0x7b, 0x00, 0x02, 0x01, 0x29, 0x01, 0x00, 0x00, 0x7b, 0x00, 0x00, 0x03, 0x00, 0x00, 0x08, 0x7b, 0x00, 0x00, 0x03,
  0x1f, 0x3c, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00,
};

static gboolean
read_blob (const guint8 *data, gsize len, Blob *ret_blob)
{
  UlSpan s = ul_span (data, len);
  gboolean known = ul_span_be16 (&s) == HEADER && ul_span_be16 (&s) == VERSION;

  ret_blob->object_id = ul_span_take (&s, OBJECT_BYTES);
  known &= ul_span_u8 (&s) == 1; /* objects attested */
  ret_blob->time = ul_span_take (&s, TIME_BYTES);
  ret_blob->signature_len = ul_span_be16 (&s);
  ret_blob->signature = ul_span_take (&s, ret_blob->signature_len);
  return known && !s.error && ret_blob->signature_len;
}

char *
ul_attestation_dup_common_name (X509 *certificate)
{
  char name[MAX_NAME_BYTES];

  return X509_NAME_get_text_by_NID (X509_get_subject_name (certificate), NID_commonName, name, sizeof name) > 0 ? g_strdup (name) : NULL;
}

/* The last word of the common name is the chip's id, in hexadecimal. */
static gboolean
read_chip (X509 *leaf, guint8 *ret_chip)
{
  g_autofree char *name = ul_attestation_dup_common_name (leaf);
  const char *blank = name ? strrchr (name, ' ') : NULL, *hex = blank ? blank + 1 : name;

  if (!hex || strlen (hex) != 2 * CHIP_BYTES)
    return FALSE;
  for (guint i = 0; i < CHIP_BYTES; i++) {
    int high = g_ascii_xdigit_value (hex[2 * i]), low = g_ascii_xdigit_value (hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return FALSE;
    ret_chip[i] = (guint8) (high << 4 | low);
  }
  return TRUE;
}

static void
append_tlv (GByteArray *to, guint8 tag, const guint8 *value, guint len)
{
  const guint8 head[4] = { tag, 0x82, (guint8) (len >> 8), (guint8) len };

  g_byte_array_append (to, head, sizeof head);
  g_byte_array_append (to, value, len);
}

static GByteArray *
signed_bytes (const Blob *blob, const guint8 *point, const guint8 *chip)
{
  static const guint8 size[] = { 0x00, 0x20 };
  GByteArray *bytes = g_byte_array_sized_new (MAX_SIGNED_BYTES);
  guint8 asked[sizeof command], digest[EVP_MAX_MD_SIZE];

  memcpy (asked, command, sizeof asked);
  memcpy (asked + COMMAND_OBJECT, blob->object_id, OBJECT_BYTES);
  EVP_Digest (asked, sizeof asked, digest, NULL, EVP_sha256 (), NULL);
  g_byte_array_append (bytes, digest, 32);
  append_tlv (bytes, 0x41, point, POINT_BYTES);
  append_tlv (bytes, 0x42, chip, CHIP_BYTES);
  append_tlv (bytes, 0x43, attributes, sizeof attributes);
  append_tlv (bytes, 0x44, size, sizeof size);
  append_tlv (bytes, 0x4f, blob->time, TIME_BYTES);
  return bytes;
}

static gboolean
verify (X509 *leaf, const GByteArray *bytes, const Blob *blob)
{
  g_autoptr (EVP_PKEY) pkey = X509_get_pubkey (leaf);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  gboolean holds = pkey && context && EVP_PKEY_is_a (pkey, "EC")
                   && EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, pkey) == 1
                   && EVP_DigestVerify (context, blob->signature, blob->signature_len, bytes->data, bytes->len) == 1;

  ERR_clear_error ();
  return holds;
}

const char *
ul_attestation_check (const guint8 *data, gsize len, const UlSigningKey *key, X509 *leaf)
{
  guint8 chip[CHIP_BYTES];
  gsize point_len;
  const guint8 *point = ul_signing_key_point (key, &point_len);
  Blob blob;

  if (!read_blob (data, len, &blob))
    return "the attestation is not of a form that is known";
  if (!point || point_len != POINT_BYTES)
    return "the attestation is of another kind of key than the stream's";
  if (!read_chip (leaf, chip))
    return "the attestation's certificate names no chip";
  g_autoptr (GByteArray) bytes = signed_bytes (&blob, point, chip);
  return verify (leaf, bytes, &blob) ? NULL : "the attestation does not hold for the key that the stream is signed with";
}
