/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/mask_forms.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#define MAX_LOCAL_PART 64
#define MAX_HOST 253
#define MAX_NAMED_TEXT 256
#define MAX_PLAIN_DIGITS 6
#define MIN_SERIAL 12
#define MAX_SERIAL 24

/* Words that say nothing of whose stream it is. */
static const char *const plain_words[] = {
  "a", "aac", "ac", "access", "acodec", "amp", "and", "application", "audio", "authentication", "avc", "av", "bitrate", "by", "cam",
  "camera", "cctv", "cfg", "ch", "channel", "cif", "codec", "coding", "data", "decoder", "default", "demo", "description", "device",
  "digital", "dvr", "embedded", "enc", "encoder", "event", "ffmpeg", "file", "for", "fps", "from", "g", "gstreamer", "h", "hd", "hevc",
  "high", "http", "https", "in", "input", "info", "information", "ip", "ipc", "ipcam", "ipcamera", "ir", "is", "iso", "jpeg", "level",
  "lib", "libavformat", "library", "live", "lavf", "livestream", "log", "login", "low", "m", "main", "matroska", "media", "mediaserver",
  "mediasession", "medium", "metadata", "mic", "mjpeg", "mkv", "mov", "mp", "mpeg", "my", "n", "na", "name", "net", "netcam", "network",
  "no", "none", "null", "nvr", "nvt", "of", "on", "onvif", "optional", "out", "output", "p", "password", "play", "playout", "please",
  "plus", "presentation", "preview", "profile", "prog", "program", "progchn", "protocol", "ptz", "quicktime", "real", "realtime", "realm",
  "record", "recorder", "recording", "resolution", "rtp", "rtsp", "rtspserver", "s", "sd", "sdp", "security", "seq", "server", "service",
  "session", "smart", "sound", "standard", "stream", "streamed", "streamer", "streaming", "streams", "sub", "subtitle", "subtitles",
  "surveillance", "system", "tcp", "test", "text", "the", "time", "title", "to", "track", "ts", "type", "udp", "unicast", "multicast",
  "unknown", "unnamed", "untitled", "user", "username", "utc", "v", "valid", "vbr", "ver", "version", "video", "vod", "web", "webcam",
  "with", "x"
};

/* Before four numbers with points: they are a version. */
static const char *const version_words[] = {
  "version", "ver", "v", "firmware", "fw", "release", "rel", "build", "rev", "sw", "software", "revision"
};

/* Ends of host names; what ends otherwise may as well be a file's name. */
static const char *const top_domains[] = {
  "com", "net", "org", "edu", "gov", "mil", "info", "biz", "io", "local", "lan", "home", "internal", "example", "test", "invalid",
  "localdomain", "corp", "arpa", "name", "app", "dev", "cloud", "de", "fr", "uk", "us", "ca", "au", "nz", "jp", "cn", "tw", "hk", "kr",
  "ru", "br", "it", "nl", "se", "no", "dk", "fi", "pl", "cz", "at", "pt", "eu", "me", "tv", "co", "cc", "es", "ch", "be", "ie", "mx",
  "za", "tr", "gr", "hu", "ro", "ua"
};

/* Where the programs come from that write their address into streams. */
static const char *const public_hosts[] = {
  "localhost", "www.videolan.org", "videolan.org", "x265.org", "x264.org", "ffmpeg.org", "www.live555.com", "live555.com",
  "gstreamer.freedesktop.org", "github.com"
};

typedef struct {
  const char *name;
  UlMaskClass class;
} Named;

