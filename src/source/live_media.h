/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The video of one RTSP session: which media section is asked for, its packets,
 * where its groups of pictures begin, and whether the answer still changes.
 */
#pragma once

#include "examiner.h"

typedef struct _UlLiveMedia UlLiveMedia;

typedef void (*UlLiveWarnFunc) (gpointer user_data, const char *text);

/*
 * `answer` is that of DESCRIBE; borrowed until the call returns.  Control URLs
 * stand under `base`.  NULL, and a warning, if no video of it can be asked for.
 * `examiner` is borrowed and must outlive the media.
 */
UlLiveMedia *ul_live_media_new (UlExaminer *examiner, const char *answer, gsize len, const char *base, UlLiveWarnFunc warn, gpointer user_data);
void ul_live_media_free (UlLiveMedia *self);

/* For SETUP, and for PLAY and what follows. Borrowed. */
const char *ul_live_media_control (const UlLiveMedia *self);
const char *ul_live_media_aggregate (const UlLiveMedia *self);
/* Can the packets be read (H.264, H.265)? */
gboolean ul_live_media_is_read (const UlLiveMedia *self);

/* Its RTP comes on this channel, its RTCP on the next. */
void ul_live_media_set_channel (UlLiveMedia *self, guint channel);
/* Times in observations count from here. */
void ul_live_media_begin (UlLiveMedia *self, gint64 monotonic_us);
void ul_live_media_packet (UlLiveMedia *self, guint channel, const guint8 *data, gsize len);
/* Monotonic time of the last packet; 0 if none has come. */
gint64 ul_live_media_last_us (const UlLiveMedia *self);

/* Has a group of pictures begun since this was asked last? */
gboolean ul_live_media_take_gop (UlLiveMedia *self);
/* The answers (taken over) at the beginning of this group; TRUE once they did not
 * change over UL_LIVE_STABLE_GOPS groups. */
gboolean ul_live_media_answered (UlLiveMedia *self, char *answers);

/* The last packet has come; later ones are passed over.  Sets the provenance of
 * what the bitstream says at its end, so it is called once more before that. */
void ul_live_media_end (UlLiveMedia *self);
