# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signed streams made from a line of letters, tampered with by marks behind them, and what a right verifier
says of each NAL unit.

A shape is a line of letters, one a NAL unit:

    I  first slice of a key picture        i  a further slice of it
    P  first slice of another picture      p  a further slice of it
    S  here the signer signs what is not signed yet; its SEI stands here, or --late NAL units behind
    X  what is not hashed: the parameter sets first, then access unit delimiters
    x  an SEI of somebody else
    G  the golden SEI (Axis)               C  the certificate SEI (ONVIF)
    |  another recording begins: counter and link anew, the same key    ||  with another key

(...) is a group.  Marks stand behind a letter or a group and are done after signing:

    -  dropped      ~  one bit of each altered      +  there twice
    ^  changes places with what follows             !  something foreign of its kind before it

In axis-legacy an S takes the key picture behind it along (X and x may lie between), as cameras of that time do.

Without an S in the shape one is put before each key picture but the first (legacy: the first too)
and at the end; --partial N puts more after every N pictures of a group."""
import datetime
import random
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

import h264
import signedvideo as sv
from h264 import BitWriter
from signedvideo import AXIS, H264, H265, LEGACY, ONVIF

START_US = 1714564800 * 1_000_000  # 2024-05-01 12:00 UTC
FRAME_US = 40_000
HASHED_LETTERS, NOT_HASHED_LETTERS = "IiPp", "Xx"
CHAINS = ("good", "wrong", "expired", "none")


class BadShape(Exception):
    """What is wrong with a shape, in one line."""


# --- NAL units ---------------------------------------------------------------------------------------

# x265's of 352x288; the slices below fit them.
SETS_265 = [bytes.fromhex(h) for h in ("40010c01ffff01600000030090000003000003003cba0240",
                                       "42010101600000030090000003000003003ca00b08048596e92930bc05a02000000300200000030321", "4401c073c089")]


class Nals:
    """Makes NAL units of a stream whose headers any parser reads; the pictures are noise."""

    def __init__(self, codec, seed, size=48):
        self.codec, self.random, self.size = codec, random.Random(seed), size
        self.stream, self.n_sets, self.frame, self.slice, self.idr = h264.Stream(), 0, 0, 0, 0

    def body(self, n):
        """Noise without zeros, so that nothing needs emulation prevention."""
        return bytes(self.random.choices(range(4, 256), k=n)) + b"\x80"

    def make(self, letter):
        if letter == "X":
            return self._unhashed()
        if letter == "x":
            return sv.SEI_HEADS[self.codec] + bytes([24]) + self.body(23)[:-1] + b"\x01\x80"
        if letter == "I":
            self.frame, self.idr = 0, 1 - self.idr
        elif letter == "P":
            self.frame += 1
        self.slice = 0 if letter in "IP" else self.slice + 1
        return (self._h264 if self.codec == H264 else self._h265)(letter in "Ii")

    def _unhashed(self):
        sets = [self.stream.sps(), self.stream.pps()] if self.codec == H264 else SETS_265
        self.n_sets += 1
        if self.n_sets <= len(sets):
            return sets[self.n_sets - 1]
        return b"\x09\xf0" if self.codec == H264 else b"\x46\x01\x50"

    def _h264(self, key):
        w = BitWriter()
        w.ue(44 * self.slice)
        head = self.stream._slice(7 if key else 5, self.frame, 2 * self.frame, self.idr if key else None)
        w.bits += head.bits[1:]  # behind first_mb_in_slice
        return self._slice(b"\x65" if key else b"\x41", w)

    def _h265(self, key):
        w = BitWriter()
        w.u(1, 0 if self.slice else 1)
        if key:
            w.u(1, 0)
        w.ue(0)
        if self.slice:
            w.u(5, 6 * self.slice % 32)
        w.ue(2 if key else 1)
        if not key:
            w.u(8, self.frame % 256)
            w.u(3, 1)
        return self._slice(b"\x28\x01" if key else b"\x02\x01", w)

    def _slice(self, header, w):
        w.bits += [1] * (-len(w.bits) % 8)
        return header + h264.escape(w.rbsp()[:-1]) + self.body(self.size)


# --- shapes --------------------------------------------------------------------------------------------


class Node:
    """A letter or, with `inner`, a group; its marks."""

    def __init__(self, letter, inner, marks):
        self.letter, self.inner, self.marks = letter, inner, marks


def parse(shape):
    text = re.sub(r"\s", "", shape)
    nodes, at = _parse(text, 0, 0)
    if at != len(text):
        raise BadShape(f"character {at + 1}: {text[at]!r} is not expected")
    return nodes


def _parse(text, at, depth):
    nodes = []
    while at < len(text) and text[at] != ")":
        letter, inner = text[at], None
        at += 1
        if letter == "(":
            inner, at = _parse(text, at, depth + 1)
            if at >= len(text):
                raise BadShape("a group is not closed")
            at += 1
        elif letter == "|" and text[at:at + 1] == "|":
            letter, at = "||", at + 1
        elif letter not in "IiPpSXxGC|":
            raise BadShape(f"character {at}: {letter!r} is no letter of a shape")
        marks = re.match(r"[-~+^!]*", text[at:]).group()
        at += len(marks)
        nodes.append(Node(letter, inner, marks))
    return nodes, at


def letters(nodes):
    """Of a shape as it is signed."""
    for node in nodes:
        if node.inner is None:
            yield node
        else:
            yield from letters(node.inner)


# --- signed units -----------------------------------------------------------------------------------------


class Group:
    """What one SEI signs: units in order, and the key picture that their hashes need."""

    def __init__(self, number, recording, key):
        self.number, self.recording, self.key, self.units, self.sei, self.listed = number, recording, key, [], None, True


class Unit:
    """A NAL unit.  whole: copied with its group; groups: those that sign it (a key picture of legacy: two); sei_of: an SEI's group;
    swapped_key: a key picture that what followed now stands before; state: intact, altered, copy, foreign, gone; of: what a copy or a foreign one was made from."""

    def __init__(self, letter, nal):
        self.letter, self.nal, self.groups, self.sei_of, self.state, self.recording = letter, nal, [], None, "intact", 0
        self.of, self.whole, self.swapped_key = self, False, False

    def hashed(self):
        return self.letter in HASHED_LETTERS

    def twin(self, state, nal=None):
        other = Unit(self.letter, nal if nal is not None else self.nal)
        other.state, other.sei_of, other.recording, other.of = state, self.sei_of, self.recording, self
        return other


class Options:
    """How a stream is signed; every option of scripts/sign-sample."""

    def __init__(self, **given):
        self.format, self.codec, self.level, self.partial, self.late = AXIS, H264, "frame", 0, 0
        self.sei, self.key, self.hash, self.timestamps, self.little_endian = "escaped", "ec", "sha256", True, False
        self.old_general, self.golden, self.cert_sei, self.chain, self.seed, self.bytes = False, False, "", "good", 1, 48
        self.keys = 1  # which throw-away keys
        self.first_counter, self.open_end = 1, False
        self.product = {"manufacturer": "Sample Works", "hardware": "SW-1", "firmware": "1.0.0", "serial": "0001", "address": "sample.invalid"}
        for name, value in given.items():
            if not hasattr(self, name):
                raise ValueError(name)
            setattr(self, name, value)


_keys = {}


def private_key(kind, number):
    """The same for the same number; RSA keys last as long as the process."""
    if (kind, number) not in _keys:
        _keys[kind, number] = (ec.derive_private_key(0x5167 * 2**200 + number, ec.SECP256R1()) if kind == "ec" else
                               rsa.generate_private_key(65537, 2048))
    return _keys[kind, number]


def _certificate(subject, issuer, key, signer, years, ca):
    name = lambda n: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)])
    day = lambda year: datetime.datetime(year, 1, 1)
    usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
    return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
            .serial_number(1 + len(subject)).not_valid_before(day(years[0])).not_valid_after(day(years[1]))
            .add_extension(x509.BasicConstraints(ca, None), True).add_extension(usage, True)
            .sign(signer, hashes.SHA256()))


_chains = {}


class Signer:
    """A key, its certificate and the throw-away authority behind it."""

    def __init__(self, options, number=0):
        first = options.keys * 8
        self.private = private_key(options.key, first + number)
        kept = (options.key, first + number, options.chain)
        if kept not in _chains:
            root, other = private_key("ec", first + 6), private_key("ec", first + 7)
            years = (2019, 2021) if options.chain == "expired" else (2024, 2034)
            _chains[kept] = (_certificate("Sample Root", "Sample Root", root, root, (2019, 2044), True).public_bytes(serialization.Encoding.PEM),
                             _certificate("Sample Camera", "Sample Root", self.private, other if options.chain == "wrong" else root, years, False)
                             .public_bytes(serialization.Encoding.PEM))
        self.root_pem, self.leaf_pem = _chains[kept]

    def public_pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Recording:
    """Signs the units of one recording as a camera would."""

    def __init__(self, options, number, key_number):
        self.o, self.number, self.key_number = options, number, key_number
        self.signer = Signer(options, key_number)
        self.writer = sv.SeiWriter(options.format, options.codec, self.signer.private, options.hash, options.sei)
        self.hashing = sv.Hashing(options.format, options.hash)
        self.counter, self.previous, self.key, self.pending, self.waiting = options.first_counter - 1, None, None, [], []
        self.frames, self.groups = 0, []
        # A certificate SEI that the stream has makes the others short.
        self.has_extra = False

    # The TLVs that say who signs.
    def optional(self):
        o, p = self.o, self.o.product
        names = ("hardware", "firmware", "serial", "manufacturer", "address")
        tlv = lambda tag, value: sv.tlv(o.format, tag, value)
        if o.format == ONVIF:
            rsa_bits = self.signer.private.key_size if o.key == "rsa" else 0
            oid = sv.OID_RSA_PSS if rsa_bits else b""
            crypto = b"\1" + bytes([len(sv.OIDS[o.hash])]) + sv.OIDS[o.hash] + bytes([len(oid)]) + oid + rsa_bits.to_bytes(2, "big")
            vendor = b"\1" + b"".join(sv.text(p[n]) for n in ("firmware", "serial", "manufacturer"))
            out = tlv(4, crypto) + tlv(5, vendor)
            return out if o.chain == "none" else out + tlv(6, b"\1\0" + self.signer.leaf_pem)
        legacy = o.format == LEGACY
        out = b"" if o.chain == "none" else tlv(2, b"\2" + self.signer.public_pem())
        out += tlv(3, (b"\1" if legacy else b"\2") + b"".join(sv.text(p[n], legacy) for n in names))
        return out if legacy else out + tlv(7, b"\1" + bytes([len(sv.OIDS[o.hash])]) + sv.OIDS[o.hash])

    def short(self):
        """The hash's name alone, where another SEI tells the rest."""
        if self.o.format == AXIS:
            return sv.tlv(AXIS, 7, b"\1" + bytes([len(sv.OIDS[self.o.hash])]) + sv.OIDS[self.o.hash])
        return b""

    def listed_hash(self, unit, group):
        if unit.letter == "C":
            return self.hashing.nal(unit.nal)
        if unit is group.key:
            return self.hashing.nal(unit.nal)
        return self.hashing.with_key(self.hashing.nal(group.key.nal), unit.nal)

    def sign(self, closing=None):
        """The SEI's unit of what is pending and, legacy, the key picture behind it; None if that is nothing."""
        o = self.o
        units = self.pending + ([closing] if closing else [])
        if not units:
            return None
        self.counter += 1
        key = (self.key if self.pending else None) or closing
        self.pending = []
        if closing:
            # It begins the next group too.
            self.key, self.pending = closing, [closing]
        group = Group(self.counter, self.number, key)
        group.units = units
        hashed = [self.listed_hash(u, group) for u in units]
        for u in units:
            u.groups.append(group)
        listed = o.level == "frame"
        group.listed = listed
        end = START_US + self.frames * FRAME_US
        start = end - sum(1 for u in units if u.letter in "IP") * FRAME_US
        group.time = (start, end)
        times = (start, end) if o.timestamps or o.format == ONVIF else None
        sign_group = False
        if o.format == LEGACY:
            first = sv.axis_general(2 if times else 1, self.counter, len(units), times, signer=(1, 1, 3))
            sign_group = not listed
            general, lists = sv.tlv(LEGACY, 1, first), sv.tlv(LEGACY, 4, b"\1" + b"".join(hashed)) if listed else b""
            body, bits = general + self.optional() + lists, 0
        else:
            linked = self.previous or bytes(self.hashing.size)
            whole = self.hashing.group(hashed)
            lead = self.short() if self.has_extra else self.optional()
            if o.format == AXIS:
                general = sv.axis_general(3 if o.old_general else 4, self.counter, len(units), times, linked, whole)
                body, bits = lead + sv.tlv(AXIS, 1, general), sv.AXIS_LINKED | sv.AXIS_GOP_HASH
                body += sv.tlv(AXIS, 4, b"\1" + b"".join(hashed)) if listed else b""
            else:
                general = sv.onvif_general(1 if o.old_general else 2, self.counter, len(units), times, linked, whole,
                                           partial=bool(o.partial), little_endian=o.little_endian)
                body, bits = lead + sv.tlv(ONVIF, 1, general), 0
                body += sv.tlv(ONVIF, 2, b"\1" + b"".join(hashed)) if listed else b""
        self.previous = hashed[0]
        nal, _ = self.writer.write(bits, body, hashed, sign_group)
        unit = Unit("S", nal)
        unit.sei_of, unit.recording, group.sei = group, self.number, unit
        self.groups.append(group)
        return unit

    def extra(self, letter):
        """The golden SEI or the certificate SEI."""
        self.has_extra = True
        if letter == "G":
            nal, _ = self.writer.write(sv.AXIS_GOLDEN, self.optional())
        else:
            nal, _ = self.writer.write(sv.ONVIF_CERTIFICATE, self.optional(), signed=self.o.cert_sei != "hashed")
        unit = Unit(letter, nal)
        unit.recording = self.number
        if letter == "C" and self.o.cert_sei == "hashed":
            self.pending.append(unit)
        return unit

    def take(self, unit):
        unit.recording = self.number
        self.frames += unit.letter in "IP"
        if unit.hashed() and unit not in self.pending:
            if unit.letter == "I":
                self.key = unit
                self.pending = [u for u in self.pending if u.letter == "C"]  # what had no S before is never signed
            if self.key:
                self.pending.append(unit)

    def foreign_sei(self, unit):
        """The same group, signed with another key."""
        other = Recording(self.o, self.number, 5)
        other.counter, other.key, other.frames = unit.sei_of.number - 1, unit.sei_of.key, self.frames
        other.pending = list(unit.sei_of.units)
        made = other.sign()
        for u in unit.sei_of.units:
            u.groups.pop()
        return made.nal


