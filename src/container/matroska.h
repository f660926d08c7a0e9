/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matroska and WebM (RFC 9559, EBML: RFC 8794): marks; the samples come from libavformat. */
#pragma once

#include "container/container.h"

gboolean ul_matroska_probe (const guint8 *head, gsize len);
void ul_matroska_marks (const UlReader *reader, UlEvidence *evidence);
