/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Live streams: rtspsrc against gst-rtsp-server, whose words are not ours. */
#include <gst/rtsp-server/rtsp-server.h>

#include "gst_rig.h"

typedef struct {
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GstRTSPServer *server;
  guint source;
  char *url; /* without a path */
} Server;

static gpointer
serve (gpointer data)
{
  Server *s = data;

  g_main_context_push_thread_default (s->context);
  g_main_loop_run (s->loop);
  g_main_context_pop_thread_default (s->context);
  return NULL;
}

static void
protect (GstRTSPServer *server, GstRTSPMediaFactory *factory)
{
  g_autoptr (GstRTSPAuth) auth = gst_rtsp_auth_new ();
  g_autoptr (GstRTSPToken) token = gst_rtsp_token_new (GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", NULL);

  gst_rtsp_auth_set_supported_methods (auth, GST_RTSP_AUTH_DIGEST);
  gst_rtsp_auth_add_digest (auth, "viewer", "hunter2", token);
  gst_rtsp_server_set_auth (server, auth);
  gst_rtsp_media_factory_add_role (factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                   GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
}

static Server *
server_new (const char *launch, gboolean protected)
{
  Server *s = g_new0 (Server, 1);

  rig_init ();
  gst_plugin_feature_set_rank (GST_PLUGIN_FEATURE (gst_registry_lookup_feature (gst_registry_get (), "underlabelrtsp")), GST_RANK_MARGINAL);
  s->context = g_main_context_new ();
  s->loop = g_main_loop_new (s->context, FALSE);
  s->server = gst_rtsp_server_new ();
  gst_rtsp_server_set_address (s->server, "127.0.0.1");
  gst_rtsp_server_set_service (s->server, "0");
  GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new ();
  gst_rtsp_media_factory_set_launch (factory, launch);
  if (protected)
    protect (s->server, factory);
  g_autoptr (GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points (s->server);
  gst_rtsp_mount_points_add_factory (mounts, "/live", factory);
  s->source = gst_rtsp_server_attach (s->server, s->context);
  cr_assert_neq (s->source, 0);
  s->url = g_strdup_printf ("127.0.0.1:%d/live", gst_rtsp_server_get_bound_port (s->server));
  s->thread = g_thread_new ("server", serve, s);
  return s;
}

static void
server_free (Server *s)
{
  g_main_loop_quit (s->loop);
  g_thread_join (s->thread);
  g_object_unref (s->server);
  g_main_loop_unref (s->loop);
  g_main_context_unref (s->context);
  g_free (s->url);
  g_free (s);
}

#define H264 "( videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96 )"

static guint64
frames_of (const char *report)
{
  const char *found = report ? strstr (report, "\"frames\":") : NULL;

  return found ? g_ascii_strtoull (found + 9, NULL, 10) : 0;
}

/* Runs until the element "u" has seen `frames` pictures; its report, NULL after ten seconds. */
static char *
watch (GstElement *pipeline, const char *name, guint frames)
{
  g_autoptr (GstElement) u = gst_bin_get_by_name (GST_BIN (pipeline), name);

  for (guint i = 0; i < 200; i++) {
    char *report = NULL;
    g_object_get (u, "report", &report, NULL);
    if (frames_of (report) >= frames)
      return report;
    g_free (report);
    g_usleep (50000);
  }
  return NULL;
}

static GstElement *
play (const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  GstElement *pipeline = gst_parse_launch (line, &error);
  cr_assert_not_null (pipeline, "%s", error ? error->message : "");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

static void
stop (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
expect_dialogue (const char *report)
{
  static const char *const marks[] = { "\"rtsp.server\",\"value\":\"GStreamer RTSP server\"", "\"sdp.line_order\"", "\"rtsp.transport_form\"", "\"rtsp.rtp_info_form\"",
                                       "\"parsed-by-library\"" };

  cr_assert_not_null (report, "no report");
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    cr_assert_not_null (strstr (report, marks[i]), "no %s in %s", marks[i], report);
}

Test (rtsp, the_dialogue_reaches_the_element_over_tcp_and_udp, .timeout = 60)
{
  Server *s = server_new (H264, FALSE);

  for (guint i = 0; i < 2; i++) {
    GstElement *pipeline = play ("rtspsrc location=rtsp://%s protocols=%s latency=0 ! underlabel name=u interval=1 ! rtph264depay ! fakesink sync=false", s->url,
                                 i ? "udp" : "tcp");
    g_autofree char *report = watch (pipeline, "u", 20);
    expect_dialogue (report);
    cr_assert_not_null (strstr (report, "\"kind\":\"live\""));
    cr_assert_not_null (strstr (report, "\"rtp.fragmentation\""));
    stop (pipeline);
  }
  server_free (s);
}

Test (rtsp, a_login_is_heard_and_not_kept, .timeout = 60)
{
  Server *s = server_new (H264, TRUE);
  GstElement *pipeline = play ("rtspsrc location=rtsp://viewer:hunter2@%s protocols=tcp latency=0 ! underlabel name=u interval=1 ! fakesink sync=false", s->url);
  g_autofree char *report = watch (pipeline, "u", 20);

  expect_dialogue (report);
  cr_assert_not_null (strstr (report, "401 Unauthorized"), "%s", report);
  cr_assert_not_null (strstr (report, "\"rtsp.realm\""));
  cr_assert_null (strstr (report, "hunter2"));
  cr_assert_null (strstr (report, "viewer"));
  stop (pipeline);
  server_free (s);
}

/* Caps before a depayloader have the id; behind it the element asks upstream. */
Test (rtsp, behind_a_depayloader_and_in_uridecodebin, .timeout = 60)
{
  Server *s = server_new (H264, FALSE);
  GstElement *pipeline = play ("rtspsrc location=rtsp://%s protocols=tcp latency=0 ! rtph264depay ! h264parse ! queue ! underlabel name=u interval=1 ! fakesink sync=false",
                               s->url);
  g_autofree char *report = watch (pipeline, "u", 20);
  expect_dialogue (report);
  cr_assert_not_null (strstr (report, "\"parser-touched\""));
  stop (pipeline);

  pipeline = play ("uridecodebin uri=rtsp://%s caps=\"video/x-h264\" ! underlabel name=u interval=1 ! fakesink sync=false", s->url);
  g_autofree char *inside = watch (pipeline, "u", 20);
  expect_dialogue (inside);
  stop (pipeline);
  server_free (s);
}

Test (rtsp, cameras_of_one_pipeline_stay_apart, .timeout = 90)
{
  enum { N = 4 };
  Server *servers[N];
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < N; i++) {
    g_autofree char *launch = g_strdup_printf ("( videotestsrc is-live=true ! video/x-raw,width=%u,height=240,framerate=25/1 ! x264enc tune=zerolatency key-int-max=10 ! "
                                               "rtph264pay name=pay0 pt=%u )", 160 + 32 * i, 100 + i);
    servers[i] = server_new (launch, i & 1);
    g_string_append_printf (line, "rtspsrc location=rtsp://viewer:hunter2@%s protocols=tcp latency=0 ! underlabel name=u%u interval=1 ! fakesink sync=false ", servers[i]->url, i);
  }
  GstElement *pipeline = play ("%s", line->str);
  for (guint i = 0; i < N; i++) {
    g_autofree char *name = g_strdup_printf ("u%u", i), *report = watch (pipeline, name, 20);
    g_autofree char *size = g_strdup_printf ("\"h264.sps.size\",\"value\":\"%ux240\"", 160 + 32 * i), *media = g_strdup_printf ("video 0 RTP/AVP %u", 100 + i);
    expect_dialogue (report);
    cr_assert_not_null (strstr (report, size), "camera %u: %s", i, report);
    cr_assert_not_null (strstr (report, media));
    cr_assert_eq (strstr (report, "401 Unauthorized") != NULL, i & 1);
    for (guint k = 0; k < N; k++) {
      /* Its port alone would be found in other numbers by chance. */
      cr_assert_eq (strstr (report, servers[k]->url) != NULL, i == k, "camera %u speaks of camera %u", i, k);
    }
  }
  stop (pipeline);
  for (guint i = 0; i < N; i++)
    server_free (servers[i]);
}

Test (rtsp, without_the_extension_the_caps_must_do, .timeout = 60)
{
  Server *s = server_new (H264, FALSE);
  gst_plugin_feature_set_rank (GST_PLUGIN_FEATURE (gst_registry_lookup_feature (gst_registry_get (), "underlabelrtsp")), GST_RANK_NONE);
  GstElement *pipeline = play ("rtspsrc location=rtsp://%s protocols=tcp latency=0 ! underlabel name=u interval=1 ! fakesink sync=false", s->url);
  g_autofree char *report = watch (pipeline, "u", 20);

  cr_assert_not_null (strstr (report, "\"sdp.attribute\""), "%s", report);
  cr_assert_null (strstr (report, "\"rtsp.server\""));
  stop (pipeline);
  server_free (s);
}

/* The session is gone and comes back: what the camera said is heard again, and nothing piles up. */
Test (rtsp, a_reconnect_is_the_same_camera, .timeout = 60)
{
  Server *s = server_new (H264, FALSE);
  GstElement *pipeline = play ("rtspsrc location=rtsp://%s protocols=tcp latency=0 ! underlabel name=u interval=1 ! fakesink sync=false", s->url);

  for (guint i = 0; i < 4; i++) {
    g_autofree char *report = watch (pipeline, "u", 20);
    expect_dialogue (report);
    gst_element_set_state (pipeline, GST_STATE_READY);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    g_usleep (300000);
  }
  stop (pipeline);
  server_free (s);
}
