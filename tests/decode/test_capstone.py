"""Capstone as second opinion: what it reads, and that it agrees with our tables."""

import re
import subprocess
import sys
from random import Random

import pytest

from hypgen.decode.capstone import disassemble
from hypgen.decode.table import Insn
from hypgen.decode.text import text
from tests.decode.samples import EXTENSION_ROWS, ROWS, samples
from tests.decode.test_statements import plain

UNKNOWN_TO_CAPSTONE = {
    "Unallocated hint",  # prints as hint #n
    "Unallocated memory hint (immediate)",
    "Unallocated memory hint (register)",
    "CDP2",  # coprocessors 8 and 9 print as ARMv8's floating point
    "VEXT",  # prints with the largest elements that fit the position
}
SPELLING = (
    (r"^(\w+)hs\b", r"\1cs"),
    (r"^(\w+)lo\b", r"\1cc"),
    (r"^(ldm|stm)ia", r"\1"),
    (r"\bapsr_nzcvqg\b", "cpsr_fs"),
    (r"\bapsr_nzcvq\b", "cpsr_f"),
    (r"\bapsr_g\b", "cpsr_s"),
    (r"\bapsr\b", "cpsr"),
    (r"\bapsr_nzcv\b", "pc"),
    (r"^vorr (\w+),(\w+),\2$", r"vmov \1,\2"),
    (r"^(vcmp\S* \w+),0\.0$", r"\1,0"),
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0xE0812103, "add r2, r1, r3, lsl #2"),
        (0xE1400070, "hvc #0"),
        (0xE160006E, "eret"),
        (0xE710F110, "sdiv r0, r0, r1"),
        (0xE10EE300, "mrs lr, elr_hyp"),
        (0xEBFFFFFE, "bl #0x8000"),
        (0xF7F001F0, None),
    ],
)
def test_capstone_reads_armv7_with_the_virtualization_extensions(word, expected):
    assert disassemble(word, 0x8000) == expected


def test_capstone_is_imported_only_when_asked():
    program = "import sys, hypgen.decode.capstone, hypgen.decode.text; print('capstone' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"


def spelled_alike(statement: str) -> str:
    """A statement without the differences of spelling between capstone and us."""
    statement = plain(statement)
    for pattern, replacement in SPELLING:
        statement = re.sub(pattern, replacement, statement)
    statement = re.sub(r"-?\d+\.\d+(e[+-]\d+)?$", lambda match: repr(float(match[0])), statement)
    return re.sub(r"r(\d+)-r(\d+)", _every_register, statement)


def _every_register(run: re.Match[str]) -> str:
    return ",".join(f"r{number}" for number in range(int(run[1]), int(run[2]) + 1))


def read_by_capstone(insn: Insn) -> bool:
    """It does not read FLDMX, FSTMX and writes of read-only registers, and reads coprocessor 9 as
    ARMv8's half precision."""
    if insn.heading in ("VLDM", "VSTM"):
        return insn["sz"] == 0 or insn["imm8"] & 1 == 0
    if insn.heading == "VMSR":
        return insn["reg"] not in (6, 7)
    return insn.heading not in UNKNOWN_TO_CAPSTONE and insn.fields.get("coproc") != 9


def comparable(insn: Insn) -> bool:
    """We print rotations for GNU as's sake."""
    if insn.name in ("ADD (immediate)", "SUB (immediate)") and insn["Rn"] == 15:
        return False
    if insn.name == "MSR (immediate)":
        return insn["imm12"] < 0x100
    return read_by_capstone(insn)


def test_capstone_prints_the_same_instruction_for_every_row():
    random = Random(20260120)
    for row in (*ROWS, *EXTENSION_ROWS):
        for insn in samples(row, 8, random):
            if comparable(insn):
                printed = disassemble(insn.word, 0x8000)
                assert printed is not None, f"{insn.name}: {insn.word:#010x}"
                assert spelled_alike(text(insn, 0x8000)) == spelled_alike(printed), f"{insn.word:#010x}"
