#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""SARIF, JUnit, CSV, Prometheus and CASE say what the JSON report says, in a form that their readers take."""
import csv
import glob
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import uuid
import xml.etree.ElementTree as ET

from cameras import fake_cameras
from ulcli import BIN, SAMPLES, SOURCE, Checks, run, sample

try:
    import jsonschema
except ImportError:
    jsonschema = None

KINDS = ("sarif", "junit", "csv", "prometheus", "case")
POLICIES = ("us-ndaa-889", "qc-mcn-2023")
POLICY_HITS = {"covered", "covered-if-purpose", "affiliation-question"}
LABEL_HITS = {"rebrand", "contradicted"}
COLUMNS = ("source kind sha256 maker maker_support maker_log10_lr platform software path claimed label authenticity key policies "
           "restricted_log10_lr warnings error exit_code").split()
checks = Checks()


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Outputs:
    """What one run wrote; `reports` are the JSON reports of the same inputs, by name."""

    def __init__(self, *arguments, command="inspect", **more):
        self.inputs = [a for a in arguments if not a.startswith("--")]
        with tempfile.TemporaryDirectory() as folder:
            files = {kind: os.path.join(folder, kind) for kind in KINDS}
            self.result = run(command, *arguments, *(f"--{kind}={path}" for kind, path in files.items()), **more)
            self.left = sorted(os.listdir(folder))
            self.raw = {kind: read(path) for kind, path in files.items() if os.path.exists(path)}
        plain = run(command, "--jsonl", *(["--hash"] if command == "verify" else []), *arguments, **more)
        self.reports = {r["input"]["source"]: r for r in map(json.loads, plain.text().splitlines())}
        checks.equal(self.result.code, plain.code, f"{command} {arguments}: the exit code is that of the run without files")
        checks.equal(self.left, sorted(KINDS), f"{command} {arguments}: files that are written")

    def text(self, kind):
        return self.raw.get(kind, b"").decode("utf-8")


# --- SARIF ----------------------------------------------------------------------------------------


def sarif_validator():
    paths = glob.glob(os.path.join(SOURCE, "build", "npm", "package", "**", "sarif-2.1.0*.json"), recursive=True)
    if not jsonschema or not paths:
        checks.skip("SARIF against its JSON schema (" + ("no python3-jsonschema" if not jsonschema else "scripts/setup could not fetch the schema") + ")")
        return None
    schema = json.loads(read(paths[0]))
    return jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())


def wanted_results(report, fail_on_unknown):
    """(rule, kind, level) of what has to be told of a report, from its JSON."""
    unknown = report["answers"]["maker"]["id"] == "unknown"
    yield ("maker", "informational", "none") if not unknown else ("maker-unknown", *(("fail", "warning") if fail_on_unknown else ("open", "none")))
    finding = (report["label"] or {}).get("finding")
    if finding in LABEL_HITS:
        yield (f"label-{finding}", "fail", "error")
    elif finding == "undetermined":
        yield ("label-undetermined", "open", "none")
    for policy in report["policies"]:
        grade = {"covered": ("fail", "error"), "covered-if-purpose": ("fail", "warning"), "affiliation-question": ("fail", "warning"),
                 "component-question": ("review", "none"), "cannot-tell": ("open", "none")}.get(policy["result"])
        if grade:
            yield (f"policy-{policy['id']}", *grade)
    for stream in report["streams"]:
        grade = {"not-ok": ("signature-not-ok", "fail", "error"), "ok-with-missing": ("signature-incomplete", "fail", "note"),
                 "present": ("signature-not-verified", "open", "none")}.get(stream["authenticity"]["verdict"])
        if grade:
            yield grade
        if stream["authenticity"]["key"] == "not-ok":
            yield ("signature-key-not-ok", "fail", "error")


def check_region(region, path, what):
    data = read(path)
    if "startLine" in region:
        checks.that(1 <= region["startLine"] <= data.count(b"\n") + 1, f"{what}: the line is in the input", region)
    else:
        checks.that(0 <= region["byteOffset"] and region["byteOffset"] + region.get("byteLength", 0) <= len(data), f"{what}: the bytes are in the input",
                    region)


