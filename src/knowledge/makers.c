/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/makers.h"

#include "base/names.h"

#include <string.h>

/* Names shorter than this are found in a text only as a word of their own. */
#define WORD_ONLY_BELOW 5
#define NAME_LETTERS 3

struct _UlMakers {
  GPtrArray *makers;                  /* UlMaker, owned */
  GHashTable *maker_by_id;            /* borrowed */
  GPtrArray *names[UL_N_NAME_LISTS];  /* UlName, owned */
  GHashTable *name_by_id[UL_N_NAME_LISTS];
  GPtrArray *relations;      /* UlRelation, owned */
  GHashTable *by_brand;      /* normalised brand, owned -> GPtrArray of UlRelation, owned */
};

static const char *const subject_names[UL_N_SUBJECTS] = { "maker", "platform", "software", "path", "recorder" };

static const char *const relation_type_names[UL_N_RELATION_TYPES + 1] = { "own", "owned", "former_owned", "own_brand", "oem",
                                                                          "assets_sold", "compatible_only", NULL };

/* What a maker makes; `firmware` and `software` alone: no device is its own. */
static const char *const ul_maker_kinds[] = { "camera", "recorder", "doorbell", "intercom", "phone", "drone", "action-camera",
                                              "camcorder", "encoder", "board", "chip", "telecom", "body-camera",
                                              "firmware", "software", NULL };

static const struct {
  const char *key;
  gboolean made_by;
} name_list_rows[UL_N_NAME_LISTS] = {
  [UL_NAME_PLATFORM] = { "platforms", TRUE },
  [UL_NAME_SOFTWARE] = { "softwares", TRUE },
  [UL_NAME_PATH] = { "paths", FALSE },
  [UL_NAME_PURPOSE] = { "purposes", FALSE },
  [UL_NAME_BUYER] = { "buyers", FALSE },
};

const char *
ul_subject_name (UlSubject subject)
{
  return subject_names[subject];
}

int
ul_subject_from_name (const char *name)
{
  return ul_index_of_name (subject_names, UL_N_SUBJECTS, name);
}

const char *
ul_relation_type_name (UlRelationType type)
{
  return relation_type_names[type];
}

char *
ul_brand_normalise (const char *text)
{
  g_autofree char *composed = g_utf8_normalize (text, -1, G_NORMALIZE_ALL_COMPOSE);
  g_autofree char *folded = composed ? g_utf8_casefold (composed, -1) : g_strdup ("");
  GString *out = g_string_new (NULL);

  for (const char *p = folded; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (g_unichar_isalnum (c))
      g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

/* --- life ---------------------------------------------------------------------- */

static void
maker_free (gpointer data)
{
  UlMaker *m = data;

  g_free (m->id);
  g_free (m->name);
  g_free (m->legal);
  g_strfreev (m->aliases);
  g_free (m->country);
  g_strfreev (m->subject_to);
  g_strfreev (m->kinds);
  g_free (m->note);
  g_free (m);
}

static void
name_free (gpointer data)
{
  UlName *n = data;

  g_free (n->id);
  g_free (n->name);
  g_strfreev (n->aliases);
  g_free (n->made_by);
  g_free (n->note);
  g_free (n);
}

static void
relation_free (gpointer data)
{
  UlRelation *r = data;

  g_free (r->brand);
  g_free (r->maker);
  g_free (r->from);
  g_free (r->to);
  g_free (r->models);
  g_free (r->note);
  g_strfreev (r->sources);
  g_free (r);
}

UlMakers *
ul_makers_new (void)
{
  UlMakers *self = g_new0 (UlMakers, 1);

  self->makers = g_ptr_array_new_with_free_func (maker_free);
  self->maker_by_id = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < UL_N_NAME_LISTS; i++) {
    self->names[i] = g_ptr_array_new_with_free_func (name_free);
    self->name_by_id[i] = g_hash_table_new (g_str_hash, g_str_equal);
  }
  self->relations = g_ptr_array_new_with_free_func (relation_free);
  self->by_brand = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  return self;
}

void
ul_makers_free (UlMakers *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->by_brand);
  g_ptr_array_unref (self->relations);
  for (guint i = 0; i < UL_N_NAME_LISTS; i++) {
    g_hash_table_unref (self->name_by_id[i]);
    g_ptr_array_unref (self->names[i]);
  }
  g_hash_table_unref (self->maker_by_id);
  g_ptr_array_unref (self->makers);
  g_free (self);
}

/* --- relations ------------------------------------------------------------------- */

static void
index_relation (UlMakers *self, const char *brand, UlRelation *relation)
{
  g_autofree char *key = ul_brand_normalise (brand);
  GPtrArray *list = g_hash_table_lookup (self->by_brand, key);

  if (!list) {
    list = g_ptr_array_new ();
    g_hash_table_insert (self->by_brand, g_steal_pointer (&key), list);
  }
  if (!g_ptr_array_find (list, relation, NULL))
    g_ptr_array_add (list, relation);
}

