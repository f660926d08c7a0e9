/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlJournal: what one stream showed, in the order in which it came, without its
 * pictures: the messages and session descriptions (credentials taken out), the NAL
 * units that are no coded slices whole, of a coded slice its header and its last
 * bytes, and of all of them place, time and length.  That is all the extractors
 * read, so the same observations can be made from it again.
 *
 * An examiner keeps one where it is asked to (ul_examiner_keep()).  Memory grows
 * with the stream, up to UL_JOURNAL_MAX_ENTRIES and UL_JOURNAL_MAX_BYTES; what
 * comes after that is left out, and ul_journal_is_full() says so.
 */
#pragma once

#include "evidence/observation.h"

#define UL_JOURNAL_MAX_ENTRIES (4u << 20)
#define UL_JOURNAL_MAX_BYTES (512u << 20)
#define UL_JOURNAL_TAIL_BYTES 16
/* SHA-256, SHA-384, SHA-512: the hashes that signed video is made with. */
#define UL_JOURNAL_N_HASHES 3
#define UL_JOURNAL_HASH_BYTES 64

typedef enum {
  UL_JOURNAL_MESSAGE,
  UL_JOURNAL_SDP,
  UL_JOURNAL_NAL,   /* of the stream, out of whatever framing */
  UL_JOURNAL_ASIDE, /* without framing, beside the stream or instead of one: sprop-parameter-sets, a configuration record */
  UL_JOURNAL_GAP,   /* what comes next does not go on where this ended */
  UL_JOURNAL_CUT,   /* and what came last is not whole */
  UL_JOURNAL_SEEK,  /* the same for the signatures */
  UL_JOURNAL_N_KINDS
} UlJournalKind;

typedef struct {
  guint8 kind;       /* UlJournalKind */
  guint8 codec;      /* UlCodec; 0 of a text */
  guint8 provenance; /* UlProvenance */
  gboolean on_wire;
  UlWhere where;     /* of a text its first line; of a NAL unit its header */
  UlWhere place;     /* ul_evidence_set_place() */
  gsize at;          /* in the texts or the bytes that were kept */
  gsize kept;        /* bytes */
  char *answers;     /* the method that a message answers; NULL */
  gboolean from_text; /* a NAL unit that was read out of the text before it, and will be again */

  /* Of a NAL unit. */
  guint64 len, trailing_zeros;
  guint8 start_code, tail_len;
  gboolean truncated;
  guint8 tail[UL_JOURNAL_TAIL_BYTES]; /* where not all was kept */
  gint32 hashes;                      /* index of its hashes, -1: it has none */

  /* What its header says, for pictures of the stream; made again when it is read. */
  gboolean is_slice, begins_picture, key, has_qp;
  char type; /* 'I', 'P', 'B', '?' */
  gint8 qp;
} UlJournalEntry;

typedef guint8 UlJournalHashes[UL_JOURNAL_N_HASHES][UL_JOURNAL_HASH_BYTES];

typedef struct _UlJournal UlJournal;

UlJournal *ul_journal_new (void);
void ul_journal_free (UlJournal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlJournal, ul_journal_free)

guint ul_journal_n (const UlJournal *self);
/* Borrowed, valid until the next one is added. */
const UlJournalEntry *ul_journal_get (const UlJournal *self, guint i);
/* The bytes or the text that were kept of an entry; borrowed likewise, `kept` of them. */
const guint8 *ul_journal_bytes (const UlJournal *self, const UlJournalEntry *entry);
const UlJournalHashes *ul_journal_hashes (const UlJournal *self, const UlJournalEntry *entry); /* NULL: none */
gboolean ul_journal_is_full (const UlJournal *self);

/* A text, as it came; what is kept of it is ul_redact_lines(). Provenance and place are those of `evidence`. */
void ul_journal_add_text (UlJournal *self, UlJournalKind kind, const UlEvidence *evidence, const char *text, gsize len, gint64 line,
                          const char *answers);
/* An entry of whatever kind; `at` is set, `answers` copied.  NULL if the journal is full. Borrowed likewise. */
UlJournalEntry *ul_journal_add (UlJournal *self, const UlJournalEntry *entry, const guint8 *kept);
/* The entries from `first` on were read out of a text. */
void ul_journal_mark_from_text (UlJournal *self, guint first);
void ul_journal_set_hashes (UlJournal *self, UlJournalEntry *entry, const UlJournalHashes *hashes);
