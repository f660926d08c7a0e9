/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/mask_forms.h"

#include <string.h>

/* What is shorter is masked where it stands; that it is met elsewhere says nothing. */
#define MIN_KNOWN 3
#define MIN_KNOWN_HEX 4
#define BUCKETS 4096
#define MIN_READABLE 6
#define MAX_SUFFIX 6

static const char *const class_names[UL_N_MASK_CLASSES] = { "serial", "ip", "mac", "host", "gps", "mail", "text" };

typedef struct {
  char *token, *commitment; /* the latter NULL without salt */
} Entry;

/* A way in which a value that was masked may be written; lower case. */
typedef struct {
  char *text;
  gsize len;
  gboolean word; /* not inside of a word */
  const Entry *entry;
} Form;

struct _UlMask {
  gboolean salted;
  guint8 salt[UL_MASK_SALT_BYTES];
  GPtrArray *entries;      /* Entry */
  GHashTable *by_value;    /* "class\nvalue" -> Entry */
  GHashTable *forms;       /* text -> Form */
  GHashTable *versions;    /* a set of text */
  GPtrArray *buckets[BUCKETS]; /* Form, the longest first; by the first MIN_KNOWN bytes; NULL where empty */
  guint counts[UL_N_MASK_CLASSES];
  UlMaskPublicFunc is_public;
  gpointer public_data;
  GHashTable *asked;       /* text -> what is_public said of it, 1 or 2 for no and yes */
};

const char *
ul_mask_class_name (UlMaskClass class)
{
  return class_names[class];
}

/* --- life -------------------------------------------------------------------------- */

static void
entry_free (gpointer data)
{
  Entry *e = data;

  g_free (e->token);
  g_free (e->commitment);
  g_free (e);
}

static void
form_free (gpointer data)
{
  Form *f = data;

  g_free (f->text);
  g_free (f);
}

UlMask *
ul_mask_new (const guint8 *salt)
{
  UlMask *self = g_new0 (UlMask, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->by_value = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->forms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, form_free);
  self->versions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->salted = salt != NULL;
  if (salt)
    memcpy (self->salt, salt, sizeof self->salt);
  return self;
}

void
ul_mask_free (UlMask *self)
{
  if (!self)
    return;
  for (guint i = 0; i < BUCKETS; i++)
    g_clear_pointer (&self->buckets[i], g_ptr_array_unref);
  g_hash_table_unref (self->by_value);
  g_hash_table_unref (self->forms);
  g_hash_table_unref (self->versions);
  g_hash_table_unref (self->asked);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

void
ul_mask_set_public (UlMask *self, UlMaskPublicFunc is_public, gpointer user_data)
{
  self->is_public = is_public;
  self->public_data = user_data;
}

void
ul_mask_add_version (UlMask *self, const char *version)
{
  g_hash_table_add (self->versions, g_strdup (version));
}

guint
ul_mask_count (const UlMask *self, UlMaskClass class)
{
  return self->counts[class];
}

guint
ul_mask_n (const UlMask *self)
{
  return self->entries->len;
}

const char *
ul_mask_get_token (const UlMask *self, guint i)
{
  return ((const Entry *) g_ptr_array_index (self->entries, i))->token;
}

const char *
ul_mask_get_commitment (const UlMask *self, guint i)
{
  return ((const Entry *) g_ptr_array_index (self->entries, i))->commitment;
}

/* --- values that were masked ------------------------------------------------------------ */

/* As it is compared. */
static char *
canonical (UlMaskClass class, const char *value)
{
  GString *out;

  if (class != UL_MASK_MAC)
    return class == UL_MASK_IP || class == UL_MASK_HOST || class == UL_MASK_MAIL ? g_ascii_strdown (value, -1) : g_strdup (value);
  out = g_string_new (NULL);
  for (; *value; value++)
    if (g_ascii_isxdigit (*value))
      g_string_append_c (out, g_ascii_tolower (*value));
  return g_string_free (out, FALSE);
}

static char *
commit (const UlMask *self, UlMaskClass class, const char *value)
{
  if (!self->salted)
    return NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, self->salt, sizeof self->salt);
  g_checksum_update (sum, (const guchar *) class_names[class], -1);
  g_checksum_update (sum, (const guchar *) "\n", 1);
  g_checksum_update (sum, (const guchar *) value, -1);
  return g_strdup (g_checksum_get_string (sum));
}

