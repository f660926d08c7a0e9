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
#include <sys/uio.h>

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
 * (NULL or NULL-terminated): *.yaml with `kind: rules`, `makers`, `policy` or `trust`.
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
/** To keep what a page shows (ul_report_to_html()); before anything is fed. Memory grows with the stream then. */
UL_API void ul_examiner_keep (UlExaminer *self);
/** Byte stream format, in chunks of any size; `offset` and `time_us` -1 where unknown. */
UL_API void ul_examiner_feed_annexb (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len, gint64 offset, gint64 time_us);
/** A whole NAL unit without framing. */
UL_API void ul_examiner_feed_nal (UlExaminer *self, UlStreamCodec codec, const guint8 *data, gsize len);
/**
 * A whole access unit of NAL units with length prefixes of `prefix_bytes` (1, 2 or 4),
 * in pieces that lie anywhere (struct iovec of <sys/uio.h>; nothing is written to them).
 */
UL_API void ul_examiner_feed_sample_pieces (UlExaminer *self, UlStreamCodec codec, const struct iovec *pieces, guint n_pieces,
                                            guint prefix_bytes, gint64 offset, gint64 time_us);
/**
 * One RTP packet with its header (RFC 3550; the payload of RFC 6184 or RFC 7798),
 * in pieces, in the order of arrival.  Packets of another payload type than
 * `payload_type` (-1: any) are passed over; a missing one is a gap.
 */
UL_API void ul_examiner_feed_rtp (UlExaminer *self, UlStreamCodec codec, const struct iovec *pieces, guint n_pieces, gint payload_type,
                                  gint64 time_us);
/**
 * What comes next does not go on where this ended: a seek, a loss.  `cut`: what
 * came last is not whole, and its NAL unit and access unit are left out.
 */
UL_API void ul_examiner_feed_gap (UlExaminer *self, gboolean cut);
/** What a container says of itself, as a demuxer passes it on: "encoder", "Lavf58.76.100". */
UL_API void ul_examiner_feed_tag (UlExaminer *self, const char *name, const char *text);
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
/** Pictures seen so far. */
UL_API guint64 ul_examiner_n_pictures (const UlExaminer *self);
/** A number that grows when something shows that was not met before; cheap to ask for. */
UL_API guint64 ul_examiner_n_new (const UlExaminer *self);
/** A number that grows when a signed GOP is judged otherwise than the ones before it. */
UL_API guint64 ul_examiner_n_signature_news (const UlExaminer *self);
/** Ends the stream; nothing can be fed after it. */
UL_API void ul_examiner_finish (UlExaminer *self);

/* --- the report ------------------------------------------------------------------ */

typedef struct _UlReport UlReport;

/** What a device says it is, asked over ONVIF; a claim, no evidence. All borrowed, NULL where unknown. */
typedef struct {
  const char *manufacturer;
  const char *model;
  const char *firmware;
} UlClaim;

/** What the report says of its input; all borrowed, NULL or 0 where unknown. */
typedef struct {
  const char *source;    /**< name of the input; credentials are taken out */
  const char *kind;      /**< "recording", "transcript", "live" or "packets" */
  guint64 bytes;
  const char *sha256;
  const char *container;
  const char *const *warnings;
  const UlClaim *claim;  /**< its manufacturer is the label where the question has none */
  /** With `redact`: 32 bytes, SHA-256 of "underlabel mask\n" and the input's bytes, for commitments to what is masked. */
  const guint8 *mask_salt;
} UlInputInfo;

