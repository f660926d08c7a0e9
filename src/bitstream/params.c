/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/params.h"

#include "bitstream/tally.h"

#define MAX_SETS UL_EVIDENCE_VALUES_PER_KEY
#define MAX_IDS 256
#define MAX_AFTER_STOP 32
#define MAX_WARNINGS 64

typedef union {
  UlH264Sps h264_sps;
  UlH264Pps h264_pps;
  UlH265Vps h265_vps;
  UlH265Sps h265_sps;
  UlH265Pps h265_pps;
} Parsed;

/* A distinct parameter set; reference counted (GRcBox). */
typedef struct {
  UlParamsKind kind;
  guint id, type;
  guint64 hash, count;
  UlWhere first, last;
  guint8 *raw;
  gsize raw_len;
  gpointer parsed;   /* the member of Parsed that it is */
  gboolean readable; /* slices can be read with it */
  gboolean ok;
  guint8 after_stop[MAX_AFTER_STOP];
  gsize n_after_stop;
  gsize stop_bit_late; /* zero bits before it that are of no element */
} Set;

struct _UlParams {
  UlCodec codec;
  UlEvidence *evidence;
  Set *sets[MAX_SETS]; /* in the order of first sight */
  guint n_sets;
  guint64 n_more;
  Set *last[UL_N_PARAMS];
  Set *in_force[UL_N_PARAMS][MAX_IDS];
  Set *in_band[UL_N_PARAMS][MAX_IDS]; /* borrowed identity of the last one met in band */
  Set *last_sps;
  gboolean any_ok, has_sps, has_pps;
  guint64 n_failed, n_warnings;
  UlTally changes;
  guint8 *rbsp;
};

static void
set_clear (gpointer data)
{
  Set *set = data;

  g_free (set->raw);
  g_free (set->parsed);
}

static void
set_release (Set *set)
{
  if (set)
    g_rc_box_release_full (set, set_clear);
}

static void
set_assign (Set **place, Set *set)
{
  Set *before = *place;

  *place = g_rc_box_acquire (set);
  set_release (before);
}

UlParams *
ul_params_new (UlCodec codec, UlEvidence *evidence)
{
  UlParams *self = g_new0 (UlParams, 1);

  self->codec = codec;
  self->evidence = evidence;
  return self;
}

void
ul_params_free (UlParams *self)
{
  for (guint i = 0; i < self->n_sets; i++)
    set_release (self->sets[i]);
  for (guint kind = 0; kind < UL_N_PARAMS; kind++) {
    set_release (self->last[kind]);
    for (guint id = 0; id < MAX_IDS; id++) {
      set_release (self->in_force[kind][id]);
      set_release (self->in_band[kind][id]);
    }
  }
  set_release (self->last_sps);
  ul_tally_clear (&self->changes);
  g_free (self->rbsp);
  g_free (self);
}

UlParamsKind
ul_params_kind (UlCodec codec, guint type)
{
  if (codec == UL_CODEC_H264)
    return type == 7 ? UL_PARAMS_SPS : type == 8 ? UL_PARAMS_PPS : type == 13 || type == 15 ? UL_PARAMS_OTHER : UL_N_PARAMS;
  return type == 32 ? UL_PARAMS_VPS : type == 33 ? UL_PARAMS_SPS : type == 34 ? UL_PARAMS_PPS : UL_N_PARAMS;
}

/* --- reading ---------------------------------------------------------------------------- */

/* nuh_layer_id above 0: H.265 Annex F gives the set another syntax, and its ids are the layer's own. */
static gboolean
is_of_another_layer (UlCodec codec, const UlNal *nal)
{
  return codec == UL_CODEC_H265 && ((nal->head[0] & 1) || nal->head[1] >> 3);
}

