/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report for people: the finding first, then what it rests on, what speaks
 * against it, what is not known, what could be forged. */
#include <math.h>
#include <string.h>

#include "report/report_private.h"

#define WIDTH 100
#define MARKS_SHOWN 4
#define WARNINGS_SHOWN 12
#define VALUE_SHOWN 72 /* characters of an observation's value */

typedef struct {
  GString *out;
  gboolean colour;
} Text;

typedef enum { PLAIN, BOLD, RED, GREEN, YELLOW, DIM } Style;

static const char *const styles[] = { "", "\033[1m", "\033[1;31m", "\033[1;32m", "\033[1;33m", "\033[2m" };

static void
put (Text *t, Style style, const char *text)
{
  if (t->colour && style != PLAIN)
    g_string_append_printf (t->out, "%s%s\033[0m", styles[style], text);
  else
    g_string_append (t->out, text);
}

static void
heading (Text *t, const char *text)
{
  g_string_append_c (t->out, '\n');
  put (t, BOLD, text);
  g_string_append_c (t->out, '\n');
}

/* Words of `text` from column `indent` on; the first line is begun already at
 * column `at`. */
static void
wrap (Text *t, guint indent, guint at, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint column = at;

  for (char **w = words; *w; w++) {
    guint n = (guint) g_utf8_strlen (*w, -1);
    if (w != words && column + 1 + n > WIDTH) {
      g_string_append_printf (t->out, "\n%*s", indent, "");
      column = indent;
    } else if (w != words) {
      g_string_append_c (t->out, ' ');
      column++;
    }
    g_string_append (t->out, *w);
    column += n;
  }
  g_string_append_c (t->out, '\n');
}

static void
item (Text *t, const char *name, const char *text)
{
  g_string_append_printf (t->out, "  %-11s ", name);
  wrap (t, 14, 14, text);
}

