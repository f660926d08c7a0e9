/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Was a certificate revoked when it signed?  By revocation lists (RFC 5280, 5) and OCSP
 * responses (RFC 6960) that lie in files; nobody is asked.
 *
 * X509_V_FLAG_CRL_CHECK is not used: it takes one list, the best at the time of the
 * check, and what was revoked is mostly told by lists that were made after the recording.
 */
#pragma once

#include "signing/trust_private.h"

typedef struct {
  gboolean checked; /* one speaks of the leaf, and of the time when it signed */
  gboolean revoked; /* of one of the certificates, when it signed or before */
  char *told;       /* of a revocation, a clause for people; NULL: none */
} UlRevocation;

/* `chain` (X509): leaf first, the trusted one last. `time`: when the leaf signed, Unix seconds, -1: not known. */
void ul_revocation_check (UlRevocation *self, const UlTrust *trust, const GPtrArray *chain, gint64 time);
