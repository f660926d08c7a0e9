/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a device says it is: GetDeviceInformation of the ONVIF device service
 * (ONVIF Core Specification; device.wsdl, ver10).  It is a claim, as the
 * label on the box is one, and no evidence of the maker.
 */
#pragma once

#include <gio/gio.h>

#define UL_ONVIF_MAX_ANSWER_BYTES (256 * 1024)
#define UL_ONVIF_MAX_TEXT_BYTES 256
#define UL_ONVIF_TIMEOUT_SECONDS 5.0

/* Members that the answer lacks are NULL; credentials are taken out. */
typedef struct {
  char *manufacturer, *model, *firmware, *serial, *hardware_id;
} UlOnvifClaim;

void ul_onvif_claim_free (UlOnvifClaim *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlOnvifClaim, ul_onvif_claim_free)

/* All borrowed. */
typedef struct {
  const char *url;                 /* http:// or https://, of the device service; a login in it comes first */
  const char *username, *password; /* NULL: no login; a name in the URL without a password takes this one */
  double timeout;                  /* seconds for each request; 0: UL_ONVIF_TIMEOUT_SECONDS */
  gboolean tls_verify;             /* refuse a certificate that does not verify */
} UlOnvifOptions;

/*
 * Asks.  With a login the request bears a WS-UsernameToken digest (OASIS Web
 * Services Security UsernameToken Profile 1.0) in the device's own time, and
 * answers an HTTP digest challenge; the password itself is never sent.  One
 * attempt each: devices lock accounts.  Nothing is redirected.  NULL and an
 * error of UL_SOURCE_ERROR (network or login, bad input) without credentials.
 */
UlOnvifClaim *ul_onvif_ask (const UlOnvifOptions *options, GError **error);

/* The answer in `xml`; NULL and an error for a fault or anything else. */
UlOnvifClaim *ul_onvif_parse (const char *xml, gsize len, GError **error);

/* http://HOST/onvif/device_service of an rtsp[s]:// URL; NULL if it is none. */
char *ul_onvif_default_url (const char *rtsp_url);
