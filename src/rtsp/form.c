/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp/form.h"

#define MAX_FORM 512 /* bytes of a form, about */

static void
append_blanks (GString *out, UlText raw)
{
  gsize n = ul_text_leading_blanks (raw);

  g_string_append_printf (out, "%s%" G_GSIZE_FORMAT " ", memchr (raw.p ? raw.p : "", '\t', n) ? "tab" : "sp", n);
}

/* A second colon belongs to neither the blanks nor the value. */
static UlText
after_doubled_colon (UlText raw)
{
  return raw.len && raw.p[0] == ':' ? ul_text_from (raw, 1) : raw;
}

char *
ul_form_session (UlText raw)
{
  GString *out = g_string_new (NULL);
  UlText rest, id;

  raw = after_doubled_colon (raw);
  append_blanks (out, raw);
  rest = ul_text_chug (raw);
  ul_text_next_field (&rest, ';', &id);
  ul_text_append_shape (out, ul_text_trim (id));
  if (rest.p) {
    g_string_append_c (out, ';');
    ul_text_append (out, ul_text_head (rest, 64));
  }
  return g_string_free (out, FALSE);
}

static gboolean
is_one_of (UlText word, const char *const *names, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (ul_text_equal_ci (word, names[i]))
      return TRUE;
  return FALSE;
}

static void
append_date_word (GString *out, UlText word)
{
  static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

  if (is_one_of (word, days, G_N_ELEMENTS (days)))
    g_string_append (out, "Www");
  else if (is_one_of (word, months, G_N_ELEMENTS (months)))
    g_string_append (out, "Mon");
  else
    ul_text_append (out, ul_text_head (word, 16));
}

static void
append_date_number (GString *out, UlText word)
{
  gssize colon = ul_text_find_char (word, ':');

  if (colon >= 0)
    g_string_append (out, colon == 1 ? "h:mm:ss" : "hh:mm:ss");
  else if (word.len == 4)
    g_string_append (out, "YYYY");
  else if (word.len <= 2)
    g_string_append (out, word.len == 2 ? "DD" : "D");
  else
    ul_text_append_shape (out, word);
}

char *
ul_form_date (UlText raw)
{
  GString *out = g_string_new (NULL);
  UlText t;

  raw = after_doubled_colon (raw);
  append_blanks (out, raw);
  t = ul_text_head (ul_text_trim (raw), 128);
  for (gsize i = 0; i < t.len && out->len < MAX_FORM;) {
    gsize end = i;
    gboolean number = g_ascii_isdigit (t.p[i]);

    while (end < t.len && (number ? g_ascii_isdigit (t.p[end]) || t.p[end] == ':' : g_ascii_isalpha (t.p[end])))
      end++;
    UlText word = ul_text (t.p + i, end - i);
    if (end == i)
      g_string_append_c (out, t.p[end++]);
    else if (number)
      append_date_number (out, word);
    else
      append_date_word (out, word);
    i = end;
  }
  return g_string_free (out, FALSE);
}

/* name=value of Transport and RTP-Info: ssrc keeps its blanks and its shape. */
static void
append_ssrc (GString *out, UlText value)
{
  gsize blanks = ul_text_leading_blanks (value);

  g_string_append_c (out, '=');
  if (blanks)
    g_string_append_printf (out, "sp%" G_GSIZE_FORMAT, blanks);
  value = ul_text_trim (value);
  if (ul_text_starts_ci (value, "0x")) {
    ul_text_append (out, ul_text_head (value, 2));
    value = ul_text_from (value, 2);
  }
  ul_text_append_shape (out, value);
}

static void
append_transport_parameter (GString *out, UlText field)
{
  gssize eq = ul_text_find_char (field, '=');

  if (eq < 0) {
    ul_text_append (out, ul_text_head (field, 48));
    return;
  }
  UlText name = ul_text_head (field, (gsize) eq), value = ul_text_from (field, (gsize) eq + 1);

  ul_text_append (out, ul_text_head (name, 32));
  if (ul_text_equal_ci (ul_text_trim (name), "ssrc"))
    append_ssrc (out, value);
  else if (ul_text_equal_ci (ul_text_trim (name), "mode")) {
    g_string_append_c (out, '=');
    ul_text_append (out, ul_text_head (value, 16));
  } else
    g_string_append_c (out, '=');
}

