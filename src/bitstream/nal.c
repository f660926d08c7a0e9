/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/nal.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2_TARGET 1
#endif

struct _UlNalSplitter {
  UlCodec codec;
  UlNalFunc func;
  UlNalPrefixFunc bad_prefix;
  gpointer user_data;

  gboolean in_nal;
  guint start_code;
  guint64 zeros; /* zero bytes seen last, not yet known to be of the NAL unit */
  guint64 len;   /* without `zeros` */
  gint64 offset, time_us;
  guint8 *head;
  gsize head_len, head_limit, head_room;
  guint8 tail[UL_NAL_TAIL_BYTES];
  gsize tail_len;

  guint prefix_bytes, prefix_have;
  guint64 prefix, nal_left, sample_left;
  gint64 sample_offset; /* of the next byte */
  gint64 sample_time_us;

  UlBitstreamTap tap; /* may be NULL */
  gpointer tap_data;
  UlNalBodyFunc body; /* may be NULL */
  gpointer body_data;
};

/* --- the tap ---------------------------------------------------------------------- */

static inline void
tap (UlNalSplitter *self, const guint8 *data, gsize len)
{
  if (G_UNLIKELY (self->tap) && len)
    self->tap (data, len, self->tap_data);
}

static inline void
tap_start_code (UlNalSplitter *self)
{
  tap (self, (const guint8 *) "\0\0\0\1", 4);
}

void
ul_nal_splitter_set_tap (UlNalSplitter *self, UlBitstreamTap func, gpointer user_data)
{
  self->tap = func;
  self->tap_data = user_data;
}

void
ul_nal_splitter_tap_nal (UlNalSplitter *self, const guint8 *data, gsize len)
{
  tap_start_code (self);
  tap (self, data, len);
}

void
ul_nal_splitter_set_body (UlNalSplitter *self, UlNalBodyFunc body, gpointer user_data)
{
  self->body = body;
  self->body_data = user_data;
}

static inline void
tell_body (UlNalSplitter *self, const guint8 *data, gsize len)
{
  if (self->body && len)
    self->body (data, len, self->body_data);
}

/* --- searching ------------------------------------------------------------------ */

static const guint8 *
find_scalar (const guint8 *p, const guint8 *end, guint8 third)
{
  /* A third byte that is not zero cannot be the first or second of a match. */
  while (end - p >= 3) {
    if (p[2] == third && p[1] == 0 && p[0] == 0)
      return p;
    if (p[2] == 0)
      p++;
    else
      p += 3;
  }
  return NULL;
}

#ifdef HAVE_AVX2_TARGET
__attribute__ ((target ("avx2"))) static const guint8 *
find_avx2 (const guint8 *p, const guint8 *end, guint8 third)
{
  const __m256i zero = _mm256_setzero_si256 (), last = _mm256_set1_epi8 ((char) third);

  for (; end - p >= 34; p += 32) {
    __m256i a = _mm256_loadu_si256 ((const __m256i *) (const void *) p);
    __m256i b = _mm256_loadu_si256 ((const __m256i *) (const void *) (p + 1));
    __m256i pair = _mm256_cmpeq_epi8 (_mm256_or_si256 (a, b), zero);
    __m256i c = _mm256_loadu_si256 ((const __m256i *) (const void *) (p + 2));
    guint mask = (guint) _mm256_movemask_epi8 (_mm256_and_si256 (pair, _mm256_cmpeq_epi8 (c, last)));
    if (mask)
      return p + __builtin_ctz (mask);
  }
  return find_scalar (p, end, third);
}
#endif

static const guint8 *
find_baseline (const guint8 *p, const guint8 *end, guint8 third)
{
#ifdef __SSE2__
  const __m128i zero = _mm_setzero_si128 (), last = _mm_set1_epi8 ((char) third);

  for (; end - p >= 18; p += 16) {
    __m128i a = _mm_loadu_si128 ((const __m128i *) (const void *) p);
    __m128i b = _mm_loadu_si128 ((const __m128i *) (const void *) (p + 1));
    __m128i pair = _mm_cmpeq_epi8 (_mm_or_si128 (a, b), zero);
    __m128i c = _mm_loadu_si128 ((const __m128i *) (const void *) (p + 2));
    guint mask = (guint) _mm_movemask_epi8 (_mm_and_si128 (pair, _mm_cmpeq_epi8 (c, last)));
    if (mask)
      return p + __builtin_ctz (mask);
  }
#endif
  return find_scalar (p, end, third);
}

