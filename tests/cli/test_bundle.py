#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bundle of an input is an input: 'inspect' reaches the same answers from the evidence that is kept; no picture
goes along; the same input, knowledge and key make the same bytes but for the seals."""
import json
import os
import shutil
import subprocess
import tempfile
import zipfile

from cameras import fake_cameras, with_login
from ulcli import SOURCE, Checks, run

SAMPLES = os.path.join(SOURCE, "samples")
CORPUS = os.path.join(SOURCE, "..", "shared", "corpus")
SEALS = {"manifest.json.p7s", "custody-head.json.p7s", "SHA256SUMS", "SHA512SUMS"}
ASKED = ("--claimed", "Luminys", "--policy", "us-ndaa-889")

checks = Checks()


def answers(document):
    """The six answers and what stands beside them: ids, support, ratios, reasons."""
    told = []
    for part in [document, *document["streams"]]:
        a = part["answers"]
        for subject in ("maker", "platform", "software", "recorder"):
            if subject in a:
                told.append((subject, a[subject]["id"], a[subject]["support"], a[subject]["log10_lr"]))
        told.append((a["path"], a["restricted"], part["authenticity"]))
    return told + [document["label"], document["policies"], document["input"]["kind"]]


def inspect(path, *options):
    result = run("inspect", "--json", *ASKED, *options, path)
    return result, json.loads(result.text()) if result.text() else None


def members(path):
    with zipfile.ZipFile(path) as z:
        return {name: z.read(name) for name in z.namelist()}


def windows(data, n):
    """Pieces of the middle of a recording's slices, which no bundle may hold."""
    for k in range(1, 40):
        at = len(data) * k // 40
        piece = data[at:at + n]
        if len(piece) == n and len(set(piece)) > n // 3:
            yield piece


def check_same(path, folder, options=()):
    bundle = os.path.join(folder, "case.zip")
    plain, before = inspect(path, *options)
    if before is None:
        return 0
    made = run("bundle", path, "-o", bundle, *ASKED, *options)
    if not checks.equal(made.code, plain.code, f"{path}: exit code of bundle", ) or not os.path.exists(bundle):
        return 0
    again, after = inspect(bundle)
    checks.equal(again.code, plain.code, f"{path}: exit code from its bundle")
    checks.equal(answers(after), answers(before), f"{path}: answers from its bundle")
    checks.equal(run("bundle", "verify", bundle).code, 0, f"{path}: its bundle holds")
    os.unlink(bundle)
    return 1


def check_all(folder):
    n = 0
    for top in (SAMPLES, os.path.join(CORPUS, "recordings"), os.path.join(CORPUS, "signed")):
        if not os.path.isdir(top):
            checks.skip(f"{os.path.basename(top)} (shared/ is not here)")
            continue
        for name in sorted(os.listdir(top)):
            path = os.path.join(top, name)
            if os.path.isfile(path):
                n += check_same(path, folder, ("--deep",) if n % 5 == 0 and top != SAMPLES else ())
    print(f"{n} inputs, the same answers from their bundles")


def check_no_pictures(folder):
    path = os.path.join(CORPUS, "recordings", "dahua_rtsp_es.h264")
    if not os.path.exists(path):
        checks.skip("no pictures in a bundle (shared/ is not here)")
        return
    with open(path, "rb") as f:
        data = f.read()
    bundle = os.path.join(folder, "bare.zip")
    run("bundle", path, "-o", bundle)
    kept = b"".join(members(bundle).values())
    checks.equal([p.hex() for p in windows(data, 24) if p in kept], [], "no picture data in a bundle")
    run("bundle", path, "-o", bundle, "--with-pictures")
    checks.equal(members(bundle).get("input/original"), data, "with pictures where they are asked for")


def check_credentials(folder):
    path = os.path.join(folder, "talk.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("DESCRIBE rtsp://admin:hunter22@192.0.2.7/a RTSP/1.0\r\nCSeq: 2\r\nAuthorization: Basic\r\n YWRtaW46aHVudGVyMjI=\r\n"
                "Cookie: sid=hunter22\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 2\r\nServer: Rtsp Server/3.0\r\nContent-Base: rtsp://admin:hunter22@192.0.2.7/a/\r\n\r\n")
    bundle = os.path.join(folder, "talk.zip")
    run("bundle", path, "-o", bundle)
    kept = b"".join(members(bundle).values())
    checks.that(b"Rtsp Server/3.0" in kept, "the dialogue is kept")
    for secret in (b"hunter22", b"YWRtaW46aHVudGVyMjI"):
        checks.that(secret not in kept, f"{secret} in a bundle")