char *
ul_form_transport (UlText value)
{
  GString *out = g_string_new (NULL);
  UlText rest = ul_text_trim (value), field;

  for (gboolean first = TRUE; out->len < MAX_FORM && ul_text_next_field (&rest, ';', &field); first = FALSE) {
    if (!first)
      g_string_append_c (out, ';');
    append_transport_parameter (out, field);
  }
  return g_string_free (out, FALSE);
}

/* A comma parts entries only where another url= follows: URLs may hold commas. */
static UlText
first_rtp_info_entry (UlText value)
{
  for (gsize i = 1; i < value.len; i++)
    if (value.p[i] == ',' && ul_text_starts_ci (ul_text_chug (ul_text_from (value, i + 1)), "url="))
      return ul_text_head (value, i);
  return value;
}

static void
append_rtp_info_parameter (GString *out, UlText field)
{
  gssize eq = ul_text_find_char (field, '=');
  UlText name = eq < 0 ? field : ul_text_head (field, (gsize) eq);
  UlText value = eq < 0 ? ul_text (NULL, 0) : ul_text_from (field, (gsize) eq + 1);

  ul_text_append (out, ul_text_head (name, 32));
  if (ul_text_equal_ci (ul_text_trim (name), "url"))
    g_string_append (out, ul_text_find (value, "://") >= 0 ? "=abs" : ul_text_starts (value, "/") ? "=path" : "=rel");
  else if (ul_text_equal_ci (ul_text_trim (name), "ssrc"))
    append_ssrc (out, value);
}

char *
ul_form_rtp_info (UlText value)
{
  GString *out = g_string_new (NULL);
  UlText rest = first_rtp_info_entry (ul_text_head (ul_text_trim (value), 2048)), field;

  for (gboolean first = TRUE; out->len < MAX_FORM && ul_text_next_field (&rest, ';', &field); first = FALSE) {
    if (!first)
      g_string_append_c (out, ';');
    append_rtp_info_parameter (out, field);
  }
  return g_string_free (out, FALSE);
}

/* End of the value that begins at `from`: after the closing quote, or before a
 * comma or blank. */
static gsize
value_end (UlText t, gsize from)
{
  gsize i = from;

  if (i < t.len && t.p[i] == '"') {
    for (i++; i < t.len && t.p[i] != '"'; i++)
      if (t.p[i] == '\\' && i + 1 < t.len)
        i++;
    return MIN (i + 1, t.len);
  }
  while (i < t.len && !strchr (", \t", t.p[i]))
    i++;
  return i;
}

static gboolean
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_';
}

static gsize
name_start (UlText t, gsize eq)
{
  while (eq && is_name_char (t.p[eq - 1]))
    eq--;
  return eq;
}

char *
ul_form_challenge (UlText value)
{
  static const char *const kept[] = { "stale", "algorithm", "qop" };
  GString *out = g_string_new (NULL);
  UlText t = ul_text_head (ul_text_trim (value), 2048);

  for (gsize i = 0; i < t.len && out->len < MAX_FORM; i++) {
    g_string_append_c (out, t.p[i]);
    if (t.p[i] != '=')
      continue;
    gsize from = name_start (t, i), end = value_end (t, i + 1);
    if (is_one_of (ul_text (t.p + from, i - from), kept, G_N_ELEMENTS (kept)))
      ul_text_append (out, ul_text (t.p + i + 1, end - i - 1));
    else if (i + 1 < t.len && t.p[i + 1] == '"')
      g_string_append (out, "\"\"");
    i = end - 1;
  }
  return g_string_free (out, FALSE);
}

