/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* make_bundle -o OUT [--input FILE] [--note ACTION=DETAIL]… [--key …] MEMBER=FILE…: a bundle of files, for tests. */
#include <stdio.h>
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/digest.h"

typedef struct {
  char *out, *input, **notes, **members;
  gboolean in_memory;
  char *key, *cert, *tsa, *tsa_ca, *password_file;
} Options;

static void
options_clear (Options *o)
{
  char **words[] = { &o->out, &o->input, &o->key, &o->cert, &o->tsa, &o->tsa_ca, &o->password_file };

  g_strfreev (o->notes);
  g_strfreev (o->members);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_free (*words[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
add_member (UlBundle *bundle, const Options *o, const char *member, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (member, "=", 2);
  const char *type = g_str_has_suffix (parts[0], ".json") ? "application/json" : "application/octet-stream";
  char *data = NULL;
  gsize len = 0;

  if (!o->in_memory)
    return ul_bundle_add_file (bundle, parts[0], type, parts[1], error);
  if (!g_file_get_contents (parts[1], &data, &len, error))
    return FALSE;
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, len);
  ul_bundle_add (bundle, parts[0], type, bytes);
  return TRUE;
}

static gboolean
make (const Options *o, GError **error)
{
  g_autoptr (UlBundle) bundle = ul_bundle_new ("0.0.0", "test");
  UlBundleSeal seal = { o->key, o->cert, o->tsa, o->tsa_ca, o->password_file };
  g_auto (UlDigests) digests = { 0 };

  if (o->input) {
    if (!ul_digests_of_file (o->input, &digests, error))
      return FALSE;
    g_autofree char *name = g_path_get_basename (o->input);
    ul_bundle_set_input (bundle, name, digests.bytes, digests.sha256, digests.sha512);
  }
  for (char **note = o->notes; note && *note; note++) {
    g_auto (GStrv) parts = g_strsplit (*note, "=", 2);
    ul_bundle_note (bundle, parts[0], parts[1]);
  }
  for (char **member = o->members; member && *member; member++)
    if (!add_member (bundle, o, *member, error))
      return FALSE;
  return ul_bundle_write (bundle, o->out, &seal, error);
}

int
main (int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, NULL, NULL },
    { "input", 0, 0, G_OPTION_ARG_FILENAME, &o.input, NULL, NULL },
    { "note", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.notes, NULL, NULL },
    { "in-memory", 0, 0, G_OPTION_ARG_NONE, &o.in_memory, NULL, NULL },
    { "key", 0, 0, G_OPTION_ARG_STRING, &o.key, NULL, NULL },
    { "cert", 0, 0, G_OPTION_ARG_STRING, &o.cert, NULL, NULL },
    { "tsa", 0, 0, G_OPTION_ARG_STRING, &o.tsa, NULL, NULL },
    { "tsa-ca", 0, 0, G_OPTION_ARG_STRING, &o.tsa_ca, NULL, NULL },
    { "password-file", 0, 0, G_OPTION_ARG_STRING, &o.password_file, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.members, NULL, NULL },
    { 0 }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !o.out || !make (&o, &error)) {
    fprintf (stderr, "make_bundle: %s\n", error ? error->message : "no output given");
    return error && error->domain == UL_BUNDLE_ERROR ? error->code : 64;
  }
  return 0;
}
