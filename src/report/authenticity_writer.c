/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/authenticity_writer.h"

#define STRETCHES_SHOWN 12
#define CHANGES_SHOWN 8

/* "2023-06-15T12:05:30.712635Z"; NULL for -1 */
static char *
time_text (gint64 us)
{
  g_autoptr (GDateTime) t = us < 0 ? NULL : g_date_time_new_from_unix_utc (us / G_USEC_PER_SEC);

  if (!t)
    return NULL;
  g_autofree char *seconds = g_date_time_format (t, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06dZ", seconds, (int) (us % G_USEC_PER_SEC));
}

static gboolean
is_signed (const UlReportStream *s)
{
  return s && s->authenticity && s->authenticity->n_seis;
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void
write_counts (UlJson *j, const UlAuthenticity *a)
{
  ul_json_int (j, "signatures", (gint64) a->n_seis);
  ul_json_int (j, "sessions", (gint64) a->n_sessions);
  ul_json_begin_object (j, "gops");
  ul_json_int (j, "ok", (gint64) a->gops[UL_GOP_OK]);
  ul_json_int (j, "missing", (gint64) a->gops[UL_GOP_MISSING]);
  ul_json_int (j, "not_ok", (gint64) a->gops[UL_GOP_NOT_OK]);
  ul_json_int (j, "unsigned", (gint64) a->gops[UL_GOP_UNSIGNED]);
  ul_json_int (j, "not_judgeable", (gint64) a->gops[UL_GOP_NOT_JUDGEABLE]);
  ul_json_end_object (j);
  ul_json_begin_object (j, "nals");
  ul_json_int (j, "ok", (gint64) a->n_ok);
  ul_json_int (j, "changed", (gint64) a->n_changed);
  ul_json_int (j, "added", (gint64) a->n_added);
  ul_json_int (j, "moved", (gint64) a->n_moved);
  ul_json_int (j, "missing", (gint64) a->n_missing);
  ul_json_int (j, "not_judged", (gint64) a->n_not_judged);
  ul_json_int (j, "not_hashed", (gint64) a->n_not_hashed);
  ul_json_end_object (j);
}

static void
write_signer (UlJson *j, const UlAuthenticity *a)
{
  g_autofree char *version = g_strdup_printf ("%u.%u.%u", a->signer_version[0], a->signer_version[1], a->signer_version[2]);
  g_autofree char *from = time_text (a->signed_from_us), *to = time_text (a->signed_to_us);

  ul_json_begin_object (j, "signer");
  ul_json_string (j, "manufacturer", a->product.manufacturer);
  ul_json_string (j, "hardware", a->product.hardware);
  ul_json_string (j, "firmware", a->product.firmware);
  ul_json_string (j, "serial", a->product.serial);
  ul_json_string (j, "address", a->product.address);
  ul_json_end_object (j);
  ul_json_begin_object (j, "versions");
  ul_json_string (j, "signing_code", version);
  ul_json_int (j, "general", a->general_version);
  ul_json_end_object (j);
  ul_json_begin_object (j, "signed");
  ul_json_string (j, "from", from);
  ul_json_string (j, "to", to);
  ul_json_end_object (j);
}

static void
write_certificate (UlJson *j, const UlKeyCertificate *c)
{
  g_autofree char *from = time_text (c->not_before * G_USEC_PER_SEC), *to = time_text (c->not_after * G_USEC_PER_SEC);

  ul_json_begin_object (j, NULL);
  ul_json_string (j, "subject", c->subject);
  ul_json_string (j, "issuer", c->issuer);
  ul_json_string (j, "sha256", c->sha256);
  ul_json_string (j, "not_before", from);
  ul_json_string (j, "not_after", to);
  ul_json_end_object (j);
}

static void
write_key (UlJson *j, const UlReportStream *s)
{
  const UlSigningKey *key = s->authenticity->identity.key;
  const UlKeyJudgement *k = s->key;

  ul_json_begin_object (j, "key_details");
  ul_json_string (j, "reason", k->reason);
  ul_json_string (j, "algorithm", key ? ul_signing_key_algorithm (key) : NULL);
  ul_json_string (j, "sha256", key ? ul_signing_key_sha256 (key) : NULL);
  ul_json_bool (j, "attested", k->attested);
  ul_json_string (j, "chip_serial", k->chip_serial);
  ul_json_string (j, "root_sha256", k->root_sha256);
  ul_json_string (j, "root_from", k->root_origin);
  ul_json_string (j, "root_of", s->root_maker);
  ul_json_bool (j, "time_checked", !k->time_unknown);
  ul_json_bool (j, "revocation_checked", k->revocation_checked);
  ul_json_begin_array (j, "certificates");
  for (guint i = 0; k->certificates && i < k->certificates->len; i++)
    write_certificate (j, g_ptr_array_index (k->certificates, i));
  ul_json_end_array (j);
  ul_json_end_object (j);
}

static void
write_change (UlJson *j, const UlChangedNal *c)
{
  ul_json_begin_object (j, NULL);
  ul_json_string (j, "how", ul_change_kind_name (c->how));
  ul_json_int (j, "frame", (gint64) c->frame);
  ul_json_int (j, "nal", (gint64) c->nal);
  ul_json_string (j, "type", c->type);
  if (c->offset >= 0)
    ul_json_int (j, "offset", c->offset);
  if (c->time_us >= 0)
    ul_json_int (j, "time_us", c->time_us);
  ul_json_end_object (j);
}

static void
write_stretch (UlJson *j, const UlStretch *s)
{
  ul_json_begin_object (j, NULL);
  ul_json_string (j, "verdict", ul_gop_state_name (s->state));
  ul_json_string (j, "why", s->why);
  if (s->state != UL_GOP_UNSIGNED)
    ul_json_int (j, "gop_counter", s->gop_counter);
  ul_json_int (j, "gops", (gint64) s->n_gops);
  if (s->has_frames) {
    ul_json_begin_array (j, "frames");
    ul_json_int (j, NULL, (gint64) s->first_frame);
    ul_json_int (j, NULL, (gint64) s->last_frame);
    ul_json_end_array (j);
  }
  if (s->has_frames && s->first_us >= 0) {
    ul_json_begin_array (j, "time_us");
    ul_json_int (j, NULL, s->first_us);
    ul_json_int (j, NULL, MAX (s->last_us, s->first_us));
    ul_json_end_array (j);
  }
  ul_json_int (j, "missing", (gint64) s->n_missing);
  ul_json_begin_array (j, "changed");
  for (guint i = 0; i < s->changes->len; i++)
    write_change (j, &g_array_index (s->changes, UlChangedNal, i));
  ul_json_end_array (j);
  if (s->n_changed > s->changes->len)
    ul_json_int (j, "changed_more", (gint64) (s->n_changed - s->changes->len));
  ul_json_end_object (j);
}

/* What is in the stream and no signature speaks of. */
static guint
not_covered (const UlAuthenticity *a, const char **ret_what, guint64 *ret_count)
{
  const struct {
    const char *what;
    guint64 n;
  } rows[] = { { "parameter sets: size, timing and colours can be altered unseen", a->n_parameter_sets },
               { "slices of a type that the format does not hash", a->n_other_slices },
               { "SEIs of others", a->n_foreign_seis },
               { "pictures after the last signature", a->n_tail_frames } };
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].n) {
      ret_what[n] = rows[i].what;
      ret_count[n++] = rows[i].n;
    }
  return n;
}

