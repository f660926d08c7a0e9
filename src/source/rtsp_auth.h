/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The answer to a challenge: Digest (RFC 2617, 3.2; RFC 7616) with MD5 and
 * SHA-256, their -sess forms, qop=auth or none, and Basic (RFC 7617).  Of several
 * challenges the strongest is answered.
 */
#pragma once

#include "rtsp/message.h"

typedef struct {
  const char *user, *password; /* borrowed */
} UlRtspLogin;

typedef struct _UlRtspAuth UlRtspAuth;

/* The challenges of a 401; NULL where there is none that can be answered. */
UlRtspAuth *ul_rtsp_auth_new (const UlMessage *response);
void ul_rtsp_auth_free (UlRtspAuth *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRtspAuth, ul_rtsp_auth_free)

gboolean ul_rtsp_auth_is_basic (const UlRtspAuth *self);
/* The challenge says that a login may be right and the nonce alone old (stale=true). */
gboolean ul_rtsp_auth_is_stale (const UlRtspAuth *self);

/*
 * Value of Authorization for one request; counts the requests of a nonce.
 * `cnonce` NULL: a random one.  The caller owns the result, which is a secret.
 */
char *ul_rtsp_auth_answer (UlRtspAuth *self, const UlRtspLogin *login, const char *method, const char *url, const char *cnonce);

/* base64 of "user:password", as Basic sends it. The caller owns it. */
char *ul_rtsp_basic_token (const UlRtspLogin *login);
