/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Media data without a movie box (power was cut before it was written): NAL
 * units are looked for in mdat, with start codes or with 32-bit lengths.
 */
#include "container/isobmff_private.h"

#define PROBE_BYTES (256 * 1024)
#define SEARCH_BYTES (8 * 1024 * 1024) /* how far a lost chain is searched */
#define MAX_NAL_BYTES (32 * 1024 * 1024)
#define CHAIN 4
#define MAX_PROBES 500000 /* of chains that were none, in the whole file */

/* Is there a length and a plausible NAL unit at `offset`, and how long is it with its length? */
static guint64
nal_at (Iso *iso, UlWindow *window, UlCodec codec, guint64 offset)
{
  const guint8 *p = ul_window_get (window, offset, 6);
  guint32 len;

  if (!p || offset + 6 > iso->mdat_end)
    return 0;
  len = (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
  if (len < 2 || len > MAX_NAL_BYTES || !ul_container_nal_plausible (codec, p + 4, 2))
    return 0;
  return (guint64) len + 4;
}

/* A chain of NAL units from `offset`, or one that ends exactly with mdat. */
static gboolean
is_chain (Iso *iso, UlCodec codec, guint64 offset)
{
  for (guint i = 0; i < CHAIN; i++) {
    guint64 n = nal_at (iso, &iso->boxes, codec, offset);

    if (!n)
      return FALSE;
    offset += n;
    if (offset == iso->mdat_end)
      return i > 0;
    if (offset > iso->mdat_end)
      return i >= 2;
  }
  return TRUE;
}

static gboolean
find_chain (Iso *iso, UlCodec codec, guint64 *offset)
{
  guint64 limit = MIN (iso->mdat_end, *offset + SEARCH_BYTES);

  for (guint64 at = *offset; at < limit; at++) {
    if (!nal_at (iso, &iso->media, codec, at))
      continue;
    if (is_chain (iso, codec, at)) {
      *offset = at;
      return TRUE;
    }
    if (++iso->guess_probes > MAX_PROBES)
      break;
  }
  return FALSE;
}

/* Lengths from the very beginning: a length of 256 to 511 looks like a start code, so this is asked first. */
static UlCodec
chain_at_start (Iso *iso, guint64 *offset)
{
  for (guint64 at = iso->mdat_body; at <= MIN (iso->mdat_body + 64, iso->mdat_end); at++)
    for (UlCodec codec = UL_CODEC_H265; codec >= UL_CODEC_H264; codec--)
      if (is_chain (iso, codec, at)) {
        *offset = at;
        return codec;
      }
  return UL_CODEC_NONE;
}

static UlCodec
chain_anywhere (Iso *iso, guint64 *offset)
{
  *offset = iso->mdat_body;
  if (find_chain (iso, UL_CODEC_H264, offset))
    return UL_CODEC_H264;
  *offset = iso->mdat_body;
  return find_chain (iso, UL_CODEC_H265, offset) ? UL_CODEC_H265 : UL_CODEC_NONE;
}

/* Fed as a byte stream: where access units begin is not known without tables. */
static guint64
feed_chain (Iso *iso, UlCodec codec, guint64 offset, guint64 *ret_count)
{
  UlBitstream *bitstream = ul_tracks_bitstream (iso->tracks, 0, codec);
  guint64 n;

  while ((n = nal_at (iso, &iso->media, codec, offset))) {
    guint64 len = MIN (n - 4, iso->mdat_end - offset - 4);

    ul_bitstream_annexb (bitstream, (const guint8 *) "\0\0\0\1", 4, (gint64) offset, -1);
    if (ul_window_feed_annexb (&iso->media, bitstream, offset + 4, len, -1) < n - 4)
      return iso->mdat_end;
    ++*ret_count;
    offset += n;
    ul_tracks_advance (iso->tracks, offset);
  }
  return offset;
}

static void
guess_lengths (Iso *iso, UlCodec codec, guint64 offset)
{
  guint64 count = 0, gaps = 0, lost = 0;

  for (;;) {
    guint64 from = offset = feed_chain (iso, codec, offset, &count);
    if (offset >= iso->mdat_end)
      break;
    if (!find_chain (iso, codec, &offset)) {
      lost = from;
      break;
    }
    gaps++;
  }
  g_autofree char *stop = lost ? g_strdup_printf (", nothing more from byte %" G_GUINT64_FORMAT " on", lost) : g_strdup ("");
  ul_evidence_warn (ul_tracks_evidence (iso->tracks, 0),
                    "no movie box: NAL units of %s with 32-bit lengths guessed from byte %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
                    " found, %" G_GUINT64_FORMAT " gaps passed over%s",
                    codec == UL_CODEC_H264 ? "H.264" : "H.265", iso->mdat_body, count, gaps, stop);
}

static gboolean
guess_byte_stream (Iso *iso)
{
  const guint8 *p;
  gsize first = 0, n = ul_window_peek (&iso->media, iso->mdat_body, (gsize) MIN (PROBE_BYTES, iso->mdat_end - iso->mdat_body), &p);
  UlCodec codec = ul_bitstream_probe (p, n, &first);

  if (codec == UL_CODEC_NONE)
    return FALSE;
  iso->n_video = 1;
  ul_evidence_warn (ul_tracks_evidence (iso->tracks, 0), "no movie box: a byte stream of %s guessed from byte %" G_GUINT64_FORMAT " on",
                    codec == UL_CODEC_H264 ? "H.264" : "H.265", iso->mdat_body + first);
  ul_window_feed_annexb (&iso->media, ul_tracks_bitstream (iso->tracks, 0, codec), iso->mdat_body, iso->mdat_end - iso->mdat_body, -1);
  return TRUE;
}

void
iso_guess (Iso *iso)
{
  guint64 offset = iso->mdat_body;
  UlCodec codec;

  if (!iso->mdat_body)
    return;
  codec = chain_at_start (iso, &offset);
  if (codec == UL_CODEC_NONE && guess_byte_stream (iso))
    return;
  if (codec == UL_CODEC_NONE)
    codec = chain_anywhere (iso, &offset);
  if (codec == UL_CODEC_NONE) {
    ul_evidence_warn (ul_tracks_file (iso->tracks), "no movie box, and no NAL units in the media data at byte %" G_GUINT64_FORMAT, iso->mdat_body);
    return;
  }
  iso->n_video = 1;
  guess_lengths (iso, codec, offset);
}
