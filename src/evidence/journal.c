/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evidence/journal.h"

#include <string.h>

#include "base/redact.h"

struct _UlJournal {
  GArray *entries;   /* UlJournalEntry */
  GByteArray *bytes; /* of NAL units */
  GString *texts;
  GArray *hashes;    /* UlJournalHashes */
  gboolean full;
};

static void
clear_entry (gpointer data)
{
  g_free (((UlJournalEntry *) data)->answers);
}

UlJournal *
ul_journal_new (void)
{
  UlJournal *self = g_new0 (UlJournal, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (UlJournalEntry));
  g_array_set_clear_func (self->entries, clear_entry);
  self->bytes = g_byte_array_new ();
  self->texts = g_string_new (NULL);
  self->hashes = g_array_new (FALSE, FALSE, sizeof (UlJournalHashes));
  return self;
}

void
ul_journal_free (UlJournal *self)
{
  if (!self)
    return;
  g_array_unref (self->entries);
  g_byte_array_unref (self->bytes);
  g_string_free (self->texts, TRUE);
  g_array_unref (self->hashes);
  g_free (self);
}

guint
ul_journal_n (const UlJournal *self)
{
  return self->entries->len;
}

const UlJournalEntry *
ul_journal_get (const UlJournal *self, guint i)
{
  return &g_array_index (self->entries, UlJournalEntry, i);
}

static gboolean
is_text (const UlJournalEntry *entry)
{
  return entry->kind == UL_JOURNAL_MESSAGE || entry->kind == UL_JOURNAL_SDP;
}

const guint8 *
ul_journal_bytes (const UlJournal *self, const UlJournalEntry *entry)
{
  return (is_text (entry) ? (const guint8 *) self->texts->str : self->bytes->data) + entry->at;
}

const UlJournalHashes *
ul_journal_hashes (const UlJournal *self, const UlJournalEntry *entry)
{
  return entry->hashes < 0 ? NULL : &g_array_index (self->hashes, UlJournalHashes, entry->hashes);
}

gboolean
ul_journal_is_full (const UlJournal *self)
{
  return self->full;
}

UlJournalEntry *
ul_journal_add (UlJournal *self, const UlJournalEntry *entry, const guint8 *kept)
{
  gsize used = self->bytes->len + self->texts->len;

  self->full |= self->entries->len >= UL_JOURNAL_MAX_ENTRIES || entry->kept > UL_JOURNAL_MAX_BYTES - MIN (used, UL_JOURNAL_MAX_BYTES);
  if (self->full)
    return NULL;
  g_array_append_val (self->entries, *entry);
  UlJournalEntry *added = &g_array_index (self->entries, UlJournalEntry, self->entries->len - 1);
  added->answers = g_strdup (entry->answers);
  added->at = is_text (entry) ? self->texts->len : self->bytes->len;
  if (is_text (entry))
    g_string_append_len (self->texts, (const char *) kept, (gssize) entry->kept);
  else if (entry->kept)
    g_byte_array_append (self->bytes, kept, (guint) entry->kept);
  return added;
}

void
ul_journal_mark_from_text (UlJournal *self, guint first)
{
  for (guint i = first; i < self->entries->len; i++)
    g_array_index (self->entries, UlJournalEntry, i).from_text = TRUE;
}

void
ul_journal_set_hashes (UlJournal *self, UlJournalEntry *entry, const UlJournalHashes *hashes)
{
  entry->hashes = (gint32) self->hashes->len;
  g_array_append_val (self->hashes, *hashes);
}

void
ul_journal_add_text (UlJournal *self, UlJournalKind kind, const UlEvidence *evidence, const char *text, gsize len, gint64 line,
                     const char *answers)
{
  g_autofree char *kept = ul_redact_lines (text, len);
  UlJournalEntry entry = { .kind = (guint8) kind, .provenance = (guint8) ul_evidence_provenance (evidence),
                           .on_wire = ul_evidence_on_wire (evidence), .where = UL_AT_LINE (line), .place = ul_evidence_place (evidence),
                           .kept = strlen (kept), .answers = (char *) answers, .hashes = -1 };

  ul_journal_add (self, &entry, (const guint8 *) kept);
}
