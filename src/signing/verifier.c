/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/verifier.h"

#include <openssl/evp.h>
#include <string.h>

#include "bitstream/nal.h"
#include "bitstream/params.h"
#include "signing/ledger.h"

/* The first slices are kept until the first signature tells which hash is used. */
#define EARLY_BYTES (1u << 20)
/* A SEI that fell apart: so many pieces are tried. */
#define MAX_PIECES 12
/* Zeros before a 01 inside it that a muxer may have lost. */
#define MAX_LOST_ZEROS 8
/* Ways to deal them out that are tried of a SEI, and of a stream: who writes such SEIs by the thousand wants to keep us busy. */
#define MAX_DEALS 256
#define MAX_DEALS_OF_STREAM 8192
/* After so many in a row that do not hold no more are checked: the verdict stands. */
#define MAX_BAD_IN_ROW 1024
/* SEIs that are remembered, to know one that comes again. */
#define N_REMEMBERED 4096
#define MEMORY_BYTES 16
#define MAX_KEYS 3
#define MAX_HELD 4

typedef enum { KIND_UNDECIDED, KIND_HASHED, KIND_SEI, KIND_OTHER } Kind;

/* Where in the stream it is. */
typedef struct {
  guint64 n_nals, n_frames;
  gboolean has_anchor;
  guint8 anchor[UL_SIGNING_MAX_HASH];
} Place;

typedef struct {
  gsize offset, len;
  guint64 nal;
  const UlJournalHashes *given; /* in a replay, instead of bytes */
} Early;

/* A key that the stream brought, with the text it was read from. */
typedef struct {
  GBytes *pem;
  UlSigningKey *key;
} Brought;

typedef struct {
  UlSignedSei *sei;
  Place at;
  UlNal nal; /* offset and time */
} Held;

struct _UlVerifier {
  UlCodec codec;
  UlLedger *ledger;
  Place at;
  EVP_MD *md;
  gsize hash_len;
  EVP_MD_CTX *hash;

  /* the NAL unit under way */
  Kind kind;
  guint8 head[4];
  guint head_len;
  gboolean is_first, too_long;
  GByteArray *bytes; /* of a SEI; of any while a SEI is being put together */

  /* a SEI that fell apart at a 00 00 01 that it holds */
  gboolean joining;
  GByteArray *joined;
  gsize wanted;      /* bytes, without the stop bit's */
  guint n_pieces;
  gsize seams[MAX_PIECES]; /* offsets in `joined` of the 01 before each piece */
  guint64 zeros;     /* that the last piece ended with */
  Place joined_at;   /* at its beginning */
  UlNal joined_nal;  /* offset and time */

  GByteArray *early; /* NULL: no longer needed */
  GArray *early_nals;
  guint64 n_aside;   /* parameter sets beside the stream */
  guint64 n_gops;    /* that began */
  guint64 second_gop; /* its first NAL unit */
  guint64 n_since;   /* bytes hashed since the last signing SEI */
  gboolean asleep;

  UlSigningFormat format;
  Brought keys[MAX_KEYS];
  guint n_keys;
  guint n_bad_in_row, n_deals;
  Held held[MAX_HELD]; /* wait for the key picture that closes their GOP (Axis v1) */
  guint n_held;
  gboolean ended;
  const UlSignedSei *judged; /* while it is */
  gboolean gop_hash_held;    /* its signature is over the GOP hash, and holds */
  GArray *remembered; /* MEMORY_BYTES each */
  guint n_remembered;
  UlAuthenticity *seen; /* what the SEIs say; the account is the ledger's */
  guint64 n_new;

  EVP_MD_CTX *recording[UL_JOURNAL_N_HASHES]; /* NULL: nothing is recorded */
  UlJournalHashes recorded;
  gboolean has_recorded;
  gboolean replays;
  const UlJournalHashes *given; /* in a replay: of the NAL unit under way */
};

static const char *const hash_names[UL_JOURNAL_N_HASHES] = { "SHA256", "SHA384", "SHA512" };

/* --- hashing ------------------------------------------------------------------------------- */

static void
use_hash (UlVerifier *self, const char *name)
{
  EVP_MD *md = EVP_MD_fetch (NULL, name, NULL);

  if (!md)
    return;
  EVP_MD_free (self->md);
  self->md = md;
  self->hash_len = (gsize) EVP_MD_get_size (md);
}

UlVerifier *
ul_verifier_new (UlCodec codec)
{
  UlVerifier *self = g_new0 (UlVerifier, 1);

  self->codec = codec;
  self->ledger = ul_ledger_new (codec);
  self->hash = EVP_MD_CTX_new ();
  use_hash (self, "SHA256");
  self->bytes = g_byte_array_new ();
  self->joined = g_byte_array_new ();
  self->early = g_byte_array_new ();
  self->early_nals = g_array_new (FALSE, FALSE, sizeof (Early));
  self->remembered = g_array_new (FALSE, TRUE, MEMORY_BYTES);
  self->seen = g_new0 (UlAuthenticity, 1);
  self->seen->codec = codec;
  self->seen->identity.time_us = -1;
  return self;
}

