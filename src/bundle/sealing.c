/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle/sealing.h"

#include "bundle/cms.h"
#include "bundle/timestamp.h"

gboolean
ul_sealing_init (UlSealing *self, const UlBundleSeal *seal, GError **error)
{
  static const UlBundleSeal none = { 0 };
  const char *why = NULL;

  self->seal = seal ? seal : &none;
  if (!self->seal->key != !self->seal->cert)
    why = "a key and its certificate come together";
  else if (self->seal->password_file && !self->seal->key)
    why = "a password without a key";
  else if (self->seal->tsa_ca && !self->seal->tsa)
    why = "certificates for a time stamp, and no address of an authority";
  if (why)
    g_set_error (error, UL_BUNDLE_ERROR, UL_BUNDLE_ERROR_USAGE, "%s", why);
  if (!why && self->seal->key)
    self->signer = ul_signer_load (self->seal->key, self->seal->cert, self->seal->password_file, error);
  return !why && (!self->seal->key || self->signer);
}

void
ul_sealing_clear (UlSealing *self)
{
  g_clear_pointer (&self->signer, ul_signer_free);
}

static const UlPart *
add (UlParts *parts, const UlPart *of, const char *suffix, GBytes *seal)
{
  g_autoptr (GBytes) owned = seal;
  g_autofree char *name = g_strconcat (of->name, suffix, NULL);

  return owned ? ul_parts_add (parts, name, owned) : NULL;
}

const UlPart *
ul_sealing_sign (const UlSealing *self, UlParts *parts, const UlPart *part, GError **error)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (part->data, &len);

  return add (parts, part, UL_BUNDLE_SIGNATURE, ul_seal_make (self->signer, data, len, error));
}

const UlPart *
ul_sealing_stamp (const UlSealing *self, UlParts *parts, const UlPart *part, GError **error)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (part->data, &len);

  return add (parts, part, UL_BUNDLE_TIMESTAMP, ul_timestamp_ask (self->seal->tsa, self->seal->tsa_ca, data, len, error));
}
