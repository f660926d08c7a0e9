/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the claimed brand fit the measured maker?  The registry of brands
 * (knowledge/makers.h) says what is known of the brand; the measured maker is
 * what it is held against.
 */
#pragma once

#include "knowledge/knowledge.h"

typedef enum {
  UL_LABEL_CONSISTENT,   /* the brand is the measured maker's own name */
  UL_LABEL_OWN_BRAND,    /* the measured maker owns the brand or sells under it */
  UL_LABEL_REBRAND,      /* another made it: a registered relation, or none, but the brand is not known to make its own */
  UL_LABEL_CONTRADICTED, /* the brand makes its own cameras, buys none as far as registered, and another made this one */
  UL_LABEL_UNDETERMINED, /* the maker is unknown, or only a firmware is known */
  UL_N_LABEL_FINDINGS
} UlLabelFinding;

/* "consistent", "own-brand", "rebrand", "contradicted", "undetermined" */
const char *ul_label_finding_name (UlLabelFinding finding);

/* Holds `claimed` against the maker (id; NULL or "unknown": not known).
 * `ret_explanation` (owned by the caller, may be NULL) is one sentence with the
 * relation's type, period, grade and source; credentials are taken out. */
UlLabelFinding ul_label_check (const UlKnowledge *knowledge, const char *claimed, const char *maker_id, UlSupport support,
                               char **ret_explanation);

/* "MAKER formerly owned BRAND from 2018 to 2022-11 (relation former_owned; grade A: …)"; owned by the caller. */
char *ul_relation_sentence (const UlRelation *relation, const char *maker_name);

/* Contradicted or rebrand: calls for exit code 1. */
gboolean ul_label_finding_is_hit (UlLabelFinding finding);