const guint8 *
ul_nal_find (const guint8 *data, gsize len, guint8 third)
{
#ifdef HAVE_AVX2_TARGET
  if (len >= 256 && __builtin_cpu_supports ("avx2"))
    return find_avx2 (data, data + len, third);
#endif
  return find_baseline (data, data + len, third);
}

/* Zero bytes at the start. */
static gsize
leading_zeros (const guint8 *data, gsize len)
{
  gsize n = 0;
  guint64 w;

  for (; n + 8 <= len; n += 8) {
    memcpy (&w, data + n, 8);
    if (w)
      break;
  }
  while (n < len && data[n] == 0)
    n++;
  return n;
}

/* Zero bytes at the end. */
static gsize
ending_zeros (const guint8 *data, gsize len)
{
  gsize n = 0;
  guint64 w;

  if (len == 0 || data[len - 1] != 0)
    return 0;
  for (; n + 8 <= len; n += 8) {
    memcpy (&w, data + len - n - 8, 8);
    if (w)
      break;
  }
  while (n < len && data[len - n - 1] == 0)
    n++;
  return n;
}

/* --- a NAL unit that lies in several chunks --------------------------------------- */

static gsize
head_limit (UlCodec codec, guint8 first_byte)
{
  return ul_nal_is_vcl (codec, ul_nal_type (codec, first_byte)) ? UL_NAL_HEAD_BYTES : UL_NAL_LONG_HEAD_BYTES;
}

static void
begin_nal (UlNalSplitter *self, guint start_code)
{
  self->in_nal = TRUE;
  self->start_code = start_code;
  self->zeros = 0;
  self->len = 0;
  self->head_len = 0;
  self->tail_len = 0;
}

static void
first_byte (UlNalSplitter *self, guint8 byte, gint64 offset, gint64 time_us)
{
  self->offset = offset;
  self->time_us = time_us;
  self->head_limit = head_limit (self->codec, byte);
}

static guint8 *
head_space (UlNalSplitter *self, gsize n)
{
  if (self->head_len + n > self->head_room) {
    self->head_room = MIN (MAX (2 * self->head_room, self->head_len + n), (gsize) UL_NAL_LONG_HEAD_BYTES);
    self->head_room = MAX (self->head_room, (gsize) UL_NAL_HEAD_BYTES);
    self->head = g_realloc (self->head, self->head_room);
  }
  self->head_len += n;
  return self->head + self->head_len - n;
}

static void
push_tail (UlNalSplitter *self, const guint8 *data, gsize len)
{
  gsize n = MIN (len, (gsize) UL_NAL_TAIL_BYTES);
  gsize keep = MIN (self->tail_len, UL_NAL_TAIL_BYTES - n);

  memmove (self->tail, self->tail + self->tail_len - keep, keep);
  memcpy (self->tail + keep, data + len - n, n);
  self->tail_len = keep + n;
}

static void
append (UlNalSplitter *self, const guint8 *data, gsize len)
{
  gsize n = MIN (len, self->head_limit - self->head_len);

  if (len == 0)
    return;
  if (n)
    memcpy (head_space (self, n), data, n);
  push_tail (self, data, len);
  tell_body (self, data, len);
  self->len += len;
}

/* The zeros that were held back are of the NAL unit after all. */
static void
append_zeros (UlNalSplitter *self)
{
  static const guint8 none[UL_NAL_TAIL_BYTES];
  gsize n = (gsize) MIN (self->zeros, (guint64) (self->head_limit - self->head_len));

  if (self->zeros == 0)
    return;
  if (n)
    memset (head_space (self, n), 0, n);
  push_tail (self, none, (gsize) MIN (self->zeros, (guint64) UL_NAL_TAIL_BYTES));
  for (guint64 left = self->body ? self->zeros : 0; left; left -= MIN (left, (guint64) sizeof none))
    tell_body (self, none, (gsize) MIN (left, (guint64) sizeof none));
  self->len += self->zeros;
  self->zeros = 0;
}

