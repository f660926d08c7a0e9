/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source room: an input (a path, "-" or a URL) is opened, its kind found by its
 * content, its pieces handed to examiners.  Linked into the CLI only.
 */
#pragma once

#include <gio/gio.h>

#include "examiner.h"

#define UL_SOURCE_ERROR (ul_source_error_quark ())
GQuark ul_source_error_quark (void);

/* Codes are the exit codes of DESIGN.md. */
typedef enum {
  UL_SOURCE_ERROR_BAD_INPUT = 65,
  UL_SOURCE_ERROR_NO_INPUT = 66, /* not there, or no permission */
  UL_SOURCE_ERROR_NETWORK = 69,
  UL_SOURCE_ERROR_INTERNAL = 70
} UlSourceError;

typedef enum { UL_INPUT_RECORDING, UL_INPUT_TRANSCRIPT, UL_INPUT_LIVE, UL_INPUT_PACKETS } UlInputKind;

/* "recording", "transcript", "live", "packets", as in the report; -1 for another word */
const char *ul_input_kind_name (UlInputKind kind);
int ul_input_kind_from_name (const char *name);

/* Called now and then with what is done; `total` 0 where unknown. */
typedef void (*UlProgressFunc) (guint64 done, guint64 total, gpointer user_data);

/*
 * The answers to what the streams have shown so far, as one text that is equal
 * while they are; owned by the caller.  Streams may go on afterwards.
 */
typedef char *(*UlAnswersFunc) (UlExaminer *const *streams, guint n_streams, gpointer user_data);

/* How a camera is asked; zero-initialised: as the defaults say. All borrowed. */
typedef struct {
  gboolean udp;          /* packets over UDP instead of the connection */
  gboolean tls_verify;   /* refuse a certificate that does not verify */
  gboolean has_duration; /* look at `duration` seconds of video, 0: the dialogue alone; */
  double duration;       /* else until `answers` is stable (live.h) */
  double timeout;        /* seconds; 0: UL_LIVE_TIMEOUT_SECONDS */
  const char *username, *password; /* where the URL has none; NULL: no login */
  UlAnswersFunc answers; /* may be NULL */
  gpointer answers_data;
} UlLiveOptions;

typedef struct {
  gboolean no_hash;
  gboolean keep;           /* the streams keep journals (ul_examiner_keep()) */
  gboolean mask_salt;      /* compute UlSourceResult.mask_salt, whether hashed or not */
  gboolean deep;           /* decode the beginning of recordings (deep.h) */
  UlProgressFunc progress; /* may be NULL */
  gpointer progress_data;
  const UlLiveOptions *live; /* may be NULL */
  struct _UlInput **begun;   /* of ul_source_begin(), taken by the read of begun_path; may be NULL */
  const char *begun_path;
} UlSourceOptions;

/* Are the input's bytes read to the end for a digest? */
static inline gboolean
ul_source_is_hashed (const UlSourceOptions *options)
{
  return !options->no_hash || options->mask_salt;
}

/* What was read. Freed by ul_source_result_free(). */
typedef struct {
  UlInputKind kind;
  char *name;        /* redacted */
  guint64 bytes;
  char *sha256;      /* 64 hexadecimal digits, NULL with no_hash */
  GBytes *mask_salt; /* of all its bytes (base/mask.h); NULL if not asked for, of a camera, or if they could not be read to the end */
  char *container;   /* "mp4", "annexb", "transcript" … */
  GPtrArray *streams; /* UlExaminer, finished; at least one */
  GPtrArray *warnings; /* char*: of the input as a whole */
  gboolean keep;       /* as in the options */
} UlSourceResult;

void ul_source_result_free (UlSourceResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlSourceResult, ul_source_result_free)

/*
 * Reads one file, standard input ("-") or a camera (rtsp://, rtsps://).  What could be read is reported with
 * warnings; an error only where nothing could.  Messages are one line, redacted,
 * with the place.
 */
UlSourceResult *ul_source_read (const char *path, const UlSourceOptions *options, GError **error);

/*
 * Opens a regular file and begins to hash it while the caller still prepares
 * (loads knowledge); NULL where that is of no use.  Owned; see `begun` above.
 * `options`: those of the read to come; only what is hashed is looked at.
 */
struct _UlInput *ul_source_begin (const char *path, const UlSourceOptions *options);

/* --- between the files of this room ---------------------------------------- */

/* A new stream; it is not yet in `streams`. */
UlExaminer *ul_source_new_stream (const UlSourceResult *self);

/*
 * A bounded, seekable view of an open file: recording.c, transcript.c and the
 * container readers read through it.  Standard input and pipes are spooled to an
 * unlinked temporary file first.  The size is fixed when it is opened.
 */
typedef struct _UlInput UlInput;

UlInput *ul_input_open (const char *path, GError **error);
void ul_input_free (UlInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlInput, ul_input_free)
guint64 ul_input_size (const UlInput *self);
const char *ul_input_name (const UlInput *self); /* redacted */
/* Up to `len` bytes at `offset`; fewer at the end; -1 and an errno on error. */
gssize ul_input_pread (UlInput *self, void *buffer, gsize len, guint64 offset);
/* The end of the hole of a sparse file that `offset` is in; `offset` itself where there are data. */
guint64 ul_input_next_data (UlInput *self, guint64 offset);
/* Call it before hash_start: the salt of masks is computed along. */
void ul_input_want_mask_salt (UlInput *self);
/* SHA-256 beside the reading, in a thread of its own; finish waits for it. */
void ul_input_hash_start (UlInput *self);
/* `ret_mask_salt` (may be NULL): owned by the caller, NULL if it was not wanted. */
char *ul_input_hash_finish (UlInput *self, GBytes **ret_mask_salt);
void ul_input_hash_cancel (UlInput *self);

/* An evidence bundle (keepsake.h); FALSE and no error if the content is none. */
gboolean ul_bundled_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error);
/* A packet capture of libpcap's formats; FALSE and no error if the content is none. */
gboolean ul_packets_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error);
/* A recording of any kind; FALSE and no error if the content is none. */
gboolean ul_recording_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error);
/* Text of any kind; FALSE and no error if the content is none. */
gboolean ul_transcript_read (UlInput *input, const UlSourceOptions *options, UlSourceResult *result, GError **error);
/* The same for text in memory; bytes and hash of the result are left alone. */
gboolean ul_transcript_read_text (const char *text, gsize len, UlSourceResult *result);
/*
 * Examines a piece of a recording given in memory (a hex dump) and adds its
 * streams, finished, and its warnings to `result`.  FALSE if the bytes are no
 * recording of any kind.
 */
gboolean ul_recording_examine_bytes (const guint8 *data, gsize len, UlSourceResult *result);