void
ul_verifier_free (UlVerifier *self)
{
  if (!self)
    return;
  ul_ledger_free (self->ledger);
  EVP_MD_CTX_free (self->hash);
  EVP_MD_free (self->md);
  for (guint i = 0; i < UL_JOURNAL_N_HASHES; i++)
    EVP_MD_CTX_free (self->recording[i]);
  g_byte_array_unref (self->bytes);
  g_byte_array_unref (self->joined);
  g_clear_pointer (&self->early, g_byte_array_unref);
  g_array_unref (self->early_nals);
  g_array_unref (self->remembered);
  for (guint i = 0; i < self->n_keys; i++) {
    g_bytes_unref (self->keys[i].pem);
    g_clear_pointer (&self->keys[i].key, ul_signing_key_unref);
  }
  for (guint i = 0; i < self->n_held; i++)
    ul_signed_sei_free (self->held[i].sei);
  ul_authenticity_free (self->seen);
  g_free (self);
}

static void
hash_pieces (const guint8 *a, gsize a_len, const guint8 *b, gsize b_len, guint8 *ret_hash, gpointer user_data)
{
  UlVerifier *self = user_data;

  EVP_DigestInit_ex2 (self->hash, self->md, NULL);
  EVP_DigestUpdate (self->hash, a, a_len);
  if (b_len)
    EVP_DigestUpdate (self->hash, b, b_len);
  EVP_DigestFinal_ex (self->hash, ret_hash, NULL);
}

/* Is it a slice of a type that both formats hash?  H.264 1, 5; H.265 0, 1, 16 to 21 */
static gboolean
is_hashed_type (UlCodec codec, guint type)
{
  return codec == UL_CODEC_H264 ? type == 1 || type == 5 : type <= 1 || (type >= 16 && type <= 21);
}

static gboolean
is_key_type (UlCodec codec, guint type)
{
  return codec == UL_CODEC_H264 ? type == 5 : type >= 16 && type <= 21;
}

static void
hash_bytes (UlVerifier *self, const guint8 *data, gsize len)
{
  if (self->asleep)
    return;
  if (!self->replays)
    EVP_DigestUpdate (self->hash, data, len);
  for (guint i = 0; self->recording[0] && i < UL_JOURNAL_N_HASHES; i++)
    EVP_DigestUpdate (self->recording[i], data, len);
  self->n_since += len;
}

/* Which of a journal's hashes is made by the algorithm in use? */
static const guint8 *
given_hash (const UlVerifier *self, const UlJournalHashes *hashes)
{
  for (guint i = 0; i < UL_JOURNAL_N_HASHES; i++)
    if (EVP_MD_is_a (self->md, hash_names[i]))
      return (*hashes)[i];
  return (*hashes)[0];
}

/* As it is listed; `at` has the GOP's anchor, which a first NAL unit becomes. */
static void
hang (UlVerifier *self, Place *at, UlSignedNal *nal)
{
  nal->has_hash = nal->is_anchor || at->has_anchor;
  if (nal->is_anchor) {
    memcpy (nal->hash, nal->plain, self->hash_len);
    memcpy (at->anchor, nal->plain, self->hash_len);
    at->has_anchor = TRUE;
  } else if (at->has_anchor) {
    hash_pieces (at->anchor, self->hash_len, nal->plain, self->hash_len, nal->hash, self);
  }
}

static void
keep_early (UlVerifier *self, const guint8 *data, gsize len)
{
  if (!self->early)
    return;
  if (self->early->len + len > EARLY_BYTES)
    g_clear_pointer (&self->early, g_byte_array_unref);
  else
    g_byte_array_append (self->early, data, (guint) len);
}

/* --- bytes of the NAL unit under way ------------------------------------------------------------ */

/* first_mb_in_slice, first_slice_segment_in_pic_flag: the bit after the NAL unit's header */
static gboolean
begins_picture (const UlVerifier *self)
{
  guint at = self->codec == UL_CODEC_H264 ? 1 : 2;

  return self->head_len > at && self->head[at] & 0x80;
}

static void
begin_hash (UlVerifier *self)
{
  if (self->asleep)
    return;
  EVP_DigestInit_ex2 (self->hash, self->md, NULL);
  for (guint i = 0; self->recording[0] && i < UL_JOURNAL_N_HASHES; i++)
    EVP_DigestInit_ex2 (self->recording[i], EVP_MD_CTX_get0_md (self->recording[i]), NULL);
}

static void
decide (UlVerifier *self)
{
  guint type = ul_nal_type (self->codec, self->head[0]);

  self->is_first = FALSE;
  if (ul_nal_is_sei (self->codec, type)) {
    self->kind = KIND_SEI;
  } else if (!is_hashed_type (self->codec, type)) {
    self->kind = KIND_OTHER;
  } else {
    self->kind = KIND_HASHED;
    self->is_first = is_key_type (self->codec, type) && begins_picture (self);
    begin_hash (self);
  }
}

