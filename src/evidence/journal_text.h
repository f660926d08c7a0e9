/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A journal as files: JSON Lines with a line an entry, the NAL units as a byte stream
 * (Annex B, of slices their headers), and the messages as text.  The lines point into
 * the other two, which stock tools can read.
 */
#pragma once

#include "evidence/journal.h"

typedef struct {
  GString *lines;       /* JSON Lines */
  GByteArray *nals[3];  /* by UlCodec, as a byte stream */
  GString *texts;
} UlJournalFiles;

/* `with_hashes`: those of slices, for streams that bear signatures. */
void ul_journal_to_files (const UlJournal *self, gboolean with_hashes, UlJournalFiles *ret_files);
void ul_journal_files_clear (UlJournalFiles *files);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlJournalFiles, ul_journal_files_clear)

/*
 * Reads them again; whatever they say, nothing outside of them is touched.  NULL and
 * `error` (of GLib's markup domain, with the line's number) where a line is no entry or
 * points outside.  `nals` and `texts` may be NULL where there are none.
 */
UlJournal *ul_journal_from_files (const char *lines, gsize lines_len, GBytes *const nals[3], GBytes *texts, GError **error);

/* One observation as a line of JSON, and back: FALSE if it is none. */
void ul_observation_to_line (const UlObservation *self, GString *out);
gboolean ul_observation_from_line (const char *line, gsize len, UlObservation *ret_observation);
