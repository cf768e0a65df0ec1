import pytest
from elftools.elf.enums import ENUM_RELOC_TYPE_ARM

from hypgen.arch.relocations import NAMES, RELOCATIONS, Place, relocation_name


@pytest.mark.parametrize(("number", "name"), sorted(NAMES.items()))
def test_numbers_and_names_are_those_of_pyelftools(number, name):
    assert ENUM_RELOC_TYPE_ARM[name] == number


def test_a_number_without_a_name_is_told_as_a_number():
    assert relocation_name(28) == "R_ARM_CALL"
    assert relocation_name(250) == "relocation type 250"


@pytest.mark.parametrize("row", RELOCATIONS.values(), ids=lambda row: row.name)
def test_a_range_has_two_ends_and_fits_the_bits_of_its_place(row):
    bits = {Place.BYTE: 8, Place.HALFWORD: 16, Place.WORD31: 31, Place.BRANCH: 26}.get(row.place)
    assert (row.low is None) == (row.high is None) == (bits is None)
    if bits is not None:
        assert row.low == -(1 << bits - 1)
        assert row.high in ((1 << bits - 1) - row.step, (1 << bits) - 1)
