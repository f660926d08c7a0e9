/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <math.h>

#include "cli/profile.h"
#include "knowledge/support.h"

typedef struct {
  GString *text;
  const char *group; /* of the field before */
  guint differing, known;
} Table;

static const char *
shown (const char *value)
{
  return !value ? "(not known)" : *value ? value : "(absent)";
}

static void
print_field (const UlEncoderField *field, gpointer user_data)
{
  Table *t = user_data;
  gboolean both = field->a && field->b, differs = both && !g_str_equal (field->a, field->b);

  if (!field->a && !field->b)
    return;
  t->known += both;
  t->differing += differs;
  g_string_append_printf (t->text, "%c %-14s %-14s %-26s %s\n", differs ? '*' : both ? ' ' : '?',
                          g_strcmp0 (t->group, field->group) == 0 ? "" : field->group, field->field, shown (field->a), shown (field->b));
  t->group = field->group;
}

static const char *
words (double log10_lr)
{
  static const char *const names[] = { "no", "weak", "moderate", "moderately strong", "strong", "very strong", "extremely strong" };

  return names[ul_support_from_ratio (fabs (log10_lr))];
}

static void
print_text (const UlKnowledge *knowledge, const char *const *inputs, UlEncoderProfile *const *profiles, double log10_lr)
{
  Table t = { g_string_new (NULL), NULL, 0, 0 };

  ul_references_compare (ul_knowledge_references (knowledge), profiles[0], profiles[1], print_field, &t);
  ul_cli_printf ("A  %s\nB  %s\n\n%s\n%u of %u fields that both show differ (*).\n"
                 "One maker and platform against different makers: log10 likelihood ratio %.2f, %s support for %s.\n"
                 "It rests on how the pictures are coded alone; makers that take a chip's software as it comes code alike.\n"
                 "%u references, knowledge %s\n",
                 inputs[0], inputs[1], t.text->str, t.differing, t.known, log10_lr, words (log10_lr),
                 log10_lr >= 0 ? "one maker and platform" : "different makers", ul_references_n (ul_knowledge_references (knowledge)),
                 ul_knowledge_id (knowledge));
  g_string_free (t.text, TRUE);
}

static void
write_field (const UlEncoderField *field, gpointer user_data)
{
  UlJson *j = user_data;

  if (!field->a && !field->b)
    return;
  ul_json_begin_object (j, NULL);
  ul_json_string (j, "group", field->group);
  ul_json_string (j, "field", field->field);
  ul_json_string (j, "a", field->a);
  ul_json_string (j, "b", field->b);
  ul_json_end_object (j);
}

static void
print_json (const UlKnowledge *knowledge, const char *const *inputs, UlEncoderProfile *const *profiles, double log10_lr)
{
  UlJson j;

  ul_json_init (&j, TRUE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "schema", "underlabel.compare/1");
  ul_json_string (&j, "knowledge", ul_knowledge_id (knowledge));
  ul_json_string (&j, "a", inputs[0]);
  ul_json_string (&j, "b", inputs[1]);
  ul_json_ratio (&j, "log10_lr", log10_lr);
  ul_json_string (&j, "support", ul_support_name (ul_support_from_ratio (fabs (log10_lr))));
  ul_json_string (&j, "supports", log10_lr >= 0 ? "one-maker-and-platform" : "different-makers");
  ul_json_begin_array (&j, "fields");
  ul_references_compare (ul_knowledge_references (knowledge), profiles[0], profiles[1], write_field, &j);
  ul_json_end_array (&j);
  ul_json_end_object (&j);
  g_autofree char *text = ul_json_steal (&j);
  ul_cli_print (text);
}

/* The first stream that has parameter sets; NULL after complaining. */
static UlEncoderProfile *
profile_of (const char *input, int *ret_exit)
{
  g_autoptr (GPtrArray) profiles = ul_cli_profiles (input, ret_exit);

  for (guint i = 0; i < profiles->len; i++) {
    UlEncoderProfile *profile = g_ptr_array_index (profiles, i);
    if (profile) {
      g_ptr_array_index (profiles, i) = NULL;
      return profile;
    }
  }
  if (*ret_exit == UL_EXIT_OK) {
    ul_cli_complain ("%s: no parameter sets of H.264 or H.265", input);
    *ret_exit = UL_EXIT_BAD_INPUT;
  }
  return NULL;
}

static int
compare (const UlKnowledge *knowledge, char **inputs, gboolean json)
{
  int code = UL_EXIT_OK;
  g_autoptr (UlEncoderProfile) a = profile_of (inputs[0], &code), b = profile_of (inputs[1], &code);
  UlEncoderProfile *profiles[] = { a, b };
  double log10_lr;

  if (!a || !b)
    return code;
  if (a->h265 != b->h265) {
    ul_cli_complain ("%s is H.26%c and %s H.26%c: these are not compared", inputs[0], a->h265 ? '5' : '4', inputs[1], b->h265 ? '5' : '4');
    return UL_EXIT_BAD_INPUT;
  }
  log10_lr = round (ul_references_weigh_pair (ul_knowledge_references (knowledge), a, b, NULL, NULL) * 100) / 100;
  (json ? print_json : print_text) (knowledge, (const char *const *) inputs, profiles, log10_lr + 0.0);
  return code;
}

int
ul_cmd_compare (int argc, char **argv)
{
  g_auto (GStrv) inputs = NULL, dirs = NULL;
  g_autofree char *library = NULL;
  gboolean json = FALSE;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL },
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own knowledge", "DIR" },
    { "library", 'l', 0, G_OPTION_ARG_FILENAME, &library, "Add a library of your own (see 'underlabel enroll')", "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &inputs, NULL, "A B" },
    { 0 },
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Puts how the pictures of two inputs are coded side by side, and says what that tells of one maker and platform against different makers.",
                     entries))
    return UL_EXIT_USAGE;
  if (!inputs || g_strv_length (inputs) != 2) {
    ul_cli_complain ("compare: two inputs are compared");
    return UL_EXIT_USAGE;
  }
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (dirs, library, &code);
  return knowledge ? compare (knowledge, inputs, json) : code;
}
