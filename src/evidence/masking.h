/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evidence that is to be shared: which key's values hold a serial number, a place, somebody's words. */
#pragma once

#include "base/mask.h"
#include "evidence/observation.h"

/* One value as it may be shared; owned by the caller. */
char *ul_evidence_mask_value (UlMask *mask, UlKey key, const char *value);
/* A distinguished name, "C=CN, O=…, CN=…"; owned by the caller. */
char *ul_evidence_mask_name (UlMask *mask, const char *name);
/* A copy, values and warnings masked; its observations have the places of those of `self`. */
UlEvidence *ul_evidence_masked (const UlEvidence *self, UlMask *mask);
