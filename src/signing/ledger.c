/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/ledger.h"

#include <string.h>

#include "bitstream/nal.h"

#define MAX_MARKS (1u << 20)
#define MAX_MARKS_UNSIGNED (1u << 14)
#define MAX_GAPS 4096
#define MAX_WAITING 64
/* Starts that are tried for a GOP that is signed without a hash list. */
#define MAX_WINDOWS 64
/* A stream that ends, or is cut, between two signatures has so many GOPs behind the last one. */
#define TAIL_GOPS 2
#define N_RECENT 16
#define MARK_SEI_OK 's' /* printed as '.' */
/* Comparisons that finding moved NAL units of one SEI may cost. */
#define MAX_LOOKS (1u << 20)
#define MAX_SIGNATURE 1024 /* RSA of 8192 bits */

/* What one SEI signs, until all of it is known. */
typedef struct {
  guint32 counter;
  guint64 sei_nal, first_nal, last_nal;
  UlSignatureState signature;
  const char *fault;   /* why it is not ok, apart from the NAL units; NULL: nothing */
  gboolean counts;     /* it is a GOP: the first SEI of Axis v1 signs one NAL unit, which the second signs again */
  gboolean whole;      /* signed without a list: it can only be judged as a whole */
  gboolean is_first;   /* nothing was judged before it: what it signs may lie before the beginning */
  gboolean starts;     /* it says itself that signing begins with it */
  gboolean outside;    /* it signs what lies before the beginning */
  gboolean has_match;  /* some of it was found */
  guint64 n_ok, n_changed, n_added, n_moved, n_missing, n_not_judged;
  guint64 judged_nal; /* 1 + the one that the GOP before closed with: that one's signature covers it; 0: none */
  gboolean has_frames;
  guint64 first_frame, last_frame;
  gint64 first_us, last_us;
  UlChangedNal changes[UL_STRETCH_MAX_CHANGES];
  guint n_changes;
  guint pending;  /* hashes at the list's end that no NAL unit had so far */
  guint eligible; /* NAL units that came before the SEI and waited on when it was judged */
  /* while there is no key to check it with */
  guint8 digest[UL_SIGNING_MAX_HASH], signature_bytes[MAX_SIGNATURE];
  gsize digest_len, signature_len;
} Record;

/* NAL units in a row that no signature covers. */
typedef struct {
  guint64 n_nals, n_gops;
  guint64 first_frame, last_frame;
  gint64 first_us, last_us;
} Run;

typedef struct {
  guint64 nal; /* before this one */
  guint count;
} Gap;

struct _UlLedger {
  UlCodec codec;
  GArray *nals;     /* UlSignedNal */
  Record open;
  gboolean has_open;
  GArray *waiting;  /* Record: without a key so far */
  UlAuthenticity totals; /* its counts alone */
  GPtrArray *stretches;
  GByteArray *marks; /* of the NAL units from first_marked on */
  guint64 first_marked;
  GArray *gaps;     /* Gap */
  struct {
    guint64 nal;
    UlUnhashed kind;
  } recent[N_RECENT];
  guint n_recent;
  Run asleep;
  /* the last SEI that signs pictures */
  gboolean has_last, after_damage;
  gboolean closing_due; /* Axis v1: the key picture that closes the last GOP did not come, or came changed */
  guint32 last_counter;
  guint64 last_sei_nal;
  gboolean last_partial;
  guint8 signed_anchor[UL_SIGNING_MAX_HASH]; /* of the GOP under way, from a list */
  guint8 last_first[UL_SIGNING_MAX_HASH], last_gop_hash[UL_SIGNING_MAX_HASH]; /* zeros: not known */
  gint64 last_us;
  guint lag; /* NAL units that usually come between the last one signed and the SEI */
  guint64 n_held; /* signatures that hold, and speak of something that is there */
  guint64 n_new;
  UlGopState last_state;
};

static void
stretch_free (gpointer data)
{
  UlStretch *s = data;

  g_free (s->why);
  g_clear_pointer (&s->changes, g_array_unref);
  g_free (s);
}

static gpointer
stretch_copy (gconstpointer data, gpointer unused)
{
  const UlStretch *s = data;
  UlStretch *copy = g_memdup2 (s, sizeof *s);

  copy->why = g_strdup (s->why);
  copy->changes = g_array_copy (s->changes);
  return copy;
}

UlLedger *
ul_ledger_new (UlCodec codec)
{
  UlLedger *self = g_new0 (UlLedger, 1);

  self->codec = codec;
  self->nals = g_array_sized_new (FALSE, FALSE, sizeof (UlSignedNal), UL_LEDGER_MAX_UNSIGNED_NALS);
  self->waiting = g_array_new (FALSE, FALSE, sizeof (Record));
  self->stretches = g_ptr_array_new_with_free_func (stretch_free);
  self->marks = g_byte_array_new ();
  self->gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  self->last_us = self->totals.signed_from_us = self->totals.signed_to_us = -1;
  return self;
}

UlLedger *
ul_ledger_copy (const UlLedger *self)
{
  UlLedger *copy = g_memdup2 (self, sizeof *self);

  copy->nals = g_array_copy (self->nals);
  copy->waiting = g_array_copy (self->waiting);
  copy->stretches = g_ptr_array_copy (self->stretches, (GCopyFunc) stretch_copy, NULL);
  g_ptr_array_set_free_func (copy->stretches, stretch_free);
  copy->marks = g_byte_array_sized_new (self->marks->len);
  g_byte_array_append (copy->marks, self->marks->data, self->marks->len);
  copy->gaps = g_array_copy (self->gaps);
  return copy;
}

void
ul_ledger_free (UlLedger *self)
{
  if (!self)
    return;
  g_array_unref (self->nals);
  g_array_unref (self->waiting);
  g_ptr_array_unref (self->stretches);
  g_byte_array_unref (self->marks);
  g_array_unref (self->gaps);
  g_free (self);
}

static UlSignedNal *
waiting_nal (UlLedger *self, guint i)
{
  return &g_array_index (self->nals, UlSignedNal, i);
}

/* --- the strip ----------------------------------------------------------------------------- */

static void
set_mark (UlLedger *self, guint64 nal, char mark)
{
  guint most = self->totals.n_seis ? MAX_MARKS : MAX_MARKS_UNSIGNED;

  if (nal < self->first_marked || nal == G_MAXUINT64)
    return;
  while (self->first_marked + self->marks->len <= nal) {
    if (self->marks->len == most) {
      g_byte_array_remove_range (self->marks, 0, most / 2);
      self->first_marked += most / 2;
    }
    g_byte_array_append (self->marks, (const guint8 *) "_", 1);
  }
  self->marks->data[nal - self->first_marked] = (guint8) mark;
}

static void
mark_missing (UlLedger *self, guint64 before_nal, guint64 n)
{
  Gap gap = { before_nal, (guint) MIN (n, (guint64) G_MAXUINT16) };

  if (n && self->gaps->len < MAX_GAPS)
    g_array_append_val (self->gaps, gap);
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  guint64 x = ((const Gap *) a)->nal, y = ((const Gap *) b)->nal;

  return x < y ? -1 : x > y;
}

