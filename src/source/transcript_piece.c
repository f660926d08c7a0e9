/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/transcript.h"

#define MAX_NOISE 12      /* log lines that may stand inside a body */
#define MAX_REQUESTS 32   /* requests remembered for their CSeq */

typedef enum { PIECE_NONE, PIECE_MESSAGE, PIECE_SDP } PieceKind;

typedef struct {
  PieceKind kind;
  GString *text;
  gint64 first, last;     /* line numbers; first is -1 once they are not in a row */
  UlProvenance provenance;
  gboolean blank;         /* the empty line after the headers was seen */
  gboolean body;          /* lines of the body were seen */
  gboolean cseq;          /* a CSeq header was seen */
  gboolean cut;
  gint64 content_length;  /* -1: not said */
  gsize body_bytes;       /* counted with CRLF */
  guint n_noise;
  gsize last_line;        /* offset in text of the last line */
} Piece;

typedef struct {
  guint64 cseq;
  const char *method;
} Request;

typedef struct {
  UlExaminer *examiner;
  char *host;             /* of a request, or of a URL named before an SDP */
  char *base_host;        /* of Content-Base */
  char *address, *control_host, *session_name; /* of its SDP */
  gboolean has_sdp;
  gboolean depayloaded;   /* NAL units came out of packets */
  guint64 last_cseq;
  Request requests[MAX_REQUESTS];
  guint n_requests;
} Camera;

struct _UlAssembler {
  Piece piece;
  GPtrArray *cameras;     /* Camera */
  Camera *camera;         /* borrowed, NULL at first */
  char *url_host;
  gboolean separate;
  gboolean full;
  const UlSourceResult *result; /* borrowed */
};

static void
camera_free (gpointer data)
{
  Camera *c = data;

  ul_examiner_free (c->examiner);
  g_free (c->host);
  g_free (c->base_host);
  g_free (c->address);
  g_free (c->control_host);
  g_free (c->session_name);
  g_free (c);
}

static void
reset_piece (Piece *p)
{
  GString *text = p->text;

  g_string_truncate (text, 0);
  *p = (Piece){ .text = text, .first = -1, .last = -1, .content_length = -1 };
}

UlAssembler *
ul_assembler_new (const UlSourceResult *result)
{
  UlAssembler *self = g_new0 (UlAssembler, 1);

  self->result = result;
  self->piece.text = g_string_new (NULL);
  reset_piece (&self->piece);
  self->cameras = g_ptr_array_new_with_free_func (camera_free);
  return self;
}

void
ul_assembler_free (UlAssembler *self)
{
  if (!self)
    return;
  g_string_free (self->piece.text, TRUE);
  g_ptr_array_unref (self->cameras);
  g_free (self->url_host);
  g_free (self);
}

gboolean
ul_assembler_in_headers (const UlAssembler *self)
{
  return self->piece.kind == PIECE_MESSAGE && !self->piece.blank;
}

/* --- cameras ------------------------------------------------------------------- */

static Camera *
new_camera (UlAssembler *self)
{
  Camera *c;

  if (self->cameras->len >= UL_MAX_CAMERAS) {
    self->full = TRUE;
    return self->camera;
  }
  c = g_new0 (Camera, 1);
  c->examiner = ul_source_new_stream (self->result);
  g_ptr_array_add (self->cameras, c);
  return self->camera = c;
}

static Camera *
current_camera (UlAssembler *self)
{
  if (self->camera && self->separate && ul_evidence_n (ul_examiner_evidence (self->camera->examiner)))
    new_camera (self);
  self->separate = FALSE;
  return self->camera ? self->camera : new_camera (self);
}

UlExaminer *
ul_assembler_examiner (UlAssembler *self)
{
  return current_camera (self)->examiner;
}

void
ul_assembler_set_depayloaded (UlAssembler *self)
{
  current_camera (self)->depayloaded = TRUE;
}

void
ul_assembler_separate (UlAssembler *self)
{
  ul_assembler_flush (self);
  self->separate = TRUE;
}

/* The camera of a host that was asked: an earlier one, the present one if its
 * host is not known yet, or a new one. */
