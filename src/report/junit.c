/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JUnit XML: an input is a test suite; label, policies and signature are its test cases. */
#include "report/outputs.h"

typedef enum { CASE_PASSED, CASE_FAILED, CASE_SKIPPED, CASE_ERROR, N_CASES } Outcome;

typedef struct {
  GString *suites;
  gboolean fail_on_unknown;
  guint n[N_CASES];
} Junit;

/* One suite that is being written. */
typedef struct {
  const char *name;
  GString *cases;
  guint n[N_CASES];
} Suite;

/* XML 1.0 has no way to write most control characters, nor U+FFFE and U+FFFF. */
static gboolean
is_xml (gunichar c)
{
  return c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff);
}

static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);

  for (const char *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    const char *entity = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : c == '\n' ? "&#10;" : c == '\t' ? "&#9;" : NULL;

    if (entity)
      g_string_append (out, entity);
    else
      g_string_append_unichar (out, is_xml (c) ? c : 0xfffd);
  }
}

static void
append_attribute (GString *out, const char *name, const char *value)
{
  g_string_append_printf (out, " %s=\"", name);
  append_escaped (out, value);
  g_string_append_c (out, '"');
}

/* `word` is the result in a word ("rebrand"), `text` the report's own reason. */
static void
add_case (Suite *suite, const char *name, Outcome outcome, const char *word, const char *text)
{
  static const char *const elements[N_CASES] = { "system-out", "failure", "skipped", "error" };
  GString *out = suite->cases;

  suite->n[outcome]++;
  g_string_append (out, "    <testcase");
  append_attribute (out, "name", name);
  append_attribute (out, "classname", suite->name);
  g_string_append_printf (out, ">\n      <%s", elements[outcome]);
  if (outcome == CASE_FAILED || outcome == CASE_ERROR)
    append_attribute (out, "type", word);
  if (outcome != CASE_PASSED)
    append_attribute (out, "message", text);
  g_string_append_c (out, '>');
  append_escaped (out, word);
  g_string_append (out, ": ");
  append_escaped (out, text);
  g_string_append_printf (out, "</%s>\n    </testcase>\n", elements[outcome]);
}

static Outcome
outcome_of_policy (UlPolicyResult result)
{
  if (ul_policy_result_is_hit (result))
    return CASE_FAILED;
  return result == UL_POLICY_NOT_INDICATED ? CASE_PASSED : CASE_SKIPPED;
}

static void
add_label (Suite *suite, const UlReport *report)
{
  gboolean hit = ul_label_finding_is_hit (report->finding);

  if (report->claimed)
    add_case (suite, "label", hit ? CASE_FAILED : report->finding == UL_LABEL_UNDETERMINED ? CASE_SKIPPED : CASE_PASSED,
              ul_label_finding_name (report->finding), report->explanation);
}

static void
add_signature (Suite *suite, const UlReport *report)
{
  g_autofree char *sentence = ul_output_signature_sentence (report);
  UlReportAuthenticity a;

  ul_report_get_authenticity (report, &a);
  gboolean judged = g_str_has_prefix (a.verdict, "ok");
  add_case (suite, "signature", ul_report_signature_fails (report) ? CASE_FAILED : judged ? CASE_PASSED : CASE_SKIPPED, a.verdict,
            sentence ? sentence : "There is no signature.");
}

static void
add_report (Junit *self, Suite *suite, const UlReport *report)
{
  g_autofree char *maker = ul_output_maker_sentence (report);
  gboolean known = ul_output_maker_is_known (report);

  if (self->fail_on_unknown)
    add_case (suite, "maker", known ? CASE_PASSED : CASE_FAILED, ul_report_maker (report), maker);
  add_label (suite, report);
  for (guint i = 0; i < report->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (report->policies, i);
    g_autofree char *name = g_strdup_printf ("policy %s", p->policy->id);
    add_case (suite, name, outcome_of_policy (p->result), ul_policy_result_name (p->result), p->reason);
  }
  add_signature (suite, report);
}

static void
append_counts (GString *out, const guint n[N_CASES])
{
  g_string_append_printf (out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", n[CASE_PASSED] + n[CASE_FAILED] + n[CASE_SKIPPED] + n[CASE_ERROR],
                          n[CASE_FAILED], n[CASE_ERROR], n[CASE_SKIPPED]);
}

static void
append_property (GString *out, const char *name, const char *value)
{
  if (!value)
    return;
  g_string_append (out, "      <property");
  append_attribute (out, "name", name);
  append_attribute (out, "value", value);
  g_string_append (out, "/>\n");
}

static void
append_properties (GString *out, const UlReport *report)
{
  g_autoptr (GString) ratio = g_string_new (NULL);
  UlReportAnswer maker;

  ul_report_get_answer (report, "maker", &maker);
  ul_json_append_ratio (ratio, maker.log10_lr);
  g_string_append (out, "    <properties>\n");
  append_property (out, "sha256", report->sha256);
  append_property (out, "maker", maker.id);
  append_property (out, "support", maker.support);
  append_property (out, "log10_lr", ratio->str);
  append_property (out, "knowledge", ul_knowledge_id (report->knowledge));
  g_string_append (out, "    </properties>\n");
}

static void
append_suite (Junit *self, const Suite *suite, const UlReport *report)
{
  g_string_append (self->suites, "  <testsuite");
  append_attribute (self->suites, "name", suite->name);
  append_counts (self->suites, suite->n);
  g_string_append (self->suites, ">\n");
  if (report)
    append_properties (self->suites, report);
  g_string_append (self->suites, suite->cases->str);
  g_string_append (self->suites, "  </testsuite>\n");
  for (Outcome i = 0; i < N_CASES; i++)
    self->n[i] += suite->n[i];
}

static gpointer
junit_begin (const UlKnowledge *knowledge, gboolean fail_on_unknown)
{
  Junit *self = g_new0 (Junit, 1);

  self->suites = g_string_new (NULL);
  self->fail_on_unknown = fail_on_unknown;
  return self;
}

static void
junit_add (gpointer data, const UlOutputInput *input)
{
  Suite suite = { .name = input->source, .cases = g_string_new (NULL) };
  g_autofree char *code = g_strdup_printf ("exit code %d", input->exit_code);

  if (input->report)
    add_report (data, &suite, input->report);
  else
    add_case (&suite, "input", CASE_ERROR, code, input->message);
  append_suite (data, &suite, input->report);
  g_string_free (suite.cases, TRUE);
}

static char *
junit_end (gpointer data, int exit_code)
{
  Junit *self = data;
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"underlabel\"");

  append_counts (out, self->n);
  g_string_append_printf (out, ">\n%s</testsuites>\n", self->suites->str);
  g_string_free (self->suites, TRUE);
  g_free (self);
  return g_string_free (out, FALSE);
}

const UlOutputFormat ul_output_junit = { junit_begin, junit_add, junit_end };
