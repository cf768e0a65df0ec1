from dataclasses import replace

import pytest

from hypgen.elf.model import Binding, Mapping, Relocation, SectionFlag, SectionType, Symbol, Visibility
from hypgen.errors import InputError, Location
from hypgen.link.codes import CODES
from hypgen.link.linker import link
from tests.elf.build import CODE, CONSTANT, DATA, section, words
from tests.link.layouts import PLACES, function, layout, place, unit, wanted

NOP = 0xE320_F000
START = unit("start.o", section(".text", words(NOP)), symbols=(function("_start"),))


def refusal(*objects, layout=None) -> str:
    from tests.link.layouts import layout as usual

    with pytest.raises(InputError) as caught:
        link(objects, layout or usual())
    assert {one.code for one in caught.value.diagnostics} <= set(CODES)
    return str(caught.value)


def sections_of(image):
    return {one.name: one for one in image.sections}


def test_sections_of_one_name_follow_each_other_in_unit_order_at_their_alignment():
    second = unit("b.o", section(".text", words(2, 3), align=16))
    third = unit("c.o", section(".text", b"\x04", align=1))

    text = sections_of(link([START, second, third], layout()))[".text"]

    assert text.data == words(NOP, 0, 0, 0, 2, 3) + b"\x04"
    assert (text.virtual, text.load, text.align) == (0xC000_8000, 0x8000_8000, 16)


def test_a_section_goes_to_the_longest_dotted_beginning_of_its_name():
    more = unit("b.o", section(".text.cold.rare", words(7)), section(".rodata.str1.4", b"abcd", CONSTANT))

    image = link([START, more], layout(*PLACES, place(".text.cold", 0x5000)))

    assert sections_of(image)[".text.cold"].data == words(7)
    assert sections_of(image)[".rodata"].data == b"abcd"


def test_what_is_not_loaded_is_left_out():
    comment = unit("b.o", section(".comment", b"made by", SectionFlag(0)))

    assert [one.name for one in link([START, comment], layout()).sections] == [".text"]


def test_the_entry_is_the_load_address_of_its_symbol_or_the_virtual_one():
    assert link([START], layout()).entry == 0x8000_8000
    assert link([START], layout(entry_address="virtual")).entry == 0xC000_8000


def test_one_segment_for_each_permission_with_zeroed_memory_at_the_end_of_the_last():
    more = unit(
        "b.o",
        section(".vectors", words(1)),
        section(".rodata", b"abcd", CONSTANT),
        section(".data", b"abcd", DATA),
        section(".bss", 64, DATA),
    )
    image = link([START, more], layout())

    assert [(one.sections, one.flags) for one in image.segments] == [
        ((".text", ".vectors"), 5),
        ((".rodata",), 4),
        ((".data", ".bss"), 6),
    ]
    assert sections_of(image)[".bss"].type is SectionType.NOBITS


def test_zeroed_memory_among_data_becomes_zeros():
    zeros = unit("b.o", section(".data", 4, DATA))
    data = unit("c.o", section(".data", b"abcd", DATA))

    assert sections_of(link([START, zeros, data], layout()))[".data"].data == b"\0\0\0\0abcd"


@pytest.mark.parametrize(
    "moved",
    [
        replace(place(".vectors", 0x1000), load=place(".vectors", 0x3000).load),
        place(".vectors", 0x10_0000),
    ],
    ids=["another distance to the load address", "far away"],
)
def test_a_section_that_does_not_continue_the_last_one_gets_its_own_segment(moved):
    more = unit("b.o", section(".vectors", words(1)))

    image = link([START, more], layout(PLACES[0], moved))

    assert [one.sections for one in image.segments] == [(".text",), (".vectors",)]


def test_references_join_units_and_stay_apart_where_names_are_local():
    def made(name, *, calls):
        code = section(".text", words(NOP, 0xEBFF_FFFE))
        symbols = (Symbol("helper", ".text", 0), *([function("_start")] if name == "a.o" else []), *calls[1:])
        return unit(name, code, symbols=symbols, relocations=(Relocation(".text", 4, 28, calls[0]),))

    image = link([made("a.o", calls=["helper"]), made("b.o", calls=["helper"])], layout())

    assert sections_of(image)[".text"].data == words(NOP, 0xEBFF_FFFD, NOP, 0xEBFF_FFFD)


