/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtsp/dialogue.h"
#include "rtsp/sdp.h"

/* Writes the observations of a session description; sprops go to `func`. */
UlSdpFacts ul_sdp_marks (UlEvidence *evidence, const UlSdp *sdp, UlSpropFunc func, gpointer user_data);
