/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the boxes of moov, udta and meta say: 14496-12 clause 8; names of user
 * data entries are those of the QuickTime File Format ("Movie Atoms").
 */
#include "container/isobmff_private.h"

#include "base/span.h"

#define WHERE(box) UL_AT_OFFSET ((gint64) (box)->start, (gint64) ((box)->end - (box)->start))

/* Boxes that every writer uses: seeing them is no mark. */
static const char common_boxes[] =
  "ftyp moov mvhd trak tkhd mdia mdhd hdlr minf vmhd smhd nmhd gmhd gmin dinf dref stbl stsd stts stss ctts stsc stsz stz2 stco co64 "
  "edts elst udta meta mvex mehd trex moof mfhd traf tfhd tfdt trun mdat free skip wide mfra tfra mfro sidx styp iods tref keys ilst "
  "url alis tmcd uuid mean name data ";

/* Boxes that hold boxes and nothing else. */
static const char holders[] = "trak mdia minf stbl udta mvex tapt gmhd ilst ";

static gboolean
in_list (const char *list, guint32 type)
{
  char name[9];
  const char *at = strstr (list, iso_fourcc (type, name));

  return at && (at == list || at[-1] == ' ');
}

/* hdlr, 8.4.3; QuickTime counts the name, MP4 ends it with a zero */
static void
read_hdlr (Iso *iso, const IsoBox *box, guint32 parent)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 512, &p);
  UlSpan s = ul_span (p, len);
  g_autofree char *name = NULL;
  char type[9];

  ul_span_skip (&s, 8); /* version, flags, pre_defined (component type) */
  guint32 handler_type = ul_span_be32 (&s);
  ul_span_skip (&s, 12);
  if (s.error)
    return;
  const guint8 *text = p + s.pos;
  gsize left = ul_span_left (&s);
  if (left > 0 && text[0] == left - 1) {
    text++;
    left--;
  }
  name = g_strndup ((const char *) text, ul_container_text_len (text, left));
  if (parent == FOURCC ('m', 'd', 'i', 'a') && iso->current) {
    iso->current->handler = handler_type;
    if (handler_type == FOURCC ('v', 'i', 'd', 'e') && iso->n_video < UL_MAX_VIDEO_TRACKS && iso->current->video < 0)
      iso->current->video = (int) iso->n_video++;
    if (iso->current->video >= 0 && iso->current->timescale)
      ul_evidence_addf (iso_evidence (iso), UL_KEY_CONTAINER_TIMESCALE, WHERE (box), "video %u", iso->current->timescale);
  }
  ul_evidence_addf (iso_evidence (iso), UL_KEY_CONTAINER_HANDLER, WHERE (box), "%s%s%s", iso_fourcc (handler_type, type), *name ? " " : "", name);
}

/* mvhd 8.2.2, mdhd 8.4.2: both begin version, flags, two times, timescale */
static guint32
read_timescale (Iso *iso, const IsoBox *box)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 32, &p);
  UlSpan s = ul_span (p, len);
  guint8 version = ul_span_u8 (&s);

  ul_span_skip (&s, 3 + (version == 1 ? 16 : 8));
  return ul_span_be32 (&s);
}

static void
read_tkhd (Iso *iso, const IsoBox *box)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 32, &p);
  UlSpan s = ul_span (p, len);
  guint8 version = ul_span_u8 (&s);

  ul_span_skip (&s, 3 + (version == 1 ? 16 : 8));
  iso->current->id = ul_span_be32 (&s);
}

static void
read_trex (Iso *iso, const IsoBox *box)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 24, &p);
  UlSpan s = ul_span (p, len);

  ul_span_skip (&s, 4);
  guint32 id = ul_span_be32 (&s), entry = ul_span_be32 (&s), duration = ul_span_be32 (&s), size = ul_span_be32 (&s);
  for (guint i = 0; i < iso->n_tracks && !s.error; i++)
    if (iso->track[i].id == id) {
      iso->track[i].trex_entry = entry;
      iso->track[i].trex_duration = duration;
      iso->track[i].trex_size = size;
    }
}

/* Codec names for sample entries that are read by nobody here. */
static const struct {
  const char *formats, *name;
} other_codecs[] = {
  { "mp4v s263 h263 ", "mpeg4" }, { "jpeg mjpa mjpb AVDJ ", "mjpeg" }, { "av01 ", "av1" }, { "vp08 ", "vp8" }, { "vp09 ", "vp9" },
  { "encv ", "encrypted" }, { "mp2v m2v1 ", "mpeg2video" }, { "apch apcn apcs apco ap4h ", "prores" },
  { "mp4a ", "aac" },
};

