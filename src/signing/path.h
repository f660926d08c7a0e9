/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the certificates that came with a stream up to a trusted one (RFC 5280, 6). */
#pragma once

#include "signing/trust_private.h"

typedef struct {
  UlKeyTrust trust;
  char *reason;     /* NULL where it is TRUSTED */
  GPtrArray *chain; /* X509, leaf first; up to the trusted one where that was found, else what came */
} UlPath;

/* `sent` (X509, at least one): leaf first. `time`: when it signed, Unix seconds, -1: not known. */
UlPath *ul_path_new (GPtrArray *sent, const UlTrust *trust, gint64 time);
void ul_path_free (UlPath *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlPath, ul_path_free)
