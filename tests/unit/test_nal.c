/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "bit_writer.h"
#include "bitstream/nal.h"

typedef struct {
  GString *log;
  guint n, bad_prefixes;
} Log;

static void
log_nal (const UlNal *nal, gpointer user_data)
{
  Log *log = user_data;

  log->n++;
  g_string_append_printf (log->log, "%" G_GINT64_FORMAT "+%" G_GUINT64_FORMAT " sc%u z%" G_GUINT64_FORMAT " t%d ", nal->offset,
                          nal->len, nal->start_code, nal->trailing_zeros, nal->truncated);
  for (gsize i = 0; i < nal->head_len; i++)
    g_string_append_printf (log->log, "%02x", nal->head[i]);
  g_string_append_c (log->log, '/');
  for (gsize i = 0; i < nal->tail_len; i++)
    g_string_append_printf (log->log, "%02x", nal->tail[i]);
  g_string_append_c (log->log, '\n');
}

static void
log_prefix (guint64 says, guint64 left, gint64 offset, gpointer user_data)
{
  ((Log *) user_data)->bad_prefixes++;
}

static char *
split (const guint8 *data, gsize len, gsize chunk, guint *ret_n)
{
  Log log = { g_string_new (NULL), 0, 0 };
  g_autoptr (UlNalSplitter) s = ul_nal_splitter_new (UL_CODEC_H264, log_nal, NULL, &log);

  for (gsize at = 0; at < len; at += chunk) {
    /* A copy of exactly that size: reading past it is seen by the sanitizer. */
    g_autofree guint8 *copy = g_memdup2 (data + at, MIN (chunk, len - at));
    ul_nal_splitter_annexb (s, copy, MIN (chunk, len - at), (gint64) at, -1);
  }
  ul_nal_splitter_flush (s);
  if (ret_n)
    *ret_n = log.n;
  return g_string_free (log.log, FALSE);
}

Test (nal, find_agrees_with_a_plain_search)
{
  g_autoptr (GRand) r = g_rand_new_with_seed (1);
  guint8 data[700];

  for (guint round = 0; round < 3000; round++) {
    gsize len = (gsize) g_rand_int_range (r, 0, sizeof data), want = len;
    for (gsize i = 0; i < len; i++)
      data[i] = (guint8) (g_rand_int_range (r, 0, round % 3 ? 40 : 3));
    for (gsize i = 0; i < len && round % 4 == 0; i++)
      data[i] |= 4;
    for (gsize i = len; i-- > 0;)
      if (i + 2 < len && !data[i] && !data[i + 1] && data[i + 2] == 1)
        want = i;
    const guint8 *got = ul_nal_find (data, len, 1);
    cr_assert_eq (got ? (gsize) (got - data) : len, want);
  }
}

Test (nal, any_chunking_gives_the_same)
{
  g_autoptr (GRand) r = g_rand_new_with_seed (2);
  static const gsize chunks[] = { 1, 2, 3, 5, 7, 64, 333, 1024 };

  for (guint round = 0; round < 60; round++) {
    gsize len = 3000;
    g_autofree guint8 *data = g_malloc (len);
    guint n;
    for (gsize i = 0; i < len; i++)
      data[i] = (guint8) (g_rand_int_range (r, 0, 10) < 7 - (gint) (round % 6) ? 0 : g_rand_int_range (r, 0, round % 2 ? 3 : 200));
    g_autofree char *whole = split (data, len, len, &n);
    for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
      g_autofree char *cut = split (data, len, chunks[c], NULL);
      cr_assert_str_eq (cut, whole, "chunks of %zu", chunks[c]);
    }
  }
}

Test (nal, start_codes_and_zeros)
{
  static const guint8 data[] = { 9, 9, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 0, 0, 3, 1, 7, 0, 0 };
  guint n;
  g_autofree char *log = split (data, sizeof data, sizeof data, &n);

  cr_assert_eq (n, 3);
  cr_assert_str_eq (log, "5+3 sc3 z1 t0 670102/670102\n13+2 sc4 z0 t0 6803/6803\n18+6 sc3 z2 t0 650000030107/650000030107\n");
}

Test (nal, long_units_keep_a_window)
{
  GByteArray *b = g_byte_array_new ();
  guint8 *fill = g_malloc (300000);
  Log log = { g_string_new (NULL), 0, 0 };

  memset (fill, 0x55, 300000);
  fill[299999] = 0x56;
  g_byte_array_append (b, (const guint8 *) "\0\0\1\x65", 4);
  g_byte_array_append (b, fill, 300000);
  g_autofree char *whole = split (b->data, b->len, b->len, NULL), *cut = split (b->data, b->len, 4096, NULL);
  cr_assert_str_eq (whole, cut);
  cr_assert (g_str_has_prefix (whole, "3+300001 sc3 z0"));
  cr_assert_lt (strlen (whole), 2 * UL_NAL_HEAD_BYTES + 100);
  g_string_free (log.log, TRUE);
  g_byte_array_unref (b);
  g_free (fill);
}

