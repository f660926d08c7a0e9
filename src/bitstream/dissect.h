/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlDissector: NAL units taken apart for people: which bytes hold which syntax
 * element (ITU-T H.264 7.3, H.265 7.3).  The NAL units of a stream are given in
 * order, so that slice headers are read with the sets in force.
 */
#pragma once

#include "bitstream/bitstream.h"

#define UL_DISSECT_MAX_FIELDS 4096

typedef struct {
  char *name;  /* "log2_max_frame_num_minus4", "offset_for_ref_frame[1]", "payloadType" */
  char *value; /* decimal; of an SEI payload what is known of it */
  guint bit;   /* of the RBSP, where it begins */
  gsize first, last; /* bytes of the NAL unit, emulation prevention bytes counted */
} UlField;

typedef struct {
  const char *type; /* "SPS", "IDR" …; static */
  GPtrArray *fields; /* UlField */
  char *error;      /* where reading it ended, NULL: it was read */
} UlDissection;

void ul_dissection_free (UlDissection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlDissection, ul_dissection_free)

typedef struct _UlDissector UlDissector;

UlDissector *ul_dissector_new (UlCodec codec);
void ul_dissector_free (UlDissector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlDissector, ul_dissector_free)

/* Reads parameter sets for the slices to come. `data` is a NAL unit, or its head. */
void ul_dissector_learn (UlDissector *self, const guint8 *data, gsize len);
/* Parameter sets, SEI, slice headers; of other types the NAL unit header alone. Owned. */
UlDissection *ul_dissector_take (const UlDissector *self, const guint8 *data, gsize len);
/* "SPS" for the first byte of one; static. */
const char *ul_dissect_type_name (UlCodec codec, guint8 first_byte);
