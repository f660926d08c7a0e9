/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SDV recordings ("S MULTI-MEDIA STREAM (H.264)" at 0x18, padded with ff; mp4v2_custom td_mp4.h): marks. */
#pragma once

#include "container/container.h"

gboolean ul_sdv_probe (const guint8 *head, gsize len);
void ul_sdv_marks (const guint8 *head, gsize len, UlEvidence *evidence);
