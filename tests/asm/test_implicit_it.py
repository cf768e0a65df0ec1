"""Conditional T32 instructions without IT: refused, or given the IT that GNU as gives them.

GNU as 2.40 goes on with its IT behind data, behind NOP and behind a POP of the PC, which is UNPREDICTABLE;
ours ends there. A conditional branch needs none and gets none here, and what follows a literal's load,
which may grow, has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hypgen.elf.model import ObjectFile
from tests.asm.asm import errors, made, text
from tests.asm.gnu import assembled_by_gnu

PROLOGUE = ".syntax unified\n.thumb\n"
CASES = {
    "one": "cmp r0, #0\nmoveq r0, #1\nbx lr",
    "both ways": "addlo r0, r0, #48\naddhs r0, r0, #87\nbx lr",
    "four, and a fifth": "moveq r0, #1\nmovne r1, #2\nmoveq r2, #3\nmoveq r3, #4\nmovne r4, #5\nbx lr",
    "another condition": "moveq r0, #1\nmovhi r1, #2\nmovls r1, #3",
    "an unconditional one between": "moveq r0, #1\nadd r1, r1, #1\nmoveq r0, #2",
    "a label between": "moveq r0, #1\nhere: moveq r0, #2\nb here",
    "a branch ends it": "moveq r0, #1\nbxeq lr\nbxne lr\nblne there\nmovne r0, #1",
    "one that is written": "ite eq\nmoveq r0, #1\nmovne r0, #2\nmoveq r1, #3",
    "one with 32 bits": "strne r0, [sp, #4]\npopne {r0-r3, r12, lr}\nmsrne cpsr_f, r0",
}

OTHERWISE = {
    "POP of the PC": ("mvneq r0, #0\npopeq {r4, pc}\npopeq {r4, pc}", "04bf6ff0000010bd08bf10bd"),
    "a branch": ("moveq r0, #1\nbeq there\nmoveq r0, #2\nthere: nop", "08bf012001d008bf022000bf"),
    "NOP": ("moveq r0, #1\nnop\nmoveq r0, #2", "08bf012000bf08bf0220"),
    "data": ("moveq r0, #1\n.short 0xbf00\nmoveq r0, #2", "08bf012000bf08bf0220"),
    "a literal": (
        "ldreq r0, =0x12345678\nldrne r0, =0x87654321\n.ltorg",
        "08bf014818bf01487856341221436587",
    ),
}


@pytest.mark.parametrize(("source", "expected"), OTHERWISE.values(), ids=OTHERWISE)
def test_it_ends_where_it_must(source: str, expected: str) -> None:
    ours: ObjectFile = made(PROLOGUE + source, implicit_it=True)
    assert bytes(ours.sections[".text"].data).hex() == expected


@pytest.mark.parametrize("source", CASES.values(), ids=CASES)
@pytest.mark.oracle
def test_it_is_where_gnu_as_puts_it(
    source: str, tmp_path: Path, oracle_counter: Callable[[str], Callable[[int], None]]
) -> None:
    ours: ObjectFile = made(PROLOGUE + source, implicit_it=True)
    theirs = assembled_by_gnu(PROLOGUE + source + "\n", tmp_path, "-mimplicit-it=always")
    assert not isinstance(theirs, str), theirs
    assert bytes(ours.sections[".text"].data).hex() == theirs.sections[".text"][1]
    oracle_counter("gas-implicit-it")(1)


def test_without_the_option_it_must_be_written() -> None:
    assert errors(PROLOGUE + "moveq r0, #1") == [
        "x.s:3:1: error[ASM-047]: `moveq r0, #1`: it is conditional outside of an IT block "
        "(put `it eq` before it)"
    ]


def test_a32_has_none() -> None:
    source = ".syntax unified\n.arm\nmoveq r0, #1"
    assert bytes(made(source, implicit_it=True).sections[".text"].data).hex() == text(source)
