/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report for people: the finding first, then what it rests on, what speaks
 * against it, what is not known, what could be forged. */
#include <math.h>
#include <string.h>

#include "report/authenticity_writer.h"

#define MARKS_SHOWN 4
#define WARNINGS_SHOWN 12
#define VALUE_SHOWN 72 /* characters of an observation's value */

static const char *
support_words (UlSupport support)
{
  static const char *const words[UL_N_SUPPORTS] = { "no", "weak", "moderate", "moderately strong", "strong", "very strong",
                                                    "extremely strong" };
  return words[support];
}

/* Two figures: "about 40,000 times". */
static char *
times (double log10_lr)
{
  double v = pow (10.0, log10_lr);
  double step = pow (10.0, floor (log10_lr) - 1);
  guint64 n = (guint64) (log10_lr >= 1 ? round (v / step) * step : round (v));
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  GString *out = g_string_new (digits);

  for (gssize i = (gssize) out->len - 3; i > 0; i -= 3)
    g_string_insert_c (out, i, ',');
  return g_string_free (out, FALSE);
}

static char *
where_text (const UlObservation *o)
{
  GString *s = g_string_new (NULL);

  if (o->first.line >= 0)
    g_string_append_printf (s, "line %" G_GINT64_FORMAT, o->first.line);
  if (o->first.offset >= 0)
    g_string_append_printf (s, "%sbyte %" G_GINT64_FORMAT, s->len ? ", " : "", o->first.offset);
  if (o->first.time_us > 0)
    g_string_append_printf (s, "%s%.2f s", s->len ? ", " : "", (double) o->first.time_us / 1e6);
  if (o->count > 1)
    g_string_append_printf (s, "%s%" G_GUINT64_FORMAT " times", s->len ? ", " : "", o->count);
  return g_string_free (s, FALSE);
}

static char *
shortened (const char *value)
{
  if (g_utf8_strlen (value, -1) <= VALUE_SHOWN)
    return g_strdup (value);
  g_autofree char *head = g_utf8_substring (value, 0, VALUE_SHOWN - 1);
  return g_strconcat (head, "…", NULL);
}

static void
write_mark (UlText *t, const UlReportStream *s, const UlMatch *m)
{
  g_autofree char *counts = g_str_has_prefix (m->rule->id, UL_LIBRARY_RULE_PREFIX)
                              ? g_strdup_printf (": nearly so code %u of its %u sources and %u of %u others", m->own, m->own_of, m->other, m->other_of)
                              : g_strdup ("");
  g_autofree char *title = g_strconcat (m->rule->title, counts, m->corroborating ? " (corroborates only)" : NULL, NULL);

  g_string_append_printf (t->out, "    %5.2f  ", m->log10_lr);
  ul_text_wrap (t, 11, 11, title);
  for (guint i = 0; i < m->observations->len && i < 3; i++) {
    const UlObservation *o = ul_evidence_get (s->evidence, g_array_index (m->observations, guint, i));
    g_autofree char *where = where_text (o);
    g_autofree char *value = shortened (o->value);
    g_autofree char *line = g_strdup_printf ("           %s  %s%s%s", ul_key_name (o->key), value, *where ? "  @ " : "", where);
    ul_text_put (t, UL_STYLE_DIM, line);
    g_string_append_c (t->out, '\n');
  }
}

static void
write_evidence (UlText *t, const UlReport *self, const UlReportStream *s, const UlAnswer *answer)
{
  const UlCandidate *c = g_ptr_array_index (answer->candidates, 0);
  g_autofree char *title = g_strdup_printf ("Evidence for %s%s (log10 likelihood ratio of each mark; the strongest that stands by itself counts)",
                                            ul_report_name_of (self, answer->subject, c->id),
                                            answer->subject == UL_SUBJECT_RECORDER ? " as maker of the recorder" : "");

  ul_text_heading (t, title);
  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    g_string_append_printf (t->out, "  %s: %.2f\n", ul_group_name (w->group), w->log10_lr);
    for (guint k = 0; k < w->matches->len && k < MARKS_SHOWN; k++)
      write_mark (t, s, g_ptr_array_index (w->matches, k));
    if (w->matches->len > MARKS_SHOWN)
      g_string_append_printf (t->out, "           and %u more marks (--json lists them)\n", w->matches->len - MARKS_SHOWN);
  }
}

