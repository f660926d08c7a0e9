/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-underlabel
 * @title: underlabel
 *
 * Tells who really made a camera, from the video that passes: #GstMessage and
 * properties hold the answers, the stream itself goes on untouched.
 *
 * |[
 * gst-launch-1.0 -m filesrc location=clip.mp4 ! qtdemux ! underlabel claimed=Lorex ! fakesink
 * GST_PLUGIN_FEATURE_RANK=underlabelrtsp:MARGINAL gst-launch-1.0 -m rtspsrc location=rtsp://camera/ ! underlabel ! fakesink
 * ]|
 */
#include "element.h"

#include "announce.h"
#include "library.h"
#include "stream.h"

GST_DEBUG_CATEGORY_STATIC (ul_debug);
#define GST_CAT_DEFAULT ul_debug

struct _GstUnderlabel {
  GstBaseTransform parent;

  /* Set while stopped; read by the streaming thread without a lock. */
  char *claimed, *knowledge_dir;
  char **policies, **without, **trust;
  gboolean builtin_trust;

  /* Of the streaming thread, from start() to stop(). */
  UlKnowledge *knowledge;
  UlGstStream *stream;
  GstCaps *caps;
  char *stream_id;
  char *signature;      /* of the answers announced last */
  char *authenticity;   /* verdict and key announced last */
  gboolean hits_told, location_failed, metrics_failed;

  /* Under the object lock. */
  char *location, *metrics;
  guint interval;
  UlReport *report;     /* the last one */
  char *json;           /* of it; NULL until asked for */
};

enum { PROP_0, PROP_CLAIMED, PROP_POLICIES, PROP_KNOWLEDGE, PROP_WITHOUT, PROP_TRUST, PROP_BUILTIN_TRUST, PROP_INTERVAL, PROP_LOCATION, PROP_METRICS, PROP_REPORT, PROP_MAKER, PROP_LABEL_FINDING, N_PROPS };
static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (UL_MEDIA_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (UL_MEDIA_CAPS));

G_DEFINE_TYPE (GstUnderlabel, gst_underlabel, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (underlabel, "underlabel", GST_RANK_NONE, GST_TYPE_UNDERLABEL,
                                       GST_DEBUG_CATEGORY_INIT (ul_debug, "underlabel", 0, "who made the camera"))

/* --- announcing ---------------------------------------------------------------------------- */

/* With the object lock held. */
static const char *
json_of_report (GstUnderlabel *self)
{
  if (!self->json && self->report)
    self->json = ul_report_to_json (self->report, FALSE);
  return self->json;
}

/* To the file that the property `*place` names; `failed` lets one warning do for a stream. */
static void
write_file (GstUnderlabel *self, char *const *place, const char *text, gboolean *failed)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  GST_OBJECT_LOCK (self);
  path = g_strdup (*place);
  GST_OBJECT_UNLOCK (self);
  if (!path || ul_announce_write (path, text, &error))
    return;
  if (!*failed)
    GST_ELEMENT_WARNING (self, RESOURCE, WRITE, ("The report cannot be written."), ("%s", error->message));
  *failed = TRUE;
}

/* Of every report, announced or not: what it counts goes on. */
static void
write_metrics (GstUnderlabel *self)
{
  g_autofree char *text = NULL;

  GST_OBJECT_LOCK (self);
  text = self->metrics ? ul_report_to_prometheus (self->report) : NULL;
  GST_OBJECT_UNLOCK (self);
  if (text)
    write_file (self, &self->metrics, text, &self->metrics_failed);
}

static void
warn_of_hits (GstUnderlabel *self, const UlReport *report)
{
  g_autofree char *hits = self->hits_told ? NULL : ul_report_dup_hits (report);

  if (!hits)
    return;
  self->hits_told = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The evidence speaks against the label or calls a policy."), ("%s", hits));
}

