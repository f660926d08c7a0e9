/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/redaction.h"

#include <string.h>

#include "evidence/masking.h"

#define MAX_PASSES 4 /* what one finds another may have passed by */
#define WORD_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ -"

UlMask *
ul_report_mask (const UlReport *self)
{
  return self->mask;
}

/* --- what the public knows ---------------------------------------------------------------- */

/* Names of makers, brands and programs, and texts that a rule spells out. */
static gboolean
is_public (const char *text, gpointer user_data)
{
  static const UlNameList lists[] = { UL_NAME_PLATFORM, UL_NAME_SOFTWARE };
  const UlReport *self = user_data;
  const UlMakers *makers = ul_knowledge_makers (self->knowledge);

  if (strlen (text) < 3)
    return FALSE;
  if (ul_rules_spell (ul_knowledge_rules (self->knowledge), text))
    return TRUE;
  /* Of several words the registry passes some over. */
  if (strspn (text, WORD_LETTERS) == strlen (text) && ul_makers_relations (makers, text))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (ul_makers_resolve_name (makers, lists[i], text))
      return TRUE;
  return FALSE;
}

/* --- the parts ------------------------------------------------------------------------------ */

typedef char *(*MaskFunc) (UlMask *mask, const char *text);

static void
mask_in_place (UlMask *mask, char **text, MaskFunc func)
{
  if (!*text)
    return;
  char *masked = func (mask, *text);
  g_free (*text);
  *text = masked;
}

static char *
mask_serial (UlMask *mask, const char *text)
{
  return ul_mask_value (mask, UL_MASK_SERIAL, text);
}

static void
mask_certificates (UlMask *mask, GPtrArray *certificates)
{
  for (guint i = 0; certificates && i < certificates->len; i++) {
    UlKeyCertificate *c = g_ptr_array_index (certificates, i);
    /* The signer's own names the device; those above it, who vouches. */
    mask_in_place (mask, &c->subject, i == 0 ? ul_evidence_mask_name : ul_mask_text);
    mask_in_place (mask, &c->issuer, ul_mask_text);
  }
}

static void
mask_key (UlMask *mask, UlKeyJudgement *key)
{
  mask_in_place (mask, &key->chip_serial, mask_serial);
  mask_certificates (mask, key->certificates);
  mask_in_place (mask, &key->reason, ul_mask_text);
  if (g_strcmp0 (key->root_origin, "built-in") != 0)
    mask_in_place (mask, &key->root_origin, ul_mask_source);
}

static void
mask_authenticity (UlMask *mask, UlReportStream *s)
{
  const struct {
    char **text;
    MaskFunc func;
  } rows[] = { { &s->authenticity->product.serial, mask_serial },
               { &s->authenticity->product.manufacturer, ul_mask_text },
               { &s->authenticity->product.hardware, ul_mask_version },
               { &s->authenticity->product.firmware, ul_mask_version },
               { &s->authenticity->product.address, ul_mask_text } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    mask_in_place (mask, rows[i].text, rows[i].func);
  for (guint i = 0; i < s->authenticity->stretches->len; i++)
    mask_in_place (mask, &((UlStretch *) g_ptr_array_index (s->authenticity->stretches, i))->why, ul_mask_text);
  if (s->key)
    mask_key (mask, s->key);
}

static void
mask_streams (UlReport *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    UlReportStream *s = g_ptr_array_index (self->streams, i);
    UlEvidence *masked = ul_evidence_masked (s->evidence, self->mask);

    ul_evidence_free (s->evidence);
    s->evidence = masked;
    mask_in_place (self->mask, &s->codec, ul_mask_text);
    if (s->authenticity)
      mask_authenticity (self->mask, s);
  }
}

/* What is masked at the end may stand at the beginning, where its form did not tell: it is looked for before anything is replaced. */
static void
learn (UlReport *self)
{
  g_autofree char *source = self->source ? ul_mask_source (self->mask, self->source) : NULL;

  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    ul_evidence_free (ul_evidence_masked (s->evidence, self->mask));
    if (!s->authenticity)
      continue;
    g_autofree char *serial = s->authenticity->product.serial ? mask_serial (self->mask, s->authenticity->product.serial) : NULL;
    g_autofree char *chip = s->key && s->key->chip_serial ? mask_serial (self->mask, s->key->chip_serial) : NULL;
    const GPtrArray *certificates = s->key ? s->key->certificates : NULL;
    const UlKeyCertificate *own = certificates && certificates->len ? g_ptr_array_index (certificates, 0) : NULL;
    g_autofree char *subject = own ? ul_evidence_mask_name (self->mask, own->subject) : NULL;
  }
  for (guint i = 0; i < self->warnings->len; i++)
    g_free (ul_mask_text (self->mask, g_ptr_array_index (self->warnings, i)));
}

/* Who says what a version is: the signer and the device. */
static void
learn_versions (UlReport *self)
{
  const char *of_device[] = { self->claim_firmware, self->claim_model };

  for (gsize i = 0; i < G_N_ELEMENTS (of_device); i++)
    if (of_device[i])
      ul_mask_add_version (self->mask, of_device[i]);
  for (guint i = 0; i < self->streams->len; i++) {
    const UlReportStream *s = g_ptr_array_index (self->streams, i);
    if (s->authenticity && s->authenticity->product.firmware)
      ul_mask_add_version (self->mask, s->authenticity->product.firmware);
  }
}

void
ul_report_redact (UlReport *self, const guint8 *salt)
{
  self->mask = ul_mask_new (salt);
  self->has_commitments = salt != NULL;
  ul_mask_set_public (self->mask, is_public, self);
  learn_versions (self);
  guint n = 0;
  for (guint pass = 0; pass == 0 || (n < ul_mask_n (self->mask) && pass < MAX_PASSES); pass++) {
    n = ul_mask_n (self->mask);
    learn (self);
  }
  mask_in_place (self->mask, &self->source, ul_mask_source);
  mask_streams (self);
  mask_in_place (self->mask, &self->claim_model, ul_mask_version);
  mask_in_place (self->mask, &self->claim_firmware, ul_mask_version);
  for (guint i = 0; i < self->warnings->len; i++)
    mask_in_place (self->mask, (char **) &g_ptr_array_index (self->warnings, i), ul_mask_text);
  if (!salt)
    g_ptr_array_add (self->warnings, g_strdup ("what is masked has no commitments: the input's bytes are not there to be read again"));
  for (UlMaskClass c = 0; c < UL_N_MASK_CLASSES; c++)
    self->n_masked[c] = ul_mask_count (self->mask, c);
  self->n_tokens = ul_mask_n (self->mask);
}
