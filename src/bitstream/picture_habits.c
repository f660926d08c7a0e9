/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/picture_habits.h"

#include <stdlib.h>

#define MIN_STEPS 8       /* of the QP, before they are a habit */
#define MIN_KEYS 3        /* key pictures, before an offset to them is one */
#define MAX_DISTANCES 4   /* distinct ones written */

void
ul_picture_habits_clear (UlPictureHabits *self)
{
  ul_tally_clear (&self->offsets);
  ul_tally_clear (&self->virtual_intra);
  ul_tally_clear (&self->layouts);
}

/*
 * Bytes that a picture needs of which nothing is coded: a slice header and its
 * NAL unit, and a bit for 16 macroblocks at most (CABAC's most probable skip
 * costs a thirtieth, mb_skip_run and skipped coding tree units cost less).
 */
static gboolean
is_skipped (const UlPicture *picture)
{
  return picture->area && picture->bytes <= 16 * (guint64) picture->n_slices + picture->area / 128;
}

static void
follow_class (UlPictureClass *c, const UlPicture *picture, const UlWhere *where)
{
  if (c->n++ == 0)
    c->first = *where;
  c->last = *where;
  if (is_skipped (picture)) {
    if (c->n_skipped++ == 0)
      c->skipped_first = *where;
    c->skipped_last = *where;
  }
  if (picture->qp_known && c->has_qp) {
    c->n_steps++;
    c->qp_step = MAX (c->qp_step, (guint64) abs (picture->slice_qp - c->slice_qp));
  }
  c->has_qp = picture->qp_known;
  c->slice_qp = picture->slice_qp;
}

static void
follow_key_qp (UlPictureHabits *self, const UlPicture *picture, const UlWhere *where)
{
  if (self->has_key_qp && !picture->key && picture->qp_known)
    ul_tally_add (&self->offsets, (guint64) (gint64) (picture->slice_qp - self->key_qp), where, NULL);
  self->has_key_qp = picture->key && picture->qp_known;
  self->key_qp = picture->slice_qp;
}

static void
follow_intra (UlPictureHabits *self, const UlPicture *picture, const UlWhere *where)
{
  self->since_intra++;
  if (picture->letter != 'I')
    return;
  if (self->has_intra && !picture->key)
    ul_tally_add (&self->virtual_intra, self->since_intra, where, NULL);
  self->has_intra = TRUE;
  self->since_intra = 0;
}

void
ul_picture_habits_take (UlPictureHabits *self, const UlPicture *picture, const UlWhere *where)
{
  if (picture->letter == 'P' || picture->letter == 'B')
    follow_class (picture->letter == 'P' ? &self->p : &self->b, picture, where);
  follow_key_qp (self, picture, where);
  follow_intra (self, picture, where);
  if (picture->layout != UL_LAYOUT_ONE)
    ul_tally_add (&self->layouts, picture->layout, where, NULL);
}

void
ul_picture_habits_gap (UlPictureHabits *self)
{
  self->p.has_qp = self->b.has_qp = FALSE;
  self->has_key_qp = FALSE;
  self->has_intra = FALSE;
}

/* --- writing --------------------------------------------------------------------------- */

static void
write_class (const UlPictureClass *c, const char *letter, UlEvidence *evidence)
{
  /* A single lost rate control step would move an exact maximum: it is told by doubling bounds. */
  const char *drift = c->qp_step == 0 ? "constant" : c->qp_step == 1 ? "step1" : c->qp_step == 2 ? "step2" : c->qp_step <= 4 ? "step4" : "free";
  const char *share = c->n_skipped * 2 >= c->n ? "most" : c->n_skipped * 16 >= c->n ? "some" : "rare";
  g_autofree char *text = g_strdup_printf ("%s %s", letter, drift), *skipped = g_strdup_printf ("%s %s", letter, share);

  if (c->n_steps >= MIN_STEPS)
    ul_evidence_add_counted (evidence, UL_KEY_SLICE_QP_DRIFT, text, c->n_steps, c->first, c->last);
  if (c->n_skipped)
    ul_evidence_add_counted (evidence, UL_KEY_SHAPE_SKIPPED, skipped, c->n_skipped, c->skipped_first, c->skipped_last);
}

static void
write_offsets (const UlTally *offsets, UlEvidence *evidence)
{
  guint64 total = ul_tally_total (offsets);
  const UlTallyRow *most = ul_tally_most (offsets);

  if (total < MIN_KEYS)
    return;
  g_autofree char *text = most->count == total ? g_strdup_printf ("after-key %+d", (int) (gint64) most->key) : g_strdup ("after-key varies");
  ul_evidence_add_counted (evidence, UL_KEY_SLICE_QP_DRIFT, text, total, offsets->rows[0].first, most->last);
}

static void
write_virtual_intra (const UlTally *distances, UlEvidence *evidence)
{
  if (distances->n > MAX_DISTANCES || distances->dropped) {
    ul_evidence_add_counted (evidence, UL_KEY_SHAPE_VIRTUAL_INTRA, "varies", ul_tally_total (distances), distances->rows[0].first,
                             distances->rows[distances->n - 1].last);
    return;
  }
  for (guint i = 0; i < distances->n; i++) {
    const UlTallyRow *row = &distances->rows[i];
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, row->key);
    ul_evidence_add_counted (evidence, UL_KEY_SHAPE_VIRTUAL_INTRA, text, row->count, row->first, row->last);
  }
}

void
ul_picture_habits_write (const UlPictureHabits *self, UlEvidence *evidence)
{
  static const char *const layouts[UL_N_LAYOUTS] = { "one", "equal-rows", "rows", "inside-rows", "mixed" };

  write_class (&self->p, "P", evidence);
  write_class (&self->b, "B", evidence);
  write_offsets (&self->offsets, evidence);
  write_virtual_intra (&self->virtual_intra, evidence);
  for (guint i = 0; i < self->layouts.n; i++) {
    const UlTallyRow *row = &self->layouts.rows[i];
    ul_evidence_add_counted (evidence, UL_KEY_SHAPE_SLICE_LAYOUT, layouts[row->key], row->count, row->first, row->last);
  }
}

guint64
ul_picture_habits_n_new (const UlPictureHabits *self)
{
  return self->offsets.n + self->virtual_intra.n + self->layouts.n + (self->p.n_skipped > 0) + (self->b.n_skipped > 0);
}
