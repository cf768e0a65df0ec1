"""Every fixup of T32 at its ends, one past them, misaligned, and backwards; and widths that grow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.asm.asm import errors, made, text
from tests.asm.gnu import assembled_by_gnu

PROLOGUE = ".syntax unified\n.thumb\n"

# statement, and its bytes, or the code of the error
RANGES = [
    ("b .+2050", "ffe3"),
    ("b .+2052", "00f000bc"),
    ("b .-2044", "00e4"),
    ("b .-2046", "fff7ffbb"),
    ("b .+4", "00e0"),
    ("b .+0", "fee7"),
    ("b .+5", "ASM-016"),
    ("b.n .+2050", "ffe3"),
    ("b.n .+2052", "ASM-017"),
    ("b.n .-2044", "00e4"),
    ("b.n .-2046", "ASM-017"),
    ("b .+16777218", "fff3ff97"),
    ("b .+16777220", "ASM-017"),
    ("b .-16777212", "00f40090"),
    ("b .-16777214", "ASM-017"),
    ("beq .+258", "7fd0"),
    ("beq .+260", "00f08080"),
    ("beq .-252", "80d0"),
    ("beq .-254", "3ff47faf"),
    ("beq.n .+258", "7fd0"),
    ("beq.n .+260", "ASM-017"),
    ("beq.n .-252", "80d0"),
    ("beq.n .-254", "ASM-017"),
    ("beq .+1048578", "3ff0ffaf"),
    ("beq .+1048580", "ASM-017"),
    ("beq .-1048572", "00f40080"),
    ("beq .-1048574", "ASM-017"),
    ("beq .+3", "ASM-016"),
    ("bl .+16777218", "fff3ffd7"),
    ("bl .+16777220", "ASM-017"),
    ("bl .-16777212", "00f400d0"),
    ("bl .-16777214", "ASM-017"),
    ("bl .+0", "fff7feff"),
    ("bl .+1", "ASM-016"),
    ("cbz r0, .+4", "00b1"),
    ("cbz r0, .+130", "f8b3"),
    ("cbz r0, .+132", "ASM-017"),
    ("cbz r0, .+2", "00bf"),
    ("cbz r0, .+3", "ASM-017"),
    ("cbnz r7, .+126", "efbb"),
    ("ldr r0, .+1024", "ff48"),
    ("ldr r0, .+1028", "dff80004"),
    ("ldr r0, .+4", "0048"),
    ("ldr r0, .+0", "5ff80400"),
    ("ldr r0, .+6", "dff80200"),
    ("ldr r0, .+4099", "dff8ff0f"),
    ("ldr r0, .+4100", "ASM-019"),
    ("ldr r0, .-4091", "5ff8ff0f"),
    ("ldr r0, .-4092", "ASM-019"),
    ("ldr r8, .+8", "dff80480"),
    ("ldr r8, .+0", "5ff80480"),
    ("ldr.n r0, .+1024", "ff48"),
    ("ldr.n r0, .+1028", "ASM-019"),
    ("ldr.n r0, .+6", "ASM-019"),
    ("ldrb r0, .+4099", "9ff8ff0f"),
    ("ldrb r0, .+4100", "ASM-019"),
    ("ldrb r0, .-4091", "1ff8ff0f"),
    ("ldrb r0, .-4092", "ASM-019"),
    ("ldrsh r0, .+5", "bff90100"),
    ("ldrd r0, r1, .+1024", "dfe9ff01"),
    ("ldrd r0, r1, .+1028", "ASM-019"),
    ("ldrd r0, r1, .-1016", "5fe9ff01"),
    ("ldrd r0, r1, .-1020", "ASM-019"),
    ("ldrd r0, r1, .+6", "ASM-019"),
    ("pld .+4099", "9ff8ffff"),
    ("pld .+4100", "ASM-019"),
    ("pld .-4091", "1ff8ffff"),
    ("adr r0, .+1024", "ffa0"),
    ("adr r0, .+1028", "0ff20040"),
    ("adr r0, .-4091", "aff6ff70"),
    ("adr r0, .-4092", "ASM-019"),
    ("adr r0, .+4099", "0ff6ff70"),
    ("adr r0, .+4100", "ASM-019"),
    ("adr r0, .+6", "0ff20200"),
    ("adr r0, .+4", "00a0"),
    ("adr r8, .+12", "0ff20808"),
    ("adr.n r0, .+6", "ASM-019"),
    ("vldr d0, .+1024", "9fedff0b"),
    ("vldr d0, .+1028", "ASM-019"),
    ("vldr d0, .-1016", "1fedff0b"),
    ("vldr d0, .-1020", "ASM-019"),
    ("vldr d0, .+6", "ASM-019"),
]
REFUSED_HERE_ONLY = ("b .+5", "beq .+3", "bl .+1")
"""Misaligned targets, whose lowest bit GNU as drops."""


@pytest.mark.parametrize(("statement", "expected"), RANGES)
def test_reaches_exactly_as_far_as_its_field(statement, expected):
    if expected.startswith("ASM"):
        (message,) = errors(PROLOGUE + statement)
        assert re.search(r"\[(.*?)\]", message)[1] == expected
        assert message.startswith("x.s:3:1: ")
    else:
        assert text(PROLOGUE + statement)[: len(expected)] == expected


@pytest.mark.oracle
@pytest.mark.parametrize(("statement", "expected"), RANGES)
def test_gnu_as_reaches_as_far(statement, expected, oracle_counter, tmp_path):
    theirs = assembled_by_gnu(f"{PROLOGUE}{statement}\n.space 0x20\n", tmp_path)
    if not expected.startswith("ASM"):
        assert not isinstance(theirs, str), theirs
        assert theirs.sections[".text"][1].startswith(expected)
    elif statement not in REFUSED_HERE_ONLY:
        assert isinstance(theirs, str)
    oracle_counter("asm-fixups")(1)


@pytest.mark.parametrize(
    ("statement", "relocation", "expected"),
    [
        ("bl out", 10, "fff7feff"),
        ("bl out+8", 10, "00f002f8"),
        ("blx out", 10, "fff7feef"),
        ("b out", 30, "fff7febf"),
        ("b.n out", 102, "fee7"),
        ("beq out", 51, "3ff4feaf"),
        ("beq.n out", 103, "fed0"),
        ("movw r0, #:lower16:out", 47, "40f20000"),
        ("movt r1, #:upper16:(out+8)", 48, "c0f20801"),
        ("movw r0, #:lower16:(out-.)", 49, "40f20000"),
        ("movt r0, #:upper16:(out-.)", 50, "c0f20000"),
    ],
)
def test_what_another_unit_supplies_is_relocated_with_its_addend_in_place(statement, relocation, expected):
    one = made(PROLOGUE + statement)
    assert text(PROLOGUE + statement).startswith(expected)
    assert [(each.type, each.symbol, each.offset) for each in one.relocations] == [(relocation, "out", 0)]


def test_branches_grow_until_all_reach_and_never_shrink():
    """Each branch is near its target only as long as the other is narrow."""
    source = PROLOGUE + "a: b c\n.space 2046\nb d\nc: nop\n.space 2048\nd: nop\n"
    data = bytes.fromhex(text(source))
    assert data[1] >> 3 == 0b11110  # 32 bits
    assert data[4 + 2046 + 1] >> 3 == 0b11110


def test_a_literal_pool_of_t32_is_aligned_and_shared():
    source = PROLOGUE + "ldr r0, =0x12345678\nldr r1, =0x12345678\nbx lr"
    assert text(source) == "0148" + "0149" + "7047" + "0000" + "78563412"


def test_a_call_from_a32_to_a_t32_function_changes_the_state_and_back():
    source = "bl t\n.thumb\n.thumb_func\nt: bl a\n.arm\n.type a, %function\na: bx lr"
    assert text(source) == "fffffffa" + "00f000e8" + "1eff2fe1"


@pytest.mark.parametrize("source", ["movs pc, lr", "subs pc, lr, #0", "subs pc, lr, #4"])
@pytest.mark.oracle
def test_a_return_is_what_gnu_as_makes_of_it(source: str, tmp_path: Path) -> None:
    theirs = assembled_by_gnu(PROLOGUE + source + "\n", tmp_path)
    assert not isinstance(theirs, str)
    assert text(PROLOGUE + source) == theirs.sections[".text"][1]
