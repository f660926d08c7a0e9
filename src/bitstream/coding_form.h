/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlCodingForm: what an encoder keeps to whatever size, rate and quality it is
 * set to, as hashes to compare by.  Left out is what follows the picture size
 * (cropping, level, reference frames, sample aspect ratio, colour values, motion
 * vector limits) and the rate control (initial QP, HRD values).
 */
#pragma once

#include "bitstream/h265.h"

typedef struct {
  guint64 sps;    /* which parts of the SPS are coded, and its fields that no setting reaches */
  guint64 pps;    /* likewise */
  guint64 tools;  /* profile and coding tools of both: an operator may set them */
  guint64 timing; /* timing form of h264.h; 0: no timing is coded */
} UlCodingForm;

UlCodingForm ul_h264_coding_form (const UlH264Sps *sps, const UlH264Pps *pps);
UlCodingForm ul_h265_coding_form (const UlH265Sps *sps, const UlH265Pps *pps);
