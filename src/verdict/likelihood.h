/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fusion: from the rules that match one stream's evidence to the answers.
 *
 * The weight of a candidate is the sum over independent groups of the largest
 * ratio within each.  Its printed ratio is that weight against the mixture of
 * all other sources: log10 (L_m / (1 - sum w_o + sum w_o L_o)), every other
 * candidate o with the same share w of the makers that the library knows.  So
 * marks of two makers in one stream weigh against each other.
 *
 * Corroborating marks (rules.h) never lift a group above the marks that stand by
 * themselves; a group of nothing else adds a weak weight at most and does not
 * count as independent, and a candidate of nothing else stays weak.
 *
 * The library of references (knowledge/references.h) is one more mark of the group
 * bitstream, which only corroborates where a dialogue was heard.  It also says how much the coding speaks against a set of makers,
 * which no mark does: where no rule speaks of the bitstream that ratio is the group's
 * part in the ratio of restricted makers.
 *
 * Marks that the path has spoilt are set aside before anything is added: behind
 * a relay or recorder the dialogue is the relay's, in a re-encoded recording nothing
 * says who made a camera, in a remuxed one the container is the muxer's.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "knowledge/rules.h"
#include "knowledge/support.h"

/* From this support on an id is given (DESIGN.md, rules of judgement). */
#define UL_NAMING_LOG10_LR 1.0
/* A second candidate must be this far behind, or nobody is named. */
#define UL_LEAD_LOG10_LR 1.0
/* From here on the library of references stands by itself; below it corroborates. */
#define UL_LIBRARY_STANDS_LOG10_LR 1.5
/* Without VUI, which is easily taken away, what remains must say so much of it. */
#define UL_LIBRARY_BARE_LOG10_LR 0.5
/* Without a second group (or a verified signature) nothing is "strong". */
#define UL_ONE_GROUP_CEILING 2.99

typedef struct {
  const UlRule *rule; /* of the library of references one that stands for it */
  double log10_lr;
  guint own, own_of, other, other_of; /* the counts that it rests on */
  gboolean corroborating;
  GArray *observations;  /* guint, indices for ul_evidence_get() */
  const char *set_aside; /* NULL, or why it does not count; static */
} UlMatch;

typedef struct {
  UlGroup group;
  double log10_lr;    /* what the group adds */
  GPtrArray *matches; /* UlMatch, borrowed, strongest first */
} UlGroupWeight;

typedef struct {
  const char *id;     /* borrowed from a rule */
  double weight;      /* sum over the groups, capped without a second one */
  double log10_lr;    /* against all others */
  guint n_groups;     /* groups that hold a mark which stands by itself */
  GPtrArray *groups;  /* UlGroupWeight, in the order of UlGroup */
} UlCandidate;

typedef struct {
  UlSubject subject;
  const char *id;       /* "unknown" below moderate support or where contested */
  UlSupport support;    /* of the first candidate */
  double log10_lr;      /* of the first candidate, 0 if there is none */
  gboolean contested;   /* a second candidate is too close */
  GPtrArray *candidates; /* UlCandidate, best first */
} UlAnswer;

typedef struct {
  GPtrArray *matches; /* UlMatch */
  UlAnswer answers[UL_N_SUBJECTS];
  const char *path;     /* id of a path name, "direct" or "unknown" */
  GPtrArray *because;   /* const char*: titles of the path's rules or a sentence */
  double restricted_log10_lr;
  const char *next;     /* what to capture next, NULL if a maker is named */
} UlJudgement;

/* How an evaluation weighs otherwise; all may be NULL. */
typedef struct {
  double (*ratio) (const UlRule *rule, gpointer user_data); /* of a rule, by its own counts */
  gpointer user_data;
  const char *without_source; /* group of references that is left out */
} UlWeighing;

UlJudgement *ul_judgement_new (const UlKnowledge *knowledge, const UlEvidence *evidence, guint32 without_layers, const UlWeighing *weighing);
void ul_judgement_free (UlJudgement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlJudgement, ul_judgement_free)
