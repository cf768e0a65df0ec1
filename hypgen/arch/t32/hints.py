"""If-Then and hints (DDI 0406C A6.2.5, A6.3.4), memory hints (A6.3.8, A6.3.9) and barriers (A6.3.4)."""

from hypgen.arch.encoding import Encoding, Kind, Ordered, Row

_ADDED = ("P = 1", "U = 1", "W = 0")
_SUBTRACTED = ("P = 1", "U = 0", "W = 0")
_SHIFTED = ("type = 00", "imm5 = imm2")
_LITERAL = ("Rn=1111",)

# Two or three lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
ENCODINGS: tuple[Row, ...] = (
    Ordered("an IT without instructions is a hint, and an unallocated hint is a NOP", (
        Encoding("NOP T1", "A8.8.119", "NOP<c>",
                 "10111111 0000 0000"),
        Encoding("YIELD T1", "A8.8.426", "YIELD<c>",
                 "10111111 0001 0000"),
        Encoding("WFE T1", "A8.8.424", "WFE<c>",
                 "10111111 0010 0000"),
        Encoding("WFI T1", "A8.8.425", "WFI<c>",
                 "10111111 0011 0000"),
        Encoding("SEV T1", "A8.8.168", "SEV<c>",
                 "10111111 0100 0000"),
        Encoding("Unallocated hint T1", "A6.2.5", "NOP<c> {<hint>}",
                 "10111111 hint:4 0000"),
        Encoding("IT T1", "A8.8.54", "IT<xyz> <firstcond>",
                 "10111111 firstcond:4 mask:4",
                 unpredictable=("firstcond == 15", "firstcond == 14 and BitCount(mask) != 1", "InITBlock"),
                 operands=("itstate = firstcond:mask",)),
    )),
    Ordered("an unallocated hint is a NOP", (
        Encoding("NOP T2", "A8.8.119", "NOP<c>.W",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 00000000"),
        Encoding("YIELD T2", "A8.8.426", "YIELD<c>.W",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 00000001"),
        Encoding("WFE T2", "A8.8.424", "WFE<c>.W",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 00000010"),
        Encoding("WFI T2", "A8.8.425", "WFI<c>.W",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 00000011"),
        Encoding("SEV T2", "A8.8.168", "SEV<c>.W",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 00000100"),
        Encoding("DBG T1", "A8.8.42", "DBG<c> #<option>",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 1111 option:4"),
        Encoding("Unallocated hint T2", "A6.3.4", "NOP<c>.W {<hint>}",
                 "11110 0111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 hint:8"),
    )),
    # A6.3.8, A6.3.9 Loads of bytes and halfwords that would load the PC
    Encoding("PLD (literal) T1", "A8.8.127", "PLD<c> <address>",
             "11111000 U 0 (0) 1 1111 1111 imm12:12"),
    Encoding("PLD, PLDW (immediate) T1", "A8.8.126", "PLD{W}<c> <address>",
             "111110001 0 W 1 Rn:4 1111 imm12:12",
             operands=("R = W == 0", *_ADDED), never=_LITERAL),
    Encoding("PLD, PLDW (immediate) T2", "A8.8.126", "PLD{W}<c> <address>",
             "111110000 0 W 1 Rn:4 1111 1100 imm8:8",
             operands=("R = W == 0", *_SUBTRACTED, "imm12 = imm8"), never=_LITERAL),
    Encoding("PLD, PLDW (register) T1", "A8.8.128", "PLD{W}<c> <address>",
             "111110000 0 W 1 Rn:4 1111 000000 imm2:2 Rm:4",
             unpredictable=("Rm in {13, 15}",), operands=("R = W == 0", *_ADDED, *_SHIFTED), never=_LITERAL),
    Encoding("PLI (immediate, literal) T3", "A8.8.129", "PLI<c> <address>",
             "11111001 U 001 1111 1111 imm12:12"),
    Encoding("PLI (immediate, literal) T1", "A8.8.129", "PLI<c> <address>",
             "111110011001 Rn:4 1111 imm12:12",
             operands=_ADDED, never=_LITERAL),
    Encoding("PLI (immediate, literal) T2", "A8.8.129", "PLI<c> <address>",
             "111110010001 Rn:4 1111 1100 imm8:8",
             operands=(*_SUBTRACTED, "imm12 = imm8"), never=_LITERAL),
    Encoding("PLI (register) T1", "A8.8.130", "PLI<c> <address>",
             "111110010001 Rn:4 1111 000000 imm2:2 Rm:4",
             unpredictable=("Rm in {13, 15}",), operands=(*_ADDED, *_SHIFTED), never=_LITERAL),
    Encoding("Unallocated memory hint (immediate) T3", "A6.3.8", "<word>",
             "11111001 U 011 1111 1111 ignored:12"),
    Encoding("Unallocated memory hint (immediate) T1", "A6.3.8", "<word>",
             "111110011011 Rn:4 1111 ignored:12", never=_LITERAL),
    Encoding("Unallocated memory hint (immediate) T2", "A6.3.8", "<word>",
             "111110010011 Rn:4 1111 1100 ignored:8", never=_LITERAL),
    Encoding("Unallocated memory hint (register) T1", "A6.3.8", "<word>",
             "111110010011 Rn:4 1111 000000 ignored:2 Rm:4", never=_LITERAL),
    # A6.3.4 Miscellaneous control
    Encoding("CLREX T1", "A8.8.32", "CLREX<c>",
             "11110 0111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 0010 (1)(1)(1)(1)"),
    Encoding("DSB T1", "A8.8.44", "DSB<c> <option>",
             "11110 0111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 0100 option:4"),
    Encoding("DMB T1", "A8.8.43", "DMB<c> <option>",
             "11110 0111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 0101 option:4"),
    Encoding("ISB T1", "A8.8.53", "ISB<c> <option>",
             "11110 0111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 0110 option:4"),
    # A9.3: ThumbEE
    Encoding("ENTERX, LEAVEX T1", "A9.3.1", "",
             "11110 0111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 000 J (1)(1)(1)(1)",
             kind=Kind.UNMODELLED),
)
# fmt: on