static void
announce (GstUnderlabel *self, UlReport *report, gboolean downstream)
{
  g_autofree char *json = NULL;
  GstTagList *tags = ul_announce_tags (report);

  GST_OBJECT_LOCK (self);
  json = g_strdup (json_of_report (self));
  GST_OBJECT_UNLOCK (self);
  gst_element_post_message (GST_ELEMENT (self),
                            gst_message_new_element (GST_OBJECT (self), ul_announce_structure (report, UL_MESSAGE_NAME, self->stream_id, json)));
  if (downstream)
    gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self),
                        gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
                                              ul_announce_structure (report, UL_EVENT_NAME, self->stream_id, NULL)));
  /* On the bus alone: in the stream a muxer would write them into the recording. */
  if (tags)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_tag (GST_OBJECT (self), tags));
  warn_of_hits (self, report);
  write_file (self, &self->location, json, &self->location_failed);
}

/* Keeps the report and tells of the properties that it changes. */
static void
keep_report (GstUnderlabel *self, UlReport *report)
{
  gboolean maker_changed, finding_changed;

  GST_OBJECT_LOCK (self);
  UlReport *before = self->report;
  maker_changed = g_strcmp0 (before ? ul_report_maker (before) : NULL, ul_report_maker (report)) != 0;
  finding_changed = g_strcmp0 (before ? ul_report_label_finding (before) : NULL, ul_report_label_finding (report)) != 0;
  self->report = report;
  g_clear_pointer (&self->json, g_free);
  GST_OBJECT_UNLOCK (self);
  ul_report_free (before);
  if (maker_changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAKER]);
  if (finding_changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LABEL_FINDING]);
}

static UlQuestion
question_of (const GstUnderlabel *self)
{
  return (UlQuestion){ .claimed = self->claimed, .policies = (const char *const *) self->policies, .without = (const char *const *) self->without,
                       .trust = (const char *const *) self->trust, .no_builtin_trust = !self->builtin_trust };
}

/* Of a stream without signatures there is nothing to tell. */
static void
announce_authenticity (GstUnderlabel *self, const UlReport *report)
{
  UlReportAuthenticity a;

  if (!ul_report_get_authenticity (report, &a))
    return;
  char *now = g_strdup_printf ("%s %s", a.verdict, a.key);
  gboolean changed = g_strcmp0 (now, self->authenticity) != 0;
  g_free (self->authenticity);
  self->authenticity = now;
  if (!changed)
    return;
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), ul_announce_authenticity (&a, self->stream_id)));
  if (ul_report_signature_fails (report))
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("A signature in the video does not hold."), ("%s", a.why ? a.why : a.key));
}

typedef enum { ANNOUNCE_CHANGES, ANNOUNCE_ALWAYS } Announce;

static void
judge (GstUnderlabel *self, Announce when, gboolean downstream)
{
  UlQuestion question = question_of (self);
  g_autoptr (GError) error = NULL;
  UlReport *report = ul_gst_stream_judge (self->stream, self->knowledge, &question, &error);
  g_autofree char *change = report ? ul_watch_look_at (self->stream->watch, report) : NULL, *signature = NULL;

  if (change) {
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The maker's marks change within the stream."), ("%s", change));
    ul_report_free (report);
    report = ul_gst_stream_judge (self->stream, self->knowledge, &question, &error);
  }
  if (!report) {
    GST_WARNING_OBJECT (self, "no report: %s", error->message);
    return;
  }
  signature = ul_announce_signature (report);
  keep_report (self, report);
  write_metrics (self);
  announce_authenticity (self, report);
  if (when == ANNOUNCE_CHANGES && !change && g_strcmp0 (signature, self->signature) == 0)
    return;
  g_free (self->signature);
  self->signature = g_steal_pointer (&signature);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REPORT]);
  announce (self, self->report, downstream);
}

/* The stream is over: its last report, and the element is as new. */
static void
close_stream (GstUnderlabel *self, gboolean downstream)
{
  UlGstStream *stream = self->stream;

  if (!stream)
    return;
  if (stream->begun || stream->n_heard) {
    ul_gst_stream_finish (stream);
    judge (self, ANNOUNCE_ALWAYS, downstream);
  }
  self->stream = NULL;
  ul_gst_stream_free (stream);
  g_clear_pointer (&self->signature, g_free);
  g_clear_pointer (&self->authenticity, g_free);
  self->hits_told = self->location_failed = self->metrics_failed = FALSE;
}

/* --- the stream ------------------------------------------------------------------------------ */

static gint64
interval_us (GstUnderlabel *self)
{
  return (gint64) g_atomic_int_get ((gint *) &self->interval) * G_USEC_PER_SEC;
}

