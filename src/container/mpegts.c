/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/mpegts.h"

#include "base/span.h"
#include "container/mpegps.h"

#define WINDOW_BYTES (1024 * 1024)
#define PACKET_BYTES 188
#define SYNC 0x47
#define MAX_PROGRAMS 16
#define MAX_SECTION_BYTES 1024
#define MAP_BYTES (8 * 1024 * 1024) /* how far the program map is looked for */
#define PID_SDT 0x11
#define PID_NULL 0x1fff

typedef struct {
  guint16 pid;
  guint8 data[MAX_SECTION_BYTES];
  guint len; /* 0: waiting for a section's beginning */
} Section;

typedef struct {
  guint16 pid;
  UlCodec codec;
  gboolean other;   /* the program map says that it is another codec */
  int track;        /* -1 until it has been fed */
  guint skip_bytes; /* of a PES header that goes on in the next packet */
  gboolean started;
  gint64 time_us;
} Video;

typedef struct {
  const UlReader *reader;
  const UlTracks *tracks;
  UlWindow window;
  guint stride, head; /* bytes from packet to packet, bytes before its sync byte */
  Section section[MAX_PROGRAMS + 2];
  guint n_sections;
  Video video[UL_MAX_VIDEO_TRACKS];
  guint n_video, n_tracks;
  const char *other_name; /* of the first video that is neither H.264 nor H.265 */
  guint64 n_lost, lost_bytes, n_scrambled;
} Ts;

static guint
run_of (const guint8 *head, gsize len, gsize first, guint stride)
{
  guint n = 0;

  for (gsize at = first; at < len && head[at] == SYNC; at += stride)
    n++;
  return n;
}

guint
ul_mpegts_probe (const guint8 *head, gsize len, guint64 size, gsize *ret_first)
{
  static const guint strides[] = { 188, 192, 204 };

  for (gsize first = 0; first < MIN (len, 204); first++) {
    if (head[first] != SYNC)
      continue;
    for (gsize i = 0; i < G_N_ELEMENTS (strides); i++) {
      guint n = run_of (head, len, first, strides[i]);
      /* A short run must reach the end, and be no text. */
      gboolean to_end = len == size && first + (gsize) n * strides[i] >= len && memchr (head, 0, len);

      if (n >= 8 || (n >= 3 && to_end)) {
        *ret_first = first;
        return strides[i];
      }
    }
  }
  return 0;
}

static Section *
section_of (Ts *ts, guint16 pid)
{
  for (guint i = 0; i < ts->n_sections; i++)
    if (ts->section[i].pid == pid)
      return &ts->section[i];
  return NULL;
}

static void
add_section (Ts *ts, guint16 pid)
{
  if (!section_of (ts, pid) && ts->n_sections < G_N_ELEMENTS (ts->section))
    ts->section[ts->n_sections++] = (Section){ .pid = pid };
}

static Video *
video_of (Ts *ts, guint16 pid)
{
  for (guint i = 0; i < ts->n_video; i++)
    if (ts->video[i].pid == pid)
      return &ts->video[i];
  return NULL;
}

static void
add_video (Ts *ts, guint16 pid, UlCodec codec, gboolean other)
{
  if (!video_of (ts, pid) && ts->n_video < G_N_ELEMENTS (ts->video))
    ts->video[ts->n_video++] = (Video){ .pid = pid, .codec = codec, .other = other, .track = -1, .time_us = -1 };
}

/* Registration descriptor, 2.6.8; tags of others are listed. */
static void
describe (UlSpan s, GString *text, char registration[5])
{
  while (ul_span_left (&s) >= 2) {
    guint8 tag = ul_span_u8 (&s);
    UlSpan body = ul_span_sub (&s, ul_span_u8 (&s));
    const guint8 *p = tag == 0x05 ? ul_span_take (&body, 4) : NULL;

    if (p && ul_container_text_len (p, 4) == 4)
      memcpy (registration, p, 4);
    else
      g_string_append_printf (text, " %02x", tag);
  }
}

