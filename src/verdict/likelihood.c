/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict/likelihood.h"

#include <math.h>

#define UNKNOWN "unknown"

static void
match_free (gpointer data)
{
  UlMatch *m = data;

  g_array_unref (m->observations);
  g_free (m);
}

static void
group_weight_free (gpointer data)
{
  UlGroupWeight *w = data;

  g_ptr_array_unref (w->matches);
  g_free (w);
}

static void
candidate_free (gpointer data)
{
  UlCandidate *c = data;

  g_ptr_array_unref (c->groups);
  g_free (c);
}

void
ul_judgement_free (UlJudgement *self)
{
  if (!self)
    return;
  for (int i = 0; i < UL_N_SUBJECTS; i++)
    g_clear_pointer (&self->answers[i].candidates, g_ptr_array_unref);
  g_ptr_array_unref (self->because);
  g_ptr_array_unref (self->matches);
  g_free (self);
}

/* Two-digit ratios: what is compared is what is printed. */
static double
rounded (double log10_lr)
{
  double r = round (log10_lr * 100.0) / 100.0;

  return r == 0 ? 0 : r; /* no -0 */
}

static gboolean
is_of_library (const UlMatch *m)
{
  return g_str_has_prefix (m->rule->id, UL_LIBRARY_RULE_PREFIX);
}

/* --- matches --------------------------------------------------------------- */

static void
collect_matches (UlJudgement *self, const UlKnowledge *knowledge, const UlEvidence *evidence, guint32 without_layers, const UlWeighing *weighing)
{
  const UlRules *rules = ul_knowledge_rules (knowledge);
  g_autoptr (UlRuleView) view = ul_rule_view_new (evidence, without_layers);

  for (guint i = 0; i < ul_rules_n (rules); i++) {
    const UlRule *rule = ul_rules_get (rules, i);
    g_autoptr (GArray) indices = g_array_new (FALSE, FALSE, sizeof (guint));

    if (!ul_rule_matches (rule, view, indices))
      continue;
    UlMatch *m = g_new0 (UlMatch, 1);
    m->rule = rule;
    m->log10_lr = weighing->ratio ? weighing->ratio (rule, weighing->user_data) : rule->ratio;
    m->own = rule->own;
    m->own_of = rule->own_of;
    m->other = rule->other;
    m->other_of = rule->other_of;
    m->corroborating = rule->corroborating;
    m->observations = g_steal_pointer (&indices);
    g_ptr_array_add (self->matches, m);
  }
}

/* --- path ------------------------------------------------------------------- */

/* The path that hides most comes first; which groups of a maker's and of a
 * platform's marks it spoils, and why. */
#define OUTER (1u << UL_GROUP_DIALOGUE | 1u << UL_GROUP_CONTAINER | 1u << UL_GROUP_PACKETS | 1u << UL_GROUP_TLS)
#define SPOKEN (1u << UL_GROUP_DIALOGUE | 1u << UL_GROUP_PACKETS | 1u << UL_GROUP_TLS)

static const struct {
  const char *id;
  guint32 spoils_maker, spoils_platform; /* bit sets of UlGroup */
  gboolean speaks; /* another program speaks */
  const char *why;
} paths[] = {
  { "spliced", 0, 0, FALSE, NULL },
  { "re-encoded", OUTER | 1u << UL_GROUP_BITSTREAM, OUTER, FALSE,
    "a program coded these pictures; what stands around them may be copied" },
  { "relay", SPOKEN, SPOKEN, TRUE, "a relay speaks for itself" },
  { "recorder", SPOKEN, SPOKEN, TRUE, "a recorder speaks for itself" },
  { "remuxed", 1u << UL_GROUP_CONTAINER, 1u << UL_GROUP_CONTAINER, FALSE, "a muxer wrote this container" },
};

/* TRUE if a match says that path; the titles of those that do are added. */
static gboolean
says_path (const UlJudgement *self, const char *id, GPtrArray *titles)
{
  gboolean found = FALSE;

  for (guint i = 0; i < self->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (self->matches, i);
    if (m->rule->subject != UL_SUBJECT_PATH || !g_str_equal (m->rule->says, id))
      continue;
    found = TRUE;
    if (titles)
      g_ptr_array_add (titles, m->rule->title);
  }
  return found;
}

