/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/shape.h"

#include <stdlib.h>
#include <string.h>

#include "bitstream/form_change.h"
#include "bitstream/h264.h"
#include "bitstream/h265.h"
#include "bitstream/picture_habits.h"

#define MAX_ORDER 24      /* types of an access unit that are kept */
#define MAX_RUNS 24       /* runs of a GOP's pattern that are kept */
#define MAX_SEI_TYPES 64
#define MAX_EMITTED 16    /* distinct values written of one key */
#define SAMPLES 4096

/* When something occurs. */
typedef struct {
  guint payload_type;
  guint64 in_key, in_other;
  guint64 last_unit; /* access unit it was counted for */
} Presence;

typedef struct {
  guint8 types[MAX_ORDER];
  guint n;
  guint64 hash;
} Order;

typedef struct {
  char letter;
  guint64 n;
} Run;

typedef struct {
  Run runs[MAX_RUNS];
  guint n;
  gboolean cut;
  guint64 hash;
} Pattern;

/* Every stride-th value, so that the median needs bounded memory. */
typedef struct {
  guint64 *values;
  guint n;
  guint64 stride, seen;
} Samples;

enum { KIND_VPS, KIND_SPS, KIND_PPS, N_KINDS };

/* Where the slices of the picture under way begin. */
typedef struct {
  gboolean known;
  guint32 last, first_step; /* address of the slice before; of the second */
  guint32 size;
  UlSliceLayout layout;
} Layout;

struct _UlShape {
  UlCodec codec;
  /* The access unit under way */
  guint64 unit; /* its number, from 1 */
  gboolean begun, has_slice, has_first, key, second_field;
  Order order;
  guint aud; /* pic_type + 1 */
  guint n_slices;
  Layout layout;
  guint64 bytes, encoder_text;
  gboolean types[4]; /* by UlShapeType */
  UlShapeSlice slice; /* its first one that was decoded, else its first one */
  UlWhere where;
  gboolean kinds[N_KINDS];
  guint8 sei[MAX_SEI_TYPES];
  guint n_sei;
  /* The GOP under way */
  gboolean in_gop;
  guint64 gop_pictures;
  Pattern pattern;
  UlWhere gop_where;
  /* The picture before */
  gboolean has_previous, previous_is_first_field;
  UlShapeSlice previous;
  guint32 previous_ref_frame_num;
  /* Totals */
  guint64 n_pictures, n_key, n_frames;
  UlTally orders, auds, gops, patterns, slices, poc_steps, forms;
  Order *order_rows;     /* as orders.rows */
  Pattern *pattern_rows; /* as patterns.rows */
  Presence presence[N_KINDS];
  Presence sei_presence[MAX_SEI_TYPES], aud_presence;
  guint n_sei_types;
  UlPictureHabits habits;
  UlFormChange form_change;
  guint64 frame_num_checked, frame_num_gaps;
  gint qp_min[3], qp_max[3];
  guint64 qp_n[3];
  gboolean has_idr_pic_id;
  guint16 idr_pic_id;
  guint64 idr_steps, idr_same, idr_toggle, idr_increment;
  guint64 undecodable;
  UlWhere undecodable_first, undecodable_last;
  Samples intra, inter;
  UlWhere first, last;
};

UlShape *
ul_shape_new (UlCodec codec)
{
  UlShape *self = g_new0 (UlShape, 1);

  self->codec = codec;
  self->order_rows = g_new (Order, UL_TALLY_ROWS);
  self->pattern_rows = g_new (Pattern, UL_TALLY_ROWS);
  self->first = self->last = UL_NOWHERE;
  return self;
}

void
ul_shape_free (UlShape *self)
{
  UlTally *const tallies[] = { &self->orders, &self->auds, &self->gops, &self->patterns, &self->slices, &self->poc_steps, &self->forms };

  for (guint i = 0; i < G_N_ELEMENTS (tallies); i++)
    ul_tally_clear (tallies[i]);
  ul_picture_habits_clear (&self->habits);
  g_free (self->order_rows);
  g_free (self->pattern_rows);
  g_free (self->intra.values);
  g_free (self->inter.values);
  g_free (self);
}

