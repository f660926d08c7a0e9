/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Masks: lines as the values of keys, as names and realms, then the whole of them until nothing new is found. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/redact.h"
#include "evidence/masking.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = ul_redact ((const char *) data, (gssize) MIN (size, 8192));
  g_auto (GStrv) lines = g_strsplit (text, "\\x0a", 16);
  const guint8 salt[UL_MASK_SALT_BYTES] = { 0 };
  g_autoptr (UlMask) mask = ul_mask_new (salt);

  for (guint i = 0; lines[i]; i++) {
    UlKey key = (UlKey) ((i + size) % UL_N_KEYS);
    g_autofree char *source = ul_mask_source (mask, lines[i]), *version = ul_mask_version (mask, lines[i]);
    g_autofree char *value = ul_evidence_mask_value (mask, key, lines[i]), *words = ul_mask_words (mask, lines[i]);
    g_autofree char *realm = ul_mask_realm (mask, lines[i]), *hex = ul_mask_hex (mask, lines[i], i % 2);
    g_assert (g_utf8_validate (source, -1, NULL) && g_utf8_validate (version, -1, NULL) && g_utf8_validate (value, -1, NULL));
    g_assert (g_utf8_validate (words, -1, NULL) && g_utf8_validate (realm, -1, NULL) && g_utf8_validate (hex, -1, NULL));
  }
  guint n = 0;
  for (guint pass = 0; pass < 8 && (pass == 0 || n < ul_mask_n (mask)); pass++) {
    n = ul_mask_n (mask);
    g_autofree char *masked = ul_mask_text (mask, text);
    g_assert (g_utf8_validate (masked, -1, NULL));
  }
  for (guint i = 0; i < n; i++)
    g_assert (strlen (ul_mask_get_commitment (mask, i)) == 64);
  return 0;
}