static void
read_h264 (UlParams *self, Set *set, UlSyntax *s, Parsed *p)
{
  if (set->kind == UL_PARAMS_SPS || set->type == 15) {
    ul_h264_parse_sps (s, &p->h264_sps);
    set->id = p->h264_sps.seq_parameter_set_id;
    set->readable = p->h264_sps.up_to_vui_ok;
    set->parsed = g_memdup2 (&p->h264_sps, sizeof p->h264_sps);
  } else if (set->kind == UL_PARAMS_PPS) {
    /* The PPS names its SPS after its own id. */
    UlSyntax ids = *s;
    ul_syntax_u (&ids, 8, "nal_unit_header");
    ul_syntax_ue (&ids, "pic_parameter_set_id", 0, 255);
    guint sps_id = ul_syntax_ue (&ids, "seq_parameter_set_id", 0, 31);
    ul_h264_parse_pps (s, ul_params_h264_sps (self, sps_id), &p->h264_pps);
    set->id = p->h264_pps.pic_parameter_set_id;
    set->readable = ul_syntax_ok (s);
    set->parsed = g_memdup2 (&p->h264_pps, sizeof p->h264_pps);
  } else {
    ul_h264_parse_sps_extension (s);
  }
}

static gboolean
read_h265 (Set *set, UlSyntax *s, Parsed *p)
{
  gboolean unread = FALSE;

  if (set->kind == UL_PARAMS_VPS) {
    ul_h265_parse_vps (s, &p->h265_vps);
    set->id = p->h265_vps.vps_video_parameter_set_id;
    set->readable = ul_syntax_ok (s);
    set->parsed = g_memdup2 (&p->h265_vps, sizeof p->h265_vps);
    unread = p->h265_vps.vps_extension_flag;
  } else if (set->kind == UL_PARAMS_SPS) {
    ul_h265_parse_sps (s, &p->h265_sps);
    set->id = p->h265_sps.sps_seq_parameter_set_id;
    set->readable = p->h265_sps.up_to_vui_ok;
    set->parsed = g_memdup2 (&p->h265_sps, sizeof p->h265_sps);
    unread = p->h265_sps.unread;
  } else {
    ul_h265_parse_pps (s, &p->h265_pps);
    set->id = p->h265_pps.pps_pic_parameter_set_id;
    set->readable = ul_syntax_ok (s);
    set->parsed = g_memdup2 (&p->h265_pps, sizeof p->h265_pps);
    unread = p->h265_pps.unread;
  }
  return unread;
}

static void
warn (UlParams *self, const Set *set, const char *what)
{
  const char *name = ul_nal_type_name (self->codec, set->type);

  if (++self->n_warnings > MAX_WARNINGS)
    return;
  if (set->first.offset >= 0)
    ul_evidence_warn (self->evidence, "%s at offset %" G_GINT64_FORMAT ": %s", name, set->first.offset, what);
  else if (set->first.line >= 0)
    ul_evidence_warn (self->evidence, "%s of line %" G_GINT64_FORMAT ": %s", name, set->first.line, what);
  else
    ul_evidence_warn (self->evidence, "%s: %s", name, what);
}

/*
 * Some writers leave zero bits between the last element and the stop bit: how
 * many.  0 where what follows is something else.
 */
static gsize
late_stop_bit (const UlSyntax *s)
{
  UlBits b = s->bits;
  gsize zeros = 0;

  while (ul_bits_left (&b) && !ul_bits_flag (&b))
    zeros++;
  while (ul_bits_left (&b))
    if (ul_bits_flag (&b))
      return 0;
  return zeros;
}

static void
look_after_stop_bit (UlParams *self, Set *set, const UlSyntax *s, gsize rbsp_len)
{
  gsize after;

  if (!ul_syntax_trailing_bits (s, &after)) {
    set->stop_bit_late = late_stop_bit (s);
    if (!set->stop_bit_late)
      warn (self, set, "rbsp_stop_one_bit is not where it is due");
    return;
  }
  if (after >= rbsp_len)
    return;
  set->n_after_stop = MIN (rbsp_len - after, (gsize) MAX_AFTER_STOP);
  memcpy (set->after_stop, s->bits.data + after, set->n_after_stop);
}

