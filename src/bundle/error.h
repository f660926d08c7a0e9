/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the bundle room: their codes are the program's exit codes. */
#pragma once

#include <gio/gio.h>

#define UL_BUNDLE_ERROR (ul_bundle_error_quark ())
GQuark ul_bundle_error_quark (void);

typedef enum {
  UL_BUNDLE_ERROR_USAGE = 64,
  UL_BUNDLE_ERROR_BAD_INPUT = 65, /* no bundle; a key, certificate or member that cannot be taken */
  UL_BUNDLE_ERROR_NO_INPUT = 66,
  UL_BUNDLE_ERROR_NETWORK = 69,
  UL_BUNDLE_ERROR_INTERNAL = 70,
  UL_BUNDLE_ERROR_OUTPUT = 73
} UlBundleError;