/* Names whose value is one of the class; text to the end of the field. */
static const Named named[] = {
  { "serial", UL_MASK_SERIAL }, { "serialnumber", UL_MASK_SERIAL }, { "serialno", UL_MASK_SERIAL }, { "s/n", UL_MASK_SERIAL },
  { "sn", UL_MASK_SERIAL }, { "deviceid", UL_MASK_SERIAL }, { "deviceserial", UL_MASK_SERIAL }, { "uid", UL_MASK_SERIAL },
  { "cameraid", UL_MASK_SERIAL }, { "macaddress", UL_MASK_MAC }, { "macaddr", UL_MASK_MAC }, { "mac", UL_MASK_MAC },
  { "lat", UL_MASK_GPS }, { "latitude", UL_MASK_GPS }, { "lon", UL_MASK_GPS }, { "lng", UL_MASK_GPS }, { "long", UL_MASK_GPS },
  { "longitude", UL_MASK_GPS }, { "gps", UL_MASK_GPS }, { "devicename", UL_MASK_TEXT }, { "cameraname", UL_MASK_TEXT },
  { "camname", UL_MASK_TEXT }, { "nickname", UL_MASK_TEXT }, { "friendlyname", UL_MASK_TEXT }, { "channelname", UL_MASK_TEXT },
  { "location", UL_MASK_TEXT }, { "hostname", UL_MASK_HOST }
};

static gboolean
is_one_of (const char *const *words, gsize n, const char *p, gsize len)
{
  for (gsize i = 0; i < n; i++)
    if (strlen (words[i]) == len && g_ascii_strncasecmp (words[i], p, len) == 0)
      return TRUE;
  return FALSE;
}

gboolean
ul_mask_is_plain_word (const char *word, gsize len)
{
  for (guint digits = 0; len && g_ascii_isdigit (word[len - 1]); len--)
    if (++digits > MAX_PLAIN_DIGITS)
      return FALSE; /* a telephone number, a customer's */
  return len == 0 || is_one_of (plain_words, G_N_ELEMENTS (plain_words), word, len);
}

static char
at (const UlMaskScan *s, gsize i)
{
  return i < s->n ? s->text[i] : '\0';
}

gsize
ul_mask_escape_at (const UlMaskScan *s, gsize i)
{
  return at (s, i) == '\\' && at (s, i + 1) == 'x' && g_ascii_isxdigit (at (s, i + 2)) && g_ascii_isxdigit (at (s, i + 3)) ? 4 : 0;
}

static char
before (const UlMaskScan *s, gsize i)
{
  if (i >= 4 && ul_mask_escape_at (s, i - 4))
    return '\n';
  return i ? s->text[i - 1] : '\0';
}

static gboolean
ends_word (const UlMaskScan *s, gsize i)
{
  return !g_ascii_isalnum (at (s, i));
}

static gsize
run_of (const UlMaskScan *s, gsize i, gboolean (*is_in) (char c), gsize most)
{
  gsize n = 0;

  while (n < most && i + n < s->n && is_in (s->text[i + n]))
    n++;
  return n;
}

static gboolean
is_digit (char c)
{
  return g_ascii_isdigit (c);
}

static gboolean
is_hex (char c)
{
  return g_ascii_isxdigit (c);
}

static gboolean
is_host_char (char c)
{
  return g_ascii_isalnum (c) || c == '.' || c == '-' || c == '_';
}

static gboolean
is_mail_char (char c)
{
  return g_ascii_isalnum (c) || (c && strchr ("._%+-", c));
}

static gboolean
set (UlMaskThing *t, UlMaskClass class, gsize begin, gsize len)
{
  *t = (UlMaskThing){ class, begin, len, FALSE };
  return len > 0;
}

/* --- IP addresses --------------------------------------------------------------------- */

/* Length of four octets with points, none with a leading zero; 0 if there are none. */
static gsize
quad_at (const UlMaskScan *s, gsize i, guint octets[4])
{
  gsize begin = i;

  for (guint k = 0; k < 4; k++) {
    gsize n = run_of (s, i, is_digit, 4);
    if (n < 1 || n > 3 || (n > 1 && s->text[i] == '0') || (k < 3 && at (s, i + n) != '.'))
      return 0;
    octets[k] = 0;
    for (gsize d = 0; d < n; d++)
      octets[k] = octets[k] * 10 + (guint) (s->text[i + d] - '0');
    if (octets[k] > 255)
      return 0;
    i += n + (k < 3);
  }
  return g_ascii_isalnum (at (s, i)) || (at (s, i) == '.' && g_ascii_isdigit (at (s, i + 1))) ? 0 : i - begin;
}