def strongest_places(report):
    """Where the strongest marks of the maker stand, those before all others that do not only corroborate."""
    places = {o["n"]: o["where"] for o in report["observations"]}
    marks = [(not m.get("corroborating", False), m["log10_lr"], places[m["observations"][0]])
             for g in report["answers"]["maker"]["groups"] for m in g["evidence"] if m["observations"]]
    marks = [m for m in marks if "line" in m[2] or "offset" in m[2]]
    best = max(m[:2] for m in marks)
    return [(m[2].get("offset"), None if "offset" in m[2] else m[2]["line"]) for m in marks if m[:2] == best]


def uri(source):
    return source if "://" in source else ("file://" if source.startswith("/") else "") + re.sub(
        rb"[^A-Za-z0-9/._~-]", lambda m: b"%%%02X" % m.group()[0], os.fsencode(source)).decode()


def check_sarif(outputs, validator, fail_on_unknown=False):
    document = json.loads(outputs.text("sarif"))
    errors = [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(document)] if validator else []
    checks.equal(errors, [], "SARIF holds against its schema")
    (only,) = document["runs"]
    rules, artifacts = only["tool"]["driver"]["rules"], only["artifacts"]
    checks.that(len({r["id"] for r in rules}) == len(rules) and all(r["help"]["text"] and r["shortDescription"]["text"] for r in rules), "rules are distinct and have help")
    of_uri = {uri(source): (source, report) for source, report in outputs.reports.items()}
    got = {source: [] for source in outputs.reports}
    for result in only["results"]:
        place = result["locations"][0]["physicalLocation"]
        at = place["artifactLocation"]
        source, report = of_uri.get(at["uri"], (None, None))
        if not checks.that(report, "a result belongs to an input", at):
            continue
        got[source].append((result["ruleId"], result["kind"], result["level"]))
        checks.equal(rules[result["ruleIndex"]]["id"], result["ruleId"], "ruleIndex")
        checks.equal(artifacts[at["index"]]["location"]["uri"], at["uri"], "artifact index")
        properties, maker = result["properties"], report["answers"]["maker"]
        checks.equal((properties["maker"], properties["support"], properties["log10_lr"]), (maker["id"], maker["support"], maker["log10_lr"]),
                     f"{source}: properties")
        if "region" in place:
            region = place["region"]
            check_region(region, source, source)
            if not result["ruleId"].startswith("signature"):
                checks.that((region.get("byteOffset"), region.get("startLine")) in strongest_places(report), f"{source}: the place is the strongest mark's", region)
        elif result["ruleId"] in ("maker", "label-rebrand", "label-contradicted"):
            checks.that(False, f"{source}: {result['ruleId']} has a place")
    for source, report in outputs.reports.items():
        checks.equal(sorted(got[source]), sorted(wanted_results(report, fail_on_unknown)), f"{source}: results of SARIF")
    for artifact in artifacts:
        source, report = of_uri.get(artifact["location"]["uri"], (None, None))
        if report:
            checks.equal(artifact["hashes"]["sha-256"], hashlib.sha256(read(source)).hexdigest(), f"{source}: SHA-256 in SARIF")
    (invocation,) = only["invocations"]
    told = [n["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    checks.equal(told, [uri(i) for i in outputs.inputs if i not in outputs.reports], "inputs that could not be read are notifications")
    checks.equal((invocation["executionSuccessful"], invocation["exitCode"]), (not told, outputs.result.code), "invocation")
    return only


# --- JUnit ----------------------------------------------------------------------------------------


def xsd_complaints(text):
    if not shutil.which("xmllint"):
        return None
    done = subprocess.run(["xmllint", "--noout", "--schema", os.path.join(SOURCE, "tests", "cli", "junit.xsd"), "-"], input=text, capture_output=True, check=False)
    return "" if done.returncode == 0 else done.stderr.decode("utf-8", "replace")


def outcome(case):
    return case[0].tag, case[0].get("message") or case[0].text.split(": ", 1)[1]


def wanted_cases(report, fail_on_unknown):
    """name -> (element, the report's own text or None)"""
    cases = {}
    if fail_on_unknown:
        cases["maker"] = ("failure" if report["answers"]["maker"]["id"] == "unknown" else "system-out", None)
    if report["label"]:
        finding = report["label"]["finding"]
        cases["label"] = ("failure" if finding in LABEL_HITS else "skipped" if finding == "undetermined" else "system-out", report["label"]["explanation"])
    for policy in report["policies"]:
        result = policy["result"]
        cases["policy " + policy["id"]] = ("failure" if result in POLICY_HITS else "system-out" if result == "not-indicated" else "skipped", policy["reason"])
    verdict, trust = report["authenticity"]["verdict"], report["authenticity"]["key"]
    cases["signature"] = ("failure" if "not-ok" in (verdict, trust) else "system-out" if verdict.startswith("ok") else "skipped", None)
    return cases


def check_junit(outputs, fail_on_unknown=False):
    complaints = xsd_complaints(outputs.raw["junit"])
    if complaints is None:
        checks.skip("JUnit against its XSD (no xmllint)")
    else:
        checks.equal(complaints, "", "JUnit holds against its XSD")
    root = ET.fromstring(outputs.raw["junit"])
    suites = root.findall("testsuite")
    checks.equal([s.get("name") for s in suites], outputs.inputs, "a test suite an input")
    for node in [root, *suites]:
        counted = [len(node.findall(".//" + tag)) for tag in ("testcase", "failure", "error", "skipped")]
        checks.equal([int(node.get(a)) for a in ("tests", "failures", "errors", "skipped")], counted, f"counts of {node.get('name')}")
    for suite in suites:
        name, report = suite.get("name"), outputs.reports.get(suite.get("name"))
        cases = {c.get("name"): outcome(c) for c in suite.findall("testcase")}
        if not report:
            checks.that(list(cases) == ["input"] and cases["input"][0] == "error" and cases["input"][1], f"{name}: an error", cases)
            continue
        wanted = wanted_cases(report, fail_on_unknown)
        checks.equal({n: o[0] for n, o in cases.items()}, {n: o[0] for n, o in wanted.items()}, f"{name}: outcomes")
        for case, (_, text) in wanted.items():
            checks.that(text is None or cases[case][1] == text, f"{name}: {case} gives the report's own reason", cases[case][1])


# --- CSV ------------------------------------------------------------------------------------------


def check_csv(outputs):
    raw = outputs.text("csv")
    checks.that("\n" not in raw.replace("\r\n", ""), "lines of CSV end with CR LF")
    head, *rows = list(csv.reader(io.StringIO(raw, newline=""), strict=True))
    checks.equal(head, COLUMNS, "head of CSV")
    checks.equal([len(r) for r in rows], [len(COLUMNS)] * len(outputs.inputs), "cells of each row")
    rows = [dict(zip(head, row)) for row in rows]
    for given, row in zip(outputs.inputs, rows):
        checks.equal(row["source"].lstrip("'"), given, "source in CSV")
        report = outputs.reports.get(given)
        if not report:
            checks.that(row["error"] and int(row["exit_code"]) >= 64 and not row["maker"], f"{given}: a row with an error", row)
            continue
        answers, label = report["answers"], report["label"] or {}
        wanted = {"kind": report["input"]["kind"], "sha256": report["input"]["sha256"], "maker": answers["maker"]["id"], "maker_support": answers["maker"]["support"],
                  "platform": answers["platform"]["id"], "software": answers["software"]["id"], "path": answers["path"]["id"], "label": label.get("finding", ""),
                  "authenticity": report["authenticity"]["verdict"], "key": report["authenticity"]["key"],
                  "policies": ";".join(f"{p['id']}={p['result']}" for p in report["policies"]), "warnings": str(len(report["warnings"])), "error": ""}
        checks.equal({k: row[k] for k in wanted}, wanted, f"{given}: row of CSV")
        checks.equal((float(row["maker_log10_lr"]), float(row["restricted_log10_lr"])), (answers["maker"]["log10_lr"], answers["restricted"]["log10_lr"]),
                     f"{given}: ratios in CSV")
        checks.equal(row["claimed"].lstrip("'"), label.get("claimed", ""), f"{given}: claim in CSV")
    return rows


# --- Prometheus -----------------------------------------------------------------------------------

LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'


def parse_exposition(text):
    """{family: {series: value}}, by the rules of the text format; None after a complaint."""
    families, name = {}, None
    if not checks.that(text.endswith("\n"), "the last line of the exposition ends"):
        return None
    for line in text[:-1].split("\n"):
        m = re.fullmatch(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)", line)
        if m and m.group(1) == "HELP":
            name = m.group(2)
            checks.that(name not in families, f"{name} stands in one piece")
            families[name] = {}
        elif m:
            checks.that(m.group(2) == name and m.group(3) in ("gauge", "counter") and not families[name], f"TYPE of {name} follows its HELP", line)
        else:
            m = re.fullmatch(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{" + LABEL + r"(?:," + LABEL + r")*\}) (-?\d+(?:\.\d+)?)", line)
            if not checks.that(m and m.group(1) == name, "a sample of the exposition", line):
                return None
            labels = {k: re.sub(r"\\(.)", lambda e: "\n" if e.group(1) == "n" else e.group(1), v) for k, v in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m.group(2))}
            series = tuple(sorted(labels.items()))
            checks.that(series not in families[name], f"{name}: no series twice", line)
            families[name][series] = float(m.group(3))
    return families


def check_prometheus(outputs):
    families = parse_exposition(outputs.text("prometheus"))
    if not families:
        return
    wanted = {}
    for given in outputs.inputs:
        report, key = outputs.reports.get(given), ("source", given)

        def sample_of(name, value, **labels):
            wanted.setdefault("underlabel_" + name, {})[tuple(sorted([key, *labels.items()]))] = float(value)

        sample_of("up", report is not None)
        if not report:
            continue
        maker = report["answers"]["maker"]
        sample_of("knowledge_info", 1, **report["tool"])
        sample_of("maker_info", 1, maker=maker["id"], support=maker["support"])
        sample_of("maker_log10_lr", maker["log10_lr"])
        sample_of("restricted_log10_lr", report["answers"]["restricted"]["log10_lr"])
        if report["label"]:
            sample_of("label_hit", report["label"]["finding"] in LABEL_HITS)
        for policy in report["policies"]:
            sample_of("policy_hit", policy["result"] in POLICY_HITS, policy=policy["id"], result=policy["result"])
        sample_of("signature_fails", "not-ok" in (report["authenticity"]["verdict"], report["authenticity"]["key"]))
        sample_of("frames", report["input"]["frames"])
        sample_of("warnings", len(report["warnings"]))
    checks.equal(families, wanted, "the exposition is the report's")


# --- CASE -----------------------------------------------------------------------------------------

# Types and properties of CASE and UCO 1.3 that may be used: property -> a literal's type, or "@" for a node.
CORE = {"uco-core:name": str, "uco-core:description": str}
TYPES = {
    "uco-tool:Tool": {**CORE, "uco-tool:toolType": str, "uco-tool:version": str},
    "uco-observable:ObservableObject": {**CORE, "uco-core:hasFacet": "@"},
    "uco-observable:FileFacet": {"uco-observable:fileName": str, "uco-observable:filePath": str},
    "uco-observable:URLFacet": {"uco-observable:fullValue": str},
    "uco-observable:ContentDataFacet": {"uco-observable:hash": "@", "uco-observable:sizeInBytes": int, "uco-observable:mimeType": str, "uco-observable:dataPayload": str},
    "uco-types:Hash": {"uco-types:hashMethod": "uco-vocabulary:HashNameVocab", "uco-types:hashValue": "xsd:hexBinary"},
    "case-investigation:InvestigativeAction": {**CORE, "uco-action:instrument": "@", "uco-action:object": "@", "uco-action:result": "@"},
    "case-investigation:ProvenanceRecord": {**CORE, "uco-core:object": "@"},
}
ONTOLOGY = {"case-investigation": "https://ontology.caseontology.org/case/investigation/", "xsd": "http://www.w3.org/2001/XMLSchema#",
            **{f"uco-{n}": f"https://ontology.unifiedcyberontology.org/uco/{n}/" for n in ("action", "core", "observable", "tool", "types", "vocabulary")}}


def walk_nodes(node, found, references):
    if set(node) == {"@id"}:
        references.append(node["@id"])
        return
    checks.that(node["@id"] not in found, "an @id is one node's", node["@id"])
    found[node["@id"]] = node
    known = TYPES.get(node["@type"])
    if not checks.that(known, "a type of CASE or UCO", node["@type"]):
        return
    for name, value in node.items():
        if name.startswith("@"):
            continue
        if not checks.that(name in known, f"a property of {node['@type']}", name):
            continue
        for item in value if isinstance(value, list) else [value]:
            if known[name] == "@":
                walk_nodes(item, found, references)
            elif isinstance(known[name], str):
                checks.that(set(item) == {"@type", "@value"} and item["@type"] == known[name], f"{name} is typed", item)
            else:
                checks.that(isinstance(item, known[name]), f"{name} is a literal", item)


def check_case(outputs):
    document = json.loads(outputs.text("case"))
    checks.equal(document["@context"], ONTOLOGY, "context of CASE")
    found, references = {}, []
    for node in document["@graph"]:
        walk_nodes(node, found, references)
    checks.equal([r for r in references if r not in found], [], "every reference of CASE resolves")
    for name in found:
        checks.that(name.startswith("urn:uuid:") and uuid.UUID(name[9:]).version == 5, "a name is a UUID of version 5", name)
    of_type = lambda t: [n for n in found.values() if n["@type"] == t]
    (tool,) = of_type("uco-tool:Tool")
    knowledge = next(iter(outputs.reports.values()))["tool"]
    checks.equal(tool["@id"], uuid.uuid5(uuid.NAMESPACE_URL, f"urn:underlabel:tool:{knowledge['version']}:{knowledge['knowledge']}").urn, "the tool's name")
    actions = of_type("case-investigation:InvestigativeAction")
    checks.equal(len(actions), len(set(outputs.inputs)), "an action an input")
    for action in actions:
        checks.equal(action["uco-action:instrument"]["@id"], tool["@id"], "the instrument is the tool")
        subject = found[action["uco-action:object"][0]["@id"]]
        report = outputs.reports.get(subject["uco-core:name"])
        if not report:
            checks.that("uco-action:result" not in action and "could not be read" in action["uco-core:description"], "an action without a result says why", action)
            continue
        record, result = (found[r["@id"]] for r in action["uco-action:result"])
        content = result["uco-core:hasFacet"][0]
        payload = content["uco-observable:dataPayload"]
        checks.equal(json.loads(payload), report, "the report is in CASE")
        checks.equal(content["uco-observable:hash"][0]["uco-types:hashValue"]["@value"], hashlib.sha256(payload.encode()).hexdigest(), "SHA-256 of the report in CASE")
        (content,) = [f for f in subject["uco-core:hasFacet"] if f["@type"] == "uco-observable:ContentDataFacet"]
        checks.equal(content["uco-observable:hash"][0]["uco-types:hashValue"]["@value"], report["input"]["sha256"], "SHA-256 of the input in CASE")
        checks.equal(record["uco-core:object"], [{"@id": subject["@id"]}, {"@id": result["@id"]}], "the record is of input and report")
        checks.that(not report["label"] or report["label"]["explanation"] in record["uco-core:description"], "the record tells what was found")


# --- the tests --------------------------------------------------------------------------------------


def check_all(outputs, validator, fail_on_unknown=False):
    if len(outputs.raw) < len(KINDS):
        return None
    check_junit(outputs, fail_on_unknown)
    check_csv(outputs)
    check_prometheus(outputs)
    check_case(outputs)
    return check_sarif(outputs, validator, fail_on_unknown)


def check_samples(validator):
    inputs = [sample(n) for n in sorted(os.listdir(SAMPLES)) if not n.endswith((".md", ".jsonl"))] + ["/nonexistent/clip.mp4"]
    for claimed in ("Luminys", "Axis", "Lorex", "No Such Brand"):
        first = Outputs(f"--claimed={claimed}", *(f"--policy={p}" for p in POLICIES), *inputs)
        only = check_all(first, validator)
        if claimed == "Axis":
            kinds = {r["ruleId"] for r in only["results"]}
            checks.that({"maker", "maker-unknown", "label-contradicted", "label-undetermined", "policy-us-ndaa-889"} <= kinds, "results of many kinds", kinds)
    second = Outputs("--claimed=No Such Brand", *(f"--policy={p}" for p in POLICIES), *inputs)
    checks.equal({k for k in KINDS if first.raw[k] != second.raw[k]}, set(), "same inputs, same bytes")
    check_all(Outputs(*inputs), validator)
    check_all(Outputs("--fail-on=unknown", *inputs), validator, fail_on_unknown=True)


def check_login(validator):
    """Of a login nothing is left, and what cannot be reached is told."""
    outputs = Outputs("--timeout=1", "rtsp://viewer:hunter2@127.0.0.1:1/live?password=hunter2", sample("only-401.txt"), sample("log-curl.txt"))
    for kind, raw in outputs.raw.items():
        checks.that(b"hunter2" not in raw, f"no password in {kind}")
    document = json.loads(outputs.text("sarif"))
    checks.equal([e.message for e in validator.iter_errors(document)] if validator else [], [], "SARIF of a camera that is not there")
    checks.equal(document["runs"][0]["invocations"][0]["exitCode"], 69, "exit code in SARIF")
    checks.that(outputs.text("csv").splitlines()[1].endswith(",69"), "exit code in CSV")
    check_case(outputs)


NAMES = ("=cmd|x.txt", "+1+2.txt", "@sum.txt", "-3.5", "-3.5x", "a,\"b\".txt", "back\\slash {0} [a](b).txt", "\ttab.txt", "<x>&amp;.txt", "blank end ", "é.txt")


def check_names(validator):
    """Names and claims that some reader would take for something else."""
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            shutil.copy(sample("rebrand-dialogue.txt"), os.path.join(folder, name))
        names = [n for n in NAMES if not n.startswith("-")]
        outputs = Outputs("--claimed==HYPERLINK(\"http://evil\",\"x\")", *names, cwd=folder)
        here = os.getcwd()
        os.chdir(folder)
        check_all(outputs, validator)
        os.chdir(here)
        rows = list(csv.DictReader(io.StringIO(outputs.text("csv"), newline=""), strict=True))
        result = run("inspect", "--csv=-", "--", "-3.5", "-3.5x", cwd=folder)
        rows += list(csv.DictReader(io.StringIO(result.text(), newline=""), strict=True))
    cells = {row["source"]: row for row in rows}
    for name in NAMES:
        formula = name[0] in "=+-@\t" and name != "-3.5"
        checks.that(("'" + name if formula else name) in cells, f"cell of {name!r}", sorted(cells))
    checks.that(all(r["claimed"].startswith("'=") for r in rows[:-2]), "a claim is no formula")
    for row in rows:
        bad = {k: v for k, v in row.items() if v[:1] in tuple("=+-@\t") and not re.fullmatch(r"[+-]?\d+(\.\d+)?", v)}
        checks.equal(bad, {}, "no cell is a formula")


def check_message_escapes():
    """A claim with a link or a placeholder in it stays text."""
    result = run("inspect", "--claimed=[free](http://evil) {0}", "--sarif=-", sample("rebrand-dialogue.txt"))
    texts = [r["message"]["text"] for r in result.json()["runs"][0]["results"] if r["ruleId"].startswith("label")]
    checks.that(texts and all("](" not in t and "{0}" not in t.replace("{{0}}", "") and "{{0}}" in t for t in texts), "no link and no placeholder in a message", texts)


def check_twice():
    """The same input twice, and a folder with files that are none."""
    path = sample("rebrand-dialogue.txt")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, folder)
        with open(os.path.join(folder, "notes.bin"), "wb") as f:
            f.write(b"\0" * 100)
        inside = os.path.join(folder, "rebrand-dialogue.txt")
        outputs = Outputs(path, path, folder)
        outputs.inputs = [path, path, inside]
        check_csv(outputs)
        check_junit(outputs)
        check_case(outputs)
        checks.equal(len(json.loads(outputs.text("sarif"))["runs"][0]["artifacts"]), 3, "artifacts of an input that is given twice")
        check_prometheus(outputs)
    result = run("inspect", "--csv=-", "/nonexistent", os.path.join(SOURCE, "doc", "completion"))
    rows = list(csv.DictReader(io.StringIO(result.text(), newline="")))
    checks.equal([r["exit_code"] for r in rows], ["66", "65"], "a folder with nothing in it is an error")
    result = run("inspect", "--sarif=-", "-", stdin=read(path))
    (artifact,) = result.json()["runs"][0]["artifacts"]
    checks.that("uri" not in artifact["location"] and artifact["hashes"]["sha-256"] == hashlib.sha256(read(path)).hexdigest(), "standard input in SARIF", artifact)
    result = run("inspect", "--case=-", "--no-hash", "-", stdin=read(path))
    checks.that(b"hashValue" in result.out and json.loads(result.out)["@graph"], "standard input in CASE")
    result = run("inspect", "--csv=-", "-", "-", stdin=b"")
    checks.equal([r[0] for r in csv.reader(io.StringIO(result.text(), newline=""))], ["source", "standard input", "standard input"], "standard input in CSV")


