/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the SEI messages of a stream say, counted. */
#pragma once

#include "bitstream/params.h"
#include "bitstream/sei.h"
#include "bitstream/shape.h"

typedef struct _UlSeiRecord UlSeiRecord;

UlSeiRecord *ul_sei_record_new (UlCodec codec);
void ul_sei_record_free (UlSeiRecord *self);
/*
 * An SEI NAL unit.  `params` gives the SPS that pic_timing is read with; `shape`
 * (may be NULL: out of band) is told the payload types.
 */
void ul_sei_record_take (UlSeiRecord *self, const UlNal *nal, const UlParams *params, UlShape *shape, const UlWhere *where);
/* Writes what was observed so far. */
void ul_sei_record_write (const UlSeiRecord *self, UlEvidence *evidence);
/* Grows with what was not met before. */
guint64 ul_sei_record_n_new (const UlSeiRecord *self);
