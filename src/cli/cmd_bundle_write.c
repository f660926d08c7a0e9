/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `bundle INPUT -o case.zip`. */
#include "cli/bundle.h"

int
ul_cmd_bundle_write (int argc, char **argv)
{
  const GOptionEntry entries[] = { { 0 } };

  if (ul_cli_parse (&argc, &argv, "verify | custody", "Evidence bundles: 'verify' checks one, 'custody' goes on with its custody log.", entries))
    ul_cli_complain ("bundle: verify CASE.zip, custody CASE.zip");
  return UL_EXIT_USAGE;
}
