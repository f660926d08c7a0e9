/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules: what an observation, or several together, say of a stream.
 *
 * A rule file is strict YAML (yaml.h), with this head and then the rules:
 *
 *   schema: 1
 *   kind: rules
 *   date: 2026-11-24            # of the file; the newest of all files dates the knowledge
 *   rules:
 *   - id: example.sdp.mark      # unique in the whole library, [a-z0-9.-]+, at most 96 characters
 *     says: { maker: example }  # exactly one of maker, platform, software, path, recorder
 *     title: "the SDP says example-mark"          # one line for people
 *     when:                     # all, any, none: lists of conditions; all or any must be there
 *       all:
 *         - { key: sdp.attribute, equals: "example-mark" }
 *         - { key: sdp.origin, regex: '^- (\d+) \1 IN IP4 0\.0\.0\.0$' }
 *       none:
 *         - { key: sdp.tool, prefix: "libavformat" }
 *     group: dialogue           # optional: may only confirm the group of the keys
 *     counts: { own: 12, own_of: 20, other: 1, other_of: 130, date: 2026-11-24 }
 *     document: "public document that says so"    # optional
 *     forge: trivial            # optional: trivial, easy, hard, infeasible
 *     caveat: "one line"        # optional
 *     corroborating: true       # optional: weighs in full only beside a mark of another group
 *     source: [ "where it was seen", "…" ]        # at least one; one text is taken as a list of one
 *     examples:
 *       - { match: true, observations: { sdp.attribute: ["example-mark"], sdp.origin: "- 1 1 IN IP4 0.0.0.0" } }
 *       - { match: false, observations: { sdp.attribute: other } }
 *
 * says      maker and recorder take an id of a `kind: makers` file; platform,
 *           software and path an id of a `kind: names` file.  `recorder` is
 *           who made the recorder or relay that speaks: no word on the camera.
 * when      Each condition has `key` (a name of evidence/keys.def) and one of
 *           equals, iequals, prefix, contains, icontains (text), regex (PCRE2,
 *           UTF, unanchored), in (list of texts), present: true, or min and/or
 *           max (integers, inclusive; a value that is not a decimal integer
 *           does not fit).  The i-forms ignore ASCII case.  A condition holds
 *           if one observation of its key fits.  The rule matches if every
 *           condition of `all` holds, one of `any` at least (if it is there),
 *           and none of `none`.  Where values of a key in `none` were dropped
 *           by the evidence's cap, the exclusion is not taken as met.
 * group     All keys of `all` and `any` must be of layers of one group
 *           (rtsp+sdp: dialogue; nal+params+sei+shape: bitstream; …), so that
 *           a rule never counts in two; `none` may use any key.
 * counts    Independent sources (not captures): `own` of `own_of` sources of
 *           what the rule says show it, `other` of `other_of` others do.
 *           own <= own_of and other <= other_of; all five fields are needed.
 *           p1 = (own + 0.5) / (own_of + 1), p0 = (other + 0.5) / (other_of + 1),
 *           ratio = log10 (p1 / p0), at most log10 (max (other_of, 1)) + 1.
 *           A rule with own <= 1, no `document` and not self-naming is held to
 *           UL_RULE_WEAK_RATIO.  A rule without counts has ratio 0 and, unless
 *           it says a path, a warning.
 * self-naming  The literal text of a condition of `all` or `any` holds the id, name,
 *           an alias or a brand (own, owned, own_brand) of what the rule says,
 *           at least 3 letters, ASCII case ignored; names below 5 letters only
 *           as a word.  Literal text of a regex is what is left when escapes,
 *           classes, quantifiers and negative lookarounds are taken out.
 * corroborating   For marks that others could share for a good reason (the form of a
 *           chip's parameter sets): a candidate with nothing but such marks
 *           is held to UL_RULE_WEAK_RATIO by the verdict.
 * forge     Default: the easiest of the keys of `all` and `any`.
 * examples  At least one of each; run at load, a rule whose example fails is
 *           refused.  Every example holds an observation of a key of the rule.
 *           Values go through ul_redact() as real ones do.
 * regex     No \K, no \Q…\E, no \C, no callouts `(?C`, no verbs `(*…`; `(*` and
 *           `(?C` are refused inside a class too: write `[*(]`.  At most 2048
 *           bytes.  Match, depth and heap limits are set: a value that
 *           exceeds them does not fit.  Backslashes want single quotes in YAML.
 *
 * Limits: 64 conditions a list, 64 texts an `in`, 64 examples a rule.
 */
#pragma once

#include "evidence/observation.h"
#include "knowledge/makers.h"
#include "knowledge/yaml.h"

#define UL_RULE_WEAK_RATIO 0.99

typedef struct _UlRuleCondition UlRuleCondition;

/* A rule of the library: borrowed, const, lives as long as its UlRules. */
typedef struct {
  char *id;
  UlSubject subject; /* which answer it speaks of */
  char *says;        /* the id it says */
  char *title;
  char *document; /* NULL if none */
  char *caveat;   /* NULL if none */
  char **source;  /* NULL-terminated */
  UlGroup group;
  UlForge forge;
  gboolean self_naming;
  gboolean corroborating;
  gboolean has_counts;
  guint own, own_of, other, other_of;
  char *counts_date; /* YYYY-MM-DD, NULL without counts */
  double ratio;      /* log10 likelihood ratio */
  char *file;        /* where it is written */
  guint line;
  guint32 layers; /* bit set of the layers of all and any */
  /* private */
  GPtrArray *conditions[3]; /* all, any, none: UlRuleCondition */
} UlRule;

typedef struct _UlRules UlRules;

UlRules *ul_rules_new (void);
void ul_rules_free (UlRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRules, ul_rules_free)

/* Adds the rules of one file. `root` is a document of `kind: rules`, `makers`
 * complete.  On failure rules may have been added in part: free the library. */
gboolean ul_rules_load (UlRules *self, const UlMakers *makers, UlYamlDocument *document, GError **error);

guint ul_rules_n (const UlRules *self);
/* Is this a text that a rule asks for in dialogues, certificates or containers, or a whole word of one? */
gboolean ul_rules_spell (const UlRules *self, const char *text);
const UlRule *ul_rules_get (const UlRules *self, guint i);
const UlRule *ul_rules_find (const UlRules *self, const char *id);
/* "file:line: rule x has no counts, its ratio is 0" …; borrowed. */
guint ul_rules_n_warnings (const UlRules *self);
const char *ul_rules_get_warning (const UlRules *self, guint i);

/* What rules see of an evidence: observations by key, without those that their
 * provenance does not vouch for (ul_key_vouched()) and without the layers of
 * `without_layers` (bit set: 1u << UL_LAYER_…).  The evidence is borrowed and
 * may not be added to while the view lives.  A view is for one thread. */
typedef struct _UlRuleView UlRuleView;

UlRuleView *ul_rule_view_new (const UlEvidence *evidence, guint32 without_layers);
void ul_rule_view_free (UlRuleView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRuleView, ul_rule_view_free)

/* Does the rule match?  Then, and only then, the indices (guint, for
 * ul_evidence_get()) of the first observation that fits each condition of all,
 * and each condition of any that holds, are appended in that order, each index
 * once; `ret_indices` may be NULL. */
gboolean ul_rule_matches (const UlRule *rule, UlRuleView *view, GArray *ret_indices);

/* Has the evidence every layer that the keys of all and any live in?  Only such
 * an evidence can be counted as one that does not show the mark. */
gboolean ul_rule_observable (const UlRule *rule, const UlEvidence *evidence);

/* The ratio that the rule would have with these counts. */
double ul_rule_ratio_from_counts (const UlRule *rule, guint own, guint own_of, guint other, guint other_of);
