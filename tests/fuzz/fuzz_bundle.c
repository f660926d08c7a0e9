/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that says it is a bundle: the container, then every check. */
#include <stddef.h>
#include <stdint.h>

#include "bundle/check.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const UlZipLimits limits = { 64, 1 << 20, 4 << 20, 200 };
  const UlBundleQuestion question = { 0 };
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (UlZipReader) reader = ul_zip_reader_new_bytes (bytes, &limits, NULL);
  g_autoptr (UlBundleVerification) v = reader ? ul_bundle_verify (reader, &question, NULL) : NULL;

  for (guint i = 0; v && i < v->faults->len; i++) {
    const UlBundleFault *fault = g_ptr_array_index (v->faults, i);
    if (!g_utf8_validate (fault->member, -1, NULL) || !g_utf8_validate (fault->says, -1, NULL))
      g_error ("a fault is not UTF-8");
  }
  /* Backwards: each member is sought from the front again. */
  for (guint i = reader ? ul_zip_reader_names (reader)->len : 0; i-- > 0;) {
    g_autoptr (GBytes) one = ul_zip_reader_get (reader, g_ptr_array_index (ul_zip_reader_names (reader), i), 1 << 20, NULL);
    if (one && g_bytes_get_size (one) > limits.max_member_bytes)
      g_error ("more than is allowed");
  }
  return 0;
}