static gboolean
is_common_quad (const guint octets[4])
{
  return octets[0] == 0 || octets[0] == 127 || octets[0] >= 224;
}

/* "firmware 5.4.3.2", "v5.4.3.2", "Server/5.4.3.2" */
static gboolean
follows_version_word (const UlMaskScan *s, gsize i, guint first)
{
  gsize end = i;

  while (end && strchr (" /:=_-", s->text[end - 1]))
    end--;
  gsize begin = end;
  while (begin && g_ascii_isalpha (s->text[begin - 1]))
    begin--;
  if (is_one_of (version_words, G_N_ELEMENTS (version_words), s->text + begin, end - begin))
    return TRUE;
  return end + 1 == i && s->text[end] == '/' && end > begin && first < 10;
}

static gboolean
find_ipv4 (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  guint octets[4];
  /* "IN IP4192.168.1.2": the blank is left out by some. */
  gsize skip = s->n - i > 3 && strncmp (s->text + i, "IP4", 3) == 0 ? 3 : 0;

  if (g_ascii_isalnum (before (s, i)) || (before (s, i) == '.' && i > 1 && g_ascii_isalnum (s->text[i - 2]))
      || !g_ascii_isdigit (at (s, i + skip)))
    return FALSE;
  gsize len = quad_at (s, i + skip, octets);
  if (!len || is_common_quad (octets) || (!skip && (s->version || follows_version_word (s, i, octets[0]))))
    return FALSE;
  return set (t, UL_MASK_IP, i + skip, len);
}

static gboolean
is_ipv6_char (char c)
{
  return g_ascii_isxdigit (c) || c == ':' || c == '.';
}

static gboolean
find_ipv6 (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  char text[INET6_ADDRSTRLEN] = "";
  struct in6_addr a;
  gsize n = run_of (s, i, is_ipv6_char, sizeof text);

  if (g_ascii_isalnum (before (s, i)) || before (s, i) == ':' || n >= sizeof text || n < 3 || !ends_word (s, i + n))
    return FALSE;
  while (n && (s->text[i + n - 1] == '.' || (s->text[i + n - 1] == ':' && n > 1 && s->text[i + n - 2] != ':')))
    n--;
  if (!memchr (s->text + i, ':', n))
    return FALSE;
  memcpy (text, s->text + i, n);
  if (inet_pton (AF_INET6, text, &a) != 1 || IN6_IS_ADDR_UNSPECIFIED (&a) || IN6_IS_ADDR_LOOPBACK (&a) || IN6_IS_ADDR_MULTICAST (&a))
    return FALSE;
  return set (t, UL_MASK_IP, i, n);
}

/* --- MAC addresses --------------------------------------------------------------------- */

/* `groups` of `digits` hexadecimal digits with one separator between; its length or 0. */
static gsize
hex_groups_at (const UlMaskScan *s, gsize i, guint groups, guint digits)
{
  gsize end = i;
  char separator = at (s, i + digits);

  if (!separator || !strchr (digits == 2 ? ":-" : ".", separator))
    return 0;
  for (guint k = 0; k < groups; k++) {
    if (run_of (s, end, is_hex, digits + 1) != digits)
      return 0;
    end += digits;
    if (k + 1 < groups && at (s, end++) != separator)
      return 0;
  }
  return g_ascii_isalnum (at (s, end)) || (at (s, end) == separator && g_ascii_isxdigit (at (s, end + 1))) ? 0 : end - i;
}

