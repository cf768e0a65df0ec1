"""Running an image while somebody outside does what the scenario's row says (docs/scenarios.md)."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.machine import Machine, RunResult, StopReason
from hypgen.plan.scenarios import Scenario


class Stimuli:
    """What is done to a machine from outside while it runs the image of ``scenario``.

    ``places`` are the addresses at which something is done: whoever runs the machine stops there, and calls
    :meth:`apply`.
    """

    def __init__(self, machine: Machine, scenario: Scenario) -> None:
        self._machine = machine
        image, controller = machine.image, machine.bus.controller
        self._controller = controller if isinstance(controller, Gic) else None
        present = [one for one in scenario.stimuli if image is not None and one.at in image.symbols]
        if not present or self._controller is None or image is None:
            self.places: frozenset[int] = frozenset()
            return
        addresses = [image.symbols[one.at].address for one in present]
        self.places = frozenset({*addresses, *map(image.to_load, addresses)})
        for cpu in machine.cpus:
            machine.on_exception.append(_Withdrawal(self._controller, cpu.index))

    def apply(self, stop: StopReason) -> bool:
        """Do what is to be done where the machine stopped; whether that was the reason of the stop."""
        if stop.kind != "until" or stop.pc not in self.places or self._controller is None:
            return False
        self._controller.legacy_fiq(stop.cpu)(True)
        return True

    def run(self, limit: int) -> RunResult:
        """Run until the image stops by itself, ``limit`` instructions at most."""
        result = self._machine.run(limit, until=self.places)
        executed = result.instructions
        while self.apply(result.stop):
            result = self._machine.run(limit - executed, until=self.places)
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