static void
take_bytes (UlVerifier *self, const guint8 *data, gsize len)
{
  if (self->kind == KIND_HASHED) {
    hash_bytes (self, data, len);
    keep_early (self, data, len);
  }
  if (self->kind != KIND_SEI && !self->joining)
    return;
  self->too_long |= self->bytes->len + len > UL_SIGNED_SEI_MAX_BYTES;
  if (!self->too_long)
    g_byte_array_append (self->bytes, data, (guint) len);
}

static void
verifier_data (const guint8 *data, gsize len, gpointer user_data)
{
  UlVerifier *self = user_data;
  guint need = self->codec == UL_CODEC_H264 ? 2 : 3;

  if (self->kind == KIND_UNDECIDED) {
    guint n = (guint) MIN (len, (gsize) (need - self->head_len));
    memcpy (self->head + self->head_len, data, n);
    self->head_len += n;
    data += n;
    len -= n;
    if (self->head_len < need)
      return;
    decide (self);
    take_bytes (self, self->head, self->head_len);
  }
  if (len)
    take_bytes (self, data, len);
}

static void
begin_nal (UlVerifier *self)
{
  self->kind = KIND_UNDECIDED;
  self->head_len = 0;
  self->too_long = FALSE;
  g_byte_array_set_size (self->bytes, 0);
}

/* --- keys --------------------------------------------------------------------------------------------- */

static UlSigningKey *
bring_key (UlVerifier *self, UlSignedBytes pem)
{
  for (guint i = 0; i < self->n_keys; i++) {
    gsize len;
    gconstpointer data = g_bytes_get_data (self->keys[i].pem, &len);
    if (len == pem.len && memcmp (data, pem.data, len) == 0)
      return self->keys[i].key;
  }
  UlSigningKey *key = ul_signing_key_new (pem.data, pem.len);
  guint slot = self->n_keys < MAX_KEYS ? self->n_keys++ : MAX_KEYS - 1;
  if (self->keys[slot].pem) {
    g_bytes_unref (self->keys[slot].pem);
    g_clear_pointer (&self->keys[slot].key, ul_signing_key_unref);
  }
  self->keys[slot].pem = g_bytes_new (pem.data, pem.len);
  return self->keys[slot].key = key;
}

static GBytes *
dup_bytes (UlSignedBytes b)
{
  return b.len ? g_bytes_new (b.data, b.len) : NULL;
}

static gboolean
same_bytes (GBytes *a, UlSignedBytes b)
{
  gsize len;
  gconstpointer data = a ? g_bytes_get_data (a, &len) : NULL;

  return data && len == b.len && memcmp (data, b.data, len) == 0;
}

/* What the first SEI that tells it says of the signer; a later one that says otherwise brings another key, or is not believed. */
static void
take_identity (UlVerifier *self, const UlSignedSei *sei)
{
  UlSignerIdentity *id = &self->seen->identity;

  if (sei->n_chains && !(id->n_chains && same_bytes (id->chains[0].pem, sei->chains[0].pem))) {
    for (guint i = 0; i < id->n_chains; i++)
      g_bytes_unref (id->chains[i].pem);
    id->n_chains = 0;
    for (guint i = 0; i < sei->n_chains; i++)
      if (sei->chains[i].pem.len) {
        id->chains[id->n_chains].pem = dup_bytes (sei->chains[i].pem);
        id->chains[id->n_chains++].user_provisioned = sei->chains[i].user_provisioned;
      }
    g_clear_pointer (&id->attestation, g_bytes_unref);
    id->attestation = dup_bytes (sei->attestation);
  }
  if (id->time_us < 0)
    id->time_us = sei->start_us >= 0 ? sei->start_us : sei->end_us;
}

static void
take_text (char **to, const char *from)
{
  if (!from || g_strcmp0 (*to, from) == 0)
    return;
  g_free (*to);
  *to = g_strdup (from);
}

static void
take_product (UlVerifier *self, const UlSignedSei *sei)
{
  UlSignedProduct *p = &self->seen->product;

  take_text (&p->manufacturer, sei->product.manufacturer);
  take_text (&p->hardware, sei->product.hardware);
  take_text (&p->firmware, sei->product.firmware);
  take_text (&p->serial, sei->product.serial);
  take_text (&p->address, sei->product.address);
  take_text (&self->seen->identity.serial, sei->product.serial);
}

static gboolean
holds (const UlVerifier *self, const UlSigningKey *key, const guint8 *digest, gsize digest_len, const guint8 *signature, gsize len)
{
  return key && ul_signing_key_verify (key, self->format, digest, digest_len, signature, len);
}

static UlSignatureState
verify_waiting (const guint8 *digest, gsize digest_len, const guint8 *signature, gsize signature_len, gpointer user_data)
{
  const UlVerifier *self = user_data;

  return holds (self, self->seen->identity.key, digest, digest_len, signature, signature_len) ? UL_SIGNATURE_HOLDS : UL_SIGNATURE_BAD;
}

static void
use_key (UlVerifier *self, UlSigningKey *key)
{
  self->seen->identity.key = ul_signing_key_ref (key);
  ul_ledger_settle (self->ledger, verify_waiting, self);
}

