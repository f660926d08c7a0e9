/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "verdict/policy.h"

static const char makers_text[] = "schema: 1\nkind: makers\ndate: 2026-11-24\nmakers:\n"
                                  "- { id: named, name: Named, kinds: [camera], country: CN, subject_to: law-x }\n"
                                  "- { id: bound, name: Bound, kinds: [camera], country: CN, subject_to: law-x }\n"
                                  "- { id: free, name: Free, kinds: [camera], country: SE }\n"
                                  "- { id: daughter, name: Daughter, kinds: [camera], country: SE }\n"
                                  "- { id: hearsay, name: Hearsay, kinds: [camera], country: SE }\n"
                                  "- { id: nowhere, name: Nowhere, kinds: [camera] }\n"
                                  "- { id: fw, name: Fw, kinds: [firmware], country: SE }\n";
static const char names_text[] = "schema: 1\nkind: names\ndate: 2026-11-24\n"
                                 "platforms:\n- { id: chip, name: Chip, made_by: named }\n"
                                 "purposes:\n- { id: guard, name: guarding, aliases: [watch] }\n- { id: home, name: a home }\n"
                                 "buyers:\n- { id: state, name: the state }\n- { id: person, name: a person }\n";
static const char brands_text[] = "schema: 1\nkind: brands\ndate: 2026-11-24\nrelations:\n"
                                  "- { brand: Daughter, maker: named, type: owned, grade: A, sources: [s] }\n"
                                  "- { brand: Hearsay, maker: named, type: owned, grade: C, sources: [s] }\n"
                                  "- { brand: Sold, maker: named, type: assets_sold, grade: A, sources: [s] }\n"
                                  "- { brand: Former, maker: named, type: former_owned, grade: A, sources: [s], to: 2022 }\n"
                                  "- { brand: Buys, maker: named, type: oem, grade: B, sources: [s] }\n"
                                  "- { brand: Alike, maker: named, type: compatible_only, grade: C, sources: [s] }\n";

#define HEAD                                                                                                                        \
  "schema: 1\nkind: policy\ndate: 2026-11-24\nid: p\nversion: 1\ntitle: P\njurisdiction: XX\nbinds: [state]\nacts: [buy]\n"          \
  "effective: { from: 2020-01-01 }\nacquired_after: 2021-01-01\nreview_by: 2027-01-01\nwords: 'the \"words\"'\n"                      \
  "sources: [ { title: T, grade: A } ]\n"
#define REACH                                                                                                                       \
  "reach: { subsidiary: covered, affiliate: affiliation_question, former_owned: affiliation_question, rebrand: follow_maker, "       \
  "component: component_question }\nevidence: { min_support: strong, min_groups: 2 }\n"
#define BY_NAME HEAD "entities:\n- { ref: named, purposes: [guard] }\n" REACH
#define TESTS "tests:\n- { maker: unknown, expect: cannot-tell }\n"

static UlKnowledge *
load (const char *policy, GError **error)
{
  const char *texts[] = { makers_text, names_text, brands_text, policy };
  const char *names[] = { "m.yaml", "n.yaml", "o.yaml", "p.yaml" };
  UlKnowledgeFile files[4];

  for (guint i = 0; i < 4; i++)
    files[i] = (UlKnowledgeFile){ names[i], g_bytes_new_static (texts[i], strlen (texts[i])) };
  UlKnowledge *k = ul_knowledge_new_from_files (files, 4, error);
  for (guint i = 0; i < 4; i++)
    g_bytes_unref (files[i].bytes);
  return k;
}

static UlKnowledge *
taken (const char *policy)
{
  g_autoptr (GError) error = NULL;
  UlKnowledge *k = load (policy, &error);

  cr_assert_not_null (k, "%s", error ? error->message : "");
  return k;
}

static void
refused (const char *policy, const char *expected)
{
  g_autoptr (GError) error = NULL;

  cr_assert_null (load (policy, &error), "taken: %s", policy);
  cr_assert (g_str_has_prefix (error->message, expected), "'%s' is not '%s…'", error->message, expected);
}

