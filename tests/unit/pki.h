/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys, certificates, revocation lists and OCSP responses made by the command `openssl` in a folder of its own. */
#pragma once

#include <criterion/criterion.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *dir;
} Pki;

#define P256 "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
#define P384 "-algorithm EC -pkeyopt ec_paramgen_curve:P-384"
#define RSA2048 "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"

/* An authority's settings; a file NAME.cnf, its database NAME.index. */
static const char pki_settings[] =
    "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=%1$s.index\nrand_serial=yes\nprivate_key=%1$s.key\ncertificate=%1$s.crt\n"
    "default_md=sha256\npolicy=p\nunique_subject=no\ndefault_crl_days=3650\n"
    "[p]\norganizationName=optional\ncommonName=optional\nserialNumber=optional\n"
    "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n"
    "[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
    "[inter]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    "[leaf]\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    "[bare]\nbasicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"
    "[bareleaf]\nbasicConstraints=CA:FALSE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"
    "[responder]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\nauthorityKeyIdentifier=keyid\n";

static char *
pki_path (const Pki *p, const char *name)
{
  return g_build_filename (p->dir, name, NULL);
}

static void
pki_write (const Pki *p, const char *name, const void *data, gsize len)
{
  g_autofree char *path = pki_path (p, name);

  cr_assert (g_file_set_contents (path, data, (gssize) len, NULL));
}

static guint8 *
pki_read (const Pki *p, const char *name, gsize *ret_len)
{
  g_autofree char *path = pki_path (p, name);
  char *data = NULL;

  cr_assert (g_file_get_contents (path, &data, ret_len, NULL), "no %s", path);
  return (guint8 *) data;
}

static void G_GNUC_PRINTF (2, 3)
pki_run (const Pki *p, const char *format, ...)
{
  g_autofree char *out = NULL, *err = NULL;
  g_auto (GStrv) argv = NULL;
  int status = -1;
  va_list ap;

  va_start (ap, format);
  g_autofree char *rest = g_strdup_vprintf (format, ap);
  va_end (ap);
  g_autofree char *line = g_strconcat ("openssl ", rest, NULL);
  cr_assert (g_shell_parse_argv (line, NULL, &argv, NULL));
  cr_assert (g_spawn_sync (p->dir, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, NULL));
  cr_assert_eq (status, 0, "%s\n%s", line, err);
}

static Pki
pki_new (void)
{
  g_autofree char *openssl = g_find_program_in_path ("openssl");

  if (!openssl) {
    g_print ("skipped: no openssl\n");
    cr_skip_test ("no openssl");
  }
  return (Pki){ .dir = g_dir_make_tmp ("ul-pki-XXXXXX", NULL) };
}

static void
pki_clear (Pki *p)
{
  g_autoptr (GDir) dir = g_dir_open (p->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = pki_path (p, name);
    if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
      Pki inner = { .dir = g_strdup (path) };
      pki_clear (&inner);
    } else
      g_unlink (path);
  }
  g_rmdir (p->dir);
  g_clear_pointer (&p->dir, g_free);
}

typedef Pki AutoPki;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AutoPki, pki_clear)

typedef struct {
  const char *name;
  const char *issuer;    /* a name; NULL: itself */
  const char *subject;   /* "/CN=…" */
  const char *extension; /* a section of the settings */
  const char *from, *to; /* YYYY */
  const char *key;       /* P256 … */
  const char *md;        /* NULL: sha256 */
} PkiRow;

/* NAME.key, NAME.crt, and for an authority NAME.cnf and NAME.index. */
static void
pki_issue (const Pki *p, PkiRow r)
{
  const char *issuer = r.issuer ? r.issuer : r.name;
  g_autofree char *settings = g_strdup_printf (pki_settings, r.name);
  g_autofree char *cnf = g_strconcat (r.name, ".cnf", NULL), *database = g_strconcat (r.name, ".index", NULL);

  pki_write (p, cnf, settings, strlen (settings));
  pki_write (p, database, "", 0);
  pki_run (p, "genpkey %s -out %s.key", r.key ? r.key : P256, r.name);
  pki_run (p, "req -new -config %s -key %s.key -subj '%s' -out %s.csr", cnf, r.name, r.subject, r.name);
  pki_run (p, "ca -batch -notext -config %s.cnf %s -extensions %s -startdate %s0101000000Z -enddate %s0101000000Z -md %s -in %s.csr -out %s.crt",
           issuer, r.issuer ? "" : "-selfsign", r.extension, r.from, r.to, r.md ? r.md : "sha256", r.name, r.name);
}

/* In the issuer's database; `date` is YYMMDDHHMMSSZ, with a reason behind a comma if there is one. */
static void
pki_revoke (const Pki *p, const char *issuer, const char *subject_part, const char *date)
{
  g_autofree char *name = g_strconcat (issuer, ".index", NULL);
  gsize len;
  g_autofree char *text = (char *) pki_read (p, name, &len);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i]; i++) {
    if (!strstr (lines[i], subject_part))
      continue;
    g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);
    g_free (lines[i]);
    lines[i] = g_strdup_printf ("R\t%s\t%s\t%s\t%s\t%s", fields[1], date, fields[3], fields[4], fields[5]);
  }
  g_autofree char *whole = g_strjoinv ("\n", lines);
  pki_write (p, name, whole, strlen (whole));
}

static void
pki_crl (const Pki *p, const char *issuer, const char *out, const char *from, const char *to)
{
  pki_run (p, "ca -gencrl -config %s.cnf -crl_lastupdate %s0101000000Z -crl_nextupdate %s0101000000Z -out %s", issuer, from, to, out);
}

static void
pki_ocsp (const Pki *p, const char *issuer, const char *leaf, const char *responder, const char *out)
{
  pki_run (p, "ocsp -issuer %s.crt -cert %s.crt -no_nonce -reqout req.der", issuer, leaf);
  pki_run (p, "ocsp -index %s.index -CA %s.crt -rsigner %s.crt -rkey %s.key -ndays 30 -reqin req.der -respout %s", issuer, issuer, responder, responder, out);
}
