"""What takes part in a link: library members, COMDAT groups, common symbols, collection, attributes."""

from dataclasses import replace

import pytest

from hypgen.elf.attributes import ATTRIBUTES
from hypgen.elf.lief import write_object
from hypgen.elf.model import Binding, Group, ObjectFile, Relocation, SectionFlag, SectionType, Symbol
from hypgen.errors import InputError
from hypgen.link.codes import CODES
from hypgen.link.inputs import read_inputs
from hypgen.link.layout import Bound
from hypgen.link.linker import link
from hypgen.units import VirtAddr
from tests.elf.build import CODE, CONSTANT, DATA, section, words
from tests.elf.test_archive import MAGIC, member
from tests.link.layouts import PLACES, function, layout, place, unit, wanted

NOP = 0xE320_F000
BL = 0xEBFF_FFFE


def calling(name: str, *called: str, symbol: str = "_start") -> ObjectFile:
    return unit(
        name,
        section(".text", words(*[BL] * len(called) or [NOP])),
        symbols=(function(symbol), *(wanted(one) for one in called)),
        relocations=tuple(Relocation(".text", 4 * at, 28, one) for at, one in enumerate(called)),
    )


def library(**members: ObjectFile) -> bytes:
    return MAGIC + b"".join(member(f"{name}.o/", write_object(one)) for name, one in members.items())


def names(files) -> list[str]:
    return [one.name for one in read_inputs(files, ["_start"])]


def test_of_a_library_only_what_is_needed_is_taken_wherever_it_stands():
    lib = library(
        unused=calling("unused.o", symbol="unused"),
        first=calling("first.o", "second", symbol="first"),
        second=calling("second.o", symbol="second"),
    )
    main = write_object(calling("main.o", "first"))

    assert names([("main.o", main), ("lib.a", lib)]) == ["main.o", "lib.a(first.o)", "lib.a(second.o)"]
    assert names([("lib.a", lib), ("main.o", main)]) == ["lib.a(first.o)", "lib.a(second.o)", "main.o"]


def test_the_entry_may_be_in_a_library():
    assert names([("lib.a", library(start=calling("start.o")))]) == ["lib.a(start.o)"]


def test_a_weak_reference_takes_nothing_from_a_library():
    main = unit(
        "main.o", section(".text", words(NOP)), symbols=(function("_start"), wanted("f", Binding.WEAK))
    )
    lib = library(f=calling("f.o", symbol="f"))

    assert names([("main.o", write_object(main)), ("lib.a", lib)]) == ["main.o"]


def test_libraries_that_need_each_other_are_gone_through_again():
    one = library(a=calling("a.o", "b", symbol="a"), c=calling("c.o", symbol="c"))
    two = library(b=calling("b.o", "c", symbol="b"))
    main = write_object(calling("main.o", "a"))

    assert names([("1.a", one), ("2.a", two), ("main.o", main)]) == [
        "1.a(a.o)",
        "1.a(c.o)",
        "2.a(b.o)",
        "main.o",
    ]


def grouped(name: str, value: int) -> ObjectFile:
    once = section(".text.once", words(value), CODE | SectionFlag.GROUP)
    made = unit(
        name,
        section(".text", words(BL)),
        once,
        symbols=(
            Symbol("inline", ".text.once", 0, binding=Binding.WEAK),
            Symbol("secret", ".text.once", 0),
            *([function("_start")] if value == 1 else []),
        ),
        relocations=(Relocation(".text", 0, 28, "inline"),),
    )
    return replace(made, groups=[Group("inline", (".text.once",))])


def test_of_groups_with_one_signature_the_first_counts():
    image = link([grouped("a.o", 1), grouped("b.o", 2)], layout())

    assert image.sections[0].data == words(0xEBFF_FFFF, 1, 0xEBFF_FFFD)
    assert [one.name for one in image.symbols].count("secret") == 1


def test_an_object_with_a_group_reads_back_as_it_was_written():
    from hypgen.elf.lief import read_object

    made = read_object(write_object(grouped("a.o", 1)), "a.o")

    assert made.groups == [Group("inline", (".text.once",))]
    assert read_object(write_object(made), "a.o") == made


