/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "knowledge/knowledge.h"
#include "knowledge/rules.h"
#include "underlabel.h"

static const char makers_text[] = "schema: 1\nkind: makers\ndate: 2026-11-24\nmakers:\n"
                                  "- { id: acme, name: Acme Cams, aliases: [ACX], kinds: [camera] }\n"
                                  "- { id: other, name: Other, kinds: [camera] }\n";
static const char names_text[] = "schema: 1\nkind: names\ndate: 2026-11-24\n"
                                 "softwares:\n- { id: demo-server, name: Demo Server }\n"
                                 "paths:\n- { id: relay, name: relay }\n";
static const char brands_text[] = "schema: 1\nkind: brands\ndate: 2026-11-24\nrelations:\n"
                                  "- { brand: Blinky, maker: acme, type: own_brand, grade: C, sources: [x] }\n"
                                  "- { brand: Bought, maker: acme, type: oem, grade: C, sources: [x] }\n";

#define HEAD "schema: 1\nkind: rules\ndate: 2026-11-24\nrules:\n"

/* Two whole rules; the first line of the first is line 5. */
static const char two_rules[]
    = HEAD "- id: acme.sdp.mark\n"
           "  says: { maker: acme }\n"
           "  title: \"the SDP says x-mark\"\n"
           "  when:\n"
           "    all:\n"
           "      - { key: sdp.attribute, equals: \"x-mark:1\" }\n"
           "      - { key: sdp.origin, regex: '^- (\\d+) \\1 IN IP4 0\\.0\\.0\\.0$' }\n"
           "    none:\n"
           "      - { key: sdp.tool, prefix: libav }\n"
           "  group: dialogue\n"
           "  counts: { own: 12, own_of: 20, other: 1, other_of: 130, date: 2026-11-24 }\n"
           "  source: [ \"a public test vector\" ]\n"
           "  examples:\n"
           "    - { match: true, observations: { sdp.attribute: [\"x-mark:1\", recvonly], sdp.origin: \"- 22 22 IN IP4 0.0.0.0\" } }\n"
           "    - { match: false, observations: { sdp.attribute: \"x-mark:1\", sdp.origin: \"- 22 23 IN IP4 0.0.0.0\" } }\n"
           "    - { match: false, observations: { sdp.attribute: \"x-mark:1\", sdp.origin: \"- 22 22 IN IP4 0.0.0.0\", sdp.tool: libavformat } }\n"
           "- id: demo.banner\n"
           "  says: { software: demo-server }\n"
           "  title: banner\n"
           "  when: { any: [ { key: rtsp.server, prefix: \"Demo Server/\" }, { key: rtsp.server, icontains: \"DEMOSERVER\" } ] }\n"
           "  document: \"manual, page 1\"\n"
           "  source: manual\n"
           "  examples:\n"
           "    - { match: true, observations: { rtsp.server: \"my DemoServer\" } }\n"
           "    - { match: false, observations: { rtsp.server: Demo } }\n";

static UlYamlDocument *
parse (const char *text, GError **error)
{
  return ul_yaml_document_new ("r.yaml", text, strlen (text), error);
}

static UlMakers *
load_makers (void)
{
  UlMakers *makers = ul_makers_new ();
  g_autoptr (UlYamlDocument) m = parse (makers_text, NULL), n = parse (names_text, NULL), b = parse (brands_text, NULL);

  cr_assert (ul_makers_load (makers, m, NULL));
  cr_assert (ul_makers_load_names (makers, n, NULL));
  cr_assert (ul_makers_load_brands (makers, b, NULL));
  return makers;
}

static UlRules *
load (const char *text, GError **error)
{
  g_autoptr (UlMakers) makers = load_makers ();
  g_autoptr (UlYamlDocument) doc = parse (text, error);
  g_autoptr (UlRules) rules = ul_rules_new ();

  return doc && ul_rules_load (rules, makers, doc, error) ? g_steal_pointer (&rules) : NULL;
}

