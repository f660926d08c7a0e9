/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signing/authenticity.h"

const char *
ul_authenticity_verdict_name (UlAuthenticityVerdict verdict)
{
  static const char *const names[] = { "unsigned", "present", "ok", "ok-with-missing", "not-ok" };

  return names[verdict];
}

const char *
ul_gop_state_name (UlGopState state)
{
  static const char *const names[UL_N_GOP_STATES] = { "ok", "missing", "not-ok", "unsigned", "not-judgeable" };

  return names[state];
}

const char *
ul_change_kind_name (UlChangeKind kind)
{
  static const char *const names[] = { "changed", "added", "moved" };

  return names[kind];
}

const char *
ul_signing_format_name (UlSigningFormat format)
{
  static const char *const names[] = { NULL, "axis-signed-video", "onvif-media-signing" };

  return names[format];
}

void
ul_signer_identity_clear (UlSignerIdentity *self)
{
  g_clear_pointer (&self->key, ul_signing_key_unref);
  for (guint i = 0; i < self->n_chains; i++)
    g_clear_pointer (&self->chains[i].pem, g_bytes_unref);
  g_clear_pointer (&self->attestation, g_bytes_unref);
  g_clear_pointer (&self->serial, g_free);
  self->n_chains = 0;
}

void
ul_signer_identity_copy (UlSignerIdentity *self, const UlSignerIdentity *from)
{
  *self = *from;
  self->key = from->key ? ul_signing_key_ref (from->key) : NULL;
  for (guint i = 0; i < from->n_chains; i++)
    self->chains[i].pem = g_bytes_ref (from->chains[i].pem);
  self->attestation = from->attestation ? g_bytes_ref (from->attestation) : NULL;
  self->serial = g_strdup (from->serial);
}

void
ul_authenticity_free (UlAuthenticity *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->stretches, g_ptr_array_unref);
  ul_signed_product_clear (&self->product);
  ul_signer_identity_clear (&self->identity);
  g_free (self->strip);
  g_free (self);
}
