/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first byte picks the format; the rest is the file. */
#include "container/framed.h"

#include "fuzz_tracks.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const UlFramedFormat *const formats[] = { &ul_dhav, &ul_xiongmai, &ul_baichuan, &ul_jt1078, &ul_pave, &ul_hxvs };
  FuzzTracks f;
  UlReader reader;
  UlTracks tracks;
  guint n_video;
  guint64 offset;

  if (size < 1)
    return 0;
  fuzz_begin (&f, data + 1, size - 1, &reader, &tracks);
  ul_framed_probe (data + 1, size - 1, size - 1, &offset);
  ul_framed_read (formats[data[0] % G_N_ELEMENTS (formats)], &reader, &tracks, 0, &n_video);
  fuzz_end (&f);
  return 0;
}
