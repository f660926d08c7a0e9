/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "source/source.h"

#include "container_inputs.h"

static UlSourceResult *
new_result (void)
{
  UlSourceResult *result = g_new0 (UlSourceResult, 1);

  result->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_examiner_free);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  return result;
}

static char *
temp_file (const void *data, gsize len)
{
  char *name;
  int fd = g_file_open_tmp ("underlabel-test-XXXXXX", &name, NULL);

  cr_assert_geq (fd, 0);
  cr_assert_eq (write (fd, data, len), (gssize) len);
  close (fd);
  return name;
}

static gboolean
has (UlExaminer *examiner, const char *key, const char *value)
{
  UlEvidence *evidence = ul_examiner_evidence (examiner);

  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (g_str_equal (ul_key_name (o->key), key) && g_str_equal (o->value, value))
      return TRUE;
  }
  return FALSE;
}

Test (recording, every_family_by_content)
{
  for (gsize i = 0; i < G_N_ELEMENTS (in_families); i++) {
    GByteArray *bytes = in_families[i].build ();
    g_autofree char *name = temp_file (bytes->data, bytes->len);
    g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes->data, bytes->len);
    g_autoptr (GError) error = NULL;
    g_autoptr (UlSourceResult) result = ul_source_read (name, NULL, &error);

    cr_assert_not_null (result, "%s: %s", in_families[i].container, error ? error->message : "");
    cr_assert_eq (result->kind, UL_INPUT_RECORDING);
    cr_assert_str_eq (result->container, in_families[i].container);
    cr_assert_str_eq (result->sha256, sha256);
    cr_assert_eq (result->bytes, bytes->len);
    cr_assert_eq (result->streams->len, 1);
    UlExaminer *examiner = g_ptr_array_index (result->streams, 0);
    cr_assert_str_eq (ul_examiner_codec_name (examiner), "h264");
    if (in_families[i].build != in_mp4_without_moov)
      cr_assert_eq (ul_examiner_n_pictures (examiner), N_PICTURES, "%s %d", in_families[i].container, (int) i);
    cr_assert (has (examiner, in_families[i].key, in_families[i].value), "%s %d", in_families[i].container, (int) i);
    g_unlink (name);
    g_byte_array_unref (bytes);
  }
}

/* Whatever is missing at the end, there is an answer or a refusal, and never an internal error. */
Test (recording, every_truncation_of_every_family)
{
  for (gsize i = 0; i < G_N_ELEMENTS (in_families); i++) {
    GByteArray *bytes = in_families[i].build ();

    for (guint len = 0; len <= bytes->len; len++) {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, len);
      g_autoptr (UlSourceResult) result = new_result ();

      if (ul_recording_examine_bytes (copy, len, result))
        cr_assert_geq (result->streams->len, 1);
      else
        cr_assert_eq (result->streams->len, 0);
    }
    g_byte_array_unref (bytes);
  }
}

/* Damage in the middle of every family. */
Test (recording, every_byte_set_to_ff)
{
  for (gsize i = 0; i < G_N_ELEMENTS (in_families); i++) {
    GByteArray *bytes = in_families[i].build ();

    for (guint at = 0; at < bytes->len; at++) {
      guint8 saved = bytes->data[at];
      g_autoptr (UlSourceResult) result = new_result ();

      bytes->data[at] = 0xff;
      ul_recording_examine_bytes (bytes->data, bytes->len, result);
      bytes->data[at] = saved;
    }
    g_byte_array_unref (bytes);
  }
}

static void
assert_refused (const char *name, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UlSourceResult) result = ul_source_read (name, NULL, &error);

  cr_assert_null (result);
  cr_assert_not_null (error);
  cr_assert_eq (error->domain, UL_SOURCE_ERROR);
  cr_assert_eq (error->code, code, "%s", error->message);
  cr_assert_not_null (strstr (error->message, part), "%s", error->message);
  cr_assert_null (strchr (error->message, '\n'));
}

