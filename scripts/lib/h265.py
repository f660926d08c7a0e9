# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parameter sets of H.265 as tests need them (ITU-T H.265, 7.3.2): 320x240, nothing optional."""
from h264 import BitWriter, escape


def profile_tier_level(w):
    w.u(8, 1)             # general_profile_space, general_tier_flag, general_profile_idc
    w.u(32, 0x60000000)   # general_profile_compatibility_flag
    w.u(4, 0b1001)        # progressive, interlaced, non-packed, frame only
    w.u(44, 0)
    w.u(8, 93)            # general_level_idc


def ordering(w):
    w.u(1, 1)             # sub_layer_ordering_info_present_flag
    for value in (1, 0, 0):
        w.ue(value)


def vps():
    w = BitWriter()
    w.u(4, 0), w.u(2, 3), w.u(6, 0), w.u(3, 0), w.u(1, 1), w.u(16, 0xffff)
    profile_tier_level(w)
    ordering(w)
    w.u(6, 0), w.ue(0), w.u(1, 0), w.u(1, 0)
    return b"\x40\x01" + escape(w.rbsp())


def sps():
    w = BitWriter()
    w.u(4, 0), w.u(3, 0), w.u(1, 1)
    profile_tier_level(w)
    w.ue(0), w.ue(1), w.ue(320), w.ue(240), w.u(1, 0), w.ue(0), w.ue(0), w.ue(4)
    ordering(w)
    for value in (0, 2, 0, 2, 0, 0):  # sizes of coding and transform blocks, depths
        w.ue(value)
    w.u(4, 0), w.ue(0), w.u(3, 0), w.u(1, 0), w.u(1, 0)
    return b"\x42\x01" + escape(w.rbsp())


def pps():
    w = BitWriter()
    w.ue(0), w.ue(0), w.u(7, 0), w.ue(0), w.ue(0), w.se(0), w.u(3, 0), w.se(0), w.se(0), w.u(6, 0), w.u(1, 1), w.u(3, 0), w.ue(0), w.u(2, 0)
    return b"\x44\x01" + escape(w.rbsp())