def test_a_strong_definition_wins_over_weak_ones_and_the_first_weak_one_over_the_next():
    def weak(name, value):
        return Symbol(name, ".text", value, binding=Binding.WEAK)

    one = unit("a.o", section(".text", words(1, 2)), symbols=(weak("x", 4), weak("y", 4), function("_start")))
    two = unit("b.o", section(".text", words(3)), symbols=(function("x"), weak("y", 0)))

    image = link([one, two], layout())

    assert (image.symbol("x").value, image.symbol("x").binding) == (0xC000_8008, Binding.GLOBAL)
    assert (image.symbol("y").value, image.symbol("y").binding) == (0xC000_8004, Binding.WEAK)


def test_an_undefined_weak_symbol_is_address_0():
    data = unit(
        "b.o",
        section(".data", words(8), DATA),
        symbols=(wanted("nobody", Binding.WEAK),),
        relocations=(Relocation(".data", 0, 2, "nobody"),),
    )

    assert sections_of(link([START, data], layout()))[".data"].data == words(8)


def test_hidden_symbols_join_units_but_are_local_in_the_image():
    made = unit("b.o", section(".text", words(5)), symbols=(function("f", visibility=Visibility.HIDDEN),))
    user = unit(
        "c.o",
        section(".data", words(0), DATA),
        symbols=(wanted("f"),),
        relocations=(Relocation(".data", 0, 2, "f"),),
    )

    image = link([START, made, user], layout())

    assert sections_of(image)[".data"].data == words(0xC000_8004)
    assert image.symbol("f").binding is Binding.LOCAL


def test_absolute_symbols_of_the_layout_are_used_and_listed():
    user = unit(
        "b.o",
        section(".data", words(1), DATA),
        symbols=(wanted("uart"),),
        relocations=(Relocation(".data", 0, 2, "uart"),),
    )

    image = link([START, user], layout(absolute={"uart": 0x0253_0C00}))

    assert sections_of(image)[".data"].data == words(0x0253_0C01)
    assert (image.symbol("uart").value, image.symbol("uart").section) == (0x0253_0C00, None)


def test_assembler_local_and_section_names_stay_out_of_the_image():
    made = unit(
        "b.o",
        section(".data", words(0), DATA),
        symbols=(Symbol(".Lpool", ".data"), Symbol("kept", ".data")),
        relocations=(Relocation(".data", 0, 2, ".data"),),
    )

    image = link([START, made], layout())

    assert [one.name for one in image.symbols] == ["kept", "_start"]


def test_mapping_lines_and_pieces_follow_their_sections():
    line = Location("boot.S.j2", 7)
    made = unit(
        "b.o",
        section(
            ".text",
            words(0, 5),
            mapping=[(0, Mapping.ARM), (4, Mapping.DATA)],
            lines=[(4, line)],
        ),
    )

    image = link([START, made], layout())

    assert image.mapping == ((0xC000_8004, Mapping.ARM), (0xC000_8008, Mapping.DATA))
    assert image.lines == ((0xC000_8008, line),)
    assert [(one.unit, one.virtual, one.size) for one in image.pieces] == [
        ("start.o", 0xC000_8000, 4),
        ("b.o", 0xC000_8004, 8),
    ]


def test_the_bounds_of_a_section_are_the_layout_s_to_give():
    made = unit(
        "b.o",
        section(".data", words(0), DATA),
        symbols=(wanted("__stop_table"),),
        relocations=(Relocation(".data", 0, 2, "__stop_table"),),
    )
    assert refusal(START, made) == (
        "b.o(.data+0x0): error[LINK-001]: symbol __stop_table is used here but no unit defines it "
        "(the layout must say which section's: symbols: {__stop_table: {end: table}})"
    )