static void
write_not_covered (UlJson *j, const UlAuthenticity *a)
{
  const char *what[8];
  guint64 count[8];
  guint n = not_covered (a, what, count);

  ul_json_begin_array (j, "not_covered");
  for (guint i = 0; i < n; i++) {
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "what", what[i]);
    ul_json_int (j, "count", (gint64) count[i]);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

void
ul_authenticity_write_json (UlJson *j, const UlReport *self, const UlReportStream *s, gboolean strip)
{
  const UlAuthenticity *a = s ? s->authenticity : NULL;

  ul_json_begin_object (j, "authenticity");
  ul_json_string (j, "verdict", ul_authenticity_verdict_name (a ? a->verdict : UL_AUTHENTICITY_UNSIGNED));
  ul_json_string (j, "key", ul_key_trust_name (s && s->key ? s->key->trust : UL_KEY_ABSENT));
  if (is_signed (s)) {
    ul_json_string (j, "format", ul_signing_format_name (a->format));
    ul_json_bool (j, "legacy", a->legacy);
    write_counts (j, a);
    write_signer (j, a);
    write_key (j, s);
    ul_json_begin_array (j, "stretches");
    for (guint i = 0; i < a->stretches->len; i++)
      write_stretch (j, g_ptr_array_index (a->stretches, i));
    ul_json_end_array (j);
    if (a->n_more_stretches)
      ul_json_int (j, "stretches_more", (gint64) a->n_more_stretches);
    write_not_covered (j, a);
  }
  if (strip)
    ul_json_string (j, "strip", a ? a->strip : "");
  ul_json_end_object (j);
}

/* --- text ------------------------------------------------------------------------------------- */

static const char *
key_words (const UlReportStream *s)
{
  static const char *const words[] = { "the key that it was signed with is not in it",
                                       "whose key it was signed with is not proven",
                                       "the key is vouched for by a trusted root",
                                       "but the key is not what it says it is" };

  return words[s->key->trust];
}

/* By UlAuthenticityVerdict. */
static const struct {
  UlStyle style;
  const char *head, *text;
} headlines[] = {
  [UL_AUTHENTICITY_PRESENT] = { UL_STYLE_YELLOW, "Signed, NOT VERIFIED. ", "There are signatures, and nothing in it that they could be held against" },
  [UL_AUTHENTICITY_OK] = { UL_STYLE_GREEN, "Signature VALID. ", "All that is signed is as it was signed" },
  [UL_AUTHENTICITY_OK_WITH_MISSING] = { UL_STYLE_YELLOW, "Signature VALID, RECORDING INCOMPLETE. ",
                                        "What is signed and there is as it was signed; not all of it is there, or not all of it is signed" },
  [UL_AUTHENTICITY_NOT_OK] = { UL_STYLE_RED, "Signature NOT VALID. ", "The recording is not as it was signed" },
};

void
ul_authenticity_write_headline (UlText *t, const UlReportStream *s)
{
  UlAuthenticityVerdict v = s->authenticity ? s->authenticity->verdict : UL_AUTHENTICITY_UNSIGNED;

  if (v == UL_AUTHENTICITY_UNSIGNED)
    return;
  gboolean refuted = s->key->trust == UL_KEY_NOT_OK;
  g_autofree char *text = g_strdup_printf ("%s; %s.", headlines[v].text, key_words (s));
  ul_text_put (t, refuted ? UL_STYLE_RED : headlines[v].style, headlines[v].head);
  ul_text_wrap (t, 0, (guint) g_utf8_strlen (headlines[v].head, -1), text);
}

static void
write_gop_counts (UlText *t, const UlAuthenticity *a)
{
  static const char *const words[UL_N_GOP_STATES] = { "ok", "missing or with missing parts", "not ok", "unsigned", "not judgeable" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (UlGopState i = 0; i < UL_N_GOP_STATES; i++)
    if (a->gops[i])
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", text->len ? ", " : "", a->gops[i], words[i]);
  ul_text_itemf (t, "GOPs", "%s (%" G_GUINT64_FORMAT " signatures, %s%s)", text->len ? text->str : "none judged", a->n_seis,
                 a->format == UL_SIGNING_AXIS ? "Axis Signed Video" : "ONVIF Media Signing", a->legacy ? ", the form of v1" : "");
}

static void
write_who (UlText *t, const UlReport *self, const UlReportStream *s)
{
  const UlSignedProduct *p = &s->authenticity->product;
  const struct {
    const char *name, *value;
  } rows[] = { { "", p->manufacturer }, { "product ", p->hardware }, { "serial ", p->serial }, { "firmware ", p->firmware }, { "", p->address } };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].value)
      g_string_append_printf (text, "%s%s%s", text->len ? ", " : "", rows[i].name, rows[i].value);
  if (text->len)
    ul_text_itemf (t, "signer", "%s (%s)", text->str,
                   s->key->trust == UL_KEY_TRUSTED ? "its own words, signed with a trusted key" : "its own words; anybody can write them");
  ul_text_itemf (t, "key", "%s: %s", ul_key_trust_name (s->key->trust), s->key->reason);
  if (s->root_maker)
    ul_text_itemf (t, "root", "%s's", ul_report_name_of (self, UL_SUBJECT_MAKER, s->root_maker));
  for (guint i = 0; s->key->certificates && i < s->key->certificates->len; i++) {
    const UlKeyCertificate *c = g_ptr_array_index (s->key->certificates, i);
    ul_text_itemf (t, i ? "" : "certificate", "%s, SHA-256 %s", c->subject, c->sha256);
  }
}