gboolean
ul_form_challenge_value (UlText challenge, const char *name, UlText *ret_value)
{
  for (gsize i = 0; i < challenge.len; i++) {
    if (challenge.p[i] != '=')
      continue;
    gsize from = name_start (challenge, i), end = value_end (challenge, i + 1);
    if (ul_text_equal_ci (ul_text (challenge.p + from, i - from), name)) {
      UlText v = ul_text (challenge.p + i + 1, end - i - 1);

      if (v.len >= 2 && v.p[0] == '"' && v.p[v.len - 1] == '"')
        v = ul_text (v.p + 1, v.len - 2);
      *ret_value = v;
      return TRUE;
    }
    i = MAX (end, i + 1) - 1;
  }
  return FALSE;
}

/* Long words with digits are serial numbers; in parentheses, short ones too. */
static gboolean
is_serial (UlText word, gboolean in_parentheses)
{
  gsize digits = 0, masks = 0;

  for (gsize i = 0; i < word.len; i++) {
    digits += g_ascii_isdigit (word.p[i]);
    masks += word.p[i] == 'X' || word.p[i] == 'x' || word.p[i] == '*';
  }
  return masks >= 3 || (word.len >= 8 && digits) || (in_parentheses && word.len >= 4 && digits >= 3);
}

static gboolean
is_word_char (char c)
{
  return g_ascii_isalnum (c) || c == '*';
}

char *
ul_form_realm (UlText realm)
{
  GString *out = g_string_new (NULL);
  UlText t = ul_text_head (realm, 256);

  for (gsize i = 0; i < t.len;) {
    gsize end = i;

    while (end < t.len && is_word_char (t.p[end]))
      end++;
    if (end == i) {
      g_string_append_c (out, t.p[i++]);
      continue;
    }
    UlText word = ul_text (t.p + i, end - i);
    if (is_serial (word, i && t.p[i - 1] == '('))
      ul_text_append_shape (out, word);
    else
      ul_text_append (out, word);
    i = end;
  }
  return g_string_free (out, FALSE);
}

static gboolean
is_number (UlText t)
{
  gsize sign = t.len > 1 && t.p[0] == '-';

  for (gsize i = sign; i < t.len; i++)
    if (!g_ascii_isdigit (t.p[i]) && !(t.p[i] == '.' && i > sign))
      return FALSE;
  return t.len > 0;
}

static void
append_address (GString *out, UlText t)
{
  static const char *const kept[] = { "0.0.0.0", "127.0.0.1", "127.0.0.0", "x.y.z.w", "::1", "::", "%s", "localhost" };
  gsize dots = 0, digits = 0, colons = 0, others = 0;

  if (is_one_of (t, kept, G_N_ELEMENTS (kept))) {
    ul_text_append (out, t);
    return;
  }
  for (gsize i = 0; i < t.len; i++) {
    if (t.p[i] == '.')
      dots++;
    else if (t.p[i] == ':')
      colons++;
    else if (g_ascii_isdigit (t.p[i]) || t.p[i] == '*')
      digits++;
    else
      others++;
  }
  if (dots == 3 && others == 0 && colons <= 1)
    g_string_append (out, colons ? "addr:port" : "addr");
  else if (colons > 1)
    g_string_append (out, "addr6");
  else
    g_string_append (out, "name");
}

typedef struct {
  UlText fields[16];
  guint n;
  guint first_number; /* index; n if there is none */
  guint nettype;      /* index of IN; n if there is none */
} Origin;

static Origin
split_origin (UlText value)
{
  Origin o = { .n = 0 };
  UlText rest = ul_text_head (ul_text_trim (value), 1024), field;

  while (o.n < G_N_ELEMENTS (o.fields) && ul_text_next_field (&rest, ' ', &field))
    if (field.len)
      o.fields[o.n++] = field;
  o.nettype = o.n;
  for (guint i = o.n; i-- > 1;)
    if (ul_text_equal (o.fields[i], "IN") || ul_text_equal (o.fields[i], "IP"))
      o.nettype = i;
  o.first_number = o.nettype;
  for (guint i = o.nettype; i-- > 1 && is_number (o.fields[i]);)
    o.first_number = i;
  return o;
}