static void
take_keys (UlVerifier *self, const UlSignedSei *sei)
{
  if (sei->public_key.len)
    bring_key (self, sei->public_key);
  for (guint i = 0; i < sei->n_chains && (sei->format == UL_SIGNING_ONVIF || !sei->public_key.len); i++)
    if (sei->chains[i].pem.len)
      bring_key (self, sei->chains[i].pem);
}

static UlSignatureState
signature_held (UlVerifier *self)
{
  self->n_bad_in_row = 0;
  return UL_SIGNATURE_HOLDS;
}

/* By the key in use, or else one that the stream brought; `ret_changed` if another was in use. */
static UlSignatureState
check_signature (UlVerifier *self, const UlSignedSei *sei, const guint8 *digest, gboolean *ret_changed)
{
  UlSigningKey *current = self->seen->identity.key;

  if (self->n_bad_in_row > MAX_BAD_IN_ROW)
    return UL_SIGNATURE_BAD;
  self->n_bad_in_row++;
  if (holds (self, current, digest, self->hash_len, sei->signature.data, sei->signature.len))
    return signature_held (self);
  for (guint i = 0; i < self->n_keys; i++)
    if (holds (self, self->keys[i].key, digest, self->hash_len, sei->signature.data, sei->signature.len)) {
      *ret_changed = current && !ul_signing_key_equal (current, self->keys[i].key);
      if (!current) /* the first one is the signer's, whoever signs later */
        use_key (self, self->keys[i].key);
      return signature_held (self);
    }
  return self->n_keys ? UL_SIGNATURE_BAD : UL_SIGNATURE_NO_KEY;
}

/* --- SEIs ------------------------------------------------------------------------------------------------ */

/* DER of the OIDs of NIST's hash algorithms: 2.16.840.1.101.3.4.2.n */
static void
take_hash_algorithm (UlVerifier *self, const UlSignedSei *sei)
{
  static const guint8 nist[] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 };
  static const char *const names[] = { NULL, "SHA256", "SHA384", "SHA512" };
  UlSignedBytes oid = sei->hash_oid;
  guint n, k = 0;

  if (oid.len != sizeof nist + 1 || memcmp (oid.data, nist, sizeof nist) != 0 || oid.data[sizeof nist] == 0
      || oid.data[sizeof nist] >= G_N_ELEMENTS (names) || EVP_MD_is_a (self->md, names[oid.data[sizeof nist]]))
    return;
  use_hash (self, names[oid.data[sizeof nist]]);
  self->at.has_anchor = FALSE;
  UlSignedNal *nals = ul_ledger_peek_nals (self->ledger, &n);
  for (guint i = 0; i < n; i++) {
    for (; self->early && k < self->early_nals->len && g_array_index (self->early_nals, Early, k).nal < nals[i].nal; k++)
      continue;
    const Early *e = self->early && k < self->early_nals->len ? &g_array_index (self->early_nals, Early, k) : NULL;
    nals[i].has_plain = nals[i].has_hash = FALSE;
    if (!e || e->nal != nals[i].nal)
      continue;
    if (e->given)
      memcpy (nals[i].plain, given_hash (self, e->given), self->hash_len);
    else
      hash_pieces (self->early->data + e->offset, e->len, NULL, 0, nals[i].plain, self);
    nals[i].has_plain = TRUE;
    hang (self, &self->at, &nals[i]);
  }
}

static gboolean
came_before (UlVerifier *self, const guint8 *hash)
{
  for (guint i = 0; i < self->remembered->len; i++)
    if (memcmp (self->remembered->data + i * MEMORY_BYTES, hash, MEMORY_BYTES) == 0)
      return TRUE;
  if (self->remembered->len < N_REMEMBERED)
    g_array_append_vals (self->remembered, hash, 1);
  else
    memcpy (self->remembered->data + (self->n_remembered % N_REMEMBERED) * MEMORY_BYTES, hash, MEMORY_BYTES);
  self->n_remembered++;
  return FALSE;
}

static UlSignatureState
verify_gop_hash (const guint8 *gop_hash, gpointer user_data)
{
  UlVerifier *self = user_data;
  gboolean changed = FALSE;
  guint n_bad = self->n_bad_in_row;
  UlSignatureState state = check_signature (self, self->judged, gop_hash, &changed);

  if (state == UL_SIGNATURE_BAD) /* one of the windows that are tried: the SEI counts, not they */
    self->n_bad_in_row = n_bad;

  self->gop_hash_held |= state == UL_SIGNATURE_HOLDS && !changed;
  return changed ? UL_SIGNATURE_HOLDS_OTHER_KEY : state;
}

static UlLedgerSei
ledger_sei (UlVerifier *self, const UlSignedSei *sei, const Place *at, const UlNal *nal)
{
  return (UlLedgerSei){ .sei = sei, .nal = at->n_nals, .frame = at->n_frames, .offset = nal->offset, .time_us = nal->time_us,
                        .hash_len = self->hash_len, .verify = verify_gop_hash, .hash = hash_pieces, .user_data = self };
}

