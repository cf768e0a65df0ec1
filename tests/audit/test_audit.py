"""Boot sequences of the field, assembled by GNU as: exactly what the manual requires is found."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hypgen.board.load import load_board
from hypgen.board.model import Board
from hypgen.verdict.audit import Audit, audit
from hypgen.verdict.contract import EntryContract
from tests.oracle import tool

HERE = Path(__file__).parent
EXPECTED = YAML(typ="safe", pure=True).load((HERE / "expected.yaml").read_text())
CASES = [(name, repaired) for name in EXPECTED for repaired in (False, True)]


def build(name: str, repaired: bool, directory: Path) -> bytes:
    """The ELF file that GNU as and ld make of a sequence, with its line table."""
    made, linked = directory / f"{name}.o", directory / f"{name}.elf"
    define = ["--defsym", "REPAIRED=1"] if repaired else []
    command = [tool("arm-none-eabi-as"), "-g", "-I", str(HERE), *define, "-o", str(made), f"{name}.S"]
    subprocess.run(command, cwd=HERE, check=True, capture_output=True)
    places = ["-Ttext=0x40010000", "-Tdata=0x40020000", "-e", "_start"]
    linker = [tool("arm-none-eabi-ld"), "--no-warn-rwx-segments", *places]
    subprocess.run([*linker, "-o", str(linked), str(made)], check=True, capture_output=True)
    return linked.read_bytes()


@cache
def board() -> Board:
    return load_board("qemu-virt")


def audited(name: str, repaired: bool, directory: Path) -> Audit:
    mode = EXPECTED[name].get("mode", "hyp")
    terms = EntryContract(mode=mode, tlb="unknown", caches="clean")
    return audit(board(), build(name, repaired, directory), f"{name}.elf", terms)


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "repaired"), CASES)
def test_exactly_what_the_manual_requires_is_reported(name: str, repaired: bool, tmp_path: Path):
    made = audited(name, repaired, tmp_path)
    assert made.stop.kind == "loop"
    assert made.reached
    expected = [] if repaired else EXPECTED[name]["findings"]
    lines = (HERE / f"{name}.S").read_text().splitlines()
    said = []
    for one in made.findings:
        assert one.location is not None
        assert one.location.file == f"{name}.S"
        statement = lines[one.location.line - 1].partition("@")[0]
        text = statement.partition(":")[2] or statement
        said.append((one.rule, " ".join(text.split())))
    assert said == [(one["rule"], one["at"]) for one in expected]


def test_every_expectation_has_its_reason():
    for name, one in EXPECTED.items():
        assert (HERE / f"{name}.S").exists()
        assert one["repair"]
        assert all(len(finding["reason"]) > 40 for finding in one["findings"])
