#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plugin from outside: gst-inspect-1.0 reads as the manual, no object is left alive and no memory
lost, and the examples of doc/gstreamer.md run as they are printed."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = os.environ["UL_SOURCE_DIR"], os.environ["UL_BUILD_DIR"]
MP4 = os.path.join(SOURCE, "samples", "x264.mp4")
PROPERTIES = "claimed policies knowledge without trust builtin-trust interval location metrics report maker label-finding".split()
failures = 0


def that(good, what, detail=""):
    global failures
    print(f"{'ok' if good else 'FAILED'}: {what}" + (f"\n{detail}" if detail and not good else ""))
    failures += not good


def run(command, timeout=120, **more):
    return subprocess.run(command, env={**ENV, **more}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False)


def examples(language):
    with open(os.path.join(SOURCE, "doc", "gstreamer.md"), encoding="utf-8") as f:
        return [text for found, text in re.findall(r"^```(\w*)\n(.*?)^```$", f.read(), re.S | re.M) if found == language]


def alive(out):
    return [line for line in out.splitlines() if "object-alive," in line and "new format string" not in line]


def check_inspect():
    out = run(["gst-inspect-1.0", "underlabel"]).stdout
    that("Filter/Analyzer/Video" in out and "none (0)" in out, "klass and rank of underlabel", out)
    for name in PROPERTIES:
        that(re.search(rf"^  {name} +: ", out, re.M), f"gst-inspect-1.0 shows {name}")
    with open(os.path.join(SOURCE, "doc", "gstreamer.md"), encoding="utf-8") as f:
        doc = f.read()
    for name in PROPERTIES:
        that(f"| `{name}` |" in doc, f"doc/gstreamer.md tells of {name}")
    out = run(["gst-inspect-1.0", "underlabelrtsp"]).stdout
    that("GstRTSPExtension" in out and "none (0)" in out, "underlabelrtsp implements GstRTSPExtension and has rank none", out)


LEAK = """
#include <gst/gst.h>
int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  gst_element_factory_make ("underlabel", NULL);
  gst_deinit ();
  return 0;
}
"""

PIPELINES = {
    "mp4": ["qtdemux", "!", "underlabel", "claimed=Axis", "policies=us-ndaa-889"],
    "rtp": ["qtdemux", "!", "rtph264pay", "!", "underlabel", "interval=1"],
    "parsed": ["qtdemux", "!", "h264parse", "!", "video/x-h264,stream-format=byte-stream", "!", "underlabel"],
}


def build(folder, name, text):
    """The program that this C text is; None if it does not compile."""
    program = os.path.join(folder, name)
    with open(program + ".c", "w", encoding="utf-8") as f:
        f.write(text)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "gstreamer-1.0"], capture_output=True, text=True, check=True).stdout.split()
    done = run(["cc", "-Wall", "-Wextra", "-Werror", program + ".c", "-o", program, *flags])
    that(done.returncode == 0, f"{name}.c compiles", done.stdout)
    return program if done.returncode == 0 else None


def check_leaks(folder):
    tracing = {"GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7", "GST_DEBUG_NO_COLOR": "1"}
    for name, middle in PIPELINES.items():
        done = run(["gst-launch-1.0", "-q", "filesrc", f"location={MP4}", "!", *middle, "!", "fakesink"], **tracing)
        left = alive(done.stdout)
        that(done.returncode == 0 and not left, f"GST_TRACERS=leaks: nothing left alive ({name})", "\n".join(left))
    program = build(folder, "leak", LEAK)
    if program:
        that(alive(run([program], **tracing).stdout), "GST_TRACERS=leaks sees an element that is left")


