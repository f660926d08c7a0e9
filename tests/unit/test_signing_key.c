/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys and chains, against what the command `openssl` makes; and a camera's. */
#include "pki.h"

#include <openssl/err.h>

#include "signing/chain.h"
#include "underlabel.h"

/* Rows of tables say only what they are about. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SIGNED_IN_2022 (G_GINT64_CONSTANT (1655251200) * G_USEC_PER_SEC)
#define SIGNED_IN_2024 (G_GINT64_CONSTANT (1718409600) * G_USEC_PER_SEC)
#define CHIP "040050015783C24FE4B5C404324352A17180"
#define SERIAL "00408C000001"

static UlSigningKey *
key_of (const Pki *p, const char *name)
{
  gsize len;
  g_autofree guint8 *pem = pki_read (p, name, &len);

  return ul_signing_key_new (pem, len);
}

/* Under valgrind a judgement takes half a second: there only some bytes are changed. */
static guint
flip_step (void)
{
  const char *preloaded = g_getenv ("LD_PRELOAD");

  return preloaded && strstr (preloaded, "vgpreload") ? 37 : 1;
}

/* --- keys --------------------------------------------------------------------------- */

static const struct {
  const char *make, *algorithm;
  gsize point_len;
} key_rows[] = {
  { P256, "EC P-256", 65 },
  { P384, "EC P-384", 97 },
  { "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "EC P-521", 133 },
  { RSA2048, "RSA 2048", 0 },
  { "-algorithm RSA -pkeyopt rsa_keygen_bits:3072", "RSA 3072", 0 },
};

typedef struct {
  UlSigningFormat format;
  const char *options;
} SignRow;

static const SignRow ec_rows[] = { { UL_SIGNING_AXIS, "" }, { UL_SIGNING_ONVIF, "" } };
static const SignRow rsa_rows[] = {
  { UL_SIGNING_AXIS, "-pkeyopt rsa_padding_mode:pkcs1" },
  { UL_SIGNING_ONVIF, "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest" },
  { UL_SIGNING_ONVIF, "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:max" },
  { UL_SIGNING_ONVIF, "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:0" },
};

static void
check_signature (const Pki *p, const UlSigningKey *key, const SignRow *row, guint bits)
{
  guint8 digest[64];
  gsize n = bits / 8, len;

  for (gsize i = 0; i < n; i++)
    digest[i] = (guint8) (i * 37 + bits);
  pki_write (p, "digest", digest, n);
  pki_run (p, "pkeyutl -sign -inkey k.key -in digest -pkeyopt digest:sha%u %s -out sig", bits, row->options);
  g_autofree guint8 *sig = pki_read (p, "sig", &len);

  cr_assert (ul_signing_key_verify (key, row->format, digest, n, sig, len), "%s %s", ul_signing_key_algorithm (key), row->options);
  digest[3] ^= 4; /* ECDSA takes no more of it than the curve is wide */
  cr_assert_not (ul_signing_key_verify (key, row->format, digest, n, sig, len));
  digest[3] ^= 4;
  for (gsize i = 0; i < len; i += MAX (1, len / 16)) {
    sig[i] ^= 1;
    cr_assert_not (ul_signing_key_verify (key, row->format, digest, n, sig, len), "%s, byte %zu", row->options, i);
    sig[i] ^= 1;
  }
  cr_assert_not (ul_signing_key_verify (key, row->format, digest, n - 1, sig, len));
  cr_assert_not (ul_signing_key_verify (key, row->format, digest, n, sig, len - 1));
  cr_assert_not (ul_signing_key_verify (key, row->format, digest, n, sig, 0));
  if (ul_signing_key_algorithm (key)[0] == 'R') {
    UlSigningFormat other = row->format == UL_SIGNING_AXIS ? UL_SIGNING_ONVIF : UL_SIGNING_AXIS;
    cr_assert_not (ul_signing_key_verify (key, other, digest, n, sig, len), "the padding of the other format was taken");
  }
}

Test (signing_key, signatures_of_openssl_hold_and_changed_ones_do_not)
{
  g_auto (AutoPki) p = pki_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (key_rows); i++) {
    pki_run (&p, "genpkey %s -out k.key", key_rows[i].make);
    pki_run (&p, "pkey -in k.key -pubout -out k.pub");
    pki_run (&p, "pkey -in k.key -pubout -outform DER -out k.der");
    g_autoptr (UlSigningKey) key = key_of (&p, "k.pub");
    gsize len;
    g_autofree guint8 *der = pki_read (&p, "k.der", &len);
    g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, len);

    cr_assert_not_null (key, "%s", key_rows[i].algorithm);
    cr_assert_str_eq (ul_signing_key_algorithm (key), key_rows[i].algorithm);
    cr_assert_str_eq (ul_signing_key_sha256 (key), sha256);
    const guint8 *point = ul_signing_key_point (key, &len);
    cr_assert_eq (len, key_rows[i].point_len);
    cr_assert_eq (point != NULL, len != 0);
    gboolean rsa = len == 0;
    for (guint bits = 256; bits <= 512; bits += 128)
      for (gsize k = 0; k < (rsa ? G_N_ELEMENTS (rsa_rows) : G_N_ELEMENTS (ec_rows)); k++)
        check_signature (&p, key, rsa ? &rsa_rows[k] : &ec_rows[k], bits);
  }
  cr_assert_eq (ERR_peek_error (), 0ul, "errors are left in OpenSSL's queue");
}

Test (signing_key, the_point_is_the_end_of_the_key)
{
  g_auto (AutoPki) p = pki_new ();
  gsize len, der_len, compressed_len;

  pki_run (&p, "genpkey " P384 " -out k.key");
  pki_run (&p, "pkey -in k.key -pubout -out k.pub");
  pki_run (&p, "pkey -in k.key -pubout -outform DER -out k.der");
  pki_run (&p, "pkey -in k.key -pubout -ec_conv_form compressed -out c.pub");
  g_autoptr (UlSigningKey) key = key_of (&p, "k.pub"), compressed = key_of (&p, "c.pub");
  g_autofree guint8 *der = pki_read (&p, "k.der", &der_len);
  const guint8 *point = ul_signing_key_point (key, &len), *again = ul_signing_key_point (compressed, &compressed_len);

  cr_assert_eq (len, 97u);
  cr_assert_arr_eq (point, der + der_len - len, len);
  cr_assert_eq (compressed_len, len);
  cr_assert_arr_eq (again, point, len);
  cr_assert (ul_signing_key_equal (key, compressed));
}

