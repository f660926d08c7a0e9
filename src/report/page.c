/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/page.h"

#include <gio/gio.h>
#include <math.h>

#include "report/authenticity_writer.h"

#define STYLE_RESOURCE "/underlabel/page/page.css"

static const struct {
  const char *id, *heading;
} sections[] = {
  { "finding", "Finding" },     { "answers", "Answers" },   { "candidates", "Candidates" }, { "evaluation", "Evaluation" }, { "evidence", "Evidence" },
  { "dialogue", "Dialogue" },   { "timeline", "Timeline" }, { "signature", "Signature" },   { "bytes", "Bytes" },           { "references", "Nearest encoders" },
  { "limits", "Limits" },       { "observations", "Observations" }, { "method", "Method" },
};

/* --- head ----------------------------------------------------------------------------------------------------- */

static void
write_head (UlPage *self)
{
  g_autoptr (GBytes) style = g_resources_lookup_data (STYLE_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_string_append (self->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                              "<meta name=\"color-scheme\" content=\"light dark\">\n"
                              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n");
  ul_page_printf (self, "<title>Who made this camera: %s</title>\n<style>\n", self->report->source ? self->report->source : "-");
  g_string_append_len (self->out, g_bytes_get_data (style, NULL), (gssize) g_bytes_get_size (style));
  g_string_append (self->out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the finding</a>\n");
  g_string_append (self->out, "<header>\n<p class=\"product\">underlabel: who really made this camera</p>\n<h1>");
  ul_page_figure (self, self->report->source, "/input/source");
  g_string_append (self->out, "</h1>\n</header>\n<nav aria-label=\"Contents\">\n<ul>\n");
  for (gsize i = 0; self->stream && i < G_N_ELEMENTS (sections); i++)
    ul_page_printf (self, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].heading);
  g_string_append (self->out, "</ul>\n</nav>\n<main id=\"main\">\n");
}

/* --- the finding ------------------------------------------------------------------------------------------------- */

static void
write_label (UlPage *self)
{
  const UlReport *r = self->report;

  if (!r->claimed)
    return;
  ul_page_printf (self, "<p class=\"%s\"><strong>Label “", ul_label_finding_is_hit (r->finding) ? "bad" : r->finding == UL_LABEL_UNDETERMINED ? "open" : "good");
  ul_page_figure (self, r->claimed, "/label/claimed");
  g_string_append (self->out, "”: ");
  ul_page_figure (self, ul_label_finding_name (r->finding), "/label/finding");
  g_string_append (self->out, ".</strong> ");
  ul_page_figure (self, r->explanation, "/label/explanation");
  g_string_append (self->out, "</p>\n");
}

static void
write_policies (UlPage *self)
{
  for (guint i = 0; i < self->report->policies->len; i++) {
    const UlReportPolicy *p = g_ptr_array_index (self->report->policies, i);
    ul_page_printf (self, "<p class=\"%s\"><strong>Policy ", ul_policy_result_is_hit (p->result) ? "bad" : "plain");
    ul_page_figure (self, p->policy->id, "/policies/%u/id", i);
    g_string_append (self->out, ": ");
    ul_page_figure (self, ul_policy_result_name (p->result), "/policies/%u/result", i);
    g_string_append (self->out, ".</strong> ");
    ul_page_figure (self, p->reason, "/policies/%u/reason", i);
    g_string_append (self->out, "</p>\n");
  }
}

static char *
signature_headline (const UlReportStream *s)
{
  UlText text = { g_string_new (NULL), FALSE };

  ul_authenticity_write_headline (&text, s);
  g_strdelimit (text.out->str, "\n", ' ');
  return g_strstrip (g_string_free (text.out, FALSE));
}

static void
write_finding (UlPage *self)
{
  const UlAnswer *maker = &self->stream->judgement->answers[UL_SUBJECT_MAKER];
  g_autofree char *rest = NULL;
  g_autofree char *head = ul_say_finding (self->report, self->stream, &rest);
  g_autofree char *headline = signature_headline (ul_report_signed_stream (self->report));

  ul_page_begin (self, "finding", "Finding");
  ul_page_printf (self, "<p class=\"finding %s\"><strong>%s</strong> %s</p>\n", ul_answer_is_unknown (maker) ? "open" : "plain", g_strchomp (head), rest);
  write_label (self);
  write_policies (self);
  if (*headline)
    ul_page_printf (self, "<p class=\"%s\">%s</p>\n", ul_report_signature_fails (self->report) ? "bad" : "plain", headline);
  ul_page_end (self);
}

/* --- the answers --------------------------------------------------------------------------------------------------- */

static void
write_answer (UlPage *self, UlSubject subject, const char *question)
{
  const UlAnswer *a = &self->stream->judgement->answers[subject];
  const char *name = ul_subject_name (subject);

  ul_page_printf (self, "<tr><th scope=\"row\">%s<br><span class=\"muted\">%s</span></th><td>", name, question);
  ul_page_figure (self, ul_report_name_of (self->report, subject, a->id), "/answers/%s/name", name);
  g_string_append (self->out, " <span class=\"muted\">(");
  ul_page_figure (self, a->id, "/answers/%s/id", name);
  g_string_append (self->out, ")</span></td><td>");
  ul_page_figure (self, ul_support_name (a->support), "/answers/%s/support", name);
  g_string_append (self->out, "</td><td class=\"number\">");
  ul_page_ratio (self, a->log10_lr, "/answers/%s/log10_lr", name);
  g_string_append (self->out, "</td></tr>\n");
}

static void
write_path (UlPage *self)
{
  const UlJudgement *j = self->stream->judgement;

  g_string_append (self->out, "<tr><th scope=\"row\">path<br><span class=\"muted\">what stands between the camera and us</span></th><td colspan=\"3\">");
  ul_page_figure (self, j->path, "/answers/path/id");
  for (guint i = 0; i < j->because->len; i++) {
    g_string_append (self->out, i ? "; " : ": ");
    ul_page_figure (self, g_ptr_array_index (j->because, i), "/answers/path/because/%u", i);
  }
  g_string_append (self->out, "</td></tr>\n");
}

static void
write_label_and_signature_rows (UlPage *self)
{
  const UlReport *r = self->report;
  UlReportAuthenticity a;

  ul_report_get_authenticity (r, &a);
  g_string_append (self->out, "<tr><th scope=\"row\">label<br><span class=\"muted\">does the claimed brand fit the maker</span></th><td colspan=\"3\">");
  if (r->claimed)
    ul_page_figure (self, ul_label_finding_name (r->finding), "/label/finding");
  else
    g_string_append (self->out, "nothing was claimed");
  g_string_append (self->out, "</td></tr>\n<tr><th scope=\"row\">authenticity<br><span class=\"muted\">is there a signature, does it hold, whose key</span></th><td colspan=\"3\">");
  ul_page_figure (self, a.verdict, "/authenticity/verdict");
  g_string_append (self->out, ", key ");
  ul_page_figure (self, a.key, "/authenticity/key");
  g_string_append (self->out, "</td></tr>\n<tr><th scope=\"row\">restricted<br><span class=\"muted\">made by a maker that a policy names, against made by another</span></th>"
                              "<td colspan=\"2\"></td><td class=\"number\">");
  ul_page_ratio (self, self->stream->judgement->restricted_log10_lr, "/answers/restricted/log10_lr");
  g_string_append (self->out, "</td></tr>\n");
}

static void
write_answers (UlPage *self)
{
  ul_page_begin (self, "answers", "The six answers");
  ul_page_scroll (self, "The six answers");
  g_string_append (self->out, "<table><caption>What is asked, and what the evidence carries</caption>\n<thead><tr><th scope=\"col\">Question</th>"
                              "<th scope=\"col\">Answer</th><th scope=\"col\">Support</th><th scope=\"col\">log10 likelihood ratio</th></tr></thead>\n<tbody>\n");
  write_answer (self, UL_SUBJECT_MAKER, "whose firmware wrote this stream");
  write_answer (self, UL_SUBJECT_PLATFORM, "which encoder coded the pictures");
  write_answer (self, UL_SUBJECT_SOFTWARE, "which streaming or recording software spoke");
  if (self->stream->judgement->answers[UL_SUBJECT_RECORDER].candidates->len)
    write_answer (self, UL_SUBJECT_RECORDER, "who made the recorder or relay");
  write_path (self);
  write_label_and_signature_rows (self);
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
  ul_page_end (self);
}

/* --- the evaluation (ENFSI guideline for evaluative reporting) --------------------------------------------------------- */

static void
write_scale (UlPage *self)
{
  static const char *const bands[] = { "2 to 10", "10 to 100", "100 to 1,000", "1,000 to 10,000", "10,000 to 1,000,000", "more than 1,000,000" };

  g_string_append (self->out, "<details><summary>The verbal scale</summary>\n");
  ul_page_scroll (self, "The verbal scale");
  g_string_append (self->out, "<table><caption>Words for a likelihood ratio (ENFSI)</caption>\n<thead><tr><th scope=\"col\">The findings are more probable by</th>"
                              "<th scope=\"col\">Words</th></tr></thead>\n<tbody>\n");
  for (gsize i = 0; i < G_N_ELEMENTS (bands); i++)
    ul_page_printf (self, "<tr><td>%s times</td><td>%s support</td></tr>\n", bands[i], ul_support_words ((UlSupport) (i + UL_SUPPORT_WEAK)));
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
  g_string_append (self->out, "</details>\n");
}

static void
write_probability (UlPage *self, const UlMatch *m)
{
  gboolean library = g_str_has_prefix (m->rule->id, UL_LIBRARY_RULE_PREFIX);

  ul_page_printf (self, "<tr><th scope=\"row\">%s</th><td>%s%s</td><td class=\"number\">%u of %u sources</td><td class=\"number\">%u of %u sources</td>"
                        "<td class=\"number\">%.2f</td></tr>\n",
                  ul_group_name (m->rule->group), m->rule->title,
                  library ? " (the counts are of sources that nearly code so; the ratio is over all references of the library by how near they are)" : "", m->own, m->own_of, m->other, m->other_of, m->log10_lr);
}

static void
write_propositions (UlPage *self, const UlCandidate *c)
{
  const char *name = ul_report_name_of (self->report, UL_SUBJECT_MAKER, c->id);
  UlSupport support = ul_support_from_ratio (fabs (c->log10_lr));
  g_autofree char *n = ul_times_text (fabs (c->log10_lr));

  ul_page_printf (self, "<dl>\n<dt>H1</dt><dd>The firmware that wrote this stream was made by %s.</dd>\n"
                        "<dt>H2</dt><dd>It was made by another source.</dd>\n</dl>\n", name);
  ul_page_scroll (self, "Probability of the findings");
  g_string_append (self->out, "<table><caption>How often the findings are met under each proposition: the strongest mark of each group</caption>\n"
                              "<thead><tr><th scope=\"col\">Group</th><th scope=\"col\">Finding</th><th scope=\"col\">Under H1</th><th scope=\"col\">Under H2</th>"
                              "<th scope=\"col\">log10 ratio</th></tr></thead>\n<tbody>\n");
  for (guint i = 0; i < c->groups->len; i++)
    write_probability (self, g_ptr_array_index (((UlGroupWeight *) g_ptr_array_index (c->groups, i))->matches, 0));
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
  ul_page_printf (self, "<p>The groups add up to %.2f; set against every other candidate that the marks may speak for, %.2f is left.</p>\n", c->weight + 0.0,
                  c->log10_lr + 0.0);
  if (support == UL_SUPPORT_NONE)
    g_string_append (self->out, "<p>The findings are about as probable under one proposition as under the other: they say nothing.</p>\n");
  else
    ul_page_printf (self, "<p>Together the findings are about %s times more probable under %s than under %s: <strong>%s support for %s</strong>. "
                          "This is the probability of the findings, not of the propositions: what else is known of the case is not in it.</p>\n",
                    n, c->log10_lr > 0 ? "H1" : "H2", c->log10_lr > 0 ? "H2" : "H1", ul_support_words (support), c->log10_lr > 0 ? "H1" : "H2");
}

static void
write_evaluation (UlPage *self)
{
  const UlAnswer *maker = &self->stream->judgement->answers[UL_SUBJECT_MAKER];

  ul_page_begin (self, "evaluation", "Evaluation under two propositions");
  if (maker->candidates->len)
    write_propositions (self, g_ptr_array_index (maker->candidates, 0));
  else
    g_string_append (self->out, "<p>No mark speaks for a maker, so there is no proposition to weigh.</p>\n");
  if (ul_answer_is_unknown (maker) && maker->candidates->len)
    g_string_append (self->out, "<p>This is too little to name a maker: the answer is unknown.</p>\n");
  write_scale (self);
  ul_page_end (self);
}

/* --- signature ------------------------------------------------------------------------------------------------------------- */

static void
write_stretch (UlPage *self, const UlStretch *s, guint i)
{
  ul_page_printf (self, "<tr><th scope=\"row\">");
  ul_page_figure (self, ul_gop_state_name (s->state), "/authenticity/stretches/%u/verdict", i);
  g_string_append (self->out, "</th><td>");
  if (s->has_frames) {
    ul_page_int (self, (gint64) s->first_frame, "/authenticity/stretches/%u/frames/0", i);
    g_string_append (self->out, " to ");
    ul_page_int (self, (gint64) s->last_frame, "/authenticity/stretches/%u/frames/1", i);
  } else {
    g_string_append (self->out, "none of it is here");
  }
  g_string_append (self->out, "</td><td>");
  ul_page_figure (self, s->why, "/authenticity/stretches/%u/why", i);
  g_string_append (self->out, "</td></tr>\n");
}

static void
write_gops (UlPage *self, const UlAuthenticity *a)
{
  static const struct {
    UlGopState state;
    const char *member, *words;
  } rows[] = { { UL_GOP_OK, "ok", "as signed" }, { UL_GOP_MISSING, "missing", "something missing" }, { UL_GOP_NOT_OK, "not_ok", "not as signed" },
               { UL_GOP_UNSIGNED, "unsigned", "not signed" }, { UL_GOP_NOT_JUDGEABLE, "not_judgeable", "cannot be judged" } };

  g_string_append (self->out, "<dl>\n");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    ul_page_printf (self, "<dt>GOPs %s</dt><dd>", rows[i].words);
    ul_page_int (self, (gint64) a->gops[rows[i].state], "/authenticity/gops/%s", rows[i].member);
    g_string_append (self->out, "</dd>\n");
  }
  ul_page_printf (self, "<dt>signer, in its own words</dt><dd>%s%s%s%s%s</dd>\n", a->product.manufacturer ? a->product.manufacturer : "—",
                  a->product.hardware ? ", product " : "", a->product.hardware ? a->product.hardware : "", a->product.firmware ? ", firmware " : "",
                  a->product.firmware ? a->product.firmware : "");
  g_string_append (self->out, "</dl>\n");
}

static void
write_signature (UlPage *self)
{
  const UlReportStream *s = ul_report_signed_stream (self->report);
  const UlAuthenticity *a = s ? s->authenticity : NULL;
  g_autofree char *headline = signature_headline (s);

  ul_page_begin (self, "signature", "Signature");
  if (!a || a->n_seis == 0) {
    g_string_append (self->out, "<p>The pictures bear no cryptographic signature. Without one every mark can be forged.</p>\n");
  } else {
    ul_page_printf (self, "<p>%s</p>\n", headline);
    write_gops (self, a);
    if (s->key->reason)
      ul_page_printf (self, "<p>Key: %s.</p>\n", s->key->reason);
    if (a->stretches->len) {
      ul_page_scroll (self, "Stretches that are not as signed");
      g_string_append (self->out, "<table><caption>What is not as it was signed</caption>\n<thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Frames</th>"
                                  "<th scope=\"col\">Why</th></tr></thead>\n<tbody>\n");
      for (guint i = 0; i < a->stretches->len; i++)
        write_stretch (self, g_ptr_array_index (a->stretches, i), i);
      g_string_append (self->out, "</tbody></table>\n");
      ul_page_unscroll (self);
    }
  }
  ul_page_end (self);
}

/* --- limits and method ---------------------------------------------------------------------------------------------------------- */

static void
write_limits (UlPage *self)
{
  const UlAnswer *maker = &self->stream->judgement->answers[UL_SUBJECT_MAKER];

  ul_page_begin (self, "limits", "Limits and alternatives");
  g_string_append (self->out, "<h3>What speaks against it, and what does not count</h3>\n");
  ul_page_sayings (self, ul_say_against (self->report, self->stream));
  g_string_append (self->out, "<h3>What is not known</h3>\n");
  ul_page_sayings (self, ul_say_unknowns (self->stream));
  if (maker->candidates->len) {
    g_string_append (self->out, "<h3>What could be forged</h3>\n");
    ul_page_sayings (self, ul_say_forgery (self->stream, maker));
  }
  g_string_append (self->out, "<p>A maker that the library does not know cannot be named, and may code as a known one does. Everything but a verified "
                              "signature can be forged.</p>\n");
  ul_page_end (self);
}

static void
write_streams (UlPage *self)
{
  const UlReport *r = self->report;

  if (r->streams->len < 2)
    return;
  ul_page_scroll (self, "The streams");
  g_string_append (self->out, "<table><caption>The streams of the input; one answers for it</caption>\n<thead><tr><th scope=\"col\">Stream</th><th scope=\"col\">Codec</th>"
                              "<th scope=\"col\">Pictures</th><th scope=\"col\">Maker</th></tr></thead>\n<tbody>\n");
  for (guint i = 0; i < r->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (r->streams, i);
    ul_page_printf (self, "<tr><th scope=\"row\">%u%s</th><td>", s->index, i == r->main ? " (answers)" : "");
    ul_page_figure (self, s->codec, "/streams/%u/codec", i);
    g_string_append (self->out, "</td><td class=\"number\">");
    ul_page_int (self, (gint64) s->n_pictures, "/streams/%u/frames", i);
    g_string_append (self->out, "</td><td>");
    ul_page_figure (self, ul_report_name_of (r, UL_SUBJECT_MAKER, s->judgement->answers[UL_SUBJECT_MAKER].id), "/streams/%u/answers/maker/name", i);
    g_string_append (self->out, "</td></tr>\n");
  }
  g_string_append (self->out, "</tbody></table>\n");
  ul_page_unscroll (self);
}

static void
write_input_rows (UlPage *self)
{
  const UlReport *r = self->report;
  const struct {
    const char *name, *pointer, *text;
  } rows[] = { { "input", "/input/source", r->source }, { "kind", "/input/kind", r->kind }, { "container", "/input/container", r->container },
               { "SHA-256", "/input/sha256", r->sha256 }, { "program", "/tool/version", ul_version () },
               { "knowledge", "/tool/knowledge", ul_knowledge_id (r->knowledge) } };

  g_string_append (self->out, "<dl>\n");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    ul_page_printf (self, "<dt>%s</dt><dd class=\"break\">", rows[i].name);
    ul_page_figure (self, rows[i].text, "%s", rows[i].pointer);
    g_string_append (self->out, "</dd>\n");
  }
  g_string_append (self->out, "<dt>bytes</dt><dd>");
  ul_page_int (self, (gint64) r->bytes, "/input/bytes");
  g_string_append (self->out, "</dd>\n</dl>\n");
}

