/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A report as GStreamer passes it on. */
#pragma once

#include <gst/gst.h>

#include "underlabel.h"

#define UL_MESSAGE_NAME "underlabel/report"
#define UL_AUTHENTICITY_NAME "underlabel/authenticity"
#define UL_EVENT_NAME "underlabel/answers"

/* The answers alone, to tell whether they changed; owned by the caller. */
char *ul_announce_signature (const UlReport *report);
/*
 * A structure with the frozen fields stream-id, maker, maker-name, support,
 * log10-lr, platform, software, path, label-finding, restricted-log10-lr, and
 * `report` if `json` is given.
 */
GstStructure *ul_announce_structure (const UlReport *report, const char *name, const char *stream_id, const char *json);
/* stream-id, verdict, key, why (may be NULL), gops-ok, -missing, -not-ok, -unsigned, -not-judgeable */
GstStructure *ul_announce_authenticity (const UlReportAuthenticity *authenticity, const char *stream_id);
/* Tags of what is supported strongly, NULL if nothing is. */
GstTagList *ul_announce_tags (const UlReport *report);
/* Readers of `path` see the old text or the new one, never a part. */
gboolean ul_announce_write (const char *path, const char *text, GError **error);
