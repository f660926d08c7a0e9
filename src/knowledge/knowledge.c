/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/knowledge.h"

#include <gio/gio.h>
#include <string.h>

#include "base/redact.h"
#include "knowledge-resource.h"
#include "knowledge/identity.h"

#define RESOURCE_PREFIX "/underlabel/knowledge/"
#define PACKED_PREFIX "/underlabel/packed/"
#define IDENTITY_PATH "/underlabel/identity"
#define MAX_FILES 4096

struct _UlKnowledge {
  gatomicrefcount refs;
  char *id;
  UlMakers *makers;
  UlRules *rules;
  UlReferences *references;
  GPtrArray *policies; /* UlPolicy, owned */
  UlTrustRoots *roots;
  GHashTable *restricted; /* maker id, owned: a set */
};

/* In the order of reading. */
typedef enum { KIND_MAKERS, KIND_NAMES, KIND_BRANDS, KIND_POLICY, KIND_RULES, KIND_ENCODER, KIND_TRUST, KIND_REFERENCES, N_KINDS } Kind;

static const char *const kind_names[N_KINDS] = { "makers", "names", "brands", "policy", "rules", "encoder", "trust", "references" };

/* A file on its way in. */
typedef struct {
  char *name;     /* as printed */
  char *basename; /* as hashed and ordered */
  GBytes *bytes;
  gboolean built_in;
  GBytes *packed; /* of what is built in, else NULL */
  UlYamlDocument *document;
  Kind kind;
} Source;

G_DEFINE_QUARK (underlabel-error-quark, ul_error)

static void
source_free (gpointer data)
{
  Source *s = data;

  g_free (s->name);
  g_free (s->basename);
  g_bytes_unref (s->bytes);
  g_clear_pointer (&s->packed, g_bytes_unref);
  ul_yaml_document_free (s->document);
  g_free (s);
}

static Source *
add_source (GPtrArray *sources, const char *name, GBytes *bytes)
{
  Source *s = g_new0 (Source, 1);

  s->name = g_strdup (name);
  s->basename = g_path_get_basename (name);
  s->bytes = g_bytes_ref (bytes);
  g_ptr_array_add (sources, s);
  return s;
}

/* --- where files come from ------------------------------------------------------------ */

static gboolean
is_knowledge_name (const char *name)
{
  return name[0] != '.' && (g_str_has_suffix (name, ".yaml") || g_str_has_suffix (name, ".jsonl"));
}

static gboolean
add_built_in (GPtrArray *sources, GError **error)
{
  GResource *resource = ul_knowledge_get_resource ();
  g_auto (GStrv) names = g_resource_enumerate_children (resource, RESOURCE_PREFIX, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  for (guint i = 0; names && names[i]; i++) {
    g_autofree char *path = g_strconcat (RESOURCE_PREFIX, names[i], NULL), *packed = g_strconcat (PACKED_PREFIX, names[i], NULL);
    g_autoptr (GBytes) bytes = g_resource_lookup_data (resource, path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
    if (!bytes)
      return FALSE;
    Source *s = add_source (sources, names[i], bytes);
    s->built_in = TRUE;
    s->packed = g_resource_lookup_data (resource, packed, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  }
  return names != NULL;
}

static gboolean
fail_file (GError **error, int code, const char *path, const char *why)
{
  g_autofree char *shown = ul_redact (path, -1);

  g_set_error (error, UL_ERROR, code, "%s: %s", shown, why);
  return FALSE;
}

/* Not more than the limit is ever read, whatever the file's size says. */
static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) why = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    fail_file (error, UL_ERROR_NOT_FOUND, path, "not a regular file");
    return NULL;
  }
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &why);
  GBytes *bytes = stream ? g_input_stream_read_bytes (G_INPUT_STREAM (stream), UL_YAML_FILE_BYTES + 1, NULL, &why) : NULL;

  if (!bytes)
    fail_file (error, UL_ERROR_NOT_FOUND, path, why->message);
  return bytes;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
add_directory (GPtrArray *sources, const char *path, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &why);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (!dir)
    return fail_file (error, UL_ERROR_NOT_FOUND, path, why->message);
  while ((name = g_dir_read_name (dir)) && names->len < MAX_FILES)
    if (is_knowledge_name (name))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_texts);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *child = g_build_filename (path, g_ptr_array_index (names, i), NULL);
    g_autoptr (GBytes) bytes = read_file (child, error);
    if (!bytes)
      return FALSE;
    add_source (sources, child, bytes);
  }
  return TRUE;
}

/* --- compiling --------------------------------------------------------------------------- */

static gboolean
is_lines (const Source *s)
{
  return g_str_has_suffix (s->basename, ".jsonl");
}