/* TS_program_map_section, 2.4.4.8 */
static void
read_pmt (Ts *ts, UlSpan s, UlWhere where)
{
  ul_span_skip (&s, 10);
  ul_span_skip (&s, ul_span_be16 (&s) & 0xfff);
  while (ul_span_left (&s) >= 5 + 4) {
    guint8 type = ul_span_u8 (&s);
    guint16 pid = ul_span_be16 (&s) & 0x1fff;
    UlSpan info = ul_span_sub (&s, ul_span_be16 (&s) & 0xfff);
    g_autoptr (GString) tags = g_string_new (NULL);
    char registration[5] = { 0 };
    const char *name;
    UlCodec codec = ul_mpeg_stream_codec (type, &name);

    if (s.error)
      return;
    describe (info, tags, registration);
    if (type == 0x06 && g_str_equal (registration, "HEVC"))
      codec = UL_CODEC_H265;
    ul_evidence_addf (ul_tracks_file (ts->tracks), UL_KEY_CONTAINER_TS_STREAM, where, "%02x%s%s", type, registration[0] ? " " : "", registration);
    if (tags->len)
      ul_evidence_addf (ul_tracks_file (ts->tracks), UL_KEY_CONTAINER_TAG, where, "descriptors of %02x:%s", type, tags->str);
    if (codec != UL_CODEC_NONE || name)
      add_video (ts, pid, codec, codec == UL_CODEC_NONE);
    if (name && !ts->other_name)
      ts->other_name = name;
  }
}

/* program_association_section, 2.4.4.3 */
static void
read_pat (Ts *ts, UlSpan s)
{
  ul_span_skip (&s, 8);
  while (ul_span_left (&s) >= 4 + 4) {
    guint16 program = ul_span_be16 (&s), pid = ul_span_be16 (&s) & 0x1fff;
    if (program)
      add_section (ts, pid);
  }
}

/* service_description_section with service_descriptor, ETSI EN 300 468 5.2.3, 6.2.33 */
static void
read_sdt (Ts *ts, UlSpan s, UlWhere where)
{
  ul_span_skip (&s, 11);
  while (ul_span_left (&s) >= 5 + 4) {
    ul_span_skip (&s, 3);
    UlSpan loop = ul_span_sub (&s, ul_span_be16 (&s) & 0xfff);
    while (ul_span_left (&loop) >= 2) {
      guint8 tag = ul_span_u8 (&loop);
      UlSpan body = ul_span_sub (&loop, ul_span_u8 (&loop));
      if (tag != 0x48)
        continue;
      ul_span_skip (&body, 1);
      UlSpan provider = ul_span_sub (&body, ul_span_u8 (&body)), service = ul_span_sub (&body, ul_span_u8 (&body));
      if (!body.error) {
        ul_container_add_text (ul_tracks_file (ts->tracks), UL_KEY_CONTAINER_WRITER, "service_provider", provider.data, provider.len, where);
        ul_container_add_text (ul_tracks_file (ts->tracks), UL_KEY_CONTAINER_TAG, "service_name", service.data, service.len, where);
      }
    }
  }
}

static void
read_section (Ts *ts, Section *section, guint64 offset)
{
  UlWhere where = UL_AT_OFFSET ((gint64) offset, PACKET_BYTES);
  UlSpan s = ul_span (section->data, section->len);

  if (section->pid == 0 && section->data[0] == 0x00)
    read_pat (ts, s);
  else if (section->pid == PID_SDT && section->data[0] == 0x42)
    read_sdt (ts, s, where);
  else if (section->data[0] == 0x02)
    read_pmt (ts, s, where);
}

