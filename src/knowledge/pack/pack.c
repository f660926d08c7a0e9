/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Run when the project is built: turns a knowledge file into the events that
 * libyaml finds in it, so that a program which starts needs not parse YAML.
 *
 *   pack FILE.yaml OUT
 *   pack --identity OUT FILE…
 *
 * The second writes the hash of all of them, in 64 hexadecimal digits.  JSON Lines
 * (FILE.jsonl) are packed as a sequence of their lines, which are YAML too.
 *
 * An event is a letter, the number of lines since the event before, and of a
 * scalar the number of its bytes, the bytes and a NUL.  Numbers are of 7 bits a
 * byte, the lowest first; all but the last byte have the top bit set.  Letters: p
 * and q a scalar without and with quotes, [ and { what they open, ) what closes
 * either.  ul_yaml_document_new_packed() reads it and makes the
 * same checks as of a file; what it has no letter for is refused here.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "knowledge/identity.h"

static void
put_number (FILE *out, size_t number)
{
  for (; number >= 0x80; number >>= 7)
    fputc ((int) (number & 0x7f) | 0x80, out);
  fputc ((int) number, out);
}

/* 0 for an event that is not packed. */
static int
letter_of (const yaml_event_t *event)
{
  switch (event->type) {
  case YAML_ALIAS_EVENT:
    return 0;
  case YAML_DOCUMENT_START_EVENT:
    return event->data.document_start.version_directive ? 0 : '-';
  case YAML_SCALAR_EVENT:
    if (event->data.scalar.anchor || event->data.scalar.tag)
      return 0;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? 'p' : 'q';
  case YAML_SEQUENCE_START_EVENT:
    return event->data.sequence_start.anchor || event->data.sequence_start.tag ? 0 : '[';
  case YAML_MAPPING_START_EVENT:
    return event->data.mapping_start.anchor || event->data.mapping_start.tag ? 0 : '{';
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    return ')';
  default:
    return '-';
  }
}

static int
pack (yaml_parser_t *parser, const char *name, FILE *out)
{
  size_t line = 0;
  int more = 1;

  while (more) {
    yaml_event_t event;
    if (!yaml_parser_parse (parser, &event)) {
      fprintf (stderr, "%s:%zu: %s\n", name, parser->problem_mark.line + 1, parser->problem ? parser->problem : "out of memory");
      return 1;
    }
    int letter = letter_of (&event);
    size_t at = event.start_mark.line + 1;
    if (!letter) {
      fprintf (stderr, "%s:%zu: an anchor, an alias, a tag or a directive\n", name, at);
      return 1;
    }
    more = event.type != YAML_STREAM_END_EVENT;
    if (letter != '-') {
      fputc (letter, out);
      put_number (out, at > line ? at - line : 0);
      line = at > line ? at : line;
    }
    if (event.type == YAML_SCALAR_EVENT) {
      put_number (out, event.data.scalar.length);
      fwrite (event.data.scalar.value, 1, event.data.scalar.length + 1, out);
    }
    yaml_event_delete (&event);
  }
  return 0;
}

static int
pack_file (const char *name, const char *out_name)
{
  yaml_parser_t parser;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize len;

  if (!g_file_get_contents (name, &text, &len, &error)) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  if (g_str_has_suffix (name, ".jsonl")) {
    char *sequence = ul_identity_dup_sequence (text, len, &len);
    g_free (text);
    text = sequence;
  }
  FILE *out = fopen (out_name, "wb");
  if (!out || !yaml_parser_initialize (&parser)) {
    perror (out_name);
    return 1;
  }
  yaml_parser_set_encoding (&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&parser, (const unsigned char *) text, len);
  int code = pack (&parser, name, out);
  yaml_parser_delete (&parser);
  if (fclose (out) != 0 && code == 0) {
    perror (out_name);
    code = 1;
  }
  return code;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  g_autofree char *x = g_path_get_basename (*(const char *const *) a), *y = g_path_get_basename (*(const char *const *) b);

  return strcmp (x, y);
}

static int
write_identity (const char *out_name, char **names, guint n)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GError) error = NULL;

  qsort (names, n, sizeof *names, compare_names);
  for (guint i = 0; i < n && !error; i++) {
    g_autofree char *data = NULL, *basename = g_path_get_basename (names[i]);
    gsize len;
    if (g_file_get_contents (names[i], &data, &len, &error))
      ul_identity_add (sum, basename, data, len);
  }
  if (!error && g_file_set_contents (out_name, g_checksum_get_string (sum), -1, &error))
    return 0;
  fprintf (stderr, "%s\n", error->message);
  return 1;
}

int
main (int argc, char **argv)
{
  if (argc > 3 && strcmp (argv[1], "--identity") == 0)
    return write_identity (argv[2], argv + 3, (guint) argc - 3);
  return argc == 3 ? pack_file (argv[1], argv[2]) : 64;
}
