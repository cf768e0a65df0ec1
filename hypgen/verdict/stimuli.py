"""Running an image while somebody outside does what the scenario's row says (docs/scenarios.md)."""

from __future__ import annotations

from collections.abc import Callable

from hypgen.arch.barrier import OPTIONS
from hypgen.arch.exceptions import Vector
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.interrupts import Line
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.machine import Machine, RunResult, StopReason
from hypgen.plan.scenarios import Scenario

Drive = Callable[[bool], None]
SIGNALLED, LATE = "a stimulus of the scenario", "a late stimulus of the scenario"
"""Why an asynchronous abort is taken: one that is signalled where a stimulus is, or only after a DSB."""


class Stimuli:
    """What is done to a machine from outside while it runs the image of ``scenario``.

    ``places`` are the addresses at which something is done: whoever runs the machine stops there, and calls
    :meth:`apply`.
    """

    STATE = ("_begun",)
    """What is on its way."""

    def __init__(self, machine: Machine, scenario: Scenario) -> None:
        self._machine = machine
        self._lines: dict[int, str] = {}
        image = machine.image
        for one in scenario.stimuli:
            if image is not None and one.at in image.symbols:
                address = image.symbols[one.at].address
                self._lines |= dict.fromkeys((address, image.to_load(address)), one.line)
        self.places = frozenset(self._lines)
        self._fiq = [_fiq_input(machine, cpu) for cpu in machine.cpus]
        if "fiq" in self._lines.values():
            machine.on_exception.append(self._withdraw)
        self._begun: dict[int, str] = {}
        if "late-abort" in self._lines.values():
            for each in machine.cpus:
                each.system.on_barrier.append(self._barrier)

    def apply(self, stop: StopReason) -> bool:
        """Do what is to be done where the machine stopped; whether that was the reason of the stop."""
        if stop.kind != "until" or stop.pc not in self._lines:
            return False
        line = self._lines[stop.pc]
        if line == "fiq":
            self._fiq[stop.cpu](True)
        elif line == "late-abort":
            self._begun[stop.cpu] = "isb, before a dsb"
        else:
            self._machine.cpus[stop.cpu].system.raise_abort(SIGNALLED)
        return True

    def _barrier(self, cpu: Cpu, kind: str, option: int) -> None:
        """An abort on its way is signalled at the latest: what it is of is complete after a DSB (DDI 0406C
        A3.8.3), and an ISB has it taken before any instruction after it. It may be of a load, and of a device
        beyond every domain, so that only DSB SY is sure to wait for it."""
        begun = self._begun.get(cpu.index)
        if begun is None:
            return
        if kind == "dsb" and OPTIONS.get(option, "sy") == "sy":
            self._begun[cpu.index] = "isb"
        elif kind == begun:
            del self._begun[cpu.index]
            cpu.system.raise_abort(LATE)

    def _withdraw(self, taken: ExceptionTaken) -> None:
        """Take the line back when its CPU has taken the FIQ."""
        if taken.slot == Vector.FIQ:
            self._fiq[taken.cpu](False)

    def run(self, limit: int) -> RunResult:
        """Run until the image stops by itself, ``limit`` instructions at most."""
        result = self._machine.run(limit, until=self.places)
        executed = result.instructions
        while self.apply(result.stop):
            result = self._machine.run(limit - executed, until=self.places)
            executed += result.instructions
        return result._replace(instructions=executed)


def _fiq_input(machine: Machine, cpu: Cpu) -> Drive:
    """A CPU's own FIQ input, which passes by the Distributor of a GIC; without one it is the CPU's."""
    controller = machine.bus.controller
    if isinstance(controller, Gic):
        return controller.legacy_fiq(cpu.index)
    return lambda level: cpu.system.set_line(Line.FIQ, level)
