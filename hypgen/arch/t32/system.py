"""Exception-generating and exception-returning instructions (DDI 0406C A6.2.5 to A6.3.5, B9.3)."""

from hypgen.arch.encoding import Encoding, Ordered, Row

_INSIDE_IT = "InITBlock and not LastInITBlock"

# Two or three lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Encoding("SVC T1", "A8.8.228", "SVC<c> #<imm32>",
             "11011111 imm8:8",
             operands=("imm32 = imm8",)),
    Encoding("HVC T1", "B9.3.4", "HVC #<imm16>",
             "11110 1111110 imm4:4 1000 imm12:12",
             unpredictable=("InITBlock",), operands=("imm16 = imm4:imm12",)),
    Encoding("SMC T1", "B9.3.14", "SMC<c> #<imm4>",
             "11110 1111111 imm4:4 1000 (0)(0)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0)",
             unpredictable=(_INSIDE_IT,)),
    # executed whatever the condition of its IT block
    Encoding("BKPT T1", "A8.8.24", "BKPT #<imm16>",
             "10111110 imm8:8",
             operands=("imm16 = imm8", "cond = 1110")),
    Encoding("UDF T1", "A8.8.247", "UDF<c> #<imm16>",
             "11011110 imm8:8",
             operands=("imm16 = imm8",)),
    Encoding("UDF T2", "A8.8.247", "UDF<c>.W #<imm16>",
             "11110 1111111 imm4:4 1010 imm12:12",
             operands=("imm16 = imm4:imm12",)),
    Ordered("SUBS PC, LR, #0 is ERET, with the Virtualization Extensions", (
        Encoding("ERET T1", "B9.3.3", "ERET<c>",
                 "11110 0111101 (1)(1)(1)(0) 10 (0) 0 (1)(1)(1)(1) 00000000",
                 unpredictable=(_INSIDE_IT,)),
        Encoding("SUBS PC, LR and related (immediate) T1", "B9.3.19", "SUBS<c> PC, LR, #<const>",
                 "11110 0111101 (1)(1)(1)(0) 10 (0) 0 (1)(1)(1)(1) imm8:8",
                 unpredictable=(_INSIDE_IT,), operands=("opcode = 0010", "Rn = 1110", "imm32 = imm8")),
    )),
    Encoding("RFE T1", "B9.3.13", "RFEDB<c> <Rn>{!}",
             "1110100000 W 1 Rn:4 (1)(1)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0)",
             unpredictable=("Rn == 15", _INSIDE_IT), operands=("P = 1", "U = 0")),
    Encoding("RFE T2", "B9.3.13", "RFEIA<c> <Rn>{!}",
             "1110100110 W 1 Rn:4 (1)(1)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0)",
             unpredictable=("Rn == 15", _INSIDE_IT), operands=("P = 0", "U = 1")),
    Encoding("SRS T1", "B9.3.15", "SRSDB<c> SP{!}, #<mode>",
             "1110100000 W 0 (1)(1)(0)(1) (1)(1)(0)(0) (0)(0)(0)(0) (0)(0)(0) mode:5",
             unpredictable=("mode == 26",), operands=("P = 1", "U = 0")),
    Encoding("SRS T2", "B9.3.15", "SRSIA<c> SP{!}, #<mode>",
             "1110100110 W 0 (1)(1)(0)(1) (1)(1)(0)(0) (0)(0)(0)(0) (0)(0)(0) mode:5",
             unpredictable=("mode == 26",), operands=("P = 0", "U = 1")),
)
# fmt: on