/** What is asked; zero-initialise it. All borrowed. */
typedef struct {
  const char *claimed;         /**< the brand on the box */
  const char *const *policies; /**< policy ids; NULL: none */
  const char *purpose;         /**< as in the policy files: "government-facility" … */
  const char *buyer;
  const char *acquired;        /**< YYYY-MM-DD */
  const char *const *without;  /**< layers or groups left out of the judgement */
  const char *const *trust;    /**< files and folders with certificates that vouch for a signer's key */
  gboolean no_builtin_trust;   /**< the built-in ones do not */
  /**
   * What names a device, a place or a person is masked in all that the report says: serial numbers,
   * addresses, hosts, positions, mail, free text.  No answer changes by it.
   */
  union {
    gboolean redact;
    gpointer reserved_redact;
  };
  gpointer reserved[5];
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
/** Bytes of the input at `offset`: up to `len`; returns how many there are, -1 if there are none to be had. */
typedef gssize (*UlExcerptFunc) (guint64 offset, guint8 *buffer, gsize len, gpointer user_data);
/**
 * A page for people who will attack it: one HTML document without scripts and without
 * anything outside of it.  The examiners that the report was made of must still be
 * there; what they kept (dialogue, bytes, pictures) is shown only where they were asked
 * to keep it.  `excerpt` may be NULL. Owned by the caller.
 */
UL_API char *ul_report_to_html (const UlReport *self, UlExcerptFunc excerpt, gpointer user_data);
/** The text exposition format of Prometheus, every sample with the label `source`. Owned by the caller. */
UL_API char *ul_report_to_prometheus (const UlReport *self);
/** The exit code that this report calls for: 0, 1, 2 (with fail_on_unknown) or 3. */
UL_API int ul_report_exit_code (const UlReport *self, gboolean fail_on_unknown);

/** One answer; all borrowed from the report. */
typedef struct {
  const char *id;      /**< "unknown" below moderate support */
  const char *name;    /**< for people */
  const char *support; /**< "none", "weak", "moderate" …; "none" of a path */
  double log10_lr;
} UlReportAnswer;
/** Of "maker", "platform", "software", "recorder", "path", or "restricted" (its ratio alone); FALSE for another word. */
UL_API gboolean ul_report_get_answer (const UlReport *self, const char *subject, UlReportAnswer *ret_answer);
/** What the signatures in the pictures say; all borrowed from the report. */
typedef struct {
  const char *verdict; /**< "ok", "ok-with-missing", "not-ok", "present", "unsigned" */
  const char *key;     /**< "trusted", "untrusted", "not-ok", "absent" */
  const char *why;     /**< of the last stretch that is not ok; NULL if there is none */
  guint64 gops_ok, gops_missing, gops_not_ok, gops_unsigned, gops_not_judgeable;
} UlReportAuthenticity;
/** FALSE (and "unsigned", "absent") if there is no signature. */
UL_API gboolean ul_report_get_authenticity (const UlReport *self, UlReportAuthenticity *ret_authenticity);
/** TRUE if a signature does not hold, or its key is not what it says. */
UL_API gboolean ul_report_signature_fails (const UlReport *self);
/** That part of the report alone, schema underlabel.authenticity/1; `strip`: with one character a NAL unit. */
UL_API char *ul_report_authenticity_to_json (const UlReport *self, gboolean strip, gboolean pretty);
UL_API char *ul_report_authenticity_to_text (const UlReport *self, gboolean strip, gboolean colour);
/** What speaks against the label or calls a policy, a line each; NULL if nothing does. Owned by the caller. */
UL_API char *ul_report_dup_hits (const UlReport *self);
/** Borrowed: the maker's id, "unknown" below moderate support. */
UL_API const char *ul_report_maker (const UlReport *self);
/** Borrowed: consistent, own-brand, rebrand, contradicted, undetermined; NULL if nothing was claimed. */
UL_API const char *ul_report_label_finding (const UlReport *self);

/* --- watching a stream that goes on -------------------------------------------------- */

typedef struct _UlWatch UlWatch;

/**
 * Looks out for a stream whose pictures begin to bear another maker's marks: a
 * camera that was exchanged, a channel that was switched.  `examiner` is borrowed
 * and must outlive the watch.
 */
UL_API UlWatch *ul_watch_new (UlKnowledge *knowledge, UlExaminer *examiner);
UL_API void ul_watch_free (UlWatch *self);
/**
 * Judges by the bitstream alone what came since the last look.  Where that names
 * another maker than the looks before, a warning that says when goes into the
 * stream's reports and is returned (owned by the caller); otherwise NULL.
 */
UL_API char *ul_watch_look (UlWatch *self);
/**
 * The same on what a report of this one stream was just made of, which saves a
 * look.  A warning stands in the reports that are made afterwards.
 */
UL_API char *ul_watch_look_at (UlWatch *self, const UlReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlWatch, ul_watch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlExaminer, ul_examiner_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlReport, ul_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UlKnowledge, ul_knowledge_unref)

G_END_DECLS
