/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/trust.h"

#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"
#define MAX_ROOTS 512

void
ul_trust_root_free (UlTrustRoot *self)
{
  if (!self)
    return;
  g_free (self->id);
  g_free (self->name);
  g_free (self->maker);
  g_free (self->sha256);
  g_free (self->pem);
  g_strfreev (self->source);
  g_free (self);
}

/* RFC 7468: base64 between two lines. */
char *
ul_trust_dup_fingerprint (const char *pem)
{
  const char *begin = strstr (pem, BEGIN), *from = begin ? begin + strlen (BEGIN) : NULL, *end = from ? strstr (from, END) : NULL;
  gsize len = 0;

  if (!end || strstr (end, BEGIN))
    return NULL;
  g_autofree char *base64 = g_strndup (from, (gsize) (end - from));
  g_autofree guchar *der = g_base64_decode (base64, &len);
  return len ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, len) : NULL;
}

static gboolean
is_there (GPtrArray *roots, const UlTrustRoot *root)
{
  for (guint i = 0; i < roots->len; i++) {
    const UlTrustRoot *other = g_ptr_array_index (roots, i);
    if (g_str_equal (other->id, root->id) || g_str_equal (other->sha256, root->sha256))
      return TRUE;
  }
  return FALSE;
}

/* What is built in was checked when it was; files of others are not believed. */
static void
check_root (GPtrArray *roots, const UlMakers *makers, UlYaml *node, const UlTrustRoot *root)
{
  g_autofree char *found = ul_yaml_is_packed (node) ? NULL : ul_trust_dup_fingerprint (root->pem);

  if (!ul_makers_find (makers, root->maker))
    ul_yaml_fail (node, "root %s: no maker '%s'", root->id, root->maker);
  else if (is_there (roots, root))
    ul_yaml_fail (node, "root %s is there twice", root->id);
  else if (roots->len == MAX_ROOTS)
    ul_yaml_fail (node, "more than %d roots", MAX_ROOTS);
  else if (!ul_yaml_is_packed (node) && g_strcmp0 (found, root->sha256) != 0)
    ul_yaml_fail (node, "root %s: its certificate's SHA-256 is %s", root->id, found ? found : "not to be had: there is not one certificate in pem");
}

static void
load_root (GPtrArray *roots, const UlMakers *makers, UlYaml *node)
{
  UlTrustRoot *root = g_new0 (UlTrustRoot, 1);

  root->id = g_strdup (ul_yaml_get_id (node, "id", TRUE));
  root->name = g_strdup (ul_yaml_get_text (node, "name", TRUE));
  root->maker = g_strdup (ul_yaml_get_id (node, "maker", TRUE));
  root->sha256 = g_strdup (ul_yaml_get_text (node, "sha256", TRUE));
  root->pem = g_strdup (ul_yaml_get_text (node, "pem", TRUE));
  root->source = ul_yaml_dup_texts (node, "source", TRUE);
  ul_yaml_done (node, "root %s", root->id ? root->id : "?");
  if (!ul_yaml_failed (node))
    check_root (roots, makers, node, root);
  if (ul_yaml_failed (node))
    ul_trust_root_free (root);
  else
    g_ptr_array_add (roots, root);
}

gboolean
ul_trust_roots_load (GPtrArray *roots, const UlMakers *makers, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  UlYaml *list = ul_yaml_get_sequence (root, "roots", TRUE);
  ul_yaml_done (root, "a file of roots");
  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (root); i++)
    load_root (roots, makers, ul_yaml_item (list, i));
  return ul_yaml_document_ok (document, error);
}
