"""Exception-generating and exception-returning instructions (DDI 0406C A5.2.12, A5.4, A5.6, A5.7, B9.3)."""

from hypgen.arch.encoding import Encoding, Row

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Encoding("SVC", "A8.8.228", "SVC<c> #<imm32>",
             "cond:4 1111 imm24:24", operands=("imm32 = imm24",)),
    Encoding("HVC", "B9.3.4", "HVC<c> #<imm16>",
             "cond:4 00010100 imm12:12 0111 imm4:4",
             unpredictable=("cond != 14",), operands=("imm16 = imm12:imm4",)),
    Encoding("SMC", "B9.3.14", "SMC<c> #<imm4>",
             "cond:4 00010110 (0)(0)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0) 0111 imm4:4"),
    Encoding("BKPT", "A8.8.24", "BKPT #<imm16>",
             "cond:4 00010010 imm12:12 0111 imm4:4",
             unpredictable=("cond != 14",), operands=("imm16 = imm12:imm4",)),
    Encoding("UDF", "A8.8.247", "UDF #<imm16>",
             "1110 01111111 imm12:12 1111 imm4:4", operands=("imm16 = imm12:imm4",)),
    Encoding("ERET", "B9.3.3", "ERET<c>",
             "cond:4 00010110 (0)(0)(0)(0) (0)(0)(0)(0) (0)(0)(0)(0) 0110 (1)(1)(1)(0)"),
    Encoding("RFE", "B9.3.13", "RFE<amode> <Rn>{!}",
             "1111 100 P U 0 W 1 Rn:4 (0)(0)(0)(0) (1)(0)(1)(0) (0)(0)(0)(0) (0)(0)(0)(0)",
             unpredictable=("Rn == 15",)),
    Encoding("SRS", "B9.3.16", "SRS<amode> SP{!}, #<mode>",
             "1111 100 P U 1 W 0 (1)(1)(0)(1) (0)(0)(0)(0) (0)(1)(0)(1) (0)(0)(0) mode:5",
             unpredictable=("mode == 26",)),
)
# fmt: on
