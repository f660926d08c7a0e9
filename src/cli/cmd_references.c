/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include "cli/profile.h"

static void
write_fields (UlJson *j, const UlEncoderProfile *profile)
{
  g_autoptr (GStringChunk) scratch = g_string_chunk_new (1024);
  const char *values[UL_ENCODER_MAX_FIELDS];

  ul_encoder_profile_fields (profile, scratch, values);
  ul_json_begin_object (j, "fields");
  for (guint i = 0; i < ul_encoder_n_fields (profile->h265); i++)
    if (values[i])
      ul_json_string (j, ul_encoder_field_name (profile->h265, i), values[i]);
  ul_json_end_object (j);
}

static void
print_json (const UlReferenceInfo *r)
{
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, r->maker ? "maker" : "software", r->maker ? r->maker : r->software);
  ul_json_string (&j, "group", r->group);
  ul_json_string (&j, "source", r->source);
  ul_cli_write_profile (&j, r->profile);
  write_fields (&j, r->profile);
  ul_json_end_object (&j);
  g_autofree char *text = ul_json_steal (&j);
  ul_cli_print (text);
}

int
ul_cmd_references (int argc, char **argv)
{
  g_auto (GStrv) dirs = NULL;
  g_autofree char *library = NULL;
  gboolean json = FALSE;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object a line, with every field", NULL },
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own knowledge", "DIR" },
    { "library", 'l', 0, G_OPTION_ARG_FILENAME, &library, "Add a library of your own (see 'underlabel enroll')", "FILE" },
    { 0 },
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Lists the library of references: encoder profiles of cameras whose maker is known, and of programs.", entries))
    return UL_EXIT_USAGE;
  if (argc > 1) {
    ul_cli_complain ("references: takes no argument");
    return UL_EXIT_USAGE;
  }
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (dirs, library, &code);
  const UlReferences *references = knowledge ? ul_knowledge_references (knowledge) : NULL;
  for (guint i = 0; references && i < ul_references_n (references); i++) {
    UlReferenceInfo r = ul_references_get (references, i);
    if (json)
      print_json (&r);
    else
      ul_cli_printf ("%-18s %s  %s\n", r.maker ? r.maker : "(program)", r.profile->h265 ? "h265" : "h264", r.source);
  }
  if (references && !json)
    ul_cli_printf ("%u references, knowledge %s\n", ul_references_n (references), ul_knowledge_id (knowledge));
  return code;
}
