/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a report says in words, whatever it is printed as. */
#pragma once

#include "report/report_private.h"

/* A sentence and the word that it stands under. */
typedef struct {
  char *name, *text;
} UlSaid;

/* UlSaid, owned. */
typedef GPtrArray UlSayings;
UlSayings *ul_sayings_new (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSayings, g_ptr_array_unref)

/* "moderately strong" */
const char *ul_support_words (UlSupport support);
/* Two figures: "40,000" for 4.6. */
char *ul_times_text (double log10_lr);
/* "line 9, byte 48, 0.04 s, 12 times" */
char *ul_where_text (const UlObservation *o);
gboolean ul_answer_is_unknown (const UlAnswer *answer);

/* The finding: "Made by Dahua. " and the rest; both owned by the caller. */
char *ul_say_finding (const UlReport *self, const UlReportStream *s, char **ret_rest);
/* What speaks against it, what is not known, what could be forged, what was looked at and how. */
UlSayings *ul_say_against (const UlReport *self, const UlReportStream *s);
UlSayings *ul_say_unknowns (const UlReportStream *s);
UlSayings *ul_say_forgery (const UlReportStream *s, const UlAnswer *maker);
UlSayings *ul_say_input (const UlReport *self);
