/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stream that changes hands.  Evidence only grows, so the marks of a second
 * maker would merely contest the first; what came between two looks is therefore
 * judged by itself.  Only the bitstream counts: a dialogue is heard once.
 */
#include "examiner.h"
#include "report/report_private.h"

#define UNKNOWN "unknown"
#define MAX_WARNINGS 16

struct _UlWatch {
  UlKnowledge *knowledge;
  UlExaminer *examiner;
  UlEvidence *before; /* at the last look, NULL before the first */
  gint64 before_us;   /* the latest time in it, -1 if it has none */
  guint64 n_pictures; /* at the last look */
  char *maker;        /* the last one that was named, NULL if none was */
  gint64 maker_us;    /* the latest time at the look that named it */
  guint n_warnings;
};

UlWatch *
ul_watch_new (UlKnowledge *knowledge, UlExaminer *examiner)
{
  UlWatch *self = g_new0 (UlWatch, 1);

  self->knowledge = ul_knowledge_ref (knowledge);
  self->examiner = examiner;
  self->before_us = self->maker_us = -1;
  return self;
}

void
ul_watch_free (UlWatch *self)
{
  if (!self)
    return;
  ul_evidence_free (self->before);
  ul_knowledge_unref (self->knowledge);
  g_free (self->maker);
  g_free (self);
}

static guint32
layers_but_bitstream (void)
{
  guint32 layers = 0;

  for (guint i = 0; i < UL_N_LAYERS; i++)
    if (ul_layer_group ((UlLayer) i) != UL_GROUP_BITSTREAM)
      layers |= 1u << i;
  return layers;
}

static gint64
latest_time (const UlEvidence *evidence)
{
  gint64 latest = -1;

  for (guint i = 0; i < ul_evidence_n (evidence); i++)
    latest = MAX (latest, ul_evidence_get (evidence, i)->last.time_us);
  return latest;
}

/* When the marks that name the maker first showed after the other was named; marks that were there
 * before came back since the last look, no nearer. -1: not known. */
static gint64
time_of_marks (const UlWatch *self, const UlAnswer *answer, const UlEvidence *recent)
{
  const UlCandidate *c = g_ptr_array_index (answer->candidates, 0);
  gint64 first = G_MAXINT64;

  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    for (guint k = 0; k < w->matches->len; k++) {
      const UlMatch *m = g_ptr_array_index (w->matches, k);
      for (guint n = 0; n < m->observations->len; n++) {
        gint64 time_us = ul_evidence_get (recent, g_array_index (m->observations, guint, n))->first.time_us;
        if (time_us >= 0 && time_us >= self->maker_us)
          first = MIN (first, time_us);
      }
    }
  }
  return first < G_MAXINT64 ? first : self->before_us;
}

static char *
sentence (const UlWatch *self, const char *maker, gint64 time_us)
{
  const UlMakers *makers = ul_knowledge_makers (self->knowledge);
  const char *now = ul_makers_display_name (makers, UL_SUBJECT_MAKER, maker), *then = ul_makers_display_name (makers, UL_SUBJECT_MAKER, self->maker);
  g_autofree char *when = time_us >= 0 ? g_strdup_printf ("at %.3f s", (double) time_us / 1e6)
                                       : g_strdup_printf ("after picture %" G_GUINT64_FORMAT, self->n_pictures);

  return g_strdup_printf ("the maker's marks change %s: %s before, %s from there on", when, then ? then : self->maker, now ? now : maker);
}

/* `now`: what the stream has shown. */
static char *
look (UlWatch *self, UlEvidence *now)
{
  g_autoptr (UlEvidence) recent = self->before ? ul_evidence_since (now, self->before) : ul_evidence_ref (now);
  g_autoptr (UlJudgement) judgement = ul_judgement_new (self->knowledge, recent, layers_but_bitstream (), NULL);
  const UlAnswer *answer = &judgement->answers[UL_SUBJECT_MAKER];
  g_autofree char *warning = NULL;

  if (!g_str_equal (answer->id, UNKNOWN)) {
    if (self->maker && !g_str_equal (answer->id, self->maker) && self->n_warnings++ < MAX_WARNINGS)
      warning = sentence (self, answer->id, time_of_marks (self, answer, recent));
    g_free (self->maker);
    self->maker = g_strdup (answer->id);
    self->maker_us = latest_time (now);
  }
  if (warning)
    ul_evidence_warn (ul_examiner_evidence (self->examiner), "%s", warning);
  ul_evidence_free (self->before);
  self->before = ul_evidence_ref (now);
  self->before_us = latest_time (self->before);
  self->n_pictures = ul_examiner_n_pictures (self->examiner);
  return g_steal_pointer (&warning);
}

char *
ul_watch_look (UlWatch *self)
{
  g_autoptr (UlEvidence) now = ul_examiner_dup_evidence (self->examiner);

  return look (self, now);
}

char *
ul_watch_look_at (UlWatch *self, const UlReport *report)
{
  const UlReportStream *s = ul_report_main_stream (report);

  return s ? look (self, s->evidence) : NULL;
}
