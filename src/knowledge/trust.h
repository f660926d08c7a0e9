/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Roots of trust: under which certificate a maker vouches for the keys of its cameras.
 *
 *   kind: trust
 *   roots:
 *   - id: maker.name
 *     name: "the certificate's common name"
 *     maker: an id of makers
 *     sha256: its fingerprint, 64 hexadecimal digits in lower case
 *     source: [where it was published]
 *     pem: |
 *       -----BEGIN CERTIFICATE-----
 *
 * One certificate a root.  A root whose fingerprint is not that of its certificate is
 * refused; of what was built in, tests have seen to that.
 */
#pragma once

#include "knowledge/makers.h"

typedef struct {
  char *id, *name;
  char *maker; /* maker id */
  char *sha256;
  char *pem;
  char **sources;
} UlTrustRoot;

typedef struct _UlTrustRoots UlTrustRoots;

UlTrustRoots *ul_trust_roots_new (void);
void ul_trust_roots_free (UlTrustRoots *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlTrustRoots, ul_trust_roots_free)

/* Adds a file of `kind: trust`.  On failure the object is incomplete: free it. */
gboolean ul_trust_roots_load (UlTrustRoots *self, const UlMakers *makers, UlYamlDocument *document, GError **error);

guint ul_trust_roots_n (const UlTrustRoots *self);
const UlTrustRoot *ul_trust_roots_get (const UlTrustRoots *self, guint i);
/* By its fingerprint; NULL if there is none. */
const UlTrustRoot *ul_trust_roots_find (const UlTrustRoots *self, const char *sha256);
