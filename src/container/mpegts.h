/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MPEG transport streams (ISO/IEC 13818-1 2.4): packets of 188 bytes, of 192 with
 * a time stamp before (M2TS, AVCHD) or of 204 with check bytes behind.
 */
#pragma once

#include "container/container.h"

/* Bytes of a packet (188, 192, 204) and where the first sync byte is; 0 if it is none. */
guint ul_mpegts_probe (const guint8 *head, gsize len, guint64 size, gsize *ret_first);

/* Reads marks and feeds the payload of all video PIDs. */
void ul_mpegts_read (const UlReader *reader, const UlTracks *tracks, guint *ret_n_video);
