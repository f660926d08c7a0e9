#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/schema says what the program prints: the stored reports and what is printed of the samples are valid, and
documents with a fault are refused, by jsonschema and by the compiled form that every test uses."""
import copy
import json
import os
import re
import subprocess
import tempfile
import time

import schemas
from ulcli import SAMPLES, SOURCE, Checks, run, sample

checks = Checks()
try:
    import jsonschema
except ImportError:
    jsonschema = None
    checks.skip("doc/schema by python3-jsonschema (not installed)")

SCHEMAS = schemas.load()
checks.equal(sorted(SCHEMAS), ["underlabel.authenticity/1", "underlabel.bundle-verification/1", "underlabel.compare/1", "underlabel.report/1"], "schemas")
validators = {}
if jsonschema:
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[name] = jsonschema.Draft202012Validator(schema)


def verdicts(document):
    """Of the compiled form and, where there is one, of jsonschema: is it valid?"""
    name = document.get("schema") if isinstance(document, dict) else None
    found = [schemas.fault_of(document) is None]
    if isinstance(name, str) and name in validators:
        found.append(validators[name].is_valid(document))
    return found


def reason(document):
    fault = schemas.fault_of(document)
    if fault or document.get("schema") not in validators:
        return fault
    return "; ".join(e.message[:300] for e in validators[document["schema"]].iter_errors(document))


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as f:
        return f.read()


# --- what is printed is valid ---------------------------------------------------------------

golden = os.path.join(SOURCE, "tests", "golden")
for name in sorted(os.listdir(golden)):
    text = read("tests", "golden", name)
    if text.startswith("exit code"):
        continue
    document = json.loads(text)
    document["tool"] = {"version": "0.1.0", "knowledge": "2026-01-01-0123456789ab"}  # a release's are not stored
    checks.that(all(verdicts(document)), "golden " + name, reason(document))
for name in sorted(os.listdir(SAMPLES)):
    for arguments in (("inspect", "--json"), ("verify", "--json", "--strip")):
        result = run(*arguments, "--no-builtin-trust", sample(name))
        if result.code in (0, 1, 2, 3):
            checks.that(all(verdicts(result.json())), f"{arguments[0]} {name}", reason(result.json()))
compared = run("compare", "--json", sample("x264.h264"), sample("x264.mp4")).json()
checks.that(all(verdicts(compared)), "compare", reason(compared))


def signed():
    """Of a recording with a signature that does not hold: every member of `authenticity` is there."""
    with tempfile.TemporaryDirectory() as folder:
        path, root = os.path.join(folder, "signed.h264"), os.path.join(folder, "root.pem")
        made = subprocess.run([os.path.join(SOURCE, "scripts", "sign-sample"), "--out", path, "--ca-out", root, "--format", "onvif", sample("x264.h264")],
                              capture_output=True, text=True, check=False)
        if made.returncode:
            checks.skip("signed video: " + (made.stderr.strip().splitlines() or ["?"])[-1])
            return None
        with open(path, "rb") as f:
            data = bytearray(f.read())
        data[data.rindex(b"\0\0\1\x65") + 60] ^= 1  # of the last key picture
        with open(path, "wb") as f:
            f.write(data)
        return run("verify", "--json", "--strip", "--trust", root, path).json()


authenticity = signed()
if authenticity:
    checks.that(all(verdicts(authenticity)), "verify of signed video", reason(authenticity))
    checks.that(authenticity["authenticity"]["stretches"] and authenticity["authenticity"]["key_details"], "it has stretches and a key")

# --- the words are those of the C tables ------------------------------------------------------

REPORT = SCHEMAS["underlabel.report/1"]["$defs"]
rows = re.findall(r'^KEY \(\w+, "([^"]+)", (\w+), (\w+), ', read("src", "evidence", "keys.def"), re.M)
checks.that(len(rows) > 100, "rows of keys.def", len(rows))
bad = [name for name, _, _ in rows if not re.search(REPORT["key"]["pattern"], name)]
checks.equal(bad, [], "keys outside the pattern")
checks.that({layer.lower() for _, layer, _ in rows} <= set(REPORT["observation"]["properties"]["layer"]["enum"]), "layers of keys.def")


def in_table(what, enum, table):
    """`table`: the initialiser that the words stand in."""
    found = re.findall(r'"([a-z-]+)"', table)
    checks.equal(sorted(w for w in enum if w is not None), sorted(set(found)), what)


def table(path, start, end=";"):
    m = re.search(start + r"(.*?)" + end, read(*path), re.S)
    return m.group(1) if m else ""


a = REPORT["authenticity"]["properties"]
root = SCHEMAS["underlabel.report/1"]["properties"]
label = root["label"]["oneOf"][1]["properties"]
in_table("groups", REPORT["group"]["enum"], table(("src", "evidence", "observation.c"), r"group_names\[UL_N_GROUPS\] ="))
in_table("forge costs", REPORT["match"]["properties"]["forge"]["enum"], table(("src", "evidence", "observation.c"), r"forge_names\[\] ="))
in_table("support", REPORT["support"]["enum"], table(("src", "knowledge", "support.c"), r"support_rows\[UL_N_SUPPORTS\] ="))
in_table("findings", label["finding"]["enum"], table(("src", "verdict", "label.c"), r"finding_names\[UL_N_LABEL_FINDINGS\] ="))
in_table("policy results", root["policies"]["items"]["properties"]["result"]["enum"], table(("src", "knowledge", "policies.c"), r"result_names\[[^]]*\] ="))
in_table("verdicts", a["verdict"]["enum"], table(("src", "signing", "authenticity.c"), r"ul_authenticity_verdict_name.*?="))
in_table("states of a GOP", REPORT["stretch"]["properties"]["verdict"]["enum"], table(("src", "signing", "authenticity.c"), r"ul_gop_state_name.*?="))
in_table("key", a["key"]["enum"], table(("src", "signing", "chain.c"), r"trust_names\[\] ="))
in_table("formats", a["format"]["enum"], table(("src", "signing", "authenticity.c"), r"ul_signing_format_name.*?="))
in_table("kinds", REPORT["input"]["properties"]["kind"]["enum"], table(("src", "source", "source.c"), r"kind_names\[\] ="))
in_table("provenance", REPORT["observation"]["properties"]["provenance"]["items"]["enum"], table(("src", "report", "report_json.c"), r"names\[\] ="))
paths = re.findall(r"id: ([a-z-]+)", table(("src", "knowledge", "data", "names.yaml"), r"\npaths:", r"\npurposes:"))
checks.equal(sorted(REPORT["answers"]["properties"]["path"]["properties"]["id"]["enum"]), sorted(paths), "paths")

shared = {}
for name, schema in SCHEMAS.items():
    for key, part in schema["$defs"].items():
        checks.that(shared.setdefault(key, part) == part, f"{name}: {key} is as in the other schemas")


def undescribed(node, where, found):
    for key, child in node.get("properties", {}).items():
        if "description" not in child and "$ref" not in child and "const" not in child:
            found.append(f"{where}.{key}")
        undescribed(child, f"{where}.{key}", found)
        undescribed(child.get("items", {}), f"{where}.{key}[]", found)
    return found


for name, schema in SCHEMAS.items():
    checks.equal(undescribed(schema, name, []), [], "members without a description")

# --- what is broken is refused ---------------------------------------------------------------

whole = run("inspect", "--json", "--claimed", "Luminys", "--policy", "us-ndaa-889", sample("rebrand-dialogue.txt")).json()
REMOVE = object()


def broken(document, value, *path):
    """A copy with the member at `path` set, or taken out."""
    made = copy.deepcopy(document)
    at = made
    for step in path[:-1]:
        at = at[step]
    if value is REMOVE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


def refuse(document, value, *path):
    made = broken(document, value, *path)
    what = "removed" if value is REMOVE else repr(value)
    checks.equal(set(verdicts(made)), {False}, f"{document['schema']}: {'.'.join(str(p) for p in path)} = {what} is refused")


def every_member(node, document, path=()):
    """Paths of the members that must be there, of one document."""
    for key in list(document) if isinstance(document, dict) else ():
        yield (*path, key)
        yield from every_member(node, document[key], (*path, key))
    if isinstance(document, list) and document:
        yield from every_member(node, document[0], (*path, 0))


OPTIONAL = {"recorder", "contested", "next", "corroborating", "count", "provenance", "line", "offset", "length", "time_us", "claim", "answers", "strip",
            "stretches_more", "changed_more", "gop_counter", "frames", "signatures"}
for document in [whole, compared] + ([authenticity] if authenticity else []):
    checks.equal(set(verdicts(document)), {True}, "it is valid unbroken")
    for place in every_member(None, document):
        if place[-1] not in OPTIONAL:
            refuse(document, REMOVE, *place)
        refuse(document, {"of": "another type"}, *place)
        if isinstance(place[-1], str):
            refuse(document, 0, *place[:-1], place[-1] + "_else")
for value, *place in (
    ("underlabel.report/2", "schema"), ("0.1", "tool", "version"), ("2026-11-25", "tool", "knowledge"), ("film", "input", "kind"), (-1, "input", "bytes"),
    (1.5, "input", "bytes"), (True, "input", "bytes"), ("AB" * 32, "input", "sha256"), ("certain", "answers", "maker", "support"), (None, "answers", "maker", "id"),
    ("4.7", "answers", "maker", "log10_lr"), (False, "answers", "maker", "contested"), ("Somebody", "answers", "maker", "id"), ("detour", "answers", "path", "id"),
    ("group", "answers", "maker", "groups", 0, "group"), ("cheap", "answers", "maker", "groups", 0, "evidence", 0, "forge"),
    (0, "answers", "maker", "groups", 0, "evidence", 0, "observations", 0), ([1.5], "answers", "maker", "groups", 0, "evidence", 0, "observations"),
    ("maybe", "label", "finding"), ("Luminys", "label"), ("guilty", "policies", 0, "result"), ("fine", "authenticity", "verdict"), ("mine", "authenticity", "key"),
    ("axis-signed-video", "authenticity", "format"), ("nowhere.at_all", "observations", 0, "key"), ("sdp", "observations", 0, "key"), ("paper", "observations", 0, "layer"),
    (1, "observations", 0, "count"), ([], "observations", 0, "provenance"), (["hearsay"], "observations", 0, "provenance"),
    (["client-log", "client-log"], "observations", 0, "provenance"), (-1, "observations", 0, "where", "line"), ([1], "warnings"), (None, "warnings"), (1, "streams"),
):
    refuse(whole, value, *place)
if authenticity:
    for value, *place in (("lost", "authenticity", "stretches", 0, "verdict"), ([1], "authenticity", "stretches", 0, "frames"), ("2024", "authenticity", "signed", "from"),
                          ("0.1", "authenticity", "versions", "signing_code"), ("x", "authenticity", "key_details", "sha256")):
        refuse(authenticity, value, *place)
checks.that(schemas.fault_of({"schema": "underlabel.nothing/1"}), "a schema that there is not is refused")
checks.equal(schemas.faults_of_output(json.dumps(whole).encode() + b"\n" + json.dumps(broken(whole, REMOVE, "tool")).encode() + b"\n"),
             ["underlabel.report/1: no member 'tool'"], "the second of two lines is looked at")
checks.equal(len(schemas.faults_of_output(b'{\n  "schema": "underlabel.report/1"')), 1, "half a document is a fault")
checks.equal(schemas.faults_of_output(b"Made by Dahua.\n{"), [], "text is passed over")
try:
    schemas.Compiler({}).node({"type": "string", "maxLength": 3})
    checks.that(False, "a word that is not understood is refused")
except ValueError:
    checks.that(True, "a word that is not understood is refused")

started = time.monotonic()
for _ in range(20):
    schemas.fault_of(whole)
checks.that(time.monotonic() - started < 1, "a report is looked at in less than 50 ms", time.monotonic() - started)
checks.done()