static void
itemf (Text *t, const char *name, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
itemf (Text *t, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  item (t, name, text);
}

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
write_mark (Text *t, const UlReportStream *s, const UlMatch *m)
{
  g_autofree char *counts = g_str_has_prefix (m->rule->id, UL_LIBRARY_RULE_PREFIX)
                              ? g_strdup_printf (": nearly so code %u of its %u sources and %u of %u others", m->own, m->own_of, m->other, m->other_of)
                              : g_strdup ("");
  g_autofree char *title = g_strconcat (m->rule->title, counts, m->corroborating ? " (corroborates only)" : NULL, NULL);

  g_string_append_printf (t->out, "    %5.2f  ", m->log10_lr);
  wrap (t, 11, 11, title);
  for (guint i = 0; i < m->observations->len && i < 3; i++) {
    const UlObservation *o = ul_evidence_get (s->evidence, g_array_index (m->observations, guint, i));
    g_autofree char *where = where_text (o);
    g_autofree char *value = shortened (o->value);
    g_autofree char *line = g_strdup_printf ("           %s  %s%s%s", ul_key_name (o->key), value, *where ? "  @ " : "", where);
    put (t, DIM, line);
    g_string_append_c (t->out, '\n');
  }
}

static void
write_evidence (Text *t, const UlReport *self, const UlReportStream *s, const UlAnswer *answer)
{
  const UlCandidate *c = g_ptr_array_index (answer->candidates, 0);
  g_autofree char *title = g_strdup_printf ("Evidence for %s%s (log10 likelihood ratio of each mark; the strongest that stands by itself counts)",
                                            ul_report_name_of (self, answer->subject, c->id),
                                            answer->subject == UL_SUBJECT_RECORDER ? " as maker of the recorder" : "");

  heading (t, title);
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
write_finding (Text *t, const UlReport *self, const UlReportStream *s)
{
  const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
  g_autoptr (GString) text = g_string_new (NULL);

  if (is_unknown (maker)) {
    g_string_append (text, maker->contested ? "The marks point to more than one maker." : "The evidence does not carry a name.");
    if (s->judgement->next)
      g_string_append_printf (text, " Next: %s.", s->judgement->next);
    put (t, YELLOW, "Unknown maker. ");
    wrap (t, 0, 15, text->str);
  } else {
    const char *name = ul_report_name_of (self, UL_SUBJECT_MAKER, maker->id);
    g_autofree char *n = times (maker->log10_lr);
    g_autofree char *head = g_strdup_printf ("Made by %s. ", name);
    put (t, BOLD, head);
    g_string_append_printf (text, "There is %s support for this: what was found is about %s times more probable if %s made this stream's "
                                  "firmware than if another source did (log10 likelihood ratio %.2f).",
                            support_words (maker->support), n, name, maker->log10_lr);
    wrap (t, 0, (guint) g_utf8_strlen (head, -1), text->str);
  }
}

static void
write_label (Text *t, const UlReport *self)
{
  gboolean bad = ul_label_finding_is_hit (self->finding);
  g_autofree char *head = NULL;

  if (!self->claimed)
    return;
  head = g_strdup_printf ("Label \"%s\": %s. ", self->claimed, ul_label_finding_name (self->finding));
  put (t, bad ? RED : self->finding == UL_LABEL_UNDETERMINED ? YELLOW : GREEN, head);
  wrap (t, 0, (guint) g_utf8_strlen (head, -1), self->explanation);
}

static void
write_policies (Text *t, const UlReport *self)
{
  for (guint i = 0; i < self->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (self->policies, i);
    gboolean hit = ul_policy_result_is_hit (p->result);
    g_autofree char *head = g_strdup_printf ("Policy %s: %s. ", p->policy->id, ul_policy_result_name (p->result));
    put (t, hit ? RED : PLAIN, head);
    wrap (t, 0, (guint) g_utf8_strlen (head, -1), p->reason);
  }
}

static void
write_answer (Text *t, const UlReport *self, const UlReportStream *s, UlSubject subject)
{
  const UlAnswer *a = &s->judgement->answers[subject];

  if (!is_unknown (a))
    itemf (t, ul_subject_name (subject), "%s, %s support (%.2f)", ul_report_name_of (self, subject, a->id), support_words (a->support),
           a->log10_lr);
  else if (subject != UL_SUBJECT_RECORDER)
    item (t, ul_subject_name (subject), a->contested ? "unknown: the marks contradict each other" : "unknown");
}

static void
write_answers (Text *t, const UlReport *self, const UlReportStream *s)
{
  const UlJudgement *j = s->judgement;
  g_autoptr (GString) because = g_string_new (j->path);

  heading (t, "Answers");
  write_answer (t, self, s, UL_SUBJECT_MAKER);
  write_answer (t, self, s, UL_SUBJECT_PLATFORM);
  write_answer (t, self, s, UL_SUBJECT_SOFTWARE);
  write_answer (t, self, s, UL_SUBJECT_RECORDER);
  for (guint i = 0; i < j->because->len; i++)
    g_string_append_printf (because, "%s%s", i ? "; " : ": ", (const char *) g_ptr_array_index (j->because, i));
  item (t, "path", because->str);
  itemf (t, "restricted", "made by a maker that a policy names, against made by another: log10 likelihood ratio %.2f",
         j->restricted_log10_lr);
}

static void
write_against (Text *t, const UlReport *self, const UlReportStream *s)
{
  const UlJudgement *j = s->judgement;
  const UlAnswer *maker = &j->answers[UL_SUBJECT_MAKER];
  gboolean any = FALSE;

  heading (t, "What speaks against it, and what does not count");
  for (guint i = is_unknown (maker) ? 0 : 1; i < maker->candidates->len && i < 6; i++) {
    const UlCandidate *c = g_ptr_array_index (maker->candidates, i);
    any = TRUE;
    itemf (t, "candidate", "%s, log10 likelihood ratio %.2f", ul_report_name_of (self, UL_SUBJECT_MAKER, c->id), c->log10_lr);
  }
  for (guint i = 0; i < j->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (j->matches, i);
    if (!m->set_aside)
      continue;
    any = TRUE;
    itemf (t, "set aside", "%s (would speak for %s): %s", m->rule->title, ul_report_name_of (self, m->rule->subject, m->rule->says),
           m->set_aside);
  }
  if (!any)
    item (t, "nothing", "no mark of another maker was found. That others may write the same marks is in the ratios.");
}

static void
write_unknowns (Text *t, const UlReportStream *s)
{
  const UlEvidence *e = s->evidence;
  gboolean rtsp = ul_evidence_has_layer (e, UL_LAYER_RTSP), sdp = ul_evidence_has_layer (e, UL_LAYER_SDP);

  heading (t, "What is not known");
  if (!rtsp || !sdp)
    itemf (t, "not seen", "%s%s%s", rtsp ? "" : "RTSP messages", !rtsp && !sdp ? ", " : "", sdp ? "" : "a session description");
  if (!ul_evidence_has_layer (e, UL_LAYER_PARAMS))
    item (t, "not seen", "parameter sets of the video");
  if (!ul_evidence_has_layer (e, UL_LAYER_SHAPE))
    item (t, "not seen", "the video itself: its slices, its SEI");
  item (t, "signature", "no cryptographic signature was verified; without one every mark can be forged.");
}

static void
write_forgery (Text *t, const UlReportStream *s, const UlAnswer *maker)
{
  static const char *const costs[] = { "trivial: a line of text can be edited", "easy: a muxer option or a bitstream filter does it",
                                       "hard: the encoder must be changed or the video coded again", "infeasible without the private key" };
  const UlCandidate *c = g_ptr_array_index (maker->candidates, 0);

  heading (t, "What could be forged");
  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    const UlMatch *strongest = g_ptr_array_index (w->matches, 0);
    item (t, ul_group_name (w->group), costs[ul_report_match_forge (s, strongest)]);
  }
}

/* Asked for with an option of its own, it is told whether or not a rule weighs it. */
static void
write_decoded (Text *t, const UlReportStream *s)
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
  heading (t, "What decoding showed, by picture type");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) values = g_string_new (NULL);

    for (guint n = 0; n < ul_evidence_n (s->evidence); n++) {
      const UlObservation *o = ul_evidence_get (s->evidence, n);
      if (o->key == rows[i].key)
        g_string_append_printf (values, "%s%s", values->len ? ", " : "", o->value);
    }
    if (values->len) {
      g_string_append_printf (t->out, "  %-28s ", rows[i].label);
      wrap (t, 31, 31, values->str);
    }
  }
}

