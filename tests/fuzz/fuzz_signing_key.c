/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a stream says of its signer: keys, certificates, an attestation.
 *
 * The first byte: 1 the format is ONVIF, 2 the time is not known, 4 certificates are not
 * PEM but DER with two bytes of length before each, 8 what came is trusted too.  Then two
 * bytes of length and the attestation, and the certificates.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"
#include "signing/chain.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char key_pem[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEW0A76/U5/stilKbONbX5+S3T2fOC\n"
                              "JE6j6q6KMrAxLLTPDNU2loOroZoiff1i7dzn9oE/NqwpYCgKvu/84305Lw==\n"
                              "-----END PUBLIC KEY-----\n";

/* Two bytes of length, and so many bytes as there are. */
static UlSpan
piece (UlSpan *s)
{
  gsize n = ul_span_be16 (s), left = ul_span_left (s);

  return ul_span_sub (s, MIN (n, left));
}

static GBytes *
pem_of (UlSpan s)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (ul_span_left (&s) > 2 && text->len < (96u << 10)) {
    UlSpan der = piece (&s);
    g_autofree char *base64 = g_base64_encode (der.data, der.len);
    g_string_append (text, "-----BEGIN CERTIFICATE-----\n");
    for (gsize at = 0; at < strlen (base64); at += 64)
      g_string_append_printf (text, "%.64s\n", base64 + at);
    g_string_append (text, "-----END CERTIFICATE-----\n");
  }
  return g_bytes_new (text->str, text->len);
}

static void
check_text (const char *text)
{
  if (text && (!g_utf8_validate (text, -1, NULL) || strpbrk (text, "\n\r\033")))
    g_error ("a text is not one line of UTF-8");
}

static void
check (const UlKeyJudgement *j, const UlTrust *trust)
{
  if (!ul_key_trust_name (j->trust) || !j->reason || (j->trust == UL_KEY_TRUSTED) != (j->root_sha256 != NULL))
    g_error ("a judgement is not whole");
  if (j->trust == UL_KEY_TRUSTED && (!trust || ul_trust_n_roots (trust) == 0))
    g_error ("trusted, and nobody is");
  if (j->attested && j->trust != UL_KEY_TRUSTED)
    g_error ("attested, and not trusted");
  check_text (j->reason);
  check_text (j->chip_serial);
  for (guint i = 0; i < j->certificates->len; i++) {
    const UlKeyCertificate *c = g_ptr_array_index (j->certificates, i);
    check_text (c->subject);
    check_text (c->issuer);
  }
}

static void
judge (UlSignerIdentity *identity, const UlTrust *trust)
{
  g_autoptr (UlKeyJudgement) alone = ul_key_judgement_new (identity, NULL), j = ul_key_judgement_new (identity, trust);

  check (alone, NULL);
  check (j, trust);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  UlSpan s = ul_span (data, size);
  guint8 flags = ul_span_u8 (&s);
  UlSpan attestation = piece (&s);
  g_autoptr (GBytes) blob = g_bytes_new (attestation.data, attestation.len);
  g_autoptr (GBytes) pem = flags & 4 ? pem_of (s) : g_bytes_new (s.data + s.pos, ul_span_left (&s));
  gsize len;
  const guint8 *text = g_bytes_get_data (pem, &len);
  g_autoptr (UlTrust) trust = ul_trust_new ();
  g_autoptr (UlSigningKey) given = ul_signing_key_new ((const guint8 *) key_pem, strlen (key_pem)), own = ul_signing_key_new (text, len);
  UlSignerIdentity identity = {
    .format = flags & 1 ? UL_SIGNING_ONVIF : UL_SIGNING_AXIS, .key = own, .n_chains = 1, .attestation = blob, .time_us = flags & 2 ? -1 : 1655251200000000
  };

  if (!given)
    g_error ("the key cannot be read");
  if (flags & 8)
    ul_trust_add_pem (trust, text, len, "here", NULL);
  identity.chains[0].pem = pem;
  judge (&identity, trust);
  identity.key = given;
  judge (&identity, trust);
  if (own && ul_signing_key_verify (own, identity.format, (const guint8 *) "01234567890123456789012345678901", 32, text, MIN (len, 1024)))
    g_error ("a signature holds that is none");
  return 0;
}
