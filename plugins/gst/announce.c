/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announce.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

char *
ul_announce_signature (const UlReport *report)
{
  static const char *const subjects[] = { "maker", "platform", "software", "recorder", "path" };
  g_autoptr (GString) text = g_string_new (ul_report_label_finding (report));
  g_autofree char *hits = ul_report_dup_hits (report);

  for (gsize i = 0; i < G_N_ELEMENTS (subjects); i++) {
    UlReportAnswer a;
    ul_report_get_answer (report, subjects[i], &a);
    g_string_append_printf (text, "\n%s %s", a.id, a.support);
  }
  UlReportAuthenticity authenticity;
  ul_report_get_authenticity (report, &authenticity);
  g_string_append_printf (text, "\n%s %s\n%s", authenticity.verdict, authenticity.key, hits ? hits : "");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

GstStructure *
ul_announce_structure (const UlReport *report, const char *name, const char *stream_id, const char *json)
{
  UlReportAnswer maker, platform, software, path, restricted;

  ul_report_get_answer (report, "maker", &maker);
  ul_report_get_answer (report, "platform", &platform);
  ul_report_get_answer (report, "software", &software);
  ul_report_get_answer (report, "path", &path);
  ul_report_get_answer (report, "restricted", &restricted);
  GstStructure *s = gst_structure_new (name, "stream-id", G_TYPE_STRING, stream_id, "maker", G_TYPE_STRING, maker.id, "maker-name", G_TYPE_STRING,
                                       maker.name, "support", G_TYPE_STRING, maker.support, "log10-lr", G_TYPE_DOUBLE, maker.log10_lr,
                                       "platform", G_TYPE_STRING, platform.id, "software", G_TYPE_STRING, software.id, "path", G_TYPE_STRING,
                                       path.id, "label-finding", G_TYPE_STRING, ul_report_label_finding (report), "restricted-log10-lr",
                                       G_TYPE_DOUBLE, restricted.log10_lr, NULL);
  if (json)
    gst_structure_set (s, "report", G_TYPE_STRING, json, NULL);
  return s;
}

GstStructure *
ul_announce_authenticity (const UlReportAuthenticity *a, const char *stream_id)
{
  return gst_structure_new (UL_AUTHENTICITY_NAME, "stream-id", G_TYPE_STRING, stream_id, "verdict", G_TYPE_STRING, a->verdict, "key",
                            G_TYPE_STRING, a->key, "why", G_TYPE_STRING, a->why, "gops-ok", G_TYPE_UINT64, a->gops_ok, "gops-missing",
                            G_TYPE_UINT64, a->gops_missing, "gops-not-ok", G_TYPE_UINT64, a->gops_not_ok, "gops-unsigned", G_TYPE_UINT64,
                            a->gops_unsigned, "gops-not-judgeable", G_TYPE_UINT64, a->gops_not_judgeable, NULL);
}

static gboolean
is_strong (const UlReportAnswer *answer)
{
  return g_str_equal (answer->support, "strong") || g_str_has_suffix (answer->support, "-strong");
}

GstTagList *
ul_announce_tags (const UlReport *report)
{
  GstTagList *tags = gst_tag_list_new_empty ();
  UlReportAnswer a;

  ul_report_get_answer (report, "maker", &a);
  if (is_strong (&a) && !g_str_equal (a.id, "unknown") && !g_str_equal (a.support, "moderately-strong"))
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_DEVICE_MANUFACTURER, a.name, NULL);
  ul_report_get_answer (report, "platform", &a);
  if (is_strong (&a) && !g_str_equal (a.id, "unknown") && !g_str_equal (a.support, "moderately-strong"))
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_ENCODER, a.name, NULL);
  if (gst_tag_list_is_empty (tags))
    g_clear_pointer (&tags, gst_tag_list_unref);
  return tags;
}

gboolean
ul_announce_write (const char *path, const char *text, GError **error)
{
  g_autofree char *part = g_strdup_printf ("%s.%08x.part", path, g_random_int ());

  /* No wait for the disk: a rename is enough for readers, and the stream must not stand still. */
  if (!g_file_set_contents_full (part, text, (gssize) strlen (text), G_FILE_SET_CONTENTS_NONE, 0644, error))
    return FALSE;
  if (g_rename (part, path) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
  g_unlink (part);
  return FALSE;
}
