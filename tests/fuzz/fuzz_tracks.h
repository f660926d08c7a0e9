/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes in memory as a reader, and examiners as tracks, for the targets of the container room. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "container/container.h"
#include "examiner.h"

typedef struct {
  const guint8 *data;
  gsize size;
  UlExaminer *examiner[UL_MAX_VIDEO_TRACKS];
  UlEvidence *file;
} FuzzTracks;

static inline gssize
fuzz_pread (gpointer user_data, void *buffer, gsize len, guint64 offset)
{
  const FuzzTracks *f = user_data;

  if (offset >= f->size)
    return 0;
  len = MIN (len, f->size - (gsize) offset);
  memcpy (buffer, f->data + offset, len);
  return (gssize) len;
}

static inline UlExaminer *
fuzz_examiner (FuzzTracks *f, guint track)
{
  g_assert (track < UL_MAX_VIDEO_TRACKS);
  if (!f->examiner[track])
    f->examiner[track] = ul_examiner_new ();
  return f->examiner[track];
}

static inline UlEvidence *
fuzz_evidence (gpointer user_data, int track)
{
  FuzzTracks *f = user_data;

  return track < 0 ? f->file : ul_examiner_evidence (fuzz_examiner (f, (guint) track));
}

static inline UlBitstream *
fuzz_bitstream (gpointer user_data, guint track, UlCodec codec)
{
  return ul_examiner_bitstream (fuzz_examiner (user_data, track), codec);
}

static inline void
fuzz_codec_name (gpointer user_data, guint track, const char *name)
{
  ul_examiner_set_codec_name (fuzz_examiner (user_data, track), name);
}

static inline void
fuzz_advance (gpointer user_data, guint64 offset)
{
}

static inline void
fuzz_begin (FuzzTracks *f, const guint8 *data, gsize size, UlReader *reader, UlTracks *tracks)
{
  *f = (FuzzTracks){ .data = data, .size = size, .file = ul_evidence_new () };
  *reader = (UlReader){ .pread = fuzz_pread, .size = size, .user_data = f };
  *tracks = (UlTracks){ .evidence = fuzz_evidence,
                        .bitstream = fuzz_bitstream,
                        .codec_name = fuzz_codec_name,
                        .advance = fuzz_advance,
                        .user_data = f };
}

static inline void
fuzz_end (FuzzTracks *f)
{
  for (guint i = 0; i < UL_MAX_VIDEO_TRACKS; i++)
    if (f->examiner[i]) {
      ul_examiner_finish (f->examiner[i]);
      ul_examiner_free (f->examiner[i]);
    }
  ul_evidence_free (f->file);
}
