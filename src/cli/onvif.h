/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a command that asks a device what it claims to be. */
#pragma once

#include "cli/cli.h"
#include "source/onvif.h"
#include "source/source.h"

typedef struct {
  gboolean wanted;
  char *url;
} UlCliOnvif;

void ul_cli_onvif_clear (UlCliOnvif *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlCliOnvif, ul_cli_onvif_clear)

/* UL_CLI_ONVIF_ENTRIES (onvif) stands in a list of GOptionEntry. */
#define UL_CLI_ONVIF_ENTRIES(onvif)                                                                                                               \
  { "onvif", 0, 0, G_OPTION_ARG_NONE, &(onvif).wanted, "Ask the camera over ONVIF what it claims to be: the label, where --claimed is not given",  \
    NULL },                                                                                                                                       \
  { "onvif-url", 0, 0, G_OPTION_ARG_STRING, &(onvif).url, "and at this address (default: http://HOST/onvif/device_service)", "URL" }

/* UL_EXIT_OK, or UL_EXIT_USAGE after complaining: what is to be asked must be known of every input. */
int ul_cli_onvif_check (const UlCliOnvif *self, char **inputs);

/*
 * What the device of `input` claims, with the login of the ONVIF URL, of `input`
 * where it is the same host, or of `live`.
 * NULL where it is not asked, and with `error` where it does not answer: UL_EXIT_NETWORK is due then.
 */
UlOnvifClaim *ul_cli_onvif_ask (const UlCliOnvif *self, const char *input, const UlLiveOptions *live, GError **error);