static void
judge_sei (UlVerifier *self, const Held *held)
{
  const UlSignedSei *sei = self->judged = held->sei;
  guint8 document_hash[UL_SIGNING_MAX_HASH];
  UlLedgerSei in = ledger_sei (self, sei, &held->at, &held->nal);

  hash_pieces (sei->document.data, sei->document.len, NULL, 0, document_hash, self);
  in.document_hash = document_hash;
  in.at_end = self->ended;
  guint8 whole_hash[UL_SIGNING_MAX_HASH]; /* another recording of the same signer may have the same document */
  hash_pieces (document_hash, self->hash_len, sei->signature.data, sei->signature.len, whole_hash, self);
  in.repeated = came_before (self, whole_hash);
  take_keys (self, sei);
  if (sei->hash_type != 0)
    in.signature = check_signature (self, sei, document_hash, &in.key_changed);
  else
    in.signature = self->n_keys ? UL_SIGNATURE_BAD : UL_SIGNATURE_NO_KEY;
  self->gop_hash_held = FALSE;
  ul_ledger_sei (self->ledger, &in);
  self->n_bad_in_row += sei->hash_type == 0 && !self->gop_hash_held;
  if ((in.signature == UL_SIGNATURE_HOLDS && !in.key_changed) || self->gop_hash_held) {
    take_identity (self, sei);
    take_product (self, sei);
  }
}

/* The SEIs that were held are judged. */
static void
judge_held (UlVerifier *self)
{
  for (guint i = 0; i < self->n_held; i++) {
    judge_sei (self, &self->held[i]);
    ul_signed_sei_free (self->held[i].sei);
  }
  self->n_held = 0;
}

/* Do the SEIs that are held stand right before this one, or with nothing between that is hashed? */
static gboolean
holds_on (UlVerifier *self)
{
  guint n;
  const UlSignedNal *nals = ul_ledger_peek_nals (self->ledger, &n);

  return self->n_held && self->n_held < MAX_HELD && (n == 0 || nals[n - 1].nal < self->held[self->n_held - 1].at.n_nals);
}

/* Axis v1: the key picture that closes the GOP may come after the SEI. */
static gboolean
waits_for_closing (UlVerifier *self, const UlSignedSei *sei)
{
  guint n, n_hashes = (guint) (sei->hash_list.len / self->hash_len);
  const UlSignedNal *nals = ul_ledger_peek_nals (self->ledger, &n);

  if (!sei->legacy)
    return FALSE;
  for (guint i = 0; i < n && n_hashes; i++) {
    guint8 closing[UL_SIGNING_MAX_HASH];
    if (!nals[i].is_anchor || !nals[i].has_plain)
      continue;
    if (n_hashes > 1)
      hash_pieces (sei->hash_list.data, self->hash_len, nals[i].plain, self->hash_len, closing, self);
    else /* the first SEI of all signs the first key picture */
      memcpy (closing, nals[i].plain, self->hash_len);
    if (memcmp (closing, sei->hash_list.data + (n_hashes - 1) * self->hash_len, self->hash_len) == 0)
      return FALSE;
  }
  return TRUE;
}

/* A SEI of the format without a signature: what it brings is kept; it may itself be listed. */
static void
take_unsigned_sei (UlVerifier *self, const UlSignedSei *sei, const Place *at, const UlNal *nal)
{
  UlSignedNal item = { .has_plain = TRUE, .has_hash = TRUE, .optional = TRUE, .nal = at->n_nals, .frame = at->n_frames, .offset = nal->offset,
                       .time_us = nal->time_us, .type = (guint8) ul_nal_type (self->codec, sei->nal.data[0]) };

  take_keys (self, sei);
  take_identity (self, sei);
  take_product (self, sei);
  hash_pieces (sei->nal.data, sei->nal.len, NULL, 0, item.plain, self);
  memcpy (item.hash, item.plain, self->hash_len);
  ul_ledger_nal (self->ledger, &item);
}

/* Golden, or one that carries certificates and tells of no pictures: it is signed, and that is all. */
static void
take_static_sei (UlVerifier *self, const UlSignedSei *sei, const Place *at)
{
  guint8 document_hash[UL_SIGNING_MAX_HASH];
  gboolean changed = FALSE;

  take_keys (self, sei);
  hash_pieces (sei->document.data, sei->document.len, NULL, 0, document_hash, self);
  UlSignatureState state = check_signature (self, sei, document_hash, &changed);
  ul_ledger_static_sei (self->ledger, at->n_nals, state);
  if (state != UL_SIGNATURE_HOLDS)
    return;
  take_identity (self, sei);
  take_product (self, sei);
}

/* What cannot be read of it is the signer's nevertheless: it is of a newer version than this reader. */
static gboolean
is_newer (UlVerifier *self, const UlSignedSei *sei)
{
  guint8 document_hash[UL_SIGNING_MAX_HASH];
  gboolean changed = FALSE;

  if (!sei->has_signature || sei->document.len == 0)
    return FALSE;
  self->format = sei->format;
  take_keys (self, sei);
  hash_pieces (sei->document.data, sei->document.len, NULL, 0, document_hash, self);
  return check_signature (self, sei, document_hash, &changed) == UL_SIGNATURE_HOLDS && !changed;
}

