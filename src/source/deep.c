/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/deep.h"

#include <math.h>
#include <string.h>

#include "bitstream/nal.h"
#include "source/ffmpeg.h"

#define CHUNK_BYTES (64 * 1024)
#define MAX_UNIT_BYTES (32 * 1024 * 1024) /* an access unit that does not end by then is none */
#define QP_VALUES 128                     /* 0 to 51, and 6 more a bit of depth above 8 */
#define MAP_SHARE 8                       /* a QP map counts where one of so many pictures has it */
#define MB 16

typedef enum { TYPE_I, TYPE_P, TYPE_B, N_TYPES } Type;
typedef enum { MAP_FLAT, MAP_ROW, MAP_MACROBLOCK, N_MAPS } Map;
typedef enum { FULL, HALF, QUARTER, N_PRECISIONS } Precision;

static const char type_letters[N_TYPES] = { 'I', 'P', 'B' };
static const char *const map_names[N_MAPS] = { "flat", "row", "macroblock" };
static const char *const precision_names[N_PRECISIONS] = { "full", "half", "quarter" };
/* by whether the width (2) and the height (1) is 8 */
static const char *const partition_names[] = { "16x16", "16x8", "8x16", "8x8" };
static const char *const list_names[] = { "list0", "list1" };

/* Of all pictures of a type. */
typedef struct {
  guint64 n_pictures, n_qp_pictures;
  guint64 maps[N_MAPS];
  guint64 ranges[QP_VALUES]; /* pictures by their QP range */
  guint64 steps[QP_VALUES];  /* changes of QP by their size */
  guint64 n_steps;
  guint64 n_macroblocks, n_intra;
  guint64 precisions[N_PRECISIONS];
  guint64 partitions[G_N_ELEMENTS (partition_names)];
  guint64 lists[G_N_ELEMENTS (list_names)];
  guint reach[2]; /* horizontal, vertical, in quarter samples */
} Statistics;

struct _UlDeep {
  AVCodecContext *decoder; /* NULL: nothing more is decoded */
  AVCodecParserContext *parser;
  AVPacket *packet;
  AVFrame *frame;
  guint8 *chunk;
  guint8 *inter; /* of the picture under way: macroblocks with a vector */
  guint inter_room;
  gsize unit_bytes; /* fed since the last access unit */
  guint n_units, n_failed, n_damaged;
  gboolean too_large;
  Statistics types[N_TYPES];
};

/* --- one picture ------------------------------------------------------------------ */

/* QP of a macroblock; 0 is what the decoder says of I_PCM, which has none. */
static guint
qp_of (AVVideoEncParams *params, guint i)
{
  int qp = params->qp + av_video_enc_params_block (params, i)->delta_qp;

  return (guint) CLAMP (qp, 0, QP_VALUES - 1);
}

static guint
macroblocks_a_row (AVVideoEncParams *params)
{
  guint n = 1;

  while (n < params->nb_blocks && av_video_enc_params_block (params, n)->src_x > 0)
    n++;
  return n;
}

static void
count_qp (Statistics *s, AVVideoEncParams *params, guint width)
{
  guint smallest = QP_VALUES, largest = 0, last = 0, changes = 0;
  Map map = MAP_FLAT;

  for (guint i = 0; i < params->nb_blocks; i++) {
    guint qp = qp_of (params, i);

    if (i % width == 0)
      changes = 0;
    if (qp == 0)
      continue;
    if (last && qp != last) {
      s->steps[MAX (qp, last) - MIN (qp, last)]++;
      s->n_steps++;
      changes++;
      map = MAX (map, changes > 1 ? MAP_MACROBLOCK : MAP_ROW);
    }
    smallest = MIN (smallest, qp);
    largest = MAX (largest, qp);
    last = qp;
  }
  s->n_qp_pictures++;
  s->maps[map]++;
  s->ranges[largest > smallest ? largest - smallest : 0]++;
}

static void
count_vector (Statistics *s, const AVMotionVector *v)
{
  guint x = (guint) ABS (v->motion_x), y = (guint) ABS (v->motion_y), both = x | y;

  s->partitions[(v->w == 8) << 1 | (v->h == 8)]++;
  s->lists[v->source > 0]++;
  s->reach[0] = MAX (s->reach[0], x);
  s->reach[1] = MAX (s->reach[1], y);
  if (both)
    s->precisions[both & 1 ? QUARTER : both & 2 ? HALF : FULL]++;
}

