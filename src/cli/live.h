/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a command that asks cameras. */
#pragma once

#include "cli/cli.h"
#include "source/source.h"

typedef struct {
  char *transport, *duration, *timeout, *username, *password_file; /* as given */
  gboolean tls_verify;
  char *password; /* out of the file */
  UlLiveOptions options;
} UlCliLive;

void ul_cli_live_clear (UlCliLive *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlCliLive, ul_cli_live_clear)

/* UL_CLI_LIVE_ENTRIES (live) stands in a list of GOptionEntry. */
#define UL_CLI_LIVE_ENTRIES(live)                                                                                                                 \
  { "transport", 0, 0, G_OPTION_ARG_STRING, &(live).transport, "How a camera sends its packets: tcp (the default) or udp", "tcp|udp" },           \
  { "duration", 0, 0, G_OPTION_ARG_STRING, &(live).duration, "Look at a camera's video for so long (default: until the answer is stable)",        \
    "SECONDS" },                                                                                                                                  \
  { "timeout", 0, 0, G_OPTION_ARG_STRING, &(live).timeout, "Give up a camera that is silent for so long (default: 5)", "SECONDS" },               \
  { "username", 0, 0, G_OPTION_ARG_STRING, &(live).username, "Log in to cameras with this name", "NAME" },                                        \
  { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &(live).password_file, "and with the first line of this file", "FILE" },                        \
  { "tls-verify", 0, 0, G_OPTION_ARG_NONE, &(live).tls_verify, "Refuse a certificate that does not verify (default: observe it)", NULL }

/* Checks the words and reads the password file; `knowledge` is borrowed for the
 * answers.  UL_EXIT_OK, or another code after complaining. */
int ul_cli_live_prepare (UlCliLive *self, UlKnowledge *knowledge);
