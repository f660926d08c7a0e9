/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/matroska.h"

#define WINDOW_BYTES (16 * 1024)
#define MAX_ELEMENTS 200000 /* a cluster each one or two seconds: days */
#define MAX_DEPTH 8
#define MAX_TEXT 512
#define UNKNOWN_SIZE G_MAXUINT64

typedef enum { MASTER, TEXT, TAG_NAME, TAG_TEXT } Kind;

/* The elements that are read; all others are passed over. */
static const struct {
  guint32 id;
  Kind kind;
  const char *name;
  UlKey key;
} elements[] = {
  { 0x1a45dfa3, MASTER, NULL, 0 },
  { 0x4282, TEXT, "DocType", UL_KEY_CONTAINER_TAG },
  { 0x18538067, MASTER, NULL, 0 },                           /* Segment */
  { 0x1549a966, MASTER, NULL, 0 },                           /* Info */
  { 0x4d80, TEXT, "MuxingApp", UL_KEY_CONTAINER_WRITER },
  { 0x5741, TEXT, "WritingApp", UL_KEY_CONTAINER_WRITER },
  { 0x7ba9, TEXT, "Title", UL_KEY_CONTAINER_TAG },
  { 0x1654ae6b, MASTER, NULL, 0 },                           /* Tracks */
  { 0xae, MASTER, NULL, 0 },                                 /* TrackEntry */
  { 0x86, TEXT, NULL, UL_KEY_CONTAINER_CODEC },              /* CodecID */
  { 0x258688, TEXT, "CodecName", UL_KEY_CONTAINER_TAG },
  { 0x536e, TEXT, "TrackName", UL_KEY_CONTAINER_TAG },
  { 0x1254c367, MASTER, NULL, 0 },                           /* Tags */
  { 0x7373, MASTER, NULL, 0 },                               /* Tag */
  { 0x67c8, MASTER, NULL, 0 },                               /* SimpleTag */
  { 0x45a3, TAG_NAME, NULL, 0 },
  { 0x4487, TAG_TEXT, NULL, 0 },
  { 0x1941a469, MASTER, NULL, 0 },                           /* Attachments */
  { 0x61a7, MASTER, NULL, 0 },                               /* AttachedFile */
  { 0x466e, TEXT, "FileName", UL_KEY_CONTAINER_TAG },
};

typedef struct {
  UlWindow window;
  UlEvidence *evidence;
  guint64 size;
  guint n_elements;
  char *tag_name;
} Mkv;

gboolean
ul_matroska_probe (const guint8 *head, gsize len)
{
  return len >= 4 && memcmp (head, "\x1a\x45\xdf\xa3", 4) == 0;
}

/* EBML variable-size integer, RFC 8794 section 4; 0 bytes if there is none. */
static guint
read_vint (Mkv *mkv, guint64 offset, gboolean keep_marker, guint64 *ret_value)
{
  const guint8 *p;
  gsize n = ul_window_peek (&mkv->window, offset, 8, &p);
  guint bytes = 1;
  gboolean all_ones;

  if (n == 0 || p[0] == 0)
    return 0;
  while (!(p[0] & (0x80 >> (bytes - 1))))
    bytes++;
  if (bytes > n)
    return 0;
  guint64 v = keep_marker ? p[0] : p[0] & (guint8) (0x7f >> (bytes - 1));
  all_ones = (p[0] & (0x7f >> (bytes - 1))) == (0x7f >> (bytes - 1));
  for (guint i = 1; i < bytes; i++) {
    v = v << 8 | p[i];
    all_ones &= p[i] == 0xff;
  }
  *ret_value = all_ones && !keep_marker ? UNKNOWN_SIZE : v;
  return bytes;
}

static void
read_text (Mkv *mkv, guint row, guint64 offset, guint64 size)
{
  const guint8 *p;
  gsize n = ul_window_peek (&mkv->window, offset, (gsize) MIN (size, MAX_TEXT), &p);
  UlWhere where = UL_AT_OFFSET ((gint64) offset, (gint64) n);

  n = ul_container_text_len (p, n);
  switch (elements[row].kind) {
  case TAG_NAME:
    g_free (mkv->tag_name);
    mkv->tag_name = g_strndup ((const char *) p, n);
    break;
  case TAG_TEXT:
    if (mkv->tag_name)
      ul_container_add_text (mkv->evidence, ul_container_text_key (mkv->tag_name), mkv->tag_name, p, n, where);
    break;
  default:
    if (elements[row].name)
      ul_container_add_text (mkv->evidence, elements[row].key, elements[row].name, p, n, where);
    else if (n > 0)
      ul_evidence_add_len (mkv->evidence, elements[row].key, (const char *) p, (gssize) n, where);
    break;
  }
}

static int
row_of (guint64 id)
{
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    if (elements[i].id == id)
      return (int) i;
  return -1;
}

static void
walk (Mkv *mkv, guint64 offset, guint64 limit, guint depth)
{
  while (offset < limit && mkv->n_elements < MAX_ELEMENTS) {
    guint64 id, size;
    guint n = read_vint (mkv, offset, TRUE, &id);
    guint m = n ? read_vint (mkv, offset + n, FALSE, &size) : 0;
    int row;

    if (!m)
      return;
    mkv->n_elements++;
    offset += n + m;
    row = row_of (id);
    if (size == UNKNOWN_SIZE && (row < 0 || elements[row].kind != MASTER))
      return; /* a live cluster: what follows has no length */
    guint64 end = size > limit - offset ? limit : offset + size;
    if (depth == 0 && size != UNKNOWN_SIZE && size > limit - offset)
      ul_evidence_warn (mkv->evidence, "file ends at byte %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes before its segment does", mkv->size,
                        size - (limit - offset));
    if (row >= 0 && elements[row].kind == MASTER && depth < MAX_DEPTH)
      walk (mkv, offset, end, depth + 1);
    else if (row >= 0 && elements[row].kind != MASTER)
      read_text (mkv, (guint) row, offset, end - offset);
    offset = end;
  }
}

void
ul_matroska_marks (const UlReader *reader, UlEvidence *evidence)
{
  Mkv mkv = { .evidence = evidence, .size = reader->size };

  ul_window_init (&mkv.window, reader, WINDOW_BYTES);
  walk (&mkv, 0, reader->size, 0);
  ul_window_clear (&mkv.window);
  g_free (mkv.tag_name);
}
