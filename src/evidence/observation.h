/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Observation: the one type that crosses the line from the extractors to the
 * rules, the verdict and the report.  An observation is a fact (a key and a
 * value) with how often and where it was seen.  It holds no judgement.
 *
 * Keys are a closed table (keys.def).  Values are text: integers in decimal,
 * bytes in lower-case hexadecimal, everything else as it was sent after
 * ul_redact().  Equal values of a key are counted, not stored again; distinct
 * values of a key are capped (UL_EVIDENCE_VALUES_PER_KEY), and a value is cut
 * at UL_EVIDENCE_VALUE_BYTES with an ellipsis.
 */
#pragma once

#include <glib.h>

#define UL_EVIDENCE_VALUES_PER_KEY 96
#define UL_EVIDENCE_VALUE_BYTES 2048

typedef enum {
#define KEY(id, name, layer, forge, doc) UL_KEY_##id,
#include "keys.def"
#undef KEY
  UL_N_KEYS
} UlKey;

/* Where an extractor looked. */
typedef enum {
  UL_LAYER_RTSP,
  UL_LAYER_SDP,
  UL_LAYER_NAL,
  UL_LAYER_PARAMS, /* VPS, SPS, PPS */
  UL_LAYER_SEI,
  UL_LAYER_SHAPE, /* slices, GOP, cadence */
  UL_LAYER_RTP,
  UL_LAYER_CONTAINER,
  UL_LAYER_TLS,
  UL_LAYER_SIGNATURE,
  UL_N_LAYERS
} UlLayer;

/* The closed list of independent groups (DESIGN.md, rules of judgement). */
typedef enum {
  UL_GROUP_DIALOGUE,
  UL_GROUP_BITSTREAM,
  UL_GROUP_PACKETS,
  UL_GROUP_CONTAINER,
  UL_GROUP_TLS,
  UL_GROUP_SIGNATURE,
  UL_N_GROUPS
} UlGroup;

/* What it costs to write this value without being the device. */
typedef enum {
  UL_FORGE_TRIVIAL,  /* edit a line of text */
  UL_FORGE_EASY,     /* a muxer option, a bitstream filter */
  UL_FORGE_HARD,     /* needs the encoder changed or the video re-encoded */
  UL_FORGE_INFEASIBLE /* needs a private key */
} UlForge;

/* Through what the bytes came to us; a bit set, 0 is as sent. */
typedef enum {
  UL_PROVENANCE_AS_SENT = 0,
  UL_PROVENANCE_PARSED_BY_LIBRARY = 1 << 0, /* blanks, case, order lost */
  UL_PROVENANCE_DEPAYLOADED = 1 << 1,       /* start codes and packets gone */
  UL_PROVENANCE_PARSER_TOUCHED = 1 << 2,    /* h264parse: AUDs added, start codes rewritten */
  UL_PROVENANCE_MUXER_TOUCHED = 1 << 3,     /* start codes replaced by lengths */
  UL_PROVENANCE_LOG = 1 << 4                /* printed by a client, not seen on the wire */
} UlProvenance;

/* A place in the input; -1 where a part is not known. */
typedef struct {
  gint64 offset; /* bytes from the start of the input */
  gint64 length; /* bytes */
  gint64 line;   /* 1-based line of a text */
  gint64 time_us;
} UlWhere;

#define UL_NOWHERE ((UlWhere){ -1, -1, -1, -1 })
#define UL_AT_LINE(n) ((UlWhere){ -1, -1, (n), -1 })
#define UL_AT_OFFSET(o, l) ((UlWhere){ (o), (l), -1, -1 })

typedef struct {
  UlKey key;
  char *value;
  guint64 count;
  UlWhere first, last;
  UlProvenance provenance; /* the best one it was seen with */
} UlObservation;

/* The observations of one stream. */
typedef struct _UlEvidence UlEvidence;

UlEvidence *ul_evidence_new (void);
/* What has been added so far, apart from what is added later. */
UlEvidence *ul_evidence_copy (const UlEvidence *self);
/* What `now` has seen that `before`, an earlier copy of it, had not, or had seen less often; counts are those of the time between. */
UlEvidence *ul_evidence_since (const UlEvidence *now, const UlEvidence *before);
/* A copy with every value and warning replaced by what the functions make of it (owned by the caller); the observations keep
 * their places, so that equal values may be there twice. */
