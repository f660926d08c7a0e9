/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/onvif.h"

#include <curl/curl.h>
#include <libxml/parser.h>
#include <string.h>
#include <sys/random.h>

#include "base/redact.h"
#include "source/rtsp_url.h"
#include "source/source.h"

#define NONCE_BYTES 16
#define MAX_NODES 4096 /* looked at in an answer */
#define SOAP12_NS "http://www.w3.org/2003/05/soap-envelope"
#define SOAP11_NS "http://schemas.xmlsoap.org/soap/envelope/"
#define DEVICE_NS "http://www.onvif.org/ver10/device/wsdl"
#define SCHEMA_NS "http://www.onvif.org/ver10/schema"
#define WSSE_NS "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define WSU_NS "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define PASSWORD_DIGEST "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
#define BASE64_BINARY "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

void
ul_onvif_claim_free (UlOnvifClaim *self)
{
  if (!self)
    return;
  g_free (self->manufacturer);
  g_free (self->model);
  g_free (self->firmware);
  g_free (self->serial);
  g_free (self->hardware_id);
  g_free (self);
}

char *
ul_onvif_default_url (const char *rtsp_url)
{
  g_autoptr (UlRtspUrl) url = ul_rtsp_url_is (rtsp_url) ? ul_rtsp_url_parse (rtsp_url, NULL) : NULL;

  if (!url)
    return NULL;
  return g_strdup_printf (strchr (url->host, ':') ? "http://[%s]/onvif/device_service" : "http://%s/onvif/device_service", url->host);
}

/* --- XML ----------------------------------------------------------------------------------- */

static gboolean
is_element (const xmlNode *node, const char *ns, const char *name)
{
  return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href && g_str_equal ((const char *) node->ns->href, ns)
         && g_str_equal ((const char *) node->name, name);
}

/* The next element of that name behind `node` in document order, inside `top`. */
static const xmlNode *
find (const xmlNode *top, const char *ns, const char *name)
{
  const xmlNode *node = top;

  for (guint n = 0; node && n < MAX_NODES; n++) {
    if (node != top && is_element (node, ns, name))
      return node;
    if (node->type == XML_ELEMENT_NODE && node->children) {
      node = node->children;
      continue;
    }
    while (node && node != top && !node->next)
      node = node->parent;
    if (node == top)
      return NULL;
    node = node ? node->next : NULL;
  }
  return NULL;
}

/* Its text, blanks at both ends taken off; entity references are left out.  NULL if empty. */
static char *
dup_text (const xmlNode *element)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (const xmlNode *node = element ? element->children : NULL; node; node = node->next)
    if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content)
      g_string_append_len (text, (const char *) node->content,
                           (gssize) MIN (strlen ((const char *) node->content), UL_ONVIF_MAX_TEXT_BYTES));
  g_string_truncate (text, MIN (text->len, UL_ONVIF_MAX_TEXT_BYTES));
  g_strstrip (text->str);
  return *text->str ? ul_redact (text->str, -1) : NULL;
}

static const xmlNode *
find_soap (const xmlNode *top, const char *name)
{
  const xmlNode *node = find (top, SOAP12_NS, name);

  return node ? node : find (top, SOAP11_NS, name);
}

/* A SOAP fault's own words (SOAP 1.2 part 1, 5.4; SOAP 1.1, 4.4). */
static char *
dup_fault (const xmlNode *body)
{
  const xmlNode *fault = find_soap (body, "Fault");
  const xmlNode *text = fault ? find (fault, SOAP12_NS, "Text") : NULL;

  if (!fault)
    return NULL;
  for (const xmlNode *child = fault->children; child && !text; child = child->next)
    if (child->type == XML_ELEMENT_NODE && g_str_equal ((const char *) child->name, "faultstring"))
      text = child;
  char *reason = dup_text (text);
  return reason ? reason : g_strdup ("a fault without a reason");
}

