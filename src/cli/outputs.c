/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/outputs.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "report/outputs.h"

enum { N_FORMATS = 5 };

static const struct {
  const char *option;
  gsize place; /* of the file's name in UlCliOutputs */
  const UlOutputFormat *format;
} formats[N_FORMATS] = {
  { "--sarif", G_STRUCT_OFFSET (UlCliOutputs, sarif), &ul_output_sarif },
  { "--junit", G_STRUCT_OFFSET (UlCliOutputs, junit), &ul_output_junit },
  { "--csv", G_STRUCT_OFFSET (UlCliOutputs, csv), &ul_output_csv },
  { "--prometheus", G_STRUCT_OFFSET (UlCliOutputs, prometheus), &ul_output_prometheus },
  { "--case", G_STRUCT_OFFSET (UlCliOutputs, case_file), &ul_output_case },
};

struct _UlOutputs {
  const UlCliOutputs *options;
  gpointer documents[N_FORMATS]; /* NULL: not asked for, or written */
};

static const char *
file_of (const UlCliOutputs *self, guint i)
{
  return G_STRUCT_MEMBER (char *, self, formats[i].place);
}

void
ul_cli_outputs_clear (UlCliOutputs *self)
{
  for (guint i = 0; i < N_FORMATS; i++)
    g_clear_pointer (&G_STRUCT_MEMBER (char *, self, formats[i].place), g_free);
}

gboolean
ul_cli_outputs_check (const UlCliOutputs *self, gboolean json)
{
  for (guint i = 0; i < N_FORMATS; i++) {
    const char *file = file_of (self, i);

    if (file && g_str_equal (file, "-") && json) {
      ul_cli_complain ("%s=- and another document cannot both go to standard output", formats[i].option);
      return FALSE;
    }
    for (guint k = 0; file && k < i; k++)
      if (g_strcmp0 (file, file_of (self, k)) == 0) {
        ul_cli_complain ("%s and %s cannot both go to %s", formats[k].option, formats[i].option, g_str_equal (file, "-") ? "standard output" : file);
        return FALSE;
      }
  }
  return TRUE;
}

UlOutputs *
ul_outputs_new (const UlCliOutputs *options, UlKnowledge *knowledge, gboolean fail_on_unknown)
{
  g_autoptr (UlOutputs) self = g_new0 (UlOutputs, 1);
  guint n = 0;

  self->options = options;
  for (guint i = 0; i < N_FORMATS; i++)
    if (file_of (options, i)) {
      self->documents[i] = formats[i].format->begin (knowledge, fail_on_unknown);
      n++;
    }
  return n ? g_steal_pointer (&self) : NULL;
}

void
ul_outputs_free (UlOutputs *self)
{
  for (guint i = 0; self && i < N_FORMATS; i++)
    if (self->documents[i])
      g_free (formats[i].format->end (self->documents[i], UL_EXIT_OK));
  g_free (self);
}

gboolean
ul_outputs_take_stdout (const UlOutputs *self)
{
  for (guint i = 0; self && i < N_FORMATS; i++)
    if (g_strcmp0 (file_of (self->options, i), "-") == 0)
      return TRUE;
  return FALSE;
}

static void
add (UlOutputs *self, const char *path, const UlReport *report, int exit_code, const char *message)
{
  if (!self)
    return;
  g_autofree char *source = ul_redact (g_str_equal (path, "-") ? UL_OUTPUT_STDIN : path, -1), *why = message ? ul_redact (message, -1) : NULL;
  const UlOutputInput input = { .source = source, .report = report, .message = why, .exit_code = exit_code };
  for (guint i = 0; i < N_FORMATS; i++)
    if (self->documents[i])
      formats[i].format->add (self->documents[i], &input);
}

void
ul_outputs_add_report (UlOutputs *self, const char *path, const UlReport *report, int exit_code)
{
  add (self, path, report, exit_code, NULL);
}

void
ul_outputs_add_failure (UlOutputs *self, const char *path, int exit_code, const char *message)
{
  add (self, path, NULL, exit_code, message);
}

/* A device or a pipe is written to; it must not be replaced by a file. */
static gboolean
write_into (const char *path, const char *text, GError **error)
{
  FILE *f = fopen (path, "we");
  gboolean good = f && fputs (text, f) >= 0;

  if (f)
    good = fclose (f) == 0 && good;
  if (!good)
    g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
  return good;
}

static gboolean
write_file (const char *path, const char *text, GError **error)
{
  GStatBuf st;

  if (g_stat (path, &st) == 0 && !S_ISREG (st.st_mode))
    return write_into (path, text, error);
  /* Where a link leads, so that the link stays. */
  g_autofree char *real = realpath (path, NULL);
  return g_file_set_contents_full (real ? real : path, text, (gssize) strlen (text), G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
}

int
ul_cli_write_document (const char *path, const char *text, int code)
{
  g_autoptr (GError) error = NULL;

  if (g_str_equal (path, "-")) {
    ul_cli_print (text); /* ul_cli_finish() tells if it fails */
    return code;
  }
  if (write_file (path, text, &error))
    return code;
  ul_cli_complain ("%s", error->message);
  return ul_exit_worse (code, UL_EXIT_OUTPUT);
}

int
ul_outputs_finish (UlOutputs *self, int code)
{
  int worst = code;

  for (guint i = 0; self && i < N_FORMATS; i++) {
    if (!self->documents[i])
      continue;
    g_autofree char *text = formats[i].format->end (g_steal_pointer (&self->documents[i]), code);
    worst = ul_exit_worse (worst, ul_cli_write_document (file_of (self->options, i), text, UL_EXIT_OK));
  }
  return worst;
}
