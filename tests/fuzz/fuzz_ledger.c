/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The account of signed NAL units, behind signatures that hold: no fuzzer forges one.  Each step is a
 * byte or a few: a NAL unit of one of sixteen hashes, a SEI over a list of them, a seek …
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"
#include "signing/ledger.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define HASH 32

/* Hashes of one byte, laid out over 32. */
static void
hash (const guint8 *a, gsize a_len, const guint8 *b, gsize b_len, guint8 *ret_hash, gpointer user_data)
{
  guint8 sum = 1;

  for (gsize i = 0; i < a_len; i++)
    sum = (guint8) (sum * 31 + a[i]);
  for (gsize i = 0; i < b_len; i++)
    sum = (guint8) (sum * 31 + b[i]);
  memset (ret_hash, sum, HASH);
}

static UlSignatureState
verify (const guint8 *gop_hash, gpointer user_data)
{
  return gop_hash[0] & 1 ? UL_SIGNATURE_HOLDS : gop_hash[0] & 2 ? UL_SIGNATURE_BAD : UL_SIGNATURE_HOLDS_OTHER_KEY;
}

static UlSignatureState
settle (const guint8 *digest, gsize digest_len, const guint8 *signature, gsize signature_len, gpointer user_data)
{
  return digest[0] & 1 ? UL_SIGNATURE_HOLDS : UL_SIGNATURE_BAD;
}

typedef struct {
  UlLedger *ledger;
  guint64 nal, frame;
  guint8 anchor[HASH];
  gboolean has_anchor;
} Walk;

static void
take_nal (Walk *w, guint8 letter, gboolean anchor, gboolean optional)
{
  UlSignedNal nal = { .has_plain = TRUE, .is_anchor = anchor, .optional = optional, .type = anchor ? 5 : 1, .nal = w->nal++, .frame = w->frame++,
                      .offset = -1, .time_us = -1 };

  memset (nal.plain, letter, HASH);
  if (anchor)
    memcpy (w->anchor, nal.plain, HASH);
  w->has_anchor |= anchor;
  nal.has_hash = anchor || w->has_anchor;
  if (anchor)
    memcpy (nal.hash, nal.plain, HASH);
  else
    hash (w->anchor, HASH, nal.plain, HASH, nal.hash, NULL);
  ul_ledger_nal (w->ledger, &nal);
}

static void
take_sei (Walk *w, UlSpan *s)
{
  guint8 flags = ul_span_u8 (s), more = ul_span_u8 (s), n = ul_span_u8 (s) & 31;
  guint8 list[32 * HASH], linked[HASH], gop[HASH], document[HASH], signature[1] = { 0 };
  UlSignedSei sei = { .format = flags & 1 ? UL_SIGNING_AXIS : UL_SIGNING_ONVIF, .legacy = (flags & 3) == 3, .has_general = TRUE, .has_signature = TRUE,
                      .gop_counter = ul_span_u8 (s), .num_nalus = n, .partial = flags >> 2 & 1, .start_us = -1, .end_us = -1 };

  for (guint i = 0; i < n; i++)
    memset (list + i * HASH, ul_span_u8 (s), HASH);
  memset (linked, ul_span_u8 (s), HASH);
  memset (gop, ul_span_u8 (s), HASH);
  memset (document, more, HASH);
  sei.linked_hash = (UlSignedBytes){ linked, sei.legacy ? 0 : HASH };
  sei.gop_hash = (UlSignedBytes){ gop, sei.legacy ? 0 : HASH };
  sei.hash_list = (UlSignedBytes){ list, flags & 8 ? 0 : n * HASH };
  sei.signature = (UlSignedBytes){ signature, 1 };
  sei.hash_type = !(sei.legacy && flags & 16);
  if (flags & 32)
    sei.start_us = sei.end_us = G_GINT64_CONSTANT (1700000000000000) + more * 1000000;
  UlLedgerSei in = { .sei = &sei, .nal = w->nal++, .frame = w->frame, .offset = -1, .time_us = -1, .hash_len = HASH, .document_hash = document,
                     .signature = more & 1 ? UL_SIGNATURE_HOLDS : more & 2 ? UL_SIGNATURE_BAD : UL_SIGNATURE_NO_KEY, .key_changed = (more & 0x1c) == 0x1c,
                     .at_end = flags >> 6 & 1, .repeated = (flags & 0x80) && more & 0x80, .verify = verify, .hash = hash };
  if ((more & 0x60) == 0x60 && flags & 1)
    ul_ledger_damaged_sei (w->ledger, &in, "fuzzed", more >> 7);
  else
    ul_ledger_sei (w->ledger, &in);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (UlLedger) ledger = ul_ledger_new (UL_CODEC_H264);
  Walk w = { .ledger = ledger };
  UlSpan s = ul_span (data, size);

  while (ul_span_left (&s)) {
    guint8 step = ul_span_u8 (&s);
    UlSignedNal asleep = { .is_anchor = step & 1, .nal = w.nal, .frame = w.frame };
    switch (step >> 4) {
    case 0:
      take_sei (&w, &s);
      break;
    case 1:
      ul_ledger_unhashed (ledger, w.nal++, (UlUnhashed) (step & 3));
      break;
    case 2:
      ul_ledger_take_back (ledger, w.nal -= MIN (w.nal, step & 7u));
      break;
    case 3:
      step & 8 ? ul_ledger_gap (ledger) : ul_ledger_settle (ledger, settle, NULL);
      break;
    case 4:
      ul_ledger_asleep (ledger, &asleep);
      w.nal++;
      break;
    case 5:
      ul_ledger_static_sei (ledger, w.nal++, (UlSignatureState) (step & 1));
      break;
    default:
      take_nal (&w, step & 15, step >> 4 >= 13, step >> 4 == 6);
    }
  }
  UlAuthenticity *a = g_new0 (UlAuthenticity, 1);
  a->n_seis = 1;
  ul_ledger_finish (ledger, a);
  g_assert (a->verdict != UL_AUTHENTICITY_OK || a->gops[UL_GOP_NOT_OK] == 0);
  for (guint i = 0; i < a->stretches->len; i++) {
    const UlStretch *stretch = g_ptr_array_index (a->stretches, i);
    g_assert (!stretch->has_frames || stretch->first_frame <= stretch->last_frame);
  }
  ul_authenticity_free (a);
  return 0;
}