/* A rule of pieces; NULL takes the usual one. */
typedef struct {
  const char *says, *when, *examples, *more;
} Pieces;

static char *
rule_text (Pieces p)
{
  return g_strdup_printf (HEAD "- id: t.rule\n  says: %s\n  title: t\n  source: s\n  when: %s\n  examples: %s\n%s",
                          p.says ? p.says : "{ maker: acme }", p.when ? p.when : "{ all: [ { key: sdp.info, equals: x } ] }",
                          p.examples ? p.examples
                                     : "[ { match: true, observations: { sdp.info: x } }, { match: false, observations: { sdp.info: y } } ]",
                          p.more ? p.more : "");
}

static UlRules *
load_pieces (Pieces p)
{
  g_autofree char *text = rule_text (p);
  g_autoptr (GError) error = NULL;
  UlRules *rules = load (text, &error);

  cr_assert_not_null (rules, "%s", error ? error->message : "");
  return rules;
}

static void
refused (Pieces p, const char *expected)
{
  g_autofree char *text = rule_text (p);
  g_autoptr (GError) error = NULL;
  g_autoptr (UlRules) rules = load (text, &error);

  cr_assert_null (rules, "taken: %s", text);
  cr_assert (g_error_matches (error, UL_ERROR, UL_ERROR_KNOWLEDGE));
  cr_assert (g_str_has_prefix (error->message, expected), "'%s' is not '%s…'", error->message, expected);
}

Test (rules, two_rules_load)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UlRules) rules = load (two_rules, &error);

  cr_assert_not_null (rules, "%s", error ? error->message : "");
  cr_assert_eq (ul_rules_n (rules), 2u);
  const UlRule *r = ul_rules_find (rules, "acme.sdp.mark");
  cr_assert_eq (r->line, 5u);
  cr_assert_eq (r->subject, UL_SUBJECT_MAKER);
  cr_assert_str_eq (r->says, "acme");
  cr_assert_eq (r->group, UL_GROUP_DIALOGUE);
  cr_assert_eq (r->forge, UL_FORGE_TRIVIAL);
  cr_assert_not (r->self_naming);
  cr_assert_float_eq (r->ratio, log10 ((12.5 / 21) / (1.5 / 131)), 1e-9);
  const UlRule *demo = ul_rules_get (rules, 1);
  cr_assert (demo->self_naming);
  cr_assert_eq (demo->ratio, 0);
  cr_assert_eq (ul_rules_n_warnings (rules), 1u);
  cr_assert_str_eq (ul_rules_get_warning (rules, 0), "r.yaml:21: rule demo.banner has no counts, its ratio is 0");
}

