/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlParams: the parameter sets of one stream.  Each distinct one is parsed once
 * and kept (a bounded number), repeated ones are counted; the ones in force are
 * found by their ids.
 */
#pragma once

#include "bitstream/h264.h"
#include "bitstream/h265.h"
#include "bitstream/nal.h"

typedef enum { UL_PARAMS_VPS, UL_PARAMS_SPS, UL_PARAMS_PPS, UL_PARAMS_OTHER, UL_N_PARAMS } UlParamsKind;

typedef struct _UlParams UlParams;

UlParams *ul_params_new (UlCodec codec, UlEvidence *evidence);
void ul_params_free (UlParams *self);

/* UL_N_PARAMS: no parameter set. H.264's SPS extension and subset SPS are UL_PARAMS_OTHER. */
UlParamsKind ul_params_kind (UlCodec codec, guint nal_unit_type);
/* `in_band`: between the pictures; only there a changed content is a change. */
void ul_params_take (UlParams *self, UlParamsKind kind, const UlNal *nal, gboolean in_band, const UlWhere *where);

/* In force, borrowed until the next take; NULL where there is none that could be read. */
const UlH264Pps *ul_params_h264_pps (const UlParams *self, guint id);
const UlH264Sps *ul_params_h264_sps (const UlParams *self, guint id);
const UlH265Pps *ul_params_h265_pps (const UlParams *self, guint id);
const UlH265Sps *ul_params_h265_sps (const UlParams *self, guint id);
/* The last SPS that could be read. */
const UlH264Sps *ul_params_last_h264_sps (const UlParams *self);
const UlH265Sps *ul_params_last_h265_sps (const UlParams *self);
/* An SPS and a PPS were read. */
gboolean ul_params_complete (const UlParams *self);
/* One was read without error. */
gboolean ul_params_any_ok (const UlParams *self);
guint64 ul_params_n_failed (const UlParams *self);
UlSpsFacts ul_params_sps_facts (const UlParams *self);

/* Writes what was observed so far; `out` need not be the evidence that the warnings go to. */
void ul_params_write (const UlParams *self, UlEvidence *out);
/* Grows with each set not met before and each change of a set in the stream. */
guint64 ul_params_n_new (const UlParams *self);
