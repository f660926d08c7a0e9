/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/redact.h"
#include "cli/ahead.h"
#include "cli/live.h"
#include "cli/onvif.h"
#include "source/rtsp_url.h"
#include "source/source.h"

#define MAX_DEPTH 32
/* A bar is of use only where one waits. */
#define PROGRESS_FROM_BYTES (64u << 20)

typedef struct {
  UlKnowledge *knowledge;
  UlQuestion question;
  UlSourceOptions source;
  UlAhead *ahead; /* NULL: one input after the other */
  const UlCliOnvif *onvif;
  gboolean json, jsonl, fail_on_unknown, colour, progress;
  guint n_inputs, n_reports;
  gboolean many; /* more than one document is to come */
  int exit_code;
} Inspection;

static const char *const kind_names[] = { "recording", "transcript", "live", "packets" };

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  enum { WIDTH = 30 };
  char bar[WIDTH + 1];

  if (total < PROGRESS_FROM_BYTES)
    return;
  guint filled = (guint) (MIN (done, total) * WIDTH / total);
  memset (bar, ' ', WIDTH);
  memset (bar, '#', filled);
  bar[WIDTH] = '\0';
  fprintf (stderr, "\r[%s] %3u %% of %" G_GUINT64_FORMAT " MiB", bar, (guint) (MIN (done, total) * 100 / total), total >> 20);
  if (done >= total)
    fprintf (stderr, "\r%*s\r", WIDTH + 40, "");
  fflush (stderr);
}

static UlReport *
judge (Inspection *self, const UlSourceResult *result, const UlOnvifClaim *onvif, GError **error)
{
  UlClaim claim = { 0 };
  g_autoptr (GPtrArray) warnings = g_ptr_array_new ();

  for (guint i = 0; i < result->warnings->len; i++)
    g_ptr_array_add (warnings, g_ptr_array_index (result->warnings, i));
  g_ptr_array_add (warnings, NULL);
  UlInputInfo info = { .source = result->name, .kind = kind_names[result->kind], .bytes = result->bytes, .sha256 = result->sha256,
                       .container = result->container, .warnings = (const char *const *) warnings->pdata };
  if (onvif) {
    claim = (UlClaim){ .manufacturer = onvif->manufacturer, .model = onvif->model, .firmware = onvif->firmware };
    info.claim = &claim;
  }
  return ul_report_new (self->knowledge, &info, &self->question, (UlExaminer *const *) result->streams->pdata,
                        result->streams->len, error);
}

static void
print_report (Inspection *self, const UlReport *report)
{
  g_autofree char *text = NULL;

  if (self->json)
    text = ul_report_to_json (report, !self->many && !self->jsonl);
  else
    text = ul_report_to_text (report, self->colour);
  if (!self->json && self->n_reports)
    ul_cli_print ("\n");
  ul_cli_print (text);
  self->n_reports++;
}

static UlOnvifClaim *
ask_claim (Inspection *self, const char *path)
{
  int code = UL_EXIT_OK;
  UlOnvifClaim *claim = ul_cli_onvif_ask (self->onvif, path, self->source.live, &code);

  self->exit_code = ul_exit_worse (self->exit_code, code);
  return claim;
}

/* `optional`: found by walking a directory, where foreign files are no error. */
static void
inspect_file (Inspection *self, const char *path, gboolean optional)
{
  g_autoptr (GError) error = NULL;
  gboolean ahead = self->ahead && ul_rtsp_url_is (path);
  g_autoptr (UlSourceResult) result = ahead ? ul_ahead_take (self->ahead, &error) : ul_source_read (path, &self->source, &error);

  self->n_inputs++;
  if (!result) {
    ul_cli_complain ("%s%s", optional ? "skipped: " : "", error->message);
    if (!optional || error->code != UL_SOURCE_ERROR_BAD_INPUT)
      self->exit_code = ul_exit_worse (self->exit_code, error->domain == UL_SOURCE_ERROR ? error->code : UL_EXIT_INTERNAL);
    return;
  }
  g_autoptr (UlOnvifClaim) claim = ask_claim (self, path);
  g_autoptr (UlReport) report = judge (self, result, claim, &error);
  if (!report) {
    ul_cli_complain ("%s", error->message);
    self->exit_code = ul_exit_worse (self->exit_code, UL_EXIT_INTERNAL);
    return;
  }
  print_report (self, report);
  self->exit_code = ul_exit_worse (self->exit_code, ul_report_exit_code (report, self->fail_on_unknown));
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
walk (Inspection *self, const char *path, guint depth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (!dir) {
    ul_cli_complain ("%s", error->message);
    self->exit_code = ul_exit_worse (self->exit_code, UL_EXIT_NO_INPUT);
    return;
  }
  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, by_name);
  for (guint i = 0; i < names->len; i++) {
    const char *child = g_ptr_array_index (names, i);
    if (g_file_test (child, G_FILE_TEST_IS_SYMLINK) && g_file_test (child, G_FILE_TEST_IS_DIR))
      continue; /* a loop would not end */
    if (!g_file_test (child, G_FILE_TEST_IS_DIR))
      inspect_file (self, child, TRUE);
    else if (depth < MAX_DEPTH)
      walk (self, child, depth + 1);
    else
      ul_cli_complain ("%s: deeper than %d folders, not walked", child, MAX_DEPTH);
  }
}

