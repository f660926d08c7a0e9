#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/sign-sample signs as real signers do: the Python that hashes for it finds every hash of the recordings
that the makers of both formats signed, and of what it signed itself."""
import itertools
import os
import shutil
import subprocess
import sys
import tempfile

from ulcli import SOURCE, Checks, sample
try:
    import signedvideo
    import signexpect
    import signshape
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)

TOOL = os.path.join(SOURCE, "scripts", "sign-sample")
CORPUS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus", "signed")
FFMPEG = shutil.which("ffmpeg")
# Signatures, and hashes that they list; an SEI written when the camera stopped has the GOP hash of before.
INTACT = {"signed_test_h264.mp4": (5, 256, 1), "signed_test_h265.mp4": (6, 307, 0), "signed_vendor_axis.h264": (2, 34, 0),
          "test_signed_h264.mp4": (5, 256, 1), "test_signed_h265.mp4": (5, 302, 1)}
STALE = "counter 5: the GOP hash is not that of the list"
checks = Checks()


def call(*arguments):
    return subprocess.run([sys.executable, "-B", TOOL, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)


def check_corpus():
    """The same hashing on files of the makers' own signers."""
    if not os.path.isdir(CORPUS):
        checks.skip("the signed recordings (no ../shared/corpus/signed)")
        return
    for name, (n, hashes, stale) in INTACT.items():
        found = signedvideo.check(*signedvideo.read_nals(os.path.join(CORPUS, name)))
        checks.equal((found.good, found.seis, found.found, found.signed), (n, n, hashes, hashes), f"{name}: signatures and hashes")
        checks.equal(found.faults, [STALE] * stale, f"{name}: what does not fit")
    found = signedvideo.check(*signedvideo.read_nals(os.path.join(CORPUS, "signed_test_h264_modified_frame_137.mp4")))
    checks.equal((found.good, found.seis, found.signed - found.found), (6, 6, 1), "the changed recording: its signatures hold, one hash is of nothing")
    for name in ("test_h264.mp4", "test_h265.mp4"):
        found = signedvideo.check(*signedvideo.read_nals(os.path.join(CORPUS, name)))
        checks.equal(found.seis, 0, f"{name}: is not signed")


def signed_shapes():
    """(name, options, shape) of what is not tampered with."""
    for form, codec, level in itertools.product(signedvideo.FORMATS, ("h264", "h265"), ("frame", "gop")):
        of = {"format": form, "codec": codec, "level": level}
        for more in ({}, {"late": 2}, {"sei": "raw"}, {"sei": "escaped-hashed"}, {"key": "rsa"}, {"timestamps": False}, {"open_end": True}):
            yield {**of, **more}, "XXXIPppXPpIPPIPPP"
        if form != signedvideo.LEGACY:
            for more in ({"partial": 2}, {"hash": "sha384"}, {"hash": "sha512"}, {"old_general": True}):
                yield {**of, **more}, "XXXIPPPPPIPPPIPPP"
    yield {"golden": True}, "XXIPPIPPIPP"
    for how in ("signed", "hashed"):
        yield {"format": "onvif", "cert_sei": how}, "XXIPPIPPIPP"


