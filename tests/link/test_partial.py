"""Joining units into one object, as ``ld -r`` does: linked later, it is what the units would have been."""

import pytest

from hypgen.elf.lief import read_object, write_object
from hypgen.elf.model import Relocation, Symbol
from hypgen.errors import InputError
from hypgen.link.linker import link
from hypgen.link.partial import join
from tests.elf.build import CONSTANT, DATA, section, words
from tests.link.layouts import function, layout, unit, wanted


def units():
    first = unit(
        "a.S",
        section(".text", words(0xEBFF_FFFE, 0xEAFF_FFFE, 4)),
        section(".rodata", b"abc", CONSTANT, align=1),
        symbols=(function("_start"), Symbol("text", ".rodata", 1), wanted("other"), wanted("outside")),
        relocations=(
            Relocation(".text", 0, 28, "other"),
            Relocation(".text", 4, 29, ".text"),
            Relocation(".text", 8, 2, "text"),
        ),
    )
    second = unit(
        "b.S",
        section(".text", words(0xE12F_FF1E, 8, 0, 0xE300_0002)),
        section(".rodata", b"defg", CONSTANT),
        section(".bss", 8, DATA),
        symbols=(function("other"), Symbol("text", ".rodata", 2), Symbol("zero", ".bss", 4)),
        relocations=(
            Relocation(".text", 4, 2, ".rodata"),
            Relocation(".text", 8, 2, "text"),
            Relocation(".text", 12, 43, ".rodata"),
        ),
    )
    return [first, second]


def test_a_joined_object_links_to_the_same_bytes_as_its_units():
    outside = unit("c.S", section(".text", words(7)), symbols=(function("outside"),))

    apart = link([*units(), outside], layout())
    joined = link([read_object(write_object(join(units(), "joined.o")), "joined.o"), outside], layout())

    assert [(one.name, one.data, one.size) for one in joined.sections] == [
        (one.name, one.data, one.size) for one in apart.sections
    ]
    assert {one.name: one.value for one in joined.symbols if one.binding} == {
        one.name: one.value for one in apart.symbols if one.binding
    }


def test_a_word_refers_to_the_section_of_the_whole_and_its_addend_grows():
    made = join(units(), "joined.o")
    (word,) = [one for one in made.relocations if one.symbol == ".rodata"]

    assert (word.type, word.offset) == (2, 0x10)
    assert made.sections[".text"].data[0x10:0x14] == words(8 + 4)


def test_locals_of_one_name_and_section_starts_get_names_of_their_own():
    made = join(units(), "joined.o")
    named = {one.name: (one.section, one.value) for one in made.symbols if not one.binding}

    assert named == {
        "text": (".rodata", 1),
        "text@b.S": (".rodata", 6),
        "zero": (".bss", 4),
        "a.S:.text": (".text", 0),
        "b.S:.rodata": (".rodata", 4),
    }
    assert [one.name for one in made.symbols if one.section is None] == ["outside"]


def test_a_name_that_is_defined_twice_is_refused():
    first, second = units()
    with pytest.raises(InputError) as caught:
        join([first, second, second], "joined.o")
    assert "error[LINK-002]: symbol other is defined 2 times" in str(caught.value)
