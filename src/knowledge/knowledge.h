/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlKnowledge (underlabel.h): everything that is data, compiled once, immutable
 * and shared.  Everything returned here is borrowed and lives as long as the
 * knowledge.
 *
 * It is made of the files built in as a GResource and, after them, of the
 * files *.yaml and *.jsonl (references) of each directory given; files of all places
 * are read in the order makers, names, brands, policy, rules, encoder, trust, references, and
 * by name within a kind.  A
 * file of rules or a policy may therefore use makers of any other file.  Ids
 * must be unique over all files.
 */
#pragma once

#include "knowledge/makers.h"
#include "knowledge/policies.h"
#include "knowledge/references.h"
#include "knowledge/rules.h"
#include "knowledge/trust.h"

#include "underlabel.h"

/* A file of knowledge by its bytes. */
typedef struct {
  const char *name; /* in errors, and its last part in the id */
  GBytes *bytes;
} UlKnowledgeFile;

/* A knowledge of these files alone; ul_knowledge_new() ends here. */
UlKnowledge *ul_knowledge_new_from_files (const UlKnowledgeFile *files, guint n_files, GError **error);

/* As ul_knowledge_new(), and these files. */
UlKnowledge *ul_knowledge_new_with (const char *const *dirs, const UlKnowledgeFile *files, guint n_files, GError **error);

const UlMakers *ul_knowledge_makers (const UlKnowledge *self);
const UlRules *ul_knowledge_rules (const UlKnowledge *self);
const UlReferences *ul_knowledge_references (const UlKnowledge *self);

guint ul_knowledge_n_roots (const UlKnowledge *self);
const UlTrustRoot *ul_knowledge_get_root (const UlKnowledge *self, guint i);
/* By its fingerprint; NULL if there is none. */
const UlTrustRoot *ul_knowledge_find_root (const UlKnowledge *self, const char *sha256);

guint ul_knowledge_n_policies (const UlKnowledge *self);
const UlPolicy *ul_knowledge_get_policy (const UlKnowledge *self, guint i);
/* NULL if there is none */
const UlPolicy *ul_knowledge_find_policy (const UlKnowledge *self, const char *id);

/* Is the maker named as an entity by a policy, by name (not by attribute)? */
gboolean ul_knowledge_maker_is_restricted (const UlKnowledge *self, const char *maker_id);
/* Ids of the policies that name the maker, NULL-terminated: free the array, not the texts. */
const char **ul_knowledge_dup_named_in (const UlKnowledge *self, const char *maker_id);

guint ul_knowledge_n_warnings (const UlKnowledge *self);
const char *ul_knowledge_get_warning (const UlKnowledge *self, guint i);
