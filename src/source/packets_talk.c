/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is heard in a capture: a camera is the server side of its RTSP
 * connections, a view is what one URL of it shows, a lane is one video of a view
 * with its examiner.  Dialogues go to the examiners byte for byte; SETUP tells
 * where the RTP will be.
 */
#include "source/packets.h"

#include <string.h>

#include "rtp/habits.h"
#include "rtsp/message.h"
#include "rtsp/sdp.h"
#include "source/rtsp_transport.h"

#define MAX_TALKS 2048
#define MAX_VIEWS 256
#define MAX_LANES 256
#define MAX_TRACKS 4096
#define MAX_PORTS 4096
#define MAX_FLOWS 4096
#define MAX_PENDING_REQUESTS 64
#define MAX_SECTIONS 64
#define MAX_LOG_BYTES (256 * 1024)   /* of a view's dialogue, kept for its further videos */
#define MAX_LOG_MESSAGES 512
#define MAX_CONTROL_BYTES 1024
#define FLOW_PATIENCE 3              /* datagrams of a flow that may be no RTP */

typedef struct {
  char *text;
  gsize len;
  char *method; /* that it answers, NULL if unknown */
  UlWhere where;
} Said;

/* What one URL of a camera shows. */
typedef struct {
  UlHearing *hearing;
  UlEndpoint camera;
  gboolean has_dialogue;
  char *url;           /* path and query of DESCRIBE, NULL until it is known */
  GPtrArray *said;     /* Said */
  gsize said_bytes;
  guint64 said_dropped;
  GPtrArray *lanes;    /* UlLane */
  GPtrArray *sections; /* UlMediaSection */
} View;

/* Where RTP of a track is to come to (RFC 2326, 12.39). */
typedef struct {
  UlTrack *track;
  gboolean rtcp;
  UlAddress from;
} Port;

typedef enum { FLOW_NEW, FLOW_RTP, FLOW_OTHER } FlowState;

/* Datagrams from one endpoint to another that no SETUP told of. */
typedef struct {
  FlowState state;
  guint n_strange;
  UlTrack *track;
  UlEndpoint from;
  UlHearing *hearing;
} Flow;

struct _UlHearing {
  const UlSourceResult *result; /* borrowed */
  GPtrArray *views;  /* View */
  GPtrArray *talks;  /* UlTalk */
  GPtrArray *tracks; /* UlTrack */
  GHashTable *ports; /* UlEndpoint -> Port */
  GHashTable *flows; /* UlEndpoint[2] -> Flow */
  guint n_lanes;
  guint64 dropped;   /* talks, views, tracks above the limits */
};

typedef struct {
  char *method, *url, *transport;
} Request;

typedef struct {
  UlTalk *talk;
  guint direction;
} Side;

struct _UlTalk {
  UlHearing *hearing;
  UlEndpoint ends[2]; /* direction d comes from ends[d] */
  UlFramer *framers[2];
  Side sides[2];
  GByteArray *first[2]; /* bytes until it is known whether this is RTSP */
  UlWhere first_where[2];
  UlRtspGuess guess;
  int server; /* direction of the server's bytes, -1 until it is known */
  gboolean publishes, ended;
  GHashTable *requests; /* CSeq as text -> Request */
  View *view;
  GPtrArray *before; /* Said: before the view is known */
  struct {
    UlTrack *track;
    gboolean rtcp;
  } channels[UL_RTSP_N_CHANNELS];
};

/* --- small things ------------------------------------------------------------------------ */

