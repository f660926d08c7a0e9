/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UlAuthenticity: what the signatures of one stream say of it, from the first picture to
 * the last.  A plain record; the verdict is over the whole, never of the latest GOP alone.
 * Whose key it is, is another question (chain.h).
 */
#pragma once

#include "signing/chain.h"

typedef enum {
  UL_AUTHENTICITY_UNSIGNED,
  UL_AUTHENTICITY_PRESENT,         /* there are signatures, and nothing that they could be held against */
  UL_AUTHENTICITY_OK,
  UL_AUTHENTICITY_OK_WITH_MISSING, /* what is there holds, but not all is there that was signed, or not all is signed that is there */
  UL_AUTHENTICITY_NOT_OK
} UlAuthenticityVerdict;
/* "unsigned", "present", "ok", "ok-with-missing", "not-ok" */
const char *ul_authenticity_verdict_name (UlAuthenticityVerdict verdict);

/* Of a GOP, or of the part of it that one SEI signs. */
typedef enum { UL_GOP_OK, UL_GOP_MISSING, UL_GOP_NOT_OK, UL_GOP_UNSIGNED, UL_GOP_NOT_JUDGEABLE, UL_N_GOP_STATES } UlGopState;
/* "ok", "missing", "not-ok", "unsigned", "not-judgeable" */
const char *ul_gop_state_name (UlGopState state);

typedef enum { UL_CHANGE_CHANGED, UL_CHANGE_ADDED, UL_CHANGE_MOVED } UlChangeKind;
/* "changed", "added", "moved" */
const char *ul_change_kind_name (UlChangeKind kind);

/* A NAL unit that is not as it was signed. */
typedef struct {
  UlChangeKind how;
  guint64 nal, frame; /* from 0 */
  gint64 offset, time_us; /* -1: not known */
  const char *type;       /* "IDR", "slice" …; static */
} UlChangedNal;

#define UL_STRETCH_MAX_CHANGES 32

/* GOPs in a row that have the same to say. */
typedef struct {
  UlGopState state;
  char *why;
  guint32 gop_counter; /* of the first; meaningless where unsigned */
  guint64 n_gops;
  gboolean has_frames; /* else nothing of it is in the file */
  guint64 first_frame, last_frame;
  gint64 first_us, last_us; /* -1: not known */
  guint64 n_missing, n_changed; /* NAL units; n_changed with the added and the moved ones */
  GArray *changes;     /* UlChangedNal, the first UL_STRETCH_MAX_CHANGES */
} UlStretch;

#define UL_MAX_STRETCHES 256

typedef struct {
  UlCodec codec;
  UlAuthenticityVerdict verdict;
  UlSigningFormat format;
  gboolean legacy;
  guint64 n_seis;                  /* signing SEIs seen */
  guint64 gops[UL_N_GOP_STATES];
  guint64 n_ok, n_changed, n_added, n_moved, n_missing, n_not_judged, n_not_hashed; /* NAL units */
  /* NAL units that no signature covers. */
  guint64 n_parameter_sets, n_other_slices, n_foreign_seis;
  guint64 n_tail_frames, n_tail_nals; /* after the last signature */
  GPtrArray *stretches;            /* UlStretch: what is not ok */
  guint64 n_more_stretches;        /* that are not among them */
  guint64 n_sessions;              /* times that signing began */
  gint64 signed_from_us, signed_to_us; /* by the signer's clock, Unix epoch; -1: not told */
  guint8 general_version, signer_version[3];
  UlSignedProduct product;
  UlSignerIdentity identity;
  char *strip;                     /* one character a NAL unit */
} UlAuthenticity;

void ul_authenticity_free (UlAuthenticity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlAuthenticity, ul_authenticity_free)
void ul_signer_identity_clear (UlSignerIdentity *self);
void ul_signer_identity_copy (UlSignerIdentity *self, const UlSignerIdentity *from);
/* "axis-signed-video", "onvif-media-signing"; NULL for none. */
const char *ul_signing_format_name (UlSigningFormat format);
