/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>
#include <unistd.h>

#include "gst_rig.h"

static const char *const all_caps[] = { RIG_BYTES, RIG_AVC, RIG_RTP };

/* --- the stream goes through untouched ------------------------------------------------ */

Test (element, buffers_pass_by_pointer)
{
  for (gsize k = 0; k < G_N_ELEMENTS (all_caps); k++) {
    Rig rig = rig_new (all_caps[k], NULL);
    for (guint i = 0; i < 30; i++) {
      GstBuffer *in = rig_buffer (marked_unit (i, 0xaa, k == 0 ? 4 : 0), i);
      gpointer memory = gst_buffer_peek_memory (in, 0);
      GstBuffer *held = i & 1 ? gst_buffer_ref (in) : NULL; /* as behind a tee */
      GstBuffer *out = gst_harness_push_and_pull (rig.h, in);
      gst_clear_buffer (&held);
      cr_assert_eq (in, out);
      cr_assert_eq (gst_buffer_n_memory (out), 1);
      cr_assert_eq (gst_buffer_peek_memory (out, 0), memory);
      cr_assert_eq (GST_BUFFER_PTS (out), i * 40 * GST_MSECOND);
      gst_buffer_unref (out);
    }
    g_autoptr (GstCaps) want = gst_caps_from_string (all_caps[k]), got = gst_pad_get_current_caps (rig.h->sinkpad);
    cr_assert (gst_caps_is_equal (want, got));
    rig_free (&rig);
  }
}

Test (element, latency_is_that_of_upstream)
{
  Rig rig = rig_new (RIG_BYTES, NULL);

  gst_harness_set_upstream_latency (rig.h, 77 * GST_MSECOND);
  rig_play (&rig, RIG_BYTES, 0, 2, 0xaa);
  cr_assert_eq (gst_harness_query_latency (rig.h), 77 * GST_MSECOND);
  rig_free (&rig);
}

static GstPadProbeReturn
on_list (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  *(gpointer *) user_data = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
  return GST_PAD_PROBE_OK;
}

Test (element, lists_stay_lists_and_are_examined)
{
  Rig rig = rig_new (RIG_RTP, NULL);
  gpointer seen = NULL;
  g_autoptr (GstPad) src = gst_element_get_static_pad (rig.h->element, "src");
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER_LIST, on_list, &seen, NULL);

  for (guint i = 0; i < 30; i++) {
    g_autoptr (GPtrArray) packets = rig_packets (&rig, i, 0xaa, 1);
    GstBufferList *list = gst_buffer_list_new ();
    for (guint n = 0; n < packets->len; n++)
      gst_buffer_list_add (list, rig_buffer (g_ptr_array_index (packets, n), i));
    cr_assert_eq (gst_pad_push_list (rig.h->srcpad, list), GST_FLOW_OK);
    cr_assert_eq (seen, list);
    rig_drain (&rig);
  }
  g_autofree char *maker = rig_text (G_OBJECT (rig.h->element), "maker");
  cr_assert_str_eq (maker, "alder");
  rig_free (&rig);
}

/* --- what it says ------------------------------------------------------------------------ */

Test (element, names_the_maker_in_every_format)
{
  for (gsize k = 0; k < G_N_ELEMENTS (all_caps); k++) {
    Rig rig = rig_new (all_caps[k], "claimed", "Alder Cameras", NULL);
    rig_play (&rig, all_caps[k], 0, 30, 0xaa);
    cr_assert (gst_harness_push_event (rig.h, gst_event_new_eos ()));
    g_autoptr (GstMessage) message = rig_last_report (&rig);
    const GstStructure *s = gst_message_get_structure (message);
    cr_assert_str_eq (gst_structure_get_string (s, "maker"), "alder");
    cr_assert_str_eq (gst_structure_get_string (s, "maker-name"), "Alder Cameras");
    cr_assert_str_eq (gst_structure_get_string (s, "support"), "moderately-strong");
    cr_assert_str_eq (gst_structure_get_string (s, "label-finding"), "consistent");
    cr_assert_not_null (gst_structure_get_string (s, "stream-id"));
    for (guint f = 0; f < 2; f++)
      cr_assert (gst_structure_has_field_typed (s, (const char *[]){ "log10-lr", "restricted-log10-lr" }[f], G_TYPE_DOUBLE));
    for (guint f = 0; f < 3; f++)
      cr_assert_not_null (gst_structure_get_string (s, (const char *[]){ "platform", "software", "path" }[f]));
    g_autofree char *report = rig_text (G_OBJECT (rig.h->element), "report"), *finding = rig_text (G_OBJECT (rig.h->element), "label-finding");
    cr_assert_str_eq (gst_structure_get_string (s, "report"), report);
    cr_assert_str_eq (finding, "consistent");
    g_autoptr (JsonParser) parser = json_parser_new ();
    cr_assert (json_parser_load_from_data (parser, report, -1, NULL));
    JsonObject *root = json_node_get_object (json_parser_get_root (parser));
    cr_assert_str_eq (json_object_get_string_member (root, "schema"), "underlabel.report/1");
    cr_assert_eq (json_object_get_int_member (json_object_get_object_member (root, "input"), "frames"), 30);
    rig_free (&rig);
  }
}

