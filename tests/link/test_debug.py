"""Debug sections of foreign objects: joined and relocated, never loaded."""

from dataclasses import replace

from hypgen.elf.model import Group, Image, Relocation, SectionFlag, Symbol
from hypgen.link.linker import link
from tests.elf.build import section, words
from tests.link.layouts import function, layout, unit, wanted

NOT_LOADED = SectionFlag(0)
ABS32 = 2


def described(name: str, *refers: str, symbols=(), **more):
    """A unit with code of its own and .debug_info that refers to names, and .debug_ranges the same."""
    info = section(".debug_info", words(*[8] * len(refers)), NOT_LOADED, align=1)
    ranges = section(".debug_ranges", words(*[0] * len(refers)), NOT_LOADED, align=1)
    code = section(f".text.{name}", words(0, 0, 0))
    relocations = [
        Relocation(part.name, 4 * row, ABS32, one)
        for part in (info, ranges)
        for row, one in enumerate(refers)
    ]
    return unit(
        f"{name}.o",
        code,
        info,
        ranges,
        symbols=(function(name, code.name), *symbols),
        relocations=relocations,
        **more,
    )


def debug(image: Image, name: str = ".debug_info") -> list[int]:
    data = next(one.data for one in image.debug if one.name == name)
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


def test_sections_of_one_name_follow_each_other_and_count_from_their_start():
    image = link(
        [described("_start", ".text._start", ".debug_info"), described("b", ".text.b", ".debug_info")],
        layout(),
    )
    assert debug(image) == [0xC000_8008, 8, 0xC000_8014, 16]


def test_what_is_left_out_has_address_0_and_ends_no_list():
    second = described("b", ".text.b", symbols=(Symbol("local", ".text.b", 4),))
    other = section(".text.used", words(0))
    second = replace(
        second,
        sections={**second.sections, other.name: other},
        symbols=[*second.symbols, function("used", other.name)],
    )
    start = described("_start", ".text._start", symbols=(wanted("used"),))
    start.relocations.append(Relocation(".text._start", 0, ABS32, "used"))

    image = link([start, second], replace(layout(), collect=True))

    assert debug(image) == [0xC000_8008, 0]
    assert debug(image, ".debug_ranges") == [0xC000_8000, 1]


def test_a_unit_of_which_nothing_is_left_has_no_debug_information():
    image = link(
        [described("_start", ".text._start"), described("b", ".text.b")], replace(layout(), collect=True)
    )
    assert debug(image) == [0xC000_8008]


def test_a_group_that_is_left_out_is_described_by_the_kept_one():
    units = []
    for name in ("_start", "b"):
        macro = section(".debug_macro", words(1), NOT_LOADED, align=1)
        made = described(name, ".debug_macro")
        units.append(
            replace(made, sections={**made.sections, macro.name: macro}, groups=[Group("m", (macro.name,))])
        )
    image = link(units, layout())
    assert len(debug(image, ".debug_macro")) == 1
    assert debug(image) == [8, 8]


def test_debug_sections_are_in_the_file_and_in_no_segment():
    image = link([described("_start", ".text._start")], layout())
    assert [one.name for one in image.debug] == [".debug_info", ".debug_ranges"]
    assert [one.name for one in image.sections] == [".text"]
