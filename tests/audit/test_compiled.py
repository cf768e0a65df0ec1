"""Compiled C whose CPUs share memory, whole and without one step: what the step is for is found, once."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.verdict.audit import audit
from hypgen.verdict.contract import EntryContract
from tests.oracle import tool

HERE = Path(__file__).parent / "compiled"
EXPECTED = YAML(typ="safe", pure=True).load((HERE / "expected.yaml").read_text())
SEQUENCES = EXPECTED["sequences"]
CASES = [
    (name, number, options)
    for name, one in SEQUENCES.items()
    for number in (0, *one["steps"])
    for options in EXPECTED["options"]
]


def build(name: str, drop: int, options: str, directory: Path) -> bytes:
    """The ELF file of a sequence without its step ``drop``; of the whole sequence for 0."""
    linked = directory / f"{name}.elf"
    machine = ["-mcpu=cortex-a15", "-ffreestanding", "-nostdlib", "-static", "-g", *options.split()]
    places = ["-Wl,-Ttext=0x40010000", "-Wl,-Tdata=0x40020000", "-Wl,-e,_start", "-Wl,--no-warn-rwx-segments"]
    command = [tool("arm-none-eabi-gcc"), *machine, f"-DDROP={drop}", *places, "-o", str(linked), f"{name}.c"]
    subprocess.run(command, cwd=HERE, check=True)
    return linked.read_bytes()


@cache
def board() -> Board:
    return load_board("qemu-virt")


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "drop", "options"), CASES)
def test_exactly_what_a_step_is_for_is_reported_without_it(
    name: str, drop: int, options: str, tmp_path: Path
):
    one = SEQUENCES[name]
    terms = EntryContract(mode="hyp", tlb="unknown", caches="clean", cpus=one["cpus"])
    made = audit(board(), build(name, drop, options, tmp_path), f"{name}.elf", terms, limit=200_000)
    expected = one["steps"][drop]["reports"] if drop else []
    assert [finding.rule for finding in made.findings] == expected
    if not drop:
        assert made.stop.kind == "wfi"
        assert not made.failed(werror=True)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [2, 5, 9])
@pytest.mark.parametrize("name", ["online", "signals", "ipi"])
def test_a_race_is_found_whatever_the_schedule(name: str, seed: int, tmp_path: Path):
    one = SEQUENCES[name]
    terms = EntryContract(mode="hyp", tlb="unknown", caches="clean", cpus=one["cpus"])
    data = build(name, 1, "-O2 -marm", tmp_path)
    made = audit(board(), data, f"{name}.elf", terms, limit=200_000, schedule_seed=seed)
    assert [finding.rule for finding in made.findings] == one["steps"][1]["reports"]


def test_each_sequence_is_judged_and_has_its_reasons():
    assert {path.stem for path in HERE.glob("*.c")} == set(SEQUENCES)
    assert all(len(step["reason"]) > 20 for one in SEQUENCES.values() for step in one["steps"].values())
