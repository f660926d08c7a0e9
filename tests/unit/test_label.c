/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "verdict/label.h"

static UlKnowledge *knowledge;

static void
setup (void)
{
  knowledge = ul_knowledge_new (NULL, NULL);
  cr_assert_not_null (knowledge);
}

static void
teardown (void)
{
  ul_knowledge_unref (knowledge);
}

TestSuite (label, .init = setup, .fini = teardown);

static void
check (const char *claimed, const char *maker, const char *finding, const char *in_explanation)
{
  g_autofree char *explanation = NULL;
  UlLabelFinding f = ul_label_check (knowledge, claimed, maker, UL_SUPPORT_STRONG, &explanation);

  cr_assert_str_eq (ul_label_finding_name (f), finding, "%s/%s: %s", claimed, maker, explanation);
  cr_assert (strstr (explanation, in_explanation), "%s/%s: '%s' lacks '%s'", claimed, maker, explanation, in_explanation);
  cr_assert (g_str_has_suffix (explanation, "."));
  cr_assert_eq (ul_label_check (knowledge, claimed, maker, UL_SUPPORT_STRONG, NULL), f);
}

Test (label, consistent)
{
  check ("Dahua", "dahua", "consistent", "own name");
  check ("zhejiang DAHUA technology co ltd", "dahua", "consistent", "own name");
  check ("tplink", "tp-link", "consistent", "own name");
  check ("GeoVision", "geovision", "consistent", "own name");
}

Test (label, own_brand)
{
  check ("EZVIZ", "hikvision", "own-brand", "Hikvision owns EZVIZ (relation owned; grade A");
  check ("Hi-Look", "hikvision", "own-brand", "grade B");
  check ("Imou", "dahua", "own-brand", "consumer line");
  check ("Samsung", "hanwha", "own-brand", "former years");
}

Test (label, rebrand)
{
  check ("Luminys", "dahua", "rebrand", "Dahua sold assets to Luminys since 2024-01");
  check ("Lorex", "dahua", "rebrand", "from 2018 to 2022-11");
  check ("Amcrest", "dahua", "rebrand", "not all: the ASH line is another's");
  check ("IndigoVision", "dahua", "rebrand", "Dahua built for IndigoVision until 2021-04");
  check ("Honeywell", "hikvision", "rebrand", "Hikvision built for Honeywell");
  check ("Honeywell", "axis", "rebrand", "registered with others");
  check ("Swann", "reolink", "rebrand", "NVR-7400");
  check ("GeoVision", "uniview", "rebrand", "Uniview builds for GeoVision");
  check ("LaView", "hikvision", "rebrand", "no proof");
  check ("Imou", "reolink", "rebrand", "registered with others");
  check ("No Such Brand", "dahua", "rebrand", "knows no maker behind the brand 'No Such Brand'");
}

Test (label, contradicted)
{
  check ("Axis", "hikvision", "contradicted", "the name of another maker, Axis");
  check ("Hikvision", "dahua", "contradicted", "the name of another maker, Hikvision");
  check ("D-Link", "dahua", "contradicted", "another maker");
}

Test (label, undetermined)
{
  check ("Luminys", NULL, "undetermined", "registered: Dahua sold assets");
  check ("Luminys", "unknown", "undetermined", "does not show");
  check ("No Such Brand", NULL, "undetermined", "knows no maker");
  check ("Dahua", "open-firmware", "undetermined", "firmware");
  check ("--", NULL, "undetermined", "does not show");
}

Test (label, hits_and_credentials)
{
  g_autofree char *explanation = NULL;

  cr_assert (ul_label_finding_is_hit (UL_LABEL_REBRAND));
  cr_assert (ul_label_finding_is_hit (UL_LABEL_CONTRADICTED));
  cr_assert_not (ul_label_finding_is_hit (UL_LABEL_OWN_BRAND));
  cr_assert_not (ul_label_finding_is_hit (UL_LABEL_UNDETERMINED));
  ul_label_check (knowledge, "rtsp://joe:secret@host", "dahua", UL_SUPPORT_STRONG, &explanation);
  cr_assert_null (strstr (explanation, "secret"));
}