guint64
ul_shape_n_pictures (const UlShape *self)
{
  return self->n_pictures + (self->begun && self->has_slice);
}

guint64
ul_shape_n_key_pictures (const UlShape *self)
{
  return self->n_key + (self->begun && self->has_slice && self->key && !self->second_field);
}

/* --- medians ------------------------------------------------------------------------ */

static void
sample (Samples *s, guint64 value)
{
  if (!s->values) {
    s->values = g_new (guint64, SAMPLES);
    s->stride = 1;
  }
  if (s->seen++ % s->stride != 0)
    return;
  if (s->n == SAMPLES) {
    for (guint i = 0; i < SAMPLES / 2; i++)
      s->values[i] = s->values[2 * i];
    s->n = SAMPLES / 2;
    s->stride *= 2;
    /* The value at hand is the SAMPLES-th of the old stride: a multiple of the new one. */
  }
  s->values[s->n++] = value;
}

/* Of both middle ones the lower; by selection (Hoare), since a live stream is looked at again and again. */
static guint64
median (const Samples *s)
{
  g_autofree guint64 *v = g_memdup2 (s->values, s->n * sizeof *s->values);
  gsize low = 0, high = s->n - 1, middle = (s->n - 1) / 2;

  while (low < high) {
    guint64 pivot = v[low + (high - low) / 2];
    gsize i = low, j = high;
    for (;; i++, j--) {
      while (v[i] < pivot)
        i++;
      while (v[j] > pivot)
        j--;
      if (i >= j)
        break;
      guint64 held = v[i];
      v[i] = v[j];
      v[j] = held;
    }
    if (middle <= j)
      high = j;
    else
      low = j + 1;
  }
  return v[middle];
}

/* --- GOPs --------------------------------------------------------------------------- */

static void
push_letter (Pattern *p, char letter)
{
  if (p->n && p->runs[p->n - 1].letter == letter && !p->cut) {
    p->runs[p->n - 1].n++;
    return;
  }
  if (p->n == MAX_RUNS) {
    p->cut = TRUE;
    return;
  }
  p->runs[p->n++] = (Run){ letter, 1 };
}

static guint64
pattern_hash (const Pattern *p)
{
  guint64 hash = ul_hash_mix (UL_HASH_SEED, (guint64) p->cut);

  for (guint i = 0; i < p->n; i++)
    hash = ul_hash_mix (ul_hash_mix (hash, (guint8) p->runs[i].letter), p->runs[i].n);
  return hash;
}

static void
close_gop (UlShape *self)
{
  gboolean is_new;

  if (!self->in_gop || self->gop_pictures == 0)
    return;
  ul_tally_add (&self->gops, self->gop_pictures, &self->gop_where, NULL);
  int row = ul_tally_add (&self->patterns, pattern_hash (&self->pattern), &self->gop_where, &is_new);
  if (is_new)
    self->pattern_rows[row] = self->pattern;
}

static char
picture_letter (const UlShape *self)
{
  return self->types[UL_SHAPE_B] ? 'B' : self->types[UL_SHAPE_P] ? 'P' : self->types[UL_SHAPE_I] ? 'I' : '?';
}

static void
count_in_gop (UlShape *self)
{
  if (self->key) {
    close_gop (self);
    self->in_gop = TRUE;
    self->gop_pictures = 0;
    self->pattern.n = 0;
    self->pattern.cut = FALSE;
    self->gop_where = self->where;
  }
  if (!self->in_gop)
    return;
  self->gop_pictures++;
  push_letter (&self->pattern, picture_letter (self));
}

/* --- counters of the slice header -------------------------------------------------------- */

