"""SMP: exclusive monitors (DDI 0406C A3.4): left open by a switch of guests, or not shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypgen.arch import registers as cp15
from hypgen.bits import bits
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict.align import NOT_SHARED
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.order import shared_by
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_VM = cp15.HCR.bit("VM")

MONITOR = Rule(
    "SMP-003",
    "the exclusive monitor is left open across a switch to another virtual machine",
    Severity.ERROR,
    "DDI 0406C A3.4.4, Context switch support, and A8.8.32, CLREX",
    "A guest was interrupted between its LDREX and STREX, and another guest is entered with the monitor "
    "still open: its STREX may pass without its own LDREX. Execute CLREX in the switch.",
    "guest 1: ldrex; trap; VTTBR = guest 2; eret",
    "guest 1: ldrex; trap; VTTBR = guest 2; clrex; eret",
)
RULES = (MONITOR,)


class MonitorRules(Family):
    """The rule about monitors, for one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._guest: dict[str, int | None] = {}
        """The guest that opened the monitor (``open``), by which instruction (``at``), and where it was left
        open to another (``left``)."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The guest that opened the monitor."""
        return {"guest": self._guest}

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX opens the monitor for the current guest."""
        left = self._guest.pop("left", None)
        if left is not None and not load:
            what = "STREX passes by the monitor that another virtual machine left open"
            self.rules.loose()
            self.rules.offer(MONITOR, (MONITOR.id, left), what, True, True)
        self._guest["open"] = self._current_guest() if load else None
        self._guest["at"] = self.system.current_pc()
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

    def synchronised(self) -> None:
        """A switch of guests must find the monitor closed."""
        guest = self._guest.get("open")
        if guest is None or self.system.cpu.is_hyp or not self.system.monitor.open:
            return
        now = self._current_guest()
        if now is not None and now != guest:
            at = self._guest.get("at")
            self._guest["open"] = None
            self._guest["left"] = self.system.current_pc()
            self.rules.report(
                Finding(
                    MONITOR.id,
                    MONITOR.severity,
                    f"VMID {now} is entered while the monitor is open from a LDREX under VMID {guest}",
                    self.system.current_pc(),
                    self.system.cpu.index,
                    (Event(at, f"LDREX under VMID {guest}"),) if at is not None else (),
                    fix="insert CLREX before the exception return",
                ),
                once=(MONITOR.id, self.system.current_pc()),
            )

    def _current_guest(self) -> int | None:
        values = self.system.cpu.coproc.values
        if self.system.cpu.is_hyp or self.system.cpu.secure or not values["HCR"] & _VM:
            return None
        return bits(values["VTTBR"], 55, 48)