static gboolean
is_unknown (const UlAnswer *answer)
{
  return g_str_equal (answer->id, "unknown");
}

static void
write_finding (UlText *t, const UlReport *self, const UlReportStream *s)
{
  const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
  g_autoptr (GString) text = g_string_new (NULL);

  if (is_unknown (maker)) {
    g_string_append (text, maker->contested ? "The marks point to more than one maker." : "The evidence does not carry a name.");
    if (s->judgement->next)
      g_string_append_printf (text, " Next: %s.", s->judgement->next);
    ul_text_put (t, UL_STYLE_YELLOW, "Unknown maker. ");
    ul_text_wrap (t, 0, 15, text->str);
  } else {
    const char *name = ul_report_name_of (self, UL_SUBJECT_MAKER, maker->id);
    g_autofree char *n = times (maker->log10_lr);
    g_autofree char *head = g_strdup_printf ("Made by %s. ", name);
    ul_text_put (t, UL_STYLE_BOLD, head);
    g_string_append_printf (text, "There is %s support for this: what was found is about %s times more probable if %s made this stream's "
                                  "firmware than if another source did (log10 likelihood ratio %.2f).",
                            support_words (maker->support), n, name, maker->log10_lr);
    ul_text_wrap (t, 0, (guint) g_utf8_strlen (head, -1), text->str);
  }
}

static void
write_label (UlText *t, const UlReport *self)
{
  gboolean bad = ul_label_finding_is_hit (self->finding);
  g_autofree char *head = NULL;

  if (!self->claimed)
    return;
  head = g_strdup_printf ("Label \"%s\": %s. ", self->claimed, ul_label_finding_name (self->finding));
  ul_text_put (t, bad ? UL_STYLE_RED : self->finding == UL_LABEL_UNDETERMINED ? UL_STYLE_YELLOW : UL_STYLE_GREEN, head);
  ul_text_wrap (t, 0, (guint) g_utf8_strlen (head, -1), self->explanation);
}

static void
write_policies (UlText *t, const UlReport *self)
{
  for (guint i = 0; i < self->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (self->policies, i);
    gboolean hit = ul_policy_result_is_hit (p->result);
    g_autofree char *head = g_strdup_printf ("Policy %s: %s. ", p->policy->id, ul_policy_result_name (p->result));
    ul_text_put (t, hit ? UL_STYLE_RED : UL_STYLE_PLAIN, head);
    ul_text_wrap (t, 0, (guint) g_utf8_strlen (head, -1), p->reason);
  }
}

static void
write_answer (UlText *t, const UlReport *self, const UlReportStream *s, UlSubject subject)
{
  const UlAnswer *a = &s->judgement->answers[subject];

  if (!is_unknown (a))
    ul_text_itemf (t, ul_subject_name (subject), "%s, %s support (%.2f)", ul_report_name_of (self, subject, a->id), support_words (a->support),
           a->log10_lr);
  else if (subject != UL_SUBJECT_RECORDER)
    ul_text_item (t, ul_subject_name (subject), a->contested ? "unknown: the marks contradict each other" : "unknown");
}

static void
write_answers (UlText *t, const UlReport *self, const UlReportStream *s)
{
  const UlJudgement *j = s->judgement;
  g_autoptr (GString) because = g_string_new (j->path);

  ul_text_heading (t, "Answers");
  write_answer (t, self, s, UL_SUBJECT_MAKER);
  write_answer (t, self, s, UL_SUBJECT_PLATFORM);
  write_answer (t, self, s, UL_SUBJECT_SOFTWARE);
  write_answer (t, self, s, UL_SUBJECT_RECORDER);
  for (guint i = 0; i < j->because->len; i++)
    g_string_append_printf (because, "%s%s", i ? "; " : ": ", (const char *) g_ptr_array_index (j->because, i));
  ul_text_item (t, "path", because->str);
  ul_text_itemf (t, "restricted", "made by a maker that a policy names, against made by another: log10 likelihood ratio %.2f",
         j->restricted_log10_lr);
}

