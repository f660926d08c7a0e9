/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SARIF 2.1.0: one run over all inputs.  What calls for an exit code is of kind
 * "fail", what a person has to look at "review", what could not be told "open".
 */
#include "report/outputs.h"

#include <string.h>

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

typedef enum {
  RULE_MAKER,
  RULE_MAKER_UNKNOWN,
  RULE_REBRAND,
  RULE_CONTRADICTED,
  RULE_LABEL_UNDETERMINED,
  RULE_SIGNATURE_NOT_OK,
  RULE_KEY_NOT_OK,
  RULE_SIGNATURE_INCOMPLETE,
  RULE_SIGNATURE_NOT_VERIFIED,
  N_RULES
} Rule;

typedef struct {
  const char *kind, *level; /* `level` is "none" unless it is a failure */
} Grade;

static const Grade error_grade = { "fail", "error" }, warning_grade = { "fail", "warning" }, note_grade = { "fail", "note" },
                   open_grade = { "open", "none" }, review_grade = { "review", "none" }, told_grade = { "informational", "none" };

static const struct {
  const char *id, *name, *level, *summary, *help;
} rules[N_RULES] = {
  [RULE_MAKER] = { "maker", "Maker", "none", "Whose firmware wrote this stream.",
                   "Told for every input whose maker is named. The weight is a log10 likelihood ratio; everything but a verified signature can be "
                   "forged, and the full report says what that would cost." },
  [RULE_MAKER_UNKNOWN] = { "maker-unknown", "MakerUnknown", "warning", "The evidence does not name a maker.",
                           "Unknown is an answer. Capture what the message asks for, or add the camera to a library of your own (underlabel enroll)." },
  [RULE_REBRAND] = { "label-rebrand", "LabelRebrand", "error", "Another maker than the claimed brand built this camera.",
                     "The brand is not known to make its own cameras, or a relation of it with the maker is registered: the message gives it with its source. Ask the seller who "
                     "builds the device, and judge it by its maker." },
  [RULE_CONTRADICTED] = { "label-contradicted", "LabelContradicted", "error", "The claimed brand makes its own cameras, and another made this one.",
                          "Check that the address or file belongs to the camera that was meant; if it does, the label is not to be relied upon." },
  [RULE_LABEL_UNDETERMINED] = { "label-undetermined", "LabelUndetermined", "none", "Whether the claimed brand fits cannot be told.",
                                "The maker is unknown. Capture more: the whole dialogue with a login, or a longer stretch of video." },
  [RULE_SIGNATURE_NOT_OK] = { "signature-not-ok", "SignatureNotOk", "error", "A signature in the video does not hold.",
                              "Signed pictures were changed, added, moved or taken away. 'underlabel verify --strip' shows each NAL unit." },
  [RULE_KEY_NOT_OK] = { "signature-key-not-ok", "SignatureKeyNotOk", "error", "The key that signed the video is not what it says it is.",
                        "A certificate of the key is forged, revoked or does not vouch for it; what the signature says of the camera is not to be believed." },
  [RULE_SIGNATURE_INCOMPLETE] = { "signature-incomplete", "SignatureIncomplete", "warning", "What is signed holds, but not all of it is there.",
                                  "Parts of the signed video are missing, or parts of the video are not signed; what lies between is not known." },
  [RULE_SIGNATURE_NOT_VERIFIED] = { "signature-not-verified", "SignatureNotVerified", "none", "There are signatures that could be held against nothing.",
                                    "Without a key or without a whole signed group of pictures a signature proves nothing." },
};

typedef struct {
  UlJson rules, artifacts, results, notifications;
  GPtrArray *policies; /* char*: ids of the rules after the closed list */
  guint n_artifacts;
  gboolean fail_on_unknown, failed;
  char *knowledge;
} Sarif;

/* The input that is being written. */
typedef struct {
  Sarif *self;
  const UlOutputInput *input;
  guint artifact;
  char *uri; /* NULL: standard input */
} Case;

/* Braces are placeholders and brackets may be links in a message; a stream must not write either. */
static void
write_text (UlJson *j, const char *name, const char *text)
{
  g_autoptr (GString) plain = g_string_new (text && *text ? text : "-");

  g_string_replace (plain, "{", "{{", 0);
  g_string_replace (plain, "}", "}}", 0);
  g_string_replace (plain, "](", "]\\(", 0);
  ul_json_begin_object (j, name);
  ul_json_string (j, "text", plain->str);
  ul_json_end_object (j);
}

/* --- rules ------------------------------------------------------------------------ */

