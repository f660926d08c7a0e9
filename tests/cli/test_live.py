#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cameras over RTSP: the samples as cameras answer as their text does, logins, TLS, packets over TCP and
UDP, every fault within its time and memory, and a server that is not ours."""
import base64
import os
import re
import resource
import shutil
import subprocess
import tempfile
import time

from cameras import answers, fake_cameras, gst_server, ratios, with_login
from ulcli import SOURCE, Checks, run, sample

checks = Checks()
STREAM = sample("x264.h264")
PASSWORD, TOKEN = "hunter2", base64.b64encode(b"viewer:hunter2").decode()
scratch = tempfile.TemporaryDirectory()
FULL = "software.txt"


def ask(url, *options, timeout=60):
    result = run("inspect", "--json", *options, url, timeout=timeout)
    for secret in (PASSWORD, TOKEN, "wr0ng"):
        checks.that(secret not in result.text() + result.errors(), f"no login comes out: {options}", result.errors()[:300])
    return result


def warned(result, pattern):
    return any(re.search(pattern, warning) for warning in result.json()["warnings"])


def check_warning(result, pattern, what):
    checks.that(result.code == 0 and warned(result, pattern), what, result.text()[-800:] + result.errors())


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def values(result, key):
    return [o["value"] for o in result.json()["observations"] if o["key"] == key]


def write(name, text):
    path = os.path.join(scratch.name, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def read(name):
    with open(sample(name), "rb") as f:
        return f.read()


# --- the samples as cameras ----------------------------------------------------------------------

dialogues = [sample(name) for name in ("hikvision-dialogue.txt", "look-alike.txt", "only-401.txt", "rebrand-dialogue.txt", "relay.txt",
                                       "software.txt", "tp-link.sdp", "uniview.sdp", "log-curl.txt")]
dialogues += [write(f"camera{i}.txt", part) for i, part in enumerate(re.split(rb"(?m)^# camera.*\n", read("two-cameras.txt"))) if part.strip()]
texts = [run("inspect", "--json", path).json() for path in dialogues]
for options in (("--duration", "0"), ("--timeout", "1")):
    with fake_cameras("--many", *dialogues) as urls:
        for path, text, url in zip(dialogues, texts, urls):
            result = ask(with_login(url), *options)
            name = f"{os.path.basename(path)} as a camera ({' '.join(options)})"
            if checks.code(result, 0, name):
                checks.equal(answers(result.json()), answers(text), name)
                checks.equal(ratios(result.json()), ratios(text), name + ": ratios")
                checks.equal(result.json()["input"]["kind"], "live", name + ": kind")

# --- logins ----------------------------------------------------------------------------------------

with fake_cameras(sample("rebrand-dialogue.txt")) as urls:
    result = ask(urls[0] + "/")
    check_warning(result, "^no login was given: the camera answers DESCRIBE with 401", "a 401 without a login is reported")
    refusal = read("rebrand-dialogue.txt").split(b"OPTIONS")[1].split(b"\r\n\r\n", 1)[1]
    alone = run("inspect", "--json", write("refusal.txt", refusal)).json()
    checks.equal(answers(result.json()), answers(alone), "the 401 alone says live what it says as text")

log = write("requests.log", "")
for auth in ("digest", "digest-qop", "digest-sha256", "digest-sess", "basic"):
    with fake_cameras(sample(FULL), "--user", "viewer", "--password", PASSWORD, "--auth", auth, "--log", log) as urls:
        result = ask(with_login(urls[0]), "--duration", "0")
        checks.that(result.code == 0 and values(result, "sdp.tool"), f"login with {auth}", result.text()[-500:] + result.errors())
        checks.equal(result.code == 0 and warned(result, "in clear"), auth == "basic", f"{auth}: Basic in clear is said")
        open(log, "w").close()
        result = ask(with_login(urls[0], password="wr0ng"), "--duration", "0")
        check_warning(result, "^the login failed: the camera answers DESCRIBE with 401", f"wrong password with {auth}")
        with open(log) as f:
            checks.equal(f.read().count("(authorized)"), 1, f"wrong password with {auth}: one attempt")
with fake_cameras(sample("hikvision-dialogue.txt"), "--fault", "close-401") as urls:
    result = ask(with_login(urls[0]), "--duration", "0")
    checks.that(result.code == 0 and values(result, "sdp.session_name"), "a camera that closes the connection after its refusal", result.text()[-500:])
with fake_cameras(sample(FULL), "--user", "viewer", "--password", PASSWORD, "--auth", "strange") as urls:
    check_warning(ask(with_login(urls[0])), "cannot be answered", "a challenge of another kind")
with fake_cameras(sample(FULL), "--user", "viewer", "--password", "a@b:c/%41#?") as urls:
    secret = write("password", "a@b:c/%41#?\n")
    result = ask(urls[0] + "/x", "--username", "viewer", "--password-file", secret, "--duration", "0")
    checks.that(values(result, "sdp.tool"), "a password out of a file", result.errors())
    result = ask(urls[0].replace("//", "//viewer@") + "/x", "--password-file", secret, "--duration", "0")
    checks.that(values(result, "sdp.tool"), "a name in the URL, a password out of a file", result.errors())
    result = ask(urls[0].replace("//", "//viewer:a@b:c%2F%2541%23?@") + "/x", "--duration", "0")
    checks.that(values(result, "sdp.tool"), "a password with every separator in the URL", result.errors())
    checks.that("%2541" not in result.text() + result.errors(), "it does not come out")
    checks.code(run("inspect", urls[0], "--username", "viewer", "--password-file", secret + "-not-there"), 66, "no password file")

# --- a login goes to its own server alone --------------------------------------------------------------

open(log, "w").close()
with fake_cameras(sample("hikvision-dialogue.txt"), "--log", log) as other:
    with fake_cameras(sample(FULL), "--redirect-to", other[0] + "/there") as urls:
        result = ask(with_login(urls[0]))
        check_warning(result, "redirects to rtsp://127.0.0.1.*another server", "a redirect is said")
        check_warning(result, "not sent to another server", "a redirect gets no login")
        checks.equal(len(result.json()["streams"]), 2, "a redirect to another server is another stream")
    with open(log) as f:
        checks.that("(authorized)" not in f.read(), "the other server saw no login")

# --- TLS -------------------------------------------------------------------------------------------------

with fake_cameras(sample(FULL), "--tls", "--stream", STREAM) as urls:
    result = ask(urls[0] + "/test")
    checks.code(result, 0, "over TLS")
    checks.equal(values(result, "tls.subject"), ["C=XX, O=Fake Camera, CN=fake.invalid"], "subject of the certificate")
    checks.equal(values(result, "tls.issuer"), ["C=XX, O=Fake Camera, CN=fake.invalid"], "issuer of the certificate")
    checks.equal(values(result, "tls.key"), ["RSA 2048"], "key of the certificate")
    checks.that(values(result, "tls.version") and values(result, "tls.version")[0].startswith("TLS 1."), "version of TLS")
    checks.that(len(values(result, "tls.fingerprint")[0]) == 64, "fingerprint")
    checks.that(result.json()["input"].get("frames", result.json()["streams"][0].get("frames", 0)) or values(result, "shape.pattern"), "video over TLS")
    result = ask(urls[0] + "/test", "--tls-verify")
    checks.code(result, 69, "a certificate that does not verify, with --tls-verify")
    checks.that("certificate is refused" in result.errors(), "and why", result.errors())
    checks.code(ask(urls[0].replace("rtsps", "rtsp"), "--timeout", "1"), 69, "plain to a TLS port")
with fake_cameras(sample(FULL)) as urls:
    checks.code(ask(urls[0].replace("rtsp", "rtsps"), "--timeout", "1"), 69, "TLS to a plain port")

# --- packets -------------------------------------------------------------------------------------------------

es = run("inspect", "--json", STREAM).json()
GOP = int(next(o["value"] for o in es["observations"] if o["key"] == "shape.gop"))
for transport in ("tcp", "udp"):
    with fake_cameras(sample(FULL), "--stream", STREAM, "--no-made-up") as urls:
        check_warning(ask(urls[0] + "/test", "--transport", transport), "no answer to SETUP", f"no SETUP over {transport}")
    with fake_cameras(sample(FULL), "--stream", STREAM) as urls:
        name, used = f"video over {transport}", cpu_seconds()
        result = ask(urls[0] + "/test", "--transport", transport)
        used = cpu_seconds() - used
        checks.that(used < 1, name + ": within one second of CPU", used)
        print(f"{name}: {used:.2f} s of CPU, {result.seconds:.1f} s")
        checks.code(result, 0, name)
        checks.that(result.seconds < 10, name + ": ends by itself", result.seconds)
        checks.that(2 * GOP < result.json()["streams"][0]["frames"] <= 3 * GOP, name + ": ends in the third group of pictures",
                    result.json()["streams"][0]["frames"])
        checks.equal(result.json()["warnings"], [], name + ": nothing amiss")
        checks.that(values(result, "h264.sps.raw"), name + ": parameter sets")
        checks.equal(result.json()["answers"]["platform"]["id"], es["answers"]["platform"]["id"], name + ": platform as of the file")
        checks.equal(values(result, "sei.uuid"), [o["value"] for o in es["observations"] if o["key"] == "sei.uuid"], name + ": SEI")
        checks.that(values(result, "rtp.fragmentation"), name + ": packet habits")
        checks.that("SR" in values(result, "rtp.rtcp"), name + ": RTCP")
        started = time.monotonic()
        ask(urls[0] + "/test", "--transport", transport, "--duration", "2")
        checks.that(1.9 < time.monotonic() - started < 4, f"--duration over {transport}", time.monotonic() - started)

# Of several a=control of one section the first is asked for, as a capture is read.
controls = write("controls.sdp", "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                 "a=control:first\r\na=control:second\r\n")
open(log, "w").close()
with fake_cameras(controls, "--stream", STREAM, "--log", log) as urls:
    checks.code(ask(urls[0] + "/test", "--duration", "0.5"), 0, "two a=control")
    with open(log) as f:
        checks.equal(re.findall(r"SETUP \S+/(\w+) ", f.read()), ["first"], "two a=control: the first counts")

# --- H.265 ---------------------------------------------------------------------------------------------------

H265_SDP = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\na=control:track1\r\n"
h265 = os.path.join(scratch.name, "x265.h265")
made = shutil.which("ffmpeg") and subprocess.run(
    ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-frames:v", "75", "-c:v", "libx265", "-x265-params",
     "keyint=12:log-level=none", h265], capture_output=True, check=False)
if made and made.returncode == 0:
    with fake_cameras(write("h265.sdp", H265_SDP), "--stream", h265) as urls:
        result = ask(urls[0] + "/", *("--timeout", "2"))
        checks.code(result, 0, "H.265")
        checks.equal(values(result, "h265.sps.raw"), [o["value"] for o in run("inspect", "--json", h265).json()["observations"] if o["key"] == "h265.sps.raw"],
                     "H.265: the SPS of the file")
        checks.that("FU" in "".join(values(result, "rtp.fragmentation")), "H.265: fragments", values(result, "rtp.fragmentation"))
        checks.that(result.seconds < 8, "H.265: two groups of pictures", result.seconds)
else:
    checks.skip("H.265 (no ffmpeg with libx265)")

# --- faults: what ends how, and when -----------------------------------------------------------------------------

QUICK = ("--timeout", "1")
FAULTS = [
    ("split", 0, None, 8), ("slow-byte", 0, None, 8), ("junk", 0, "neither answer nor packet", 8), ("wrong-cseq", 0, "was answered with CSeq", 8),
    ("endless-headers", 0, "headers do not end", 8), ("huge-length", 0, "is cut: no Content-Length that can be", 8),
    ("short-length", 0, "is cut: its body ends", 8), ("no-length", 0, "is cut: no Content-Length", 8),
    ("redirect-loop", 0, "redirects more than 3 times", 8), ("stop-mid-gop", 0, "the video stopped", 8), ("loss30", 0, "lost|missing", 24),
    ("close", 0, "closed the connection.* after PLAY", 8), ("close-early", 0, "no answer to DESCRIBE", 8), ("close-each", 0, "no answer to SETUP|no connection", 8),
    ("silent", 69, None, 8), ("flood", 0, None, 12), ("server-request", 0, None, 8), ("ssrc-change", 0, "SSRC", 24),
]
baseline = run("inspect", "--json", sample(FULL)).peak_kib
text = answers(run("inspect", "--json", sample(FULL)).json())
for fault, code, pattern, seconds in FAULTS:
    with fake_cameras(sample(FULL), "--stream", STREAM, "--fault", fault) as urls:
        long = ("--duration", "4") if fault in ("ssrc-change", "stop-mid-gop", "close") else ()
        result = ask(urls[0] + "/test", *QUICK, *long, timeout=seconds + 30)
        checks.code(result, code, f"fault {fault}")
        checks.that(result.seconds < seconds, f"fault {fault}: within {seconds} s", result.seconds)
        checks.that(result.peak_kib < baseline + 24 * 1024, f"fault {fault}: memory", f"{result.peak_kib} KiB, without a camera {baseline}")
        if pattern:
            checks.that(result.code == 0 and (warned(result, pattern) or any(re.search(pattern, w) for w in result.json()["warnings"])),
                        f"fault {fault}: is said", result.text()[-600:])
        if code == 69:
            checks.equal(result.errors().count("\n"), 1, f"fault {fault}: one line", )
            checks.that(re.search(r"^underlabel: rtsp://\S+: no answer to \w+ within", result.errors()), f"fault {fault}: the place", result.errors())
        if fault in ("split", "slow-byte", "junk", "wrong-cseq", "no-length", "short-length", "huge-length", "server-request", "loss30"):
            checks.equal(result.code == 0 and result.json()["answers"]["software"]["id"], text["software"], f"fault {fault}: the answer")
        print(f"fault {fault}: exit {result.code}, {result.seconds:.1f} s, {result.peak_kib} KiB")
with fake_cameras(sample(FULL), "--stream", STREAM, "--fault", "sps-change", "--other-stream", write("other.h264", read("dvrip-export.h264"))) as urls:
    checks.code(ask(urls[0] + "/test", *QUICK, "--duration", "3"), 0, "another stream in mid-session")

# --- nobody there, and words that are none ----------------------------------------------------------------------------

checks.code(ask("rtsp://127.0.0.1:1/"), 69, "nobody listens")
checks.code(ask("rtsp://viewer:hunter2@no-such-host.invalid/", "--timeout", "3"), 69, "no such host")
for url in ("rtsp://", "rtsp://host:99999/", "rtsp://host:0/", "rtsp://[::1/", "rtsp://viewer:hunter2@ho st/"):
    checks.code(ask(url), 65, f"no URL: {url}")
for words in (("--transport", "sctp"), ("--duration", "-1"), ("--duration", "nan"), ("--timeout", "0"), ("--timeout", "5s")):
    checks.code(run("inspect", *words, "rtsp://127.0.0.1:1/"), 64, f"usage: {words}")

# --- a server that is not ours ----------------------------------------------------------------------------------------------


for arguments in ((), ("digest",), ("basic",)):
    for transport in ("tcp", "udp"):
        with gst_server(*arguments) as url:
            name = f"gst-rtsp-server {' '.join(arguments)} over {transport}"
            if not url:
                checks.skip(name + " (python3-gi, gir1.2-gst-rtsp-server-1.0 or x264enc is not installed)")
                continue
            result = ask(with_login(url, path="/test"), "--transport", transport)
            checks.code(result, 0, name)
            checks.equal(answers(result.json()), {"maker": "unknown", "platform": "x264", "software": "gst-rtsp-server", "path": "re-encoded"}, name)
            checks.that(result.seconds < 10, name + ": two groups of pictures", result.seconds)
scratch.cleanup()
checks.done()
