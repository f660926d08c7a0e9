/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/corpus.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* --- rows ----------------------------------------------------------------------- */

static void
row_free (gpointer data)
{
  UlCorpusRow *r = data;

  g_free (r->id);
  g_free (r->path);
  g_free (r->kind);
  g_free (r->maker);
  g_free (r->basis);
  g_free (r->label);
  g_free (r->stream);
  g_free (r->note);
  g_free (r->error);
  g_free (r->group_name);
  ul_source_result_free (r->result);
  g_free (r);
}

UlCorpus *
ul_corpus_new (void)
{
  UlCorpus *self = g_new0 (UlCorpus, 1);

  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->group_index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
ul_corpus_free (UlCorpus *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->rows);
  g_hash_table_unref (self->group_index);
  g_free (self);
}

static guint
group_of (UlCorpus *self, const char *name)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (self->group_index, name));

  if (!index) {
    index = ++self->n_groups;
    g_hash_table_insert (self->group_index, g_strdup (name), GUINT_TO_POINTER (index));
  }
  return index - 1;
}

static const char *
text_of (JsonObject *o, const char *name)
{
  return json_object_has_member (o, name) && !json_object_get_null_member (o, name)
           ? json_object_get_string_member_with_default (o, name, NULL) : NULL;
}

/* Recordings name the maker in words, two of them where a label stands between. */
static char *
maker_id_of_text (const UlKnowledge *knowledge, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", "/", 2);
  const GPtrArray *relations = parts[0] ? ul_makers_relations (ul_knowledge_makers (knowledge), g_strstrip (parts[0])) : NULL;

  for (guint i = 0; relations && i < relations->len; i++) {
    const UlRelation *r = g_ptr_array_index (relations, i);
    if (r->type == UL_RELATION_OWN)
      return g_strdup (r->maker);
  }
  return NULL;
}

static void
fill_recording (UlCorpusRow *row, const UlKnowledge *knowledge, JsonObject *o)
{
  row->recording = TRUE;
  row->maker = maker_id_of_text (knowledge, text_of (o, "maker"));
  row->origin = g_strcmp0 (row->kind, "software") == 0 ? UL_ORIGIN_SOFTWARE : row->maker ? UL_ORIGIN_CAMERA : UL_ORIGIN_UNKNOWN;
  row->stream = g_strdup ("recording");
  row->basis = g_strdup ("label");
}

static void
fill_capture (UlCorpusRow *row, JsonObject *o)
{
  const char *origin = text_of (o, "origin");

  row->maker = g_strdup (text_of (o, "maker"));
  row->origin = g_strcmp0 (origin, "camera") == 0 ? UL_ORIGIN_CAMERA
                : g_strcmp0 (origin, "software") == 0 ? UL_ORIGIN_SOFTWARE : UL_ORIGIN_UNKNOWN;
  row->stream = g_strdup (text_of (o, "stream"));
  row->basis = g_strdup (text_of (o, "maker_basis"));
}

/* "url@commit ; url" and "github REPO path": rows of one repository are one source. */
static char *
source_name (JsonObject *o)
{
  g_auto (GStrv) words = g_strsplit (text_of (o, "source") ? text_of (o, "source") : "", " ", 3);

  return g_strjoin (" ", words[0] ? words[0] : "", words[0] && words[1] ? words[1] : NULL, NULL);
}

static void
look_for_name (UlCorpusRow *row, const UlKnowledge *knowledge)
{
  g_autofree char *text = NULL;
  gsize len;

  if (!row->maker || row->recording || !g_file_get_contents (row->path, &text, &len, NULL))
    return;
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) len);
  row->name_in_text = ul_makers_text_names (ul_knowledge_makers (knowledge), UL_SUBJECT_MAKER, row->maker, valid);
}

static char *
path_of (const char *folder, const char *instead, const char *file)
{
  g_autofree char *name = g_path_get_basename (file), *other = instead ? g_build_filename (instead, name, NULL) : NULL;

  return other && g_file_test (other, G_FILE_TEST_EXISTS) ? g_steal_pointer (&other) : g_build_filename (folder, file, NULL);
}