static Set *
read_set (UlParams *self, UlParamsKind kind, const UlNal *nal, guint64 hash, const UlWhere *where)
{
  Set *set = g_rc_box_new0 (Set);
  gsize rbsp_len;
  gboolean unread = FALSE;
  Parsed parsed;

  set->kind = kind;
  set->type = ul_nal_type (self->codec, nal->head[0]);
  set->hash = hash;
  set->first = *where;
  set->raw = g_memdup2 (nal->head, nal->head_len);
  set->raw_len = nal->head_len;
  if (is_of_another_layer (self->codec, nal))
    return set;
  if (!self->rbsp)
    self->rbsp = g_malloc (UL_NAL_LONG_HEAD_BYTES);
  const guint8 *rbsp = ul_nal_rbsp (nal, self->rbsp, &rbsp_len);
  UlSyntax s = ul_syntax (rbsp, rbsp_len);
  if (self->codec == UL_CODEC_H264)
    read_h264 (self, set, &s, &parsed);
  else
    unread = read_h265 (set, &s, &parsed);
  set->ok = ul_syntax_ok (&s);
  if (!set->ok) {
    g_autofree char *text = ul_syntax_error_text (&s);
    self->n_failed++;
    warn (self, set, text);
  } else if (!unread && set->type != 15 && nal->len == nal->head_len) {
    look_after_stop_bit (self, set, &s, rbsp_len);
  }
  return set;
}

/* --- taking ------------------------------------------------------------------------------- */

static gboolean
is_set (const Set *set, UlParamsKind kind, const UlNal *nal, guint64 hash)
{
  return set && set->hash == hash && set->kind == kind && set->raw_len == nal->head_len
         && memcmp (set->raw, nal->head, nal->head_len) == 0;
}

/* Owned by self->last[kind]. */
static Set *
find_or_read (UlParams *self, UlParamsKind kind, const UlNal *nal, const UlWhere *where)
{
  guint64 hash = ul_hash_bytes (UL_HASH_SEED, nal->head, nal->head_len);
  Set *found = is_set (self->last[kind], kind, nal, hash) ? self->last[kind] : NULL;

  for (guint i = 0; !found && i < self->n_sets; i++)
    if (is_set (self->sets[i], kind, nal, hash))
      found = self->sets[i];
  if (!found) {
    Set *set = read_set (self, kind, nal, hash, where);
    if (self->n_sets < MAX_SETS)
      self->sets[self->n_sets++] = g_rc_box_acquire (set);
    else
      self->n_more++;
    set_release (self->last[kind]);
    return self->last[kind] = set;
  }
  if (found != self->last[kind])
    set_assign (&self->last[kind], found);
  return found;
}

void
ul_params_take (UlParams *self, UlParamsKind kind, const UlNal *nal, gboolean in_band, const UlWhere *where)
{
  Set *set = find_or_read (self, kind, nal, where);

  set->count++;
  set->last = *where;
  self->any_ok |= set->ok;
  if (!set->readable)
    return;
  if (self->in_force[kind][set->id] != set)
    set_assign (&self->in_force[kind][set->id], set);
  if (in_band && self->in_band[kind][set->id] != set) {
    if (self->in_band[kind][set->id])
      ul_tally_add (&self->changes, kind, where, NULL);
    set_assign (&self->in_band[kind][set->id], set);
  }
  if (kind == UL_PARAMS_SPS && self->last_sps != set)
    set_assign (&self->last_sps, set);
  self->has_sps |= kind == UL_PARAMS_SPS;
  self->has_pps |= kind == UL_PARAMS_PPS;
}

/* --- asking -------------------------------------------------------------------------------- */

static gconstpointer
in_force (const UlParams *self, UlParamsKind kind, guint id)
{
  const Set *set = id < MAX_IDS ? self->in_force[kind][id] : NULL;

  return set ? set->parsed : NULL;
}

const UlH264Pps *
ul_params_h264_pps (const UlParams *self, guint id)
{
  return in_force (self, UL_PARAMS_PPS, id);
}

