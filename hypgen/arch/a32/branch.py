"""Branches (DDI 0406C A5.5, and the branches of A5.2.12)."""

from hypgen.arch.encoding import Encoding, Row

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Encoding("B", "A8.8.18", "B<c> <label>",
             "cond:4 1010 imm24:24", operands=("imm32 = SignExtend(imm24:00)",)),
    Encoding("BL (immediate)", "A8.8.25", "BL<c> <label>",
             "cond:4 1011 imm24:24", operands=("imm32 = SignExtend(imm24:00)",)),
    Encoding("BLX (immediate)", "A8.8.25", "BLX <label>",
             "1111 101 H imm24:24", operands=("imm32 = SignExtend(imm24:H:0)",)),
    Encoding("BX", "A8.8.27", "BX<c> <Rm>",
             "cond:4 00010010 (1)(1)(1)(1) (1)(1)(1)(1) (1)(1)(1)(1) 0001 Rm:4"),
    Encoding("BXJ", "A8.8.28", "BXJ<c> <Rm>",
             "cond:4 00010010 (1)(1)(1)(1) (1)(1)(1)(1) (1)(1)(1)(1) 0010 Rm:4",
             unpredictable=("Rm == 15",)),
    Encoding("BLX (register)", "A8.8.26", "BLX<c> <Rm>",
             "cond:4 00010010 (1)(1)(1)(1) (1)(1)(1)(1) (1)(1)(1)(1) 0011 Rm:4",
             unpredictable=("Rm == 15",)),
)
# fmt: on
