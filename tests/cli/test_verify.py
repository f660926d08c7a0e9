#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`underlabel verify` and the signature in `inspect`, as their users meet them: words, exit codes, trust."""
import os
import subprocess
import tempfile

from ulcli import SOURCE, Checks, run, sample

checks = Checks()


def sign(folder, name, *options):
    path, root = os.path.join(folder, name), os.path.join(folder, name + ".pem")
    subprocess.run([os.path.join(SOURCE, "scripts", "sign-sample"), "--out", path, "--ca-out", root, *options, sample("x264.h264")], check=True)
    return path, root


def altered(path):
    data = bytearray(open(path, "rb").read())
    data[data.rindex(b"\0\0\1\x65") + 60] ^= 1  # of the last key picture
    with open(path + ".altered", "wb") as f:
        f.write(data)
    return path + ".altered"


def check_words(folder):
    path, root = sign(folder, "onvif.h264", "--format", "onvif")
    result = run("verify", "--trust", root, path)
    checks.code(result, (0,), "intact, trusted")
    checks.that("Signature VALID." in result.text() and "trusted" in result.text(), "says VALID aloud", result.text())
    result = run("verify", path)
    checks.code(result, (0,), "intact, without the root")
    checks.that("Signature VALID." in result.text() and "not proven" in result.text(), "untrusted is not invalid", result.text())
    result = run("verify", "--strip", "--trust", root, altered(path))
    checks.code(result, (3,), "altered")
    checks.that("NOT VALID" in result.text() and "changed: frame" in result.text() and "\nstream 0  " in result.text(), "tells what was changed",
                result.text())
    result = run("verify", sample("x264.h264"))
    checks.code(result, (0,), "unsigned")
    checks.that("NOT SIGNED" in result.text(), "says that it is not signed", result.text())
    result = run("verify", "--json", path, sample("x264.h264"), altered(path))
    lines = result.text().splitlines()
    checks.code(result, (3,), "the worst of several")
    checks.equal(len(lines), 3, "a document a line")


def check_keys(folder):
    for chain in ("wrong", "expired"):
        path, root = sign(folder, chain + ".h264", "--format", "onvif", "--chain", chain)
        result = run("verify", "--json", "--trust", root, path)
        a = result.json()["authenticity"]
        checks.equal((a["verdict"], a["key"]), ("ok", "not-ok"), f"{chain}: the pictures hold, the key does not")
        checks.code(result, (3,), chain)
    result = run("verify", "--trust", os.devnull, sample("x264.h264"))
    checks.code(result, (64,), "no certificate in --trust")
    checks.that(os.devnull in result.errors(), "which file", result.errors())


def check_inspect(folder):
    path, _ = sign(folder, "axis.h264", "--format", "axis")
    result = run("inspect", "--json", path)
    report = result.json()
    checks.code(result, (0,), "inspect of an intact one")
    a = report["authenticity"]
    checks.equal((a["verdict"], a["key"], a["gops"]["not_ok"]), ("ok", "untrusted", 0), "inspect fills authenticity")
    checks.equal(a["format"], "axis-signed-video", "format")
    checks.that(report["answers"]["maker"]["id"] == "unknown", "anybody can sign in this format", report["answers"]["maker"]["id"])
    result = run("inspect", altered(path))
    checks.code(result, (3,), "inspect of an altered one")
    checks.that("Signature NOT VALID." in result.text(), "and says so", result.text())


with tempfile.TemporaryDirectory(prefix="underlabel-test-") as top:
    check_words(top)
    check_keys(top)
    check_inspect(top)
checks.done()
