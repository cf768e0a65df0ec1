"""Access to the PSRs and the banked registers (DDI 0406C A6.2.5, A6.3.4, A6.3.5, B9.3)."""

from hypgen.arch.encoding import Encoding, Row

_UNALLOCATED = (
    "R == 0 and M == 0 and M1 & 7 == 7",
    "R == 0 and M == 1 and M1 & 12 == 8",
    "R == 1 and M == 0 and M1 != 14",
    "R == 1 and M == 1 and (M1 & 1 == 1 or M1 & 12 == 8)",
)
"""The values that arch.banked.BANKED_REGISTERS does not have."""

# Two or three lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Encoding("MRS T1", "B9.3.8", "MRS<c> <Rd>, <spec_reg>",
             "11110 011111 R (1)(1)(1)(1) 10 (0) 0 Rd:4 (0)(0)0(0) (0)(0)(0)(0)",
             unpredictable=("Rd in {13, 15}",)),
    Encoding("MRS (Banked register) T1", "B9.3.9", "MRS<c> <Rd>, <banked_reg>",
             "11110 011111 R M1:4 10 (0) 0 Rd:4 (0)(0)1 M (0)(0)(0)(0)",
             unpredictable=("Rd in {13, 15}", *_UNALLOCATED)),
    Encoding("MSR (register) T1", "B9.3.12", "MSR<c> <spec_reg>, <Rn>",
             "11110 011100 R Rn:4 10 (0) 0 mask:4 (0)(0)0(0) (0)(0)(0)(0)",
             unpredictable=("mask == 0", "Rn in {13, 15}")),
    Encoding("MSR (Banked register) T1", "B9.3.10", "MSR<c> <banked_reg>, <Rn>",
             "11110 011100 R Rn:4 10 (0) 0 M1:4 (0)(0)1 M (0)(0)(0)(0)",
             unpredictable=("Rn in {13, 15}", *_UNALLOCATED)),
    Encoding("CPS T1", "B9.3.1", "CPS{<effect>}{ <iflags>}",
             "10110110011 im (0) A I F",
             unpredictable=("A == 0 and I == 0 and F == 0", "InITBlock"),
             operands=("imod = 1:im", "M = 0", "mode = 00000")),
    Encoding("CPS T2", "B9.3.1", "CPS{<effect>}.W{ <iflags>}{, #<mode>}",
             "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) imod:2 M A I F mode:5",
             unpredictable=("imod == 1", "imod > 1 and A == 0 and I == 0 and F == 0",
                            "imod < 2 and (A == 1 or I == 1 or F == 1)", "mode != 0 and M == 0",
                            "InITBlock"), never=("imod=00 M=0",)),
    Encoding("SETEND T1", "A8.8.167", "SETEND <endian_specifier>",
             "10110110010 (1) E (0)(0)(0)",
             unpredictable=("InITBlock",)),
)
# fmt: on