def check_signed(validator):
    with tempfile.TemporaryDirectory() as folder:
        path, root = os.path.join(folder, "signed.h264"), os.path.join(folder, "root.pem")
        subprocess.run([os.path.join(SOURCE, "scripts", "sign-sample"), "--out", path, "--ca-out", root, "--format", "onvif", sample("x264.h264")], check=True)
        data = bytearray(read(path))
        at = data.rindex(b"\0\0\1\x65") + 60
        data[at] ^= 1
        with open(path + ".altered", "wb") as f:
            f.write(data)
        trust = f"--trust={root}"
        only = check_all(Outputs(trust, path, path + ".altered"), validator)
        (result,) = [r for r in only["results"] if r["ruleId"] == "signature-not-ok"]
        offset = result["locations"][0]["physicalLocation"]["region"]["byteOffset"]
        checks.that(at - 70 <= offset <= at and "not as it was signed" in result["message"]["text"], "where the altered picture stands", (at, offset, result["message"]))
        outputs = Outputs(trust, path, path + ".altered", command="verify")
        checks.code(outputs.result, 3, "verify with files")
        suites = ET.fromstring(outputs.raw["junit"]).findall("testsuite")
        checks.equal([outcome(s.find("testcase"))[0] for s in suites], ["system-out", "failure"], "verify in JUnit")
        rows = list(csv.DictReader(io.StringIO(outputs.text("csv"), newline="")))
        checks.equal([(r["authenticity"], r["key"], r["exit_code"]) for r in rows], [("ok", "trusted", "0"), ("not-ok", "trusted", "3")], "verify in CSV")
        checks.equal(rows[0]["sha256"], hashlib.sha256(read(path)).hexdigest(), "verify hashes for the files")
        families = parse_exposition(outputs.text("prometheus"))
        checks.equal(sorted(families["underlabel_signature_fails"].values()), [0, 1], "verify for Prometheus")


