/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples: by the tables of stbl (14496-12 8.6, 8.7) and of movie fragments
 * (8.8).  Each table is read through its own small window, row after row.
 */
#include "container/isobmff_private.h"

#include "base/span.h"

enum { WIN_STSZ, WIN_STCO, WIN_STSC, WIN_STTS, WIN_CTTS };

/* `row_bits` a row after `head` bytes and a 32-bit count at `count_at`. */
static IsoTable
table (Iso *iso, const IsoBox *box, guint head, guint row_bits)
{
  guint32 count = ul_window_be32 (&iso->boxes, box->body + head - 4);
  guint64 offset = box->body + head;
  guint64 room = offset < box->end ? (box->end - offset) * 8 / row_bits : 0;
  char name[9];

  if (count > room)
    ul_evidence_warn (iso_evidence (iso), "%s at %" G_GUINT64_FORMAT " says %u rows and holds %" G_GUINT64_FORMAT, iso_fourcc (box->type, name),
                      box->start, count, room);
  return (IsoTable){ .offset = offset, .count = (guint32) MIN (count, room) };
}

void
iso_read_table (Iso *iso, const IsoBox *box)
{
  IsoTrack *track = iso->current;

  switch (box->type) {
  case FOURCC ('s', 't', 's', 'z'):
    track->stsz_uniform = ul_window_be32 (&iso->boxes, box->body + 4);
    track->stsz_bits = 32;
    if (track->stsz_uniform)
      track->stsz = (IsoTable){ .offset = box->body + 12, .count = ul_window_be32 (&iso->boxes, box->body + 8) };
    else
      track->stsz = table (iso, box, 12, 32);
    break;
  case FOURCC ('s', 't', 'z', '2'):
    track->stsz_bits = ul_window_be32 (&iso->boxes, box->body + 4) & 0xff;
    if (track->stsz_bits == 4 || track->stsz_bits == 8 || track->stsz_bits == 16)
      track->stsz = table (iso, box, 12, track->stsz_bits);
    break;
  case FOURCC ('s', 't', 'c', 'o'):
    track->stco = table (iso, box, 8, 32);
    break;
  case FOURCC ('c', 'o', '6', '4'):
    track->stco = table (iso, box, 8, 64);
    track->co64 = TRUE;
    break;
  case FOURCC ('s', 't', 's', 'c'):
    track->stsc = table (iso, box, 8, 96);
    break;
  case FOURCC ('s', 't', 't', 's'):
    track->stts = table (iso, box, 8, 64);
    break;
  case FOURCC ('c', 't', 't', 's'):
    track->ctts = table (iso, box, 8, 64);
    break;
  default:
    break;
  }
}

static guint32
sample_size (Iso *iso, const IsoTrack *track, guint32 i)
{
  const guint8 *p;

  if (track->stsz_uniform)
    return track->stsz_uniform;
  if (track->stsz_bits == 32)
    return ul_window_be32 (&iso->table[WIN_STSZ], track->stsz.offset + 4 * (guint64) i);
  p = ul_window_get (&iso->table[WIN_STSZ], track->stsz.offset + (guint64) i * track->stsz_bits / 8, track->stsz_bits == 16 ? 2 : 1);
  if (!p)
    return 0;
  return track->stsz_bits == 16 ? (guint32) p[0] << 8 | p[1] : track->stsz_bits == 8 ? p[0] : i & 1 ? p[0] & 15u : p[0] >> 4;
}

/* Rows of (count, value): stts and ctts. */
typedef struct {
  const IsoTable *table;
  UlWindow *window;
  guint32 row, left, value;
} RunCursor;

static guint32
run_next (RunCursor *c)
{
  while (c->left == 0 && c->row < c->table->count) {
    c->left = ul_window_be32 (c->window, c->table->offset + 8 * (guint64) c->row);
    c->value = ul_window_be32 (c->window, c->table->offset + 8 * (guint64) c->row + 4);
    c->row++;
  }
  if (c->left > 0)
    c->left--;
  return c->table->count ? c->value : 0;
}

