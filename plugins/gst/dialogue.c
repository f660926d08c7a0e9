/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dialogue.h"

#include <string.h>

#define MAX_PIECES 96
#define MAX_PIECE_BYTES (64 * 1024)
#define MAX_BYTES (512 * 1024)

typedef struct {
  UlDialogueKind kind;
  GString *text;
} Piece;

struct _UlGstDialogue {
  gatomicrefcount refs;
  char *id;
  GMutex lock;
  GPtrArray *pieces; /* Piece; only grows */
  gsize bytes;
  gint n; /* atomic: pieces->len */
};

static GMutex table_lock;
static GHashTable *table; /* id (borrowed) -> UlGstDialogue (borrowed); NULL while empty */

static void
piece_free (gpointer data)
{
  Piece *piece = data;

  g_string_free (piece->text, TRUE);
  g_free (piece);
}

UlGstDialogue *
ul_gst_dialogue_open (void)
{
  UlGstDialogue *self = g_new0 (UlGstDialogue, 1);

  g_atomic_ref_count_init (&self->refs);
  self->id = g_uuid_string_random ();
  g_mutex_init (&self->lock);
  self->pieces = g_ptr_array_new_with_free_func (piece_free);
  g_mutex_lock (&table_lock);
  if (!table)
    table = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (table, self->id, self);
  g_mutex_unlock (&table_lock);
  return self;
}

void
ul_gst_dialogue_unref (UlGstDialogue *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->pieces);
  g_mutex_clear (&self->lock);
  g_free (self->id);
  g_free (self);
}

void
ul_gst_dialogue_close (UlGstDialogue *self)
{
  if (!self)
    return;
  g_mutex_lock (&table_lock);
  g_hash_table_remove (table, self->id);
  if (g_hash_table_size (table) == 0)
    g_clear_pointer (&table, g_hash_table_unref);
  g_mutex_unlock (&table_lock);
  ul_gst_dialogue_unref (self);
}

UlGstDialogue *
ul_gst_dialogue_find (const char *id)
{
  UlGstDialogue *found;

  g_mutex_lock (&table_lock);
  found = table ? g_hash_table_lookup (table, id) : NULL;
  if (found)
    g_atomic_ref_count_inc (&found->refs);
  g_mutex_unlock (&table_lock);
  return found;
}

const char *
ul_gst_dialogue_id (const UlGstDialogue *self)
{
  return self->id;
}

void
ul_gst_dialogue_add (UlGstDialogue *self, UlDialogueKind kind, const char *text, gsize len)
{
  Piece *piece = g_new (Piece, 1);

  piece->kind = kind;
  piece->text = g_string_new_len (text, (gssize) MIN (len, (gsize) MAX_PIECE_BYTES));
  g_mutex_lock (&self->lock);
  if (self->pieces->len < MAX_PIECES && self->bytes + piece->text->len <= MAX_BYTES) {
    self->bytes += piece->text->len;
    g_ptr_array_add (self->pieces, piece);
    g_atomic_int_set (&self->n, (gint) self->pieces->len);
    piece = NULL;
  }
  g_mutex_unlock (&self->lock);
  if (piece)
    piece_free (piece);
}

guint
ul_gst_dialogue_n (UlGstDialogue *self)
{
  return (guint) g_atomic_int_get (&self->n);
}

char *
ul_gst_dialogue_dup (UlGstDialogue *self, guint i, UlDialogueKind *ret_kind, gsize *ret_len)
{
  char *copy = NULL;

  g_mutex_lock (&self->lock);
  if (i < self->pieces->len) {
    const Piece *piece = g_ptr_array_index (self->pieces, i);
    copy = g_memdup2 (piece->text->str, piece->text->len + 1);
    *ret_kind = piece->kind;
    *ret_len = piece->text->len;
  }
  g_mutex_unlock (&self->lock);
  return copy;
}
