/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dump_params h264|h265 < BYTE-STREAM: every syntax element of the parameter
 * sets of a byte stream, in order, with the bit where it begins.
 *
 *   unit SPS 67640028...
 *   0 forbidden_zero_bit 0
 *   ...
 *   end ok | end ERROR-TEXT
 */
#include <stdio.h>
#include <unistd.h>

#include "bitstream/params.h"

typedef struct {
  UlCodec codec;
  UlH264Sps *sps[32];
} Dump;

static void
print_element (const char *name, const guint *sub, guint n_sub, gint64 value, gsize bit, gpointer user_data)
{
  printf ("%zu %s", (size_t) bit, name);
  for (guint i = 0; i < n_sub; i++)
    printf ("[%u]", sub[i]);
  printf (" %" G_GINT64_FORMAT "\n", value);
}

static void
dump_h264 (Dump *d, UlParamsKind kind, guint type, UlSyntax *s)
{
  UlH264Sps sps;
  UlH264Pps pps;

  if (kind == UL_PARAMS_SPS) {
    ul_h264_parse_sps (s, &sps);
    g_free (d->sps[sps.seq_parameter_set_id]);
    d->sps[sps.seq_parameter_set_id] = g_memdup2 (&sps, sizeof sps);
  } else if (kind == UL_PARAMS_PPS) {
    UlSyntax quiet = *s;
    quiet.trace = NULL;
    ul_h264_parse_pps (&quiet, NULL, &pps);
    ul_h264_parse_pps (s, d->sps[pps.seq_parameter_set_id], &pps);
  } else if (type == 13) {
    ul_h264_parse_sps_extension (s);
  }
}

static void
dump_h265 (UlParamsKind kind, UlSyntax *s)
{
  UlH265Vps vps;
  UlH265Sps sps;
  UlH265Pps pps;

  if (kind == UL_PARAMS_VPS)
    ul_h265_parse_vps (s, &vps);
  else if (kind == UL_PARAMS_SPS)
    ul_h265_parse_sps (s, &sps);
  else
    ul_h265_parse_pps (s, &pps);
}

static void
on_nal (const UlNal *nal, gpointer user_data)
{
  Dump *d = user_data;
  guint type = ul_nal_type (d->codec, nal->head[0]);
  UlParamsKind kind = ul_params_kind (d->codec, type);

  if (kind == UL_N_PARAMS)
    return;
  g_autofree guint8 *rbsp = g_malloc (nal->head_len);
  gsize len = ul_nal_unescape (nal->head, nal->head_len, rbsp, NULL);
  UlSyntax s = ul_syntax (rbsp, len);
  s.trace = print_element;
  printf ("unit %s ", ul_nal_type_name (d->codec, type));
  for (gsize i = 0; i < nal->head_len; i++)
    printf ("%02x", nal->head[i]);
  printf ("\n");
  if (d->codec == UL_CODEC_H264)
    dump_h264 (d, kind, type, &s);
  else
    dump_h265 (kind, &s);
  g_autofree char *text = ul_syntax_ok (&s) ? g_strdup ("ok") : ul_syntax_error_text (&s);
  printf ("end %s\n", text);
}

int
main (int argc, char **argv)
{
  Dump d = { .codec = argc > 1 && g_str_equal (argv[1], "h265") ? UL_CODEC_H265 : UL_CODEC_H264 };
  g_autoptr (UlNalSplitter) splitter = ul_nal_splitter_new (d.codec, on_nal, NULL, &d);
  static guint8 buffer[65536];
  gssize n;

  while ((n = read (STDIN_FILENO, buffer, sizeof buffer)) > 0)
    ul_nal_splitter_annexb (splitter, buffer, (gsize) n, -1, -1);
  ul_nal_splitter_flush (splitter);
  for (guint i = 0; i < G_N_ELEMENTS (d.sps); i++)
    g_free (d.sps[i]);
  return n < 0;
}