def test_every_use_of_an_undefined_symbol_is_told_with_the_nearest_name():
    made = unit(
        "b.o",
        section(".text", words(0xEBFF_FFFE, 0xEBFF_FFFE)),
        symbols=(function("uart_print"), wanted("uart_prnt"), wanted("xyzzy")),
        relocations=(
            Relocation(".text", 0, 28, "uart_prnt", Location("boot.S", 3)),
            Relocation(".text", 4, 28, "uart_prnt", Location("boot.S", 9)),
            Relocation(".text", 4, 28, "xyzzy", Location("boot.S", 9)),
        ),
    )

    assert refusal(START, made) == (
        "boot.S:3: error[LINK-001]: symbol uart_prnt is used here but no unit defines it "
        "(did you mean uart_print?)\n"
        "  boot.S:9: note: also used here\n"
        "boot.S:9: error[LINK-001]: symbol xyzzy is used here but no unit defines it "
        "(define it, or declare it .weak to get address 0)"
    )


def test_a_reference_in_a_foreign_object_is_told_by_section_and_offset():
    foreign = unit(
        "c.o",
        section(".text", words(NOP, 0xEBFF_FFFE)),
        symbols=(wanted("xyzzy"),),
        relocations=(Relocation(".text", 4, 28, "xyzzy", Location("c.o")),),
    )

    assert refusal(START, foreign) == (
        "c.o(.text+0x4): error[LINK-001]: symbol xyzzy is used here but no unit defines it "
        "(define it, or declare it .weak to get address 0)"
    )


def test_every_definition_of_a_duplicate_symbol_is_told():
    twice = unit("b.o", section(".text", words(1)), symbols=(function("_start", line=40),))

    assert refusal(START, twice, layout=layout(absolute={"_start": 4})) == (
        "boot.S:40: error[LINK-002]: symbol _start is defined 3 times "
        "(rename one, or make it local or weak)\n"
        "  the layout: note: also defined here\n"
        "  boot.S:1: note: also defined here"
    )


def test_a_range_error_names_the_place_of_the_reference():
    label = Symbol("label", ".text", 0, binding=Binding.GLOBAL)  # no function, so no veneer
    near = replace(START, symbols=[*START.symbols, label])
    far = unit(
        "b.o",
        section(".far", words(0xEBFF_FFFE), align=4),
        symbols=(wanted("label"),),
        relocations=(Relocation(".far", 0, 28, "label"),),
    )

    assert refusal(near, far, layout=layout(PLACES[0], place(".far", 0x300_0000))) == (
        "b.o(.far+0x0): error[LINK-003]: R_ARM_CALL holds -0x2000000 to 0x1fffffc, label is -0x3000008 away "
        "(go through a register, or move the two closer)"
    )


def test_a_section_over_its_budget_is_told_with_both_sizes_and_its_parts():
    one = unit("a.o", section(".data", bytes(0x900), DATA, lines=[(0, Location("a.S", 4))]))
    two = unit("b.o", section(".data", bytes(0x900), DATA, lines=[(0, Location("b.S", 5))]))

    assert refusal(START, one, two) == (
        "b.S:5: error[LINK-005]: section .data needs 0x1200 bytes, its budget is 0x1000: 0x200 too many "
        "(raise the budget, or move something to another section)\n"
        "  a.S:4: note: 0x900 bytes of a.o at offset 0x0\n"
        "  b.S:5: note: 0x900 bytes of b.o at offset 0x900"
    )


def test_a_section_that_fills_its_budget_fits():
    full = unit("a.o", section(".data", bytes(0x1000), DATA))

    assert sections_of(link([START, full], layout()))[".data"].size == 0x1000


def test_a_section_without_a_place_is_refused():
    stray = unit("b.o", section(".init", words(1), lines=[(0, Location("b.S", 2))]))

    assert refusal(START, stray) == (
        "b.S:2: error[LINK-006]: section .init (4 bytes) has no place in the layout, which places "
        ".text, .vectors, .rodata, .data, .bss (use one of these sections, give this one a place, or "
        "discard it)"
    )


def test_an_empty_section_needs_no_place():
    empty = unit("b.o", section(".init", b""))

    assert [one.name for one in link([START, empty], layout()).sections] == [".text"]


