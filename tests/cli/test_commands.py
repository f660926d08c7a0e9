#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the commands promise: exit codes, forms of output, what never comes out."""
import json
import os
import pty
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

from ulcli import BIN, SAMPLES, Checks, run, sample

checks = Checks()
REBRAND, UNKNOWN, GARBAGE = sample("rebrand-dialogue.txt"), sample("software.txt"), sample("garbage.bin")
COMMANDS = ("inspect", "rules", "makers", "policies", "evaluate")


@contextmanager
def folder(**files):
    """A temporary folder with these files; names have '__' for '/', and '_dot_' for '.'."""
    top = tempfile.mkdtemp(prefix="underlabel-test-")
    try:
        for name, content in files.items():
            path = os.path.join(top, name.replace("__", "/").replace("_dot_", "."))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())
        yield top
    finally:
        shutil.rmtree(top)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def one_error_line(result, what):
    lines = result.errors().splitlines()
    checks.that(len(lines) == 1 and lines[0].startswith("underlabel: "), what + ": one line on standard error", result.errors())


# --- help, version, usage --------------------------------------------------------------------------

for arguments in (["--help"], ["-h"], ["help"], ["--version"], ["-V"]):
    result = run(*arguments)
    checks.code(result, 0, " ".join(arguments))
    checks.that(result.out and not result.err, " ".join(arguments) + ": on standard output")
for command in COMMANDS:
    result = run(command, "--help")
    checks.code(result, 0, f"{command} --help")
    checks.that("--help" in result.text(), f"{command} --help names its options")
    checks.that(command in run("--help").text(), f"--help names {command}")
    checks.code(run(command, "--no-such-option"), 64, f"{command} --no-such-option")
checks.code(run(), 64, "no command")
checks.code(run("inspekt"), 64, "a command that there is not")
checks.code(run("inspect"), 64, "inspect without input")
checks.code(run("evaluate"), 64, "evaluate without manifest")
checks.code(run("rules", "no-such-verb"), 64, "rules no-such-verb")

# --- exit codes of inspect ----------------------------------------------------------------------------

checks.code(run("inspect", REBRAND), 0, "nothing claimed")
checks.code(run("inspect", "--claimed", "Luminys", REBRAND), 1, "rebrand")
checks.code(run("inspect", "--claimed", "Hikvision", REBRAND), 1, "contradicted")
checks.code(run("inspect", "--claimed", "Dahua", REBRAND), 0, "consistent")
checks.code(run("inspect", "--policy", "us-ndaa-889", REBRAND), 1, "covered by a policy")
checks.code(run("inspect", "--policy", "us-ndaa-889", UNKNOWN), 0, "unknown under a policy")
checks.code(run("inspect", "--claimed", "Luminys", UNKNOWN), 0, "unknown under a claim")
checks.code(run("inspect", "--fail-on", "unknown", UNKNOWN), 2, "--fail-on unknown")
checks.code(run("inspect", "--fail-on", "unknown", REBRAND), 0, "--fail-on unknown, maker known")
checks.code(run("inspect", "--fail-on", "unknown", "--claimed", "Luminys", REBRAND, UNKNOWN), 1, "1 before 2")
checks.code(run("inspect", "--fail-on", "everything", UNKNOWN), 64, "--fail-on takes one word")
for option in (("--policy", "no-such-policy"), ("--without", "no-such-layer")):
    result = run("inspect", *option, "/nonexistent")
    checks.code(result, 64, " ".join(option) + " is told before the input is read")
    one_error_line(result, " ".join(option))
for path, code, what in ((GARBAGE, 65, "garbage"), (os.path.join(SAMPLES, "no-such-file"), 66, "no such file"),
                         (os.path.join(REBRAND, "below-a-file"), 66, "a path below a file")):
    result = run("inspect", path)
    checks.code(result, code, what)
    one_error_line(result, what)
    checks.that(not result.out, what + ": nothing on standard output")
checks.code(run("inspect", REBRAND, GARBAGE), 65, "65 before 0")
checks.code(run("inspect", "--claimed", "Luminys", REBRAND, GARBAGE), 65, "65 before 1")
checks.code(run("inspect", GARBAGE, os.path.join(SAMPLES, "no-such-file")), 66, "66 before 65")
with open("/dev/full", "wb") as full:
    result = run("inspect", REBRAND, stdout=full)
    checks.code(result, 73, "no room for the output")
    one_error_line(result, "no room for the output")
    checks.code(run("rules", "list", stdout=full), 73, "no room for rules list")
    checks.code(run("--version", stdout=full), 73, "no room for --version")

