"""The Performance Monitors of one CPU, version 2 (DDI 0406C C12): registers, and what can be counted here.

Time is the machine's executed instructions, one cycle each. The cycle counter, CPU_CYCLES and SW_INCR
count; to enable a counter of another event, or one that counts only in some modes, is not modelled, by
name, and so is the interrupt of an overflow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.lenient import NUMBERED
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

E, P, C, D = (cp15.PMCR.bit(name) for name in "EPCD")
_NUMBER = cp15.PMCR.field("N")
_KEPT = E | D | cp15.PMCR.bit("X") | cp15.PMCR.bit("DP") | 0xC0
"""What PMCR holds of a value written, in which the reserved bits are 0 where they must be."""
_HPME = cp15.HDCR.bit("HPME")
_HPMN = cp15.HDCR.field("HPMN")
CYCLE_COUNTER = 31
"""Its bit in the registers of all counters, and its number in PMSELR."""
SW_INCR, CPU_CYCLES = 0x00, 0x11
MASK32 = 0xFFFF_FFFF
_EVENT, _FILTER = 0xFF, 0xF800_0000
_DIVIDER = 64
_SETS = {"PMCNTENSET": "PMCNTENSET", "PMINTENSET": "PMINTENSET", "PMOVSSET": "PMOVSR"}
_CLEARS = {"PMCNTENCLR": "PMCNTENSET", "PMINTENCLR": "PMINTENSET", "PMOVSR": "PMOVSR"}
"""Registers whose ones set or clear bits of another, or of themselves."""
REGISTERS = frozenset(
    (*NUMBERED, *_SETS, *_CLEARS, "PMCR", "PMSELR", "PMSWINC", "PMCCNTR", "PMXEVTYPER", "PMXEVCNTR")
)
"""Names of the registers that :meth:`Performance.read` and :meth:`Performance.write` serve."""


class Performance:
    """The counters of one CPU, over its system registers; ``executed`` is the time, in instructions."""

    STATE = ("_counts", "_since", "_types")
    """What a snapshot holds, besides the registers."""

    __slots__ = ("_counts", "_cpu", "_since", "_types", "_values", "executed")

    def __init__(self, cpu: Cpu, executed: Callable[[], int]) -> None:
        self._cpu = cpu
        self._values = cpu.coproc.values
        self.executed = executed
        self._since = 0
        """When the counters were last brought up to date."""
        self._counts: dict[int, int] = {}
        self._types: dict[int, int] = {}
        """Value and PMXEVTYPER of each event counter, and the type of the cycle counter, once written."""

    def read(self, stored: str) -> int:
        """The value that an MRC of a register of :data:`REGISTERS` reads."""
        self._look_at_kept()
        self._count()
        values = self._values
        if stored in NUMBERED:
            return self._numbered(stored).get(NUMBERED[stored], 0)
        if stored in _SETS or stored in _CLEARS:
            return values[_SETS.get(stored) or _CLEARS[stored]] & self._implemented
        if stored == "PMCR":
            return _NUMBER.put(values[stored], self._shown)
        if stored == "PMXEVTYPER":
            return self._types.get(self._selected, 0)
        if stored == "PMXEVCNTR":
            return self._counts.get(self._selected, 0)
        return values[stored]

    def write(self, stored: str, value: int) -> None:
        """An MCR of ``value`` to a register of :data:`REGISTERS`."""
        self._look_at_kept()
        self._count()
        values, selected = self._values, self._selected
        if stored in NUMBERED:
            number = NUMBERED[stored]
            self._numbered(stored)[number] = value & _FILTER if number == CYCLE_COUNTER else value
        elif stored in _SETS:
            values[_SETS[stored]] |= value & self._implemented
        elif stored in _CLEARS:
            values[_CLEARS[stored]] &= ~(value & self._implemented)
        elif stored == "PMCR":
            self._control(value)
        elif stored == "PMSWINC":
            for number in self._enabled(SW_INCR):
                if value >> number & 1:
                    self._add(number, 1)
        elif stored == "PMXEVTYPER":
            if selected == CYCLE_COUNTER:
                self._types[selected] = value & _FILTER
            elif selected < self._number:
                self._types[selected] = value
        elif stored == "PMXEVCNTR":
            if selected < self._number:
                self._counts[selected] = value
        else:
            values[stored] = value
        self._check()

    def _numbered(self, stored: str) -> dict[int, int]:
        """Where a counter or type by number is kept. Raises Undefined for a number that the CPU has not."""
        if _NUMBER.get(self._values["PMCR"]) <= NUMBERED[stored] != CYCLE_COUNTER:
            raise Undefined(f"{stored} is no register that the CPU has")
        return self._types if stored.startswith("PMEVTYPER") else self._counts

    @property
    def _number(self) -> int:
        """How many event counters the CPU can reach now: HDCR.HPMN keeps others for Hyp mode (C12.3).

        An HPMN of 0, or above PMCR.N, is UNPREDICTABLE: it keeps none.
        """
        number, kept = _NUMBER.get(self._values["PMCR"]), _HPMN.get(self._values["HDCR"])
        return kept if 0 < kept < number and not self._all_mine else number

    def _look_at_kept(self) -> None:
        """Tell the strict rules of an access for which HDCR.HPMN is what it must not be (B4.1.60)."""
        number, kept = _NUMBER.get(self._values["PMCR"]), _HPMN.get(self._values["HDCR"])
        observer = self._cpu.system.observer
        if observer is not None and not 0 < kept <= number and not self._all_mine:
            observer.unpredictable(
                f"HDCR.HPMN is {kept}, where it must be 1 to PMCR.N, which is {number}: what PL1 finds of "
                "the Performance Monitors is UNPREDICTABLE"
            )

    @property
    def _all_mine(self) -> bool:
        return self._cpu.secure or self._cpu.mode == Mode.HYP

    @property
    def _shown(self) -> int:
        """PMCR.N as it reads: HDCR.HPMN outside Hyp mode in Non-secure state (C12.3)."""
        values = self._values
        return _NUMBER.get(values["PMCR"]) if self._all_mine else _HPMN.get(values["HDCR"])

    @property
    def _implemented(self) -> int:
        """The bits of the counters that there are."""
        return 1 << CYCLE_COUNTER | (1 << self._number) - 1

    @property
    def _selected(self) -> int:
        return self._values["PMSELR"] & 0x1F

    def _control(self, value: int) -> None:
        """PMCR: the counters set to zero, and E, D, X and DP."""
        if value & P:
            for number in range(self._number):
                self._counts.pop(number, None)
        if value & C:
            self._values["PMCCNTR"] = 0
        self._values["PMCR"] = self._values["PMCR"] & ~_KEPT | value & _KEPT

    def _enabled(self, event: int) -> list[int]:
        """The event counters that count ``event`` now."""
        enabled = self._running
        return [
            number
            for number in range(CYCLE_COUNTER)
            if enabled >> number & 1 and self._types.get(number, 0) & _EVENT == event
        ]

    @property
    def _running(self) -> int:
        """The counters that are enabled: by PMCR.E, those that HDCR.HPMN keeps for Hyp mode by HDCR.HPME."""
        values = self._values
        kept = ~((1 << _HPMN.get(values["HDCR"])) - 1) & ~(1 << CYCLE_COUNTER)
        enabled = values["PMCNTENSET"]
        return (enabled & ~kept if values["PMCR"] & E else 0) | (
            enabled & kept if values["HDCR"] & _HPME else 0
        )

    def _count(self) -> None:
        """Bring the counters up to date."""
        now, values = self.executed(), self._values
        enabled = self._running
        before, self._since = self._since, now
        for number in self._enabled(CPU_CYCLES):
            self._add(number, now - before)
        if enabled >> CYCLE_COUNTER & 1:
            step = _DIVIDER if values["PMCR"] & D else 1
            total = values["PMCCNTR"] + now // step - before // step
            values["PMCCNTR"] = total & MASK32
            self._overflow(CYCLE_COUNTER, total)

    def _add(self, number: int, events: int) -> None:
        total = self._counts.get(number, 0) + events
        self._counts[number] = total & MASK32
        self._overflow(number, total)

    def _overflow(self, number: int, total: int) -> None:
        if total <= MASK32:
            return
        self._values["PMOVSR"] |= 1 << number
        if self._values["PMINTENSET"] >> number & 1:
            raise not_modelled("the interrupt of a performance counter that overflows")

    def _check(self) -> None:
        """Refuse to count what cannot be."""
        enabled = self._running
        for number in range(CYCLE_COUNTER + 1):
            kind = self._types.get(number, 0)
            if not enabled >> number & 1:
                continue
            if kind & _FILTER:
                raise not_modelled("a performance counter that counts in some modes only")
            if number != CYCLE_COUNTER and kind & _EVENT not in (SW_INCR, CPU_CYCLES):
                raise not_modelled(f"counting event {kind & _EVENT:#04x}")
