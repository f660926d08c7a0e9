# SPDX-License-Identifier: LGPL-2.1-or-later
"""Axis Signed Video and ONVIF Media Signing: what is hashed and how, the SEI written and read, a file checked.

Formats: "axis" (2.x: linked hash and GOP hash), "axis-legacy" (1.x: the key picture that closes a group is hashed
with it), "onvif" (Media Signing).  A NAL unit is bytes from its header on, without start code."""
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.x509 import load_pem_x509_certificate

import mp4edit
import paramsets
from h264 import escape
from paramsets import H264, H265

AXIS, LEGACY, ONVIF = FORMATS = ("axis", "axis-legacy", "onvif")
UUIDS = {AXIS: b"Signed Video...0", LEGACY: b"Signed Video...0", ONVIF: bytes.fromhex("005bc93f2d715e95ada4796f90877a6f")}
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
OIDS = {name: bytes.fromhex("06096086480165030402") + bytes([n]) for n, name in enumerate(HASHES, 1)}
OID_RSA_PSS = bytes.fromhex("06092a864886f70d01010a")
# SEI header and payload type.
SEI_HEADS = {H264: b"\x06\x05", H265: b"\x4e\x01\x05"}
# The reserved byte.
AXIS_EPB, AXIS_GOLDEN, AXIS_LINKED, AXIS_GOP_HASH = 0x80, 0x40, 0x20, 0x10
ONVIF_CERTIFICATE, ONVIF_EPB = 0x80, 0x40
TICKS_1601 = 11644473600 * 10_000_000


# --- NAL units -------------------------------------------------------------------------------------


def nal_type(codec, nal):
    return nal[0] & 31 if codec == H264 else nal[0] >> 1 & 63


def is_hashed(codec, nal):
    t = nal_type(codec, nal)
    return t in (1, 5) if codec == H264 else t in (0, 1) or 16 <= t <= 21


def is_key(codec, nal):
    """The first slice of a key picture, with which a group begins."""
    t = nal_type(codec, nal)
    at = 1 if codec == H264 else 2
    return (t == 5 if codec == H264 else 16 <= t <= 21) and len(nal) > at and nal[at] & 0x80 != 0


def payload_place(codec, nal):
    """(where the payload begins, its size) of an SEI of user data, or None."""
    at, size = len(SEI_HEADS[codec]), 0
    if nal[:at] != SEI_HEADS[codec]:
        return None
    while at < len(nal) and nal[at] == 255:
        size, at = size + 255, at + 1
    return (at + 1, size + nal[at]) if at < len(nal) else None


def is_own(codec, nal):
    """None, or the format's UUID: it is an SEI of either."""
    place = payload_place(codec, nal)
    uuid = nal[place[0]:place[0] + 16] if place else b""
    return uuid if uuid in UUIDS.values() else None


def nals_of_stream(data, codec):
    """NAL units of a byte stream; an SEI written without emulation prevention is put together again."""
    _, units = paramsets.split(data)
    out, i = [], 0
    while i < len(units):
        nal = units[i].nal
        i += 1
        if is_own(codec, nal):
            at, size = payload_place(codec, nal)
            while len(nal) < at + size and i < len(units):
                nal += units[i - 1].zeros + units[i].code + units[i].nal
                i += 1
        out.append(nal)
    return out


def nals_of_mp4(data):
    """(codec, NAL units of the samples of the first video track)"""
    tracks = {}
    for box in mp4edit.boxes(data, 0, len(data)):
        if box.track is not None:
            tracks.setdefault(box.track, {}).setdefault(box.kind, box)
    for of in tracks.values():
        record = of.get(b"avcC") or of.get(b"hvcC")
        if not record:
            continue
        codec = H264 if record.kind == b"avcC" else H265
        n_length = data[record.payload + (4 if codec == H264 else 21)] % 4 + 1
        out = []
        for offset, size, _ in mp4edit.samples(data, of):
            at, end = offset, offset + size
            while at + n_length <= end:
                n = int.from_bytes(data[at:at + n_length], "big")
                out.append(data[at + n_length:at + n_length + n])
                at += n_length + n
        return codec, [nal for nal in out if nal]
    return None, []


def read_nals(path, codec=None):
    with open(path, "rb") as f:
        data = f.read()
    if data[4:8] == b"ftyp":
        return nals_of_mp4(data)
    codec = codec or paramsets.codec_of_units(paramsets.split(data)[1])
    return codec, nals_of_stream(data, codec)


# --- hashes ----------------------------------------------------------------------------------------


