/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TLVs of signed video: tag (1 byte), length (1 or 2 bytes, big-endian), value, of which
 * the first byte is the version.  How many bytes a length has is known of known tags
 * only, so nothing can be passed over behind an unknown one.
 */
#pragma once

#include "base/span.h"

typedef struct {
  gsize offset;   /* of the tag, in the span that the TLVs were read from */
  guint8 version; /* 1 to the row's max_version */
  UlSpan value;   /* after the version; nothing but the value's own bytes */
} UlTlv;

/* Reads a value; returns what is wrong with it (static), or NULL.  That it is too short is
 * known by tlv->value.error; a reader must then leave no field behind. */
typedef const char *(*UlTlvFunc) (UlTlv *tlv, gpointer user_data);

typedef struct {
  guint8 tag;
  guint8 length_bytes; /* 1 or 2 */
  guint8 max_version;
  guint8 max_times;
  gboolean mandatory;
  gboolean last; /* what comes after it is not read */
  const char *name;
  UlTlvFunc read;
} UlTlvRow;

typedef struct {
  const UlTlvRow *rows;
  guint n;
} UlTlvTable;

/*
 * Reads TLVs up to the end of `s`.  Returns NULL, or the first thing that is wrong, with its
 * place; the caller owns it.  Reading ends there, unless it is a version that is not known:
 * that TLV's length is.  `complete`: a mandatory TLV that did not come is an error.
 */
char *ul_tlv_read (const UlTlvTable *table, UlSpan *s, gboolean complete, gpointer user_data);
