"""Every fixup at its limits: minimum, maximum, one past each, misaligned, backwards and forwards."""

import pytest

from hypgen.arch.relocations import NAMES, RELOCATIONS
from hypgen.elf.model import Relocation
from hypgen.errors import Location
from hypgen.link.codes import CODES
from hypgen.link.relocate import RelocationFault, Target, apply
from tests.elf.build import words

NUMBERS = {name: number for number, name in NAMES.items()}
PLACE = 0x4000_0000
B, BL, BLEQ, BLX = 0xEAFF_FFFE, 0xEBFF_FFFE, 0x0BFF_FFFE, 0xFAFF_FFFE
"""Branches with the addend that an assembler leaves in place: -8."""
MOVW, MOVT = 0xE300_0000, 0xE340_0000


def applied(name: str, old: int, target: Target, size: int = 4) -> int:
    """The place after one relocation of a place at PLACE, between two words that must not change."""
    data = bytearray(b"\xa5" * 4 + old.to_bytes(size, "little") + b"\xa5" * 4)
    relocation = Relocation(".text", 4, NUMBERS[name], "there", Location("boot.S", 12))
    apply(relocation, data, 4, PLACE, target)
    assert data[:4] + data[4 + size :] == b"\xa5" * 8
    return int.from_bytes(data[4 : 4 + size], "little")


def refusal(name: str, old: int, target: Target, size: int = 4) -> str:
    with pytest.raises(RelocationFault) as caught:
        applied(name, old, target, size)
    assert caught.value.diagnostic.code in CODES
    return str(caught.value.diagnostic)


@pytest.mark.parametrize("name", ["R_ARM_CALL", "R_ARM_JUMP24", "R_ARM_PC24"])
@pytest.mark.parametrize(
    ("distance", "imm24"),
    [
        (0, 0xFFFFFE),
        (8, 0),
        (4, 0xFFFFFF),
        (-0x200_0000 + 8, 0x800000),
        (0x1FF_FFFC + 8, 0x7FFFFF),
    ],
)
def test_a_branch_reaches_its_target(name, distance, imm24):
    assert applied(name, BL, Target(PLACE + distance)) == 0xEB00_0000 | imm24


@pytest.mark.parametrize("name", ["R_ARM_CALL", "R_ARM_JUMP24", "R_ARM_PC24"])
@pytest.mark.parametrize(
    ("distance", "told"),
    [(-0x200_0000 - 4 + 8, "-0x2000004"), (0x200_0000 + 8, "0x2000000")],
)
def test_a_branch_one_step_too_far_is_refused(name, distance, told):
    assert refusal(name, BL, Target(PLACE + distance)) == (
        f"boot.S:12: error[LINK-003]: {name} holds -0x2000000 to 0x1fffffc, there is {told} away "
        "(go through a register, or move the two closer)"
    )


@pytest.mark.parametrize("offset", [1, 2, 3])
def test_a_branch_to_a_place_between_instructions_is_refused(offset):
    assert refusal("R_ARM_JUMP24", B, Target(PLACE + 8 + offset)) == (
        "boot.S:12: error[LINK-004]: R_ARM_JUMP24 needs a target that is a multiple of 4 bytes away, "
        f"there is {offset:#x} away (align the target)"
    )


@pytest.mark.parametrize(
    ("old", "target", "new"),
    [
        (BL, Target(PLACE + 8, thumb=True), 0xFA00_0000),
        (BL, Target(PLACE + 10, thumb=True), 0xFB00_0000),
        (BLX, Target(PLACE + 10, thumb=True), 0xFB00_0000),
        (BLX, Target(PLACE + 0x1FF_FFFE + 8, thumb=True), 0xFB7F_FFFF),
        (BLX, Target(PLACE + 8), 0xEB00_0000),
        (0xFBFF_FFFE, Target(PLACE + 6, thumb=True), 0xFA00_0000),  # addend -8 + 2, from H
    ],
)
def test_a_call_takes_the_opcode_that_reaches_the_instruction_set_of_its_target(old, target, new):
    assert applied("R_ARM_CALL", old, target) == new


@pytest.mark.parametrize(("name", "old"), [("R_ARM_JUMP24", B), ("R_ARM_JUMP24", BLEQ), ("R_ARM_PC24", BL)])
def test_a_branch_that_cannot_change_state_is_refused_to_thumb(name, old):
    assert refusal(name, old, Target(PLACE + 8, thumb=True)) == (
        "boot.S:12: error[LINK-010]: this branch cannot change to Thumb, but there is a Thumb function "
        "(load its address and use bx, or call it with an unconditional bl)"
    )


@pytest.mark.parametrize(("old", "new"), [(BL, 0xE320_F000), (BLEQ, 0x0320_F000), (BLX, 0xE320_F000)])
def test_a_branch_to_an_undefined_weak_symbol_does_nothing(old, new):
    assert applied("R_ARM_CALL", old, Target(0, defined=False)) == new


@pytest.mark.parametrize("name", ["R_ARM_ABS32", "R_ARM_TARGET1"])
@pytest.mark.parametrize(
    ("addend", "target", "new"),
    [
        (0, Target(0), 0),
        (4, Target(0xFFFF_FFFC), 0),  # addresses wrap, nothing is checked
        (0xFFFF_FFFF, Target(0x1000), 0xFFF),
        (0, Target(0x8000, thumb=True), 0x8001),
    ],
)
def test_a_word_takes_any_address(name, addend, target, new):
    assert applied(name, addend, target) == new


