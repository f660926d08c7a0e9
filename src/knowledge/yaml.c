/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knowledge/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/redact.h"
#include "underlabel.h"

#define ID_CHARS 96
#define SMALL_MAPPING 16 /* so many keys are looked through one by one */
#define BLOCK_BYTES (64u << 10)
#define FIRST_ITEMS 4 /* room in a new list */

struct _UlYaml {
  UlYamlDocument *document;
  UlYamlKind kind;
  guint line;
  gboolean used;      /* a getter asked for it */
  const char *text;   /* scalar */
  guint n, capacity;  /* of a container */
  UlYaml **items;     /* of a sequence, values of a mapping */
  const char **keys;  /* of a mapping */
  GHashTable *index;  /* key -> UlYaml, of large mappings; of the document's list */
};

/* A piece of the memory that a document's nodes and texts lie in. */
typedef struct _Block Block;
struct _Block {
  Block *before;
  gsize size, used;
  max_align_t data[];
};

struct _UlYamlDocument {
  char *file;
  UlYaml *root;
  gboolean packed;
  guint n_nodes;
  Block *blocks;      /* the last one first */
  GPtrArray *indexes; /* GHashTable, owned */
  GError *error;      /* sticky */
};

void
ul_yaml_document_free (UlYamlDocument *self)
{
  if (!self)
    return;
  while (self->blocks) {
    Block *block = self->blocks;
    self->blocks = block->before;
    g_free (block);
  }
  g_ptr_array_unref (self->indexes);
  g_clear_error (&self->error);
  g_free (self->file);
  g_free (self);
}

/* Not cleared; lives as long as the document. */
static gpointer
allocate (UlYamlDocument *self, gsize size)
{
  size = (size + sizeof (max_align_t) - 1) / sizeof (max_align_t) * sizeof (max_align_t);
  if (!self->blocks || self->blocks->size - self->blocks->used < size) {
    Block *block = g_malloc (sizeof *block + MAX (size, BLOCK_BYTES));
    *block = (Block){ .before = self->blocks, .size = MAX (size, BLOCK_BYTES) };
    self->blocks = block;
  }
  gpointer place = (guint8 *) self->blocks->data + self->blocks->used;
  self->blocks->used += size;
  return place;
}

