/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/flv.h"

#include "base/span.h"

#define WINDOW_BYTES (64 * 1024)
#define MAX_TAGS 64
#define MAX_ENTRIES 128
#define TAG_SCRIPT 18

enum { AMF_NUMBER, AMF_BOOLEAN, AMF_STRING, AMF_OBJECT, AMF_NULL = 5, AMF_ECMA_ARRAY = 8, AMF_DATE = 11 };

gboolean
ul_flv_probe (const guint8 *head, gsize len)
{
  return len >= 9 && memcmp (head, "FLV", 3) == 0 && head[3] < 5 && head[5] == 0 && head[6] == 0;
}

/* One value of an object: strings are marks, what is no plain value ends the reading (AMF 0, 2). */
static gboolean
read_value (UlSpan *s, const char *name, UlEvidence *evidence, UlWhere where)
{
  UlSpan text;

  switch (ul_span_u8 (s)) {
  case AMF_NUMBER:
    return ul_span_skip (s, 8);
  case AMF_BOOLEAN:
    return ul_span_skip (s, 1);
  case AMF_STRING:
    text = ul_span_sub (s, ul_span_be16 (s));
    ul_container_add_text (evidence, ul_container_text_key (name), name, text.data, text.len, where);
    return !s->error;
  case AMF_NULL:
    return TRUE;
  case AMF_DATE:
    return ul_span_skip (s, 10);
  default:
    return FALSE;
  }
}

/* ScriptTagBody, E.4.4: a name ("onMetaData"), then an array of properties */
static void
read_script (UlSpan s, UlEvidence *evidence, UlWhere where)
{
  if (ul_span_u8 (&s) != AMF_STRING)
    return;
  UlSpan event = ul_span_sub (&s, ul_span_be16 (&s));
  guint8 type = ul_span_u8 (&s);

  if (event.len != 10 || memcmp (event.data, "onMetaData", 10) != 0 || (type != AMF_ECMA_ARRAY && type != AMF_OBJECT))
    return;
  ul_span_skip (&s, type == AMF_ECMA_ARRAY ? 4 : 0);
  for (guint i = 0; i < MAX_ENTRIES && ul_span_left (&s) > 3; i++) {
    UlSpan property = ul_span_sub (&s, ul_span_be16 (&s));
    g_autofree char *name = g_strndup ((const char *) property.data, ul_container_text_len (property.data, property.len));

    if (s.error || !read_value (&s, name, evidence, where))
      return;
  }
}

void
ul_flv_marks (const UlReader *reader, UlEvidence *evidence)
{
  UlWindow window;
  guint64 offset;

  ul_window_init (&window, reader, WINDOW_BYTES);
  offset = (guint64) ul_window_be32 (&window, 5) + 4;
  for (guint i = 0; i < MAX_TAGS; i++) {
    const guint8 *p = ul_window_get (&window, offset, 11);
    guint32 size;

    if (!p)
      break;
    size = (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
    if ((p[0] & 31) == TAG_SCRIPT) {
      gsize n = ul_window_peek (&window, offset + 11, size, &p);
      read_script (ul_span (p, n), evidence, UL_AT_OFFSET ((gint64) offset, (gint64) size + 11));
    }
    offset += 11 + (guint64) size + 4;
  }
  ul_window_clear (&window);
}