/* After EOS a seek may bring more buffers: with the same caps, as a new stream. */
static void
open_stream (GstUnderlabel *self)
{
  self->stream = ul_gst_stream_new (self->knowledge, self->stream_id);
  if (self->caps)
    ul_gst_stream_set_caps (self->stream, GST_BASE_TRANSFORM_SINK_PAD (self), self->caps);
}

static void
examine (GstUnderlabel *self, GstBuffer *buffer)
{
  gint64 interval = interval_us (self);

  if (G_UNLIKELY (!self->stream))
    open_stream (self);
  ul_gst_stream_buffer (self->stream, buffer, &GST_BASE_TRANSFORM (self)->segment);
  if (G_UNLIKELY (ul_gst_stream_due (self->stream, buffer, interval)))
    judge (self, interval ? ANNOUNCE_ALWAYS : ANNOUNCE_CHANGES, TRUE);
}

static GstFlowReturn
gst_underlabel_transform_ip (GstBaseTransform *transform, GstBuffer *buffer)
{
  examine (GST_UNDERLABEL (transform), buffer);
  return GST_FLOW_OK;
}

/* The base class takes lists apart; here they go on as they came. */
static GstFlowReturn
chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstUnderlabel *self = GST_UNDERLABEL (parent);
  GstPad *src = GST_BASE_TRANSFORM_SRC_PAD (self);
  guint n = gst_buffer_list_length (list);

  if (!gst_base_transform_reconfigure (GST_BASE_TRANSFORM (self))) {
    gst_buffer_list_unref (list);
    return GST_PAD_IS_FLUSHING (src) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
  }
  for (guint i = 0; i < n; i++)
    examine (self, gst_buffer_list_get (list, i));
  return gst_pad_push_list (src, list);
}

static gboolean
gst_underlabel_set_caps (GstBaseTransform *transform, GstCaps *in, GstCaps *out)
{
  GstUnderlabel *self = GST_UNDERLABEL (transform);

  gst_caps_replace (&self->caps, in);
  if (self->stream && ul_gst_stream_is_foreign (self->stream, GST_BASE_TRANSFORM_SINK_PAD (self)))
    close_stream (self, TRUE);
  if (!self->stream)
    open_stream (self);
  else
    ul_gst_stream_set_caps (self->stream, GST_BASE_TRANSFORM_SINK_PAD (self), in);
  return TRUE;
}

static void
take_stream_start (GstUnderlabel *self, GstEvent *event)
{
  const gchar *id;

  gst_event_parse_stream_start (event, &id);
  if (g_strcmp0 (id, self->stream_id) == 0)
    return;
  close_stream (self, FALSE);
  g_free (self->stream_id);
  self->stream_id = g_strdup (id);
}

static void
take_tags (GstUnderlabel *self, GstEvent *event)
{
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  if (!self->stream)
    open_stream (self);
  ul_gst_stream_tags (self->stream, tags);
}

static gboolean
gst_underlabel_sink_event (GstBaseTransform *transform, GstEvent *event)
{
  GstUnderlabel *self = GST_UNDERLABEL (transform);

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    take_stream_start (self, event);
    break;
  case GST_EVENT_TAG:
    take_tags (self, event);
    break;
  case GST_EVENT_FLUSH_STOP:
    if (self->stream)
      ul_gst_stream_gap (self->stream, TRUE);
    break;
  case GST_EVENT_GAP:
    if (self->stream)
      ul_gst_stream_gap (self->stream, !self->stream->media.aligned);
    break;
  case GST_EVENT_EOS:
    close_stream (self, TRUE);
    break;
  default:
    break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_underlabel_parent_class)->sink_event (transform, event);
}

/* --- starting and stopping ------------------------------------------------------------------- */

/* Unknown policies and layers are told before the first buffer. */
static gboolean
check_question (GstUnderlabel *self, GError **error)
{
  UlQuestion question = question_of (self);
  UlInputInfo none = { .kind = "live" };
  g_autoptr (UlReport) probe = ul_report_new (self->knowledge, &none, &question, NULL, 0, error);

  return probe != NULL;
}

