/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/isobmff_private.h"

#include "base/span.h"

static const guint32 top_level[] = {
  FOURCC ('f', 't', 'y', 'p'), FOURCC ('m', 'o', 'o', 'v'), FOURCC ('m', 'd', 'a', 't'), FOURCC ('w', 'i', 'd', 'e'),
  FOURCC ('f', 'r', 'e', 'e'), FOURCC ('s', 'k', 'i', 'p'), FOURCC ('p', 'n', 'o', 't'), FOURCC ('s', 't', 'y', 'p'),
  FOURCC ('m', 'o', 'o', 'f'), FOURCC ('s', 'i', 'd', 'x'), FOURCC ('u', 'u', 'i', 'd'), FOURCC ('m', 'e', 't', 'a'),
  FOURCC ('u', 'd', 't', 'a'), FOURCC ('e', 'm', 's', 'g'), FOURCC ('p', 'r', 'f', 't'), FOURCC ('m', 'f', 'r', 'a'),
  FOURCC ('p', 'd', 'i', 'n'), FOURCC ('g', 'p', 's', ' '),
};

static gboolean
is_top_level (guint32 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (top_level); i++)
    if (top_level[i] == type)
      return TRUE;
  return FALSE;
}

gboolean
ul_isobmff_probe (const guint8 *head, gsize len, guint64 size)
{
  UlSpan s = ul_span (head, len);
  guint64 box_size = ul_span_be32 (&s);
  guint32 type = ul_span_be32 (&s);

  if (s.error || !is_top_level (type))
    return FALSE;
  if (box_size == 1)
    box_size = ul_span_be64 (&s);
  if (s.error || (box_size != 0 && box_size < 8))
    return FALSE;
  if (type == FOURCC ('f', 't', 'y', 'p') || type == FOURCC ('m', 'o', 'o', 'v') || type == FOURCC ('m', 'd', 'a', 't')
      || type == FOURCC ('s', 't', 'y', 'p') || type == FOURCC ('m', 'o', 'o', 'f'))
    return TRUE;
  /* A weak first box needs a second one. */
  if (box_size + 8 > len)
    return box_size > 0 && box_size <= size;
  UlSpan next = ul_span (head + box_size, len - (gsize) box_size);
  ul_span_skip (&next, 4);
  return is_top_level (ul_span_be32 (&next));
}

gboolean
iso_next_box (Iso *iso, guint64 offset, guint64 limit, IsoBox *ret_box)
{
  guint64 size, header = 8;
  const guint8 *p;

  if (limit < 8 || offset > limit - 8 || !(p = ul_window_get (&iso->boxes, offset, 8)))
    return FALSE;
  UlSpan s = ul_span (p, 8);
  size = ul_span_be32 (&s);
  *ret_box = (IsoBox){ .start = offset, .type = ul_span_be32 (&s) };
  if (size == 1) {
    if (offset > limit - 16 || limit < 16)
      return FALSE;
    size = ul_window_be64 (&iso->boxes, offset + 8);
    header = 16;
  } else if (size == 0) {
    size = limit - offset;
  }
  if (size < header)
    return FALSE;
  ret_box->body = offset + header;
  ret_box->cut = size > limit - offset;
  ret_box->end = ret_box->cut ? limit : offset + size;
  return TRUE;
}

/* A type as text: Latin-1 letters as UTF-8, everything else as a dot. */
const char *
iso_fourcc (guint32 type, char buffer[9])
{
  guint n = 0;

  for (int shift = 24; shift >= 0; shift -= 8) {
    guint8 c = (guint8) (type >> shift);
    if (c == 0xa9) {
      buffer[n++] = (char) 0xc2;
      buffer[n++] = (char) 0xa9;
    } else {
      buffer[n++] = c >= 0x20 && c < 0x7f ? (char) c : '.';
    }
  }
  buffer[n] = 0;
  return buffer;
}

gsize
iso_body (Iso *iso, const IsoBox *box, gsize max, const guint8 **ret_data)
{
  return ul_window_peek (&iso->boxes, box->body, (gsize) MIN (max, box->end - box->body), ret_data);
}

/* Of the video track being walked, else of the file. */
UlEvidence *
iso_evidence (Iso *iso)
{
  return iso->current && iso->current->video >= 0 ? ul_tracks_evidence (iso->tracks, (guint) iso->current->video)
                                                  : ul_tracks_file (iso->tracks);
}

static void
walk (Iso *iso, guint64 offset, guint64 limit, guint32 parent, guint depth)
{
  gsize path_len = iso->path->len;
  IsoBox box;
  char name[9];

  while (iso_next_box (iso, offset, limit, &box)) {
    guint64 body = box.body;

    if (++iso->n_boxes > ISO_MAX_BOXES) {
      ul_evidence_warn (ul_tracks_file (iso->tracks), "more than %d boxes: the rest of those at %" G_GUINT64_FORMAT " is not read",
                        ISO_MAX_BOXES, offset);
      break;
    }
    g_string_append_printf (iso->path, "/%s", iso_fourcc (box.type, name));
    if (iso_visit (iso, &box, parent, &body) && depth < ISO_MAX_DEPTH)
      walk (iso, body, box.end, box.type, depth + 1);
    g_string_truncate (iso->path, path_len);
    if (box.type == FOURCC ('t', 'r', 'a', 'k') && depth == 1)
      iso->current = NULL;
    offset = box.end;
  }
}

