"""MSR (immediate) and hints (DDI 0406C A5.2.11), memory hints and barriers (A5.7.1)."""

from hypgen.arch.encoding import Encoding, Ordered, Row

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Ordered("MSR (immediate) to the CPSR with an empty mask is a hint, and an unallocated hint is a NOP", (
        Encoding("NOP", "A8.8.119", "NOP<c>",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) 00000000"),
        Encoding("YIELD", "A8.8.426", "YIELD<c>",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) 00000001"),
        Encoding("WFE", "A8.8.424", "WFE<c>",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) 00000010"),
        Encoding("WFI", "A8.8.425", "WFI<c>",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) 00000011"),
        Encoding("SEV", "A8.8.168", "SEV<c>",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) 00000100"),
        Encoding("DBG", "A8.8.42", "DBG<c> #<option>",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) 1111 option:4"),
        Encoding("Unallocated hint", "A5.2.11", "NOP<c> {<hint>}",
                 "cond:4 00110010 0000 (1)(1)(1)(1) (0)(0)(0)(0) hint:8"),
        Encoding("MSR (immediate)", "B9.3.11", "MSR<c> <spec_reg>, #<value>",
                 "cond:4 00110 R 10 mask:4 (1)(1)(1)(1) imm12:12",
                 unpredictable=("mask == 0",)),
    )),
    Ordered("a PC base is the literal form", (
        Encoding("PLD (literal)", "A8.8.127", "PLD <address>",
                 "1111 0101 U (1) 01 1111 (1)(1)(1)(1) imm12:12"),
        Encoding("PLD, PLDW (immediate)", "A8.8.126", "PLD{W} <address>",
                 "1111 0101 U R 01 Rn:4 (1)(1)(1)(1) imm12:12"),
    )),
    Encoding("PLD, PLDW (register)", "A8.8.128", "PLD{W} <address>",
             "1111 0111 U R 01 Rn:4 (1)(1)(1)(1) imm5:5 type:2 0 Rm:4",
             unpredictable=("Rm == 15", "Rn == 15 and R == 0")),
    Encoding("PLI (immediate, literal)", "A8.8.129", "PLI <address>",
             "1111 0100 U 101 Rn:4 (1)(1)(1)(1) imm12:12"),
    Encoding("PLI (register)", "A8.8.130", "PLI <address>",
             "1111 0110 U 101 Rn:4 (1)(1)(1)(1) imm5:5 type:2 0 Rm:4",
             unpredictable=("Rm == 15",)),
    Encoding("Unallocated memory hint (immediate)", "A5.7.1", "<word>",
             "1111 0100 U 001 ignored:20"),
    Encoding("Unallocated memory hint (register)", "A5.7.1", "<word>",
             "1111 0110 U 001 Rn:4 ignored:11 0 Rm:4"),
    Encoding("CLREX", "A8.8.32", "CLREX",
             "1111 01010111 (1)(1)(1)(1) (1)(1)(1)(1) (0)(0)(0)(0) 0001 (1)(1)(1)(1)"),
    Encoding("DSB", "A8.8.44", "DSB <option>",
             "1111 01010111 (1)(1)(1)(1) (1)(1)(1)(1) (0)(0)(0)(0) 0100 option:4"),
    Encoding("DMB", "A8.8.43", "DMB <option>",
             "1111 01010111 (1)(1)(1)(1) (1)(1)(1)(1) (0)(0)(0)(0) 0101 option:4"),
    Encoding("ISB", "A8.8.53", "ISB <option>",
             "1111 01010111 (1)(1)(1)(1) (1)(1)(1)(1) (0)(0)(0)(0) 0110 option:4"),
)
# fmt: on
