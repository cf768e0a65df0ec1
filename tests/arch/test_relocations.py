import pytest
from elftools.elf.enums import ENUM_RELOC_TYPE_ARM

from hypgen.arch.relocations import NAMES, RELOCATIONS, Place, relocation_name


@pytest.mark.parametrize(("number", "name"), sorted(NAMES.items()))
def test_numbers_and_names_are_those_of_pyelftools(number, name):
    assert ENUM_RELOC_TYPE_ARM[name] == number


def test_a_number_without_a_name_is_told_as_a_number():
    assert relocation_name(28) == "R_ARM_CALL"
    assert relocation_name(250) == "relocation type 250"


SIGNED_BITS = {
    Place.BYTE: 8,
    Place.HALFWORD: 16,
    Place.WORD31: 31,
    Place.BRANCH: 26,
    Place.THUMB_BRANCH24: 25,
    Place.THUMB_BRANCH19: 21,
    Place.THUMB_BRANCH11: 12,
    Place.THUMB_BRANCH8: 9,
}
UNSIGNED_BITS = {Place.THUMB_BRANCH6: 7, Place.THUMB_OFFSET8: 10}
OFFSET_BITS = {Place.OFFSET12: 12, Place.THUMB_OFFSET12: 12, Place.THUMB_ADDRESS12: 12}
"""Bits of X: in two's complement, without a sign, and with a sign elsewhere."""


@pytest.mark.parametrize("row", RELOCATIONS.values(), ids=lambda row: row.name)
def test_a_range_has_two_ends_and_fits_the_bits_of_its_place(row):
    bits = SIGNED_BITS.get(row.place, UNSIGNED_BITS.get(row.place, OFFSET_BITS.get(row.place)))
    assert (row.low is None) == (row.high is None) == (bits is None)
    if row.place in SIGNED_BITS:
        assert row.low == -(1 << bits - 1)
        assert row.high in ((1 << bits - 1) - row.step, (1 << bits) - 1)
    elif row.place in UNSIGNED_BITS:
        assert (row.low, row.high) == (0, (1 << bits) - row.step)
    elif bits is not None:
        assert (row.low, row.high) == (1 - (1 << bits), (1 << bits) - 1)