static gint64
to_us (guint64 ticks, guint32 timescale)
{
  if (!timescale || ticks > (guint64) G_MAXINT64)
    return -1;
  return (gint64) (ticks / timescale * 1000000 + ticks % timescale * 1000000 / timescale);
}

/* Some recorders put start codes into MP4 samples: a first "length" of 1 is one. */
static gboolean
is_annexb (Iso *iso, const IsoTrack *track, guint prefix_bytes, guint64 offset, guint64 size)
{
  const guint8 *p;

  return track->n_samples == 0 && prefix_bytes == 4 && size > 8 && (p = ul_window_get (&iso->media, offset, 5)) && memcmp (p, "\0\0\0\1", 4) == 0;
}

/* Feeds what the file holds of one sample; FALSE where it ends too early. */
static gboolean
feed_sample (Iso *iso, IsoTrack *track, guint entry_index, guint64 offset, guint64 size, gint64 time_us)
{
  const IsoEntry *entry = &track->entries[entry_index < track->n_entries ? entry_index : 0];
  guint prefix_bytes = entry->prefix_bytes ? entry->prefix_bytes : 4;
  guint64 done = 0;

  if (offset >= iso->reader->size || size > iso->budget)
    return FALSE;
  iso->budget -= size;
  UlBitstream *bitstream = ul_tracks_bitstream (iso->tracks, (guint) track->video, entry->codec);
  if (is_annexb (iso, track, prefix_bytes, offset, size)) {
    track->annexb = TRUE;
    ul_evidence_add (ul_tracks_evidence (iso->tracks, (guint) track->video), UL_KEY_CONTAINER_FRAME, "samples with start codes",
                     UL_AT_OFFSET ((gint64) offset, (gint64) size));
  }
  if (track->annexb) {
    done = ul_window_feed_annexb (&iso->media, bitstream, offset, size, time_us);
  } else {
    ul_bitstream_sample_begin (bitstream, prefix_bytes, size, (gint64) offset, time_us);
    while (done < size) {
      const guint8 *data;
      gsize n = ul_window_peek (&iso->media, offset + done, (gsize) MIN (size - done, ISO_MEDIA_WINDOW), &data);
      if (!n)
        break;
      ul_bitstream_sample_data (bitstream, data, n);
      done += n;
    }
    ul_bitstream_sample_end (bitstream);
  }
  track->n_samples += done == size;
  ul_tracks_advance (iso->tracks, offset + done);
  return done == size;
}

static gboolean
track_is_read (const IsoTrack *track)
{
  return track->video >= 0 && track->n_entries > 0 && track->entries[0].codec != UL_CODEC_NONE;
}

/* stsc, 8.7.4: samples_per_chunk and the entry from this row's first_chunk on */
typedef struct {
  guint32 row, samples_per_chunk, entry, next_first;
} ChunkRun;

static void
chunk_run (Iso *iso, const IsoTrack *track, ChunkRun *run, guint32 chunk)
{
  UlWindow *window = &iso->table[WIN_STSC];

  while (run->row < track->stsc.count && (run->row == 0 || run->next_first <= chunk + 1)) {
    guint64 at = track->stsc.offset + 12 * (guint64) run->row++;

    run->samples_per_chunk = ul_window_be32 (window, at + 4);
    run->entry = ul_window_be32 (window, at + 8);
    run->next_first = run->row < track->stsc.count ? ul_window_be32 (window, at + 12) : G_MAXUINT32;
  }
}

static void
warn_missing (Iso *iso, const IsoTrack *track, guint64 offset, guint64 read)
{
  UlEvidence *evidence = ul_tracks_evidence (iso->tracks, (guint) track->video);

  if (read >= track->stsz.count)
    return;
  if (offset > iso->reader->size)
    ul_evidence_warn (evidence, "file ends at byte %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " of %u samples read", iso->reader->size,
                      read, track->stsz.count);
  else
    ul_evidence_warn (evidence, "%" G_GUINT64_FORMAT " of %u samples read: the tables give no place for more, or places that overlap", read, track->stsz.count);
}