static void
write_rule (UlJson *j, const char *id, const char *name, const char *level, const char *summary, const char *help, const char *uri)
{
  ul_json_begin_object (j, NULL);
  ul_json_string (j, "id", id);
  if (name)
    ul_json_string (j, "name", name);
  write_text (j, "shortDescription", summary);
  write_text (j, "fullDescription", summary);
  write_text (j, "help", help);
  if (uri && g_uri_is_valid (uri, G_URI_FLAGS_NONE, NULL))
    ul_json_string (j, "helpUri", uri);
  ul_json_begin_object (j, "defaultConfiguration");
  ul_json_string (j, "level", level);
  ul_json_end_object (j);
  ul_json_end_object (j);
}

/* The index of a policy's rule, which is written when it is first met. */
static guint
policy_rule (Sarif *self, const UlPolicy *policy, char **ret_id)
{
  const char *source = policy->sources->len ? ((const UlPolicySource *) g_ptr_array_index (policy->sources, 0))->url : NULL;

  *ret_id = g_strdup_printf ("policy-%s", policy->id);
  for (guint i = 0; i < self->policies->len; i++)
    if (g_str_equal (g_ptr_array_index (self->policies, i), policy->id))
      return N_RULES + i;
  g_autofree char *summary = g_strdup_printf ("%s (%s), version %s", policy->title, policy->jurisdiction, policy->version);
  g_autofree char *help = g_strdup_printf ("%s%s%s. This is no legal advice; 'underlabel policies %s' prints the policy with its sources.",
                                           policy->words ? policy->words : policy->title, policy->note ? "; " : "", policy->note ? policy->note : "",
                                           policy->id);
  write_rule (&self->rules, *ret_id, NULL, "error", summary, help, source);
  g_ptr_array_add (self->policies, g_strdup (policy->id));
  return N_RULES + self->policies->len - 1;
}

/* --- places ----------------------------------------------------------------------- */

/* A name of an input as a reference: of a URL as it is, of a path with its odd bytes escaped; owned by the caller. */
static char *
uri_of (const char *source)
{
  if (g_str_equal (source, UL_OUTPUT_STDIN))
    return NULL;
  if (strstr (source, "://"))
    return g_uri_escape_string (source, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH "?[]", FALSE);
  g_autofree char *path = g_uri_escape_string (source, "/", FALSE);
  return g_strconcat (*path == '/' ? "file://" : "", path, NULL);
}

static void
write_artifact_location (UlJson *j, const char *name, const Case *c)
{
  ul_json_begin_object (j, name);
  if (c->uri)
    ul_json_string (j, "uri", c->uri);
  else
    write_text (j, "description", UL_OUTPUT_STDIN);
  ul_json_int (j, "index", c->artifact);
  ul_json_end_object (j);
}

static void
write_region (UlJson *j, UlWhere where)
{
  if (where.offset < 0 && where.line < 1)
    return;
  ul_json_begin_object (j, "region");
  if (where.offset >= 0) {
    ul_json_int (j, "byteOffset", where.offset);
    if (where.length > 0)
      ul_json_int (j, "byteLength", where.length);
  } else {
    ul_json_int (j, "startLine", where.line);
  }
  ul_json_end_object (j);
}

static void
write_locations (UlJson *j, const Case *c, UlWhere where)
{
  ul_json_begin_array (j, "locations");
  ul_json_begin_object (j, NULL);
  ul_json_begin_object (j, "physicalLocation");
  write_artifact_location (j, "artifactLocation", c);
  write_region (j, where);
  ul_json_end_object (j);
  ul_json_end_object (j);
  ul_json_end_array (j);
}

static void
write_artifact (const Case *c)
{
  UlJson *j = &c->self->artifacts;
  const UlReport *report = c->input->report;

  ul_json_begin_object (j, NULL);
  ul_json_begin_object (j, "location");
  if (c->uri)
    ul_json_string (j, "uri", c->uri);
  else
    write_text (j, "description", UL_OUTPUT_STDIN);
  ul_json_end_object (j);
  ul_json_begin_array (j, "roles");
  ul_json_string (j, NULL, "analysisTarget");
  ul_json_end_array (j);
  if (report && report->bytes)
    ul_json_int (j, "length", (gint64) report->bytes);
  if (report && report->sha256) {
    ul_json_begin_object (j, "hashes");
    ul_json_string (j, "sha-256", report->sha256);
    ul_json_end_object (j);
  }
  ul_json_end_object (j);
}

/* --- results ---------------------------------------------------------------------- */

/* The same finding of the same input is the same alert in the next run. */
static void
write_fingerprint (UlJson *j, const Case *c, const char *rule)
{
  const char *of = c->input->report->sha256 ? c->input->report->sha256 : c->input->source;
  g_autofree char *text = g_strdup_printf ("%s\n%s", rule, of);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  ul_json_begin_object (j, "partialFingerprints");
  ul_json_string (j, "underlabelFinding/v1", digest);
  ul_json_end_object (j);
}