/* 7.4.3: frame_num is that of the reference picture before, or one more. */
static void
follow_frame_num (UlShape *self)
{
  const UlShapeSlice *h = &self->slice;

  if (!h->max_frame_num)
    return;
  if (self->has_previous && !self->key) {
    guint32 next = (self->previous_ref_frame_num + 1) % h->max_frame_num;
    self->frame_num_checked++;
    self->frame_num_gaps += h->frame_num != next && h->frame_num != self->previous_ref_frame_num % h->max_frame_num;
  }
  if (h->nal_ref_idc || self->key)
    self->previous_ref_frame_num = h->unused_refs ? 0 : h->frame_num;
}

static void
follow_poc (UlShape *self)
{
  const UlShapeSlice *h = &self->slice, *before = &self->previous;

  if (!self->has_previous || !h->has_poc_lsb || !before->has_poc_lsb || (self->codec == UL_CODEC_H264 && self->key)
      || h->max_pic_order_cnt_lsb == 0)
    return;
  gint64 max = h->max_pic_order_cnt_lsb, step = (gint64) h->pic_order_cnt_lsb - before->pic_order_cnt_lsb;
  if (step > max / 2)
    step -= max;
  if (step < -max / 2)
    step += max;
  ul_tally_add (&self->poc_steps, (guint64) step, &self->where, NULL);
}

static void
follow_idr_pic_id (UlShape *self)
{
  guint16 id = self->slice.idr_pic_id;

  if (self->codec != UL_CODEC_H264 || !self->key)
    return;
  if (self->has_idr_pic_id) {
    self->idr_steps++;
    self->idr_same += id == self->idr_pic_id;
    self->idr_toggle += id <= 1 && self->idr_pic_id <= 1 && id != self->idr_pic_id;
    self->idr_increment += id == (guint16) (self->idr_pic_id + 1) || (id == 0 && self->idr_pic_id > 1);
  }
  self->has_idr_pic_id = TRUE;
  self->idr_pic_id = id;
}

/* --- access units -------------------------------------------------------------------------- */

static void
count_presence (Presence *p, gboolean key, guint64 unit)
{
  if (key)
    p->in_key++;
  else
    p->in_other++;
  p->last_unit = unit;
}

/* 7.3.3: first_mb_in_slice; H.265 7.3.6.1: slice_segment_address. */
static void
follow_layout (Layout *l, const UlShapeSlice *h)
{
  if (!h->decoded || !h->row)
    return;
  guint32 step = h->address - l->last;
  if (!l->known) {
    l->known = h->address == 0;
    l->size = h->size;
  } else if (h->address <= l->last) {
    l->layout = UL_LAYOUT_MIXED;
  } else {
    l->first_step = l->first_step ? l->first_step : step;
    UlSliceLayout now = h->address % h->row ? UL_LAYOUT_INSIDE : step != l->first_step ? UL_LAYOUT_ROWS : UL_LAYOUT_EQUAL;
    l->layout = MAX (l->layout, now);
  }
  l->last = h->address;
}

static UlSliceLayout
picture_layout (const UlShape *self)
{
  const Layout *l = &self->layout;

  if (self->n_slices < 2 || !l->known)
    return UL_LAYOUT_ONE;
  return l->layout == UL_LAYOUT_EQUAL && l->size - l->last > l->first_step ? UL_LAYOUT_ROWS : l->layout;
}

static void
close_frame (UlShape *self, char letter)
{
  const UlShapeSlice *h = &self->slice;
  UlPicture picture = { .letter = letter, .key = self->key, .aud = self->aud != 0, .n_slices = self->n_slices,
                        .layout = picture_layout (self), .bytes = self->bytes, .area = h->size < h->area ? h->area / 2 : h->area,
                        .qp_known = h->qp_known, .slice_qp = h->slice_qp, .has_form = self->key && h->decoded && h->first,
                        .form = h->coding_form, .text = self->encoder_text };

  /* sample_adaptive_offset of H.265 follows the picture. */
  if (self->codec == UL_CODEC_H264 && h->has_form)
    picture.header = h->form;
  ul_picture_habits_take (&self->habits, &picture, &self->where);
  ul_form_change_take (&self->form_change, &picture, &self->where);
}

