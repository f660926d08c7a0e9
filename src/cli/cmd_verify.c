/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signed video alone: do the signatures in the pictures hold, and whose key is it. */
#include "cli/inspection.h"

#include <unistd.h>

typedef struct {
  char **knowledge, **trust, **inputs;
  gboolean no_builtin_trust, strip, hash, redact, json, jsonl, no_color;
  UlCliLive live;
  UlCliOutputs outputs;
} Options;

static void
options_clear (Options *o)
{
  g_strfreev (o->knowledge);
  g_strfreev (o->trust);
  g_strfreev (o->inputs);
  ul_cli_live_clear (&o->live);
  ul_cli_outputs_clear (&o->outputs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "strip", 0, 0, G_OPTION_ARG_NONE, &o->strip, "Print one character a NAL unit", NULL },
    UL_CLI_TRUST_ENTRIES (*o),
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->knowledge, "Add a site's own rules, makers, policies and roots", "DIR" },
    { "hash", 0, 0, G_OPTION_ARG_NONE, &o->hash, "Compute the input's SHA-256 too", NULL },
    { "redact", 0, 0, G_OPTION_ARG_NONE, &o->redact, "Mask what names a device, a place or a person, for sharing", NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &o->json, "Print JSON (one document a line if there are several inputs)", NULL },
    { "jsonl", 0, 0, G_OPTION_ARG_NONE, &o->jsonl, "Print JSON, always one document a line", NULL },
    UL_CLI_OUTPUT_ENTRIES (o->outputs),
    UL_CLI_LIVE_ENTRIES (o->live),
    { "no-color", 0, 0, G_OPTION_ARG_NONE, &o->no_color, "No colours on a terminal (as NO_COLOR in the environment)", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "INPUT…" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL,
                     "Checks the signatures of Axis Signed Video and ONVIF Media Signing in recordings and streams: is every\n"
                     "picture as it was signed, is one missing, and who vouches for the key.  Exits with 3 if a signature\n"
                     "does not hold or a key is not what it says it is.", entries))
    return FALSE;
  if (!o->inputs)
    ul_cli_complain ("verify: no input given (try 'underlabel verify --help')");
  return o->inputs && ul_cli_outputs_check (&o->outputs, o->json || o->jsonl);
}

static char *
print_authenticity (const UlInspection *self, const UlReport *report)
{
  return self->json ? ul_report_authenticity_to_json (report, self->strip, !self->many && !self->jsonl)
                    : ul_report_authenticity_to_text (report, self->strip, self->colour);
}

static int
judge_authenticity (const UlInspection *self, const UlReport *report)
{
  return ul_report_signature_fails (report) ? UL_EXIT_SIGNATURE : UL_EXIT_OK;
}

int
ul_cmd_verify (int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  int code = UL_EXIT_OK;

  if (!parse_options (&o, argc, argv))
    return UL_EXIT_USAGE;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (o.knowledge, NULL, &code);
  if (!knowledge)
    return code;
  code = ul_cli_live_prepare (&o.live, knowledge);
  if (code != UL_EXIT_OK)
    return code;
  g_autoptr (UlOutputs) outputs = ul_outputs_new (&o.outputs, knowledge, FALSE);
  g_autoptr (UlMask) mask = o.redact ? ul_mask_new (NULL) : NULL;
  UlInspection self = {
    .outputs = outputs,
    .mask = mask,
    .knowledge = knowledge,
    .question = { .trust = (const char *const *) o.trust, .no_builtin_trust = o.no_builtin_trust, .redact = o.redact },
    .source = { .no_hash = !o.hash && !outputs, .mask_salt = o.redact, .progress = isatty (STDERR_FILENO) ? ul_inspection_progress : NULL, .live = &o.live.options },
    .print = print_authenticity,
    .judge = judge_authenticity,
    .json = o.json || o.jsonl,
    .jsonl = o.jsonl,
    .strip = o.strip,
    .colour = isatty (STDOUT_FILENO) && !o.no_color && !(g_getenv ("NO_COLOR") && *g_getenv ("NO_COLOR")),
  };
  if (!ul_inspection_check (&self))
    return UL_EXIT_USAGE;
  return ul_inspection_run (&self, (const char *const *) o.inputs);
}
