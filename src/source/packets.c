/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packet captures: libpcap reads the file, link and internet headers are taken
 * off, TCP connections and datagrams go to those who listen.  This is the only
 * file that knows libpcap, which is given the bytes of one file and opens nothing.
 */
#include "source/packets.h"

#include <pcap/pcap.h>
#include <string.h>

#include "base/redact.h"
#include "base/span.h"

#define MAX_CONNECTIONS 65536u
#define MAX_VLAN_TAGS 4
#define MAX_EXTENSION_HEADERS 8
#define PROGRESS_BYTES (16 * 1024 * 1024)
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define ETHERTYPE_OLD_QINQ 0x9100
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4

/* Numbers of packets and of those that were passed over. */
typedef struct {
  guint64 packets, ip, fragments, broken, above_limit;
} Counts;

typedef struct {
  UlHearing *hearing;
  GHashTable *connections; /* UlEndpoint[2], the lower first -> Connection */
  gsize held_bytes;
  Counts counts;
} Capture;

typedef struct {
  Capture *capture;
  UlEndpoint ends[2]; /* direction d comes from ends[d] */
  UlTcpHalf *halves[2];
  struct Direction {
    gpointer connection;
    guint n;
  } directions[2];
  UlTalk *talk;
  gboolean ignored, ended;
  guint fins; /* a bit a direction */
} Connection;

/* --- TCP connections -------------------------------------------------------------------- */

static void
connection_data (gpointer user_data, const guint8 *data, gsize len, UlWhere where)
{
  struct Direction *direction = user_data;
  Connection *c = direction->connection;

  if (c->ignored)
    return;
  if (!c->talk)
    c->talk = ul_hearing_talk (c->capture->hearing, &c->ends[0], &c->ends[1]);
  if (c->talk)
    ul_talk_data (c->talk, direction->n, data, len, where);
  if (c->talk && ul_talk_guess (c->talk) == UL_RTSP_NO)
    ul_hearing_drop_talk (c->capture->hearing, g_steal_pointer (&c->talk));
  c->ignored = c->talk == NULL;
}

static void
connection_gap (gpointer user_data, guint64 len)
{
  struct Direction *direction = user_data;
  Connection *c = direction->connection;

  if (c->talk)
    ul_talk_gap (c->talk, direction->n, len);
}

static Connection *
connection_new (Capture *capture, const UlEndpoint ends[2])
{
  Connection *c = g_new0 (Connection, 1);

  c->capture = capture;
  for (guint i = 0; i < 2; i++) {
    c->ends[i] = ends[i];
    c->directions[i].connection = c;
    c->directions[i].n = i;
    c->halves[i] = ul_tcp_half_new ((UlTcpSink){ .data = connection_data, .gap = connection_gap, .user_data = &c->directions[i],
                                                 .held_bytes = &capture->held_bytes });
  }
  return c;
}

static void
connection_end (Connection *c)
{
  if (c->ended)
    return;
  c->ended = TRUE;
  for (guint i = 0; i < 2; i++)
    ul_tcp_half_flush (c->halves[i]);
  if (c->talk && ul_talk_guess (c->talk) == UL_RTSP_MAYBE)
    ul_hearing_drop_talk (c->capture->hearing, g_steal_pointer (&c->talk));
  if (c->talk)
    ul_talk_end (c->talk);
}

static void
connection_free (gpointer data)
{
  Connection *c = data;

  for (guint i = 0; i < 2; i++)
    ul_tcp_half_free (c->halves[i]);
  g_free (c);
}

/* The connection between two endpoints, NULL if there are too many; `ret_direction` is that of `from`. */
static Connection *
find_connection (Capture *self, const UlEndpoint *from, const UlEndpoint *to, guint *ret_direction)
{
  gboolean swap = memcmp (from, to, sizeof *from) > 0;
  UlEndpoint ends[2] = { swap ? *to : *from, swap ? *from : *to };
  Connection *c = g_hash_table_lookup (self->connections, ends);

  *ret_direction = swap;
  if (c || g_hash_table_size (self->connections) >= MAX_CONNECTIONS)
    return c;
  c = connection_new (self, ends);
  g_hash_table_insert (self->connections, g_memdup2 (ends, sizeof ends), c);
  return c;
}

