/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reports in the formats of other programs.  A document grows by one input at a
 * time, so that no report has to be kept until the last one is there.
 */
#pragma once

#include "report/authenticity_writer.h"

/* The source that has no name. */
#define UL_OUTPUT_STDIN "standard input"

/* An input as it came out.  All borrowed. */
typedef struct {
  const char *source;     /* its name, credentials taken out */
  const UlReport *report; /* NULL: it could not be read */
  const char *message;    /* why not; credentials taken out */
  int exit_code;          /* that this input alone calls for */
} UlOutputInput;

typedef struct {
  /* An empty document; `knowledge` is borrowed until end (). */
  gpointer (*begin) (const UlKnowledge *knowledge, gboolean fail_on_unknown);
  void (*add) (gpointer self, const UlOutputInput *input);
  /* Its text, owned by the caller; `self` is freed.  `exit_code` is the program's. */
  char *(*end) (gpointer self, int exit_code);
} UlOutputFormat;

extern const UlOutputFormat ul_output_sarif, ul_output_junit, ul_output_csv, ul_output_prometheus, ul_output_case;

/* --- what the formats share ----------------------------------------------------- */

/* Where the strongest mark of the named maker stands; UL_NOWHERE if none is named, or it has no place. */
UlWhere ul_output_strongest_place (const UlReport *report);
/* "Made by Dahua: very-strong support, log10 likelihood ratio 4.71.", or what to capture next; owned by the caller. */
char *ul_output_maker_sentence (const UlReport *report);
/* What the signatures of all signed streams say, or NULL; owned by the caller. */
char *ul_output_signature_sentence (const UlReport *report);
/* The report names a maker. */
gboolean ul_output_maker_is_known (const UlReport *report);
