/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files for other programs, one of each kind over all inputs. */
#pragma once

#include "cli/cli.h"

/* As given on the command line; NULL: not asked for. */
typedef struct {
  char *sarif, *junit, *csv, *prometheus, *case_file;
} UlCliOutputs;

void ul_cli_outputs_clear (UlCliOutputs *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlCliOutputs, ul_cli_outputs_clear)

/* UL_CLI_OUTPUT_ENTRIES (outputs) stands in a list of GOptionEntry. */
#define UL_CLI_OUTPUT_ENTRIES(o)                                                                                                     \
  { "sarif", 0, 0, G_OPTION_ARG_FILENAME, &(o).sarif, "Write findings as SARIF 2.1.0 ('-' is standard output)", "FILE" },            \
  { "junit", 0, 0, G_OPTION_ARG_FILENAME, &(o).junit, "Write checks as JUnit XML, a test suite an input", "FILE" },                  \
  { "csv", 0, 0, G_OPTION_ARG_FILENAME, &(o).csv, "Write a table as CSV, a row an input", "FILE" },                                  \
  { "prometheus", 0, 0, G_OPTION_ARG_FILENAME, &(o).prometheus, "Write metrics for Prometheus (node_exporter's textfiles)", "FILE" }, \
  { "case", 0, 0, G_OPTION_ARG_FILENAME, &(o).case_file, "Write what was done as CASE/UCO JSON-LD", "FILE" }

/* Standard output holds one document, and two documents do not share a file; FALSE after complaining. */
gboolean ul_cli_outputs_check (const UlCliOutputs *self, gboolean json);

/* The documents while they grow. */
typedef struct _UlOutputs UlOutputs;

/* `options` and `knowledge` are borrowed until the end; NULL, which all of the following take, if no file is asked for. */
UlOutputs *ul_outputs_new (const UlCliOutputs *options, UlKnowledge *knowledge, gboolean fail_on_unknown);
void ul_outputs_free (UlOutputs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlOutputs, ul_outputs_free)
/* One of them is standard output: nothing else may be printed there. */
gboolean ul_outputs_take_stdout (const UlOutputs *self);
void ul_outputs_add_report (UlOutputs *self, const char *path, const UlReport *report, int exit_code);
void ul_outputs_add_failure (UlOutputs *self, const char *path, int exit_code, const char *message);
/* A document to a file as a whole or not at all, into a device or pipe, or ("-") to standard output; `code`, or
 * UL_EXIT_OUTPUT after complaining. */
int ul_cli_write_document (const char *path, const char *text, int code);
/* Writes them, each as a whole or not at all; `code`, or UL_EXIT_OUTPUT after complaining. */
int ul_outputs_finish (UlOutputs *self, int code);
