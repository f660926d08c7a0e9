/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library of references: profiles of encoders (encoder.h) whose maker is known,
 * and the ratio that it gives a profile of unknown make.
 *
 * references*.jsonl, one profile a line:
 *
 *   {"maker":"dahua","codec":"h264","group":"86d4…","source":"https://…","basis":"label","sps":"h67 p100 …","pps":"…","crop":"norm"}
 *
 * `group` tells sources apart: profiles of one group are one source, counted
 * once.  `maker` is an id of a makers file; a program's profile has `software`
 * instead, any text: it speaks for nobody and against all.  The parts are those
 * of encoder.h.
 *
 * kind: encoder (one file) holds the model:
 *
 *   codecs:
 *     h264:
 *       shrink: 2.3     # so many sources' weight of the common profile is mixed into a maker's own
 *       floor: 0.0013   # what an encoder that the library does not know would give, in sources
 *       offset: -0.71   # calibration: natural log of the ratio = offset + slope * raw
 *       slope: 1.45
 *       set_offset: -0.19   # the same for a set of makers against all others
 *       set_slope: 1.28
 *       pair_offset: -1.1   # and for two profiles of one maker and platform against those of different makers
 *       pair_slope: 0.9
 *       groups:
 *         - { name: timing, bandwidth: 2.6, rewritable: true, fields: [ sps.tick ] }
 *
 * The likelihood of profile x under a reference r is exp (-sum of bandwidth_g *
 * d_g), where d_g is 0 if the fields of group g are equal, else the square root
 * of how many differ, three at most; 0.35 where r does not know the group.  A group
 * that x does not know says nothing.  For two values a field that is the kernel of
 * Aitchison and Aitken (1976), its constant cancelled, with one bandwidth a group:
 * the fields of a group depend on each other, and each further one says less.
 * A maker's likelihood is the mean over its sources, mixed with `shrink` sources
 * of the mean of all; the others' that of all other sources, and the floor.  Of
 * a pair the raw ratio is the likelihood of one under the other against the
 * geometric mean of the likelihoods of both under all the library and the floor:
 * to share a form that many have says little.
 */
#pragma once

#include "knowledge/encoder.h"
#include "knowledge/makers.h"
#include "knowledge/rules.h"
#include "knowledge/yaml.h"

/* A maker is weighed from so many sources on, and held to UL_RULE_WEAK_RATIO below so many. */
#define UL_REFERENCES_LEAST_SOURCES 2
#define UL_REFERENCES_NAMING_SOURCES 3
/* Sum of bandwidth_g * d_g up to which two profiles are nearly one form. */
#define UL_REFERENCES_NEAR 1.5

/* Ids of the rules that stand for the library: the prefix and a maker. */
#define UL_LIBRARY_RULE_PREFIX "library.encoder."

typedef struct _UlReferences UlReferences;

UlReferences *ul_references_new (void);
void ul_references_free (UlReferences *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlReferences, ul_references_free)

gboolean ul_references_load (UlReferences *self, const UlMakers *makers, UlYamlDocument *document, GError **error);
gboolean ul_references_load_model (UlReferences *self, UlYamlDocument *document, GError **error);
/* Nothing is loaded afterwards. */
void ul_references_seal (UlReferences *self, const UlMakers *makers);

/* A reference: borrowed. */
typedef struct {
  const UlEncoderProfile *profile;
  const char *maker, *software; /* one of them is NULL */
  const char *group, *source;
} UlReferenceInfo;

guint ul_references_n (const UlReferences *self);
UlReferenceInfo ul_references_get (const UlReferences *self, guint i);

/* What the library says of one maker. Sources that bear the profile, or nearly. */
typedef struct {
  const UlRule *rule; /* stands for the library where marks are listed: says the maker, group bitstream */
  double log10_lr;    /* against all others */
  double core_log10_lr; /* the same without the groups that can be rewritten and touch no picture */
  guint own, own_of, other, other_of;
} UlEncoderRatio;

/* Every maker with sources enough, the strongest first; empty without a model.  In `ret_set_log10_lr` the makers of a set
 * against all others, 0 where the library says nothing.  `without_source` is the group of a source that is left out, or NULL. */
GArray *ul_references_weigh (const UlReferences *self, const UlEncoderProfile *profile, const char *without_source,
                             gboolean (*is_member) (const char *maker, gpointer user_data), gpointer user_data, double *ret_set_log10_lr);

/* A field by which two profiles differ, or do not. */
typedef struct {
  const char *group, *field;
  const char *a, *b; /* NULL: unknown, "": absent */
} UlEncoderField;

/* Two profiles of one maker and platform against those of different makers, log10; 0 where the library says nothing. Sources
 * that are left out may be NULL. */
double ul_references_weigh_pair (const UlReferences *self, const UlEncoderProfile *a, const UlEncoderProfile *b, const char *without_source_a,
                                 const char *without_source_b);

/* Calls `each` for every field of the model; returns sum of bandwidth_g * d_g over the groups that both know, -1
 * without a model or for two codecs. */
double ul_references_compare (const UlReferences *self, const UlEncoderProfile *a, const UlEncoderProfile *b,
                              void (*each) (const UlEncoderField *field, gpointer user_data), gpointer user_data);