# --- several inputs, standard input, folders -------------------------------------------------------------

result = run("inspect", "--json", REBRAND)
checks.that(result.text().count("\n") > 10 and result.json()["schema"] == "underlabel.report/1", "--json of one input is indented")
result = run("inspect", "--json", REBRAND, UNKNOWN, sample("x264.mp4"))
lines = result.text().splitlines()
checks.equal([json.loads(line)["input"]["source"] for line in lines], [REBRAND, UNKNOWN, sample("x264.mp4")],
             "--json of several inputs: one document a line, in their order")
result = run("inspect", "--jsonl", REBRAND)
checks.equal(len(result.text().splitlines()), 1, "--jsonl of one input is one line")
result = run("inspect", "--json", REBRAND, GARBAGE, UNKNOWN)
checks.equal(len(result.text().splitlines()), 2, "a bad input does not stop the others")
for name in ("rebrand-dialogue.txt", "x264.mp4", "imkh-head.ps", "dvrip-export.h264"):
    by_name, by_pipe = run("inspect", "--json", sample(name)).json(), run("inspect", "--json", "-", stdin=read(sample(name))).json()
    checks.equal(by_pipe["input"]["source"], "standard input", f"{name} on standard input")
    checks.equal(by_pipe["input"]["sha256"], by_name["input"]["sha256"], f"{name} on standard input: its hash")
    checks.equal(by_pipe["answers"], by_name["answers"], f"{name} on standard input: the same answers")
checks.code(run("inspect", "-", stdin=b""), 65, "nothing on standard input")
with folder(a_dot_txt=read(REBRAND), sub__b_dot_mp4=read(sample("x264.mp4")), sub__c_dot_md="# notes\n", sub__deep__d_dot_sdp=read(sample("uniview.sdp"))) as top:
    os.symlink(top, os.path.join(top, "sub", "loop"))
    result = run("inspect", "--json", top)
    checks.code(result, 0, "a folder: a foreign file is no error")
    names = [os.path.relpath(json.loads(line)["input"]["source"], top) for line in result.text().splitlines()]
    checks.equal(names, ["a.txt", "sub/b.mp4", "sub/deep/d.sdp"], "a folder is walked in order, without its loops")
    checks.that("c.md" in result.errors(), "a folder: what was left out is told")
with folder(nothing_dot_bin=read(GARBAGE)) as top:
    checks.code(run("inspect", top), 65, "a folder with nothing to inspect")
with folder(note_dot_md="Exports of DHAV and IMKH recorders begin with these letters, DHAV and IMKH, and 00 00 01 fc follows.\n") as top:
    checks.code(run("inspect", os.path.join(top, "note.md")), 65, "prose that mentions magic words is no recording")

# --- what the options change --------------------------------------------------------------------------------

whole = run("inspect", "--json", REBRAND).json()
checks.equal(run("inspect", "--json", "--no-hash", REBRAND).json()["input"]["sha256"], None, "--no-hash")
bare = run("inspect", "--json", "--without", "rtsp", "--without", "sdp", REBRAND).json()
groups = [g["group"] for g in bare["answers"]["maker"]["groups"]]
checks.that("dialogue" not in groups and bare["answers"]["maker"]["log10_lr"] < whole["answers"]["maker"]["log10_lr"],
            "--without leaves layers out of the judgement", groups)
groups = [g["group"] for g in run("inspect", "--json", "--without", "dialogue", REBRAND).json()["answers"]["maker"]["groups"]]
checks.that("dialogue" not in groups, "--without takes a group", groups)
report = run("inspect", "--json", "--policy", "qc-mcn-2023", "--policy", "us-ndaa-889", REBRAND).json()
checks.equal([p["id"] for p in report["policies"]], ["qc-mcn-2023", "us-ndaa-889"], "each --policy is judged")
for member in ("schema", "tool", "input", "answers", "label", "authenticity", "policies", "streams", "observations", "warnings"):
    checks.that(member in report, f"report/1 has '{member}'")
checks.equal([o["n"] for o in whole["observations"]], list(range(1, len(whole["observations"]) + 1)), "observations are numbered")
for stream in whole["streams"]:
    for group in stream["answers"]["maker"]["groups"]:
        for evidence in group["evidence"]:
            checks.that(all(1 <= n <= len(whole["observations"]) for n in evidence["observations"]), "evidence points to observations")
