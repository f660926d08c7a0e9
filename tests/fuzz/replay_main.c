/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target over stored inputs without a fuzzing engine. */
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint
replay (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autofree char *bytes = NULL;
  gsize len;
  guint n = 0;

  if (dir) {
    const char *name;
    while ((name = g_dir_read_name (dir))) {
      g_autofree char *child = g_build_filename (path, name, NULL);
      n += replay (child);
    }
  } else if (g_file_get_contents (path, &bytes, &len, NULL)) {
    LLVMFuzzerTestOneInput ((const uint8_t *) bytes, len);
    n = 1;
  }
  return n;
}

int
main (int argc, char **argv)
{
  guint n = 0;

  LLVMFuzzerTestOneInput ((const uint8_t *) "", 0);
  for (int i = 1; i < argc; i++)
    n += replay (argv[i]);
  g_print ("%u stored inputs replayed\n", n);
  return 0;
}
