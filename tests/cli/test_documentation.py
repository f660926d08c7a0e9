#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every command and option stands in the manual page and in both completions, and nothing else does."""
import os
import re
import shutil
import subprocess

from ulcli import BIN, SOURCE, Checks, run

COMMANDS = ("inspect", "verify", "bundle", "bundle verify", "bundle custody", "compare", "rules", "makers", "policies", "enroll", "profile", "references", "evaluate")
checks = Checks()


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as f:
        return f.read()


def between(text, start, end, what):
    m = re.search(start + r"(.*?)" + end, text, re.S)
    checks.that(m, what + " has its part")
    return m.group(1) if m else ""


def options(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text))


def plain(roff):
    return re.sub(r"\\f.", "", roff).replace(r"\-", "-")


manual, bash, zsh = read("doc", "underlabel.1"), read("doc", "completion", "underlabel.bash"), read("doc", "completion", "_underlabel")
known = {"help", "version"}
for command in COMMANDS:
    printed = run(*command.split(), "--help").text()
    wanted = options(printed.split("Application Options:")[-1]) | {"help"}
    known |= wanted
    section = plain(between(manual, rf"\n\.SS {command}\n", r"\n\.S[SH] ", f"the manual page on {command}"))
    # A paragraph tag names the option; running text may name those of other commands.
    tags = options("\n".join(line for line in section.splitlines() if line.startswith("-"))) | {"help"}
    checks.equal(sorted(tags), sorted(wanted), f"options of {command} in the manual page")
    checks.equal(sorted(options(between(bash, rf"{command.replace(' ', '_')}=\"", r"\"", f"the bash completion of {command}"))), sorted(wanted),
                 f"options of {command} in the bash completion")
    part = between(zsh, rf"\n    {command.replace(' ', '-')}\)", r";;", f"the zsh completion of {command}")
    checks.equal(sorted(options(part) | {"knowledge", "help"} & wanted), sorted(wanted), f"options of {command} in the zsh completion")
for name, text in (("manual page", plain(manual)), ("bash completion", bash), ("zsh completion", zsh)):
    checks.equal(sorted(options(text) - known), [], f"options in the {name} that there are not")

codes = [int(c) for c in re.findall(r"^\.B (\d+)$", between(manual, r"\n\.SH \"EXIT STATUS\"\n", r"\n\.SH ", "EXIT STATUS"), re.M)]
checks.equal(codes, [0, 1, 2, 3, 64, 65, 66, 69, 70, 73], "exit codes in the manual page")
version = run("--version").text().split()[1].rstrip(",")
checks.that(f'"underlabel {version}"' in manual, "the manual page's version", version)

layers = set("rtsp sdp nal params sei shape rtp container tls signature dialogue bitstream packets".split())
for layer in sorted(layers):
    checks.equal(run("inspect", "--without", layer, os.devnull).code in (65, 66), True, f"--without {layer}")
    for name, text in (("manual page", manual), ("bash completion", bash), ("zsh completion", zsh)):
        checks.that(re.search(rf"\b{layer}\b", text), f"layer {layer} in the {name}")

if shutil.which("groff"):
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", os.path.join(SOURCE, "doc", "underlabel.1")],
                          capture_output=True, text=True, check=False)
    checks.equal(done.stderr, "", "groff has nothing to say on the manual page")
else:
    checks.skip("manual page through groff (not installed)")
if shutil.which("zsh"):
    checks.equal(subprocess.run(["zsh", "-n", os.path.join(SOURCE, "doc", "completion", "_underlabel")], check=False).returncode, 0, "zsh reads its completion")
else:
    checks.skip("zsh completion through zsh (not installed)")


def complete(*words):
    """What bash offers after these words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _underlabel; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", os.path.join(SOURCE, "doc", "completion", "underlabel.bash"), BIN, *words],
                          capture_output=True, text=True, check=False)
    checks.equal(done.stderr, "", f"bash completion after {words}")
    return set(done.stdout.split())


checks.equal(complete("in"), {"inspect"}, "bash completes a command")
checks.that("--claimed" in complete("inspect", "--c"), "bash completes an option")
checks.that({"us-ndaa-889", "qc-mcn-2023"} <= complete("inspect", "--policy", ""), "bash completes policies")
checks.that("us-ndaa-889" in complete("inspect", "--policy", "=", "us-n"), "bash completes policies after '='")
checks.that(layers == complete("inspect", "--without", ""), "bash completes layers")
checks.equal(complete("rules", "s"), {"show"}, "bash completes a verb")
checks.equal(complete("bundle", "v"), {"verify"}, "bash completes a verb of bundle")
checks.that("--tsa-trust" in complete("bundle", "verify", "--t"), "bash completes an option of a verb")
checks.that("dahua" in complete("makers", "da"), "bash completes makers")
checks.done()
