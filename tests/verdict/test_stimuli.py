"""What comes from outside an image, and what becomes of the image when it does not come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hypgen.arch.exceptions import Vector
from hypgen.machine.machine import Machine, StopReason
from hypgen.pipeline.building import compile_image
from hypgen.plan.scenarios import Stimulus, load_scenario
from hypgen.verdict.check import Outcome
from hypgen.verdict.observation import observe
from hypgen.verdict.stimuli import Stimuli
from hypgen.verdict.verdict import run_checks
from tests import images

LIMIT = 100_000


def fiqs(machine: Machine) -> int:
    return sum(one.slot == Vector.FIQ for one in machine.exceptions)


def test_the_line_is_driven_from_the_symbol_on_until_the_fiq_is_taken() -> None:
    machine = Machine(images.board("keystone"), mode="functional")
    machine.load(images.compiled("keystone").elf)
    stopped = Stimuli(machine, load_scenario("lifecycle")).run(LIMIT)
    assert (stopped.stop.kind, fiqs(machine)) == ("loop", 2)
    assert stopped.instructions == machine.scheduler.executed()


def test_an_image_for_which_nobody_sends_an_fiq_says_so_and_goes_on() -> None:
    machine = Machine(images.board("keystone"), mode="functional")
    image = machine.load(images.compiled("keystone").elf)
    stop = machine.run().stop
    assert image.symbolize(stop.pc) == "hypgen_done"
    assert fiqs(machine) == 0
    said = "cpu0   no FIQ came: nobody outside has sent one, and the GIC's are Secure software's"
    assert machine.console.splitlines().count(said) == 2


def test_a_symbol_that_the_image_does_not_have_is_no_stimulus() -> None:
    scenario = replace(load_scenario("lifecycle"), stimuli=(Stimulus("fiq", "nowhere"),))
    machine = Machine(images.board("keystone"), mode="functional")
    machine.load(images.compiled("keystone").elf)
    assert Stimuli(machine, scenario).run(LIMIT).stop.kind == "loop"
    assert fiqs(machine) == 0


@pytest.mark.parametrize(
    ("option", "complete"), [(0b1111, True), (0b0000, True), (0b1110, False), (0b0111, False)]
)
def test_only_dsb_sy_is_sure_to_complete_what_a_late_abort_is_of(option: int, complete: bool) -> None:
    scenario = replace(load_scenario("lifecycle"), stimuli=(Stimulus("late-abort", "hyp_init"),))
    machine = Machine(images.board("keystone"), mode="functional")
    image = machine.load(images.compiled("keystone").elf)
    stimuli, system = Stimuli(machine, scenario), machine.cpus[0].system
    assert stimuli.apply(StopReason("until", "", image.symbols["hyp_init"].address))
    for kind, how in (("isb", 0b1111), ("dsb", option)):
        system.barrier(kind, how)
        assert not system.interrupts.anything
    system.barrier("isb", 0b1111)
    assert system.interrupts.anything is complete


def test_a_board_without_an_interrupt_controller_does_not_run_the_interrupts() -> None:
    board = images.board("keystone").model_copy(update={"gic": None})
    elf = compile_image(board, embed=False).elf
    scenario = load_scenario("lifecycle")
    seen = observe(board, elf, "none", scenario=scenario, unknown_seed=1, complement=False)
    not_pass = {one.name: one for one in run_checks(seen) if one.outcome is not Outcome.PASS}
    assert set(not_pass) == {"slot.18", "slot.1c"}
    for one in not_pass.values():
        assert one.reason == "no interrupt arrives: the board file has no interrupt controller"
