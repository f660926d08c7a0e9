/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "cli/library.h"

static const struct {
  const char *name;
  int (*run) (int argc, char **argv);
  const char *help;
} commands[] = {
  { "inspect", ul_cmd_inspect, "who made the camera behind a recording, an RTSP dialogue or an SDP" },
  { "rules", ul_cmd_rules, "list, show or test the rules, or count them on a corpus" },
  { "makers", ul_cmd_makers, "makers, their brands, and who is named by a policy" },
  { "verify", ul_cmd_verify, "signed video: do the signatures hold, and whose key is it" },
  { "policies", ul_cmd_policies, "the policies, their texts and sources" },
  { "bundle", ul_cmd_bundle, "evidence bundles: does one hold, who sealed it, and when" },
  { "compare", ul_cmd_compare, "two inputs side by side: one maker and platform, or different makers" },
  { "enroll", ul_cmd_enroll, "add your own camera's encoder to a library of yours" },
  { "profile", ul_cmd_profile, "how the pictures are coded, as the library of references holds it" },
  { "references", ul_cmd_references, "the library of encoder profiles, with their sources" },
  { "evaluate", ul_cmd_evaluate, "measure the answers on a manifest of known devices" },
};

int
ul_exit_worse (int a, int b)
{
  static const int order[] = { 70, 73, 69, 66, 65, 64, 3, 1, 2, 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    if (a == order[i] || b == order[i])
      return order[i];
  return UL_EXIT_INTERNAL;
}

void
ul_cli_complain (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *raw = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *text = ul_redact (g_strdelimit (raw, "\n\r", ' '), -1);
  fprintf (stderr, "underlabel: %s\n", text);
}

gboolean
ul_cli_parse (int *argc, char ***argv, const char *arguments, const char *summary, const GOptionEntry *entries)
{
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("underlabel %s", (*argv)[0]);

  g_set_prgname (name);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  ul_cli_complain ("%s (try '%s --help')", error->message, name);
  return FALSE;
}

UlKnowledge *
ul_cli_knowledge (char **dirs, const char *library, int *ret_exit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) lines = library ? ul_library_read (library, &error) : NULL;
  UlKnowledgeFile file = { "references-library.jsonl", lines };
  UlKnowledge *knowledge = error ? NULL : ul_knowledge_new_with ((const char *const *) dirs, &file, lines && g_bytes_get_size (lines), &error);

  if (!knowledge) {
    ul_cli_complain ("%s", error->message);
    *ret_exit = g_error_matches (error, UL_ERROR, UL_ERROR_NOT_FOUND) ? UL_EXIT_NO_INPUT : UL_EXIT_BAD_INPUT;
  }
  return knowledge;
}

gboolean
ul_cli_print (const char *text)
{
  return fputs (text, stdout) >= 0;
}

gboolean
ul_cli_printf (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  int n = vprintf (format, args);
  va_end (args);
  return n >= 0;
}

int
ul_cli_finish (int code)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return code;
  ul_cli_complain ("standard output: cannot be written");
  return ul_exit_worse (code, UL_EXIT_OUTPUT);
}

static void
usage (FILE *out)
{
  fprintf (out, "Usage: underlabel COMMAND [OPTION…] [ARGUMENT…]\n\n"
                "Tells who really made a camera, from the video it sends.\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-11s %s\n", commands[i].name, commands[i].help);
  fprintf (out, "\n'underlabel COMMAND --help' tells a command's options; 'underlabel --version' the versions.\n"
                "Exit codes: 0 nothing against the claim or policy, 1 label or policy finding, 2 unknown with\n"
                "--fail-on unknown, 3 a signature does not hold, 64 usage, 65 bad input, 66 no such input,\n"
                "69 network or login, 70 internal, 73 cannot write output.\n");
}

static int
version (void)
{
  int code = UL_EXIT_OK;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (NULL, NULL, &code);

  if (knowledge)
    ul_cli_printf ("underlabel %s, knowledge %s\n", ul_version (), ul_knowledge_id (knowledge));
  return ul_cli_finish (code);
}

int
main (int argc, char **argv)
{
  setlocale (LC_CTYPE, "");
  if (argc >= 2 && (g_str_equal (argv[1], "--version") || g_str_equal (argv[1], "-V")))
    return version ();
  if (argc >= 2 && (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || g_str_equal (argv[1], "help"))) {
    usage (stdout);
    return ul_cli_finish (UL_EXIT_OK);
  }
  for (gsize i = 0; argc >= 2 && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return ul_cli_finish (commands[i].run (argc - 1, argv + 1));
  if (argc >= 2)
    ul_cli_complain ("no such command: %s", argv[1]);
  usage (stderr);
  return UL_EXIT_USAGE;
}
