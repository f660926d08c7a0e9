/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict/policy.h"

#include "base/redact.h"
#include "verdict/label.h"

gboolean
ul_policy_result_is_hit (UlPolicyResult result)
{
  return result == UL_POLICY_COVERED || result == UL_POLICY_COVERED_IF_PURPOSE || result == UL_POLICY_AFFILIATION_QUESTION;
}

/* Names of ids, "a, b or c". */
static void
append_names (GString *out, const UlMakers *makers, UlNameList list, char **ids)
{
  for (guint i = 0; ids[i]; i++) {
    const UlName *n = ul_makers_find_name (makers, list, ids[i]);
    g_string_append_printf (out, "%s%s", i == 0 ? "" : ids[i + 1] ? ", " : " or ", n ? n->name : ids[i]);
  }
}

static void
append_maker (GString *out, const UlPolicyDecision *d, const UlPolicyCase *c)
{
  g_string_append_printf (out, "the evidence points to %s (%s support)", d->maker->name, ul_support_name (c->support));
}

/* "in force since 2019-08-13": what dates the rule has. */
static void
append_dates (GString *out, const UlPolicy *p)
{
  g_string_append_printf (out, "in force since %s", p->from);
  if (p->to)
    g_string_append_printf (out, " until %s", p->to);
  if (p->acquired_after)
    g_string_append_printf (out, ", for what was acquired after %s", p->acquired_after);
}

static void
append_words (GString *out, const UlPolicy *p)
{
  g_string_append_printf (out, " (%s; ", p->words);
  append_dates (out, p);
  g_string_append_c (out, ')');
}

static void
append_binds (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyDecision *d)
{
  if (!p->binds[0] || d->buyer)
    return;
  g_string_append (out, "; it binds ");
  append_names (out, makers, UL_NAME_BUYER, p->binds);
}

/* What the operator did not say, or said in words that are not known. */
static void
append_missing (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  gboolean purpose_missing = d->purposes && d->purposes[0] && !d->purpose;

  g_string_append (out, "; covered if it ");
  if (purpose_missing) {
    g_string_append (out, "serves ");
    append_names (out, makers, UL_NAME_PURPOSE, d->purposes);
    g_string_append (out, c->purpose ? " (the purpose given is not a known word)" : " (no purpose was given)");
  }
  if (d->date_missing)
    g_string_append_printf (out, "%swas acquired after %s (no day was given)", purpose_missing ? " and " : "", p->acquired_after);
}

static void
explain_scope (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  if (d->because == UL_POLICY_BECAUSE_BUYER) {
    g_string_append_printf (out, "this rule does not bind %s, only ", d->buyer->name);
    append_names (out, makers, UL_NAME_BUYER, p->binds);
  } else if (d->because == UL_POLICY_BECAUSE_ACQUIRED) {
    g_string_append_printf (out, "acquired %s: this rule reaches what was acquired after %s", c->acquired, p->acquired_after);
    if (p->acquired_before_note)
      g_string_append_printf (out, "; %s", p->acquired_before_note);
  } else {
    g_string_append_printf (out, "this rule does not reach %s, only ", d->purpose->name);
    append_names (out, makers, UL_NAME_PURPOSE, d->purposes);
  }
  if (!d->maker)
    return;
  g_string_append (out, "; ");
  append_maker (out, d, c);
  if (ul_policy_names (p, d->maker->id))
    g_string_append (out, ", which the rule names");
}

/* The registry alone decides nothing, but a reader should see what it knows. */
static void
append_hints (GString *out, const UlPolicyDecision *d, const UlMakers *makers)
{
  if (d->relation) {
    const UlMaker *m = ul_makers_find (makers, d->relation->maker);
    g_autofree char *relation = ul_relation_sentence (d->relation, m->name);
    g_string_append_printf (out, "; but of the label the registry says: %s", relation);
  }
  if (d->component)
    g_string_append_printf (out, "; but the encoder chip is of %s, made by %s", d->component->name,
                            ul_makers_find (makers, d->component->made_by)->name);
}

