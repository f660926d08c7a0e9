/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "knowledge/knowledge.h"
#include "knowledge/references.h"

#define MAKERS "schema: 1\nkind: makers\ndate: 2026-11-25\nmakers:\n- { id: one, name: One, kinds: [camera] }\n- { id: two, name: Two, kinds: [camera] }\n"
#define MODEL \
  "schema: 1\nkind: encoder\ndate: 2026-11-25\ncodecs:\n  h264:\n    shrink: 1\n    floor: 0.001\n    offset: 0\n    slope: 1\n" \
  "    set_offset: 0\n    set_slope: 1\n    pair_offset: 0\n    pair_slope: 1\n    groups:\n" \
  "      - { name: a, bandwidth: 2, fields: [ sps.mfn, sps.poc, sps.ref, sps.gaps, sps.d ] }\n" \
  "      - { name: zeros, bandwidth: 2, fields: [ zeros ] }\n      - { name: pps, bandwidth: 1, fields: [ pps.qp ] }\n"

static char *
line_of (const char *maker, guint group, const char *sps, const char *more)
{
  return g_strdup_printf ("{\"maker\":\"%s\",\"codec\":\"h264\",\"group\":\"g%u\",\"source\":\"s\",\"sps\":\"%s\"%s}\n", maker, group, sps, more);
}

static UlKnowledge *
knowledge_of (const char *lines, const char *model, GError **error)
{
  const char *texts[] = { MAKERS, model, lines };
  const char *names[] = { "makers.yaml", "model.yaml", "references.jsonl" };
  UlKnowledgeFile files[3];

  for (guint i = 0; i < 3; i++)
    files[i] = (UlKnowledgeFile){ names[i], g_bytes_new (texts[i], strlen (texts[i])) };
  UlKnowledge *k = ul_knowledge_new_from_files (files, 3, error);
  for (guint i = 0; i < 3; i++)
    g_bytes_unref (files[i].bytes);
  return k;
}

/* Five sources of "one" with one form, five of "two" with another. */
static UlKnowledge *
two_makers (const char *of_one, const char *of_two)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5; i++) {
    g_autofree char *a = line_of ("one", i, "h67 mfn8 poc2 ref1 gaps1 d81", of_one), *b = line_of ("two", 10 + i, "h67 mfn4 poc0/16 ref2 gaps0 d80", of_two);
    g_string_append_printf (lines, "%s%s", a, b);
  }
  UlKnowledge *k = knowledge_of (lines->str, MODEL, &error);
  cr_assert_not_null (k, "%s", error ? error->message : "");
  return k;
}

static UlEncoderProfile *
profile_of (const char *sps)
{
  UlEncoderProfile *p = g_new0 (UlEncoderProfile, 1);

  p->parts[UL_PART_SPS] = g_strdup (sps);
  return p;
}

static gboolean
is_one (const char *maker, gpointer user_data)
{
  return g_str_equal (maker, "one");
}

static double
ratio_for (const UlKnowledge *k, const char *maker, const UlEncoderProfile *p, const char *without)
{
  double set;
  g_autoptr (GArray) ratios = ul_references_weigh (ul_knowledge_references (k), p, without, is_one, NULL, &set);

  for (guint i = 0; i < ratios->len; i++) {
    const UlEncoderRatio *r = &g_array_index (ratios, UlEncoderRatio, i);
    if (g_str_equal (r->rule->says, maker))
      return r->log10_lr;
  }
  return NAN;
}

Test (references, the_form_speaks_for_its_maker)
{
  g_autoptr (UlKnowledge) k = two_makers ("", "");
  g_autoptr (UlEncoderProfile) p = profile_of ("h67 mfn8 poc2 ref1 gaps1 d81");
  g_autoptr (UlEncoderProfile) other = profile_of ("h67 mfn16 poc1 ref9 gaps7 d99");

  /* exp (-2 * sqrt (3)) is what the other maker's sources give it. */
  double far = exp (-2 * sqrt (3)), common = (5 + 5 * far) / 10;
  cr_assert_float_eq (ratio_for (k, "one", p, NULL), log10 ((5 + common) / 6 / (far + 0.001 / 6)), 1e-9);
  cr_assert_lt (ratio_for (k, "two", p, NULL), 0);
  double of_p, of_other;
  g_array_unref (ul_references_weigh (ul_knowledge_references (k), p, NULL, is_one, NULL, &of_p));
  g_array_unref (ul_references_weigh (ul_knowledge_references (k), other, NULL, is_one, NULL, &of_other));
  cr_assert_gt (of_p, 1);
  cr_assert_lt (of_other, 0.3);
  /* A form that nobody has is nobody's. */
  cr_assert_lt (ratio_for (k, "one", other, NULL), 0.3);
  cr_assert_lt (ratio_for (k, "two", other, NULL), 0.3);
}