static void
count_vectors (UlDeep *self, Statistics *s, const AVMotionVector *vectors, gsize n, guint width, guint n_macroblocks)
{
  guint n_inter = 0;

  if (self->inter_room < n_macroblocks) {
    self->inter = g_realloc (self->inter, n_macroblocks);
    self->inter_room = n_macroblocks;
  }
  memset (self->inter, 0, n_macroblocks);
  for (gsize i = 0; i < n; i++) {
    gint64 at = (gint64) (vectors[i].dst_y / MB) * width + vectors[i].dst_x / MB;

    count_vector (s, &vectors[i]);
    if (at >= 0 && at < n_macroblocks && !self->inter[at]) {
      self->inter[at] = TRUE;
      n_inter++;
    }
  }
  s->n_macroblocks += n_macroblocks;
  s->n_intra += n_macroblocks - n_inter;
}

/* A frame of two fields has the type of one of them: what has vectors is not I. */
static Type
type_of (const AVFrame *frame, const AVMotionVector *vectors, gsize n)
{
  gboolean list1 = FALSE;

  for (gsize i = 0; i < n && !list1; i++)
    list1 = vectors[i].source > 0;
  if (list1 || frame->pict_type == AV_PICTURE_TYPE_B)
    return TYPE_B;
  return n || frame->pict_type == AV_PICTURE_TYPE_P ? TYPE_P : TYPE_I;
}

static void
count_picture (UlDeep *self)
{
  AVFrameSideData *qp = AV (av_frame_get_side_data) (self->frame, AV_FRAME_DATA_VIDEO_ENC_PARAMS);
  AVFrameSideData *mv = AV (av_frame_get_side_data) (self->frame, AV_FRAME_DATA_MOTION_VECTORS);
  AVVideoEncParams *params = qp ? (gpointer) qp->data : NULL;
  const AVMotionVector *vectors = mv ? (gconstpointer) mv->data : NULL;
  gsize n_vectors = mv ? mv->size / sizeof *vectors : 0;
  Type type = type_of (self->frame, vectors, n_vectors);
  Statistics *s = &self->types[type];

  s->n_pictures++;
  if (!params || params->nb_blocks == 0)
    return;
  guint width = macroblocks_a_row (params);
  count_qp (s, params, width);
  if (type != TYPE_I)
    count_vectors (self, s, vectors, n_vectors, width, params->nb_blocks);
}

/* --- decoding ----------------------------------------------------------------------- */

static void
end_decoding (UlDeep *self)
{
  if (self->parser)
    AV (av_parser_close) (self->parser);
  self->parser = NULL;
  AV (avcodec_free_context) (&self->decoder);
  AV (av_packet_free) (&self->packet);
  AV (av_frame_free) (&self->frame);
  g_clear_pointer (&self->chunk, g_free);
  g_clear_pointer (&self->inter, g_free);
}

static gboolean
is_too_large (gint64 width, gint64 height, gint64 n_kept)
{
  gint64 n = ((width + MB - 1) / MB) * ((height + MB - 1) / MB);

  return n > UL_DEEP_MAX_FRAME_MBS || n * n_kept > UL_DEEP_MAX_DPB_MBS;
}

static int
get_buffer (AVCodecContext *decoder, AVFrame *frame, int flags)
{
  UlDeep *self = decoder->opaque;

  if (is_too_large (frame->width, frame->height, MAX (decoder->refs, decoder->has_b_frames))) {
    self->too_large = TRUE;
    return AVERROR (ENOMEM);
  }
  return AV (avcodec_default_get_buffer2) (decoder, frame, flags);
}

/*
 * Samples are not looked at: they need no deblocking.  Concealment stays as it is by
 * default: without it, whole pictures of several slices are flagged as damaged.
 */
static AVCodecContext *
open_decoder (UlDeep *self)
{
  const AVCodec *codec = AV (avcodec_find_decoder) (AV_CODEC_ID_H264);
  AVCodecContext *decoder = codec ? AV (avcodec_alloc_context3) (codec) : NULL;

  if (!decoder)
    return NULL;
  decoder->opaque = self;
  decoder->get_buffer2 = get_buffer;
  decoder->thread_count = 1;
  decoder->max_pixels = (gint64) UL_DEEP_MAX_FRAME_MBS * MB * MB;
  decoder->export_side_data = AV_CODEC_EXPORT_DATA_MVS | AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;
  decoder->skip_loop_filter = AVDISCARD_ALL;
  /* Pictures wait for their turn as long as the level allows (C.4.5.3): else those whose turn was missed are dropped. */
  decoder->strict_std_compliance = FF_COMPLIANCE_STRICT;
  /* A stream that does not begin with an IDR picture is not waited for. */
  decoder->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  if (AV (avcodec_open2) (decoder, codec, NULL) < 0)
    AV (avcodec_free_context) (&decoder);
  return decoder;
}

/* A packet, or NULL at the end; FALSE if the decoder does not take it. */
static gboolean
decode (UlDeep *self, const AVPacket *packet)
{
  gboolean taken = AV (avcodec_send_packet) (self->decoder, packet) >= 0;

  while (AV (avcodec_receive_frame) (self->decoder, self->frame) >= 0) {
    if (self->frame->decode_error_flags)
      self->n_damaged++;
    else
      count_picture (self);
    AV (av_frame_unref) (self->frame);
  }
  return taken;
}

