/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reports on a stream that goes on, and streams that change hands. */
#include <criterion/criterion.h>

#include "marked_stream.h"
#include "underlabel.h"

static const UlInputInfo input = { .source = "test", .kind = "live" };

static UlKnowledge *
knowledge_new (void)
{
  char *dir = marked_knowledge_dir ();
  const char *dirs[] = { dir, NULL };
  g_autoptr (GError) error = NULL;
  UlKnowledge *knowledge = ul_knowledge_new (dirs, &error);

  marked_knowledge_remove (dir);
  cr_assert_not_null (knowledge, "%s", error ? error->message : "");
  return knowledge;
}

static void
feed (UlExaminer *examiner, guint first, guint n, guint8 letter)
{
  for (guint i = first; i < first + n; i++) {
    g_autoptr (GByteArray) unit = marked_unit (i, letter, 4);
    ul_examiner_feed_annexb (examiner, UL_STREAM_H264, unit->data, unit->len, -1, (gint64) i * 40000);
  }
}

static char *
report_json (UlKnowledge *knowledge, UlExaminer *examiner)
{
  UlQuestion question = { 0 };
  g_autoptr (UlReport) report = ul_report_new (knowledge, &input, &question, &examiner, 1, NULL);

  return ul_report_to_json (report, FALSE);
}

static char *
maker (UlKnowledge *knowledge, UlExaminer *examiner)
{
  UlQuestion question = { 0 };
  g_autoptr (UlReport) report = ul_report_new (knowledge, &input, &question, &examiner, 1, NULL);

  return g_strdup (ul_report_maker (report));
}

Test (watch, reports_on_the_way_name_the_maker_and_leave_no_trace)
{
  g_autoptr (UlKnowledge) knowledge = knowledge_new ();
  g_autoptr (UlExaminer) asked = ul_examiner_new (), left_alone = ul_examiner_new ();

  for (guint i = 0; i < 60; i++) {
    feed (asked, i, 1, 0xaa);
    g_autofree char *json = report_json (knowledge, asked), *id = maker (knowledge, asked);
    if (i >= 1)
      cr_assert_str_eq (id, "alder", "picture %u", i);
    if (i >= 21)
      cr_assert_not_null (strstr (json, "\"shape.gop\""), "picture %u", i);
  }
  feed (left_alone, 0, 60, 0xaa);
  ul_examiner_finish (asked);
  ul_examiner_finish (left_alone);
  g_autofree char *a = report_json (knowledge, asked), *b = report_json (knowledge, left_alone);
  cr_assert_str_eq (a, b);
}

Test (watch, news_are_counted)
{
  g_autoptr (UlExaminer) examiner = ul_examiner_new ();

  feed (examiner, 0, 40, 0xaa);
  guint64 before = ul_examiner_n_new (examiner);
  feed (examiner, 40, 400, 0xaa);
  cr_assert_eq (ul_examiner_n_new (examiner), before);
  cr_assert_geq (ul_examiner_n_pictures (examiner), 439);
  feed (examiner, 440, 10, 0xbb);
  cr_assert_gt (ul_examiner_n_new (examiner), before);
}

Test (watch, a_stream_that_changes_hands_is_told_with_the_time)
{
  g_autoptr (UlKnowledge) knowledge = knowledge_new ();
  g_autoptr (UlExaminer) examiner = ul_examiner_new ();
  g_autoptr (UlWatch) watch = ul_watch_new (knowledge, examiner);

  for (guint i = 0; i < 100; i += 20) {
    feed (examiner, i, 20, 0xaa);
    cr_assert_null (ul_watch_look (watch));
  }
  feed (examiner, 100, 30, 0xbb);
  g_autofree char *change = ul_watch_look (watch);
  cr_assert_str_eq (change, "the maker's marks change at 4.000 s: Alder Cameras before, Birch Cameras from there on");
  feed (examiner, 130, 20, 0xbb);
  cr_assert_null (ul_watch_look (watch));
  feed (examiner, 150, 30, 0xaa);
  g_autofree char *back = ul_watch_look (watch);
  cr_assert_not_null (strstr (back, "Birch Cameras before, Alder Cameras"), "%s", back);
  ul_examiner_finish (examiner);
  g_autofree char *json = report_json (knowledge, examiner);
  cr_assert_not_null (strstr (json, "the maker's marks change at 4.000 s"), "%s", json);
}

/* A dialogue is heard once and says nothing of what comes later. */
Test (watch, the_dialogue_does_not_count)
{
  g_autoptr (UlKnowledge) knowledge = knowledge_new ();
  g_autoptr (UlExaminer) examiner = ul_examiner_new ();
  g_autoptr (UlWatch) watch = ul_watch_new (knowledge, examiner);
  static const char answer[] = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: AlderServer/1\r\nPublic: DESCRIBE\r\n\r\n";

  ul_examiner_feed_message (examiner, answer, sizeof answer - 1);
  cr_assert_null (ul_watch_look (watch));
  feed (examiner, 0, 40, 0xbb);
  cr_assert_null (ul_watch_look (watch));
}

Test (watch, a_gap_breaks_counters_but_not_the_stream)
{
  g_autoptr (UlKnowledge) knowledge = knowledge_new ();
  g_autoptr (UlExaminer) examiner = ul_examiner_new ();

  for (guint round = 0; round < 10; round++) {
    feed (examiner, 0, 25, 0xaa); /* ends within a GOP, frame_num 4 */
    ul_examiner_feed_gap (examiner, round & 1);
  }
  ul_examiner_finish (examiner);
  g_autofree char *json = report_json (knowledge, examiner);
  cr_assert_not_null (strstr (json, "\"key\":\"slice.frame_num_gaps\",\"value\":\"none\""), "%s", json);
  cr_assert_not_null (strstr (json, "\"key\":\"shape.gop\",\"value\":\"10\""), "%s", json);
}

Test (watch, answers_by_name)
{
  g_autoptr (UlKnowledge) knowledge = knowledge_new ();
  g_autoptr (UlExaminer) examiner = ul_examiner_new ();
  UlQuestion question = { .claimed = "Axis" };
  UlReportAnswer a;

  feed (examiner, 0, 30, 0xaa);
  ul_examiner_finish (examiner);
  g_autoptr (UlReport) report = ul_report_new (knowledge, &input, &question, &examiner, 1, NULL);
  cr_assert (ul_report_get_answer (report, "maker", &a));
  cr_assert_str_eq (a.id, "alder");
  cr_assert_str_eq (a.name, "Alder Cameras");
  cr_assert_str_eq (a.support, "moderately-strong");
  cr_assert_float_eq (a.log10_lr, 2.76, 0.01, "%.3f", a.log10_lr);
  cr_assert (ul_report_get_answer (report, "path", &a));
  cr_assert (ul_report_get_answer (report, "restricted", &a));
  cr_assert_not (ul_report_get_answer (report, "weather", &a));
  g_autofree char *hits = ul_report_dup_hits (report);
  cr_assert (g_str_has_prefix (hits, "label "), "%s", hits);
}