/* All digits the same: nobody's. */
static gboolean
is_blank_mac (const char *p, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (g_ascii_isxdigit (p[i]) && g_ascii_tolower (p[i]) != g_ascii_tolower (p[0]))
      return FALSE;
  return TRUE;
}

static gboolean
find_mac (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  if (g_ascii_isalnum (before (s, i)) || before (s, i) == ':' || !g_ascii_isxdigit (at (s, i)))
    return FALSE;
  gsize len = hex_groups_at (s, i, 6, 2);
  if (!len)
    len = hex_groups_at (s, i, 3, 4);
  if (!len && before (s, i) != '-' && run_of (s, i, is_hex, 13) == 12 && ends_word (s, i + 12)) {
    guint digits = 0;
    for (gsize k = 0; k < 12; k++)
      digits += g_ascii_isdigit (s->text[i + k]);
    len = digits >= 2 && digits < 12 ? 12 : 0; /* else a number, or a word */
  }
  return len && !is_blank_mac (s->text + i, len) && set (t, UL_MASK_MAC, i, len);
}

/* --- mail and hosts ---------------------------------------------------------------------- */

/* The host at text[i]; ends neither in a point nor in a dash. */
static gsize
host_at (const UlMaskScan *s, gsize i)
{
  gsize n = run_of (s, i, is_host_char, MAX_HOST + 1);

  while (n && !g_ascii_isalnum (s->text[i + n - 1]))
    n--;
  return n <= MAX_HOST && g_ascii_isalnum (at (s, i)) ? n : 0;
}

static gboolean
has_letter (const char *p, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (g_ascii_isalpha (p[i]))
      return TRUE;
  return FALSE;
}

/* The part after the last point. */
static gsize
last_label (const char *p, gsize n)
{
  gsize len = 0;

  while (len < n && p[n - len - 1] != '.')
    len++;
  return len < n ? len : 0;
}

static gboolean
find_mail (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  if (is_mail_char (before (s, i)) || !g_ascii_isalnum (at (s, i)))
    return FALSE;
  gsize local = run_of (s, i, is_mail_char, MAX_LOCAL_PART + 1);
  if (local > MAX_LOCAL_PART || at (s, i + local) != '@')
    return FALSE;
  gsize host = host_at (s, i + local + 1), label = last_label (s->text + i + local + 1, host);
  if (label < 2 || !has_letter (s->text + i + local + 1 + host - label, label))
    return FALSE;
  return set (t, UL_MASK_MAIL, i, local + 1 + host);
}

static gboolean
is_public_host (const char *p, gsize n)
{
  return is_one_of (public_hosts, G_N_ELEMENTS (public_hosts), p, n);
}

/* The host of a URL, after its "://" at text[i]. */
static gboolean
find_url_host (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  if (s->n - i < 4 || strncmp (s->text + i, "://", 3) != 0 || !g_ascii_isalnum (before (s, i)))
    return FALSE;
  gsize begin = i + 3;
  for (gsize k = begin; k < s->n && k < begin + MAX_HOST && !g_ascii_isspace (s->text[k]) && s->text[k] != '/'; k++)
    if (s->text[k] == '@')
      begin = k + 1;
  gsize n = host_at (s, begin);
  if (!n || !has_letter (s->text + begin, n) || is_public_host (s->text + begin, n) || at (s, begin + n) == '*')
    return FALSE;
  UlMaskThing six;
  return !find_ipv6 (s, begin, &six) && set (t, UL_MASK_HOST, begin, n);
}

/* SDP: "IN IP4 name" */
static gboolean
find_sdp_host (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  UlMaskThing address;

  if (s->n - i < 8 || (strncmp (s->text + i, "IN IP4 ", 7) != 0 && strncmp (s->text + i, "IN IP6 ", 7) != 0))
    return FALSE;
  gsize begin = i + 7, n = host_at (s, begin);
  if (!n || !has_letter (s->text + begin, n) || is_public_host (s->text + begin, n)
      || find_ipv6 (s, begin, &address) || at (s, begin + n) == ':')
    return FALSE;
  return set (t, UL_MASK_HOST, begin, n);
}