def check_own():
    for of, shape in signed_shapes():
        stream = signshape.Stream(shape, signshape.Options(**of))
        codec = of.get("codec", "h264")
        nals = signedvideo.nals_of_stream(stream.data(), codec)
        what = f"{of}"
        checks.that(nals == [u.nal for u in stream.units], f"{what}: NAL units come out as they went in")
        found = signedvideo.check(codec, nals)
        wanted = sum(len(g.units) for g in stream.groups)
        checks.equal((found.good, found.found, found.signed, found.faults), (found.seis, wanted, wanted, []), f"{what}: signatures and hashes")
        expected = signexpect.expect(stream)
        checks.that(expected.verdict() == "ok" and set(expected.strip()) <= set("._P") and expected.strip() == expected.words(),
                    f"{what}: nothing is expected of it", expected.words())
        again = signshape.Stream(shape, signshape.Options(**of))
        same = [u.nal for u in again.units if u.letter not in "SGC"] == [u.nal for u in stream.units if u.letter not in "SGC"]
        checks.that(same, f"{what}: the same seed gives the same pictures")
    # Each mark does what it says.
    for shape, strip, fault in (("IPPPSIP~PPSIPPPS", "......N........", True), ("IPPPSIP-PPSIPPPS", "......M........", True),
                                 ("IPPPSIPPPS~IPPPS", ".....UUUUN.....", True), ("IPPPSIPPPS-IPPPS", ".....PPPP.....", True), ("IPPPSIP!PPSIPPPS", "......N.........", False),
                                 ("IPPPSIPPPSIPPPS-", "..........PPPP", False), ("IPPS(IPPS)-IPPS", "........", True), ("(IP)-PPSIPPPS", "MM........", True)):
        stream = signshape.Stream("XX" + shape, signshape.Options())
        found = signedvideo.check("h264", [u.nal for u in stream.units if u.state != "gone"])
        checks.equal((signexpect.expect(stream).strip(), bool(found.faults)), ("__" + strip, fault), f"{shape}: {found.faults}")


def check_tool(top):
    at = lambda name: os.path.join(top, name)
    done = call("--shape", "XXIPPSIP~PSIPP", "--epb", "--out", at("a.h264"), "--expect")
    checks.equal((done.returncode, done.stdout, done.stderr), (0, "__.....N..PPP not-ok untrusted\n", ""), "--expect")
    with open(at("a.h264"), "rb") as f:
        checks.equal(len(signedvideo.nals_of_stream(f.read(), "h264")), 13, "NAL units written")
    for form in signedvideo.FORMATS:
        done = call("--format", form, "--epb", "--out", at("clip.h264"), "--ca-out", at("ca.pem"), sample("x264.h264"))
        found = signedvideo.check(*signedvideo.read_nals(at("clip.h264"))) if done.returncode == 0 else None
        checks.that(found and found.seis and found.good == found.seis and not found.faults, f"{form}: a file that exists", done.stderr or vars(found))
        with open(at("ca.pem"), encoding="ascii") as f:
            checks.that(f.read().startswith("-----BEGIN CERTIFICATE-----"), "--ca-out")
        if FFMPEG and found:
            made = subprocess.run([FFMPEG, "-v", "fatal", "-nostdin", "-y", "-r", "25", "-i", at("clip.h264"), "-c", "copy", at("clip.mp4")], check=False)
            there = signedvideo.check(*signedvideo.read_nals(at("clip.mp4")))
            checks.equal((made.returncode, there.good, there.found, there.faults), (0, found.good, found.found, []), f"{form}: put into an MP4")
    call("--size", "3M", "--epb", "--out", at("large.h264"))
    found = signedvideo.check(*signedvideo.read_nals(at("large.h264")))
    checks.that(3 << 20 <= os.path.getsize(at("large.h264")) < 4 << 20 and found.good == found.seis == 4 and not found.faults, "--size", vars(found))
    for code, arguments in ((64, ()), (64, ("--shape", "I")), (64, ("--shape", "I", "--size", "1M", "--out", at("x"))), (64, ("--size", "many", "--out", at("x"))),
                            (65, ("--shape", "IPQ", "--out", at("x"))), (65, ("--shape", "(IPS", "--out", at("x"))), (65, ("--shape", "IPS^", "--out", at("x"))),
                            (65, ("--shape", "GIPS", "--format", "onvif", "--out", at("x"))), (65, ("--out", at("x"), sample("uniview.sdp"))),
                            (66, ("--out", at("x"), at("none"))), (73, ("--shape", "IPS", "--out", at("no/such")))):
        done = call(*arguments)
        checks.that(done.returncode == code and done.stderr.count("\n") == 1 and not done.stdout, f"exit code {code}: {arguments}", (done.returncode, done.stderr))


with tempfile.TemporaryDirectory(prefix="underlabel-test-") as folder:
    check_corpus()
    check_own()
    check_tool(folder)
checks.done()
