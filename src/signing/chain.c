/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/chain.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "base/redact.h"
#include "signing/attestation.h"

#include "underlabel.h"

#define MAX_CERTIFICATES 5 /* of a chain that comes with a stream */
#define MAX_ANCHORS 4096
#define MAX_FILE_BYTES (1024 * 1024)
#define MAX_PEM_BYTES (64 * 1024)
#define MAX_NAME_BYTES 400

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_CRL, X509_CRL_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_RESPONSE, OCSP_RESPONSE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_BASICRESP, OCSP_BASICRESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_CERTID, OCSP_CERTID_free)

typedef STACK_OF (X509) X509Stack;

static void
x509_stack_free (X509Stack *stack)
{
  sk_X509_free (stack);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509Stack, x509_stack_free)

/* --- the roots ---------------------------------------------------------------------- */

typedef struct {
  X509 *certificate;
  char *origin;
} Anchor;

struct _UlTrust {
  gatomicrefcount refs;
  GPtrArray *anchors; /* Anchor */
  GPtrArray *crls;    /* X509_CRL */
  GPtrArray *ocsps;   /* OCSP_RESPONSE */
};

static void
anchor_free (gpointer data)
{
  Anchor *a = data;

  X509_free (a->certificate);
  g_free (a->origin);
  g_free (a);
}

UlTrust *
ul_trust_new (void)
{
  UlTrust *self = g_new0 (UlTrust, 1);

  g_atomic_ref_count_init (&self->refs);
  self->anchors = g_ptr_array_new_with_free_func (anchor_free);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) X509_CRL_free);
  self->ocsps = g_ptr_array_new_with_free_func ((GDestroyNotify) OCSP_RESPONSE_free);
  return self;
}

UlTrust *
ul_trust_ref (UlTrust *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ul_trust_unref (UlTrust *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->anchors);
  g_ptr_array_unref (self->crls);
  g_ptr_array_unref (self->ocsps);
  g_free (self);
}

guint
ul_trust_n_roots (const UlTrust *self)
{
  return self->anchors->len;
}

/* Takes the certificate. */
static void
add_anchor (UlTrust *self, X509 *certificate, const char *origin)
{
  if (self->anchors->len == MAX_ANCHORS) {
    X509_free (certificate);
    return;
  }
  Anchor *a = g_new (Anchor, 1);
  *a = (Anchor){ certificate, g_strdup (origin) };
  g_ptr_array_add (self->anchors, a);
}

static int
no_password (char *buffer, int size, int writing, void *user_data)
{
  return -1;
}

static guint
take_pem (UlTrust *self, const guint8 *pem, gsize len, const char *origin)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (pem, (int) len);
  STACK_OF (X509_INFO) *infos = bio ? PEM_X509_INFO_read_bio (bio, NULL, no_password, NULL) : NULL;
  guint n = 0;

  for (int i = 0; infos && i < sk_X509_INFO_num (infos); i++) {
    X509_INFO *info = sk_X509_INFO_value (infos, i);
    if (info->x509) {
      add_anchor (self, g_steal_pointer (&info->x509), origin);
      n++;
    }
    if (info->crl) {
      g_ptr_array_add (self->crls, g_steal_pointer (&info->crl));
      n++;
    }
  }
  sk_X509_INFO_pop_free (infos, X509_INFO_free);
  ERR_clear_error ();
  return n;
}

static guint
take_der (UlTrust *self, const guint8 *der, gsize len, const char *origin)
{
  const guchar *p = der;
  X509 *certificate = d2i_X509 (NULL, &p, (long) len);

  if (certificate) {
    add_anchor (self, certificate, origin);
    return 1;
  }
  p = der;
  X509_CRL *crl = d2i_X509_CRL (NULL, &p, (long) len);
  if (crl)
    g_ptr_array_add (self->crls, crl);
  p = der;
  OCSP_RESPONSE *ocsp = crl ? NULL : d2i_OCSP_RESPONSE (NULL, &p, (long) len);
  if (ocsp)
    g_ptr_array_add (self->ocsps, ocsp);
  ERR_clear_error ();
  return crl || ocsp;
}

gboolean
ul_trust_add_pem (UlTrust *self, const guint8 *pem, gsize len, const char *origin, GError **error)
{
  if (len <= MAX_FILE_BYTES && take_pem (self, pem, len, origin))
    return TRUE;
  g_set_error (error, UL_ERROR, UL_ERROR_KNOWLEDGE, "%s: there is no certificate in it", origin);
  return FALSE;
}

