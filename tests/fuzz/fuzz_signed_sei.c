/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SEIs of signed video.  The first byte's bits: 0 H.265, 1 what follows is the reserved
 * byte and TLVs (else a whole NAL unit), 2 of ONVIF, 3 written with emulation prevention.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../unit/signed_sei_check.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
append_escaped (GByteArray *out, const guint8 *data, gsize len)
{
  guint zeros = 0;

  for (gsize i = 0; i < len; i++) {
    if (zeros == 2 && data[i] <= 3) {
      g_byte_array_append (out, (const guint8 *) "\3", 1);
      zeros = 0;
    }
    g_byte_array_append (out, data + i, 1);
    zeros = data[i] ? 0 : zeros + 1;
  }
}

static GByteArray *
make_nal (guint how, const guint8 *payload, gsize len)
{
  static const guint8 onvif[] = { 0x00, 0x5b, 0xc9, 0x3f, 0x2d, 0x71, 0x5e, 0x95, 0xad, 0xa4, 0x79, 0x6f, 0x90, 0x87, 0x7a, 0x6f };
  GByteArray *nal = g_byte_array_new ();
  gsize left = len + 16;

  g_byte_array_append (nal, (const guint8 *) (how & 1 ? "\x4e\x01\x05" : "\x06\x05"), how & 1 ? 3 : 2);
  for (; left >= 255; left -= 255)
    g_byte_array_append (nal, (const guint8 *) "\xff", 1);
  g_byte_array_append (nal, &(guint8){ (guint8) left }, 1);
  g_byte_array_append (nal, how & 4 ? onvif : (const guint8 *) "Signed Video...0", 16);
  if (how & 8)
    append_escaped (nal, payload, len);
  else
    g_byte_array_append (nal, payload, len);
  g_byte_array_append (nal, (const guint8 *) "\x80", 1);
  return nal;
}

static UlSigningFormat
parse (UlCodec codec, const guint8 *data, gsize len)
{
  /* Of a size of its own, so that reading past the end shows. */
  g_autofree guint8 *copy = g_memdup2 (data, len);
  g_autoptr (UlSignedSei) sei = ul_signed_sei_parse (codec, copy, len);
  gsize bytes = 0;
  UlSigningFormat format = ul_signed_sei_peek (codec, copy, len, &bytes);

  if (format != (sei ? sei->format : UL_SIGNING_NONE) || bytes > UL_SIGNED_SEI_MAX_BYTES + UL_SIGNED_SEI_PEEK_BYTES)
    g_error ("peek says otherwise");
  if (sei)
    signed_sei_check (sei);
  return format;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  if (data[0] & 2) {
    g_autoptr (GByteArray) nal = make_nal (data[0], data + 1, size - 1);
    UlSigningFormat format = parse (data[0] & 1 ? UL_CODEC_H265 : UL_CODEC_H264, nal->data, nal->len);
    if (size - 1 + 16 <= UL_SIGNED_SEI_MAX_BYTES && format == UL_SIGNING_NONE)
      g_error ("its own SEI is not seen");
    return 0;
  }
  parse (UL_CODEC_H264, data + 1, size - 1);
  parse (UL_CODEC_H265, data + 1, size - 1);
  return 0;
}