/* Bytes of the NAL unit under way; zeros at their end are held back. */
static void
append_holding_zeros (UlNalSplitter *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  gsize zeros = ending_zeros (data, len);

  if (len == 0)
    return;
  if (self->len == 0 && self->zeros == 0)
    first_byte (self, data[0], offset, time_us);
  if (zeros < len) {
    append_zeros (self);
    append (self, data, len - zeros);
  }
  self->zeros += zeros;
}

static void
emit (UlNalSplitter *self, guint64 trailing_zeros, gboolean truncated)
{
  UlNal nal = { .head = self->head, .head_len = self->head_len, .tail = self->tail, .tail_len = self->tail_len, .len = self->len,
                .trailing_zeros = trailing_zeros, .start_code = self->start_code, .truncated = truncated,
                .offset = self->offset, .time_us = self->time_us };

  self->in_nal = FALSE;
  if (self->len)
    self->func (&nal, self->user_data);
}

static void
emit_in_place (UlNalSplitter *self, const guint8 *data, gsize len, guint64 trailing_zeros, gint64 offset, gint64 time_us)
{
  gsize tail = MIN (len, (gsize) UL_NAL_TAIL_BYTES);

  self->in_nal = FALSE;
  if (len == 0)
    return;
  UlNal nal = { .head = data, .head_len = MIN (len, head_limit (self->codec, data[0])), .tail = data + len - tail, .tail_len = tail,
                .len = len, .trailing_zeros = trailing_zeros, .start_code = self->start_code, .offset = offset, .time_us = time_us };
  tell_body (self, data, len);
  self->func (&nal, self->user_data);
}

/* --- byte stream -------------------------------------------------------------------- */

/* Zeros may have been held back over the border: decide on them. Returns the bytes used. */
static gsize
annexb_border (UlNalSplitter *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  gsize z = leading_zeros (data, len);

  if (self->in_nal && self->len == 0 && self->zeros == 0 && z)
    first_byte (self, 0, offset, time_us);
  self->zeros += z;
  if (z == len)
    return len;
  if (self->zeros >= 2 && data[z] == 1) {
    guint code = self->zeros > 2 ? 4 : 3;
    if (self->in_nal)
      emit (self, self->zeros - (code - 1), FALSE);
    begin_nal (self, code);
    return z + 1;
  }
  if (self->in_nal)
    append_zeros (self);
  self->zeros = 0;
  return z;
}

void
ul_nal_splitter_annexb (UlNalSplitter *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  gsize p = 0;

  tap (self, data, len);
#define AT(place) (offset < 0 ? -1 : offset + (gint64) (place))
  if (len && (self->zeros || data[0] == 0 || !self->in_nal))
    p = annexb_border (self, data, len, offset, time_us);
  while (p < len) {
    const guint8 *found = ul_nal_find (data + p, len - p, 1);
    if (!found)
      break;
    gsize q = (gsize) (found - data);
    gsize zeros = ending_zeros (data + p, q - p);
    guint64 extra = zeros ? zeros - 1 : 0;
    if (self->in_nal && (self->len || self->zeros)) {
      append (self, data + p, q - p - zeros);
      emit (self, extra, FALSE);
    } else if (self->in_nal) {
      emit_in_place (self, data + p, q - p - zeros, extra, AT (p), time_us);
    }
    begin_nal (self, zeros ? 4 : 3);
    p = q + 3;
  }
  if (p < len && self->in_nal)
    append_holding_zeros (self, data + p, len - p, AT (p), time_us);
  else if (p < len)
    self->zeros = ending_zeros (data + p, len - p);
#undef AT
}

void
ul_nal_splitter_flush (UlNalSplitter *self)
{
  if (self->in_nal)
    emit (self, self->zeros, FALSE);
  self->zeros = 0;
}

/* --- length-prefixed samples ----------------------------------------------------------- */

