from random import Random

import pytest

from hypgen.arch import spaces
from hypgen.decode.disassembly import EQUAL_ENCODINGS, REFUSED_BY_AS, disassemble, disassemble_code
from hypgen.decode.table import is_32bit
from tests.decode.sweep import drawn, rows

IT_EQ = 0b0000_1000


def test_an_instruction_has_a_text_for_readers_and_a_statement_for_as():
    one = disassemble(0x0A00_0001, address=0x8000)
    assert (one.kind, one.text, one.statement) == ("instruction", "beq 0x800c", "beq .+12")
    assert (one.row, one.manual, one.reason) == ("B", "A8.8.18", None)


@pytest.mark.parametrize(
    ("word", "isa", "kind", "reason"),
    [
        (0xE7F0_00F0, "a32", "instruction", None),
        (0xE1A0_1012, "a32", "instruction", None),
        (0xF7FF_FFFF, "a32", "UNDEFINED", "UNDEFINED (permanently, unconditional); A5.7.1"),
        (0xE7B0_0010, "a32", "UNDEFINED", "UNDEFINED (media instructions); A5.4"),
        (0xE610_0070 & ~0x0010_0000, "a32", "UNDEFINED",
         "UNDEFINED (parallel addition and subtraction, signed); A5.4.1"),
        (0xF470_F000, "a32", "UNPREDICTABLE", "UNPREDICTABLE (PLI with W = 1); A5.7.1"),
        (0xEC30_0B02, "a32", "UNDEFINED", "VLDM: UNDEFINED as P == U; A8.8.332"),
        (0xEC50_4AF5, "a32", "UNDEFINED",
         "UNDEFINED (64-bit transfers between ARM core and extension registers); A7.9"),
        (0xE01F_0291, "a32", "UNPREDICTABLE", "MUL: Rd == 15; A8.8.114"),
        (0xB700, "t32", "UNDEFINED", "UNDEFINED (miscellaneous 16-bit instructions) T16; A6.2.5"),
        (0xF3BF_8F1F, "t32", "not modelled", "ENTERX, LEAVEX T1; A9.3.1"),
        (0xF870_0000, "t32", "UNDEFINED", "UNDEFINED (load of size 0b11) T32; A6.3"),
    ],
)  # fmt: skip
def test_what_is_no_ordinary_instruction_has_the_row_that_says_so(word, isa, kind, reason):
    one = disassemble(word, isa)
    assert (one.kind, one.reason) == (kind, reason)


def test_the_statement_of_what_is_unpredictable_is_the_word():
    one = disassemble(0xE01F_0291)
    assert (one.text, one.statement) == ("muls pc, r1, r2", ".inst 0xe01f0291")


@pytest.mark.parametrize(
    ("word", "isa", "itstate"),
    [
        (0xE360_F484 | 0x8_0000, "a32", 0),  # MSR of a constant
        (0xF2C0_0210, "a32", 0),  # VMOV of zero
        (0xF813_CC00, "t32", 0),  # LDRB with minus zero
        (0x1C40, "t32", 0),  # ADDS r0, r0, #1
        (0x4408, "t32", IT_EQ),  # ADD r0, r1
        (0xED90_0901, "a32", 0),  # LDC of p9
        (0x0E50_0B10 | 0x40_0000, "a32", 0),  # VMOV of a byte, conditional
        (0xE50F_F066, "a32", 0),  # STR of the PC
    ],
)
def test_what_as_does_not_make_of_its_text_is_listed_and_stated_as_the_word(word, isa, itstate):
    one = disassemble(word, isa, itstate=itstate)
    assert one.kind == "instruction"
    assert one.statement.startswith(".inst")
    reasons = [why for why, holds in (EQUAL_ENCODINGS | REFUSED_BY_AS).items() if holds(one.insn)]
    assert len(reasons) == 1


def test_code_goes_through_its_it_blocks():
    code = bytes.fromhex("04bf 0120 0220 0320 7047")  # itt eq; moveq; moveq; movs; bx lr
    assert [one.text for one in disassemble_code(code, "t32", 0x100)] == [
        "itt eq", "moveq r0, #1", "moveq r0, #2", "movs r0, #3", "bx lr",
    ]  # fmt: skip


def test_code_may_be_big_endian_and_end_in_the_middle():
    found = list(disassemble_code(bytes.fromhex("e12fff1e e1a0"), big_endian=True))
    assert [one.text for one in found] == ["bx lr"]
    assert list(disassemble_code(bytes.fromhex("00f0"), "t32")) == []


@pytest.mark.parametrize(
    ("word", "isa"), [(1 << 32, "a32"), (-1, "a32"), (0x4770_4770, "t32"), (0xF000, "t32")]
)
def test_a_number_that_is_no_word_is_refused(word, isa):
    with pytest.raises(ValueError, match=r"halfword|32 bits|32-bit"):
        disassemble(word, isa)


@pytest.mark.parametrize("isa", ["a32", "t32"])
def test_every_word_is_something_and_every_row_of_a_space_is_needed(isa):
    found = {disassemble(word, isa).row for word in drawn(isa, 1, Random(5))}
    assert {row.name for row in (spaces.A32 if isa == "a32" else spaces.T32_WIDE)} <= found
    assert len(rows(isa)) == len({row.name for row in rows(isa)})


def test_every_halfword_is_something():
    found = {disassemble(one, "t32").row for one in range(1 << 16) if not is_32bit(one)}
    assert {row.name for row in spaces.T32_NARROW} <= found