static void
take_sei (UlVerifier *self, UlSignedSei *owned, const Place *at, const UlNal *nal)
{
  g_autoptr (UlSignedSei) sei = owned;

  gboolean hold = holds_on (self) && sei->legacy;
  if (!hold)
    judge_held (self);
  if (self->seen->n_seis++ == 0)
    self->n_new++;
  self->asleep = FALSE;
  self->n_since = 0;
  if (self->seen->format == UL_SIGNING_NONE)
    self->seen->format = sei->format;
  if (sei->error || (sei->has_signature && sei->document.len == 0)) {
    UlLedgerSei in = ledger_sei (self, sei, at, nal);
    ul_ledger_damaged_sei (self->ledger, &in, sei->error ? sei->error : "it is empty", is_newer (self, sei));
    return;
  }
  self->format = self->seen->format = self->seen->identity.format = sei->format;
  take_hash_algorithm (self, sei);
  g_clear_pointer (&self->early, g_byte_array_unref);
  if (!sei->has_signature) {
    take_unsigned_sei (self, sei, at, nal);
    return;
  }
  if (sei->golden || !sei->has_general) {
    take_static_sei (self, sei, at);
    return;
  }
  self->seen->legacy = sei->legacy;
  self->seen->general_version = sei->general_version;
  memcpy (self->seen->signer_version, sei->signer_version, sizeof sei->signer_version);
  hold |= waits_for_closing (self, sei);
  self->held[self->n_held++] = (Held){ g_steal_pointer (&sei), *at, *nal };
  if (!hold)
    judge_held (self);
}

/* --- a SEI that fell apart ---------------------------------------------------------------------------------- */

static void
begin_join (UlVerifier *self, const UlNal *nal, gsize wanted)
{
  self->joining = TRUE;
  self->n_pieces = 0;
  self->wanted = wanted;
  self->zeros = nal->trailing_zeros;
  self->joined_at = self->at;
  self->joined_nal = *nal;
  g_byte_array_set_size (self->joined, 0);
  g_byte_array_append (self->joined, self->bytes->data, self->bytes->len);
}

static void
judge_sei_bytes (UlVerifier *self, const guint8 *data, gsize len, const Place *at, const UlNal *nal)
{
  UlSignedSei *sei = ul_signed_sei_parse (self->codec, data, len);

  if (sei)
    take_sei (self, sei, at, nal);
  else
    ul_ledger_unhashed (self->ledger, at->n_nals, UL_UNHASHED_SEI);
}

/* It cannot be put together: it is judged as it is. */
static void
give_up_join (UlVerifier *self)
{
  if (!self->joining)
    return;
  self->joining = FALSE;
  gsize first = self->joined->len;
  if (self->n_pieces)
    first = self->joined_nal.len < (guint64) first ? (gsize) self->joined_nal.len : first;
  judge_sei_bytes (self, self->joined->data, first, &self->joined_at, &self->joined_nal);
}

/* Between two pieces stood 00 00 01; muxers lose further zeros before it, of which the sum alone is known then. */
static gboolean
append_piece (UlVerifier *self, const UlNal *nal)
{
  static const guint8 zeros[16];
  guint64 n_zeros = self->zeros + (nal->start_code ? nal->start_code - 1 : 2);

  if (self->too_long || n_zeros > sizeof zeros || self->n_pieces == MAX_PIECES)
    return FALSE;
  g_byte_array_append (self->joined, zeros, (guint) n_zeros);
  self->seams[self->n_pieces++] = self->joined->len;
  g_byte_array_append (self->joined, (const guint8 *) "\1", 1);
  g_byte_array_append (self->joined, self->bytes->data, self->bytes->len);
  self->zeros = nal->trailing_zeros;
  return self->joined->len <= self->wanted + 1;
}

/* With so many zeros more in each seam; NULL if it cannot be read so. */
static GByteArray *
widen_seams (const UlVerifier *self, const guint *extra)
{
  static const guint8 zeros[MAX_LOST_ZEROS];
  g_autoptr (GByteArray) wide = g_byte_array_sized_new (self->joined->len + MAX_LOST_ZEROS);
  gsize done = 0;

  for (guint i = 0; i < self->n_pieces; i++) {
    g_byte_array_append (wide, self->joined->data + done, (guint) (self->seams[i] - done));
    g_byte_array_append (wide, zeros, extra[i]);
    done = self->seams[i];
  }
  g_byte_array_append (wide, self->joined->data + done, (guint) (self->joined->len - done));
  return g_steal_pointer (&wide);
}

/* Can it be read (1), and does its signature hold (2)? */
static guint
worth_of (UlVerifier *self, const GByteArray *bytes)
{
  g_autoptr (UlSignedSei) sei = ul_signed_sei_parse (self->codec, bytes->data, bytes->len);
  guint8 document_hash[UL_SIGNING_MAX_HASH];
  gboolean changed = FALSE;

  if (!sei || sei->error || !sei->has_signature)
    return 0;
  self->format = sei->format;
  take_keys (self, sei);
  hash_pieces (sei->document.data, sei->document.len, NULL, 0, document_hash, self);
  return check_signature (self, sei, document_hash, &changed) == UL_SIGNATURE_HOLDS ? 2 : 1;
}

