#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Seals of evidence bundles: whatever is altered in one is found, and named; stock tools agree; hostile ZIP files are refused."""
import collections
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import tempfile
import zipfile

from ulcli import BIN, Checks, run

from tsa import Authority  # scripts/lib

MAKE = os.path.join(os.environ.get("UL_BUILD_DIR") or os.path.dirname(os.path.dirname(BIN)), "tests", "make_bundle")
SUMS = {"SHA256SUMS": "sha256", "SHA512SUMS": "sha512"}
GIVEN = ("report.json", "evidence/0001.bin", "evidence/0002.bin", "evidence/empty.bin")
SIGNED, HEAD_SIGNED, STAMP = "manifest.json.p7s", "custody-head.json.p7s", "manifest.json.p7s.tsr"
checks = Checks()
table = collections.defaultdict(lambda: [0, 0, 0])  # kind -> alterations, found, named
work = tempfile.TemporaryDirectory()


def at(*names):
    return os.path.join(work.name, *names)


def openssl(*arguments, folder=None, good=True):
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False, cwd=folder)
    if good and done.returncode:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done


# --- keys -----------------------------------------------------------------------------------

KINDS = {"rsa": ("-newkey", "rsa:2048"), "ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "ed25519": ("-newkey", "ed25519")}
CA_CONFIG = """[ca]
default_ca = own
[own]
database = {0}/index
serial = {0}/ca-serial
new_certs_dir = {0}
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def make_ca():
    openssl("req", "-x509", *KINDS["ec"], "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=Test root", "-days", "3650")
    for name, text in (("index", ""), ("ca-serial", "01\n"), ("ca.cnf", CA_CONFIG.format(work.name))):
        with open(at(name), "w", encoding="ascii") as f:
            f.write(text)


def make_key(name, kind="ec", dates=("20200101000000Z", "20450101000000Z"), usage="digitalSignature"):
    """NAME.key and NAME.pem (with the root behind it), of the test's root."""
    openssl("req", "-new", *KINDS[kind], "-nodes", "-keyout", at(name + ".key"), "-out", at(name + ".csr"), "-subj", f"/CN=Signer {name}")
    with open(at("ext.cnf"), "w", encoding="ascii") as f:
        f.write(f"basicConstraints=CA:FALSE\nkeyUsage=critical,{usage}\n")
    openssl("ca", "-batch", "-config", at("ca.cnf"), "-cert", at("ca.pem"), "-keyfile", at("ca.key"), "-in", at(name + ".csr"), "-out", at(name + ".leaf"),
            "-startdate", dates[0], "-enddate", dates[1], "-extfile", at("ext.cnf"), "-notext")
    with open(at(name + ".pem"), "wb") as out:
        for part in (name + ".leaf", "ca.pem"):
            with open(at(part), "rb") as f:
                out.write(f.read())


def seal_with(name):
    return ["--key", at(name + ".key"), "--cert", at(name + ".pem")]


# --- bundles -----------------------------------------------------------------------------------

def make(name, *options, text=b"made of this", env=None):
    """A bundle; its path, and the tool's result."""
    with open(at("input.bin"), "wb") as f:
        f.write(bytes(range(256)) * 16)
    contents = dict(zip(GIVEN, (json.dumps({"schema": "x", "text": text.decode()}).encode(), text * 400, bytes(reversed(range(256))) * 8, b"")))
    members = []
    for i, (member, content) in enumerate(contents.items()):
        with open(at(f"member{i}"), "wb") as f:
            f.write(content)
        members.append(f"{member}={at(f'member{i}')}")
    done = subprocess.run([MAKE, "-o", at(name), "--input", at("input.bin"), "--note", "examined=by rules", *options, *members], capture_output=True,
                          check=False, env={**os.environ, **(env or {})})
    return at(name), done


def good(name, *options, **how):
    path, done = make(name, *options, **how)
    checks.equal((done.returncode, done.stderr), (0, b""), f"{name} is made")
    return path


def unpack(path):
    with zipfile.ZipFile(path) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


def pack(members, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members.items():
            z.writestr(zipfile.ZipInfo(name), content)
    return path


def with_sums(members):
    """As somebody makes them anew who alters more than one thing."""
    rest = {name: content for name, content in members.items() if name not in SUMS}
    for name, kind in SUMS.items():
        rest[name] = "".join(f"{hashlib.new(kind, content).hexdigest()}  {member}\n" for member, content in rest.items() if member not in SUMS).encode()
    return rest


def verify(path, *options):
    result = run("bundle", "verify", path, "--json", *options)
    return result, (result.json() if result.out.startswith(b"{") else None)


def altered(kind, what, members, named, *options, wanted=None):
    """It is found, one of its faults is of `named` (a member, or some), and of the kind `wanted`."""
    result, v = verify(pack(members, at("altered.zip")), *options)
    names = (named,) if isinstance(named, str) else named
    faults = v["faults"] if v else []
    found = result.code == 3 and bool(faults)
    about = [f for f in faults if any(n in (f["member"], f.get("renamed_from")) for n in names)]
    told = bool(about) and (not wanted or any(f["kind"] == wanted for f in about))
    row = table[kind]
    row[0] += 1
    row[1] += found
    row[2] += found and told
    checks.that(found and told, f"{kind}: {what}", f"code {result.code}, {result.errors()[:200]}{json.dumps(faults)[:600]}, wanted {wanted} of {names}")
    return faults


def flip(content, bit):
    out = bytearray(content)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def bits_of(content, n):
    total = len(content) * 8
    return sorted({(i * total) // n + (i * 5) % 8 for i in range(n)} & set(range(total)))


# --- alterations --------------------------------------------------------------------------------

def stamp_bits(members):
    """What a stamp says, and its signature; certificates that come along with the authority's are not bound by it."""
    stamp = members[STAMP]
    imprint = stamp.index(hashlib.sha256(members[SIGNED]).digest())
    return [(i * 8 + i % 8) for i in (*range(imprint, imprint + 56, 6), *range(len(stamp) - 50, len(stamp), 8))]


def bits(members):
    for name, content in members.items():
        for bit in bits_of(content, 14):
            altered("one bit changed", f"{name} bit {bit}", {**members, name: flip(content, bit)}, name)
    for name in (*GIVEN, "manifest.json", "custody.jsonl", "custody-head.json", SIGNED, HEAD_SIGNED, STAMP):
        # Of a member that was signed, the signature may be what names it.
        also = {"manifest.json": SIGNED, "custody.jsonl": "custody-head.json", "custody-head.json": (HEAD_SIGNED, "custody.jsonl"), SIGNED: STAMP}.get(name, name)
        for bit in bits_of(members[name], 10) if name != STAMP else stamp_bits(members):
            altered("one bit changed, sums made anew", f"{name} bit {bit}", with_sums({**members, name: flip(members[name], bit)}),
                    (name, *((also,) if isinstance(also, str) else also)))


def places(members):
    for name in members:
        without = {n: c for n, c in members.items() if n != name}
        altered("removed", name, without, name, wanted="missing")
        if name not in SUMS:
            altered("removed, sums made anew", name, with_sums(without), name, wanted="missing")
    for name in ("evidence/0003.bin", "readme.txt", "custody-head.2.json", "manifest.json.tsr", "Manifest.json", "evidence/0001.bin.p7s"):
        altered("added", name, {**members, name: b"new"}, name, wanted="added")
        altered("added, sums made anew", name, with_sums({**members, name: b"new"}), name, wanted="added")
    for name in GIVEN:
        renamed = {n if n != name else "evidence/other.bin": c for n, c in members.items()}
        for remade in (renamed, with_sums(renamed)):
            faults = altered("renamed", name, remade, name, wanted="renamed")
            checks.that(any(f"renamed from {name}" in f["says"] for f in faults), f"'renamed from {name}' is said", faults)
    for name in (SIGNED, HEAD_SIGNED, STAMP, "custody.jsonl", "manifest.json"):
        altered("renamed", name, with_sums({n if n != name else "old-" + name: c for n, c in members.items()}), name, wanted="missing")
    pairs = [(a, b) for i, a in enumerate(GIVEN) for b in GIVEN[i + 1:]] + [(SIGNED, HEAD_SIGNED), ("manifest.json", "custody-head.json")]
    for a, b in pairs:
        swapped = {**members, a: members[b], b: members[a]}
        altered("swapped", f"{a} and {b}", swapped, a)
        altered("swapped, sums made anew", f"{a} and {b}", with_sums(swapped), b)
    altered("cut off or longer", "a member", with_sums({**members, GIVEN[1]: members[GIVEN[1]][:-1]}), GIVEN[1], wanted="changed")
    altered("cut off or longer", "a member", with_sums({**members, GIVEN[1]: members[GIVEN[1]] + b"\0"}), GIVEN[1], wanted="changed")


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chained(lines):
    """The chain as somebody makes it anew."""
    previous, out = "0" * 64, b""
    for i, line in enumerate(lines):
        text = canonical({**json.loads(line), "previous": previous, "seq": i + 1}) + b"\n"
        previous = hashlib.sha256(text).hexdigest()
        out += text
    return out


def head_of(log):
    lines = log.splitlines(keepends=True)
    return canonical({"schema": "underlabel.custody-head/1", "count": len(lines), "last": hashlib.sha256(lines[-1]).hexdigest()})


def custody(members):
    name, head = "custody.jsonl", "custody-head.json"
    lines = members[name].splitlines(keepends=True)
    checks.equal(chained(lines), members[name], "the log is canonical JSON, and chained as it is told to be")
    checks.equal(head_of(members[name]), members[head], "its head is")
    edit = lambda line: canonical({**json.loads(line), "detail": "something else"}) + b"\n"
    logs = []
    for i in range(len(lines)):
        kind = "edited" if i + 1 < len(lines) else None
        logs += [("edited", f"line {i + 1}", lines[:i] + [edit(lines[i])] + lines[i + 1:], i + 1 if kind else None),
                 ("a line taken out", f"line {i + 1}", lines[:i] + lines[i + 1:], None),
                 ("a line twice", f"line {i + 1}", lines[:i + 1] + lines[i:], i + 2)]
        if i:
            logs += [("truncated", f"to {i} lines", lines[:i], i)]
        if i + 1 < len(lines):
            logs += [("reordered", f"lines {i + 1} and {i + 2}", lines[:i] + [lines[i + 1], lines[i]] + lines[i + 2:], None)]
    for kind, what, new, line in logs:
        log = b"".join(new)
        faults = altered(f"custody log {kind}", what, with_sums({**members, name: log}), name)
        if line:
            checks.that(any(f["member"] == name and f.get("line") == line for f in faults), f"custody log {kind}, {what}: line {line} is told", faults)
        altered(f"custody log {kind}, chained anew", what, with_sums({**members, name: chained(new)}), name)
        altered(f"custody log {kind}, chained anew, head too", what, with_sums({**members, name: chained(new), head: head_of(chained(new))}),
                (name, head, HEAD_SIGNED))
    altered("custody log truncated", "in a line", with_sums({**members, name: members[name][:-9]}), name)
    altered("custody log truncated", "to nothing", with_sums({**members, name: b""}), name)
    altered("custody log edited", "deep JSON", with_sums({**members, name: b"[" * 100000}), name)


def signatures(members, other):
    for name in (SIGNED, HEAD_SIGNED, STAMP):
        swapped = {**members, name: other[name]}
        altered("seal of another bundle", name, with_sums(swapped), name)
        altered("seal of another bundle, sums left", name, swapped, name)
    altered("seal of another bundle", "both signatures", with_sums({**members, SIGNED: other[SIGNED], HEAD_SIGNED: other[HEAD_SIGNED]}), SIGNED,
            wanted="signature-of-other-content")
    for content in (b"", b"\x30\x00", b"garbage", members[SIGNED][:-1], members[SIGNED] + b"\0"):
        altered("no signature in its place", f"{content[:8]!r}", with_sums({**members, SIGNED: content}), SIGNED, wanted="signature-unreadable")
    log = members["custody.jsonl"].splitlines(keepends=True)
    last = json.loads(log[-1])
    del last["seals"], last["signer"]
    bare = chained(log[:-1] + [canonical(last)])
    stripped = {n: c for n, c in {**members, "custody.jsonl": bare, "custody-head.json": head_of(bare)}.items() if n not in (SIGNED, HEAD_SIGNED, STAMP)}
    altered("every seal stripped off, log and sums made anew", "asked with --trust", with_sums(stripped), SIGNED, "--trust", at("ca.pem"), wanted="missing")
    altered("every seal stripped off, log and sums made anew", "asked with --tsa-trust", with_sums(stripped), STAMP, "--tsa-trust", at("ca.pem"), wanted="missing")


def sign(content, name, *options):
    with open(at("content"), "wb") as f:
        f.write(content)
    openssl("cms", "-sign", "-binary", "-outform", "DER", "-in", at("content"), "-signer", at(name + ".leaf"), "-inkey", at(name + ".key"), "-md", "sha256",
            "-out", at("signature"), *options)
    with open(at("signature"), "rb") as f:
        return f.read()


def certificates(members):
    # A stamp that is no more of the signature would hide what the certificate alone shows.
    plain = {n: c for n, c in members.items() if n != STAMP}
    make_key("expired", dates=("20200101000000Z", "20210101000000Z"))
    make_key("early", dates=("20440101000000Z", "20450101000000Z"))
    make_key("wrong", usage="keyEncipherment")
    make_key("stranger")
    for name, kind in (("expired", "certificate-expired"), ("early", "certificate-not-yet-valid"), ("wrong", "certificate-wrong"), ("stranger", "other-key")):
        for member in (SIGNED, HEAD_SIGNED):
            for options in ((), ("-cades",)):
                new = sign(members[member[:-4]], name, *options)
                altered(f"signed anew: {kind}", member, with_sums({**plain, member: new}), member, wanted=kind)
    altered("signed anew: certificate-missing", SIGNED, with_sums({**members, SIGNED: sign(members["manifest.json"], "ec", "-nocerts")}), SIGNED,
            wanted="certificate-missing")
    altered("signed anew: without attributes", SIGNED, with_sums({**members, SIGNED: sign(members["manifest.json"], "ec", "-noattr")}), SIGNED,
            wanted="signature-unreadable")
    altered("signed anew: with SHA-1", SIGNED, with_sums({**members, SIGNED: sign(members["manifest.json"], "ec", "-md", "sha1")}), SIGNED)
    altered("signed anew: of another content", SIGNED, with_sums({**members, SIGNED: sign(b"another", "ec")}), SIGNED, wanted="signature-of-other-content")
    openssl("req", "-x509", *KINDS["ec"], "-nodes", "-keyout", at("fake.key"), "-out", at("fake.leaf"), "-subj", "/CN=Signer ec", "-days", "3650")
    shutil.copy(at("fake.leaf"), at("fake.pem"))
    altered("signed anew: other-key", "of the same name", with_sums({**plain, SIGNED: sign(members["manifest.json"], "fake")}), SIGNED, wanted="other-key")
    forged = good("forged.zip", *seal_with("fake"), text=b"forged")
    for member in (SIGNED, HEAD_SIGNED):
        altered("all made anew by a stranger", f"asked with --trust, {member}", unpack(forged), member, "--trust", at("ca.pem"), wanted="not-vouched")


def sums(members):
    for name in SUMS:
        lines = members[name].decode().splitlines(keepends=True)
        zero = lambda line: "0" * line.index(" ") + line[line.index(" "):]
        for i, line in enumerate(lines):
            altered("a sum changed", f"{name} line {i + 1}", {**members, name: "".join(lines[:i] + [zero(line)] + lines[i + 1:]).encode()}, name)
            altered("a sum taken out", f"{name} line {i + 1}", {**members, name: "".join(lines[:i] + lines[i + 1:]).encode()}, name)
        for what, text in (("a line more", "".join(lines) + zero(lines[0])), ("of what is not there", "".join(lines) + lines[0].replace(GIVEN[0], "none")),
                           ("cut off", "".join(lines)[:-1]), ("another form", "".join(lines).replace("  ", " *")), ("nothing", "")):
            altered("list of sums", f"{name}, {what}", {**members, name: text.encode()}, name)


# --- what holds -----------------------------------------------------------------------------------

def result_of(v, check):
    return next(c["result"] for c in v["checks"] if c["check"] == check)


def holds(path, vouched, *options):
    result, v = verify(path, *options)
    checks.code(result, 0, f"{os.path.basename(path)} holds {options}")
    checks.that(v and v["schema"] == "underlabel.bundle-verification/1" and v["holds"] and not v["faults"], "nothing is found", v and v["faults"])
    checks.equal(v["who"]["vouched"] if v["who"] else None, vouched, f"who vouches for the signer of {os.path.basename(path)} {options}")
    return v


def stock_tools(path, kind, stamped):
    """What somebody does who has no underlabel; the lines of the documentation."""
    folder = tempfile.mkdtemp(dir=work.name)
    done = subprocess.run(["unzip", "-t", path], capture_output=True, check=False)
    checks.equal(done.returncode, 0, f"unzip -t {kind}")
    with zipfile.ZipFile(path) as z:
        z.extractall(folder)
        for i in z.infolist():
            checks.that(i.date_time == (1980, 1, 1, 0, 0, 0) and i.external_attr >> 16 == 0o100644 and i.compress_type == zipfile.ZIP_DEFLATED,
                        f"{i.filename}: no time, no owner", i)
    for tool, name in (("sha256sum", "SHA256SUMS"), ("sha512sum", "SHA512SUMS")):
        done = subprocess.run([tool, "-c", "--strict", name], capture_output=True, check=False, cwd=folder)
        checks.equal((done.returncode, done.stdout.count(b": OK")), (0, len(os.listdir(folder)) + 3 - 1 - 2), f"{tool} -c {kind}")
    for name in ("manifest.json", "custody-head.json"):
        if kind == "ed25519":
            pure_signature(folder, name)
            continue
        done = openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", name + ".p7s", "-content", name, "-CAfile", at("ca.pem"), "-out", os.devnull,
                       folder=folder, good=False)
        checks.equal(done.returncode, 0, f"openssl cms -verify {name} {kind}")
        done = openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", name + ".p7s", "-content", "report.json", "-CAfile", at("ca.pem"), "-out", os.devnull,
                       folder=folder, good=False)
        checks.that(done.returncode, f"openssl cms -verify {name} {kind} of another content")
    if stamped:
        done = openssl("ts", "-verify", "-data", SIGNED, "-in", STAMP, "-CAfile", stamped, folder=folder, good=False)
        checks.equal((done.returncode, done.stdout.strip()), (0, b"Verification: OK"), f"openssl ts -verify {kind}")


def pure_signature(folder, name):
    """OpenSSL 3.0 has no Ed25519 in CMS: its pkeyutl is given what RFC 8419 says is signed."""
    seal = os.path.join(folder, name + ".p7s")
    printed = openssl("asn1parse", "-inform", "DER", "-in", seal).stdout.decode().splitlines()
    fields = [(int(line.split(":")[0]), line) for line in printed]
    start, line = [f for f in fields if "d=5" in f[1] and "cont [ 0 ]" in f[1]][-1]
    header, length = (int(line.split(key)[1].split()[0]) for key in ("hl=", " l="))
    signature_at = [f for f in fields if "d=5" in f[1] and "OCTET STRING" in f[1]][-1][0]
    with open(seal, "rb") as f:
        der = f.read()
    with open(at("attributes"), "wb") as f:
        f.write(b"\x31" + der[start + 1:start + header + length])
    with open(at("pure"), "wb") as f:
        f.write(der[signature_at + 2:])
    done = openssl("pkeyutl", "-verify", "-certin", "-inkey", at("ed25519.pem"), "-rawin", "-in", at("attributes"), "-sigfile", at("pure"), good=False)
    checks.equal(done.returncode, 0, f"openssl pkeyutl -verify the attributes of {name}.p7s (Ed25519)")
    checks.that(hashlib.sha512(open(os.path.join(folder, name), "rb").read()).digest() in der, f"the digest of {name} is among them")


def deterministic(authority):
    a, b = unpack(good("a.zip", *seal_with("ec"), "--tsa", authority.url)), unpack(good("b.zip", *seal_with("ec"), "--tsa", authority.url, "--in-memory"))
    checks.equal(list(a), list(b), "the same members in the same order")
    differ = {name for name in a if a[name] != b[name]}
    checks.that(differ <= {SIGNED, HEAD_SIGNED, STAMP, *SUMS} and STAMP in differ, "nothing but seals and sums differs", differ)
    raw = []
    for i, zone in enumerate(("UTC", "Asia/Tokyo", "America/Los_Angeles", "Antarctica/Troll")):
        with open(good(f"plain{i}.zip", env={"TZ": zone}), "rb") as f:
            raw.append(f.read())
    checks.that(len(set(raw)) == 1, "unsigned bundles are the same bytes in every time zone")


def trust(authority, bundles):
    v = holds(bundles["ec"], "not-asked")
    checks.that("signer not vouched for" in run("bundle", "verify", bundles["ec"]).text(), "that nobody vouches is said")
    checks.equal(v["when"]["authority"]["vouched"], "not-asked", "the authority's trust is told apart")
    v = holds(bundles["ec"], "yes", "--trust", at("ca.pem"), "--tsa-trust", authority.ca, "--input", at("input.bin"))
    checks.equal((v["who"]["subject"], v["when"]["authority"]["vouched"]), ("CN=Signer ec", "yes"), "who, and by whose clock")
    checks.equal(result_of(v, "input"), "holds", "the input is the one")
    members = unpack(bundles["ec"])
    altered("a signer whom nobody vouches for", "--trust", members, (SIGNED, HEAD_SIGNED), "--trust", authority.ca, wanted="not-vouched")
    altered("an authority that nobody vouches for", "--tsa-trust", members, STAMP, "--tsa-trust", at("ca.pem"), wanted="not-vouched")
    altered("another input", "--input", members, "input.bin", "--input", at("member0"), wanted="other-input")
    v = holds(good("unsigned.zip"), None)
    checks.equal([result_of(v, c) for c in ("signature", "custody-signature", "timestamp")], ["absent"] * 3, "an unsigned bundle has no seals")
    text = run("bundle", "verify", at("unsigned.zip"))
    checks.that("Nothing says who made it" in text.text() and text.code == 0, "that nothing says who made it is said")
    v = holds(good("stamped.zip", "--tsa", authority.url, "--tsa-ca", authority.ca), None, "--tsa-trust", authority.ca)
    checks.that(v["when"]["stamped"] and "manifest.json.tsr" in unpack(at("stamped.zip")), "a stamp without a signature is of the manifest")


def refused_keys(authority):
    make_key("rsa2", "rsa")
    openssl("pkey", "-in", at("rsa.key"), "-aes256", "-passout", "pass:secret word", "-out", at("locked.key"))
    with open(at("password"), "w", encoding="ascii") as f:
        f.write("secret word\nnot this\n")
    locked = ["--key", at("locked.key"), "--cert", at("rsa.pem")]
    holds(good("locked.zip", *locked, "--password-file", at("password")), "yes", "--trust", at("ca.pem"))
    holds(good("locked.zip", *locked, env={"UNDERLABEL_KEY_PASSWORD": "secret word"}), "yes", "--trust", at("ca.pem"))
    holds(good("store.zip", "--key", "file:" + at("rsa.key"), "--cert", "file:" + at("rsa.pem")), "yes", "--trust", at("ca.pem"))
    make_key("late", dates=("20200101000000Z", "20210101000000Z"))
    wrong = (("no password", 65, "encrypted", locked, {}), ("a wrong password", 65, "password does not open", locked, {"UNDERLABEL_KEY_PASSWORD": "other"}),
             ("another's certificate", 65, "belongs to another key", ["--key", at("rsa.key"), "--cert", at("rsa2.pem")], {}),
             ("an expired certificate", 65, "has expired", seal_with("late"), {}),
             ("no such key", 66, "no such file", ["--key", at("nothing.key"), "--cert", at("rsa.pem")], {}),
             ("no store", 66, "cannot be opened", ["--key", "pkcs11:object=none", "--cert", at("rsa.pem")], {}),
             ("no key in it", 65, "no private key", ["--key", at("rsa.pem"), "--cert", at("rsa.pem")], {}),
             ("a key alone", 64, "come together", ["--key", at("rsa.key")], {}))
    for what, code, words, options, env in wrong:
        path, done = make("refused.zip", *options, env=env)
        checks.that(done.returncode == code and words in done.stderr.decode() and done.stderr.count(b"\n") == 1, f"{what} is told", (done.returncode, done.stderr))
        checks.that(b"secret" not in done.stderr and not os.path.exists(path), f"{what}: nothing is written")
    if shutil.which("softhsm2-util") and os.path.exists("/usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so"):
        checks.skip("keys in a PKCS #11 token: softhsm2 and a provider are here, and no test for them")
    else:
        checks.skip("keys in a PKCS #11 token (Debian 12 has no pkcs11-provider; stores are tested with file: URIs)")
    for mode, words in (("replay", "something else"), ("garbage", "no time stamp"), ("error", "HTTP status 500"), ("type", "no time stamp"), ("long", "longer")):
        authority.mode = mode
        path, done = make("refused.zip", *seal_with("ec"), "--tsa", authority.url)
        checks.that(done.returncode == 69 and words in done.stderr.decode() and not os.path.exists(path), f"an authority's {mode} is refused", done)
    authority.mode = "good"
    path, done = make("refused.zip", "--tsa", authority.url, "--tsa-ca", at("ca.pem"))
    checks.that(done.returncode == 69 and b"vouches" in done.stderr, "an authority that nobody vouches for", done)
    path, done = make("refused.zip", "--tsa", "http://user:hidden@127.0.0.1:1/x")
    checks.that(done.returncode == 69 and b"hidden" not in done.stderr, "no authority there; its password is not told", done)
    checks.equal(set(authority.asked), {"application/timestamp-query"}, "what an authority is sent")
    checks.equal([n for n in os.listdir(work.name) if n.startswith("refused")], [], "no temporary file is left")


def later_acts():
    path = good("later.zip", *seal_with("ec"))
    before = unpack(path)
    checks.code(run("bundle", "custody", path, "--note", "handed to rtsp://u:hidden@x/", "--actor", "A. Person", *seal_with("rsa")), 0, "an entry is added")
    checks.code(run("bundle", "custody", path, "--note", "returned", *seal_with("ec")), 0, "another one")
    holds(path, "yes", "--trust", at("ca.pem"))
    now = unpack(path)
    n = before["custody.jsonl"].count(b"\n")
    checks.that(now["custody.jsonl"].startswith(before["custody.jsonl"]) and now["custody.jsonl"].count(b"\n") == n + 2, "the log goes on")
    checks.equal((now[f"custody-head.{n}.json"], now[f"custody-head.{n}.json.p7s"]), (before["custody-head.json"], before[HEAD_SIGNED]), "the first head is kept")
    entry = json.loads(now["custody.jsonl"].splitlines()[n])
    checks.that(entry["actor"] == "A. Person" and entry["time"].endswith("Z") and "hidden" not in entry["detail"], "its entry", entry)
    for name in now:
        if name not in SUMS:
            altered("later entries: removed", name, with_sums({k: c for k, c in now.items() if k != name}), name, wanted="missing")
    log = now["custody.jsonl"].splitlines(keepends=True)
    for keep in range(n, n + 2):
        cut = b"".join(log[:keep])
        altered("later entries: truncated", f"to {keep}", with_sums({**now, "custody.jsonl": cut}), "custody.jsonl", wanted="truncated")
        old = {**now, "custody.jsonl": cut, "custody-head.json": now[f"custody-head.{keep}.json"], HEAD_SIGNED: now[f"custody-head.{keep}.json.p7s"]}
        altered("later entries: truncated, with the older head", f"to {keep}", with_sums(old), "custody.jsonl", wanted="truncated")
    for i in range(n, n + 2):
        new = log[:i] + [canonical({**json.loads(log[i]), "detail": "lost"})] + log[i + 1:]
        remade = chained(new)
        altered("later entries: edited, chained anew, head too", f"line {i + 1}", with_sums({**now, "custody.jsonl": remade, "custody-head.json": head_of(remade)}),
                ("custody.jsonl", HEAD_SIGNED))
    checks.code(run("bundle", "custody", path, "--note", "unsigned"), 0, "an entry without a key")
    v = holds(path, "yes", "--trust", at("ca.pem"))
    checks.equal(result_of(v, "custody-signature"), "absent", "that it is not signed is told")
    checks.code(run("bundle", "custody", path), 64, "an entry of nothing")
    pack(with_sums({**before, "custody.jsonl": before["custody.jsonl"][:-50]}), path)
    checks.code(run("bundle", "custody", path, "--note", "x"), 65, "a log that does not hold is not gone on with")


# --- hostile files ----------------------------------------------------------------------------------

def zip_bytes(entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for info, content in entries:
            z.writestr(info, content)
    return out.getvalue()


def entry(name, mode=0o100644, **fields):
    info = zipfile.ZipInfo("x" * len(name))
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def quoted_bomb(n, size):
    """`n` entries of the directory that all mean the same data."""
    one = zip_bytes([(entry("a000"), b"\0" * size)])
    central, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    directory = b"".join(one[central:end].replace(b"a000", f"a{i:03}".encode()) for i in range(n))
    return one[:central] + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n, n, len(directory), central, 0)


def hostile(path):
    with open(path, "rb") as f:
        whole = f.read()
    manifest = (entry("manifest.json"), b"{}")
    encrypted = bytearray(zip_bytes([manifest]))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        encrypted[encrypted.index(mark) + offset] |= 1
    lies = bytearray(zip_bytes([(entry("manifest.json"), b"\0" * 5000)]))
    struct.pack_into("<L", lies, lies.index(b"PK\1\2") + 24, 100)
    other_head = zip_bytes([manifest]).replace(b"manifest.json", b"something.txt", 1)
    files = {"empty": b"", "a byte": b"P", "garbage": os.urandom(5000), "text": b"hello\n" * 100, "an empty ZIP": zip_bytes([]), "no bundle": zip_bytes([(entry("a"), b"")]),
             "an end and nothing else": whole[-22:], "encrypted": bytes(encrypted), "a size that is none": bytes(lies), "another head": other_head,
             "bzip2": zip_bytes([(entry("manifest.json", compress_type=zipfile.ZIP_BZIP2), b"\0" * 100)], zipfile.ZIP_BZIP2),
             "a bomb": zip_bytes([manifest, (entry("big"), b"\0" * (300 << 20))]), "a bomb of one piece": quoted_bomb(400, 20 << 20),
             "100000 members": zip_bytes([(f"m{i}", b"") for i in range(100000)], zipfile.ZIP_STORED),
             "5000 members": zip_bytes([(f"m{i}", b"") for i in range(5000)], zipfile.ZIP_STORED),
             "a link": zip_bytes([manifest, (entry("l", 0o120777), b"/etc/passwd")]), "a folder": zip_bytes([manifest, (entry("d", 0o040755), b"")]),
             "a device": zip_bytes([manifest, (entry("d", 0o020644), b"")])}
    for name in ("../a", "a/../../b", "/etc/passwd", "a\\b", "a\nb", "a\x1b[2Jb", "a//b", "./a", "a/", "\u00e9", "x" * 300):
        files[f"the name {name[:12]!r}"] = zip_bytes([manifest, (entry(name), b"x")])
    files["a name twice"] = zip_bytes([manifest, (entry("aa"), b"1"), (entry("ab"), b"2")]).replace(b"ab", b"aa")
    for n in range(1, 24):
        files[f"cut off at {n}/24"] = whole[:len(whole) * n // 24]
    files["cut off at the front"] = whole[100:]
    for what, content in files.items():
        with open(at("hostile.zip"), "wb") as f:
            f.write(content)
        for options in ((), ("--json",)):
            result = run("bundle", "verify", at("hostile.zip"), *options)
            checks.that(result.code == 65 and result.err.count(b"\n") == 1 and not result.out, f"hostile: {what}", (result.code, result.err[:300], result.out[:300]))
            checks.that(result.peak_kib < 100 << 10 and result.seconds < 10, f"hostile: {what}: memory and time", (result.peak_kib, result.seconds))
            checks.that(b"\x1b" not in result.err, f"hostile: {what}: nothing for the terminal")
    for i in range(0, len(whole), max(1, len(whole) // 150)):
        with open(at("hostile.zip"), "wb") as f:
            f.write(flip(whole, i * 8 + i % 8))
        checks.code(run("bundle", "verify", at("hostile.zip")), (0, 3, 65), f"a bit of the container changed at {i}")
    for path_, code in ((at("nothing.zip"), 66), (work.name, 65), ("/dev/null", 65)):
        checks.code(run("bundle", "verify", path_), code, f"verify {path_}")
    checks.code(run("bundle", "verify"), 64, "verify nothing")
    checks.code(run("bundle", "verify", path, "--trust", at("nothing.pem")), 66, "trust in nothing")
    checks.code(run("bundle", "verify", path, "--trust", at("member1")), 65, "trust in no certificate")
    checks.code(run("bundle", "verify", path, "--input", at("nothing.bin")), 66, "no input")


def large():
    """A member that is stored, not deflated, and never as a whole in memory."""
    with open(at("large"), "wb") as f:
        f.truncate(200 << 20)
    done = subprocess.run([MAKE, "-o", at("large.zip"), f"evidence/large.bin={at('large')}"], capture_output=True, check=False)
    checks.equal(done.returncode, 0, "a large member is written")
    result, _ = verify(at("large.zip"))
    checks.that(result.code == 0 and result.peak_kib < 100 << 10, "and read in pieces", (result.code, result.peak_kib))
    for name in ("../x", "/x", "a//b", "manifest.json", "SHA256SUMS", "custody-head.7.json", "a\tb"):
        done = subprocess.run([MAKE, "-o", at("named.zip"), f"{name}={at('input.bin')}"], capture_output=True, check=False)
        checks.that(done.returncode == 65 and not os.path.exists(at("named.zip")), f"no member is called {name!r}", done)


def main():
    if not os.path.exists(MAKE):
        print(f"skipped: {MAKE} is not built")
        raise SystemExit(77)
    make_ca()
    for kind in KINDS:
        make_key(kind, kind)
    authority = Authority(at("tsa"))
    bundles = {kind: good(f"{kind}.zip", *seal_with(kind), "--tsa", authority.url, "--tsa-ca", authority.ca) for kind in KINDS}
    for kind, path in bundles.items():
        holds(path, "yes", "--trust", at("ca.pem"), "--tsa-trust", authority.ca)
        holds(pack(unpack(path), at("packed-anew.zip")), "yes", "--trust", at("ca.pem"))
        stock_tools(path, kind, authority.ca)
    deterministic(authority)
    trust(authority, bundles)
    members = unpack(bundles["ec"])
    bits(members)
    places(members)
    custody(members)
    signatures(members, unpack(good("other.zip", *seal_with("ec"), "--tsa", authority.url, text=b"made of something else")))
    certificates(members)
    sums(members)
    pure = unpack(bundles["ed25519"])
    for name in (SIGNED, HEAD_SIGNED):
        for bit in bits_of(pure[name], 12):
            altered("one bit of an Ed25519 seal, sums made anew", f"{name} bit {bit}", with_sums({**pure, name: flip(pure[name], bit)}), (name, STAMP))
    later_acts()
    refused_keys(authority)
    hostile(bundles["ec"])
    large()
    authority.close()
    for kind, (n, found, named) in sorted(table.items()):
        print(f"{kind:60} {n:4} alterations, {found:4} found, {named:4} named")
    n, found, named = (sum(row[i] for row in table.values()) for i in range(3))
    print(f"{n} alterations, {found} found, {named} named")
    checks.that(n >= 200, "at least 200 alterations", n)


main()
checks.done()
