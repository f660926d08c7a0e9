/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict/label.h"

#include "base/redact.h"

static const char *const finding_names[UL_N_LABEL_FINDINGS] = { "consistent", "own-brand", "rebrand", "contradicted",
                                                                "undetermined" };

/* How a relation reads, with the maker's and the brand's name in this order. */
static const struct {
  const char *format[2]; /* in force, ended */
} relation_rows[UL_N_RELATION_TYPES] = {
  [UL_RELATION_OWN] = { { "%s's own name is %s", "%s's own name was %s" } },
  [UL_RELATION_OWNED] = { { "%s owns %s", "%s owned %s" } },
  [UL_RELATION_FORMER_OWNED] = { { "%s formerly owned %s", "%s formerly owned %s" } },
  [UL_RELATION_OWN_BRAND] = { { "%s sells under its own brand %s", "%s sold under its own brand %s" } },
  [UL_RELATION_OEM] = { { "%s builds for %s", "%s built for %s" } },
  [UL_RELATION_ASSETS_SOLD] = { { "%s sold assets to %s", "%s sold assets to %s" } },
  [UL_RELATION_COMPATIBLE_ONLY] = { { "devices of %s and some of %s behave alike, which is no proof of a maker",
                                      "devices of %s and some of %s behaved alike, which is no proof of a maker" } },
};

const char *
ul_label_finding_name (UlLabelFinding finding)
{
  return finding_names[finding];
}

gboolean
ul_label_finding_is_hit (UlLabelFinding finding)
{
  return finding == UL_LABEL_CONTRADICTED || finding == UL_LABEL_REBRAND;
}

/* The two names of a relation put into its words. The formats are the table's. */
static void
append_relation_words (GString *out, const UlRelation *r, const char *maker_name)
{
  const char *format = relation_rows[r->type].format[r->ended];
  const char *names[] = { maker_name, r->brand };

  for (guint n = 0; *format; format++) {
    if (format[0] == '%' && format[1] == 's' && n < G_N_ELEMENTS (names)) {
      g_string_append (out, names[n++]);
      format++;
    } else {
      g_string_append_c (out, *format);
    }
  }
}

char *
ul_relation_sentence (const UlRelation *relation, const char *maker_name)
{
  const UlRelation *r = relation;
  GString *out = g_string_new (NULL);

  append_relation_words (out, r, maker_name);
  if (r->from && r->to)
    g_string_append_printf (out, " from %s to %s", r->from, r->to);
  else if (r->from || r->to)
    g_string_append_printf (out, " %s %s", r->from ? "since" : "until", r->from ? r->from : r->to);
  g_string_append_printf (out, " (relation %s", ul_relation_type_name (r->type));
  if (r->models)
    g_string_append_printf (out, "; models: %s", r->models);
  if (r->note)
    g_string_append_printf (out, "; %s", r->note);
  if (r->grade) {
    g_autofree char *sources = g_strjoinv ("; ", r->sources);
    g_string_append_printf (out, "; grade %c: %s", r->grade, sources);
  }
  g_string_append_c (out, ')');
  return g_string_free (out, FALSE);
}

/* What the registry says of a brand against one maker. */
typedef struct {
  const UlRelation *own;       /* the brand is the name of a maker: this one, or (own_other) another */
  const UlRelation *own_other;
  const UlRelation *with;      /* the closest other relation with this maker */
  const UlRelation *elsewhere; /* the first other relation with another maker */
  gboolean buys;               /* somebody is registered to build for the brand */
} BrandFacts;

/* The lower, the closer the brand is to the maker. */
static guint
closeness (const UlRelation *r)
{
  static const guint order[UL_N_RELATION_TYPES] = {
    [UL_RELATION_OWN] = 0, [UL_RELATION_OWNED] = 1,        [UL_RELATION_OWN_BRAND] = 2,       [UL_RELATION_OEM] = 3,
    [UL_RELATION_FORMER_OWNED] = 4, [UL_RELATION_ASSETS_SOLD] = 5, [UL_RELATION_COMPATIBLE_ONLY] = 6,
  };

  return order[r->type];
}