Test (policies, refusals_name_file_and_line)
{
  refused (BY_NAME, "p.yaml:1: key 'tests' is missing");
  refused (BY_NAME "tests: []\n", "p.yaml:19: policy p has no test");
  refused (BY_NAME "tests:\n- { maker: named, expect: covered }\n", "p.yaml:20: a test of policy p gives cannot-tell, expected is covered");
  refused (BY_NAME "tests:\n- { maker: nobody, expect: covered }\n", "p.yaml:20: no maker 'nobody'");
  refused (BY_NAME TESTS "verdict: x\n", "p.yaml:21: unknown key 'verdict' in policy p");
  refused (HEAD "entities: []\n" REACH TESTS, "p.yaml:15: policy p names nobody");
  refused (HEAD "entities:\n- { ref: nobody }\n" REACH TESTS, "p.yaml:16: no maker 'nobody'");
  refused (HEAD "entities:\n- { ref: named, purposes: [fun] }\n" REACH TESTS, "p.yaml:16: 'fun' of 'purposes' is not declared");
  refused (HEAD "entities: { by_attribute: { subject_to: law-y } }\n" REACH TESTS, "p.yaml:15: no maker is declared to be subject");
  refused (HEAD "entities:\n- { ref: named }\nreach: { subsidiary: maybe }\n", "p.yaml:17: 'maybe' of 'subsidiary'");
  refused (HEAD "entities:\n- { ref: named }\n"
                "reach: { subsidiary: covered, affiliate: covered, former_owned: covered, rebrand: follow_maker, component: ignore }\n"
                "evidence: { min_support: weak, min_groups: 2 }\n" TESTS,
           "p.yaml:18: min_support of policy p is below moderate");
}

static UlPolicyResult
judge (const UlKnowledge *k, UlPolicyCase c, const char *in_reason)
{
  g_autofree char *reason = NULL;
  UlPolicyResult result = ul_policy_judge (ul_knowledge_get_policy (k, 0), k, &c, &reason);

  cr_assert (g_str_has_suffix (reason, "."));
  cr_assert_null (strstr (reason, "complian"));
  cr_assert (!in_reason || strstr (reason, in_reason), "'%s' lacks '%s'", reason, in_reason);
  cr_assert_eq (ul_policy_judge (ul_knowledge_get_policy (k, 0), k, &c, NULL), result);
  return result;
}

#define STRONG .support = UL_SUPPORT_STRONG, .n_groups = 2
#define IN_SCOPE STRONG, .purpose = "guard", .acquired = "2022-01-01"

Test (policies, named_maker)
{
  g_autoptr (UlKnowledge) k = taken (BY_NAME TESTS);

  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", IN_SCOPE }, "the \"words\"; in force since 2020-01-01"), UL_POLICY_COVERED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", IN_SCOPE, .buyer = "the state" }, NULL), UL_POLICY_COVERED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .purpose = "Watch", .acquired = "2022-01-01" }, NULL), UL_POLICY_COVERED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .acquired = "2022-01-01" }, "no purpose was given"), UL_POLICY_COVERED_IF_PURPOSE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .purpose = "gaurd", .acquired = "2022-01-01" }, "not a known word"),
                UL_POLICY_COVERED_IF_PURPOSE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .purpose = "guard" }, "no day was given"), UL_POLICY_COVERED_IF_PURPOSE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .purpose = "guard", .acquired = "soon" }, "no day was given"),
                UL_POLICY_COVERED_IF_PURPOSE);
}

Test (policies, outside_the_scope)
{
  g_autoptr (UlKnowledge) k = taken (BY_NAME TESTS);

  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", IN_SCOPE, .buyer = "person" }, "does not bind a person, only the state"),
                UL_POLICY_NOT_APPLICABLE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .acquired = "2021-01-01" }, "after 2021-01-01"), UL_POLICY_NOT_APPLICABLE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", STRONG, .purpose = "home" }, "does not reach a home, only guarding"),
                UL_POLICY_NOT_APPLICABLE);
  /* An unknown buyer does not take a camera out of the rule. */
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", IN_SCOPE, .buyer = "preson" }, NULL), UL_POLICY_COVERED);
}

