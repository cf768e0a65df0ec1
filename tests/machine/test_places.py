"""Which byte an address means, where virtual and load addresses of an image overlap."""

from __future__ import annotations

import pytest

from hypgen.errors import Location
from hypgen.machine.loader import LoadedImage, LoadedSegment, LoadedSymbol
from hypgen.machine.machine import Machine
from hypgen.machine.symbolizing import symbolized
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario
from hypgen.units import LoadAddr, VirtAddr
from tests import images


def image(virtual: int, load: int) -> LoadedImage:
    """Two functions of a page each."""
    segment = LoadedSegment(VirtAddr(virtual), LoadAddr(load), bytes(0x2000), 0x2000, True)
    symbols = {"low": LoadedSymbol(virtual, 0x1000), "high": LoadedSymbol(virtual + 0x1000, 0x1000)}
    lines = ((virtual, Location("a.S", 1)), (virtual + 0x1000, Location("a.S", 9)))
    return LoadedImage("image", load, (segment,), symbols, False, lines)


APART, SAME, SHIFTED = (
    image(0xC000_0000, 0x8000_0000),
    image(0x8000_0000, 0x8000_0000),
    image(0x8000_0000, 0x8000_1000),
)


def test_an_address_may_be_linked_or_loaded() -> None:
    assert APART.link_addresses(0xC000_0004) == (0xC000_0004,)
    assert APART.link_addresses(0x8000_0004) == (0xC000_0004,)
    assert SHIFTED.link_addresses(0x8000_1004) == (0x8000_1004, 0x8000_0004)
    assert APART.link_addresses(0x1000) == ()


@pytest.mark.parametrize(("one", "overlaps"), [(APART, False), (SAME, False), (SHIFTED, True)])
def test_an_image_overlaps_itself_if_an_address_means_two_bytes(one: LoadedImage, overlaps: bool) -> None:
    assert one.overlaps_itself == overlaps


def test_a_console_text_gets_symbols_and_lines_where_it_has_addresses() -> None:
    said = ["cpu0   ELR_hyp 0xc0001008 r0 0x00000010 LR 0x80000000", "0xc0000000 <low a.S:1> stays"]
    assert list(symbolized(said, APART)) == [
        "cpu0   ELR_hyp 0xc0001008 <high+0x8 a.S:9> r0 0x00000010 LR 0x80000000 <low a.S:1>",
        "0xc0000000 <low a.S:1> stays",
    ]


def test_a_word_that_can_be_either_gets_both() -> None:
    assert list(symbolized(["0x80001004"], SHIFTED)) == ["0x80001004 <high+0x4 a.S:9 or low+0x4 a.S:1>"]


def test_a_stop_is_placed_by_the_translation_that_the_instruction_was_fetched_through() -> None:
    board, name = images.board("keystone"), "style-trampoline"
    elf = compile_image(board, options=PlanOptions(scenario=name), embed=False).elf
    machine = Machine(load_scenario(name).on(board), mode="functional")
    loaded = machine.load(elf)
    assert loaded.overlaps_itself
    place = loaded.symbols["hyp_init"].address
    stop = machine.run(until=loaded.to_load(place)).stop
    assert loaded.symbolize(stop.pc) != "hyp_init"  # which is the VA of something else
    assert stop.place == place
    assert "(hyp_init)" in stop.sentence
    done = machine.run().stop
    assert loaded.symbolize(done.place) == "hypgen_done"


def test_a_stop_is_placed_in_an_image_that_does_not_overlap_itself() -> None:
    machine = Machine(images.board("keystone"), mode="functional")
    loaded = machine.load(images.compiled("keystone").elf)
    stop = machine.run().stop
    assert stop.place == loaded.symbols["hypgen_done"].address
    assert stop.pc == loaded.to_load(stop.place)
