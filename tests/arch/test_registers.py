"""The register table: no encoding twice, fields that fit, and the words that GNU as makes of it."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from hypgen.arch import registers
from hypgen.arch.register import Access, Register, Reset, parse_fields
from hypgen.arch.registers import (
    BY_NAME,
    CP14,
    CP14_64,
    CP15,
    CP15_64,
    FP,
    HSCTLR,
    HTCR,
    HTTBR,
    MIDR,
    RESERVED_ID,
    ROWS,
    TTBR0,
    VTCR,
)
from tests.oracle import run

rows = pytest.mark.parametrize("row", ROWS, ids=str)


def test_no_two_rows_share_a_name_or_an_encoding():
    names = [row.name for row in ROWS]
    single = [(row.coprocessor, row.single) for row in ROWS if row.single]
    pair = [(row.coprocessor, row.pair) for row in ROWS if row.pair]
    for column in (names, single, pair):
        assert sorted(column) == sorted(set(column))


def test_every_row_is_indexed_once_under_each_of_its_encodings():
    indexed = [*CP15.values(), *CP14.values(), *FP.values(), *CP15_64.values(), *CP14_64.values()]
    # MIDR is also what two unallocated encodings read.
    assert len(indexed) == sum(bool(row.single) + bool(row.pair) for row in ROWS) + 2
    assert [key for key, row in CP15.items() if row is MIDR] == [(0, 0, 0, 0), (0, 0, 0, 4), (0, 0, 0, 7)]


@rows
def test_a_constant_has_the_name_of_its_row(row: Register):
    assert getattr(registers, row.name) is row is BY_NAME[row.name]


@rows
def test_encodings_are_in_range(row: Register):
    if row.single:
        opc1, crn, crm, opc2 = row.single
        assert opc1 in range(8)
        assert crn in range(16)
        assert crm in range(16)
        assert opc2 in range(8)
    if row.pair:
        assert row.pair[0] in range(16)
        assert row.pair[1] in range(16)
    assert row.single or row.pair
    assert row.width == (64 if row.pair else 32)


@rows
def test_fields_lie_inside_the_register_and_do_not_overlap(row: Register):
    for layout in (row.fields, row.short_fields):
        for field in layout:
            assert 0 <= field.lo <= field.hi < row.width
        for one, other in itertools.combinations(layout, 2):
            assert not one.mask & other.mask, f"{one.name} and {other.name}"
        assert len({field.name for field in layout}) == len(layout)


@rows
def test_a_bit_is_a_field_or_reserved_but_not_both(row: Register):
    kinds = (row.res0, row.res1, row.raz, row.rao)
    for one, other in itertools.combinations(kinds, 2):
        assert not one & other
    fields = 0
    for field in (*row.fields, *row.short_fields):
        fields |= field.mask
    assert not fields & (row.res0 | row.res1)
    if row.fields:
        assert fields | row.res0 | row.res1 | row.raz | row.rao == row.mask


@rows
def test_reset_values_lie_in_their_mask_and_agree_with_fixed_bits(row: Register):
    assert not row.reset.value & ~row.reset.known_mask
    assert not row.reset.known_mask & ~row.mask
    assert not row.reset.value & row.raz
    assert row.reset.value & row.reset.known_mask & row.fixed_ones == row.reset.known_mask & row.fixed_ones


@rows
def test_somebody_may_access_it(row: Register):
    rights = (row.access.pl0, row.access.ns_pl1, row.access.hyp, row.access.s_pl1)
    assert set(rights) <= {"", "r", "w", "rw"}
    assert any(rights)
    if row.operation:
        assert "r" not in "".join(rights)


@rows
def test_user_mode_access_is_gated_by_a_field_that_exists(row: Register):
    named = re.findall(r"\b([A-Z][A-Z0-9]*)\.(\w+)", " ".join((row.pl0_gate, *row.hyp_traps)))
    for register, field in named:
        if register == "DBGDSCR":  # debug is not modelled; its fields are not in the table
            continue
        BY_NAME[register].field(field)


def test_pl2_mode_registers_are_those_with_opc1_4():
    # CP15 only; CBAR is the exception that Cortex-A cores made.
    for row in ROWS:
        opc1 = row.single[0] if row.single else (row.pair or (0,))[0]
        if row.coprocessor == 15 and row is not registers.CBAR:
            assert row.access.hyp_only == (opc1 == 4 or row.name in ("VTTBR", "CNTHP_CVAL")), row


def test_hsctlr_has_the_reserved_ones_of_armv7_and_not_cp15ben():
    # 0x30C50878 is what the Cortex-A15 TRM gives as reset value; CP15BEN is 1 in it and writable.
    assert HSCTLR.res1 == 0x30C5_0858
    assert HSCTLR.reset == Reset(0xFFFF_FFFF, 0x30C5_0878)
    assert HSCTLR.decode(0x30C5_1879) == {
        "TE": 0,
        "EE": 0,
        "FI": 0,
        "WXN": 0,
        "I": 1,
        "CP15BEN": 1,
        "C": 0,
        "A": 0,
        "M": 1,
    }


def test_htcr_and_vtcr_values_of_kvm_keep_to_the_reserved_bits():
    for register, value in ((HTCR, 0x8080_3500), (VTCR, 0x8000_3558)):
        assert value & register.res1 == register.res1
        assert not value & register.res0


def test_a_register_with_two_formats_decodes_in_both():
    value = 0x0034_0012_3456_704A
    assert TTBR0.decode(value) == {"ASID": 0x34, "BADDR": value >> 4 & 0xF_FFFF_FFFF}
    assert TTBR0.decode(value, short=True) == {
        "TTB": 0x3456_704A >> 7,
        "IRGN0": 1,
        "NOS": 0,
        "RGN": 1,
        "S": 1,
        "IRGN1": 0,
    }


def test_a_missing_field_is_named():
    with pytest.raises(KeyError, match="HSCTLR has no field Q"):
        HSCTLR.field("Q")


def test_syntax_is_that_of_the_assembler():
    assert HSCTLR.syntax(write=True, registers=["r0"]) == "mcr p15, 4, r0, c1, c0, 0"
    assert HTTBR.syntax(write=False, registers=["r0", "r1"]) == "mrrc p15, 4, r0, r1, c2"
    with pytest.raises(ValueError, match="HTTBR is not accessed with 1 core registers"):
        HTTBR.syntax(write=True, registers=["r0"])


def test_access_classes_know_hyp_only_and_secure_only():
    assert HSCTLR.access.hyp_only
    assert registers.SCR.access.secure_only
    assert not Access("r", "r", "r", "r").hyp_only


def test_reserved_identification_encodings_are_not_those_of_a_register():
    assert (0, 0, 7, 7) in RESERVED_ID
    assert not RESERVED_ID & set(CP15)


def test_field_notation_that_is_not_the_manuals_is_refused():
    with pytest.raises(ValueError, match="'TE30' is not NAME<bit> or NAME<hi:lo>"):
        parse_fields("TE30")


FACTS = {
    # Instruction words from facts about KVM, Xen and U-Boot sources, each checked there with GNU as.
    "mcr p15, 4, r0, c12, c0, 0": ("HVBAR", 0xEE8C_0F10),
    "mrc p15, 4, r0, c1, c0, 0": ("HSCTLR", 0xEE91_0F10),
    "mcr p15, 4, r0, c2, c0, 2": ("HTCR", 0xEE82_0F50),
    "mcr p15, 4, r0, c2, c1, 2": ("VTCR", 0xEE82_0F51),
    "mcrr p15, 4, r0, r1, c2": ("HTTBR", 0xEC41_0F42),
    "mcrr p15, 6, r0, r1, c2": ("VTTBR", 0xEC41_0F62),
    "mcr p15, 4, r0, c10, c2, 0": ("HMAIR0", 0xEE8A_0F12),
    "mcr p15, 4, r0, c10, c2, 1": ("HMAIR1", 0xEE8A_0F32),
    "mcr p15, 4, r0, c1, c1, 0": ("HCR", 0xEE81_0F11),
    "mrc p15, 4, r0, c5, c2, 0": ("HSR", 0xEE95_0F12),
    "mcr p15, 4, r0, c8, c7, 0": ("TLBIALLH", 0xEE88_0F17),
    "mcr p15, 4, r0, c8, c7, 1": ("TLBIMVAH", 0xEE88_0F37),
    "mcr p15, 4, r0, c8, c7, 4": ("TLBIALLNSNH", 0xEE88_0F97),
    "mcr p15, 4, r0, c8, c3, 0": ("TLBIALLHIS", 0xEE88_0F13),
    "mcr p15, 4, r0, c7, c8, 0": ("ATS1HR", 0xEE87_0F18),
    "mcrr p15, 4, r0, r1, c14": ("CNTVOFF", 0xEC41_0F4E),
}


@pytest.mark.parametrize("syntax", FACTS)
def test_known_words_are_those_of_the_table(syntax: str):
    name, word = FACTS[syntax]
    write = syntax.startswith("mcr")
    names = re.findall(r"\br\d+\b", syntax)
    assert BY_NAME[name].syntax(write=write, registers=names) == syntax
    assert row_of(word) is BY_NAME[name]


def row_of(word: int) -> Register | None:
    """The row that an MCR, MRC, MCRR or MRRC word names, by the manual's encoding diagrams."""
    coprocessor = word >> 8 & 0xF
    if word >> 24 & 0xF == 0b1110 and word >> 4 & 1:
        key = (word >> 21 & 7, word >> 16 & 0xF, word & 0xF, word >> 5 & 7)
        return {15: CP15, 14: CP14}[coprocessor].get(key)
    if word >> 21 & 0x7F == 0b1100010:
        return {15: CP15_64, 14: CP14_64}[coprocessor].get((word >> 4 & 0xF, word & 0xF))
    raise AssertionError(f"{word:#x} is no coprocessor register transfer")


