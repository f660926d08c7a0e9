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
/* The headline with the first stretch that is not ok, in one line, owned by the caller; NULL for a stream without signatures. */
char *ul_authenticity_dup_sentence (const UlReportStream *stream);
/* The first of this state, or NULL. */
const UlStretch *ul_authenticity_first_stretch (const UlAuthenticity *authenticity, UlGopState state);
/* A section "Signature" with all of it. */
void ul_authenticity_write_text (UlText *t, const UlReport *self, const UlReportStream *stream);