Test (rules, refusals_name_file_and_line)
{
  refused ((Pieces){ .says = "{ maker: nobody }" }, "r.yaml:6: rule t.rule: no maker 'nobody' is declared");
  refused ((Pieces){ .says = "{ software: acme }" }, "r.yaml:6: rule t.rule: no software 'acme' is declared");
  refused ((Pieces){ .says = "{ maker: acme, path: relay }" }, "r.yaml:6: 'says' of rule t.rule needs one of");
  refused ((Pieces){ .says = "{ brand: acme }" }, "r.yaml:6: unknown key 'brand' in 'says'");
  refused ((Pieces){ .when = "{ none: [ { key: sdp.info, equals: x } ] }" }, "r.yaml:9: rule t.rule needs 'all' or 'any'");
  refused ((Pieces){ .when = "{ all: [] }" }, "r.yaml:9: 'all' of rule t.rule is empty");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.nonsense, equals: x } ] }" }, "r.yaml:9: no observation key 'sdp.nonsense'");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info } ] }" }, "r.yaml:9: a condition without operator");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, equals: x, prefix: y } ] }" }, "r.yaml:9: a condition has both");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, equals: x, typo: y } ] }" }, "r.yaml:9: unknown key 'typo' in a condition of rule t.rule");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, present: false } ] }" }, "r.yaml:9: 'present' can only be true");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, prefix: \"\" } ] }" }, "r.yaml:9: 'prefix' is empty");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, min: 3, max: 2 } ] }" }, "r.yaml:9: min is above max");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, min: a } ] }" }, "r.yaml:9: 'a' of 'min' is not an integer");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, in: x } ] }" }, "r.yaml:9: 'in' must be a list");
  refused ((Pieces){ .when = "{ all: [ { key: sdp.info, equals: x }, { key: nal.header, present: true } ] }" },
           "r.yaml:5: rule t.rule mixes keys of the groups dialogue and bitstream");
  refused ((Pieces){ .more = "  group: bitstream\n" }, "r.yaml:11: rule t.rule is of group dialogue by its keys");
  refused ((Pieces){ .more = "  group: sdp\n" }, "r.yaml:11: no group 'sdp'");
  refused ((Pieces){ .more = "  group: sdp\n  forge: never\n" }, "r.yaml:11: no group 'sdp'");
  refused ((Pieces){ .more = "  forge: never\n" }, "r.yaml:11: 'never' of 'forge'");
  refused ((Pieces){ .more = "  weight: 3\n" }, "r.yaml:11: unknown key 'weight' in rule t.rule");
  refused ((Pieces){ .more = "  counts: { own: 3, own_of: 2, other: 0, other_of: 1, date: 2026-11-24 }\n" },
           "r.yaml:11: rule t.rule: a count above");
  refused ((Pieces){ .more = "  counts: { own: 1, own_of: 2, other: 0, date: 2026-11-24 }\n" }, "r.yaml:11: key 'other_of' is missing");
  refused ((Pieces){ .more = "  counts: { own: 1, own_of: 2, other: 0, other_of: 9 }\n" }, "r.yaml:11: key 'date' is missing");
  refused ((Pieces){ .more = "  counts: { own: -1, own_of: 2, other: 0, other_of: 9, date: 2026-11-24 }\n" }, "r.yaml:11: '-1' of 'own'");
  refused ((Pieces){ .more = "- id: t.rule\n  says: { path: relay }\n  title: t\n  source: s\n" }, "r.yaml:11: rule t.rule is there twice");
  refused ((Pieces){ .more = "- id: T\n" }, "r.yaml:11: 'T' of 'id' is not an id");
}

Test (rules, examples_are_needed_and_run)
{
  refused ((Pieces){ .examples = "[ { match: true, observations: { sdp.info: y } } ]" }, "r.yaml:10: rule t.rule does not match its example");
  refused ((Pieces){ .examples = "[ { match: false, observations: { sdp.info: x } } ]" }, "r.yaml:10: rule t.rule matches the example that it should not");
  refused ((Pieces){ .examples = "[ { match: true, observations: { sdp.info: x } } ]" }, "r.yaml:10: rule t.rule needs an example");
  refused ((Pieces){ .examples = "[ { match: false, observations: { sdp.info: y } } ]" }, "r.yaml:10: rule t.rule needs an example");
  refused ((Pieces){ .examples = "[ { match: false, observations: { sdp.uri: y } } ]" }, "r.yaml:10: an example of rule t.rule has no observation");
  refused ((Pieces){ .examples = "[ { match: true, observations: { sdp.nonsense: y } } ]" }, "r.yaml:10: no observation key 'sdp.nonsense'");
  refused ((Pieces){ .examples = "[ { match: true, observations: { sdp.info: x }, why: z } ]" }, "r.yaml:10: unknown key 'why' in an example");
  refused ((Pieces){ .examples = "[]" }, "r.yaml:10: rule t.rule needs an example");
}

