/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How an encoder codes its parameter sets, as one profile that can be compared.
 *
 * A profile has parts, each a text: the forms of SPS, PPS and VPS as
 * evidence/keys.def describes them (h264.sps.form …) and what is derived from
 * other observations so that only the maker's choice is left of it, not the
 * user's: of the picture size the cropping habit, of the level how far it is
 * above the least one that the size needs (ITU-T H.264, Table A-1).  Parts fall
 * into fields, the tokens of a form by their prefix ("mfn8" is field sps.mfn,
 * value "8").  A field of a form that lacks it is absent, which is a value; a
 * field of a part that was not seen is unknown.
 */
#pragma once

#include "evidence/observation.h"

typedef enum {
  UL_PART_SPS,
  UL_PART_PPS,
  UL_PART_VPS,
  UL_PART_SPS_ID,     /* seq_parameter_set_id */
  UL_PART_SCALING,    /* which scaling lists are there */
  UL_PART_CROP,       /* norm, odd, zero */
  UL_PART_LEVEL,      /* steps of Table A-1 above the least level for the size: "2" */
  UL_PART_SPS_ZEROS,  /* bytes of zero behind the SPS; "0" only where these would have been seen */
  UL_PART_PPS_ZEROS,
  UL_PART_AFTER_STOP, /* what follows the stop bit of the SPS */
  UL_N_PARTS
} UlEncoderPart;

#define UL_ENCODER_MAX_FIELDS 64

typedef struct {
  gboolean h265;
  char *parts[UL_N_PARTS]; /* NULL: unknown */
  GArray *observations;    /* guint, indices for ul_evidence_get(): what the forms were read from; NULL if from elsewhere */
} UlEncoderProfile;

/* The profile of a stream's first SPS, of H.264 if there are both; NULL if there is none.
 * Only what its provenance vouches for is taken. */
UlEncoderProfile *ul_encoder_profile_new (const UlEvidence *evidence);
void ul_encoder_profile_free (UlEncoderProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlEncoderProfile, ul_encoder_profile_free)

/* VUI (H.264, E.1.1; H.265, E.2.1) is easily taken away: what is left without it tells chips apart, not makers. */
gboolean ul_encoder_profile_has_vui (const UlEncoderProfile *self);

/* "sps", "pps", "crop" … as written in references.jsonl. */
const char *ul_encoder_part_name (UlEncoderPart part);

/* The fields of a codec. */
guint ul_encoder_n_fields (gboolean h265);
const char *ul_encoder_field_name (gboolean h265, guint field);
/* -1 if there is no such field */
int ul_encoder_field_from_name (gboolean h265, const char *name);


/* Values by field, NULL where unknown, "" where absent; they live as long as the profile and `scratch`. */
void ul_encoder_profile_fields (const UlEncoderProfile *self, GStringChunk *scratch, const char *ret_values[UL_ENCODER_MAX_FIELDS]);
