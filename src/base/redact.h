/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one place where credentials are taken out of text.  Everything that can
 * reach an output (observation values, input names, warnings, errors) goes
 * through here when it is stored, so that no writer has to remember it.
 */
#pragma once

#include <glib.h>

/*
 * A copy of `text` in which user information of URLs (`//user:pass@`), the
 * values of Authorization and Proxy-Authorization headers, cookies, and
 * `user=`/`password=`/`pwd=`-like query parameters are replaced by `***`.
 * Bytes that are not UTF-8 are written as \xNN, control characters (but tab)
 * likewise, so that the result is valid, printable UTF-8.
 * `len` -1: NUL-terminated.  The caller owns the result.
 */
char *ul_redact (const char *text, gssize len);

/* The same for a text of several lines, which keep their ends (LF, CR LF); a folded secret is one (RFC 7230, 3.2.4). */
char *ul_redact_lines (const char *text, gsize len);
