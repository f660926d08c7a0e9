/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/check_private.h"

#include <stdarg.h>

#include "base/redact.h"
#include "bundle/bundle.h"

#define MAX_FAULTS 4096u
#define MAX_KEPT_BYTES (64u << 20)  /* of all reserved members together */
#define MAX_SMALL_BYTES (1u << 20)  /* of one that is neither log, manifest nor sums */

static const struct {
  const char *name, *proves, *not;
} checks[UL_N_CHECKS] = {
  [UL_CHECK_MEMBERS] = { "members", "every member is bit for bit what the manifest lists", "who made the manifest, or that it is true" },
  [UL_CHECK_SUMS] = { "sums", "the bundle has arrived whole", "anything against one who alters it: sums can be made anew" },
  [UL_CHECK_CUSTODY] = { "custody", "no entry was changed, taken out or put in since the head was made",
                         "that the acts took place as they are noted, or that none was left out" },
  [UL_CHECK_SIGNATURE] = { "signature", "the manifest, and by it every member, is what the holder of this key sealed", "when, or that what is said is true" },
  [UL_CHECK_CUSTODY_SIGNATURE] = { "custody-signature", "the custody log ends where the holder of this key sealed it", "when, or that the acts took place" },
  [UL_CHECK_TIMESTAMP] = { "timestamp", "the seal was there at this time already", "who made it, or how long before" },
  [UL_CHECK_INPUT] = { "input", "this file is the one that was examined", "where it comes from" },
};

const char *
ul_check_name (UlCheckId id)
{
  return checks[id].name;
}

const char *
ul_check_proves (UlCheckId id)
{
  return checks[id].proves;
}

const char *
ul_check_does_not_prove (UlCheckId id)
{
  return checks[id].not;
}

const char *
ul_check_result_name (UlCheckResult result)
{
  static const char *const names[] = { "absent", "holds", "fails" };

  return names[result];
}

const char *
ul_vouched_name (UlVouched vouched)
{
  static const char *const names[] = { "nobody", "not-asked", "no", "yes" };

  return names[vouched];
}

/* --- what is found ------------------------------------------------------------------- */

static void
fault_free (gpointer data)
{
  UlBundleFault *fault = data;

  g_free (fault->member);
  g_free (fault->renamed_from);
  g_free (fault->says);
  g_free (fault);
}

static void
party_clear (UlBundleParty *party)
{
  g_free (party->name);
  g_free (party->issuer);
  g_free (party->sha256);
}

void
ul_bundle_verification_free (UlBundleVerification *self)
{
  if (!self)
    return;
  for (guint i = 0; i < UL_N_CHECKS; i++)
    g_free (self->checks[i].says);
  party_clear (&self->who);
  party_clear (&self->clock);
  g_ptr_array_unref (self->faults);
  g_free (self);
}

UlSeen *
ul_check_find (const UlCheck *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

const char *
ul_check_text (const UlCheck *self, const char *name, gsize *ret_len)
{
  const UlSeen *seen = ul_check_find (self, name);

  *ret_len = seen && seen->bytes ? g_bytes_get_size (seen->bytes) : 0;
  return seen && seen->bytes ? g_bytes_get_data (seen->bytes, NULL) : NULL;
}

UlBundleFault *
ul_check_fault (UlCheck *self, UlCheckId check, const char *kind, const char *member, guint line, const char *format, ...)
{
  UlBundleFault *fault = g_new0 (UlBundleFault, 1);
  UlSeen *seen = ul_check_find (self, member);
  va_list args;

  va_start (args, format);
  g_autofree char *raw = g_strdup_vprintf (format, args);
  va_end (args);
  *fault = (UlBundleFault){ .check = check, .kind = kind, .member = ul_redact (member, -1), .line = line, .says = ul_redact (raw, -1) };
  if (seen)
    seen->faulted = TRUE;
  /* More than anybody reads; the last one stands for the rest. */
  if (self->out->faults->len >= MAX_FAULTS)
    g_ptr_array_set_size (self->out->faults, MAX_FAULTS - 1);
  g_ptr_array_add (self->out->faults, fault);
  return fault;
}

gboolean
ul_check_failed (const UlCheck *self, UlCheckId check)
{
  for (guint i = 0; i < self->out->faults->len; i++)
    if (((UlBundleFault *) g_ptr_array_index (self->out->faults, i))->check == check)
      return TRUE;
  return FALSE;
}

void
ul_check_conclude (UlCheck *self, UlCheckId check, UlCheckResult good, const char *format, ...)
{
  gboolean failed = ul_check_failed (self, check);
  va_list args;

  va_start (args, format);
  g_autofree char *raw = failed ? g_strdup ("see below") : g_strdup_vprintf (format, args);
  va_end (args);
  g_free (self->out->checks[check].says);
  self->out->checks[check].says = ul_redact (raw, -1);
  self->out->checks[check].result = failed ? UL_CHECK_FAILS : good;
}

/* --- reading it once -------------------------------------------------------------------- */

static void
seen_free (gpointer data)
{
  UlSeen *seen = data;

  ul_digests_clear (&seen->digests);
  g_clear_pointer (&seen->bytes, g_bytes_unref);
  g_free (seen);
}

typedef struct {
  UlHasher *hasher;
  GByteArray *kept; /* NULL: not kept */
} Take;

static gboolean
take_chunk (const guint8 *data, gsize len, gpointer user_data, GError **error)
{
  Take *take = user_data;

  ul_hasher_add (take->hasher, data, len);
  if (take->kept)
    g_byte_array_append (take->kept, data, (guint) len);
  return TRUE;
}

static gboolean
is_large_kind (const char *name)
{
  static const char *const names[] = { UL_MANIFEST_NAME, UL_CUSTODY_NAME, UL_BUNDLE_SHA256SUMS, UL_BUNDLE_SHA512SUMS, NULL };

  return g_strv_contains (names, name);
}

static gboolean
see (UlCheck *self, UlZipReader *reader, const char *name, gsize *kept, GError **error)
{
  guint64 bytes = 0;
  g_autoptr (UlHasher) hasher = ul_hasher_new ();
  UlSeen *seen = g_new0 (UlSeen, 1);

  seen->name = name;
  g_ptr_array_add (self->seen, seen);
  g_hash_table_insert (self->by_name, (char *) name, seen);
  ul_zip_reader_has (reader, name, &bytes);
  gboolean keep = ul_bundle_name_reserved (name) && bytes <= (is_large_kind (name) ? UL_CUSTODY_MAX_BYTES : MAX_SMALL_BYTES)
                  && *kept + bytes <= MAX_KEPT_BYTES;
  Take take = { hasher, keep ? g_byte_array_new () : NULL };
  gboolean good = ul_zip_reader_stream (reader, name, take_chunk, &take, error);
  ul_hasher_finish (hasher, &seen->digests);
  if (take.kept) {
    *kept += take.kept->len;
    seen->bytes = g_byte_array_free_to_bytes (take.kept);
  }
  return good;
}

static gboolean
see_all (UlCheck *self, UlZipReader *reader, GError **error)
{
  GPtrArray *names = ul_zip_reader_names (reader);
  gsize kept = 0;

  for (guint i = 0; i < names->len; i++)
    if (!see (self, reader, g_ptr_array_index (names, i), &kept, error))
      return FALSE;
  if (ul_check_find (self, UL_MANIFEST_NAME) || ul_check_find (self, UL_CUSTODY_NAME) || ul_check_find (self, UL_CUSTODY_HEAD_NAME))
    return TRUE;
  g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_BAD_INPUT, "no bundle: neither " UL_MANIFEST_NAME " nor a custody log in it");
  return FALSE;
}