def check_files():
    """Where to, and what happens if that cannot be written."""
    path = sample("rebrand-dialogue.txt")
    for wrong in (("--sarif=-", "--csv=-"), ("--sarif=-", "--json"), ("--junit=-", "--jsonl"), ("--sarif=/tmp/x", "--case=/tmp/x")):
        for command in ("inspect", "verify"):
            result = run(command, *wrong, path)
            checks.that(result.code == 64 and result.out == b"" and result.errors().count("\n") == 1 and wrong[0].split("=")[0] in result.errors(),
                        f"{command} {wrong} is a usage error", (result.code, result.errors()))
    for kind in KINDS:
        result = run("inspect", f"--{kind}=-", path)
        with tempfile.TemporaryDirectory() as folder:
            run("inspect", f"--{kind}={folder}/x", path)
            checks.equal(result.out, read(f"{folder}/x"), f"--{kind}=- is the file and nothing else")
        for place in ("/nonexistent/x", "/dev/full", SAMPLES):
            result = run("inspect", f"--{kind}={place}", path)
            checks.that(result.code == 73 and result.errors().count("\n") == 1 and place in result.errors() and result.out, f"--{kind}={place} cannot be written",
                        (result.code, result.errors()))
    with open("/dev/full", "wb") as full:
        checks.code(run("inspect", "--csv=-", path, stdout=full), 73, "standard output that is full")
    with tempfile.TemporaryDirectory() as folder:
        real, link = os.path.join(folder, "real.csv"), os.path.join(folder, "link.csv")
        with open(real, "w", encoding="ascii") as f:
            f.write("old")
        os.symlink("real.csv", link)
        checks.code(run("inspect", f"--csv={link}", "--junit=/dev/null", path), 0, "a link and a device")
        checks.that(os.path.islink(link) and read(real).startswith(b"source,"), "a link stays a link")
        checks.that(not os.path.isfile("/dev/null"), "a device stays a device")
        checks.equal(sorted(os.listdir(folder)), ["link.csv", "real.csv"], "nothing else is left in the folder")
        if os.geteuid() != 0:
            os.chmod(folder, 0o500)
            checks.code(run("inspect", f"--csv={real}", path), 73, "a folder that cannot be written to")
            os.chmod(folder, 0o700)
        checks.equal(oct(os.stat(real).st_mode & 0o044), oct(0o044 & ~current_umask()), "others may read it")
    result = run("inspect", "--claimed=Axis", f"--sarif={os.devnull}", path)
    checks.that(result.code == 1 and b"Made by" in result.out, "the report is printed beside the files")


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def readme_example():
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as f:
        part = re.search(r"^## In a pipeline\n(.*?)^## ", f.read(), re.S | re.M).group(1)
    return next(text for text in re.findall(r"^```bash\n(.*?)^```$", part, re.S | re.M) if "--junit" in text)