static void
inspect_input (Inspection *self, const char *path)
{
  if (strcmp (path, "-") != 0 && g_file_test (path, G_FILE_TEST_IS_DIR)) {
    guint before = self->n_reports;
    walk (self, path, 0);
    if (self->n_reports == before && self->exit_code == UL_EXIT_OK) {
      ul_cli_complain ("%s: no recording and no dialogue in this folder", path);
      self->exit_code = UL_EXIT_BAD_INPUT;
    }
  } else {
    inspect_file (self, path, FALSE);
  }
}

/* Unknown words are usage errors, told before the first input is read. */
static gboolean
check_question (const Inspection *self)
{
  const UlQuestion *q = &self->question;
  g_autoptr (GError) error = NULL;
  UlInputInfo none = { .source = "-", .kind = "recording" };
  g_autoptr (UlReport) probe = ul_report_new (self->knowledge, &none, q, NULL, 0, &error);

  if (!probe)
    ul_cli_complain ("%s", error->message);
  return probe != NULL;
}

typedef struct {
  char *claimed, *purpose, *buyer, *acquired, *fail_on, *library;
  char **policies, **without, **knowledge, **inputs;
  gboolean no_hash, deep, json, jsonl, no_color;
  UlCliLive live;
  gint jobs;
  UlCliOnvif onvif;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->claimed);
  g_free (o->purpose);
  g_free (o->buyer);
  g_free (o->acquired);
  g_free (o->fail_on);
  g_free (o->library);
  g_strfreev (o->policies);
  g_strfreev (o->without);
  g_strfreev (o->knowledge);
  g_strfreev (o->inputs);
  ul_cli_live_clear (&o->live);
  ul_cli_onvif_clear (&o->onvif);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *o, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "claimed", 'c', 0, G_OPTION_ARG_STRING, &o->claimed, "The brand on the box", "BRAND" },
    { "policy", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &o->policies, "Judge by this policy (again for more); see 'underlabel policies'", "ID" },
    { "purpose", 0, 0, G_OPTION_ARG_STRING, &o->purpose, "What the camera is used for, as the policies name it", "PURPOSE" },
    { "buyer", 0, 0, G_OPTION_ARG_STRING, &o->buyer, "Who buys or uses it, as the policies name it", "BUYER" },
    { "acquired", 0, 0, G_OPTION_ARG_STRING, &o->acquired, "When it was acquired", "YYYY-MM-DD" },
    { "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->without, "Leave this layer or group out of the judgement (again for more)", "LAYER" },
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->knowledge, "Add a site's own rules, makers and policies", "DIR" },
    { "library", 'l', 0, G_OPTION_ARG_FILENAME, &o->library, "Add a library of your own (see 'underlabel enroll')", "FILE" },
    { "deep", 0, 0, G_OPTION_ARG_NONE, &o->deep, "Decode the first 250 pictures of H.264 recordings too: quantisers, motion vectors", NULL },
    { "no-hash", 0, 0, G_OPTION_ARG_NONE, &o->no_hash, "Do not compute the input's SHA-256", NULL },
    { "fail-on", 0, 0, G_OPTION_ARG_STRING, &o->fail_on, "Exit with 2 if the answer is unknown", "unknown" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &o->json, "Print JSON (one document a line if there are several inputs)", NULL },
    { "jsonl", 0, 0, G_OPTION_ARG_NONE, &o->jsonl, "Print JSON, always one document a line", NULL },
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
    return TRUE;
  return FALSE;
}

int
ul_cmd_inspect (int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  int code = UL_EXIT_OK;

  if (!parse_options (&o, argc, argv))
    return UL_EXIT_USAGE;
  g_autoptr (UlInput) begun = ul_source_begin (o.inputs[0], o.no_hash);
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (o.knowledge, o.library, &code);
  if (!knowledge)
    return code;
  code = ul_cli_onvif_check (&o.onvif, o.inputs);
  if (code != UL_EXIT_OK)
    return code;
  code = ul_cli_live_prepare (&o.live, knowledge);
  if (code != UL_EXIT_OK)
    return code;
  Inspection self = {
    .knowledge = knowledge,
    .question = { .claimed = o.claimed, .policies = (const char *const *) o.policies, .purpose = o.purpose, .buyer = o.buyer,
                  .acquired = o.acquired, .without = (const char *const *) o.without },
    .source = { .no_hash = o.no_hash, .deep = o.deep, .progress = isatty (STDERR_FILENO) ? show_progress : NULL, .live = &o.live.options,
                .begun = &begun, .begun_path = o.inputs[0] },
    .onvif = &o.onvif,
    .json = o.json || o.jsonl,
    .jsonl = o.jsonl,
    .fail_on_unknown = o.fail_on != NULL,
    .colour = isatty (STDOUT_FILENO) && !o.no_color && !(g_getenv ("NO_COLOR") && *g_getenv ("NO_COLOR")),
    .many = o.inputs[1] != NULL || g_file_test (o.inputs[0], G_FILE_TEST_IS_DIR),
  };
  if (!check_question (&self))
    return UL_EXIT_USAGE;
  g_autoptr (UlAhead) ahead = o.jobs > 1 ? ul_ahead_new ((const char *const *) o.inputs, &self.source, (guint) o.jobs) : NULL;
  self.ahead = ahead;
  for (char **input = o.inputs; *input; input++)
    inspect_input (&self, *input);
  return self.exit_code;
}
