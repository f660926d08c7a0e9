/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/report_private.h"

#include <string.h>

#include "base/redact.h"
#include "examiner.h"
#include "report/redaction.h"

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
  ul_authenticity_free (s->authenticity);
  ul_key_judgement_free (s->key);
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
  g_free (self->claim_manufacturer);
  g_free (self->claim_model);
  g_free (self->claim_firmware);
  g_free (self->claimed);
  g_free (self->explanation);
  ul_mask_free (self->mask);
  g_clear_pointer (&self->trust, ul_trust_unref);
  ul_knowledge_unref (self->knowledge);
  g_free (self);
}

const UlReportStream *
ul_report_main_stream (const UlReport *self)
{
  return self->streams->len ? g_ptr_array_index (self->streams, self->main) : NULL;
}

const UlReportStream *
ul_report_signed_stream (const UlReport *self)
{
  const UlReportStream *worst = ul_report_main_stream (self);

  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    UlAuthenticityVerdict v = s->authenticity ? s->authenticity->verdict : UL_AUTHENTICITY_UNSIGNED;
    if (v > (worst->authenticity ? worst->authenticity->verdict : UL_AUTHENTICITY_UNSIGNED))
      worst = s;
  }
  return worst;
}

const char *
ul_report_name_of (const UlReport *self, UlSubject subject, const char *id)
{
  const char *name = ul_makers_display_name (ul_knowledge_makers (self->knowledge), subject, id);

  return name ? name : id;
}