def check_same_bytes(folder):
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                    "-days", "30", "-subj", "/CN=Examiner"], check=True, capture_output=True)
    for sample in ("rebrand-dialogue.txt", "x264.mp4"):
        made = []
        for k in range(2):
            bundle = os.path.join(folder, f"same{k}.zip")
            checks.code(run("bundle", os.path.join(SAMPLES, sample), "-o", bundle, "--key", key, "--cert", cert), (0, 1), f"{sample}: bundle")
            made.append(members(bundle))
        checks.equal(list(made[0]), list(made[1]), f"{sample}: the same members in the same order")
        differ = {name for name in made[0] if made[0][name] != made[1].get(name)}
        checks.that(differ <= SEALS, f"{sample}: only the seals differ", differ)
        checks.that(SEALS <= set(made[0]), f"{sample}: it is sealed", set(made[0]))
        unsealed = []
        for k in range(2):
            bundle = os.path.join(folder, f"bare{k}.zip")
            run("bundle", os.path.join(SAMPLES, sample), "-o", bundle)
            with open(bundle, "rb") as f:
                unsealed.append(f.read())
        checks.equal(unsealed[0] == unsealed[1], True, f"{sample}: without a seal byte for byte the same file")


def check_altered_evidence(folder):
    """Evidence that somebody changed is read, and the report says so."""
    bundle, altered = os.path.join(folder, "whole.zip"), os.path.join(folder, "altered.zip")
    run("bundle", os.path.join(SAMPLES, "rebrand-dialogue.txt"), "-o", bundle)
    with zipfile.ZipFile(altered, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members(bundle).items():
            z.writestr(name, data.replace(b"Rtsp Server/3.0", b"Rtsp Server/3.1"))
    result, document = inspect(altered)
    checks.that(document and any("does not hold" in w and "dialogue.txt" in w for w in document["warnings"]), "altered evidence is told",
                document and document["warnings"])
    checks.equal(run("bundle", "verify", altered).code, 3, "altered evidence does not verify")


def check_camera(folder):
    """A camera that is asked makes a bundle too; its login is nowhere in it."""
    bundle = os.path.join(folder, "live.zip")
    with fake_cameras(os.path.join(SAMPLES, "hikvision-dialogue.txt"), "--stream", os.path.join(SAMPLES, "x264.h264"), "--user", "viewer",
                      "--password", "hunter2") as urls:
        checks.code(run("bundle", with_login(urls[0]), "-o", bundle, "--duration", "2", *ASKED), (0, 1), "bundle of a camera")
    kept = members(bundle)
    checks.that(b"hunter2" not in b"".join(kept.values()), "no password in the bundle of a camera")
    checks.equal(run("bundle", "verify", bundle).code, 0, "the bundle of a camera holds")
    checks.equal(answers(inspect(bundle)[1]), answers(json.loads(kept["report.json"])), "the same answers from the bundle of a camera")


def check_usage(folder):
    sample = os.path.join(SAMPLES, "uniview.sdp")
    out = os.path.join(folder, "x.zip")
    for arguments, code in (((), 64), ((sample,), 64), ((sample, sample, "-o", out), 64), ((sample, "-o", out, "--key", "nowhere.pem"), 64),
                            (("nowhere.mp4", "-o", out), 66), ((os.path.join(SAMPLES, "garbage.bin"), "-o", out), 65),
                            ((sample, "-o", "/nowhere/x.zip"), 73), (("-", "-o", out, "--with-pictures"), 64)):
        result = run("bundle", *arguments)
        checks.equal(result.code, code, f"bundle {arguments}", )
        checks.that(not os.path.exists(out), f"bundle {arguments}: nothing is left behind")
    checks.equal(run("inspect", "--html", "-", "--json", sample).code, 64, "a page and JSON do not share standard output")
    checks.that(run("inspect", "--html", "-", sample).text().startswith("<!DOCTYPE html>"), "a page on standard output stands alone")
    other = os.path.join(folder, "other.zip")
    with zipfile.ZipFile(other, "w") as z:
        z.writestr("a.txt", "nothing")
    result = run("inspect", other)
    checks.equal(result.code, 65, "a ZIP file that is no bundle")


with tempfile.TemporaryDirectory(prefix="underlabel-test-") as temporary:
    check_usage(temporary)
    check_no_pictures(temporary)
    check_credentials(temporary)
    check_altered_evidence(temporary)
    check_camera(temporary)
    if shutil.which("openssl"):
        check_same_bytes(temporary)
    check_all(temporary)
checks.done()
