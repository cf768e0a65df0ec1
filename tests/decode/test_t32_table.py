import pytest

from hypgen.arch.encoding import Encoding, EncodingError, Kind
from hypgen.decode.table import (
    DecodeTable,
    Insn,
    NoInstruction,
    decode_t32,
    is_32bit,
    no_instruction_t32,
    t32_narrow,
    t32_wide,
)
from tests.decode.samples import decode_thumb

IT_EQ = 0b0000_1000
ITT_EQ = 0b0000_0100


def refusal(word: int) -> NoInstruction:
    why = no_instruction_t32(word >> 16, word & 0xFFFF) if word >> 16 else no_instruction_t32(word)
    assert why is not None
    return why


def decoded(word: int, itstate: int = 0) -> Insn:
    insn = decode_thumb(word, itstate)
    assert insn is not None
    return insn


@pytest.mark.parametrize(
    ("halfword", "expected"),
    [(0x0000, False), (0xE7FF, False), (0xE800, True), (0xF000, True), (0xFFFF, True)],
)
def test_the_first_halfword_tells_whether_there_is_a_second(halfword, expected):
    assert is_32bit(halfword) is expected


def test_a_second_halfword_is_asked_for_where_it_is_needed_and_ignored_where_not():
    with pytest.raises(ValueError, match="0xf3ef is the first half of a 32-bit instruction"):
        decode_t32(0xF3EF)
    assert decode_t32(0xBF00, 0xFFFF) is decode_t32(0xBF00)


@pytest.mark.parametrize(
    ("word", "name", "length"),
    [
        (0x1C88, "ADD (immediate) T1", 2),
        (0x0008, "MOV (register) T2", 2),
        (0x0048, "LSL (immediate) T1", 2),
        (0x4668, "MOV (register) T1", 2),
        (0x448D, "ADD (register) T2", 2),
        (0x4770, "BX T1", 2),
        (0xB5F0, "PUSH T1", 2),
        (0xBF00, "NOP T1", 2),
        (0xBF08, "IT T1", 2),
        (0xDF05, "SVC T1", 2),
        (0xDE00, "UDF T1", 2),
        (0xD0FE, "B T1", 2),
        (0xEA5F0001, "MOV (register) T3", 4),
        (0xEA4F0031, "RRX T1", 4),
        (0xEA4F00B1, "ROR (immediate) T1", 4),
        (0xEB0D0001, "ADD (SP plus register) T3", 4),
        (0xF1B00F01, "CMP (immediate) T2", 4),
        (0xF20F0000, "ADR T3", 4),
        (0xF3210003, "SSAT16 T1", 4),
        (0xF36F0007, "BFC T1", 4),
        (0xF3AF8000, "NOP T2", 4),
        (0xF3AF8100, "CPS T2", 4),
        (0xF3DE8F00, "ERET T1", 4),
        (0xF3DE8F04, "SUBS PC, LR and related (immediate) T1", 4),
        (0xF3EE8030, "MRS (Banked register) T1", 4),
        (0xF0008000, "B T3", 4),
        (0xF7E08000, "HVC T1", 4),
        (0xF7F0A000, "UDF T2", 4),
        (0xF810F001, "PLD, PLDW (register) T1", 4),
        (0xF81F0004, "LDRB (literal) T1", 4),
        (0xF8500E04, "LDRT (immediate) T1", 4),
        (0xF8500C04, "LDR (immediate) T4", 4),
        (0xE8D0F001, "TBB, TBH T1", 4),
        (0xE8D01F4F, "LDREXB T1", 4),
        (0xE9D01200, "LDRD (immediate) T1", 4),
        (0xEE11CF10, "MRC T1", 4),
        (0xFE11CF10, "MRC2 T2", 4),
    ],
)
def test_a_word_belongs_to_the_row_of_its_manual_heading(word, name, length):
    insn = decoded(word)
    assert (insn.name, insn.length, insn.thumb) == (name, length, True)
    assert name.startswith(insn.heading)


@pytest.mark.parametrize(
    ("word", "operands"),
    [
        (0x3105, {"Rd": 1, "Rn": 1, "imm32": 5, "S": 1}),
        (0x448D, {"Rd": 13, "Rn": 13, "Rm": 1, "S": 0, "type": 0, "imm5": 0}),
        (0x68C8, {"Rt": 0, "Rn": 1, "imm12": 12, "P": 1, "U": 1, "W": 0}),
        (0x9901, {"Rt": 1, "Rn": 13, "imm12": 4}),
        (0xB5F0, {"Rn": 13, "W": 1, "register_list": 0x40F0}),
        (0xC803, {"Rn": 0, "W": 0}),
        (0xC806, {"Rn": 0, "W": 1}),
        (0xB662, {"imod": 0b10, "A": 0, "I": 1, "F": 0, "M": 0, "mode": 0}),
        (0xF04F20FF, {"Rd": 0, "S": 0, "imm12": 0x2FF}),
        (0xF6412034, {"Rd": 0, "imm16": 0x1A34}),
        (0xF7E18234, {"imm16": 0x1234}),
        (0xEA820F03, {"Rn": 2, "Rd": 15, "imm5": 0}),
        (0xE8BD8003, {"Rn": 13, "W": 1, "register_list": 0x8003}),
    ],
)
def test_operands_have_the_names_that_a32_gives_them(word, operands):
    insn = decoded(word)
    assert {name: insn[name] for name in operands} == operands


