/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlJson: writes JSON with members in the order they are added and numbers in a
 * fixed form, so that the same report is the same bytes (json-glib prints
 * doubles with 17 digits and sorts nothing).
 */
#pragma once

#include <glib.h>

typedef struct {
  GString *out;
  guint depth;
  gboolean pretty;
  gboolean fresh; /* nothing written in the innermost object or array */
} UlJson;

void ul_json_init (UlJson *self, gboolean pretty);
/* The text; the caller owns it. */
char *ul_json_steal (UlJson *self);
void ul_json_clear (UlJson *self);
/* Values that were written into `items` outside of any array, as those of the array that is open here. */
void ul_json_splice (UlJson *self, const UlJson *items);

/* `name` NULL inside arrays. */
void ul_json_begin_object (UlJson *self, const char *name);
void ul_json_end_object (UlJson *self);
void ul_json_begin_array (UlJson *self, const char *name);
void ul_json_end_array (UlJson *self);
/* `value` NULL writes null; it must be UTF-8, what is not is replaced. */
void ul_json_string (UlJson *self, const char *name, const char *value);
void ul_json_int (UlJson *self, const char *name, gint64 value);
/* With two digits after the point at most, no trailing zeros. */
#define UL_RATIO_TEXT_BYTES 40
/* The same text alone; returns `buffer`, of UL_RATIO_TEXT_BYTES. */
const char *ul_ratio_text (double value, char *buffer);
void ul_json_ratio (UlJson *self, const char *name, double value);
/* In the same form, for other writers. */
void ul_json_append_ratio (GString *out, double value);
void ul_json_bool (UlJson *self, const char *name, gboolean value);