static void
explain_cannot_tell (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  switch (d->because) {
  case UL_POLICY_BECAUSE_NO_MAKER:
    g_string_append (out, "the video does not show who made the camera");
    break;
  case UL_POLICY_BECAUSE_NO_DEVICE:
    g_string_append_printf (out, "%s is firmware or software for others' hardware, whose maker the video does not show",
                            d->maker->name);
    break;
  case UL_POLICY_BECAUSE_SUPPORT:
    append_maker (out, d, c);
    g_string_append_printf (out, ", and this rule is judged from %s support on", ul_support_name (p->min_support));
    break;
  case UL_POLICY_BECAUSE_GROUPS:
    append_maker (out, d, c);
    g_string_append_printf (out, " from %u independent group%s of marks, and this rule is judged from %u on", c->n_groups,
                            c->n_groups == 1 ? "" : "s", p->min_groups);
    break;
  default:
    append_maker (out, d, c);
    g_string_append_printf (out, ", and the registry does not say under which law it is");
    append_words (out, p);
  }
  append_hints (out, d, makers);
}

static void
explain_named (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  append_maker (out, d, c);
  g_string_append (out, p->attribute ? ", a maker that the rule means" : ", which the rule names");
  append_words (out, p);
  if (d->result == UL_POLICY_COVERED_IF_PURPOSE)
    append_missing (out, p, makers, c, d);
  append_binds (out, p, makers, d);
}

static void
explain_relation (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  g_autofree char *relation = ul_relation_sentence (d->relation, d->named->name);

  append_maker (out, d, c);
  g_string_append_printf (out, ", which the rule does not name, but %s: %s",
                          d->because == UL_POLICY_BECAUSE_LABEL_RELATION ? "of the label the registry says"
                                                                         : "of that maker the registry says",
                          relation);
  append_words (out, p);
  if (d->result == UL_POLICY_COVERED_IF_PURPOSE)
    append_missing (out, p, makers, c, d);
  if (d->result == UL_POLICY_AFFILIATION_QUESTION)
    g_string_append (out, "; whether the rule reaches it a person decides");
  append_binds (out, p, makers, d);
}

static void
explain_other (GString *out, const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  append_maker (out, d, c);
  if (d->because == UL_POLICY_BECAUSE_COMPONENT) {
    g_string_append_printf (out, ", which the rule does not name, but the encoder chip is of %s, made by %s, which it does",
                            d->component->name, d->named->name);
    append_words (out, p);
    g_string_append (out, "; whether a chip is reached is disputed and a person decides");
  } else {
    g_string_append (out, p->attribute ? ", not a maker that the rule means" : ", which the rule does not name");
    append_words (out, p);
    g_string_append (out, "; this clears nothing: the evidence shows a maker, not the law");
  }
}

static char *
explain (const UlPolicy *p, const UlMakers *makers, const UlPolicyCase *c, const UlPolicyDecision *d)
{
  GString *out = g_string_new (NULL);

  switch (d->result) {
  case UL_POLICY_NOT_APPLICABLE:
    explain_scope (out, p, makers, c, d);
    break;
  case UL_POLICY_CANNOT_TELL:
    explain_cannot_tell (out, p, makers, c, d);
    break;
  case UL_POLICY_COMPONENT_QUESTION:
  case UL_POLICY_NOT_INDICATED:
    explain_other (out, p, makers, c, d);
    break;
  default:
    if (d->because == UL_POLICY_BECAUSE_NAMED)
      explain_named (out, p, makers, c, d);
    else
      explain_relation (out, p, makers, c, d);
  }
  if (p->note && (ul_policy_result_is_hit (d->result) || d->because == UL_POLICY_BECAUSE_BUYER))
    g_string_append_printf (out, "; %s", p->note);
  g_string_append_c (out, '.');
  out->str[0] = g_ascii_toupper (out->str[0]);
  return g_string_free (out, FALSE);
}

UlPolicyResult
ul_policy_judge (const UlPolicy *policy, const UlKnowledge *knowledge, const UlPolicyCase *policy_case, char **ret_reason)
{
  const UlMakers *makers = ul_knowledge_makers (knowledge);
  UlPolicyDecision d = ul_policy_decide (policy, makers, policy_case);

  if (ret_reason) {
    g_autofree char *reason = explain (policy, makers, policy_case, &d);
    *ret_reason = ul_redact (reason, -1);
  }
  return d.result;
}