def test_a_16_bit_instruction_sets_the_flags_outside_an_it_block_only():
    assert (decoded(0x1840)["S"], decoded(0x1840, IT_EQ)["S"]) == (1, 0)


def test_an_instruction_has_the_condition_of_its_it_block_or_its_own():
    assert [decoded(0x1840, itstate).condition for itstate in (0, IT_EQ, 0b0001_1000)] == [14, 0, 1]
    assert decoded(0xD1FE).condition == 1
    assert decoded(0xBE00, IT_EQ).condition == 14  # BKPT


@pytest.mark.parametrize(
    ("word", "itstate", "sentence"),
    [
        (0xD0FE, IT_EQ, "B T1: InITBlock; A8.8.18"),
        (0x4770, ITT_EQ, "BX T1: InITBlock and not LastInITBlock; A8.8.27"),
        (0x4770, IT_EQ, None),
        (0x4770, 0, None),
        (0xBD00, ITT_EQ, "POP T1: P == 1 and InITBlock and not LastInITBlock; A8.8.131"),
        (0x4500, 0, "CMP (register) T2: Rn < 8 and Rm < 8; A8.8.38"),
        (0x4771, 0, "BX T1: should-be bits differ in 0x00000001; A8.8.27"),
        (0xBFEC, 0, "IT T1: firstcond == 14 and BitCount(mask) != 1; A8.8.54"),
        (0xFAB1F082, 0, "CLZ T1: Rm != Rm_again; A8.8.33"),
        (0xE8900001, 0, "LDM/LDMIA/LDMFD T2: BitCount(register_list) < 2; A8.8.57"),
        (0xF0010D00, 0, "AND (immediate) T1: Rd == 13 or (Rd == 15 and S == 0); A8.8.13"),
    ],
)
def test_unpredictable_says_which_condition_of_which_section(word, itstate, sentence):
    assert decoded(word, itstate).unpredictable == sentence


@pytest.mark.parametrize(
    ("word", "tolerated"), [(0x4508, True), (0x4288, False), (0x45F8, False), (0x4771, False)]
)
def test_what_every_processor_executes_is_told_apart(word, tolerated):
    assert decoded(word).tolerated == tolerated


@pytest.mark.parametrize(
    "word",
    [
        0xBA80,  # HLT of ARMv8
        0xF8500800,  # LDR with P = W = 0
        0xF84F0C04,  # STR to a PC base
        0xE8C00000,  # in the space of the exclusives
        0xF000C001,  # BLX with H = 1
        0xF8600000,  # a load of size 0b11
        0xFC000A00,  # T2 of coprocessor 10
    ],
)
def test_an_undefined_word_is_no_instruction_and_not_unmodelled(word):
    assert decode_thumb(word) is None
    assert refusal(word).kind is Kind.UNDEFINED


@pytest.mark.parametrize(
    ("word", "space"),
    [
        (0xF3BF8F1F, "ENTERX, LEAVEX"),
    ],
)
def test_the_space_of_what_has_no_rows_is_named(word, space):
    assert decode_thumb(word) is None
    assert (refusal(word).kind, refusal(word).row.heading) == (Kind.UNMODELLED, space)


def test_rows_that_never_take_each_others_words_do_not_overlap():
    branch = Encoding("branch T1", "A0.0", "B", "1101 cond:4 imm8:8", never=("cond=1111",))
    call = Encoding("call T1", "A0.0", "SVC", "11011111 imm8:8")
    table = DecodeTable([branch, call])
    assert (table.find(0xDE00), table.find(0xDF00)) == (branch, call)
    other = Encoding("other T1", "A0.0", "UDF", "11011110 imm8:8")
    with pytest.raises(EncodingError, match="branch T1 and other T1 overlap: 0x0000de00 is both"):
        DecodeTable([branch, other])


def test_decoding_is_memoised_for_each_it_state():
    assert decode_t32(0x1840) is decode_t32(0x1840)
    assert decode_t32(0x1840) is not decode_t32(0x1840, None, IT_EQ)


def test_no_name_is_given_twice():
    names = [encoding.name for table in (t32_narrow(), t32_wide()) for encoding in table.encodings]
    assert len(names) == len(set(names)) > 330