static UlYamlDocument *
document_of (const Source *s, GError **error)
{
  gsize len;
  const void *data = g_bytes_get_data (s->packed ? s->packed : s->bytes, &len);

  if (s->packed)
    return ul_yaml_document_new_packed (s->name, data, len, error);
  g_autofree char *sequence = is_lines (s) ? ul_identity_dup_sequence (data, len, &len) : NULL;
  return ul_yaml_document_new (s->name, sequence ? sequence : data, len, error);
}

static gboolean
read_head (Source *s, const char **newest, GError **error)
{
  const char *date = NULL;

  s->document = document_of (s, error);
  if (!s->document)
    return FALSE;
  if (is_lines (s)) {
    s->kind = KIND_REFERENCES;
    return TRUE;
  }
  const char *kind = ul_yaml_head (s->document, &date);

  for (s->kind = 0; kind && s->kind < N_KINDS && !g_str_equal (kind_names[s->kind], kind);)
    s->kind++;
  if (s->kind == N_KINDS)
    ul_yaml_fail (ul_yaml_document_root (s->document), "kind '%s' is none of makers, names, brands, policy, rules, encoder, trust", kind);
  if (date && (!*newest || strcmp (date, *newest) > 0))
    *newest = date;
  return ul_yaml_document_ok (s->document, error);
}

static gboolean
add_policy (UlKnowledge *self, Source *s, GError **error)
{
  g_autoptr (UlPolicy) policy = ul_policy_load (self->makers, s->document, error);

  if (!policy)
    return FALSE;
  if (ul_knowledge_find_policy (self, policy->id)) {
    ul_yaml_fail (ul_yaml_document_root (s->document), "policy %s is there twice", policy->id);
    return ul_yaml_document_ok (s->document, error);
  }
  for (guint i = 0; i < policy->entities->len; i++)
    g_hash_table_add (self->restricted, g_strdup (((const UlPolicyEntity *) g_ptr_array_index (policy->entities, i))->maker));
  g_ptr_array_add (self->policies, g_steal_pointer (&policy));
  return TRUE;
}

static gboolean
load_source (UlKnowledge *self, Source *s, GError **error)
{
  switch (s->kind) {
  case KIND_MAKERS:
    return ul_makers_load (self->makers, s->document, error);
  case KIND_NAMES:
    return ul_makers_load_names (self->makers, s->document, error);
  case KIND_BRANDS:
    return ul_makers_load_brands (self->makers, s->document, error);
  case KIND_POLICY:
    return add_policy (self, s, error);
  case KIND_ENCODER:
    return ul_references_load_model (self->references, s->document, error);
  case KIND_TRUST:
    return ul_trust_roots_load (self->roots, self->makers, s->document, error);
  case KIND_REFERENCES:
    return ul_references_load (self->references, self->makers, s->document, error);
  default:
    return ul_rules_load (self->rules, self->makers, s->document, error);
  }
}

static int
compare_sources (gconstpointer a, gconstpointer b)
{
  const Source *x = *(Source *const *) a, *y = *(Source *const *) b;
  int by_name = strcmp (x->basename, y->basename);

  return by_name ? by_name : g_bytes_compare (x->bytes, y->bytes);
}

/* Of the sources in their order; what is built in was hashed when it was. */
static char *
dup_hash (GPtrArray *sources)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gboolean built_in = TRUE;

  for (guint i = 0; i < sources->len; i++)
    built_in &= ((const Source *) g_ptr_array_index (sources, i))->built_in;
  g_autoptr (GBytes) known = built_in ? g_resource_lookup_data (ul_knowledge_get_resource (), IDENTITY_PATH, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL) : NULL;
  if (known)
    return g_strndup (g_bytes_get_data (known, NULL), g_bytes_get_size (known));
  for (guint i = 0; i < sources->len; i++) {
    const Source *s = g_ptr_array_index (sources, i);
    gsize len;
    const void *data = g_bytes_get_data (s->bytes, &len);
    ul_identity_add (sum, s->basename, data, len);
  }
  return g_strdup (g_checksum_get_string (sum));
}

static char *
make_id (GPtrArray *sources, const char *date)
{
  g_autofree char *hash = dup_hash (sources);

  return g_strdup_printf ("%s-%.*s", date ? date : "0000-00-00", UL_IDENTITY_HEX_DIGITS, hash);
}

