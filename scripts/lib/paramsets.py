# SPDX-License-Identifier: LGPL-2.1-or-later
"""NAL units and what can be done to them without decoding a picture: SEI taken out, the VUI of a sequence
parameter set taken out or made plain (ITU-T H.264, 7.3; ITU-T H.265, 7.3).  The names are the standards'.

A NAL unit is bytes without start code and without zero bytes behind it.  What an edit gets is
(codec, nal); it returns the NAL unit, changed or not, or None where it is to go."""
import re

from h264 import escape

H264, H265 = "h264", "h265"
SETS_265 = {32: "vps", 33: "sps", 34: "pps", 39: "sei", 40: "sei"}
SETS_264 = {7: "sps", 8: "pps", 6: "sei"}
PARAMETER_SETS = ("vps", "sps", "pps")
HIGH_PROFILES = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)


class Unreadable(Exception):
    """A parameter set that the standard's syntax does not fit."""


# --- bits ------------------------------------------------------------------------------------


def unescape(nal):
    """Without the emulation prevention bytes (H.264 7.3.1)."""
    return re.sub(rb"\x00\x00\x03", b"\0\0", nal)


class Bits:
    """Reads; `at` is the position in bits, `text` all of them as digits."""

    def __init__(self, data):
        self.text = bin(int.from_bytes(b"\1" + data, "big"))[3:]
        self.at = 0

    def u(self, n=1):
        if self.at + n > len(self.text):
            raise Unreadable(f"it ends inside of a field at bit {self.at}")
        value = int(self.text[self.at:self.at + n], 2) if n else 0
        self.at += n
        return value

    def ue(self, largest=None):
        first = self.text.find("1", self.at)
        if first < 0 or first - self.at > 32:
            raise Unreadable(f"no Exp-Golomb code at bit {self.at}")
        start, n = self.at, first - self.at
        self.at = first
        value = self.u(n + 1) - 1
        if largest is not None and value > largest:
            raise Unreadable(f"{value} at bit {start}, at most {largest} is possible")
        return value

    def se(self):
        k = self.ue()
        return (k + 1) // 2 if k & 1 else -(k // 2)

    def payload(self):
        """Digits from here up to the stop bit."""
        stop = self.text.rfind("1")
        if stop < self.at:
            raise Unreadable("it has no stop bit")
        return self.text[self.at:stop]


