#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every capture of a real device that holds a whole dialogue, played by scripts/fake-camera, is answered as
its text is; 64 cameras asked at the same time are not mixed up. ../shared/corpus is no part of the project:
exit code 77 where it is absent."""
import json
import os
import random
import sys

from cameras import answers, fake_camera_module, fake_cameras, ratios, with_login
from ulcli import SOURCE, Checks, run

CORPUS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus")
LEAST_DIALOGUES, CAMERAS, LEAST_MAKERS = 60, 64, 20

if not os.path.isdir(CORPUS):
    print("skipped: no ../shared/corpus")
    sys.exit(77)

fake_camera = fake_camera_module()
checks = Checks()


def is_whole(path):
    """DESCRIBE is answered with a session description, and there is no second camera in the file."""
    try:
        dialogue = fake_camera.Dialogue(path)
    except SystemExit:
        return False
    return any(r.method == "DESCRIBE" and r.status == 200 and r.is_sdp() for r in dialogue.responses)


def reports(*arguments):
    """By the input's name; of a URL its port."""
    result = run("inspect", "--jsonl", *arguments, timeout=300)
    checks.code(result, 0, "inspect")
    found = [json.loads(line) for line in result.text().splitlines()]
    return {r["input"]["source"].split("127.0.0.1:")[-1].split("/")[0] if r["input"]["kind"] == "live" else r["input"]["source"]: r
            for r in found}, result


def compare(what, rows, paths, *options):
    texts, _ = reports(*paths)
    with fake_cameras("--many", *paths) as urls:
        live, result = reports(*options, *[with_login(url, "viewer", "hunter2") for url in urls])
    checks.that("hunter2" not in result.text() + result.errors(), what + ": no login comes out")
    equal = 0
    for row, path, url in zip(rows, paths, urls):
        text, camera = texts.get(path), live.get(url.rsplit(":", 1)[1])
        if not checks.that(text and camera, f"{what}: {row['id']} is answered"):
            continue
        same = answers(camera) == answers(text) and ratios(camera) == ratios(text)
        checks.that(same, f"{what}: {row['id']}", f"{answers(camera)} {ratios(camera)}, as text {answers(text)} {ratios(text)}; {camera['warnings']}")
        equal += same
    makers = {row["maker"] for row in rows if row["maker"]}
    print(f"{what}: {equal} of {len(rows)} equal, {len(makers)} makers, {result.seconds:.1f} s, {result.peak_kib} KiB")
    return len(makers)


with open(os.path.join(CORPUS, "manifest.jsonl"), encoding="utf-8") as f:
    manifest = [json.loads(line) for line in f]
path_of = lambda row: os.path.join(CORPUS, row["file"])
dialogues = [row for row in manifest if row["kind"] == "rtsp" and is_whole(path_of(row))]
checks.that(len(dialogues) >= LEAST_DIALOGUES, "whole dialogues", len(dialogues))
compare("whole dialogues", dialogues, [path_of(row) for row in dialogues], "--timeout", "2", "--duration", "0.3")

# Dialogues first, then session descriptions of the makers that are not among them.
shuffled = random.Random(64)
chosen, makers = [], set()
candidates = [row for row in manifest if row["kind"] == "sdp" and row["maker"] and is_whole(path_of(row))]
for rows in (dialogues, candidates):
    shuffled.shuffle(rows)
    for row in rows:
        if row["maker"] and row["maker"] not in makers:
            makers.add(row["maker"])
            chosen.append(row)
rest = [row for row in dialogues + candidates if row not in chosen]
chosen = (chosen + rest)[:CAMERAS]
shuffled.shuffle(chosen)
n = compare(f"{len(chosen)} cameras at the same time", chosen, [path_of(row) for row in chosen], "--timeout", "4", "--duration", "0.3",
            "--jobs", str(CAMERAS))
checks.equal(len(chosen), CAMERAS, "cameras")
checks.that(n >= LEAST_MAKERS, "makers", n)
checks.done()