/* Index into paths of the one that spoils marks, or -1: what was joined may have
 * been coded by a program or relayed before. */
static int
decide_path (UlJudgement *self)
{
  for (gsize p = 0; p < G_N_ELEMENTS (paths); p++) {
    if (!says_path (self, paths[p].id, self->path ? NULL : self->because))
      continue;
    if (!self->path)
      self->path = paths[p].id;
    if (paths[p].spoils_maker)
      return (int) p;
  }
  return -1;
}

/* --- the library of references ------------------------------------------------ */

static gboolean
is_restricted (const char *maker, gpointer user_data)
{
  return ul_knowledge_maker_is_restricted (user_data, maker);
}

/* Pictures that one camera coded come through programs of many: where a dialogue was heard and does not name the maker, the
 * coding does not overrule it. */
static gboolean
hears_dialogue (const UlEvidence *evidence, guint32 without_layers)
{
  return (!(without_layers & 1u << UL_LAYER_RTSP) && ul_evidence_has_layer (evidence, UL_LAYER_RTSP))
         || (!(without_layers & 1u << UL_LAYER_SDP) && ul_evidence_has_layer (evidence, UL_LAYER_SDP));
}

/* What the library says of a stream. */
typedef struct {
  double restricted; /* the makers that policies name against all others; 0 where it says nothing */
  gboolean is_hint;  /* it does not stand by itself here */
} Library;

/* A mark for each maker that it speaks for. */
static Library
collect_library (UlJudgement *self, const UlKnowledge *knowledge, const UlEvidence *evidence, guint32 without_layers, const UlWeighing *weighing)
{
  Library library = { 0 };
  g_autoptr (UlEncoderProfile) profile = NULL;

  if (without_layers & (1u << UL_LAYER_PARAMS | 1u << UL_LAYER_NAL) || !(profile = ul_encoder_profile_new (evidence)))
    return library;
  gboolean has_vui = ul_encoder_profile_has_vui (profile);
  g_autoptr (GArray) ratios = ul_references_weigh (ul_knowledge_references (knowledge), profile, weighing->without_source, is_restricted,
                                                   (gpointer) knowledge, &library.restricted);
  library.is_hint = hears_dialogue (evidence, without_layers);
  for (guint i = 0; i < ratios->len; i++) {
    const UlEncoderRatio *r = &g_array_index (ratios, UlEncoderRatio, i);
    if (ul_support_from_ratio (r->log10_lr) < UL_SUPPORT_WEAK)
      break;
    UlMatch *m = g_new0 (UlMatch, 1);
    m->rule = r->rule;
    m->log10_lr = rounded (r->log10_lr);
    m->own = r->own;
    m->own_of = r->own_of;
    m->other = r->other;
    m->other_of = r->other_of;
    m->observations = g_array_copy (profile->observations);
    m->corroborating = library.is_hint || m->log10_lr < UL_LIBRARY_STANDS_LOG10_LR || (!has_vui && r->core_log10_lr < UL_LIBRARY_BARE_LOG10_LR);
    g_ptr_array_add (self->matches, m);
  }
  return library;
}

/* --- what the path spoils ------------------------------------------------------ */

/* Behind a relay that repeats an SDP, text of the SDP does not tell what program
 * of a camera's maker speaks: none does. */
static gboolean
is_repeated_text (const UlKnowledge *knowledge, const UlRule *rule)
{
  const UlName *name = ul_makers_find_name (ul_knowledge_makers (knowledge), UL_NAME_SOFTWARE, rule->says);

  return name && name->made_by && !(rule->layers & 1u << UL_LAYER_RTSP);
}

static void
set_aside_spoilt (UlJudgement *self, const UlKnowledge *knowledge, int p)
{
  for (guint i = 0; p >= 0 && i < self->matches->len; i++) {
    UlMatch *m = g_ptr_array_index (self->matches, i);
    guint32 group = 1u << m->rule->group;

    if ((m->rule->subject == UL_SUBJECT_MAKER && paths[p].spoils_maker & group)
        || (m->rule->subject == UL_SUBJECT_PLATFORM && paths[p].spoils_platform & group)
        || (m->rule->subject == UL_SUBJECT_SOFTWARE && g_str_equal (paths[p].id, "relay") && is_repeated_text (knowledge, m->rule)))
      m->set_aside = paths[p].why;
  }
}

