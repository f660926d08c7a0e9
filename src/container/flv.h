/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FLV (Adobe Flash Video File Format Specification 10.1, annex E): marks; the samples come from libavformat. */
#pragma once

#include "container/container.h"

gboolean ul_flv_probe (const guint8 *head, gsize len);
void ul_flv_marks (const UlReader *reader, UlEvidence *evidence);
