/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inputs one after the other, folders walked, each made a report of and printed: what inspect and verify share. */
#pragma once

#include "base/mask.h"
#include "cli/ahead.h"
#include "cli/cli.h"
#include "cli/live.h"
#include "cli/onvif.h"
#include "cli/outputs.h"
#include "source/source.h"

/* What a command that judges inputs is asked, as given. */
typedef struct {
  char *claimed, *purpose, *buyer, *acquired, *library;
  char **policies, **without, **knowledge, **trust;
  gboolean no_builtin_trust, deep;
} UlCliQuestion;

void ul_cli_question_clear (UlCliQuestion *self);
/* Borrows from `self`. */
UlQuestion ul_cli_question (const UlCliQuestion *self);

/* UL_CLI_QUESTION_ENTRIES (question) stands in a list of GOptionEntry. */
#define UL_CLI_QUESTION_ENTRIES(q)                                                                                                            \
  { "claimed", 'c', 0, G_OPTION_ARG_STRING, &(q).claimed, "The brand on the box", "BRAND" },                                                 \
  { "policy", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &(q).policies, "Judge by this policy (again for more); see 'underlabel policies'", "ID" },  \
  { "purpose", 0, 0, G_OPTION_ARG_STRING, &(q).purpose, "What the camera is used for, as the policies name it", "PURPOSE" },                 \
  { "buyer", 0, 0, G_OPTION_ARG_STRING, &(q).buyer, "Who buys or uses it, as the policies name it", "BUYER" },                               \
  { "acquired", 0, 0, G_OPTION_ARG_STRING, &(q).acquired, "When it was acquired", "YYYY-MM-DD" },                                            \
  { "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(q).without, "Leave this layer or group out of the judgement (again for more)", "LAYER" },  \
  { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &(q).knowledge, "Add a site's own rules, makers and policies", "DIR" },                \
  { "library", 'l', 0, G_OPTION_ARG_FILENAME, &(q).library, "Add a library of your own (see 'underlabel enroll')", "FILE" },                 \
  UL_CLI_TRUST_ENTRIES (q),                                                                                                                   \
  { "deep", 0, 0, G_OPTION_ARG_NONE, &(q).deep, "Decode the first 250 pictures of H.264 recordings too: quantisers, motion vectors", NULL }

typedef struct _UlInspection UlInspection;
struct _UlInspection {
  UlKnowledge *knowledge;
  UlQuestion question;
  UlSourceOptions source;
  UlMask *mask;   /* with question.redact: of what is told on standard error */
  UlAhead *ahead; /* NULL: one input after the other */
  const UlCliOnvif *onvif; /* NULL: nothing is asked over ONVIF */
  UlOutputs *outputs;      /* NULL: no file is asked for */
  gboolean json, jsonl, fail_on_unknown, colour, strip;
  /* A report as it is to be printed, owned by the caller, and the exit code that it calls for. */
  char *(*print) (const UlInspection *self, const UlReport *report);
  int (*judge) (const UlInspection *self, const UlReport *report);
  const char *html; /* NULL: no page is written */
  guint n_inputs, n_reports;
  gboolean many; /* more than one document is to come */
  int exit_code;
};

/* Unknown words are usage errors, told before the first input is read. */
gboolean ul_inspection_check (UlInspection *self);
/* Inspects them all and finishes the outputs; the exit code. */
int ul_inspection_run (UlInspection *self, const char *const *inputs);
/* What was read, as a report; `onvif` may be NULL. */
UlReport *ul_inspection_judge (UlInspection *self, const UlSourceResult *result, const UlOnvifClaim *onvif, GError **error);
/* A progress bar on standard error. */
void ul_inspection_progress (guint64 done, guint64 total, gpointer user_data);
