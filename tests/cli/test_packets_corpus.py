#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real captures with RTSP and RTP are read, and say what the elementary stream out of them says."""
import os
import sys

from ulcli import SOURCE, Checks, run

RECORDINGS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus", "recordings")
CAMERA = os.path.join(RECORDINGS, "dahua_rtsp_pcapng.pcapng")
STREAM = os.path.join(RECORDINGS, "dahua_rtsp_es.h264")
SERVER = os.path.join(RECORDINGS, "ndpi_rtsp.pcap")
# What RTP has no place for, and what the sprop parameter sets of the SDP are counted with.
NOT_COMPARED = {"nal.start_code", "nal.header", "nal.trailing_zeros", "shape.parameter_sets"}

if not all(os.path.exists(path) for path in (CAMERA, STREAM, SERVER)):
    print("skipped: no ../shared/corpus")
    sys.exit(77)

checks = Checks()


def values(report, layers):
    return sorted((o["key"], o["value"]) for o in report["observations"] if o["layer"] in layers and o["key"] not in NOT_COMPARED)


def first(report, key):
    return next((o["value"] for o in report["observations"] if o["key"] == key), None)


result = run("inspect", "--json", CAMERA)
checks.code(result, 0, "a camera's capture")
camera = result.json()
stream = run("inspect", "--json", STREAM).json()
checks.equal(camera["input"]["kind"], "packets", "kind")
checks.equal(camera["input"]["container"], "pcapng", "container")
checks.equal(camera["answers"]["maker"]["id"], "dahua", "the camera's maker")
checks.equal(len(camera["streams"]), 1, "streams")
checks.equal(camera["warnings"], [], "no packet is missing")
checks.equal(camera["input"]["frames"], stream["input"]["frames"], "pictures")
layers = {"nal", "params", "sei", "shape"}
checks.equal(values(camera, layers), values(stream, layers), "the bitstream is the elementary stream's")
checks.equal(first(camera, "rtsp.endpoint"), "192.168.1.108:554", "endpoint")
checks.equal(first(camera, "rtp.sdes_cname"), "none", "CNAME")
checks.equal(first(camera, "rtp.fragmentation"), "single,FU-A", "fragmentation")
checks.that(all("provenance" not in o for o in camera["observations"] if o["layer"] in ("rtsp", "rtp")), "seen on the wire")
groups = {group["group"] for group in camera["answers"]["maker"]["groups"]}
checks.that({"dialogue", "bitstream"} <= groups, "dialogue and bitstream both speak", groups)
checks.that(b"Authorization" not in result.out and b"response=" not in result.out, "no login in the report")

piped = run("inspect", "--json", "-", stdin=open(CAMERA, "rb").read())
checks.equal(piped.json()["answers"], camera["answers"], "through a pipe")

result = run("inspect", "--json", SERVER)
checks.code(result, 0, "a server's capture")
server = result.json()
checks.equal(server["answers"]["maker"]["id"], "unknown", "a server is no maker")
checks.equal(server["answers"]["software"]["id"], "vlc", "software")
# VLC speaks, and what it sends was coded by x264: the path that hides most is told.
checks.equal(server["answers"]["path"]["id"], "re-encoded", "path")
checks.that(any("no video" in w for w in server["warnings"]), "the missing video is told", server["warnings"])

data = open(CAMERA, "rb").read()
for size in (3, 100, 1000, 5000, 100000, len(data) - 11):
    cut = run("inspect", "--json", "-", stdin=data[:size])
    checks.code(cut, (0, 65), f"the first {size} bytes")
    if size > 5000:
        checks.equal(cut.json()["answers"]["maker"]["id"], "dahua", f"maker of the first {size} bytes")
        checks.that(any("cannot be read beyond packet" in w for w in cut.json()["warnings"]), f"{size} bytes: the end is told")
checks.done()
