/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

static char *
joined (char **texts, const char *none)
{
  return texts && texts[0] ? g_strjoinv (", ", texts) : g_strdup (none);
}

static void
print_policy (const UlKnowledge *knowledge, const UlPolicy *p)
{
  g_autofree char *binds = joined (p->binds, "anybody");
  g_autofree char *acts = joined (p->acts, "-");

  ul_cli_printf ("%s, version %s\n  title       %s (%s)\n  binds       %s\n  acts        %s\n  in force    from %s%s%s\n", p->id, p->version,
                 p->title, p->jurisdiction, binds, acts, p->from ? p->from : "-", p->to ? " to " : "", p->to ? p->to : "");
  if (p->acquired_after)
    ul_cli_printf ("  acquired    after %s\n", p->acquired_after);
  if (p->words)
    ul_cli_printf ("  words       %s\n", p->words);
  if (p->note)
    ul_cli_printf ("  note        %s\n", p->note);
  for (guint i = 0; i < p->entities->len; i++) {
    const UlPolicyEntity *e = g_ptr_array_index (p->entities, i);
    g_autofree char *purposes = joined (e->purposes, "any purpose");
    const char *name = ul_makers_display_name (ul_knowledge_makers (knowledge), UL_SUBJECT_MAKER, e->maker);
    ul_cli_printf ("  names       %s: %s\n", name ? name : e->maker, purposes);
  }
  if (p->attribute)
    ul_cli_printf ("  names       every maker subject to %s\n", p->attribute);
  ul_cli_printf ("  evidence    %s support, %u independent group%s at least\n", ul_support_name (p->min_support), p->min_groups,
                 p->min_groups == 1 ? "" : "s");
  for (guint i = 0; i < p->sources->len; i++) {
    const UlPolicySource *s = g_ptr_array_index (p->sources, i);
    ul_cli_printf ("  source      %s%s%s\n", s->title, s->url ? ", " : "", s->url ? s->url : "");
  }
  ul_cli_printf ("  review by   %s\n", p->review_by ? p->review_by : "-");
}

int
ul_cmd_policies (int argc, char **argv)
{
  g_auto (GStrv) dirs = NULL, ids = NULL;
  int code = UL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "knowledge", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs, "Add a site's own rules, makers and policies", "DIR" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &ids, NULL, "[ID…]" },
    { 0 }
  };

  if (!ul_cli_parse (&argc, &argv, NULL, "Lists the policies, or shows one with its text and sources. Not legal advice.", entries))
    return UL_EXIT_USAGE;
  g_autoptr (UlKnowledge) knowledge = ul_cli_knowledge (dirs, NULL, &code);
  if (!knowledge)
    return code;
  for (char **id = ids; id && *id; id++) {
    const UlPolicy *p = ul_knowledge_find_policy (knowledge, *id);
    if (p) {
      print_policy (knowledge, p);
    } else {
      ul_cli_complain ("no policy '%s'", *id);
      code = ul_exit_worse (code, UL_EXIT_NO_INPUT);
    }
  }
  for (guint i = 0; !ids && i < ul_knowledge_n_policies (knowledge); i++) {
    const UlPolicy *p = ul_knowledge_get_policy (knowledge, i);
    ul_cli_printf ("%-24s %s\n", p->id, p->title);
  }
  return code;
}