static gboolean
gst_underlabel_start (GstBaseTransform *transform)
{
  GstUnderlabel *self = GST_UNDERLABEL (transform);
  g_autoptr (GError) error = NULL;

  self->knowledge = ul_library_acquire (self->knowledge_dir, &error);
  if (self->knowledge && check_question (self, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  g_clear_pointer (&self->knowledge, ul_library_release);
  return FALSE;
}

static gboolean
gst_underlabel_stop (GstBaseTransform *transform)
{
  GstUnderlabel *self = GST_UNDERLABEL (transform);

  close_stream (self, FALSE);
  gst_clear_caps (&self->caps);
  g_clear_pointer (&self->stream_id, g_free);
  g_clear_pointer (&self->knowledge, ul_library_release);
  return TRUE;
}

/* --- properties ---------------------------------------------------------------------------------- */

/* "a, b" to { "a", "b", NULL }; NULL for nothing. */
static char **
split_list (const char *text)
{
  g_autoptr (GStrvBuilder) items = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ",", -1);
  guint n = 0;

  for (char **p = parts; *p; p++)
    if (*g_strstrip (*p)) {
      g_strv_builder_add (items, *p);
      n++;
    }
  return n ? g_strv_builder_end (items) : NULL;
}

static void
set_list (char ***place, const GValue *value)
{
  g_strfreev (*place);
  *place = split_list (g_value_get_string (value));
}

static void
set_text (char **place, const GValue *value)
{
  const char *text = g_value_get_string (value);

  g_free (*place);
  *place = text && *text ? g_strdup (text) : NULL;
}

static void
gst_underlabel_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstUnderlabel *self = GST_UNDERLABEL (object);

  if (pspec->flags & GST_PARAM_MUTABLE_READY && GST_STATE (self) > GST_STATE_READY) {
    GST_WARNING_OBJECT (self, "%s is read in the states NULL and READY, it stays as it is", pspec->name);
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_CLAIMED:
    set_text (&self->claimed, value);
    break;
  case PROP_POLICIES:
    set_list (&self->policies, value);
    break;
  case PROP_KNOWLEDGE:
    set_text (&self->knowledge_dir, value);
    break;
  case PROP_WITHOUT:
    set_list (&self->without, value);
    break;
  case PROP_TRUST:
    set_list (&self->trust, value);
    break;
  case PROP_BUILTIN_TRUST:
    self->builtin_trust = g_value_get_boolean (value);
    break;
  case PROP_INTERVAL:
    g_atomic_int_set ((gint *) &self->interval, (gint) g_value_get_uint (value));
    break;
  case PROP_LOCATION:
    set_text (&self->location, value);
    break;
  case PROP_METRICS:
    set_text (&self->metrics, value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_underlabel_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstUnderlabel *self = GST_UNDERLABEL (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_CLAIMED:
    g_value_set_string (value, self->claimed);
    break;
  case PROP_POLICIES:
    g_value_take_string (value, self->policies ? g_strjoinv (",", self->policies) : NULL);
    break;
  case PROP_KNOWLEDGE:
    g_value_set_string (value, self->knowledge_dir);
    break;
  case PROP_WITHOUT:
    g_value_take_string (value, self->without ? g_strjoinv (",", self->without) : NULL);
    break;
  case PROP_TRUST:
    g_value_take_string (value, self->trust ? g_strjoinv (",", self->trust) : NULL);
    break;
  case PROP_BUILTIN_TRUST:
    g_value_set_boolean (value, self->builtin_trust);
    break;
  case PROP_INTERVAL:
    g_value_set_uint (value, self->interval);
    break;
  case PROP_LOCATION:
    g_value_set_string (value, self->location);
    break;
  case PROP_METRICS:
    g_value_set_string (value, self->metrics);
    break;
  case PROP_REPORT:
    g_value_set_string (value, json_of_report (self));
    break;
  case PROP_MAKER:
    g_value_set_string (value, self->report ? ul_report_maker (self->report) : "unknown");
    break;
  case PROP_LABEL_FINDING:
    g_value_set_string (value, self->report ? ul_report_label_finding (self->report) : NULL);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags ready = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  const GParamFlags playing = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
  const GParamFlags told = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  props[PROP_CLAIMED] = g_param_spec_string ("claimed", "Claimed brand", "The brand on the box; the answer to it is label-finding", NULL, ready);
  props[PROP_POLICIES] = g_param_spec_string ("policies", "Policies", "Policies to judge by, separated by commas (see 'underlabel policies')", NULL, ready);
  props[PROP_KNOWLEDGE] = g_param_spec_string ("knowledge", "Knowledge", "Folder with a site's own rules, makers and policies", NULL, ready);
  props[PROP_WITHOUT] = g_param_spec_string ("without", "Without", "Layers or groups left out of the judgement, separated by commas (rtsp, sdp, nal, params, sei, shape, "
                                             "container; dialogue, bitstream, packets)", NULL, ready);
  props[PROP_TRUST] = g_param_spec_string ("trust", "Trust", "Files and folders with certificates that vouch for a signer's key, separated by commas", NULL, ready);
  props[PROP_BUILTIN_TRUST] = g_param_spec_boolean ("builtin-trust", "Built-in trust", "Do the built-in certificates vouch for a signer's key", TRUE, ready);
  props[PROP_INTERVAL] = g_param_spec_uint ("interval", "Interval", "Seconds of the stream between two reports; 0: one whenever an answer changes", 0, 86400, 0, playing);
  props[PROP_LOCATION] = g_param_spec_string ("location", "Location", "File to write each announced report to, as JSON; replaced as a whole", NULL, playing);
  props[PROP_METRICS] = g_param_spec_string ("metrics", "Metrics", "File to write metrics for Prometheus to at each report (NAME.prom in the folder of "
                                             "node_exporter's textfile collector); replaced as a whole", NULL, playing);
  props[PROP_REPORT] = g_param_spec_string ("report", "Report", "The last report, JSON of schema underlabel.report/1", NULL, told);
  props[PROP_MAKER] = g_param_spec_string ("maker", "Maker", "Id of the maker, 'unknown' below moderate support", "unknown", told);
  props[PROP_LABEL_FINDING] = g_param_spec_string ("label-finding", "Label finding", "Does the claimed brand fit: consistent, own-brand, rebrand, contradicted, undetermined; "
                                                   "NULL if nothing was claimed", NULL, told);
  g_object_class_install_properties (klass, N_PROPS, props);
}

/* --- the class -------------------------------------------------------------------------------------- */

static void
gst_underlabel_finalize (GObject *object)
{
  GstUnderlabel *self = GST_UNDERLABEL (object);

  ul_report_free (self->report);
  g_free (self->json);
  g_free (self->claimed);
  g_free (self->knowledge_dir);
  g_free (self->location);
  g_free (self->metrics);
  g_strfreev (self->policies);
  g_strfreev (self->without);
  g_strfreev (self->trust);
  G_OBJECT_CLASS (gst_underlabel_parent_class)->finalize (object);
}

static void
gst_underlabel_class_init (GstUnderlabelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_underlabel_set_property;
  object_class->get_property = gst_underlabel_get_property;
  object_class->finalize = gst_underlabel_finalize;
  install_properties (object_class);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
    element_class, "Camera maker identification", "Filter/Analyzer/Video",
    "Tells who really made a camera from the video that passes: maker, encoder platform, software and path, whether the claimed "
    "brand fits, and what a policy makes of it. Buffers, caps and latency pass unchanged. Best placed directly behind rtspsrc "
    "(it reads RTP), with the extension underlabelrtsp the RTSP dialogue counts too; behind a demuxer or parser it reads what is "
    "left. It posts element messages 'underlabel/report' when an answer changes and at the end, 'underlabel/authenticity' when "
    "the signatures in the video say something else than before, and sends the sticky event 'underlabel/answers' downstream",
    "The underlabel authors");
  transform_class->passthrough_on_same_caps = TRUE;
  transform_class->transform_ip_on_passthrough = TRUE;
  transform_class->transform_ip = gst_underlabel_transform_ip;
  transform_class->set_caps = gst_underlabel_set_caps;
  transform_class->sink_event = gst_underlabel_sink_event;
  transform_class->start = gst_underlabel_start;
  transform_class->stop = gst_underlabel_stop;
}

static void
gst_underlabel_init (GstUnderlabel *self)
{
  self->builtin_trust = TRUE;
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
  gst_base_transform_set_qos_enabled (GST_BASE_TRANSFORM (self), FALSE);
  gst_pad_set_chain_list_function (GST_BASE_TRANSFORM_SINK_PAD (self), chain_list);
}
