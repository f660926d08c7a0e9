/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Knowledge is large and the same for most elements of a process: those in use at the same time share it. */
#pragma once

#include "underlabel.h"

/* Of the built-in knowledge and `dir` (may be NULL). Free with ul_library_release(). */
UlKnowledge *ul_library_acquire (const char *dir, GError **error);
void ul_library_release (UlKnowledge *knowledge);