def rbsp(digits):
    digits += "1"
    digits += "0" * (-len(digits) % 8)
    return int(digits, 2).to_bytes(len(digits) // 8, "big")


# --- NAL units ----------------------------------------------------------------------------------


def is_265(nal):
    """Parameter sets of the base layer only: to H.264 these bytes are types that nobody sends."""
    return len(nal) > 2 and nal[0] & 0x81 == 0 and nal[1] == 1 and nal[0] >> 1 in (32, 33, 34)


def set_name(nal, codec=None):
    """vps, sps, pps or sei, or None."""
    if len(nal) < 2 or nal[0] & 0x80:
        return None
    if codec == H265 or (codec is None and (is_265(nal) or nal[:2] in (b"\x4e\1", b"\x50\1"))):
        return SETS_265.get(nal[0] >> 1)
    return SETS_264.get(nal[0] & 31)


def codec_of(nal):
    return H265 if is_265(nal) or nal[:2] in (b"\x4e\1", b"\x50\1") else H264


class Unit:
    """A NAL unit where it stands: start code before it (empty if none), zero bytes behind it."""

    __slots__ = ("code", "nal", "zeros")

    def __init__(self, code, nal, zeros):
        self.code, self.nal, self.zeros = code, nal, zeros


def split(data):
    """What stands before the first start code, and the units.  One zero before 00 00 01 is the start
    code's, more belong to the NAL unit before (B.1.1)."""
    codes = [m.start() for m in re.finditer(rb"\x00\x00\x01", data)]
    if not codes:
        return data, []
    lead = data[:codes[0]]
    code = b"\0\0\1"
    if lead.endswith(b"\0"):
        lead, code = lead[:-1], b"\0\0\0\1"
    units = []
    for start, end in zip(codes, codes[1:] + [len(data)]):
        body = data[start + 3:end]
        nal = body.rstrip(b"\0")
        zeros, following = body[len(nal):], b"\0\0\1"
        if zeros and end < len(data):
            zeros, following = zeros[1:], b"\0\0\0\1"
        units.append(Unit(code, nal, zeros))
        code = following
    return lead, units


def join(lead, units):
    return lead + b"".join(part for u in units for part in (u.code, u.nal, u.zeros))


def codec_of_units(units, hint=None):
    """By the parameter sets; without any by `hint`, else by what the headers are in either standard."""
    for u in units:
        if is_265(u.nal):
            return H265
        if len(u.nal) > 4 and u.nal[0] & 0x9f == 7 and u.nal[0] >> 5:
            return H264
    if hint:
        return hint
    heads = [u.nal[:2] for u in units[:200] if len(u.nal) > 1]
    fits = sum(1 for h in heads if h[1] in (1, 2, 3) and h[0] & 0x81 == 0)
    return H265 if heads and fits == len(heads) else H264


def value_units(data):
    """Of the decoded value of an SDP: it may begin with a start code, hold several units or end in the
    start code of none."""
    lead, units = split(data)
    if not units or lead:
        nal = lead.rstrip(b"\0")
        units.insert(0, Unit(b"", nal, lead[len(nal):]))
    return [u for u in units if u.nal]


def value_nals(data):
    return [u.nal for u in value_units(data)]


def edit_units(units, edit, codec):
    """Applies `edit`; a unit behind one that went takes the longer of both start codes, since the first of
    an access unit must have four bytes.  Zeros behind a parameter set go if the edit says so."""
    out, pending = [], b""
    for u in units:
        nal = edit(codec, u.nal)
        if nal is None:
            pending = max(pending, u.code, key=len)
            continue
        zeros = b"" if edit.trims and set_name(u.nal, codec) in PARAMETER_SETS else u.zeros
        code = max(pending, u.code, key=len) if u.code or out else u.code
        out.append(Unit(code, nal, zeros))
        pending = b""
    return out


def without_repeats(units, codec):
    """Without a NAL unit that stands twice before the same picture, and without zeros behind any."""
    out, seen, pending = [], set(), b""
    for u in units:
        picture = 1 <= u.nal[0] & 31 <= 5 if codec == H264 and u.nal else bool(u.nal) and u.nal[0] >> 1 & 63 < 32
        if picture:
            seen.clear()
        elif u.nal in seen:
            pending = max(pending, u.code, key=len)
            continue
        else:
            seen.add(u.nal)
        out.append(Unit(max(pending, u.code, key=len), u.nal, b""))
        pending = b""
    return out


def edit_value(data, edit):
    """The same for the value of an SDP; empty if nothing stays."""
    units = value_units(data)
    if not units:
        return data
    if not edit.trims and all(edit(codec_of(u.nal), u.nal) == u.nal for u in units):
        return data
    kept = [(edit(codec_of(u.nal), u.nal), u) for u in units]
    trims = lambda u: edit.trims and set_name(u.nal) in PARAMETER_SETS
    return b"".join(u.code + nal + (b"" if trims(u) else u.zeros) for nal, u in kept if nal is not None)


# --- the edits ------------------------------------------------------------------------------------


class StripSei:
    trims = False

    def __call__(self, codec, nal):
        return None if set_name(nal, codec) == "sei" else nal


class Vui:
    """Without VUI, or with a plain one.  `failed` says what could not be read."""

    trims = True

    def __init__(self, plain=False):
        self.plain, self.failed, self.seen, self.had = plain, [], 0, 0
        self.done = {}

    def __call__(self, codec, nal):
        if set_name(nal, codec) != "sps":
            return nal
        if (codec, nal) not in self.done:
            self.seen += 1
            try:
                self.done[codec, nal], had = (sps_264 if codec == H264 else sps_265)(nal, self.plain)
                self.had += had
            except Unreadable as e:
                self.failed.append(str(e))
                self.done[codec, nal] = nal
        return self.done[codec, nal]


def scaling_list(b, size):
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + b.se()) % 256
        last = following or last


# What stays of a plain VUI: num_units_in_tick 1, time_scale 50, at a fixed rate.
TICK = f"{1:032b}" + f"{50:032b}"
PLAIN_264 = "1" + "0000" + "1" + TICK + "1" + "00" + "0" + "0"
# H.265 counts pictures, not fields: 1/25 is the same rate.
PLAIN_265 = "1" + "0000" + "000" + "0" + "1" + f"{1:032b}" + f"{25:032b}" + "0" + "0" + "0"


def up_to_vui_264(b):
    """Reads seq_parameter_set_data() as far as vui_parameters_present_flag."""
    profile = b.u(8)
    b.u(16)
    b.ue(31)
    if profile in HIGH_PROFILES:
        chroma = b.ue(3)
        if chroma == 3:
            b.u()
        b.ue(6)
        b.ue(6)
        b.u()
        if b.u():
            for i in range(12 if chroma == 3 else 8):
                if b.u():
                    scaling_list(b, 16 if i < 6 else 64)
    b.ue(12)
    kind = b.ue(2)
    if kind == 0:
        b.ue(12)
    elif kind == 1:
        b.u()
        b.se()
        b.se()
        for _ in range(b.ue(255)):
            b.se()
    b.ue()
    b.u()
    b.ue()
    b.ue()
    if not b.u():
        b.u()
    b.u()
    if b.u():
        for _ in range(4):
            b.ue()