static void
close_picture (UlShape *self)
{
  gboolean is_new;
  char letter = picture_letter (self);

  self->n_pictures++;
  int row = ul_tally_add (&self->orders, ul_hash_mix (self->order.hash, self->order.n), &self->where, &is_new);
  if (is_new)
    self->order_rows[row] = self->order;
  ul_tally_add (&self->slices, self->n_slices, &self->where, NULL);
  if (self->aud)
    ul_tally_add (&self->auds, (guint64) (guint8) (self->key ? 'K' : letter) << 8 | (self->aud - 1), &self->where, NULL);
  if (self->second_field)
    return;
  self->n_frames++;
  self->n_key += self->key;
  for (guint i = 0; i < N_KINDS; i++)
    if (self->kinds[i])
      count_presence (&self->presence[i], self->key, self->unit);
  for (guint i = 0; i < self->n_sei; i++)
    count_presence (&self->sei_presence[self->sei[i]], self->key, self->unit);
  if (self->aud)
    count_presence (&self->aud_presence, self->key, self->unit);
  sample (letter == 'I' ? &self->intra : &self->inter, self->bytes);
  close_frame (self, letter);
  count_in_gop (self);
}

static void
close_unit (UlShape *self)
{
  if (self->begun && self->has_slice) {
    close_picture (self);
    if (self->slice.decoded) {
      if (!self->second_field) {
        follow_frame_num (self);
        follow_poc (self);
      }
      follow_idr_pic_id (self);
      self->previous_is_first_field = self->slice.field_pic_flag && !self->second_field;
      self->previous = self->slice;
      self->has_previous = TRUE;
    }
    if (self->n_pictures == 1)
      self->first = self->where;
    self->last = self->where;
  }
  self->begun = FALSE;
}

static void
begin_unit (UlShape *self, const UlWhere *where)
{
  if (self->begun)
    return;
  self->begun = TRUE;
  self->unit++;
  self->has_slice = self->has_first = self->key = self->second_field = FALSE;
  self->order.n = 0;
  self->order.hash = UL_HASH_SEED;
  self->aud = 0;
  self->n_slices = 0;
  self->n_sei = 0;
  self->layout = (Layout){ 0 };
  self->bytes = self->encoder_text = 0;
  memset (self->types, 0, sizeof self->types);
  memset (self->kinds, 0, sizeof self->kinds);
  self->where = *where;
}

static void
push_type (Order *order, guint type)
{
  if (order->n && order->n <= MAX_ORDER && order->types[order->n - 1] == type)
    return;
  if (order->n < MAX_ORDER) {
    order->types[order->n++] = (guint8) type;
    order->hash = ul_hash_mix (order->hash, type);
  }
}

/* 7.4.1.2.3 (H.264), 7.4.2.4.4 (H.265): after the last slice of a picture it begins the next unit. */
static gboolean
begins_unit (UlCodec codec, guint type)
{
  if (codec == UL_CODEC_H264)
    return (type >= 6 && type <= 9) || (type >= 14 && type <= 18);
  return (type >= 32 && type <= 35) || type == 39 || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);
}

void
ul_shape_nal (UlShape *self, guint type, const UlWhere *where)
{
  if (self->begun && self->has_slice && begins_unit (self->codec, type))
    close_unit (self);
  begin_unit (self, where);
  push_type (&self->order, type);
  if (self->codec == UL_CODEC_H264) {
    self->kinds[KIND_SPS] |= type == 7;
    self->kinds[KIND_PPS] |= type == 8;
  } else {
    self->kinds[KIND_VPS] |= type == 32;
    self->kinds[KIND_SPS] |= type == 33;
    self->kinds[KIND_PPS] |= type == 34;
  }
}

void
ul_shape_aud (UlShape *self, guint pic_type)
{
  self->aud = pic_type + 1;
}

