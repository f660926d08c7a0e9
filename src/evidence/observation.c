/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evidence/observation.h"

#include "base/names.h"
#include "base/redact.h"

#define MAX_WARNINGS 64

struct _UlEvidence {
  gatomicrefcount refs;
  GPtrArray *observations; /* UlObservation, owned */
  GHashTable *index;       /* "<key>\x1f<value>" -> UlObservation, borrowed */
  UlProvenance provenance;
  UlWhere place;
  gboolean on_wire;
  guint n_values[UL_N_KEYS];
  guint64 n_dropped[UL_N_KEYS];
  gboolean layers[UL_N_LAYERS];
  GPtrArray *warnings; /* char*, owned */
  guint64 warnings_dropped;
};

typedef struct {
  const char *name;
  UlLayer layer;
  UlForge forge;
  const char *doc;
} KeyRow;

static const KeyRow key_rows[UL_N_KEYS] = {
#define KEY(id, name, layer, forge, doc) { name, UL_LAYER_##layer, UL_FORGE_##forge, doc },
#include "keys.def"
#undef KEY
};

static const struct {
  const char *name;
  UlGroup group;
} layer_rows[UL_N_LAYERS] = {
  [UL_LAYER_RTSP] = { "rtsp", UL_GROUP_DIALOGUE },
  [UL_LAYER_SDP] = { "sdp", UL_GROUP_DIALOGUE },
  [UL_LAYER_NAL] = { "nal", UL_GROUP_BITSTREAM },
  [UL_LAYER_PARAMS] = { "params", UL_GROUP_BITSTREAM },
  [UL_LAYER_SEI] = { "sei", UL_GROUP_BITSTREAM },
  [UL_LAYER_SHAPE] = { "shape", UL_GROUP_BITSTREAM },
  [UL_LAYER_RTP] = { "rtp", UL_GROUP_PACKETS },
  [UL_LAYER_CONTAINER] = { "container", UL_GROUP_CONTAINER },
  [UL_LAYER_TLS] = { "tls", UL_GROUP_TLS },
  [UL_LAYER_SIGNATURE] = { "signature", UL_GROUP_SIGNATURE },
};

static const char *const group_names[UL_N_GROUPS] = { "dialogue", "bitstream", "packets", "container", "tls", "signature" };
static const char *const forge_names[] = { "trivial", "easy", "hard", "infeasible" };

static void
observation_free (gpointer data)
{
  UlObservation *o = data;

  g_free (o->value);
  g_free (o);
}

UlEvidence *
ul_evidence_new (void)
{
  UlEvidence *self = g_new0 (UlEvidence, 1);

  g_atomic_ref_count_init (&self->refs);
  self->observations = g_ptr_array_new_with_free_func (observation_free);
  self->index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->place = UL_NOWHERE;
  return self;
}

UlEvidence *
ul_evidence_copy (const UlEvidence *self)
{
  UlEvidence *copy = ul_evidence_new ();

  for (guint i = 0; i < self->observations->len; i++) {
    const UlObservation *from = g_ptr_array_index (self->observations, i);
    UlObservation *o = g_memdup2 (from, sizeof *from);

    o->value = g_strdup (from->value);
    g_ptr_array_add (copy->observations, o);
    g_hash_table_insert (copy->index, g_strdup_printf ("%u\x1f%s", (guint) o->key, o->value), o);
  }
  for (guint i = 0; i < self->warnings->len; i++)
    g_ptr_array_add (copy->warnings, g_strdup (g_ptr_array_index (self->warnings, i)));
  copy->provenance = self->provenance;
  copy->place = self->place;
  copy->on_wire = self->on_wire;
  copy->warnings_dropped = self->warnings_dropped;
  memcpy (copy->n_values, self->n_values, sizeof self->n_values);
  memcpy (copy->n_dropped, self->n_dropped, sizeof self->n_dropped);
  memcpy (copy->layers, self->layers, sizeof self->layers);
  return copy;
}