/* Every spelling of a maker's own name leads to one relation `own`. */
static void
add_own_names (UlMakers *self, const UlMaker *maker)
{
  UlRelation *r = g_new0 (UlRelation, 1);

  r->brand = g_strdup (maker->name);
  r->maker = g_strdup (maker->id);
  r->type = UL_RELATION_OWN;
  r->sources = g_new0 (char *, 1);
  g_ptr_array_add (self->relations, r);
  index_relation (self, maker->id, r);
  index_relation (self, maker->name, r);
  if (maker->legal)
    index_relation (self, maker->legal, r);
  for (guint i = 0; maker->aliases[i]; i++)
    index_relation (self, maker->aliases[i], r);
}

/* YYYY, YYYY-MM or YYYY-MM-DD */
static char *
dup_period (UlYaml *map, const char *key)
{
  const char *text = ul_yaml_get_text (map, key, FALSE);

  if (!text)
    return NULL;
  gsize n = strlen (text);
  g_autofree char *day = g_strconcat (text, n == 4 ? "-01-01" : n == 7 ? "-01" : "", NULL);

  if (!ul_yaml_is_date (day))
    ul_yaml_fail (ul_yaml_get (map, key, TRUE), "'%s' of '%s' is not YYYY, YYYY-MM or YYYY-MM-DD", text, key);
  return g_strdup (text);
}

static void
load_relation (UlMakers *self, UlYaml *node)
{
  static const char *const grades[] = { "A", "B", "C", NULL };
  const char *brand = ul_yaml_get_text (node, "brand", TRUE);
  const char *maker = ul_yaml_get_id (node, "maker", TRUE);
  int type = ul_yaml_get_word (node, "type", TRUE, relation_type_names);
  int grade = ul_yaml_get_word (node, "grade", TRUE, grades);
  g_auto (GStrv) aliases = ul_yaml_dup_texts (node, "aliases", FALSE);
  UlRelation *r = g_new0 (UlRelation, 1);

  g_ptr_array_add (self->relations, r);
  r->brand = g_strdup (brand);
  r->maker = g_strdup (maker);
  r->type = (UlRelationType) MAX (type, 0);
  r->grade = grade < 0 ? 0 : grades[grade][0];
  r->from = dup_period (node, "from");
  r->to = dup_period (node, "to");
  ul_yaml_get_bool (node, "past", FALSE, &r->ended);
  r->ended |= r->to != NULL;
  r->models = g_strdup (ul_yaml_get_text (node, "models", FALSE));
  r->note = g_strdup (ul_yaml_get_text (node, "note", FALSE));
  r->sources = ul_yaml_dup_texts (node, "sources", TRUE);
  ul_yaml_done (node, "the relation of brand '%s'", brand);
  if (ul_yaml_failed (node))
    return;
  g_autofree char *normal = ul_brand_normalise (brand);
  if (!*normal)
    ul_yaml_fail (node, "brand '%s' has neither letter nor digit", brand);
  else if (!ul_makers_find (self, maker))
    ul_yaml_fail (node, "no maker '%s' is declared", maker);
  else if (r->from && r->to && strcmp (r->from, r->to) > 0)
    ul_yaml_fail (node, "the relation of brand '%s' ends before it begins", brand);
  index_relation (self, brand, r);
  for (guint i = 0; aliases[i]; i++)
    index_relation (self, aliases[i], r);
}

gboolean
ul_makers_load_brands (UlMakers *self, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  UlYaml *list = ul_yaml_get_sequence (root, "relations", TRUE);

  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
    load_relation (self, ul_yaml_item (list, i));
  ul_yaml_done (root, "a file of brands");
  return ul_yaml_document_ok (document, error);
}

/* --- makers ------------------------------------------------------------------------ */

static gboolean
check_maker (UlMakers *self, UlYaml *node, UlMaker *m)
{
  if (g_hash_table_contains (self->maker_by_id, m->id))
    ul_yaml_fail (node, "maker '%s' is declared twice", m->id);
  if (m->country && (strlen (m->country) != 2 || !g_ascii_isupper (m->country[0]) || !g_ascii_isupper (m->country[1])))
    ul_yaml_fail (node, "country '%s' of maker '%s' is not two capital letters", m->country, m->id);
  if (!m->kinds[0])
    ul_yaml_fail (node, "maker '%s' has no kinds", m->id);
  for (guint i = 0; m->kinds[i]; i++) {
    if (ul_index_of_name (ul_maker_kinds, G_N_ELEMENTS (ul_maker_kinds) - 1, m->kinds[i]) < 0)
      ul_yaml_fail (node, "kind '%s' of maker '%s' is not known", m->kinds[i], m->id);
    if (!g_str_equal (m->kinds[i], "firmware") && !g_str_equal (m->kinds[i], "software"))
      m->makes_devices = TRUE;
  }
  return !ul_yaml_failed (node);
}

