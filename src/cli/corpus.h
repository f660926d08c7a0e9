/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A corpus of inputs with what is known of each: JSON Lines, one object a row,
 * with at least `id` and `file` (relative to the manifest).
 *
 * Captures: kind (rtsp, sdp, params, filehead), origin (camera, software,
 * unknown), maker (id or null), maker_basis (label, known-oem, thread-says,
 * self-evident), label, stream (live, playback, nvr, relay, software), group
 * (rows of one source share it), note.  Recordings: maker (a name), kind
 * (ip-camera, phone, software …), source; rows of one source text share it.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "source/source.h"

typedef enum { UL_ORIGIN_CAMERA, UL_ORIGIN_SOFTWARE, UL_ORIGIN_UNKNOWN } UlOrigin;

typedef struct {
  char *id, *path, *kind, *maker, *basis, *label, *stream, *note;
  guint group; /* index, the same for rows of one source in all manifests */
  char *group_name;
  UlOrigin origin;
  gboolean negative;     /* its note calls it one */
  gboolean name_in_text; /* the input spells its maker's name */
  gboolean recording;    /* of a manifest of recordings */
  UlSourceResult *result; /* NULL if it could not be read */
  char *error;
} UlCorpusRow;

typedef struct {
  GPtrArray *rows; /* UlCorpusRow */
  guint n_groups;
  GHashTable *group_index; /* name -> index + 1 */
} UlCorpus;

UlCorpus *ul_corpus_new (void);
void ul_corpus_free (UlCorpus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlCorpus, ul_corpus_free)
/* Reads a manifest and examines every input of it; of the inputs that `instead` (a folder, NULL: none) has under
 * their last name, what is there. */
gboolean ul_corpus_add (UlCorpus *self, const UlKnowledge *knowledge, const char *manifest, const char *instead, GError **error);

/* The evidence of the stream with most observations; NULL if unread. */
const UlEvidence *ul_corpus_row_evidence (const UlCorpusRow *row);

/* --- counting rules ---------------------------------------------------------- */

/* For each rule, which sources show it and which could. */
typedef struct _UlCounts UlCounts;

typedef struct {
  guint own, own_of, other, other_of;
} UlCount;

UlCounts *ul_counts_new (const UlKnowledge *knowledge, const UlCorpus *corpus);
void ul_counts_free (UlCounts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlCounts, ul_counts_free)
/* `without_group` is left out; -1: none. */
UlCount ul_counts_get (const UlCounts *self, guint rule, int without_group);
/* Does the rule fire on this row, whatever it says? */
gboolean ul_counts_fires (const UlCounts *self, guint rule, guint row);
/* Is this row one of the sources that the rule speaks of, or one of the others? */
gboolean ul_row_is_own (const UlRule *rule, const UlCorpusRow *row);
gboolean ul_row_is_other (const UlKnowledge *knowledge, const UlRule *rule, const UlCorpusRow *row);
