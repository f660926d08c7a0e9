/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/transcript.h"

#define PROBE_BYTES 8192
#define READ_BYTES (256u * 1024)

struct _UlTranscript {
  UlAssembler *assembler;
  UlHexDump *dump;
  UlSourceResult *result;
  GString *plain;   /* the line without colours */
  GString *scratch; /* the line as the cleaner wrote it */
  guint depth;      /* of text inside text */
};

/* --- lines ------------------------------------------------------------------------ */

static void
feed_line (UlTranscript *self, UlText line, gint64 number)
{
  UlCleanLine clean = ul_transcript_clean (line, number, ul_assembler_in_headers (self->assembler), self->scratch);

  ul_assembler_line (self->assembler, &clean);
}

static void
flush_dump (UlTranscript *self)
{
  GBytes *text;
  gsize len;

  if (ul_hex_dump_is_empty (self->dump))
    return;
  ul_assembler_flush (self->assembler);
  text = ul_hex_dump_take (self->dump, self->assembler, self->result);
  if (!text)
    return;
  const char *p = g_bytes_get_data (text, &len);
  if (self->depth == 0)
    ul_transcript_text (self, ul_text (p, len), -1);
  g_bytes_unref (text);
}

static gboolean
has_escaped_break (UlText t)
{
  return ul_text_find (t, "\\r\\n") >= 0 || ul_text_find (t, "\\n") >= 0 || ul_text_find (t, "\\u000a") >= 0;
}

static gboolean
has_anchor (UlText t)
{
  static const char *const anchors[] = { "RTSP/1.0", "v=0", "m=video", "a=rtpmap", "a=fmtp", "a=control", "m=audio", "CSeq:", "Cseq:" };

  for (gsize i = 0; i < G_N_ELEMENTS (anchors); i++)
    if (ul_text_find (t, anchors[i]) >= 0)
      return TRUE;
  return FALSE;
}

/* End of the quoted text that begins at `from` behind its quote, or len. */
static gsize
closing_quote (UlText line, gsize from, char quote)
{
  for (gsize i = from; i < line.len; i++) {
    if (line.p[i] == '\\')
      i++;
    else if (line.p[i] == quote)
      return i;
  }
  return line.len;
}

static void
feed_escaped (UlTranscript *self, UlText text, gint64 number)
{
  g_autoptr (GString) plain = g_string_new (NULL);

  ul_transcript_unescape (text, plain);
  /* JSON inside JSON */
  for (guint i = 0; i < 2 && memchr (plain->str, '\n', plain->len) == NULL && has_escaped_break (ul_text (plain->str, plain->len)); i++) {
    g_autoptr (GString) once_more = g_string_new (NULL);

    ul_transcript_unescape (ul_text (plain->str, plain->len), once_more);
    g_string_assign (plain, once_more->str);
  }
  ul_transcript_text (self, ul_text (plain->str, plain->len), number);
}

/* A line with messages written as string literals: JSON, Python, C, Go.  FALSE
 * if it holds none. */
static gboolean
feed_literals (UlTranscript *self, UlText line, gint64 number)
{
  gboolean any = FALSE;

  if (!has_escaped_break (line) || (!has_anchor (line) && line.p[0] != '"'))
    return FALSE;
  for (gsize i = 0; i < line.len; i++) {
    if (!strchr ("\"'`", line.p[i]) || line.p[i] == '\0')
      continue;
    gsize end = closing_quote (line, i + 1, line.p[i]);
    UlText inner = ul_text (line.p + i + 1, end - i - 1);
    gboolean apostrophe = line.p[i] == '\'' && i && g_ascii_isalnum (line.p[i - 1]) && line.p[i - 1] != 'b' && line.p[i - 1] != 'u';

    if (apostrophe)
      continue;
    if (has_escaped_break (inner) && (has_anchor (inner) || i == ul_text_leading_blanks (line))) {
      feed_escaped (self, inner, number);
      any = TRUE;
    } else if (ul_text_starts_ci (inner, "rtsp://") && inner.len < 1024) {
      ul_assembler_flush (self->assembler);
      ul_assembler_url (self->assembler, inner);
    }
    i = end;
  }
  if (any)
    return TRUE;
  /* No quotes: "v=0\r\no=…" bare. A packet list's line end is left to the cleaner. */
  gssize at = ul_text_find (line, "\\r\\n");
  if (at >= 0 && (gsize) at + 4 == line.len)
    return FALSE;
  feed_escaped (self, line, number);
  return TRUE;
}