Test (signing_key, what_is_not_used_is_no_key)
{
  static const struct {
    const char *make, *out;
  } rows[] = {
    { "-algorithm ED25519", "-pubout" },
    { "-algorithm X25519", "-pubout" },
    { "-algorithm RSA -pkeyopt rsa_keygen_bits:768", "-pubout" },
    { "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "-pubout" },
    { "-algorithm EC -pkeyopt ec_paramgen_curve:P-224", "-pubout" },
    { "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "-pubout" },
    { P256, "" }, /* a private key */
    { P256, "-aes128 -passout pass:secret" },
  };
  g_auto (AutoPki) p = pki_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    pki_run (&p, "genpkey %s -out k.key", rows[i].make);
    pki_run (&p, "pkey -in k.key %s -out k.pem", rows[i].out);
    g_autoptr (UlSigningKey) key = key_of (&p, "k.pem");
    cr_expect_null (key, "%s", rows[i].make);
  }
  cr_assert_null (ul_signing_key_new (NULL, 0));
  cr_assert_null (ul_signing_key_new ((const guint8 *) "", 0));
  cr_assert_eq (ERR_peek_error (), 0ul);
}

/* A password is never asked for: with a terminal as standard input it would wait here. */
Test (signing_key, a_header_of_encryption_is_refused, .timeout = 20)
{
  g_auto (AutoPki) p = pki_new ();
  gsize len;

  pki_run (&p, "genpkey " P256 " -out k.key");
  pki_run (&p, "pkey -in k.key -pubout -out k.pub");
  g_autofree guint8 *pem = pki_read (&p, "k.pub", &len);
  g_autofree char *text = g_strndup ((char *) pem, len);
  g_auto (GStrv) parts = g_strsplit (text, "-----\n", 2);
  g_autofree char *changed = g_strconcat (parts[0], "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n", parts[1], NULL);
  g_autofree char *padded = g_strnfill (64 << 10, '\n'), *large = g_strconcat (padded, text, NULL);

  cr_assert_null (ul_signing_key_new ((const guint8 *) changed, strlen (changed)));
  cr_assert_null (ul_signing_key_new ((const guint8 *) large, strlen (large)), "longer than 64 KiB");
  g_autoptr (UlSigningKey) key = ul_signing_key_new ((const guint8 *) large + 1000, strlen (large) - 1000);
  cr_assert_not_null (key);
}

Test (signing_key, equal_keys)
{
  g_auto (AutoPki) p = pki_new ();

  pki_issue (&p, (PkiRow){ "a", NULL, "/CN=a", "root", "2020", "2040" });
  pki_issue (&p, (PkiRow){ "b", NULL, "/CN=a", "root", "2020", "2040" });
  pki_run (&p, "pkey -in a.key -pubout -out a.pub");
  g_autoptr (UlSigningKey) a = key_of (&p, "a.pub"), of_certificate = key_of (&p, "a.crt"), b = key_of (&p, "b.crt");

  cr_assert (ul_signing_key_equal (a, of_certificate));
  cr_assert_str_eq (ul_signing_key_sha256 (a), ul_signing_key_sha256 (of_certificate));
  cr_assert_not (ul_signing_key_equal (a, b));
}

/* --- chains --------------------------------------------------------------------------- */

typedef struct {
  const char *what;
  const char *sent;    /* names of certificates, "leaf inter" */
  const char *trusted; /* names of files */
  UlKeyTrust trust;
  const char *reason; /* a part of it */
  const char *key;    /* NULL: the first certificate's */
  gint64 time;        /* 0: 2022 */
} ChainRow;

static GBytes *
joined (const Pki *p, const char *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);
  GByteArray *all = g_byte_array_new ();

  for (guint i = 0; list[i]; i++) {
    g_autofree char *file = g_strconcat (list[i], ".crt", NULL);
    gsize len;
    g_autofree guint8 *pem = pki_read (p, file, &len);
    g_byte_array_append (all, pem, (guint) len);
  }
  return g_byte_array_free_to_bytes (all);
}

static UlTrust *
trust_of (const Pki *p, const char *files)
{
  g_auto (GStrv) list = g_strsplit (files, " ", -1);
  UlTrust *trust = ul_trust_new ();

  for (guint i = 0; list[i]; i++) {
    g_autofree char *path = pki_path (p, list[i]);
    g_autoptr (GError) error = NULL;
    cr_assert (ul_trust_add_path (trust, path, &error), "%s", error ? error->message : "");
  }
  return trust;
}

static char *
file_of (const char *names)
{
  return g_strdup_printf ("%.*s.crt", (int) strcspn (names, " "), names);
}

static UlKeyJudgement *
judge (const Pki *p, const ChainRow *r)
{
  g_autofree char *key_file = file_of (r->key ? r->key : r->sent);
  g_autoptr (UlSigningKey) key = key_of (p, key_file);
  g_autoptr (UlTrust) trust = r->trusted ? trust_of (p, r->trusted) : NULL;
  g_autoptr (GBytes) pem = joined (p, r->sent);
  UlSignerIdentity identity = { .format = UL_SIGNING_ONVIF, .key = key, .n_chains = 1, .time_us = r->time ? r->time : SIGNED_IN_2022 };

  identity.chains[0].pem = pem;
  UlKeyJudgement *j = ul_key_judgement_new (&identity, trust);
  cr_assert_eq (ERR_peek_error (), 0ul, "errors are left in OpenSSL's queue");
  return j;
}

static void
check_rows (const Pki *p, const ChainRow *rows, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autoptr (UlKeyJudgement) j = judge (p, &rows[i]);
    cr_expect_eq (j->trust, rows[i].trust, "%s: %s, %s", rows[i].what, ul_key_trust_name (j->trust), j->reason);
    cr_expect (!rows[i].reason || strstr (j->reason, rows[i].reason), "%s: '%s' has no '%s'", rows[i].what, j->reason, rows[i].reason);
    cr_expect_eq (j->trust == UL_KEY_TRUSTED, j->root_sha256 != NULL, "%s", rows[i].what);
    cr_expect_eq (j->time_unknown, rows[i].time < 0, "%s", rows[i].what);
  }
}