/* FALSE without an error: the file is none of these. */
static gboolean
add_file (UlTrust *self, const char *path, const char *shown, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) why = NULL;
  g_autoptr (GFileInputStream) stream = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_file_read (file, NULL, &why) : NULL;
  g_autoptr (GBytes) bytes = stream ? g_input_stream_read_bytes (G_INPUT_STREAM (stream), MAX_FILE_BYTES, NULL, &why) : NULL;
  gsize len;

  if (!bytes) {
    g_set_error (error, UL_ERROR, UL_ERROR_NOT_FOUND, "%s: %s", shown, why ? why->message : "no such file or folder");
    return FALSE;
  }
  const guint8 *data = g_bytes_get_data (bytes, &len);
  return len && (take_pem (self, data, len, shown) || take_der (self, data, len, shown));
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
add_folder (UlTrust *self, const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gboolean any = FALSE;
  const char *name;

  if (!dir) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  while ((name = g_dir_read_name (dir)) && names->len < MAX_ANCHORS)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_texts);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *shown = ul_redact (g_ptr_array_index (names, i), -1);
    if (g_file_test (g_ptr_array_index (names, i), G_FILE_TEST_IS_REGULAR))
      any |= add_file (self, g_ptr_array_index (names, i), shown, NULL);
  }
  return any;
}

gboolean
ul_trust_add_path (UlTrust *self, const char *path, GError **error)
{
  g_autofree char *shown = ul_redact (path, -1);
  g_autoptr (GError) why = NULL;
  gboolean folder = g_file_test (path, G_FILE_TEST_IS_DIR);

  if (folder ? add_folder (self, path, &why) : add_file (self, path, shown, &why))
    return TRUE;
  if (why)
    g_set_error (error, UL_ERROR, UL_ERROR_NOT_FOUND, "%s", why->message);
  else
    g_set_error (error, UL_ERROR, UL_ERROR_KNOWLEDGE, "%s: there is no certificate in it", shown);
  return FALSE;
}

/* --- the judgement -------------------------------------------------------------------- */

const char *
ul_key_trust_name (UlKeyTrust trust)
{
  static const char *const names[] = { "absent", "untrusted", "trusted", "not-ok" };

  return names[trust];
}

static void
certificate_free (gpointer data)
{
  UlKeyCertificate *c = data;

  g_free (c->subject);
  g_free (c->issuer);
  g_free (c->sha256);
  g_free (c);
}

void
ul_key_judgement_free (UlKeyJudgement *self)
{
  if (!self)
    return;
  g_free (self->reason);
  g_clear_pointer (&self->certificates, g_ptr_array_unref);
  g_free (self->root_sha256);
  g_free (self->root_origin);
  g_free (self->chip_serial);
  g_free (self);
}

/* One line of valid UTF-8. */
static char *
dup_name (const X509_NAME *name)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *data = NULL;

  if (!bio || X509_NAME_print_ex (bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return g_strdup ("");
  long len = BIO_get_mem_data (bio, &data);
  g_autofree char *text = g_utf8_make_valid (data ? data : "", MIN (len, MAX_NAME_BYTES));
  for (char *c = text; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
  return g_steal_pointer (&text);
}

static char *
dup_fingerprint (const X509 *certificate)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  guint len = 0;
  GString *hex = g_string_new (NULL);

  X509_digest (certificate, EVP_sha256 (), digest, &len);
  for (guint i = 0; i < len; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  return g_string_free (hex, FALSE);
}

static gint64
unix_time (const ASN1_TIME *t)
{
  int days = 0, seconds = 0;
  g_autoptr (GDateTime) epoch = g_date_time_new_from_unix_utc (0);
  ASN1_TIME *zero = ASN1_TIME_set (NULL, 0);
  gboolean ok = zero && ASN1_TIME_diff (&days, &seconds, zero, t);

  ASN1_TIME_free (zero);
  return ok ? (gint64) days * 86400 + seconds : -1;
}

static void
tell_certificate (UlKeyJudgement *self, X509 *certificate)
{
  UlKeyCertificate *c = g_new0 (UlKeyCertificate, 1);

  c->subject = dup_name (X509_get_subject_name (certificate));
  c->issuer = dup_name (X509_get_issuer_name (certificate));
  c->sha256 = dup_fingerprint (certificate);
  c->not_before = unix_time (X509_get0_notBefore (certificate));
  c->not_after = unix_time (X509_get0_notAfter (certificate));
  g_ptr_array_add (self->certificates, c);
}

static void
judge (UlKeyJudgement *self, UlKeyTrust trust, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
judge (UlKeyJudgement *self, UlKeyTrust trust, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_free (self->reason);
  self->reason = g_strdup_vprintf (format, args);
  va_end (args);
  self->trust = trust;
}

/* Certificates of a PEM text, leaf first; freed with their array. */
static GPtrArray *
read_chain (GBytes *pem)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify) X509_free);
  gsize len;
  gconstpointer data = g_bytes_get_data (pem, &len);
  g_autoptr (BIO) bio = len && len <= MAX_PEM_BYTES ? BIO_new_mem_buf (data, (int) len) : NULL;
  X509 *certificate;

  while (bio && chain->len < MAX_CERTIFICATES && (certificate = PEM_read_bio_X509 (bio, NULL, no_password, NULL)))
    g_ptr_array_add (chain, certificate);
  ERR_clear_error ();
  return chain;
}

