/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/bundle.h"

#include <string.h>

#include "base/redact.h"
#include "bundle/custody.h"
#include "bundle/manifest.h"
#include "bundle/parts.h"
#include "bundle/sealing.h"

typedef struct {
  char *action, *detail;
} Note;

struct _UlBundle {
  UlManifest *manifest;
  UlParts *parts;
  GPtrArray *notes;
  char *tool;
  char *refused; /* the first member that cannot be one, and why */
};

static void
note_free (gpointer data)
{
  Note *note = data;

  g_free (note->action);
  g_free (note->detail);
  g_free (note);
}

UlBundle *
ul_bundle_new (const char *tool_version, const char *knowledge_id)
{
  UlBundle *self = g_new0 (UlBundle, 1);

  self->manifest = ul_manifest_new (tool_version, knowledge_id);
  self->parts = ul_parts_new ();
  self->notes = g_ptr_array_new_with_free_func (note_free);
  self->tool = g_strdup_printf ("underlabel %s, knowledge %s", tool_version, knowledge_id);
  return self;
}

void
ul_bundle_free (UlBundle *self)
{
  if (!self)
    return;
  ul_manifest_free (self->manifest);
  ul_parts_free (self->parts);
  g_ptr_array_unref (self->notes);
  g_free (self->tool);
  g_free (self->refused);
  g_free (self);
}

void
ul_bundle_set_input (UlBundle *self, const char *name, guint64 bytes, const char *sha256, const char *sha512)
{
  g_free (self->manifest->input);
  ul_digests_clear (&self->manifest->input_digests);
  self->manifest->input = ul_redact (name, -1);
  self->manifest->input_digests = (UlDigests){ bytes, g_strdup (sha256), g_strdup (sha512) };
}

guint
ul_bundle_old_head_count (const char *name)
{
  gsize n = strlen (name);
  guint64 count = 0;

  if (n < 18 || n > 30 || !g_str_has_prefix (name, "custody-head.") || !g_str_has_suffix (name, ".json"))
    return 0;
  g_autofree char *digits = g_strndup (name + 13, n - 18);
  return *digits != '0' && g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT32, &count, NULL) ? (guint) count : 0;
}

gboolean
ul_bundle_name_reserved (const char *name)
{
  static const char *const names[] = { UL_MANIFEST_NAME, UL_BUNDLE_MANIFEST_SEAL, "manifest.json.tsr", "manifest.json.p7s.tsr", UL_CUSTODY_NAME,
                                       UL_CUSTODY_HEAD_NAME, UL_BUNDLE_HEAD_SEAL, UL_BUNDLE_SHA256SUMS, UL_BUNDLE_SHA512SUMS, NULL };
  g_autofree char *stem = g_str_has_suffix (name, UL_BUNDLE_SIGNATURE) ? g_strndup (name, strlen (name) - strlen (UL_BUNDLE_SIGNATURE)) : NULL;

  return g_strv_contains (names, name) || ul_bundle_old_head_count (stem ? stem : name);
}

/* The part is there already; it becomes a member. */
static void
take_member (UlBundle *self, const UlPart *part, const char *media_type)
{
  g_autofree char *shown = ul_redact (part->name, -1);
  const char *why = NULL;

  if (!ul_zip_name_ok (part->name))
    why = "no name for a member of a bundle";
  else if (ul_bundle_name_reserved (part->name))
    why = "a name that the bundle itself uses";
  else if (!ul_manifest_add (self->manifest, part->name, media_type ? media_type : "application/octet-stream", &part->digests))
    why = "twice in the bundle";
  if (why && !self->refused)
    self->refused = g_strdup_printf ("%s: %s", shown, why);
}

void
ul_bundle_add (UlBundle *self, const char *name, const char *media_type, GBytes *data)
{
  take_member (self, ul_parts_add (self->parts, name, data), media_type);
}

gboolean
ul_bundle_add_file (UlBundle *self, const char *name, const char *media_type, const char *path, GError **error)
{
  const UlPart *part = ul_parts_add_file (self->parts, name, path, error);

  if (part)
    take_member (self, part, media_type);
  return part != NULL;
}

void
ul_bundle_note (UlBundle *self, const char *action, const char *detail)
{
  Note *note = g_new0 (Note, 1);

  note->action = ul_redact (action, -1);
  note->detail = detail ? ul_redact (detail, -1) : NULL;
  g_ptr_array_add (self->notes, note);
}

/* --- writing ------------------------------------------------------------------------- */

#define RECEIVED "received"

