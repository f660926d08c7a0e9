/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlRtspReader: the receiving side of an RTSP connection (RFC 2326) as a push
 * parser: bytes in pieces of any size in; messages byte for byte as they came
 * and interleaved frames (10.12) out, the same whatever the pieces.
 *
 * It does no I/O and holds at most one message or frame: headers up to
 * UL_RTSP_MAX_HEADER_BYTES, a body up to UL_RTSP_MAX_BODY_BYTES whatever
 * Content-Length says, a frame of 65535 bytes.
 */
#pragma once

#include "rtsp/message.h"

#define UL_RTSP_MAX_HEADER_BYTES (64u << 10)
#define UL_RTSP_MAX_BODY_BYTES (1u << 20)
/* So many bytes in a row that are neither message nor frame end a connection. */
#define UL_RTSP_MAX_JUNK_BYTES (1u << 20)

typedef struct _UlRtspReader UlRtspReader;

typedef enum {
  UL_RTSP_MORE,    /* nothing whole is there yet */
  UL_RTSP_MESSAGE, /* a response, or a request of the server */
  UL_RTSP_FRAME,   /* interleaved: RTP or RTCP */
  UL_RTSP_BROKEN   /* a bound was met; `problem` says which */
} UlRtspKind;

typedef struct {
  UlRtspKind kind;
  const guint8 *data;  /* the message as it came, or the frame without its four bytes; borrowed until the next call */
  gsize len;
  guint64 offset;      /* of the item's first byte in the connection */
  guint64 skipped;     /* bytes before it that belong to nothing */
  guint channel;       /* of a frame */
  guint status;        /* of a response; 0 of a request */
  gint64 cseq;         /* -1 where it lacks or is no number */
  const char *cut;     /* NULL, or why the message ends here ("Content-Length …"); borrowed until the next call */
  const char *problem; /* of UL_RTSP_BROKEN; borrowed */
} UlRtspItem;

UlRtspReader *ul_rtsp_reader_new (void);
void ul_rtsp_reader_free (UlRtspReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlRtspReader, ul_rtsp_reader_free)

void ul_rtsp_reader_feed (UlRtspReader *self, const guint8 *data, gsize len);
UlRtspKind ul_rtsp_reader_next (UlRtspReader *self, UlRtspItem *ret_item);

/*
 * Nothing more comes for a while, or ever: what stands there of a message is
 * given, up to the last whole line, with `cut` set.  UL_RTSP_MORE if there is none.
 */
UlRtspKind ul_rtsp_reader_end (UlRtspReader *self, UlRtspItem *ret_item);

/* Headers are whole and their body is not.  Only silence ends the body of an SDP
 * without Content-Length, or with one above the bound. */
gboolean ul_rtsp_reader_waits_for_body (const UlRtspReader *self);
/* Bytes that came and belong to nothing, in all. */
guint64 ul_rtsp_reader_skipped (const UlRtspReader *self);
/* Bytes held for an item that is not whole yet. */
gsize ul_rtsp_reader_pending (const UlRtspReader *self);

/*
 * What stands in the bytes of either direction of a connection, for whoever cuts
 * it into messages and frames: nothing is kept between calls.  `scanned` is the
 * `len` of an earlier call at the same place that found no end, else 0.
 */

#define UL_RTSP_FRAME_HEAD_BYTES 4 /* RFC 2326, 10.12: '$', channel, length */
#define UL_RTSP_OPEN_BODY G_MAXUINT64

/* Bytes up to and with the empty line after the headers, LF or CRLF; 0 if it has not come. */
gsize ul_rtsp_head_len (const guint8 *p, gsize len, gsize scanned);
/* At most UL_RTSP_MAX_BODY_BYTES; UL_RTSP_OPEN_BODY where nobody said a length that can be. */
guint64 ul_rtsp_body_len (const UlMessage *head);
/* End of an open body behind `head` bytes: the next message or frame at the start
 * of a line, or `len` for "not yet". */
gsize ul_rtsp_open_body_end (const guint8 *p, gsize len, gsize head, gsize scanned);
/* An open body cut off at `len`: the end of its last whole line, or of the headers. */
gsize ul_rtsp_whole_lines (const guint8 *p, gsize len, gsize head);
/* A frame of RTP or RTCP, as far as its head and first byte tell. */
gboolean ul_rtsp_frame_plausible (const guint8 *p, gsize len);