gboolean
ul_address_equal (const UlAddress *a, const UlAddress *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

char *
ul_endpoint_to_text (const UlEndpoint *endpoint)
{
  const guint8 *bytes = endpoint->address.bytes;
  gboolean v4 = memcmp (bytes, mapped_prefix, sizeof mapped_prefix) == 0;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_bytes (v4 ? bytes + 12 : bytes, v4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  g_autofree char *text = g_inet_address_to_string (address);

  return v4 ? g_strdup_printf ("%s:%u", text, endpoint->port) : g_strdup_printf ("[%s]:%u", text, endpoint->port);
}

gboolean
ul_address_parse (const char *text, gsize len, UlAddress *ret_address)
{
  g_autofree char *copy = g_strndup (text, MIN (len, 64));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (copy);
  gsize size = address ? g_inet_address_get_native_size (address) : 0;

  if (!address)
    return FALSE;
  memcpy (ret_address->bytes, mapped_prefix, sizeof mapped_prefix);
  memcpy (ret_address->bytes + sizeof ret_address->bytes - size, g_inet_address_to_bytes (address), size);
  return TRUE;
}

static guint
hash_bytes (const guint8 *p, gsize len)
{
  guint hash = 2166136261u; /* FNV-1a */

  for (gsize i = 0; i < len; i++)
    hash = (hash ^ p[i]) * 16777619u;
  return hash;
}

static guint
endpoint_hash (gconstpointer key)
{
  const UlEndpoint *e = key;

  return hash_bytes (e->address.bytes, sizeof e->address.bytes) ^ e->port;
}

static gboolean
endpoint_equal (gconstpointer a, gconstpointer b)
{
  const UlEndpoint *x = a, *y = b;

  return x->port == y->port && ul_address_equal (&x->address, &y->address);
}

/* Their bytes are compared as they are. */
G_STATIC_ASSERT (sizeof (UlEndpoint) == sizeof (UlAddress) + sizeof (guint16));

guint
ul_endpoints_hash (gconstpointer key)
{
  return hash_bytes (key, 2 * sizeof (UlEndpoint));
}

gboolean
ul_endpoints_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, 2 * sizeof (UlEndpoint)) == 0;
}

static void
said_free (gpointer data)
{
  Said *said = data;

  g_free (said->text);
  g_free (said->method);
  g_free (said);
}

static void
section_free (gpointer data)
{
  ul_media_section_free (data);
}

static void
lane_free (gpointer data)
{
  UlLane *lane = data;

  ul_examiner_free (lane->examiner);
  g_free (lane->key);
  g_free (lane);
}

static void
view_free (gpointer data)
{
  View *view = data;

  g_free (view->url);
  g_ptr_array_unref (view->said);
  g_ptr_array_unref (view->lanes);
  g_ptr_array_unref (view->sections);
  g_free (view);
}

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->method);
  g_free (request->url);
  g_free (request->transport);
  g_free (request);
}

static void
talk_free (gpointer data)
{
  UlTalk *talk = data;

  for (guint i = 0; i < 2; i++) {
    ul_framer_free (talk->framers[i]);
    g_byte_array_unref (talk->first[i]);
  }
  g_hash_table_unref (talk->requests);
  g_ptr_array_unref (talk->before);
  g_free (talk);
}

static void
track_free (gpointer data)
{
  ul_track_free (data);
}

UlHearing *
ul_hearing_new (const UlSourceResult *result)
{
  UlHearing *self = g_new0 (UlHearing, 1);

  self->result = result;
  self->views = g_ptr_array_new_with_free_func (view_free);
  self->talks = g_ptr_array_new_with_free_func (talk_free);
  self->tracks = g_ptr_array_new_with_free_func (track_free);
  self->ports = g_hash_table_new_full (endpoint_hash, endpoint_equal, g_free, g_free);
  self->flows = g_hash_table_new_full (ul_endpoints_hash, ul_endpoints_equal, g_free, g_free);
  return self;
}

void
ul_hearing_free (UlHearing *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->tracks);
  g_hash_table_unref (self->flows);
  g_hash_table_unref (self->ports);
  g_ptr_array_unref (self->talks);
  g_ptr_array_unref (self->views);
  g_free (self);
}

/* --- views and lanes ------------------------------------------------------------------------ */

static void
lane_hears (UlLane *lane, const View *view, const Said *said)
{
  UlEvidence *evidence = ul_examiner_evidence (lane->examiner);

  ul_evidence_set_provenance (evidence, UL_PROVENANCE_AS_SENT);
  if (lane->n_messages++ == 0) {
    g_autofree char *text = ul_endpoint_to_text (&view->camera);
    ul_evidence_add (evidence, UL_KEY_RTSP_ENDPOINT, text, said->where);
  }
  ul_evidence_set_place (evidence, said->where);
  ul_examiner_message (lane->examiner, said->text, said->len, -1, said->method);
  ul_evidence_set_place (evidence, UL_NOWHERE);
}

