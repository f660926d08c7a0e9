/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "upstream.h"

#include <string.h>

#include "dialogue.h"

#define MAX_DEPTH 48
#define MAX_PADS 256

typedef struct {
  UlUpstream *result;
  guint n_pads;
} Walk;

static void
look_at_caps (GstPad *pad, UlUpstream *result)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const char *id = caps && gst_caps_get_size (caps) ? gst_structure_get_string (gst_caps_get_structure (caps, 0), UL_DIALOGUE_ID_FIELD) : NULL;

  if (id && !result->dialogue_id)
    result->dialogue_id = g_strdup (id);
}

static void
look_at_element (GstPad *pad, UlUpstream *result)
{
  static const struct {
    const char *word;
    UlFedBy fed_by;
  } rows[] = { { "Depayloader", UL_FED_BY_DEPAYLOADER }, { "Demux", UL_FED_BY_MUXER }, { "Parser", UL_FED_BY_PARSER } };
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (pad));

  if (!GST_IS_ELEMENT (parent) || GST_IS_BIN (parent))
    return;
  const char *klass = gst_element_get_metadata (GST_ELEMENT (parent), GST_ELEMENT_METADATA_KLASS);
  for (gsize i = 0; klass && i < G_N_ELEMENTS (rows); i++)
    /* What tells RTP streams apart is called a demuxer too and changes nothing. */
    if (strstr (klass, rows[i].word) && (rows[i].fed_by != UL_FED_BY_MUXER || !strstr (klass, "RTP")))
      result->fed_by |= rows[i].fed_by;
}

static void walk (GstPad *sink, Walk *w, guint depth);

/* From a source pad to the sink pads that feed it; ghost pads lead into and out of bins the same way. */
static void
walk_inside (GstPad *src, Walk *w, guint depth)
{
  g_autoptr (GstIterator) links = gst_pad_iterate_internal_links (src);
  GValue item = G_VALUE_INIT;

  while (links) {
    GstIteratorResult r = gst_iterator_next (links, &item);
    if (r == GST_ITERATOR_OK) {
      walk (g_value_get_object (&item), w, depth + 1);
      g_value_reset (&item);
    } else if (r == GST_ITERATOR_RESYNC && w->n_pads < MAX_PADS) {
      w->n_pads++;
      gst_iterator_resync (links);
    } else {
      break;
    }
  }
  g_value_unset (&item);
}

static void
walk (GstPad *sink, Walk *w, guint depth)
{
  if (depth > MAX_DEPTH || ++w->n_pads > MAX_PADS)
    return;
  g_autoptr (GstPad) src = gst_pad_get_peer (sink);
  if (!src)
    return;
  look_at_caps (src, w->result);
  look_at_element (src, w->result);
  walk_inside (src, w, depth);
}

void
ul_upstream_look (GstPad *sink, UlUpstream *ret_upstream)
{
  Walk w = { ret_upstream, 0 };

  *ret_upstream = (UlUpstream){ UL_FED_AS_SENT, NULL };
  walk (sink, &w, 0);
}

void
ul_upstream_clear (UlUpstream *upstream)
{
  g_clear_pointer (&upstream->dialogue_id, g_free);
}
