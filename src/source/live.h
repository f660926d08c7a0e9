/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A camera over RTSP: one connection for dialogue and media, so that the marks of
 * SETUP and PLAY come as they were sent and no second login is needed.
 *
 *   OPTIONS, DESCRIBE (the 401, the answer with a login), SETUP of the first
 *   video that can be read, PLAY, packets, TEARDOWN
 *
 * One login attempt is made, and another only where the camera says that its
 * nonce was old: cameras lock accounts.  A login goes to the server it was given
 * for, and to no server that one redirects to.
 */
#pragma once

#include "source/source.h"

/* Redirects (RFC 2326, 11) that are followed. */
#define UL_LIVE_MAX_REDIRECTS 3
/* Seconds of video where the answer does not become stable. */
#define UL_LIVE_MAX_SECONDS 20.0
/* Seconds for a connection, for each answer, and without a packet. */
#define UL_LIVE_TIMEOUT_SECONDS 5.0
/* The dialogue as a whole may take so many times that. */
#define UL_LIVE_DIALOGUE_TIMEOUTS 4
/* The answer is stable once so many groups of pictures did not change it. */
#define UL_LIVE_STABLE_GOPS 2

/* What ul_source_read() does with an rtsp:// or rtsps:// URL. */
UlSourceResult *ul_live_read (const char *url, const UlSourceOptions *options, GError **error);