static BrandFacts
look_up (const UlMakers *makers, const char *claimed, const char *maker_id)
{
  const GPtrArray *relations = ul_makers_relations (makers, claimed);
  BrandFacts f = { .own = NULL };

  for (guint i = 0; relations && i < relations->len; i++) {
    const UlRelation *r = g_ptr_array_index (relations, i);
    gboolean same = maker_id && g_str_equal (r->maker, maker_id);
    f.buys |= r->type == UL_RELATION_OEM;
    if (r->type == UL_RELATION_OWN && same)
      f.own = r;
    else if (r->type == UL_RELATION_OWN)
      f.own_other = r;
    else if (same && (!f.with || closeness (r) < closeness (f.with)))
      f.with = r;
    else if (!same && !f.elsewhere)
      f.elsewhere = r;
  }
  return f;
}

static UlLabelFinding
find (const UlMaker *maker, const BrandFacts *f)
{
  if (!maker || !maker->makes_devices)
    return UL_LABEL_UNDETERMINED;
  if (f->own)
    return UL_LABEL_CONSISTENT;
  if (f->with && (f->with->type == UL_RELATION_OWNED || f->with->type == UL_RELATION_OWN_BRAND))
    return UL_LABEL_OWN_BRAND;
  if (f->own_other && !f->with && !f->buys)
    return UL_LABEL_CONTRADICTED;
  return UL_LABEL_REBRAND;
}

/* All that is registered of the brand with the maker, or what stands nearest. */
static void
append_registry (GString *out, const UlMakers *makers, const char *claimed, const UlMaker *maker, const BrandFacts *f)
{
  const GPtrArray *relations = ul_makers_relations (makers, claimed);
  gboolean first = TRUE;

  for (guint i = 0; relations && i < relations->len; i++) {
    const UlRelation *r = g_ptr_array_index (relations, i);
    gboolean wanted = f->with ? g_str_equal (r->maker, f->with->maker) && r->type != UL_RELATION_OWN : r->type != UL_RELATION_OWN;
    if (!wanted)
      continue;
    g_autofree char *sentence = ul_relation_sentence (r, ul_makers_find (makers, r->maker)->name);
    g_string_append_printf (out, "%s%s", first ? f->with || !maker ? "; registered: " : "; registered with others: " : "; and ",
                            sentence);
    first = FALSE;
  }
  if (first && !f->own_other)
    g_string_append_printf (out, "; the registry knows no maker behind the brand '%s'", claimed);
}

static void
append_finding (GString *out, UlLabelFinding finding, const UlMakers *makers, const char *claimed, const UlMaker *maker,
                const BrandFacts *f)
{
  switch (finding) {
  case UL_LABEL_CONSISTENT:
    g_string_append_printf (out, ", and '%s' is that maker's own name", claimed);
    break;
  case UL_LABEL_CONTRADICTED:
    g_string_append_printf (out, ", but '%s' is the name of another maker, %s, and nobody is registered to build for it", claimed,
                            ul_makers_find (makers, f->own_other->maker)->name);
    break;
  case UL_LABEL_OWN_BRAND:
    g_string_append_printf (out, ", and '%s' is one of its brands", claimed);
    append_registry (out, makers, claimed, maker, f);
    break;
  default:
    g_string_append_printf (out, ", not to '%s'", claimed);
    append_registry (out, makers, claimed, maker, f);
  }
}

UlLabelFinding
ul_label_check (const UlKnowledge *knowledge, const char *claimed, const char *maker_id, UlSupport support, char **ret_explanation)
{
  const UlMakers *makers = ul_knowledge_makers (knowledge);
  const UlMaker *maker = ul_makers_find (makers, maker_id);
  BrandFacts f = look_up (makers, claimed, maker ? maker->id : NULL);
  UlLabelFinding finding = find (maker, &f);

  if (!ret_explanation)
    return finding;
  GString *out = g_string_new (NULL);

  if (finding == UL_LABEL_UNDETERMINED) {
    if (maker)
      g_string_append_printf (out, "%s is firmware or software for others' hardware: it says nothing for or against the label '%s'",
                              maker->name, claimed);
    else
      g_string_append_printf (out, "The video does not show who made the camera: nothing can be said of the label '%s'", claimed);
    append_registry (out, makers, claimed, NULL, &f);
  } else {
    g_string_append_printf (out, "The evidence points to %s (%s support)", maker->name, ul_support_name (support));
    append_finding (out, finding, makers, claimed, maker, &f);
  }
  g_string_append_c (out, '.');
  *ret_explanation = ul_redact (out->str, -1);
  g_string_free (out, TRUE);
  return finding;
}
