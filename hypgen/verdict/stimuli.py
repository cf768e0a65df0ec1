"""Running an image while somebody outside does what the scenario's row says (docs/scenarios.md)."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.machine import Machine, RunResult
from hypgen.plan.scenarios import Scenario


def run(machine: Machine, scenario: Scenario, limit: int) -> RunResult:
    """Run until the image stops by itself, ``limit`` instructions at most, with the scenario's stimuli."""
    image, controller = machine.image, machine.bus.controller
    present = [one for one in scenario.stimuli if image is not None and one.at in image.symbols]
    if not present or not isinstance(controller, Gic):
        return machine.run(limit=limit)
    for cpu in machine.cpus:
        machine.on_exception.append(_Withdrawal(controller, cpu.index))
    places = [one.at for one in present]
    result = machine.run(limit, until=places)
    executed = result.instructions
    while result.stop.kind == "until":
        controller.legacy_fiq(result.stop.cpu)(True)
        result = machine.run(limit - executed, until=places)
        executed += result.instructions
    return result._replace(instructions=executed)


class _Withdrawal:
    """Takes the line back when its CPU has taken the FIQ."""

    def __init__(self, controller: Gic, cpu: int) -> None:
        self._drive = controller.legacy_fiq(cpu)
        self._cpu = cpu

    def __call__(self, taken: ExceptionTaken) -> None:
        if taken.cpu == self._cpu and taken.slot == Vector.FIQ:
            self._drive(False)
