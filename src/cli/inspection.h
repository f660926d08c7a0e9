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
