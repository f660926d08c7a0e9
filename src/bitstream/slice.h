/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A coded slice's header in the terms of UlShape, read with the sets in force. */
#pragma once

#include "bitstream/params.h"
#include "bitstream/shape.h"

void ul_slice_read (UlCodec codec, const UlNal *nal, const UlParams *params, UlShapeSlice *ret_slice);
