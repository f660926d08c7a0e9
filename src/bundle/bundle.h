/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An evidence bundle (case.zip): members, a manifest of them, a custody log, and seals over both.
 * The same members, notes and key make the same bytes, but for the seals, the time stamp and the sums of these.
 */
#pragma once

#include "bundle/error.h"

typedef struct _UlBundle UlBundle;

UlBundle *ul_bundle_new (const char *tool_version, const char *knowledge_id);
void ul_bundle_free (UlBundle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlBundle, ul_bundle_free)
/* `sha512` NULL: not known.  The custody log's "received". */
void ul_bundle_set_input (UlBundle *self, const char *name, guint64 bytes, const char *sha256, const char *sha512);
/* Kept in memory (a reference is taken).  What is wrong with a name is told when the bundle is written. */
void ul_bundle_add (UlBundle *self, const char *name, const char *media_type, GBytes *data);
/* Hashed now, read again when the bundle is written, and refused then if it has changed. */
gboolean ul_bundle_add_file (UlBundle *self, const char *name, const char *media_type, const char *path, GError **error);
/* A custody entry: "examined" …; "received" gives that of the input its detail. */
void ul_bundle_note (UlBundle *self, const char *action, const char *detail);

/* Where the password of an encrypted key is, if it is not in a file. */
#define UL_BUNDLE_PASSWORD_ENV "UNDERLABEL_KEY_PASSWORD"

/* All may be NULL; key and cert come together. */
typedef struct {
  const char *key, *cert, *tsa, *tsa_ca, *password_file;
} UlBundleSeal;

/* `seal` NULL: nothing.  Errors of UL_BUNDLE_ERROR; nothing is left behind then. */
gboolean ul_bundle_write (UlBundle *self, const char *path, const UlBundleSeal *seal, GError **error);

/* A later act: into the log of the bundle at `path`, which is written anew.  `time` is UTC, ISO 8601; `actor` may be NULL. */
typedef struct {
  const char *note, *actor, *time, *tool;
} UlBundleAct;
gboolean ul_bundle_append (const char *path, const UlBundleAct *act, const UlBundleSeal *seal, GError **error);

/* --- between the files of this room ------------------------------------------------- */

#define UL_BUNDLE_SHA256SUMS "SHA256SUMS"
#define UL_BUNDLE_SHA512SUMS "SHA512SUMS"
#define UL_BUNDLE_SIGNATURE ".p7s"
#define UL_BUNDLE_TIMESTAMP ".tsr"
#define UL_BUNDLE_MANIFEST_SEAL "manifest.json.p7s"
#define UL_BUNDLE_HEAD_SEAL "custody-head.json.p7s"

/* A name of the manifest, the custody log, the seals or the sums. */
gboolean ul_bundle_name_reserved (const char *name);
/* The number in "custody-head.N.json", 0 if that is no such name. */
guint ul_bundle_old_head_count (const char *name);
