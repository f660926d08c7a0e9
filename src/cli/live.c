/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "report/report_private.h"

#define MAX_PASSWORD_BYTES 4096
#define MAX_DURATION 86400.0
#define MIN_TIMEOUT 0.1
#define MAX_TIMEOUT 600.0

void
ul_cli_live_clear (UlCliLive *self)
{
  if (self->password)
    memset (self->password, 0, strlen (self->password));
  g_free (self->password);
  g_free (self->transport);
  g_free (self->duration);
  g_free (self->timeout);
  g_free (self->username);
  g_free (self->password_file);
}

/* --- words ----------------------------------------------------------------------- */

static gboolean
parse_seconds (const char *option, const char *text, double from, double to, double *ret_seconds)
{
  char *end = NULL;

  if (!text)
    return TRUE;
  *ret_seconds = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && isfinite (*ret_seconds) && *ret_seconds >= from && *ret_seconds <= to)
    return TRUE;
  ul_cli_complain ("%s takes seconds from %g to %g, not '%s'", option, from, to, text);
  return FALSE;
}

static gboolean
parse_words (UlCliLive *self)
{
  UlLiveOptions *o = &self->options;

  if (self->transport && !g_str_equal (self->transport, "tcp") && !g_str_equal (self->transport, "udp")) {
    ul_cli_complain ("--transport takes tcp or udp, not '%s'", self->transport);
    return FALSE;
  }
  o->udp = self->transport && g_str_equal (self->transport, "udp");
  o->tls_verify = self->tls_verify;
  o->has_duration = self->duration != NULL;
  o->username = self->username;
  return parse_seconds ("--duration", self->duration, 0, MAX_DURATION, &o->duration)
         && parse_seconds ("--timeout", self->timeout, MIN_TIMEOUT, MAX_TIMEOUT, &o->timeout);
}

/* The first line; a pipe will do. */
static gboolean
read_password (UlCliLive *self)
{
  int fd = open (self->password_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  char text[MAX_PASSWORD_BYTES + 1];
  gsize len = 0;
  gssize n = 0;

  while (fd >= 0 && len < MAX_PASSWORD_BYTES && ((n = read (fd, text + len, MAX_PASSWORD_BYTES - len)) > 0 || (n < 0 && errno == EINTR)))
    len += (gsize) MAX (n, 0);
  if (fd < 0 || n < 0) {
    ul_cli_complain ("%s: %s", self->password_file, g_strerror (errno));
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  close (fd);
  text[len] = '\0';
  text[strcspn (text, "\r\n")] = '\0';
  self->password = g_strdup (text);
  memset (text, 0, sizeof text);
  self->options.password = self->password;
  return TRUE;
}

/* --- answers ------------------------------------------------------------------------ */

/* Ids and words of support of every answer: what a person would see change. */
static char *
answers_text (UlExaminer *const *streams, guint n_streams, gpointer user_data)
{
  static const UlQuestion nothing = { 0 };
  UlInputInfo info = { .source = "", .kind = "live" };
  g_autoptr (UlReport) report = ul_report_new (user_data, &info, &nothing, streams, n_streams, NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; report && i < report->streams->len; i++) {
    const UlReportStream *stream = g_ptr_array_index (report->streams, i);

    for (guint subject = 0; subject < UL_N_SUBJECTS; subject++) {
      const UlAnswer *answer = &stream->judgement->answers[subject];
      g_string_append_printf (text, "%s %s,", answer->id, ul_support_name (answer->support));
    }
    g_string_append_printf (text, "%s;", stream->judgement->path);
  }
  return g_string_free (text, FALSE);
}

int
ul_cli_live_prepare (UlCliLive *self, UlKnowledge *knowledge)
{
  if (!parse_words (self))
    return UL_EXIT_USAGE;
  if (self->password_file && !read_password (self))
    return UL_EXIT_NO_INPUT;
  self->options.answers = answers_text;
  self->options.answers_data = knowledge;
  return UL_EXIT_OK;
}