const UlH264Sps *
ul_params_h264_sps (const UlParams *self, guint id)
{
  return in_force (self, UL_PARAMS_SPS, id);
}

const UlH265Pps *
ul_params_h265_pps (const UlParams *self, guint id)
{
  return in_force (self, UL_PARAMS_PPS, id);
}

const UlH265Sps *
ul_params_h265_sps (const UlParams *self, guint id)
{
  return in_force (self, UL_PARAMS_SPS, id);
}

const UlH264Sps *
ul_params_last_h264_sps (const UlParams *self)
{
  return self->last_sps && self->codec == UL_CODEC_H264 ? self->last_sps->parsed : NULL;
}

const UlH265Sps *
ul_params_last_h265_sps (const UlParams *self)
{
  return self->last_sps && self->codec == UL_CODEC_H265 ? self->last_sps->parsed : NULL;
}

gboolean
ul_params_complete (const UlParams *self)
{
  return self->has_sps && self->has_pps;
}

gboolean
ul_params_any_ok (const UlParams *self)
{
  return self->any_ok;
}

guint64
ul_params_n_failed (const UlParams *self)
{
  return self->n_failed;
}

UlSpsFacts
ul_params_sps_facts (const UlParams *self)
{
  UlSpsFacts facts = { .valid = self->last_sps != NULL };
  const UlH264Sps *sps = ul_params_last_h264_sps (self);
  const UlH265Sps *sps5 = ul_params_last_h265_sps (self);

  if (sps) {
    facts.profile_level[0] = sps->profile_idc;
    facts.profile_level[1] = sps->constraint_flags;
    facts.profile_level[2] = sps->level_idc;
    facts.width = sps->width;
    facts.height = sps->height;
    facts.num_units_in_tick = sps->vui.num_units_in_tick;
    facts.time_scale = sps->vui.time_scale;
  } else if (sps5) {
    facts.width = sps5->width;
    facts.height = sps5->height;
    facts.num_units_in_tick = sps5->vui.vui_num_units_in_tick;
    facts.time_scale = sps5->vui.vui_time_scale;
  }
  return facts;
}

/* --- writing --------------------------------------------------------------------------------- */

static void add (const UlParams *self, UlEvidence *out, const Set *set, UlKey key, const char *format, ...) G_GNUC_PRINTF (5, 6);

static void
add (const UlParams *self, UlEvidence *out, const Set *set, UlKey key, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *value = g_strdup_vprintf (format, args);
  va_end (args);
  ul_evidence_add_counted (out, key, value, set->count, set->first, set->last);
}