static void
write_against (UlText *t, const UlReport *self, const UlReportStream *s)
{
  const UlJudgement *j = s->judgement;
  const UlAnswer *maker = &j->answers[UL_SUBJECT_MAKER];
  gboolean any = FALSE;

  ul_text_heading (t, "What speaks against it, and what does not count");
  for (guint i = is_unknown (maker) ? 0 : 1; i < maker->candidates->len && i < 6; i++) {
    const UlCandidate *c = g_ptr_array_index (maker->candidates, i);
    any = TRUE;
    ul_text_itemf (t, "candidate", "%s, log10 likelihood ratio %.2f", ul_report_name_of (self, UL_SUBJECT_MAKER, c->id), c->log10_lr);
  }
  for (guint i = 0; i < j->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (j->matches, i);
    if (!m->set_aside)
      continue;
    any = TRUE;
    ul_text_itemf (t, "set aside", "%s (would speak for %s): %s", m->rule->title, ul_report_name_of (self, m->rule->subject, m->rule->says),
           m->set_aside);
  }
  if (!any)
    ul_text_item (t, "nothing", "no mark of another maker was found. That others may write the same marks is in the ratios.");
}

static void
write_unknowns (UlText *t, const UlReportStream *s)
{
  const UlEvidence *e = s->evidence;
  gboolean rtsp = ul_evidence_has_layer (e, UL_LAYER_RTSP), sdp = ul_evidence_has_layer (e, UL_LAYER_SDP);

  ul_text_heading (t, "What is not known");
  if (!rtsp || !sdp)
    ul_text_itemf (t, "not seen", "%s%s%s", rtsp ? "" : "RTSP messages", !rtsp && !sdp ? ", " : "", sdp ? "" : "a session description");
  if (!ul_evidence_has_layer (e, UL_LAYER_PARAMS))
    ul_text_item (t, "not seen", "parameter sets of the video");
  if (!ul_evidence_has_layer (e, UL_LAYER_SHAPE))
    ul_text_item (t, "not seen", "the video itself: its slices, its SEI");
  if (!s->authenticity || s->authenticity->n_ok == 0 || s->key->trust != UL_KEY_TRUSTED)
    ul_text_itemf (t, "signature", "no cryptographic signature %s; without one every mark can be forged.",
                   s->authenticity && s->authenticity->n_seis ? "by a trusted key was verified" : "was verified");
}

static void
write_forgery (UlText *t, const UlReportStream *s, const UlAnswer *maker)
{
  static const char *const costs[] = { "trivial: a line of text can be edited", "easy: a muxer option or a bitstream filter does it",
                                       "hard: the encoder must be changed or the video coded again", "infeasible without the private key" };
  const UlCandidate *c = g_ptr_array_index (maker->candidates, 0);

  ul_text_heading (t, "What could be forged");
  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    const UlMatch *strongest = g_ptr_array_index (w->matches, 0);
    ul_text_item (t, ul_group_name (w->group), costs[ul_report_match_forge (s, strongest)]);
  }
}

/* Asked for with an option of its own, it is told whether or not a rule weighs it. */
static void
write_decoded (UlText *t, const UlReportStream *s)
{
  static const struct {
    UlKey key;
    const char *label;
  } rows[] = {
    { UL_KEY_DECODED_PICTURES, "pictures decoded" },
    { UL_KEY_DECODED_QP_MAP, "QP is set by" },
    { UL_KEY_DECODED_QP_RANGE, "QP range of a picture, up to" },
    { UL_KEY_DECODED_QP_STEP, "QP step, up to" },
    { UL_KEY_DECODED_MV_PRECISION, "vectors by sample, %" },
    { UL_KEY_DECODED_MV_RANGE, "vectors in samples, up to" },
    { UL_KEY_DECODED_MV_LISTS, "vectors by list, %" },
    { UL_KEY_DECODED_PARTITIONS, "partitions" },
    { UL_KEY_DECODED_INTRA, "intra macroblocks, %" },
  };

  if (!ul_evidence_first (s->evidence, UL_KEY_DECODED_PICTURES))
    return;
  ul_text_heading (t, "What decoding showed, by picture type");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) values = g_string_new (NULL);

    for (guint n = 0; n < ul_evidence_n (s->evidence); n++) {
      const UlObservation *o = ul_evidence_get (s->evidence, n);
      if (o->key == rows[i].key)
        g_string_append_printf (values, "%s%s", values->len ? ", " : "", o->value);
    }
    if (values->len) {
      g_string_append_printf (t->out, "  %-28s ", rows[i].label);
      ul_text_wrap (t, 31, 31, values->str);
    }
  }
}

