"""IFETCH: bytes that were written as data and are executed (DDI 0406C B2.2.9, A3.5.4).

In order: clean of the data cache to the Point of Unification (not for stores that went past it), DSB,
invalidation of the instruction cache (and of the branch predictor where ID_MMFR1.BPred says that it must
be), DSB, ISB. ICIALLU and ICIALLUIS invalidate the predictor as well. What the loader placed is in order.

The instruction cache is taken to hold what memory held, whether or not it was ever executable there: it
may prefetch, and its content at reset is UNKNOWN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypgen.arch.barrier import STORE_ONLY
from hypgen.emulator.attributes import MemoryType
from hypgen.emulator.strict.choices import Seen
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.reserved import nobody_chose
from hypgen.emulator.strict.unseen import CLEANING, COMPLETED, ISSUED, SYNCHRONISED, UNIFIED, WRITTEN, Fresh
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_MANUAL = "DDI 0406C B2.2.9, Ordering of cache and branch predictor maintenance operations"

NOT_UNIFIED = Rule(
    "IFETCH-001",
    "instructions are executed that were not cleaned to the Point of Unification",
    Severity.ERROR,
    _MANUAL,
    "The instruction's bytes were stored through the data cache, which the instruction side does not look "
    "into. Clean each line by MVA to the Point of Unification (DCCMVAU), then DSB, then invalidate the "
    "instruction cache (ICIMVAU and BPIMVA of each line, or ICIALLU), then DSB, then ISB.",
    "<MMU and C on> str r1, [r0]; ICIALLU; DSB; ISB; bx r0",
    "str r1, [r0]; DCCMVAU r0; DSB; ICIALLU; DSB; ISB; bx r0",
)
NOT_COMPLETE = Rule(
    "IFETCH-002",
    "instructions are executed before they are certain to have reached the Point of Unification",
    Severity.ERROR,
    _MANUAL,
    "The store, or the clean of the data cache that follows it, is complete only after a DSB. An instruction "
    "cache that is invalidated before that may fetch the old bytes again. Put a DSB between the store (or "
    "the clean) and the invalidation of the instruction cache.",
    "<MMU off> str r1, [r0]; ICIALLU; ISB; bx r0",
    "<MMU off> str r1, [r0]; DSB; ICIALLU; DSB; ISB; bx r0",
)
NOT_INVALIDATED = Rule(
    "IFETCH-003",
    "instructions are executed from lines that the instruction cache may hold as they were before",
    Severity.ERROR,
    _MANUAL,
    "New bytes are at the Point of Unification, but nothing has invalidated the instruction cache of this "
    "CPU since. Invalidate it after the DSB that follows the clean: ICIMVAU of each line, or ICIALLU "
    "(ICIALLUIS for all CPUs), then DSB, then ISB.",
    "str r1, [r0]; DCCMVAU r0; DSB; ISB; bx r0",
    "str r1, [r0]; DCCMVAU r0; DSB; ICIMVAU r0; BPIALL; DSB; ISB; bx r0",
)
NOT_SYNCHRONISED = Rule(
    "IFETCH-004",
    "instructions are executed before the invalidation of the instruction cache is complete and synchronised",
    Severity.ERROR,
    _MANUAL,
    "The invalidation of the instruction cache is complete after a DSB, and instructions that were already "
    "fetched are discarded by the context synchronisation event after that. Put DSB and ISB between the "
    "invalidation and the branch.",
    "str r1, [r0]; DCCMVAU r0; DSB; ICIALLU; ISB; bx r0",
    "str r1, [r0]; DCCMVAU r0; DSB; ICIALLU; DSB; ISB; bx r0",
)
PREDICTOR = Rule(
    "IFETCH-005",
    "instructions are executed that the branch predictor may know as others",
    Severity.ERROR,
    "DDI 0406C B2.2.4, Branch predictors, and B4.1, ID_MMFR1.BPred",
    "ID_MMFR1.BPred of this CPU says that the branch predictor must be invalidated after new instructions "
    "were written, and ICIMVAU does not do it. Add BPIALL, or BPIMVA of the addresses, between ICIMVAU and "
    "the DSB; ICIALLU does both. The DSB completes it, and an ISB after that has fetches see it (A3.8.3).",
    "on a Cortex-A15: str r1, [r0]; DCCMVAU r0; DSB; ICIMVAU r0; DSB; ISB; bx r0",
    "the same with BPIALL after ICIMVAU",
)
MAPPING_PREDICTOR = Rule(
    "IFETCH-006",
    "the branch predictor is not invalidated after an MMU was turned on or a table base changed",
    Severity.ERROR,
    "DDI 0406C B4.1, ID_MMFR1.BPred = 2",
    "By the letter of ID_MMFR1.BPred, a predictor of kind 2 must be invalidated also when a stage of address "
    "translation is enabled or disabled, and when a translation table base changes that is in use. No code "
    "of the field does it, and it counts under --profile pedantic only. Add BPIALL (or ICIALLU) and DSB "
    "before the ISB that follows the write.",
    "on a Cortex-A15: set HSCTLR with M = 1; ISB",
    "on a Cortex-A15: set HSCTLR with M = 1; BPIALL; DSB; ISB",
    pedantic=True,
)
FROM_DEVICE = Rule(
    "IFETCH-007",
    "instructions are executed from Device or Strongly-ordered memory",
    Severity.ERROR,
    "DDI 0406C B3.7.2, Execute-never restrictions on instruction fetching, and A3.5.2, Device and "
    "Strongly-ordered memory",
    "A branch to memory that is Device or Strongly-ordered and not marked execute-never is not what any "
    "implementation promises to perform: it may fetch as from Non-cacheable memory, or take a Permission "
    "fault. Map code as Normal memory. (With the MMU off instruction fetches are of Normal memory.)",
    "<MMU on> branch to a Device page without XN",
    "<MMU on> branch to a Normal, Non-cacheable page",
)
RULES = (
    NOT_UNIFIED,
    NOT_COMPLETE,
    NOT_INVALIDATED,
    NOT_SYNCHRONISED,
    PREDICTOR,
    MAPPING_PREDICTOR,
    FROM_DEVICE,
)

_FIXES = {
    "IFETCH-001": "insert DCCMVAU of the line and a DSB after the store",
    "IFETCH-002": "insert a DSB between the store or the clean and the invalidation of the instruction cache",
    "IFETCH-003": "insert ICIALLU (or ICIMVAU and BPIALL), DSB and ISB before the branch",
    "IFETCH-004": "insert a DSB and an ISB after the invalidation of the instruction cache",
    "IFETCH-006": "insert BPIALL and DSB before the ISB that follows the write",
    "IFETCH-005": "insert BPIALL before the DSB that follows ICIMVAU",
}
_SYNCHRONISED_FIX = "insert an ISB after the DSB that follows the invalidation of the instruction cache"
_PREDICTOR_FIXES = {
    ISSUED: "insert a DSB and an ISB after the invalidation of the branch predictor",
    COMPLETED: "insert an ISB after the DSB that follows the invalidation of the branch predictor",
}
_NOTHING_TO_DO = 4
"""ID_MMFR1.BPred: the predictor needs no invalidation, ever."""
_WHOLE = (1 << 64) - 1
_ENABLE = {"HSCTLR": 1, "SCTLR_NS": 1, "SCTLR_S": 1, "HTTBR": _WHOLE}
"""What the predictor depends on besides instructions: by stored register, the bits that matter."""
_ALL = frozenset({"ICIALLU", "ICIALLUIS"})
_PREDICTOR = frozenset({"BPIALL", "BPIALLIS", "BPIMVA"})


class FetchRules(Family):
    """The IFETCH rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._side = rules.side
        self._due: dict[str, int] = {}
        """Writes that the predictor must be invalidated after, by register, and their addresses."""
        self._invalidating: dict[str, bool] = {}
        """Those of them after which it is being invalidated, until a DSB completes that."""

    def state(self) -> dict[str, dict[Any, Any]]:
        """The writes after which the predictor is due."""
        return {"predictor due": self._due, "predictor invalidating": self._invalidating}

    def register_written(self, stored: str, old: int, new: int) -> None:
        """A table base that is in use, or the enable of an MMU, changes."""
        if stored == "HTTBR" and not self.system.cpu.coproc.values["HSCTLR"] & _ENABLE["HSCTLR"]:
            return
        if old & _ENABLE.get(stored, 0) != new & _ENABLE.get(stored, 0) and self._needs_predictor():
            self._due[stored] = self.system.current_pc()
            self._invalidating.pop(stored, None)

    def barrier(self, kind: str, option: int) -> None:
        """A DSB completes what was invalidated."""
        if kind == "dsb" and option not in STORE_ONLY:
            for stored in self._invalidating:
                self._due.pop(stored, None)

    def synchronised(self) -> None:
        """The change has come into effect: the predictor should know."""
        for name, pc in self._due.items():
            self.rules.report(
                Finding(
                    MAPPING_PREDICTOR.id,
                    MAPPING_PREDICTOR.severity,
                    f"{name} changes what is fetched, and the branch predictor was not invalidated",
                    pc,
                    self.system.cpu.index,
                    (),
                    (),
                    _FIXES[MAPPING_PREDICTOR.id],
                ),
                once=(MAPPING_PREDICTOR.id, pc),
            )
        self._due.clear()
        self._invalidating.clear()

    def operation(self, name: str, value: int) -> None:
        """Instruction cache and branch predictor maintenance."""
        side, index = self._side, self.system.cpu.index
        if name in _ALL or name in ("BPIALL", "BPIALLIS"):
            self._invalidating.update(dict.fromkeys(self._due, True))
        if name in _ALL or name in _PREDICTOR:
            reached = [peer.cpu.index for peer in self.system.peers] if name.endswith("IS") else [index]
            for key, fresh in side.fresh.items():
                if fresh.stage == UNIFIED:
                    fresh.invalidated(reached, name in _ALL, predictor=True)
                    side.recent.setdefault(index, set()).add(key)
                if name in _ALL and fresh.stage in (CLEANING, UNIFIED):
                    fresh.asked.update(dict.fromkeys(reached, self.system.current_pc()))
        elif name == "ICIMVAU":
            outcome = self.system.operand(value)
            if isinstance(outcome, Translation):
                key = side.place(outcome.pa).address >> side.shift
                fresh_line = side.fresh.get(key)
                shared = outcome.attributes.shareability != "non"
                everyone = [peer.cpu.index for peer in self.system.peers] if shared else [index]
                if fresh_line is not None and fresh_line.stage == UNIFIED:
                    fresh_line.invalidated(everyone, cache=True, predictor=False)
                    side.recent.setdefault(index, set()).add(key)
                if fresh_line is not None and fresh_line.stage in (CLEANING, UNIFIED):
                    fresh_line.asked.update(dict.fromkeys(everyone, self.system.current_pc()))

    def fetched(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Instructions are about to be executed: does the instruction side have their bytes?"""
        side = self._side
        if outcome.steps and outcome.attributes.type is not MemoryType.NORMAL:
            self._device(va, outcome)
        for key in range(place.address >> side.shift, (place.address + size - 1 >> side.shift) + 1):
            fresh = side.fresh.get(key)
            if fresh is None:
                continue
            start = max(place.address, key << side.shift)
            end = min(place.address + size, (key + 1) << side.shift)
            offset = start - (key << side.shift)
            now = side.content(key << side.shift)[offset : offset + end - start]
            old = fresh.old[offset : offset + end - start]
            if old != now:
                self._judge(va + (start - place.address), fresh, Seen(start, old), now)
                return

    def _device(self, va: int, outcome: Translation) -> None:
        """Instructions are about to be executed from memory that is not Normal."""
        if nobody_chose(self.system.cpu.coproc.values, outcome):
            return  # RES-005 tells of that
        self.rules.report(
            Finding(
                FROM_DEVICE.id,
                FROM_DEVICE.severity,
                f"the instruction at {va:#010x} is executed from {outcome.attributes.type.value} memory",
                va,
                self.system.cpu.index,
                self.rules.enabling(outcome.regime),
                (),
                "map the code as Normal memory",
            ),
            once=(FROM_DEVICE.id, va >> 12),
        )

    def _judge(self, va: int, fresh: Fresh, old: Seen, now: bytes) -> None:
        index = self.system.cpu.index
        done = fresh.caches.get(index, 0)
        earlier = [Event(fresh.pc, "store of the bytes")]
        asked = fresh.asked.get(index)
        if fresh.stage == WRITTEN:
            rule, what = NOT_UNIFIED, "may still be in the data cache alone"
        elif fresh.stage == CLEANING:
            rule, what = NOT_COMPLETE, "have not certainly left the store buffer or the data cache"
        elif not done and asked is not None:
            rule, what = NOT_COMPLETE, "were not certainly there when the instruction cache was invalidated"
            earlier.append(Event(asked, "invalidation, which no DSB separates from the store or clean"))
        elif not done:
            rule, what = NOT_INVALIDATED, "may be in the instruction cache as they were before"
        elif done in (ISSUED, COMPLETED):
            missing = "DSB" if done == ISSUED else "context synchronisation event"
            rule, what = (
                NOT_SYNCHRONISED,
                f"are invalidated in the instruction cache, and no {missing} followed",
            )
        elif self._needs_predictor() and fresh.predictor.get(index, 0) < SYNCHRONISED:
            rule, what = PREDICTOR, "may be known to the branch predictor as they were before"
        else:
            return
        fix = _FIXES[rule.id]
        if rule is NOT_SYNCHRONISED and done == COMPLETED:
            fix = _SYNCHRONISED_FIX
        elif rule is PREDICTOR and index in fresh.predictor:
            fix = _PREDICTOR_FIXES[fresh.predictor[index]]
        if done and asked is not None:
            earlier.append(Event(asked, "invalidation of the instruction cache"))
        once = (rule.id, fresh.pc)
        self.rules.loose()
        self.rules.offer(rule, once, f"the bytes at {va:#010x} are executed as they were before", old, old)
        if fresh.told:
            return
        fresh.told = True
        self.rules.report(
            Finding(
                rule.id,
                rule.severity,
                f"the instruction at {va:#010x} is executed, whose bytes {what}",
                va,
                index,
                tuple(earlier),
                (_changed_bytes(old, now),),
                fix,
            ),
            once=once,
        )

    def _needs_predictor(self) -> bool:
        return self.system.cpu.coproc.values["ID_MMFR1"] >> 28 not in (0, _NOTHING_TO_DO)


def _changed_bytes(old: Seen, now: bytes) -> str:
    """The first word that is not as it was; instructions are little-endian."""
    at = next(index for index, byte in enumerate(now) if old.content[index] != byte) & ~3
    before, after = (int.from_bytes(content[at : at + 4], "little") for content in (old.content, now))
    return f"word at physical address {old.address + at:#012x}: {before:#010x} -> {after:#010x}"