UlEvidence *
ul_evidence_rewrite (const UlEvidence *self, UlEvidenceValueFunc value, UlEvidenceWarningFunc warning, gpointer user_data)
{
  UlEvidence *copy = ul_evidence_copy (self);

  g_hash_table_remove_all (copy->index);
  for (guint i = 0; i < copy->observations->len; i++) {
    UlObservation *o = g_ptr_array_index (copy->observations, i);
    char *written = value (o->key, o->value, user_data);
    g_free (o->value);
    o->value = written;
    g_hash_table_insert (copy->index, g_strdup_printf ("%u\x1f%s", (guint) o->key, o->value), o);
  }
  for (guint i = 0; i < copy->warnings->len; i++) {
    char **text = (char **) &g_ptr_array_index (copy->warnings, i);
    char *written = warning (*text, user_data);
    g_free (*text);
    *text = written;
  }
  return copy;
}

UlEvidence *
ul_evidence_since (const UlEvidence *now, const UlEvidence *before)
{
  UlEvidence *recent = ul_evidence_new ();

  for (guint i = 0; i < now->observations->len; i++) {
    const UlObservation *o = g_ptr_array_index (now->observations, i);
    g_autofree char *id = g_strdup_printf ("%u\x1f%s", (guint) o->key, o->value);
    const UlObservation *then = g_hash_table_lookup (before->index, id);
    guint64 count = then ? o->count - MIN (then->count, o->count) : o->count;

    if (!count)
      continue;
    recent->provenance = o->provenance;
    recent->n_values[o->key] = 0; /* the cap was kept already */
    ul_evidence_add_counted (recent, o->key, o->value, count, o->first, o->last);
  }
  for (guint k = 0; k < UL_N_KEYS; k++)
    recent->n_dropped[k] = now->n_dropped[k] - MIN (before->n_dropped[k], now->n_dropped[k]);
  return recent;
}

