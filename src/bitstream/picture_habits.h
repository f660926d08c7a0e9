/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlPictureHabits: what an encoder does from picture to picture: drift of the QP,
 * virtual intra pictures, pictures of next to no bytes, where slices begin.
 */
#pragma once

#include "bitstream/picture.h"
#include "bitstream/tally.h"

typedef struct {
  guint64 n, n_skipped;      /* pictures, and those of next to no bytes */
  guint64 n_steps, qp_step;  /* steps of the QP from one to the next, and the largest */
  gboolean has_qp;
  gint slice_qp;             /* of the one before */
  UlWhere first, last, skipped_first, skipped_last;
} UlPictureClass;

typedef struct {
  UlPictureClass p, b;
  gboolean has_key_qp;
  gint key_qp;                /* of the key picture before, till the picture after it has come */
  UlTally offsets;            /* of the picture after a key picture to that */
  gboolean has_intra;
  guint64 since_intra;        /* pictures since the intra picture before */
  UlTally virtual_intra, layouts;
} UlPictureHabits;

void ul_picture_habits_clear (UlPictureHabits *self);
void ul_picture_habits_take (UlPictureHabits *self, const UlPicture *picture, const UlWhere *where);
/* What comes next does not go on where this ended. */
void ul_picture_habits_gap (UlPictureHabits *self);
void ul_picture_habits_write (const UlPictureHabits *self, UlEvidence *evidence);
guint64 ul_picture_habits_n_new (const UlPictureHabits *self);