static void
load_maker (UlMakers *self, UlYaml *node)
{
  UlMaker *m = g_new0 (UlMaker, 1);

  g_ptr_array_add (self->makers, m);
  m->id = g_strdup (ul_yaml_get_id (node, "id", TRUE));
  m->name = g_strdup (ul_yaml_get_text (node, "name", TRUE));
  m->legal = g_strdup (ul_yaml_get_text (node, "legal", FALSE));
  m->aliases = ul_yaml_dup_texts (node, "aliases", FALSE);
  m->country = g_strdup (ul_yaml_get_text (node, "country", FALSE));
  m->subject_to = ul_yaml_dup_texts (node, "subject_to", FALSE);
  m->kinds = ul_yaml_dup_texts (node, "kinds", TRUE);
  m->note = g_strdup (ul_yaml_get_text (node, "note", FALSE));
  ul_yaml_done (node, "maker '%s'", m->id);
  if (ul_yaml_failed (node) || !check_maker (self, node, m))
    return;
  g_hash_table_insert (self->maker_by_id, m->id, m);
  add_own_names (self, m);
}

gboolean
ul_makers_load (UlMakers *self, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  UlYaml *list = ul_yaml_get_sequence (root, "makers", TRUE);

  for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
    load_maker (self, ul_yaml_item (list, i));
  ul_yaml_done (root, "a file of makers");
  return ul_yaml_document_ok (document, error);
}

guint
ul_makers_n (const UlMakers *self)
{
  return self->makers->len;
}

const UlMaker *
ul_makers_get (const UlMakers *self, guint i)
{
  return g_ptr_array_index (self->makers, i);
}

const UlMaker *
ul_makers_find (const UlMakers *self, const char *id)
{
  return id ? g_hash_table_lookup (self->maker_by_id, id) : NULL;
}

gboolean
ul_maker_is_subject_to (const UlMaker *maker, const char *attribute)
{
  return g_strv_contains ((const char *const *) maker->subject_to, attribute);
}

/* --- names ---------------------------------------------------------------------------- */

static void
load_name (UlMakers *self, UlNameList list, UlYaml *node)
{
  UlName *n = g_new0 (UlName, 1);

  g_ptr_array_add (self->names[list], n);
  n->id = g_strdup (ul_yaml_get_id (node, "id", TRUE));
  n->name = g_strdup (ul_yaml_get_text (node, "name", TRUE));
  n->aliases = ul_yaml_dup_texts (node, "aliases", FALSE);
  if (name_list_rows[list].made_by)
    n->made_by = g_strdup (ul_yaml_get_id (node, "made_by", FALSE));
  n->note = g_strdup (ul_yaml_get_text (node, "note", FALSE));
  ul_yaml_done (node, "'%s' of %s", n->id, name_list_rows[list].key);
  if (ul_yaml_failed (node))
    return;
  if (g_hash_table_contains (self->name_by_id[list], n->id))
    ul_yaml_fail (node, "'%s' of %s is declared twice", n->id, name_list_rows[list].key);
  else if (n->made_by && !ul_makers_find (self, n->made_by))
    ul_yaml_fail (node, "no maker '%s' is declared", n->made_by);
  else
    g_hash_table_insert (self->name_by_id[list], n->id, n);
}

gboolean
ul_makers_load_names (UlMakers *self, UlYamlDocument *document, GError **error)
{
  UlYaml *root = ul_yaml_document_root (document);

  ul_yaml_head (document, NULL);
  for (UlNameList kind = 0; kind < UL_N_NAME_LISTS; kind++) {
    UlYaml *list = ul_yaml_get_sequence (root, name_list_rows[kind].key, FALSE);
    for (guint i = 0; list && i < ul_yaml_n (list) && !ul_yaml_failed (list); i++)
      load_name (self, kind, ul_yaml_item (list, i));
  }
  ul_yaml_done (root, "a file of names");
  return ul_yaml_document_ok (document, error);
}

guint
ul_makers_n_names (const UlMakers *self, UlNameList list)
{
  return self->names[list]->len;
}

const UlName *
ul_makers_get_name (const UlMakers *self, UlNameList list, guint i)
{
  return g_ptr_array_index (self->names[list], i);
}

const UlName *
ul_makers_find_name (const UlMakers *self, UlNameList list, const char *id)
{
  return id ? g_hash_table_lookup (self->name_by_id[list], id) : NULL;
}

static gboolean
spells (const char *name, const char *normal)
{
  g_autofree char *other = ul_brand_normalise (name);

  return g_str_equal (other, normal);
}

