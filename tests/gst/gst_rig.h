/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A harness around the element with a bus, and streams to push through it. */
#pragma once

#include <criterion/criterion.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/rtsp/gstrtspextension.h>
#include <json-glib/json-glib.h>

#include "../unit/marked_stream.h"

#define RIG_BYTES "video/x-h264, stream-format=byte-stream, alignment=au"
#define RIG_AVC "video/x-h264, stream-format=avc, alignment=au"
#define RIG_RTP "application/x-rtp, media=video, clock-rate=90000, encoding-name=H264, payload=96"

typedef struct {
  GstHarness *h;
  GstBus *bus;
  char *knowledge;
  guint16 sequence;
} Rig;

#if defined(__SANITIZE_ADDRESS__)
#define RIG_SLOW TRUE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RIG_SLOW TRUE
#endif
#endif
#ifndef RIG_SLOW
#define RIG_SLOW (g_getenv ("UL_SLOW") != NULL)
#endif

/*
 * GLib makes its table of quarks when it is loaded and leaves it behind on purpose
 * when it grows; the stack says so only if it is whole.
 */
const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);

__attribute__ ((visibility ("default"))) const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0:print_suppressions=0";
}

__attribute__ ((visibility ("default"))) const char *
__lsan_default_suppressions (void)
{
  return "leak:call_init\n";
}

static inline void
rig_init (void)
{
  static gsize done;

  if (g_once_init_enter (&done)) {
    /* Nothing here goes through a proxy, and its library throws C++ exceptions. */
    g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
    gst_init (NULL, NULL);
    cr_assert_not_null (gst_plugin_load_file (UL_GST_PLUGIN, NULL), "%s cannot be loaded", UL_GST_PLUGIN);
    g_once_init_leave (&done, 1);
  }
}

/* `properties`: name, value …, NULL for g_object_set(). */
static inline Rig
rig_new (const char *caps, ...) G_GNUC_NULL_TERMINATED;

static inline Rig
rig_new (const char *caps, ...)
{
  Rig rig = { 0 };
  va_list args;

  rig_init ();
  GstElement *element = gst_object_ref_sink (gst_element_factory_make ("underlabel", NULL));
  rig.knowledge = marked_knowledge_dir ();
  g_object_set (element, "knowledge", rig.knowledge, NULL);
  va_start (args, caps);
  const char *name = va_arg (args, const char *);
  if (name)
    g_object_set_valist (G_OBJECT (element), name, args);
  va_end (args);
  rig.bus = gst_bus_new ();
  gst_element_set_bus (element, rig.bus);
  rig.h = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  if (caps)
    gst_harness_set_src_caps_str (rig.h, caps);
  return rig;
}

static inline void
rig_free (Rig *rig)
{
  gst_element_set_bus (rig->h->element, NULL);
  gst_harness_teardown (rig->h);
  gst_bus_set_flushing (rig->bus, TRUE);
  gst_object_unref (rig->bus);
  marked_knowledge_remove (rig->knowledge);
}

static inline GstBuffer *
rig_buffer (GByteArray *bytes, guint i)
{
  gsize len = bytes->len;
  GstBuffer *buffer = gst_buffer_new_wrapped (g_byte_array_free (bytes, FALSE), len);

  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = i * 40 * GST_MSECOND;
  return buffer;
}

/* One RTP packet around a payload; owned. */
static inline GByteArray *
rig_packet (Rig *rig, guint i, const guint8 *payload, gsize len, guint32 ssrc)
{
  guint32 timestamp = i * 3600;
  guint8 head[12] = { 0x80, 96, (guint8) (rig->sequence >> 8), (guint8) rig->sequence };
  GByteArray *packet = g_byte_array_new ();

  rig->sequence++;
  for (guint k = 0; k < 4; k++) {
    head[4 + k] = (guint8) (timestamp >> (24 - 8 * k));
    head[8 + k] = (guint8) (ssrc >> (24 - 8 * k));
  }
  g_byte_array_append (packet, head, 12);
  g_byte_array_append (packet, payload, (guint) len);
  return packet;
}

/* The packets of a picture: single NAL units, FU-A of 100 bytes. */
static inline GPtrArray *
rig_packets (Rig *rig, guint i, guint8 letter, guint32 ssrc)
{
  g_autoptr (GPtrArray) nals = marked_picture (i, letter);
  GPtrArray *packets = g_ptr_array_new ();

  for (guint n = 0; n < nals->len; n++) {
    const GByteArray *nal = g_ptr_array_index (nals, n);
    if (nal->len <= 100) {
      g_ptr_array_add (packets, rig_packet (rig, i, nal->data, nal->len, ssrc));
      continue;
    }
    for (gsize at = 1; at < nal->len; at += 100) {
      gsize len = MIN (100, nal->len - at);
      guint8 payload[102] = { (nal->data[0] & 0xe0) | 28, (guint8) ((at == 1 ? 0x80 : 0) | (at + len == nal->len ? 0x40 : 0) | (nal->data[0] & 31)) };
      memcpy (payload + 2, nal->data + at, len);
      g_ptr_array_add (packets, rig_packet (rig, i, payload, len + 2, ssrc));
    }
  }
  return packets;
}

