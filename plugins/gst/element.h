/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

#define GST_TYPE_UNDERLABEL (gst_underlabel_get_type ())
G_DECLARE_FINAL_TYPE (GstUnderlabel, gst_underlabel, GST, UNDERLABEL, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (underlabel)
