/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/sei.h"

#include <string.h>

#define MAX_TEXT 1024

static const struct {
  const char *name, *hex;
  guint n;
} uuids[] = {
#define SEI_UUID(name, hex, n) { name, hex, n },
#define SEI_T35(name, hex)
#include "sei_table.def"
#undef SEI_UUID
#undef SEI_T35
};

static const struct {
  const char *name, *hex;
} t35s[] = {
#define SEI_UUID(name, hex, n)
#define SEI_T35(name, hex) { name, hex },
#include "sei_table.def"
#undef SEI_UUID
#undef SEI_T35
};

UlSeiReader
ul_sei_reader (const guint8 *rbsp, gsize len)
{
  while (len && rbsp[len - 1] == 0)
    len--;
  return (UlSeiReader){ .span = ul_span (rbsp, len) };
}

/* ff_byte ... last_byte of a type or size */
static guint64
ff_coded (UlSpan *s)
{
  guint64 v = 0;
  guint8 byte;

  do {
    byte = ul_span_u8 (s);
    v += byte;
  } while (byte == 0xff && !s->error);
  return v;
}

gboolean
ul_sei_next (UlSeiReader *self, UlSeiMessage *ret_message)
{
  UlSpan *s = &self->span;

  if (s->error || ul_span_left (s) == 0)
    return FALSE;
  /* A last byte 80 alone is rbsp_trailing_bits(); any other lone byte is no message. */
  if (ul_span_left (s) == 1) {
    self->damaged |= s->data[s->pos] != 0x80;
    return FALSE;
  }
  guint64 type = ff_coded (s), size = ff_coded (s);
  if (s->error || type > G_MAXINT32) {
    self->damaged = TRUE;
    return FALSE;
  }
  gsize n = (gsize) MIN (size, (guint64) ul_span_left (s));
  *ret_message = (UlSeiMessage){ .payload_type = (guint) type, .payload_size = size, .offset = s->pos, .len = n };
  ret_message->data = s->data + s->pos;
  ul_span_skip (s, n);
  self->damaged |= n < size;
  return TRUE;
}

gboolean
ul_sei_type_is_standard (guint type)
{
  return type <= 59 || type == 128 || type == 129 || (type >= 130 && type <= 168) || (type >= 176 && type <= 181)
         || (type >= 200 && type <= 205);
}

static gboolean
starts_with_hex (const guint8 *data, gsize len, const char *hex, gsize n)
{
  if (len < n)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (data[i] != ((guint) g_ascii_xdigit_value (hex[2 * i]) << 4 | (guint) g_ascii_xdigit_value (hex[2 * i + 1])))
      return FALSE;
  return TRUE;
}

const char *
ul_sei_uuid_name (const guint8 *data, gsize len)
{
  for (gsize i = 0; i < G_N_ELEMENTS (uuids); i++)
    if (starts_with_hex (data, len, uuids[i].hex, uuids[i].n))
      return uuids[i].name;
  return NULL;
}

const char *
ul_sei_t35_name (const guint8 *data, gsize len)
{
  for (gsize i = 0; i < G_N_ELEMENTS (t35s); i++)
    if (starts_with_hex (data, len, t35s[i].hex, strlen (t35s[i].hex) / 2))
      return t35s[i].name;
  return NULL;
}

static gboolean
is_text (guint8 byte)
{
  return (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
}

char *
ul_sei_text (const guint8 *data, gsize len)
{
  gsize in_runs = 0, counted = 0;
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < len;) {
    gsize start = i;
    while (i < len && is_text (data[i]))
      i++;
    if (i - start >= 4) {
      in_runs += i - start;
      if (out->len && out->len < MAX_TEXT)
        g_string_append_c (out, '|');
      if (out->len < MAX_TEXT)
        g_string_append_len (out, (const char *) data + start, (gssize) MIN (i - start, MAX_TEXT - out->len));
    }
    while (i < len && !is_text (data[i]))
      counted += data[i++] != 0;
  }
  /* Zeros fill; what counts against a text is other bytes. */
  if (in_runs >= 6 && in_runs >= 3 * counted)
    return g_string_free (out, FALSE);
  g_string_free (out, TRUE);
  return NULL;
}

guint
ul_sei_mdpm (const guint8 *data, gsize len, const guint8 **ret_entries)
{
  UlSpan s = ul_span (data, len);

  ul_span_skip (&s, 16);
  if (!ul_span_starts_with (&s, "MDPM", 4) || !starts_with_hex (data, len, "17ee8c60f84d11d98cd60800200c9a66", 16))
    return 0;
  ul_span_skip (&s, 4);
  guint n = ul_span_u8 (&s);
  *ret_entries = s.data + s.pos;
  return s.error ? 0 : MIN (n, (guint) (ul_span_left (&s) / 5));
}