void
ul_shape_sei (UlShape *self, guint payload_type)
{
  guint i = 0;

  while (i < self->n_sei_types && self->sei_presence[i].payload_type != payload_type)
    i++;
  if (i == MAX_SEI_TYPES)
    return;
  if (i == self->n_sei_types)
    self->sei_presence[self->n_sei_types++].payload_type = payload_type;
  for (guint k = 0; k < self->n_sei; k++)
    if (self->sei[k] == i)
      return;
  self->sei[self->n_sei++] = (guint8) i;
}

void
ul_shape_encoder_text (UlShape *self, guint64 hash)
{
  self->encoder_text = hash;
}

/* 7.4.1.2.4: does this slice begin another picture than `b`? */
static gboolean
differs (const UlShapeSlice *a, const UlShapeSlice *b)
{
  return a->frame_num != b->frame_num || a->pic_parameter_set_id != b->pic_parameter_set_id
         || a->field_pic_flag != b->field_pic_flag || a->bottom_field_flag != b->bottom_field_flag
         || (a->nal_ref_idc != b->nal_ref_idc && (!a->nal_ref_idc || !b->nal_ref_idc)) || a->key != b->key
         || (a->key && a->idr_pic_id != b->idr_pic_id) || a->pic_order_cnt_lsb != b->pic_order_cnt_lsb
         || a->delta_pic_order_cnt_bottom != b->delta_pic_order_cnt_bottom
         || a->delta_pic_order_cnt[0] != b->delta_pic_order_cnt[0] || a->delta_pic_order_cnt[1] != b->delta_pic_order_cnt[1];
}

static gboolean
begins_picture (const UlShape *self, const UlShapeSlice *h)
{
  if (!self->begun || !self->has_slice)
    return FALSE; /* the unit is open for it */
  if (h->redundant)
    return FALSE;
  if (self->codec == UL_CODEC_H265)
    return h->first;
  /* first_mb_in_slice 0 comes once a picture, whatever else the encoder repeats. */
  if (h->first && self->has_first)
    return TRUE;
  return h->decoded && self->slice.decoded && differs (h, &self->slice);
}

static void
count_slice (UlShape *self, const UlShapeSlice *h, const UlWhere *where)
{
  if (h->damaged) {
    if (self->undecodable++ == 0)
      self->undecodable_first = *where;
    self->undecodable_last = *where;
  }
  if (h->qp_known && h->type <= UL_SHAPE_I) {
    guint t = h->type;
    self->qp_min[t] = self->qp_n[t] ? MIN (self->qp_min[t], h->slice_qp) : h->slice_qp;
    self->qp_max[t] = self->qp_n[t] ? MAX (self->qp_max[t], h->slice_qp) : h->slice_qp;
    self->qp_n[t]++;
  }
  if (h->has_form)
    ul_tally_add (&self->forms, h->form, where, NULL);
}

void
ul_shape_slice (UlShape *self, guint type, guint64 bytes, const UlShapeSlice *h, const UlWhere *where)
{
  if (begins_picture (self, h))
    close_unit (self);
  begin_unit (self, where);
  push_type (&self->order, type);
  if (!self->has_slice || (h->decoded && !self->slice.decoded)) {
    self->slice = *h;
    self->second_field = h->decoded && h->field_pic_flag && self->has_previous && self->previous_is_first_field
                         && self->previous.frame_num == h->frame_num && self->previous.bottom_field_flag != h->bottom_field_flag
                         && (!h->key || self->previous.key);
  }
  self->has_slice = TRUE;
  self->has_first |= h->first;
  self->key |= h->key;
  self->n_slices++;
  self->bytes += bytes;
  self->types[h->type] = TRUE;
  if (!h->redundant)
    follow_layout (&self->layout, h);
  count_slice (self, h, where);
}

void
ul_shape_close (UlShape *self)
{
  close_unit (self);
}

