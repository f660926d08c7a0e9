/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/onvif.h"

#include <string.h>

#include "source/rtsp_url.h"

void
ul_cli_onvif_clear (UlCliOnvif *self)
{
  if (self->url)
    memset (self->url, 0, strlen (self->url)); /* a login may stand in it */
  g_free (self->url);
}

int
ul_cli_onvif_check (const UlCliOnvif *self, char **inputs)
{
  if (!self->wanted && !self->url)
    return UL_EXIT_OK;
  if (self->url && !g_str_has_prefix (self->url, "http://") && !g_str_has_prefix (self->url, "https://")) {
    ul_cli_complain ("--onvif-url takes an http:// or https:// URL, not '%s'", self->url);
    return UL_EXIT_USAGE;
  }
  if (self->url && inputs[0] && inputs[1]) {
    ul_cli_complain ("--onvif-url asks one device: give one input");
    return UL_EXIT_USAGE;
  }
  for (char **input = inputs; *input && !self->url; input++)
    if (!ul_rtsp_url_is (*input)) {
      ul_cli_complain ("--onvif needs a camera to ask: give --onvif-url with '%s'", *input);
      return UL_EXIT_USAGE;
    }
  return UL_EXIT_OK;
}

UlOnvifClaim *
ul_cli_onvif_ask (const UlCliOnvif *self, const char *input, const UlLiveOptions *live, int *ret_exit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UlRtspUrl) camera = ul_rtsp_url_is (input) ? ul_rtsp_url_parse (input, NULL) : NULL;
  g_autofree char *url = self->url ? g_strdup (self->url) : self->wanted ? ul_onvif_default_url (input) : NULL;
  UlOnvifOptions options = { .url = url, .timeout = live->timeout, .tls_verify = live->tls_verify };

  if (!url)
    return NULL;
  if (camera && camera->user && camera->password) {
    options.username = camera->user;
    options.password = camera->password;
  } else if (live->username && live->password) {
    options.username = live->username;
    options.password = live->password;
  }
  UlOnvifClaim *claim = ul_onvif_ask (&options, &error);
  if (!claim) {
    ul_cli_complain ("onvif: %s", error->message);
    *ret_exit = UL_EXIT_NETWORK;
  }
  return claim;
}