static void
read_samples (Iso *iso, IsoTrack *track)
{
  RunCursor stts = { .table = &track->stts, .window = &iso->table[WIN_STTS] };
  RunCursor ctts = { .table = &track->ctts, .window = &iso->table[WIN_CTTS] };
  ChunkRun run = { 0 };
  guint64 dts = 0, offset = 0;
  guint32 sample = 0;
  gboolean whole = TRUE;

  for (guint32 chunk = 0; whole && chunk < track->stco.count && sample < track->stsz.count; chunk++) {
    offset = track->co64 ? ul_window_be64 (&iso->table[WIN_STCO], track->stco.offset + 8 * (guint64) chunk)
                         : ul_window_be32 (&iso->table[WIN_STCO], track->stco.offset + 4 * (guint64) chunk);
    chunk_run (iso, track, &run, chunk);
    for (guint32 i = 0; whole && i < run.samples_per_chunk && sample < track->stsz.count; i++, sample++) {
      guint32 size = sample_size (iso, track, sample);
      gint32 shift = (gint32) run_next (&ctts);
      guint64 pts = shift < 0 && dts < (guint64) -(gint64) shift ? 0 : dts + (guint64) (gint64) shift;

      whole = feed_sample (iso, track, run.entry ? run.entry - 1 : 0, offset, size, to_us (pts, track->timescale));
      dts += run_next (&stts);
      offset += size;
      if (!whole)
        break;
    }
  }
  track->next_dts = dts;
  warn_missing (iso, track, offset, sample);
}

void
iso_read_tracks (Iso *iso)
{
  for (guint i = 0; i < iso->n_tracks; i++) {
    IsoTrack *track = &iso->track[i];

    if (track->tables_read)
      continue;
    track->tables_read = TRUE;
    if (track_is_read (track) && track->stsz.count)
      read_samples (iso, track);
  }
}

/* tfhd, 8.8.7 */
typedef struct {
  IsoTrack *track;
  guint64 base;
  guint32 entry, duration, size;
} Fragment;

static gboolean
read_tfhd (Iso *iso, const IsoBox *box, guint64 moof_start, Fragment *f)
{
  const guint8 *p;
  gsize len = iso_body (iso, box, 40, &p);
  UlSpan s = ul_span (p, len);
  guint32 flags = ul_span_be32 (&s) & 0xffffff;
  guint32 id = ul_span_be32 (&s);

  f->track = NULL;
  for (guint i = 0; i < iso->n_tracks && !f->track; i++)
    if (iso->track[i].id == id)
      f->track = &iso->track[i];
  if (!f->track || s.error)
    return FALSE;
  if (flags & 0x1)
    f->base = ul_span_be64 (&s);
  else if (flags & 0x20000)
    f->base = moof_start;
  f->entry = flags & 0x2 ? ul_span_be32 (&s) : f->track->trex_entry;
  f->duration = flags & 0x8 ? ul_span_be32 (&s) : f->track->trex_duration;
  f->size = flags & 0x10 ? ul_span_be32 (&s) : f->track->trex_size;
  return !s.error;
}

/* trun, 8.8.8 */
typedef struct {
  guint32 flags, count;
  guint8 version;
  guint64 rows; /* where they begin */
  guint row_bytes;
} Run;