static UlLane *
add_lane (View *view)
{
  UlLane *lane;

  if (view->hearing->n_lanes >= MAX_LANES) {
    view->hearing->dropped++;
    return NULL;
  }
  view->hearing->n_lanes++;
  lane = g_new0 (UlLane, 1);
  lane->examiner = ul_source_new_stream (view->hearing->result);
  ul_evidence_set_on_wire (ul_examiner_evidence (lane->examiner), TRUE);
  g_ptr_array_add (view->lanes, lane);
  for (guint i = 0; i < view->said->len; i++)
    lane_hears (lane, view, g_ptr_array_index (view->said, i));
  return lane;
}

static View *
add_view (UlHearing *self, const UlEndpoint *camera)
{
  View *view;

  if (self->views->len >= MAX_VIEWS) {
    self->dropped++;
    return NULL;
  }
  view = g_new0 (View, 1);
  view->hearing = self;
  view->camera = *camera;
  view->said = g_ptr_array_new_with_free_func (said_free);
  view->lanes = g_ptr_array_new_with_free_func (lane_free);
  view->sections = g_ptr_array_new_with_free_func (section_free);
  g_ptr_array_add (self->views, view);
  return view;
}

/*
 * The view of that URL; one whose URL is not known yet takes it.  With `url` NULL
 * the camera's first.
 */
static View *
find_view (UlHearing *self, const UlEndpoint *camera, const char *url)
{
  View *open = NULL;

  for (guint i = 0; i < self->views->len; i++) {
    View *view = g_ptr_array_index (self->views, i);
    if (!endpoint_equal (&view->camera, camera))
      continue;
    if (!url || g_strcmp0 (view->url, url) == 0)
      return view;
    if (!view->url && !open)
      open = view;
  }
  if (!open)
    open = add_view (self, camera);
  if (open && url)
    open->url = g_strdup (url);
  return open;
}

/* Takes it over. */
static void
view_hears (View *view, Said *said)
{
  view->has_dialogue = TRUE;
  if (view->lanes->len == 0)
    add_lane (view);
  for (guint i = 0; i < view->lanes->len; i++)
    lane_hears (g_ptr_array_index (view->lanes, i), view, said);
  if (view->said_bytes + said->len > MAX_LOG_BYTES || view->said->len >= MAX_LOG_MESSAGES) {
    said_free (said);
    return;
  }
  view->said_bytes += said->len;
  g_ptr_array_add (view->said, said);
}

/* The part of a control URL that an SDP's a=control has too (RFC 2326, C.1.1). */
static gboolean
control_fits (const UlMediaSection *section, const char *url)
{
  const char *control = section->control;

  if (!control || !url || !*control || g_str_equal (control, "*"))
    return FALSE;
  return g_str_has_suffix (url, control);
}

static const char *
view_encoding (gpointer user_data, guint8 payload_type, gboolean *ret_video)
{
  View *view = user_data;
  const char *found = NULL;

  for (guint i = view->sections->len; i-- > 0;) {
    const UlMediaSection *section = g_ptr_array_index (view->sections, i);
    for (guint k = 0; k < section->n_types; k++)
      if (section->types[k].payload_type == payload_type && (!found || (section->video && !*ret_video))) {
        found = section->types[k].encoding;
        *ret_video = section->video;
      }
  }
  return found;
}

/*
 * A video that is set up again goes on in its lane; one that another client
 * watches at the same time is examined once; another one has a lane of its own.
 */
static UlLane *
view_lane (gpointer user_data, UlTrack *track, UlCodec codec, UlWhere where)
{
  View *view = user_data;
  const char *key = ul_track_key (track);
  UlLane *lane = NULL;

  for (guint i = 0; i < view->lanes->len && !lane; i++) {
    UlLane *old = g_ptr_array_index (view->lanes, i);
    if (!old->key)
      lane = old;
    else if (g_str_equal (old->key, key)) {
      if (!ul_track_is_over (old->track, where.time_us)) {
        ul_evidence_warn (ul_examiner_evidence (old->examiner), "%s: the same video to another receiver, examined once", ul_track_name (track));
        return NULL;
      }
      ul_track_end (old->track);
      ul_evidence_warn (ul_examiner_evidence (old->examiner), "%s: the video begins again after %.1f s", ul_track_name (track),
                        (double) where.time_us / G_USEC_PER_SEC);
      lane = old;
    }
  }
  lane = lane ? lane : add_lane (view);
  if (lane) {
    g_free (lane->key);
    lane->key = g_strdup (key);
    lane->track = track;
  }
  return lane;
}

