#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library of references from outside: profile, compare, enroll and what a library of one's own changes."""
import json
import os
import sqlite3
import tempfile

from ulcli import SOURCE, Checks, run, sample

checks = Checks()
DIALOGUE, OTHER, CODED = sample("uniview.sdp"), sample("tp-link.sdp"), sample("x264.h264")
scratch = tempfile.TemporaryDirectory()
LIBRARY = os.path.join(scratch.name, "own.db")


def refused(result, code, what, *words):
    checks.code(result, code, what)
    checks.equal(result.errors().count("\n"), 1, f"{what}: one line")
    for word in words:
        checks.that(word in result.errors(), f"{what}: says '{word}'", result.errors())


# --- profile -------------------------------------------------------------------------

lines = [json.loads(line) for line in run("profile", DIALOGUE, CODED).text().splitlines()]
checks.equal([line["input"] for line in lines], [DIALOGUE, CODED], "one profile an input")
checks.that(all(line["sps"].startswith("h") and line["codec"] == "h264" for line in lines), "profile", lines)
checks.that("zeros" in lines[0] and "zeros" not in lines[1], "of a byte stream nobody knows whether zeros were behind the SPS")
refused(run("profile", "/no/such"), 66, "profile of nothing", "/no/such")
refused(run("profile"), 64, "profile without input")

# --- compare --------------------------------------------------------------------------

same, different = run("compare", DIALOGUE, DIALOGUE), run("compare", "--json", DIALOGUE, CODED)
checks.code(same, 0, "compare")
checks.that("0 of " in same.text() and "for one maker and platform" in same.text(), "an input and itself", same.text())
report = different.json()
checks.that(report["log10_lr"] < 0 and report["supports"] == "different-makers", "two encoders", different.text()[:300])
checks.that(any(f["a"] != f["b"] for f in report["fields"]), "fields that differ")
checks.that(any(row["key"] == "slice.qp" and row["a"] is None and row["b"] for row in report["not_weighed"]), "what the pictures show is told", report["not_weighed"])
deep = run("compare", "--json", "--deep", CODED, CODED).json()["not_weighed"]
checks.that(any(row["key"] == "decoded.qp_map" and row["a"] == row["b"] for row in deep), "and with --deep what decoding shows", deep)
checks.equal(run("compare", "--json", CODED, DIALOGUE).json()["log10_lr"], report["log10_lr"], "the order does not matter")
checks.equal(run("compare", DIALOGUE, CODED).text(), run("compare", DIALOGUE, CODED).text(), "the same bytes again")
refused(run("compare", DIALOGUE), 64, "compare one", "two inputs")
refused(run("compare", sample("only-401.txt"), DIALOGUE), 65, "compare without parameter sets", "no parameter sets")
refused(run("compare", "/no/such", DIALOGUE), 66, "compare nothing", "/no/such")

# --- enroll -----------------------------------------------------------------------------

knowledge = lambda *options: run("inspect", "--json", *options, CODED).json()["tool"]["knowledge"]
plain = knowledge()
done = run("enroll", "--maker", "anker", "--label", "Eufy", "--model", "X1", "-l", LIBRARY, CODED)
checks.code(done, 0, "enroll")
checks.that(done.text().endswith(": added\n"), "enroll says so", done.text())
checks.that("is there already" in run("enroll", "--maker", "anker", "--label", "Eufy", "--model", "X1", "-l", LIBRARY, CODED).text(), "not twice")
own = knowledge("--library", LIBRARY)
checks.that(own != plain, "the library stands in the knowledge's id", (own, plain))
checks.equal(knowledge("--library", LIBRARY), own, "the same library, the same id")
checks.equal(knowledge(), plain, "a library that is not named is not used")
for model in ("X2", "X3"):
    checks.code(run("enroll", "--maker", "anker", "--model", model, "-l", LIBRARY, CODED), 0, f"enroll {model}")
