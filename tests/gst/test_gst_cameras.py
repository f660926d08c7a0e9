#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""64 cameras in one process: rtspsrc and the element behind each, dialogues of the corpus played by
scripts/fake-camera. Each element answers as `inspect` does on its dialogue, and none speaks of another's.
The cameras send filler data alone (ITU-T H.264, 7.3.2.7), so that nothing but the dialogue can name them.
../shared/corpus is no part of the project: exit code 77 where it is absent."""
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

SOURCE, BUILD = os.environ["UL_SOURCE_DIR"], os.environ["UL_BUILD_DIR"]
sys.path.insert(0, os.path.join(SOURCE, "tests", "cli"))
from cameras import answers, fake_camera_module, fake_cameras, ratios, with_login  # noqa: E402
from ulcli import Checks, run  # noqa: E402

CORPUS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus")
CAMERAS, LEAST_MAKERS = 64, 20
# Filler data NAL unit; RBSP trailing bits (ITU-T H.264, 7.3.2.7; H.265, 7.3.2.8 with nal_unit_type 38).
FILLERS = {"H264": b"\0\0\0\1\x0c" + b"\xff" * 24 + b"\x80", "H265": b"\0\0\0\1\x4c\x01" + b"\xff" * 24 + b"\x80"}
PATIENCE_SECONDS = 60

checks = Checks()
fake_camera = fake_camera_module()


def codec_of(path):
    """Of the video that rtspsrc can ask for; None where there is none: the description is cut or for multicast,
    or its answer has no CSeq."""
    try:
        dialogue = fake_camera.Dialogue(path)
    except SystemExit:
        return None
    described = dialogue.sdp()
    if not described or described.method != "DESCRIBE" or described.header("CSeq") is None:
        return None
    multicast = any(line.startswith(b"c=") and b"/" in line for line in described.body)
    return dialogue.codec() if dialogue.video()[1] and not multicast else None


def seen(report):
    return {(o["key"], o["value"]) for o in report["observations"]}


def explained(report, text):
    """The software is another answer only where what it rests on does not come through GstRTSPMessage,
    which strips blanks and puts names into a case of its own."""
    if answers(report) | {"software": ""} != answers(text) | {"software": ""} or report["answers"]["software"]["id"] != "unknown":
        return False
    there = seen(report)
    of = [text["observations"][i] for group in text["answers"]["software"]["groups"] for e in group["evidence"] for i in e["observations"]]
    return any((o["key"], o["value"]) not in there for o in of)


def choose(rows):
    """CAMERAS of them, of as many makers as there are, shuffled."""
    shuffled = random.Random(64)
    shuffled.shuffle(rows)
    rows.sort(key=lambda row: row["kind"] != "rtsp")
    first = {}
    for row in rows:
        if row["maker"]:
            first.setdefault(row["maker"], row)
    chosen = list(first.values())
    chosen = (chosen + [row for row in rows if row not in chosen])[:CAMERAS]
    shuffled.shuffle(chosen)
    return chosen


def launch_line(rows, urls, folder):
    return " ".join(f"rtspsrc name={row['id']} location={with_login(url)} protocols=tcp latency=0 ! "
                    f"underlabel location={os.path.join(folder, row['id'])} ! fakesink sync=false async=false" for row, url in zip(rows, urls))


def watch(rows, urls, folder):
    """The reports of the pipeline, by id, and what it printed."""
    env = {**os.environ, "GST_REGISTRY": os.path.join(folder, "registry.bin"), "GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7",
           "GST_DEBUG_NO_COLOR": "1"}
    command = [os.path.join(BUILD, "tests", "play_line"), os.path.join(BUILD, "lib", "gstreamer-1.0", "libgstunderlabel.so"),
               launch_line(rows, urls, folder)]
    path_of = lambda row: os.path.join(folder, row["id"])
    with open(os.path.join(folder, "out"), "w+", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env=env)
        end = time.monotonic() + PATIENCE_SECONDS
        while not all(os.path.exists(path_of(row)) for row in rows) and time.monotonic() < end and process.poll() is None:
            time.sleep(0.1)
        time.sleep(1)
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        checks.equal(process.poll(), 0, "the pipeline ends")
        process.kill()
        out.seek(0)
        printed = out.read()
    found = {}
    for row in rows:
        with contextlib.suppress(FileNotFoundError), open(path_of(row), encoding="utf-8") as f:
            found[row["id"]] = json.load(f)
    return found, printed


def texts_of(paths):
    result = run("inspect", "--jsonl", *paths, timeout=300)
    checks.code(result, 0, "inspect")
    return {r["input"]["source"]: r for r in map(json.loads, result.text().splitlines())}


def cameras_of(stack, folder, rows, paths):
    """One URL a row."""
    urls = {}
    for codec, filler in FILLERS.items():
        mine = [path for row, path in zip(rows, paths) if row["codec"] == codec]
        stream = os.path.join(folder, codec)
        with open(stream, "wb") as f:
            f.write(filler * 8)
        if mine:
            urls.update(zip(mine, stack.enter_context(fake_cameras("--stream", stream, "--many", *mine))))
    return [urls[path] for path in paths]


def main():
    with open(os.path.join(CORPUS, "manifest.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    rows = [row | {"codec": codec_of(os.path.join(CORPUS, row["file"]))} for row in rows if row["kind"] in ("rtsp", "sdp")]
    rows = choose([row for row in rows if row["codec"] in FILLERS])
    paths = [os.path.join(CORPUS, row["file"]) for row in rows]
    texts = texts_of(paths)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        urls = cameras_of(stack, folder, rows, paths)
        started = time.monotonic()
        found, printed = watch(rows, urls, folder)
        seconds = time.monotonic() - started
    equal = less = same_ratio = 0
    for i, (row, path) in enumerate(zip(rows, paths)):
        complaint = "; ".join(re.findall(rf"^{row['id']}: (.*)", printed, re.M))
        if not checks.that(row["id"] in found, f"{row['id']} is answered", complaint):
            continue
        text, report = texts[path], found[row["id"]]
        same = answers(report) == answers(text)
        less += not same and explained(report, text)
        checks.that(same or explained(report, text), row["id"], f"{answers(report)} {ratios(report)}, as text {answers(text)} {ratios(text)}; {report['warnings']} {complaint}")
        equal += same
        same_ratio += ratios(report) == ratios(text)
        written = json.dumps(report)
        others = [url for k, url in enumerate(urls) if k != i and url.split("//")[1] + "/" in written]
        checks.that(not others, f"{row['id']} speaks of no other camera", others)
        checks.that("hunter2" not in written, f"{row['id']}: no login comes out")
    # rtspsrc keeps the factories of its extensions for as long as the process lives.
    left = [line for line in printed.splitlines() if re.search(r"object-alive, type-name=\(string\)(?!GstElementFactory)", line) and "%s" not in line]
    checks.that(not left, "GST_TRACERS=leaks: nothing left alive", "\n".join(left[:20]))
    makers = {row["maker"] for row in rows if row["maker"]}
    print(f"{len(rows)} cameras in one pipeline: {equal} equal, {less} but for a program whose marks are blanks, {same_ratio} with the same ratios, {len(makers)} makers, {seconds:.1f} s")
    checks.equal(len(rows), CAMERAS, "cameras")
    checks.that(len(makers) >= LEAST_MAKERS, "makers", len(makers))
    checks.done()


if not os.path.isdir(CORPUS):
    print("skipped: no ../shared/corpus")
    sys.exit(77)
main()
