/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of the isobmff reader. */
#pragma once

#include "container/isobmff.h"

#define FOURCC(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (guint32) (d))

#define ISO_MAX_TRACKS 64
#define ISO_MAX_ENTRIES 8
#define ISO_MAX_DEPTH 12
#define ISO_MAX_BOXES 50000         /* inside moov, meta and udta together */
#define ISO_MAX_TOP_BOXES 4000000   /* a day of one-second fragments is 172800 */
#define ISO_TABLE_WINDOW (16 * 1024)
#define ISO_MEDIA_WINDOW (1024 * 1024)

typedef struct {
  guint64 start; /* of the header */
  guint64 body;
  guint64 end;   /* cut to what holds it */
  guint32 type;
  gboolean cut;  /* said to be longer than what holds it */
} IsoBox;

/* A table of `count` rows at `offset`, cut to its box. */
typedef struct {
  guint64 offset;
  guint32 count;
} IsoTable;

typedef struct {
  guint32 format;       /* of the sample entry */
  UlCodec codec;
  guint prefix_bytes;   /* 0: not known */
} IsoEntry;

typedef struct {
  guint32 id, handler, timescale;
  int video; /* index of UlTracks, -1 for what is no video */
  IsoEntry entries[ISO_MAX_ENTRIES];
  guint n_entries;
  IsoTable stsz, stco, stsc, stts, ctts;
  guint32 stsz_uniform;
  guint stsz_bits;  /* of a row: 4, 8, 16 or 32 */
  gboolean co64;
  guint32 trex_entry, trex_duration, trex_size;
  guint64 next_dts; /* of the next fragment */
  gboolean tables_read, annexb;
  guint64 n_samples;
} IsoTrack;

typedef struct {
  const UlReader *reader;
  const UlTracks *tracks;
  UlWindow boxes; /* for headers and small bodies */
  UlWindow media;
  UlWindow table[5];
  IsoTrack track[ISO_MAX_TRACKS];
  guint n_tracks, n_video;
  guint32 first_format; /* of the first track that is no video */
  IsoTrack *current; /* the trak being walked */
  GString *path;
  guint n_boxes;
  gboolean quicktime, threegp, has_moov;
  guint64 mdat_body, mdat_end; /* of the first media data */
  guint64 budget; /* media bytes that may still be read: overlapping samples end here */
  guint guess_probes; /* chains of NAL units that were followed and were none */
  char *keys[64]; /* of a meta box's keys */
  guint n_keys;
} Iso;

/* isobmff.c */
gboolean iso_next_box (Iso *iso, guint64 offset, guint64 limit, IsoBox *ret_box);
const char *iso_fourcc (guint32 type, char buffer[9]);
/* A window of a small body: up to `max` bytes of it. */
gsize iso_body (Iso *iso, const IsoBox *box, gsize max, const guint8 **ret_data);
UlEvidence *iso_evidence (Iso *iso);

/* isobmff_marks.c: what a box of moov, meta or udta says; TRUE to walk into it at *ret_body. */
gboolean iso_visit (Iso *iso, const IsoBox *box, guint32 parent, guint64 *ret_body);

/* Tells the codec's name of a track that is neither H.264 nor H.265. */
void iso_name_codec (Iso *iso, guint track, guint32 format);

/* isobmff_samples.c */
void iso_read_table (Iso *iso, const IsoBox *box);
void iso_read_tracks (Iso *iso);
void iso_read_moof (Iso *iso, const IsoBox *moof);

/* isobmff_guess.c: media data without a movie box */
void iso_guess (Iso *iso);