static char *
split_sample (const guint8 *data, gsize len, guint prefix, gsize chunk, guint *ret_bad)
{
  Log log = { g_string_new (NULL), 0, 0 };
  g_autoptr (UlNalSplitter) s = ul_nal_splitter_new (UL_CODEC_H264, log_nal, log_prefix, &log);

  ul_nal_splitter_sample_begin (s, prefix, len, 100, -1);
  for (gsize at = 0; at < len; at += chunk) {
    g_autofree guint8 *copy = g_memdup2 (data + at, MIN (chunk, len - at));
    ul_nal_splitter_sample_data (s, copy, MIN (chunk, len - at));
  }
  ul_nal_splitter_sample_end (s);
  if (ret_bad)
    *ret_bad = log.bad_prefixes;
  return g_string_free (log.log, FALSE);
}

Test (nal, length_prefixes)
{
  static const guint8 data[] = { 0, 3, 0x67, 1, 2, 0, 0, 0, 2, 0x68, 0, 0, 9, 0x65, 8 };
  guint bad;

  for (gsize chunk = 1; chunk <= sizeof data; chunk++) {
    g_autofree char *log = split_sample (data, sizeof data, 2, chunk, &bad);
    cr_assert_str_eq (log, "102+3 sc0 z0 t0 670102/670102\n109+1 sc0 z1 t0 68/68\n113+2 sc0 z0 t1 6508/6508\n", "chunk %zu", chunk);
    cr_assert_eq (bad, 1);
  }
}

Test (nal, unescape)
{
  static const guint8 in[] = { 0x67, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3, 0, 3, 0, 0, 3 };
  static const guint8 want[] = { 0x67, 0, 0, 1, 0, 0, 0, 0, 3, 0, 3, 0, 0 };
  guint8 out[sizeof in];
  guint n;

  cr_assert_eq (ul_nal_unescape (in, sizeof in, out, &n), sizeof want);
  cr_assert_arr_eq (out, want, sizeof want);
  cr_assert_eq (n, 4);
}

static void
keep (const guint8 *data, gsize len, gpointer user_data)
{
  g_byte_array_append (user_data, data, (guint) len);
}

static void
expect_tapped (GByteArray *got, const guint8 *want, gsize len, gsize chunk)
{
  cr_assert (got->len == len && memcmp (got->data, want, len) == 0, "chunks of %u", (guint) chunk);
  g_byte_array_set_size (got, 0);
}

Test (nal, the_tap_gets_one_byte_stream)
{
  static const guint8 stream[] = { 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4, 5 };
  /* A NAL unit of no bytes among them, and a prefix that says more than there is. */
  static const guint8 sample[] = { 0, 3, 0x67, 1, 2, 0, 0, 0, 2, 0x68, 3, 0, 9, 0x65, 4, 5 };
  static const guint8 sample_stream[] = { 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4, 5 };
  static const guint8 nal_stream[] = { 0, 0, 0, 1, 0x65, 4, 5 };
  g_autoptr (GByteArray) got = g_byte_array_new ();

  for (gsize chunk = 1; chunk <= sizeof stream; chunk++) {
    Log log = { g_string_new (NULL), 0, 0 };
    g_autoptr (UlNalSplitter) s = ul_nal_splitter_new (UL_CODEC_H264, log_nal, log_prefix, &log);

    ul_nal_splitter_set_tap (s, keep, got);
    for (gsize at = 0; at < sizeof stream; at += chunk)
      ul_nal_splitter_annexb (s, stream + at, MIN (chunk, sizeof stream - at), -1, -1);
    expect_tapped (got, stream, sizeof stream, chunk);
    ul_nal_splitter_sample_begin (s, 2, sizeof sample, -1, -1);
    for (gsize at = 0; at < sizeof sample; at += chunk)
      ul_nal_splitter_sample_data (s, sample + at, MIN (chunk, sizeof sample - at));
    ul_nal_splitter_sample_end (s);
    expect_tapped (got, sample_stream, sizeof sample_stream, chunk);
    ul_nal_splitter_nal (s, nal_stream + 4, 3, -1, -1);
    ul_nal_splitter_nal_begin (s, -1, -1);
    ul_nal_splitter_nal_data (s, nal_stream + 4, 2);
    ul_nal_splitter_nal_data (s, nal_stream + 6, 1);
    ul_nal_splitter_nal_end (s);
    cr_assert_eq (got->len, 2 * sizeof nal_stream);
    g_byte_array_remove_range (got, 0, sizeof nal_stream);
    expect_tapped (got, nal_stream, sizeof nal_stream, chunk);
    ul_nal_splitter_set_tap (s, NULL, NULL);
    ul_nal_splitter_annexb (s, stream, sizeof stream, -1, -1);
    cr_assert_eq (got->len, 0);
    g_string_free (log.log, TRUE);
  }
}
