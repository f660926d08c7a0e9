#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/disguise: what each kind leaves and what it must not touch. Pictures decode as before, parameter sets say
the same size, no word of the server stays, a second run changes nothing, odd input gives one line."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from ulcli import SAMPLES, SOURCE, Checks, run, sample
import paramsets

TOOL = os.path.join(SOURCE, "scripts", "disguise")
FFMPEG, GST = shutil.which("ffmpeg"), shutil.which("gst-launch-1.0")
KINDS = "strip-sei text dialogue vui vui-plain remux relay-gstreamer relay-ffmpeg".split()
TEXTS = "hikvision-dialogue.txt log-curl.txt look-alike.txt rebrand-dialogue.txt relay.txt software.txt tp-link.sdp two-cameras.txt uniview.sdp".split()
checks = Checks()


def call(*arguments):
    return subprocess.run([sys.executable, "-B", TOOL, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)


def batch(kind, folder, files):
    """JSON lines by name; what a kind must do in a batch is checked by the way."""
    done = call(kind, "--into", folder, *files)
    checks.equal((done.returncode, done.stderr), (0, ""), f"{kind}: exit code and standard error")
    rows = {os.path.basename(r["file"]): r for r in map(json.loads, done.stdout.splitlines())}
    checks.equal(len(rows), len(files), f"{kind}: a line each file")
    for row in rows.values():
        same = row["out"] is None or read(row["out"]) == read(row["file"])
        checks.that(row["changed"] != same and (row["changed"] or row["why"]), f"{kind}: changed and why", row)
    return rows


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


def observed(path, *keys):
    result = run("inspect", "--json", path)
    checks.code(result, (0, 1), f"inspect {os.path.basename(path)}")
    return sorted({(o["key"], o["value"]) for o in result.json()["observations"] if o["key"] in keys}) if result.code in (0, 1) else None


def frames(path):
    """Hashes of the pictures, without their times."""
    out = subprocess.run([FFMPEG, "-v", "error", "-nostdin", "-strict", "1", "-i", path, "-map", "0:v", "-f", "framemd5", "-"],
                         capture_output=True, text=True, check=False).stdout
    return sorted(line.split(",")[-1].strip() for line in out.splitlines() if line and line[0] != "#")


def slices(path):
    _, units = paramsets.split(read(path))
    codec = paramsets.codec_of_units(units)
    return [u.nal for u in units if (1 <= u.nal[0] & 31 <= 5 if codec == paramsets.H264 else u.nal[0] >> 1 < 32)]


def make_streams(folder):
    """x264 and x265 with all that VUI can hold, B pictures and SEI, in the containers that are read."""
    at = lambda name: os.path.join(folder, name)
    make = lambda *a: subprocess.run([FFMPEG, "-v", "error", "-nostdin", "-y", *a], check=False, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL).returncode == 0
    source = ("-f", "lavfi", "-i", "testsrc2=size=176x136:rate=25:duration=1")
    x264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "10", "-x264-params",
            "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500:colorprim=bt709:transfer=bt709:colormatrix=bt709:sar=16/11:pic-struct=1")
    x265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
            "log-level=none:keyint=10:hrd=1:vbv-maxrate=500:vbv-bufsize=500:colorprim=bt709:transfer=bt709:colormatrix=bt709:sar=2")
    if not make(*source, *x264, at("a.h264")):
        checks.skip("streams (ffmpeg has no x264)")
        return []
    made = [at("a.h264")]
    sound = ("-f", "lavfi", "-i", "sine=duration=1")
    for name, options in (("a.mp4", ()), ("front.mp4", ("-movflags", "+faststart")), ("a.ts", ()), ("a.mkv", ())):
        made += [at(name)] if make(*source, *sound, *x264, "-c:a", "aac", *options, at(name)) else []
    if make(*source, *x264, "-frames:v", "1", at("one.mp4")):
        made.append(at("one.mp4"))
    if make(*source, *x265, at("a.h265")):
        made.append(at("a.h265"))
        made += [at("b.mp4")] if make(*source, *x265, at("b.mp4")) else []
    else:
        checks.skip("H.265 (ffmpeg has no x265)")
    return made


