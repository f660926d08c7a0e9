/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlTally: a small bounded count of distinct 64-bit keys, in the order of first
 * sight, with first and last place.  Streams repeat themselves millions of times:
 * what a NAL unit shows is counted here and written as evidence once, at the end.
 */
#pragma once

#include "evidence/observation.h"

/* No more distinct values than the evidence would keep. */
#define UL_TALLY_ROWS UL_EVIDENCE_VALUES_PER_KEY
#define UL_TALLY_SLOTS 64

typedef struct {
  guint64 key;
  guint64 count;
  UlWhere first, last;
} UlTallyRow;

typedef struct {
  UlTallyRow *rows; /* grows to UL_TALLY_ROWS */
  guint n, room;
  guint64 dropped;
  guint8 slots[UL_TALLY_SLOTS]; /* row + 1 last found for a key of that slot */
} UlTally;

/* Row of the key, or -1 where the tally is full; `ret_new` (may be NULL): first sight. */
int ul_tally_add_slow (UlTally *self, guint64 key, const UlWhere *where, gboolean *ret_new);
void ul_tally_clear (UlTally *self);
guint64 ul_tally_total (const UlTally *self);
/* The row with the highest count, the earlier one of equals; NULL if empty. */
const UlTallyRow *ul_tally_most (const UlTally *self);

static inline guint
ul_tally_slot (guint64 key)
{
  return (guint) ((key * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15)) >> 58);
}

static inline int
ul_tally_add (UlTally *self, guint64 key, const UlWhere *where, gboolean *ret_new)
{
  guint row = self->slots[ul_tally_slot (key)];

  if (G_LIKELY (row && self->rows[row - 1].key == key)) {
    self->rows[row - 1].count++;
    self->rows[row - 1].last = *where;
    if (ret_new)
      *ret_new = FALSE;
    return (int) row - 1;
  }
  return ul_tally_add_slow (self, key, where, ret_new);
}

#define UL_HASH_SEED G_GUINT64_CONSTANT (0xcbf29ce484222325)

/* FNV-1a over 64-bit words */
static inline guint64
ul_hash_mix (guint64 hash, guint64 value)
{
  hash = (hash ^ value) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash ^ hash >> 29;
}

guint64 ul_hash_bytes (guint64 hash, const guint8 *data, gsize len);

/* A tally whose rows have a text. */
typedef struct {
  UlTally tally;
  char *texts[UL_TALLY_ROWS]; /* owned */
} UlTextTally;

void ul_text_tally_clear (UlTextTally *self);
/* Writes its first `max` rows. */
void ul_text_tally_write (const UlTextTally *self, UlEvidence *evidence, UlKey key, guint max);
