"""Hints and barriers reach the system; memory hints do nothing."""

from __future__ import annotations

import pytest

from tests.emulator.execute.harness import Bench


@pytest.mark.parametrize("name", ["YIELD", "WFE", "WFI", "SEV", "DBG"])
def test_hints_are_told_to_the_system_by_name(name):
    assert Bench().run(name).system.asked == [(name.lower(),)]


@pytest.mark.parametrize("name", ["DMB", "DSB", "ISB"])
def test_barriers_are_told_with_their_option(name):
    assert Bench().run(name, option=0xB).system.asked == [(name.lower(), 0xB)]


def test_clrex_clears_the_monitor():
    bench = Bench()
    bench.system.monitor = 0, 4
    assert bench.run("CLREX").system.monitor is None


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("NOP", {}),
        ("Unallocated hint", {"hint": 0x55}),
        ("PLD, PLDW (immediate)", {"Rn": 1, "R": 1}),
        ("PLD (literal)", {}),
        ("PLD, PLDW (register)", {"Rn": 1, "R": 1}),
        ("PLI (immediate, literal)", {}),
        ("PLI (register)", {}),
    ],
)
def test_hints_without_effect_touch_nothing(name, fields):
    bench = Bench(r1=3)
    before = (list(bench.r[:15]), bench.cpu.cpsr())
    bench.run(name, **fields)
    assert ((bench.r[:15], bench.cpu.cpsr()), bench.system.asked, bench.memory.accesses) == (before, [], [])
