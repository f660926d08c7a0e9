/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ISO base media file format (ISO/IEC 14496-12, with the sample entries of
 * 14496-15 and the QuickTime File Format): MP4, MOV, 3GP, fragmented MP4.
 *
 * Tables are read through windows, never loaded, so that memory does not depend
 * on what the file claims.  Edit lists are ignored: samples are read in decoding
 * order, as stored.
 */
#pragma once

#include "container/container.h"

/* Does a file of `size` bytes that begins with `head` look like boxes? */
gboolean ul_isobmff_probe (const guint8 *head, gsize len, guint64 size);

/*
 * Reads marks and all H.264 and H.265 samples.  Returns the family ("mp4",
 * "mov", "3gp"); borrowed.  `ret_n_video` gets the number of video tracks.
 */
const char *ul_isobmff_read (const UlReader *reader, const UlTracks *tracks, guint *ret_n_video);
