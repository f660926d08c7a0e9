/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlMask: what names a device, a place or a person, taken out of text that is to be
 * shared.  In its place stands a token, "[ip 2]": the number counts the different values
 * of its class in the order of their first appearance, equal values have equal tokens.
 * What was masked once is masked wherever it stands again, in letters of either case,
 * in a URL's %XX, in hexadecimal.
 *
 * Credentials are another matter: they never get as far as here (redact.h).
 *
 * A commitment lets a holder of the input, and nobody else, show what a token stands for:
 * SHA-256 over the salt, the class's word, a line feed and the value as it is compared
 * (MAC addresses as 12 hexadecimal digits; MAC and IP addresses, hosts and mail in lower case).
 */
#pragma once

#include <glib.h>

#define UL_MASK_SALT_BYTES 32
/* What the salt is a SHA-256 over, before the input's bytes. */
#define UL_MASK_SALT_PREFIX "underlabel mask\n"

typedef enum {
  UL_MASK_SERIAL,
  UL_MASK_IP,
  UL_MASK_MAC,
  UL_MASK_HOST,
  UL_MASK_GPS,
  UL_MASK_MAIL,
  UL_MASK_TEXT,
  UL_N_MASK_CLASSES
} UlMaskClass;
/* "serial", "ip", "mac", "host", "gps", "mail", "text" */
const char *ul_mask_class_name (UlMaskClass class);

typedef struct _UlMask UlMask;

/* `salt` of UL_MASK_SALT_BYTES; NULL: there will be no commitments. */
UlMask *ul_mask_new (const guint8 *salt);
void ul_mask_free (UlMask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlMask, ul_mask_free)

/* Does the public know this word or text: a maker's name, a program's? It is no secret then. */
typedef gboolean (*UlMaskPublicFunc) (const char *text, gpointer user_data);
void ul_mask_set_public (UlMask *self, UlMaskPublicFunc is_public, gpointer user_data);

/* A version that looks like an address is none, wherever it stands. */
void ul_mask_add_version (UlMask *self, const char *version);

/* All of these return text that the caller owns. */

/* Masks what is found inside by its form, and what was masked before. */
char *ul_mask_text (UlMask *self, const char *text);
/* The same, where four numbers with points are a version. */
char *ul_mask_version (UlMask *self, const char *text);
/* What was masked before, and nothing else: of parameters and of forms. */
char *ul_mask_known (UlMask *self, const char *text);
/* Masks it whole, whatever it looks like; what is empty or has neither letter nor digit stays. */
char *ul_mask_value (UlMask *self, UlMaskClass class, const char *value);
/* Free text: whole, unless all its words are those of any stream ("Media Server V3.4") or public. */
char *ul_mask_words (UlMask *self, const char *text);
/* A realm: its words with digits are serial numbers; what is left is free text. */
char *ul_mask_realm (UlMask *self, const char *text);
/* Numbers and bytes in hexadecimal: readable runs in them.  `private_data`: one with digits may be a serial number by itself. */
char *ul_mask_hex (UlMask *self, const char *text, gboolean private_data);
/* Name of an input: a path becomes a token and the end of its name, of a URL the parts are masked. */
char *ul_mask_source (UlMask *self, const char *source);

/* Different values of a class that were masked so far. */
guint ul_mask_count (const UlMask *self, UlMaskClass class);
/* All of them, in the order of their appearance. */
guint ul_mask_n (const UlMask *self);
/* Borrowed. */
const char *ul_mask_get_token (const UlMask *self, guint i);
/* 64 hexadecimal digits; NULL without salt. Borrowed. */
const char *ul_mask_get_commitment (const UlMask *self, guint i);
