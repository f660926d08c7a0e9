#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every signed recording of the corpus, changed in every way that a recording can be: no change to what a
signature covers comes out ok, and no remux or clean cut comes out not ok.  Prints the matrix."""
import collections
import json
import os
import random
import shutil
import struct
import subprocess
import tempfile

from ulcli import BIN, Checks

SIGNED = os.path.join(os.environ.get("UL_SHARED", os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared")), "corpus", "signed")
OWN = (b"Signed Video...0", bytes.fromhex("005bc93f2d715e95ada4796f90877a6f"))
checks = Checks()


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "quiet", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)


def split(data):
    """NAL units of a byte stream."""
    at, out = data.find(b"\0\0\1"), []
    while at >= 0:
        end = data.find(b"\0\0\1", at + 3)
        out.append(data[at + 3:end if end >= 0 else len(data)].rstrip(b"\0"))
        at = end
    return out


class Recording:
    """Its NAL units in order, one list a picture; parameter sets of the file's head apart."""

    def __init__(self, path, folder):
        self.path, self.name = path, os.path.basename(path)
        self.h265 = "h265" in self.name
        data = open(path, "rb").read()
        if path.endswith(".mp4"):
            self.head = [n for n in self.head_of(path, folder) if self.kind(n) == "X"]
            self.nals = self.of_mp4(path, data)
        else:
            self.head, self.nals = [], split(data)

    def head_of(self, path, folder):
        raw = os.path.join(folder, "head.bin")
        ffmpeg("-i", path, "-frames:v", "1", "-c", "copy", "-f", "hevc" if self.h265 else "h264", raw)
        nals = split(open(raw, "rb").read())
        return [n for n in nals if (32 <= n[0] >> 1 & 63 <= 34 if self.h265 else n[0] & 31 in (7, 8))]

    @staticmethod
    def of_mp4(path, data):
        rows = subprocess.run(["ffprobe", "-v", "quiet", "-select_streams", "v", "-show_entries", "packet=pos,size", "-of", "json", path],
                              check=True, stdout=subprocess.PIPE).stdout
        out = []
        for packet in json.loads(rows)["packets"]:
            at, end = int(packet["pos"]), int(packet["pos"]) + int(packet["size"])
            while at + 4 <= end:
                n, = struct.unpack(">I", data[at:at + 4])
                out.append(data[at + 4:at + 4 + n])
                at += 4 + n
        return out

    def kind(self, nal):
        """I key picture, P picture, p further slice, S signing SEI, X other."""
        type_ = nal[0] >> 1 & 63 if self.h265 else nal[0] & 31
        first = nal[2 if self.h265 else 1] & 0x80
        if type_ == (39 if self.h265 else 6):
            return "S" if any(u in nal[:24] for u in OWN) else "X"
        if type_ == 5 or self.h265 and 16 <= type_ <= 21:
            return "I" if first else "p"
        if type_ == 1 or self.h265 and type_ == 0:
            return "P" if first else "p"
        return "X"

    def bytes(self, nals):
        return b"".join(b"\0\0\0\1" + n for n in self.head + nals)

    def places(self, kinds):
        return [i for i, n in enumerate(self.nals) if self.kind(n) in kinds]


