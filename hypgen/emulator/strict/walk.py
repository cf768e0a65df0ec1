"""WALK: stores to translation tables, as the table walker sees them (DDI 0406C B3.3, B3.10.1, A3.8.3).

A store to a table is visible to the walk for an explicit access after a DSB, to the walk for an
instruction fetch after a DSB and a context synchronisation event. For the explicit access later
manuals demand that event, too; it is a warning. The walker looks into the data cache only when the
cacheability of walks (HTCR, VTCR, TTBCR or TTBR: IRGN and ORGN) says so.

Both are judged by the outcome: a walk that reads the old descriptor and comes to the same translation
is no finding.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from hypgen.emulator.faults import Fault
from hypgen.emulator.mmu import TTBCR_EAE, by_ttbr1
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.lines import CURRENT
from hypgen.emulator.strict.overlay import Overlay, behaviour, changed_translation
from hypgen.emulator.strict.unseen import UnderWay
from hypgen.emulator.translation import Regime, Step, Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_ORDER = "DDI 0406C B3.10.1, General TLB maintenance requirements, and A3.8.3, Memory barriers"
_ATTRIBUTES = "DDI 0406C B3.3.3, Translation table walks: memory attributes of the walks"

NOT_ORDERED = Rule(
    "WALK-001",
    "a table walk may not see a store to the table: no DSB",
    Severity.ERROR,
    _ORDER,
    "A translation table walk is another observer: a store to a table, also one made with the MMU off, is "
    "visible to it only after a DSB, and to that of another CPU after one whose domain has that CPU (ISH or "
    "SY, not NSH). Until then the walk may read the descriptor as it was before. Put a DSB "
    "between the last store to the tables and the first use of what they map (for a first use by an "
    "instruction fetch, and an ISB after it).",
    "str r1, [r0] (a descriptor); MCR HSCTLR with M = 1; ISB",
    "the same with DSB and ISB before the MCR",
)
NOT_SYNCHRONISED = Rule(
    "WALK-002",
    "the table walk of an instruction fetch may not see a store to the table: no ISB after the DSB",
    Severity.ERROR,
    _ORDER,
    "A store to a table is visible to the walk for an instruction fetch only after a DSB and a context "
    "synchronisation event that follows it. Put an ISB after the DSB.",
    "str r1, [r0] (a descriptor); DSB; branch to what it maps",
    "the same with an ISB after the DSB",
)
DATA_NOT_SYNCHRONISED = Rule(
    "WALK-003",
    "an access uses a new table entry after a DSB without an ISB",
    Severity.WARNING,
    _ORDER,
    "The ARMv7 manual promises that an explicit access sees a store to a table after a DSB. Later manuals "
    "demand a context synchronisation event as well. Put an ISB after the DSB, to be right under both.",
    "str r1, [r0] (a descriptor); DSB; load from what it maps",
    "the same with an ISB after the DSB",
)
NOT_VISIBLE = Rule(
    "WALK-004",
    "a table walk that does not look into the cache reads a descriptor that only a cache may hold",
    Severity.ERROR,
    _ATTRIBUTES,
    "The table was stored through a cacheable mapping, and walks are not cacheable (IRGN and ORGN are 0b00). "
    "Clean the line by MVA to the Point of Coherency (DCCMVAC), then DSB; or have walks made cacheable, "
    "with the attributes of the table's memory.",
    "<C on> str r1, [r0] (a descriptor); DSB; use, with HTCR.IRGN0 = HTCR.ORGN0 = 0",
    "the same with DCCMVAC before the DSB",
)
STALE = Rule(
    "WALK-005",
    "a cacheable table walk may hit a line that is older than the table in memory",
    Severity.ERROR,
    _ATTRIBUTES,
    "The table was stored past the caches, as with the MMU off, and a cache may still hold the line from "
    "before: the entry contract says nothing of the caches, or a cacheable mapping or walk brought it in. "
    "A walk that is cacheable hits it. Invalidate the lines of the table by MVA to the Point of Coherency "
    "(DCIMVAC) after the stores, then DSB.",
    "<MMU off> str r1, [r0] (a descriptor); DSB; MMU on, HTCR cacheable, entry.caches: unknown",
    "the same with DCIMVAC of the line and a DSB after the store",
)
RULES = (NOT_ORDERED, NOT_SYNCHRONISED, DATA_NOT_SYNCHRONISED, NOT_VISIBLE, STALE)

_FIXES = {
    "WALK-001": "insert a DSB (and an ISB) after the store to the table",
    "WALK-002": "insert an ISB after the DSB that follows the store to the table",
    "WALK-003": "insert an ISB after the DSB that follows the store to the table",
    "WALK-004": "insert DCCMVAC of the line before the DSB that follows the store to the table",
    "WALK-005": "insert DCIMVAC of the line and a DSB after the store to the table",
}
_IRGN0_ORGN0 = 0b1111 << 8
"""Of HTCR, VTCR and a Long-descriptor TTBCR, which has those of TTBR1 16 bits further."""
_TTBR_IRGN_RGN = 0x59
"""Of a Short-descriptor TTBR, with the Multiprocessing Extensions."""


_COMPLETED = attrgetter("completed")


class WalkRules(Family):
    """The WALK rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._side = rules.side
        self._said = False

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation is used: would the walk have come to another with what it may see?"""
        side = self._side
        if not isinstance(outcome, Translation) or not (side.under_way or side.lines):
            return
        self._said = False
        steps = outcome.steps + (outcome.second.steps if outcome.second else ())
        for step in steps:
            place = side.place(int(step.address))
            key = place.address >> side.shift
            if key in side.under_way and self._under_way(va, outcome, access, regime, place.address):
                return
            if key in side.lines and self._unseen(va, outcome, access, regime, step, key, place.view):
                return

    def _seen(self, one: UnderWay, descriptor: int) -> bool:
        """Whether another CPU's store, or what has replaced it, was ordered before this one's last DSB."""
        me, shared = self.system.cpu.index, self._side.shared
        return one.cpu != me and shared is not None and shared.walked(me, descriptor & ~7, 8)

    def _under_way(self, va: int, outcome: Translation, access: str, regime: Regime, place: int) -> bool:
        """A store to the descriptor's line is not complete, or not synchronised, for walks; whether that was
        enough. What is not even complete comes first: it is graver than what an older store lacks."""
        key = place >> self._side.shift
        for one in sorted(self._side.under_way[key], key=_COMPLETED):
            other = self._other(va, outcome, access, regime, key, one.old)
            if other is None or self._seen(one, place):
                continue
            mine = one.cpu == self.system.cpu.index
            if one.settled if mine else one.everywhere:
                continue
            if not one.completed:
                rule, what = NOT_ORDERED, "no DSB has ordered the store of a descriptor before it"
            elif not mine:
                rule = NOT_ORDERED
                what = "the DSB after the store of a descriptor is Non-shareable: for its CPU alone"
            elif access == "fetch":
                rule, what = NOT_SYNCHRONISED, "no context synchronisation followed the DSB after the store"
            else:
                rule, what = DATA_NOT_SYNCHRONISED, "no ISB followed the DSB after the store of a descriptor"
            news = one.told is None or (one.told is not Severity.ERROR and rule.severity is Severity.ERROR)
            if news and not self._said:
                self._side.told_of_barrier(one.cpu, one.completed, rule.severity)
            if self._report(
                rule, va, access, what, other, outcome, Event(one.pc, "store to the table"), news=news
            ):
                return True
        return False

    def _unseen(
        self,
        va: int,
        outcome: Translation,
        access: str,
        regime: Regime,
        step: Step,
        key: int,
        view: int,
    ) -> bool:
        """The walk may see the line otherwise, by its way to memory; whether that was enough."""
        line = self._side.line(key)
        cached = self._cacheable(va, regime, step)
        for content, condition in line.alternatives(view, cached, self.system.cpu.index):
            other = self._other(va, outcome, access, regime, key, content)
            if other is None:
                continue
            offset = self._side.place(int(step.address)).address - (key << self._side.shift)
            writer = line.writer_of(offset, 8)
            way = "looks into the cache" if cached else "does not look into the cache"
            events = [Event(writer.pc, "store to the table")] if writer else []
            waits, news = condition.waits_for, True
            if waits is not None:
                events.append(Event(waits.pc, f"{waits.name}, which no DSB has completed"))
                news = waits.cpu not in self._side.asked
                if not self._said:
                    self._side.asked[waits.cpu] = True
            what = f"the walk {way}, where the descriptor at {step.address} may be an older one"
            if self._report(
                STALE if cached else NOT_VISIBLE, va, access, what, other, outcome, *events, news=news
            ):
                return True
        return False

    def _cacheable(self, va: int, regime: Regime, step: Step) -> bool:
        """Whether the walk of ``va`` reads a descriptor through the cache: what the register says that names
        its table."""
        values = self.system.cpu.coproc.values
        if step.stage == 2:
            return bool(values["VTCR"] & _IRGN0_ORGN0)
        if regime is Regime.HYP:
            return bool(values["HTCR"] & _IRGN0_ORGN0)
        bank = "_S" if regime is Regime.SECURE_PL1 else "_NS"
        ttbcr = values["TTBCR" + bank]
        second = by_ttbr1(ttbcr, va)
        if ttbcr & TTBCR_EAE:
            return bool(ttbcr & (_IRGN0_ORGN0 << 16 if second else _IRGN0_ORGN0))
        return bool(values[("TTBR1" if second else "TTBR0") + bank] & _TTBR_IRGN_RGN)

    def _other(
        self, va: int, outcome: Translation, access: str, regime: Regime, key: int, content: bytes
    ) -> Translation | Fault | None:
        """What the translation is when the walk sees ``content`` in a line, if it is another one."""
        if content == CURRENT:
            return None
        self.rules.loose()
        memory = Overlay(self._side, {key: content})
        other = memory.translate(self.system.cpu.coproc.values, va, access == "fetch", regime)
        return other if Overlay.told_apart(outcome, other, access) else None

    def _report(
        self,
        rule: Rule,
        va: int,
        access: str,
        what: str,
        other: Translation | Fault,
        outcome: Translation,
        *events: Event,
        news: bool = True,
    ) -> bool:
        """Say it, unless it is no ``news`` or something was said of this access; whether nobody wants to know
        more of it."""
        once = (rule.id, events[0].pc if events else va >> 12)
        told = f"the walk for the {access} of {va:#010x} reads an older descriptor"
        played = self.rules.offer(rule, once, told, other, behaviour(other, access))
        if self._said or not news:
            return False
        self._said = True
        self.rules.report(
            Finding(
                rule.id,
                rule.severity,
                f"the {access} of {va:#010x} is translated by a table that was changed: {what}",
                self.system.current_pc(),
                self.system.cpu.index,
                events,
                (changed_translation(other, outcome),),
                _FIXES[rule.id],
            ),
            once=once,
        )
        return not played
