/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include "element.h"
#include "extension.h"

#define PACKAGE "underlabel"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (underlabel, plugin) & GST_ELEMENT_REGISTER (underlabelrtsp, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, underlabel, "Who really made a camera, from the video it sends", plugin_init,
                   UL_VERSION, "LGPL", "underlabel", "underlabel")
