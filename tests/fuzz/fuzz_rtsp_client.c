/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a camera sends over its connection; the first byte is the size of the pieces. It must not matter. */
#include <stddef.h>
#include <stdint.h>

#include "rtsp/message.h"
#include "source/rtsp_auth.h"
#include "source/rtsp_reader.h"
#include "source/rtsp_url.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint64
mix (guint64 sum, guint64 value)
{
  return (sum ^ value) * 1099511628211u;
}

static void
log_in (const UlRtspItem *item)
{
  g_autoptr (UlMessage) message = ul_message_parse ((const char *) item->data, item->len, -1);
  g_autoptr (UlRtspAuth) auth = ul_rtsp_auth_new (message);
  UlRtspLogin login = { "viewer", "hunter2" };
  g_autofree char *answer = auth ? ul_rtsp_auth_answer (auth, &login, "DESCRIBE", "rtsp://camera/", "0") : NULL;

  for (const char *p = answer; p && *p; p++)
    if ((guchar) *p < ' ')
      g_error ("a control character in an answer");
}

/* A digest of all that comes out. */
static guint64
read_pieces (const uint8_t *data, size_t size, size_t piece)
{
  g_autoptr (UlRtspReader) reader = ul_rtsp_reader_new ();
  UlRtspItem item;
  guint64 sum = 14695981039346656037u;

  for (size_t at = 0; at < size; at += piece) {
    ul_rtsp_reader_feed (reader, data + at, MIN (piece, size - at));
    while (ul_rtsp_reader_next (reader, &item) != UL_RTSP_MORE && item.kind != UL_RTSP_BROKEN) {
      sum = mix (mix (mix (sum, item.kind), item.offset), item.skipped);
      sum = mix (mix (mix (sum, item.channel), item.status), (guint64) item.cseq);
      for (gsize i = 0; i < item.len; i++)
        sum = mix (sum, item.data[i]);
      if (item.kind == UL_RTSP_MESSAGE && item.status == 401)
        log_in (&item);
    }
  }
  if (ul_rtsp_reader_end (reader, &item) == UL_RTSP_MESSAGE)
    sum = mix (sum, item.len);
  return mix (sum, ul_rtsp_reader_skipped (reader));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  if (read_pieces (data + 1, size - 1, size - 1) != read_pieces (data + 1, size - 1, data[0] ? data[0] : 1))
    g_error ("the pieces matter");
  g_autofree char *text = g_strndup ((const char *) data + 1, size - 1);
  g_autoptr (UlRtspUrl) url = ul_rtsp_url_parse (text, NULL);
  g_autofree char *control = url ? ul_rtsp_control_url (url->request, text, strlen (text)) : NULL;
  return 0;
}
