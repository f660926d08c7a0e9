# SPDX-License-Identifier: LGPL-2.1-or-later
"""Edits the NAL units inside an MP4 or QuickTime file in place (ISO/IEC 14496-12, 14496-15): the
configuration records and the samples change, with them the sizes and offsets that must; every other
byte stays, so that the container says of itself what it said before."""
import bisect
import struct

from paramsets import H264, H265

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex")
ENTRIES = {b"avc1": H264, b"avc2": H264, b"avc3": H264, b"avc4": H264, b"hvc1": H265, b"hev1": H265}
RECORDS = (b"avcC", b"hvcC")
DATED = (b"mvhd", b"tkhd", b"mdhd")
VISUAL_ENTRY_BYTES = 78


class Malformed(Exception):
    """What is wrong, with the offset."""


class Elsewhere(Exception):
    """A form that only a remuxer can edit: fragments, sample sizes of less than 32 bits."""


class Box:
    def __init__(self, kind, start, payload, end, wide, track):
        self.kind, self.start, self.payload, self.end, self.wide, self.track = kind, start, payload, end, wide, track


def boxes(data, start, end, depth=0, track=None):
    """Every box in the order of the file, parents before children."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        payload, wide = at + 8, False
        if size == 1 and at + 16 <= end:
            size, payload, wide = struct.unpack_from(">Q", data, at + 8)[0], at + 16, True
        elif size == 0 and depth == 0:
            size = end - at
        if size < payload - at:
            if (depth > 0 and size == 0) or (depth == 0 and at > start):
                return  # QuickTime closes some lists with a zero; behind the last box of a file may be anything
            raise Malformed(f"byte {at}: a box of {size} bytes")
        if at + size > end and depth > 0:
            raise Malformed(f"byte {at}: box {kind.decode('latin-1')!r} is longer than what it stands in")
        own = (at if kind == b"trak" else track)
        box = Box(kind, at, payload, min(at + size, end), wide, own)
        yield box
        if kind in PARENTS and depth < 12:
            yield from boxes(data, payload, box.end, depth + 1, own)
        elif kind == b"stsd" and depth:
            yield from boxes(data, payload + 8, box.end, depth + 1, own)
        elif kind in ENTRIES and depth:
            yield from boxes(data, payload + VISUAL_ENTRY_BYTES, box.end, depth + 1, own)
        at += size


def edit_avcc(record, edit):
    if len(record) < 7:
        raise Malformed(f"an avcC of {len(record)} bytes")
    at, parts = 5, [record[:5]]
    for mask, top in ((0x1f, 0xe0), (0xff, 0)):
        if at >= len(record):
            break
        count, kept = record[at] & mask, []
        at += 1
        for _ in range(count):
            at, nal = sized(record, at)
            nal = edit(H264, nal.rstrip(b"\0") if edit.trims else nal)
            if nal is not None:
                kept.append(nal)
        parts.append(bytes([top | len(kept)]) + b"".join(struct.pack(">H", len(n)) + n for n in kept))
    return b"".join(parts) + record[at:]


def edit_hvcc(record, edit):
    if len(record) < 23:
        raise Malformed(f"an hvcC of {len(record)} bytes")
    at, arrays = 23, []
    for _ in range(record[22]):
        if at + 3 > len(record):
            raise Malformed("an hvcC is cut")
        head, count, kept = record[at], struct.unpack_from(">H", record, at + 1)[0], []
        at += 3
        for _ in range(count):
            at, nal = sized(record, at)
            nal = edit(H265, nal.rstrip(b"\0") if edit.trims else nal)
            if nal is not None:
                kept.append(nal)
        if kept:
            arrays.append(bytes([head]) + struct.pack(">H", len(kept)) + b"".join(struct.pack(">H", len(n)) + n for n in kept))
    return record[:22] + bytes([len(arrays)]) + b"".join(arrays) + record[at:]


def sized(record, at):
    if at + 2 > len(record):
        raise Malformed("a configuration record is cut")
    n = struct.unpack_from(">H", record, at)[0]
    if at + 2 + n > len(record):
        raise Malformed("a configuration record is cut")
    return at + 2 + n, bytes(record[at + 2:at + 2 + n])


def edit_sample(sample, n_length, codec, edit):
    """None where the lengths do not fit, or nothing would stay."""
    at, out = 0, []
    while at + n_length <= len(sample):
        n = int.from_bytes(sample[at:at + n_length], "big")
        nal = sample[at + n_length:at + n_length + n]
        if len(nal) < n:
            return None
        if n:
            kept = edit(codec, nal)
            if kept is not None:
                out.append(len(kept).to_bytes(n_length, "big") + kept)
        at += n_length + n
    return b"".join(out) if out and at == len(sample) else None


def table(data, box, skip, form):
    """Entries of a table whose count stands `skip` bytes into the box."""
    if box.payload + skip + 4 > box.end:
        raise Malformed(f"byte {box.start}: a table is cut")
    count, size = struct.unpack_from(">I", data, box.payload + skip)[0], struct.calcsize(form)
    if box.payload + skip + 4 + count * size > box.end:
        raise Malformed(f"byte {box.start}: a table of {count} entries is longer than its box")
    return list(struct.iter_unpack(form, data[box.payload + skip + 4:box.payload + skip + 4 + count * size]))


def samples(data, of):
    """(offset, size, place of the size, None where all share one) of a track's samples."""
    if b"stsz" not in of or b"stsc" not in of or not (b"stco" in of or b"co64" in of):
        if b"stz2" in of:
            raise Elsewhere("sample sizes of less than 32 bits")
        return []
    stsz = of[b"stsz"]
    if stsz.payload + 12 > stsz.end:
        raise Malformed(f"byte {stsz.start}: a table is cut")
    one, count = struct.unpack_from(">II", data, stsz.payload + 4)
    if one and count * one > len(data):
        raise Malformed(f"byte {stsz.start}: {count} samples of {one} bytes are more than the file has")
    sizes = [one] * count if one else [n for (n,) in table(data, stsz, 8, ">I")]
    chunks = [n for (n,) in (table(data, of[b"stco"], 4, ">I") if b"stco" in of else table(data, of[b"co64"], 4, ">Q"))]
    runs, out, i, run = table(data, of[b"stsc"], 4, ">III"), [], 0, 0
    for number, offset in enumerate(chunks, 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        for _ in range(min(runs[run][1] if runs else 0, len(sizes) - i)):
            out.append((offset, sizes[i], None if one else stsz.payload + 12 + 4 * i))
            offset += sizes[i]
            i += 1
    return out


def edit_mp4(data, edit):
    """(the file, how many tracks of H.264 and H.265 it has)"""
    tree = list(boxes(data, 0, len(data)))
    if any(box.kind == b"moof" for box in tree):
        raise Elsewhere("fragments")
    if not any(box.kind == b"moov" for box in tree):
        raise Malformed(f"byte {len(data)}: the file ends without a moov box")
    tracks = {}
    for box in tree:
        if box.track is not None:
            tracks.setdefault(box.track, {}).setdefault(box.kind, box)
    changes, fields, n = [], [], 0
    for of in tracks.values():
        entry = next((of[k] for k in ENTRIES if k in of), None)
        record = next((of[k] for k in RECORDS if k in of), None)
        if not entry or not record:
            continue
        n += 1
        codec, old = ENTRIES[entry.kind], data[record.payload:record.end]
        new = (edit_avcc if codec == H264 else edit_hvcc)(old, edit)
        if new != old:
            changes.append((record.payload, len(old), new))
        n_length = (old[4] if codec == H264 else old[21]) % 4 + 1
        sizes, shared = [], False
        for offset, size, place in samples(data, of):
            sizes.append(size)
            if offset + size > len(data) or size == 0:
                continue  # a recording that is cut: what is not there needs no edit
            old = data[offset:offset + size]
            new = edit_sample(old, n_length, codec, edit)
            if new is not None and new != old:
                changes.append((offset, size, new))
                sizes[-1] = len(new)
                shared = place is None
                fields += [] if shared else [(place, struct.pack(">I", len(new)))]
        if shared:
            # Not of one size any more: the box gets a table.
            changes.append((of[b"stsz"].payload + 4, 8, struct.pack(f">II{len(sizes)}I", 0, len(sizes), *sizes)))
    return apply(data, tree, changes, fields) if changes else data, n


def apply(data, tree, changes, fields):
    changes.sort()
    starts, moved, total = [c[0] for c in changes], [0], 0
    for (at, size, new), following in zip(changes, changes[1:] + [(len(data), 0, b"")]):
        if at + size > following[0]:
            raise Malformed(f"byte {following[0]}: samples overlap")
        total += len(new) - size
        moved.append(total)
    shift = lambda offset: moved[bisect.bisect_left(starts, offset)]
    out = bytearray(data)
    for box in tree:
        delta = shift(box.end) - shift(box.start)
        if delta and box.wide:
            struct.pack_into(">Q", out, box.start + 8, struct.unpack_from(">Q", data, box.start + 8)[0] + delta)
        elif delta and struct.unpack_from(">I", data, box.start)[0]:
            struct.pack_into(">I", out, box.start, struct.unpack_from(">I", data, box.start)[0] + delta)
        if box.kind in (b"stco", b"co64"):
            form, size = (">I", 4) if box.kind == b"stco" else (">Q", 8)
            for i, (offset,) in enumerate(table(data, box, 4, form)):
                struct.pack_into(form, out, box.payload + 8 + size * i, max(0, offset + shift(offset)))
    for place, value in fields:
        out[place:place + len(value)] = value
    parts, at = [], 0
    for start, size, new in changes:
        parts += [out[at:start], new]
        at = start + size
    return b"".join(parts) + bytes(out[at:])


def without_dates(data):
    """Zeros for the times at which a muxer ran."""
    out = bytearray(data)
    for box in boxes(data, 0, len(data)):
        if box.kind in DATED and box.payload < box.end:
            size = 16 if data[box.payload] == 1 else 8
            if box.payload + 4 + size <= box.end:
                out[box.payload + 4:box.payload + 4 + size] = bytes(size)
    return bytes(out)