static void
append_origin_numbers (GString *out, const Origin *o)
{
  guint n = o->nettype - o->first_number;
  UlText id = n ? o->fields[o->first_number] : ul_text (NULL, 0);

  if (n == 2 && id.len == o->fields[o->first_number + 1].len && memcmp (id.p, o->fields[o->first_number + 1].p, id.len) == 0) {
    g_string_append_printf (out, " twin%" G_GSIZE_FORMAT, id.len);
    return;
  }
  for (guint i = o->first_number; i < o->nettype; i++) {
    gsize sign = o->fields[i].len > 1 && o->fields[i].p[0] == '-';

    g_string_append (out, sign ? " -" : " ");
    ul_text_append_shape (out, ul_text_from (o->fields[i], sign));
  }
}

char *
ul_form_origin (UlText value)
{
  GString *out = g_string_new (NULL);
  Origin o = split_origin (value);

  for (guint i = 0; i < o.first_number; i++) {
    if (i)
      g_string_append_c (out, ' ');
    ul_text_append (out, ul_text_head (o.fields[i], 64));
  }
  append_origin_numbers (out, &o);
  for (guint i = o.nettype; i < o.n; i++) {
    UlText field = o.fields[i];
    gboolean glued = ul_text_starts (field, "IP4") && field.len > 3;

    g_string_append_c (out, ' ');
    if (glued)
      g_string_append (out, "IP4");
    if (i < o.nettype + 2 && !glued)
      ul_text_append (out, ul_text_head (field, 16));
    else
      append_address (out, glued ? ul_text_from (field, 3) : field);
  }
  return g_string_free (out, FALSE);
}

static void
append_fmtp_value (GString *out, const char *codec, UlText name, UlText value)
{
  UlText v = ul_text_trim (value);

  if (v.len == 0)
    g_string_append (out, "=empty");
  else if (ul_text_equal (v, "(null)"))
    g_string_append (out, "=(null)");
  else if (ul_text_equal_ci (name, "packetization-mode")) {
    g_string_append_c (out, '=');
    ul_text_append (out, ul_text_head (v, 8));
  } else if (ul_text_equal_ci (name, "profile-level-id") && g_str_equal (codec, "H264")) {
    g_string_append_c (out, '=');
    ul_text_append_shape (out, v);
  } else if (ul_text_find_char (v, '"') >= 0)
    g_string_append (out, "=\"\"");
}

/* Some write blanks alone between parameters: a blank parts where a name and an
 * equals sign follow. */
static gsize
parameter_end (UlText t)
{
  for (gsize i = 0; i < t.len; i++) {
    if (t.p[i] == ';')
      return i;
    if (i == 0 || t.p[i] != ' ' || t.p[i - 1] == ' ')
      continue;
    gsize end = i + ul_text_leading_blanks (ul_text_from (t, i)), name = end;
    while (end < t.len && is_name_char (t.p[end]))
      end++;
    if (end > name && end < t.len && t.p[end] == '=')
      return i;
  }
  return t.len;
}

char *
ul_form_fmtp (const char *codec, UlText parameters)
{
  GString *out = g_string_new (codec);
  UlText rest = ul_text_head (parameters, 16384);

  g_string_append_c (out, ' ');
  while (rest.len && out->len < MAX_FORM) {
    gsize blanks = ul_text_leading_blanks (rest);

    ul_text_append (out, ul_text_head (rest, MIN (blanks, 8)));
    rest = ul_text_from (rest, blanks);
    gsize end = parameter_end (rest);
    UlText field = ul_text_head (rest, end);
    gssize eq = ul_text_find_char (field, '=');
    UlText name = ul_text_trim (eq < 0 ? field : ul_text_head (field, (gsize) eq));

    ul_text_append (out, ul_text_head (name, 48));
    if (eq >= 0)
      append_fmtp_value (out, codec, name, ul_text_from (field, (gsize) eq + 1));
    if (end < rest.len && rest.p[end] == ';') {
      g_string_append_c (out, ';');
      end++;
    }
    rest = ul_text_from (rest, end);
  }
  return g_string_free (out, FALSE);
}
