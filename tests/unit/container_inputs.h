/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files of every family, built byte by byte around one H.264 stream of 176x144. */
#pragma once

#include <glib.h>
#include <string.h>

#define N_PICTURES 3

static const guint8 in_sps[] = { 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x0b, 0x13, 0x90 };
static const guint8 in_pps[] = { 0x68, 0xce, 0x3c, 0x80 };
static const guint8 in_idr[] = { 0x65, 0x88, 0x84, 0xfa, 0x5a, 0x80 };
static const guint8 in_p1[] = { 0x41, 0x9a, 0x23, 0xda, 0x5a, 0x80 };
static const guint8 in_p2[] = { 0x41, 0x9a, 0x43, 0xda, 0x5a, 0x80 };

typedef GByteArray *(*InBuild) (void);

static inline void
in_bytes (GByteArray *a, const void *data, gsize len)
{
  g_byte_array_append (a, data, (guint) len);
}

static inline void
in_text (GByteArray *a, const char *text)
{
  in_bytes (a, text, strlen (text));
}

static inline void
in_be (GByteArray *a, guint bytes, guint64 v)
{
  while (bytes-- > 0) {
    guint8 b = (guint8) (v >> (8 * bytes));
    in_bytes (a, &b, 1);
  }
}

static inline void
in_le (GByteArray *a, guint bytes, guint64 v)
{
  for (guint i = 0; i < bytes; i++) {
    guint8 b = (guint8) (v >> (8 * i));
    in_bytes (a, &b, 1);
  }
}

static inline void
in_zeros (GByteArray *a, guint n)
{
  while (n-- > 0)
    in_bytes (a, "", 1);
}

static inline void
in_take (GByteArray *a, GByteArray *part)
{
  in_bytes (a, part->data, part->len);
  g_byte_array_unref (part);
}

/* Picture i as byte stream; the first one with its parameter sets. */
static inline GByteArray *
in_picture (guint i)
{
  GByteArray *a = g_byte_array_new ();

  if (i == 0) {
    in_be (a, 4, 1);
    in_bytes (a, in_sps, sizeof in_sps);
    in_be (a, 4, 1);
    in_bytes (a, in_pps, sizeof in_pps);
  }
  in_be (a, 4, 1);
  in_bytes (a, i == 0 ? in_idr : i == 1 ? in_p1 : in_p2, 6);
  return a;
}

static inline GByteArray *
in_annexb (void)
{
  GByteArray *a = g_byte_array_new ();

  for (guint i = 0; i < N_PICTURES; i++)
    in_take (a, in_picture (i));
  return a;
}

/* --- ISO base media ------------------------------------------------------------- */

static inline void
in_box (GByteArray *a, const char *type, GByteArray *body)
{
  in_be (a, 4, body->len + 8);
  in_bytes (a, type, 4);
  in_take (a, body);
}

static inline GByteArray *
in_full (guint32 version_flags)
{
  GByteArray *a = g_byte_array_new ();

  in_be (a, 4, version_flags);
  return a;
}

static inline GByteArray *
in_avcc (void)
{
  GByteArray *a = g_byte_array_new ();

  in_be (a, 1, 1);
  in_bytes (a, in_sps + 1, 3);
  in_be (a, 1, 0xff);
  in_be (a, 1, 0xe1);
  in_be (a, 2, sizeof in_sps);
  in_bytes (a, in_sps, sizeof in_sps);
  in_be (a, 1, 1);
  in_be (a, 2, sizeof in_pps);
  in_bytes (a, in_pps, sizeof in_pps);
  return a;
}

static inline GByteArray *
in_stsd (void)
{
  GByteArray *stsd = in_full (0), *entry = g_byte_array_new ();

  in_zeros (entry, 6);
  in_be (entry, 2, 1);
  in_zeros (entry, 16);
  in_be (entry, 2, 176);
  in_be (entry, 2, 144);
  in_be (entry, 4, 0x480000);
  in_be (entry, 4, 0x480000);
  in_zeros (entry, 4);
  in_be (entry, 2, 1);
  in_be (entry, 1, 9);
  in_text (entry, "Some Name");
  in_zeros (entry, 22);
  in_be (entry, 2, 24);
  in_be (entry, 2, 0xffff);
  in_box (entry, "avcC", in_avcc ());
  in_be (stsd, 4, 1);
  in_box (stsd, "avc1", entry);
  return stsd;
}

