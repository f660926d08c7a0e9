/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evidence/masking.h"

#include <string.h>

/* --- names and values -------------------------------------------------------------------- */

typedef enum { AS_TEXT, AS_WORDS, AS_SERIAL, AS_GPS, AS_HOST, AS_KNOWN } As;

typedef struct {
  const char *part; /* of the name, lower case */
  As as;
} NameRow;

/* The first row whose part the name has. */
static As
as_of_name (const NameRow *rows, gsize n_rows, const char *name, gsize len, As otherwise)
{
  g_autofree char *lower = g_ascii_strdown (name, (gssize) len);

  for (gsize i = 0; i < n_rows; i++)
    if (strstr (lower, rows[i].part))
      return rows[i].as;
  return otherwise;
}

static char *
mask_as (UlMask *mask, As as, const char *value)
{
  switch (as) {
  case AS_WORDS:
    return ul_mask_words (mask, value);
  case AS_SERIAL:
    return ul_mask_value (mask, UL_MASK_SERIAL, value);
  case AS_GPS:
    return ul_mask_value (mask, UL_MASK_GPS, value);
  case AS_HOST:
    return ul_mask_value (mask, UL_MASK_HOST, value);
  case AS_KNOWN:
    return ul_mask_known (mask, value);
  default:
    return ul_mask_text (mask, value);
  }
}

/* `name` up to `value`, which is masked. */
static char *
with_name (UlMask *mask, const char *name, const char *value, As as)
{
  g_autofree char *head = g_strndup (name, (gsize) (value - name));
  g_autofree char *masked_head = ul_mask_text (mask, head), *masked = mask_as (mask, as, value);

  return g_strconcat (masked_head, masked, NULL);
}

/* "name: value"; what a header or an attribute is called says what is in it. */
static char *
mask_line (UlMask *mask, const char *line)
{
  static const NameRow rows[] = {
    { "fmtp", AS_KNOWN }, { "rtpmap", AS_KNOWN }, { "media_header", AS_KNOWN }, { "transform", AS_KNOWN }, { "serial", AS_SERIAL },
    { "uid", AS_SERIAL }, { "mac-addr", AS_SERIAL }, { "macaddr", AS_SERIAL }, { "gps", AS_GPS }, { "latitude", AS_GPS },
    { "longitude", AS_GPS }, { "host", AS_HOST }, { "x-qt-text", AS_WORDS }, { "name", AS_WORDS }, { "title", AS_WORDS },
    { "label", AS_WORDS }, { "descr", AS_WORDS }, { "comment", AS_WORDS }, { "owner", AS_WORDS }, { "plgroup", AS_WORDS },
    { "place", AS_WORDS },
  };
  const char *colon = strchr (line, ':');

  if (!colon)
    return ul_mask_text (mask, line);
  As as = as_of_name (rows, G_N_ELEMENTS (rows), line, (gsize) (colon - line), AS_TEXT);
  const char *value = colon + 1;
  while (*value == ' ')
    value++;
  return with_name (mask, line, value, as);
}

/* "name value" of a container; a name that is not in the table is somebody's words. */
static char *
mask_tag (UlMask *mask, const char *tag)
{
  static const NameRow rows[] = {
    { "\xc2\xa9xyz", AS_GPS }, { "location.accuracy", AS_TEXT }, { "location", AS_GPS }, { "loci", AS_GPS },      { "gps", AS_GPS },
    { "latitude", AS_GPS },    { "longitude", AS_GPS },          { "serial", AS_SERIAL }, { "lens", AS_SERIAL },  { "came", AS_SERIAL },
    { "muid", AS_SERIAL },     { "deviceid", AS_SERIAL },        { "device_id", AS_SERIAL }, { "date", AS_TEXT },  { "creation", AS_TEXT },
    { "duration", AS_TEXT },   { "brand", AS_TEXT },             { "minor_version", AS_TEXT }, { "doctype", AS_TEXT }, { "codec", AS_TEXT },
    { "capture.fps", AS_TEXT }, { "descriptors", AS_TEXT },      { "system_header", AS_TEXT }, { "quicktime.spatial", AS_TEXT },
  };
  const char *blank = strchr (tag, ' ');

  if (!blank)
    return ul_mask_text (mask, tag);
  As as = as_of_name (rows, G_N_ELEMENTS (rows), tag, (gsize) (blank - tag), AS_WORDS);
  return with_name (mask, tag, blank + 1, as);
}