/* --- the checks --------------------------------------------------------------------------- */

static void
check_input (UlCheck *self, const UlDigests *file)
{
  const UlManifest *manifest = self->manifest;
  const UlDigests *wanted = manifest ? &manifest->input_digests : NULL;

  if (!self->question->input)
    ul_check_conclude (self, UL_CHECK_INPUT, UL_CHECK_ABSENT, "%s%s", manifest && manifest->input ? "not asked; the manifest names " : "not asked",
                       manifest && manifest->input ? manifest->input : "");
  else if (!manifest || !manifest->input || !wanted->sha256)
    ul_check_fault (self, UL_CHECK_INPUT, "missing", UL_MANIFEST_NAME, 0, "names no input that a file could be compared with");
  else if (wanted->bytes != file->bytes || !g_str_equal (wanted->sha256, file->sha256) || (wanted->sha512 && !g_str_equal (wanted->sha512, file->sha512)))
    ul_check_fault (self, UL_CHECK_INPUT, "other-input", manifest->input, 0,
                    "the manifest's input has %" G_GUINT64_FORMAT " bytes and SHA-256 %s, the file %" G_GUINT64_FORMAT " and %s", wanted->bytes,
                    wanted->sha256, file->bytes, file->sha256);
  if (self->question->input)
    ul_check_conclude (self, UL_CHECK_INPUT, UL_CHECK_HOLDS, "the file is %s of the manifest, SHA-256 %s", manifest && manifest->input ? manifest->input : "",
                       file->sha256);
}

static gboolean
prepare (UlCheck *self, UlZipReader *reader, const UlBundleQuestion *question, UlDigests *ret_input, GError **error)
{
  gboolean trust = question->trust && *question->trust, tsa_trust = question->tsa_trust && *question->tsa_trust;

  self->question = question;
  self->seen = g_ptr_array_new_with_free_func (seen_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  if (trust && !(self->trust = ul_roots_load (question->trust, error)))
    return FALSE;
  if (tsa_trust && !(self->tsa_trust = ul_roots_load (question->tsa_trust, error)))
    return FALSE;
  if (question->input && !ul_digests_of_file (question->input, ret_input, error))
    return FALSE;
  return see_all (self, reader, error);
}

static void
check_clear (UlCheck *self)
{
  g_clear_pointer (&self->seen, g_ptr_array_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->manifest, ul_manifest_free);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_clear_pointer (&self->trust, ul_roots_free);
  g_clear_pointer (&self->tsa_trust, ul_roots_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlCheck, check_clear)

UlBundleVerification *
ul_bundle_verify (UlZipReader *reader, const UlBundleQuestion *question, GError **error)
{
  g_autoptr (UlBundleVerification) out = g_new0 (UlBundleVerification, 1);
  g_auto (UlCheck) self = { .out = out };
  g_auto (UlDigests) input = { 0 };

  out->faults = g_ptr_array_new_with_free_func (fault_free);
  out->claimed = out->stamped = -1;
  if (!prepare (&self, reader, question, &input, error))
    return NULL;
  ul_check_members (&self);
  ul_check_sums (&self);
  ul_check_custody (&self);
  ul_check_seals (&self);
  check_input (&self, &input);
  return g_steal_pointer (&out);
}
