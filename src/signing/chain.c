/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/chain.h"

#include <openssl/err.h>
#include <string.h>

#include "base/redact.h"
#include "signing/attestation.h"
#include "signing/key_private.h"
#include "signing/path.h"
#include "signing/revocation.h"

#define MAX_CERTIFICATES 5

/* Is the stream's key the one that a leaf certificate speaks of? */
typedef struct {
  UlKeyTrust trust; /* TRUSTED: it is */
  char *reason;     /* NULL where it is */
  gboolean attested, other_key;
} Binding;

/* One chain on its way to a judgement. */
typedef struct {
  const UlSignerIdentity *identity;
  GPtrArray *sent; /* X509 */
  gboolean more;   /* certificates that are not read */
  gint64 time;     /* Unix seconds, -1: not known */
  Binding binding;
} Case;

static const char *const trust_names[] = {
  [UL_KEY_ABSENT] = "absent", [UL_KEY_UNTRUSTED] = "untrusted", [UL_KEY_TRUSTED] = "trusted", [UL_KEY_NOT_OK] = "not-ok"
};

const char *
ul_key_trust_name (UlKeyTrust trust)
{
  return trust_names[trust];
}

/* --- life ------------------------------------------------------------------------- */

static void
certificate_free (gpointer data)
{
  UlKeyCertificate *c = data;

  g_free (c->subject);
  g_free (c->issuer);
  g_free (c->sha256);
  g_free (c);
}

static UlKeyJudgement *
judgement_new (UlKeyTrust trust, const char *reason)
{
  UlKeyJudgement *self = g_new0 (UlKeyJudgement, 1);

  self->trust = trust;
  self->reason = g_strdup (reason);
  self->certificates = g_ptr_array_new_with_free_func (certificate_free);
  return self;
}

void
ul_key_judgement_free (UlKeyJudgement *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->certificates);
  g_free (self->reason);
  g_free (self->root_sha256);
  g_free (self->root_origin);
  g_free (self->chip_serial);
  g_free (self);
}

static void
add_certificate (UlKeyJudgement *self, X509 *x509)
{
  UlKeyCertificate *c = g_new0 (UlKeyCertificate, 1);

  c->subject = ul_x509_dup_name (X509_get_subject_name (x509));
  c->issuer = ul_x509_dup_name (X509_get_issuer_name (x509));
  c->sha256 = ul_x509_dup_sha256 (x509);
  c->not_before = ul_asn1_time (X509_get0_notBefore (x509));
  c->not_after = ul_asn1_time (X509_get0_notAfter (x509));
  g_ptr_array_add (self->certificates, c);
}

/* --- what came --------------------------------------------------------------------- */

static gboolean
take_certificate (const char *label, const guint8 *der, gsize len, gpointer user_data)
{
  Case *c = user_data;
  X509 *x509;

  if (!g_str_equal (label, "CERTIFICATE"))
    return TRUE;
  c->more = c->sent->len == MAX_CERTIFICATES;
  x509 = c->more ? NULL : ul_x509_new (der, len);
  if (x509)
    g_ptr_array_add (c->sent, x509);
  return x509 != NULL;
}

static void
free_x509 (gpointer data)
{
  X509_free (data);
}

static void
read_sent (Case *c, GBytes *pem)
{
  gsize len = 0;
  const guint8 *data = pem ? g_bytes_get_data (pem, &len) : NULL;

  c->sent = g_ptr_array_new_with_free_func (free_x509);
  if (len <= UL_PEM_MAX_BYTES)
    ul_pem_foreach (data, len, take_certificate, c);
}

static gboolean
has_attestation (const UlSignerIdentity *identity)
{
  return identity->format == UL_SIGNING_AXIS && identity->attestation && g_bytes_get_size (identity->attestation) > 0;
}

/* --- the key and the leaf ------------------------------------------------------------- */

static void
unbind (Binding *b, UlKeyTrust trust, const char *reason)
{
  b->trust = trust;
  b->reason = g_strdup (reason);
}