static void
count_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  ++*(guint *) user_data;
}

Test (element, tells_early_and_only_of_changes)
{
  Rig rig = rig_new (RIG_BYTES, NULL);
  guint n_maker = 0, n_messages = 0;
  GstMessage *message;

  g_signal_connect (rig.h->element, "notify::maker", G_CALLBACK (count_notify), &n_maker);
  rig_play (&rig, RIG_BYTES, 0, 5, 0xaa);
  g_autofree char *early = rig_text (G_OBJECT (rig.h->element), "maker");
  cr_assert_str_eq (early, "alder");
  rig_play (&rig, RIG_BYTES, 5, 2000, 0xaa);
  while ((message = rig_message (&rig, GST_MESSAGE_ELEMENT, NULL))) {
    n_messages++;
    gst_message_unref (message);
  }
  cr_assert_leq (n_messages, 3, "%u messages", n_messages);
  cr_assert_leq (n_maker, 2);
  rig_free (&rig);
}

Test (element, interval_reports_at_that_pace)
{
  Rig rig = rig_new (RIG_BYTES, "interval", 10, NULL);
  guint n = 0;
  GstMessage *message;

  rig_play (&rig, RIG_BYTES, 0, 25 * 60, 0xaa);
  while ((message = rig_message (&rig, GST_MESSAGE_ELEMENT, "underlabel/report"))) {
    n++;
    gst_message_unref (message);
  }
  cr_assert_eq (n, 5, "%u reports in a minute", n);
  rig_free (&rig);
}

