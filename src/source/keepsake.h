/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept of an examined input, as files: enough to examine it again, and no
 * picture of it.
 *
 *   evidence/input.json                 what was read, and of which streams
 *   evidence/stream-N/journal.jsonl     its NAL units and messages in order (evidence/journal_text.h)
 *   evidence/stream-N/stream.h264|h265  the NAL units that the lines point to; of slices the headers
 *   evidence/stream-N/dialogue.txt      the messages, credentials taken out
 *   evidence/stream-N/carried.jsonl     observations that cannot be made again from the files above:
 *                                       of containers, packets, certificates, and of decoded pictures
 */
#pragma once

#include "source/source.h"

#define UL_KEEPSAKE_INPUT "evidence/input.json"
#define UL_KEEPSAKE_MAX_STREAMS 512

/* `name` is borrowed, `data` too. */
typedef void (*UlKeepsakeFunc) (const char *name, const char *media_type, GBytes *data, gpointer user_data);

/* How much of an input is examined again from the files, and how much is taken over. */
typedef struct {
  guint n_again, n_carried, n_streams;
} UlKeepsakeCounts;

/*
 * The files of a result whose streams kept journals.  Each stream is examined again from its own files on the
 * way, so that what the journal cannot show is found and carried.  FALSE and `error` if a journal is not whole,
 * or shows what the stream did not.
 */
gboolean ul_keepsake_write (const UlSourceResult *result, UlKeepsakeFunc func, gpointer user_data, UlKeepsakeCounts *ret_counts, GError **error);

/* Borrowed bytes of a file by its name; NULL: there is none. */
typedef GBytes *(*UlKeepsakeLookup) (const char *name, gpointer user_data);
/* Examines again: fills kind, container, streams and warnings of `result`, and what was examined first. */
gboolean ul_keepsake_read (UlKeepsakeLookup lookup, gpointer user_data, UlSourceResult *result, UlKeepsakeCounts *ret_counts, GError **error);
