/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does a bundle hold: its members, its custody log, its seals.  Each is a check of its own, and
 * every fault is told with the member that it is in.  Who sealed it, and when, are told apart.
 */
#pragma once

#include "bundle/zip.h"

typedef enum {
  UL_CHECK_MEMBERS,
  UL_CHECK_SUMS,
  UL_CHECK_CUSTODY,
  UL_CHECK_SIGNATURE,
  UL_CHECK_CUSTODY_SIGNATURE,
  UL_CHECK_TIMESTAMP,
  UL_CHECK_INPUT,
  UL_N_CHECKS
} UlCheckId;

typedef enum { UL_CHECK_ABSENT, UL_CHECK_HOLDS, UL_CHECK_FAILS } UlCheckResult;

const char *ul_check_name (UlCheckId id);          /* "members" … */
const char *ul_check_proves (UlCheckId id);        /* where it holds */
const char *ul_check_does_not_prove (UlCheckId id);
const char *ul_check_result_name (UlCheckResult result); /* "absent", "holds", "fails" */

typedef struct {
  UlCheckId check;
  const char *kind; /* "changed", "missing", "added", "renamed", "reordered" … */
  char *member;
  char *renamed_from; /* NULL but for "renamed" */
  guint line;         /* of a log or list; 0: none */
  char *says;
} UlBundleFault;

/* Does anybody whom the user trusts stand behind a certificate. */
typedef enum { UL_VOUCHED_NOBODY, UL_VOUCHED_NOT_ASKED, UL_VOUCHED_NO, UL_VOUCHED_YES } UlVouched;
const char *ul_vouched_name (UlVouched vouched); /* "nobody", "not-asked", "no", "yes" */

typedef struct {
  char *name, *issuer, *sha256; /* of the certificate; NULL: none */
  gint64 not_before, not_after; /* Unix seconds */
  UlVouched vouched;
} UlBundleParty;

typedef struct {
  struct {
    UlCheckResult result;
    char *says;
  } checks[UL_N_CHECKS];
  GPtrArray *faults;   /* UlBundleFault */
  UlBundleParty who;   /* of the manifest's signature, where that holds */
  UlBundleParty clock; /* of the time stamp, where that holds */
  gint64 claimed;      /* when the signer says to have signed; -1: not told */
  gint64 stamped;      /* when the time stamp says that it was there; -1: none */
} UlBundleVerification;

/* All may be NULL. */
typedef struct {
  const char *const *trust, *const *tsa_trust; /* PEM files */
  const char *input;
} UlBundleQuestion;

/* NULL and `error` if that is no bundle at all, or a file of the question cannot be read. */
UlBundleVerification *ul_bundle_verify (UlZipReader *reader, const UlBundleQuestion *question, GError **error);
void ul_bundle_verification_free (UlBundleVerification *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlBundleVerification, ul_bundle_verification_free)
