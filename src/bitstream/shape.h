/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlShape: what a stream looks like over many access units (H.264 7.4.1.2, H.265
 * 7.4.2.4): order of NAL units, GOPs, slices, cadence of parameter sets and SEI,
 * quantisers, counters, sizes, and whether its form changes on the way.  Memory
 * is bounded.
 */
#pragma once

#include "bitstream/nal.h"
#include "bitstream/picture.h"
#include "bitstream/tally.h"

typedef struct _UlShape UlShape;

/* Slice types of both standards. */
typedef enum { UL_SHAPE_P, UL_SHAPE_B, UL_SHAPE_I, UL_SHAPE_UNKNOWN } UlShapeType;

typedef struct {
  UlShapeType type;
  gboolean decoded;   /* the header was read with its parameter sets */
  gboolean damaged;   /* it could not be, though they are there */
  gboolean key;       /* H.264 IDR, H.265 IRAP */
  gboolean first;     /* first_mb_in_slice 0, first_slice_segment_in_pic_flag 1 */
  gboolean redundant; /* redundant_pic_cnt above 0, a dependent segment: never begins a picture */
  /* Elements that tell the first slice of a picture (H.264 7.4.1.2.4). */
  guint8 nal_ref_idc;
  guint16 pic_parameter_set_id, frame_num, idr_pic_id;
  gboolean field_pic_flag, bottom_field_flag;
  guint32 pic_order_cnt_lsb;
  gint32 delta_pic_order_cnt_bottom, delta_pic_order_cnt[2];
  gboolean has_poc_lsb;         /* pic_order_cnt_type 0; H.265: not IDR */
  guint32 max_frame_num;        /* 0: H.265 */
  guint32 max_pic_order_cnt_lsb;
  gboolean unused_refs;         /* memory_management_control_operation 5 */
  gboolean qp_known;
  gint slice_qp;
  gboolean has_form;
  guint64 form;                 /* ul_h264_slice_key(), ul_h265_slice_key() */
  guint32 address;              /* of its first macroblock or coding tree block, in raster order */
  guint32 row, size;            /* of a row and of the picture, in such units; 0: not known */
  guint32 area;                 /* of the picture, in units of 16x16 luma samples */
  gsize header_bytes;           /* of the RBSP, up to where the header was read; all of it where it could not be */
  UlCodingForm coding_form;     /* of the first slice of a key picture that was decoded */
} UlShapeSlice;

UlShape *ul_shape_new (UlCodec codec);
void ul_shape_free (UlShape *self);

/* A NAL unit that is no coded slice. */
void ul_shape_nal (UlShape *self, guint nal_unit_type, const UlWhere *where);
/* primary_pic_type or pic_type of an access unit delimiter, after its ul_shape_nal(). */
void ul_shape_aud (UlShape *self, guint pic_type);
/* A payloadType of the access unit. */
void ul_shape_sei (UlShape *self, guint payload_type);
/* Hash of the text by which an encoder names itself in an SEI message of the access unit. */
void ul_shape_encoder_text (UlShape *self, guint64 hash);
void ul_shape_slice (UlShape *self, guint nal_unit_type, guint64 bytes, const UlShapeSlice *slice, const UlWhere *where);

/* Access units with a coded slice, the one under way among them. */
guint64 ul_shape_n_pictures (const UlShape *self);
/* Those among them that everything can be decoded from (H.264 IDR, H.265 IRAP), two fields as one. */
guint64 ul_shape_n_key_pictures (const UlShape *self);
/*
 * What comes next does not go on where this ended: counters are not compared
 * across, and the GOP under way is not counted.  `lost`: pieces of the access
 * unit under way are missing, and it is not counted either.
 */
void ul_shape_gap (UlShape *self, gboolean lost);
/* The stream is complete: closes the last access unit. */
void ul_shape_close (UlShape *self);
/* Writes what was observed so far; of the access unit under way nothing. */
void ul_shape_write (const UlShape *self, UlEvidence *evidence);
/* Grows with what was not met before. */
guint64 ul_shape_n_new (const UlShape *self);
