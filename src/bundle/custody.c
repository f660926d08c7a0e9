/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/custody.h"

#include <string.h>

#include "bundle/canonical.h"

static char *
dup_sha256 (const char *text, gsize len)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, len);
}

void
ul_custody_log_init (UlCustodyLog *self)
{
  *self = (UlCustodyLog){ .text = g_string_new (NULL), .last = g_strnfill (64, '0') };
}

void
ul_custody_log_init_from (UlCustodyLog *self, const char *text, gsize len)
{
  g_autoptr (GPtrArray) lines = ul_custody_read (text, len);

  ul_custody_log_init (self);
  g_string_append_len (self->text, text, (gssize) len);
  self->count = lines->len;
  if (lines->len) {
    g_free (self->last);
    self->last = g_strdup (((UlCustodyLine *) g_ptr_array_index (lines, lines->len - 1))->sha256);
  }
}

void
ul_custody_log_clear (UlCustodyLog *self)
{
  if (self->text)
    g_string_free (g_steal_pointer (&self->text), TRUE);
  g_clear_pointer (&self->last, g_free);
}

static void
set_object (JsonObject *line, const UlCustodyEntry *entry)
{
  if (!entry->object_name)
    return;
  JsonObject *object = json_object_new ();
  ul_set_string (object, "name", entry->object_name);
  ul_set_string (object, "sha256", entry->object_sha256);
  ul_set_string (object, "sha512", entry->object_sha512);
  json_object_set_object_member (line, "object", object);
}

void
ul_custody_log_append (UlCustodyLog *self, const UlCustodyEntry *entry)
{
  g_autoptr (JsonObject) line = json_object_new ();
  gsize from = self->text->len;

  json_object_set_int_member (line, "seq", ++self->count);
  ul_set_string (line, "action", entry->action);
  ul_set_string (line, "detail", entry->detail);
  ul_set_string (line, "tool", entry->tool);
  ul_set_string (line, "actor", entry->actor);
  ul_set_string (line, "time", entry->time);
  ul_set_string (line, "signer", entry->signer);
  ul_set_string (line, "previous", self->last);
  set_object (line, entry);
  if (entry->seals) {
    JsonArray *seals = json_array_new ();
    for (const char *const *s = entry->seals; *s; s++)
      json_array_add_string_element (seals, *s);
    json_object_set_array_member (line, "seals", seals);
  }
  g_autofree char *text = ul_canonical_from_object (line);
  g_string_append (self->text, text);
  g_string_append_c (self->text, '\n');
  g_free (self->last);
  self->last = dup_sha256 (self->text->str + from, self->text->len - from);
}

char *
ul_custody_log_head (const UlCustodyLog *self)
{
  g_autoptr (JsonObject) head = json_object_new ();

  ul_set_string (head, "schema", UL_CUSTODY_HEAD_SCHEMA);
  json_object_set_int_member (head, "count", self->count);
  ul_set_string (head, "last", self->last);
  return ul_canonical_from_object (head);
}

/* --- reading --------------------------------------------------------------------- */

static void
line_free (gpointer data)
{
  UlCustodyLine *line = data;

  g_free (line->action);
  g_free (line->object_name);
  g_free (line->object_sha256);
  g_free (line->previous);
  g_free (line->signer);
  g_strfreev (line->seals);
  g_free (line->sha256);
  g_free (line);
}

static UlCustodyLine *
read_line (const char *text, gsize len, gboolean ended)
{
  UlCustodyLine *line = g_new0 (UlCustodyLine, 1);
  g_autoptr (JsonObject) object = ended ? ul_canonical_parse (text, len) : NULL;
  JsonObject *of = ul_member_object (object, "object");

  line->seq = ul_member_count (object, "seq");
  line->action = g_strdup (ul_member_string (object, "action"));
  line->object_name = g_strdup (ul_member_string (of, "name"));
  line->object_sha256 = g_strdup (ul_member_string (of, "sha256"));
  line->previous = g_strdup (ul_member_string (object, "previous"));
  line->signer = g_strdup (ul_member_string (object, "signer"));
  line->seals = ul_member_strings (object, "seals");
  line->sha256 = dup_sha256 (text, len + (ended ? 1 : 0));
  line->readable = line->seq >= 0 && line->action && ul_is_hex (line->previous, 64);
  return line;
}

GPtrArray *
ul_custody_read (const char *text, gsize len)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (line_free);

  for (gsize at = 0; at < len && lines->len < UL_CUSTODY_MAX_LINES;) {
    const char *end = memchr (text + at, '\n', len - at);
    gsize n = end ? (gsize) (end - text) - at : len - at;
    g_ptr_array_add (lines, read_line (text + at, n, end != NULL));
    at += n + 1;
  }
  return lines;
}

gboolean
ul_custody_head_parse (const char *text, gsize len, UlCustodyHead *ret_head)
{
  g_autoptr (JsonObject) object = ul_canonical_parse (text, len);
  const char *last = ul_member_string (object, "last");

  *ret_head = (UlCustodyHead){ .count = ul_member_count (object, "count") };
  if (g_strcmp0 (ul_member_string (object, "schema"), UL_CUSTODY_HEAD_SCHEMA) != 0 || ret_head->count < 0 || !ul_is_hex (last, 64))
    return FALSE;
  ret_head->last = g_strdup (last);
  return TRUE;
}
