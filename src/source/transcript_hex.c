/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/span.h"
#include "rtsp/sprop.h"
#include "source/transcript.h"

#define MAX_ROWS 65536
#define MAX_ROW_BYTES 4096

typedef struct {
  gsize start, len; /* in the bytes */
} Row;

struct _UlHexDump {
  GByteArray *bytes;
  GArray *rows; /* Row */
  gint64 first;
  gboolean offsets; /* its rows begin with an offset */
  gboolean cut;
};

UlHexDump *
ul_hex_dump_new (void)
{
  UlHexDump *self = g_new0 (UlHexDump, 1);

  self->bytes = g_byte_array_new ();
  self->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  self->first = -1;
  return self;
}

void
ul_hex_dump_free (UlHexDump *self)
{
  if (!self)
    return;
  g_byte_array_unref (self->bytes);
  g_array_unref (self->rows);
  g_free (self);
}

gboolean
ul_hex_dump_is_empty (const UlHexDump *self)
{
  return self->bytes->len == 0;
}

/* --- a row -------------------------------------------------------------------------- */

static gsize
hex_run (UlText t)
{
  gsize n = 0;

  while (n < t.len && g_ascii_isxdigit (t.p[n]))
    n++;
  return n;
}

/* "00000010:", "00000010  ", "0x0010:", "0010  " of xxd, hexdump, tcpdump and
 * packet lists: the offset and what follows it. */
static gboolean
cut_offset (UlText *t, guint64 *ret_offset)
{
  UlText rest = ul_text_chug (*t);
  gboolean prefixed = ul_text_starts_ci (rest, "0x");
  UlText digits = ul_text_from (rest, prefixed ? 2 : 0);
  gsize n = hex_run (digits);
  gboolean colon = n < digits.len && digits.p[n] == ':';
  UlText after = ul_text_from (digits, n + colon);

  if (n < 4 || n > 16 || (after.len && after.p[0] != ' ' && after.p[0] != '\t'))
    return FALSE;
  /* gst_util_dump_mem() adds an address: "00000000 (0x55d0): 49 4d". */
  if (ul_text_starts (after, " (0x")) {
    gssize close = ul_text_find_char (ul_text_head (after, 32), ':');
    if (close < 0)
      return FALSE;
    after = ul_text_from (after, (gsize) close + 1);
    colon = TRUE;
  }
  if (!colon && ul_text_leading_blanks (after) < 2 && n != 7 && n != 8)
    return FALSE;
  /* 2 digits and a blank, or groups of 4, follow. */
  UlText next = ul_text_chug (after);
  gsize group = hex_run (next);
  if (group != 2 && group != 4 && group != 8)
    return FALSE;
  *ret_offset = g_ascii_strtoull (digits.p, NULL, 16);
  *t = after;
  return TRUE;
}

/* Appends the row's bytes. With an offset, what stands behind the groups is the
 * column of characters; without, everything must be digits. */
static gboolean
read_groups (UlText t, gboolean offset, GByteArray *out)
{
  guint before = out->len;
  gsize first_group = 0;

  for (guint n = 0; t.len && out->len - before < MAX_ROW_BYTES; n++) {
    gsize blanks = ul_text_leading_blanks (t);

    /* The column of characters is two blanks away after groups of four, three after pairs. */
    if (offset && n && (blanks >= 3 || (blanks == 2 && first_group > 2) || out->len - before >= 32))
      break;
    t = ul_text_from (t, blanks);
    if (t.len == 0 || (offset && t.p[0] == '|'))
      break;
    if (ul_text_starts_ci (t, "0x") || ul_text_starts (t, "\\x"))
      t = ul_text_from (t, 2);
    gsize len = hex_run (t);
    gsize comma = len < t.len && (t.p[len] == ',' || t.p[len] == ':' || t.p[len] == '-');
    gboolean ends = len + comma >= t.len || t.p[len + comma] == ' ' || t.p[len + comma] == '\t' || comma || t.p[len] == '\\';

    if (len < 2 || len % 2 || !ends || (offset && len > 8)) {
      if (offset && n)
        break;
      g_byte_array_set_size (out, before);
      return FALSE;
    }
    first_group = n ? first_group : len;
    for (gsize i = 0; i < len; i += 2) {
      guint8 byte = (guint8) (g_ascii_xdigit_value (t.p[i]) << 4 | g_ascii_xdigit_value (t.p[i + 1]));
      g_byte_array_append (out, &byte, 1);
    }
    t = ul_text_from (t, len + comma);
  }
  return out->len > before;
}