static const PkiRow authorities[] = {
  { "root", NULL, "/O=Acme/CN=Acme Root", "root", "2020", "2050", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "sha512" },
  { "inter", "root", "/O=Acme/CN=Acme Cameras", "inter", "2020", "2045", P384 },
  { "leaf", "inter", "/O=Acme/CN=camera-1", "leaf", "2021", "2023" },
};

static Pki
three_levels (void)
{
  Pki p = pki_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (authorities); i++)
    pki_issue (&p, authorities[i]);
  return p;
}

Test (signing_chain, chains)
{
  static const PkiRow more[] = {
    { "late", "inter", "/CN=camera-2", "leaf", "2023", "2045" },
    { "twin", "root", "/O=Acme/CN=Acme Cameras", "inter", "2020", "2045", P384 },
    { "strange", "root", "/O=Acme/CN=Acme Doors", "inter", "2020", "2045" },
    { "forged", NULL, "/O=Acme/CN=Acme Root", "root", "2020", "2050" },
    { "forgedleaf", "forged", "/CN=camera-1", "leaf", "2020", "2050" },
    { "child", "leaf", "/CN=camera-3", "leaf", "2021", "2023" },
    { "rsa", "root", "/CN=camera-4", "leaf", "2021", "2045", RSA2048 },
    { "old", "root", "/CN=camera-5", "leaf", "2021", "2045", P256, "sha1" },
    { "ed", "root", "/CN=camera-6", "inter", "2021", "2045", "-algorithm ED25519" },
  };
  static const ChainRow rows[] = {
    { "good, expired today", "leaf inter", "root.crt", UL_KEY_TRUSTED, "holds up to the trusted O=Acme, CN=Acme Root" },
    { "sent with its root", "leaf inter root", "root.crt", UL_KEY_TRUSTED },
    { "an RSA key under an EC root", "rsa", "root.crt", UL_KEY_TRUSTED },
    { "expired when it signed", "leaf inter", "root.crt", UL_KEY_NOT_OK, "CN=camera-1 had expired", NULL, SIGNED_IN_2024 },
    { "valid today, not when it signed", "late inter", "root.crt", UL_KEY_NOT_OK, "CN=camera-2 was not valid yet" },
    { "the same later", "late inter", "root.crt", UL_KEY_TRUSTED, NULL, NULL, SIGNED_IN_2024 },
    { "not valid, without trust", "late inter", NULL, UL_KEY_NOT_OK, "not valid yet" },
    { "no time", "leaf inter", "root.crt", UL_KEY_TRUSTED, NULL, NULL, -1 },
    { "no trust", "leaf inter", NULL, UL_KEY_UNTRUSTED, "issuer O=Acme, CN=Acme Root" },
    { "another trust", "leaf inter", "forged.crt", UL_KEY_UNTRUSTED, "CN=Acme Root" },
    { "an intermediate lacks", "leaf", "root.crt", UL_KEY_UNTRUSTED, "issuer O=Acme, CN=Acme Cameras" },
    { "the intermediate is trusted", "leaf", "inter.crt", UL_KEY_TRUSTED, "trusted O=Acme, CN=Acme Cameras" },
    { "the root is, too", "leaf", "inter.crt root.crt", UL_KEY_TRUSTED, "trusted O=Acme, CN=Acme Root" },
    { "the leaf is trusted", "leaf", "leaf.crt", UL_KEY_TRUSTED },
    { "another leaf is trusted", "leaf", "late.crt", UL_KEY_UNTRUSTED },
    { "an intermediate of the same name", "leaf twin", "root.crt", UL_KEY_NOT_OK, "signature of the certificate of O=Acme, CN=camera-1" },
    { "the same without trust", "leaf twin", NULL, UL_KEY_NOT_OK, "is not its issuer's" },
    { "an intermediate of another name", "leaf strange", "root.crt", UL_KEY_UNTRUSTED, "issuer O=Acme, CN=Acme Cameras" },
    { "a forged root that was sent", "forgedleaf forged", "root.crt", UL_KEY_UNTRUSTED, "root O=Acme, CN=Acme Root is not among the trusted" },
    { "a certificate for itself", "forged", NULL, UL_KEY_UNTRUSTED, "vouches for itself" },
    { "another key", "leaf inter", "root.crt", UL_KEY_NOT_OK, "another key", "late" },
    { "a leaf that issues", "child leaf inter", "root.crt", UL_KEY_NOT_OK, "CN=camera-1 may not issue others" },
    { "SHA-1", "old", "root.crt", UL_KEY_UNTRUSTED, "too weak" },
    { "a key that is not read", "leaf ed", "root.crt", UL_KEY_UNTRUSTED, "of a kind that is not read" },
    { "six certificates", "leaf inter root root root root", "root.crt", UL_KEY_TRUSTED, "more than five" },
  };
  g_auto (AutoPki) p = three_levels ();

  for (gsize i = 0; i < G_N_ELEMENTS (more); i++)
    pki_issue (&p, more[i]);
  check_rows (&p, rows, G_N_ELEMENTS (rows));
}

Test (signing_chain, what_is_told)
{
  g_auto (AutoPki) p = three_levels ();
  const ChainRow good = { "", "leaf inter", "root.crt", UL_KEY_TRUSTED };
  g_autoptr (UlKeyJudgement) j = judge (&p, &good);
  g_autofree char *origin = pki_path (&p, "root.crt");

  cr_assert_eq (j->certificates->len, 3u);
  const UlKeyCertificate *leaf = g_ptr_array_index (j->certificates, 0), *root = g_ptr_array_index (j->certificates, 2);
  cr_assert_str_eq (leaf->subject, "O=Acme, CN=camera-1");
  cr_assert_str_eq (leaf->issuer, "O=Acme, CN=Acme Cameras");
  cr_assert_eq (leaf->not_before, 1609459200);
  cr_assert_eq (leaf->not_after, 1672531200);
  cr_assert_str_eq (root->subject, "O=Acme, CN=Acme Root");
  cr_assert_str_eq (j->root_sha256, root->sha256);
  cr_assert_str_eq (j->root_origin, origin);
  cr_assert_not (j->attested);
  cr_assert_not (j->revocation_checked);
  cr_assert_null (j->chip_serial);
}

