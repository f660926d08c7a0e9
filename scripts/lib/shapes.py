# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signed streams from a string, and what a right verifier says of them.

    I P       key picture, picture          i p  one more slice of the picture before
    X         a NAL unit that is not hashed
    S         the signer's SEI: over the oldest whole GOP that is not signed yet, or, where the next
              key picture has not come, over all that has; v1 signs with the key picture that closes the GOP

and behind a letter what is done to that NAL unit after signing:

    -  dropped    ~  one bit changed    +  twice    ^  changes places with the next    !  a foreign one of its kind is put before it
"""
import dataclasses
import random
import re

import h264
import h265

HASHED = "IPip"


@dataclasses.dataclass
class Nal:
    kind: str
    data: bytes
    name: int          # of the original; a foreign one has one of its own
    signs: tuple = ()  # names, of a SEI
    good: bool = True  # as it was signed
    closes: int = -1   # Axis v1: the key picture that its GOP is signed with


def slice_nal(kind, codec, rand, n=40):
    """A slice header as it must be (H.264 7.3.3, H.265 7.3.6.1), and noise."""
    w, key, first = h264.BitWriter(), kind in "Ii", kind in "IP"
    if codec == "h264":
        w.ue(0 if first else 7), w.ue(7 if key else 5), w.ue(0)  # first_mb_in_slice, slice_type, pic_parameter_set_id
        w.u(4, 0 if key else 1)                                  # frame_num
        w.ue(0) if key else w.u(2, 0)                            # idr_pic_id; num_ref_idx override, list modification
        w.u(2, 0) if key else w.u(1, 0)                          # dec_ref_pic_marking()
        w.se(0), w.ue(1)                                         # slice_qp_delta, disable_deblocking_filter_idc
    else:
        w.u(1, first)
        if key:
            w.u(1, 0)                                            # no_output_of_prior_pics_flag
        w.ue(0)
        if not first:
            w.u(7, 9)                                            # slice_segment_address: 80 coding tree blocks
        w.ue(2 if key else 1)
        if not key:
            w.u(8, 1), w.u(1, 0), w.ue(1), w.ue(0), w.ue(0), w.u(1, 1)  # order count, its short-term set: one picture
            w.u(1, 0), w.ue(0)
        w.se(0), w.u(1, 1)
    body = w.rbsp() + bytes(rand.randrange(4, 256) for _ in range(n)) + b"\x80"
    if codec == "h264":
        return bytes([0x65 if key else 0x41]) + h264.escape(body)
    return bytes([0x26 if key else 0x02, 0x01]) + h264.escape(body)


def other_nal(codec):
    return b"\x09\x10" if codec == "h264" else b"\x46\x01\x10"


def parse(shape):
    steps = re.findall(r"([IPipXS])([-~+^!]?)", shape)
    if "".join(a + b for a, b in steps) != shape:
        raise ValueError(f"'{shape}' is no shape: I P i p X S, each with one of - ~ + ^ ! behind it")
    return steps


def is_over(kinds, at):
    """Does a key picture, or the end, follow?"""
    rest = [k for k in kinds[at + 1:] if k in HASHED]
    return not rest or rest[0] == "I"


def sign(shape, signer, seed=1):
    """The NAL units in order, as they are before anything is done to them."""
    rand = random.Random(seed)
    kinds = [kind for kind, _ in parse(shape)]
    made = [slice_nal(k, signer.codec, rand) if k in HASHED else b"" for k in kinds]
    pending, out, anchor, closed = [], [], None, None
    legacy = signer.kind == "axis-legacy"
    for at, kind in enumerate(kinds):
        if kind in HASHED:
            pending.append(at)
            out.append(Nal(kind, made[at], at))
            continue
        if kind == "X":
            out.append(Nal("X", other_nal(signer.codec), at))
            continue
        later = [i for i in pending[1:] if kinds[i] == "I"]
        covered = pending[:pending.index(later[0])] if later else list(pending)
        listed = list(covered)
        if legacy and (closed is None or covered):
            closing = later[0] if later else next((i for i in range(at + 1, len(kinds)) if kinds[i] == "I"), None)
            if closed is None and len(pending) < 2 and not later:
                listed, covered = ([pending[0]] if pending else [closing]), []
            elif closing is None:
                raise ValueError("v1 signs a GOP with the key picture that closes it")
            else:
                listed.append(closing)
            closed = True
        if kinds[listed[0]] == "I":
            anchor = signer.h(made[listed[0]])
        data = signer.sei([(signer.h(made[i]), kinds[i] == "I") for i in listed], anchor, partial=not later and not is_over(kinds, at))
        closes = listed[-1] if legacy else -1
        out.append(Nal("S", data, at, tuple(covered), closes=closes))
        pending = pending[len(covered):]
    return out


def changed(data, at=-4):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def tamper(shape, nals, codec, seed=1):
    rand = random.Random(seed + 1000)
    out, hold = [], None
    for (kind, mark), nal in zip(parse(shape), nals):
        these = [nal]
        if mark == "-":
            these = []
        elif mark == "~":
            # In a SEI a bit of its hash list or general part, not of what fills the signature up.
            at = -4 if kind != "S" else -140
            these = [dataclasses.replace(nal, data=changed(nal.data, at), name=nal.name if kind == "S" else -1 - nal.name, good=False)]
        elif mark == "+":
            these = [nal, dataclasses.replace(nal)]
        elif mark == "!":
            these = [Nal(kind, slice_nal(kind, codec, rand) if kind in HASHED else other_nal(codec), -1000 - nal.name), nal]
        if hold:
            these.append(hold)
            hold = None
        if mark == "^":
            hold = nal
            continue
        out += these
    return out + ([hold] if hold else [])


def parameter_sets(codec):
    stream = h264.Stream()
    return [stream.sps(), stream.pps()] if codec == "h264" else [h265.vps(), h265.sps(), h265.pps()]


def annexb(nals, codec):
    return b"".join(b"\0\0\0\1" + data for data in parameter_sets(codec) + [n.data for n in nals])


# --- what is to be said of it -------------------------------------------------------

def common(listed, there):
    """The longest common subsequence as pairs of places; of equal ones the later."""
    n, m = len(listed), len(there)
    best = [[0] * (m + 1) for _ in range(n + 1)]
    for a in range(n - 1, -1, -1):
        for b in range(m - 1, -1, -1):
            best[a][b] = max(best[a + 1][b], best[a][b + 1], best[a + 1][b + 1] + (listed[a] == there[b]))
    pairs, a, b = {}, 0, 0
    while a < n and b < m:
        if best[a][b] == best[a][b + 1]:
            b += 1
        elif best[a][b] == best[a + 1][b]:
            a += 1
        else:
            pairs[a] = b
            a, b = a + 1, b + 1
    return pairs


class Expectation:
    """What a right verifier says of a stream that was signed whole and then tampered with."""

    def __init__(self, stream, level="frame"):
        self.stream, self.level = stream, level
        self.marks = ["P" if n.kind in HASHED else "_" for n in stream]
        self.missing = {}          # place: how many signed ones are missing before it
        self.free = []             # places of hashed NAL units that no SEI has claimed
        self.seen, self.lost, self.matched_any, self.repeated = set(), False, False, False
        self.n_bad = self.n_gone = self.n_early = 0
        self.signed = {n.name: n for n in stream if n.kind == "S"}

    def place_after(self, at):
        return next((i for i in range(at + 1, len(self.stream)) if self.stream[i].kind in HASHED + "S"), len(self.stream))

    def gone(self, before, n):
        if n:
            self.missing[before] = self.missing.get(before, 0) + n
            self.n_gone += n

    def bad(self, place):
        self.marks[place] = "N"
        self.n_bad += 1

    def between(self, places, lacking, before):
        """NAL units that no entry has: some stand for `lacking` entries, more were added."""
        for p in places:
            self.bad(p)
        lacking = lacking - sum(self.stream[p].name not in self.moved for p in places)
        self.gone(before, max(lacking, 0))

    def sei(self, place):
        nal = self.stream[place]
        if nal.name in self.seen:
            self.bad(place)
            return
        self.seen.add(nal.name)
        if not nal.good:
            self.bad(place)
        else:
            self.marks[place] = "."
        if not nal.signs:
            self.matched_any = True  # v1's first: the recording does not begin after it
            return
        if not nal.good:
            self.take_damaged(nal, place)
            return
        names = [self.stream[p].name for p in self.free]
        held = next((p for p in self.free if self.stream[p].name == nal.signs[0] and self.closed(p)), None)
        if held is not None:  # of its copies, that one
            names = [n if n != nal.signs[0] or p == held else None for n, p in zip(names, self.free)]
        pairs = common(nal.signs, names)
        if self.level == "gop" and [names[i] for i in sorted(pairs.values())] != list(nal.signs):
            pairs = {}
        if self.level == "gop" and pairs and max(pairs.values()) - min(pairs.values()) != len(nal.signs) - 1:
            pairs = {}
        (self.take if pairs else self.take_nothing)(nal, place, pairs)

    def closed(self, place):
        """Axis v1: the first copy of a key picture that a good SEI before has closed with."""
        name = self.stream[place].name
        first = next(i for i, n in enumerate(self.stream) if n.name == name)
        return first == place and any(s.closes == name and s.good and s.name in self.seen for s in self.signed.values())

    def take_damaged(self, nal, place):
        for p in [p for p in self.free if p < place and self.of(nal, p)]:
            self.marks[p] = "." if self.closed(p) else "U"
            self.free.remove(p)
        self.matched_any = True

    def take_nothing(self, nal, place, pairs):
        own = [p for p in self.free if p < place and self.of(nal, p)]
        if own:
            if self.level == "gop":
                for p in own:
                    self.bad(p)
            else:
                self.moved = set()
                self.between(own, len(nal.signs), self.place_after(own[-1]))
        elif self.matched_any and self.level == "frame":
            self.gone(place, len(nal.signs))
        elif self.matched_any:
            self.n_gone += len(nal.signs)
        self.free = [p for p in self.free if p not in own]

    def of(self, nal, p):
        """Was it, before it was tampered with, one of these?"""
        name = self.stream[p].name
        return name in nal.signs or (-1 - name) in nal.signs or (-1000 - name) in nal.signs

    def take(self, nal, place, pairs):
        listed, free = nal.signs, self.free
        names = [self.stream[p].name for p in free]
        first, last = min(pairs.values()), max(pairs.values())
        unpaired = {listed[e] for e in range(len(listed)) if e not in pairs}
        self.moved = {n for i, n in enumerate(names[:last]) if n in unpaired and i not in pairs.values()}
        at = first
        front = free[:first]
        if not self.matched_any and min(pairs) == 0:
            front = []  # a stream may begin unsigned
            self.n_early = first
        if self.lost:
            front = [p for p in front if self.of(nal, p)]
        lacking = sum(listed[e] not in self.moved for e in range(min(pairs)))
        if front or self.matched_any:
            self.between(front, lacking, free[first])
        lacking = 0
        for e in range(min(pairs), len(listed)):
            if e not in pairs:
                lacking += listed[e] not in self.moved
                continue
            self.between(free[at:pairs[e]], lacking, free[pairs[e]])
            self.marks[free[pairs[e]]] = "."
            at, lacking = pairs[e] + 1, 0
        rest = [p for p in free[at:] if p < place and self.stream[p].name < 0 and self.of(nal, p)]
        if rest:
            self.between(rest, lacking, self.place_after(rest[-1]))
        elif lacking:
            self.gone(self.place_after(free[last]), lacking)
        self.free = [p for p in free[at:] if p not in rest]
        self.matched_any, self.lost = True, False

    def closing_ones(self):
        """Axis v1: a key picture is signed twice, by the GOP before too."""
        last = max(self.signed, default=-1)
        for sei in self.signed.values():
            if sei.closes < 0 or not sei.good:
                continue
            for place, nal in enumerate(self.stream):
                if nal.name == sei.closes and self.marks[place] == "P":
                    self.marks[place] = "."
                    break
            if sei.name == last and sei.signs:
                there = [p for p in self.free if self.stream[p].name not in (sei.closes,)]
                if any(self.stream[p].name == -1 - sei.closes for p in there):
                    self.bad(next(p for p in there if self.stream[p].name == -1 - sei.closes))

    def run(self, shape):
        expected = [i for i, (kind, _) in enumerate(parse(shape)) if kind == "S"]
        due = iter(expected)
        dropped = {i for i in expected if i not in self.signed}
        for place, nal in enumerate(self.stream):
            if nal.kind in HASHED:
                self.free.append(place)
            elif nal.kind == "S":
                for i in due:
                    if i == nal.name:
                        break
                    self.lost |= i in dropped
                self.sei(place)
        self.closing_ones()
        strip = "".join("M" * self.missing.get(i, 0) + (self.marks[i] if i < len(self.marks) else "") for i in range(len(self.marks) + 1))
        early = [i for i in dropped if any(s > i for s in self.signed)]
        if self.n_bad:
            return strip, "not-ok"
        return strip, "ok-with-missing" if self.n_gone or self.n_early or early else "ok"


def expect(shape, stream, codec, level="frame"):
    strip, verdict = Expectation(stream, level).run(shape)
    return "_" * len(parameter_sets(codec)) + strip, verdict
