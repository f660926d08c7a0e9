/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/inspection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "cli/pages.h"
#include "report/report_private.h"
#include "source/rtsp_url.h"

#define MAX_DEPTH 32
/* A bar is of use only where one waits. */
#define PROGRESS_FROM_BYTES (64u << 20)


void
ul_cli_question_clear (UlCliQuestion *self)
{
  char *const texts[] = { self->claimed, self->purpose, self->buyer, self->acquired, self->library };
  char **const lists[] = { self->policies, self->without, self->knowledge, self->trust };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    g_strfreev (lists[i]);
}

UlQuestion
ul_cli_question (const UlCliQuestion *self)
{
  return (UlQuestion){ .claimed = self->claimed, .policies = (const char *const *) self->policies, .purpose = self->purpose, .buyer = self->buyer,
                       .acquired = self->acquired, .without = (const char *const *) self->without, .trust = (const char *const *) self->trust,
                       .no_builtin_trust = self->no_builtin_trust };
}

void
ul_inspection_progress (guint64 done, guint64 total, gpointer user_data)
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

/* With --redact what names an input is masked on standard error too; `path` may be NULL. */
static void
complain_of (UlInspection *self, const char *path, const char *prefix, const char *message)
{
  if (!self->mask) {
    ul_cli_complain ("%s%s", prefix, message);
    return;
  }
  g_autofree char *name = path ? ul_mask_source (self->mask, path) : NULL;
  g_autofree char *masked = ul_mask_text (self->mask, message);
  ul_cli_complain ("%s%s", prefix, masked);
}

UlReport *
ul_inspection_judge (UlInspection *self, const UlSourceResult *result, const UlOnvifClaim *onvif, GError **error)
{
  UlClaim claim = { 0 };
  g_autoptr (GPtrArray) warnings = g_ptr_array_new ();

  for (guint i = 0; i < result->warnings->len; i++)
    g_ptr_array_add (warnings, g_ptr_array_index (result->warnings, i));
  g_ptr_array_add (warnings, NULL);
  UlInputInfo info = { .source = result->name, .kind = ul_input_kind_name (result->kind), .bytes = result->bytes, .sha256 = result->sha256,
                       .container = result->container, .warnings = (const char *const *) warnings->pdata,
                       .mask_salt = result->mask_salt ? g_bytes_get_data (result->mask_salt, NULL) : NULL };
  if (onvif) {
    claim = (UlClaim){ .manufacturer = onvif->manufacturer, .model = onvif->model, .firmware = onvif->firmware };
    info.claim = &claim;
  }
  return ul_report_new (self->knowledge, &info, &self->question, (UlExaminer *const *) result->streams->pdata,
                        result->streams->len, error);
}

static void
print_report (UlInspection *self, const UlReport *report)
{
  guint n = self->n_reports++;

  if (ul_outputs_take_stdout (self->outputs))
    return;
  g_autofree char *text = self->print (self, report);
  if (!self->json && n && *text)
    ul_cli_print ("\n");
  ul_cli_print (text);
}

/* Complains, and leaves word of it for the exit code and the outputs. */
static void
give_up (UlInspection *self, const char *path, int code, const char *message)
{
  g_autofree char *name = self->mask ? ul_mask_source (self->mask, path) : g_strdup (path);
  g_autofree char *told = self->mask ? ul_mask_text (self->mask, message) : g_strdup (message);

  ul_cli_complain ("%s", told);
  ul_outputs_add_failure (self->outputs, name, code, told);
  self->exit_code = ul_exit_worse (self->exit_code, code);
}

static UlOnvifClaim *
ask_claim (UlInspection *self, const char *path, int *ret_code)
{
  g_autoptr (GError) error = NULL;
  UlOnvifClaim *claim = !self->onvif ? NULL : ul_cli_onvif_ask (self->onvif, path, self->source.live, &error);

  if (error) {
    complain_of (self, NULL, "onvif: ", error->message);
    *ret_code = UL_EXIT_NETWORK;
  }
  return claim;
}

/* `optional`: found by walking a directory, where foreign files are no error. */
static void
inspect_file (UlInspection *self, const char *path, gboolean optional)
{
  g_autoptr (GError) error = NULL;
  gboolean ahead = self->ahead && ul_rtsp_url_is (path);
  g_autoptr (UlSourceResult) result = ahead ? ul_ahead_take (self->ahead, &error) : ul_source_read (path, &self->source, &error);

  self->n_inputs++;
  if (!result && optional && error->code == UL_SOURCE_ERROR_BAD_INPUT) {
    complain_of (self, path, "skipped: ", error->message);
    return;
  }
  if (!result) {
    if (optional)
      g_prefix_error (&error, "skipped: ");
    give_up (self, path, error->domain == UL_SOURCE_ERROR ? error->code : UL_EXIT_INTERNAL, error->message);
    return;
  }
  int code = UL_EXIT_OK;
  g_autoptr (UlOnvifClaim) claim = ask_claim (self, path, &code);
  g_autoptr (UlReport) report = ul_inspection_judge (self, result, claim, &error);
  if (!report) {
    give_up (self, path, UL_EXIT_INTERNAL, error->message);
    return;
  }
  print_report (self, report);
  if (self->html)
    code = ul_exit_worse (code, ul_pages_write (self->html, path, report));
  code = ul_exit_worse (code, self->judge (self, report));
  ul_outputs_add_report (self->outputs, report->source ? report->source : "-", report, code);
  self->exit_code = ul_exit_worse (self->exit_code, code);
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
complain_of_depth (UlInspection *self, const char *path)
{
  g_autofree char *message = g_strdup_printf ("%s: deeper than %d folders, not walked", path, MAX_DEPTH);

  complain_of (self, path, "", message);
}

static void
walk (UlInspection *self, const char *path, guint depth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (!dir) {
    give_up (self, path, UL_EXIT_NO_INPUT, error->message);
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
      complain_of_depth (self, child);
  }
}

static void
inspect_input (UlInspection *self, const char *path)
{
  if (strcmp (path, "-") != 0 && g_file_test (path, G_FILE_TEST_IS_DIR)) {
    guint before = self->n_reports;
    int code = self->exit_code;

    self->exit_code = UL_EXIT_OK;
    walk (self, path, 0);
    if (self->n_reports == before && self->exit_code == UL_EXIT_OK) {
      g_autofree char *message = g_strdup_printf ("%s: no recording and no dialogue in this folder", path);
      give_up (self, path, UL_EXIT_BAD_INPUT, message);
    }
    self->exit_code = ul_exit_worse (self->exit_code, code);
  } else {
    inspect_file (self, path, FALSE);
  }
}

/* Unknown words are usage errors, told before the first input is read. */
gboolean
ul_inspection_check (UlInspection *self)
{
  const UlQuestion *q = &self->question;
  g_autoptr (GError) error = NULL;
  UlInputInfo none = { .source = "-", .kind = "recording" };
  g_autoptr (UlReport) probe = ul_report_new (self->knowledge, &none, q, NULL, 0, &error);

  for (const char *const *path = q->trust; !probe && self->mask && path && *path; path++)
    g_free (ul_mask_source (self->mask, *path));
  if (!probe)
    complain_of (self, NULL, "", error->message);
  return probe != NULL;
}

int
ul_inspection_run (UlInspection *self, const char *const *inputs)
{
  self->many = inputs[1] != NULL || g_file_test (inputs[0], G_FILE_TEST_IS_DIR);
  for (const char *const *input = inputs; *input; input++)
    inspect_input (self, *input);
  return ul_outputs_finish (self->outputs, self->exit_code);
}