/* Two authorities of one name whose certificates tell no key identifiers. */
Test (signing_chain, of_trusted_namesakes_the_one_that_signed_is_taken)
{
  static const ChainRow rows[] = {
    { "the first", "leafa", "a.crt b.crt", UL_KEY_TRUSTED },
    { "the second", "leafb", "a.crt b.crt", UL_KEY_TRUSTED },
    { "only the wrong one", "leafb", "a.crt", UL_KEY_NOT_OK, "is not its issuer's" },
  };
  g_auto (AutoPki) p = pki_new ();

  pki_issue (&p, (PkiRow){ "a", NULL, "/CN=Twin", "bare", "2020", "2040" });
  pki_issue (&p, (PkiRow){ "b", NULL, "/CN=Twin", "bare", "2020", "2040" });
  pki_issue (&p, (PkiRow){ "leafa", "a", "/CN=1", "bareleaf", "2020", "2040" });
  pki_issue (&p, (PkiRow){ "leafb", "b", "/CN=2", "bareleaf", "2020", "2040" });
  check_rows (&p, rows, G_N_ELEMENTS (rows));
}

Test (signing_chain, of_two_chains_the_one_of_the_key_is_judged)
{
  g_auto (AutoPki) p = three_levels ();
  g_autoptr (UlTrust) trust = trust_of (&p, "root.crt");

  pki_issue (&p, (PkiRow){ "user", NULL, "/CN=user", "root", "2020", "2050" });
  pki_issue (&p, (PkiRow){ "mine", "user", "/CN=mine", "leaf", "2020", "2050" });
  g_autoptr (GBytes) maker = joined (&p, "leaf inter"), user = joined (&p, "mine"), none = g_bytes_new_static ("x", 1);
  g_autoptr (UlSigningKey) key = key_of (&p, "leaf.crt"), users = key_of (&p, "mine.crt"), other = key_of (&p, "root.crt");
  UlSignerIdentity identity = { .format = UL_SIGNING_ONVIF, .key = key, .n_chains = 2, .time_us = SIGNED_IN_2022 };
  const struct {
    UlSigningKey *key;
    GBytes *first, *second;
    UlKeyTrust trust;
  } rows[] = {
    { key, maker, user, UL_KEY_TRUSTED },   { key, user, maker, UL_KEY_TRUSTED },  { users, maker, user, UL_KEY_UNTRUSTED },
    { other, maker, user, UL_KEY_NOT_OK },  { key, none, none, UL_KEY_UNTRUSTED }, { other, none, maker, UL_KEY_UNTRUSTED },
    { NULL, maker, user, UL_KEY_ABSENT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    identity.key = rows[i].key;
    identity.chains[0].pem = rows[i].first;
    identity.chains[1].pem = rows[i].second;
    g_autoptr (UlKeyJudgement) j = ul_key_judgement_new (&identity, trust);
    cr_expect_eq (j->trust, rows[i].trust, "row %zu: %s, %s", i, ul_key_trust_name (j->trust), j->reason);
  }
  identity.n_chains = 0;
  identity.key = key;
  g_autoptr (UlKeyJudgement) bare = ul_key_judgement_new (&identity, trust);
  cr_assert_eq (bare->trust, UL_KEY_UNTRUSTED);
  cr_assert_str_eq (bare->reason, "the key came with the stream; nothing says whose it is");
}

/* Names are a stream's: they must not be able to write into a terminal or a report. */
Test (signing_chain, names_are_one_line)
{
  g_auto (AutoPki) p = pki_new ();

  pki_issue (&p, (PkiRow){ "a", NULL, "/CN=x\033[31m\ny", "root", "2020", "2040" });
  const ChainRow row = { "", "a", NULL, UL_KEY_UNTRUSTED };
  g_autoptr (UlKeyJudgement) j = judge (&p, &row);

  cr_assert_null (strpbrk (j->reason, "\033\n"));
  cr_assert_null (strpbrk (((UlKeyCertificate *) g_ptr_array_index (j->certificates, 0))->subject, "\033\n"));
}

/* --- revocation -------------------------------------------------------------------------- */

static void
check_checked (const Pki *p, const char *trusted, gboolean expected)
{
  const ChainRow row = { trusted, "leaf inter", trusted, UL_KEY_TRUSTED };
  g_autoptr (UlKeyJudgement) j = judge (p, &row);

  cr_expect_eq (j->revocation_checked, expected, "%s: %s", trusted, j->reason);
}

Test (signing_chain, revoked_by_a_list)
{
  static const ChainRow rows[] = {
    { "nothing is revoked", "leaf inter", "root.crt none.crl", UL_KEY_TRUSTED },
    { "revoked before", "leaf inter", "root.crt before.crl", UL_KEY_NOT_OK, "CN=camera-1 was revoked on 2022-01-02" },
    { "revoked after", "leaf inter", "root.crt after.crl", UL_KEY_TRUSTED, "was revoked on 2023-03-04, after the time" },
    { "revoked after, time not known", "leaf inter", "root.crt after.crl", UL_KEY_NOT_OK, "was revoked on 2023-03-04", NULL, -1 },
    { "stolen before, revoked after", "leaf inter", "root.crt stolen.crl", UL_KEY_NOT_OK, "was revoked on 2022-02-03" },
    { "both lists", "leaf inter", "root.crt none.crl before.crl", UL_KEY_NOT_OK, "2022-01-02" },
    { "the list of a stranger", "leaf inter", "root.crt stranger.crl", UL_KEY_TRUSTED },
    { "the intermediate is revoked", "leaf inter", "root.crt inter.crl", UL_KEY_NOT_OK, "CN=Acme Cameras was revoked" },
    { "no root, no revocation", "leaf inter", NULL, UL_KEY_UNTRUSTED },
    { "the intermediate is trusted, and that is that", "leaf", "inter.crt inter.crl", UL_KEY_TRUSTED },
    { "the intermediate's own list", "leaf", "inter.crt before.crl", UL_KEY_NOT_OK, "2022-01-02" },
  };
  g_auto (AutoPki) p = three_levels ();

  pki_crl (&p, "inter", "none.crl", "2022", "2030");
  pki_crl (&p, "inter", "past.crl", "2021", "2022");
  pki_revoke (&p, "inter", "camera-1", "220102000000Z");
  pki_crl (&p, "inter", "before.crl", "2024", "2030");
  pki_revoke (&p, "inter", "camera-1", "230304000000Z");
  pki_crl (&p, "inter", "after.crl", "2024", "2030");
  pki_revoke (&p, "inter", "camera-1", "230304000000Z,keyTime,20220203000000Z");
  pki_crl (&p, "inter", "stolen.crl", "2024", "2030");
  pki_revoke (&p, "root", "Cameras", "220102000000Z");
  pki_crl (&p, "root", "inter.crl", "2024", "2030");
  /* a list of the same name and number by another key */
  pki_revoke (&p, "inter", "camera-1", "220102000000Z");
  pki_run (&p, "genpkey " P384 " -out other.key");
  pki_run (&p, "req -new -x509 -key other.key -config inter.cnf -extensions root -subj '/O=Acme/CN=Acme Cameras' -out other.crt");
  pki_run (&p, "ca -gencrl -config inter.cnf -keyfile other.key -cert other.crt -crl_lastupdate 20240101000000Z -crl_nextupdate 20300101000000Z -out stranger.crl");
  check_rows (&p, rows, G_N_ELEMENTS (rows));
  check_checked (&p, "root.crt none.crl", TRUE);
  check_checked (&p, "root.crt past.crl", FALSE);
  check_checked (&p, "root.crt stranger.crl", FALSE);
  check_checked (&p, "root.crt after.crl", TRUE);
}

Test (signing_chain, revoked_by_ocsp)
{
  static const ChainRow rows[] = {
    { "good", "leaf inter", "root.crt good.ocsp", UL_KEY_TRUSTED },
    { "good, by the issuer itself", "leaf inter", "root.crt self.ocsp", UL_KEY_TRUSTED },
    { "revoked before", "leaf inter", "root.crt before.ocsp", UL_KEY_NOT_OK, "CN=camera-1 was revoked on 2022-01-02" },
    { "revoked after", "leaf inter", "root.crt after.ocsp", UL_KEY_TRUSTED, "was revoked on 2023-03-04, after the time" },
    { "revoked after, time not known", "leaf inter", "root.crt after.ocsp", UL_KEY_NOT_OK, "was revoked", NULL, -1 },
    { "a stranger's", "leaf inter", "root.crt stranger.ocsp", UL_KEY_TRUSTED },
    { "of another certificate", "late inter", "root.crt before.ocsp", UL_KEY_TRUSTED, NULL, NULL, SIGNED_IN_2024 },
  };
  g_auto (AutoPki) p = three_levels ();

  pki_issue (&p, (PkiRow){ "late", "inter", "/CN=camera-2", "leaf", "2023", "2045" });
  pki_issue (&p, (PkiRow){ "responder", "inter", "/CN=responder", "responder", "2023", "2045" });
  pki_issue (&p, (PkiRow){ "other", NULL, "/CN=other", "root", "2020", "2045" });
  pki_issue (&p, (PkiRow){ "stranger", "other", "/CN=responder", "responder", "2023", "2045" });
  pki_ocsp (&p, "inter", "leaf", "responder", "good.ocsp");
  pki_ocsp (&p, "inter", "leaf", "inter", "self.ocsp");
  pki_revoke (&p, "inter", "camera-1", "230304000000Z");
  pki_ocsp (&p, "inter", "leaf", "responder", "after.ocsp");
  pki_revoke (&p, "inter", "camera-1", "220102000000Z");
  pki_ocsp (&p, "inter", "leaf", "responder", "before.ocsp");
  pki_ocsp (&p, "inter", "leaf", "stranger", "stranger.ocsp");
  check_rows (&p, rows, G_N_ELEMENTS (rows));
  check_checked (&p, "root.crt good.ocsp", TRUE);
  check_checked (&p, "root.crt self.ocsp", TRUE);
  check_checked (&p, "root.crt stranger.ocsp", FALSE);
}

/* --- where trust comes from ----------------------------------------------------------------- */

Test (signing_trust, a_folder)
{
  g_auto (AutoPki) p = three_levels ();
  g_autofree char *folder = pki_path (&p, "folder"), *nothing = pki_path (&p, "nothing"), *key = pki_path (&p, "root.key"),
                  *missing = pki_path (&p, "missing");
  g_autoptr (UlTrust) trust = ul_trust_new ();
  g_autoptr (GError) error = NULL;

  g_mkdir (folder, 0700);
  g_mkdir (nothing, 0700);
  pki_run (&p, "x509 -in root.crt -outform DER -out folder/root.der");
  pki_run (&p, "x509 -in root.crt -text -out folder/root.txt");
  pki_revoke (&p, "inter", "camera-1", "220102000000Z");
  pki_crl (&p, "inter", "list.pem", "2024", "2030");
  pki_run (&p, "crl -in list.pem -outform DER -out folder/list");
  pki_write (&p, "folder/README", "Roots.\n", 7);
  pki_write (&p, "folder/empty", "", 0);
  pki_run (&p, "genpkey " P256 " -out folder/private.key");
  cr_assert (ul_trust_add_path (trust, folder, &error), "%s", error ? error->message : "");
  cr_assert_eq (ul_trust_n_roots (trust), 1u);
  const ChainRow row = { "a folder", "leaf inter", "folder", UL_KEY_NOT_OK, "was revoked on 2022-01-02" };
  check_rows (&p, &row, 1);

  cr_assert_not (ul_trust_add_path (trust, nothing, &error));
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_KNOWLEDGE));
  g_clear_error (&error);
  cr_assert_not (ul_trust_add_path (trust, key, &error));
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_KNOWLEDGE));
  g_clear_error (&error);
  cr_assert_not (ul_trust_add_path (trust, missing, &error));
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_NOT_FOUND));
  g_clear_error (&error);
  cr_assert_not (ul_trust_add_pem (trust, (const guint8 *) "x", 1, "here", &error));
  cr_assert_str_eq (error->message, "here: neither certificate nor revocation list in it");
}

