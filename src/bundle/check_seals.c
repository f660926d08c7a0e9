/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signatures and the time stamp: is each there that the log tells of, does it hold, whose is it. */
#include <openssl/obj_mac.h>
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/check_private.h"
#include "bundle/timestamp.h"

#define STAMP_OF_MANIFEST UL_MANIFEST_NAME UL_BUNDLE_TIMESTAMP
#define STAMP_OF_SEAL UL_BUNDLE_MANIFEST_SEAL UL_BUNDLE_TIMESTAMP

static char *
dup_time (gint64 at)
{
  g_autoptr (GDateTime) time = at >= 0 ? g_date_time_new_from_unix_utc (at) : NULL;

  return time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("an unknown time");
}

static void
set_party (UlBundleParty *party, const UlSeal *seal, UlVouched vouched)
{
  *party = (UlBundleParty){ g_strdup (seal->subject), g_strdup (seal->issuer), g_strdup (seal->sha256), seal->not_before, seal->not_after, vouched };
}

/* --- a certificate ------------------------------------------------------------------------ */

/* Was it good when it was used; `at` -1: then nothing can be said. */
static void
check_validity (UlCheck *self, UlCheckId check, const char *member, const UlSeal *seal, gint64 at, gboolean time_stamp)
{
  g_autofree char *when = dup_time (at), *from = dup_time (seal->not_before), *to = dup_time (seal->not_after);

  if (at < 0)
    ul_check_fault (self, check, "no-time", member, 0, "it does not say when it was signed");
  else if (at > seal->not_after)
    ul_check_fault (self, check, "certificate-expired", member, 0, "signed at %s with the certificate of %s, which had expired at %s", when, seal->subject, to);
  else if (at < seal->not_before)
    ul_check_fault (self, check, "certificate-not-yet-valid", member, 0, "signed at %s with the certificate of %s, which is valid from %s on", when,
                    seal->subject, from);
  if (!time_stamp && !ul_certificate_may_sign (seal->certificate))
    ul_check_fault (self, check, "certificate-wrong", member, 0, "the certificate of %s is not for signatures", seal->subject);
}

static UlVouched
check_trust (UlCheck *self, UlCheckId check, const char *member, const UlSeal *seal, gint64 at, gboolean time_stamp)
{
  const UlRoots *roots = time_stamp ? self->tsa_trust : self->trust;
  g_autofree char *why = NULL;

  if (!roots)
    return UL_VOUCHED_NOT_ASKED;
  if (ul_roots_vouch (roots, seal, at, time_stamp, &why))
    return UL_VOUCHED_YES;
  ul_check_fault (self, check, "not-vouched", member, 0, "no certificate of %s vouches for %s: %s", time_stamp ? "--tsa-trust" : "--trust", seal->subject, why);
  return UL_VOUCHED_NO;
}

/* --- the time stamp --------------------------------------------------------------------------- */

static void
check_stamp (UlCheck *self, const char *name, const char *of)
{
  static const struct {
    const char *kind, *says;
  } states[] = { [UL_TIMESTAMP_UNREADABLE] = { "timestamp-unreadable", "no time stamp that was granted" },
                 [UL_TIMESTAMP_OTHER_CONTENT] = { "timestamp-of-other-content", "a time stamp that holds, but of another content than " },
                 [UL_TIMESTAMP_BROKEN] = { "timestamp-broken", "the authority's signature does not hold" },
                 [UL_TIMESTAMP_NOT_FOR_TIME] = { "certificate-wrong", "its certificate is not one for time stamps" } };
  gsize len, content_len;
  const char *der = ul_check_text (self, name, &len), *content = ul_check_text (self, of, &content_len);
  g_autoptr (UlTimestamp) stamp = ul_timestamp_read ((const guint8 *) der, len, (const guint8 *) (content ? content : ""), content_len);

  if (stamp->state != UL_TIMESTAMP_HOLDS) {
    ul_check_fault (self, UL_CHECK_TIMESTAMP, states[stamp->state].kind, name, 0, "%s%s", states[stamp->state].says,
                    stamp->state == UL_TIMESTAMP_OTHER_CONTENT ? of : "");
    return;
  }
  check_validity (self, UL_CHECK_TIMESTAMP, name, stamp->seal, stamp->time, TRUE);
  set_party (&self->out->clock, stamp->seal, check_trust (self, UL_CHECK_TIMESTAMP, name, stamp->seal, stamp->time, TRUE));
  self->out->stamped = stamp->time;
}

/* --- a signature ---------------------------------------------------------------------------------- */