/* o=: what stands before the five last fields is the user. */
static char *
mask_origin (UlMask *mask, const char *value)
{
  const char *net = strstr (value, " IN ");
  const char *end = net ? net : value + strlen (value);

  for (guint fields = 0; fields < 2 && end > value; fields++) {
    while (end > value && end[-1] == ' ')
      end--;
    while (end > value && end[-1] != ' ')
      end--;
  }
  while (end > value && end[-1] == ' ')
    end--;
  g_autofree char *user = g_strndup (value, (gsize) (end - value));
  g_autofree char *masked_user = strspn (user, "-0123456789 ") == strlen (user) ? g_strdup (user) : ul_mask_words (mask, user);
  g_autofree char *rest = ul_mask_text (mask, end);
  return g_strconcat (masked_user, rest, NULL);
}

char *
ul_evidence_mask_name (UlMask *mask, const char *name)
{
  static const NameRow rows[] = {
    { "serialnumber", AS_SERIAL }, { "uid", AS_SERIAL }, { "emailaddress", AS_WORDS }, { "cn", AS_WORDS }, { "st", AS_WORDS },
    { "street", AS_WORDS }, { "gn", AS_WORDS }, { "sn", AS_WORDS }, { "ou", AS_WORDS }, { "o", AS_WORDS }, { "dc", AS_WORDS },
    { "l", AS_WORDS },
  };
  g_auto (GStrv) parts = g_strsplit (name, ", ", -1);

  for (char **part = parts; *part; part++) {
    const char *sign = strchr (*part, '=');
    As as = AS_TEXT;

    for (gsize i = 0; sign && i < G_N_ELEMENTS (rows); i++)
      if (g_ascii_strncasecmp (*part, rows[i].part, strlen (rows[i].part)) == 0 && (*part)[strlen (rows[i].part)] == '=')
        as = rows[i].as;
    char *masked = sign ? with_name (mask, *part, sign + 1, as) : ul_mask_text (mask, *part);
    g_free (*part);
    *part = masked;
  }
  return g_strjoinv (", ", parts);
}

static char *
mask_cname (UlMask *mask, const char *value)
{
  return g_str_equal (value, "none") ? g_strdup (value) : ul_mask_value (mask, UL_MASK_HOST, value);
}

static char *
mask_email (UlMask *mask, const char *value)
{
  return g_ascii_strcasecmp (value, "none") == 0 ? g_strdup (value) : ul_mask_value (mask, UL_MASK_MAIL, value);
}

static char *
mask_bytes (UlMask *mask, const char *value)
{
  return ul_mask_hex (mask, value, FALSE);
}

static char *
mask_private_bytes (UlMask *mask, const char *value)
{
  return ul_mask_hex (mask, value, TRUE);
}

static char *
keep (UlMask *mask, const char *value)
{
  return g_strdup (value);
}

/* --- the table --------------------------------------------------------------------------------- */

typedef char *(*MaskFunc) (UlMask *mask, const char *value);

