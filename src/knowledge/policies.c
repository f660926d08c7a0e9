/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/policies.h"

#include "base/names.h"

#include <string.h>

static const char *const result_names[UL_N_POLICY_RESULTS + 1] = { "covered",        "covered-if-purpose", "affiliation-question",
                                                                   "component-question", "not-indicated",  "cannot-tell",
                                                                   "not-applicable", NULL };

static const char *const support_words[] = { "none",   "weak",        "moderate",         "moderately-strong",
                                             "strong", "very-strong", "extremely-strong", NULL };

static const char *const person_answers[] = { "ignore", "covered", "affiliation_question", NULL };
static const char *const rebrand_answers[] = { "follow_maker", "", "affiliation_question", NULL };
static const char *const component_answers[] = { "ignore", "", "component_question", NULL };

static const struct {
  const char *key;
  const char *const *answers; /* in the order of UlReachAnswer */
} reach_rows[UL_N_REACHES] = {
  [UL_REACH_SUBSIDIARY] = { "subsidiary", person_answers },
  [UL_REACH_AFFILIATE] = { "affiliate", person_answers },
  [UL_REACH_FORMER_OWNED] = { "former_owned", person_answers },
  [UL_REACH_REBRAND] = { "rebrand", rebrand_answers },
  [UL_REACH_COMPONENT] = { "component", component_answers },
};

const char *
ul_policy_result_name (UlPolicyResult result)
{
  return result_names[result];
}

int
ul_policy_result_from_name (const char *name)
{
  return ul_index_of_name (result_names, UL_N_POLICY_RESULTS, name);
}

static void
entity_free (gpointer data)
{
  UlPolicyEntity *e = data;

  g_free (e->maker);
  g_strfreev (e->purposes);
  g_free (e);
}

static void
source_free (gpointer data)
{
  UlPolicySource *s = data;

  g_free (s->title);
  g_free (s->url);
  g_free (s->retrieved);
  g_free (s);
}

void
ul_policy_free (UlPolicy *self)
{
  if (!self)
    return;
  g_free (self->id);
  g_free (self->version);
  g_free (self->title);
  g_free (self->jurisdiction);
  g_free (self->words);
  g_free (self->note);
  g_strfreev (self->binds);
  g_strfreev (self->acts);
  g_free (self->from);
  g_free (self->to);
  g_free (self->acquired_after);
  g_free (self->acquired_before_note);
  g_free (self->review_by);
  g_ptr_array_unref (self->sources);
  g_ptr_array_unref (self->entities);
  g_free (self->attribute);
  g_strfreev (self->attribute_purposes);
  g_free (self);
}

/* --- deciding -------------------------------------------------------------------- */

static const UlPolicyEntity *
find_entity (const UlPolicy *self, const char *maker_id)
{
  for (guint i = 0; i < self->entities->len; i++) {
    const UlPolicyEntity *e = g_ptr_array_index (self->entities, i);
    if (g_str_equal (e->maker, maker_id))
      return e;
  }
  return NULL;
}

gboolean
ul_policy_names (const UlPolicy *self, const char *maker_id)
{
  return maker_id && find_entity (self, maker_id);
}

/* Does the policy mean this maker? Then its purposes (empty: any). */
static gboolean
means_maker (const UlPolicy *self, const UlMaker *maker, char ***ret_purposes)
{
  const UlPolicyEntity *e = find_entity (self, maker->id);

  if (e)
    *ret_purposes = e->purposes;
  else if (self->attribute && ul_maker_is_subject_to (maker, self->attribute))
    *ret_purposes = self->attribute_purposes;
  else
    return FALSE;
  return TRUE;
}

typedef struct {
  const UlPolicy *policy;
  const UlMakers *makers;
  const UlPolicyCase *in;
  UlPolicyDecision out;
} Decision;

static gboolean
decided (Decision *d, UlPolicyResult result, UlPolicyBecause because)
{
  d->out.result = result;
  d->out.because = because;
  return TRUE;
}

static const char *
acquired_day (const UlPolicyCase *in)
{
  return in->acquired && ul_yaml_is_date (in->acquired) ? in->acquired : NULL;
}