static guint
bucket_of (const char *p)
{
  guint h = 0;

  for (guint i = 0; i < MIN_KNOWN; i++)
    h = h * 31 + (guchar) g_ascii_tolower (p[i]);
  return h % BUCKETS;
}

static gint
longest_first (gconstpointer a, gconstpointer b)
{
  const Form *x = *(Form *const *) a, *y = *(Form *const *) b;

  return x->len != y->len ? (x->len < y->len) - (x->len > y->len) : strcmp (x->text, y->text);
}

static void
add_form (UlMask *self, const Entry *entry, const char *text, gboolean word)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  gsize len = strlen (lower);

  if (len < MIN_KNOWN || g_hash_table_contains (self->forms, lower))
    return;
  Form *f = g_new (Form, 1);
  *f = (Form){ g_steal_pointer (&lower), len, word, entry };
  g_hash_table_insert (self->forms, f->text, f);
  GPtrArray **bucket = &self->buckets[bucket_of (f->text)];
  if (!*bucket)
    *bucket = g_ptr_array_new ();
  g_ptr_array_add (*bucket, f);
  g_ptr_array_sort (*bucket, longest_first);
}

static char *
hex_of (const char *bytes, gsize len)
{
  GString *out = g_string_sized_new (2 * len);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (out, "%02x", (guchar) bytes[i]);
  return g_string_free (out, FALSE);
}

static gboolean
is_plain_text (const UlMask *self, const char *text, gsize len);

/* Every way to write it that is met. */
static void
add_forms (UlMask *self, const Entry *entry, UlMaskClass class, const char *value)
{
  gboolean word = class != UL_MASK_SERIAL && class != UL_MASK_MAC;

  /* A host called "rtsp" is not meant wherever the word stands. */
  if (word && class != UL_MASK_IP && class != UL_MASK_GPS && is_plain_text (self, value, strlen (value)))
    return;
  g_autofree char *lower = g_ascii_strdown (value, -1), *upper = g_ascii_strup (value, -1);
  g_autofree char *escaped = g_uri_escape_string (value, NULL, TRUE);

  add_form (self, entry, value, word || strlen (value) < 8);
  add_form (self, entry, escaped, word || strlen (value) < 8);
  if (class == UL_MASK_IP) {
    g_autofree char *dashes = g_strdelimit (g_strdup (value), ".:", '-');
    add_form (self, entry, dashes, TRUE);
  }
  if (strlen (value) < MIN_KNOWN_HEX)
    return;
  const char *const spelt[] = { value, lower, upper };
  for (gsize i = 0; i < G_N_ELEMENTS (spelt); i++) {
    g_autofree char *hex = hex_of (spelt[i], strlen (spelt[i]));
    add_form (self, entry, hex, FALSE);
  }
}

static const Entry *
intern (UlMask *self, UlMaskClass class, const char *value)
{
  g_autofree char *compared = canonical (class, value);
  g_autofree char *id = g_strconcat (class_names[class], "\n", compared, NULL);
  Entry *e = g_hash_table_lookup (self->by_value, id);

  if (!e) {
    e = g_new (Entry, 1);
    *e = (Entry){ g_strdup_printf ("[%s %u]", class_names[class], ++self->counts[class]), commit (self, class, compared) };
    g_ptr_array_add (self->entries, e);
    g_hash_table_insert (self->by_value, g_steal_pointer (&id), e);
    add_forms (self, e, class, compared);
  }
  if (!g_str_equal (compared, value))
    add_forms (self, e, class, value);
  return e;
}

/* --- what stands at a place ------------------------------------------------------------------ */

/* A token that was put there before: "[ip 2]". */
static gsize
token_at (const UlMaskScan *s, gsize i)
{
  if (s->text[i] != '[')
    return 0;
  for (guint k = 0; k < UL_N_MASK_CLASSES; k++) {
    gsize n = strlen (class_names[k]), end = i + 1 + n + 1;
    if (end >= s->n || strncmp (s->text + i + 1, class_names[k], n) != 0 || s->text[end - 1] != ' ')
      continue;
    while (end < s->n && g_ascii_isdigit (s->text[end]))
      end++;
    if (end < s->n && s->text[end] == ']' && end > i + n + 2)
      return end + 1 - i;
  }
  return 0;
}

