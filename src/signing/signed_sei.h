/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlSignedSei: one SEI of Axis Signed Video or ONVIF Media Signing, read.
 *
 * Both are payloadType 5 (user_data_unregistered), one message a NAL unit: UUID, one
 * reserved byte, TLVs (tag, length of one or two bytes, value; all integers big-endian).
 * Sources: Axis Signed Video Framework 2.3.8 and its recordings; ONVIF Media Signing
 * specification 26.06 and the framework r25.12.3.
 */
#pragma once

#include "bitstream/bitstream.h"

/* A SEI that says it is larger is not read. */
#define UL_SIGNED_SEI_MAX_BYTES (256 * 1024)
/* NAL unit header, payload type, the most bytes that code such a size (255 each), UUID. */
#define UL_SIGNED_SEI_PEEK_BYTES (2 + 1 + UL_SIGNED_SEI_MAX_BYTES / 255 + 1 + 16)
/* The largest hash met: SHA-512. */
#define UL_SIGNING_MAX_HASH 64
#define UL_SIGNED_SEI_MAX_CHAINS 2

typedef enum { UL_SIGNING_NONE, UL_SIGNING_AXIS, UL_SIGNING_ONVIF } UlSigningFormat;

/* Bytes inside the SEI's own copy; data NULL where the TLV did not come. */
typedef struct {
  const guint8 *data;
  gsize len;
} UlSignedBytes;

/* What was signed with the signature: claims of the signer. Owned, valid UTF-8, NULL where not told or empty. */
typedef struct {
  char *manufacturer, *hardware, *firmware, *serial, *address;
} UlSignedProduct;

typedef struct {
  UlSigningFormat format;
  guint8 reserved;     /* the byte after the UUID */
  gboolean legacy;     /* Axis v1.x: other hashing */
  gboolean golden;     /* Axis: static, says nothing of pictures */
  gboolean certificate; /* ONVIF: the SEI that carries certificates */
  gboolean escaped;    /* it was written with emulation prevention bytes */
  gboolean pre_release; /* Axis: the UUID from before 2021-12-08 */
  char *error;         /* what cannot be read, with its place (without emulation prevention bytes); the fields before it are there.
                          NULL: all was read */

  /* GENERAL */
  gboolean has_general;
  guint8 general_version;
  guint32 gop_counter;
  guint num_nalus;          /* Axis num_BU_in_GOP, ONVIF num_NALUs */
  guint8 signer_version[3]; /* of the signing code (Axis) or of the format (ONVIF) */
  gboolean partial;
  gint64 start_us, end_us;  /* Unix epoch, microseconds; -1: not told, or no plausible date (1990 to 2100) */
  UlSignedBytes linked_hash, gop_hash;

  UlSignedBytes hash_list; /* one hash after the other, of the hash's own size */

  /* SIGNATURE */
  gboolean has_signature;
  guint8 hash_type;        /* Axis v1: 0 the GOP hash is signed, 1 the document hash; else 1 */
  UlSignedBytes signature; /* sig_size bytes */
  /* Of the NAL unit, from its header to the byte before the SIGNATURE's tag, as it is to be hashed. */
  UlSignedBytes document;
  /* The whole NAL unit as ul_signed_sei_parse() got it, trailing zeros trimmed: hashed where it is unsigned itself. */
  UlSignedBytes nal;

  UlSignedBytes public_key;         /* PEM text */
  UlSignedBytes hash_oid, sign_oid; /* DER, from the tag 06 on */
  guint rsa_key_size;
  UlSignedProduct product;
  UlSignedBytes attestation; /* Axis VENDOR_AXIS */
  struct {
    UlSignedBytes pem; /* leaf first */
    gboolean user_provisioned;
  } chains[UL_SIGNED_SEI_MAX_CHAINS];
  guint n_chains;
  gsize arbitrary_bytes;

  guint8 *buffer[2]; /* what the fields above point into */
} UlSignedSei;

/*
 * Is this the beginning of such a SEI's NAL unit (from the header on, start code off)?
 * `ret_bytes` (may be NULL) gets the bytes that its NAL unit has from the header to the
 * last byte of the payload if no emulation prevention byte is in it.  32 bytes are enough
 * for payloads up to 3314 bytes, UL_SIGNED_SEI_PEEK_BYTES for all; with fewer than are
 * needed it is NONE.
 */
UlSigningFormat ul_signed_sei_peek (UlCodec codec, const guint8 *nal, gsize len, gsize *ret_bytes);

/*
 * Reads a whole NAL unit; NULL if it is none of either format.  Whether emulation
 * prevention bytes are in it is decided by counting: SEIs are met that were written
 * without, with 00 00 03 as data.  Freed by ul_signed_sei_free().
 */
UlSignedSei *ul_signed_sei_parse (UlCodec codec, const guint8 *nal, gsize len);
void ul_signed_sei_free (UlSignedSei *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSignedSei, ul_signed_sei_free)

void ul_signed_product_clear (UlSignedProduct *self);
