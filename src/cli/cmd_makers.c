/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include "verdict/label.h"

static guint
n_rules_for (const UlKnowledge *knowledge, const char *maker)
{
  const UlRules *rules = ul_knowledge_rules (knowledge);
  guint n = 0;

  for (guint i = 0; i < ul_rules_n (rules); i++) {
    const UlRule *r = ul_rules_get (rules, i);
    n += (r->subject == UL_SUBJECT_MAKER || r->subject == UL_SUBJECT_RECORDER) && g_str_equal (r->says, maker);
  }
  return n;
}

static char *
named_in (const UlKnowledge *knowledge, const char *maker)
{
  g_autofree const char **ids = ul_knowledge_dup_named_in (knowledge, maker);

  return ids && ids[0] ? g_strjoinv (", ", (char **) ids) : g_strdup ("-");
}

static void
print_line (const UlKnowledge *knowledge, const UlMaker *m)
{
  g_autofree char *policies = named_in (knowledge, m->id);

  ul_cli_printf ("%-18s %-22s %3u rules  named in: %s%s%s\n", m->id, m->name, n_rules_for (knowledge, m->id), policies,
                 m->note ? "  · " : "", m->note ? m->note : "");
}

static void
print_maker (const UlKnowledge *knowledge, const UlMaker *m)
{
  const UlMakers *makers = ul_knowledge_makers (knowledge);
  g_autofree char *policies = named_in (knowledge, m->id);
  g_autofree char *kinds = g_strjoinv (", ", m->kinds);

  ul_cli_printf ("%s (%s)\n  legal name  %s\n  makes       %s\n  based in    %s\n  named in    %s\n  rules       %u\n", m->name, m->id,
                 m->legal ? m->legal : "-", kinds, m->country ? m->country : "-", policies, n_rules_for (knowledge, m->id));
  if (m->note)
    ul_cli_printf ("  note        %s\n", m->note);
  for (guint i = 0; i < ul_makers_n_relations (makers); i++) {
    const UlRelation *r = ul_makers_get_relation (makers, i);
    if (!g_str_equal (r->maker, m->id) || r->type == UL_RELATION_OWN)
      continue;
    g_autofree char *sentence = ul_relation_sentence (r, m->name);
    ul_cli_printf ("  brand       %s: %s\n", r->brand, sentence);
  }
}

static int
show (const UlKnowledge *knowledge, const char *name)
{
  const UlMakers *makers = ul_knowledge_makers (knowledge);
  const UlMaker *maker = ul_makers_find (makers, name);
  const GPtrArray *relations = ul_makers_relations (makers, name);

  if (maker) {
    print_maker (knowledge, maker);
    return UL_EXIT_OK;
  }
  for (guint i = 0; relations && i < relations->len; i++) {
    const UlRelation *r = g_ptr_array_index (relations, i);
    const UlMaker *m = ul_makers_find (makers, r->maker);
    g_autofree char *sentence = ul_relation_sentence (r, m->name);

    if (r->type == UL_RELATION_OWN)
      print_maker (knowledge, m);
    else
      ul_cli_printf ("%s: %s\n  sources     %s\n", r->brand, sentence, r->sources[0]);
  }
  if (relations && relations->len)
    return UL_EXIT_OK;
  ul_cli_complain ("no maker or brand '%s' is known", name);
  return UL_EXIT_NO_INPUT;
}

int
ul_cmd_makers (int argc, char **argv)
{
  g_auto (GStrv) dirs = NULL, names = NULL;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own rules, makers and policies", "DIR" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &names, NULL, "[NAME…]" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Lists the makers, or shows a maker or brand with its relations.", entries))
    return UL_EXIT_USAGE;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (dirs, NULL, &code);
  if (!knowledge)
    return code;
  for (char **n = names; n && *n; n++)
    code = ul_exit_worse (code, show (knowledge, *n));
  const UlMakers *makers = ul_knowledge_makers (knowledge);
  for (guint i = 0; !names && i < ul_makers_n (makers); i++)
    print_line (knowledge, ul_makers_get (makers, i));
  return code;
}
