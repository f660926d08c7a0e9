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

UlSourceResult *
ul_cli_read (const char *path, const UlSourceOptions *options, int *ret_exit)
{
  g_autoptr (GError) error = NULL;
  UlSourceResult *result = ul_source_read (path, options, &error);

  if (!result) {
    ul_cli_complain ("%s", error->message);
    *ret_exit = ul_exit_worse (*ret_exit, error->domain == UL_SOURCE_ERROR ? error->code : UL_EXIT_INTERNAL);
  }
  return result;
}

GPtrArray *
ul_cli_profiles (const char *path, int *ret_exit)
{
  const UlSourceOptions options = { .no_hash = TRUE };
  g_autoptr (UlSourceResult) result = ul_cli_read (path, &options, ret_exit);
  GPtrArray *profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_encoder_profile_free);

  for (guint i = 0; result && i < result->streams->len; i++)
    g_ptr_array_add (profiles, ul_encoder_profile_new (ul_examiner_evidence (g_ptr_array_index (result->streams, i))));
  return profiles;
}

gboolean
ul_cli_read_coded (const char *path, gboolean deep, UlCliCoded *ret_coded, int *ret_exit)
{
  const UlSourceOptions options = { .no_hash = TRUE, .deep = deep };
  g_auto (UlCliCoded) coded = { ul_cli_read (path, &options, ret_exit), NULL, NULL };

  for (guint i = 0; coded.result && i < coded.result->streams->len && !coded.profile; i++) {
    coded.evidence = ul_examiner_evidence (g_ptr_array_index (coded.result->streams, i));
    coded.profile = ul_encoder_profile_new (coded.evidence);
  }
  if (coded.result && !coded.profile) {
    ul_cli_complain ("%s: no parameter sets of H.264 or H.265", path);
    *ret_exit = ul_exit_worse (*ret_exit, UL_EXIT_BAD_INPUT);
  }
  if (!coded.profile)
    return FALSE;
  *ret_coded = coded;
  coded = (UlCliCoded){ 0 };
  return TRUE;
}

void
ul_cli_coded_clear (UlCliCoded *coded)
{
  ul_encoder_profile_free (coded->profile);
  ul_source_result_free (coded->result);
}
