"""Loads, stores and moves of the extension registers (DDI 0406C A7.6, A7.8, A7.9).

Register numbers as in ``vfp``. The rows are in order, the first that matches is meant: P = U = W = 0
is a move of 64 bits, P = 1 with W = 0 one register, what is left with P = U UNDEFINED.
"""

from hypgen.arch.encoding import Encoding, Kind

_LIST = (
    "sz == 1 and (imm8 < 2 or imm8 > 33 or D == 1 and Vd + Vd + (imm8 & 254) > 32)",
    "sz == 0 and (imm8 == 0 or Vd + Vd + D + imm8 > 32)",
    "Rn == 15 and W == 1",
)
"""The registers of VLDM and VSTM: none, more than 16 doublewords, or past the last register."""

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Encoding, ...] = (
    # A7.6 Extension register load/store
    Encoding("VMOV (between two ARM core registers and two single-precision registers)", "A8.8.344",
             "VMOV<c> <two_singles>",
             "cond:4 1100010 op Rt2:4 Rt:4 1010 00 M 1 Vm:4",
             unpredictable=("Rt == 15", "Rt2 == 15", "Vm == 15 and M == 1", "op == 1 and Rt == Rt2")),
    Encoding("VMOV (between two ARM core registers and a doubleword extension register)", "A8.8.345",
             "VMOV<c> <one_double>",
             "cond:4 1100010 op Rt2:4 Rt:4 1011 00 M 1 Vm:4",
             unpredictable=("Rt == 15", "Rt2 == 15", "op == 1 and Rt == Rt2")),
    Encoding("UNDEFINED (64-bit transfers between ARM core and extension registers)", "A7.9", "",
             "cond:4 1100010 op Rt2:4 Rt:4 101 C rest:8",
             kind=Kind.UNDEFINED),
    Encoding("VSTR", "A8.8.413", "VSTR<c> <Fd>, <extension_address>",
             "cond:4 1101 U D 00 Rn:4 Vd:4 101 sz imm8:8"),
    Encoding("VLDR", "A8.8.333", "VLDR<c> <Fd>, <extension_address>",
             "cond:4 1101 U D 01 Rn:4 Vd:4 101 sz imm8:8"),
    Encoding("VSTM", "A8.8.412", "VSTM<amode><c> <Rn>{!}, <extension_list>",
             "cond:4 110 P U D W 0 Rn:4 Vd:4 101 sz imm8:8",
             unpredictable=_LIST, also=("VPUSH",), undefined=("P == U",)),
    Encoding("VLDM", "A8.8.332", "VLDM<amode><c> <Rn>{!}, <extension_list>",
             "cond:4 110 P U D W 1 Rn:4 Vd:4 101 sz imm8:8",
             unpredictable=_LIST, also=("VPOP",), undefined=("P == U",)),
    # A7.8 8, 16 and 32-bit transfers
    Encoding("VMOV (between ARM core register and single-precision register)", "A8.8.343",
             "VMOV<c> <core_and_single>",
             "cond:4 1110000 op Vn:4 Rt:4 1010 N (0)(0)1(0)(0)(0)(0)",
             unpredictable=("Rt == 15",)),
    # The subarchitecture of these cores has no registers: FPINST and FPINST2 (9 and 10) are left to it.
    Encoding("VMSR", "A8.8.349", "VMSR<c> <fp_register>, <Rt>",
             "cond:4 11101110 reg:4 Rt:4 1010(0)(0)(0)1(0)(0)(0)(0)",
             unpredictable=("Rt == 15", "reg > 1 and reg < 6"), undefined=("reg > 10",),
             also=("VMSR (system level)",)),
    Encoding("VMRS", "A8.8.348", "VMRS<c> <Rt or APSR_nzcv>, <fp_register>",
             "cond:4 11101111 reg:4 Rt:4 1010(0)(0)(0)1(0)(0)(0)(0)",
             unpredictable=("Rt == 15 and reg != 1", "reg > 1 and reg < 6"), undefined=("reg > 10",),
             also=("VMRS (system level)",)),
    Encoding("VMOV (ARM core register to scalar)", "A8.8.341", "VMOV<c>.<scalar_size> <Dd[x]>, <Rt>",
             "cond:4 11100 opc1:2 0 Vd:4 Rt:4 1011 D opc2:2 1(0)(0)(0)(0)",
             unpredictable=("Rt == 15",), undefined=("opc1 < 2 and opc2 == 2",)),
    Encoding("VMOV (scalar to ARM core register)", "A8.8.342", "VMOV<c>.<scalar_type> <Rt>, <Dn[x]>",
             "cond:4 1110 U opc1:2 1 Vn:4 Rt:4 1011 N opc2:2 1(0)(0)(0)(0)",
             unpredictable=("Rt == 15",),
             undefined=("opc1 < 2 and opc2 == 2", "U == 1 and opc1 < 2 and opc2 == 0")),
    Encoding("VDUP (ARM core register)", "A8.8.314", "VDUP<c>.<dup_size> <Vd>, <Rt>",
             "cond:4 11101 B Q 0 Vd:4 Rt:4 1011 D 0 E 1(0)(0)(0)(0)",
             unpredictable=("Rt == 15",),
             undefined=("Q == 1 and Vd & 1 == 1", "B == 1 and E == 1")),
)
# fmt: on