static UlCorpusRow *
row_new (UlCorpus *self, const UlKnowledge *knowledge, const char *folder, const char *instead, JsonObject *o)
{
  UlCorpusRow *row = g_new0 (UlCorpusRow, 1);
  g_autofree char *group = text_of (o, "group") ? g_strdup (text_of (o, "group")) : source_name (o);
  g_autoptr (GError) error = NULL;
  UlSourceOptions options = { .no_hash = TRUE };

  row->id = g_strdup (text_of (o, "id"));
  row->path = path_of (folder, instead, text_of (o, "file"));
  row->kind = g_strdup (text_of (o, "kind"));
  row->label = g_strdup (text_of (o, "label"));
  row->note = g_strdup (text_of (o, "note"));
  row->negative = row->note && strstr (row->note, "NEGATIVE") != NULL;
  row->group = group_of (self, group);
  row->group_name = g_steal_pointer (&group);
  if (json_object_has_member (o, "origin"))
    fill_capture (row, o);
  else
    fill_recording (row, knowledge, o);
  look_for_name (row, knowledge);
  row->result = ul_source_read (row->path, &options, &error);
  if (!row->result)
    row->error = g_strdup (error->message);
  return row;
}

gboolean
ul_corpus_add (UlCorpus *self, const UlKnowledge *knowledge, const char *manifest, const char *instead, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *folder = g_path_get_dirname (manifest);

  if (!g_file_get_contents (manifest, &text, NULL, error))
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autoptr (JsonParser) parser = json_parser_new ();

    if (!*g_strstrip (lines[i]))
      continue;
    if (!json_parser_load_from_data (parser, lines[i], -1, error)) {
      g_prefix_error (error, "%s:%u: ", manifest, i + 1);
      return FALSE;
    }
    JsonNode *root = json_parser_get_root (parser);
    JsonObject *o = root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
    if (!o || !text_of (o, "id") || !text_of (o, "file")) {
      g_set_error (error, UL_ERROR, UL_ERROR_KNOWLEDGE, "%s:%u: not an object with 'id' and 'file'", manifest, i + 1);
      return FALSE;
    }
    g_ptr_array_add (self->rows, row_new (self, knowledge, folder, instead, o));
  }
  return TRUE;
}

const UlEvidence *
ul_corpus_row_evidence (const UlCorpusRow *row)
{
  const UlEvidence *best = NULL;

  for (guint i = 0; row->result && i < row->result->streams->len; i++) {
    const UlEvidence *e = ul_examiner_evidence (g_ptr_array_index (row->result->streams, i));
    if (!best || ul_evidence_n (e) > ul_evidence_n (best))
      best = e;
  }
  return best;
}

/* --- counts --------------------------------------------------------------------------- */

enum {
  OWN_SEEN = 1 << 0,       /* own source that could show the rule */
  OWN_FIRES = 1 << 1,
  MEASURED_SEEN = 1 << 2,  /* the same, the maker known otherwise than by the marks */
  MEASURED_FIRES = 1 << 3,
  OTHER_SEEN = 1 << 4,
  OTHER_FIRES = 1 << 5
};

struct _UlCounts {
  guint n_rules, n_groups, n_rows;
  guint8 *flags; /* [rule][group] */
  guint8 *fires; /* [rule][row] */
};

static gboolean
is_live (const UlCorpusRow *row)
{
  return g_strcmp0 (row->stream, "live") == 0 || row->recording;
}

gboolean
ul_row_is_own (const UlRule *rule, const UlCorpusRow *row)
{
  if (row->origin != UL_ORIGIN_CAMERA || g_strcmp0 (row->maker, rule->says) != 0)
    return FALSE;
  if (rule->subject == UL_SUBJECT_RECORDER)
    return !is_live (row);
  /* Behind a recorder or relay the dialogue is not the camera's. */
  return rule->subject == UL_SUBJECT_MAKER && (is_live (row) || rule->group != UL_GROUP_DIALOGUE);
}