/* Ports are used again: what was under these endpoints is over. */
static Connection *
renew_connection (Capture *self, Connection *old)
{
  UlEndpoint ends[2] = { old->ends[0], old->ends[1] };
  Connection *c = connection_new (self, ends);

  connection_end (old);
  g_hash_table_insert (self->connections, g_memdup2 (ends, sizeof ends), c);
  return c;
}

/* RFC 9293, 3.1 */
static void
take_tcp (Capture *self, UlEndpoint *from, UlEndpoint *to, UlSpan s, gsize wire_len, UlWhere where)
{
  guint direction;

  from->port = ul_span_be16 (&s);
  to->port = ul_span_be16 (&s);
  guint32 sequence = ul_span_be32 (&s);
  ul_span_skip (&s, 4);
  gsize header = 4 * (gsize) (ul_span_u8 (&s) >> 4);
  guint8 flags = ul_span_u8 (&s);
  s.pos = MIN (header, s.len);
  if (s.error || header < 20 || header > wire_len || header > s.len) {
    self->counts.broken++;
    return;
  }
  Connection *c = find_connection (self, from, to, &direction);
  if (!c) {
    self->counts.above_limit++;
    return;
  }
  if (flags & TCP_SYN) {
    if (c->ended || ul_tcp_half_is_other (c->halves[direction], sequence + 1))
      c = renew_connection (self, c);
    ul_tcp_half_start (c->halves[direction], sequence + 1);
    sequence++;
  }
  if (c->ended)
    return;
  ul_tcp_half_segment (c->halves[direction], sequence, s.data + s.pos, ul_span_left (&s), wire_len - header, where);
  if (flags & TCP_FIN)
    c->fins |= 1u << direction;
  if (flags & TCP_RST || c->fins == 3)
    connection_end (c);
}

/* RFC 768 */
static void
take_udp (Capture *self, UlEndpoint *from, UlEndpoint *to, UlSpan s, gsize wire_len, UlWhere where)
{
  from->port = ul_span_be16 (&s);
  to->port = ul_span_be16 (&s);
  gsize len = ul_span_be16 (&s);
  ul_span_skip (&s, 2);
  if (s.error || len < 8 || wire_len < 8) {
    self->counts.broken++;
    return;
  }
  wire_len = MIN (wire_len, len) - 8;
  ul_hearing_udp (self->hearing, from, to, s.data + s.pos, MIN (ul_span_left (&s), wire_len), wire_len, where);
}

/* --- internet ----------------------------------------------------------------------------------- */

static void
take_transport (Capture *self, guint8 protocol, UlEndpoint ends[2], UlSpan s, gsize wire_len, UlWhere where)
{
  /* The capture may be longer (padding of a short frame) or shorter than the packet. */
  s = ul_span (s.data + s.pos, MIN (ul_span_left (&s), wire_len));
  if (protocol == 6)
    take_tcp (self, &ends[0], &ends[1], s, wire_len, where);
  else if (protocol == 17)
    take_udp (self, &ends[0], &ends[1], s, wire_len, where);
}

static void
set_ipv4 (UlEndpoint *endpoint, const guint8 *bytes)
{
  memset (endpoint, 0, sizeof *endpoint);
  endpoint->address.bytes[10] = endpoint->address.bytes[11] = 0xff;
  if (bytes)
    memcpy (endpoint->address.bytes + 12, bytes, 4);
}

static void
set_ipv6 (UlEndpoint *endpoint, const guint8 *bytes)
{
  memset (endpoint, 0, sizeof *endpoint);
  if (bytes)
    memcpy (endpoint->address.bytes, bytes, 16);
}

