/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/report_private.h"

#include <string.h>

#include "base/redact.h"
#include "examiner.h"

const char *
ul_version (void)
{
  return UL_VERSION;
}

static void
stream_free (gpointer data)
{
  UlReportStream *s = data;

  g_free (s->codec);
  ul_judgement_free (s->judgement);
  ul_evidence_free (s->evidence);
  g_free (s);
}

static void
policy_free (gpointer data)
{
  UlReportPolicy *p = data;

  g_free (p->reason);
  g_free (p);
}

void
ul_report_free (UlReport *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->streams);
  g_ptr_array_unref (self->policies);
  g_ptr_array_unref (self->warnings);
  g_free (self->source);
  g_free (self->kind);
  g_free (self->sha256);
  g_free (self->container);
  g_free (self->claimed);
  g_free (self->explanation);
  ul_knowledge_unref (self->knowledge);
  g_free (self);
}

const UlReportStream *
ul_report_main_stream (const UlReport *self)
{
  return self->streams->len ? g_ptr_array_index (self->streams, self->main) : NULL;
}

const char *
ul_report_name_of (const UlReport *self, UlSubject subject, const char *id)
{
  const char *name = ul_makers_display_name (ul_knowledge_makers (self->knowledge), subject, id);

  return name ? name : id;
}

static gboolean
layers_without (const char *const *names, guint32 *ret_layers, GError **error)
{
  *ret_layers = 0;
  for (const char *const *n = names; n && *n; n++) {
    int layer = ul_layer_from_name (*n), group = ul_group_from_name (*n);

    if (layer < 0 && group < 0) {
      g_set_error (error, UL_ERROR, UL_ERROR_NOT_FOUND,
                   "no layer or group '%s' (rtsp, sdp, nal, params, sei, shape, container; dialogue, bitstream …)", *n);
      return FALSE;
    }
    for (int i = 0; i < UL_N_LAYERS; i++)
      if (i == layer || (int) ul_layer_group ((UlLayer) i) == group)
        *ret_layers |= 1u << i;
  }
  return TRUE;
}

static void
add_stream (UlReport *self, UlExaminer *examiner, guint32 without)
{
  UlReportStream *s = g_new0 (UlReportStream, 1);
  UlReportStream *last = self->streams->len ? g_ptr_array_index (self->streams, self->streams->len - 1) : NULL;

  s->index = self->streams->len;
  s->codec = g_strdup (ul_examiner_codec_name (examiner));
  s->n_pictures = ul_examiner_n_pictures (examiner);
  s->evidence = ul_examiner_dup_evidence (examiner);
  s->judgement = ul_judgement_new (self->knowledge, s->evidence, without, NULL, NULL);
  s->first_observation = last ? last->first_observation + ul_evidence_n (last->evidence) : 1;
  g_ptr_array_add (self->streams, s);
}

/* The stream with the strongest maker answer speaks for the input; of equals
 * the one with most evidence. */
static gboolean
speaks_louder (const UlReportStream *a, const UlReportStream *b)
{
  double x = a->judgement->answers[UL_SUBJECT_MAKER].log10_lr, y = b->judgement->answers[UL_SUBJECT_MAKER].log10_lr;

  return x != y ? x > y : ul_evidence_n (a->evidence) > ul_evidence_n (b->evidence);
}

static void
choose_main (UlReport *self)
{
  for (guint i = 1; i < self->streams->len; i++)
    if (speaks_louder (g_ptr_array_index (self->streams, i), g_ptr_array_index (self->streams, self->main)))
      self->main = i;
}

static void
collect_warnings (UlReport *self, const char *const *of_input)
{
  const UlReportStream *main = ul_report_main_stream (self);

  for (const char *const *w = of_input; w && *w; w++)
    g_ptr_array_add (self->warnings, ul_redact (*w, -1));
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    const char *a = s->judgement->answers[UL_SUBJECT_MAKER].id, *b = main->judgement->answers[UL_SUBJECT_MAKER].id;

    for (guint k = 0; k < ul_evidence_n_warnings (s->evidence); k++)
      g_ptr_array_add (self->warnings, self->streams->len > 1
                                         ? g_strdup_printf ("stream %u: %s", i, ul_evidence_get_warning (s->evidence, k))
                                         : g_strdup (ul_evidence_get_warning (s->evidence, k)));
    if (!g_str_equal (a, b))
      g_ptr_array_add (self->warnings, g_strdup_printf ("streams disagree: the maker of stream %u is %s, of stream %u %s", main->index, b, i, a));
  }
}

static guint
n_supporting_groups (const UlAnswer *answer)
{
  const UlCandidate *c = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;
  guint n = 0;

  for (guint i = 0; c && i < c->groups->len; i++)
    n += ul_support_from_ratio (((UlGroupWeight *) g_ptr_array_index (c->groups, i))->log10_lr) >= UL_SUPPORT_WEAK;
  return n;
}

