/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/signed_sei_private.h"

#include "bitstream/nal.h"
#include "bitstream/sei.h"

#define UUID_BYTES 16
#define MAX_STRING 255
/* user_data_unregistered (H.264 D.1.7, H.265 D.2.7) */
#define PAYLOAD_TYPE 5
/* rbsp_trailing_bits() of a SEI, whose payloads end with a whole byte */
#define STOP_BYTE 0x80
/* 1990-01-01 to 2100-01-01: a clock that was never set shows 1970, or what it counts is no date. */
#define FIRST_SECOND G_GUINT64_CONSTANT (631152000)
#define LAST_SECOND G_GUINT64_CONSTANT (4102444800)

static const struct {
  const char *name; /* in sei_table.def */
  UlSigningFormat format;
  gboolean pre_release;
} formats[] = {
  { "axis-signed-video", UL_SIGNING_AXIS, FALSE },
  { "axis-signed-video-old", UL_SIGNING_AXIS, TRUE },
  { "onvif-media-signing", UL_SIGNING_ONVIF, FALSE },
};

/* The byte after the UUID; 0 where a format has no such bit. */
typedef struct {
  guint8 prevention; /* emulation prevention bytes are hashed with the SEI */
  guint8 golden, hashes, certificate;
} ReservedBits;

static const ReservedBits reserved_bits[] = {
  [UL_SIGNING_AXIS] = { .prevention = 0x80, .golden = 0x40, .hashes = 0x30 },
  [UL_SIGNING_ONVIF] = { .prevention = 0x40, .certificate = 0x80 },
};

/* --- what the values' readers share --------------------------------------------- */

UlSignedBytes
ul_signed_bytes (UlSpan *s, gsize n)
{
  const guint8 *data = ul_span_take (s, n);

  return data && n ? (UlSignedBytes){ data, n } : (UlSignedBytes){ 0 };
}

UlSignedBytes
ul_signed_rest (UlSpan *s)
{
  return ul_signed_bytes (s, ul_span_left (s));
}

/* Not to be seen, or fit to make a text look like another one (line breaks, direction). */
static gboolean
is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

char *
ul_signed_string (UlSpan *s)
{
  UlSignedBytes bytes = ul_signed_bytes (s, ul_span_u8 (s));

  /* Axis writes the NUL with it. */
  while (bytes.len && bytes.data[bytes.len - 1] == 0)
    bytes.len--;
  if (!bytes.len)
    return NULL;
  g_autofree char *valid = g_utf8_make_valid ((const char *) bytes.data, (gssize) bytes.len);
  GString *out = g_string_sized_new (bytes.len);
  for (const char *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    char coded[6];
    gint n = g_unichar_to_utf8 (is_hidden (c) ? 0xfffd : c, coded);
    if (out->len + (gsize) n > MAX_STRING)
      break;
    g_string_append_len (out, coded, n);
  }
  return g_string_free (out, FALSE);
}

const char *
ul_signed_two_hashes (UlSpan *s, UlSignedBytes *ret_first, UlSignedBytes *ret_second)
{
  gsize n = ul_span_left (s);

  if (n % 2)
    return "its two hashes are not of the same size";
  if (n / 2 > UL_SIGNING_MAX_HASH)
    return "its hashes are larger than any hash";
  *ret_first = ul_signed_bytes (s, n / 2);
  *ret_second = ul_signed_bytes (s, n / 2);
  return NULL;
}

gint64
ul_signed_time (guint64 us)
{
  return us / G_USEC_PER_SEC >= FIRST_SECOND && us / G_USEC_PER_SEC < LAST_SECOND ? (gint64) us : -1;
}

const char *
ul_signed_read_hash_list (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;

  sei->hash_list = ul_signed_rest (&tlv->value);
  return NULL;
}

const char *
ul_signed_read_arbitrary (UlTlv *tlv, gpointer user_data)
{
  UlSignedSei *sei = user_data;

  sei->arbitrary_bytes = ul_span_left (&tlv->value);
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
  if (tlv->value.error)
    ul_signed_product_clear (product);
  else
    sei->product = *product;
  return NULL;
}

/* --- the SEI ---------------------------------------------------------------------- */

typedef struct {
  UlSigningFormat format;
  gboolean pre_release;
  gsize payload; /* where it begins, in the NAL unit */
  gsize size;
} Head;

static gboolean
is_sei (UlCodec codec, guint8 first_byte)
{
  guint type = ul_nal_type (codec, first_byte);

  return codec == UL_CODEC_H264 ? type == 6 : codec == UL_CODEC_H265 && (type == 39 || type == 40);
}

/*
 * NAL unit header, payload type, size, UUID.  No emulation prevention byte can be among
 * them: but for the size's last byte and the first of ONVIF's UUID (00 5b) none is zero.
 */
static gboolean
read_head (UlCodec codec, const guint8 *nal, gsize len, Head *ret_head)
{
  UlSpan s = ul_span (nal, len);
  Head head = { 0 };
  guint8 byte;

  if (ul_span_left (&s) == 0 || !is_sei (codec, nal[0]))
    return FALSE;
  ul_span_skip (&s, codec == UL_CODEC_H264 ? 1 : 2);
  if (ul_span_u8 (&s) != PAYLOAD_TYPE)
    return FALSE;
  do {
    byte = ul_span_u8 (&s);
    head.size += byte;
  } while (byte == 0xff && !s.error && head.size <= UL_SIGNED_SEI_MAX_BYTES);
  head.payload = s.pos;
  const guint8 *uuid = ul_span_take (&s, UUID_BYTES);
  if (!uuid || head.size < UUID_BYTES || head.size > UL_SIGNED_SEI_MAX_BYTES)
    return FALSE;
  const char *name = ul_sei_uuid_name (uuid, UUID_BYTES);
  for (gsize i = 0; name && i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (name, formats[i].name)) {
      head.format = formats[i].format;
      head.pre_release = formats[i].pre_release;
    }
  *ret_head = head;
  return head.format != UL_SIGNING_NONE;
}

