#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inputs that are broken or mean harm: the right exit code, one line on standard error, bounded memory
and time.  UL_FULL=1 adds the slow ones."""
import os
import shutil
import tempfile

from ulcli import FULL, Checks, run, sample

import h264  # ulcli says where it is

MIB = 1024
PEAK_KIB = 64 * MIB
SECONDS = 20

checks = Checks()
top = tempfile.mkdtemp(prefix="underlabel-bad-")


def write(name, *pieces):
    """Pieces are bytes, or (bytes, times)."""
    path = os.path.join(top, name)
    with open(path, "wb") as f:
        for piece in pieces:
            data, times = piece if isinstance(piece, tuple) else (piece, 1)
            block = data * max(1, min(times, (1 << 20) // max(len(data), 1)))
            whole, rest = divmod(times * len(data), len(block)) if data else (0, 0)
            for _ in range(whole):
                f.write(block)
            f.write(block[:rest])
    return path


def judge(result, what, codes, seconds, peak_kib):
    checks.code(result, codes, what)
    checks.that(result.seconds < seconds, what + ": time", f"{result.seconds:.1f} s, allowed {seconds} s")
    checks.that(result.peak_kib < peak_kib, what + ": memory", f"{result.peak_kib} KiB, allowed {peak_kib} KiB")
    errors = result.errors().splitlines()
    if result.code == 0 or result.code == 1:
        checks.that(not errors, what + ": nothing on standard error", result.errors()[:300])
    else:
        checks.that(len(errors) == 1 and errors[0].startswith("underlabel: ") and len(errors[0]) < 8000,
                    what + ": one line on standard error", result.errors()[:300])
    print(f"{what}: exit code {result.code}, {result.seconds:.2f} s, {result.peak_kib // MIB} MiB")


def bad(what, path, codes, seconds=SECONDS, peak_kib=PEAK_KIB, arguments=("--json",)):
    judge(run("inspect", *arguments, path, timeout=4 * seconds), what, codes, seconds, peak_kib)


def read(path):
    with open(path, "rb") as f:
        return f.read()


stream = h264.Stream(profile=66, level=30, mfn=8, poc=(2, 0), size=(352, 288))
head = h264.annexb(stream.sps(), stream.pps(), stream.idr())

# --- not there, not readable, nothing in it -------------------------------------------------------------------

bad("zero bytes", write("zero"), 65)
bad("one byte", write("one", b"\0"), 65)
bad("a path below a file", os.path.join(write("file", b"x"), "below"), 66)
bad("no such path", os.path.join(top, "nowhere"), 66)
bad("a name of 5000 letters", os.path.join(top, "n" * 5000), 66)
bad("a socket or device", "/dev/null", (65, 66))
locked = os.path.join(top, "locked")
os.mkdir(locked)
os.chmod(locked, 0)
if os.geteuid() != 0:
    bad("a folder without permission", locked, 66)
else:
    checks.skip("a folder without permission (the tests run as root)")
os.chmod(locked, 0o700)
os.symlink(os.path.join(top, "loop"), os.path.join(top, "loop"))
bad("a link to itself", os.path.join(top, "loop"), 66)

# --- cut and spoilt ----------------------------------------------------------------------------------------------

for name in ("x264.mp4", "x264.h264", "imkh-head.ps", "dvrip-export.h264", "dhav-export.dav", "rebrand-dialogue.txt", "log-curl.txt"):
    data = read(sample(name))
    for part in (1, 2, 3):
        cut = data[:len(data) * part // 4]
        result = run("inspect", "--json", write("cut-" + name, cut))
        checks.that(result.code in (0, 65) and result.peak_kib < PEAK_KIB, f"{name}, {part}/4 of it", (result.code, result.errors()[:200]))
    spoilt = bytearray(data)
    for i in range(7, len(spoilt), 61):
        spoilt[i] ^= 0xA5
    result = run("inspect", "--json", write("spoilt-" + name, bytes(spoilt)))
    checks.that(result.code in (0, 65) and result.peak_kib < PEAK_KIB, f"{name}, spoilt", (result.code, result.errors()[:200]))
bad("noise", write("noise", bytes((i * i * 31 + i * 7 + (i >> 3)) & 0xFF for i in range(1 << 20))), (0, 65))
bad("zeros", write("zeros", (b"\0", 8 << 20)), 65)
bad("start codes and nothing else", write("codes", (b"\0\0\1", 1 << 20)), (0, 65))
bad("text that is no dialogue", write("prose", (b"The quick brown fox jumps over the lazy dog.\n", 100000)), 65)

sparse = os.path.join(top, "sparse")
for what, data in (("zeros", b""), ("an MP4 whose index is not there", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\1mdat" + (100 << 30).to_bytes(8, "big")),
                   ("a byte stream", head)):
    with open(sparse, "wb") as f:
        f.write(data)
    try:
        os.truncate(sparse, 100 << 30)
    except OSError as error:
        checks.skip(f"100 GB of a sparse file, {what} ({error.strerror})")
        continue
    bad(f"100 GB of a sparse file, {what}", sparse, (0, 65), arguments=("--json", "--no-hash"))
if os.path.exists(sparse):
    os.remove(sparse)

# --- many of everything ----------------------------------------------------------------------------------------------

bad("a million tiny NAL units", write("tiny", head, (b"\0\0\1\x09\xf0", 1000000)), 0)
bad("a million tiny slices", write("slices", head, (b"\0\0\1\x41\x9a\x02", 1000000)), 0)
bad("a million SEI payloads in one NAL unit", write("sei", head, b"\0\0\0\1\x06", (b"\x05\x02\xaa\xbb", 1000000), b"\x80"), 0)
bad("a million SEI payloads of no size", write("sei0", head, b"\0\0\0\1\x06", (b"\x64\x00\x65\x00", 500000), b"\x80"), 0)
bad("an SEI payload size of a million 0xff", write("seiff", head, b"\0\0\0\1\x06\x05", (b"\xff", 1000000), b"\x80"), 0)
many = b"".join(h264.annexb(h264.Stream(profile=66, level=10 + i % 40, mfn=4 + i % 13, poc=(0, 4 + i // 13 % 13),
                                        size=(16 * (1 + i % 100), 16 * (1 + i // 100))).sps()) for i in range(10000))
bad("10,000 different SPS", write("sps", head, many), 0)
bad("an SPS of 16 MiB", write("bigsps", b"\0\0\0\1\x67\x42\0\x1e", (b"\xa5\x5a", 8 << 20), head), (0, 65))
bad("a NAL unit of 64 MiB", write("bignal", head, b"\0\0\0\1\x41\x9a", (b"\xa5\x5a\x12", (64 << 20) // 3)), 0)
sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
bad("an SDP with lines of 1 MB", write("sdplines", sdp, *[b"a=tool:" + bytes([65 + i]) * 1000000 + b"\r\n" for i in range(20)]), 0)
bad("an SDP of 200,000 lines", write("sdpmany", sdp, *[b"a=x-%d:%d\r\n" % (i, i) for i in range(200000)]), 0)
bad("an SDP of 10,000 media", write("sdpmedia", sdp, (b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", 10000)), 0)
bad("sprops of 1 MB", write("sprop", sdp, b"a=fmtp:96 sprop-parameter-sets=", (b"Z00A", 250000), b"\r\n"), 0)
bad("RTSP with 100,000 headers", write("headers", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n", *[b"X-%d: %d\r\n" % (i, i) for i in range(100000)], b"\r\n"), 0)
bad("100,000 RTSP messages", write("messages", *[b"RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: %d\r\n\r\n" % (i, i) for i in range(100000)]), 0)
bad("a header of 8 MB", write("header", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: ", (b"s", 8 << 20), b"\r\n\r\n"), 0)
bad("a line of 64 MB", write("line", b"RTSP/1.0 200 OK\r\n", (b"abcdefgh", 8 << 20)), (0, 65))
bad("a Content-Length of 2^63", write("length", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 9223372036854775807\r\n\r\nv=0\r\n"), 0)
bad("a box of 2^63 bytes", write("box", b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\1moov" + b"\x7f" + b"\xff" * 7 + b"\0" * 64), (0, 65))
bad("boxes 100,000 deep", write("deep", b"\0\0\0\x14ftypisom\0\0\0\0isom", b"".join((8 * (100000 - i)).to_bytes(4, "big") + b"moov" for i in range(100000))), (0, 65))
bad("a million empty boxes", write("boxes", b"\0\0\0\x14ftypisom\0\0\0\0isom", (b"\0\0\0\x08free", 1000000)), (0, 65))
bad("256 cameras and one more in one text", write("cameras", *[b"# camera %d\r\n" % i + sdp + b"\r\n" for i in range(300)]), 0, peak_kib=2 * PEAK_KIB)

# --- knowledge that means harm ----------------------------------------------------------------------------------------

RULE_HEAD = b"schema: 1\nkind: rules\nrules:\n"


def bad_knowledge(what, *pieces):
    folder = tempfile.mkdtemp(dir=top)
    shutil.move(write("rules.yaml", *pieces), folder)
    result = run("inspect", "--json", "--knowledge", folder, sample("software.txt"), timeout=4 * SECONDS)
    judge(result, "knowledge: " + what, 65, SECONDS, 2 * PEAK_KIB)
    checks.that("rules.yaml" in result.errors(), what + ": the message names the file", result.errors()[:200])


aliases = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(b"%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n" % ((98 + i, 98 + i) + (97 + i,) * 9) for i in range(12))
bad_knowledge("aliases of aliases", aliases)
bad_knowledge("100,000 levels in flow", RULE_HEAD, (b"[", 100000))
bad_knowledge("2,000 levels in block", *[b" " * i + b"a:\n" for i in range(2000)])
bad_knowledge("a scalar of 64 MB", RULE_HEAD, b"- id: ", (b"abcdefgh", 8 << 20), b"\n")
bad_knowledge("a million keys", *[b"k%d: 1\n" % i for i in range(1000000)])
bad_knowledge("a million entries", RULE_HEAD, (b"- {}\n", 1000000))
bad_knowledge("not UTF-8", RULE_HEAD, b"- id: \xff\xfe\xfd\n")
bad_knowledge("a NUL", b"schema: 1\nkind: ru\0les\n")
bad_knowledge("a pattern that never ends", RULE_HEAD + b"- id: site.bomb\n  says: {maker: dahua}\n  title: x\n  when:\n    - {key: rtsp.server, matches: '" + b"(a*)*" * 20000 + b"$'}\n")
bad_knowledge("two of one key", b"schema: 1\nschema: 1\n")
bad_knowledge("two documents", b"schema: 1\n---\nschema: 1\n")
bad_knowledge("tags", b"!!python/object:os.system {schema: 1}\n")

# --- slow ----------------------------------------------------------------------------------------------------------------

if FULL:
    bad("a NAL unit of 2 GB", write("2gb", head, b"\0\0\0\1\x41\x9a", (b"\xa5\x5a\x12\x34", 1 << 29)), 0, seconds=120)
    os.remove(os.path.join(top, "2gb"))
    bad("50 million tiny NAL units", write("tiny50", head, (b"\0\0\1\x09\xf0", 50000000)), 0, seconds=120)
    os.remove(os.path.join(top, "tiny50"))
    bad("a million SPS", write("spsmany", head, (many, 100)), 0, seconds=120)
    result = run("inspect", "--json", "-", stdin=b"\0" * (256 << 20), timeout=240)
    judge(result, "256 MiB of zeros on standard input", 65, 120, PEAK_KIB)
else:
    checks.skip("NAL unit of 2 GB, 50 million NAL units, a million SPS, 256 MiB on standard input (UL_FULL=1)")

judge(run("inspect", "-", stdin=b"\0" * (64 << 20)), "64 MiB of zeros on standard input", 65, SECONDS, PEAK_KIB)
shutil.rmtree(top)
checks.done()
