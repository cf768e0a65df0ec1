"""Litmus tests of several CPUs: each with its barriers and without one, in several schedules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hypgen.selftest.bench import Setting, assembled, prepared, start_another, symbols

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    (Path(__file__).parent / "cpus" / "smp.yaml").read_text()
)
START = "ldr r10, =DATA \n mov r1, #1 \n"
LIMIT = 4000
SCHEDULES = [(1, range(32, 512)), (2, range(1, 16)), (3, range(8, 128))]
"""Seeds and lengths of turns, as an audit tries them."""
FURTHER = ["OTHER", "CODE2"]
"""The pages of the third and fourth CPU's code."""


def rows() -> Iterator[Any]:
    for case in CASES:
        for number, row in enumerate(case["rows"]):
            yield pytest.param(case, row, id=f"{case['name']}-{number}")


def findings(codes: list[str], *, mmu: bool) -> list[str]:
    """The rules that are told of in any of the schedules, each once for an instruction."""
    found: dict[tuple[str, int], str] = {}
    setting = Setting(mmu=mmu, second=codes[1])
    for seed, turns in SCHEDULES:
        machine = prepared(codes[0], setting)
        for index, (code, page) in enumerate(zip(codes[2:], FURTHER, strict=False), 2):
            machine.memory.write(symbols(machine.board)[page], assembled(code, machine.board)[0])
            start_another(machine, setting, index, page)
        machine.scheduler.reseed(seed)
        machine.scheduler.turns = turns
        machine.run(limit=LIMIT)
        for one in machine.findings:
            if one.rule not in {rule for rule, _ in found}:
                found[one.rule, one.pc] = one.rule
    return sorted(found.values())


@pytest.mark.parametrize(("case", "row"), list(rows()))
def test_what_lacks_an_order_is_told_and_nothing_else(case: dict[str, Any], row: dict[str, Any]):
    places = {str(number): text for number, text in enumerate(row["places"], 1)}
    codes = [
        START + re.sub(r"\{(\d)\}", lambda found: places[found[1]], code) + "\n" for code in case["cpus"]
    ]
    assert findings(codes, mmu=case.get("mmu", True)) == row["reports"]
