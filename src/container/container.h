/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container room: marks of file formats, and readers for the framings that
 * no library knows.  Readers pull bytes through UlReader, so that they do no I/O
 * of their own, and push what they find through UlTracks.
 */
#pragma once

#include "bitstream/bitstream.h"
#include "evidence/observation.h"

/* Most video tracks of one file that are read. */
#define UL_MAX_VIDEO_TRACKS 16

/* Random access to the file, given by the source room. */
typedef struct {
  /* Up to len bytes at offset; fewer only at the end; -1 on error. */
  gssize (*pread) (gpointer user_data, void *buffer, gsize len, guint64 offset);
  guint64 size;
  gpointer user_data;
  /* The end of the hole of a sparse file that offset is in, offset itself where
   * there are data.  May be NULL. */
  guint64 (*next_data) (gpointer user_data, guint64 offset);
} UlReader;

static inline guint64
ul_reader_next_data (const UlReader *reader, guint64 offset)
{
  return reader->next_data ? MAX (offset, reader->next_data (reader->user_data, offset)) : offset;
}

/*
 * Where a reader's findings go.  `track` counts the video tracks from 0 in the
 * order in which the file names them; it is below UL_MAX_VIDEO_TRACKS.
 */
typedef struct {
  /* Evidence of a video track, or of the file as a whole (track -1). Borrowed. */
  UlEvidence *(*evidence) (gpointer user_data, int track);
  /* The bitstream of a video track, made on first use. Borrowed. */
  UlBitstream *(*bitstream) (gpointer user_data, guint track, UlCodec codec);
  /* What the container says the codec is, where it is neither H.264 nor H.265. */
  void (*codec_name) (gpointer user_data, guint track, const char *name);
  /* Reading has come to this offset. */
  void (*advance) (gpointer user_data, guint64 offset);
  gpointer user_data;
} UlTracks;

/* Shorthand over the callbacks. */
static inline UlEvidence *
ul_tracks_file (const UlTracks *tracks)
{
  return tracks->evidence (tracks->user_data, -1);
}

static inline UlEvidence *
ul_tracks_evidence (const UlTracks *tracks, guint track)
{
  return tracks->evidence (tracks->user_data, (int) track);
}

static inline UlBitstream *
ul_tracks_bitstream (const UlTracks *tracks, guint track, UlCodec codec)
{
  return tracks->bitstream (tracks->user_data, track, codec);
}

static inline void
ul_tracks_advance (const UlTracks *tracks, guint64 offset)
{
  tracks->advance (tracks->user_data, offset);
}

/*
 * UlWindow: a buffered view of a reader.  Memory is `capacity` whatever the file
 * says; a jump reads little, going on reads much.
 */
typedef struct {
  const UlReader *reader;
  guint8 *buffer;
  gsize capacity;
  guint64 base; /* offset of buffer[0] */
  gsize len;    /* bytes in buffer */
} UlWindow;

void ul_window_init (UlWindow *self, const UlReader *reader, gsize capacity);
void ul_window_clear (UlWindow *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlWindow, ul_window_clear)
/* Exactly `len` (at most the capacity) bytes at `offset`, or NULL. Valid until the next call. */
const guint8 *ul_window_get (UlWindow *self, guint64 offset, gsize len);
/* Up to `want` bytes at `offset`: how many there are, and where. Valid until the next call. */
gsize ul_window_peek (UlWindow *self, guint64 offset, gsize want, const guint8 **ret_data);
/* Big-endian numbers at `offset`; 0 where the file has ended. */
guint32 ul_window_be32 (UlWindow *self, guint64 offset);
guint64 ul_window_be64 (UlWindow *self, guint64 offset);

/* Feeds `len` bytes at `offset` as byte stream; returns how many there were. */
guint64 ul_window_feed_annexb (UlWindow *self, UlBitstream *bitstream, guint64 offset, guint64 len, gint64 time_us);

/*
 * Codec of a piece of byte stream: parsed where it has parameter sets, else by
 * the NAL unit headers (H.264 7.4.1, H.265 7.4.2.2): what is no legal H.265
 * header (nuh_layer_id 0 and nuh_temporal_id_plus1 1..7 in every one) is H.264.
 * UL_CODEC_NONE if there is no start code.
 */
UlCodec ul_container_guess_codec (const guint8 *data, gsize len);

/* The name of the codec whose start codes these are, where it is MPEG-2 (ISO/IEC
 * 13818-2 6.2) or MPEG-4 visual (14496-2 6.2); NULL otherwise. */
const char *ul_container_guess_other (const guint8 *data, gsize len);

/* One NAL unit header is plausible for the codec in a camera's stream. */
gboolean ul_container_nal_plausible (UlCodec codec, const guint8 *nal, gsize len);

/* Length of the run of printable ASCII or UTF-8 text at `data` (no controls but tab and line ends). */
gsize ul_container_text_len (const guint8 *data, gsize len);
/* Adds "<name> <text>" of the printable beginning of `data`; nothing if there is none. */
void ul_container_add_text (UlEvidence *evidence, UlKey key, const char *name, const guint8 *data, gsize len, UlWhere where);
/* UL_KEY_CONTAINER_WRITER where the entry's name says program, device or version, else UL_KEY_CONTAINER_TAG. */
UlKey ul_container_text_key (const char *name);
