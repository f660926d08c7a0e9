/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CASE 1.3 / UCO 1.3 as JSON-LD: the input, the tool, what it did, its report.
 * No clock and no chance: a node's name is a UUID of version 5 over what it is,
 * so that the same work on the same bytes is the same node wherever it was done.
 */
#include "report/outputs.h"

#include <string.h>

/* RFC 4122, appendix C: names are URLs, here URNs. */
static const guint8 url_namespace[16] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };

typedef struct {
  UlJson graph;
  GHashTable *written; /* ids of the nodes */
  char *tool, *knowledge;
} Case;

/* "urn:uuid:…" of the thing that these words name, ended by NULL; owned by the caller. */
static char *
node_id (const char *kind, ...)
{
  g_autoptr (GString) name = g_string_new ("urn:underlabel:");
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 d[20];
  gsize n = sizeof d;
  va_list words;

  g_string_append (name, kind);
  va_start (words, kind);
  for (const char *word = va_arg (words, const char *); word; word = va_arg (words, const char *))
    g_string_append_printf (name, ":%s", word);
  va_end (words);
  g_checksum_update (sum, url_namespace, sizeof url_namespace);
  g_checksum_update (sum, (const guchar *) name->str, (gssize) name->len);
  g_checksum_get_digest (sum, d, &n);
  d[6] = (d[6] & 0x0f) | 0x50;
  d[8] = (d[8] & 0x3f) | 0x80;
  return g_strdup_printf ("urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1], d[2], d[3], d[4], d[5], d[6],
                          d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

/* --- nodes -------------------------------------------------------------------------- */

/* FALSE where this node stands in the document already. */
static gboolean
begin_node (Case *self, const char *id, const char *type)
{
  if (!g_hash_table_add (self->written, g_strdup (id)))
    return FALSE;
  ul_json_begin_object (&self->graph, NULL);
  ul_json_string (&self->graph, "@id", id);
  ul_json_string (&self->graph, "@type", type);
  return TRUE;
}

static void
begin_part (UlJson *j, const char *id, const char *type)
{
  ul_json_begin_object (j, NULL);
  ul_json_string (j, "@id", id);
  ul_json_string (j, "@type", type);
}

static void
write_reference (UlJson *j, const char *name, const char *id)
{
  ul_json_begin_object (j, name);
  ul_json_string (j, "@id", id);
  ul_json_end_object (j);
}

static void
write_typed (UlJson *j, const char *name, const char *type, const char *value)
{
  ul_json_begin_object (j, name);
  ul_json_string (j, "@type", type);
  ul_json_string (j, "@value", value);
  ul_json_end_object (j);
}

static void
write_hash (UlJson *j, const char *of, const char *sha256)
{
  g_autofree char *id = node_id ("hash", of, sha256, NULL);

  ul_json_begin_array (j, "uco-observable:hash");
  begin_part (j, id, "uco-types:Hash");
  write_typed (j, "uco-types:hashMethod", "uco-vocabulary:HashNameVocab", "SHA256");
  write_typed (j, "uco-types:hashValue", "xsd:hexBinary", sha256);
  ul_json_end_object (j);
  ul_json_end_array (j);
}

/* What the bytes of the object `of` are; `payload` NULL: they are not here. */
static void
write_content (UlJson *j, const char *of, const char *type, guint64 bytes, const char *sha256, const char *payload)
{
  g_autofree char *id = node_id ("content", of, NULL);

  begin_part (j, id, "uco-observable:ContentDataFacet");
  if (type)
    ul_json_string (j, "uco-observable:mimeType", type);
  if (bytes)
    ul_json_int (j, "uco-observable:sizeInBytes", (gint64) bytes);
  if (sha256)
    write_hash (j, of, sha256);
  if (payload)
    ul_json_string (j, "uco-observable:dataPayload", payload);
  ul_json_end_object (j);
}

static gboolean
is_file (const UlOutputInput *input)
{
  return !strstr (input->source, "://") && !g_str_equal (input->source, UL_OUTPUT_STDIN);
}

static void
write_facet_of_name (UlJson *j, const char *of, const UlOutputInput *input)
{
  g_autofree char *id = node_id ("name", of, NULL), *base = g_path_get_basename (input->source);

  if (is_file (input)) {
    begin_part (j, id, "uco-observable:FileFacet");
    ul_json_string (j, "uco-observable:fileName", base);
    ul_json_string (j, "uco-observable:filePath", input->source);
  } else if (strstr (input->source, "://")) {
    begin_part (j, id, "uco-observable:URLFacet");
    ul_json_string (j, "uco-observable:fullValue", input->source);
  } else {
    return;
  }
  ul_json_end_object (j);
}

static void
write_input (Case *self, const char *id, const UlOutputInput *input)
{
  UlJson *j = &self->graph;
  const UlReport *report = input->report;

  if (!begin_node (self, id, "uco-observable:ObservableObject"))
    return;
  ul_json_string (j, "uco-core:name", input->source);
  ul_json_begin_array (j, "uco-core:hasFacet");
  write_facet_of_name (j, id, input);
  if (report && (report->sha256 || report->bytes))
    write_content (j, id, NULL, report->bytes, report->sha256, NULL);
  ul_json_end_array (j);
  ul_json_end_object (j);
}

static void
write_report (Case *self, const char *id, const char *json, const char *sha256)
{
  UlJson *j = &self->graph;

  if (!begin_node (self, id, "uco-observable:ObservableObject"))
    return;
  ul_json_string (j, "uco-core:name", "report of underlabel, schema underlabel.report/1");
  ul_json_begin_array (j, "uco-core:hasFacet");
  write_content (j, id, "application/json", strlen (json), sha256, json);
  ul_json_end_array (j);
  ul_json_end_object (j);
}

/* What was found, in the report's own sentences; owned by the caller. */
static char *
findings_of (const UlReport *report)
{
  g_autofree char *maker = ul_output_maker_sentence (report), *signature = ul_output_signature_sentence (report);
  GString *text = g_string_new (maker);

  if (report->claimed)
    g_string_append_printf (text, "\nLabel \"%s\": %s. %s", report->claimed, ul_label_finding_name (report->finding), report->explanation);
  for (guint i = 0; i < report->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (report->policies, i);
    g_string_append_printf (text, "\nPolicy %s: %s. %s", p->policy->id, ul_policy_result_name (p->result), p->reason);
  }
  if (signature)
    g_string_append_printf (text, "\n%s", signature);
  return g_string_free (text, FALSE);
}

static void
write_record (Case *self, const char *id, const char *input_id, const char *report_id, const UlReport *report)
{
  UlJson *j = &self->graph;
  g_autofree char *findings = findings_of (report);

  if (!begin_node (self, id, "case-investigation:ProvenanceRecord"))
    return;
  ul_json_string (j, "uco-core:name", "findings of underlabel");
  ul_json_string (j, "uco-core:description", findings);
  ul_json_begin_array (j, "uco-core:object");
  write_reference (j, NULL, input_id);
  write_reference (j, NULL, report_id);
  ul_json_end_array (j);
  ul_json_end_object (j);
}

/* `results`: ids, NULL where there is none. */
static void
write_action (Case *self, const char *id, const char *input_id, const char *description, const char *const results[2])
{
  UlJson *j = &self->graph;

  if (!begin_node (self, id, "case-investigation:InvestigativeAction"))
    return;
  ul_json_string (j, "uco-core:name", "examination of a video for its maker");
  ul_json_string (j, "uco-core:description", description);
  write_reference (j, "uco-action:instrument", self->tool);
  ul_json_begin_array (j, "uco-action:object");
  write_reference (j, NULL, input_id);
  ul_json_end_array (j);
  if (results[0]) {
    ul_json_begin_array (j, "uco-action:result");
    for (guint i = 0; i < 2; i++)
      write_reference (j, NULL, results[i]);
    ul_json_end_array (j);
  }
  ul_json_end_object (j);
}

/* --- the document ----------------------------------------------------------------------- */

static void
write_tool (Case *self)
{
  g_autofree char *text = g_strdup_printf ("Tells who really made a camera, from the video it sends; knowledge %s", self->knowledge);

  begin_node (self, self->tool, "uco-tool:Tool");
  ul_json_string (&self->graph, "uco-core:name", "underlabel");
  ul_json_string (&self->graph, "uco-core:description", text);
  ul_json_string (&self->graph, "uco-tool:toolType", "analysis");
  ul_json_string (&self->graph, "uco-tool:version", ul_version ());
  ul_json_end_object (&self->graph);
}

static gpointer
case_begin (const UlKnowledge *knowledge, gboolean fail_on_unknown)
{
  Case *self = g_new0 (Case, 1);

  ul_json_init (&self->graph, FALSE);
  self->written = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->knowledge = g_strdup (ul_knowledge_id (knowledge));
  self->tool = node_id ("tool", ul_version (), self->knowledge, NULL);
  write_tool (self);
  return self;
}

static void
add_report (Case *self, const char *input_id, const UlOutputInput *input)
{
  g_autofree char *json = ul_report_to_json (input->report, FALSE);
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, json, -1);
  g_autofree char *report_id = node_id ("report", sha256, NULL), *record_id = node_id ("record", input_id, sha256, NULL);
  g_autofree char *action_id = node_id ("action", input_id, self->knowledge, sha256, NULL);
  g_autofree char *description = g_strdup_printf ("exit code %d", input->exit_code);

  write_input (self, input_id, input);
  write_action (self, action_id, input_id, description, (const char *const[2]){ record_id, report_id });
  write_record (self, record_id, input_id, report_id, input->report);
  write_report (self, report_id, json, sha256);
}

/* Equal bytes under two names are two objects. */
static void
case_add (gpointer data, const UlOutputInput *input)
{
  Case *self = data;
  const char *sha256 = input->report ? input->report->sha256 : NULL;
  g_autofree char *input_id = node_id ("input", sha256 ? sha256 : "not-hashed", input->source, NULL);

  if (input->report) {
    add_report (self, input_id, input);
    return;
  }
  g_autofree char *action_id = node_id ("action", input_id, self->knowledge, input->message, NULL);
  g_autofree char *description = g_strdup_printf ("exit code %d: the input could not be read: %s", input->exit_code, input->message);
  write_input (self, input_id, input);
  write_action (self, action_id, input_id, description, (const char *const[2]){ NULL, NULL });
}

static char *
case_end (gpointer data, int exit_code)
{
  static const char *const context[][2] = {
    { "case-investigation", "https://ontology.caseontology.org/case/investigation/" },
    { "uco-action", "https://ontology.unifiedcyberontology.org/uco/action/" },
    { "uco-core", "https://ontology.unifiedcyberontology.org/uco/core/" },
    { "uco-observable", "https://ontology.unifiedcyberontology.org/uco/observable/" },
    { "uco-tool", "https://ontology.unifiedcyberontology.org/uco/tool/" },
    { "uco-types", "https://ontology.unifiedcyberontology.org/uco/types/" },
    { "uco-vocabulary", "https://ontology.unifiedcyberontology.org/uco/vocabulary/" },
    { "xsd", "http://www.w3.org/2001/XMLSchema#" },
  };
  Case *self = data;
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_begin_object (&j, "@context");
  for (gsize i = 0; i < G_N_ELEMENTS (context); i++)
    ul_json_string (&j, context[i][0], context[i][1]);
  ul_json_end_object (&j);
  ul_json_begin_array (&j, "@graph");
  ul_json_splice (&j, &self->graph);
  ul_json_end_array (&j);
  ul_json_end_object (&j);
  ul_json_clear (&self->graph);
  g_hash_table_unref (self->written);
  g_free (self->tool);
  g_free (self->knowledge);
  g_free (self);
  return ul_json_steal (&j);
}

const UlOutputFormat ul_output_case = { case_begin, case_add, case_end };
