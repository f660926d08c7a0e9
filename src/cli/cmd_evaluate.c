/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "cli/corpus.h"
#include "cli/evaluation.h"
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
  gboolean leave_out, verbose, pairs;
  const char *plot; /* NULL: none */
  Tally sets[N_SETS];
  GTree *by_maker;       /* id -> Tally, of SET_MEASURED */
  GPtrArray *confusions; /* char* */
  guint wrong_restricted, unread;
  UlRatios restricted; /* a maker that policies name, or another */
  gboolean encoder;    /* the coding alone */
  guint n_coded, n_best, n_named, n_known, n_misnamed; /* of encoder: see print_encoder() */
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
      ul_ratios_add (&self->restricted, restricted, restricted_log10_lr);
  }
}

static double
percent (guint part, guint whole)
{
  return whole ? 100.0 * part / whole : 0;
}

/* --- the coding alone ------------------------------------------------------------------- */

#define SOURCES_TO_MEASURE 3

/* Sources of the maker that hold parameter sets. */
static guint
coded_groups_of_maker (const UlCorpus *corpus, const char *maker)
{
  g_autoptr (GHashTable) groups = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < corpus->rows->len; i++) {
    const UlCorpusRow *row = g_ptr_array_index (corpus->rows, i);
    const UlEvidence *evidence = row->origin == UL_ORIGIN_CAMERA && g_strcmp0 (row->maker, maker) == 0 ? ul_corpus_row_evidence (row) : NULL;
    if (evidence && ul_evidence_has_layer (evidence, UL_LAYER_PARAMS))
      g_hash_table_add (groups, GUINT_TO_POINTER (row->group + 1));
  }
  return g_hash_table_size (groups);
}

/* Who coded the pictures is not known of unknown devices, nor of a relay's, which a camera that nobody named coded. */
static gboolean
encoder_is_known (const UlCorpusRow *row)
{
  if (row->origin == UL_ORIGIN_SOFTWARE)
    return g_strcmp0 (row->stream, "relay") != 0;
  return row->origin == UL_ORIGIN_CAMERA && row->maker;
}

static void
score_encoder (Evaluation *self, const UlCorpusRow *row, const UlEvidence *evidence, const UlJudgement *j)
{
  const UlAnswer *answer = &j->answers[UL_SUBJECT_MAKER];
  const UlCandidate *first = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;
  gboolean camera = row->origin == UL_ORIGIN_CAMERA, named = !g_str_equal (answer->id, "unknown");
  gboolean right = camera && g_strcmp0 (row->maker, answer->id) == 0;

  if (!ul_evidence_has_layer (evidence, UL_LAYER_PARAMS) || !encoder_is_known (row))
    return;
  self->n_known++;
  if (named && !right) {
    self->n_misnamed++;
    g_ptr_array_add (self->confusions, g_strdup_printf ("%s: %s taken for %s (log10 LR %.2f)", row->id, camera ? row->maker : "a program",
                                                        answer->id, answer->log10_lr));
  }
  ul_ratios_add (&self->restricted, camera && ul_knowledge_maker_is_restricted (self->knowledge, row->maker), j->restricted_log10_lr);
  if (!camera || coded_groups_of_maker (self->corpus, row->maker) < SOURCES_TO_MEASURE)
    return;
  self->n_coded++;
  self->n_best += first && g_str_equal (first->id, row->maker);
  self->n_named += named && right;
}

/* --- pairs -------------------------------------------------------------------------------- */

#define HARDEST_SHOWN 12

typedef struct {
  double log10_lr;
  const UlReferenceInfo *a, *b;
} Pair;

static gint
by_pair_ratio (gconstpointer a, gconstpointer b)
{
  double x = ((const Pair *) a)->log10_lr, y = ((const Pair *) b)->log10_lr;

  return (x < y) - (x > y);
}

static gboolean
is_near (const UlReferences *references, const UlReferenceInfo *a, const UlReferenceInfo *b)
{
  return ul_references_compare (references, a->profile, b->profile, NULL, NULL) <= UL_REFERENCES_NEAR;
}

static void
score_pair (UlRatios *ratios, GArray *hardest, const UlReferences *references, const UlReferenceInfo *a, const UlReferenceInfo *b)
{
  gboolean same = g_str_equal (a->maker, b->maker);

  if (same && !is_near (references, a, b))
    return; /* another platform of the maker */
  double log10_lr = ul_references_weigh_pair (references, a->profile, b->profile, a->group, b->group);
  ul_ratios_add (ratios, same, log10_lr);
  if (!same && g_str_equal (a->profile->parts[UL_PART_SPS], b->profile->parts[UL_PART_SPS]))
    g_array_append_val (hardest, ((Pair){ log10_lr, a, b }));
}

