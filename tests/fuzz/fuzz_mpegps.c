/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/mpegps.h"

#include "fuzz_tracks.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzTracks f;
  UlReader reader;
  UlTracks tracks;
  guint n_video;

  fuzz_begin (&f, data, size, &reader, &tracks);
  ul_mpegps_probe (data, size, size);
  ul_mpegps_descriptors (data, size, f.file);
  ul_mpegps_read (&reader, &tracks, &n_video);
  fuzz_end (&f);
  return 0;
}
