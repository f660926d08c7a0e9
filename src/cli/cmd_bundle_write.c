/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `bundle INPUT -o case.zip`: the report, the page, and the evidence that they rest on, under one seal. */
#include "cli/bundle.h"

#include <string.h>

#include "base/redact.h"
#include "bundle/bundle.h"
#include "cli/inspection.h"
#include "cli/pages.h"
#include "source/keepsake.h"

typedef struct {
  char *output, *key, *cert, *key_password_file, *tsa, *tsa_ca;
  char **inputs;
  gboolean with_pictures;
  UlCliQuestion question;
  UlCliLive live;
} Options;

static void
options_clear (Options *o)
{
  char *const texts[] = { o->output, o->key, o->cert, o->key_password_file, o->tsa, o->tsa_ca };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (o->inputs);
  ul_cli_question_clear (&o->question);
  ul_cli_live_clear (&o->live);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "The bundle to write", "CASE.zip" },
    { "key", 0, 0, G_OPTION_ARG_STRING, &o->key, "Sign it with this key: a PEM file, or what OpenSSL's stores open (pkcs11:…)", "KEY" },
    { "cert", 0, 0, G_OPTION_ARG_STRING, &o->cert, "The certificate of that key, with its chain", "CERT" },
    { "key-password-file", 0, 0, G_OPTION_ARG_FILENAME, &o->key_password_file, "Its first line opens the key (else " UL_BUNDLE_PASSWORD_ENV ")", "FILE" },
    { "tsa", 0, 0, G_OPTION_ARG_STRING, &o->tsa, "Have it time-stamped by this authority (RFC 3161)", "URL" },
    { "tsa-ca", 0, 0, G_OPTION_ARG_FILENAME, &o->tsa_ca, "Certificates that must vouch for the authority", "FILE" },
    { "with-pictures", 0, 0, G_OPTION_ARG_NONE, &o->with_pictures, "Put the input itself in, with its pictures", NULL },
    UL_CLI_QUESTION_ENTRIES (o->question),
    UL_CLI_LIVE_ENTRIES (o->live),
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "INPUT" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL,
                     "Examines an input and writes a bundle: the report as JSON and as a page, the evidence without pictures (dialogue,\n"
                     "parameter sets, SEI, headers of slices), a manifest with hashes, a custody log, and the seals.  'inspect' reads\n"
                     "a bundle as it does the input.  Also: 'underlabel bundle verify CASE.zip', 'underlabel bundle custody CASE.zip'.", entries))
    return FALSE;
  if (!o->inputs || o->inputs[1])
    ul_cli_complain ("bundle: one input makes one bundle (try 'underlabel bundle --help')");
  else if (!o->output)
    ul_cli_complain ("bundle: -o is missing: where is the bundle to go?");
  else if (o->with_pictures && !g_file_test (o->inputs[0], G_FILE_TEST_IS_REGULAR))
    ul_cli_complain ("bundle: --with-pictures puts files in, and '%s' is none", o->inputs[0]);
  else
    return TRUE;
  return FALSE;
}

/* --- members ---------------------------------------------------------------------------------------- */

static void
add_text (UlBundle *bundle, const char *name, const char *media_type, char *owned)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (owned, strlen (owned));

  ul_bundle_add (bundle, name, media_type, bytes);
}

static void
add_evidence (const char *name, const char *media_type, GBytes *data, gpointer user_data)
{
  ul_bundle_add (user_data, name, media_type, data);
}

/* NULL where the input is no file. */
static char *
sha512_of (const char *path)
{
  g_autoptr (UlInput) input = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? ul_input_open (path, NULL) : NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA512);
  g_autofree guint8 *block = g_malloc (1u << 20);
  guint64 at = 0;
  gssize n;

  if (!input)
    return NULL;
  while ((n = ul_input_pread (input, block, 1u << 20, at)) > 0) {
    g_checksum_update (sum, block, n);
    at += (guint64) n;
  }
  return n == 0 ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

static void
note_examined (UlBundle *bundle, const UlReport *report, const UlKeepsakeCounts *counts)
{
  UlReportAnswer maker = { 0 };

  ul_report_get_answer (report, "maker", &maker);
  g_autofree char *said = g_strdup_printf ("maker %s, support %s; %u streams; of the observations %u can be made again from the evidence, %u are carried",
                                           maker.id, maker.support, counts->n_streams, counts->n_again, counts->n_carried);
  ul_bundle_note (bundle, "examined", said);
}

/* All that is not the seal's. */
static UlBundle *
fill (const Options *o, const UlKnowledge *knowledge, const UlSourceResult *result, const UlReport *report, GError **error)
{
  g_autoptr (UlBundle) bundle = ul_bundle_new (ul_version (), ul_knowledge_id (knowledge));
  g_autofree char *sha512 = sha512_of (o->inputs[0]);
  UlKeepsakeCounts counts;

  ul_bundle_set_input (bundle, result->name, result->bytes, result->sha256, sha512);
  add_text (bundle, "report.json", "application/json", ul_report_to_json (report, TRUE));
  add_text (bundle, "report.html", "text/html", ul_pages_make (o->inputs[0], report));
  if (!ul_keepsake_write (result, add_evidence, bundle, &counts, error))
    return NULL;
  note_examined (bundle, report, &counts);
  if (o->with_pictures && !ul_bundle_add_file (bundle, "input/original", "application/octet-stream", o->inputs[0], error))
    return NULL;
  return g_steal_pointer (&bundle);
}

/* --- all ---------------------------------------------------------------------------------------------- */

static int
complain (const GError *error)
{
  ul_cli_complain ("%s", error->message);
  return error->domain == UL_BUNDLE_ERROR || error->domain == UL_SOURCE_ERROR ? error->code : UL_EXIT_INTERNAL;
}

static int
write_bundle (const Options *o, UlInspection *inspection)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UlSourceResult) result = ul_source_read (o->inputs[0], &inspection->source, &error);
  g_autoptr (UlReport) report = result ? ul_inspection_judge (inspection, result, NULL, &error) : NULL;
  g_autoptr (UlBundle) bundle = report ? fill (o, inspection->knowledge, result, report, &error) : NULL;
  UlBundleSeal seal = { .key = o->key, .cert = o->cert, .tsa = o->tsa, .tsa_ca = o->tsa_ca, .password_file = o->key_password_file };

  if (!bundle || !ul_bundle_write (bundle, o->output, &seal, &error))
    return complain (error);
  return ul_report_exit_code (report, FALSE);
}

int
ul_cmd_bundle_write (int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  int code = UL_EXIT_OK;

  if (!parse_options (&o, argc, argv))
    return UL_EXIT_USAGE;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (o.question.knowledge, o.question.library, &code);
  if (!knowledge)
    return code;
  code = ul_cli_live_prepare (&o.live, knowledge);
  if (code != UL_EXIT_OK)
    return code;
  UlInspection inspection = {
    .knowledge = knowledge,
    .question = ul_cli_question (&o.question),
    .source = { .keep = TRUE, .deep = o.question.deep, .live = &o.live.options },
  };
  return ul_inspection_check (&inspection) ? write_bundle (&o, &inspection) : UL_EXIT_USAGE;
}
