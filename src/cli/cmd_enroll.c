/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include "cli/library.h"
#include "cli/profile.h"

typedef struct {
  char *maker, *label, *model, *library;
  char **inputs, **dirs;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->maker);
  g_free (o->label);
  g_free (o->model);
  g_free (o->library);
  g_strfreev (o->inputs);
  g_strfreev (o->dirs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "maker", 'm', 0, G_OPTION_ARG_STRING, &o->maker, "Who made the camera, as you know otherwise; see 'underlabel makers'", "ID" },
    { "label", 0, 0, G_OPTION_ARG_STRING, &o->label, "The brand on the box", "BRAND" },
    { "model", 0, 0, G_OPTION_ARG_STRING, &o->model, "Its model: inputs of one model count as one source", "MODEL" },
    { "library", 'l', 0, G_OPTION_ARG_FILENAME, &o->library, "The library, made where there is none", "FILE" },
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->dirs, "Add a site's own makers", "DIR" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "INPUT…" },
    { 0 },
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Adds how your own camera codes its pictures to a library of yours, which 'inspect --library FILE' uses.", entries))
    return FALSE;
  if (o->maker && o->library && o->inputs)
    return TRUE;
  ul_cli_complain ("enroll: needs %s", !o->maker ? "--maker" : !o->library ? "--library" : "an input");
  return FALSE;
}

static int
enroll_profile (const Options *o, const char *input, const char *sha256, const UlEncoderProfile *profile)
{
  UlEnrolment e = { o->maker, o->label, o->model, input, sha256 };
  g_autoptr (GError) error = NULL;
  gboolean added = FALSE;

  if (!ul_library_add (o->library, &e, profile, &added, &error)) {
    ul_cli_complain ("%s", error->message);
    return UL_EXIT_OUTPUT;
  }
  ul_cli_printf ("%s: %s\n", input, added ? "added" : "is there already");
  return UL_EXIT_OK;
}

static int
enroll (const Options *o, const char *path)
{
  const UlSourceOptions options = { 0 };
  int code = UL_EXIT_OK;
  g_autoptr (UlSourceResult) result = ul_cli_read (path, &options, &code);
  guint n = 0;

  if (!result)
    return code;
  for (guint i = 0; i < result->streams->len; i++) {
    g_autoptr (UlEncoderProfile) profile = ul_encoder_profile_new (ul_examiner_evidence (g_ptr_array_index (result->streams, i)));
    if (!profile)
      continue;
    n++;
    code = ul_exit_worse (code, enroll_profile (o, result->name, result->sha256 ? result->sha256 : result->name, profile));
  }
  if (n)
    return code;
  ul_cli_complain ("%s: no parameter sets of H.264 or H.265", path);
  return UL_EXIT_BAD_INPUT;
}

int
ul_cmd_enroll (int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  int code = UL_EXIT_OK;

  if (!parse_options (&o, argc, argv))
    return UL_EXIT_USAGE;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (o.dirs, NULL, &code);
  if (!knowledge)
    return code;
  if (!ul_makers_find (ul_knowledge_makers (knowledge), o.maker)) {
    ul_cli_complain ("enroll: no maker '%s' (see 'underlabel makers'; a site's own are declared in a folder for --knowledge)", o.maker);
    return UL_EXIT_USAGE;
  }
  for (char **input = o.inputs; *input; input++)
    code = ul_exit_worse (code, enroll (&o, *input));
  return code;
}