static UlCodec
codec_of_format (guint32 format)
{
  if (in_list ("avc1 avc2 avc3 avc4 AVC1 h264 H264 dva1 dvav ", format))
    return UL_CODEC_H264;
  return in_list ("hvc1 hev1 hvc2 HEVC hevc H265 h265 dvh1 dvhe ", format) ? UL_CODEC_H265 : UL_CODEC_NONE;
}

void
iso_name_codec (Iso *iso, guint track, guint32 format)
{
  char text[9];
  const char *name = iso_fourcc (format, text);

  for (gsize i = 0; i < G_N_ELEMENTS (other_codecs); i++)
    if (in_list (other_codecs[i].formats, format))
      name = other_codecs[i].name;
  iso->tracks->codec_name (iso->tracks->user_data, track, name);
}

/* The boxes of a VisualSampleEntry: avcC, hvcC (14496-15 5.3.3.1, 8.3.3.1), others are marks. */
static void
read_entry_boxes (Iso *iso, IsoEntry *entry, const IsoBox *entry_box, guint64 offset)
{
  IsoBox box;
  char a[9], b[9];

  for (guint n = 0; n < 32 && iso_next_box (iso, offset, entry_box->end, &box); n++, offset = box.end) {
    const guint8 *p;
    gsize len = iso_body (iso, &box, 60000, &p);
    gboolean config = box.type == FOURCC ('a', 'v', 'c', 'C') || box.type == FOURCC ('h', 'v', 'c', 'C');

    if (config && entry->codec != UL_CODEC_NONE && !entry->prefix_bytes)
      entry->prefix_bytes = ul_bitstream_config_record (ul_tracks_bitstream (iso->tracks, (guint) iso->current->video, entry->codec), p, len,
                                                        (gint64) box.body);
    if (!config && !in_list ("pasp colr btrt fiel ", box.type))
      ul_evidence_addf (iso_evidence (iso), UL_KEY_CONTAINER_BOX, WHERE (&box), "%s/%s/%s", iso->path->str,
                        iso_fourcc (entry_box->type, a), iso_fourcc (box.type, b));
  }
}

/* VisualSampleEntry, 12.1.3; pre_defined is QuickTime's version, revision, vendor, qualities */
static void
read_visual_entry (Iso *iso, const IsoBox *box)
{
  UlEvidence *evidence = iso_evidence (iso);
  IsoEntry *entry = &iso->current->entries[iso->current->n_entries];
  const guint8 *p;
  gsize len = iso_body (iso, box, 78, &p);
  UlSpan s = ul_span (p, len);
  char format[9], vendor_text[9];

  ul_span_skip (&s, 8 + 4);
  guint32 vendor = ul_span_be32 (&s);
  ul_span_skip (&s, 8 + 2 + 2 + 8 + 4 + 2);
  UlSpan name = ul_span_sub (&s, 32);
  guint8 n = ul_span_u8 (&name);
  g_autofree char *compressor = name.error ? NULL : g_strndup ((const char *) name.data + 1, ul_container_text_len (name.data + 1, MIN (n, 31)));

  iso_fourcc (box->type, format);
  iso->current->n_entries++;
  *entry = (IsoEntry){ .format = box->type, .codec = codec_of_format (box->type) };
  ul_evidence_add (evidence, UL_KEY_CONTAINER_CODEC, format, WHERE (box));
  if (vendor)
    ul_evidence_addf (evidence, UL_KEY_CONTAINER_WRITER, WHERE (box), "vendor %s", iso_fourcc (vendor, vendor_text));
  if (compressor && *compressor)
    ul_evidence_addf (evidence, UL_KEY_CONTAINER_COMPRESSOR, WHERE (box), "%s %s", format, compressor);
  if (entry->codec == UL_CODEC_NONE)
    iso_name_codec (iso, (guint) iso->current->video, box->type);
  if (!s.error)
    read_entry_boxes (iso, entry, box, box->body + 78);
}

/* stsd, 8.5.2 */
static void
read_stsd (Iso *iso, const IsoBox *box)
{
  guint64 offset = box->body + 8;
  guint32 count = ul_window_be32 (&iso->boxes, box->body + 4);
  IsoBox entry;
  char format[9];

  for (guint i = 0; i < MIN (count, ISO_MAX_ENTRIES) && iso_next_box (iso, offset, box->end, &entry); i++, offset = entry.end) {
    if (iso->current->video >= 0 && iso->current->n_entries < ISO_MAX_ENTRIES)
      read_visual_entry (iso, &entry);
    else if (iso->current->video < 0)
      ul_evidence_add (ul_tracks_file (iso->tracks), UL_KEY_CONTAINER_CODEC, iso_fourcc (entry.type, format), WHERE (&entry));
    if (!iso->first_format && iso->current->video < 0)
      iso->first_format = entry.type;
  }
}

