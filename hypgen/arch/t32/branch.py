"""Branches (DDI 0406C A6.2.3, A6.2.5, A6.2.6, A6.3.4, A6.3.6)."""

from hypgen.arch.encoding import Encoding, Row

_INSIDE_IT = "InITBlock and not LastInITBlock"
_OTHERS = ("cond=1110", "cond=1111")
"""UDF and SVC, and in 32 bits miscellaneous control."""
_I1_I2 = ("I1 = J1 == S", "I2 = J2 == S")

# Two or three lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Encoding("B T1", "A8.8.18", "B<c> <label>",
             "1101 cond:4 imm8:8",
             unpredictable=("InITBlock",), operands=("imm32 = SignExtend(imm8:0)",), never=_OTHERS),
    Encoding("B T2", "A8.8.18", "B<c> <label>",
             "11100 imm11:11",
             unpredictable=(_INSIDE_IT,), operands=("imm32 = SignExtend(imm11:0)",)),
    Encoding("B T3", "A8.8.18", "B<c>.W <label>",
             "11110 S cond:4 imm6:6 10 J1 0 J2 imm11:11",
             unpredictable=("InITBlock",), operands=("imm32 = SignExtend(S:J2:J1:imm6:imm11:0)",),
             never=_OTHERS),
    Encoding("B T4", "A8.8.18", "B<c>.W <label>",
             "11110 S imm10:10 10 J1 1 J2 imm11:11",
             unpredictable=(_INSIDE_IT,),
             operands=(*_I1_I2, "imm32 = SignExtend(S:I1:I2:imm10:imm11:0)")),
    Encoding("BL (immediate) T1", "A8.8.25", "BL<c> <label>",
             "11110 S imm10:10 11 J1 1 J2 imm11:11",
             unpredictable=(_INSIDE_IT,),
             operands=(*_I1_I2, "imm32 = SignExtend(S:I1:I2:imm10:imm11:0)")),
    Encoding("BLX (immediate) T2", "A8.8.25", "BLX<c> <label>",
             "11110 S imm10H:10 11 J1 0 J2 imm10L:10 0",
             unpredictable=(_INSIDE_IT,),
             operands=(*_I1_I2, "imm32 = SignExtend(S:I1:I2:imm10H:imm10L:00)")),
    Encoding("BX T1", "A8.8.27", "BX<c> <Rm>",
             "010001110 Rm:4 (0)(0)(0)",
             unpredictable=(_INSIDE_IT,)),
    Encoding("BLX (register) T1", "A8.8.26", "BLX<c> <Rm>",
             "010001111 Rm:4 (0)(0)(0)",
             unpredictable=("Rm == 15", _INSIDE_IT)),
    Encoding("BXJ T1", "A8.8.28", "BXJ<c> <Rm>",
             "11110 0111100 Rm:4 10 (0) 0 (1)(1)(1)(1) (0)(0)(0)(0)(0)(0)(0)(0)",
             unpredictable=("Rm in {13, 15}", _INSIDE_IT)),
    Encoding("CBNZ, CBZ T1", "A8.8.29", "CB{N}Z <Rn>, <label>",
             "1011 op 0 i 1 imm5:5 Rn:3",
             unpredictable=("InITBlock",), operands=("imm32 = i:imm5:0",)),
    Encoding("TBB, TBH T1", "A8.8.236", "TB<bh><c> [<Rn>, <Rm>{, LSL #1}]",
             "111010001101 Rn:4 (1)(1)(1)(1) (0)(0)(0)(0) 000 H Rm:4",
             unpredictable=("Rn == 13", "Rm in {13, 15}", _INSIDE_IT)),
)
# fmt: on