static UlTrack *
add_track (UlHearing *self, UlTrackOwner owner, const char *name, const char *key)
{
  UlTrack *track;

  if (self->tracks->len >= MAX_TRACKS) {
    self->dropped++;
    return NULL;
  }
  track = ul_track_new (owner, name, key);
  g_ptr_array_add (self->tracks, track);
  return track;
}

static UlTrackOwner
owner_of (View *view)
{
  return (UlTrackOwner){ .encoding = view_encoding, .lane = view_lane, .user_data = view };
}

/* --- what is said --------------------------------------------------------------------------------- */

/* Path and query: the name a host goes by, and who logs in, are no part of what is shown. */
static char *
url_key (UlText url)
{
  gssize scheme = ul_text_find (url, "://");
  UlText rest = scheme >= 0 ? ul_text_from (url, (gsize) scheme + 3) : url;
  gssize slash = scheme >= 0 ? ul_text_find_char (rest, '/') : 0;

  rest = slash >= 0 ? ul_text_from (rest, (gsize) slash) : ul_text (NULL, 0);
  while (rest.len && rest.p[rest.len - 1] == '/')
    rest.len--;
  return g_strndup (rest.len ? rest.p : "", MIN (rest.len, MAX_CONTROL_BYTES));
}

static void
add_section (View *view, const UlSdp *sdp, const UlSdpLine *media)
{
  if (view->sections->len >= MAX_SECTIONS)
    g_ptr_array_remove_index (view->sections, 0);
  g_ptr_array_add (view->sections, ul_media_section_read (sdp, media));
}

static void
learn_sdp (View *view, UlText body)
{
  g_autoptr (UlSdp) sdp = ul_sdp_parse (body.p, body.len, -1);

  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);
    if (line->type == 'm')
      add_section (view, sdp, line);
  }
}

/* --- SETUP ------------------------------------------------------------------------------------------- */

static void
know_port (UlHearing *self, UlAddress to, guint64 port, UlTrack *track, gboolean rtcp, const UlAddress *from)
{
  UlEndpoint key = { .address = to, .port = (guint16) port };

  if (port == 0 || (g_hash_table_size (self->ports) >= MAX_PORTS && !g_hash_table_contains (self->ports, &key)))
    return;
  Port *value = g_new (Port, 1);
  *value = (Port){ .track = track, .rtcp = rtcp, .from = *from };
  g_hash_table_replace (self->ports, g_memdup2 (&key, sizeof key), value);
}

static void
know_channel (UlTalk *self, guint64 channel, UlTrack *track, gboolean rtcp)
{
  if (!rtcp && self->channels[channel].track)
    ul_track_end (self->channels[channel].track);
  self->channels[channel].track = track;
  self->channels[channel].rtcp = rtcp;
  ul_framer_know_channel (self->framers[self->server], (guint8) channel);
}

static UlTrack *
track_of_setup (UlTalk *self, const UlRtspTransport *t, const char *url)
{
  UlEndpoint server = self->ends[self->server];
  const UlMediaSection *section = NULL;

  for (guint i = self->view->sections->len; i-- > 0 && !section;)
    if (control_fits (g_ptr_array_index (self->view->sections, i), url))
      section = g_ptr_array_index (self->view->sections, i);
  if (section && !section->video)
    return NULL;
  if (!t->has_interleaved && t->server_port[0])
    server.port = (guint16) t->server_port[0];
  g_autofree char *end = ul_endpoint_to_text (&server);
  g_autofree char *name = t->has_interleaved ? g_strdup_printf ("%s channel %u", end, (guint) t->interleaved[0]) : g_strdup (end);
  UlTrack *track = add_track (self->hearing, owner_of (self->view), name, url ? url : name);
  if (track)
    ul_track_begins_session (track);
  return track;
}

