"""Physical memory as a table walk may see it, when some lines hold other bytes than the current ones."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from hypgen.emulator import mmu
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.strict.memory_side import MemorySide
from hypgen.emulator.translation import Regime, Translation, check

MAINTENANCE = "maintenance"
"""The access of cache maintenance by address: the line that it reaches is all that can be told."""


class Overlay:
    """Memory with ``lines`` (number to content) in place of the current content.

    ``visited`` has the place of every descriptor that was read.
    """

    def __init__(self, side: MemorySide, lines: Mapping[int, bytes]) -> None:
        self._side = side
        self._lines = lines
        self.visited: list[int] = []

    def _read(self, address: int, size: int, big_endian: bool) -> int | None:
        side = self._side
        place = side.place(address).address
        self.visited.append(place)
        content = self._lines.get(place >> side.shift)
        if content is None:
            page = side.memory.page(address >> 12)
            if page is None:
                return None
            offset = address & 0xFFF
            data = bytes(page.data[offset : offset + size])
        else:
            offset = place & (side.size - 1)
            data = content[offset : offset + size]
        return int.from_bytes(data, "big" if big_endian else "little")

    def read32(self, address: int, big_endian: bool = False) -> int | None:
        """An aligned word."""
        return self._read(address, 4, big_endian)

    def read64(self, address: int, big_endian: bool = False) -> int | None:
        """An aligned doubleword."""
        return self._read(address, 8, big_endian)

    def translate(
        self, values: Mapping[str, int], va: int, fetch: bool, regime: Regime
    ) -> Translation | Fault:
        """Translate ``va`` by these tables."""
        if regime is Regime.HYP:
            return mmu.translate_hyp(values, self.read64, va, fetch)
        return mmu.translate_pl1(values, self, va, regime, fetch)

    @staticmethod
    def told_apart(one: Translation | Fault, other: Translation | Fault, access: str) -> bool:
        """Whether an access behaves differently under two translations."""
        return behaviour(one, access) != behaviour(other, access)


def behaviour(outcome: Translation | Fault, access: str) -> Hashable:
    """What an access does under a translation, as far as it can be told."""
    if isinstance(outcome, Translation):
        if access == MAINTENANCE:
            return outcome.pa
        fault = check(outcome, fetch=access == "fetch", write=access == "write")
        if fault is None:
            return outcome.pa, outcome.attributes
        outcome = fault
    return FaultKind, outcome.kind


def changed_translation(old: Translation | Fault, new: Translation | Fault) -> str:
    """What an address gave before, or may still give, and what the tables give now; fields that both have
    alike are left out where one of them is a fault."""
    whole = isinstance(old, Translation) and isinstance(new, Translation)

    def told(one: Translation | Fault) -> str:
        if isinstance(one, Fault):
            return f"a {one.kind.value}" + (f" at level {one.level}" if one.level else "")
        fields = [one.attributes.type.value]
        if whole:
            fields += [f"{one.attributes.shareability} shareable", f"{one.privileged}"]
        return f"physical address {one.pa} ({', '.join(fields)})"

    return f"{told(old)} -> {told(new).removeprefix('physical address ') if whole else told(new)}"
