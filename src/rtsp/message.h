/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlMessage: one RTSP message (RFC 2326, 4 to 7) or one of the HTTP messages
 * that tunnel RTSP, as sent: nothing is re-cased, re-ordered or trimmed.  What
 * falls outside the grammar is kept as an oddity, never refused.
 *
 * A message borrows the text that it was parsed from.
 */
#pragma once

#include "rtsp/text.h"

#define UL_MESSAGE_MAX_HEADERS 256

typedef enum {
  UL_MESSAGE_RESPONSE,
  UL_MESSAGE_REQUEST,
  UL_MESSAGE_HEADERS /* headers without a start line */
} UlMessageKind;

typedef struct {
  UlText line;  /* the first line, end of line taken off */
  UlText name;  /* before the colon, blanks taken off */
  UlText raw;   /* all that follows the colon */
  UlText value; /* raw without the blanks at both ends, and without a second colon */
  gint64 number; /* line, -1 if unknown */
} UlHeader;

typedef struct {
  char *text; /* "doubled colon: Session" */
  gint64 number;
} UlOddity;

typedef struct {
  UlMessageKind kind;
  gboolean http;
  UlText version;        /* "RTSP/1.0" */
  UlText status, reason; /* of a response */
  UlText method, url;    /* of a request */
  gint64 number;         /* line of the start line */
  GArray *headers;       /* UlHeader */
  guint n_dropped;       /* headers above UL_MESSAGE_MAX_HEADERS */
  GArray *oddities;      /* UlOddity */
  gboolean crlf;         /* its lines end in CRLF */
  UlText body;           /* all that follows the empty line */
  gint64 body_number;
} UlMessage;

/* `line` is the number of the first line or -1. Never NULL. */
UlMessage *ul_message_parse (const char *text, gsize len, gint64 line);
void ul_message_free (UlMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlMessage, ul_message_free)

/* The first header of that name, case ignored, or NULL. */
const UlHeader *ul_message_header (const UlMessage *self, const char *name);

/*
 * Did a library of the Go world print this?  Its header map is sorted by name
 * and spelt its own way ("Www-Authenticate"), so that neither order nor case is
 * the device's (go2rtc and gortsplib logs).
 */
gboolean ul_message_is_reprinted (const UlMessage *self);

/* Is this a start line?  `ret_request` may be NULL. */
gboolean ul_message_is_start_line (UlText line, gboolean *ret_request);
/* "Name: value" with a name of RFC 2326 token characters. */
gboolean ul_message_is_header_line (UlText line);
/* A header line whose name RTSP, HTTP or cameras use. */
gboolean ul_message_is_known_header_line (UlText line);