/* Parameter sets of a configuration record may come by themselves. */
static gboolean
has_slice (const guint8 *data, gsize len)
{
  const guint8 *end = data + len, *nal;

  while ((nal = ul_nal_find (data, (gsize) (end - data), 1)) && nal + 3 < end) {
    if (ul_nal_is_vcl (UL_CODEC_H264, ul_nal_type (UL_CODEC_H264, nal[3])))
      return TRUE;
    data = nal + 3;
  }
  return FALSE;
}

static void
take_unit (UlDeep *self, const guint8 *data, int len)
{
  gboolean picture = has_slice (data, (gsize) len);

  self->unit_bytes = 0;
  self->n_units += picture;
  self->too_large |= is_too_large (self->parser->coded_width, self->parser->coded_height, 1);
  if (!self->too_large && AV (av_new_packet) (self->packet, len) >= 0) {
    memcpy (self->packet->data, data, (gsize) len);
    if (!decode (self, self->packet) && picture)
      self->n_failed++;
    AV (av_packet_unref) (self->packet);
  }
  if (self->n_units == UL_DEEP_MAX_UNITS && !self->too_large)
    decode (self, NULL);
  if (self->n_units == UL_DEEP_MAX_UNITS || self->too_large)
    end_decoding (self);
}

/* `len` bytes of the chunk; none: the stream ends. */
static void
parse (UlDeep *self, gsize len)
{
  const guint8 *p = self->chunk;
  gboolean end = len == 0;

  self->unit_bytes += len;
  while (self->decoder && (len > 0 || end)) {
    guint8 *unit = NULL;
    int unit_len = 0, used = AV (av_parser_parse2) (self->parser, self->decoder, &unit, &unit_len, p, (int) len, AV_NOPTS_VALUE, AV_NOPTS_VALUE, -1);

    if (unit_len > 0)
      take_unit (self, unit, unit_len);
    if (used < 0 || (used == 0 && unit_len <= 0) || end)
      break;
    p += used;
    len -= MIN ((gsize) used, len);
  }
  if (self->decoder && self->unit_bytes > MAX_UNIT_BYTES) {
    self->n_units++;
    self->n_failed++;
    end_decoding (self);
  }
}

void
ul_deep_feed (const guint8 *data, gsize len, gpointer user_data)
{
  UlDeep *self = user_data;

  while (len > 0 && self->decoder) {
    gsize n = MIN (len, CHUNK_BYTES);

    memcpy (self->chunk, data, n);
    memset (self->chunk + n, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    parse (self, n);
    data += n;
    len -= n;
  }
}

UlDeep *
ul_deep_new (void)
{
  UlDeep *self = g_new0 (UlDeep, 1);

  self->parser = AV (av_parser_init) (AV_CODEC_ID_H264);
  self->packet = AV (av_packet_alloc) ();
  self->frame = AV (av_frame_alloc) ();
  self->chunk = g_malloc (CHUNK_BYTES + AV_INPUT_BUFFER_PADDING_SIZE);
  self->decoder = self->parser && self->packet && self->frame ? open_decoder (self) : NULL;
  return self;
}

void
ul_deep_free (UlDeep *self)
{
  if (!self)
    return;
  end_decoding (self);
  g_free (self);
}

/* --- the observations -------------------------------------------------------------- */

static guint
power_of_two (guint v)
{
  guint p = 1;

  while (p < v)
    p <<= 1;
  return v ? p : 0;
}

/* The smallest value that `percent` of the counts do not exceed. */
static guint
quantile (const guint64 *counts, guint n, guint percent)
{
  guint64 total = 0, sum = 0;

  for (guint i = 0; i < n; i++)
    total += counts[i];
  for (guint i = 0; i < n; i++) {
    sum += counts[i];
    if (sum * 100 >= total * percent)
      return i;
  }
  return n - 1;
}

/* Neither none nor all is what a share is rounded to. */
static void
append_share (GString *text, guint64 part, guint64 total)
{
  double percent = 100.0 * (double) part / (double) total;

  if (part && percent < 5)
    g_string_append (text, "<5");
  else if (part < total && percent > 95)
    g_string_append (text, ">95");
  else
    g_string_append_printf (text, "%u", (guint) (10 * round (percent / 10)));
}

static void
add (UlEvidence *evidence, UlKey key, const Statistics *s, Type type, const char *value)
{
  g_autofree char *text = g_strdup_printf ("%c %s", type_letters[type], value);

  ul_evidence_add_counted (evidence, key, text, s->n_pictures, UL_NOWHERE, UL_NOWHERE);
}

static void
add_shares (UlEvidence *evidence, UlKey key, const Statistics *s, Type type, const char *const *names, const guint64 *counts, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 total = 0;

  for (guint i = 0; i < n; i++)
    total += counts[i];
  if (total == 0)
    return;
  for (guint i = 0; i < n; i++) {
    g_string_append_printf (text, "%s%s ", i ? " " : "", names[i]);
    append_share (text, counts[i], total);
  }
  add (evidence, key, s, type, text->str);
}

/* The names of those that `least` of them or more are. */
static void
add_names (UlEvidence *evidence, UlKey key, const Statistics *s, Type type, const char *const *names, const guint64 *counts, guint n, guint64 least)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    if (counts[i] >= least)
      g_string_append_printf (text, "%s%s", text->len ? " " : "", names[i]);
  if (text->len)
    add (evidence, key, s, type, text->str);
}

