/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON in its canonical form (RFC 8785): one way of writing it, so that it can be signed and compared. */
#pragma once

#include <json-glib/json-glib.h>

#define UL_CANONICAL_MAX_DEPTH 8

/* Objects, arrays, strings, integers, booleans and null; owned. */
char *ul_canonical_from (JsonNode *node);
char *ul_canonical_from_object (JsonObject *object);
/* NULL if `text` is not canonical JSON of an object: names in another order or twice, blanks, other escapes, fractions. */
JsonObject *ul_canonical_parse (const char *text, gsize len);

/* Members that have to be there in that form; NULL, -1 if they are not. Borrowed. */
const char *ul_member_string (JsonObject *object, const char *name);
gint64 ul_member_count (JsonObject *object, const char *name);
JsonObject *ul_member_object (JsonObject *object, const char *name);
JsonArray *ul_member_array (JsonObject *object, const char *name);
/* Strings alone; NULL if there is none, or anything else in it. Owned. */
GStrv ul_member_strings (JsonObject *object, const char *name);
void ul_set_string (JsonObject *object, const char *name, const char *value /* NULL: left out */);