static char *
dup_strip (const UlLedger *self)
{
  GString *strip = g_string_new (self->first_marked ? "…" : NULL);
  g_autoptr (GArray) gaps = g_array_copy (self->gaps);
  guint g = 0;

  g_array_sort (gaps, by_place);
  for (guint i = 0; i <= self->marks->len; i++) {
    for (; g < gaps->len && (g_array_index (gaps, Gap, g).nal <= self->first_marked + i || i == self->marks->len); g++)
      for (guint k = 0; k < g_array_index (gaps, Gap, g).count; k++)
        g_string_append_c (strip, 'M');
    if (i < self->marks->len)
      g_string_append_c (strip, self->marks->data[i] == MARK_SEI_OK ? '.' : (char) self->marks->data[i]);
  }
  return g_string_free (strip, FALSE);
}

/* --- stretches ------------------------------------------------------------------------------- */

static void
add_stretch (UlLedger *self, const UlStretch *from, char *why)
{
  UlStretch *last = self->stretches->len ? g_ptr_array_index (self->stretches, self->stretches->len - 1) : NULL;

  if (from->state != self->last_state) {
    self->last_state = from->state;
    self->n_new++;
  }
  if (last && last->state == from->state && g_str_equal (last->why, why) && last->has_frames && from->has_frames
      && from->first_frame <= last->last_frame + 1) {
    last->n_gops += from->n_gops;
    last->first_frame = MIN (last->first_frame, from->first_frame);
    last->last_frame = MAX (last->last_frame, from->last_frame);
    last->last_us = MAX (last->last_us, from->last_us);
    last->n_missing += from->n_missing;
    last->n_changed += from->n_changed;
    if (from->changes)
      g_array_append_vals (last->changes, from->changes->data, MIN (from->changes->len, UL_STRETCH_MAX_CHANGES - last->changes->len));
    g_free (why);
    return;
  }
  if (self->stretches->len == UL_MAX_STRETCHES) {
    self->totals.n_more_stretches++;
    g_free (why);
    return;
  }
  UlStretch *s = g_memdup2 (from, sizeof *from);
  s->why = why;
  s->changes = g_array_new (FALSE, FALSE, sizeof (UlChangedNal));
  if (from->changes)
    g_array_append_vals (s->changes, from->changes->data, from->changes->len);
  g_ptr_array_add (self->stretches, s);
}

/* --- a record ---------------------------------------------------------------------------------- */

static void
widen (Record *r, const UlSignedNal *nal)
{
  if (!r->has_frames) {
    r->first_nal = nal->nal;
    r->first_frame = nal->frame;
    r->first_us = nal->time_us;
  }
  r->first_frame = MIN (r->first_frame, nal->frame);
  r->last_frame = r->has_frames ? MAX (r->last_frame, nal->frame) : nal->frame;
  r->last_nal = nal->nal;
  r->last_us = nal->time_us;
  r->has_frames = TRUE;
}

static void
note_change (UlLedger *self, Record *r, const UlSignedNal *nal, UlChangeKind how)
{
  UlChangedNal change = { .how = how, .nal = nal->nal, .frame = nal->frame, .offset = nal->offset, .time_us = nal->time_us,
                          .type = ul_nal_type_name (self->codec, nal->type) };

  widen (r, nal);
  set_mark (self, nal->nal, 'N');
  *(how == UL_CHANGE_CHANGED ? &r->n_changed : how == UL_CHANGE_ADDED ? &r->n_added : &r->n_moved) += 1;
  if (r->n_changes < UL_STRETCH_MAX_CHANGES && !r->whole)
    r->changes[r->n_changes++] = change;
}

static void
note_not_judged (UlLedger *self, Record *r, const UlSignedNal *nal)
{
  widen (r, nal);
  set_mark (self, nal->nal, 'U');
  r->n_not_judged++;
}

static void
note_ok (UlLedger *self, Record *r, const UlSignedNal *nal)
{
  widen (r, nal);
  set_mark (self, nal->nal, '.');
  r->n_ok++;
  if (nal->judged)
    r->judged_nal = nal->nal + 1;
}

static void
note_missing (UlLedger *self, Record *r, guint64 before_nal, guint64 n)
{
  if (r->signature == UL_SIGNATURE_BAD || (r->fault && !r->has_match))
    return;
  r->n_missing += n;
  if (!r->whole)
    mark_missing (self, before_nal, n);
}

/*
 * NAL units [from, to) that no hash of the list has stand where `*entries` hashes have no NAL
 * unit: so many were changed, more were added.
 */
static void
attribute (UlLedger *self, Record *r, guint from, guint to, guint *entries)
{
  for (guint i = from; i < to; i++) {
    const UlSignedNal *nal = waiting_nal (self, i);
    gboolean has_entry = *entries > 0;

    if (nal->optional || nal->judged)
      continue;
    if (nal->moved && r->signature != UL_SIGNATURE_BAD) {
      note_change (self, r, nal, UL_CHANGE_MOVED);
      continue;
    }
    *entries -= has_entry;
    /* A list that is not the signer's accuses nobody. */
    gboolean unknown = !nal->has_plain || (!nal->has_hash && !r->has_match);
    if (r->signature == UL_SIGNATURE_BAD || (has_entry && unknown))
      note_not_judged (self, r, nal);
    else
      note_change (self, r, nal, has_entry ? UL_CHANGE_CHANGED : UL_CHANGE_ADDED);
  }
}

static char *
why_of (const Record *r, UlGopState state)
{
  g_autoptr (GString) text = g_string_new (r->signature == UL_SIGNATURE_BAD ? "the signature does not hold" : NULL);
  const struct {
    guint64 n;
    const char *one, *many;
  } rows[] = { { r->n_changed, "one NAL unit is not as it was signed", "NAL units are not as they were signed" },
               { r->n_added, "one NAL unit was added", "NAL units were added" },
               { r->n_moved, "one NAL unit is in another place", "NAL units are in another place" },
               { r->n_missing, "one NAL unit that was signed is missing", "NAL units that were signed are missing" },
               { r->n_not_judged, "one NAL unit cannot be judged", "NAL units cannot be judged" } };

  if (r->fault)
    g_string_append_printf (text, "%s%s", text->len ? "; " : "", r->fault);
  if (r->signature == UL_SIGNATURE_NO_KEY)
    return g_strdup ("the key that the signature is to be checked with is not in the stream");
  if (r->whole && (r->n_changed || r->n_added))
    return g_strdup ("the GOP is not as it was signed; it was signed as a whole, so which part of it is not known");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].n == 1)
      g_string_append_printf (text, "%s%s", text->len ? "; " : "", rows[i].one);
    else if (rows[i].n)
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", text->len ? "; " : "", rows[i].n, rows[i].many);
  if (r->outside)
    return g_strdup ("it signs pictures that are not in the file, or that cannot be told from such");
  return g_strdup (text->len ? text->str : ul_gop_state_name (state));
}

