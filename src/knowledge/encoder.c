/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/encoder.h"

#include <string.h>

#define MAX_SIDE 65536

/* --- fields ------------------------------------------------------------------------ */

typedef struct {
  const char *name;
  UlEncoderPart part;
  const char *prefix; /* of its token in a form; NULL: the whole part */
} Field;

#define SPS(prefix) { "sps." prefix, UL_PART_SPS, prefix }
#define PPS(prefix) { "pps." prefix, UL_PART_PPS, prefix }
#define VPS(prefix) { "vps." prefix, UL_PART_VPS, prefix }

/* Tokens of src/bitstream/h264_form.c. */
static const Field h264_fields[] = {
  SPS ("h"), SPS ("p"), SPS ("c"), SPS ("mfn"), SPS ("poc"), SPS ("ref"), SPS ("gaps"), SPS ("d"), SPS ("fmo"), SPS ("crop"),
  SPS ("scal"), SPS ("vui"), SPS ("sar"), SPS ("over"), SPS ("vs"), SPS ("col"), SPS ("chroma"), SPS ("tick"), SPS ("nal"),
  SPS ("vcl"), SPS ("lowdelay"), SPS ("pics"), SPS ("br"), SPS ("bd"), SPS ("cf"),
  PPS ("h"), PPS ("id"), PPS ("sps"), PPS ("cabac"), PPS ("bfpo"), PPS ("sg"), PPS ("l0"), PPS ("l1"), PPS ("wp"), PPS ("qp"),
  PPS ("qs"), PPS ("cqo2"), PPS ("cqo"), PPS ("dbc"), PPS ("cip"), PPS ("rpc"), PPS ("t8"), PPS ("scal"),
  { "id", UL_PART_SPS_ID, NULL }, { "scaling", UL_PART_SCALING, NULL }, { "crop", UL_PART_CROP, NULL },
  { "level", UL_PART_LEVEL, NULL }, { "zeros", UL_PART_SPS_ZEROS, NULL }, { "zeros_pps", UL_PART_PPS_ZEROS, NULL },
  { "after_stop", UL_PART_AFTER_STOP, NULL },
};

/* Tokens of src/bitstream/h265_form.c. */
static const Field h265_fields[] = {
  SPS ("h"), SPS ("vps"), SPS ("sub"), SPS ("nest"), SPS ("p"), SPS ("compat"), SPS ("flags"), SPS ("con"), SPS ("tier"), SPS ("cf"),
  SPS ("cw"), SPS ("bd"), SPS ("poc"), SPS ("dpb"), SPS ("cb"), SPS ("tb"), SPS ("th"), SPS ("scal"), SPS ("amp"), SPS ("sao"),
  SPS ("pcm"), SPS ("strps"), SPS ("lt"), SPS ("tmvp"), SPS ("sis"), SPS ("vui"), SPS ("sar"), SPS ("over"), SPS ("vs"), SPS ("col"),
  SPS ("chroma"), SPS ("neutral"), SPS ("field"), SPS ("ffi"), SPS ("disp"), SPS ("tick"), SPS ("poctick"), SPS ("hrd"), SPS ("br"),
  SPS ("ext"),
  PPS ("dep"), PPS ("out"), PPS ("extra"), PPS ("sdh"), PPS ("cabac_init"), PPS ("l0"), PPS ("l1"), PPS ("qp"), PPS ("cip"), PPS ("ts"),
  PPS ("cuqp"), PPS ("cb"), PPS ("cr"), PPS ("slqp"), PPS ("tiles"), PPS ("wpp"), PPS ("lfs"), PPS ("dbc"), PPS ("lists"), PPS ("pml"),
  PPS ("shext"),
  VPS ("dpb"), { "zeros", UL_PART_SPS_ZEROS, NULL }, { "zeros_pps", UL_PART_PPS_ZEROS, NULL },
};

G_STATIC_ASSERT (G_N_ELEMENTS (h264_fields) <= UL_ENCODER_MAX_FIELDS && G_N_ELEMENTS (h265_fields) <= UL_ENCODER_MAX_FIELDS);

static const Field *
fields_of (gboolean h265)
{
  return h265 ? h265_fields : h264_fields;
}

guint
ul_encoder_n_fields (gboolean h265)
{
  return h265 ? G_N_ELEMENTS (h265_fields) : G_N_ELEMENTS (h264_fields);
}

