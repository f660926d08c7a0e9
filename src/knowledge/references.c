/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/references.h"

#include <math.h>
#include <string.h>

#define MAX_GROUPS 32
#define UNKNOWN_DISTANCE 0.35
#define MOST_DIFFERING 3
#define UNKNOWN_VALUE 0   /* of a field */
#define ALIEN_VALUE G_MAXUINT16 /* no reference has it */

/* Values of the fields, as numbers of a table. */
typedef struct {
  guint16 values[UL_ENCODER_MAX_FIELDS];
} Vector;

typedef struct {
  char *name;
  double bandwidth;
  gboolean rewritable;
  guint8 fields[UL_ENCODER_MAX_FIELDS];
  guint n_fields;
} Group;

typedef struct {
  gboolean loaded;
  double shrink, floor, offset, slope, set_offset, set_slope, pair_offset, pair_slope;
  Group groups[MAX_GROUPS];
  guint n_groups;
} Model;

typedef struct {
  UlEncoderProfile *profile;
  char *maker;    /* NULL: a program */
  char *software;
  char *group, *where;
  guint owner;    /* index of its maker, or of the program's source */
  guint source;   /* index of its group */
  double share;   /* of its source under its owner and codec */
  Vector vector;
} Reference;

/* Who a profile may be of: a maker, or a source of programs. */
typedef struct {
  UlRule *rule; /* NULL: a program's */
  char *key;
} Owner;

struct _UlReferences {
  GPtrArray *references; /* Reference */
  GPtrArray *owners;     /* Owner */
  GHashTable *owner_index, *source_index; /* key -> index + 1 */
  GHashTable *values;    /* text -> number */
  Model models[2];       /* by codec: H.264, H.265 */
};

/* --- life ----------------------------------------------------------------------------- */

static void
reference_free (gpointer data)
{
  Reference *r = data;

  ul_encoder_profile_free (r->profile);
  g_free (r->maker);
  g_free (r->software);
  g_free (r->group);
  g_free (r->where);
  g_free (r);
}

static void
owner_free (gpointer data)
{
  Owner *o = data;

  if (o->rule) {
    g_free (o->rule->id);
    g_free (o->rule->title);
    g_free (o->rule->says);
    g_strfreev (o->rule->source);
    g_free (o->rule);
  }
  g_free (o->key);
  g_free (o);
}

