/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies: rules of law, or of a site, that name makers.  A policy is judged
 * on top of the answers and never mixed into them; nothing here is legal advice.
 *
 *   schema: 1
 *   kind: policy
 *   date: 2026-11-24
 *   id: example-list
 *   version: 2026.11.0
 *   title: "Example list"
 *   jurisdiction: US
 *   binds: [ federal-agency ]     # optional: buyers (kind: names); absent: the rule does not depend on the buyer
 *   acts: [ procure, use ]        # what the rule is about, words for people
 *   effective: { from: 2019-08-13, to: 2030-01-01 }   # to optional
 *   acquired_after: 2023-12-21    # optional: reaches what was acquired after this day only
 *   acquired_before_note: "…"     # optional: what holds for older equipment, a clause for people
 *   review_by: 2027-02-01         # after this day a report should say that the text may be stale
 *   words: "…"                    # what the rule says; its own words stand in quotation marks
 *   note: "one sentence"          # optional, added to reasons
 *   sources: [ { title: "…", url: "https://…", retrieved: 2026-11-22, grade: A } ]  # url, retrieved optional
 *   entities:                     # named makers …
 *   - { ref: example, purposes: [ public-safety ] }     # no purposes: any
 *   entities:                     # … or makers by attribute
 *     by_attribute: { subject_to: prc-national-intelligence-law }
 *     purposes: [ sensitive-site ]                    # optional
 *   reach:
 *     subsidiary: covered         # covered, affiliation_question, ignore
 *     affiliate: affiliation_question      # likewise
 *     former_owned: affiliation_question   # likewise
 *     rebrand: follow_maker       # follow_maker (the measured maker decides), affiliation_question
 *     component: component_question        # component_question, ignore
 *   evidence: { min_support: strong, min_groups: 2 }
 *   tests:                        # at least one; run at load
 *   - { maker: example, support: very-strong, groups: 2, purpose: public-safety, expect: covered }
 *   - { maker: unknown, expect: cannot-tell }
 *   # keys of a test: maker (id or unknown), support (default none), groups (2), verified,
 *   # claimed, platform, purpose, buyer, acquired, expect
 *
 * How relations of the registry (brands) reach: owned, own_brand → subsidiary
 * (or former_owned, if ended); former_owned → former_owned; assets_sold →
 * affiliate; oem → rebrand; compatible_only → nothing.  A relation of grade C,
 * and a relation of the label alone, raise a question and never more.
 */
#pragma once

#include "knowledge/makers.h"
#include "knowledge/support.h"

typedef enum {
  UL_POLICY_COVERED,
  UL_POLICY_COVERED_IF_PURPOSE,    /* covered if what the operator did not say is in scope: purpose, or date of acquisition */
  UL_POLICY_AFFILIATION_QUESTION,  /* a person decides */
  UL_POLICY_COMPONENT_QUESTION,    /* chip of a named maker in another maker's camera */
  UL_POLICY_NOT_INDICATED,         /* the evidence points to a maker that is not named. No clearance */
  UL_POLICY_CANNOT_TELL,           /* maker unknown, or too little evidence for this rule */
  UL_POLICY_NOT_APPLICABLE,        /* the stated buyer, purpose or date is outside the rule, whoever made it */
  UL_N_POLICY_RESULTS
} UlPolicyResult;

/* "covered", "covered-if-purpose", "affiliation-question" … */
const char *ul_policy_result_name (UlPolicyResult result);
int ul_policy_result_from_name (const char *name);

typedef enum {
  UL_REACH_SUBSIDIARY,
  UL_REACH_AFFILIATE,
  UL_REACH_FORMER_OWNED,
  UL_REACH_REBRAND,
  UL_REACH_COMPONENT,
  UL_N_REACHES
} UlReach;

typedef enum { UL_REACHES_NOT, UL_REACHES_COVERED, UL_REACHES_QUESTION } UlReachAnswer;