/* --- Axis: attestation, and keys of the factory ------------------------------------------------ */

/* Written down here once more, from the description of the format. */
static GByteArray *
signed_bytes (const UlSigningKey *key, const guint8 *chip, const guint8 *object_id, const guint8 *timestamp)
{
  static const char asked[] = "80220000000021410400000000" "4504F00000124601214710" "92bbedfb9882ac16c7f01ae459059604";
  static const char fixed[] = "43820025" "7B000201290100007B000003000008" "7B0000031F3C00000800000000002000000200000000" "448200020020";
  GByteArray *raw = g_byte_array_new (), *all = g_byte_array_new ();
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n = sizeof digest, point_len;
  guint value;

  for (const char *p = asked; sscanf (p, "%2x", &value) == 1; p += 2)
    g_byte_array_append (raw, &(guint8){ (guint8) value }, 1);
  cr_assert_eq (raw->len, 40u);
  memcpy (raw->data + 9, object_id, 4);
  g_checksum_update (sum, raw->data, raw->len);
  g_checksum_get_digest (sum, digest, &n);
  g_byte_array_unref (raw);
  g_byte_array_append (all, digest, 32);
  g_byte_array_append (all, (const guint8 *) "\x41\x82\x00\x41", 4);
  const guint8 *point = ul_signing_key_point (key, &point_len);
  g_byte_array_append (all, point, (guint) point_len);
  g_byte_array_append (all, (const guint8 *) "\x42\x82\x00\x12", 4);
  g_byte_array_append (all, chip, 18);
  for (const char *p = fixed; sscanf (p, "%2x", &value) == 1; p += 2)
    g_byte_array_append (all, &(guint8){ (guint8) value }, 1);
  g_byte_array_append (all, (const guint8 *) "\x4f\x82\x00\x0c", 4);
  g_byte_array_append (all, timestamp, 12);
  cr_assert_eq (all->len, 186u);
  return all;
}

