/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of Axis Signed Video (Axis Signed Video Framework 2.3.8, tags of sv_tlv.c). */
#include "signing/signed_sei_private.h"

#define FLAG_TIMESTAMP 0x01
#define FLAG_PARTIAL 0x02

static const char *
read_general (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;
  UlSpan *s = &tlv->value;
  UlSignedBytes linked = { 0 }, gop = { 0 };
  guint32 counter = ul_span_be32 (s);
  guint num = ul_span_be16 (s);
  const guint8 *signer = ul_span_take (s, 3);
  guint flags = tlv->version >= 2 ? ul_span_u8 (s) : 0;
  guint64 start = flags & FLAG_TIMESTAMP ? ul_span_be64 (s) : 0;
  guint64 end = flags & FLAG_TIMESTAMP && tlv->version >= 4 ? ul_span_be64 (s) : 0;
  const char *wrong = tlv->version >= 3 ? ul_signed_two_hashes (s, &linked, &gop) : NULL;

  if (wrong || s->error)
    return wrong;
  sei->has_general = TRUE;
  sei->general_version = tlv->version;
  sei->gop_counter = counter;
  sei->num_nalus = num;
  memcpy (sei->signer_version, signer, 3);
  sei->partial = (flags & FLAG_PARTIAL) != 0;
  sei->start_us = ul_signed_time (start);
  sei->end_us = ul_signed_time (end);
  sei->linked_hash = linked;
  sei->gop_hash = gop;
  return NULL;
}

static const char *
read_public_key (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;

  if (tlv->version == 1)
    ul_span_skip (&tlv->value, 1); /* the key's algorithm, which the PEM text says too */
  sei->public_key = ul_signed_rest (&tlv->value);
  return NULL;
}

static const char *
read_product (UlTlv *tlv, gpointer user_data)
{
  UlSpan *s = &tlv->value;
  UlSignedProduct product = { 0 };

  product.hardware = ul_signed_string (s);
  product.firmware = ul_signed_string (s);
  product.serial = ul_signed_string (s);
  product.manufacturer = ul_signed_string (s);
  product.address = ul_signed_string (s);
  return ul_signed_take_product (tlv, &product, user_data);
}

static const char *
read_signature (UlTlv *tlv, gpointer user_data)
{
  guint8 hash_type = 1;

  ul_span_u8 (&tlv->value); /* encoding status */
  if (tlv->version == 1)
    hash_type = ul_span_u8 (&tlv->value);
  if (hash_type > 1)
    return "what is signed is neither the GOP's nor the document's hash";
  return ul_signed_read_signature (tlv, hash_type, user_data);
}

static const char *
read_crypto (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;

  sei->hash_oid = ul_signed_bytes (&tlv->value, ul_span_u8 (&tlv->value));
  return NULL;
}

static const char *
read_vendor (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;
  UlSignedBytes attestation = ul_signed_bytes (&tlv->value, ul_span_u8 (&tlv->value));
  UlSignedBytes pem = ul_signed_rest (&tlv->value);

  sei->attestation = attestation;
  if (pem.len)
    sei->chains[sei->n_chains++].pem = pem;
  return NULL;
}

static const UlTlvRow rows[] = {
  { .tag = 1, .length_bytes = 1, .max_version = 4, .max_times = 1, .mandatory = TRUE, .name = "GENERAL", .read = read_general },
  { .tag = 2, .length_bytes = 2, .max_version = 2, .max_times = 1, .name = "PUBLIC_KEY", .read = read_public_key },
  { .tag = 3, .length_bytes = 2, .max_version = 2, .max_times = 1, .name = "PRODUCT_INFO", .read = read_product },
  { .tag = 4, .length_bytes = 2, .max_version = 1, .max_times = 1, .name = "HASH_LIST", .read = ul_signed_read_hash_list },
  { .tag = 5, .length_bytes = 2, .max_version = 2, .max_times = 1, .last = TRUE, .name = "SIGNATURE", .read = read_signature },
  { .tag = 6, .length_bytes = 2, .max_version = G_MAXUINT8, .max_times = 1, .name = "ARBITRARY_DATA", .read = ul_signed_read_arbitrary },
  { .tag = 7, .length_bytes = 1, .max_version = 1, .max_times = 1, .name = "CRYPTO_INFO", .read = read_crypto },
  { .tag = 129, .length_bytes = 2, .max_version = 1, .max_times = 1, .name = "VENDOR_AXIS", .read = read_vendor },
};

const UlTlvTable ul_signing_axis_tlvs = { rows, G_N_ELEMENTS (rows) };
