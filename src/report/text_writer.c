/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/text_writer.h"

static const char *const styles[] = { "", "\033[1m", "\033[1;31m", "\033[1;32m", "\033[1;33m", "\033[2m" };

void
ul_text_put (UlText *t, UlStyle style, const char *text)
{
  if (t->colour && style != UL_STYLE_PLAIN)
    g_string_append_printf (t->out, "%s%s\033[0m", styles[style], text);
  else
    g_string_append (t->out, text);
}

void
ul_text_heading (UlText *t, const char *text)
{
  g_string_append_c (t->out, '\n');
  ul_text_put (t, UL_STYLE_BOLD, text);
  g_string_append_c (t->out, '\n');
}

void
ul_text_wrap (UlText *t, guint indent, guint at, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint column = at;

  for (char **w = words; *w; w++) {
    guint n = (guint) g_utf8_strlen (*w, -1);
    if (w != words && column + 1 + n > UL_TEXT_WIDTH) {
      g_string_append_printf (t->out, "\n%*s", indent, "");
      column = indent;
    } else if (w != words) {
      g_string_append_c (t->out, ' ');
      column++;
    }
    g_string_append (t->out, *w);
    column += n;
  }
  g_string_append_c (t->out, '\n');
}

void
ul_text_item (UlText *t, const char *name, const char *text)
{
  g_string_append_printf (t->out, "  %-11s ", name);
  ul_text_wrap (t, 14, 14, text);
}

void
ul_text_itemf (UlText *t, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ul_text_item (t, name, text);
}
