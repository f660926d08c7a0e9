/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The roots that vouch for signers of video, and whose they are.
 *
 * A file of `kind: trust`:
 *
 *     roots:
 *     - id: axis-edge-vault-ecc
 *       name: "Axis Edge Vault CA ECC"
 *       maker: axis                     # a root of this maker's
 *       sha256: "64 hexadecimal digits" # of the certificate (DER)
 *       source: ["where it was published"]
 *       pem: |
 *         -----BEGIN CERTIFICATE-----
 *
 * A root whose certificate has another fingerprint is refused.
 */
#pragma once

#include "knowledge/makers.h"
#include "knowledge/yaml.h"

typedef struct {
  char *id, *name, *maker, *sha256, *pem;
  char **source;
} UlTrustRoot;

void ul_trust_root_free (UlTrustRoot *self);
/* Adds the roots of one file to `roots` (of UlTrustRoot). */
gboolean ul_trust_roots_load (GPtrArray *roots, const UlMakers *makers, UlYamlDocument *document, GError **error);
/* Lower-case hexadecimal SHA-256 of the one certificate in a PEM text; NULL if there is none, or more. */
char *ul_trust_dup_fingerprint (const char *pem);
