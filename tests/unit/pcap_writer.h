/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packet captures made by the tests: pcap (microseconds, little-endian) in memory. */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct {
  GByteArray *bytes;
  guint n;        /* packets so far; each comes a millisecond after the one before */
  guint vlan;     /* 0: no tag */
  gboolean ipv6;  /* addresses become 2001:db8::<last byte> */
} PcapWriter;

static inline void
put_le (GByteArray *a, guint64 value, guint n)
{
  for (guint i = 0; i < n; i++) {
    guint8 byte = (guint8) (value >> (8 * i));
    g_byte_array_append (a, &byte, 1);
  }
}

static inline void
put_be (GByteArray *a, guint64 value, guint n)
{
  for (guint i = n; i-- > 0;) {
    guint8 byte = (guint8) (value >> (8 * i));
    g_byte_array_append (a, &byte, 1);
  }
}

static inline PcapWriter
pcap_writer_new (guint link_type)
{
  PcapWriter w = { .bytes = g_byte_array_new () };

  put_le (w.bytes, 0xa1b2c3d4, 4);
  put_le (w.bytes, 2, 2);
  put_le (w.bytes, 4, 2);
  put_le (w.bytes, 0, 8);
  put_le (w.bytes, 262144, 4);
  put_le (w.bytes, link_type, 4);
  return w;
}

/* A packet of which `captured` bytes are kept. */
static inline void
pcap_record (PcapWriter *w, const GByteArray *packet, gsize captured)
{
  guint64 us = 1700000000000000u + w->n++ * 1000u;

  captured = MIN (captured, packet->len);
  put_le (w->bytes, us / 1000000, 4);
  put_le (w->bytes, us % 1000000, 4);
  put_le (w->bytes, captured, 4);
  put_le (w->bytes, packet->len, 4);
  g_byte_array_append (w->bytes, packet->data, (guint) captured);
}

/* Ethernet and the internet header; hosts are the last byte of 192.0.2.x. */
static inline GByteArray *
begin_packet (const PcapWriter *w, guint from, guint to, guint protocol, gsize len, guint fragment)
{
  GByteArray *p = g_byte_array_new ();

  put_be (p, 0x020000000000 + to, 6);
  put_be (p, 0x020000000000 + from, 6);
  if (w->vlan) {
    put_be (p, 0x8100, 2);
    put_be (p, w->vlan, 2);
  }
  if (w->ipv6) {
    put_be (p, 0x86dd, 2);
    put_be (p, 0x60000000, 4);
    put_be (p, len, 2);
    put_be (p, protocol, 1);
    put_be (p, 64, 1);
    for (guint i = 0; i < 2; i++) {
      put_be (p, 0x20010db800000000u, 8);
      put_be (p, i ? to : from, 8);
    }
    return p;
  }
  put_be (p, 0x0800, 2);
  put_be (p, 0x4500, 2);
  put_be (p, 20 + len, 2);
  put_be (p, 0, 2);
  put_be (p, fragment, 2);
  put_be (p, 0x4000 | protocol, 2);
  put_be (p, 0, 2);
  put_be (p, 0xc0000200u + from, 4);
  put_be (p, 0xc0000200u + to, 4);
  return p;
}

static inline void
pcap_udp (PcapWriter *w, guint from, guint from_port, guint to, guint to_port, const guint8 *data, gsize len)
{
  g_autoptr (GByteArray) p = begin_packet (w, from, to, 17, 8 + len, 0);

  put_be (p, from_port, 2);
  put_be (p, to_port, 2);
  put_be (p, 8 + len, 2);
  put_be (p, 0, 2);
  g_byte_array_append (p, data, (guint) len);
  pcap_record (w, p, p->len);
}

static inline void
pcap_tcp_cut (PcapWriter *w, guint from, guint from_port, guint to, guint to_port, guint32 sequence, guint flags, const void *data, gsize len,
              gsize cut)
{
  g_autoptr (GByteArray) p = begin_packet (w, from, to, 6, 20 + len, 0);

  put_be (p, from_port, 2);
  put_be (p, to_port, 2);
  put_be (p, sequence, 4);
  put_be (p, 0, 4);
  put_be (p, 0x5000 | flags, 2);
  put_be (p, 0xffff, 2);
  put_be (p, 0, 4);
  if (len)
    g_byte_array_append (p, data, (guint) len);
  pcap_record (w, p, p->len - cut);
}

static inline void
pcap_tcp (PcapWriter *w, guint from, guint from_port, guint to, guint to_port, guint32 sequence, guint flags, const void *data, gsize len)
{
  pcap_tcp_cut (w, from, from_port, to, to_port, sequence, flags, data, len, 0);
}

/* The fixed header of RTP, payload type 96, and a payload. */
static inline GByteArray *
rtp_packet (guint sequence, guint32 timestamp, guint32 ssrc, gboolean marker, const guint8 *payload, gsize len)
{
  GByteArray *p = g_byte_array_new ();

  put_be (p, 0x80, 1);
  put_be (p, (marker ? 0x80u : 0u) | 96u, 1);
  put_be (p, sequence, 2);
  put_be (p, timestamp, 4);
  put_be (p, ssrc, 4);
  g_byte_array_append (p, payload, (guint) len);
  return p;
}
