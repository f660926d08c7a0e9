/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands before the element: asked of the pads themselves, once a caps. */
#pragma once

#include <gst/gst.h>

#include "underlabel.h"

typedef struct {
  UlFedBy fed_by;    /* depayloaders, parsers and demuxers on the way */
  char *dialogue_id; /* owned, NULL if no caps on the way have one */
} UlUpstream;

/* Walks from a sink pad to the sources, a bounded way. */
void ul_upstream_look (GstPad *sink, UlUpstream *ret_upstream);
void ul_upstream_clear (UlUpstream *upstream);
