#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The answers over captures and recordings of real devices, where those are at hand: ../shared/corpus
is no part of the project.  Exit code 77 where it is absent."""
import json
import os
import re
import sys

from ulcli import SOURCE, Checks, run

CORPUS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus")
LEAST_RIGHT, LEAST_RIGHT_LEFT_OUT = 90.0, 80.0
# id -> answers that must be, whatever the library learns
FIXED = {
    "fate_gpmf_fake": {"maker": "unknown", "path": "re-encoded"},
    "media3_sef_slowmo": {"maker": "unknown", "path": "re-encoded"},
    "jt1078_ipc": {"platform": "x264"},
}

if not os.path.isdir(CORPUS):
    print("skipped: no ../shared/corpus")
    sys.exit(77)

checks = Checks()


def evaluate(what, least_right, *arguments):
    result = run("evaluate", *arguments, os.path.join(CORPUS, "manifest.jsonl"), timeout=300)
    checks.code(result, 0, what)
    text = result.text()
    print(text)
    m = re.search(r"^  all +(\d+) +(\d+) +(\d+) +(\d+) +right ([\d.]+) %", text, re.M)
    if checks.that(m, what + ": the measured set is printed"):
        checks.that(float(m.group(5)) >= least_right, what + ": right", f"{m.group(5)} %, wanted {least_right} %")
        checks.equal(int(m.group(3)), 0, what + ": wrong in the measured set")
    for name, pattern in (("other rows", r"^other rows.*\n  n \d+, right \d+, wrong (\d+)"),
                          ("software", r"^software.*\n  n \d+, named wrongly (\d+)"),
                          ("negatives", r"^unknown devices.*\n  n \d+, named wrongly (\d+)"),
                          ("restricted makers", r"^wrongly named restricted makers: (\d+)"),
                          ("captures not read", r"^not read: (\d+)")):
        m = re.search(pattern, text, re.M)
        checks.that(m and m.group(1) == "0", f"{what}: {name} named wrongly: 0", m and m.group(1))


evaluate("evaluate", LEAST_RIGHT)
evaluate("evaluate without each row's source", LEAST_RIGHT_LEFT_OUT, "--leave-source-out")


def names(text):
    return {re.sub(r"[^a-z0-9]", "", part.lower()) for part in re.split(r"/", text or "")}


def printed_names(answer):
    return {re.sub(r"[^a-z0-9]", "", text.lower()) for text in (answer["id"], answer["name"])}


def check_recording(row):
    path = os.path.join(CORPUS, row["file"])
    result = run("inspect", "--json", path, timeout=120)
    if not checks.code(result, 0, f"{row['id']}: read"):
        return
    report = result.json()
    maker = report["answers"]["maker"]
    truth = set() if row["kind"] == "software" else names(row["maker"])
    # A device of unknown make may bear any name; software none.
    right = maker["id"] == "unknown" or "unknown" in truth or bool(truth & printed_names(maker))
    checks.that(right, f"{row['id']}: maker", f"{maker['id']} ({maker['log10_lr']}), known: {row['maker']}, {row['kind']}")
    for subject, wanted in FIXED.get(row["id"], {}).items():
        checks.equal(report["answers"][subject]["id"], wanted, f"{row['id']}: {subject}")
    print(f"{row['id']:44} {str(row['maker']):16} {maker['id']:16} {report['answers']['platform']['id']:16} {report['answers']['path']['id']}")


with open(os.path.join(CORPUS, "recordings.jsonl"), encoding="utf-8") as f:
    for line in f:
        recording = json.loads(line)
        check_recording(recording)
checks.done()