def sps_264(nal, plain):
    """(the NAL unit without VUI or with a plain one, had it one)"""
    b = Bits(unescape(nal[1:]))
    up_to_vui_264(b)
    before = b.text[:b.at]
    has = b.u()
    if not has:
        # What stands behind the flag should be the stop bit alone; an SPS that is cut has none.
        b.payload()
    return nal[:1] + escape(rbsp(before + (PLAIN_264 if plain and has else "0"))), has


def display(b):
    """What VUI begins with in both standards (H.264 E.1.1, H.265 E.2.1): aspect ratio to chroma_loc_info."""
    if b.u() and b.u(8) == 255:
        b.u(32)
    if b.u():
        b.u()
    if b.u():
        b.u(4)
        if b.u():
            b.u(24)
    if b.u():
        b.ue()
        b.ue()


def timing(nal):
    """(num_units_in_tick, time_scale) of an H.264 SPS, None where it has none or cannot be read."""
    try:
        b = Bits(unescape(nal[1:]))
        up_to_vui_264(b)
        if not b.u():
            return None
        display(b)
        return (b.u(32), b.u(32)) if b.u() else None
    except Unreadable:
        return None


def profile_tier_level(b, sub_layers_minus1):
    b.u(96)
    present = [(b.u(), b.u()) for _ in range(sub_layers_minus1)]
    if sub_layers_minus1:
        b.u(2 * (8 - sub_layers_minus1))
    for profile, level in present:
        b.u(88 * profile + 8 * level)


def scaling_list_data(b):
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not b.u():
                b.ue()
                continue
            if size > 1:
                b.se()
            for _ in range(min(64, 1 << (4 + (size << 1)))):
                b.se()


def short_term_sets(b, count):
    """7.3.7; how many flags a predicted set has depends on the pictures of the set before it (7.4.8)."""
    sets = []
    for i in range(count):
        if i and b.u():
            sign = b.u()
            delta = (1 - 2 * sign) * (b.ue(32767) + 1)
            negative, positive = sets[i - 1]
            reference = negative + positive + [0]
            used = []
            for _ in reference:
                used.append(True if b.u() else bool(b.u()))
            pocs = [poc + delta for poc, use in zip(reference, used) if use and poc + delta]
            sets.append((sorted((p for p in pocs if p < 0), reverse=True), sorted(p for p in pocs if p > 0)))
        else:
            counts, lists = (b.ue(16), b.ue(16)), []
            for n, step in zip(counts, (-1, 1)):
                poc, one = 0, []
                for _ in range(n):
                    poc += step * (b.ue(32767) + 1)
                    b.u()
                    one.append(poc)
                lists.append(one)
            sets.append(tuple(lists))


def hrd_parameters(b, sub_layers_minus1):
    nal, vcl, sub_pic = b.u(), b.u(), 0
    if nal or vcl:
        sub_pic = b.u()
        b.u(19 * sub_pic + 8 + 4 * sub_pic + 15)
    for _ in range(sub_layers_minus1 + 1):
        general = b.u()
        within, low_delay, count = general or b.u(), 0, 0
        if within:
            b.ue()
        else:
            low_delay = b.u()
        if not low_delay:
            count = b.ue(31)
        for _ in range((nal + vcl) * (count + 1)):
            for _ in range(4 if sub_pic else 2):
                b.ue()
            b.u()


def vui_265(b, sub_layers_minus1):
    display(b)
    b.u(3)
    if b.u():
        for _ in range(4):
            b.ue()
    if b.u():
        b.u(64)
        if b.u():
            b.ue()
        if b.u():
            hrd_parameters(b, sub_layers_minus1)
    if b.u():
        b.u(3)
        for _ in range(5):
            b.ue()


def sps_265(nal, plain):
    b = Bits(unescape(nal[2:]))
    b.u(4)
    layers = b.u(3)
    b.u()
    if layers > 6:
        raise Unreadable(f"sps_max_sub_layers_minus1 is {layers}")
    profile_tier_level(b, layers)
    b.ue(15)
    if b.ue(3) == 3:
        b.u()
    b.ue()
    b.ue()
    if b.u():
        for _ in range(4):
            b.ue()
    b.ue(8)
    b.ue(8)
    poc_bits = b.ue(12) + 4
    for _ in range(layers + 1 if b.u() else 1):
        for _ in range(3):
            b.ue()
    for _ in range(6):
        b.ue()
    if b.u() and b.u():
        scaling_list_data(b)
    b.u(2)
    if b.u():
        b.u(8)
        b.ue()
        b.ue()
        b.u()
    short_term_sets(b, b.ue(64))
    if b.u():
        for _ in range(b.ue(32)):
            b.u(poc_bits + 1)
    b.u(2)
    before = b.text[:b.at]
    has = b.u()
    if has:
        vui_265(b, layers)
    # sps_extension_present_flag and what it calls for stay as they are.
    after = b.payload()
    if not after:
        raise Unreadable(f"it ends before its extension flag at bit {b.at}")
    return nal[:2] + escape(rbsp(before + ((PLAIN_265 if plain else "0") if has else "0") + after)), has