Test (element, a_stop_without_eos_reports_too)
{
  Rig rig = rig_new (RIG_BYTES, "interval", 3600, NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  cr_assert_null (rig_message (&rig, GST_MESSAGE_ELEMENT, NULL));
  gst_element_set_state (rig.h->element, GST_STATE_READY);
  g_autoptr (GstMessage) message = rig_last_report (&rig);
  cr_assert_not_null (message);
  rig_free (&rig);
}

Test (element, label_and_policy_warn_once)
{
  Rig rig = rig_new (RIG_BYTES, "claimed", "Axis", "policies", " us-ndaa-889 , qc-mcn-2023", NULL);

  rig_play (&rig, RIG_BYTES, 0, 300, 0xaa);
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  g_autoptr (GstMessage) warning = rig_message (&rig, GST_MESSAGE_WARNING, NULL), second = rig_message (&rig, GST_MESSAGE_WARNING, NULL);
  cr_assert_not_null (warning);
  cr_assert_null (second);
  g_autofree char *text = rig_complaint (warning), *policies = rig_text (G_OBJECT (rig.h->element), "policies");
  cr_assert_not_null (strstr (text, "label "), "%s", text);
  cr_assert_not_null (strstr (text, "Alder"), "%s", text);
  cr_assert_str_eq (policies, "us-ndaa-889,qc-mcn-2023");
  rig_free (&rig);
}

Test (element, settings_that_cannot_be_are_refused_at_the_start)
{
  static const char *const wrong[][2] = { { "policies", "no-such-policy" }, { "without", "weather" }, { "knowledge", "/nonexistent" } };

  rig_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GstElement) element = gst_object_ref_sink (gst_element_factory_make ("underlabel", NULL));
    g_autoptr (GstBus) bus = gst_bus_new ();
    gst_element_set_bus (element, bus);
    g_object_set (element, wrong[i][0], wrong[i][1], NULL);
    cr_assert_eq (gst_element_set_state (element, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    g_autoptr (GstMessage) error = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    g_autofree char *text = rig_complaint (error);
    cr_assert_not_null (strstr (text, wrong[i][1]), "%s", text);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_element_set_bus (element, NULL);
  }
}

/* The streaming thread reads them. */
Test (element, settings_stay_while_the_stream_runs)
{
  Rig rig = rig_new (RIG_BYTES, "claimed", "Alder", NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  g_object_set (rig.h->element, "claimed", "Other", "without", "bitstream", NULL);
  g_autofree char *claimed = rig_text (G_OBJECT (rig.h->element), "claimed"), *without = rig_text (G_OBJECT (rig.h->element), "without");
  cr_assert_str_eq (claimed, "Alder");
  cr_assert_null (without);
  rig_free (&rig);
}

Test (element, without_leaves_layers_out)
{
  Rig rig = rig_new (RIG_BYTES, "without", "sei,params", NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  g_autofree char *maker = rig_text (G_OBJECT (rig.h->element), "maker");
  cr_assert_str_eq (maker, "unknown");
  rig_free (&rig);
}

Test (element, location_holds_the_last_report)
{
  g_autofree char *dir = g_dir_make_tmp ("underlabel-test-XXXXXX", NULL), *path = g_build_filename (dir, "report.json", NULL), *text = NULL;
  Rig rig = rig_new (RIG_BYTES, "location", path, NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  g_autofree char *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert (g_file_get_contents (path, &text, NULL, NULL));
  cr_assert_str_eq (text, report);
  rig_free (&rig);
  g_unlink (path);
  cr_assert_eq (g_rmdir (dir), 0, "something else is left in the folder");
}

Test (element, a_location_that_cannot_be_written_is_a_warning)
{
  Rig rig = rig_new (RIG_BYTES, "location", "/nonexistent/report.json", NULL);

  rig_play (&rig, RIG_BYTES, 0, 300, 0xaa);
  g_autoptr (GstMessage) warning = rig_message (&rig, GST_MESSAGE_WARNING, NULL), second = rig_message (&rig, GST_MESSAGE_WARNING, NULL);
  cr_assert_not_null (warning);
  cr_assert_null (second);
  rig_free (&rig);
}

Test (element, metrics_hold_the_last_report)
{
  g_autofree char *dir = g_dir_make_tmp ("underlabel-test-XXXXXX", NULL), *path = g_build_filename (dir, "camera.prom", NULL), *text = NULL, *more = NULL;
  Rig rig = rig_new (RIG_BYTES, "metrics", path, "claimed", "Axis", "policies", "us-ndaa-889", NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  cr_assert (g_file_get_contents (path, &text, NULL, NULL));
  cr_assert_not_null (strstr (text, "maker=\"alder\""), "%s", text);
  cr_assert_not_null (strstr (text, "# TYPE underlabel_label_hit gauge\nunderlabel_label_hit{source=\""), "%s", text);
  cr_assert_not_null (strstr (text, "policy=\"us-ndaa-889\""), "%s", text);
  cr_assert_null (strstr (text, "} 300\n"), "%s", text);
  rig_play (&rig, RIG_BYTES, 30, 270, 0xaa);
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  cr_assert (g_file_get_contents (path, &more, NULL, NULL));
  cr_assert_not_null (strstr (more, "} 300\n"), "%s", more);
  rig_free (&rig);
  g_unlink (path);
  cr_assert_eq (g_rmdir (dir), 0, "something else is left in the folder");
}

Test (element, metrics_that_cannot_be_written_are_a_warning)
{
  Rig rig = rig_new (RIG_BYTES, "metrics", "/nonexistent/camera.prom", "interval", 1, NULL);

  rig_play (&rig, RIG_BYTES, 0, 300, 0xaa);
  g_autoptr (GstMessage) warning = rig_message (&rig, GST_MESSAGE_WARNING, NULL), second = rig_message (&rig, GST_MESSAGE_WARNING, NULL);
  cr_assert_not_null (warning);
  cr_assert_null (second);
  rig_free (&rig);
}

/* Also for a probe that comes late: the event is sticky. */
Test (element, answers_go_downstream)
{
  Rig rig = rig_new (RIG_BYTES, NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  g_autoptr (GstPad) src = gst_element_get_static_pad (rig.h->element, "src");
  g_autoptr (GstEvent) event = NULL;
  for (guint i = 0; !event; i++) {
    event = gst_pad_get_sticky_event (src, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, i);
    cr_assert_not_null (event);
    if (!gst_event_has_name (event, "underlabel/answers"))
      gst_clear_event (&event);
  }
  cr_assert_str_eq (gst_structure_get_string (gst_event_get_structure (event), "maker"), "alder");
  cr_assert_not (gst_structure_has_field (gst_event_get_structure (event), "report"));
  rig_free (&rig);
}

/* --- dialogues ------------------------------------------------------------------------------ */

static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Media\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=x-birch:1\r\n";

Test (element, a_dialogue_makes_it_strong_and_tags_stay_on_the_bus)
{
  GstElement *extension = rig_extension ();
  const char *url = "rtsp://admin:hunter2@192.0.2.1:554/live";
  rig_answer (extension, GST_RTSP_DESCRIBE, url, GST_RTSP_STS_UNAUTHORIZED, NULL, "Server", "AlderServer/1", "WWW-Authenticate", "Digest realm=\"Alder\", nonce=\"ab\"", NULL);
  rig_answer (extension, GST_RTSP_DESCRIBE, url, GST_RTSP_STS_OK, sdp, "Server", "AlderServer/1", "Content-Base", "rtsp://admin:hunter2@192.0.2.1:554/live/", NULL);
  g_autofree char *caps = rig_rtp_caps (extension);
  Rig rig = rig_new (caps, NULL);

  rig_play (&rig, caps, 0, 30, 0xaa);
  /* An answer that comes while the stream is under way, of an address that the camera has at home. */
  rig_answer (extension, GST_RTSP_PLAY, "rtsp://10.0.0.7/live/", GST_RTSP_STS_OK, NULL, "RTP-Info", "url=rtsp://192.0.2.1/live/trackID=1;seq=1", NULL);
  rig_play (&rig, caps, 30, 30, 0xaa);
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  g_autoptr (GstMessage) tag_message = rig_message (&rig, GST_MESSAGE_TAG, NULL);
  cr_assert_not_null (tag_message);
  g_autoptr (GstTagList) tags = NULL;
  g_autofree char *manufacturer = NULL;
  gst_message_parse_tag (tag_message, &tags);
  cr_assert (gst_tag_list_get_string (tags, GST_TAG_DEVICE_MANUFACTURER, &manufacturer));
  cr_assert_str_eq (manufacturer, "Alder Cameras");
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (rig.h))) {
    cr_assert_neq (GST_EVENT_TYPE (event), GST_EVENT_TAG);
    gst_event_unref (event);
  }
  g_autofree char *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert_not_null (strstr (report, "\"very-strong\""));
  cr_assert_not_null (strstr (report, "401 Unauthorized"));
  cr_assert_not_null (strstr (report, "x-birch:1"));
  cr_assert_not_null (strstr (report, "rtsp.rtp_info_form"));
  cr_assert_not_null (strstr (report, "parsed-by-library"));
  cr_assert_null (strstr (report, "hunter2"), "a password in the report");
  cr_assert_null (strstr (report, "c2VjcmV0"), "a login in the report");
  rig_free (&rig);
  gst_object_unref (extension);
}

Test (element, weaker_support_gives_no_tag)
{
  Rig rig = rig_new (RIG_BYTES, NULL);

  rig_play (&rig, RIG_BYTES, 0, 300, 0xaa);
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  cr_assert_null (rig_message (&rig, GST_MESSAGE_TAG, NULL));
  rig_free (&rig);
}

Test (element, two_cameras_stay_apart_and_two_streams_of_one_share)
{
  GstElement *a = rig_extension (), *b = rig_extension ();
  rig_answer (a, GST_RTSP_DESCRIBE, "rtsp://192.0.2.1/", GST_RTSP_STS_OK, sdp, "Server", "AlderServer/1", NULL);
  rig_answer (b, GST_RTSP_DESCRIBE, "rtsp://192.0.2.2/", GST_RTSP_STS_OK, sdp, "Server", "Other/2", NULL);
  g_autofree char *caps_a = rig_rtp_caps (a), *caps_b = rig_rtp_caps (b);
  Rig first = rig_new (caps_a, NULL), other = rig_new (caps_b, NULL), second = rig_new (caps_a, NULL);
  Rig *rigs[] = { &first, &other, &second };
  static const char *const makers[] = { "alder", "birch", "alder" };
  static const guint8 letters[] = { 0, 0xbb, 0 };

  for (guint i = 0; i < 40; i++)
    for (guint k = 0; k < 3; k++)
      rig_play (rigs[k], caps_a, i, 1, letters[k]);
  for (guint k = 0; k < 3; k++) {
    g_autofree char *maker = rig_text (G_OBJECT (rigs[k]->h->element), "maker"), *report = rig_text (G_OBJECT (rigs[k]->h->element), "report");
    cr_assert_str_eq (maker, makers[k]);
    cr_assert_eq (strstr (report, "AlderServer") == NULL, k == 1);
    rig_free (rigs[k]);
  }
  gst_object_unref (a);
  gst_object_unref (b);
}

/* The same rtspsrc with another location: nothing of the first camera is left. */
Test (element, another_address_is_another_dialogue)
{
  GstElement *extension = rig_extension ();
  rig_answer (extension, GST_RTSP_DESCRIBE, "rtsp://192.0.2.1/", GST_RTSP_STS_OK, sdp, "Server", "AlderServer/1", NULL);
  g_autofree char *before = rig_rtp_caps (extension);
  Rig rig = rig_new (before, NULL);
  rig_play (&rig, before, 0, 30, 0);
  g_autofree char *maker = rig_text (G_OBJECT (rig.h->element), "maker");
  cr_assert_str_eq (maker, "alder");

  rig_answer (extension, GST_RTSP_DESCRIBE, "rtsp://192.0.2.2/", GST_RTSP_STS_OK, sdp, "Server", "Other/2", NULL);
  g_autofree char *after = rig_rtp_caps (extension);
  cr_assert_str_neq (before, after);
  gst_harness_set_src_caps_str (rig.h, after);
  rig_play (&rig, after, 0, 30, 0);
  g_autofree char *maker_after = rig_text (G_OBJECT (rig.h->element), "maker"), *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert_str_eq (maker_after, "unknown");
  cr_assert_null (strstr (report, "AlderServer"));
  rig_free (&rig);
  gst_object_unref (extension);
}

Test (element, attributes_of_the_caps_are_read)
{
  const char *caps = RIG_RTP ", sprop-parameter-sets=(string)\"Z0IAHpWoKA9k,aM48gA\\=\\=\", a-x-old=(string)\"\", x-dimensions=(string)\"1920,1080\", "
                             "a-Media_header=(string)\"MEDIAINFO\\=494D4B48010100000400000100000000;\"";
  Rig rig = rig_new (caps, NULL);

  rig_play (&rig, caps, 0, 30, 0);
  g_autofree char *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert_not_null (strstr (report, "\"sdp.attribute\",\"value\":\"x-dimensions:1920,1080\""), "%s", report);
  cr_assert_not_null (strstr (report, "Media_header:MEDIAINFO=494D4B48"));
  cr_assert_not_null (strstr (report, "6742001e95a8280f64"), "the SPS of sprop-parameter-sets");
  cr_assert_null (strstr (report, "sdp.fmtp_form"), "what the caps have lost is no evidence");
  rig_free (&rig);
}

/* --- streams that are not as they should be ---------------------------------------------------- */

Test (element, a_change_of_marks_is_told_with_its_time)
{
  Rig rig = rig_new (RIG_BYTES, NULL);

  rig_play (&rig, RIG_BYTES, 0, 1000, 0xaa);
  cr_assert_null (rig_message (&rig, GST_MESSAGE_WARNING, NULL));
  rig_play (&rig, RIG_BYTES, 1000, 600, 0xbb);
  g_autoptr (GstMessage) warning = rig_message (&rig, GST_MESSAGE_WARNING, NULL);
  cr_assert_not_null (warning);
  /* The same marks again are nothing new, and a change all the same. */
  rig_play (&rig, RIG_BYTES, 1600, 4000, 0xaa);
  g_autoptr (GstMessage) back = rig_message (&rig, GST_MESSAGE_WARNING, NULL);
  cr_assert_not_null (back);
  g_autofree char *text = rig_complaint (warning), *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert_not_null (strstr (text, "at 40.000 s: Alder Cameras before, Birch Cameras"), "%s", text);
  cr_assert_not_null (strstr (report, "the maker's marks change at 40.000 s"));
  rig_free (&rig);
}

Test (element, caps_and_codec_may_change)
{
  static const char *const caps[] = { RIG_BYTES, RIG_AVC, RIG_RTP, "video/x-h265, stream-format=hvc1", "video/x-h265, stream-format=byte-stream, alignment=nal",
                                      "video/x-h264", RIG_BYTES };
  Rig rig = rig_new (NULL, NULL);

  for (gsize k = 0; k < G_N_ELEMENTS (caps); k++) {
    gst_harness_set_src_caps_str (rig.h, caps[k]);
    rig_play (&rig, caps[k], 0, 25, 0xaa);
  }
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  g_autofree char *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert_not_null (strstr (report, "both H.264 and H.265"));
  rig_free (&rig);
}

Test (element, another_stream_id_is_another_stream)
{
  Rig rig = rig_new (RIG_BYTES, NULL);

  rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
  gst_message_unref (rig_last_report (&rig));
  gst_harness_push_event (rig.h, gst_event_new_stream_start ("second"));
  g_autoptr (GstMessage) last_of_first = rig_last_report (&rig);
  cr_assert_str_eq (gst_structure_get_string (gst_message_get_structure (last_of_first), "maker"), "alder");
  rig_play (&rig, RIG_BYTES, 0, 30, 0xbb);
  g_autoptr (GstMessage) of_second = rig_last_report (&rig);
  cr_assert_str_eq (gst_structure_get_string (gst_message_get_structure (of_second), "maker"), "birch");
  cr_assert_str_eq (gst_structure_get_string (gst_message_get_structure (of_second), "stream-id"), "second");
  cr_assert_null (rig_message (&rig, GST_MESSAGE_WARNING, NULL));
  rig_free (&rig);
}

Test (element, seeks_and_flushes_and_gaps_break_nothing)
{
  for (gsize k = 0; k < G_N_ELEMENTS (all_caps); k++) {
    Rig rig = rig_new (all_caps[k], NULL);
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    for (guint round = 0; round < 8; round++) {
      rig_play (&rig, all_caps[k], 0, 25, 0xaa);
      switch (round % 4) {
      case 0:
        gst_harness_push_event (rig.h, gst_event_new_flush_start ());
        gst_harness_push_event (rig.h, gst_event_new_flush_stop (TRUE));
        gst_harness_push_event (rig.h, gst_event_new_segment (&segment));
        break;
      case 1:
        gst_harness_push_event (rig.h, gst_event_new_gap (GST_SECOND, GST_SECOND));
        break;
      case 2:
        segment.position = segment.start = 5 * GST_SECOND;
        gst_harness_push_event (rig.h, gst_event_new_segment (&segment));
        break;
      default: {
        GstBuffer *jump = rig_buffer (marked_unit (3, 0xaa, k == 0 ? 4 : 0), 3);
        GST_BUFFER_FLAG_SET (jump, GST_BUFFER_FLAG_DISCONT);
        rig_push (&rig, jump);
      }
      }
    }
    gst_harness_push_event (rig.h, gst_event_new_eos ());
    g_autofree char *maker = rig_text (G_OBJECT (rig.h->element), "maker"), *report = rig_text (G_OBJECT (rig.h->element), "report");
    cr_assert_str_eq (maker, "alder");
    cr_assert_null (strstr (report, "shape.undecodable"), "%s", report);
    rig_free (&rig);
  }
}

/* After EOS a flushing seek plays again: a new stream, a new report. */
Test (element, a_seek_after_eos_begins_anew)
{
  Rig rig = rig_new (RIG_BYTES, NULL);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  for (guint round = 0; round < 3; round++) {
    rig_play (&rig, RIG_BYTES, 0, 30, 0xaa);
    gst_harness_push_event (rig.h, gst_event_new_eos ());
    g_autoptr (GstMessage) message = rig_last_report (&rig);
    cr_assert_str_eq (gst_structure_get_string (gst_message_get_structure (message), "maker"), "alder");
    cr_assert_not_null (strstr (gst_structure_get_string (gst_message_get_structure (message), "report"), "\"frames\":30"));
    gst_harness_push_event (rig.h, gst_event_new_flush_start ());
    gst_harness_push_event (rig.h, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (rig.h, gst_event_new_segment (&segment));
  }
  rig_free (&rig);
}

Test (element, empty_and_foreign_buffers_pass)
{
  for (gsize k = 0; k < G_N_ELEMENTS (all_caps); k++) {
    Rig rig = rig_new (all_caps[k], NULL);
    for (guint i = 0; i < 200; i++) {
      rig_push (&rig, gst_buffer_new ());
      rig_push (&rig, gst_buffer_new_wrapped (g_memdup2 ("\xff\xff\xff\xff\0\1\2", 1 + i % 7), 1 + i % 7));
    }
    rig_play (&rig, all_caps[k], 0, 30, 0xaa);
    rig_free (&rig);
  }
}

Test (element, memories_are_read_where_they_lie)
{
  for (gsize k = 0; k < G_N_ELEMENTS (all_caps); k++)
    for (guint cut = 1; cut < 60; cut += RIG_SLOW ? 40 : 13) {
      Rig rig = rig_new (all_caps[k], NULL);
      for (guint i = 0; i < 30; i++) {
        g_autoptr (GPtrArray) parts = k == 2 ? rig_packets (&rig, i, 0xaa, 1) : g_ptr_array_new ();
        if (k < 2)
          g_ptr_array_add (parts, marked_unit (i, 0xaa, k == 0 ? 4 : 0));
        for (guint n = 0; n < parts->len; n++) {
          GstBuffer *whole = rig_buffer (g_ptr_array_index (parts, n), i), *buffer = gst_buffer_new ();
          gsize size = gst_buffer_get_size (whole);
          for (gsize at = 0; at < size;) {
            gsize len = gst_buffer_n_memory (buffer) == 15 ? size - at : MIN (cut, size - at);
            gst_buffer_append_memory (buffer, gst_memory_copy (gst_buffer_peek_memory (whole, 0), (gssize) at, (gssize) len));
            at += len;
          }
          gst_buffer_unref (whole);
          guint n_memories = gst_buffer_n_memory (buffer);
          GstBuffer *out = gst_harness_push_and_pull (rig.h, buffer);
          cr_assert_eq (gst_buffer_n_memory (out), n_memories, "memories were merged");
          gst_buffer_unref (out);
        }
      }
      gst_harness_push_event (rig.h, gst_event_new_eos ());
      g_autofree char *maker = rig_text (G_OBJECT (rig.h->element), "maker"), *report = rig_text (G_OBJECT (rig.h->element), "report");
      cr_assert_str_eq (maker, "alder");
      cr_assert_not_null (strstr (report, "\"frames\":30"), "%s", report);
      rig_free (&rig);
    }
}

Test (element, thirty_percent_loss)
{
  Rig rig = rig_new (RIG_RTP, NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);

  for (guint i = 0; i < 2000; i++) {
    g_autoptr (GPtrArray) packets = rig_packets (&rig, i, 0xaa, i < 1000 ? 1 : 2);
    for (guint n = 0; n < packets->len; n++)
      if (g_rand_double (random) < 0.3)
        g_byte_array_unref (g_ptr_array_index (packets, n));
      else
        rig_push (&rig, rig_buffer (g_ptr_array_index (packets, n), i));
  }
  gst_harness_push_event (rig.h, gst_event_new_eos ());
  g_autofree char *maker = rig_text (G_OBJECT (rig.h->element), "maker"), *report = rig_text (G_OBJECT (rig.h->element), "report");
  cr_assert_str_eq (maker, "alder");
  cr_assert_not_null (strstr (report, "RTP packets are missing"));
  cr_assert_not_null (strstr (report, "the RTP source changes from 00000001 to 00000002 at 40.000 s"), "%s", report);
  rig_free (&rig);
}

/* A day of 25 pictures a second has two million: what repeats is counted. */
Test (element, memory_does_not_grow, .timeout = 300)
{
  for (gsize k = 0; k < G_N_ELEMENTS (all_caps); k++) {
    Rig rig = rig_new (all_caps[k], NULL);
    const guint n = RIG_SLOW ? 500 : 3000;
    rig_play (&rig, all_caps[k], 0, n, 0xaa);
    gst_message_unref (rig_last_report (&rig));
    struct mallinfo2 before = mallinfo2 ();
    for (guint round = 0; round < 12; round++)
      rig_play (&rig, all_caps[k], n + round * n, n, 0xaa);
    struct mallinfo2 after = mallinfo2 ();
    cr_assert_leq (after.uordblks, before.uordblks + 64 * 1024, "%zu bytes more", after.uordblks - before.uordblks);
    rig_free (&rig);
  }
}