static gboolean
decide_scope (Decision *d)
{
  const UlPolicy *p = d->policy;
  const char *acquired = acquired_day (d->in);

  if (d->out.buyer && p->binds[0] && !g_strv_contains ((const char *const *) p->binds, d->out.buyer->id))
    return decided (d, UL_POLICY_NOT_APPLICABLE, UL_POLICY_BECAUSE_BUYER);
  if (acquired && p->acquired_after && strcmp (acquired, p->acquired_after) <= 0)
    return decided (d, UL_POLICY_NOT_APPLICABLE, UL_POLICY_BECAUSE_ACQUIRED);
  return FALSE;
}

typedef enum { PURPOSE_IN, PURPOSE_OUT, PURPOSE_MISSING } PurposeFit;

static PurposeFit
purpose_fit (const Decision *d, char **purposes)
{
  if (!purposes[0])
    return PURPOSE_IN;
  if (!d->out.purpose)
    return PURPOSE_MISSING;
  return g_strv_contains ((const char *const *) purposes, d->out.purpose->id) ? PURPOSE_IN : PURPOSE_OUT;
}

/* Covered, as far as purpose and date of acquisition are known. */
static gboolean
decide_covered (Decision *d, UlPolicyBecause because)
{
  PurposeFit fit = purpose_fit (d, d->out.purposes);

  if (fit == PURPOSE_OUT)
    return decided (d, UL_POLICY_NOT_APPLICABLE, UL_POLICY_BECAUSE_PURPOSE);
  d->out.date_missing = d->policy->acquired_after && !acquired_day (d->in);
  return decided (d, fit == PURPOSE_MISSING || d->out.date_missing ? UL_POLICY_COVERED_IF_PURPOSE : UL_POLICY_COVERED, because);
}

/* Which part of the rule's reach a relation falls under, or -1. */
static int
reach_of (const UlRelation *r)
{
  switch (r->type) {
  case UL_RELATION_OWNED:
  case UL_RELATION_OWN_BRAND:
    return r->ended ? UL_REACH_FORMER_OWNED : UL_REACH_SUBSIDIARY;
  case UL_RELATION_FORMER_OWNED:
    return UL_REACH_FORMER_OWNED;
  case UL_RELATION_ASSETS_SOLD:
    return UL_REACH_AFFILIATE;
  case UL_RELATION_OEM:
    return UL_REACH_REBRAND;
  default:
    return -1;
  }
}

/* The relation of `brand` to a maker that the policy means with the furthest
 * answer: covered before a question. */
static const UlRelation *
furthest_relation (Decision *d, const char *brand, UlReachAnswer *ret_answer)
{
  const GPtrArray *relations = brand ? ul_makers_relations (d->makers, brand) : NULL;
  const UlRelation *best = NULL;

  *ret_answer = UL_REACHES_NOT;
  for (guint i = 0; relations && i < relations->len; i++) {
    const UlRelation *r = g_ptr_array_index (relations, i);
    int reach = reach_of (r);
    char **purposes;
    if (reach < 0 || !means_maker (d->policy, ul_makers_find (d->makers, r->maker), &purposes)
        || purpose_fit (d, purposes) == PURPOSE_OUT)
      continue;
    UlReachAnswer answer = d->policy->reach[reach];
    if (answer == UL_REACHES_COVERED && r->grade == 'C')
      answer = UL_REACHES_QUESTION;
    if (answer == UL_REACHES_NOT || *ret_answer == UL_REACHES_COVERED || (best && answer == UL_REACHES_QUESTION))
      continue;
    best = r;
    *ret_answer = answer;
  }
  return best;
}

static void
about_relation (Decision *d, const UlRelation *relation)
{
  d->out.relation = relation;
  d->out.named = ul_makers_find (d->makers, relation->maker);
  means_maker (d->policy, d->out.named, &d->out.purposes);
}

static gboolean
decide_relations (Decision *d)
{
  UlReachAnswer answer;
  const UlRelation *r = furthest_relation (d, d->out.maker->name, &answer);

  if (r) {
    about_relation (d, r);
    if (answer == UL_REACHES_COVERED)
      return decide_covered (d, UL_POLICY_BECAUSE_MAKER_RELATION);
    return decided (d, UL_POLICY_AFFILIATION_QUESTION, UL_POLICY_BECAUSE_MAKER_RELATION);
  }
  r = furthest_relation (d, d->in->claimed, &answer);
  if (!r)
    return FALSE;
  about_relation (d, r);
  return decided (d, UL_POLICY_AFFILIATION_QUESTION, UL_POLICY_BECAUSE_LABEL_RELATION);
}

