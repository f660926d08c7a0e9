/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plays a pipeline whose sources may fail one by one, as an operator's wall of
 * cameras does:
 *
 *   play_line PLUGIN.so LINE
 *
 * Prints what goes wrong as "ELEMENT: text" and goes on; ends with its standard
 * input.
 */
#include <gst/gst.h>

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return G_SOURCE_CONTINUE;
  gst_message_parse_error (message, &error, &debug);
  g_print ("%s: %s\n", GST_MESSAGE_SRC_NAME (message), error->message);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static int
play (const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  if (!pipeline || error) {
    g_printerr ("%s\n", error ? error->message : "no pipeline");
    return 1;
  }
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  guint watch = gst_bus_add_watch (bus, on_message, NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, loop);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_main_loop_run (loop);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_source_remove (watch);
  return 0;
}

int
main (int argc, char **argv)
{
  int code;

  gst_init (&argc, &argv);
  if (argc != 3)
    return 64;
  GstPlugin *plugin = gst_plugin_load_file (argv[1], NULL);
  if (!plugin)
    return 1;
  g_autoptr (GstPluginFeature) extension = gst_registry_lookup_feature (gst_registry_get (), "underlabelrtsp");
  gst_plugin_feature_set_rank (extension, GST_RANK_MARGINAL);
  g_clear_object (&extension);
  gst_object_unref (plugin);
  code = play (argv[2]);
  gst_deinit ();
  return code;
}
