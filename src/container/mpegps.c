/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/mpegps.h"

#include "base/span.h"

#define WINDOW_BYTES (1024 * 1024)
#define GUESS_BYTES 4096
#define PROBE_BYTES (64 * 1024)
#define IMKH_BYTES 40
#define MAX_GAP_WARNINGS 8
#define VALUES_PER_DESCRIPTOR 3 /* some carry a clock */

enum {
  ID_END = 0xb9,
  ID_PACK = 0xba,
  ID_SYSTEM_HEADER = 0xbb,
  ID_PSM = 0xbc,
  ID_PADDING = 0xbe,
  ID_PRIVATE_2 = 0xbf,
};

typedef struct {
  const UlReader *reader;
  const UlTracks *tracks;
  UlWindow window;
  struct {
    int track; /* -1: not seen yet */
    UlCodec codec;
    gboolean other; /* the map says that it is neither H.264 nor H.265 */
  } video[16];      /* by stream_id - 0xe0 */
  guint n_tracks;
  guint64 n_gaps, gap_bytes, n_unbounded;
  guint8 descriptor_seen[256]; /* by tag */
  guint n_system_headers;
} Ps;

static gboolean
is_video_id (guint8 id)
{
  return id >= 0xe0 && id <= 0xef;
}

UlCodec
ul_mpeg_stream_codec (guint8 stream_type, const char **ret_name)
{
  static const struct {
    guint8 type;
    const char *name;
  } others[] = { { 0x01, "mpeg1video" }, { 0x02, "mpeg2video" }, { 0x10, "mpeg4" }, { 0x80, "svac" }, { 0xea, "vc1" }, { 0x33, "h266" } };

  *ret_name = NULL;
  if (stream_type == 0x1b || stream_type == 0x1f || stream_type == 0x20)
    return UL_CODEC_H264;
  if (stream_type == 0x24 || stream_type == 0x25)
    return UL_CODEC_H265;
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (others[i].type == stream_type)
      *ret_name = others[i].name;
  return UL_CODEC_NONE;
}

static gint64
read_pts (UlSpan *s)
{
  guint64 v = ul_span_be (s, 5);

  return s->error ? -1 : (gint64) ((v >> 33 & 7) << 30 | (v >> 17 & 0x7fff) << 15 | (v >> 1 & 0x7fff));
}

/* ISO/IEC 11172-1: stuffing, buffer size, PTS, DTS */
static guint
pes_header_mpeg1 (UlSpan *s, gint64 *ret_pts)
{
  guint8 b = 0xff;

  for (guint i = 0; i < 17 && b == 0xff; i++)
    b = ul_span_u8 (s);
  if (b >> 6 == 1) {
    ul_span_skip (s, 1);
    b = ul_span_u8 (s);
  }
  if (b >> 4 == 2 || b >> 4 == 3) {
    s->pos -= 1;
    *ret_pts = read_pts (s);
    if (b >> 4 == 3)
      ul_span_skip (s, 5);
  } else if (b != 0x0f) {
    return 0;
  }
  return s->error ? 0 : (guint) s->pos;
}

guint
ul_pes_header (const guint8 *data, gsize len, gint64 *ret_pts)
{
  UlSpan s = ul_span (data, len);

  *ret_pts = -1;
  if (!ul_span_starts_with (&s, "\0\0\1", 3))
    return 0;
  ul_span_skip (&s, 3);
  guint8 id = ul_span_u8 (&s);
  ul_span_skip (&s, 2);
  if (id == ID_PADDING || id == ID_PRIVATE_2)
    return s.error ? 0 : 6;
  if (ul_span_left (&s) > 0 && data[s.pos] >> 6 != 2)
    return pes_header_mpeg1 (&s, ret_pts);
  ul_span_skip (&s, 1);
  guint8 flags = ul_span_u8 (&s);
  UlSpan fields = ul_span_sub (&s, ul_span_u8 (&s));
  if (s.error)
    return 0;
  if (flags & 0x80)
    *ret_pts = read_pts (&fields);
  return (guint) s.pos;
}

/* Length of a pack header (2.5.3.3), 0 if it is none. */
static guint
pack_bytes (const guint8 *p, gsize len)
{
  if (len >= 14 && p[4] >> 6 == 1 && p[4] & 4)
    return 14 + (p[13] & 7);
  return len >= 12 && p[4] >> 4 == 2 && p[4] & 1 ? 12 : 0;
}