/* All pairs of the library that are of different sources and have makers. */
static int
evaluate_pairs (Evaluation *self)
{
  const UlReferences *references = ul_knowledge_references (self->knowledge);
  guint n = ul_references_n (references);
  g_autofree UlReferenceInfo *infos = g_new (UlReferenceInfo, MAX (n, 1));
  g_autoptr (GArray) hardest = g_array_new (FALSE, FALSE, sizeof (Pair));

  for (guint i = 0; i < n; i++)
    infos[i] = ul_references_get (references, i);
  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < i; k++)
      if (infos[i].maker && infos[k].maker && !g_str_equal (infos[i].group, infos[k].group) && infos[i].profile->h265 == infos[k].profile->h265)
        score_pair (&self->restricted, hardest, references, &infos[i], &infos[k]);
  g_array_sort (hardest, by_pair_ratio);
  ul_cli_printf ("pairs of references: %u of one maker and nearly one form, %u of different makers\n"
                 "Cllr %.3f, at least %.3f by any calibration; misleading %.1f %% of the former below 1, %.1f %% of the latter above 1\n"
                 "the hardest: different makers, equal SPS form (%u pairs)\n", self->restricted.same->len, self->restricted.different->len,
                 ul_ratios_cllr (&self->restricted), ul_ratios_min_cllr (&self->restricted), 100 * ul_ratios_misleading (&self->restricted, TRUE),
                 100 * ul_ratios_misleading (&self->restricted, FALSE), hardest->len);
  for (guint i = 0; i < MIN (hardest->len, HARDEST_SHOWN); i++) {
    const Pair *p = &g_array_index (hardest, Pair, i);
    ul_cli_printf ("  %5.2f  %s and %s: %s\n", p->log10_lr, p->a->maker, p->b->maker, p->a->profile->parts[UL_PART_SPS]);
  }
  return UL_EXIT_OK;
}

static void
print_encoder (const Evaluation *self)
{
  double strongest = -INFINITY;

  for (guint i = 0; i < self->restricted.different->len; i++)
    strongest = MAX (strongest, g_array_index (self->restricted.different, double, i));
  ul_cli_printf ("The coding of the pictures alone; every source is left out of the rules' counts and of the library in turn.\n\n"
                 "makers with at least %u sources: n %u, best candidate right %.1f %%, named and right %.1f %%\n"
                 "all whose encoder is known: n %u, named wrongly %u (%.1f %%)\n", SOURCES_TO_MEASURE, self->n_coded,
                 percent (self->n_best, self->n_coded), percent (self->n_named, self->n_coded), self->n_known, self->n_misnamed,
                 percent (self->n_misnamed, self->n_known));
  for (guint i = 0; i < self->confusions->len; i++)
    ul_cli_printf ("  %s\n", (const char *) g_ptr_array_index (self->confusions, i));
  ul_cli_printf ("restricted maker or not: %u restricted, %u others; Cllr %.3f, at least %.3f by any calibration\n"
                 "  misleading evidence: %.1f %% of the restricted below 1, %.1f %% of the others above 1; strongest of these %.2f\n",
                 self->restricted.same->len, self->restricted.different->len, ul_ratios_cllr (&self->restricted), ul_ratios_min_cllr (&self->restricted),
                 100 * ul_ratios_misleading (&self->restricted, TRUE), 100 * ul_ratios_misleading (&self->restricted, FALSE), strongest);
}

/* --- rows ---------------------------------------------------------------------------------- */

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
  UlWeighing weighing = { recounted_ratio, &recount, row->group_name };
  g_autoptr (UlJudgement) j = ul_judgement_new (self->knowledge, evidence, self->without_layers, self->leave_out ? &weighing : NULL);
  const UlAnswer *answer = &j->answers[UL_SUBJECT_MAKER];
  Set set = set_of (self, row);
  if (self->encoder)
    score_encoder (self, row, evidence, j);
  else
    score (self, row, set, answer, j->restricted_log10_lr);
  if (self->verbose) {
    const UlCandidate *first = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;
    ul_cli_printf ("%-28s %-20s %-16s %6.2f %-16s %-12s %-14s %-24s set %d\n", row->id, row->maker ? row->maker : "-", answer->id,
                   answer->log10_lr, first ? first->id : "-", j->path, j->answers[UL_SUBJECT_PLATFORM].id,
                   j->answers[UL_SUBJECT_SOFTWARE].id, set);
  }
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
                 ul_ratios_cllr (&self->restricted), self->restricted.same->len, self->restricted.different->len);
}

