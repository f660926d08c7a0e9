/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SEI messages (H.264 7.3.2.3 and Annex D, H.265 7.3.2.4 and Annex D): the
 * payloads of one SEI RBSP one after the other, nothing allocated; and what is
 * known of single payloads.
 */
#pragma once

#include "base/span.h"
#include "bitstream/bitstream.h"

/* Messages of one NAL unit that are looked into; more are counted only. */
#define UL_SEI_MESSAGES 4096

typedef struct {
  guint payload_type;
  guint64 payload_size; /* as coded */
  gsize offset;         /* of the payload in the RBSP */
  const guint8 *data;   /* borrowed */
  gsize len;            /* bytes that are there: less than payload_size where the data end */
} UlSeiMessage;

typedef struct {
  UlSpan span;
  gboolean damaged; /* a header breaks off, or bytes follow that are no message */
} UlSeiReader;

/* `rbsp` begins after the NAL unit header. */
UlSeiReader ul_sei_reader (const guint8 *rbsp, gsize len);
/* FALSE at the end: rbsp_trailing_bits(), or no data. */
gboolean ul_sei_next (UlSeiReader *self, UlSeiMessage *ret_message);

/* Is it a type of the standards' tables (H.264 D.1.1, H.265 D.2.1)? */
gboolean ul_sei_type_is_standard (guint payload_type);
/* Name of a UUID or T.35 code by sei_table.def; NULL: not in it. */
const char *ul_sei_uuid_name (const guint8 *data, gsize len);
const char *ul_sei_t35_name (const guint8 *data, gsize len);

/*
 * The printable text of user data: its runs of at least four printable bytes,
 * joined by '|', where they are most of the data; else NULL.  Owned by the caller.
 */
char *ul_sei_text (const guint8 *data, gsize len);

/* The entries of an MDPM record (payload of user_data_unregistered, UUID first): tag and
 * four bytes each.  Returns how many there are, 0 if it is none; `ret_entries` borrows. */
guint ul_sei_mdpm (const guint8 *data, gsize len, const guint8 **ret_entries);