UlReferences *
ul_references_new (void)
{
  UlReferences *self = g_new0 (UlReferences, 1);

  self->references = g_ptr_array_new_with_free_func (reference_free);
  self->owners = g_ptr_array_new_with_free_func (owner_free);
  self->owner_index = g_hash_table_new (g_str_hash, g_str_equal);
  self->source_index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
ul_references_free (UlReferences *self)
{
  if (!self)
    return;
  for (int codec = 0; codec < 2; codec++)
    for (guint g = 0; g < self->models[codec].n_groups; g++)
      g_free (self->models[codec].groups[g].name);
  g_ptr_array_unref (self->references);
  g_hash_table_unref (self->owner_index);
  g_hash_table_unref (self->source_index);
  g_hash_table_unref (self->values);
  g_ptr_array_unref (self->owners);
  g_free (self);
}

guint
ul_references_n (const UlReferences *self)
{
  return self->references->len;
}

UlReferenceInfo
ul_references_get (const UlReferences *self, guint i)
{
  const Reference *r = g_ptr_array_index (self->references, i);

  return (UlReferenceInfo){ r->profile, r->maker, r->software, r->group, r->where };
}

/* --- loading -------------------------------------------------------------------------------- */

static gboolean
load_codec (UlYaml *node, gboolean *ret_h265)
{
  static const char *const codecs[] = { "h264", "h265", NULL };
  int codec = ul_yaml_get_word (node, "codec", TRUE, codecs);

  *ret_h265 = codec == 1;
  return codec >= 0;
}

static void
load_reference (UlReferences *self, const UlMakers *makers, UlYaml *node)
{
  Reference *r = g_new0 (Reference, 1);

  g_ptr_array_add (self->references, r);
  r->profile = g_new0 (UlEncoderProfile, 1);
  if (!load_codec (node, &r->profile->h265))
    return;
  r->maker = g_strdup (ul_yaml_get_id (node, "maker", FALSE));
  r->software = g_strdup (ul_yaml_get_text (node, "software", FALSE));
  r->group = g_strdup (ul_yaml_get_text (node, "group", TRUE));
  r->where = g_strdup (ul_yaml_get_text (node, "source", TRUE));
  ul_yaml_get_text (node, "basis", FALSE);
  for (int i = 0; i < UL_N_PARTS; i++)
    r->profile->parts[i] = g_strdup (ul_yaml_get_text (node, ul_encoder_part_name ((UlEncoderPart) i), i == UL_PART_SPS));
  if (!ul_yaml_failed (node) && (r->maker != NULL) == (r->software != NULL))
    ul_yaml_fail (node, "a reference has either a maker or software");
  if (!ul_yaml_failed (node) && r->maker && !ul_makers_find (makers, r->maker))
    ul_yaml_fail (node, "maker '%s' is not declared", r->maker);
  ul_yaml_done (node, "a reference");
}

gboolean
ul_references_load (UlReferences *self, const UlMakers *makers, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  if (ul_yaml_kind (root) != UL_YAML_SEQUENCE)
    ul_yaml_fail (root, "references are one object a line");
  for (guint i = 0; !ul_yaml_failed (root) && i < ul_yaml_n (root); i++)
    load_reference (self, makers, ul_yaml_item (root, i));
  return ul_yaml_document_ok (document, error);
}

static double
get_number (UlYaml *map, const char *key)
{
  const char *text = ul_yaml_get_text (map, key, TRUE);
  char *end = NULL;
  double value = text ? g_ascii_strtod (text, &end) : 0;

  if (text && (end == text || *end || !isfinite (value) || fabs (value) > 1000))
    ul_yaml_fail (ul_yaml_get (map, key, TRUE), "'%s' of '%s' is not a number", text, key);
  return value;
}

static void
load_group (Model *model, gboolean h265, UlYaml *node)
{
  Group *g = &model->groups[model->n_groups];

  if (model->n_groups == MAX_GROUPS) {
    ul_yaml_fail (node, "more than %u groups", MAX_GROUPS);
    return;
  }
  model->n_groups++;
  g->name = g_strdup (ul_yaml_get_text (node, "name", TRUE));
  g->bandwidth = get_number (node, "bandwidth");
  ul_yaml_get_bool (node, "rewritable", FALSE, &g->rewritable);
  g_auto (GStrv) fields = ul_yaml_dup_texts (node, "fields", TRUE);
  for (char **f = fields; *f && !ul_yaml_failed (node); f++) {
    int field = ul_encoder_field_from_name (h265, *f);
    if (field < 0 || g->n_fields == UL_ENCODER_MAX_FIELDS)
      ul_yaml_fail (node, "no field '%s'", *f);
    else
      g->fields[g->n_fields++] = (guint8) field;
  }
  ul_yaml_done (node, "a group of fields");
}

static void
load_codec_model (Model *model, gboolean h265, UlYaml *node)
{
  UlYaml *groups = ul_yaml_get_sequence (node, "groups", TRUE);

  if (model->loaded)
    ul_yaml_fail (node, "a second model of this codec");
  model->loaded = TRUE;
  model->shrink = get_number (node, "shrink");
  model->floor = get_number (node, "floor");
  model->offset = get_number (node, "offset");
  model->slope = get_number (node, "slope");
  model->set_offset = get_number (node, "set_offset");
  model->set_slope = get_number (node, "set_slope");
  model->pair_offset = get_number (node, "pair_offset");
  model->pair_slope = get_number (node, "pair_slope");
  if (!ul_yaml_failed (node) && (model->shrink <= 0 || model->floor <= 0 || model->slope < 0 || model->set_slope < 0 || model->pair_slope < 0))
    ul_yaml_fail (node, "shrink and floor are above 0, slopes not below");
  for (guint i = 0; groups && i < ul_yaml_n (groups) && !ul_yaml_failed (groups); i++)
    load_group (model, h265, ul_yaml_item (groups, i));
  ul_yaml_done (node, "a codec's model");
}

gboolean
ul_references_load_model (UlReferences *self, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  UlYaml *codecs = ul_yaml_get_map (root, "codecs", TRUE);
  for (int codec = 0; codecs && codec < 2; codec++) {
    UlYaml *node = ul_yaml_get_map (codecs, codec ? "h265" : "h264", FALSE);
    if (node)
      load_codec_model (&self->models[codec], codec == 1, node);
  }
  ul_yaml_done (root, "a file of kind encoder");
  return ul_yaml_document_ok (document, error);
}

/* --- sealing ------------------------------------------------------------------------------------ */

static guint16
number_of (UlReferences *self, const char *value)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->values, value));

  if (!n) {
    n = MIN (g_hash_table_size (self->values) + 1, ALIEN_VALUE - 1);
    g_hash_table_insert (self->values, g_strdup (value), GUINT_TO_POINTER (n));
  }
  return (guint16) n;
}

