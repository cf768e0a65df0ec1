"""Capstone as second opinion on T32: that it agrees with our tables and our text."""

import re
from random import Random

from hypgen.decode.capstone import disassemble
from hypgen.decode.table import Insn
from hypgen.decode.text import text
from tests.decode.samples import NARROW_ROWS, WIDE_EXTENSION_ROWS, WIDE_ROWS, decode_thumb, samples
from tests.decode.test_capstone import read_by_capstone, spelled_alike

UNKNOWN_TO_CAPSTONE = {
    "Unallocated hint",  # prints as hint #n
    "Unallocated memory hint (immediate)",
    "Unallocated memory hint (register)",
    "CDP2",  # coprocessors 8, 9 and 13 print as ARMv8's
    "MCR2",
    "MRC2",
}
SPELLING = (
    (r"\.w\b", ""),
    (r"^(it[te]*) hs$", r"\1 cs"),
    (r"^(it[te]*) lo$", r"\1 cc"),
    (r"^adr (\w+),", r"add \1,pc,"),
    (r"^add (\w+),sp,\1$", r"add \1,sp"),
    (r"^(add|sub) sp,sp,(\d+)$", r"\1 sp,\2"),
    (r"\[pc,0\]", "[pc]"),
    (r"^trap $", "udf 254"),
    (r",-(\d+)$", lambda match: f",{(1 << 32) - int(match[1])}"),
)


def plain(statement: str) -> str:
    """A statement without the differences of spelling between capstone and us."""
    statement = spelled_alike(statement)
    for pattern, replacement in SPELLING:
        statement = re.sub(pattern, replacement, statement)
    return statement


def comparable(insn: Insn) -> bool:
    return read_by_capstone(insn) and insn.heading not in UNKNOWN_TO_CAPSTONE


def test_capstone_reads_both_lengths():
    assert disassemble(0x1840, thumb=True) == "adds r0, r0, r1"
    assert disassemble(0xF7E18234, thumb=True) == "hvc.w #0x1234"
    assert disassemble(0xBA80, thumb=True) == "hlt #0"  # of ARMv8


def test_capstone_prints_the_same_instruction_for_every_row():
    random = Random(20260121)
    for row in (*NARROW_ROWS, *WIDE_ROWS, *WIDE_EXTENSION_ROWS):
        for insn in samples(row, 8, random, decode_thumb):
            if comparable(insn):
                printed = disassemble(insn.word, 0x8000, thumb=True)
                assert printed is not None, f"{insn.name}: {insn.word:#06x}"
                assert plain(text(insn, 0x8000)) == plain(printed), f"{insn.word:#06x}"