static void
bind_by_attestation (Case *c)
{
  g_autoptr (UlSigningKey) signer = ul_signing_key_new_from_x509 (g_ptr_array_index (c->sent, 0));
  g_autofree char *name = ul_x509_dup_attribute (g_ptr_array_index (c->sent, 0), NID_commonName);
  gsize len;
  const guint8 *data = g_bytes_get_data (c->identity->attestation, &len);
  const char *reason = "the certificate's key is of a kind that is not read";
  UlAttestationState state = signer ? ul_attestation_check (ul_span (data, len), signer, name, c->identity->key, &reason) : UL_ATTESTATION_UNKNOWN;

  if (state != UL_ATTESTATION_HOLDS)
    unbind (&c->binding, state == UL_ATTESTATION_REFUTED ? UL_KEY_NOT_OK : UL_KEY_UNTRUSTED, reason);
  else
    c->binding.attested = TRUE;
}

static void
bind_by_certificate (Case *c)
{
  g_autoptr (UlSigningKey) own = ul_signing_key_new_from_x509 (g_ptr_array_index (c->sent, 0));

  if (!own)
    unbind (&c->binding, UL_KEY_UNTRUSTED, "the certificate's key is of a kind that is not read");
  else if (!ul_signing_key_equal (own, c->identity->key)) {
    unbind (&c->binding, UL_KEY_NOT_OK, "the stream is signed with another key than its certificate is of");
    c->binding.other_key = TRUE;
  }
}

/* Keys that the factory puts in: "axis-b8a44f27e6d1-…". */
static char *
dup_serial_of_name (X509 *leaf)
{
  g_autofree char *name = ul_x509_dup_attribute (leaf, NID_commonName);
  char *from = name ? strchr (name, '-') : NULL, *to = from ? strchr (from + 1, '-') : NULL;

  if (!to || to == from + 1)
    return NULL;
  *to = 0;
  return g_ascii_strup (from + 1, -1);
}

static char *
dup_chip_serial (const Case *c)
{
  X509 *leaf = g_ptr_array_index (c->sent, 0);

  return c->identity->format == UL_SIGNING_AXIS && !has_attestation (c->identity) ? dup_serial_of_name (leaf)
                                                                                 : ul_x509_dup_attribute (leaf, NID_serialNumber);
}

/* ONVIF's certificates need not tell one, and what it tells there need not be the device's. */
static void
compare_serials (Case *c, const char *chip_serial)
{
  const char *told = c->identity->serial;

  if (c->binding.reason || c->identity->format == UL_SIGNING_ONVIF)
    return;
  if (!chip_serial)
    unbind (&c->binding, UL_KEY_UNTRUSTED, "the certificate tells no serial number of a device");
  else if (told && !g_str_equal (told, chip_serial)) {
    g_autofree char *shown = ul_redact (chip_serial, -1), *other = ul_redact (told, -1);
    g_autofree char *reason = g_strdup_printf ("the certificate is of the device %s, the stream says that it is of %s", shown, other);
    unbind (&c->binding, UL_KEY_NOT_OK, reason);
  }
}

/* --- the judgement ------------------------------------------------------------------ */

static void
describe_trusted (UlKeyJudgement *j, const UlPath *path, const UlTrust *trust)
{
  X509 *root = g_ptr_array_index (path->chain, path->chain->len - 1);
  const UlKeyCertificate *top = g_ptr_array_index (j->certificates, j->certificates->len - 1);

  j->root_sha256 = g_strdup (top->sha256);
  j->root_origin = g_strdup (ul_trust_origin (trust, root));
  g_free (j->reason);
  j->reason = g_strdup_printf ("%s, and its certificate holds up to the trusted %s",
                               j->attested ? "a secure element states that the key was made inside it" : "the key is its certificate's", top->subject);
}

static void
append_reason (UlKeyJudgement *j, const char *clause)
{
  char *longer = g_strconcat (j->reason, "; ", clause, NULL);

  g_free (j->reason);
  j->reason = longer;
}

static void
check_revocation (UlKeyJudgement *j, const Case *c, const UlPath *path, const UlTrust *trust)
{
  UlRevocation r = { .told = NULL };

  ul_revocation_check (&r, trust, path->chain, c->time);
  j->revocation_checked = r.checked;
  if (r.revoked) {
    j->trust = UL_KEY_NOT_OK;
    g_clear_pointer (&j->reason, g_free);
    j->reason = g_strdup (r.told);
  } else if (r.told)
    append_reason (j, r.told);
  g_free (r.told);
}

