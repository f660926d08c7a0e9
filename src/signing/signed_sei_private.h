/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the readers of both formats' values. */
#pragma once

#include "signing/signed_sei.h"
#include "signing/tlv.h"

/* Their readers' user data is the UlSignedSei. */
extern const UlTlvTable ul_signing_axis_tlvs, ul_signing_onvif_tlvs;

/* The next n bytes; data NULL if n is 0 or there are fewer. */
UlSignedBytes ul_signed_bytes (UlSpan *s, gsize n);
UlSignedBytes ul_signed_rest (UlSpan *s);
/* A length byte and a text of so many bytes. */
char *ul_signed_string (UlSpan *s);
/* The rest is two hashes of the same size.  Returns what is wrong, or NULL. */
const char *ul_signed_two_hashes (UlSpan *s, UlSignedBytes *ret_first, UlSignedBytes *ret_second);
/* -1 where `us` (Unix epoch) is no plausible date */
gint64 ul_signed_time (guint64 us);

const char *ul_signed_read_hash_list (UlTlv *tlv, gpointer user_data);
const char *ul_signed_read_arbitrary (UlTlv *tlv, gpointer user_data);
/* sig_size and the signature; what comes then fills up.  The document becomes what is before the tag. */
const char *ul_signed_read_signature (UlTlv *tlv, guint8 hash_type, UlSignedSei *sei);
/* Takes what `product` points to. */
const char *ul_signed_take_product (UlTlv *tlv, UlSignedProduct *product, UlSignedSei *sei);
