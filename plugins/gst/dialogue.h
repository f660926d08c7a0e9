/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RTSP dialogues on their way from the extension, which has no place in the
 * pipeline, to the element, which has: a process-wide table under random ids.
 * An id travels in the caps of rtspsrc's pads (x-underlabel-evidence-id).
 *
 * Kept are responses and session descriptions, in bounded number and size;
 * requests, which hold credentials, are not.  User names and passwords in URLs are
 * taken out where the examiner writes a text down.
 */
#pragma once

#include <gst/gst.h>

#define UL_DIALOGUE_ID_FIELD "x-underlabel-evidence-id"

typedef struct _UlGstDialogue UlGstDialogue;

typedef enum {
  UL_DIALOGUE_HEAD, /* start line and headers as the library printed them again */
  UL_DIALOGUE_BODY, /* a session description as it was sent */
  UL_DIALOGUE_SDP   /* a session description as the library printed it again */
} UlDialogueKind;

/* A new dialogue, in the table until ul_gst_dialogue_close(). Owned by the caller. */
UlGstDialogue *ul_gst_dialogue_open (void);
/* Takes it out of the table and drops the caller's reference. */
void ul_gst_dialogue_close (UlGstDialogue *self);
/* A reference, or NULL if the table has no such id. */
UlGstDialogue *ul_gst_dialogue_find (const char *id);
void ul_gst_dialogue_unref (UlGstDialogue *self);
const char *ul_gst_dialogue_id (const UlGstDialogue *self);

void ul_gst_dialogue_add (UlGstDialogue *self, UlDialogueKind kind, const char *text, gsize len);
/* How many pieces there are; cheap. */
guint ul_gst_dialogue_n (UlGstDialogue *self);
/* A copy of the piece `i`, owned by the caller. */
char *ul_gst_dialogue_dup (UlGstDialogue *self, guint i, UlDialogueKind *ret_kind, gsize *ret_len);