static void
write_input (UlText *t, const UlReport *self)
{
  ul_text_heading (t, "Input and method");
  gboolean framed = self->container && g_strcmp0 (self->container, self->kind) != 0;
  ul_text_itemf (t, "input", "%s (%s%s%s, %" G_GUINT64_FORMAT " bytes)", self->source ? self->source : "-", self->kind ? self->kind : "?",
         framed ? ", " : "", framed ? self->container : "", self->bytes);
  if (self->has_claim)
    ul_text_itemf (t, "claim", "the device says of itself: %s, model %s, firmware %s (its word, no evidence)",
           self->claim_manufacturer ? self->claim_manufacturer : "no manufacturer", self->claim_model ? self->claim_model : "unknown",
           self->claim_firmware ? self->claim_firmware : "unknown");
  ul_text_item (t, "sha256", self->sha256 ? self->sha256 : "not computed");
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    g_autofree char *name = g_strdup_printf ("stream %u", s->index);
    ul_text_itemf (t, name, "%s, %" G_GUINT64_FORMAT " pictures, %u observations, maker %s%s", s->codec ? s->codec : "codec unknown", s->n_pictures,
           ul_evidence_n (s->evidence), ul_report_name_of (self, UL_SUBJECT_MAKER, maker->id),
           self->streams->len > 1 && i == self->main ? " (answers for the input)" : "");
  }
  ul_text_itemf (t, "method", "underlabel %s, knowledge %s; likelihood ratios from counts of independent sources, ENFSI verbal scale",
         ul_version (), ul_knowledge_id (self->knowledge));
}

static void
write_warnings (UlText *t, const UlReport *self)
{
  if (!self->warnings->len)
    return;
  ul_text_heading (t, "Warnings");
  for (guint i = 0; i < self->warnings->len && i < WARNINGS_SHOWN; i++) {
    g_string_append (t->out, "  - ");
    ul_text_wrap (t, 4, 4, g_ptr_array_index (self->warnings, i));
  }
  if (self->warnings->len > WARNINGS_SHOWN)
    g_string_append_printf (t->out, "  and %u more (--json lists them)\n", self->warnings->len - WARNINGS_SHOWN);
}

char *
ul_report_to_text (const UlReport *self, gboolean colour)
{
  UlText t = { g_string_new (NULL), colour };
  const UlReportStream *s = ul_report_main_stream (self);

  ul_text_put (&t, UL_STYLE_BOLD, self->source ? self->source : "-");
  g_string_append (t.out, "\n\n");
  if (s) {
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    write_finding (&t, self, s);
    write_label (&t, self);
    write_policies (&t, self);
    ul_authenticity_write_headline (&t, ul_report_signed_stream (self));
    write_answers (&t, self, s);
    if (maker->candidates->len)
      write_evidence (&t, self, s, maker);
    if (s->judgement->answers[UL_SUBJECT_RECORDER].candidates->len)
      write_evidence (&t, self, s, &s->judgement->answers[UL_SUBJECT_RECORDER]);
    write_against (&t, self, s);
    write_unknowns (&t, s);
    if (maker->candidates->len)
      write_forgery (&t, s, maker);
    write_decoded (&t, s);
    ul_authenticity_write_text (&t, self, ul_report_signed_stream (self));
  }
  write_input (&t, self);
  write_warnings (&t, self);
  return g_string_free (t.out, FALSE);
}

char *
ul_report_authenticity_to_text (const UlReport *self, gboolean strip, gboolean colour)
{
  UlText t = { g_string_new (NULL), colour };
  const UlReportStream *s = ul_report_signed_stream (self);

  ul_text_put (&t, UL_STYLE_BOLD, self->source ? self->source : "-");
  g_string_append (t.out, "\n\n");
  if (s && s->authenticity && s->authenticity->n_seis) {
    ul_authenticity_write_headline (&t, s);
    ul_authenticity_write_text (&t, self, s);
  } else {
    g_string_append (t.out, "NOT SIGNED. There is no signature in it.\n");
  }
  for (guint i = 0; strip && i < self->streams->len; i++) {
    const UlReportStream *stream = g_ptr_array_index (self->streams, i);
    if (stream->authenticity)
      g_string_append_printf (t.out, "\nstream %u  %s\n", stream->index, stream->authenticity->strip);
  }
  if (strip)
    g_string_append (t.out, "\n. as signed   N not as signed   M missing   U cannot be judged   P no signature   _ not hashed\n");
  write_warnings (&t, self);
  return g_string_free (t.out, FALSE);
}
