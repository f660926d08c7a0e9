#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--redact: no answer changes by it, and nothing that was planted to be masked is in any output, in no form."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse

from cameras import fake_cameras, with_login
from ulcli import SAMPLES, SOURCE, Checks, run, sample

CORPUS = os.path.join(os.path.dirname(SOURCE), "shared", "corpus")
N_CAPTURES = 80
checks = Checks()


# --- no answer changes -----------------------------------------------------------------------------

def judged(report):
    """All that is said of the input, but for what may be masked in it."""
    report = {k: v for k, v in report.items() if k not in ("redacted", "warnings", "tool")}
    report["observations"] = [{k: v for k, v in o.items() if k != "value"} for o in report["observations"]]
    report["input"] = {k: v for k, v in report["input"].items() if k != "source"}
    for part in [report, *report["streams"]]:
        part["authenticity"] = {k: v for k, v in part["authenticity"].items() if k not in ("signer", "key_details", "stretches")} \
            | {"stretches": [{k: v for k, v in s.items() if k != "why"} for s in part["authenticity"].get("stretches", [])]}
    return report


def compare_reports(paths, what):
    arguments = ("--jsonl", "--no-hash", "--claimed", "Luminys", "--policy", "us-ndaa-889", *paths)
    plain, masked = run("inspect", *arguments, timeout=300), run("inspect", "--redact", *arguments, timeout=300)
    checks.equal(masked.code, plain.code, what + ": exit code")
    before, after = [list(map(json.loads, r.text().splitlines())) for r in (plain, masked)]
    checks.equal(len(after), len(before), what + ": reports")
    checks.that(len(before) > len(paths) // 2, what + ": most can be read", len(before))
    for a, b in zip(before, after):
        name = os.path.basename(a["input"]["source"])
        checks.that(judged(a) == judged(b), f"{what}: {name} is judged alike")
        checks.that("redacted" not in a and "redacted" in b, f"{what}: {name} says that it is redacted")
        said = json.dumps([b["input"], b["observations"], b["warnings"]], ensure_ascii=False)  # ids of rules may look like a file's name
        checks.that(name not in said, f"{what}: {name} is not named")
        # Whoever reads it has no address of it; 0.0.0.0 and the like are nobody's.
        left = {v for o in b["observations"] if o["key"].split(".")[0] in ("rtsp", "sdp") for v in re.findall(r"\b(?:192\.168|172\.\d+|10)\.\d+\.\d+(?:\.\d+)?\b", o["value"])}
        checks.equal({v for v in left if v.count(".") == 3}, set(), f"{what}: {name}: no private address is left")


def folder_of(name):
    return [os.path.join(CORPUS, name, f) for f in sorted(os.listdir(os.path.join(CORPUS, name)))]


compare_reports([sample(name) for name in sorted(os.listdir(SAMPLES))], "samples")
if os.path.isdir(CORPUS):
    captures = folder_of("captures")
    compare_reports(captures[::max(1, len(captures) // N_CAPTURES)][:N_CAPTURES], "captures")
    compare_reports(folder_of("recordings"), "recordings")
    compare_reports(folder_of("signed"), "signed video")
else:
    checks.skip("no ../shared/corpus")

# --- what is planted is not to be found -------------------------------------------------------------

SERIAL, SERIAL2, MAC, IP, IP2, IP6 = "4H7K9Q2W8E5R1T3", "ACZX90817263", "02:00:5e:AB:cd:17", "192.168.77.31", "203.0.113.77", "2001:db8:77::beef"
HOST, HOST2, MAIL, GPS, TEXT, TEXT2, TEXT3 = ("nvr7.elmstreet.example", "janes-driveway", "jane.doe@elmstreet.example", "+47.3769+008.5417/", "Front door, 12 Elm Street",
                                                  "Jane Doe", "Kitchen window")
LATLON = "47.376912, 8.541733"
PLANTED = (SERIAL, SERIAL2, MAC, IP, IP2, IP6, HOST, HOST2, MAIL, GPS, TEXT, TEXT2, TEXT3, LATLON)


def forms(value):
    bare = value.replace(":", "").replace("-", "")
    spelt = {value, value.lower(), value.upper()}
    if value == MAC:
        spelt |= {bare, bare.lower(), bare.upper(), value.replace(":", "-")}
    for text in list(spelt):
        spelt |= {urllib.parse.quote(text), urllib.parse.quote(text, safe=""), text.encode().hex(), text.encode().hex().upper(), json.dumps(text)[1:-1]}
    return {s.lower().encode() for s in spelt}


def hidden(out, what, values=PLANTED):
    lower = out.lower()
    for value in values:
        for form in forms(value):
            checks.that(form not in lower, f"{what}: {value} is not in it", form.decode() + ": " + lower[max(0, lower.find(form) - 80):][:200].decode("utf-8", "replace"))


def outputs(path, what, values, options=(), stdin=b""):
    """Every output of the commands that redact; the report of inspect."""
    report = None
    for command in (("inspect", "--json"), ("inspect",), ("inspect", "--jsonl", "--claimed", "Luminys", "--policy", "us-ndaa-889"), ("verify", "--json", "--strip"),
                    ("verify", "--hash")):
        plain, masked = run(*command, *options, path, stdin=stdin), run(*command, "--redact", *options, path, stdin=stdin)
        checks.equal(masked.code, plain.code, f"{what}: {' '.join(command)}: exit code")
        hidden(masked.out + masked.err, f"{what}: {' '.join(command)}", values)
        again = run(*command, "--redact", *options, path, stdin=stdin)
        checks.equal(again.out, masked.out, f"{what}: {' '.join(command)}: the same bytes again")
        if command == ("inspect", "--json") and checks.code(masked, 0, what):
            report = masked.json()
            for value in values:
                checks.that(value in plain.text() or value.lower() in plain.text().lower(), f"{what}: {value} is there without --redact")
    return report


def salt_of(data):
    return hashlib.sha256(b"underlabel mask\n" + data).digest()


def committed(report, data, kind, value, what):
    """The token that stands for the value, by its commitment."""
    digest = hashlib.sha256(salt_of(data) + kind.encode() + b"\n" + value.encode()).hexdigest()
    tokens = [c["token"] for c in report["redacted"]["commitments"] if c["sha256"] == digest]
    checks.that(len(tokens) == 1 and tokens[0].startswith("[" + kind + " "), f"{what}: {kind} {value} is committed to", report["redacted"])
    return tokens[0] if tokens else None


SDP = "\r\n".join((
    "v=0", f"o={TEXT2} 1 2 IN IP4 {IP2}", f"s={TEXT}", f"i={TEXT3}", f"e={MAIL}", f"u=http://{HOST}/about", f"c=IN IP6 {IP6}", "t=0 0",
    f"a=x-qt-text-nam:{TEXT}", f"a=x-device-serial:{SERIAL}", f"a=x-position:{LATLON}", f"a=x-location:{GPS}", f"a=tool:LIVE555 Streaming Media v2020.04.12 {MAIL}",
    "m=video 0 RTP/AVP 96", f"a=control:rtsp://{HOST}/{urllib.parse.quote(TEXT)}/trackID=0", "a=rtpmap:96 H264/90000",
    "a=fmtp:96 packetization-mode=1;profile-level-id=64001F;sprop-parameter-sets=Z2QAH6wsaoFAFum4KAgqAAADAAIAAAMAUQgA,aO4xshsA", f"a=x-mac:{MAC}", ""))
DIALOGUE = "\r\n".join((
    f"DESCRIBE rtsp://{IP}:554/cam/{SERIAL} RTSP/1.0", "CSeq: 1", "", "RTSP/1.0 401 Unauthorized", "CSeq: 1",
    f'WWW-Authenticate: Digest realm="Login to {SERIAL}", nonce="f9bbad7091ccba7698cbc060bed99b19"', f'WWW-Authenticate: Basic realm="AXIS_{MAC.replace(":", "").upper()}"', "",
    f"DESCRIBE rtsp://{IP}:554/cam/{SERIAL} RTSP/1.0", "CSeq: 2", "", "RTSP/1.0 200 OK", "CSeq: 2", "Server: Rtsp Server/3.0", f"Content-Base: rtsp://{HOST2}/live/",
    f"X-Device-Name: {TEXT3}", f"X-Serial: {SERIAL2}", f"X-Owner: {TEXT2} <{MAIL}>", "Content-Type: application/sdp", f"Content-Length: {len(SDP)}", "", SDP))

with tempfile.TemporaryDirectory() as folder:
    def write(name, data):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        return path

    dialogue = write("dialogue.txt", DIALOGUE.encode())
    report = outputs(dialogue, "dialogue", PLANTED)
    committed(report, DIALOGUE.encode(), "serial", SERIAL, "dialogue")
    mac = committed(report, DIALOGUE.encode(), "mac", MAC.replace(":", "").lower(), "dialogue")
    ip = committed(report, DIALOGUE.encode(), "ip", IP, "dialogue")
    text = committed(report, DIALOGUE.encode(), "text", TEXT, "dialogue")
    values = {(o["key"], o["value"]) for o in report["observations"]}
    checks.that(("rtsp.realm", "AXIS_" + mac) in values and ("sdp.attribute", "x-mac:" + mac) in values, "dialogue: equal values have equal tokens", sorted(values))
    checks.that(("sdp.session_name", text) in values and ("sdp.attribute", "x-qt-text-nam:" + text) in values, "dialogue: a title wherever it stands")
    checks.that(("rtsp.server", "Rtsp Server/3.0") in values, "dialogue: what is technical stays")
    counts, tokens = report["redacted"]["counts"], [c["token"] for c in report["redacted"]["commitments"]]
    checks.equal(sum(counts.values()), len(tokens), "dialogue: as many tokens as are counted")
    checks.equal(sorted(t for t in tokens if t.startswith("[ip ")), [f"[ip {i}]" for i in range(1, counts["ip"] + 1)], "dialogue: numbers without gaps")
    flat = json.dumps([report["input"]["source"], report["observations"]])
    seen = [flat.find(t) for t in tokens if t.startswith("[ip ") and t in flat]
    checks.equal(seen, sorted(seen), "dialogue: numbers in the order of appearance")

    piped = outputs("-", "dialogue through a pipe", PLANTED, stdin=DIALOGUE.encode())
    checks.equal(piped["input"]["source"], "standard input", "a pipe has no name")
    checks.equal({c["sha256"] for c in piped["redacted"]["commitments"]} - {c["sha256"] for c in report["redacted"]["commitments"]}, set(), "and the same commitments")
    other = write("other.txt", DIALOGUE.encode() + b"\r\n")
    checks.that({c["sha256"] for c in run("inspect", "--redact", "--json", other).json()["redacted"]["commitments"]}
                .isdisjoint({c["sha256"] for c in report["redacted"]["commitments"]}), "another input, another salt")
    checks.that(hashlib.sha256(DIALOGUE.encode()).digest() != salt_of(DIALOGUE.encode()), "the salt is not what the report prints")

    # Names of files: the recording itself says nothing.
    with open(sample("x264.mp4"), "rb") as f:
        film = f.read()
    for name in (f"{TEXT}/{TEXT3} {SERIAL2}.mp4", f"{IP2}_{SERIAL}/x.mp4"):
        named = write(name, film)
        r = outputs(named, "a file's name", [v for v in PLANTED if v in name])
        checks.that(r["input"]["source"].endswith(".mp4"), "a file's name: its end stays", r["input"]["source"])
    # Errors.
    junk = write(f"{TEXT} {MAIL}/{SERIAL2}.bin", b"\x93\x00\x17" * 9)
    for path in (junk, os.path.dirname(junk), os.path.join(folder, TEXT3 + ".mp4"), f"/home/{TEXT2}/{TEXT3}.mp4", f"rtsp://{HOST}.invalid:1/x", write(TEXT3 + ".empty", b"")):
        for command in (("inspect", "--timeout", "1"), ("verify", "--timeout", "1"), ("inspect", "--json", "--timeout", "1")):
            result = run(*command, "--redact", path)
            checks.that(result.code in (65, 66, 69) and result.err, f"{path}: an error", result.errors())
            hidden(result.out + result.err, f"error of {path}")
    result = run("inspect", "--redact", "--trust", os.path.join(folder, TEXT3 + ".pem"), dialogue)
    checks.code(result, 64, "no such file to trust")
    hidden(result.out + result.err, "no such file to trust")

    # Signed video.
    signed, root = os.path.join(folder, "signed.h264"), os.path.join(folder, TEXT3 + ".pem")
    for form in ("axis", "onvif"):
        made = subprocess.run([os.path.join(SOURCE, "scripts", "sign-sample"), "--out", signed, "--ca-out", root, "--format", form, "--serial", SERIAL, "--hardware", "Q1000",
                               "--firmware", "5.4.3.2", "--address", f"www.{HOST}", sample("x264.h264")], capture_output=True, text=True, check=False)
        if made.returncode:
            checks.skip(f"signed video, {form}: " + made.stderr.strip()[-200:])
            continue
        r = outputs(signed, f"signed video, {form}", (SERIAL, HOST) if form == "axis" else (SERIAL,), ("--trust", root))
        masked = run("verify", "--redact", "--json", "--trust", root, signed)
        hidden(masked.out, f"signed video, {form}", (SERIAL, HOST, TEXT3))
        a, plain = masked.json()["authenticity"], run("verify", "--json", "--trust", root, signed).json()["authenticity"]
        checks.equal((a["verdict"], a["key"], a["gops"], a["nals"]), (plain["verdict"], plain["key"], plain["gops"], plain["nals"]), f"signed video, {form}: verdict")
        checks.that(re.fullmatch(r"\[serial \d+\]", a["signer"]["serial"]), f"signed video, {form}: the serial number is a token", a["signer"])
        checks.equal(a["signer"]["firmware"], "5.4.3.2", f"signed video, {form}: a version is none of an address")

    # Tags of a container.
    if shutil.which("ffmpeg"):
        for name, more in (("tags.mp4", ()), ("keys.mp4", ("-movflags", "use_metadata_tags")), ("tags.mkv", ())):
            tagged = os.path.join(folder, name)
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", sample("x264.mp4"), "-c", "copy", *more, "-metadata", "title=" + TEXT, "-metadata", "artist=" + TEXT2,
                            "-metadata", "location=" + GPS, "-metadata", f"comment=from {HOST} {IP} {MAC} {MAIL}", "-metadata", "serial_number=" + SERIAL, tagged], check=True)
            planted = [TEXT, TEXT2, IP, MAC, MAIL] if name != "tags.mkv" else [TEXT]
            outputs(tagged, name, planted)
            for command in ("inspect", "verify"):
                hidden(run(command, "--json", "--redact", tagged).out, name)
    else:
        checks.skip("tags of a container (no ffmpeg)")

    # A camera: its bytes cannot be read again.
    with fake_cameras("--many", sample("rebrand-dialogue.txt")) as urls:
        result = run("inspect", "--redact", "--json", "--duration", "0", with_login(urls[0], path=f"/{SERIAL}"))
        if checks.code(result, 0, "a camera"):
            camera = result.json()
            hidden(result.out + result.err, "a camera", (SERIAL,))
            checks.that("commitments" not in camera["redacted"] and any("no commitments" in w for w in camera["warnings"]), "a camera: no commitments", camera["warnings"])
            checks.equal(camera["answers"]["maker"]["id"], "dahua", "a camera: maker")
    r = run("inspect", "--redact", "--no-hash", "--json", dialogue).json()
    checks.that(r["input"]["sha256"] is None and r["redacted"]["commitments"] == report["redacted"]["commitments"], "--no-hash leaves the commitments")

# The check sees a leak.
probe = Checks()
probe.that = lambda good, what, detail="": good or found.append(what)
found, real = [], checks
checks = probe
hidden(b"x " + SERIAL.encode().hex().encode() + b" " + urllib.parse.quote(TEXT).encode(), "planted")
checks = real
checks.equal(len({w.split(": ")[1] for w in found}), 2, "a leak in hexadecimal and one in a URL are seen")
checks.done()