/* ftyp, 14496-12 4.3 */
static void
read_ftyp (Iso *iso, const IsoBox *box)
{
  UlEvidence *evidence = ul_tracks_file (iso->tracks);
  UlWhere where = UL_AT_OFFSET ((gint64) box->start, (gint64) (box->end - box->start));
  const guint8 *p;
  gsize len = iso_body (iso, box, 256, &p);
  UlSpan s = ul_span (p, len);
  guint32 major = ul_span_be32 (&s), minor = ul_span_be32 (&s);
  char name[9];

  if (s.error)
    return;
  iso->quicktime |= major == FOURCC ('q', 't', ' ', ' ');
  iso->threegp |= major >> 8 == FOURCC (0, '3', 'g', 'p') || major >> 8 == FOURCC (0, '3', 'g', '2');
  ul_evidence_addf (evidence, UL_KEY_CONTAINER_BRAND, where, "major %s", iso_fourcc (major, name));
  ul_evidence_addf (evidence, UL_KEY_CONTAINER_BRAND, where, "minor %u", minor);
  while (ul_span_left (&s) >= 4) {
    guint32 brand = ul_span_be32 (&s);
    if (brand)
      ul_evidence_addf (evidence, UL_KEY_CONTAINER_BRAND, where, "compatible %s", iso_fourcc (brand, name));
  }
}

/* One box of the file itself. */
static void
read_top_box (Iso *iso, const IsoBox *box)
{
  guint64 body = box->body;

  switch (box->type) {
  case FOURCC ('f', 't', 'y', 'p'):
  case FOURCC ('s', 't', 'y', 'p'):
    read_ftyp (iso, box);
    return;
  case FOURCC ('m', 'o', 'o', 'v'):
    if (iso->has_moov) {
      ul_evidence_warn (ul_tracks_file (iso->tracks), "a second movie box at %" G_GUINT64_FORMAT " is not read", box->start);
      return;
    }
    iso->has_moov = TRUE;
    g_string_assign (iso->path, "moov");
    walk (iso, box->body, box->end, box->type, 1);
    iso->current = NULL;
    return;
  case FOURCC ('m', 'o', 'o', 'f'):
    if (iso->has_moov) {
      iso_read_tracks (iso);
      iso_read_moof (iso, box);
    }
    return;
  case FOURCC ('m', 'd', 'a', 't'):
    if (!iso->mdat_body && box->end - box->body > 4) {
      iso->mdat_body = box->body;
      iso->mdat_end = box->end;
    }
    return;
  default: {
    char name[9];

    g_string_assign (iso->path, iso_fourcc (box->type, name));
    if (iso_visit (iso, box, 0, &body))
      walk (iso, body, box->end, box->type, 1);
    return;
  }
  }
}

static void
add_order (GString *order, guint32 type)
{
  char name[9];

  iso_fourcc (type, name);
  if (order->len > 200)
    return;
  for (const char *at = strstr (order->str, name); at; at = strstr (at + 1, name))
    if (at == order->str || at[-1] == ',')
      return;
  g_string_append_printf (order, "%s%s", order->len ? "," : "", name);
}

static void
warn_end (Iso *iso, const IsoBox *last, guint64 offset)
{
  UlEvidence *evidence = ul_tracks_file (iso->tracks);
  guint64 size = iso->reader->size;
  char name[9];

  if (last->cut)
    ul_evidence_warn (evidence, "file ends at byte %" G_GUINT64_FORMAT " inside %s", size, iso_fourcc (last->type, name));
  else if (offset < size)
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT " are no box", size - offset, offset);
}

static void
walk_file (Iso *iso)
{
  g_autoptr (GString) order = g_string_new (NULL);
  IsoBox box = { 0 };
  guint64 offset = 0;
  guint n = 0;

  while (iso_next_box (iso, offset, iso->reader->size, &box)) {
    if (++n > ISO_MAX_TOP_BOXES) {
      ul_evidence_warn (ul_tracks_file (iso->tracks), "more than %d boxes: from %" G_GUINT64_FORMAT " on not read", ISO_MAX_TOP_BOXES, offset);
      break;
    }
    add_order (order, box.type);
    read_top_box (iso, &box);
    offset = box.end;
    ul_tracks_advance (iso->tracks, offset);
  }
  warn_end (iso, &box, offset);
  ul_evidence_add (ul_tracks_file (iso->tracks), UL_KEY_CONTAINER_BOX_ORDER, order->str, UL_AT_OFFSET (0, (gint64) offset));
}

const char *
ul_isobmff_read (const UlReader *reader, const UlTracks *tracks, guint *ret_n_video)
{
  g_autofree Iso *iso = g_new0 (Iso, 1);
  const char *family;

  iso->reader = reader;
  iso->tracks = tracks;
  iso->path = g_string_new (NULL);
  iso->budget = reader->size > G_MAXUINT64 / 4 ? G_MAXUINT64 : 2 * reader->size + 65536;
  ul_window_init (&iso->boxes, reader, 64 * 1024);
  ul_window_init (&iso->media, reader, ISO_MEDIA_WINDOW);
  for (gsize i = 0; i < G_N_ELEMENTS (iso->table); i++)
    ul_window_init (&iso->table[i], reader, ISO_TABLE_WINDOW);
  walk_file (iso);
  iso_read_tracks (iso);
  if (!iso->has_moov)
    iso_guess (iso);
  if (iso->n_video == 0 && iso->first_format)
    iso_name_codec (iso, 0, iso->first_format);

  *ret_n_video = iso->n_video;
  family = iso->quicktime ? "mov" : iso->threegp ? "3gp" : "mp4";
  for (guint i = 0; i < iso->n_keys; i++)
    g_free (iso->keys[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (iso->table); i++)
    ul_window_clear (&iso->table[i]);
  ul_window_clear (&iso->media);
  ul_window_clear (&iso->boxes);
  g_string_free (iso->path, TRUE);
  return family;
}