def verify(paths):
    done = subprocess.run([BIN, "verify", "--jsonl", "--strip", *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    found = {a["input"]["source"]: a["authenticity"] for a in map(json.loads, done.stdout.splitlines())}
    return [found.get(p, {"verdict": "not read", "strip": "", "gops": {}, "not_covered": []}) for p in paths]


def flipped(nal, rand, h265):
    """One bit, but for those that make a NAL unit end sooner or be none."""
    while True:
        at = rand.randrange(len(nal))
        new = nal[:at] + bytes([nal[at] ^ 1 << rand.randrange(8)]) + nal[at + 1:]
        if new[-1] and b"\0\0\1" not in new and b"\0\0\0" not in new and not (at < (2 if h265 else 1)):
            return new


def swap(nals, a, b):
    out = list(nals)
    out[a], out[b] = out[b], out[a]
    return out


def changes(r, covered, rand, other):
    """(what, the NAL units, must it not be ok?, must it not be not-ok?)"""
    nals, keys, seis, pictures = r.nals, r.places("I"), r.places("S"), r.places("IP")
    hashed = [i for i in r.places("IPp") if covered[i]]
    for i in range(0, len(nals), 10):
        for j in range(i, min(i + 10, len(nals))):
            if r.kind(nals[j]) in "IPp":
                new = nals[:j] + [flipped(nals[j], rand, r.h265)] + nals[j + 1:]
                yield ("one bit of a picture", new, True, False) if covered[j] else ("one bit of a picture not covered", new, False, True)
                break
    for i in [i for i, n in enumerate(nals) if r.kind(n) == "X"][:3]:
        yield "one bit of what is not hashed", nals[:i] + [flipped(nals[i], rand, r.h265)] + nals[i + 1:], False, True
    for i in seis:
        yield "one bit of a SEI", nals[:i] + [flipped(nals[i], rand, r.h265)] + nals[i + 1:], False, False
        if i != seis[-1]:
            yield "a SEI dropped", nals[:i] + nals[i + 1:], not r.v1_first(i), False
    for i in rand.sample(hashed[1:], min(8, len(hashed) - 1)):
        yield "a picture dropped", nals[:i] + nals[i + 1:], True, False
    for a, b in [(a, b) for a, b in zip(pictures, pictures[1:]) if covered[a] and covered[b]][3:40:9]:
        yield "two pictures swapped", swap(nals, a, b), True, False
    for a, b in zip(keys, keys[1:]):
        # What no SEI before or behind it speaks of, is a shorter recording.
        clean = a == keys[0] and any(r.kind(n) == "S" for n in nals[a:b])
        yield "a GOP dropped", nals[:a] + nals[b:], not clean and a != keys[0], False
        if covered[a]:
            yield "a GOP duplicated", nals[:b] + nals[a:b] + nals[b:], True, False
    for k in keys[1:]:
        yield "head cut before a key picture", nals[k:], False, True
        yield "head cut inside a GOP", nals[k - 3:], False, True
        yield "tail cut before a key picture", nals[:k], False, True
        yield "tail cut inside a GOP", nals[:k + 4], False, True
    if other:
        yield "another recording behind it", nals + other.head + other.nals, True, False
        yield "half of another behind its half", nals[:keys[len(keys) // 2]] + other.head + other.nals[other.places("I")[len(other.places("I")) // 2]:], True, False


Recording.v1_first = lambda self, i: i == self.places("S")[0]


def remuxed(path, folder, h265):
    """(what, path)"""
    raw = "hevc" if h265 else "h264"
    chains = {"MKV": ["mkv"], "MP4": ["mp4"], "TS": ["ts"], "byte stream": [raw], "MKV and back": ["mkv", "mp4"], "TS and back": ["ts", "mp4"],
              "byte stream and back": [raw, "mp4"]}
    for name, chain in chains.items():
        at = path
        try:
            for k, kind in enumerate(chain):
                out = os.path.join(folder, f"{name.replace(' ', '-')}-{k}.{kind}")
                ffmpeg("-i", at, "-map", "0:v", "-c", "copy", *(["-f", kind] if kind == raw else []), out)
                at = out
        except subprocess.CalledProcessError:
            continue  # this FFmpeg writes what it does not read
        yield "remuxed: " + name, at


def check_cell(what, a, not_ok_wanted, not_bad_wanted, name):
    verdict = a["verdict"]
    if not_ok_wanted:
        checks.that(verdict not in ("ok", "not read"), f"{name}: {what}: not ok", f"{verdict} {a['gops']} {a['strip']}")
    if not_bad_wanted:
        checks.that(verdict in ("ok", "ok-with-missing", "present"), f"{name}: {what}: not not-ok", f"{verdict} {a['strip']} {a.get('stretches')}")
    if what in ("one bit of what is not hashed", "one bit of a picture not covered"):
        checks.that(a["not_covered"], f"{name}: {what}: told as not covered")


def main():
    if not os.path.isdir(SIGNED):
        print("skipped: no corpus of signed video")
        return
    folder, rand = tempfile.mkdtemp(), random.Random(5)
    files = [f for f in sorted(os.listdir(SIGNED)) if "signed" in f and not f.endswith(".pem")]
    recordings = [Recording(os.path.join(SIGNED, f), folder) for f in files]
    table = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for r in recordings:
        whole = os.path.join(folder, "whole.bin")
        open(whole, "wb").write(r.bytes(r.nals))
        first, = verify([whole])
        modified = "modified" in r.name
        checks.equal(first["verdict"], "not-ok" if modified else "ok", r.name)
        table["as it is"][r.name][first["verdict"]] += 1
        strip = first["strip"][len(r.head):]
        checks.equal(len(strip), len(r.nals), f"{r.name}: a character a NAL unit")
        other = next(o for o in recordings if o is not r and o.h265 == r.h265)
        todo, paths = [], []
        for n, (what, nals, bad, good) in enumerate(changes(r, [c == "." for c in strip], rand, other)):
            paths.append(os.path.join(folder, f"{n:05}.bin"))
            open(paths[-1], "wb").write(r.bytes(nals))
            todo.append((what, bad, good and not modified))
        for what, path in remuxed(r.path, folder, r.h265):
            paths.append(path)
            todo.append((what, False, not modified))
        for (what, bad, good), a in zip(todo, verify(paths)):
            table[what][r.name][a["verdict"]] += 1
            check_cell(what, a, bad, good, r.name)
        for path in paths:
            os.path.exists(path) and os.remove(path)
    shutil.rmtree(folder)
    print_table(table, [r.name for r in recordings])


def print_table(table, names):
    print("\n".join(f"{chr(65 + i)}  {n}" for i, n in enumerate(names)))
    words = {"ok": "ok", "ok-with-missing": "missing", "not-ok": "NOT OK", "present": "present", "unsigned": "unsigned", "not read": "not read"}
    print(f"{'':34}" + "".join(f"{chr(65 + i):22}" for i in range(len(names))))
    for what, cells in table.items():
        print(f"{what:34}" + "".join(f"{', '.join(f'{n} {words[v]}' for v, n in cells[name].items()):22}" for name in names))
    print(sum(n for cells in table.values() for c in cells.values() for n in c.values()), "files judged")


main()
checks.done()
