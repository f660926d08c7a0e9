# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes H.264 as the samples need it (ITU-T H.264, 7.3): parameter sets whose fields are
chosen one by one, and grey pictures that any decoder takes.  The names are the standard's."""
import base64


class BitWriter:
    def __init__(self):
        self.bits = []

    def u(self, n, value):
        self.bits += [(value >> (n - 1 - i)) & 1 for i in range(n)]

    def ue(self, value):
        n = (value + 1).bit_length()
        self.u(2 * n - 1, value + 1)

    def se(self, value):
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def rbsp(self):
        """With the stop bit, filled up to a whole byte (7.3.2.11)."""
        bits = self.bits + [1]
        bits += [0] * (-len(bits) % 8)
        return bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))


def escape(rbsp):
    """With emulation prevention bytes (7.4.1)."""
    out, zeros = bytearray(), 0
    for b in rbsp:
        if zeros >= 2 and b <= 3:
            out.append(3)
            zeros = 0
        out.append(b)
        zeros = zeros + 1 if b == 0 else 0
    return bytes(out)


def nal(header, rbsp):
    """A NAL unit of one header byte."""
    return bytes([header]) + escape(rbsp)


def annexb(*nals):
    return b"".join(b"\0\0\0\1" + n for n in nals)


def b64(data):
    return base64.b64encode(data).decode()


HIGH_PROFILES = (100, 110, 122, 244)


class Stream:
    """One encoder's choices; `sps()`, `pps()`, `idr()` and `p()` write its NAL units.

    poc: (0, log2_max_pic_order_cnt_lsb) or (2, 0).  crop: None, or the four offsets.
    vui: None, or a dict of sar, signal (format, range), colour, tick (units, scale, fixed),
    nal_hrd, restriction (seven numbers)."""

    def __init__(self, profile=66, constraints=0, level=30, mfn=4, poc=(2, 0), refs=1, gaps=0, size=(352, 288),
                 crop=None, vui=None, ref_idc=3, cabac=0, l0=1, l1=1, qp=26, cqo=0, deblocking=1, t8x8=None, weighted=(0, 0)):
        self.__dict__.update(locals())

    def sps(self):
        w = BitWriter()
        w.u(8, self.profile)
        w.u(8, self.constraints)
        w.u(8, self.level)
        w.ue(0)
        if self.profile in HIGH_PROFILES:
            w.ue(1)  # chroma_format_idc
            w.ue(0)
            w.ue(0)
            w.u(2, 0)  # qpprime_y_zero_transform_bypass_flag, seq_scaling_matrix_present_flag
        w.ue(self.mfn - 4)
        w.ue(self.poc[0])
        if self.poc[0] == 0:
            w.ue(self.poc[1] - 4)
        w.ue(self.refs)
        w.u(1, self.gaps)
        w.ue((self.size[0] + 15) // 16 - 1)
        w.ue((self.size[1] + 15) // 16 - 1)
        w.u(2, 3)  # frame_mbs_only_flag, direct_8x8_inference_flag
        w.u(1, self.crop is not None)
        for offset in self.crop or ():
            w.ue(offset)
        w.u(1, self.vui is not None)
        if self.vui is not None:
            self._vui(w)
        return nal(self.ref_idc << 5 | 7, w.rbsp())

    def _vui(self, w):
        v = self.vui
        w.u(1, "sar" in v)
        if "sar" in v:
            w.u(8, v["sar"])
        w.u(1, 0)  # overscan_info_present_flag
        w.u(1, "signal" in v)
        if "signal" in v:
            w.u(3, v["signal"][0])
            w.u(1, v["signal"][1])
            w.u(1, "colour" in v)
            for value in v.get("colour", ()):
                w.u(8, value)
        w.u(1, "chroma_loc" in v)
        for value in v.get("chroma_loc", ()):
            w.ue(value)
        w.u(1, "tick" in v)
        if "tick" in v:
            w.u(32, v["tick"][0])
            w.u(32, v["tick"][1])
            w.u(1, v["tick"][2])
        w.u(2, 0)  # no HRD
        w.u(1, v.get("pic_struct", 0))
        w.u(1, "restriction" in v)
        if "restriction" in v:
            w.u(1, v["restriction"][0])
            for value in v["restriction"][1:]:
                w.ue(value)

    def pps(self):
        w = BitWriter()
        w.ue(0)
        w.ue(0)
        w.u(1, self.cabac)
        w.u(1, 0)
        w.ue(0)
        w.ue(self.l0 - 1)
        w.ue(self.l1 - 1)
        w.u(1, self.weighted[0])
        w.u(2, self.weighted[1])
        w.se(self.qp - 26)
        w.se(0)
        w.se(self.cqo)
        w.u(1, self.deblocking)
        w.u(2, 0)
        if self.t8x8 is not None:
            w.u(1, self.t8x8)
            w.u(1, 0)
            w.se(self.cqo)
        return nal(self.ref_idc << 5 | 8, w.rbsp())

    def profile_level_id(self):
        return self.sps()[1:4].hex().upper()

    def sprop(self, tail=b""):
        return b64(self.sps() + tail) + "," + b64(self.pps() + tail)

    # Pictures: CAVLC only, so only where cabac is 0.

    def _slice(self, slice_type, frame_num, poc_lsb, idr_pic_id):
        w = BitWriter()
        w.ue(0)  # first_mb_in_slice
        w.ue(slice_type)
        w.ue(0)
        w.u(self.mfn, frame_num % (1 << self.mfn))
        if idr_pic_id is not None:
            w.ue(idr_pic_id)
        if self.poc[0] == 0:
            w.u(self.poc[1], poc_lsb % (1 << self.poc[1]))
        if slice_type == 5:
            w.u(2, 0)  # num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0
        if idr_pic_id is not None:
            w.u(2, 0)  # dec_ref_pic_marking()
        else:
            w.u(1, 0)
        w.se(0)  # slice_qp_delta
        if self.deblocking:
            w.ue(0)
            w.se(0)
            w.se(0)
        return w

    def _macroblocks(self):
        return ((self.size[0] + 15) // 16) * ((self.size[1] + 15) // 16)

    def idr(self, idr_pic_id=0):
        assert not self.cabac
        w = self._slice(7, 0, 0, idr_pic_id)
        for _ in range(self._macroblocks()):
            w.ue(3)  # mb_type I_16x16_2_0_0: DC prediction, nothing coded
            w.ue(0)  # intra_chroma_pred_mode
            w.se(0)  # mb_qp_delta
            w.u(1, 1)  # coeff_token of no coefficients
        return nal(self.ref_idc << 5 | 5, w.rbsp())

    def p(self, n):
        """The n-th picture after the IDR: everything skipped."""
        assert not self.cabac
        w = self._slice(5, n, 2 * n, None)
        w.ue(self._macroblocks())  # mb_skip_run
        return nal(self.ref_idc << 5 | 1, w.rbsp())
