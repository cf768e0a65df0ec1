"""CACHE: bytes that an access may see otherwise than they were stored (DDI 0406C A3.5.7, B2.2).

Caches are physically tagged and write-back: a dirty line may be evicted at any time or never, a clean
line may be allocated at any time when some enabled cacheable mapping allows it. Accesses with the MMU
or the C bit off, and those to Device, Strongly-ordered and Non-cacheable memory, go past the caches.
That attributes differ is no finding in itself: findings are bytes *read* through one view that
maintenance has not made equal to what was stored through another. Two windows on one DRAM that the
board declares ``coherent: false`` are two lines of the cache.

The manual leaves open whether an invalidation by MVA to PoC (DCIMVAC) cleans a dirty line first; both
are possible here. Lines that caches may hold at entry under ``entry.caches: unknown`` are clean: what
the loader put into memory they hold as it is there, of other memory they hold anything. Dirty lines
at entry are excluded, since no image could defend its own first instruction against them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from hypgen.arch import registers as cp15
from hypgen.emulator.strict.choices import Seen
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.emulator.strict.lines import Alternative, Condition, Incomplete, Line, Writer
from hypgen.emulator.strict.places import Place
from hypgen.emulator.strict.unseen import CLEANING, UNIFIED, WRITTEN
from hypgen.emulator.translation import Translation
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules

_MANUAL = (
    "DDI 0406C A3.5.7, Memory access restrictions (mismatched memory attributes), and B2.2.6, About ARMv7 "
    "cache and branch predictor maintenance functionality"
)

NOT_CLEANED = Rule(
    "CACHE-001",
    "an access past the caches reads bytes that only a cache may hold",
    Severity.ERROR,
    _MANUAL,
    "The bytes were stored through a cacheable mapping, so the newest copy may be a dirty line that is "
    "never evicted. An access that does not look in the cache (MMU or C bit off, or a Non-cacheable, "
    "Device or Strongly-ordered mapping; also a table walk that is not cacheable, and a CPU that has "
    "just been started) reads what memory held before. Clean the lines by MVA to the Point of Coherency "
    "(DCCMVAC or DCCIMVAC), then DSB, between the store and the access. Operations by set and way reach for "
    "certain only what a DMB or DSB has put before the first of them.",
    "ldr r0, =buffer; str r1, [r0]; <HSCTLR.M and C off, ISB>; ldr r2, [r0]",
    "the same with DCCMVAC of buffer and a DSB after the store",
)
STALE_LINE = Rule(
    "CACHE-002",
    "a cacheable access may hit a line that is older than memory",
    Severity.ERROR,
    _MANUAL,
    "The bytes were stored past the caches (MMU or C bit off, or a mapping that is not cacheable) while "
    "a cache may have held the line: because a cacheable mapping of it was enabled before, or because "
    "the entry contract says nothing of the caches. The old line is still there and is hit. Invalidate "
    "the lines by MVA to the Point of Coherency (DCIMVAC), then DSB, after the store and before the "
    "first cacheable access; while a cacheable mapping is enabled with a DMB or DSB between the store and "
    "DCIMVAC, which may otherwise come first, so that the old line is fetched again.",
    "<MMU off> str r1, [r0]; <MMU and C on, ISB>; ldr r2, [r0], with entry.caches: unknown",
    "the same with DCIMVAC of the address and a DSB after the store",
)
OVERWRITTEN = Rule(
    "CACHE-003",
    "a dirty line may be evicted over bytes that were stored past the caches",
    Severity.ERROR,
    _MANUAL,
    "A cache may still hold the line dirty, from an earlier cacheable store to it or to its neighbours in "
    "the same line. When it is evicted, which may be at any time, it overwrites what was stored to memory "
    "past the caches in the meantime. Clean and invalidate the line (DCCIMVAC, DSB) before the first store "
    "that goes past the caches, and keep data of both kinds in lines of their own. Without the DSB, or a "
    "DMB, the operation may come behind the store and write the line over it.",
    "str r1, [r0]; <C off, ISB>; str r2, [r0]; ldr r3, [r0]",
    "the same with DCCIMVAC and DSB before C goes off",
)
NOT_COMPLETED = Rule(
    "CACHE-004",
    "bytes are used before the cache maintenance that they need is complete",
    Severity.ERROR,
    "DDI 0406C B2.2.9, Ordering of cache and branch predictor maintenance operations",
    "A cache maintenance operation is complete only after a DSB that was executed by the same CPU, with "
    "access type reads and writes, and for another CPU's accesses only if its domain has that CPU (ISH or "
    "SY, not NSH). Until then an access past the caches may come first. Put a DSB between the last operation "
    "and the access. For the CPU's own loads and stores a DMB with access type reads and writes is enough, "
    "and those that go through the cache come in program order with operations on their line; table walks "
    "and instruction fetches need the DSB.",
    "str r1, [r0]; DCCMVAC r0; <MMU off, ISB>; ldr r2, [r0]",
    "the same with a DSB after DCCMVAC",
)
OTHER_WINDOW = Rule(
    "CACHE-005",
    "bytes are read through another window on the same memory than they were stored through",
    Severity.ERROR,
    _MANUAL,
    "The board has two ranges of physical addresses that show the same memory, and its caches do not know "
    "that they do: a line of one is not a line of the other. What was stored through one window is in its "
    "own line, and a line of the other window may be older than memory. Clean the lines through the window "
    "that was stored through (DCCMVAC), then DSB, and invalidate them through the window that is read "
    "through, then DSB.",
    "on TI Keystone II, store through the mapping of 0x8_0000_0000, load through that of 0x8000_0000",
    "the same with DCCMVAC through the first mapping and DCIMVAC through the second, each with a DSB",
)
RULES = (NOT_CLEANED, STALE_LINE, OVERWRITTEN, NOT_COMPLETED, OTHER_WINDOW)

_BY_MVA = {
    "DCCMVAC": (True, False),
    "DCCIMVAC": (True, True),
    "DCIMVAC": (False, True),
}
"""Operations by MVA to the Point of Coherency: whether they clean, and whether they invalidate."""
_BY_SET_WAY = {"DCCSW": (True, False), "DCCISW": (True, True), "DCISW": (False, True)}
_SETS, _WAYS, _LINE = (cp15.CCSIDR.field(name) for name in ("NumSets", "Associativity", "LineSize"))


@dataclass
class _Named:
    """The sets and ways of a cache that an operation has named: a mark each, and how many have none.

    ``since`` is how many DMB and DSB its CPU had executed when the first was named, and ``contents`` what
    the lines held that a barrier had put before it.
    """

    marks: bytearray
    left: int
    since: int
    contents: dict[int, bytes]

    def add(self, number: int) -> None:
        """Another one, or one again."""
        self.left -= not self.marks[number]
        self.marks[number] = 1


_SINCE = attrgetter("since")


class CacheRules(Family):
    """The CACHE rules of one CPU."""

    def __init__(self, rules: StrictRules) -> None:
        super().__init__(rules)
        self._side = rules.side
        self._assumptions = rules.contract.resting_on("entry.caches")
        self._set_way: dict[tuple[str, int], _Named] = {}

    def state(self) -> dict[str, dict[Any, Any]]:
        """The dictionary that holds what these rules know of their own, by name."""
        return {"set_way": self._set_way}

    # -- accesses --------------------------------------------------------------------------------------
    def loaded(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Bytes are read by a load."""
        self._seen(va, place, size, cached, "read")

    def fetched(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Bytes are read to be executed."""
        self._seen(va, place, size, cached, "fetch")

    def _seen(self, va: int, place: Place, size: int, cached: bool, access: str) -> None:
        """Bytes are read; report if the architecture lets the access see others than were stored."""
        side = self._side
        address, end = place.address, place.address + size
        while address < end:
            key = address >> side.shift
            line_end = min(end, (key + 1) << side.shift)
            if key in side.lines:
                self._judge(va, side.line(key), address, line_end - address, place.view, cached, access)
            address = line_end

    def _judge(
        self, va: int, line: Line, address: int, size: int, view: int, cached: bool, access: str
    ) -> None:
        side = self._side
        start = line.key << side.shift
        offset = address - start
        current = b""
        said = False
        for other in line.alternatives(view, cached, self.system.cpu.index, access == "read"):
            current = current or side.content(start)
            self.rules.loose()
            if other.content[offset : offset + size] == current[offset : offset + size]:
                continue
            wrong = self._wrong(line, range(offset, offset + size), other.content, current)
            if wrong is not None:
                if not self._report(
                    va, line, offset, size, view, cached, access, other, current, wrong, said
                ):
                    return
                said = True

    def _wrong(self, line: Line, offsets: Iterable[int], other: bytes, current: bytes) -> int | None:
        """The first byte that may be another than it was put there; one that nobody ever did is UNKNOWN, in
        whatever cache it is."""
        in_order = any(map(self._side.initialised, self._side.aliases(line.key << self._side.shift)))
        return next(
            (i for i in offsets if other[i] != current[i] and (in_order or line.writer_of(i, 1))), None
        )

    def _report(
        self,
        va: int,
        line: Line,
        offset: int,
        size: int,
        view: int,
        cached: bool,
        access: str,
        other: Alternative,
        current: bytes,
        wrong: int,
        said: bool,
    ) -> bool:
        """Say it, unless something was ``said`` of this access; whether anybody wants to know more of it."""
        writer = line.writer_of(wrong, 1)
        waits_for = other.condition.waits_for
        if waits_for is not None and waits_for.stores:
            waits_for = None  # whatever else it lacks, a DSB comes with it
        rule = self._rule(cached, view, writer, waits_for, other)
        once = (rule.id, writer.pc if writer else line.key, self.system.current_pc())
        what = f"the {access} of {va:#010x} sees bytes that are older than those stored"
        seen = Seen((line.key << self._side.shift) + offset, other.content[offset : offset + size])
        played = self.rules.offer(rule, once, what, seen, seen)
        if said or line.told:
            return played
        line.told = True
        if waits_for is not None:
            if waits_for.cpu in self._side.asked:
                return played
            self._side.asked[waits_for.cpu] = True
        fresh = self._side.fresh.get(line.key)
        if access == "fetch" and fresh is not None and fresh.stage != UNIFIED:
            fresh.told = True  # the clean that is missing here would bring the bytes there, too
        way = "through the cache" if cached else "past the caches"
        sentence = f"the {access} of {va:#010x} goes {way} and may see bytes that are older than those stored"
        if rule is OVERWRITTEN:
            sentence += ": a dirty line may have been evicted over them"
        earlier = []
        if writer is not None:
            kind = "through the cache" if writer.cached else "past the caches"
            earlier.append(Event(writer.pc, f"store {kind}"))
        if waits_for is not None:
            earlier.append(Event(waits_for.pc, f"{waits_for.name}, which no DSB has completed"))
        at = (line.key << self._side.shift) + wrong
        state = f"byte at physical address {at:#012x}: {other.content[wrong]:#04x} or {current[wrong]:#04x}"
        entry_only = writer is not None and not writer.cached and self._from_entry(line)
        self.rules.report(
            Finding(
                rule.id,
                rule.severity,
                sentence,
                self.system.current_pc(),
                self.system.cpu.index,
                tuple(earlier),
                (state,),
                _FIXES[rule.id],
                self._assumptions if entry_only and rule is STALE_LINE else (),
            ),
            once=once,
        )
        return played

    def _from_entry(self, line: Line) -> bool:
        """Whether the line may be cached only because the entry contract says nothing."""
        aliases = self._side.aliases(line.key << self._side.shift)
        return not any(self._side.history.since(alias, 1) for alias in aliases)

    @staticmethod
    def _rule(
        cached: bool, view: int, writer: Writer | None, waits_for: Incomplete | None, other: Alternative
    ) -> Rule:
        if waits_for is not None:
            return NOT_COMPLETED
        if writer is not None and writer.view != view:
            return OTHER_WINDOW
        if writer is not None and not writer.cached:
            entry = other.condition.entries[view]
            stale = cached and entry is not None and not entry.dirty and not other.condition.memory
            return STALE_LINE if stale else OVERWRITTEN
        return STALE_LINE if cached else NOT_CLEANED

    # -- maintenance -----------------------------------------------------------------------------------
    def operation(self, name: str, value: int) -> None:
        """Data cache maintenance."""
        if name in _BY_SET_WAY:
            self._by_set_way(name, value)
        elif name in _BY_MVA or name == "DCCMVAU":
            outcome = self.system.operand(value)
            if isinstance(outcome, Translation):
                self._by_mva(name, self._side.place(outcome.pa))

    def _by_mva(self, name: str, place: Place) -> None:
        """Maintenance of a line by its address."""
        side, cpu = self._side, self.system.cpu.index
        key = place.address >> side.shift
        fresh = side.fresh.get(key)
        pc = self.system.current_pc()
        if name in _BY_MVA:
            clean, invalidate = _BY_MVA[name]
            self._maintain(side.line(key), place.view, clean, invalidate, Incomplete(name, pc, cpu))
            if fresh is not None and clean and fresh.stage == WRITTEN:
                fresh.stage = CLEANING
        elif name == "DCCMVAU" and fresh is not None and fresh.stage == WRITTEN:
            fresh.stage = CLEANING
            side.line(key).hot = None  # a store that follows makes it WRITTEN again
        side.recent.setdefault(cpu, set()).add(key)

    def _maintain(self, line: Line, view: int, clean: bool, invalidate: bool, operation: Incomplete) -> None:
        line.settle(())
        line.maintain(view, clean, invalidate, operation)
        line.hot = None
        self._side.wait_for_order(line, operation.cpu)
        self._side.settle(line)

    def _by_set_way(self, name: str, value: int) -> None:
        """Maintenance of one set and way; it tells something when all of a cache's have been named.

        Only this CPU's caches, and only while no other CPU executes, whose caches could hand lines back.
        """
        level = value >> 1 & 7
        size_id = self.system.ccsidr.get(level << 1)
        if size_id is None:
            return
        line_shift = _LINE.get(size_id) + 4
        sets, ways = _SETS.get(size_id) + 1, _WAYS.get(size_id) + 1
        done = self._set_way.get((name, level))
        if done is None or not done.left:  # the first one, or the first once more
            fences, contents = self._side.begin_sweep(self.system.cpu.index)
            done = self._set_way[name, level] = _Named(bytearray(sets * ways), sets * ways, fences, contents)
        way_bits = (ways - 1).bit_length()
        way = value >> 32 - way_bits if way_bits else 0
        if way < ways:
            done.add((value >> line_shift & (sets - 1)) * ways + way)
        if done.left or not self._last_level(name, level):
            return
        begun = min((one for (other, _), one in self._set_way.items() if other == name), key=_SINCE)
        self._set_way.clear()
        power = self.system.power
        if power is not None and sum(power.is_on(peer.cpu.index) for peer in self.system.peers) > 1:
            return
        self._all_lines(name, begun)

    def _last_level(self, name: str, level: int) -> bool:
        """Whether all the levels before this one, the last with data, have been maintained."""
        levels = [one >> 1 for one in self.system.ccsidr if not one & 1]
        named = [self._set_way.get((name, one)) for one in levels]
        return level == max(levels) and all(one is not None and not one.left for one in named)

    def _all_lines(self, name: str, begun: _Named) -> None:
        """All of the caches was maintained: of what was stored through them what a barrier had put before the
        first operation is certain to have been reached, and no more, as nothing else orders them (B2.2.9)."""
        side, cpu = self._side, self.system.cpu.index
        clean, invalidate = _BY_SET_WAY[name]
        operation = Incomplete(name, self.system.current_pc(), cpu, by_address=False)
        recent = side.recent.setdefault(cpu, set())
        for key in list(side.lines):
            line = side.line(key)
            before: frozenset[Condition] = frozenset()
            if line.fence >= begun.since and line.writers and line.writers[0].cached:
                if clean and key in begun.contents:
                    line.reached(begun.contents[key], side.content(key << side.shift))
                before = line.conditions
            for view in range(len(side.aliases(key << side.shift))):
                self._maintain(line, view, clean, invalidate, operation)
            if before:
                line.conditions |= before
                side.settle(line)
            fresh = side.fresh.get(key)
            if fresh is not None and clean and fresh.stage == WRITTEN:
                fresh.stage = CLEANING
            recent.add(key)
        if invalidate:
            side.history.forget()


_FIXES = {
    "CACHE-001": "insert DCCMVAC of the line and a DSB after the store, while the cache is still on",
    "CACHE-002": "insert a DSB, DCIMVAC of the line and a DSB after the store and before the cached access",
    "CACHE-003": "insert DCCIMVAC of the line and a DSB before the store that goes past the caches",
    "CACHE-004": "insert a DSB after the cache maintenance operation",
    "CACHE-005": "insert DCCMVAC by the window of the store, DCIMVAC by that of the access, and DSBs",
}
