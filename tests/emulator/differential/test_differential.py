"""Random instructions do in QEMU what they do here, in all modes and both instruction sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.arch.psr import Mode
from tests.emulator.differential import campaign, ours
from tests.emulator.differential.case import CODE_OFFSET, differences
from tests.emulator.differential.generate import ROWS, Generator
from tests.emulator.differential.values import ALIGNMENT

IN_CI = 100_000
IN_THE_NIGHT = 3_000_000
PARTS = 4
GENERATED = range(2, 4)
"""Parts whose cases the core executes by the functions that hot code gets, all of them at once."""


def compare(
    seed: int, instructions: int, directory: Path, count: Callable[[int], None], generated: bool
) -> None:
    """Compare so many instructions; the first differences, made small, are the test's failure."""
    for done, found in campaign.run(seed, instructions, directory, generated=generated):
        count(done)
        small = [str(campaign.shrink(one, directory)) for one in found[:3]]
        assert not found, f"{len(found)} cases differ from QEMU\n" + "\n".join(small)


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_random_instructions_leave_what_they_leave_in_qemu(part, tmp_path, oracle_counter):
    count = oracle_counter("qemu-differential")
    compare(1000 * part, IN_CI // PARTS, tmp_path, count, generated=part in GENERATED)


@pytest.mark.oracle
@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
def test_millions_of_random_instructions_leave_what_they_leave_in_qemu(part, tmp_path, oracle_counter):
    count = oracle_counter("qemu-differential")
    compare(1_000_000 * (part + 1), IN_THE_NIGHT // PARTS, tmp_path, count, generated=part in GENERATED)


@pytest.mark.slow
def test_cases_are_of_all_modes_and_states_and_of_nearly_every_row():
    generator = Generator(1)
    cases, outcomes = generator.cases(3000)
    modes = Counter(ours.mode_of(case) for case in cases)
    wanted = {f"{mode.name} {state}" for mode in Mode for state in ("A32", "T32")}
    wanted |= {f"Secure {name}" for name in wanted if not name.startswith("HYP")}
    assert set(modes) == wanted
    assert {outcome.raised.mode for outcome in outcomes} == set(Mode)
    drawn = {name for case in cases for name in case.names}
    assert len(drawn) > 0.95 * len({row.name for row in ROWS})


def test_the_same_seed_gives_the_same_cases():
    assert Generator(7).cases(20) == Generator(7).cases(20)
    assert Generator(7).cases(20) != Generator(8).cases(20)


def test_what_differs_is_named_with_both_values():
    (case,), (outcome,) = Generator(1).cases(1)
    other = replace(outcome, registers=outcome.registers | {"r3": outcome.registers["r3"] ^ 1})
    assert differences(outcome, outcome) == {}
    assert list(differences(outcome, other)) == ["r3"]
    told = str(campaign.Difference(case, outcome, differences(outcome, other)))
    assert told.splitlines()[-1].startswith("  r3: 0x")


@pytest.mark.oracle
def test_a_difference_is_not_made_small_to_one_that_the_list_has(tmp_path):
    (case,), (outcome,) = Generator(1, mmu=False).cases(1)
    unaligned = case.registers | {"r1": case.base + 0x101, "CPSR": 0x1D3, "PC": case.base + CODE_OFFSET}
    unaligned |= {f"SCTLR_{bank}": case.registers[f"SCTLR_{bank}"] & ~ALIGNMENT for bank in ("S", "NS")}
    words = (0xE1A0_0000, 0xE591_2000)  # MOV r0, r0, and a load that QEMU makes
    code = tuple(word.to_bytes(4, "little") for word in words)
    listed = replace(
        case, registers=unaligned, instructions=code, names=("MOV (register)", "LDR (immediate)")
    )
    told = campaign.Difference(listed, outcome, {"r2": (0, 1)})
    assert campaign.shrink(told, tmp_path) == told
