/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <math.h>
#include <string.h>

#include "cli/corpus.h"
#include "verdict/likelihood.h"

/* What a row is measured as. */
typedef enum {
  SET_MEASURED, /* live dialogue of a known camera, known otherwise than by its marks */
  SET_OTHER,    /* any other row of a known camera: right or unknown, never wrong */
  SET_SOFTWARE, /* must not be named as any camera maker */
  SET_NEGATIVE, /* unknown device, known not to be what it looks like */
  SET_UNUSABLE,
  N_SETS
} Set;

static const char *const set_titles[N_SETS] = {
  "live rtsp and sdp captures, maker known otherwise than by the marks, with two sources or the name in the text",
  "other rows of known cameras: parameter sets, recorders, relays, single sources, self-evident rows, recordings",
  "software: to be named as no camera maker",
  "unknown devices that their note calls a negative",
  "no truth known",
};

typedef struct {
  guint n, right, wrong, unknown;
} Tally;

typedef struct {
  UlKnowledge *knowledge;
  UlCorpus *corpus;
  UlCounts *counts;
  guint32 without_layers;
  gboolean leave_out, verbose, json;
  Tally sets[N_SETS];
  GTree *by_maker;       /* id -> Tally, of SET_MEASURED */
  GPtrArray *confusions; /* char* */
  guint wrong_restricted, unread;
  GArray *restricted_lr, *other_lr; /* double */
} Evaluation;

/* Ratios anew from the sources that are not this row's. */
typedef struct {
  Evaluation *evaluation;
  int without_group;
} Recount;

static double
recounted_ratio (const UlRule *rule, gpointer user_data)
{
  const Recount *r = user_data;
  const UlRules *rules = ul_knowledge_rules (r->evaluation->knowledge);

  if (rule->subject != UL_SUBJECT_MAKER && rule->subject != UL_SUBJECT_RECORDER)
    return rule->ratio; /* a manifest holds no truth of chips and programs */
  for (guint k = 0; k < ul_rules_n (rules); k++)
    if (ul_rules_get (rules, k) == rule) {
      UlCount c = ul_counts_get (r->evaluation->counts, k, r->without_group);
      return ul_rule_ratio_from_counts (rule, c.own, c.own_of, c.other, c.other_of);
    }
  return 0;
}

static guint
groups_of_maker (const UlCorpus *corpus, const char *maker)
{
  g_autoptr (GHashTable) groups = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < corpus->rows->len; i++) {
    const UlCorpusRow *row = g_ptr_array_index (corpus->rows, i);
    if (row->origin == UL_ORIGIN_CAMERA && g_strcmp0 (row->maker, maker) == 0)
      g_hash_table_add (groups, GUINT_TO_POINTER (row->group + 1));
  }
  return g_hash_table_size (groups);
}

static Set
set_of (const Evaluation *self, const UlCorpusRow *row)
{
  gboolean dialogue = g_strcmp0 (row->kind, "rtsp") == 0 || g_strcmp0 (row->kind, "sdp") == 0;

  if (row->origin == UL_ORIGIN_SOFTWARE)
    return SET_SOFTWARE;
  if (row->origin == UL_ORIGIN_UNKNOWN || !row->maker)
    return row->negative ? SET_NEGATIVE : SET_UNUSABLE;
  gboolean sources = groups_of_maker (self->corpus, row->maker) >= 2;
  if (dialogue && g_strcmp0 (row->stream, "live") == 0 && g_strcmp0 (row->basis, "self-evident") != 0
      && (sources || (row->name_in_text && !self->leave_out)))
    return SET_MEASURED;
  return SET_OTHER;
}

static Tally *
tally_of_maker (Evaluation *self, const char *maker)
{
  Tally *t = g_tree_lookup (self->by_maker, maker);

  if (!t) {
    t = g_new0 (Tally, 1);
    g_tree_insert (self->by_maker, g_strdup (maker), t);
  }
  return t;
}

static gboolean
is_wrong (Set set, const UlCorpusRow *row, const char *answer, const UlKnowledge *knowledge)
{
  if (g_str_equal (answer, "unknown"))
    return FALSE;
  if (set == SET_SOFTWARE)
    return TRUE;
  if (set == SET_NEGATIVE)
    return ul_knowledge_maker_is_restricted (knowledge, answer);
  return set != SET_UNUSABLE && g_strcmp0 (row->maker, answer) != 0;
}

