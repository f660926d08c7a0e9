/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/tally.h"

#include <string.h>

int
ul_tally_add_slow (UlTally *self, guint64 key, const UlWhere *where, gboolean *ret_new)
{
  guint i = 0;

  if (ret_new)
    *ret_new = FALSE;
  while (i < self->n && self->rows[i].key != key)
    i++;
  if (i == self->n) {
    if (self->n == UL_TALLY_ROWS) {
      self->dropped++;
      return -1;
    }
    if (self->n == self->room) {
      self->room = MIN (MAX (2 * self->room, 4u), (guint) UL_TALLY_ROWS);
      self->rows = g_renew (UlTallyRow, self->rows, self->room);
    }
    self->rows[self->n++] = (UlTallyRow){ .key = key, .first = *where };
    if (ret_new)
      *ret_new = TRUE;
  }
  self->rows[i].count++;
  self->rows[i].last = *where;
  self->slots[ul_tally_slot (key)] = (guint8) (i + 1);
  return (int) i;
}

void
ul_tally_clear (UlTally *self)
{
  g_free (self->rows);
  memset (self, 0, sizeof *self);
}

guint64
ul_tally_total (const UlTally *self)
{
  guint64 total = self->dropped;

  for (guint i = 0; i < self->n; i++)
    total += self->rows[i].count;
  return total;
}

const UlTallyRow *
ul_tally_most (const UlTally *self)
{
  const UlTallyRow *most = self->n ? self->rows : NULL;

  for (guint i = 1; i < self->n; i++)
    if (self->rows[i].count > most->count)
      most = &self->rows[i];
  return most;
}

guint64
ul_hash_bytes (guint64 hash, const guint8 *data, gsize len)
{
  guint64 w;

  hash = ul_hash_mix (hash, len);
  for (; len >= 8; data += 8, len -= 8) {
    memcpy (&w, data, 8);
    hash = ul_hash_mix (hash, w);
  }
  for (w = 0; len; len--)
    w = w << 8 | *data++;
  return ul_hash_mix (hash, w);
}

void
ul_text_tally_clear (UlTextTally *self)
{
  for (guint i = 0; i < self->tally.n; i++)
    g_free (self->texts[i]);
  ul_tally_clear (&self->tally);
}

void
ul_text_tally_write (const UlTextTally *self, UlEvidence *evidence, UlKey key, guint max)
{
  for (guint i = 0; i < MIN (self->tally.n, max); i++) {
    const UlTallyRow *row = &self->tally.rows[i];
    if (self->texts[i])
      ul_evidence_add_counted (evidence, key, self->texts[i], row->count, row->first, row->last);
  }
}
