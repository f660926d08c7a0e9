/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for people: headings, and items with their name in a column of its own. */
#pragma once

#include <glib.h>

#define UL_TEXT_WIDTH 100

typedef struct {
  GString *out;
  gboolean colour;
} UlText;

typedef enum { UL_STYLE_PLAIN, UL_STYLE_BOLD, UL_STYLE_RED, UL_STYLE_GREEN, UL_STYLE_YELLOW, UL_STYLE_DIM } UlStyle;

void ul_text_put (UlText *t, UlStyle style, const char *text);
void ul_text_heading (UlText *t, const char *text);
/* Words of `text` from column `indent` on; the first line is begun already at column `at`. */
void ul_text_wrap (UlText *t, guint indent, guint at, const char *text);
void ul_text_item (UlText *t, const char *name, const char *text);
void ul_text_itemf (UlText *t, const char *name, const char *format, ...) G_GNUC_PRINTF (3, 4);
