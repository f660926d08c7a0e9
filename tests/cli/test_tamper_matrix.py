#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""underlabel verify on the recordings that the makers' own signers signed, tampered with, cut and put into other
containers: no change of what is signed comes out ok, no container and no clean cut comes out not-ok, and what no
signature covers is told.  Prints the matrix of verdicts."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

from ulcli import SOURCE, Checks, run
try:
    import signedvideo
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)

CORPUS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus", "signed")
FFMPEG = shutil.which("ffmpeg")
NAMES = ("signed_test_h264.mp4", "signed_test_h265.mp4", "signed_vendor_axis.h264", "test_signed_h264.mp4", "test_signed_h265.mp4",
         "signed_test_h264_modified_frame_137.mp4")
CHANGED = NAMES[-1]
SEED, EVERY = 20230615, 10
VERDICTS = ("ok", "ok-with-missing", "not-ok", "present", "unsigned")
checks = Checks()
matrix = {}


def ffmpeg(source, target, *more):
    rate = () if source.endswith((".mp4", ".mkv", ".ts")) else ("-r", "25")
    done = subprocess.run([FFMPEG, "-v", "fatal", "-nostdin", "-y", *rate, "-i", source, "-map", "0:v:0", "-c", "copy", *more, target],
                          check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def verify(files):
    """The authenticity of each file's first stream; None where it could not be read."""
    out = []
    for at in range(0, len(files), 100):
        result = run("verify", "--strip", "--jsonl", *files[at:at + 100], timeout=120)
        lines = {r["input"]["source"]: r["authenticity"] for r in map(json.loads, result.text().splitlines())}
        out += [lines.get(path) for path in files[at:at + 100]]
    return out


class Recording:
    """A file as NAL units of a byte stream."""

    def __init__(self, name, top):
        self.name, self.top, self.path = name, top, os.path.join(CORPUS, name)
        self.codec = "h265" if "h265" in name else "h264"
        self.suffix = "." + self.codec
        plain = self.path
        if name.endswith(".mp4"):
            # Without being told, ffmpeg takes a first sample of 256 to 511 bytes for a byte stream: its length begins 00 00 01.
            plain = os.path.join(top, name + self.suffix)
            filters = ("-bsf:v", ("h264" if self.codec == "h264" else "hevc") + "_mp4toannexb")
            checks.that(ffmpeg(self.path, plain, *filters), f"{name}: as a byte stream")
        self.plain = plain
        self.nals = signedvideo.read_nals(plain, self.codec)[1]
        self.seis = [i for i, nal in enumerate(self.nals) if signedvideo.is_own(self.codec, nal)]
        self.slices = [i for i, nal in enumerate(self.nals) if signedvideo.is_hashed(self.codec, nal)]
        self.keys = [i for i in self.slices if signedvideo.is_key(self.codec, self.nals[i])]
        self.legacy = signedvideo.Sei(self.codec, self.nals[self.seis[0]]).form == signedvideo.LEGACY
        self.n = 0

    def begin(self, i):
        """Where the access unit of a slice begins: behind the last slice before it, and behind an SEI that came between."""
        while i and i - 1 not in self.slices:
            i -= 1
        return i

    def write(self, nals):
        self.n += 1
        path = os.path.join(self.top, f"{self.name}.{self.n}{self.suffix}")
        with open(path, "wb") as f:
            f.write(b"".join(b"\0\0\0\1" + nal for nal in nals))
        return path

    def sets(self):
        return [nal for nal in self.nals[:self.slices[0]] if signedvideo.nal_type(self.codec, nal) in ((7, 8) if self.codec == "h264" else (32, 33, 34))]

    def without(self, *gone):
        return [nal for i, nal in enumerate(self.nals) if i not in gone]


def cell(row, recording, a):
    matrix.setdefault(row, {})[recording.name] = a["verdict"] if a else "unread"
    return a["verdict"] if a else None


def expect(row, recording, nals, wanted, covered=True):
    """`wanted`: verdicts that are right; `covered` False: pictures must be told that no signature covers."""
    a = verify([recording.write(nals)])[0]
    verdict = cell(row, recording, a)
    if recording.name == CHANGED:
        # It is not as it was signed already; what is left of it may be.
        wanted = VERDICTS if wanted != ("not-ok",) else wanted
    checks.that(verdict in wanted, f"{recording.name}: {row}", f"{verdict}, wanted {' or '.join(wanted)}; {a and a.get('stretches', [])[:3]}")
    if a and not covered and verdict == "ok":
        checks.that(any("picture" in n["what"] and n["count"] for n in a["not_covered"]), f"{recording.name}: {row}: what is not covered is told", a["not_covered"])


def flips(recording, intact):
    """One file for each tenth NAL unit, with one bit of it altered."""
    pick, files, where = random.Random(SEED), [], []
    for i in range(0, len(recording.nals), EVERY):
        nal = recording.nals[i]
        bit = pick.randrange(len(nal) * 8)
        new = nal[:bit // 8] + bytes([nal[bit // 8] ^ 0x80 >> bit % 8]) + nal[bit // 8 + 1:]
        files.append(recording.write(recording.nals[:i] + [new] + recording.nals[i + 1:]))
        where.append((i, bit))
    found = Counter()
    for (i, bit), a in zip(where, verify(files)):
        signed = i in recording.slices and intact["strip"][i] in ".N"
        found[a["verdict"] if a else "unread"] += signed
        what = f"{recording.name}: bit {bit} of NAL unit {i}"
        if signed:
            checks.that(a and a["verdict"] != "ok", what + " is signed", a and a["verdict"])
        elif i in recording.slices:
            checks.that(a and (a["verdict"] == intact["verdict"]), what + " is not signed", a and a["verdict"])
        elif i not in recording.seis:
            checks.that(a and a["verdict"] in (intact["verdict"], "ok-with-missing", "not-ok"), what, a and a["verdict"])
    matrix.setdefault("one bit of every tenth", {})[recording.name] = ", ".join(f"{n} {v}" for v, n in found.most_common() if n)
    # The last SEI is not among them everywhere.
    for which, i in (("first", recording.seis[0]), ("last", recording.seis[-1])):
        nal = recording.nals[i]
        at = len(nal) // 2
        expect(f"one bit of the {which} SEI", recording, recording.nals[:i] + [nal[:at] + bytes([nal[at] ^ 8]) + nal[at + 1:]] + recording.nals[i + 1:], ("not-ok",))


def tampered(r):
    nals, middle = r.nals, r.slices[len(r.slices) // 3]
    gone = [i for i in range(r.begin(middle), middle + 1) if i not in r.seis]
    expect("a frame dropped", r, r.without(*gone), ("ok-with-missing",))
    other = r.slices[r.slices.index(middle) + 1]
    swapped = list(nals)
    swapped[middle], swapped[other] = swapped[other], swapped[middle]
    expect("two frames swapped", r, swapped, ("not-ok",))
    expect("a frame twice", r, nals[:middle + 1] + nals[middle:], ("not-ok",))
    lost = r.seis[len(r.seis) // 2]
    expect("an SEI dropped", r, r.without(lost), ("ok-with-missing",) if lost != r.seis[-1] else ("ok", "present"), covered=False)
    expect("the last SEI dropped", r, r.without(r.seis[-1]), ("ok", "present"), covered=False)
    expect("every SEI dropped", r, r.without(*r.seis), ("unsigned",))
    expect("the tail cut", r, nals[:r.slices[-3]], ("ok",), covered=False)
    expect("the tail cut inside a GOP", r, nals[:(r.keys[-1] + r.keys[-2]) // 2], ("ok", "present"), covered=False)
    # Only the key picture that opens a clip can be missed; what is cut off is not.
    expect("the head cut inside a GOP", r, r.sets() + nals[r.slices[5]:], ("ok-with-missing", "present"))
    # The SEI that stands with the key picture goes with it.
    border = r.begin(r.keys[1])
    after = [i for i in r.seis if i > border]
    expect("the head cut at a GOP border", r, r.sets() + nals[border:], ("ok",) if len(after) > 1 else ("ok", "present"))
    if len(r.keys) >= 4:
        a, b, c = (r.begin(r.keys[k]) for k in (1, 2, 3))
        expect("a GOP dropped", r, nals[:b] + nals[c:], ("ok-with-missing",))
        expect("a GOP twice", r, nals[:c] + nals[b:], ("not-ok",))
        expect("two GOPs swapped", r, nals[:a] + nals[b:c] + nals[a:b] + nals[c:], ("not-ok",))
    expect("the recording behind itself", r, nals + nals, ("not-ok",))


def containers(r):
    told = run("verify", "--json", r.path).json()["authenticity"]["verdict"]
    rows = [("MKV", ".mkv"), ("MP4", ".mp4"), ("TS", ".ts"), ("Annex B", r.suffix)]
    for start, source in (("", r.path), ("Annex B > ", r.plain)):
        for form, suffix in rows:
            if source == r.plain and suffix == r.suffix:
                continue
            there, back = os.path.join(r.top, "there" + suffix), os.path.join(r.top, "back" + os.path.splitext(source)[1])
            filters = ("-bsf:v", ("h264" if r.codec == "h264" else "hevc") + "_mp4toannexb") if suffix == r.suffix and source.endswith(".mp4") else ()
            if not checks.that(ffmpeg(source, there, *filters), f"{r.name}: ffmpeg makes {form}"):
                continue
            returns = ("-bsf:v", ("h264" if r.codec == "h264" else "hevc") + "_mp4toannexb") if suffix in (".mp4", ".mkv") and not back.endswith(".mp4") else ()
            files = [there] + ([back] if ffmpeg(there, back, *returns) else [])
            for way, a in zip(("", " and back"), verify(files)):
                checks.equal(cell(f"{start}{form}{way}", r, a), told, f"{r.name}: {start}{form}{way}")


def spliced(recordings):
    """The beginning of one and the end of another of the same codec."""
    for first in recordings:
        second = next((r for r in recordings if r is not first and r.codec == first.codec), None)
        if second:
            at, to = first.begin(first.keys[1]), second.begin(second.keys[-2])
            expect("another recording behind it", first, first.nals[:at] + second.nals[to:], ("not-ok",))


if not os.path.isdir(CORPUS):
    print("skipped: no ../shared/corpus/signed")
    sys.exit(77)
if FFMPEG is None:
    print("skipped: no ffmpeg")
    sys.exit(77)
if run("verify", "--help").code == 64:
    print("FAILED: this underlabel has no command verify")
    print("0 passed, 1 failed")
    sys.exit(1)
with tempfile.TemporaryDirectory(prefix="underlabel-test-") as folder:
    recordings = [Recording(name, folder) for name in NAMES]
    for r in recordings:
        intact = verify([r.write(r.nals)])[0]
        verdict = cell("as it is", r, intact)
        checks.equal(verdict, "not-ok" if r.name == CHANGED else "ok", f"{r.name}: as it is")
        if not intact:
            continue
        checks.equal(len(intact["strip"]), len(r.nals), f"{r.name}: one character a NAL unit")
        flips(r, intact)
        tampered(r)
        containers(r)
        for name in os.listdir(folder):
            if name.startswith(r.name + "."):
                if os.path.join(folder, name) != r.plain:
                    os.unlink(os.path.join(folder, name))
    spliced(recordings)
widths = [max(len(row) for row in matrix)] + [max([len(r.name)] + [len(cells.get(r.name, "")) for cells in matrix.values()]) for r in recordings]
for cells in [["", *(r.name for r in recordings)]] + [[row, *(of.get(r.name, "-") for r in recordings)] for row, of in matrix.items()]:
    print("  ".join(text.ljust(width) for text, width in zip(cells, widths)).rstrip())
checks.done()
