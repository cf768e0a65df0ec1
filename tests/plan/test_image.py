"""The whole plan of the shipped boards, and of boards that have no right image.

``HYPGEN_UPDATE_GOLDEN=1 pytest tests/plan/test_image.py`` writes the golden files anew; read their
difference before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.errors import InputError
from hypgen.plan.image import plan_image
from hypgen.plan.layout import section_rows
from hypgen.plan.options import PlanOptions
from hypgen.plan.text import plan_text
from hypgen.units import PAGE_SIZE, PhysAddr, VirtAddr

GOLDEN = Path(__file__).with_name("golden")
BOARDS = ("keystone", "qemu-virt")


def with_image(board: Board, **changes: object) -> Board:
    return board.model_copy(update={"image": board.image.model_copy(update=changes)})


@pytest.mark.parametrize("name", BOARDS)
def test_the_plan_is_the_golden_one(name: str):
    text = plan_text(plan_image(load_board(name)))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("HYPGEN_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_firmware_enters_at_the_load_address_of_start():
    plan = plan_image(load_board("keystone"))
    assert plan.entry_symbol == "_start"
    assert plan.entry_address == 0x8020_0000
    assert plan.anchors["_start"] == 0xC020_0000


def test_httbr_is_the_true_physical_address_and_hvbar_the_load_address():
    plan = plan_image(load_board("keystone"))
    assert plan.registers["HTTBR"] == 0x8_0020_C000
    assert plan.registers["HVBAR.init"] == 0x8020_2000
    assert plan.registers["HVBAR.runtime"] == plan.anchors["hyp_vectors"] == 0xC020_3000


@pytest.mark.parametrize("name", BOARDS)
def test_the_mistake_of_2012_changes_nothing_in_the_plan_but_its_name(name: str):
    board = load_board(name)
    right, wrong = plan_image(board), plan_image(board, PlanOptions("virt_to_phys"))
    assert (right.sections, right.tables, right.registers, right.constants) == (
        wrong.sections,
        wrong.tables,
        wrong.registers,
        wrong.constants,
    )


@pytest.mark.parametrize("name", BOARDS)
def test_sections_follow_one_another_in_runs_of_one_permission(name: str):
    sections = plan_image(load_board(name)).sections
    permissions = [one.permission for one in sections]
    assert permissions == sorted(permissions, key=["rx", "r", "rw"].index)
    assert [one.nobits for one in sections] == sorted(one.nobits for one in sections)
    for one, following in pairwise(sections):
        assert one.virtual + one.budget == following.virtual
        assert one.virtual % PAGE_SIZE == 0


@pytest.mark.parametrize("name", BOARDS)
def test_every_cpu_has_a_stack_page_of_its_own(name: str):
    plan = plan_image(load_board(name))
    tops = [stack.top for stack in plan.stacks]
    assert len(set(tops)) == plan.board.cpus.count
    assert all(top % 8 == 0 for top in tops)
    assert all(
        plan.section(".hyp.stacks").span.start < top <= plan.section(".hyp.stacks").span.end for top in tops
    )


@pytest.mark.parametrize("name", BOARDS)
def test_the_probe_address_is_not_mapped(name: str):
    plan = plan_image(load_board(name))
    assert not any(plan.unmapped_virtual in one.virtual for one in plan.tables.mappings)


def test_hyp_init_has_one_page():
    (idmap,) = [row for row in section_rows(4) if row.name == ".idmap.text"]
    assert idmap.budget == PAGE_SIZE


def test_an_image_beyond_the_end_of_the_alias_is_refused_naming_the_first_section():
    keystone = load_board("keystone")
    region = keystone.region(keystone.image.memory)
    assert region.alias is not None
    short = region.model_copy(update={"alias": region.alias.model_copy(update={"size": 0x20_2000})})
    board = keystone.model_copy(update={"memory": (short,)})
    with pytest.raises(InputError) as caught:
        plan_image(board)
    assert str(caught.value) == (
        f"{board.locate('image.offset')}: error[PLAN-002]: section .idmap.text (hyp-init and teardown, VA = "
        "PA) at PA [0x0800202000..0x0800203000) is needed with the MMU off, but the alias at 0x80000000 of "
        f"memory '{region.name}' shows only [0x0800000000..0x0800202000) (use a smaller image.offset)"
    )


def test_an_image_that_does_not_fit_is_refused():
    board = load_board("qemu-virt")
    size = board.region(board.image.memory).size
    moved = with_image(board, offset=size - PAGE_SIZE)
    with pytest.raises(InputError) as caught:
        plan_image(moved)
    total = sum(row.budget for row in section_rows(board.cpus.count))
    assert str(caught.value) == (
        f"{board.locate('image.offset')}: error[PLAN-003]: the image needs {total:#x} bytes from offset "
        f"{size - PAGE_SIZE:#x}, but memory '{board.image.memory}' has {size:#x} bytes below "
        f"{VirtAddr(board.image.virtual_base + size)} (use a smaller image.offset)"
    )


def test_runtime_addresses_equal_to_load_addresses_are_refused_with_the_reason():
    board = load_board("qemu-virt")
    region = board.region(board.image.memory)
    flat = with_image(board, virtual_base=VirtAddr(region.physical - PAGE_SIZE))
    with pytest.raises(InputError, match=r"PLAN-005\]: \.idmap\.text must be mapped at VA = PA, but"):
        plan_image(flat, PlanOptions(init_style="idmap"))


def test_a_uart_above_4_gib_is_refused():
    board = load_board("qemu-virt")
    far = board.model_copy(
        update={"console": board.console.model_copy(update={"physical": PhysAddr(0x9_0000_0000)})}
    )
    with pytest.raises(InputError) as caught:
        plan_image(far)
    assert str(caught.value) == (
        f"{board.locate('console.physical')}: error[PLAN-009]: the UART at PA 0x0900000000 is above 4 GiB, "
        "but messages are needed with the MMU off"
    )


def test_tables_that_outgrow_their_section_are_refused(monkeypatch: pytest.MonkeyPatch):
    board = load_board("qemu-virt")
    small = tuple(
        replace(row, budget=PAGE_SIZE) if row.name == ".hyp.tables" else row for row in section_rows(1)
    )
    monkeypatch.setattr("hypgen.plan.image.section_rows", lambda cpus, room: small)
    with pytest.raises(InputError) as caught:
        plan_image(board)
    assert str(caught.value) == (
        f"{board.locate('image')}: error[PLAN-008]: the translation tables need 6 pages, the layout has 1"
    )