typedef struct {
  char *maker;      /* maker id */
  char **purposes;  /* ids, empty: any */
} UlPolicyEntity;

typedef struct {
  char *title, *url, *retrieved; /* url, retrieved NULL if not recorded */
  char grade;
} UlPolicySource;

typedef struct {
  char *id, *version, *title, *jurisdiction, *words, *note;
  char **binds, **acts;
  char *from, *to;             /* effective; to NULL: in force */
  char *acquired_after;        /* NULL: any date */
  char *acquired_before_note;
  char *review_by;
  GPtrArray *sources;          /* UlPolicySource */
  GPtrArray *entities;         /* UlPolicyEntity, empty with an attribute */
  char *attribute;             /* subject_to of makers; NULL: by name */
  char **attribute_purposes;
  UlReachAnswer reach[UL_N_REACHES];
  UlSupport min_support;
  guint min_groups;
} UlPolicy;

/* What is known of the camera and its use.  All borrowed; NULL: unknown. */
typedef struct {
  const char *maker;    /* id of the measured maker; NULL or "unknown" */
  UlSupport support;    /* of that maker */
  guint n_groups;       /* independent groups that support it */
  gboolean verified;    /* by a verified signature chain: min_groups does not matter */
  const char *claimed;  /* brand on the box */
  const char *platform; /* id of the measured platform */
  const char *purpose;  /* id, name or alias of a purpose; unknown words count as not given */
  const char *buyer;    /* likewise */
  const char *acquired; /* YYYY-MM-DD; anything else counts as not given */
} UlPolicyCase;

typedef enum {
  UL_POLICY_BECAUSE_BUYER,         /* not-applicable */
  UL_POLICY_BECAUSE_ACQUIRED,
  UL_POLICY_BECAUSE_PURPOSE,
  UL_POLICY_BECAUSE_NO_MAKER,      /* cannot-tell */
  UL_POLICY_BECAUSE_NO_DEVICE,     /* the answer is a firmware that runs on others' hardware */
  UL_POLICY_BECAUSE_SUPPORT,
  UL_POLICY_BECAUSE_GROUPS,
  UL_POLICY_BECAUSE_NO_COUNTRY,    /* the registry does not say what law the maker is under */
  UL_POLICY_BECAUSE_NAMED,         /* covered, covered-if-purpose */
  UL_POLICY_BECAUSE_MAKER_RELATION, /* covered, covered-if-purpose, affiliation-question */
  UL_POLICY_BECAUSE_LABEL_RELATION, /* affiliation-question */
  UL_POLICY_BECAUSE_COMPONENT,
  UL_POLICY_BECAUSE_OTHER_MAKER    /* not-indicated */
} UlPolicyBecause;

/* All borrowed from the policy and the makers. */
typedef struct {
  UlPolicyResult result;
  UlPolicyBecause because;
  const UlMaker *maker;       /* measured; NULL if unknown */
  const UlMaker *named;       /* the named maker that the result is about; NULL if none */
  char **purposes;            /* of that entity */
  const UlRelation *relation; /* MAKER_RELATION, LABEL_RELATION; with NO_MAKER: what the label would say */
  const UlName *component;
  const UlName *purpose, *buyer; /* as understood; NULL: not given or an unknown word */
  gboolean date_missing;      /* covered-if-purpose: the date of acquisition is not given */
} UlPolicyDecision;

/* Pure: the same case gives the same decision. `makers` as at load. */
UlPolicyDecision ul_policy_decide (const UlPolicy *policy, const UlMakers *makers, const UlPolicyCase *policy_case);

/* Reads one policy and runs its tests. Owned, or NULL and error with file and line. */
UlPolicy *ul_policy_load (const UlMakers *makers, UlYamlDocument *document, GError **error);
void ul_policy_free (UlPolicy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlPolicy, ul_policy_free)

/* Is the maker among the entities by name (not by attribute)? */
gboolean ul_policy_names (const UlPolicy *self, const char *maker_id);