static void
log_acts (const UlBundle *self, UlCustodyLog *log)
{
  const UlDigests *input = &self->manifest->input_digests;
  UlCustodyEntry received = { .action = RECEIVED, .tool = self->tool, .object_name = self->manifest->input, .object_sha256 = input->sha256,
                              .object_sha512 = input->sha512 };

  for (guint i = 0; self->manifest->input && i < self->notes->len; i++) {
    const Note *note = g_ptr_array_index (self->notes, i);
    if (g_str_equal (note->action, RECEIVED))
      received.detail = note->detail;
  }
  if (self->manifest->input)
    ul_custody_log_append (log, &received);
  for (guint i = 0; i < self->notes->len; i++) {
    const Note *note = g_ptr_array_index (self->notes, i);
    UlCustodyEntry entry = { .action = note->action, .detail = note->detail, .tool = self->tool };
    if (!self->manifest->input || !g_str_equal (note->action, RECEIVED))
      ul_custody_log_append (log, &entry);
  }
  for (guint i = 0; i < ul_parts_n (self->parts); i++) {
    const UlPart *part = ul_parts_get (self->parts, i);
    UlCustodyEntry wrote = { .action = UL_CUSTODY_WROTE, .tool = self->tool, .object_name = part->name, .object_sha256 = part->digests.sha256 };
    ul_custody_log_append (log, &wrote);
  }
}

/* Which seals will be there stands in the log: so that one that is taken away is missed. */
static void
log_sealed (const UlBundle *self, UlCustodyLog *log, const UlSealing *sealing, const char *manifest)
{
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, manifest, -1);
  const char *seals[4] = { NULL };
  guint n = 0;
  UlCustodyEntry sealed = { .action = UL_CUSTODY_SEALED, .tool = self->tool, .object_name = UL_MANIFEST_NAME, .object_sha256 = sha256,
                            .signer = sealing->signer ? sealing->signer->sha256 : NULL, .seals = seals };

  if (sealing->signer) {
    seals[n++] = UL_BUNDLE_MANIFEST_SEAL;
    seals[n++] = UL_BUNDLE_HEAD_SEAL;
  }
  if (sealing->seal->tsa)
    seals[n++] = sealing->signer ? UL_BUNDLE_MANIFEST_SEAL UL_BUNDLE_TIMESTAMP : UL_MANIFEST_NAME UL_BUNDLE_TIMESTAMP;
  ul_custody_log_append (log, &sealed);
}

/* All that follows the members, and the sums' sums: nothing of it is kept in the bundle, which can be written again. */
static gboolean
add_rest (const UlBundle *self, const UlSealing *sealing, UlParts *parts, GError **error)
{
  g_auto (UlCustodyLog) log = { 0 };
  g_autofree char *manifest = ul_manifest_to_json (self->manifest);

  ul_custody_log_init (&log);
  log_acts (self, &log);
  log_sealed (self, &log, sealing, manifest);
  g_autofree char *head = ul_custody_log_head (&log);
  ul_parts_add_text (parts, UL_CUSTODY_NAME, log.text->str);
  const UlPart *head_part = ul_parts_add_text (parts, UL_CUSTODY_HEAD_NAME, head);
  const UlPart *manifest_part = ul_parts_add_text (parts, UL_MANIFEST_NAME, manifest);
  const UlPart *stamped = manifest_part;
  if (sealing->signer) {
    stamped = ul_sealing_sign (sealing, parts, manifest_part, error);
    if (!stamped || !ul_sealing_sign (sealing, parts, head_part, error))
      return FALSE;
  }
  return !sealing->seal->tsa || ul_sealing_stamp (sealing, parts, stamped, error);
}

static gboolean
may_write (const UlBundle *self, GError **error)
{
  if (self->refused)
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "%s", self->refused);
  else if (ul_parts_n (self->parts) > UL_ZIP_MAX_MEMBERS - 16)
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "%u members are more than a bundle has", ul_parts_n (self->parts));
  else
    return TRUE;
  return FALSE;
}

gboolean
ul_bundle_write (UlBundle *self, const char *path, const UlBundleSeal *seal, GError **error)
{
  g_auto (UlSealing) sealing = { 0 };
  g_autoptr (UlParts) all = ul_parts_new ();

  if (!ul_sealing_init (&sealing, seal, error) || !may_write (self, error))
    return FALSE;
  ul_parts_borrow (all, self->parts);
  return add_rest (self, &sealing, all, error) && ul_parts_write (all, path, error);
}
