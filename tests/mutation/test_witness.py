"""Mutants in QEMU, and all mutants of a board: what needs other programs, or a while."""

from __future__ import annotations

import pytest

from hypgen.errors import InputError
from hypgen.mutation import images
from hypgen.mutation.campaign import run_campaign
from hypgen.mutation.images import Image
from hypgen.mutation.mutant import Mutant
from hypgen.mutation.table import summary, survivors
from hypgen.mutation.witness import Witness
from hypgen.plan.scenarios import load_scenario, scenario_names
from tests.oracle import tool

LIFECYCLE = Image("qemu-virt", "lifecycle")
CLASSES = {
    "hypgen/init.S | dsb nsh | removed": False,
    "hypgen/init.S | isb sy | removed": False,
    "hypgen/init.S | mcr p15, 4, r0, c8, c7, 0 | removed": False,
    "hypgen/table.inc | descriptor: rx | valid inverted": True,
}
"""Mutants by template, subject and change, and whether QEMU notices them: barriers it never does."""


def _named(mutant: Mutant) -> str:
    return " | ".join((mutant.place.partition(":")[0], mutant.subject, mutant.change))


@pytest.mark.oracle
def test_qemu_does_not_notice_what_it_forgives(oracle_counter):
    made = images.prepare(LIFECYCLE)
    witness = Witness(tool("qemu-system-arm"), made.subject)
    seen = {
        _named(mutant): witness.notices(mutant)
        for mutant in made.mutants.values()
        if mutant.kind < 3 and _named(mutant) in CLASSES
    }
    assert seen == CLASSES
    oracle_counter("qemu-mutants")(len(seen))


@pytest.mark.oracle
def test_a_board_without_a_machine_in_qemu_has_no_witness():
    made = images.prepare(Image("rpi2", "lifecycle"))
    mutant = next(one for one in made.mutants.values() if one.words)
    assert Witness(tool("qemu-system-arm"), made.subject).notices(mutant) is None


def test_a_program_that_is_not_there_is_an_input_error():
    made = images.prepare(LIFECYCLE)
    mutant = next(one for one in made.mutants.values() if one.words)
    with pytest.raises(InputError, match="cannot run nowhere/qemu"):
        Witness("nowhere/qemu", made.subject).notices(mutant)


def test_a_program_that_prints_nothing_is_no_witness():
    made = images.prepare(LIFECYCLE)
    mutant = next(one for one in made.mutants.values() if one.words)
    with pytest.raises(InputError, match=r"true -M virt.* prints nothing of the unmutated image"):
        Witness("true", made.subject).notices(mutant)


@pytest.mark.nightly
def test_no_mutant_of_the_shipped_templates_survives(tmp_path):
    """Merged over boards and scenarios; world-switches takes minutes for each, and adds one line."""
    wanted = [
        Image(board, name)
        for board in ("keystone", "qemu-virt", "rpi2", "vexpress-tc2")
        for name in scenario_names()
        if load_scenario(name).name != "world-switches"
    ]
    made = run_campaign(wanted, tmp_path / "state.jsonl", jobs=2, explored=True)
    assert not made.problems
    assert not survivors(made), summary(made)
