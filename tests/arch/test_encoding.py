from collections.abc import Sequence

import pytest

from hypgen.arch.a32 import ROWS
from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.arch.encoding import Encoding, EncodingError, Kind, Ordered, Row, parse_pattern
from hypgen.arch.t32 import ROWS as T32_ROWS

MUL = Encoding("MUL", "A8.8.114", "MUL{S}<c> <Rd>, <Rn>, <Rm>",
               "cond:4 0000000 S Rd:4 (0)(0)(0)(0) Rm:4 1001 Rn:4")  # fmt: skip


def encodings(rows: Sequence[Row]) -> list[Encoding]:
    return [each for row in rows for each in (row.encodings if isinstance(row, Ordered) else (row,))]


ENCODINGS, T32_ENCODINGS = encodings(ROWS), encodings(T32_ROWS)


def test_a_pattern_gives_fixed_bits_should_be_bits_and_fields():
    layout = MUL.layout
    assert (layout.mask, layout.value) == (0x0FE0_00F0, 0x0000_0090)
    assert (layout.should_mask, layout.should_value) == (0x0000_F000, 0)
    assert [(field.name, field.hi, field.lo) for field in layout.fields] == [
        ("cond", 31, 28), ("S", 20, 20), ("Rd", 19, 16), ("Rm", 11, 8), ("Rn", 3, 0),
    ]  # fmt: skip


def test_fixed_and_should_be_bits_may_stand_in_one_token():
    layout = parse_pattern("(0)(1)01", width=4)
    assert (layout.mask, layout.value, layout.should_mask, layout.should_value) == (3, 1, 12, 4)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("cond:4 1010 imm24:23", "31 bits instead of 32"),
        ("cond:4 1010 imm24:25", "33 bits instead of 32"),
        ("cond:4 1010 imm24:24 0", "33 bits instead of 32"),
        ("cond:4 10x0 imm24:24", "'10x0' is neither bits, (0)(1) bits, nor a field name:width"),
        ("cond:4 (10)10 imm24:24", "'(10)10' is neither bits, (0)(1) bits, nor a field name:width"),
        ("cond:4 1010 imm24: 24", "'imm24:' is neither bits, (0)(1) bits, nor a field name:width"),
        ("cond:4 1010 Rd:4 Rd:4 imm16:16", "field 'Rd' occurs twice"),
        ("cond:4 1010 H:0 imm24:24", "field 'H' has no bits"),
    ],
)
def test_a_wrong_pattern_is_refused_with_the_row(pattern, message):
    with pytest.raises(EncodingError) as caught:
        Encoding("B", "A8.8.18", "B<c> <label>", pattern)
    assert str(caught.value) == f"B: {message}"


def test_encode_and_fields_are_inverse():
    values = {"cond": 14, "S": 1, "Rd": 4, "Rm": 7, "Rn": 11}
    assert MUL.encode(values) == 0xE014079B
    assert MUL.fields(0xE014079B) == values


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Rd": 16}, "MUL: 0x10 does not fit into Rd<19:16>"),
        ({"Ra": 1}, "MUL: missing or unknown fields Ra"),
    ],
)
def test_encode_refuses_what_the_row_has_not(change, message):
    with pytest.raises(EncodingError) as caught:
        MUL.encode({"cond": 14, "S": 1, "Rd": 4, "Rm": 7, "Rn": 11} | change)
    assert str(caught.value) == message


def test_a_t32_row_has_a_heading_without_the_label_of_its_encoding_and_a_length():
    narrow = Encoding("ADD (immediate) T1", "A8.8.4", "ADD", "0001110 imm3:3 Rn:3 Rd:3")
    wide = Encoding("ADD (immediate) T4", "A8.8.4", "ADDW", "11110 i 10000 0 Rn:4 0 imm3:3 Rd:4 imm8:8")
    assert (narrow.heading, narrow.length, narrow.thumb) == ("ADD (immediate)", 2, True)
    assert (wide.heading, wide.length, wide.thumb) == ("ADD (immediate)", 4, True)
    assert (MUL.heading, MUL.length, MUL.thumb) == ("MUL", 4, False)
    assert narrow.encode({"imm3": 7, "Rn": 1, "Rd": 2}) == 0x1DCA


def test_a_t32_pattern_has_16_or_32_bits():
    with pytest.raises(EncodingError) as caught:
        Encoding("B T2", "A8.8.18", "B<c> <label>", "11100 imm11:10")
    assert str(caught.value) == "B T2: 15 bits instead of 32 or 16"


def test_what_a_row_never_takes_is_a_mask_and_a_value():
    row = Encoding("B T1", "A8.8.18", "B<c> <label>", "1101 cond:4 imm8:8", never=("cond=1110", "cond=1111"))
    assert row.exclusions == ((0x0F00, 0x0E00), (0x0F00, 0x0F00))


@pytest.mark.parametrize("never", ["cond=111", "Rd=1111", "cond", "cond=111x"])
def test_what_a_row_never_takes_names_all_bits_of_its_fields(never):
    with pytest.raises(EncodingError) as caught:
        Encoding("B T1", "A8.8.18", "B<c> <label>", "1101 cond:4 imm8:8", never=(never,))
    assert str(caught.value) == f"B T1: {never!r} is not a field with all its bits"


def test_every_condition_and_operand_of_every_row_compiles():
    for encoding in (*ENCODINGS, *T32_ENCODINGS):
        values = dict.fromkeys(encoding.field_names, 0) | {"InITBlock": 0, "LastInITBlock": 0}
        for operand in encoding.made:
            values[operand.name] = operand.value(values)
            assert 0 <= values[operand.name] < 1 << operand.width
        for _, holds in encoding.predicates:
            assert holds(values) in (False, True)


def test_every_row_of_t32_is_labelled_and_none_of_a32():
    assert all(encoding.thumb for encoding in T32_ENCODINGS)
    assert not any(encoding.thumb for encoding in ENCODINGS)


def test_rows_of_t32_and_a32_with_one_heading_cite_sections_of_one_instruction():
    """The manual has one section for both, or one each, of neighbouring numbers."""
    a32 = {encoding.heading: encoding.manual for encoding in ENCODINGS}
    for encoding in T32_ENCODINGS:
        if encoding.kind is Kind.INSTRUCTION and encoding.heading in a32:
            chapter, _, number = encoding.manual.rpartition(".")
            other_chapter, _, other_number = a32[encoding.heading].rpartition(".")
            if chapter.startswith(("A8", "B9")):
                assert chapter == other_chapter, encoding.name
                assert abs(int(number) - int(other_number)) <= 1, encoding.name


def test_every_conditional_row_has_its_condition_in_the_top_bits():
    for encoding in ENCODINGS:
        first = encoding.layout.fields[0] if encoding.layout.fields else None
        top = encoding.layout.mask >> 28
        assert top == 0xF or (first and (first.name, first.hi, first.lo) == ("cond", 31, 28)), encoding.name


def test_the_banked_registers_are_those_that_are_not_unpredictable():
    row = next(encoding for encoding in ENCODINGS if encoding.name == "MRS (Banked register)")
    named = set()
    for r in (0, 1):
        for m in (0, 1):
            for m1 in range(16):
                fields = {"cond": 14, "R": r, "M": m, "M1": m1, "Rd": 0}
                if not any(holds(fields) for _, holds in row.predicates):
                    named.add((r, m, m1))
    assert named == set(BANKED_REGISTERS)