class Hashing:
    """What is hashed, of one format with one hash."""

    def __init__(self, form, name="sha256"):
        self.form, self.name = form, name
        self.size = hashlib.new(name).digest_size

    def plain(self, data):
        return hashlib.new(self.name, data).digest()

    def nal(self, nal):
        return self.plain(nal.rstrip(b"\0"))

    def with_key(self, key_hash, nal):
        """Of a NAL unit that is not the key picture's first; `key_hash` is that one's."""
        return self.plain(key_hash + self.nal(nal))

    def group(self, listed, document=None):
        """The GOP hash of hashes; legacy needs the document's."""
        if self.form == LEGACY:
            of = self.plain(b"\1")
            for h in [*listed, document]:
                of = self.plain(of + h)
            return of
        return self.plain((b"\1" if self.form == AXIS else b"") + b"".join(listed))


def sign(private, form, hash_name, digest):
    """Over a digest as it is."""
    how = utils.Prehashed(HASHES[hash_name])
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(digest, ec.ECDSA(how))
    if form == ONVIF:
        return private.sign(digest, padding.PSS(padding.MGF1(HASHES[hash_name]), HASHES[hash_name].digest_size), how)
    return private.sign(digest, padding.PKCS1v15(), how)


def holds(public, form, hash_name, digest, signature):
    how = utils.Prehashed(HASHES[hash_name])
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, digest, ec.ECDSA(how))
        elif form == ONVIF:
            public.verify(signature, digest, padding.PSS(padding.MGF1(HASHES[hash_name]), padding.PSS.AUTO), how)
        else:
            public.verify(signature, digest, padding.PKCS1v15(), how)
    except InvalidSignature:
        return False
    return True


# --- the SEI, written ---------------------------------------------------------------------------------


def tlv(form, tag, value):
    """Two tags of Axis have a length of one byte."""
    if form != ONVIF and tag in (1, 7):
        return bytes([tag, len(value)]) + value
    return bytes([tag]) + struct.pack(">H", len(value)) + value


def text(value, with_nul=False):
    value = value.encode() + (b"\0" if with_nul else b"")
    return bytes([len(value)]) + value