/* --- candidates ---------------------------------------------------------------- */

static UlCandidate *
candidate_of (GPtrArray *candidates, const char *id)
{
  for (guint i = 0; i < candidates->len; i++) {
    UlCandidate *c = g_ptr_array_index (candidates, i);
    if (g_str_equal (c->id, id))
      return c;
  }
  UlCandidate *c = g_new0 (UlCandidate, 1);
  c->id = id;
  c->groups = g_ptr_array_new_with_free_func (group_weight_free);
  g_ptr_array_add (candidates, c);
  return c;
}

static UlGroupWeight *
group_of (UlCandidate *c, UlGroup group)
{
  for (guint i = 0; i < c->groups->len; i++) {
    UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    if (w->group == group)
      return w;
  }
  UlGroupWeight *w = g_new0 (UlGroupWeight, 1);
  w->group = group;
  w->matches = g_ptr_array_new ();
  g_ptr_array_add (c->groups, w);
  return w;
}

static gint
by_ratio_then_id (gconstpointer a, gconstpointer b)
{
  const UlMatch *x = *(UlMatch *const *) a, *y = *(UlMatch *const *) b;

  if (x->log10_lr != y->log10_lr)
    return x->log10_lr < y->log10_lr ? 1 : -1;
  if (x->corroborating != y->corroborating)
    return x->corroborating ? 1 : -1;
  return strcmp (x->rule->id, y->rule->id);
}

static gint
by_group (gconstpointer a, gconstpointer b)
{
  const UlGroupWeight *x = *(UlGroupWeight *const *) a, *y = *(UlGroupWeight *const *) b;

  return (gint) x->group - (gint) y->group;
}

/* The strongest mark that stands by itself; without one, the strongest that only
 * corroborates, which adds a weak weight at most. */
static double
weigh_group (UlGroupWeight *w, gboolean *ret_by_itself)
{
  const UlMatch *best = NULL;

  g_ptr_array_sort (w->matches, by_ratio_then_id);
  for (guint i = 0; !best && i < w->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (w->matches, i);
    if (!m->corroborating)
      best = m;
  }
  *ret_by_itself = best != NULL;
  return best ? best->log10_lr : MIN (((UlMatch *) g_ptr_array_index (w->matches, 0))->log10_lr, UL_RULE_WEAK_RATIO);
}

static void
weigh_candidate (UlCandidate *c)
{
  gboolean signature = FALSE;

  g_ptr_array_sort (c->groups, by_group);
  for (guint i = 0; i < c->groups->len; i++) {
    UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    gboolean by_itself;

    w->log10_lr = weigh_group (w, &by_itself);
    c->weight += w->log10_lr;
    c->n_groups += by_itself && ul_support_from_ratio (w->log10_lr) >= UL_SUPPORT_WEAK;
    signature |= w->group == UL_GROUP_SIGNATURE;
  }
  if (c->n_groups == 0)
    c->weight = MIN (c->weight, UL_RULE_WEAK_RATIO);
  if (c->n_groups < 2 && !signature)
    c->weight = MIN (c->weight, UL_ONE_GROUP_CEILING);
}

/* log10 of the mixture of every source but `self`: others unknown to the
 * library have likelihood 1, each other candidate its own with share w. */
static double
mixture_of_others (const GPtrArray *candidates, const UlCandidate *self, double w)
{
  double sum = 1.0;

  for (guint i = 0; i < candidates->len; i++) {
    const UlCandidate *c = g_ptr_array_index (candidates, i);
    if (c != self)
      sum += w * (pow (10.0, c->weight) - 1.0);
  }
  return log10 (sum);
}

static gint
by_strength (gconstpointer a, gconstpointer b)
{
  const UlCandidate *x = *(UlCandidate *const *) a, *y = *(UlCandidate *const *) b;

  if (x->log10_lr != y->log10_lr)
    return x->log10_lr < y->log10_lr ? 1 : -1;
  return strcmp (x->id, y->id);
}

