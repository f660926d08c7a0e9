/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of ONVIF Media Signing (specification 26.06; framework r25.12.3). */
#include "signing/signed_sei_private.h"

#define TICKS_PER_US 10u
/* From 1601-01-01 to 1970-01-01 */
#define EPOCH_SECONDS G_GUINT64_CONSTANT (11644473600)

static gint64
time_of_ticks (guint64 ticks)
{
  guint64 us = ticks / TICKS_PER_US, epoch = EPOCH_SECONDS * G_USEC_PER_SEC;

  return us < epoch ? -1 : ul_signed_time (us - epoch);
}

/*
 * The specification says that times and counters are little-endian, the framework writes
 * them big-endian: the order in which the times are plausible dates counts for all of them.
 */
typedef struct {
  gint64 start_us, end_us;
  guint32 counter;
  guint num;
  guint n_dates, n_told; /* times that are plausible, that are not zero */
} Counters;

static gint64
read_time (UlSpan *s, guint64 (*integer) (UlSpan *, guint), Counters *c)
{
  guint64 ticks = integer (s, 8);
  gint64 us = time_of_ticks (ticks);

  c->n_told += ticks != 0;
  c->n_dates += us >= 0;
  return us;
}

static Counters
read_counters (UlSpan *s, gboolean has_end, guint64 (*integer) (UlSpan *, guint))
{
  Counters c = { 0 };

  c.start_us = read_time (s, integer, &c);
  c.end_us = has_end ? read_time (s, integer, &c) : -1;
  c.counter = (guint32) integer (s, 4);
  c.num = (guint) integer (s, 2);
  return c;
}

static const char *
read_general (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;
  UlSpan *s = &tlv->value;
  UlSignedBytes gop = { 0 }, linked = { 0 };
  gboolean has_end = tlv->version >= 2;
  const guint8 *format = ul_span_take (s, 3);
  guint8 partial = ul_span_u8 (s);
  UlSpan again = *s;
  Counters c = read_counters (s, has_end, ul_span_be), little = read_counters (&again, has_end, ul_span_le);
  const char *wrong = ul_signed_two_hashes (s, &gop, &linked);

  if (wrong || s->error)
    return wrong;
  /* A clock that was never set may make a date by chance, seldom two. */
  if (!c.n_dates && little.n_dates && little.n_dates == little.n_told)
    c = little;
  sei->has_general = TRUE;
  sei->general_version = tlv->version;
  sei->gop_counter = c.counter;
  sei->num_nalus = c.num;
  memcpy (sei->signer_version, format, 3);
  sei->partial = partial != 0;
  sei->start_us = c.start_us;
  sei->end_us = c.end_us;
  sei->linked_hash = linked;
  sei->gop_hash = gop;
  return NULL;
}

static const char *
read_signature (UlTlv *tlv, gpointer user_data)
{
  return ul_signed_read_signature (tlv, 1, user_data);
}

static const char *
read_crypto (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;
  UlSpan *s = &tlv->value;
  UlSignedBytes hash = ul_signed_bytes (s, ul_span_u8 (s));
  UlSignedBytes sign = ul_signed_bytes (s, ul_span_u8 (s));
  guint bits = ul_span_be16 (s);

  if (s->error)
    return NULL;
  sei->hash_oid = hash;
  sei->sign_oid = sign;
  sei->rsa_key_size = bits;
  return NULL;
}

static const char *
read_vendor (UlTlv *tlv, gpointer user_data)
{
  UlSpan *s = &tlv->value;
  UlSignedProduct product = { 0 };

  product.firmware = ul_signed_string (s);
  product.serial = ul_signed_string (s);
  product.manufacturer = ul_signed_string (s);
  return ul_signed_take_product (tlv, &product, user_data);
}

static const char *
read_certificates (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;
  gboolean user_provisioned = ul_span_u8 (&tlv->value) != 0;
  UlSignedBytes pem = ul_signed_rest (&tlv->value);

  if (!pem.len)
    return NULL;
  sei->chains[sei->n_chains].pem = pem;
  sei->chains[sei->n_chains++].user_provisioned = user_provisioned;
  return NULL;
}

static const UlTlvRow rows[] = {
  { .tag = 1, .length_bytes = 2, .max_version = 2, .max_times = 1, .mandatory = TRUE, .name = "GENERAL", .read = read_general },
  { .tag = 2, .length_bytes = 2, .max_version = 1, .max_times = 1, .name = "HASH_LIST", .read = ul_signed_read_hash_list },
  { .tag = 3, .length_bytes = 2, .max_version = 1, .max_times = 1, .last = TRUE, .name = "SIGNATURE", .read = read_signature },
  { .tag = 4, .length_bytes = 2, .max_version = 1, .max_times = 1, .name = "CRYPTO_INFO", .read = read_crypto },
  { .tag = 5, .length_bytes = 2, .max_version = 1, .max_times = 1, .name = "VENDOR_INFO", .read = read_vendor },
  { .tag = 6, .length_bytes = 2, .max_version = 1, .max_times = UL_SIGNED_SEI_MAX_CHAINS, .name = "CERTIFICATES",
    .read = read_certificates },
  { .tag = 7, .length_bytes = 2, .max_version = G_MAXUINT8, .max_times = 1, .name = "ARBITRARY_DATA", .read = ul_signed_read_arbitrary },
};

const UlTlvTable ul_signing_onvif_tlvs = { rows, G_N_ELEMENTS (rows) };
