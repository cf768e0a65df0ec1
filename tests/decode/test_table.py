from dataclasses import FrozenInstanceError

import pytest

from hypgen.arch.encoding import Encoding, EncodingError, Kind, Ordered
from hypgen.decode.table import DecodeTable, a32, decode_a32, no_instruction_a32


def kind_of(word: int) -> Kind:
    why = no_instruction_a32(word)
    assert why is not None
    return why.kind


def row(name: str, pattern: str, kind: Kind = Kind.INSTRUCTION) -> Encoding:
    return Encoding(name, "A0.0", "NOP", pattern, kind=kind)


WIDE = row("wide", "cond:4 0000 rest:24")
NARROW = row("narrow", "cond:4 000 op 1111 rest:20")
INSIDE = row("inside", "cond:4 0000 1111 rest:20")


def refusal(*rows) -> str:
    with pytest.raises(EncodingError) as caught:
        DecodeTable(rows)
    return str(caught.value)


def test_overlapping_rows_are_refused_with_a_word_that_is_both():
    assert refusal(WIDE, NARROW) == "wide and narrow overlap: 0x00f00000 is both"


def test_two_groups_may_not_overlap_either():
    assert refusal(Ordered("one", (WIDE,)), Ordered("two", (NARROW,))).startswith("wide and narrow overlap")


def test_rows_of_one_ordered_group_may_overlap_and_the_first_is_meant():
    table = DecodeTable([Ordered("inside is a special case", (INSIDE, WIDE))])
    assert table.find(0xE0F0_0000) is INSIDE
    assert table.find(0xE0E0_0000) is WIDE


def test_an_ordered_group_needs_a_reason():
    assert refusal(Ordered("", (INSIDE, WIDE))) == "ordered group of inside, wide: no reason given"


def test_a_row_that_an_earlier_one_covers_is_refused():
    message = "inside: never reached, wide takes all its words"
    assert refusal(Ordered("the wrong way round", (WIDE, INSIDE))) == message


def test_two_rows_with_one_name_are_refused():
    other = row("wide", "cond:4 0001 rest:24")
    assert refusal(WIDE, other) == "wide: two rows have this name"


def test_conditional_and_unconditional_rows_do_not_overlap():
    unconditional = row("unconditional", "1111 0000 rest:24")
    table = DecodeTable([WIDE, unconditional])
    assert table.find(0xE000_0000) is WIDE
    assert table.find(0xF000_0000) is unconditional


def test_a_conditional_row_does_not_take_condition_0b1111():
    assert DecodeTable([WIDE]).find(0xF000_0000) is None


@pytest.mark.parametrize(
    ("word", "name"),
    [
        (0xE1A00000, "MOV (register)"),
        (0xE1B0F00E, "SUBS PC, LR and related (register)"),
        (0xE25EF004, "SUBS PC, LR and related (immediate)"),
        (0xE35E0004, "CMP (immediate)"),
        (0xE320F000, "NOP"),
        (0xE320F0FF, "DBG"),
        (0xE328F102, "MSR (immediate)"),
        (0xE59F0004, "LDR (literal)"),
        (0xE4910004, "LDR (immediate)"),
        (0xE4B10004, "LDRT (immediate)"),
        (0xE8FD8001, "LDM (exception return)"),
        (0xE8DD4001, "LDM (User registers)"),
        (0xE10E8300, "MRS (Banked register)"),
        (0xE16F3F11, "CLZ"),
        (0xE160006E, "ERET"),
        (0xE1400070, "HVC"),
        (0xE6AF1072, "SXTB"),
        (0xE6A01072, "SXTAB"),
        (0xEC510F10, "MRRC"),
        (0xEE1C0F10, "MRC"),
        (0xF57FF04F, "DSB"),
        (0xE7F000F0, "UDF"),
    ],
)
def test_a_word_belongs_to_the_row_of_its_manual_heading(word, name):
    insn = decode_a32(word)
    assert insn is not None
    assert insn.name == name
    assert insn.unpredictable is None


