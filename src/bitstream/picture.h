/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A whole coded picture (a frame, of two fields the first) in the terms of its slices. */
#pragma once

#include "bitstream/coding_form.h"

/* Where the slices of a picture begin. */
typedef enum {
  UL_LAYOUT_ONE,    /* one slice, or the addresses are not known */
  UL_LAYOUT_EQUAL,  /* at the beginning of a row, as many rows in each, the last may have fewer */
  UL_LAYOUT_ROWS,   /* at the beginning of a row */
  UL_LAYOUT_INSIDE, /* inside a row as well: cut by bytes or by macroblocks */
  UL_LAYOUT_MIXED,  /* not in raster order */
  UL_N_LAYOUTS
} UlSliceLayout;

typedef struct {
  char letter;    /* I, P, B: what its slices are at most; ? */
  gboolean key;   /* H.264 IDR, H.265 IRAP */
  gboolean aud;   /* an access unit delimiter came before it */
  guint n_slices;
  UlSliceLayout layout;
  guint64 bytes;  /* of its slices */
  guint64 area;   /* in units of 16x16 luma samples; 0: not known */
  gboolean qp_known;
  gint slice_qp;  /* of its first slice */
  gboolean has_form;
  UlCodingForm form; /* of key pictures only */
  guint64 header;    /* ul_h264_slice_key(), ul_h265_slice_key() of its first slice; 0: not known */
  guint64 text;      /* of the text by which its encoder names itself; 0: none */
} UlPicture;
