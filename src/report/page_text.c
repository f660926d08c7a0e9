/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/page.h"

#include "base/json_writer.h"

void
ul_page_printf (UlPage *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (self->out, text);
}

void
ul_page_text (UlPage *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_string_append (self->out, escaped);
}

static void
figure (UlPage *self, const char *text, const char *pointer, va_list args)
{
  g_autofree char *path = g_strdup_vprintf (pointer, args);

  ul_page_printf (self, "<span data-json=\"%s\">%s</span>", path, text ? text : "—");
}

void
ul_page_figure (UlPage *self, const char *text, const char *pointer, ...)
{
  va_list args;

  va_start (args, pointer);
  figure (self, text, pointer, args);
  va_end (args);
}

void
ul_page_int (UlPage *self, gint64 value, const char *pointer, ...)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);
  va_list args;

  va_start (args, pointer);
  figure (self, text, pointer, args);
  va_end (args);
}

void
ul_page_ratio (UlPage *self, double value, const char *pointer, ...)
{
  char text[UL_RATIO_TEXT_BYTES];
  va_list args;

  va_start (args, pointer);
  figure (self, ul_ratio_text (value, text), pointer, args);
  va_end (args);
}

void
ul_page_begin (UlPage *self, const char *id, const char *heading)
{
  ul_page_printf (self, "\n<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id, id, id, heading);
}

void
ul_page_end (UlPage *self)
{
  g_string_append (self->out, "</section>\n");
}

void
ul_page_scroll (UlPage *self, const char *label)
{
  ul_page_printf (self, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n", label);
}

void
ul_page_unscroll (UlPage *self)
{
  g_string_append (self->out, "</div>\n");
}

void
ul_page_sayings (UlPage *self, UlSayings *owned)
{
  g_autoptr (UlSayings) said = owned;

  g_string_append (self->out, "<dl>\n");
  for (guint i = 0; i < said->len; i++) {
    const UlSaid *s = g_ptr_array_index (said, i);
    ul_page_printf (self, "<dt>%s</dt><dd>%s</dd>\n", s->name, s->text);
  }
  g_string_append (self->out, "</dl>\n");
}

void
ul_page_observation (UlPage *self, guint number)
{
  ul_page_printf (self, "<a href=\"#o%u\">observation %u</a>", number, number);
}
