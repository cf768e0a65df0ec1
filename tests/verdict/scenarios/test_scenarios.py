"""Every scenario on every board: verified, without a finding; and what may not be run is listed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.pipeline.verifying import verify_scenarios
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import scenario_names
from hypgen.verdict.check import Outcome
from hypgen.verdict.scenarios import checks_of
from hypgen.verdict.verdict import SCHEDULES

BOARDS = ("keystone", "qemu-virt", "vexpress-tc2", "rpi2")
FAST = {
    *(("keystone", name) for name in ("lifecycle", "undo-mode", "world-gich")),
    ("vexpress-tc2", "undo-vectors"),
    ("rpi2", "hvc-hypervisors"),
    ("qemu-virt", "fatal-trap"),
}
"""What is run in every test run; the others are for `make check`."""
NOT_RUN_ON: dict[str, set[tuple[str, str]]] = {board: set() for board in BOARDS} | {
    "qemu-virt": {("cpus-pen", "cpus-pen"), ("cpus-spin-table", "cpus-spin-table")},
    "rpi2": {("world-gich", "world-gich")},
}
"""What a board does not run: (scenario, check), and a whole scenario by its own name. Nothing else may."""


@pytest.mark.parametrize("name", scenario_names())
def test_every_row_has_its_checks(name: str) -> None:
    assert checks_of(name)


@pytest.mark.parametrize(
    ("board", "name"),
    [
        pytest.param(board, name, marks=() if (board, name) in FAST else pytest.mark.slow)
        for board in BOARDS
        for name in scenario_names()
    ],
)
def test_a_scenario_passes_with_no_finding(board: str, name: str) -> None:
    (verdict,) = verify_scenarios(board, name)
    assert {one.name: one.reason for one in verdict.checks if one.outcome is Outcome.FAIL} == {}
    assert list(verdict.findings) == []
    for complement in (False, True) if verdict.runs else ():
        runs = [one for one in verdict.runs if one.complement == complement]
        assert len({one.schedule_seed for one in runs}) == SCHEDULES or not runs[0].scheduled
    not_run = {(name, one.name) for one in verdict.checks if one.outcome is Outcome.NOT_RUN}
    assert not_run == {one for one in NOT_RUN_ON[board] if one[0] == name}


@pytest.mark.slow
@pytest.mark.parametrize("form", [{"isa": "thumb"}, {"endian": "big"}])
def test_what_is_set_up_is_used_in_images_of_every_form(form: dict[str, Any]) -> None:
    (verdict,) = verify_scenarios("rpi2", "uses", options=PlanOptions(**form))
    assert [one.name for one in verdict.checks if one.outcome is not Outcome.PASS] == []
    assert list(verdict.findings) == []


def test_an_interface_of_ones_own_is_answered() -> None:
    own = Path(__file__).parents[3] / "examples" / "hvc-own"
    (verdict,) = verify_scenarios("keystone", "hvc-acme", templates=own)
    assert [one.name for one in verdict.checks if one.outcome is not Outcome.PASS] == []
    assert list(verdict.findings) == []


def verified(board: Board, name: str) -> None:
    (verdict,) = verify_scenarios(board, name)
    assert {one.name: one.reason for one in verdict.checks if one.outcome is not Outcome.PASS} == {}
    assert list(verdict.findings) == []


@pytest.mark.slow
@pytest.mark.parametrize("board", ["keystone", "vexpress-tc2"])
@pytest.mark.parametrize("name", ["lifecycle", "host-mmu", "map-runtime", "style-fault"])
def test_an_image_that_is_linked_where_it_is_loaded(board: str, name: str) -> None:
    """VA = load address everywhere, so that the identity page's mapping is that of its section."""
    loaded = load_board(board)
    image = loaded.image.model_copy(update={"virtual_base": 0x8000_0000})
    verified(loaded.model_copy(update={"image": image}), name)


@pytest.mark.parametrize("name", ["way-svc", "way-secure"])
def test_a_scenario_of_another_way_in_on_a_board_whose_firmware_leaves_its_mmu_on(name: str) -> None:
    loaded = load_board("vexpress-tc2")
    entry = loaded.entry.model_copy(update={"hyp_mmu": True, "tlb": "clean"})
    verified(loaded.model_copy(update={"entry": entry}), name)
