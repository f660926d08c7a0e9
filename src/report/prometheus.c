/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text exposition format of Prometheus, for the textfile collector of node_exporter. */
#include "report/outputs.h"

typedef enum {
  METRIC_UP,
  METRIC_KNOWLEDGE,
  METRIC_MAKER,
  METRIC_MAKER_LR,
  METRIC_RESTRICTED_LR,
  METRIC_LABEL,
  METRIC_POLICY,
  METRIC_SIGNATURE,
  METRIC_FRAMES,
  METRIC_WARNINGS,
  N_METRICS
} Metric;

static const struct {
  const char *name, *help;
} metrics[N_METRICS] = {
  [METRIC_UP] = { "underlabel_up", "1 if the input could be read, else 0." },
  [METRIC_KNOWLEDGE] = { "underlabel_knowledge_info", "The versions of the program and of its knowledge; always 1." },
  [METRIC_MAKER] = { "underlabel_maker_info", "The maker, unknown below moderate support, and how well it is supported; always 1." },
  [METRIC_MAKER_LR] = { "underlabel_maker_log10_lr", "log10 likelihood ratio of the likeliest maker." },
  [METRIC_RESTRICTED_LR] = { "underlabel_restricted_log10_lr", "log10 likelihood ratio of a maker that a policy names against another." },
  [METRIC_LABEL] = { "underlabel_label_hit", "1 if the claimed brand is contradicted or a rebrand, else 0; absent if nothing was claimed." },
  [METRIC_POLICY] = { "underlabel_policy_hit", "1 if the policy is covered, covered-if-purpose or affiliation-question, else 0." },
  [METRIC_SIGNATURE] = { "underlabel_signature_fails", "1 if a signature in the video does not hold or its key is not what it says, else 0." },
  [METRIC_FRAMES] = { "underlabel_frames", "Pictures that were examined." },
  [METRIC_WARNINGS] = { "underlabel_warnings", "Warnings of the report." },
};

/* Samples of one metric stand together, whatever input they are of. */
typedef struct {
  GString *samples[N_METRICS];
  GHashTable *seen; /* series that are written: a second one makes the whole file void */
} Exposition;

static void
append_label (GString *out, const char *name, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value ? value : "", -1);

  g_string_append_printf (out, "%s%s=\"", out->str[out->len - 1] == '{' ? "" : ",", name);
  for (const char *p = valid; *p; p++)
    if (*p == '\n')
      g_string_append (out, "\\n");
    else
      g_string_append (out, *p == '\\' ? "\\\\" : *p == '"' ? "\\\"" : (char[]){ *p, '\0' });
  g_string_append_c (out, '"');
}

/* `labels` are pairs after the source, ended by NULL. */
static void
add_sample (Exposition *self, Metric metric, const char *source, const char *const *labels, double value)
{
  GString *series = g_string_new (metrics[metric].name);

  g_string_append_c (series, '{');
  append_label (series, "source", source);
  for (; labels && labels[0]; labels += 2)
    append_label (series, labels[0], labels[1]);
  g_string_append_c (series, '}');
  char *key = g_string_free (series, FALSE);
  if (!g_hash_table_add (self->seen, key))
    return;
  g_string_append_printf (self->samples[metric], "%s ", key);
  ul_json_append_ratio (self->samples[metric], value);
  g_string_append_c (self->samples[metric], '\n');
}

static void
add_findings (Exposition *self, const char *source, const UlReport *report)
{
  if (report->claimed)
    add_sample (self, METRIC_LABEL, source, NULL, ul_label_finding_is_hit (report->finding));
  for (guint i = 0; i < report->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (report->policies, i);
    const char *const labels[] = { "policy", p->policy->id, "result", ul_policy_result_name (p->result), NULL };
    add_sample (self, METRIC_POLICY, source, labels, ul_policy_result_is_hit (p->result));
  }
  add_sample (self, METRIC_SIGNATURE, source, NULL, ul_report_signature_fails (report));
}

static void
add_report (Exposition *self, const char *source, const UlReport *report)
{
  const UlReportStream *s = ul_report_main_stream (report);
  UlReportAnswer maker, restricted;

  ul_report_get_answer (report, "maker", &maker);
  ul_report_get_answer (report, "restricted", &restricted);
  const char *const knowledge[] = { "version", ul_version (), "knowledge", ul_knowledge_id (report->knowledge), NULL };
  const char *const who[] = { "maker", maker.id, "support", maker.support, NULL };
  add_sample (self, METRIC_KNOWLEDGE, source, knowledge, 1);
  add_sample (self, METRIC_MAKER, source, who, 1);
  add_sample (self, METRIC_MAKER_LR, source, NULL, maker.log10_lr);
  add_sample (self, METRIC_RESTRICTED_LR, source, NULL, restricted.log10_lr);
  add_findings (self, source, report);
  add_sample (self, METRIC_FRAMES, source, NULL, s ? (double) s->n_pictures : 0);
  add_sample (self, METRIC_WARNINGS, source, NULL, report->warnings->len);
}

static gpointer
prometheus_begin (const UlKnowledge *knowledge, gboolean fail_on_unknown)
{
  Exposition *self = g_new0 (Exposition, 1);

  for (Metric i = 0; i < N_METRICS; i++)
    self->samples[i] = g_string_new (NULL);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/* Of an input that is given twice, the first counts. */
static void
prometheus_add (gpointer data, const UlOutputInput *input)
{
  Exposition *self = data;
  g_autofree char *named = g_strdup_printf ("source %s", input->source);

  if (!g_hash_table_add (self->seen, g_steal_pointer (&named)))
    return;
  add_sample (self, METRIC_UP, input->source, NULL, input->report != NULL);
  if (input->report)
    add_report (self, input->source, input->report);
}

static char *
prometheus_end (gpointer data, int exit_code)
{
  Exposition *self = data;
  GString *out = g_string_new (NULL);

  for (Metric i = 0; i < N_METRICS; i++) {
    if (self->samples[i]->len)
      g_string_append_printf (out, "# HELP %s %s\n# TYPE %s gauge\n%s", metrics[i].name, metrics[i].help, metrics[i].name, self->samples[i]->str);
    g_string_free (self->samples[i], TRUE);
  }
  g_hash_table_unref (self->seen);
  g_free (self);
  return g_string_free (out, FALSE);
}

const UlOutputFormat ul_output_prometheus = { prometheus_begin, prometheus_add, prometheus_end };

char *
ul_report_to_prometheus (const UlReport *self)
{
  const UlOutputInput input = { .source = self->source ? self->source : "", .report = self };
  gpointer document = prometheus_begin (self->knowledge, FALSE);

  prometheus_add (document, &input);
  return prometheus_end (document, 0);
}