UlForge
ul_report_match_forge (const UlReportStream *stream, const UlMatch *match)
{
  for (guint i = 0; match->rule->group == UL_GROUP_BITSTREAM && i < match->observations->len; i++) {
    const UlObservation *o = ul_evidence_get (stream->evidence, g_array_index (match->observations, guint, i));
    if (o->first.line >= 0 && o->first.offset < 0)
      return UL_FORGE_TRIVIAL;
  }
  return match->rule->forge;
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

/* A signature that holds, by a key that a root of the knowledge vouches for, is evidence of the maker. */
static void
add_signature_evidence (UlReport *self, UlReportStream *s)
{
  const UlAuthenticity *a = s->authenticity;
  const UlTrustRoot *root = s->key->root_sha256 ? ul_knowledge_find_root (self->knowledge, s->key->root_sha256) : NULL;

  s->root_maker = root && s->key->trust == UL_KEY_TRUSTED ? root->maker : NULL;
  if (!s->root_maker || (a->verdict != UL_AUTHENTICITY_OK && a->verdict != UL_AUTHENTICITY_OK_WITH_MISSING))
    return;
  UlEvidence *evidence = ul_evidence_copy (s->evidence);
  ul_evidence_free (s->evidence);
  s->evidence = evidence;
  ul_evidence_add (evidence, UL_KEY_SIGNATURE_ROOT, root->id, UL_NOWHERE);
}

/* The signature says one maker, and all else another: nobody should overlook that. */
static void
compare_signature (UlReport *self, const UlReportStream *s, guint32 without)
{
  if (!s->root_maker)
    return;
  g_autoptr (UlJudgement) rest = ul_judgement_new (self->knowledge, s->evidence, without | 1u << UL_LAYER_SIGNATURE, NULL);
  const char *maker = rest->answers[UL_SUBJECT_MAKER].id;

  if (!g_str_equal (maker, "unknown") && !g_str_equal (maker, s->root_maker))
    g_ptr_array_add (self->warnings,
                     g_strdup_printf ("the key of stream %u is vouched for by a root of %s, but the stream bears the marks of %s", s->index,
                                      ul_report_name_of (self, UL_SUBJECT_MAKER, s->root_maker),
                                      ul_report_name_of (self, UL_SUBJECT_MAKER, maker)));
}

/* The built-in roots are read when the first signed stream asks for them. */
static const UlTrust *
trust_for (UlReport *self, const UlAuthenticity *a)
{
  if (a->n_seis == 0)
    return NULL;
  for (; !self->no_builtin_trust && self->n_roots_read < ul_knowledge_n_roots (self->knowledge); self->n_roots_read++) {
    const UlTrustRoot *root = ul_knowledge_get_root (self->knowledge, self->n_roots_read);
    g_autoptr (GError) error = NULL;
    if (!ul_trust_add_pem (self->trust, (const guint8 *) root->pem, strlen (root->pem), "built-in", &error))
      g_ptr_array_add (self->warnings, g_strdup_printf ("root %s: %s", root->id, error->message));
  }
  return self->trust;
}

static gboolean
take_trust (UlReport *self, const UlQuestion *question, GError **error)
{
  self->trust = ul_trust_new ();
  self->no_builtin_trust = question->no_builtin_trust;
  for (const char *const *path = question->trust; path && *path; path++)
    if (!ul_trust_add_path (self->trust, *path, error))
      return FALSE;
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
  s->journal = ul_examiner_journal (examiner);
  s->evidence = ul_examiner_dup_evidence (examiner);
  s->authenticity = ul_examiner_dup_authenticity (examiner);
  if (s->authenticity) {
    s->key = ul_key_judgement_new (&s->authenticity->identity, trust_for (self, s->authenticity));
    add_signature_evidence (self, s);
    compare_signature (self, s, without);
  }
  s->judgement = ul_judgement_new (self->knowledge, s->evidence, without, NULL);
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

static UlPolicyCase
case_of (const UlReport *self, const UlQuestion *question)
{
  const UlReportStream *s = ul_report_main_stream (self);
  UlPolicyCase c = { .claimed = self->claimed, .purpose = question->purpose, .buyer = question->buyer, .acquired = question->acquired };

  if (s) {
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    c.maker = maker->id;
    c.support = maker->support;
    c.n_groups = maker->candidates->len ? ((UlCandidate *) g_ptr_array_index (maker->candidates, 0))->n_groups : 0;
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

static void
take_claim (UlReport *self, const UlClaim *claim)
{
  if (!claim)
    return;
  self->has_claim = TRUE;
  self->claim_manufacturer = claim->manufacturer ? ul_redact (claim->manufacturer, -1) : NULL;
  self->claim_model = claim->model ? ul_redact (claim->model, -1) : NULL;
  self->claim_firmware = claim->firmware ? ul_redact (claim->firmware, -1) : NULL;
}

static void
check_label (UlReport *self, const char *claimed)
{
  const UlReportStream *s = ul_report_main_stream (self);
  const UlAnswer *maker = s ? &s->judgement->answers[UL_SUBJECT_MAKER] : NULL;

  if (!claimed)
    return;
  self->claimed = ul_redact (claimed, -1);
  self->finding = ul_label_check (self->knowledge, claimed, maker ? maker->id : NULL, maker ? maker->support : UL_SUPPORT_NONE, &self->explanation);
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
  if (!take_trust (self, question, error))
    return NULL;
  for (guint i = 0; i < n_streams; i++)
    add_stream (self, streams[i], without);
  choose_main (self);
  collect_warnings (self, input->warnings);
  take_claim (self, input->claim);
  check_label (self, question->claimed ? question->claimed : self->claim_manufacturer);
  if (!judge_policies (self, question, error))
    return NULL;
  if (question->redact)
    ul_report_redact (self, input->mask_salt);
  return g_steal_pointer (&self);
}

gboolean
ul_report_signature_fails (const UlReport *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    if (s->authenticity && (s->authenticity->verdict == UL_AUTHENTICITY_NOT_OK || s->key->trust == UL_KEY_NOT_OK))
      return TRUE;
  }
  return FALSE;
}

gboolean
ul_report_get_authenticity (const UlReport *self, UlReportAuthenticity *ret_authenticity)
{
  const UlReportStream *s = ul_report_signed_stream (self);
  const UlAuthenticity *a = s ? s->authenticity : NULL;

  *ret_authenticity = (UlReportAuthenticity){ .verdict = ul_authenticity_verdict_name (UL_AUTHENTICITY_UNSIGNED),
                                              .key = ul_key_trust_name (UL_KEY_ABSENT) };
  if (!a || a->n_seis == 0)
    return FALSE;
  const UlStretch *last = a->stretches->len ? g_ptr_array_index (a->stretches, a->stretches->len - 1) : NULL;
  *ret_authenticity = (UlReportAuthenticity){ .verdict = ul_authenticity_verdict_name (a->verdict),
                                              .key = ul_key_trust_name (s->key->trust),
                                              .why = last ? last->why : NULL,
                                              .gops_ok = a->gops[UL_GOP_OK],
                                              .gops_missing = a->gops[UL_GOP_MISSING],
                                              .gops_not_ok = a->gops[UL_GOP_NOT_OK],
                                              .gops_unsigned = a->gops[UL_GOP_UNSIGNED],
                                              .gops_not_judgeable = a->gops[UL_GOP_NOT_JUDGEABLE] };
  return TRUE;
}

int
ul_report_exit_code (const UlReport *self, gboolean fail_on_unknown)
{
  const UlReportStream *s = ul_report_main_stream (self);

  if (ul_report_signature_fails (self))
    return 3;
  if (self->claimed && ul_label_finding_is_hit (self->finding))
    return 1;
  for (guint i = 0; i < self->policies->len; i++)
    if (ul_policy_result_is_hit (((UlReportPolicy *) g_ptr_array_index (self->policies, i))->result))
      return 1;
  gboolean unknown = !s || g_str_equal (s->judgement->answers[UL_SUBJECT_MAKER].id, "unknown");
  return fail_on_unknown && unknown ? 2 : 0;
}

gboolean
ul_report_get_answer (const UlReport *self, const char *subject, UlReportAnswer *ret_answer)
{
  static const struct {
    const char *name;
    UlSubject subject;
  } rows[] = { { "maker", UL_SUBJECT_MAKER }, { "platform", UL_SUBJECT_PLATFORM }, { "software", UL_SUBJECT_SOFTWARE }, { "recorder", UL_SUBJECT_RECORDER } };
  const UlReportStream *s = ul_report_main_stream (self);
  const UlJudgement *j = s ? s->judgement : NULL;

  *ret_answer = (UlReportAnswer){ .id = "unknown", .name = "unknown", .support = ul_support_name (UL_SUPPORT_NONE) };
  if (g_str_equal (subject, "restricted")) {
    ret_answer->log10_lr = j ? j->restricted_log10_lr : 0;
    return TRUE;
  }
  if (g_str_equal (subject, "path")) {
    ret_answer->id = ret_answer->name = j ? j->path : "unknown";
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const UlAnswer *a = j ? &j->answers[rows[i].subject] : NULL;

    if (!g_str_equal (subject, rows[i].name))
      continue;
    if (a)
      *ret_answer = (UlReportAnswer){ a->id, ul_report_name_of (self, rows[i].subject, a->id), ul_support_name (a->support), a->log10_lr };
    return TRUE;
  }
  return FALSE;
}

char *
ul_report_dup_hits (const UlReport *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->claimed && ul_label_finding_is_hit (self->finding))
    g_string_append_printf (text, "label %s: %s", ul_label_finding_name (self->finding), self->explanation);
  for (guint i = 0; i < self->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (self->policies, i);
    if (ul_policy_result_is_hit (p->result))
      g_string_append_printf (text, "%spolicy %s: %s: %s", text->len ? "\n" : "", p->policy->id, ul_policy_result_name (p->result), p->reason);
  }
  return text->len ? g_strdup (text->str) : NULL;
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
