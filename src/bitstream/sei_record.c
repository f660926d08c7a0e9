/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bitstream/sei_record.h"

#define MAX_PER_TYPE 8 /* distinct payloads written of one private type */
#define FIRST_BYTES 16

struct _UlSeiRecord {
  UlCodec codec;
  UlTally types;
  UlTextTally payloads, uuids, uuid_names, texts, t35s, t35_names, mdpms, timings;
  guint64 n_unread, n_damaged;
  UlWhere damaged;
  guint8 *rbsp;
};

UlSeiRecord *
ul_sei_record_new (UlCodec codec)
{
  UlSeiRecord *self = g_new0 (UlSeiRecord, 1);

  self->codec = codec;
  return self;
}

void
ul_sei_record_free (UlSeiRecord *self)
{
  UlTextTally *const tallies[] = { &self->payloads, &self->uuids, &self->uuid_names, &self->texts,
                                   &self->t35s,     &self->t35_names, &self->mdpms,  &self->timings };

  for (guint i = 0; i < G_N_ELEMENTS (tallies); i++)
    ul_text_tally_clear (tallies[i]);
  ul_tally_clear (&self->types);
  g_free (self->rbsp);
  g_free (self);
}

static char *
hex_text (const char *prefix, const guint8 *data, gsize len)
{
  GString *out = g_string_new (prefix);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (out, "%02x", data[i]);
  return g_string_free (out, FALSE);
}

/* Row of a first sight, -1 otherwise. */
static int
first_sight (UlTextTally *t, guint64 key, const UlWhere *where)
{
  gboolean is_new;
  int row = ul_tally_add (&t->tally, key, where, &is_new);

  return is_new ? row : -1;
}

/* A UUID of the table with a text behind it. */
static gboolean
names_encoder (const UlSeiMessage *m)
{
  gboolean letters = m->len >= 20;

  for (gsize i = 16; i < 20 && letters; i++)
    letters = g_ascii_isprint (m->data[i]);
  return letters && ul_sei_uuid_name (m->data, m->len);
}

static void
note_name (UlTextTally *t, const char *name, const UlWhere *where)
{
  int row = name ? first_sight (t, ul_hash_bytes (UL_HASH_SEED, (const guint8 *) name, strlen (name)), where) : -1;

  if (row >= 0)
    t->texts[row] = g_strdup (name);
}

/* --- user_data_unregistered, user_data_registered_itu_t_t35 ------------------------------- */

static void
note_text (UlSeiRecord *self, const guint8 *data, gsize len, const UlWhere *where)
{
  int row = first_sight (&self->texts, ul_hash_bytes (UL_HASH_SEED, data, MIN (len, (gsize) 1024)), where);

  if (row >= 0)
    self->texts.texts[row] = ul_sei_text (data, len);
}

static void
note_mdpm (UlSeiRecord *self, const UlSeiMessage *m, const UlWhere *where)
{
  const guint8 *entries = NULL;
  guint n = ul_sei_mdpm (m->data, m->len, &entries);

  for (guint i = 0; i < n; i++, entries += 5) {
    int row = first_sight (&self->mdpms, ul_hash_bytes (UL_HASH_SEED, entries, 5), where);
    guint same = 0;
    for (guint k = 0; row >= 0 && k < (guint) row; k++)
      same += self->mdpms.texts[k] && g_ascii_xdigit_value (self->mdpms.texts[k][0]) == entries[0] >> 4
              && g_ascii_xdigit_value (self->mdpms.texts[k][1]) == (entries[0] & 15);
    /* Time and exposure tags change with every picture. */
    if (row >= 0 && same < 4) {
      g_autofree char *tag = g_strdup_printf ("%02x ", entries[0]);
      self->mdpms.texts[row] = hex_text (tag, entries + 1, 4);
    }
  }
}

static void
note_user_data (UlSeiRecord *self, const UlSeiMessage *m, const UlWhere *where)
{
  gsize n = MIN (m->len, (gsize) 16);
  int row = first_sight (&self->uuids, ul_hash_bytes (UL_HASH_SEED, m->data, n), where);

  if (row >= 0)
    self->uuids.texts[row] = hex_text (NULL, m->data, n);
  note_name (&self->uuid_names, ul_sei_uuid_name (m->data, m->len), where);
  /* Some writers put letters where the UUID is due. */
  gboolean letters = n >= 4;
  for (gsize i = 0; i < 4 && letters; i++)
    letters = g_ascii_isprint (m->data[i]);
  gsize skip = letters && ul_sei_uuid_name (m->data, m->len) == NULL ? 0 : n;
  if (m->len > skip)
    note_text (self, m->data + skip, m->len - skip, where);
  note_mdpm (self, m, where);
}

