/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A report that is to be shared: what names a device, a place or a person is masked in it once it has been judged. */
#pragma once

#include "report/report_private.h"

/* Masks all that the report was given and has found; `salt` NULL: without commitments, which a warning tells. */
void ul_report_redact (UlReport *self, const guint8 *salt);
