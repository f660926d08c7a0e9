/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members against the manifest, and everything against the lists of sums. */
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/check_private.h"

static gboolean
same (const UlDigests *a, const UlDigests *b)
{
  return a->bytes == b->bytes && g_strcmp0 (a->sha256, b->sha256) == 0 && g_strcmp0 (a->sha512, b->sha512) == 0;
}

/* The manifest's member whose content this is; NULL: nobody's. */
static const UlManifestMember *
owner_of (const UlCheck *self, const UlDigests *digests, gboolean missing_only)
{
  for (guint i = 0; i < self->manifest->members->len; i++) {
    const UlManifestMember *m = g_ptr_array_index (self->manifest->members, i);
    if (same (&m->digests, digests) && (!missing_only || !ul_check_find (self, m->name)))
      return m;
  }
  return NULL;
}

static void
check_listed (UlCheck *self, const UlManifestMember *m, GHashTable *found_again)
{
  const UlSeen *seen = ul_check_find (self, m->name);

  if (!seen) {
    if (!g_hash_table_contains (found_again, m->name))
      ul_check_fault (self, UL_CHECK_MEMBERS, "missing", m->name, 0, "the manifest lists it, and it is not there");
    return;
  }
  if (same (&seen->digests, &m->digests))
    return;
  const UlManifestMember *owner = owner_of (self, &seen->digests, FALSE);
  if (owner)
    ul_check_fault (self, UL_CHECK_MEMBERS, "changed", m->name, 0, "its content is that of %s", owner->name);
  else
    ul_check_fault (self, UL_CHECK_MEMBERS, "changed", m->name, 0,
                    "it has %" G_GUINT64_FORMAT " bytes and SHA-256 %s; the manifest lists %" G_GUINT64_FORMAT " and %s", seen->digests.bytes,
                    seen->digests.sha256, m->digests.bytes, m->digests.sha256);
}

/* What is there and not listed: new, or a listed one under another name. */
static void
check_unlisted (UlCheck *self, const UlSeen *seen, GHashTable *found_again)
{
  if (ul_bundle_name_reserved (seen->name) || ul_manifest_find (self->manifest, seen->name))
    return;
  const UlManifestMember *owner = owner_of (self, &seen->digests, TRUE);
  if (!owner) {
    ul_check_fault (self, UL_CHECK_MEMBERS, "added", seen->name, 0, "the manifest does not list it");
    return;
  }
  g_hash_table_add (found_again, owner->name);
  UlBundleFault *fault = ul_check_fault (self, UL_CHECK_MEMBERS, "renamed", seen->name, 0, "renamed from %s", owner->name);
  fault->renamed_from = g_strdup (owner->name);
}

void
ul_check_members (UlCheck *self)
{
  g_autoptr (GHashTable) found_again = g_hash_table_new (g_str_hash, g_str_equal);
  gsize len;
  const char *text = ul_check_text (self, UL_MANIFEST_NAME, &len);

  self->manifest = text && len <= UL_MANIFEST_MAX_BYTES ? ul_manifest_parse (text, len) : NULL;
  if (!ul_check_find (self, UL_MANIFEST_NAME))
    ul_check_fault (self, UL_CHECK_MEMBERS, "missing", UL_MANIFEST_NAME, 0, "there is no manifest to compare the members with");
  else if (!self->manifest)
    ul_check_fault (self, UL_CHECK_MEMBERS, "changed", UL_MANIFEST_NAME, 0, "no manifest of schema " UL_MANIFEST_SCHEMA " in canonical JSON");
  for (guint i = 0; self->manifest && i < self->seen->len; i++)
    check_unlisted (self, g_ptr_array_index (self->seen, i), found_again);
  for (guint i = 0; self->manifest && i < self->manifest->members->len; i++)
    check_listed (self, g_ptr_array_index (self->manifest->members, i), found_again);
  ul_check_conclude (self, UL_CHECK_MEMBERS, UL_CHECK_HOLDS, "%u of %u members are as the manifest lists them",
                     self->manifest ? self->manifest->members->len : 0, self->manifest ? self->manifest->members->len : 0);
}

/* --- sums ------------------------------------------------------------------------------ */

typedef struct {
  const char *name; /* of the list */
  gsize digits;
  GHashTable *lines; /* member -> Line; NULL: no list */
} List;

typedef struct {
  char *sum;
  guint number;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->sum);
  g_free (line);
}