/* RFC 791, 3.1 */
static void
take_ipv4 (Capture *self, UlSpan s, UlWhere where)
{
  gsize begin = s.pos, wire_len = 0;
  UlEndpoint ends[2];
  guint8 first = ul_span_u8 (&s);
  gsize header = 4 * (gsize) (first & 15);

  ul_span_skip (&s, 1);
  wire_len = ul_span_be16 (&s);
  ul_span_skip (&s, 2);
  guint16 fragment = ul_span_be16 (&s);
  ul_span_skip (&s, 1);
  guint8 protocol = ul_span_u8 (&s);
  ul_span_skip (&s, 2);
  set_ipv4 (&ends[0], ul_span_take (&s, 4));
  set_ipv4 (&ends[1], ul_span_take (&s, 4));
  if (wire_len == 0)
    wire_len = s.len - begin; /* segments that the network card is to cut */
  ul_span_skip (&s, header > 20 ? header - 20 : 0);
  if (s.error || first >> 4 != 4 || header < 20 || wire_len < header) {
    self->counts.broken++;
    return;
  }
  self->counts.ip++;
  if (fragment & 0x3fff)
    self->counts.fragments++;
  else
    take_transport (self, protocol, ends, s, wire_len - header, where);
}

/* RFC 8200, 3 and 4 */
static void
take_ipv6 (Capture *self, UlSpan s, UlWhere where)
{
  UlEndpoint ends[2];
  guint8 first = ul_span_u8 (&s);

  ul_span_skip (&s, 3);
  gsize wire_len = ul_span_be16 (&s);
  guint8 next = ul_span_u8 (&s);
  ul_span_skip (&s, 1);
  set_ipv6 (&ends[0], ul_span_take (&s, 16));
  set_ipv6 (&ends[1], ul_span_take (&s, 16));
  if (wire_len == 0)
    wire_len = ul_span_left (&s);
  /* Hop-by-hop options, routing, destination options. */
  for (guint i = 0; i < MAX_EXTENSION_HEADERS && (next == 0 || next == 43 || next == 60); i++) {
    guint8 after = ul_span_u8 (&s);
    gsize len = 8 + 8 * (gsize) ul_span_u8 (&s);
    ul_span_skip (&s, len - 2);
    if (s.error || wire_len < len)
      break;
    wire_len -= len;
    next = after;
  }
  if (s.error || first >> 4 != 6) {
    self->counts.broken++;
    return;
  }
  self->counts.ip++;
  if (next == 44)
    self->counts.fragments++;
  else
    take_transport (self, next, ends, s, wire_len, where);
}

static void
take_ip (Capture *self, UlSpan s, UlWhere where)
{
  guint8 version = ul_span_left (&s) ? s.data[s.pos] >> 4 : 0;

  if (version == 4)
    take_ipv4 (self, s, where);
  else if (version == 6)
    take_ipv6 (self, s, where);
}

/* --- link layers (the names are those of https://www.tcpdump.org/linktypes.html) ------------------ */

static void
take_ethertype (Capture *self, guint16 type, UlSpan s, UlWhere where)
{
  for (guint i = 0; i < MAX_VLAN_TAGS && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ || type == ETHERTYPE_OLD_QINQ); i++) {
    ul_span_skip (&s, 2);
    type = ul_span_be16 (&s);
  }
  if (s.error)
    self->counts.broken++;
  else if (type == ETHERTYPE_IPV4)
    take_ipv4 (self, s, where);
  else if (type == ETHERTYPE_IPV6)
    take_ipv6 (self, s, where);
}

static void
take_ethernet (Capture *self, UlSpan s, UlWhere where)
{
  ul_span_skip (&s, 12);
  guint16 type = ul_span_be16 (&s);
  take_ethertype (self, type, s, where);
}

