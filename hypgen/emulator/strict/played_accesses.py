"""Loads, stores and fetches that come out as a chooser has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from hypgen.emulator.access import Accesses, moved
from hypgen.emulator.block import Block
from hypgen.emulator.dataside import Port
from hypgen.emulator.faults import Fault
from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, Page
from hypgen.emulator.strict.anything import Anything
from hypgen.emulator.strict.choices import Overtaken
from hypgen.emulator.strict.exposure import cacheable, data_cached
from hypgen.emulator.strict.pending import Replaced
from hypgen.emulator.strict.playing_rules import LOOSE, PlayingRules
from hypgen.emulator.system import System
from hypgen.emulator.translation import Translation

_STALE = 1 << 44
"""Set in the physical address by which a block is known that was decoded from bytes which memory has no
more."""
_LOOP, _LOOP_T32 = b"\xfe\xff\xff\xea", b"\xfe\xe7\xfe\xe7"
"""B to itself, in A32 and, twice, in T32; instructions are little-endian (A3.3.1)."""


class PlayedAccesses(Accesses):
    """Loads, stores and fetches that come out as the chooser has it."""

    __slots__ = ("_decided", "_last", "_loop", "_over", "_rules")

    def __init__(self, system: System, rules: PlayingRules) -> None:
        super().__init__(system)
        self._rules = rules
        self._decided = False
        """Whether the last translation was one of several."""
        self._over: Mapping[str, int] = {}
        """The registers by whose old values the last data access was translated."""
        self._last = 0
        self._loop = False
        """Whether the last translation was one to memory that holds branches to themselves."""

    def fetch(self, va: int) -> tuple[Page, int]:
        """The page that holds the instruction at ``va``, and its physical address; raises PrefetchAbort."""
        rules, system = self._rules, self.system
        rules.settle_registers()
        was = bool(rules.single)
        second_half = system.cpu.t and not va & OFFSET_MASK and va == self._last + 2
        if not second_half:
            rules.single.clear()
        self._last = va
        self._decided = self._loop = False
        try:
            page, pa = super().fetch(va)
            page, pa = self._bytes(va, page, pa)
        finally:
            if was is not bool(rules.single):
                system.context_changed()
        return page, pa

    def _bytes(self, va: int, page: Page, pa: int) -> tuple[Page, int]:
        """The page as the fetch sees it, and the address by which what it sees is known."""
        rules, outcome = self._rules, self._fetched
        assert outcome is not None
        if not (self._decided or self._loop) and pa >> PAGE_SHIFT not in rules.touched:
            rules.fetched(va, 1, outcome)
            return page, pa  # the instruction side has what was there at the start
        outcome = moved(outcome, va)
        cached = cacheable(outcome.attributes)
        if self._decided or rules.uncertain(pa, cached):
            rules.single[LOOSE] = True
        offset = pa & OFFSET_MASK
        size = min(4, 0x1000 - offset)
        rules.fetched(va, size, outcome)
        content = bytes(page.data[offset : offset + size])
        seen = rules.seen(va, content, outcome, "fetch", cached)
        if self._loop:
            seen = (_LOOP_T32 if self.system.cpu.t else _LOOP)[:size]
        if seen == content:
            return page, pa
        changed = bytearray(page.data)
        changed[offset : offset + size] = seen
        return Page(changed), pa | _STALE

    def fetched(self, va: int, block: Block) -> None:
        """Told in :meth:`fetch` already, before the instructions were chosen."""

    def passes(self, va: int) -> bool:
        """Every fetch is asked for: its bytes may be older ones, even if its translation is certain."""
        return False

    def load(self, va: int, size: int, aligned: bool = False, unprivileged: bool = False) -> int:
        """Load ``size`` bytes, as :class:`hypgen.emulator.access.Accesses` does."""
        self._decided, self._over = False, {}  # unless this one's translation is decided
        return super().load(va, size, aligned, unprivileged)

    def _outcome(self, va: int, access: str) -> Translation | Fault:
        outcome = super()._outcome(va, access)
        rules = self._rules
        self._decided = rules.offers
        made = rules.decide(f"{access} of {va:#010x}")
        self._over, self._loop = {}, False
        if made is not None:
            outcome = self._chosen(made.result, va, access)
        return outcome

    def _chosen(
        self, result: Anything | Mapping[str, int] | Translation | Fault, va: int, access: str
    ) -> Translation | Fault:
        """What an address translates to by the outcome that was chosen."""
        if isinstance(result, Anything):
            self._loop = result.loop
            return result.outcome
        if isinstance(result, Mapping):
            system, self._over = self.system, result
            values = Replaced(system.cpu.coproc.values, result)
            return system.translate_under(values, va, access == "fetch", system.context.regime)
        return result

    def _fast(self, va: int, unprivileged: bool) -> bool:
        return not self._decided and super()._fast(va, unprivileged)

    def _read(
        self, va: int, size: int, outcome: Translation, page: Page, unprivileged: bool
    ) -> bytes | bytearray:
        with self._rules.going_by(self._over):
            return self._seen(va, super()._read(va, size, outcome, page, unprivileged), outcome)

    def _byte(self, va: int, outcome: Translation, page: Page) -> bytes | bytearray:
        with self._rules.going_by(self._over):
            return self._seen(va, super()._byte(va, outcome, page), outcome)

    def _store_to_page(self, va: int, outcome: Translation, page: Page, content: bytes) -> None:
        with self._rules.going_by(self._over):
            super()._store_to_page(va, outcome, page, content)
        self._overtake(va, page)

    def store(
        self, va: int, size: int, value: int, aligned: bool = False, unprivileged: bool = False
    ) -> None:
        """Store a value, as :class:`hypgen.emulator.access.Accesses` does."""
        self._rules.storing = size, value
        super().store(va, size, value, aligned, unprivileged)
        self._rules.store_made()

    def _store_told(self, port: Port, va: int, content: bytes) -> None:
        super()._store_told(port, va, content)
        self._overtake(va, port[0])

    def _overtake(self, va: int, page: Page) -> None:
        """What a store left, where it may have come before another CPU's."""
        rules = self._rules
        made = rules.decide(f"store to {va:#010x}") if rules.offers else None
        if made is not None:
            address, content, stores = cast("Overtaken", made.result)
            offset = address & OFFSET_MASK
            page.written(offset, len(content))
            page.data[offset : offset + len(content)] = content
            rules.side.shared.stores.update(stores)

    def _seen(self, va: int, content: bytes | bytearray, outcome: Translation) -> bytes | bytearray:
        rules = self._rules
        if not rules.offers:
            return content
        cached = data_cached(outcome.regime, self.system.cpu.coproc.values, outcome.attributes)
        return rules.seen(va, bytes(content), outcome, "read", cached)
