/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoder profiles of inputs, for the commands that compare and keep them. */
#pragma once

#include "knowledge/encoder.h"
#include "report/json_writer.h"
#include "source/source.h"

/* UlEncoderProfile by stream, NULL where a stream has no parameter sets; empty after complaining, `ret_exit` worse. */
GPtrArray *ul_cli_profiles (const char *path, int *ret_exit);
/* Members of an open object: codec and the parts that are known. */
void ul_cli_write_profile (UlJson *j, const UlEncoderProfile *profile);
