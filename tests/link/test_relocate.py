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
        "(it is of position-independent code, thread-local storage or literal groups: compile without -fpic, "
        "and write addresses as .word or MOVW and MOVT)"
    )


def test_a_relocation_beyond_the_end_of_its_section_is_refused():
    relocation = Relocation(".text", 6, NUMBERS["R_ARM_ABS32"], "there", Location("x.o(.text+0x6)"))

    with pytest.raises(RelocationFault) as caught:
        apply(relocation, bytearray(words(0, 0)), 6, PLACE, Target(0))

    assert str(caught.value.diagnostic) == (
        "x.o(.text+0x6): error[LINK-014]: R_ARM_ABS32 at offset 0x6 of .text reaches beyond its bytes "
        "(make the object again)"
    )


BL_T32, BLX_T32, BW, BEQ_W = 0xF7FF_FFFE, 0xF7FF_EFFE, 0xF7FF_BFFE, 0xF43F_AFFE
"""T32 branches with the addend -4."""


def halves(word: int) -> int:
    """A 32-bit T32 instruction as it reads in little-endian memory, and back."""
    return word >> 16 | (word & 0xFFFF) << 16


def applied_t32(name: str, old: int, distance: int, **more: bool) -> int:
    return halves(applied(name, halves(old), Target(PLACE + distance, thumb=True, **more)))


@pytest.mark.parametrize(
    ("name", "old", "distance", "new"),
    [
        ("R_ARM_THM_CALL", BL_T32, 0, 0xF7FF_FFFE),
        ("R_ARM_THM_CALL", BL_T32, 4, 0xF000_F800),
        ("R_ARM_THM_CALL", BL_T32, 2, 0xF7FF_FFFF),
        ("R_ARM_THM_CALL", BL_T32, 4 - 0x100_0000, 0xF400_D000),
        ("R_ARM_THM_CALL", BL_T32, 4 + 0xFF_FFFE, 0xF3FF_D7FF),
        ("R_ARM_THM_CALL", BLX_T32, 4, 0xF000_F800),
        ("R_ARM_THM_JUMP24", BW, 4 - 0x100_0000, 0xF400_9000),
        ("R_ARM_THM_JUMP24", BW, 4 + 0xFF_FFFE, 0xF3FF_97FF),
        ("R_ARM_THM_JUMP19", BEQ_W, 4, 0xF000_8000),
        ("R_ARM_THM_JUMP19", BEQ_W, 4 - 0x10_0000, 0xF400_8000),
        ("R_ARM_THM_JUMP19", BEQ_W, 4 + 0xF_FFFE, 0xF03F_AFFF),
    ],
)
def test_a_t32_branch_reaches_its_target(name, old, distance, new):
    assert applied_t32(name, old, distance) == new


@pytest.mark.parametrize(
    ("name", "old", "low", "high"),
    [
        ("R_ARM_THM_CALL", BL_T32, 0x100_0000, 0xFF_FFFE),
        ("R_ARM_THM_JUMP24", BW, 0x100_0000, 0xFF_FFFE),
        ("R_ARM_THM_JUMP19", BEQ_W, 0x10_0000, 0xF_FFFE),
    ],
)
def test_a_t32_branch_one_step_too_far_is_refused(name, old, low, high):
    for distance in (-low - 2, high + 2):
        told = f"{'-' if distance < 0 else ''}{abs(distance):#x}"
        assert refusal(name, halves(old), Target(PLACE + 4 + distance, thumb=True)) == (
            f"boot.S:12: error[LINK-003]: {name} holds -{low:#x} to {high:#x}, there is {told} away "
            "(go through a register, or move the two closer)"
        )


def test_a_t32_branch_between_instructions_is_refused():
    assert refusal("R_ARM_THM_CALL", halves(BL_T32), Target(PLACE + 4 + 1, thumb=True)) == (
        "boot.S:12: error[LINK-004]: R_ARM_THM_CALL needs a target that is a multiple of 2 bytes away, "
        "there is 0x1 away (align the target)"
    )