def common(name: str, size: int, align: int, *others: Symbol) -> ObjectFile:
    return unit(name, symbols=(Symbol("shared", "*COM*", align, size, binding=Binding.GLOBAL), *others))


def test_common_symbols_become_one_as_large_and_aligned_as_the_greatest():
    start = unit("start.o", section(".text", words(NOP)), symbols=(function("_start"),))
    image = link([start, common("a.o", 4, 16), common("b.o", 24, 4)], layout())

    shared = image.symbol("shared")
    assert (shared.value, shared.size, shared.section) == (0xC000_C000, 24, ".bss")
    assert [(one.size, one.align) for one in image.sections if one.name == ".bss"] == [(24, 16)]


def test_a_definition_takes_precedence_over_common_symbols():
    start = unit(
        "start.o",
        section(".text", words(NOP)),
        section(".data", words(1), DATA),
        symbols=(function("_start"), Symbol("shared", ".data", 0, 4, binding=Binding.GLOBAL)),
    )
    image = link([start, common("a.o", 400, 16)], layout())

    assert (image.symbol("shared").size, image.symbol("shared").section) == (4, ".data")


def collected(*units: ObjectFile, **more: object):
    image = link(units, layout(*PLACES, place(".tables", 0x5000, "r"), collect=True, **more))
    return {piece.section for piece in image.pieces}


def part(name: str, *calls: str) -> ObjectFile:
    """A unit with a function in a section of its own."""
    made = calling(f"{name}.o", *calls, symbol=name)
    text = made.sections.pop(".text")
    key = f".text.{name}"
    made.sections[key] = replace(text, name=key)
    made.symbols = [replace(one, section=key) if one.section == ".text" else one for one in made.symbols]
    made.relocations = [replace(one, section=key) for one in made.relocations]
    return made


def test_what_nothing_refers_to_is_left_out():
    units = part("_start", "a"), part("a", "b"), part("b"), part("c", "d"), part("d")

    assert collected(*units) == {".text._start", ".text.a", ".text.b"}


def test_undefined_names_in_what_is_left_out_are_no_error():
    assert collected(part("_start"), part("c", "nowhere")) == {".text._start"}


def test_what_the_layout_keeps_stays_with_what_it_refers_to():
    units = part("_start"), part("c", "d"), part("d")

    assert collected(*units, keep=(".text.c*",)) == {".text._start", ".text.c", ".text.d"}


@pytest.mark.parametrize(
    "kept",
    [
        section(".tables", words(1), CONSTANT | SectionFlag.GNU_RETAIN),
        replace(section(".tables", words(1), CONSTANT), type=SectionType.INIT_ARRAY),
    ],
    ids=["retained", "run by start-up code"],
)
def test_what_is_found_without_a_name_stays(kept):
    assert collected(part("_start"), unit("b.o", kept)) == {".text._start", ".tables"}


def test_an_unwind_table_lives_with_its_code():
    def with_table(made: ObjectFile) -> ObjectFile:
        (key,) = made.sections
        table = replace(section(f".tables.{made.name}", words(1, 1), CONSTANT), follows=key)
        made.sections[table.name] = table
        return made

    units = with_table(part("_start", "a")), with_table(part("a")), with_table(part("c"))

    assert collected(*units) == {".text._start", ".text.a", ".tables._start.o", ".tables.a.o"}


def test_unwind_tables_stand_in_the_order_of_their_code():
    first, second = part("_start"), part("a")
    for number, made in enumerate((first, second)):
        (key,) = made.sections
        made.sections[".tables"] = replace(section(".tables", words(number), CONSTANT), follows=key)
    places = (replace(PLACES[0], inputs=(".text.a", ".text.*")), place(".tables", 0x5000, "r"))

    image = link([first, second], layout(*places))

    assert image.symbol("a").value < image.symbol("_start").value
    assert image.sections[1].data == words(1, 0)


def test_constructors_stand_in_the_order_of_their_priority():
    def entry(name: str, value: int):
        return replace(section(name, words(value), DATA), type=SectionType.INIT_ARRAY)

    rows = entry(".data.init", 9), entry(".data.init.00200", 2), entry(".data.init.00101", 1)
    start = unit("start.o", section(".text", words(NOP)), *rows, symbols=(function("_start"),))

    assert link([start], layout()).sections[1].data == words(1, 2, 9)


