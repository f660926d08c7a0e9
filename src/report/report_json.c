/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Schema underlabel.report/1 (DESIGN.md): members in the order given there. */
#include "report/authenticity_writer.h"

static void
write_alternatives (UlJson *j, const UlAnswer *answer)
{
  gboolean named = !g_str_equal (answer->id, "unknown");

  ul_json_begin_array (j, "alternatives");
  for (guint i = named ? 1 : 0; i < answer->candidates->len; i++) {
    const UlCandidate *c = g_ptr_array_index (answer->candidates, i);
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "id", c->id);
    ul_json_ratio (j, "log10_lr", c->log10_lr);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

static void
write_match (UlJson *j, const UlReportStream *s, const UlMatch *m)
{
  ul_json_begin_object (j, NULL);
  ul_json_string (j, "rule", m->rule->id);
  ul_json_string (j, "title", m->rule->title);
  ul_json_ratio (j, "log10_lr", m->log10_lr);
  ul_json_string (j, "forge", ul_forge_name (ul_report_match_forge (s, m)));
  if (m->corroborating)
    ul_json_bool (j, "corroborating", TRUE);
  ul_json_begin_object (j, "counts");
  ul_json_int (j, "own", m->own);
  ul_json_int (j, "own_of", m->own_of);
  ul_json_int (j, "other", m->other);
  ul_json_int (j, "other_of", m->other_of);
  ul_json_end_object (j);
  ul_json_begin_array (j, "observations");
  for (guint i = 0; i < m->observations->len; i++)
    ul_json_int (j, NULL, s->first_observation + g_array_index (m->observations, guint, i));
  ul_json_end_array (j);
  ul_json_end_object (j);
}

/* Of the first candidate. */
static void
write_groups (UlJson *j, const UlReportStream *s, const UlAnswer *answer)
{
  const UlCandidate *c = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;

  ul_json_begin_array (j, "groups");
  for (guint i = 0; c && i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "group", ul_group_name (w->group));
    ul_json_ratio (j, "log10_lr", w->log10_lr);
    ul_json_begin_array (j, "marks");
    for (guint k = 0; k < w->matches->len; k++)
      ul_json_string (j, NULL, ((UlMatch *) g_ptr_array_index (w->matches, k))->rule->id);
    ul_json_end_array (j);
    ul_json_begin_array (j, "evidence");
    for (guint k = 0; k < w->matches->len; k++)
      write_match (j, s, g_ptr_array_index (w->matches, k));
    ul_json_end_array (j);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

static void
write_answer (UlJson *j, const UlReport *self, const UlReportStream *s, UlSubject subject, const char *name)
{
  const UlAnswer *answer = &s->judgement->answers[subject];

  ul_json_begin_object (j, name);
  ul_json_string (j, "id", answer->id);
  ul_json_string (j, "name", ul_report_name_of (self, subject, answer->id));
  ul_json_string (j, "support", ul_support_name (answer->support));
  ul_json_ratio (j, "log10_lr", answer->log10_lr);
  if (answer->contested)
    ul_json_bool (j, "contested", TRUE);
  write_alternatives (j, answer);
  write_groups (j, s, answer);
  if (subject == UL_SUBJECT_MAKER && s->judgement->next)
    ul_json_string (j, "next", s->judgement->next);
  ul_json_end_object (j);
}

static void
write_set_aside (UlJson *j, const UlJudgement *judgement)
{
  ul_json_begin_array (j, "set_aside");
  for (guint i = 0; i < judgement->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (judgement->matches, i);
    if (!m->set_aside)
      continue;
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "rule", m->rule->id);
    ul_json_string (j, "says", m->rule->says);
    ul_json_string (j, "reason", m->set_aside);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

static void
write_answers (UlJson *j, const UlReport *self, const UlReportStream *s)
{
  ul_json_begin_object (j, "answers");
  write_answer (j, self, s, UL_SUBJECT_MAKER, "maker");
  write_answer (j, self, s, UL_SUBJECT_PLATFORM, "platform");
  write_answer (j, self, s, UL_SUBJECT_SOFTWARE, "software");
  if (s->judgement->answers[UL_SUBJECT_RECORDER].candidates->len)
    write_answer (j, self, s, UL_SUBJECT_RECORDER, "recorder");
  ul_json_begin_object (j, "path");
  ul_json_string (j, "id", s->judgement->path);
  ul_json_begin_array (j, "because");
  for (guint i = 0; i < s->judgement->because->len; i++)
    ul_json_string (j, NULL, g_ptr_array_index (s->judgement->because, i));
  ul_json_end_array (j);
  ul_json_end_object (j);
  ul_json_begin_object (j, "restricted");
  ul_json_ratio (j, "log10_lr", s->judgement->restricted_log10_lr);
  ul_json_end_object (j);
  write_set_aside (j, s->judgement);
  ul_json_end_object (j);
}

static void
write_where (UlJson *j, const UlObservation *o)
{
  ul_json_begin_object (j, "where");
  if (o->first.line >= 0)
    ul_json_int (j, "line", o->first.line);
  if (o->first.offset >= 0)
    ul_json_int (j, "offset", o->first.offset);
  if (o->first.length >= 0)
    ul_json_int (j, "length", o->first.length);
  if (o->first.time_us >= 0)
    ul_json_int (j, "time_us", o->first.time_us);
  ul_json_end_object (j);
}

static void
write_provenance (UlJson *j, UlProvenance provenance)
{
  static const struct {
    UlProvenance bit;
    const char *name;
  } names[] = { { UL_PROVENANCE_PARSED_BY_LIBRARY, "parsed-by-library" },
                { UL_PROVENANCE_DEPAYLOADED, "depayloaded" },
                { UL_PROVENANCE_PARSER_TOUCHED, "parser-touched" },
                { UL_PROVENANCE_MUXER_TOUCHED, "muxer-touched" },
                { UL_PROVENANCE_LOG, "client-log" } };

  if (provenance == UL_PROVENANCE_AS_SENT)
    return;
  ul_json_begin_array (j, "provenance");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (provenance & names[i].bit)
      ul_json_string (j, NULL, names[i].name);
  ul_json_end_array (j);
}

static void
write_observations (UlJson *j, const UlReport *self)
{
  ul_json_begin_array (j, "observations");
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);

    for (guint k = 0; k < ul_evidence_n (s->evidence); k++) {
      const UlObservation *o = ul_evidence_get (s->evidence, k);
      ul_json_begin_object (j, NULL);
      ul_json_int (j, "n", s->first_observation + k);
      ul_json_int (j, "stream", s->index);
      ul_json_string (j, "key", ul_key_name (o->key));
      ul_json_string (j, "value", o->value);
      ul_json_string (j, "layer", ul_layer_name (ul_key_layer (o->key)));
      if (o->count > 1)
        ul_json_int (j, "count", (gint64) o->count);
      write_provenance (j, o->provenance);
      write_where (j, o);
      ul_json_end_object (j);
    }
  }
  ul_json_end_array (j);
}

static void
write_tool (UlJson *j, const UlReport *self)
{
  ul_json_begin_object (j, "tool");
  ul_json_string (j, "version", ul_version ());
  ul_json_string (j, "knowledge", ul_knowledge_id (self->knowledge));
  ul_json_end_object (j);
}

static void
write_warnings (UlJson *j, const UlReport *self)
{
  ul_json_begin_array (j, "warnings");
  for (guint i = 0; i < self->warnings->len; i++)
    ul_json_string (j, NULL, g_ptr_array_index (self->warnings, i));
  ul_json_end_array (j);
}

static void
write_redacted (UlJson *j, const UlReport *self)
{
  if (!self->mask)
    return;
  ul_json_begin_object (j, "redacted");
  ul_json_begin_object (j, "counts");
  for (UlMaskClass c = 0; c < UL_N_MASK_CLASSES; c++)
    if (self->n_masked[c])
      ul_json_int (j, ul_mask_class_name (c), self->n_masked[c]);
  ul_json_end_object (j);
  if (self->has_commitments) {
    ul_json_begin_array (j, "commitments");
    for (guint i = 0; i < self->n_tokens; i++) {
      ul_json_begin_object (j, NULL);
      ul_json_string (j, "token", ul_mask_get_token (self->mask, i));
      ul_json_string (j, "sha256", ul_mask_get_commitment (self->mask, i));
      ul_json_end_object (j);
    }
    ul_json_end_array (j);
  }
  ul_json_end_object (j);
}

static void
write_input (UlJson *j, const UlReport *self)
{
  const UlReportStream *s = ul_report_main_stream (self);

  ul_json_begin_object (j, "input");
  ul_json_string (j, "source", self->source);
  ul_json_string (j, "kind", self->kind);
  ul_json_int (j, "bytes", (gint64) self->bytes);
  ul_json_string (j, "sha256", self->sha256);
  ul_json_string (j, "container", self->container);
  ul_json_string (j, "codec", s ? s->codec : NULL);
  ul_json_int (j, "frames", s ? (gint64) s->n_pictures : 0);
  ul_json_end_object (j);
}

static void
write_label_and_policies (UlJson *j, const UlReport *self)
{
  if (self->claimed) {
    ul_json_begin_object (j, "label");
    ul_json_string (j, "claimed", self->claimed);
    ul_json_string (j, "finding", ul_label_finding_name (self->finding));
    ul_json_string (j, "explanation", self->explanation);
    ul_json_end_object (j);
  } else {
    ul_json_string (j, "label", NULL);
  }
  if (self->has_claim) {
    ul_json_begin_object (j, "claim");
    ul_json_string (j, "manufacturer", self->claim_manufacturer);
    ul_json_string (j, "model", self->claim_model);
    ul_json_string (j, "firmware", self->claim_firmware);
    ul_json_end_object (j);
  }
  ul_authenticity_write_json (j, self, ul_report_signed_stream (self), FALSE);
  ul_json_begin_array (j, "policies");
  for (guint i = 0; i < self->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (self->policies, i);
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "id", p->policy->id);
    ul_json_string (j, "result", ul_policy_result_name (p->result));
    ul_json_string (j, "reason", p->reason);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

static void
write_streams (UlJson *j, const UlReport *self)
{
  ul_json_begin_array (j, "streams");
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    ul_json_begin_object (j, NULL);
    ul_json_int (j, "stream", s->index);
    ul_json_string (j, "codec", s->codec);
    ul_json_int (j, "frames", (gint64) s->n_pictures);
    write_answers (j, self, s);
    ul_authenticity_write_json (j, self, s, FALSE);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

char *
ul_report_authenticity_to_json (const UlReport *self, gboolean strip, gboolean pretty)
{
  UlJson j;

  ul_json_init (&j, pretty);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "schema", "underlabel.authenticity/1");
  write_tool (&j, self);
  write_input (&j, self);
  ul_authenticity_write_json (&j, self, ul_report_signed_stream (self), strip);
  ul_json_begin_array (&j, "streams");
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    ul_json_begin_object (&j, NULL);
    ul_json_int (&j, "stream", s->index);
    ul_json_string (&j, "codec", s->codec);
    ul_json_int (&j, "frames", (gint64) s->n_pictures);
    ul_authenticity_write_json (&j, self, s, strip);
    ul_json_end_object (&j);
  }
  ul_json_end_array (&j);
  write_warnings (&j, self);
  write_redacted (&j, self);
  ul_json_end_object (&j);
  return ul_json_steal (&j);
}

char *
ul_report_to_json (const UlReport *self, gboolean pretty)
{
  UlJson j;

  ul_json_init (&j, pretty);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "schema", "underlabel.report/1");
  write_tool (&j, self);
  write_input (&j, self);
  if (self->streams->len)
    write_answers (&j, self, ul_report_main_stream (self));
  write_label_and_policies (&j, self);
  write_streams (&j, self);
  write_observations (&j, self);
  write_warnings (&j, self);
  write_redacted (&j, self);
  ul_json_end_object (&j);
  return ul_json_steal (&j);
}