static UlRule *
library_rule (const UlMakers *makers, const char *maker)
{
  UlRule *rule = g_new0 (UlRule, 1);
  const char *name = ul_makers_display_name (makers, UL_SUBJECT_MAKER, maker);
  static const char *const source[] = { "references.jsonl", NULL };

  rule->id = g_strconcat (UL_LIBRARY_RULE_PREFIX, maker, NULL);
  rule->subject = UL_SUBJECT_MAKER;
  rule->says = g_strdup (maker);
  rule->title = g_strdup_printf ("pictures are coded as the library's %s cameras code them", name ? name : maker);
  rule->source = g_strdupv ((char **) source);
  rule->group = UL_GROUP_BITSTREAM;
  rule->forge = UL_FORGE_EASY; /* VUI, which it rests on most, can be rewritten */
  rule->has_counts = TRUE;
  rule->layers = 1u << UL_LAYER_PARAMS | 1u << UL_LAYER_NAL;
  return rule;
}

static guint
index_in (GHashTable *table, const char *key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table, key));
}

static void
find_owner (UlReferences *self, const UlMakers *makers, Reference *r)
{
  g_autofree char *key = r->maker ? g_strdup (r->maker) : g_strconcat ("program ", r->group, NULL);
  guint owner = index_in (self->owner_index, key);

  if (!owner) {
    Owner *o = g_new0 (Owner, 1);
    if (r->maker)
      o->rule = library_rule (makers, r->maker);
    o->key = g_steal_pointer (&key);
    g_ptr_array_add (self->owners, o);
    owner = self->owners->len;
    g_hash_table_insert (self->owner_index, o->key, GUINT_TO_POINTER (owner));
  }
  r->owner = owner - 1;
  guint source = index_in (self->source_index, r->group);
  if (!source) {
    source = g_hash_table_size (self->source_index) + 1;
    g_hash_table_insert (self->source_index, g_strdup (r->group), GUINT_TO_POINTER (source));
  }
  r->source = source - 1;
}

static void
make_vector (UlReferences *self, Reference *r, GStringChunk *scratch)
{
  const char *values[UL_ENCODER_MAX_FIELDS];

  ul_encoder_profile_fields (r->profile, scratch, values);
  for (guint i = 0; i < ul_encoder_n_fields (r->profile->h265); i++)
    r->vector.values[i] = values[i] ? number_of (self, values[i]) : UNKNOWN_VALUE;
}

/* Profiles of one source of one owner in one codec share a place. */
static gpointer
place_of (const UlReferences *self, const Reference *r)
{
  return GSIZE_TO_POINTER (((gsize) r->owner * self->references->len + r->source) * 2 + (r->profile->h265 ? 1 : 0) + 1);
}

void
ul_references_seal (UlReferences *self, const UlMakers *makers)
{
  g_autoptr (GStringChunk) scratch = g_string_chunk_new (4096);
  g_autoptr (GHashTable) n_alike = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->references->len; i++) {
    Reference *r = g_ptr_array_index (self->references, i);
    find_owner (self, makers, r);
    make_vector (self, r, scratch);
    gpointer key = place_of (self, r);
    g_hash_table_insert (n_alike, key, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (n_alike, key)) + 1));
  }
  for (guint i = 0; i < self->references->len; i++) {
    Reference *r = g_ptr_array_index (self->references, i);
    gpointer key = place_of (self, r);
    r->share = 1.0 / GPOINTER_TO_UINT (g_hash_table_lookup (n_alike, key));
  }
}

/* --- weighing -------------------------------------------------------------------------------------- */

static Vector
vector_of (const UlReferences *self, const UlEncoderProfile *profile)
{
  g_autoptr (GStringChunk) scratch = g_string_chunk_new (1024);
  const char *values[UL_ENCODER_MAX_FIELDS];
  Vector v = { { UNKNOWN_VALUE } };

  ul_encoder_profile_fields (profile, scratch, values);
  for (guint i = 0; i < ul_encoder_n_fields (profile->h265); i++) {
    guint n = values[i] ? GPOINTER_TO_UINT (g_hash_table_lookup (self->values, values[i])) : UNKNOWN_VALUE;
    v.values[i] = (guint16) (!values[i] || n ? n : ALIEN_VALUE);
  }
  return v;
}