/* Without an offset a row needs pairs of digits, or one long run of them. */
static gboolean
is_bare_row (UlText t, gboolean under_way)
{
  UlText first = ul_text_trim (t);
  gsize n;

  if (ul_text_starts_ci (first, "0x") || ul_text_starts (first, "\\x"))
    first = ul_text_from (first, 2);
  n = hex_run (first);
  if (n == first.len)
    return n >= (under_way ? 8 : 32) && n % 2 == 0;
  return n == 2 && (first.len >= 11 || under_way);
}

gboolean
ul_hex_dump_restarts (UlHexDump *self, UlText line)
{
  guint64 offset;

  return self->offsets && self->bytes->len && cut_offset (&line, &offset) && offset == 0;
}

gboolean
ul_hex_dump_line (UlHexDump *self, UlText line, gint64 number)
{
  UlText t = line;
  guint64 offset;
  gboolean has_offset;
  guint before = self->bytes->len;

  if (line.len > 3 * MAX_ROW_BYTES && self->rows->len)
    return FALSE;
  if (line.len < 2 || (!g_ascii_isxdigit (ul_text_chug (line).len ? ul_text_chug (line).p[0] : 'x') && !ul_text_starts (line, "\\x")))
    return FALSE;
  has_offset = cut_offset (&t, &offset);
  if (!has_offset && !is_bare_row (line, self->rows->len > 0 && !self->offsets))
    return FALSE;
  if (self->bytes->len >= UL_DUMP_BYTES || self->rows->len >= MAX_ROWS) {
    self->cut = TRUE;
    return TRUE;
  }
  if (!read_groups (t, has_offset, self->bytes))
    return FALSE;
  if (self->rows->len == 0) {
    self->first = number;
    self->offsets = has_offset;
  }
  Row row = { before, self->bytes->len - before };
  g_array_append_val (self->rows, row);
  return TRUE;
}

/* --- program stream map and its descriptors ------------------------------------------------ */

/* ISO/IEC 13818-1, 2.5.4: an entry of the elementary stream map is stream_type,
 * stream_id, length; a descriptor is tag, length, bytes. User private tags are
 * 64 and above. Returns what was read; nothing is written if `evidence` is NULL. */
static gsize
read_psm (UlEvidence *evidence, const guint8 *data, gsize len, UlWhere where)
{
  gsize i = 0;

  while (i + 2 <= len) {
    gboolean stream = i + 4 <= len && (data[i + 1] == 0xbd || (data[i + 1] >= 0xc0 && data[i + 1] <= 0xef)) && data[i + 2] == 0;

    if (stream) {
      if (evidence)
        ul_evidence_addf (evidence, UL_KEY_CONTAINER_PSM_STREAM, where, "%02x %02x", data[i], data[i + 1]);
      i += 4;
      continue;
    }
    if (data[i] < 2 || data[i] > 0x7f || data[i + 1] == 0 || i + 2 + data[i + 1] > len)
      break;
    if (evidence)
      ul_evidence_add_hex (evidence, UL_KEY_CONTAINER_PSM_DESCRIPTOR, data + i, 2u + data[i + 1], where);
    i += 2u + data[i + 1];
  }
  return i;
}

/* Descriptors to the end, but for the CRC. */
static gboolean
is_psm (const guint8 *data, gsize len)
{
  gsize used;

  if (len < 8 || data[0] < 0x40 || data[0] > 0x7f)
    return FALSE;
  used = read_psm (NULL, data, len, UL_NOWHERE);
  return used >= 8 && len - used <= 4;
}

/* --- RTP packets, one a row ------------------------------------------------------------------ */

typedef struct {
  guint payload_type;
  const guint8 *extension, *payload;
  gsize extension_len, payload_len;
} Packet;

