"""Coprocessor instructions (DDI 0406C A5.6), generic.

Words of coprocessors 10 and 11 belong to the Advanced SIMD and Floating-point Extensions, and do not
come here.
"""

from hypgen.arch.encoding import Encoding, Kind, Ordered, Row

_SPECIAL = "P = U = W = 0 is a two-register transfer or UNDEFINED; a PC base is the literal form"
_LITERAL = ("W == 1",)
_BASE = ("Rn == 15 and W == 1",)

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Ordered(_SPECIAL, (
        Encoding("MCRR", "A8.8.99", "MCRR<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "cond:4 11000100 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt == 15", "Rt2 == 15")),
        Encoding("MRRC", "A8.8.108", "MRRC<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "cond:4 11000101 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt == 15", "Rt2 == 15", "Rt == Rt2")),
        Encoding("UNDEFINED (LDC, STC with P = U = D = W = 0)", "A5.6", "",
                 "cond:4 1100000 op:1 rest:20",
                 kind=Kind.UNDEFINED),
        Encoding("LDC (literal)", "A8.8.56", "LDC{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "cond:4 110 P U D W 1 1111 CRd:4 coproc:4 imm8:8",
                 unpredictable=_LITERAL),
        Encoding("LDC (immediate)", "A8.8.55", "LDC{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "cond:4 110 P U D W 1 Rn:4 CRd:4 coproc:4 imm8:8"),
        Encoding("STC", "A8.8.198", "STC{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "cond:4 110 P U D W 0 Rn:4 CRd:4 coproc:4 imm8:8",
                 unpredictable=_BASE),
        Encoding("MCRR2", "A8.8.99", "MCRR2 <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "1111 11000100 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt == 15", "Rt2 == 15")),
        Encoding("MRRC2", "A8.8.108", "MRRC2 <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "1111 11000101 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt == 15", "Rt2 == 15", "Rt == Rt2")),
        Encoding("UNDEFINED (LDC2, STC2 with P = U = D = W = 0)", "A5.6", "",
                 "1111 1100000 op:1 rest:20",
                 kind=Kind.UNDEFINED),
        Encoding("LDC2 (literal)", "A8.8.56", "LDC2{L} <coproc>, <CRd>, <coproc_address>",
                 "1111 110 P U D W 1 1111 CRd:4 coproc:4 imm8:8",
                 unpredictable=_LITERAL),
        Encoding("LDC2 (immediate)", "A8.8.55", "LDC2{L} <coproc>, <CRd>, <coproc_address>",
                 "1111 110 P U D W 1 Rn:4 CRd:4 coproc:4 imm8:8"),
        Encoding("STC2", "A8.8.198", "STC2{L} <coproc>, <CRd>, <coproc_address>",
                 "1111 110 P U D W 0 Rn:4 CRd:4 coproc:4 imm8:8",
                 unpredictable=_BASE),
        Encoding("CDP", "A8.8.30", "CDP<c> <coproc>, <opc1>, <CRd>, <CRn>, <CRm>, <opc2>",
                 "cond:4 1110 opc1:4 CRn:4 CRd:4 coproc:4 opc2:3 0 CRm:4"),
        Encoding("MCR", "A8.8.98", "MCR<c> <coproc>, <opc1>, <Rt>, <CRn>, <CRm>, <opc2>",
                 "cond:4 1110 opc1:3 0 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4",
                 unpredictable=("Rt == 15",)),
        Encoding("MRC", "A8.8.107", "MRC<c> <coproc>, <opc1>, <Rt or APSR_nzcv>, <CRn>, <CRm>, <opc2>",
                 "cond:4 1110 opc1:3 1 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4"),
        Encoding("CDP2", "A8.8.30", "CDP2 <coproc>, <opc1>, <CRd>, <CRn>, <CRm>, <opc2>",
                 "1111 1110 opc1:4 CRn:4 CRd:4 coproc:4 opc2:3 0 CRm:4"),
        Encoding("MCR2", "A8.8.98", "MCR2 <coproc>, <opc1>, <Rt>, <CRn>, <CRm>, <opc2>",
                 "1111 1110 opc1:3 0 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4",
                 unpredictable=("Rt == 15",)),
        Encoding("MRC2", "A8.8.107", "MRC2 <coproc>, <opc1>, <Rt>, <CRn>, <CRm>, <opc2>",
                 "1111 1110 opc1:3 1 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4"),
    )),
)
# fmt: on