static gboolean
has_key (X509 *certificate, const UlSigningKey *key)
{
  EVP_PKEY *pkey = X509_get0_pubkey (certificate);
  guchar *der = NULL;
  int len = pkey ? i2d_PUBKEY (pkey, &der) : 0;
  g_autofree char *sum = len > 0 ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) len) : NULL;

  OPENSSL_free (der);
  return sum && g_str_equal (sum, ul_signing_key_sha256 (key));
}

/* --- is the key the certificate's? --- */

/* "serialNumber" of the subject (X.520) */
static char *
dup_serial (X509 *leaf)
{
  char serial[64];

  return X509_NAME_get_text_by_NID (X509_get_subject_name (leaf), NID_serialNumber, serial, sizeof serial) > 0 ? g_strdup (serial) : NULL;
}

/* A key of the factory: the device's serial stands in the common name, between the first two hyphens. */
static char *
dup_factory_serial (X509 *leaf)
{
  g_autofree char *name = ul_attestation_dup_common_name (leaf);
  g_auto (GStrv) parts = name ? g_strsplit (name, "-", 3) : NULL;

  return parts && g_strv_length (parts) == 3 ? g_ascii_strup (parts[1], -1) : NULL;
}

/* FALSE after judging NOT_OK. */
static gboolean
check_binding (UlKeyJudgement *self, const UlSignerIdentity *id, X509 *leaf)
{
  gsize len = 0;
  const guint8 *blob = id->attestation ? g_bytes_get_data (id->attestation, &len) : NULL;
  const char *wrong = len ? ul_attestation_check (blob, len, id->key, leaf) : NULL;

  if (wrong) {
    judge (self, UL_KEY_NOT_OK, "%s", wrong);
    return FALSE;
  }
  self->attested = len > 0;
  if (len == 0 && !has_key (leaf, id->key)) {
    judge (self, UL_KEY_NOT_OK, "the certificate is of another key than the one that the stream is signed with");
    return FALSE;
  }
  if (id->format != UL_SIGNING_AXIS)
    return TRUE;
  self->chip_serial = len ? dup_serial (leaf) : dup_factory_serial (leaf);
  if (g_strcmp0 (self->chip_serial, id->serial) == 0 && id->serial)
    return TRUE;
  judge (self, UL_KEY_NOT_OK, "the stream names the serial number %s, the certificate %s", id->serial ? id->serial : "not at all",
         self->chip_serial ? self->chip_serial : "none");
  return FALSE;
}

/* --- does the chain hold? --- */

/* The sent certificates among themselves. FALSE after judging NOT_OK. */
static gboolean
check_links (UlKeyJudgement *self, const GPtrArray *chain)
{
  for (guint i = 0; i + 1 < chain->len; i++) {
    X509 *certificate = g_ptr_array_index (chain, i), *issuer = g_ptr_array_index (chain, i + 1);
    if (X509_NAME_cmp (X509_get_issuer_name (certificate), X509_get_subject_name (issuer)) != 0)
      continue;
    EVP_PKEY *pkey = X509_get0_pubkey (issuer);
    gboolean holds = pkey && X509_verify (certificate, pkey) == 1;
    ERR_clear_error ();
    if (holds)
      continue;
    judge (self, UL_KEY_NOT_OK, "certificate %u of the chain is not signed by the one that it names as its issuer", i + 1);
    return FALSE;
  }
  return TRUE;
}

static X509_STORE *
store_of (const UlTrust *trust)
{
  X509_STORE *store = X509_STORE_new ();

  for (guint i = 0; store && trust && i < trust->anchors->len; i++)
    X509_STORE_add_cert (store, ((const Anchor *) g_ptr_array_index (trust->anchors, i))->certificate);
  ERR_clear_error ();
  return store;
}

