/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include "cli/profile.h"

static void
print_profile (const char *path, guint stream, const UlEncoderProfile *profile)
{
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "input", path);
  ul_json_int (&j, "stream", stream);
  ul_cli_write_profile (&j, profile);
  ul_json_end_object (&j);
  g_autofree char *text = ul_json_steal (&j);
  ul_cli_print (text);
}

int
ul_cmd_profile (int argc, char **argv)
{
  g_auto (GStrv) inputs = NULL;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = { { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &inputs, NULL, "INPUT…" }, { 0 } };

  if (!ul_cli_parse (&argc, &argv, NULL,
                     "Prints how the pictures of each stream are coded: its parameter sets as the library of references holds them, one JSON object a stream.",
                     entries))
    return UL_EXIT_USAGE;
  if (!inputs) {
    ul_cli_complain ("profile: no input given");
    return UL_EXIT_USAGE;
  }
  for (char **input = inputs; *input; input++) {
    g_autoptr (GPtrArray) profiles = ul_cli_profiles (*input, &code);
    for (guint i = 0; i < profiles->len; i++)
      if (g_ptr_array_index (profiles, i))
        print_profile (*input, i, g_ptr_array_index (profiles, i));
  }
  return code;
}