static gboolean
is_system_start (const guint8 *p)
{
  return p[0] == 0 && p[1] == 0 && p[2] == 1 && p[3] >= ID_END && p[3] != 0xff;
}

/* A pack header and a start code behind it, or the end. */
static gboolean
is_pack (const guint8 *p, gsize len)
{
  guint n;

  if (len < 12 || !is_system_start (p) || p[3] != ID_PACK || !(n = pack_bytes (p, len)))
    return FALSE;
  return len < n + 4 || is_system_start (p + n);
}

static gboolean
has_imkh (const guint8 *p, gsize len)
{
  return len > 4 && p[4] < 0x20 && (memcmp (p, "IMKH", 4) == 0 || memcmp (p, "HKMI", 4) == 0 || memcmp (p, "4HKH", 4) == 0);
}

/* A cut stream may begin with a PES packet: its length must lead to a start code or past the end. */
static gboolean
begins_with_pes (const guint8 *p, gsize len)
{
  gint64 pts;
  guint8 id = len > 9 ? p[3] : 0;
  gsize next;

  if (!(is_video_id (id) || (id >= 0xbb && id <= 0xdf)) || !is_system_start (p))
    return FALSE;
  if (id != ID_PSM && id != ID_SYSTEM_HEADER && !ul_pes_header (p, len, &pts))
    return FALSE;
  next = 6 + ((gsize) p[4] << 8 | p[5]);
  return next > 6 && (next + 4 > len || is_system_start (p + next));
}

gboolean
ul_mpegps_probe (const guint8 *head, gsize len, guint64 size)
{
  if (has_imkh (head, len) || begins_with_pes (head, len))
    return TRUE;
  for (gsize i = 0; i + 12 <= len && i < PROBE_BYTES; i++)
    if (head[i] == 0 && is_pack (head + i, len - i))
      return TRUE;
  return FALSE;
}

gboolean
ul_mpegps_read_head (const guint8 *data, gsize len, UlEvidence *evidence)
{
  char magic[5] = { 0 };

  if (!has_imkh (data, len))
    return FALSE;
  memcpy (magic, data, 4);
  ul_evidence_add (evidence, UL_KEY_CONTAINER_MAGIC, magic, UL_AT_OFFSET (0, 4));
  if (len >= IMKH_BYTES)
    ul_evidence_add_hex (evidence, UL_KEY_CONTAINER_MEDIAINFO, data, IMKH_BYTES, UL_AT_OFFSET (0, IMKH_BYTES));
  return TRUE;
}

static void
read_descriptors (UlSpan s, UlEvidence *evidence, guint8 seen[256], gint64 offset)
{
  while (ul_span_left (&s) >= 2) {
    gsize start = s.pos;
    guint8 tag = ul_span_u8 (&s), n = ul_span_u8 (&s);

    if (!ul_span_take (&s, n) && n > 0)
      break;
    if (seen[tag] < VALUES_PER_DESCRIPTOR) {
      seen[tag]++;
      ul_evidence_add_hex (evidence, UL_KEY_CONTAINER_PSM_DESCRIPTOR, s.data + start, n + 2u, UL_AT_OFFSET (offset + (gint64) start, n + 2));
    }
  }
}

gboolean
ul_mpegps_descriptors (const guint8 *data, gsize len, UlEvidence *evidence)
{
  guint8 seen[256] = { 0 };
  UlSpan s = ul_span (data, len);
  guint n_whole = 0;

  while (ul_span_left (&s) >= 2) {
    guint8 tag = ul_span_u8 (&s), n = ul_span_u8 (&s);

    if (tag < 0x28 || tag == 0xff || n == 0)
      return FALSE;
    if (!ul_span_take (&s, n))
      break; /* the last one may be cut */
    n_whole++;
  }
  if (n_whole == 0)
    return FALSE;
  read_descriptors (ul_span (data, len), evidence, seen, 0);
  return TRUE;
}

static guint
track_of (Ps *ps, guint8 id)
{
  if (ps->video[id & 15].track < 0)
    ps->video[id & 15].track = (int) ps->n_tracks++;
  return (guint) ps->video[id & 15].track;
}