static UlGopState
state_of (const Record *r)
{
  if (r->signature == UL_SIGNATURE_NO_KEY)
    return UL_GOP_NOT_JUDGEABLE;
  if (r->signature == UL_SIGNATURE_BAD || r->fault || r->n_changed || r->n_added || r->n_moved)
    return UL_GOP_NOT_OK;
  if (r->outside)
    return UL_GOP_NOT_JUDGEABLE;
  if (r->n_missing)
    return UL_GOP_MISSING;
  return r->n_not_judged ? UL_GOP_NOT_JUDGEABLE : UL_GOP_OK;
}

/* Without a signature that holds, equal hashes say nothing; without a key to check it with, other ones neither. */
static void
unprove (UlLedger *self, Record *r)
{
  gboolean no_key = r->signature == UL_SIGNATURE_NO_KEY;

  for (guint64 i = MAX (r->first_nal, self->first_marked); r->has_frames && i <= r->last_nal && i < self->first_marked + self->marks->len; i++) {
    guint8 *mark = &self->marks->data[i - self->first_marked];
    if ((*mark == '.' && i + 1 != r->judged_nal) || (*mark == 'N' && no_key))
      *mark = 'U';
  }
  r->n_not_judged += r->n_ok - (r->judged_nal && r->n_ok);
  r->n_ok = r->judged_nal && r->n_ok;
  if (!no_key)
    return;
  r->n_not_judged += r->n_changed + r->n_added + r->n_moved + r->n_ok;
  r->n_changed = r->n_added = r->n_moved = r->n_missing = r->n_ok = 0;
  r->n_changes = 0;
}

static void
enter_record (UlLedger *self, Record *r)
{
  if (r->signature != UL_SIGNATURE_HOLDS)
    unprove (self, r);
  UlGopState state = state_of (r);
  UlAuthenticity *t = &self->totals;

  set_mark (self, r->sei_nal, r->signature == UL_SIGNATURE_NO_KEY ? 'U' : r->signature == UL_SIGNATURE_BAD || r->fault ? 'N' : MARK_SEI_OK);
  t->n_ok += r->n_ok;
  t->n_changed += r->n_changed;
  t->n_added += r->n_added;
  t->n_moved += r->n_moved;
  t->n_missing += r->n_missing;
  t->n_not_judged += r->n_not_judged;
  self->n_held += r->signature == UL_SIGNATURE_HOLDS && !r->outside;
  if (r->outside && state == UL_GOP_NOT_JUDGEABLE)
    return; /* a clip that was cut: nothing of it is here */
  if (!r->counts && state == UL_GOP_OK)
    return;
  t->gops[state]++;
  if (state == UL_GOP_OK) {
    if (self->last_state != UL_GOP_OK || t->gops[UL_GOP_OK] == 1)
      self->n_new++;
    self->last_state = state;
    return;
  }
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (UlChangedNal));
  g_array_append_vals (changes, r->changes, r->n_changes);
  UlStretch s = { .state = state, .gop_counter = r->counter, .n_gops = 1, .has_frames = r->has_frames, .first_frame = r->first_frame,
                  .last_frame = r->last_frame, .first_us = r->first_us, .last_us = r->last_us, .n_missing = r->n_missing,
                  .n_changed = r->n_changed + r->n_added + r->n_moved, .changes = changes };
  add_stretch (self, &s, why_of (r, state));
}

static void
close_record (UlLedger *self, Record *r)
{
  if (r->signature == UL_SIGNATURE_NO_KEY && self->waiting->len < MAX_WAITING) {
    g_array_append_val (self->waiting, *r);
    set_mark (self, r->sei_nal, 'U');
  } else {
    enter_record (self, r);
  }
}

static void
settle (Record *r, UlLedgerVerify verify, gpointer user_data)
{
  if (r->signature == UL_SIGNATURE_NO_KEY && r->signature_len)
    r->signature = verify (r->digest, r->digest_len, r->signature_bytes, r->signature_len, user_data);
}

void
ul_ledger_settle (UlLedger *self, UlLedgerVerify verify, gpointer user_data)
{
  for (guint i = 0; i < self->waiting->len; i++) {
    Record *r = &g_array_index (self->waiting, Record, i);
    settle (r, verify, user_data);
    enter_record (self, r);
  }
  g_array_set_size (self->waiting, 0);
  if (self->has_open)
    settle (&self->open, verify, user_data);
}

/* --- NAL units without a signature --------------------------------------------------------------- */

static void
run_take (Run *run, const UlSignedNal *nal)
{
  if (run->n_nals++ == 0) {
    run->first_frame = nal->frame;
    run->first_us = nal->time_us;
  }
  run->n_gops += nal->is_anchor;
  run->last_frame = nal->frame;
  run->last_us = nal->time_us;
}

static void
enter_run (UlLedger *self, const Run *run, UlGopState state, const char *why)
{
  UlStretch s = { .state = state, .n_gops = MAX (run->n_gops, 1), .has_frames = TRUE, .first_frame = run->first_frame,
                  .last_frame = run->last_frame, .first_us = run->first_us, .last_us = run->last_us };

  if (run->n_nals == 0)
    return;
  self->totals.gops[state] += s.n_gops;
  add_stretch (self, &s, g_strdup (why));
}

/* NAL units [from, to) leave without having been signed. */
static void
leave_unsigned (UlLedger *self, guint from, guint to, const char *why)
{
  Run run = { 0 }, hanging = { 0 };

  for (guint i = from; i < to; i++) {
    UlSignedNal *nal = waiting_nal (self, i);
    if (nal->optional || nal->judged)
      continue;
    gboolean unknown = !nal->has_hash || self->after_damage;
    run_take (unknown ? &hanging : &run, nal);
    if (!unknown)
      continue;
    set_mark (self, nal->nal, 'U');
    self->totals.n_not_judged++;
  }
  enter_run (self, &hanging, UL_GOP_NOT_JUDGEABLE,
             self->after_damage ? "the SEI that signs it cannot be judged" : "it hangs on a key picture that is not in the file");
  enter_run (self, &run, UL_GOP_UNSIGNED, why);
}

void
ul_ledger_asleep (UlLedger *self, const UlSignedNal *nal)
{
  if (self->nals->len) {
    for (guint i = 0; i < self->nals->len; i++)
      run_take (&self->asleep, waiting_nal (self, i));
    g_array_set_size (self->nals, 0);
  }
  run_take (&self->asleep, nal);
  set_mark (self, nal->nal, 'P');
}

static void
wake (UlLedger *self)
{
  if (self->asleep.n_nals == 0)
    return;
  enter_run (self, &self->asleep, UL_GOP_UNSIGNED, "there is no signature");
  self->asleep = (Run){ 0 };
  self->has_last = FALSE;
}

void
ul_ledger_nal (UlLedger *self, const UlSignedNal *nal)
{
  guint most = self->totals.n_seis ? UL_LEDGER_MAX_NALS : UL_LEDGER_MAX_UNSIGNED_NALS;

  if (self->nals->len >= most) {
    if (self->totals.n_seis)
      leave_unsigned (self, 0, most / 2, "there is no signature");
    for (guint i = 0; self->totals.n_seis == 0 && i < most / 2; i++)
      run_take (&self->asleep, waiting_nal (self, i));
    g_array_remove_range (self->nals, 0, most / 2);
    self->open.eligible -= MIN (self->open.eligible, most / 2);
  }
  g_array_append_val (self->nals, *nal);
  set_mark (self, nal->nal, nal->optional ? '_' : 'P');
}