static gboolean
compile (UlKnowledge *self, GPtrArray *sources, GError **error)
{
  const char *newest = NULL;

  g_ptr_array_sort (sources, compare_sources);
  for (guint i = 0; i < sources->len; i++) {
    Source *s = g_ptr_array_index (sources, i);
    if (!read_head (s, &newest, error))
      return FALSE;
  }
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (guint i = 0; i < sources->len; i++) {
      Source *s = g_ptr_array_index (sources, i);
      if (s->document && s->kind == kind && !load_source (self, s, error))
        return FALSE;
    }
  ul_references_seal (self->references, self->makers);
  self->id = make_id (sources, newest);
  return TRUE;
}

static UlKnowledge *
knowledge_from_sources (GPtrArray *sources, GError **error)
{
  g_autoptr (UlKnowledge) self = g_new0 (UlKnowledge, 1);

  g_atomic_ref_count_init (&self->refs);
  self->makers = ul_makers_new ();
  self->rules = ul_rules_new ();
  self->references = ul_references_new ();
  self->roots = ul_trust_roots_new ();
  self->policies = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_policy_free);
  self->restricted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return compile (self, sources, error) ? g_steal_pointer (&self) : NULL;
}

UlKnowledge *
ul_knowledge_new_from_files (const UlKnowledgeFile *files, guint n_files, GError **error)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (source_free);

  for (guint i = 0; i < n_files; i++)
    add_source (sources, files[i].name, files[i].bytes);
  return knowledge_from_sources (sources, error);
}

UlKnowledge *
ul_knowledge_new_with (const char *const *dirs, const UlKnowledgeFile *files, guint n_files, GError **error)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (source_free);

  if (!add_built_in (sources, error))
    return NULL;
  for (guint i = 0; dirs && dirs[i]; i++)
    if (!add_directory (sources, dirs[i], error))
      return NULL;
  for (guint i = 0; i < n_files; i++)
    add_source (sources, files[i].name, files[i].bytes);
  return knowledge_from_sources (sources, error);
}

UlKnowledge *
ul_knowledge_new (const char *const *dirs, GError **error)
{
  return ul_knowledge_new_with (dirs, NULL, 0, error);
}

UlKnowledge *
ul_knowledge_ref (UlKnowledge *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ul_knowledge_unref (UlKnowledge *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->restricted);
  g_ptr_array_unref (self->policies);
  ul_trust_roots_free (self->roots);
  ul_references_free (self->references);
  ul_rules_free (self->rules);
  ul_makers_free (self->makers);
  g_free (self->id);
  g_free (self);
}

/* --- reading -------------------------------------------------------------------------------- */

const char *
ul_knowledge_id (const UlKnowledge *self)
{
  return self->id;
}

const UlMakers *
ul_knowledge_makers (const UlKnowledge *self)
{
  return self->makers;
}

const UlReferences *
ul_knowledge_references (const UlKnowledge *self)
{
  return self->references;
}

const UlRules *
ul_knowledge_rules (const UlKnowledge *self)
{
  return self->rules;
}

guint
ul_knowledge_n_roots (const UlKnowledge *self)
{
  return ul_trust_roots_n (self->roots);
}

const UlTrustRoot *
ul_knowledge_get_root (const UlKnowledge *self, guint i)
{
  return ul_trust_roots_get (self->roots, i);
}

const UlTrustRoot *
ul_knowledge_find_root (const UlKnowledge *self, const char *sha256)
{
  return ul_trust_roots_find (self->roots, sha256);
}

guint
ul_knowledge_n_policies (const UlKnowledge *self)
{
  return self->policies->len;
}

const UlPolicy *
ul_knowledge_get_policy (const UlKnowledge *self, guint i)
{
  return g_ptr_array_index (self->policies, i);
}

const UlPolicy *
ul_knowledge_find_policy (const UlKnowledge *self, const char *id)
{
  for (guint i = 0; i < self->policies->len; i++)
    if (g_str_equal (ul_knowledge_get_policy (self, i)->id, id))
      return ul_knowledge_get_policy (self, i);
  return NULL;
}

gboolean
ul_knowledge_maker_is_restricted (const UlKnowledge *self, const char *maker_id)
{
  return maker_id && g_hash_table_contains (self->restricted, maker_id);
}

const char **
ul_knowledge_dup_named_in (const UlKnowledge *self, const char *maker_id)
{
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < self->policies->len; i++)
    if (ul_policy_names (ul_knowledge_get_policy (self, i), maker_id))
      g_ptr_array_add (ids, ul_knowledge_get_policy (self, i)->id);
  g_ptr_array_add (ids, NULL);
  return (const char **) g_ptr_array_free (ids, FALSE);
}

guint
ul_knowledge_n_warnings (const UlKnowledge *self)
{
  return ul_rules_n_warnings (self->rules);
}

const char *
ul_knowledge_get_warning (const UlKnowledge *self, guint i)
{
  return ul_rules_get_warning (self->rules, i);
}
