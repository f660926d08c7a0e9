/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/rtsp_auth.h"

#include "rtsp/form.h"

#define MAX_CHALLENGE_BYTES 4096

struct _UlRtspAuth {
  gboolean basic;
  GChecksumType hash;
  char *algorithm; /* as the server spells it; NULL if it does not say */
  gboolean session; /* -sess */
  gboolean qop;     /* auth is offered */
  gboolean stale;
  char *realm, *nonce, *opaque;
  guint count;
};

void
ul_rtsp_auth_free (UlRtspAuth *self)
{
  if (!self)
    return;
  g_free (self->algorithm);
  g_free (self->realm);
  g_free (self->nonce);
  g_free (self->opaque);
  g_free (self);
}

gboolean
ul_rtsp_auth_is_basic (const UlRtspAuth *self)
{
  return self->basic;
}

gboolean
ul_rtsp_auth_is_stale (const UlRtspAuth *self)
{
  return self->stale;
}

static char *
dup_value (UlText challenge, const char *name)
{
  UlText value;

  return ul_form_challenge_value (challenge, name, &value) ? ul_text_dup (ul_text_trim (value)) : NULL;
}

/* RFC 7616, 3.3; what is not said is MD5. */
static gboolean
take_algorithm (UlRtspAuth *self)
{
  static const struct {
    const char *name;
    GChecksumType hash;
    gboolean session;
  } known[] = { { "MD5", G_CHECKSUM_MD5, FALSE },
                { "MD5-sess", G_CHECKSUM_MD5, TRUE },
                { "SHA-256", G_CHECKSUM_SHA256, FALSE },
                { "SHA256", G_CHECKSUM_SHA256, FALSE },
                { "SHA-256-sess", G_CHECKSUM_SHA256, TRUE } };

  self->hash = G_CHECKSUM_MD5;
  if (!self->algorithm || !self->algorithm[0])
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ascii_strcasecmp (self->algorithm, known[i].name) == 0) {
      self->hash = known[i].hash;
      self->session = known[i].session;
      return TRUE;
    }
  return FALSE;
}

/* "auth", "auth,auth-int"; auth-int alone cannot be answered. */
static gboolean
take_qop (UlRtspAuth *self, UlText challenge)
{
  UlText list, one;

  if (!ul_form_challenge_value (challenge, "qop", &list) || list.len == 0)
    return TRUE;
  while (ul_text_next_field (&list, ',', &one))
    self->qop |= ul_text_equal_ci (ul_text_trim (one), "auth");
  return self->qop;
}

static UlRtspAuth *
parse (UlText challenge)
{
  g_autoptr (UlRtspAuth) self = g_new0 (UlRtspAuth, 1);
  g_autofree char *stale = NULL;

  if (challenge.len > MAX_CHALLENGE_BYTES)
    return NULL;
  if (ul_text_starts_ci (challenge, "Basic")) {
    self->basic = TRUE;
    return g_steal_pointer (&self);
  }
  if (!ul_text_starts_ci (challenge, "Digest"))
    return NULL;
  challenge = ul_text_chug (ul_text_from (challenge, 6));
  self->realm = dup_value (challenge, "realm");
  self->nonce = dup_value (challenge, "nonce");
  self->opaque = dup_value (challenge, "opaque");
  self->algorithm = dup_value (challenge, "algorithm");
  stale = dup_value (challenge, "stale");
  self->stale = stale && g_ascii_strcasecmp (stale, "true") == 0;
  if (!self->realm || !self->nonce || !take_algorithm (self) || !take_qop (self, challenge))
    return NULL;
  return g_steal_pointer (&self);
}

static guint
strength (const UlRtspAuth *self)
{
  return !self ? 0 : self->basic ? 1 : self->hash == G_CHECKSUM_MD5 ? 2 : 3;
}

UlRtspAuth *
ul_rtsp_auth_new (const UlMessage *response)
{
  g_autoptr (UlRtspAuth) best = NULL;

  for (guint i = 0; i < response->headers->len; i++) {
    const UlHeader *h = &g_array_index (response->headers, UlHeader, i);

    if (!ul_text_equal_ci (h->name, "WWW-Authenticate"))
      continue;
    g_autoptr (UlRtspAuth) one = parse (h->value);
    if (strength (one) > strength (best)) {
      ul_rtsp_auth_free (best);
      best = g_steal_pointer (&one);
    }
  }
  return g_steal_pointer (&best);
}

char *
ul_rtsp_basic_token (const UlRtspLogin *login)
{
  g_autofree char *pair = g_strconcat (login->user, ":", login->password, NULL);

  return g_base64_encode ((const guchar *) pair, strlen (pair));
}

static char *
hash_of (GChecksumType type, const char *a, const char *b, const char *c)
{
  g_autofree char *text = c ? g_strconcat (a, ":", b, ":", c, NULL) : g_strconcat (a, ":", b, NULL);

  return g_compute_checksum_for_string (type, text, -1);
}

/* A quoted-string (RFC 2616, 2.2); control characters cannot be sent. */
static void
append_quoted (GString *out, const char *name, const char *value)
{
  g_string_append_printf (out, ", %s=\"", name);
  for (const char *p = value; *p; p++) {
    if (*p == '"' && (p == value || p[-1] != '\\'))
      g_string_append_c (out, '\\');
    if ((guchar) *p >= ' ')
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

/* RFC 2617, 3.2.2.1 to 3.2.2.3 */
static char *
digest (UlRtspAuth *self, const UlRtspLogin *login, const char *method, const char *url, const char *cnonce)
{
  g_autofree char *count = g_strdup_printf ("%08x", ++self->count);
  g_autofree char *a1 = hash_of (self->hash, login->user, self->realm, login->password);
  g_autofree char *a2 = hash_of (self->hash, method, url, NULL);
  g_autofree char *middle = self->qop ? g_strconcat (self->nonce, ":", count, ":", cnonce, ":auth", NULL) : g_strdup (self->nonce);
  GString *out = g_string_new (NULL);

  if (self->session) {
    char *session = hash_of (self->hash, a1, self->nonce, cnonce);
    g_free (a1);
    a1 = session;
  }
  g_autofree char *response = hash_of (self->hash, a1, middle, a2);
  append_quoted (out, "username", login->user);
  append_quoted (out, "realm", self->realm);
  append_quoted (out, "nonce", self->nonce);
  append_quoted (out, "uri", url);
  append_quoted (out, "response", response);
  if (self->algorithm && self->algorithm[0])
    g_string_append_printf (out, ", algorithm=%s", self->algorithm);
  if (self->opaque)
    append_quoted (out, "opaque", self->opaque);
  if (self->qop)
    g_string_append_printf (out, ", qop=auth, nc=%s", count);
  if (self->qop || self->session)
    append_quoted (out, "cnonce", cnonce);
  g_string_erase (out, 0, 2);
  g_string_prepend (out, "Digest ");
  return g_string_free (out, FALSE);
}

char *
ul_rtsp_auth_answer (UlRtspAuth *self, const UlRtspLogin *login, const char *method, const char *url, const char *cnonce)
{
  g_autofree char *random = g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());

  if (self->basic) {
    g_autofree char *token = ul_rtsp_basic_token (login);
    return g_strconcat ("Basic ", token, NULL);
  }
  return digest (self, login, method, url, cnonce ? cnonce : random);
}
