/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matroska, AVI, FLV, SDV marks and transport streams, whatever the head says. */
#include "container/avi.h"
#include "container/flv.h"
#include "container/matroska.h"
#include "container/mpegts.h"
#include "container/sdv.h"

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
  ul_matroska_marks (&reader, f.file);
  ul_avi_marks (&reader, f.file);
  ul_flv_marks (&reader, f.file);
  ul_mpegts_read (&reader, &tracks, &n_video);
  if (ul_sdv_probe (data, size))
    ul_sdv_marks (data, size, f.file);
  fuzz_end (&f);
  return 0;
}