const UlName *
ul_makers_resolve_name (const UlMakers *self, UlNameList list, const char *text)
{
  g_autofree char *normal = ul_brand_normalise (text);

  for (guint i = 0; i < self->names[list]->len; i++) {
    const UlName *n = ul_makers_get_name (self, list, i);
    if (spells (n->id, normal) || spells (n->name, normal))
      return n;
    for (guint a = 0; n->aliases[a]; a++)
      if (spells (n->aliases[a], normal))
        return n;
  }
  return NULL;
}

static const UlName *
find_subject_name (const UlMakers *self, UlSubject subject, const char *id)
{
  static const UlNameList lists[UL_N_SUBJECTS] = {
    [UL_SUBJECT_PLATFORM] = UL_NAME_PLATFORM,
    [UL_SUBJECT_SOFTWARE] = UL_NAME_SOFTWARE,
    [UL_SUBJECT_PATH] = UL_NAME_PATH,
  };

  return ul_makers_find_name (self, lists[subject], id);
}

static gboolean
speaks_of_maker (UlSubject subject)
{
  return subject == UL_SUBJECT_MAKER || subject == UL_SUBJECT_RECORDER;
}

const char *
ul_makers_display_name (const UlMakers *self, UlSubject subject, const char *id)
{
  if (speaks_of_maker (subject)) {
    const UlMaker *m = ul_makers_find (self, id);
    return m ? m->name : NULL;
  }
  const UlName *n = find_subject_name (self, subject, id);

  return n ? n->name : NULL;
}

/* --- brands ---------------------------------------------------------------------------- */

static const GPtrArray *
relations_of_spelling (const UlMakers *self, const char *brand)
{
  g_autofree char *key = ul_brand_normalise (brand);

  return *key ? g_hash_table_lookup (self->by_brand, key) : NULL;
}

static gboolean
has_digit (const char *text)
{
  while (*text && !g_ascii_isdigit (*text))
    text++;
  return *text != 0;
}

const GPtrArray *
ul_makers_relations (const UlMakers *self, const char *brand)
{
  const GPtrArray *found = relations_of_spelling (self, brand);
  g_autofree char *rest = g_strndup (brand, strcspn (brand, "("));
  char *last;

  if (found || (found = relations_of_spelling (self, rest)))
    return found;
  while ((last = strrchr (g_strchomp (rest), ' ')) && has_digit (last)) {
    *last = 0;
    if ((found = relations_of_spelling (self, rest)))
      return found;
  }
  return NULL;
}

guint
ul_makers_n_relations (const UlMakers *self)
{
  return self->relations->len;
}

const UlRelation *
ul_makers_get_relation (const UlMakers *self, guint i)
{
  return g_ptr_array_index (self->relations, i);
}

/* Is `name` in `text`, ASCII case ignored?  A short one only as a word. */
static gboolean
text_has_name (const char *text, const char *name)
{
  gsize n = strlen (name), left = strlen (text), letters = 0;

  for (gsize i = 0; i < n; i++)
    letters += g_ascii_isalpha (name[i]) || (guchar) name[i] >= 0x80;
  if (letters < NAME_LETTERS)
    return FALSE;
  for (gsize i = 0; i + n <= left; i++) {
    if (g_ascii_strncasecmp (text + i, name, n) != 0)
      continue;
    gboolean word = (i == 0 || !g_ascii_isalnum (text[i - 1])) && !g_ascii_isalnum (text[i + n]);
    if (word || n >= WORD_ONLY_BELOW)
      return TRUE;
  }
  return FALSE;
}

static gboolean
text_has_any (const char *text, const char *id, const char *name, char **aliases)
{
  if (text_has_name (text, id) || text_has_name (text, name))
    return TRUE;
  for (guint i = 0; aliases[i]; i++)
    if (text_has_name (text, aliases[i]))
      return TRUE;
  return FALSE;
}

gboolean
ul_makers_text_names (const UlMakers *self, UlSubject subject, const char *id, const char *text)
{
  if (!speaks_of_maker (subject)) {
    const UlName *n = find_subject_name (self, subject, id);
    return n && text_has_any (text, n->id, n->name, n->aliases);
  }
  const UlMaker *m = ul_makers_find (self, id);

  if (!m)
    return FALSE;
  if (text_has_any (text, m->id, m->name, m->aliases))
    return TRUE;
  for (guint i = 0; i < self->relations->len; i++) {
    const UlRelation *r = ul_makers_get_relation (self, i);
    gboolean label = r->type == UL_RELATION_OWN || r->type == UL_RELATION_OWNED || r->type == UL_RELATION_OWN_BRAND;
    if (label && g_str_equal (r->maker, id) && text_has_name (text, r->brand))
      return TRUE;
  }
  return FALSE;
}
