"""Advanced SIMD, registers of different lengths, and a scalar as operand (DDI 0406C A7.4.2, A7.4.3).

``size`` is that of the elements of the narrow operands; words with 0b11 belong to the rows of
``simd_misc``, which come before these, or are UNDEFINED.
"""

from hypgen.arch.encoding import Encoding

_WIDE = ("Vd & 1 == 1 or op == 1 and Vn & 1 == 1", "size == 3")
_NARROW = ("Vn & 1 == 1 or Vm & 1 == 1", "size == 3")
_LONG = ("Vd & 1 == 1", "size == 3")
_LONG_SCALAR = (*_LONG, "size == 0")
_SCALAR = ("Q == 1 and (Vd & 1 == 1 or Vn & 1 == 1)", "size == 0", "size == 3")
_FLOAT_SCALAR = (*_SCALAR, "F == 1 and size == 1")

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Encoding, ...] = (
    # A7.4.2 Three registers of different lengths
    Encoding("VADDL, VADDW", "A8.8.285", "VADD<lw><c>.<su.size> <Qd>, <wide_n>, <Dm>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 000 op N 0 M 0 Vm:4", undefined=_WIDE),
    Encoding("VSUBL, VSUBW", "A8.8.417", "VSUB<lw><c>.<su.size> <Qd>, <wide_n>, <Dm>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 001 op N 0 M 0 Vm:4", undefined=_WIDE),
    Encoding("VADDHN", "A8.8.284", "VADDHN<c>.<i.2size> <Dd>, <Qn>, <Qm>",
             "111100101 D size:2 Vn:4 Vd:4 0100 N 0 M 0 Vm:4", undefined=_NARROW),
    Encoding("VRADDHN", "A8.8.383", "VRADDHN<c>.<i.2size> <Dd>, <Qn>, <Qm>",
             "111100111 D size:2 Vn:4 Vd:4 0100 N 0 M 0 Vm:4", undefined=_NARROW),
    Encoding("VABAL", "A8.8.277", "VABAL<c>.<su.size> <Qd>, <Dn>, <Dm>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 0101 N 0 M 0 Vm:4", undefined=_LONG),
    Encoding("VSUBHN", "A8.8.416", "VSUBHN<c>.<i.2size> <Dd>, <Qn>, <Qm>",
             "111100101 D size:2 Vn:4 Vd:4 0110 N 0 M 0 Vm:4", undefined=_NARROW),
    Encoding("VRSUBHN", "A8.8.394", "VRSUBHN<c>.<i.2size> <Dd>, <Qn>, <Qm>",
             "111100111 D size:2 Vn:4 Vd:4 0110 N 0 M 0 Vm:4", undefined=_NARROW),
    Encoding("VABDL (integer)", "A8.8.278", "VABDL<c>.<su.size> <Qd>, <Dn>, <Dm>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 0111 N 0 M 0 Vm:4", undefined=_LONG),
    Encoding("VMLAL, VMLSL (integer)", "A8.8.336", "VML<as>L<c>.<su.size> <Qd>, <Dn>, <Dm>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 10 op 0 N 0 M 0 Vm:4", undefined=_LONG),
    Encoding("VQDMLAL, VQDMLSL", "A8.8.371", "VQDML<as>L<c>.<s.size> <Qd>, <Dn>, <Dm>",
             "111100101 D size:2 Vn:4 Vd:4 10 op 1 N 0 M 0 Vm:4", undefined=_LONG_SCALAR),
    Encoding("VMULL (integer)", "A8.8.350", "VMULL<c>.<su.size> <Qd>, <Dn>, <Dm>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 1100 N 0 M 0 Vm:4", undefined=_LONG),
    Encoding("VQDMULL", "A8.8.373", "VQDMULL<c>.<s.size> <Qd>, <Dn>, <Dm>",
             "111100101 D size:2 Vn:4 Vd:4 1101 N 0 M 0 Vm:4", undefined=_LONG_SCALAR),
    Encoding("VMULL (polynomial)", "A8.8.350", "VMULL<c>.P8 <Qd>, <Dn>, <Dm>",
             "111100101 D size:2 Vn:4 Vd:4 1110 N 0 M 0 Vm:4", undefined=(*_LONG, "size != 0")),
    # A7.4.3 Two registers and a scalar
    Encoding("VMLA, VMLS (by scalar)", "A8.8.338", "VML<as><c>.<if.size> <Vd>, <Vn>, <Dm[x]>",
             "1111001 Q 1 D size:2 Vn:4 Vd:4 0 op 0 F N 1 M 0 Vm:4", undefined=_FLOAT_SCALAR),
    Encoding("VMLAL, VMLSL (by scalar)", "A8.8.338", "VML<as>L<c>.<su.size> <Qd>, <Dn>, <Dm[x]>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 0 op 10 N 1 M 0 Vm:4", undefined=_LONG_SCALAR),
    Encoding("VQDMLAL, VQDMLSL (by scalar)", "A8.8.371", "VQDML<as>L<c>.<s.size> <Qd>, <Dn>, <Dm[x]>",
             "111100101 D size:2 Vn:4 Vd:4 0 op 11 N 1 M 0 Vm:4", undefined=_LONG_SCALAR),
    Encoding("VMUL (by scalar)", "A8.8.352", "VMUL<c>.<if.size> <Vd>, <Vn>, <Dm[x]>",
             "1111001 Q 1 D size:2 Vn:4 Vd:4 100 F N 1 M 0 Vm:4", undefined=_FLOAT_SCALAR),
    Encoding("VMULL (by scalar)", "A8.8.352", "VMULL<c>.<su.size> <Qd>, <Dn>, <Dm[x]>",
             "1111001 U 1 D size:2 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", undefined=_LONG_SCALAR),
    Encoding("VQDMULL (by scalar)", "A8.8.373", "VQDMULL<c>.<s.size> <Qd>, <Dn>, <Dm[x]>",
             "111100101 D size:2 Vn:4 Vd:4 1011 N 1 M 0 Vm:4", undefined=_LONG_SCALAR),
    Encoding("VQDMULH (by scalar)", "A8.8.372", "VQDMULH<c>.<s.size> <Vd>, <Vn>, <Dm[x]>",
             "1111001 Q 1 D size:2 Vn:4 Vd:4 1100 N 1 M 0 Vm:4", undefined=_SCALAR),
    Encoding("VQRDMULH (by scalar)", "A8.8.376", "VQRDMULH<c>.<s.size> <Vd>, <Vn>, <Dm[x]>",
             "1111001 Q 1 D size:2 Vn:4 Vd:4 1101 N 1 M 0 Vm:4", undefined=_SCALAR),
)
# fmt: on
