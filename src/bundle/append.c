/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A later act: the log goes on, the head before it is kept, everything else stays as it is. */
#include <string.h>

#include "base/redact.h"
#include "bundle/bundle.h"
#include "bundle/custody.h"
#include "bundle/sealing.h"

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "%s", why);
  return FALSE;
}

/* A log that does not hold is not gone on with: its faults would look like those of whoever does. */
static gboolean
read_log (UlZipReader *reader, UlCustodyLog *log, GError **error)
{
  g_autoptr (GBytes) text = ul_zip_reader_get (reader, UL_CUSTODY_NAME, UL_CUSTODY_MAX_BYTES, error);
  g_autoptr (GBytes) head_text = text ? ul_zip_reader_get (reader, UL_CUSTODY_HEAD_NAME, 1u << 16, error) : NULL;
  UlCustodyHead head = { 0 };

  if (!head_text)
    return FALSE;
  ul_custody_log_init_from (log, g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  gboolean good = ul_custody_head_parse (g_bytes_get_data (head_text, NULL), g_bytes_get_size (head_text), &head)
                  && head.count == (gint64) log->count && g_str_equal (head.last, log->last);
  g_free (head.last);
  return good || refuse (error, UL_CUSTODY_NAME ": the log is not the one that its head was made of; nothing is added to it");
}

static void
log_act (UlCustodyLog *log, const UlBundleAct *act, const UlSigner *signer)
{
  const char *seals[] = { UL_BUNDLE_HEAD_SEAL, NULL };
  g_autofree char *note = ul_redact (act->note, -1), *actor = act->actor ? ul_redact (act->actor, -1) : NULL;
  UlCustodyEntry entry = { .action = "noted", .detail = note, .actor = actor, .time = act->time, .tool = act->tool,
                           .signer = signer ? signer->sha256 : NULL, .seals = signer ? seals : NULL };

  ul_custody_log_append (log, &entry);
}

static gboolean
copy_members (UlZipReader *reader, UlParts *parts, guint old_count, GError **error)
{
  GPtrArray *names = ul_zip_reader_names (reader);

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    gboolean head = g_str_equal (name, UL_CUSTODY_HEAD_NAME), head_seal = g_str_equal (name, UL_BUNDLE_HEAD_SEAL);
    g_autofree char *old = g_strdup_printf ("custody-head.%u.json%s", old_count, head_seal ? UL_BUNDLE_SIGNATURE : "");
    if (g_str_equal (name, UL_CUSTODY_NAME) || g_str_equal (name, UL_BUNDLE_SHA256SUMS) || g_str_equal (name, UL_BUNDLE_SHA512SUMS))
      continue;
    if (!ul_parts_add_member (parts, reader, name, head || head_seal ? old : name, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
ul_bundle_append (const char *path, const UlBundleAct *act, const UlBundleSeal *seal, GError **error)
{
  g_auto (UlSealing) sealing = { 0 };
  g_auto (UlCustodyLog) log = { 0 };
  g_autoptr (UlParts) parts = ul_parts_new ();

  if (!ul_sealing_init (&sealing, seal, error))
    return FALSE;
  if (sealing.seal->tsa)
    return refuse (error, "a time stamp is made with the bundle, not with a later entry");
  g_autoptr (UlZipReader) reader = ul_zip_reader_new (path, NULL, error);
  if (!reader || !read_log (reader, &log, error) || !copy_members (reader, parts, log.count, error))
    return FALSE;
  log_act (&log, act, sealing.signer);
  g_autofree char *head = ul_custody_log_head (&log);
  ul_parts_add_text (parts, UL_CUSTODY_NAME, log.text->str);
  const UlPart *head_part = ul_parts_add_text (parts, UL_CUSTODY_HEAD_NAME, head);
  if (sealing.signer && !ul_sealing_sign (&sealing, parts, head_part, error))
    return FALSE;
  return ul_parts_write (parts, path, error);
}
