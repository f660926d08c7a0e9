/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A policy judged on top of the answers.  The decision itself is
 * ul_policy_decide() (knowledge/policies.h), which the policies' own tests run
 * at load; here it is put into a sentence.
 */
#pragma once

#include "knowledge/knowledge.h"

/* Judges one case.  `ret_reason` (owned by the caller, may be NULL) is one
 * sentence with the rule's own words and dates; it never says that anything
 * is allowed. */
UlPolicyResult ul_policy_judge (const UlPolicy *policy, const UlKnowledge *knowledge, const UlPolicyCase *policy_case,
                                char **ret_reason);

/* Results that call for exit code 1: covered, covered-if-purpose, affiliation-question. */
gboolean ul_policy_result_is_hit (UlPolicyResult result);
