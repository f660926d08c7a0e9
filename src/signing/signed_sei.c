/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/signed_sei_private.h"

#include <string.h>

#include "bitstream/nal.h"

#define UUID_BYTES 16
#define RESERVED_ESCAPES_AXIS 0x80
#define RESERVED_GOLDEN_AXIS 0x40
#define RESERVED_MODERN_AXIS 0x30 /* a linked hash, a GOP hash */
#define RESERVED_CERTIFICATE_ONVIF 0x80
#define RESERVED_ESCAPES_ONVIF 0x40
#define MAX_STRING 255

static const struct {
  guint8 uuid[UUID_BYTES];
  UlSigningFormat format;
  gboolean pre_release;
} uuids[] = {
  { { 0x53, 0x69, 0x67, 0x6e, 0x65, 0x64, 0x20, 0x56, 0x69, 0x64, 0x65, 0x6f, 0x2e, 0x2e, 0x2e, 0x30 }, UL_SIGNING_AXIS, FALSE },
  { { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xb0 }, UL_SIGNING_AXIS, TRUE },
  { { 0x00, 0x5b, 0xc9, 0x3f, 0x2d, 0x71, 0x5e, 0x95, 0xad, 0xa4, 0x79, 0x6f, 0x90, 0x87, 0x7a, 0x6f }, UL_SIGNING_ONVIF, FALSE },
};

/* --- where the payload is ------------------------------------------------------------------- */

typedef struct {
  gsize payload; /* offset of the payload's first byte */
  gsize size;    /* payloadSize */
  int row;       /* of uuids[] */
} Head;

/* nal_unit_header, payloadType 5, payloadSize (H.264 7.3.2.3.1, H.265 7.3.5), UUID */
static gboolean
read_head (UlCodec codec, const guint8 *nal, gsize len, Head *ret_head)
{
  UlSpan s = ul_span (nal, len);
  guint type = ul_nal_type (codec, ul_span_u8 (&s));
  guint8 byte;

  if (codec == UL_CODEC_H265)
    ul_span_u8 (&s);
  if (codec == UL_CODEC_H264 ? type != 6 : type != 39 && type != 40)
    return FALSE;
  if (ul_span_u8 (&s) != 5)
    return FALSE;
  ret_head->size = 0;
  do {
    byte = ul_span_u8 (&s);
    ret_head->size += byte;
  } while (byte == 0xff && !s.error);
  ret_head->payload = s.pos;
  const guint8 *uuid = ul_span_take (&s, UUID_BYTES);
  for (guint i = 0; uuid && i < G_N_ELEMENTS (uuids); i++)
    if (memcmp (uuid, uuids[i].uuid, UUID_BYTES) == 0) {
      ret_head->row = (int) i;
      return TRUE;
    }
  return FALSE;
}

UlSigningFormat
ul_signed_sei_peek (UlCodec codec, const guint8 *nal, gsize len, gsize *ret_bytes)
{
  Head head;

  if (!read_head (codec, nal, len, &head))
    return UL_SIGNING_NONE;
  if (ret_bytes)
    *ret_bytes = head.payload + head.size;
  return uuids[head.row].format;
}

/* --- values of both formats ----------------------------------------------------------------- */

UlSignedBytes
ul_signed_bytes (UlSpan *s, gsize n)
{
  UlSignedBytes bytes = { n ? ul_span_take (s, n) : NULL, 0 };

  bytes.len = bytes.data ? n : 0;
  return bytes;
}

UlSignedBytes
ul_signed_rest (UlSpan *s)
{
  return ul_signed_bytes (s, ul_span_left (s));
}