UlSigningFormat
ul_signed_sei_peek (UlCodec codec, const guint8 *nal, gsize len, gsize *ret_bytes)
{
  Head head;

  if (!read_head (codec, nal, len, &head))
    return UL_SIGNING_NONE;
  if (ret_bytes)
    *ret_bytes = head.payload + head.size;
  return head.format;
}

/*
 * The bytes that are more than the payload's size and the stop byte are emulation
 * prevention.  Returns the NAL unit without them, in place where it has none.
 */
static UlSignedBytes
take_prevention_out (UlSignedSei *self, const Head *head)
{
  const UlSignedBytes *nal = &self->nal;
  gsize needed = head->payload + head->size + (nal->data[nal->len - 1] == STOP_BYTE);

  if (nal->len <= needed || !ul_nal_find (nal->data, nal->len, 3))
    return *nal;
  self->escaped = TRUE;
  self->buffer[1] = g_malloc (nal->len);
  gsize len = ul_nal_unescape (nal->data, nal->len, self->buffer[1], NULL);
  return (UlSignedBytes){ self->buffer[1], len };
}

/* Does the payload's size agree with what is there?  The caller owns the text. */
static char *
wrong_size (const UlSignedBytes *plain, const Head *head)
{
  gsize there = plain->len - head->payload;

  if (there == head->size || (there == head->size + 1 && plain->data[plain->len - 1] == STOP_BYTE))
    return NULL;
  return g_strdup_printf ("the payload says it has %" G_GSIZE_FORMAT " bytes, there are %" G_GSIZE_FORMAT, head->size, there);
}

/*
 * How many bytes of the NAL unit as it was written hold its first `plain_offset` without
 * emulation prevention.  One that stands right behind them belongs to what follows.
 */
static gsize
escaped_offset (const UlSignedBytes *nal, gsize plain_offset)
{
  gsize done = 0, prevention = 0;
  const guint8 *found;

  while ((found = ul_nal_find (nal->data + done, nal->len - done, 3))) {
    gsize place = (gsize) (found - nal->data) + 2;
    if (place - prevention >= plain_offset)
      break;
    prevention++;
    done = place + 1;
  }
  return plain_offset + prevention;
}

static void
read_payload (UlSignedSei *self, const Head *head)
{
  UlSignedBytes plain = take_prevention_out (self, head);
  const ReservedBits *bits = &reserved_bits[self->format];
  UlSpan s = ul_span (plain.data, MIN (plain.len, head->payload + head->size));

  self->error = wrong_size (&plain, head);
  ul_span_skip (&s, head->payload + UUID_BYTES);
  self->reserved = ul_span_u8 (&s);
  if (s.error) {
    if (!self->error)
      self->error = g_strdup ("it ends with the UUID");
    return;
  }
  self->golden = (self->reserved & bits->golden) != 0;
  self->certificate = (self->reserved & bits->certificate) != 0;
  self->legacy = self->format == UL_SIGNING_AXIS && !self->golden && !(self->reserved & bits->hashes);
  char *wrong = ul_tlv_read (self->format == UL_SIGNING_AXIS ? &ul_signing_axis_tlvs : &ul_signing_onvif_tlvs, &s,
                             !self->golden && !self->certificate, self);
  /* Where the size is wrong, what does not fit comes of that. */
  if (self->error)
    g_free (wrong);
  else
    self->error = wrong;
  if (!self->has_signature)
    return;
  self->document.data = plain.data;
  if (self->escaped && self->reserved & bits->prevention)
    self->document = (UlSignedBytes){ self->nal.data, escaped_offset (&self->nal, self->document.len) };
}

UlSignedSei *
ul_signed_sei_parse (UlCodec codec, const guint8 *nal, gsize len)
{
  Head head;

  while (len && nal[len - 1] == 0)
    len--;
  if (!read_head (codec, nal, len, &head))
    return NULL;
  UlSignedSei *self = g_new0 (UlSignedSei, 1);
  self->format = head.format;
  self->pre_release = head.pre_release;
  self->start_us = self->end_us = -1;
  self->buffer[0] = g_memdup2 (nal, len);
  self->nal = (UlSignedBytes){ self->buffer[0], len };
  read_payload (self, &head);
  return self;
}

void
ul_signed_sei_free (UlSignedSei *self)
{
  if (!self)
    return;
  ul_signed_product_clear (&self->product);
  for (gsize i = 0; i < G_N_ELEMENTS (self->buffer); i++)
    g_free (self->buffer[i]);
  g_free (self->error);
  g_free (self);
}

void
ul_signed_product_clear (UlSignedProduct *self)
{
  g_free (self->manufacturer);
  g_free (self->hardware);
  g_free (self->firmware);
  g_free (self->serial);
  g_free (self->address);
  *self = (UlSignedProduct){ 0 };
}
