#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole report of every sample equals the stored one.  UL_GOLDEN_UPDATE=1 rewrites what is stored:
the difference in tests/golden/ is then what there is to review."""
import difflib
import json
import os

from ulcli import SAMPLES, SOURCE, Checks, run

GOLDEN = os.path.join(SOURCE, "tests", "golden")
UPDATE = os.environ.get("UL_GOLDEN_UPDATE") == "1"
NO_INPUTS = ("README.md", "expected.jsonl")


def report_of(name):
    """As text, without what changes with every release of program or knowledge."""
    result = run("inspect", "--json", "--claimed", "Luminys", "--policy", "us-ndaa-889", name, cwd=SAMPLES)
    if result.code not in (0, 1):
        return f"exit code {result.code}\n{result.errors()}"
    report = result.json()
    report["tool"] = {"version": "*", "knowledge": "*"}
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def stored(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as f:
        return f.read()


checks = Checks()
names = [name for name in sorted(os.listdir(SAMPLES)) if name not in NO_INPUTS]
for name in names:
    path = os.path.join(GOLDEN, name + ".json")
    text, wanted = report_of(name), stored(path)
    if text != wanted and UPDATE:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        print("rewritten: " + name)
    elif not checks.that(text == wanted, name, "" if wanted else "nothing stored (UL_GOLDEN_UPDATE=1 stores it)"):
        diff = difflib.unified_diff(wanted.splitlines(), text.splitlines(), "stored", "now", lineterm="", n=2)
        print("\n".join(list(diff)[:60]))
foreign = {f[:-5] for f in os.listdir(GOLDEN) if f.endswith(".json")} - set(names)
for name in sorted(foreign):
    if UPDATE:
        os.remove(os.path.join(GOLDEN, name + ".json"))
    else:
        checks.that(False, "stored report of no sample", name)
checks.done()