/* No network, no entities, no document type: a SOAP message has none (SOAP 1.2 part 1, 5). */
static xmlDoc *
parse_document (const char *xml, gsize len)
{
  xmlParserCtxt *context = xmlNewParserCtxt ();
  xmlDoc *doc = NULL;

  if (context && len <= UL_ONVIF_MAX_ANSWER_BYTES)
    doc = xmlCtxtReadMemory (context, xml, (int) len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
  if (context)
    xmlFreeParserCtxt (context);
  if (doc && (doc->intSubset || doc->extSubset || !xmlDocGetRootElement (doc)))
    g_clear_pointer (&doc, xmlFreeDoc);
  return doc;
}

static UlOnvifClaim *
claim_from (const xmlNode *response)
{
  UlOnvifClaim *claim = g_new0 (UlOnvifClaim, 1);
  const struct {
    const char *name;
    char **text;
  } members[] = { { "Manufacturer", &claim->manufacturer }, { "Model", &claim->model },           { "FirmwareVersion", &claim->firmware },
                  { "SerialNumber", &claim->serial },       { "HardwareId", &claim->hardware_id } };

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    *members[i].text = dup_text (find (response, DEVICE_NS, members[i].name));
  return claim;
}

UlOnvifClaim *
ul_onvif_parse (const char *xml, gsize len, GError **error)
{
  xmlDoc *doc = parse_document (xml, len);
  const xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;
  const xmlNode *body = root && (is_element (root, SOAP12_NS, "Envelope") || is_element (root, SOAP11_NS, "Envelope")) ? find_soap (root, "Body")
                                                                                                                         : NULL;
  const xmlNode *response = body ? find (body, DEVICE_NS, "GetDeviceInformationResponse") : NULL;
  g_autofree char *fault = body ? dup_fault (body) : NULL;
  UlOnvifClaim *claim = NULL;

  if (response)
    claim = claim_from (response);
  else if (fault)
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NETWORK, "the device refuses: %s", fault);
  else
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NETWORK, doc ? "the answer is no GetDeviceInformationResponse" : "the answer is no XML of a SOAP message");
  if (doc)
    xmlFreeDoc (doc);
  if (claim && !claim->manufacturer && !claim->model) {
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NETWORK, "the answer names neither manufacturer nor model");
    g_clear_pointer (&claim, ul_onvif_claim_free);
  }
  return claim;
}

static gboolean
take_number (const xmlNode *top, const char *name, int *ret_number)
{
  g_autofree char *text = dup_text (find (top, SCHEMA_NS, name));
  guint64 number;

  if (!text || !g_ascii_string_to_unsigned (text, 10, 0, 9999, &number, NULL))
    return FALSE;
  *ret_number = (int) number;
  return TRUE;
}

/* UTCDateTime of a GetSystemDateAndTimeResponse; NULL if it is none. */
static GDateTime *
parse_device_time (const char *xml, gsize len)
{
  xmlDoc *doc = parse_document (xml, len);
  const xmlNode *utc = doc ? find (xmlDocGetRootElement (doc), SCHEMA_NS, "UTCDateTime") : NULL;
  int year, month, day, hour, minute, second;
  GDateTime *time = NULL;

  if (utc && take_number (utc, "Year", &year) && take_number (utc, "Month", &month) && take_number (utc, "Day", &day)
      && take_number (utc, "Hour", &hour) && take_number (utc, "Minute", &minute) && take_number (utc, "Second", &second))
    time = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (doc)
    xmlFreeDoc (doc);
  return time;
}

/* --- requests --------------------------------------------------------------------------------- */

/* Base64 (SHA-1 (nonce + created + password)): UsernameToken Profile 1.0, 3.1. */
static char *
password_digest (const guint8 *nonce, const char *created, const char *password)
{
  g_autoptr (GChecksum) sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize len = sizeof digest;

  g_checksum_update (sha1, nonce, NONCE_BYTES);
  g_checksum_update (sha1, (const guchar *) created, -1);
  g_checksum_update (sha1, (const guchar *) password, -1);
  g_checksum_get_digest (sha1, digest, &len);
  return g_base64_encode (digest, len);
}

static gboolean
has_login (const UlOnvifOptions *o)
{
  return o->username && o->password;
}

/* The SOAP header of a login; empty without one. */
static char *
security_header (const UlOnvifOptions *o, GDateTime *device_time)
{
  guint8 nonce[NONCE_BYTES];

  if (!has_login (o) || getrandom (nonce, sizeof nonce, 0) != sizeof nonce)
    return g_strdup ("");
  g_autoptr (GDateTime) now = device_time ? g_date_time_ref (device_time) : g_date_time_new_now_utc ();
  g_autofree char *created = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *digest = password_digest (nonce, created, o->password);
  g_autofree char *nonce_text = g_base64_encode (nonce, sizeof nonce);
  g_autofree char *user = g_markup_escape_text (o->username, -1);
  return g_strdup_printf ("<s:Header><w:Security s:mustUnderstand=\"1\" xmlns:w=\"" WSSE_NS "\" xmlns:u=\"" WSU_NS "\"><w:UsernameToken>"
                          "<w:Username>%s</w:Username><w:Password Type=\"" PASSWORD_DIGEST "\">%s</w:Password>"
                          "<w:Nonce EncodingType=\"" BASE64_BINARY "\">%s</w:Nonce><u:Created>%s</u:Created>"
                          "</w:UsernameToken></w:Security></s:Header>",
                          user, digest, nonce_text, created);
}

static char *
envelope (const char *header, const char *operation)
{
  return g_strdup_printf ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope xmlns:s=\"" SOAP12_NS "\">%s"
                          "<s:Body><%s xmlns=\"" DEVICE_NS "\"/></s:Body></s:Envelope>",
                          header, operation);
}

static size_t
take_bytes (char *data, size_t size, size_t n, void *user_data)
{
  GString *answer = user_data;

  if (n * size > UL_ONVIF_MAX_ANSWER_BYTES - answer->len)
    return 0; /* ends the transfer */
  g_string_append_len (answer, data, (gssize) (n * size));
  return n * size;
}