/* Deals `left` zeros out to the seams from `seam` on, in every way, until the signature holds. */
static guint
deal_zeros (UlVerifier *self, guint *extra, guint seam, guint left, guint *tries, guint best, GByteArray **best_bytes)
{
  if (seam + 1 < self->n_pieces) {
    for (guint here = 0; here <= left && best < 2 && *tries < MAX_DEALS; here++) {
      extra[seam] = here;
      best = deal_zeros (self, extra, seam + 1, left - here, tries, best, best_bytes);
    }
    return best;
  }
  extra[seam] = left;
  g_autoptr (GByteArray) bytes = widen_seams (self, extra);
  guint worth = worth_of (self, bytes);
  ++*tries;
  self->n_deals++;
  if (worth <= best)
    return best;
  g_clear_pointer (best_bytes, g_byte_array_unref);
  *best_bytes = g_steal_pointer (&bytes);
  return worth;
}

/* All pieces are there: the SEI as it was, or NULL. */
static GByteArray *
joined_sei (UlVerifier *self)
{
  gboolean stopped = self->joined->len && self->joined->data[self->joined->len - 1] == 0x80;
  gsize whole = self->wanted + stopped, n = self->joined->len;
  guint extra[MAX_PIECES] = { 0 }, tries = 0;
  GByteArray *found = NULL;

  if (n > whole || whole - n > MAX_LOST_ZEROS || (n < whole && self->n_deals > MAX_DEALS_OF_STREAM))
    return NULL;
  deal_zeros (self, extra, 0, (guint) (whole - n), &tries, 0, &found);
  return found;
}

/* TRUE: this NAL unit was the last piece, and all of it is taken. */
static gboolean
join (UlVerifier *self, const UlNal *nal)
{
  if (!append_piece (self, nal)) {
    give_up_join (self);
    return FALSE;
  }
  g_autoptr (GByteArray) sei = joined_sei (self);
  if (!sei)
    return FALSE;
  ul_ledger_take_back (self->ledger, self->joined_at.n_nals);
  self->at = self->joined_at;
  self->joining = FALSE;
  judge_sei_bytes (self, sei->data, sei->len, &self->joined_at, &self->joined_nal);
  self->at.n_nals++;
  return TRUE;
}

/* --- the end of a NAL unit ----------------------------------------------------------------------------------- */

static void
end_sei (UlVerifier *self, const UlNal *nal)
{
  gsize wanted = 0;
  UlSigningFormat format = self->too_long ? UL_SIGNING_NONE : ul_signed_sei_peek (self->codec, self->bytes->data, self->bytes->len, &wanted);

  if (format == UL_SIGNING_NONE)
    ul_ledger_unhashed (self->ledger, self->at.n_nals, UL_UNHASHED_SEI);
  else if (self->bytes->len < wanted && wanted <= UL_SIGNED_SEI_MAX_BYTES && !self->joining)
    begin_join (self, nal, wanted);
  else
    judge_sei_bytes (self, self->bytes->data, self->bytes->len, &self->at, nal);
}

static gboolean
is_tired (const UlVerifier *self)
{
  if (self->seen->n_seis)
    return self->n_since > UL_VERIFIER_SIGNED_PATIENCE_BYTES;
  return (self->n_gops > 1 && self->at.n_nals > self->second_gop + UL_VERIFIER_PATIENCE_NALS)
         || self->at.n_nals > UL_VERIFIER_MOST_PATIENCE_NALS || self->n_since > UL_VERIFIER_MOST_PATIENCE_BYTES;
}

/* The hash of the NAL unit that ended. */
static void
finish_hash (UlVerifier *self, const UlNal *nal, UlSignedNal *item)
{
  item->has_plain = !self->replays || self->given;
  if (!self->replays)
    EVP_DigestFinal_ex (self->hash, item->plain, NULL);
  else if (self->given)
    memcpy (item->plain, given_hash (self, self->given), self->hash_len);
  if (self->replays) /* as if all of it had come */
    self->n_since += nal->len - MIN (nal->len, (guint64) nal->head_len);
  for (guint i = 0; self->recording[0] && i < UL_JOURNAL_N_HASHES; i++)
    EVP_DigestFinal_ex (self->recording[i], self->recorded[i], NULL);
  self->has_recorded = self->recording[0] != NULL;
}

