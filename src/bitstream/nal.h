/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlNalSplitter: NAL units out of a byte stream (H.264 Annex B, H.265 Annex B)
 * or out of length-prefixed samples (ISO/IEC 14496-15), fed in chunks of any size.
 *
 * No NAL unit is held whole: the function gets its head (a window whose size
 * depends on the type), its tail, and counts.  A NAL unit that lies whole in a
 * chunk is handed over in place.  What is handed over does not depend on how
 * the bytes were cut into chunks.
 */
#pragma once

#include "bitstream/bitstream.h"

/* Bytes kept of the head of a slice; enough for every slice header met. */
#define UL_NAL_HEAD_BYTES 512
/* Bytes kept of parameter sets, SEI and what is not a coded slice. */
#define UL_NAL_LONG_HEAD_BYTES 65536
#define UL_NAL_TAIL_BYTES 16

typedef struct _UlNal {
  const guint8 *head; /* from the NAL unit header on, emulation prevention bytes in place */
  gsize head_len;
  const guint8 *tail; /* the last bytes before the trailing zeros */
  gsize tail_len;
  guint64 len;            /* bytes of the NAL unit, trailing zeros not counted */
  guint64 trailing_zeros; /* Annex B: without the zero_byte of the next start code */
  guint start_code;       /* 3, 4; 0: it had none */
  gboolean truncated;     /* its length prefix says more than there was */
  gint64 offset;          /* of the NAL unit header, -1: not known */
  gint64 time_us;
} UlNal;

/* `nal` and what it points to is valid during the call only. */
typedef void (*UlNalFunc) (const UlNal *nal, gpointer user_data);
/* All bytes of the NAL unit under way, in pieces as they come, its trailing zeros apart; UlNalFunc then tells that it ended. */
typedef void (*UlNalBodyFunc) (const guint8 *data, gsize len, gpointer user_data);
/* A length prefix of `says` bytes where `left` are left. */
typedef void (*UlNalPrefixFunc) (guint64 says, guint64 left, gint64 offset, gpointer user_data);

typedef struct _UlNalSplitter UlNalSplitter;

UlNalSplitter *ul_nal_splitter_new (UlCodec codec, UlNalFunc func, UlNalPrefixFunc bad_prefix, gpointer user_data);
void ul_nal_splitter_free (UlNalSplitter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlNalSplitter, ul_nal_splitter_free)

void ul_nal_splitter_annexb (UlNalSplitter *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us);
/* The byte stream ends, or breaks off: the NAL unit under way is complete. */
void ul_nal_splitter_flush (UlNalSplitter *self);

void ul_nal_splitter_sample_begin (UlNalSplitter *self, guint prefix_bytes, guint64 sample_bytes, gint64 offset, gint64 time_us);
void ul_nal_splitter_sample_data (UlNalSplitter *self, const guint8 *data, gsize len);
void ul_nal_splitter_sample_end (UlNalSplitter *self);

/* One NAL unit without framing: whole, or begun, fed in pieces and ended. */
void ul_nal_splitter_nal (UlNalSplitter *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us);
void ul_nal_splitter_nal_begin (UlNalSplitter *self, gint64 offset, gint64 time_us);
void ul_nal_splitter_nal_data (UlNalSplitter *self, const guint8 *data, gsize len);
void ul_nal_splitter_nal_end (UlNalSplitter *self);

/* The rest of the NAL unit under way will not come: nothing is told of it. */
void ul_nal_splitter_drop (UlNalSplitter *self);

/* Who wants whole NAL units gets their bytes here, with the user_data given here; NULL: nobody. */
void ul_nal_splitter_set_body (UlNalSplitter *self, UlNalBodyFunc body, gpointer user_data);

/* All that is fed goes to `tap` too (bitstream.h, UlBitstreamTap). */
void ul_nal_splitter_set_tap (UlNalSplitter *self, UlBitstreamTap tap, gpointer user_data);
/* A NAL unit that does not come through the splitter, for its tap. */
void ul_nal_splitter_tap_nal (UlNalSplitter *self, const guint8 *data, gsize len);

/* First 00 00 `third` (not zero) in data[0..len), or NULL. */
const guint8 *ul_nal_find (const guint8 *data, gsize len, guint8 third);

/*
 * Takes the emulation prevention bytes out (H.264 7.4.1, H.265 7.4.2): `out` has
 * room for `len` bytes.  Returns the bytes written; `ret_prevention` (may be NULL)
 * gets how many were taken out.
 */
gsize ul_nal_unescape (const guint8 *data, gsize len, guint8 *out, guint *ret_prevention);

/* How many bytes the first `n` of the RBSP take with their emulation prevention bytes. */
gsize ul_nal_escaped (const guint8 *data, gsize len, gsize n);

/*
 * The RBSP of a head: in place where it has no emulation prevention byte, else
 * written to `buffer` (room for head_len bytes).
 */
const guint8 *ul_nal_rbsp (const UlNal *nal, guint8 *buffer, gsize *ret_len);

static inline guint
ul_nal_type (UlCodec codec, guint8 first_byte)
{
  return codec == UL_CODEC_H264 ? first_byte & 31u : (guint) first_byte >> 1 & 63u;
}

/* A coded slice: H.264 Table 7-1 (1 to 5, 19, 20, 21), H.265 Table 7-1 (0 to 31). */
static inline gboolean
ul_nal_is_vcl (UlCodec codec, guint type)
{
  return codec == UL_CODEC_H264 ? (type >= 1 && type <= 5) || (type >= 19 && type <= 21) : type < 32;
}

/* H.264 Table 7-1, H.265 Table 7-1: supplemental enhancement information, before the picture or (H.265) behind it. */
static inline gboolean
ul_nal_is_sei (UlCodec codec, guint type)
{
  return codec == UL_CODEC_H264 ? type == 6 : type == 39 || type == 40;
}

/* Short name of a nal_unit_type: "SPS", "IDR", "slice"; H.265 as in Table 7-1. */
const char *ul_nal_type_name (UlCodec codec, guint type);
/* Is it reserved or unspecified in the standard? */
gboolean ul_nal_type_is_private (UlCodec codec, guint type);
