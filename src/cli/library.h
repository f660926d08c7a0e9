/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A user's own library of encoder profiles, in SQLite: one row a profile.  It is
 * read only where it is named, as one more references*.jsonl of the knowledge, so
 * that its content stands in the knowledge's id.
 */
#pragma once

#include <gio/gio.h>

#include "knowledge/encoder.h"

/* What the owner says of the camera; texts may be NULL but for maker and sha256. */
typedef struct {
  const char *maker, *label, *model;
  const char *source; /* name of the input */
  const char *sha256; /* of the input: two inputs of no model are two sources */
} UlEnrolment;

/* Makes the file where there is none.  A profile that the library holds already of this device is not
 * added twice: `ret_added` says. */
gboolean ul_library_add (const char *path, const UlEnrolment *enrolment, const UlEncoderProfile *profile, gboolean *ret_added, GError **error);
/* All of it as references (knowledge/references.h), JSON Lines in the order of entry. */
GBytes *ul_library_read (const char *path, GError **error);
