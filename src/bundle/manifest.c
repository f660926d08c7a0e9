/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/manifest.h"

#include <string.h>

#include "bundle/canonical.h"

#define TOOL "underlabel"

static void
member_free (gpointer data)
{
  UlManifestMember *m = data;

  g_free (m->name);
  g_free (m->media_type);
  ul_digests_clear (&m->digests);
  g_free (m);
}

UlManifest *
ul_manifest_new (const char *tool_version, const char *knowledge)
{
  UlManifest *self = g_new0 (UlManifest, 1);

  self->tool_version = g_strdup (tool_version);
  self->knowledge = g_strdup (knowledge);
  self->members = g_ptr_array_new_with_free_func (member_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
ul_manifest_free (UlManifest *self)
{
  if (!self)
    return;
  g_free (self->tool_version);
  g_free (self->knowledge);
  g_free (self->input);
  ul_digests_clear (&self->input_digests);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->members);
  g_free (self);
}

gboolean
ul_manifest_add (UlManifest *self, const char *name, const char *media_type, const UlDigests *digests)
{
  if (ul_manifest_find (self, name))
    return FALSE;
  UlManifestMember *m = g_new0 (UlManifestMember, 1);
  m->name = g_strdup (name);
  m->media_type = g_strdup (media_type);
  m->digests = (UlDigests){ digests->bytes, g_strdup (digests->sha256), g_strdup (digests->sha512) };
  g_ptr_array_add (self->members, m);
  g_hash_table_insert (self->by_name, m->name, m);
  return TRUE;
}

const UlManifestMember *
ul_manifest_find (const UlManifest *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(UlManifestMember *const *) a)->name, (*(UlManifestMember *const *) b)->name);
}

static JsonObject *
digests_object (const char *name, const UlDigests *digests)
{
  JsonObject *object = json_object_new ();

  ul_set_string (object, "name", name);
  json_object_set_int_member (object, "bytes", (gint64) digests->bytes);
  ul_set_string (object, "sha256", digests->sha256);
  ul_set_string (object, "sha512", digests->sha512);
  return object;
}

char *
ul_manifest_to_json (const UlManifest *self)
{
  g_autoptr (JsonObject) root = json_object_new ();
  g_autoptr (GPtrArray) sorted = g_ptr_array_copy (self->members, NULL, NULL);
  JsonObject *tool = json_object_new ();
  JsonArray *members = json_array_new ();

  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, by_name);
  ul_set_string (root, "schema", UL_MANIFEST_SCHEMA);
  ul_set_string (tool, "name", TOOL);
  ul_set_string (tool, "version", self->tool_version);
  ul_set_string (tool, "knowledge", self->knowledge);
  json_object_set_object_member (root, "tool", tool);
  if (self->input)
    json_object_set_object_member (root, "input", digests_object (self->input, &self->input_digests));
  for (guint i = 0; i < sorted->len; i++) {
    const UlManifestMember *m = g_ptr_array_index (sorted, i);
    JsonObject *object = digests_object (m->name, &m->digests);
    ul_set_string (object, "media_type", m->media_type);
    json_array_add_object_element (members, object);
  }
  json_object_set_array_member (root, "members", members);
  return ul_canonical_from_object (root);
}

/* Borrowed strings. A camera that was asked has no bytes of its own, and no digests. */
static gboolean
read_digests (JsonObject *object, UlDigests *ret_digests)
{
  gint64 bytes = ul_member_count (object, "bytes");

  *ret_digests = (UlDigests){ (guint64) bytes, (char *) ul_member_string (object, "sha256"), (char *) ul_member_string (object, "sha512") };
  return bytes >= 0 && (!ret_digests->sha256 || ul_is_hex (ret_digests->sha256, 64)) && (!ret_digests->sha512 || ul_is_hex (ret_digests->sha512, 128));
}

static gboolean
read_members (UlManifest *self, JsonArray *array)
{
  const char *before = "";

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    const char *name = ul_member_string (object, "name");
    UlDigests digests;
    if (!name || !read_digests (object, &digests) || !digests.sha256 || !digests.sha512 || strcmp (before, name) >= 0
        || !ul_manifest_add (self, name, ul_member_string (object, "media_type"), &digests))
      return FALSE;
    before = name;
  }
  return TRUE;
}

UlManifest *
ul_manifest_parse (const char *text, gsize len)
{
  g_autoptr (JsonObject) root = ul_canonical_parse (text, len);
  JsonObject *tool = ul_member_object (root, "tool"), *input = ul_member_object (root, "input");
  JsonArray *members = ul_member_array (root, "members");
  g_autoptr (UlManifest) self = ul_manifest_new (ul_member_string (tool, "version"), ul_member_string (tool, "knowledge"));
  UlDigests digests;

  if (!members || g_strcmp0 (ul_member_string (root, "schema"), UL_MANIFEST_SCHEMA) != 0 || !read_members (self, members))
    return NULL;
  if (input) {
    if (!ul_member_string (input, "name") || !read_digests (input, &digests))
      return NULL;
    self->input = g_strdup (ul_member_string (input, "name"));
    self->input_digests = (UlDigests){ digests.bytes, g_strdup (digests.sha256), g_strdup (digests.sha512) };
  }
  return g_steal_pointer (&self);
}