static void
evaluation_clear (Evaluation *self)
{
  g_clear_pointer (&self->counts, ul_counts_free);
  g_clear_pointer (&self->corpus, ul_corpus_free);
  g_clear_pointer (&self->knowledge, ul_knowledge_unref);
  g_clear_pointer (&self->by_maker, g_tree_unref);
  g_clear_pointer (&self->confusions, g_ptr_array_unref);
  ul_ratios_clear (&self->restricted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Evaluation, evaluation_clear)

static gint
by_text (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static int
write_plot (const Evaluation *self)
{
  g_autofree char *svg = ul_ratios_plot_svg (&self->restricted, "A maker that policies name, or another", "made by one of them", "made by another");
  g_autoptr (GError) error = NULL;

  if (g_file_set_contents (self->plot, svg, -1, &error))
    return UL_EXIT_OK;
  ul_cli_complain ("%s", error->message);
  return UL_EXIT_OUTPUT;
}

/* `instead`: see corpus.h. */
static int
read_and_score (Evaluation *self, char **manifests, const char *instead)
{
  g_autoptr (GError) error = NULL;

  self->corpus = ul_corpus_new ();
  self->by_maker = g_tree_new_full (by_text, NULL, g_free, g_free);
  self->confusions = g_ptr_array_new_with_free_func (g_free);
  ul_ratios_init (&self->restricted);
  for (char **m = manifests; *m; m++)
    if (!ul_corpus_add (self->corpus, self->knowledge, *m, instead, &error)) {
      ul_cli_complain ("%s", error->message);
      return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? UL_EXIT_NO_INPUT : UL_EXIT_BAD_INPUT;
    }
  if (self->leave_out)
    self->counts = ul_counts_new (self->knowledge, self->corpus);
  for (guint i = 0; i < self->corpus->rows->len; i++)
    evaluate_row (self, g_ptr_array_index (self->corpus->rows, i));
  return UL_EXIT_OK;
}

static int
run (Evaluation *self, char **manifests)
{
  int code = read_and_score (self, manifests, NULL);

  if (code != UL_EXIT_OK)
    return code;
  if (self->encoder)
    print_encoder (self);
  else
    print_results (self);
  return self->plot ? write_plot (self) : UL_EXIT_OK;
}

/* --- disguises ---------------------------------------------------------------------------- */

/* scripts/disguise: named by UL_DISGUISE, or beside the build, or installed; NULL if it is nowhere. */
static char *
find_disguise (void)
{
  static const char *const places[] = { "../../scripts/disguise", "../libexec/underlabel/disguise" };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL), *folder = self ? g_path_get_dirname (self) : NULL;

  if (g_getenv ("UL_DISGUISE"))
    return g_strdup (g_getenv ("UL_DISGUISE"));
  for (gsize i = 0; folder && i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (folder, places[i], NULL);
    if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
      return g_steal_pointer (&path);
  }
  ul_cli_complain ("evaluate: scripts/disguise is not found (name it in UL_DISGUISE)");
  return NULL;
}

/* Standard output of the tool, or NULL after complaining. */
static char *
run_tool (GPtrArray *arguments)
{
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (arguments, NULL);
  if (g_spawn_sync (NULL, (char **) arguments->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error))
    return g_steal_pointer (&out);
  ul_cli_complain ("%s", error->message);
  return NULL;
}

/* Every input of the corpus disguised into `folder`. */
static gboolean
disguise (const Evaluation *self, const char *tool, const char *kind, const char *folder)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();

  g_ptr_array_add (arguments, (gpointer) tool);
  g_ptr_array_add (arguments, (gpointer) kind);
  g_ptr_array_add (arguments, (gpointer) "--into");
  g_ptr_array_add (arguments, (gpointer) folder);
  for (guint i = 0; i < self->corpus->rows->len; i++)
    g_ptr_array_add (arguments, ((UlCorpusRow *) g_ptr_array_index (self->corpus->rows, i))->path);
  g_autofree char *out = run_tool (arguments);

  return out != NULL;
}

static void
print_disguise (const Evaluation *self, const char *kind)
{
  ul_cli_printf ("%-16s %4u %8.1f %8.1f %5u %8.1f %7.3f %10.1f\n", kind, self->n_coded, percent (self->n_best, self->n_coded),
                 percent (self->n_named, self->n_coded), self->n_known, percent (self->n_misnamed, self->n_known),
                 ul_ratios_cllr (&self->restricted), 100 * ul_ratios_misleading (&self->restricted, FALSE));
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (folder);
}

