/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "library.h"

typedef struct {
  char *dir;
  UlKnowledge *knowledge;
  guint users;
} Entry;

static GMutex lock;
static GList *entries;

static UlKnowledge *
load (const char *dir, GError **error)
{
  const char *dirs[] = { dir, NULL };
  UlKnowledge *knowledge = ul_knowledge_new (dir ? dirs : NULL, error);

  if (knowledge) {
    Entry *entry = g_new (Entry, 1);
    *entry = (Entry){ g_strdup (dir), knowledge, 1 };
    entries = g_list_prepend (entries, entry);
  }
  return knowledge;
}

UlKnowledge *
ul_library_acquire (const char *dir, GError **error)
{
  UlKnowledge *found = NULL;

  g_mutex_lock (&lock);
  for (GList *l = entries; l && !found; l = l->next) {
    Entry *entry = l->data;
    if (g_strcmp0 (entry->dir, dir) == 0) {
      entry->users++;
      found = entry->knowledge;
    }
  }
  if (!found)
    found = load (dir, error);
  g_mutex_unlock (&lock);
  return found;
}

void
ul_library_release (UlKnowledge *knowledge)
{
  g_mutex_lock (&lock);
  for (GList *l = entries; knowledge && l; l = l->next) {
    Entry *entry = l->data;
    if (entry->knowledge != knowledge)
      continue;
    if (--entry->users == 0) {
      entries = g_list_delete_link (entries, l);
      ul_knowledge_unref (entry->knowledge);
      g_free (entry->dir);
      g_free (entry);
    }
    break;
  }
  g_mutex_unlock (&lock);
}
