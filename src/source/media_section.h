/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UlMediaSection: what SETUP and RTP need of a media section of a session description (RFC 4566, 5.14). */
#pragma once

#include "rtsp/sdp.h"

#define UL_MEDIA_MAX_TYPES 8
#define UL_MEDIA_MAX_CONTROL_BYTES 1024

typedef struct {
  char *control; /* value of a=control, at most UL_MEDIA_MAX_CONTROL_BYTES of it; NULL if none */
  gboolean video;
  guint n_types;
  struct {
    guint8 payload_type;
    char encoding[24]; /* "H264", upper case; empty if it is not said */
  } types[UL_MEDIA_MAX_TYPES];
} UlMediaSection;

/* `media` is its m= line. */
UlMediaSection *ul_media_section_read (const UlSdp *sdp, const UlSdpLine *media);
void ul_media_section_free (UlMediaSection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlMediaSection, ul_media_section_free)

/* The value of a=control in a section, 0 for the session's; without bytes if there is
 * none.  RFC 2326, C.1.1 knows one a section: the first counts where there are more. */
UlText ul_media_control (const UlSdp *sdp, guint section);
