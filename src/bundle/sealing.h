/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seals as parts of a bundle. */
#pragma once

#include "bundle/bundle.h"
#include "bundle/key.h"
#include "bundle/parts.h"

typedef struct {
  const UlBundleSeal *seal; /* never NULL */
  UlSigner *signer;         /* NULL: nothing is signed */
} UlSealing;

/* Reads the key, before anything is written; `seal` may be NULL. */
gboolean ul_sealing_init (UlSealing *self, const UlBundleSeal *seal, GError **error);
void ul_sealing_clear (UlSealing *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlSealing, ul_sealing_clear)
/* NAME.p7s and NAME.tsr of a part in memory. */
const UlPart *ul_sealing_sign (const UlSealing *self, UlParts *parts, const UlPart *part, GError **error);
const UlPart *ul_sealing_stamp (const UlSealing *self, UlParts *parts, const UlPart *part, GError **error);
