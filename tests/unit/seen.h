/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a test asks of evidence. */
#pragma once

#include <string.h>

#include "evidence/observation.h"

static inline gboolean
has (const UlEvidence *evidence, UlKey key, const char *value)
{
  for (guint i = 0; i < ul_evidence_n (evidence); i++) {
    const UlObservation *o = ul_evidence_get (evidence, i);
    if (o->key == key && g_str_equal (o->value, value))
      return TRUE;
  }
  return FALSE;
}

static inline gboolean
warned (const UlEvidence *evidence, const char *words)
{
  for (guint i = 0; i < ul_evidence_n_warnings (evidence); i++)
    if (strstr (ul_evidence_get_warning (evidence, i), words))
      return TRUE;
  return FALSE;
}

/* Observations with their counts and the warnings, a line each; `places`: and where they stand. */
static inline char *
dump (const UlEvidence *e, gboolean places)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < ul_evidence_n (e); i++) {
    const UlObservation *o = ul_evidence_get (e, i);
    g_string_append_printf (out, "%s x%" G_GUINT64_FORMAT " %s", ul_key_name (o->key), o->count, o->value);
    if (places)
      g_string_append_printf (out, " %" G_GINT64_FORMAT "+%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, o->first.offset, o->first.length,
                              o->last.offset);
    g_string_append_c (out, '\n');
  }
  for (guint i = 0; i < ul_evidence_n_warnings (e); i++)
    g_string_append_printf (out, "warning %s\n", ul_evidence_get_warning (e, i));
  return g_string_free (out, FALSE);
}
