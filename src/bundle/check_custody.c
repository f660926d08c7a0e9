/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chain of the custody log, its heads, and what it says of the members. */
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/check_private.h"

#define FIRST_PREVIOUS "0000000000000000000000000000000000000000000000000000000000000000"

static const UlCustodyLine *
line_at (const UlCheck *self, guint number)
{
  return g_ptr_array_index (self->lines, number - 1);
}

static void
fault (UlCheck *self, const char *kind, guint number, const char *says)
{
  ul_check_fault (self, UL_CHECK_CUSTODY, kind, UL_CUSTODY_NAME, number, "line %u: %s", number, says);
}

/* The number of the line with this sum, 0 if there is none. */
static guint
find_line (const UlCheck *self, const char *sha256)
{
  for (guint number = 1; number <= self->lines->len; number++)
    if (g_str_equal (line_at (self, number)->sha256, sha256))
      return number;
  return 0;
}

/* Why line `number` does not go on from the one before it. */
static void
tell_break (UlCheck *self, guint number)
{
  const UlCustodyLine *line = line_at (self, number);
  guint real = find_line (self, line->previous);
  gboolean first = g_str_equal (line->previous, FIRST_PREVIOUS);

  if (real || (first && number > 1)) {
    g_autofree char *says = real ? g_strdup_printf ("reordered, or put in: it follows line %u", real) : g_strdup ("reordered, or put in: it is the first of a log");
    fault (self, "reordered", number, says);
  } else if (line->seq > (gint64) number) {
    g_autofree char *says = g_strdup_printf ("entries are missing before it: its number is %" G_GINT64_FORMAT, line->seq);
    fault (self, "truncated", number, says);
  } else if (number == 1) {
    fault (self, "truncated", number, "it is not the first of a log");
  } else {
    g_autofree char *says = g_strdup_printf ("changed: line %u holds another sum for it", number);
    fault (self, "changed", number - 1, says);
  }
}

static void
check_chain (UlCheck *self)
{
  const char *previous = FIRST_PREVIOUS;

  for (guint number = 1; number <= self->lines->len; number++) {
    const UlCustodyLine *line = line_at (self, number);
    if (!line->readable)
      fault (self, "changed", number, "no entry of a custody log in canonical JSON, or cut off");
    else if (!g_str_equal (line->previous, previous))
      tell_break (self, number);
    else if (line->seq != (gint64) number)
      fault (self, "changed", number, "another number than its place");
    previous = line->sha256;
  }
}

static void
check_count (UlCheck *self, const UlCustodyHead *head)
{
  guint n = self->lines->len;

  if (head->count > (gint64) n)
    ul_check_fault (self, UL_CHECK_CUSTODY, "truncated", UL_CUSTODY_NAME, n,
                    "cut off behind line %u: " UL_CUSTODY_HEAD_NAME " was made of %" G_GINT64_FORMAT " entries", n, head->count);
  else if (head->count < (gint64) n)
    ul_check_fault (self, UL_CHECK_CUSTODY, "added", UL_CUSTODY_NAME, (guint) head->count + 1,
                    "line %u and what follows were put in: " UL_CUSTODY_HEAD_NAME " was made of %" G_GINT64_FORMAT " entries", (guint) head->count + 1, head->count);
  else if (n && !g_str_equal (head->last, line_at (self, n)->sha256))
    ul_check_fault (self, UL_CHECK_CUSTODY, "changed", UL_CUSTODY_NAME, n, "it is not the log that " UL_CUSTODY_HEAD_NAME " was made of: another sum of line %u", n);
}

static void
check_head (UlCheck *self)
{
  gsize len;
  const char *text = ul_check_text (self, UL_CUSTODY_HEAD_NAME, &len);
  UlCustodyHead head = { 0 };

  if (!ul_check_find (self, UL_CUSTODY_HEAD_NAME))
    ul_check_fault (self, UL_CHECK_CUSTODY, "missing", UL_CUSTODY_HEAD_NAME, 0, "without it nothing shows where the log ends");
  else if (!text || !ul_custody_head_parse (text, len, &head))
    ul_check_fault (self, UL_CHECK_CUSTODY, "changed", UL_CUSTODY_HEAD_NAME, 0, "no head of a custody log in canonical JSON");
  else
    check_count (self, &head);
  g_free (head.last);
}

/* --- what it says of the members ---------------------------------------------------------- */

static void
check_wrote (UlCheck *self, guint number, GHashTable *told)
{
  const UlCustodyLine *line = line_at (self, number);
  const UlManifestMember *m = line->object_name ? ul_manifest_find (self->manifest, line->object_name) : NULL;

  if (!m) {
    g_autofree char *says = g_strdup_printf ("it tells of %s, which the manifest does not list", line->object_name ? line->object_name : "nothing");
    fault (self, "changed", number, says);
    return;
  }
  g_hash_table_add (told, m->name);
  if (g_strcmp0 (m->digests.sha256, line->object_sha256) == 0)
    return;
  ul_check_fault (self, UL_CHECK_CUSTODY, "changed", m->name, number, "line %u of " UL_CUSTODY_NAME " tells of it with another sum than the manifest", number);
}