def check_streams(top):
    folder = os.path.join(top, "made")
    os.mkdir(folder)
    made = make_streams(folder)
    if not made:
        return
    before = {os.path.basename(p): frames(p) for p in made}
    sizes = ("h264.sps.size", "h265.sps.size", "h264.sps.profile_idc", "h265.sps.profile", "h264.pps.form")
    gone = ("h264.vui.colour", "h264.vui.sar", "h264.vui.hrd", "h264.vui.bitstream_restriction", "h264.vui.video_signal", "h264.sps.timing",
            "h265.sps.timing")
    for kind in KINDS:
        if kind == "relay-gstreamer" and not GST:
            checks.skip("relay-gstreamer of streams (gst-launch-1.0 is not installed)")
            continue
        rows = batch(kind, os.path.join(top, "once", kind), made)
        outs = [r["out"] for r in rows.values() if r["out"]]
        checks.equal(len(outs), len(made), f"{kind}: takes every stream; " + str([r["why"] for r in rows.values() if not r["out"]]))
        again = batch(kind, os.path.join(top, "twice", kind), outs)
        # GStreamer's muxers of these two write ids and times of the run.
        free = ("a.ts", "a.mkv") if kind == "relay-gstreamer" else ()
        checks.equal([n for n, r in again.items() if r["changed"] and n not in free], [], f"{kind}: twice as once")
        if kind == "relay-ffmpeg":
            continue
        for path in outs:
            name = os.path.basename(path)
            what = f"{kind} {name}"
            checks.equal(frames(path), before[name], f"{what}: the same pictures")
            checks.equal(observed(path, *sizes), observed(os.path.join(folder, name), *sizes), f"{what}: size and profile")
            if name in ("a.h264", "a.h265"):
                checks.that(slices(path) == slices(os.path.join(folder, name)), f"{what}: the same slices")
        for path in outs if kind == "strip-sei" else ():
            checks.equal(observed(path, "sei.type"), [], f"strip-sei {os.path.basename(path)}: no SEI")
        for path in outs if kind == "vui" else ():
            name = os.path.basename(path)
            checks.that(observed(os.path.join(folder, name), *gone), f"{name} has VUI")
            checks.equal(observed(path, *gone), [], f"vui {name}: no VUI")
        for path in outs if kind == "vui-plain" else ():
            checks.equal({v for _, v in observed(path, *gone)}, {"1/50 1"} if "h264" in str(observed(path, *sizes)) else {"1/25"},
                         f"vui-plain {os.path.basename(path)}: timing and nothing else")
    check_announcement(os.path.join(top, "once", "relay-ffmpeg", "a.h264"), folder)


def check_announcement(path, folder):
    """What is written for a text is what ffmpeg itself writes for the stream, but for the measured bandwidth."""
    own = os.path.join(folder, "own.sdp")
    _, units = paramsets.split(read(os.path.join(folder, "a.h264")))
    sets = "".join(f"{n}={u.nal.hex()}\n" for u in units[:8] for n in [paramsets.set_name(u.nal)] if n in ("sps", "pps"))
    call("relay-ffmpeg", write(os.path.join(folder, "sets.txt"), sets), own)
    body = read(path).decode().split("\n\n")[-1]
    checks.equal(re.sub(r"b=AS:\d+\n", "", body), read(own).decode(), "relay-ffmpeg: text as ffmpeg writes it")


def words(text):
    """What a server says in its own words: values of headers and of lines that name no codec."""
    out = set()
    for line in text.splitlines():
        line = line[2:] if line.startswith("< ") else line
        if re.match(r"(?i)(server|date|public|session|x-[\w-]+|cache-control|expires|pragma)\s*:", line):
            out.add(line.split(":", 1)[1].strip())
            out.add(line.split(":", 1)[0] if line.lower().startswith("x-") else "")
        out.update(re.findall(r"(?:realm|nonce)=\"([^\"]*)\"", line) if "uthenticate" in line else ())
        if re.match(r"[osieu]=", line):
            out.add(line[2:].strip())
        if re.match(r"a=(?!rtpmap|fmtp|control)", line):
            out.add(line[2:].strip())
        m = re.match(r"a=control:(.+)", line)
        out.add(m.group(1) if m and m.group(1) != "*" else "")
    return {w for w in out if len(w) > 2}


def bodies(text):
    """(Content-Length, the lines of the session description behind it)"""
    said, body, out = None, [], []
    for line in text.splitlines() + [""]:
        m = re.match(r"(?i)(?:< )?content-length: (\d+)", line)
        if m:
            said = int(m.group(1))
        elif re.match(r"[a-z]=", line):
            body.append(line)
        elif body:
            out += [(said, body)] if said is not None else []
            said, body = None, []
    return out