static gboolean
is_word_char (char c)
{
  return g_ascii_isalnum (c) || (guchar) c >= 0x80;
}

static const Form *
known_at (const UlMask *self, const UlMaskScan *s, gsize i)
{
  const GPtrArray *bucket = s->n - i < MIN_KNOWN ? NULL : self->buckets[bucket_of (s->text + i)];

  for (guint k = 0; bucket && k < bucket->len; k++) {
    const Form *f = g_ptr_array_index (bucket, k);
    if (f->len > s->n - i || g_ascii_strncasecmp (f->text, s->text + i, f->len) != 0)
      continue;
    gboolean inside = (i && is_word_char (s->text[i - 1]) && is_word_char (f->text[0]))
                      || (i + f->len < s->n && is_word_char (s->text[i + f->len]) && is_word_char (f->text[f->len - 1]));
    if (!f->word || !inside)
      return f;
  }
  return NULL;
}

static const Entry *
entry_of (UlMask *self, const UlMaskScan *s, const UlMaskThing *t)
{
  g_autofree char *value = g_strndup (s->text + t->at, t->len);

  g_strstrip (value);
  if (!*value || (t->class == UL_MASK_IP && g_hash_table_contains (self->versions, value))
      || (t->words && is_plain_text (self, value, strlen (value))))
    return NULL;
  if (t->class == UL_MASK_SERIAL && ul_mask_is_whole (value, UL_MASK_MAC))
    return intern (self, UL_MASK_MAC, value);
  return intern (self, t->class, value);
}

/* Is there something to mask from `i` on?  Up to *ret_at the text stays; then comes `ret_len` of it. */
static const Entry *
masked_at (UlMask *self, const UlMaskScan *s, gsize i, gsize *ret_at, gsize *ret_len)
{
  const Form *f = known_at (self, s, i);
  UlMaskThing t;

  if (f) {
    *ret_at = i;
    *ret_len = f->len;
    return f->entry;
  }
  if (s->coded || !ul_mask_thing_at (s, i, &t))
    return NULL;
  *ret_at = t.at;
  *ret_len = t.len;
  return entry_of (self, s, &t);
}

static char *
mask (UlMask *self, const char *text, gboolean version, gboolean coded)
{
  UlMaskScan s = { text, strlen (text), version, coded };
  GString *out = g_string_sized_new (s.n + 16);

  for (gsize i = 0; i < s.n;) {
    gsize at, len, keep = token_at (&s, i);
    const Entry *e = keep ? NULL : masked_at (self, &s, i, &at, &len);

    if (e) {
      g_string_append_len (out, text + i, (gssize) (at - i));
      g_string_append (out, e->token);
      i = at + len;
      continue;
    }
    keep = keep ? keep : MAX (MAX (ul_mask_coded_at (&s, i), ul_mask_escape_at (&s, i)), 1);
    g_string_append_len (out, text + i, (gssize) keep);
    i += keep;
  }
  return g_string_free (out, FALSE);
}

char *
ul_mask_text (UlMask *self, const char *text)
{
  return mask (self, text, FALSE, FALSE);
}

char *
ul_mask_version (UlMask *self, const char *text)
{
  return mask (self, text, TRUE, FALSE);
}

char *
ul_mask_known (UlMask *self, const char *text)
{
  return mask (self, text, FALSE, TRUE);
}

/* --- whole values ----------------------------------------------------------------------------- */

static gboolean
says_something (const char *text)
{
  for (const char *p = text; *p; p++)
    if (is_word_char (*p) && !strchr ("xX0", *p))
      return TRUE;
  return FALSE;
}

