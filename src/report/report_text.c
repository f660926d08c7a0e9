/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report for people: the finding first, then what it rests on, what speaks
 * against it, what is not known, what could be forged. */
#include <string.h>

#include "report/authenticity_writer.h"
#include "report/report_words.h"

#define MARKS_SHOWN 4
#define WARNINGS_SHOWN 12
#define VALUE_SHOWN 72 /* characters of an observation's value */

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
    g_autofree char *where = ul_where_text (o);
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

static void
write_finding (UlText *t, const UlReport *self, const UlReportStream *s)
{
  g_autofree char *rest = NULL;
  g_autofree char *head = ul_say_finding (self, s, &rest);

  ul_text_put (t, ul_answer_is_unknown (&s->judgement->answers[UL_SUBJECT_MAKER]) ? UL_STYLE_YELLOW : UL_STYLE_BOLD, head);
  ul_text_wrap (t, 0, (guint) g_utf8_strlen (head, -1), rest);
}

/* Takes the sayings. */
static void
write_sayings (UlText *t, const char *title, UlSayings *owned)
{
  g_autoptr (UlSayings) said = owned;

  ul_text_heading (t, title);
  for (guint i = 0; i < said->len; i++) {
    const UlSaid *s = g_ptr_array_index (said, i);
    ul_text_item (t, s->name, s->text);
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

  if (!ul_answer_is_unknown (a))
    ul_text_itemf (t, ul_subject_name (subject), "%s, %s support (%.2f)", ul_report_name_of (self, subject, a->id), ul_support_words (a->support),
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
    write_sayings (&t, "What speaks against it, and what does not count", ul_say_against (self, s));
    write_sayings (&t, "What is not known", ul_say_unknowns (s));
    if (maker->candidates->len)
      write_sayings (&t, "What could be forged", ul_say_forgery (s, maker));
    write_decoded (&t, s);
    ul_authenticity_write_text (&t, self, ul_report_signed_stream (self));
  }
  write_sayings (&t, "Input and method", ul_say_input (self));
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