@pytest.mark.parametrize(
    ("addend", "target", "new"),
    [
        (0, Target(PLACE - 4), 0xFFFF_FFFC),
        (8, Target(PLACE), 8),
        (0, Target(PLACE + 0x8000_0000), 0x8000_0000),
        (0, Target(PLACE + 8, thumb=True), 9),
    ],
)
def test_a_relative_word_takes_any_distance(addend, target, new):
    assert applied("R_ARM_REL32", addend, target) == new


@pytest.mark.parametrize(
    ("old", "target", "new"),
    [
        (0x8000_0000, Target(PLACE + 0x3FFF_FFFF), 0xBFFF_FFFF),
        (0, Target(PLACE - 0x4000_0000), 0x4000_0000),
        (0x7FFF_FFFC, Target(PLACE), 0x7FFF_FFFC),
    ],
)
def test_a_31_bit_distance_leaves_bit_31_alone(old, target, new):
    assert applied("R_ARM_PREL31", old, target) == new


@pytest.mark.parametrize(("distance", "told"), [(0x4000_0000, "0x40000000"), (-0x4000_0001, "-0x40000001")])
def test_a_31_bit_distance_that_is_too_far_is_refused(distance, told):
    assert refusal("R_ARM_PREL31", 0, Target(PLACE + distance)) == (
        f"boot.S:12: error[LINK-003]: R_ARM_PREL31 holds -0x40000000 to 0x3fffffff, there is {told} away "
        "(go through a register, or move the two closer)"
    )


@pytest.mark.parametrize(
    ("name", "size", "low", "high"),
    [("R_ARM_ABS8", 1, -0x80, 0xFF), ("R_ARM_ABS16", 2, -0x8000, 0xFFFF)],
)
def test_small_data_hold_signed_or_unsigned_numbers_and_no_more(name, size, low, high):
    mask = (1 << 8 * size) - 1
    assert applied(name, 0, Target(low), size) == low & mask
    assert applied(name, 0, Target(high), size) == high
    assert applied(name, mask, Target(high + 1), size) == high
    for value in (low - 1, high + 1):
        shown = f"{'-' if value < 0 else ''}{abs(value):#x}"
        assert refusal(name, 0, Target(value), size) == (
            f"boot.S:12: error[LINK-003]: {name} holds -{-low:#x} to {high:#x}, there gives {shown} "
            "(use a .word)"
        )


@pytest.mark.parametrize(
    ("name", "old", "target", "new"),
    [
        ("R_ARM_MOVW_ABS_NC", MOVW, Target(0x1234_5678), 0xE305_0678),
        ("R_ARM_MOVT_ABS", MOVT, Target(0x1234_5678), 0xE341_0234),
        ("R_ARM_MOVW_ABS_NC", MOVW | 0xF0FFF, Target(0x1_0000), 0xE30F_0FFF),  # addend -1
        ("R_ARM_MOVT_ABS", MOVT | 0xF0FFF, Target(0x1_0000), 0xE340_0000),
        ("R_ARM_MOVW_ABS_NC", MOVW, Target(0x8000, thumb=True), 0xE308_0001),
        ("R_ARM_MOVW_PREL_NC", MOVW, Target(PLACE + 0x1_2345), 0xE302_0345),
        ("R_ARM_MOVT_PREL", MOVT, Target(PLACE + 0x1_2345), 0xE340_0001),
        ("R_ARM_MOVW_PREL_NC", MOVW, Target(PLACE - 4), 0xE30F_0FFC),
        ("R_ARM_MOVT_PREL", MOVT, Target(PLACE - 4), 0xE34F_0FFF),
    ],
)
def test_movw_takes_the_lower_and_movt_the_upper_half(name, old, target, new):
    assert applied(name, old, target) == new


@pytest.mark.parametrize("name", ["R_ARM_NONE", "R_ARM_V4BX"])
def test_markers_change_nothing(name):
    assert applied(name, 0xE12F_FF1E, Target(0x8000)) == 0xE12F_FF1E


@pytest.mark.parametrize("name", sorted(set(NAMES.values()) - {row.name for row in RELOCATIONS.values()}))
def test_a_relocation_that_is_not_applied_is_refused_by_name(name):
    assert refusal(name, 0, Target(0)) == (
        f"boot.S:12: error[LINK-009]: {name} against there is not a relocation that hypgen applies "
        "(write the reference in A32 code, in a form that gives one of R_ARM_CALL, R_ARM_JUMP24, "
        "R_ARM_ABS32, R_ARM_REL32, R_ARM_MOVW_* or R_ARM_MOVT_*)"
    )


def test_a_relocation_beyond_the_end_of_its_section_is_refused():
    relocation = Relocation(".text", 6, NUMBERS["R_ARM_ABS32"], "there", Location("x.o(.text+0x6)"))

    with pytest.raises(RelocationFault) as caught:
        apply(relocation, bytearray(words(0, 0)), 6, PLACE, Target(0))

    assert str(caught.value.diagnostic) == (
        "x.o(.text+0x6): error[LINK-014]: R_ARM_ABS32 at offset 0x6 of .text reaches beyond its bytes "
        "(make the object again)"
    )


def test_every_row_is_exercised_here():
    """A new row needs its limits tested: add it above, then here."""
    assert {row.name for row in RELOCATIONS.values()} == {
        "R_ARM_NONE", "R_ARM_V4BX", "R_ARM_PC24", "R_ARM_CALL", "R_ARM_JUMP24", "R_ARM_ABS32",
        "R_ARM_TARGET1", "R_ARM_REL32", "R_ARM_PREL31", "R_ARM_ABS8", "R_ARM_ABS16", "R_ARM_MOVW_ABS_NC",
        "R_ARM_MOVT_ABS", "R_ARM_MOVW_PREL_NC", "R_ARM_MOVT_PREL",
    }  # fmt: skip
