/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The element alone: buffers that lie ready in memory are pushed through
 * `identity` and `underlabel` in turn, each in a thread of its own that only
 * pushes.
 *
 *   bench_push PLUGIN.so FILE.mp4 mp4|rtp [RUNS]
 *
 * Prints "KIND identity SECONDS underlabel SECONDS": CPU seconds per GB, medians.
 */
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_BYTES (96 * 1024 * 1024)
#define PUSHED_BYTES (400e6)

typedef struct {
  GPtrArray *buffers;
  GstCaps *caps;
  gsize bytes;
} Stock;

/* As from a socket: one buffer a packet, one memory a buffer. */
static void
on_handoff (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer user_data)
{
  Stock *stock = user_data;
  gsize size = gst_buffer_get_size (buffer);

  if (stock->bytes + size > MAX_BYTES)
    return;
  GstBuffer *copy = gst_buffer_new_allocate (NULL, size, NULL);
  GstMapInfo map;
  gst_buffer_map (copy, &map, GST_MAP_WRITE);
  gst_buffer_extract (buffer, 0, map.data, size);
  gst_buffer_unmap (copy, &map);
  GST_BUFFER_PTS (copy) = GST_BUFFER_PTS (buffer);
  g_ptr_array_add (stock->buffers, copy);
  stock->bytes += size;
  if (!stock->caps)
    stock->caps = gst_pad_get_current_caps (pad);
}

static gboolean
fill (Stock *stock, const char *path, gboolean rtp)
{
  g_autofree char *line = g_strdup_printf ("filesrc location=\"%s\" ! qtdemux ! %s fakesink name=sink sync=false signal-handoffs=true", path,
                                           rtp ? "rtph264pay mtu=1400 config-interval=-1 !" : "");
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL), sink = NULL;

  if (!pipeline || !(sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink")))
    return FALSE;
  g_signal_connect (sink, "handoff", G_CALLBACK (on_handoff), stock);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS && stock->buffers->len;
}

static GstFlowReturn
swallow (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static double
thread_seconds (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

/* CPU seconds per GB of one run through one element. */
static double
run (const char *name, const Stock *stock)
{
  g_autoptr (GstElement) element = gst_object_ref_sink (gst_element_factory_make (name, NULL));
  g_autoptr (GstPad) in = gst_element_get_static_pad (element, "sink"), out = gst_element_get_static_pad (element, "src");
  g_autoptr (GstPad) src = gst_object_ref_sink (gst_pad_new ("src", GST_PAD_SRC)), sink = gst_object_ref_sink (gst_pad_new ("sink", GST_PAD_SINK));
  GstSegment segment;
  guint rounds = (guint) (PUSHED_BYTES / (double) stock->bytes) + 1;

  gst_pad_set_chain_function (sink, swallow);
  gst_pad_link (src, in);
  gst_pad_link (out, sink);
  gst_pad_set_active (sink, TRUE);
  gst_element_set_state (element, GST_STATE_PLAYING);
  gst_pad_set_active (src, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (src, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (src, gst_event_new_caps (stock->caps));
  gst_pad_push_event (src, gst_event_new_segment (&segment));
  double begin = thread_seconds ();
  for (guint round = 0; round < rounds; round++)
    for (guint i = 0; i < stock->buffers->len; i++)
      gst_pad_push (src, gst_buffer_ref (g_ptr_array_index (stock->buffers, i)));
  double seconds = thread_seconds () - begin;
  gst_pad_push_event (src, gst_event_new_eos ());
  gst_element_set_state (element, GST_STATE_NULL);
  gst_pad_set_active (src, FALSE);
  gst_pad_set_active (sink, FALSE);
  return seconds / ((double) stock->bytes * rounds / 1e9);
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

int
main (int argc, char **argv)
{
  Stock stock = { g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref), NULL, 0 };
  static const char *const names[] = { "identity", "underlabel" };
  double seconds[2][99];

  gst_init (&argc, &argv);
  if (argc < 4)
    return 64;
  g_autoptr (GstPlugin) plugin = gst_plugin_load_file (argv[1], NULL);
  int runs = argc > 4 ? CLAMP ((int) g_ascii_strtoll (argv[4], NULL, 10), 1, 99) : 9;
  if (!plugin || !fill (&stock, argv[2], strcmp (argv[3], "rtp") == 0))
    return 1;
  for (int r = 0; r < runs; r++)
    for (int k = 0; k < 2; k++)
      seconds[k][r] = run (names[k], &stock);
  g_print ("%s", argv[3]);
  for (int k = 0; k < 2; k++) {
    qsort (seconds[k], (size_t) runs, sizeof (double), compare);
    g_print (" %s %.5f", names[k], seconds[k][runs / 2]);
  }
  g_print ("\n");
  g_ptr_array_unref (stock.buffers);
  gst_clear_caps (&stock.caps);
  return 0;
}
