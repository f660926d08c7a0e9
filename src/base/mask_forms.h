/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be masked, known by its form: between mask.c and mask_forms.c. */
#pragma once

#include "base/mask.h"

typedef struct {
  const char *text;
  gsize n;
  gboolean version; /* four numbers with points are one */
  gboolean coded;   /* nothing is known by its form here */
} UlMaskScan;

/* text[at], `len` bytes of it */
typedef struct {
  UlMaskClass class;
  gsize at, len;
  gboolean words; /* mask it only if it is no text of any stream's */
} UlMaskThing;

/* Something that begins at text[i] or has its name there; FALSE if there is nothing. */
gboolean ul_mask_thing_at (const UlMaskScan *scan, gsize i, UlMaskThing *ret_thing);
/* Bytes at text[i] that are coded parameters, no text. */
gsize ul_mask_coded_at (const UlMaskScan *scan, gsize i);
/* Length of "\x0d", a byte that redact.h made visible; 0 if there is none at text[i]. */
gsize ul_mask_escape_at (const UlMaskScan *scan, gsize i);
/* A word of any stream's texts: "media", "Server", "Channel1", "V3". */
gboolean ul_mask_is_plain_word (const char *word, gsize len);
/* Has it the form of one of the class as a whole? */
gboolean ul_mask_is_whole (const char *text, UlMaskClass class);
/* An IP address that says nothing of a place: 0.0.0.0, loopback, multicast. */
gboolean ul_mask_is_common_address (const char *text);