/* Puts a section together, 2.4.4; one that is longer than MAX_SECTION_BYTES is let go. */
static void
take_section (Ts *ts, Section *section, const guint8 *p, gsize len, gboolean starts, guint64 offset)
{
  if (starts) {
    if (len < 1 || p[0] + 1u > len)
      return;
    gsize pointer = p[0] + 1u;
    p += pointer;
    len -= pointer;
    section->len = 0;
  } else if (section->len == 0) {
    return;
  }
  gsize n = MIN (len, MAX_SECTION_BYTES - section->len);
  memcpy (section->data + section->len, p, n);
  section->len += (guint) n;
  if (section->len < 3)
    return;
  guint whole = 3 + ((section->data[1] & 15u) << 8 | section->data[2]);
  if (whole > MAX_SECTION_BYTES) {
    section->len = 0;
  } else if (section->len >= whole) {
    section->len = whole;
    read_section (ts, section, offset);
    section->len = 0;
  }
}

static void
start_pes (Ts *ts, Video *video, const guint8 **p, gsize *len)
{
  gint64 pts;
  guint header = ul_pes_header (*p, *len, &pts);
  guint8 id = *len > 3 ? (*p)[3] : 0;

  video->started = *len > 8 && (*p)[0] == 0 && (*p)[1] == 0 && (*p)[2] == 1 && id >= 0xbd;
  if (!video->started)
    return;
  if (!header) {
    header = 9 + (*p)[8];
    video->skip_bytes = header > *len ? header - (guint) *len : 0;
    header = (guint) MIN (header, *len);
  }
  video->time_us = pts < 0 ? -1 : pts * 100 / 9;
  *p += header;
  *len -= header;
}

static void
feed_video (Ts *ts, Video *video, const guint8 *p, gsize len, gboolean starts, guint64 end)
{
  if (starts) {
    video->skip_bytes = 0;
    start_pes (ts, video, &p, &len);
  } else if (video->skip_bytes) {
    gsize n = MIN (len, video->skip_bytes);
    p += n;
    len -= n;
    video->skip_bytes -= (guint) n;
  }
  if (!video->started || len == 0 || video->other)
    return;
  if (video->codec == UL_CODEC_NONE) {
    video->codec = ul_container_guess_codec (p, len);
    const char *other = video->codec == UL_CODEC_NONE ? ul_container_guess_other (p, len) : NULL;
    video->other = other != NULL;
    if (!ts->other_name)
      ts->other_name = other;
  }
  if (video->codec == UL_CODEC_NONE)
    return;
  if (video->track < 0)
    video->track = (int) ts->n_tracks++;
  ul_bitstream_annexb (ul_tracks_bitstream (ts->tracks, (guint) video->track, video->codec), p, len, (gint64) (end - len), video->time_us);
}

/* The payload of a transport_packet, 2.4.3.2; NULL if there is none. */
static const guint8 *
payload_of (Ts *ts, const guint8 *p, gsize *ret_len)
{
  guint at = 4;

  if (p[1] & 0x80 || !(p[3] & 0x10))
    return NULL;
  if (p[3] & 0xc0) {
    ts->n_scrambled++;
    return NULL;
  }
  if (p[3] & 0x20)
    at += 1 + p[4];
  *ret_len = at < PACKET_BYTES ? PACKET_BYTES - at : 0;
  return *ret_len ? p + at : NULL;
}

static gboolean
is_video_start (const guint8 *p, gsize len)
{
  return len > 9 && p[0] == 0 && p[1] == 0 && p[2] == 1 && p[3] >= 0xe0 && p[3] <= 0xef;
}

typedef enum { PASS_MAP, PASS_GUESS, PASS_FEED } Pass;

static void
take_packet (Ts *ts, Pass pass, const guint8 *packet, guint64 offset)
{
  guint16 pid = (guint16) ((packet[1] & 0x1f) << 8 | packet[2]);
  gboolean starts = packet[1] & 0x40;
  gsize len;
  const guint8 *p = payload_of (ts, packet, &len);
  Section *section;
  Video *video;

  if (!p || pid == PID_NULL)
    return;
  if (pass == PASS_MAP && (section = section_of (ts, pid)))
    take_section (ts, section, p, len, starts, offset);
  else if (pass == PASS_GUESS && starts && is_video_start (p, len))
    add_video (ts, pid, UL_CODEC_NONE, FALSE);
  else if (pass == PASS_FEED && (video = video_of (ts, pid)))
    feed_video (ts, video, p, len, starts, offset + PACKET_BYTES);
}