/* Interleaved binary data (RFC 2326, 10.12) in a dump of a connection. */
static gboolean
is_binary (UlText line)
{
  gsize n = 0, seen = MIN (line.len, 4096);

  for (gsize i = 0; i < seen; i++)
    n += (guchar) line.p[i] < 0x20 && line.p[i] != '\t' && line.p[i] != '\f' && line.p[i] != '\x1b';
  return n * 8 > seen;
}

static void
feed_physical (UlTranscript *self, UlText line, gint64 number)
{
  if (ul_transcript_strip_colours (line, self->plain))
    line = ul_text (self->plain->str, self->plain->len);
  if (ul_hex_dump_restarts (self->dump, line))
    flush_dump (self);
  if (!ul_assembler_in_headers (self->assembler) && self->depth == 0 && ul_hex_dump_line (self->dump, line, number))
    return;
  flush_dump (self);
  if (is_binary (line))
    return;
  if (self->depth == 0 && feed_literals (self, line, number))
    return;
  feed_line (self, line, number);
}

void
ul_transcript_text (UlTranscript *self, UlText text, gint64 line)
{
  UlText rest = text, one;

  self->depth++;
  while (ul_text_next_line (&rest, &one))
    feed_line (self, one, line);
  self->depth--;
}

/* --- is it text ------------------------------------------------------------------- */

static gboolean
is_text (const guint8 *data, gsize len)
{
  gsize odd = 0, n = MIN (len, PROBE_BYTES);

  if (ul_message_is_start_line (ul_text_head (ul_text ((const char *) data, len), 64), NULL))
    return TRUE;
  for (gsize i = 0; i < n; i++) {
    if (data[i] == 0)
      return FALSE;
    odd += data[i] < 0x20 && !strchr ("\t\r\n\f\x1b", data[i]);
  }
  return n > 0 && odd * 50 <= n;
}

