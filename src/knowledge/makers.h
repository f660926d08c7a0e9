/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who and what can be answered: makers, platforms, softwares and paths by id,
 * the words for purposes and buyers, and which brand stands for which maker.
 *
 * kind: makers
 *   makers:
 *   - id: example                  # [a-z0-9.-]+
 *     name: Example                # as printed
 *     legal: "Example Co., Ltd."   # optional
 *     aliases: [ "Example Tech" ]  # optional; all names count as brands of type `own`
 *     country: CN                  # optional: where it is based, ISO 3166-1 alpha-2
 *     subject_to: [ prc-national-intelligence-law ]   # optional attributes that policies ask for
 *     kinds: [ camera, recorder ]  # at least one, see ul_maker_kinds in makers.c
 *     note: "…"                    # optional
 *
 * kind: names
 *   platforms: / softwares: / paths: / purposes: / buyers:   # each optional
 *   - { id: chip-x, name: Chip X, aliases: [ … ], made_by: example, note: "…" }
 *   made_by (a maker's id) is for platforms and softwares only.
 *
 * kind: brands
 *   relations:                     # one record a relation; a brand may have several
 *   - brand: Example
 *     aliases: [ … ]               # optional
 *     maker: other                 # a maker's id
 *     type: oem                    # own, owned, former_owned, own_brand, oem, assets_sold, compatible_only
 *     from: 2018                   # optional: YYYY, YYYY-MM or YYYY-MM-DD
 *     to: 2022-11                  # optional
 *     past: true                   # optional: ended, on a day that is not recorded
 *     models: "NVR N46PCK only"    # optional
 *     grade: A                     # A law, court, company · B press, maintainer · C community
 *     note: "one sentence"         # optional
 *     sources: [ "…" ]             # at least one, or the record is refused
 *
 * Files of `makers` are read first, then `names`, then `brands`.
 */
#pragma once

#include "knowledge/yaml.h"

/* What a rule can speak of. UL_SUBJECT_RECORDER takes makers' ids. */
typedef enum {
  UL_SUBJECT_MAKER,
  UL_SUBJECT_PLATFORM,
  UL_SUBJECT_SOFTWARE,
  UL_SUBJECT_PATH,
  UL_SUBJECT_RECORDER,
  UL_N_SUBJECTS
} UlSubject;

/* "maker", "platform", "software", "path", "recorder" */
const char *ul_subject_name (UlSubject subject);
int ul_subject_from_name (const char *name);

typedef struct {
  char *id;
  char *name;
  char *legal;       /* NULL if not recorded */
  char **aliases;    /* NULL-terminated, as all lists here */
  char *country;     /* NULL if not recorded: then nothing is known of its jurisdiction */
  char **subject_to;
  char **kinds;
  char *note;
  gboolean makes_devices; /* FALSE: it writes firmware or software only, the hardware is another's */
} UlMaker;

/* A platform, software, path, purpose or buyer. */
typedef struct {
  char *id;
  char *name;
  char **aliases;
  char *made_by; /* maker id, NULL if not recorded */
  char *note;
} UlName;

typedef enum {
  UL_NAME_PLATFORM,
  UL_NAME_SOFTWARE,
  UL_NAME_PATH,
  UL_NAME_PURPOSE,
  UL_NAME_BUYER,
  UL_N_NAME_LISTS
} UlNameList;

typedef enum {
  UL_RELATION_OWN,             /* the maker's own name */
  UL_RELATION_OWNED,           /* the maker owns the brand's company */
  UL_RELATION_FORMER_OWNED,    /* it did */
  UL_RELATION_OWN_BRAND,       /* another label of the maker */
  UL_RELATION_OEM,             /* the maker builds for the brand */
  UL_RELATION_ASSETS_SOLD,     /* the brand bought business of the maker */
  UL_RELATION_COMPATIBLE_ONLY, /* behaves alike: no proof */
  UL_N_RELATION_TYPES
} UlRelationType;

const char *ul_relation_type_name (UlRelationType type);

typedef struct {
  char *brand;
  char *maker; /* maker id */
  UlRelationType type;
  char *from, *to; /* YYYY[-MM[-DD]]; NULL: not recorded */
  gboolean ended;  /* has a `to`, or is said to be past */
  char *models;    /* NULL: not limited as far as recorded */
  char grade;      /* 'A', 'B', 'C'; 0 for a maker's own names */
  char *note;
  char **sources;
} UlRelation;

typedef struct _UlMakers UlMakers;

UlMakers *ul_makers_new (void);
void ul_makers_free (UlMakers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlMakers, ul_makers_free)

/* Add a file of `kind: makers`, `names`, `brands`.  On failure the object is
 * incomplete: free it. */
gboolean ul_makers_load (UlMakers *self, UlYamlDocument *document, GError **error);
gboolean ul_makers_load_names (UlMakers *self, UlYamlDocument *document, GError **error);
gboolean ul_makers_load_brands (UlMakers *self, UlYamlDocument *document, GError **error);

guint ul_makers_n (const UlMakers *self);
const UlMaker *ul_makers_get (const UlMakers *self, guint i);
/* NULL if there is no such id; borrowed. */
const UlMaker *ul_makers_find (const UlMakers *self, const char *id);
guint ul_makers_n_names (const UlMakers *self, UlNameList list);
const UlName *ul_makers_get_name (const UlMakers *self, UlNameList list, guint i);
const UlName *ul_makers_find_name (const UlMakers *self, UlNameList list, const char *id);
/* By id, name or alias, spelling normalised as for brands; NULL if none. */
const UlName *ul_makers_resolve_name (const UlMakers *self, UlNameList list, const char *text);
/* The printed name of what a rule says, or NULL if no such id is declared. */
const char *ul_makers_display_name (const UlMakers *self, UlSubject subject, const char *id);

/* Relations of a brand, borrowed UlRelation in the order of the files, a
 * maker's own names first; NULL if the registry knows none.  Case, blanks and
 * punctuation of `brand` are ignored; where the whole is not known, so is what
 * follows "(", and words with a digit at the end, as of a model: "Brand X-12". */
const GPtrArray *ul_makers_relations (const UlMakers *self, const char *brand);
guint ul_makers_n_relations (const UlMakers *self);
const UlRelation *ul_makers_get_relation (const UlMakers *self, guint i);

/* Does `text` name what (subject, id) stands for?  See rules.h, self-naming. */
gboolean ul_makers_text_names (const UlMakers *self, UlSubject subject, const char *id, const char *text);

/* Letters and digits of a name, lower case: owned by the caller. */
char *ul_brand_normalise (const char *text);
gboolean ul_maker_is_subject_to (const UlMaker *maker, const char *attribute);