typedef char *(*UlEvidenceValueFunc) (UlKey key, const char *value, gpointer user_data);
typedef char *(*UlEvidenceWarningFunc) (const char *warning, gpointer user_data);
UlEvidence *ul_evidence_rewrite (const UlEvidence *self, UlEvidenceValueFunc value, UlEvidenceWarningFunc warning, gpointer user_data);
/* Evidence that nothing is added to any more may be shared by reference. */
UlEvidence *ul_evidence_ref (UlEvidence *self);
void ul_evidence_free (UlEvidence *self); /* drops one reference; NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlEvidence, ul_evidence_free)

/* Provenance of all that is added from now on. */
void ul_evidence_set_provenance (UlEvidence *self, UlProvenance provenance);
UlProvenance ul_evidence_provenance (const UlEvidence *self);

/* The bytes to come were seen on the wire: no client printed them again, however
 * much they look like it. */
void ul_evidence_set_on_wire (UlEvidence *self, gboolean on_wire);
gboolean ul_evidence_on_wire (const UlEvidence *self);

/* Parts of a place that an extractor does not know are taken from this one, which
 * is UL_NOWHERE at first: a packet's place for the lines of the message in it. */
void ul_evidence_set_place (UlEvidence *self, UlWhere place);
UlWhere ul_evidence_place (const UlEvidence *self);

void ul_evidence_add (UlEvidence *self, UlKey key, const char *value, UlWhere where);
void ul_evidence_add_len (UlEvidence *self, UlKey key, const char *value, gssize len, UlWhere where);
void ul_evidence_add_int (UlEvidence *self, UlKey key, gint64 value, UlWhere where);
void ul_evidence_add_hex (UlEvidence *self, UlKey key, const void *bytes, gsize len, UlWhere where);
void ul_evidence_addf (UlEvidence *self, UlKey key, UlWhere where, const char *format, ...) G_GNUC_PRINTF (4, 5);
/* What an extractor counted itself: `count` sightings, the first and the last. */
void ul_evidence_add_counted (UlEvidence *self, UlKey key, const char *value, guint64 count, UlWhere first, UlWhere last);

/* A warning of an extractor ("SPS at offset 12: seq_parameter_set_id 40 above
 * 31"); at most 64 distinct ones are kept, the rest counted in a last line. */
void ul_evidence_warn (UlEvidence *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* In the order of first sight; borrowed, valid until the next add. */
guint ul_evidence_n (const UlEvidence *self);
const UlObservation *ul_evidence_get (const UlEvidence *self, guint i);
/* Borrowed first value of a key, or NULL. */
const char *ul_evidence_first (const UlEvidence *self, UlKey key);
gboolean ul_evidence_has_layer (const UlEvidence *self, UlLayer layer);
/* How many distinct values of the key are kept. */
guint ul_evidence_n_values (const UlEvidence *self, UlKey key);
/* How many distinct values of the key were not kept. */
guint64 ul_evidence_dropped (const UlEvidence *self, UlKey key);
guint ul_evidence_n_warnings (const UlEvidence *self);
const char *ul_evidence_get_warning (const UlEvidence *self, guint i);

/* The table. */
const char *ul_key_name (UlKey key);
const char *ul_key_doc (UlKey key);
UlLayer ul_key_layer (UlKey key);
UlForge ul_key_forge (UlKey key);
/* Can a value of this key be trusted with this provenance? */
gboolean ul_key_vouched (UlKey key, UlProvenance provenance);
/* -1 if there is no such key */
int ul_key_from_name (const char *name);

const char *ul_layer_name (UlLayer layer);
int ul_layer_from_name (const char *name);
UlGroup ul_layer_group (UlLayer layer);
const char *ul_group_name (UlGroup group);
int ul_group_from_name (const char *name);
const char *ul_forge_name (UlForge forge);
int ul_forge_from_name (const char *name);