static void
write_properties (UlJson *j, const UlReport *report)
{
  UlReportAnswer maker, restricted;

  ul_report_get_answer (report, "maker", &maker);
  ul_report_get_answer (report, "restricted", &restricted);
  ul_json_begin_object (j, "properties");
  ul_json_string (j, "maker", maker.id);
  ul_json_string (j, "support", maker.support);
  ul_json_ratio (j, "log10_lr", maker.log10_lr);
  ul_json_ratio (j, "restricted_log10_lr", restricted.log10_lr);
  if (report->claimed)
    ul_json_string (j, "claimed", report->claimed);
  ul_json_end_object (j);
}

static void
write_result (const Case *c, const char *rule, guint index, Grade grade, const char *message, UlWhere where)
{
  UlJson *j = &c->self->results;

  ul_json_begin_object (j, NULL);
  ul_json_string (j, "ruleId", rule);
  ul_json_int (j, "ruleIndex", index);
  ul_json_string (j, "kind", grade.kind);
  ul_json_string (j, "level", grade.level);
  write_text (j, "message", message);
  write_locations (j, c, where);
  write_fingerprint (j, c, rule);
  write_properties (j, c->input->report);
  ul_json_end_object (j);
}

static void
write_finding (const Case *c, Rule rule, Grade grade, const char *message, UlWhere where)
{
  write_result (c, rules[rule].id, rule, grade, message, where);
}

static void
write_maker (const Case *c, UlWhere strongest)
{
  g_autofree char *sentence = ul_output_maker_sentence (c->input->report);

  if (ul_output_maker_is_known (c->input->report))
    write_finding (c, RULE_MAKER, told_grade, sentence, strongest);
  else
    write_finding (c, RULE_MAKER_UNKNOWN, c->self->fail_on_unknown ? warning_grade : open_grade, sentence, strongest);
}

static void
write_label (const Case *c, UlWhere strongest)
{
  static const struct {
    UlLabelFinding finding;
    Rule rule;
    const Grade *grade;
  } rows[] = { { UL_LABEL_REBRAND, RULE_REBRAND, &error_grade },
               { UL_LABEL_CONTRADICTED, RULE_CONTRADICTED, &error_grade },
               { UL_LABEL_UNDETERMINED, RULE_LABEL_UNDETERMINED, &open_grade } };
  const UlReport *report = c->input->report;

  for (gsize i = 0; report->claimed && i < G_N_ELEMENTS (rows); i++)
    if (rows[i].finding == report->finding)
      write_finding (c, rows[i].rule, *rows[i].grade, report->explanation, strongest);
}

static void
write_policies (const Case *c, UlWhere strongest)
{
  static const Grade *const grades[UL_N_POLICY_RESULTS] = { [UL_POLICY_COVERED] = &error_grade,
                                                            [UL_POLICY_COVERED_IF_PURPOSE] = &warning_grade,
                                                            [UL_POLICY_AFFILIATION_QUESTION] = &warning_grade,
                                                            [UL_POLICY_COMPONENT_QUESTION] = &review_grade,
                                                            [UL_POLICY_CANNOT_TELL] = &open_grade };
  const UlReport *report = c->input->report;

  for (guint i = 0; i < report->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (report->policies, i);
    g_autofree char *id = NULL, *message = g_strdup_printf ("%s: %s", ul_policy_result_name (p->result), p->reason);
    guint index = policy_rule (c->self, p->policy, &id);
    if (grades[p->result])
      write_result (c, id, index, *grades[p->result], message, strongest);
  }
}

/* Of the first thing that was changed. */
static UlWhere
changed_place (const UlAuthenticity *a)
{
  const UlStretch *s = ul_authenticity_first_stretch (a, UL_GOP_NOT_OK);

  for (guint i = 0; s && i < s->changes->len; i++) {
    gint64 offset = g_array_index (s->changes, UlChangedNal, i).offset;
    if (offset >= 0)
      return UL_AT_OFFSET (offset, -1);
  }
  return UL_NOWHERE;
}

static void
write_signature (const Case *c, const UlReportStream *s)
{
  static const struct {
    UlAuthenticityVerdict verdict;
    Rule rule;
    const Grade *grade;
  } rows[] = { { UL_AUTHENTICITY_NOT_OK, RULE_SIGNATURE_NOT_OK, &error_grade },
               { UL_AUTHENTICITY_OK_WITH_MISSING, RULE_SIGNATURE_INCOMPLETE, &note_grade },
               { UL_AUTHENTICITY_PRESENT, RULE_SIGNATURE_NOT_VERIFIED, &open_grade } };
  g_autofree char *sentence = ul_authenticity_dup_sentence (s);

  if (!sentence)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].verdict == s->authenticity->verdict)
      write_finding (c, rows[i].rule, *rows[i].grade, sentence, changed_place (s->authenticity));
  if (s->key->trust == UL_KEY_NOT_OK)
    write_finding (c, RULE_KEY_NOT_OK, error_grade, s->key->reason, UL_NOWHERE);
}

