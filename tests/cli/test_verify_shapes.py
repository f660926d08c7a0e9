#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Made-up signed streams, tampered with: what verify says of each NAL unit is what must be said."""
import json
import os
import random
import subprocess
import sys
import tempfile

from ulcli import BIN, SOURCE, Checks

sys.path.insert(0, os.path.join(SOURCE, "scripts", "lib"))
import shapes
from signing import Authority, Signer, pem

WHOLE = ("IPPSIPPSIPPSI", "IPPPSIPSIPPSI", "IpPpPpSIpPpSIpPpSI", "XIXPXPSXIXPXPSXIXPSXI", "ISISISI")
LATE = ("IPPIPSPIPPSIPPSI", "IPPIPSPIPSPIPSPI")
PARTIAL = ("IPPSPPSPPSIPPSPPSI",)
MARKS = "-~+^!"
checks = Checks()


def random_shapes(rand, n, marks, skip=""):
    """One thing done to a NAL unit each."""
    for _ in range(n):
        shape = rand.choice(WHOLE)
        at = rand.randrange(len(shape))
        mark = rand.choice(marks)
        if shape[at] in "Xp" + skip or (shape[at] == "S" and mark in "^!") or (mark == "^" and (at + 1 == len(shape) or shape[at + 1] in "SXI" or shape[at] in "I")):
            continue
        yield shape[:at + 1] + mark + shape[at + 1:]


def cases():
    rand = random.Random(7)
    for kind in ("axis", "onvif", "axis-legacy"):
        for codec in ("h264", "h265"):
            todo = [*WHOLE, *random_shapes(rand, 60, MARKS)]
            if kind != "axis-legacy":
                todo += [*LATE, *PARTIAL]
            for shape in todo:
                yield kind, codec, "frame", "S" + shape if kind == "axis-legacy" else shape
            for shape in [*WHOLE, *(random_shapes(rand, 20, "-~!", "S") if kind != "axis-legacy" else ())]:
                yield kind, codec, "gop", "S" + shape if kind == "axis-legacy" else shape


def main():
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        trust = os.path.join(folder, "root.pem")
        with open(trust, "wb") as f:
            f.write(pem(authority.certificate))
        files, expected = [], []
        for n, (kind, codec, level, shape) in enumerate(cases()):
            signer = Signer(kind, codec, level, authority=authority, escaped=n % 3 != 0, hash_escaped=n % 3 == 2)
            stream = shapes.tamper(shape, shapes.sign(shape, signer, n), codec, n)
            files.append(os.path.join(folder, f"{n:04}.bin"))
            with open(files[-1], "wb") as f:
                f.write(shapes.annexb(stream, codec))
            expected.append((f"{kind} {codec} {level} {shape}", shapes.expect(shape, stream, codec, level)))
        done = subprocess.run([BIN, "verify", "--jsonl", "--strip", "--trust", trust, *files], stdout=subprocess.PIPE, check=False)
        checks.equal(len(done.stdout.splitlines()), len(files), "an answer a stream")
        answers = {a["input"]["source"]: a["authenticity"] for a in map(json.loads, done.stdout.splitlines())}
        for path, (name, want) in zip(files, expected):
            a = answers.get(path, {})
            checks.equal((a.get("strip"), a.get("verdict")), want, name)
    print(f"{len(files)} streams")


main()
checks.done()
