/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlDepay: NAL units out of RTP packets, for examination alone (RFC 6184 for
 * H.264, RFC 7798 for H.265): single NAL units, STAP-A, STAP-B, MTAP16, MTAP24,
 * FU-A, FU-B; AP, FU, PACI.  Packets of one RTP stream in the order in which
 * they came; the pieces of a NAL unit go on to the bitstream as they are, so
 * that no packet, NAL unit or access unit is kept.
 *
 * A missing packet is a gap: what it cuts is left out.  A packet that comes after
 * its place has passed is left out too.  Interleaved NAL units (STAP-B, MTAP,
 * FU-B) are taken in the order of sending, not of decoding.  The DONL field of
 * H.265, which only sprop-max-don-diff above 0 brings, is not looked for.
 */
#pragma once

#include <sys/uio.h>

#include "bitstream/bitstream.h"

typedef struct _UlDepay UlDepay;

/* `bitstream` and `evidence` (for warnings) are borrowed and must outlive the depayloader. */
UlDepay *ul_depay_new (UlCodec codec, UlBitstream *bitstream, UlEvidence *evidence);
void ul_depay_free (UlDepay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlDepay, ul_depay_free)

/*
 * One RTP packet, header included, in pieces of any size; `payload_type` -1
 * takes any, otherwise packets of another are passed over.  TRUE if it was
 * taken: it is a packet of the stream and has come in its place.
 */
gboolean ul_depay_packet (UlDepay *self, const struct iovec *pieces, guint n_pieces, gint payload_type, gint64 time_us);
/* The next packet does not go on where the last one ended. */
void ul_depay_gap (UlDepay *self);
/* Nothing follows that goes on where the last packet ended: a NAL unit of which the rest did not come is left out. */
void ul_depay_end (UlDepay *self);
/* Writes the warnings on what was lost so far. */
void ul_depay_write (const UlDepay *self, UlEvidence *evidence);
/* Grows with each change of the sender. */
guint64 ul_depay_n_new (const UlDepay *self);