/* RFC 3550, 5.1 */
static gboolean
read_packet (const guint8 *data, gsize len, Packet *ret_packet)
{
  UlSpan s = ul_span (data, len);
  guint8 first = ul_span_u8 (&s), second = ul_span_u8 (&s);

  *ret_packet = (Packet){ .payload_type = second & 0x7fu };
  ul_span_skip (&s, 10 + 4 * (first & 15u));
  if (first & 0x10) {
    gsize n;

    ul_span_skip (&s, 2);
    n = 4u * ul_span_be16 (&s);
    /* The row may be cut inside the extension. */
    n = MIN (n, ul_span_left (&s));
    ret_packet->extension = ul_span_take (&s, n);
    ret_packet->extension_len = n;
  }
  if (s.error || first >> 6 != 2)
    return FALSE;
  ret_packet->payload_len = ul_span_left (&s);
  ret_packet->payload = ul_span_take (&s, ret_packet->payload_len);
  return TRUE;
}

static const guint8 *
row_data (const UlHexDump *self, guint i, gsize *ret_len)
{
  Row row = g_array_index (self->rows, Row, i);

  *ret_len = row.len;
  return self->bytes->data + row.start;
}

/* Rows are packets if all have the version and the same SSRC. */
static gboolean
are_packets (const UlHexDump *self)
{
  gsize len, first_len;
  const guint8 *first = row_data (self, 0, &first_len);
  Packet p;

  if (self->offsets)
    return FALSE;
  for (guint i = 0; i < self->rows->len; i++) {
    const guint8 *data = row_data (self, i, &len);

    if (len < 13 || !read_packet (data, len, &p) || memcmp (data + 8, first + 8, 4) != 0)
      return FALSE;
  }
  return self->rows->len > 1 || (first[0] & 0x20) == 0;
}

static UlCodec
codec_of_packets (const UlHexDump *self)
{
  for (guint i = 0; i < self->rows->len; i++) {
    gsize len;
    const guint8 *data = row_data (self, i, &len);
    Packet p;

    if (!read_packet (data, len, &p) || p.payload_len < 3)
      continue;
    guint h264 = p.payload[0] & 31u, h265 = (guint) p.payload[0] >> 1 & 63u;
    gboolean layer0 = (p.payload[0] & 0x81) == 0 && p.payload[1] >> 3 == 0 && p.payload[1] & 7;
    if (layer0 && (h265 == 32 || h265 == 33 || h265 == 34 || h265 == 48 || h265 == 49) && p.payload[1] == 1)
      return UL_CODEC_H265;
    if (h264 == 7 || h264 == 8 || h264 == 24 || h264 == 28)
      return UL_CODEC_H264;
  }
  return UL_CODEC_NONE;
}

typedef struct {
  UlExaminer *examiner;
  UlCodec codec;
  GByteArray *fragments;
  UlWhere where;
} Depayloader;

static void
end_fragments (Depayloader *d)
{
  if (d->fragments->len > 2)
    ul_examiner_nal (d->examiner, d->codec, d->fragments->data, d->fragments->len, d->where);
  g_byte_array_set_size (d->fragments, 0);
}

/* STAP-A (RFC 6184, 5.7.1), AP (RFC 7798, 4.4.2): 16 bits of size before each. */
static void
take_aggregate (Depayloader *d, UlSpan s)
{
  while (!s.error && ul_span_left (&s) > 2) {
    guint16 size = ul_span_be16 (&s);
    const guint8 *nal = ul_span_take (&s, size);

    if (nal && size > 1)
      ul_examiner_nal (d->examiner, d->codec, nal, size, d->where);
  }
}

/* FU-A (RFC 6184, 5.8), FU (RFC 7798, 4.4.3): the header is put together again. */
static void
take_fragment (Depayloader *d, const guint8 *p, gsize len)
{
  gsize header = d->codec == UL_CODEC_H264 ? 1 : 2;
  guint8 fu = p[header];
  guint8 nal[2] = { p[0], p[1] };

  if (fu & 0x80) {
    end_fragments (d);
    nal[0] = d->codec == UL_CODEC_H264 ? (guint8) ((p[0] & 0xe0) | (fu & 31)) : (guint8) ((p[0] & 0x81) | (fu & 63) << 1);
    g_byte_array_append (d->fragments, nal, (guint) header);
  }
  if (d->fragments->len)
    g_byte_array_append (d->fragments, p + header + 1, (guint) (len - header - 1));
  if (fu & 0x40)
    end_fragments (d);
}

