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

/* A login goes to the host that it was given for: that of the camera's URL to the
 * camera's own, one of the options to both.  User information in the ONVIF URL
 * comes before either. */
static void
choose_login (UlOnvifOptions *onvif, const UlRtspUrl *camera, const UlLiveOptions *live)
{
  g_autoptr (GUri) uri = g_uri_parse (onvif->url, G_URI_FLAGS_HAS_PASSWORD, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  gboolean same_host = camera && host && g_ascii_strcasecmp (host, camera->host) == 0;
  gboolean of_camera = same_host && camera->user && !g_uri_get_user (uri);

  onvif->username = of_camera ? camera->user : live->username;
  onvif->password = of_camera && camera->password ? camera->password : live->password;
}

UlOnvifClaim *
ul_cli_onvif_ask (const UlCliOnvif *self, const char *input, const UlLiveOptions *live, GError **error)
{
  g_autoptr (UlRtspUrl) camera = ul_rtsp_url_is (input) ? ul_rtsp_url_parse (input, NULL) : NULL;
  g_autofree char *url = self->url ? g_strdup (self->url) : self->wanted ? ul_onvif_default_url (input) : NULL;
  UlOnvifOptions options = { .url = url, .timeout = live->timeout, .tls_verify = live->tls_verify };

  if (!url)
    return NULL;
  choose_login (&options, camera, live);
  return ul_onvif_ask (&options, error);
}