static void
write_method (UlPage *self)
{
  const UlReport *r = self->report;

  ul_page_begin (self, "method", "Method and input");
  write_input_rows (self);
  write_streams (self);
  g_string_append (self->out, "<p>Marks are facts of the coded video, the dialogue and the container. A mark weighs as much as counts of independent sources "
                              "carry: how many of a maker's show it, and how many of all others. The largest of a group counts, and the groups, which are "
                              "independent, are added. An answer is given from moderate support on; strong support needs two groups or a verified signature. "
                              "The same input and the same knowledge give the same report.</p>\n");
  if (r->has_claim)
    ul_page_printf (self, "<p>The device says of itself: %s, model %s, firmware %s. That is its word, and no evidence.</p>\n",
                    r->claim_manufacturer ? r->claim_manufacturer : "no manufacturer", r->claim_model ? r->claim_model : "unknown",
                    r->claim_firmware ? r->claim_firmware : "unknown");
  g_string_append (self->out, "<h3 id=\"warnings\">Warnings</h3>\n");
  if (r->warnings->len == 0)
    g_string_append (self->out, "<p>None.</p>\n");
  else
    g_string_append (self->out, "<ul>\n");
  for (guint i = 0; i < r->warnings->len; i++) {
    g_string_append (self->out, "<li>");
    ul_page_figure (self, g_ptr_array_index (r->warnings, i), "/warnings/%u", i);
    g_string_append (self->out, "</li>\n");
  }
  g_string_append (self->out, r->warnings->len ? "</ul>\n" : "");
  ul_page_end (self);
}

