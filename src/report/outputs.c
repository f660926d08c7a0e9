/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/outputs.h"

gboolean
ul_output_maker_is_known (const UlReport *report)
{
  return !g_str_equal (ul_report_maker (report), "unknown");
}

/* Marks that stand by themselves come before those that only corroborate. */
static gboolean
is_stronger (const UlMatch *a, const UlMatch *b)
{
  if (!b || a->corroborating != b->corroborating)
    return !b || !a->corroborating;
  return a->log10_lr > b->log10_lr;
}

UlWhere
ul_output_strongest_place (const UlReport *report)
{
  const UlReportStream *s = ul_report_main_stream (report);
  const UlAnswer *maker = s ? &s->judgement->answers[UL_SUBJECT_MAKER] : NULL;
  const UlMatch *best = NULL;
  UlWhere place = UL_NOWHERE;

  if (!maker || !maker->candidates->len || g_str_equal (maker->id, "unknown"))
    return place;
  const UlCandidate *c = g_ptr_array_index (maker->candidates, 0);
  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    for (guint k = 0; k < w->matches->len; k++) {
      const UlMatch *m = g_ptr_array_index (w->matches, k);
      const UlObservation *o = m->observations->len ? ul_evidence_get (s->evidence, g_array_index (m->observations, guint, 0)) : NULL;
      if (!o || (o->first.line < 1 && o->first.offset < 0) || !is_stronger (m, best))
        continue;
      best = m;
      place = o->first;
    }
  }
  return place;
}

char *
ul_output_maker_sentence (const UlReport *report)
{
  const UlReportStream *s = ul_report_main_stream (report);
  UlReportAnswer maker;
  g_autoptr (GString) text = g_string_new (NULL);

  ul_report_get_answer (report, "maker", &maker);
  if (ul_output_maker_is_known (report)) {
    g_string_append_printf (text, "Made by %s: %s support, log10 likelihood ratio ", maker.name, maker.support);
    ul_json_append_ratio (text, maker.log10_lr);
    g_string_append_c (text, '.');
  } else {
    g_string_append (text, "The maker is unknown.");
    if (s && s->judgement->next)
      g_string_append_printf (text, " Next: %s.", s->judgement->next);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
ul_output_signature_sentence (const UlReport *report)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < report->streams->len; i++) {
    g_autofree char *sentence = ul_authenticity_dup_sentence (g_ptr_array_index (report->streams, i));
    if (!sentence)
      continue;
    if (report->streams->len > 1)
      g_string_append_printf (text, "%sstream %u: ", text->len ? " " : "", i);
    g_string_append (text, sentence);
  }
  return text->len ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
