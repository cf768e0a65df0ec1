"""TLB: translations used that a TLB entry of unknown origin may replace (DDI 0406C B3.9, B3.10).

After reset the TLB holds UNKNOWN entries, unless the board's entry contract promises a clean one.
They are gone once an invalidation that covers them has completed: by a DSB of the same CPU with
access type reads and writes and a domain that covers the operation; and for instruction fetches
once a context synchronisation event has followed that DSB.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from hypgen.arch.barrier import NON_SHAREABLE, STORE_ONLY
from hypgen.bits import bits
from hypgen.emulator.faults import Fault
from hypgen.emulator.strict.anything import unknown_translations
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.tlb_held import joined
from hypgen.emulator.translation import Regime, Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_MANUAL = (
    "DDI 0406C B3.10.1, General TLB maintenance requirements: TLB maintenance operations and the memory "
    "order model"
)

NOT_INVALIDATED = Rule(
    "TLB-001",
    "the MMU is used although the TLB was not invalidated since reset",
    Severity.ERROR,
    _MANUAL,
    "After reset, and after whatever firmware did, the TLB holds entries that nobody knows. Before "
    "an address is translated in a regime for the first time its TLB must be invalidated: TLBIALLH "
    "or TLBIALLHIS for Hyp mode (TLBIMVAH for one address), TLBIALLNSNH from Hyp mode or TLBIALL for "
    "the PL1&0 regimes, then DSB, then ISB. A board file may promise otherwise with entry.tlb: clean.",
    "<reset> set HSCTLR, r0 (M = 1); isb",
    "<reset> TLBIALLH; DSB; ISB; set HSCTLR, r0 (M = 1); isb",
)
NOT_COMPLETED = Rule(
    "TLB-002",
    "the MMU is used before the TLB invalidation is complete",
    Severity.ERROR,
    _MANUAL,
    "A TLB maintenance operation is complete only after a DSB executed by the same CPU, with access "
    "type reads and writes and a domain that covers it: NSH, ISH, OSH or SY for a local operation, "
    "ISH, OSH or SY for one whose name ends in IS. A store-only DSB (ISHST and so on) does not "
    "complete it. Put the DSB, and an ISB after it, between the operation and the first use.",
    "TLBIALLH; isb; set HSCTLR, r0 (M = 1); isb",
    "TLBIALLH; dsb nsh; isb; set HSCTLR, r0 (M = 1); isb",
)
NOT_SYNCHRONISED = Rule(
    "TLB-003",
    "an instruction is fetched through the MMU before the completed TLB invalidation is synchronised",
    Severity.ERROR,
    _MANUAL,
    "A completed TLB maintenance operation is guaranteed to be seen by an instruction fetch only "
    "after a context synchronisation event that follows the DSB. Put an ISB after the DSB.",
    "TLBIALLH; dsb nsh; set HSCTLR, r0 (M = 1); isb",
    "TLBIALLH; dsb nsh; isb; set HSCTLR, r0 (M = 1); isb",
)
RULES = (NOT_INVALIDATED, NOT_COMPLETED, NOT_SYNCHRONISED)


class Progress(IntEnum):
    """How far a TLB operation has come."""

    NONE = 0
    ISSUED = 1
    COMPLETED = 2
    SYNCHRONISED = 3


_STATE_RULES = {
    Progress.NONE: NOT_INVALIDATED,
    Progress.ISSUED: NOT_COMPLETED,
    Progress.COMPLETED: NOT_SYNCHRONISED,
}
_FIXES = {
    Progress.NONE: "invalidate the TLB ({operation}), then DSB, then ISB, before the MMU is turned on",
    Progress.ISSUED: "insert a DSB that completes the operation, and an ISB after it",
    Progress.COMPLETED: "insert an ISB after the DSB that completed the operation",
}
_OPERATION = {
    Regime.HYP: "TLBIALLH",
    Regime.NON_SECURE_PL1: "TLBIALLNSNH in Hyp mode, or TLBIALL",
    Regime.SECURE_PL1: "TLBIALL",
}
_NAMES = {regime: regime.value[0].upper() + regime.value[1:] for regime in Regime}
_BY_ADDRESS = frozenset({"TLBIMVAH", "TLBIMVAHIS", "TLBIMVAA", "TLBIMVAAIS"})
_HYP = frozenset({"TLBIALLH", "TLBIALLHIS", "TLBIMVAH", "TLBIMVAHIS"})
_NON_SECURE = frozenset({"TLBIALLNSNH", "TLBIALLNSNHIS"})
_CURRENT = frozenset({"TLBIALL", "TLBIALLIS", "TLBIMVAA", "TLBIMVAAIS"})
"""Operations on the PL1&0 regime of the current security state that do not select an ASID."""


@dataclass
class Invalidation:
    """A TLB operation that was performed: the page and VMID it names (None for all), and how far it is."""

    name: str
    page: int | None
    pc: int
    vmid: int | None = None
    progress: Progress = Progress.ISSUED
    told: bool = False
    """Whether it was said that it came too late for a use."""

    def covers(self, va: int, vmid: int) -> bool:
        """Whether it removes the entries that translate ``va`` in a guest."""
        return self.page in (None, va >> 12) and self.vmid in (None, vmid)

    def completed_by(self, option: int) -> bool:
        """Whether a DSB with this option completes it; unallocated options act as SY (A8.8, DSB)."""
        if option in STORE_ONLY:
            return False
        return not self.name.endswith("IS") or option not in NON_SHAREABLE


class TlbRules(Family):
    """The TLB rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._clean = rules.contract.tlb_clean
        self._assumptions = rules.contract.resting_on("entry.tlb")
        self._told: dict[Regime, bool] = {}
        """Regimes of which it was said that nothing invalidated their TLB."""
        self._done: dict[Regime, list[Invalidation]] = {regime: [] for regime in Regime}
        self._moving: dict[Regime, bool] = {}
        """Regimes with an operation that is not synchronised."""
        self._halves: dict[tuple[str, int], str] = {}
        """Operations on the instruction or data TLB alone, and which."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The dictionaries that hold all that these rules know, by name."""
        return {"done": self._done, "told": self._told, "moving": self._moving, "halves": self._halves}

    def operation(self, name: str, value: int) -> None:
        """A TLB operation was performed."""
        name = joined(self._halves, name, value)
        if name in _HYP:
            regime = Regime.HYP
        elif name in _NON_SECURE:
            regime = Regime.NON_SECURE_PL1
        elif name in _CURRENT:
            regime = Regime.NON_SECURE_PL1 if self.system.cpu.coproc.scr_ns else Regime.SECURE_PL1
        else:
            return
        page = value >> 12 if name in _BY_ADDRESS else None
        vmid = self._vmid() if name in _CURRENT and regime is Regime.NON_SECURE_PL1 else None
        self._done[regime].append(Invalidation(name, page, self.system.current_pc(), vmid))
        self._moving[regime] = True

    def _vmid(self) -> int:
        """The VMID, which selects what Non-secure TLB operations remove, whether stage 2 is on or not."""
        return bits(self.system.cpu.coproc.values["VTTBR"], 55, 48)

    def barrier(self, kind: str, option: int) -> None:
        """A DSB."""
        if kind != "dsb":
            return
        for regime in self._moving:
            for one in self._done[regime]:
                if one.progress is Progress.ISSUED and one.completed_by(option):
                    one.progress = Progress.COMPLETED

    def synchronised(self) -> None:
        """A context synchronisation event; a whole invalidation that has come so far makes others moot."""
        for regime in tuple(self._moving):
            done = self._done[regime]
            for one in done:
                if one.progress is Progress.COMPLETED:
                    one.progress = Progress.SYNCHRONISED
            if all(one.progress is Progress.SYNCHRONISED for one in done):
                del self._moving[regime]
            whole = [one for one in done if one.page is None and one.progress is Progress.SYNCHRONISED]
            everything = [one for one in whole if one.vmid is None]
            if everything:
                self._done[regime] = everything[:1]
            elif whole:
                last = {one.vmid: one for one in whole}
                self._done[regime] = [*last.values(), *(one for one in done if one not in whole)]

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation is used: is what it rests on certain?"""
        if self._clean or (isinstance(outcome, Translation) and not (outcome.steps or outcome.second)):
            return
        if regime in self._told and not self.rules.playing:  # once is enough of what was there before reset
            return
        best: Invalidation | None = None
        vmid = self._vmid() if regime is Regime.NON_SECURE_PL1 else 0
        second = isinstance(outcome, Translation) and outcome.second is not None
        for one in self._done[regime]:
            if second and one.page is not None:
                continue  # what stage 2 gives no operation by address removes
            if one.covers(va, vmid) and (best is None or one.progress > best.progress):
                best = one
        progress = best.progress if best else Progress.NONE
        if progress >= (Progress.SYNCHRONISED if access == "fetch" else Progress.COMPLETED):
            return
        rule = _STATE_RULES[progress]
        self.rules.loose()
        once = (rule.id, regime, best.pc if best else None)
        if self.rules.playing:
            entry = "a TLB entry from before reset"
            for anything in unknown_translations(outcome, va, access, regime, entry):
                what = f"the {access} of {va:#010x} hits {entry}, {anything.what}"
                ever = anything.ever((rule.id, va >> 12))
                self.rules.offer(rule, once, what, anything, anything.key, ever=ever)
        if best is None:
            self._told[regime] = True
        elif best.told:
            return
        else:
            best.told = True
        by = f"{best.name} at {best.pc:#010x}" if best else ""
        sentence = {
            Progress.NONE: f"the {access} of {va:#010x} may hit a TLB entry from before reset: "
            f"nothing invalidated the {_NAMES[regime]} TLB",
            Progress.ISSUED: f"the {access} of {va:#010x} may hit an old TLB entry: the {by} is not complete",
            Progress.COMPLETED: f"the fetch of {va:#010x} may use an old TLB entry: the {by} "
            "is complete, but not synchronised",
        }[progress]
        self.rules.report(
            Finding(
                rule.id,
                rule.severity,
                sentence,
                self.system.current_pc(),
                self.system.cpu.index,
                (Event(best.pc, best.name),) if best else self.rules.enabling(regime),
                (f"TLB entry of {va >> 12 << 12:#010x}: UNKNOWN since reset, or {_told(outcome)}",),
                _FIXES[progress].format(operation=_OPERATION[regime]),
                self._assumptions if not best else (),
            ),
            once=once,
        )


def _told(outcome: Translation | Fault) -> str:
    """What the tables give."""
    if isinstance(outcome, Fault):
        return f"a {outcome.kind.value}"
    return f"physical address {outcome.pa} ({outcome.attributes.type.value})"