/* What a Windows shell writes: UTF-16 with a byte order mark. NULL if it is none. */
static char *
from_utf16 (const char *data, gsize len, gsize *ret_len)
{
  const guint8 *p = (const guint8 *) data;

  if (len < 4 || len % 2 || !((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
    return NULL;
  return g_convert_with_fallback (data + 2, (gssize) len - 2, "UTF-8", p[0] == 0xff ? "UTF-16LE" : "UTF-16BE", "?", NULL, ret_len, NULL);
}

/* --- reading ------------------------------------------------------------------------ */

/* What goes on from block to block of a text. */
typedef struct {
  UlTranscript transcript;
  gint64 number; /* of the next line */
  gboolean cut;  /* the rest of an overlong line is passed over */
  guint n_cut;
  guint streams; /* of the result before */
} Reading;

static void
reading_begin (Reading *self, UlSourceResult *result)
{
  *self = (Reading){ .transcript = { .assembler = ul_assembler_new (result),
                                     .dump = ul_hex_dump_new (),
                                     .result = result,
                                     .plain = g_string_new (NULL),
                                     .scratch = g_string_new (NULL) },
                     .number = 1,
                     .streams = result->streams->len };
}

static void
reading_line (Reading *self, UlText line)
{
  if (self->cut)
    self->cut = FALSE; /* its first part was fed already */
  else
    feed_physical (&self->transcript, line, self->number);
  self->number++;
}

/* Feeds the whole lines of `text`; returns how many bytes they are.  Of a line
 * that is longer than UL_TRANSCRIPT_LINE_BYTES only so much is read. */
static gsize
reading_lines (Reading *self, const char *text, gsize len, gboolean last)
{
  UlText rest = ul_text (text, len), line;

  if (self->number == 1 && ul_text_starts (rest, "\xef\xbb\xbf"))
    rest = ul_text_from (rest, 3);
  while (rest.len) {
    UlText before = rest;
    gboolean got = ul_text_next_line (&rest, &line);
    gboolean whole = got && (rest.len || last);

    if (whole) {
      reading_line (self, ul_text_head (line, UL_TRANSCRIPT_LINE_BYTES));
      continue;
    }
    if (before.len < UL_TRANSCRIPT_LINE_BYTES)
      return len - before.len;
    if (!self->cut) {
      feed_physical (&self->transcript, ul_text_head (before, UL_TRANSCRIPT_LINE_BYTES), self->number);
      self->n_cut++;
    }
    self->cut = TRUE;
    return len;
  }
  return len;
}

static gboolean
reading_end (Reading *self)
{
  UlTranscript *t = &self->transcript;

  flush_dump (t);
  ul_assembler_finish (t->assembler, t->result);
  ul_assembler_free (t->assembler);
  ul_hex_dump_free (t->dump);
  g_string_free (t->plain, TRUE);
  g_string_free (t->scratch, TRUE);
  if (t->result->streams->len <= self->streams)
    return FALSE;
  t->result->kind = UL_INPUT_TRANSCRIPT;
  g_free (t->result->container);
  t->result->container = g_strdup ("transcript");
  if (self->n_cut)
    g_ptr_array_add (t->result->warnings, g_strdup_printf ("%u line(s) longer than %u MiB were read to that length only", self->n_cut,
                                                           UL_TRANSCRIPT_LINE_BYTES >> 20));
  return TRUE;
}

gboolean
ul_transcript_read_text (const char *text, gsize len, UlSourceResult *result)
{
  gsize converted_len;
  g_autofree char *converted = from_utf16 (text, MIN (len, UL_TRANSCRIPT_UTF16_BYTES), &converted_len);
  Reading reading;

  if (converted) {
    text = converted;
    len = converted_len;
  }
  if (!is_text ((const guint8 *) text, len))
    return FALSE;
  reading_begin (&reading, result);
  reading_lines (&reading, text, len, TRUE);
  return reading_end (&reading);
}

static gboolean
read_utf16 (UlInput *input, UlSourceResult *result)
{
  gsize limit = (gsize) MIN (ul_input_size (input), UL_TRANSCRIPT_UTF16_BYTES);
  g_autofree char *text = g_malloc (limit + 1);
  gsize len = 0;

  while (len < limit) {
    gssize n = ul_input_pread (input, text + len, limit - len, len);
    if (n <= 0)
      break;
    len += (gsize) n;
  }
  return ul_transcript_read_text (text, len, result);
}

/* Block by block: a line that a block ends in is moved to the front. */
static guint64
read_blocks (UlInput *input, const UlSourceOptions *options, Reading *reading)
{
  gsize capacity = UL_TRANSCRIPT_LINE_BYTES + READ_BYTES, held = 0;
  g_autofree char *buffer = g_malloc (capacity);
  guint64 size = MIN (ul_input_size (input), UL_TRANSCRIPT_BYTES), offset = 0;

  while (offset < size) {
    gssize n = ul_input_pread (input, buffer + held, (gsize) MIN (capacity - held, size - offset), offset);
    if (n <= 0)
      break;
    offset += (guint64) n;
    held += (gsize) n;
    gsize used = reading_lines (reading, buffer, held, offset >= size);
    held -= used;
    memmove (buffer, buffer + used, held);
    if (options && options->progress)
      options->progress (offset, size, options->progress_data);
  }
  if (held)
    reading_lines (reading, buffer, held, TRUE);
  return offset;
}

gboolean
ul_transcript_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error)
{
  guint8 head[PROBE_BYTES];
  gssize n = ul_input_pread (input, head, sizeof head, 0);
  Reading reading;

  if (n >= 2 && (head[0] ^ head[1]) == 1 && head[0] >= 0xfe)
    return read_utf16 (input, result);
  if (n <= 0 || !is_text (head, (gsize) n))
    return FALSE;
  reading_begin (&reading, result);
  guint64 done = read_blocks (input, options, &reading);
  if (!reading_end (&reading))
    return FALSE;
  if (done < ul_input_size (input))
    g_ptr_array_add (result->warnings, g_strdup_printf ("the text was read up to byte %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, done,
                                                        ul_input_size (input)));
  return TRUE;
}
