/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings: the family is found by content, own readers first, libavformat for
 * what they do not know.  Only this file and deep.c use FFmpeg (ffmpeg.h); libavformat gets
 * the bytes of one file and opens nothing.
 */
#include "source/source.h"

#include <string.h>

#include "container/avi.h"
#include "container/flv.h"
#include "container/framed.h"
#include "container/isobmff.h"
#include "container/matroska.h"
#include "container/mpegps.h"
#include "container/mpegts.h"
#include "container/sdv.h"
#include "source/deep.h"
#include "source/ffmpeg.h"

#define PROBE_BYTES (1024 * 1024)
#define BLOCK_BYTES (1024 * 1024)
#define BLOCKS_AHEAD 3
#define HOLE_BYTES (1024 * 1024)           /* shorter holes are read as the zeros they are */
#define HOLE_EDGE_BYTES 4096               /* zeros left of a hole that is passed over */
#define PROGRESS_BYTES (16 * 1024 * 1024)
#define HEAD_MARK_BYTES 48
#define AV_BUFFER_BYTES (256 * 1024)
#define AV_MAX_STREAMS 64
#define AV_MAX_INDEX_BYTES (24 * 1024 * 1024)
#define AV_MAX_ALLOC_BYTES (48 * 1024 * 1024)
#define AV_MIN_SCORE (AVPROBE_SCORE_EXTENSION + 1)
#define AV_PROBE_PADDING_BYTES (64 * 1024)

typedef struct {
  UlReader reader;
  UlInput *input; /* NULL: bytes in memory */
  const UlSourceOptions *options;
  UlSourceResult *result;
  UlTracks tracks;
  UlEvidence *file;        /* marks of the file as a whole, given to every stream */
  UlProvenance provenance; /* of streams that are begun */
  UlExaminer *examiner[UL_MAX_VIDEO_TRACKS];
  UlDeep *deep[UL_MAX_VIDEO_TRACKS]; /* NULL: not decoded */
  guint n_deep;
  guint n_marks[UL_MAX_VIDEO_TRACKS]; /* how many of `file` the stream has */
  guint n_streams;
  guint64 next_progress;
} Session;

/* --- where readers put what they find ------------------------------------------ */

static void
give_marks (Session *s, guint track)
{
  UlEvidence *evidence = ul_examiner_evidence (s->examiner[track]);

  ul_evidence_set_provenance (evidence, UL_PROVENANCE_AS_SENT);
  for (; s->n_marks[track] < ul_evidence_n (s->file); s->n_marks[track]++) {
    const UlObservation *o = ul_evidence_get (s->file, s->n_marks[track]);

    ul_evidence_add (evidence, o->key, o->value, o->first);
  }
  ul_evidence_set_provenance (evidence, s->provenance);
}

static UlExaminer *
examiner (Session *s, guint track)
{
  track = MIN (track, UL_MAX_VIDEO_TRACKS - 1);
  while (s->n_streams <= track) {
    s->examiner[s->n_streams++] = ul_source_new_stream (s->result);
    give_marks (s, s->n_streams - 1);
  }
  return s->examiner[track];
}

static UlEvidence *
session_evidence (gpointer user_data, int track)
{
  Session *s = user_data;

  return track < 0 ? s->file : ul_examiner_evidence (examiner (s, (guint) track));
}

/* FALSE: FFmpeg is not there. */
static gboolean
av_setup (void)
{
  static gsize done;

  if (!ul_ffmpeg ())
    return FALSE;
  if (g_once_init_enter (&done)) {
    AV (av_log_set_level) (AV_LOG_QUIET);
    AV (av_max_alloc) (AV_MAX_ALLOC_BYTES);
    g_once_init_leave (&done, 1);
  }
  return TRUE;
}

/* Decodes the stream beside reading it, where that was asked for. */
static void
go_deep (Session *s, guint track, UlBitstream *bitstream)
{
  track = MIN (track, UL_MAX_VIDEO_TRACKS - 1);
  if (s->deep[track] || s->n_deep == UL_DEEP_MAX_STREAMS || !av_setup ())
    return;
  s->n_deep++;
  s->deep[track] = ul_deep_new ();
  ul_bitstream_set_tap (bitstream, ul_deep_feed, s->deep[track]);
}