static gboolean
find_domain (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  if (is_host_char (before (s, i)) || before (s, i) == '@' || !g_ascii_isalnum (at (s, i)))
    return FALSE;
  gsize n = host_at (s, i), label = last_label (s->text + i, n);
  if (!label || !is_one_of (top_domains, G_N_ELEMENTS (top_domains), s->text + i + n - label, label) || is_public_host (s->text + i, n)
      || !has_letter (s->text + i, n - label))
    return FALSE;
  return set (t, UL_MASK_HOST, i, n);
}

/* --- positions --------------------------------------------------------------------------- */

/* Length of a decimal number with its sign; `ret_decimals` digits after the point. */
static gsize
number_at (const UlMaskScan *s, gsize i, gboolean signed_only, gsize *ret_whole, gsize *ret_decimals)
{
  gsize begin = i;

  *ret_decimals = 0;
  if (at (s, i) == '+' || at (s, i) == '-')
    i++;
  else if (signed_only)
    return 0;
  *ret_whole = run_of (s, i, is_digit, 8);
  i += *ret_whole;
  if (*ret_whole && at (s, i) == '.' && g_ascii_isdigit (at (s, i + 1))) {
    *ret_decimals = run_of (s, i + 1, is_digit, 16);
    i += 1 + *ret_decimals;
  }
  return *ret_whole ? i - begin : 0;
}

/* ISO 6709: +40.6892-074.0445+10.000/ */
static gboolean
find_iso6709 (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  gsize whole, decimals, more, more_decimals;
  gsize a = g_ascii_isalnum (before (s, i)) ? 0 : number_at (s, i, TRUE, &whole, &decimals);
  gsize b = a && whole >= 2 && whole <= 6 ? number_at (s, i + a, TRUE, &more, &more_decimals) : 0;

  if (!b || more < 3 || more > 7 || (decimals < 2 && at (s, i + a + b) != '/'))
    return FALSE;
  b += number_at (s, i + a + b, TRUE, &more, &more_decimals);
  return set (t, UL_MASK_GPS, i, a + b);
}

/* 40.68920, -74.04450: two numbers alone, with four digits after the point and more. */
static gboolean
find_pair (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  gsize whole, decimals, begin = i;

  if (g_ascii_isalnum (before (s, i)) || (before (s, i) && strchr (",.+-", before (s, i))))
    return FALSE;
  for (guint k = 0; k < 2; k++) {
    gsize n = number_at (s, i, FALSE, &whole, &decimals);
    if (!n || decimals < 4 || whole > 3 || fabs (g_ascii_strtod (s->text + i, NULL)) > (k ? 180 : 90))
      return FALSE;
    i += n;
    if (k == 0 && at (s, i++) != ',')
      return FALSE;
    i += k == 0 && at (s, i) == ' ';
  }
  if (g_ascii_isalnum (at (s, i)) || (at (s, i) == ',' && at (s, i + 1) && strchr (" +-.0123456789", at (s, i + 1))))
    return FALSE;
  gboolean zero = TRUE;
  for (gsize k = begin; k < i; k++)
    zero &= !(s->text[k] >= '1' && s->text[k] <= '9');
  return !zero && set (t, UL_MASK_GPS, begin, i - begin);
}

/* 40°41'21.5"N */
static gboolean
find_degrees (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  gsize n = run_of (s, i, is_digit, 4);

  if (g_ascii_isdigit (before (s, i)) || n < 1 || n > 3)
    return FALSE;
  while (at (s, i + n) == ' ' && n < 6)
    n++;
  if (s->n - i < n + 2 || memcmp (s->text + i + n, "\xc2\xb0", 2) != 0)
    return FALSE;
  for (gsize end = i + n + 2; end < s->n && end < i + 48; end++)
    if (strchr ("NSEW", s->text[end]))
      return set (t, UL_MASK_GPS, i, end + 1 - i);
  return FALSE;
}

