"""Floating-point data processing (DDI 0406C A7.5).

A register number is five bits: ``Vd`` and ``D`` for the destination, ``Vn`` and ``N``, ``Vm`` and
``M``. ``sz`` tells double precision (1) from single. The rows follow those of ``vfp_transfer``, and
the last ones take what no other has of coprocessors 10 and 11. Where the heading of an instruction
is shared with Advanced SIMD, the row here says *scalar*, and the one of Advanced SIMD *vector*.
"""

from hypgen.arch.encoding import Encoding, Kind

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Encoding, ...] = (
    Encoding("VMLA, VMLS (floating-point), scalar", "A8.8.337", "VML<as><c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11100 D 00 Vn:4 Vd:4 101 sz N op M 0 Vm:4"),
    Encoding("VNMLA, VNMLS", "A8.8.356", "VNML<sa><c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11100 D 01 Vn:4 Vd:4 101 sz N op M 0 Vm:4"),
    Encoding("VNMUL", "A8.8.356", "VNMUL<c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11100 D 10 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4"),
    Encoding("VMUL (floating-point), scalar", "A8.8.351", "VMUL<c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11100 D 10 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4"),
    Encoding("VADD (floating-point), scalar", "A8.8.283", "VADD<c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11100 D 11 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4"),
    Encoding("VSUB (floating-point), scalar", "A8.8.415", "VSUB<c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11100 D 11 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4"),
    Encoding("VDIV", "A8.8.312", "VDIV<c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11101 D 00 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4"),
    Encoding("VFNMA, VFNMS", "A8.8.318", "VFNM<sa><c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11101 D 01 Vn:4 Vd:4 101 sz N op M 0 Vm:4"),
    Encoding("VFMA, VFMS, scalar", "A8.8.317", "VFM<as><c>.<fsz> <Fd>, <Fn>, <Fm>",
             "cond:4 11101 D 10 Vn:4 Vd:4 101 sz N op M 0 Vm:4"),
    Encoding("VMOV (immediate), scalar", "A8.8.339", "VMOV<c>.<fsz> <Fd>, <float_immediate>",
             "cond:4 11101 D 11 imm4H:4 Vd:4 101 sz (0)0(0)0 imm4L:4"),
    Encoding("VMOV (register), scalar", "A8.8.340", "VMOV<c>.<fsz> <Fd>, <Fm>",
             "cond:4 11101 D 110000 Vd:4 101 sz 01 M 0 Vm:4"),
    Encoding("VABS, scalar", "A8.8.280", "VABS<c>.<fsz> <Fd>, <Fm>",
             "cond:4 11101 D 110000 Vd:4 101 sz 11 M 0 Vm:4"),
    Encoding("VNEG, scalar", "A8.8.355", "VNEG<c>.<fsz> <Fd>, <Fm>",
             "cond:4 11101 D 110001 Vd:4 101 sz 01 M 0 Vm:4"),
    Encoding("VSQRT", "A8.8.401", "VSQRT<c>.<fsz> <Fd>, <Fm>",
             "cond:4 11101 D 110001 Vd:4 101 sz 11 M 0 Vm:4"),
    Encoding("VCVTB, VCVTT", "A8.8.311", "VCVT<half><c>.<half_types> <Sd>, <Sm>",
             "cond:4 11101 D 11001 op Vd:4 101(0) T 1 M 0 Vm:4"),
    Encoding("VCMP, VCMPE", "A8.8.303", "VCMP{E}<c>.<fsz> <Fd>, <Fm>",
             "cond:4 11101 D 110100 Vd:4 101 sz E 1 M 0 Vm:4"),
    Encoding("VCMP, VCMPE (zero)", "A8.8.303", "VCMP{E}<c>.<fsz> <Fd>, #0.0",
             "cond:4 11101 D 110101 Vd:4 101 sz E 1(0)0(0)(0)(0)(0)"),
    Encoding("VCVT (between double-precision and single-precision)", "A8.8.309",
             "VCVT<c>.<precisions> <converted>, <Fm>",
             "cond:4 11101 D 110111 Vd:4 101 sz 11 M 0 Vm:4"),
    Encoding("VCVT (integer to floating-point), scalar", "A8.8.306", "VCVT<c>.<fsz>.<op_int> <Fd>, <Sm>",
             "cond:4 11101 D 111000 Vd:4 101 sz op 1 M 0 Vm:4"),
    Encoding("VCVT, VCVTR (floating-point to integer), scalar", "A8.8.306",
             "VCVT{<R>}<c>.<to_int>.<fsz> <Sd>, <Fm>",
             "cond:4 11101 D 11110 opc2:1 Vd:4 101 sz op 1 M 0 Vm:4"),
    Encoding("VCVT (between floating-point and fixed-point), scalar", "A8.8.308",
             "VCVT<c>.<fixed_types> <fixed>, <fixed>, #<fraction_bits>",
             "cond:4 11101 D 111 op 1 U Vd:4 101 sf sx 1 i 0 imm4:4",
             unpredictable=("sx == 0 and imm4 + imm4 + i > 16",)),
    Encoding("UNDEFINED (floating-point data processing and transfers)", "A7.5", "",
             "cond:4 1110 opcode:4 operands:8 101 C rest:8",
             kind=Kind.UNDEFINED),
    Encoding("UNDEFINED (extension register load/store)", "A7.6", "",
             "cond:4 110 opcode:5 operands:8 101 C rest:8",
             kind=Kind.UNDEFINED),
    Encoding("UNDEFINED (unconditional floating-point)", "A7.5", "",
             "1111 1110 opcode:4 operands:8 101 C rest:8",
             kind=Kind.UNDEFINED),
    Encoding("UNDEFINED (unconditional extension register load/store)", "A7.6", "",
             "1111 110 opcode:5 operands:8 101 C rest:8",
             kind=Kind.UNDEFINED),
)
# fmt: on