static UlBitstream *
session_bitstream (gpointer user_data, guint track, UlCodec codec)
{
  Session *s = user_data;
  UlBitstream *bitstream = ul_examiner_bitstream (examiner (s, track), codec);

  if (s->options->deep && codec == UL_CODEC_H264)
    go_deep (s, track, bitstream);
  return bitstream;
}

static void
session_codec_name (gpointer user_data, guint track, const char *name)
{
  UlExaminer *e = examiner (user_data, track);

  if (!ul_examiner_codec_name (e))
    ul_examiner_set_codec_name (e, name);
}

static void
session_advance (gpointer user_data, guint64 offset)
{
  Session *s = user_data;

  if (!s->options->progress || offset < s->next_progress)
    return;
  s->next_progress = offset + PROGRESS_BYTES;
  s->options->progress (offset, s->reader.size, s->options->progress_data);
}

static gssize
input_pread (gpointer user_data, void *buffer, gsize len, guint64 offset)
{
  return ul_input_pread (user_data, buffer, len, offset);
}

static guint64
input_next_data (gpointer user_data, guint64 offset)
{
  return ul_input_next_data (user_data, offset);
}

typedef struct {
  const guint8 *data;
  gsize len;
} Memory;

static gssize
memory_pread (gpointer user_data, void *buffer, gsize len, guint64 offset)
{
  const Memory *memory = user_data;

  if (offset >= memory->len)
    return 0;
  len = MIN (len, memory->len - (gsize) offset);
  memcpy (buffer, memory->data + offset, len);
  return (gssize) len;
}

static void
session_init (Session *s, const UlSourceOptions *options, UlSourceResult *result)
{
  s->options = options;
  s->result = result;
  s->file = ul_evidence_new ();
  s->tracks = (UlTracks){ .evidence = session_evidence,
                          .bitstream = session_bitstream,
                          .codec_name = session_codec_name,
                          .advance = session_advance,
                          .user_data = s };
}

/* What decoding showed, or why it showed nothing; it comes after all else, which keeps its numbers. */
static void
finish_deep (Session *s, guint track)
{
  UlEvidence *evidence = ul_examiner_evidence (s->examiner[track]);
  const char *codec = ul_examiner_codec_name (s->examiner[track]);

  if (s->deep[track]) {
    ul_bitstream_set_tap (ul_examiner_bitstream (s->examiner[track], UL_CODEC_H264), NULL, NULL);
    ul_deep_finish (s->deep[track], evidence);
  } else if (s->options->deep && g_strcmp0 (codec, "h264") != 0) {
    ul_evidence_warn (evidence, "--deep decodes H.264 only: this stream is %s", codec ? codec : "of an unknown codec");
  } else if (s->options->deep && s->n_deep == UL_DEEP_MAX_STREAMS) {
    ul_evidence_warn (evidence, "--deep decodes %d streams of a file, and not this one", UL_DEEP_MAX_STREAMS);
  } else if (s->options->deep) {
    ul_evidence_warn (evidence, "there is no access unit to decode");
  }
}

/* Hands the streams to the result. */
static void
session_finish (Session *s)
{
  examiner (s, 0);
  for (guint i = 0; i < s->n_streams; i++) {
    give_marks (s, i);
    ul_examiner_finish (s->examiner[i]);
    finish_deep (s, i);
    g_ptr_array_add (s->result->streams, g_steal_pointer (&s->examiner[i]));
  }
  for (guint i = 0; i < ul_evidence_n_warnings (s->file); i++)
    g_ptr_array_add (s->result->warnings, g_strdup (ul_evidence_get_warning (s->file, i)));
}

static void
session_clear (Session *s)
{
  for (guint i = 0; i < s->n_streams; i++) {
    ul_examiner_free (s->examiner[i]);
    ul_deep_free (s->deep[i]);
  }
  ul_evidence_free (s->file);
}

/* The family is known: from here on it is worth hashing. */
static void
begin (Session *s, const char *container, const char *format, const guint8 *head, gsize len)
{
  if (!s->result->container)
    s->result->container = g_strdup (container);
  ul_evidence_add (s->file, UL_KEY_CONTAINER_FORMAT, format, UL_AT_OFFSET (0, -1));
  if (head)
    ul_evidence_add_hex (s->file, UL_KEY_CONTAINER_HEAD, head, MIN (len, HEAD_MARK_BYTES), UL_AT_OFFSET (0, HEAD_MARK_BYTES));
  if (s->input && ul_source_is_hashed (s->options))
    ul_input_hash_start (s->input);
}

