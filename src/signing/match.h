/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the signed hashes are there: the hash list of a SEI against the NAL units that came.
 */
#pragma once

#include "signing/signed_sei.h"

/* A NAL unit that waits for the signature over it. */
typedef struct {
  guint8 plain[UL_SIGNING_MAX_HASH];   /* H(NAL) */
  guint8 hash[UL_SIGNING_MAX_HASH];    /* as it is listed: of a GOP's first NAL unit A = H(NAL), of the others H(A || H(NAL)) */
  gboolean has_plain;
  gboolean is_loose;                   /* and it has one for the time being */
  gboolean has_hash;                   /* FALSE: the GOP's first NAL unit did not come */
  gboolean is_anchor;                  /* a GOP's first */
  gboolean optional;                   /* an unsigned SEI: it may be listed */
  gboolean judged;                     /* an anchor that the GOP before closed with */
  gboolean moved;                      /* its hash is listed, in another place */
  guint8 type;
  guint64 nal, frame;
  gint64 offset, time_us;
} UlSignedNal;

/*
 * The longest common subsequence of the list and the NAL units: `ret_index` gets for each
 * of the `n` hashes the index of its NAL unit, or -1; indices rise.  Of equal ones the
 * last is taken: what was put in stands before.  `closings`: for each NAL unit its hash as
 * the one that closes the GOP before (Axis v1; of GOPs' first ones alone), which the last of the list may be; NULL: none.
 */
void ul_match_list (const guint8 *list, guint n, gsize hash_len, const guint8 *closings, const UlSignedNal *nals, guint n_nals, gint *ret_index);
