/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/framed.h"

#define WINDOW_BYTES (1024 * 1024)
#define GUESS_BYTES 4096
#define MAX_GAP_WARNINGS 8

static const UlFramedFormat *const formats[] = { &ul_dhav, &ul_xiongmai, &ul_baichuan, &ul_jt1078, &ul_pave, &ul_hxvs };

typedef struct {
  const UlFramedFormat *format;
  const UlTracks *tracks;
  UlWindow window;
  struct {
    gboolean used;
    guint channel;
    UlCodec codec;
  } track[UL_MAX_VIDEO_TRACKS];
  guint n_tracks;
  guint64 n_frames, n_gaps, gap_bytes;
} Framed;

static guint64
frame_bytes (const UlFrame *frame)
{
  return frame->head_bytes + frame->payload_bytes + frame->tail_bytes;
}

/* As many heads as the format asks for, or as the input has. */
static gboolean
follows (const UlFramedFormat *format, const guint8 *head, gsize len, guint64 size, gsize offset)
{
  for (guint i = 0; i < format->probe_frames; i++) {
    UlFrame frame = { 0 };

    if (offset >= len)
      return i > 0;
    gsize left = len - offset;
    if (left < format->min_head_bytes)
      return i > 0 && len == size;
    if (!format->read_head (head + offset, MIN (left, format->max_head_bytes), &frame))
      return FALSE;
    if (frame_bytes (&frame) > left)
      return TRUE;
    offset += (gsize) frame_bytes (&frame);
  }
  return TRUE;
}

const UlFramedFormat *
ul_framed_probe (const guint8 *head, gsize len, guint64 size, guint64 *ret_offset)
{
  for (gsize f = 0; f < G_N_ELEMENTS (formats); f++) {
    const UlFramedFormat *format = formats[f];

    for (gsize at = 0; at <= format->probe_bytes && at + format->min_head_bytes <= len; at++) {
      UlFrame frame = { 0 };

      if (!format->read_head (head + at, MIN (len - at, format->max_head_bytes), &frame) || !follows (format, head, len, size, at))
        continue;
      *ret_offset = at;
      return format;
    }
  }
  return NULL;
}

/* The track of a channel; -1 if there are too many. */
static int
track_of (Framed *self, guint channel)
{
  for (guint i = 0; i < self->n_tracks; i++)
    if (self->track[i].channel == channel)
      return (int) i;
  if (self->n_tracks >= UL_MAX_VIDEO_TRACKS) {
    ul_evidence_warn (ul_tracks_file (self->tracks), "more than %d channels: the rest is not read", UL_MAX_VIDEO_TRACKS);
    return -1;
  }
  self->track[self->n_tracks].channel = channel;
  return (int) self->n_tracks++;
}

static UlCodec
codec_of (Framed *self, guint track, const UlFrame *frame, guint64 offset)
{
  const guint8 *data;
  gsize n;

  if (frame->codec != UL_CODEC_NONE)
    self->track[track].codec = frame->codec;
  if (self->track[track].codec == UL_CODEC_NONE) {
    n = ul_window_peek (&self->window, offset, (gsize) MIN (frame->payload_bytes, GUESS_BYTES), &data);
    self->track[track].codec = ul_container_guess_codec (data, n);
  }
  return self->track[track].codec;
}

static void
warn_cut (Framed *self, guint64 offset, const UlFrame *frame)
{
  guint64 size = self->window.reader->size;

  if (offset + frame_bytes (frame) > size)
    ul_evidence_warn (ul_tracks_file (self->tracks),
                      "file ends at byte %" G_GUINT64_FORMAT " inside the frame at %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT " bytes)", size, offset,
                      frame_bytes (frame));
}

