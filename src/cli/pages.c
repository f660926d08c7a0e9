/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/pages.h"

#include <string.h>

#include "cli/outputs.h"
#include "source/source.h"

static gssize
read_excerpt (guint64 offset, guint8 *buffer, gsize len, gpointer user_data)
{
  return ul_input_pread (user_data, buffer, len, offset);
}

char *
ul_pages_make (const char *path, const UlReport *report)
{
  g_autoptr (UlInput) input = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? ul_input_open (path, NULL) : NULL;

  return ul_report_to_html (report, input ? read_excerpt : NULL, input);
}

gboolean
ul_pages_check (const char *where, const char *const *inputs, gboolean json)
{
  gboolean many = inputs[1] || g_file_test (inputs[0], G_FILE_TEST_IS_DIR);

  if (where && g_str_equal (where, "-") && json) {
    ul_cli_complain ("--html=- and JSON cannot both go to standard output");
    return FALSE;
  }
  if (!where || !many || g_file_test (where, G_FILE_TEST_IS_DIR))
    return TRUE;
  ul_cli_complain ("--html: several inputs need a folder that is there, and '%s' is none", where);
  return FALSE;
}

/* In a folder by the input's name, whatever it is. */
static char *
file_for (const char *where, const char *path)
{
  if (!g_file_test (where, G_FILE_TEST_IS_DIR))
    return g_strdup (where);
  const char *at = strrchr (path, '@');
  g_autofree char *safe = g_strdup (strstr (path, "://") && at ? at + 1 : path);
  g_strcanon (safe, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-", '-');
  const char *name = safe + strspn (safe, ".-");
  g_autofree char *file = g_strconcat (*name ? name : "input", ".html", NULL);
  return g_build_filename (where, file, NULL);
}

int
ul_pages_write (const char *where, const char *path, const UlReport *report)
{
  g_autofree char *page = ul_pages_make (path, report), *file = file_for (where, path);

  return ul_cli_write_document (file, page, UL_EXIT_OK);
}
