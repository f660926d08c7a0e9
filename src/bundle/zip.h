/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container of a bundle: a ZIP file without surprises.  The writer makes the same bytes of
 * the same members; the reader takes everything for hostile and refuses what a bundle never has:
 * links, folders, encryption, ZIP64, members that lie over each other, names that lead elsewhere.
 */
#pragma once

#include "bundle/error.h"

/* Printable ASCII, relative, without "..", "." or an empty part, without a backslash, 255 bytes at most. */
gboolean ul_zip_name_ok (const char *name);

/* --- writing --------------------------------------------------------------------- */

typedef struct _UlZipWriter UlZipWriter;

/* Writes to a temporary name beside `path`; what is there under that name stays until the end. */
UlZipWriter *ul_zip_writer_new (const char *path, GError **error);
/* Without a finish before, the temporary file is removed. */
void ul_zip_writer_free (UlZipWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlZipWriter, ul_zip_writer_free)
gboolean ul_zip_writer_begin (UlZipWriter *self, const char *name, guint64 bytes, GError **error);
gboolean ul_zip_writer_data (UlZipWriter *self, const guint8 *data, gsize len, GError **error);
gboolean ul_zip_writer_add (UlZipWriter *self, const char *name, const guint8 *data, gsize len, GError **error);
/* To the disk, then to its name. */
gboolean ul_zip_writer_finish (UlZipWriter *self, GError **error);

/* --- reading --------------------------------------------------------------------- */

typedef struct {
  guint max_members;         /* 4096 */
  guint64 max_member_bytes;  /* inflated: 1 GiB */
  guint64 max_total_bytes;   /* 4 GiB */
  guint max_ratio;           /* 200, of members that inflate to more than 16 MiB */
} UlZipLimits;

#define UL_ZIP_MAX_MEMBERS 4096u
#define UL_ZIP_MAX_MEMBER_BYTES (G_GUINT64_CONSTANT (1) << 30)
#define UL_ZIP_MAX_TOTAL_BYTES (G_GUINT64_CONSTANT (4) << 30)
#define UL_ZIP_MAX_RATIO 200u
#define UL_ZIP_LIMITS { UL_ZIP_MAX_MEMBERS, UL_ZIP_MAX_MEMBER_BYTES, UL_ZIP_MAX_TOTAL_BYTES, UL_ZIP_MAX_RATIO }

typedef struct _UlZipReader UlZipReader;

/* `limits` NULL: as above.  NULL and `error` (BAD_INPUT, NO_INPUT) if that is no such container. */
UlZipReader *ul_zip_reader_new (const char *path, const UlZipLimits *limits, GError **error);
UlZipReader *ul_zip_reader_new_bytes (GBytes *bytes, const UlZipLimits *limits, GError **error);
void ul_zip_reader_free (UlZipReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlZipReader, ul_zip_reader_free)
/* char*, in the order in which they lie in the file; borrowed. */
GPtrArray *ul_zip_reader_names (const UlZipReader *self);
gboolean ul_zip_reader_has (const UlZipReader *self, const char *name, guint64 *ret_bytes);

typedef gboolean (*UlZipFunc) (const guint8 *data, gsize len, gpointer user_data, GError **error);
/* Fastest in the order of the names; BAD_INPUT where a member is not what its head says. */
gboolean ul_zip_reader_stream (UlZipReader *self, const char *name, UlZipFunc func, gpointer user_data, GError **error);
/* The whole of a member of `max_bytes` at most; owned. */
GBytes *ul_zip_reader_get (UlZipReader *self, const char *name, gsize max_bytes, GError **error);
