/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <unistd.h>

#include "cli/inspection.h"
#include "cli/pages.h"

typedef struct {
  UlCliQuestion question;
  char *fail_on, *html, **inputs;
  gboolean no_hash, redact, json, jsonl, no_color;
  UlCliLive live;
  UlCliOutputs outputs;
  gint jobs;
  UlCliOnvif onvif;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->fail_on);
  g_free (o->html);
  g_strfreev (o->inputs);
  ul_cli_question_clear (&o->question);
  ul_cli_live_clear (&o->live);
  ul_cli_outputs_clear (&o->outputs);
  ul_cli_onvif_clear (&o->onvif);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    UL_CLI_QUESTION_ENTRIES (o->question),
    { "no-hash", 0, 0, G_OPTION_ARG_NONE, &o->no_hash, "Do not compute the input's SHA-256", NULL },
    { "fail-on", 0, 0, G_OPTION_ARG_STRING, &o->fail_on, "Exit with 2 if the answer is unknown", "unknown" },
    { "redact", 0, 0, G_OPTION_ARG_NONE, &o->redact, "Mask what names a device, a place or a person, for sharing", NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &o->json, "Print JSON (one document a line if there are several inputs)", NULL },
    { "jsonl", 0, 0, G_OPTION_ARG_NONE, &o->jsonl, "Print JSON, always one document a line", NULL },
    { "html", 0, 0, G_OPTION_ARG_FILENAME, &o->html, "Write a page with all evidence to this file (of several inputs: into this folder)", "FILE" },
    UL_CLI_OUTPUT_ENTRIES (o->outputs),
    UL_CLI_LIVE_ENTRIES (o->live),
    { "jobs", 0, 0, G_OPTION_ARG_INT, &o->jobs, "Ask so many cameras at the same time (default: 1)", "N" },
    UL_CLI_ONVIF_ENTRIES (o->onvif),
    { "no-color", 0, 0, G_OPTION_ARG_NONE, &o->no_color, "No colours on a terminal (as NO_COLOR in the environment)", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "INPUT…" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL,
                     "Reads recordings, elementary streams, RTSP dialogues and SDPs ('-' is standard input, a folder is\n"
                     "walked), asks cameras (rtsp://, rtsps://), and says who made the camera, on what evidence, whether\n"
                     "the label fits, and what a policy makes of that.", entries))
    return FALSE;
  if (!o->inputs)
    ul_cli_complain ("inspect: no input given (try 'underlabel inspect --help')");
  else if (o->fail_on && !g_str_equal (o->fail_on, "unknown"))
    ul_cli_complain ("--fail-on takes the word 'unknown', not '%s'", o->fail_on);
  else if (o->jobs < 0 || o->jobs > UL_MAX_JOBS)
    ul_cli_complain ("--jobs takes a number from 1 to %d, not %d", UL_MAX_JOBS, o->jobs);
  else
    return ul_pages_check (o->html, (const char *const *) o->inputs, o->json || o->jsonl)
           && ul_cli_outputs_check (&o->outputs, o->json || o->jsonl || g_strcmp0 (o->html, "-") == 0);
  return FALSE;
}

static char *
print_report (const UlInspection *self, const UlReport *report)
{
  if (self->html && g_str_equal (self->html, "-"))
    return g_strdup (""); /* the page stands there */
  return self->json ? ul_report_to_json (report, !self->many && !self->jsonl) : ul_report_to_text (report, self->colour);
}

static int
judge_report (const UlInspection *self, const UlReport *report)
{
  return ul_report_exit_code (report, self->fail_on_unknown);
}

int
ul_cmd_inspect (int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  int code = UL_EXIT_OK;

  if (!parse_options (&o, argc, argv))
    return UL_EXIT_USAGE;
  const UlSourceOptions hashing = { .no_hash = o.no_hash, .mask_salt = o.redact };
  g_autoptr (UlInput) begun = ul_source_begin (o.inputs[0], &hashing);
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (o.question.knowledge, o.question.library, &code);
  if (!knowledge)
    return code;
  code = ul_cli_onvif_check (&o.onvif, o.inputs);
  if (code != UL_EXIT_OK)
    return code;
  code = ul_cli_live_prepare (&o.live, knowledge);
  if (code != UL_EXIT_OK)
    return code;
  g_autoptr (UlOutputs) outputs = ul_outputs_new (&o.outputs, knowledge, o.fail_on != NULL);
  g_autoptr (UlMask) mask = o.redact ? ul_mask_new (NULL) : NULL;
  UlInspection self = {
    .outputs = outputs,
    .mask = mask,
    .print = print_report,
    .judge = judge_report,
    .knowledge = knowledge,
    .question = ul_cli_question (&o.question),
    .html = o.html,
    .source = { .no_hash = o.no_hash, .mask_salt = o.redact, .keep = o.html != NULL, .deep = o.question.deep, .progress = isatty (STDERR_FILENO) ? ul_inspection_progress : NULL, .live = &o.live.options,
                .begun = &begun, .begun_path = o.inputs[0] },
    .onvif = &o.onvif,
    .json = o.json || o.jsonl,
    .jsonl = o.jsonl,
    .fail_on_unknown = o.fail_on != NULL,
    .colour = isatty (STDOUT_FILENO) && !o.no_color && !(g_getenv ("NO_COLOR") && *g_getenv ("NO_COLOR")),
  };
  self.question.redact = o.redact;
  if (!ul_inspection_check (&self))
    return UL_EXIT_USAGE;
  g_autoptr (UlAhead) ahead = o.jobs > 1 ? ul_ahead_new ((const char *const *) o.inputs, &self.source, (guint) o.jobs) : NULL;
  self.ahead = ahead;
  return ul_inspection_run (&self, (const char *const *) o.inputs);
}