static UlPolicyCase
case_of (const UlReport *self, const UlQuestion *question)
{
  const UlReportStream *s = ul_report_main_stream (self);
  UlPolicyCase c = { .claimed = question->claimed, .purpose = question->purpose, .buyer = question->buyer, .acquired = question->acquired };

  if (s) {
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    c.maker = maker->id;
    c.support = maker->support;
    c.n_groups = n_supporting_groups (maker);
    c.platform = s->judgement->answers[UL_SUBJECT_PLATFORM].id;
  }
  return c;
}

static gboolean
judge_policies (UlReport *self, const UlQuestion *question, GError **error)
{
  UlPolicyCase policy_case = case_of (self, question);

  for (const char *const *id = question->policies; id && *id; id++) {
    const UlPolicy *policy = ul_knowledge_find_policy (self->knowledge, *id);

    if (!policy) {
      g_set_error (error, UL_ERROR, UL_ERROR_NOT_FOUND, "no policy '%s' (see 'underlabel policies')", *id);
      return FALSE;
    }
    UlReportPolicy *p = g_new0 (UlReportPolicy, 1);
    p->policy = policy;
    p->result = ul_policy_judge (policy, self->knowledge, &policy_case, &p->reason);
    g_ptr_array_add (self->policies, p);
  }
  return TRUE;
}

static gboolean
is_date (const char *text)
{
  return strlen (text) == 10 && g_regex_match_simple ("^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$", text, 0, 0);
}

static gboolean
check_words (const UlKnowledge *knowledge, const UlQuestion *q, GError **error)
{
  const UlMakers *makers = ul_knowledge_makers (knowledge);
  const struct {
    const char *what, *word;
    UlNameList list;
  } words[] = { { "purpose", q->purpose, UL_NAME_PURPOSE }, { "buyer", q->buyer, UL_NAME_BUYER } };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (words[i].word && !ul_makers_resolve_name (makers, words[i].list, words[i].word)) {
      g_autoptr (GString) known = g_string_new (NULL);
      for (guint k = 0; k < ul_makers_n_names (makers, words[i].list); k++)
        g_string_append_printf (known, "%s%s", k ? ", " : "", ul_makers_get_name (makers, words[i].list, k)->id);
      g_set_error (error, UL_ERROR, UL_ERROR_NOT_FOUND, "no %s '%s' (%s)", words[i].what, words[i].word, known->str);
      return FALSE;
    }
  if (q->acquired && !is_date (q->acquired)) {
    g_set_error (error, UL_ERROR, UL_ERROR_NOT_FOUND, "'%s' is no date of the form YYYY-MM-DD", q->acquired);
    return FALSE;
  }
  return TRUE;
}

UlReport *
ul_report_new (UlKnowledge *knowledge, const UlInputInfo *input, const UlQuestion *question, UlExaminer *const *streams, guint n_streams,
               GError **error)
{
  g_autoptr (UlReport) self = g_new0 (UlReport, 1);
  guint32 without;

  self->knowledge = ul_knowledge_ref (knowledge);
  self->streams = g_ptr_array_new_with_free_func (stream_free);
  self->policies = g_ptr_array_new_with_free_func (policy_free);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  if (!layers_without (question->without, &without, error) || !check_words (knowledge, question, error))
    return NULL;
  self->source = input->source ? ul_redact (input->source, -1) : NULL;
  self->kind = g_strdup (input->kind);
  self->sha256 = g_strdup (input->sha256);
  self->container = g_strdup (input->container);
  self->bytes = input->bytes;
  for (guint i = 0; i < n_streams; i++)
    add_stream (self, streams[i], without);
  choose_main (self);
  collect_warnings (self, input->warnings);
  if (question->claimed) {
    const UlReportStream *s = ul_report_main_stream (self);
    self->claimed = ul_redact (question->claimed, -1);
    const UlAnswer *maker = s ? &s->judgement->answers[UL_SUBJECT_MAKER] : NULL;
    self->finding = ul_label_check (knowledge, question->claimed, maker ? maker->id : NULL, maker ? maker->support : UL_SUPPORT_NONE,
                                    &self->explanation);
  }
  if (!judge_policies (self, question, error))
    return NULL;
  return g_steal_pointer (&self);
}

int
ul_report_exit_code (const UlReport *self, gboolean fail_on_unknown)
{
  const UlReportStream *s = ul_report_main_stream (self);

  if (self->claimed && ul_label_finding_is_hit (self->finding))
    return 1;
  for (guint i = 0; i < self->policies->len; i++)
    if (ul_policy_result_is_hit (((UlReportPolicy *) g_ptr_array_index (self->policies, i))->result))
      return 1;
  gboolean unknown = !s || g_str_equal (s->judgement->answers[UL_SUBJECT_MAKER].id, "unknown");
  return fail_on_unknown && unknown ? 2 : 0;
}

const char *
ul_report_maker (const UlReport *self)
{
  const UlReportStream *s = ul_report_main_stream (self);

  return s ? s->judgement->answers[UL_SUBJECT_MAKER].id : "unknown";
}

const char *
ul_report_label_finding (const UlReport *self)
{
  return self->claimed ? ul_label_finding_name (self->finding) : NULL;
}
