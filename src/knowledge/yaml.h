/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The strict layer over libyaml that every knowledge file is read through.
 *
 * Accepted is one document of mappings with scalar keys, sequences and
 * scalars, in block or flow style, UTF-8.  Refused are anchors, aliases, tags,
 * directives, merge keys, duplicate keys, a second document, plain null (~,
 * null, nothing at all: leave the key out or quote the text), and whatever
 * exceeds the limits below.  All scalars are text until a getter types them.
 *
 * A document has a sticky error: the first failure is kept with its file and
 * line ("file:line: …"), and after it every getter returns nothing.  A loader
 * therefore reads a whole structure and asks ul_yaml_document_ok() once.
 * Getters mark the keys they were asked for; ul_yaml_done() fails on others.
 */
#pragma once

#include <glib.h>

#define UL_YAML_FILE_BYTES (4u << 20)
#define UL_YAML_DEPTH 16
#define UL_YAML_NODES 200000
#define UL_YAML_SCALAR_BYTES (64u << 10)

typedef enum { UL_YAML_SCALAR, UL_YAML_SEQUENCE, UL_YAML_MAPPING } UlYamlKind;

typedef struct _UlYamlDocument UlYamlDocument;
typedef struct _UlYaml UlYaml; /* a node, borrowed from its document */

/* `file` names the input in errors; credentials are taken out of it.  The data
 * is not needed afterwards.  Returns NULL and UL_ERROR_KNOWLEDGE on refusal. */
UlYamlDocument *ul_yaml_document_new (const char *file, const void *data, gsize len, GError **error);
/* The same document from what src/knowledge/pack/ made of the file when the program was built.  `data` must
 * outlive the document. */
UlYamlDocument *ul_yaml_document_new_packed (const char *file, const void *data, gsize len, GError **error);
void ul_yaml_document_free (UlYamlDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlYamlDocument, ul_yaml_document_free)

const char *ul_yaml_document_file (const UlYamlDocument *self);
UlYaml *ul_yaml_document_root (UlYamlDocument *self);
/* FALSE and a copy of the sticky error if there is one. */
gboolean ul_yaml_document_ok (const UlYamlDocument *self, GError **error);

/* Every knowledge file begins with `schema: 1`, `kind` and `date`.  Reads them
 * and returns the kind (borrowed), or NULL with the sticky error set. */
const char *ul_yaml_head (UlYamlDocument *self, const char **ret_date);

UlYamlKind ul_yaml_kind (const UlYaml *node);
guint ul_yaml_line (const UlYaml *node);
gboolean ul_yaml_failed (const UlYaml *node);
/* Of a document that was built in, not read. */
gboolean ul_yaml_is_packed (const UlYaml *node);
/* Sets the sticky error at the node's line, unless there is one already.  NULL
 * does nothing: a required getter that gave NULL has failed before. */
void ul_yaml_fail (UlYaml *node, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Borrowed text of a scalar; fails on other kinds. Never NULL. */
const char *ul_yaml_scalar (UlYaml *node);

/* Children of a sequence, or values of a mapping in their order. */
guint ul_yaml_n (const UlYaml *node);
UlYaml *ul_yaml_item (UlYaml *node, guint i);
/* Name of the i-th key of a mapping; borrowed. */
const char *ul_yaml_key (const UlYaml *node, guint i);

/* Values of a mapping by key.  With `required`, a missing key is an error.
 * NULL (FALSE) means: not there, or failed. */
UlYaml *ul_yaml_get (UlYaml *map, const char *key, gboolean required);
UlYaml *ul_yaml_get_map (UlYaml *map, const char *key, gboolean required);
UlYaml *ul_yaml_get_sequence (UlYaml *map, const char *key, gboolean required);
const char *ul_yaml_get_text (UlYaml *map, const char *key, gboolean required);
/* [a-z0-9.-]+ of at most 96 characters */
const char *ul_yaml_get_id (UlYaml *map, const char *key, gboolean required);
/* YYYY-MM-DD of a day that exists */
const char *ul_yaml_get_date (UlYaml *map, const char *key, gboolean required);
/* Decimal, in min..max */
gboolean ul_yaml_get_int (UlYaml *map, const char *key, gboolean required, gint64 min, gint64 max, gint64 *ret_value);
/* "true" or "false" and no other spelling */
gboolean ul_yaml_get_bool (UlYaml *map, const char *key, gboolean required, gboolean *ret_value);
/* One of the NULL-terminated words: its index, or -1 */
int ul_yaml_get_word (UlYaml *map, const char *key, gboolean required, const char *const *words);
/* A list of texts, or one text as a list of one: a copy, NULL-terminated,
 * owned by the caller; never NULL, empty if not there. */
char **ul_yaml_dup_texts (UlYaml *map, const char *key, gboolean required);

/* As the getters' checks, on a text. */
gboolean ul_yaml_is_id (const char *text);
gboolean ul_yaml_is_date (const char *text);

/* Fails on a key that no getter asked for: "unknown key 'x' in rule y". */
void ul_yaml_done (UlYaml *map, const char *what_format, ...) G_GNUC_PRINTF (2, 3);
