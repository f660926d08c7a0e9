/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  UlSourceResult result = { .streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ul_examiner_free),
                            .warnings = g_ptr_array_new_with_free_func (g_free) };
  g_autofree char *text = size ? g_memdup2 (data, size) : NULL;

  ul_transcript_read_text (text ? text : "", size, &result);
  g_ptr_array_unref (result.streams);
  g_ptr_array_unref (result.warnings);
  g_free (result.container);
  return 0;
}
