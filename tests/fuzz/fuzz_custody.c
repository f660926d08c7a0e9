/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is inside a bundle, without the container: the first byte says what it is. */
#include <openssl/obj_mac.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bundle/custody.h"
#include "bundle/manifest.h"
#include "bundle/timestamp.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What was read is written as the same bytes. */
static void
manifest (const char *text, size_t size)
{
  g_autoptr (UlManifest) m = ul_manifest_parse (text, size);
  g_autofree char *again = m && m->tool_version && m->knowledge ? ul_manifest_to_json (m) : NULL;
  g_autoptr (UlManifest) once_more = again ? ul_manifest_parse (again, strlen (again)) : NULL;

  if (again && (!once_more || once_more->members->len != m->members->len))
    g_error ("a manifest that was read cannot be read again");
}

static void
custody (const char *text, size_t size)
{
  g_autoptr (GPtrArray) lines = ul_custody_read (text, size);
  UlCustodyHead head = { 0 };

  for (guint i = 0; i < lines->len; i++)
    if (strlen (((UlCustodyLine *) g_ptr_array_index (lines, i))->sha256) != 64)
      g_error ("a line without its sum");
  ul_custody_head_parse (text, size, &head);
  g_free (head.last);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint8 content[] = "x";

  if (size < 1)
    return 0;
  g_autofree guint8 *copy = g_memdup2 (data + 1, size - 1);
  const char *text = copy ? (const char *) copy : "";
  if (data[0] % 4 == 0)
    manifest (text, size - 1);
  else if (data[0] % 4 == 1)
    custody (text, size - 1);
  else if (data[0] % 4 == 2)
    ul_seal_free (ul_seal_read ((const guint8 *) text, size - 1, content, 1, NID_pkcs7_data));
  else
    ul_timestamp_free (ul_timestamp_read ((const guint8 *) text, size - 1, content, 1));
  return 0;
}
