/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlVerifier: checks the signatures of one elementary stream, in one pass with everything
 * else: it is an UlNalReader of the bitstream.
 *
 * What is hashed (Axis Signed Video Framework 2.3.8, ONVIF Media Signing 26.06): slices of
 * H.264 types 1 and 5, of H.265 types 0, 1 and 16 to 21, from the header to the byte with
 * the stop bit, emulation prevention bytes in place.  The first of a GOP: A = H(NAL);
 * every other: H(A || H(NAL)).
 */
#pragma once

#include "evidence/journal.h"
#include "signing/authenticity.h"

/*
 * A stream without a signature is no longer hashed, until one comes, when so many NAL units of
 * its second GOP have passed (a signer may be late), or so many of one GOP.  One that had
 * signatures is hashed on for longer.
 */
#define UL_VERIFIER_PATIENCE_NALS 64
#define UL_VERIFIER_MOST_PATIENCE_NALS 4096
#define UL_VERIFIER_MOST_PATIENCE_BYTES (16u << 20)
#define UL_VERIFIER_SIGNED_PATIENCE_BYTES (256u << 20)

typedef struct _UlVerifier UlVerifier;

UlVerifier *ul_verifier_new (UlCodec codec);
void ul_verifier_free (UlVerifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlVerifier, ul_verifier_free)

/* For ul_bitstream_set_reader(), with the verifier as user_data. */
extern const UlNalReader ul_verifier_reader;

/* The hashes of what is hashed are made by every algorithm, for a journal (UlNalReader). Before the first byte. */
void ul_verifier_record (UlVerifier *self);
/* The hashes of the NAL unit that comes next, of which not all bytes will (a replay); NULL: it has none. Borrowed until it ended. */
void ul_verifier_give (UlVerifier *self, const UlJournalHashes *hashes);

/* What comes next does not go on where this ended (a seek). */
void ul_verifier_gap (UlVerifier *self);
/* Nothing comes after it. */
void ul_verifier_finish (UlVerifier *self);
/* The account of what has come so far; the stream may go on. */
UlAuthenticity *ul_verifier_dup_authenticity (const UlVerifier *self);
/* A number that grows when the account says something else than before; cheap to ask for. */
guint64 ul_verifier_n_new (const UlVerifier *self);
/* Signing SEIs seen. */
guint64 ul_verifier_n_seis (const UlVerifier *self);
