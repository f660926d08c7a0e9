/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The roots of knowledge. */
#include <criterion/criterion.h>
#include <string.h>

#include "knowledge/knowledge.h"
#include "signing/chain.h"

#define DATA UL_SOURCE_DIR "/src/knowledge/data/"
#define EDGE_VAULT "c2a6772c54cea7965d882c80243c6a1dd28d8a6ebd0bee6fa8357bec814d77a6"
#define TEE "bf7d0107c6098e1a74375c86bfadbc49e6b41c7b9ca28f48de47dea57a6decf6"

static UlKnowledge *
load (const char *trust, gssize len, GError **error)
{
  UlKnowledgeFile files[] = { { .name = "makers.yaml" }, { .name = "t.yaml" } };
  char *makers = NULL;
  gsize n;

  cr_assert (g_file_get_contents (DATA "makers.yaml", &makers, &n, NULL));
  files[0].bytes = g_bytes_new_take (makers, n);
  files[1].bytes = g_bytes_new (trust, len < 0 ? strlen (trust) : (gsize) len);
  UlKnowledge *knowledge = ul_knowledge_new_from_files (files, G_N_ELEMENTS (files), error);

  g_bytes_unref (files[0].bytes);
  g_bytes_unref (files[1].bytes);
  return knowledge;
}

static char *
built_in_text (void)
{
  char *text = NULL;

  cr_assert (g_file_get_contents (DATA "trust.yaml", &text, NULL, NULL));
  return text;
}

/* What is built in is not checked when a program starts. */
Test (trust, what_is_built_in_would_be_taken_from_a_folder)
{
  g_autofree char *text = built_in_text ();
  g_autoptr (GError) error = NULL;
  UlKnowledge *read = load (text, -1, &error), *built_in = ul_knowledge_new (NULL, NULL);
  g_autoptr (UlTrust) trust = ul_trust_new ();

  cr_assert_not_null (read, "%s", error ? error->message : "");
  cr_assert_not_null (built_in);
  cr_assert_eq (ul_knowledge_n_roots (built_in), 2u);
  for (guint i = 0; i < ul_knowledge_n_roots (built_in); i++) {
    const UlTrustRoot *a = ul_knowledge_get_root (built_in, i), *b = ul_knowledge_get_root (read, i);
    cr_assert_str_eq (a->id, b->id);
    cr_assert_str_eq (a->sha256, b->sha256);
    cr_assert_str_eq (a->pem, b->pem);
    cr_assert_str_eq (a->maker, "axis");
    cr_assert_eq (ul_knowledge_find_root (built_in, a->sha256), a);
    cr_assert (ul_trust_add_pem (trust, (const guint8 *) a->pem, strlen (a->pem), "built-in", NULL));
  }
  cr_assert_eq (ul_trust_n_roots (trust), 2u);
  cr_assert_not_null (ul_knowledge_find_root (built_in, EDGE_VAULT));
  cr_assert_not_null (ul_knowledge_find_root (built_in, TEE));
  cr_assert_null (ul_knowledge_find_root (built_in, "00"));
  ul_knowledge_unref (read);
  ul_knowledge_unref (built_in);
}

static char *
replaced (const char *text, const char *what, const char *by)
{
  g_auto (GStrv) parts = g_strsplit (text, what, 2);

  cr_assert_not_null (parts[1], "no %s", what);
  return g_strjoinv (by, parts);
}

Test (trust, refusals_name_file_and_line)
{
  static const struct {
    const char *what, *by, *expected;
  } rows[] = {
    { "sha256: c2a6", "sha256: c2a7", "t.yaml:10: root 'axis.edge-vault': sha256 of its certificate is " EDGE_VAULT },
    { "sha256: c2a6", "sha256: C2A6", "t.yaml:10: root 'axis.edge-vault': sha256 is not 64 hexadecimal digits" },
    { "maker: axis", "maker: nobody", "t.yaml:7: root 'axis.edge-vault': no maker 'nobody' is declared" },
    { "id: axis.tee-signed-video", "id: axis.edge-vault", "t.yaml:29: root 'axis.edge-vault' is there twice" },
    { TEE, EDGE_VAULT, "t.yaml:29: root 'axis.tee-signed-video' is there twice" },
    { "MIIClD", "NIIClD", "t.yaml:12: root 'axis.edge-vault': pem is not one certificate" },
    { "BEGIN CERTIFICATE", "BEGIN PUBLIC KEY", "t.yaml:12: root 'axis.edge-vault': pem is not one certificate" },
    { "    -----END CERTIFICATE-----\n", "", "t.yaml:12: root 'axis.edge-vault': pem is not one certificate" },
    { "  maker: axis\n", "", "t.yaml:7: key 'maker' is missing" },
    { "  maker: axis\n", "  maker: axis\n  colour: red\n", "t.yaml:10: unknown key 'colour' in root 'axis.edge-vault'" },
    { "roots:", "trees:", "t.yaml:3: key 'roots' is missing" },
  };
  g_autofree char *text = built_in_text ();

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *changed = replaced (text, rows[i].what, rows[i].by);
    g_autoptr (GError) error = NULL;
    cr_assert_null (load (changed, -1, &error), "taken: %s", rows[i].by);
    cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_KNOWLEDGE));
    cr_expect (g_str_has_prefix (error->message, rows[i].expected), "'%s' is not '%s…'", error->message, rows[i].expected);
  }
}