void
ul_nal_splitter_sample_begin (UlNalSplitter *self, guint prefix_bytes, guint64 sample_bytes, gint64 offset, gint64 time_us)
{
  ul_nal_splitter_flush (self);
  self->prefix_bytes = CLAMP (prefix_bytes, 1, 4);
  self->prefix_have = 0;
  self->prefix = 0;
  self->nal_left = 0;
  self->sample_left = sample_bytes;
  self->sample_offset = offset;
  self->sample_time_us = time_us;
}

static void
take_prefix_byte (UlNalSplitter *self, guint8 byte)
{
  self->prefix = self->prefix << 8 | byte;
  if (++self->prefix_have < self->prefix_bytes)
    return;
  guint64 left = self->sample_left;

  if (self->prefix > left && self->bad_prefix)
    self->bad_prefix (self->prefix, left, self->sample_offset < 0 ? -1 : self->sample_offset - (gint64) self->prefix_bytes,
                      self->user_data);
  self->nal_left = self->prefix;
  self->prefix = 0;
  self->prefix_have = 0;
  if (!self->nal_left)
    return;
  begin_nal (self, 0);
  tap_start_code (self);
}

static void
advance (UlNalSplitter *self, gsize n)
{
  self->sample_left -= n;
  if (self->sample_offset >= 0)
    self->sample_offset += (gint64) n;
}

void
ul_nal_splitter_sample_data (UlNalSplitter *self, const guint8 *data, gsize len)
{
  len = (gsize) MIN ((guint64) len, self->sample_left);
  while (len) {
    if (!self->nal_left) {
      advance (self, 1);
      take_prefix_byte (self, *data++);
      len--;
      continue;
    }
    gsize n = (gsize) MIN ((guint64) len, self->nal_left);
    gboolean whole = n == self->nal_left;
    tap (self, data, n);
    if (whole && self->len == 0 && self->zeros == 0) {
      gsize zeros = ending_zeros (data, n);
      emit_in_place (self, data, n - zeros, zeros, self->sample_offset, self->sample_time_us);
    } else {
      append_holding_zeros (self, data, n, self->sample_offset, self->sample_time_us);
      if (whole)
        emit (self, self->zeros, FALSE);
    }
    self->nal_left -= n;
    if (whole)
      self->len = self->zeros = 0;
    advance (self, n);
    data += n;
    len -= n;
  }
}

void
ul_nal_splitter_sample_end (UlNalSplitter *self)
{
  if (self->in_nal)
    emit (self, self->zeros, self->nal_left != 0);
  self->zeros = self->len = self->nal_left = self->sample_left = 0;
  self->prefix_have = 0;
}

/* --- NAL units without framing ---------------------------------------------------------- */

void
ul_nal_splitter_nal_begin (UlNalSplitter *self, gint64 offset, gint64 time_us)
{
  ul_nal_splitter_flush (self);
  begin_nal (self, 0);
  tap_start_code (self);
  self->sample_offset = offset;
  self->sample_time_us = time_us;
}

void
ul_nal_splitter_nal_data (UlNalSplitter *self, const guint8 *data, gsize len)
{
  if (!self->in_nal)
    return;
  tap (self, data, len);
  append_holding_zeros (self, data, len, self->sample_offset, self->sample_time_us);
}

void
ul_nal_splitter_nal_end (UlNalSplitter *self)
{
  if (self->in_nal)
    emit (self, self->zeros, FALSE);
  self->zeros = self->len = 0;
}

void
ul_nal_splitter_nal (UlNalSplitter *self, const guint8 *data, gsize len, gint64 offset, gint64 time_us)
{
  gsize zeros = ending_zeros (data, len);

  ul_nal_splitter_nal_begin (self, offset, time_us);
  tap (self, data, len);
  emit_in_place (self, data, len - zeros, zeros, offset, time_us);
}

void
ul_nal_splitter_drop (UlNalSplitter *self)
{
  self->in_nal = FALSE;
  self->zeros = self->len = 0;
  self->nal_left = self->sample_left = 0;
  self->prefix_have = 0;
}

/* --- the rest ------------------------------------------------------------------------- */