char *
ul_signed_string (UlSpan *s)
{
  gsize len = ul_span_u8 (s);
  const guint8 *data = ul_span_take (s, len);

  while (data && len && data[len - 1] == 0) /* version 1 counts the NUL */
    len--;
  if (!data || len == 0)
    return NULL;
  char *text = g_utf8_make_valid ((const char *) data, (gssize) len);
  for (char *c = text; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
  return text;
}

const char *
ul_signed_two_hashes (UlSpan *s, UlSignedBytes *ret_first, UlSignedBytes *ret_second)
{
  gsize n = ul_span_left (s) / 2;

  if (ul_span_left (s) % 2 || n > UL_SIGNING_MAX_HASH)
    return "its two hashes are not of one size";
  *ret_first = ul_signed_bytes (s, n);
  *ret_second = ul_signed_bytes (s, n);
  return NULL;
}

/* 1990-01-01 to 2100-01-01 */
gint64
ul_signed_time (guint64 us)
{
  return us >= G_GUINT64_CONSTANT (631152000000000) && us < G_GUINT64_CONSTANT (4102444800000000) ? (gint64) us : -1;
}

const char *
ul_signed_read_hash_list (UlTlv *tlv, gpointer user_data)
{
  ((UlSignedSei *) user_data)->hash_list = ul_signed_rest (&tlv->value);
  return NULL;
}

const char *
ul_signed_read_arbitrary (UlTlv *tlv, gpointer user_data)
{
  ((UlSignedSei *) user_data)->arbitrary_bytes = ul_span_left (&tlv->value);
  return NULL;
}

const char *
ul_signed_read_signature (UlTlv *tlv, guint8 hash_type, UlSignedSei *sei)
{
  UlSignedBytes signature = ul_signed_bytes (&tlv->value, ul_span_be16 (&tlv->value));

  if (tlv->value.error)
    return NULL;
  sei->has_signature = TRUE;
  sei->hash_type = hash_type;
  sei->signature = signature;
  sei->document.len = tlv->offset;
  return NULL;
}

const char *
ul_signed_take_product (UlTlv *tlv, UlSignedProduct *product, UlSignedSei *sei)
{
  if (tlv->value.error) {
    ul_signed_product_clear (product);
    return NULL;
  }
  ul_signed_product_clear (&sei->product);
  sei->product = *product;
  return NULL;
}

void
ul_signed_product_clear (UlSignedProduct *self)
{
  g_clear_pointer (&self->manufacturer, g_free);
  g_clear_pointer (&self->hardware, g_free);
  g_clear_pointer (&self->firmware, g_free);
  g_clear_pointer (&self->serial, g_free);
  g_clear_pointer (&self->address, g_free);
}

/* --- the SEI ------------------------------------------------------------------------------------ */

/*
 * Emulation prevention bytes are counted, not looked for: payloadSize does not count them,
 * and where none are missing a 00 00 03 is data.
 */
static guint
n_escapes (const guint8 *nal, gsize len, const Head *head)
{
  gsize stop = len && nal[len - 1] == 0x80;
  gsize there = len - head->payload;

  return there > head->size + stop ? (guint) (there - head->size - stop) : 0;
}

static void
set_flags (UlSignedSei *self, const Head *head)
{
  gboolean axis = self->format == UL_SIGNING_AXIS;

  self->pre_release = uuids[head->row].pre_release;
  self->golden = axis && self->reserved & RESERVED_GOLDEN_AXIS;
  self->legacy = axis && !self->golden && !(self->reserved & RESERVED_MODERN_AXIS);
  self->certificate = !axis && self->reserved & RESERVED_CERTIFICATE_ONVIF;
}

/*
 * An end in the un-escaped NAL unit as one in the escaped: behind the last byte before it, so
 * that an emulation prevention byte which only the next one called for is not within.
 */
static gsize
escaped_end (const guint8 *nal, gsize len, gsize from, gsize end)
{
  gsize at = from, plain = from, zeros = 0;

  for (; at < len && plain < end; at++) {
    if (zeros >= 2 && nal[at] == 3) {
      zeros = 0;
      continue;
    }
    plain++;
    zeros = nal[at] == 0 ? zeros + 1 : 0;
  }
  return at;
}

UlSignedSei *
ul_signed_sei_parse (UlCodec codec, const guint8 *nal, gsize len)
{
  Head head;

  while (len && nal[len - 1] == 0)
    len--;
  if (len > UL_SIGNED_SEI_MAX_BYTES || !read_head (codec, nal, len, &head))
    return NULL;
  g_autoptr (UlSignedSei) self = g_new0 (UlSignedSei, 1);
  self->format = uuids[head.row].format;
  self->start_us = self->end_us = -1;
  self->hash_type = 1;
  self->buffer[0] = g_memdup2 (nal, len);
  self->nal = (UlSignedBytes){ self->buffer[0], len };
  self->escaped = n_escapes (nal, len, &head) > 0;
  const guint8 *plain = self->buffer[0];
  gsize plain_len = len;
  if (self->escaped) {
    self->buffer[1] = g_malloc (len);
    memcpy (self->buffer[1], nal, head.payload);
    plain_len = head.payload + ul_nal_unescape (nal + head.payload, len - head.payload, self->buffer[1] + head.payload, NULL);
    plain = self->buffer[1];
  }
  gsize end = MIN (plain_len, head.payload + head.size);
  UlSpan s = ul_span (plain, end);
  ul_span_skip (&s, head.payload + UUID_BYTES);
  self->reserved = ul_span_u8 (&s);
  set_flags (self, &head);
  if (head.payload + head.size > plain_len)
    self->error = g_strdup_printf ("it says it has %" G_GSIZE_FORMAT " bytes and has %" G_GSIZE_FORMAT, head.size, plain_len - head.payload);
  else
    self->error = ul_tlv_read (self->format == UL_SIGNING_AXIS ? &ul_signing_axis_tlvs : &ul_signing_onvif_tlvs, &s, FALSE, self);
  gboolean hash_escaped = self->reserved & (self->format == UL_SIGNING_AXIS ? RESERVED_ESCAPES_AXIS : RESERVED_ESCAPES_ONVIF);
  if (self->has_signature && self->escaped && hash_escaped)
    self->document = (UlSignedBytes){ self->buffer[0], escaped_end (self->buffer[0], len, head.payload, self->document.len) };
  else if (self->has_signature)
    self->document.data = plain;
  return g_steal_pointer (&self);
}

void
ul_signed_sei_free (UlSignedSei *self)
{
  if (!self)
    return;
  g_free (self->error);
  g_free (self->buffer[0]);
  g_free (self->buffer[1]);
  ul_signed_product_clear (&self->product);
  g_free (self);
}