static void
note_t35 (UlSeiRecord *self, const UlSeiMessage *m, const UlWhere *where)
{
  gsize head = MIN (m->len, (gsize) (m->len && m->data[0] == 0xff ? 4 : 3)), n = MIN (m->len, head + 4);
  int row = first_sight (&self->t35s, ul_hash_bytes (UL_HASH_SEED, m->data, n), where);

  note_name (&self->t35_names, ul_sei_t35_name (m->data, m->len), where);
  if (row < 0)
    return;
  g_autofree char *country = hex_text (NULL, m->data, MIN (head, (gsize) 1)), *provider = NULL, *rest = NULL;
  if (head > 1)
    provider = hex_text (" ", m->data + 1, head - 1);
  if (n > head)
    rest = hex_text (" ", m->data + head, n - head);
  self->t35s.texts[row] = g_strconcat (country, provider ? provider : "", rest ? rest : "", NULL);
}

/* --- pic_timing (H.264 D.1.3, H.265 D.2.3) --------------------------------------------------- */

static void
pic_struct_h264 (UlSyntax *s, const UlH264Sps *sps, int *ret_pic_struct)
{
  const UlH264Vui *v = &sps->vui;
  const UlH264Hrd *hrd = v->nal_hrd_parameters_present_flag ? &v->nal_hrd : &v->vcl_hrd;

  if (v->nal_hrd_parameters_present_flag || v->vcl_hrd_parameters_present_flag) {
    ul_syntax_u (s, hrd->cpb_removal_delay_length_minus1 + 1u, "cpb_removal_delay");
    ul_syntax_u (s, hrd->dpb_output_delay_length_minus1 + 1u, "dpb_output_delay");
  }
  if (v->pic_struct_present_flag)
    *ret_pic_struct = (int) ul_syntax_u (s, 4, "pic_struct");
}

/* -1: not coded or not known; -2: the payload is shorter than the SPS calls for */
static int
pic_struct (const UlSeiMessage *m, const UlParams *params)
{
  const UlH264Sps *sps = ul_params_last_h264_sps (params);
  const UlH265Sps *sps5 = ul_params_last_h265_sps (params);
  UlSyntax s = ul_syntax (m->data, m->len);
  int value = -1;

  if (sps && sps->vui_parameters_present_flag)
    pic_struct_h264 (&s, sps, &value);
  else if (sps5 && sps5->vui_parameters_present_flag && sps5->vui.frame_field_info_present_flag)
    value = (int) ul_syntax_u (&s, 4, "pic_struct");
  return ul_syntax_ok (&s) ? value : -2;
}

static void
note_timing (UlSeiRecord *self, const UlSeiMessage *m, const UlParams *params, const UlWhere *where)
{
  /* Before the first SPS nothing tells what is coded. */
  if (!ul_params_last_h264_sps (params) && !ul_params_last_h265_sps (params))
    return;
  int value = pic_struct (m, params);
  int row = first_sight (&self->timings, m->payload_size << 8 | (guint8) value, where);

  if (row < 0)
    return;
  g_autofree char *size = g_strdup_printf ("size%" G_GUINT64_FORMAT, m->payload_size);
  self->timings.texts[row] = value == -2   ? g_strconcat (size, " short", NULL)
                             : value == -1 ? g_strdup (size)
                                           : g_strdup_printf ("%s pic_struct%d", size, value);
}

/* --- any payload ------------------------------------------------------------------------------- */

/* Of types in the standards' tables the size says enough; their content follows the pictures. */
static void
note_payload (UlSeiRecord *self, const UlSeiMessage *m, const UlWhere *where)
{
  gboolean standard = ul_sei_type_is_standard (m->payload_type);
  gsize n = standard && m->payload_size > 2 ? 0 : MIN (m->len, (gsize) FIRST_BYTES);
  guint64 key = ul_hash_mix (ul_hash_mix (UL_HASH_SEED, m->payload_type), m->payload_size);
  int row = first_sight (&self->payloads, ul_hash_bytes (key, m->data, n), where);
  guint same = 0;

  if (row < 0)
    return;
  g_autofree char *type = g_strdup_printf ("%u ", m->payload_type);
  for (guint k = 0; k < (guint) row; k++)
    same += self->payloads.texts[k] && g_str_has_prefix (self->payloads.texts[k], type);
  if (same >= MAX_PER_TYPE)
    return;
  g_autofree char *head = g_strdup_printf ("%u %" G_GUINT64_FORMAT "%s", m->payload_type, m->payload_size, n ? " " : "");
  self->payloads.texts[row] = hex_text (head, m->data, n);
}

