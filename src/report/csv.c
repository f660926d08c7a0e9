/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CSV (RFC 4180): a head and a row an input. */
#include "report/outputs.h"

#include <string.h>

static const char head[] = "source,kind,sha256,maker,maker_support,maker_log10_lr,platform,software,path,claimed,label,authenticity,key,policies,"
                           "restricted_log10_lr,warnings,error,exit_code\r\n";
/* Of a row whose input could not be read: between its source, and its error. */
static const char nothing_known[] = ",,,,,,,,,,,,,,,";

static gboolean
is_number (const char *text)
{
  const char *p = text + (*text == '-' || *text == '+');
  gsize whole = strspn (p, "0123456789"), part = p[whole] == '.' ? strspn (p + whole + 1, "0123456789") : 0;

  return whole && p[part ? whole + 1 + part : whole] == '\0';
}

/* A spreadsheet takes a cell that begins so for a formula. */
static gboolean
is_formula (const char *text)
{
  return *text && strchr ("=+-@\t\r", *text) && !is_number (text);
}

static void
append_text (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  const char *quote = strpbrk (valid, ",\"\r\n") || g_ascii_isspace (*valid) ? "\"" : "";

  g_string_append (out, quote);
  if (is_formula (valid))
    g_string_append_c (out, '\'');
  for (const char *p = valid; *p; p++)
    g_string_append (out, *p == '"' ? "\"\"" : (char[]){ *p, '\0' });
  g_string_append (out, quote);
}

static void
append_cell (GString *out, const char *text)
{
  g_string_append_c (out, ',');
  append_text (out, text);
}

static void
append_ratio (GString *out, double value)
{
  g_string_append_c (out, ',');
  ul_json_append_ratio (out, value);
}

static char *
policies_of (const UlReport *report)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < report->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (report->policies, i);
    g_string_append_printf (text, "%s%s=%s", i ? ";" : "", p->policy->id, ul_policy_result_name (p->result));
  }
  return g_string_free (text, FALSE);
}

static void
append_answers (GString *out, const UlReport *report)
{
  static const char *const subjects[] = { "platform", "software", "path" };
  UlReportAnswer a;

  ul_report_get_answer (report, "maker", &a);
  append_cell (out, a.id);
  append_cell (out, a.support);
  append_ratio (out, a.log10_lr);
  for (gsize i = 0; i < G_N_ELEMENTS (subjects); i++) {
    ul_report_get_answer (report, subjects[i], &a);
    append_cell (out, a.id);
  }
}

static void
append_report (GString *out, const UlReport *report)
{
  g_autofree char *policies = policies_of (report);
  UlReportAuthenticity authenticity;
  UlReportAnswer restricted;

  ul_report_get_authenticity (report, &authenticity);
  ul_report_get_answer (report, "restricted", &restricted);
  append_cell (out, report->kind);
  append_cell (out, report->sha256);
  append_answers (out, report);
  append_cell (out, report->claimed);
  append_cell (out, ul_report_label_finding (report));
  append_cell (out, authenticity.verdict);
  append_cell (out, authenticity.key);
  append_cell (out, policies);
  append_ratio (out, restricted.log10_lr);
  g_string_append_printf (out, ",%u", report->warnings->len);
}

static gpointer
csv_begin (const UlKnowledge *knowledge, gboolean fail_on_unknown)
{
  return g_string_new (head);
}

static void
csv_add (gpointer self, const UlOutputInput *input)
{
  append_text (self, input->source);
  if (input->report)
    append_report (self, input->report);
  else
    g_string_append (self, nothing_known);
  append_cell (self, input->message);
  g_string_append_printf (self, ",%d\r\n", input->exit_code);
}

static char *
csv_end (gpointer self, int exit_code)
{
  return g_string_free (self, FALSE);
}

const UlOutputFormat ul_output_csv = { csv_begin, csv_add, csv_end };