static void
add_number (UlEvidence *evidence, UlKey key, const Statistics *s, Type type, guint number)
{
  g_autofree char *text = g_strdup_printf ("%u", power_of_two (number));

  add (evidence, key, s, type, text);
}

static void
write_qp (const Statistics *s, Type type, UlEvidence *evidence)
{
  if (s->n_qp_pictures == 0)
    return;
  add_names (evidence, UL_KEY_DECODED_QP_MAP, s, type, map_names, s->maps, N_MAPS, (s->n_qp_pictures + MAP_SHARE - 1) / MAP_SHARE);
  add_number (evidence, UL_KEY_DECODED_QP_RANGE, s, type, quantile (s->ranges, QP_VALUES, 50));
  if (s->n_steps)
    add_number (evidence, UL_KEY_DECODED_QP_STEP, s, type, quantile (s->steps, QP_VALUES, 90));
}

static void
write_vectors (const Statistics *s, Type type, UlEvidence *evidence)
{
  g_autoptr (GString) intra = g_string_new (NULL);
  /* Quarter samples, rounded up to whole ones. */
  g_autofree char *reach = g_strdup_printf ("%ux%u", power_of_two ((s->reach[0] + 3) / 4), power_of_two ((s->reach[1] + 3) / 4));

  if (s->n_macroblocks == 0)
    return;
  append_share (intra, s->n_intra, s->n_macroblocks);
  add (evidence, UL_KEY_DECODED_INTRA, s, type, intra->str);
  if (s->n_intra == s->n_macroblocks)
    return;
  add_shares (evidence, UL_KEY_DECODED_MV_PRECISION, s, type, precision_names, s->precisions, N_PRECISIONS);
  add (evidence, UL_KEY_DECODED_MV_RANGE, s, type, reach);
  add_names (evidence, UL_KEY_DECODED_PARTITIONS, s, type, partition_names, s->partitions, G_N_ELEMENTS (partition_names), 1);
  add_shares (evidence, UL_KEY_DECODED_MV_LISTS, s, type, list_names, s->lists, G_N_ELEMENTS (list_names));
}

/* Returns how many there are. */
static guint64
write_pictures (const UlDeep *self, UlEvidence *evidence)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 n = 0;

  for (Type type = TYPE_I; type < N_TYPES; type++) {
    n += self->types[type].n_pictures;
    if (self->types[type].n_pictures)
      g_string_append_printf (text, "%s%c %" G_GUINT64_FORMAT, text->len ? " " : "", type_letters[type], self->types[type].n_pictures);
  }
  if (n)
    ul_evidence_add_counted (evidence, UL_KEY_DECODED_PICTURES, text->str, n, UL_NOWHERE, UL_NOWHERE);
  return n;
}

static void
write_warnings (const UlDeep *self, guint64 n_pictures, UlEvidence *evidence)
{
  if (self->too_large)
    ul_evidence_warn (evidence, "pictures of more macroblocks than level 6.2 allows are not decoded");
  else if (self->n_units == 0)
    ul_evidence_warn (evidence, "there is no access unit to decode");
  else if (self->n_failed || self->n_damaged)
    ul_evidence_warn (evidence, "access units that do not decode whole, left out of decoded.*: %u of the first %u",
                      MIN (self->n_units, MAX (self->n_failed, self->n_damaged)), self->n_units);
  else if (n_pictures == 0)
    ul_evidence_warn (evidence, "no whole picture to decode in the first access units (%u)", self->n_units);
}

void
ul_deep_finish (UlDeep *self, UlEvidence *evidence)
{
  guint64 n_pictures;

  if (self->decoder)
    parse (self, 0);
  if (self->decoder)
    decode (self, NULL);
  end_decoding (self);
  n_pictures = write_pictures (self, evidence);
  for (Type type = TYPE_I; type < N_TYPES; type++) {
    write_qp (&self->types[type], type, evidence);
    write_vectors (&self->types[type], type, evidence);
  }
  write_warnings (self, n_pictures, evidence);
}