static Run
read_trun_head (Iso *iso, const IsoBox *box, const Fragment *f, guint64 *data)
{
  UlWindow *window = &iso->table[WIN_STSZ];
  guint32 head = ul_window_be32 (window, box->body);
  Run run = { .flags = head & 0xffffff, .version = (guint8) (head >> 24), .count = ul_window_be32 (window, box->body + 4), .rows = box->body + 8 };

  if (run.flags & 0x1) {
    *data = f->base + (guint64) (gint64) (gint32) ul_window_be32 (window, run.rows);
    run.rows += 4;
  }
  run.rows += run.flags & 0x4 ? 4 : 0;
  for (guint32 flag = 0x100; flag <= 0x800; flag <<= 1)
    run.row_bytes += run.flags & flag ? 4 : 0;
  if (run.row_bytes)
    run.count = run.rows < box->end ? (guint32) MIN (run.count, (box->end - run.rows) / run.row_bytes) : 0;
  else if (f->size == 0)
    run.count = 0;
  return run;
}

/* Feeds the run's samples; returns where its data end. */
static guint64
read_trun (Iso *iso, const IsoBox *box, Fragment *f, guint64 data)
{
  UlWindow *window = &iso->table[WIN_STSZ];
  Run run = read_trun_head (iso, box, f, &data);
  gboolean read = track_is_read (f->track);

  if (!read && !run.row_bytes)
    return data + (guint64) run.count * f->size;
  for (guint32 i = 0; i < run.count; i++) {
    guint64 field = run.rows + (guint64) i * run.row_bytes;
    guint32 duration = f->duration, size = f->size, shift = 0;

    if (run.flags & 0x100)
      duration = ul_window_be32 (window, field), field += 4;
    if (run.flags & 0x200)
      size = ul_window_be32 (window, field), field += 4;
    field += run.flags & 0x400 ? 4 : 0;
    if (run.flags & 0x800)
      shift = ul_window_be32 (window, field);
    guint64 pts = f->track->next_dts + (run.version ? (guint64) (gint64) (gint32) shift : shift);
    if (read && !feed_sample (iso, f->track, f->entry ? f->entry - 1 : 0, data, size, to_us (pts, f->track->timescale))) {
      ul_evidence_warn (iso_evidence (iso), "fragment at %" G_GUINT64_FORMAT ": %u of %u samples read, the file ends at byte %" G_GUINT64_FORMAT,
                        box->start, i, run.count, iso->reader->size);
      return data;
    }
    f->track->next_dts += duration;
    data += size;
  }
  return data;
}

static void
read_traf (Iso *iso, const IsoBox *traf, guint64 moof_start, guint64 *data_end)
{
  Fragment f = { .base = *data_end };
  guint64 offset = traf->body, data = *data_end;
  gboolean known = FALSE;
  IsoBox box;

  for (guint n = 0; n < 4096 && iso_next_box (iso, offset, traf->end, &box); n++, offset = box.end) {
    if (box.type == FOURCC ('t', 'f', 'h', 'd')) {
      known = read_tfhd (iso, &box, moof_start, &f);
      data = f.base;
      iso->current = known ? f.track : NULL;
    } else if (box.type == FOURCC ('t', 'f', 'd', 't') && known) {
      guint32 head = ul_window_be32 (&iso->boxes, box.body);
      f.track->next_dts = head >> 24 ? ul_window_be64 (&iso->boxes, box.body + 4) : ul_window_be32 (&iso->boxes, box.body + 4);
    } else if (box.type == FOURCC ('t', 'r', 'u', 'n') && known) {
      data = read_trun (iso, &box, &f, data);
    } else if (box.type == FOURCC ('u', 'u', 'i', 'd')) {
      guint64 body;
      iso_visit (iso, &box, traf->type, &body);
    }
  }
  iso->current = NULL;
  *data_end = data;
}

void
iso_read_moof (Iso *iso, const IsoBox *moof)
{
  guint64 offset = moof->body, data_end = moof->start;
  IsoBox box;

  for (guint n = 0; n < 1024 && iso_next_box (iso, offset, moof->end, &box); n++, offset = box.end)
    if (box.type == FOURCC ('t', 'r', 'a', 'f'))
      read_traf (iso, &box, moof->start, &data_end);
}
