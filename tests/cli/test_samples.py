#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The samples are what scripts/make-samples makes, and are answered as samples/expected.jsonl says."""
import json
import os
import subprocess

from ulcli import SAMPLES, SOURCE, Checks, run, sample

checks = Checks()

made = subprocess.run([os.path.join(SOURCE, "scripts", "make-samples"), "--check"], capture_output=True, text=True, check=False)
checks.that(made.returncode == 0, "scripts/make-samples --check", made.stdout + made.stderr)
for line in made.stdout.splitlines():
    if line.startswith("not compared"):
        checks.skip(line)

for line in open(os.path.join(SAMPLES, "expected.jsonl"), encoding="utf-8"):
    row = json.loads(line)
    result = run("inspect", "--json", sample(row["file"]))
    checks.code(result, row["exit"], row["file"])
    if row["exit"] != 0 or result.code != 0:
        continue
    answers = result.json()["answers"]
    for subject in ("maker", "path", "platform"):
        if subject in row:
            checks.equal(answers[subject]["id"], row[subject], f"{row['file']}: {subject}")
    if "streams" in row:
        checks.equal([s["answers"]["maker"]["id"] for s in result.json()["streams"]], row["streams"], f"{row['file']}: streams")
checks.done()
