#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams that ffmpeg coded, joined, put into another container and coded again: the path says which
of it was done, and where a stream was joined stands in a warning."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from ulcli import SOURCE, Checks, run

FFMPEG = shutil.which("ffmpeg")
CAMERA = os.path.join(os.path.dirname(SOURCE), "shared", "corpus", "recordings", "raspivid_thinkier.h264")
JOINED = re.compile(r"the coding form of the pictures changes at (?:([\d.]+) s, )?picture (\d+) \((.*)\): joined from two sources\?")
SEI = {"libx264": "6", "libx265": "39-40"}

if FFMPEG is None:
    print("skipped: no ffmpeg")
    sys.exit(77)
encoders = subprocess.run([FFMPEG, "-hide_banner", "-encoders"], capture_output=True, text=True, check=False).stdout
if any(e not in encoders for e in SEI):
    print("skipped: ffmpeg without libx264 or libx265")
    sys.exit(77)
top = tempfile.mkdtemp(prefix="underlabel-test-")
checks = Checks()


def ffmpeg(name, *arguments):
    path = os.path.join(top, name)
    subprocess.run([FFMPEG, "-hide_banner", "-loglevel", "error", "-y", *arguments, path], check=True)
    return path


def coded(name, encoder, seconds, *arguments, source="testsrc2", size="320x240", sei=True):
    drop = () if sei else ("-bsf:v", "filter_units=remove_types=" + SEI[encoder])
    return ffmpeg(name, "-f", "lavfi", "-i", f"{source}=s={size}:r=25", "-t", str(seconds), "-c:v", encoder, "-pix_fmt", "yuv420p",
                  *arguments, *drop)


def x265(name, seconds, parameters, *arguments, **more):
    return coded(name, "libx265", seconds, *arguments, "-x265-params", "log-level=none:" + parameters, **more)


def end_to_end(name, *paths):
    path = os.path.join(top, name)
    with open(path, "wb") as out:
        for p in paths:
            with open(p, "rb") as f:
                out.write(f.read())
    return path


def joined(name, *paths):
    with open(os.path.join(top, "list.txt"), "w", encoding="utf-8") as f:
        f.writelines(f"file '{p}'\n" for p in paths)
    return ffmpeg(name, "-f", "concat", "-safe", "0", "-i", os.path.join(top, "list.txt"), "-c", "copy")


def report(path):
    return run("inspect", "--json", path).json()


def joins(path):
    return [m.groups() for m in map(JOINED.fullmatch, report(path)["warnings"]) if m]


def answers(path):
    of = report(path)["answers"]
    return of["path"]["id"], of["platform"]["id"]


def values(path, key):
    return [o["value"] for o in report(path)["observations"] if o["key"] == key]


def expect_join(what, path, picture, words, time):
    found = joins(path)
    checks.that(len(found) == 1 and found[0][1] == str(picture) and (found[0][0] or "") == time and all(w in found[0][2] for w in words),
                what, str(found))


# --- joined -------------------------------------------------------------------------------------
rhythm = ("-preset", "veryfast", "-g", "25", "-sc_threshold", "0", "-bf", "2")
a = coded("a.h264", "libx264", 4, *rhythm)
b = coded("b.h264", "libx264", 4, "-tune", "zerolatency", "-profile:v", "baseline", "-g", "50", source="testsrc")
larger = coded("larger.h264", "libx264", 4, *rhythm, "-b:v", "200k", size="640x480")
mp4s = [ffmpeg(os.path.basename(p) + ".mp4", "-r", "25", "-i", p, "-c", "copy") for p in (a, b)]
signs = ("coding tools", "the encoder's own text", "B pictures")
expect_join("two runs of x264, end to end", end_to_end("ab.h264", a, b), 101, signs, "")
expect_join("two edits in one MP4", joined("ab.mp4", *mp4s), 101, signs, "4.000")
expect_join("two edits in one Matroska file", joined("ab.mkv", *mp4s), 101, signs, "4.000")
checks.that(joins(a) == [], "one run of x264")
checks.that(joins(end_to_end("aa.h264", a, a)) == [], "one encoder, its clips end to end")
checks.that(joins(end_to_end("a-larger.h264", a, larger)) == [], "another size and bit rate of one encoder")
c = x265("c.h265", 4, "keyint=25:bframes=0")
d = x265("d.h265", 4, "keyint=50:bframes=3:aud=1", "-preset", "ultrafast", source="testsrc")
expect_join("two runs of x265, end to end", end_to_end("cd.h265", c, d), 101, ("coding tools", "access unit delimiters"), "")
checks.that(joins(end_to_end("cc.h265", c, c)) == [], "one run of x265, twice")

# --- the encoder, where it does not name itself ----------------------------------------------------
for i, setting in enumerate((("-preset", "ultrafast"), ("-preset", "veryslow"), ("-tune", "zerolatency"), ("-profile:v", "baseline"),
                             ("-b:v", "300k", "-maxrate", "300k", "-bufsize", "300k", "-x264-params", "nal-hrd=cbr"))):
    plain = coded(f"plain{i}.h264", "libx264", 1, *setting, sei=False)
    checks.that(answers(plain) == ("re-encoded", "x264"), "x264 without its SEI: " + " ".join(setting), str(answers(plain)))
for i, preset in enumerate(("ultrafast", "medium", "veryslow")):
    plain = x265(f"plain{i}.h265", 1, "keyint=25", "-preset", preset, sei=False)
    checks.that(answers(plain) == ("re-encoded", "x265"), "x265 without its SEI: " + preset, str(answers(plain)))

# --- habits of H.265 ---------------------------------------------------------------------------------
sliced = x265("sliced.h265", 3, "keyint=250:min-keyint=250:slices=2:bframes=0:scenecut=0", "-preset", "ultrafast", size="640x480")
checks.that(values(sliced, "shape.slices_per_picture") == ["2"] and values(sliced, "shape.slice_layout")[0] in ("equal-rows", "rows"),
            "slices of H.265", str(values(sliced, "shape.slice_layout")))

# --- put into another container, coded again -----------------------------------------------------------
if os.path.exists(CAMERA):
    checks.that(answers(CAMERA) == ("unknown", "broadcom-videocore"), "a camera's stream", str(answers(CAMERA)))
    for name in ("remuxed.mp4", "remuxed.mkv"):
        path = ffmpeg(name, "-r", "25", "-i", CAMERA, "-c", "copy")
        checks.that(answers(path) == ("remuxed", "broadcom-videocore") and joins(path) == [], name, str(answers(path)))
    for name, drop in (("again.mp4", ()), ("again-bare.mp4", ("-bsf:v", "filter_units=remove_types=6"))):
        path = ffmpeg(name, "-r", "25", "-i", CAMERA, "-frames:v", "60", "-c:v", "libx264", *drop)
        checks.that(answers(path) == ("re-encoded", "x264"), name, str(answers(path)))
    one = ffmpeg("camera.mp4", "-r", "25", "-i", CAMERA, "-frames:v", "100", "-c", "copy")
    both = joined("camera-and-x264.mp4", one, mp4s[0])
    found = report(both)["answers"]["path"]["id"]
    checks.that(found == "spliced", "a camera's clip and one that a program coded", f"{found} {joins(both)}")
shutil.rmtree(top)
checks.done()
