"""Advanced SIMD: two registers and a shift amount, one register and an immediate (DDI 0406C A7.4.4, A7.4.6).

``L`` and ``imm6`` hold the size of the elements and the amount of the shift together. Where they
would be zero in their upper four bits the word is a modified immediate, which is the first row.
"""

from hypgen.arch.encoding import Encoding

_ODD = "Q == 1 and (Vd & 1 == 1 or Vm & 1 == 1)"

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Encoding, ...] = (
    Encoding("VMOV, VMVN, VORR, VBIC (immediate), vector", "A7.4.6",
             "V<immediate_op><c>.<immediate_type> <Vd>, <simd_immediate>",
             "1111001 i 1 D 000 imm3:3 Vd:4 cmode:4 0 Q op 1 imm4:4",
             undefined=("Q == 1 and Vd & 1 == 1", "op == 1 and cmode == 15"),
             also=("VMOV (immediate)", "VMVN (immediate)", "VORR (immediate)", "VBIC (immediate)")),
    Encoding("VSHR", "A8.8.398", "VSHR<c>.<su.esize> <Vd>, <Vm>, #<right>",
             "1111001 U 1 D imm6:6 Vd:4 0000 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VSRA", "A8.8.402", "VSRA<c>.<su.esize> <Vd>, <Vm>, #<right>",
             "1111001 U 1 D imm6:6 Vd:4 0001 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VRSHR", "A8.8.389", "VRSHR<c>.<su.esize> <Vd>, <Vm>, #<right>",
             "1111001 U 1 D imm6:6 Vd:4 0010 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VRSRA", "A8.8.393", "VRSRA<c>.<su.esize> <Vd>, <Vm>, #<right>",
             "1111001 U 1 D imm6:6 Vd:4 0011 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VSRI", "A8.8.403", "VSRI<c>.<esize> <Vd>, <Vm>, #<right>",
             "111100111 D imm6:6 Vd:4 0100 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VSHL (immediate)", "A8.8.395", "VSHL<c>.<i.esize> <Vd>, <Vm>, #<left>",
             "111100101 D imm6:6 Vd:4 0101 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VSLI", "A8.8.400", "VSLI<c>.<esize> <Vd>, <Vm>, #<left>",
             "111100111 D imm6:6 Vd:4 0101 L Q M 1 Vm:4", undefined=(_ODD,)),
    Encoding("VQSHL, VQSHLU (immediate)", "A8.8.380", "VQSHL<u><c>.<qshl_su.esize> <Vd>, <Vm>, #<left>",
             "1111001 U 1 D imm6:6 Vd:4 011 op L Q M 1 Vm:4", undefined=(_ODD, "U == 0 and op == 0")),
    Encoding("VSHRN", "A8.8.399", "VSHRN<c>.<i.2esize> <Dd>, <Qm>, #<right>",
             "111100101 D imm6:6 Vd:4 100000 M 1 Vm:4", undefined=("Vm & 1 == 1",)),
    Encoding("VRSHRN", "A8.8.390", "VRSHRN<c>.<i.2esize> <Dd>, <Qm>, #<right>",
             "111100101 D imm6:6 Vd:4 100001 M 1 Vm:4", undefined=("Vm & 1 == 1",)),
    Encoding("VQSHRN, VQSHRUN", "A8.8.381", "VQSHR<un><c>.<shr_su.2esize> <Dd>, <Qm>, #<right>",
             "1111001 U 1 D imm6:6 Vd:4 100 op 00 M 1 Vm:4", undefined=("Vm & 1 == 1",)),
    Encoding("VQRSHRN, VQRSHRUN", "A8.8.378", "VQRSHR<un><c>.<shr_su.2esize> <Dd>, <Qm>, #<right>",
             "1111001 U 1 D imm6:6 Vd:4 100 op 01 M 1 Vm:4", undefined=("Vm & 1 == 1",)),
    Encoding("VSHLL", "A8.8.397", "VSHLL<c>.<su.esize> <Qd>, <Dm>, #<left>",
             "1111001 U 1 D imm6:6 Vd:4 101000 M 1 Vm:4", undefined=("Vd & 1 == 1",), also=("VMOVL",)),
    Encoding("VCVT (between floating-point and fixed-point, Advanced SIMD)", "A8.8.307",
             "VCVT<c>.<simd_fixed_types> <Vd>, <Vm>, #<simd_fraction_bits>",
             "1111001 U 1 D imm6:6 Vd:4 111 op 0 Q M 1 Vm:4", undefined=(_ODD, "imm6 < 32")),
)
# fmt: on
