/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/rtsp_transport.h"

static gboolean
take_range (UlText value, guint64 ret_range[2], guint64 max)
{
  gssize dash = ul_text_find_char (value, '-');
  UlText first = ul_text_trim (dash >= 0 ? ul_text_head (value, (gsize) dash) : value);
  guint64 from, to;

  ret_range[0] = ret_range[1] = 0;
  if (!ul_text_to_uint (first, &from) || from > max)
    return FALSE;
  if (dash < 0 || !ul_text_to_uint (ul_text_trim (ul_text_from (value, (gsize) dash + 1)), &to) || to > max)
    to = MIN (from + 1, max);
  ret_range[0] = from;
  ret_range[1] = to;
  return TRUE;
}

static void
take_parameter (UlRtspTransport *self, UlText name, UlText value)
{
  if (ul_text_equal_ci (name, "interleaved"))
    self->has_interleaved = take_range (value, self->interleaved, UL_RTSP_N_CHANNELS - 1);
  else if (ul_text_equal_ci (name, "client_port"))
    self->has_client_port = take_range (value, self->client_port, G_MAXUINT16);
  else if (ul_text_equal_ci (name, "server_port"))
    take_range (value, self->server_port, G_MAXUINT16);
  else if (ul_text_equal_ci (name, "port"))
    self->has_port = take_range (value, self->port, G_MAXUINT16);
  else if (ul_text_equal_ci (name, "source"))
    self->source = value;
  else if (ul_text_equal_ci (name, "destination"))
    self->destination = value;
}

void
ul_rtsp_transport_parse (UlText value, UlRtspTransport *self)
{
  gssize comma = ul_text_find_char (value, ',');
  UlText field;

  value = comma >= 0 ? ul_text_head (value, (gsize) comma) : value;
  while (ul_text_next_field (&value, ';', &field)) {
    gssize equals = ul_text_find_char (field, '=');

    if (equals >= 0)
      take_parameter (self, ul_text_trim (ul_text_head (field, (gsize) equals)), ul_text_trim (ul_text_from (field, (gsize) equals + 1)));
  }
}