/* --- serial numbers, and what has its name before it ----------------------------------------- */

static gboolean
is_serial_char (char c)
{
  return g_ascii_isupper (c) || g_ascii_isdigit (c);
}

static gboolean
is_value_char (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_' || c == ':' || c == '.';
}

static guint
n_digits (const char *p, gsize n)
{
  guint digits = 0;

  for (gsize i = 0; i < n; i++)
    digits += g_ascii_isdigit (p[i]);
  return digits;
}

static gboolean
all_hex (const char *p, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isxdigit (p[i]))
      return FALSE;
  return TRUE;
}

/* 20190422T092703Z */
static gboolean
is_moment (const char *p, gsize n)
{
  return n >= 15 && p[8] == 'T' && n_digits (p, 8) == 8 && n_digits (p + 9, 6) == 6;
}

static gboolean
find_serial (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  if (g_ascii_isalnum (before (s, i)) || !is_serial_char (at (s, i)))
    return FALSE;
  gsize n = run_of (s, i, is_serial_char, MAX_SERIAL + 1);
  guint digits = n_digits (s->text + i, n);
  if (n < MIN_SERIAL || n > MAX_SERIAL || digits < 6 || digits + 2 > n
      || !ends_word (s, i + n) || all_hex (s->text + i, n) || is_moment (s->text + i, n))
    return FALSE;
  return set (t, UL_MASK_SERIAL, i, n);
}

/* Is the name there, whatever stands between its words ("Serial-Number")?  Its length, or 0. */
static gsize
name_at (const UlMaskScan *s, gsize i, const char *name)
{
  gsize begin = i;

  for (; *name; name++, i++) {
    if (i > begin && g_ascii_isalpha (*name) && at (s, i) && strchr (" -_", at (s, i)))
      i++;
    if (g_ascii_tolower (at (s, i)) != *name)
      return 0;
  }
  return ends_word (s, i) ? i - begin : 0;
}

static gboolean
take_named (const UlMaskScan *s, gsize i, UlMaskClass class, gboolean plain, UlMaskThing *t)
{
  gsize n = 0, whole, decimals;

  switch (class) {
  case UL_MASK_TEXT:
    while (n < MAX_NAMED_TEXT && i + n < s->n && !strchr (";,&\"'\r\n<>", s->text[i + n]))
      n++;
    set (t, class, i, n);
    t->words = TRUE;
    return n > 0 && !plain && !g_strstr_len (s->text + i, (gssize) n, "://");
  case UL_MASK_GPS:
    n = number_at (s, i, FALSE, &whole, &decimals);
    return decimals >= (plain ? 4 : 2) && set (t, class, i, n);
  case UL_MASK_HOST:
    n = host_at (s, i);
    return !plain && n && has_letter (s->text + i, n) && set (t, class, i, n);
  default:
    n = run_of (s, i, is_value_char, 65);
    while (n && !g_ascii_isalnum (s->text[i + n - 1]))
      n--;
    return n >= 4 && n <= 64 && n_digits (s->text + i, n) >= (plain ? 4 : 1) && set (t, class, i, n);
  }
}

static gboolean
find_named (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  if (g_ascii_isalnum (before (s, i)))
    return FALSE;
  for (gsize k = 0; k < G_N_ELEMENTS (named); k++) {
    gsize n = name_at (s, i, named[k].name);
    if (!n)
      continue;
    gsize value = i + n;
    gboolean sign = FALSE;
    while (value < s->n && value < i + n + 6 && strchr (" \t:=#\"'", s->text[value])) {
      sign |= strchr (":=#", s->text[value]) != NULL;
      value++;
    }
    if (value > i + n && take_named (s, value, named[k].class, !sign, t))
      return TRUE;
  }
  return FALSE;
}