@pytest.mark.parametrize(
    ("place", "distance", "new"),
    [
        (PLACE, 4, 0xF000_E800),
        (PLACE + 2, 2, 0xF000_E800),  # BLX counts from the PC rounded down to a word
        (PLACE, 4 + 0xFF_FFFC, 0xF3FF_C7FE),
        (PLACE, 4 - 0x100_0000, 0xF400_C000),
    ],
)
@pytest.mark.parametrize("old", [BL_T32, BLX_T32])
def test_a_t32_call_to_an_a32_function_becomes_blx(old, place, distance, new):
    data = bytearray(halves(old).to_bytes(4, "little"))
    apply(Relocation(".text", 0, 10, "there"), data, 0, place, Target(place + distance))
    assert halves(int.from_bytes(data, "little")) == new


def test_a_t32_blx_one_step_too_far_is_refused():
    assert "R_ARM_THM_CALL holds -0x1000000 to 0xfffffc, there is 0x1000000 away" in refusal(
        "R_ARM_THM_CALL", halves(BL_T32), Target(PLACE + 4 + 0x100_0000)
    )


@pytest.mark.parametrize(("name", "old"), [("R_ARM_THM_JUMP24", BW), ("R_ARM_THM_JUMP19", BEQ_W)])
def test_a_t32_branch_that_cannot_change_state_is_refused_to_a32(name, old):
    assert refusal(name, halves(old), Target(PLACE + 8)) == (
        "boot.S:12: error[LINK-010]: this branch cannot change to A32, but there is an A32 function "
        "(load its address and use bx, or call it with an unconditional bl)"
    )


@pytest.mark.parametrize(
    ("name", "old", "size"),
    [("R_ARM_THM_CALL", BL_T32, 4), ("R_ARM_THM_JUMP24", BW, 4), ("R_ARM_THM_JUMP11", 0xE7FE, 2)],
)
def test_a_t32_branch_to_an_undefined_weak_symbol_does_nothing(name, old, size):
    value = applied(name, halves(old) if size == 4 else old, Target(0, defined=False), size)
    assert value == (halves(0xF3AF_8000) if size == 4 else 0xBF00)


def test_a_branch_to_what_is_no_function_keeps_its_opcode():
    assert applied("R_ARM_CALL", BLX, Target(PLACE + 8, function=False)) == 0xFA00_0000
    assert applied_t32("R_ARM_THM_CALL", BLX_T32, 4, function=False) == 0xF000_E800


SHORT = [
    ("R_ARM_THM_JUMP11", 0xE7FE, 4, -0x800, 0x7FE, 2, (0xE400, 0xE3FF)),
    ("R_ARM_THM_JUMP8", 0xD0FE, 4, -0x100, 0xFE, 2, (0xD080, 0xD07F)),
    ("R_ARM_THM_JUMP6", 0xB3F0, 4, 0, 0x7E, 2, (0xB100, 0xB3F8)),
    ("R_ARM_THM_PC8", 0x48FF, 4, 0, 0x3FC, 4, (0x4800, 0x48FF)),
]
"""16-bit T32 instructions: name, one with the PC bias as addend, the bias, X's limits, step, results."""


@pytest.mark.parametrize(("name", "old", "bias", "low", "high", "step", "new"), SHORT)
def test_a_16_bit_instruction_holds_what_fits_and_no_more(name, old, bias, low, high, step, new):
    def at(distance):
        return Target(PLACE + bias + distance, thumb=False, function=False)

    assert (applied(name, old, at(low), 2), applied(name, old, at(high), 2)) == new
    for distance in (low - step, high + step):
        assert "LINK-003" in refusal(name, old, at(distance), 2)
    assert "LINK-004" in refusal(name, old, at(low + 1), 2)


@pytest.mark.parametrize(
    ("name", "old", "target", "new"),
    [
        ("R_ARM_THM_MOVW_ABS_NC", 0xF240_0C00, Target(0x1234_5678), 0xF245_6C78),
        ("R_ARM_THM_MOVT_ABS", 0xF2C0_0C00, Target(0x1234_5678), 0xF2C1_2C34),
        ("R_ARM_THM_MOVW_ABS_NC", 0xF240_0000, Target(0x8800, thumb=True), 0xF648_0001),
        ("R_ARM_THM_MOVW_ABS_NC", 0xF64F_70FF, Target(0x1_0000), 0xF64F_70FF),  # addend -1
        ("R_ARM_THM_MOVT_ABS", 0xF6CF_70FF, Target(0x1_0000), 0xF2C0_0000),
        ("R_ARM_THM_MOVW_PREL_NC", 0xF240_0000, Target(PLACE + 0x1_2345), 0xF242_3045),
        ("R_ARM_THM_MOVT_PREL", 0xF2C0_0000, Target(PLACE - 4), 0xF6CF_70FF),
    ],
)
def test_t32_movw_takes_the_lower_and_movt_the_upper_half(name, old, target, new):
    assert halves(applied(name, halves(old), target)) == new