Test (rules, dangerous_regexes_are_refused)
{
  static const struct {
    const char *regex, *expected;
  } rows[] = {
    { "a\\Kb", "r.yaml:9: regex: \\K" },
    { "\\Q(*\\E", "r.yaml:9: regex: \\Q" },
    { "(*COMMIT)a", "r.yaml:9: regex: verbs" },
    { "(*LIMIT_MATCH=999999999)a", "r.yaml:9: regex: verbs" },
    { "(*UTF)a", "r.yaml:9: regex: verbs" },
    { "a(?C1)b", "r.yaml:9: regex: callouts" },
    { "a(?C\"x\")b", "r.yaml:9: regex: callouts" },
    { "a\\Cb", "r.yaml:9: regex at character" },
    { "a(", "r.yaml:9: regex at character 2: missing closing parenthesis" },
    { "((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))", "r.yaml:9: regex at character" },
    { "((((a{1,999}){1,999}){1,999}){1,999})", "r.yaml:9: regex at character" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *when = g_strdup_printf ("{ all: [ { key: sdp.info, regex: '%s' } ] }", rows[i].regex);
    refused ((Pieces){ .when = when }, rows[i].expected);
  }
  /* An escaped parenthesis, and a backslash before one that is not. */
  g_autoptr (UlRules) rules = load_pieces ((Pieces){ .when = "{ all: [ { key: sdp.info, regex: '^\\(*x$' } ] }" });
  cr_assert_eq (ul_rules_n (rules), 1u);
}

/* Does a rule of this one condition fit the value? */
static gboolean
fits (const char *operator, const char *value)
{
  g_autofree char *when = g_strdup_printf ("{ all: [ { key: sdp.info, equals: x } ], none: [ { key: sdp.uri, %s } ] }", operator);
  g_autoptr (UlRules) rules = load_pieces ((Pieces){ .when = when });
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();

  ul_evidence_add (evidence, UL_KEY_SDP_INFO, "x", UL_NOWHERE);
  ul_evidence_add (evidence, UL_KEY_SDP_URI, value, UL_NOWHERE);
  g_autoptr (UlRuleView) view = ul_rule_view_new (evidence, 0);
  return !ul_rule_matches (ul_rules_get (rules, 0), view, NULL);
}

Test (rules, operators)
{
  cr_assert (fits ("equals: aB", "aB"));
  cr_assert_not (fits ("equals: aB", "ab"));
  cr_assert (fits ("iequals: aB", "Ab"));
  cr_assert_not (fits ("iequals: aB", "Abc"));
  cr_assert (fits ("prefix: aB", "aBc"));
  cr_assert_not (fits ("prefix: aB", "xaB"));
  cr_assert (fits ("contains: aB", "xaBc"));
  cr_assert_not (fits ("contains: aB", "xabc"));
  cr_assert (fits ("icontains: aB", "xAbc"));
  cr_assert_not (fits ("icontains: aB", "xA-b"));
  cr_assert (fits ("regex: 'b+'", "abbc"));
  cr_assert_not (fits ("regex: '^b+'", "abbc"));
  cr_assert (fits ("in: [a, b]", "b"));
  cr_assert_not (fits ("in: [a, b]", "ab"));
  cr_assert (fits ("min: 3", "3"));
  cr_assert_not (fits ("min: 3", "2"));
  cr_assert (fits ("max: -3", "-4"));
  cr_assert (fits ("min: 3, max: 5", "5"));
  cr_assert_not (fits ("min: 3, max: 5", "6"));
  cr_assert_not (fits ("min: 3", "3a"));
  cr_assert_not (fits ("min: 3", "99999999999999999999"));
  cr_assert (fits ("present: true", "anything"));
}

Test (rules, a_regex_that_explodes_does_not_fit)
{
  g_autoptr (GString) value = g_string_new (NULL);
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < 2000; i++)
    g_string_append_c (value, 'a');
  cr_assert_not (fits ("regex: '^(a+)+$|^(a|aa)+\\d'", g_string_append_c (value, '!')->str));
  cr_assert_lt (g_get_monotonic_time () - start, 5 * G_USEC_PER_SEC);
}

