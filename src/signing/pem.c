/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/redact.h"

#define MAX_NAME_BYTES 512

void
ul_pem_foreach (const guint8 *pem, gsize len, UlPemVisit visit, gpointer user_data)
{
  g_autoptr (BIO) bio = len && len <= G_MAXINT ? BIO_new_mem_buf (pem, (int) len) : NULL;
  gboolean more = bio != NULL;

  while (more) {
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    long n = 0;

    /* It decodes and never decrypts: a header (RFC 1421) is there where that would have to be done. */
    more = PEM_read_bio (bio, &label, &header, &der, &n) == 1;
    if (more && !*header && n > 0)
      more = visit (label, der, (gsize) n, user_data);
    OPENSSL_free (label);
    OPENSSL_free (header);
    OPENSSL_clear_free (der, n > 0 ? (gsize) n : 0);
  }
}

X509 *
ul_x509_new (const guint8 *der, gsize len)
{
  const guint8 *p = der;
  g_autoptr (X509) certificate = d2i_X509 (NULL, &p, (long) len);

  return certificate && p == der + len ? g_steal_pointer (&certificate) : NULL;
}

char *
ul_x509_dup_sha256 (X509 *certificate)
{
  unsigned char *der = NULL;
  int n = i2d_X509 (certificate, &der);
  char *digest = n > 0 ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) n) : g_strdup ("");

  OPENSSL_free (der);
  return digest;
}

char *
ul_x509_dup_name (const X509_NAME *name)
{
  /* Escaping of what is above 7 bits would hide the names of most of the world. */
  const unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *text = NULL;
  const char *end;

  X509_NAME_print_ex (bio, name, 0, flags);
  long len = BIO_get_mem_data (bio, &text);

  if (len <= MAX_NAME_BYTES)
    return ul_redact (len > 0 ? text : "", len > 0 ? len : 0);
  g_utf8_validate_len (text, MAX_NAME_BYTES, &end);
  g_autofree char *shown = ul_redact (text, end > text ? end - text : MAX_NAME_BYTES);
  return g_strconcat (shown, "…", NULL);
}

char *
ul_x509_dup_attribute (X509 *certificate, int nid)
{
  X509_NAME *subject = X509_get_subject_name (certificate);
  int at = X509_NAME_get_index_by_NID (subject, nid, -1);
  unsigned char *utf8 = NULL;
  char *value = NULL;

  if (at < 0 || X509_NAME_get_index_by_NID (subject, nid, at) >= 0)
    return NULL;
  int n = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, at)));

  if (n > 0 && n <= MAX_NAME_BYTES && g_utf8_validate_len ((char *) utf8, (gsize) n, NULL))
    value = g_strndup ((char *) utf8, (gsize) n);
  OPENSSL_free (utf8);
  return value;
}

gint64
ul_asn1_time (const ASN1_TIME *time)
{
  struct tm tm;

  if (!time || !ASN1_TIME_to_tm (time, &tm))
    return -1;
  g_autoptr (GDateTime) at = g_date_time_new_utc (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return at ? g_date_time_to_unix (at) : -1;
}
