/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "container/flv.h"
#include "container/framed.h"
#include "container/isobmff.h"
#include "container/matroska.h"
#include "container/mpegps.h"
#include "container/mpegts.h"
#include "examiner.h"

#include "container_inputs.h"
#include "seen.h"

/* A reader that gives at most `step` bytes a call, and one examiner a track. */
typedef struct {
  GByteArray *bytes;
  gsize step;
  UlExaminer *examiner[UL_MAX_VIDEO_TRACKS];
  UlEvidence *file;
  guint64 last_offset;
} Fixture;

static gssize
fixture_pread (gpointer user_data, void *buffer, gsize len, guint64 offset)
{
  Fixture *f = user_data;

  if (offset >= f->bytes->len)
    return 0;
  len = MIN (len, MIN (f->step, f->bytes->len - (gsize) offset));
  memcpy (buffer, f->bytes->data + offset, len);
  return (gssize) len;
}

static UlExaminer *
fixture_examiner (Fixture *f, guint track)
{
  cr_assert_lt (track, UL_MAX_VIDEO_TRACKS);
  if (!f->examiner[track])
    f->examiner[track] = ul_examiner_new ();
  return f->examiner[track];
}

static UlEvidence *
fixture_evidence (gpointer user_data, int track)
{
  Fixture *f = user_data;

  return track < 0 ? f->file : ul_examiner_evidence (fixture_examiner (f, (guint) track));
}

static UlBitstream *
fixture_bitstream (gpointer user_data, guint track, UlCodec codec)
{
  return ul_examiner_bitstream (fixture_examiner (user_data, track), codec);
}

static void
fixture_codec_name (gpointer user_data, guint track, const char *name)
{
  ul_examiner_set_codec_name (fixture_examiner (user_data, track), name);
}

static void
fixture_advance (gpointer user_data, guint64 offset)
{
  ((Fixture *) user_data)->last_offset = offset;
}

static UlReader
fixture_reader (Fixture *f)
{
  return (UlReader){ .pread = fixture_pread, .size = f->bytes->len, .user_data = f };
}

static UlTracks
fixture_tracks (Fixture *f)
{
  return (UlTracks){ .evidence = fixture_evidence,
                     .bitstream = fixture_bitstream,
                     .codec_name = fixture_codec_name,
                     .advance = fixture_advance,
                     .user_data = f };
}

static void
fixture_init (Fixture *f, GByteArray *bytes, gsize step)
{
  *f = (Fixture){ .bytes = bytes, .step = step, .file = ul_evidence_new () };
}

static guint64
fixture_pictures (Fixture *f)
{
  if (!f->examiner[0])
    return 0;
  ul_examiner_finish (f->examiner[0]);
  return ul_examiner_n_pictures (f->examiner[0]);
}

static void
fixture_clear (Fixture *f)
{
  for (guint i = 0; i < UL_MAX_VIDEO_TRACKS; i++)
    if (f->examiner[i])
      ul_examiner_free (f->examiner[i]);
  ul_evidence_free (f->file);
  g_byte_array_unref (f->bytes);
}

Test (window, reads_what_is_there_whatever_the_steps)
{
  for (gsize step = 1; step < 9; step += 3) {
    Fixture f;
    GByteArray *bytes = g_byte_array_new ();
    for (guint i = 0; i < 5000; i++)
      in_be (bytes, 1, i * 7);
    fixture_init (&f, bytes, step);
    UlReader reader = fixture_reader (&f);
    UlWindow w;
    ul_window_init (&w, &reader, 64);
    for (guint i = 0; i < 5000; i += 13) {
      const guint8 *p = ul_window_get (&w, i, 8);
      cr_assert_eq (p != NULL, i + 8 <= 5000);
      if (p)
        cr_assert_arr_eq (p, bytes->data + i, 8);
    }
    cr_assert_null (ul_window_get (&w, 0, 65));
    const guint8 *p;
    cr_assert_eq (ul_window_peek (&w, 4990, 64, &p), 10);
    cr_assert_eq (ul_window_peek (&w, 5000, 1, &p), 0);
    cr_assert_eq (ul_window_be32 (&w, 4), (7u * 4 & 255) << 24 | (7u * 5 & 255) << 16 | (7u * 6 & 255) << 8 | (7u * 7 & 255));
    ul_window_clear (&w);
    fixture_clear (&f);
  }
}

