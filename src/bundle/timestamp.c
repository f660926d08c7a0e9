/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/timestamp.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/redact.h"

#define NONCE_BYTES 16
#define CONNECT_TIMEOUT_MS 10000L
#define TIMEOUT_MS 60000L

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_RESP, TS_RESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_REQ, TS_REQ_free)

/* --- reading ----------------------------------------------------------------------------- */

static TS_RESP *
parse (const guint8 *der, gsize len)
{
  const guint8 *p = der;
  g_autoptr (TS_RESP) response = len && len <= UL_TIMESTAMP_MAX_BYTES ? d2i_TS_RESP (NULL, &p, (long) len) : NULL;

  if (!response || p != der + len || !TS_RESP_get_token (response) || !TS_RESP_get_tst_info (response))
    return NULL;
  long status = ASN1_INTEGER_get (TS_STATUS_INFO_get0_status (TS_RESP_get_status_info (response)));
  return status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS ? g_steal_pointer (&response) : NULL;
}

static gboolean
is_of (TS_TST_INFO *info, const guint8 *content, gsize len)
{
  TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint (info);
  const EVP_MD *md = EVP_get_digestbyobj (TS_MSG_IMPRINT_get_algo (imprint)->algorithm);
  const ASN1_OCTET_STRING *wanted = TS_MSG_IMPRINT_get_msg (imprint);
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int n = 0;

  return md && EVP_MD_get_size (md) >= 32 && EVP_Digest (content, len, digest, &n, md, NULL) && n == (unsigned int) ASN1_STRING_length (wanted)
         && memcmp (digest, ASN1_STRING_get0_data (wanted), n) == 0;
}

static gint64
unix_time (const ASN1_GENERALIZEDTIME *time)
{
  struct tm tm = { 0 };

  if (!time || !ASN1_TIME_to_tm (time, &tm))
    return -1;
  g_autoptr (GDateTime) at = g_date_time_new_utc (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, MIN (tm.tm_sec, 59));
  return at ? g_date_time_to_unix (at) : -1;
}

static UlSeal *
read_token (TS_RESP *response)
{
  unsigned char *der = NULL;
  int n = i2d_PKCS7 (TS_RESP_get_token (response), &der);
  UlSeal *seal = n > 0 ? ul_seal_read (der, (gsize) n, NULL, 0, NID_id_smime_ct_TSTInfo) : NULL;

  OPENSSL_free (der);
  return seal;
}

static UlTimestampState
judge (UlTimestamp *self, TS_RESP *response, const guint8 *content, gsize len)
{
  TS_TST_INFO *info = TS_RESP_get_tst_info (response);

  self->time = unix_time (TS_TST_INFO_get_time (info));
  self->seal = read_token (response);
  if (!self->seal || self->seal->state == UL_SEAL_UNREADABLE || self->time < 0)
    return UL_TIMESTAMP_UNREADABLE;
  if (self->seal->state != UL_SEAL_HOLDS)
    return UL_TIMESTAMP_BROKEN;
  if (!is_of (info, content, len))
    return UL_TIMESTAMP_OTHER_CONTENT;
  return self->seal->bound && X509_check_purpose (self->seal->certificate, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1 ? UL_TIMESTAMP_HOLDS
                                                                                                                  : UL_TIMESTAMP_NOT_FOR_TIME;
}

UlTimestamp *
ul_timestamp_read (const guint8 *der, gsize der_len, const guint8 *content, gsize content_len)
{
  UlTimestamp *self = g_new0 (UlTimestamp, 1);
  g_autoptr (TS_RESP) response = parse (der, der_len);

  self->time = -1;
  self->state = response ? judge (self, response, content, content_len) : UL_TIMESTAMP_UNREADABLE;
  ERR_clear_error ();
  return self;
}

void
ul_timestamp_free (UlTimestamp *self)
{
  if (!self)
    return;
  ul_seal_free (self->seal);
  g_free (self);
}

/* --- asking --------------------------------------------------------------------------------- */

static gboolean
fail (GError **error, const char *url, const char *why)
{
  g_autofree char *shown = ul_redact (url, -1);
  g_autofree char *clean = ul_redact (why, -1);

  g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_NETWORK, "time stamp: %s: %s", shown, clean);
  return FALSE;
}

static TS_REQ *
new_request (const guint8 *content, gsize len)
{
  g_autoptr (TS_REQ) request = TS_REQ_new ();
  TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new ();
  X509_ALGOR *algorithm = X509_ALGOR_new ();
  guint8 digest[32], nonce[NONCE_BYTES];
  unsigned int n = 0;

  X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL);
  gboolean good = EVP_Digest (content, len, digest, &n, EVP_sha256 (), NULL) && RAND_bytes (nonce, sizeof nonce) == 1;
  nonce[0] = (nonce[0] & 0x7f) | 0x40; /* positive, of this length */
  BIGNUM *number = BN_bin2bn (nonce, sizeof nonce, NULL);
  ASN1_INTEGER *integer = number ? BN_to_ASN1_INTEGER (number, NULL) : NULL;
  good = good && integer && TS_REQ_set_version (request, 1) && TS_MSG_IMPRINT_set_algo (imprint, algorithm)
         && TS_MSG_IMPRINT_set_msg (imprint, digest, (int) n) && TS_REQ_set_msg_imprint (request, imprint) && TS_REQ_set_nonce (request, integer)
         && TS_REQ_set_cert_req (request, 1);
  BN_free (number);
  ASN1_INTEGER_free (integer);
  X509_ALGOR_free (algorithm);
  TS_MSG_IMPRINT_free (imprint);
  return good ? g_steal_pointer (&request) : NULL;
}