Test (policies, too_little_evidence)
{
  g_autoptr (UlKnowledge) k = taken (BY_NAME TESTS);

  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = NULL }, "does not show who made"), UL_POLICY_CANNOT_TELL);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "unknown", .platform = "chip", .claimed = "Sold" }, "Named sold assets to Sold"),
                UL_POLICY_CANNOT_TELL);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", .support = UL_SUPPORT_MODERATELY_STRONG, .n_groups = 2 }, "from strong support on"),
                UL_POLICY_CANNOT_TELL);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", .support = UL_SUPPORT_STRONG, .n_groups = 1 }, "from 1 independent group"),
                UL_POLICY_CANNOT_TELL);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "named", .support = UL_SUPPORT_STRONG, .n_groups = 1, .verified = TRUE,
                                          .purpose = "guard", .acquired = "2022-01-01" }, NULL),
                UL_POLICY_COVERED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "fw", IN_SCOPE }, "firmware or software"), UL_POLICY_CANNOT_TELL);
}

Test (policies, relations_raise_questions)
{
  g_autoptr (UlKnowledge) k = taken (BY_NAME TESTS);

  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "daughter", IN_SCOPE }, "Named owns Daughter"), UL_POLICY_COVERED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "daughter", STRONG }, "covered if it serves guarding"), UL_POLICY_COVERED_IF_PURPOSE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "hearsay", IN_SCOPE }, "a person decides"), UL_POLICY_AFFILIATION_QUESTION);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE, .claimed = "Daughter" }, "of the label"), UL_POLICY_AFFILIATION_QUESTION);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE, .claimed = "Sold" }, "of the label"), UL_POLICY_AFFILIATION_QUESTION);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE, .claimed = "former" }, "of the label"), UL_POLICY_AFFILIATION_QUESTION);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE, .claimed = "Buys" }, NULL), UL_POLICY_NOT_INDICATED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE, .claimed = "Alike" }, NULL), UL_POLICY_NOT_INDICATED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", STRONG, .claimed = "Sold", .purpose = "home" }, NULL), UL_POLICY_NOT_INDICATED);
}

Test (policies, component_and_other_maker)
{
  g_autoptr (UlKnowledge) k = taken (BY_NAME TESTS);

  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE, .platform = "chip" }, "made by Named"), UL_POLICY_COMPONENT_QUESTION);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE }, "clears nothing"), UL_POLICY_NOT_INDICATED);
  cr_assert_not (ul_policy_result_is_hit (UL_POLICY_COMPONENT_QUESTION));
  cr_assert_not (ul_policy_result_is_hit (UL_POLICY_NOT_APPLICABLE));
  cr_assert (ul_policy_result_is_hit (UL_POLICY_AFFILIATION_QUESTION));
}

Test (policies, by_attribute)
{
  g_autoptr (UlKnowledge) k = taken (HEAD "entities: { by_attribute: { subject_to: law-x }, purposes: [guard] }\n" REACH TESTS);

  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "bound", IN_SCOPE }, "a maker that the rule means"), UL_POLICY_COVERED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "bound", STRONG }, NULL), UL_POLICY_COVERED_IF_PURPOSE);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "free", IN_SCOPE }, "not a maker that the rule means"), UL_POLICY_NOT_INDICATED);
  cr_assert_eq (judge (k, (UlPolicyCase){ .maker = "nowhere", IN_SCOPE }, "under which law"), UL_POLICY_CANNOT_TELL);
  cr_assert_not (ul_knowledge_maker_is_restricted (k, "bound"));
}

Test (policies, built_in)
{
  static const char *const ids[] = { "us-fcc-covered-list", "us-ndaa-889", "qc-mcn-2023", "uk-sensitive-sites", "ca-federal-2025",
                                     "au-government" };
  g_autoptr (GError) error = NULL;
  g_autoptr (UlKnowledge) k = ul_knowledge_new (NULL, &error);

  cr_assert_not_null (k, "%s", error ? error->message : "");
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++) {
    const UlPolicy *p = ul_knowledge_find_policy (k, ids[i]);
    cr_assert_not_null (p, "%s", ids[i]);
    cr_assert_gt (p->sources->len, 0u);
  }
  cr_assert_eq (ul_policy_result_from_name ("covered-if-purpose"), UL_POLICY_COVERED_IF_PURPOSE);
  cr_assert_eq (ul_policy_result_from_name ("compliant"), -1);
}
