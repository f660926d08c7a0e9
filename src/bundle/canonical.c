/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/canonical.h"

#include <string.h>

static void append_node (GString *out, JsonNode *node);

static void
append_quoted (GString *out, const char *text)
{
  static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

  g_string_append_c (out, '"');
  for (const char *p = text; *p; p++) {
    const char *at = strchr (plain, *p);
    if (at)
      g_string_append_printf (out, "\\%c", letters[at - plain]);
    else if ((guchar) *p < 0x20)
      g_string_append_printf (out, "\\u%04x", (guint) *p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

/* By UTF-16 code units (RFC 8785, 3.2.3); above the BMP that is another order than that of UTF-8. */
static int
compare_names (gconstpointer a, gconstpointer b)
{
  g_autofree gunichar2 *x = g_utf8_to_utf16 (a, -1, NULL, NULL, NULL), *y = g_utf8_to_utf16 (b, -1, NULL, NULL, NULL);
  gsize i = 0;

  while (x && y && x[i] && x[i] == y[i])
    i++;
  return x && y ? (int) x[i] - (int) y[i] : 0;
}

static void
append_object (GString *out, JsonObject *object)
{
  GList *names = g_list_sort (json_object_get_members (object), compare_names);

  g_string_append_c (out, '{');
  for (GList *l = names; l; l = l->next) {
    if (l != names)
      g_string_append_c (out, ',');
    append_quoted (out, l->data);
    g_string_append_c (out, ':');
    append_node (out, json_object_get_member (object, l->data));
  }
  g_string_append_c (out, '}');
  g_list_free (names);
}

static void
append_value (GString *out, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    append_quoted (out, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else if (type == G_TYPE_INT64)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else
    g_string_append_c (out, '?'); /* never canonical: fractions are not written here */
}

static void
append_node (GString *out, JsonNode *node)
{
  JsonArray *array;

  switch (json_node_get_node_type (node)) {
  case JSON_NODE_OBJECT:
    append_object (out, json_node_get_object (node));
    break;
  case JSON_NODE_ARRAY:
    array = json_node_get_array (node);
    g_string_append_c (out, '[');
    for (guint i = 0; i < json_array_get_length (array); i++) {
      if (i)
        g_string_append_c (out, ',');
      append_node (out, json_array_get_element (array, i));
    }
    g_string_append_c (out, ']');
    break;
  case JSON_NODE_VALUE:
    append_value (out, node);
    break;
  default:
    g_string_append (out, "null");
  }
}

char *
ul_canonical_from (JsonNode *node)
{
  GString *out = g_string_new (NULL);

  append_node (out, node);
  return g_string_free (out, FALSE);
}

char *
ul_canonical_from_object (JsonObject *object)
{
  GString *out = g_string_new (NULL);

  append_object (out, object);
  return g_string_free (out, FALSE);
}

/* json-glib calls itself for each level and takes comments: what is deeper, or has them, does not reach it. */
static gboolean
is_plain (const char *text, gsize len)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < len; i++) {
    char c = text[i];
    if (in_string) {
      if (c == '\\' && i + 1 < len)
        i++;
      else if (c == '"')
        in_string = FALSE;
    } else if (c == '"') {
      in_string = TRUE;
    } else if (!c || !strchr ("{}[]:,-0123456789aeflnrstu", c)) {
      return FALSE;
    } else if ((c == '{' || c == '[') && ++depth > UL_CANONICAL_MAX_DEPTH) {
      return FALSE;
    } else if ((c == '}' || c == ']') && depth-- == 0) {
      return FALSE;
    }
  }
  return !in_string && depth == 0;
}

JsonObject *
ul_canonical_parse (const char *text, gsize len)
{
  if (!len || text[0] != '{' || !g_utf8_validate (text, (gssize) len, NULL) || !is_plain (text, len))
    return NULL;
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) len, NULL))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  g_autofree char *again = ul_canonical_from (root);
  return strlen (again) == len && memcmp (again, text, len) == 0 ? json_node_dup_object (root) : NULL;
}

static JsonNode *
member_of (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object && json_object_has_member (object, name) ? json_object_get_member (object, name) : NULL;

  return node && json_node_get_node_type (node) == type ? node : NULL;
}

const char *
ul_member_string (JsonObject *object, const char *name)
{
  JsonNode *node = member_of (object, name, JSON_NODE_VALUE);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

gint64
ul_member_count (JsonObject *object, const char *name)
{
  JsonNode *node = member_of (object, name, JSON_NODE_VALUE);

  return node && json_node_get_value_type (node) == G_TYPE_INT64 ? MAX (json_node_get_int (node), -1) : -1;
}

JsonObject *
ul_member_object (JsonObject *object, const char *name)
{
  JsonNode *node = member_of (object, name, JSON_NODE_OBJECT);

  return node ? json_node_get_object (node) : NULL;
}

JsonArray *
ul_member_array (JsonObject *object, const char *name)
{
  JsonNode *node = member_of (object, name, JSON_NODE_ARRAY);

  return node ? json_node_get_array (node) : NULL;
}

GStrv
ul_member_strings (JsonObject *object, const char *name)
{
  JsonArray *array = ul_member_array (object, name);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; array && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
      return NULL;
    g_ptr_array_add (all, g_strdup (json_node_get_string (node)));
  }
  g_ptr_array_add (all, NULL);
  return array ? (GStrv) g_ptr_array_free (g_steal_pointer (&all), FALSE) : NULL;
}

void
ul_set_string (JsonObject *object, const char *name, const char *value)
{
  if (value)
    json_object_set_string_member (object, name, value);
}