for arguments in (["--json"], []):
    runs = {run("inspect", *arguments, "--claimed", "Luminys", REBRAND, sample("x264.mp4")).out for _ in range(3)}
    checks.equal(len(runs), 1, f"the same input gives the same bytes {arguments}")


# --- colours ----------------------------------------------------------------------------------------------------

def on_terminal(*arguments, env=None):
    """What the tool writes where standard output is a terminal."""
    controller, terminal = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    with subprocess.Popen([BIN, *arguments], stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.DEVNULL,
                          env={**environment, **(env or {})}) as process:
        os.close(terminal)
        out = b""
        while True:
            try:
                piece = os.read(controller, 65536)
            except OSError:
                break
            if not piece:
                break
            out += piece
        process.wait()
    os.close(controller)
    return out


checks.that(b"\033[" not in run("inspect", REBRAND).out, "no colours in a pipe")
checks.that(b"\033[" in on_terminal("inspect", REBRAND), "colours on a terminal")
checks.that(b"\033[" not in on_terminal("inspect", REBRAND, env={"NO_COLOR": "1"}), "NO_COLOR")
checks.that(b"\033[" not in on_terminal("inspect", "--no-color", REBRAND), "--no-color")
checks.that(b"\033[" not in on_terminal("inspect", "--json", REBRAND), "no colours in JSON")
hostile = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=\033[31mred\033[0m \007\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=tool:\033]0;title\007\r\n"
with folder(hostile_dot_sdp=hostile) as top:
    for arguments in ([], ["--json"]):
        result = run("inspect", *arguments, os.path.join(top, "hostile.sdp"))
        checks.that(b"\033" not in result.out and b"\007" not in result.out, f"control characters of the input do not come out {arguments}")

# --- credentials --------------------------------------------------------------------------------------------------

SECRETS = ("s3cr3tPass", "QWxhZGRpbjpzM2NyM3RQYXNz", "deadbeefcafef00ddeadbeefcafef00d")
DIALOGUE = """DESCRIBE rtsp://admin:s3cr3tPass@192.0.2.1:554/user=admin&password=s3cr3tPass&channel=1&stream=0.sdp? RTSP/1.0\r
CSeq: 1\r
Authorization: Basic QWxhZGRpbjpzM2NyM3RQYXNz\r
\r
DESCRIBE rtsp://192.0.2.1/live?user=admin&passwd=s3cr3tPass RTSP/1.0\r
CSeq: 2\r
Authorization: Digest username="admin", realm="x", nonce="1", uri="/", response="deadbeefcafef00ddeadbeefcafef00d"\r
\r
RTSP/1.0 200 OK\r
CSeq: 2\r
Content-Base: rtsp://admin:s3cr3tPass@192.0.2.1:554/user=admin_password=s3cr3tPass_channel=1_stream=0.sdp/\r
Content-Type: application/sdp\r
\r
v=0\r
o=- 1 1 IN IP4 192.0.2.1\r
s=Media Presentation\r
u=rtsp://admin:s3cr3tPass@192.0.2.1/\r
a=control:rtsp://admin:s3cr3tPass@192.0.2.1:554/live/?password=s3cr3tPass\r
t=0 0\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=control:rtsp://192.0.2.1/user=admin&password=s3cr3tPass&channel=1/trackID=1\r
"""


def has_secret(result):
    return [s for s in SECRETS + ("hunter2",) if s in result.text() + result.errors()]


with folder(d_dot_txt=DIALOGUE) as top:
    for arguments in ([], ["--json"], ["--claimed", "rtsp://admin:s3cr3tPass@192.0.2.1/", "--json"]):
        result = run("inspect", *arguments, os.path.join(top, "d.txt"))
        checks.code(result, (0, 1), f"a dialogue with logins {arguments}")
        checks.equal(has_secret(result), [], f"no login comes out {arguments}")
for arguments in ([], ["--json"]):
    checks.equal(has_secret(run("inspect", *arguments, sample("log-curl.txt"))), [], f"no login of a curl log comes out {arguments}")
for arguments in (["inspect", "rtsp://admin:s3cr3tPass@192.0.2.1/live"], ["inspect", "/nonexistent?user=admin&password=s3cr3tPass"],
                  ["inspect", "--policy", "rtsp://admin:s3cr3tPass@192.0.2.1/", REBRAND], ["rules", "show", "rtsp://a:s3cr3tPass@192.0.2.1/"],
                  ["rtsp://admin:s3cr3tPass@192.0.2.1/"]):
    result = run(*arguments)
    checks.that(result.code in (64, 66, 69), "a login in an argument: exit code", (arguments, result.code))
    checks.equal(has_secret(result), [], f"no login in a message: {arguments[0]} {arguments[1] if len(arguments) > 1 else ''}"[:40])

# --- rules, makers, policies, evaluate -----------------------------------------------------------------------------

result = run("rules", "list")
checks.code(result, 0, "rules list")
ids = [line.split()[0] for line in result.text().splitlines()[:-1]]
checks.that(len(ids) > 20 and len(ids) == len(set(ids)), "rules list: one line a rule", len(ids))
checks.equal(run("rules").out, result.out, "rules alone lists")
checks.that(ids[0] in run("rules", "show", ids[0]).text(), "rules show ID")
checks.code(run("rules", "show", "no.such.rule"), 66, "rules show of a rule that there is not")
result = run("rules", "test")
checks.code(result, 0, "rules test: every example holds")
checks.that("every example holds" in result.text(), "rules test says so", result.text())
result = run("makers")
checks.that(result.code == 0 and "dahua" in result.text() and "axis" in result.text(), "makers")
checks.code(run("makers", "Lorex"), 0, "makers of a brand")
checks.code(run("makers", "no such maker"), 66, "makers of a name that is not known")
result = run("policies")
policy_ids = [line.split()[0] for line in result.text().splitlines()]
checks.that({"us-ndaa-889", "qc-mcn-2023", "us-fcc-covered-list"} <= set(policy_ids), "policies", policy_ids)
for policy in policy_ids:
    result = run("policies", policy)
    checks.that(result.code == 0 and "source" in result.text(), f"policies {policy}: with its source")
checks.code(run("policies", "no-such-policy"), 66, "policies of an id that is not known")

ROWS = [
    {"id": "one", "file": "one.txt", "kind": "rtsp", "origin": "camera", "maker": "dahua", "maker_basis": "label", "stream": "live", "group": "a"},
    {"id": "two", "file": "two.txt", "kind": "rtsp", "origin": "software", "maker": None, "stream": "software", "group": "b"},
]
with folder(manifest_dot_jsonl="\n".join(map(json.dumps, ROWS)) + "\n", one_dot_txt=read(REBRAND), two_dot_txt=read(UNKNOWN),
            broken_dot_jsonl="{\n", empty_dot_jsonl='{"id": "x"}\n') as top:
    manifest = os.path.join(top, "manifest.jsonl")
    for arguments in ([], ["--verbose"], ["--without", "dialogue"], ["--leave-source-out"]):
        result = run("evaluate", *arguments, manifest)
        checks.code(result, 0, f"evaluate {arguments}")
    checks.that("wrongly named restricted makers: 0" in run("evaluate", manifest).text(), "evaluate counts restricted makers")
    checks.that("one " in run("evaluate", "--verbose", manifest).text(), "evaluate --verbose: a line a row")
    checks.code(run("evaluate", os.path.join(top, "broken.jsonl")), 65, "evaluate: a manifest that is no JSON")
    checks.code(run("evaluate", os.path.join(top, "empty.jsonl")), 65, "evaluate: a row without file")
    checks.code(run("evaluate", os.path.join(top, "none.jsonl")), 66, "evaluate: no such manifest")
    checks.code(run("evaluate", "--without", "no-such-layer", manifest), 64, "evaluate --without no-such-layer")
    result = run("rules", "count", manifest)
    checks.that(result.code == 0 and len(result.text().splitlines()) == len(ids), "rules count: a line a rule")
    result = run("rules", "list", "--fires", manifest)
    checks.that(result.code == 0 and "own: one" in result.text(), "rules list --fires names the rows")

# --- a site's own knowledge -----------------------------------------------------------------------------------------

with folder(k__makers_dot_yaml="schema: 1\nkind: makers\nmakers: [\n") as top:
    for command in (["inspect", REBRAND], ["rules"], ["makers"], ["policies"]):
        result = run(*command[:1], "--knowledge", os.path.join(top, "k"), *command[1:])
        checks.code(result, 65, f"{command[0]} with knowledge that is no YAML")
        one_error_line(result, f"{command[0]} with knowledge that is no YAML")
        checks.that("makers.yaml" in result.errors(), "the message names the file", result.errors())
    checks.code(run("rules", "--knowledge", os.path.join(top, "nowhere")), 66, "knowledge that is not there")
checks.done()
