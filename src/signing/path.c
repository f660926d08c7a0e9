/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/path.h"

#include "signing/key_private.h"

static void
free_x509 (gpointer data)
{
  X509_free (data);
}

static void
add (UlPath *self, X509 *certificate)
{
  X509_up_ref (certificate);
  g_ptr_array_add (self->chain, certificate);
}

/* What a reason is about. */
typedef enum { OF_SUBJECT, OF_ISSUER } Naming;

static void
conclude (UlPath *self, UlKeyTrust trust, const char *before, X509 *certificate, Naming naming, const char *after)
{
  const X509_NAME *name = !certificate ? NULL : naming == OF_ISSUER ? X509_get_issuer_name (certificate) : X509_get_subject_name (certificate);
  g_autofree char *text = name ? ul_x509_dup_name (name) : g_strdup ("?");

  g_free (self->reason);
  self->trust = trust;
  self->reason = g_strconcat (before, text, after, NULL);
}

/* --- what came, without any trust --------------------------------------------------- */

static gboolean
is_readable (X509 *certificate)
{
  g_autoptr (UlSigningKey) key = ul_signing_key_new_from_x509 (certificate);

  return key && X509_get_signature_info (certificate, NULL, NULL, NULL, NULL);
}

/* `issuer` says it is, or is the certificate itself where it is a root; its key did not sign. */
static gboolean
is_refuted (X509 *certificate, X509 *issuer)
{
  gboolean named = issuer ? X509_NAME_cmp (X509_get_issuer_name (certificate), X509_get_subject_name (issuer)) == 0
                          : X509_self_signed (certificate, 0) == 1;

  return named && X509_verify (certificate, X509_get0_pubkey (issuer ? issuer : certificate)) != 1;
}

/* FALSE where it ends the judgement. */
static gboolean
check_sent (UlPath *self, GPtrArray *sent, gint64 time)
{
  for (guint i = 0; i < sent->len; i++)
    if (!is_readable (g_ptr_array_index (sent, i))) {
      conclude (self, UL_KEY_UNTRUSTED, "the certificate of ", g_ptr_array_index (sent, i), OF_SUBJECT, " has a key or a signature of a kind that is not read");
      return FALSE;
    }
  for (guint i = 0; i < sent->len; i++) {
    X509 *certificate = g_ptr_array_index (sent, i);
    if (is_refuted (certificate, i + 1 < sent->len ? g_ptr_array_index (sent, i + 1) : NULL)) {
      conclude (self, UL_KEY_NOT_OK, "the signature of the certificate of ", certificate, OF_SUBJECT, " is not its issuer's");
      return FALSE;
    }
    if (time >= 0 && ul_asn1_time (X509_get0_notBefore (certificate)) > time) {
      conclude (self, UL_KEY_NOT_OK, "the certificate of ", certificate, OF_SUBJECT, " was not valid yet when the recording was signed");
      return FALSE;
    }
    if (time >= 0 && ul_asn1_time (X509_get0_notAfter (certificate)) < time) {
      conclude (self, UL_KEY_NOT_OK, "the certificate of ", certificate, OF_SUBJECT, " had expired when the recording was signed");
      return FALSE;
    }
  }
  return TRUE;
}

/* --- up to a trusted one ------------------------------------------------------------ */

