/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files that check a bundle. */
#pragma once

#include "bundle/check.h"
#include "bundle/cms.h"
#include "bundle/custody.h"
#include "bundle/manifest.h"

typedef struct {
  const char *name;
  UlDigests digests;
  GBytes *bytes;    /* of reserved names; NULL: another, or larger than it may be */
  gboolean faulted; /* named already */
} UlSeen;

typedef struct {
  UlBundleVerification *out;
  const UlBundleQuestion *question;
  GPtrArray *seen; /* UlSeen, in the order of the file */
  GHashTable *by_name;
  UlManifest *manifest; /* NULL: missing or unreadable */
  GPtrArray *lines;     /* UlCustodyLine; NULL: no log */
  guint sealed;         /* number of the line that sealed; 0: none */
  UlRoots *trust, *tsa_trust; /* NULL: nobody was named */
} UlCheck;

UlSeen *ul_check_find (const UlCheck *self, const char *name);
/* Its bytes if it is there and not too large. */
const char *ul_check_text (const UlCheck *self, const char *name, gsize *ret_len);
/* `line` 0: none. */
UlBundleFault *ul_check_fault (UlCheck *self, UlCheckId check, const char *kind, const char *member, guint line, const char *format, ...) G_GNUC_PRINTF (6, 7);
/* Is there a fault of this check. */
gboolean ul_check_failed (const UlCheck *self, UlCheckId check);
/* Sets the result: fails where there is a fault of it, else `good`. */
void ul_check_conclude (UlCheck *self, UlCheckId check, UlCheckResult good, const char *format, ...) G_GNUC_PRINTF (4, 5);

void ul_check_members (UlCheck *self);
void ul_check_sums (UlCheck *self);
void ul_check_custody (UlCheck *self);
void ul_check_seals (UlCheck *self);