/* d_g: of the profile x against reference r; 0 where x does not know the group. */
static double
distance (const Group *g, const Vector *x, const Vector *r)
{
  guint differing = 0, unknown = 0;

  for (guint i = 0; i < g->n_fields; i++) {
    guint16 a = x->values[g->fields[i]], b = r->values[g->fields[i]];
    if (a == UNKNOWN_VALUE)
      continue;
    unknown += b == UNKNOWN_VALUE;
    differing += b != UNKNOWN_VALUE && a != b;
  }
  return differing ? sqrt (MIN (differing, MOST_DIFFERING)) : unknown ? UNKNOWN_DISTANCE : 0;
}

/* Of all groups; of those that are not rewritable in `ret_core`. */
static double
weighted_distance (const Model *model, const Vector *x, const Vector *r, double *ret_core)
{
  double core = 0, rewritable = 0;

  for (guint g = 0; g < model->n_groups; g++)
    *(model->groups[g].rewritable ? &rewritable : &core) += model->groups[g].bandwidth * distance (&model->groups[g], x, r);
  *ret_core = core;
  return core + rewritable;
}

/* What the sources of an owner give. */
typedef struct {
  double likelihood; /* sum over its sources */
  double core;       /* the same by what cannot be rewritten */
  guint n, near;     /* sources; those that bear the profile */
} Sum;

typedef struct {
  Sum *owners;
  Sum all;
} Sums;

static void
add_up (const UlReferences *self, const UlEncoderProfile *profile, const char *without_source, const char *without_other, Sums *ret_sums)
{
  const Model *model = &self->models[profile->h265];
  Vector x = vector_of (self, profile);
  guint without[] = { without_source ? index_in (self->source_index, without_source) : 0, without_other ? index_in (self->source_index, without_other) : 0 };
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL), near = g_hash_table_new (NULL, NULL);

  ret_sums->owners = g_new0 (Sum, self->owners->len);
  for (guint i = 0; i < self->references->len; i++) {
    const Reference *r = g_ptr_array_index (self->references, i);
    Sum *s = &ret_sums->owners[r->owner];
    gpointer pair = GSIZE_TO_POINTER ((gsize) r->owner * self->references->len + r->source + 1);

    if (r->profile->h265 != profile->h265 || r->source + 1 == without[0] || r->source + 1 == without[1])
      continue;
    double core, d = weighted_distance (model, &x, &r->vector, &core);
    s->likelihood += r->share * exp (-d);
    s->core += r->share * exp (-core);
    s->n += g_hash_table_add (seen, pair);
    s->near += d <= UL_REFERENCES_NEAR && g_hash_table_add (near, pair);
  }
  for (guint i = 0; i < self->owners->len; i++) {
    ret_sums->all.likelihood += ret_sums->owners[i].likelihood;
    ret_sums->all.core += ret_sums->owners[i].core;
    ret_sums->all.n += ret_sums->owners[i].n;
    ret_sums->all.near += ret_sums->owners[i].near;
  }
}

/* Natural log of the likelihood under `own` of `n_own` sources against that under all else, not calibrated. */
static double
raw_ratio (const Model *model, double own, guint n_own, double all, guint n_all)
{
  double numerator = (own + model->shrink * all / n_all) / (n_own + model->shrink);
  guint n_others = n_all - n_own;
  double denominator = (all - own) / n_others + model->floor / (n_others + 1);

  return log (MAX (numerator, 1e-300)) - log (denominator);
}

/* No ratio beyond what the counts carry: n sources that do not bear a form do not make it rarer than one in n + 1. */
static double
calibrated (double raw, double offset, double slope, const Sum *own, const Sum *all)
{
  double most = own->n < UL_REFERENCES_NAMING_SOURCES ? UL_RULE_WEAK_RATIO : log10 (MAX (all->n - own->n, 1u)) + 1;

  return CLAMP ((offset + slope * raw) / G_LN10, -log10 (own->n + 1.0), most);
}

static gint
by_ratio (gconstpointer a, gconstpointer b)
{
  const UlEncoderRatio *x = a, *y = b;

  if (x->log10_lr != y->log10_lr)
    return x->log10_lr < y->log10_lr ? 1 : -1;
  return strcmp (x->rule->id, y->rule->id);
}

