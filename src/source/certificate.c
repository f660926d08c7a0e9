/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/certificate.h"

#include "base/span.h"

#define MAX_NAME_PARTS 32
#define MAX_CERTIFICATE_BYTES (64u << 10)

/* ITU-T X.690, 8.1: identifier octets of the low-tag-number form */
enum { TAG_INTEGER = 0x02, TAG_BIT_STRING = 0x03, TAG_OID = 0x06, TAG_BMP_STRING = 0x1e, TAG_SEQUENCE = 0x30, TAG_SET = 0x31, TAG_VERSION = 0xa0 };

/* The next element's contents; the sticky error of `s` if there is none. */
static UlSpan
next_element (UlSpan *s, guint8 *ret_tag)
{
  guint8 first;
  gsize len;

  *ret_tag = ul_span_u8 (s);
  first = ul_span_u8 (s);
  if (first < 0x80)
    len = first;
  else if (first >= 0x81 && first <= 0x84)
    len = (gsize) ul_span_be (s, first & 0x7fu);
  else
    len = G_MAXSIZE; /* indefinite: not DER (10.1) */
  return ul_span_sub (s, len);
}

static UlSpan
element (UlSpan *s, guint8 tag)
{
  guint8 found;
  UlSpan e = next_element (s, &found);

  if (found != tag)
    s->error = e.error = TRUE;
  return e;
}

/* X.690, 8.19; arcs above 32 bits are an error. */
static char *
oid_text (UlSpan oid)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 arc = 0;

  while (ul_span_left (&oid) && text->len < 128) {
    guint8 byte = ul_span_u8 (&oid);

    arc = arc << 7 | (byte & 0x7f);
    if (arc > G_MAXUINT32)
      return g_strdup ("?");
    if (byte & 0x80)
      continue;
    if (text->len == 0)
      g_string_append_printf (text, "%u.%u", (guint) MIN (arc / 40, 2u), (guint) (arc - 40 * MIN (arc / 40, 2u)));
    else
      g_string_append_printf (text, ".%u", (guint) arc);
    arc = 0;
  }
  return g_strdup (text->str);
}

/* Names of RFC 4514, 3 and those that devices use. */
static const char *
known_oid (const char *oid)
{
  static const struct {
    const char *oid, *name;
  } rows[] = {
    { "2.5.4.3", "CN" },  { "2.5.4.4", "SN" },  { "2.5.4.5", "serialNumber" }, { "2.5.4.6", "C" },  { "2.5.4.7", "L" },
    { "2.5.4.8", "ST" },  { "2.5.4.9", "street" }, { "2.5.4.10", "O" },        { "2.5.4.11", "OU" }, { "2.5.4.12", "title" },
    { "2.5.4.42", "GN" }, { "0.9.2342.19200300.100.1.1", "UID" }, { "0.9.2342.19200300.100.1.25", "DC" }, { "1.2.840.113549.1.9.1", "emailAddress" },
    { "1.2.840.113549.1.1.1", "RSA" }, { "1.2.840.10040.4.1", "DSA" }, { "1.2.840.10045.2.1", "EC" }, { "1.3.101.112", "Ed25519" },
    { "1.3.101.113", "Ed448" }, { "1.2.840.10045.3.1.7", "P-256" }, { "1.3.132.0.34", "P-384" }, { "1.3.132.0.35", "P-521" },
    { "1.3.132.0.10", "secp256k1" } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].oid, oid))
      return rows[i].name;
  return oid;
}

static void
append_value (GString *out, guint8 tag, UlSpan value)
{
  if (tag != TAG_BMP_STRING) {
    g_string_append_len (out, (const char *) value.data, (gssize) value.len);
    return;
  }
  while (ul_span_left (&value) >= 2) {
    guint16 c = ul_span_be16 (&value);
    if (c && !(c >= 0xd800 && c < 0xe000))
      g_string_append_unichar (out, c);
  }
}

