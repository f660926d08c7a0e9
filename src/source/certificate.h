/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Marks of the certificate that a server shows (RFC 5280, 4.1): subject and
 * issuer in their order, kind and size of the key, the digest of the whole.
 * A maker that puts one certificate into all its devices shows here.
 */
#pragma once

#include "evidence/observation.h"

/* DER. A certificate that cannot be read is a warning. */
void ul_certificate_examine (UlEvidence *evidence, const guint8 *der, gsize len);