Test (rules, indices_are_of_the_fitting_observations)
{
  g_autoptr (UlRules) rules = load (two_rules, NULL);
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  g_autoptr (GArray) indices = g_array_new (FALSE, FALSE, sizeof (guint));

  ul_evidence_add (evidence, UL_KEY_SDP_ATTRIBUTE, "recvonly", UL_NOWHERE);
  ul_evidence_add (evidence, UL_KEY_SDP_ORIGIN, "- 7 7 IN IP4 0.0.0.0", UL_NOWHERE);
  ul_evidence_add (evidence, UL_KEY_SDP_ATTRIBUTE, "x-mark:1", UL_NOWHERE);
  g_autoptr (UlRuleView) view = ul_rule_view_new (evidence, 0);
  cr_assert (ul_rule_matches (ul_rules_get (rules, 0), view, indices));
  cr_assert_eq (indices->len, 2u);
  cr_assert_eq (g_array_index (indices, guint, 0), 2u);
  cr_assert_eq (g_array_index (indices, guint, 1), 1u);
  cr_assert_not (ul_rule_matches (ul_rules_get (rules, 1), view, indices));
  cr_assert_eq (indices->len, 2u);
}

Test (rules, left_out_layers_and_unvouched_observations_are_not_seen)
{
  g_autoptr (UlRules) rules = load_pieces ((Pieces){
      .when = "{ all: [ { key: rtsp.header_order, contains: x } ] }",
      .examples = "[ { match: true, observations: { rtsp.header_order: x } }, { match: false, observations: { rtsp.header_order: y } } ]" });
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();

  ul_evidence_set_provenance (evidence, UL_PROVENANCE_LOG);
  ul_evidence_add (evidence, UL_KEY_RTSP_HEADER_ORDER, "x", UL_NOWHERE);
  g_autoptr (UlRuleView) logged = ul_rule_view_new (evidence, 0);
  cr_assert_not (ul_rule_matches (ul_rules_get (rules, 0), logged, NULL));
  ul_evidence_set_provenance (evidence, UL_PROVENANCE_AS_SENT);
  ul_evidence_add (evidence, UL_KEY_RTSP_HEADER_ORDER, "x", UL_NOWHERE);
  g_autoptr (UlRuleView) sent = ul_rule_view_new (evidence, 0);
  cr_assert (ul_rule_matches (ul_rules_get (rules, 0), sent, NULL));
  g_autoptr (UlRuleView) without = ul_rule_view_new (evidence, 1u << UL_LAYER_RTSP);
  cr_assert_not (ul_rule_matches (ul_rules_get (rules, 0), without, NULL));
  cr_assert (ul_rule_observable (ul_rules_get (rules, 0), evidence));
  g_autoptr (UlEvidence) empty = ul_evidence_new ();
  cr_assert_not (ul_rule_observable (ul_rules_get (rules, 0), empty));
}

Test (rules, an_exclusion_over_dropped_values_is_not_met)
{
  g_autoptr (UlRules) rules = load_pieces ((Pieces){ .when = "{ all: [ { key: sdp.info, equals: x } ], none: [ { key: sdp.uri, equals: z } ] }" });
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();

  ul_evidence_add (evidence, UL_KEY_SDP_INFO, "x", UL_NOWHERE);
  for (int i = 0; i < UL_EVIDENCE_VALUES_PER_KEY; i++)
    ul_evidence_add_int (evidence, UL_KEY_SDP_URI, i, UL_NOWHERE);
  g_autoptr (UlRuleView) full = ul_rule_view_new (evidence, 0);
  cr_assert (ul_rule_matches (ul_rules_get (rules, 0), full, NULL));
  ul_evidence_add (evidence, UL_KEY_SDP_URI, "z", UL_NOWHERE);
  g_autoptr (UlRuleView) over = ul_rule_view_new (evidence, 0);
  cr_assert_not (ul_rule_matches (ul_rules_get (rules, 0), over, NULL));
}

