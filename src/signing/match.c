/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/match.h"

#include <string.h>

/* Equal hashes are rare: pictures that are byte for byte the same. */
#define MAX_PLACES 8

typedef struct {
  gint entry, nal;
  gint next; /* the step after this one in the common subsequence, -1: the end */
} Step;

static guint
hash_of_hash (gconstpointer p)
{
  guint v;

  memcpy (&v, p, sizeof v);
  return v;
}

/* Chains of NAL units whose hashes begin alike, by the first bytes: head[] and next[]. */
typedef struct {
  GHashTable *heads; /* first bytes -> index + 1, the last NAL unit that has them */
  gint *next;        /* the one before it, -1: none */
} Places;

static void
places_init (Places *self, const UlSignedNal *nals, guint n_nals)
{
  self->heads = g_hash_table_new (g_direct_hash, g_direct_equal);
  self->next = g_new (gint, n_nals + 1);
  for (guint i = 0; i < n_nals; i++) {
    gpointer key = GUINT_TO_POINTER (hash_of_hash (nals[i].hash));
    if (!nals[i].has_hash)
      continue;
    self->next[i] = GPOINTER_TO_INT (g_hash_table_lookup (self->heads, key)) - 1;
    g_hash_table_insert (self->heads, key, GINT_TO_POINTER ((gint) i + 1));
  }
}

static void
places_clear (Places *self)
{
  g_hash_table_unref (self->heads);
  g_free (self->next);
}

/* Where a hash stands, later places first. */
static guint
find_places (const Places *self, const guint8 *hash, gsize hash_len, const UlSignedNal *nals, gint *ret_places)
{
  guint n = 0;

  for (gint i = GPOINTER_TO_INT (g_hash_table_lookup (self->heads, GUINT_TO_POINTER (hash_of_hash (hash)))) - 1; i >= 0 && n < MAX_PLACES;
       i = self->next[i])
    if (memcmp (nals[i].hash, hash, hash_len) == 0)
      ret_places[n++] = i;
  return n;
}

static guint
find_closing (const guint8 *hash, gsize hash_len, const guint8 *closings, const UlSignedNal *nals, guint n_nals, gint *ret_places)
{
  guint n = 0;

  for (guint i = n_nals; i-- > 0 && n < MAX_PLACES;)
    if (nals[i].is_anchor && nals[i].has_plain && memcmp (closings + i * hash_len, hash, hash_len) == 0)
      ret_places[n++] = (gint) i;
  return n;
}

/*
 * Hunt and Szymanski, from the end backwards: tops[k] is the step with the greatest NAL
 * index that k + 1 steps can begin with.
 */
static void
take_place (GArray *steps, gint *tops, guint *n_tops, gint entry, gint nal)
{
  guint low = 0, high = *n_tops;

  while (low < high) { /* the first k whose step does not lie behind this place */
    guint middle = (low + high) / 2;
    if (g_array_index (steps, Step, tops[middle]).nal > nal)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < *n_tops && g_array_index (steps, Step, tops[low]).nal == nal)
    return;
  Step step = { entry, nal, low ? tops[low - 1] : -1 };
  g_array_append_val (steps, step);
  tops[low] = (gint) steps->len - 1;
  if (low == *n_tops)
    ++*n_tops;
}

void
ul_match_list (const guint8 *list, guint n, gsize hash_len, const guint8 *closings, const UlSignedNal *nals, guint n_nals, gint *ret_index)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_autofree gint *tops = g_new (gint, n + 1);
  guint n_tops = 0;
  Places places;

  places_init (&places, nals, n_nals);
  for (guint e = n; e-- > 0;) {
    const guint8 *hash = list + e * hash_len;
    gint at[MAX_PLACES];
    guint n_at = find_places (&places, hash, hash_len, nals, at);
    /* The key picture that the GOP before closed with is this GOP's first, whatever comes after it. */
    if (e == 0 && n_nals && nals[0].judged && memcmp (nals[0].hash, hash, hash_len) == 0) {
      at[0] = 0;
      n_at = 1;
    }
    if (closings && e == n - 1 && n_at == 0)
      n_at = find_closing (hash, hash_len, closings, nals, n_nals, at);
    /* Of one hash only one place can be taken: the earlier ones first, so that none follows another. */
    for (guint i = n_at; i-- > 0;)
      take_place (steps, tops, &n_tops, (gint) e, at[i]);
    ret_index[e] = -1;
  }
  places_clear (&places);
  for (gint s = n_tops ? tops[n_tops - 1] : -1; s >= 0; s = g_array_index (steps, Step, s).next)
    ret_index[g_array_index (steps, Step, s).entry] = g_array_index (steps, Step, s).nal;
}