/* `line`: the custody entry that tells of it, 0 if none does. */
static void
check_signature (UlCheck *self, UlCheckId check, const char *name, const char *of, guint line)
{
  static const struct {
    const char *kind, *says;
  } states[] = { [UL_SEAL_UNREADABLE] = { "signature-unreadable", "no CMS signature of one signer with its attributes" },
                 [UL_SEAL_NO_CERTIFICATE] = { "certificate-missing", "the signer's certificate is not in it" },
                 [UL_SEAL_WRONG_CERTIFICATE] = { "certificate-wrong", "the certificate in it is not the one that was signed with" },
                 [UL_SEAL_FOREIGN_CERTIFICATE] = { "certificate-foreign", "a certificate in it is not of the signer's chain, or was altered" },
                 [UL_SEAL_BROKEN] = { "signature-broken", "the signature does not hold: it is not of the certificate's key" },
                 [UL_SEAL_OTHER_CONTENT] = { "signature-of-other-content", "a signature that holds, but of another content than " } };
  gsize len, content_len;
  const char *der = ul_check_text (self, name, &len), *content = ul_check_text (self, of, &content_len);
  g_autoptr (UlSeal) seal = ul_seal_read ((const guint8 *) der, len, (const guint8 *) (content ? content : ""), content_len, NID_pkcs7_data);
  const UlCustodyLine *entry = line ? g_ptr_array_index (self->lines, line - 1) : NULL;
  gboolean main_one = g_str_equal (name, UL_BUNDLE_MANIFEST_SEAL);

  if (seal->state != UL_SEAL_HOLDS) {
    ul_check_fault (self, check, states[seal->state].kind, name, 0, "%s%s", states[seal->state].says, seal->state == UL_SEAL_OTHER_CONTENT ? of : "");
    return;
  }
  if (entry && entry->signer && !g_str_equal (entry->signer, seal->sha256))
    ul_check_fault (self, check, "other-key", name, 0, "signed by %s with another certificate than the one that line %u of " UL_CUSTODY_NAME " names", seal->subject,
                    line);
  gint64 at = main_one && self->out->stamped >= 0 && !ul_check_failed (self, UL_CHECK_TIMESTAMP) ? self->out->stamped : seal->signed_at;
  check_validity (self, check, name, seal, at, FALSE);
  UlVouched vouched = check_trust (self, check, name, seal, at, FALSE);
  if (main_one) {
    set_party (&self->out->who, seal, vouched);
    self->out->claimed = seal->signed_at;
  } else if (!entry && self->out->who.sha256 && !g_str_equal (self->out->who.sha256, seal->sha256)) {
    ul_check_fault (self, check, "other-key", name, 0, "signed by %s with another certificate than the manifest", seal->subject);
  }
}

/* --- what has to be there ------------------------------------------------------------------------- */

static UlCheckId
check_of (const char *name)
{
  return g_str_has_suffix (name, UL_BUNDLE_TIMESTAMP) ? UL_CHECK_TIMESTAMP
         : g_str_equal (name, UL_BUNDLE_MANIFEST_SEAL) ? UL_CHECK_SIGNATURE
                                                        : UL_CHECK_CUSTODY_SIGNATURE;
}

static gboolean
is_seal (const char *name)
{
  return ul_bundle_name_reserved (name) && (g_str_has_suffix (name, UL_BUNDLE_TIMESTAMP) || g_str_has_suffix (name, UL_BUNDLE_SIGNATURE));
}

/* The seals that the log tells of -> the number of the line that does. */
static GHashTable *
expected_seals (const UlCheck *self)
{
  GHashTable *seals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint number = self->sealed; number && number <= self->lines->len; number++) {
    const UlCustodyLine *line = g_ptr_array_index (self->lines, number - 1);
    for (char **name = line->seals; name && *name; name++) {
      gboolean head = g_str_equal (*name, UL_BUNDLE_HEAD_SEAL), old = head && number < self->lines->len;
      /* Later entries seal their head and nothing else. */
      if (is_seal (*name) && (head || number == self->sealed))
        g_hash_table_replace (seals, old ? g_strdup_printf ("custody-head.%u.json" UL_BUNDLE_SIGNATURE, number) : g_strdup (*name), GUINT_TO_POINTER (number));
    }
  }
  return seals;
}

/* Without a log that tells, one signature asks for the other. */
static void
expect_pairs (const UlCheck *self, GHashTable *seals)
{
  static const char *const pair[] = { UL_BUNDLE_MANIFEST_SEAL, UL_BUNDLE_HEAD_SEAL };
  gboolean any = ul_check_find (self, pair[0]) || ul_check_find (self, pair[1]);

  for (guint i = 0; any && i < 2; i++)
    g_hash_table_replace (seals, g_strdup (pair[i]), GUINT_TO_POINTER (0));
  for (guint i = 0; i < self->seen->len; i++) {
    const UlSeen *seen = g_ptr_array_index (self->seen, i);
    if (is_seal (seen->name))
      g_hash_table_replace (seals, g_strdup (seen->name), GUINT_TO_POINTER (0));
  }
}