static guint64 *
unhashed_count (UlLedger *self, UlUnhashed kind)
{
  switch (kind) {
  case UL_UNHASHED_PARAMETER_SET:
    return &self->totals.n_parameter_sets;
  case UL_UNHASHED_SLICE:
    return &self->totals.n_other_slices;
  case UL_UNHASHED_SEI:
    return &self->totals.n_foreign_seis;
  default:
    return NULL;
  }
}

static void
count_unhashed (UlLedger *self, UlUnhashed kind, gint by)
{
  guint64 *count = unhashed_count (self, kind);

  self->totals.n_not_hashed += (guint64) by;
  if (count)
    *count += (guint64) by;
}

void
ul_ledger_unhashed (UlLedger *self, guint64 nal, UlUnhashed kind)
{
  guint slot = self->n_recent++ % N_RECENT;

  self->recent[slot].nal = nal;
  self->recent[slot].kind = kind;
  count_unhashed (self, kind, 1);
  set_mark (self, nal, '_');
}

void
ul_ledger_take_back (UlLedger *self, guint64 nal)
{
  while (self->nals->len && waiting_nal (self, self->nals->len - 1)->nal >= nal)
    g_array_set_size (self->nals, self->nals->len - 1);
  for (guint i = 0; i < MIN (self->n_recent, N_RECENT); i++)
    if (self->recent[i].nal >= nal && self->recent[i].nal != G_MAXUINT64) {
      count_unhashed (self, self->recent[i].kind, -1);
      self->recent[i].nal = G_MAXUINT64;
    }
  for (guint i = 0; i < MIN (self->n_recent, N_RECENT); i++)
    if (self->recent[i].nal == G_MAXUINT64)
      self->recent[i].nal = 0, self->recent[i].kind = UL_UNHASHED_OTHER;
  if (nal >= self->first_marked && nal < self->first_marked + self->marks->len)
    g_byte_array_set_size (self->marks, (guint) (nal - self->first_marked));
}

UlSignedNal *
ul_ledger_peek_nals (UlLedger *self, guint *ret_n)
{
  *ret_n = self->nals->len;
  return (UlSignedNal *) (gpointer) self->nals->data;
}

static guint64
place_of (UlLedger *self, guint i, guint64 otherwise)
{
  return i < self->nals->len ? waiting_nal (self, i)->nal : otherwise;
}

/* --- closing the record before --------------------------------------------------------------------- */

/*
 * The first `n` NAL units that wait are known not to be of a later SEI: what the open record
 * misses is among them, or missing.  Returns how many of them it took.
 */
static guint
close_open (UlLedger *self, guint n)
{
  Record *r = &self->open;
  guint taken = 0;

  if (!self->has_open)
    return 0;
  self->has_open = FALSE;
  for (guint left = r->pending; taken < n && (left || (r->whole && r->pending)); taken++)
    left -= left && !waiting_nal (self, taken)->optional && !waiting_nal (self, taken)->judged;
  if (taken == 0 && r->is_first && !r->has_match) {
    r->outside = TRUE;
    r->pending = 0;
  }
  attribute (self, r, 0, taken, &r->pending);
  note_missing (self, r, place_of (self, taken, r->sei_nal), r->pending);
  close_record (self, r);
  return taken;
}

/* The same, where nothing that comes later tells which NAL units those are. */
static guint
close_open_by_place (UlLedger *self)
{
  Record *r = &self->open;
  guint n = r->eligible > self->lag ? r->eligible - self->lag : 0;

  return close_open (self, r->is_first && !r->starts && r->n_ok == 0 ? 0 : MIN (n, self->nals->len));
}

/* --- a SEI -------------------------------------------------------------------------------------------- */

/* Of a hash that no NAL unit has in its place: none at all, or one in another place. */
enum { MISSING = -1, MOVED = -2 };

/* What a SEI's signed hashes and the NAL units have in common. */
typedef struct {
  const UlLedgerSei *in;
  gint *index;  /* of each hash its NAL unit, MISSING or MOVED */
  guint n, n_own; /* hashes; without the closing one, which is the next GOP's */
  gint first, last, closing; /* NAL units: first and last own one, the closing one; -1: none */
  guint first_entry, last_entry;
  guint32 lost; /* GOPs that the counter has passed over */
  gboolean other_key; /* the signature over the GOP hash holds with another key */
  gboolean stale;  /* its GOP hash is that of the SEI before: the last SEI of a stream, of which the list alone is new */
  gboolean begins; /* signing begins here, or nothing was judged before */
} Found;

static void
find_ends (Found *f)
{
  f->first = f->last = f->closing = -1;
  for (guint e = 0; e < f->n_own; e++) {
    if (f->index[e] < 0)
      continue;
    if (f->first < 0) {
      f->first = f->index[e];
      f->first_entry = e;
    }
    f->last = f->index[e];
    f->last_entry = e;
  }
  if (f->n > f->n_own)
    f->closing = f->index[f->n - 1];
}

/* Of the GOPs' first ones as the last one of this SEI's GOP. */
static guint8 *
closing_hashes (UlLedger *self, const Found *f)
{
  gsize len = f->in->hash_len;
  guint8 *closings = g_malloc0 (self->nals->len * len + 1);

  for (guint i = 0; i < self->nals->len; i++) {
    const UlSignedNal *nal = waiting_nal (self, i);
    if (nal->is_anchor && nal->has_plain)
      f->in->hash (f->in->sei->hash_list.data, len, nal->plain, len, closings + i * len, f->in->user_data);
  }
  return closings;
}

static void
match_listed (UlLedger *self, Found *f)
{
  const UlSignedSei *sei = f->in->sei;
  g_autofree guint8 *closings = sei->legacy && f->n > 1 ? closing_hashes (self, f) : NULL;

  ul_match_list (sei->hash_list.data, f->n, f->in->hash_len, closings, (const UlSignedNal *) (gpointer) self->nals->data, self->nals->len,
                 f->index);
  find_ends (f);
}

/* Hashes of all but the GOPs' first NAL units, as they are with this anchor. */
static void
hang_on (UlLedger *self, const UlLedgerSei *in, const guint8 *anchor)
{
  for (guint i = 0; i < self->nals->len; i++) {
    UlSignedNal *nal = waiting_nal (self, i);
    if (!nal->has_plain || nal->is_anchor || nal->optional)
      continue;
    in->hash (anchor, in->hash_len, nal->plain, in->hash_len, nal->hash, in->user_data);
    nal->has_hash = TRUE;
  }
}