static void
learn_setup (UlTalk *self, const UlMessage *answer, const Request *request)
{
  const UlHeader *header = ul_message_header (answer, "Transport");
  UlAddress to = self->ends[1 - self->server].address, from = self->ends[self->server].address;
  UlRtspTransport t = { 0 };

  if (request && request->transport)
    ul_rtsp_transport_parse (ul_text (request->transport, strlen (request->transport)), &t);
  if (!header || !ul_text_starts (answer->status, "2"))
    return;
  ul_rtsp_transport_parse (header->value, &t);
  g_autofree char *url = request && request->url ? url_key (ul_text (request->url, strlen (request->url))) : NULL;
  UlTrack *track = track_of_setup (self, &t, url);
  if (!track)
    return;
  if (t.has_interleaved) {
    know_channel (self, t.interleaved[0], track, FALSE);
    know_channel (self, t.interleaved[1], track, TRUE);
    return;
  }
  if (t.source.len)
    ul_address_parse (t.source.p, t.source.len, &from);
  if (t.destination.len)
    ul_address_parse (t.destination.p, t.destination.len, &to);
  const guint64 *ports = t.has_client_port ? t.client_port : t.port;
  if (t.has_client_port || t.has_port) {
    know_port (self->hearing, to, ports[0], track, FALSE, &from);
    know_port (self->hearing, to, ports[1], track, TRUE, &from);
  }
}

/* --- messages -------------------------------------------------------------------------------------------- */

/* A message of the talk goes to its view, once that is known. */
static void
say (UlTalk *self, const char *text, gsize len, const char *method, UlWhere where)
{
  Said *said = g_new (Said, 1);

  *said = (Said){ .text = g_memdup2 (text, len), .len = len, .method = g_strdup (method), .where = where };
  if (self->view)
    view_hears (self->view, said);
  else if (self->before->len < MAX_LOG_MESSAGES)
    g_ptr_array_add (self->before, said);
  else
    said_free (said);
}

static void
settle_view (UlTalk *self, const char *url)
{
  if (self->view || self->server < 0)
    return;
  self->view = find_view (self->hearing, &self->ends[self->server], url);
  if (!self->view)
    return;
  g_ptr_array_set_free_func (self->before, NULL);
  for (guint i = 0; i < self->before->len; i++)
    view_hears (self->view, g_ptr_array_index (self->before, i));
  g_ptr_array_set_size (self->before, 0);
  g_ptr_array_set_free_func (self->before, said_free);
}

static char *
dup_header (const UlMessage *message, const char *name)
{
  const UlHeader *header = ul_message_header (message, name);

  return header ? ul_text_dup (header->value) : NULL;
}

static void
take_request (UlTalk *self, const UlMessage *message, guint direction, const char *text, gsize len, UlWhere where)
{
  g_autofree char *sequence = dup_header (message, "CSeq");
  g_autofree char *method = ul_text_dup (message->method);

  if (self->server < 0)
    self->server = 1 - (int) direction;
  if ((int) direction == self->server) {
    say (self, text, len, NULL, where);
    return;
  }
  if (g_str_equal (method, "ANNOUNCE") || g_str_equal (method, "RECORD"))
    self->publishes = TRUE;
  if (g_hash_table_size (self->requests) >= MAX_PENDING_REQUESTS)
    g_hash_table_remove_all (self->requests); /* their answers are not in the capture */
  if (sequence) {
    Request *request = g_new (Request, 1);
    *request = (Request){ .method = g_strdup (method), .url = ul_text_dup (message->url), .transport = dup_header (message, "Transport") };
    g_hash_table_replace (self->requests, g_strdup (sequence), request);
  }
  if (g_str_equal (method, "DESCRIBE")) {
    g_autofree char *url = url_key (message->url);
    if (self->view && g_strcmp0 (self->view->url, url) != 0)
      self->view = find_view (self->hearing, &self->ends[self->server], url);
    settle_view (self, url);
  }
  say (self, text, len, NULL, where);
}

static void
take_response (UlTalk *self, const UlMessage *message, guint direction, const char *text, gsize len, UlWhere where)
{
  g_autofree char *sequence = dup_header (message, "CSeq");
  Request *request = sequence ? g_hash_table_lookup (self->requests, sequence) : NULL;

  if (self->server < 0)
    self->server = (int) direction;
  if ((int) direction != self->server)
    return; /* a client's answer */
  gboolean has_sdp = ul_text_find (ul_text_head (message->body, 16), "v=") >= 0;
  gboolean is_setup = request ? g_str_equal (request->method, "SETUP") : ul_message_header (message, "Transport") != NULL;
  if (has_sdp || is_setup)
    settle_view (self, NULL);
  say (self, text, len, request ? request->method : NULL, where);
  if (self->view && has_sdp)
    learn_sdp (self->view, message->body);
  if (self->view && is_setup)
    learn_setup (self, message, request);
  if (request && g_str_equal (request->method, "TEARDOWN"))
    for (guint i = 0; i < UL_RTSP_N_CHANNELS; i++)
      if (self->channels[i].track && !self->channels[i].rtcp)
        ul_track_end (self->channels[i].track);
  if (request)
    g_hash_table_remove (self->requests, sequence);
}

