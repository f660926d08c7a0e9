/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * underlabelrtsp: an RTSP extension (GstRTSPExtension) that listens to rtspsrc's
 * dialogue.  rtspsrc makes one instance of each extension of rank marginal or
 * above and keeps it outside the pipeline, without bus or state; this one has
 * rank none until somebody asks for it.
 */
#pragma once

#include <gst/gst.h>

#define GST_TYPE_UNDERLABEL_RTSP (gst_underlabel_rtsp_get_type ())
G_DECLARE_FINAL_TYPE (GstUnderlabelRtsp, gst_underlabel_rtsp, GST, UNDERLABEL_RTSP, GstElement)

GST_ELEMENT_REGISTER_DECLARE (underlabelrtsp)