Test (references, a_source_counts_once_and_can_be_left_out)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++) {
    g_autofree char *b = line_of ("two", 10 + i, "h67 mfn4", "");
    g_string_append (lines, b);
  }
  for (guint i = 0; i < 40; i++) { /* one camera in forty clips */
    g_autofree char *a = line_of ("one", 0, i ? "h67 mfn8 poc2" : "h67 mfn8", "");
    g_string_append (lines, a);
  }
  g_autofree char *second = line_of ("one", 1, "h67 mfn8", "");
  g_string_append (lines, second);
  g_autoptr (UlKnowledge) k = knowledge_of (lines->str, MODEL, &error);
  g_autoptr (UlEncoderProfile) p = profile_of ("h67 mfn8 poc2");

  cr_assert_not_null (k, "%s", error ? error->message : "");
  double set;
  g_autoptr (GArray) ratios = ul_references_weigh (ul_knowledge_references (k), p, NULL, is_one, NULL, &set);
  const UlEncoderRatio *first = &g_array_index (ratios, UlEncoderRatio, 0);
  cr_assert_str_eq (first->rule->says, "one");
  cr_assert_eq (first->own_of, 2);
  cr_assert_eq (first->other_of, 3);
  /* Two sources are too few to name a maker. */
  cr_assert_leq (first->log10_lr, UL_RULE_WEAK_RATIO);
  cr_assert (isnan (ratio_for (k, "one", p, "g0")), "a maker of one source is weighed");
}

Test (references, what_is_unknown_says_nothing)
{
  g_autoptr (UlKnowledge) k = two_makers (",\"zeros\":\"1\",\"pps\":\"h68 qp26\"", ",\"zeros\":\"0\",\"pps\":\"h68 qp28\"");
  g_autoptr (UlEncoderProfile) p = profile_of ("h67 mfn99");

  double without = ratio_for (k, "one", p, NULL);
  cr_assert_float_eq (without, ratio_for (k, "two", p, NULL), 1e-9);
  p->parts[UL_PART_PPS] = g_strdup ("h68 qp26");
  double with = ratio_for (k, "one", p, NULL);
  cr_assert_gt (with, without + 0.2);
  p->parts[UL_PART_SPS_ZEROS] = g_strdup ("0");
  cr_assert_lt (ratio_for (k, "one", p, NULL), with);
  g_free (p->parts[UL_PART_SPS_ZEROS]);
  p->parts[UL_PART_SPS_ZEROS] = g_strdup ("1");
  cr_assert_gt (ratio_for (k, "one", p, NULL), with);
}

Test (references, pairs)
{
  g_autoptr (UlKnowledge) k = two_makers ("", "");
  const UlReferences *r = ul_knowledge_references (k);
  g_autoptr (UlEncoderProfile) a = profile_of ("h67 mfn8 poc2 ref1 gaps1 d81"), b = profile_of ("h67 mfn8 poc2 ref1 gaps1 d81");
  g_autoptr (UlEncoderProfile) c = profile_of ("h67 mfn4 poc0/16 ref2 gaps0 d80"), rare = profile_of ("h67 mfn1 poc1 ref1 gaps1 d1");
  g_autoptr (UlEncoderProfile) rare_too = profile_of ("h67 mfn1 poc1 ref1 gaps1 d1"), rarer = profile_of ("h67 mfn2 poc1 ref1 gaps1 d1");

  cr_assert_gt (ul_references_weigh_pair (r, a, b, NULL, NULL), 0);
  cr_assert_lt (ul_references_weigh_pair (r, a, c, NULL, NULL), 0);
  cr_assert_float_eq (ul_references_weigh_pair (r, a, c, NULL, NULL), ul_references_weigh_pair (r, c, a, NULL, NULL), 1e-12);
  /* To share a rare form says more than to share a common one; two values that no reference has may still differ. */
  cr_assert_gt (ul_references_weigh_pair (r, rare, rare_too, NULL, NULL), ul_references_weigh_pair (r, a, b, NULL, NULL));
  cr_assert_lt (ul_references_weigh_pair (r, rare, rarer, NULL, NULL), ul_references_weigh_pair (r, rare, rare_too, NULL, NULL));
  cr_assert_eq (ul_references_compare (r, a, b, NULL, NULL), 0);
  cr_assert_float_eq (ul_references_compare (r, a, c, NULL, NULL), 2 * sqrt (3), 1e-12);
  a->h265 = TRUE;
  cr_assert_eq (ul_references_compare (r, a, b, NULL, NULL), -1);
  cr_assert_eq (ul_references_weigh_pair (r, a, b, NULL, NULL), 0);
}