void
ul_shape_gap (UlShape *self, gboolean lost)
{
  if (lost)
    self->begun = FALSE;
  close_unit (self);
  ul_picture_habits_gap (&self->habits);
  ul_form_change_gap (&self->form_change);
  self->in_gop = FALSE;
  self->has_previous = FALSE;
  self->previous_is_first_field = FALSE;
  self->has_idr_pic_id = FALSE;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
add_row (UlEvidence *evidence, UlKey key, const UlTallyRow *row, const char *value)
{
  ul_evidence_add_counted (evidence, key, value, row->count, row->first, row->last);
}

static void
write_orders (const UlShape *self, UlEvidence *evidence)
{
  for (guint i = 0; i < MIN (self->orders.n, (guint) MAX_EMITTED); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    const Order *order = &self->order_rows[i];
    for (guint k = 0; k < order->n; k++)
      g_string_append_printf (text, "%s%s", k ? "," : "", ul_nal_type_name (self->codec, order->types[k]));
    if (order->n == MAX_ORDER)
      g_string_append (text, ",…");
    add_row (evidence, UL_KEY_NAL_ORDER, &self->orders.rows[i], text->str);
  }
  for (guint i = 0; i < MIN (self->auds.n, (guint) MAX_EMITTED); i++) {
    guint64 key = self->auds.rows[i].key;
    char letter[2] = { (char) (key >> 8), 0 };
    const char *picture = key >> 8 != 'K' ? letter : self->codec == UL_CODEC_H264 ? "IDR" : "IRAP";
    g_autofree char *text = g_strdup_printf ("%s %u", picture, (guint) (key & 0xff));
    add_row (evidence, UL_KEY_NAL_AUD, &self->auds.rows[i], text);
  }
}

static char *
pattern_text (const Pattern *p)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < p->n; i++) {
    g_string_append_printf (text, "%s%c", i ? " " : "", p->runs[i].letter);
    if (p->runs[i].n > 1)
      g_string_append_printf (text, "%" G_GUINT64_FORMAT, p->runs[i].n);
  }
  if (p->cut)
    g_string_append (text, " …");
  return g_string_free (text, FALSE);
}

/* Do its GOPs keep to a length? NULL where there are too few to tell. */
static const char *
gop_rhythm (const UlTally *gops)
{
  const UlTallyRow *most = ul_tally_most (gops);
  guint64 min = G_MAXUINT64, max = 0, total = ul_tally_total (gops);
  gboolean multiples = TRUE;

  if (total < 3)
    return NULL;
  if (gops->n == 1)
    return "fixed";
  for (guint i = 0; i < gops->n; i++) {
    min = MIN (min, gops->rows[i].key);
    max = MAX (max, gops->rows[i].key);
  }
  for (guint i = 0; i < gops->n; i++)
    multiples &= gops->rows[i].key % min == 0;
  if (multiples && min > 1 && !gops->dropped)
    return "multiples";
  return most->key == max && 2 * most->count >= total ? "cut-short" : "varies";
}

static void
write_gop_rhythm (const UlShape *self, UlEvidence *evidence)
{
  const char *rhythm = gop_rhythm (&self->gops);

  if (rhythm) {
    UlTallyRow all = { .count = ul_tally_total (&self->gops), .first = self->gops.rows[0].first, .last = self->gop_where };
    add_row (evidence, UL_KEY_SHAPE_GOP_RHYTHM, &all, rhythm);
  }
}