/* A stream of neither H.264 nor H.265. */
static void
name_other (Ps *ps, guint8 id, const char *name)
{
  ps->video[id & 15].other = TRUE;
  ps->tracks->codec_name (ps->tracks->user_data, track_of (ps, id), name);
}

static void
map_stream (Ps *ps, guint8 type, guint8 id, guint64 offset)
{
  const char *name;
  UlCodec codec = ul_mpeg_stream_codec (type, &name);

  ul_evidence_addf (ul_tracks_file (ps->tracks), UL_KEY_CONTAINER_PSM_STREAM, UL_AT_OFFSET ((gint64) offset, -1), "%02x %02x", type, id);
  if (!is_video_id (id))
    return;
  if (codec != UL_CODEC_NONE) {
    ps->video[id & 15].codec = codec;
    ps->video[id & 15].other = FALSE;
  } else if (name) {
    name_other (ps, id, name);
  }
}

/* program_stream_map, 2.5.4.1 */
static void
read_psm (Ps *ps, guint64 offset, const guint8 *data, gsize len)
{
  UlEvidence *evidence = ul_tracks_file (ps->tracks);
  UlSpan s = ul_span (data, len);

  ul_span_skip (&s, 6 + 2);
  guint16 info_length = ul_span_be16 (&s);
  UlSpan info = ul_span_sub (&s, info_length);
  read_descriptors (info, evidence, ps->descriptor_seen, (gint64) (offset + 10));
  guint16 map_length = ul_span_be16 (&s);
  UlSpan map = ul_span_sub (&s, MIN (map_length, ul_span_left (&s)));
  while (ul_span_left (&map) >= 4) {
    guint64 at = offset + 12 + info_length + map.pos;
    guint8 type = ul_span_u8 (&map), id = ul_span_u8 (&map);
    UlSpan es_info = ul_span_sub (&map, ul_span_be16 (&map));

    map_stream (ps, type, id, at);
    read_descriptors (es_info, evidence, ps->descriptor_seen, (gint64) at + 4);
  }
}

/* system_header, 2.5.3.5; what follows rate_bound is how it is made, not how much it carries */
static void
read_system_header (Ps *ps, guint64 offset, const guint8 *data, gsize len)
{
  g_autoptr (GString) text = g_string_new ("system_header ");

  if (len < 12 || ps->n_system_headers++ >= 3)
    return;
  for (gsize i = 9; i < MIN (len, 64); i++)
    g_string_append_printf (text, "%02x", data[i]);
  ul_evidence_add (ul_tracks_file (ps->tracks), UL_KEY_CONTAINER_TAG, text->str, UL_AT_OFFSET ((gint64) offset, (gint64) len));
}

/* The next start code of the system layer from `offset` on, or the end. */
static guint64
next_start (Ps *ps, guint64 offset)
{
  const guint8 *data;
  gsize n;

  while ((n = ul_window_peek (&ps->window, offset, WINDOW_BYTES, &data)) >= 4) {
    /* The 1 of 00 00 01 is rarer than the zeros. */
    for (const guint8 *one = data + 2; (one = memchr (one, 1, (gsize) (data + n - 1 - one))); one++)
      if (is_system_start (one - 2))
        return offset + (guint64) (one - 2 - data);
    offset = MAX (offset + n - 3, ul_reader_next_data (ps->reader, offset + n) - 3);
    ul_tracks_advance (ps->tracks, MIN (offset, ps->reader->size));
  }
  return ps->reader->size;
}

/* By the map, else by the first payload that shows it; FALSE if its payload is not wanted. */
static gboolean
know_video (Ps *ps, guint8 id, guint64 offset, guint64 len)
{
  guint8 i = id & 15;
  const char *name;
  const guint8 *data;
  gsize n;

  if (ps->video[i].other)
    return FALSE;
  if (ps->video[i].codec == UL_CODEC_NONE) {
    n = ul_window_peek (&ps->window, offset, (gsize) MIN (len, GUESS_BYTES), &data);
    ps->video[i].codec = ul_container_guess_codec (data, n);
    name = ps->video[i].codec == UL_CODEC_NONE ? ul_container_guess_other (data, n) : NULL;
    if (name)
      name_other (ps, id, name);
  }
  return ps->video[i].codec != UL_CODEC_NONE;
}

