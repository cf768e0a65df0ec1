"""What changes Hyp tables at run time: room for tables, and descriptors that tell what was mapped when."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.plan import descriptors, runtime_maps
from hypgen.plan.image import ImagePlan, plan_image
from hypgen.plan.options import PlanOptions
from hypgen.units import BLOCK_SIZE, GIB, PAGE_SIZE, PhysAddr

BOARDS = ("keystone", "qemu-virt", "vexpress-tc2", "rpi2")


def planned(board: str) -> ImagePlan:
    return plan_image(load_board(board), PlanOptions(scenario="map-runtime"))


@pytest.mark.parametrize("board", BOARDS)
def test_tables_and_pool_are_written_in_hyp_mode_at_their_own_va(board: str) -> None:
    plan = planned(board)
    for name in (".hyp.tables", ".hyp.pool"):
        section = plan.section(name)
        assert section.permission == "rw"
        found = [one for one in plan.tables.mappings if section.virtual in one.virtual]
        assert [(one.permission, one.shift) for one in found] == [("rw", section.physical - section.virtual)]


@pytest.mark.parametrize("board", BOARDS)
def test_the_pages_to_be_lent_and_the_places_to_map_them_are_not_mapped_yet(board: str) -> None:
    plan = planned(board)
    spare = plan.section(".host.pages")
    assert spare.budget == runtime_maps.SPARE_PAGES * PAGE_SIZE
    near, far = plan.constants["NEAR_VA"], plan.constants["FAR_VA"]
    for address in (spare.virtual, near, far):
        assert not [one for one in plan.tables.mappings if address in one.virtual]
    tables = [(one.level, int(one.virtual.start)) for one in plan.tables.tables]
    assert (2, near - near % GIB) in tables
    assert (3, near - near % BLOCK_SIZE) not in tables
    assert (2, far) not in tables


def test_what_is_mapped_at_run_time_differs_from_what_is_built_in_a_bit_of_software_s_own() -> None:
    constants = {name: value for name, (value, _) in runtime_maps.constants().items()}
    for kind in ("rx", "r", "rw", "device"):
        made = constants[f"MAP_{kind.upper()}_HIGH"] << 32 | constants[f"MAP_{kind.upper()}_LOW"]
        assert made ^ descriptors.leaf(PhysAddr(0), kind, 3) == 1 << 55
    assert constants["CHANGEABLE_HIGH"] == 1 << 23


def test_refusals_are_linux_s_error_numbers() -> None:
    values = [runtime_maps.constants()[f"HYP_MAP_{name}"][0] for name in ("INVALID", "NO_TABLE", "IN_USE")]
    assert [value - (1 << 32) for value in values] == [-22, -12, -16]