/* Tables for N_PICTURES samples of ten bytes at `offset`; `claim` samples are claimed. */
static inline GByteArray *
in_stbl (guint32 offset, guint32 claim)
{
  GByteArray *stbl = g_byte_array_new (), *t;

  in_box (stbl, "stsd", in_stsd ());
  t = in_full (0);
  in_be (t, 4, 1);
  in_be (t, 4, N_PICTURES);
  in_be (t, 4, 40);
  in_box (stbl, "stts", t);
  t = in_full (0);
  in_be (t, 4, 1);
  in_be (t, 4, 1);
  in_be (t, 4, N_PICTURES);
  in_be (t, 4, 1);
  in_box (stbl, "stsc", t);
  t = in_full (0);
  in_be (t, 4, 0);
  in_be (t, 4, claim);
  for (guint i = 0; i < N_PICTURES; i++)
    in_be (t, 4, 10);
  in_box (stbl, "stsz", t);
  t = in_full (0);
  in_be (t, 4, 1);
  in_be (t, 4, offset);
  in_box (stbl, "stco", t);
  return stbl;
}

static inline GByteArray *
in_trak (GByteArray *stbl)
{
  GByteArray *trak = g_byte_array_new (), *mdia = g_byte_array_new (), *minf = g_byte_array_new (), *t;

  t = in_full (7);
  in_zeros (t, 8);
  in_be (t, 4, 1);
  in_zeros (t, 68);
  in_box (trak, "tkhd", t);
  t = in_full (0);
  in_zeros (t, 8);
  in_be (t, 4, 1000);
  in_zeros (t, 8);
  in_box (mdia, "mdhd", t);
  t = in_full (0);
  in_zeros (t, 4);
  in_text (t, "vide");
  in_zeros (t, 12);
  in_text (t, "Some Handler");
  in_zeros (t, 1);
  in_box (mdia, "hdlr", t);
  in_box (minf, "stbl", stbl);
  in_box (mdia, "minf", minf);
  in_box (trak, "mdia", mdia);
  return trak;
}

static inline GByteArray *
in_moov (GByteArray *stbl, gboolean fragmented)
{
  GByteArray *moov = g_byte_array_new (), *t = in_full (0), *udta = g_byte_array_new ();

  in_zeros (t, 8);
  in_be (t, 4, 600);
  in_zeros (t, 84);
  in_box (moov, "mvhd", t);
  in_box (moov, "trak", in_trak (stbl));
  if (fragmented) {
    GByteArray *mvex = g_byte_array_new ();
    t = in_full (0);
    in_be (t, 4, 1);
    in_be (t, 4, 1);
    in_be (t, 4, 40);
    in_be (t, 4, 10);
    in_zeros (t, 4);
    in_box (mvex, "trex", t);
    in_box (moov, "mvex", mvex);
  }
  t = g_byte_array_new ();
  in_be (t, 2, 9);
  in_be (t, 2, 0x55c4);
  in_text (t, "SomeTool1");
  in_box (udta, "\xa9too", t);
  in_box (moov, "udta", udta);
  return moov;
}

static inline GByteArray *
in_ftyp (void)
{
  GByteArray *a = g_byte_array_new ();

  in_text (a, "mp42");
  in_be (a, 4, 1);
  in_text (a, "mp42isom");
  return a;
}

static inline GByteArray *
in_mdat (void)
{
  GByteArray *a = g_byte_array_new ();

  for (guint i = 0; i < N_PICTURES; i++) {
    in_be (a, 4, 6);
    in_bytes (a, i == 0 ? in_idr : i == 1 ? in_p1 : in_p2, 6);
  }
  return a;
}