def test_patterns_choose_inputs_in_their_order_and_discarded_ones_are_gone():
    places = (
        replace(PLACES[0], inputs=(".vectors", ".text", ".text.*")),
        place(".data", 0x3000, "rw"),
    )
    more = unit("b.o", section(".vectors", words(7)), section(".comment", words(8), CONSTANT))

    image = link([part("_start"), more], layout(*places, discard=(".comment",)))

    assert image.sections[0].data == words(7, NOP)


def test_bounds_are_the_addresses_of_their_sections():
    start = unit("start.o", section(".text", words(NOP)), symbols=(function("_start"),))
    bounds = {
        "begin": Bound(".text", "start"),
        "finish": Bound(".text", "end"),
        "from": Bound(".text", "load"),
        "none": Bound(".bss", "end"),
    }

    image = link([start], layout(bounds=bounds))

    assert [image.symbol(name).value for name in bounds] == [
        0xC000_8000,
        0xC000_8004,
        0x8000_8000,
        0xC000_C000,
    ]


def test_an_alignment_that_no_place_has_takes_no_memory():
    huge = unit("b.o", section(".text", words(1), align=1 << 31))

    with pytest.raises(InputError) as caught:
        link([calling("a.o"), huge], layout())

    codes = [one.code for one in caught.value.diagnostics]
    assert codes == ["LINK-005", "LINK-013", "LINK-013"]


def test_a_branch_that_cannot_change_state_goes_through_a_veneer():
    def thumb(name):
        return unit(name, section(".text", b"\x70\x47\0\0"), symbols=(function("t", thumb=True),))

    start = unit(
        "start.o",
        section(".text", words(0xEAFF_FFFE, 0x1AFF_FFFE)),
        symbols=(function("_start"), wanted("t")),
        relocations=(Relocation(".text", 0, 29, "t"), Relocation(".text", 4, 29, "t")),
    )
    image = link([start, thumb("t.o")], layout())

    veneer = image.symbol("__t_from_arm")
    assert veneer.value == 0xC000_800C
    assert image.sections[0].data[:8] == words(0xEA00_0001, 0x1A00_0000)
    assert next(one for one in image.pieces if one.unit == "linker veneers").virtual == VirtAddr(0xC000_800C)


def test_a_function_out_of_reach_is_reached_through_a_veneer():
    far = unit("b.o", section(".far", words(NOP)), symbols=(function("far", ".far"),))

    image = link([calling("a.o", "far"), far], layout(PLACES[0], place(".far", 0x300_0000)))

    assert image.sections[0].data[:4] == words(0xEBFF_FFFF)
    assert image.sections[0].data[4:] == words(0xE30F_CFEC, 0xE340_C2FF, 0xE08C_C00F, 0xE12F_FF1C)


def test_attributes_of_all_units_are_joined():
    start = unit("start.o", section(".text", words(NOP)), symbols=(function("_start"),))
    modest = replace(unit("b.o"), attributes=((6, 4), (7, ord("A")), (10, 3), (28, 3)))

    joined = dict(link([start, modest], layout()).attributes)

    assert joined == {**dict(ATTRIBUTES), 10: 3, 28: 3}


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        (((23, 3), (28, 1)), ((23, 3), (28, 2)), "Tag_ABI_VFP_args is 2 here and 1 in start.o"),
        (((7, ord("A")),), ((7, ord("M")),), "Tag_CPU_arch_profile is M here and A in start.o"),
    ],
)
def test_units_that_cannot_run_together_are_refused(one, other, sentence):
    start = replace(
        unit("start.o", section(".text", words(NOP)), symbols=(function("_start"),)), attributes=one
    )

    with pytest.raises(InputError) as caught:
        link([start, replace(unit("b.o"), attributes=other)], layout())

    assert str(caught.value) == (
        f"b.o: error[LINK-016]: {sentence}: they cannot run together "
        "(compile both with the same -march, -mfloat-abi and -mfpu)\n"
        "  start.o: note: the other one is here"
    )
    assert "LINK-016" in CODES
