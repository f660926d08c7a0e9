/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoder profiles of inputs, for the commands that compare and keep them. */
#pragma once

#include "knowledge/encoder.h"
#include "base/json_writer.h"
#include "source/source.h"

/* NULL after complaining, `ret_exit` worse. */
UlSourceResult *ul_cli_read (const char *path, const UlSourceOptions *options, int *ret_exit);

/* The input's first stream that has parameter sets, with what it was read from. */
typedef struct {
  UlSourceResult *result;
  UlEncoderProfile *profile;
  const UlEvidence *evidence; /* of result */
} UlCliCoded;

/* FALSE after complaining, `ret_exit` worse. */
gboolean ul_cli_read_coded (const char *path, gboolean deep, UlCliCoded *ret_coded, int *ret_exit);
void ul_cli_coded_clear (UlCliCoded *coded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlCliCoded, ul_cli_coded_clear)

/* UlEncoderProfile by stream, NULL where a stream has no parameter sets; empty after complaining, `ret_exit` worse. */
GPtrArray *ul_cli_profiles (const char *path, int *ret_exit);
/* Members of an open object: codec and the parts that are known. */
void ul_cli_write_profile (UlJson *j, const UlEncoderProfile *profile);
