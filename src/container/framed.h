/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Framed formats: a file that is one frame after another, each a small head with
 * a length and a payload.  A format is a row of data and a function that reads
 * one head; walking, feeding and finding the way back after damage are shared.
 */
#pragma once

#include "container/container.h"

typedef enum { UL_FRAME_OTHER, UL_FRAME_VIDEO, UL_FRAME_AUDIO } UlFrameKind;

typedef struct {
  guint64 head_bytes, payload_bytes, tail_bytes;
  UlFrameKind kind;
  UlCodec codec;     /* NONE where the head does not say */
  guint channel;     /* 0 where the format has none */
  gint64 time_us;    /* -1 where unknown */
  char text[80];     /* container.frame */
} UlFrame;

typedef struct {
  const char *name;      /* container.format */
  const char *magic;     /* container.magic, NULL: none */
  guint min_head_bytes;  /* read_head is called with at least these */
  guint max_head_bytes;
  /* A head at `data`?  `len` is from min to max, less only at the end of the input. */
  gboolean (*read_head) (const guint8 *data, gsize len, UlFrame *ret_frame);
  /* What the file's head says beyond frames; may be NULL. */
  void (*read_marks) (const UlReader *reader, const UlTracks *tracks);
  guint probe_bytes;     /* the first head is looked for in as many bytes; 0: only at the start */
  guint probe_frames;    /* heads that must follow one another, fewer if the input ends */
} UlFramedFormat;

extern const UlFramedFormat ul_dhav;
extern const UlFramedFormat ul_xiongmai;
extern const UlFramedFormat ul_baichuan;
extern const UlFramedFormat ul_jt1078;
extern const UlFramedFormat ul_pave;
extern const UlFramedFormat ul_hxvs;

/* The format of a file with this head, NULL if none; `ret_offset` gets the first frame. */
const UlFramedFormat *ul_framed_probe (const guint8 *head, gsize len, guint64 size, guint64 *ret_offset);

/* Reads all frames from `offset` on. `ret_n_video` gets the number of video tracks. */
void ul_framed_read (const UlFramedFormat *format, const UlReader *reader, const UlTracks *tracks, guint64 offset, guint *ret_n_video);