class SeiWriter:
    """Puts TLVs into an SEI and signs it.  `bytes_`: escaped (hashed without), escaped-hashed (hashed with), raw."""

    def __init__(self, form, codec, private, hash_name, bytes_="escaped"):
        self.form, self.codec, self.private, self.hash_name, self.bytes_ = form, codec, private, hash_name, bytes_
        # DER of an ECDSA signature has up to two bytes less than its most.
        self.max_signature = (2 * ((private.key_size + 7) // 8) + 8 if isinstance(private, ec.EllipticCurvePrivateKey) else private.key_size // 8)

    def _reserved(self, bits):
        return bits | ((ONVIF_EPB if self.form == ONVIF else AXIS_EPB) if self.bytes_ == "escaped-hashed" else 0)

    def write(self, bits, body, listed=(), sign_group=False, signed=True):
        """(NAL unit, document hash): `body` is all TLVs but the signature."""
        hashing = Hashing(self.form, self.hash_name)
        width = self.max_signature
        head = 4 if self.form != LEGACY else 5
        head -= 1 if self.form == ONVIF else 0
        size = 17 + len(body) + ((3 + head + width) if signed else 0)
        prefix = SEI_HEADS[self.codec] + b"\xff" * (size // 255) + bytes([size % 255])
        payload = UUIDS[self.form] + bytes([self._reserved(bits)]) + body
        escaped = (lambda p: p) if self.bytes_ == "raw" else escape
        if not signed:
            nal = prefix + escaped(payload) + b"\x80"
            return nal, hashing.nal(nal)
        # An emulation prevention byte before the signature's tag is the signature's, not the document's.
        document = hashing.plain(prefix + (escape(payload) if self.bytes_ == "escaped-hashed" else payload))
        digest = hashing.group(listed, document) if sign_group else document
        signature = sign(self.private, self.form, self.hash_name, digest)
        padded = signature + b"\1" * (width - len(signature))
        if self.form == ONVIF:
            last = tlv(self.form, 3, b"\1" + struct.pack(">H", len(signature)) + padded)
        elif self.form == LEGACY:
            last = tlv(self.form, 5, bytes([1, 0, 0 if sign_group else 1]) + struct.pack(">H", len(signature)) + padded)
        else:
            last = tlv(self.form, 5, bytes([2, 0]) + struct.pack(">H", len(signature)) + padded)
        return prefix + escaped(payload + last) + b"\x80", document


def axis_general(version, counter, count, times_us, linked=b"", gop_hash=b"", signer=(2, 3, 8), triggered=False):
    """times_us: None, or (start, end)."""
    out = bytes([version]) + struct.pack(">IH", counter & 0xffffffff, count) + bytes(signer)
    if version >= 2:
        out += bytes([(1 if times_us else 0) | (2 if triggered else 0)])
        if times_us:
            out += struct.pack(">Q", times_us[0]) + (struct.pack(">Q", times_us[1]) if version >= 4 else b"")
    return out + (linked + gop_hash if version >= 3 else b"")


def onvif_general(version, counter, count, times_us, linked, gop_hash, partial=False, little_endian=False):
    order = "<" if little_endian else ">"
    ticks = [t * 10 + TICKS_1601 for t in times_us]
    out = bytes([version, 25, 12, 3, 1 if partial else 0]) + struct.pack(order + "Q", ticks[0])
    out += struct.pack(order + "Q", ticks[1]) if version >= 2 else b""
    return out + struct.pack(order + "I", counter & 0xffffffff) + struct.pack(">H", count) + gop_hash + linked


# --- the SEI, read ---------------------------------------------------------------------------------------


class Sei:
    """form, tlvs {tag: [value]}, document (the bytes that are hashed), signature, general fields."""

    def __init__(self, codec, nal):
        nal = nal.rstrip(b"\0")
        at, size = payload_place(codec, nal)
        n_epb = len(nal) - at - size - (1 if nal[-1] == 0x80 else 0)
        raw = nal[at:at + size + max(n_epb, 0)]
        payload = paramsets.unescape(raw) if n_epb > 0 else raw
        uuid, self.reserved = payload[:16], payload[16]
        onvif = uuid == UUIDS[ONVIF]
        self.golden = not onvif and bool(self.reserved & AXIS_GOLDEN)
        self.certificate = onvif and bool(self.reserved & ONVIF_CERTIFICATE)
        self.form = ONVIF if onvif else AXIS if self.reserved & 0x30 or self.golden else LEGACY
        tags = {1: "general", 2: "list", 3: "signature", 4: "crypto", 5: "vendor", 6: "certificates"} if onvif else \
            {1: "general", 2: "key", 3: "product", 4: "list", 5: "signature", 7: "crypto", 129: "vendor"}
        self.tlvs, at_tlv, cut = {}, 17, None
        while at_tlv + 2 < len(payload):
            tag, wide = payload[at_tlv], 1 if not onvif and payload[at_tlv] in (1, 7) else 2
            n = int.from_bytes(payload[at_tlv + 1:at_tlv + 1 + wide], "big")
            if tags.get(tag) == "signature":
                cut = at_tlv
            self.tlvs[tags.get(tag, tag)] = payload[at_tlv + 1 + wide:at_tlv + 1 + wide + n]
            at_tlv += 1 + wide + n
        epb_bit = self.reserved & (ONVIF_EPB if onvif else AXIS_EPB)
        self.document = None
        if cut is not None:
            head = payload[:cut]
            self.document = nal[:at] + (escape(head) if epb_bit and n_epb > 0 else head)
        self._general(onvif)
        self._signature()
        crypto = self.tlvs.get("crypto")
        self.hash_name = next((n for n, oid in OIDS.items() if crypto and oid in crypto), "sha256")
        h = hashlib.new(self.hash_name).digest_size
        listed = self.tlvs.get("list")
        self.listed = [listed[i:i + h] for i in range(1, len(listed), h)] if listed else None

    def _general(self, onvif):
        self.counter = None
        g = self.tlvs.get("general")
        if g is None:
            return
        self.linked = self.gop_hash = None
        if onvif:
            at = 21 if g[0] >= 2 else 13
            self.counter, self.count = struct.unpack_from(">IH", g, at)
            h = (len(g) - at - 6) // 2
            self.gop_hash, self.linked = g[at + 6:at + 6 + h], g[at + 6 + h:]
            return
        self.counter, self.count = struct.unpack_from(">IH", g, 1)
        if g[0] >= 3:
            at = 11 + ((16 if g[0] >= 4 else 8) if g[10] & 1 else 0)
            h = (len(g) - at) // 2
            self.linked, self.gop_hash = g[at:at + h], g[at + h:]

    def _signature(self):
        s, self.signature, self.hash_type = self.tlvs.get("signature"), None, 1
        if s is None:
            return
        at = 1 if self.form == ONVIF else 2
        if self.form == LEGACY and s[0] == 1:
            self.hash_type, at = s[2], 3
        n = struct.unpack_from(">H", s, at)[0]
        self.signature = s[at + 2:at + 2 + n]

    def key(self):
        """The public key it brings, or None."""
        if "certificates" in self.tlvs:
            return load_pem_x509_certificate(self.tlvs["certificates"][2:]).public_key()
        pem = self.tlvs.get("key")
        return serialization.load_pem_public_key(pem[pem.index(b"-----BEGIN"):].rstrip(b"\0")) if pem else None


# --- a file checked -------------------------------------------------------------------------------------


class Checked:
    """What check() found: signatures that hold of how many, the SEI's, hashes found of those signed, faults in words."""

    def __init__(self):
        self.seis = self.good = self.signed = self.found = self.links = 0
        self.covered, self.faults, self.first = set(), [], None  # first: plain hash of the first NAL unit that the last SEI signs


def check(codec, nals):
    """Every SEI's signature, and its hashes looked for among the NAL units before it (legacy: and the key picture behind it).

    No judgement of what was done to a file; it says what does not fit."""
    out, key, last_counter, first_of_last = Checked(), None, None, None
    waiting, key_hash, old_key_hash = [], None, None  # (index, nal, hash with its own key picture, as it closes a group, plain)
    parsed = [(i, nal, Sei(codec, nal) if is_own(codec, nal) else None) for i, nal in enumerate(nals)]
    form = next((s.form for _, _, s in parsed if s and not s.golden), None)
    name = next((s.hash_name for _, _, s in parsed if s), "sha256")
    hashing = Hashing(form, name)
    for i, nal, sei in parsed:
        key = key or (sei.key() if sei else None)
    for i, nal, sei in parsed:
        if sei is None:
            if not is_hashed(codec, nal):
                continue
            if is_key(codec, nal):
                old_key_hash, key_hash = key_hash, hashing.nal(nal)
                closing = hashing.plain(old_key_hash + key_hash) if old_key_hash else key_hash
                waiting.append((i, {key_hash, closing}, key_hash, closing))
            elif key_hash:
                h = hashing.with_key(key_hash, nal)
                waiting.append((i, {h}, h, None))
            continue
        if sei.signature is None:
            h = hashing.nal(nal)
            waiting.append((i, {h}, h, None))
            continue
        out.seis += 1
        following = next((n for j, n, s in parsed[i + 1:] if s is None and is_hashed(codec, n)), None)
        shown = list(waiting)
        if form == LEGACY and following and is_key(codec, following):
            h = hashing.nal(following)
            closing = hashing.plain(key_hash + h) if key_hash else h
            shown.append((None, {h, closing}, h, closing))
        judge(out, hashing, key, sei, shown)
        if sei.counter is None:
            continue
        if last_counter is not None and sei.counter != last_counter + 1:
            out.faults.append(f"counter {sei.counter} after {last_counter}")
        last_counter = sei.counter
        if sei.linked is not None and any(sei.linked):
            out.links += 1
            if first_of_last is not None and sei.linked != first_of_last:
                out.faults.append(f"counter {sei.counter}: the link")
        first_of_last = out.first or first_of_last
        last_used = [n for n, w in enumerate(waiting) if w[0] in out.covered]
        if last_used:
            keep = last_used[-1] if form == LEGACY and waiting[last_used[-1]][3] else last_used[-1] + 1
            waiting = waiting[keep:]
    return out


def judge(out, hashing, key, sei, waiting):
    """The signature of one SEI, and what it lists."""
    document = hashing.plain(sei.document)
    listed = sei.listed
    out.first = None
    if listed is None and sei.counter is not None:
        # Without a list: the next so many, as they stand.
        of = waiting[:sei.count]
        closes = lambda n, w: hashing.form == LEGACY and n > 0 and w[3]
        listed = [w[3] if closes(n, w) else w[2] for n, w in enumerate(of)]
        if sei.gop_hash is not None and hashing.group(listed) != sei.gop_hash:
            out.faults.append(f"counter {sei.counter}: the GOP hash")
            listed = []
    digest = hashing.group(listed, document) if sei.hash_type == 0 else document
    if key and holds(key, sei.form, hashing.name, digest, sei.signature):
        out.good += 1
    else:
        out.faults.append(f"counter {sei.counter}: the signature")
    at = 0
    for n, h in enumerate(listed or ()):
        out.signed += 1
        place = next((j for j in range(at, len(waiting)) if h in waiting[j][1]), None)
        if place is None:
            out.faults.append(f"counter {sei.counter}: hash {n} is of no NAL unit that is there")
            continue
        out.found += 1
        out.covered.add(waiting[place][0])
        out.first = out.first or waiting[place][2]
        at = place + 1
    if sei.counter is not None and sei.gop_hash is not None and sei.listed and hashing.group(sei.listed) != sei.gop_hash:
        out.faults.append(f"counter {sei.counter}: the GOP hash is not that of the list")