/* --- byte streams --------------------------------------------------------------- */

/* What comes before the first start code belongs to no NAL unit. */
static void
warn_before_start (Session *s, const guint8 *head, gsize len)
{
  gsize first = 0, n = 0;

  while (first + 3 <= len && !(head[first] == 0 && head[first + 1] == 0 && head[first + 2] == 1))
    n += head[first++] != 0;
  if (n > 0)
    ul_evidence_warn (s->file, "%" G_GSIZE_FORMAT " bytes before the first start code", first);
}

/* A piece of the file, or a long hole of a sparse one that is passed over. */
typedef struct {
  guint8 *data;
  gssize len;       /* 0 or less: the end, or an error */
  guint64 offset;
  guint64 hole_end; /* of a hole, else 0 */
} Block;

/* The next pieces are read while one is looked at. */
typedef struct {
  const UlReader *reader;
  GAsyncQueue *empty, *full; /* Block */
  Block blocks[BLOCKS_AHEAD];
  guint64 offset;
} Ahead;

static void
fill_block (Ahead *self, Block *block)
{
  guint64 data = ul_reader_next_data (self->reader, self->offset);
  gboolean hole = data - self->offset >= HOLE_BYTES;

  block->offset = self->offset;
  block->hole_end = hole ? data : 0;
  block->len = hole ? 1 : self->reader->pread (self->reader->user_data, block->data, BLOCK_BYTES, self->offset);
  self->offset = hole ? data : self->offset + (guint64) MAX (block->len, 0);
}

static gpointer
read_ahead (gpointer data)
{
  Ahead *self = data;
  gboolean more = TRUE;

  while (more) {
    Block *block = g_async_queue_pop (self->empty);
    if (self->offset < self->reader->size)
      fill_block (self, block);
    else
      block->len = 0;
    more = block->len > 0;
    g_async_queue_push (self->full, block);
  }
  return NULL;
}

static void
take_block (Session *s, UlBitstream *bitstream, const Block *block)
{
  static const guint8 zeros[HOLE_EDGE_BYTES];

  if (block->hole_end) {
    ul_bitstream_annexb (bitstream, zeros, sizeof zeros, (gint64) block->offset, -1);
    ul_evidence_warn (s->file, "bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " are a hole of the file and passed over", block->offset,
                      block->hole_end);
    return;
  }
  ul_bitstream_annexb (bitstream, block->data, (gsize) block->len, (gint64) block->offset, -1);
  session_advance (s, block->offset + (guint64) block->len);
}

static void
read_annexb (Session *s, UlCodec codec)
{
  UlBitstream *bitstream = session_bitstream (s, 0, codec);
  g_autofree guint8 *data = g_malloc (BLOCKS_AHEAD * BLOCK_BYTES);
  Ahead ahead = { .reader = &s->reader, .empty = g_async_queue_new (), .full = g_async_queue_new () };
  guint64 offset = 0;

  for (guint i = 0; i < BLOCKS_AHEAD; i++) {
    ahead.blocks[i].data = data + i * BLOCK_BYTES;
    g_async_queue_push (ahead.empty, &ahead.blocks[i]);
  }
  GThread *thread = g_thread_new ("read-ahead", read_ahead, &ahead);
  for (Block *block; (block = g_async_queue_pop (ahead.full))->len > 0; g_async_queue_push (ahead.empty, block)) {
    take_block (s, bitstream, block);
    offset = block->hole_end ? block->hole_end : block->offset + (guint64) block->len;
  }
  g_thread_join (thread);
  g_async_queue_unref (ahead.empty);
  g_async_queue_unref (ahead.full);
  if (offset < s->reader.size)
    ul_evidence_warn (s->file, "cannot be read beyond byte %" G_GUINT64_FORMAT, offset);
}

/*
 * A start code at the very beginning and plausible NAL units behind it, but no
 * parameter sets that parse: a piece of a byte stream.
 */
