/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlFormChange: does the coding form change inside the stream, and where?  An
 * encoder may be set to another size, rate or quality while it runs; the way it
 * writes its parameter sets and the rhythm it keeps do not change with those.
 *
 * The stream is cut into eras at key pictures whose parameter sets are of another
 * form, or at which an encoder names itself by another text.  Two eras that both
 * hold on for a while are compared by all that is known of them.
 */
#pragma once

#include "bitstream/picture.h"
#include "evidence/observation.h"

#define UL_FORM_ERAS 8

typedef struct {
  UlCodingForm form;
  guint64 text, header;
  gboolean by_text; /* nothing but the text began it */
  gboolean aud, has_b;
  guint64 first_picture, n_pictures, n_keys;
  UlWhere first;
  guint64 gop, n_gops, gop_min, gop_max; /* pictures of the GOP under way; the whole ones before it */
  gint qp_min, qp_max;                   /* of the pictures that are not key pictures */
  guint64 n_qp;
} UlFormEra;

typedef struct {
  UlFormEra eras[UL_FORM_ERAS];
  guint n;
  guint64 n_pictures;
  gboolean full;        /* further changes are not followed */
  gboolean text_varies; /* from key picture to key picture: it names no encoder */
} UlFormChange;

void ul_form_change_take (UlFormChange *self, const UlPicture *picture, const UlWhere *where);
/* Pictures are missing. */
void ul_form_change_gap (UlFormChange *self);
/* The changes so far, as observations and as warnings. */
void ul_form_change_write (const UlFormChange *self, UlEvidence *evidence);
guint64 ul_form_change_n_new (const UlFormChange *self);