static gboolean
is_lack_of_anchor (int code)
{
  return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
         || code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE || code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
         || code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/* A trusted certificate of any rank is an anchor: a site may trust an intermediate alone. */
static void
set_terms (X509_STORE_CTX *context, gint64 time_us)
{
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param (context);

  X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN | (time_us < 0 ? X509_V_FLAG_NO_CHECK_TIME : 0));
  if (time_us >= 0)
    X509_VERIFY_PARAM_set_time (param, (time_t) (time_us / G_USEC_PER_SEC));
}

/* --- was it revoked? --- */

/* A revocation counts from its day on. */
static gboolean
counts (const ASN1_TIME *revoked_at, gint64 time_us)
{
  return time_us < 0 || !revoked_at || unix_time (revoked_at) <= time_us / G_USEC_PER_SEC;
}

/* TRUE if it is on a list of its issuer. */
static gboolean
is_on_a_list (UlKeyJudgement *self, const UlTrust *trust, X509 *certificate, X509 *issuer, gint64 time_us)
{
  for (guint i = 0; i < trust->crls->len; i++) {
    X509_CRL *crl = g_ptr_array_index (trust->crls, i);
    X509_REVOKED *entry = NULL;
    if (X509_NAME_cmp (X509_CRL_get_issuer (crl), X509_get_subject_name (issuer)) != 0 || X509_CRL_verify (crl, X509_get0_pubkey (issuer)) != 1)
      continue;
    self->revocation_checked = TRUE;
    if (X509_CRL_get0_by_cert (crl, &entry, certificate) == 1 && counts (X509_REVOKED_get0_revocationDate (entry), time_us))
      return TRUE;
  }
  ERR_clear_error ();
  return FALSE;
}