static UlCodec
probe_piece (const guint8 *head, gsize len)
{
  gsize zeros = 0;
  guint seen = 0;
  UlCodec codec;

  while (zeros < len && zeros < 8 && head[zeros] == 0)
    zeros++;
  if (zeros < 2 || zeros + 2 > len || head[zeros] != 1)
    return UL_CODEC_NONE;
  codec = ul_container_guess_codec (head, len);
  for (gsize i = zeros - 2; i + 5 <= len && seen < 64; i++) {
    if (head[i] || head[i + 1] || head[i + 2] != 1)
      continue;
    if (!ul_container_nal_plausible (codec, head + i + 3, len - i - 3))
      return UL_CODEC_NONE;
    seen++;
    i += 3;
  }
  return codec;
}

static gboolean
try_annexb (Session *s, const guint8 *head, gsize len)
{
  gsize first = 0;
  UlCodec codec = ul_bitstream_probe (head, len, &first);

  if (codec == UL_CODEC_NONE)
    codec = probe_piece (head, len);
  if (codec == UL_CODEC_NONE)
    return FALSE;
  begin (s, "annexb", "annexb", NULL, 0);
  warn_before_start (s, head, len);
  read_annexb (s, codec);
  return TRUE;
}

/* --- own readers ------------------------------------------------------------------ */

static gboolean
try_isobmff (Session *s, const guint8 *head, gsize len)
{
  guint n_video;
  const char *family;

  if (!ul_isobmff_probe (head, len, s->reader.size))
    return FALSE;
  s->provenance = UL_PROVENANCE_MUXER_TOUCHED;
  if (s->input && ul_source_is_hashed (s->options))
    ul_input_hash_start (s->input);
  family = ul_isobmff_read (&s->reader, &s->tracks, &n_video);
  begin (s, family, family, NULL, 0);
  if (n_video == 0)
    ul_evidence_warn (s->file, "no video track");
  return TRUE;
}

static gboolean
try_framed (Session *s, const guint8 *head, gsize len)
{
  guint64 offset;
  guint n_video;
  const UlFramedFormat *format = ul_framed_probe (head, len, s->reader.size, &offset);

  if (!format)
    return FALSE;
  begin (s, format->name, format->name, head, len);
  ul_framed_read (format, &s->reader, &s->tracks, offset, &n_video);
  return TRUE;
}

static gboolean
try_mpegps (Session *s, const guint8 *head, gsize len)
{
  guint n_video;

  if (!ul_mpegps_probe (head, len, s->reader.size))
    return FALSE;
  begin (s, "mpegps", "mpegps", head, len);
  ul_mpegps_read (&s->reader, &s->tracks, &n_video);
  return TRUE;
}

static gboolean
try_mpegts (Session *s, const guint8 *head, gsize len)
{
  gsize first;
  guint n_video;

  if (!ul_mpegts_probe (head, len, s->reader.size, &first))
    return FALSE;
  begin (s, "mpegts", "mpegts", NULL, 0);
  ul_mpegts_read (&s->reader, &s->tracks, &n_video);
  return TRUE;
}

/* Its frames are not known beyond the start codes in them. */
static gboolean
try_sdv (Session *s, const guint8 *head, gsize len)
{
  gsize first;
  UlCodec codec;

  if (!ul_sdv_probe (head, len))
    return FALSE;
  begin (s, "sdv", "sdv", head, len);
  ul_sdv_marks (head, len, s->file);
  ul_evidence_warn (s->file, "sdv frames are not taken off: what lies between NAL units may be read as part of them");
  codec = ul_bitstream_probe (head, len, &first);
  if (codec != UL_CODEC_NONE)
    read_annexb (s, codec);
  return TRUE;
}

/* --- libavformat --------------------------------------------------------------------- */

/* Demuxers of binary formats that hold all they need in one file. */
static const char av_formats[] =
  ",asf,mxf,mxf_opatom,rm,nut,ivf,wtv,ogg,gxf,mpegvideo,m4v,mjpeg,dv,nsv,vc1,wav,w64,mp3,aac,flac,aiff,caf,au,amr,";

typedef struct {
  Session *s;
  guint64 offset;
} AvSource;

typedef struct {
  Session *s;
  AVFormatContext *context;
  AvSource source;
  struct {
    int track;            /* -1 until it is known to be video */
    UlCodec codec;
    guint prefix_bytes;
    guint64 extradata_bytes; /* that were seen */
  } stream[AV_MAX_STREAMS];
  guint n_tracks;
} Av;