/* Those whose GOP's first NAL unit is not in the file may be of this GOP; afterwards they are as loose as before. */
static void
hang_loose_ones (UlLedger *self, const Found *f, gboolean hang)
{
  const UlLedgerSei *in = f->in;

  for (guint i = 0; f->n && i < self->nals->len; i++) {
    UlSignedNal *nal = waiting_nal (self, i);
    if (!nal->has_plain || (hang ? nal->has_hash : !nal->is_loose))
      continue;
    if (hang)
      in->hash (in->sei->hash_list.data, in->hash_len, nal->plain, in->hash_len, nal->hash, in->user_data);
    nal->has_hash = nal->is_loose = hang;
  }
}

/*
 * Pictures of which nothing moves are the same bytes in every GOP: where SEIs are missing, a few
 * of them make no GOP.
 */
static gboolean
is_likely (UlLedger *self, const Found *f)
{
  guint n = 0;

  if (self->has_last && f->in->sei->gop_counter == self->last_counter + 1)
    return TRUE;
  for (guint e = 0; e < f->n_own; e++)
    n += f->index[e] >= 0;
  return 2 * n >= MIN (f->n_own, self->nals->len);
}

static void
forget_match (Found *f)
{
  for (guint e = 0; e < f->n; e++)
    f->index[e] = MISSING;
  find_ends (f);
}

/*
 * The hashes hang on the GOP's first NAL unit.  Where that one is changed or missing, the others
 * are still known: its signed hash is the first of the list, or of the list before in a GOP that is signed in parts.
 */
static void
match_on_signed_anchor (UlLedger *self, Found *f)
{
  const guint8 *anchors[] = { f->in->sei->hash_list.data, self->signed_anchor };
  g_autoptr (GArray) kept = g_array_copy (self->nals);

  for (gsize k = 0; k < G_N_ELEMENTS (anchors) && f->first < 0; k++) {
    hang_on (self, f->in, anchors[k]);
    match_listed (self, f);
    if (!is_likely (self, f))
      forget_match (f);
  }
  memcpy (self->nals->data, kept->data, kept->len * sizeof (UlSignedNal));
}

/* Hashes that have a NAL unit, but not in their place; it stands before the last one that is in place. */
static void
find_moved (UlLedger *self, Found *f)
{
  g_autofree guint8 *taken = g_malloc0 (self->nals->len + 1);
  guint looks = 0;

  for (guint e = 0; e < f->n; e++)
    if (f->index[e] >= 0)
      taken[f->index[e]] = TRUE;
  for (guint e = 0; e < f->n_own && f->last >= 0; e++)
    for (guint i = 0; f->index[e] < 0 && i < (guint) f->last && looks < MAX_LOOKS; i++, looks++) {
      UlSignedNal *nal = waiting_nal (self, i);
      if (taken[i] || !nal->has_hash || memcmp (nal->hash, f->in->sei->hash_list.data + e * f->in->hash_len, f->in->hash_len) != 0)
        continue;
      nal->moved = taken[i] = TRUE;
      f->index[e] = MOVED;
    }
}

/* The last SEI of a stream has no key picture that closes its GOP; the first one is that of the first key picture alone. */
static gboolean
is_closed (UlLedger *self)
{
  for (guint i = 1; i < self->nals->len; i++)
    if (waiting_nal (self, i)->is_anchor)
      return TRUE;
  return self->nals->len <= 1;
}

static void
match_list (UlLedger *self, Found *f)
{
  const UlSignedSei *sei = f->in->sei;

  f->n = (guint) MIN (sei->hash_list.len / f->in->hash_len, (gsize) UL_SIGNED_SEI_MAX_BYTES / 16);
  f->n_own = f->n - (sei->legacy && (f->n == 1 || (f->n > 1 && (!f->in->at_end || is_closed (self)))));
  f->index = g_new (gint, f->n + 1);
  hang_loose_ones (self, f, TRUE);
  match_listed (self, f);
  if (f->n && f->index[0] < 0 && f->first < 0)
    match_on_signed_anchor (self, f);
  find_moved (self, f);
  hang_loose_ones (self, f, FALSE);
  if (f->first >= 0 && (waiting_nal (self, (guint) f->first)->is_anchor || !sei->partial))
    memcpy (self->signed_anchor, sei->hash_list.data, f->in->hash_len);
}

/* --- a GOP that is signed without a list ---------------------------------------------------------------- */

/* Axis v1: g0 = H(01), g = H(g || h) for each hash, at last H(g || document hash). */
static gboolean
window_fits_recursive (UlLedger *self, Found *f, guint start, guint n)
{
  const UlLedgerSei *in = f->in;
  guint8 g[UL_SIGNING_MAX_HASH];

  in->hash ((const guint8 *) "\1", 1, NULL, 0, g, in->user_data);
  for (guint i = 0; i < n; i++) {
    const UlSignedNal *nal = waiting_nal (self, start + i);
    guint8 closing[UL_SIGNING_MAX_HASH];
    gboolean closes = i > 0 && i == n - 1;
    if (closes)
      in->hash (waiting_nal (self, start)->plain, in->hash_len, nal->plain, in->hash_len, closing, in->user_data);
    in->hash (g, in->hash_len, closes ? closing : nal->hash, in->hash_len, g, in->user_data);
  }
  in->hash (g, in->hash_len, in->document_hash, in->hash_len, g, in->user_data);
  UlSignatureState state = in->verify (g, in->user_data);
  f->other_key |= state == UL_SIGNATURE_HOLDS_OTHER_KEY;
  return state == UL_SIGNATURE_HOLDS || state == UL_SIGNATURE_HOLDS_OTHER_KEY;
}

/* Axis v2: H(01 || h1 … hN), ONVIF: H(h1 … hN). */
static gboolean
window_fits (UlLedger *self, Found *f, guint start, guint n)
{
  const UlLedgerSei *in = f->in;
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 hash[UL_SIGNING_MAX_HASH];

  if (in->sei->legacy)
    return window_fits_recursive (self, f, start, n);
  if (in->sei->format == UL_SIGNING_AXIS)
    g_byte_array_append (all, (const guint8 *) "\1", 1);
  for (guint i = 0; i < n; i++)
    g_byte_array_append (all, waiting_nal (self, start + i)->hash, (guint) in->hash_len);
  in->hash (all->data, all->len, NULL, 0, hash, in->user_data);
  return in->sei->gop_hash.len == in->hash_len && memcmp (hash, in->sei->gop_hash.data, in->hash_len) == 0;
}

static gboolean
try_window (UlLedger *self, Found *f, guint start, guint n)
{
  if (start + n > self->nals->len || !window_fits (self, f, start, n))
    return FALSE;
  if (f->n_own) {
    f->first = (gint) start;
    f->last = (gint) (start + f->n_own - 1);
    f->last_entry = f->n_own - 1;
  }
  f->closing = f->n > f->n_own ? (gint) (start + n - 1) : -1;
  return TRUE;
}

/* Most likely it begins where the one before ended, or with a key picture; where SEIs are missing, anywhere. */
static gboolean
find_window (UlLedger *self, Found *f, guint n)
{
  guint tries = 1;

  f->n = n;
  f->n_own = n - (f->in->sei->legacy && n > 0);
  if (n == 0 || n > self->nals->len)
    return FALSE;
  if (try_window (self, f, 0, n))
    return TRUE;
  for (guint pass = 0; pass < 2; pass++)
    for (guint start = 1; start + n <= self->nals->len && tries < MAX_WINDOWS; start++)
      if (waiting_nal (self, start)->is_anchor == (pass == 0) && (tries++, try_window (self, f, start, n)))
        return TRUE;
  return FALSE;
}