static void
note_message (UlSeiRecord *self, const UlSeiMessage *m, const UlParams *params, const UlWhere *where)
{
  ul_tally_add (&self->types, m->payload_type, where, NULL);
  switch (m->payload_type) {
  case 1:
    note_timing (self, m, params, where);
    break;
  case 4:
    note_t35 (self, m, where);
    return;
  case 5:
    note_user_data (self, m, where);
    return;
  default:
    break;
  }
  note_payload (self, m, where);
  if (!ul_sei_type_is_standard (m->payload_type) && m->len >= 8)
    note_text (self, m->data, m->len, where);
}

void
ul_sei_record_take (UlSeiRecord *self, const UlNal *nal, const UlParams *params, UlShape *shape, const UlWhere *where)
{
  gsize header = self->codec == UL_CODEC_H264 ? 1 : 2, len;
  UlSeiMessage m;
  guint n = 0;

  if (nal->head_len <= header)
    return;
  if (!self->rbsp)
    self->rbsp = g_malloc (UL_NAL_LONG_HEAD_BYTES);
  const guint8 *rbsp = ul_nal_rbsp (nal, self->rbsp, &len);
  UlSeiReader reader = ul_sei_reader (rbsp + header, len - header);
  while (ul_sei_next (&reader, &m)) {
    if (++n > UL_SEI_MESSAGES) {
      self->n_unread++;
      continue;
    }
    note_message (self, &m, params, where);
    if (!shape)
      continue;
    ul_shape_sei (shape, m.payload_type);
    if (m.payload_type == 5 && names_encoder (&m))
      ul_shape_encoder_text (shape, ul_hash_bytes (UL_HASH_SEED, m.data, m.len));
  }
  if (reader.damaged && nal->len == nal->head_len && self->n_damaged++ == 0)
    self->damaged = *where;
}

void
ul_sei_record_write (const UlSeiRecord *self, UlEvidence *evidence)
{
  for (guint i = 0; i < self->types.n; i++) {
    const UlTallyRow *row = &self->types.rows[i];
    g_autofree char *type = g_strdup_printf ("%" G_GUINT64_FORMAT, row->key);
    ul_evidence_add_counted (evidence, UL_KEY_SEI_TYPE, type, row->count, row->first, row->last);
  }
  ul_text_tally_write (&self->payloads, evidence, UL_KEY_SEI_PAYLOAD, UL_TALLY_ROWS);
  ul_text_tally_write (&self->uuids, evidence, UL_KEY_SEI_UUID, 16);
  ul_text_tally_write (&self->uuid_names, evidence, UL_KEY_SEI_UUID_NAME, UL_TALLY_ROWS);
  ul_text_tally_write (&self->texts, evidence, UL_KEY_SEI_TEXT, 16);
  ul_text_tally_write (&self->t35s, evidence, UL_KEY_SEI_T35, 16);
  ul_text_tally_write (&self->t35_names, evidence, UL_KEY_SEI_T35_NAME, UL_TALLY_ROWS);
  ul_text_tally_write (&self->mdpms, evidence, UL_KEY_SEI_MDPM, UL_TALLY_ROWS);
  ul_text_tally_write (&self->timings, evidence, UL_KEY_SEI_PIC_TIMING, 16);
  if (self->n_damaged)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " SEI NAL units are not built of whole messages, the first at offset %" G_GINT64_FORMAT,
                      self->n_damaged, self->damaged.offset);
  if (self->n_unread)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " SEI messages beyond %d of a NAL unit are not read", self->n_unread, UL_SEI_MESSAGES);
}

guint64
ul_sei_record_n_new (const UlSeiRecord *self)
{
  return self->types.n + self->payloads.tally.n + self->uuids.tally.n + self->uuid_names.tally.n + self->texts.tally.n
         + self->t35s.tally.n + self->t35_names.tally.n + self->mdpms.tally.n + self->timings.tally.n;
}
