"""The images with guests in QEMU: every line of the console is there, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from tests.qemu import console

pytestmark = pytest.mark.oracle
SCENARIOS = ("world-switch", "world-ipa40", "world-gich", "world-switches")


@pytest.mark.parametrize("name", SCENARIOS)
def test_guests_print_the_same_in_qemu(
    name: str, tmp_path: Path, oracle_counter: Callable[[str], Callable[[int], None]]
) -> None:
    board = load_board("qemu-virt")
    made = compile_image(board, options=PlanOptions(scenario=name), embed=False)
    machine = Machine(board, mode="functional")
    machine.load(made.elf)
    assert machine.run().stop.kind == "power-off"
    image = tmp_path / "image.elf"
    image.write_bytes(made.elf)
    lines = console(image).decode().splitlines()
    assert lines == machine.console.splitlines()
    assert sum("as expected" in one for one in lines) > 8
    oracle_counter("qemu-guests")(len(lines))
