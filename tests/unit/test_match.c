/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "signing/match.h"

#define HASH 32
#define MOST 24

static void
hash_of (guint letter, guint8 *ret_hash)
{
  for (guint i = 0; i < HASH; i++)
    ret_hash[i] = (guint8) (letter * 37 + i * (letter + 1));
}

/* The length of the longest common subsequence, by the textbook. */
static guint
longest (const guint *a, guint n, const guint *b, guint m)
{
  guint best[MOST + 1][MOST + 1] = { 0 };

  for (guint i = 1; i <= n; i++)
    for (guint k = 1; k <= m; k++)
      best[i][k] = a[i - 1] == b[k - 1] ? best[i - 1][k - 1] + 1 : MAX (best[i - 1][k], best[i][k - 1]);
  return best[n][m];
}

static guint
match (const guint *list, guint n, const guint *stream, guint m, gint *ret_index)
{
  guint8 hashes[MOST * HASH] = { 0 };
  UlSignedNal nals[MOST] = { 0 };
  guint found = 0;

  for (guint i = 0; i < n; i++)
    hash_of (list[i], hashes + i * HASH);
  for (guint i = 0; i < m; i++) {
    nals[i].has_hash = TRUE;
    hash_of (stream[i], nals[i].hash);
  }
  ul_match_list (hashes, n, HASH, NULL, nals, m, ret_index);
  for (guint i = 0, last = 0; i < n; i++) {
    if (ret_index[i] < 0)
      continue;
    cr_assert (found == 0 || (guint) ret_index[i] > last, "the order is kept");
    cr_assert_eq (stream[ret_index[i]], list[i]);
    last = (guint) ret_index[i];
    found++;
  }
  return found;
}

Test (match, longest_common_subsequence_of_random_lists)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  for (guint round = 0; round < 4000; round++) {
    guint list[MOST], stream[MOST], n = (guint) g_rand_int_range (rand, 1, MOST), m = (guint) g_rand_int_range (rand, 0, MOST);
    gint index[MOST];
    gint letters = g_rand_int_range (rand, 8, 40); /* fewer than eight places of one hash */
    for (guint i = 0; i < n; i++)
      list[i] = (guint) g_rand_int_range (rand, 0, letters);
    for (guint i = 0; i < m; i++)
      stream[i] = g_rand_boolean (rand) && i < n ? list[i] : (guint) g_rand_int_range (rand, 0, letters);
    cr_assert_eq (match (list, n, stream, m, index), longest (list, n, stream, m), "round %u", round);
  }
}

Test (match, of_equal_ones_the_last_is_taken)
{
  const guint list[] = { 1, 2, 3 }, stream[] = { 1, 2, 3, 1, 2, 3 };
  gint index[3];

  cr_assert_eq (match (list, 3, stream, 6, index), 3);
  cr_assert_eq (index[0], 3);
  cr_assert_eq (index[2], 5);
}

Test (match, a_closing_hash_is_found_at_the_end_alone)
{
  guint8 hashes[2 * HASH], closings[2 * HASH];
  UlSignedNal nals[2] = { { .is_anchor = TRUE, .has_plain = TRUE, .has_hash = TRUE }, { .is_anchor = TRUE, .has_plain = TRUE, .has_hash = TRUE } };
  gint index[2];

  hash_of (1, nals[0].hash);
  hash_of (9, closings);
  hash_of (2, nals[1].hash);
  hash_of (3, closings + HASH);
  hash_of (1, hashes);
  hash_of (3, hashes + HASH);
  ul_match_list (hashes, 2, HASH, closings, nals, 2, index);
  cr_assert_eq (index[0], 0);
  cr_assert_eq (index[1], 1);
  ul_match_list (hashes, 2, HASH, NULL, nals, 2, index);
  cr_assert_eq (index[1], -1);
}
