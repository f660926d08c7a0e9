/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/profile.h"

#include "cli/cli.h"

void
ul_cli_write_profile (UlJson *j, const UlEncoderProfile *profile)
{
  ul_json_string (j, "codec", profile->h265 ? "h265" : "h264");
  for (int i = 0; i < UL_N_PARTS; i++)
    if (profile->parts[i])
      ul_json_string (j, ul_encoder_part_name ((UlEncoderPart) i), profile->parts[i]);
}

GPtrArray *
ul_cli_profiles (const char *path, int *ret_exit)
{
  UlSourceOptions options = { .no_hash = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (UlSourceResult) result = ul_source_read (path, &options, &error);
  GPtrArray *profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_encoder_profile_free);

  if (!result) {
    ul_cli_complain ("%s", error->message);
    *ret_exit = ul_exit_worse (*ret_exit, error->domain == UL_SOURCE_ERROR ? error->code : UL_EXIT_INTERNAL);
    return profiles;
  }
  for (guint i = 0; i < result->streams->len; i++)
    g_ptr_array_add (profiles, ul_encoder_profile_new (ul_examiner_evidence (g_ptr_array_index (result->streams, i))));
  return profiles;
}
