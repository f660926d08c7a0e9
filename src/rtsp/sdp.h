/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlSdp: a session description (RFC 4566) or a piece of one as lines in their
 * order.  Tolerant: nothing is required, nothing is refused.
 *
 * Text that lost its line breaks on the way (a web form, a log, JSON escapes) is
 * cut again before words that begin a line beyond doubt; `restored` then says
 * that neither blanks nor order are what the device sent.
 */
#pragma once

#include "rtsp/text.h"

#define UL_SDP_MAX_LINES 1024

typedef struct {
  char type;     /* 'a' of "a=…"; 'F' for a bare "fmtp=…" or parameter line */
  UlText value;  /* what follows the equals sign, byte for byte */
  gint64 number; /* line, -1 if unknown */
  guint section; /* 0 session, 1 the first media section … */
} UlSdpLine;

typedef struct {
  GPtrArray *owned;  /* GString: lines that were put together */
  GArray *lines;     /* UlSdpLine */
  guint n_media;
  gboolean restored; /* line breaks were put back */
  gint64 restored_number; /* the line where that was needed first */
  guint n_joined;    /* wrapped lines that were put together */
  gint64 joined_number;
  guint n_skipped;   /* lines that are not x=value */
  gint64 skipped_number;
} UlSdp;

/* Borrows `text`. Never NULL. */
UlSdp *ul_sdp_parse (const char *text, gsize len, gint64 line);
void ul_sdp_free (UlSdp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSdp, ul_sdp_free)

/* Is this "x=…" with a type letter of RFC 4566? */
gboolean ul_sdp_is_line (UlText line);
/* Is it the rest of a line that was wrapped when it was pasted? `before` is the
 * line above it. */
gboolean ul_sdp_is_continuation (UlText before, UlText line);
/* "fmtp=…" or a parameter of fmtp at the start: "profile-level-id=…". */
gboolean ul_sdp_is_bare_fmtp (UlText line);

/* An attribute line's value if it is `name` or `name:value`; FALSE otherwise. */
gboolean ul_sdp_attribute (const UlSdpLine *line, const char *name, UlText *ret_value);
/* The name of an attribute line: what stands before the colon. */
UlText ul_sdp_attribute_name (const UlSdpLine *line);

/* Encoding name (RFC 4566, 6: a=rtpmap) of a payload type in a section, or that
 * of RFC 3551 for a static one; empty if neither is said. */
UlText ul_sdp_encoding (const UlSdp *self, guint section, UlText payload_type);