/* Who made the chip, if the policy means its maker. */
static const UlMaker *
component_maker (Decision *d)
{
  const UlName *platform = ul_makers_find_name (d->makers, UL_NAME_PLATFORM, d->in->platform);
  const UlMaker *maker = platform ? ul_makers_find (d->makers, platform->made_by) : NULL;
  char **purposes;

  if (!maker || d->policy->reach[UL_REACH_COMPONENT] == UL_REACHES_NOT || !means_maker (d->policy, maker, &purposes)
      || purpose_fit (d, purposes) == PURPOSE_OUT)
    return NULL;
  d->out.component = platform;
  d->out.purposes = purposes;
  return maker;
}

/* A label that itself is, or belongs to, a maker that the policy means. */
static const UlRelation *
label_relation (Decision *d)
{
  const GPtrArray *relations = d->in->claimed ? ul_makers_relations (d->makers, d->in->claimed) : NULL;

  for (guint i = 0; relations && i < relations->len; i++) {
    const UlRelation *r = g_ptr_array_index (relations, i);
    char **purposes;
    if (r->type != UL_RELATION_COMPATIBLE_ONLY && means_maker (d->policy, ul_makers_find (d->makers, r->maker), &purposes))
      return r;
  }
  return NULL;
}

/* What keeps the evidence from deciding: the registry alone never does. */
static gboolean
decide_evidence (Decision *d)
{
  const UlMaker *maker = d->out.maker;

  if (maker && maker->makes_devices && d->in->support >= d->policy->min_support
      && (d->in->verified || d->in->n_groups >= d->policy->min_groups))
    return FALSE;
  component_maker (d);
  d->out.relation = label_relation (d);
  if (!maker)
    return decided (d, UL_POLICY_CANNOT_TELL, UL_POLICY_BECAUSE_NO_MAKER);
  if (!maker->makes_devices)
    return decided (d, UL_POLICY_CANNOT_TELL, UL_POLICY_BECAUSE_NO_DEVICE);
  return decided (d, UL_POLICY_CANNOT_TELL,
                  d->in->support < d->policy->min_support ? UL_POLICY_BECAUSE_SUPPORT : UL_POLICY_BECAUSE_GROUPS);
}

static gboolean
decide_maker (Decision *d)
{
  if (means_maker (d->policy, d->out.maker, &d->out.purposes)) {
    d->out.named = d->out.maker;
    return decide_covered (d, UL_POLICY_BECAUSE_NAMED);
  }
  if (decide_relations (d))
    return TRUE;
  if (d->policy->attribute && !d->out.maker->country)
    return decided (d, UL_POLICY_CANNOT_TELL, UL_POLICY_BECAUSE_NO_COUNTRY);
  d->out.named = component_maker (d);
  if (d->out.named)
    return decided (d, UL_POLICY_COMPONENT_QUESTION, UL_POLICY_BECAUSE_COMPONENT);
  return decided (d, UL_POLICY_NOT_INDICATED, UL_POLICY_BECAUSE_OTHER_MAKER);
}

UlPolicyDecision
ul_policy_decide (const UlPolicy *policy, const UlMakers *makers, const UlPolicyCase *policy_case)
{
  Decision d = { .policy = policy, .makers = makers, .in = policy_case };

  d.out.maker = ul_makers_find (makers, policy_case->maker);
  d.out.purpose = policy_case->purpose ? ul_makers_resolve_name (makers, UL_NAME_PURPOSE, policy_case->purpose) : NULL;
  d.out.buyer = policy_case->buyer ? ul_makers_resolve_name (makers, UL_NAME_BUYER, policy_case->buyer) : NULL;
  if (!decide_scope (&d) && !decide_evidence (&d))
    decide_maker (&d);
  return d.out;
}

/* --- loading ---------------------------------------------------------------------- */

/* Texts of `key` that must be declared in a list of names. */
static char **
dup_names (const UlMakers *makers, UlNameList list, UlYaml *map, const char *key)
{
  char **texts = ul_yaml_dup_texts (map, key, FALSE);

  for (guint i = 0; texts[i]; i++)
    if (!ul_makers_find_name (makers, list, texts[i]))
      ul_yaml_fail (ul_yaml_get (map, key, TRUE), "'%s' of '%s' is not declared in a file of names", texts[i], key);
  return texts;
}

