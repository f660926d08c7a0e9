/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the answers rest on: the marks, the library's nearest encoders, all observations. */
#include <string.h>

#include "report/page.h"

#define OBSERVATIONS_SHOWN 4 /* of a mark */
#define MAX_ROWS 3000
#define N_NEAREST 3

/* --- marks ------------------------------------------------------------------------------------------------- */

static void
write_place (UlPage *self, guint number)
{
  const UlReportStream *s = self->stream;
  const UlObservation *o = ul_evidence_get (s->evidence, number - s->first_observation);
  g_autofree char *where = ul_where_text (o);

  g_string_append (self->out, "<li>");
  ul_page_figure (self, ul_key_name (o->key), "/observations/%u/key", number - 1);
  g_string_append (self->out, " <code>");
  ul_page_figure (self, o->value, "/observations/%u/value", number - 1);
  ul_page_printf (self, "</code>%s%s (", *where ? " at " : "", where);
  ul_page_observation (self, number);
  g_string_append (self->out, ")</li>\n");
}

static void
write_counts (UlPage *self, const UlMatch *m, const char *pointer)
{
  g_string_append (self->out, "<p>Seen in ");
  ul_page_int (self, m->own, "%s/counts/own", pointer);
  g_string_append (self->out, " of ");
  ul_page_int (self, m->own_of, "%s/counts/own_of", pointer);
  g_string_append (self->out, " independent sources of it, and in ");
  ul_page_int (self, m->other, "%s/counts/other", pointer);
  g_string_append (self->out, " of ");
  ul_page_int (self, m->other_of, "%s/counts/other_of", pointer);
  g_string_append (self->out, " others. To forge: ");
  ul_page_figure (self, ul_forge_name (ul_report_match_forge (self->stream, m)), "%s/forge", pointer);
  g_string_append (self->out, m->corroborating ? ". It only corroborates: by itself it lifts nothing.</p>\n" : ".</p>\n");
}

static void
write_mark (UlPage *self, const UlMatch *m, const char *pointer)
{
  const UlRule *rule = m->rule;

  g_string_append (self->out, "<li><p><strong>");
  ul_page_ratio (self, m->log10_lr, "%s/log10_lr", pointer);
  g_string_append (self->out, "</strong> ");
  ul_page_figure (self, rule->title, "%s/title", pointer);
  g_string_append (self->out, " <span class=\"muted\">(rule ");
  ul_page_figure (self, rule->id, "%s/rule", pointer);
  g_string_append (self->out, ")</span></p>\n");
  write_counts (self, m, pointer);
  if (rule->caveat)
    ul_page_printf (self, "<p>But: %s.</p>\n", rule->caveat);
  g_string_append (self->out, "<ul>\n");
  for (guint i = 0; i < m->observations->len && i < OBSERVATIONS_SHOWN; i++)
    write_place (self, self->stream->first_observation + g_array_index (m->observations, guint, i));
  g_string_append (self->out, "</ul>\n");
  if (rule->source && rule->source[0]) {
    g_autofree char *sources = g_strjoinv ("; ", rule->source);
    ul_page_printf (self, "<details><summary>Where the rule comes from</summary><p class=\"break\">%s</p></details>\n", sources);
  }
  g_string_append (self->out, "</li>\n");
}

static void
write_answer (UlPage *self, UlSubject subject)
{
  const UlAnswer *answer = &self->stream->judgement->answers[subject];
  const UlCandidate *c = answer->candidates->len ? g_ptr_array_index (answer->candidates, 0) : NULL;

  if (!c || subject == UL_SUBJECT_PATH) /* the answer says why */
    return;
  ul_page_printf (self, "<h3>%s: evidence for %s</h3>\n", ul_subject_name (subject), ul_report_name_of (self->report, subject, c->id));
  for (guint i = 0; i < c->groups->len; i++) {
    const UlGroupWeight *w = g_ptr_array_index (c->groups, i);
    ul_page_printf (self, "<h4>Group %s: ", ul_group_name (w->group));
    ul_page_ratio (self, w->log10_lr, "/answers/%s/groups/%u/log10_lr", ul_subject_name (subject), i);
    g_string_append (self->out, "</h4>\n<ol class=\"marks\">\n");
    for (guint k = 0; k < w->matches->len; k++) {
      g_autofree char *pointer = g_strdup_printf ("/answers/%s/groups/%u/evidence/%u", ul_subject_name (subject), i, k);
      write_mark (self, g_ptr_array_index (w->matches, k), pointer);
    }
    g_string_append (self->out, "</ol>\n");
  }
}

