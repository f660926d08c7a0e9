/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The custody log: custody.jsonl, a line an act, each with the SHA-256 of the line before; and
 * custody-head.json with their number and the SHA-256 of the last, which is what is signed: a chain
 * alone does not show that its end was cut off.
 */
#pragma once

#include "bundle/digest.h"

#define UL_CUSTODY_NAME "custody.jsonl"
#define UL_CUSTODY_HEAD_NAME "custody-head.json"
#define UL_CUSTODY_HEAD_SCHEMA "underlabel.custody-head/1"
#define UL_CUSTODY_MAX_BYTES (16u << 20)
#define UL_CUSTODY_MAX_LINES 65536u
#define UL_CUSTODY_SEALED "sealed"
#define UL_CUSTODY_WROTE "wrote"

/* All borrowed, NULL: left out. */
typedef struct {
  const char *action, *detail, *tool;
  const char *object_name, *object_sha256, *object_sha512;
  const char *actor, *time;  /* of acts after the sealing */
  const char *signer;        /* SHA-256 of the certificate whose key signs the head */
  const char *const *seals;  /* the members that seal what is here now */
} UlCustodyEntry;

typedef struct {
  GString *text;
  guint count;
  char *last; /* SHA-256 of the last line with its newline; 64 zeros before the first */
} UlCustodyLog;

void ul_custody_log_init (UlCustodyLog *self);
/* Goes on behind `text`, which ends with a newline. */
void ul_custody_log_init_from (UlCustodyLog *self, const char *text, gsize len);
void ul_custody_log_clear (UlCustodyLog *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UlCustodyLog, ul_custody_log_clear)
void ul_custody_log_append (UlCustodyLog *self, const UlCustodyEntry *entry);
/* Canonical JSON; owned. */
char *ul_custody_log_head (const UlCustodyLog *self);

/* --- reading: nothing is judged here, check_custody.c does ------------------------------ */

/* What a line says, NULL and -1 where it does not; all NULL if it is no line of a custody log. */
typedef struct {
  gboolean readable;
  gint64 seq;
  char *action, *object_name, *object_sha256, *previous, *signer;
  GStrv seals;
  char *sha256; /* of the line itself */
} UlCustodyLine;

/* UlCustodyLine; an unfinished last line is one that is not readable. */
GPtrArray *ul_custody_read (const char *text, gsize len);

typedef struct {
  gint64 count;
  char *last;
} UlCustodyHead;
/* FALSE if that is no head; `last` owned by the caller. */
gboolean ul_custody_head_parse (const char *text, gsize len, UlCustodyHead *ret_head);
