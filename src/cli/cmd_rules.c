/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <string.h>

#include "cli/corpus.h"

typedef struct {
  UlKnowledge *knowledge;
  char **fires; /* manifests */
} Rules;

static void
print_rule_line (const UlRule *r)
{
  ul_cli_printf ("%-44s %-9s %-22s %-9s %5.2f  own %u/%u other %u/%u  %s\n", r->id, ul_subject_name (r->subject), r->says,
                 ul_group_name (r->group), r->ratio, r->own, r->own_of, r->other, r->other_of, ul_forge_name (r->forge));
}

static gboolean
load_corpus (const Rules *self, char **manifests, UlCorpus *corpus, int *ret_exit)
{
  g_autoptr (GError) error = NULL;

  for (char **m = manifests; *m; m++)
    if (!ul_corpus_add (corpus, self->knowledge, *m, NULL, &error)) {
      ul_cli_complain ("%s", error->message);
      *ret_exit = UL_EXIT_BAD_INPUT;
      return FALSE;
    }
  return TRUE;
}

static void
print_fires (const UlCounts *counts, const UlCorpus *corpus, guint rule, const UlRule *r, gboolean own)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < corpus->rows->len; i++) {
    const UlCorpusRow *row = g_ptr_array_index (corpus->rows, i);
    if (ul_counts_fires (counts, rule, i) && ul_row_is_own (r, row) == own)
      g_string_append_printf (ids, " %s", row->id);
  }
  if (ids->len)
    ul_cli_printf ("    %s:%s\n", own ? "own" : "other", ids->str);
}

static int
list (const Rules *self)
{
  const UlRules *rules = ul_knowledge_rules (self->knowledge);
  g_autoptr (UlCorpus) corpus = ul_corpus_new ();
  g_autoptr (UlCounts) counts = NULL;
  int code = UL_EXIT_OK;

  if (self->fires) {
    if (!load_corpus (self, self->fires, corpus, &code))
      return code;
    counts = ul_counts_new (self->knowledge, corpus);
  }
  for (guint k = 0; k < ul_rules_n (rules); k++) {
    print_rule_line (ul_rules_get (rules, k));
    if (counts) {
      print_fires (counts, corpus, k, ul_rules_get (rules, k), TRUE);
      print_fires (counts, corpus, k, ul_rules_get (rules, k), FALSE);
    }
  }
  ul_cli_printf ("%u rules, knowledge %s\n", ul_rules_n (rules), ul_knowledge_id (self->knowledge));
  return UL_EXIT_OK;
}

static int
show (const Rules *self, char **ids)
{
  for (char **id = ids; *id; id++) {
    const UlRule *r = ul_rules_find (ul_knowledge_rules (self->knowledge), *id);

    if (!r) {
      ul_cli_complain ("no such rule: %s", *id);
      return UL_EXIT_NO_INPUT;
    }
    g_autofree char *sources = g_strjoinv ("; ", r->source);
    ul_cli_printf ("%s\n  says      %s %s\n  title     %s\n  group     %s\n  forge     %s\n", r->id, ul_subject_name (r->subject), r->says,
                   r->title, ul_group_name (r->group), ul_forge_name (r->forge));
    ul_cli_printf ("  ratio     log10 LR %.2f, from %u of %u own and %u of %u other sources%s\n", r->ratio, r->own, r->own_of, r->other,
                   r->other_of, r->counts_date ? "" : " (no counts)");
    ul_cli_printf ("  document  %s\n  source    %s\n  naming    %s\n  file      %s:%u\n", r->document ? r->document : "-", sources,
                   r->self_naming ? "the text carries the name itself" : "-", r->file, r->line);
    if (r->caveat)
      ul_cli_printf ("  caveat    %s\n", r->caveat);
  }
  return UL_EXIT_OK;
}

/* Examples are run when the files are loaded: being here means that they hold. */
static int
test (const Rules *self)
{
  const UlRules *rules = ul_knowledge_rules (self->knowledge);

  for (guint i = 0; i < ul_rules_n_warnings (rules); i++)
    ul_cli_complain ("%s", ul_rules_get_warning (rules, i));
  ul_cli_printf ("%u rules: every example holds\n", ul_rules_n (rules));
  return UL_EXIT_OK;
}

static int
count (const Rules *self, char **manifests)
{
  const UlRules *rules = ul_knowledge_rules (self->knowledge);
  g_autoptr (UlCorpus) corpus = ul_corpus_new ();
  int code = UL_EXIT_OK;

  if (!load_corpus (self, manifests, corpus, &code))
    return code;
  g_autoptr (UlCounts) counts = ul_counts_new (self->knowledge, corpus);
  for (guint k = 0; k < ul_rules_n (rules); k++) {
    UlCount c = ul_counts_get (counts, k, -1);
    ul_cli_printf ("%s %u %u %u %u\n", ul_rules_get (rules, k)->id, c.own, c.own_of, c.other, c.other_of);
  }
  return UL_EXIT_OK;
}

int
ul_cmd_rules (int argc, char **argv)
{
  g_auto (GStrv) dirs = NULL, words = NULL, fires = NULL;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own rules, makers and policies", "DIR" },
    { "fires", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &fires, "With list: on which inputs of this manifest each rule fires", "MANIFEST" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, "list | show ID… | test | count MANIFEST…" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Lists, shows and tests the rules; 'count' prints own, own_of, other, other_of of each on a corpus.", entries))
    return UL_EXIT_USAGE;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (dirs, NULL, &code);
  if (!knowledge)
    return code;
  Rules self = { knowledge, fires };
  const char *verb = words ? words[0] : "list";
  if (g_str_equal (verb, "list") && (!words || !words[1]))
    return list (&self);
  if (g_str_equal (verb, "test") && !words[1])
    return test (&self);
  if (g_str_equal (verb, "show") && words[1])
    return show (&self, words + 1);
  if (g_str_equal (verb, "count") && words[1])
    return count (&self, words + 1);
  ul_cli_complain ("rules: list [--fires MANIFEST], show ID…, test, count MANIFEST…");
  return UL_EXIT_USAGE;
}
