/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/avi.h"

#include "base/span.h"

#define WINDOW_BYTES (16 * 1024)
#define MAX_CHUNKS 4096
#define MAX_DEPTH 6
#define MAX_TEXT 512

/* Chunks that every writer uses. */
static const char common[] = "avih strh strf strd strn idx1 indx JUNK dmlh vprp ";

typedef struct {
  UlWindow window;
  UlEvidence *evidence;
  guint n_chunks;
} Avi;

gboolean
ul_avi_probe (const guint8 *head, gsize len)
{
  return len >= 12 && (memcmp (head, "RIFF", 4) == 0 || memcmp (head, "ON2 ", 4) == 0) && memcmp (head + 8, "AVI", 3) == 0;
}

static void
name_of (const guint8 *p, char name[5])
{
  for (guint i = 0; i < 4; i++)
    name[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char) p[i] : '.';
  name[4] = 0;
}

/* fccType, fccHandler of an AVISTREAMHEADER; biCompression of a BITMAPINFOHEADER */
static void
read_stream_chunk (Avi *avi, const char *id, const guint8 *p, gsize n, UlWhere where)
{
  char a[5], b[5];

  if (g_str_equal (id, "strh") && n >= 8) {
    name_of (p, a);
    name_of (p + 4, b);
    ul_evidence_addf (avi->evidence, UL_KEY_CONTAINER_HANDLER, where, "%s %s", a, b);
  } else if (g_str_equal (id, "strf") && n >= 40) {
    name_of (p + 16, a);
    ul_evidence_add (avi->evidence, UL_KEY_CONTAINER_CODEC, a, where);
  } else if (g_str_equal (id, "strn")) {
    ul_container_add_text (avi->evidence, UL_KEY_CONTAINER_TAG, "strn", p, n, where);
  } else if (g_str_equal (id, "JUNK") && ul_container_text_len (p, n) >= 6 && memcmp (p, "odml", 4) != 0) {
    ul_container_add_text (avi->evidence, UL_KEY_CONTAINER_WRITER, "JUNK", p, n, where);
  }
}

static void
read_chunk (Avi *avi, const char *list, const char *id, guint64 offset, guint32 size)
{
  UlWhere where = UL_AT_OFFSET ((gint64) offset, size);
  const guint8 *p;
  gsize n = ul_window_peek (&avi->window, offset, MIN (size, MAX_TEXT), &p);

  if (g_str_equal (list, "INFO"))
    ul_container_add_text (avi->evidence, ul_container_text_key (id), id, p, n, where);
  else
    read_stream_chunk (avi, id, p, n, where);
  const char *at = strstr (common, id);
  if (!g_str_equal (list, "INFO") && !(at && (at == common || at[-1] == ' ')))
    ul_evidence_addf (avi->evidence, UL_KEY_CONTAINER_BOX, where, "%s/%s", list, id);
}

static void
walk (Avi *avi, const char *list, guint64 offset, guint64 limit, guint depth)
{
  while (offset + 8 <= limit && avi->n_chunks++ < MAX_CHUNKS) {
    const guint8 *p = ul_window_get (&avi->window, offset, 8);
    char id[5], type[5];

    if (!p)
      return;
    name_of (p, id);
    guint32 size = p[4] | (guint32) p[5] << 8 | (guint32) p[6] << 16 | (guint32) p[7] << 24;
    guint64 end = MIN (limit, offset + 8 + size);
    if (depth == 0 && g_str_equal (id, "RIFF") && offset + 8 + size > limit)
      ul_evidence_warn (avi->evidence, "file ends at byte %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes before its RIFF does", limit,
                        offset + 8 + size - limit);
    if ((g_str_equal (id, "RIFF") || g_str_equal (id, "LIST")) && (p = ul_window_get (&avi->window, offset + 8, 4))) {
      name_of (p, type);
      if (!g_str_equal (type, "movi") && depth < MAX_DEPTH)
        walk (avi, type, offset + 12, end, depth + 1);
    } else {
      read_chunk (avi, list, id, offset + 8, size);
    }
    offset = end + (size & 1);
  }
}

void
ul_avi_marks (const UlReader *reader, UlEvidence *evidence)
{
  Avi avi = { .evidence = evidence };

  ul_window_init (&avi.window, reader, WINDOW_BYTES);
  walk (&avi, "", 0, reader->size, 0);
  ul_window_clear (&avi.window);
}
