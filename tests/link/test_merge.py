"""Equal strings and constants are in an image once, and everything that referred to any of them finds it."""

from hypgen.elf.model import Image, Relocation, SectionFlag, Symbol
from hypgen.link.linker import link
from tests.elf.build import CONSTANT, section, words
from tests.link.layouts import function, layout, unit

STRINGS = CONSTANT | SectionFlag.MERGE | SectionFlag.STRINGS
CONSTANTS = CONSTANT | SectionFlag.MERGE
ABS32, REL32 = 2, 3


def strings(text: bytes, align: int = 1):
    return section(".rodata.str", text, STRINGS, align=align, entry_size=1)


def linked(*parts, refers: tuple[tuple[str | int, ...], ...]) -> Image:
    """Units of one table each; ``refers`` has, for each unit, a word for each label or offset it names."""
    units = []
    for number, (part, names) in enumerate(zip(parts, refers, strict=True)):
        addends = [name if isinstance(name, int) else 0 for name in names]
        table = section(".text", words(*addends))
        symbols = [Symbol("ending", part.name, part.data.find(b"ending"))] if b"ending" in part.data else []
        start = [function("_start")] if not number else []
        relocations = tuple(
            Relocation(".text", 4 * row, ABS32, part.name if isinstance(name, int) else name)
            for row, name in enumerate(names)
        )
        units.append(unit(f"{number}.o", table, part, symbols=(*symbols, *start), relocations=relocations))
    return link(units, layout())


def words_of(image: Image) -> list[int]:
    text = image.sections[0].data
    return [int.from_bytes(text[at : at + 4], "little") for at in range(0, len(text), 4)]


def text_at(image: Image, address: int) -> bytes:
    rodata = next(one for one in image.sections if one.name == ".rodata")
    start = address - rodata.virtual
    return rodata.data[start : rodata.data.index(b"\0", start)]


def test_a_string_that_another_ends_in_shares_its_bytes():
    image = linked(
        strings(b"ending\0other\0"), strings(b"a longer ending\0other\0"), refers=(("ending", 7), (0, 16))
    )

    rodata = next(one for one in image.sections if one.name == ".rodata")
    assert rodata.data == b"other\0a longer ending\0"
    assert [text_at(image, one) for one in words_of(image)] == [
        b"ending",
        b"other",
        b"a longer ending",
        b"other",
    ]
    labels = [text_at(image, one.value) for one in image.symbols if one.name == "ending"]
    assert labels == [b"ending", b"ending"]


def test_a_reference_into_the_middle_of_a_string_stays_there():
    image = linked(strings(b"first\0"), strings(b"first\0second\0"), refers=((2,), (3, 8)))
    assert [text_at(image, one) for one in words_of(image)] == [b"rst", b"st", b"cond"]


def test_alignment_of_strings_is_kept():
    image = linked(
        strings(b"ab\0\0xending\0", align=4), strings(b"ending\0\0ab\0", align=4), refers=((0, 4), (0, 8))
    )
    found = words_of(image)
    assert [text_at(image, one) for one in found] == [b"ab", b"xending", b"ending", b"ab"]
    assert all(one % 4 == 0 for one in found)


def test_equal_constants_are_one():
    one = section(".rodata.cst", words(1, 2, 1), CONSTANTS, entry_size=4)
    other = section(".rodata.cst", words(2, 3), CONSTANTS, entry_size=4)
    image = linked(one, other, refers=((0, 4, 8), (0, 4)))
    rodata = next(part for part in image.sections if part.name == ".rodata")

    assert rodata.data == words(1, 2, 3)
    assert [one - rodata.virtual for one in words_of(image)] == [0, 4, 0, 4, 8]


def test_a_section_that_something_refers_to_relative_to_the_place_stays_whole():
    part = strings(b"same\0same\0")
    code = section(".text", words(5))
    made = unit(
        "a.o",
        code,
        part,
        symbols=(function("_start"),),
        relocations=(Relocation(".text", 0, REL32, part.name),),
    )
    image = link([made], layout())
    assert next(one for one in image.sections if one.name == ".rodata").data == b"same\0same\0"
