"""SMP: exclusive monitors (DDI 0406C A3.4): left open by a switch of contexts, or not shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.bits import bits
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.cpu import stack_of
from hypgen.emulator.strict.align import NOT_SHARED
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.order import shared_by
from hypgen.emulator.strict.tlb_held import asid
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_VM = cp15.HCR.bit("VM")

MONITOR = Rule(
    "SMP-003",
    "the exclusive monitor is left open across a switch to another virtual machine, world, process or thread",
    Severity.ERROR,
    "DDI 0406C A3.4.4, Context switch support, and A8.8.32, CLREX",
    "A guest, the code of one security state, a process in User mode (told by its ASID), or a thread (told "
    "by its stack) was interrupted between its LDREX and STREX, and another one is entered with the monitor "
    "still open: its STREX may pass without its own LDREX. Execute CLREX in the switch.",
    "guest 1: ldrex; trap; VTTBR = guest 2; eret",
    "guest 1: ldrex; trap; VTTBR = guest 2; clrex; eret",
)
RULES = (MONITOR,)


class _Who(NamedTuple):
    """Whose code is executed: the security state, the guest's VMID, and the ASID in User mode."""

    secure: bool
    guest: int | None
    process: int | None

    def apart_from(self, other: _Who) -> tuple[str, str] | None:
        """What it is and what the other one is, if a switch lies between the two."""
        if self.secure != other.secure:
            return _WORLDS[self.secure], _WORLDS[other.secure]
        for mine, its, what in ((self.guest, other.guest, "VMID"), (self.process, other.process, "ASID")):
            if mine is not None and its is not None and mine != its:
                return f"{what} {mine}", f"{what} {its}"
        return None


class _Interrupted(NamedTuple):
    """Code that an exception was taken from: the name of its SP, its stack, and where it goes on."""

    sp: str
    stack: int
    place: int


_SP = 13
_WORLDS = {True: "the Secure state", False: "the Non-secure state"}


class MonitorRules(Family):
    """The rule about monitors, for one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._opened: dict[str, _Who | None] = {}
        """Who opened the monitor (``by``)."""
        self._places: dict[str, int] = {}
        """By which instruction (``at``), and where it was left open to another (``left``)."""
        self._interrupted: dict[int, _Interrupted] = {}
        """By depth, what exceptions were taken from since then."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """Who opened the monitor, and where."""
        return {"monitor": self._opened, "monitor_places": self._places, "interrupted": self._interrupted}

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX opens the monitor for the code that is executing."""
        left = self._places.pop("left", None)
        if left is not None and not load:
            what = "STREX passes by the monitor that somebody else left open"
            self.rules.loose()
            self.rules.offer(MONITOR, (MONITOR.id, left), what, True, True)
        self._opened["by"] = self._current() if load else None
        self._interrupted.clear()
        self._places["at"] = self.system.current_pc()
        first = self.rules.side.place(outcome.pa).address
        shared = shared_by(self.system, self.rules.side)
        me, pc = self.system.cpu.index, self.system.current_pc()
        other, where = shared.locks.get(first, (me, 0))
        normal = outcome.attributes.type is MemoryType.NORMAL
        if other != me and normal and outcome.attributes.shareability == "non":
            self.rules.report(
                Finding(
                    NOT_SHARED.id,
                    NOT_SHARED.severity,
                    f"exclusives at {va:#010x}, Non-shareable memory, are used by CPU {other}, too",
                    pc,
                    me,
                    (Event(where, f"exclusive access by CPU {other}"),),
                    (),
                    "map the location as Inner Shareable",
                ),
                once=(NOT_SHARED.id, first),
            )
        shared.locks[first] = me, pc

    def exception_taken(self, kind: str) -> None:
        """Between LDREX and STREX: who was interrupted?"""
        taken, cpu = self.system.last_exception, self.system.cpu
        if taken is None or self._opened.get("by") is None or not self.system.monitor.open:
            return
        if taken.from_mode not in (Mode.HYP, Mode.MON):
            sp, known = stack_of(taken.from_mode), self._interrupted
            known[len(known)] = _Interrupted(sp, cpu.read_banked(sp), taken.preferred_return)

    def synchronised(self) -> None:
        """Whoever else is entered must find the monitor closed."""
        opener = self._opened.get("by")
        if opener is None or self.system.cpu.is_hyp or not self.system.monitor.open:
            return
        now = self._current()
        if now is not None and (what := now.apart_from(opener) or self._another_thread()):
            at = self._places.get("at")
            self._opened["by"] = None
            self._interrupted.clear()
            self._places["left"] = self.system.current_pc()
            there, here = what
            self.rules.report(
                Finding(
                    MONITOR.id,
                    MONITOR.severity,
                    f"{there} is entered while the monitor is open from a LDREX under {here}",
                    self.system.current_pc(),
                    self.system.cpu.index,
                    (Event(at, f"LDREX under {here}"),) if at is not None else (),
                    fix="insert CLREX before the exception return",
                ),
                once=(MONITOR.id, self.system.current_pc()),
            )

    def _another_thread(self) -> tuple[str, str] | None:
        """What is entered and what was interrupted, if an exception return goes to neither the place nor the
        stack of any code that was."""
        cpu, known = self.system.cpu, self._interrupted
        place, stack, sp = cpu.r[15], cpu.r[_SP], stack_of(cpu.mode)
        if not known or place != self.system.returned_to:
            return None
        for depth in reversed(known):
            one = known[depth]
            if one.sp == sp and (one.stack == stack or one.place == place):
                for inner in range(depth, len(known)):
                    del known[inner]
                return None
        last = known[len(known) - 1]
        if last.sp != sp:
            return None
        return f"a thread with SP = {stack:#010x}", f"that with SP = {last.stack:#010x}"

    def _current(self) -> _Who | None:
        """Whose code the CPU executes; None for those who do the switching, in Hyp and Monitor mode."""
        cpu, values = self.system.cpu, self.system.cpu.coproc.values
        if cpu.is_hyp or cpu.mode == Mode.MON:
            return None
        guest = not cpu.secure and values["HCR"] & _VM
        process = asid(values, "_S" if cpu.secure else "_NS") if cpu.mode == Mode.USR else None
        return _Who(cpu.secure, bits(values["VTTBR"], 55, 48) if guest else None, process)