static void
talk_message (gpointer user_data, const char *text, gsize len, UlWhere where)
{
  Side *side = user_data;
  g_autoptr (UlMessage) message = ul_message_parse (text, len, -1);

  if (message->kind == UL_MESSAGE_REQUEST)
    take_request (side->talk, message, side->direction, text, len, where);
  else if (message->kind == UL_MESSAGE_RESPONSE)
    take_response (side->talk, message, side->direction, text, len, where);
}

/* --- interleaved frames --------------------------------------------------------------------------------------- */

/* RTP on a channel that no SETUP in the capture told of. */
static UlTrack *
find_channel (UlTalk *self, guint8 channel, const guint8 *data, gsize len)
{
  if (channel & 1 || len < 13 || data[0] >> 6 != 2)
    return NULL;
  settle_view (self, NULL);
  if (!self->view)
    return NULL;
  g_autofree char *end = ul_endpoint_to_text (&self->ends[self->server]);
  g_autofree char *name = g_strdup_printf ("%s channel %u", end, channel);
  UlTrack *track = add_track (self->hearing, owner_of (self->view), name, name);
  if (!track)
    return NULL;
  ul_track_is_found (track);
  know_channel (self, channel, track, FALSE);
  if (!self->channels[channel + 1].track)
    know_channel (self, channel + 1u, track, TRUE);
  return track;
}

static void
talk_frame (gpointer user_data, guint8 channel, const guint8 *data, gsize len, UlWhere where)
{
  Side *side = user_data;
  UlTalk *self = side->talk;

  if (self->server < 0 && ul_rtp_is_rtcp (data, len))
    return; /* RTCP alone: either side's */
  if (self->server < 0)
    self->server = (int) side->direction;
  if ((int) side->direction != self->server)
    return; /* a receiver's reports, or sound to the camera */
  UlTrack *track = self->channels[channel].track;
  if (!track && !(track = find_channel (self, channel, data, len)))
    return;
  if (self->channels[channel].rtcp)
    ul_track_rtcp (track, data, len, where);
  else
    ul_track_rtp (track, data, len, len, where);
}

/* --- connections -------------------------------------------------------------------------------------------------- */

UlTalk *
ul_hearing_talk (UlHearing *self, const UlEndpoint *a, const UlEndpoint *b)
{
  UlTalk *talk;

  if (self->talks->len >= MAX_TALKS) {
    self->dropped++;
    return NULL;
  }
  talk = g_new0 (UlTalk, 1);
  talk->hearing = self;
  talk->ends[0] = *a;
  talk->ends[1] = *b;
  talk->server = -1;
  talk->requests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, request_free);
  talk->before = g_ptr_array_new_with_free_func (said_free);
  for (guint i = 0; i < 2; i++) {
    talk->sides[i] = (Side){ talk, i };
    talk->framers[i] = ul_framer_new ((UlFramerSink){ .message = talk_message, .frame = talk_frame, .user_data = &talk->sides[i] });
    talk->first[i] = g_byte_array_new ();
  }
  g_ptr_array_add (self->talks, talk);
  return talk;
}

UlRtspGuess
ul_talk_guess (const UlTalk *self)
{
  return self->guess;
}

void
ul_hearing_drop_talk (UlHearing *self, UlTalk *talk)
{
  g_ptr_array_remove_fast (self->talks, talk);
}

/* The bytes that were waiting, once it is known what they are. */
static void
decide (UlTalk *self, UlRtspGuess guess)
{
  self->guess = guess;
  for (guint i = 0; i < 2; i++) {
    if (guess == UL_RTSP_YES && self->first[i]->len)
      ul_framer_data (self->framers[i], self->first[i]->data, self->first[i]->len, self->first_where[i]);
    g_byte_array_set_size (self->first[i], 0);
  }
}

