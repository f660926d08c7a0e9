/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/rules.h"

#include <math.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#define MAX_CONDITIONS 64
#define MAX_TEXTS 64
#define MAX_EXAMPLES 64
#define MAX_REGEX_BYTES 2048
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 2000
#define HEAP_LIMIT_KIB 4096

typedef enum { OP_EQUALS, OP_IEQUALS, OP_PREFIX, OP_CONTAINS, OP_ICONTAINS, OP_REGEX, OP_IN, OP_RANGE, OP_PRESENT } Operator;

enum { WHEN_ALL, WHEN_ANY, WHEN_NONE, N_WHEN };

struct _UlRuleCondition {
  UlKey key;
  Operator op;
  char *text;         /* of the text operators and regex; folded to lower case for the i-forms */
  char **texts;       /* in */
  gint64 min, max;    /* range */
  gsize regex;        /* pcre2_code *; of what is built in compiled at its first use, else when it is read */
};

struct _UlRules {
  GPtrArray *rules;  /* UlRule, owned */
  GHashTable *by_id; /* borrowed */
  GPtrArray *warnings;
};

struct _UlRuleView {
  const UlEvidence *evidence;
  GArray *by_key[UL_N_KEYS]; /* guint indices of observations, NULL if there are none */
  pcre2_match_data *match_data;
  pcre2_match_context *match_context;
};

static const char *const when_names[N_WHEN] = { "all", "any", "none" };

/* --- life ------------------------------------------------------------------------ */

static void
condition_free (gpointer data)
{
  UlRuleCondition *c = data;

  g_free (c->text);
  g_strfreev (c->texts);
  pcre2_code_free ((pcre2_code *) c->regex);
  g_free (c);
}

static void
rule_free (gpointer data)
{
  UlRule *r = data;

  g_free (r->id);
  g_free (r->says);
  g_free (r->title);
  g_free (r->document);
  g_free (r->caveat);
  g_strfreev (r->source);
  g_free (r->counts_date);
  g_free (r->file);
  for (guint i = 0; i < N_WHEN; i++)
    g_ptr_array_unref (r->conditions[i]);
  g_free (r);
}