Test (guess, tells_codecs_by_headers)
{
  static const guint8 h264[] = { 0, 0, 0, 1, 0x41, 0x9a, 1, 2 };
  static const guint8 h265[] = { 0, 0, 0, 1, 0x02, 0x01, 0xd0, 1 };
  static const guint8 none[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

  cr_assert_eq (ul_container_guess_codec (h264, sizeof h264), UL_CODEC_H264);
  cr_assert_eq (ul_container_guess_codec (h265, sizeof h265), UL_CODEC_H265);
  cr_assert_eq (ul_container_guess_codec (none, sizeof none), UL_CODEC_NONE);
}

Test (isobmff, reads_marks_and_samples)
{
  for (gsize step = 1; step <= 4096; step *= 16) {
    Fixture f;
    fixture_init (&f, in_mp4 (), step);
    UlReader reader = fixture_reader (&f);
    UlTracks tracks = fixture_tracks (&f);
    guint n_video;

    cr_assert (ul_isobmff_probe (f.bytes->data, f.bytes->len, f.bytes->len));
    cr_assert_str_eq (ul_isobmff_read (&reader, &tracks, &n_video), "mp4");
    cr_assert_eq (n_video, 1);
    cr_assert_eq (fixture_pictures (&f), N_PICTURES);
    UlEvidence *evidence = ul_examiner_evidence (f.examiner[0]);
    cr_assert (has (f.file, UL_KEY_CONTAINER_BRAND, "major mp42"));
    cr_assert (has (f.file, UL_KEY_CONTAINER_BRAND, "compatible isom"));
    cr_assert (has (f.file, UL_KEY_CONTAINER_BOX_ORDER, "ftyp,mdat,moov"));
    cr_assert (has (f.file, UL_KEY_CONTAINER_TIMESCALE, "movie 600"));
    cr_assert (has (f.file, UL_KEY_CONTAINER_WRITER, "\xc2\xa9too SomeTool1"));
    cr_assert (has (evidence, UL_KEY_CONTAINER_TIMESCALE, "video 1000"));
    cr_assert (has (evidence, UL_KEY_CONTAINER_HANDLER, "vide Some Handler"));
    cr_assert (has (evidence, UL_KEY_CONTAINER_COMPRESSOR, "avc1 Some Name"));
    cr_assert_eq (ul_evidence_n_warnings (f.file), 0);
    cr_assert_eq (ul_evidence_n_warnings (evidence), 0);
    fixture_clear (&f);
  }
}

Test (isobmff, a_table_that_lies_costs_nothing)
{
  Fixture f;
  fixture_init (&f, in_mp4_claim (G_MAXUINT32), 4096);
  UlReader reader = fixture_reader (&f);
  UlTracks tracks = fixture_tracks (&f);
  guint n_video;

  ul_isobmff_read (&reader, &tracks, &n_video);
  cr_assert_eq (fixture_pictures (&f), N_PICTURES);
  cr_assert (warned (ul_examiner_evidence (f.examiner[0]), "says 4294967295 rows and holds 3"));
  fixture_clear (&f);
}

Test (isobmff, fragments)
{
  Fixture f;
  fixture_init (&f, in_fragmented (), 4096);
  UlReader reader = fixture_reader (&f);
  UlTracks tracks = fixture_tracks (&f);
  guint n_video;

  ul_isobmff_read (&reader, &tracks, &n_video);
  cr_assert_eq (fixture_pictures (&f), N_PICTURES);
  cr_assert_eq (ul_evidence_n_warnings (f.file), 0);
  fixture_clear (&f);
}

Test (isobmff, media_data_without_movie)
{
  Fixture f;
  fixture_init (&f, in_mp4_without_moov (), 4096);
  UlReader reader = fixture_reader (&f);
  UlTracks tracks = fixture_tracks (&f);
  guint n_video;

  ul_isobmff_read (&reader, &tracks, &n_video);
  cr_assert_eq (n_video, 1);
  cr_assert (warned (ul_examiner_evidence (f.examiner[0]), "32-bit lengths guessed from byte 32, 6 found"));
  fixture_clear (&f);
}

Test (isobmff, a_cut_file_says_how_far_it_was_read)
{
  Fixture f;
  GByteArray *bytes = g_byte_array_new ();
  in_box (bytes, "ftyp", in_ftyp ());
  GByteArray *moov = in_moov (in_stbl (0, N_PICTURES), FALSE);
  guint at = bytes->len + moov->len + 8 + 8;
  g_byte_array_unref (moov);
  in_box (bytes, "moov", in_moov (in_stbl (at, N_PICTURES), FALSE));
  in_box (bytes, "mdat", in_mdat ());
  g_byte_array_set_size (bytes, bytes->len - 5);
  fixture_init (&f, bytes, 4096);
  UlReader reader = fixture_reader (&f);
  UlTracks tracks = fixture_tracks (&f);
  guint n_video;

  ul_isobmff_read (&reader, &tracks, &n_video);
  cr_assert (warned (f.file, "inside mdat"));
  cr_assert (warned (ul_examiner_evidence (f.examiner[0]), "2 of 3 samples read"));
  fixture_clear (&f);
}

Test (mpegps, cut_at_the_front_it_is_found_again)
{
  GByteArray *whole = in_ps ();
  Fixture f;

  g_byte_array_remove_range (whole, 0, 40 + 14 + 3);
  fixture_init (&f, whole, 64);
  UlReader reader = fixture_reader (&f);
  UlTracks tracks = fixture_tracks (&f);
  guint n_video;

  cr_assert (ul_mpegps_probe (whole->data, whole->len, whole->len));
  ul_mpegps_read (&reader, &tracks, &n_video);
  cr_assert_eq (n_video, 1);
  cr_assert_eq (fixture_pictures (&f), N_PICTURES);
  cr_assert (warned (f.file, "outside of packs"));
  cr_assert (has (f.file, UL_KEY_CONTAINER_PES_ID, "e0"));
  fixture_clear (&f);
}

Test (mpegps, descriptors_alone)
{
  static const guint8 list[] = { 0x40, 4, 'H', 'K', 1, 2, 0x42, 2, 7, 16, 0x43, 9 };
  UlEvidence *evidence = ul_evidence_new ();

  cr_assert (ul_mpegps_descriptors (list, sizeof list, evidence));
  cr_assert (has (evidence, UL_KEY_CONTAINER_PSM_DESCRIPTOR, "4004484b0102"));
  cr_assert (has (evidence, UL_KEY_CONTAINER_PSM_DESCRIPTOR, "42020710"));
  cr_assert_not (ul_mpegps_descriptors ((const guint8 *) "\x01\x02\x03\x04", 4, evidence));
  ul_evidence_free (evidence);
}

Test (mpegts, garbage_before_and_between)
{
  GByteArray *bytes = g_byte_array_new (), *ts = in_ts ();
  Fixture f;
  gsize first;

  in_text (bytes, "garbage");
  in_bytes (bytes, ts->data, 188 * 3);
  in_bytes (bytes, ts->data + 188 * 3, ts->len - 188 * 3);
  g_byte_array_unref (ts);
  cr_assert_eq (ul_mpegts_probe (bytes->data, bytes->len, bytes->len, &first), 188);
  cr_assert_eq (first, 7);
  fixture_init (&f, bytes, 100);
  UlReader reader = fixture_reader (&f);
  UlTracks tracks = fixture_tracks (&f);
  guint n_video;
  ul_mpegts_read (&reader, &tracks, &n_video);
  cr_assert_eq (fixture_pictures (&f), N_PICTURES);
  fixture_clear (&f);
}

Test (framed, finds_the_way_back_after_damage)
{
  static const InBuild builds[] = { in_dhav, in_baichuan, in_jt1078, in_pave, in_hxvs };

  for (gsize i = 0; i < G_N_ELEMENTS (builds); i++) {
    GByteArray *bytes = builds[i](), *again = builds[i]();
    guint64 offset;
    guint n_video;
    Fixture f;

    in_text (bytes, "some bytes of damage");
    in_take (bytes, again);
    const UlFramedFormat *format = ul_framed_probe (bytes->data, bytes->len, bytes->len, &offset);
    cr_assert_not_null (format);
    fixture_init (&f, bytes, 33);
    UlReader reader = fixture_reader (&f);
    UlTracks tracks = fixture_tracks (&f);
    ul_framed_read (format, &reader, &tracks, offset, &n_video);
    cr_assert_eq (n_video, 1);
    cr_assert_eq (fixture_pictures (&f), 2 * N_PICTURES, "%s", format->name);
    cr_assert (warned (f.file, "frame"));
    cr_assert_eq (f.last_offset, bytes->len);
    fixture_clear (&f);
  }
}

Test (framed, plain_byte_streams_are_none)
{
  GByteArray *bytes = in_annexb ();
  guint64 offset;

  cr_assert_null (ul_framed_probe (bytes->data, bytes->len, bytes->len, &offset));
  cr_assert_not (ul_mpegps_probe (bytes->data, bytes->len, bytes->len));
  g_byte_array_unref (bytes);
}

/* Marks must not depend on how the reader cuts its answers. */
Test (marks, matroska_and_flv_in_small_steps)
{
  for (gsize step = 1; step < 40; step += 11) {
    Fixture f;
    fixture_init (&f, in_mkv (), step);
    UlReader reader = fixture_reader (&f);
    ul_matroska_marks (&reader, f.file);
    cr_assert (has (f.file, UL_KEY_CONTAINER_WRITER, "MuxingApp SomeMuxer 1"));
    cr_assert (has (f.file, UL_KEY_CONTAINER_CODEC, "V_MPEG4/ISO/AVC"));
    fixture_clear (&f);
    fixture_init (&f, in_flv (), step);
    reader = fixture_reader (&f);
    ul_flv_marks (&reader, f.file);
    cr_assert (has (f.file, UL_KEY_CONTAINER_WRITER, "encoder SomeTool 22"));
    fixture_clear (&f);
  }
}