static int
av_source_read (void *opaque, uint8_t *buffer, int len)
{
  AvSource *source = opaque;
  gssize n = source->s->reader.pread (source->s->reader.user_data, buffer, (gsize) len, source->offset);

  if (n < 0)
    return AVERROR (EIO);
  source->offset += (guint64) n;
  session_advance (source->s, source->offset);
  return n ? (int) n : AVERROR_EOF;
}

static int64_t
av_source_seek (void *opaque, int64_t offset, int whence)
{
  AvSource *source = opaque;
  gint64 size = (gint64) source->s->reader.size;

  whence &= ~AVSEEK_FORCE;
  if (whence == AVSEEK_SIZE)
    return size;
  if (whence == SEEK_CUR)
    offset += (gint64) source->offset;
  else if (whence == SEEK_END)
    offset += size;
  if (offset < 0)
    return AVERROR (EINVAL);
  source->offset = (guint64) offset;
  return offset;
}

/* Nothing but the given bytes is ever opened. */
static int
av_refuse_open (AVFormatContext *context, AVIOContext **ret_io, const char *url, int flags, AVDictionary **options)
{
  return AVERROR (EACCES);
}

static AVFormatContext *
av_new_context (AvSource *source)
{
  AVFormatContext *context = AV (avformat_alloc_context) ();
  guint8 *buffer = AV (av_malloc) (AV_BUFFER_BYTES);
  AVIOContext *io = context && buffer ? AV (avio_alloc_context) (buffer, AV_BUFFER_BYTES, 0, source, av_source_read, NULL, av_source_seek) : NULL;

  if (!io) {
    AV (av_free) (buffer);
    AV (avformat_free_context) (context);
    return NULL;
  }
  context->pb = io;
  context->io_open = av_refuse_open;
  context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_NOFILLIN | AVFMT_FLAG_NOPARSE;
  context->max_streams = AV_MAX_STREAMS;
  context->max_index_size = AV_MAX_INDEX_BYTES;
  context->probesize = PROBE_BYTES;
  context->protocol_whitelist = AV (av_strdup) ("none");
  return context;
}

static void
av_free_io (AVIOContext *io)
{
  if (io)
    AV (av_freep) (&io->buffer);
  AV (avio_context_free) (&io);
}

static const char *
av_codec_text (enum AVCodecID id)
{
  return id == AV_CODEC_ID_HEVC ? "h265" : AV (avcodec_get_name) (id);
}

/* Out-of-band parameter sets: a configuration record or a byte stream. */
static void
av_take_extradata (Av *av, guint i, const guint8 *data, gsize len)
{
  UlBitstream *bitstream = session_bitstream (av->s, (guint) av->stream[i].track, av->stream[i].codec);
  guint prefix_bytes = ul_bitstream_config_record (bitstream, data, len, -1);

  av->stream[i].extradata_bytes = len;
  if (prefix_bytes)
    av->stream[i].prefix_bytes = prefix_bytes;
  else if (len > 4 && data[0] == 0 && data[1] == 0)
    ul_bitstream_annexb (bitstream, data, len, -1, -1);
}