static void
add_hex (const UlParams *self, UlEvidence *out, const Set *set, UlKey key, const char *prefix, const guint8 *bytes, gsize len)
{
  g_autoptr (GString) text = g_string_new (prefix);

  for (gsize i = 0; i < MIN (len, (gsize) UL_EVIDENCE_VALUE_BYTES); i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  add (self, out, set, key, "%s", text->str);
}

static void
write_display (const UlParams *self, UlEvidence *out, const Set *set, const UlH264Vui *v)
{
  if (v->colour_description_present_flag)
    add (self, out, set, UL_KEY_H264_SPS_COLOUR, "%u/%u/%u", v->colour_primaries, v->transfer_characteristics, v->matrix_coefficients);
  if (v->video_signal_type_present_flag)
    add (self, out, set, UL_KEY_H264_SPS_VIDEO_SIGNAL, "%u/%d", v->video_format, v->video_full_range_flag);
  if (v->aspect_ratio_info_present_flag && v->aspect_ratio_idc == 255)
    add (self, out, set, UL_KEY_H264_SPS_SAR, "255 %u:%u", v->sar_width, v->sar_height);
  else if (v->aspect_ratio_info_present_flag)
    add (self, out, set, UL_KEY_H264_SPS_SAR, "%u", v->aspect_ratio_idc);
}

static void
write_hrd (const UlParams *self, UlEvidence *out, const Set *set, const char *name, const UlH264Hrd *h)
{
  add (self, out, set, UL_KEY_H264_SPS_HRD, "%s cpb%u len%u,%u,%u,%u", name, h->cpb_cnt_minus1 + 1u,
       h->initial_cpb_removal_delay_length_minus1 + 1u, h->cpb_removal_delay_length_minus1 + 1u,
       h->dpb_output_delay_length_minus1 + 1u, h->time_offset_length);
}

static void
write_h264_vui (const UlParams *self, UlEvidence *out, const Set *set, const UlH264Vui *v)
{
  write_display (self, out, set, v);
  if (v->timing_info_present_flag)
    add (self, out, set, UL_KEY_H264_SPS_FPS, "%u/%u %d", v->num_units_in_tick, v->time_scale, v->fixed_frame_rate_flag);
  if (v->nal_hrd_parameters_present_flag)
    write_hrd (self, out, set, "nal", &v->nal_hrd);
  if (v->vcl_hrd_parameters_present_flag)
    write_hrd (self, out, set, "vcl", &v->vcl_hrd);
  if (v->bitstream_restriction_flag)
    add (self, out, set, UL_KEY_H264_SPS_RESTRICTION, "%d,%u,%u,%u,%u,%u,%u", v->motion_vectors_over_pic_boundaries_flag,
         v->max_bytes_per_pic_denom, v->max_bits_per_mb_denom, v->log2_max_mv_length_horizontal, v->log2_max_mv_length_vertical,
         v->max_num_reorder_frames, v->max_dec_frame_buffering);
}

static void
write_scaling (const UlParams *self, UlEvidence *out, const Set *set, const UlH264Scaling *m)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < m->n_lists; i++)
    g_string_append_c (text, m->present_flags >> i & 1 ? '1' : '0');
  if (m->kind == UL_SCALING_FLAT || m->kind == UL_SCALING_DEFAULT)
    g_string_append (text, m->kind == UL_SCALING_FLAT ? " flat" : " default");
  add (self, out, set, UL_KEY_H264_SPS_SCALING, "%s", text->str);
}

static void
write_h264_sps (const UlParams *self, UlEvidence *out, const Set *set)
{
  const UlH264Sps *sps = set->parsed;
  g_autofree char *form = ul_h264_sps_form (sps, set->ok);

  add (self, out, set, UL_KEY_H264_SPS_FORM, "%s", form);
  add (self, out, set, UL_KEY_H264_SPS_PROFILE_IDC, "%u", sps->profile_idc);
  add (self, out, set, UL_KEY_H264_SPS_CONSTRAINTS, "%02x", sps->constraint_flags);
  add (self, out, set, UL_KEY_H264_SPS_LEVEL_IDC, "%u", sps->level_idc);
  add (self, out, set, UL_KEY_H264_SPS_ID, "%u", sps->seq_parameter_set_id);
  add (self, out, set, UL_KEY_H264_SPS_SIZE, "%ux%u", sps->width, sps->height);
  add (self, out, set, UL_KEY_H264_SPS_REFS, "%u", sps->max_num_ref_frames);
  if (sps->frame_cropping_flag)
    add (self, out, set, UL_KEY_H264_SPS_CROP, "%u,%u,%u,%u", sps->frame_crop_left_offset, sps->frame_crop_right_offset,
         sps->frame_crop_top_offset, sps->frame_crop_bottom_offset);
  if (sps->seq_scaling_matrix_present_flag)
    write_scaling (self, out, set, &sps->scaling);
  if (sps->vui_parameters_present_flag && set->ok)
    write_h264_vui (self, out, set, &sps->vui);
}

