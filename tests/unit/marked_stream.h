/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two makers of the tests' own, known by the UUID of an SEI message, and streams that bear their marks. */
#pragma once

#include <glib/gstdio.h>

#include "bit_writer.h"

static const char marked_makers[] =
  "schema: 1\nkind: makers\ndate: 2026-11-24\nmakers:\n"
  "- { id: alder, name: Alder Cameras, kinds: [camera] }\n"
  "- { id: birch, name: Birch Cameras, kinds: [camera] }\n";

static const char marked_rules[] =
  "schema: 1\nkind: rules\ndate: 2026-11-24\nrules:\n"
  "- id: alder.sei\n"
  "  says: { maker: alder }\n"
  "  title: alder's SEI\n"
  "  when: { all: [ { key: sei.uuid, equals: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' } ] }\n"
  "  counts: { own: 20, own_of: 20, other: 0, other_of: 300, date: 2026-11-24 }\n"
  "  source: test\n"
  "  examples:\n"
  "    - { match: true, observations: { sei.uuid: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' } }\n"
  "    - { match: false, observations: { sei.uuid: 'cc' } }\n"
  "- id: alder.server\n"
  "  says: { maker: alder }\n"
  "  title: alder's server\n"
  "  when: { all: [ { key: rtsp.server, equals: 'AlderServer/1' } ] }\n"
  "  counts: { own: 20, own_of: 20, other: 0, other_of: 300, date: 2026-11-24 }\n"
  "  source: test\n"
  "  examples:\n"
  "    - { match: true, observations: { rtsp.server: 'AlderServer/1' } }\n"
  "    - { match: false, observations: { rtsp.server: 'Other' } }\n"
  "- id: birch.sei\n"
  "  says: { maker: birch }\n"
  "  title: birch's SEI\n"
  "  when: { all: [ { key: sei.uuid, equals: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' } ] }\n"
  "  counts: { own: 20, own_of: 20, other: 0, other_of: 300, date: 2026-11-24 }\n"
  "  source: test\n"
  "  examples:\n"
  "    - { match: true, observations: { sei.uuid: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' } }\n"
  "    - { match: false, observations: { sei.uuid: 'cc' } }\n";

/* A folder of knowledge; free with marked_knowledge_remove(). */
static inline char *
marked_knowledge_dir (void)
{
  char *dir = g_dir_make_tmp ("underlabel-test-XXXXXX", NULL);
  g_autofree char *makers = g_build_filename (dir, "makers-test.yaml", NULL), *rules = g_build_filename (dir, "rules-test.yaml", NULL);

  g_file_set_contents (makers, marked_makers, -1, NULL);
  g_file_set_contents (rules, marked_rules, -1, NULL);
  return dir;
}

static inline void
marked_knowledge_remove (char *dir)
{
  g_autofree char *makers = g_build_filename (dir, "makers-test.yaml", NULL), *rules = g_build_filename (dir, "rules-test.yaml", NULL);

  g_unlink (makers);
  g_unlink (rules);
  g_rmdir (dir);
  g_free (dir);
}

/* user_data_unregistered with sixteen times `letter`; 0: none. */
static inline GByteArray *
marked_sei (guint8 letter)
{
  guint8 sei[20] = { 0x06, 5, 16 };

  memset (sei + 3, letter, 16);
  sei[19] = 0x80;
  return raw_nal (sei, sizeof sei);
}

/* The NAL units of picture `i` of a stream whose GOPs have ten pictures; GByteArray, owned. */
static inline GPtrArray *
marked_picture (guint i, guint8 letter)
{
  GPtrArray *nals = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);

  if (i % 10 == 0) {
    g_ptr_array_add (nals, make_h264_sps ());
    g_ptr_array_add (nals, make_h264_pps (TRUE));
    if (letter)
      g_ptr_array_add (nals, marked_sei (letter));
  }
  g_ptr_array_add (nals, make_h264_slice (i % 10 == 0, 0, i % 10, 2 * (i % 10), i / 10 & 1, i % 10 == 0 ? -3 : (gint) i % 3, 300));
  return nals;
}

/* The same as an access unit: start codes of `start_code` bytes, lengths of four bytes if 0. */
static inline GByteArray *
marked_unit (guint i, guint8 letter, guint start_code)
{
  g_autoptr (GPtrArray) nals = marked_picture (i, letter);
  GByteArray *unit = g_byte_array_new ();

  for (guint n = 0; n < nals->len; n++)
    put_nal (unit, start_code, g_byte_array_ref (g_ptr_array_index (nals, n)));
  return unit;
}