static void
take_linux_sll (Capture *self, UlSpan s, UlWhere where)
{
  ul_span_skip (&s, 14);
  guint16 type = ul_span_be16 (&s);
  take_ethertype (self, type, s, where);
}

static void
take_linux_sll2 (Capture *self, UlSpan s, UlWhere where)
{
  guint16 type = ul_span_be16 (&s);
  ul_span_skip (&s, 18);
  take_ethertype (self, type, s, where);
}

/* A protocol family of four bytes in either order; the packet itself tells its version. */
static void
take_loopback (Capture *self, UlSpan s, UlWhere where)
{
  ul_span_skip (&s, 4);
  if (!s.error)
    take_ip (self, s, where);
}

static const struct {
  int type;
  void (*take) (Capture *self, UlSpan s, UlWhere where);
} links[] = {
  { DLT_EN10MB, take_ethernet }, { DLT_RAW, take_ip },          { DLT_IPV4, take_ip },       { DLT_IPV6, take_ip },
  { DLT_LINUX_SLL, take_linux_sll }, { DLT_LINUX_SLL2, take_linux_sll2 }, { DLT_NULL, take_loopback }, { DLT_LOOP, take_loopback },
};

/* --- the file --------------------------------------------------------------------------------------- */

static void
capture_clear (Capture *self)
{
  g_hash_table_unref (self->connections);
  ul_hearing_free (self->hearing);
}

static void
end_connections (Capture *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    connection_end (value);
}

/* Reads to the end, or to where libpcap can read no further: then its words are returned. */
static char *
read_packets (Capture *self, pcap_t *pcap, guint link, FILE *file, const UlSourceOptions *options, guint64 size)
{
  struct pcap_pkthdr *header;
  const u_char *data;
  gint64 first_us = -1;
  guint64 next_progress = PROGRESS_BYTES;
  long offset = ftell (file);
  int status;

  while ((status = pcap_next_ex (pcap, &header, &data)) == 1) {
    gint64 now_us = (gint64) header->ts.tv_sec * G_USEC_PER_SEC + header->ts.tv_usec;
    first_us = first_us < 0 ? now_us : first_us;
    UlWhere where = { .offset = offset, .length = -1, .line = -1, .time_us = MAX (now_us - first_us, 0) };
    self->counts.packets++;
    links[link].take (self, ul_span (data, header->caplen), where);
    offset = ftell (file);
    if (options->progress && offset > 0 && (guint64) offset >= next_progress) {
      next_progress = (guint64) offset + PROGRESS_BYTES;
      options->progress ((guint64) offset, size, options->progress_data);
    }
  }
  return status == PCAP_ERROR ? ul_redact (pcap_geterr (pcap), -1) : NULL;
}

static void
warn_of_counts (const Counts *counts, const char *stopped, UlSourceResult *result)
{
  if (stopped)
    g_ptr_array_add (result->warnings, g_strdup_printf ("the capture cannot be read beyond packet %" G_GUINT64_FORMAT ": %s", counts->packets, stopped));
  if (counts->fragments)
    g_ptr_array_add (result->warnings, g_strdup_printf ("%" G_GUINT64_FORMAT " fragments of IP packets are not read", counts->fragments));
  if (counts->broken)
    g_ptr_array_add (result->warnings, g_strdup_printf ("%" G_GUINT64_FORMAT " packets are broken or cut inside their headers", counts->broken));
  if (counts->above_limit)
    g_ptr_array_add (result->warnings, g_strdup_printf ("%" G_GUINT64_FORMAT " packets of connections above the limit of %u are not read",
                                                        counts->above_limit, MAX_CONNECTIONS));
}

