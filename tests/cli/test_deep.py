#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""inspect --deep: each observation, from clips whose encoder settings are known; what it leaves alone;
damage.  The clips are made with ffmpeg's libx264 and libx265."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

from ulcli import Checks, run, sample

checks = Checks()
encoders = shutil.which("ffmpeg") and subprocess.run(["ffmpeg", "-v", "quiet", "-encoders"], capture_output=True, text=True, check=False).stdout
if not encoders or "libx264" not in encoders:
    print("skipped: no ffmpeg with libx264")
    sys.exit(77)
FOLDER = tempfile.TemporaryDirectory(prefix="underlabel-deep-")
STILL, MOVING = "testsrc2=size=320x240:rate=25", "testsrc2=size=320x240:rate=25,scroll=h=0.0047:v=0.0031,gblur=sigma=1.2"
PLAIN = "aq-mode=0:mbtree=0:scenecut=0"


def ffmpeg(*arguments):
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], capture_output=True, text=True, check=False)
    checks.equal(done.returncode, 0, f"ffmpeg {arguments[-1]}: {done.stderr[:500]}")


def at(name):
    return os.path.join(FOLDER.name, name)


def x264(name, params, source=MOVING, frames=50, rate=("-qp", "28"), more=()):
    ffmpeg("-f", "lavfi", "-i", source, "-frames:v", str(frames), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "medium", "-bf", "0",
           "-g", "25", *rate, "-x264-params", params, *more, at(name))
    return at(name)


def report(path, *options, deep=True, code=0, stdin=b""):
    result = run("inspect", "--json", *(["--deep"] if deep else []), *options, path, stdin=stdin)
    checks.code(result, code, f"--deep {os.path.basename(path)}")
    checks.equal(result.errors(), "", f"{os.path.basename(path)}: nothing is logged")
    return result.json()


def decoded(document, stream=0):
    """By key without 'decoded.' and picture type: the value."""
    found = {}
    for o in document["observations"]:
        if o["key"].startswith("decoded.") and o["stream"] == stream:
            name, value = o["key"].split(".", 1)[1], o["value"]
            if name == "pictures":
                found[name] = dict(zip(value.split()[::2], map(int, value.split()[1::2])))
            else:
                found[name, value[0]] = value[2:]
    return found


def shares(text):
    words = text.split()
    return dict(zip(words[::2], words[1::2]))


# --- QP ---------------------------------------------------------------------------------
d = decoded(report(x264("flat.mp4", PLAIN)))
checks.equal(d["pictures"], {"I": 2, "P": 48}, "flat: the pictures")
for kind in "IP":
    checks.equal((d["qp_map", kind], d["qp_range", kind]), ("flat", "0"), f"flat: QP of {kind}")
    checks.that(("qp_step", kind) not in d, f"flat: no QP step in {kind}")

d = decoded(report(x264("aq.mp4", "aq-mode=1:aq-strength=1.5:mbtree=0:scenecut=0", source=STILL + ",noise=alls=9:allf=t", rate=("-crf", "26"))))
for kind in "IP":
    checks.equal(d["qp_map", kind], "macroblock", f"aq: QP map of {kind}")
    checks.that(int(d["qp_range", kind]) >= 4 and int(d["qp_step", kind]) >= 2, f"aq: QP range and step of {kind}", d)

# With a small buffer and no adaptive quantisation, x264 sets QP a row of macroblocks.
d = decoded(report(x264("row.mp4", PLAIN, source=STILL + ",noise=alls=20:allf=t", rate=("-b:v", "900k", "-maxrate", "900k", "-bufsize", "60k"))))
checks.that("row" in d["qp_map", "P"].split() and "macroblock" not in d["qp_map", "P"], "row: QP map of P", d)
checks.that(int(d["qp_step", "P"]) <= 8, "row: QP step of P", d)

# --- motion vectors -----------------------------------------------------------------------
d = decoded(report(x264("full.mp4", PLAIN + ":me=dia:subme=0:partitions=none:weightp=0")))
checks.equal(d["mv_precision", "P"], "full 100 half 0 quarter 0", "full: precision")
checks.equal(d["partitions", "P"], "16x16", "partitions=none")
checks.equal(d["mv_lists", "P"], "list0 100 list1 0", "lists of P")
checks.that(d["intra", "P"] != "100", "full: not all is intra", d)

d = decoded(report(x264("quarter.mp4", PLAIN + ":subme=7:partitions=all")))
checks.that(shares(d["mv_precision", "P"])["quarter"] not in ("0", "<5"), "subme=7: quarter samples", d)
checks.equal(d["partitions", "P"], "16x16 16x8 8x16 8x8", "partitions=all")

FAST = "testsrc2=size=640x480:rate=25,scroll=h=0.15:v=0.1"
near = decoded(report(x264("near.mp4", PLAIN + ":mvrange=32:me=umh:merange=64", source=FAST)))["mv_range", "P"]
far = decoded(report(x264("far.mp4", PLAIN + ":mvrange=512:me=umh:merange=128", source=FAST)))["mv_range", "P"]
checks.that(all(int(n) <= 32 for n in near.split("x")), "mvrange=32", near)
checks.that(all(int(n) >= 64 for n in far.split("x")), "mvrange=512", far)

d = decoded(report(x264("b.mp4", PLAIN + ":b-adapt=0", more=("-bf", "2"))))
checks.that(d["pictures"]["B"] > d["pictures"]["P"] > 0, "B pictures", d)
checks.that(shares(d["mv_lists", "B"])["list1"] not in ("0", "<5"), "B: vectors into list 1", d)
checks.equal(shares(d["mv_lists", "P"])["list1"], "0", "P: none into list 1")

