"""The move to the true window and the change of live tables, in a wrong order or with a piece left out.

The strict machine says which rule is broken. A mutant is one change of one template, on Keystone II.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from hypgen import resources
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario
from hypgen.verdict.observation import Observation, observe
from tests import images

pytestmark = pytest.mark.slow


class Mutant(NamedTuple):
    """In ``template`` the piece ``old`` is replaced by ``new``, or the line that has it is left out, and then
    these rules are broken."""

    scenario: str
    template: str
    old: str
    rules: tuple[str, ...]
    new: str | None = None


def move(old: str, *rules: str, new: str | None = None) -> Mutant:
    return Mutant("host-mmu", "host_mmu.S", old, rules, new)


def tables(old: str, *rules: str, new: str | None = None) -> Mutant:
    return Mutant("map-runtime", "map.S", old, rules, new)


OFF = """        ldr     r12, =SCTLR_OFF
        {{ write("SCTLR", "r12") }}
        isb                                     @ from here on nothing is translated, and no data is cached
"""
BREAK = """        strd    r0, r1, [r9]
        dsb     ishst                           @ no walk finds the old descriptor any more
        lsl     r0, r4, #PAGE_SHIFT
        {{ operate("TLBIMVAHIS", "r0") }}
        dsb     ish                             @ and no CPU's TLB has it
"""
REPLACED = ("TLB-004", "TLB-005")
NOT_COMPLETE = ("TLB-002", "TLB-004", "WALK-001")
MUTANTS = {
    "the alias is not cleaned": move('{{ written("DCCMVAC") }}', "CACHE-002", "CACHE-005", new=""),
    "stale lines are not invalidated": move('{{ written("DCIMVAC") }}', "CACHE-003", "CACHE-005", new=""),
    "the TLB keeps what it has of the alias": move('operate("TLBIALL")', "TLB-001", "TLB-004"),
    "its invalidation is not completed": move("@ and what host_move cleaned", *NOT_COMPLETE),
    "no ISB after the MMU went off": move("@ from here on nothing is translated", "CTX-002", "TLB-004"),
    "no ISB after the MMU came on": move("@ from here on the MMU translates", "CTX-001"),
    "a live descriptor is replaced at once": tables(BREAK, *REPLACED, new=""),
    "no DSB before the invalidation": tables("@ no walk finds the old descriptor", *REPLACED),
    "no DSB after it": tables("@ and no CPU's TLB has it", "TLB-005"),
    "unmapping forgets the other CPU's TLB": tables(
        'operate("TLBIMVAHIS", "r0", note', *REPLACED, new='operate("TLBIMVAH", "r0", note'
    ),
    "no ISB at the end": tables("@ also for what comes next on this CPU", "WALK-003"),
    "tables change without the lock's DMB": tables("@ what the lock guards comes after it", "SMP-001"),
}


def run(mutant: Mutant, directory: Path) -> Observation:
    text = (resources.directories("templates")[0] / mutant.template).read_text()
    assert text.count(mutant.old) == 1
    if mutant.new is None:
        changed = "".join(line for line in text.splitlines(keepends=True) if mutant.old not in line)
    else:
        changed = text.replace(mutant.old, mutant.new)
    directory.joinpath(mutant.template).write_text(changed)
    board, scenario = images.board("keystone"), load_scenario(mutant.scenario)
    options = PlanOptions(scenario=mutant.scenario)
    elf = compile_image(board, options=options, embed=False, templates=directory).elf
    return observe(board, elf, "mutant", scenario=scenario, unknown_seed=1, complement=False)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_piece_left_out_is_found(mutant: Mutant, tmp_path: Path) -> None:
    assert {one.rule for one in run(mutant, tmp_path).findings} == {*mutant.rules}


def test_tables_that_are_moved_under_the_mmu_end_the_run(tmp_path: Path) -> None:
    """Re-pointed before the MMU is off: the tables lie at load addresses that the tables do not map."""
    seen = run(move(OFF, new=""), tmp_path)
    assert seen.stop.sentence.startswith("branch to itself at ")
    assert "cpu0 unexpected exception in the host part" in seen.console


def test_a_root_cut_to_32_bits_names_no_memory(tmp_path: Path) -> None:
    whole = "ldr     r3, =HOST_ROOT_HIGH\n        b       host_mmu_on"
    seen = run(move(whole, new="mov     r3, #0\n        b       host_mmu_on"), tmp_path)
    assert "for ever: no memory at 0x0000215018" in seen.stop.sentence