checks.that("243 references" not in run("references", "-l", LIBRARY).text() and " anker" not in run("references").text(), "only in the library")
checks.equal(sum(line.startswith("anker") for line in run("references", "-l", LIBRARY).text().splitlines()), 3, "three references of one's own")
marks = lambda *options: [m for g in run("inspect", "--json", *options, CODED).json()["answers"]["maker"]["groups"] for m in g["marks"]]
aside = lambda *options: [s["rule"] for s in run("inspect", "--json", *options, CODED).json()["answers"]["set_aside"]]
checks.that("library.encoder.anker" in marks("-l", LIBRARY) + aside("-l", LIBRARY), "the own camera's encoder is known again",
            (marks("-l", LIBRARY), aside("-l", LIBRARY)))
checks.that("library.encoder.anker" not in marks() + aside(), "and not without the library")

refused(run("enroll", "--maker", "nobody", "-l", LIBRARY, CODED), 64, "a maker that there is not", "nobody")
refused(run("enroll", "-l", LIBRARY, CODED), 64, "enroll without maker", "--maker")
refused(run("enroll", "--maker", "anker", CODED), 64, "enroll without library", "--library")
refused(run("enroll", "--maker", "anker", "-l", LIBRARY, sample("only-401.txt")), 65, "nothing to enroll", "no parameter sets")
refused(run("enroll", "--maker", "anker", "-l", "/no/such/dir/x.db", CODED), 73, "a library that cannot be made", "/no/such/dir/x.db")
refused(run("inspect", "-l", "/no/such.db", CODED), 66, "a library that there is not", "/no/such.db")
refused(run("inspect", "-l", CODED, CODED), 65, "a library that is none", CODED)

# --- a library from anybody ---------------------------------------------------------------

hostile = os.path.join(scratch.name, "hostile.db")
for name, statements in (("another version", ["PRAGMA user_version = 9"]),
                         ("no table", ["PRAGMA user_version = 1"]),
                         ("lines that are no references", ["CREATE TABLE profile (id INTEGER, line TEXT)", "INSERT INTO profile VALUES (1, '{\"maker\":')",
                                                           "PRAGMA user_version = 1"]),
                         ("a view instead of a table", ["CREATE VIEW profile AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
                                                        "SELECT id, 'x' AS line FROM n", "PRAGMA user_version = 1"])):
    if os.path.exists(hostile):
        os.remove(hostile)
    with sqlite3.connect(hostile) as db:
        for statement in statements:
            db.execute(statement)
    db.close()
    refused(run("inspect", "-l", hostile, CODED, timeout=60), 65, name, "hostile.db" if "lines" not in name else "references-library.jsonl")

# --- evaluate -----------------------------------------------------------------------------

manifest = os.path.join(scratch.name, "manifest.jsonl")
with open(manifest, "w", encoding="utf-8") as f:
    for i, (file, maker) in enumerate(((os.path.abspath(DIALOGUE), "uniview"), (os.path.abspath(OTHER), "tp-link"))):
        f.write(json.dumps({"id": f"row-{i}", "file": os.path.relpath(file, scratch.name), "kind": "sdp", "origin": "camera", "maker": maker, "stream": "live", "group": f"g{i}"}) + "\n")
plot = os.path.join(scratch.name, "plot.svg")
result = run("evaluate", "--layers", "encoder", "--plot", plot, manifest)
checks.code(result, 0, "evaluate --layers encoder")
checks.that("all whose encoder is known: n 2" in result.text(), "evaluate --layers encoder", result.text())
with open(plot, encoding="utf-8") as f:
    checks.that(f.read().startswith("<svg "), "a plot")
refused(run("evaluate", "--layers", "sdp", manifest), 64, "other layers", "encoder")
pairs = run("evaluate", "--pairs")
checks.code(pairs, 0, "evaluate --pairs")
checks.that("of different makers" in pairs.text(), "pairs", pairs.text())
cllr, least = float(pairs.text().split("Cllr ")[1].split(",")[0]), float(pairs.text().split("at least ")[1].split()[0])
checks.that(0 <= least <= cllr, "no calibration is worse than the best one", (least, cllr))
hardest = [float(line.split()[0]) for line in pairs.text().splitlines() if line.startswith("  ")]
checks.that(hardest and max(hardest) < 3, "no pair of different makers is strong", hardest[:3])
checks.that(cllr <= 0.6, "pairs are calibrated", pairs.text()[:300])
checks.done()
