/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/media_section.h"

void
ul_media_section_free (UlMediaSection *self)
{
  if (!self)
    return;
  g_free (self->control);
  g_free (self);
}

UlText
ul_media_control (const UlSdp *sdp, guint section)
{
  for (guint i = 0; i < sdp->lines->len; i++) {
    const UlSdpLine *line = &g_array_index (sdp->lines, UlSdpLine, i);
    UlText value;

    if (line->section == section && ul_sdp_attribute (line, "control", &value))
      return ul_text_trim (value);
  }
  return ul_text (NULL, 0);
}

/* m=<media> <port> <proto> <fmt> … */
static void
read_types (UlMediaSection *self, const UlSdp *sdp, const UlSdpLine *media)
{
  UlText rest = media->value, field;

  for (guint i = 0; ul_text_next_field (&rest, ' ', &field) && self->n_types < UL_MEDIA_MAX_TYPES; i++) {
    guint64 number;

    if (i < 3 || !ul_text_to_uint (field, &number) || number > 127)
      continue;
    UlText encoding = ul_sdp_encoding (sdp, media->section, field);
    self->types[self->n_types].payload_type = (guint8) number;
    for (gsize k = 0; k < MIN (encoding.len, sizeof self->types[0].encoding - 1); k++)
      self->types[self->n_types].encoding[k] = g_ascii_toupper (encoding.p[k]);
    self->n_types++;
  }
}

UlMediaSection *
ul_media_section_read (const UlSdp *sdp, const UlSdpLine *media)
{
  UlMediaSection *self = g_new0 (UlMediaSection, 1);
  UlText control = ul_media_control (sdp, media->section);

  self->video = ul_text_starts_ci (media->value, "video");
  if (control.p)
    self->control = g_strndup (control.p, MIN (control.len, UL_MEDIA_MAX_CONTROL_BYTES));
  read_types (self, sdp, media);
  return self;
}
