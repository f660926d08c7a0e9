/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The strict YAML layer and every loader above it.  A file of any kind stands
 * beside small sound ones, so that loaders that need makers and names get on. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "knowledge/knowledge.h"
#include "verdict/label.h"
#include "verdict/policy.h"

static const char makers_text[] = "schema: 1\nkind: makers\ndate: 2026-11-24\nmakers:\n"
                                  "- { id: a, name: Acme, kinds: [camera], country: CN, subject_to: law }\n";
static const char names_text[] = "schema: 1\nkind: names\ndate: 2026-11-24\n"
                                 "platforms:\n- { id: p, name: Chip, made_by: a }\n"
                                 "softwares:\n- { id: s, name: Server }\n"
                                 "paths:\n- { id: relay, name: relay }\n"
                                 "purposes:\n- { id: guard, name: guarding }\nbuyers:\n- { id: state, name: the state }\n";

static void
use (const UlKnowledge *k)
{
  const UlPolicyCase c = { .maker = "a", .support = UL_SUPPORT_STRONG, .n_groups = 2, .claimed = "B", .platform = "p" };
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autofree char *explanation = NULL;

  ul_evidence_add (evidence, UL_KEY_SDP_INFO, "x", UL_NOWHERE);
  g_autoptr (UlRuleView) view = ul_rule_view_new (evidence, 0);
  for (guint i = 0; i < ul_rules_n (ul_knowledge_rules (k)); i++)
    ul_rule_matches (ul_rules_get (ul_knowledge_rules (k), i), view, NULL);
  for (guint i = 0; i < ul_knowledge_n_policies (k); i++) {
    g_autofree char *reason = NULL;
    ul_policy_judge (ul_knowledge_get_policy (k, i), k, &c, &reason);
  }
  ul_label_check (k, "B", "a", UL_SUPPORT_STRONG, &explanation);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) makers = g_bytes_new_static (makers_text, sizeof makers_text - 1);
  g_autoptr (GBytes) names = g_bytes_new_static (names_text, sizeof names_text - 1);
  g_autoptr (GBytes) input = g_bytes_new (data, size);
  const UlKnowledgeFile files[] = { { "makers.yaml", makers }, { "names.yaml", names }, { size && data[0] == '{' ? "input.jsonl" : "input.yaml", input } };
  g_autoptr (GError) error = NULL;
  g_autoptr (UlKnowledge) k = ul_knowledge_new_from_files (files, G_N_ELEMENTS (files), &error);

  if (k)
    use (k);
  else
    g_assert (error && strchr (error->message, ':'));
  return 0;
}