void
ul_talk_data (UlTalk *self, guint direction, const guint8 *data, gsize len, UlWhere where)
{
  GByteArray *first = self->first[direction];

  if (self->guess == UL_RTSP_YES)
    ul_framer_data (self->framers[direction], data, len, where);
  if (self->guess != UL_RTSP_MAYBE)
    return;
  if (first->len == 0)
    self->first_where[direction] = where;
  g_byte_array_append (first, data, (guint) len);
  UlRtspGuess guess = ul_framer_guess (first->data, first->len, self->ends[0].port);
  if (guess != UL_RTSP_YES && ul_framer_guess (first->data, first->len, self->ends[1].port) == UL_RTSP_YES)
    guess = UL_RTSP_YES;
  if (guess != UL_RTSP_MAYBE)
    decide (self, guess);
}

void
ul_talk_gap (UlTalk *self, guint direction, guint64 len)
{
  if (self->guess == UL_RTSP_YES)
    ul_framer_gap (self->framers[direction], len);
  else
    g_byte_array_set_size (self->first[direction], 0);
}

static void
warn_of_gaps (UlTalk *self)
{
  UlFramerCounts counts = ul_framer_counts (self->framers[self->server]);
  UlLane *lane = self->view->lanes->len ? g_ptr_array_index (self->view->lanes, 0) : NULL;
  g_autofree char *name = ul_endpoint_to_text (&self->ends[self->server]);

  if (!lane)
    return;
  UlEvidence *evidence = ul_examiner_evidence (lane->examiner);
  if (counts.cut)
    ul_evidence_warn (evidence, "%s: %" G_GUINT64_FORMAT " messages or frames are cut by missing packets", name, counts.cut);
  if (counts.junk_bytes)
    ul_evidence_warn (evidence, "%s: %" G_GUINT64_FORMAT " bytes are neither message nor frame", name, counts.junk_bytes);
  if (counts.unfinished)
    ul_evidence_warn (evidence, "%s: the connection ends inside a message or frame", name);
  if (self->publishes)
    ul_evidence_warn (evidence, "%s: a client sends video to this server (ANNOUNCE), which is not examined", name);
}

void
ul_talk_end (UlTalk *self)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  for (guint i = 0; i < 2; i++)
    ul_framer_end (self->framers[i]);
  settle_view (self, NULL);
  for (guint i = 0; i < UL_RTSP_N_CHANNELS; i++)
    if (self->channels[i].track && !self->channels[i].rtcp)
      ul_track_end (self->channels[i].track);
  if (self->guess == UL_RTSP_YES && self->view)
    warn_of_gaps (self);
}

/* --- datagrams ----------------------------------------------------------------------------------------------------- */

static const char *
flow_encoding (gpointer user_data, guint8 payload_type, gboolean *ret_video)
{
  Flow *flow = user_data;

  for (guint i = 0; i < flow->hearing->views->len; i++) {
    View *view = g_ptr_array_index (flow->hearing->views, i);
    if (ul_address_equal (&view->camera.address, &flow->from.address))
      return view_encoding (view, payload_type, ret_video);
  }
  return NULL;
}

/* It is video: it belongs to the camera of that address, whose SETUP is not in the capture. */
static UlLane *
flow_lane (gpointer user_data, UlTrack *track, UlCodec codec, UlWhere where)
{
  Flow *flow = user_data;
  View *view = NULL;

  for (guint i = 0; i < flow->hearing->views->len && !view; i++) {
    View *one = g_ptr_array_index (flow->hearing->views, i);
    if (ul_address_equal (&one->camera.address, &flow->from.address))
      view = one;
  }
  if (!view)
    view = add_view (flow->hearing, &flow->from);
  return view ? view_lane (view, track, codec, where) : NULL;
}

static Flow *
find_flow (UlHearing *self, const UlEndpoint *from, const UlEndpoint *to, gboolean make)
{
  UlEndpoint pair[2] = { *from, *to };
  Flow *flow = g_hash_table_lookup (self->flows, pair);

  if (flow || !make || g_hash_table_size (self->flows) >= MAX_FLOWS)
    return flow;
  flow = g_new0 (Flow, 1);
  flow->from = *from;
  flow->hearing = self;
  g_hash_table_insert (self->flows, g_memdup2 (pair, sizeof pair), flow);
  return flow;
}

