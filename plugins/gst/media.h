/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What caps say of the buffers that follow, and how buffers go to an examiner. */
#pragma once

#include <gst/gst.h>

#include "underlabel.h"

#define UL_MEDIA_CAPS \
  "application/x-rtp, media = (string) video, encoding-name = (string) { H264, H265 }; " \
  "video/x-h264; video/x-h265"

typedef enum {
  UL_MEDIA_NONE,
  UL_MEDIA_RTP,
  UL_MEDIA_ANNEXB, /* byte-stream */
  UL_MEDIA_SAMPLES /* avc, avc3, hvc1, hev1 */
} UlMediaKind;

typedef struct {
  UlMediaKind kind;
  UlStreamCodec codec;
  gboolean aligned;     /* a buffer begins with a NAL unit */
  gint payload_type;    /* of RTP, -1: any */
  guint prefix_bytes;   /* of samples */
  GstBuffer *codec_data; /* a reference, NULL if there is none */
  char *sdp;            /* attributes of RTP caps as lines of a description; owned, NULL if there are none */
} UlMedia;

/* FALSE and kind UL_MEDIA_NONE for caps that are neither. */
gboolean ul_media_from_caps (const GstCaps *caps, UlMedia *ret_media);
void ul_media_clear (UlMedia *media);
/* Feeds the parameter sets beside the stream; takes the prefix's length from them. */
void ul_media_feed_codec_data (UlMedia *media, UlExaminer *examiner, GBytes *codec_data);
/* Each memory is mapped where it lies.  Returns the bytes fed, -1 if a memory cannot be mapped: nothing was fed. */
gssize ul_media_feed_buffer (const UlMedia *media, UlExaminer *examiner, GstBuffer *buffer, gint64 offset, gint64 time_us);