static void
end_hashed (UlVerifier *self, const UlNal *nal)
{
  UlSignedNal item = { .is_anchor = self->is_first, .type = (guint8) ul_nal_type (self->codec, self->head[0]), .nal = self->at.n_nals,
                       .frame = self->at.n_frames ? self->at.n_frames - 1 : 0, .offset = nal->offset, .time_us = nal->time_us };

  if (self->is_first && ++self->n_gops == 2)
    self->second_gop = self->at.n_nals;
  if (self->asleep) {
    self->at.has_anchor = FALSE;
    ul_ledger_asleep (self->ledger, &item);
    return;
  }
  finish_hash (self, nal, &item);
  if (item.has_plain)
    hang (self, &self->at, &item);
  if (self->early) {
    gsize before = self->early_nals->len ? g_array_index (self->early_nals, Early, self->early_nals->len - 1).offset
                                             + g_array_index (self->early_nals, Early, self->early_nals->len - 1).len : 0;
    Early e = { before, self->early->len - before, item.nal, self->given };
    g_array_append_val (self->early_nals, e);
    if (self->early_nals->len == UL_LEDGER_MAX_UNSIGNED_NALS)
      g_clear_pointer (&self->early, g_byte_array_unref);
  }
  ul_ledger_nal (self->ledger, &item);
  if (self->is_first)
    judge_held (self);
  if ((self->asleep = is_tired (self)))
    g_clear_pointer (&self->early, g_byte_array_unref);
}

static UlUnhashed
unhashed_kind (UlCodec codec, guint type)
{
  if (ul_nal_is_vcl (codec, type))
    return UL_UNHASHED_SLICE;
  if (ul_params_kind (codec, type) != UL_N_PARAMS)
    return UL_UNHASHED_PARAMETER_SET;
  return UL_UNHASHED_OTHER;
}

static void
verifier_end (const UlNal *nal, gpointer user_data)
{
  UlVerifier *self = user_data;

  if (self->kind == KIND_UNDECIDED && self->head_len) {
    decide (self);
    take_bytes (self, self->head, self->head_len);
  }
  if (self->kind == KIND_UNDECIDED || (self->joining && join (self, nal))) {
    begin_nal (self);
    return;
  }
  guint type = ul_nal_type (self->codec, self->head[0]);
  if (ul_nal_is_vcl (self->codec, type) && begins_picture (self))
    self->at.n_frames++;
  if (self->kind == KIND_HASHED)
    end_hashed (self, nal);
  else if (self->kind == KIND_SEI)
    end_sei (self, nal);
  else
    ul_ledger_unhashed (self->ledger, self->at.n_nals, unhashed_kind (self->codec, type));
  self->at.n_nals++;
  begin_nal (self);
}

static void
verifier_drop (gpointer user_data)
{
  UlVerifier *self = user_data;

  give_up_join (self);
  begin_nal (self);
}

static void
verifier_aside (gpointer user_data)
{
  ((UlVerifier *) user_data)->n_aside++;
}

/* The pieces of a SEI that fell apart may be of any type. */
static gboolean
verifier_wants_all (gpointer user_data)
{
  return ((UlVerifier *) user_data)->joining;
}

static const UlJournalHashes *
verifier_hashes (gpointer user_data)
{
  UlVerifier *self = user_data;
  gboolean has = self->has_recorded;

  self->has_recorded = FALSE;
  return has ? &self->recorded : NULL;
}

const UlNalReader ul_verifier_reader = { verifier_data, verifier_end, verifier_drop, verifier_aside, verifier_wants_all, verifier_hashes };

void
ul_verifier_record (UlVerifier *self)
{
  for (guint i = 0; i < UL_JOURNAL_N_HASHES; i++) {
    EVP_MD *md = EVP_MD_fetch (NULL, hash_names[i], NULL);
    self->recording[i] = EVP_MD_CTX_new ();
    EVP_DigestInit_ex2 (self->recording[i], md, NULL);
    EVP_MD_free (md);
  }
}

void
ul_verifier_give (UlVerifier *self, const UlJournalHashes *hashes)
{
  self->replays = TRUE;
  self->given = hashes;
}

void
ul_verifier_gap (UlVerifier *self)
{
  give_up_join (self);
  judge_held (self);
  begin_nal (self);
  ul_ledger_gap (self->ledger);
  self->at.has_anchor = FALSE;
  self->n_since = 0;
}

void
ul_verifier_finish (UlVerifier *self)
{
  self->ended = TRUE;
  give_up_join (self);
  judge_held (self);
}

/* --- the account ----------------------------------------------------------------------------------------------- */

UlAuthenticity *
ul_verifier_dup_authenticity (const UlVerifier *self)
{
  UlAuthenticity *a = g_memdup2 (self->seen, sizeof *self->seen);
  g_autoptr (UlLedger) ledger = ul_ledger_copy (self->ledger);
  UlSignedProduct *p = &a->product;

  p->manufacturer = g_strdup (p->manufacturer);
  p->hardware = g_strdup (p->hardware);
  p->firmware = g_strdup (p->firmware);
  p->serial = g_strdup (p->serial);
  p->address = g_strdup (p->address);
  ul_signer_identity_copy (&a->identity, &self->seen->identity);
  if (!a->identity.key && self->n_keys && self->keys[0].key) /* it is there, though no signature holds with it */
    a->identity.key = ul_signing_key_ref (self->keys[0].key);
  ul_ledger_finish (ledger, a);
  a->n_parameter_sets += self->n_aside;
  return a;
}

guint64
ul_verifier_n_new (const UlVerifier *self)
{
  return self->n_new + ul_ledger_n_new (self->ledger);
}

guint64
ul_verifier_n_seis (const UlVerifier *self)
{
  return self->seen->n_seis;
}
