/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One stream that passes the element: its examiner, what is fed to it, and when
 * it is worth judging.  Belongs to the streaming thread.
 */
#pragma once

#include "dialogue.h"
#include "media.h"
#include "upstream.h"

typedef struct {
  UlExaminer *examiner;
  UlWatch *watch;
  UlMedia media;
  UlFedBy fed_by;
  UlGstDialogue *dialogue;  /* a reference, NULL if there is none */
  guint n_heard;            /* pieces of it that were fed */
  guint n_judged;           /* of these, at the last judgement */
  gboolean sdp_fed;         /* the attributes of the caps were fed */
  GBytes *codec_data;       /* that was fed last */
  char *source, *id;
  gboolean live;
  gboolean begun;           /* a buffer has passed */
  guint64 bytes, n_unmapped;
  guint64 next_pictures;    /* no look before */
  guint64 judged_pictures;  /* at the last judgement */
  gboolean follow_up;       /* the last look found news */
  guint64 n_new;            /* at the last judgement */
  guint64 n_signature_news; /* likewise */
  gint64 last_us;           /* of the last judgement */
} UlGstStream;

UlGstStream *ul_gst_stream_new (UlKnowledge *knowledge, const char *id);
void ul_gst_stream_free (UlGstStream *self);

/* FALSE for caps that it cannot read.  `sink` is where they came in. */
gboolean ul_gst_stream_set_caps (UlGstStream *self, GstPad *sink, const GstCaps *caps);
/* A dialogue by this id that is another than the stream's own: the stream is another camera's. */
gboolean ul_gst_stream_is_foreign (const UlGstStream *self, GstPad *sink);
void ul_gst_stream_buffer (UlGstStream *self, GstBuffer *buffer, const GstSegment *segment);
void ul_gst_stream_gap (UlGstStream *self, gboolean cut);
void ul_gst_stream_tags (UlGstStream *self, const GstTagList *tags);

/*
 * Is it time for a judgement?  `interval_us` 0: when something new has shown, of
 * a dialogue at once, of pictures often at the beginning and at most every 250 of
 * them later, and every 1500 pictures anyhow; otherwise after so much time of the
 * stream, or of the clock where buffers have no time.
 */
gboolean ul_gst_stream_due (UlGstStream *self, GstBuffer *buffer, gint64 interval_us);
/* NULL and `error` where the question cannot be answered. */
UlReport *ul_gst_stream_judge (UlGstStream *self, UlKnowledge *knowledge, const UlQuestion *question, GError **error);
/* The stream has ended; what follows is another one. */
void ul_gst_stream_finish (UlGstStream *self);