static UlEncoderRatio
ratio_of (const Model *model, const UlRule *rule, const Sum *own, const Sum *all)
{
  double full = raw_ratio (model, own->likelihood, own->n, all->likelihood, all->n), core = raw_ratio (model, own->core, own->n, all->core, all->n);

  return (UlEncoderRatio){ rule, calibrated (full, model->offset, model->slope, own, all), calibrated (core, model->offset, model->slope, own, all),
                           own->near, own->n, all->near - own->near, all->n - own->n };
}

GArray *
ul_references_weigh (const UlReferences *self, const UlEncoderProfile *profile, const char *without_source,
                     gboolean (*is_member) (const char *maker, gpointer user_data), gpointer user_data, double *ret_set_log10_lr)
{
  const Model *model = &self->models[profile->h265];
  GArray *ratios = g_array_new (FALSE, FALSE, sizeof (UlEncoderRatio));
  Sums sums = { 0 };
  Sum set = { 0 };

  *ret_set_log10_lr = 0;
  if (!model->loaded)
    return ratios;
  add_up (self, profile, without_source, NULL, &sums);
  for (guint i = 0; i < self->owners->len; i++) {
    const Owner *o = g_ptr_array_index (self->owners, i);
    const Sum *s = &sums.owners[i];
    if (!o->rule)
      continue;
    if (is_member (o->rule->says, user_data)) {
      set.likelihood += s->likelihood;
      set.n += s->n;
    }
    if (s->n >= UL_REFERENCES_LEAST_SOURCES && s->n < sums.all.n)
      g_array_append_vals (ratios, (UlEncoderRatio[]){ ratio_of (model, o->rule, s, &sums.all) }, 1);
  }
  if (set.n && set.n < sums.all.n)
    *ret_set_log10_lr = calibrated (raw_ratio (model, set.likelihood, set.n, sums.all.likelihood, sums.all.n), model->set_offset, model->set_slope, &set,
                                    &sums.all);
  g_free (sums.owners);
  g_array_sort (ratios, by_ratio);
  return ratios;
}

/* --- comparing two ------------------------------------------------------------------------------------ */

double
ul_references_compare (const UlReferences *self, const UlEncoderProfile *a, const UlEncoderProfile *b,
                       void (*each) (const UlEncoderField *field, gpointer user_data), gpointer user_data)
{
  const Model *model = &self->models[a->h265];
  g_autoptr (GStringChunk) scratch = g_string_chunk_new (1024);
  const char *x[UL_ENCODER_MAX_FIELDS], *y[UL_ENCODER_MAX_FIELDS];
  double sum = 0;

  if (a->h265 != b->h265 || !model->loaded)
    return -1;
  ul_encoder_profile_fields (a, scratch, x);
  ul_encoder_profile_fields (b, scratch, y);
  for (guint g = 0; g < model->n_groups; g++) {
    const Group *group = &model->groups[g];
    guint differing = 0;
    for (guint i = 0; i < group->n_fields; i++) {
      guint f = group->fields[i];
      UlEncoderField field = { group->name, ul_encoder_field_name (a->h265, f), x[f], y[f] };
      differing += x[f] && y[f] && !g_str_equal (x[f], y[f]);
      if (each)
        each (&field, user_data);
    }
    sum += group->bandwidth * sqrt (MIN (differing, MOST_DIFFERING));
  }
  return sum;
}

static double
log_common (const UlReferences *self, const UlEncoderProfile *profile, const char *without_a, const char *without_b)
{
  Sums sums = { 0 };

  add_up (self, profile, without_a, without_b, &sums);
  g_free (sums.owners);
  return log ((sums.all.likelihood + self->models[profile->h265].floor) / (sums.all.n + 1));
}

double
ul_references_weigh_pair (const UlReferences *self, const UlEncoderProfile *a, const UlEncoderProfile *b, const char *without_source_a,
                          const char *without_source_b)
{
  const Model *model = &self->models[a->h265];

  if (a->h265 != b->h265 || !model->loaded || self->references->len == 0)
    return 0;
  double d = ul_references_compare (self, a, b, NULL, NULL);
  double common = 0.5 * (log_common (self, a, without_source_a, without_source_b) + log_common (self, b, without_source_a, without_source_b));
  double ratio = (model->pair_offset + model->pair_slope * (-d - common)) / G_LN10;
  double most = log10 (self->references->len) + 1;

  return CLAMP (ratio, -most, most);
}
