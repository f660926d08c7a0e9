/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole pipelines over files, beside what the command-line tool says of the same file. */
#include "gst_rig.h"

#define CORPUS UL_SOURCE_DIR "/../shared/corpus/recordings"

/* The report of a pipeline whose element is called "u"; NULL if another of its elements gives up. */
static char *
run (const char *line)
{
  g_autoptr (GError) error = NULL;
  char *report = NULL;

  rig_init ();
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  cr_assert_not_null (pipeline, "%s: %s", line, error ? error->message : "");
  g_autoptr (GstElement) u = gst_bin_get_by_name (GST_BIN (pipeline), "u");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  cr_assert_not_null (message, "%s: neither ends nor fails", line);
  cr_assert_neq (GST_MESSAGE_SRC (message), GST_OBJECT (u), "%s: the element gives up", line);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    report = rig_text (G_OBJECT (u), "report");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return report;
}

/* NULL if the tool refuses the file. */
static char *
inspect (const char *path, const char *without)
{
  const char *argv[] = { UL_TOOL, "inspect", "--json", "--no-hash", path, without ? "--without" : NULL, without, NULL };
  char *out = NULL;
  int status = 0;

  cr_assert (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, &status, NULL));
  if (!g_spawn_check_wait_status (status, NULL))
    g_clear_pointer (&out, g_free);
  return out;
}

static JsonObject *
stream_of (JsonParser *parser, const char *text)
{
  cr_assert (json_parser_load_from_data (parser, text, -1, NULL), "%s", text);
  return json_array_get_object_element (json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "streams"), 0);
}

/* Numbers of observations differ where one sees marks that the other cannot. */
static gboolean
is_number_of_observation (const char *name)
{
  return g_str_equal (name, "observations");
}

static gboolean
same (JsonNode *a, JsonNode *b)
{
  if (JSON_NODE_HOLDS_OBJECT (a) && JSON_NODE_HOLDS_OBJECT (b)) {
    JsonObject *x = json_node_get_object (a), *y = json_node_get_object (b);
    g_autoptr (GList) members = json_object_get_members (x);
    gboolean good = json_object_get_size (x) == json_object_get_size (y);
    for (GList *l = members; l && good; l = l->next)
      good = is_number_of_observation (l->data)
             || (json_object_has_member (y, l->data) && same (json_object_get_member (x, l->data), json_object_get_member (y, l->data)));
    return good;
  }
  if (JSON_NODE_HOLDS_ARRAY (a) && JSON_NODE_HOLDS_ARRAY (b)) {
    JsonArray *x = json_node_get_array (a), *y = json_node_get_array (b);
    gboolean good = json_array_get_length (x) == json_array_get_length (y);
    for (guint i = 0; good && i < json_array_get_length (x); i++)
      good = same (json_array_get_element (x, i), json_array_get_element (y, i));
    return good;
  }
  return json_node_equal (a, b);
}

static void
expect_same_answers (const char *what, const char *report, const char *inspected)
{
  g_autoptr (JsonParser) a = json_parser_new (), b = json_parser_new ();
  JsonNode *x = json_object_get_member (stream_of (a, report), "answers"), *y = json_object_get_member (stream_of (b, inspected), "answers");
  g_autofree char *left = json_to_string (x, TRUE), *right = json_to_string (y, TRUE);

  cr_expect (same (x, y), "%s\nelement: %s\ninspect: %s", what, left, right);
}

Test (pipeline, an_mp4_as_inspect_sees_it)
{
  g_autofree char *report = run ("filesrc location=" UL_SOURCE_DIR "/samples/x264.mp4 ! qtdemux ! underlabel name=u ! fakesink");
  g_autofree char *inspected = inspect (UL_SOURCE_DIR "/samples/x264.mp4", NULL);

  expect_same_answers ("x264.mp4", report, inspected);
}

