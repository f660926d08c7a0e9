/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet capture of any content, as `inspect` reads it. */
#include <stdint.h>

#include "source/packets.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const UlSourceOptions options = { .no_hash = TRUE };
  UlSourceResult *result;
  FILE *file;

  if (size == 0)
    return 0;
  file = fmemopen ((void *) data, size, "rb");
  if (!file)
    return 0;
  result = g_new0 (UlSourceResult, 1);
  result->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_examiner_free);
  result->warnings = g_ptr_array_new_with_free_func (g_free);
  ul_packets_read_file (file, "fuzz", &options, size, result, NULL);
  ul_source_result_free (result);
  return 0;
}