UlRules *
ul_rules_new (void)
{
  UlRules *self = g_new0 (UlRules, 1);

  self->rules = g_ptr_array_new_with_free_func (rule_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ul_rules_free (UlRules *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->by_id);
  g_ptr_array_unref (self->rules);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

/* Is the word in the text (of a regex perhaps), no letter or digit on either side? */
static gboolean
has_word (const char *text, const char *word)
{
  gsize n = strlen (word);

  for (const char *at = strstr (text, word); at; at = strstr (at + 1, word))
    if (!g_ascii_isalnum (at[n]) && (at == text || !g_ascii_isalnum (at[-1])))
      return TRUE;
  return FALSE;
}

static gboolean
condition_spells (const UlRuleCondition *c, const char *text)
{
  UlGroup group = ul_layer_group (ul_key_layer (c->key));

  if (group != UL_GROUP_DIALOGUE && group != UL_GROUP_CONTAINER && group != UL_GROUP_TLS)
    return FALSE;
  if (c->text && (c->op == OP_IEQUALS || c->op == OP_ICONTAINS) && g_ascii_strcasecmp (c->text, text) == 0)
    return TRUE;
  if (c->text && has_word (c->text, text))
    return TRUE;
  for (char **t = c->texts; t && *t; t++)
    if (has_word (*t, text))
      return TRUE;
  return FALSE;
}

gboolean
ul_rules_spell (const UlRules *self, const char *text)
{
  for (guint i = 0; i < self->rules->len; i++) {
    const UlRule *r = g_ptr_array_index (self->rules, i);
    for (guint w = 0; w < N_WHEN; w++)
      for (guint k = 0; k < r->conditions[w]->len; k++)
        if (condition_spells (g_ptr_array_index (r->conditions[w], k), text))
          return TRUE;
  }
  return FALSE;
}

guint
ul_rules_n (const UlRules *self)
{
  return self->rules->len;
}

const UlRule *
ul_rules_get (const UlRules *self, guint i)
{
  return g_ptr_array_index (self->rules, i);
}

const UlRule *
ul_rules_find (const UlRules *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

guint
ul_rules_n_warnings (const UlRules *self)
{
  return self->warnings->len;
}

const char *
ul_rules_get_warning (const UlRules *self, guint i)
{
  return g_ptr_array_index (self->warnings, i);
}

/* --- matching ----------------------------------------------------------------------- */

UlRuleView *
ul_rule_view_new (const UlEvidence *evidence, guint32 without_layers)
{
  UlRuleView *self = g_new0 (UlRuleView, 1);

  self->evidence = evidence;
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (without_layers >> ul_key_layer (o->key) & 1 || !ul_key_vouched (o->key, o->provenance))
      continue;
    if (!self->by_key[o->key])
      self->by_key[o->key] = g_array_new (FALSE, FALSE, sizeof (guint));
    g_array_append_val (self->by_key[o->key], i);
  }
  self->match_data = pcre2_match_data_create (1, NULL);
  self->match_context = pcre2_match_context_create (NULL);
  pcre2_set_match_limit (self->match_context, MATCH_LIMIT);
  pcre2_set_depth_limit (self->match_context, DEPTH_LIMIT);
  pcre2_set_heap_limit (self->match_context, HEAP_LIMIT_KIB);
  return self;
}

void
ul_rule_view_free (UlRuleView *self)
{
  if (!self)
    return;
  for (guint i = 0; i < UL_N_KEYS; i++)
    if (self->by_key[i])
      g_array_unref (self->by_key[i]);
  pcre2_match_data_free (self->match_data);
  pcre2_match_context_free (self->match_context);
  g_free (self);
}

static gboolean
in_range (const UlRuleCondition *c, const char *value)
{
  gint64 n;

  return g_ascii_string_to_signed (value, 10, c->min, c->max, &n, NULL);
}

static gboolean
contains_folded (const char *value, const char *folded)
{
  g_autofree char *lower = g_ascii_strdown (value, -1);

  return strstr (lower, folded) != NULL;
}

static pcre2_code *
compile_pattern (const char *pattern, int *ret_code, PCRE2_SIZE *ret_offset)
{
  pcre2_compile_context *context = pcre2_compile_context_create (NULL);

  pcre2_set_parens_nest_limit (context, 32);
  /* Not compiled further: for hundreds of patterns that costs more than a run matches. */
  pcre2_code *regex = pcre2_compile ((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, ret_code,
                                     ret_offset, context);
  pcre2_compile_context_free (context);
  return regex;
}

/* A limit that is reached is a negative code: the value does not fit. */
static gboolean
regex_fits (const UlRuleCondition *c, UlRuleView *view, const char *value)
{
  gsize *regex = (gsize *) &c->regex;

  if (g_once_init_enter (regex)) {
    int code;
    PCRE2_SIZE offset;
    g_once_init_leave (regex, (gsize) compile_pattern (c->text, &code, &offset));
  }
  return pcre2_match ((pcre2_code *) *regex, (PCRE2_SPTR) value, strlen (value), 0, 0, view->match_data, view->match_context) >= 0;
}

static gboolean
fits (const UlRuleCondition *c, UlRuleView *view, const char *value)
{
  switch (c->op) {
  case OP_EQUALS:
    return g_str_equal (value, c->text);
  case OP_IEQUALS:
    return g_ascii_strcasecmp (value, c->text) == 0;
  case OP_PREFIX:
    return g_str_has_prefix (value, c->text);
  case OP_CONTAINS:
    return strstr (value, c->text) != NULL;
  case OP_ICONTAINS:
    return contains_folded (value, c->text);
  case OP_REGEX:
    return regex_fits (c, view, value);
  case OP_IN:
    return g_strv_contains ((const char *const *) c->texts, value);
  case OP_RANGE:
    return in_range (c, value);
  case OP_PRESENT:
    return TRUE;
  }
  return FALSE;
}

/* The index of the first observation that fits, or -1. */
static gint64
find_fitting (const UlRuleCondition *c, UlRuleView *view)
{
  const GArray *indices = view->by_key[c->key];

  for (guint i = 0; indices && i < indices->len; i++) {
    guint n = g_array_index (indices, guint, i);
    if (fits (c, view, ul_evidence_get (view->evidence, n)->value))
      return n;
  }
  return -1;
}

static void
append_once (GArray *indices, guint from, guint n)
{
  for (guint i = from; i < indices->len; i++)
    if (g_array_index (indices, guint, i) == n)
      return;
  g_array_append_val (indices, n);
}

static gboolean
is_excluded (const UlRule *rule, UlRuleView *view)
{
  const GPtrArray *none = rule->conditions[WHEN_NONE];

  for (guint i = 0; i < none->len; i++) {
    const UlRuleCondition *c = g_ptr_array_index (none, i);
    if (ul_evidence_dropped (view->evidence, c->key) || find_fitting (c, view) >= 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
ul_rule_matches (const UlRule *rule, UlRuleView *view, GArray *ret_indices)
{
  const GPtrArray *all = rule->conditions[WHEN_ALL], *any = rule->conditions[WHEN_ANY];
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));
  gboolean any_holds = any->len == 0;

  for (guint i = 0; i < all->len; i++) {
    gint64 n = find_fitting (g_ptr_array_index (all, i), view);
    if (n < 0)
      return FALSE;
    append_once (found, 0, (guint) n);
  }
  for (guint i = 0; i < any->len; i++) {
    gint64 n = find_fitting (g_ptr_array_index (any, i), view);
    if (n < 0)
      continue;
    any_holds = TRUE;
    append_once (found, 0, (guint) n);
  }
  if (!any_holds || is_excluded (rule, view))
    return FALSE;
  guint from = ret_indices ? ret_indices->len : 0;

  for (guint i = 0; ret_indices && i < found->len; i++)
    append_once (ret_indices, from, g_array_index (found, guint, i));
  return TRUE;
}

gboolean
ul_rule_observable (const UlRule *rule, const UlEvidence *evidence)
{
  for (UlLayer layer = 0; layer < UL_N_LAYERS; layer++)
    if (rule->layers >> layer & 1 && !ul_evidence_has_layer (evidence, layer))
      return FALSE;
  return TRUE;
}

double
ul_rule_ratio_from_counts (const UlRule *rule, guint own, guint own_of, guint other, guint other_of)
{
  double p1 = (own + 0.5) / (own_of + 1.0);
  double p0 = (other + 0.5) / (other_of + 1.0);
  double ratio = MIN (log10 (p1 / p0), log10 (MAX (other_of, 1)) + 1);

  if (own <= 1 && !rule->document && !rule->self_naming)
    ratio = MIN (ratio, UL_RULE_WEAK_RATIO);
  return ratio;
}

/* --- loading: conditions --------------------------------------------------------------- */

/* Constructs that PCRE2 has no option against.  Escapes are skipped as pairs,
 * which is sound because \Q…\E is refused. */
static const char *
refused_construct (const char *pattern)
{
  for (const char *p = pattern; *p; p++) {
    if (p[0] == '\\') {
      if (p[1] == 'K')
        return "\\K";
      if (p[1] == 'Q' || p[1] == 'E')
        return "\\Q and \\E";
      if (p[1] == 0)
        break;
      p++;
    } else if (p[0] == '(' && p[1] == '*') {
      return "verbs (*…";
    } else if (p[0] == '(' && p[1] == '?' && p[2] == 'C') {
      return "callouts";
    }
  }
  return NULL;
}

static pcre2_code *
compile_regex (UlYaml *node, const char *pattern)
{
  const char *refused = refused_construct (pattern);
  int code = 0;
  PCRE2_SIZE offset = 0;

  if (refused)
    ul_yaml_fail (node, "regex: %s are not taken", refused);
  else if (strlen (pattern) > MAX_REGEX_BYTES)
    ul_yaml_fail (node, "regex of more than %u bytes", MAX_REGEX_BYTES);
  if (ul_yaml_failed (node))
    return NULL;
  pcre2_code *regex = compile_pattern (pattern, &code, &offset);

  if (!regex) {
    PCRE2_UCHAR message[160] = "";
    pcre2_get_error_message (code, message, sizeof message);
    ul_yaml_fail (node, "regex at character %" G_GSIZE_FORMAT ": %s", (gsize) offset, (const char *) message);
    return NULL;
  }
  return regex;
}

static const struct {
  const char *key;
  Operator op;
} operator_rows[] = {
  { "equals", OP_EQUALS },     { "iequals", OP_IEQUALS }, { "prefix", OP_PREFIX }, { "contains", OP_CONTAINS },
  { "icontains", OP_ICONTAINS }, { "regex", OP_REGEX },   { "in", OP_IN },         { "min", OP_RANGE },
  { "max", OP_RANGE },         { "present", OP_PRESENT },
};

/* The one operator of a condition, or -1 with the error set. */
static int
find_operator (UlYaml *node)
{
  int found = -1;

  for (gsize i = 0; i < G_N_ELEMENTS (operator_rows); i++) {
    if (!ul_yaml_get (node, operator_rows[i].key, FALSE))
      continue;
    if (found >= 0 && !(operator_rows[found].op == OP_RANGE && operator_rows[i].op == OP_RANGE))
      ul_yaml_fail (node, "a condition has both '%s' and '%s'", operator_rows[found].key, operator_rows[i].key);
    found = (int) i;
  }
  if (found < 0)
    ul_yaml_fail (node, "a condition without operator (equals, iequals, prefix, contains, icontains, regex, in, min, max, present)");
  return ul_yaml_failed (node) ? -1 : found;
}

static void
load_range (UlYaml *node, UlRuleCondition *c)
{
  c->min = G_MININT64;
  c->max = G_MAXINT64;
  ul_yaml_get_int (node, "min", FALSE, G_MININT64, G_MAXINT64, &c->min);
  ul_yaml_get_int (node, "max", FALSE, G_MININT64, G_MAXINT64, &c->max);
  if (c->min > c->max)
    ul_yaml_fail (node, "min is above max");
}

static void
load_operand (UlYaml *node, UlRuleCondition *c, const char *key)
{
  gboolean present = FALSE;

  switch (c->op) {
  case OP_IN:
    if (ul_yaml_get_sequence (node, key, TRUE))
      c->texts = ul_yaml_dup_texts (node, key, TRUE);
    if (c->texts && g_strv_length (c->texts) > MAX_TEXTS)
      ul_yaml_fail (node, "more than %u texts in 'in'", MAX_TEXTS);
    break;
  case OP_RANGE:
    load_range (node, c);
    break;
  case OP_PRESENT:
    if (ul_yaml_get_bool (node, key, TRUE, &present) && !present)
      ul_yaml_fail (node, "'present' can only be true: absence is not evidence");
    break;
  default:
    c->text = g_strdup (ul_yaml_get_text (node, key, TRUE));
    if (c->text && !*c->text && c->op != OP_EQUALS && c->op != OP_IEQUALS)
      ul_yaml_fail (node, "'%s' is empty", key);
    if (c->text && c->op == OP_REGEX && !ul_yaml_is_packed (node))
      c->regex = (gsize) compile_regex (ul_yaml_get (node, key, TRUE), c->text);
    if (c->text && c->op == OP_ICONTAINS)
      for (char *p = c->text; *p; p++)
        *p = g_ascii_tolower (*p);
  }
}

static void
load_condition (UlYaml *node, const char *rule_id, GPtrArray *conditions)
{
  UlRuleCondition *c = g_new0 (UlRuleCondition, 1);

  g_ptr_array_add (conditions, c);
  const char *key = ul_yaml_get_text (node, "key", TRUE);
  int op = key ? find_operator (node) : -1;

  if (op < 0)
    return;
  int key_number = ul_key_from_name (key);
  if (key_number < 0) {
    ul_yaml_fail (ul_yaml_get (node, "key", TRUE), "no observation key '%s'", key);
    return;
  }
  c->key = (UlKey) key_number;
  c->op = operator_rows[op].op;
  load_operand (node, c, operator_rows[op].key);
  ul_yaml_done (node, "a condition of rule %s", rule_id);
}

static void
load_when (UlYaml *node, UlRule *r)
{
  UlYaml *when = ul_yaml_get_map (node, "when", TRUE);

  for (guint w = 0; when && w < N_WHEN; w++) {
    UlYaml *list = ul_yaml_get_sequence (when, when_names[w], FALSE);
    guint n = list ? ul_yaml_n (list) : 0;
    if (list && n == 0)
      ul_yaml_fail (list, "'%s' of rule %s is empty", when_names[w], r->id);
    else if (n > MAX_CONDITIONS)
      ul_yaml_fail (list, "more than %u conditions in '%s' of rule %s", MAX_CONDITIONS, when_names[w], r->id);
    for (guint i = 0; i < n && !ul_yaml_failed (list); i++)
      load_condition (ul_yaml_item (list, i), r->id, r->conditions[w]);
  }
  if (!when)
    return;
  if (r->conditions[WHEN_ALL]->len + r->conditions[WHEN_ANY]->len == 0)
    ul_yaml_fail (when, "rule %s needs 'all' or 'any': absence alone is not evidence", r->id);
  ul_yaml_done (when, "'when' of rule %s", r->id);
}

/* --- loading: the rest of a rule -------------------------------------------------------- */

static void
load_says (UlYaml *node, const UlMakers *makers, UlRule *r)
{
  UlYaml *says = ul_yaml_get_map (node, "says", TRUE);

  if (!says)
    return;
  if (ul_yaml_n (says) != 1) {
    ul_yaml_fail (says, "'says' of rule %s needs one of maker, platform, software, path, recorder", r->id);
    return;
  }
  const char *key = ul_yaml_key (says, 0);
  int subject = ul_subject_from_name (key);

  if (subject < 0) {
    ul_yaml_fail (says, "unknown key '%s' in 'says' of rule %s", key, r->id);
    return;
  }
  r->subject = (UlSubject) subject;
  r->says = g_strdup (ul_yaml_get_id (says, key, TRUE));
  if (r->says && !ul_makers_display_name (makers, r->subject, r->says))
    ul_yaml_fail (says, "rule %s: no %s '%s' is declared", r->id, key, r->says);
}

/* Layers, group and the easiest key, from the keys of all and any. */
static void
derive_from_keys (UlYaml *node, UlRule *r)
{
  gboolean first = TRUE;

  for (guint w = WHEN_ALL; w <= WHEN_ANY; w++)
    for (guint i = 0; i < r->conditions[w]->len; i++) {
      const UlRuleCondition *c = g_ptr_array_index (r->conditions[w], i);
      UlLayer layer = ul_key_layer (c->key);
      UlGroup group = ul_layer_group (layer);
      if (!first && group != r->group) {
        ul_yaml_fail (node, "rule %s mixes keys of the groups %s and %s", r->id, ul_group_name (r->group), ul_group_name (group));
        return;
      }
      r->layers |= 1u << layer;
      r->group = group;
      r->forge = first ? ul_key_forge (c->key) : MIN (r->forge, ul_key_forge (c->key));
      first = FALSE;
    }
}

static void
load_group_and_forge (UlYaml *node, UlRule *r)
{
  const char *group = ul_yaml_get_text (node, "group", FALSE);
  const char *forge = ul_yaml_get_text (node, "forge", FALSE);

  if (ul_yaml_failed (node))
    return;
  derive_from_keys (node, r);
  if (group && ul_group_from_name (group) < 0)
    ul_yaml_fail (ul_yaml_get (node, "group", TRUE), "no group '%s'", group);
  else if (group && ul_group_from_name (group) != (int) r->group)
    ul_yaml_fail (ul_yaml_get (node, "group", TRUE), "rule %s is of group %s by its keys", r->id, ul_group_name (r->group));
  if (forge && ul_forge_from_name (forge) < 0)
    ul_yaml_fail (ul_yaml_get (node, "forge", TRUE), "'%s' of 'forge' is none of trivial, easy, hard, infeasible", forge);
  else if (forge)
    r->forge = (UlForge) ul_forge_from_name (forge);
}

/* The last character of a group's opening: of `(?<name>`, `(?:`, `(?#…`. */
static const char *
skip_group_head (const char *p)
{
  if (p[1] != '?')
    return p;
  const char *stops = p[2] == '#' ? ")" : ":=!>()";

  for (p++; p[1] && !strchr (stops, p[1]);)
    p++;
  return p[1] && p[1] != '(' && p[1] != ')' ? p + 1 : p;
}

/* What a regex says in letters: escapes, classes, quantifiers and what a
 * negative lookaround holds are taken out. */
static char *
regex_literals (const char *pattern)
{
  GString *out = g_string_new (NULL);
  guint depth = 0, negative_at = 0; /* depth of the negative group, 0: in none */
  gboolean in_class = FALSE;

  for (const char *p = pattern; *p; p++) {
    char c = *p;
    if (c == '\\' && p[1]) {
      c = *++p;
      if (g_ascii_isalnum (c))
        c = ' ';
    } else if (in_class) {
      in_class = c != ']';
      continue;
    } else if (c == '[') {
      in_class = TRUE;
      p += p[1] == '^';
      p += p[1] == ']';
      c = ' ';
    } else if (c == '(') {
      depth++;
      if (!negative_at && p[1] == '?' && (p[2] == '!' || (p[2] == '<' && p[3] == '!')))
        negative_at = depth;
      p = skip_group_head (p);
      c = ' ';
    } else if (c == ')') {
      if (negative_at == depth)
        negative_at = 0;
      depth -= depth > 0;
      c = ' ';
    } else if (strchr ("^$.|?*+{}", c)) {
      c = ' ';
    }
    if (!in_class && !negative_at)
      g_string_append_c (out, c);
  }
  return g_string_free (out, FALSE);
}

static gboolean
condition_names (const UlRuleCondition *c, const UlMakers *makers, const UlRule *r)
{
  for (guint i = 0; c->texts && c->texts[i]; i++)
    if (ul_makers_text_names (makers, r->subject, r->says, c->texts[i]))
      return TRUE;
  if (!c->text)
    return FALSE;
  g_autofree char *literal = c->op == OP_REGEX ? regex_literals (c->text) : g_strdup (c->text);

  return ul_makers_text_names (makers, r->subject, r->says, literal);
}

static gboolean
is_self_naming (const UlMakers *makers, const UlRule *r)
{
  for (guint w = WHEN_ALL; w <= WHEN_ANY; w++)
    for (guint i = 0; i < r->conditions[w]->len; i++)
      if (condition_names (g_ptr_array_index (r->conditions[w], i), makers, r))
        return TRUE;
  return FALSE;
}

static gboolean
get_count (UlYaml *counts, const char *key, guint *ret_count)
{
  gint64 n;

  if (!ul_yaml_get_int (counts, key, TRUE, 0, 10000000, &n))
    return FALSE;
  *ret_count = (guint) n;
  return TRUE;
}

static void
load_counts (UlRules *self, UlYaml *node, UlRule *r)
{
  UlYaml *counts = ul_yaml_get_map (node, "counts", FALSE);

  if (!counts) {
    if (!ul_yaml_failed (node) && r->subject != UL_SUBJECT_PATH)
      g_ptr_array_add (self->warnings, g_strdup_printf ("%s:%u: rule %s has no counts, its ratio is 0", r->file, r->line, r->id));
    return;
  }
  if (!get_count (counts, "own", &r->own) || !get_count (counts, "own_of", &r->own_of) || !get_count (counts, "other", &r->other)
      || !get_count (counts, "other_of", &r->other_of))
    return;
  r->counts_date = g_strdup (ul_yaml_get_date (counts, "date", TRUE));
  ul_yaml_done (counts, "the counts of rule %s", r->id);
  if (r->own > r->own_of || r->other > r->other_of)
    ul_yaml_fail (counts, "rule %s: a count above the number of its sources", r->id);
  r->has_counts = TRUE;
  r->ratio = ul_rule_ratio_from_counts (r, r->own, r->own_of, r->other, r->other_of);
  if (r->ratio < 0 && r->subject != UL_SUBJECT_PATH && !ul_yaml_failed (node))
    g_ptr_array_add (self->warnings, g_strdup_printf ("%s:%u: rule %s speaks against what it says: ratio %.2f", r->file, r->line,
                                                      r->id, r->ratio));
}

/* --- loading: examples ------------------------------------------------------------------- */

static gboolean
rule_has_key (const UlRule *r, UlKey key)
{
  for (guint w = 0; w < N_WHEN; w++)
    for (guint i = 0; i < r->conditions[w]->len; i++)
      if (((const UlRuleCondition *) g_ptr_array_index (r->conditions[w], i))->key == key)
        return TRUE;
  return FALSE;
}

/* The observations of an example as evidence, or NULL with the error set. */
static UlEvidence *
load_observations (UlYaml *example, const UlRule *r)
{
  UlYaml *map = ul_yaml_get_map (example, "observations", TRUE);
  g_autoptr (UlEvidence) evidence = ul_evidence_new ();
  gboolean of_rule = FALSE;

  for (guint i = 0; map && i < ul_yaml_n (map) && !ul_yaml_failed (map); i++) {
    const char *name = ul_yaml_key (map, i);
    int key = ul_key_from_name (name);
    g_auto (GStrv) values = ul_yaml_dup_texts (map, name, TRUE);
    if (key < 0) {
      ul_yaml_fail (ul_yaml_item (map, i), "no observation key '%s'", name);
      break;
    }
    of_rule |= rule_has_key (r, (UlKey) key);
    for (guint v = 0; values[v]; v++)
      ul_evidence_add (evidence, (UlKey) key, values[v], UL_NOWHERE);
  }
  if (map && !of_rule)
    ul_yaml_fail (example, "an example of rule %s has no observation of the rule's keys", r->id);
  return ul_yaml_failed (example) ? NULL : g_steal_pointer (&evidence);
}

static void
run_example (UlYaml *example, const UlRule *r, guint *n_by_result)
{
  gboolean expected = FALSE;

  ul_yaml_get_bool (example, "match", TRUE, &expected);
  g_autoptr (UlEvidence) evidence = load_observations (example, r);

  ul_yaml_done (example, "an example of rule %s", r->id);
  if (!evidence || ul_yaml_failed (example))
    return;
  g_autoptr (UlRuleView) view = ul_rule_view_new (evidence, 0);

  n_by_result[expected]++;
  if (ul_rule_matches (r, view, NULL) != expected)
    ul_yaml_fail (example, "rule %s %s", r->id, expected ? "does not match its example" : "matches the example that it should not match");
}

/* Those that are built in were run by the tests; at every start it would be half of the time. */
static void
run_examples (UlYaml *node, const UlRule *r)
{
  UlYaml *list = ul_yaml_get_sequence (node, "examples", TRUE);
  guint n_by_result[2] = { 0, 0 };

  if (ul_yaml_is_packed (node))
    return;
  if (list && ul_yaml_n (list) > MAX_EXAMPLES)
    ul_yaml_fail (list, "more than %u examples of rule %s", MAX_EXAMPLES, r->id);
  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
    run_example (ul_yaml_item (list, i), r, n_by_result);
  if (list && (!n_by_result[FALSE] || !n_by_result[TRUE]))
    ul_yaml_fail (list, "rule %s needs an example with match: true and one with match: false", r->id);
}

static void
load_rule (UlRules *self, const UlMakers *makers, const char *file, UlYaml *node)
{
  UlRule *r = g_new0 (UlRule, 1);

  g_ptr_array_add (self->rules, r);
  for (guint i = 0; i < N_WHEN; i++)
    r->conditions[i] = g_ptr_array_new_with_free_func (condition_free);
  r->file = g_strdup (file);
  r->line = ul_yaml_line (node);
  r->id = g_strdup (ul_yaml_get_id (node, "id", TRUE));
  r->title = g_strdup (ul_yaml_get_text (node, "title", TRUE));
  r->document = g_strdup (ul_yaml_get_text (node, "document", FALSE));
  r->caveat = g_strdup (ul_yaml_get_text (node, "caveat", FALSE));
  ul_yaml_get_bool (node, "corroborating", FALSE, &r->corroborating);
  r->source = ul_yaml_dup_texts (node, "source", TRUE);
  if (r->id && g_hash_table_contains (self->by_id, r->id))
    ul_yaml_fail (node, "rule %s is there twice", r->id);
  if (ul_yaml_failed (node))
    return;
  g_hash_table_insert (self->by_id, r->id, r);
  load_says (node, makers, r);
  load_when (node, r);
  load_group_and_forge (node, r);
  if (ul_yaml_failed (node))
    return;
  r->self_naming = is_self_naming (makers, r);
  load_counts (self, node, r);
  run_examples (node, r);
  ul_yaml_done (node, "rule %s", r->id);
}

gboolean
ul_rules_load (UlRules *self, const UlMakers *makers, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  UlYaml *list = ul_yaml_get_sequence (root, "rules", TRUE);

  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
    load_rule (self, makers, ul_yaml_document_file (document), ul_yaml_item (list, i));
  ul_yaml_done (root, "a file of rules");
  return ul_yaml_document_ok (document, error);
}