/* By av.key over the key in stream.pub. */
static GByteArray *
attest (const Pki *p)
{
  static const guint8 chip[18] = { 0x04, 0x00, 0x50, 0x01, 0x57, 0x83, 0xc2, 0x4f, 0xe4, 0xb5, 0xc4, 0x04, 0x32, 0x43, 0x52, 0xa1, 0x71, 0x80 };
  static const guint8 object_id[4] = { 0x7b, 0, 2, 1 }, timestamp[12] = { 3, 1, 0, 0, 0, 3, 1, 5, 3 }, head[4] = { 0xff, 1, 0, 1 };
  g_autoptr (UlSigningKey) key = key_of (p, "stream.pub");
  GByteArray *message = signed_bytes (key, chip, object_id, timestamp), *blob = g_byte_array_new ();
  gsize len;

  pki_write (p, "message", message->data, message->len);
  g_byte_array_unref (message);
  pki_run (p, "dgst -sha256 -sign av.key -out message.sig message");
  g_autofree guint8 *sig = pki_read (p, "message.sig", &len);

  g_byte_array_append (blob, head, 4);
  g_byte_array_append (blob, object_id, 4);
  g_byte_array_append (blob, (const guint8 *) "\1", 1);
  g_byte_array_append (blob, timestamp, 12);
  g_byte_array_append (blob, (const guint8[]){ 0, (guint8) len }, 2);
  g_byte_array_append (blob, sig, (guint) len);
  return blob;
}

static Pki
attested_camera (void)
{
  Pki p = pki_new ();

  pki_issue (&p, authorities[0]);
  pki_issue (&p, authorities[1]);
  pki_issue (&p, (PkiRow){ "av", "inter", "/CN=Axis Edge Vault Attestation " CHIP "/serialNumber=" SERIAL, "leaf", "2021", "2031" });
  pki_issue (&p, (PkiRow){ "nochip", "inter", "/CN=Axis Edge Vault Attestation 04/serialNumber=" SERIAL, "leaf", "2021", "2031" });
  pki_issue (&p, (PkiRow){ "noserial", "inter", "/CN=Axis Edge Vault Attestation " CHIP, "leaf", "2021", "2031" });
  pki_run (&p, "genpkey " P256 " -out stream.key");
  pki_run (&p, "pkey -in stream.key -pubout -out stream.pub");
  pki_run (&p, "genpkey " P256 " -out stranger.key");
  pki_run (&p, "pkey -in stranger.key -pubout -out stranger.pub");
  pki_run (&p, "genpkey " RSA2048 " -out rsa.key");
  pki_run (&p, "pkey -in rsa.key -pubout -out rsa.pub");
  return p;
}

static UlKeyJudgement *
judge_axis (const Pki *p, const char *key_file, const char *sent, const GByteArray *blob, const char *serial, const char *trusted)
{
  g_autoptr (UlSigningKey) key = key_of (p, key_file);
  g_autoptr (UlTrust) trust = trust_of (p, trusted);
  g_autoptr (GBytes) pem = joined (p, sent), attestation = blob ? g_bytes_new (blob->data, blob->len) : NULL;
  UlSignerIdentity identity = {
    .format = UL_SIGNING_AXIS, .key = key, .n_chains = 1, .attestation = attestation, .serial = (char *) serial, .time_us = SIGNED_IN_2022
  };

  identity.chains[0].pem = pem;
  return ul_key_judgement_new (&identity, trust);
}

Test (signing_attestation, a_camera_of_ones_own)
{
  static const struct {
    const char *what, *key, *sent, *serial, *trusted;
    UlKeyTrust trust;
    const char *reason;
  } rows[] = {
    { "good", "stream.pub", "av inter", SERIAL, "root.crt", UL_KEY_TRUSTED, "a secure element states" },
    { "no serial told", "stream.pub", "av inter", NULL, "root.crt", UL_KEY_TRUSTED, NULL },
    { "not trusted", "stream.pub", "av inter", SERIAL, "av.key.crt", UL_KEY_UNTRUSTED, "issuer O=Acme, CN=Acme Root" },
    { "another serial", "stream.pub", "av inter", "00408C000002", "root.crt", UL_KEY_NOT_OK, "of the device " SERIAL ", the stream says that it is of 00408C000002" },
    { "another key", "stranger.pub", "av inter", SERIAL, "root.crt", UL_KEY_NOT_OK, "does not hold for this key" },
    { "an RSA key", "rsa.pub", "av inter", SERIAL, "root.crt", UL_KEY_NOT_OK, "EC P-256" },
    { "another signer", "stream.pub", "noserial inter", SERIAL, "root.crt", UL_KEY_NOT_OK, "does not hold" },
    { "no chip", "stream.pub", "nochip inter", SERIAL, "root.crt", UL_KEY_UNTRUSTED, "tells no chip" },
    { "the intermediate as the signer", "stream.pub", "inter", SERIAL, "root.crt", UL_KEY_UNTRUSTED, "tells no chip" },
  };
  g_auto (AutoPki) p = attested_camera ();
  GByteArray *blob = attest (&p);

  pki_issue (&p, (PkiRow){ "av.key", NULL, "/CN=elsewhere", "root", "2020", "2040" });
  pki_run (&p, "pkey -in av.key -noout");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (UlKeyJudgement) j = judge_axis (&p, rows[i].key, rows[i].sent, blob, rows[i].serial, rows[i].trusted);
    cr_expect_eq (j->trust, rows[i].trust, "%s: %s, %s", rows[i].what, ul_key_trust_name (j->trust), j->reason);
    cr_expect (!rows[i].reason || strstr (j->reason, rows[i].reason), "%s: '%s'", rows[i].what, j->reason);
    cr_expect_eq (j->attested, j->trust == UL_KEY_TRUSTED, "%s", rows[i].what);
    if (g_str_has_prefix (rows[i].sent, "av "))
      cr_expect_str_eq (j->chip_serial, SERIAL);
  }
  g_byte_array_unref (blob);
}

