/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/container.h"

#include <string.h>

#define JUMP_BYTES (16 * 1024)

void
ul_window_init (UlWindow *self, const UlReader *reader, gsize capacity)
{
  capacity = (gsize) CLAMP (reader->size, 64, capacity);
  *self = (UlWindow){ .reader = reader, .buffer = g_malloc (capacity), .capacity = capacity };
}

void
ul_window_clear (UlWindow *self)
{
  g_clear_pointer (&self->buffer, g_free);
  self->len = self->capacity = 0;
}

/* Reads on from base + len until `need` bytes from base are there. */
static void
fill (UlWindow *self, gsize need, gsize goal)
{
  while (self->len < need) {
    gssize n = self->reader->pread (self->reader->user_data, self->buffer + self->len, goal - self->len, self->base + self->len);
    if (n <= 0)
      break;
    self->len += (gsize) n;
  }
}

gsize
ul_window_peek (UlWindow *self, guint64 offset, gsize want, const guint8 **ret_data)
{
  guint64 end = self->base + self->len;
  gboolean inside = offset >= self->base && offset <= end;
  gsize goal = self->capacity;

  want = MIN (want, self->capacity);
  *ret_data = self->buffer;
  if (offset >= self->reader->size)
    return 0;
  if (!inside || offset - self->base + want > self->len) {
    gsize kept = inside ? (gsize) (end - offset) : 0;

    if (kept)
      memmove (self->buffer, self->buffer + (offset - self->base), kept);
    if (!inside)
      goal = MIN (self->capacity, MAX (want, JUMP_BYTES));
    self->base = offset;
    self->len = kept;
    fill (self, want, goal);
  }
  *ret_data = self->buffer + (offset - self->base);
  return MIN (want, self->len - (gsize) (offset - self->base));
}

const guint8 *
ul_window_get (UlWindow *self, guint64 offset, gsize len)
{
  const guint8 *data;

  return len <= self->capacity && ul_window_peek (self, offset, len, &data) == len ? data : NULL;
}

guint32
ul_window_be32 (UlWindow *self, guint64 offset)
{
  const guint8 *p = ul_window_get (self, offset, 4);

  return p ? (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3] : 0;
}

guint64
ul_window_be64 (UlWindow *self, guint64 offset)
{
  return (guint64) ul_window_be32 (self, offset) << 32 | ul_window_be32 (self, offset + 4);
}

guint64
ul_window_feed_annexb (UlWindow *self, UlBitstream *bitstream, guint64 offset, guint64 len, gint64 time_us)
{
  guint64 done = 0;

  while (done < len) {
    const guint8 *data;
    gsize n = ul_window_peek (self, offset + done, (gsize) MIN (len - done, self->capacity), &data);
    if (!n)
      break;
    ul_bitstream_annexb (bitstream, data, n, (gint64) (offset + done), time_us);
    done += n;
  }
  return done;
}

gboolean
ul_container_nal_plausible (UlCodec codec, const guint8 *nal, gsize len)
{
  /* H.264: no data partitions (2..4), nothing reserved or unspecified */
  static const guint32 h264_types = 1u << 1 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13
                                    | 1u << 14 | 1u << 15 | 1u << 19 | 1u << 20;

  if (len < 1 || nal[0] & 0x80)
    return FALSE;
  if (codec == UL_CODEC_H264)
    return h264_types >> (nal[0] & 31) & 1;
  /* H.265: base layer, no reserved VCL type (22..31) or other reserved one (41..47) */
  guint type = nal[0] >> 1 & 63;
  return len >= 2 && !(nal[0] & 1) && !(nal[1] >> 3) && (nal[1] & 7) && (type < 22 || (type >= 32 && type <= 40) || type >= 48);
}

UlCodec
ul_container_guess_codec (const guint8 *data, gsize len)
{
  gsize first;
  UlCodec codec = ul_bitstream_probe (data, len, &first);
  guint seen = 0, h264 = 0, h265 = 0;

  if (codec != UL_CODEC_NONE)
    return codec;
  for (gsize i = 0; i + 5 <= len && seen < 64; i++) {
    if (data[i] || data[i + 1] || data[i + 2] != 1)
      continue;
    if (data[i + 3] & 0x80)
      return UL_CODEC_NONE; /* forbidden_zero_bit: another codec's start codes */
    seen++;
    h264 += ul_container_nal_plausible (UL_CODEC_H264, data + i + 3, len - i - 3);
    h265 += ul_container_nal_plausible (UL_CODEC_H265, data + i + 3, len - i - 3);
    i += 3;
  }
  if (!seen)
    return UL_CODEC_NONE;
  return h265 == seen && h264 < seen ? UL_CODEC_H265 : UL_CODEC_H264;
}

const char *
ul_container_guess_other (const guint8 *data, gsize len)
{
  for (gsize i = 0; i + 4 <= len; i++)
    if (!data[i] && !data[i + 1] && data[i + 2] == 1)
      switch (data[i + 3]) {
      case 0xb3:
        return "mpeg2video"; /* sequence_header_code */
      case 0xb0:
      case 0xb6:
        return "mpeg4"; /* visual_object_sequence_start_code, vop_start_code */
      default:
        break;
      }
  return NULL;
}

gsize
ul_container_text_len (const guint8 *data, gsize len)
{
  gsize n = 0;
  const char *end;

  while (n < len && (data[n] >= 0x20 || data[n] == '\t' || data[n] == '\n' || data[n] == '\r') && data[n] != 0x7f)
    n++;
  g_utf8_validate ((const char *) data, (gssize) n, &end);
  n = (gsize) (end - (const char *) data);
  while (n > 0 && (data[n - 1] == ' ' || data[n - 1] == '\n' || data[n - 1] == '\r'))
    n--;
  return n;
}

void
ul_container_add_text (UlEvidence *evidence, UlKey key, const char *name, const guint8 *data, gsize len, UlWhere where)
{
  gsize n = ul_container_text_len (data, MIN (len, UL_EVIDENCE_VALUE_BYTES));

  if (n > 0)
    ul_evidence_addf (evidence, key, where, "%s %.*s", name, (int) n, (const char *) data);
}

UlKey
ul_container_text_key (const char *name)
{
  static const char *const writer[] = { "\302\251too", "tool", "swr", "\302\251mak", "make", "\302\251mod", "\302\251mdl", "model",
                                        "\302\251enc", "encod",
                                        "softw", "writ", "mux", "manu", "firm", ".version", "creator", "isft", "device", "vendor" };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (writer); i++)
    if (strstr (lower, writer[i]))
      return UL_KEY_CONTAINER_WRITER;
  return UL_KEY_CONTAINER_TAG;
}
