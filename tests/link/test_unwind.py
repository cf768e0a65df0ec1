"""The index of unwind tables: every piece of code is covered, and nothing is said twice in a row."""

from struct import iter_unpack

from hypgen.elf.model import Image, Relocation, Section, SectionFlag, SectionType
from hypgen.link.linker import link
from tests.elf.build import CONSTANT, section, words
from tests.link.layouts import function, layout, unit

PREL31 = 42
INLINE, OTHER_INLINE, CANTUNWIND = 0x80B0_B0B0, 0x80A8_B0B0, 1


def index_of(key: str, *seconds: int) -> Section:
    made = section(
        f".rodata.index{key}",
        words(*(one for second in seconds for one in (0, second))),
        CONSTANT | SectionFlag.LINK_ORDER,
        follows=key,
    )
    made.type = SectionType.ARM_EXIDX
    return made


def code(key: str, size: int, *seconds: int):
    """A unit with code and, if ``seconds`` are given, an index entry for each of its words."""
    sections = [section(key, words(*[0xE320_F000] * (size // 4)))]
    relocations = []
    if seconds:
        index = index_of(key, *seconds)
        for number in range(len(seconds)):
            index.data[8 * number : 8 * number + 4] = words(4 * number)
            relocations.append(Relocation(index.name, 8 * number, PREL31, key))
        sections.append(index)
    return unit(f"{key}.o", *sections, relocations=relocations)


def entries(image: Image) -> list[tuple[int, int]]:
    """(Offset of the code, second word) of each entry."""
    table = next(one for one in image.sections if one.name == ".rodata")
    text = image.sections[0].virtual
    found = []
    for number, (first, second) in enumerate(iter_unpack("<II", table.data)):
        offset = first - (1 << 31) if first & 1 << 30 else first
        found.append((table.virtual + 8 * number + offset - text, second))
    return found


def linked(*units) -> Image:
    start = unit("start.o", section(".text.0", words(0)), symbols=(function("_start", ".text.0"),))
    return link([start, *units], layout())


def test_code_without_an_entry_gets_one_that_ends_unwinding():
    image = linked(code(".text.1", 8, INLINE), code(".text.2", 4), code(".text.3", 4, OTHER_INLINE))
    assert entries(image) == [(4, INLINE), (12, CANTUNWIND), (16, OTHER_INLINE), (20, CANTUNWIND)]


def test_an_entry_like_the_one_before_it_is_left_out():
    image = linked(
        code(".text.1", 8, INLINE, INLINE), code(".text.2", 4, INLINE), code(".text.3", 8, CANTUNWIND)
    )
    assert entries(image) == [(4, INLINE), (16, CANTUNWIND)]


def test_entries_with_tables_are_never_joined():
    image = linked(code(".text.1", 8, 0x40, 0x40))
    assert entries(image) == [(4, 0x40), (8, 0x40), (12, CANTUNWIND)]


def test_an_image_without_an_index_gets_none():
    assert [one.name for one in linked(code(".text.1", 8)).sections] == [".text"]