Test (signing_attestation, every_byte_counts)
{
  g_auto (AutoPki) p = attested_camera ();
  GByteArray *blob = attest (&p);

  for (guint i = 0; i < blob->len; i += flip_step ()) {
    blob->data[i] ^= (guint8) (1 << (i + 1) % 8);
    g_autoptr (UlKeyJudgement) j = judge_axis (&p, "stream.pub", "av inter", blob, SERIAL, "root.crt");
    cr_expect_eq (j->trust, i < 4 ? UL_KEY_UNTRUSTED : UL_KEY_NOT_OK, "byte %u: %s, %s", i, ul_key_trust_name (j->trust), j->reason);
    cr_expect_not (j->attested);
    blob->data[i] ^= (guint8) (1 << (i + 1) % 8);
  }
  for (guint cut = 0; cut < blob->len; cut += flip_step ()) {
    const GByteArray shorter = { blob->data, cut };
    g_autoptr (UlKeyJudgement) j = judge_axis (&p, "stream.pub", "av inter", &shorter, SERIAL, "root.crt");
    cr_expect_neq (j->trust, UL_KEY_TRUSTED, "cut at %u", cut);
  }
  g_byte_array_append (blob, (const guint8 *) "", 1);
  g_autoptr (UlKeyJudgement) longer = judge_axis (&p, "stream.pub", "av inter", blob, SERIAL, "root.crt");
  cr_assert_eq (longer->trust, UL_KEY_NOT_OK);
  g_byte_array_unref (blob);
}

Test (signing_attestation, keys_of_the_factory)
{
  static const struct {
    const char *key, *sent, *serial;
    UlKeyTrust trust;
    const char *chip_serial;
  } rows[] = {
    { "named.crt", "named inter", "B8A44F000001", UL_KEY_TRUSTED, "B8A44F000001" },
    { "named.crt", "named inter", "b8a44f000001", UL_KEY_NOT_OK, "B8A44F000001" },
    { "named.crt", "named inter", "B8A44F000002", UL_KEY_NOT_OK, "B8A44F000001" },
    { "leaf.crt", "named inter", "B8A44F000001", UL_KEY_NOT_OK, "B8A44F000001" },
    { "leaf.crt", "leaf inter", "1", UL_KEY_UNTRUSTED, NULL },
  };
  g_auto (AutoPki) p = three_levels ();

  pki_issue (&p, (PkiRow){ "named", "inter", "/CN=axis-b8a44f000001-eccp256-1", "leaf", "2021", "2031" });
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    GByteArray empty = { NULL, 0 };
    g_autoptr (UlKeyJudgement) j = judge_axis (&p, rows[i].key, rows[i].sent, i ? NULL : &empty, rows[i].serial, "root.crt");
    cr_expect_eq (j->trust, rows[i].trust, "row %zu: %s, %s", i, ul_key_trust_name (j->trust), j->reason);
    cr_expect_eq (g_strcmp0 (j->chip_serial, rows[i].chip_serial), 0, "row %zu: %s", i, j->chip_serial);
    cr_expect_not (j->attested);
  }
}

/* --- a real camera --------------------------------------------------------------------------- */

#define SIGNED UL_SOURCE_DIR "/../shared/corpus/signed/"

/* What its first SEI tells. */
typedef struct {
  UlSigningKey *key;
  GByteArray *attestation;
  GByteArray *certificates[2]; /* DER */
  char *serial;
  gint64 time_us;
} Camera;

static void
take_tlv (Camera *c, guint8 tag, const guint8 *v, gsize len)
{
  if (tag == 1)
    for (guint i = 0; i < 8; i++)
      c->time_us = c->time_us << 8 | v[11 + i];
  if (tag == 2) /* version, algorithm */
    c->key = ul_signing_key_new (v + 2, len - 2);
  if (tag == 3) {
    const guint8 *s = v + 1;
    s += 1 + s[0];
    s += 1 + s[0];
    c->serial = g_strndup ((const char *) s + 1, s[0]);
  }
  if (tag != 129)
    return;
  c->attestation = g_byte_array_append (g_byte_array_new (), v + 2, v[1]);
  g_autofree char *pem = g_strndup ((const char *) v + 2 + v[1], len - 2 - v[1]);
  const char *at = pem;
  for (guint i = 0; i < 2; i++) {
    at = strstr (at, "-----BEGIN CERTIFICATE-----");
    cr_assert_not_null (at);
    const char *end = strstr (at += 27, "-----END");
    g_autofree char *base64 = g_strndup (at, (gsize) (end - at));
    gsize n;
    g_autofree guint8 *der = g_base64_decode (base64, &n);
    c->certificates[i] = g_byte_array_append (g_byte_array_new (), der, (guint) n);
  }
}

