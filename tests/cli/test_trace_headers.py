#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every parameter set of the corpus, element by element, against ffmpeg's trace_headers.

The captures' base64 parameter sets and those found in the recordings are given
to dump_params and to ffmpeg; bit position, name and value of every syntax element
must agree wherever ffmpeg reads the set.  What ffmpeg refuses is listed.
"""
import base64
import binascii
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("UL_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("UL_BUILD_DIR", SOURCE / "build"))
CORPUS = SOURCE.parent / "shared" / "corpus"
DUMP = pathlib.Path(os.environ.get("UL_DUMP_PARAMS", BUILD / "tests" / "dump_params"))
FFMPEG = shutil.which("ffmpeg")

START = b"\0\0\0\1"
# A PPS or VPS to go with a set that came without one: ffmpeg looks at complete ones only.
FILL_PPS = bytes.fromhex("68ce3c80")
FILL_VPS = bytes.fromhex("40010c01ffff016000000300000300000300000300ba95c090")
FILL_PPS_265 = bytes.fromhex("4401c172b46240")
SECTIONS = {"Sequence Parameter Set": "SPS", "Picture Parameter Set": "PPS", "Video Parameter Set": "VPS"}
OTHER_NAMES = {"gaps_in_frame_num_allowed_flag": "gaps_in_frame_num_value_allowed_flag"}
# dump_params reads these bits of a profile in one go, ffmpeg by what each profile calls them.
PROFILE_BITS = re.compile(r"general_(reserved_zero_\d+bits|inbld_flag)$|sub_layer_profile_bits_\d+\[\d\]$")


def codec_of(nal):
    is265 = len(nal) > 2 and (nal[0] >> 1) & 63 in (32, 33, 34) and nal[0] & 0x81 == 0 and nal[1] == 1
    return "h265" if is265 else "h264"


def kind_of(codec, nal):
    types = {7: "SPS", 8: "PPS"} if codec == "h264" else {32: "VPS", 33: "SPS", 34: "PPS"}
    return types.get(nal[0] & 31 if codec == "h264" else (nal[0] >> 1) & 63)


def decode(text):
    text = text.strip().rstrip("=")
    try:
        nal = base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return re.sub(rb"^\x00\x00\x00?\x01", b"", nal).rstrip(b"\0")


def sets_of_capture(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    found = []
    for value in re.findall(r"sprop-parameter-sets=([^;\s\"]+)", text):
        found += value.split(",")
    found += re.findall(r"(?:sprop-(?:vps|sps|pps)|^(?:vps|sps|pps))=([A-Za-z0-9+/=]+)", text, re.M)
    return [n for n in map(decode, found) if len(n) > 2]


def run(args, data):
    return subprocess.run(args, input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False).stdout


def ours(codec, data):
    """[(kind, nal, [(bit, name, value)], error or None)]"""
    units = []
    for line in run([str(DUMP), codec], data).decode().splitlines():
        word, _, rest = line.partition(" ")
        if word == "unit":
            kind, _, hexa = rest.partition(" ")
            units.append([kind, bytes.fromhex(hexa), [], None])
        elif word == "end":
            units[-1][3] = None if rest == "ok" else rest
        else:
            name, _, value = rest.rpartition(" ")
            units[-1][2].append((int(word), name, int(value)))
    return units


def sets_of_recording(path):
    data = path.read_bytes()
    if data[:4] != START and data[:3] != START[1:]:
        codec = run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name", "-of",
                     "csv=p=0", str(path)], b"").decode(errors="replace").split(",")[0].split("\n")[0].strip()
        if codec not in ("h264", "hevc"):
            return []
        form = codec
        codec = "h264" if codec == "h264" else "h265"
        data = subprocess.run([FFMPEG, "-nostdin", "-v", "quiet", "-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", form, "-"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False).stdout
        return [nal for kind, nal, _, _ in ours(codec, data) if kind in ("VPS", "SPS", "PPS")]
    best = []
    for codec in ("h264", "h265"):
        good = [nal for kind, nal, _, error in ours(codec, data) if kind in ("VPS", "SPS", "PPS") and codec_of(nal) == codec and not error]
        best = max(best, good, key=len)
    return best


def theirs(codec, data):
    """{kind: ([(bit, name, value)], refusal or None)} of the first unit of each kind"""
    text = run([FFMPEG, "-hide_banner", "-loglevel", "trace", "-f", "h264" if codec == "h264" else "hevc", "-i", "pipe:", "-c", "copy",
                "-bsf:v", "trace_headers", "-f", "null", "-"], data).decode(errors="replace")
    units, kind, done = {}, None, False
    for line in text.splitlines():
        m = re.match(r"\[trace_headers @ [^]]*\] (.*)", line)
        if not m or done:
            continue
        body = m.group(1).strip()
        element = re.match(r"(\d+)\s+(\S+)\s+[01]*\s*= (-?\d+)$", body)
        if element and kind:
            units[kind][0].append((int(element.group(1)), element.group(2), int(element.group(3))))
        elif body in SECTIONS:
            kind = SECTIONS[body] if SECTIONS[body] not in units else None
            if kind:
                units[kind] = ([], None)
        elif re.search(r"Invalid|Failed|out of range|overflow|not available|unsupported|Illegal", body, re.I):
            if kind:
                units[kind] = (units[kind][0], body)
        elif body.startswith("Packet"):
            done = True
    return units


def compare(own, other):
    mine = {}
    for bit, name, value in own:
        mine[bit] = (name, value)
    bits = [b for b, (name, _) in mine.items() if PROFILE_BITS.search(name)]
    faults = []
    theirs_at = set()
    for bit, name, value in other:
        name = OTHER_NAMES.get(name, name)
        if name == "reserved_zero_2bits" and bit in mine:
            name = mine[bit][0] if mine[bit][0].startswith(name + "[") else name
        if name.startswith("rbsp_") or re.match(r"(sps|pps|vps)_extension_data", name) or name == "extension_data":
            continue
        theirs_at.add(bit)
        if any(b <= bit < b + 43 + 45 for b in bits) and mine.get(bit) != (name, value) and re.match(r"(general|sub_layer)_", name):
            continue
        if mine.get(bit) != (name, value):
            faults.append(f"bit {bit}: ffmpeg {name} {value}, here {mine.get(bit)}")
    for bit, (name, value) in mine.items():
        if bit not in theirs_at and not PROFILE_BITS.search(name):
            faults.append(f"bit {bit}: here {name} {value}, not read by ffmpeg")
    return faults


def element(codec, nal, name):
    return next((v for _, _, own, _ in ours(codec, START + nal) for _, n, v in own if n == name), None)


def names_sps(codec, pps, sps):
    prefixes = ("", "") if codec == "h264" else ("pps_", "sps_")
    return element(codec, pps, prefixes[0] + "seq_parameter_set_id") == element(codec, sps, prefixes[1] + "seq_parameter_set_id")


def combinations(sets):
    by = {}
    for nal in sets:
        by.setdefault((codec_of(nal), kind_of(codec_of(nal), nal)), []).append(nal)
    for codec in ("h264", "h265"):
        fill_pps = FILL_PPS if codec == "h264" else FILL_PPS_265
        for sps in dict.fromkeys(by.get((codec, "SPS"), [])):
            own_pps = [p for p in dict.fromkeys(by.get((codec, "PPS"), [])) if names_sps(codec, p, sps)]
            for pps in own_pps or [fill_pps]:
                if codec == "h264":
                    yield codec, (sps, pps)
                for vps in dict.fromkeys(by.get((codec, "VPS"), [FILL_VPS])) if codec == "h265" else ():
                    yield codec, (vps, sps, pps)


def main():
    if not CORPUS.is_dir():
        print("skipped: no ../shared/corpus")
        return 77
    if not FFMPEG or not DUMP.exists():
        print("skipped: no ffmpeg" if not FFMPEG else "skipped: no dump_params")
        return 77
    sources = [(p, sets_of_capture(p)) for p in sorted((CORPUS / "captures").glob("*.txt"))]
    sources += [(p, sets_of_recording(p)) for d in ("recordings", "signed") for p in sorted((CORPUS / d).iterdir()) if p.suffix != ".pem"]
    seen, agreed, elements, refused, failed = {}, 0, 0, [], 0
    for path, sets in sources:
        for codec, units in combinations(sets):
            if units in seen:
                continue
            seen[units] = path.name
            data = b"".join(START + n for n in units)
            other = theirs(codec, data)
            for kind, nal, own, error in ours(codec, data):
                if (kind, nal) in seen and kind != "PPS":
                    continue
                seen[(kind, nal)] = path.name
                got, refusal = other.get(kind, ([], "not reached"))
                if refusal:
                    refused.append(f"{path.name} {codec} {kind} {nal.hex()[:40]}: {refusal}" + (f" (here: {error})" if error else ""))
                    continue
                faults = ([f"not read here: {error}"] if error else []) + compare(own, got)
                if faults:
                    failed += 1
                    print(f"FAILED {path.name} {codec} {kind} {nal.hex()}")
                    print("  " + "\n  ".join(faults[:8]))
                else:
                    agreed += 1
                    elements += len(got)
    print("\n".join(refused))
    print(f"{agreed} parameter sets with {elements} elements agree, {len(refused)} refused by ffmpeg")
    print(f"{agreed} passed, {failed} failed")
    return 1 if failed or not agreed else 0


sys.exit(main())
