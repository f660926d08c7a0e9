#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""underlabel verify on streams that were signed and tampered with in every way that a shape can say
(scripts/lib/signshape.py): strip, verdict and key are those told from what was done (scripts/lib/signexpect.py)."""
import itertools
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter

from ulcli import FULL, Checks, run
try:
    import signexpect
    import signshape
    from signedvideo import AXIS, FORMATS, LEGACY, ONVIF
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)

SEED = 20240501
RANDOM_SHAPES = 2000 if FULL else 400
AT_ONCE = 200
MOST_SHOWN = 60

# Whole, dropped, altered, twice, swapped, foreign; SEIs; groups; cuts at the head and the tail; two recordings.
TAMPERED = """
IPPPSIPPPSIPPPS       IPPPSIP-PPSIPPPS      IPPPSIPP-P-SIPPPS     IPPPSIPPP-SIPPPS      IPPPSIP~PPSIPPPS      IPPPSIPPP~SIPPPS
IPPPSIP~P~P~SIPPPS    IPPPSIP+PPSIPPPS      IPPPSIPPP+SIPPPS      IPPPSIP^PPSIPPPS      IPPPSIPP^PSIPPPS      IPPPSIP!PPSIPPPS
IPPPSIPPP!SIPPPS      IPPPSI-PPPSIPPPS      IPPPSI~PPPSIPPPS      IPPPSI+PPPSIPPPS      IPPPSI!PPPSIPPPS      IPPPSI^PPPSIPPPS
IPPPSI~P~P+P-SIPPPS   IPPPSIP-P~PSIPPPS     IPPPSIP-P-P-SIPPPS    IPPPSI-P-P-P-SIPPPS   I~PPPSIPPPSIPPPS      IPPPSIPPPSI~PPPS
IPPPS-IPPPSIPPPS      IPPPSIPPPS-IPPPS      IPPPSIPPPSIPPPS-      IPPPS-IPPPS-IPPPS     IPPPS-IPPPS-IPPPS-    IPPPS-IP~PPS-IPPPS
IPPPS~IPPPSIPPPS      IPPPSIPPPS~IPPPS      IPPPSIPPPSIPPPS~      IPPPS~IPPPS~IPPPS~    IPPPSIPPPS+IPPPS      IPPPSIPPPSIPPPS+
IPPPSIPPPS!IPPPS      IPPPSIPPPSIPPPS!      IPPPSIPPPSIPP!PS+     IPPPS(IPPPS)-IPPPS    IPPPS(IPPPSIPPPS)-IPPPS  IPPPSIPPPS(IPPPS)-
IPPPS(IPPPS)+IPPPS    IPPPSIPPPS(IPPPS)+    (IPPPS)+IPPPSIPPPS    IPPPS(IPPPS)^(IPPPS)IPPPS   IPPPS(IPPPSIPPPS)+IPPPS
(HIPPPS)-IPPPSIPPPS   (HIPPPSIPPPS)-IPPPS   (HIP)-PPSIPPPSIPPPS   (HI)-PPPSIPPPSIPPPS   (HIPPPSIPP)-PSIPPPS   (HIPPP)-SIPPPSIPPPS
IPPPSIPPPSIPPP        IPPPSIPPPSIPP(PS)-    IPPPSIPPPSI(PPPS)-    IPPPSIPPPSIP~PP       IPPP                  IPPPSIPPPSIPPPSI
IPPPSIPPPS|HIPPPSIPPPS    IPPPSIPPPS||HIPPPSIPPPS   IPPPS(IPPPS|)-HIPPPSIPPPS   IPPPSIPPPS(|HIPPPS)-IPPPS   (IPPPS|)-HIPPPSIPPPS
XIPiPpSXIPxPiSXIPPS   XIPp-PSXIPPS          XIPp~PSXIPPS          XIi~PpPSXIPPS         XIi-PpPSXIPPS         XIPP^pPSXIPPS
IPPPSX-IPPPSIPPPS     IPPPSX~IPPPSIPPPS     IPPPSX+IPPPSIPPPS     IPPPSX!IPPPSIPPPS     IPPPSIPx!PPSIPPPS     IS                    IPS
""".split()
PARTIAL = """
IPPSPPSIPPSPPS        IPPSPP-SIPPSPPS       IPPSPP~SIPPSPPS       IPPSP+PSIPPSPPS       IPPSPPSI-PPSPPSIPPS   IPPSPPSI~PPSPPSIPPS
IPPSPPS-IPPSPPS       IPPSPPS~IPPSPPS       IPPSPP-S-IPPSPPS      IPPSPPSIPPS(PPS)-IPPS IPPS(PPS)-PPSIPPS     IPPSPPSIPP(SPPS)-
(IPPS)-PPSIPPS        IPPS(PPS)+PPSIPPS     IPPS-PPSIPPSPPS       IPPSPPSIPPS-PPS
""".split()
# Other ways to sign, each with a few shapes of its own.
FEW = "IPPPPSIPPPPSIPPPPS IPPPPSIPP~PPSIPPPPS IPPPPSIPP-PPSIPPPPS IPPPPSIPPPPS~IPPPPS IPPPPSIPPPPS-IPPPPS (HIPPPPS)-IPPPPSIPPPPS IPPPPSIPPPPSIPPP IPPPPS(IPPPPS)-IPPPPS IPPPPS(IPPPPS)+IPPPPS".split()
OTHERS = [{"late": 1}, {"late": 3}, {"sei": "raw"}, {"sei": "escaped-hashed"}, {"key": "rsa"}, {"hash": "sha384"}, {"hash": "sha512"},
          {"key": "rsa", "hash": "sha512"}, {"timestamps": False}, {"old_general": True}, {"little_endian": True}, {"golden": True},
          {"cert_sei": "signed"}, {"cert_sei": "hashed"}, {"chain": "none"}, {"chain": "wrong"}, {"chain": "expired"},
          {"first_counter": 0xfffffffe}, {"sei": "raw", "late": 2}, {"first_counter": 0x100}]
checks = Checks()


def means(form, of):
    """Is the option anything to this format?"""
    only = {"little_endian": ONVIF, "cert_sei": ONVIF, "golden": AXIS}
    return all(form == only.get(name, form) for name in of) and not (form == ONVIF and "timestamps" in of) and not (
        form == LEGACY and ("hash" in of or "old_general" in of)) and not (form != ONVIF and of.get("chain") in ("wrong", "expired"))


def complete(shape, form, codec):
    """Parameter sets before each recording, `H` where its head is part of a cut; legacy begins with an S."""
    sets, first = "X" * (2 if codec == "h264" else 3), "S" if form == LEGACY else ""
    head, *rest = shape.split("H", 1) if "|" not in shape else ["", shape]
    if "|" in shape:
        return sets + first + shape.replace("H", first)
    return sets + head + first + rest[0] if rest else sets + first + shape


def random_shape(pick):
    """Groups of any length, one tampering in most of them; none of the key picture behind a group whose SEI is gone,
    since nobody can tell what lies between."""
    out = []
    for _ in range(pick.randint(2, 5)):
        of = ["I"] + ["p" if pick.random() < 0.2 else "P" for _ in range(pick.randint(1, 7))] + ["S"]
        if pick.random() < 0.7:
            i = pick.randrange(1 if out and out[-1].endswith("S-") else 0, len(of))
            mark = pick.choice("-~+!^" if i < len(of) - 2 else "-~+!")
            of[i] += mark
        out.append(("X" if pick.random() < 0.3 else "") + "".join(of))
    return "".join(out)


def every():
    """(shape, options) of all that is tried."""
    for form, codec, level in itertools.product(FORMATS, ("h264", "h265"), ("frame", "gop")):
        of = {"format": form, "codec": codec, "level": level}
        for shape in TAMPERED + (PARTIAL if form != LEGACY else []):
            yield complete(shape, form, codec), of
    for form, of in itertools.product(FORMATS, OTHERS):
        for n, shape in enumerate(FEW if means(form, of) else ()):
            codec, level = ("h264", "h265")[n % 2], ("frame", "gop")[n // 2 % 2]
            yield complete(shape, form, codec), {"format": form, "codec": codec, "level": level, **of}
    pick = random.Random(SEED)
    for n in range(RANDOM_SHAPES):
        form, codec, level = pick.choice(FORMATS), pick.choice(("h264", "h265")), pick.choice(("frame", "frame", "gop"))
        late = pick.choice((0, 0, 0, 1)) if form != LEGACY else 0
        yield complete(random_shape(pick), form, codec), {"format": form, "codec": codec, "level": level, "seed": n, "late": late}


def words(of):
    return " ".join(v if k in ("format", "codec", "level") else f"{k}={v}" for k, v in of.items())


def verify(files, trust):
    """A report for each file."""
    result = run("verify", "--strip", "--json", "--no-builtin-trust", "--trust", trust, *files, timeout=120)
    checks.code(result, (0, 3), "exit code")
    lines = result.text().splitlines()
    return [json.loads(line) for line in lines] if len(lines) == len(files) else None


if run("verify", "--help").code == 64:
    print("FAILED: this underlabel has no command verify")
    print("0 passed, 1 failed")
    sys.exit(1)
started, wrong, kinds = time.monotonic(), 0, Counter()
with tempfile.TemporaryDirectory(prefix="underlabel-test-") as top:
    trust, cases = os.path.join(top, "root.pem"), []
    for shape, of in every():
        stream = signshape.Stream(shape, signshape.Options(**of))
        path = os.path.join(top, f"{len(cases)}.{of['codec']}")
        with open(path, "wb") as f:
            f.write(stream.data())
        cases.append((shape, of, signexpect.expect(stream), path))
    with open(trust, "wb") as f:
        f.write(stream.recordings[0].signer.root_pem)
    for at in range(0, len(cases), AT_ONCE):
        some = cases[at:at + AT_ONCE]
        reports = verify([path for *_, path in some], trust)
        if not checks.that(reports is not None, f"one line a file, files {at} to {at + len(some)}"):
            continue
        for (shape, of, expected, _), report in zip(some, reports):
            a = report["authenticity"]
            got = f"{a.get('strip')} {a['verdict']} {a['key']}"
            # Of many things done at once, and without a key, the verdict is what can be told for sure.
            good = (a["verdict"] in expected.verdicts if "seed" in of or of.get("chain") == "none" else expected.fits(a.get("strip"), a["verdict"]))
            good = good and a["key"] == ("absent" if a["verdict"] == "unsigned" else expected.key or a["key"])
            kinds[a["verdict"]] += 1
            wrong += not good
            if good or wrong > MOST_SHOWN:
                checks.passed, checks.failed = checks.passed + good, checks.failed + (not good)
                continue
            checks.that(good, f"{words(of)} {shape}", f"\n  got    {got}\n  wanted {expected.words()} {'|'.join(expected.verdicts)} {expected.key}")
checks.that(all(kinds[v] > 10 for v in ("ok", "ok-with-missing", "not-ok", "present")), "every verdict is met", dict(kinds))
print(f"{len(cases)} shapes in {time.monotonic() - started:.0f} s: " + ", ".join(f"{n} {v}" for v, n in kinds.most_common()))
checks.done()
