"""Register contracts: what the caller of an HVC finds changed when it goes on, seen by the machine.

The registers are compared outside the guest, so no code under test takes part. A call is an HVC
exception from PL1 and the next exception return of the same CPU to its preferred return address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypgen.arch.psr import Mode
from hypgen.arch.registers import HCR
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.machine.machine import Machine

HCR_VM = HCR.bit("VM")
"""While it is 1 a guest runs."""
GENERAL = tuple(f"r{number}" for number in range(13))
NOT_COMPARED = frozenset({"SP_hyp", "ELR_hyp", "SPSR_hyp", *(f"r{number}_usr" for number in range(8, 13))})
"""Registers that PL1 cannot see, and the User bank of those that :data:`GENERAL` has."""
FLOATING_POINT = ("FPSCR", "FPEXC")
"""Control of the floating-point unit, compared with d0 to d31."""
WATCHED = (
    *GENERAL,
    *(name for name in BANKED_NAMES if name not in NOT_COMPARED),
    *FLOATING_POINT,
    "CPSR",
)


@dataclass(frozen=True)
class Call:
    """An HVC from PL1 that came back: the immediate, r0 then and now, its place, and what differs besides.

    ``changed`` maps the name of each register to its value before and after; r0 is always left out, and
    ``stack`` is SP_hyp on entry.
    """

    cpu: int
    immediate: int
    pc: int
    argument: int
    result: int
    stack: int
    changed: Mapping[str, tuple[int, int]]


class Contracts:
    """Watches all HVCs of a machine from PL1 but those of guests, which :mod:`hypgen.verdict.worlds` does."""

    STATE = ("calls", "_open")
    """What it has seen so far."""

    def __init__(self, machine: Machine) -> None:
        self.calls: list[Call] = []
        self._open: dict[int, tuple[ExceptionTaken, Mapping[str, int], bytes]] = {}
        self._cpus = machine.cpus
        machine.on_exception.append(self._entered)
        for cpu in machine.cpus:
            cpu.system.on_return.append(self._returned)

    def _entered(self, taken: ExceptionTaken) -> None:
        cpu = self._cpus[taken.cpu]
        guest = cpu.coproc.values["HCR"] & HCR_VM
        if taken.kind == "HypervisorCall" and taken.from_mode != Mode.HYP and not guest:
            self._open[taken.cpu] = (taken, _registers(cpu, before=True), bytes(cpu.extension.content))

    def _returned(self, cpu: Cpu) -> None:
        if cpu.mode == Mode.HYP or cpu.index not in self._open or cpu.coproc.values["HCR"] & HCR_VM:
            return
        taken, before, extension = self._open[cpu.index]
        if cpu.r[15] != taken.preferred_return or cpu.mode != taken.from_mode:
            return
        del self._open[cpu.index]
        after = _registers(cpu, before=False)
        changed = {
            name: (before[name], after[name])
            for name in WATCHED
            if name != "r0" and before[name] != after[name]
        }
        if bytes(cpu.extension.content) != extension:
            changed["d0 to d31"] = (0, 0)
        self.calls.append(
            Call(
                cpu.index,
                (taken.hsr or 0) & 0xFFFF,
                taken.pc,
                before["r0"],
                after["r0"],
                before["SP_hyp"],
                changed,
            )
        )


def _registers(cpu: Cpu, *, before: bool) -> dict[str, int]:
    """What PL1 sees, on entry to Hyp mode or after the return; LR is LR_usr in Hyp mode."""
    values = {name: cpu.r[number] for number, name in enumerate(GENERAL)}
    values |= {name: cpu.read_banked(name) for name in BANKED_NAMES}
    values |= {name: cpu.coproc.values[name] for name in FLOATING_POINT}
    values["CPSR"] = cpu.read_banked("SPSR_hyp") if before else cpu.cpsr()
    return values