static Camera
read_camera (void)
{
  g_autofree char *data = NULL;
  gsize len;
  Camera c = { .key = NULL };

  if (!g_file_get_contents (SIGNED "signed_vendor_axis.h264", &data, &len, NULL)) {
    g_print ("skipped: no ../shared\n");
    cr_skip_test ("no ../shared");
  }
  const char *p = memmem (data, len, "Signed Video...0", 16);
  GByteArray *plain = g_byte_array_new ();
  for (p += 17; memcmp (p, "\0\0\1", 3) && memcmp (p, "\0\0\0", 3); p++)
    if (memcmp (p - 2, "\0\0\3", 3))
      g_byte_array_append (plain, (const guint8 *) p, 1);
  for (gsize at = 0; at + 3 < plain->len && plain->data[at] != 5;) {
    const guint8 *t = plain->data + at;
    gsize wide = t[0] == 1 || t[0] == 7 ? 1 : 2, n = wide == 1 ? t[1] : (gsize) t[1] << 8 | t[2];
    cr_assert_leq (at + 1 + wide + n, plain->len);
    take_tlv (&c, t[0], t + 1 + wide, n);
    at += 1 + wide + n;
  }
  g_byte_array_unref (plain);
  return c;
}

static void
camera_clear (Camera *c)
{
  ul_signing_key_unref (c->key);
  g_byte_array_unref (c->attestation);
  for (guint i = 0; i < 2; i++)
    g_byte_array_unref (c->certificates[i]);
  g_free (c->serial);
}

static UlKeyJudgement *
judge_camera (const Camera *c, const UlTrust *trust)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) pem = NULL, attestation = g_bytes_new (c->attestation->data, c->attestation->len);

  for (guint i = 0; i < 2; i++) {
    g_autofree char *base64 = g_base64_encode (c->certificates[i]->data, c->certificates[i]->len);
    g_string_append (text, "-----BEGIN CERTIFICATE-----\n");
    for (gsize at = 0; at < strlen (base64); at += 64)
      g_string_append_printf (text, "%.64s\n", base64 + at);
    g_string_append (text, "-----END CERTIFICATE-----\n");
  }
  pem = g_bytes_new (text->str, text->len);
  UlSignerIdentity identity = {
    .format = UL_SIGNING_AXIS, .key = c->key, .n_chains = 1, .attestation = attestation, .serial = c->serial, .time_us = c->time_us
  };
  identity.chains[0].pem = pem;
  return ul_key_judgement_new (&identity, trust);
}

Test (signing_camera, holds_up_to_the_first_root)
{
  Camera c = read_camera ();
  g_autoptr (UlTrust) trust = ul_trust_new ();

  cr_assert (ul_trust_add_path (trust, SIGNED "axis-roots.pem", NULL));
  cr_assert_eq (ul_trust_n_roots (trust), 2u);
  cr_assert_str_eq (ul_signing_key_algorithm (c.key), "EC P-256");
  cr_assert_str_eq (c.serial, "B8A44F27E6D1");
  cr_assert_eq (c.time_us / G_USEC_PER_SEC, 1686830730);
  g_autoptr (UlKeyJudgement) j = judge_camera (&c, trust), untrusted = judge_camera (&c, NULL);

  cr_assert_eq (j->trust, UL_KEY_TRUSTED, "%s", j->reason);
  cr_assert (j->attested);
  cr_assert_not (j->time_unknown);
  cr_assert_str_eq (j->chip_serial, "B8A44F27E6D1");
  cr_assert_str_eq (j->root_sha256, "c2a6772c54cea7965d882c80243c6a1dd28d8a6ebd0bee6fa8357bec814d77a6");
  cr_assert_eq (j->certificates->len, 3u);
  cr_assert_eq (untrusted->trust, UL_KEY_UNTRUSTED);
  cr_assert_not (untrusted->attested);
  cr_assert (strstr (untrusted->reason, "CN=Axis Edge Vault CA ECC"), "%s", untrusted->reason);
  camera_clear (&c);
}

static void
check_flips (Camera *c, const UlTrust *trust, GByteArray *bytes, const char *what)
{
  for (guint i = 0; i < bytes->len; i += flip_step ()) {
    bytes->data[i] ^= (guint8) (1 << i % 8);
    g_autoptr (UlKeyJudgement) j = judge_camera (c, trust);
    cr_expect_neq (j->trust, UL_KEY_TRUSTED, "%s, byte %u", what, i);
    cr_expect_not (j->attested, "%s, byte %u", what, i);
    bytes->data[i] ^= (guint8) (1 << i % 8);
  }
}

Test (signing_camera, with_a_byte_changed_it_is_never_trusted)
{
  Camera c = read_camera ();
  g_autoptr (UlTrust) trust = ul_trust_new ();

  cr_assert (ul_trust_add_path (trust, SIGNED "axis-roots.pem", NULL));
  check_flips (&c, trust, c.certificates[0], "leaf");
  check_flips (&c, trust, c.certificates[1], "intermediate");
  check_flips (&c, trust, c.attestation, "attestation");
  g_autoptr (UlKeyJudgement) j = judge_camera (&c, trust);
  cr_assert_eq (j->trust, UL_KEY_TRUSTED);
  camera_clear (&c);
}

Test (signing_camera, vectors_of_onvif)
{
  static const char *const names[] = { "test_signed_h264.mp4", "test_signed_h265.mp4" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_strconcat (SIGNED, names[i], NULL), *data = NULL;
    gsize len;
    if (!g_file_get_contents (path, &data, &len, NULL)) {
      g_print ("skipped: no ../shared\n");
      cr_skip_test ("no ../shared");
    }
    char *from = memmem (data, len, "-----BEGIN CERTIFICATE-----", 27), *to = memmem (from, 4096, "-----END CERTIFICATE-----", 25);
    g_autoptr (GBytes) pem = g_bytes_new (from, (gsize) (to - from) + 26);
    g_autoptr (UlSigningKey) key = ul_signing_key_new (g_bytes_get_data (pem, NULL), g_bytes_get_size (pem));
    g_autoptr (UlTrust) trust = ul_trust_new ();
    UlSignerIdentity identity = { .format = UL_SIGNING_ONVIF, .key = key, .n_chains = 1, .time_us = -1 };
    identity.chains[0].pem = pem;
    cr_assert (ul_trust_add_path (trust, SIGNED "ca.pem", NULL));
    g_autoptr (UlKeyJudgement) j = ul_key_judgement_new (&identity, trust), alone = ul_key_judgement_new (&identity, NULL);
    cr_expect_eq (j->trust, UL_KEY_TRUSTED, "%s: %s", names[i], j->reason);
    cr_expect (j->time_unknown);
    cr_expect_eq (alone->trust, UL_KEY_UNTRUSTED, "%s", alone->reason);
  }
}