def test_an_instruction_gives_its_fields_by_name():
    insn = decode_a32(0xE0812103)
    assert insn is not None
    assert (insn.name, insn["Rd"], insn["Rn"], insn["Rm"], insn["imm5"]) == ("ADD (register)", 2, 1, 3, 2)
    assert "imm12" not in insn
    with pytest.raises(FrozenInstanceError):
        insn.word = 0  # type: ignore[misc]  # that it is refused is what the test pins


def test_condition_is_always_for_the_unconditional_space():
    conditional, unconditional = decode_a32(0x03A00001), decode_a32(0xF57FF04F)
    assert conditional is not None
    assert unconditional is not None
    assert (conditional.condition, unconditional.condition) == (0, 14)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (0xE0000F91, "MUL: Rm == 15; A8.8.114"),
        (0xE0001291, "MUL: should-be bits differ in 0x00001000; A8.8.114"),
        (0xE4911004, "LDR (immediate): wback and Rn == Rt; A8.8.63"),
        (0xE8B10002, "LDM/LDMIA/LDMFD: W == 1 and bit(register_list, Rn) == 1; A8.8.58"),
        (0x11400070, "HVC: cond != 14; B9.3.4"),
        (0xE35EF004, "CMP (immediate): should-be bits differ in 0x0000f000; A8.8.37"),
    ],
)
def test_unpredictable_says_which_condition_of_which_section(word, sentence):
    insn = decode_a32(word)
    assert insn is not None
    assert insn.unpredictable == sentence


@pytest.mark.parametrize("word", [0x17F000F0, 0xEC000000, 0xFE000A00, 0xFF000000, 0xE1200090])
def test_an_undefined_word_is_no_instruction_and_not_unmodelled(word):
    insn = decode_a32(word)
    assert insn is None
    assert kind_of(word) is Kind.UNDEFINED


@pytest.mark.parametrize(
    ("word", "name"),
    [
        (0xEEF10A10, "VMRS"),
        (0xED2D8B10, "VSTM"),
        (0xEC510B10, "VMOV (between two ARM core registers and a doubleword extension register)"),
        (0xED9F0B02, "VLDR"),
        (0xEE300B01, "VADD (floating-point), scalar"),
        (0xF2000D01, "VADD (floating-point), vector"),
        (0xF2200110, "VORR (register)"),
        (0xF2800010, "VMOV, VMVN, VORR, VBIC (immediate), vector"),
        (0xF2880010, "VSHR"),
        (0xF3B00800, "VTBL, VTBX"),
        (0xF4200A0F, "VLD1 (multiple single elements)"),
        (0xF4A0000F, "VLD1 (single element to one lane)"),
        (0xF4A00C0F, "VLD1 (single element to all lanes)"),
    ],
)
def test_a_word_of_the_extensions_belongs_to_the_row_of_its_heading(word, name):
    insn = decode_a32(word)
    assert insn is not None
    assert insn.name == name


@pytest.mark.parametrize(
    "word",
    [
        0xF2310D41,  # VADD.F32 of doubleword elements
        0xF2010842,  # VADD of a quadword register with an odd number
        0xEC300B02,  # VLDM with P = U
        0xEC000A00,  # no transfer of 64 bits
        0xEEF61B40,  # a VCMP of no kind
        0xEEFB0A10,  # a register that no subarchitecture has
        0xFE000A00,  # floating-point in the unconditional space
        0xF3FF0F80,  # two registers, with a size that they do not have
    ],
)
def test_what_the_extensions_have_no_instruction_for_is_undefined(word):
    assert decode_a32(word) is None
    assert kind_of(word) is Kind.UNDEFINED


def test_decoding_is_memoised():
    assert decode_a32(0xE1A00001) is decode_a32(0xE1A00001)


def test_the_table_has_every_row_once():
    names = [encoding.name for encoding in a32().encodings]
    assert len(names) == len(set(names)) > 250
