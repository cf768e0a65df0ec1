"""What an image with guests has besides: their sections, and memory of their own behind the same IPAs."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.plan.image import ImagePlan, plan_image
from hypgen.plan.options import PlanOptions

BOARDS = ("keystone", "qemu-virt", "vexpress-tc2", "rpi2")


def planned(board: str, scenario: str) -> ImagePlan:
    return plan_image(load_board(board), PlanOptions(scenario=scenario))


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("scenario", ["world-switch", "world-ipa40"])
def test_guests_have_memory_of_their_own_behind_the_same_ipas(board: str, scenario: str) -> None:
    plan = planned(board, scenario)
    assert plan.world is not None
    seen = set()
    for guest in plan.world.guests:
        assert guest.tables.root % guest.tables.format.root_alignment == 0
        section = plan.section(f".guest.{guest.name}")
        for one in guest.tables.mappings:
            if one.purpose == "GICV":
                assert plan.board.gic is not None
                assert one.physical == plan.board.gic.virtual_cpu
                continue
            assert section.physical <= one.physical < section.physical + section.budget
            seen.add((guest.number, one.physical))
        tables = plan.section(".world.tables")
        assert tables.physical <= guest.tables.root
        assert guest.tables.root + len(guest.tables.data) <= tables.physical + tables.budget
        assert guest.level3 in tables.span
    numbers = {number for number, _ in seen}
    assert numbers == {0, 1}
    assert len({physical for _, physical in seen}) == len(seen)


def test_only_the_image_with_guests_has_their_sections() -> None:
    with_guests = {one.name for one in planned("qemu-virt", "world-switch").sections}
    without = {one.name for one in planned("qemu-virt", "lifecycle").sections}
    assert with_guests - without == {
        ".world.text", ".world.rodata", ".world.data", ".world.tables", ".guest.arm", ".guest.thumb"
    }  # fmt: skip