/*
 * The text of a user data entry: QuickTime's international text (16-bit length,
 * language), 3GPP's (full box, language), or plain characters.
 */
static gsize
udta_text (const guint8 *p, gsize len, const guint8 **ret_text)
{
  gsize n;

  *ret_text = p;
  if (len > 4 && (n = (gsize) p[0] << 8 | p[1]) > 0 && n <= len - 4 && n + 16 >= len - 4)
    *ret_text = p + 4;
  else if (len > 6 && !p[0] && !p[1] && !p[2] && !p[3])
    *ret_text = p + 6, n = len - 6;
  else
    n = len;
  gsize text_len = ul_container_text_len (*ret_text, n);
  for (gsize i = text_len; i < n; i++)
    if ((*ret_text)[i] != 0 && !g_ascii_isspace ((*ret_text)[i]))
      return 0; /* binary that begins with letters */
  return text_len >= 2 ? text_len : 0;
}

static void
read_udta_entry (Iso *iso, const IsoBox *box)
{
  const guint8 *p, *text;
  gsize len = iso_body (iso, box, UL_EVIDENCE_VALUE_BYTES, &p);
  gsize n = udta_text (p, len, &text);
  char name[9];

  iso_fourcc (box->type, name);
  if (n > 0)
    ul_container_add_text (iso_evidence (iso), ul_container_text_key (name), name, text, n, WHERE (box));
  if (n == 0 || box->type >> 24 != 0xa9)
    ul_evidence_add (iso_evidence (iso), UL_KEY_CONTAINER_BOX, iso->path->str, WHERE (box));
}

/* keys: QuickTime metadata, "Metadata Item Keys Atom" */
static void
read_keys (Iso *iso, const IsoBox *box)
{
  guint64 offset = box->body + 8;
  IsoBox key;

  for (guint i = 0; i < iso->n_keys; i++)
    g_clear_pointer (&iso->keys[i], g_free);
  iso->n_keys = 0;
  while (iso->n_keys < G_N_ELEMENTS (iso->keys) && iso_next_box (iso, offset, box->end, &key)) {
    const guint8 *p;
    gsize len = iso_body (iso, &key, 256, &p);

    iso->keys[iso->n_keys++] = g_strndup ((const char *) p, ul_container_text_len (p, len));
    offset = key.end;
  }
}

/* The value of a data box: type indicator, locale, value ("Data Atom"). */
static void
add_data (Iso *iso, const char *name, const IsoBox *data)
{
  UlEvidence *evidence = iso_evidence (iso);
  UlKey key = ul_container_text_key (name);
  const guint8 *p;
  gsize len = iso_body (iso, data, UL_EVIDENCE_VALUE_BYTES, &p);
  UlSpan s = ul_span (p, len);
  guint32 type = ul_span_be32 (&s) & 0xffffff;

  ul_span_skip (&s, 4);
  gsize left = ul_span_left (&s);
  if (s.error)
    return;
  if (type == 23 && left == 4) {
    union {
      guint32 u;
      float f;
    } v = { .u = ul_span_be32 (&s) };
    ul_evidence_addf (evidence, key, WHERE (data), "%s %g", name, (double) v.f);
  } else if ((type == 21 || type == 22 || type == 0) && left >= 1 && left <= 4 && p[8] < 0x20) {
    ul_evidence_addf (evidence, key, WHERE (data), "%s %u", name, (guint) ul_span_be (&s, (guint) left));
  } else {
    ul_container_add_text (evidence, key, name, p + 8, left, WHERE (data));
  }
}

/* One item of ilst; "----" has its name in a box of its own. */
static void
read_ilst_item (Iso *iso, const IsoBox *item)
{
  guint64 offset = item->body;
  g_autofree char *own = NULL;
  char fourcc[9];
  const char *name = iso_fourcc (item->type, fourcc);
  IsoBox box;

  if (item->type >= 1 && item->type <= iso->n_keys)
    name = iso->keys[item->type - 1];
  for (guint n = 0; n < 16 && iso_next_box (iso, offset, item->end, &box); n++, offset = box.end) {
    if (box.type == FOURCC ('n', 'a', 'm', 'e')) {
      const guint8 *p;
      gsize len = iso_body (iso, &box, 256, &p);
      g_free (own);
      own = len > 4 ? g_strndup ((const char *) p + 4, ul_container_text_len (p + 4, len - 4)) : NULL;
      if (own)
        name = own;
    } else if (box.type == FOURCC ('d', 'a', 't', 'a')) {
      add_data (iso, name, &box);
    }
  }
}