d = decoded(report(x264("intra.mp4", PLAIN, frames=10, more=("-g", "1"))))
checks.equal(d, {"pictures": {"I": 10}, ("qp_map", "I"): "flat", ("qp_range", "I"): "0"}, "nothing but I pictures")

interlaced = decoded(report(x264("interlaced.mp4", PLAIN + ":tff=1", more=("-bf", "2"))))
checks.equal(sum(interlaced["pictures"].values()), 50, "MBAFF: the pictures")

# --- containers, and what is as it was -----------------------------------------------------
whole = report(at("b.mp4"))
wanted = decoded(whole)
for name in ("b.mkv", "b.ts", "b.flv", "b.avi", "b.h264", "b-fragmented.mp4"):
    more = ("-movflags", "frag_keyframe+empty_moov") if "fragmented" in name else ()
    ffmpeg("-i", at("b.mp4"), "-c", "copy", *more, at(name))
    checks.equal(decoded(report(at(name))), wanted, f"{name}: the same as in MP4")
shutil.copy(at("b.h264"), at("any name"))
checks.equal(decoded(report(at("any name"))), wanted, "a byte stream of any name")
with open(at("b.h264"), "rb") as f:
    checks.equal(decoded(report("-", stdin=f.read())), wanted, "a byte stream on standard input")
checks.equal(report(at("b.mp4")), whole, "the same input, the same report")

plain = report(at("b.mp4"), deep=False)
strip = lambda d: [(o["key"], o["value"], o.get("where")) for o in d["observations"] if not o["key"].startswith("decoded.")]
checks.equal(decoded(plain), {}, "without --deep nothing is decoded")
checks.equal(strip(plain), strip(whole), "with --deep nothing else is changed")
checks.equal(plain["answers"], whole["answers"], "the answers rest on the same")
text = run("inspect", "--deep", at("b.mp4")).text()
checks.that("What decoding showed" in text and "vectors by list" in text, "the text report tells it", text[-1500:])

# --- limits ------------------------------------------------------------------------------------
long = report(x264("long.mp4", PLAIN, source="testsrc2=size=64x64:rate=25", frames=400))
checks.equal(sum(decoded(long)["pictures"].values()), 250, "250 pictures and no more")
checks.equal(long["input"]["frames"], 400, "all 400 are read")
checks.equal(long["warnings"], [], "the limit is no warning")

ffmpeg(*["-i", at("long.mp4")] , *["-map", "0:v"] * 5, "-c", "copy", at("five.mp4"))
five = report(at("five.mp4"))
checks.equal([bool(decoded(five, i)) for i in range(5)], [True] * 4 + [False], "four streams of five")
checks.equal(sum("not this one" in w for w in five["warnings"]), 1, "and a warning for the fifth")

x264("large.mp4", PLAIN, source="color=gray:size=8704x4608", frames=1, more=("-preset", "ultrafast"))
large = report(at("large.mp4"))
checks.equal(decoded(large), {}, "pictures above level 6.2 are not decoded")
checks.that(any("level 6.2" in w for w in large["warnings"]), "and told", large["warnings"])

# --- damage ----------------------------------------------------------------------------------------
told = 0
for seed in range(16):
    # In MP4 the sample tables come after the samples and are cut off.
    name = ("bad.h264", "bad.mkv", "bad.ts", "bad.mp4")[seed % 4]
    chance = random.Random(seed)
    with open(at(name.replace("bad", "b")), "rb") as f:
        bad = bytearray(f.read())
    for _ in range(1 << seed // 2):
        bad[chance.randrange(1000, len(bad))] ^= 1 << chance.randrange(8)
    with open(at(name), "wb") as f:
        f.write(bad[:chance.randrange(len(bad) // 2, len(bad))])
    document = report(at(name))
    warned = [w for w in document["warnings"] if "do not decode whole" in w]
    checks.that(len(warned) <= 1, f"damage {seed}: one warning at most", document["warnings"])
    told += len(warned)
    checks.that(sum(decoded(document).get("pictures", {}).values()) <= 50, f"damage {seed}: the whole pictures are counted", document["warnings"])
checks.that(told >= 6, "damage is told", told)

# --- other inputs ----------------------------------------------------------------------------------
if "libx265" in encoders:
    ffmpeg("-f", "lavfi", "-i", STILL, "-frames:v", "5", "-pix_fmt", "yuv420p", "-c:v", "libx265", "-x265-params", "log-level=none", at("hevc.mp4"))
    hevc = report(at("hevc.mp4"))
    checks.equal(hevc["warnings"], ["--deep decodes H.264 only: this stream is h265"], "H.265: one warning")
    checks.equal(decoded(hevc), {}, "H.265: nothing is decoded")
    checks.that(any(o["key"] == "h265.sps.form" for o in hevc["observations"]), "H.265: the rest goes on")
else:
    checks.skip("H.265 (no libx265)")
dialogue = report(sample("hikvision-dialogue.txt"))
checks.equal(dialogue["warnings"].count("--deep decodes recordings only"), 1, "a dialogue: one warning")
for name in ("dhav-export.dav", "dvrip-export.h264", "imkh-head.ps", "x264.h264", "x264.mp4"):
    result = run("inspect", "--json", "--deep", sample(name))
    checks.that(result.code == 0 and not result.err and json.loads(result.out), f"the sample {name}", result.errors())
checks.done()