UlNalSplitter *
ul_nal_splitter_new (UlCodec codec, UlNalFunc func, UlNalPrefixFunc bad_prefix, gpointer user_data)
{
  UlNalSplitter *self = g_new0 (UlNalSplitter, 1);

  self->codec = codec;
  self->func = func;
  self->bad_prefix = bad_prefix;
  self->user_data = user_data;
  return self;
}

void
ul_nal_splitter_free (UlNalSplitter *self)
{
  if (!self)
    return;
  g_free (self->head);
  g_free (self);
}

gsize
ul_nal_unescape (const guint8 *data, gsize len, guint8 *out, guint *ret_prevention)
{
  gsize done = 0, n = 0;
  guint prevention = 0;
  const guint8 *found;

  while ((found = ul_nal_find (data + done, len - done, 3))) {
    gsize keep = (gsize) (found - data) + 2 - done;
    memmove (out + n, data + done, keep);
    n += keep;
    done += keep + 1;
    prevention++;
  }
  memmove (out + n, data + done, len - done);
  if (ret_prevention)
    *ret_prevention = prevention;
  return n + len - done;
}

gsize
ul_nal_escaped (const guint8 *data, gsize len, gsize n)
{
  guint zeros = 0;
  gsize i = 0;

  for (; i < len && n; i++) {
    gboolean prevention = zeros >= 2 && data[i] == 3;
    zeros = data[i] == 0 ? zeros + 1 : 0;
    n -= prevention ? 0 : 1;
  }
  return i;
}

const guint8 *
ul_nal_rbsp (const UlNal *nal, guint8 *buffer, gsize *ret_len)
{
  if (!ul_nal_find (nal->head, nal->head_len, 3)) {
    *ret_len = nal->head_len;
    return nal->head;
  }
  *ret_len = ul_nal_unescape (nal->head, nal->head_len, buffer, NULL);
  return buffer;
}

/* H.264 Table 7-1; the names that have no letters of their own there are kept short. */
static const char *const h264_names[32] = {
  [1] = "slice", [2] = "slice_A", [3] = "slice_B", [4] = "slice_C", [5] = "IDR", [6] = "SEI", [7] = "SPS", [8] = "PPS",
  [9] = "AUD", [10] = "EOSEQ", [11] = "EOS", [12] = "FILLER", [13] = "SPS_EXT", [14] = "PREFIX", [15] = "SUBSET_SPS",
  [16] = "DPS", [19] = "AUX", [20] = "SLICE_EXT", [21] = "SLICE_EXT_3D",
};

/* H.265 Table 7-1 */
static const char *const h265_names[64] = {
  [0] = "TRAIL_N", [1] = "TRAIL_R", [2] = "TSA_N", [3] = "TSA_R", [4] = "STSA_N", [5] = "STSA_R", [6] = "RADL_N",
  [7] = "RADL_R", [8] = "RASL_N", [9] = "RASL_R", [16] = "BLA_W_LP", [17] = "BLA_W_RADL", [18] = "BLA_N_LP",
  [19] = "IDR_W_RADL", [20] = "IDR_N_LP", [21] = "CRA", [32] = "VPS", [33] = "SPS", [34] = "PPS", [35] = "AUD",
  [36] = "EOS", [37] = "EOB", [38] = "FD", [39] = "PREFIX_SEI", [40] = "SUFFIX_SEI",
};

static const char *const numbered[64] = {
  "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
  "22", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34", "35", "36", "37", "38", "39", "40", "41",
  "42", "43", "44", "45", "46", "47", "48", "49", "50", "51", "52", "53", "54", "55", "56", "57", "58", "59", "60", "61",
  "62", "63",
};

const char *
ul_nal_type_name (UlCodec codec, guint type)
{
  const char *name = codec == UL_CODEC_H264 ? h264_names[type & 31] : h265_names[type & 63];

  return name ? name : numbered[type & 63];
}

gboolean
ul_nal_type_is_private (UlCodec codec, guint type)
{
  return (codec == UL_CODEC_H264 ? h264_names[type & 31] : h265_names[type & 63]) == NULL;
}
