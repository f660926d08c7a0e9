/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlLedger: the NAL units that wait for their signature, and the account of those that
 * had it.  It gets hashes and SEIs, and knows nothing of bytes.  Memory: the NAL units
 * since the last signature (at most UL_LEDGER_MAX_NALS), UL_MAX_STRETCHES stretches, a
 * character a NAL unit (at most a million).
 */
#pragma once

#include "signing/authenticity.h"
#include "signing/match.h"

#define UL_LEDGER_MAX_NALS 4096
/* While there was no signature. */
#define UL_LEDGER_MAX_UNSIGNED_NALS 1024

typedef struct _UlLedger UlLedger;

UlLedger *ul_ledger_new (UlCodec codec);
/* To judge by what has come so far. */
UlLedger *ul_ledger_copy (const UlLedger *self);
void ul_ledger_free (UlLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlLedger, ul_ledger_free)

/* A NAL unit of a kind that is hashed; copied. */
void ul_ledger_nal (UlLedger *self, const UlSignedNal *nal);
/* One of a kind that is not. */
typedef enum { UL_UNHASHED_PARAMETER_SET, UL_UNHASHED_SLICE, UL_UNHASHED_SEI, UL_UNHASHED_OTHER } UlUnhashed;
void ul_ledger_unhashed (UlLedger *self, guint64 nal, UlUnhashed kind);
/* A slice that was not hashed, since nothing was signed for long. */
void ul_ledger_asleep (UlLedger *self, const UlSignedNal *nal);
/* Takes back what came from NAL unit `nal` on: it was the inside of a SEI. */
void ul_ledger_take_back (UlLedger *self, guint64 nal);

/* Does the signature hold over this document hash, or, for Axis v1's hash_type 0, over this GOP hash? */
typedef enum { UL_SIGNATURE_BAD, UL_SIGNATURE_HOLDS, UL_SIGNATURE_HOLDS_OTHER_KEY, UL_SIGNATURE_NO_KEY } UlSignatureState;

/* What the verifier knows of a SEI when it gives it to the ledger. */
typedef struct {
  const UlSignedSei *sei;
  guint64 nal, frame;          /* the SEI's own, and that of the picture it came with */
  gint64 offset, time_us;
  gsize hash_len;
  UlSignatureState signature;  /* over the document hash */
  const guint8 *document_hash;
  gboolean key_changed;        /* it holds, but with another key than the SEIs before */
  gboolean at_end;             /* the stream has ended: what it signs is all there */
  gboolean repeated;           /* byte for byte one that came before */
  /* For signatures over the GOP hash (hash_type 0). */
  UlSignatureState (*verify) (const guint8 *gop_hash, gpointer user_data);
  /* Hash of the concatenation of two pieces. */
  void (*hash) (const guint8 *a, gsize a_len, const guint8 *b, gsize b_len, guint8 *ret_hash, gpointer user_data);
  gpointer user_data;
} UlLedgerSei;
void ul_ledger_sei (UlLedger *self, const UlLedgerSei *sei);
/* A SEI that carries no signature, or a golden one; `holds`: what became of its signature. */
void ul_ledger_static_sei (UlLedger *self, guint64 nal, UlSignatureState holds);
/* A SEI of the format that cannot be read or is of a version that is not known. */
void ul_ledger_damaged_sei (UlLedger *self, const UlLedgerSei *sei, const char *why, gboolean newer);
/* There is a key now: the signatures that waited for one are checked. */
typedef UlSignatureState (*UlLedgerVerify) (const guint8 *digest, gsize digest_len, const guint8 *signature, gsize signature_len,
                                            gpointer user_data);
void ul_ledger_settle (UlLedger *self, UlLedgerVerify verify, gpointer user_data);
/* A seek: what comes next does not go on where this ended. */
void ul_ledger_gap (UlLedger *self);
/* The NAL units that wait; borrowed, for hashing them anew. */
UlSignedNal *ul_ledger_peek_nals (UlLedger *self, guint *ret_n);

/* The end of the stream; writes the account. */
void ul_ledger_finish (UlLedger *self, UlAuthenticity *result);
/* A number that grows when a GOP is judged otherwise than the ones before. */
guint64 ul_ledger_n_new (const UlLedger *self);
