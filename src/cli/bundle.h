/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sub-commands of `underlabel bundle`: argv[0] is "bundle", or "bundle VERB" for those of the table. */
#pragma once

#include "bundle/check.h"
#include "cli/cli.h"

/* `bundle INPUT -o case.zip` (cmd_bundle_write.c) */
int ul_cmd_bundle_write (int argc, char **argv);
int ul_cmd_bundle_verify (int argc, char **argv);
int ul_cmd_bundle_custody (int argc, char **argv);

/* How a verification is told. Owned. */
char *ul_cli_bundle_to_text (const UlBundleVerification *v, const char *name, gboolean colour);
char *ul_cli_bundle_to_json (const UlBundleVerification *v, const char *name);