static void
begin_flow (Flow *flow, const UlEndpoint *to)
{
  UlTrackOwner owner = { .encoding = flow_encoding, .lane = flow_lane, .user_data = flow };
  g_autofree char *from_text = ul_endpoint_to_text (&flow->from);
  g_autofree char *to_text = ul_endpoint_to_text (to);
  g_autofree char *name = g_strdup_printf ("%s to %s", from_text, to_text);

  flow->track = add_track (flow->hearing, owner, name, name);
  if (flow->track)
    ul_track_is_found (flow->track);
  flow->state = flow->track ? FLOW_RTP : FLOW_OTHER;
}

/* RTP with a dynamic or a video payload type (RFC 3551, 6). */
static gboolean
may_be_video (const guint8 *data, gsize len)
{
  guint8 type = len > 13 ? data[1] & 127 : 0;

  return len > 13 && data[0] >> 6 == 2 && type >= 96;
}

static void
take_unknown (UlHearing *self, const UlEndpoint *from, const UlEndpoint *to, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  if (ul_rtp_is_rtcp (data, len)) {
    UlEndpoint rtp_from = { from->address, from->port - 1 }, rtp_to = { to->address, to->port - 1 };
    Flow *flow = find_flow (self, &rtp_from, &rtp_to, FALSE);
    flow = flow ? flow : find_flow (self, from, to, FALSE);
    if (flow && flow->track)
      ul_track_rtcp (flow->track, data, len, where);
    return;
  }
  Flow *flow = find_flow (self, from, to, TRUE);
  if (!flow || flow->state == FLOW_OTHER)
    return;
  if (flow->state == FLOW_NEW) {
    if (may_be_video (data, len))
      begin_flow (flow, to);
    else if (++flow->n_strange >= FLOW_PATIENCE)
      flow->state = FLOW_OTHER;
  }
  if (flow->state != FLOW_RTP)
    return;
  ul_track_rtp (flow->track, data, len, wire_len, where);
  if (ul_track_is_refused (flow->track))
    flow->state = FLOW_OTHER;
}

void
ul_hearing_udp (UlHearing *self, const UlEndpoint *from, const UlEndpoint *to, const guint8 *data, gsize len, gsize wire_len, UlWhere where)
{
  const Port *port = g_hash_table_lookup (self->ports, to);

  if (!port || !ul_address_equal (&port->from, &from->address))
    take_unknown (self, from, to, data, len, wire_len, where);
  else if (port->rtcp)
    ul_track_rtcp (port->track, data, len, where);
  else
    ul_track_rtp (port->track, data, len, wire_len, where);
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

static void
finish_lane (UlSourceResult *result, View *view, UlLane *lane)
{
  UlEvidence *evidence = ul_examiner_evidence (lane->examiner);

  if (view->has_dialogue && !lane->has_media)
    ul_evidence_warn (evidence, "no video of this dialogue is in the capture");
  ul_evidence_set_provenance (evidence, lane->has_media ? UL_PROVENANCE_DEPAYLOADED : UL_PROVENANCE_AS_SENT);
  ul_examiner_finish (lane->examiner);
  g_ptr_array_add (result->streams, g_steal_pointer (&lane->examiner));
}

gboolean
ul_hearing_finish (UlHearing *self, UlSourceResult *result)
{
  guint before = result->streams->len;

  for (guint i = 0; i < self->talks->len; i++)
    ul_talk_end (g_ptr_array_index (self->talks, i));
  for (guint i = 0; i < self->tracks->len; i++)
    ul_track_end (g_ptr_array_index (self->tracks, i));
  for (guint i = 0; i < self->views->len; i++) {
    View *view = g_ptr_array_index (self->views, i);
    g_autofree char *name = ul_endpoint_to_text (&view->camera);
    for (guint k = 0; k < view->lanes->len; k++) {
      if (self->n_lanes > 1)
        g_ptr_array_add (result->warnings, g_strdup_printf ("stream %u is %s%s", result->streams->len, name, view->url ? view->url : ""));
      finish_lane (result, view, g_ptr_array_index (view->lanes, k));
    }
  }
  if (self->dropped)
    g_ptr_array_add (result->warnings, g_strdup_printf ("%" G_GUINT64_FORMAT " connections or streams above the limits are not read", self->dropped));
  return result->streams->len > before;
}
