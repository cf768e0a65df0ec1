"""Register contracts: what a program finds changed when it goes on after Hyp mode, seen by the machine.

The registers are compared outside the guest, so no code under test takes part. A call is an HVC
exception from PL1 and the next exception return of the same CPU to its preferred return address. All
else that Hyp mode takes, a trap or an interrupt of PL1, or whatever interrupts Hyp mode itself, asked for
nothing: it must leave every register as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import NamedTuple

from hypgen.arch.psr import Mode, get_it, put_it
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
_WITH_SP_HYP = (*WATCHED, "SP_hyp")
"""All that is compared, in the order of a :data:`Registers`; SP_hyp only where Hyp mode was interrupted."""
Registers = tuple[int, ...]
"""The values of :data:`WATCHED`, and that of SP_hyp."""
_R0, _CPSR, _SP_HYP = 0, -2, -1
_banked = itemgetter(*(name for name in BANKED_NAMES if name not in NOT_COMPARED), "SP_hyp")
_floating_point = itemgetter(*FLOATING_POINT)

SKIPPED = (0, 2, 4)
"""How far behind its preferred return address a trapped instruction's successor is: 0 executes it again."""


class Call(NamedTuple):
    """An exception to Hyp mode that was returned from: r0 then and now, and what differs besides.

    ``changed`` maps the name of each register to its value before and after; for an HVC of PL1 r0 is left
    out, which has the answer. ``stack`` is SP_hyp on entry.
    """

    taken: ExceptionTaken
    argument: int
    result: int
    stack: int
    changed: Mapping[str, tuple[int, int]]

    @property
    def cpu(self) -> int:
        """The CPU that took it."""
        return self.taken.cpu

    @property
    def immediate(self) -> int:
        """The immediate of an HVC, as the HSR has it."""
        return (self.taken.hsr or 0) & 0xFFFF

    @property
    def pc(self) -> int:
        """The virtual address of the instruction that raised it."""
        return self.taken.pc


class Unreturned(NamedTuple):
    """An exception to Hyp mode that was never returned from, and all registers as it was taken."""

    taken: ExceptionTaken
    registers: Mapping[str, int]


class _Open(NamedTuple):
    """An exception that Hyp mode has not returned from yet."""

    taken: ExceptionTaken
    registers: Registers
    extension: bytes


class Contracts:
    """Watches all that a machine's Hyp mode takes; :mod:`hypgen.verdict.worlds` watches guests."""

    STATE = ("calls", "traps", "_open")
    """What it has seen so far."""

    def __init__(self, machine: Machine) -> None:
        self.calls: list[Call] = []
        """The HVCs of PL1 that came back."""
        self.traps: list[Call] = []
        """Everything else that came back."""
        self._open: dict[int, tuple[_Open, ...]] = {cpu.index: () for cpu in machine.cpus}
        self._cpus = machine.cpus
        machine.on_exception.append(self._entered)
        for cpu in machine.cpus:
            cpu.system.on_return.append(self._returned)

    @property
    def unreturned(self) -> tuple[Unreturned, ...]:
        """What Hyp mode has not returned from, the last of each CPU last."""
        return tuple(
            Unreturned(one.taken, _named(one.registers)) for opened in self._open.values() for one in opened
        )

    def _entered(self, taken: ExceptionTaken) -> None:
        cpu = self._cpus[taken.cpu]
        from_hyp = taken.from_mode == Mode.HYP
        if taken.to_mode != Mode.HYP or (cpu.coproc.values["HCR"] & HCR_VM and not from_hyp):
            return
        # From PL1: whatever was open was never returned from, as SOFT_RESTART is not.
        opened = self._open[taken.cpu] if from_hyp else ()
        one = _Open(taken, _registers(cpu, before=True), bytes(cpu.extension.content))
        self._open[taken.cpu] = (*opened, one)

    def _returned(self, cpu: Cpu) -> None:
        opened = self._open[cpu.index]
        if not opened or (cpu.mode != Mode.HYP and cpu.coproc.values["HCR"] & HCR_VM):
            return
        while cpu.mode != Mode.HYP and opened[-1].taken.from_mode == Mode.HYP and len(opened) > 1:
            opened = opened[:-1]  # Hyp mode went back to PL1 without going on where it was interrupted
        taken, before, extension = opened[-1]
        if cpu.mode != taken.from_mode:
            return
        is_call = taken.kind == "HypervisorCall" and taken.from_mode != Mode.HYP
        distance = cpu.r[15] - taken.preferred_return
        if taken.from_mode != Mode.HYP and distance not in ((0,) if is_call else SKIPPED):
            return
        self._open[cpu.index] = opened[:-1]
        after = _registers(cpu, before=False)
        if distance and taken.from_mode != Mode.HYP:
            before = (*before[:_CPSR], _it_advanced(before[_CPSR]), before[_SP_HYP])
        kept = (before[_R0], *after[1:]) if is_call else after
        changed = _changed(before, kept, taken.from_mode == Mode.HYP)
        if bytes(cpu.extension.content) != extension:
            changed["d0 to d31"] = (0, 0)
        (self.calls if is_call else self.traps).append(
            Call(taken, before[_R0], after[_R0], before[_SP_HYP], changed)
        )


def _changed(before: Registers, after: Registers, in_hyp: bool) -> dict[str, tuple[int, int]]:
    """The registers that differ, with both values; SP_hyp counts where Hyp mode was interrupted itself."""
    if before == after:
        return {}
    names = _WITH_SP_HYP if in_hyp else WATCHED
    return {name: (old, new) for name, old, new in zip(names, before, after, strict=False) if old != new}


def _it_advanced(cpsr: int) -> int:
    """CPSR behind an instruction that was skipped: ITAdvance() (A2.5.2)."""
    it = get_it(cpsr)
    return put_it(cpsr, it & 0xE0 | it << 1 & 0x1F if it & 7 else 0)


def _registers(cpu: Cpu, *, before: bool) -> Registers:
    """What PL1 sees, on entry to Hyp mode or after the return; LR is LR_usr in Hyp mode."""
    *banked, sp_hyp = _banked(cpu.all_banked())
    cpsr = cpu.read_banked("SPSR_hyp") if before else cpu.cpsr()
    return (*cpu.r[:13], *banked, *_floating_point(cpu.coproc.values), cpsr, sp_hyp)


def _named(registers: Registers) -> dict[str, int]:
    """What was there on entry to Hyp mode, by name; entry has saved CPSR as SPSR_hyp."""
    found = dict(zip(_WITH_SP_HYP, registers, strict=True))
    return {**found, "SPSR_hyp": found["CPSR"]}
