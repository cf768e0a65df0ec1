"""``hypgen symbolize``: what the addresses in a console text are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hypgen.machine.machine import Machine
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from tests import images
from tests.cli.conftest import Hypgen


@pytest.fixture
def dead(tmp_path: Path) -> Path:
    """An image whose Hyp mode dies, and beside it what it printed."""
    made = compile_image(images.board("keystone"), options=PlanOptions(scenario="fatal-data"), embed=False)
    machine = Machine(images.board("keystone"), mode="functional")
    machine.load(made.elf)
    machine.run()
    (tmp_path / "console.txt").write_bytes(machine.console.encode())
    (tmp_path / "k.elf").write_bytes(made.elf)
    return tmp_path / "k.elf"


def test_the_last_words_of_hyp_mode_get_symbols_and_source_lines(hypgen: Hypgen, dead: Path) -> None:
    result = hypgen("symbolize", dead, "console.txt")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[-6] == "cpu0 hyp: fatal: Data Abort in Hyp mode"
    assert re.search(r" ELR_hyp 0x[0-9a-f]{8} <hyp_last_words\+0x4 \S*fatal\.S:\d+>", lines[-5])
    assert re.search(r" fault address 0x[0-9a-f]{8} <hyp_vectors \S*runtime\.S:\d+>", lines[-4])
    assert re.search(r" LR 0x[0-9a-f]{8} <hyp_trap_call\+0x[0-9a-f]+ \S*runtime\.S:\d+>", lines[-4])
    assert re.search(r" SP_hyp 0x[0-9a-f]{8} <hyp_stacks\+0x[0-9a-f]+> ", lines[-4])
    assert " r4 0x44440004 r5 0x55550005" in lines[-2]


def test_a_file_that_cannot_be_read_is_a_located_error(hypgen: Hypgen, dead: Path) -> None:
    result = hypgen("symbolize", dead, "nothing.txt")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("nothing.txt: error[RUN-008]: cannot read: No such file")


def test_a_file_that_is_no_image_is_a_located_error(hypgen: Hypgen, dead: Path) -> None:
    result = hypgen("symbolize", "console.txt", "console.txt")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("console.txt: error[ELF-001]: ")
