"""Access to the PSRs and the banked registers (DDI 0406C A5.2.12, A5.7, B9.3).

MSR (immediate) stands in ``hints``: the manual's table A5.2.11 is of both.
"""

from hypgen.arch.encoding import Encoding, Row

_UNALLOCATED = (
    "R == 0 and M == 0 and M1 & 7 == 7",
    "R == 0 and M == 1 and M1 & 12 == 8",
    "R == 1 and M == 0 and M1 != 14",
    "R == 1 and M == 1 and (M1 & 1 == 1 or M1 & 12 == 8)",
)
"""The values that arch.banked.BANKED_REGISTERS does not have."""

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Encoding("MRS", "B9.3.8", "MRS<c> <Rd>, <spec_reg>",
             "cond:4 00010 R 00 (1)(1)(1)(1) Rd:4 (0)(0)0(0) 0000 (0)(0)(0)(0)",
             unpredictable=("Rd == 15",)),
    Encoding("MRS (Banked register)", "B9.3.9", "MRS<c> <Rd>, <banked_reg>",
             "cond:4 00010 R 00 M1:4 Rd:4 (0)(0)1 M 0000 (0)(0)(0)(0)",
             unpredictable=("Rd == 15", *_UNALLOCATED)),
    Encoding("MSR (register)", "B9.3.12", "MSR<c> <spec_reg>, <Rn>",
             "cond:4 00010 R 10 mask:4 (1)(1)(1)(1) (0)(0)0(0) 0000 Rn:4",
             unpredictable=("mask == 0", "Rn == 15")),
    Encoding("MSR (Banked register)", "B9.3.10", "MSR<c> <banked_reg>, <Rn>",
             "cond:4 00010 R 10 M1:4 (1)(1)(1)(1) (0)(0)1 M 0000 Rn:4",
             unpredictable=("Rn == 15", *_UNALLOCATED)),
    Encoding("CPS", "B9.3.2", "CPS{<effect>}{ <iflags>}{, #<mode>}",
             "1111 00010000 imod:2 M 0 (0)(0)(0)(0)(0)(0)(0) A I F 0 mode:5",
             unpredictable=("imod == 0 and M == 0", "imod == 1",
                            "imod > 1 and A == 0 and I == 0 and F == 0",
                            "imod < 2 and (A == 1 or I == 1 or F == 1)", "mode != 0 and M == 0")),
    Encoding("SETEND", "A8.8.167", "SETEND <endian_specifier>",
             "1111 00010000 (0)(0)(0)1 (0)(0)(0)(0) (0)(0) E (0) 0000 (0)(0)(0)(0)"),
)
# fmt: on