static void
read_free (Iso *iso, const IsoBox *box)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 128, &p), n = ul_container_text_len (p, len);
  gboolean letters = FALSE;

  for (gsize i = 0; i < n; i++)
    letters |= g_ascii_isalpha (p[i]);
  if (n >= 8)
    ul_container_add_text (ul_tracks_file (iso->tracks), letters ? UL_KEY_CONTAINER_WRITER : UL_KEY_CONTAINER_TAG, "free", p,
                           letters ? n : MIN (n, 16), WHERE (box));
}

static void
begin_track (Iso *iso, const IsoBox *box)
{
  iso->current = NULL;
  if (iso->n_tracks >= ISO_MAX_TRACKS) {
    ul_evidence_warn (ul_tracks_file (iso->tracks), "more than %d tracks: the one at %" G_GUINT64_FORMAT " is not read", ISO_MAX_TRACKS, box->start);
    return;
  }
  iso->current = &iso->track[iso->n_tracks++];
  *iso->current = (IsoTrack){ .video = -1 };
}

/* Boxes that matter only inside a track. */
static void
visit_in_track (Iso *iso, const IsoBox *box, guint32 parent)
{
  switch (box->type) {
  case FOURCC ('t', 'k', 'h', 'd'):
    read_tkhd (iso, box);
    break;
  case FOURCC ('m', 'd', 'h', 'd'):
    iso->current->timescale = read_timescale (iso, box);
    break;
  case FOURCC ('h', 'd', 'l', 'r'):
    read_hdlr (iso, box, parent);
    break;
  case FOURCC ('s', 't', 's', 'd'):
    read_stsd (iso, box);
    break;
  default:
    iso_read_table (iso, box);
    break;
  }
}

/* meta is a full box in MP4 and a plain one in QuickTime */
static guint64
meta_body (Iso *iso, const IsoBox *box)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 8, &p);

  return len == 8 && memcmp (p + 4, "hdlr", 4) == 0 ? box->body : MIN (box->body + 4, box->end);
}

gboolean
iso_visit (Iso *iso, const IsoBox *box, guint32 parent, guint64 *ret_body)
{
  const guint8 *p;

  if (parent == FOURCC ('i', 'l', 's', 't')) {
    read_ilst_item (iso, box);
    return FALSE;
  }
  if (box->type == FOURCC ('m', 'e', 't', 'a')) {
    *ret_body = meta_body (iso, box);
    return TRUE;
  }
  if (box->type == FOURCC ('f', 'r', 'e', 'e') || box->type == FOURCC ('s', 'k', 'i', 'p')) {
    read_free (iso, box);
    return FALSE;
  }
  if (box->type == FOURCC ('u', 'u', 'i', 'd')) {
    if (iso_body (iso, box, 16, &p) == 16)
      ul_evidence_add_hex (ul_tracks_file (iso->tracks), UL_KEY_CONTAINER_UUID_BOX, p, 16, WHERE (box));
    return FALSE;
  }
  if (parent == FOURCC ('u', 'd', 't', 'a') && box->type != 0) {
    read_udta_entry (iso, box);
    return FALSE;
  }
  if (box->type == FOURCC ('t', 'r', 'a', 'k')) {
    begin_track (iso, box);
    return iso->current != NULL;
  }
  if (!in_list (common_boxes, box->type) && box->type != 0)
    ul_evidence_add (iso_evidence (iso), UL_KEY_CONTAINER_BOX, iso->path->str, WHERE (box));
  if (box->type == FOURCC ('m', 'v', 'h', 'd'))
    ul_evidence_addf (ul_tracks_file (iso->tracks), UL_KEY_CONTAINER_TIMESCALE, WHERE (box), "movie %u", read_timescale (iso, box));
  else if (box->type == FOURCC ('t', 'r', 'e', 'x'))
    read_trex (iso, box);
  else if (box->type == FOURCC ('k', 'e', 'y', 's'))
    read_keys (iso, box);
  else if (box->type == FOURCC ('h', 'd', 'l', 'r') && !iso->current)
    read_hdlr (iso, box, parent);
  else if (iso->current)
    visit_in_track (iso, box, parent);
  return in_list (holders, box->type);
}
