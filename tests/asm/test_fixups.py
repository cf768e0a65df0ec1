"""Every fixup at its ends, one past them, misaligned, and backwards."""

from __future__ import annotations

import re

import pytest

from hypgen.errors import InputError
from tests.asm.asm import errors, made, text, words
from tests.asm.gnu import assembled_by_gnu

FAR = 0x200_0000

# statement, and the word, or the code of the error
RANGES = [
    (f"b .+{FAR + 4}", 0xEA7FFFFF),
    (f"b .-{FAR - 8}", 0xEA800000),
    (f"b .+{FAR + 8}", "ASM-017"),
    (f"b .-{FAR - 4}", "ASM-017"),
    ("b .", 0xEAFFFFFE),
    ("b .+8", 0xEA000000),
    ("b .+2", "ASM-016"),
    ("b .-6", "ASM-016"),
    (f"blne .+{FAR + 4}", 0x1B7FFFFF),
    (f"blne .+{FAR + 8}", "ASM-017"),
    (f"bl .-{FAR - 8}", 0xEB800000),
    (f"blx .+{FAR + 6}", 0xFB7FFFFF),
    (f"blx .+{FAR + 8}", "ASM-017"),
    ("blx .+6", 0xFBFFFFFF),
    ("blx .+1", "ASM-016"),
    ("ldr r0, .+8+4095", 0xE59F0FFF),
    ("ldr r0, .+8+4096", "ASM-019"),
    ("ldr r0, .+8-4095", 0xE51F0FFF),
    ("ldr r0, .+8-4096", "ASM-019"),
    ("ldr r0, .+8", 0xE59F0000),
    ("strb r0, .+8-1", 0xE54F0001),
    ("pld .+8+4095", 0xF5DFFFFF),
    ("pld .+8+4096", "ASM-019"),
    ("ldrh r0, .+8+255", 0xE1DF0FBF),
    ("ldrh r0, .+8+256", "ASM-019"),
    ("ldrsb r0, .+8-255", 0xE15F0FDF),
    ("ldrsh r0, .+8-256", "ASM-019"),
    ("ldrd r0, r1, .+8+255", 0xE1CF0FDF),
    ("ldrd r0, r1, .+8+256", "ASM-019"),
    ("strd r0, r1, .+8-256", "ASM-019"),
    ("vldr s0, .+8+1020", 0xED9F0AFF),
    ("vldr d0, .+8-1020", 0xED1F0BFF),
    ("vldr s0, .+8+1024", "ASM-019"),
    ("vldr s0, .+8+2", "ASM-019"),
    ("ldc p14, c5, .+8+1020", 0xED9F5EFF),
    ("ldc p14, c5, .+8+1024", "ASM-019"),
    ("adr r0, .+8+255", 0xE28F00FF),
    ("adr r0, .+8-255", 0xE24F00FF),
    ("adr r0, .+8+256", 0xE28F0C01),
    ("adr r0, .+8+257", "ASM-019"),
    ("adr r0, .+8-0x3fc00", 0xE24F0BFF),
    ("adr r0, .+8", 0xE28F0000),
    ("adrl r0, .+8+0x10010101", "ASM-019"),
    (".short 0xffff", 0xFFFF),
    (".short 0x10000", "ASM-005"),
    (".byte -128", 0x80),
    (".byte -129", "ASM-005"),
    (".word -0x80000000", 0x80000000),
    (".word -0x80000001", "ASM-005"),
    (".word 0x100000000", "ASM-005"),
]


@pytest.mark.parametrize(("statement", "expected"), RANGES)
def test_reaches_exactly_as_far_as_its_field(statement, expected):
    if isinstance(expected, int):
        assert words(statement)[0] == expected
    else:
        (message,) = errors(statement)
        assert re.search(r"\[(.*)\]", message)[1] == expected
        assert message.startswith("x.s:1:1: ")


@pytest.mark.oracle
@pytest.mark.parametrize(("statement", "expected"), RANGES)
def test_gnu_as_reaches_as_far(statement, expected, oracle_counter, tmp_path):
    theirs = assembled_by_gnu(f".syntax unified\n{statement}\n.space 0x20\n", tmp_path)
    if isinstance(expected, int):
        assert not isinstance(theirs, str), theirs
        size = 4 if expected > 0xFFFF else 2 if statement.startswith(".short") else 1
        assert theirs.sections[".text"][1][: 2 * size] == expected.to_bytes(size, "little").hex()
    elif expected != "ASM-005":  # which GNU as cuts off, with or without a warning
        assert isinstance(theirs, str)
    oracle_counter("asm-fixups")(1)


def test_far_labels_in_both_directions():
    source = (
        "back: nop\n"
        + "nop\n" * 1000
        + "ldr r0, back\nb back\nbl ahead\nldr r1, ahead\n"
        + "nop\n" * 999
        + "ahead: nop"
    )
    found = words(source)
    assert found[1001:1005] == [0xE51F0FAC, 0xEAFFFC14, 0xEB0003E7, 0xE59F1F98]


def test_a_literal_right_at_the_pc_is_minus_zero_as_gnu_as_has_it():
    assert text("ldr r0, =0x12345678\nbx lr") == "00001fe51eff2fe178563412"


def test_the_pool_out_of_reach_is_an_error_at_the_load():
    (message,) = errors("ldr r0, =0x12345678\n.space 4104")
    assert message == (
        "x.s:1:1: error[ASM-019]: `ldr r0, =0x12345678`: the address is +0x1004 bytes from the PC, "
        "reach is -4095 to +4095 (put the data nearer, or a .ltorg in between)"
    )


@pytest.mark.parametrize(
    ("statement", "relocation", "word"),
    [
        ("bl out", 28, 0xEBFFFFFE),
        ("blx out", 28, 0xFAFFFFFE),
        ("b out", 29, 0xEAFFFFFE),
        ("blne out", 29, 0x1BFFFFFE),
        ("bl out+8", 28, 0xEB000000),
        ("bl out-8", 28, 0xEBFFFFFC),
        (".word out", 2, 0),
        (".word out+4", 2, 4),
        (".word out-4", 2, 0xFFFFFFFC),
        (".word out-.", 3, 0),
        ("movw r0, #:lower16:out", 43, 0xE3000000),
        ("movt r0, #:upper16:(out+8)", 44, 0xE3400008),
        ("movw r0, #:lower16:(out-.)", 45, 0xE3000000),
        ("movt r0, #:upper16:(out-4)", 44, 0xE34F0FFC),
    ],
)
def test_what_another_unit_supplies_is_relocated_with_its_addend_in_place(statement, relocation, word):
    one = made(statement)
    assert words(statement) == [word]
    assert [(each.type, each.symbol, each.offset) for each in one.relocations] == [(relocation, "out", 0)]


def test_a_local_label_of_another_section_is_relocated_by_its_section():
    one = made("b place\n.data\n.word 0\nplace: .word place")
    assert [(each.section, each.type, each.symbol) for each in one.relocations] == [
        (".text", 29, ".data"),
        (".data", 2, ".data"),
    ]
    assert bytes(one.sections[".text"].data).hex() == "ffffffea"
    assert bytes(one.sections[".data"].data).hex() == "0000000004000000"


def test_a_difference_of_sections_cannot_be_relocated():
    with pytest.raises(InputError, match="not a number and not one symbol plus a number"):
        made("a: nop\n.data\nb: .word a - b, a - c")