static void
choose_by_host (UlAssembler *self, const char *host)
{
  Camera *c = NULL;

  for (guint i = 0; i < self->cameras->len; i++) {
    c = g_ptr_array_index (self->cameras, i);
    if (g_strcmp0 (c->host, host) == 0) {
      self->camera = c;
      self->separate = FALSE;
      return;
    }
  }
  c = current_camera (self);
  if (c->host || (c->base_host && !g_str_equal (c->base_host, host)))
    c = new_camera (self);
  if (!c->host)
    c->host = g_strdup (host);
}

static gboolean
is_real_address (UlText address)
{
  guint dots = 0;

  for (gsize i = 0; i < address.len; i++) {
    if (address.p[i] == '.')
      dots++;
    else if (!g_ascii_isdigit (address.p[i]))
      return FALSE;
  }
  return dots == 3 && !ul_text_equal (address, "0.0.0.0") && !ul_text_starts (address, "127.") && !ul_text_starts (address, "192.0.2.");
}

typedef struct {
  char *address, *control_host, *session_name;
} Identity;

static void
identity_clear (Identity *id)
{
  g_free (id->address);
  g_free (id->control_host);
  g_free (id->session_name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Identity, identity_clear)

static Identity
identify_sdp (UlText text)
{
  g_autoptr (UlSdp) sdp = ul_sdp_parse (text.p, text.len, -1);
  Identity id = { NULL, NULL, NULL };

  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);
    UlText value = ul_text_trim (line->value);

    if (line->type == 'o' && !id.address) {
      gsize from = value.len;

      while (from && value.p[from - 1] != ' ')
        from--;
      if (is_real_address (ul_text_from (value, from)))
        id.address = ul_text_dup (ul_text_from (value, from));
    } else if (line->type == 's' && !id.session_name) {
      id.session_name = ul_text_dup (value);
    } else if (!id.control_host && ul_sdp_attribute (line, "control", &value)) {
      id.control_host = ul_transcript_host (ul_text_trim (value));
    }
  }
  return id;
}

/* Main and sub-stream of one device say the same address or host; where neither
 * is said, the session's name decides. */
static gboolean
is_same_camera (const Camera *c, const Identity *id)
{
  if (!c->has_sdp)
    return TRUE;
  if (c->control_host && id->control_host)
    return g_str_equal (c->control_host, id->control_host);
  if (c->address && id->address)
    return g_str_equal (c->address, id->address);
  return g_strcmp0 (c->session_name, id->session_name) == 0;
}

static void
choose_by_sdp (UlAssembler *self, UlText text)
{
  g_auto (Identity) id = identify_sdp (text);
  Camera *c = current_camera (self);

  if (!is_same_camera (c, &id))
    c = new_camera (self);
  if (!c->has_sdp) {
    c->address = g_steal_pointer (&id.address);
    c->control_host = g_steal_pointer (&id.control_host);
    c->session_name = g_steal_pointer (&id.session_name);
    c->has_sdp = TRUE;
  }
}

/* --- requests and their answers ---------------------------------------------------- */

static gboolean
message_cseq (const UlMessage *message, guint64 *ret_cseq)
{
  const UlHeader *h = ul_message_header (message, "CSeq");

  return h && ul_text_to_uint (h->value, ret_cseq);
}