static inline GByteArray *
in_mp4_claim (guint32 claim)
{
  GByteArray *a = g_byte_array_new ();

  in_box (a, "ftyp", in_ftyp ());
  in_box (a, "mdat", in_mdat ());
  in_box (a, "moov", in_moov (in_stbl (24 + 8, claim), FALSE));
  return a;
}

static inline GByteArray *
in_mp4 (void)
{
  return in_mp4_claim (N_PICTURES);
}

static inline GByteArray *
in_fragmented (void)
{
  GByteArray *a = g_byte_array_new (), *stbl = g_byte_array_new (), *moof = g_byte_array_new (), *traf = g_byte_array_new (), *t;

  in_box (a, "ftyp", in_ftyp ());
  in_box (stbl, "stsd", in_stsd ());
  in_box (a, "moov", in_moov (stbl, TRUE));
  t = in_full (0x020000);
  in_be (t, 4, 1);
  in_box (traf, "tfhd", t);
  t = in_full (0);
  in_be (t, 4, 120);
  in_box (traf, "tfdt", t);
  t = in_full (1);
  in_be (t, 4, N_PICTURES);
  in_be (t, 4, 8 + 8 + 16 + 16 + 20 + 8);
  in_box (traf, "trun", t);
  in_box (moof, "traf", traf);
  in_box (a, "moof", moof);
  in_box (a, "mdat", in_mdat ());
  return a;
}

static inline GByteArray *
in_mp4_without_moov (void)
{
  GByteArray *a = g_byte_array_new ();

  in_box (a, "ftyp", in_ftyp ());
  in_be (a, 4, 0x7fffffff);
  in_text (a, "mdat");
  in_take (a, in_mdat ());
  in_take (a, in_mdat ());
  return a;
}

/* --- MPEG systems ------------------------------------------------------------------ */

static inline void
in_pes (GByteArray *a, guint i, GByteArray *payload)
{
  guint64 pts = 90000 + 3600 * i;

  in_be (a, 4, 0x1e0);
  in_be (a, 2, payload->len + 8);
  in_be (a, 3, 0x808005);
  in_be (a, 1, 0x21 | (pts >> 29 & 14));
  in_be (a, 2, (pts >> 14 & 0xfffe) | 1);
  in_be (a, 2, (pts << 1 & 0xfffe) | 1);
  in_take (a, payload);
}

static inline GByteArray *
in_ps (void)
{
  GByteArray *a = g_byte_array_new ();

  in_text (a, "IMKH");
  in_zeros (a, 36);
  for (guint i = 0; i < N_PICTURES; i++) {
    in_be (a, 4, 0x1ba);
    in_be (a, 6, 0x440004000401);
    in_be (a, 3, 0x010003);
    in_be (a, 1, 0xf8);
    if (i == 0) {
      in_be (a, 4, 0x1bc);
      in_be (a, 2, 6 + 6 + 4 + 4);
      in_be (a, 2, 0xe0ff);
      in_be (a, 2, 6);
      in_be (a, 6, 0x4004484b0102);
      in_be (a, 2, 4);
      in_be (a, 4, 0x1be00000);
      in_zeros (a, 4);
    }
    in_pes (a, i, in_picture (i));
  }
  return a;
}

/* One packet of `pid`, stuffed with an adaptation field. */
static inline void
in_ts_packet (GByteArray *a, guint pid, GByteArray *payload)
{
  guint room = 184 - payload->len;

  in_be (a, 1, 0x47);
  in_be (a, 2, 0x4000 | pid);
  in_be (a, 1, 0x30);
  in_be (a, 1, room - 1);
  for (guint i = 1; i < room; i++)
    in_be (a, 1, i == 1 ? 0 : 0xff);
  in_take (a, payload);
}