static double
ratio (const char *operator, const char *counts, const char *more)
{
  g_autofree char *when = g_strdup_printf ("{ all: [ { key: sdp.info, %s } ], none: [ { key: sdp.uri, equals: never } ] }", operator);
  g_autofree char *rest = g_strdup_printf ("  counts: { %s, date: 2026-11-24 }\n%s", counts, more);
  g_autoptr (UlRules) rules = load_pieces ((Pieces){
      .when = when,
      .examples = "[ { match: true, observations: { sdp.info: [x, \"Acme Cams 1\", acx, BLINKY, Bought, acxes, ACME.Cams, y] } }, "
                  "{ match: false, observations: { sdp.info: nothing } } ]",
      .more = rest });

  return ul_rules_get (rules, 0)->ratio;
}

Test (rules, ratios_follow_the_counts)
{
  /* One source only, and nothing that says who it is: weak. */
  cr_assert_float_eq (ratio ("equals: x", "own: 1, own_of: 1, other: 0, other_of: 130", ""), UL_RULE_WEAK_RATIO, 1e-9);
  cr_assert_float_eq (ratio ("equals: x", "own: 1, own_of: 1, other: 0, other_of: 130", "  document: d\n"), log10 (0.75 * 262), 1e-9);
  cr_assert_float_eq (ratio ("equals: x", "own: 2, own_of: 2, other: 0, other_of: 130", ""), log10 (2.5 / 3 * 262), 1e-9);
  cr_assert_float_eq (ratio ("equals: x", "own: 500, own_of: 500, other: 0, other_of: 0", ""), log10 (500.5 / 501 * 2), 1e-9);
  cr_assert_lt (ratio ("equals: x", "own: 1, own_of: 9, other: 100, other_of: 130", ""), 0);
}

Test (rules, self_naming)
{
  static const char counts[] = "own: 1, own_of: 1, other: 0, other_of: 130";
  static const struct {
    const char *operator;
    gboolean self;
  } rows[] = {
    { "equals: acx", TRUE },           /* alias, as a word */
    { "equals: acxes", FALSE },        /* a short name inside another word */
    { "prefix: 'Acme Cams'", TRUE },   /* name */
    { "equals: BLINKY", TRUE },        /* own brand */
    { "equals: Bought", FALSE },       /* a brand that it only builds for */
    { "regex: '^ACX[a-z]*$|^x'", TRUE }, /* a class is not literal text */
    { "regex: 'ACME\\.Cams'", TRUE },  /* id as a word */
    { "regex: '^(?!acx)[acx]$|^x'", FALSE },
    { "in: [x, acx]", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    double r = ratio (rows[i].operator, counts, "");
    cr_assert_eq (r > UL_RULE_WEAK_RATIO, rows[i].self, "%s: %f", rows[i].operator, r);
  }
}

/* From the files: of what is built in, examples are not run again. */
Test (rules, examples_of_the_built_in_rules_hold)
{
  g_autoptr (GDir) dir = g_dir_open (UL_SOURCE_DIR "/src/knowledge/data", 0, NULL);
  UlKnowledgeFile files[64];
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) && n < G_N_ELEMENTS (files)) {
    g_autofree char *path = g_build_filename (UL_SOURCE_DIR "/src/knowledge/data", name, NULL);
    char *text;
    gsize len;
    cr_assert (g_file_get_contents (path, &text, &len, NULL));
    g_ptr_array_add (owned, g_bytes_new_take (text, len));
    files[n++] = (UlKnowledgeFile){ g_path_get_basename (path), g_ptr_array_index (owned, owned->len - 1) };
  }
  UlKnowledge *read = ul_knowledge_new_from_files (files, n, &error), *built_in = ul_knowledge_new (NULL, NULL);
  cr_assert_not_null (read, "%s", error ? error->message : "");
  cr_assert_str_eq (ul_knowledge_id (read), ul_knowledge_id (built_in));
  ul_knowledge_unref (read);
  ul_knowledge_unref (built_in);
  for (guint i = 0; i < n; i++)
    g_free ((char *) files[i].name);
}
