"""What the rest of each instruction set is: the words of each space of the manual that no instruction takes.

A row here is looked at only for a word that no instruction's row has, the first that matches counts, and
together they take every such word: each of the tables of chapters A5, A6 and A7 ends with what "other
encodings in this space" are.
"""

from hypgen.arch.encoding import Encoding, Kind

UNDEFINED, UNPREDICTABLE = Kind.UNDEFINED, Kind.UNPREDICTABLE

# Two lines a row, aligned with each other: the rows are read beside the manual.
# fmt: off
A32: tuple[Encoding, ...] = (
    # A5.7 Unconditional instructions
    Encoding("UNPREDICTABLE (PLI with W = 1)", "A5.7.1", "",
             "1111 0100 U 1 11 rest:20", kind=UNPREDICTABLE),
    Encoding("UNPREDICTABLE (memory hint with W = 1)", "A5.7.1", "",
             "1111 0100 U 0 11 rest:20", kind=UNPREDICTABLE),
    Encoding("UNPREDICTABLE (PLD, PLDW with W = 1, or among the barriers)", "A5.7.1", "",
             "1111 0101 U R 11 rest:20", kind=UNPREDICTABLE),
    Encoding("UNPREDICTABLE (register memory hint with W = 1)", "A5.7.1", "",
             "1111 011 P U R 11 rest:15 0 Rm:4", kind=UNPREDICTABLE),
    Encoding("UNDEFINED (permanently, unconditional)", "A5.7.1", "",
             "1111 01111111 rest:12 1111 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (Advanced SIMD data processing)", "A7.4", "",
             "1111 001 rest:25", kind=UNDEFINED),
    Encoding("UNDEFINED (memory hints, Advanced SIMD, and miscellaneous)", "A5.7.1", "",
             "1111 0 rest:27", kind=UNDEFINED),
    Encoding("UNDEFINED (unconditional instructions)", "A5.7", "",
             "1111 1 rest:27", kind=UNDEFINED),
    # A5.2 Data processing and miscellaneous instructions
    Encoding("UNDEFINED (multiply and multiply accumulate)", "A5.2.5", "",
             "cond:4 0000 op:4 rest:12 1001 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (synchronization primitives)", "A5.2.10", "",
             "cond:4 0001 op:4 rest:12 1001 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (miscellaneous instructions)", "A5.2.12", "",
             "cond:4 00010 op:2 0 rest:12 0 op2:3 any:4", kind=UNDEFINED),
    # A5.4 Media instructions
    Encoding("UNDEFINED (parallel addition and subtraction, signed)", "A5.4.1", "",
             "cond:4 011000 rest:17 1 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (parallel addition and subtraction, unsigned)", "A5.4.2", "",
             "cond:4 011001 rest:17 1 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (packing, unpacking, saturation, and reversal)", "A5.4.3", "",
             "cond:4 01101 rest:18 1 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (signed multiply, signed and unsigned divide)", "A5.4.4", "",
             "cond:4 01110 rest:18 1 any:4", kind=UNDEFINED),
    Encoding("UNDEFINED (media instructions)", "A5.4", "",
             "cond:4 01111 rest:18 1 any:4", kind=UNDEFINED),
)
T32_NARROW: tuple[Encoding, ...] = (
    Encoding("UNDEFINED (miscellaneous 16-bit instructions) T16", "A6.2.5", "",
             "1011 rest:12", kind=UNDEFINED),
)
T32_WIDE: tuple[Encoding, ...] = (
    Encoding("UNDEFINED (load/store dual, load/store exclusive, table branch) T32", "A6.3.6", "",
             "111 01 00 any:2 1 rest:22", kind=UNDEFINED),
    Encoding("UNDEFINED (data processing, shifted register) T32", "A6.3.11", "",
             "111 01 01 rest:25", kind=UNDEFINED),
    Encoding("UNDEFINED (Advanced SIMD data processing) T32", "A7.4", "",
             "111 U:1 1111 rest:24", kind=UNDEFINED),
    Encoding("UNDEFINED (branches and miscellaneous control) T32", "A6.3.4", "",
             "111 10 any:11 1 rest:15", kind=UNDEFINED),
    Encoding("UNDEFINED (data processing, modified immediate) T32", "A6.3.1", "",
             "111 10 any:1 0 rest:9 0 more:15", kind=UNDEFINED),
    Encoding("UNDEFINED (data processing, plain binary immediate) T32", "A6.3.3", "",
             "111 10 any:1 1 rest:9 0 more:15", kind=UNDEFINED),
    Encoding("UNDEFINED (store single data item) T32", "A6.3.10", "",
             "111 11 000 any:3 0 rest:20", kind=UNDEFINED),
    Encoding("UNDEFINED (load byte, memory hints) T32", "A6.3.9", "",
             "111 11 00 any:2 00 1 rest:20", kind=UNDEFINED),
    Encoding("UNDEFINED (load halfword, memory hints) T32", "A6.3.8", "",
             "111 11 00 any:2 01 1 rest:20", kind=UNDEFINED),
    Encoding("UNDEFINED (load word) T32", "A6.3.7", "",
             "111 11 00 any:2 10 1 rest:20", kind=UNDEFINED),
    Encoding("UNDEFINED (load of size 0b11) T32", "A6.3", "",
             "111 11 00 any:2 11 1 rest:20", kind=UNDEFINED),
    Encoding("UNDEFINED (data processing, register) T32", "A6.3.12", "",
             "111 11 010 rest:24", kind=UNDEFINED),
    Encoding("UNDEFINED (multiply, multiply accumulate, and absolute difference) T32", "A6.3.16", "",
             "111 11 0110 rest:23", kind=UNDEFINED),
    Encoding("UNDEFINED (long multiply, long multiply accumulate, and divide) T32", "A6.3.17", "",
             "111 11 0111 rest:23", kind=UNDEFINED),
)
# fmt: on