static void
write_h264 (const UlParams *self, UlEvidence *out, const Set *set)
{
  if (set->kind == UL_PARAMS_OTHER) {
    add (self, out, set, UL_KEY_H264_SPS_EXTENSION, "%s", ul_nal_type_name (self->codec, set->type));
    return;
  }
  add_hex (self, out, set, set->kind == UL_PARAMS_SPS ? UL_KEY_H264_SPS_RAW : UL_KEY_H264_PPS_RAW, NULL, set->raw, set->raw_len);
  if (!set->readable)
    return;
  if (set->kind == UL_PARAMS_SPS) {
    write_h264_sps (self, out, set);
    return;
  }
  g_autofree char *form = ul_h264_pps_form (set->parsed);
  add (self, out, set, UL_KEY_H264_PPS_FORM, "%s", form);
}

static void
write_h265_sps (const UlParams *self, UlEvidence *out, const Set *set)
{
  const UlH265Sps *sps = set->parsed;
  const UlH265Ptl *p = &sps->ptl;
  g_autofree char *form = ul_h265_sps_form (sps);

  add (self, out, set, UL_KEY_H265_SPS_FORM, "%s", form);
  add (self, out, set, UL_KEY_H265_SPS_SIZE, "%ux%u", sps->width, sps->height);
  add (self, out, set, UL_KEY_H265_SPS_PROFILE, "%u/%08x/%012" G_GINT64_MODIFIER "x/%u", p->general_profile_idc,
       p->general_profile_compatibility_flags, p->constraint_bits, p->general_level_idc);
  if (sps->vui.vui_timing_info_present_flag && sps->vui_ok)
    add (self, out, set, UL_KEY_H265_SPS_TIMING, "%u/%u", sps->vui.vui_num_units_in_tick, sps->vui.vui_time_scale);
}

static void
write_h265 (const UlParams *self, UlEvidence *out, const Set *set)
{
  static const UlKey raw[] = { UL_KEY_H265_VPS_RAW, UL_KEY_H265_SPS_RAW, UL_KEY_H265_PPS_RAW };
  g_autofree char *form = NULL;

  add_hex (self, out, set, raw[set->kind], NULL, set->raw, set->raw_len);
  if (!set->readable)
    return;
  if (set->kind == UL_PARAMS_SPS) {
    write_h265_sps (self, out, set);
    return;
  }
  form = set->kind == UL_PARAMS_VPS ? ul_h265_vps_form (set->parsed) : ul_h265_pps_form (set->parsed);
  add (self, out, set, set->kind == UL_PARAMS_VPS ? UL_KEY_H265_VPS_FORM : UL_KEY_H265_PPS_FORM, "%s", form);
}

void
ul_params_write (const UlParams *self, UlEvidence *out)
{
  static const char *const names[] = { "VPS", "SPS", "PPS", "other" };

  for (guint i = 0; i < self->n_sets; i++) {
    const Set *set = self->sets[i];
    if (self->codec == UL_CODEC_H264)
      write_h264 (self, out, set);
    else
      write_h265 (self, out, set);
    g_autofree char *prefix = g_strdup_printf ("%s ", ul_nal_type_name (self->codec, set->type));
    if (set->stop_bit_late)
      add (self, out, set, UL_KEY_NAL_AFTER_STOP_BIT, "%slate%" G_GSIZE_FORMAT, prefix, set->stop_bit_late);
    if (set->n_after_stop)
      add_hex (self, out, set, UL_KEY_NAL_AFTER_STOP_BIT, prefix, set->after_stop, set->n_after_stop);
  }
  for (guint i = 0; i < self->changes.n; i++) {
    const UlTallyRow *row = &self->changes.rows[i];
    ul_evidence_add_counted (out, UL_KEY_SHAPE_PARAMETER_CHANGE, names[row->key], row->count, row->first, row->last);
  }
  if (self->n_more)
    ul_evidence_warn (out, "%" G_GUINT64_FORMAT " more distinct parameter sets are not listed", self->n_more);
  if (self->n_warnings > MAX_WARNINGS)
    ul_evidence_warn (out, "%" G_GUINT64_FORMAT " more remarks on parameter sets", self->n_warnings - MAX_WARNINGS);
}

guint64
ul_params_n_new (const UlParams *self)
{
  return self->n_sets + self->n_more + ul_tally_total (&self->changes);
}