static void
take (UlKeyJudgement *j, UlKeyTrust trust, const char *reason)
{
  g_free (j->reason);
  j->trust = trust;
  j->reason = g_strdup (reason);
}

/* What is refuted counts before what is only not known. */
static void
conclude (UlKeyJudgement *j, const Case *c, const UlPath *path, const UlTrust *trust)
{
  const Binding *b = &c->binding;

  if (b->reason && (b->trust == UL_KEY_NOT_OK || path->trust != UL_KEY_NOT_OK))
    take (j, b->trust, b->reason);
  else
    take (j, path->trust, path->reason);
  if (path->trust == UL_KEY_TRUSTED && !b->reason) {
    j->attested = b->attested;
    describe_trusted (j, path, trust);
    check_revocation (j, c, path, trust);
  }
  if (j->trust != UL_KEY_TRUSTED) {
    j->attested = FALSE;
    g_clear_pointer (&j->root_sha256, g_free);
    g_clear_pointer (&j->root_origin, g_free);
  }
  if (c->more)
    append_reason (j, "more than five certificates came, the rest was not read");
}

static void
judge_case (UlKeyJudgement *j, Case *c, const UlTrust *trust)
{
  g_autoptr (UlPath) path = ul_path_new (c->sent, trust, c->time);
  g_autofree char *chip_serial = dup_chip_serial (c);

  if (has_attestation (c->identity))
    bind_by_attestation (c);
  else
    bind_by_certificate (c);
  compare_serials (c, chip_serial);
  for (guint i = 0; i < path->chain->len; i++)
    add_certificate (j, g_ptr_array_index (path->chain, i));
  j->chip_serial = chip_serial ? ul_redact (chip_serial, -1) : NULL;
  conclude (j, c, path, trust);
}

static UlKeyJudgement *
judge_chain (const UlSignerIdentity *identity, guint i, const UlTrust *trust, gboolean *ret_other_key)
{
  Case c = { .identity = identity, .time = identity->time_us < 0 ? -1 : identity->time_us / G_USEC_PER_SEC };
  UlKeyJudgement *j = judgement_new (UL_KEY_UNTRUSTED, "the certificates that came with the stream cannot be read");

  read_sent (&c, identity->chains[i].pem);
  if (c.sent->len)
    judge_case (j, &c, trust);
  *ret_other_key = c.binding.other_key;
  g_ptr_array_unref (c.sent);
  g_free (c.binding.reason);
  return j;
}

/* Of two chains the one that is the key's: a maker's and a user's may come side by side. */
static guint
weight (const UlKeyJudgement *j, gboolean other_key)
{
  static const guint weights[] = { [UL_KEY_ABSENT] = 0, [UL_KEY_UNTRUSTED] = 2, [UL_KEY_NOT_OK] = 3, [UL_KEY_TRUSTED] = 4 };

  return other_key ? 1 : weights[j->trust];
}

static UlKeyJudgement *
judge (const UlSignerIdentity *identity, const UlTrust *trust)
{
  g_autoptr (UlKeyJudgement) best = NULL;
  guint best_weight = 0;

  if (!identity->key)
    return judgement_new (UL_KEY_ABSENT, "no key came with the stream");
  for (guint i = 0; i < MIN (identity->n_chains, UL_SIGNED_SEI_MAX_CHAINS); i++) {
    gboolean other_key;
    g_autoptr (UlKeyJudgement) j = judge_chain (identity, i, trust, &other_key);
    if (best && weight (j, other_key) <= best_weight)
      continue;
    best_weight = weight (j, other_key);
    g_clear_pointer (&best, ul_key_judgement_free);
    best = g_steal_pointer (&j);
  }
  if (best)
    return g_steal_pointer (&best);
  return judgement_new (UL_KEY_UNTRUSTED, has_attestation (identity) ? "an attestation came with the key, but no certificate of who made it"
                                                                     : "the key came with the stream; nothing says whose it is");
}

UlKeyJudgement *
ul_key_judgement_new (const UlSignerIdentity *identity, const UlTrust *trust)
{
  ERR_set_mark ();
  UlKeyJudgement *j = judge (identity, trust);

  ERR_pop_to_mark ();
  j->time_unknown = identity->time_us < 0;
  return j;
}
