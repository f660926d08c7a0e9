/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UlRtspTransport: where a SETUP puts the packets (RFC 2326, 12.39: Transport). */
#pragma once

#include "rtsp/text.h"

#define UL_RTSP_N_CHANNELS 256 /* of interleaved data: a byte (RFC 2326, 10.12) */

/* A first number and a second one, which is the next where none is said; 0 and 0 if not there. */
typedef struct {
  guint64 interleaved[2], client_port[2], server_port[2], port[2];
  gboolean has_interleaved, has_client_port, has_port;
  UlText source, destination; /* of the text it was parsed from */
} UlRtspTransport;

/* What the first transport of the value says goes into `self`; the rest stays, so
 * that an answer completes its request.  Numbers that cannot be are not there. */
void ul_rtsp_transport_parse (UlText value, UlRtspTransport *self);
