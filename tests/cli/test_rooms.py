#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The house stands as DESIGN says: includes go one way, foreign libraries stay in their room, no
banned call, no maker's name where knowledge is data, a licence line in every file."""
import os
import re

from ulcli import SOURCE, Checks

EXTRACTORS = {"bitstream", "rtsp", "rtp", "container"}
BELOW = {"base", "evidence"}
# room -> the rooms whose headers it may include, its own apart
MAY_INCLUDE = {
    "base": set(),
    "evidence": {"base"},
    "bitstream": BELOW | EXTRACTORS,
    "rtsp": BELOW | EXTRACTORS,
    "rtp": BELOW | EXTRACTORS,
    "container": BELOW | EXTRACTORS,
    "signing": BELOW | EXTRACTORS | {"public"},
    "examiner": BELOW | EXTRACTORS | {"signing", "public"},
    "knowledge": BELOW | {"public"},
    "verdict": BELOW | {"knowledge", "public"},
    # "bitstream": to take the bytes of a page apart
    "report": BELOW | {"bitstream", "knowledge", "verdict", "examiner", "signing", "public"},
    "source": BELOW | EXTRACTORS | {"examiner", "signing", "bundle", "public"},
    "bundle": {"base", "public"},
    "cli": BELOW | EXTRACTORS | {"examiner", "signing", "knowledge", "verdict", "report", "source", "bundle", "public"},
    "plugins": {"public"},
    "public": set(),
}
# library -> where its headers may be included
LIBRARIES = {
    r"libav\w+/|libsw\w+/": r"src/source/ffmpeg\.h$",
    r"gst/": r"(src/source/(live|packets)\w*\.[ch]|plugins/.*\.[ch])$",
    r"pcap": r"src/source/packets\.c$",
    r"curl/": r"src/(source/onvif|bundle/timestamp)\.c$",
    r"libxml/": r"src/source/onvif\.c$",
    r"archive": r"src/bundle/zip\.c$",
    r"openssl/": r"src/(signing/|bundle/|report/|source/input\.c|knowledge/)",
}
BANNED = "strcpy strcat sprintf vsprintf gets atoi atol sscanf strtok alloca system popen".split()
MAKERS = r"\b(dahua|hikvision|uniview|reolink|xiongmai|vivotek|hanwha|tp-?link|foscam|amcrest|lorex|luminys)\b"
NO_MAKERS_IN = r"src/(bitstream/|rtsp/|rtp/|verdict/|examiner)"
CODE = (".c", ".h", ".def", ".sh", ".py", ".yaml", ".yml", ".cmake", ".bash")
MAX_LINES = 1500

checks = Checks()


def files(*tops):
    for top in tops:
        for folder, _, names in os.walk(os.path.join(SOURCE, top)):
            for name in sorted(names):
                yield os.path.relpath(os.path.join(folder, name), SOURCE)


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def without_comments(text):
    blank = lambda m: re.sub(r"[^\n]", " ", m.group()) if m.group().startswith("/") else m.group()
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def without_strings(code):
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', code)


def room_of(path):
    parts = path.split("/")
    if parts[0] == "plugins":
        return "plugins"
    if len(parts) > 2:
        return parts[1]
    return "public" if parts[1].startswith("underlabel") else parts[1].split(".")[0]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_includes(path, code):
    room = room_of(path)
    checks.that(room in MAY_INCLUDE, f"{path}: room '{room}' is not in DESIGN's list")
    for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', code, re.M):
        target = m.group(1)
        where = f"{path}:{line_of(code, m.start())}"
        if "/" not in target and not os.path.exists(os.path.join(SOURCE, "src", target)):
            continue  # beside it, or generated
        other = room_of("src/" + target)
        checks.that(other == room or other in MAY_INCLUDE.get(room, ()), f"{where}: {room} must not include {target}")
    for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*<([^>]+)>', code, re.M):
        for library, allowed in LIBRARIES.items():
            if re.match(library, m.group(1)):
                checks.that(re.match(allowed, path), f"{path}:{line_of(code, m.start())}: <{m.group(1)}> has no place here")


def check_calls(path, code):
    for m in re.finditer(r"(?<![\w>.])(" + "|".join(BANNED) + r")\s*\(", without_strings(code)):
        checks.that(False, f"{path}: banned function", m.group(1))


def check_makers(path, code):
    if re.match(NO_MAKERS_IN, path) and path.endswith((".c", ".h")):
        m = re.search(MAKERS, code, re.I)
        checks.that(not m, f"{path}: a maker's name", m and f"line {line_of(code, m.start())}: {m.group()}")


def check_licence(path, text):
    lines = text.split("\n")
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    checks.that("SPDX-License-Identifier: LGPL-2.1-or-later" in first, f"{path}: no licence in its first line")


for name in files("src", "plugins"):
    if name.endswith((".c", ".h")):
        content = read(name)
        stripped = without_comments(content)
        check_includes(name, stripped)
        check_calls(name, stripped)
        check_makers(name, stripped)
        checks.that(content.count("\n") <= MAX_LINES, f"{name}: longer than {MAX_LINES} lines")
for name in files("src", "plugins", "tests", "scripts", "cmake", ".ci", "doc"):
    if "/corpus/" in name or "/golden/" in name or "__pycache__" in name:
        continue
    if name.endswith(CODE) or os.path.basename(name) == "CMakeLists.txt" or read(name).startswith("#!"):
        check_licence(name, read(name))
check_licence("CMakeLists.txt", read("CMakeLists.txt"))
checks.done()
