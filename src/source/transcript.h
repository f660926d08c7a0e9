/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the transcript_*.c files: text goes through three stages.
 *
 *   physical line   transcript.c        escapes, hex dumps, colours
 *   cleaned line    transcript_line.c   log prefixes, quotes, indentation
 *   piece           transcript_piece.c  a message, an SDP, parameter sets; which camera it is of
 *
 * Memory is bounded: one piece at a time (UL_PIECE_BYTES), one hex dump
 * (UL_DUMP_BYTES), so many cameras (UL_MAX_CAMERAS).
 */
#pragma once

#include "rtsp/message.h"
#include "rtsp/sdp.h"
#include "source/source.h"

#define UL_TRANSCRIPT_BYTES (1024u * 1024 * 1024)   /* of a text */
#define UL_TRANSCRIPT_LINE_BYTES (2u * 1024 * 1024) /* of a line */
#define UL_TRANSCRIPT_UTF16_BYTES (8u * 1024 * 1024) /* of a text in UTF-16, which is converted whole */
#define UL_PIECE_BYTES (1024u * 1024)
#define UL_DUMP_BYTES (4u * 1024 * 1024)
#define UL_MAX_CAMERAS 256

typedef struct _UlTranscript UlTranscript;

/* --- transcript.c ----------------------------------------------------------- */

/* Text of many lines that come out of one physical line, number `line`. */
void ul_transcript_text (UlTranscript *self, UlText text, gint64 line);

/* --- transcript_line.c ------------------------------------------------------- */

typedef struct {
  UlText text;
  gint64 number; /* -1: not known */
  UlProvenance provenance;
  gboolean noise; /* a log line that says nothing of a message */
} UlCleanLine;

/* What a line says once its log prefix, quote or indentation is off.  `scratch`
 * holds the text where the line had to be written anew. */
UlCleanLine ul_transcript_clean (UlText line, gint64 number, gboolean in_headers, GString *scratch);
/* Colour sequences (ECMA-48 CSI) taken out; TRUE if there were any. */
gboolean ul_transcript_strip_colours (UlText line, GString *out);
/* Backslash escapes of C, JSON, Python and Go resolved. */
void ul_transcript_unescape (UlText text, GString *out);
/* "=== name", "# camera 2", "Camera 2:": another camera begins. */
gboolean ul_transcript_is_separator (UlText line);
/* Host and port of a URL, lower case, without user information; NULL if none. */
char *ul_transcript_host (UlText url);

/* --- transcript_piece.c -------------------------------------------------------- */

typedef struct _UlAssembler UlAssembler;

UlAssembler *ul_assembler_new (const UlSourceResult *result); /* borrowed */
void ul_assembler_free (UlAssembler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlAssembler, ul_assembler_free)
gboolean ul_assembler_in_headers (const UlAssembler *self);
void ul_assembler_line (UlAssembler *self, const UlCleanLine *line);
/* What is under way is complete. */
void ul_assembler_flush (UlAssembler *self);
/* The next piece is of another camera. */
void ul_assembler_separate (UlAssembler *self);
/* A URL was named: the SDP after it is that host's. */
void ul_assembler_url (UlAssembler *self, UlText url);
/* The examiner of the camera under way; made where there is none. */
UlExaminer *ul_assembler_examiner (UlAssembler *self);
/* NAL units of that camera came out of packets: start codes and such are gone. */
void ul_assembler_set_depayloaded (UlAssembler *self);
/* Moves the finished examiners that saw anything; warnings too. */
void ul_assembler_finish (UlAssembler *self, UlSourceResult *result);

/* --- transcript_params.c -------------------------------------------------------- */

/* `sps=… pps=…` in base64 or hexadecimal, and RTP or codec caps of GStreamer;
 * FALSE if the line has none.  `ret_before` gets what stands before the first. */
gboolean ul_transcript_params (UlAssembler *assembler, UlText line, gint64 number, UlText *ret_before);

/* --- transcript_hex.c ------------------------------------------------------------- */

typedef struct _UlHexDump UlHexDump;

UlHexDump *ul_hex_dump_new (void);
void ul_hex_dump_free (UlHexDump *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlHexDump, ul_hex_dump_free)
/* TRUE if the line is a row of a dump; its bytes are kept. */
gboolean ul_hex_dump_line (UlHexDump *self, UlText line, gint64 number);
gboolean ul_hex_dump_is_empty (const UlHexDump *self);
/* Does this row begin another dump (its offset is 0 again)? */
gboolean ul_hex_dump_restarts (UlHexDump *self, UlText line);
/* What was gathered goes where it belongs; text found in it is returned (owned
 * by the caller, NULL if there is none).  The dump is empty after it. */
GBytes *ul_hex_dump_take (UlHexDump *self, UlAssembler *assembler, UlSourceResult *result);
