/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlAhead: several cameras asked at the same time, each in a thread of its own,
 * while their reports are printed in the order of the command line.  Finished
 * results wait, but never more than a few a job.
 */
#pragma once

#include "source/source.h"

#define UL_MAX_JOBS 256

typedef struct _UlAhead UlAhead;

/* Asks those of `inputs` (borrowed, like `options`) that are cameras, `jobs` at a time. */
UlAhead *ul_ahead_new (const char *const *inputs, const UlSourceOptions *options, guint jobs);
/* Cameras that were not taken are still waited for. */
void ul_ahead_free (UlAhead *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlAhead, ul_ahead_free)

/* What ul_source_read() gives for this input, which must be the next camera in the list. */
UlSourceResult *ul_ahead_take (UlAhead *self, GError **error);
