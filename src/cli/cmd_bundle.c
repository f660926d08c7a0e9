/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evidence bundles: checking one, and going on with its custody log. */
#include "cli/bundle.h"

#include <unistd.h>

#include "base/redact.h"
#include "bundle/bundle.h"

static const struct {
  const char *verb;
  int (*run) (int argc, char **argv);
} verbs[] = {
  { "verify", ul_cmd_bundle_verify },
  { "custody", ul_cmd_bundle_custody },
};

/* Codes of UL_BUNDLE_ERROR are exit codes. */
static int
complain (const GError *error)
{
  ul_cli_complain ("%s", error->message);
  return error->domain == UL_BUNDLE_ERROR ? error->code : UL_EXIT_INTERNAL;
}

static gboolean
one_bundle (char **inputs, const char *verb)
{
  if (inputs && inputs[0] && !inputs[1])
    return TRUE;
  ul_cli_complain ("bundle %s: %s (try 'underlabel bundle %s --help')", verb, inputs && inputs[0] ? "one bundle at a time" : "no bundle given", verb);
  return FALSE;
}

/* --- verify ---------------------------------------------------------------------------- */

typedef struct {
  char **trust, **tsa_trust, **inputs, *input;
  gboolean json, no_color;
} Verify;

static void
verify_clear (Verify *o)
{
  g_strfreev (o->trust);
  g_strfreev (o->tsa_trust);
  g_strfreev (o->inputs);
  g_free (o->input);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Verify, verify_clear)

static gboolean
parse_verify (Verify *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "trust", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->trust, "Certificates that vouch for the signer: a PEM file (again for more)", "FILE" },
    { "tsa-trust", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->tsa_trust, "Certificates that vouch for the time stamp's authority (again for more)", "FILE" },
    { "input", 0, 0, G_OPTION_ARG_FILENAME, &o->input, "Compare this file with the input that the bundle was made of", "FILE" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &o->json, "Print JSON", NULL },
    { "no-color", 0, 0, G_OPTION_ARG_NONE, &o->no_color, "No colours on a terminal (as NO_COLOR in the environment)", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "CASE.zip" },
    { 0 }
  };

  return ul_cli_parse (&argc, &argv, NULL,
                       "Checks an evidence bundle: are its members, custody log and seals as they were made; who sealed it, and when.\n"
                       "Every fault is named with its member.  Exits with 3 if something does not hold.  Without --trust a signature\n"
                       "of an unknown certificate holds, and nobody vouches for its signer.", entries)
         && one_bundle (o->inputs, "verify");
}

int
ul_cmd_bundle_verify (int argc, char **argv)
{
  g_auto (Verify) o = { 0 };
  g_autoptr (GError) error = NULL;

  if (!parse_verify (&o, argc, argv))
    return UL_EXIT_USAGE;
  g_autofree char *name = ul_redact (o.inputs[0], -1);
  UlBundleQuestion question = { (const char *const *) o.trust, (const char *const *) o.tsa_trust, o.input };
  g_autoptr (UlZipReader) reader = ul_zip_reader_new (o.inputs[0], NULL, &error);
  g_autoptr (UlBundleVerification) v = reader ? ul_bundle_verify (reader, &question, &error) : NULL;
  if (reader && !v && g_str_has_prefix (error->message, "no bundle:"))
    g_prefix_error (&error, "%s: ", name);
  if (!v)
    return complain (error);
  gboolean colour = isatty (STDOUT_FILENO) && !o.no_color && !(g_getenv ("NO_COLOR") && *g_getenv ("NO_COLOR"));
  g_autofree char *text = o.json ? ul_cli_bundle_to_json (v, name) : ul_cli_bundle_to_text (v, name, colour);
  ul_cli_print (text);
  return v->faults->len ? UL_EXIT_SIGNATURE : UL_EXIT_OK;
}

/* --- custody ------------------------------------------------------------------------------ */

typedef struct {
  char **inputs, *note, *actor, *key, *cert, *password_file;
} Custody;

static void
custody_clear (Custody *o)
{
  g_strfreev (o->inputs);
  g_free (o->note);
  g_free (o->actor);
  g_free (o->key);
  g_free (o->cert);
  g_free (o->password_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Custody, custody_clear)

static gboolean
parse_custody (Custody *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "note", 0, 0, G_OPTION_ARG_STRING, &o->note, "What happened to the evidence", "TEXT" },
    { "actor", 0, 0, G_OPTION_ARG_STRING, &o->actor, "Who did it", "NAME" },
    { "key", 0, 0, G_OPTION_ARG_STRING, &o->key, "Sign the log with this key: a PEM file, or what OpenSSL's stores open (pkcs11:…)", "KEY" },
    { "cert", 0, 0, G_OPTION_ARG_STRING, &o->cert, "The certificate of that key, with its chain", "CERT" },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &o->password_file, "Its first line opens the key (else " UL_BUNDLE_PASSWORD_ENV ")", "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "CASE.zip" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL,
                     "Adds an entry to the custody log of a bundle, with the time, and makes the log's head anew.  The head\n"
                     "before it and its signature are kept in the bundle.", entries)
      || !one_bundle (o->inputs, "custody"))
    return FALSE;
  if (!o->note || !*o->note)
    ul_cli_complain ("bundle custody: --note is missing: what happened?");
  return o->note && *o->note;
}

int
ul_cmd_bundle_custody (int argc, char **argv)
{
  g_auto (Custody) o = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  if (!parse_custody (&o, argc, argv))
    return UL_EXIT_USAGE;
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ"), *tool = g_strconcat ("underlabel ", ul_version (), NULL);
  UlBundleAct act = { .note = o.note, .actor = o.actor, .time = time, .tool = tool };
  UlBundleSeal seal = { .key = o.key, .cert = o.cert, .password_file = o.password_file };
  return ul_bundle_append (o.inputs[0], &act, &seal, &error) ? UL_EXIT_OK : complain (error);
}

/* --- all ---------------------------------------------------------------------------------------- */

int
ul_cmd_bundle (int argc, char **argv)
{
  for (gsize i = 0; argc >= 2 && i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (argv[1], verbs[i].verb)) {
      g_autofree char *name = g_strconcat ("bundle ", verbs[i].verb, NULL);
      argv[1] = name;
      return verbs[i].run (argc - 1, argv + 1);
    }
  return ul_cmd_bundle_write (argc, argv);
}