static size_t
take_bytes (char *data, size_t size, size_t n, void *user_data)
{
  GByteArray *answer = user_data;

  if (answer->len + size * n > UL_TIMESTAMP_MAX_BYTES)
    return 0;
  g_byte_array_append (answer, (const guint8 *) data, (guint) (size * n));
  return size * n;
}

static void
set_options (CURL *curl, const char *url, GByteArray *answer, char *message)
{
  curl_easy_setopt (curl, CURLOPT_URL, url);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, "underlabel/" UL_VERSION);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, answer);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, message);
}

static gboolean
post (const char *url, const guint8 *body, gsize len, GByteArray *answer, GError **error)
{
  CURL *curl = curl_easy_init ();
  char message[CURL_ERROR_SIZE] = "";
  struct curl_slist *headers = curl_slist_append (NULL, "Content-Type: application/timestamp-query");
  const char *type = NULL;
  long status = 0;

  headers = curl_slist_append (headers, "Accept: application/timestamp-reply");
  set_options (curl, url, answer, message);
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) len);
  curl_easy_setopt (curl, CURLOPT_POSTFIELDS, body);
  CURLcode code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo (curl, CURLINFO_CONTENT_TYPE, &type);
  gboolean good = code == CURLE_OK && status == 200 && type && g_str_has_prefix (type, "application/timestamp-reply");
  g_autofree char *why = code == CURLE_WRITE_ERROR ? g_strdup ("the answer is longer than 256 KiB")
                         : code != CURLE_OK        ? g_strdup (*message ? message : curl_easy_strerror (code))
                         : status != 200           ? g_strdup_printf ("HTTP status %ld", status)
                                                   : g_strdup ("the answer is no time stamp");
  curl_slist_free_all (headers);
  curl_easy_cleanup (curl);
  return good || fail (error, url, why);
}

/* Of this request: with its number. */
static gboolean
answers (const TS_REQ *request, const GByteArray *answer)
{
  g_autoptr (TS_RESP) response = parse (answer->data, answer->len);
  const ASN1_INTEGER *nonce = response ? TS_TST_INFO_get_nonce (TS_RESP_get_tst_info (response)) : NULL;

  return nonce && ASN1_INTEGER_cmp (nonce, TS_REQ_get_nonce (request)) == 0;
}

/* What the authority says where it refuses (RFC 3161, 2.4.2). */
static char *
dup_refusal (const GByteArray *answer)
{
  const guint8 *p = answer->data;
  g_autoptr (TS_RESP) response = answer->len ? d2i_TS_RESP (NULL, &p, (long) answer->len) : NULL;
  long status = response ? ASN1_INTEGER_get (TS_STATUS_INFO_get0_status (TS_RESP_get_status_info (response))) : -1;

  return status < 0 ? g_strdup ("the answer is no time stamp") : status > 1 ? g_strdup_printf ("the authority refuses (status %ld)", status) : NULL;
}

static gboolean
check_answer (const char *url, const UlRoots *roots, const TS_REQ *request, const GByteArray *answer, const guint8 *content, gsize len, GError **error)
{
  static const char *const states[] = { "", "no readable time stamp", "a time stamp of something else", "its signature does not hold",
                                        "its certificate is not one for time stamps" };
  g_autofree char *why = dup_refusal (answer);

  if (why)
    return fail (error, url, why);
  g_autoptr (UlTimestamp) stamp = ul_timestamp_read (answer->data, answer->len, content, len);
  if (stamp->state != UL_TIMESTAMP_HOLDS)
    return fail (error, url, states[stamp->state]);
  if (!answers (request, answer))
    return fail (error, url, "the answer to another request");
  if (stamp->time < stamp->seal->not_before || stamp->time > stamp->seal->not_after)
    return fail (error, url, "its certificate was not valid at the time that it tells");
  if (roots && !ul_roots_vouch (roots, stamp->seal, stamp->time, TRUE, &why)) {
    g_autofree char *text = g_strdup_printf ("nobody vouches for the authority: %s", why);
    return fail (error, url, text);
  }
  return TRUE;
}

GBytes *
ul_timestamp_ask (const char *url, const char *ca, const guint8 *content, gsize len, GError **error)
{
  const char *paths[] = { ca, NULL };
  g_autoptr (UlRoots) roots = ca ? ul_roots_load (paths, error) : NULL;
  g_autoptr (TS_REQ) request = new_request (content, len);
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  unsigned char *der = NULL;

  if (ca && !roots)
    return NULL;
  int n = request ? i2d_TS_REQ (request, &der) : 0;
  gboolean good = n > 0 ? post (url, der, (gsize) n, answer, error) : fail (error, url, "the request cannot be made");
  OPENSSL_free (der);
  good = good && check_answer (url, roots, request, answer, content, len, error);
  ERR_clear_error ();
  return good ? g_byte_array_free_to_bytes (g_steal_pointer (&answer)) : NULL;
}