/* A MAC address is one wherever it is found, and so are an IP address and mail. */
static UlMaskClass
class_of (UlMaskClass class, const char *value)
{
  if (class == UL_MASK_SERIAL && ul_mask_is_whole (value, UL_MASK_MAC))
    return UL_MASK_MAC;
  if (class == UL_MASK_HOST && ul_mask_is_whole (value, UL_MASK_IP))
    return UL_MASK_IP;
  return (class == UL_MASK_HOST || class == UL_MASK_TEXT) && ul_mask_is_whole (value, UL_MASK_MAIL) ? UL_MASK_MAIL : class;
}

char *
ul_mask_value (UlMask *self, UlMaskClass class, const char *value)
{
  g_autofree char *bare = g_strstrip (g_strdup (value));
  UlMaskScan s = { bare, strlen (bare), FALSE, FALSE };

  if (!says_something (bare) || (s.n && token_at (&s, 0) == s.n)
      || ((class == UL_MASK_HOST || class == UL_MASK_IP) && ul_mask_is_common_address (bare)))
    return g_strdup (value);
  return g_strdup (intern (self, class_of (class, bare), bare)->token);
}

/* To look a word up costs more than to find it here. */
static gboolean
is_public (const UlMask *self, const char *text)
{
  guint known = self->is_public ? GPOINTER_TO_UINT (g_hash_table_lookup (self->asked, text)) : 1;

  if (!known) {
    known = self->is_public (text, self->public_data) ? 2 : 1;
    g_hash_table_insert (self->asked, g_strdup (text), GUINT_TO_POINTER (known));
  }
  return known == 2;
}

static gboolean
is_plain_word (const UlMask *self, const char *word, gsize len)
{
  g_autofree char *copy = g_strndup (word, len);

  return !says_something (copy) || ul_mask_is_plain_word (word, len) || is_public (self, copy);
}

/* A word with the dashes in it, or without. */
static gsize
word_at (const char *text, gsize len, gsize i, gboolean dashes)
{
  gsize n = 0;

  while (i + n < len && (is_word_char (text[i + n]) || (dashes && n && text[i + n] == '-')))
    n++;
  return n;
}

/* Are all its words those of any stream, or public? */
static gboolean
is_plain_text (const UlMask *self, const char *text, gsize len)
{
  UlMaskScan s = { text, len, FALSE, FALSE };
  g_autofree char *whole = g_strndup (text, len);

  if (is_public (self, whole))
    return TRUE;
  for (gsize i = 0; i < len;) {
    gsize n = token_at (&s, i);

    if (!n) {
      n = word_at (text, len, i, TRUE); /* "TP-LINK" is one word, "Media-Server" two */
      if (n && !is_plain_word (self, text + i, n))
        n = word_at (text, len, i, FALSE);
      if (n && !is_plain_word (self, text + i, n))
        return FALSE;
    }
    i += MAX (n, 1);
  }
  return TRUE;
}

char *
ul_mask_words (UlMask *self, const char *text)
{
  return is_plain_text (self, text, strlen (text)) ? ul_mask_text (self, text) : ul_mask_value (self, UL_MASK_TEXT, text);
}

/* A word of a realm that is a number of the device: "02005E100100", "4H0123456789012", "htt4zck". */
static gboolean
is_number_of_device (const UlMask *self, const char *word, gsize n)
{
  g_autofree char *copy = g_strndup (word, n);
  guint digits = 0;

  for (gsize i = 0; i < n; i++)
    digits += g_ascii_isdigit (word[i]);
  return digits && n >= 5 && (digits == n || !ul_mask_is_plain_word (word, n)) && says_something (copy)
         && !is_public (self, copy);
}

char *
ul_mask_realm (UlMask *self, const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean any = FALSE;

  if (is_public (self, text))
    return ul_mask_text (self, text);
  for (const char *p = text; *p;) {
    gsize n = 0;
    while (g_ascii_isalnum (p[n]))
      n++;
    if (is_number_of_device (self, p, n)) {
      g_autofree char *word = g_strndup (p, n), *token = ul_mask_value (self, UL_MASK_SERIAL, word);
      g_string_append (out, token);
      any = TRUE;
    } else {
      n = MAX (n, 1);
      g_string_append_len (out, p, (gssize) n);
    }
    p += n;
  }
  g_autofree char *numbered = g_string_free (out, FALSE);
  return ul_mask_words (self, any ? numbered : text);
}