@pytest.mark.oracle
def test_gnu_as_encodes_every_row_to_a_word_that_finds_it(tmp_path: Path, oracle_counter):
    count = oracle_counter("registers-as")
    lines, expected = [], []
    for row in ROWS:
        if row.coprocessor == 10:
            continue
        for names, present in ((["r3"], row.single), (["r3", "r4"], row.pair)):
            for write in (False, True):
                if present and (not row.operation or write):
                    lines.append(row.syntax(write=write, registers=names))
                    expected.append(row)
    words = assemble(tmp_path, lines)
    assert len(words) == len(expected)
    for line, word, row in zip(lines, words, expected, strict=True):
        assert row_of(word) is row, line
        count(1)


@pytest.mark.oracle
def test_gnu_as_numbers_the_floating_point_registers_as_the_table_does(tmp_path: Path, oracle_counter):
    count = oracle_counter("registers-as")
    names = [row.name for row in FP.values()]
    words = assemble(tmp_path, [f"vmrs r3, {name.lower()}" for name in names])
    for name, word in zip(names, words, strict=True):
        assert FP[word >> 16 & 0xF].name == name
        count(1)


def assemble(directory: Path, lines: list[str]) -> list[int]:
    """The words that GNU as makes of instructions."""
    source = directory / "rows.s"
    source.write_text("\n".join([".fpu neon-vfpv4", *lines, ""]))
    done = run(["arm-none-eabi-as", "-march=armv7ve", source, "-o", directory / "rows.o"])
    assert done.returncode == 0, done.stderr
    image = directory / "rows.bin"
    done = run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", directory / "rows.o", image])
    assert done.returncode == 0, done.stderr
    data = image.read_bytes()
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