static void
take_frame (Framed *self, guint64 offset, const UlFrame *frame)
{
  UlWhere where = UL_AT_OFFSET ((gint64) offset, (gint64) frame_bytes (frame));
  guint64 payload = offset + frame->head_bytes;
  UlCodec codec;
  int track;

  self->n_frames++;
  where.time_us = frame->time_us;
  warn_cut (self, offset, frame);
  if (frame->kind != UL_FRAME_VIDEO) {
    if (frame->text[0])
      ul_evidence_add (ul_tracks_file (self->tracks), UL_KEY_CONTAINER_FRAME, frame->text, where);
    return;
  }
  if ((track = track_of (self, frame->channel)) < 0)
    return;
  if (frame->text[0])
    ul_evidence_add (ul_tracks_evidence (self->tracks, (guint) track), UL_KEY_CONTAINER_FRAME, frame->text, where);
  codec = codec_of (self, (guint) track, frame, payload);
  if (codec != UL_CODEC_NONE)
    ul_window_feed_annexb (&self->window, ul_tracks_bitstream (self->tracks, (guint) track, codec), payload, frame->payload_bytes, frame->time_us);
}

/* Reads the head at `offset`; FALSE if there is none. */
static gboolean
head_at (Framed *self, guint64 offset, UlFrame *frame)
{
  const guint8 *data;
  gsize n = ul_window_peek (&self->window, offset, self->format->max_head_bytes, &data);

  *frame = (UlFrame){ .time_us = -1 };
  return n >= self->format->min_head_bytes && self->format->read_head (data, n, frame) && frame_bytes (frame) > 0;
}

/* From a place without a head to the next head; the end of the input if there is none. */
static guint64
next_head (Framed *self, guint64 offset)
{
  const UlFramedFormat *format = self->format;
  const guint8 *data;
  UlFrame frame;
  gsize n;

  while ((n = ul_window_peek (&self->window, offset, WINDOW_BYTES, &data)) >= format->min_head_bytes) {
    gsize last = n - format->min_head_bytes;

    for (gsize i = 0; i <= last; i++)
      if (format->read_head (data + i, MIN (n - i, format->max_head_bytes), &frame))
        return offset + i;
    offset = MAX (offset + last + 1, ul_reader_next_data (self->window.reader, offset + n) - (format->min_head_bytes - 1));
    ul_tracks_advance (self->tracks, offset);
  }
  return self->window.reader->size;
}

static void
warn_gap (Framed *self, guint64 from, guint64 to)
{
  self->n_gaps++;
  self->gap_bytes += to - from;
  if (self->n_gaps <= MAX_GAP_WARNINGS)
    ul_evidence_warn (ul_tracks_file (self->tracks), "%" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT " are no %s frame", to - from, from,
                      self->format->name);
}

void
ul_framed_read (const UlFramedFormat *format, const UlReader *reader, const UlTracks *tracks, guint64 offset, guint *ret_n_video)
{
  Framed self = { .format = format, .tracks = tracks };
  UlFrame frame;

  ul_window_init (&self.window, reader, WINDOW_BYTES);
  if (format->magic)
    ul_evidence_add (ul_tracks_file (tracks), UL_KEY_CONTAINER_MAGIC, format->magic, UL_AT_OFFSET ((gint64) offset, (gint64) strlen (format->magic)));
  if (format->read_marks)
    format->read_marks (reader, tracks);
  while (offset < reader->size) {
    if (head_at (&self, offset, &frame)) {
      take_frame (&self, offset, &frame);
      offset += MIN (frame_bytes (&frame), reader->size - offset);
    } else {
      guint64 next = next_head (&self, offset + 1);
      warn_gap (&self, offset, next);
      offset = next;
    }
    ul_tracks_advance (tracks, offset);
  }
  if (self.n_gaps > MAX_GAP_WARNINGS)
    ul_evidence_warn (ul_tracks_file (tracks), "%" G_GUINT64_FORMAT " gaps between frames, %" G_GUINT64_FORMAT " bytes in all", self.n_gaps,
                      self.gap_bytes);
  ul_window_clear (&self.window);
  *ret_n_video = self.n_tracks;
}