static const struct {
  int error;
  UlKeyTrust trust;
  const char *before;
  Naming naming;
  const char *after;
} outcomes[] = {
  { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, UL_KEY_UNTRUSTED, "no trusted certificate of ", OF_ISSUER, " is there, who vouches for the next one is missing" },
  { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UL_KEY_UNTRUSTED, "no trusted certificate of the issuer ", OF_ISSUER, " is there" },
  { X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, UL_KEY_UNTRUSTED, "no trusted certificate of the issuer ", OF_ISSUER, " is there" },
  { X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, UL_KEY_UNTRUSTED, "the certificate of ", OF_SUBJECT, " vouches for itself, and is not among the trusted ones" },
  { X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, UL_KEY_UNTRUSTED, "the root ", OF_SUBJECT, " is not among the trusted ones" },
  { X509_V_ERR_CERT_SIGNATURE_FAILURE, UL_KEY_NOT_OK, "the signature of the certificate of ", OF_SUBJECT, " is not its issuer's" },
  { X509_V_ERR_CERT_NOT_YET_VALID, UL_KEY_NOT_OK, "the certificate of ", OF_SUBJECT, " was not valid yet when the recording was signed" },
  { X509_V_ERR_CERT_HAS_EXPIRED, UL_KEY_NOT_OK, "the certificate of ", OF_SUBJECT, " had expired when the recording was signed" },
  { X509_V_ERR_INVALID_CA, UL_KEY_NOT_OK, "the certificate of ", OF_SUBJECT, " may not issue others, and did" },
  { X509_V_ERR_PATH_LENGTH_EXCEEDED, UL_KEY_NOT_OK, "the certificate of ", OF_SUBJECT, " may not issue others that issue, and did" },
};

static void
conclude_error (UlPath *self, X509_STORE_CTX *ctx)
{
  int error = X509_STORE_CTX_get_error (ctx);
  X509 *certificate = X509_STORE_CTX_get_current_cert (ctx);
  g_autofree char *other = g_strdup_printf (" cannot be used: %s", X509_verify_cert_error_string (error));

  for (gsize i = 0; i < G_N_ELEMENTS (outcomes); i++)
    if (outcomes[i].error == error) {
      conclude (self, outcomes[i].trust, outcomes[i].before, certificate, outcomes[i].naming, outcomes[i].after);
      return;
    }
  conclude (self, UL_KEY_UNTRUSTED, "the certificate of ", certificate, OF_SUBJECT, other);
}

static void
take_chain (UlPath *self, X509_STORE_CTX *ctx)
{
  STACK_OF (X509) *chain = X509_STORE_CTX_get0_chain (ctx);
  int n = chain ? sk_X509_num (chain) : 0;

  g_ptr_array_set_size (self->chain, 0);
  for (int i = 0; i < n; i++)
    add (self, sk_X509_value (chain, i));
}

static void
climb (UlPath *self, GPtrArray *sent, const UlTrust *trust, gint64 time, gboolean any)
{
  g_autoptr (X509_STORE) store = ul_trust_new_store (trust, sent, time, any);
  g_autoptr (X509_STORE_CTX) ctx = X509_STORE_CTX_new ();
  STACK_OF (X509) *others = sk_X509_new_null ();

  for (guint i = 1; i < sent->len; i++)
    sk_X509_push (others, g_ptr_array_index (sent, i));
  if (!X509_STORE_CTX_init (ctx, store, g_ptr_array_index (sent, 0), others) || X509_verify_cert (ctx) != 1)
    conclude_error (self, ctx);
  else {
    self->trust = UL_KEY_TRUSTED;
    g_clear_pointer (&self->reason, g_free);
  }
  STACK_OF (X509) *chain = X509_STORE_CTX_get0_chain (ctx);
  X509 *last = chain && sk_X509_num (chain) ? sk_X509_value (chain, sk_X509_num (chain) - 1) : NULL;

  if (last && ul_trust_origin (trust, last))
    take_chain (self, ctx);
  sk_X509_free (others);
}

UlPath *
ul_path_new (GPtrArray *sent, const UlTrust *trust, gint64 time)
{
  UlPath *self = g_new0 (UlPath, 1);

  self->chain = g_ptr_array_new_with_free_func (free_x509);
  for (guint i = 0; i < sent->len; i++)
    add (self, g_ptr_array_index (sent, i));
  if (!check_sent (self, sent, time))
    return self;
  /* Up to a root where there is one: makers are known by their roots. */
  climb (self, sent, trust, time, FALSE);
  if (self->trust != UL_KEY_TRUSTED)
    climb (self, sent, trust, time, TRUE);
  return self;
}

void
ul_path_free (UlPath *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->chain);
  g_free (self->reason);
  g_free (self);
}