/* --- notifications ------------------------------------------------------------------ */

static void
write_notification (const Case *c, const char *id, const char *level, const char *message)
{
  UlJson *j = &c->self->notifications;

  ul_json_begin_object (j, NULL);
  ul_json_begin_object (j, "descriptor");
  ul_json_string (j, "id", id);
  ul_json_end_object (j);
  ul_json_string (j, "level", level);
  write_text (j, "message", message);
  write_locations (j, c, UL_NOWHERE);
  ul_json_end_object (j);
}

static void
write_report (const Case *c)
{
  const UlReport *report = c->input->report;
  UlWhere strongest = ul_output_strongest_place (report);

  write_maker (c, strongest);
  write_label (c, strongest);
  write_policies (c, strongest);
  for (guint i = 0; i < report->streams->len; i++)
    write_signature (c, g_ptr_array_index (report->streams, i));
  for (guint i = 0; i < report->warnings->len; i++)
    write_notification (c, "warning", "warning", g_ptr_array_index (report->warnings, i));
}

/* --- the document --------------------------------------------------------------------- */

static gpointer
sarif_begin (const UlKnowledge *knowledge, gboolean fail_on_unknown)
{
  Sarif *self = g_new0 (Sarif, 1);

  self->fail_on_unknown = fail_on_unknown;
  self->knowledge = g_strdup (ul_knowledge_id (knowledge));
  self->policies = g_ptr_array_new_with_free_func (g_free);
  ul_json_init (&self->rules, FALSE);
  ul_json_init (&self->artifacts, FALSE);
  ul_json_init (&self->results, FALSE);
  ul_json_init (&self->notifications, FALSE);
  for (Rule i = 0; i < N_RULES; i++)
    write_rule (&self->rules, rules[i].id, rules[i].name, rules[i].level, rules[i].summary, rules[i].help, NULL);
  return self;
}

static void
sarif_add (gpointer data, const UlOutputInput *input)
{
  Sarif *self = data;
  g_autofree char *uri = uri_of (input->source);
  const Case c = { .self = self, .input = input, .artifact = self->n_artifacts++, .uri = uri };

  write_artifact (&c);
  if (input->report) {
    write_report (&c);
    return;
  }
  self->failed = TRUE;
  write_notification (&c, "input-not-read", "error", input->message);
}

static void
write_array (UlJson *j, const char *name, UlJson *items)
{
  ul_json_begin_array (j, name);
  ul_json_splice (j, items);
  ul_json_end_array (j);
  ul_json_clear (items);
}

static void
write_driver (Sarif *self, UlJson *j)
{
  static const char *const descriptors[][2] = { { "input-not-read", "An input could not be read." }, { "warning", "A warning of the report on an input." } };

  ul_json_begin_object (j, "tool");
  ul_json_begin_object (j, "driver");
  ul_json_string (j, "name", "underlabel");
  ul_json_string (j, "version", ul_version ());
  ul_json_string (j, "semanticVersion", ul_version ());
  write_array (j, "rules", &self->rules);
  ul_json_begin_array (j, "notifications");
  for (gsize i = 0; i < G_N_ELEMENTS (descriptors); i++) {
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "id", descriptors[i][0]);
    write_text (j, "shortDescription", descriptors[i][1]);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
  ul_json_begin_object (j, "properties");
  ul_json_string (j, "knowledge", self->knowledge);
  ul_json_end_object (j);
  ul_json_end_object (j);
  ul_json_end_object (j);
}

static char *
sarif_end (gpointer data, int exit_code)
{
  Sarif *self = data;
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "$schema", SCHEMA);
  ul_json_string (&j, "version", "2.1.0");
  ul_json_begin_array (&j, "runs");
  ul_json_begin_object (&j, NULL);
  write_driver (self, &j);
  ul_json_begin_array (&j, "invocations");
  ul_json_begin_object (&j, NULL);
  ul_json_bool (&j, "executionSuccessful", !self->failed);
  ul_json_int (&j, "exitCode", exit_code);
  write_array (&j, "toolExecutionNotifications", &self->notifications);
  ul_json_end_object (&j);
  ul_json_end_array (&j);
  write_array (&j, "artifacts", &self->artifacts);
  write_array (&j, "results", &self->results);
  ul_json_end_object (&j);
  ul_json_end_array (&j);
  ul_json_end_object (&j);
  g_ptr_array_unref (self->policies);
  g_free (self->knowledge);
  g_free (self);
  return ul_json_steal (&j);
}

const UlOutputFormat ul_output_sarif = { sarif_begin, sarif_add, sarif_end };
