/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes into a container, from wherever it is, with its sums. */
#pragma once

#include "bundle/digest.h"
#include "bundle/zip.h"

typedef struct {
  char *name;
  GBytes *data;       /* or */
  char *path;         /* or the member of `from` */
  UlZipReader *from;  /* borrowed */
  UlDigests digests;
} UlPart;

typedef struct _UlParts UlParts;

UlParts *ul_parts_new (void);
void ul_parts_free (UlParts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlParts, ul_parts_free)
const UlPart *ul_parts_add (UlParts *self, const char *name, GBytes *data);
const UlPart *ul_parts_add_text (UlParts *self, const char *name, const char *text);
const UlPart *ul_parts_add_file (UlParts *self, const char *name, const char *path, GError **error);
const UlPart *ul_parts_add_member (UlParts *self, UlZipReader *from, const char *name, const char *new_name, GError **error);
/* Those of `other`, which stays as it is and must outlive this. */
void ul_parts_borrow (UlParts *self, const UlParts *other);
guint ul_parts_n (const UlParts *self);
const UlPart *ul_parts_get (const UlParts *self, guint i);
/* With SHA256SUMS and SHA512SUMS of all behind them; once. */
gboolean ul_parts_write (UlParts *self, const char *path, GError **error);