static void
load_entity (UlPolicy *self, const UlMakers *makers, UlYaml *node)
{
  UlPolicyEntity *e = g_new0 (UlPolicyEntity, 1);

  g_ptr_array_add (self->entities, e);
  e->maker = g_strdup (ul_yaml_get_id (node, "ref", TRUE));
  e->purposes = dup_names (makers, UL_NAME_PURPOSE, node, "purposes");
  ul_yaml_done (node, "entity '%s' of policy %s", e->maker, self->id);
  if (e->maker && !ul_makers_find (makers, e->maker))
    ul_yaml_fail (node, "no maker '%s' is declared", e->maker);
}

static gboolean
attribute_exists (const UlMakers *makers, const char *attribute)
{
  for (guint i = 0; i < ul_makers_n (makers); i++)
    if (ul_maker_is_subject_to (ul_makers_get (makers, i), attribute))
      return TRUE;
  return FALSE;
}

static void
load_attribute (UlPolicy *self, const UlMakers *makers, UlYaml *entities)
{
  UlYaml *by = ul_yaml_get_map (entities, "by_attribute", TRUE);

  self->attribute_purposes = dup_names (makers, UL_NAME_PURPOSE, entities, "purposes");
  ul_yaml_done (entities, "the entities of policy %s", self->id);
  if (!by)
    return;
  self->attribute = g_strdup (ul_yaml_get_id (by, "subject_to", TRUE));
  ul_yaml_done (by, "by_attribute of policy %s", self->id);
  if (self->attribute && !attribute_exists (makers, self->attribute))
    ul_yaml_fail (by, "no maker is declared to be subject to '%s'", self->attribute);
}

static void
load_entities (UlPolicy *self, const UlMakers *makers, UlYaml *root)
{
  UlYaml *entities = ul_yaml_get (root, "entities", TRUE);

  if (!entities)
    return;
  if (ul_yaml_kind (entities) == UL_YAML_MAPPING) {
    load_attribute (self, makers, entities);
    return;
  }
  for (guint i = 0; i < ul_yaml_n (entities) && !ul_yaml_failed (entities); i++)
    load_entity (self, makers, ul_yaml_item (entities, i));
  if (self->entities->len == 0)
    ul_yaml_fail (entities, "policy %s names nobody", self->id);
}

static void
load_reach (UlPolicy *self, UlYaml *root)
{
  UlYaml *reach = ul_yaml_get_map (root, "reach", TRUE);

  for (UlReach i = 0; reach && i < UL_N_REACHES; i++) {
    int answer = ul_yaml_get_word (reach, reach_rows[i].key, TRUE, reach_rows[i].answers);
    if (answer >= 0)
      self->reach[i] = (UlReachAnswer) answer;
  }
  if (reach)
    ul_yaml_done (reach, "the reach of policy %s", self->id);
}

static void
load_evidence (UlPolicy *self, UlYaml *root)
{
  UlYaml *evidence = ul_yaml_get_map (root, "evidence", TRUE);
  gint64 groups = 0;

  if (!evidence)
    return;
  int support = ul_yaml_get_word (evidence, "min_support", TRUE, support_words);

  ul_yaml_get_int (evidence, "min_groups", TRUE, 1, 6, &groups);
  ul_yaml_done (evidence, "the evidence of policy %s", self->id);
  self->min_support = (UlSupport) MAX (support, 0);
  self->min_groups = (guint) groups;
  if (support >= 0 && self->min_support < UL_SUPPORT_MODERATE)
    ul_yaml_fail (evidence, "min_support of policy %s is below moderate: no maker is given there", self->id);
}

static void
load_sources (UlPolicy *self, UlYaml *root)
{
  static const char *const grades[] = { "A", "B", "C", NULL };
  UlYaml *list = ul_yaml_get_sequence (root, "sources", TRUE);

  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++) {
    UlYaml *node = ul_yaml_item (list, i);
    UlPolicySource *s = g_new0 (UlPolicySource, 1);
    g_ptr_array_add (self->sources, s);
    s->title = g_strdup (ul_yaml_get_text (node, "title", TRUE));
    s->url = g_strdup (ul_yaml_get_text (node, "url", FALSE));
    s->retrieved = g_strdup (ul_yaml_get_date (node, "retrieved", FALSE));
    int grade = ul_yaml_get_word (node, "grade", TRUE, grades);
    s->grade = grade < 0 ? 0 : grades[grade][0];
    ul_yaml_done (node, "a source of policy %s", self->id);
  }
  if (list && self->sources->len == 0)
    ul_yaml_fail (list, "policy %s has no source", self->id);
}

