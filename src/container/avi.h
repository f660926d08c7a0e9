/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AVI (Microsoft's "AVI RIFF File Reference"): marks; the samples come from libavformat. */
#pragma once

#include "container/container.h"

gboolean ul_avi_probe (const guint8 *head, gsize len);
void ul_avi_marks (const UlReader *reader, UlEvidence *evidence);