static void
write_gops (const UlShape *self, UlEvidence *evidence)
{
  guint64 min = G_MAXUINT64, max = 0;

  for (guint i = 0; i < self->gops.n; i++) {
    min = MIN (min, self->gops.rows[i].key);
    max = MAX (max, self->gops.rows[i].key);
  }
  if (self->gops.n) {
    UlTallyRow all = { .count = ul_tally_total (&self->gops), .first = self->gops.rows[0].first, .last = self->gop_where };
    g_autofree char *text = min == max ? g_strdup_printf ("%" G_GUINT64_FORMAT, min)
                                       : g_strdup_printf ("%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT, min, max);
    add_row (evidence, UL_KEY_SHAPE_GOP, &all, text);
  }
  for (guint i = 0; i < MIN (self->patterns.n, 8u); i++) {
    g_autofree char *text = pattern_text (&self->pattern_rows[i]);
    add_row (evidence, UL_KEY_SHAPE_PATTERN, &self->patterns.rows[i], text);
  }
  /* Of a stream shorter than two GOPs: what there is of the first. */
  if (!self->patterns.n && self->in_gop && self->gop_pictures >= 4) {
    UlTallyRow one = { .count = 1, .first = self->gop_where, .last = self->gop_where };
    g_autofree char *text = pattern_text (&self->pattern), *open = g_strconcat (text, "+", NULL);
    add_row (evidence, UL_KEY_SHAPE_PATTERN, &one, open);
  }
}

/* NULL where the stream is too short to tell. */
static const char *
cadence (const UlShape *self, const Presence *p)
{
  if (self->n_frames >= 3 && p->in_key + p->in_other == self->n_frames && p->in_other)
    return "every-picture";
  if (self->n_key >= 2 && p->in_key == self->n_key && p->in_other == 0)
    return "every-idr";
  if (self->n_key >= 2 && p->in_key + p->in_other == 1)
    return "once";
  return self->n_key >= 2 || p->in_other ? "other" : NULL;
}

static void
write_cadence (const UlShape *self, UlEvidence *evidence)
{
  static const char *const names[] = { "VPS", "SPS", "PPS" };
  const char *seen = NULL;
  gboolean same = TRUE;
  UlTallyRow row = { .count = 1, .first = self->first, .last = self->last };

  for (guint i = 0; i < N_KINDS; i++) {
    const Presence *p = &self->presence[i];
    const char *word = p->in_key + p->in_other ? cadence (self, p) : NULL;
    same &= !word || !seen || word == seen;
    seen = word ? word : seen;
  }
  if (seen && same)
    add_row (evidence, UL_KEY_SHAPE_PARAMETER_SETS, &row, seen);
  for (guint i = 0; i < N_KINDS && seen && !same; i++) {
    const Presence *p = &self->presence[i];
    const char *word = p->in_key + p->in_other ? cadence (self, p) : NULL;
    g_autofree char *text = g_strdup_printf ("%s %s", names[i], word);
    if (word)
      add_row (evidence, UL_KEY_SHAPE_PARAMETER_SETS, &row, text);
  }
  if (self->aud_presence.in_key + self->aud_presence.in_other) {
    const char *word = cadence (self, &self->aud_presence);
    if (word)
      add_row (evidence, UL_KEY_SHAPE_AUD_CADENCE, &row, word);
  }
  for (guint i = 0; i < MIN (self->n_sei_types, (guint) MAX_EMITTED); i++) {
    const Presence *p = &self->sei_presence[i];
    const char *word = p->in_key + p->in_other ? cadence (self, p) : NULL;
    g_autofree char *text = g_strdup_printf ("%u %s", p->payload_type, word);
    row.count = p->in_key + p->in_other;
    if (word)
      add_row (evidence, UL_KEY_SHAPE_SEI_CADENCE, &row, text);
  }
}

static void
write_slices (const UlShape *self, UlEvidence *evidence)
{
  static const char *const letters[] = { "P", "B", "I" };
  UlTallyRow row = { .first = self->first, .last = self->last };

  for (guint i = 0; i < MIN (self->slices.n, (guint) MAX_EMITTED); i++) {
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, self->slices.rows[i].key);
    add_row (evidence, UL_KEY_SHAPE_SLICES, &self->slices.rows[i], text);
  }
  for (guint i = 0; i < MIN (self->forms.n, (guint) MAX_EMITTED); i++) {
    guint64 key = self->forms.rows[i].key;
    g_autofree char *text = self->codec == UL_CODEC_H264 ? ul_h264_slice_form (key) : ul_h265_slice_form (key);
    add_row (evidence, UL_KEY_SLICE_HEADER, &self->forms.rows[i], text);
  }
  for (guint k = 0; k < 3; k++) {
    guint t = (guint[]){ UL_SHAPE_I, UL_SHAPE_P, UL_SHAPE_B }[k];
    g_autofree char *text = self->qp_min[t] == self->qp_max[t]
                              ? g_strdup_printf ("%s %d", letters[t], self->qp_min[t])
                              : g_strdup_printf ("%s %d..%d", letters[t], self->qp_min[t], self->qp_max[t]);
    row.count = self->qp_n[t];
    if (row.count)
      add_row (evidence, UL_KEY_SLICE_QP, &row, text);
  }
}