/* The corpus of the run before is what is disguised. */
static int
run_disguise (Evaluation *self, char **manifests, const char *tool, const char *kind)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("underlabel-disguise-XXXXXX", &error);
  g_auto (Evaluation) disguised = { .knowledge = ul_knowledge_ref (self->knowledge), .without_layers = self->without_layers,
                                    .leave_out = self->leave_out, .encoder = TRUE, .verbose = self->verbose };
  int code = UL_EXIT_OUTPUT;

  if (!folder)
    ul_cli_complain ("%s", error->message);
  else if (disguise (self, tool, kind, folder))
    code = read_and_score (&disguised, manifests, folder);
  if (code == UL_EXIT_OK)
    print_disguise (&disguised, kind);
  if (folder)
    remove_folder (folder);
  return code;
}

static int
run_disguises (Evaluation *self, char **manifests, const char *kind)
{
  g_autofree char *tool = find_disguise ();
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  int code = tool ? read_and_score (self, manifests, NULL) : UL_EXIT_NO_INPUT;

  if (code != UL_EXIT_OK)
    return code;
  ul_cli_printf ("The coding of the pictures alone, every source left out in turn, of inputs that were disguised.\n\n"
                 "%-16s %4s %8s %8s %5s %8s %7s %10s\n", "disguise", "n", "best %", "named %", "known", "wrong %", "Cllr", "misleads %");
  print_disguise (self, "none");
  g_ptr_array_add (arguments, tool);
  g_ptr_array_add (arguments, (gpointer) "--list");
  g_autofree char *list = run_tool (arguments);
  g_auto (GStrv) lines = g_strsplit (list ? list : "", "\n", -1);
  for (char **line = lines; *line; line++) {
    g_auto (GStrv) words = g_strsplit (*line, " ", 2);
    if (words[0] && *words[0] && (g_str_equal (kind, "all") || g_str_equal (kind, words[0])))
      code = ul_exit_worse (code, run_disguise (self, manifests, tool, words[0]));
  }
  return code;
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

static void
use_encoder_alone (Evaluation *self)
{
  self->encoder = self->leave_out = TRUE;
  for (int i = 0; i < UL_N_LAYERS; i++)
    if (ul_layer_group ((UlLayer) i) != UL_GROUP_BITSTREAM)
      self->without_layers |= 1u << i;
}

int
ul_cmd_evaluate (int argc, char **argv)
{
  g_auto (Evaluation) self = { 0 };
  g_auto (GStrv) dirs = NULL, manifests = NULL, without = NULL;
  g_autofree char *layers = NULL, *plot = NULL, *library = NULL, *disguise_kind = NULL;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "leave-source-out", 0, 0, G_OPTION_ARG_NONE, &self.leave_out, "Count anew without each row's own source", NULL },
    { "layers", 0, 0, G_OPTION_ARG_STRING, &layers, "encoder: judge by the coding of the pictures alone, every source left out", "encoder" },
    { "pairs", 0, 0, G_OPTION_ARG_NONE, &self.pairs, "Measure the ratio of 'compare' on all pairs of the library instead; takes no manifest", NULL },
    { "disguise", 0, 0, G_OPTION_ARG_STRING, &disguise_kind, "Measure what a disguise costs: a kind of scripts/disguise, or all", "KIND" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &plot, "Draw how often the ratios mislead (Tippett plot, SVG)", "FILE" },
    { "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &without, "Leave this layer or group out of the judgement", "LAYER" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self.verbose, "A line a row", NULL },
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own rules, makers and policies", "DIR" },
    { "library", 'l', 0, G_OPTION_ARG_FILENAME, &library, "Add a library of your own (see 'underlabel enroll')", "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &manifests, NULL, "MANIFEST…" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Examines every input of a manifest (JSON Lines) and counts right, wrong and unknown answers.", entries))
    return UL_EXIT_USAGE;
  if (!manifests && !self.pairs) {
    ul_cli_complain ("evaluate: no manifest given");
    return UL_EXIT_USAGE;
  }
  if (!parse_without (without, &self.without_layers))
    return UL_EXIT_USAGE;
  if (layers && !g_str_equal (layers, "encoder")) {
    ul_cli_complain ("--layers: only 'encoder' is known, not '%s'", layers);
    return UL_EXIT_USAGE;
  }
  self.plot = plot;
  if (layers || disguise_kind)
    use_encoder_alone (&self);
  self.knowledge = ul_cli_knowledge (dirs, library, &code);
  if (!self.knowledge)
    return code;
  if (self.pairs)
    ul_ratios_init (&self.restricted);
  if (self.pairs)
    return evaluate_pairs (&self);
  return disguise_kind ? run_disguises (&self, manifests, disguise_kind) : run (&self, manifests);
}