Test (pipeline, a_byte_stream_as_inspect_sees_it)
{
  static const char *const blocks[] = { "", "blocksize=1", "blocksize=37", "blocksize=65536" };
  g_autofree char *inspected = inspect (UL_SOURCE_DIR "/samples/x264.h264", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++) {
    g_autofree char *line = g_strdup_printf ("filesrc location=" UL_SOURCE_DIR "/samples/x264.h264 %s ! video/x-h264,stream-format=byte-stream ! "
                                             "underlabel name=u without=container ! fakesink", blocks[i]);
    g_autofree char *report = run (line);
    expect_same_answers (blocks[i], report, inspected);
  }
}

/* Behind a parser start codes and access unit delimiters are the parser's. */
Test (pipeline, what_a_parser_rewrites_is_marked)
{
  g_autofree char *report = run ("filesrc location=" UL_SOURCE_DIR "/samples/x264.h264 ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au ! "
                                 "queue ! underlabel name=u ! fakesink");
  g_autofree char *direct = run ("filesrc location=" UL_SOURCE_DIR "/samples/x264.h264 ! video/x-h264,stream-format=byte-stream ! underlabel name=u ! fakesink");

  cr_assert_not_null (strstr (report, "parser-touched"));
  cr_assert_null (strstr (direct, "parser-touched"));
}

Test (pipeline, rtp_before_the_depayloader)
{
  g_autofree char *direct = run ("filesrc location=" UL_SOURCE_DIR "/samples/x264.mp4 ! qtdemux ! underlabel name=u without=container,packets ! fakesink");
  g_autofree char *rtp = run ("filesrc location=" UL_SOURCE_DIR "/samples/x264.mp4 ! qtdemux ! rtph264pay mtu=200 ! underlabel name=u "
                              "without=container,packets ! rtph264depay ! fakesink");

  expect_same_answers ("rtp", rtp, direct);
  cr_assert_not_null (strstr (rtp, "\"rtp.fragmentation\""));
  cr_assert_not_null (strstr (rtp, "depayloaded"));
}

/* Every MP4 of the corpus, container marks apart: those are gone behind a demuxer. */
Test (pipeline, mp4_of_the_corpus, .timeout = 300)
{
  g_autoptr (GDir) dir = g_dir_open (CORPUS, 0, NULL);
  guint n = 0, n_unread = 0;
  const char *name;

  if (!dir)
    cr_skip_test ("no ../shared/corpus");
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (CORPUS, name, NULL);
    if (!g_str_has_suffix (name, ".mp4"))
      continue;
    g_autofree char *inspected = inspect (path, "container");
    if (!inspected || !(strstr (inspected, "\"h264\"") || strstr (inspected, "\"h265\"")))
      continue;
    g_autofree char *line = g_strdup_printf ("filesrc location=%s ! qtdemux ! underlabel name=u without=container ! fakesink", path);
    g_autofree char *report = run (line);
    if (!report) {
      n_unread++;
      cr_log_info ("qtdemux does not read %s", name);
      continue;
    }
    n++;
    expect_same_answers (name, report, inspected);
  }
  cr_assert_gt (n, n_unread);
  cr_log_info ("%u files with equal answers, %u that qtdemux does not read", n, n_unread);
}

Test (pipeline, a_muxer_behind_it_gets_no_tags)
{
  g_autofree char *dir = g_dir_make_tmp ("underlabel-test-XXXXXX", NULL), *file = g_build_filename (dir, "out.mp4", NULL), *bytes = NULL;
  g_autofree char *line = g_strdup_printf ("filesrc location=" UL_SOURCE_DIR "/samples/x264.mp4 ! qtdemux ! h264parse ! underlabel name=u claimed=Axis ! "
                                           "mp4mux ! filesink location=%s", file);
  gsize len;
  g_autofree char *report = run (line);

  cr_assert_not_null (report);
  cr_assert (g_file_get_contents (file, &bytes, &len, NULL));
  cr_assert_null (memmem (bytes, len, "underlabel", 10));
  g_unlink (file);
  g_rmdir (dir);
}