static void
take_payload (Depayloader *d, const Packet *packet)
{
  const guint8 *p = packet->payload;
  gsize len = packet->payload_len;
  guint type, aggregate, fragment;

  if (len < 4)
    return;
  type = d->codec == UL_CODEC_H264 ? p[0] & 31u : (guint) p[0] >> 1 & 63u;
  aggregate = d->codec == UL_CODEC_H264 ? 24 : 48;
  fragment = d->codec == UL_CODEC_H264 ? 28 : 49;
  if (type == fragment) {
    take_fragment (d, p, len);
    return;
  }
  end_fragments (d);
  if (type == aggregate) {
    UlSpan s = ul_span (p, len);
    ul_span_skip (&s, d->codec == UL_CODEC_H264 ? 1 : 2);
    take_aggregate (d, s);
  } else if (type < aggregate) {
    ul_examiner_nal (d->examiner, d->codec, p, len, d->where);
  }
}

static void
take_packets (const UlHexDump *self, UlAssembler *assembler)
{
  UlExaminer *examiner = ul_assembler_examiner (assembler);
  Depayloader d = { .examiner = examiner, .codec = codec_of_packets (self), .fragments = g_byte_array_new () };

  if (d.codec != UL_CODEC_NONE)
    ul_assembler_set_depayloaded (assembler);
  for (guint i = 0; i < self->rows->len; i++) {
    gsize len;
    const guint8 *data = row_data (self, i, &len);
    Packet packet;

    d.where = UL_AT_LINE (self->first + i);
    if (!read_packet (data, len, &packet))
      continue;
    if (packet.extension_len >= 4)
      read_psm (ul_examiner_evidence (examiner), packet.extension, packet.extension_len, d.where);
    if (d.codec != UL_CODEC_NONE && packet.payload_type >= 96)
      take_payload (&d, &packet);
  }
  end_fragments (&d);
  g_byte_array_unref (d.fragments);
}

/* --- the whole dump ------------------------------------------------------------------------- */

/* Text of a dialogue inside the bytes, also behind packet headers. */
static GBytes *
find_text (const UlHexDump *self)
{
  static const char *const starts[] = { "RTSP/1.0 ", "v=0\r\n", "v=0\n", "OPTIONS rtsp", "DESCRIBE rtsp" };
  const guint8 *first = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++) {
    const guint8 *hit = memmem (self->bytes->data, self->bytes->len, starts[i], strlen (starts[i]));

    if (hit && (!first || hit < first))
      first = hit;
  }
  return first ? g_bytes_new (first, self->bytes->len - (gsize) (first - self->bytes->data)) : NULL;
}

static void
feed_nal (const UlSprop *sprop, gpointer user_data)
{
  ul_examiner_nal (user_data, (UlCodec) sprop->codec, sprop->data, sprop->len, sprop->where);
}

GBytes *
ul_hex_dump_take (UlHexDump *self, UlAssembler *assembler, UlSourceResult *result)
{
  const guint8 *data = self->bytes->data;
  gsize len = self->bytes->len;
  GBytes *text = len >= 12 ? find_text (self) : NULL;

  if (text || len < 4) {
    /* its lines are fed by the caller */
  } else if (are_packets (self)) {
    take_packets (self, assembler);
  } else if (is_psm (data, len)) {
    read_psm (ul_examiner_evidence (ul_assembler_examiner (assembler)), data, len, UL_AT_LINE (self->first));
  } else if (ul_sprop_codec (data, len, 0) && len < 1024) {
    g_autoptr (UlEvidence) aside = ul_evidence_new ();
    ul_sprop_bytes (aside, data, len, 0, self->first, feed_nal, ul_assembler_examiner (assembler));
  } else if (len >= 16) {
    ul_recording_examine_bytes (data, len, result);
  }
  if (self->cut)
    g_ptr_array_add (result->warnings, g_strdup_printf ("hex dump at line %" G_GINT64_FORMAT ": what follows its first %" G_GSIZE_FORMAT
                                                        " bytes was not read", self->first, len));
  self->cut = FALSE;
  g_byte_array_set_size (self->bytes, 0);
  g_array_set_size (self->rows, 0);
  self->first = -1;
  self->offsets = FALSE;
  return text;
}
