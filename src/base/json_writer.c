/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json_writer.h"

#include <string.h>

void
ul_json_init (UlJson *self, gboolean pretty)
{
  *self = (UlJson){ .out = g_string_new (NULL), .pretty = pretty, .fresh = TRUE };
}

char *
ul_json_steal (UlJson *self)
{
  g_string_append_c (self->out, '\n');
  return g_string_free (g_steal_pointer (&self->out), FALSE);
}

void
ul_json_clear (UlJson *self)
{
  if (self->out)
    g_string_free (g_steal_pointer (&self->out), TRUE);
}

static void
new_line (UlJson *self)
{
  if (!self->pretty)
    return;
  g_string_append_c (self->out, '\n');
  for (guint i = 0; i < self->depth; i++)
    g_string_append (self->out, "  ");
}

static void
append_quoted (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *p = valid; *p; p++) {
    guchar c = (guchar) *p;
    const char *at;
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

    if ((at = strchr (plain, c)) != NULL)
      g_string_append_printf (out, "\\%c", letters[at - plain]);
    else if (c < 0x20 || c == 0x7f)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_c (out, (char) c);
  }
  g_string_append_c (out, '"');
}

static void
begin_value (UlJson *self, const char *name)
{
  if (!self->fresh)
    g_string_append_c (self->out, ',');
  if (self->depth)
    new_line (self);
  self->fresh = FALSE;
  if (name) {
    append_quoted (self->out, name);
    g_string_append (self->out, self->pretty ? ": " : ":");
  }
}

static void
begin (UlJson *self, const char *name, char bracket)
{
  begin_value (self, name);
  g_string_append_c (self->out, bracket);
  self->depth++;
  self->fresh = TRUE;
}

static void
end (UlJson *self, char bracket)
{
  self->depth--;
  if (!self->fresh)
    new_line (self);
  g_string_append_c (self->out, bracket);
  self->fresh = FALSE;
}

void
ul_json_begin_object (UlJson *self, const char *name)
{
  begin (self, name, '{');
}

void
ul_json_end_object (UlJson *self)
{
  end (self, '}');
}

void
ul_json_begin_array (UlJson *self, const char *name)
{
  begin (self, name, '[');
}

void
ul_json_end_array (UlJson *self)
{
  end (self, ']');
}

void
ul_json_string (UlJson *self, const char *name, const char *value)
{
  begin_value (self, name);
  if (value)
    append_quoted (self->out, value);
  else
    g_string_append (self->out, "null");
}

void
ul_json_int (UlJson *self, const char *name, gint64 value)
{
  begin_value (self, name);
  g_string_append_printf (self->out, "%" G_GINT64_FORMAT, value);
}

void
ul_json_splice (UlJson *self, const UlJson *items)
{
  if (items->fresh)
    return;
  begin_value (self, NULL);
  g_string_append_len (self->out, items->out->str, (gssize) items->out->len);
}

const char *
ul_ratio_text (double value, char *buffer)
{
  g_ascii_formatd (buffer, UL_RATIO_TEXT_BYTES, "%.2f", value);
  for (gsize n = strlen (buffer); n > 1 && strchr (buffer, '.') && strchr ("0.", buffer[n - 1]); n--) {
    gboolean point = buffer[n - 1] == '.';
    buffer[n - 1] = '\0';
    if (point)
      break;
  }
  return g_str_equal (buffer, "-0") ? "0" : buffer;
}

void
ul_json_append_ratio (GString *out, double value)
{
  char text[UL_RATIO_TEXT_BYTES];

  g_string_append (out, ul_ratio_text (value, text));
}

void
ul_json_ratio (UlJson *self, const char *name, double value)
{
  begin_value (self, name);
  ul_json_append_ratio (self->out, value);
}

void
ul_json_bool (UlJson *self, const char *name, gboolean value)
{
  begin_value (self, name);
  g_string_append (self->out, value ? "true" : "false");
}