def test_places_that_overlap_are_refused_with_both_ranges():
    tight = layout(place(".text", 0), place(".data", 0xFFC, "rw"))

    assert refusal(START, layout=tight) == (
        "error[LINK-007]: sections .text and .data overlap in the layout: "
        "virtual [0xc0008000..0xc0009000) and [0xc0008ffc..0xc0009ffc) (move one or lower a budget)\n"
        "error[LINK-007]: sections .text and .data overlap in the layout: "
        "load [0x80008000..0x80009000) and [0x80008ffc..0x80009ffc) (move one or lower a budget)"
    )


def test_a_place_beyond_32_bits_or_given_twice_is_refused():
    high = layout(place(".text", 0, budget=0x1000), place(".text", 0x3FFF_7000, budget=0x2000))

    assert refusal(START, layout=high) == (
        "error[LINK-007]: the layout gives section .text two places, [0xc0008000..0xc0009000) and "
        "[0xfffff000..0x100001000) (remove one)\n"
        "error[LINK-007]: section .text at virtual [0xfffff000..0x100001000) ends beyond the 32-bit address "
        "space (move it down or lower its budget)"
    )


@pytest.mark.parametrize(
    ("name", "flags", "sentence"),
    [
        (".rodata", DATA, "section .rodata is to be written, but .rodata is placed in memory that is r"),
        (".data", CODE, "section .data is to be executed, but .data is placed in memory that is rw"),
        (
            ".rodata",
            CODE | DATA,
            "section .rodata is to be written and executed, but .rodata is placed in memory that is r",
        ),
    ],
)
def test_a_section_in_memory_that_forbids_its_use_is_refused(name, flags, sentence):
    wrong = unit("b.o", section(name, words(1), flags))

    assert refusal(START, wrong) == (
        f"b.o: error[LINK-008]: {sentence} (correct the section's flags, or put it elsewhere)"
    )


def test_an_entry_symbol_that_nobody_defines_is_refused():
    other = unit("b.o", section(".text", words(1)), symbols=(function("start"),))

    assert refusal(other) == (
        "error[LINK-011]: no unit defines the entry symbol _start (did you mean start?)"
    )


def test_an_entry_symbol_that_is_local_is_refused():
    local = unit(
        "b.o",
        section(".text", words(1)),
        symbols=(Symbol("_start", ".text", location=Location("boot.S", 5)),),
    )

    assert refusal(local) == (
        "boot.S:5: error[LINK-011]: the entry symbol _start is local (declare it: .global _start)"
    )


def test_a_place_that_is_less_aligned_than_its_section_is_refused():
    strict = unit("b.o", section(".text", words(1), align=0x10000, lines=[(0, Location("b.S", 2))]))

    assert refusal(START, strict, layout=layout(place(".text", 0, budget=0x20000))) == (
        "b.S:2: error[LINK-013]: section .text wants alignment 0x10000, but .text is placed at "
        "virtual address 0xc0008000 (align the place, or ask for less)\n"
        "b.S:2: error[LINK-013]: section .text wants alignment 0x10000, but .text is placed at "
        "load address 0x80008000 (align the place, or ask for less)"
    )


def test_objects_of_two_byte_orders_are_refused():
    big = replace(unit("big.o", section(".data", words(1), DATA)), big_endian=True)
    assert refusal(START, big) == (
        "big.o: error[LINK-019]: its data are big-endian, not as in start.o (compile both for the same byte "
        "order)"
    )


def test_a_big_endian_datum_is_relocated_in_its_order():
    code = section(".text", words(NOP, 0x1000), mapping=[(0, Mapping.ARM), (4, Mapping.DATA)])
    code.data[4:8] = (0x1000).to_bytes(4, "big")
    start = unit(
        "start.o", code, symbols=(function("_start"),), relocations=(Relocation(".text", 4, 2, "_start"),)
    )
    image = link([replace(start, big_endian=True)], layout())
    assert image.big_endian
    assert sections_of(image)[".text"].data == words(NOP) + (0xC000_9000).to_bytes(4, "big")