static void
match_whole (UlLedger *self, Found *f)
{
  guint n = f->in->sei->num_nalus;

  f->first = f->last = f->closing = -1;
  /* ONVIF: the specification has numbers little-endian, the signers known have them big-endian. */
  if (find_window (self, f, n) || (f->in->sei->format == UL_SIGNING_ONVIF && find_window (self, f, GUINT16_SWAP_LE_BE ((guint16) n))))
    return;
  find_window (self, f, n);
}

/* --- does it follow on the SEI before? ------------------------------------------------------------------- */

static gboolean
all_zero (UlSignedBytes b)
{
  for (gsize i = 0; i < b.len; i++)
    if (b.data[i])
      return FALSE;
  return TRUE;
}

static gboolean
same_hash (UlSignedBytes b, const guint8 *hash)
{
  return b.len && b.len <= UL_SIGNING_MAX_HASH && memcmp (b.data, hash, b.len) == 0;
}

static gboolean
is_session_start (const Found *f)
{
  const UlSignedSei *sei = f->in->sei;

  return sei->legacy ? f->n == 1 : sei->linked_hash.len && all_zero (sei->linked_hash);
}

static void
check_time (UlLedger *self, Record *r, const UlSignedSei *sei)
{
  if (sei->start_us >= 0 && self->last_us >= 0 && sei->start_us < self->last_us - 1000)
    r->fault = "its time lies before that of the GOP before it";
}

static void
check_order (UlLedger *self, Found *f, Record *r)
{
  const UlSignedSei *sei = f->in->sei;
  gint32 ahead = (gint32) (sei->gop_counter - self->last_counter - 1);

  f->stale = same_hash (sei->gop_hash, self->last_gop_hash);
  f->begins = !self->has_last;
  if (!self->has_last || self->after_damage)
    return;
  if (ahead != 0 && is_session_start (f)) {
    f->begins = TRUE;
    self->totals.n_sessions++;
  } else if (ahead < 0) {
    r->fault = "its counter goes back: what was signed before comes again, or in another order";
  } else if (ahead > 0) {
    f->lost = (guint32) ahead;
  } else if (!sei->legacy && sei->linked_hash.len && !f->stale && !same_hash (sei->linked_hash, self->last_first)
             && !all_zero ((UlSignedBytes){ self->last_first, sei->linked_hash.len })) {
    r->fault = "it does not link to the GOP before it";
  }
  if (!r->fault)
    check_time (self, r, sei);
}

static void
remember (UlLedger *self, const Found *f)
{
  const UlSignedSei *sei = f->in->sei;

  if (!self->has_last && self->totals.n_sessions == 0)
    self->totals.n_sessions = 1;
  self->has_last = TRUE;
  self->last_counter = sei->gop_counter;
  self->last_sei_nal = f->in->nal;
  memset (self->last_first, 0, sizeof self->last_first);
  memset (self->last_gop_hash, 0, sizeof self->last_gop_hash);
  if (f->index && f->n)
    memcpy (self->last_first, sei->hash_list.data, f->in->hash_len);
  else if (f->first >= 0)
    memcpy (self->last_first, waiting_nal (self, (guint) f->first)->hash, f->in->hash_len);
  if (sei->gop_hash.len <= UL_SIGNING_MAX_HASH && sei->gop_hash.len)
    memcpy (self->last_gop_hash, sei->gop_hash.data, sei->gop_hash.len);
  gint64 end = MAX (sei->start_us, sei->end_us);
  if (end < 0 || f->in->signature != UL_SIGNATURE_HOLDS)
    return;
  self->last_us = end;
  if (self->totals.signed_from_us < 0)
    self->totals.signed_from_us = sei->start_us;
  self->totals.signed_to_us = MAX (self->totals.signed_to_us, end);
}

/* --- judging it -------------------------------------------------------------------------------------------- */

static void
tell_lost (UlLedger *self, const Found *f, guint64 n_unsigned_gops)
{
  guint64 n = f->lost > n_unsigned_gops ? f->lost - n_unsigned_gops : 0;
  UlStretch s = { .state = UL_GOP_MISSING, .gop_counter = f->in->sei->gop_counter - f->lost, .n_gops = n, .first_us = -1, .last_us = -1 };

  if (n == 0)
    return;
  self->totals.gops[UL_GOP_MISSING] += n;
  add_stretch (self, &s, g_strdup_printf ("%" G_GUINT64_FORMAT " GOP%s that the signer counted %s missing", n, n > 1 ? "s" : "", n > 1 ? "are" : "is"));
}

/* Of the own hashes [from, to) those that no NAL unit has, in whatever place. */
static guint
count_missing (const Found *f, guint from, guint to)
{
  guint n = 0;

  for (guint e = from; e < to; e++)
    n += !f->index || f->index[e] == MISSING;
  return n;
}

static gboolean
any_moved (UlLedger *self, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    if (waiting_nal (self, i)->moved)
      return TRUE;
  return FALSE;
}

/* What waits before the first NAL unit of this SEI. */
static void
take_front (UlLedger *self, Found *f, Record *r)
{
  guint to = f->first >= 0 ? (guint) f->first : 0, missing = f->first >= 0 ? f->first_entry : 0;
  guint from = close_open (self, to);
  guint64 before = self->totals.gops[UL_GOP_UNSIGNED];

  if (f->lost || f->begins || self->after_damage) {
    guint own = any_moved (self, from, to) ? to - from : MIN (missing, to - from);
    leave_unsigned (self, from, to - own, f->lost ? "its signature is missing: the signer's counter passes over it" : "there is no signature");
    from = to - own;
  }
  tell_lost (self, f, self->totals.gops[UL_GOP_UNSIGNED] - before);
  missing = count_missing (f, 0, missing);
  /* The key picture that closed the GOP before stands twice. */
  if (to > 0 && waiting_nal (self, 0)->judged && memcmp (waiting_nal (self, 0)->plain, waiting_nal (self, to)->plain, f->in->hash_len) == 0)
    note_change (self, r, waiting_nal (self, 0), UL_CHANGE_ADDED);
  attribute (self, r, from, to, &missing);
  note_missing (self, r, place_of (self, to, r->sei_nal), missing);
}

/* What a signature signs a second time is a copy. */
static void
note_listed (UlLedger *self, const Found *f, Record *r, const UlSignedNal *nal)
{
  if (f->in->repeated)
    note_change (self, r, nal, UL_CHANGE_ADDED);
  else
    note_ok (self, r, nal);
}

/* From the first to the last NAL unit that the list names. */
static void
take_listed (UlLedger *self, const Found *f, Record *r)
{
  guint at = (guint) f->first, missing = 0;

  for (guint e = f->first_entry; e <= f->last_entry; e++) {
    if (f->index[e] < 0) {
      missing += f->index[e] != MOVED;
      continue;
    }
    attribute (self, r, at, (guint) f->index[e], &missing);
    note_missing (self, r, waiting_nal (self, (guint) f->index[e])->nal, missing);
    missing = 0;
    at = (guint) f->index[e];
    note_listed (self, f, r, waiting_nal (self, at++));
  }
}