const char *
ul_encoder_field_name (gboolean h265, guint field)
{
  return fields_of (h265)[field].name;
}

int
ul_encoder_field_from_name (gboolean h265, const char *name)
{
  for (guint i = 0; i < ul_encoder_n_fields (h265); i++)
    if (g_str_equal (fields_of (h265)[i].name, name))
      return (int) i;
  return -1;
}

/* The field that a token of a part belongs to: the longest prefix; -1 if there is none. */
static int
field_of_token (gboolean h265, UlEncoderPart part, const char *token)
{
  int best = -1;
  gsize best_len = 0;

  for (guint i = 0; i < ul_encoder_n_fields (h265); i++) {
    const Field *f = &fields_of (h265)[i];
    gsize len = f->part == part && f->prefix ? strlen (f->prefix) : 0;
    if (len > best_len && strncmp (token, f->prefix, len) == 0) {
      best = (int) i;
      best_len = len;
    }
  }
  return best;
}

static void
split_form (const UlEncoderProfile *self, UlEncoderPart part, GStringChunk *scratch, const char **values)
{
  g_auto (GStrv) tokens = g_strsplit (self->parts[part], " ", UL_ENCODER_MAX_FIELDS);

  for (char **t = tokens; *t; t++) {
    int field = field_of_token (self->h265, part, *t);
    if (field >= 0)
      values[field] = g_string_chunk_insert (scratch, *t + strlen (fields_of (self->h265)[field].prefix));
  }
}

void
ul_encoder_profile_fields (const UlEncoderProfile *self, GStringChunk *scratch, const char *ret_values[UL_ENCODER_MAX_FIELDS])
{
  for (guint i = 0; i < ul_encoder_n_fields (self->h265); i++) {
    const Field *f = &fields_of (self->h265)[i];
    ret_values[i] = f->prefix && self->parts[f->part] ? "" : self->parts[f->part];
  }
  for (UlEncoderPart part = UL_PART_SPS; part <= UL_PART_VPS; part++)
    if (self->parts[part])
      split_form (self, part, scratch, ret_values);
}

gboolean
ul_encoder_profile_has_vui (const UlEncoderProfile *self)
{
  return strstr (self->parts[UL_PART_SPS], " vui-") == NULL;
}

/* --- from evidence ------------------------------------------------------------------ */

const char *
ul_encoder_part_name (UlEncoderPart part)
{
  static const char *const names[UL_N_PARTS] = { "sps", "pps", "vps", "id", "scaling", "crop", "level", "zeros", "zeros_pps", "after_stop" };

  return names[part];
}

/* The first observation of a key that can be trusted; -1 if there is none. */
static gint64
find (const UlEvidence *evidence, UlKey key)
{
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (o->key == key && ul_key_vouched (key, o->provenance))
      return i;
  }
  return -1;
}

static char *
dup_first (const UlEvidence *evidence, UlKey key)
{
  gint64 i = find (evidence, key);

  return i < 0 ? NULL : g_strdup (ul_evidence_get (evidence, (guint) i)->value);
}

static void
take_form (UlEncoderProfile *self, const UlEvidence *evidence, UlEncoderPart part, UlKey key)
{
  gint64 i = find (evidence, key);

  if (i < 0)
    return;
  guint index = (guint) i;
  self->parts[part] = g_strdup (ul_evidence_get (evidence, index)->value);
  g_array_append_val (self->observations, index);
}

/* "SPS 1" of nal.trailing_zeros: "1".  In text nothing hides that there are none. */
static char *
dup_zeros (const UlEvidence *evidence, const char *type, gboolean is_text)
{
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (o->key == UL_KEY_NAL_TRAILING_ZEROS && ul_key_vouched (o->key, o->provenance) && g_str_has_prefix (o->value, type))
      return g_strdup (o->value + strlen (type));
  }
  return is_text ? g_strdup ("0") : NULL;
}

static char *
dup_after_stop (const UlEvidence *evidence, gboolean is_text)
{
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (o->key == UL_KEY_NAL_AFTER_STOP_BIT && ul_key_vouched (o->key, o->provenance) && g_str_has_prefix (o->value, "SPS "))
      return g_strdup (o->value + 4);
  }
  return is_text ? g_strdup ("none") : NULL;
}

/* A size of whole macroblocks needs no cropping, another does: norm. */
static const char *
cropping_habit (const char *form, guint width, guint height)
{
  gboolean needed = width % 16 != 0 || height % 16 != 0;

  if (strstr (form, " crop0"))
    return "zero";
  return (strstr (form, " crop1") != NULL) == needed ? "norm" : "odd";
}