static const char *
method_name (UlText method)
{
  static const char *const names[] = { "OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER",
                                       "ANNOUNCE", "RECORD", "REDIRECT", "GET", "POST" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (ul_text_equal (method, names[i]))
      return names[i];
  return NULL;
}

static void
remember_request (Camera *c, const UlMessage *message)
{
  Request *r = &c->requests[c->n_requests % MAX_REQUESTS];

  r->method = method_name (message->method);
  r->cseq = 0;
  message_cseq (message, &r->cseq);
  c->n_requests++;
}

static const char *
method_answered (const Camera *c, const UlMessage *message)
{
  guint64 cseq;

  if (!message_cseq (message, &cseq))
    return NULL;
  for (guint i = 0; i < MIN (c->n_requests, MAX_REQUESTS); i++) {
    const Request *r = &c->requests[(c->n_requests - 1 - i) % MAX_REQUESTS];

    if (r->cseq == cseq)
      return r->method;
  }
  return NULL;
}

static void
choose_by_response (UlAssembler *self, const UlMessage *message)
{
  const UlHeader *base = ul_message_header (message, "Content-Base");
  g_autofree char *host = base ? ul_transcript_host (base->value) : NULL;
  Camera *c = current_camera (self);
  guint64 cseq = 0;
  gboolean goes_on = message_cseq (message, &cseq) && c->last_cseq && cseq > c->last_cseq;

  /* A request before it has chosen already: a camera behind a router names
   * itself otherwise than it was asked. */
  if (!c->n_requests) {
    if (host && c->base_host && !g_str_equal (host, c->base_host))
      c = new_camera (self);
    else if (!host && message->body.len && !goes_on)
      choose_by_sdp (self, message->body);
    c = self->camera;
  }
  if (host && !c->base_host)
    c->base_host = g_steal_pointer (&host);
  c->last_cseq = cseq;
}

/* --- the end of a piece --------------------------------------------------------- */

/* Beyond doubt a session description: prose and code have "t=5" too. */
static gboolean
is_telling_sdp (UlText text)
{
  static const char *const attributes[] = { "a=rtpmap:", "a=fmtp:", "a=control:", "a=tool:", "a=framerate:", "a=range:npt", "a=recvonly",
                                            "a=Media_header", "a=packetization-supported", "a=x-dimensions" };
  UlText rest = text, line;

  while (ul_text_next_line (&rest, &line)) {
    if (ul_sdp_is_bare_fmtp (line) || ul_text_starts (line, "v=0") || ul_text_starts (line, "m=video ") || ul_text_starts (line, "m=audio "))
      return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
      if (ul_text_starts_ci (line, attributes[i]))
        return TRUE;
    if (ul_text_starts (line, "o=") && ul_text_find (line, " IN") > 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_rtsp_message (const UlMessage *m)
{
  static const char *const telling[] = { "CSeq", "Session", "Transport", "Public", "RTP-Info", "Content-Base", "WWW-Authenticate",
                                         "Session-Id", "x-Accept-Dynamic-Rate", "x-sessioncookie" };
  const UlHeader *type = ul_message_header (m, "Content-Type");

  if (m->kind != UL_MESSAGE_HEADERS && !m->http)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (telling); i++)
    if (ul_message_header (m, telling[i]))
      return TRUE;
  if (type && (ul_text_find (type->value, "sdp") >= 0 || ul_text_find (type->value, "rtsp") >= 0))
    return TRUE;
  if (is_telling_sdp (m->body))
    return TRUE;
  return m->kind == UL_MESSAGE_HEADERS && ul_message_header (m, "Server") && ul_message_header (m, "Date");
}

static void
finish_message (UlAssembler *self)
{
  Piece *p = &self->piece;
  g_autoptr (UlMessage) message = ul_message_parse (p->text->str, p->text->len, p->first);
  g_autofree char *host = message->kind == UL_MESSAGE_REQUEST ? ul_transcript_host (message->url) : NULL;

  if (!is_rtsp_message (message))
    return;
  if (host)
    choose_by_host (self, host);
  else if (message->kind != UL_MESSAGE_REQUEST)
    choose_by_response (self, message);
  Camera *c = current_camera (self);
  if (message->kind == UL_MESSAGE_REQUEST)
    remember_request (c, message);
  ul_evidence_set_provenance (ul_examiner_evidence (c->examiner), p->provenance);
  ul_examiner_message (c->examiner, p->text->str, p->text->len, p->first, method_answered (c, message));
}

static void
finish_sdp (UlAssembler *self)
{
  Piece *p = &self->piece;
  UlText text = ul_text (p->text->str, p->text->len);

  if (!is_telling_sdp (text))
    return;
  if (self->url_host)
    choose_by_host (self, self->url_host);
  else if (ul_text_starts (text, "v=0"))
    choose_by_sdp (self, text);
  g_clear_pointer (&self->url_host, g_free);
  Camera *c = current_camera (self);
  ul_evidence_set_provenance (ul_examiner_evidence (c->examiner), p->provenance);
  ul_examiner_sdp (c->examiner, text.p, text.len, p->first);
}

void
ul_assembler_flush (UlAssembler *self)
{
  if (self->piece.kind == PIECE_MESSAGE)
    finish_message (self);
  else if (self->piece.kind == PIECE_SDP)
    finish_sdp (self);
  if (self->piece.cut)
    ul_evidence_warn (ul_examiner_evidence (ul_assembler_examiner (self)), "a message of more than %u bytes was cut", UL_PIECE_BYTES);
  if (self->camera)
    ul_evidence_set_provenance (ul_examiner_evidence (self->camera->examiner), UL_PROVENANCE_AS_SENT);
  reset_piece (&self->piece);
}

void
ul_assembler_url (UlAssembler *self, UlText url)
{
  g_free (self->url_host);
  self->url_host = ul_transcript_host (url);
}

/* --- lines ------------------------------------------------------------------------ */

static void
append_line (UlAssembler *self, const UlCleanLine *line)
{
  Piece *p = &self->piece;

  if (p->text->len == 0)
    p->first = line->number;
  else if (p->last < 0 || line->number != p->last + 1)
    p->first = -1;
  p->last = line->number;
  p->provenance |= line->provenance;
  p->n_noise = 0;
  if (p->body)
    p->body_bytes += line->text.len + 2;
  if (p->text->len + line->text.len > UL_PIECE_BYTES)
    p->cut = TRUE;
  if (p->text->len >= UL_PIECE_BYTES)
    return;
  p->last_line = p->text->len;
  ul_text_append (p->text, ul_text_head (line->text, UL_PIECE_BYTES - p->text->len));
  g_string_append_c (p->text, '\n');
}

static void
begin (UlAssembler *self, PieceKind kind, const UlCleanLine *line)
{
  ul_assembler_flush (self);
  self->piece.kind = kind;
  append_line (self, line);
}

static void
note_header (Piece *p, UlText line)
{
  gssize colon = ul_text_find_char (line, ':');
  UlText name = ul_text_trim (ul_text_head (line, (gsize) MAX (colon, 0)));
  guint64 n;

  if (ul_text_equal_ci (name, "CSeq"))
    p->cseq = TRUE;
  else if ((ul_text_equal_ci (name, "Content-Length") || ul_text_equal_ci (name, "Private-Length"))
           && ul_text_to_uint (ul_text_trim (ul_text_from (line, (gsize) colon + 1)), &n) && n <= UL_PIECE_BYTES)
    p->content_length = (gint64) n;
}

static UlText
last_line (const Piece *p)
{
  return ul_text (p->text->str + p->last_line, p->text->len - p->last_line - (p->text->len > p->last_line));
}

/* Headers after the empty line: a paste with every line end doubled, or the next
 * message without its start line. */
static gboolean
belongs_to_headers (const Piece *p, UlText line)
{
  g_autoptr (UlMessage) message = NULL;
  gssize colon = ul_text_find_char (line, ':');

  if (!p->blank)
    return TRUE;
  if (p->text->len > 2048)
    return FALSE;
  g_autofree char *name = ul_text_dup (ul_text_trim (ul_text_head (line, (gsize) MAX (colon, 0))));
  message = ul_message_parse (p->text->str, p->text->len, -1);
  return !ul_message_header (message, name) && (!p->cseq || g_ascii_strcasecmp (name, "CSeq") != 0);
}

/* Takes the empty lines at the end off again: more headers follow. */
static void
reopen_headers (Piece *p)
{
  while (p->text->len > 1 && p->text->str[p->text->len - 1] == '\n' && p->text->str[p->text->len - 2] == '\n')
    g_string_truncate (p->text, p->text->len - 1);
  p->blank = FALSE;
  p->first = p->last = -1;
}

static void
take_header (UlAssembler *self, const UlCleanLine *line)
{
  Piece *p = &self->piece;

  if (p->kind == PIECE_MESSAGE && !p->body && belongs_to_headers (p, line->text)) {
    if (p->blank)
      reopen_headers (p);
    append_line (self, line);
  } else {
    begin (self, PIECE_MESSAGE, line);
  }
  note_header (&self->piece, line->text);
}

static void
take_sdp_line (UlAssembler *self, const UlCleanLine *line)
{
  Piece *p = &self->piece;
  gboolean begins = ul_text_starts (line->text, "v=0");

  if (p->kind == PIECE_MESSAGE && (!p->body || !begins)) {
    p->body = TRUE;
    append_line (self, line);
  } else if (p->kind == PIECE_SDP && !begins) {
    append_line (self, line);
  } else {
    begin (self, PIECE_SDP, line);
  }
}

static void
take_blank (UlAssembler *self, const UlCleanLine *line)
{
  Piece *p = &self->piece;

  if (p->kind != PIECE_MESSAGE || p->text->len == 0)
    return;
  if (!p->body) {
    /* Blanks in the line: the message room tells whether it parts anything. */
    p->blank = p->blank || line->text.len == 0;
    append_line (self, line);
  }
}

static gboolean
continues_body (const Piece *p, UlText line)
{
  if (p->kind == PIECE_NONE || (p->kind == PIECE_MESSAGE && !p->body))
    return FALSE;
  return ul_sdp_is_continuation (last_line (p), line);
}

/* A body that is no SDP, as long as its length says. */
static gboolean
is_other_body (const Piece *p)
{
  return p->kind == PIECE_MESSAGE && p->blank && !p->body && p->content_length > (gint64) p->body_bytes;
}

static void
take_other (UlAssembler *self, const UlCleanLine *line)
{
  Piece *p = &self->piece;

  if (continues_body (p, line->text)) {
    append_line (self, line);
  } else if (p->kind == PIECE_MESSAGE && !p->blank && !p->body && !line->noise) {
    append_line (self, line);
  } else if (is_other_body (p)) {
    p->body_bytes += line->text.len + 2;
  } else if (p->kind != PIECE_NONE && ++p->n_noise > MAX_NOISE) {
    ul_assembler_flush (self);
  }
}

static gboolean
is_folded (const Piece *p, UlText line)
{
  return p->kind == PIECE_MESSAGE && !p->blank && !p->body && ul_text_leading_blanks (line) && !ul_text_is_blank (line);
}

/* "profile-level-id=640033 sps=… pps=…" on one line. */
static void
take_bare_fmtp (UlAssembler *self, const UlCleanLine *line)
{
  UlCleanLine head = *line;

  if (!ul_transcript_params (self, line->text, line->number, &head.text))
    head.text = line->text;
  take_sdp_line (self, &head);
}

void
ul_assembler_line (UlAssembler *self, const UlCleanLine *line)
{
  UlText t = line->text, before;

  if (line->noise && !continues_body (&self->piece, t) && !is_folded (&self->piece, t)) {
    if (ul_transcript_params (self, t, line->number, &before))
      return;
    if (ul_transcript_is_separator (t))
      ul_assembler_separate (self);
    else
      take_other (self, line);
    return;
  }
  if (ul_text_is_blank (t))
    take_blank (self, line);
  else if (ul_message_is_start_line (t, NULL))
    begin (self, PIECE_MESSAGE, line);
  else if (continues_body (&self->piece, t))
    append_line (self, line);
  else if (ul_sdp_is_line (t))
    take_sdp_line (self, line);
  else if (ul_sdp_is_bare_fmtp (t))
    take_bare_fmtp (self, line);
  else if (is_folded (&self->piece, t))
    append_line (self, line);
  else if (ul_message_is_known_header_line (t)
           || (ul_assembler_in_headers (self) && ul_message_is_header_line (t) && !ul_transcript_is_separator (t)))
    take_header (self, line);
  else if (ul_transcript_params (self, t, line->number, &before))
    return;
  else if (ul_transcript_is_separator (t))
    ul_assembler_separate (self);
  else
    take_other (self, line);
}

/* --- the end ------------------------------------------------------------------------ */

/* What a dialogue of neither H.264 nor H.265 carries: names of RFC 3551 and of
 * the payload formats' own registrations. */
static const struct {
  const char *encoding, *codec;
  gboolean video;
} encodings[] = { { "JPEG", "mjpeg", TRUE },        { "MP4V-ES", "mpeg4", TRUE },    { "H263-1998", "h263", TRUE }, { "H263-2000", "h263", TRUE },
                  { "H263", "h263", TRUE },         { "H261", "h261", TRUE },        { "MP2T", "mpegts", TRUE },    { "MPV", "mpeg2", TRUE },
                  { "VP8", "vp8", TRUE },           { "VP9", "vp9", TRUE },          { "AV1", "av1", TRUE },        { "H264", "h264", TRUE },
                  { "H265", "h265", TRUE },         { "HEVC", "h265", TRUE },        { "MPEG4-GENERIC", "aac", FALSE }, { "MP4A-LATM", "aac", FALSE },
                  { "PCMU", "pcm_mulaw", FALSE },   { "PCMA", "pcm_alaw", FALSE },   { "L16", "pcm", FALSE },       { "PCM", "pcm", FALSE },
                  { "OPUS", "opus", FALSE },        { "MPA", "mp2", FALSE },         { "G726-", "g726", FALSE },    { "AAL2-G726-", "g726", FALSE },
                  { "G722", "g722", FALSE },        { "G729", "g729", FALSE } };

static const char *
codec_of_rtpmap (const char *rtpmap, gboolean video)
{
  const char *name = strchr (rtpmap, ' ');

  for (gsize i = 0; name && i < G_N_ELEMENTS (encodings); i++)
    if (encodings[i].video == video && g_ascii_strncasecmp (name + 1, encodings[i].encoding, strlen (encodings[i].encoding)) == 0)
      return encodings[i].codec;
  return NULL;
}

/* "video 0 RTP/AVP 26": static payload types need no rtpmap. */
static const char *
codec_of_media (const char *media)
{
  static const struct {
    const char *type, *codec;
  } rows[] = { { " 26", "mjpeg" }, { " 33", "mpegts" }, { " 32", "mpeg2" }, { " 34", "h263" }, { " 31", "h261" }, { " 0", "pcm_mulaw" }, { " 8", "pcm_alaw" } };
  const char *end = strrchr (media, ' ');

  for (gsize i = 0; end && i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (end, rows[i].type))
      return rows[i].codec;
  return NULL;
}

static void
name_codec (UlExaminer *examiner)
{
  UlEvidence *evidence = ul_examiner_evidence (examiner);
  const char *found = NULL;

  for (guint pass = 0; pass < 3 && !found && !ul_examiner_codec_name (examiner); pass++)
    for (guint i = 0; i < ul_evidence_n (evidence) && !found; i++) {
      const UlObservation *o = ul_evidence_get (evidence, i);

      if (o->key == UL_KEY_SDP_RTPMAP && pass != 1)
        found = codec_of_rtpmap (o->value, pass == 0);
      else if (o->key == UL_KEY_SDP_MEDIA && pass != 0 && (pass == 2 || g_str_has_prefix (o->value, "video")))
        found = codec_of_media (o->value);
    }
  if (found)
    ul_examiner_set_codec_name (examiner, found);
}

void
ul_assembler_finish (UlAssembler *self, UlSourceResult *result)
{
  ul_assembler_flush (self);
  for (guint i = 0; i < self->cameras->len; i++) {
    Camera *c = g_ptr_array_index (self->cameras, i);

    name_codec (c->examiner);
    /* What the bitstream sums up is written now. */
    ul_evidence_set_provenance (ul_examiner_evidence (c->examiner), c->depayloaded ? UL_PROVENANCE_DEPAYLOADED : UL_PROVENANCE_AS_SENT);
    ul_examiner_finish (c->examiner);
    if (ul_evidence_n (ul_examiner_evidence (c->examiner)))
      g_ptr_array_add (result->streams, g_steal_pointer (&c->examiner));
  }
  if (self->full)
    g_ptr_array_add (result->warnings, g_strdup_printf ("more than %d cameras in one text; the rest is counted with the last", UL_MAX_CAMERAS));
}