static void
set_options (CURL *curl, const UlOnvifOptions *o, GString *answer, char *message)
{
  long ms = (long) ((o->timeout > 0 ? o->timeout : UL_ONVIF_TIMEOUT_SECONDS) * 1000);

  curl_easy_setopt (curl, CURLOPT_URL, o->url);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (curl, CURLOPT_PROXY, ""); /* a camera is asked itself */
  curl_easy_setopt (curl, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT_MS, ms);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, 2 * ms);
  curl_easy_setopt (curl, CURLOPT_MAXFILESIZE, (long) UL_ONVIF_MAX_ANSWER_BYTES);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYPEER, o->tls_verify ? 1L : 0L);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYHOST, o->tls_verify ? 2L : 0L);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, "underlabel/" UL_VERSION);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, answer);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, message);
}

static void
set_network_error (GError **error, const char *url, const char *message)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", url, message);
  g_autofree char *clean = ul_redact (text, -1);

  g_set_error_literal (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NETWORK, clean);
}

/* One SOAP request; FALSE where there was no answer. */
static gboolean
post (const UlOnvifOptions *o, const char *body, gboolean http_digest, GString *answer, long *ret_status, GError **error)
{
  CURL *curl = curl_easy_init ();
  char message[CURL_ERROR_SIZE] = "";
  struct curl_slist *headers = curl_slist_append (NULL, "Content-Type: application/soap+xml; charset=utf-8");

  g_string_truncate (answer, 0);
  set_options (curl, o, answer, message);
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (curl, CURLOPT_POSTFIELDS, body);
  if (http_digest) {
    curl_easy_setopt (curl, CURLOPT_HTTPAUTH, (long) CURLAUTH_DIGEST);
    curl_easy_setopt (curl, CURLOPT_USERNAME, o->username);
    curl_easy_setopt (curl, CURLOPT_PASSWORD, o->password);
  }
  CURLcode code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, ret_status);
  if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
    set_network_error (error, o->url, "the answer is longer than 256 KiB");
  else if (code != CURLE_OK)
    set_network_error (error, o->url, *message ? message : curl_easy_strerror (code));
  curl_slist_free_all (headers);
  curl_easy_cleanup (curl);
  return code == CURLE_OK;
}

/* A clock that is wrong refuses a right login: the token is made in the device's time. */
static GDateTime *
ask_time (const UlOnvifOptions *o)
{
  g_autofree char *body = envelope ("", "GetSystemDateAndTime");
  g_autoptr (GString) answer = g_string_new (NULL);
  long status;

  return post (o, body, FALSE, answer, &status, NULL) ? parse_device_time (answer->str, answer->len) : NULL;
}

static UlOnvifClaim *
take_answer (const UlOnvifOptions *o, const GString *answer, long status, GError **error)
{
  g_autoptr (GError) local = NULL;
  UlOnvifClaim *claim = ul_onvif_parse (answer->str, answer->len, &local);

  if (claim)
    return claim;
  if (status == 401)
    set_network_error (error, o->url, has_login (o) ? "the login is refused" : "asks for a login");
  else if (status >= 300 && status < 400)
    set_network_error (error, o->url, "redirects, which is not followed");
  else if (status >= 400 && !g_str_has_prefix (local->message, "the device")) {
    g_autofree char *text = g_strdup_printf ("HTTP status %ld", status);
    set_network_error (error, o->url, text);
  } else
    set_network_error (error, o->url, local->message);
  return NULL;
}

static UlOnvifClaim *
ask (const UlOnvifOptions *options, GError **error)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (GDateTime) device_time = NULL;
  long status = 0;

  if (curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    set_network_error (error, options->url, "libcurl cannot be used");
    return NULL;
  }
  if (has_login (options))
    device_time = ask_time (options);
  g_autofree char *header = security_header (options, device_time);
  g_autofree char *body = envelope (header, "GetDeviceInformation");
  if (!post (options, body, FALSE, answer, &status, error))
    return NULL;
  if (status == 401 && has_login (options) && !post (options, body, TRUE, answer, &status, error))
    return NULL;
  return take_answer (options, answer, status, error);
}

/* User information in the URL is a login, and the one for this device; libcurl would send it as it is. */
UlOnvifClaim *
ul_onvif_ask (const UlOnvifOptions *options, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (options->url, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, NULL);
  const char *scheme = uri ? g_uri_get_scheme (uri) : "";
  UlOnvifOptions clean = *options;

  if (!uri || !g_uri_get_host (uri) || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))) {
    g_autofree char *text = ul_redact (options->url, -1);
    g_set_error (error, UL_SOURCE_ERROR, UL_SOURCE_ERROR_NETWORK, "%s: no http:// or https:// URL", text);
    return NULL;
  }
  g_autofree char *url = g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO | G_URI_HIDE_FRAGMENT);
  clean.url = url;
  if (g_uri_get_user (uri) && *g_uri_get_user (uri)) {
    clean.username = g_uri_get_user (uri);
    clean.password = g_uri_get_password (uri) ? g_uri_get_password (uri) : options->password;
  }
  return ask (&clean, error);
}