static inline GByteArray *
in_ts (void)
{
  GByteArray *a = g_byte_array_new (), *t = g_byte_array_new ();

  in_be (t, 4, 0x0000b00d);
  in_be (t, 5, 0x0001c10000);
  in_be (t, 4, 0x0001e020);
  in_zeros (t, 4);
  in_ts_packet (a, 0, t);
  t = g_byte_array_new ();
  in_be (t, 4, 0x0002b018);
  in_be (t, 5, 0x0001c10000);
  in_be (t, 4, 0xe100f000);
  in_be (t, 5, 0x1be100f006);
  in_be (t, 2, 0x0504);
  in_text (t, "HDMV");
  in_zeros (t, 4);
  in_ts_packet (a, 0x20, t);
  for (guint i = 0; i < N_PICTURES; i++) {
    t = g_byte_array_new ();
    in_pes (t, i, in_picture (i));
    in_ts_packet (a, 0x100, t);
  }
  return a;
}

/* --- framed formats ------------------------------------------------------------------- */

static inline GByteArray *
in_dhav (void)
{
  GByteArray *a = g_byte_array_new ();

  in_text (a, "DAHUA");
  in_zeros (a, 0x400 - 5);
  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *p = in_picture (i);
    guint32 length = 24 + 8 + p->len + 8;

    in_text (a, "DHAV");
    in_be (a, 4, i == 0 ? 0xfd000000 : 0xfc000000);
    in_le (a, 4, i);
    in_le (a, 4, length);
    in_le (a, 4, 0x5c210000);
    in_le (a, 2, 40 * i);
    in_be (a, 2, 0x0800);
    in_be (a, 4, 0x81000219);
    in_be (a, 4, 0x80001612);
    in_take (a, p);
    in_text (a, "dhav");
    in_le (a, 4, length);
  }
  return a;
}

static inline GByteArray *
in_xiongmai (void)
{
  GByteArray *a = g_byte_array_new ();

  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *p = in_picture (i);

    if (i == 0) {
      in_be (a, 4, 0x1fc);
      in_be (a, 4, 0x02191612);
      in_be (a, 4, 0);
    } else {
      in_be (a, 4, 0x1fd);
    }
    in_le (a, 4, p->len);
    in_take (a, p);
    in_be (a, 4, 0x1fa);
    in_be (a, 2, 0x0e02);
    in_le (a, 2, 3);
    in_text (a, "abc");
  }
  return a;
}

static inline GByteArray *
in_baichuan (void)
{
  GByteArray *a = g_byte_array_new ();

  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *p = in_picture (i);
    guint n = p->len;

    in_text (a, i == 0 ? "00dcH264" : "01dcH264");
    in_le (a, 4, n);
    in_le (a, 4, 8);
    in_le (a, 4, 40000 * i);
    in_zeros (a, 12);
    in_take (a, p);
    in_zeros (a, -n & 7);
    in_text (a, "05wb");
    in_le (a, 2, 5);
    in_le (a, 2, 5);
    in_text (a, "audio\1\1\1");
  }
  return a;
}

static inline GByteArray *
in_jt1078 (void)
{
  GByteArray *a = g_byte_array_new ();

  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *p = in_picture (i);

    in_text (a, "01cd");
    in_be (a, 2, 0x81e2);
    in_be (a, 2, i);
    in_be (a, 6, 0x013912345678);
    in_be (a, 2, i == 0 ? 0x0100 : 0x0110);
    in_be (a, 8, 40 * i);
    in_be (a, 4, 0x00280028);
    in_be (a, 2, p->len);
    in_take (a, p);
  }
  return a;
}

static inline GByteArray *
in_pave (void)
{
  GByteArray *a = g_byte_array_new ();

  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *p = in_picture (i);

    in_text (a, "PaVE");
    in_be (a, 2, 0x0204);
    in_le (a, 2, 64);
    in_le (a, 4, p->len);
    in_le (a, 2, 176);
    in_le (a, 2, 144);
    in_zeros (a, 4);
    in_le (a, 4, i);
    in_le (a, 4, 40 * i);
    in_zeros (a, 36);
    in_take (a, p);
  }
  return a;
}