/* Owned by the caller. */
static char *
stretch_text (const UlStretch *s)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (s->has_frames && s->first_frame == s->last_frame)
    g_string_append_printf (text, "frame %" G_GUINT64_FORMAT, s->first_frame);
  else if (s->has_frames)
    g_string_append_printf (text, "frames %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, s->first_frame, s->last_frame);
  if (s->has_frames && s->first_us >= 0)
    g_string_append_printf (text, " (%.2f s to %.2f s)", (double) s->first_us / 1e6, (double) MAX (s->last_us, s->first_us) / 1e6);
  g_string_append_printf (text, "%s%s", text->len ? ": " : "", s->why);
  for (guint i = 0; i < MIN (s->changes->len, CHANGES_SHOWN); i++) {
    const UlChangedNal *c = &g_array_index (s->changes, UlChangedNal, i);
    g_string_append_printf (text, "; %s: frame %" G_GUINT64_FORMAT ", %s", ul_change_kind_name (c->how), c->frame, c->type);
    if (c->offset >= 0)
      g_string_append_printf (text, " at byte %" G_GINT64_FORMAT, c->offset);
  }
  if (s->n_changed > CHANGES_SHOWN)
    g_string_append_printf (text, "; and %" G_GUINT64_FORMAT " more", s->n_changed - CHANGES_SHOWN);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
write_text_stretch (UlText *t, const UlStretch *s)
{
  g_autofree char *text = stretch_text (s);

  ul_text_item (t, ul_gop_state_name (s->state), text);
}

const UlStretch *
ul_authenticity_first_stretch (const UlAuthenticity *a, UlGopState state)
{
  for (guint i = 0; i < a->stretches->len; i++) {
    const UlStretch *s = g_ptr_array_index (a->stretches, i);
    if (s->state == state)
      return s;
  }
  return NULL;
}

char *
ul_authenticity_dup_sentence (const UlReportStream *s)
{
  const UlAuthenticity *a = s->authenticity;

  if (!is_signed (s) || a->verdict == UL_AUTHENTICITY_UNSIGNED)
    return NULL;
  const UlStretch *worst = ul_authenticity_first_stretch (a, a->verdict == UL_AUTHENTICITY_NOT_OK ? UL_GOP_NOT_OK : UL_GOP_MISSING);
  g_autofree char *stretch = worst ? stretch_text (worst) : NULL;
  return g_strdup_printf ("%s%s; %s.%s%s%s", headlines[a->verdict].head, headlines[a->verdict].text, key_words (s), stretch ? " First: " : "",
                          stretch ? stretch : "", stretch ? "." : "");
}

void
ul_authenticity_write_text (UlText *t, const UlReport *self, const UlReportStream *s)
{
  const UlAuthenticity *a = s->authenticity;

  if (!is_signed (s))
    return;
  g_autofree char *from = time_text (a->signed_from_us), *to = time_text (a->signed_to_us);
  ul_text_heading (t, "Signature");
  ul_text_item (t, "verdict", ul_authenticity_verdict_name (a->verdict));
  write_gop_counts (t, a);
  write_who (t, self, s);
  if (from)
    ul_text_itemf (t, "signed", "from %s to %s by the signer's clock", from, to);
  if (a->n_sessions > 1)
    ul_text_itemf (t, "sessions", "signing begins %" G_GUINT64_FORMAT " times: what lies between two sessions is not known", a->n_sessions);
  for (guint i = 0; i < MIN (a->stretches->len, STRETCHES_SHOWN); i++)
    write_text_stretch (t, g_ptr_array_index (a->stretches, i));
  if (a->stretches->len > STRETCHES_SHOWN)
    ul_text_itemf (t, "", "and %u more stretches (--json lists them)", a->stretches->len - STRETCHES_SHOWN);
  const char *what[8];
  guint64 count[8];
  guint n = not_covered (a, what, count);
  for (guint i = 0; i < n; i++)
    ul_text_itemf (t, i ? "" : "not covered", "%" G_GUINT64_FORMAT " %s", count[i], what[i]);
}
