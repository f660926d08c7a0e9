/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of the command line: one file a command. */
#pragma once

#include <gio/gio.h>

#include "knowledge/knowledge.h"
#include "underlabel.h"

/* Exit codes (DESIGN.md). */
typedef enum {
  UL_EXIT_OK = 0,
  UL_EXIT_FINDING = 1,
  UL_EXIT_UNKNOWN = 2,
  UL_EXIT_SIGNATURE = 3,
  UL_EXIT_USAGE = 64,
  UL_EXIT_BAD_INPUT = 65,
  UL_EXIT_NO_INPUT = 66,
  UL_EXIT_NETWORK = 69,
  UL_EXIT_INTERNAL = 70,
  UL_EXIT_OUTPUT = 73
} UlExit;

/* The more serious of two: 70, 73, 69, 66, 65, 3, 1, 2, 0. */
int ul_exit_worse (int a, int b);

/* argv[0] is the command's name. */
int ul_cmd_inspect (int argc, char **argv);
int ul_cmd_verify (int argc, char **argv);
int ul_cmd_rules (int argc, char **argv);
int ul_cmd_makers (int argc, char **argv);
int ul_cmd_policies (int argc, char **argv);
int ul_cmd_evaluate (int argc, char **argv);
int ul_cmd_profile (int argc, char **argv);
int ul_cmd_enroll (int argc, char **argv);
int ul_cmd_compare (int argc, char **argv);
int ul_cmd_references (int argc, char **argv);
int ul_cmd_bundle (int argc, char **argv);

/* One line on standard error: "underlabel: …", credentials taken out. */
void ul_cli_complain (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* The options of who vouches for a signer's key, of a struct with `trust` and `no_builtin_trust`. */
#define UL_CLI_TRUST_ENTRIES(o) \
  { "trust", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o).trust, "Certificates that vouch for a signer's key: a file or a folder (again for more)", "PATH" }, \
  { "no-builtin-trust", 0, 0, G_OPTION_ARG_NONE, &(o).no_builtin_trust, "The built-in certificates vouch for nobody", NULL }

/* Parses; on a usage error complains and returns FALSE. `help` may be printed by GLib. */
gboolean ul_cli_parse (int *argc, char ***argv, const char *arguments, const char *summary, const GOptionEntry *entries);
/* The knowledge with the directories of --knowledge and the library of --library (NULL: none); NULL after complaining,
 * `ret_exit` set. */
UlKnowledge *ul_cli_knowledge (char **dirs, const char *library, int *ret_exit);
/* Writes to standard output; FALSE (and UL_EXIT_OUTPUT is due) if that fails. */
gboolean ul_cli_print (const char *text);
gboolean ul_cli_printf (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* flushed at the end: UL_EXIT_OUTPUT if anything could not be written */
int ul_cli_finish (int code);