static gboolean
read_capture (pcap_t *pcap, FILE *file, const char *name, const UlSourceOptions *options, guint64 size, UlSourceResult *result, GError **error)
{
  Capture self = { .hearing = ul_hearing_new (result) };
  guint link = 0;
  gboolean found;

  while (link < G_N_ELEMENTS (links) && links[link].type != pcap_datalink (pcap))
    link++;
  self.connections = g_hash_table_new_full (ul_endpoints_hash, ul_endpoints_equal, g_free, connection_free);
  g_autofree char *stopped = link < G_N_ELEMENTS (links) ? read_packets (&self, pcap, link, file, options, size) : NULL;
  end_connections (&self);
  warn_of_counts (&self.counts, stopped, result);
  found = ul_hearing_finish (self.hearing, result);
  if (link == G_N_ELEMENTS (links))
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: captures of link type %d are not read", name, pcap_datalink (pcap));
  else if (!found)
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT,
                 "%s: neither RTSP nor RTP video in this capture (%" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT " of them IP)%s%s", name,
                 self.counts.packets, self.counts.ip, stopped ? ": " : "", stopped ? stopped : "");
  capture_clear (&self);
  return found;
}

gboolean
ul_packets_read_file (FILE *file, const char *name, const UlSourceOptions *options, guint64 size, UlSourceResult *result, GError **error)
{
  char message[PCAP_ERRBUF_SIZE] = "";
  pcap_t *pcap = pcap_fopen_offline (file, message);
  gboolean found;

  if (!pcap) {
    g_autofree char *text = ul_redact (message, -1);
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_BAD_INPUT, "%s: no packet capture that can be read: %s", name, text);
    fclose (file);
    return FALSE;
  }
  found = read_capture (pcap, file, name, options, size, result, error);
  pcap_close (pcap);
  result->kind = UL_INPUT_PACKETS;
  return found;
}

/* --- through UlInput ----------------------------------------------------------------------------------- */

typedef struct {
  UlInput *input;
  guint64 offset;
} Cookie;

static ssize_t
cookie_read (void *data, char *buffer, size_t len)
{
  Cookie *cookie = data;
  gssize n = ul_input_pread (cookie->input, buffer, len, cookie->offset);

  cookie->offset += n > 0 ? (guint64) n : 0;
  return n;
}

static int
cookie_seek (void *data, off64_t *offset, int whence)
{
  Cookie *cookie = data;
  gint64 base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (gint64) cookie->offset : (gint64) ul_input_size (cookie->input);

  if (base + *offset < 0)
    return -1;
  cookie->offset = (guint64) (base + *offset);
  *offset = (off64_t) cookie->offset;
  return 0;
}

static const char *
magic_name (const guint8 *head, gsize len)
{
  static const struct {
    const char *magic, *name;
  } magics[] = {
    { "\xa1\xb2\xc3\xd4", "pcap" }, { "\xd4\xc3\xb2\xa1", "pcap" }, { "\xa1\xb2\x3c\x4d", "pcap" },   { "\x4d\x3c\xb2\xa1", "pcap" },
    { "\xa1\xb2\xcd\x34", "pcap" }, { "\x34\xcd\xb2\xa1", "pcap" }, { "\x0a\x0d\x0d\x0a", "pcapng" },
  };

  for (gsize i = 0; len >= 4 && i < G_N_ELEMENTS (magics); i++)
    if (memcmp (head, magics[i].magic, 4) == 0)
      return magics[i].name;
  return NULL;
}

gboolean
ul_packets_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error)
{
  Cookie cookie = { .input = input };
  guint8 head[4];
  gssize len = ul_input_pread (input, head, sizeof head, 0);
  const char *container = len > 0 ? magic_name (head, (gsize) len) : NULL;

  if (!container)
    return FALSE;
  FILE *file = fopencookie (&cookie, "rb", (cookie_io_functions_t){ .read = cookie_read, .seek = cookie_seek });
  if (!file) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_INTERNAL, "%s: cannot be opened for libpcap", ul_input_name (input));
    return FALSE;
  }
  result->container = g_strdup (container);
  if (ul_source_is_hashed (options))
    ul_input_hash_start (input);
  return ul_packets_read_file (file, ul_input_name (input), options, ul_input_size (input), result, error);
}