void
ul_page_evidence (UlPage *self)
{
  ul_page_begin (self, "evidence", "Evidence");
  g_string_append (self->out, "<p>Of each group the strongest mark that stands by itself counts, and the groups add up: they are independent of each "
                              "other, the marks of one group are not.</p>\n");
  for (UlSubject subject = 0; subject < UL_N_SUBJECTS; subject++)
    write_answer (self, subject);
  ul_page_end (self);
}

/* --- nearest references ---------------------------------------------------------------------------------------- */

typedef struct {
  guint index;
  double distance;
} Near;

static void
ignore_field (const UlEncoderField *field, gpointer user_data)
{
}

/* The nearest ones of as many sources. */
static guint
find_nearest (const UlReferences *references, const UlEncoderProfile *profile, Near nearest[N_NEAREST])
{
  guint n = 0;

  for (guint i = 0; i < ul_references_n (references); i++) {
    UlReferenceInfo info = ul_references_get (references, i);
    double d = info.maker && info.profile->h265 == profile->h265 ? ul_references_compare (references, profile, info.profile, ignore_field, NULL) : -1;
    guint at = n;
    gboolean known = FALSE;

    for (guint k = 0; k < n; k++)
      known |= nearest[k].distance <= d && g_str_equal (ul_references_get (references, nearest[k].index).group, info.group);
    if (d < 0 || known || (n == N_NEAREST && d >= nearest[n - 1].distance))
      continue;
    n = MIN (n + 1, N_NEAREST);
    for (at = n - 1; at > 0 && nearest[at - 1].distance > d; at--)
      nearest[at] = nearest[at - 1];
    nearest[at] = (Near){ i, d };
  }
  return n;
}

static const char *
shown (const char *value)
{
  return !value ? "not known" : *value ? value : "absent";
}

static void
write_reference_cell (UlPage *self, const char *own, const char *value)
{
  gboolean differs = own && value && !g_str_equal (own, value);

  ul_page_printf (self, "<td%s>%s%s</td>", differs ? " class=\"differs\"" : "", differs ? "≠ " : "", shown (value));
}

static void
write_nearest (UlPage *self, const UlReferences *references, const UlEncoderProfile *profile, const Near *nearest, guint n)
{
  g_autoptr (GStringChunk) scratch = g_string_chunk_new (4096);
  const char *own[UL_ENCODER_MAX_FIELDS], *theirs[N_NEAREST][UL_ENCODER_MAX_FIELDS];

  ul_encoder_profile_fields (profile, scratch, own);
  ul_page_scroll (self, "The nearest encoders of the library, field by field");
  g_string_append (self->out, "<table><caption>How the pictures are coded, beside the library's nearest; ≠ differs</caption>\n<thead><tr>"
                              "<th scope=\"col\">Field</th><th scope=\"col\">This input</th>");
  for (guint k = 0; k < n; k++) {
    UlReferenceInfo info = ul_references_get (references, nearest[k].index);
    ul_encoder_profile_fields (info.profile, scratch, theirs[k]);
    ul_page_printf (self, "<th scope=\"col\">%s, distance %.2f</th>", ul_report_name_of (self->report, UL_SUBJECT_MAKER, info.maker), nearest[k].distance);
  }
  g_string_append (self->out, "</tr></thead>\n<tbody>\n");
  for (guint f = 0; f < ul_encoder_n_fields (profile->h265); f++) {
    if (!own[f])
      continue;
    ul_page_printf (self, "<tr><th scope=\"row\">%s</th><td>%s</td>", ul_encoder_field_name (profile->h265, f), shown (own[f]));
    for (guint k = 0; k < n; k++)
      write_reference_cell (self, own[f], theirs[k][f]);
    g_string_append (self->out, "</tr>\n");
  }
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
}

