"""Boot code in the styles of the field, whole and with one step missing: what the step is for is found."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.verdict.audit import Audit, audit
from hypgen.verdict.contract import EntryContract, load_contract
from hypgen.verdict.exploring import Bound
from tests.oracle import tool

HERE = Path(__file__).parent / "variants"
EXPECTED = YAML(typ="safe", pure=True).load((HERE / "expected.yaml").read_text())
DATA = 0x4002_0000
CASES = [(name, number) for name, one in EXPECTED.items() for number in (0, *one["steps"])]


def build(name: str, drop: int, directory: Path) -> bytes:
    """The ELF file of a sequence without its step number ``drop``; of the whole sequence for 0."""
    made, linked = directory / f"{name}.o", directory / f"{name}.elf"
    big = EXPECTED[name].get("endian") == "big"
    order = ["-mbig-endian"] if big else []
    command = [
        tool("arm-none-eabi-as"),
        "-g",
        *order,
        "--defsym",
        f"DROP={drop}",
        "-o",
        str(made),
        f"{name}.S",
    ]
    subprocess.run(command, cwd=HERE, check=True)
    places = ["-Ttext=0x40010000", f"-Tdata={DATA:#x}", "-e", "_start"]
    order = ["-EB", "--be8"] if big else []
    linker = [tool("arm-none-eabi-ld"), "--no-warn-rwx-segments", *order, *places]
    subprocess.run([*linker, "-o", str(linked), str(made)], check=True, capture_output=True)
    return linked.read_bytes()


@cache
def board() -> Board:
    return load_board("qemu-virt")


def audited(name: str, drop: int, directory: Path, explore: Bound | None = None) -> Audit:
    one = EXPECTED[name]
    terms = EntryContract(
        mode=one.get("mode"), tlb="unknown", caches=one.get("caches", "clean"), cpus=one.get("cpus")
    )
    if "contract" in one:
        terms = load_contract(HERE / one["contract"])
    return audit(
        board(), build(name, drop, directory), f"{name}.elf", terms, limit=1_000_000, explore=explore
    )


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "drop"), CASES)
def test_exactly_what_a_step_is_for_is_reported_without_it(name: str, drop: int, tmp_path: Path):
    made = audited(name, drop, tmp_path)
    expected = EXPECTED[name]["steps"][drop]["reports"] if drop else []
    assert [one.rule for one in made.findings] == expected
    copied = range(DATA, DATA + 0x1_0000)
    assert all((one.location is None) is (one.pc in copied) for one in made.findings if one.fix)
    if not made.findings:
        assert made.stop.kind in ("loop", "wfi")
        assert not made.failed()


@pytest.mark.parametrize("name", EXPECTED)
def test_each_step_is_judged_and_has_its_reason(name: str):
    source = (HERE / f"{name}.S").read_text()
    numbers = {int(one) for one in re.findall(r"\b(?:(?:step|only|slot)|DROP [=!]=) (\d+)", source)}
    assert numbers == set(EXPECTED[name]["steps"])
    assert all(len(one["reason"]) > 20 for one in EXPECTED[name]["steps"].values())


def test_there_are_enough_of_them_and_each_is_used():
    assert {path.stem for path in HERE.glob("*.S")} == set(EXPECTED)
    steps = [one for name in EXPECTED.values() for one in name["steps"].values()]
    assert sum(bool(one["reports"]) for one in steps) >= 30
    assert sum(not one["reports"] for one in steps) >= 9