/* Does nothing speak for it but the library, and that not by itself? */
static gboolean
is_hint_of_library (const UlCandidate *c)
{
  for (guint i = 0; i < c->groups->len; i++) {
    const GPtrArray *matches = ((UlGroupWeight *) g_ptr_array_index (c->groups, i))->matches;
    for (guint k = 0; k < matches->len; k++) {
      const UlMatch *m = g_ptr_array_index (matches, k);
      if (!m->corroborating || !is_of_library (m))
        return FALSE;
    }
  }
  return TRUE;
}

/* Who could be it instead: a hint of the library contests nobody. */
static const UlCandidate *
rival (const GPtrArray *candidates)
{
  for (guint i = 1; i < candidates->len; i++)
    if (!is_hint_of_library (g_ptr_array_index (candidates, i)))
      return g_ptr_array_index (candidates, i);
  return NULL;
}

static void
decide (UlAnswer *answer)
{
  const UlCandidate *first = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;
  const UlCandidate *second = rival (answer->candidates);

  answer->id = UNKNOWN;
  if (!first)
    return;
  answer->log10_lr = first->log10_lr;
  answer->support = ul_support_from_ratio (first->log10_lr);
  /* Two programs may both have had the stream in hand: that is no contradiction. */
  answer->contested = answer->subject != UL_SUBJECT_SOFTWARE && second
                      && first->log10_lr >= UL_NAMING_LOG10_LR
                      && first->log10_lr - second->log10_lr < UL_LEAD_LOG10_LR;
  if (first->log10_lr >= UL_NAMING_LOG10_LR && !answer->contested)
    answer->id = first->id;
}

static void
fuse (UlJudgement *self, UlSubject subject, double share)
{
  UlAnswer *answer = &self->answers[subject];

  answer->subject = subject;
  answer->candidates = g_ptr_array_new_with_free_func (candidate_free);
  for (guint i = 0; i < self->matches->len; i++) {
    UlMatch *m = g_ptr_array_index (self->matches, i);
    if (m->rule->subject == subject && !m->set_aside)
      g_ptr_array_add (group_of (candidate_of (answer->candidates, m->rule->says), m->rule->group)->matches, m);
  }
  for (guint i = 0; i < answer->candidates->len; i++)
    weigh_candidate (g_ptr_array_index (answer->candidates, i));
  for (guint i = 0; i < answer->candidates->len; i++) {
    UlCandidate *c = g_ptr_array_index (answer->candidates, i);
    double others = subject == UL_SUBJECT_SOFTWARE ? 0 : mixture_of_others (answer->candidates, c, share);
    c->log10_lr = rounded (c->weight - others);
  }
  g_ptr_array_sort (answer->candidates, by_strength);
  decide (answer);
}

/* Does the bitstream speak of a maker through a rule, not the library alone? */
static gboolean
bitstream_has_rules (const UlJudgement *self)
{
  for (guint i = 0; i < self->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (self->matches, i);
    if (m->rule->subject == UL_SUBJECT_MAKER && m->rule->group == UL_GROUP_BITSTREAM && !m->corroborating && !m->set_aside && !is_of_library (m))
      return TRUE;
  }
  return FALSE;
}

/* A candidate's weight without what the bitstream adds. */
static double
weight_outside_bitstream (const UlCandidate *c)
{
  double weight = 0;

  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    if (w->group != UL_GROUP_BITSTREAM)
      weight += w->log10_lr;
  }
  return MIN (weight, c->weight);
}

/* Made by a maker that a policy names, against made by another: the best of the
 * named ones against the mixture of the rest; and the library's ratio for the set of
 * them where it alone speaks of the bitstream, held as its marks are. */
static double
restricted_ratio (const UlJudgement *self, const UlKnowledge *knowledge, double share, Library library)
{
  const GPtrArray *candidates = self->answers[UL_SUBJECT_MAKER].candidates;
  double named = 0, others = 1.0, by_library = bitstream_has_rules (self) ? 0 : library.restricted;
  guint n_groups = 0;

  for (guint i = 0; i < candidates->len; i++) {
    const UlCandidate *c = g_ptr_array_index (candidates, i);
    double weight = by_library != 0 ? weight_outside_bitstream (c) : c->weight;
    if (!ul_knowledge_maker_is_restricted (knowledge, c->id)) {
      others += share * (pow (10.0, weight) - 1.0);
    } else if (n_groups == 0 || weight > named) {
      named = weight;
      n_groups = MAX (c->n_groups, 1);
    }
  }
  if (library.is_hint)
    by_library = MIN (by_library, UL_RULE_WEAK_RATIO);
  double ratio = named - log10 (others) + by_library;
  return rounded (by_library > 0 && n_groups < 2 ? MIN (ratio, UL_ONE_GROUP_CEILING) : ratio);
}