/* Name (RFC 5280, 4.1.2.4): "C=CN, O=…, CN=…" in the order of the certificate. */
static char *
name_text (UlSpan name)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; ul_span_left (&name) && i < MAX_NAME_PARTS; i++) {
    UlSpan set = element (&name, TAG_SET), pair = element (&set, TAG_SEQUENCE), type = element (&pair, TAG_OID);
    guint8 tag;
    UlSpan value = next_element (&pair, &tag);

    if (name.error || set.error || pair.error || type.error || value.error)
      return NULL;
    g_autofree char *oid = oid_text (type);
    g_string_append_printf (text, "%s%s=", i ? ", " : "", known_oid (oid));
    append_value (text, tag, value);
  }
  return name.error ? NULL : g_strndup (text->str, text->len);
}

static guint
integer_bits (UlSpan number)
{
  while (ul_span_left (&number) && number.data[number.pos] == 0)
    ul_span_skip (&number, 1);
  if (!ul_span_left (&number))
    return 0;
  return (guint) (ul_span_left (&number) - 1) * 8 + g_bit_storage (number.data[number.pos]);
}

/* SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 3279, 2.3.1): "RSA 2048", "EC P-256". */
static char *
key_text (UlSpan info)
{
  UlSpan algorithm = element (&info, TAG_SEQUENCE), oid = element (&algorithm, TAG_OID), bits = element (&info, TAG_BIT_STRING);
  g_autofree char *oid_dotted = oid.error ? NULL : oid_text (oid);
  const char *name = oid_dotted ? known_oid (oid_dotted) : NULL;

  if (info.error || algorithm.error || !name)
    return NULL;
  if (g_str_equal (name, "RSA") && ul_span_skip (&bits, 1)) {
    UlSpan pair = element (&bits, TAG_SEQUENCE), modulus = element (&pair, TAG_INTEGER);
    return modulus.error ? NULL : g_strdup_printf ("RSA %u", integer_bits (modulus));
  }
  if (g_str_equal (name, "EC")) {
    UlSpan curve = element (&algorithm, TAG_OID);
    g_autofree char *curve_oid = curve.error ? g_strdup ("?") : oid_text (curve);
    return g_strdup_printf ("EC %s", known_oid (curve_oid));
  }
  return g_strdup (name);
}

static void
add (UlEvidence *evidence, UlKey key, char *value)
{
  if (value)
    ul_evidence_add (evidence, key, value, UL_NOWHERE);
  g_free (value);
}

void
ul_certificate_examine (UlEvidence *evidence, const guint8 *der, gsize len)
{
  UlSpan s = ul_span (der, MIN (len, MAX_CERTIFICATE_BYTES));
  UlSpan certificate = element (&s, TAG_SEQUENCE), tbs = element (&certificate, TAG_SEQUENCE);
  guint8 tag;

  /* RFC 5280, 4.1: version (explicit, may lack), serialNumber, signature, issuer, validity, subject, key */
  if (!tbs.error && ul_span_left (&tbs) && tbs.data[tbs.pos] == TAG_VERSION)
    next_element (&tbs, &tag);
  element (&tbs, TAG_INTEGER);
  element (&tbs, TAG_SEQUENCE);
  UlSpan issuer = element (&tbs, TAG_SEQUENCE);
  element (&tbs, TAG_SEQUENCE);
  UlSpan subject = element (&tbs, TAG_SEQUENCE), key = element (&tbs, TAG_SEQUENCE);
  if (tbs.error || key.error) {
    ul_evidence_warn (evidence, "the server's certificate (%" G_GSIZE_FORMAT " bytes) cannot be read", len);
    return;
  }
  add (evidence, UL_KEY_TLS_SUBJECT, name_text (subject));
  add (evidence, UL_KEY_TLS_ISSUER, name_text (issuer));
  add (evidence, UL_KEY_TLS_KEY, key_text (key));
  add (evidence, UL_KEY_TLS_FINGERPRINT, g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, len));
}
