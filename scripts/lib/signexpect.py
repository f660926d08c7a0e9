# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a right verifier says of a stream of signshape.py, told from what was done to it: no hash is computed here.

Each NAL unit of the file, and each dropped one that may show, has a slot: a string of the characters that are
right there; with "?" the slot may be missing.  The first is the one that is printed.  Several are right where the
formats leave open what a verifier can know, or where either word is fair to what was done:

- of a NAL unit and its copy behind it, either is the copy
- of two that changed places, either is the one that moved
- with a list, a key picture that is gone is known by its hash in the list, so that the others can be judged;
  without one a group is judged whole
- an SEI that comes out of its turn is N; what it signs is as it was signed, or is a copy
- an M may stand before or behind SEIs and what is not hashed: where between them it was, nobody knows
- axis-legacy at GOP level signs the hash of the group, so that a change of pictures and one of the SEI look the same"""
import re

from signedvideo import LEGACY

BEST_TO_WORST = ".MPUN"


def fragment(slot):
    return "[" + slot.replace("?", "") + "]" + ("?" if "?" in slot else "")


class Expected:
    """slots: (unit, slot); `verdicts` that are right, the first is printed."""

    def __init__(self, slots, verdicts, key):
        self.slots, self.verdicts, self.key = slots, verdicts, key

    def strip(self):
        return "".join(slot[0] for _, slot in self.slots if "?" not in slot)

    def verdict(self):
        return self.verdicts[0]

    def words(self):
        """All that is right, for a person to read: one character, or those in brackets."""
        return "".join(slot if len(slot) == 1 else fragment(slot) for _, slot in self.slots)

    def sorted_slots(self):
        """Of changed and missing ones side by side the missing first."""
        out = []
        for entry in self.slots:
            at = len(out)
            while entry[0].state == "gone" and at and out[at - 1][0].state == "altered" and out[at - 1][0].hashed():
                at -= 1
            out.insert(at, entry)
        return out

    def pattern(self, hashed):
        """Of the slots that are hashed, or of the others."""
        out, before = [], None
        for unit, slot in self.sorted_slots():
            if unit.hashed() != hashed:
                continue
            now = fragment(slot)
            if unit.swapped_key:
                now += "M?"  # one that now stands before its key picture has another hash there, and is missed here
            if unit.state == "copy" and before is unit.of:
                out[-1] = f"(?:{out[-1]}{now}|{now}{out[-1]})"
            else:
                out.append(now)
            before = unit
        return "".join(out)

    def fits(self, strip, verdict):
        units = [u for u, _ in self.slots if u.state != "gone"]
        plain = [c for c in strip or "" if c != "M"]
        if len(plain) != len(units) or verdict not in self.verdicts:
            return False
        of, others, rest = [], [], iter(units)
        for c in strip:
            unit = next(rest) if c != "M" else None
            (of if unit is None or unit.hashed() else others).append(c)
        got = "".join(of)
        # Of changed and missing ones side by side nobody knows which stood where.
        sides = (got, re.sub("[NM]+", lambda m: "".join(sorted(m.group())), got))
        return any(re.fullmatch(self.pattern(True), side) for side in sides) and re.fullmatch(self.pattern(False), "".join(others)) is not None


def expect(stream):
    return Expectation(stream).result()


class Expectation:
    def __init__(self, stream):
        self.o = stream.o
        self.units = stream.units
        self.out = [u for u in stream.units if u.state != "gone"]
        self.groups = stream.groups
        self.joined = "|" in stream.shape and "||" not in stream.shape
        self.listed = self.o.level == "frame"
        self.not_ok = self.missing = self.judged = self.tail_cut = self.head_foreign = False
        self.place = {u: n for n, u in enumerate(self.out)}
        self.first_hashed = next((n for n, u in enumerate(self.out) if u.hashed()), len(self.out))

    def result(self):
        self.sei_slots = self.seis()
        self.good = [g for g in self.groups if self.sei_slots.get(g.sei, "N")[0] == "." or g.sei in self.out_of_turn]
        self.changed = {g: self.group_changed(g) for g in self.good}
        slots = [(u, self.slot(u)) for u in self.units]
        return Expected([(u, s) for u, s in slots if s], self.verdicts(), self.key())

    # --- SEIs: in their turn, one after the other

    def seis(self):
        slots, last, self.out_of_turn, foreign_first = {}, None, set(), False
        for u in self.out:
            if u.letter in "GC":
                # The certificate SEI is static too, but it is no golden one.
                copy = u.state == "copy" and u.letter == "C"
                slots[u] = "N" if u.state == "altered" or copy else "."
                self.not_ok |= slots[u] == "N"
                continue
            if u.letter != "S":
                continue
            turn = (u.recording, u.sei_of.number)
            if u.state == "intact" and foreign_first:
                slots[u] = ".N"  # nobody can know which of two keys is the intruder's
            elif u.state == "intact" and last and turn[0] == last[0] and turn[1] > last[1]:
                slots[u] = "." if turn[0] == 0 else ".N"
            elif u.state == "intact" and not last:
                slots[u] = "."
            elif u.state == "intact":
                # It goes back, or another recording begins, whose counter may happen to fit.
                slots[u] = "N" if turn[1] <= last[1] and turn[0] == last[0] else "N."
                self.out_of_turn.add(u)
                self.not_ok = True
            elif u.state == "foreign":
                # It comes before the true one, which is then the one of another key.
                slots[u], foreign_first, self.not_ok = "N.", True, True
            else:
                slots[u], self.not_ok = "N", True
            if u.state == "intact":
                # Where GOPs lie between that are not there, something is missing.
                self.missing |= bool(last) and turn[0] == last[0] and turn[1] > last[1] + 1
                last = turn
        return slots

    # --- groups

    def near(self, u):
        """The groups that a foreign unit or a copy lies in: those of what it was made from."""
        return u.of.groups if u.state in ("copy", "foreign") else u.groups

    def extras(self, g, inner):
        """Foreign units and copies in a group; `inner`: those alone that do not lie at its border."""
        found = [u for u in self.out if u.state in ("copy", "foreign") and not u.whole and u.hashed() and g in self.near(u)]
        return [u for u in found if not inner or not self.at_border(u, g)]

    def at_border(self, u, g):
        return u.of is g.units[0] or u.state == "copy" and u.of is g.units[-1]

    def moved(self, g):
        """Units of a group that do not stand in the order in which they were signed."""
        order = [self.place[u] for u in g.units if u.state != "gone"]
        return [u for n, u in enumerate(v for v in g.units if v.state != "gone") if order[n] != sorted(order)[n]]

    def group_changed(self, g):
        return bool(any(u.state != "intact" for u in g.units) or self.extras(g, inner=True) or self.moved(g))

    def head_cut(self, g):
        """Is what is gone of it the head of the file?"""
        here = [u for u in g.units if u.state != "gone"]
        return bool(here) and self.place[here[0]] == self.first_hashed and g.units[0].state == "gone" and \
            all(u.state == "intact" for u in here) and here == g.units[len(g.units) - len(here):] and not self.extras(g, inner=False) and not self.moved(g)

    def begins_later(self, g):
        """Does the file begin with a group behind this one?"""
        first = next((u for u in self.out if u.hashed() and u.state == "intact"), None)
        return first is not None and first.recording == g.recording and bool(first.groups) and max(of.number for of in first.groups) > g.number and \
            (first not in g.units or first is g.units[-1])

    def first_hashed_after(self, unit):
        """The first that stands in the file behind one that is gone."""
        at = self.units.index(unit)
        return next((u for u in self.units[at:] if u.hashed() and u.state != "gone"), None)

    def key_known(self, g):
        """The key picture's hash: of the picture itself, or of a list that names it and holds."""
        if g.key.state == "intact":
            return True
        return any(self.listed and other.units[0] is g.key and other in self.good and (other is g or self.before(other, g)) for other in g.key.groups)

    def before(self, other, g):
        return self.place[other.sei] < self.place[g.sei]

    def vague(self, g):
        """Does nobody know of it which part is not as it was signed?  Legacy at GOP level; its neighbours share key pictures."""
        if self.listed or self.o.format != LEGACY:
            return False
        if self.begins_later(g) and any(u.state == "gone" for u in g.units):
            return True
        touched = lambda of: of.sei.state == "altered" or of.sei in self.out_of_turn or self.extras(of, inner=False) or \
            of in self.changed and self.changed[of] and not self.head_cut(of) or any(u.whole and of in self.near(u) for u in self.out)
        return bool(touched(g) or any(touched(of) for u in g.units for of in u.groups))

    # --- slots

    def slot(self, u):
        if self.o.chain == "none" and u.state != "gone" and (u.hashed() or u.letter in "SGC"):
            # Nothing holds and nothing is refuted without a key.
            return "P" if u.hashed() and all(g.sei.state == "gone" for g in self.near(u)) else "UN" if u.state in ("copy", "foreign") else "U"
        if self.o.chain == "none" and u.state == "gone":
            return "M?" if u.hashed() else ""
        if not u.hashed() and not (u.letter == "C" and self.o.cert_sei == "hashed"):
            if u.state == "gone":
                return ""
            if u.letter == "S" and self.vague(u.sei_of):
                return self.sei_slots[u] + (".N" if self.sei_slots[u][0] == "." else "N.")[1:]
            return self.sei_slots[u] if u.letter in "SGC" else "_"
        groups = self.near(u)
        if u.state == "foreign" and u.letter == "I" and self.place[u] == self.first_hashed:
            # Before all that is signed: it may as well be of a time when the camera did not sign.
            self.head_foreign = True
            return "NP"
        if any(self.vague(g) for g in groups):
            self.not_ok |= any(self.extras(g, inner=False) for g in groups if g in self.good)
            self.not_ok |= any(self.changed.get(g) and not self.head_cut(g) and not self.begins_later(g) for g in groups)
            self.judged = True
            return "M?" if u.state == "gone" else ("N.UP" if u.state != "intact" else ".NUP")
        marks = [self.mark(u, g) for g in groups] or ["" if u.state == "gone" else "P"]
        if self.o.late and any(v.of is u and v.whole for v in self.out):
            marks = [m + "N" if m == "." else m for m in marks]  # its SEI comes behind the copy too
        if u.letter == "C" and marks == ["P"]:
            return "P_"
        return self.best(u, marks)

    def best(self, u, marks):
        """A key picture of legacy lies in two groups: what one vouches for is as signed."""
        if len(marks) == 1 or not all(marks):
            return next((m for m in marks if m), "")
        if u.state == "gone":
            return "M" if "M" in marks else "M?"
        letters = sorted({c for m in marks for c in m}, key=BEST_TO_WORST.index)
        one = min((m[0] for m in marks), key=BEST_TO_WORST.index)
        if all(len(m) == 1 for m in marks) and (one == "." or len(letters) == 1):
            return one
        if u.state in ("altered", "copy", "foreign") and "N" in letters:
            return "N" + "".join(c for c in letters if c in "UP") if "P" not in marks else "NP"
        return "".join(letters)

    def mark(self, u, g):
        """What the SEI of one group makes of a unit in it."""
        if g.sei is None or g.sei.state == "gone":
            return "" if u.state == "gone" else "P"
        if g.sei.state == "altered":
            self.not_ok = True
            return "" if u.state == "gone" else "UN" if u.state != "intact" and u.state != "altered" else "U"
        turn = g.sei in self.out_of_turn or u.whole
        self.judged = True
        return self.mark_listed(u, g, turn) if self.listed else self.mark_whole(u, g, turn)

    def mark_listed(self, u, g, turn):
        if u.state == "gone":
            here = any(v.state != "gone" for v in g.units)
            if self.begins_later(g):
                return "M?"  # the file begins behind it, and its SEI came late
            # A key picture that closes a group of legacy is missed with its own group, if that is not there.
            closes = u is g.units[-1] and u.letter == "I" and u is not g.key
            # Legacy signs what follows its SEI: of a last one that is not there nobody knows whether it was cut off.
            if (closes or self.o.format == LEGACY and u is g.units[-1]) and self.first_hashed_after(u) is None:
                self.tail_cut = True
                return "M?"
            self.missing = True
            return "M" if here and not closes and (self.key_known(g) or u is g.key) else "M?"
        known = self.key_known(g)
        if u.state == "intact" and u in self.moved(g):
            self.not_ok = True
            return ".N" if known else "UN"
        if u.state == "intact":
            self.missing |= not known
            return (".N" if turn else ".") if known else "U"
        self.not_ok |= known or u is g.key
        if u.state == "altered":
            return "N" if u is g.key or known and g.key.state == "intact" else "NU" if known else "U"
        return "N." if turn else "N" if known else "NU"

    def mark_whole(self, u, g, turn):
        if g.key.state != "intact" and g.key not in g.units:
            self.missing = True
            return "M?" if u.state == "gone" else "UN"
        if not self.changed[g]:
            if u.state in ("copy", "foreign"):
                self.not_ok = True
                return "N." if turn else "N"
            return ".N" if turn or self.extras(g, inner=False) else "."
        if self.begins_later(g):
            return "M?" if u.state == "gone" else ".U"
        if all(v.state == "gone" for v in g.units):
            self.missing = True
            return "M?"
        if self.head_cut(g):
            self.missing = True
            return "M?" if u.state == "gone" else "U"
        self.not_ok = True
        if u.state == "gone":
            return "M?"
        return "N"

    # --- the whole

    def verdicts(self):
        signed = [u for u in self.out if u.letter == "S"]
        if not any(u.letter in "SGC" for u in self.out):
            return ["unsigned"]
        # A group whose SEI is gone counts where a later one shows that it was signed.
        for g in self.groups:
            own = [u for u in g.units if u is g.key or u.letter not in "IC"]  # without the key picture that closes it
            lost = g.sei and g.sei.state == "gone" and any(u.state != "gone" for u in own)
            self.missing |= bool(lost) and any(u.sei_of.number > g.number and u.recording == g.recording for u in signed if u.state == "intact")
        if self.o.chain == "none":
            return ["present"]
        # v1 has no link: where the times allow it, a second recording may be the same signer's next session.
        if self.not_ok and self.o.format == LEGACY and self.joined:
            return ["not-ok", "ok-with-missing"]
        if self.not_ok:
            return ["not-ok"]
        if self.head_foreign and self.judged:
            return ["not-ok", "ok-with-missing"]
        if not self.judged:
            return ["present"]
        if self.missing:
            return ["ok-with-missing"]
        if self.o.format == LEGACY and all(len(g.units) == 1 for g in self.good):
            return ["ok", "present"]  # of a whole recording its first key picture is signed
        return ["ok", "ok-with-missing"] if self.tail_cut else ["ok"]

    def key(self):
        if self.o.chain == "none":
            return "absent"
        if any(u.letter in "SGC" for u in self.out) and not self.good:
            return None
        if self.o.format == "onvif":
            return {"good": "trusted", "wrong": "not-ok", "expired": "not-ok"}[self.o.chain]
        return "untrusted"
