/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the files of the evidence page: one self-contained HTML document without
 * scripts.  Every word and figure that the JSON report has too stands in an
 * element whose `data-json` is its JSON Pointer (RFC 6901), so that a test can hold
 * the page against the report.
 */
#pragma once

#include "report/report_private.h"
#include "report/report_words.h"

typedef struct {
  GString *out;
  const UlReport *report;
  const UlReportStream *stream; /* the one that answers for the input */
  UlExcerptFunc excerpt;        /* may be NULL */
  gpointer excerpt_data;
  GHashTable *telling;          /* numbers of observations that a mark rests on */
} UlPage;

/* --- page_text.c -------------------------------------------------------------- */

/* As printf(), every %s escaped; markup in `format` stays. */
void ul_page_printf (UlPage *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void ul_page_text (UlPage *self, const char *text);
/* `text` NULL: a dash. `pointer` as in printf(). */
void ul_page_figure (UlPage *self, const char *text, const char *pointer, ...) G_GNUC_PRINTF (3, 4);
void ul_page_int (UlPage *self, gint64 value, const char *pointer, ...) G_GNUC_PRINTF (3, 4);
void ul_page_ratio (UlPage *self, double value, const char *pointer, ...) G_GNUC_PRINTF (3, 4);
/* <section> with its heading. */
void ul_page_begin (UlPage *self, const char *id, const char *heading);
void ul_page_end (UlPage *self);
/* A wide part: it scrolls by itself, and the keyboard can reach it. */
void ul_page_scroll (UlPage *self, const char *label);
void ul_page_unscroll (UlPage *self);
/* Takes the sayings. */
void ul_page_sayings (UlPage *self, UlSayings *said);
/* The number of an observation in the report, as a link to its row. */
void ul_page_observation (UlPage *self, guint number);

/* --- the sections --------------------------------------------------------------- */

void ul_page_candidates (UlPage *self, UlSubject subject); /* page_chart.c */
void ul_page_timeline (UlPage *self);                      /* page_timeline.c */
void ul_page_evidence (UlPage *self);                      /* page_evidence.c */
void ul_page_references (UlPage *self);
void ul_page_observations (UlPage *self);
void ul_page_bytes (UlPage *self);                         /* page_bytes.c */
void ul_page_dialogue (UlPage *self);                      /* page_dialogue.c */
