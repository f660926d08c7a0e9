/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of a report that tells what the signatures in the pictures say. */
#pragma once

#include "base/json_writer.h"
#include "report/report_private.h"
#include "report/text_writer.h"

/* The member "authenticity"; `strip` adds one character a NAL unit. */
void ul_authenticity_write_json (UlJson *j, const UlReport *self, const UlReportStream *stream, gboolean strip);
/* The headline alone: "VALID. …"; nothing for a stream without signatures. */
void ul_authenticity_write_headline (UlText *t, const UlReportStream *stream);
/* A section "Signature" with all of it. */
void ul_authenticity_write_text (UlText *t, const UlReport *self, const UlReportStream *stream);