static void
write_input (Text *t, const UlReport *self)
{
  heading (t, "Input and method");
  gboolean framed = self->container && g_strcmp0 (self->container, self->kind) != 0;
  itemf (t, "input", "%s (%s%s%s, %" G_GUINT64_FORMAT " bytes)", self->source ? self->source : "-", self->kind ? self->kind : "?",
         framed ? ", " : "", framed ? self->container : "", self->bytes);
  if (self->has_claim)
    itemf (t, "claim", "the device says of itself: %s, model %s, firmware %s (its word, no evidence)",
           self->claim_manufacturer ? self->claim_manufacturer : "no manufacturer", self->claim_model ? self->claim_model : "unknown",
           self->claim_firmware ? self->claim_firmware : "unknown");
  item (t, "sha256", self->sha256 ? self->sha256 : "not computed");
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    g_autofree char *name = g_strdup_printf ("stream %u", s->index);
    itemf (t, name, "%s, %" G_GUINT64_FORMAT " pictures, %u observations, maker %s%s", s->codec ? s->codec : "codec unknown", s->n_pictures,
           ul_evidence_n (s->evidence), ul_report_name_of (self, UL_SUBJECT_MAKER, maker->id),
           self->streams->len > 1 && i == self->main ? " (answers for the input)" : "");
  }
  itemf (t, "method", "underlabel %s, knowledge %s; likelihood ratios from counts of independent sources, ENFSI verbal scale",
         ul_version (), ul_knowledge_id (self->knowledge));
}

static void
write_warnings (Text *t, const UlReport *self)
{
  if (!self->warnings->len)
    return;
  heading (t, "Warnings");
  for (guint i = 0; i < self->warnings->len && i < WARNINGS_SHOWN; i++) {
    g_string_append (t->out, "  - ");
    wrap (t, 4, 4, g_ptr_array_index (self->warnings, i));
  }
  if (self->warnings->len > WARNINGS_SHOWN)
    g_string_append_printf (t->out, "  and %u more (--json lists them)\n", self->warnings->len - WARNINGS_SHOWN);
}

char *
ul_report_to_text (const UlReport *self, gboolean colour)
{
  Text t = { g_string_new (NULL), colour };
  const UlReportStream *s = ul_report_main_stream (self);

  put (&t, BOLD, self->source ? self->source : "-");
  g_string_append (t.out, "\n\n");
  if (s) {
    const UlAnswer *maker = &s->judgement->answers[UL_SUBJECT_MAKER];
    write_finding (&t, self, s);
    write_label (&t, self);
    write_policies (&t, self);
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
  }
  write_input (&t, self);
  write_warnings (&t, self);
  return g_string_free (t.out, FALSE);
}