static void
check_acts (UlCheck *self)
{
  g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint number = 1; number <= self->lines->len; number++) {
    const UlCustodyLine *line = line_at (self, number);
    if (!line->readable)
      continue;
    if (g_str_equal (line->action, UL_CUSTODY_WROTE) && self->manifest && !self->sealed)
      check_wrote (self, number, told);
    if (g_str_equal (line->action, UL_CUSTODY_SEALED) && !self->sealed)
      self->sealed = number;
  }
  for (guint i = 0; self->manifest && i < self->manifest->members->len; i++) {
    const UlManifestMember *m = g_ptr_array_index (self->manifest->members, i);
    if (!g_hash_table_contains (told, m->name))
      ul_check_fault (self, UL_CHECK_CUSTODY, "changed", UL_CUSTODY_NAME, 0, "no entry tells of %s, which the manifest lists", m->name);
  }
}

static void
check_sealed (UlCheck *self)
{
  const UlCustodyLine *line = self->sealed ? line_at (self, self->sealed) : NULL;
  const UlSeen *manifest = ul_check_find (self, UL_MANIFEST_NAME);

  if (!line)
    ul_check_fault (self, UL_CHECK_CUSTODY, "truncated", UL_CUSTODY_NAME, self->lines->len, "its entry of the sealing is not there");
  else if (manifest && g_strcmp0 (line->object_sha256, manifest->digests.sha256) != 0)
    ul_check_fault (self, UL_CHECK_CUSTODY, "changed", UL_MANIFEST_NAME, self->sealed, "it is not the manifest that line %u of " UL_CUSTODY_NAME " seals",
                    self->sealed);
}

/* --- the heads of earlier states ------------------------------------------------------------- */

static void
check_old_head (UlCheck *self, guint count)
{
  g_autofree char *name = g_strdup_printf ("custody-head.%u.json", count);
  gsize len;
  const char *text = ul_check_text (self, name, &len);
  UlCustodyHead head = { 0 };

  if (!ul_check_find (self, name))
    ul_check_fault (self, UL_CHECK_CUSTODY, "missing", name, 0, "the head of the log before line %u is not there", count + 1);
  else if (!text || !ul_custody_head_parse (text, len, &head) || head.count != (gint64) count)
    ul_check_fault (self, UL_CHECK_CUSTODY, "changed", name, 0, "no head of a custody log of %u entries", count);
  else if (!g_str_equal (head.last, line_at (self, count)->sha256))
    ul_check_fault (self, UL_CHECK_CUSTODY, "changed", UL_CUSTODY_NAME, count, "the first %u lines are not the log that %s was made of", count, name);
  g_free (head.last);
}

static void
check_old_heads (UlCheck *self)
{
  for (guint count = self->sealed; count && count < self->lines->len && count <= self->sealed + UL_ZIP_MAX_MEMBERS; count++)
    check_old_head (self, count);
  for (guint i = 0; i < self->seen->len; i++) {
    const UlSeen *seen = g_ptr_array_index (self->seen, i);
    guint count = ul_bundle_old_head_count (seen->name);
    if (count && (count < self->sealed || !self->sealed))
      ul_check_fault (self, UL_CHECK_CUSTODY, "added", seen->name, 0, "a head of the log from before its sealing");
    else if (count >= self->lines->len && count)
      ul_check_fault (self, UL_CHECK_CUSTODY, "truncated", UL_CUSTODY_NAME, self->lines->len, "cut off behind line %u: %s was made of %u entries",
                      self->lines->len, seen->name, count);
  }
}

void
ul_check_custody (UlCheck *self)
{
  gsize len;
  const char *text = ul_check_text (self, UL_CUSTODY_NAME, &len);

  if (!text) {
    gboolean there = ul_check_find (self, UL_CUSTODY_NAME) != NULL;
    ul_check_fault (self, UL_CHECK_CUSTODY, there ? "changed" : "missing", UL_CUSTODY_NAME, 0, there ? "larger than a log is" : "the custody log is not there");
    if (!ul_check_find (self, UL_CUSTODY_HEAD_NAME))
      ul_check_fault (self, UL_CHECK_CUSTODY, "missing", UL_CUSTODY_HEAD_NAME, 0, "the log's head is not there");
  } else {
    self->lines = ul_custody_read (text, len);
    check_chain (self);
    check_head (self);
    check_acts (self);
    check_sealed (self);
    check_old_heads (self);
  }
  guint n = self->lines ? self->lines->len : 0;
  ul_check_conclude (self, UL_CHECK_CUSTODY, UL_CHECK_HOLDS, "%u %s of one chain, %u of them later than the sealing; the head is of the last", n,
                     n == 1 ? "entry" : "entries", n - self->sealed);
}