/* NAL units that leave, as their part is over; those after them may still be this SEI's. */
static void
leave (UlLedger *self, guint n)
{
  g_array_remove_range (self->nals, 0, n);
}

static guint
n_before (UlLedger *self, guint64 nal)
{
  guint n = self->nals->len;

  while (n && waiting_nal (self, n - 1)->nal > nal)
    n--;
  return n;
}

static void
take_closing (UlLedger *self, const Found *f, Record *r)
{
  guint from = f->last >= 0 ? (guint) f->last + 1 : 0, to = (guint) f->closing;

  attribute (self, r, from, to, &r->pending);
  note_missing (self, r, MIN (waiting_nal (self, to)->nal, r->sei_nal), r->pending);
  r->pending = 0;
  if (f->in->signature == UL_SIGNATURE_HOLDS || f->in->sei->hash_type == 0) {
    waiting_nal (self, to)->judged = TRUE;
    set_mark (self, waiting_nal (self, to)->nal, '.');
  }
}

/* The key picture of the GOP before, by the hash that this SEI links to; `n` if it does not wait. */
static guint
find_linked (UlLedger *self, const Found *f)
{
  UlSignedBytes link = f->in->sei->linked_hash;
  guint i = 0;

  for (; link.len == f->in->hash_len && i < self->nals->len; i++)
    if (waiting_nal (self, i)->is_anchor && waiting_nal (self, i)->has_hash && same_hash (link, waiting_nal (self, i)->hash))
      return i;
  return self->nals->len;
}

/*
 * Nothing of this SEI's GOP is there, and the counter has passed over others: what waits is
 * theirs, up to the end of the GOP that it links to, or so many whole GOPs.
 */
static void
leave_lost (UlLedger *self, const Found *f)
{
  guint n = self->nals->len, linked = find_linked (self, f), left = f->lost, i = 0;

  if (!f->lost && (!f->begins || linked == n))
    return;
  for (i = linked < n ? linked + 1 : 1; i < n; i++)
    if (waiting_nal (self, i)->is_anchor && (linked < n || --left == 0))
      break;
  if (i >= n)
    return;
  leave_unsigned (self, 0, i, "its signature is missing: the signer's counter passes over it");
  leave (self, i);
}

static void
judge (UlLedger *self, Found *f, Record *r)
{
  gboolean whole = !f->index;

  r->has_match = f->first >= 0 || f->closing >= 0;
  if (f->first < 0 && f->closing < 0) {
    leave (self, close_open_by_place (self));
    leave_lost (self, f);
    r->pending = f->n_own;
    r->whole = whole;
  } else {
    take_front (self, f, r);
    if (f->first >= 0 && whole)
      for (gint i = f->first; i <= f->last; i++)
        note_listed (self, f, r, waiting_nal (self, (guint) i));
    else if (f->first >= 0)
      take_listed (self, f, r);
    r->pending = count_missing (f, f->first >= 0 ? f->last_entry + 1 : 0, f->n_own);
    if (f->closing >= 0)
      take_closing (self, f, r);
    leave (self, f->closing >= 0 ? (guint) f->closing : (guint) f->last + 1);
  }
  self->last_partial = f->in->sei->partial || f->first < 0 || r->signature != UL_SIGNATURE_HOLDS;
  self->closing_due = f->n > f->n_own && f->closing < 0 && f->first >= 0 && r->signature == UL_SIGNATURE_HOLDS;
  r->eligible = n_before (self, r->sei_nal);
  if (r->pending == 0 && r->n_ok)
    self->lag = r->eligible - (r->eligible && waiting_nal (self, 0)->judged);
  self->open = *r;
  self->has_open = TRUE;
  if (r->pending == 0 || (r->eligible == 0 && !(r->is_first && r->n_ok == 0)))
    close_open (self, 0);
}

/* What another signs is signed, but not by the signer of this stream; that one's own signature may still come. */
static void
take_foreign (UlLedger *self, const Found *f, Record *r)
{
  r->fault = "it is signed with another key than the GOPs before it";
  r->signature = UL_SIGNATURE_HOLDS;
  r->counts = TRUE;
  for (guint i = 0; f->first >= 0 && i < self->nals->len; i++) {
    UlSignedNal *nal = waiting_nal (self, i);
    gboolean its = !f->index && i >= (guint) f->first && i <= (guint) MAX (f->last, f->closing);
    for (guint e = 0; f->index && e < f->n && !its; e++)
      its = f->index[e] == (gint) i;
    if (!its)
      continue;
    widen (r, nal);
    nal->optional = TRUE;
    set_mark (self, nal->nal, '.');
  }
  enter_record (self, r);
}

/* Signed is the hash of the GOP, and its beginning lies before the beginning of the file: nothing refutes it. */
static gboolean
is_out_of_reach (UlLedger *self, const Record *r)
{
  return r->is_first && (self->nals->len == 0 || !waiting_nal (self, 0)->has_hash || waiting_nal (self, 0)->nal > r->sei_nal);
}

static void
keep_signature (Record *r, const UlLedgerSei *in)
{
  UlSignedBytes signature = in->sei->signature;

  if (in->signature != UL_SIGNATURE_NO_KEY || in->sei->hash_type == 0 || signature.len > MAX_SIGNATURE)
    return;
  memcpy (r->digest, in->document_hash, r->digest_len = in->hash_len);
  memcpy (r->signature_bytes, signature.data, r->signature_len = signature.len);
}

/* What it says of its place among the others. */
static void
take_place_among (UlLedger *self, Found *f, Record *r)
{
  const UlLedgerSei *in = f->in;

  if (in->repeated) {
    r->fault = "it repeats a signature that came before: what it signs was copied";
    f->begins = TRUE;
  } else if (in->signature == UL_SIGNATURE_BAD && in->sei->hash_type != 0) {
    f->begins = TRUE; /* nothing that it says is the signer's */
  } else {
    check_order (self, f, r);
    remember (self, f);
  }
}

/* Nothing is to be held against it: a copy of a SEI alone, or a last one without a list, which says nothing new. */
static gboolean
is_idle (const Found *f)
{
  return f->first < 0 && (f->in->repeated || (!f->index && (f->stale || f->n == 0)));
}

