/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/form_change.h"

#define MIN_PICTURES 25 /* that an era of one GOP needs to count as one */
#define MIN_GOPS 2      /* whole ones of a length, before it is the length */
#define MAX_WARNINGS 3
/* What an operator does not set tells by itself; of the rest two have to change together. */
#define STRONG 2
#define ENOUGH 2

/* --- eras ------------------------------------------------------------------------------ */

static gboolean
same_form (const UlCodingForm *a, const UlCodingForm *b)
{
  return a->sps == b->sps && a->pps == b->pps && a->tools == b->tools && (a->timing == b->timing || !a->timing || !b->timing);
}

static gboolean
another_text (const UlFormChange *self, const UlFormEra *era, const UlPicture *picture)
{
  return !self->text_varies && picture->text && era->text && picture->text != era->text;
}

static gboolean
holds (const UlFormEra *era)
{
  return era->n_keys >= 2 || (!era->by_text && era->n_pictures >= MIN_PICTURES);
}

static UlFormEra *
current (UlFormChange *self)
{
  return self->n ? &self->eras[self->n - 1] : NULL;
}

/* The GOP under way was cut short by what came between. */
static void
resume (UlFormEra *era)
{
  era->gop = 0;
}

static void
begin_era (UlFormChange *self, const UlPicture *picture, gboolean by_text, const UlWhere *where)
{
  if (self->n == UL_FORM_ERAS) {
    self->full = TRUE;
    return;
  }
  self->eras[self->n++] = (UlFormEra){ .form = picture->form, .text = picture->text, .header = picture->header, .by_text = by_text,
                                       .aud = picture->aud, .first_picture = self->n_pictures, .first = *where };
}

/* The current era ends here: it was none if it did not hold, and the one before may go on. */
static void
end_era (UlFormChange *self, const UlPicture *picture, gboolean by_text, const UlWhere *where)
{
  if (!holds (current (self))) {
    self->text_varies |= by_text && current (self)->by_text;
    self->n--;
  }
  UlFormEra *before = current (self);
  gboolean same = before && same_form (&before->form, &picture->form);
  if (same && !another_text (self, before, picture))
    resume (before);
  else
    begin_era (self, picture, same, where);
}

static void
follow_key (UlFormChange *self, const UlPicture *picture, const UlWhere *where)
{
  UlFormEra *era = current (self);

  if (!era) {
    begin_era (self, picture, FALSE, where);
    return;
  }
  gboolean same = same_form (&era->form, &picture->form);
  if (!same || another_text (self, era, picture)) {
    end_era (self, picture, same, where);
    return;
  }
  if (!era->text)
    era->text = picture->text;
}

static void
count_gop (UlFormEra *era)
{
  if (era->gop) {
    era->gop_min = era->n_gops ? MIN (era->gop_min, era->gop) : era->gop;
    era->gop_max = MAX (era->gop_max, era->gop);
    era->n_gops++;
  }
  era->gop = 0;
}

static void
count_picture (UlFormEra *era, const UlPicture *picture)
{
  if (picture->key) {
    if (era->n_keys++)
      count_gop (era);
    era->gop = 1;
  } else if (era->gop) {
    era->gop++;
  }
  era->n_pictures++;
  era->has_b |= picture->letter == 'B';
  if (!picture->key && picture->qp_known) {
    era->qp_min = era->n_qp ? MIN (era->qp_min, picture->slice_qp) : picture->slice_qp;
    era->qp_max = era->n_qp ? MAX (era->qp_max, picture->slice_qp) : picture->slice_qp;
    era->n_qp++;
  }
}

void
ul_form_change_take (UlFormChange *self, const UlPicture *picture, const UlWhere *where)
{
  self->n_pictures++;
  if (self->full)
    return;
  if (picture->key && picture->has_form)
    follow_key (self, picture, where);
  if (current (self) && !self->full)
    count_picture (current (self), picture);
}

void
ul_form_change_gap (UlFormChange *self)
{
  if (current (self))
    resume (current (self));
}

/* --- what changed ------------------------------------------------------------------------ */

static gboolean
has_length (const UlFormEra *era)
{
  return era->n_gops >= MIN_GOPS && era->gop_min == era->gop_max;
}

/* The words, in the order of what they are worth; NULL where too little changed. */
static char *
words_of (const UlFormEra *a, const UlFormEra *b)
{
  gboolean length = has_length (a) && has_length (b) && a->gop_min != b->gop_min;
  gboolean timing = a->form.timing && b->form.timing && a->form.timing != b->form.timing;
  gboolean text = a->text && b->text && a->text != b->text;
  const struct {
    gboolean changed;
    guint worth; /* a rate control may be set to another quality at any time, and then often begins a GOP */
    const char *word;
  } signs[] = {
    { a->form.sps != b->form.sps, STRONG, "SPS form" },
    { a->form.pps != b->form.pps, STRONG, "PPS form" },
    { a->form.tools != b->form.tools, 1, "coding tools" },
    { timing, 1, "timing form" },
    { text, 1, "the encoder's own text" },
    { length, timing ? 0 : 1, "GOP length" }, /* both follow the frame rate */
    { a->has_b != b->has_b, 1, "B pictures" },
    { a->header != b->header, 1, "slice headers" },
    { a->aud != b->aud, 1, "access unit delimiters" },
    { has_length (a) && a->gop && a->gop != a->gop_min, 0, "GOP phase" },
    { a->n_qp && b->n_qp && (a->qp_max < b->qp_min || b->qp_max < a->qp_min), 0, "QP" },
  };
  g_autoptr (GString) words = g_string_new (NULL);
  guint worth = 0;

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (signs[i].changed) {
      g_string_append_printf (words, "%s%s", words->len ? ", " : "", signs[i].word);
      worth += signs[i].worth;
    }
  return worth >= ENOUGH ? g_strdup (words->str) : NULL;
}

static void
warn (const UlFormEra *era, const char *words, UlEvidence *evidence)
{
  g_autofree char *when = era->first.time_us >= 0 ? g_strdup_printf ("at %.3f s, picture", (double) era->first.time_us / 1e6) : g_strdup ("at picture");

  ul_evidence_warn (evidence, "the coding form of the pictures changes %s %" G_GUINT64_FORMAT " (%s): joined from two sources?", when,
                    era->first_picture, words);
}

void
ul_form_change_write (const UlFormChange *self, UlEvidence *evidence)
{
  guint n_warnings = 0;

  for (guint i = 1; i < self->n; i++) {
    const UlFormEra *a = &self->eras[i - 1], *b = &self->eras[i];
    g_autofree char *words = holds (a) && holds (b) ? words_of (a, b) : NULL;
    if (!words)
      continue;
    ul_evidence_add (evidence, UL_KEY_SHAPE_FORM_CHANGE, words, b->first);
    if (n_warnings++ < MAX_WARNINGS)
      warn (b, words, evidence);
  }
  if (n_warnings > MAX_WARNINGS)
    ul_evidence_warn (evidence, "the coding form of the pictures changes %u more times", n_warnings - MAX_WARNINGS);
}

guint64
ul_form_change_n_new (const UlFormChange *self)
{
  return self->n + (self->n && holds (&self->eras[self->n - 1]));
}