def check_valgrind():
    """GStreamer and GLib keep what they allocate once; what has a frame of ours counts."""
    if not shutil.which("valgrind") or "asan" in os.path.basename(BUILD):
        print("skipped: valgrind")
        return
    for name, middle in PIPELINES.items():
        with tempfile.NamedTemporaryFile("r") as log:
            done = run(["valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite", "--num-callers=40",
                        f"--log-file={log.name}", "gst-launch-1.0", "-q", "filesrc", f"location={MP4}", "!", *middle, "!", "fakesink"],
                       G_SLICE="always-malloc", timeout=300)
            blocks = re.split(r"^==\d+== \n", log.read(), flags=re.M)
        ours = [b for b in blocks if re.search(r"underlabel\.so|Invalid (read|write)|uninitialised", b)]
        that(done.returncode == 0 and not ours, f"valgrind ({name})", "\n".join(ours))


def check_examples(folder):
    python, c = examples("python"), examples("c")
    if run([PYTHON, "-c", "import gi; gi.require_version('Gst', '1.0')"]).returncode:
        print("skipped: the Python examples, python3-gi is not installed")
    else:
        done = run([PYTHON, "-c", python[0], MP4])
        that(done.returncode == 0 and "undetermined" in done.stdout, "Python example", done.stdout)
        done = run([PYTHON, "-c", python[1], "file://" + MP4])
        that(done.returncode == 0 and "x264" in done.stdout, "Python example on a pad of playbin", done.stdout)
    program = build(folder, "who", c[-1])
    if program:
        done = run([program, MP4])
        that(done.stdout.strip() == "unknown, label undetermined", "C example", done.stdout)


def check_launch_lines(folder):
    lines = [b.replace("\\\n", " ").strip() for b in examples("") if "gst-launch-1.0" in b]
    that(len(lines) == 5, "five launch lines are printed", str(len(lines)))
    for line in lines:
        if "rtsp://" in line:
            continue  # tests/gst/test_gst_rtsp.c has cameras
        line = line.replace("file:///srv/clip.mp4", "file://" + MP4).replace("clip.mp4", MP4).replace("report.json", os.path.join(folder, "report.json"))
        done = run(["bash", "-c", line])
        that(done.returncode == 0 and "underlabel/report" in done.stdout, line, done.stdout[-2000:])


def check_signatures(folder):
    """Signed video is judged GOP by GOP as it passes, and told when that says something else."""
    signed, altered, trust = (os.path.join(folder, n) for n in ("signed.h264", "altered.h264", "root.pem"))
    made = run([os.path.join(SOURCE, "scripts", "sign-sample"), "--format", "onvif", "--ca-out", trust, "--out", signed,
                os.path.join(SOURCE, "samples", "x264.h264")])
    that(made.returncode == 0, "sign-sample", made.stdout)
    data = bytearray(open(signed, "rb").read())
    data[data.rindex(b"\0\0\1\x65") + 60] ^= 1  # of the second GOP's key picture
    open(altered, "wb").write(data)
    for path, wanted in ((signed, ["ok trusted"]), (altered, ["ok trusted", "not-ok trusted"])):
        out = run(["gst-launch-1.0", "-m", "filesrc", f"location={path}", "!", "video/x-h264,stream-format=byte-stream,alignment=au", "!",
                   "underlabel", f"trust={trust}", "!", "fakesink"]).stdout
        told = re.findall(r"underlabel/authenticity, .*?verdict=\(string\)([\w-]+), key=\(string\)([\w-]+)", out)
        that([" ".join(t) for t in told] == wanted, f"underlabel/authenticity of {os.path.basename(path)}", out[-2000:])
        that(("A signature in the video does not hold" in out) == (path == altered), f"warning of {os.path.basename(path)}", out[-2000:])


if not shutil.which("gst-launch-1.0"):
    print("skipped: gst-launch-1.0 is not installed")
    sys.exit(77)
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's gi
with tempfile.TemporaryDirectory() as work:
    ENV = {**os.environ, "GST_PLUGIN_PATH": os.path.join(BUILD, "lib", "gstreamer-1.0"), "GST_REGISTRY": os.path.join(work, "registry.bin")}
    check_inspect()
    check_leaks(work)
    check_examples(work)
    check_launch_lines(work)
    check_signatures(work)
    check_valgrind()
print(f"{failures} failed")
sys.exit(failures > 0)