/* The user's name in a path. */
static gboolean
find_home (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  static const char *const tops[] = { "/home/", "/Users/", "\\Users\\", "/users/", "\\users\\", "Documents and Settings\\" };

  for (gsize k = 0; k < G_N_ELEMENTS (tops); k++) {
    gsize top = strlen (tops[k]), n = 0;
    if (s->n - i <= top || strncmp (s->text + i, tops[k], top) != 0)
      continue;
    while (i + top + n < s->n && n < MAX_NAMED_TEXT && !strchr ("/\\\"';:\r\n", s->text[i + top + n]))
      n++;
    return set (t, UL_MASK_TEXT, i + top, n);
  }
  return FALSE;
}

/* A certificate says whose it is, in a coding of its own. */
static gboolean
find_certificate (const UlMaskScan *s, gsize i, UlMaskThing *t)
{
  static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END";
  gsize body = i + sizeof begin - 1;

  if (s->n - i < sizeof begin || strncmp (s->text + i, begin, sizeof begin - 1) != 0)
    return FALSE;
  const char *last = g_strstr_len (s->text + body, (gssize) (s->n - body), end);
  return set (t, UL_MASK_TEXT, body, last ? (gsize) (last - s->text) - body : s->n - body);
}

/* --- all of them -------------------------------------------------------------------------------- */

gboolean
ul_mask_thing_at (const UlMaskScan *scan, gsize i, UlMaskThing *ret_thing)
{
  static gboolean (*const finders[]) (const UlMaskScan *s, gsize i, UlMaskThing *t) = {
    find_certificate, find_url_host, find_sdp_host, find_home, find_named, find_mail, find_mac,
    find_ipv4, find_ipv6, find_domain, find_iso6709, find_pair, find_degrees, find_serial,
  };

  for (gsize k = 0; k < G_N_ELEMENTS (finders); k++)
    if (finders[k](scan, i, ret_thing))
      return TRUE;
  return FALSE;
}

gsize
ul_mask_coded_at (const UlMaskScan *scan, gsize i)
{
  static const char *const names[] = { "sprop-parameter-sets=", "sprop-vps=", "sprop-sps=", "sprop-pps=",
                                       "sprop-sei=", ";base64,", "MEDIAINFO=" };

  for (gsize k = 0; k < G_N_ELEMENTS (names); k++) {
    gsize n = strlen (names[k]);
    if (scan->n - i < n || g_ascii_strncasecmp (scan->text + i, names[k], n) != 0)
      continue;
    while (i + n < scan->n && (g_ascii_isalnum (scan->text[i + n]) || strchr ("+/=,", scan->text[i + n])))
      n++;
    return n;
  }
  return 0;
}

gboolean
ul_mask_is_whole (const char *text, UlMaskClass class)
{
  UlMaskScan scan = { text, strlen (text), FALSE, FALSE };
  UlMaskThing t;

  gboolean found = class == UL_MASK_MAC    ? find_mac (&scan, 0, &t)
                   : class == UL_MASK_MAIL ? find_mail (&scan, 0, &t)
                                           : find_ipv4 (&scan, 0, &t) || find_ipv6 (&scan, 0, &t);
  return found && t.at == 0 && t.len == scan.n;
}

gboolean
ul_mask_is_common_address (const char *text)
{
  UlMaskScan scan = { text, strlen (text), FALSE, FALSE };
  guint octets[4];
  struct in6_addr a;
  gsize n = quad_at (&scan, 0, octets);

  if (n && n == scan.n)
    return is_common_quad (octets);
  return inet_pton (AF_INET6, text, &a) == 1 && (IN6_IS_ADDR_UNSPECIFIED (&a) || IN6_IS_ADDR_LOOPBACK (&a) || IN6_IS_ADDR_MULTICAST (&a));
}