def check_text(top):
    files = [sample(name) for name in TEXTS]
    for kind in KINDS:
        outs = [r["out"] for r in batch(kind, os.path.join(top, "text", kind), files).values()]
        checks.that(all(outs), f"{kind}: takes every text")
        again = batch(kind, os.path.join(top, "text-twice", kind), outs)
        checks.equal([n for n, r in again.items() if r["changed"]], [], f"{kind}: twice as once, text")
        for path in outs:
            for said, body in bodies(read(path).decode()) if kind not in ("vui", "vui-plain", "strip-sei") else ():
                checks.equal(said, sum(len(line) + 2 for line in body), f"{kind} {os.path.basename(path)}: Content-Length")
    for name in TEXTS:
        old, new = read(sample(name)).decode(), read(os.path.join(top, "text", "text", name)).decode()
        said = "\n".join(line for line in new.splitlines() if not re.match(rf"(> )?({'OPTIONS|DESCRIBE|SETUP|PLAY'}) |[*$#]", line))
        checks.equal(sorted(w for w in words(old) if w in said), [], f"text {name}: words of the server that stay")
        sprops = lambda text: sorted(re.findall(r"sprop-[\w-]+=([\w+/=,]+)", text))
        checks.equal(sprops(new), sprops(old), f"text {name}: parameter sets")
        requests = lambda text: re.findall(r"(?m)^(?:> )?(?:OPTIONS|DESCRIBE|SETUP|PLAY) .*$", text)
        checks.equal(requests(new), requests(old), f"text {name}: request lines")
        checks.that("tp-link" not in said.lower() and "h3c" not in said and "dh" not in said.split(), f"text {name}: private tracks", said)
        alone = read(os.path.join(top, "text", "dialogue", name)).decode()
        checks.that(re.fullmatch(r"(?:(?:[sv]ps|pps)=[0-9a-f]+\n|\n)+", alone), f"dialogue {name}: parameter sets alone", alone)
        for kind in ("vui", "dialogue"):
            path = os.path.join(top, "text", kind, name)
            checks.equal(observed(path, "h264.sps.size"), observed(sample(name), "h264.sps.size"), f"{kind} {name}: size")
        checks.equal(observed(os.path.join(top, "text", "vui", name), "h264.sps.timing", "h264.vui.bitstream_restriction"), [], f"vui {name}: no VUI")
    tail = read(os.path.join(top, "text", "vui", "rebrand-dialogue.txt")).decode()
    checks.that("aO4xshsA" not in tail and "aO4xshs=" in tail, "vui: zeros behind a parameter set go")
    checks.equal(len({read(os.path.join(top, "text", "text", n)).split(b"\n\n")[0] for n in ("hikvision-dialogue.txt", "look-alike.txt")}), 2,
                 "text: request lines differ")


def check_sets(top):
    """The H.265 of a real encoder's form, and lines of parameter sets."""
    sps = "QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE="
    path = write(os.path.join(top, "sets.txt"), f"sps={sps}\npps=RAHA8saNA7NAAAA=\nsei=TgHlBEolAACA\n")
    out = os.path.join(top, "sets.out")
    call("vui", path, out)
    text = read(out).decode()
    checks.that(sps not in text and "pps=RAHA8saNA7NA\n" in text and "sei=TgHlBEolAACA" in text, "vui: lines of H.265", text)
    checks.equal(observed(out, "h265.sps.size"), observed(path, "h265.sps.size"), "vui: size of H.265")
    call("strip-sei", path, out)
    checks.that("sei=" not in read(out).decode() and sps in read(out).decode(), "strip-sei: sei= goes")
    call("dialogue", path, out)
    checks.that(read(out).startswith(b"sps=42010101"), "dialogue: hexadecimal", read(out))
    for bits in (b"\x00\x00\x01", b"\0\0\0\0\0", bytes(range(8))):
        checks.equal(paramsets.unescape(paramsets.escape(bits)), bits, "emulation prevention there and back")


def check_odd(top):
    out = os.path.join(top, "odd.out")
    moov = b"\0\0\0\x10ftypisom\0\0\0\0"
    cases = {"empty": b"", "noise": read(sample("garbage.bin")), "code": b"\0\0\0\1", "box": moov + b"\0\0\0\x18moov\0\0\xff\xfftrak" + b"\0" * 8,
             "no-moov": moov + b"\0\0\0\x10mdat" + b"\0" * 8, "cut": read(sample("x264.mp4"))[:600]}
    for name, data in cases.items():
        done = call("vui", write(os.path.join(top, name), data), out)
        checks.that(done.returncode == 65 and done.stderr.count("\n") == 1 and re.search(r"byte \d+", done.stderr) and not os.path.exists(out),
                    f"odd input {name}", (done.returncode, done.stderr))
    checks.equal(call("vui", os.path.join(top, "not-there"), out).returncode, 66, "no such input")
    checks.equal(call("vui", sample("uniview.sdp"), os.path.join(top, "no", "such", "folder")).returncode, 73, "output that cannot be written")
    for arguments in ((), ("nothing", "a", "b"), ("vui", "a"), ("vui", "--into", top), ("vui", sample("uniview.sdp"), sample("uniview.sdp"))):
        done = call(*arguments)
        checks.that(done.returncode == 64 and done.stderr.count("\n") == 1, f"usage {arguments}", done.stderr)
    mixed = call("text", "--into", os.path.join(top, "mixed"), os.path.join(top, "noise"), sample("uniview.sdp"), sample("dhav-export.dav"))
    rows = [json.loads(line) for line in mixed.stdout.splitlines()]
    checks.equal((mixed.returncode, [bool(r["out"]) for r in rows]), (65, [False, True, False]), "a bad file does not end a batch")
    checks.equal(call("dialogue", sample("only-401.txt"), out).returncode, 65, "nothing would stay")
    every = call("all", "--into", os.path.join(top, "all"), sample("uniview.sdp"))
    checks.equal([json.loads(line)["kind"] for line in every.stdout.splitlines()], KINDS, "all is every kind")
    checks.equal([line.split()[0] for line in call("--list").stdout.splitlines()], KINDS, "--list")


with tempfile.TemporaryDirectory() as folder:
    check_text(folder)
    check_sets(folder)
    check_odd(folder)
    if FFMPEG and shutil.which("ffprobe"):
        check_streams(folder)
    else:
        checks.skip("streams (ffmpeg is not installed)")
checks.done()