void
ul_page_references (UlPage *self)
{
  const UlReferences *references = ul_knowledge_references (self->report->knowledge);
  g_autoptr (UlEncoderProfile) profile = ul_encoder_profile_new (self->stream->evidence);
  Near nearest[N_NEAREST];
  guint n = profile ? find_nearest (references, profile, nearest) : 0;

  ul_page_begin (self, "references", "Beside the nearest encoders of the library");
  if (n == 0) {
    g_string_append (self->out, "<p>No parameter set was read that could be compared.</p>\n");
  } else {
    g_string_append (self->out, "<p>Nearest is not the same: many makers take a chip's software as it comes, and then code alike. What the library "
                                "says of a maker is weighed among the marks above, over all its sources. A distance of 0 is an equal form.</p>\n");
    write_nearest (self, references, profile, nearest, n);
    g_string_append (self->out, "<ul>\n");
    for (guint k = 0; k < n; k++) {
      UlReferenceInfo info = ul_references_get (references, nearest[k].index);
      ul_page_printf (self, "<li class=\"break\">%s: source %s</li>\n", ul_report_name_of (self->report, UL_SUBJECT_MAKER, info.maker), info.source);
    }
    g_string_append (self->out, "</ul>\n");
  }
  ul_page_end (self);
}

/* --- all observations --------------------------------------------------------------------------------------------- */

static void
write_row (UlPage *self, const UlReportStream *s, guint k)
{
  const UlObservation *o = ul_evidence_get (s->evidence, k);
  guint number = s->first_observation + k;
  g_autofree char *where = ul_where_text (o);
  gboolean telling = g_hash_table_contains (self->telling, GUINT_TO_POINTER (number));

  ul_page_printf (self, "<tr id=\"o%u\"><td class=\"number\">%u</td><th scope=\"row\">", number, number);
  ul_page_figure (self, ul_key_name (o->key), "/observations/%u/key", number - 1);
  g_string_append (self->out, telling ? "</th><td class=\"value\"><mark>" : "</th><td class=\"value\">");
  ul_page_figure (self, o->value, "/observations/%u/value", number - 1);
  g_string_append (self->out, telling ? "</mark></td><td>" : "</td><td>");
  ul_page_figure (self, ul_layer_name (ul_key_layer (o->key)), "/observations/%u/layer", number - 1);
  ul_page_printf (self, "</td><td>%s</td><td>%s</td></tr>\n", ul_forge_name (ul_key_forge (o->key)), where);
}

void
ul_page_observations (UlPage *self)
{
  guint n = 0;

  ul_page_begin (self, "observations", "All that was observed");
  g_string_append (self->out, "<details><summary>The observations in order; marked are those that a mark above rests on</summary>\n");
  ul_page_scroll (self, "Table of all observations");
  g_string_append (self->out, "<table><caption>Observations</caption>\n<thead><tr><th scope=\"col\">No.</th><th scope=\"col\">Key</th>"
                              "<th scope=\"col\">Value</th><th scope=\"col\">Layer</th><th scope=\"col\">To forge</th><th scope=\"col\">Where</th></tr></thead>\n<tbody>\n");
  for (guint i = 0; i < self->report->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->report->streams, i);
    for (guint k = 0; k < ul_evidence_n (s->evidence); k++)
      if (n++ < MAX_ROWS)
        write_row (self, s, k);
  }
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
  if (n > MAX_ROWS)
    ul_page_printf (self, "<p>%u more are in the JSON report.</p>\n", n - MAX_ROWS);
  g_string_append (self->out, "</details>\n");
  ul_page_end (self);
}
