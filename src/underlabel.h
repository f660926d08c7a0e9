/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * underlabel: who really made a camera, from the video it sends.
 *
 * The public interface of libunderlabel.  The library takes bytes and messages
 * from whoever has them, does no I/O of its own beyond knowledge files, and
 * keeps no global mutable state: objects may be used from any thread, one
 * thread at a time; a knowledge is immutable and shared.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#if defined(__GNUC__) && !defined(UL_API)
#define UL_API __attribute__ ((visibility ("default")))
#elif !defined(UL_API)
#define UL_API
#endif

/** Codes of UL_ERROR are the program's exit codes (sysexits.h where it has one). */
#define UL_ERROR (ul_error_quark ())
UL_API GQuark ul_error_quark (void);

typedef enum {
  UL_ERROR_KNOWLEDGE = 65, /**< a rule, maker or policy file is refused: file and line are in the message */
  UL_ERROR_NOT_FOUND = 66, /**< no such file, policy, maker */
  UL_ERROR_INTERNAL = 70
} UlError;

UL_API const char *ul_version (void);

/* --- knowledge -------------------------------------------------------------- */

typedef struct _UlKnowledge UlKnowledge;

/**
 * The built-in knowledge, and after it the files of each directory of `dirs`
 * (NULL or NULL-terminated): *.yaml with `kind: rules`, `makers` or `policy`.
 * Returns an owned reference, or NULL and `error` with file and line.
 */
UL_API UlKnowledge *ul_knowledge_new (const char *const *dirs, GError **error);
UL_API UlKnowledge *ul_knowledge_ref (UlKnowledge *self);
UL_API void ul_knowledge_unref (UlKnowledge *self);
/** "<date>-<12 hex digits of its SHA-256>"; borrowed. */
UL_API const char *ul_knowledge_id (const UlKnowledge *self);

/* --- examining a stream -------------------------------------------------------- */

typedef struct _UlExaminer UlExaminer;

typedef enum { UL_STREAM_H264 = 1, UL_STREAM_H265 = 2 } UlStreamCodec;

/** An examiner takes one stream; free it with ul_examiner_free(). */
UL_API UlExaminer *ul_examiner_new (void);
UL_API void ul_examiner_free (UlExaminer *self);
/** Byte stream format, in chunks of any size; `offset` and `time_us` -1 where unknown. */
UL_API void ul_examiner_feed_annexb (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len, gint64 offset, gint64 time_us);
/** A whole NAL unit without framing. */
UL_API void ul_examiner_feed_nal (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len);
/** A whole access unit of NAL units with length prefixes of `prefix_bytes` (1, 2 or 4). */
UL_API void ul_examiner_feed_sample (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len, guint prefix_bytes, gint64 offset,
                                     gint64 time_us);
/** An AVC or HEVC decoder configuration record (codec_data); returns its prefix length, 0 if it is none. */
UL_API guint ul_examiner_feed_config_record (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len);

/** Through what the next pieces came; a bit set.  What they may have rewritten is no evidence then. */
typedef enum {
  UL_FED_AS_SENT = 0,
  UL_FED_BY_LIBRARY = 1 << 0,     /**< RTSP messages that a library parsed and printed again */
  UL_FED_BY_DEPAYLOADER = 1 << 1, /**< NAL units out of RTP packets */
  UL_FED_BY_PARSER = 1 << 2,      /**< a parser that adds AUDs and rewrites start codes (h264parse) */
  UL_FED_BY_MUXER = 1 << 3        /**< out of a container */
} UlFedBy;
UL_API void ul_examiner_set_provenance (UlExaminer *self, UlFedBy fed_by);
/** One RTSP message as it was sent, with its body. */
UL_API void ul_examiner_feed_message (UlExaminer *self, const char *text, gsize len);
/** A session description. */
UL_API void ul_examiner_feed_sdp (UlExaminer *self, const char *text, gsize len);
/** Ends the stream; nothing can be fed after it. */
UL_API void ul_examiner_finish (UlExaminer *self);

/* --- the report ------------------------------------------------------------------ */

typedef struct _UlReport UlReport;

/** What the report says of its input; all borrowed, NULL or 0 where unknown. */
typedef struct {
  const char *source;    /**< name of the input; credentials are taken out */
  const char *kind;      /**< "recording", "transcript", "live" or "packets" */
  guint64 bytes;
  const char *sha256;
  const char *container;
  const char *const *warnings;
} UlInputInfo;

/** What is asked; zero-initialise it. All borrowed. */
typedef struct {
  const char *claimed;         /**< the brand on the box */
  const char *const *policies; /**< policy ids; NULL: none */
  const char *purpose;         /**< as in the policy files: "government-facility" … */
  const char *buyer;
  const char *acquired;        /**< YYYY-MM-DD */
  const char *const *without;  /**< layers or groups left out of the judgement */
  gpointer reserved[8];
} UlQuestion;

/**
 * Judges `n_streams` examiners (borrowed) as one input; one that is not
 * finished is judged by what it has seen so far and goes on.  Returns an owned,
 * immutable report, or NULL and `error` (unknown policy or layer).
 */
UL_API UlReport *ul_report_new (UlKnowledge *knowledge, const UlInputInfo *input, const UlQuestion *question,
                                UlExaminer *const *streams, guint n_streams, GError **error);
UL_API void ul_report_free (UlReport *self);
/** JSON of schema underlabel.report/1: one line, or indented. Owned by the caller. */
UL_API char *ul_report_to_json (const UlReport *self, gboolean pretty);
/** Text for people; `colour` adds terminal colours. Owned by the caller. */
UL_API char *ul_report_to_text (const UlReport *self, gboolean colour);
/** The exit code that this report calls for: 0, 1, 2 (with fail_on_unknown) or 3. */
UL_API int ul_report_exit_code (const UlReport *self, gboolean fail_on_unknown);
/** Borrowed: the maker's id, "unknown" below moderate support. */
UL_API const char *ul_report_maker (const UlReport *self);
/** Borrowed: consistent, own-brand, rebrand, contradicted, undetermined; NULL if nothing was claimed. */
UL_API const char *ul_report_label_finding (const UlReport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlReport, ul_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlKnowledge, ul_knowledge_unref)

G_END_DECLS
