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

/* --- what is seen beside the parameter sets -------------------------------------------- */

#define MAX_VALUES 4 /* of a key, in a cell */

/* How pictures are coded: what a profile does not hold. */
static gboolean
is_of_pictures (UlKey key)
{
  UlLayer layer = ul_key_layer (key);

  return layer == UL_LAYER_NAL || layer == UL_LAYER_SEI || layer == UL_LAYER_SHAPE;
}

/* The values of a key in their order, a few of them; NULL where there is none. */
static char *
dup_values (const UlEvidence *evidence, UlKey key)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (o->key == key && ++n <= MAX_VALUES)
      g_string_append_printf (text, "%s%s", n > 1 ? "; " : "", o->value);
  }
  if (n > MAX_VALUES)
    g_string_append_printf (text, "; %u more", n - MAX_VALUES);
  return n ? g_strdup (text->str) : NULL;
}

typedef void (*RowFunc) (UlKey key, const char *a, const char *b, gpointer user_data);

static void
each_row_of_pictures (const UlCliCoded coded[2], RowFunc each, gpointer user_data)
{
  for (int key = 0; key < UL_N_KEYS; key++) {
    if (!is_of_pictures ((UlKey) key))
      continue;
    g_autofree char *a = dup_values (coded[0].evidence, (UlKey) key), *b = dup_values (coded[1].evidence, (UlKey) key);
    if (a || b)
      each ((UlKey) key, a, b, user_data);
  }
}

static void
print_row (UlKey key, const char *a, const char *b, gpointer user_data)
{
  gboolean differs = a && b && !g_str_equal (a, b);

  g_string_append_printf (user_data, "%c %s\n    A  %s\n", differs ? '*' : a && b ? ' ' : '?', ul_key_name (key), shown (a));
  if (!a || !b || differs)
    g_string_append_printf (user_data, "    B  %s\n", shown (b));
}

static void
print_text (const UlKnowledge *knowledge, const char *const *inputs, const UlCliCoded coded[2], double log10_lr)
{
  Table t = { g_string_new (NULL), NULL, 0, 0 };
  g_autoptr (GString) pictures = g_string_new (NULL);

  ul_references_compare (ul_knowledge_references (knowledge), coded[0].profile, coded[1].profile, print_field, &t);
  each_row_of_pictures (coded, print_row, pictures);
  ul_cli_printf ("A  %s\nB  %s\n\n%s\n%u of %u fields that both show differ (*).\n"
                 "One maker and platform against different makers: log10 likelihood ratio %.2f, %s support for %s.\n"
                 "It rests on how the parameter sets are coded alone; makers that take a chip's software as it comes code alike.\n",
                 inputs[0], inputs[1], t.text->str, t.differing, t.known, log10_lr, words (log10_lr),
                 log10_lr >= 0 ? "one maker and platform" : "different makers");
  if (pictures->len)
    ul_cli_printf ("\nAlso seen, not weighed (B where it differs or is alone)\n%s", pictures->str);
  ul_cli_printf ("\n%u references, knowledge %s\n", ul_references_n (ul_knowledge_references (knowledge)), ul_knowledge_id (knowledge));
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
write_row (UlKey key, const char *a, const char *b, gpointer user_data)
{
  UlJson *j = user_data;

  ul_json_begin_object (j, NULL);
  ul_json_string (j, "key", ul_key_name (key));
  ul_json_string (j, "a", a);
  ul_json_string (j, "b", b);
  ul_json_end_object (j);
}

static void
print_json (const UlKnowledge *knowledge, const char *const *inputs, const UlCliCoded coded[2], double log10_lr)
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
  ul_references_compare (ul_knowledge_references (knowledge), coded[0].profile, coded[1].profile, write_field, &j);
  ul_json_end_array (&j);
  ul_json_begin_array (&j, "not_weighed");
  each_row_of_pictures (coded, write_row, &j);
  ul_json_end_array (&j);
  ul_json_end_object (&j);
  g_autofree char *text = ul_json_steal (&j);
  ul_cli_print (text);
}

static int
compare (const UlKnowledge *knowledge, char **inputs, gboolean json, gboolean deep)
{
  int code = UL_EXIT_OK;
  g_auto (UlCliCoded) a = { 0 }, b = { 0 };

  if (!ul_cli_read_coded (inputs[0], deep, &a, &code) || !ul_cli_read_coded (inputs[1], deep, &b, &code))
    return code;
  if (a.profile->h265 != b.profile->h265) {
    ul_cli_complain ("%s is H.26%c and %s H.26%c: these are not compared", inputs[0], a.profile->h265 ? '5' : '4', inputs[1], b.profile->h265 ? '5' : '4');
    return UL_EXIT_BAD_INPUT;
  }
  double log10_lr = round (ul_references_weigh_pair (ul_knowledge_references (knowledge), a.profile, b.profile, NULL, NULL) * 100) / 100;
  const UlCliCoded coded[] = { a, b };
  (json ? print_json : print_text) (knowledge, (const char *const *) inputs, coded, log10_lr + 0.0);
  return code;
}

int
ul_cmd_compare (int argc, char **argv)
{
  g_auto (GStrv) inputs = NULL, dirs = NULL;
  g_autofree char *library = NULL;
  gboolean json = FALSE, deep = FALSE;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL },
    { "deep", 0, 0, G_OPTION_ARG_NONE, &deep, "Decode the beginning of H.264 recordings too, as 'inspect --deep'", NULL },
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
  return knowledge ? compare (knowledge, inputs, json, deep) : code;
}
