/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/tlv.h"

typedef struct {
  const UlTlvTable *table;
  guint8 times[G_MAXUINT8 + 1]; /* that a tag came */
  char *error;                  /* the first one */
} Reading;

static const UlTlvRow *
find_row (const UlTlvTable *table, guint8 tag)
{
  for (guint i = 0; i < table->n; i++)
    if (table->rows[i].tag == tag)
      return &table->rows[i];
  return NULL;
}

/* Keeps the first error; takes `text`. */
static void
note (Reading *self, char *text)
{
  if (self->error)
    g_free (text);
  else
    self->error = text;
}

/* FALSE: reading cannot go on. */
static gboolean
read_value (Reading *self, const UlTlvRow *row, UlTlv *tlv, gpointer user_data)
{
  gsize len = ul_span_left (&tlv->value);

  tlv->version = ul_span_u8 (&tlv->value);
  if (!tlv->value.error && (tlv->version == 0 || tlv->version > row->max_version)) {
    note (self, g_strdup_printf ("%s at byte %" G_GSIZE_FORMAT ": version %u is not known", row->name, tlv->offset, tlv->version));
    return TRUE;
  }
  const char *wrong = tlv->value.error ? NULL : row->read (tlv, user_data);
  if (tlv->value.error) {
    note (self, g_strdup_printf ("%s at byte %" G_GSIZE_FORMAT ": its %" G_GSIZE_FORMAT " bytes are fewer than its fields", row->name,
                                 tlv->offset, len));
    return FALSE;
  }
  if (wrong)
    note (self, g_strdup_printf ("%s at byte %" G_GSIZE_FORMAT ": %s", row->name, tlv->offset, wrong));
  return wrong == NULL;
}

/* FALSE: reading cannot go on. */
static gboolean
read_tlv (Reading *self, UlSpan *s, gpointer user_data)
{
  UlTlv tlv = { .offset = s->pos };
  guint8 tag = ul_span_u8 (s);
  const UlTlvRow *row = find_row (self->table, tag);

  if (!row) {
    note (self, g_strdup_printf ("tag %u at byte %" G_GSIZE_FORMAT " is not known", tag, tlv.offset));
    return FALSE;
  }
  gsize len = (gsize) ul_span_be (s, row->length_bytes);
  if (s->error || len > ul_span_left (s)) {
    note (self, g_strdup_printf ("%s at byte %" G_GSIZE_FORMAT " is cut off", row->name, tlv.offset));
    return FALSE;
  }
  if (self->times[tag]++ == row->max_times) {
    note (self, g_strdup_printf ("%s at byte %" G_GSIZE_FORMAT " comes once too often", row->name, tlv.offset));
    return FALSE;
  }
  tlv.value = ul_span_sub (s, len);
  if (!read_value (self, row, &tlv, user_data))
    return FALSE;
  if (row->last && ul_span_left (s)) {
    note (self, g_strdup_printf ("%" G_GSIZE_FORMAT " bytes at byte %" G_GSIZE_FORMAT " come after %s", ul_span_left (s), s->pos,
                                 row->name));
    return FALSE;
  }
  return TRUE;
}

char *
ul_tlv_read (const UlTlvTable *table, UlSpan *s, gboolean complete, gpointer user_data)
{
  Reading self = { .table = table };

  while (ul_span_left (s) && read_tlv (&self, s, user_data))
    ;
  for (guint i = 0; complete && i < table->n; i++)
    if (table->rows[i].mandatory && !self.times[table->rows[i].tag])
      note (&self, g_strdup_printf ("%s is missing", table->rows[i].name));
  return self.error;
}