static inline GByteArray *
in_hxvs (void)
{
  GByteArray *a = g_byte_array_new ();

  in_text (a, "HXVS");
  in_le (a, 4, 176);
  in_le (a, 4, 144);
  in_zeros (a, 4);
  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *p = in_picture (i);

    in_text (a, "HXVF");
    in_le (a, 4, p->len);
    in_le (a, 4, 40 * i);
    in_zeros (a, 4);
    in_take (a, p);
  }
  return a;
}

/* --- what libavformat reads --------------------------------------------------------------- */

static inline void
in_ebml (GByteArray *a, guint id_bytes, guint32 id, GByteArray *body)
{
  in_be (a, id_bytes, id);
  in_be (a, 4, 0x10000000 | body->len);
  in_take (a, body);
}

static inline GByteArray *
in_of_text (const char *text)
{
  GByteArray *a = g_byte_array_new ();

  in_text (a, text);
  return a;
}

static inline GByteArray *
in_of_be (guint bytes, guint64 v)
{
  GByteArray *a = g_byte_array_new ();

  in_be (a, bytes, v);
  return a;
}

static inline GByteArray *
in_mkv (void)
{
  GByteArray *a = g_byte_array_new (), *head = g_byte_array_new (), *segment = g_byte_array_new (), *info = g_byte_array_new ();
  GByteArray *tracks = g_byte_array_new (), *entry = g_byte_array_new (), *video = g_byte_array_new (), *cluster = g_byte_array_new ();

  in_ebml (head, 2, 0x4282, in_of_text ("matroska"));
  in_ebml (a, 4, 0x1a45dfa3, head);
  in_ebml (info, 3, 0x2ad7b1, in_of_be (4, 1000000));
  in_ebml (info, 2, 0x4d80, in_of_text ("SomeMuxer 1"));
  in_ebml (segment, 4, 0x1549a966, info);
  in_ebml (entry, 1, 0xd7, in_of_be (1, 1));
  in_ebml (entry, 2, 0x73c5, in_of_be (1, 1));
  in_ebml (entry, 1, 0x83, in_of_be (1, 1));
  in_ebml (entry, 1, 0x86, in_of_text ("V_MPEG4/ISO/AVC"));
  in_ebml (entry, 2, 0x63a2, in_avcc ());
  in_ebml (video, 1, 0xb0, in_of_be (1, 176));
  in_ebml (video, 1, 0xba, in_of_be (1, 144));
  in_ebml (entry, 1, 0xe0, video);
  in_ebml (tracks, 1, 0xae, entry);
  in_ebml (segment, 4, 0x1654ae6b, tracks);
  in_ebml (cluster, 1, 0xe7, in_of_be (1, 0));
  for (guint i = 0; i < N_PICTURES; i++) {
    GByteArray *block = in_of_be (4, 0x81000000 | 40u * i << 8 | (i == 0 ? 0x80 : 0));
    in_be (block, 4, 6);
    in_bytes (block, i == 0 ? in_idr : i == 1 ? in_p1 : in_p2, 6);
    in_ebml (cluster, 1, 0xa3, block);
  }
  in_ebml (segment, 4, 0x1f43b675, cluster);
  in_ebml (a, 4, 0x18538067, segment);
  return a;
}

static inline void
in_chunk (GByteArray *a, const char *id, const char *list, GByteArray *body)
{
  in_bytes (a, id, 4);
  in_le (a, 4, body->len + (list ? 4 : 0));
  if (list)
    in_bytes (a, list, 4);
  if (body->len & 1)
    in_zeros (body, 1);
  in_take (a, body);
}