static void fail_at (UlYamlDocument *self, gsize line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail_at_va (UlYamlDocument *self, gsize line, const char *format, va_list args)
{
  if (self->error)
    return;
  g_autofree char *raw = g_strdup_vprintf (format, args);
  g_autofree char *text = ul_redact (raw, -1);

  self->error = g_error_new (UL_ERROR, UL_ERROR_KNOWLEDGE, "%s:%" G_GSIZE_FORMAT ": %s", self->file, line, text);
}

static void
fail_at (UlYamlDocument *self, gsize line, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fail_at_va (self, line, format, args);
  va_end (args);
}

/* --- from events to nodes -------------------------------------------------- */

static gsize
line_at (const char *data, gsize len, gsize offset)
{
  gsize line = 1;

  for (gsize i = 0; i < MIN (offset, len); i++)
    line += data[i] == '\n';
  return line;
}

static gboolean
check_input (UlYamlDocument *self, const char *data, gsize len)
{
  const char *end = data;

  if (len > UL_YAML_FILE_BYTES)
    fail_at (self, 1, "file of %" G_GSIZE_FORMAT " bytes, at most %u are read", len, UL_YAML_FILE_BYTES);
  else if (len && !g_utf8_validate_len (data, len, &end))
    fail_at (self, line_at (data, len, (gsize) (end - data)), "not UTF-8 text");
  return self->error == NULL;
}

static void
fail_parser (UlYamlDocument *self, const yaml_parser_t *parser, const char *data, gsize len)
{
  gsize line = parser->problem_mark.line + 1;

  if (parser->error == YAML_READER_ERROR)
    line = line_at (data, len, parser->problem_offset);
  fail_at (self, line, "not YAML: %s", parser->problem ? parser->problem : "out of memory");
}

/* What the document is built of; the text ends with a NUL behind `len`. */
typedef enum { EVENT_OTHER, EVENT_SCALAR, EVENT_OPEN_SEQUENCE, EVENT_OPEN_MAPPING, EVENT_CLOSE } EventKind;

typedef struct {
  EventKind kind;
  gboolean plain; /* a scalar without quotes */
  gboolean lasts; /* the text outlives the document */
  gsize line;
  const char *text;
  gsize len;
} Event;

/* What the layer refuses of an event that YAML itself allows. */
static gboolean
check_event (UlYamlDocument *self, const yaml_event_t *event)
{
  gsize line = event->start_mark.line + 1;
  const yaml_char_t *anchor = NULL, *tag = NULL;

  switch (event->type) {
  case YAML_ALIAS_EVENT:
    fail_at (self, line, "aliases are not taken");
    break;
  case YAML_DOCUMENT_START_EVENT:
    if (event->data.document_start.version_directive
        || event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
      fail_at (self, line, "directives are not taken");
    else if (self->root)
      fail_at (self, line, "a second document: one a file");
    break;
  case YAML_SCALAR_EVENT:
    anchor = event->data.scalar.anchor;
    tag = event->data.scalar.tag;
    break;
  case YAML_SEQUENCE_START_EVENT:
    anchor = event->data.sequence_start.anchor;
    tag = event->data.sequence_start.tag;
    break;
  case YAML_MAPPING_START_EVENT:
    anchor = event->data.mapping_start.anchor;
    tag = event->data.mapping_start.tag;
    break;
  default:
    break;
  }
  if (anchor)
    fail_at (self, line, "anchors are not taken");
  if (tag)
    fail_at (self, line, "tags are not taken");
  return self->error == NULL;
}

static Event
event_of (const yaml_event_t *event)
{
  Event e = { .line = event->start_mark.line + 1 };

  switch (event->type) {
  case YAML_SCALAR_EVENT:
    e.kind = EVENT_SCALAR;
    e.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    e.text = (const char *) event->data.scalar.value;
    e.len = event->data.scalar.length;
    break;
  case YAML_SEQUENCE_START_EVENT:
    e.kind = EVENT_OPEN_SEQUENCE;
    break;
  case YAML_MAPPING_START_EVENT:
    e.kind = EVENT_OPEN_MAPPING;
    break;
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    e.kind = EVENT_CLOSE;
    break;
  default:
    break;
  }
  return e;
}

static gboolean
is_plain_null (const Event *event)
{
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

  for (gsize i = 0; event->plain && i < G_N_ELEMENTS (nulls); i++)
    if (g_str_equal (event->text, nulls[i]))
      return TRUE;
  return FALSE;
}

/* A scalar's text, of the document; NULL with the error set. */
static const char *
keep_scalar (UlYamlDocument *self, const Event *event)
{
  if (event->len > UL_YAML_SCALAR_BYTES)
    fail_at (self, event->line, "text of %" G_GSIZE_FORMAT " bytes, at most %u are read", event->len, UL_YAML_SCALAR_BYTES);
  else if (memchr (event->text, 0, event->len))
    fail_at (self, event->line, "a NUL character");
  else if (is_plain_null (event))
    fail_at (self, event->line, "no value: leave the key out, or quote the text");
  if (self->error)
    return NULL;
  return event->lasts ? event->text : memcpy (allocate (self, event->len + 1), event->text, event->len + 1);
}

typedef struct {
  UlYamlDocument *document;
  UlYaml *stack[UL_YAML_DEPTH];
  guint depth;
  const char *key; /* of the mapping on top, waiting for its value */
} Builder;

static UlYaml *
find_value (const UlYaml *map, const char *key)
{
  if (map->index)
    return g_hash_table_lookup (map->index, key);
  for (guint i = 0; i < map->n; i++)
    if (g_str_equal (map->keys[i], key))
      return map->items[i];
  return NULL;
}

/* The last value was added to the mapping. */
static void
index_value (UlYaml *map)
{
  guint first = map->n - 1;

  if (map->n < SMALL_MAPPING)
    return;
  if (!map->index) {
    map->index = g_hash_table_new (g_str_hash, g_str_equal);
    g_ptr_array_add (map->document->indexes, map->index);
    first = 0;
  }
  for (guint i = first; i < map->n; i++)
    g_hash_table_insert (map->index, (gpointer) map->keys[i], map->items[i]);
}

/* A copy with room for the container's capacity. */
static gpointer
longer_list (UlYaml *container, gconstpointer list)
{
  gpointer *longer = allocate (container->document, container->capacity * sizeof *longer);

  return container->n ? memcpy (longer, list, container->n * sizeof *longer) : longer;
}

/* Hands the node to the container on top. */
static void
attach (Builder *b, UlYaml *node)
{
  UlYaml *top = b->depth ? b->stack[b->depth - 1] : NULL;

  if (!top) {
    b->document->root = node;
    return;
  }
  if (top->n == top->capacity) {
    top->capacity = top->capacity ? 2 * top->capacity : FIRST_ITEMS;
    top->items = longer_list (top, top->items);
    if (top->kind == UL_YAML_MAPPING)
      top->keys = longer_list (top, top->keys);
  }
  top->items[top->n++] = node;
  if (top->kind == UL_YAML_MAPPING) {
    top->keys[top->n - 1] = b->key;
    b->key = NULL;
    index_value (top);
  }
}

static gboolean
wants_key (const Builder *b)
{
  return b->depth && b->stack[b->depth - 1]->kind == UL_YAML_MAPPING && !b->key;
}

static void
take_key (Builder *b, const Event *event)
{
  UlYamlDocument *doc = b->document;
  UlYaml *top = b->stack[b->depth - 1];

  if (event->kind != EVENT_SCALAR) {
    fail_at (doc, event->line, "a key must be a text");
    return;
  }
  b->key = keep_scalar (doc, event);
  if (!b->key)
    return;
  if (g_str_equal (b->key, "<<"))
    fail_at (doc, event->line, "merge keys are not taken");
  else if (find_value (top, b->key))
    fail_at (doc, event->line, "key '%s' is there twice", b->key);
}

static UlYaml *
node_new (Builder *b, UlYamlKind kind, gsize line)
{
  UlYaml *node;

  if (++b->document->n_nodes > UL_YAML_NODES) {
    fail_at (b->document, line, "more than %u values", UL_YAML_NODES);
    return NULL;
  }
  node = allocate (b->document, sizeof *node);
  *node = (UlYaml){ .document = b->document, .kind = kind, .line = (guint) line };
  return node;
}

static void
open_container (Builder *b, UlYamlKind kind, gsize line)
{
  if (b->depth == UL_YAML_DEPTH) {
    fail_at (b->document, line, "nested deeper than %u", UL_YAML_DEPTH);
    return;
  }
  UlYaml *node = node_new (b, kind, line);

  if (!node)
    return;
  attach (b, node);
  b->stack[b->depth++] = node;
}

static void
take_scalar (Builder *b, const Event *event)
{
  const char *text = keep_scalar (b->document, event);
  UlYaml *node = text ? node_new (b, UL_YAML_SCALAR, event->line) : NULL;

  if (!node)
    return;
  node->text = text;
  attach (b, node);
}

static void
take_event (Builder *b, const Event *event)
{
  if (event->kind == EVENT_CLOSE)
    b->depth--;
  else if (event->kind == EVENT_OTHER)
    return;
  else if (wants_key (b))
    take_key (b, event);
  else if (event->kind == EVENT_SCALAR)
    take_scalar (b, event);
  else
    open_container (b, event->kind == EVENT_OPEN_SEQUENCE ? UL_YAML_SEQUENCE : UL_YAML_MAPPING, event->line);
}

static UlYamlDocument *
document_begin (const char *file)
{
  UlYamlDocument *self = g_new0 (UlYamlDocument, 1);

  self->file = ul_redact (file, -1);
  self->indexes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
  return self;
}

static UlYamlDocument *
document_end (UlYamlDocument *self, GError **error)
{
  if (!self->error && !self->root)
    fail_at (self, 1, "nothing in it");
  if (ul_yaml_document_ok (self, error))
    return self;
  ul_yaml_document_free (self);
  return NULL;
}

UlYamlDocument *
ul_yaml_document_new (const char *file, const void *data, gsize len, GError **error)
{
  UlYamlDocument *self = document_begin (file);
  Builder b = { .document = self };
  yaml_parser_t parser;
  gboolean more = TRUE;

  if (check_input (self, data, len) && yaml_parser_initialize (&parser)) {
    yaml_parser_set_encoding (&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string (&parser, len ? data : (const unsigned char *) "", len);
    while (more && !self->error) {
      yaml_event_t event;
      if (!yaml_parser_parse (&parser, &event)) {
        fail_parser (self, &parser, data, len);
        break;
      }
      more = event.type != YAML_STREAM_END_EVENT;
      if (check_event (self, &event)) {
        Event e = event_of (&event);
        take_event (&b, &e);
      }
      yaml_event_delete (&event);
    }
    yaml_parser_delete (&parser);
  }
  return document_end (self, error);
}

/* --- packed --------------------------------------------------------------------- */

static gboolean
unpack_number (const guint8 **at, const guint8 *end, gsize *ret_number)
{
  gsize number = 0;

  for (guint shift = 0; *at < end && shift < 32; shift += 7) {
    guint8 byte = *(*at)++;
    number |= (gsize) (byte & 0x7f) << shift;
    if (!(byte & 0x80)) {
      *ret_number = number;
      return TRUE;
    }
  }
  return FALSE;
}

/* FALSE at the end, and where the rest is no event. */
static gboolean
unpack_event (const guint8 **at, const guint8 *end, Event *event)
{
  static const char letters[] = "pq[{)"; /* pack/pack.c */
  static const EventKind kinds[] = { EVENT_SCALAR, EVENT_SCALAR, EVENT_OPEN_SEQUENCE, EVENT_OPEN_MAPPING, EVENT_CLOSE };
  const char *found = *at < end && **at ? strchr (letters, (char) *(*at)++) : NULL;
  gsize more;

  if (!found || !unpack_number (at, end, &more))
    return FALSE;
  event->kind = kinds[found - letters];
  event->plain = *found == 'p';
  event->line += more;
  if (event->kind != EVENT_SCALAR)
    return TRUE;
  if (!unpack_number (at, end, &event->len) || event->len >= (gsize) (end - *at))
    return FALSE;
  event->text = (const char *) *at;
  *at += event->len + 1;
  return event->text[event->len] == 0;
}

UlYamlDocument *
ul_yaml_document_new_packed (const char *file, const void *data, gsize len, GError **error)
{
  UlYamlDocument *self = document_begin (file);
  Builder b = { .document = self };
  const guint8 *at = data, *end = len ? at + len : at;
  Event event = { .lasts = TRUE };

  self->packed = TRUE;
  while (!self->error && at < end) {
    if (!unpack_event (&at, end, &event) || (event.kind == EVENT_CLOSE && b.depth == 0) || (b.depth == 0 && self->root))
      fail_at (self, event.line, "not packed as it should be");
    else
      take_event (&b, &event);
  }
  return document_end (self, error);
}

/* --- reading ------------------------------------------------------------------ */

const char *
ul_yaml_document_file (const UlYamlDocument *self)
{
  return self->file;
}

UlYaml *
ul_yaml_document_root (UlYamlDocument *self)
{
  return self->root;
}

gboolean
ul_yaml_document_ok (const UlYamlDocument *self, GError **error)
{
  if (self->error && error)
    *error = g_error_copy (self->error);
  return self->error == NULL;
}

const char *
ul_yaml_head (UlYamlDocument *self, const char **ret_date)
{
  UlYaml *root = self->root;
  gint64 schema = 0;

  if (root->kind != UL_YAML_MAPPING)
    ul_yaml_fail (root, "a knowledge file is a mapping");
  if (ul_yaml_get_int (root, "schema", TRUE, 0, G_MAXINT32, &schema) && schema != 1)
    ul_yaml_fail (ul_yaml_get (root, "schema", TRUE), "schema %" G_GINT64_FORMAT " is not known, only 1 is", schema);
  const char *kind = ul_yaml_get_text (root, "kind", TRUE);
  const char *date = ul_yaml_get_date (root, "date", TRUE);

  if (self->error)
    return NULL;
  if (ret_date)
    *ret_date = date;
  return kind;
}

UlYamlKind
ul_yaml_kind (const UlYaml *node)
{
  return node->kind;
}

guint
ul_yaml_line (const UlYaml *node)
{
  return node->line;
}

gboolean
ul_yaml_failed (const UlYaml *node)
{
  return !node || node->document->error != NULL; /* none is found in a failed document */
}

gboolean
ul_yaml_is_packed (const UlYaml *node)
{
  return node->document->packed;
}

void
ul_yaml_fail (UlYaml *node, const char *format, ...)
{
  va_list args;

  if (!node)
    return;
  va_start (args, format);
  fail_at_va (node->document, node->line, format, args);
  va_end (args);
}

const char *
ul_yaml_scalar (UlYaml *node)
{
  if (node->kind == UL_YAML_SCALAR)
    return node->text;
  ul_yaml_fail (node, "a text is wanted here, not a list or mapping");
  return "";
}

guint
ul_yaml_n (const UlYaml *node)
{
  return node->n;
}

UlYaml *
ul_yaml_item (UlYaml *node, guint i)
{
  return node->items[i];
}

const char *
ul_yaml_key (const UlYaml *node, guint i)
{
  return node->keys[i];
}

UlYaml *
ul_yaml_get (UlYaml *map, const char *key, gboolean required)
{
  if (ul_yaml_failed (map))
    return NULL;
  if (map->kind != UL_YAML_MAPPING) {
    ul_yaml_fail (map, "a mapping is wanted here");
    return NULL;
  }
  UlYaml *node = find_value (map, key);

  if (node)
    node->used = TRUE;
  else if (required)
    ul_yaml_fail (map, "key '%s' is missing", key);
  return node;
}

static UlYaml *
get_of_kind (UlYaml *map, const char *key, gboolean required, UlYamlKind kind)
{
  static const char *const kind_names[] = { "a text", "a list", "a mapping" };
  UlYaml *node = ul_yaml_get (map, key, required);

  if (!node || node->kind == kind)
    return node;
  ul_yaml_fail (node, "'%s' must be %s", key, kind_names[kind]);
  return NULL;
}

UlYaml *
ul_yaml_get_map (UlYaml *map, const char *key, gboolean required)
{
  return get_of_kind (map, key, required, UL_YAML_MAPPING);
}

UlYaml *
ul_yaml_get_sequence (UlYaml *map, const char *key, gboolean required)
{
  return get_of_kind (map, key, required, UL_YAML_SEQUENCE);
}

const char *
ul_yaml_get_text (UlYaml *map, const char *key, gboolean required)
{
  UlYaml *node = get_of_kind (map, key, required, UL_YAML_SCALAR);

  return node ? node->text : NULL;
}

gboolean
ul_yaml_is_id (const char *text)
{
  gsize n = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789.-");

  return n > 0 && n <= ID_CHARS && text[n] == 0;
}

gboolean
ul_yaml_is_date (const char *text)
{
  guint part[3] = { 0, 0, 0 };

  if (strlen (text) != 10)
    return FALSE;
  for (guint i = 0, n = 0; i < 10; i++) {
    if (i == 4 || i == 7) {
      if (text[i] != '-')
        return FALSE;
      n++;
    } else if (g_ascii_isdigit (text[i])) {
      part[n] = part[n] * 10 + (guint) (text[i] - '0');
    } else {
      return FALSE;
    }
  }
  return g_date_valid_dmy ((GDateDay) MIN (part[2], 99), (GDateMonth) MIN (part[1], 13), (GDateYear) part[0]);
}

static const char *
get_checked (UlYaml *map, const char *key, gboolean required, gboolean (*check) (const char *), const char *what)
{
  const char *text = ul_yaml_get_text (map, key, required);

  if (!text || check (text))
    return text;
  ul_yaml_fail (ul_yaml_get (map, key, TRUE), "'%s' of '%s' is not %s", text, key, what);
  return NULL;
}

const char *
ul_yaml_get_id (UlYaml *map, const char *key, gboolean required)
{
  return get_checked (map, key, required, ul_yaml_is_id, "an id: a-z 0-9 . - and at most 96 characters");
}

const char *
ul_yaml_get_date (UlYaml *map, const char *key, gboolean required)
{
  return get_checked (map, key, required, ul_yaml_is_date, "a day YYYY-MM-DD");
}

gboolean
ul_yaml_get_int (UlYaml *map, const char *key, gboolean required, gint64 min, gint64 max, gint64 *ret_value)
{
  const char *text = ul_yaml_get_text (map, key, required);
  g_autoptr (GError) error = NULL;

  if (!text)
    return FALSE;
  if (g_ascii_string_to_signed (text, 10, min, max, ret_value, &error))
    return TRUE;
  ul_yaml_fail (ul_yaml_get (map, key, TRUE), "'%s' of '%s' is not an integer of %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, text,
                key, min, max);
  return FALSE;
}

gboolean
ul_yaml_get_bool (UlYaml *map, const char *key, gboolean required, gboolean *ret_value)
{
  static const char *const words[] = { "false", "true", NULL };
  int i = ul_yaml_get_word (map, key, required, words);

  if (i >= 0)
    *ret_value = i;
  return i >= 0;
}

int
ul_yaml_get_word (UlYaml *map, const char *key, gboolean required, const char *const *words)
{
  const char *text = ul_yaml_get_text (map, key, required);

  if (!text)
    return -1;
  for (int i = 0; words[i]; i++)
    if (g_str_equal (words[i], text))
      return i;
  g_autofree char *list = g_strjoinv (", ", (char **) words);

  ul_yaml_fail (ul_yaml_get (map, key, TRUE), "'%s' of '%s' is none of %s", text, key, list);
  return -1;
}

char **
ul_yaml_dup_texts (UlYaml *map, const char *key, gboolean required)
{
  UlYaml *node = ul_yaml_get (map, key, required);
  GPtrArray *texts = g_ptr_array_new ();

  if (node && node->kind == UL_YAML_MAPPING)
    ul_yaml_fail (node, "'%s' must be a text or a list of texts", key);
  if (node && node->kind == UL_YAML_SCALAR)
    g_ptr_array_add (texts, g_strdup (node->text));
  for (guint i = 0; node && node->kind == UL_YAML_SEQUENCE && i < node->n; i++)
    g_ptr_array_add (texts, g_strdup (ul_yaml_scalar (ul_yaml_item (node, i))));
  if (node && required && texts->len == 0)
    ul_yaml_fail (node, "'%s' is empty", key);
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

void
ul_yaml_done (UlYaml *map, const char *what_format, ...)
{
  va_list args;

  if (ul_yaml_failed (map) || map->kind != UL_YAML_MAPPING)
    return;
  for (guint i = 0; i < map->n; i++) {
    UlYaml *node = ul_yaml_item (map, i);
    if (node->used)
      continue;
    va_start (args, what_format);
    g_autofree char *what = g_strdup_vprintf (what_format, args);
    va_end (args);
    ul_yaml_fail (node, "unknown key '%s' in %s", ul_yaml_key (map, i), what);
    return;
  }
}