/* Keys whose value is more, or less, than text in which things are found by their form. */
static const MaskFunc key_rows[UL_N_KEYS] = {
  [UL_KEY_RTSP_HEADER] = mask_line,
  [UL_KEY_RTSP_HEADER_NAME] = ul_mask_known,
  [UL_KEY_RTSP_HEADER_ORDER] = ul_mask_known,
  [UL_KEY_RTSP_REALM] = ul_mask_realm,
  [UL_KEY_RTSP_REALM_SHAPE] = ul_mask_known,
  [UL_KEY_RTSP_NONCE_SHAPE] = ul_mask_known,
  [UL_KEY_RTSP_CHALLENGE_FORM] = ul_mask_known,
  [UL_KEY_RTSP_SESSION_FORM] = ul_mask_known,
  [UL_KEY_RTSP_DATE_FORM] = ul_mask_known,
  [UL_KEY_RTSP_TRANSPORT_FORM] = ul_mask_known,
  [UL_KEY_RTSP_RTP_INFO_FORM] = ul_mask_known,
  [UL_KEY_SDP_ORIGIN] = mask_origin,
  [UL_KEY_SDP_ORIGIN_FORM] = ul_mask_known,
  [UL_KEY_SDP_LINE_ORDER] = ul_mask_known,
  [UL_KEY_SDP_ATTRIBUTE_ORDER] = ul_mask_known,
  [UL_KEY_SDP_MEDIA_ORDER] = ul_mask_known,
  [UL_KEY_SDP_FMTP] = ul_mask_known,
  [UL_KEY_SDP_FMTP_FORM] = ul_mask_known,
  [UL_KEY_SDP_RTPMAP] = ul_mask_known,
  [UL_KEY_SDP_SESSION_NAME] = ul_mask_words,
  [UL_KEY_SDP_INFO] = ul_mask_words,
  [UL_KEY_SDP_EMAIL] = mask_email,
  [UL_KEY_SDP_ATTRIBUTE] = mask_line,
  [UL_KEY_SDP_MEDIAINFO] = mask_bytes,
  [UL_KEY_NAL_AFTER_STOP_BIT] = mask_bytes,
  [UL_KEY_SEI_PAYLOAD] = mask_private_bytes,
  [UL_KEY_SEI_T35] = mask_private_bytes,
  [UL_KEY_SEI_MDPM] = mask_private_bytes,
  [UL_KEY_SEI_UUID] = keep,
  [UL_KEY_RTP_SDES_CNAME] = mask_cname,
  [UL_KEY_TLS_SUBJECT] = ul_evidence_mask_name,
  [UL_KEY_TLS_ISSUER] = ul_evidence_mask_name,
  [UL_KEY_TLS_FINGERPRINT] = keep,
  [UL_KEY_TLS_KEY] = keep,
  [UL_KEY_CONTAINER_HEAD] = mask_bytes,
  [UL_KEY_CONTAINER_MEDIAINFO] = mask_bytes,
  [UL_KEY_CONTAINER_PSM_DESCRIPTOR] = mask_bytes,
  [UL_KEY_CONTAINER_UUID_BOX] = keep,
  [UL_KEY_CONTAINER_TAG] = mask_tag,
};

/* Numbers and coded parameters: nothing in them was written by a person. */
static gboolean
is_coded (UlKey key)
{
  UlLayer layer = ul_key_layer (key);

  return layer == UL_LAYER_NAL || layer == UL_LAYER_PARAMS || layer == UL_LAYER_SHAPE || layer == UL_LAYER_SIGNATURE;
}

char *
ul_evidence_mask_value (UlMask *mask, UlKey key, const char *value)
{
  if (key_rows[key])
    return key_rows[key](mask, value);
  return is_coded (key) ? g_strdup (value) : ul_mask_text (mask, value);
}

static char *
mask_observation (UlKey key, const char *value, gpointer user_data)
{
  return ul_evidence_mask_value (user_data, key, value);
}

static char *
mask_warning (const char *warning, gpointer user_data)
{
  return ul_mask_text (user_data, warning);
}

UlEvidence *
ul_evidence_masked (const UlEvidence *self, UlMask *mask)
{
  return ul_evidence_rewrite (self, mask_observation, mask_warning, mask);
}