void
ul_ledger_sei (UlLedger *self, const UlLedgerSei *in)
{
  const UlSignedSei *sei = in->sei;
  Found f = { .in = in };
  Record r = { .counter = sei->gop_counter, .sei_nal = in->nal, .signature = in->signature, .first_us = -1, .last_us = -1 };

  self->totals.n_seis++;
  wake (self);
  r.is_first = !self->has_last;
  if (sei->hash_list.len)
    match_list (self, &f);
  else
    match_whole (self, &f);
  r.starts = is_session_start (&f);
  if (in->key_changed || f.other_key) {
    take_foreign (self, &f, &r);
    g_free (f.index);
    return;
  }
  keep_signature (&r, in);
  take_place_among (self, &f, &r);
  if (sei->hash_type == 0 && in->signature != UL_SIGNATURE_NO_KEY)
    r.signature = f.first >= 0 || f.closing >= 0 || is_out_of_reach (self, &r) ? UL_SIGNATURE_HOLDS : UL_SIGNATURE_BAD;
  r.counts = (!sei->legacy || f.n > 1) && !is_idle (&f);
  self->last_partial |= is_idle (&f);
  if (is_idle (&f))
    enter_record (self, &r);
  else
    judge (self, &f, &r);
  self->after_damage = r.signature == UL_SIGNATURE_BAD && sei->hash_type != 0;
  g_free (f.index);
}

void
ul_ledger_static_sei (UlLedger *self, guint64 nal, UlSignatureState holds)
{
  set_mark (self, nal, holds == UL_SIGNATURE_HOLDS ? MARK_SEI_OK : holds == UL_SIGNATURE_BAD ? 'N' : 'U');
  if (holds != UL_SIGNATURE_BAD)
    return;
  Record r = { .sei_nal = nal, .signature = UL_SIGNATURE_BAD, .first_us = -1, .last_us = -1 };
  enter_record (self, &r);
}

void
ul_ledger_damaged_sei (UlLedger *self, const UlLedgerSei *in, const char *why, gboolean newer)
{
  UlStretch s = { .state = newer ? UL_GOP_NOT_JUDGEABLE : UL_GOP_NOT_OK, .gop_counter = in->sei->gop_counter, .n_gops = 1, .has_frames = TRUE,
                  .first_frame = in->frame, .last_frame = in->frame, .first_us = in->time_us, .last_us = in->time_us };

  wake (self);
  self->after_damage = TRUE;
  self->totals.gops[s.state]++;
  set_mark (self, in->nal, newer ? 'U' : 'N');
  add_stretch (self, &s, g_strdup_printf (newer ? "it is signed in a form that is newer than this program: %s" : "its SEI cannot be read: %s", why));
}

void
ul_ledger_gap (UlLedger *self)
{
  self->open.pending = 0;
  close_open (self, 0);
  for (guint i = 0; i < self->nals->len; i++)
    set_mark (self, waiting_nal (self, i)->nal, 'U');
  self->totals.n_not_judged += self->nals->len;
  g_array_set_size (self->nals, 0);
  self->has_last = self->after_damage = FALSE;
  self->last_us = -1;
}

/* --- the account ------------------------------------------------------------------------------------------- */

static UlAuthenticityVerdict
verdict_of (const UlAuthenticity *t, guint64 n_held)
{
  const guint64 *g = t->gops;

  if (t->n_seis == 0)
    return UL_AUTHENTICITY_UNSIGNED;
  if (g[UL_GOP_NOT_OK])
    return UL_AUTHENTICITY_NOT_OK;
  if (n_held == 0 || (g[UL_GOP_OK] == 0 && g[UL_GOP_MISSING] == 0 && t->n_ok == 0))
    return UL_AUTHENTICITY_PRESENT;
  return g[UL_GOP_MISSING] || g[UL_GOP_UNSIGNED] || g[UL_GOP_NOT_JUDGEABLE] || t->n_sessions > 1 ? UL_AUTHENTICITY_OK_WITH_MISSING
                                                                                                  : UL_AUTHENTICITY_OK;
}

/* A key picture that closes a GOP is the next SEI's affair; behind the last SEI there is none. */
static void
judge_closing (UlLedger *self)
{
  Record r = { .counter = self->last_counter, .sei_nal = G_MAXUINT64, .signature = UL_SIGNATURE_HOLDS, .counts = TRUE, .first_us = -1, .last_us = -1 };
  guint i = 0;

  while (i < self->nals->len && waiting_nal (self, i)->optional)
    i++;
  if (!self->closing_due || i == self->nals->len)
    return;
  if (waiting_nal (self, i)->is_anchor) {
    note_change (self, &r, waiting_nal (self, i), UL_CHANGE_CHANGED);
    leave (self, i + 1);
  } else {
    r.n_missing = 1;
    mark_missing (self, waiting_nal (self, i)->nal, 1);
  }
  enter_record (self, &r);
}

/* A GOP is signed to its end: what stands between its last NAL unit and its SEI was put in. */
static void
judge_behind (UlLedger *self)
{
  Record r = { .counter = self->last_counter, .sei_nal = G_MAXUINT64, .signature = UL_SIGNATURE_HOLDS, .counts = TRUE, .first_us = -1, .last_us = -1 };
  guint n = 0;

  while (n < self->nals->len && !waiting_nal (self, n)->is_anchor && waiting_nal (self, n)->nal < self->last_sei_nal)
    n++;
  if (!self->has_last || self->last_partial || n == 0)
    return;
  attribute (self, &r, 0, n, &(guint){ 0 });
  leave (self, n);
  if (r.n_added)
    enter_record (self, &r);
}

/* What comes after the last signature. */
static void
take_tail (UlLedger *self)
{
  Run run = self->asleep;
  UlAuthenticity *t = &self->totals;

  for (guint i = 0; i < self->nals->len; i++) {
    const UlSignedNal *nal = waiting_nal (self, i);
    if (nal->judged)
      t->n_ok++;
    else if (!nal->optional)
      run_take (&run, nal);
  }
  if (run.n_nals == 0 || t->n_seis == 0)
    return;
  if (run.n_gops > TAIL_GOPS || !self->has_last) {
    enter_run (self, &run, UL_GOP_UNSIGNED, "there is no signature");
    return;
  }
  t->n_tail_nals = run.n_nals;
  t->n_tail_frames = run.last_frame - run.first_frame + 1;
}

void
ul_ledger_finish (UlLedger *self, UlAuthenticity *result)
{
  guint64 n_seis = result->n_seis;

  leave (self, close_open_by_place (self));
  for (guint i = 0; i < self->waiting->len; i++)
    enter_record (self, &g_array_index (self->waiting, Record, i));
  g_array_set_size (self->waiting, 0);
  self->totals.n_seis = n_seis;
  judge_closing (self);
  judge_behind (self);
  take_tail (self);
  UlAuthenticity *t = &self->totals;
#define COPY(field) result->field = t->field
  COPY (n_ok), COPY (n_changed), COPY (n_added), COPY (n_moved), COPY (n_missing), COPY (n_not_judged), COPY (n_not_hashed);
  COPY (n_parameter_sets), COPY (n_other_slices), COPY (n_foreign_seis), COPY (n_tail_frames), COPY (n_tail_nals);
  COPY (n_more_stretches), COPY (n_sessions), COPY (signed_from_us), COPY (signed_to_us);
#undef COPY
  memcpy (result->gops, t->gops, sizeof result->gops);
  result->stretches = g_steal_pointer (&self->stretches);
  self->stretches = g_ptr_array_new_with_free_func (stretch_free);
  result->strip = dup_strip (self);
  result->verdict = verdict_of (t, self->n_held);
}

guint64
ul_ledger_n_new (const UlLedger *self)
{
  return self->n_new;
}
