"""Coprocessor instructions (DDI 0406C A6.3.18), generic.

Coprocessors 10 and 11 are the Advanced SIMD and Floating-point Extensions (A7), whose space is
carved out here: not modelled in the encodings T1, UNDEFINED in the encodings T2 (A7.5).
"""

from hypgen.arch.encoding import Encoding, Kind, Ordered, Row

_EXTENSIONS = (
    "coprocessors 10 and 11 are the Advanced SIMD and Floating-point Extensions; P = U = W = 0 is a "
    "two-register transfer or UNDEFINED; a PC base is the literal form"
)
_LITERAL = ("W == 1 or P == 0",)
_BASE = ("Rn == 15",)

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Ordered(_EXTENSIONS, (
        Encoding("Extension register load/store, 64-bit transfers T32", "A7.6", "",
                 "1110 110 opcode:5 operands:8 101 C rest:8",
                 kind=Kind.UNMODELLED),
        Encoding("MCRR T1", "A8.8.99", "MCRR<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "1110 11000100 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt in {13, 15}", "Rt2 in {13, 15}")),
        Encoding("MRRC T1", "A8.8.108", "MRRC<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "1110 11000101 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt in {13, 15}", "Rt2 in {13, 15}", "Rt == Rt2")),
        Encoding("UNDEFINED (LDC, STC with P = U = D = W = 0) T32", "A6.3.18", "",
                 "1110 1100000 op:1 rest:20",
                 kind=Kind.UNDEFINED),
        Encoding("LDC (literal) T1", "A8.8.56", "LDC{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "1110 110 P U D W 1 1111 CRd:4 coproc:4 imm8:8",
                 unpredictable=_LITERAL),
        Encoding("LDC (immediate) T1", "A8.8.55", "LDC{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "1110 110 P U D W 1 Rn:4 CRd:4 coproc:4 imm8:8"),
        Encoding("STC T1", "A8.8.198", "STC{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "1110 110 P U D W 0 Rn:4 CRd:4 coproc:4 imm8:8",
                 unpredictable=_BASE),
    )),
    Ordered(_EXTENSIONS, (
        Encoding("UNDEFINED (T2 extension register load/store) T32", "A7.6", "",
                 "1111 110 opcode:5 operands:8 101 C rest:8",
                 kind=Kind.UNDEFINED),
        Encoding("MCRR2 T2", "A8.8.99", "MCRR2<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "1111 11000100 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt in {13, 15}", "Rt2 in {13, 15}")),
        Encoding("MRRC2 T2", "A8.8.108", "MRRC2<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>",
                 "1111 11000101 Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4",
                 unpredictable=("Rt in {13, 15}", "Rt2 in {13, 15}", "Rt == Rt2")),
        Encoding("UNDEFINED (LDC2, STC2 with P = U = D = W = 0) T32", "A6.3.18", "",
                 "1111 1100000 op:1 rest:20",
                 kind=Kind.UNDEFINED),
        Encoding("LDC2 (literal) T2", "A8.8.56", "LDC2{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "1111 110 P U D W 1 1111 CRd:4 coproc:4 imm8:8",
                 unpredictable=_LITERAL),
        Encoding("LDC2 (immediate) T2", "A8.8.55", "LDC2{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "1111 110 P U D W 1 Rn:4 CRd:4 coproc:4 imm8:8"),
        Encoding("STC2 T2", "A8.8.198", "STC2{L}<c> <coproc>, <CRd>, <coproc_address>",
                 "1111 110 P U D W 0 Rn:4 CRd:4 coproc:4 imm8:8",
                 unpredictable=_BASE),
    )),
    Ordered("coprocessors 10 and 11 are the Advanced SIMD and Floating-point Extensions", (
        Encoding("Floating-point data processing, 32-bit transfers T32", "A7.5", "",
                 "1110 1110 opcode:4 operands:8 101 C rest:8",
                 kind=Kind.UNMODELLED),
        Encoding("CDP T1", "A8.8.30", "CDP<c> <coproc>, <opc1>, <CRd>, <CRn>, <CRm>, <opc2>",
                 "1110 1110 opc1:4 CRn:4 CRd:4 coproc:4 opc2:3 0 CRm:4"),
        Encoding("MCR T1", "A8.8.98", "MCR<c> <coproc>, <opc1>, <Rt>, <CRn>, <CRm>, <opc2>",
                 "1110 1110 opc1:3 0 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4",
                 unpredictable=("Rt in {13, 15}",)),
        Encoding("MRC T1", "A8.8.107", "MRC<c> <coproc>, <opc1>, <Rt or APSR_nzcv>, <CRn>, <CRm>, <opc2>",
                 "1110 1110 opc1:3 1 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4",
                 unpredictable=("Rt == 13",)),
    )),
    Ordered("coprocessors 10 and 11 are the Advanced SIMD and Floating-point Extensions", (
        Encoding("UNDEFINED (T2 floating-point) T32", "A7.5", "",
                 "1111 1110 opcode:4 operands:8 101 C rest:8",
                 kind=Kind.UNDEFINED),
        Encoding("CDP2 T2", "A8.8.30", "CDP2<c> <coproc>, <opc1>, <CRd>, <CRn>, <CRm>, <opc2>",
                 "1111 1110 opc1:4 CRn:4 CRd:4 coproc:4 opc2:3 0 CRm:4"),
        Encoding("MCR2 T2", "A8.8.98", "MCR2<c> <coproc>, <opc1>, <Rt>, <CRn>, <CRm>, <opc2>",
                 "1111 1110 opc1:3 0 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4",
                 unpredictable=("Rt in {13, 15}",)),
        Encoding("MRC2 T2", "A8.8.107", "MRC2<c> <coproc>, <opc1>, <Rt>, <CRn>, <CRm>, <opc2>",
                 "1111 1110 opc1:3 1 CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4",
                 unpredictable=("Rt == 13",)),
    )),
    # A7.4 and A7.7: the rest of the space that waits for the tables of chapter A7
    Encoding("Advanced SIMD data processing T32", "A7.4", "",
             "1110 1111 rest:24",
             kind=Kind.UNMODELLED),
    Encoding("Advanced SIMD data processing (U = 1) T32", "A7.4", "",
             "1111 1111 rest:24",
             kind=Kind.UNMODELLED),
    Encoding("Advanced SIMD element or structure load/store T32", "A7.7", "",
             "1111 1001 opcode:3 0 rest:20",
             kind=Kind.UNMODELLED),
)
# fmt: on
