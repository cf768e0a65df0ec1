"""The host part's own tables: where a kernel's first tables point, and what its move takes."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.plan.host import PlannedHost
from hypgen.plan.image import ImagePlan, plan_image
from hypgen.plan.options import PlanOptions
from hypgen.units import PAGE_SIZE

BOARDS = ("keystone", "qemu-virt", "vexpress-tc2", "rpi2")
ADDRESS = 0xFF_FFFF_F000


def planned(board: str) -> tuple[ImagePlan, PlannedHost]:
    plan = plan_image(load_board(board), PlanOptions(scenario="host-mmu"))
    assert plan.host is not None
    return plan, plan.host


def translate(host: PlannedHost, address: int) -> int | None:
    """The level 3 descriptor that translates a VA, found through the tables' bytes."""
    table, data = int(host.tables.root), host.tables.data
    for shift, bits in ((30, 2), (21, 9), (12, 9)):
        index = address >> shift & (1 << bits) - 1
        at = table - int(host.tables.root) + 8 * index
        descriptor = int.from_bytes(data[at : at + 8], "little")
        if not descriptor & 1:
            return None
        table = descriptor & ADDRESS
    return descriptor


@pytest.mark.parametrize("board", BOARDS)
def test_every_section_is_mapped_to_where_it_was_loaded(board: str) -> None:
    plan, host = planned(board)
    for one in plan.sections:
        for offset in range(0, one.budget, PAGE_SIZE):
            leaf = translate(host, one.virtual + offset)
            assert leaf is not None
            assert leaf & ADDRESS == one.load + offset


@pytest.mark.parametrize("board", BOARDS)
def test_user_mode_has_nothing_and_only_text_is_executed(board: str) -> None:
    plan, host = planned(board)
    for one in plan.sections:
        leaf = translate(host, one.virtual)
        assert leaf is not None
        assert not leaf >> 6 & 1  # AP[1]
        assert (leaf >> 7 & 1) == (one.permission != "rw")  # AP[2]
        assert (leaf >> 54 & 1) == (one.permission != "rx")  # XN


@pytest.mark.parametrize("board", BOARDS)
def test_the_identity_page_has_va_and_address_alike_and_its_descriptor_is_known(board: str) -> None:
    plan, host = planned(board)
    page = plan.section(".host.idmap")
    leaf = translate(host, page.load)
    assert leaf is not None
    assert leaf & ADDRESS == page.load
    at = host.identity - plan.section(".host.tables").virtual
    assert int.from_bytes(host.tables.data[at : at + 8], "little") == leaf


def test_only_keystone_moves_and_by_the_distance_of_its_windows() -> None:
    assert {board for board in BOARDS if planned(board)[1].moves} == {"keystone"}
    constants = planned("keystone")[0].constants
    assert (constants["WINDOW_DISTANCE_HIGH"], constants["WINDOW_DISTANCE_LOW"]) == (7, 0x8000_0000)
    assert (constants["HOST_ROOT_HIGH"], constants["HOST_ROOT_LOW"] >> 20) == (8, 0x002)


@pytest.mark.parametrize(
    ("board", "pages"),
    [
        ("keystone", []),  # by SMC
        ("qemu-virt", []),  # by PSCI
        ("vexpress-tc2", [0x1C01_0000, 0x2C00_1000]),  # SYS_FLAGS, and GICD_SGIR that wakes
        ("rpi2", [0x4000_0000]),  # mailboxes
    ],
)
def test_what_starts_other_cpus_is_mapped_as_device_memory(board: str, pages: list[int]) -> None:
    _, host = planned(board)
    assert sorted(host.devices) == pages
    for page, virtual in host.devices.items():
        leaf = translate(host, virtual)
        assert leaf is not None
        assert leaf & ADDRESS == page
        assert leaf >> 2 & 7 == 1  # AttrIndx
        assert host.device(page + 0x30) == virtual + 0x30


def test_a_plan_without_it_has_no_tables_of_the_host_part() -> None:
    plan = plan_image(load_board("keystone"))
    assert plan.host is None
    assert "HOST_ROOT_LOW" not in plan.constants