/* "SUM  NAME" as sha256sum writes it. */
static void
read_line (UlCheck *self, List *list, const char *text, guint number)
{
  g_autofree char *sum = g_strndup (text, list->digits);
  const char *name = strlen (text) > list->digits + 2 ? text + list->digits + 2 : NULL;

  if (!name || !ul_is_hex (sum, list->digits) || text[list->digits] != ' ' || text[list->digits + 1] != ' ' || g_hash_table_contains (list->lines, name)) {
    ul_check_fault (self, UL_CHECK_SUMS, "changed", list->name, number, "no line of a list of sums, or one too many");
    return;
  }
  Line *line = g_new0 (Line, 1);
  *line = (Line){ g_steal_pointer (&sum), number };
  g_hash_table_insert (list->lines, g_strdup (name), line);
}

static void
read_list (UlCheck *self, List *list)
{
  gsize len;
  const char *text = ul_check_text (self, list->name, &len);

  if (!text) {
    gboolean there = ul_check_find (self, list->name) != NULL;
    ul_check_fault (self, UL_CHECK_SUMS, there ? "changed" : "missing", list->name, 0, there ? "larger than a list of sums is" : "the list of sums is not there");
    return;
  }
  list->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, line_free);
  if (memchr (text, 0, len) || (len && text[len - 1] != '\n'))
    ul_check_fault (self, UL_CHECK_SUMS, "changed", list->name, 0, "it is cut off, or no text");
  g_autofree char *copy = g_strndup (text, len);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; lines[i] && i <= UL_ZIP_MAX_MEMBERS + 1; i++)
    if (*lines[i] || lines[i + 1])
      read_line (self, list, lines[i], i + 1);
}

static gboolean
agrees (const List *list, const UlSeen *seen)
{
  const Line *line = list->lines ? g_hash_table_lookup (list->lines, seen->name) : NULL;

  return line && g_str_equal (line->sum, list->digits == 64 ? seen->digests.sha256 : seen->digests.sha512);
}

/* Whose fault it is: of a list where the manifest or the other list stands for the member, else of the member. */
static void
check_seen (UlCheck *self, const List *list, const List *other, UlSeen *seen)
{
  const Line *line = g_hash_table_lookup (list->lines, seen->name);
  const UlManifestMember *listed = self->manifest ? ul_manifest_find (self->manifest, seen->name) : NULL;

  if (agrees (list, seen) || (seen->faulted && !listed) || (listed && !same (&listed->digests, &seen->digests)))
    return;
  if (listed || agrees (other, seen))
    ul_check_fault (self, UL_CHECK_SUMS, "changed", list->name, line ? line->number : 0, line ? "another sum than that of %s" : "%s is not in it", seen->name);
  else if (line)
    ul_check_fault (self, UL_CHECK_SUMS, "changed", seen->name, 0, "its sum is not the one in %s", list->name);
  else
    ul_check_fault (self, UL_CHECK_SUMS, "added", seen->name, 0, "it is not in %s", list->name);
}

static gboolean
is_reported (const UlCheck *self, const char *name)
{
  for (guint i = 0; i < self->out->faults->len; i++) {
    const UlBundleFault *fault = g_ptr_array_index (self->out->faults, i);
    if (g_str_equal (fault->member, name) || g_strcmp0 (fault->renamed_from, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
check_named (UlCheck *self, const List *list, const List *other)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (list->lines), (GCompareFunc) strcmp);

  for (GList *l = names; l; l = l->next) {
    const Line *line = g_hash_table_lookup (list->lines, l->data);
    gboolean in_other = other->lines && g_hash_table_contains (other->lines, l->data);
    if (ul_check_find (self, l->data) || is_reported (self, l->data))
      continue;
    if (in_other || !other->lines)
      ul_check_fault (self, UL_CHECK_SUMS, "missing", l->data, 0, "%s lists it, and it is not there", list->name);
    else
      ul_check_fault (self, UL_CHECK_SUMS, "changed", list->name, line->number, "it lists %s, which is not there", (const char *) l->data);
  }
}

void
ul_check_sums (UlCheck *self)
{
  List lists[2] = { { UL_BUNDLE_SHA256SUMS, 64, NULL }, { UL_BUNDLE_SHA512SUMS, 128, NULL } };

  for (guint i = 0; i < 2; i++)
    read_list (self, &lists[i]);
  for (guint i = 0; i < 2; i++) {
    for (guint k = 0; lists[i].lines && k < self->seen->len; k++) {
      UlSeen *seen = g_ptr_array_index (self->seen, k);
      if (!g_str_equal (seen->name, UL_BUNDLE_SHA256SUMS) && !g_str_equal (seen->name, UL_BUNDLE_SHA512SUMS))
        check_seen (self, &lists[i], &lists[1 - i], seen);
    }
    if (lists[i].lines)
      check_named (self, &lists[i], &lists[1 - i]);
  }
  ul_check_conclude (self, UL_CHECK_SUMS, UL_CHECK_HOLDS, "%u members have the sums of SHA256SUMS and SHA512SUMS", self->seen->len - 2);
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&lists[i].lines, g_hash_table_unref);
}
