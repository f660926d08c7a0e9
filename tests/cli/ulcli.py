# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the command line share: running the tool, counting, the places of things.

UL_BIN is the tool, UL_SOURCE_DIR the project's folder; ctest sets both."""
import json
import os
import subprocess
import sys
import tempfile
import time

import schemas

SOURCE = os.environ.get("UL_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("UL_BIN") or os.path.join(SOURCE, "build", "bin", "underlabel")
SAMPLES = os.path.join(SOURCE, "samples")
FULL = bool(os.environ.get("UL_FULL"))
sys.path.insert(0, os.path.join(SOURCE, "scripts", "lib"))
SCHEMA_FAULTS = []  # of every document that a run of this test printed; Checks.done() tells them


def sample(name):
    return os.path.join(SAMPLES, name)


class Result:
    def __init__(self, code, out, err, seconds, peak_kib):
        self.code, self.out, self.err, self.seconds, self.peak_kib = code, out, err, seconds, peak_kib

    def text(self):
        return self.out.decode("utf-8", "replace")

    def errors(self):
        return self.err.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)


def run(*arguments, stdin=b"", env=None, timeout=60, stdout=None, cwd=None):
    """Runs the tool; peak_kib is its largest resident size (0 without GNU time)."""
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "LC_ALL", "LANG")}
    environment.update({"LC_ALL": "C.UTF-8"}, **(env or {}))
    command = [BIN, *arguments]
    with tempfile.NamedTemporaryFile("r") as usage:
        if os.path.exists("/usr/bin/time"):
            command = ["/usr/bin/time", "-q", "-f", "%M", "-o", usage.name, *command]
        started = time.monotonic()
        try:
            done = subprocess.run(command, input=stdin, stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=environment, timeout=timeout, cwd=cwd, check=False)
            code, out, err = done.returncode, done.stdout or b"", done.stderr
        except subprocess.TimeoutExpired as late:
            code, out, err = 124, late.stdout or b"", late.stderr or b""
        seconds = time.monotonic() - started
        peak = usage.read().strip()
    # A run that was stopped, or died, may have been in the middle of a document.
    for fault in schemas.faults_of_output(out) if 0 <= code < 124 else ():
        SCHEMA_FAULTS.append(f"{' '.join(str(a) for a in arguments)[:300]}: {fault}")
    return Result(code, out, err, seconds, int(peak) if peak.isdigit() else 0)


class Checks:
    """Counts; `done()` prints the line of the count and leaves with its exit code."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def that(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: " + what + (": " + str(detail)[:2000] if detail != "" else ""))
        return good

    def equal(self, got, wanted, what):
        return self.that(got == wanted, what, f"got {got!r}, wanted {wanted!r}")

    def code(self, result, wanted, what):
        codes = wanted if isinstance(wanted, (tuple, list)) else (wanted,)
        return self.that(result.code in codes, what, f"exit code {result.code}, wanted {wanted}; {result.errors()[:500]}")

    def skip(self, what):
        self.skipped += 1
        print("skipped: " + what)

    def done(self):
        for fault in SCHEMA_FAULTS:
            self.that(False, "printed JSON is as doc/schema says", fault)
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        sys.exit(1 if self.failed else 0)