static const char *
idr_pic_id_word (const UlShape *self)
{
  if (self->idr_steps == 0)
    return NULL;
  if (self->idr_same == self->idr_steps)
    return "constant";
  if (self->idr_steps < 2)
    return NULL; /* 0 to 1 is the beginning of both */
  if (self->idr_toggle == self->idr_steps)
    return "toggle";
  return self->idr_increment == self->idr_steps ? "increment" : "other";
}

static void
write_counters (const UlShape *self, UlEvidence *evidence)
{
  UlTallyRow row = { .count = 1, .first = self->first, .last = self->last };
  const char *word = idr_pic_id_word (self);

  if (word)
    add_row (evidence, UL_KEY_SLICE_IDR_PIC_ID, &row, word);
  if (self->frame_num_checked) {
    g_autofree char *n = self->frame_num_gaps ? g_strdup_printf ("%" G_GUINT64_FORMAT, self->frame_num_gaps) : g_strdup ("none");
    add_row (evidence, UL_KEY_SLICE_FRAME_NUM_GAPS, &row, n);
  }
  if (self->poc_steps.n > 8)
    add_row (evidence, UL_KEY_SLICE_POC_STEP, &row, "varies");
  for (guint i = 0; i < self->poc_steps.n && self->poc_steps.n <= 8; i++) {
    g_autofree char *step = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) self->poc_steps.rows[i].key);
    add_row (evidence, UL_KEY_SLICE_POC_STEP, &self->poc_steps.rows[i], step);
  }
  if (self->undecodable) {
    UlTallyRow bad = { .count = 1, .first = self->undecodable_first, .last = self->undecodable_last };
    g_autofree char *n = g_strdup_printf ("%" G_GUINT64_FORMAT, self->undecodable);
    add_row (evidence, UL_KEY_SHAPE_UNDECODABLE, &bad, n);
  }
}

static void
write_sizes (const UlShape *self, UlEvidence *evidence)
{
  g_autoptr (GString) text = g_string_new (NULL);
  UlTallyRow row = { .count = 1, .first = self->first, .last = self->last };

  if (self->intra.n)
    g_string_append_printf (text, "I %" G_GUINT64_FORMAT, median (&self->intra));
  if (self->inter.n)
    g_string_append_printf (text, "%sP %" G_GUINT64_FORMAT, text->len ? " " : "", median (&self->inter));
  if (text->len)
    add_row (evidence, UL_KEY_SHAPE_SIZES, &row, text->str);
}

void
ul_shape_write (const UlShape *self, UlEvidence *evidence)
{
  write_orders (self, evidence);
  write_gops (self, evidence);
  write_gop_rhythm (self, evidence);
  write_slices (self, evidence);
  write_cadence (self, evidence);
  write_counters (self, evidence);
  write_sizes (self, evidence);
  ul_picture_habits_write (&self->habits, evidence);
  ul_form_change_write (&self->form_change, evidence);
}

guint64
ul_shape_n_new (const UlShape *self)
{
  return self->orders.n + self->auds.n + self->gops.n + self->patterns.n + self->slices.n + self->poc_steps.n + self->forms.n
         + self->n_sei_types + ul_picture_habits_n_new (&self->habits) + ul_form_change_n_new (&self->form_change) + MIN (self->n_key, 3);
}