/* --- all of it ------------------------------------------------------------------------------------------------------------------- */

static GHashTable *
telling_observations (const UlReportStream *s)
{
  GHashTable *telling = g_hash_table_new (NULL, NULL);

  for (guint i = 0; s && i < s->judgement->matches->len; i++) {
    const UlMatch *m = g_ptr_array_index (s->judgement->matches, i);
    for (guint k = 0; !m->set_aside && k < m->observations->len; k++)
      g_hash_table_add (telling, GUINT_TO_POINTER (s->first_observation + g_array_index (m->observations, guint, k)));
  }
  return telling;
}

static void
write_sections (UlPage *self)
{
  write_finding (self);
  write_answers (self);
  ul_page_begin (self, "candidates", "Candidates for the maker");
  ul_page_candidates (self, UL_SUBJECT_MAKER);
  ul_page_end (self);
  write_evaluation (self);
  ul_page_evidence (self);
  ul_page_dialogue (self);
  ul_page_timeline (self);
  write_signature (self);
  ul_page_bytes (self);
  ul_page_references (self);
  write_limits (self);
  ul_page_observations (self);
}

char *
ul_report_to_html (const UlReport *report, UlExcerptFunc excerpt, gpointer user_data)
{
  const UlReportStream *s = ul_report_main_stream (report);
  g_autoptr (GHashTable) telling = telling_observations (s);
  UlPage self = { g_string_sized_new (65536), report, s, excerpt, user_data, telling };

  write_head (&self);
  if (s)
    write_sections (&self);
  write_method (&self);
  ul_page_printf (&self, "</main>\n<footer>\n<p>underlabel %s, knowledge %s. A report on evidence: it names nobody below moderate support.</p>\n</footer>\n"
                         "</body>\n</html>\n", ul_version (), ul_knowledge_id (report->knowledge));
  return g_string_free (self.out, FALSE);
}