static inline GByteArray *
in_avi (void)
{
  GByteArray *a = g_byte_array_new (), *riff = g_byte_array_new (), *hdrl = g_byte_array_new (), *strl = g_byte_array_new ();
  GByteArray *info = g_byte_array_new (), *movi = g_byte_array_new (), *t = g_byte_array_new ();

  in_le (t, 4, 40000);
  in_zeros (t, 20);
  in_le (t, 4, 1);
  in_zeros (t, 4);
  in_le (t, 4, 176);
  in_le (t, 4, 144);
  in_zeros (t, 16);
  in_chunk (hdrl, "avih", NULL, t);
  t = g_byte_array_new ();
  in_text (t, "vidsH264");
  in_zeros (t, 12);
  in_le (t, 4, 1);
  in_le (t, 4, 25);
  in_zeros (t, 4);
  in_le (t, 4, N_PICTURES);
  in_zeros (t, 20);
  in_chunk (strl, "strh", NULL, t);
  t = g_byte_array_new ();
  in_le (t, 4, 40);
  in_le (t, 4, 176);
  in_le (t, 4, 144);
  in_le (t, 4, 1 | 24 << 16);
  in_text (t, "H264");
  in_zeros (t, 20);
  in_chunk (strl, "strf", NULL, t);
  in_chunk (hdrl, "LIST", "strl", strl);
  in_chunk (riff, "LIST", "hdrl", hdrl);
  in_chunk (info, "ISFT", NULL, in_of_text ("SomeRecorder 2"));
  in_chunk (riff, "LIST", "INFO", info);
  for (guint i = 0; i < N_PICTURES; i++)
    in_chunk (movi, "00dc", NULL, in_picture (i));
  in_chunk (riff, "LIST", "movi", movi);
  in_chunk (a, "RIFF", "AVI ", riff);
  return a;
}

static inline void
in_flv_tag (GByteArray *a, guint type, guint time, GByteArray *body)
{
  guint n = body->len;

  in_be (a, 1, type);
  in_be (a, 3, n);
  in_be (a, 3, time);
  in_zeros (a, 4);
  in_take (a, body);
  in_be (a, 4, n + 11);
}

static inline GByteArray *
in_flv (void)
{
  GByteArray *a = g_byte_array_new (), *t = g_byte_array_new ();

  in_text (a, "FLV");
  in_be (a, 2, 0x0101);
  in_be (a, 4, 9);
  in_zeros (a, 4);
  in_be (t, 3, 0x02000a);
  in_text (t, "onMetaData");
  in_be (t, 5, 0x0800000001);
  in_be (t, 2, 7);
  in_text (t, "encoder");
  in_be (t, 3, 0x02000b);
  in_text (t, "SomeTool 22");
  in_be (t, 3, 9);
  in_flv_tag (a, 18, 0, t);
  t = in_of_be (5, 0x1700000000);
  in_take (t, in_avcc ());
  in_flv_tag (a, 9, 0, t);
  for (guint i = 0; i < N_PICTURES; i++) {
    t = in_of_be (5, i == 0 ? 0x1701000000 : 0x2701000000);
    in_be (t, 4, 6);
    in_bytes (t, i == 0 ? in_idr : i == 1 ? in_p1 : in_p2, 6);
    in_flv_tag (a, 9, 40 * i, t);
  }
  return a;
}

/* Every family: what it is called and what proves that its marks were read. */
static const struct {
  const char *container;
  InBuild build;
  const char *key, *value;
} in_families[] = {
  { "annexb", in_annexb, "container.format", "annexb" },
  { "mp4", in_mp4, "container.writer", "\xc2\xa9too SomeTool1" },
  { "mp4", in_fragmented, "container.compressor", "avc1 Some Name" },
  { "mp4", in_mp4_without_moov, "container.brand", "compatible isom" },
  { "mpegps", in_ps, "container.psm_descriptor", "4004484b0102" },
  { "mpegts", in_ts, "container.ts_stream", "1b HDMV" },
  { "dhav", in_dhav, "container.magic", "DAHUA" },
  { "xiongmai", in_xiongmai, "container.frame", "fc codec2 fps25 size176x144" },
  { "baichuan", in_baichuan, "container.frame", "00dcH264 extra8" },
  { "jt1078", in_jt1078, "container.magic", "01cd" },
  { "pave", in_pave, "container.magic", "PaVE" },
  { "hxvs", in_hxvs, "container.frame", "HXVS size176x144" },
  { "mkv", in_mkv, "container.writer", "MuxingApp SomeMuxer 1" },
  { "avi", in_avi, "container.writer", "ISFT SomeRecorder 2" },
  { "flv", in_flv, "container.writer", "encoder SomeTool 22" },
};