Test (source, refusals)
{
  static const struct {
    const char *data;
    gsize len;
    const char *part;
  } rows[] = {
    { "", 0, "empty" },
    { "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89", 10, "first bytes 80 81 82 83" },
    { "\xd4\xc3\xb2\xa1\2\0\4\0", 8, "no packet capture that can be read" },
    { "\x0a\x0d\x0d\x0a\x1c\0\0\0", 8, "no packet capture that can be read" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *name = temp_file (rows[i].data, rows[i].len);
    assert_refused (name, UL_SOURCE_ERROR_BAD_INPUT, rows[i].part);
    g_unlink (name);
  }
  assert_refused ("/nonexistent/file", UL_SOURCE_ERROR_NO_INPUT, "No such file");
  assert_refused ("/", UL_SOURCE_ERROR_NO_INPUT, "directory");
}

Test (source, garbage_of_a_hundred_gigabytes_is_refused_at_once, .timeout = 5)
{
  g_autofree char *name = temp_file ("", 0);

  if (truncate (name, (off_t) 100 << 30) < 0) {
    g_unlink (name);
    cr_skip_test ("skipped: no sparse files here");
  }
  assert_refused (name, UL_SOURCE_ERROR_BAD_INPUT, "not a recording");
  g_unlink (name);
}

Test (source, a_hole_is_passed_over, .timeout = 10)
{
  GByteArray *bytes = in_annexb ();
  g_autofree char *name = temp_file (bytes->data, bytes->len);
  UlSourceOptions options = { .no_hash = TRUE };
  g_autoptr (UlSourceResult) result = NULL;
  int fd = open (name, O_WRONLY);

  if (ftruncate (fd, (off_t) 8 << 30) < 0) {
    close (fd);
    g_unlink (name);
    cr_skip_test ("skipped: no sparse files here");
  }
  cr_assert_eq (pwrite (fd, bytes->data, bytes->len, (off_t) 8 << 30), (gssize) bytes->len);
  close (fd);
  result = ul_source_read (name, &options, NULL);
  cr_assert_not_null (result);
  cr_assert_null (result->sha256);
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), 2 * N_PICTURES);
  g_unlink (name);
  g_byte_array_unref (bytes);
}

Test (source, a_pipe_is_read_like_a_file)
{
  GByteArray *bytes = in_mp4 ();
  int ends[2];

  cr_assert_eq (pipe (ends), 0);
  cr_assert_eq (write (ends[1], bytes->data, bytes->len), (gssize) bytes->len);
  close (ends[1]);
  dup2 (ends[0], STDIN_FILENO);
  close (ends[0]);
  g_autoptr (UlSourceResult) result = ul_source_read ("-", NULL, NULL);
  cr_assert_not_null (result);
  cr_assert_str_eq (result->container, "mp4");
  cr_assert_str_eq (result->name, "standard input");
  cr_assert_eq (result->bytes, bytes->len);
  cr_assert_eq (ul_examiner_n_pictures (g_ptr_array_index (result->streams, 0)), N_PICTURES);
  g_byte_array_unref (bytes);
}

static void
count_progress (guint64 done, guint64 total, gpointer user_data)
{
  cr_assert_leq (done, total);
  ++*(guint *) user_data;
}

Test (source, progress_is_told)
{
  GByteArray *bytes = in_annexb ();
  g_autofree char *name = temp_file (bytes->data, bytes->len);
  guint calls = 0;
  UlSourceOptions options = { .progress = count_progress, .progress_data = &calls };
  g_autoptr (UlSourceResult) result = ul_source_read (name, &options, NULL);

  cr_assert_not_null (result);
  cr_assert_geq (calls, 1);
  g_unlink (name);
  g_byte_array_unref (bytes);
}

/* Real recordings: all but packet captures are read, and by whom is known. */
Test (corpus, recordings_are_read, .timeout = 120)
{
  const char *dir_name = UL_SOURCE_DIR "/../shared/corpus/recordings";
  GDir *dir = g_dir_open (dir_name, 0, NULL);
  const char *name;
  guint n = 0;

  if (!dir)
    cr_skip_test ("skipped: no ../shared/corpus");
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (dir_name, name, NULL);
    g_autoptr (GError) error = NULL;
    UlSourceOptions options = { .no_hash = TRUE };
    g_autoptr (UlSourceResult) result = ul_source_read (path, &options, &error);

    cr_assert_not_null (result, "%s: %s", name, error ? error->message : "");
    cr_assert_not_null (ul_examiner_codec_name (g_ptr_array_index (result->streams, 0)), "%s", name);
    n++;
  }
  g_dir_close (dir);
  cr_assert_gt (n, 0);
}
