/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A verification for people and as JSON (schema underlabel.bundle-verification/1). */
#include "cli/bundle.h"
#include "base/json_writer.h"
#include "report/text_writer.h"

#define SCHEMA "underlabel.bundle-verification/1"

static char *
dup_time (gint64 at)
{
  g_autoptr (GDateTime) time = at >= 0 ? g_date_time_new_from_unix_utc (at) : NULL;

  return time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

/* --- text ------------------------------------------------------------------------------- */

static void
print_check (UlText *t, const UlBundleVerification *v, UlCheckId id)
{
  static const UlStyle styles[] = { UL_STYLE_DIM, UL_STYLE_GREEN, UL_STYLE_RED };
  UlCheckResult result = v->checks[id].result;

  g_string_append_printf (t->out, "  %-17s ", ul_check_name (id));
  ul_text_put (t, styles[result], ul_check_result_name (result));
  g_string_append_printf (t->out, ": %s", v->checks[id].says);
  if (result == UL_CHECK_HOLDS)
    g_string_append_printf (t->out, ". Proves that %s; not %s", ul_check_proves (id), ul_check_does_not_prove (id));
  g_string_append (t->out, ".\n");
}

static const char *
vouched_text (UlVouched vouched)
{
  static const char *const texts[] = { "", "signer not vouched for (no --trust given)", "signer not vouched for by what is trusted", "vouched for by what is trusted" };

  return texts[vouched];
}

static void
print_who (UlText *t, const UlBundleVerification *v)
{
  const UlBundleParty *who = &v->who;
  g_autofree char *from = dup_time (who->not_before), *to = dup_time (who->not_after);

  if (who->name)
    g_string_append_printf (t->out, "  who   %s; %s. Certificate of %s, SHA-256 %s, valid from %s to %s.\n", who->name, vouched_text (who->vouched),
                            who->issuer, who->sha256, from, to);
  else
    g_string_append (t->out, "  who   Nothing says who made it.\n");
}

static void
print_when (UlText *t, const UlBundleVerification *v)
{
  g_autofree char *claimed = dup_time (v->claimed), *stamped = dup_time (v->stamped);

  if (stamped)
    g_string_append_printf (t->out, "  when  At %s at the latest, says %s; %s.%s%s%s\n", stamped, v->clock.name,
                            v->clock.vouched == UL_VOUCHED_NOT_ASKED ? "authority not vouched for (no --tsa-trust given)" : vouched_text (v->clock.vouched),
                            claimed ? " The signer says: " : "", claimed ? claimed : "", claimed ? "." : "");
  else if (claimed)
    g_string_append_printf (t->out, "  when  %s, says the signer; no one else does.\n", claimed);
  else
    g_string_append (t->out, "  when  Nothing says when it was made.\n");
}

char *
ul_cli_bundle_to_text (const UlBundleVerification *v, const char *name, gboolean colour)
{
  UlText t = { .out = g_string_new (NULL), .colour = colour };

  ul_text_put (&t, UL_STYLE_BOLD, name);
  g_string_append (t.out, "\n");
  for (UlCheckId id = 0; id < UL_N_CHECKS; id++) {
    print_check (&t, v, id);
    for (guint i = 0; i < v->faults->len; i++) {
      const UlBundleFault *fault = g_ptr_array_index (v->faults, i);
      if (fault->check == id)
        g_string_append_printf (t.out, "      %s: %s: %s\n", fault->member, fault->kind, fault->says);
    }
  }
  print_who (&t, v);
  print_when (&t, v);
  if (v->faults->len)
    g_string_append_printf (t.out, "  %u %s not as sealed: this bundle does not hold.\n", v->faults->len, v->faults->len == 1 ? "thing is" : "things are");
  else
    g_string_append (t.out, "  This bundle holds.\n");
  return g_string_free (t.out, FALSE);
}

/* --- JSON -------------------------------------------------------------------------------- */

static void
write_checks (UlJson *j, const UlBundleVerification *v)
{
  ul_json_begin_array (j, "checks");
  for (UlCheckId id = 0; id < UL_N_CHECKS; id++) {
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "check", ul_check_name (id));
    ul_json_string (j, "result", ul_check_result_name (v->checks[id].result));
    ul_json_string (j, "says", v->checks[id].says);
    ul_json_string (j, "proves", ul_check_proves (id));
    ul_json_string (j, "does_not_prove", ul_check_does_not_prove (id));
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

static void
write_faults (UlJson *j, const UlBundleVerification *v)
{
  ul_json_begin_array (j, "faults");
  for (guint i = 0; i < v->faults->len; i++) {
    const UlBundleFault *fault = g_ptr_array_index (v->faults, i);
    ul_json_begin_object (j, NULL);
    ul_json_string (j, "check", ul_check_name (fault->check));
    ul_json_string (j, "kind", fault->kind);
    ul_json_string (j, "member", fault->member);
    if (fault->renamed_from)
      ul_json_string (j, "renamed_from", fault->renamed_from);
    if (fault->line)
      ul_json_int (j, "line", fault->line);
    ul_json_string (j, "says", fault->says);
    ul_json_end_object (j);
  }
  ul_json_end_array (j);
}

static void
write_party (UlJson *j, const char *name, const UlBundleParty *party)
{
  g_autofree char *from = dup_time (party->not_before), *to = dup_time (party->not_after);

  if (!party->name) {
    ul_json_string (j, name, NULL);
    return;
  }
  ul_json_begin_object (j, name);
  ul_json_string (j, "subject", party->name);
  ul_json_string (j, "issuer", party->issuer);
  ul_json_string (j, "sha256", party->sha256);
  ul_json_string (j, "not_before", from);
  ul_json_string (j, "not_after", to);
  ul_json_string (j, "vouched", ul_vouched_name (party->vouched));
  ul_json_end_object (j);
}

char *
ul_cli_bundle_to_json (const UlBundleVerification *v, const char *name)
{
  g_autofree char *claimed = dup_time (v->claimed), *stamped = dup_time (v->stamped);
  UlJson j;

  ul_json_init (&j, TRUE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "schema", SCHEMA);
  ul_json_begin_object (&j, "tool");
  ul_json_string (&j, "version", ul_version ());
  ul_json_end_object (&j);
  ul_json_string (&j, "bundle", name);
  ul_json_bool (&j, "holds", v->faults->len == 0);
  write_checks (&j, v);
  write_faults (&j, v);
  write_party (&j, "who", &v->who);
  ul_json_begin_object (&j, "when");
  ul_json_string (&j, "claimed", claimed);
  ul_json_string (&j, "stamped", stamped);
  write_party (&j, "authority", &v->clock);
  ul_json_end_object (&j);
  ul_json_end_object (&j);
  return ul_json_steal (&j);
}