/* --- bytes in hexadecimal ------------------------------------------------------------------------ */

static gboolean
is_readable (guchar c)
{
  return c >= 0x20 && c < 0x7f;
}

/* A readable run with digits in it among private data: as likely as not a number of the device. */
static gboolean
may_be_number (const char *run, gsize n)
{
  guint digits = 0, letters = 0;

  for (gsize i = 0; i < n; i++) {
    digits += g_ascii_isdigit (run[i]);
    letters += g_ascii_isalpha (run[i]);
  }
  return n >= MIN_READABLE && digits >= 4 && digits + letters >= n - n / 4;
}

static void
append_hex_run (UlMask *self, GString *out, const char *hex, const char *run, gsize n, gboolean private_data)
{
  UlMaskScan s = { run, n, FALSE, FALSE };
  gboolean any = FALSE;
  gsize start = out->len;

  for (gsize i = 0; i < n;) {
    gsize at, len;
    const Entry *e = masked_at (self, &s, i, &at, &len);
    gsize keep = e ? at - i : 1;

    g_string_append_len (out, hex + 2 * i, (gssize) (2 * keep));
    if (e)
      g_string_append (out, e->token);
    any |= e != NULL;
    i = e ? at + len : i + 1;
  }
  if (!any && private_data && may_be_number (run, n)) {
    g_autofree char *token = ul_mask_value (self, UL_MASK_SERIAL, run);
    if (token_at (&(UlMaskScan){ token, strlen (token), FALSE, FALSE }, 0)) {
      g_string_truncate (out, start);
      g_string_append (out, token);
    }
  }
}

/* `digits` hexadecimal digits, an even number. */
static void
append_hex (UlMask *self, GString *out, const char *hex, gsize digits, gboolean private_data)
{
  gsize n = digits / 2;
  g_autofree char *bytes = g_malloc (n + 1);

  for (gsize i = 0; i < n; i++)
    bytes[i] = (char) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  for (gsize i = 0; i < n;) {
    gsize run = 0;
    while (i + run < n && is_readable ((guchar) bytes[i + run]))
      run++;
    if (run >= MIN_READABLE) {
      g_autofree char *readable = g_strndup (bytes + i, run);
      append_hex_run (self, out, hex + 2 * i, readable, run, private_data);
    } else {
      run = MAX (run, 1);
      g_string_append_len (out, hex + 2 * i, (gssize) (2 * run));
    }
    i += run;
  }
}

char *
ul_mask_hex (UlMask *self, const char *text, gboolean private_data)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = text; *p;) {
    gsize n = 0;
    while (g_ascii_isxdigit (p[n]))
      n++;
    if (n >= 2 * MIN_READABLE && n % 2 == 0) {
      append_hex (self, out, p, n, private_data);
    } else {
      n = MAX (n, 1);
      g_string_append_len (out, p, (gssize) n);
    }
    p += n;
  }
  return ul_mask_text (self, out->str);
}

/* --- names of inputs ------------------------------------------------------------------------------- */

/* ".mp4" of a path; NULL where there is none. */
static const char *
suffix_of (const char *name)
{
  const char *dot = strrchr (name, '.');

  if (!dot || dot == name || strlen (dot) > MAX_SUFFIX || strlen (dot) < 2)
    return NULL;
  for (const char *p = dot + 1; *p; p++)
    if (!g_ascii_isalnum (*p))
      return NULL;
  return dot;
}

char *
ul_mask_source (UlMask *self, const char *source)
{
  if (!*source || g_str_equal (source, "-") || g_str_equal (source, "standard input"))
    return g_strdup (source);
  if (strstr (source, "://"))
    return ul_mask_text (self, source);
  const Entry *e = intern (self, UL_MASK_TEXT, source);
  g_autofree char *name = g_path_get_basename (source);
  const char *suffix = suffix_of (name);

  add_forms (self, e, UL_MASK_TEXT, name);
  if (suffix && suffix - name >= MIN_KNOWN_HEX) {
    g_autofree char *stem = g_strndup (name, (gsize) (suffix - name));
    add_forms (self, e, UL_MASK_TEXT, stem);
  }
  return g_strconcat (e->token, suffix, NULL);
}
