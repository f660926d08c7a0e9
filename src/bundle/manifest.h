/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* manifest.json: what is in a bundle, of which input, by which tool. */
#pragma once

#include "bundle/digest.h"

#define UL_MANIFEST_NAME "manifest.json"
#define UL_MANIFEST_SCHEMA "underlabel.bundle/1"
#define UL_MANIFEST_MAX_BYTES (8u << 20)

typedef struct {
  char *name, *media_type;
  UlDigests digests;
} UlManifestMember;

typedef struct {
  char *tool_version, *knowledge;
  char *input; /* name; NULL: no input */
  UlDigests input_digests; /* sha512 NULL where not known */
  GPtrArray *members; /* UlManifestMember */
  GHashTable *by_name;
} UlManifest;

UlManifest *ul_manifest_new (const char *tool_version, const char *knowledge);
void ul_manifest_free (UlManifest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlManifest, ul_manifest_free)
/* FALSE if there is one of that name. */
gboolean ul_manifest_add (UlManifest *self, const char *name, const char *media_type, const UlDigests *digests);
const UlManifestMember *ul_manifest_find (const UlManifest *self, const char *name);
/* Canonical JSON; owned. */
char *ul_manifest_to_json (const UlManifest *self);
/* NULL if it is anything else than such a manifest. */
UlManifest *ul_manifest_parse (const char *text, gsize len);