/* ITU-T H.264, Table A-1: MaxFS of the levels, in macroblocks. */
static const struct {
  guint level_idc, max_fs;
} levels[] = { { 10, 99 },    { 11, 396 },  { 12, 396 },  { 13, 396 },  { 20, 396 },   { 21, 792 },   { 22, 1620 },  { 30, 1620 },
               { 31, 3600 },  { 32, 5120 }, { 40, 8192 }, { 41, 8192 }, { 42, 8704 },  { 50, 22080 }, { 51, 36864 }, { 52, 36864 },
               { 60, 139264 }, { 61, 139264 }, { 62, 139264 } };

/* NULL for a level that the table does not have. */
static char *
dup_level_steps (guint level_idc, guint width, guint height)
{
  guint macroblocks = ((width + 15) / 16) * ((height + 15) / 16);
  int coded = -1, least = -1;

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (levels[i].level_idc == level_idc)
      coded = (int) i;
    if (least < 0 && levels[i].max_fs >= macroblocks)
      least = (int) i;
  }
  return coded < 0 || least < 0 ? NULL : g_strdup_printf ("%d", CLAMP (coded - least, -3, 7));
}

static void
take_h264 (UlEncoderProfile *self, const UlEvidence *evidence)
{
  g_autofree char *size = dup_first (evidence, UL_KEY_H264_SPS_SIZE), *level = dup_first (evidence, UL_KEY_H264_SPS_LEVEL_IDC);
  char *end = NULL;
  guint64 width = size ? g_ascii_strtoull (size, &end, 10) : 0, height = end && *end == 'x' ? g_ascii_strtoull (end + 1, NULL, 10) : 0;

  self->parts[UL_PART_SPS_ID] = dup_first (evidence, UL_KEY_H264_SPS_ID);
  self->parts[UL_PART_SCALING] = dup_first (evidence, UL_KEY_H264_SPS_SCALING);
  if (!self->parts[UL_PART_SCALING])
    self->parts[UL_PART_SCALING] = g_strdup ("-");
  if (!width || !height || width > MAX_SIDE || height > MAX_SIDE)
    return;
  self->parts[UL_PART_CROP] = g_strdup (cropping_habit (self->parts[UL_PART_SPS], (guint) width, (guint) height));
  if (level)
    self->parts[UL_PART_LEVEL] = dup_level_steps ((guint) g_ascii_strtoull (level, NULL, 10), (guint) width, (guint) height);
}

UlEncoderProfile *
ul_encoder_profile_new (const UlEvidence *evidence)
{
  gint64 h264 = find (evidence, UL_KEY_H264_SPS_FORM), h265 = find (evidence, UL_KEY_H265_SPS_FORM);

  if (h264 < 0 && h265 < 0)
    return NULL;
  UlEncoderProfile *self = g_new0 (UlEncoderProfile, 1);
  gboolean is_text = ul_evidence_get (evidence, (guint) (h264 >= 0 ? h264 : h265))->first.line >= 0;

  self->h265 = h264 < 0;
  self->observations = g_array_new (FALSE, FALSE, sizeof (guint));
  take_form (self, evidence, UL_PART_SPS, self->h265 ? UL_KEY_H265_SPS_FORM : UL_KEY_H264_SPS_FORM);
  take_form (self, evidence, UL_PART_PPS, self->h265 ? UL_KEY_H265_PPS_FORM : UL_KEY_H264_PPS_FORM);
  if (self->h265)
    take_form (self, evidence, UL_PART_VPS, UL_KEY_H265_VPS_FORM);
  else
    take_h264 (self, evidence);
  self->parts[UL_PART_SPS_ZEROS] = dup_zeros (evidence, "SPS ", is_text);
  if (self->parts[UL_PART_PPS])
    self->parts[UL_PART_PPS_ZEROS] = dup_zeros (evidence, "PPS ", is_text);
  self->parts[UL_PART_AFTER_STOP] = dup_after_stop (evidence, is_text);
  return self;
}

void
ul_encoder_profile_free (UlEncoderProfile *self)
{
  if (!self)
    return;
  for (int i = 0; i < UL_N_PARTS; i++)
    g_free (self->parts[i]);
  if (self->observations)
    g_array_unref (self->observations);
  g_free (self);
}
