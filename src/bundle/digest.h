/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 and SHA-512 of the same bytes, which come in pieces. */
#pragma once

#include <glib.h>

#include "bundle/error.h"

typedef struct {
  guint64 bytes;
  char *sha256, *sha512; /* hexadecimal */
} UlDigests;

void ul_digests_clear (UlDigests *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlDigests, ul_digests_clear)

typedef struct _UlHasher UlHasher;
UlHasher *ul_hasher_new (void);
void ul_hasher_free (UlHasher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlHasher, ul_hasher_free)
void ul_hasher_add (UlHasher *self, const guint8 *data, gsize len);
/* Once, at the end. */
void ul_hasher_finish (UlHasher *self, UlDigests *ret_digests);

void ul_digests_of (const guint8 *data, gsize len, UlDigests *ret_digests);
/* A regular file or whatever can be read to an end. */
gboolean ul_digests_of_file (const char *path, UlDigests *ret_digests, GError **error);
/* `n` hexadecimal digits of lower case and nothing else */
gboolean ul_is_hex (const char *text, gsize n);