static void
score (Evaluation *self, const UlCorpusRow *row, Set set, const UlAnswer *answer, double restricted_log10_lr)
{
  gboolean wrong = is_wrong (set, row, answer->id, self->knowledge);
  gboolean unknown = g_str_equal (answer->id, "unknown");
  Tally *tallies[] = { &self->sets[set], set == SET_MEASURED ? tally_of_maker (self, row->maker) : NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (tallies) && tallies[i]; i++) {
    tallies[i]->n++;
    tallies[i]->wrong += wrong;
    tallies[i]->unknown += unknown;
    tallies[i]->right += !wrong && !unknown;
  }
  if (wrong) {
    g_ptr_array_add (self->confusions, g_strdup_printf ("%s: %s taken for %s (log10 LR %.2f)", row->id,
                     row->maker ? row->maker : set == SET_SOFTWARE ? "software" : "unknown", answer->id, answer->log10_lr));
    self->wrong_restricted += ul_knowledge_maker_is_restricted (self->knowledge, answer->id);
  }
  if (set == SET_MEASURED || set == SET_OTHER || set == SET_SOFTWARE) {
    gboolean restricted = set != SET_SOFTWARE && ul_knowledge_maker_is_restricted (self->knowledge, row->maker);
    if (g_strcmp0 (row->basis, "self-evident") != 0 || set == SET_SOFTWARE)
      g_array_append_val (restricted ? self->restricted_lr : self->other_lr, restricted_log10_lr);
  }
}

static void
evaluate_row (Evaluation *self, const UlCorpusRow *row)
{
  const UlEvidence *evidence = ul_corpus_row_evidence (row);
  Recount recount = { self, (int) row->group };

  if (!evidence) {
    self->unread++;
    g_ptr_array_add (self->confusions, g_strdup_printf ("%s: not read: %s", row->id, row->error));
    return;
  }
  g_autoptr (UlJudgement) j = ul_judgement_new (self->knowledge, evidence, self->without_layers,
                                               self->leave_out ? recounted_ratio : NULL, &recount);
  const UlAnswer *answer = &j->answers[UL_SUBJECT_MAKER];
  Set set = set_of (self, row);
  score (self, row, set, answer, j->restricted_log10_lr);
  if (self->verbose) {
    const UlCandidate *first = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;
    ul_cli_printf ("%-28s %-20s %-16s %6.2f %-16s %-12s %-14s %-24s set %d\n", row->id, row->maker ? row->maker : "-", answer->id,
                   answer->log10_lr, first ? first->id : "-", j->path, j->answers[UL_SUBJECT_PLATFORM].id,
                   j->answers[UL_SUBJECT_SOFTWARE].id, set);
  }
}

/* Log-likelihood-ratio cost (Brümmer and du Preez 2006): 0 is perfect, 1 is
 * what an answer without information costs. */
static double
cllr (const GArray *same, const GArray *different)
{
  double a = 0, b = 0;

  for (guint i = 0; i < same->len; i++)
    a += log2 (1.0 + pow (10.0, -g_array_index (same, double, i)));
  for (guint i = 0; i < different->len; i++)
    b += log2 (1.0 + pow (10.0, g_array_index (different, double, i)));
  return (same->len && different->len) ? 0.5 * (a / same->len + b / different->len) : NAN;
}

static double
percent (guint part, guint whole)
{
  return whole ? 100.0 * part / whole : 0;
}

static gboolean
print_maker (gpointer key, gpointer value, gpointer user_data)
{
  const Tally *t = value;

  ul_cli_printf ("  %-22s %4u %6u %6u %8u\n", (const char *) key, t->n, t->right, t->wrong, t->unknown);
  return FALSE;
}