static void
feed_pes (Ps *ps, guint8 id, guint64 offset, guint64 len, gint64 pts)
{
  guint8 i = id & 15;

  if (len == 0 || !know_video (ps, id, offset, len))
    return;
  ul_window_feed_annexb (&ps->window, ul_tracks_bitstream (ps->tracks, track_of (ps, id), ps->video[i].codec), offset, len,
                         pts < 0 ? -1 : pts * 100 / 9);
}

static guint64
read_pes (Ps *ps, guint64 offset, guint8 id, const guint8 *p, gsize len)
{
  guint64 end = offset + 6 + ((guint64) p[4] << 8 | p[5]);
  gint64 pts = -1;
  guint header = ul_pes_header (p, len, &pts);
  char text[3];

  g_snprintf (text, sizeof text, "%02x", id);
  ul_evidence_add (ul_tracks_file (ps->tracks), UL_KEY_CONTAINER_PES_ID, text, UL_AT_OFFSET ((gint64) offset, (gint64) (end - offset)));
  if (end == offset + 6) {
    /* PES_packet_length 0: up to the next start code of the system layer */
    ps->n_unbounded++;
    end = next_start (ps, offset + 6);
  }
  if (is_video_id (id) && header && offset + header < end)
    feed_pes (ps, id, offset + header, end - offset - header, pts);
  return end;
}

/* What begins at `offset`; returns its end, `offset` itself if it is nothing known. */
static guint64
read_unit (Ps *ps, guint64 offset)
{
  const guint8 *p;
  gsize len = ul_window_peek (&ps->window, offset, 1024, &p);
  guint n;

  if (len < 4 || !is_system_start (p))
    return offset;
  switch (p[3]) {
  case ID_END:
    return offset + 4;
  case ID_PACK:
    n = pack_bytes (p, len);
    return n ? offset + n : len < 14 ? ps->reader->size : offset;
  case ID_SYSTEM_HEADER:
  case ID_PSM:
    n = len >= 6 ? 6 + ((guint) p[4] << 8 | p[5]) : 6;
    if (p[3] == ID_PSM)
      read_psm (ps, offset, p, MIN (len, n));
    else
      read_system_header (ps, offset, p, MIN (len, n));
    return offset + n;
  default:
    return len >= 6 ? read_pes (ps, offset, p[3], p, len) : ps->reader->size;
  }
}

static void
warn_gap (Ps *ps, guint64 from, guint64 to)
{
  ps->n_gaps++;
  ps->gap_bytes += to - from;
  if (ps->n_gaps <= MAX_GAP_WARNINGS)
    ul_evidence_warn (ul_tracks_file (ps->tracks), "%" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT " are outside of packs", to - from, from);
}

static void
warn_end (Ps *ps, guint64 offset)
{
  UlEvidence *evidence = ul_tracks_file (ps->tracks);

  if (ps->n_gaps > MAX_GAP_WARNINGS)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " gaps between packs, %" G_GUINT64_FORMAT " bytes in all", ps->n_gaps, ps->gap_bytes);
  if (offset > ps->reader->size)
    ul_evidence_warn (evidence, "file ends at byte %" G_GUINT64_FORMAT " inside a packet that should end at %" G_GUINT64_FORMAT, ps->reader->size,
                      offset);
}

void
ul_mpegps_read (const UlReader *reader, const UlTracks *tracks, guint *ret_n_video)
{
  Ps ps = { .reader = reader, .tracks = tracks };
  guint64 offset = 0;
  const guint8 *head;
  gsize len;

  for (gsize i = 0; i < G_N_ELEMENTS (ps.video); i++)
    ps.video[i].track = -1;
  ul_window_init (&ps.window, reader, WINDOW_BYTES);
  len = ul_window_peek (&ps.window, 0, IMKH_BYTES, &head);
  if (ul_mpegps_read_head (head, len, ul_tracks_file (tracks)))
    offset = MIN (IMKH_BYTES, reader->size);
  while (offset < reader->size) {
    guint64 next = read_unit (&ps, offset);

    if (next == offset) {
      next = next_start (&ps, offset + 1);
      warn_gap (&ps, offset, next);
    }
    offset = next;
    ul_tracks_advance (tracks, MIN (offset, reader->size));
  }
  warn_end (&ps, offset);
  ul_window_clear (&ps.window);
  *ret_n_video = ps.n_tracks;
}