static void
load_head (UlPolicy *self, const UlMakers *makers, UlYaml *root)
{
  UlYaml *effective = ul_yaml_get_map (root, "effective", TRUE);

  self->id = g_strdup (ul_yaml_get_id (root, "id", TRUE));
  self->version = g_strdup (ul_yaml_get_text (root, "version", TRUE));
  self->title = g_strdup (ul_yaml_get_text (root, "title", TRUE));
  self->jurisdiction = g_strdup (ul_yaml_get_text (root, "jurisdiction", TRUE));
  self->words = g_strdup (ul_yaml_get_text (root, "words", TRUE));
  self->note = g_strdup (ul_yaml_get_text (root, "note", FALSE));
  self->binds = dup_names (makers, UL_NAME_BUYER, root, "binds");
  self->acts = ul_yaml_dup_texts (root, "acts", TRUE);
  self->acquired_after = g_strdup (ul_yaml_get_date (root, "acquired_after", FALSE));
  self->acquired_before_note = g_strdup (ul_yaml_get_text (root, "acquired_before_note", FALSE));
  self->review_by = g_strdup (ul_yaml_get_date (root, "review_by", TRUE));
  if (!effective)
    return;
  self->from = g_strdup (ul_yaml_get_date (effective, "from", TRUE));
  self->to = g_strdup (ul_yaml_get_date (effective, "to", FALSE));
  ul_yaml_done (effective, "'effective' of policy %s", self->id);
}

static void
run_test (const UlPolicy *self, const UlMakers *makers, UlYaml *node)
{
  UlPolicyCase c = { .n_groups = 2 };
  gint64 groups = 2;

  c.maker = ul_yaml_get_id (node, "maker", TRUE);
  int support = ul_yaml_get_word (node, "support", FALSE, support_words);
  ul_yaml_get_int (node, "groups", FALSE, 0, 6, &groups);
  ul_yaml_get_bool (node, "verified", FALSE, &c.verified);
  c.claimed = ul_yaml_get_text (node, "claimed", FALSE);
  c.platform = ul_yaml_get_id (node, "platform", FALSE);
  c.purpose = ul_yaml_get_text (node, "purpose", FALSE);
  c.buyer = ul_yaml_get_text (node, "buyer", FALSE);
  c.acquired = ul_yaml_get_date (node, "acquired", FALSE);
  int expect = ul_yaml_get_word (node, "expect", TRUE, result_names);
  ul_yaml_done (node, "a test of policy %s", self->id);
  if (ul_yaml_failed (node))
    return;
  c.support = (UlSupport) MAX (support, 0);
  c.n_groups = (guint) groups;
  if (!g_str_equal (c.maker, "unknown") && !ul_makers_find (makers, c.maker))
    ul_yaml_fail (node, "no maker '%s' is declared", c.maker);
  UlPolicyResult got = ul_policy_decide (self, makers, &c).result;

  if (got != (UlPolicyResult) expect)
    ul_yaml_fail (node, "a test of policy %s gives %s, expected is %s", self->id, result_names[got], result_names[expect]);
}

static void
run_tests (const UlPolicy *self, const UlMakers *makers, UlYaml *list)
{
  for (guint i = 0; i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
    run_test (self, makers, ul_yaml_item (list, i));
  if (ul_yaml_n (list) == 0)
    ul_yaml_fail (list, "policy %s has no test", self->id);
}

UlPolicy *
ul_policy_load (const UlMakers *makers, UlYamlDocument *document, GError **error)
{
  g_autoptr (UlPolicy) self = g_new0 (UlPolicy, 1);
  UlYaml *root = ul_yaml_document_root (document);

  self->sources = g_ptr_array_new_with_free_func (source_free);
  self->entities = g_ptr_array_new_with_free_func (entity_free);
  ul_yaml_head (document, NULL);
  load_head (self, makers, root);
  load_sources (self, root);
  load_entities (self, makers, root);
  load_reach (self, root);
  load_evidence (self, root);
  UlYaml *tests = ul_yaml_get_sequence (root, "tests", TRUE);

  ul_yaml_done (root, "policy %s", self->id);
  if (tests && !ul_yaml_failed (root))
    run_tests (self, makers, tests);
  return ul_yaml_document_ok (document, error) ? g_steal_pointer (&self) : NULL;
}