static void
check_presence (UlCheck *self, GHashTable *seals)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (seals), (GCompareFunc) strcmp);

  for (GList *l = names; l; l = l->next) {
    guint line = GPOINTER_TO_UINT (g_hash_table_lookup (seals, l->data));
    if (ul_check_find (self, l->data))
      continue;
    if (line)
      ul_check_fault (self, check_of (l->data), "missing", l->data, 0, "line %u of " UL_CUSTODY_NAME " tells of it, and it is not there", line);
    else
      ul_check_fault (self, check_of (l->data), "missing", l->data, 0, "the bundle is signed, and this signature is not there");
  }
  for (guint i = 0; i < self->seen->len; i++) {
    const UlSeen *seen = g_ptr_array_index (self->seen, i);
    if (is_seal (seen->name) && !g_hash_table_contains (seals, seen->name))
      ul_check_fault (self, check_of (seen->name), "added", seen->name, 0, "the custody log does not tell of it");
  }
}

static void
check_present (UlCheck *self, GHashTable *seals)
{
  for (guint i = 0; i < self->seen->len; i++) {
    const char *name = ((const UlSeen *) g_ptr_array_index (self->seen, i))->name;
    if (is_seal (name) && g_str_has_suffix (name, UL_BUNDLE_TIMESTAMP))
      check_stamp (self, name, g_str_equal (name, STAMP_OF_SEAL) ? UL_BUNDLE_MANIFEST_SEAL : UL_MANIFEST_NAME);
  }
  /* The manifest's first: the others are compared with it. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < self->seen->len; i++) {
      const char *name = ((const UlSeen *) g_ptr_array_index (self->seen, i))->name;
      if (!is_seal (name) || !g_str_has_suffix (name, UL_BUNDLE_SIGNATURE) || (pass == 0) != (check_of (name) == UL_CHECK_SIGNATURE))
        continue;
      g_autofree char *of = g_strndup (name, strlen (name) - strlen (UL_BUNDLE_SIGNATURE));
      check_signature (self, check_of (name), name, of, GPOINTER_TO_UINT (g_hash_table_lookup (seals, name)));
    }
}

/* Who names those whom they trust asks for a seal: one that was stripped off must not pass. */
static void
check_asked (UlCheck *self)
{
  gboolean stamp = ul_check_find (self, STAMP_OF_SEAL) || ul_check_find (self, STAMP_OF_MANIFEST);

  if (self->trust && !ul_check_find (self, UL_BUNDLE_MANIFEST_SEAL) && !ul_check_failed (self, UL_CHECK_SIGNATURE))
    ul_check_fault (self, UL_CHECK_SIGNATURE, "missing", UL_BUNDLE_MANIFEST_SEAL, 0, "--trust asks for a signature, and the bundle is not signed");
  if (self->tsa_trust && !stamp && !ul_check_failed (self, UL_CHECK_TIMESTAMP))
    ul_check_fault (self, UL_CHECK_TIMESTAMP, "missing", STAMP_OF_SEAL, 0, "--tsa-trust asks for a time stamp, and there is none");
}

static void
conclude (UlCheck *self)
{
  const UlBundleVerification *out = self->out;
  g_autofree char *stamped = dup_time (out->stamped);
  gboolean signed_one = ul_check_find (self, UL_BUNDLE_MANIFEST_SEAL) != NULL, signed_log = ul_check_find (self, UL_BUNDLE_HEAD_SEAL) != NULL;

  if (signed_one)
    ul_check_conclude (self, UL_CHECK_SIGNATURE, UL_CHECK_HOLDS, "of manifest.json, by %s", out->who.name ? out->who.name : "?");
  else
    ul_check_conclude (self, UL_CHECK_SIGNATURE, UL_CHECK_ABSENT, "not signed: nothing says who made this bundle");
  if (signed_log)
    ul_check_conclude (self, UL_CHECK_CUSTODY_SIGNATURE, UL_CHECK_HOLDS, "of custody-head.json");
  else
    ul_check_conclude (self, UL_CHECK_CUSTODY_SIGNATURE, UL_CHECK_ABSENT, "%s", signed_one ? "the log's last entries are not signed: nothing says who made them"
                                                                                             : "not signed: the log can be made anew by anybody");
  if (out->stamped >= 0)
    ul_check_conclude (self, UL_CHECK_TIMESTAMP, UL_CHECK_HOLDS, "%s, by %s", stamped, out->clock.name ? out->clock.name : "?");
  else
    ul_check_conclude (self, UL_CHECK_TIMESTAMP, UL_CHECK_ABSENT, "no time stamp: nothing but the signer's word says when");
}

void
ul_check_seals (UlCheck *self)
{
  g_autoptr (GHashTable) seals = expected_seals (self);

  if (!self->sealed)
    expect_pairs (self, seals);
  check_presence (self, seals);
  check_present (self, seals);
  check_asked (self);
  conclude (self);
}
