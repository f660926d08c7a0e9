/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Called in rtspsrc's task under its lock: it copies and returns.  Every
 * response to a request that rtspsrc waits for passes through after_send(), the
 * 401 before a login too; keep-alive answers do not.
 */
#include "extension.h"

#include <gst/rtsp/gstrtspextension.h>
#include <string.h>

#include "dialogue.h"

struct _GstUnderlabelRtsp {
  GstElement parent;
  UlGstDialogue *dialogue; /* NULL before the first response */
  char *peer;              /* "host:port" of the dialogue */
  gboolean has_body;       /* a session description was heard as it was sent */
};

static void rtsp_extension_init (GstRTSPExtensionInterface *iface);

G_DEFINE_TYPE_WITH_CODE (GstUnderlabelRtsp, gst_underlabel_rtsp, GST_TYPE_ELEMENT,
                         G_IMPLEMENT_INTERFACE (GST_TYPE_RTSP_EXTENSION, rtsp_extension_init))
GST_ELEMENT_REGISTER_DEFINE (underlabelrtsp, "underlabelrtsp", GST_RANK_NONE, GST_TYPE_UNDERLABEL_RTSP)

static void
forget (GstUnderlabelRtsp *self)
{
  g_clear_pointer (&self->dialogue, ul_gst_dialogue_close);
  g_clear_pointer (&self->peer, g_free);
  self->has_body = FALSE;
}

/*
 * Of the requests that begin a session, to the address that rtspsrc was given.
 * The later ones go where the camera says (Content-Base), which may be an address
 * of its own network: NULL for them.
 */
static char *
peer_of (GstRTSPMessage *request)
{
  GstRTSPMethod method;
  GstRTSPVersion version;
  const gchar *uri = NULL;
  GstRTSPUrl *url = NULL;
  char *peer = NULL;

  if (gst_rtsp_message_parse_request (request, &method, &uri, &version) == GST_RTSP_OK && uri
      && (method == GST_RTSP_OPTIONS || method == GST_RTSP_DESCRIBE) && gst_rtsp_url_parse (uri, &url) == GST_RTSP_OK && url)
    peer = g_strdup_printf ("%s:%u", url->host, url->port);
  gst_rtsp_url_free (url);
  return peer;
}

/* An rtspsrc whose location was changed speaks with another device: that is another dialogue. */
static void
follow_peer (GstUnderlabelRtsp *self, GstRTSPMessage *request)
{
  g_autofree char *peer = peer_of (request);

  if (peer && self->peer && !g_str_equal (peer, self->peer))
    forget (self);
  if (peer && !self->peer)
    self->peer = g_steal_pointer (&peer);
  if (!self->dialogue)
    self->dialogue = ul_gst_dialogue_open ();
}

static void
add_head (GstUnderlabelRtsp *self, GstRTSPMessage *response)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GstRTSPStatusCode code = 0;
  const gchar *reason = NULL;
  GstRTSPVersion version = GST_RTSP_VERSION_1_0;

  if (gst_rtsp_message_parse_response (response, &code, &reason, &version) != GST_RTSP_OK)
    return;
  g_string_append_printf (text, "RTSP/%s %u %s\r\n", gst_rtsp_version_as_text (version), (guint) code, reason ? reason : "");
  gst_rtsp_message_append_headers (response, text);
  g_string_append (text, "\r\n");
  ul_gst_dialogue_add (self->dialogue, UL_DIALOGUE_HEAD, text->str, text->len);
}

/* The body is not parsed on its way: it is as it was sent. */
static void
add_body (GstUnderlabelRtsp *self, GstRTSPMessage *response)
{
  guint8 *body = NULL;
  guint len = 0;

  if (gst_rtsp_message_get_body (response, &body, &len) != GST_RTSP_OK || !body)
    return;
  while (len && body[len - 1] == 0)
    len--; /* the connection puts one behind */
  if (len < 2 || body[1] != '=')
    return;
  ul_gst_dialogue_add (self->dialogue, UL_DIALOGUE_BODY, (const char *) body, len);
  self->has_body = TRUE;
}

static GstRTSPResult
after_send (GstRTSPExtension *extension, GstRTSPMessage *request, GstRTSPMessage *response)
{
  GstUnderlabelRtsp *self = GST_UNDERLABEL_RTSP (extension);

  if (gst_rtsp_message_get_type (response) == GST_RTSP_MESSAGE_RESPONSE
      || gst_rtsp_message_get_type (response) == GST_RTSP_MESSAGE_HTTP_RESPONSE) {
    follow_peer (self, request);
    add_head (self, response);
    add_body (self, response);
  }
  return GST_RTSP_OK;
}

static GstRTSPResult
parse_sdp (GstRTSPExtension *extension, GstSDPMessage *sdp, GstStructure *s)
{
  GstUnderlabelRtsp *self = GST_UNDERLABEL_RTSP (extension);

  if (!self->dialogue)
    self->dialogue = ul_gst_dialogue_open ();
  if (!self->has_body) {
    /* It came another way than DESCRIBE: rtsp-sdp://, an application. */
    g_autofree char *text = gst_sdp_message_as_text (sdp);
    ul_gst_dialogue_add (self->dialogue, UL_DIALOGUE_SDP, text, strlen (text));
  }
  gst_structure_set (s, UL_DIALOGUE_ID_FIELD, G_TYPE_STRING, ul_gst_dialogue_id (self->dialogue), NULL);
  return GST_RTSP_OK;
}

static gboolean
configure_stream (GstRTSPExtension *extension, GstCaps *caps)
{
  return TRUE; /* FALSE would drop the stream */
}

static void
rtsp_extension_init (GstRTSPExtensionInterface *iface)
{
  iface->after_send = after_send;
  iface->parse_sdp = parse_sdp;
  iface->configure_stream = configure_stream;
}

static void
gst_underlabel_rtsp_dispose (GObject *object)
{
  forget (GST_UNDERLABEL_RTSP (object));
  G_OBJECT_CLASS (gst_underlabel_rtsp_parent_class)->dispose (object);
}

static void
gst_underlabel_rtsp_class_init (GstUnderlabelRtspClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = gst_underlabel_rtsp_dispose;
  gst_element_class_set_static_metadata (
    GST_ELEMENT_CLASS (klass), "RTSP dialogue for underlabel", "Network/Extension/Protocol",
    "Hands every RTSP response of an rtspsrc, a 401 too, and its session description to the underlabel elements behind it. It "
    "never stands in a pipeline: rtspsrc loads it where its rank is marginal or above, as with "
    "GST_PLUGIN_FEATURE_RANK=underlabelrtsp:MARGINAL in the environment. Requests, user names and passwords are not kept.",
    "The underlabel authors");
}

static void
gst_underlabel_rtsp_init (GstUnderlabelRtsp *self)
{
}