LITERALS = [
    # name, forwards with addend -bias, opcode bits after: up by 0xfff and down by 0xfff, swapped halves
    ("R_ARM_LDR_PC_G0", 0xE51F_0008, 8, 0xE59F_0FFF, 0xE51F_0FFF, False),
    ("R_ARM_THM_PC12", 0xF85F_0004, 4, 0xF8DF_0FFF, 0xF85F_0FFF, True),
    ("R_ARM_THM_ALU_PREL_11_0", 0xF2AF_0004, 4, 0xF60F_70FF, 0xF6AF_70FF, True),
]


@pytest.mark.parametrize(("name", "old", "bias", "up", "down", "swapped"), LITERALS)
def test_a_12_bit_offset_has_a_sign_of_its_own(name, old, bias, up, down, swapped):
    turn = halves if swapped else int

    def at(distance):
        return Target(PLACE + bias + distance, function=False)

    assert turn(applied(name, turn(old), at(0xFFF))) == up
    assert turn(applied(name, turn(old), at(-0xFFF))) == down
    for distance in (-0x1000, 0x1000):
        assert "LINK-003" in refusal(name, turn(old), at(distance))


def test_an_absolute_12_bit_offset_holds_both_signs():
    assert applied("R_ARM_ABS12", 0xE590_0000, Target(0xFFF)) == 0xE590_0FFF
    assert applied("R_ARM_ABS12", 0xE510_0FFF, Target(0)) == 0xE510_0FFF
    assert "LINK-003" in refusal("R_ARM_ABS12", 0xE590_0001, Target(0xFFF))


def test_a_literal_load_in_t32_counts_from_a_rounded_pc():
    data = bytearray(halves(0xF85F_0004).to_bytes(4, "little"))
    apply(Relocation(".text", 0, 54, "there"), data, 0, PLACE + 2, Target(PLACE + 12, function=False))
    assert halves(int.from_bytes(data, "little")) == 0xF8DF_0008


@pytest.mark.parametrize(
    ("name", "old", "target", "new"),
    [
        ("R_ARM_TARGET2", 0, Target(PLACE + 8), 8),
        ("R_ARM_ABS32_NOI", 4, Target(0x8000, thumb=True), 0x8004),
        ("R_ARM_REL32_NOI", 4, Target(PLACE, thumb=True), 4),
        ("R_ARM_PLT32", BL, Target(PLACE + 8), 0xEB00_0000),
        ("R_ARM_PLT32", BL, Target(PLACE + 8, thumb=True), 0xFA00_0000),
    ],
)
def test_the_remaining_words(name, old, target, new):
    assert applied(name, old, target) == new


def test_every_row_is_exercised_here():
    """A new row needs its limits tested: add it above, then here."""
    assert {row.name for row in RELOCATIONS.values()} == {
        "R_ARM_NONE", "R_ARM_V4BX", "R_ARM_PC24", "R_ARM_CALL", "R_ARM_JUMP24", "R_ARM_PLT32", "R_ARM_ABS32",
        "R_ARM_TARGET1", "R_ARM_TARGET2", "R_ARM_REL32", "R_ARM_PREL31", "R_ARM_ABS8", "R_ARM_ABS16",
        "R_ARM_ABS12", "R_ARM_LDR_PC_G0", "R_ARM_ABS32_NOI", "R_ARM_REL32_NOI", "R_ARM_MOVW_ABS_NC",
        "R_ARM_MOVT_ABS", "R_ARM_MOVW_PREL_NC", "R_ARM_MOVT_PREL", "R_ARM_THM_CALL", "R_ARM_THM_JUMP24",
        "R_ARM_THM_JUMP19", "R_ARM_THM_JUMP11", "R_ARM_THM_JUMP8", "R_ARM_THM_JUMP6", "R_ARM_THM_PC8",
        "R_ARM_THM_PC12", "R_ARM_THM_ALU_PREL_11_0", "R_ARM_THM_MOVW_ABS_NC", "R_ARM_THM_MOVT_ABS",
        "R_ARM_THM_MOVW_PREL_NC", "R_ARM_THM_MOVT_PREL",
    }  # fmt: skip