def automatic(codec_letters, options):
    """Puts an S where a camera would: before each key picture but the first, and at the end."""
    out, n, seen, since = [], 0, False, 0
    for i, letter in enumerate(codec_letters):
        if letter in "IP" and options.partial and since >= options.partial and letter == "P":
            out.append("S")
            since = 0
        if letter == "I":
            at = len(out)
            while options.format != LEGACY and at and out[at - 1] in "Xx":
                at -= 1
            if seen or options.format == LEGACY:
                out.insert(at, "S")
            seen, since = True, 0
        since += letter in "IP"
        out.append(letter)
    return out + ([] if options.open_end else ["S"])


class Stream:
    """A shape signed and tampered with: `units` as they come out, those dropped among them (state "gone")."""

    def __init__(self, shape, options, given=None):
        self.shape = shape
        """`given`: NAL units of a file, one for each letter but S, G and C."""
        self.o, self.nals = options, Nals(options.codec, options.seed, options.bytes)
        self.random = random.Random(options.seed + 1)
        nodes = parse(shape)
        if options.golden and options.format == AXIS:
            nodes.insert(0, Node("G", None, ""))
        if options.cert_sei and options.format == ONVIF:
            nodes.insert(0, Node("C", None, ""))
        if not any(n.letter == "S" for n in letters(nodes)):
            nodes = self._with_signers(nodes)
        self.recordings = []
        self._sign(list(letters(nodes)), given)
        self.units = self._tamper(nodes)
        self.groups = [g for r in self.recordings for g in r.groups]

    def _with_signers(self, nodes):
        if any(n.inner is not None for n in nodes):
            raise BadShape("a shape with (...) needs its S")
        out, marked = [], iter(nodes)
        for letter in automatic([n.letter for n in nodes], self.o):
            out.append(Node("S", None, "") if letter == "S" else next(marked))
        return out

    def _sign(self, plain, given):
        """Gives each node its units: the SEI stands with the node that it comes behind."""
        given = iter(given) if given else None
        for node in plain:
            node.behind = []  # SEIs that come late: (unit, the marks of its S)
            node.units = [] if node.letter in ("S", "G", "C", "|", "||") else \
                [Unit(node.letter, next(given) if given else self.nals.make(node.letter))]
        recording = self._recording(0, 0)
        late = []  # [NAL units to wait, the SEI]
        for i, node in enumerate(plain):
            own = list(node.units)
            if node.letter in ("|", "||"):
                node.behind, late = [entry[1:] for entry in late], []
                recording = self._recording(recording.number + 1, recording.key_number + (node.letter == "||"))
            elif node.letter == "S":
                sei = recording.sign(self._closing(plain[i + 1:]) if self.o.format == LEGACY else None)
                if sei:
                    late.append([self.o.late, sei, node.marks])
                    if not self.o.late:
                        node.units.append(late.pop()[1])
            elif node.letter in "GC":
                if self.o.format != (AXIS if node.letter == "G" else ONVIF):
                    raise BadShape(f"{self.o.format} has no {node.letter}")
                node.units.append(recording.extra(node.letter))
            for unit in own:
                recording.take(unit)
                for entry in late:
                    entry[0] -= 1
                node.behind += [entry[1:] for entry in late if entry[0] <= 0]
                late = [entry for entry in late if entry[0] > 0]
        plain[-1].behind += [entry[1:] for entry in late]

    def _closing(self, following):
        """The key picture that legacy signs with the group before it."""
        for node in following:
            if node.letter not in "XxS":
                return node.units[0] if node.letter == "I" else None
        return None

    def _recording(self, number, key_number):
        self.recordings.append(Recording(self.o, number, key_number))
        return self.recordings[-1]

    # --- tampering

    def _tamper(self, nodes):
        """Does what the marks say."""
        pieces, swap = [], False
        for node in nodes:
            pieces.append(self._marked(list(node.units) if node.inner is None else self._tamper(node.inner), node.marks, node.inner is not None))
            if swap:
                pieces[-2:] = pieces[:-3:-1]
                for u in pieces[-1]:
                    u.swapped_key = u.letter == "I"
            for sei, marks in node.behind if node.inner is None else ():
                pieces[-1] = pieces[-1] + self._marked([sei], marks, False)
            swap = "^" in node.marks
        if swap:
            raise BadShape("nothing follows a ^")
        return [u for p in pieces for u in p]

    def _marked(self, units, marks, whole):
        before = []
        for mark in marks:
            if mark == "-":
                for u in units:
                    u.state = "gone"
            elif mark == "~":
                for u in units:
                    u.nal, u.state = self._altered(u), "intact" if u.letter == "X" else "altered"
            elif mark == "+":
                copies = [u.twin("copy") for u in units]
                for u in copies:
                    u.whole = whole
                units = units + copies
            elif mark == "!":
                before += [self._foreign(u) for u in units]
        return before + units

    def _foreign(self, unit):
        if unit.letter == "S":
            rec = next(r for r in self.recordings if r.number == unit.recording)
            return unit.twin("foreign", rec.foreign_sei(unit))
        if unit.letter in "GC":
            raise BadShape(f"no foreign {unit.letter}")
        twin = unit.twin("foreign", self.nals.make(unit.letter))
        return twin

    def _altered(self, unit):
        """One bit of it, in a place that does not change what it is."""
        nal = unit.nal
        if unit.letter == "X":
            return nal
        first, last = len(nal) // 2, len(nal) - 2
        if unit.letter in "SGC":
            # In the last bytes that are signed: a hash, or an address.
            last = len(nal) - 12 - self.recordings[0].writer.max_signature
            first = last - 60
        for _ in range(10000):
            at, bit = self.random.randrange(first, last), 1 << self.random.randrange(8)
            new = nal[:at] + bytes([nal[at] ^ bit]) + nal[at + 1:]
            if nal[at] > 3 and nal[at] ^ bit > 3:
                return new
        raise BadShape("no bit to alter")

    # --- out

    def data(self):
        return h264.annexb(*(u.nal for u in self.units if u.state != "gone"))