/* From a place without a sync byte to the next two that are a packet apart. */
static guint64
next_sync (Ts *ts, guint64 offset)
{
  const guint8 *data;
  gsize n;

  while ((n = ul_window_peek (&ts->window, offset, WINDOW_BYTES, &data)) > ts->stride) {
    for (gsize i = 0; i + ts->stride < n; i++)
      if (data[i] == SYNC && data[i + ts->stride] == SYNC)
        return offset + i;
    offset = MAX (offset + n - ts->stride, ul_reader_next_data (ts->reader, offset + n) - ts->stride);
    ul_tracks_advance (ts->tracks, offset);
  }
  return ts->reader->size;
}

static void
run_pass (Ts *ts, Pass pass, guint64 offset, guint64 limit)
{
  while (offset < limit) {
    const guint8 *p;
    gsize n = ul_window_peek (&ts->window, offset, PACKET_BYTES, &p);

    if (n < PACKET_BYTES)
      break;
    if (p[0] != SYNC) {
      guint64 next = next_sync (ts, offset + 1);
      if (pass == PASS_FEED) {
        ts->n_lost++;
        ts->lost_bytes += next - offset;
      }
      offset = next;
      continue;
    }
    take_packet (ts, pass, p, offset);
    offset += ts->stride;
    if (pass == PASS_FEED)
      ul_tracks_advance (ts->tracks, MIN (offset, ts->reader->size));
  }
  if (pass == PASS_FEED && offset < ts->reader->size && ts->reader->size - offset > ts->head)
    ul_evidence_warn (ul_tracks_file (ts->tracks), "file ends at byte %" G_GUINT64_FORMAT " inside the packet at %" G_GUINT64_FORMAT,
                      ts->reader->size, offset);
}

static void
warn_end (Ts *ts)
{
  UlEvidence *evidence = ul_tracks_file (ts->tracks);

  if (ts->n_lost)
    ul_evidence_warn (evidence, "packet sync lost %" G_GUINT64_FORMAT " times, %" G_GUINT64_FORMAT " bytes passed over", ts->n_lost, ts->lost_bytes);
  if (ts->n_scrambled)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " packets are scrambled", ts->n_scrambled);
}

void
ul_mpegts_read (const UlReader *reader, const UlTracks *tracks, guint *ret_n_video)
{
  g_autofree Ts *ts = g_new0 (Ts, 1);
  const guint8 *head;
  gsize first = 0, n;

  *ret_n_video = 0;
  ts->reader = reader;
  ts->tracks = tracks;
  ul_window_init (&ts->window, reader, WINDOW_BYTES);
  n = ul_window_peek (&ts->window, 0, 64 * 1024, &head);
  ts->stride = ul_mpegts_probe (head, n, reader->size, &first);
  if (ts->stride) {
    ts->head = ts->stride == 192 ? 4 : 0;
    add_section (ts, 0);
    add_section (ts, PID_SDT);
    ul_evidence_addf (ul_tracks_file (tracks), UL_KEY_CONTAINER_FRAME, UL_AT_OFFSET ((gint64) first, ts->stride), "packet%u", ts->stride);
    run_pass (ts, PASS_MAP, first, MIN (reader->size, MAP_BYTES));
    if (ts->n_video == 0)
      run_pass (ts, PASS_GUESS, first, MIN (reader->size, MAP_BYTES));
    ts->n_scrambled = 0;
    run_pass (ts, PASS_FEED, first, reader->size);
    warn_end (ts);
    if (ts->n_tracks == 0 && ts->other_name)
      tracks->codec_name (tracks->user_data, 0, ts->other_name);
    *ret_n_video = ts->n_tracks;
  }
  ul_window_clear (&ts->window);
}