/* A stream of the container, when it shows; FALSE if its packets are not wanted. */
static gboolean
av_know_stream (Av *av, guint i)
{
  const AVStream *stream = av->context->streams[i];
  const AVCodecParameters *par = stream->codecpar;
  UlCodec codec = par->codec_id == AV_CODEC_ID_H264 ? UL_CODEC_H264 : par->codec_id == AV_CODEC_ID_HEVC ? UL_CODEC_H265 : UL_CODEC_NONE;

  if (par->codec_type != AVMEDIA_TYPE_VIDEO || stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
    return FALSE;
  if (av->stream[i].track < 0) {
    if (av->n_tracks >= UL_MAX_VIDEO_TRACKS)
      return FALSE;
    av->stream[i].track = (int) av->n_tracks++;
    av->stream[i].codec = codec;
    if (codec == UL_CODEC_NONE)
      session_codec_name (av->s, (guint) av->stream[i].track, av_codec_text (par->codec_id));
  }
  if (av->stream[i].codec != UL_CODEC_NONE && par->extradata_size > 0 && av->stream[i].extradata_bytes != (guint64) par->extradata_size)
    av_take_extradata (av, i, par->extradata, (gsize) par->extradata_size);
  return av->stream[i].codec != UL_CODEC_NONE;
}

static void
av_take_packet (Av *av, const AVPacket *packet)
{
  guint i = (guint) packet->stream_index;
  size_t len;
  const guint8 *extradata;
  gint64 time_us = -1;

  if (i >= MIN (av->context->nb_streams, AV_MAX_STREAMS) || !av_know_stream (av, i) || packet->size <= 0)
    return;
  if ((extradata = AV (av_packet_get_side_data) (packet, AV_PKT_DATA_NEW_EXTRADATA, &len)))
    av_take_extradata (av, i, extradata, len);
  gint64 ts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
  if (ts != AV_NOPTS_VALUE && ts >= 0)
    time_us = AV (av_rescale_q) (ts, av->context->streams[i]->time_base, AV_TIME_BASE_Q);
  UlBitstream *bitstream = session_bitstream (av->s, (guint) av->stream[i].track, av->stream[i].codec);
  if (av->stream[i].prefix_bytes) {
    ul_bitstream_sample_begin (bitstream, av->stream[i].prefix_bytes, (guint64) packet->size, packet->pos, time_us);
    ul_bitstream_sample_data (bitstream, packet->data, (gsize) packet->size);
    ul_bitstream_sample_end (bitstream);
  } else {
    ul_bitstream_annexb (bitstream, packet->data, (gsize) packet->size, packet->pos, time_us);
  }
}

static void
av_take_tags (Session *s, const AVDictionary *tags)
{
  const AVDictionaryEntry *tag = NULL;

  while ((tag = AV (av_dict_get) (tags, "", tag, AV_DICT_IGNORE_SUFFIX)))
    ul_container_add_text (s->file, ul_container_text_key (tag->key), tag->key, (const guint8 *) tag->value, strlen (tag->value), UL_NOWHERE);
}

static void
av_read_packets (Av *av)
{
  AVPacket *packet = AV (av_packet_alloc) ();
  int r;

  for (guint i = 0; i < MIN (av->context->nb_streams, AV_MAX_STREAMS); i++)
    av_know_stream (av, i);
  while ((r = AV (av_read_frame) (av->context, packet)) >= 0) {
    av_take_packet (av, packet);
    AV (av_packet_unref) (packet);
  }
  if (r != AVERROR_EOF) {
    char text[AV_ERROR_MAX_STRING_SIZE];

    AV (av_strerror) (r, text, sizeof text);
    ul_evidence_warn (av->s->file, "reading stopped at byte %" G_GUINT64_FORMAT ": %s", av->source.offset, text);
  }
  AV (av_packet_free) (&packet);
  if (av->n_tracks == 0 && av->context->nb_streams > 0) {
    session_codec_name (av->s, 0, av_codec_text (av->context->streams[0]->codecpar->codec_id));
    ul_evidence_warn (av->s->file, "no video stream");
  }
}

static void
read_with_av (Session *s, const AVInputFormat *format, gboolean tags)
{
  Av av = { .s = s, .source = { .s = s } };
  AVIOContext *io;
  int r;

  for (guint i = 0; i < AV_MAX_STREAMS; i++)
    av.stream[i].track = -1;
  av.context = av_new_context (&av.source);
  if (!av.context)
    return;
  io = av.context->pb;
  r = AV (avformat_open_input) (&av.context, NULL, format, NULL);
  if (r < 0) {
    char text[AV_ERROR_MAX_STRING_SIZE];

    AV (av_strerror) (r, text, sizeof text);
    ul_evidence_warn (s->file, "the %s file cannot be read from its head on: %s", format->name, text);
  } else {
    if (tags) {
      av_take_tags (s, av.context->metadata);
      for (guint i = 0; i < av.context->nb_streams; i++)
        av_take_tags (s, av.context->streams[i]->metadata);
    }
    av_read_packets (&av);
    AV (avformat_close_input) (&av.context);
  }
  av_free_io (io);
}

/* Families whose marks are read here and whose samples come from libavformat. */
static const struct {
  gboolean (*probe) (const guint8 *head, gsize len);
  void (*marks) (const UlReader *reader, UlEvidence *evidence);
  const char *av_name, *container, *format;
  UlProvenance provenance;
} av_families[] = {
  { ul_matroska_probe, ul_matroska_marks, "matroska", "mkv", "matroska", UL_PROVENANCE_MUXER_TOUCHED },
  { ul_avi_probe, ul_avi_marks, "avi", "avi", "avi", UL_PROVENANCE_AS_SENT },
  { ul_flv_probe, ul_flv_marks, "flv", "flv", "flv", UL_PROVENANCE_MUXER_TOUCHED },
};

static gboolean
try_av_families (Session *s, const guint8 *head, gsize len)
{
  for (gsize i = 0; i < G_N_ELEMENTS (av_families); i++) {
    const AVInputFormat *format;

    if (!av_families[i].probe (head, len))
      continue;
    s->provenance = av_families[i].provenance;
    begin (s, av_families[i].container, av_families[i].format, NULL, 0);
    av_families[i].marks (&s->reader, s->file);
    if (!av_setup ())
      ul_evidence_warn (s->file, "its pictures are not read: the libraries of FFmpeg %d cannot be loaded", LIBAVFORMAT_VERSION_MAJOR);
    else if ((format = AV (av_find_input_format) (av_families[i].av_name)))
      read_with_av (s, format, FALSE);
    return TRUE;
  }
  return FALSE;
}

/* Anything else that libavformat is sure of. */
static gboolean
try_av_others (Session *s, const guint8 *head, gsize len)
{
  g_autofree guint8 *padded = g_malloc0 (AV_PROBE_PADDING_BYTES + AVPROBE_PADDING_SIZE);
  AVProbeData probe = { .filename = "", .buf = padded, .buf_size = (int) MIN (len, AV_PROBE_PADDING_BYTES) };
  const AVInputFormat *format;
  int score = 0;

  if (!av_setup ())
    return FALSE;
  memcpy (padded, head, (gsize) probe.buf_size);
  format = AV (av_probe_input_format3) (&probe, 1, &score);
  if (!format || score < AV_MIN_SCORE)
    return FALSE;
  g_auto (GStrv) names = g_strsplit (format->name, ",", 2);
  g_autofree char *item = g_strdup_printf (",%s,", names[0]);
  if (!strstr (av_formats, item))
    return FALSE;
  begin (s, names[0], names[0], head, len);
  read_with_av (s, format, TRUE);
  return TRUE;
}

/* --- the order of asking ---------------------------------------------------------------- */

static gboolean
read_recording (Session *s)
{
  /* Formats with letters of their own come before those that are told by start codes. */
  static gboolean (*const readers[]) (Session *s, const guint8 *head, gsize len) = {
    try_isobmff, try_av_families, try_sdv, try_framed, try_mpegps, try_mpegts, try_annexb, try_av_others,
  };
  g_autofree guint8 *head = g_malloc (PROBE_BYTES);
  gssize len = s->reader.pread (s->reader.user_data, head, PROBE_BYTES, 0);

  for (gsize i = 0; len > 0 && i < G_N_ELEMENTS (readers); i++)
    if (readers[i](s, head, (gsize) len)) {
      session_finish (s);
      return TRUE;
    }
  return FALSE;
}

gboolean
ul_recording_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error)
{
  Session s = { .input = input, .reader = { .pread = input_pread, .size = ul_input_size (input), .user_data = input, .next_data = input_next_data } };
  gboolean found;

  session_init (&s, options, result);
  found = read_recording (&s);
  session_clear (&s);
  if (found)
    result->kind = UL_INPUT_RECORDING;
  return found;
}

gboolean
ul_recording_examine_bytes (const guint8 *data, gsize len, UlSourceResult *result)
{
  static const UlSourceOptions options = { .no_hash = TRUE };
  Memory memory = { data, len };
  Session s = { .reader = { .pread = memory_pread, .size = len, .user_data = &memory } };
  gboolean found;

  if (len == 0)
    return FALSE;
  session_init (&s, &options, result);
  found = read_recording (&s);
  if (!found && ul_mpegps_descriptors (data, len, s.file)) {
    begin (&s, "mpegps", "mpegps", NULL, 0);
    session_finish (&s);
    found = TRUE;
  }
  session_clear (&s);
  return found;
}
