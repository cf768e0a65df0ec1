"""Addresses of an image by name: ``symbol`` or ``symbol+0x8``."""

from __future__ import annotations

from bisect import bisect_right

from hypgen.elf.model import Binding, Image, ImageSymbol, SymbolType

_KINDS = (SymbolType.FUNC, SymbolType.OBJECT, SymbolType.NOTYPE)


class NameTable:
    """The named places of an image, for looking up the last name at or before an address."""

    def __init__(self, image: Image) -> None:
        placed = [one for one in image.symbols if one.section is not None and one.type in _KINDS]
        self._best: dict[int, ImageSymbol] = {}
        for one in sorted(placed, key=_preference):
            self._best.setdefault(one.value, one)
        self._addresses = sorted(self._best)
        self._extents = {one.name: (one.virtual, one.virtual + one.size) for one in image.sections}

    def at(self, address: int) -> str | None:
        """The name of exactly this address: functions first, then objects; globals before locals."""
        one = self._best.get(address)
        return one.name if one else None

    def near(self, address: int) -> str | None:
        """``name`` or ``name+0x8`` for an address inside the section that the name is in."""
        index = bisect_right(self._addresses, address)
        if not index:
            return None
        one = self._best[self._addresses[index - 1]]
        start, end = self._extents[str(one.section)]
        if not start <= address < end:
            return None
        distance = address - one.value
        return f"{one.name}+{distance:#x}" if distance else one.name


def _preference(one: ImageSymbol) -> tuple[int, bool, str]:
    return _KINDS.index(one.type), one.binding is Binding.LOCAL, one.name