/* Takes what came out, so that it does not pile up. */
static inline void
rig_drain (Rig *rig)
{
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (rig->h)))
    gst_buffer_unref (buffer);
}

static inline void
rig_push (Rig *rig, GstBuffer *buffer)
{
  cr_assert_eq (gst_harness_push (rig->h, buffer), GST_FLOW_OK);
  rig_drain (rig);
}

static inline void
rig_play (Rig *rig, const char *caps, guint first, guint n, guint8 letter)
{
  for (guint i = first; i < first + n; i++) {
    if (strstr (caps, "x-rtp")) {
      g_autoptr (GPtrArray) packets = rig_packets (rig, i, letter, 0x11223344);
      for (guint k = 0; k < packets->len; k++)
        rig_push (rig, rig_buffer (g_ptr_array_index (packets, k), i));
    } else {
      rig_push (rig, rig_buffer (marked_unit (i, letter, strstr (caps, "byte-stream") ? 4 : 0), i));
    }
  }
}

/* The next message of a type, for element messages of a name; NULL if there is none. */
static inline GstMessage *
rig_message (Rig *rig, GstMessageType type, const char *name)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (rig->bus, type))) {
    if (!name || gst_message_has_name (message, name))
      return message;
    gst_message_unref (message);
  }
  return NULL;
}

/* The last report on the bus; all before it are taken off. */
static inline GstMessage *
rig_last_report (Rig *rig)
{
  GstMessage *last = NULL, *message;

  while ((message = rig_message (rig, GST_MESSAGE_ELEMENT, "underlabel/report"))) {
    gst_clear_message (&last);
    last = message;
  }
  return last;
}

static inline char *
rig_text (GObject *object, const char *property)
{
  char *text = NULL;

  g_object_get (object, property, &text, NULL);
  return text;
}

/* Texts of a warning or error message. */
static inline char *
rig_complaint (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, &debug);
  else
    gst_message_parse_error (message, &error, &debug);
  return g_strdup_printf ("%s / %s", error->message, debug ? debug : "");
}

/* --- a dialogue ----------------------------------------------------------------------- */

static inline void
rig_answer (GstElement *extension, GstRTSPMethod method, const char *url, GstRTSPStatusCode code, const char *body, ...) G_GNUC_NULL_TERMINATED;

/* The extension hears an answer; headers as name, value …, NULL. */
static inline void
rig_answer (GstElement *extension, GstRTSPMethod method, const char *url, GstRTSPStatusCode code, const char *body, ...)
{
  const char *header;
  GstRTSPMessage request = { 0 }, response = { 0 };
  va_list args;

  gst_rtsp_message_init_request (&request, method, url);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_AUTHORIZATION, "Basic c2VjcmV0OnNlY3JldA==");
  gst_rtsp_message_init_response (&response, code, NULL, &request);
  va_start (args, body);
  while ((header = va_arg (args, const char *)))
    gst_rtsp_message_add_header_by_name (&response, header, va_arg (args, const char *));
  va_end (args);
  if (body)
    gst_rtsp_message_set_body (&response, (const guint8 *) body, (guint) strlen (body) + 1);
  gst_rtsp_extension_after_send (GST_RTSP_EXTENSION (extension), &request, &response);
  gst_rtsp_message_unset (&request);
  gst_rtsp_message_unset (&response);
}

static inline GstElement *
rig_extension (void)
{
  rig_init ();
  return gst_object_ref_sink (gst_element_factory_make ("underlabelrtsp", NULL));
}

/* RTP caps as rtspsrc makes them behind this extension; owned. */
static inline char *
rig_rtp_caps (GstElement *extension)
{
  g_autoptr (GstStructure) s = gst_structure_new_empty ("application/x-unknown");
  GstSDPMessage *sdp = NULL;

  gst_sdp_message_new (&sdp);
  gst_rtsp_extension_parse_sdp (GST_RTSP_EXTENSION (extension), sdp, s);
  gst_sdp_message_free (sdp);
  return g_strdup_printf (RIG_RTP ", x-underlabel-evidence-id=(string)%s", gst_structure_get_string (s, "x-underlabel-evidence-id"));
}