Test (references, refusals_name_the_line)
{
  static const struct {
    const char *lines, *model, *expected;
  } rows[] = {
    { "{\"maker\":\"one\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\"}\n{\"maker\":\"nobody\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\"}\n",
      MODEL, "references.jsonl:2: maker 'nobody' is not declared" },
    { "\n{\"maker\":\"one\",\"codec\":\"h263\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\"}\n", MODEL, "references.jsonl:2: 'h263' of 'codec'" },
    { "{\"maker\":\"one\",\"software\":\"x\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\"}\n", MODEL, "references.jsonl:1: a reference has either" },
    { "{\"maker\":\"one\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\"}\n", MODEL, "references.jsonl:1: key 'sps' is missing" },
    { "{\"maker\":\"one\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\",\"spz\":\"x\"}\n", MODEL, "references.jsonl:1: unknown key 'spz'" },
    { "{\"maker\":\"one\"\n", MODEL, "references.jsonl:" },
    { "{\"maker\":\"one\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\"}\n",
      "schema: 1\nkind: encoder\ndate: 2026-11-25\ncodecs:\n  h264: { shrink: many, floor: 1, offset: 0, slope: 1, set_offset: 0, set_slope: 1, pair_offset: 0, pair_slope: 1, groups: [] }\n",
      "model.yaml:5: 'many' of 'shrink' is not a number" },
    { "{\"maker\":\"one\",\"codec\":\"h264\",\"group\":\"g\",\"source\":\"s\",\"sps\":\"x\"}\n",
      "schema: 1\nkind: encoder\ndate: 2026-11-25\ncodecs:\n  h264: { shrink: 1, floor: 0, offset: 0, slope: 1, set_offset: 0, set_slope: 1, pair_offset: 0, pair_slope: 1, groups: [] }\n",
      "model.yaml:5: shrink and floor are above 0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (UlKnowledge) k = knowledge_of (rows[i].lines, rows[i].model, &error);
    cr_assert_null (k, "%s", rows[i].expected);
    cr_assert (g_str_has_prefix (error->message, rows[i].expected), "'%s' is not '%s…'", error->message, rows[i].expected);
  }
}

/* Every token of the forms that the library holds belongs to a field: none is lost on its way. */
Test (encoder, tokens_of_the_library_have_fields)
{
  g_autoptr (UlKnowledge) k = ul_knowledge_new (NULL, NULL);
  const UlReferences *r = ul_knowledge_references (k);
  guint known = 0, lost = 0;

  cr_assert_gt (ul_references_n (r), 200);
  for (guint i = 0; i < ul_references_n (r); i++) {
    const UlEncoderProfile *p = ul_references_get (r, i).profile;
    g_autoptr (GStringChunk) scratch = g_string_chunk_new (1024);
    const char *values[UL_ENCODER_MAX_FIELDS];

    ul_encoder_profile_fields (p, scratch, values);
    for (guint f = 0; f < ul_encoder_n_fields (p->h265); f++)
      known += values[f] && *values[f];
    g_auto (GStrv) tokens = g_strsplit (p->parts[UL_PART_SPS], " ", -1);
    guint in_sps = 0;
    for (guint f = 0; f < ul_encoder_n_fields (p->h265); f++)
      in_sps += g_str_has_prefix (ul_encoder_field_name (p->h265, f), "sps.") && values[f] && *values[f];
    /* "vui-" and the like have a value too: "-". */
    lost += g_strv_length (tokens) - in_sps;
  }
  cr_assert_gt (known, 9000);
  cr_assert_leq (lost, ul_references_n (r) / 20, "%u tokens without a field", lost);
}
