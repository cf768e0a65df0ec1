"""Advanced SIMD: extraction, table lookup, duplication, and two registers (DDI 0406C A7.4, A7.4.5).

The size of all of these, where the three-register forms have it, is 0b11.
"""

from hypgen.arch.encoding import Encoding

_ODD = "Q == 1 and (Vd & 1 == 1 or Vm & 1 == 1)"
_BYTES_TO_WORDS = (_ODD, "size == 3")
_BYTES = (_ODD, "size != 0")
_OR_FLOAT = (_ODD, "size == 3", "F == 1 and size != 2")
_WORDS = (_ODD, "size != 2")

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Encoding, ...] = (
    Encoding("VEXT", "A8.8.316", "VEXT<c>.8 <Vd>, <Vn>, <Vm>, #<imm4>",
             "111100101 D 11 Vn:4 Vd:4 imm4:4 N Q M 0 Vm:4",
             undefined=("Q == 1 and (Vd & 1 == 1 or Vn & 1 == 1 or Vm & 1 == 1)", "Q == 0 and imm4 > 7")),
    Encoding("VTBL, VTBX", "A8.8.419", "VTB<lx><c>.8 <Dd>, <table>, <Dm>",
             "111100111 D 11 Vn:4 Vd:4 10 len:2 N op M 0 Vm:4",
             unpredictable=("N == 1 and Vn + len > 15",)),
    Encoding("VDUP (scalar)", "A8.8.313", "VDUP<c>.<lane_size> <Vd>, <lane>",
             "111100111 D 11 imm4:4 Vd:4 11000 Q M 0 Vm:4",
             undefined=("Q == 1 and Vd & 1 == 1", "imm4 & 7 == 0")),
    # A7.4.5 Two registers, miscellaneous
    Encoding("VREV16, VREV32, VREV64", "A8.8.386", "VREV<region><c>.<size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 000 op:2 Q M 0 Vm:4", undefined=(_ODD, "op + size > 2")),
    Encoding("VPADDL", "A8.8.364", "VPADDL<c>.<op_su.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 0010 op Q M 0 Vm:4", undefined=_BYTES_TO_WORDS),
    Encoding("VCLS", "A8.8.299", "VCLS<c>.<s.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 01000 Q M 0 Vm:4", undefined=_BYTES_TO_WORDS),
    Encoding("VCLZ", "A8.8.302", "VCLZ<c>.<i.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 01001 Q M 0 Vm:4", undefined=_BYTES_TO_WORDS),
    Encoding("VCNT", "A8.8.304", "VCNT<c>.8 <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 01010 Q M 0 Vm:4", undefined=_BYTES),
    Encoding("VMVN (register)", "A8.8.354", "VMVN<c> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 01011 Q M 0 Vm:4", undefined=_BYTES),
    Encoding("VPADAL", "A8.8.361", "VPADAL<c>.<op_su.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 0110 op Q M 0 Vm:4", undefined=_BYTES_TO_WORDS),
    Encoding("VQABS", "A8.8.369", "VQABS<c>.<s.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 01110 Q M 0 Vm:4", undefined=_BYTES_TO_WORDS),
    Encoding("VQNEG", "A8.8.375", "VQNEG<c>.<s.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 00 Vd:4 01111 Q M 0 Vm:4", undefined=_BYTES_TO_WORDS),
    Encoding("VCGT (immediate #0)", "A8.8.296", "VCGT<c>.<sf.size> <Vd>, <Vm>, #0",
             "111100111 D 11 size:2 01 Vd:4 0 F 000 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VCGE (immediate #0)", "A8.8.294", "VCGE<c>.<sf.size> <Vd>, <Vm>, #0",
             "111100111 D 11 size:2 01 Vd:4 0 F 001 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VCEQ (immediate #0)", "A8.8.292", "VCEQ<c>.<if.size> <Vd>, <Vm>, #0",
             "111100111 D 11 size:2 01 Vd:4 0 F 010 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VCLE (immediate #0)", "A8.8.298", "VCLE<c>.<sf.size> <Vd>, <Vm>, #0",
             "111100111 D 11 size:2 01 Vd:4 0 F 011 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VCLT (immediate #0)", "A8.8.301", "VCLT<c>.<sf.size> <Vd>, <Vm>, #0",
             "111100111 D 11 size:2 01 Vd:4 0 F 100 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VABS, vector", "A8.8.280", "VABS<c>.<sf.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 01 Vd:4 0 F 110 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VNEG, vector", "A8.8.355", "VNEG<c>.<sf.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 01 Vd:4 0 F 111 Q M 0 Vm:4", undefined=_OR_FLOAT),
    Encoding("VSWP", "A8.8.418", "VSWP<c> <Vd>, <Vm>",
             "111100111 D 11 size:2 10 Vd:4 00000 Q M 0 Vm:4", undefined=_BYTES,
             unpredictable=("D == M and Vd == Vm",)),
    Encoding("VTRN", "A8.8.420", "VTRN<c>.<size> <Vd>, <Vm>",
             "111100111 D 11 size:2 10 Vd:4 00001 Q M 0 Vm:4", undefined=_BYTES_TO_WORDS,
             unpredictable=("D == M and Vd == Vm",)),
    Encoding("VUZP", "A8.8.422", "VUZP<c>.<size> <Vd>, <Vm>",
             "111100111 D 11 size:2 10 Vd:4 00010 Q M 0 Vm:4",
             undefined=(*_BYTES_TO_WORDS, "Q == 0 and size == 2"), unpredictable=("D == M and Vd == Vm",)),
    Encoding("VZIP", "A8.8.423", "VZIP<c>.<size> <Vd>, <Vm>",
             "111100111 D 11 size:2 10 Vd:4 00011 Q M 0 Vm:4",
             undefined=(*_BYTES_TO_WORDS, "Q == 0 and size == 2"), unpredictable=("D == M and Vd == Vm",)),
    Encoding("VMOVN", "A8.8.347", "VMOVN<c>.<i.2size> <Dd>, <Qm>",
             "111100111 D 11 size:2 10 Vd:4 001000 M 0 Vm:4", undefined=("Vm & 1 == 1", "size == 3")),
    Encoding("VQMOVN, VQMOVUN", "A8.8.374", "VQMOV<un><c>.<op_su.2size> <Dd>, <Qm>",
             "111100111 D 11 size:2 10 Vd:4 0010 op:2 M 0 Vm:4", undefined=("Vm & 1 == 1", "size == 3")),
    Encoding("VSHLL (maximum shift)", "A8.8.397", "VSHLL<c>.<i.size> <Qd>, <Dm>, #<maximum_shift>",
             "111100111 D 11 size:2 10 Vd:4 001100 M 0 Vm:4", undefined=("Vd & 1 == 1", "size == 3")),
    Encoding("VCVT (between half-precision and single-precision, Advanced SIMD)", "A8.8.310",
             "VCVT<c>.<half_to_single>",
             "111100111 D 11 size:2 10 Vd:4 011 op 00 M 0 Vm:4",
             undefined=("size != 1", "op == 1 and Vd & 1 == 1", "op == 0 and Vm & 1 == 1")),
    Encoding("VRECPE", "A8.8.384", "VRECPE<c>.<uf.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 11 Vd:4 010 F 0 Q M 0 Vm:4", undefined=_WORDS),
    Encoding("VRSQRTE", "A8.8.391", "VRSQRTE<c>.<uf.size> <Vd>, <Vm>",
             "111100111 D 11 size:2 11 Vd:4 010 F 1 Q M 0 Vm:4", undefined=_WORDS),
    Encoding("VCVT (between floating-point and integer, Advanced SIMD)", "A8.8.305",
             "VCVT<c>.<int_types> <Vd>, <Vm>",
             "111100111 D 11 size:2 11 Vd:4 011 op:2 Q M 0 Vm:4", undefined=_WORDS),
)
# fmt: on
