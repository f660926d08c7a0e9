/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds of every UlSignedSei, whatever it was read from. */
#pragma once

#include "signing/signed_sei.h"

static inline guint
signed_sei_check_bytes (const UlSignedSei *sei, UlSignedBytes bytes)
{
  gboolean inside = FALSE;
  guint sum = 0;

  if (!bytes.data && bytes.len)
    g_error ("bytes without data");
  for (guint i = 0; i < G_N_ELEMENTS (sei->buffer); i++)
    inside |= sei->buffer[i] && bytes.data >= sei->buffer[i] && bytes.data + bytes.len <= sei->buffer[i] + sei->nal.len;
  if (bytes.data && !inside)
    g_error ("bytes outside of the SEI");
  for (gsize i = 0; i < bytes.len; i++)
    sum += bytes.data[i];
  return sum;
}

static inline void
signed_sei_check_text (const char *text)
{
  if (text && (!*text || !g_utf8_validate (text, -1, NULL)))
    g_error ("a text that is none");
  for (const char *p = text; p && *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      g_error ("a control character");
}

/* Reads all of it; aborts where something does not hold. */
static inline guint
signed_sei_check (const UlSignedSei *sei)
{
  const UlSignedBytes all[] = { sei->nal, sei->linked_hash, sei->gop_hash, sei->hash_list, sei->signature, sei->document,
                                sei->public_key, sei->hash_oid, sei->sign_oid, sei->attestation, sei->chains[0].pem, sei->chains[1].pem };
  const char *texts[] = { sei->product.manufacturer, sei->product.hardware, sei->product.firmware, sei->product.serial,
                          sei->product.address };
  guint sum = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    sum += signed_sei_check_bytes (sei, all[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    signed_sei_check_text (texts[i]);
  if (sei->format == UL_SIGNING_NONE || !sei->nal.data)
    g_error ("a SEI of no format");
  if (sei->has_signature != (sei->document.data != NULL) || sei->has_signature != (sei->document.len != 0))
    g_error ("a signature without its document");
  if (sei->linked_hash.len != sei->gop_hash.len || sei->gop_hash.len > UL_SIGNING_MAX_HASH)
    g_error ("hashes of two sizes");
  if (sei->n_chains > UL_SIGNED_SEI_MAX_CHAINS || sei->hash_type > 1 || sei->start_us < -1 || sei->end_us < -1)
    g_error ("a number out of its range");
  return sum;
}
