/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PEM (RFC 7468) and certificates by OpenSSL, read so that nothing is ever asked of a
 * user: no password is wanted, what is encrypted is passed over.
 */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

/* A PEM text of a stream that is longer is not read. */
#define UL_PEM_MAX_BYTES (64u << 10)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

/* One block, decoded; FALSE ends the walk. */
typedef gboolean (*UlPemVisit) (const char *label, const guint8 *der, gsize len, gpointer user_data);
/* Blocks up to the first that cannot be read. */
void ul_pem_foreach (const guint8 *pem, gsize len, UlPemVisit visit, gpointer user_data);

/* NULL if `der` is anything else, or more, than a certificate. */
X509 *ul_x509_new (const guint8 *der, gsize len);
/* SHA-256 of the whole, hexadecimal; owned by the caller. */
char *ul_x509_dup_sha256 (X509 *certificate);
/* "O=…, CN=…" in the order of the certificate: one line of printable UTF-8, cut where it is very long; owned. */
char *ul_x509_dup_name (const X509_NAME *name);
/* An attribute of the subject (NID_commonName …) if it is there once; owned UTF-8, else NULL. */
char *ul_x509_dup_attribute (X509 *certificate, int nid);
/* Unix seconds; -1 if that is no time. */
gint64 ul_asn1_time (const ASN1_TIME *time);