static gboolean
response_revokes (UlKeyJudgement *self, OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer, gint64 time_us)
{
  const EVP_MD *const hashes[] = { EVP_sha1 (), EVP_sha256 () };

  for (gsize i = 0; i < G_N_ELEMENTS (hashes); i++) {
    g_autoptr (OCSP_CERTID) id = OCSP_cert_to_id (hashes[i], certificate, issuer);
    ASN1_GENERALIZEDTIME *revoked_at = NULL;
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    if (!id || !OCSP_resp_find_status (basic, id, &status, NULL, &revoked_at, NULL, NULL))
      continue;
    self->revocation_checked |= status != V_OCSP_CERTSTATUS_UNKNOWN;
    if (status == V_OCSP_CERTSTATUS_REVOKED && counts (revoked_at, time_us))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_answered_revoked (UlKeyJudgement *self, const UlTrust *trust, X509_STORE *store, X509Stack *chain, X509 *certificate, X509 *issuer,
                     gint64 time_us)
{
  gboolean revoked = FALSE;

  for (guint i = 0; i < trust->ocsps->len && !revoked; i++) {
    g_autoptr (OCSP_BASICRESP) basic = OCSP_response_get1_basic (g_ptr_array_index (trust->ocsps, i));
    if (basic && OCSP_basic_verify (basic, chain, store, 0) == 1)
      revoked = response_revokes (self, basic, certificate, issuer, time_us);
  }
  ERR_clear_error ();
  return revoked;
}

/* FALSE after judging NOT_OK. `chain`: verified, the anchor last. */
static gboolean
check_revocation (UlKeyJudgement *self, const UlTrust *trust, X509_STORE *store, X509Stack *chain, gint64 time_us)
{
  for (int i = 0; i + 1 < sk_X509_num (chain); i++) {
    X509 *certificate = sk_X509_value (chain, i), *issuer = sk_X509_value (chain, i + 1);
    if (!is_on_a_list (self, trust, certificate, issuer, time_us)
        && !is_answered_revoked (self, trust, store, chain, certificate, issuer, time_us))
      continue;
    judge (self, UL_KEY_NOT_OK, "certificate %d of the chain was revoked%s", i + 1, time_us < 0 ? ", and the recording does not tell when it was signed" : "");
    return FALSE;
  }
  return TRUE;
}

/* --- all of it --- */

static void
tell_anchor (UlKeyJudgement *self, const UlTrust *trust, X509 *root)
{
  self->root_sha256 = dup_fingerprint (root);
  for (guint i = 0; i < trust->anchors->len; i++) {
    const Anchor *a = g_ptr_array_index (trust->anchors, i);
    if (X509_cmp (a->certificate, root) == 0) {
      self->root_origin = g_strdup (a->origin);
      break;
    }
  }
  for (guint i = 0; i < self->certificates->len; i++)
    if (g_str_equal (((UlKeyCertificate *) g_ptr_array_index (self->certificates, i))->sha256, self->root_sha256))
      return;
  tell_certificate (self, root);
}

static void
judge_chain (UlKeyJudgement *self, const UlSignerIdentity *id, const GPtrArray *chain, const UlTrust *trust)
{
  g_autoptr (X509_STORE) store = store_of (trust);
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  g_autoptr (X509Stack) sent = sk_X509_new_null ();

  for (guint i = 1; sent && i < chain->len; i++)
    sk_X509_push (sent, g_ptr_array_index (chain, i));
  if (!store || !context || !sent || !X509_STORE_CTX_init (context, store, g_ptr_array_index (chain, 0), sent)) {
    judge (self, UL_KEY_UNTRUSTED, "the chain could not be checked");
    return;
  }
  self->time_unknown = id->time_us < 0;
  set_terms (context, id->time_us);
  int ok = X509_verify_cert (context), code = X509_STORE_CTX_get_error (context);
  X509 *last = X509_STORE_CTX_get_current_cert (context);
  ERR_clear_error ();
  if (ok == 1) {
    X509Stack *verified = X509_STORE_CTX_get0_chain (context);
    X509 *root = sk_X509_value (verified, sk_X509_num (verified) - 1);
    if (!check_revocation (self, trust, store, verified, id->time_us))
      return;
    tell_anchor (self, trust, root);
    g_autofree char *name = dup_name (X509_get_subject_name (root));
    judge (self, UL_KEY_TRUSTED, "%s the certificate chain holds up to %s%s",
           self->attested ? "a secure element states that the key was made inside it, and" : "the key is the certificate's, and", name,
           self->time_unknown ? "; the recording tells no time, so the certificates' validity was not judged" : "");
  } else if (is_lack_of_anchor (code)) {
    g_autofree char *issuer = dup_name (last ? X509_get_issuer_name (last) : X509_get_issuer_name (g_ptr_array_index (chain, chain->len - 1)));
    judge (self, UL_KEY_UNTRUSTED, "the certificate chain ends at %s, which is not among the trusted", issuer);
  } else {
    judge (self, UL_KEY_NOT_OK, "the certificate chain does not hold%s: %s", id->time_us >= 0 ? " at the time of signing" : "",
           X509_verify_cert_error_string (code));
  }
}

/* Without a chain the key itself may be trusted: a site may keep its cameras' certificates. */
static void
judge_bare_key (UlKeyJudgement *self, const UlSignerIdentity *id, const UlTrust *trust)
{
  for (guint i = 0; trust && i < trust->anchors->len; i++) {
    const Anchor *a = g_ptr_array_index (trust->anchors, i);
    if (!has_key (a->certificate, id->key))
      continue;
    tell_anchor (self, trust, a->certificate);
    judge (self, UL_KEY_TRUSTED, "the key is that of a trusted certificate");
    return;
  }
  judge (self, UL_KEY_UNTRUSTED, "the key came with the stream, and nothing says whose it is");
}

/* Of the chains that came the one that is of the key. */
static GPtrArray *
choose_chain (const UlSignerIdentity *id)
{
  GPtrArray *first = NULL;

  for (guint i = 0; i < id->n_chains; i++) {
    GPtrArray *chain = read_chain (id->chains[i].pem);
    if (chain->len && (id->attestation || has_key (g_ptr_array_index (chain, 0), id->key))) {
      g_clear_pointer (&first, g_ptr_array_unref);
      return chain;
    }
    if (!first && chain->len)
      first = chain;
    else
      g_ptr_array_unref (chain);
  }
  return first;
}

UlKeyJudgement *
ul_key_judgement_new (const UlSignerIdentity *id, const UlTrust *trust)
{
  UlKeyJudgement *self = g_new0 (UlKeyJudgement, 1);

  self->certificates = g_ptr_array_new_with_free_func (certificate_free);
  if (!id->key) {
    judge (self, UL_KEY_ABSENT, "there is no key that a signature holds with");
    return self;
  }
  g_autoptr (GPtrArray) chain = choose_chain (id);
  if (!chain) {
    judge_bare_key (self, id, trust);
    return self;
  }
  for (guint i = 0; i < chain->len; i++)
    tell_certificate (self, g_ptr_array_index (chain, i));
  if (check_binding (self, id, g_ptr_array_index (chain, 0)) && check_links (self, chain))
    judge_chain (self, id, chain, trust);
  return self;
}
