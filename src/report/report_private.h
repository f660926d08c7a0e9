/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the writers of the report room see. Immutable once made. */
#pragma once

#include "knowledge/trust.h"
#include "signing/authenticity.h"
#include "verdict/label.h"
#include "verdict/likelihood.h"
#include "verdict/policy.h"

#include "base/mask.h"
#include "underlabel.h"

typedef struct {
  guint index;
  char *codec; /* NULL if unknown */
  guint64 n_pictures;
  UlEvidence *evidence; /* a reference */
  UlJudgement *judgement;
  UlAuthenticity *authenticity; /* NULL: there could be no signature */
  UlKeyJudgement *key;          /* NULL likewise */
  const char *root_maker;       /* whose the built-in root is that vouches for the key, else NULL */
  const UlJournal *journal;     /* the examiner's, borrowed; NULL: it kept none */
  guint first_observation; /* number of its first observation in the report, 1-based */
} UlReportStream;

typedef struct {
  const UlPolicy *policy;
  UlPolicyResult result;
  char *reason;
} UlReportPolicy;

struct _UlReport {
  UlKnowledge *knowledge;
  UlTrust *trust;
  gboolean no_builtin_trust;
  guint n_roots_read; /* of the knowledge's, into `trust` */
  char *source, *kind, *sha256, *container;
  guint64 bytes;
  GPtrArray *streams;  /* UlReportStream */
  guint main;          /* index into streams of the one that answers for the input */
  gboolean has_claim;  /* the device was asked what it is */
  char *claim_manufacturer, *claim_model, *claim_firmware; /* NULL where it did not say */
  char *claimed;       /* NULL: nothing was claimed */
  UlLabelFinding finding;
  char *explanation;
  GPtrArray *policies; /* UlReportPolicy */
  GPtrArray *warnings; /* char* */
  UlMask *mask;        /* NULL: nothing is masked */
  guint n_masked[UL_N_MASK_CLASSES]; /* when the report was made: what is masked later with the same mask is not its own */
  guint n_tokens;
  gboolean has_commitments;
};

/* The stream that answers for the input; NULL if there is none. */
const UlReportStream *ul_report_main_stream (const UlReport *self);
/* Masks other texts with the tokens of this report, which is not changed by it; NULL without redaction. */
UlMask *ul_report_mask (const UlReport *self);
/* The stream whose signatures speak for the input: the worst of them; NULL if there is none. */
const UlReportStream *ul_report_signed_stream (const UlReport *self);
/* What it costs to forge this mark as it was found: parameter sets that were read
 * out of an SDP's text are a line of text, whatever they cost elsewhere. */
UlForge ul_report_match_forge (const UlReportStream *stream, const UlMatch *match);
/* "Dahua" for "dahua"; the id itself where no name is declared. */
const char *ul_report_name_of (const UlReport *self, UlSubject subject, const char *id);
