/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/report_words.h"

#include <math.h>

const char *
ul_support_words (UlSupport support)
{
  static const char *const words[UL_N_SUPPORTS] = { "no", "weak", "moderate", "moderately strong", "strong", "very strong",
                                                    "extremely strong" };
  return words[support];
}

/* Two figures: "about 40,000 times". */
char *
ul_times_text (double log10_lr)
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

char *
ul_where_text (const UlObservation *o)
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

gboolean
ul_answer_is_unknown (const UlAnswer *answer)
{
  return g_str_equal (answer->id, "unknown");
}

static void
said_free (gpointer data)
{
  UlSaid *said = data;

  g_free (said->name);
  g_free (said->text);
  g_free (said);
}

UlSayings *
ul_sayings_new (void)
{
  return g_ptr_array_new_with_free_func (said_free);
}

static void G_GNUC_PRINTF (3, 4)
say (UlSayings *to, const char *name, const char *format, ...)
{
  UlSaid *said = g_new (UlSaid, 1);
  va_list args;

  va_start (args, format);
  *said = (UlSaid){ g_strdup (name), g_strdup_vprintf (format, args) };
  va_end (args);
  g_ptr_array_add (to, said);
}

char *
ul_say_finding (const UlReport *self, const UlReportStream *s, char **ret_rest)
{
  const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];

  if (ul_answer_is_unknown (maker)) {
    GString *text = g_string_new (maker->contested ? "The marks point to more than one maker." : "The evidence does not carry a name.");
    if (s->judgement->next)
      g_string_append_printf (text, " Next: %s.", s->judgement->next);
    *ret_rest = g_string_free (text, FALSE);
    return g_strdup ("Unknown maker. ");
  }
  const char *name = ul_report_name_of (self, UL_SUBJECT_MAKER, maker->id);
  g_autofree char *n = ul_times_text (maker->log10_lr);
  *ret_rest = g_strdup_printf ("There is %s support for this: what was found is about %s times more probable if %s made this stream's "
                               "firmware than if another source did (log10 likelihood ratio %.2f).",
                               ul_support_words (maker->support), n, name, maker->log10_lr);
  return g_strdup_printf ("Made by %s. ", name);
}

UlSayings *
ul_say_against (const UlReport *self, const UlReportStream *s)
{
  g_autoptr (UlSayings) said = ul_sayings_new ();
  const UlJudgement *j = s->judgement;
  const UlAnswer *maker = &j->answers[UL_SUBJECT_MAKER];
  gboolean any = FALSE;

  for (guint i = ul_answer_is_unknown (maker) ? 0 : 1; i < maker->candidates->len && i < 6; i++) {
    const UlCandidate *c = g_ptr_array_index (maker->candidates, i);
    any = TRUE;
    say (said, "candidate", "%s, log10 likelihood ratio %.2f", ul_report_name_of (self, UL_SUBJECT_MAKER, c->id), c->log10_lr);
  }
  for (guint i = 0; i < j->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (j->matches, i);
    if (!m->set_aside)
      continue;
    any = TRUE;
    say (said, "set aside", "%s (would speak for %s): %s", m->rule->title, ul_report_name_of (self, m->rule->subject, m->rule->says),
           m->set_aside);
  }
  if (!any)
    say (said, "nothing", "%s", "no mark of another maker was found. That others may write the same marks is in the ratios.");
  return g_steal_pointer (&said);
}

UlSayings *
ul_say_unknowns (const UlReportStream *s)
{
  g_autoptr (UlSayings) said = ul_sayings_new ();
  const UlEvidence *e = s->evidence;
  gboolean rtsp = ul_evidence_has_layer (e, UL_LAYER_RTSP), sdp = ul_evidence_has_layer (e, UL_LAYER_SDP);

  if (!rtsp || !sdp)
    say (said, "not seen", "%s%s%s", rtsp ? "" : "RTSP messages", !rtsp && !sdp ? ", " : "", sdp ? "" : "a session description");
  if (!ul_evidence_has_layer (e, UL_LAYER_PARAMS))
    say (said, "not seen", "%s", "parameter sets of the video");
  if (!ul_evidence_has_layer (e, UL_LAYER_SHAPE))
    say (said, "not seen", "%s", "the video itself: its slices, its SEI");
  if (!s->authenticity || s->authenticity->n_ok == 0 || s->key->trust != UL_KEY_TRUSTED)
    say (said, "signature", "no cryptographic signature %s; without one every mark can be forged.",
                   s->authenticity && s->authenticity->n_seis ? "by a trusted key was verified" : "was verified");
  return g_steal_pointer (&said);
}

UlSayings *
ul_say_forgery (const UlReportStream *s, const UlAnswer *maker)
{
  g_autoptr (UlSayings) said = ul_sayings_new ();
  static const char *const costs[] = { "trivial: a line of text can be edited", "easy: a muxer option or a bitstream filter does it",
                                       "hard: the encoder must be changed or the video coded again", "infeasible without the private key" };
  const UlCandidate *c = g_ptr_array_index (maker->candidates, 0);

  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    const UlMatch *strongest = g_ptr_array_index (w->matches, 0);
    say (said, ul_group_name (w->group), "%s", costs[ul_report_match_forge (s, strongest)]);
  }
  return g_steal_pointer (&said);
}

UlSayings *
ul_say_input (const UlReport *self)
{
  g_autoptr (UlSayings) said = ul_sayings_new ();
  gboolean framed = self->container && g_strcmp0 (self->container, self->kind) != 0;
  say (said, "input", "%s (%s%s%s, %" G_GUINT64_FORMAT " bytes)", self->source ? self->source : "-", self->kind ? self->kind : "?",
         framed ? ", " : "", framed ? self->container : "", self->bytes);
  if (self->has_claim)
    say (said, "claim", "the device says of itself: %s, model %s, firmware %s (its word, no evidence)",
           self->claim_manufacturer ? self->claim_manufacturer : "no manufacturer", self->claim_model ? self->claim_model : "unknown",
           self->claim_firmware ? self->claim_firmware : "unknown");
  say (said, "sha256", "%s", self->sha256 ? self->sha256 : "not computed");
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    g_autofree char *name = g_strdup_printf ("stream %u", s->index);
    say (said, name, "%s, %" G_GUINT64_FORMAT " pictures, %u observations, maker %s%s", s->codec ? s->codec : "codec unknown", s->n_pictures,
           ul_evidence_n (s->evidence), ul_report_name_of (self, UL_SUBJECT_MAKER, maker->id),
           self->streams->len > 1 && i == self->main ? " (answers for the input)" : "");
  }
  say (said, "method", "underlabel %s, knowledge %s; likelihood ratios from counts of independent sources, ENFSI verbal scale",
         ul_version (), ul_knowledge_id (self->knowledge));
  return g_steal_pointer (&said);
}