static void
print_results (Evaluation *self)
{
  const Tally *m = &self->sets[SET_MEASURED];

  ul_cli_printf ("%s\n", self->leave_out ? "Counts and ratios computed anew without each row's own source."
                                         : "Counts and ratios as the rules hold them.");
  ul_cli_printf ("\n%s\n  %-22s %4s %6s %6s %8s\n", set_titles[SET_MEASURED], "maker", "n", "right", "wrong", "unknown");
  g_tree_foreach (self->by_maker, print_maker, NULL);
  ul_cli_printf ("  %-22s %4u %6u %6u %8u   right %.1f %%, wrong %.1f %%\n", "all", m->n, m->right, m->wrong, m->unknown,
                 percent (m->right, m->n), percent (m->wrong, m->n));
  for (int s = SET_OTHER; s < N_SETS; s++) {
    const Tally *t = &self->sets[s];
    ul_cli_printf ("\n%s\n", set_titles[s]);
    if (s == SET_OTHER)
      ul_cli_printf ("  n %u, right %u, wrong %u, unknown %u\n", t->n, t->right, t->wrong, t->unknown);
    else
      ul_cli_printf ("  n %u, named wrongly %u, named otherwise %u, unknown %u\n", t->n, t->wrong, t->right, t->unknown);
  }
  ul_cli_printf ("\nwrongly named restricted makers: %u\nnot read: %u\nconfusions: %s\n", self->wrong_restricted, self->unread,
                 self->confusions->len ? "" : "none");
  for (guint i = 0; i < self->confusions->len; i++)
    ul_cli_printf ("  %s\n", (const char *) g_ptr_array_index (self->confusions, i));
  ul_cli_printf ("Cllr, restricted maker or not: %.3f (%u restricted, %u others; 0 is perfect, 1 says nothing)\n",
                 cllr (self->restricted_lr, self->other_lr), self->restricted_lr->len, self->other_lr->len);
}

static void
evaluation_clear (Evaluation *self)
{
  g_clear_pointer (&self->counts, ul_counts_free);
  g_clear_pointer (&self->corpus, ul_corpus_free);
  g_clear_pointer (&self->knowledge, ul_knowledge_unref);
  g_clear_pointer (&self->by_maker, g_tree_unref);
  g_clear_pointer (&self->confusions, g_ptr_array_unref);
  g_clear_pointer (&self->restricted_lr, g_array_unref);
  g_clear_pointer (&self->other_lr, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Evaluation, evaluation_clear)

static gint
by_text (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static int
run (Evaluation *self, char **manifests)
{
  g_autoptr (GError) error = NULL;

  self->corpus = ul_corpus_new ();
  self->by_maker = g_tree_new_full (by_text, NULL, g_free, g_free);
  self->confusions = g_ptr_array_new_with_free_func (g_free);
  self->restricted_lr = g_array_new (FALSE, FALSE, sizeof (double));
  self->other_lr = g_array_new (FALSE, FALSE, sizeof (double));
  for (char **m = manifests; *m; m++)
    if (!ul_corpus_add (self->corpus, self->knowledge, *m, &error)) {
      ul_cli_complain ("%s", error->message);
      return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? UL_EXIT_NO_INPUT : UL_EXIT_BAD_INPUT;
    }
  if (self->leave_out)
    self->counts = ul_counts_new (self->knowledge, self->corpus);
  for (guint i = 0; i < self->corpus->rows->len; i++)
    evaluate_row (self, g_ptr_array_index (self->corpus->rows, i));
  print_results (self);
  return UL_EXIT_OK;
}

static gboolean
parse_without (char **names, guint32 *ret_layers)
{
  for (char **n = names; n && *n; n++) {
    int layer = ul_layer_from_name (*n), group = ul_group_from_name (*n);

    if (layer < 0 && group < 0) {
      ul_cli_complain ("--without: no layer or group '%s'", *n);
      return FALSE;
    }
    for (int i = 0; i < UL_N_LAYERS; i++)
      if (i == layer || (int) ul_layer_group ((UlLayer) i) == group)
        *ret_layers |= 1u << i;
  }
  return TRUE;
}

int
ul_cmd_evaluate (int argc, char **argv)
{
  g_auto (Evaluation) self = { 0 };
  g_auto (GStrv) dirs = NULL, manifests = NULL, without = NULL;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "leave-source-out", 0, 0, G_OPTION_ARG_NONE, &self.leave_out, "Count anew without each row's own source", NULL },
    { "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &without, "Leave this layer or group out of the judgement", "LAYER" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self.verbose, "A line a row", NULL },
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own rules, makers and policies", "DIR" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &manifests, NULL, "MANIFEST…" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Examines every input of a manifest (JSON Lines) and counts right, wrong and unknown answers.", entries))
    return UL_EXIT_USAGE;
  if (!manifests) {
    ul_cli_complain ("evaluate: no manifest given");
    return UL_EXIT_USAGE;
  }
  if (!parse_without (without, &self.without_layers))
    return UL_EXIT_USAGE;
  self.knowledge = ul_cli_knowledge (dirs, &code);
  return self.knowledge ? run (&self, manifests) : code;
}