/* --- what to capture next ---------------------------------------------------------- */

static const char *
advice (const UlJudgement *self, const UlEvidence *evidence)
{
  gboolean dialogue = ul_evidence_has_layer (evidence, UL_LAYER_RTSP) || ul_evidence_has_layer (evidence, UL_LAYER_SDP);
  gboolean bitstream = ul_evidence_has_layer (evidence, UL_LAYER_PARAMS);
  const char *status = ul_evidence_first (evidence, UL_KEY_RTSP_STATUS);

  if (g_str_equal (self->path, "relay"))
    return "a relay speaks here: ask the camera itself";
  if (g_str_equal (self->path, "recorder"))
    return "a recorder speaks here: ask the camera itself";
  if (g_str_equal (self->path, "spliced"))
    return "the stream is joined from several: look at each part by itself";
  if (g_str_equal (self->path, "re-encoded"))
    return "the pictures were coded by a program: look for the camera's own stream or the first export";
  if (g_str_equal (self->path, "remuxed"))
    return "the container was rewritten: look for the recorder's own export, or the camera's RTSP dialogue";
  if (status && g_str_has_prefix (status, "401") && !ul_evidence_has_layer (evidence, UL_LAYER_SDP))
    return "only a refusal (401) was captured: give a login, so that DESCRIBE and SETUP are answered";
  if (!dialogue)
    return "no RTSP dialogue was captured: OPTIONS, DESCRIBE and SETUP of the camera itself say more";
  if (!bitstream)
    return "no parameter sets were captured: some seconds of video say more";
  return "a whole dialogue (OPTIONS, the 401, DESCRIBE, SETUP, PLAY) and some seconds of video say more";
}

/* --- the whole ------------------------------------------------------------------------ */

static void
default_path (UlJudgement *self)
{
  static const char *const direct = "the maker's own server speaks and no relay, recorder or muxer shows";
  const UlAnswer *maker = &self->answers[UL_SUBJECT_MAKER];

  if (self->path)
    return;
  self->path = UNKNOWN;
  if (g_str_equal (maker->id, UNKNOWN))
    return;
  const UlCandidate *c = g_ptr_array_index (maker->candidates, 0);
  for (guint i = 0; i < c->groups->len; i++)
    if (((UlGroupWeight *) g_ptr_array_index (c->groups, i))->group == UL_GROUP_DIALOGUE) {
      self->path = "direct";
      g_ptr_array_add (self->because, (gpointer) direct);
    }
}

UlJudgement *
ul_judgement_new (const UlKnowledge *knowledge, const UlEvidence *evidence, guint32 without_layers, const UlWeighing *weighing)
{
  static const UlWeighing as_held = { 0 };
  UlJudgement *self = g_new0 (UlJudgement, 1);
  double share = 1.0 / MAX (ul_makers_n (ul_knowledge_makers (knowledge)), 2u);

  self->matches = g_ptr_array_new_with_free_func (match_free);
  self->because = g_ptr_array_new ();
  collect_matches (self, knowledge, evidence, without_layers, weighing ? weighing : &as_held);
  int path = decide_path (self);
  Library library = collect_library (self, knowledge, evidence, without_layers, weighing ? weighing : &as_held);
  if (path >= 0 && paths[path].spoils_maker & 1u << UL_GROUP_BITSTREAM)
    library.restricted = 0;
  set_aside_spoilt (self, knowledge, path);
  for (int i = 0; i < UL_N_SUBJECTS; i++)
    fuse (self, (UlSubject) i, share);
  default_path (self);
  self->restricted_log10_lr = restricted_ratio (self, knowledge, share, library);
  if (g_str_equal (self->answers[UL_SUBJECT_MAKER].id, UNKNOWN))
    self->next = advice (self, evidence);
  return self;
}