gboolean
ul_row_is_other (const UlKnowledge *knowledge, const UlRule *rule, const UlCorpusRow *row)
{
  if (rule->subject != UL_SUBJECT_MAKER && rule->subject != UL_SUBJECT_RECORDER)
    return FALSE;
  if (row->origin == UL_ORIGIN_SOFTWARE)
    return TRUE;
  if (row->origin == UL_ORIGIN_CAMERA)
    return row->maker && g_strcmp0 (row->maker, rule->says) != 0;
  /* A device of unknown make is no truth, unless it is known not to be the look-alike's model. */
  return row->negative
         && !(row->label && ul_makers_text_names (ul_knowledge_makers (knowledge), UL_SUBJECT_MAKER, rule->says, row->label));
}

/* Rules on platforms, programs and paths have no truth of their own in a
 * manifest: what they read names itself or stands in a document.  The sources
 * that show them are their own, the others could have and do not. */
static guint8
flags_of (const UlKnowledge *knowledge, const UlRule *rule, const UlCorpusRow *row, gboolean fires)
{
  guint8 f = 0;

  if (rule->subject == UL_SUBJECT_PLATFORM || rule->subject == UL_SUBJECT_SOFTWARE || rule->subject == UL_SUBJECT_PATH)
    return fires ? OWN_SEEN | OWN_FIRES : OTHER_SEEN;
  if (ul_row_is_own (rule, row)) {
    f |= OWN_SEEN | (fires ? OWN_FIRES : 0);
    if (g_strcmp0 (row->basis, "self-evident") != 0)
      f |= MEASURED_SEEN | (fires ? MEASURED_FIRES : 0);
  } else if (ul_row_is_other (knowledge, rule, row)) {
    f |= OTHER_SEEN | (fires ? OTHER_FIRES : 0);
  }
  return f;
}

UlCounts *
ul_counts_new (const UlKnowledge *knowledge, const UlCorpus *corpus)
{
  const UlRules *rules = ul_knowledge_rules (knowledge);
  UlCounts *self = g_new0 (UlCounts, 1);

  self->n_rules = ul_rules_n (rules);
  self->n_groups = corpus->n_groups;
  self->n_rows = corpus->rows->len;
  self->flags = g_malloc0_n (self->n_rules, MAX (self->n_groups, 1));
  self->fires = g_malloc0_n (self->n_rules, MAX (self->n_rows, 1));
  for (guint r = 0; r < self->n_rows; r++) {
    const UlCorpusRow *row = g_ptr_array_index (corpus->rows, r);
    const UlEvidence *evidence = ul_corpus_row_evidence (row);
    if (!evidence)
      continue;
    g_autoptr (UlRuleView) view = ul_rule_view_new (evidence, 0);
    for (guint k = 0; k < self->n_rules; k++) {
      const UlRule *rule = ul_rules_get (rules, k);
      gboolean fires = ul_rule_matches (rule, view, NULL);

      self->fires[(gsize) k * self->n_rows + r] = fires;
      if (fires || ul_rule_observable (rule, evidence))
        self->flags[(gsize) k * self->n_groups + row->group] |= flags_of (knowledge, rule, row, fires);
    }
  }
  return self;
}

void
ul_counts_free (UlCounts *self)
{
  if (!self)
    return;
  g_free (self->flags);
  g_free (self->fires);
  g_free (self);
}

UlCount
ul_counts_get (const UlCounts *self, guint rule, int without_group)
{
  UlCount all = { 0 }, measured = { 0 };

  for (guint g = 0; g < self->n_groups; g++) {
    guint8 f = (int) g == without_group ? 0 : self->flags[(gsize) rule * self->n_groups + g];

    all.own += (f & OWN_FIRES) != 0;
    all.own_of += (f & OWN_SEEN) != 0;
    measured.own += (f & MEASURED_FIRES) != 0;
    measured.own_of += (f & MEASURED_SEEN) != 0;
    all.other += (f & OTHER_FIRES) != 0;
    all.other_of += (f & OTHER_SEEN) != 0;
  }
  /* Recall is not measured on sources that were found by the very marks which they would prove.  They count
   * where there are not two others, and as the second source of a mark that one of the others shows. */
  if (measured.own_of >= 2 && (measured.own != 1 || all.own < 2)) {
    all.own = measured.own;
    all.own_of = measured.own_of;
  }
  return all;
}

gboolean
ul_counts_fires (const UlCounts *self, guint rule, guint row)
{
  return self->fires[(gsize) rule * self->n_rows + row];
}