UlEvidence *
ul_evidence_ref (UlEvidence *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ul_evidence_free (UlEvidence *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->index);
  g_ptr_array_unref (self->observations);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

void
ul_evidence_set_provenance (UlEvidence *self, UlProvenance provenance)
{
  self->provenance = provenance;
}

UlProvenance
ul_evidence_provenance (const UlEvidence *self)
{
  return self->provenance;
}

void
ul_evidence_set_on_wire (UlEvidence *self, gboolean on_wire)
{
  self->on_wire = on_wire;
}

gboolean
ul_evidence_on_wire (const UlEvidence *self)
{
  return self->on_wire;
}

void
ul_evidence_set_place (UlEvidence *self, UlWhere place)
{
  self->place = place;
}

UlWhere
ul_evidence_place (const UlEvidence *self)
{
  return self->place;
}

static UlWhere
place_of (const UlEvidence *self, UlWhere where)
{
  if (where.offset < 0) {
    where.offset = self->place.offset;
    where.length = where.length < 0 ? self->place.length : where.length;
  }
  where.line = where.line < 0 ? self->place.line : where.line;
  where.time_us = where.time_us < 0 ? self->place.time_us : where.time_us;
  return where;
}

/* Cut on a character boundary: the value is valid UTF-8 after ul_redact(). */
static void
limit_value (char *value)
{
  if (strlen (value) <= UL_EVIDENCE_VALUE_BYTES)
    return;
  char *end = g_utf8_find_prev_char (value, value + UL_EVIDENCE_VALUE_BYTES - 3);

  memcpy (end ? end : value, "\xe2\x80\xa6", 4);
}

static void
add_owned_counted (UlEvidence *self, UlKey key, char *value, guint64 count, UlWhere first, UlWhere last)
{
  limit_value (value);
  g_autofree char *id = g_strdup_printf ("%u\x1f%s", (guint) key, value);
  UlObservation *o = g_hash_table_lookup (self->index, id);

  first = place_of (self, first);
  last = place_of (self, last);
  self->layers[key_rows[key].layer] = TRUE;
  if (o) {
    o->count += count;
    o->last = last;
    o->provenance &= self->provenance;
    g_free (value);
    return;
  }
  if (self->n_values[key] >= UL_EVIDENCE_VALUES_PER_KEY) {
    self->n_dropped[key]++;
    g_free (value);
    return;
  }
  self->n_values[key]++;
  o = g_new (UlObservation, 1);
  *o = (UlObservation){ .key = key, .value = value, .count = count, .first = first, .last = last, .provenance = self->provenance };
  g_ptr_array_add (self->observations, o);
  g_hash_table_insert (self->index, g_steal_pointer (&id), o);
}

static void
add_owned (UlEvidence *self, UlKey key, char *value, UlWhere where)
{
  add_owned_counted (self, key, value, 1, where, where);
}

void
ul_evidence_add_counted (UlEvidence *self, UlKey key, const char *value, guint64 count, UlWhere first, UlWhere last)
{
  add_owned_counted (self, key, ul_redact (value, (gssize) MIN (strlen (value), 4 * UL_EVIDENCE_VALUE_BYTES)), count, first, last);
}

void
ul_evidence_add_len (UlEvidence *self, UlKey key, const char *value, gssize len, UlWhere where)
{
  /* Redaction looks at the whole text, so cut only what is far too long. */
  if (len < 0)
    len = (gssize) strlen (value);
  add_owned (self, key, ul_redact (value, MIN (len, 4 * UL_EVIDENCE_VALUE_BYTES)), where);
}

void
ul_evidence_add (UlEvidence *self, UlKey key, const char *value, UlWhere where)
{
  ul_evidence_add_len (self, key, value, -1, where);
}

void
ul_evidence_add_int (UlEvidence *self, UlKey key, gint64 value, UlWhere where)
{
  add_owned (self, key, g_strdup_printf ("%" G_GINT64_FORMAT, value), where);
}

void
ul_evidence_add_hex (UlEvidence *self, UlKey key, const void *bytes, gsize len, UlWhere where)
{
  static const char digits[] = "0123456789abcdef";
  const guint8 *p = bytes;
  gsize n = MIN (len, UL_EVIDENCE_VALUE_BYTES / 2 + 1);
  GString *s = g_string_sized_new (2 * n);

  for (gsize i = 0; i < n; i++) {
    g_string_append_c (s, digits[p[i] >> 4]);
    g_string_append_c (s, digits[p[i] & 15]);
  }
  add_owned (self, key, g_string_free (s, FALSE), where);
}

void
ul_evidence_addf (UlEvidence *self, UlKey key, UlWhere where, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *value = g_strdup_vprintf (format, args);
  va_end (args);
  ul_evidence_add_len (self, key, value, -1, where);
}

void
ul_evidence_warn (UlEvidence *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *raw = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *text = ul_redact (raw, -1);

  for (guint i = 0; i < MIN (self->warnings->len, MAX_WARNINGS); i++)
    if (g_str_equal (g_ptr_array_index (self->warnings, i), text))
      return;
  if (self->warnings->len < MAX_WARNINGS) {
    g_ptr_array_add (self->warnings, g_steal_pointer (&text));
    return;
  }
  if (self->warnings->len > MAX_WARNINGS)
    g_ptr_array_remove_index (self->warnings, MAX_WARNINGS);
  g_ptr_array_add (self->warnings, g_strdup_printf ("%" G_GUINT64_FORMAT " more warnings of this stream", ++self->warnings_dropped));
}

guint
ul_evidence_n (const UlEvidence *self)
{
  return self->observations->len;
}

const UlObservation *
ul_evidence_get (const UlEvidence *self, guint i)
{
  return g_ptr_array_index (self->observations, i);
}

const char *
ul_evidence_first (const UlEvidence *self, UlKey key)
{
  for (guint i = 0; self->n_values[key] && i < self->observations->len; i++) {
    const UlObservation *o = g_ptr_array_index (self->observations, i);
    if (o->key == key)
      return o->value;
  }
  return NULL;
}

gboolean
ul_evidence_has_layer (const UlEvidence *self, UlLayer layer)
{
  return self->layers[layer];
}

guint
ul_evidence_n_values (const UlEvidence *self, UlKey key)
{
  return self->n_values[key];
}

guint64
ul_evidence_dropped (const UlEvidence *self, UlKey key)
{
  return self->n_dropped[key];
}

guint
ul_evidence_n_warnings (const UlEvidence *self)
{
  return self->warnings->len;
}

const char *
ul_evidence_get_warning (const UlEvidence *self, guint i)
{
  return g_ptr_array_index (self->warnings, i);
}

const char *
ul_key_name (UlKey key)
{
  return key_rows[key].name;
}

const char *
ul_key_doc (UlKey key)
{
  return key_rows[key].doc;
}

UlLayer
ul_key_layer (UlKey key)
{
  return key_rows[key].layer;
}

UlForge
ul_key_forge (UlKey key)
{
  return key_rows[key].forge;
}

gboolean
ul_key_vouched (UlKey key, UlProvenance provenance)
{
  /* Blanks, case and order do not survive a library or a logging client that
   * prints its own idea of a message (reference: ECOSYSTEM.md, section 1). */
  static const struct {
    UlKey key;
    UlProvenance spoilt_by;
  } spoilt[] = {
    { UL_KEY_RTSP_HEADER, UL_PROVENANCE_PARSED_BY_LIBRARY },
    { UL_KEY_RTSP_HEADER_NAME, UL_PROVENANCE_PARSED_BY_LIBRARY },
    { UL_KEY_RTSP_HEADER_ORDER, UL_PROVENANCE_PARSED_BY_LIBRARY | UL_PROVENANCE_LOG },
    { UL_KEY_RTSP_PUBLIC, UL_PROVENANCE_PARSED_BY_LIBRARY },
    { UL_KEY_RTSP_SESSION_FORM, UL_PROVENANCE_PARSED_BY_LIBRARY },
    { UL_KEY_RTSP_DATE_FORM, UL_PROVENANCE_PARSED_BY_LIBRARY },
    { UL_KEY_RTSP_ODDITY, UL_PROVENANCE_PARSED_BY_LIBRARY },
    { UL_KEY_SDP_LINE_ORDER, UL_PROVENANCE_PARSED_BY_LIBRARY | UL_PROVENANCE_LOG },
    { UL_KEY_SDP_ATTRIBUTE_ORDER, UL_PROVENANCE_PARSED_BY_LIBRARY | UL_PROVENANCE_LOG },
    { UL_KEY_SDP_MEDIA_ORDER, UL_PROVENANCE_PARSED_BY_LIBRARY | UL_PROVENANCE_LOG },
    { UL_KEY_NAL_START_CODE, UL_PROVENANCE_DEPAYLOADED | UL_PROVENANCE_PARSER_TOUCHED | UL_PROVENANCE_MUXER_TOUCHED },
    { UL_KEY_NAL_AUD, UL_PROVENANCE_PARSER_TOUCHED },
    { UL_KEY_NAL_ORDER, UL_PROVENANCE_PARSER_TOUCHED },
    { UL_KEY_NAL_TRAILING_ZEROS, UL_PROVENANCE_PARSER_TOUCHED },
    { UL_KEY_SHAPE_PARAMETER_SETS, UL_PROVENANCE_PARSER_TOUCHED },
    { UL_KEY_SHAPE_AUD_CADENCE, UL_PROVENANCE_PARSER_TOUCHED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (spoilt); i++)
    if (spoilt[i].key == key)
      return (provenance & spoilt[i].spoilt_by) == 0;
  return TRUE;
}

int
ul_key_from_name (const char *name)
{
  for (int i = 0; i < UL_N_KEYS; i++)
    if (g_str_equal (key_rows[i].name, name))
      return i;
  return -1;
}

const char *
ul_layer_name (UlLayer layer)
{
  return layer_rows[layer].name;
}

int
ul_layer_from_name (const char *name)
{
  for (int i = 0; i < UL_N_LAYERS; i++)
    if (g_str_equal (layer_rows[i].name, name))
      return i;
  return -1;
}

UlGroup
ul_layer_group (UlLayer layer)
{
  return layer_rows[layer].group;
}

const char *
ul_group_name (UlGroup group)
{
  return group_names[group];
}

int
ul_group_from_name (const char *name)
{
  return ul_index_of_name (group_names, UL_N_GROUPS, name);
}

const char *
ul_forge_name (UlForge forge)
{
  return forge_names[forge];
}

int
ul_forge_from_name (const char *name)
{
  return ul_index_of_name (forge_names, G_N_ELEMENTS (forge_names), name);
}