def check_readme():
    """The example as it is printed, with three inputs in place of its addresses."""
    script = readme_example()
    addresses = re.findall(r"rtsp://192\.0\.2\.\d+/", script)
    checks.equal(len(set(addresses)), 3, "README's example has three cameras")
    axis = sample("log-curl.txt")

    def run_with(inputs, wanted, words, what):
        text = script
        for address, given in zip(addresses, inputs):
            text = text.replace(address, given)
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "PATH": os.path.dirname(BIN) + os.pathsep + os.environ["PATH"]}
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
            checks.equal(done.returncode, wanted, f"README's example with {what}: {done.stderr[:500]}")
            checks.that(words in done.stdout, f"README's example with {what} says", done.stdout)
            (junit,), (sarif,) = glob.glob(folder + "/*.xml"), glob.glob(folder + "/*.sarif")
            suites = ET.parse(junit).getroot().findall("testsuite")
            checks.equal(len(suites), 3, f"README's example with {what}: suites")
            checks.equal(len(json.loads(read(sarif))["runs"][0]["artifacts"]), 3, f"README's example with {what}: artifacts")
            return suites

    run_with([axis] * 3, 0, "what they are sold as", "three that fit")
    with fake_cameras("--many", axis, sample("rebrand-dialogue.txt"), sample("hikvision-dialogue.txt")) as urls:
        suites = run_with([url + "/" for url in urls], 1, "junit.xml", "three cameras")
        failed = [bool(s.findall(".//failure")) for s in suites]
        checks.equal(failed, [False, True, True], "README's example: which cameras fail")
    run_with([axis, "rtsp://127.0.0.1:1/", axis], 69, "69", "one that is not there")


sarif_schema = sarif_validator()
check_samples(sarif_schema)
check_login(sarif_schema)
check_names(sarif_schema)
check_message_escapes()
check_twice()
check_signed(sarif_schema)
check_files()
check_readme()
checks.done()
