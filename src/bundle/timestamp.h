/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time stamps (RFC 3161): another's word for when something was there. */
#pragma once

#include "bundle/cms.h"

#define UL_TIMESTAMP_MAX_BYTES (256u << 10)

typedef enum {
  UL_TIMESTAMP_HOLDS,
  UL_TIMESTAMP_UNREADABLE,    /* no granted answer of a time-stamping authority */
  UL_TIMESTAMP_OTHER_CONTENT, /* a stamp of something else */
  UL_TIMESTAMP_BROKEN,        /* its signature does not hold */
  UL_TIMESTAMP_NOT_FOR_TIME   /* its certificate is not one for time stamps */
} UlTimestampState;

typedef struct {
  UlTimestampState state;
  gint64 time;    /* Unix seconds; -1: not told */
  UlSeal *seal;   /* of the authority; NULL where it is unreadable */
} UlTimestamp;

UlTimestamp *ul_timestamp_read (const guint8 *der, gsize der_len, const guint8 *content, gsize content_len);
void ul_timestamp_free (UlTimestamp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlTimestamp, ul_timestamp_free)

/*
 * Asks the authority at `url` (http or https) for a stamp of `content`, and takes it only if it is one, of
 * this content and this request; with `ca` (NULL: none) only if that vouches for it.  Owned DER.
 */
GBytes *ul_timestamp_ask (const char *url, const char *ca, const guint8 *content, gsize len, GError **error);
