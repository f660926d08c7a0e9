# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signs video as Axis Signed Video (v2 and the legacy v1) and ONVIF Media Signing do, with
throw-away keys, so that tests can build any shape of it.  The wire formats are those of the
Axis Signed Video Framework 2.3.8 and the ONVIF Media Signing specification 26.06."""
import datetime
import hashlib
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

UUID = {"axis": b"Signed Video...0", "onvif": bytes.fromhex("005bc93f2d715e95ada4796f90877a6f")}
HASHES = {"sha256": (hashes.SHA256, 1), "sha384": (hashes.SHA384, 2), "sha512": (hashes.SHA512, 3)}
NIST = bytes.fromhex("0609608648016503040200")
MAX_SIGNATURE = {"ec": 72, "rsa": 256}


def tlv(tag, value, short=False):
    return bytes([tag]) + (bytes([len(value)]) if short else struct.pack(">H", len(value))) + value


def text(*strings):
    return b"".join(bytes([len(s)]) + s.encode() for s in strings)


def escape(payload):
    """With emulation prevention bytes (H.264 7.4.1)."""
    out, zeros = bytearray(), 0
    for b in payload:
        if zeros >= 2 and b <= 3:
            out.append(3)
            zeros = 0
        out.append(b)
        zeros = zeros + 1 if b == 0 else 0
    return bytes(out)


class Authority:
    """A root, and leaves that it signs."""

    def __init__(self, name="Throw-away root"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign(name, self.key.public_key(), name, ca=True)

    def sign(self, subject, public_key, issuer="Throw-away root", ca=False, begins=datetime.datetime(2020, 1, 1),
             ends=datetime.datetime(2045, 1, 1)):
        name = lambda n: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)])
        return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(public_key)
                .serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
                .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True).sign(self.key, hashes.SHA256()))


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Signer:
    """`kind`: axis, axis-legacy or onvif.  Feed it hashable NAL units and the places of SEIs."""

    def __init__(self, kind, codec="h264", level="frame", key="ec", digest="sha256", escaped=True, hash_escaped=False, start_us=None,
                 little_endian=False, product=None, authority=None, chain="right", counter=1, certificate_sei=False):
        self.kind, self.codec, self.level, self.key_kind, self.digest = kind, codec, level, key, digest
        self.format = "onvif" if kind == "onvif" else "axis"
        self.escaped, self.hash_escaped, self.start_us, self.little_endian = escaped, hash_escaped, start_us, little_endian
        self.product = product or ("N/A", "1.0", "0001", "Somebody", "nowhere")
        self.counter, self.chain, self.certificate_sei = counter, chain, certificate_sei
        self.authority = authority or Authority()
        self.key = ec.generate_private_key(ec.SECP256R1()) if key == "ec" else rsa.generate_private_key(65537, 2048)
        self.linked = bytes(self.size)
        self.leaf = self.authority.sign("Throw-away camera", self.key.public_key() if chain != "wrong" else ec.generate_private_key(ec.SECP256R1()).public_key(),
                                        ends=datetime.datetime(2021 if chain == "expired" else 2045, 1, 1))

    @property
    def size(self):
        return hashlib.new(self.digest).digest_size

    def h(self, *parts):
        d = hashlib.new(self.digest)
        for p in parts:
            d.update(p)
        return d.digest()

    # --- hashes of NAL units -------------------------------------------------

    def hashed(self, gop, anchor):
        """Of (plain hash, is it a GOP's first?)."""
        return [p if first else self.h(anchor, p) for p, first in gop]

    # --- the SEI ----------------------------------------------------------------

    def sign(self, digest):
        prehashed = utils.Prehashed(HASHES[self.digest][0]())
        if self.key_kind == "ec":
            return self.key.sign(digest, ec.ECDSA(prehashed))
        pad = padding.PKCS1v15() if self.format == "axis" else padding.PSS(padding.MGF1(HASHES[self.digest][0]()), 32)
        return self.key.sign(digest, pad, prehashed)

    def public_pem(self):
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def optional(self):
        oid = NIST[:-1] + bytes([HASHES[self.digest][1]])
        if self.format == "onvif":
            certificates = b"" if self.chain == "none" else tlv(6, b"\1\1" + pem(self.leaf))
            return (tlv(4, b"\1" + bytes([len(oid)]) + oid + (b"\0" if self.key_kind == "ec" else b"\0") + b"\0\0")
                    + tlv(5, b"\1" + text(self.product[1], self.product[2], self.product[3])) + certificates)
        if self.kind == "axis-legacy":
            key = b"" if self.chain == "none" else tlv(2, b"\1\1" + self.public_pem())
            return key + tlv(3, b"\1" + text(*(p + "\0" for p in self.product)))
        key = b"" if self.chain == "none" else tlv(2, b"\2" + self.public_pem())
        return key + tlv(3, b"\2" + text(*self.product)) + tlv(7, b"\1" + bytes([len(oid)]) + oid, short=True)

    def times(self):
        if self.start_us is None:
            return None
        start = self.start_us + 1000000 * (self.counter - 1)
        return (start, start + 900000)

    def general(self, n, gop_hash, partial):
        t = self.times()
        if self.format == "onvif":
            ticks = lambda us: us * 10 + 116444736000000000
            e = "<" if self.little_endian else ">"
            return tlv(1, b"\1" + bytes([26, 6, 0, int(partial)]) + struct.pack(e + "QIH", ticks(t[0]) if t else 22400444, self.counter, n) + gop_hash + self.linked)
        flags = (1 if t else 0) | (2 if partial else 0)
        head = struct.pack(">IH", self.counter, n) + bytes([2, 3, 8, flags])
        if self.kind == "axis-legacy":
            return tlv(1, b"\2" + head + (struct.pack(">Q", t[0]) if t else b""), short=True)
        return tlv(1, b"\4" + head + (struct.pack(">QQ", *t) if t else b"") + self.linked + gop_hash, short=True)

    def wrap(self, payload, reserved):
        """(NAL unit, where its SIGNATURE begins is found by the caller): header, type, size, UUID, payload, stop."""
        header = b"\x06" if self.codec == "h264" else b"\x4e\x01"
        size = 16 + 1 + len(payload)
        head = header + b"\5" + b"\xff" * (size // 255) + bytes([size % 255])
        return head, UUID[self.format] + bytes([reserved]) + payload

    def reserved(self):
        bits = {"axis": 0x30, "axis-legacy": 0, "onvif": 0}[self.kind]
        if self.escaped and self.hash_escaped:
            bits |= 0x40 if self.format == "onvif" else 0x80
        return bits

    def nal(self, head, body):
        return head + (escape(body) if self.escaped else body) + b"\x80"

    def finish(self, payload, reserved, digest_of=None, hash_type=1):
        """Appends the SIGNATURE over the document hash, or over what `digest_of` makes of it."""
        tag = {"axis": 5, "axis-legacy": 5, "onvif": 3}[self.kind]
        room = MAX_SIGNATURE[self.key_kind]
        status = {"axis": b"\2\0", "axis-legacy": b"\1\0" + bytes([hash_type]), "onvif": b"\1"}[self.kind]
        unsigned = len(payload) + 3 + len(status) + 2 + room
        head, body = self.wrap(payload + bytes(unsigned - len(payload)), reserved)
        plain = body[:17 + len(payload)]
        document = self.h(head + (escape(plain) if self.escaped and self.hash_escaped else plain))
        signature = self.sign(digest_of(document) if digest_of else document)
        value = status + struct.pack(">H", len(signature)) + signature + b"\1" * (room - len(signature))
        return self.nal(*self.wrap(payload + tlv(tag, value), reserved))

    def sei(self, gop, anchor, partial=False):
        """Over [(plain hash, is first)], and for v1 the closing key picture last in it."""
        listed = self.hashed(gop, anchor)
        if self.kind == "axis-legacy":
            return self.legacy_sei(gop, listed)
        salt = b"\1" if self.format == "axis" else b""
        gop_hash = self.h(salt, *listed)
        parts = [self.optional(), self.general(len(listed), gop_hash, partial)]
        if self.level == "frame":
            parts.append(tlv(2 if self.format == "onvif" else 4, b"\1" + b"".join(listed)))
        nal = self.finish(b"".join(parts), self.reserved())
        self.linked = listed[0]
        self.counter += 1
        return nal

    def legacy_sei(self, gop, listed):
        if len(gop) > 1:  # the closing key picture, with the old anchor
            listed[-1] = self.h(gop[0][0], gop[-1][0])
        payload = self.optional() + self.general(len(listed), b"", False)
        if self.level == "frame":
            nal = self.finish(payload + tlv(4, b"\1" + b"".join(listed)), self.reserved())
        else:
            def recursive(document):
                g = self.h(b"\1")
                for entry in listed + [document]:
                    g = self.h(g, entry)
                return g
            nal = self.finish(payload, self.reserved(), recursive, hash_type=0)
        self.counter += 1
        return nal

    def static_sei(self):
        """Axis: golden.  ONVIF: a SEI of certificates, unsigned."""
        if self.format == "axis":
            return self.finish(self.optional(), 0x40 | (0x80 if self.escaped and self.hash_escaped else 0))
        return self.nal(*self.wrap(self.optional(), 0x80))
